/* SPDX-License-Identifier: Apache-2.0 */

/* Sending an act to sekishod, with the codes of those who answer for it (ipc/act.h). */

#pragma once

#include "ipc/act.h"

#include <stdbool.h>

struct err;

/**
 * act_send() - ask for the codes, and have it done
 * @act:	type, fields and the approver's name; its codes are wiped
 * @with_issuer_code:	the issuer proves who he is as well; without a name it is the caller
 *
 * Return: 0 when it is done and in the log; else an error that names whose code
 * was refused, or what sekishod found wrong.
 */
int act_send(struct ipc_agent_act *act, bool with_issuer_code, struct ipc_agent_acted *ret,
	     struct err *err);

/*
 * The same with the codes that are in @act already, which are wiped.  Return: 0 when there is
 * an answer, whatever its result; else the error.
 */
int act_deliver(struct ipc_agent_act *act, struct ipc_agent_acted *ret, struct err *err);
