/* SPDX-License-Identifier: Apache-2.0 */

/* Recovery codes: making and using them. */

#pragma once

#include "otpd/otpd.h"

/* Decides the login if one was typed.  Return: false when it is no code of this user's. */
bool recovery_login(struct otpd *otpd, const struct ipc_request *request,
		    const struct ipc_otp_verify *login);

void recovery_request(struct ipc_server *server, const struct ipc_request *request);
