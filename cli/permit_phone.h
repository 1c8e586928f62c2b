/* SPDX-License-Identifier: Apache-2.0 */

/* sekisho permit approve --by-phone, at the terminal; the other end is permit_desk.c. */

#pragma once

#include "ipc/act.h"

struct err;

/* What is to be read out is shown, and the digits that come back are sent, until they are right.
 * Return: 0 when the permit is approved. */
int permit_phone_send(struct ipc_agent_act *act, struct err *err);
