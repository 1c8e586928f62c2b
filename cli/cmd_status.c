/* SPDX-License-Identifier: Apache-2.0 */

/* Is every gate closed, and why not if not: one line a gate, bad ones first to the eye. */

#include "cli/cell.h"
#include "cli/commands.h"
#include "cli/doctor_need.h"
#include "cli/gates.h"
#include "cli/host_key.h"
#include "cli/options.h"
#include "cli/setup.h"
#include "cli/status_exceptions.h"
#include "core/cleanup.h"
#include "core/err.h"
#include "core/file.h"
#include "core/lang.h"
#include "doctor/doctor.h"
#include "ipc/client.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAM_FILE_MAX (64 * 1024) /* bytes */

static void add_policy(struct gates *report, const struct ipc_agent_state *state)
{
	if (!state->policy_in_force)
		gate_add(report, "policy", false, "nothing opens: %s", state->policy_detail);
	else if (state->observing)
		gate_add(
			report, "policy", false,
			"OBSERVING ONLY: nothing is blocked in this zone; remedy: install a policy "
			"without observe");
	else if (*state->policy_detail)
		gate_add(report, "policy", false, "the newer one is NOT in force: %s",
			 state->policy_detail);
	else if (state->policy_expired)
		gate_add(report, "policy", false, "EXPIRED on %s; remedy: install a newer one",
			 state->policy_expires);
	else if (state->policy_packaged)
		gate_add(report, "policy", true, "the package's for this zone, %u rules",
			 state->n_rules);
	else if (*state->policy_signer)
		gate_add(report, "policy", true, "version %llu signed by %s, %u rules",
			 (unsigned long long)state->policy_version, state->policy_signer,
			 state->n_rules);
	else
		gate_add(report, "policy", true, "in force, not signed, %u rules", state->n_rules);
}

/* A city without a register has no line of it. */
static void add_register(struct gates *report, const struct ipc_agent_state *state)
{
	if (state->register_broken)
		gate_add(report, "media", false,
			 "what happened to media here cannot be read, so none of the register "
			 "opens: %s; remedy: mend /var/lib/sekisho/register/events by the log",
			 state->register_detail);
	else if (state->register_expired)
		gate_add(report, "media", false,
			 "the register EXPIRED on %s: none of its media is known; remedy: install "
			 "a newer one",
			 state->register_expires);
	else if (*state->register_detail)
		gate_add(report, "media", false, "register: %s", state->register_detail);
	else if (state->register_in_force && *state->register_signer)
		gate_add(report, "media", true,
			 "register version %llu signed by %s, %u media, until %s",
			 (unsigned long long)state->register_version, state->register_signer,
			 state->n_media, *state->register_expires ? state->register_expires : "-");
	else if (state->register_in_force)
		gate_add(report, "media", true, "register in force, not signed, %u media",
			 state->n_media);
	else if (state->n_media > 0)
		gate_add(report, "media", true, "%u media registered here only", state->n_media);
}

static void add_zone(struct gates *report, const struct ipc_agent_state *state)
{
	(void)snprintf(report->zone, sizeof(report->zone), "%s", state->zone);
	if (state->zone_unfinished)
		gate_add(report, "zone", false,
			 "%s, because a change is unfinished and the stricter zone counts: %s",
			 state->zone, state->zone_detail);
	else if (*state->zone_detail)
		gate_add(report, "zone", false, "%s: %s", state->zone, state->zone_detail);
	else if (!state->enrolled)
		gate_add(report, "zone", true,
			 "%s: nobody's signature is asked for until an order is installed",
			 state->zone);
	else
		gate_add(report, "zone", true, "%s, terminal %s, order %llu", state->zone,
			 state->terminal, (unsigned long long)state->order);
}

static bool has_open(const struct ipc_agent_state *state, const char *gate)
{
	for (uint32_t i = 0; i < state->n_open_gates && i < IPC_OPEN_GATES_MAX; i++) {
		if (strcmp(state->open_gates[i].gate, gate) == 0)
			return true;
	}
	return false;
}

/* Each that was found open and could not be shut. */
static void add_open(struct gates *report, const struct ipc_agent_state *state)
{
	uint32_t told =
		state->n_open_gates < IPC_OPEN_GATES_MAX ? state->n_open_gates : IPC_OPEN_GATES_MAX;

	for (uint32_t i = 0; state->set_up && i < told; i++)
		gate_add(report, state->open_gates[i].gate, false, "open: %s",
			 state->open_gates[i].detail);
	if (state->set_up && state->n_open_gates > told)
		gate_add(report, "more", false, "%u others are open", state->n_open_gates - told);
	if (*state->input_detail)
		gate_add(report, "input", false,
			 "new keyboards are opened without asking: %s; "
			 "remedy: mend /run/sekisho/gate, then systemctl reload sekishod",
			 state->input_detail);
}

