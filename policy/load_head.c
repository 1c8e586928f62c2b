/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/load_internal.h"

#include "core/err.h"
#include "core/parse.h"

#include <errno.h>
#include <string.h>

#define VERSION_MAX (UINT64_C(1) << 53) /* what every JSON reader can hold */

static void read_version(struct loader *l, const struct scfg_directive *d)
{
	struct err ignored = { 0 };

	if (!load_takes(l, d, 1))
		return;
	if (parse_u64(d->params[0].text, VERSION_MAX, &l->policy->version, &ignored) < 0 ||
	    l->policy->version == 0)
		load_fail(l, &d->params[0],
			  "'%s' is no version; remedy: a number above that of the last policy",
			  d->params[0].text);
}

static void read_expires(struct loader *l, const struct scfg_directive *d)
{
	l->policy->expires_at = load_place(l, &d->name);
	if (load_takes(l, d, 1))
		(void)load_until(l, &d->params[0], &l->policy->expires);
}

static void read_when_expired(struct loader *l, const struct scfg_directive *d)
{
	if (!load_takes(l, d, 1))
		return;
	for (enum expired expired = EXPIRED_BLOCK; expired <= EXPIRED_KEEP; expired++) {
		if (strcmp(expired_name(expired), d->params[0].text) == 0) {
			l->policy->when_expired = expired;
			return;
		}
	}
	load_fail(l, &d->params[0], "'%s' is unknown here; remedy: block, read-only or keep",
		  d->params[0].text);
}

static const struct line {
	const char *name;
	void (*read)(struct loader *l, const struct scfg_directive *d);
} lines[] = {
	{ "version", read_version },
	{ "expires", read_expires },
	{ "when-expired", read_when_expired },
};

static void read_line(struct loader *l, const struct scfg_directive *d, uint32_t *seen)
{
	for (size_t i = 0; i < N_ELEMENTS(lines); i++) {
		if (strcmp(lines[i].name, d->name.text) != 0)
			continue;
		if (*seen & 1u << i)
			load_fail(l, &d->name, "'%s' stands twice; remedy: delete one",
				  d->name.text);
		else
			lines[i].read(l, d);
		*seen |= 1u << i;
		return;
	}
	load_fail(l, &d->name, "unknown word '%s'; remedy: version, expires or when-expired",
		  d->name.text);
}

void load_head(struct loader *l, const struct scfg_directive *d)
{
	uint32_t seen = 0;

	if (d->n_params != 1 ||
	    !load_is_word_of(d->params[0].text, LOAD_ID_CHARACTERS, POLICY_ID_MAX)) {
		load_fail(l, &d->name,
			  "a policy has a name of a-z, 0-9 and '-'; "
			  "remedy: policy NAME { ... }");
		return;
	}
	if (l->has_head || l->depth > 0) {
		load_fail(l, &d->name,
			  "'policy' stands once, in the file that includes the others; "
			  "remedy: delete this one");
		return;
	}
	l->has_head = true;
	l->policy->expires_at = load_place(l, &d->name);
	l->policy->name = load_text(l, d->params[0].text);
	for (size_t i = 0; i < d->children.n_directives; i++)
		read_line(l, &d->children.directives[i], &seen);
}
