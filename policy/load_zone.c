/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/load_internal.h"

#include "core/err.h"
#include "core/parse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW_MAX 10 /* steps to either side */
#define FREE_MAX 20
#define DURATION_MAX_S 86400

/* A zone being read. */
struct zone_reader {
	struct loader *l;
	enum zone which;
	struct policy_zone *zone;
};

static bool is_service(struct loader *l, const struct scfg_word *word)
{
	if (load_is_word_of(word->text, LOAD_SERVICE_CHARACTERS, POLICY_ID_MAX))
		return true;
	load_fail(l, word, "'%s' is no PAM service; remedy: a file name in /etc/pam.d", word->text);
	return false;
}

static bool read_need(struct loader *l, const struct scfg_word *word, enum code_need *ret)
{
	for (enum code_need need = CODE_REQUIRED; need <= CODE_NONE; need++) {
		if (strcmp(code_need_name(need), word->text) == 0) {
			*ret = need;
			return true;
		}
	}
	load_fail(l, word, "unknown need '%s'; remedy: required, optional or none", word->text);
	return false;
}

static bool has_code(const struct zone_reader *r, const char *service)
{
	for (size_t i = 0; i < r->zone->n_codes; i++) {
		policy_text other = r->zone->codes[i].service;

		if (strcmp(policy_word(r->l->policy, other), service) == 0)
			return true;
	}
	return false;
}

/* @service "": the line for every service without one of its own; @like: what else it says. */
static void add_code(struct zone_reader *r, const struct scfg_word *at, const char *service,
		     const struct policy_code *like)
{
	struct policy_zone *zone = r->zone;
	struct policy_code *grown;

	if (has_code(r, service)) {
		load_fail(r->l, at, "a second line for the same service; remedy: delete one");
		return;
	}
	if (zone->n_codes == POLICY_SERVICES_MAX) {
		load_limit(r->l, at, "more than %zu services; remedy: use the line for all",
			   POLICY_SERVICES_MAX);
		return;
	}
	grown = reallocarray(zone->codes, zone->n_codes + 1, sizeof(*grown));
	if (!grown) {
		load_out_of_memory(r->l);
		return;
	}
	zone->codes = grown;
	zone->codes[zone->n_codes] = *like;
	zone->codes[zone->n_codes].service = load_text(r->l, service);
	zone->codes[zone->n_codes++].at = load_place(r->l, at);
}

/* Says so when a line that stands once has been read already. */
static bool stands_twice(struct zone_reader *r, const struct scfg_directive *d, bool is_set)
{
	if (is_set)
		load_fail(r->l, &d->name, "'%s' stands twice; remedy: delete one", d->name.text);
	return is_set;
}

/* "30s", "5m", "1h" */
static bool read_duration(struct loader *l, const struct scfg_word *word, uint32_t *ret_s)
{
	static const struct {
		char letter;
		uint32_t seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 } };
	char *end = NULL;
	unsigned long n =
		word->text[0] >= '0' && word->text[0] <= '9' ? strtoul(word->text, &end, 10) : 0;

	for (size_t i = 0; n > 0 && n <= DURATION_MAX_S && i < N_ELEMENTS(units); i++) {
		if (end[0] == units[i].letter && end[1] == '\0' &&
		    n * units[i].seconds <= DURATION_MAX_S) {
			*ret_s = (uint32_t)n * units[i].seconds;
			return true;
		}
	}
	load_fail(l, word, "'%s' is no length of time; remedy: as 30s, 5m or 1h, at most 24h",
		  word->text);
	return false;
}

/* A token's code has one of two lengths; the line says which, for a user's own must stay untold. */
static bool read_one_answer(struct loader *l, const struct scfg_word *word, uint32_t *ret_digits)
{
	if (strcmp(word->text, "6") == 0 || strcmp(word->text, "8") == 0) {
		*ret_digits = (uint32_t)(word->text[0] - '0');
		return true;
	}
	load_fail(l, word, "'%s' is no length of a code; remedy: 6 or 8, as the tokens show",
		  word->text);
	return false;
}

/*
 * Grace is a session's, so it is for services that one session calls again and again; one answer
 * is for programs that show no prompt.  Both at once nobody could follow: whether the code is to
 * be typed this time would be seen nowhere.
 */
static bool read_block(struct zone_reader *r, const struct scfg_directive *d,
		       struct policy_code *code)
{
	const struct scfg_directive *line = d->children.directives;
	bool is_grace;

	if (d->children.n_directives == 0)
		return true;
	is_grace = strcmp(line->name.text, "grace") == 0;
	if (d->children.n_directives > 1 ||
	    (!is_grace && strcmp(line->name.text, "one-answer") != 0)) {
		load_fail(r->l, &line->name,
			  "only one line 'grace TIME' or 'one-answer DIGITS' can stand here; "
			  "remedy: delete the others");
		return false;
	}
	if (code->need == CODE_NONE || d->n_params == 1) {
		load_fail(r->l, &line->name,
			  "'%s' is for services named in the line that asks for a code; "
			  "remedy: code required SERVICE { ... }",
			  line->name.text);
		return false;
	}
	if (!load_takes(r->l, line, 1))
		return false;
	return is_grace ? read_duration(r->l, &line->params[0], &code->grace_s)
			: read_one_answer(r->l, &line->params[0], &code->one_answer);
}

