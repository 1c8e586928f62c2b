/* SPDX-License-Identifier: Apache-2.0 */

/* Where codes are required somebody must have a token, or the terminal is shut for everybody. */

#pragma once

#include "agent/site.h"

/**
 * site_check_tokens() - that following an order locks nobody out
 *
 * Into mynumber two users and an administrator must have a confirmed token, and
 * everybody whom the order names.  Waits for otpd, but no longer than it may take.
 *
 * Return: 0, -EPERM, or -EAGAIN when otpd does not answer.
 */
int site_check_tokens(const struct site *site, const struct order *order, struct err *err);
