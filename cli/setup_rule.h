/* SPDX-License-Identifier: Apache-2.0 */

/* Values from a device, quoted for a udev rule. */

#pragma once

#include <stddef.h>

/**
 * setup_rule_value() - a value as a udev match pattern
 *
 * Whatever is not plainly harmless becomes "?", which matches any one
 * character: a device must not be able to write rules.
 *
 * Return: @out.
 */
const char *setup_rule_value(char *out, size_t size, const char *value);
