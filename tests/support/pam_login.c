/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A login program for tests: pam_login CONFDIR SERVICE USER PASSWORD CODE [RHOST]
 *
 * Answers prompts from the command line, waits for nothing, and says in
 * key=value lines what a person would have seen.
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
	bool wants_code = strncmp(prompt, "Code", 4) == 0 || strstr(prompt, "コード");

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

int main(int argc, char *argv[])
{
	struct person person = { 0 };
	struct pam_conv conv = { .conv = converse, .appdata_ptr = &person };
	pam_handle_t *handle = NULL;
	int authenticated;
	int permitted;

	if (argc < 6 || argc > 7)
		return EXIT_FAILURE;
	person.password = argv[4];
	person.code = argv[5];
	if (pam_start_confdir(argv[2], argv[3], &conv, argv[1], &handle) != PAM_SUCCESS)
		return EXIT_FAILURE;
	(void)pam_set_item(handle, PAM_TTY, "pts/1");
	(void)pam_set_item(handle, PAM_FAIL_DELAY, (const void *)note_delay);
	if (argc == 7)
		(void)pam_set_item(handle, PAM_RHOST, argv[6]);
	authenticated = pam_authenticate(handle, 0);
	permitted = pam_acct_mgmt(handle, 0);
	printf("conversations=%d\nprompts=%d\nresult=%d,%d\n", person.conversations, person.prompts,
	       authenticated, permitted);
	return pam_end(handle, authenticated) == PAM_SUCCESS ? EXIT_SUCCESS : EXIT_FAILURE;
}
