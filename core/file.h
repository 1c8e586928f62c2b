/* SPDX-License-Identifier: Apache-2.0 */

/* Opening, reading and replacing files that only one owner may have written. */

#pragma once

#include <dirent.h>
#include <stddef.h>
#include <sys/types.h>

struct err;

/**
 * file_open_trusted() - open a file that nobody but its owner can have changed
 * @dirfd:	directory @name is relative to, or AT_FDCWD
 * @name:	a symbolic link as the last component is refused
 * @owner:	the only user besides root who may own it
 * @ret_fd:	set on success only, the caller closes it
 * @err:	set on failure
 *
 * Return: 0, -EPERM (owner or mode), -EINVAL (not a regular file) or the
 * error of openat(2).
 */
int file_open_trusted(int dirfd, const char *name, uid_t owner, int *ret_fd, struct err *err);

/**
 * file_read_trusted() - read such a file whole
 * @max:	largest size accepted, bytes
 * @ret:	the contents with a NUL behind them, set on success only, free() it
 * @ret_len:	without that NUL
 *
 * Return: 0, -EFBIG (above @max), -ENOMEM, or as file_open_trusted().
 */
int file_read_trusted(int dirfd, const char *name, uid_t owner, size_t max, char **ret,
		      size_t *ret_len, struct err *err);

/**
 * file_open_own() - open a file of a service's state
 * @flags:	O_RDONLY or O_WRONLY
 * @ret_fd:	set on success only, the caller closes it
 *
 * Stricter than trusted: the effective user owns it, nobody else has any right
 * to it, and it has one name, so that no other path leads to its bytes.
 *
 * Return: 0, -ELOOP (symbolic link), -EPERM (owner or mode), -EMLINK (hard
 * links), -EINVAL (not a regular file) or the error of openat(2).
 */
int file_open_own(int dirfd, const char *name, int flags, int *ret_fd, struct err *err);

/* Read such a file whole.  Return: as file_read_trusted() and file_open_own(). */
int file_read_own(int dirfd, const char *name, size_t max, char **ret, size_t *ret_len,
		  struct err *err);

/* Open the directory of such files.  Return: 0, -ENOTDIR, -EPERM or the error of open(2). */
int file_open_own_dir(const char *path, int *ret_fd, struct err *err);

/**
 * file_read_attribute() - read a short one-line file such as a sysfs attribute
 * @out:	receives the text without its last newline
 * @size:	bytes at @out; a longer text is cut
 *
 * No owner is checked: the caller knows the directory.
 *
 * Return: 0 or the error of openat(2) or read(2).
 */
int file_read_attribute(int dirfd, const char *name, char *out, size_t size);

/**
 * file_replace() - put new contents in place, whole or not at all, and durable
 * @dirfd:	directory @name is relative to, or AT_FDCWD
 * @name:	written beside itself as a new file "NAME.new" and renamed over
 * @mode:	permissions of the new file, whatever the umask
 *
 * Return: 0 or the error of the call that failed; the old file is then intact.
 */
int file_replace(int dirfd, const char *name, const void *contents, size_t len, mode_t mode,
		 struct err *err);

/* Write all of @len bytes; a short write is continued.  Return: 0 or -errno. */
int file_write_all(int fd, const void *contents, size_t len);

/**
 * file_device() - which file system a file is on
 * @flags:	of statx(2); AT_EMPTY_PATH with "" for @dirfd itself, also of O_PATH
 *
 * Nothing waits for a program that serves one, or for another machine: st_dev
 * is told without asking.
 *
 * Return: 0 or the error of statx(2).
 */
int file_device(int dirfd, const char *name, int flags, dev_t *ret);

/**
 * file_list() - read a folder from its beginning, whoever else reads it
 * @name:	below @dirfd; "." is that folder itself
 *
 * Return: the caller's, cleanup_closedir; NULL with errno set.
 */
DIR *file_list(int dirfd, const char *name);

/**
 * file_lock() - keep others out as long as a file is open
 * @name:	made where it is missing, for the owner alone: whoever may read a file
 *		or a folder can lock it, and keep those out who must write
 *
 * Return: 0, -EWOULDBLOCK when another has it, or the error of openat(2).
 */
int file_lock(int dirfd, const char *name, int *ret_fd);
