/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Which drivers an interface may get that was opened for what it says it is.
 * The kernel also goes by vendor and product alone: a network adapter's driver
 * takes an interface that says storage, if the numbers are those of an adapter.
 */

#pragma once

#include <stdint.h>

/* Names, NULL at the end, the first that takes it has it; NULL: whichever fits. */
const char *const *drivers_for(uint32_t classes);
