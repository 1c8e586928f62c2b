/* SPDX-License-Identifier: Apache-2.0 */

/*
 * pam_sekisho.so: asks, forwards, answers.  It decides nothing and holds
 * nothing: sekisho-otpd does both.
 *
 *   auth  ... pam_sekisho.so collect   before pam_unix: asks password and code
 *   auth  required pam_unix.so try_first_pass
 *   auth  ... pam_sekisho.so verify    behind it: a wrong password never gets here
 *   account required pam_sekisho.so    refuses where verify was left out
 *
 * MUST: end in a refusal on every path that is not listed as an exception.
 * MUST NOT: return PAM_IGNORE but where the policy asks for no code.
 */

#include "core/err.h"
#include "core/text.h"
#include "ipc/client.h"
#include "ipc/origin.h"
#include "pam_module/greet.h"
#include "pam_module/lost.h"
#include "pam_module/reasons.h"
#include "pam_module/session.h"

#include <security/pam_ext.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
#define FAIL_DELAY_US 2000000 /* as pam_unix */

enum mode {
	MODE_NONE = 0,
	MODE_COLLECT = 1,
	MODE_VERIFY = 2,
};

struct arguments {
	enum mode mode;
	bool strict; /* account: collect must have run, unless no code is asked for */
};

static bool parse_arguments(pam_handle_t *handle, int argc, const char **argv,
			    struct arguments *ret)
{
	*ret = (struct arguments){ 0 };
	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], "collect") == 0)
			ret->mode = MODE_COLLECT;
		else if (strcmp(argv[i], "verify") == 0)
			ret->mode = MODE_VERIFY;
		else if (strcmp(argv[i], "strict") == 0)
			ret->strict = true;
		else {
			pam_syslog(handle, LOG_ERR, "unknown argument '%s'", argv[i]);
			return false;
		}
	}
	return true;
}

#define UNREADABLE "?"

/* A PAM item as text; "" where it is not set, UNREADABLE where it cannot be had or is no text. */
static const char *item_text(pam_handle_t *handle, int type)
{
	const void *item = NULL;

	if (pam_get_item(handle, type, &item) != PAM_SUCCESS)
		return UNREADABLE;
	if (!item)
		return "";
	return text_is_utf8(item, strlen(item)) ? item : UNREADABLE;
}

/* Said by the service, or known of the login in which su, sudo or a locker runs. */
static bool is_remote(pam_handle_t *handle)
{
	return *item_text(handle, PAM_RHOST) != '\0' || origin_of(getpid()) == ORIGIN_REMOTE;
}

static int ask_need(pam_handle_t *handle, struct ipc_otp_need *ret)
{
	struct ipc_otp_scope request = { .header = ipc_header(IPC_OTP_SCOPE) };
	struct err err = { 0 };
	int rc;

	*ret = (struct ipc_otp_need){ .need = IPC_OTP_NEED_REQUIRED };
	(void)snprintf(request.service, sizeof(request.service), "%s",
		       item_text(handle, PAM_SERVICE));
	(void)snprintf(request.user, sizeof(request.user), "%s", item_text(handle, PAM_USER));
	rc = ipc_call(IPC_SOCKET_OTP, &request, sizeof(request), IPC_OTP_NEED, ret, sizeof(*ret),
		      &err);
	if (rc < 0)
		pam_syslog(handle, LOG_ERR, "sekisho-otpd does not answer: %s", err.text);
	return rc;
}

static int unavailable(pam_handle_t *handle, const struct texts *texts)
{
	texts_say(texts, handle, PAM_ERROR_MSG,
		  N_("The code service does not answer. Call IT (ext. %s)."),
		  *texts->helpdesk ? texts->helpdesk : "-");
	(void)pam_fail_delay(handle, FAIL_DELAY_US);
	return PAM_AUTHINFO_UNAVAIL;
}

static int remember(pam_handle_t *handle, const char *user, const char *code)
{
	struct session *session = session_begin(handle);

	if (!session || strlen(user) >= sizeof(session->user))
		return PAM_AUTHINFO_UNAVAIL;
	strcpy(session->user, user);
	strcpy(session->code, code);
	session->collected = true;
	return PAM_SUCCESS;
}

