/* SPDX-License-Identifier: Apache-2.0 */

/* The doors that ask for a code: PAM's common stack and sshd. */

#include "cli/program.h"
#include "cli/setup.h"
#include "core/cleanup.h"
#include "core/err.h"
#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define COMMON_AUTH "/etc/pam.d/common-auth"
#define COMMON_AUTH_MAX (64 * 1024) /* bytes */
#define SSHD_FRAGMENT "/etc/ssh/sshd_config.d/10-sekisho.conf"

/* One conversation for both answers; PasswordAuthentication cannot carry two. */
#define SSHD_ASKS                                                                                  \
	"# Written by `sekisho setup`; `sekisho setup --remove` takes it away.\n"                  \
	"UsePAM yes\n"                                                                             \
	"KbdInteractiveAuthentication yes\n"                                                       \
	"PasswordAuthentication no\n"

/* A key skips PAM's auth and with it the code, so it never suffices alone. */
#define SSHD_KEY_IS_NOT_ENOUGH                                                                     \
	"AuthenticationMethods keyboard-interactive:pam "                                          \
	"publickey,keyboard-interactive:pam\n"

static bool has_active_line(char *text, const char *mode)
{
	char *rest = NULL;

	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		const char *module;

		line[strcspn(line, "#")] = '\0';
		module = strstr(line, "pam_sekisho.so");
		if (module && strstr(module, mode))
			return true;
	}
	return false;
}

static int check_common_auth(const char *mode, bool on, struct err *err)
{
	cleanup_free char *text = NULL;
	size_t len;
	int rc = file_read_trusted(AT_FDCWD, COMMON_AUTH, 0, COMMON_AUTH_MAX, &text, &len, err);

	if (rc < 0)
		return rc;
	if (has_active_line(text, mode) != on)
		return err_set(err, -EIO,
			       "%s was not rewritten (was it changed by hand?); remedy: run "
			       "pam-auth-update --force, then set up again",
			       COMMON_AUTH);
	return 0;
}

int setup_pam(bool on, struct err *err)
{
	int rc = program_run((const char *const[]){ "/usr/sbin/pam-auth-update",
						    on ? "--enable" : "--disable",
						    "sekisho-collect", "sekisho-verify", NULL },
			     NULL, NULL, err);

	if (rc == 0)
		rc = check_common_auth("collect", on, err);
	if (rc == 0)
		rc = check_common_auth("verify", on, err);
	return rc;
}

static int reload_sshd(struct err *err)
{
	int rc =
		program_run((const char *const[]){ "/usr/sbin/sshd", "-t", NULL }, NULL, NULL, err);

	if (rc < 0)
		return rc;
	return program_run((const char *const[]){ "/usr/bin/systemctl", "try-reload-or-restart",
						  "ssh.service", NULL },
			   NULL, NULL, err);
}

int setup_sshd(bool on, bool required, struct err *err)
{
	static const char asks[] = SSHD_ASKS;
	static const char asks_strictly[] = SSHD_ASKS SSHD_KEY_IS_NOT_ENOUGH;
	const char *text = required ? asks_strictly : asks;
	int rc = 0;

	if (access("/usr/sbin/sshd", X_OK) < 0)
		return 0;
	if (on)
		rc = file_replace(AT_FDCWD, SSHD_FRAGMENT, text, strlen(text), 0644, err);
	else if (unlink(SSHD_FRAGMENT) < 0 && errno != ENOENT)
		rc = err_set(err, -errno, "%s: %m", SSHD_FRAGMENT);
	return rc < 0 ? rc : reload_sshd(err);
}
