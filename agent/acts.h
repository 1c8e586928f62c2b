/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What people do with the register, permits and exceptions, one act after the
 * other: who may is asked first, then the codes are proven by sekisho-otpd, then the
 * log has it, and only then it is done (ipc/act.h).
 */

#pragma once

#include "core/err.h"
#include "ipc/act.h"
#include "ipc/ask.h"
#include "ipc/event.h"
#include "ipc/server.h"

struct agent;

/* Who must prove a code; what proves most is 0. */
enum act_people {
	ACT_TWO_ADMINS = 0, /* two of sekisho-admin, each with a code */
	ACT_ONE_ADMIN = 1,  /* one of sekisho-admin, with a code */
	ACT_SELF = 2,       /* who does it, with a code */
	ACT_APPROVER = 3,   /* the approver, with a code; who that may be is check()'s to say */
	ACT_NOBODY = 4,     /* the connection alone says who it is */
	ACT_CALL = 5,       /* nobody yet: for the approver a number is read out (agent/phone.h) */
};

/* One act on its way. */
struct act {
	const struct act_kind *kind;
	struct ipc_agent_act message; /* its codes are wiped when they are proven */
	uid_t uid;                    /* of who asks */
	char asker[IPC_USER_MAX];     /* his name */
	bool is_admin;                /* he is root or in sekisho-admin */
};

struct act_kind {
	const char *type; /* of the log entry, which names the act */
	enum act_people people;
	bool admins_only; /* who asks must be root or in sekisho-admin */

	/*
	 * Everything that can be found wrong before a code is used up; adds the
	 * fields of the entry to @event, which has the issuer ("user") and the
	 * approver.  Return: 0 or what is wrong.
	 */
	int (*check)(struct agent *agent, const struct act *act, struct ipc_log_append *event,
		     struct err *err);

	/*
	 * The log has it, as @seq: do it.  Nothing else was done in between.
	 * NULL for ACT_CALL, which does nothing.
	 * @ret_number: of what was made, IPC_WORD_MAX bytes, "" at first.
	 */
	int (*commit)(struct agent *agent, const struct act *act, uint64_t seq, char *ret_number,
		      struct err *err);
};

/* The one that is on its way; others wait for it to end. */
struct acts {
	bool is_busy;
	struct act act;
	struct ipc_log_append event;
	struct ipc_ask ask;
	struct err refusal; /* while the log hears of it first, agent/phone.h */
	uint64_t client;    /* who asked; he may have gone */
	uint32_t tag;
};

/* Each ends in a row without type; they stand where what they act on is. */
extern const struct act_kind register_acts[];  /* agent/register_acts.c */
extern const struct act_kind permit_acts[];    /* agent/permit_acts.c */
extern const struct act_kind vendor_acts[];    /* agent/vendor_acts.c */
extern const struct act_kind exception_acts[]; /* agent/exception_acts.c */

/* The value of a field, "" where there is none. */
const char *act_field(const struct act *act, const char *key);

/* For the server's table: IPC_AGENT_ACT. */
void acts_answer(struct ipc_server *server, const struct ipc_request *request);

/*
 * How one that is on its way goes on: its codes are proven, and the log is to have it; or
 * it ends, with what is wrong or with an answer.
 */
void acts_record(struct acts *acts);
void acts_refuse(struct acts *acts, const struct err *err);
void acts_tell(struct acts *acts, struct ipc_agent_acted *acted);

/* Set the callbacks of agent->exceptions. */
void exceptions_join(struct agent *agent);

/* For the server's table: IPC_AGENT_EXCEPTIONS. */
void server_answer_exceptions(struct ipc_server *server, const struct ipc_request *request);

void acts_deinit(struct acts *acts);
