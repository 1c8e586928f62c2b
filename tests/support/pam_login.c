/* SPDX-License-Identifier: Apache-2.0 */

/*
 * One login through real PAM with a private service folder:
 *
 *   pam_login CONFDIR SERVICE USER PASSWORD CODE [RHOST]
 *
 * Prints each message shown, how many conversations and prompts there were,
 * and "result=AUTH,ACCOUNT" with PAM's numbers; exits 0 when let in.
 */

#include <security/pam_appl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct person {
	const char *password;
	const char *code;
	int n_conversations;
	int n_prompts;
};

static const char *answer(const struct person *person, const char *prompt)
{
	return strstr(prompt, "ode") ? person->code : person->password;
}

static int converse(int n, const struct pam_message **messages, struct pam_response **ret,
		    void *ctx)
{
	struct person *person = ctx;
	struct pam_response *responses = calloc((size_t)n, sizeof(*responses));

	if (!responses)
		return PAM_BUF_ERR;
	person->n_conversations++;
	for (int i = 0; i < n; i++) {
		printf("shown: %s\n", messages[i]->msg);
		if (messages[i]->msg_style != PAM_PROMPT_ECHO_OFF &&
		    messages[i]->msg_style != PAM_PROMPT_ECHO_ON)
			continue;
		person->n_prompts++;
		responses[i].resp = strdup(answer(person, messages[i]->msg));
	}
	*ret = responses;
	return PAM_SUCCESS;
}

static void no_delay(int retval, unsigned int usec, void *ctx)
{
	(void)retval;
	(void)usec;
	(void)ctx;
}

/* PAM wants one function pointer type, and hands it out as void. */
static void skip_delays(pam_handle_t *handle)
{
	void (*function)(int, unsigned int, void *) = no_delay;
	void *item;

	memcpy(&item, &function, sizeof(item));
	(void)pam_set_item(handle, PAM_FAIL_DELAY, item);
}

int main(int argc, char *argv[])
{
	struct person person = { 0 };
	struct pam_conv conv = { .conv = converse, .appdata_ptr = &person };
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
	skip_delays(handle);
	if (argc == 7)
		(void)pam_set_item(handle, PAM_RHOST, argv[6]);
	auth = pam_authenticate(handle, 0);
	if (auth == PAM_SUCCESS)
		account = pam_acct_mgmt(handle, 0);
	(void)pam_end(handle, auth);
	printf("conversations=%d prompts=%d result=%d,%d\n", person.n_conversations,
	       person.n_prompts, auth, account);
	return auth == PAM_SUCCESS && account == PAM_SUCCESS ? EXIT_SUCCESS : EXIT_FAILURE;
}
