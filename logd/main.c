/* SPDX-License-Identifier: Apache-2.0 */

/* sekisho-logd: options, the listening socket, and the daemon between them. */

#include "confine/daemon.h"
#include "core/cleanup.h"
#include "core/err.h"
#include "core/file.h"
#include "core/lang.h"
#include "core/log.h"
#include "core/notify.h"
#include "core/parse.h"
#include "logd/logd.h"
#include "logd/settings.h"
#include "logd/tend.h"

#include <fcntl.h>
#include <getopt.h>
#include <pwd.h>
#include <seccomp.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>

#define TERMINAL_ID_LEN 16 /* hex digits */

/*
 * A number for the terminal that does not give away /etc/machine-id, which
 * machine-id(5) asks to keep; random where there is none.
 */
static void make_terminal_id(char out[TERMINAL_ID_LEN + 1])
{
	unsigned char hash[TERMINAL_ID_LEN / 2];
	char machine_id[128] = "sekisho terminal ";
	size_t used = strlen(machine_id);

	randombytes_buf(hash, sizeof(hash));
	if (file_read_attribute(AT_FDCWD, "/etc/machine-id", machine_id + used,
				sizeof(machine_id) - used) == 0 &&
	    machine_id[used] != '\0') {
		unsigned char whole[crypto_hash_sha256_BYTES];

		(void)crypto_hash_sha256(whole, (const unsigned char *)machine_id,
					 strlen(machine_id));
		memcpy(hash, whole, sizeof(hash));
	}
	(void)sodium_bin2hex(out, TERMINAL_ID_LEN + 1, hash, sizeof(hash));
}

static bool is_terminal_id(const char *text)
{
	return *text && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(text) &&
	       strlen(text) <= 64;
}

/* The room that is set aside for a full disk. */
static const struct filter_rule reserve = { .call = SCMP_SYS(fallocate) };

static uid_t default_otp_uid(void)
{
	const struct passwd *user = getpwnam(LOGD_OTP_USER);

	return user ? user->pw_uid : geteuid();
}

static int parse_options(int argc, char *argv[], struct logd_options *options,
			 struct tend_options *tend, bool *ret_tends)
{
	static const struct option known[] = {
		{ "state-dir", required_argument, NULL, 's' },
		{ "terminal-id", required_argument, NULL, 't' },
		{ "daemon-uid", required_argument, NULL, 'u' },
		{ "counter", required_argument, NULL, 'n' },
		{ "tend", no_argument, NULL, 'T' },
		{ "config", required_argument, NULL, 'c' },
		{ "socket", required_argument, NULL, 'S' },
		{ 0 },
	};
	struct err err = { 0 };
	uint64_t uid;
	int option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) >= 0) {
		if (option == 's')
			options->state_dir = optarg;
		else if (option == 't' && is_terminal_id(optarg))
			options->terminal_id = optarg;
		else if (option == 'u' && parse_u64(optarg, UINT32_MAX - 1, &uid, &err) == 0)
			options->otp_uid = (uid_t)uid;
		else if (option == 'n')
			options->counter = optarg;
		else if (option == 'T')
			*ret_tends = true;
		else if (option == 'c')
			tend->config = optarg;
		else if (option == 'S')
			tend->socket = optarg;
		else
			return -1;
	}
	tend->state_dir = options->state_dir;
	return optind == argc ? 0 : -1;
}

static int tend(const struct tend_options *options)
{
	struct err err = { 0 };
	int rc = confine_daemon(NULL, 0, 0, &err);

	if (rc == 0)
		rc = tend_run(options, &err);
	if (rc < 0)
		log_error("%s", err.text);
	return rc < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char *argv[])
{
	char terminal_id[TERMINAL_ID_LEN + 1];
	struct logd_options options = { .state_dir = LOGD_STATE_DIR,
					.terminal_id = terminal_id,
					.counter = LOGD_COUNTER_FILE };
	struct tend_options tending = { .config = LOGD_CONFIG_FILE, .socket = IPC_SOCKET_LOG };
	static struct logd logd;
	struct err err = { 0 };
	bool tends = false;
	int listen_fd = -1;
	int rc;

	lang_set(lang_from_environment());
	(void)umask(0027);
	if (sodium_init() < 0) {
		log_error("libsodium does not start");
		return EXIT_FAILURE;
	}
	make_terminal_id(terminal_id);
	options.otp_uid = default_otp_uid();
	if (parse_options(argc, argv, &options, &tending, &tends) < 0) {
		fputs(tr("Usage: sekisho-logd [--state-dir DIR] [--terminal-id ID] "
			 "[--daemon-uid UID]\n"
			 "                    [--counter FILE]\n"
			 "       sekisho-logd --tend [--state-dir DIR] [--config FILE] "
			 "[--socket PATH]\n"),
		      stderr);
		return EXIT_FAILURE;
	}
	if (tends)
		return tend(&tending);
	rc = notify_listen_fd(&listen_fd, &err);
	if (rc == 0)
		rc = logd_init(&logd, &options, listen_fd, &err);
	if (rc == 0)
		rc = confine_daemon(&reserve, 1, 0, &err);
	if (rc == 0)
		rc = logd_run(&logd, &err);
	if (listen_fd >= 0)
		logd_deinit(&logd);
	if (rc < 0)
		log_error("%s", err.text);
	return rc < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
