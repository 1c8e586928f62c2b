/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/acts.h"

#include "agent/agent.h"
#include "agent/phone.h"
#include "core/text.h"
#include "ipc/pairs.h"

#include <errno.h>
#include <pwd.h>
#include <string.h>

#define N_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

static const struct act_kind *const tables[] = { register_acts, permit_acts, vendor_acts,
						 exception_acts };

static const struct act_kind *find_kind(const char *type)
{
	for (size_t i = 0; i < N_ELEMENTS(tables); i++) {
		for (const struct act_kind *kind = tables[i]; kind->type; kind++) {
			if (strcmp(kind->type, type) == 0)
				return kind;
		}
	}
	return NULL;
}

const char *act_field(const struct act *act, const char *key)
{
	return pairs_get(act->message.fields, act->message.fields_len, key);
}

static bool are_fields_clean(const struct ipc_agent_act *message)
{
	const char *key, *value;
	size_t pos = 0;

	if (!pairs_are_valid(message->fields, sizeof(message->fields), message->fields_len))
		return false;
	while (pairs_next(message->fields, message->fields_len, &pos, &key, &value)) {
		/* A signed file has lines, and says itself what it may hold. */
		if (!text_is_safe(key, strlen(key)) ||
		    (strcmp(key, "file") != 0 && !text_is_safe(value, strlen(value))))
			return false;
	}
	return true;
}

static int check_message(const struct ipc_agent_act *message, struct err *err)
{
	const struct ipc_act_person *people[] = { &message->issuer, &message->approver };
	bool is_well_formed = text_is_safe_field(message->act, sizeof(message->act));

	for (size_t i = 0; i < N_ELEMENTS(people); i++)
		is_well_formed &= text_is_safe_field(people[i]->name, sizeof(people[i]->name)) &&
				  memchr(people[i]->code, '\0', sizeof(people[i]->code));
	if (!is_well_formed)
		return err_set(err, -EINVAL, "that is no question about an act");
	if (!are_fields_clean(message))
		return err_set(err, -EINVAL,
			       "a text has characters that cannot be shown; remedy: type it anew");
	return 0;
}

/* Who does it is who asks; only root speaks for others. */
static int take_people(struct act *act, struct err *err)
{
	const struct passwd *account = getpwuid(act->uid);
	struct ipc_act_person *issuer = &act->message.issuer;

	if (!account || strlen(account->pw_name) >= sizeof(act->asker))
		return err_set(err, -EPERM,
			       "there is no account with the number %u; remedy: ask as somebody "
			       "who has one",
			       act->uid);
	strcpy(act->asker, account->pw_name);
	act->is_admin = act->uid == 0 || ipc_uid_in_group(act->uid, "sekisho-admin");
	if (*issuer->name == '\0')
		strcpy(issuer->name, act->asker);
	if (act->uid != 0 && strcmp(issuer->name, act->asker) != 0)
		return err_set(err, -EPERM,
			       "you are not the issuer you name; remedy: leave out --issuer");
	if (act->kind->admins_only && !act->is_admin)
		return err_set(err, -EPERM,
			       "that is for administrators; remedy: ask somebody in the group "
			       "sekisho-admin");
	return 0;
}

static bool has_approver(const struct act_kind *kind)
{
	return kind->people == ACT_TWO_ADMINS || kind->people == ACT_APPROVER ||
	       kind->people == ACT_CALL;
}

/* Nobody stands in the log who has not proven that he was there. */
static int check_people(const struct act *act, struct err *err)
{
	bool is_named = *act->message.approver.name != '\0';

	if (has_approver(act->kind) && !is_named)
		return err_set(err, -EINVAL, "that takes a second person; remedy: --approver NAME");
	if (!has_approver(act->kind) && is_named)
		return err_set(err, -EINVAL,
			       "that takes no second person; remedy: leave out --approver");
	if (act->kind->people <= ACT_SELF && *act->message.issuer.code == '\0')
		return err_set(err, -EINVAL,
			       "that takes a code of who does it; remedy: type it when asked");
	return 0;
}

static struct acts *begin(struct agent *agent, const struct ipc_request *request, struct err *err)
{
	const struct ipc_agent_act *message = request->message;
	struct acts *acts = &agent->acts;

	if (acts->is_busy) {
		(void)err_set(err, -EBUSY,
			      "another act is being recorded; remedy: try again in a moment");
		return NULL;
	}
	if (check_message(message, err) < 0)
		return NULL;
	acts->act = (struct act){ .kind = find_kind(message->act),
				  .message = *message,
				  .uid = request->peer.uid };
	acts->client = request->client;
	acts->tag = request->tag;
	if (!acts->act.kind)
		(void)err_set(err, -EOPNOTSUPP, "there is no act '%s'", message->act);
	else if (take_people(&acts->act, err) == 0 && check_people(&acts->act, err) == 0)
		return acts;
	return NULL;
}

static void wipe(struct acts *acts)
{
	explicit_bzero(acts->act.message.issuer.code, sizeof(acts->act.message.issuer.code));
	explicit_bzero(acts->act.message.approver.code, sizeof(acts->act.message.approver.code));
}

