/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A register with what happened since: written as one text, and read again with
 * the stricter of two states wherever two events cannot both be.
 */

#include "core/err.h"
#include "ledger/internal.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

/* By time, then by name: whatever order they came in. */
static int compare_events(const void *a, const void *b)
{
	const struct ledger_event *x = *(const struct ledger_event *const *)a;
	const struct ledger_event *y = *(const struct ledger_event *const *)b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return strcmp(x->id, y->id);
}

static int compare_ids(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Events of both, each once, in their order; the caller frees the list. */
static const struct ledger_event **all_events(const struct ledger *base,
					      const struct ledger *supplement, size_t *ret_n)
{
	const struct ledger_event **list =
		calloc(base->n_events + supplement->n_events + 1, sizeof(*list));
	const char **ids = calloc(base->n_events + 1, sizeof(*ids));
	size_t n = 0;

	for (size_t i = 0; list && ids && i < base->n_events; i++) {
		list[n++] = &base->events[i];
		ids[i] = base->events[i].id;
	}
	if (list && ids)
		qsort(ids, base->n_events, sizeof(*ids), compare_ids);
	for (size_t i = 0; list && ids && i < supplement->n_events; i++) {
		const struct ledger_event *event = &supplement->events[i];

		if (!bsearch(&event->id, ids, base->n_events, sizeof(*ids), compare_ids))
			list[n++] = event;
	}
	if (list && ids)
		qsort(list, n, sizeof(*list), compare_events);
	*ret_n = n;
	if (!ids)
		free(take_ptr(&list));
	free(ids);
	return list;
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
	const struct ledger_event **events = all_events(base, supplement, &n);

	if (!events)
		return -ENOMEM;
	(void)ledger_print(&alone, out);
	for (size_t i = 0; i < supplement->n_media; i++) {
		if (!ledger_medium(base, supplement->media[i].number))
			ledger_print_medium(&supplement->media[i], out);
	}
	for (size_t i = 0; i < n; i++)
		ledger_print_event(events[i], out);
	free(events);
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
		return err_set(err, rc, "no memory is left; remedy: close programs");
	if (ledger_read("register", text, len, NULL, true, ret, &diags) < 0)
		return diags_to_err(&diags, err);
	return 0;
}
