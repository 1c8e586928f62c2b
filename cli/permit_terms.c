/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/permit_terms.h"

#include "cli/agent_rows.h"
#include "cli/moment.h"
#include "cli/prompt.h"
#include "cli/sheet.h"
#include "cli/state_words.h"
#include "core/lang.h"
#include "core/err.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define N_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))
#define TERM(label, key, name, ...)                                                                \
	{                                                                                          \
		label, key, offsetof(struct ipc_permit_terms, name),                               \
			sizeof(((struct ipc_permit_terms *)NULL)->name), __VA_ARGS__               \
	}

static const struct term {
	const char *label; /* extracted with N_() */
	const char *key;   /* in a row */
	size_t at;
	size_t size;
	bool is_moment;
	bool is_word; /* the terminal's, with another in the reader's language */
} read_out[] = {
	TERM(N_("user"), "user", user, false, false),
	TERM(N_("medium"), "medium_number", medium, false, false),
	TERM(N_("purpose"), "purpose", purpose, false, true),
	TERM(N_("classification"), "classification", classification, false, false),
	TERM(N_("access"), "access", access, false, true),
	TERM(N_("begins"), "from", from, true, false),
	TERM(N_("ends"), "until", until, true, false),
	TERM(N_("uses"), "uses", uses, false, false),
};

static void print_term(const struct term *term, const char *value)
{
	char text[2 * IPC_TEXT_MAX];
	const char *word = term->is_word ? state_word(value) : value;

	(void)snprintf(text, sizeof(text), strcmp(word, value) == 0 ? "%s" : "%s (%s)", value,
		       word);
	sheet_line(tr(term->label), text);
}

void permit_terms_print_row(const struct agent_row *row)
{
	for (size_t i = 0; i < N_ELEMENTS(read_out); i++)
		print_term(&read_out[i], agent_row_get(row, read_out[i].key));
}

void permit_terms_print(const struct ipc_permit_terms *terms)
{
	for (size_t i = 0; i < N_ELEMENTS(read_out); i++)
		print_term(&read_out[i], (const char *)terms + read_out[i].at);
}

/* What was typed, as a permit writes it.  Return: false when it cannot be. */
static bool take(const struct term *term, const char *typed, char *out)
{
	struct err ignored = { 0 };
	char half[LOG_TIME_TEXT_MAX];
	char stamp[MOMENT_TEXT];
	policy_minute minute;

	if (strlen(typed) >= sizeof(half))
		return false;
	(void)log_time_half_width(typed, half);
	if (term->is_moment) {
		if (moment_parse(half, LOG_TIME_SINCE, &minute, &ignored) < 0)
			return false;
		policy_minute_stamp(minute, stamp);
		(void)snprintf(half, sizeof(half), "%s", stamp);
	}
	if (*half == '\0' || strlen(half) >= term->size)
		return false;
	memset(out, 0, term->size);
	strcpy(out, half);
	return true;
}

static int ask(const struct term *term, char *value, struct err *err)
{
	char question[IPC_TEXT_MAX];
	char typed[IPC_TEXT_MAX];
	int rc;

	(void)snprintf(question, sizeof(question), *value ? "%s [%s]: " : "%s: ", tr(term->label),
		       value);
	rc = prompt_line(question, typed, sizeof(typed), err);
	while (rc == 0 && !(*typed == '\0' && *value) && !take(term, typed, value)) {
		puts(tr("That was misheard: have it read out again."));
		rc = prompt_line(question, typed, sizeof(typed), err);
	}
	return rc;
}

int permit_terms_ask(struct ipc_permit_terms *terms, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < N_ELEMENTS(read_out); i++)
		rc = ask(&read_out[i], (char *)terms + read_out[i].at, err);
	return rc;
}
