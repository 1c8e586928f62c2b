/* SPDX-License-Identifier: Apache-2.0 */

#include "otpd/grace.h"

#include "core/clock.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROMISE_US (60 * CLOCK_US_PER_SEC)
#define STAT_FIELDS_TO_START 20 /* from the state behind ")" to starttime, proc(5) */

static bool start_of(pid_t pid, uint64_t *ret)
{
	char path[32], text[1024], *at;
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	if (n <= 0)
		return false;
	text[n] = '\0';
	at = strrchr(text, ')'); /* the name before it may hold blanks */
	for (int field = 0; at && field < STAT_FIELDS_TO_START; field++)
		at = strchr(at + 1, ' ');
	if (!at)
		return false;
	*ret = strtoull(at + 1, NULL, 10);
	return *ret != 0;
}

static bool session_of(pid_t asker, struct grace_session *ret)
{
	*ret = (struct grace_session){ .leader = getsid(asker) };
	return ret->leader > 0 && start_of(ret->leader, &ret->started);
}

static struct grace *find(struct graces *graces, const struct grace_request *request,
			  const struct grace_session *session)
{
	for (size_t i = 0; i < GRACES_MAX; i++) {
		struct grace *grace = &graces->entries[i];

		if (*grace->user != '\0' && grace->session.leader == session->leader &&
		    grace->session.started == session->started &&
		    strcmp(grace->user, request->user) == 0 &&
		    strcmp(grace->service, request->service) == 0)
			return grace;
	}
	return NULL;
}

static struct grace *oldest(struct graces *graces)
{
	struct grace *found = &graces->entries[0];

	for (size_t i = 0; i < GRACES_MAX; i++) {
		struct grace *grace = &graces->entries[i];

		if (*grace->user == '\0')
			return grace;
		if (grace->since_us < found->since_us)
			found = grace;
	}
	return found;
}

static bool is_fresh(const struct grace *grace, const struct grace_request *request,
		     uint32_t grace_s)
{
	return request->now_us - grace->since_us < (int64_t)grace_s * CLOCK_US_PER_SEC;
}

void grace_give(struct graces *graces, const struct grace_request *request)
{
	struct grace_session session;
	struct grace *grace;

	if (!session_of(request->asker, &session))
		return;
	grace = find(graces, request, &session);
	if (!grace)
		grace = oldest(graces);
	*grace = (struct grace){ .session = session, .since_us = request->now_us };
	(void)snprintf(grace->user, sizeof(grace->user), "%s", request->user);
	(void)snprintf(grace->service, sizeof(grace->service), "%s", request->service);
}

bool grace_promise(struct graces *graces, const struct grace_request *request, uint32_t grace_s)
{
	struct grace_session session;
	struct grace *grace =
		session_of(request->asker, &session) ? find(graces, request, &session) : NULL;

	if (!grace || !is_fresh(grace, request, grace_s))
		return false;
	grace->promised_us = request->now_us + PROMISE_US;
	return true;
}

bool grace_redeem(struct graces *graces, const struct grace_request *request, uint32_t grace_s)
{
	struct grace_session session;
	struct grace *grace =
		session_of(request->asker, &session) ? find(graces, request, &session) : NULL;
	bool holds = grace && grace_s > 0 &&
		     (is_fresh(grace, request, grace_s) || request->now_us < grace->promised_us);

	if (holds)
		grace->promised_us = 0;
	return holds;
}

void grace_forget(struct graces *graces, const char *user)
{
	for (size_t i = 0; i < GRACES_MAX; i++) {
		if (strcmp(graces->entries[i].user, user) == 0)
			graces->entries[i] = (struct grace){ 0 };
	}
}
