/* SPDX-License-Identifier: Apache-2.0 */

/* What is left of rights and system calls to who lists a medium. */

#pragma once

struct err;

/* For the rest of this process.  Return: 0 or the error. */
int list_filter_install(struct err *err);
