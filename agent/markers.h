/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The markers that the udev rules look for are the agent's alone.  Here each is
 * compared with what was decided: one that somebody took is made again, one
 * that somebody made is taken away.
 */

#pragma once

#include "agent/findings.h"

struct judge;
struct storage;

/* What is known of the marker for new keyboards. */
enum markers_input {
	MARKERS_INPUT_UNKNOWN = 0, /* it could not be set */
	MARKERS_INPUT_ABSENT = 1,
	MARKERS_INPUT_PRESENT = 2,
};

void markers_check(struct findings *findings, const struct judge *judge,
		   const struct storage *storage, const char *gate_dir, enum markers_input input);
