/* SPDX-License-Identifier: Apache-2.0 */

/* What is barred is said once, to the log and to the person, and judged again where it changes. */

#pragma once

struct agent;
struct err;

/* Join the judge, the register and the server; a timer keeps judging out of judging. */
int bars_init(struct agent *agent, struct err *err);
void bars_deinit(struct agent *agent);
