/* SPDX-License-Identifier: Apache-2.0 */

/* Names of the markers, as packaging/udev/ looks for them. */

#pragma once

#include <inttypes.h>

#define MARKER_MAX 64

#define MARKER_READ_ONLY "allow-%" PRIu64 /* diskseq */
#define MARKER_WRITABLE "write-%" PRIu64
#define MARKER_DENY "deny-%03u-%03u" /* udev's BUSNUM and DEVNUM */
#define MARKER_NODES "user-%u-%u"    /* sysfs' busnum and devnum */
#define MARKER_INPUT "ask-input"
/* The inode of its folder in sysfs, used for nothing else till boot. */
#define MARKER_REVOKED "revoked-%ju"
#define MARKER_OPENED "opened-%ju" /* likewise, of an interface */
