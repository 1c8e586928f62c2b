/* SPDX-License-Identifier: Apache-2.0 */

#include "doctor/pam_walk.h"

#include <string.h>

#define LEVEL_BITS 4

static enum pam_status status_of(unsigned int code)
{
	if (code == PAM_CODE_SUCCESS)
		return PAM_STATUS_SUCCESS;
	return code == PAM_CODE_NEW_AUTHTOK_REQD ? PAM_STATUS_CHANGE : PAM_STATUS_FAILURE;
}

size_t pam_walk_end(const struct pam_stack *stack, const struct pam_state *state)
{
	return state->account ? stack->n_steps : stack->n_auth;
}

/* The first step behind @at that is not in its substack any more. */
static size_t after_decision(const struct pam_stack *stack, size_t at, size_t end)
{
	size_t next = at + 1;

	while (next < end && stack->steps[next].level >= stack->steps[at].level)
		next++;
	return next;
}

/* Over so many modules, a substack being one.  Return: how many were too many. */
static int jump(const struct pam_stack *stack, size_t *at, size_t end, int n)
{
	unsigned int level = stack->steps[*at].level;

	while (*at + 1 < end && stack->steps[*at + 1].level >= level && n > 0) {
		do
			(*at)++;
		while (*at + 1 < end && stack->steps[*at + 1].level > level);
		n--;
	}
	return n;
}

static void count_good(struct pam_state *state, unsigned int code)
{
	if (state->impression == PAM_IMPRESSION_NONE ||
	    (state->impression == PAM_IMPRESSION_GOOD && state->status == PAM_STATUS_SUCCESS)) {
		state->impression = PAM_IMPRESSION_GOOD;
		state->status = (uint8_t)status_of(code);
	}
}

static void count_bad(struct pam_state *state, unsigned int code)
{
	if (state->impression != PAM_IMPRESSION_BAD) {
		state->impression = PAM_IMPRESSION_BAD;
		state->status = (uint8_t)status_of(code);
	}
}

static void restore(struct pam_state *state, unsigned int level)
{
	unsigned int saved = (unsigned int)(state->saved >> (LEVEL_BITS * (level % PAM_LEVEL_MAX)));

	state->impression = saved & 3;
	state->status = saved >> 2 & 3;
}

/* What an action makes of a result.  Return: the step that comes next. */
static size_t act(const struct pam_stack *stack, struct pam_state *state, int action,
		  unsigned int code)
{
	size_t end = pam_walk_end(stack, state);
	size_t at = state->at;

	switch (action) {
	case PAM_ACTION_IGNORE:
		return at + 1;
	case PAM_ACTION_OK:
		count_good(state, code);
		return at + 1;
	case PAM_ACTION_DONE:
		count_good(state, code);
		return state->impression == PAM_IMPRESSION_GOOD ? after_decision(stack, at, end)
								: at + 1;
	case PAM_ACTION_BAD:
		count_bad(state, code);
		return at + 1;
	case PAM_ACTION_DIE:
		count_bad(state, code);
		return after_decision(stack, at, end);
	case PAM_ACTION_RESET:
		restore(state, stack->steps[at].level);
		return at + 1;
	default:
		if (jump(stack, &at, end, action) > 0) { /* "bad jump in stack" */
			state->impression = PAM_IMPRESSION_BAD;
			state->status = PAM_STATUS_FAILURE;
		}
		return at + 1;
	}
}

/* Entering a substack keeps what "reset" goes back to; leaving one forgets it. */
static void move_to(const struct pam_stack *stack, struct pam_state *state, size_t next)
{
	unsigned int from = stack->steps[state->at].level;
	unsigned int to = next < pam_walk_end(stack, state) ? stack->steps[next].level : 0;
	uint64_t kept = (UINT64_C(1) << (LEVEL_BITS * ((to + 1) % PAM_LEVEL_MAX))) - 1;

	if (to + 1 < PAM_LEVEL_MAX)
		state->saved &= kept;
	if (to > from) {
		uint64_t now = (uint64_t)(state->impression | state->status << 2);
		unsigned int shift = LEVEL_BITS * (to % PAM_LEVEL_MAX);

		state->saved = (state->saved & ~(UINT64_C(15) << shift)) | now << shift;
	}
	state->at = (uint16_t)next;
}

/* What pam_sekisho.so has seen decides what it can return. */
static bool is_possible(const struct pam_state *state, enum pam_takes takes, unsigned int code)
{
	bool is_success = code == PAM_CODE_SUCCESS;
	bool is_ignore = code == PAM_CODE_IGNORE;

	switch (takes) {
	case PAM_TAKES_COLLECT: /* ignores only where the policy asks for no code */
		return !is_ignore;
	case PAM_TAKES_VERIFY:
		return state->collected ? !is_ignore : !is_success && !is_ignore;
	case PAM_TAKES_ACCOUNT:
		return state->collected ? is_success == state->settled && !is_ignore : is_ignore;
	case PAM_TAKES_STRICT:
		return is_success == (state->collected && state->settled) && !is_ignore;
	case PAM_TAKES_FACTOR:
	case PAM_TAKES_NOTHING:
	case PAM_TAKES_ROOT:
		return true;
	}
	return true;
}

static void note_success(struct pam_state *state, enum pam_takes takes)
{
	switch (takes) {
	case PAM_TAKES_COLLECT: /* a new session in the handle */
		state->collected = true;
		state->settled = false;
		break;
	case PAM_TAKES_VERIFY:
		state->settled = true;
		break;
	case PAM_TAKES_FACTOR:
		state->factor = state->factor || !state->account;
		break;
	case PAM_TAKES_ROOT:
		state->root = state->root || !state->account;
		break;
	case PAM_TAKES_NOTHING:
	case PAM_TAKES_ACCOUNT:
	case PAM_TAKES_STRICT:
		break;
	}
}

/*
 * Success with another impression than a good one is none (libpam's own sanity
 * check); an expired password is let in to change it, whatever the impression.
 */
bool pam_walk_is_success(const struct pam_state *state)
{
	if (state->status == PAM_STATUS_SUCCESS)
		return state->impression == PAM_IMPRESSION_GOOD;
	return state->account && state->status == PAM_STATUS_CHANGE;
}

bool pam_walk_step(const struct pam_stack *stack, const struct pam_state *state,
		   const struct pam_module *module, unsigned int code, struct pam_state *ret)
{
	const struct pam_step *step = &stack->steps[state->at];
	int action = step->is_all_bad ? PAM_ACTION_BAD : step->line->actions[code];
	struct pam_state next = *state;
	size_t to;

	if (step->is_marker) {
		move_to(stack, &next, (size_t)state->at + 1);
		*ret = next;
		return code == PAM_CODE_SUCCESS; /* runs nothing: once is enough */
	}
	if ((module->returns >> code & 1) == 0 || !is_possible(state, module->takes, code))
		return false;
	if (code == PAM_CODE_SUCCESS)
		note_success(&next, module->takes);
	to = act(stack, &next, action, code);
	move_to(stack, &next, to);
	*ret = next;
	return true;
}
