/* SPDX-License-Identifier: Apache-2.0 */

#include "otpd/request.h"

#include "core/text.h"

#include <pwd.h>
#include <string.h>

bool request_is_user(const char *field, size_t size)
{
	return text_is_safe_field(field, size) && field[0] != '\0';
}

bool request_may_ask(const struct ipc_peer *peer, const char *user)
{
	const struct passwd *self;

	if (peer->uid == 0)
		return true;
	self = getpwuid(peer->uid);
	return self && strcmp(self->pw_name, user) == 0;
}

bool request_may_try(struct otpd *otpd, const struct ipc_peer *peer)
{
	return rate_admit(&otpd->attempts, peer->uid, otpd->clock.boot_us(otpd->clock.ctx));
}

bool request_is_login(const struct ipc_otp_verify *login)
{
	return request_is_user(login->user, sizeof(login->user)) &&
	       text_is_safe_field(login->service, sizeof(login->service)) &&
	       text_is_safe_field(login->tty, sizeof(login->tty)) &&
	       text_is_safe_field(login->rhost, sizeof(login->rhost)) &&
	       text_is_safe_field(login->ruser, sizeof(login->ruser)) &&
	       strnlen(login->code, sizeof(login->code)) < sizeof(login->code);
}
