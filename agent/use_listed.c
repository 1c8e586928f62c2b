/* SPDX-License-Identifier: Apache-2.0 */

/* The part of a use that compares what a company brought in with what it announced. */

#include "agent/use_volume.h"
#include "core/err.h"
#include "core/lang.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool use_is_unexpected(const struct ipc_media_listed *listed)
{
	return listed->changed > 0 || listed->missing > 0;
}

static void describe(const struct use *use, const struct ipc_media_listed *listed, char *out,
		     size_t size)
{
	if (use->medium.n_expected == 0)
		(void)snprintf(out, size,
			       tr("%" PRIu64 " files; the company announced none to compare"),
			       listed->files);
	else
		(void)snprintf(out, size,
			       tr("%" PRIu64 " files: %" PRIu64 " as announced, %" PRIu64
				  " changed, %" PRIu64 " missing, %" PRIu64 " more"),
			       listed->files, listed->matching, listed->changed, listed->missing,
			       listed->extra);
}

static void tell(struct use_volume *volume, const struct ipc_media_listed *listed)
{
	char detail[IPC_TEXT_MAX];
	const struct use_news news = {
		.event = USE_WAS_COMPARED,
		.path = "",
		.type = volume->found.type,
		.detail = detail,
		.listed = listed,
	};

	describe(volume->use, listed, detail, sizeof(detail));
	volume->use->owner->happened(volume->use, &news);
}

static const char *why(int rc, const struct ipc_media_listed *listed)
{
	if (rc == -ENOKEY)
		return tr("what a company brings in must not be encrypted: nobody could see what "
			  "is on it; remedy: have it brought without");
	return listed && *listed->detail ? listed->detail : strerrordesc_np(-rc);
}

static void listed(struct mount *mount, int rc, const struct ipc_media_listed *answer)
{
	struct use *use = container_of(mount, struct use, mount);
	struct use_volume *volume = &use->volumes[use->at];

	use->is_asking = false;
	use->state = USE_MOUNTING;
	if (rc == 0)
		tell(volume, answer);
	else
		use_tell(use, USE_NOT_MOUNTED, volume, why(rc, answer), NULL);
	volume->is_compared = rc == 0 && !use_is_unexpected(answer);
	if (!volume->is_compared)
		use->at++;
	use_mount_next(use);
}

void use_list(struct use_volume *volume)
{
	struct use *use = volume->use;
	struct ipc_media_list request = { .mount = use_request(volume),
					  .n_expected = use->medium.n_expected };

	memcpy(request.expected, use->medium.expected, sizeof(request.expected));
	use->state = USE_LISTING;
	use->is_asking = true;
	mount_list(&use->mount, use->owner->loop, use->owner->mount_socket, &request, listed);
}
