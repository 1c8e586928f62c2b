/* SPDX-License-Identifier: Apache-2.0 */

/*
 * GDM's session worker for tests: pam_worker CONFDIR SERVICE [USER]
 *
 * As daemon/gdm-session-worker.c of GDM has it.  One process and one handle for each login;
 * somebody else, in GDM the daemon and behind it the greeter, says when, and shows what PAM says:
 *
 *   from there        "authenticate", "authorize"
 *   to there          "messages N" for each call of the conversation, then for each message in turn
 *                     "ask TEXT" or "secret TEXT", answered by "answer TEXT" whenever it comes,
 *                     "info TEXT" or "problem TEXT", answered by "shown"; "cancel" ends the
 * conversation to there          "user NAME" when PAM has another name, "authenticated N",
 * "authorized N"
 *
 * PAM_TTY is the console of the greeter, /dev/tty1, although it shows graphics.
 */

#include <security/pam_appl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES 8192

struct worker {
	pam_handle_t *handle;
	char user[256]; /* as last told */
	char line[LINE_MAX_BYTES];
};

/* The next word from there, without its end. */
static bool hear(struct worker *worker)
{
	if (!fgets(worker->line, sizeof(worker->line), stdin))
		return false;
	worker->line[strcspn(worker->line, "\n")] = '\0';
	return true;
}

static void tell_user(struct worker *worker)
{
	const void *item = NULL;

	if (pam_get_item(worker->handle, PAM_USER, &item) != PAM_SUCCESS || !item ||
	    strcmp(item, worker->user) == 0)
		return;
	(void)snprintf(worker->user, sizeof(worker->user), "%s", (const char *)item);
	printf("user %s\n", worker->user);
}

static const char *verb_of(int style)
{
	switch (style) {
	case PAM_PROMPT_ECHO_ON:
		return "ask";
	case PAM_PROMPT_ECHO_OFF:
		return "secret";
	case PAM_TEXT_INFO:
		return "info";
	default:
		return "problem";
	}
}

static bool pass_on(struct worker *worker, const struct pam_message *message, char **ret)
{
	static const char answer[] = "answer ";

	tell_user(worker); /* GDM looks for it at each message */
	printf("%s %s\n", verb_of(message->msg_style), message->msg);
	if (!hear(worker) || strcmp(worker->line, "cancel") == 0)
		return false;
	if (strncmp(worker->line, answer, strlen(answer)) == 0)
		*ret = strdup(worker->line + strlen(answer));
	return true;
}

static int converse(int n, const struct pam_message **messages, struct pam_response **ret,
		    void *ctx)
{
	struct pam_response *responses = calloc((size_t)n, sizeof(*responses));

	if (!responses)
		return PAM_BUF_ERR;
	printf("messages %d\n", n);
	for (int i = 0; i < n; i++) {
		if (pass_on(ctx, messages[i], &responses[i].resp))
			continue;
		for (int k = 0; k < i; k++)
			free(responses[k].resp);
		free(responses);
		*ret = NULL;
		return PAM_CONV_ERR;
	}
	*ret = responses;
	return PAM_SUCCESS;
}

static void no_delay(int result, unsigned int delay_us, void *ctx)
{
	(void)result;
	(void)delay_us;
	(void)ctx;
}

static void prepare(struct worker *worker, const char *user)
{
	void (*function)(int, unsigned int, void *) = no_delay;
	void *item;

	if (!user)
		(void)pam_set_item(worker->handle, PAM_USER_PROMPT, "Username:");
	(void)pam_putenv(worker->handle, "XDG_SEAT=seat0");
	(void)pam_set_item(worker->handle, PAM_TTY, "/dev/tty1");
	memcpy(&item, &function, sizeof(item));
	(void)pam_set_item(worker->handle, PAM_FAIL_DELAY, item);
}

int main(int argc, char *argv[])
{
	struct worker worker = { 0 };
	struct pam_conv conv = { .conv = converse, .appdata_ptr = &worker };
	const char *user = argc > 3 ? argv[3] : NULL;
	int rc = PAM_ABORT;

	if (argc < 3 || setvbuf(stdout, NULL, _IOLBF, 0) != 0)
		return 2;
	if (pam_start_confdir(argv[2], user, &conv, argv[1], &worker.handle) != PAM_SUCCESS)
		return 2;
	prepare(&worker, user);
	while (hear(&worker)) {
		bool is_first = strcmp(worker.line, "authenticate") == 0;

		rc = is_first ? pam_authenticate(worker.handle, 0)
			      : pam_acct_mgmt(worker.handle, 0);
		printf("%s %d\n", is_first ? "authenticated" : "authorized", rc);
		if (rc != PAM_SUCCESS)
			break;
	}
	(void)pam_end(worker.handle, rc);
	return rc == PAM_SUCCESS ? EXIT_SUCCESS : EXIT_FAILURE;
}
