/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/people.h"

#include "cli/prompt.h"
#include "core/err.h"
#include "core/lang.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int people_take_name(char out[IPC_USER_MAX], const char *name, struct err *err)
{
	if (strlen(name) >= IPC_USER_MAX)
		return err_set(err, -EINVAL, "'%s' is too long for a user name", name);
	strcpy(out, name);
	return 0;
}

/* Who is asking: for root whoever became root. */
int people_take_issuer(char out[IPC_USER_MAX], const char *named, struct err *err)
{
	const char *before = geteuid() == 0 ? getenv("SUDO_USER") : NULL;
	const struct passwd *self = geteuid() == 0 ? NULL : getpwuid(geteuid());

	if (!named)
		named = before ? before : self ? self->pw_name : NULL;
	if (!named)
		return err_set(err, -EINVAL,
			       "root is nobody in particular; remedy: --issuer with your name");
	return people_take_name(out, named, err);
}

int people_ask_code(const char *name, char out[IPC_WORD_MAX], struct err *err)
{
	char question[IPC_USER_MAX + 64];

	(void)snprintf(question, sizeof(question), tr("Code of %s: "), name);
	return prompt_line(question, out, IPC_WORD_MAX, err);
}
