/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/proposal.h"

#include "core/cleanup.h"
#include "core/err.h"
#include "core/file.h"
#include "ipc/client.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static int put_back(const char *path, const char *before, size_t len, struct err *err)
{
	struct err ignored = { 0 };
	int rc = err->code;

	if (before)
		(void)file_replace(AT_FDCWD, path, before, len, 0644, &ignored);
	else
		(void)unlink(path);
	return rc;
}

int proposal_offer(const char *path, const char *bytes, size_t len, size_t max, enum ipc_kind kind,
		   struct err *err)
{
	cleanup_free char *before = NULL;
	struct ipc_log_ack ack;
	struct err ignored = { 0 };
	size_t before_len = 0;
	int rc;

	(void)file_read_trusted(AT_FDCWD, path, 0, max, &before, &before_len, &ignored);
	rc = file_replace(AT_FDCWD, path, bytes, len, 0644, err);
	if (rc < 0)
		return rc;
	/* The agent may have seen the file come and be at it already. */
	for (int tries = 0; tries < 20; tries++) {
		struct ipc_header request = ipc_header(kind);

		*err = (struct err){ 0 };
		rc = ipc_call(IPC_SOCKET_AGENT, &request, sizeof(request), IPC_LOG_ACK, &ack,
			      sizeof(ack), err);
		if (rc != -EBUSY)
			break;
		(void)usleep(100000);
	}
	return rc < 0 ? put_back(path, before, before_len, err) : 0;
}
