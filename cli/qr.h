/* SPDX-License-Identifier: Apache-2.0 */

/* A QR code (ISO/IEC 18004) in a terminal. */

#pragma once

#include <stdbool.h>
#include <stdio.h>

struct err;

/**
 * qr_print() - show @text as a QR code
 * @ascii:	"##" for each dark module instead of half blocks, for terminals
 *		without UTF-8
 *
 * Drawn light on dark with a quiet zone of four modules, as a phone needs it.
 */
int qr_print(FILE *out, const char *text, bool ascii, struct err *err);

/* True when half blocks can be shown here. */
bool qr_fits_terminal(void);
