/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/policy_file.h"

#include "core/err.h"
#include "core/lang.h"
#include "core/text.h"
#include "ipc/client.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define PACKAGED "/usr/share/sekisho/policies/%s.policy"
#define ACCEPTED "/var/lib/sekisho/policy/current"

#define LINE_SHOWN_MAX 240 /* bytes */
#define CONTEXT 60         /* of it before the place */
#define CUT "..."

/* A draft may be anybody's, so no owner is asked for. */
int read_any_file(const char *path, size_t max, char **ret, size_t *ret_len, struct err *err)
{
	bool is_input = strcmp(path, "-") == 0;
	cleanup_fclose FILE *file = is_input ? fdopen(dup(STDIN_FILENO), "r") : fopen(path, "re");
	cleanup_free char *text = NULL;
	size_t room = 0;
	size_t len = 0;

	if (!file)
		return err_set(err, -errno, "%s: %m", path);
	do {
		char *grown = realloc(text, room = room ? room * 2 : 65536);

		if (!grown)
			return err_set(err, -ENOMEM, "out of memory");
		text = grown;
		len += fread(text + len, 1, room - len, file);
	} while (len == room && len <= max);
	if (ferror(file))
		return err_set(err, -EIO, "%s: %m", path);
	if (len > max)
		return err_set(err, -E2BIG, "%s is larger than %zu bytes", path, max);
	*ret_len = len;
	*ret = take_ptr(&text);
	return 0;
}

/* An included file stands in the same folder. */
static int read_include(void *ctx, const char *name, char **ret_text, size_t *ret_len,
			struct err *err)
{
	const struct policy_file *file = ctx;
	const char *slash = strrchr(file->path, '/');
	cleanup_free char *path = NULL;
	int rc;

	if (asprintf(&path, "%.*s%s", slash ? (int)(slash - file->path) + 1 : 0, file->path, name) <
	    0)
		return err_set(err, -ENOMEM, "out of memory");
	rc = read_any_file(path, POLICY_BYTES_MAX, ret_text, ret_len, err);
	errno = -rc;
	if (rc < 0 && rc != -E2BIG && rc != -ENOMEM)
		return err_set(err, rc,
			       "'%s' cannot be read: %m; remedy: put it into the folder of this "
			       "file",
			       name);
	return rc;
}

struct policy_source policy_file_source(struct policy_file *file)
{
	struct policy_source source = { .file = file->path,
					.text = file->bytes,
					.len = file->len,
					.include = read_include,
					.ctx = file };

	if (file->is_signed) {
		source.len = file->note.text_len;
		source.include = NULL;
	}
	return source;
}

/* The file that errors are shown from; they come in the order of its lines. */
struct shown {
	const char *file; /* NULL: none yet */
	char *included;   /* its text, unless it is the policy itself */
	const char *pos;  /* where @line begins */
	const char *end;
	unsigned int line;
};

static void show_file(struct shown *shown, const struct policy_file *file, const char *name)
{
	struct err ignored = { 0 };
	size_t len = 0;

	if (shown->file && strcmp(shown->file, name) == 0)
		return;
	free(shown->included);
	*shown = (struct shown){ .file = name, .pos = file->bytes, .line = 1 };
	if (strcmp(name, file->path) == 0)
		len = file->len;
	else if (read_include((void *)(uintptr_t)file, name, &shown->included, &len, &ignored) == 0)
		shown->pos = shown->included;
	shown->end = shown->pos + len;
	/* It is no column of the first line. */
	if (len >= strlen(TEXT_BYTE_ORDER_MARK) &&
	    memcmp(shown->pos, TEXT_BYTE_ORDER_MARK, strlen(TEXT_BYTE_ORDER_MARK)) == 0)
		shown->pos += strlen(TEXT_BYTE_ORDER_MARK);
}

static void put_blanks_below(const char *text, size_t len)
{
	for (size_t pos = 0; pos < len;) {
		uint32_t c = ' ';
		char character[5] = "";
		size_t n = text_next(text + pos, len - pos, &c);

		memcpy(character, text + pos, n);
		for (size_t w = c == '\t' ? 1 : text_width(character); w > 0; w--)
			fputc(c == '\t' ? '\t' : ' ', stderr);
		pos += n > 0 ? n : 1;
	}
}

/* A line may be a list of megabytes: of a long one, what stands around the place. */
static const char *first_shown(const char *line, size_t offset)
{
	const char *from = line + offset - (offset < LINE_SHOWN_MAX / 2 ? offset : CONTEXT);

	while (from > line && text_is_continuation(*from))
		from--;
	return from;
}

