/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What a company brings in for a day (持込み媒体): no register knows it, its permit does.
 *
 * MUST: it opens for the person who has just proven by a code that he stands beside it,
 * at the plug for which he did so, in his session, and for PERMIT_VENDOR_S at most.
 */

#pragma once

#include "agent/permits.h"

struct agent;

/**
 * vendor_identify() - whether a device that no register knows is what a permit is for
 * @device:	attached_device.id
 * @facts:	permit and permit_for are set where it may open
 * @ret_claims:	DEVICE_CLAIMS_MAX bytes, its number; stays as it is for what is unknown
 *
 * Return: why it is barred, a word of the log's glossary, or NULL.
 */
const char *vendor_identify(const struct permits *permits, const char *terminal,
			    const struct policy_circumstances *at, uint64_t device,
			    struct policy_device *facts, char *ret_claims);

/* Of @left_s seconds of the permit those for which its witness stands. */
int64_t vendor_left_s(const struct permits_entry *entry, int64_t left_s, int64_t boot_us);

/* A session is over: who was to stand beside it is gone.  Return: true when one was. */
bool vendor_follow(struct permits *permits, const struct seat *seat);

/* What was to be on it is not: it stays shut until it is plugged in again. */
void vendor_refuse(struct permits *permits, const char *number);

/**
 * vendor_take() - fill in what is plugged in as the medium of a permit
 * @permit:	usb and serial are set
 *
 * The one stick that no register knows; of several nobody can say which is meant.
 */
int vendor_take(const struct agent *agent, struct permit *permit, struct err *err);

/* What the register and the policy have against it. */
int vendor_check(const struct agent *agent, const struct permit *permit, struct err *err);
