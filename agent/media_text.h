/* SPDX-License-Identifier: Apache-2.0 */

/* A register as it lies on disk and as the log is told of it: for agent/media_book.c. */

#pragma once

#include "agent/media_book.h"

#define MEDIA_ACCEPTED MEDIA_FOLDER "/current" /* below the state directory */

/**
 * media_text_read() - read, verify against @trusted, and load
 * @name:	in messages
 * @trusted:	whose signatures count; NULL asks for none
 * @ret:	the hash is set also when the rest of it is refused
 *
 * Return: 0, -EKEYREJECTED, -EINVAL (signed, without a version), or as
 * file_read_trusted() and ledger_load().
 */
int media_text_read(int dirfd, const char *path, const char *name, const struct order *trusted,
		    struct media_book_text *ret, struct err *err);

/* The one that was accepted last.  Return: likewise. */
int media_text_read_accepted(const char *state_dir, const struct order *trusted,
			     struct media_book_text *ret, struct err *err);

/* Put it where it is read at the next start. */
int media_text_accept(const char *state_dir, const struct media_book_text *text, struct err *err);

void media_text_log_load(struct ipc_submitter *log, const char *file,
			 const struct media_book_text *text, ipc_submitted *done, void *ctx);
void media_text_log_refusal(struct ipc_submitter *log, const char *file, const char *hash,
			    const char *detail);

/* Nobody asks for the bytes of a register in force. */
void media_text_shed(struct media_book_text *text);
void media_text_done(struct media_book_text *text);
#define cleanup_media_text cleanup_with(media_text_done)