static void read_code(struct zone_reader *r, const struct scfg_directive *d)
{
	struct policy_code code = { .need = CODE_REQUIRED };

	if (d->n_params == 0) {
		load_fail(r->l, &d->name, "'code' needs a value; remedy: code NEED [SERVICE...]");
		return;
	}
	if (!read_need(r->l, &d->params[0], &code.need) || !read_block(r, d, &code))
		return;
	if (d->n_params == 1)
		add_code(r, &d->name, "", &code);
	for (size_t i = 1; i < d->n_params; i++) {
		if (is_service(r->l, &d->params[i]))
			add_code(r, &d->params[i], d->params[i].text, &code);
	}
}

static void read_window(struct zone_reader *r, const struct scfg_directive *d)
{
	struct err ignored = { 0 };
	uint64_t steps = 0;

	if (!load_takes(r->l, d, 1))
		return;
	if (parse_u64(d->params[0].text, WINDOW_MAX, &steps, &ignored) < 0)
		load_fail(r->l, &d->params[0], "'%s' is no window; remedy: 0 to %d steps",
			  d->params[0].text, WINDOW_MAX);
	r->zone->window_steps = (uint32_t)steps + 1;
}

static void read_throttle(struct zone_reader *r, const struct scfg_directive *d)
{
	struct err ignored = { 0 };
	uint64_t free_failures = 0;

	if (d->n_params != 3 || d->children.n_directives > 0) {
		load_fail(r->l, &d->name,
			  "'throttle' takes three values; "
			  "remedy: throttle FAILURES FIRST-WAIT LONGEST-WAIT, "
			  "as in: throttle 5 1m 1h");
		return;
	}
	if (parse_u64(d->params[0].text, FREE_MAX, &free_failures, &ignored) < 0 ||
	    free_failures == 0)
		load_fail(r->l, &d->params[0], "'%s' is no number of failures; remedy: 1 to %d",
			  d->params[0].text, FREE_MAX);
	r->zone->free_failures = (uint32_t)free_failures;
	if (read_duration(r->l, &d->params[1], &r->zone->first_wait_s) &&
	    read_duration(r->l, &d->params[2], &r->zone->most_wait_s) &&
	    r->zone->most_wait_s < r->zone->first_wait_s)
		load_fail(r->l, &d->params[2],
			  "the longest wait is shorter than the first; remedy: exchange the two");
}

static void read_exemption_line(struct zone_reader *r, const struct scfg_directive *d,
				struct policy_exemption *exemption)
{
	if (strcmp(d->name.text, "service") == 0) {
		if (!stands_twice(r, d, exemption->service != 0) && load_takes(r->l, d, 1) &&
		    is_service(r->l, &d->params[0]))
			exemption->service = load_text(r->l, d->params[0].text);
	} else if (strcmp(d->name.text, "user") == 0) {
		if (!stands_twice(r, d, exemption->user != 0))
			exemption->user = load_note(r->l, d);
	} else if (strcmp(d->name.text, "reason") == 0) {
		if (!stands_twice(r, d, exemption->reason != 0))
			exemption->reason = load_note(r->l, d);
	} else if (strcmp(d->name.text, "ticket") == 0) {
		if (!stands_twice(r, d, exemption->ticket != 0))
			exemption->ticket = load_note(r->l, d);
	} else if (strcmp(d->name.text, "until") == 0) {
		if (!stands_twice(r, d, exemption->until != 0) && load_takes(r->l, d, 1))
			(void)load_until(r->l, &d->params[0], &exemption->until);
	} else {
		load_fail(r->l, &d->name,
			  "unknown word '%s'; remedy: service, user, reason, ticket or until",
			  d->name.text);
	}
}

static void check_exemption(struct zone_reader *r, const struct scfg_directive *d,
			    const struct policy_exemption *exemption)
{
	if (exemption->reason == 0 || exemption->until == 0)
		load_fail(r->l, &d->name,
			  "an exemption names a reason and an end; remedy: add reason and until");
	else if (exemption->service == 0 && exemption->user == 0)
		load_fail(r->l, &d->name,
			  "this exempts everybody everywhere; "
			  "remedy: add service or user");
	for (size_t i = 0; i < r->zone->n_exemptions; i++) {
		if (strcmp(policy_word(r->l->policy, r->zone->exemptions[i].id),
			   d->params[0].text) == 0)
			load_fail(r->l, &d->params[0],
				  "exemption '%s' stands twice; "
				  "remedy: give this one another id",
				  d->params[0].text);
	}
}

