/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/probe.h"

#include "core/text.h"
#include "policy/device.h"

#include <errno.h>
#include <string.h>

_Static_assert((int)IPC_MEDIUM_PLAIN == (int)MEDIUM_PLAIN &&
		       (int)IPC_MEDIUM_LUKS2 == (int)MEDIUM_LUKS2 &&
		       (int)IPC_MEDIUM_BITLOCKER == (int)MEDIUM_BITLOCKER,
	       "the set goes from the answer into the facts as it is");

#define MEDIUM_ALL (MEDIUM_PLAIN | MEDIUM_LUKS2 | MEDIUM_BITLOCKER)

static bool is_safe(const char *text, size_t size)
{
	size_t len = strnlen(text, size);
	uint32_t c;

	if (len == size || !text_is_utf8(text, len))
		return false;
	for (size_t i = 0; i < len; i += text_next(text + i, len - i, &c)) {
		if (text_next(text + i, len - i, &c) && text_is_unsafe(c))
			return false;
	}
	return true;
}

/* Where it lies on the disk sekisho-media(8) mount compares with the kernel's own view. */
static bool is_sound(const struct ipc_volume *volume)
{
	return is_safe(volume->filesystem, sizeof(volume->filesystem)) &&
	       is_safe(volume->type, sizeof(volume->type)) &&
	       is_safe(volume->label, sizeof(volume->label));
}

/* Whoever answers has read the medium, and may be in its power by now. */
static int check(const struct ipc_media_found *found)
{
	if (found->code < 0)
		return found->code;
	if (found->code > 0 || found->medium == MEDIUM_UNKNOWN ||
	    (found->medium & ~(uint32_t)MEDIUM_ALL) != 0 || found->n_volumes > IPC_VOLUMES_MAX ||
	    found->n_volumes > found->n_found)
		return -EPROTO;
	for (size_t i = 0; i < found->n_volumes; i++) {
		if (!is_sound(&found->volumes[i]))
			return -EPROTO;
	}
	return 0;
}

static void answered(struct ipc_ask *ask, int rc, const void *reply)
{
	struct probe *probe = container_of(ask, struct probe, ask);
	const struct ipc_media_found *found = reply;

	if (rc == 0)
		rc = check(found);
	probe->done(probe, rc, rc < 0 ? NULL : found);
}

const char *probe_filesystem(const struct ipc_media_found *found)
{
	return found->n_found == 1 && found->n_volumes == 1 ? found->volumes[0].filesystem : "";
}

void probe_start(struct probe *probe, struct loop *loop, const char *path, int disk_fd,
		 uint64_t diskseq,
		 void (*done)(struct probe *probe, int rc, const struct ipc_media_found *found))
{
	const struct ipc_media_probe request = { .header.kind = IPC_MEDIA_PROBE,
						 .diskseq = diskseq };
	const struct ipc_question question = {
		.path = path,
		.request = &request,
		.request_size = sizeof(request),
		.passed_fd = disk_fd,
		.reply_kind = IPC_MEDIA_FOUND,
		.reply_size = sizeof(struct ipc_media_found),
		.timeout_us = IPC_MEDIA_TIMEOUT_MS * INT64_C(1000),
	};

	probe->done = done;
	ipc_ask(&probe->ask, loop, &question, answered);
}

void probe_cancel(struct probe *probe)
{
	ipc_ask_cancel(&probe->ask);
}
