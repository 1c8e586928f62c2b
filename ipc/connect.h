/* SPDX-License-Identifier: Apache-2.0 */

/* Below every asking side: one connection, and a descriptor that travels with a message. */

#pragma once

#include <stddef.h>
#include <sys/types.h>

/**
 * ipc_connect() - connect without waiting
 * @path:	socket of the daemon
 * @ret_fd:	set on success only: non-blocking, close-on-exec, the caller's
 *
 * Return: 0, -EAGAIN (its queue of connections is full), -ENAMETOOLONG, or the
 * error of socket(2) or connect(2).
 */
int ipc_connect(const char *path, int *ret_fd);

/**
 * ipc_send_fd() - send one message and a descriptor with it
 * @passed:	the receiver gets a copy, this one stays the caller's; -1: none
 *
 * Return: 0 or the error of sendmsg(2).
 */
int ipc_send_fd(int fd, const void *message, size_t size, int passed);

/**
 * ipc_receive_fd() - receive one message and the descriptor that came with it
 * @ret_passed:	set on success only: close-on-exec, the caller's; -1: none came
 *
 * Return: bytes received (0: the peer has gone), -EMSGSIZE (the message is
 * larger than @size, or more than one descriptor came: all are closed), or the
 * error of recvmsg(2).
 */
ssize_t ipc_receive_fd(int fd, void *message, size_t size, int *ret_passed);
