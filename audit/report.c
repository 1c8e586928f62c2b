/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/report.h"

#include "audit/record.h"
#include "core/err.h"
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
	if (result->n_checkpoints == 0)
		return;
	print_label(out, N_("epochs"));
	fprintf(out, tr("%llu, #%llu to #%llu"),
		(unsigned long long)(result->last_epoch - result->first_epoch + 1),
		(unsigned long long)result->first_epoch, (unsigned long long)result->last_epoch);
	fputc('\n', out);
}

static void print_note(FILE *out, const char *text, uint64_t n)
{
	if (n == 0)
		return;
	print_label(out, N_("notable"));
	fprintf(out, tr(text), (unsigned long long)n);
	fputc('\n', out);
}

/* What is proven and yet worth a question. */
static void print_notes(const struct verify_result *result, FILE *out)
{
	print_note(out, N_("the clock was set %llu times"), result->n_clock_steps);
	print_note(out, N_("%llu entries are blacked out"), result->n_redacted);
	print_note(out, N_("entries were lost %llu times, see log.lost"), result->n_lost);
	print_note(out, N_("damage was found %llu times, see log.damaged"), result->n_damaged);
	print_note(out, N_("a part of a log that had %llu entries then"), result->part_of);
	if (result->pruned)
		print_note(out, N_("the first %llu entries were removed, and the log says so"),
			   result->first);
}

static const char *cause_text(enum gap_cause cause)
{
	switch (cause) {
	case GAP_UNEXPLAINED:
		return N_("crash or power cut");
	case GAP_SHUTDOWN:
		return N_("shut down");
	case GAP_RESTART:
		return N_("log restarted");
	case GAP_SUSPEND:
		return N_("asleep");
	}
	return "";
}

/* "12h 03m" */
static void print_duration(FILE *out, int64_t us)
{
	int64_t minutes = us / 60000000;

	fprintf(out, "%" PRId64 "h %02" PRId64 "m", minutes / 60, minutes % 60);
}

/* All causes in sum; one by one only those that nobody announced. */
static void print_coverage(const struct gaps *gaps, FILE *out)
{
	for (size_t i = 0; i < GAP_CAUSES; i++) {
		if (gaps->n[i] == 0)
			continue;
		print_label(out, N_("gaps"));
		fprintf(out, tr("%llu times %s, "), (unsigned long long)gaps->n[i],
			tr(cause_text((enum gap_cause)i)));
		print_duration(out, gaps->total_us[i]);
		fputc('\n', out);
	}
	for (size_t i = 0; i < gaps->n_listed; i++) {
		const struct gap *gap = &gaps->listed[i];

		if (gap->cause != GAP_UNEXPLAINED)
			continue;
		fprintf(out, "%*s", LABEL_WIDTH, "");
		print_time(out, gap->from_us);
		fputs(" .. ", out);
		print_time(out, gap->until_us);
		fprintf(out, tr("   after entry #%llu"), (unsigned long long)gap->seq);
		fputc('\n', out);
	}
}

bool report_is_witnessed(const struct verify_result *result)
{
	return result->witness == VERIFY_WITNESS_AGREES && result->witness_size == result->end;
}

static void print_witness(const struct verify_result *result, FILE *out)
{
	print_label(out, N_("witness"));
	if (report_is_witnessed(result))
		fputs(tr("the checkpoint that was kept elsewhere covers every entry"), out);
	else if (result->witness == VERIFY_WITNESS_AGREES)
		fprintf(out,
			tr("the checkpoint that was kept elsewhere fits; %llu newer entries are "
			   "not witnessed"),
			(unsigned long long)(result->end - result->witness_size));
	else if (result->witness_size > 0)
		fputs(tr("the checkpoint that was kept elsewhere is of entries that are not here"),
		      out);
	else
		fputs(tr("not witnessed: an older copy of the whole log would look the same"), out);
	fputc('\n', out);
}

