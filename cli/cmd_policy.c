/* SPDX-License-Identifier: Apache-2.0 */

/* A policy before it is live, and the one that is. */

#include "cli/commands.h"
#include "core/cleanup.h"
#include "core/err.h"
#include "core/file.h"
#include "core/lang.h"
#include "core/text.h"
#include "ipc/client.h"
#include "policy/policy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POLICY_LIVE "/etc/sekisho/sekisho.policy"
#define POLICY_ACCEPTED "/var/lib/sekisho/policy/current"

/* A draft may be anybody's, so no owner is asked for. */
static int read_draft(const char *path, char **ret, size_t *ret_len, struct err *err)
{
	cleanup_fclose FILE *file = fopen(path, "re");
	cleanup_free char *text = malloc(POLICY_BYTES_MAX + 1);
	size_t len;

	if (!file)
		return err_set(err, -errno, "%s: %m", path);
	if (!text)
		return err_set(err, -ENOMEM, "out of memory");
	len = fread(text, 1, POLICY_BYTES_MAX + 1, file);
	if (ferror(file))
		return err_set(err, -EIO, "%s: %m", path);
	*ret_len = len;
	*ret = take_ptr(&text);
	return 0;
}

/* The line that the error points at, and a caret below the place. */
static void print_place(const char *text, size_t len, const struct diag *diag)
{
	const char *end = text + len;
	const char *line_end;
	size_t column = diag->column;

	for (unsigned int line = diag->line; line > 1 && text < end; line--) {
		const char *next = memchr(text, '\n', (size_t)(end - text));

		text = next ? next + 1 : end;
	}
	line_end = memchr(text, '\n', (size_t)(end - text));
	len = (size_t)((line_end ? line_end : end) - text);
	if (column == 0 || column > len + 1 || diag->code == -EILSEQ)
		return; /* what cannot be shown safely is not shown */

	fprintf(stderr, "%.*s\n", (int)len, text);
	for (size_t pos = 0; pos + 1 < column;) {
		uint32_t c = ' ';
		char character[5] = "";
		size_t n = text_next(text + pos, len - pos, &c);

		memcpy(character, text + pos, n);
		for (size_t w = c == '\t' ? 1 : text_width(character); w > 0; w--)
			fputc(c == '\t' ? '\t' : ' ', stderr);
		pos += n > 0 ? n : 1;
	}
	fputs("^\n", stderr);
}

static void print_diags(const char *text, size_t len, struct diags *diags)
{
	diags_sort(diags);
	for (size_t i = 0; i < diags->n; i++) {
		const struct diag *diag = &diags->list[i];

		fprintf(stderr, "%s:%u:%u: %s\n", diag->file, diag->line, diag->column,
			diag->text);
		print_place(text, len, diag);
	}
	if (diags->n_dropped > 0)
		fprintf(stderr, tr("and %zu more\n"), diags->n_dropped);
}

static int check(const char *path, struct err *err)
{
	cleanup_free char *text = NULL;
	cleanup_policy struct policy *policy = NULL;
	cleanup_diags struct diags diags = { 0 };
	cleanup_close int live_fd = -1;
	size_t len = 0;
	int rc;

	rc = read_draft(path, &text, &len, err);
	if (rc < 0)
		return rc;
	if (policy_load(&(struct policy_source){ .file = path, .text = text, .len = len },
			&policy, &diags) < 0) {
		print_diags(text, len, &diags);
		return EXIT_FAILURE;
	}
	if (strcmp(path, POLICY_LIVE) == 0) {
		rc = file_open_trusted(AT_FDCWD, path, 0, &live_fd, err);
		if (rc < 0)
			return rc;
	}
	printf(tr("%s: %zu rules; what none of them names stays closed\n"), path, policy->n_rules);
	return EXIT_SUCCESS;
}

/* The accepted bytes stay when a newer file is refused; then they are not in force. */
static int tell_if_refused(void)
{
	struct ipc_header request = ipc_header(IPC_AGENT_STATUS);
	struct ipc_agent_state state;
	struct err err = { 0 };

	if (ipc_call(IPC_SOCKET_AGENT, &request, sizeof(request), IPC_AGENT_STATE, &state,
		     sizeof(state), &err) < 0)
		fprintf(stderr, tr("sekishod does not answer: %s\n"), err.text);
	else if (!state.policy_ok)
		fprintf(stderr, tr("NOT in force, nothing opens: %s\n"), state.policy_detail);
	else
		return EXIT_SUCCESS;
	return EXIT_FAILURE;
}

static int show(struct err *err)
{
	cleanup_free char *text = NULL;
	size_t len = 0;
	int rc = file_read_trusted(AT_FDCWD, POLICY_ACCEPTED, 0, POLICY_BYTES_MAX, &text, &len, err);

	if (rc < 0)
		return rc;
	(void)fwrite(text, 1, len, stdout);
	return tell_if_refused();
}

static void print_usage(FILE *out)
{
	fputs(tr("Usage: sekisho policy check FILE\n"
		 "       sekisho policy show\n\n"
		 "check reads a policy as sekishod would and says what is wrong with it;\n"
		 "show prints the last one that was accepted.  See also sekisho-policy(5).\n"),
	      out);
}

int cmd_policy(int argc, char *argv[], struct err *err)
{
	if (argc == 3 && strcmp(argv[1], "check") == 0)
		return check(argv[2], err);
	if (argc == 2 && strcmp(argv[1], "show") == 0)
		return show(err);
	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		print_usage(stdout);
		return EXIT_SUCCESS;
	}
	print_usage(stderr);
	return EXIT_FAILURE;
}
