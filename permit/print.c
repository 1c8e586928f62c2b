/* SPDX-License-Identifier: Apache-2.0 */

#include "permit/internal.h"

#include <errno.h>
#include <inttypes.h>

void permit_put(FILE *out, const char *name, const char *value)
{
	if (*value == '\0')
		return;
	(void)fprintf(out, "    %s ", name);
	scfg_print_word(out, value);
	(void)fputc('\n', out);
}

void permit_put_minute(FILE *out, const char *name, policy_minute minute)
{
	if (minute == 0)
		return;
	(void)fprintf(out, "    %s ", name);
	policy_minute_write(minute, out);
	(void)fputc('\n', out);
}

void permit_put_boot(FILE *out, const char *name, const uint8_t boot[static ELAPSED_BOOT_LEN])
{
	(void)fprintf(out, "    %s ", name);
	for (size_t i = 0; i < ELAPSED_BOOT_LEN; i++)
		(void)fprintf(out, "%02x", boot[i]);
	(void)fputc('\n', out);
}

void permit_put_number(FILE *out, const char *name, int64_t number)
{
	(void)fprintf(out, "    %s %" PRId64 "\n", name, number);
}

void permit_put_elapsed(FILE *out, const struct elapsed *elapsed)
{
	permit_put_number(out, "approved", elapsed->wall_s);
	permit_put_number(out, "latest", elapsed->latest_s);
	permit_put_number(out, "elapsed", elapsed->elapsed_us);
	permit_put_number(out, "since", elapsed->since_us);
	permit_put_boot(out, "boot", elapsed->boot);
}

static void print_record(const struct permit_record *record, FILE *out)
{
	(void)fprintf(out, "record {\n    stage %s\n    used %u\n",
		      permit_stage_name(record->stage), record->used);
	permit_put_elapsed(out, &record->since_approval);
	permit_put_number(out, "span", record->span_s);
	permit_put_number(out, "use-diskseq", (int64_t)record->use_diskseq);
	permit_put_boot(out, "use-boot", record->use_boot);
	permit_put_number(out, "bytes", (int64_t)record->bytes_written);
	permit_put_number(out, "files", (int64_t)record->files_written);
	permit_put_minute(out, "returned", record->returned);
	permit_put(out, "erased-by", record->erased_by);
	(void)fputs("}\n", out);
}

int permit_print(const struct permit *permit, const struct permit_record *record, FILE *out)
{
	(void)fputs("permit ", out);
	scfg_print_word(out, permit->number);
	(void)fputs(" {\n", out);
	permit_put(out, "purpose", permit->purpose);
	permit_put(out, "classification", permit->classification);
	permit_put(out, "medium", permit->medium);
	permit_put(out, "terminal", permit->terminal);
	permit_put(out, "user", permit->user);
	permit_put(out, "section", permit->section);
	permit_put(out, "access", permit_access_name(permit->access));
	permit_put_minute(out, "from", permit->from);
	permit_put_minute(out, "until", permit->until);
	(void)fprintf(out, "    uses %u\n", permit->uses);
	permit_put(out, "carrier", permit->carrier);
	permit_put(out, "destination", permit->destination);
	permit_put(out, "note", permit->note);
	permit_put(out, "requester", permit->requester);
	permit_put(out, "approver", permit->approver);
	(void)fputs("}\n", out);
	if (record)
		print_record(record, out);
	return ferror(out) ? -EIO : 0;
}
