/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/site_tokens.h"

#include "core/err.h"
#include "ipc/client.h"
#include "ipc/server.h"
#include "ipc/tokens.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#define PEOPLE_MIN 3 /* two users and an administrator */

/* Who has a token that counts, as otpd lists them: each user's tokens one after the other. */
struct count {
	const struct order *order;
	char last[IPC_USER_MAX];
	unsigned int n_people;
	unsigned int n_admins;
	bool has_token[ORDER_USERS_MAX]; /* of order->users */
};

/* Enough to bring the terminal back: who may enrol, or may become root. */
static bool may_administer(const char *name)
{
	const struct passwd *user = getpwnam(name);
	uid_t uid = user ? user->pw_uid : 0;

	return user && (uid == 0 || ipc_uid_in_group(uid, "sekisho-admin") ||
			ipc_uid_in_group(uid, "sudo"));
}

static void count_token(const void *reply, void *ctx)
{
	const struct ipc_otp_token *token = reply;
	struct count *count = ctx;
	char name[IPC_USER_MAX];

	(void)snprintf(name, sizeof(name), "%.*s", (int)sizeof(token->user) - 1, token->user);
	if (token->state != IPC_OTP_TOKEN_ACTIVE || strcmp(name, count->last) == 0)
		return;
	strcpy(count->last, name);
	count->n_people++;
	count->n_admins += may_administer(name);
	for (size_t i = 0; i < count->order->n_users; i++)
		count->has_token[i] |= strcmp(count->order->users[i], name) == 0;
}

static int check_named(const struct count *count, struct err *err)
{
	for (size_t i = 0; i < count->order->n_users; i++) {
		if (!count->has_token[i])
			return err_set(err, -EPERM,
				       "%s is to work here and has no token; "
				       "remedy: sekisho token enroll %s",
				       count->order->users[i], count->order->users[i]);
	}
	return 0;
}

int site_check_tokens(const struct site *site, const struct order *order, struct err *err)
{
	struct ipc_header request = ipc_header(IPC_OTP_LIST);
	struct count count = { .order = order };

	if (order->zone != ZONE_MYNUMBER ||
	    (site->witness.exists && site->witness.zone == ZONE_MYNUMBER))
		return 0;
	if (ipc_call_list(site->otp_socket, &request, sizeof(request), IPC_OTP_TOKEN,
			  sizeof(struct ipc_otp_token), count_token, &count, err) < 0) {
		err->code = -EAGAIN;
		return err_wrap(err, "sekisho-otpd cannot say who has a token");
	}
	if (count.n_people < PEOPLE_MIN || count.n_admins == 0)
		return err_set(
			err, -EPERM,
			"%u people have a token here, administrators among them: %u, and in zone "
			"%s "
			"nobody logs in without; remedy: sekisho token enroll, until two users and "
			"an administrator have one",
			count.n_people, count.n_admins, zone_name(order->zone));
	return check_named(&count, err);
}
