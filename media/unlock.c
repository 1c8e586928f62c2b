/* SPDX-License-Identifier: Apache-2.0 */

#include "media/unlock.h"

#include "core/cleanup.h"
#include "core/err.h"
#include "ipc/client.h"
#include "media/luks.h"
#include "media/mapping.h"
#include "media/mount.h"
#include "media/secret.h"
#include "media/volume.h"
#include "media/watch.h"

#include <errno.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

/* Whoever answers has read what is inside: no more is taken from him than a type and a label. */
static int describe(const struct ipc_media_found *found, struct ipc_volume *ret, struct err *err)
{
	if (found->code < 0) {
		errno = -found->code;
		return err_set(err, found->code, "what is inside cannot be looked at: %m");
	}
	if (found->n_found != 1 || found->n_volumes != 1 || found->volumes[0].start != 0)
		return err_set(err, -ENOTSUP,
			       "what is inside is not one file system; "
			       "remedy: put one file system into it, without partitions");
	*ret = found->volumes[0];
	ipc_volume_end_texts(ret);
	return 0;
}

static int look_inside(const struct volume *inside, struct ipc_volume *ret, struct err *err)
{
	struct ipc_media_probe probe = { .header = ipc_header(IPC_MEDIA_PROBE) };
	struct ipc_media_found found;
	const struct ipc_question question = {
		.path = IPC_SOCKET_MEDIA,
		.request = &probe,
		.request_size = sizeof(probe),
		.passed_fd = inside->fd,
		.reply_kind = IPC_MEDIA_FOUND,
		.reply_size = sizeof(found),
		.timeout_us = IPC_MEDIA_TIMEOUT_MS * INT64_C(1000),
	};
	int rc;

	if (ioctl(inside->fd, BLKGETDISKSEQ, &probe.diskseq) < 0)
		return err_set(err, -errno, "BLKGETDISKSEQ: %m");
	rc = ipc_call_question(&question, &found, err);
	return rc < 0 ? rc : describe(&found, ret, err);
}

/* A directory is named after the file system, else after the volume around it, else after its node.
 */
static void name(struct ipc_volume *inside, const struct ipc_volume *around,
		 const struct volume *volume)
{
	const char *label = *around->label ? around->label : strrchr(volume->node, '/') + 1;

	if (!*inside->label)
		(void)snprintf(inside->label, sizeof(inside->label), "%s", label);
}

static int mount_inside(const struct ipc_media_mount *request, const struct volume *volume,
			const struct volume *inside, struct ipc_media_mounted *answer,
			struct watch *watch, struct err *err)
{
	struct ipc_media_mount within = *request;
	int rc = look_inside(inside, &within.volume, err);

	if (rc < 0)
		return rc;
	name(&within.volume, &request->volume, volume);
	return mount_volume(inside, &within, answer, watch, err);
}

static int open_and_mount(const struct ipc_media_mount *request, const struct volume *volume,
			  const struct secret *secret, struct ipc_media_mounted *answer,
			  struct watch *watch, struct err *err)
{
	struct volume inside = VOLUME_NONE;
	struct luks_evidence evidence = { 0 };
	struct err ignored = { 0 };
	int rc = mapping_open(volume, request->diskseq, request->writable, secret, &inside,
			      &evidence, err);

	if (rc < 0)
		return rc;
	answer->devnum = inside.devnum;
	rc = mount_inside(request, volume, &inside, answer, watch, err);
	volume_close(&inside); /* before shutting it: it would be in the way */
	if (rc == 0) {
		memcpy(answer->cipher, evidence.cipher, sizeof(answer->cipher));
		memcpy(answer->kdf, evidence.kdf, sizeof(answer->kdf));
		answer->key_bits = evidence.key_bits;
	} else {
		watch_close(watch); /* likewise */
		(void)mapping_close((dev_t)answer->devnum, false, &ignored);
		answer->devnum = 0;
	}
	return rc;
}

int unlock_volume(const struct ipc_media_mount *request, int secret_fd,
		  struct ipc_media_mounted *answer, struct watch *watch, struct err *err)
{
	cleanup_with(volume_close) struct volume volume = VOLUME_NONE;
	cleanup_with(secret_wipe) struct secret secret = { 0 };
	int rc = volume_open(request, &volume, err);

	if (rc == 0 && strcmp(request->volume.type, "crypto_LUKS") != 0)
		rc = err_set(err, -ENOTSUP, "%s is not encrypted", volume.node);
	if (rc == 0)
		rc = secret_read(secret_fd, &secret, err);
	if (rc == 0)
		rc = open_and_mount(request, &volume, &secret, answer, watch, err);
	return rc;
}
