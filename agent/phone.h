/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Permits that are approved by telephone: an act that sekisho-otpd decides by
 * digits in the place of the approver's code (ipc/phone.h).
 *
 *   code.challenge  permit NUMBER: a number to be read out; sekisho-otpd logs it
 *   permit.approve  permit NUMBER, method "telephone": the approver's code are the
 *                   digits that were read back
 */

#pragma once

#include "agent/acts.h"

/* True for these two. */
bool phone_is_meant(const struct act *act);

/* Ask sekisho-otpd; acts_*() go on with it. */
void phone_ask(struct acts *acts);

/* @err stands against it: sekisho-otpd has the log know that digits came, then it is refused. */
void phone_refuse(struct acts *acts, const struct err *err);