static void add_usb(struct gates *report, const struct ipc_agent_state *state)
{
	if (!state->set_up)
		gate_add(report, "usb", false,
			 "NOT SET UP: nothing is refused; remedy: sekisho setup --admin USER");
	else if (!has_open(state, "usb"))
		gate_add(report, "usb", true, "closed; %u devices, %u of them blocked",
			 state->n_devices, state->n_blocked);
}

static void check_agent(struct gates *report)
{
	struct ipc_header request = ipc_header(IPC_AGENT_STATUS);
	struct ipc_agent_state state;
	struct err err = { 0 };

	if (ipc_call(IPC_SOCKET_AGENT, &request, sizeof(request), IPC_AGENT_STATE, &state,
		     sizeof(state), &err) < 0) {
		gate_add(report, "agent", false,
			 "sekishod does not answer (%s), so nothing new opens; "
			 "remedy: systemctl restart sekishod",
			 err.text);
		return;
	}
	gate_add(report, "agent", true, "answers");
	add_usb(report, &state);
	add_open(report, &state);
	add_policy(report, &state);
	add_register(report, &state);
	status_add_exceptions(report, &state);
	add_zone(report, &state);
}

static void check_boot(struct gates *report)
{
	char text[4096] = "";

	(void)file_read_attribute(AT_FDCWD, "/proc/cmdline", text, sizeof(text));
	if (strstr(text, "usbcore.authorized_default=0"))
		gate_add(report, "boot", true, "USB was closed from power-on");
	else
		gate_add(report, "boot", false,
			 "this start was without usbcore.authorized_default=0; "
			 "remedy: set up, then restart");
}

static void check_log(struct gates *report)
{
	struct ipc_header request = ipc_header(IPC_LOG_STATUS);
	struct ipc_log_state state;
	struct err err = { 0 };

	if (ipc_call(IPC_SOCKET_LOG, &request, sizeof(request), IPC_LOG_STATE, &state,
		     sizeof(state), &err) < 0)
		gate_add(report, "log", false,
			 "sekisho-logd does not answer (%s), so nothing opens and no code is "
			 "accepted; "
			 "remedy: systemctl restart sekisho-logd",
			 err.text);
	else if (state.code != 0)
		gate_add(report, "log", false, "cannot write: %s", state.detail);
	else
		gate_add(report, "log", true, "%llu entries", (unsigned long long)state.size);
}

static bool pam_has(const char *mode)
{
	cleanup_free char *text = NULL;
	struct err err = { 0 };
	char *rest = NULL;
	size_t len;

	if (file_read_trusted(AT_FDCWD, "/etc/pam.d/common-auth", 0, PAM_FILE_MAX, &text, &len,
			      &err) < 0)
		return false;
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		const char *module;

		line[strcspn(line, "#")] = '\0';
		module = strstr(line, "pam_sekisho.so");
		if (module && strstr(module, mode))
			return true;
	}
	return false;
}

static void check_logins(struct gates *report)
{
	bool collects = pam_has("collect");
	bool verifies = pam_has("verify");

	if (collects && verifies)
		gate_add(report, "login", true, "logins ask for password and code");
	else if (collects || verifies)
		gate_add(report, "login", false,
			 "half a stack: only one of the two PAM profiles is on; "
			 "remedy: pam-auth-update --enable sekisho-collect sekisho-verify");
	else
		gate_add(report, "login", false,
			 "logins ask for the password alone; remedy: sekisho setup");
}

/* Files that root alone may read keep nobody else's status from being good. */
static void check_doors(struct gates *report)
{
	cleanup_close int root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool is_silent = false;
	cleanup_doctor struct doctor doctor = { .root = root,
						.asks = doctor_need_here,
						.ctx = &is_silent };
	struct err err = { 0 };

	if (root < 0 || doctor_examine(&doctor, &err) < 0)
		gate_add(report, "doors", false, "could not be looked at; remedy: sekisho doctor");
	else if (!doctor.guarded)
		return; /* the line on logins says it */
	else if (doctor_count(&doctor, DOCTOR_OPEN) > 0)
		gate_add(report, "doors", false,
			 "%zu ways to get in without a code; remedy: sekisho doctor lists them",
			 doctor_count(&doctor, DOCTOR_OPEN));
	else if (doctor_count(&doctor, DOCTOR_UNCHECKED) == 0)
		gate_add(report, "doors", true, "no way to get in without a code");
	else if (geteuid() == 0)
		gate_add(report, "doors", false,
			 "%zu things could not be checked; remedy: sekisho doctor lists them",
			 doctor_count(&doctor, DOCTOR_UNCHECKED));
	else
		gate_add(
			report, "doors", true,
			"no way in without a code in what everybody may read; root sees all of it");
}

