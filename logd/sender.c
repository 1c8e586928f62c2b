/* SPDX-License-Identifier: Apache-2.0 */

#include "logd/sender.h"

#include "audit/record.h"
#include "ipc/protocol.h"

#include <string.h>
#include <unistd.h>

bool sender_may_say(uid_t uid, uid_t otp_uid, const struct ipc_log_append *event)
{
	const struct record_type *type =
		record_type_find(event->type, strnlen(event->type, sizeof(event->type)));

	if (!type)
		return false;
	switch (type->source) {
	case RECORD_SOURCE_NONE:
	case RECORD_SOURCE_LOG:
		return false;
	case RECORD_SOURCE_AGENT:
		return uid == 0 || uid == geteuid();
	case RECORD_SOURCE_OTP:
		return uid == otp_uid || uid == geteuid();
	}
	return false;
}
