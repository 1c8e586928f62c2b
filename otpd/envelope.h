/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Codes from sealed envelopes: on the local console, without host key and
 * without log.
 *
 * MUST: what the log could not take is kept, and logged first thing after.
 */

#pragma once

#include "otpd/otpd.h"

void envelope_open(struct otpd *otpd);
void envelope_close(struct otpd *otpd);

/* Decides the login if one was typed.  Return: false when it is another kind of code, or a wrong
 * one. */
bool envelope_login(struct otpd *otpd, const struct ipc_request *request,
		    const struct ipc_otp_verify *login);

void envelope_seal(struct ipc_server *server, const struct ipc_request *request);
