/* SPDX-License-Identifier: Apache-2.0 */

#include "otpd/people.h"

#include "core/err.h"
#include "core/log.h"
#include "otpd/person.h"
#include "otpd/request.h"
#include "otpd/verify.h"

#include <errno.h>
#include <pwd.h>
#include <sodium.h>
#include <string.h>

#define ADMINS "sekisho-admin"
#define NO_UID ((uid_t)-1)

static uid_t uid_of(const char *name)
{
	const struct passwd *account = getpwnam(name);

	/* A directory may find another spelling: that one has no token of this name. */
	return account && strcmp(account->pw_name, name) == 0 ? account->pw_uid : NO_UID;
}

static int check_account(const char *name, uid_t uid, struct err *err)
{
	if (uid == NO_UID || !ipc_uid_in_group(uid, ADMINS))
		return err_set(err, -EPERM,
			       "%s may not be one of the two here; remedy: an account of this "
			       "machine, in the group %s",
			       name, ADMINS);
	return 0;
}

static int check_different(const struct people *people, uid_t issuer, uid_t approver,
			   struct err *err)
{
	if (strcmp(people->issuer, people->approver) == 0 ||
	    (issuer != NO_UID && issuer == approver))
		return err_set(err, -EINVAL,
			       "issuer and approver must be two people; remedy: ask a colleague");
	return 0;
}

static bool is_one_of(const char *user, const struct people *people, uid_t issuer, uid_t approver)
{
	uid_t uid = uid_of(user);

	return strcmp(user, people->issuer) == 0 || strcmp(user, people->approver) == 0 ||
	       (uid != NO_UID && (uid == issuer || uid == approver));
}

/* @name has an active token, and one that @other has not seen the secret of. */
static int check_token(struct otpd *otpd, const char *name, const char *other, uid_t other_uid,
		       struct err *err)
{
	struct mfa_user user = { 0 };
	bool is_active = false;
	bool is_his_own = false;
	int rc = person_load(otpd, name, &user, err);

	for (size_t i = 0; rc == 0 && i < MFA_TOKENS_MAX; i++) {
		const struct token *token = &user.tokens[i];

		is_active |= token->state == TOKEN_ACTIVE;
		is_his_own |= token->state == TOKEN_ACTIVE && !token_is_seen_by(token, other_uid);
	}
	sodium_memzero(&user, sizeof(user));
	if (rc < 0)
		return rc;
	if (!is_active)
		return err_set(err, -ENOENT, "%s has no active token; remedy: sekisho token list",
			       name);
	if (!is_his_own)
		return err_set(err, -EPERM,
			       "%s made or assigned the token of %s, and could prove both codes "
			       "alone; remedy: have somebody else do that, as sekisho token enroll "
			       "by %s",
			       other, name, name);
	return 0;
}

static int check_has_account(const char *name, uid_t uid, struct err *err)
{
	return uid != NO_UID
		       ? 0
		       : err_set(err, -EPERM,
				 "%s has no account here; remedy: somebody who has one", name);
}

static int check_two(struct otpd *otpd, const struct ipc_request *request,
		     const struct people *people, bool both_admins, struct err *err)
{
	uid_t issuer = uid_of(people->issuer);
	uid_t approver = uid_of(people->approver);
	int rc;

	if (!request_may_ask(&request->peer, people->issuer))
		return err_set(err, -EINVAL,
			       "you are not the issuer you name; remedy: leave out --issuer");
	if (people->user && is_one_of(people->user, people, issuer, approver))
		return err_set(err, -EINVAL,
			       "the user, the issuer and the approver must be three people; "
			       "remedy: ask a colleague");
	rc = check_different(people, issuer, approver, err);
	if (rc == 0)
		rc = check_account(people->issuer, issuer, err);
	if (rc == 0)
		rc = both_admins ? check_account(people->approver, approver, err)
				 : check_has_account(people->approver, approver, err);
	if (rc == 0)
		rc = check_token(otpd, people->issuer, people->approver, approver, err);
	if (rc == 0)
		rc = check_token(otpd, people->approver, people->issuer, issuer, err);
	return rc;
}

int people_check(struct otpd *otpd, const struct ipc_request *request, const struct people *people,
		 struct err *err)
{
	return check_two(otpd, request, people, true, err);
}

int people_check_grant(struct otpd *otpd, const struct ipc_request *request,
		       const struct people *people, struct err *err)
{
	return check_two(otpd, request, people, false, err);
}

int people_check_admin(struct otpd *otpd, const struct people *people, struct err *err)
{
	int rc = check_account(people->issuer, uid_of(people->issuer), err);

	return rc < 0 ? rc : check_token(otpd, people->issuer, people->issuer, NO_UID, err);
}

int people_check_self(struct otpd *otpd, const struct people *people, struct err *err)
{
	return check_token(otpd, people->issuer, people->issuer, NO_UID, err);
}

