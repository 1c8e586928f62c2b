/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Who the two people of a temporary code may be, and their codes.  One person
 * must never pass for two: not by a name that is nobody's account, not by a
 * second account of one uid, not by a token whose secret the other has seen,
 * and not by guessing.
 */

#pragma once

#include "ipc/lost.h"
#include "otpd/otpd.h"

/**
 * people_check() - whether these may issue it, before anybody's code is used up
 *
 * User, issuer and approver are three people; issuer and approver have an
 * account here and are in sekisho-admin; each has an active token that the other
 * has neither made, imported nor assigned.
 *
 * Return: 0, -EINVAL, -EPERM, or the error of reading.
 */
int people_check(struct otpd *otpd, const struct ipc_request *request,
		 const struct ipc_otp_issue *ask, struct err *err);

/**
 * people_prove() - both codes, the issuer's first: where his is wrong, the other's stays good
 *
 * A wrong code of the approver counts against the issuer, who brought it: nobody
 * locks a colleague, and nobody guesses more often for being an administrator.
 * Fills result, approver and wait_sec of @reply.
 */
void people_prove(struct otpd *otpd, const struct ipc_otp_issue *ask, struct ipc_otp_issued *reply);

/**
 * people_may_unlock() - whether @peer may end the wait of @user
 *
 * Not the one after wrong codes of a second person, by who gave them himself.
 */
bool people_may_unlock(const struct otpd *otpd, const struct ipc_peer *peer,
		       const struct mfa_user *user);
