/* SPDX-License-Identifier: Apache-2.0 */

/* What the log daemon may be asked, and by whom. */

#pragma once

#include "ipc/server.h"

extern const struct ipc_service answers_services[];
extern const size_t answers_n_services;
