/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Switching the guard on and off.  On: nothing changes before an enrolled
 * admin has proved a code; every closed door has its key inside before it is
 * closed (rules in the initramfs before the kernel parameter, tokens before
 * PAM).  Off: the same steps backwards, so that at no moment the parameter
 * stands without the rules that let keyboards in.
 */

#include "cli/commands.h"
#include "cli/options.h"
#include "cli/order_install.h"
#include "cli/otp_text.h"
#include "cli/policy_file.h"
#include "cli/program.h"
#include "cli/prompt.h"
#include "cli/record.h"
#include "cli/setup.h"
#include "core/err.h"
#include "core/lang.h"
#include "ipc/client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct setup {
	const char *order; /* a file, or NULL: the terminal stays in no zone */
	const char *admin;
	bool desk;
	bool remove;
	bool codes_required; /* by the zone's policy, once the zone is set */
};

struct step {
	const char *title;
	int (*run)(struct setup *setup, struct err *err);
};

static int step_prove(struct setup *setup, struct err *err)
{
	struct ipc_otp_code request = { .header = ipc_header(IPC_OTP_PROVE) };
	struct ipc_otp_answer answer = { .result = IPC_OTP_UNAVAILABLE };
	char question[128];
	int rc;

	(void)snprintf(request.user, sizeof(request.user), "%s", setup->admin);
	(void)snprintf(question, sizeof(question), tr("   Code of %s: "), setup->admin);
	rc = prompt_line(question, request.code, sizeof(request.code), err);
	if (rc == 0)
		rc = ipc_call(IPC_SOCKET_OTP, &request, sizeof(request), IPC_OTP_ANSWER, &answer,
			      sizeof(answer), err);
	explicit_bzero(&request, sizeof(request));
	if (rc == 0 && answer.result != IPC_OTP_ACCEPTED)
		rc = err_set(err, -EACCES, "%s: %s", setup->admin,
			     tr(otp_result_text(answer.result)));
	return rc;
}

/* A temporary code takes an issuer and an approver, and each proves a code here. */
static int step_people(struct setup *setup, struct err *err)
{
	struct ipc_header request = ipc_header(IPC_OTP_STATUS);
	struct ipc_otp_state state = { 0 };
	int rc = ipc_call(IPC_SOCKET_OTP, &request, sizeof(request), IPC_OTP_STATE, &state,
			  sizeof(state), err);

	(void)setup;
	if (rc == 0 && state.n_users < SETUP_DESK_PEOPLE)
		rc = err_set(err, -ENOKEY,
			     "a temporary code takes two people with a token here; remedy: sekisho "
			     "token enroll");
	return rc;
}

static int step_desk(struct setup *setup, struct err *err)
{
	int rc = record_action("setup.desk", setup->admin, err);

	return rc < 0 ? rc : setup_desk(true, err);
}

static int step_desk_off(struct setup *setup, struct err *err)
{
	(void)setup;
	return setup_desk(false, err);
}

static int step_enrol(struct setup *setup, struct err *err)
{
	struct setup_enrolled found;
	int rc = record_action("setup.enrol", setup->admin, err);

	if (rc == 0)
		rc = setup_enrol(&found, err);
	if (rc == 0)
		printf(tr("   internal disks: %u, keyboards named: %u\n"), found.n_disks,
		       found.n_keyboards);
	return rc;
}

static int step_initramfs(struct setup *setup, struct err *err)
{
	(void)setup;
	return setup_initramfs(true, err);
}

static int step_parameter(struct setup *setup, struct err *err)
{
	int rc = record_action("setup.kernel-parameter", setup->admin, err);

	return rc < 0 ? rc : setup_kernel_parameter(true, err);
}

static int reload_agent(struct err *err)
{
	return program_run((const char *const[]){ "/usr/bin/systemctl", "reload",
						  "sekishod.service", NULL },
			   NULL, NULL, err);
}

static int step_close_gates(struct setup *setup, struct err *err)
{
	(void)setup;
	return reload_agent(err);
}

static int install_order(const char *path, struct err *err)
{
	cleanup_free char *bytes = NULL;
	size_t len = 0;
	int rc = read_any_file(path, ORDER_BYTES_MAX, &bytes, &len, err);

	return rc < 0 ? rc : order_install(bytes, len, err);
}

