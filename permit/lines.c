/* SPDX-License-Identifier: Apache-2.0 */

/* Which statements there are: reading, writing, the log and lists go by them. */

#include "permit/internal.h"
#include "policy/load_internal.h"

#include <inttypes.h>
#include <stdlib.h>

static const struct permit_line permit_lines[] = {
	{ "purpose", "purpose", PERMIT_NAME_VALUE, PERMIT_FIELD(permit, purpose) },
	{ "classification", "classification", PERMIT_NAME_VALUE,
	  PERMIT_FIELD(permit, classification) },
	{ "medium", "medium_number", PERMIT_NAME_VALUE, PERMIT_FIELD(permit, medium) },
	{ "terminal", "terminal", PERMIT_NAME_VALUE, PERMIT_FIELD(permit, terminal) },
	{ "user", "user", PERMIT_NAME_VALUE, PERMIT_FIELD(permit, user) },
	{ "section", "section", PERMIT_NAME_VALUE, PERMIT_FIELD(permit, section) },
	{ "access", "access", PERMIT_ACCESS_VALUE, PERMIT_FIELD(permit, access) },
	{ "from", "from", PERMIT_MINUTE_VALUE, PERMIT_FIELD(permit, from) },
	{ "until", "until", PERMIT_MINUTE_VALUE, PERMIT_FIELD(permit, until) },
	{ "uses", "uses", PERMIT_COUNT_VALUE, PERMIT_FIELD(permit, uses) },
	{ "requester", "requester", PERMIT_NAME_VALUE, PERMIT_FIELD(permit, requester) },
	{ "approver", "approver", PERMIT_NAME_VALUE, PERMIT_FIELD(permit, approver) },
	{ "carrier", "carrier", PERMIT_TEXT_VALUE, PERMIT_FIELD(permit, carrier) },
	{ "destination", "destination", PERMIT_TEXT_VALUE, PERMIT_FIELD(permit, destination) },
	{ "company", "company", PERMIT_TEXT_VALUE, PERMIT_FIELD(permit, company) },
	{ "contract", "contract", PERMIT_TEXT_VALUE, PERMIT_FIELD(permit, contract) },
	{ "worker", "worker", PERMIT_TEXT_VALUE, PERMIT_FIELD(permit, worker) },
	{ "subcontract", "subcontract", PERMIT_TEXT_VALUE, PERMIT_FIELD(permit, subcontract) },
	{ "usb", "usb", PERMIT_TEXT_VALUE, PERMIT_FIELD(permit, usb) },
	{ "serial", "serial", PERMIT_TEXT_VALUE, PERMIT_FIELD(permit, serial) },
	{ "scan", "scan", PERMIT_TEXT_VALUE, PERMIT_FIELD(permit, scan) },
	{ "expected", "expected", PERMIT_TEXT_VALUE, PERMIT_FIELD(permit, expected) },
	{ "note", "note", PERMIT_TEXT_VALUE, PERMIT_FIELD(permit, note) },
};

static const struct permit_line record_lines[] = {
	{ "stage", "stage", PERMIT_STAGE_VALUE, PERMIT_FIELD(permit_record, stage) },
	{ "used", "used", PERMIT_COUNT_VALUE, PERMIT_FIELD(permit_record, used) },
	PERMIT_ELAPSED(permit_record, since_approval),
	{ "span", NULL, PERMIT_NUMBER_VALUE, PERMIT_FIELD(permit_record, span_s) },
	{ "use-diskseq", NULL, PERMIT_NUMBER_VALUE, PERMIT_FIELD(permit_record, use_diskseq) },
	{ "use-boot", NULL, PERMIT_BOOT_VALUE, PERMIT_FIELD(permit_record, use_boot) },
	{ "bytes", "bytes", PERMIT_NUMBER_VALUE, PERMIT_FIELD(permit_record, bytes_written) },
	{ "files", "files", PERMIT_NUMBER_VALUE, PERMIT_FIELD(permit_record, files_written) },
	{ "returned", NULL, PERMIT_MINUTE_VALUE, PERMIT_FIELD(permit_record, returned) },
	{ "erased-by", "erased_by", PERMIT_NAME_VALUE, PERMIT_FIELD(permit_record, erased_by) },
};
_Static_assert(sizeof(uint64_t) == sizeof(int64_t), "both are numbers");

const struct permit_block permit_block = { permit_lines, N_ELEMENTS(permit_lines) };
const struct permit_block permit_record_block = { record_lines, N_ELEMENTS(record_lines) };

static void print_boot(const uint8_t *boot, char out[static PERMIT_VALUE_TEXT])
{
	for (size_t i = 0; i < ELAPSED_BOOT_LEN; i++)
		(void)snprintf(out + 2 * i, 3, "%02x", boot[i]);
}

const char *permit_value_text(const struct permit_line *line, const void *from,
			      char out[static PERMIT_VALUE_TEXT])
{
	const void *at = (const char *)from + line->at;

	*out = '\0';
	switch (line->value) {
	case PERMIT_NAME_VALUE:
	case PERMIT_TEXT_VALUE:
		return at;
	case PERMIT_MINUTE_VALUE:
		if (*(const policy_minute *)at != 0)
			policy_minute_stamp(*(const policy_minute *)at, out);
		return out;
	case PERMIT_COUNT_VALUE:
		(void)snprintf(out, PERMIT_VALUE_TEXT, "%u", *(const unsigned int *)at);
		return out;
	case PERMIT_NUMBER_VALUE:
		(void)snprintf(out, PERMIT_VALUE_TEXT, "%" PRId64, *(const int64_t *)at);
		return out;
	case PERMIT_ACCESS_VALUE:
		return permit_access_name(*(const enum permit_access *)at);
	case PERMIT_STAGE_VALUE:
		return permit_stage_name(*(const enum permit_stage *)at);
	case PERMIT_BOOT_VALUE:
		print_boot(at, out);
		return out;
	}
	abort();
}

static void each(const struct permit_block *block, const void *from, permit_pair *add, void *ctx)
{
	char text[PERMIT_VALUE_TEXT];

	for (size_t i = 0; i < block->n; i++) {
		const struct permit_line *line = &block->lines[i];

		if (line->key)
			add(ctx, line->key, permit_value_text(line, from, text));
	}
}

void permit_each(const struct permit *permit, permit_pair *add, void *ctx)
{
	each(&permit_block, permit, add, ctx);
}

void permit_record_each(const struct permit_record *record, permit_pair *add, void *ctx)
{
	each(&permit_record_block, record, add, ctx);
}