static int collect(pam_handle_t *handle)
{
	struct converse_answers answers = { 0 };
	struct converse_plan plan;
	struct ipc_otp_need need;
	struct session *session;
	struct texts texts;
	const char *user = NULL;
	int rc;

	texts_init(&texts, handle);
	if (pam_get_user(handle, &user, NULL) != PAM_SUCCESS || !user)
		return PAM_AUTH_ERR;
	if (ask_need(handle, &need) < 0)
		return unavailable(handle, &texts);
	if (need.need == IPC_OTP_NEED_NONE) {
		session = session_begin(handle);
		return session ? PAM_IGNORE : PAM_AUTHINFO_UNAVAIL;
	}
	plan = (struct converse_plan){
		.ask_password = *item_text(handle, PAM_AUTHTOK) == '\0' || need.one_answer > 0,
		.optional = need.need == IPC_OTP_NEED_OPTIONAL,
		.one_answer = need.one_answer,
	};
	rc = converse_ask(handle, &texts, &plan, &answers);
	if (rc == PAM_SUCCESS && plan.ask_password)
		rc = pam_set_item(handle, PAM_AUTHTOK, answers.password);
	if (rc == PAM_SUCCESS)
		rc = remember(handle, user, answers.code);
	explicit_bzero(&answers, sizeof(answers));
	return rc;
}

static struct ipc_otp_verify login_of(pam_handle_t *handle, const char *user, enum ipc_kind kind)
{
	struct ipc_otp_verify request = { .header = ipc_header(kind) };

	(void)snprintf(request.user, sizeof(request.user), "%s", user);
	(void)snprintf(request.service, sizeof(request.service), "%s",
		       item_text(handle, PAM_SERVICE));
	(void)snprintf(request.tty, sizeof(request.tty), "%s", item_text(handle, PAM_TTY));
	(void)snprintf(request.rhost, sizeof(request.rhost), "%s", item_text(handle, PAM_RHOST));
	(void)snprintf(request.ruser, sizeof(request.ruser), "%s", item_text(handle, PAM_RUSER));
	return request;
}

static int ask_otpd(pam_handle_t *handle, const char *user, const char *code,
		    struct ipc_otp_answer *ret)
{
	struct ipc_otp_verify request = login_of(handle, user, IPC_OTP_VERIFY);
	struct err err = { 0 };
	int rc;

	if (strlen(code) < sizeof(request.code)) /* else it is no code: send none */
		strcpy(request.code, code);
	rc = ipc_call(IPC_SOCKET_OTP, &request, sizeof(request), IPC_OTP_ANSWER, ret, sizeof(*ret),
		      &err);
	explicit_bzero(&request, sizeof(request));
	if (rc < 0)
		pam_syslog(handle, LOG_ERR, "sekisho-otpd does not answer: %s", err.text);
	return rc;
}

/* A question mark for a code: no attempt, so nothing is counted, and nobody gets in. */
static int challenge(pam_handle_t *handle, const struct texts *texts, const char *user)
{
	struct ipc_otp_verify request = login_of(handle, user, IPC_OTP_CHALLENGE);
	struct ipc_otp_challenged reply = { .result = IPC_OTP_UNAVAILABLE };
	struct err err = { 0 };

	if (ipc_call(IPC_SOCKET_OTP, &request, sizeof(request), IPC_OTP_CHALLENGED, &reply,
		     sizeof(reply), &err) < 0) {
		pam_syslog(handle, LOG_ERR, "sekisho-otpd does not answer: %s", err.text);
		return unavailable(handle, texts);
	}
	lost_explain(handle, texts, is_remote(handle), &reply);
	(void)pam_fail_delay(handle, FAIL_DELAY_US);
	return PAM_AUTH_ERR;
}

static int refuse(pam_handle_t *handle, const struct texts *texts,
		  const struct ipc_otp_answer *answer)
{
	reasons_explain(handle, texts, is_remote(handle), answer);
	(void)pam_fail_delay(handle, FAIL_DELAY_US);
	if (answer->result == IPC_OTP_LOCKED)
		return PAM_MAXTRIES;
	return answer->result == IPC_OTP_UNAVAILABLE ? PAM_AUTHINFO_UNAVAIL : PAM_AUTH_ERR;
}

/*
 * Without collect there is no code; only a policy that asks for none lets pass.
 * What is no attempt must not count as one, so the need is asked first.
 */
static int verify_without_collect(pam_handle_t *handle, const struct texts *texts,
				  struct session *session, const char *user)
{
	struct ipc_otp_answer answer = { .result = IPC_OTP_UNAVAILABLE };
	struct ipc_otp_need need;

	if (ask_need(handle, &need) < 0 || need.need != IPC_OTP_NEED_NONE) {
		pam_syslog(handle, LOG_ERR,
			   "verify without collect: both PAM profiles must be enabled");
		(void)pam_fail_delay(handle, FAIL_DELAY_US);
		return PAM_AUTH_ERR;
	}
	if (ask_otpd(handle, user, "", &answer) < 0)
		return unavailable(handle, texts);
	if (answer.result != IPC_OTP_NOT_REQUIRED)
		return refuse(handle, texts, &answer);
	if (session)
		session->settled = true;
	return PAM_IGNORE;
}

