/* SPDX-License-Identifier: Apache-2.0 */

/* "sekisho-media mount": one request to mount, unlock or unmount, one answer. */

#pragma once

struct err;

/**
 * keeper_serve() - answer the one request of a connection
 *
 * What it has mounted to be written to it watches from then on, and returns when
 * that has ended (media/watcher.h).
 *
 * Return: 0 when an answer was sent, also one that says what went wrong.
 */
int keeper_serve(int fd, struct err *err);
