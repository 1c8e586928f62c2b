/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/media_trail.h"

#include "core/clock.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static const char *text_of(const json_t *entry, const char *key)
{
	const char *text = json_string_value(json_object_get(entry, key));

	return text ? text : "";
}

static uint64_t number_of(const json_t *entry, const char *key)
{
	json_int_t number = json_integer_value(json_object_get(entry, key));

	return number > 0 ? (uint64_t)number : 0;
}

/* Only what it says replaces what was known. */
static void take(char *out, size_t size, const json_t *entry, const char *key)
{
	if (*text_of(entry, key))
		(void)snprintf(out, size, "%s", text_of(entry, key));
}

static bool begins(const char *type, const char *with)
{
	return strncmp(type, with, strlen(with)) == 0;
}

/* What was plugged in; not what people said of it. */
static bool is_sight(const char *type)
{
	return begins(type, "device.") || begins(type, "medium.") ||
	       strcmp(type, "media.seen") == 0 || strcmp(type, "permit.use") == 0;
}

static void take_sight(struct media_trail *trail, const char *type, const json_t *entry,
		       uint64_t seq, policy_minute at)
{
	if (trail->reported != 0)
		return;
	trail->seen = at;
	trail->seen_seq = seq;
	(void)snprintf(trail->seen_as, sizeof(trail->seen_as), "%s", type);
	take(trail->user, sizeof(trail->user), entry, "user");
	if (*text_of(entry, "cipher")) {
		trail->evidence = at;
		take(trail->cipher, sizeof(trail->cipher), entry, "cipher");
		take(trail->kdf, sizeof(trail->kdf), entry, "kdf");
		trail->key_bits = number_of(entry, "key_bits");
	}
}

/* A use names its permit; what that says stands in the entries of its approval. */
static void take_permit(struct media_trail *trail, const char *type, const json_t *entry)
{
	const char *number = text_of(entry, "permit");

	if (!*number || trail->reported != 0)
		return;
	if (strcmp(number, trail->permit) != 0) {
		(void)snprintf(trail->permit, sizeof(trail->permit), "%s", number);
		trail->purpose[0] = trail->permit_user[0] = trail->approver[0] = '\0';
		trail->carrier[0] = trail->destination[0] = '\0';
	}
	take(trail->purpose, sizeof(trail->purpose), entry, "purpose");
	take(trail->approver, sizeof(trail->approver), entry, "approver");
	take(trail->carrier, sizeof(trail->carrier), entry, "carrier");
	take(trail->destination, sizeof(trail->destination), entry, "destination");
	if (strcmp(type, "permit.request") == 0 || strcmp(type, "permit.use") == 0)
		take(trail->permit_user, sizeof(trail->permit_user), entry, "user");
}

static void take_erasure(struct media_trail *trail, const json_t *entry, policy_minute at)
{
	if (!*text_of(entry, "erased_by"))
		return;
	trail->erased = at;
	trail->files_of_uses = trail->bytes_of_uses = 0;
	trail->files_of_permits = trail->bytes_of_permits = 0;
}

static void take_loss(struct media_trail *trail, const json_t *entry, policy_minute at)
{
	if (trail->reported != 0)
		return; /* it was known before: the terms run from then */
	trail->reported = trail->noticed = at;
	(void)policy_minute_parse(text_of(entry, "noticed"), 'T', &trail->noticed);
	take(trail->reporter, sizeof(trail->reporter), entry, "user");
	take(trail->note, sizeof(trail->note), entry, "note");
}

int media_trail_take(const struct log_entry *entry, void *ctx, struct err *err)
{
	json_auto_t *json = json_loadb(entry->text, entry->len, JSON_REJECT_DUPLICATES, NULL);
	policy_minute at = policy_minute_from_clock(entry->wall_us / CLOCK_US_PER_SEC);
	struct media_trail *trail = ctx;
	const char *type = text_of(json, "type");

	(void)err;
	trail->is_broken |= entry->kind == LOG_ENTRY_BROKEN || !json;
	if (strcmp(type, "terminal.state") == 0)
		take(trail->terminal, sizeof(trail->terminal), json, "terminal");
	if (strcmp(text_of(json, "medium_number"), trail->number) != 0)
		return 0;
	if (is_sight(type))
		take_sight(trail, type, json, entry->seq, at);
	if (begins(type, "permit."))
		take_permit(trail, type, json);
	if (strcmp(type, "medium.files") == 0) {
		trail->files_of_uses += number_of(json, "files");
		trail->bytes_of_uses += number_of(json, "bytes");
	} else if (strcmp(type, "permit.end") == 0) {
		trail->files_of_permits += number_of(json, "files");
		trail->bytes_of_permits += number_of(json, "bytes");
	} else if (strcmp(type, "media.return") == 0 || strcmp(type, "permit.close") == 0) {
		take_erasure(trail, json, at);
	} else if (strcmp(type, "media.lost") == 0) {
		take_loss(trail, json, at);
	} else if (strcmp(type, "media.found") == 0) {
		trail->reported = 0;
	}
	return 0;
}