void acts_refuse(struct acts *acts, const struct err *err)
{
	struct agent *agent = container_of(acts, struct agent, acts);

	wipe(acts);
	acts->is_busy = false;
	ipc_reply_error(&agent->server.ipc, acts->client, acts->tag, err);
}

void acts_tell(struct acts *acts, struct ipc_agent_acted *acted)
{
	struct agent *agent = container_of(acts, struct agent, acts);

	wipe(acts);
	acts->is_busy = false;
	ipc_reply(&agent->server.ipc, acts->client, acts->tag, acted, sizeof(*acted));
}

static void logged(void *ctx, int rc, uint64_t seq)
{
	struct acts *acts = ctx;
	struct agent *agent = container_of(acts, struct agent, acts);
	struct ipc_agent_acted acted = { .header.kind = IPC_AGENT_ACTED,
					 .result = IPC_OTP_ACCEPTED,
					 .seq = seq };
	struct err err = { 0 };

	if (rc < 0)
		(void)err_set(&err, rc,
			      "the log does not take the entry, and nothing was done; remedy: "
			      "sekisho status says what is wrong with it");
	else
		(void)acts->act.kind->commit(agent, &acts->act, seq, acted.number, &err);
	if (err.code < 0)
		acts_refuse(acts, &err);
	else
		acts_tell(acts, &acted);
}

void acts_record(struct acts *acts)
{
	struct agent *agent = container_of(acts, struct agent, acts);

	wipe(acts);
	ipc_submit(&agent->log, &acts->event, logged, acts);
}

static void witnessed(struct ipc_ask *ask, int rc, const void *reply)
{
	struct acts *acts = container_of(ask, struct acts, ask);
	const struct ipc_otp_witnessed *witnessed = reply;
	struct err err = { 0 };

	if (rc < 0) {
		(void)err_set(&err, rc,
			      "sekisho-otpd does not answer, and nothing was done; remedy: "
			      "systemctl status sekisho-otpd");
		acts_refuse(acts, &err);
	} else if (witnessed->code < 0) {
		(void)err_set(&err, witnessed->code, "%.*s", (int)sizeof(witnessed->detail) - 1,
			      witnessed->detail);
		acts_refuse(acts, &err);
	} else if (witnessed->result != IPC_OTP_ACCEPTED) {
		struct ipc_agent_acted acted = { .header.kind = IPC_AGENT_ACTED,
						 .result = witnessed->result,
						 .approver = witnessed->approver,
						 .wait_sec = witnessed->wait_sec };

		acts_tell(acts, &acted);
	} else {
		acts_record(acts);
	}
}

static void have_it_witnessed(struct acts *acts)
{
	struct agent *agent = container_of(acts, struct agent, acts);
	const struct act *act = &acts->act;
	struct ipc_otp_witness request = {
		.header.kind = IPC_OTP_WITNESS,
		.admins = act->kind->people <= ACT_ONE_ADMIN,
		.issuer = act->message.issuer,
		.approver = act->message.approver,
	};
	const struct ipc_question question = { .path = agent->paths.situation.otp_socket,
					       .request = &request,
					       .request_size = sizeof(request),
					       .passed_fd = -1,
					       .reply_kind = IPC_OTP_WITNESSED,
					       .reply_size = sizeof(struct ipc_otp_witnessed),
					       .timeout_us =
						       INT64_C(1000) * IPC_CLIENT_TIMEOUT_MS };

	if (act->kind->people == ACT_APPROVER)
		memset(request.issuer.code, 0, sizeof(request.issuer.code));
	ipc_ask(&acts->ask, &agent->loop, &question, witnessed);
	explicit_bzero(&request, sizeof(request));
}

void acts_answer(struct ipc_server *server, const struct ipc_request *request)
{
	struct agent *agent = ((struct agent_server *)server->ctx)->agent;
	struct err err = { 0 };
	struct acts *acts = begin(agent, request, &err);
	bool is_phone;

	if (!acts) {
		if (!agent->acts.is_busy)
			wipe(&agent->acts);
		ipc_reply_error(server, request->client, request->tag, &err);
		return;
	}
	acts->is_busy = true;
	situation_refresh(&agent->situation);
	ipc_event_init(&acts->event, acts->act.kind->type);
	ipc_event_add(&acts->event, "user", acts->act.message.issuer.name);
	ipc_event_add(&acts->event, "approver", acts->act.message.approver.name);
	is_phone = phone_is_meant(&acts->act);
	if (acts->act.kind->check(agent, &acts->act, &acts->event, &err) < 0)
		(is_phone ? phone_refuse : acts_refuse)(acts, &err);
	else if (is_phone)
		phone_ask(acts);
	else if (acts->act.kind->people == ACT_NOBODY)
		acts_record(acts);
	else
		have_it_witnessed(acts);
}

void acts_deinit(struct acts *acts)
{
	ipc_ask_cancel(&acts->ask);
	wipe(acts);
}
