/* SPDX-License-Identifier: Apache-2.0 */

#include "support/log_maker.h"

#include "audit/key_step.h"
#include "audit/record.h"
#include "core/err.h"
#include "support/folder.h"

#include <inttypes.h>
#include <sodium.h>
#include <string.h>

#define N_STICKS 5000
#define START_US INT64_C(1775000000000000) /* 2026-03-31T23:33:20Z */
#define KEYS_MAX 16                        /* changes of the identity key */
#define IDENTITY UINT64_MAX                /* instead of the number of an epoch */

struct pair {
	uint8_t public[crypto_sign_PUBLICKEYBYTES];
	uint8_t secret[crypto_sign_SECRETKEYBYTES];
};

struct log_maker {
	struct log_maker_options options;
	struct note_key key;
	struct pair identity;
	struct pair current;
	struct pair next;
	struct pair taken;
	struct segment_head state; /* tree: with what was added; check: of the last commit */
	FILE *segment;
	uint64_t written; /* bytes of the segment */
	struct epoch_step *steps;
	size_t n_steps;
	struct key_step keys[KEYS_MAX];
	size_t n_keys;
	int64_t wall_us;
	int64_t boot_us;
	bool failed;
};

static void make_pair(uint64_t seed, uint64_t number, struct pair *ret)
{
	uint64_t text[2] = { seed, number };
	uint8_t bytes[crypto_sign_SEEDBYTES];

	(void)crypto_generichash(bytes, sizeof(bytes), (const uint8_t *)text, sizeof(text), NULL,
				 0);
	(void)crypto_sign_seed_keypair(ret->public, ret->secret, bytes);
}

static void make_epoch(const struct log_maker *maker, uint64_t number, struct pair *ret)
{
	uint64_t from = maker->options.forged_from;

	make_pair(from > 0 && number >= from ? ~maker->options.seed : maker->options.seed, number,
		  ret);
}

static void keep_step(struct log_maker *maker, const struct epoch_step *step)
{
	struct epoch_step *more =
		reallocarray(maker->steps, maker->n_steps + 1, sizeof(*maker->steps));

	if (!more) {
		maker->failed = true;
		return;
	}
	maker->steps = more;
	maker->steps[maker->n_steps++] = *step;
}

struct log_maker *log_maker_new(const struct log_maker_options *options)
{
	struct log_maker *maker = calloc(1, sizeof(*maker));
	struct epoch_step first = { 0 };
	char enrolment[EPOCH_ENROLMENT_LEN + 1];
	struct err err = { 0 };

	if (!maker || sodium_init() < 0)
		return maker;
	maker->options = *options;
	make_pair(options->seed, IDENTITY, &maker->identity);
	make_pair(options->seed, 0, &maker->current);
	make_epoch(maker, 1, &maker->next);
	make_pair(options->seed, options->taken_in_epoch, &maker->taken);
	memcpy(maker->state.next.public, maker->current.public, NOTE_PUBLIC_SIZE);
	first.next = maker->state.next;
	keep_step(maker, &first);
	epoch_enrolment(maker->current.public, enrolment);
	if (options->origin)
		(void)snprintf(maker->state.origin, sizeof(maker->state.origin), "%s",
			       options->origin);
	else
		(void)snprintf(maker->state.origin, sizeof(maker->state.origin),
			       "sekisho.local/t/%s/%s", options->terminal, enrolment);
	maker->failed |=
		note_key_init(&maker->key, maker->state.origin, maker->identity.public, &err) < 0;
	maker->wall_us = START_US;
	maker->boot_us = 1000000;
	return maker;
}

static void put(struct log_maker *maker, const char *text, size_t len)
{
	char path[512];
	char name[SEGMENT_NAME_LEN + 1];

	if (!maker->segment && !maker->failed) {
		segment_name_format(maker->state.tree.size, name);
		(void)snprintf(path, sizeof(path), "%s/%s", maker->options.dir, name);
		maker->segment = fopen(path, "we");
		maker->written = 0;
	}
	if (!maker->segment || fwrite(text, 1, len, maker->segment) != len)
		maker->failed = true;
	maker->written += len;
}

static void begin_segment(struct log_maker *maker)
{
	char text[SEGMENT_HEAD_MAX];
	size_t len = segment_head_format(&maker->state, text);

	put(maker, text, len);
}

static void close_segment(struct log_maker *maker)
{
	if (maker->segment && fclose(maker->segment) != 0)
		maker->failed = true;
	maker->segment = NULL;
}

static void append(struct log_maker *maker, char *line, size_t len)
{
	uint8_t leaf[TREE_HASH_SIZE];

	tree_leaf_hash(line, len, leaf);
	line[len++] = '\n';
	put(maker, line, len);
	tree_append(&maker->state.tree, leaf);
}

