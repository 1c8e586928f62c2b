/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What systemd and a daemon say to each other: sockets handed over at start
 * (sd_listen_fds(3)) and readiness datagrams (sd_notify(3)), without the
 * library.
 */

#pragma once

struct err;

/**
 * notify_send() - tell the service manager
 * @state:	lines such as "READY=1" or "STATUS=..."
 *
 * Does nothing when no manager listens.
 */
void notify_send(const char *state);

/**
 * notify_listen_fd() - the listening socket that socket activation passed
 * @ret_fd:	set on success only, close-on-exec, the caller's
 *
 * Return: 0, or -ENOTCONN when exactly one socket was not passed.
 */
int notify_listen_fd(int *ret_fd, struct err *err);
