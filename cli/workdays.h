/* SPDX-License-Identifier: Apache-2.0 */

/*
 * 行政機関の休日: Saturdays, Sundays, national holidays and December 29th to January
 * 3rd, and the terms that end on none of them.  National holidays are those that
 * the law computes, as it stands since 2022; the equinoxes by the formula that holds
 * from 1980 to 2099.  A holiday that a later law adds is not known: the end is then
 * too early, never too late.
 */

#pragma once

#include "policy/device.h"

/* True for a day on which offices are closed; @minute may be any of that day. */
bool workdays_is_closed(policy_minute minute);

/**
 * workdays_term() - the last day of a term
 * @known:	when it became known; that day is the first
 * @days:	30 or 60, closed days counted as well
 *
 * Return: the first minute of that day, of the next open one where it is closed.
 */
policy_minute workdays_term(policy_minute known, unsigned int days);