/* About what a blocked stick says, one of a city's. */
static void add_record(struct log_maker *maker, struct record *record)
{
	char serial[32];
	const struct audit_field fields[] = {
		{ "vid", "0951" },
		{ "pid", "1666" },
		{ "serial", serial },
		{ "vendor", "Kingston" },
		{ "product", "DataTraveler 3.0" },
		{ "bus", "usb" },
		{ "port", "1-1.2" },
		{ "interfaces", "0:storage" },
		{ "user", "suzuki" },
		{ "rule", "default" },
		{ "policy", "city" },
		{ "version", "12" },
		{ "zone", "mynumber" },
		{ "reason", "nothing allows it" },
	};
	char line[RECORD_MAX + 2];
	struct err err = { 0 };
	size_t len = 0;

	(void)snprintf(serial, sizeof(serial), "60A44C41%08" PRIX64, record->seq % N_STICKS);
	if (record->n_fields == 0 && strcmp(record->type, "device.block") == 0) {
		record->fields = fields;
		record->n_fields = sizeof(fields) / sizeof(fields[0]);
	}
	maker->failed |= record_write(record, line, &len, &err) < 0;
	append(maker, line, len);
}

void log_maker_add(struct log_maker *maker, const char *type, const struct audit_field *fields,
		   size_t n_fields)
{
	char boot[RECORD_BOOT_LEN + 1];
	struct record record = { .seq = maker->state.tree.size,
				 .wall_us = maker->wall_us,
				 .boot_us = maker->boot_us,
				 .boot = boot,
				 .type = type ? type : "device.block",
				 .pid = 612,
				 .fields = fields,
				 .n_fields = n_fields };
	int64_t pause_us = maker->options.step_us ? maker->options.step_us : 1000000;

	(void)snprintf(boot, sizeof(boot), "%016" PRIx64, maker->options.seed);
	memcpy(record.salt, &record.seq, sizeof(record.seq));
	memcpy(record.salt + 8, &maker->options.seed, sizeof(maker->options.seed));
	if (!maker->segment)
		begin_segment(maker);
	add_record(maker, &record);
	maker->wall_us += pause_us;
	maker->boot_us += pause_us;
}

void log_maker_raw(struct log_maker *maker, const char *line, size_t len)
{
	cleanup_free char *copy = malloc(len + 1);

	if (!maker->segment)
		begin_segment(maker);
	if (!copy) {
		maker->failed = true;
		return;
	}
	memcpy(copy, line, len);
	append(maker, copy, len);
}

void log_maker_rotate(struct log_maker *maker, enum log_maker_key_form form)
{
	char text[NOTE_VKEY_MAX];
	char epoch[24];
	char signature[NOTE_SIG_TEXT];
	const struct audit_field fields[] = { { "key", text },
					      { "epoch", epoch },
					      { "epoch_sig", signature } };
	struct key_step step = { .epoch = maker->state.next.number, .seq = maker->state.tree.size };
	char certificate[KEY_TEXT_MAX];
	struct err err = { 0 };
	size_t len;

	make_pair(maker->options.seed, IDENTITY - maker->state.tree.size, &maker->identity);
	maker->failed |=
		note_key_init(&maker->key, maker->state.origin, maker->identity.public, &err) < 0;
	step.key = maker->key;
	note_key_format(&maker->key, text);
	len = key_certificate_format(step.seq, maker->state.origin, text, certificate);
	(void)crypto_sign_detached(step.signature, NULL, (const uint8_t *)certificate, len,
				   form == LOG_MAKER_KEY_FORGED ? maker->next.secret
								: maker->current.secret);
	(void)snprintf(epoch, sizeof(epoch), "%" PRIu64, step.epoch);
	(void)sodium_bin2base64(signature, sizeof(signature), step.signature, NOTE_SIGNATURE_SIZE,
				sodium_base64_VARIANT_ORIGINAL);
	log_maker_add(maker, KEY_ENTRY, fields, form == LOG_MAKER_KEY_BARE ? 1 : 3);
	if (form != LOG_MAKER_KEY_BARE && maker->n_keys < KEYS_MAX)
		maker->keys[maker->n_keys++] = step;
}

static void sign(const struct log_maker *maker, struct segment_check *check)
{
	struct checkpoint checkpoint = { .size = check->size };
	char text[CHECKPOINT_BODY_MAX];
	const struct pair *pair = check->epoch < maker->options.taken_in_epoch &&
						  check->size > maker->options.taken_size
					  ? &maker->taken
					  : &maker->current;
	size_t len;

	strcpy(checkpoint.origin, maker->state.origin);
	memcpy(checkpoint.root, check->root, sizeof(check->root));
	len = checkpoint_format(&checkpoint, text);
	(void)crypto_sign_detached(check->signature, NULL, (const uint8_t *)text, len,
				   pair->secret);
}