/* Bytes before the character at @column, or more than @len when there is none. */
static size_t offset_of(const char *line, size_t len, unsigned int column)
{
	size_t offset = 0;

	for (unsigned int n = 1; offset <= len && n < column; n++) {
		offset++;
		while (offset < len && text_is_continuation(line[offset]))
			offset++;
	}
	return offset;
}

/* As many bytes of @len as do not cut a character in two. */
static size_t whole_characters(const char *text, size_t len)
{
	uint32_t c;
	size_t used = 0;

	for (size_t n; used < len && (n = text_next(text + used, len - used, &c)) > 0;)
		used += n;
	return used;
}

/* The line, and a caret below the place; what cannot be shown safely is not shown. */
static void print_place(struct shown *shown, const struct diag *diag)
{
	const char *line_end;
	const char *from;
	size_t offset;
	size_t len;

	for (; shown->line < diag->line && shown->pos < shown->end; shown->line++) {
		const char *next = memchr(shown->pos, '\n', (size_t)(shown->end - shown->pos));

		shown->pos = next ? next + 1 : shown->end;
	}
	line_end = memchr(shown->pos, '\n', (size_t)(shown->end - shown->pos));
	len = (size_t)((line_end ? line_end : shown->end) - shown->pos);
	offset = offset_of(shown->pos, len, diag->column);
	if (diag->column == 0 || offset > len || diag->code == -EILSEQ)
		return;

	from = first_shown(shown->pos, offset);
	len -= (size_t)(from - shown->pos);
	fprintf(stderr, "%s%.*s\n", from == shown->pos ? "" : CUT,
		(int)whole_characters(from, len < LINE_SHOWN_MAX ? len : LINE_SHOWN_MAX), from);
	put_blanks_below(CUT, from == shown->pos ? 0 : strlen(CUT));
	put_blanks_below(from, (size_t)(shown->pos + offset - from));
	fputs("^\n", stderr);
}

void policy_file_print(const struct policy_file *file, struct diags *diags)
{
	struct shown shown = { 0 };

	diags_sort(diags);
	for (size_t i = 0; i < diags->n; i++) {
		const struct diag *diag = &diags->list[i];

		fprintf(stderr, "%s:%u:%u: %s%s\n", diag->file, diag->line, diag->column,
			diag->severity == DIAG_WARNING ? tr("warning: ") : "", diag->text);
		show_file(&shown, file, diag->file);
		print_place(&shown, diag);
	}
	free(shown.included);
	if (diags->n_dropped > 0)
		fprintf(stderr, tr("and %zu more\n"), diags->n_dropped);
}

int policy_file_load(const char *path, struct policy_file *ret, struct diags *diags,
		     struct err *err)
{
	struct err not_a_note = { 0 };
	struct policy_source source;
	int rc;

	*ret = (struct policy_file){ .path = path };
	rc = read_any_file(path, POLICY_BYTES_MAX, &ret->bytes, &ret->len, err);
	if (rc < 0)
		return rc;
	ret->is_signed = note_parse(ret->bytes, ret->len, &ret->note, &not_a_note) == 0;
	source = policy_file_source(ret);
	return policy_load(&source, &ret->policy, diags) == 0 ? 0 : EXIT_FAILURE;
}

int policy_file_read(const char *path, struct policy_file *ret, struct err *err)
{
	cleanup_diags struct diags diags = { 0 };
	int rc = policy_file_load(path, ret, &diags, err);

	if (rc > 0)
		policy_file_print(ret, &diags);
	return rc;
}

int policy_path_of_state(const struct ipc_agent_state *state, char **ret, struct err *err)
{
	int n = state->policy_packaged ? asprintf(ret, PACKAGED, state->zone)
				       : asprintf(ret, "%s", ACCEPTED);

	return n < 0 ? err_set(err, -ENOMEM, "out of memory") : 0;
}

int policy_in_force_path(char **ret, struct err *err)
{
	struct ipc_header request = ipc_header(IPC_AGENT_STATUS);
	struct ipc_agent_state state;

	if (ipc_call(IPC_SOCKET_AGENT, &request, sizeof(request), IPC_AGENT_STATE, &state,
		     sizeof(state), err) < 0)
		return err_wrap(err, "no policy is in force here, name one with --policy");
	if (!state.policy_in_force)
		return err_set(err, -ENOENT, "no policy is in force, nothing opens: %s",
			       state.policy_detail);
	return policy_path_of_state(&state, ret, err);
}

void policy_file_done(struct policy_file *file)
{
	policy_free(file->policy);
	free(file->bytes);
}
