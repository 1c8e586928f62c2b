/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A stand-in for pam_unix with try_first_pass: the password "right" is right.
 * For tests only; it is never installed.
 */

#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

EXPORT int pam_sm_authenticate(pam_handle_t *handle, int flags, int argc, const char **argv)
{
	const char *password = NULL;

	(void)flags;
	(void)argc;
	(void)argv;
	if (pam_get_authtok(handle, PAM_AUTHTOK, &password, NULL) != PAM_SUCCESS || !password)
		return PAM_AUTH_ERR;
	return strcmp(password, "right") == 0 ? PAM_SUCCESS : PAM_AUTH_ERR;
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
