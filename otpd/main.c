/* SPDX-License-Identifier: Apache-2.0 */

/* sekisho-otpd: options, then the loop. */

#include "confine/daemon.h"
#include "core/err.h"
#include "core/lang.h"
#include "core/log.h"
#include "otpd/otpd.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <sys/prctl.h>

static int parse(int argc, char *argv[], struct otpd_options *options, struct err *err)
{
	static const struct option known[] = {
		{ "state-dir", required_argument, NULL, 's' },
		{ "policy", required_argument, NULL, 'p' },
		{ "order", required_argument, NULL, 'o' },
		{ "packaged-dir", required_argument, NULL, 'd' },
		{ "log-socket", required_argument, NULL, 'l' },
		{ "host-key", required_argument, NULL, 'k' },
		{ 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) >= 0) {
		switch (option) {
		case 's':
			options->state_dir = optarg;
			break;
		case 'p':
			options->scope.policy = optarg;
			break;
		case 'o':
			options->scope.order = optarg;
			break;
		case 'd':
			options->scope.packaged_dir = optarg;
			break;
		case 'l':
			options->log_socket = optarg;
			break;
		case 'k':
			options->host_key = optarg;
			break;
		default:
			return err_set(err, -EINVAL, "unknown option; see sekisho-otpd(8)");
		}
	}
	return 0;
}

int main(int argc, char *argv[])
{
	struct otpd_options options = {
		.state_dir = "/var/lib/sekisho/otp",
		.scope = { .policy = "/var/lib/sekisho/policy/current",
			   .order = "/var/lib/sekisho/order",
			   .packaged_dir = "/usr/share/sekisho/policies" },
		.log_socket = IPC_SOCKET_LOG,
	};
	static struct otpd otpd;
	struct err err = { 0 };
	int rc;

	lang_set(lang_from_environment());
	(void)prctl(PR_SET_DUMPABLE, 0); /* secrets pass through memory */
	rc = parse(argc, argv, &options, &err);
	if (rc == 0) {
		rc = otpd_init(&otpd, &options, &err);
		if (rc == 0)
			rc = confine_daemon(NULL, 0, 0, &err);
		if (rc == 0)
			rc = otpd_run(&otpd, &err);
		otpd_deinit(&otpd);
	}
	if (rc < 0)
		log_error("%s", err.text);
	return rc < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
