/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/order.h"

#include "core/err.h"
#include "core/parse.h"
#include "policy/load_internal.h"

#include <errno.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <string.h>

#define NUMBER_MAX (UINT64_C(1) << 53) /* what every JSON reader can hold */
#define TERMINAL_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-"

/* An order being read: a loader that needs none of a policy's arrays. */
struct reader {
	struct loader l;
	struct order *order;
	bool has_zone;
};

static void read_number(struct reader *r, const struct scfg_directive *d)
{
	struct err ignored = { 0 };

	if (!load_takes(&r->l, d, 1))
		return;
	if (parse_u64(d->params[0].text, NUMBER_MAX, &r->order->number, &ignored) < 0 ||
	    r->order->number == 0)
		load_fail(&r->l, &d->params[0],
			  "'%s' is no number; remedy: one above that of the terminal's last order",
			  d->params[0].text);
}

static void read_zone(struct reader *r, const struct scfg_directive *d)
{
	if (!load_takes(&r->l, d, 1))
		return;
	r->has_zone = true;
	if (!zone_from_name(d->params[0].text, &r->order->zone) ||
	    r->order->zone == ZONE_UNASSIGNED)
		load_fail(&r->l, &d->params[0],
			  "an order names a zone; remedy: mynumber, lgwan or internet");
}

static void read_valid_until(struct reader *r, const struct scfg_directive *d)
{
	if (load_takes(&r->l, d, 1))
		(void)load_until(&r->l, &d->params[0], &r->order->valid_until);
}

static void read_text(struct reader *r, const struct scfg_directive *d, char *out)
{
	if (!load_takes(&r->l, d, 1))
		return;
	if (strlen(d->params[0].text) >= POLICY_TEXT_MAX)
		load_fail(&r->l, &d->params[0], "'%s' is at most %d bytes; remedy: shorten it",
			  d->name.text, POLICY_TEXT_MAX - 1);
	else
		strcpy(out, d->params[0].text);
}

static void read_reason(struct reader *r, const struct scfg_directive *d)
{
	read_text(r, d, r->order->reason);
}

static void read_ticket(struct reader *r, const struct scfg_directive *d)
{
	read_text(r, d, r->order->ticket);
}

static void read_erase_certificate(struct reader *r, const struct scfg_directive *d)
{
	read_text(r, d, r->order->erase_certificate);
}

static void read_users(struct reader *r, const struct scfg_directive *d)
{
	struct order *order = r->order;

	if (d->n_params == 0 || d->children.n_directives > 0)
		load_fail(&r->l, &d->name, "remedy: user NAME...");
	for (size_t i = 0; i < d->n_params; i++) {
		const struct scfg_word *word = &d->params[i];

		if (order->n_users == ORDER_USERS_MAX) {
			load_limit(&r->l, word, "more than %zu users; remedy: leave some out",
				   ORDER_USERS_MAX);
			return;
		}
		if (!load_is_word_of(word->text, LOAD_SERVICE_CHARACTERS, POLICY_WORD_MAX)) {
			load_fail(&r->l, word, "'%s' cannot be a user; remedy: a login name",
				  word->text);
			return;
		}
		strcpy(order->users[order->n_users++], word->text);
	}
}

static void read_role(struct reader *r, const struct scfg_word *word, struct order_signer *signer)
{
	if (strcmp(word->text, "policy") == 0)
		signer->may_sign_policies = true;
	else if (strcmp(word->text, "order") == 0)
		signer->may_sign_orders = true;
	else if (strcmp(word->text, "register") == 0)
		signer->may_sign_registers = true;
	else
		load_fail(&r->l, word, "'%s' is no role; remedy: policy, order or register",
			  word->text);
}

/* One person with two keys would count twice, one key under two names too. */
static void check_signer(struct reader *r, const struct scfg_directive *d,
			 const struct order_signer *signer)
{
	for (size_t i = 0; i < r->order->n_signers; i++) {
		const struct order_signer *other = &r->order->signers[i];

		if (strcasecmp(other->person, signer->person) == 0 ||
		    memcmp(other->key.public, signer->key.public, NOTE_PUBLIC_SIZE) == 0) {
			load_fail(&r->l, &d->name,
				  "this person or this key stands there already; remedy: "
				  "one line for each person, each with a key of his own");
			return;
		}
	}
}