int people_check_approver(struct otpd *otpd, const struct people *people, struct err *err)
{
	uid_t issuer = uid_of(people->issuer);
	uid_t approver = uid_of(people->approver);
	int rc = check_different(people, issuer, approver, err);

	if (rc == 0 && people->user &&
	    (strcmp(people->user, people->approver) == 0 ||
	     (approver != NO_UID && uid_of(people->user) == approver)))
		return err_set(err, -EINVAL,
			       "nobody approves what is for himself; remedy: ask a colleague");
	if (rc == 0)
		rc = check_has_account(people->approver, approver, err);
	if (rc == 0)
		rc = check_token(otpd, people->approver, people->issuer, issuer, err);
	return rc < 0 ? rc : check_token(otpd, people->issuer, people->issuer, NO_UID, err);
}

/*
 * How long the issuer has to wait after wrong codes of others.
 * Return: false when that cannot be known.
 */
static bool approvals_wait(struct otpd *otpd, const char *issuer, uint32_t *ret_wait_sec)
{
	const struct throttle_now now = otpd_boot_now(otpd);
	struct mfa_user user = { 0 };
	struct err err = { 0 };
	int rc = person_load(otpd, issuer, &user, &err);

	if (rc < 0)
		log_error("%s", err.text);
	*ret_wait_sec = throttle_wait(&user.state.approvals, &now);
	sodium_memzero(&user, sizeof(user));
	return rc == 0;
}

/* One more, or the end of them.  Return: false when it is not durable. */
static bool count_approval(struct otpd *otpd, const char *issuer, bool accepted,
			   uint32_t *ret_wait_sec)
{
	const struct throttle_limits limits = THROTTLE_LIMITS_DEFAULT;
	const struct throttle_now now = otpd_boot_now(otpd);
	struct mfa_user user = { 0 };
	struct err err = { 0 };
	int rc = person_load(otpd, issuer, &user, &err);

	if (rc == 0 && accepted)
		user.state.approvals = (struct throttle){ 0 };
	else if (rc == 0)
		(void)throttle_fail(&user.state.approvals, &limits, &now);
	if (rc == 0)
		rc = store_save_state(otpd->store, &user, &err);
	*ret_wait_sec = throttle_wait(&user.state.approvals, &now);
	sodium_memzero(&user, sizeof(user));
	if (rc < 0)
		log_error("%s", err.text);
	return rc == 0;
}

static enum ipc_otp_result prove_approver(struct otpd *otpd, const struct people *people,
					  uint32_t *ret_wait_sec)
{
	const struct proof proof = { .user = people->approver,
				     .code = people->approver_code,
				     .not_seen_by = uid_of(people->issuer),
				     .is_brought = true };
	enum ipc_otp_result result = verify_proof(otpd, &proof, ret_wait_sec);
	bool accepted = result == IPC_OTP_ACCEPTED;

	if (!accepted && result != IPC_OTP_WRONG && result != IPC_OTP_USED)
		return result;
	if (!count_approval(otpd, people->issuer, accepted, ret_wait_sec))
		return IPC_OTP_UNAVAILABLE;
	return result;
}

enum ipc_otp_result people_prove(struct otpd *otpd, const struct people *people,
				 uint8_t *ret_approver, uint32_t *ret_wait_sec)
{
	const struct proof proof = { .user = people->issuer,
				     .code = people->issuer_code,
				     .not_seen_by = uid_of(people->approver) };
	enum ipc_otp_result result;

	*ret_approver = 0;
	if (!approvals_wait(otpd, people->issuer, ret_wait_sec))
		return IPC_OTP_UNAVAILABLE;
	if (*ret_wait_sec > 0)
		return IPC_OTP_LOCKED;
	result = verify_proof(otpd, &proof, ret_wait_sec);
	if (result != IPC_OTP_ACCEPTED)
		return result;
	*ret_approver = 1;
	return prove_approver(otpd, people, ret_wait_sec);
}

enum ipc_otp_result people_prove_issuer(struct otpd *otpd, const struct people *people,
					uint32_t *ret_wait_sec)
{
	const struct proof proof = { .user = people->issuer,
				     .code = people->issuer_code,
				     .not_seen_by = VERIFY_ANYBODY };

	return verify_proof(otpd, &proof, ret_wait_sec);
}

enum ipc_otp_result people_prove_approver(struct otpd *otpd, const struct people *people,
					  uint32_t *ret_wait_sec)
{
	if (!approvals_wait(otpd, people->issuer, ret_wait_sec))
		return IPC_OTP_UNAVAILABLE;
	return *ret_wait_sec > 0 ? IPC_OTP_LOCKED : prove_approver(otpd, people, ret_wait_sec);
}

bool people_may_unlock(const struct otpd *otpd, const struct ipc_peer *peer,
		       const struct mfa_user *user)
{
	const struct throttle_now now = otpd_boot_now(otpd);

	return throttle_wait(&user->state.approvals, &now) == 0 ||
	       person_behind(peer) != uid_of(user->name);
}
