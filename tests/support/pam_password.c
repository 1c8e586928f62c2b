/* SPDX-License-Identifier: Apache-2.0 */

/*
 * In the place of pam_unix: the password of everybody is "right", and nobody
 * is called "ghost".  Takes the password that was asked for before, else asks.
 * With an argument it goes on as that user, which no honest module does.
 */

#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))
#define FAIL_DELAY_US 2000000

EXPORT int pam_sm_authenticate(pam_handle_t *handle, int flags, int argc, const char **argv)
{
	const char *user = NULL;
	const char *password = NULL;

	(void)flags;
	if (pam_get_user(handle, &user, NULL) != PAM_SUCCESS ||
	    pam_get_authtok(handle, PAM_AUTHTOK, &password, NULL) != PAM_SUCCESS || !password)
		return PAM_AUTH_ERR;
	if (strcmp(user, "ghost") != 0 && strcmp(password, "right") == 0)
		return argc > 0 ? pam_set_item(handle, PAM_USER, argv[0]) : PAM_SUCCESS;
	(void)pam_fail_delay(handle, FAIL_DELAY_US);
	return strcmp(user, "ghost") == 0 ? PAM_USER_UNKNOWN : PAM_AUTH_ERR;
}

EXPORT int pam_sm_setcred(pam_handle_t *handle, int flags, int argc, const char **argv)
{
	(void)handle;
	(void)flags;
	(void)argc;
	(void)argv;
	return PAM_SUCCESS;
}

EXPORT int pam_sm_acct_mgmt(pam_handle_t *handle, int flags, int argc, const char **argv)
{
	return pam_sm_setcred(handle, flags, argc, argv);
}