static void read_exemption(struct zone_reader *r, const struct scfg_directive *d)
{
	struct policy_exemption exemption = { .at = load_place(r->l, &d->name) };
	size_t n_before = r->l->diags->n_errors;
	struct policy_exemption *grown;

	if (d->n_params != 1 ||
	    !load_is_word_of(d->params[0].text, LOAD_ID_CHARACTERS, POLICY_ID_MAX)) {
		load_fail(r->l, &d->name, "an exemption has an id; remedy: exempt ID { ... }");
		return;
	}
	if (r->zone->n_exemptions == POLICY_SERVICES_MAX) {
		load_limit(r->l, &d->name, "more than %zu exemptions; remedy: use the line for all",
			   POLICY_SERVICES_MAX);
		return;
	}
	for (size_t i = 0; i < d->children.n_directives; i++)
		read_exemption_line(r, &d->children.directives[i], &exemption);
	if (r->l->diags->n_errors == n_before)
		check_exemption(r, d, &exemption);
	exemption.id = load_text(r->l, d->params[0].text);
	grown = reallocarray(r->zone->exemptions, r->zone->n_exemptions + 1, sizeof(*grown));
	if (!grown) {
		load_out_of_memory(r->l);
		return;
	}
	r->zone->exemptions = grown;
	r->zone->exemptions[r->zone->n_exemptions++] = exemption;
}

static void read_observe_line(struct zone_reader *r, const struct scfg_directive *d)
{
	if (strcmp(d->name.text, "exception") == 0) {
		if (!stands_twice(r, d, r->zone->observe_exception != 0))
			r->zone->observe_exception = load_note(r->l, d);
	} else if (strcmp(d->name.text, "until") == 0) {
		if (!stands_twice(r, d, r->zone->observe_until != 0) && load_takes(r->l, d, 1))
			(void)load_until(r->l, &d->params[0], &r->zone->observe_until);
	} else {
		load_fail(r->l, &d->name, "unknown word '%s'; remedy: until or exception",
			  d->name.text);
	}
}

static void read_observe(struct zone_reader *r, const struct scfg_directive *d)
{
	size_t n_before = r->l->diags->n_errors;

	r->zone->observe_at = load_place(r->l, &d->name);
	if (d->n_params > 0)
		load_fail(r->l, &d->params[0], "'%s' takes no value; remedy: observe { ... }",
			  d->name.text);
	for (size_t i = 0; i < d->children.n_directives; i++)
		read_observe_line(r, &d->children.directives[i]);
	if (r->l->diags->n_errors > n_before)
		return;
	if (r->zone->observe_until == 0)
		load_fail(r->l, &d->name, "observing needs an end; remedy: add until");
	else if (r->which == ZONE_MYNUMBER && r->zone->observe_exception == 0)
		load_fail(r->l, &d->name,
			  "zone mynumber is not merely observed without a granted "
			  "exception; remedy: add its number as exception, or delete observe");
}

static void read_clause(struct zone_reader *r, const struct scfg_directive *d)
{
	r->zone->clause = load_note(r->l, d);
}

static void read_record_files(struct zone_reader *r, const struct scfg_directive *d)
{
	load_record_files(r->l, r->zone, d);
}

static void read_scan_record(struct zone_reader *r, const struct scfg_directive *d)
{
	load_scan_record(r->l, r->zone, d);
}

static const struct line {
	const char *name;
	bool repeats;
	void (*read)(struct zone_reader *r, const struct scfg_directive *d);
} lines[] = {
	{ "code", true, read_code },
	{ "window", false, read_window },
	{ "throttle", false, read_throttle },
	{ "exempt", true, read_exemption },
	{ "observe", false, read_observe },
	{ "clause", false, read_clause },
	{ "record-files", false, read_record_files },
	{ "scan-record", false, read_scan_record },
};

static void read_line(struct zone_reader *r, const struct scfg_directive *d, uint32_t *seen)
{
	for (size_t i = 0; i < N_ELEMENTS(lines); i++) {
		if (strcmp(lines[i].name, d->name.text) != 0)
			continue;
		if (!stands_twice(r, d, !lines[i].repeats && *seen & 1u << i))
			lines[i].read(r, d);
		*seen |= 1u << i;
		return;
	}
	load_fail(r->l, &d->name,
		  "unknown word '%s' in a zone; "
		  "remedy: code, window, throttle, exempt, observe, record-files, scan-record or "
		  "clause",
		  d->name.text);
}

void load_zone(struct loader *l, const struct scfg_directive *d)
{
	struct zone_reader r = { .l = l };
	uint32_t seen = 0;

	if (d->n_params != 1 || !zone_from_name(d->params[0].text, &r.which)) {
		load_fail(l, d->n_params > 0 ? &d->params[0] : &d->name,
			  "no such zone; remedy: mynumber, lgwan, internet or unassigned");
		return;
	}
	r.zone = &l->policy->zones[r.which];
	if (r.zone->present) {
		load_fail(l, &d->name, "zone '%s' stands twice; remedy: join the two",
			  d->params[0].text);
		return;
	}
	if (d->children.n_directives == 0)
		load_fail(l, &d->name, "zone '%s' is empty; remedy: fill or delete it",
			  d->params[0].text);
	r.zone->present = true;
	for (size_t i = 0; l->fatal == 0 && i < d->children.n_directives; i++)
		read_line(&r, &d->children.directives[i], &seen);
}
