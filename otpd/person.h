/* SPDX-License-Identifier: Apache-2.0 */

/* What the handlers for administrators do alike. */

#pragma once

#include "otpd/otpd.h"

/* Reads the user; one who was never enrolled, or whose file is damaged, begins empty. */
int person_load_or_begin(struct otpd *otpd, const char *name, struct mfa_user *ret,
			 struct err *err);

/* Reads one who must be there. */
int person_load(struct otpd *otpd, const char *name, struct mfa_user *ret, struct err *err);

/**
 * person_behind() - who asks
 *
 * For root, who became root: the login uid that the kernel keeps across su and
 * sudo; 0 where it has none.  Another root can hide behind 0 (docs/threat-model.md).
 */
uid_t person_behind(const struct ipc_peer *peer);

/* @user "" or @token NULL: not named. */
void person_event(struct ipc_log_append *event, const char *type, const char *user,
		  const char *token, const struct ipc_peer *peer);

void person_refuse(struct otpd *otpd, const struct ipc_request *request, const struct err *err);