void log_maker_commit(struct log_maker *maker)
{
	struct segment_check *check = &maker->state.check;
	char text[SEGMENT_CHECK_MAX];
	size_t len;

	check->size = maker->state.tree.size;
	check->epoch = maker->state.next.number;
	tree_root(&maker->state.tree, check->root);
	sign(maker, check);
	maker->state.signer = maker->state.next;
	len = segment_check_format(check, text);
	put(maker, text, len);
	if (maker->options.segment_max > 0 && maker->written > maker->options.segment_max)
		close_segment(maker);
}

void log_maker_epoch(struct log_maker *maker, const char *reason)
{
	uint64_t number = maker->state.next.number + 1;
	struct epoch_step step = { .next.number = number };
	char certificate[EPOCH_TEXT_MAX];
	char text[3][NOTE_SIG_TEXT];
	const struct audit_field fields[] = {
		{ "epoch", text[0] },
		{ "epoch_key", text[1] },
		{ "epoch_sig", text[2] },
		{ "reason", reason },
	};
	size_t len;

	memcpy(step.next.public, maker->next.public, NOTE_PUBLIC_SIZE);
	len = epoch_certificate_format(&step.next, maker->state.origin, certificate);
	(void)crypto_sign_detached(step.signature, NULL, (const uint8_t *)certificate, len,
				   number == maker->options.forged_from ? maker->next.secret
									: maker->current.secret);
	(void)snprintf(text[0], sizeof(text[0]), "%" PRIu64, number);
	(void)sodium_bin2base64(text[1], sizeof(text[1]), step.next.public, NOTE_PUBLIC_SIZE,
				sodium_base64_VARIANT_ORIGINAL);
	(void)sodium_bin2base64(text[2], sizeof(text[2]), step.signature, NOTE_SIGNATURE_SIZE,
				sodium_base64_VARIANT_ORIGINAL);
	log_maker_add(maker, EPOCH_ENTRY, fields, sizeof(fields) / sizeof(fields[0]));
	log_maker_commit(maker);
	keep_step(maker, &step);
	maker->state.next = step.next;
	maker->current = maker->next;
	make_epoch(maker, number + 1, &maker->next);
}

const struct segment_head *log_maker_head(const struct log_maker *maker)
{
	return &maker->state;
}

const struct note_key *log_maker_key(const struct log_maker *maker)
{
	return &maker->key;
}

static size_t format_checkpoint(const struct log_maker *maker, char *out)
{
	const struct segment_check *check = &maker->state.check;
	struct checkpoint checkpoint = { .size = check->size };
	uint8_t signature[NOTE_SIGNATURE_SIZE];
	char body[CHECKPOINT_BODY_MAX];
	struct note_key epoch;
	size_t len;

	strcpy(checkpoint.origin, maker->state.origin);
	memcpy(checkpoint.root, check->root, sizeof(check->root));
	len = checkpoint_format(&checkpoint, body);
	(void)crypto_sign_detached(signature, NULL, (const uint8_t *)body, len,
				   maker->identity.secret);
	len = checkpoint_note_format(&checkpoint, &maker->key, signature, out);
	if (epoch_note_key(&maker->state.signer, maker->state.origin, &epoch))
		len += note_signature_format(&epoch, check->signature, out + len);
	return len;
}

bool log_maker_finish(struct log_maker *maker)
{
	char text[SEGMENT_HEAD_MAX];
	size_t len = segment_head_format(&maker->state, text);

	close_segment(maker);
	if (!folder_write(maker->options.dir, SEGMENT_HEAD_FILE, text, len))
		return false;
	len = format_checkpoint(maker, text);
	if (!folder_write(maker->options.dir, CHECKPOINT_FILE, text, len))
		return false;
	note_key_format(&maker->key, text);
	strcat(text, "\n");
	return folder_write(maker->options.dir, "vkey", text, strlen(text)) && !maker->failed;
}

bool log_maker_certify(struct log_maker *maker)
{
	cleanup_free char *text = malloc(maker->n_steps * EPOCH_TEXT_MAX + KEYS_MAX * KEY_TEXT_MAX);
	size_t len = 0;

	for (size_t i = 0; text && i < maker->n_steps; i++) {
		len += epoch_line_format(&maker->steps[i], text + len);
		for (size_t k = 0; k < maker->n_keys; k++) {
			if (maker->keys[k].epoch == i)
				len += key_line_format(&maker->keys[k], text + len);
		}
	}
	return text && folder_write(maker->options.dir, EPOCH_LIST_FILE, text, len);
}

void log_maker_free(struct log_maker *maker)
{
	close_segment(maker);
	free(maker->steps);
	free(maker);
}
