/* SPDX-License-Identifier: Apache-2.0 */

/* Keys that building and asking the index share. */

#pragma once

#include "policy/index.h"

#define INDEX_DOES_NOT_ASK (UINT64_C(1) << 63)

/* Two values with one key cost a look at a rule that does not match. */
uint32_t index_key_of_text(enum condition_kind kind, const char *text);
uint32_t index_key_of_usb(uint64_t value);

/* One of 63, for users and groups. */
uint64_t index_name_bit(const char *name);

/* Beside PERMITS_READING and PERMITS_WRITING; of exceptions one of the two. */
#define INDEX_NONE (1u << 7)
#define INDEX_SOME (1u << 6)
