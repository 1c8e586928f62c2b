/* SPDX-License-Identifier: Apache-2.0 */

#include "core/scfg.h"
#include "permit/permit.h"

#include <errno.h>
#include <inttypes.h>

static void put(FILE *out, const char *name, const char *value)
{
	if (*value == '\0')
		return;
	(void)fprintf(out, "    %s ", name);
	scfg_print_word(out, value);
	(void)fputc('\n', out);
}

static void put_minute(FILE *out, const char *name, policy_minute minute)
{
	if (minute == 0)
		return;
	(void)fprintf(out, "    %s ", name);
	policy_minute_write(minute, out);
	(void)fputc('\n', out);
}

static void put_boot(FILE *out, const char *name, const uint8_t boot[static ELAPSED_BOOT_LEN])
{
	(void)fprintf(out, "    %s ", name);
	for (size_t i = 0; i < ELAPSED_BOOT_LEN; i++)
		(void)fprintf(out, "%02x", boot[i]);
	(void)fputc('\n', out);
}

static void put_number(FILE *out, const char *name, int64_t number)
{
	(void)fprintf(out, "    %s %" PRId64 "\n", name, number);
}

static void print_record(const struct permit_record *record, FILE *out)
{
	const struct elapsed *since = &record->since_approval;

	(void)fprintf(out, "record {\n    stage %s\n    used %u\n", permit_stage_name(record->stage),
		      record->used);
	put_number(out, "approved", since->wall_s);
	put_number(out, "latest", since->latest_s);
	put_number(out, "elapsed", since->elapsed_us);
	put_number(out, "since", since->since_us);
	put_boot(out, "boot", since->boot);
	put_number(out, "span", record->span_s);
	put_number(out, "use-diskseq", (int64_t)record->use_diskseq);
	put_boot(out, "use-boot", record->use_boot);
	put_number(out, "bytes", (int64_t)record->bytes_written);
	put_number(out, "files", (int64_t)record->files_written);
	put_minute(out, "returned", record->returned);
	put(out, "erased-by", record->erased_by);
	(void)fputs("}\n", out);
}

int permit_print(const struct permit *permit, const struct permit_record *record, FILE *out)
{
	(void)fputs("permit ", out);
	scfg_print_word(out, permit->number);
	(void)fputs(" {\n", out);
	put(out, "purpose", permit->purpose);
	put(out, "classification", permit->classification);
	put(out, "medium", permit->medium);
	put(out, "terminal", permit->terminal);
	put(out, "user", permit->user);
	put(out, "section", permit->section);
	put(out, "access", permit_access_name(permit->access));
	put_minute(out, "from", permit->from);
	put_minute(out, "until", permit->until);
	(void)fprintf(out, "    uses %u\n", permit->uses);
	put(out, "carrier", permit->carrier);
	put(out, "destination", permit->destination);
	put(out, "note", permit->note);
	put(out, "requester", permit->requester);
	put(out, "approver", permit->approver);
	(void)fputs("}\n", out);
	if (record)
		print_record(record, out);
	return ferror(out) ? -EIO : 0;
}
