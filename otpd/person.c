/* SPDX-License-Identifier: Apache-2.0 */

#include "otpd/person.h"

#include "core/err.h"

#include <errno.h>
#include <string.h>

static int no_key(const struct otpd *otpd, struct err *err)
{
	return err_set(err, -ENOKEY, "there is no host key: %s", otpd->key_detail);
}

void person_refuse(struct otpd *otpd, const struct ipc_request *request, const struct err *err)
{
	ipc_reply_error(&otpd->server, request->client, request->tag, err);
}

int person_load_or_begin(struct otpd *otpd, const char *name, struct mfa_user *ret, struct err *err)
{
	int rc;

	if (!otpd->store)
		return no_key(otpd, err);
	rc = store_load(otpd->store, name, ret, err);
	if (rc == -ENOENT || rc == -EBADMSG) {
		*ret = (struct mfa_user){ 0 };
		strcpy(ret->name, name);
		*err = (struct err){ 0 };
		rc = 0;
	}
	return rc;
}

int person_load(struct otpd *otpd, const char *name, struct mfa_user *ret, struct err *err)
{
	int rc;

	if (!otpd->store)
		return no_key(otpd, err);
	rc = store_load(otpd->store, name, ret, err);
	if (rc == -ENOENT)
		rc = err_set(err, rc, "%s has no token; remedy: sekisho token enroll %s", name,
			     name);
	return rc;
}

void person_event(struct ipc_log_append *event, const char *type, const char *user,
		  const char *token, const struct ipc_peer *peer)
{
	ipc_event_init(event, type);
	ipc_event_add(event, "user", user);
	ipc_event_add_number(event, "uid", peer->uid);
	ipc_event_add(event, "token", token);
}

struct search {
	const char *id;
	char *ret;
};

static void look(const struct mfa_user *user, int rc, void *ctx)
{
	const struct search *search = ctx;

	if (rc == 0 && mfa_user_find_id(user, search->id) >= 0)
		strcpy(search->ret, user->name);
}

int person_with(struct otpd *otpd, const char *id, char ret[static MFA_USER_MAX], struct err *err)
{
	struct search search = { .id = id, .ret = ret };

	*ret = '\0';
	if (!otpd->store)
		return no_key(otpd, err);
	return store_each(otpd->store, look, &search, err);
}
