/* SPDX-License-Identifier: Apache-2.0 */

/* PAM's files and the walk through them; that libpam walks the same way is integration's. */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <string.h>

#include "core/diag.h"
#include "core/err.h"
#include "doctor/pam_control.h"
#include "doctor/pam_paths.h"
#include "doctor/world.h"

#define COLLECT "auth [success=ignore ignore=ignore default=die] pam_sekisho.so collect\n"
#define UNIX                                                                                       \
	"auth [success=1 default=ignore] pam_unix.so nullok try_first_pass\n"                      \
	"auth requisite pam_deny.so\n"                                                             \
	"auth required pam_permit.so\n"
#define VERIFY "auth [success=ok ignore=ignore default=die] pam_sekisho.so verify\n"
#define ACCOUNT                                                                                    \
	"account [success=1 default=ignore] pam_unix.so\n"                                         \
	"account requisite pam_deny.so\n"                                                          \
	"account required pam_permit.so\n"
#define OURS "account required pam_sekisho.so\n"
#define YES "account required pam_permit.so\n"

#define NOTHING 1 /* the ways in, as bits */
#define FACTOR 2
#define ROOT 4
#define CODE 8

/* Files by name: pairs, NULL last.  The first is the service. */
struct files {
	const char *const *pairs;
};

static int read_file(void *ctx, const char *path, char **ret, size_t *ret_len)
{
	const struct files *files = ctx;

	for (const char *const *pair = files->pairs; *pair; pair += 2) {
		if (strcmp(pair[0], path) == 0) {
			*ret = strdup(pair[1]);
			*ret_len = strlen(pair[1]);
			return *ret ? 0 : -ENOMEM;
		}
	}
	return -ENOENT;
}

static bool has_module(void *ctx, const char *name)
{
	(void)ctx;
	return strcmp(name, "pam_missing.so") != 0;
}

static bool group_is_empty(void *ctx, const char *group)
{
	(void)ctx;
	return strcmp(group, "nobodys") == 0;
}

static unsigned int ways_of(const char *const *pairs, enum pam_part part, char *ret_path,
			    size_t size)
{
	struct files files = { pairs };
	struct pam_source source = { read_file, &files };
	struct pam_world world = { has_module, group_is_empty, NULL };
	cleanup_pam_config struct pam_config config = { 0 };
	cleanup_pam_stack struct pam_stack stack = { 0 };
	cleanup_pam_paths struct pam_paths paths = { 0 };
	unsigned int ways = 0;

	pam_config_init(&config, &source, false);
	cr_assert_eq(pam_stack_build(&config, "s", &stack), 0);
	cr_assert_eq(pam_paths_find(&stack, &world, part, &paths), 0);
	cr_assert(!paths.is_too_large);
	*ret_path = '\0';
	for (size_t i = 0; i < PAM_WAYS; i++) {
		const struct pam_path *path = &paths.ways[i];

		ways |= path->is_there ? 1U << i : 0;
		for (size_t k = 0; i == PAM_WAY_FACTOR && k < path->n_passed; k++)
			(void)snprintf(ret_path + strlen(ret_path), size - strlen(ret_path),
				       "%zu:%s ", path->passed[k].step,
				       pam_code_name(path->passed[k].code));
	}
	return ways | (paths.is_code_enough ? CODE : 0);
}

