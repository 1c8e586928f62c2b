/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/situation.h"

#include "core/clock.h"
#include "core/cleanup.h"
#include "core/err.h"
#include "core/log.h"
#include "core/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <unistd.h>

#define SECONDS_PER_MINUTE 60
#define REGISTER_NAME "sekisho.register" /* in the folder of the administrator's policy */

static int64_t wall_s(void)
{
	return clock_read_us(CLOCK_REALTIME) / CLOCK_US_PER_SEC;
}

void situation_refresh(struct situation *situation)
{
	struct policy_circumstances *at = &situation->at;
	const struct seat *seat = &situation->seat;
	int64_t latest_us = clock_mark_pass(&situation->site.latest, clock_read_us(CLOCK_REALTIME),
					    clock_read_us(CLOCK_BOOTTIME));

	*at = (struct policy_circumstances){
		.zone = situation->site.zone,
		.now = policy_minute_from_clock(wall_s()),
		.latest = policy_minute_from_clock(latest_us / CLOCK_US_PER_SEC),
		.seat_known = seat->known && seat->groups_complete,
	};
	(void)text_escape(at->user, sizeof(at->user), seat->user, strlen(seat->user));
	for (; at->n_groups < seat->n_groups; at->n_groups++)
		(void)text_escape(at->groups[at->n_groups], sizeof(at->groups[0]),
				  seat->groups[at->n_groups], strlen(seat->groups[at->n_groups]));
	if (situation->exceptions)
		exceptions_fill(situation->exceptions, at);
}

/* At the next full minute: "until 17:15" means it. */
static void set_minute(struct situation *situation)
{
	const struct policy *policy = situation->rulebook.in_force.policy;
	int64_t left_s = SECONDS_PER_MINUTE - wall_s() % SECONDS_PER_MINUTE;

	loop_timer_set(&situation->minute, (policy && policy_asks_time(policy)) ||
							   media_book_asks_time(&situation->book)
						   ? left_s * CLOCK_US_PER_SEC
						   : 0);
}

static void tell(struct situation *situation)
{
	situation_refresh(situation);
	set_minute(situation);
	situation->changed(situation);
}

static void minute_expired(struct loop_timer *timer)
{
	struct situation *situation = container_of(timer, struct situation, minute);

	tell(situation);
	rulebook_tick(&situation->rulebook, policy_latest(&situation->at));
	media_book_tick(&situation->book, policy_latest(&situation->at));
}

static void seat_changed(struct seat *seat)
{
	struct situation *situation = container_of(seat, struct situation, seat);
	const struct policy *policy = situation->rulebook.in_force.policy;

	if (policy && policy_asks_seat(policy))
		tell(situation);
	else
		situation_refresh(situation);
	situation->seated(situation);
}

static void sessions_changed(struct seat *seat)
{
	struct situation *situation = container_of(seat, struct situation, seat);

	situation->seated(situation);
}

static void policy_changed(struct rulebook *rulebook)
{
	tell(container_of(rulebook, struct situation, rulebook));
}

static void book_changed(struct media_book *book)
{
	struct situation *situation = container_of(book, struct situation, book);

	if (situation->is_started)
		tell(situation);
}

static void book_again(struct media_book *book)
{
	struct situation *situation = container_of(book, struct situation, book);

	situation->again(situation);
}

static void rulebook_again(struct rulebook *rulebook)
{
	struct situation *situation = container_of(rulebook, struct situation, rulebook);

	situation->again(situation);
}

static void site_again(struct site *site)
{
	struct situation *situation = container_of(site, struct situation, site);

	situation->again(situation);
}

static void look_at_policy(struct situation *situation)
{
	situation_refresh(situation);
	rulebook_look(&situation->rulebook, policy_latest(&situation->at), NULL, NULL);
}

static void look_at_register(struct situation *situation)
{
	situation_refresh(situation);
	media_book_look(&situation->book, policy_latest(&situation->at), NULL, NULL);
}

/* Another zone has other rules, another package's policy, and maybe other signers. */
static void site_changed(struct site *site)
{
	struct situation *situation = container_of(site, struct situation, site);

	media_book_start(&situation->book);
	rulebook_start(&situation->rulebook);
	look_at_policy(situation);
	look_at_register(situation);
}

static bool is_named(const struct inotify_event *event, const char *name)
{
	return event->mask & IN_Q_OVERFLOW || (event->len > 0 && strcmp(event->name, name) == 0);
}

