/* SPDX-License-Identifier: Apache-2.0 */

#include "otpd/witness.h"

#include "core/err.h"
#include "core/text.h"
#include "ipc/act.h"
#include "otpd/people.h"
#include "otpd/request.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static bool is_person(const struct ipc_act_person *person)
{
	return text_is_safe_field(person->name, sizeof(person->name)) &&
	       memchr(person->code, '\0', sizeof(person->code));
}

static bool is_well_formed(const struct ipc_otp_witness *ask)
{
	return is_person(&ask->issuer) && is_person(&ask->approver) && *ask->issuer.name != '\0' &&
	       text_is_safe_field(ask->user, sizeof(ask->user)) &&
	       /* Somebody proves something. */
	       (*ask->issuer.code != '\0' || *ask->approver.name != '\0');
}

/* Which of the four ways is asked for. */
struct way {
	int (*check)(struct otpd *otpd, const struct people *people, struct err *err);
	enum ipc_otp_result (*prove)(struct otpd *otpd, const struct people *people,
				     uint32_t *ret_wait_sec);
	bool is_of_approver;
};

static const struct way admin_alone = { people_check_admin, people_prove_issuer, false };
static const struct way himself = { people_check_self, people_prove_issuer, false };
static const struct way approver_alone = { people_check_approver, people_prove_approver, true };

static enum ipc_otp_result prove_one(struct otpd *otpd, const struct way *way,
				     const struct people *people, struct ipc_otp_witnessed *reply,
				     struct err *err)
{
	if (way->check(otpd, people, err) < 0)
		return IPC_OTP_UNAVAILABLE;
	reply->approver = way->is_of_approver;
	return way->prove(otpd, people, &reply->wait_sec);
}

static enum ipc_otp_result prove_both(struct otpd *otpd, const struct ipc_request *request,
				      const struct people *people, struct ipc_otp_witnessed *reply,
				      struct err *err)
{
	if (people_check(otpd, request, people, err) < 0)
		return IPC_OTP_UNAVAILABLE;
	return people_prove(otpd, people, &reply->approver, &reply->wait_sec);
}

void witness_request(struct ipc_server *server, const struct ipc_request *request)
{
	const struct ipc_otp_witness *ask = request->message;
	struct otpd *otpd = server->ctx;
	struct ipc_otp_witnessed reply = { .header.kind = IPC_OTP_WITNESSED };
	const struct people people = { .user = *ask->user != '\0' ? ask->user : NULL,
				       .issuer = ask->issuer.name,
				       .issuer_code = ask->issuer.code,
				       .approver = ask->approver.name,
				       .approver_code = ask->approver.code };
	struct err err = { 0 };
	enum ipc_otp_result result = IPC_OTP_UNAVAILABLE;

	if (!is_well_formed(ask))
		(void)err_set(&err, -EINVAL, "that is no question about people");
	else if (ask->admins && *ask->approver.name == '\0')
		result = prove_one(otpd, &admin_alone, &people, &reply, &err);
	else if (ask->admins)
		result = prove_both(otpd, request, &people, &reply, &err);
	else if (*ask->approver.name == '\0')
		result = prove_one(otpd, &himself, &people, &reply, &err);
	else
		result = prove_one(otpd, &approver_alone, &people, &reply, &err);
	reply.result = (uint8_t)result;
	reply.code = err.code;
	(void)snprintf(reply.detail, sizeof(reply.detail), "%s", err.text);
	ipc_reply(server, request->client, request->tag, &reply, sizeof(reply));
}
