/* SPDX-License-Identifier: Apache-2.0 */

#include "otpd/person.h"

#include "core/err.h"
#include "core/file.h"
#include "core/parse.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
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

uid_t person_behind(const struct ipc_peer *peer)
{
	char path[32], text[16] = "";
	uint64_t uid = 0;
	struct err ignored = { 0 };

	if (peer->uid != 0)
		return peer->uid;
	(void)snprintf(path, sizeof(path), "/proc/%d/loginuid", peer->pid);
	if (file_read_attribute(AT_FDCWD, path, text, sizeof(text)) < 0 ||
	    parse_u64(text, UINT32_MAX - 1, &uid, &ignored) < 0)
		return 0;
	return (uid_t)uid;
}

/* Root is nobody in particular: say who became it. */
static void name_who_became_root(struct ipc_log_append *event, const struct ipc_peer *peer)
{
	uid_t uid = person_behind(peer);
	const struct passwd *account = uid != peer->uid ? getpwuid(uid) : NULL;

	if (account)
		ipc_event_add(event, "ruser", account->pw_name);
}

void person_event(struct ipc_log_append *event, const char *type, const char *user,
		  const char *token, const struct ipc_peer *peer)
{
	ipc_event_init(event, type);
	ipc_event_add(event, "user", user);
	ipc_event_add_number(event, "uid", peer->uid);
	name_who_became_root(event, peer);
	ipc_event_add(event, "token", token);
}
