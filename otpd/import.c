/* SPDX-License-Identifier: Apache-2.0 */

#include "otpd/import.h"

#include "core/err.h"
#include "core/text.h"
#include "mfa/pool.h"
#include "otpd/answer.h"
#include "otpd/person.h"
#include "otpd/request.h"
#include "ipc/tokens.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define NAMED_MAX 5 /* duplicates named in one refusal */

struct otpd_import {
	uint64_t id;
	uid_t uid; /* whose */
	uint32_t total;
	uint32_t n; /* here so far */
	struct token tokens[];
};

static size_t size_of(uint32_t total)
{
	return sizeof(struct otpd_import) + total * sizeof(struct token);
}

void import_forget(struct otpd *otpd)
{
	if (otpd->import)
		sodium_memzero(otpd->import, size_of(otpd->import->total));
	free(otpd->import);
	otpd->import = NULL;
}

static int begin(struct otpd *otpd, const struct ipc_request *request, struct err *err)
{
	const struct ipc_otp_import *part = request->message;

	import_forget(otpd);
	if (part->total == 0 || part->total > POOL_MAX)
		return err_set(err, -E2BIG, "%d tokens are the most at once", POOL_MAX);
	otpd->import = calloc(1, size_of(part->total));
	if (!otpd->import)
		return err_set(err, -ENOMEM, "out of memory");
	otpd->import->id = part->id;
	otpd->import->uid = request->peer.uid;
	otpd->import->total = part->total;
	return 0;
}

static int take(const struct ipc_otp_spare *spare, uid_t by, struct token *ret, struct err *err)
{
	if (!request_is_user(spare->serial, sizeof(spare->serial)) ||
	    !text_is_safe_field(spare->label, sizeof(spare->label)))
		return err_set(err, -EINVAL, "a token without a serial number");
	*ret = (struct token){ .state = TOKEN_SPARE, .seen_by = { by, by } };
	strcpy(ret->id, spare->serial);
	strcpy(ret->label, spare->label);
	ret->totp = (struct totp){ .secret_len = spare->secret_len,
				   .algorithm = spare->shape.algorithm,
				   .digits = spare->shape.digits,
				   .period = spare->shape.period_sec };
	memcpy(ret->totp.secret, spare->secret, sizeof(ret->totp.secret));
	if (!totp_is_sound(&ret->totp))
		return err_set(err, -EINVAL, "token %s is of a kind that cannot be used", ret->id);
	return 0;
}

/* Appends what the message holds. */
static int receive(struct otpd *otpd, const struct ipc_request *request, struct err *err)
{
	const struct ipc_otp_import *part = request->message;
	struct otpd_import *import = otpd->import;
	uid_t by = person_behind(&request->peer);
	int rc = 0;

	if (!import || import->id != part->id || import->uid != request->peer.uid ||
	    part->first != import->n || part->n == 0 || part->n > IPC_OTP_IMPORT_MAX ||
	    part->n > import->total - import->n)
		return err_set(err, -EPROTO, "the import was interrupted; remedy: start it again");
	for (uint32_t i = 0; rc == 0 && i < part->n; i++)
		rc = take(&part->tokens[i], by, &import->tokens[import->n++], err);
	return rc;
}

struct duplicates {
	char text[IPC_TEXT_MAX / 2];
	uint32_t n;
};

static void note_duplicate(struct duplicates *found, const char *id)
{
	size_t len = strlen(found->text);

	if (found->n++ < NAMED_MAX)
		(void)snprintf(found->text + len, sizeof(found->text) - len, "%s%s",
			       len > 0 ? ", " : "", id);
}

static int refuse_duplicates(struct otpd *otpd, struct pool *pool, struct err *err)
{
	struct duplicates found = { 0 };
	char holder[MFA_USER_MAX];
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && i < otpd->import->n; i++) {
		rc = census_holder(&otpd->census, otpd->import->tokens[i].id, holder, err);
		if (rc < 0)
			return rc;
		if (*holder)
			note_duplicate(&found, otpd->import->tokens[i].id);
		rc = pool_add(otpd->store, pool, &otpd->import->tokens[i], err);
		if (rc != -EEXIST)
			continue;
		*err = (struct err){ 0 };
		rc = 0;
		note_duplicate(&found, otpd->import->tokens[i].id);
	}
	if (rc == 0 && found.n > 0)
		rc = err_set(
			err, -EEXIST,
			"nothing was imported: %u tokens are here already (%s%s); remedy: take "
			"them out of the file, or revoke them first",
			found.n, found.text, found.n > NAMED_MAX ? ", ..." : "");
	return rc;
}

static int finish(struct otpd *otpd, struct err *err)
{
	cleanup_pool struct pool pool = { 0 };
	int rc = otpd->store ? pool_load(otpd->store, &pool, err)
			     : err_set(err, -ENOKEY, "there is no host key: %s", otpd->key_detail);

	if (rc == 0)
		rc = refuse_duplicates(otpd, &pool, err);
	if (rc == 0)
		rc = pool_save(otpd->store, &pool, err);
	return rc;
}

void admin_import(struct ipc_server *server, const struct ipc_request *request)
{
	const struct ipc_otp_import *part = request->message;
	const struct ipc_otp_answer answer = answer_result(IPC_OTP_ACCEPTED);
	struct otpd *otpd = server->ctx;
	struct ipc_log_append event;
	struct err err = { 0 };
	int rc = part->first == 0 ? begin(otpd, request, &err) : 0;

	if (rc == 0)
		rc = receive(otpd, request, &err);
	if (rc == 0 && otpd->import->n < otpd->import->total) {
		answer_now(otpd, request, IPC_OTP_ACCEPTED);
		return;
	}
	if (rc == 0)
		rc = finish(otpd, &err);
	import_forget(otpd);
	if (rc < 0) {
		person_refuse(otpd, request, &err);
		return;
	}
	person_event(&event, "token.import", "", NULL, &request->peer);
	ipc_event_add_number(&event, "count", part->total);
	answer_result_after_log(otpd, request, &event, &answer);
}
