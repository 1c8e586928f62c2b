/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What the agent and the static rules gave away, looked at now and then: nobody
 * else's hand is to have widened it.
 */

#pragma once

#include "agent/findings.h"

struct judge;
struct storage;
struct udev;

struct given {
	struct findings findings;
	char input_detail[IPC_TEXT_MAX]; /* why new keyboards are not asked for, or empty */
};

/* From now on a new keyboard waits for the policy, or does not any more. */
void given_ask_input(struct given *given, struct judge *judge);

/* Ends the look that findings_begin() began.  Return: true when another one soon will know more. */
bool given_look(struct given *given, struct judge *judge, const struct storage *storage,
		struct udev *udev, const char *gate_dir);
