/* SPDX-License-Identifier: Apache-2.0 */

/* The terminal's host key: made, sealed, and kept by a person for the day the terminal loses it. */

#pragma once

struct err;

/* Print it, sealed to @to: a public key or a file with one. */
int key_backup(const char *to, struct err *err);

/* Put back what is in @file, opened with the secret key in @key_file.  For root. */
int key_restore(const char *file, const char *key_file, struct err *err);

/* Make it when there is none, and see that it opens: what sekisho-host-key.service runs. */
int key_prepare(struct err *err);

/* Seal it anew, with the TPM that has come since.  For root. */
int key_reseal(struct err *err);
