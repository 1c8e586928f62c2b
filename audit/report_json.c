/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/record.h"
#include "audit/report.h"

#include <inttypes.h>
#include <sodium.h>

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

static const char *cause_word(enum gap_cause cause)
{
	switch (cause) {
	case GAP_UNEXPLAINED:
		return "unexplained";
	case GAP_SHUTDOWN:
		return "shutdown";
	case GAP_RESTART:
		return "restart";
	case GAP_SUSPEND:
		return "suspend";
	}
	return "";
}

static void print_number(FILE *out, const char *key, uint64_t value)
{
	fprintf(out, ",\"%s\":%" PRIu64, key, value);
}

static void print_flag(FILE *out, const char *key, bool value)
{
	fprintf(out, ",\"%s\":%s", key, value ? "true" : "false");
}

static void print_time(FILE *out, const char *key, int64_t wall_us)
{
	char text[RECORD_TIME_LEN + 1];

	record_time_format(wall_us, text);
	fprintf(out, ",\"%s\":\"%s\"", key, text);
}

static void print_gaps(const struct gaps *gaps, FILE *out)
{
	fputs(",\"gaps\":{", out);
	for (size_t i = 0; i < GAP_CAUSES; i++)
		fprintf(out, "%s\"%s\":{\"n\":%" PRIu64 ",\"seconds\":%" PRId64 "}", i ? "," : "",
			cause_word((enum gap_cause)i), gaps->n[i], gaps->total_us[i] / 1000000);
	fputs(",\"longest\":[", out);
	for (size_t i = 0; i < gaps->n_listed; i++) {
		const struct gap *gap = &gaps->listed[i];

		fprintf(out, "%s{\"after\":%" PRIu64 ",\"cause\":\"%s\"", i ? "," : "", gap->seq,
			cause_word(gap->cause));
		print_time(out, "from", gap->from_us);
		print_time(out, "until", gap->until_us);
		fputc('}', out);
	}
	fputs("]}", out);
}

static void print_counts(const struct verify_result *result, FILE *out)
{
	print_number(out, "first", result->first);
	print_number(out, "end", result->end);
	print_number(out, "proven_end", result->signatures_checked ? result->proven_end : 0);
	if (result->end > result->first) {
		print_time(out, "from", result->first_wall_us);
		print_time(out, "until", result->last_wall_us);
	}
	print_number(out, "segments", result->n_segments);
	print_number(out, "checkpoints", result->n_checkpoints);
	print_number(out, "first_epoch", result->first_epoch);
	print_number(out, "last_epoch", result->last_epoch);
	print_number(out, "recovered", result->n_recovered);
	print_number(out, "damaged", result->n_damaged);
	print_number(out, "lost", result->n_lost);
	print_number(out, "redacted", result->n_redacted);
	print_number(out, "clock_back", result->n_clock_back);
	print_number(out, "clock_steps", result->n_clock_steps);
	print_number(out, "unsigned", result->n_unsigned);
	print_number(out, "torn_bytes", result->torn_bytes);
	print_number(out, "after_end", result->n_after_end);
	print_number(out, "redacted_unnamed", result->n_unnamed);
	print_number(out, "part_of", result->part_of);
	print_number(out, "starts_counted", result->starts.n_counted);
	print_number(out, "starts_lacking", result->starts.n_lacking);
	print_flag(out, "deep", result->deep);
	print_flag(out, "pruned", result->pruned);
	print_flag(out, "missing_beginning", result->missing_beginning);
	print_flag(out, "unchained", result->unchained);
	print_flag(out, "no_head", result->no_head);
}

/* The texts are this program's own, or of a log whose origin is a key name: nothing to escape. */
void report_print_json(const struct verify_result *result, FILE *out)
{
	char root[NOTE_HASH_TEXT] = "";
	char seal[SEAL_TEXT_SIZE];

	if (result->newest.size > 0)
		(void)sodium_bin2base64(root, sizeof(root), result->newest.root, TREE_HASH_SIZE,
					sodium_base64_VARIANT_ORIGINAL);
	fprintf(out, "{\"result\":\"%s\",\"exit\":%d", outcome_word(result->outcome),
		report_exit_status(result));
	print_flag(out, "key", result->signatures_checked);
	fprintf(out, ",\"origin\":\"%s\",\"root\":\"%s\"", result->origin, root);
	if (report_seal(result, seal))
		fprintf(out, ",\"seal\":\"%s\"", seal);
	else
		fputs(",\"seal\":null", out);
	print_counts(result, out);
	print_gaps(&result->gaps, out);
	if (result->witness == VERIFY_WITNESS_AGREES)
		print_number(out, "witnessed", result->witness_size);
	else
		fputs(",\"witnessed\":null", out);
	print_flag(out, "rollback_protected", report_is_witnessed(result));
	if (result->outcome == VERIFY_TAMPERED) {
		print_number(out, "bad_first", result->bad_first);
		print_number(out, "bad_last", result->bad_last);
		print_number(out, "bad_offset", result->bad_offset);
		fprintf(out, ",\"bad_file\":\"%s\",\"reason\":\"%s\"", result->bad_file,
			result->reason);
	}
	fputs("}\n", out);
}
