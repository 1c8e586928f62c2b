/* SPDX-License-Identifier: Apache-2.0 */

/* What people do with the register of media; the table of acts is in agent/acts.h. */

#pragma once

#include "ipc/server.h"

struct agent;

/* An act that was refused on its way has not been begun. */
void register_acts_tidy(struct agent *agent);

/* For the server's table: IPC_AGENT_MEDIA_LIST and IPC_AGENT_REGISTER. */
void register_answer_list(struct ipc_server *server, const struct ipc_request *request);
void register_answer_look(struct ipc_server *server, const struct ipc_request *request);

/* More rows for whoever has room for them. */
void register_list_expired(struct loop_timer *timer);
