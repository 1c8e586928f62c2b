/* SPDX-License-Identifier: Apache-2.0 */

/* Permits that were signed beforehand, as acts (agent/acts.h): "permit.import". */

#pragma once

#include "agent/acts.h"

int permit_import_check(struct agent *agent, const struct act *act, struct ipc_log_append *event,
			struct err *err);
int permit_import_commit(struct agent *agent, const struct act *act, uint64_t seq, char *ret_number,
			 struct err *err);