static int step_zone(struct setup *setup, struct err *err)
{
	struct ipc_otp_scope scope = { .header = ipc_header(IPC_OTP_SCOPE), .service = "login" };
	struct ipc_otp_need need = { 0 };
	int rc = setup->order ? install_order(setup->order, err) : 0;

	if (rc == 0 && !setup->order)
		puts(tr("   no order: the terminal stays in no zone, where nothing is opened and "
			"codes are asked of everybody, now that somebody has a token"));
	if (rc == 0)
		rc = ipc_call(IPC_SOCKET_OTP, &scope, sizeof(scope), IPC_OTP_NEED, &need,
			      sizeof(need), err);
	setup->codes_required = need.need == IPC_OTP_NEED_REQUIRED;
	return rc;
}

static int step_sshd(struct setup *setup, struct err *err)
{
	int rc = record_action("setup.sshd", setup->admin, err);

	return rc < 0 ? rc : setup_sshd(true, setup->codes_required, err);
}

static int step_pam(struct setup *setup, struct err *err)
{
	int rc = record_action("setup.pam", setup->admin, err);

	return rc < 0 ? rc : setup_pam(true, err);
}

static int step_pam_off(struct setup *setup, struct err *err)
{
	(void)setup;
	return setup_pam(false, err);
}

static int step_sshd_off(struct setup *setup, struct err *err)
{
	(void)setup;
	return setup_sshd(false, false, err);
}

static int step_parameter_off(struct setup *setup, struct err *err)
{
	(void)setup;
	return setup_kernel_parameter(false, err);
}

static int step_unenrol(struct setup *setup, struct err *err)
{
	(void)setup;
	return setup_unenrol(err);
}

static int step_initramfs_off(struct setup *setup, struct err *err)
{
	(void)setup;
	return setup_initramfs(false, err);
}

static const struct step steps_on[] = {
	{ N_("An enrolled administrator proves a code"), step_prove },
	{ N_("Internal disks and keyboards are enrolled"), step_enrol },
	{ N_("The rules go into the initramfs of every kernel"), step_initramfs },
	{ N_("The kernel parameter closes USB from power-on"), step_parameter },
	{ N_("The gates close now"), step_close_gates },
	{ N_("The order that names the zone is installed"), step_zone },
	{ N_("sshd asks for password and code"), step_sshd },
	{ N_("Logins ask for password and code"), step_pam },
};

static const struct step steps_off[] = {
	{ N_("Logins ask for the password alone"), step_pam_off },
	{ N_("sshd is as before"), step_sshd_off },
	{ N_("The kernel parameter goes"), step_parameter_off },
	{ N_("The enrolled rules go"), step_unenrol },
	{ N_("The initramfs of every kernel is rebuilt"), step_initramfs_off },
};

/* No rule, no parameter, no PAM: nothing of the machine's own is touched. */
static const struct step steps_desk[] = {
	{ N_("An enrolled administrator proves a code"), step_prove },
	{ N_("Two people have a token"), step_people },
	{ N_("The guard stays off, codes and log are on"), step_desk },
};

static const struct step steps_desk_off[] = {
	{ N_("The machine is no help desk's any more"), step_desk_off },
};

