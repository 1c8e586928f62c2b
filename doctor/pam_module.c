/* SPDX-License-Identifier: Apache-2.0 */

#include "doctor/pam_module.h"

#include <stdio.h>
#include <string.h>

#define BIT(code) (UINT32_C(1) << (code))

/* "incomplete" ends nothing: the program comes back to the same module. */
#define ANYTHING (~BIT(PAM_CODE_INCOMPLETE))

/* Of pam_sekisho.so, which never says that a password must be changed. */
#define OURS (ANYTHING & ~BIT(PAM_CODE_NEW_AUTHTOK_REQD))

static const struct known {
	const char *name;
	enum pam_takes takes;
	uint32_t returns;
} known[] = {
	{ "pam_deny.so", PAM_TAKES_FACTOR, BIT(PAM_CODE_AUTH_ERR) },
	{ "pam_permit.so", PAM_TAKES_NOTHING, BIT(PAM_CODE_SUCCESS) },
	{ "pam_rootok.so", PAM_TAKES_ROOT, BIT(PAM_CODE_SUCCESS) | BIT(PAM_CODE_AUTH_ERR) },
	{ "pam_unix.so", PAM_TAKES_FACTOR, ANYTHING & ~BIT(PAM_CODE_IGNORE) },
	{ "pam_fprintd.so", PAM_TAKES_FACTOR, ANYTHING & ~BIT(PAM_CODE_IGNORE) },
	/* Conditions: no secret is asked for. */
	{ "pam_access.so", PAM_TAKES_NOTHING, ANYTHING },
	{ "pam_debug.so", PAM_TAKES_NOTHING, BIT(PAM_CODE_SUCCESS) },
	{ "pam_echo.so", PAM_TAKES_NOTHING, ANYTHING },
	{ "pam_env.so", PAM_TAKES_NOTHING, ANYTHING },
	{ "pam_exec.so", PAM_TAKES_NOTHING, ANYTHING },
	{ "pam_faildelay.so", PAM_TAKES_NOTHING, ANYTHING & ~BIT(PAM_CODE_SUCCESS) },
	{ "pam_faillock.so", PAM_TAKES_NOTHING, ANYTHING },
	{ "pam_group.so", PAM_TAKES_NOTHING, ANYTHING },
	{ "pam_listfile.so", PAM_TAKES_NOTHING, ANYTHING },
	{ "pam_localuser.so", PAM_TAKES_NOTHING, ANYTHING },
	{ "pam_motd.so", PAM_TAKES_NOTHING, ANYTHING },
	{ "pam_nologin.so", PAM_TAKES_NOTHING, ANYTHING },
	{ "pam_rhosts.so", PAM_TAKES_NOTHING, ANYTHING },
	{ "pam_securetty.so", PAM_TAKES_NOTHING, ANYTHING },
	{ "pam_shells.so", PAM_TAKES_NOTHING, ANYTHING },
	{ "pam_succeed_if.so", PAM_TAKES_NOTHING, ANYTHING },
	{ "pam_time.so", PAM_TAKES_NOTHING, ANYTHING },
	{ "pam_timestamp.so", PAM_TAKES_NOTHING, ANYTHING },
	{ "pam_usertype.so", PAM_TAKES_NOTHING, ANYTHING },
	{ "pam_warn.so", PAM_TAKES_NOTHING, ANYTHING & ~BIT(PAM_CODE_SUCCESS) },
	{ "pam_wheel.so", PAM_TAKES_NOTHING, ANYTHING },
};

const char *pam_module_name(const struct pam_line *line)
{
	const char *slash = strrchr(line->module, '/');

	return slash ? slash + 1 : line->module;
}

/* The words of a line's arguments, one after the other; "" behind the last. */
static const char *next_argument(const char *pos, char *out, size_t size)
{
	size_t len;

	pos += strspn(pos, " \t\n");
	len = strcspn(pos, " \t\n");
	(void)snprintf(out, size, "%.*s", (int)len, pos);
	return pos + len;
}

static struct pam_module sekisho_of(const struct pam_line *line, bool is_account)
{
	struct pam_module module = { .takes = PAM_TAKES_ACCOUNT, .returns = OURS };
	bool collect = false;
	bool verify = false;
	char word[PAM_LINE_MAX + 1];
	const char *pos = line->arguments;

	if (pam_sekisho_unknown(line, word, sizeof(word)))
		return (struct pam_module){ .returns = BIT(PAM_CODE_SERVICE_ERR) };
	for (pos = next_argument(pos, word, sizeof(word)); *word;
	     pos = next_argument(pos, word, sizeof(word))) {
		if (strcmp(word, "strict") == 0) {
			module.takes = PAM_TAKES_STRICT;
		} else { /* the last one counts */
			collect = strcmp(word, "collect") == 0;
			verify = !collect;
		}
	}
	if (is_account)
		return module;
	if (!collect && !verify)
		return (struct pam_module){ .returns = BIT(PAM_CODE_SERVICE_ERR) };
	module.takes = collect ? PAM_TAKES_COLLECT : PAM_TAKES_VERIFY;
	return module;
}

const char *pam_sekisho_unknown(const struct pam_line *line, char *out, size_t size)
{
	const char *pos = line->arguments;

	for (pos = next_argument(pos, out, size); *out; pos = next_argument(pos, out, size)) {
		if (strcmp(out, "collect") != 0 && strcmp(out, "verify") != 0 &&
		    strcmp(out, "strict") != 0)
			return out;
	}
	return NULL;
}

/* pam_debug returns what its arguments say. */
static uint32_t debug_returns(const struct pam_line *line, bool is_account)
{
	const char *key = is_account ? "acct=" : "auth=";
	char word[PAM_LINE_MAX + 1];
	const char *pos = line->arguments;
	uint32_t returns = BIT(PAM_CODE_SUCCESS);

	for (pos = next_argument(pos, word, sizeof(word)); *word;
	     pos = next_argument(pos, word, sizeof(word))) {
		int code =
			strncmp(word, key, strlen(key)) == 0 ? pam_code_of(word + strlen(key)) : -1;

		if (code >= 0)
			return BIT(code);
	}
	return returns;
}

/* "user ingroup GROUP" is met by nobody when nobody is in it. */
static bool is_met_by_nobody(const struct pam_line *line, const struct pam_world *world)
{
	static const char key[] = "user ingroup ";
	const char *found = strstr(line->arguments, key);
	char group[PAM_LINE_MAX + 1];

	if (!found)
		return false;
	(void)next_argument(found + sizeof(key) - 1, group, sizeof(group));
	return world->group_is_empty(world->ctx, group);
}

struct pam_module pam_module_of(const struct pam_step *step, bool is_account,
				const struct pam_world *world)
{
	const char *name = pam_module_name(step->line);
	struct pam_module module = { .returns = ANYTHING };

	if (step->is_broken)
		return (struct pam_module){ .returns = BIT(PAM_CODE_PERM_DENIED) };
	if (!world->has_module(world->ctx, step->line->module))
		return (struct pam_module){ .returns = BIT(PAM_CODE_MODULE_UNKNOWN) };
	if (strcmp(name, PAM_SEKISHO) == 0)
		return sekisho_of(step->line, is_account);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(known[i].name, name) == 0)
			module = (struct pam_module){ known[i].takes, known[i].returns };
	}
	if (strcmp(name, "pam_debug.so") == 0)
		module.returns = debug_returns(step->line, is_account);
	if (strcmp(name, "pam_succeed_if.so") == 0 && is_met_by_nobody(step->line, world))
		module.returns &= ~BIT(PAM_CODE_SUCCESS);
	return module;
}
