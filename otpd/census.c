/* SPDX-License-Identifier: Apache-2.0 */

#include "otpd/census.h"

#include "core/err.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

struct person {
	char file[STORE_NAME_SIZE];
	bool is_active;
	bool is_damaged;
	uint8_t n_ids;
	char *name; /* NULL: the file does not say */
	char *ids[MFA_TOKENS_MAX];
};

/* One token of one person; ids drawn at random may be alike. */
struct holding {
	const char *id;              /* the person's */
	const struct person *person; /* NULL: anybody, to look up */
};

static int by_file(const void *a, const void *b)
{
	const struct person *one = a, *two = b;

	return strcmp(one->file, two->file);
}

static int by_id(const void *a, const void *b)
{
	const struct holding *one = a, *two = b;
	int order = strcmp(one->id, two->id);

	if (order != 0 || !one->person || !two->person)
		return order;
	return strcmp(one->person->file, two->person->file);
}

/* What is like @key in the tree; where there is nothing, a copy of it.  NULL: no memory. */
static void *enter(void **tree, const void *key, size_t size,
		   int (*compare)(const void *, const void *))
{
	void *copy = malloc(size);
	void **node;

	if (!copy)
		return NULL;
	memcpy(copy, key, size);
	node = tsearch(copy, tree, compare);
	if (!node || *node != copy)
		free(copy);
	return node ? *node : NULL;
}

static void leave(struct census *census, const struct person *person, const char *id)
{
	const struct holding key = { id, person };
	void **node = tfind(&key, &census->tokens, by_id);
	void *holding = node ? *node : NULL;

	if (!holding)
		return;
	(void)tdelete(&key, &census->tokens, by_id);
	free(holding);
}

static void person_wipe(struct person *person)
{
	for (size_t i = 0; i < person->n_ids; i++)
		free(person->ids[i]);
	person->n_ids = 0;
	free(person->name);
	person->name = NULL;
}

static void forget(struct census *census, struct person *person)
{
	census->n_active -= person->is_active;
	census->n_damaged -= person->is_damaged;
	for (size_t i = 0; i < person->n_ids; i++)
		leave(census, person, person->ids[i]);
	person_wipe(person);
	person->is_active = person->is_damaged = false;
}

static bool hold(struct census *census, struct person *person, const char *id)
{
	char *copy = strdup(id);
	const struct holding holding = { copy, person };

	if (!copy)
		return false;
	person->ids[person->n_ids++] = copy;
	return enter(&census->tokens, &holding, sizeof(holding), by_id) != NULL;
}

static bool remember(struct census *census, struct person *person, const struct mfa_user *user)
{
	person->name = strdup(user->name);
	if (!person->name)
		return false;
	person->is_active = mfa_user_find(user, TOKEN_ACTIVE) >= 0;
	census->n_active += person->is_active;
	for (size_t i = 0; i < MFA_TOKENS_MAX; i++) {
		if (user->tokens[i].state != TOKEN_NONE &&
		    !hold(census, person, user->tokens[i].id))
			return false;
	}
	return true;
}

void census_note(struct census *census, const char file[static STORE_NAME_SIZE],
		 const struct mfa_user *user)
{
	struct person key = { 0 };
	struct person *person;

	strcpy(key.file, file);
	person = enter(&census->people, &key, sizeof(key), by_file);
	if (!person) {
		census->is_broken = true;
		return;
	}
	forget(census, person);
	if (user) {
		census->is_broken |= !remember(census, person, user);
		return;
	}
	person->is_damaged = true;
	census->n_damaged++;
}

int census_holder(const struct census *census, const char *id, char ret[static MFA_USER_MAX],
		  struct err *err)
{
	const struct holding key = { id, NULL };
	void *const *node = tfind(&key, &census->tokens, by_id);

	*ret = '\0';
	if (census->is_broken)
		return err_set(err, -ENOMEM, "out of memory");
	if (node)
		strcpy(ret, ((const struct holding *)*node)->person->name);
	return 0;
}

static void person_free(void *person)
{
	person_wipe(person);
	free(person);
}

void census_done(struct census *census)
{
	tdestroy(census->tokens, free);
	tdestroy(census->people, person_free);
	*census = (struct census){ 0 };
}
