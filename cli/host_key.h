/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The terminal's host key as it lies on its disk: a credential that systemd-creds
 * seals to this terminal and that the service manager hands to sekisho-otpd.
 * Sealed with the TPM where there is one, bound to no PCR: a firmware update must
 * not stop 1,200 terminals.
 */

#pragma once

#include "mfa/token.h"

#include <stdbool.h>
#include <stdint.h>

struct err;

/* What it takes to open it, beside this disk. */
enum host_key_seal {
	HOST_KEY_UNKNOWN, /* it was not yet looked at, or cannot be opened here */
	HOST_KEY_FILE,    /* nothing: a file on the same disk */
	HOST_KEY_TPM,     /* the TPM of this terminal */
};

/* What host_key_prepare(), host_key_install() or host_key_reseal() found last; anybody may ask. */
enum host_key_seal host_key_seal(void);

/* The kernel has a TPM 2 to offer. */
bool host_key_has_tpm(void);

/**
 * host_key_prepare() - make the host key when there is none, and see that it can be opened
 *
 * Only then the service manager is told where it is: sekisho-otpd starts without it as well, to
 * take codes from envelopes.  For root.
 *
 * Return: 0, -EKEYREJECTED (it was sealed by another terminal or TPM), or the error of making it.
 */
int host_key_prepare(struct err *err);

/**
 * host_key_install() - seal a host key to this terminal, and put it in the place of the one before
 *
 * Where the TPM does not do its part (not even its libraries may be there), a file has to; that
 * is told on standard error.  For root.
 *
 * Return: 0 or the error; the one before is then intact.
 */
int host_key_install(const uint8_t key[static MFA_KEY_LEN], struct err *err);

/**
 * host_key_reseal() - seal the host key that is there anew, with the TPM
 *
 * For root.  Return: 0, -ENODEV (there is no TPM), -EKEYREJECTED (as host_key_prepare()) or the
 * error; the one before is then intact.
 */
int host_key_reseal(struct err *err);