static const struct stack_case {
	const char *name;
	const char *service;
	const char *inner; /* /etc/pam.d/inner */
	enum pam_part part;
	unsigned int ways;
} stacks[] = {
	{ "Debian's with both profiles", COLLECT UNIX VERIFY ACCOUNT OURS, "", 0, CODE },
	{ "without them", UNIX ACCOUNT, "", 0, FACTOR },
	{ "collect alone", COLLECT UNIX ACCOUNT OURS, "", 0, 0 },
	{ "collect alone, without the account line", COLLECT UNIX ACCOUNT, "", 0, FACTOR },
	{ "collect alone, and account is skipped", COLLECT UNIX ACCOUNT OURS, "", PAM_PART_AUTH,
	  FACTOR },
	{ "verify alone", UNIX VERIFY ACCOUNT OURS, "", 0, 0 },
	{ "verify before collect", VERIFY COLLECT UNIX ACCOUNT OURS, "", 0, 0 },
	{ "collect again behind verify", COLLECT UNIX VERIFY COLLECT ACCOUNT OURS, "", 0, 0 },
	{ "an expired password ends account first",
	  COLLECT UNIX "account [success=1 new_authtok_reqd=done default=ignore] pam_unix.so\n"
		       "account requisite pam_deny.so\naccount required pam_permit.so\n" OURS,
	  "", 0, FACTOR },
	{ "a finger before", "auth sufficient pam_fprintd.so\n" COLLECT UNIX VERIFY ACCOUNT OURS,
	  "", 0, FACTOR | CODE },
	{ "a condition before",
	  "auth sufficient pam_succeed_if.so user ingroup x\n" COLLECT UNIX VERIFY ACCOUNT OURS, "",
	  0, NOTHING | CODE },
	{ "that nobody meets",
	  "auth sufficient pam_succeed_if.so user ingroup nobodys\n" COLLECT UNIX VERIFY ACCOUNT
		  OURS,
	  "", 0, CODE },
	{ "root", "auth sufficient pam_rootok.so\n" COLLECT UNIX VERIFY ACCOUNT OURS, "", 0,
	  ROOT | CODE },
	{ "a module that is not there",
	  "auth sufficient pam_missing.so\n" COLLECT UNIX VERIFY ACCOUNT OURS, "", 0, CODE },
	{ "an unknown argument", "auth required pam_sekisho.so colect\n" UNIX VERIFY ACCOUNT OURS,
	  "", 0, 0 },
	{ "a jump over verify",
	  COLLECT "auth [success=3 default=ignore] pam_unix.so\nauth requisite pam_deny.so\n"
		  "auth required pam_permit.so\n" VERIFY "auth required pam_permit.so\n" ACCOUNT,
	  "", 0, FACTOR },
	{ "a jump over the end",
	  "auth required pam_permit.so\nauth [success=2] pam_permit.so\n"
	  "auth required pam_deny.so\n" YES,
	  "", 0, 0 },
	{ "a jump to the end",
	  "auth required pam_permit.so\nauth [success=1] pam_permit.so\n"
	  "auth required pam_deny.so\n" YES,
	  "", 0, NOTHING },
	{ "a jump over a substack",
	  "auth [default=1] pam_permit.so\nauth substack inner\n"
	  "auth required pam_permit.so\n" YES,
	  "auth required pam_deny.so\nauth required pam_deny.so\n", 0, NOTHING },
	{ "done in an include ends all", "auth include inner\nauth required pam_deny.so\n" YES,
	  "auth sufficient pam_permit.so\n", 0, NOTHING },
	{ "done in a substack ends that", "auth substack inner\nauth required pam_deny.so\n" YES,
	  "auth sufficient pam_permit.so\n", 0, 0 },
	{ "die in a substack ends that", "auth substack inner\nauth required pam_permit.so\n" YES,
	  "auth requisite pam_deny.so\nauth required pam_permit.so\n", 0, 0 },
	{ "reset in a substack forgets its failure",
	  "auth required pam_permit.so\nauth substack inner\n" YES,
	  "auth required pam_deny.so\nauth [default=reset] pam_permit.so\n", 0, NOTHING },
	{ "reset outside of one forgets all",
	  "auth required pam_permit.so\n"
	  "auth [default=reset] pam_permit.so\n" YES,
	  "", 0, 0 },
	{ "success that is bad",
	  "auth required pam_permit.so\nauth [default=bad] pam_permit.so\n" YES, "", 0, 0 },
	{ "an include loop", "auth required pam_permit.so\nauth include s\n" YES, "", 0, 0 },
	{ "what @include misses", "auth sufficient pam_permit.so\n" YES "@include gone\n", "", 0,
	  0 },
	{ "nothing for account", "auth required pam_permit.so\n", "", 0, 0 },
	{ "account after a key", COLLECT UNIX VERIFY ACCOUNT OURS, "", PAM_PART_ACCOUNT, NOTHING },
	{ "strict account after a key",
	  COLLECT UNIX VERIFY ACCOUNT "account required "
				      "pam_sekisho.so strict\n",
	  "", PAM_PART_ACCOUNT, 0 },
};

ParameterizedTestParameters(pam_paths, finds)
{
	static size_t index[sizeof(stacks) / sizeof(stacks[0])];

	for (size_t i = 0; i < sizeof(index) / sizeof(index[0]); i++)
		index[i] = i;
	return cr_make_param_array(size_t, index, sizeof(index) / sizeof(index[0]));
}

ParameterizedTest(const size_t *i, pam_paths, finds)
{
	const struct stack_case *c = &stacks[*i];
	const char *const pairs[] = { "/etc/pam.d/s", c->service, "/etc/pam.d/inner", c->inner,
				      NULL };
	char path[256];

	cr_expect_eq(ways_of(pairs, c->part, path, sizeof(path)), c->ways, "%s: ways %x, by %s",
		     c->name, ways_of(pairs, c->part, path, sizeof(path)), path);
}

