/* SPDX-License-Identifier: Apache-2.0 */

#include "otpd/answer.h"

#include "core/err.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

struct otpd_pending {
	struct otpd *otpd; /* NULL: free slot */
	uint64_t client;
	uint32_t tag;
	size_t size;
	char reply[OTPD_REPLY_MAX];
	char fallback[OTPD_REPLY_MAX];
};

int answer_init(struct otpd *otpd, struct err *err)
{
	otpd->pending = calloc(OTPD_PENDING_MAX, sizeof(*otpd->pending));
	return otpd->pending ? 0 : err_set(err, -ENOMEM, "out of memory");
}

void answer_deinit(struct otpd *otpd)
{
	if (otpd->pending)
		sodium_memzero(otpd->pending, OTPD_PENDING_MAX * sizeof(*otpd->pending));
	free(otpd->pending);
	otpd->pending = NULL;
}

static void logged(void *ctx, int rc, uint64_t seq)
{
	struct otpd_pending *pending = ctx;

	(void)seq;
	ipc_reply(&pending->otpd->server, pending->client, pending->tag,
		  rc == 0 ? pending->reply : pending->fallback, pending->size);
	sodium_memzero(pending, sizeof(*pending));
}

static struct otpd_pending *free_slot(struct otpd *otpd)
{
	for (size_t i = 0; i < OTPD_PENDING_MAX; i++) {
		if (!otpd->pending[i].otpd)
			return &otpd->pending[i];
	}
	return NULL;
}

void answer_after_log(struct otpd *otpd, const struct ipc_request *request,
		      const struct ipc_log_append *event, const void *reply, const void *fallback,
		      size_t size)
{
	struct otpd_pending *pending = free_slot(otpd);

	if (!pending || size > OTPD_REPLY_MAX) {
		answer_now(otpd, request, IPC_OTP_UNAVAILABLE);
		return;
	}
	pending->otpd = otpd;
	pending->client = request->client;
	pending->tag = request->tag;
	pending->size = size;
	memcpy(pending->reply, reply, size);
	memcpy(pending->fallback, fallback, size);
	ipc_submit(&otpd->log, event, logged, pending);
}

struct ipc_otp_answer answer_result(enum ipc_otp_result result)
{
	return (struct ipc_otp_answer){ .header.kind = IPC_OTP_ANSWER, .result = (uint8_t)result };
}

void answer_result_after_log(struct otpd *otpd, const struct ipc_request *request,
			     const struct ipc_log_append *event,
			     const struct ipc_otp_answer *answer)
{
	const struct ipc_otp_answer fallback = answer_result(IPC_OTP_UNAVAILABLE);

	answer_after_log(otpd, request, event, answer, &fallback, sizeof(fallback));
}

void answer_now(struct otpd *otpd, const struct ipc_request *request, enum ipc_otp_result result)
{
	struct ipc_otp_answer answer = answer_result(result);

	ipc_reply(&otpd->server, request->client, request->tag, &answer, sizeof(answer));
}

const char *answer_word(enum ipc_otp_result result)
{
	switch (result) {
	case IPC_OTP_UNAVAILABLE:
		return "unavailable";
	case IPC_OTP_ACCEPTED:
		return "accepted";
	case IPC_OTP_WRONG:
		return "wrong";
	case IPC_OTP_USED:
		return "used";
	case IPC_OTP_LOCKED:
		return "locked";
	case IPC_OTP_NOT_ENROLLED:
		return "not_enrolled";
	case IPC_OTP_CLOCK:
		return "clock";
	case IPC_OTP_NOT_REQUIRED:
		return "not_required";
	case IPC_OTP_MISTYPED:
		return "mistyped";
	case IPC_OTP_OVER:
		return "over";
	}
	return "unknown";
}
