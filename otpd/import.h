/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Hardware tokens arrive, already read and decrypted by the command: all of one
 * file or none.  The parts wait in memory until the last is here.
 */

#pragma once

#include "otpd/otpd.h"

void admin_import(struct ipc_server *server, const struct ipc_request *request);

/* Wipes what has arrived of an import that was not finished. */
void import_forget(struct otpd *otpd);
