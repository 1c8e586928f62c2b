/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A login program for tests: pam_login CONFDIR SERVICE USER PASSWORD CODE [RHOST]
 *
 * LOGIN_TTY names the terminal; else it is pts/1.  Answers prompts from the command line, waits for
 * nothing, and says in key=value lines what a person would have seen.  Exits with 0 when let in.
 */

#include <security/pam_appl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct person {
	const char *password;
	const char *code;
	int conversations; /* in which something was asked */
	int prompts;
};

static char *answer_of(struct person *person, const char *prompt)
{
	bool wants_code = (strstr(prompt, "code") || strstr(prompt, "コード")) &&
			  !strstr(prompt, "Password") && !strstr(prompt, "パスワード");

	person->prompts++;
	printf("prompt=%s\n", prompt);
	return strdup(wants_code ? person->code : person->password);
}

static int converse(int n, const struct pam_message **messages, struct pam_response **ret,
		    void *ctx)
{
	struct pam_response *responses = calloc((size_t)n, sizeof(*responses));
	struct person *person = ctx;
	int before = person->prompts;

	if (!responses)
		return PAM_BUF_ERR;
	for (int i = 0; i < n; i++) {
		int style = messages[i]->msg_style;

		if (style == PAM_PROMPT_ECHO_OFF || style == PAM_PROMPT_ECHO_ON)
			responses[i].resp = answer_of(person, messages[i]->msg);
		else
			printf("text=%s\n", messages[i]->msg);
	}
	person->conversations += person->prompts > before;
	*ret = responses;
	return PAM_SUCCESS;
}

static void note_delay(int result, unsigned int delay_us, void *ctx)
{
	(void)ctx;
	printf("delay=%d,%u\n", result, delay_us);
}

/* PAM wants one function pointer type, and hands it out as void. */
static void skip_delays(pam_handle_t *handle)
{
	void (*function)(int, unsigned int, void *) = note_delay;
	void *item;

	memcpy(&item, &function, sizeof(item));
	(void)pam_set_item(handle, PAM_FAIL_DELAY, item);
}

int main(int argc, char *argv[])
{
	struct person person = { 0 };
	struct pam_conv conv = { .conv = converse, .appdata_ptr = &person };
	const char *tty = getenv("LOGIN_TTY");
	pam_handle_t *handle = NULL;
	int auth;
	int account = PAM_PERM_DENIED;

	if (argc < 6 || argc > 7) {
		fputs("usage: pam_login CONFDIR SERVICE USER PASSWORD CODE [RHOST]\n", stderr);
		return 2;
	}
	person.password = argv[4];
	person.code = argv[5];
	if (pam_start_confdir(argv[2], argv[3], &conv, argv[1], &handle) != PAM_SUCCESS)
		return 2;
	(void)pam_set_item(handle, PAM_TTY, tty ? tty : "pts/1");
	skip_delays(handle);
	if (argc == 7)
		(void)pam_set_item(handle, PAM_RHOST, argv[6]);
	auth = pam_authenticate(handle, 0);
	if (auth == PAM_SUCCESS)
		account = pam_acct_mgmt(handle, 0);
	(void)pam_end(handle, auth);
	printf("conversations=%d\nprompts=%d\nresult=%d,%d\n", person.conversations, person.prompts,
	       auth, account);
	return auth == PAM_SUCCESS && account == PAM_SUCCESS ? EXIT_SUCCESS : EXIT_FAILURE;
}
