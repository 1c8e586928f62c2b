/* SPDX-License-Identifier: Apache-2.0 */

/* What the log gets of a medium whose sekishod is no more. */

#pragma once

struct watch;

/**
 * lost_report() - "medium.files", with what was counted
 *
 * Waits for the log, a minute at most: who comes after a sekishod that was
 * killed may have the log killed as well.  What it never took stands in the
 * journal.
 */
void lost_report(struct watch *watch);