/* A half-written file is refused and looked at again when its writer closes it. */
static void policy_watch_run(struct loop_source *source, uint32_t events)
{
	struct situation *situation = container_of(source, struct situation, policy_watch);
	_Alignas(struct inotify_event) char buffer[4096];
	ssize_t n = read(source->fd, buffer, sizeof(buffer));
	bool is_policy = false;
	bool is_register = false;

	(void)events;
	for (ssize_t at = 0; at < n;) {
		const struct inotify_event *event = (const void *)(buffer + at);

		is_policy |= is_named(event, situation->policy_name);
		is_register |= is_named(event, REGISTER_NAME);
		at += (ssize_t)(sizeof(*event) + event->len);
	}
	if (is_policy)
		look_at_policy(situation);
	if (is_register)
		look_at_register(situation);
}

/* Without the watch a policy is taken up on reload only. */
static void watch_policy(struct situation *situation, const char *path)
{
	const char *slash = strrchr(path, '/');
	cleanup_free char *folder = slash ? strndup(path, (size_t)(slash - path)) : NULL;
	struct err err = { 0 };

	situation->policy_name = slash ? slash + 1 : path;
	situation->policy_watch.run = policy_watch_run;
	situation->policy_watch.fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (!folder || situation->policy_watch.fd < 0 ||
	    inotify_add_watch(situation->policy_watch.fd, folder,
			      IN_CLOSE_WRITE | IN_MOVED_TO | IN_ATTRIB | IN_ONLYDIR) < 0 ||
	    loop_add(situation->loop, &situation->policy_watch, EPOLLIN, &err) < 0)
		log_warning("%s is not watched: %m; remedy: systemctl reload sekishod", path);
}

static void join_parts(struct situation *situation, const struct situation_paths *paths,
		       struct ipc_submitter *log)
{
	situation->seat.changed = seat_changed;
	situation->seat.sessions_changed = sessions_changed;
	situation->site = (struct site){ .state_dir = paths->state_dir,
					 .log_socket = paths->log_socket,
					 .otp_socket = paths->otp_socket,
					 .log = log,
					 .changed = site_changed,
					 .again = site_again };
	situation->rulebook = (struct rulebook){ .file = paths->policy,
						 .state_dir = paths->state_dir,
						 .packaged_dir = paths->packaged_dir,
						 .log = log,
						 .site = &situation->site,
						 .changed = policy_changed,
						 .again = rulebook_again };
	situation->book = (struct media_book){ .state_dir = paths->state_dir,
					       .events.state_dir = paths->state_dir,
					       .log = log,
					       .site = &situation->site,
					       .changed = book_changed,
					       .again = book_again };
}

static int name_register(struct situation *situation, const char *policy, struct err *err)
{
	const char *slash = strrchr(policy, '/');

	if (asprintf(&situation->book.file, "%.*s" REGISTER_NAME,
		     slash ? (int)(slash + 1 - policy) : 0, policy) >= 0)
		return 0;
	situation->book.file = NULL;
	return err_set(err, -ENOMEM, "out of memory");
}

int situation_init(struct situation *situation, struct loop *loop,
		   const struct situation_paths *paths, struct ipc_submitter *log, struct err *err)
{
	int rc = loop_timer_init(loop, &situation->minute, minute_expired, err);

	situation->loop = loop;
	if (rc == 0)
		rc = seat_init(&situation->seat, loop, paths->seat_dir, err);
	join_parts(situation, paths, log);
	if (rc == 0)
		rc = name_register(situation, paths->policy, err);
	if (rc == 0)
		watch_policy(situation, paths->policy);
	return rc;
}

void situation_deinit(struct situation *situation)
{
	rulebook_deinit(&situation->rulebook);
	media_book_deinit(&situation->book);
	seat_deinit(&situation->seat);
	if (situation->loop)
		loop_remove(situation->loop, &situation->policy_watch);
	closep(&situation->policy_watch.fd);
	if (situation->loop)
		loop_timer_deinit(situation->loop, &situation->minute);
}

void situation_start(struct situation *situation)
{
	situation_refresh(situation);
	site_read(&situation->site, policy_latest(&situation->at));
	situation_refresh(situation);
	media_book_start(&situation->book); /* before anything can be allowed */
	rulebook_start(&situation->rulebook);
	look_at_policy(situation);
	look_at_register(situation);
	rulebook_tick(&situation->rulebook, policy_latest(&situation->at));
	situation->is_started = true;
	media_book_tick(&situation->book, policy_latest(&situation->at));
}

void situation_look(struct situation *situation)
{
	seat_refresh(&situation->seat);
	look_at_policy(situation);
	look_at_register(situation);
}

void situation_retry(struct situation *situation)
{
	situation_refresh(situation);
	site_retry(&situation->site, policy_latest(&situation->at));
	if (*situation->rulebook.detail || situation->rulebook.must_look)
		look_at_policy(situation);
	media_book_retry(&situation->book, policy_latest(&situation->at));
}
