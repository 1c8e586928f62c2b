/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/load_internal.h"

#include "core/err.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int read_need(struct loader *l, const struct scfg_word *word, enum code_need *ret)
{
	static const struct {
		const char *name;
		enum code_need need;
	} needs[] = {
		{ "required", CODE_REQUIRED },
		{ "optional", CODE_OPTIONAL },
		{ "none", CODE_NONE },
	};

	for (size_t i = 0; i < N_ELEMENTS(needs); i++) {
		if (strcmp(needs[i].name, word->text) == 0) {
			*ret = needs[i].need;
			return 0;
		}
	}
	return scfg_fail(l->file, word, -EINVAL, l->err,
			 "unknown need '%s'; remedy: required, optional or none", word->text);
}

/* @service NULL: the line for every service without one of its own. */
static int add_code(struct loader *l, struct policy_zone *zone, const struct scfg_word *at,
		    const char *service, enum code_need need)
{
	struct policy_code *grown;

	for (size_t i = 0; i < zone->n_codes; i++) {
		const char *other = zone->codes[i].service;

		if (service ? other && strcmp(other, service) == 0 : !other)
			return scfg_fail(l->file, at, -EINVAL, l->err,
					 "a second line for the same service; remedy: delete one");
	}
	if (zone->n_codes == POLICY_VALUES_MAX)
		return scfg_fail(l->file, at, -E2BIG, l->err,
				 "more than %d services; remedy: use the line for all",
				 POLICY_VALUES_MAX);
	grown = reallocarray(zone->codes, zone->n_codes + 1, sizeof(*grown));
	if (!grown)
		return load_out_of_memory(l);
	zone->codes = grown;
	zone->codes[zone->n_codes] = (struct policy_code){ .need = need };
	if (service) {
		zone->codes[zone->n_codes].service = strdup(service);
		if (!zone->codes[zone->n_codes].service)
			return load_out_of_memory(l);
	}
	zone->n_codes++;
	return 0;
}

static int read_code(struct loader *l, const struct scfg_directive *d, struct policy_zone *zone)
{
	enum code_need need = CODE_REQUIRED;
	int rc;

	if (strcmp(d->name.text, "code") != 0 || d->n_params == 0 || d->children.n_directives > 0)
		return scfg_fail(l->file, &d->name, -EINVAL, l->err,
				 "unknown line in a zone; remedy: code VALUE [SERVICE...]");
	rc = read_need(l, &d->params[0], &need);
	if (rc == 0 && d->n_params == 1)
		return add_code(l, zone, &d->name, NULL, need);
	for (size_t i = 1; rc == 0 && i < d->n_params; i++) {
		const char *service = d->params[i].text;

		rc = load_is_word_of(service,
				     "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "0123456789._-",
				     POLICY_ID_MAX)
			     ? add_code(l, zone, &d->params[i], service, need)
			     : scfg_fail(
				       l->file, &d->params[i], -EINVAL, l->err,
				       "'%s' is no PAM service; remedy: a file name in /etc/pam.d",
				       service);
	}
	return rc;
}

int load_zone(struct loader *l, const struct scfg_directive *d)
{
	struct policy_zone *zone;
	enum zone which;
	int rc = 0;

	if (d->n_params != 1 || !zone_from_name(d->params[0].text, &which))
		return scfg_fail(l->file, d->n_params > 0 ? &d->params[0] : &d->name, -EINVAL,
				 l->err,
				 "no such zone; remedy: mynumber, lgwan, internet or unassigned");
	zone = &l->policy->zones[which];
	if (zone->present)
		return scfg_fail(l->file, &d->name, -EINVAL, l->err,
				 "zone '%s' stands twice; remedy: join the two", d->params[0].text);
	if (d->children.n_directives == 0)
		return scfg_fail(l->file, &d->name, -EINVAL, l->err,
				 "zone '%s' is empty; remedy: fill or delete it",
				 d->params[0].text);
	zone->present = true;
	for (size_t i = 0; rc == 0 && i < d->children.n_directives; i++)
		rc = read_code(l, &d->children.directives[i], zone);
	return rc;
}
