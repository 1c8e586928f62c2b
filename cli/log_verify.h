/* SPDX-License-Identifier: Apache-2.0 */

#pragma once

struct err;

/* sekisho log verify: 0 proven, 1 tampered, 2 incomplete, 3 wrong usage or unreadable. */
int log_verify(int argc, char *argv[], struct err *err);
