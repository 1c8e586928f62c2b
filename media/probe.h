/* SPDX-License-Identifier: Apache-2.0 */

/* "sekisho-media probe": one request, one look, one answer. */

#pragma once

struct err;

/**
 * probe_serve() - answer the one request of a connection
 * @fd:		the connection
 *
 * Installs the filter: afterwards this process can do nothing but end.
 *
 * Return: 0 when an answer was sent, also one that says what went wrong.
 */
int probe_serve(int fd, struct err *err);
