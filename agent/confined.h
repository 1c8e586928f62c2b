/* SPDX-License-Identifier: Apache-2.0 */

/* What is left to sekishod once it has started: of root, and of the kernel. */

#pragma once

struct err;

/* For the rest of this process.  Return: 0 or the error of capset(2) or seccomp(2). */
int confined_begin(struct err *err);
