/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A register with what happened since: written as one text, and read again with
 * the stricter of two states wherever two events cannot both be.
 */

#include "core/err.h"
#include "ledger/internal.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* An event by its place in the log of its terminal, and in time. */
struct entry {
	const struct ledger_event *event;
	uint64_t seq;
	policy_minute at; /* as late as those before it there: a clock may have been set back */
};

static int compare_terminals(const struct entry *x, const struct entry *y)
{
	size_t x_len = ledger_terminal_len(x->event->id);
	size_t y_len = ledger_terminal_len(y->event->id);
	int order = memcmp(x->event->id, y->event->id, x_len < y_len ? x_len : y_len);

	if (order == 0)
		order = (x_len > y_len) - (x_len < y_len);
	if (order == 0)
		order = (x->seq > y->seq) - (x->seq < y->seq);
	return order != 0 ? order : strcmp(x->event->id, y->event->id);
}

static int compare_places(const void *a, const void *b)
{
	return compare_terminals(a, b);
}

static int compare_times(const void *a, const void *b)
{
	const struct entry *x = a;
	const struct entry *y = b;

	return x->at != y->at ? (x->at < y->at ? -1 : 1) : compare_terminals(x, y);
}

/* By time, each terminal's in the order of its log, whatever order they came in. */
static void sort(struct entry *entries, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *id = entries[i].event->id;

		entries[i].seq = strtoull(id + ledger_terminal_len(id) + 1, NULL, 10);
		entries[i].at = entries[i].event->at;
	}
	qsort(entries, n, sizeof(*entries), compare_places);
	for (size_t i = 1; i < n; i++) {
		const char *id = entries[i].event->id;
		const char *before = entries[i - 1].event->id;
		size_t len = ledger_terminal_len(id);

		if (len == ledger_terminal_len(before) && memcmp(id, before, len) == 0 &&
		    entries[i].at < entries[i - 1].at)
			entries[i].at = entries[i - 1].at;
	}
	qsort(entries, n, sizeof(*entries), compare_times);
}

static int compare_ids(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Events of both, each once, in their order; the caller frees the list. */
static struct entry *all_events(const struct ledger *base, const struct ledger *supplement,
				size_t *ret_n)
{
	cleanup_free struct entry *list =
		calloc(base->n_events + supplement->n_events + 1, sizeof(*list));
	cleanup_free const char **ids = calloc(base->n_events + 1, sizeof(*ids));
	size_t n = 0;

	if (!list || !ids)
		return NULL;
	for (size_t i = 0; i < base->n_events; i++) {
		list[n++].event = &base->events[i];
		ids[i] = base->events[i].id;
	}
	qsort(ids, base->n_events, sizeof(*ids), compare_ids);
	for (size_t i = 0; i < supplement->n_events; i++) {
		const struct ledger_event *event = &supplement->events[i];

		if (!bsearch(&event->id, ids, base->n_events, sizeof(*ids), compare_ids))
			list[n++].event = event;
	}
	sort(list, n);
	*ret_n = n;
	return take_ptr(&list);
}

static int print_both(const struct ledger *base, const struct ledger *supplement, FILE *out)
{
	const struct ledger alone = { .name = base->name,
				      .version = base->version,
				      .expires = base->expires,
				      .sections = base->sections,
				      .n_sections = base->n_sections,
				      .media = base->media,
				      .n_media = base->n_media };
	size_t n = 0;
	cleanup_free struct entry *events = all_events(base, supplement, &n);

	if (!events)
		return -ENOMEM;
	(void)ledger_print(&alone, out);
	for (size_t i = 0; i < supplement->n_media; i++) {
		if (!ledger_medium(base, supplement->media[i].number))
			ledger_print_medium(&supplement->media[i], out);
	}
	for (size_t i = 0; i < n; i++)
		ledger_print_event(events[i].event, out);
	return 0;
}

int ledger_merge(const struct ledger *base, const struct ledger *supplement, struct ledger **ret,
		 struct err *err)
{
	cleanup_free char *text = NULL;
	cleanup_diags struct diags diags = { 0 };
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	int rc = out ? print_both(base, supplement, out) : -ENOMEM;

	if (out && fclose(out) != 0)
		rc = -ENOMEM;
	if (rc < 0)
		return err_set(err, rc, "out of memory");
	if (ledger_read("register", text, len, NULL, true, ret, &diags) < 0)
		return diags_to_err(&diags, err);
	return 0;
}
