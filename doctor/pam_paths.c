/* SPDX-License-Identifier: Apache-2.0 */

#include "doctor/pam_paths.h"

#include "doctor/pam_walk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS_FIRST 1024 /* a power of two */
#define NO_PARENT UINT32_MAX
#define NO_CODE UINT8_MAX /* from auth to account: no step was run */

struct node {
	struct pam_state state;
	uint32_t parent;
	uint8_t code; /* what the step of the parent returned */
};

struct search {
	const struct pam_stack *stack;
	enum pam_part part;
	struct pam_module *modules; /* of each step */
	struct node *nodes;
	size_t n_nodes;
	size_t nodes_room;
	uint32_t *slots; /* index + 1 of a node, by its state */
	size_t n_slots;
	struct pam_paths *paths;
};

static uint64_t hash_of(const struct pam_state *s)
{
	uint64_t h = s->saved * UINT64_C(0x9e3779b97f4a7c15);

	h ^= (uint64_t)s->at << 16 | (uint64_t)s->impression << 8 | s->status;
	h ^= (uint64_t)(s->collected | s->settled << 1 | s->factor << 2 | s->root << 3 |
			s->account << 4)
	     << 40;
	h *= UINT64_C(0xff51afd7ed558ccd);
	return h ^ h >> 32;
}

static bool is_same(const struct pam_state *a, const struct pam_state *b)
{
	return a->saved == b->saved && a->at == b->at && a->account == b->account &&
	       a->impression == b->impression && a->status == b->status &&
	       a->collected == b->collected && a->settled == b->settled && a->factor == b->factor &&
	       a->root == b->root;
}

static int grow(struct search *s)
{
	size_t n = s->n_slots ? 2 * s->n_slots : SLOTS_FIRST;
	struct node *nodes = reallocarray(s->nodes, n / 2, sizeof(*nodes));
	uint32_t *slots = nodes ? calloc(n, sizeof(*slots)) : NULL;

	if (nodes)
		s->nodes = nodes;
	if (!slots)
		return -ENOMEM;
	for (size_t i = 0; i < s->n_nodes; i++) {
		size_t at = hash_of(&nodes[i].state) & (n - 1);

		while (slots[at])
			at = (at + 1) & (n - 1);
		slots[at] = (uint32_t)i + 1;
	}
	free(s->slots);
	s->slots = slots;
	s->n_slots = n;
	s->nodes_room = n / 2;
	return 0;
}

/* A state to go on from, unless it has been come by before, on a path no longer. */
static int visit(struct search *s, const struct pam_state *state, uint32_t parent,
		 unsigned int code)
{
	size_t at;
	int rc = s->n_nodes == s->nodes_room ? grow(s) : 0;

	if (rc < 0)
		return rc;
	for (at = hash_of(state) & (s->n_slots - 1); s->slots[at];
	     at = (at + 1) & (s->n_slots - 1)) {
		if (is_same(&s->nodes[s->slots[at] - 1].state, state))
			return 0;
	}
	if (s->n_nodes >= PAM_STATES_MAX) {
		s->paths->is_too_large = true;
		return 0;
	}
	s->nodes[s->n_nodes] = (struct node){ *state, parent, (uint8_t)code };
	s->slots[at] = (uint32_t)++s->n_nodes;
	return 0;
}

static bool copy_path(const struct search *s, uint32_t last, struct pam_path *path)
{
	size_t n = 0;

	for (uint32_t i = last; s->nodes[i].parent != NO_PARENT; i = s->nodes[i].parent)
		n += s->nodes[i].code != NO_CODE;
	path->passed = calloc(n + 1, sizeof(*path->passed));
	if (!path->passed)
		return false;
	for (uint32_t i = last; s->nodes[i].parent != NO_PARENT; i = s->nodes[i].parent) {
		const struct node *parent = &s->nodes[s->nodes[i].parent];

		if (s->nodes[i].code == NO_CODE)
			continue;
		path->passed[--n] = (struct pam_passed){ parent->state.at, s->nodes[i].code };
		path->n_passed++;
	}
	path->is_there = true;
	return true;
}

