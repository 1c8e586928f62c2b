/* SPDX-License-Identifier: Apache-2.0 */

/* sekishod: options, start, end. */

#include "agent/agent.h"
#include "agent/confined.h"
#include "core/err.h"
#include "core/lang.h"
#include "core/log.h"
#include "core/notify.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

/* Every option takes a path; the table says which one it sets. */
static const struct option options[] = {
	{ "state-dir", required_argument, NULL, 's' },
	{ "policy", required_argument, NULL, 'p' },
	{ "packaged-dir", required_argument, NULL, 'd' },
	{ "seat-dir", required_argument, NULL, 'e' },
	{ "log-socket", required_argument, NULL, 'l' },
	{ "otp-socket", required_argument, NULL, 'o' },
	{ "media-socket", required_argument, NULL, 'm' },
	{ "mount-socket", required_argument, NULL, 't' },
	{ "gate-dir", required_argument, NULL, 'g' },
	{ "set-up-file", required_argument, NULL, 'u' },
	{ NULL, 0, NULL, 0 },
};

static const char **path_of(struct agent_paths *paths, int option)
{
	switch (option) {
	case 's':
		return &paths->situation.state_dir;
	case 'p':
		return &paths->situation.policy;
	case 'd':
		return &paths->situation.packaged_dir;
	case 'e':
		return &paths->situation.seat_dir;
	case 'l':
		return &paths->situation.log_socket;
	case 'o':
		return &paths->situation.otp_socket;
	case 'm':
		return &paths->media_socket;
	case 't':
		return &paths->mount_socket;
	case 'g':
		return &paths->gate_dir;
	case 'u':
		return &paths->set_up_file;
	default:
		return NULL;
	}
}

static bool read_options(int argc, char *argv[], struct agent_paths *paths)
{
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		const char **path = path_of(paths, option);

		if (!path)
			return false;
		*path = optarg;
	}
	return optind == argc;
}

static int run(const struct agent_paths *paths, struct err *err)
{
	static struct agent agent; /* too large for a stack */
	int listen_fd = -1;
	int rc;

	rc = notify_listen_fd(&listen_fd, err);
	if (rc < 0)
		return rc;
	rc = agent_init(&agent, paths, listen_fd, err);
	if (rc == 0)
		rc = confined_begin(err);
	if (rc == 0)
		rc = agent_run(&agent, err);
	agent_deinit(&agent);
	return rc;
}

int main(int argc, char *argv[])
{
	struct agent_paths paths = AGENT_PATHS_DEFAULT;
	struct err err = { 0 };

	lang_set(lang_from_environment());
	if (!read_options(argc, argv, &paths)) {
		fprintf(stderr, "%s\n",
			tr("Usage: sekishod [--state-dir DIR] [--policy FILE] [--packaged-dir DIR] "
			   "[--log-socket PATH] [--otp-socket PATH] [--gate-dir DIR] "
			   "[--set-up-file FILE] [--seat-dir DIR]"));
		return EXIT_FAILURE;
	}
	if (run(&paths, &err) < 0) {
		log_error("%s", err.text);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
