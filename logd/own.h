/* SPDX-License-Identifier: Apache-2.0 */

/* What the log says of itself. */

#pragma once

#include "audit/record.h"

struct err;
struct logd;
struct writer;

/* Adds an entry of this process to the next commit. */
int own_add(struct logd *logd, const char *type, const struct audit_field *fields, size_t n,
	    struct err *err);

/* The same, and sees to it that it is committed; does nothing before own_announce(). */
void own_say(struct logd *logd, const char *type, const struct audit_field *fields, size_t n);

/* What opening found and the start itself come before any event of others.  Once. */
int own_announce(struct logd *logd, struct err *err);

/* The same to the journal. */
void own_warn(const struct writer *writer);

/* The last entry.  When the system goes down the epoch ends with it. */
void own_stop(struct logd *logd);
