/* SPDX-License-Identifier: Apache-2.0 */

/* Steps of administration that the log must have before they are done. */

#pragma once

struct err;

/* By sekishod, as admin.action; for root.  Return: 0 when it is durable. */
int record_action(const char *action, const char *detail, struct err *err);
