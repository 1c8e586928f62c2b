/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The last thing that happens before a foreign byte is read: from here on this
 * process can read what is open, answer, and end.  Whatever else it tries, it
 * is killed; opening is refused only, because libblkid asks sysfs in passing
 * and does without.
 */

#pragma once

struct err;

/* For the rest of this process.  Return: 0 or the error of seccomp(2). */
int filter_install(struct err *err);
