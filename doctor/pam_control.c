/* SPDX-License-Identifier: Apache-2.0 */

#include "doctor/pam_control.h"

#include "core/lang.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* libpam takes the first that the text begins with, so the order counts. */
static const char *const code_names[PAM_CODES + 1] = {
	"success",
	"open_err",
	"symbol_err",
	"service_err",
	"system_err",
	"buf_err",
	"perm_denied",
	"auth_err",
	"cred_insufficient",
	"authinfo_unavail",
	"user_unknown",
	"maxtries",
	"new_authtok_reqd",
	"acct_expired",
	"session_err",
	"cred_unavail",
	"cred_expired",
	"cred_err",
	"no_module_data",
	"conv_err",
	"authtok_err",
	"authtok_recover_err",
	"authtok_lock_busy",
	"authtok_disable_aging",
	"try_again",
	"ignore",
	"abort",
	"authtok_expired",
	"module_unknown",
	"bad_item",
	"conv_again",
	"incomplete",
	"default",
};

static const char *const action_names[] = { "ignore", "ok", "done", "bad", "die", "reset" };

const char *pam_code_name(unsigned int code)
{
	return code < PAM_CODES ? code_names[code] : "?";
}

int pam_code_of(const char *name)
{
	for (int i = 0; i < PAM_CODES; i++) {
		if (strcmp(code_names[i], name) == 0)
			return i;
	}
	return -1;
}

static void fill(int actions[static PAM_CODES], int action)
{
	for (size_t i = 0; i < PAM_CODES; i++) {
		if (actions[i] == PAM_ACTION_UNSET)
			actions[i] = action;
	}
}

static void skip_blanks(const char **pos)
{
	while (isspace((unsigned char)**pos))
		(*pos)++;
}

/* Which of the names the text begins with; @n: none. */
static size_t begin_of(const char *const *names, size_t n, const char **pos)
{
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(names[i]);

		if (strncmp(names[i], *pos, len) == 0) {
			*pos += len;
			return i;
		}
	}
	return n;
}

static const char *parse_action(const char **pos, int *ret)
{
	size_t n_names = sizeof(action_names) / sizeof(action_names[0]);
	size_t index = begin_of(action_names, n_names, pos);
	int jump = 0;

	if (index < n_names) {
		*ret = -(int)index;
		return NULL;
	}
	if (!isdigit((unsigned char)**pos))
		return N_("ignore, ok, done, bad, die, reset or a number");
	for (; isdigit((unsigned char)**pos); (*pos)++)
		jump = jump > PAM_JUMP_MAX ? jump : jump * 10 + (**pos - '0');
	if (jump == 0)
		return N_("a number above 0");
	*ret = jump;
	return NULL;
}

static const char *parse_pairs(const char *pos, int actions[static PAM_CODES])
{
	for (skip_blanks(&pos); *pos; skip_blanks(&pos)) {
		size_t code = begin_of(code_names, PAM_CODES + 1, &pos);
		const char *wrong;
		int action;

		if (code > PAM_CODES || !*pos)
			return N_("the name of a return value");
		skip_blanks(&pos);
		if (*pos != '=')
			return N_("'='");
		pos++;
		skip_blanks(&pos);
		wrong = parse_action(&pos, &action);
		if (wrong)
			return wrong;
		if (code == PAM_CODES)
			fill(actions, action);
		else
			actions[code] = action;
	}
	return NULL;
}

static const struct {
	const char *word;
	int success;
	int otherwise;
	enum pam_kind kind;
	bool passes_ignore; /* else "ignore" is as any other result */
} simple[] = {
	{ "required", PAM_ACTION_OK, PAM_ACTION_BAD, PAM_KIND_MODULE, true },
	{ "requisite", PAM_ACTION_OK, PAM_ACTION_DIE, PAM_KIND_MODULE, true },
	{ "optional", PAM_ACTION_OK, PAM_ACTION_IGNORE, PAM_KIND_MODULE, true },
	{ "sufficient", PAM_ACTION_DONE, PAM_ACTION_IGNORE, PAM_KIND_MODULE, true },
	{ "include", PAM_ACTION_BAD, PAM_ACTION_BAD, PAM_KIND_INCLUDE, false },
	{ "substack", PAM_ACTION_BAD, PAM_ACTION_BAD, PAM_KIND_SUBSTACK, false },
};

const char *pam_control_parse(const char *word, int ret[static PAM_CODES], enum pam_kind *ret_kind)
{
	const char *wrong;

	for (size_t i = 0; i < PAM_CODES; i++)
		ret[i] = PAM_ACTION_UNSET;
	*ret_kind = PAM_KIND_MODULE;
	for (size_t i = 0; i < sizeof(simple) / sizeof(simple[0]); i++) {
		if (strcasecmp(simple[i].word, word) != 0)
			continue;
		ret[PAM_CODE_SUCCESS] = simple[i].success;
		ret[PAM_CODE_NEW_AUTHTOK_REQD] = simple[i].success;
		if (simple[i].passes_ignore)
			ret[PAM_CODE_IGNORE] = PAM_ACTION_IGNORE;
		fill(ret, simple[i].otherwise);
		*ret_kind = simple[i].kind;
		return NULL;
	}
	wrong = parse_pairs(word, ret);
	for (size_t i = 0; wrong && i < PAM_CODES; i++)
		ret[i] = PAM_ACTION_BAD;
	fill(ret, PAM_ACTION_BAD);
	return wrong;
}