/* Nobody is refused for it yet; who hears of it now can set the clock before that. */
static void add_clock(struct gates *report, const struct ipc_otp_state *state)
{
	if (state->slow_sec > 0)
		gate_add(report, "clock", true,
			 "about %d s slow, as the tokens of %u people say; remedy: set it",
			 state->slow_sec, state->n_clock_users);
	else
		gate_add(report, "clock", true,
			 "about %d s fast, as the tokens of %u people say; remedy: set it",
			 -state->slow_sec, state->n_clock_users);
	gate_warn(report);
}

static void check_codes(struct gates *report, struct ipc_otp_state *ret)
{
	struct ipc_header request = ipc_header(IPC_OTP_STATUS);
	struct ipc_otp_state state = { 0 };
	struct err err = { 0 };

	if (ipc_call(IPC_SOCKET_OTP, &request, sizeof(request), IPC_OTP_STATE, &state,
		     sizeof(state), &err) < 0)
		gate_add(report, "codes", false,
			 "sekisho-otpd does not answer (%s), so no code is accepted; "
			 "remedy: systemctl restart sekisho-otpd",
			 err.text);
	else if (!state.key_ok || *state.detail)
		gate_add(report, "codes", false, "%s", state.detail);
	else
		gate_add(report, "codes", true, "%u users have a token", state.n_users);
	if (state.slow_sec != 0)
		add_clock(report, &state);
	*ret = state;
}

/* A disk that is carried away takes the key of its tokens along, unless a TPM stays behind. */
static void check_key(struct gates *report)
{
	enum host_key_seal seal = host_key_seal();

	if (seal == HOST_KEY_UNKNOWN) /* the line on codes says it */
		return;
	if (seal == HOST_KEY_TPM)
		gate_add(report, "key", true, "sealed by this terminal's TPM");
	else if (host_key_has_tpm())
		gate_add(report, "key", true,
			 "NOT protected by a TPM, though there is one; remedy: sekisho key reseal");
	else
		gate_add(
			report, "key", true,
			"NOT protected by a TPM: who takes the disk has the secrets of its tokens; "
			"remedy: a TPM, or an encrypted disk");
	if (seal != HOST_KEY_TPM)
		gate_warn(report);
}

static void check_terminal(struct gates *report)
{
	struct ipc_otp_state codes;

	check_agent(report);
	check_boot(report);
	check_log(report);
	check_codes(report, &codes);
	check_key(report);
	check_logins(report);
	check_doors(report);
}

/* Where no guard is, what counts is that temporary codes can be made, by two people. */
static void check_desk(struct gates *report)
{
	struct ipc_header request = ipc_header(IPC_AGENT_STATUS);
	struct ipc_agent_state agent;
	struct ipc_otp_state codes;
	struct err err = { 0 };

	report->is_desk = true;
	gate_add(report, "desk", true,
		 "help desk machine, NO GUARD: nothing is closed here, and logins ask for no "
		 "code");
	gate_warn(report);
	if (ipc_call(IPC_SOCKET_AGENT, &request, sizeof(request), IPC_AGENT_STATE, &agent,
		     sizeof(agent), &err) == 0)
		gate_add(report, "agent", false,
			 "sekishod runs, and this machine is to have none; remedy: systemctl "
			 "stop sekishod.socket sekishod");
	check_log(report);
	check_codes(report, &codes);
	if (codes.key_ok && codes.n_users < SETUP_DESK_PEOPLE)
		gate_add(report, "people", false,
			 "a temporary code takes two people with a token here; remedy: sekisho "
			 "token enroll");
	check_key(report);
}

static void print_usage(FILE *out)
{
	fputs(tr("Usage: sekisho status [--json]\n\n"
		 "Shows each gate.  Exit status: 0 when all are closed, 1 when one is not; on a "
		 "help\n"
		 "desk machine 0 when temporary codes can be made.\n"),
	      out);
}

int cmd_status(int argc, char *argv[], struct err *err)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct gates report = { 0 };
	bool json = false;
	int option;

	while ((option = option_next(argc, argv, "", options)) >= 0) {
		if (option != 'j')
			return options_usage(option == 'h', print_usage);
		json = true;
	}
	if (optind != argc)
		return options_usage(-EINVAL, print_usage);
	if (setup_is_desk())
		check_desk(&report);
	else
		check_terminal(&report);
	if (json && gates_print_json(&report, err) < 0)
		return err->code;
	if (!json)
		gates_print_text(&report);
	return gates_are_good(&report) ? EXIT_SUCCESS : EXIT_FAILURE;
}
