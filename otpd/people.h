/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Who two people may be that do together what one must not do alone, and their
 * codes.  One person must never pass for two: not by a name that is nobody's
 * account, not by a second account of one uid, not by a token whose secret the
 * other has seen, and not by guessing.
 */

#pragma once

#include "otpd/otpd.h"

struct people {
	const char *user; /* whom it is for, and who is neither of them; NULL: nobody */
	const char *issuer;
	const char *issuer_code;
	const char *approver;
	const char *approver_code;
};

/**
 * people_check() - whether these may do it, before anybody's code is used up
 *
 * They and the user are three people; both have an account here and are in
 * sekisho-admin; each has an active token that the other has neither made,
 * imported nor assigned.
 *
 * Return: 0, -EINVAL, -EPERM, or the error of reading.
 */
int people_check(struct otpd *otpd, const struct ipc_request *request, const struct people *people,
		 struct err *err);

/**
 * people_check_grant() - people_check() where the approver answers for his section
 *
 * He has an account, and needs not be in sekisho-admin: what he may approve is not for
 * this machine to say.
 */
int people_check_grant(struct otpd *otpd, const struct ipc_request *request,
		       const struct people *people, struct err *err);

/**
 * people_prove() - both codes, the issuer's first: where his is wrong, the other's stays good
 * @ret_approver:	1 when the result is of the approver's code
 *
 * A wrong code of the approver counts against the issuer, who brought it: nobody
 * locks a colleague, and nobody guesses more often for being an administrator.
 */
enum ipc_otp_result people_prove(struct otpd *otpd, const struct people *people,
				 uint8_t *ret_approver, uint32_t *ret_wait_sec);

/* One of sekisho-admin, who has an active token; the approver is nobody here. */
int people_check_admin(struct otpd *otpd, const struct people *people, struct err *err);

/**
 * people_check_approver() - whether the approver may prove a code where the issuer proves none
 *
 * Any account with an active token whose secret the issuer has not seen.  The issuer
 * has a token, too: with its state the wrong codes that he brings are counted.
 */
int people_check_approver(struct otpd *otpd, const struct people *people, struct err *err);

/* Anybody who has an active token, for himself; the approver is nobody here. */
int people_check_self(struct otpd *otpd, const struct people *people, struct err *err);

/* The code of the one, or of the other, as people_prove(). */
enum ipc_otp_result people_prove_issuer(struct otpd *otpd, const struct people *people,
					uint32_t *ret_wait_sec);
enum ipc_otp_result people_prove_approver(struct otpd *otpd, const struct people *people,
					  uint32_t *ret_wait_sec);

/**
 * people_may_unlock() - whether @peer may end the wait of @user
 *
 * Not the one after wrong codes of a second person, by who gave them himself.
 */
bool people_may_unlock(const struct otpd *otpd, const struct ipc_peer *peer,
		       const struct mfa_user *user);
