/* SPDX-License-Identifier: Apache-2.0 */

/* `sekisho token`, for those who have lost theirs. */

#pragma once

#include "ipc/lost.h"
#include "mfa/temporary.h"

#include <stdbool.h>

struct err;

/* Print this terminal's key, sealed to @to (a key or a file): that of temporary codes, or all of
 * it. */
int lost_print_escrow(const char *to, bool host_key, struct err *err);

/* Files as token escrow prints them, one line each; here as sekisho-otpd takes them. */
int lost_read_escrow(const char *path, char *ret_terminal, unsigned char *ret_sealed,
		     struct err *err);

/* The key of a terminal: @path is such a file, or a folder with one for each, TERMINAL.escrow,
 * and the terminal is asked for. */
int lost_take_escrow(const char *path, char terminal[IPC_WORD_MAX], uint8_t sealed[IPC_ESCROW_LEN],
		     struct err *err);

/* Asks for a challenge until one comes that was not misheard. */
int lost_ask_challenge(char out[static TEMPORARY_CHALLENGE_SIZE], struct err *err);

int lost_envelope(int argc, char *argv[], struct err *err);
int lost_recovery(int argc, char *argv[], struct err *err);
int lost_desk(int argc, char *argv[], struct err *err);
int lost_escrow(int argc, char *argv[], struct err *err);
int lost_temporary(int argc, char *argv[], struct err *err);
int lost_end_temporary(int argc, char *argv[], struct err *err);
