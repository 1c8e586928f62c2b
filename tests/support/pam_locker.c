/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A screen locker for tests, as the user who calls it: pam_locker CONFDIR SERVICE USER MANNER
 *ANSWER...
 *
 * alike	as swaylock, gtklock, i3lock: one field, whose text answers every prompt; no word of
 *PAM is shown; auth alone counts; each further ANSWER is another try in the same handle root-too
 *as xscreensaver 5: the same, and then once more as root dialog	as the lockers of Xfce, MATE
 *and Cinnamon: prompt by prompt, an ANSWER each; account is asked and not heeded
 *
 * Says in key=value lines what PAM said.  Exits with 0 when it would unlock.
 */

#include <security/pam_appl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct person {
	char **answers;
	int n_answers;
	bool is_alike;
};

static const char *next_answer(struct person *person)
{
	if (person->n_answers == 0)
		return NULL;
	if (!person->is_alike) {
		person->n_answers--;
		return *person->answers++;
	}
	return *person->answers;
}

static int converse(int n, const struct pam_message **messages, struct pam_response **ret,
		    void *ctx)
{
	struct pam_response *responses = calloc((size_t)n, sizeof(*responses));
	int prompts = 0;

	if (!responses)
		return PAM_BUF_ERR;
	for (int i = 0; i < n; i++) {
		bool is_prompt = messages[i]->msg_style == PAM_PROMPT_ECHO_OFF ||
				 messages[i]->msg_style == PAM_PROMPT_ECHO_ON;
		const char *answer = is_prompt ? next_answer(ctx) : NULL;

		printf("%s=%s\n", is_prompt ? "prompt" : "text", messages[i]->msg);
		responses[i].resp = answer ? strdup(answer) : NULL;
		prompts += is_prompt;
	}
	printf("at-once=%d\n", prompts);
	*ret = responses;
	return PAM_SUCCESS;
}

static bool unlocks(pam_handle_t *handle, struct person *person)
{
	int auth = pam_authenticate(handle, 0);

	printf("auth=%d\n", auth);
	if (auth == PAM_SUCCESS && !person->is_alike)
		printf("unheeded=%d\n", pam_acct_mgmt(handle, 0));
	if (auth == PAM_SUCCESS)
		(void)pam_setcred(handle, PAM_REFRESH_CRED);
	return auth == PAM_SUCCESS;
}

static bool try_all(pam_handle_t *handle, struct person *person)
{
	do {
		if (unlocks(handle, person))
			return true;
		person->answers++;
	} while (person->is_alike && --person->n_answers > 0);
	return false;
}

static void no_delay(int result, unsigned int delay_us, void *ctx)
{
	(void)result;
	(void)ctx;
	printf("delay=%u\n", delay_us);
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
	struct person person = { .answers = argv + 5, .n_answers = argc - 5 };
	struct pam_conv conv = { .conv = converse, .appdata_ptr = &person };
	pam_handle_t *handle = NULL;
	bool is_open;

	if (argc < 6) {
		fputs("usage: pam_locker CONFDIR SERVICE USER MANNER ANSWER...\n", stderr);
		return 2;
	}
	person.is_alike = strcmp(argv[4], "dialog") != 0;
	if (pam_start_confdir(argv[2], argv[3], &conv, argv[1], &handle) != PAM_SUCCESS)
		return 2;
	(void)pam_set_item(handle, PAM_TTY, ":0.0");
	skip_delays(handle);
	is_open = try_all(handle, &person);
	if (!is_open && strcmp(argv[4], "root-too") == 0) {
		person.answers = argv + 5;
		person.n_answers = argc - 5;
		is_open = pam_set_item(handle, PAM_USER, "root") == PAM_SUCCESS &&
			  try_all(handle, &person);
	}
	(void)pam_end(handle, is_open ? PAM_SUCCESS : PAM_AUTH_ERR);
	return is_open ? EXIT_SUCCESS : EXIT_FAILURE;
}
