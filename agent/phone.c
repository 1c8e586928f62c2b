/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/phone.h"

#include "agent/agent.h"
#include "agent/permits.h"
#include "core/err.h"
#include "core/text.h"
#include "ipc/phone.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Nothing but an approval: digits for one must not close or deny what they are about. */
bool phone_is_meant(const struct act *act)
{
	return act->kind->people == ACT_CALL ||
	       (strcmp(act->kind->type, "permit.approve") == 0 &&
		strcmp(act_field(act, "method"), "telephone") == 0);
}

/* As the permit's file writes it, for the other end has the same bytes. */
static void fill_terms(const struct agent *agent, const struct act *act,
		       struct ipc_permit_terms *ret)
{
	const struct permits_entry *entry = permits_find(&agent->permits, act_field(act, "permit"));
	const struct permit *permit = entry ? &entry->permit : NULL;

	(void)snprintf(ret->permit, sizeof(ret->permit), "%s", act_field(act, "permit"));
	(void)snprintf(ret->approver, sizeof(ret->approver), "%s", act->message.approver.name);
	if (!permit)
		return;
	(void)snprintf(ret->user, sizeof(ret->user), "%s", permit->user);
	(void)snprintf(ret->medium, sizeof(ret->medium), "%s", permit->medium);
	(void)snprintf(ret->purpose, sizeof(ret->purpose), "%s", permit->purpose);
	(void)snprintf(ret->classification, sizeof(ret->classification), "%s",
		       permit->classification);
	(void)snprintf(ret->access, sizeof(ret->access), "%s", permit_access_name(permit->access));
	policy_minute_stamp(permit->from, ret->from);
	policy_minute_stamp(permit->until, ret->until);
	(void)snprintf(ret->uses, sizeof(ret->uses), "%u", permit->uses);
}

static void ask(struct acts *acts, const struct ipc_question *about,
		void (*done)(struct ipc_ask *ask, int rc, const void *reply))
{
	struct agent *agent = container_of(acts, struct agent, acts);
	struct ipc_question question = *about;

	question.path = agent->paths.situation.otp_socket;
	question.passed_fd = -1;
	question.timeout_us = INT64_C(1000) * IPC_CLIENT_TIMEOUT_MS;
	ipc_ask(&acts->ask, &agent->loop, &question, done);
}

static void unanswered(struct acts *acts, int rc)
{
	struct err err = { 0 };

	(void)err_set(&err, rc,
		      "sekisho-otpd does not answer, and nothing was done; remedy: "
		      "systemctl status sekisho-otpd");
	acts_refuse(acts, &err);
}

static void called(struct ipc_ask *ask, int rc, const void *reply)
{
	struct acts *acts = container_of(ask, struct acts, ask);
	const struct ipc_otp_challenged *challenged = reply;
	struct ipc_agent_acted acted = { .header.kind = IPC_AGENT_ACTED };

	if (rc < 0) {
		unanswered(acts, rc);
		return;
	}
	acted.result = challenged->result;
	acted.wait_sec = challenged->wait_sec;
	(void)snprintf(acted.number, sizeof(acted.number), "%.*s",
		       (int)sizeof(challenged->challenge) - 1, challenged->challenge);
	acts_tell(acts, &acted);
}

static void call(struct acts *acts)
{
	const struct agent *agent = container_of(acts, struct agent, acts);
	struct ipc_otp_call request = { .header.kind = IPC_OTP_CALL, .uid = acts->act.uid };
	const struct ipc_question question = { .request = &request,
					       .request_size = sizeof(request),
					       .reply_kind = IPC_OTP_CHALLENGED,
					       .reply_size = sizeof(struct ipc_otp_challenged) };

	(void)snprintf(request.caller, sizeof(request.caller), "%s", acts->act.message.issuer.name);
	fill_terms(agent, &acts->act, &request.terms);
	ask(acts, &question, called);
}

/* @refused: "", or why nothing is to be tried. */
static void approve(struct acts *acts, const char *refused,
		    void (*done)(struct ipc_ask *ask, int rc, const void *reply))
{
	const struct agent *agent = container_of(acts, struct agent, acts);
	struct ipc_otp_approve request = { .header.kind = IPC_OTP_APPROVE, .uid = acts->act.uid };
	const struct ipc_question question = { .request = &request,
					       .request_size = sizeof(request),
					       .reply_kind = IPC_OTP_APPROVED,
					       .reply_size = sizeof(struct ipc_otp_approved) };

	(void)snprintf(request.caller, sizeof(request.caller), "%s", acts->act.message.issuer.name);
	(void)text_escape(request.refused, sizeof(request.refused), refused, strlen(refused));
	(void)snprintf(request.digits, sizeof(request.digits), "%s",
		       acts->act.message.approver.code);
	fill_terms(agent, &acts->act, &request.terms);
	ask(acts, &question, done);
	explicit_bzero(&request, sizeof(request));
}

static void approved(struct ipc_ask *ask, int rc, const void *reply)
{
	struct acts *acts = container_of(ask, struct acts, ask);
	const struct ipc_otp_approved *answer = reply;
	char ticket[sizeof(answer->ticket) + 1];
	struct ipc_agent_acted acted = { .header.kind = IPC_AGENT_ACTED, .approver = 1 };

	if (rc < 0) {
		unanswered(acts, rc);
		return;
	}
	if (answer->result == IPC_OTP_ACCEPTED) {
		(void)snprintf(ticket, sizeof(ticket), "%.*s", (int)sizeof(answer->ticket) - 1,
			       answer->ticket);
		ipc_event_add(&acts->event, "method", "telephone");
		ipc_event_add(&acts->event, "ticket", ticket);
		acts_record(acts);
		return;
	}
	acted.result = answer->result;
	acted.wait_sec = answer->wait_sec;
	acts_tell(acts, &acted);
}

void phone_ask(struct acts *acts)
{
	if (acts->act.kind->people == ACT_CALL)
		call(acts);
	else
		approve(acts, "", approved);
}

/* Whether it could be logged or not. */
static void refused(struct ipc_ask *ask, int rc, const void *reply)
{
	struct acts *acts = container_of(ask, struct acts, ask);

	(void)rc;
	(void)reply;
	acts_refuse(acts, &acts->refusal);
}

void phone_refuse(struct acts *acts, const struct err *err)
{
	if (acts->act.kind->people == ACT_CALL) {
		acts_refuse(acts, err);
		return;
	}
	acts->refusal = *err;
	approve(acts, err->text, refused);
}