/* The program lets in.  @last: the node at whose end that is. */
static int let_in(struct search *s, uint32_t last)
{
	const struct pam_state *state = &s->nodes[last].state;
	enum pam_way way = state->root     ? PAM_WAY_ROOT
			   : state->factor ? PAM_WAY_FACTOR
					   : PAM_WAY_NOTHING;
	struct pam_path *path = &s->paths->ways[way];

	if (state->settled) {
		s->paths->is_code_enough = true;
		return 0;
	}
	if (path->is_there && (!path->changes_password || state->status == PAM_STATUS_CHANGE))
		return 0;
	free(path->passed); /* a longer way, that whoever need not change his password goes too */
	*path = (struct pam_path){ 0 };
	path->changes_password = state->status == PAM_STATUS_CHANGE;
	return copy_path(s, last, path) ? 0 : -ENOMEM;
}

/* At the end of a part.  An account part without a line refuses. */
static int finish(struct search *s, uint32_t last)
{
	struct pam_state state = s->nodes[last].state;

	if (!pam_walk_is_success(&state))
		return 0;
	if (state.account || s->part == PAM_PART_AUTH)
		return let_in(s, last);
	state.account = true;
	state.impression = PAM_IMPRESSION_NONE;
	state.status = PAM_STATUS_FAILURE;
	state.saved = 0;
	return visit(s, &state, last, NO_CODE);
}

/* Of paths of one length the first is shown: with the results that people know. */
static unsigned int in_order(unsigned int i)
{
	static const unsigned int first[] = { PAM_CODE_SUCCESS, PAM_CODE_IGNORE,
					      PAM_CODE_AUTH_ERR };
	const unsigned int n = sizeof(first) / sizeof(first[0]);

	if (i < n)
		return first[i];
	i -= n;
	for (unsigned int code = 0; code < PAM_CODES; code++) {
		bool is_first = false;

		for (unsigned int k = 0; k < n; k++)
			is_first = is_first || first[k] == code;
		if (!is_first && i-- == 0)
			return code;
	}
	return PAM_CODE_INCOMPLETE;
}

static int go_on(struct search *s, uint32_t from)
{
	struct pam_state state = s->nodes[from].state;
	struct pam_state next;

	if (state.at == pam_walk_end(s->stack, &state))
		return finish(s, from);
	for (unsigned int i = 0; i < PAM_CODES; i++) {
		unsigned int code = in_order(i);
		int rc = 0;

		if (pam_walk_step(s->stack, &state, &s->modules[state.at], code, &next))
			rc = visit(s, &next, from, code);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int search_all(struct search *s)
{
	struct pam_state start = { 0 };
	int rc;

	if (s->part == PAM_PART_ACCOUNT) {
		start.account = true;
		start.at = (uint16_t)s->stack->n_auth;
	}
	rc = visit(s, &start, NO_PARENT, NO_CODE);
	for (uint32_t i = 0; rc == 0 && i < s->n_nodes; i++)
		rc = go_on(s, i);
	return rc;
}

int pam_paths_find(const struct pam_stack *stack, const struct pam_world *world, enum pam_part part,
		   struct pam_paths *ret)
{
	struct search search = { .stack = stack, .part = part, .paths = ret };
	int rc;

	*ret = (struct pam_paths){ .is_too_large = stack->is_too_large };
	if (stack->is_refusing)
		return 0;
	search.modules = calloc(stack->n_steps + 1, sizeof(*search.modules));
	if (!search.modules)
		return -ENOMEM;
	for (size_t i = 0; i < stack->n_steps; i++) {
		search.modules[i] = pam_module_of(&stack->steps[i], i >= stack->n_auth, world);
		if (search.modules[i].takes == PAM_TAKES_ACCOUNT && stack->is_strict)
			search.modules[i].takes = PAM_TAKES_STRICT;
	}
	rc = search_all(&search);
	free(search.modules);
	free(search.nodes);
	free(search.slots);
	return rc;
}

void pam_paths_done(struct pam_paths *paths)
{
	for (size_t i = 0; i < PAM_WAYS; i++)
		free(paths->ways[i].passed);
	*paths = (struct pam_paths){ 0 };
}
