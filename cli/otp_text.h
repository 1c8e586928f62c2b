/* SPDX-License-Identifier: Apache-2.0 */

/* What sekisho-otpd's results mean to a person. */

#pragma once

#include <stdint.h>

/* @result is an enum ipc_otp_result off the wire; the text is for tr(). */
const char *otp_result_text(uint8_t result);
