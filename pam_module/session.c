/* SPDX-License-Identifier: Apache-2.0 */

#include "pam_module/session.h"

#include <stdlib.h>
#include <string.h>

#define SESSION_NAME "pam_sekisho_session"

static void session_end(pam_handle_t *handle, void *data, int error_status)
{
	(void)handle;
	(void)error_status;
	if (data)
		explicit_bzero(data, sizeof(struct session));
	free(data);
}

bool session_get(pam_handle_t *handle, struct session **ret)
{
	const void *data = NULL;
	int rc = pam_get_data(handle, SESSION_NAME, &data);

	if (rc != PAM_SUCCESS)
		data = NULL;
	/* pam_get_data() gives back what session_begin() stored, as const. */
	memcpy(ret, &data, sizeof(data));
	return rc == PAM_SUCCESS || rc == PAM_NO_MODULE_DATA;
}

struct session *session_begin(pam_handle_t *handle)
{
	struct session *session = calloc(1, sizeof(*session));

	if (!session)
		return NULL;
	if (pam_set_data(handle, SESSION_NAME, session, session_end) != PAM_SUCCESS) {
		free(session);
		return NULL;
	}
	return session;
}
