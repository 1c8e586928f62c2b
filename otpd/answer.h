/* SPDX-License-Identifier: Apache-2.0 */

/* Answers that are given only after their log entry is durable. */

#pragma once

#include "otpd/otpd.h"

#define OTPD_PENDING_MAX IPC_SUBMIT_MAX
#define OTPD_REPLY_MAX 512 /* bytes, the largest answer */

int answer_init(struct otpd *otpd, struct err *err);
void answer_deinit(struct otpd *otpd);

/**
 * answer_after_log() - log, then answer
 * @event:	the entry
 * @reply:	sent when the entry is durable; copied
 * @fallback:	sent when it is not, of the same size; for most the refusal
 *		IPC_OTP_UNAVAILABLE
 */
void answer_after_log(struct otpd *otpd, const struct ipc_request *request,
		      const struct ipc_log_append *event, const void *reply, const void *fallback,
		      size_t size);

/* An answer with a bare result. */
struct ipc_otp_answer answer_result(enum ipc_otp_result result);

/* answer_after_log() for such an answer; the fallback is IPC_OTP_UNAVAILABLE. */
void answer_result_after_log(struct otpd *otpd, const struct ipc_request *request,
			     const struct ipc_log_append *event,
			     const struct ipc_otp_answer *answer);

/* Without a log entry: for refusals that decided nothing. */
void answer_now(struct otpd *otpd, const struct ipc_request *request, enum ipc_otp_result result);

/* The result as the log has it. */
const char *answer_word(enum ipc_otp_result result);
