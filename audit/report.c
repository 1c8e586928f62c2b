/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/report.h"

#include "audit/record.h"
#include "core/lang.h"
#include "core/text.h"

#include <inttypes.h>
#include <sodium.h>
#include <string.h>

#define LABEL_WIDTH 12 /* columns */

int report_exit_status(const struct verify_result *result)
{
	switch (result->outcome) {
	case VERIFY_TAMPERED:
		return 1;
	case VERIFY_INCOMPLETE:
		return 2;
	case VERIFY_PROVEN:
		return 0;
	}
	return 1;
}

static void print_label(FILE *out, const char *label)
{
	size_t width = text_width(tr(label));

	fprintf(out, "%s%*s", tr(label), (int)(width < LABEL_WIDTH ? LABEL_WIDTH - width : 1), "");
}

/* "2026-11-22T20:31:07Z": an auditor's machine need not know the terminal's zone. */
static void print_time(FILE *out, int64_t wall_us)
{
	char text[RECORD_TIME_LEN + 1];

	record_time_format(wall_us, text);
	fprintf(out, "%.19sZ", text);
}

static void print_extent(const struct verify_result *result, FILE *out)
{
	uint64_t n = result->end - result->first;

	print_label(out, N_("entries"));
	fprintf(out, "%" PRIu64, n);
	if (n > 0) {
		fprintf(out, "   #%" PRIu64 "..#%" PRIu64 "   ", result->first, result->end - 1);
		print_time(out, result->first_wall_us);
		fputs(" .. ", out);
		print_time(out, result->last_wall_us);
	}
	fputc('\n', out);
	print_label(out, N_("log"));
	fprintf(out, "%s   ", *result->origin ? result->origin : "?");
	fprintf(out,
		tr("%llu segments, %llu checkpoints, %llu crashes recovered, clock %llu times "
		   "back"),
		(unsigned long long)result->n_segments, (unsigned long long)result->n_checkpoints,
		(unsigned long long)result->n_recovered, (unsigned long long)result->n_clock_back);
	fputc('\n', out);
}

static void print_damage(const struct verify_result *result, FILE *out)
{
	print_label(out, N_("integrity"));
	if (result->bad_last > result->bad_first)
		fprintf(out, tr("FAIL: between entry #%llu and entry #%llu"),
			(unsigned long long)result->bad_first,
			(unsigned long long)result->bad_last);
	else
		fprintf(out, tr("FAIL: at entry #%llu"), (unsigned long long)result->bad_first);
	fputc('\n', out);
	print_label(out, "");
	fprintf(out, tr("%s, from byte %llu: %s"), *result->bad_file ? result->bad_file : "-",
		(unsigned long long)result->bad_offset, result->reason);
	fputc('\n', out);
}

static void print_root(const struct verify_result *result, FILE *out)
{
	char root[NOTE_HASH_TEXT] = "";

	print_label(out, N_("integrity"));
	if (result->newest.size > 0)
		(void)sodium_bin2base64(root, sizeof(root), result->newest.root, TREE_HASH_SIZE,
					sodium_base64_VARIANT_ORIGINAL);
	fputs(tr(result->signatures_checked ? N_("OK: every checkpoint has its root and signature")
					    : N_("no key was given, so no signature was checked")),
	      out);
	if (*root)
		fprintf(out, "\n%*s%s %s", LABEL_WIDTH, "", tr("root"), root);
	fputc('\n', out);
}

static void print_proven(const struct verify_result *result, FILE *out)
{
	print_label(out, N_("proven"));
	if (!result->signatures_checked || result->proven_end == result->first)
		fputs(tr("nothing"), out);
	else
		fprintf(out, tr("entries #%llu to #%llu"), (unsigned long long)result->first,
			(unsigned long long)result->proven_end - 1);
	fputc('\n', out);
}

