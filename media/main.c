/* SPDX-License-Identifier: Apache-2.0 */

/* sekisho-media: what it is asked for is its one argument. */

#include "core/err.h"
#include "core/lang.h"
#include "core/log.h"
#include "core/notify.h"
#include "media/keeper.h"
#include "media/probe.h"
#include "media/serve.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int serve(int argc, char *argv[], struct err *err)
{
	int fd = -1;
	int rc = notify_listen_fd(&fd, err);

	if (rc < 0)
		return rc;
	if (argc == 2 && strcmp(argv[1], "probe") == 0)
		return probe_serve(fd, err);
	if (argc == 2 && strcmp(argv[1], "mount") == 0)
		return keeper_serve(fd, err);
	if (argc == 2 && strcmp(argv[1], "serve") == 0)
		return serve_run(fd, err);
	return err_set(err, -EINVAL, "Usage: sekisho-media probe|mount|serve");
}

/* Nothing of what libraries do at exit(3), or a sanitizer before it, passes the filter. */
static void end(int status)
{
	(void)syscall(SYS_exit_group, status);
}

int main(int argc, char *argv[])
{
	struct err err = { 0 };
	int rc;

	lang_set(lang_from_environment());
	rc = serve(argc, argv, &err);
	if (rc < 0)
		log_error("%s", err.text);
	end(rc < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
	return EXIT_FAILURE;
}
