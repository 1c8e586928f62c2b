/* SPDX-License-Identifier: Apache-2.0 */

#include "media/probe.h"

#include "core/cleanup.h"
#include "core/err.h"
#include "core/log.h"
#include "ipc/connect.h"
#include "media/disk.h"
#include "media/filter.h"
#include "media/look.h"
#include "media/request.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

/* What may be changed is not looked at: a flaw in here must not become a write. */
static int check_disk(int disk, uint64_t wanted, struct err *err)
{
	struct stat st;
	int flags = disk < 0 ? -1 : fcntl(disk, F_GETFL);

	if (flags < 0 || (flags & O_ACCMODE) != O_RDONLY || fstat(disk, &st) < 0 ||
	    (!S_ISBLK(st.st_mode) && !S_ISREG(st.st_mode)))
		return err_set(err, -EBADF, "no disk was passed, or one that may be written to");
	return disk_check(disk, wanted, err);
}

int probe_serve(int fd, struct err *err)
{
	static const struct request_kind kinds[] = {
		{ IPC_MEDIA_PROBE, sizeof(struct ipc_media_probe) },
		{ 0 },
	};
	struct ipc_media_probe request = { 0 };
	struct ipc_media_found found = { 0 };
	struct err reason = { 0 };
	cleanup_close int disk = -1;
	int rc = request_receive(fd, kinds, &request, sizeof(request), &disk, err);

	if (rc < 0)
		return rc;
	rc = check_disk(disk, request.diskseq, &reason);
	if (rc == 0)
		rc = filter_install(&reason);
	if (rc == 0)
		rc = media_look(disk, &found, &reason);
	if (rc < 0) {
		log_warning("%s", reason.text);
		found.code = rc;
	}
	found.header = request_answer(&request.header, IPC_MEDIA_FOUND);
	rc = ipc_send_fd(fd, &found, sizeof(found), -1);
	return rc < 0 ? err_set(err, rc, "the answer cannot be sent") : 0;
}
