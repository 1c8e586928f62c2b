/* SPDX-License-Identifier: Apache-2.0 */

#include "doctor/pam_file.h"

#include "core/diag.h"
#include "core/lang.h"
#include "core/text.h"
#include "doctor/pam_control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define BLANKS " \n\t"

/* One line as libpam puts it together, and where it stands in the file. */
struct reading {
	struct pam_file *file;
	const char *original;   /* the file before words were cut out of it */
	const char *line_start; /* of the line asked about last, */
	unsigned int number;    /* its number: counting begins anew for no line */
	struct diags *diags;
	bool has_services;
};

char *pam_word(char **rest)
{
	char *from = *rest ? *rest + strspn(*rest, BLANKS) : NULL;
	char *end;

	if (!from || !*from) {
		*rest = NULL;
		return NULL;
	}
	if (*from == '[') {
		char *to = ++from;

		for (end = from; *end && *end != ']'; end++) {
			if (end[0] == '\\' && end[1] == ']')
				end++;
			*to++ = *end;
		}
		if (to != end)
			*to = '\0';
	} else {
		end = from + strcspn(from, BLANKS);
	}
	if (*end)
		*end++ = '\0';
	*rest = *end ? end : NULL;
	return from;
}

/* Places are asked for in the order of the text. */
static struct diag_place place_of(struct reading *r, const char *pos)
{
	const char *at = r->original + (pos - r->file->text);
	struct diag_place place = { .file = r->file->name, .column = 1 };
	const char *newline;

	while ((newline = memchr(r->line_start, '\n', (size_t)(at - r->line_start)))) {
		r->line_start = newline + 1;
		r->number++;
	}
	for (const char *c = r->line_start; c < at; c++)
		place.column += !text_is_continuation(*c);
	place.line = r->number;
	return place;
}

static void complain(struct reading *r, const char *pos, const char *what)
{
	struct diag_place at = place_of(r, pos);

	(void)diag_error(r->diags, &at, -EINVAL, "%s", tr(what));
}

static enum pam_type type_of(const char *word)
{
	static const char *const names[] = { "auth", "account", "password", "session" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcasecmp(names[i], word) == 0)
			return (enum pam_type)(PAM_TYPE_AUTH + i);
	}
	return PAM_TYPE_ANY;
}

/* The module, or the file that is included, and what is left for it. */
static const char *read_module(struct pam_line *line, char *rest, char **ret_at)
{
	char *word = pam_word(&rest);

	if (!word) {
		line->kind = PAM_KIND_BROKEN;
		return N_("the module is missing, so libpam refuses here; "
			  "remedy: complete the line");
	}
	*ret_at = word;
	line->module = word;
	line->arguments = rest ? rest + strspn(rest, BLANKS) : "";
	return NULL;
}

/* The words from the type on.  Return: what is wrong, at *@ret_at; NULL: nothing. */
static const char *read_words(struct pam_line *line, char *rest, char **ret_at)
{
	const char *wrong;
	const char *missing;
	char *word;
	char *at;

	*ret_at = rest;
	word = pam_word(&rest);
	if (!word)
		return N_("the line ends before auth, account, password or session; "
			  "remedy: complete it");
	*ret_at = word;
	if (strcasecmp(word, "@include") == 0) {
		line->kind = PAM_KIND_INCLUDE_ALL;
		return read_module(line, rest, ret_at);
	}
	line->type = type_of(word + (*word == '-'));
	if (line->type == PAM_TYPE_ANY)
		return N_("neither auth, account, password nor session, so libpam refuses "
			  "here; remedy: mend the word");
	word = pam_word(&rest);
	if (!word)
		return N_("required, sufficient or the like is missing, so libpam refuses "
			  "here; remedy: complete the line");
	*ret_at = word;
	wrong = pam_control_parse(word, line->actions, &line->kind);
	at = word;
	missing = read_module(line, rest, &at);
	if (!wrong)
		*ret_at = at;
	return wrong ? wrong : missing;
}

