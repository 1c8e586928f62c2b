/* SPDX-License-Identifier: Apache-2.0 */

#pragma once

#include "ipc/media.h"

#include <stddef.h>

/* One sentence for the person, in the language of the process. */
void medium_notice(const struct ipc_agent_notice *notice, char *out, size_t size);