static int verify(pam_handle_t *handle)
{
	struct ipc_otp_answer answer = { .result = IPC_OTP_UNAVAILABLE };
	struct session *session = NULL;
	struct texts texts;
	const char *user = NULL;
	int rc;

	texts_init(&texts, handle);
	if (pam_get_user(handle, &user, NULL) != PAM_SUCCESS || !user ||
	    !session_get(handle, &session))
		return PAM_AUTH_ERR;
	if (!session || !session->collected)
		return verify_without_collect(handle, &texts, session, user);
	if (strcmp(user, session->user) != 0) {
		pam_syslog(handle, LOG_ERR, "the user changed between collect and verify");
		return PAM_AUTH_ERR;
	}
	if (lost_is_question(session->code))
		return challenge(handle, &texts, user);
	rc = ask_otpd(handle, user, session->code, &answer);
	explicit_bzero(session->code, sizeof(session->code));
	if (rc < 0)
		return unavailable(handle, &texts);
	if (answer.result == IPC_OTP_NOT_REQUIRED) {
		session->settled = true;
		return PAM_IGNORE;
	}
	if (answer.result != IPC_OTP_ACCEPTED)
		return refuse(handle, &texts, &answer);
	session->settled = true;
	if (!is_remote(handle)) /* there it would end up in the output of scripts */
		greet(handle, &texts, &answer);
	return PAM_SUCCESS;
}

EXPORT int pam_sm_authenticate(pam_handle_t *handle, int flags, int argc, const char **argv)
{
	struct arguments arguments;

	(void)flags;
	if (!parse_arguments(handle, argc, argv, &arguments))
		return PAM_SERVICE_ERR;
	switch (arguments.mode) {
	case MODE_COLLECT:
		return collect(handle);
	case MODE_VERIFY:
		return verify(handle);
	case MODE_NONE:
		break;
	}
	pam_syslog(handle, LOG_ERR, "the argument 'collect' or 'verify' is missing");
	return PAM_SERVICE_ERR;
}

/*
 * A login that went past the auth lines: cron and atd, which log nobody in, and sshd with a key,
 * which does.  There only a policy that asks this user for no code lets pass.
 */
static int account_without_collect(pam_handle_t *handle, bool strict)
{
	struct ipc_otp_need need;
	const char *service = item_text(handle, PAM_SERVICE);

	if (!strict && strcmp(service, "sshd") != 0 && strcmp(service, UNREADABLE) != 0)
		return PAM_IGNORE;
	if (ask_need(handle, &need) == 0 && need.need != IPC_OTP_NEED_REQUIRED)
		return PAM_IGNORE;
	pam_syslog(handle, LOG_ERR, "nobody was asked for a code on the way here; refused");
	return PAM_PERM_DENIED;
}

/*
 * With collect alone the password by itself would succeed: so whoever was
 * asked for a code and has not had it verified in this handle is refused here.
 */
EXPORT int pam_sm_acct_mgmt(pam_handle_t *handle, int flags, int argc, const char **argv)
{
	struct session *session = NULL;
	struct arguments arguments;

	(void)flags;
	if (!parse_arguments(handle, argc, argv, &arguments) || !session_get(handle, &session))
		return PAM_SERVICE_ERR;
	if (!session)
		return account_without_collect(handle, arguments.strict);
	if (session->settled || !session->collected)
		return PAM_SUCCESS;
	pam_syslog(handle, LOG_ERR,
		   "collect without verify: both PAM profiles must be enabled; refused");
	return PAM_PERM_DENIED;
}

EXPORT int pam_sm_setcred(pam_handle_t *handle, int flags, int argc, const char **argv)
{
	(void)handle;
	(void)flags;
	(void)argc;
	(void)argv;
	return PAM_SUCCESS;
}

EXPORT int pam_sm_open_session(pam_handle_t *handle, int flags, int argc, const char **argv)
{
	return pam_sm_setcred(handle, flags, argc, argv);
}

EXPORT int pam_sm_close_session(pam_handle_t *handle, int flags, int argc, const char **argv)
{
	return pam_sm_setcred(handle, flags, argc, argv);
}

EXPORT int pam_sm_chauthtok(pam_handle_t *handle, int flags, int argc, const char **argv)
{
	(void)handle;
	(void)flags;
	(void)argc;
	(void)argv;
	return PAM_IGNORE;
}