/* What libpam does not get over. */
static void give_up(struct reading *r, const char *pos, const char *what)
{
	complain(r, pos, what);
	r->file->is_given_up = true;
}

static bool is_sentence(const char *wrong)
{
	return strstr(wrong, "remedy: ") != NULL;
}

static int add_line(struct reading *r, char *text)
{
	struct pam_file *file = r->file;
	struct pam_line *lines = reallocarray(file->lines, file->n_lines + 1, sizeof(*file->lines));
	struct pam_line *line;
	char *rest = text;
	const char *wrong;
	char *at;

	if (!lines)
		return -ENOMEM;
	file->lines = lines;
	line = &lines[file->n_lines++];
	*line = (struct pam_line){
		.number = place_of(r, text).line, .service = "", .module = "", .arguments = ""
	};
	for (size_t i = 0; i < PAM_CODES; i++)
		line->actions[i] = PAM_ACTION_BAD;
	if (r->has_services)
		line->service = pam_word(&rest);
	wrong = read_words(line, rest ? rest : text + strlen(text), &at);
	if (wrong && is_sentence(wrong)) {
		complain(r, at, wrong);
	} else if (wrong) {
		struct diag_place place = place_of(r, at);

		(void)diag_error(r->diags, &place, -EINVAL,
				 "the control is not understood, so libpam takes every result for "
				 "bad; remedy: write %s",
				 tr(wrong));
	}
	return 0;
}

/* libpam reads a longer line in parts, and takes the rest of a comment for configuration. */
static const char *const too_long =
	N_("longer than 1023 bytes, which libpam cannot read; remedy: divide the line");

/*
 * Put the next line together: comments end at the line's end, a backslash
 * before it goes on behind it, and libpam skips empty lines and comments even
 * in between.  Return: the line, or NULL when there is none any more.
 */
static char *next_line(struct reading *r, char **pos)
{
	char *begin = NULL;

	while (**pos) {
		char *line = *pos;
		size_t len = strcspn(line, "\n");
		char *first = line + strspn(line, BLANKS);
		size_t end = strcspn(line, "#\n");
		char *last = line + end;

		*pos = line + len + (line[len] == '\n');
		if (len > PAM_LINE_MAX || (begin && *pos - begin > PAM_LINE_MAX)) {
			give_up(r, begin ? begin : line, too_long);
			return NULL;
		}
		if (first >= line + end) {
			memset(line, ' ', (size_t)(*pos - line)); /* nothing on it */
			continue;
		}
		begin = begin ? begin : first;
		while (end == len && last > first && strchr(BLANKS, last[-1]))
			last--; /* blanks behind the backslash do not matter */
		if (end < len || last[-1] != '\\') {
			memset(line + end, '\0', (size_t)(*pos - line) - end);
			return begin;
		}
		memset(last - 1, ' ', (size_t)(*pos - last) + 1);
	}
	if (begin)
		give_up(r, begin,
			N_("the file ends within a line, so libpam gives all of it up and refuses; "
			   "remedy: complete the line"));
	return NULL;
}

int pam_file_parse(const char *name, char *text, size_t len, bool has_services,
		   struct pam_file *ret, struct diags *diags)
{
	cleanup_free char *original = strndup(text, len);
	struct reading r = {
		.file = ret,
		.original = original,
		.line_start = original,
		.number = 1,
		.diags = diags,
		.has_services = has_services,
	};
	char *pos = text;
	char *line;
	int rc = 0;

	*ret = (struct pam_file){ .name = strdup(name), .text = text };
	if (!ret->name || !original)
		return -ENOMEM;
	while (rc == 0 && (line = next_line(&r, &pos)))
		rc = add_line(&r, line);
	return rc;
}

void pam_file_done(struct pam_file *file)
{
	free(file->name);
	free(file->text);
	free(file->lines);
	*file = (struct pam_file){ 0 };
}
