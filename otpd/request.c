/* SPDX-License-Identifier: Apache-2.0 */

#include "otpd/request.h"

#include "core/text.h"

#include <pwd.h>
#include <string.h>

bool request_is_text(const char *field, size_t size)
{
	size_t len = strnlen(field, size);

	if (len == size)
		return false;
	for (size_t i = 0; i < len;) {
		uint32_t c;
		size_t n = text_next(field + i, len - i, &c);

		if (n == 0 || text_is_unsafe(c))
			return false;
		i += n;
	}
	return true;
}

bool request_is_user(const char *field, size_t size)
{
	return request_is_text(field, size) && field[0] != '\0';
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
	       request_is_text(login->service, sizeof(login->service)) &&
	       request_is_text(login->tty, sizeof(login->tty)) &&
	       request_is_text(login->rhost, sizeof(login->rhost)) &&
	       request_is_text(login->ruser, sizeof(login->ruser)) &&
	       strnlen(login->code, sizeof(login->code)) < sizeof(login->code);
}