static void read_signer(struct reader *r, const struct scfg_directive *d)
{
	struct order_signer *signer = &r->order->signers[r->order->n_signers];
	struct err err = { 0 };

	if (d->n_params < 3 || d->children.n_directives > 0) {
		load_fail(&r->l, &d->name, "remedy: signer PERSON KEY policy order");
		return;
	}
	if (r->order->n_signers == ORDER_SIGNERS_MAX) {
		load_limit(&r->l, &d->name, "more than %zu signers; remedy: leave some out",
			   ORDER_SIGNERS_MAX);
		return;
	}
	*signer = (struct order_signer){ 0 };
	if (!load_is_word_of(d->params[0].text, LOAD_SERVICE_CHARACTERS, POLICY_WORD_MAX)) {
		load_fail(&r->l, &d->params[0],
			  "'%s' cannot be a person; remedy: a login name or a staff number",
			  d->params[0].text);
		return;
	}
	strcpy(signer->person, d->params[0].text);
	if (note_key_parse(d->params[1].text, strlen(d->params[1].text), &signer->key, &err) < 0) {
		load_fail(&r->l, &d->params[1], "%s", err.text);
		return;
	}
	for (size_t i = 2; i < d->n_params; i++)
		read_role(r, &d->params[i], signer);
	check_signer(r, d, signer);
	r->order->n_signers++;
}

static const struct line {
	const char *name;
	bool repeats;
	void (*read)(struct reader *r, const struct scfg_directive *d);
} lines[] = {
	{ "number", false, read_number },
	{ "zone", false, read_zone },
	{ "valid-until", false, read_valid_until },
	{ "reason", false, read_reason },
	{ "ticket", false, read_ticket },
	{ "erase-certificate", false, read_erase_certificate },
	{ "user", true, read_users },
	{ "signer", true, read_signer },
};

static void read_line(struct reader *r, const struct scfg_directive *d, uint32_t *seen)
{
	for (size_t i = 0; i < N_ELEMENTS(lines); i++) {
		if (strcmp(lines[i].name, d->name.text) != 0)
			continue;
		if (!lines[i].repeats && *seen & 1u << i)
			load_fail(&r->l, &d->name, "'%s' stands twice; remedy: delete one",
				  d->name.text);
		else
			lines[i].read(r, d);
		*seen |= 1u << i;
		return;
	}
	load_fail(&r->l, &d->name,
		  "unknown word '%s' in an order; remedy: number, zone, valid-until, reason, "
		  "ticket, erase-certificate, user or signer",
		  d->name.text);
}

/* Two people who may sign the next one, or the terminal could never be moved again. */
static void check_whole(struct reader *r, const struct scfg_directive *d)
{
	size_t n = 0;

	for (size_t i = 0; i < r->order->n_signers; i++)
		n += r->order->signers[i].may_sign_orders;
	if (r->order->number == 0)
		load_fail(&r->l, &d->name, "the order has no number; remedy: add a line: number 1");
	if (!r->has_zone)
		load_fail(&r->l, &d->name,
			  "the order names no zone; remedy: add a line: zone lgwan");
	if (n < 2)
		load_fail(&r->l, &d->name,
			  "an order names at least two people who may sign orders; "
			  "remedy: add lines: signer PERSON KEY order");
}

static void read_order(struct reader *r, const struct scfg_block *block)
{
	static const struct scfg_word start = { .line = 1, .column = 1 };
	const struct scfg_directive *d = block->n_directives > 0 ? &block->directives[0] : NULL;
	size_t n_before = r->l.diags->n_errors;
	uint32_t seen = 0;

	if (block->n_directives != 1 || strcmp(d->name.text, "order") != 0 || d->n_params != 1 ||
	    !load_is_word_of(d->params[0].text, TERMINAL_CHARACTERS, ORDER_TERMINAL_MAX)) {
		load_fail(&r->l, d ? &d->name : &start,
			  "this is no order; remedy: order TERMINAL { ... }, and nothing else");
		return;
	}
	strcpy(r->order->terminal, d->params[0].text);
	for (size_t i = 0; i < d->children.n_directives; i++)
		read_line(r, &d->children.directives[i], &seen);
	if (r->l.diags->n_errors == n_before)
		check_whole(r, d);
}

