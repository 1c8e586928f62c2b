/* SPDX-License-Identifier: Apache-2.0 */

/*
 * "sekisho-media serve": the program that reads and writes a file system which
 * the kernel has no driver for, as long as it is mounted.
 */

#pragma once

struct err;

/**
 * serve_run() - start it, and stay until it ends
 * @fd:		the connection; one request
 *
 * It has no rights.  What it opens and mounts whoever asked does for it
 * (media/stand_in.h); once it is mounted nobody does any
 * more, and it can open nothing for the rest of its life.  One that does not
 * end when it is unmounted, or when nobody mounts it, is killed.
 *
 * Return: 0 when it was started.
 */
int serve_run(int fd, struct err *err);