static void print_gap(FILE *out, const char *text, uint64_t n)
{
	print_label(out, N_("incomplete"));
	fprintf(out, tr(text), (unsigned long long)n);
	fputc('\n', out);
}

static void print_gaps(const struct verify_result *result, FILE *out)
{
	if (!result->signatures_checked)
		print_gap(out, N_("give the terminal's key with --key"), 0);
	if (result->n_segments == 0)
		print_gap(out, N_("there is no log here"), 0);
	else if (result->cut_segment)
		print_gap(out, N_("the newest segment has no checkpoint"), 0);
	if (result->missing_beginning)
		print_gap(out, N_("the first %llu entries are not here"), result->first);
	if (result->n_unsigned > 0)
		print_gap(out, N_("%llu entries after the last checkpoint are not signed"),
			  result->n_unsigned);
	if (result->torn_bytes > 0)
		print_gap(out, N_("the last line is cut short (%llu bytes)"), result->torn_bytes);
	if (result->n_after_end > 0)
		print_gap(out, N_("%llu entries were acknowledged and are not here"),
			  result->n_after_end);
}

static const char *outcome_text(enum verify_outcome outcome)
{
	switch (outcome) {
	case VERIFY_TAMPERED:
		return N_("TAMPERED");
	case VERIFY_INCOMPLETE:
		return N_("INCOMPLETE");
	case VERIFY_PROVEN:
		return N_("OK");
	}
	return "";
}

void report_print(const struct verify_result *result, FILE *out)
{
	print_extent(result, out);
	if (result->outcome == VERIFY_TAMPERED) {
		print_damage(result, out);
	} else {
		print_root(result, out);
		print_gaps(result, out);
	}
	print_proven(result, out);
	print_label(out, N_("RESULT"));
	fprintf(out, "%s\n", tr(outcome_text(result->outcome)));
}

static const char *outcome_word(enum verify_outcome outcome)
{
	switch (outcome) {
	case VERIFY_TAMPERED:
		return "tampered";
	case VERIFY_INCOMPLETE:
		return "incomplete";
	case VERIFY_PROVEN:
		return "ok";
	}
	return "";
}

static void print_number(FILE *out, const char *key, uint64_t value)
{
	fprintf(out, ",\"%s\":%" PRIu64, key, value);
}

/* The texts are this program's own, or of a log whose origin is a key name: nothing to escape. */
void report_print_json(const struct verify_result *result, FILE *out)
{
	char root[NOTE_HASH_TEXT] = "";

	if (result->newest.size > 0)
		(void)sodium_bin2base64(root, sizeof(root), result->newest.root, TREE_HASH_SIZE,
					sodium_base64_VARIANT_ORIGINAL);
	fprintf(out, "{\"result\":\"%s\",\"exit\":%d", outcome_word(result->outcome),
		report_exit_status(result));
	fprintf(out, ",\"key\":%s,\"root\":\"%s\"", result->signatures_checked ? "true" : "false",
		root);
	print_number(out, "first", result->first);
	print_number(out, "end", result->end);
	print_number(out, "proven_end", result->signatures_checked ? result->proven_end : 0);
	print_number(out, "segments", result->n_segments);
	print_number(out, "checkpoints", result->n_checkpoints);
	print_number(out, "recovered", result->n_recovered);
	print_number(out, "damaged", result->n_damaged);
	print_number(out, "clock_back", result->n_clock_back);
	print_number(out, "unsigned", result->n_unsigned);
	print_number(out, "torn_bytes", result->torn_bytes);
	print_number(out, "after_end", result->n_after_end);
	if (result->outcome == VERIFY_TAMPERED) {
		print_number(out, "bad_first", result->bad_first);
		print_number(out, "bad_last", result->bad_last);
		print_number(out, "bad_offset", result->bad_offset);
		fprintf(out, ",\"bad_file\":\"%s\",\"reason\":\"%s\"", result->bad_file,
			result->reason);
	}
	fputs("}\n", out);
}
