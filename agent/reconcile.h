/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What the static rules and the agent gave, compared with what is there: modes
 * and owners of nodes, and the read-only flag of disks.
 *
 * Only devices that udev is done with are looked at, and what udev may be
 * about to change is looked at again before anybody says so.  Nothing is opened
 * here: rights are taken away, or udev is asked to set them as its rules say.
 */

#pragma once

#include "agent/findings.h"
#include "agent/storage.h"

struct udev;

/* @findings: between findings_begin() and findings_end(). */
void reconcile_check(struct findings *findings, struct udev *udev, const struct storage *storage);