static int run_steps(const struct step *steps, size_t n, struct setup *setup, struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		int rc;

		printf("%zu/%zu %s\n", i + 1, n, tr(steps[i].title));
		(void)fflush(stdout);
		rc = steps[i].run(setup, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int switch_on(struct setup *setup, struct err *err)
{
	int rc;

	if (setup_is_desk())
		return err_set(
			err, -EEXIST,
			"this is a help desk's machine, where no guard runs; remedy: sekisho "
			"setup --remove, then again");
	rc = run_steps(steps_on, sizeof(steps_on) / sizeof(steps_on[0]), setup, err);

	if (rc < 0)
		return err_wrap(err, "set-up stopped here; `sekisho setup --remove` undoes it");
	puts(tr("Done.  The next start of this terminal is closed from power-on; "
		"`sekisho status` shows every gate."));
	return EXIT_SUCCESS;
}

static int become_desk(struct setup *setup, struct err *err)
{
	if (access(SETUP_ENROLLED_RULES, F_OK) == 0)
		return err_set(err, -EEXIST,
			       "the guard of this terminal is on; remedy: another machine for the "
			       "help desk, or sekisho setup --remove first");
	if (setup_is_desk())
		return err_set(err, -EALREADY, "this is a help desk's machine already");
	if (run_steps(steps_desk, sizeof(steps_desk) / sizeof(steps_desk[0]), setup, err) < 0)
		return err->code;
	puts(tr("Done.  This machine has no guard.  `sekisho token desk` prints the key that "
		"terminals seal theirs to.  Who issues codes and who approves them has to be in "
		"the group sekisho-admin."));
	return EXIT_SUCCESS;
}

/* Here the agent can record it only when it is back. */
static int leave_desk(struct setup *setup, struct err *err)
{
	struct err log_err = { 0 };

	if (run_steps(steps_desk_off, sizeof(steps_desk_off) / sizeof(steps_desk_off[0]), setup,
		      err) < 0)
		return err->code;
	if (record_action("setup.remove", "", &log_err) < 0)
		fprintf(stderr, tr("warning: not recorded in the log: %s\n"), log_err.text);
	puts(tr("Done.  Nothing is set up here now; the tokens stay."));
	return EXIT_SUCCESS;
}

static int switch_off(struct setup *setup, struct err *err)
{
	struct err log_err = { 0 };

	/* A log that is down must not keep a terminal from being repaired. */
	if (record_action("setup.remove", "", &log_err) < 0)
		fprintf(stderr, tr("warning: not recorded in the log: %s\n"), log_err.text);
	if (run_steps(steps_off, sizeof(steps_off) / sizeof(steps_off[0]), setup, err) < 0)
		return err->code;
	if (reload_agent(&log_err) < 0)
		fprintf(stderr, tr("warning: %s\n"), log_err.text);
	puts(tr("Done.  USB is open again after the next start."));
	return EXIT_SUCCESS;
}

static void print_usage(FILE *out)
{
	fputs(tr("Usage: sekisho setup --admin USER [--order FILE]\n"
		 "       sekisho setup --desk --admin USER\n"
		 "       sekisho setup --remove\n\n"
		 "Switches the guard of this terminal on, or takes it off.  USER is an "
		 "administrator\n"
		 "with an active token; FILE is the signed order that names the terminal's "
		 "zone.\n"
		 "--desk makes this the help desk's machine instead: codes and log, no guard.\n"),
	      out);
}

static int parse(int argc, char *argv[], struct setup *setup)
{
	static const struct option options[] = {
		{ "order", required_argument, NULL, 'o' },
		{ "admin", required_argument, NULL, 'a' },
		{ "desk", no_argument, NULL, 'd' },
		{ "remove", no_argument, NULL, 'r' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option;

	while ((option = option_next(argc, argv, "", options)) >= 0) {
		switch (option) {
		case 'o':
			setup->order = optarg;
			break;
		case 'a':
			setup->admin = optarg;
			break;
		case 'd':
			setup->desk = true;
			break;
		case 'r':
			setup->remove = true;
			break;
		case 'h':
			print_usage(stdout);
			return 1;
		default:
			print_usage(stderr);
			return -EINVAL;
		}
	}
	if (optind != argc || setup->remove == (setup->admin != NULL) ||
	    (setup->desk && (setup->order || setup->remove))) {
		print_usage(stderr);
		return -EINVAL;
	}
	return 0;
}

int cmd_setup(int argc, char *argv[], struct err *err)
{
	struct setup setup = { 0 };
	int rc = parse(argc, argv, &setup);

	if (rc != 0)
		return rc < 0 ? err_set(err, rc, "nothing was changed") : EXIT_SUCCESS;
	if (geteuid() != 0)
		return err_set(err, -EPERM,
			       "only root may do this; remedy: sudo sekisho setup ...");
	if (setup.desk)
		return become_desk(&setup, err);
	if (!setup.remove)
		return switch_on(&setup, err);
	return setup_is_desk() ? leave_desk(&setup, err) : switch_off(&setup, err);
}