int order_load(const char *file, const char *text, size_t len, struct order *ret,
	       struct diags *diags)
{
	cleanup_scfg struct scfg_block *block = NULL;
	struct order order = { 0 };
	struct reader r = { .l = { .file = file, .diags = diags }, .order = &order };
	size_t n_before = diags->n_errors;

	if (load_check_text(&r.l, text, len) && scfg_parse(file, text, len, &block, diags) == 0)
		read_order(&r, block);
	if (diags->n_errors > n_before)
		return diags->code;
	*ret = order;
	return 0;
}

int order_check_signatures(const struct note *note, const struct order *trusted, char *ret_people,
			   struct err *err)
{
	size_t n = 0;
	size_t used = 0;

	ret_people[0] = '\0';
	for (size_t i = 0; i < trusted->n_signers; i++) {
		const struct order_signer *signer = &trusted->signers[i];

		if (!signer->may_sign_orders || !note_is_signed_by(note, &signer->key))
			continue;
		n++;
		/* Sixteen long names do not fit: those that do are named, all are counted. */
		if (used + 1 + strlen(signer->person) < ERR_TEXT_MAX)
			used += (size_t)snprintf(ret_people + used, ERR_TEXT_MAX - used, "%s%s",
						 used > 0 ? " " : "", signer->person);
	}
	if (n < 2)
		return err_set(err, -EKEYREJECTED,
			       "the order is signed by %zu of the people who may, and needs two; "
			       "remedy: sekisho order sign",
			       n);
	return 0;
}

int order_check_succession(const struct order *order, const struct order *present,
			   policy_minute now, struct err *err)
{
	if (present && strcmp(order->terminal, present->terminal) != 0)
		return err_set(err, -EXDEV,
			       "the order is for terminal %s, and this one is %s; "
			       "remedy: have one made for this terminal",
			       order->terminal, present->terminal);
	if (present && order->number <= present->number)
		return err_set(err, -ESTALE,
			       "the order's number %llu is not above that of the last one, %llu; "
			       "remedy: have a newer one made",
			       (unsigned long long)order->number,
			       (unsigned long long)present->number);
	if (order->valid_until != 0 && now > order->valid_until)
		return err_set(err, -ETIME,
			       "the order was to be installed before today; "
			       "remedy: have a newer one made");
	return 0;
}

const struct order_signer *order_policy_signer(const struct note *policy,
					       const struct order *trusted)
{
	for (size_t i = 0; i < trusted->n_signers; i++) {
		const struct order_signer *signer = &trusted->signers[i];

		if (signer->may_sign_policies && note_is_signed_by(policy, &signer->key))
			return signer;
	}
	return NULL;
}

const struct order_signer *order_register_signer(const struct note *ledger,
						 const struct order *trusted)
{
	for (size_t i = 0; i < trusted->n_signers; i++) {
		const struct order_signer *signer = &trusted->signers[i];

		if (signer->may_sign_registers && note_is_signed_by(ledger, &signer->key))
			return signer;
	}
	return NULL;
}

enum zone zone_stricter(enum zone a, enum zone b)
{
	static const int strictness[ZONES] = {
		[ZONE_INTERNET] = 0,
		[ZONE_LGWAN] = 1,
		[ZONE_UNASSIGNED] = 2, /* no medium opens before somebody has said where it is */
		[ZONE_MYNUMBER] = 3,
	};

	return strictness[a] >= strictness[b] ? a : b;
}

void order_hash(const char *bytes, size_t len, char ret[static ORDER_HASH_MAX])
{
	struct sha256_ctx ctx;
	uint8_t digest[SHA256_DIGEST_SIZE];

	sha256_init(&ctx);
	sha256_update(&ctx, len, (const uint8_t *)bytes);
	sha256_digest(&ctx, sizeof(digest), digest);
	for (size_t i = 0; i < sizeof(digest); i++)
		(void)snprintf(ret + 2 * i, 3, "%02x", digest[i]);
}