Test(pam_paths, shows_a_shortest_path)
{
	static const char *const pairs[] = {
		"/etc/pam.d/s",
		"auth optional pam_exec.so x\n" COLLECT "auth sufficient pam_u2f.so\n"
		"auth sufficient pam_fprintd.so\n" UNIX VERIFY ACCOUNT,
		NULL,
	};
	char path[256];

	cr_expect_eq(ways_of(pairs, PAM_PART_BOTH, path, sizeof(path)), FACTOR | CODE);
	cr_expect_str_eq(path, "0:success 1:success 2:success 8:success 10:success ", "%s", path);
}

Test(pam_paths, does_not_grow_with_the_number_of_modules)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	const char *pairs[] = { "/etc/pam.d/s", NULL, NULL };
	char path[256];

	for (int i = 0; i < 1000; i++)
		fprintf(out, "auth [success=%d auth_err=ok default=ignore] pam_x%d.so\n", i % 7 + 1,
			i);
	fputs("auth required pam_permit.so\nauth required pam_permit.so\nauth required "
	      "pam_permit.so\n"
	      "auth required pam_permit.so\nauth required pam_permit.so\nauth required "
	      "pam_permit.so\n"
	      "auth required pam_permit.so\naccount required pam_permit.so\n",
	      out);
	(void)fclose(out);
	pairs[1] = text;
	cr_expect_eq(ways_of(pairs, PAM_PART_BOTH, path, sizeof(path)), NOTHING | FACTOR, "%s",
		     path);
	free(text);
}

static const struct broken {
	const char *text;
	const char *says;
} broken[] = {
	{ "auth requird pam_unix.so\n", "f:1:6: the control is not understood" },
	{ "auth [succes=ok] pam_unix.so\n", "f:1:7: the control" },
	{ "auth [success=0] pam_unix.so\n", "f:1:7: the control" },
	{ "auth [success] pam_unix.so\n", "f:1:7: the control" },
	{ "auth [default=okay] pam_unix.so\n", "f:1:7: the control" },
	{ "\n\nauht required x\n", "f:3:1: neither auth" },
	{ "auth\n", "f:1:1: required, sufficient" },
	{ "auth required # pam_unix.so\n", "f:1:6: the module is missing" },
	{ "@include\n", "f:1:1: the module is missing" },
	{ "auth required \\\n# no\n  \\\n", "f:1:1: the file ends within" },
	{ "auth \\\n  requird x\n", "f:2:3: the control" },
};

Test(pam_paths, tells_where_a_line_is_broken)
{
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		cleanup_diags struct diags diags = { 0 };
		struct pam_file file = { 0 };
		struct err err = { 0 };
		const char *text = broken[i].text;

		cr_assert_eq(pam_file_parse("f", strdup(text), strlen(text), false, &file, &diags),
			     0);
		cr_expect_lt(diags_to_err(&diags, &err), 0, "'%s' is fine", text);
		cr_expect(strncmp(err.text, broken[i].says, strlen(broken[i].says)) == 0,
			  "'%s': said '%s'", text, err.text);
		pam_file_done(&file);
	}
}

Test(pam_paths, reads_words_as_libpam_does)
{
	static const char text[] = "-AUTH  [ success = 2  default=die ]\tpam_x.so a [b c\\] d] e\n";
	cleanup_diags struct diags diags = { 0 };
	struct pam_file file = { 0 };

	cr_assert_eq(pam_file_parse("f", strdup(text), sizeof(text) - 1, false, &file, &diags), 0);
	cr_assert_eq(file.n_lines, 1);
	cr_expect_eq(diags.n, 0);
	cr_expect_eq(file.lines[0].type, PAM_TYPE_AUTH);
	cr_expect_eq(file.lines[0].actions[PAM_CODE_SUCCESS], 2);
	cr_expect_eq(file.lines[0].actions[PAM_CODE_IGNORE], PAM_ACTION_DIE);
	cr_expect_str_eq(file.lines[0].module, "pam_x.so");
	cr_expect_str_eq(file.lines[0].arguments, "a [b c\\] d] e");
	pam_file_done(&file);
}

Test(pam_paths, knows_whether_anybody_is_in_a_group)
{
	static const char groups[] = "a:x:1:\nb:x:2:sato\nc:x:3:\nc:x:4:\nbroken\n";
	static const char users[] = "sato:x:1000:3::/:\n";

	cr_expect(world_is_empty_group(groups, users, "a"));
	cr_expect(!world_is_empty_group(groups, users, "b"));
	cr_expect(!world_is_empty_group(groups, users, "c"), "somebody's own");
	cr_expect(world_is_empty_group(groups, users, "d"));
	cr_expect(!world_is_empty_group(NULL, users, "a"), "not known");
}