/* Of all that is local only a counter outside the disk can tell. */
static void print_rollback(const struct verify_result *result, FILE *out)
{
	const struct starts *starts = &result->starts;

	print_label(out, N_("rollback"));
	if (report_is_witnessed(result))
		fputs(tr("an older copy would lack entries that were seen elsewhere"), out);
	else if (starts->n_lacking > 0)
		fprintf(out,
			tr("FOUND before entry #%llu: the TPM counted starts of the terminal that "
			   "the log lacks"),
			(unsigned long long)starts->lacking_at);
	else if (starts->is_last)
		fprintf(out,
			tr("the TPM counts each start (%llu at the last): an older copy lacks "
			   "some; what came after the last start is NOT PROTECTED"),
			(unsigned long long)starts->newest);
	else
		fputs(tr("NOT PROTECTED: no counter outside the disk vouches for the newest "
			 "entries"),
		      out);
	if (starts->changed)
		fprintf(out, "\n%*s", LABEL_WIDTH, "");
	if (starts->changed)
		fprintf(out,
			tr("another TPM counts from entry #%llu on; what was lost before it "
			   "nobody knows"),
			(unsigned long long)starts->changed_at);
	fputc('\n', out);
}

bool report_seal(const struct verify_result *result, char out[static SEAL_TEXT_SIZE])
{
	struct checkpoint checkpoint = { .size = result->newest.size };
	struct err err = { 0 };
	struct seal seal;

	if (!result->signatures_checked || result->outcome == VERIFY_TAMPERED ||
	    result->unchained || checkpoint.size == 0)
		return false;
	strcpy(checkpoint.origin, result->origin);
	memcpy(checkpoint.root, result->newest.root, TREE_HASH_SIZE);
	if (seal_make(&checkpoint, &seal, &err) < 0)
		return false;
	seal_format(&seal, out);
	return true;
}

static void print_seal(const struct verify_result *result, FILE *out)
{
	char text[SEAL_TEXT_SIZE];

	if (!report_seal(result, text))
		return;
	print_label(out, N_("seal"));
	fprintf(out, "%s\n", text);
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
	fputs(tr(result->signatures_checked
			 ? N_("OK: every checkpoint has its root, every epoch its signature")
			 : N_("no key was given, so nothing is proven")),
	      out);
	if (!result->deep && result->n_segments > 0)
		fprintf(out, "\n%*s%s", LABEL_WIDTH, "",
			tr("of each entry only what the proof needs was looked at; --deep looks "
			   "at all of it"));
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
	if (result->unchained)
		print_gap(out, N_("the keys do not lead back to the enrolment"), 0);
	if (result->no_head && result->n_segments > 0)
		print_gap(out,
			  N_("the file checkpoint is missing, broken or not signed by the key"), 0);
	if (result->n_unnamed > 0)
		print_gap(out, N_("why %llu entries are blacked out is not in this file"),
			  result->n_unnamed);
	if (result->n_unsigned > 0)
		print_gap(out, N_("%llu entries after the last checkpoint are not signed"),
			  result->n_unsigned);
	if (result->torn_bytes > 0)
		print_gap(out, N_("the last line is cut short (%llu bytes)"), result->torn_bytes);
	if (result->n_after_end > 0)
		print_gap(out, N_("%llu entries were acknowledged and are not here"),
			  result->n_after_end);
	if (result->starts.n_lacking > 0)
		print_gap(out,
			  N_("%llu starts of the terminal are not in the log; remedy: compare a "
			     "checkpoint or a seal that was kept elsewhere"),
			  result->starts.n_lacking);
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
		print_seal(result, out);
		print_gaps(result, out);
		print_witness(result, out);
		print_rollback(result, out);
	}
	print_notes(result, out);
	print_coverage(&result->gaps, out);
	print_proven(result, out);
	print_label(out, N_("RESULT"));
	fprintf(out, "%s\n", tr(outcome_text(result->outcome)));
}
