/* SPDX-License-Identifier: Apache-2.0 */

#include "logd/watch.h"

#include "audit/record.h"
#include "core/err.h"
#include "core/log.h"
#include "logd/logd.h"
#include "logd/own.h"
#include "logd/redact.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* A time that is never reached; setting the clock ends the wait. */
static int arm(int fd)
{
	const struct itimerspec never = { .it_value.tv_sec = INT64_C(253402300799) };

	return timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL);
}

static void say_step(struct logd *logd, int64_t expected_us, int64_t found_us)
{
	char expected[RECORD_TIME_LEN + 1];
	char found[RECORD_TIME_LEN + 1];

	record_time_format(expected_us, expected);
	record_time_format(found_us, found);
	log_warning("the clock was set from %s to %s", expected, found);
	own_say(logd, "clock.step",
		(const struct audit_field[]){ { "found", found }, { "expected", expected } }, 2);
}

/* Whether the clock was set since it was last looked at; one that is led slowly was not. */
static void look_at_clock(struct logd *logd)
{
	struct watch *watch = &logd->watch;
	int64_t boot_us = clock_read_us(CLOCK_BOOTTIME);
	int64_t offset_us = clock_read_us(CLOCK_REALTIME) - boot_us;
	int64_t step_us = offset_us - watch->offset_us;

	if (step_us >= WATCH_STEP_US || step_us <= -WATCH_STEP_US)
		say_step(logd, boot_us + watch->offset_us, boot_us + offset_us);
	watch->offset_us = offset_us;
}

/* Waking up cancels the timer as well, and changes nothing. */
static void steps_run(struct loop_source *source, uint32_t events)
{
	struct logd *logd = container_of(source, struct logd, watch.steps);
	uint64_t times;

	(void)events;
	(void)!read(source->fd, &times, sizeof(times));
	if (arm(source->fd) < 0)
		log_error("the clock is not watched any more: %s", strerror(errno));
	look_at_clock(logd);
}

static void heartbeat_expired(struct loop_timer *timer)
{
	struct logd *logd = container_of(timer, struct logd, watch.heartbeat);

	loop_timer_set(timer, WATCH_HEARTBEAT_US);
	look_at_clock(logd);
	if (logd->announced && shortage_admit(&logd->shortage, "log.heartbeat") == 0)
		own_say(logd, "log.heartbeat", NULL, 0);
	redact_catch_up(logd);
}

int watch_init(struct watch *watch, struct logd *logd, struct err *err)
{
	int rc = loop_timer_init(&logd->loop, &watch->heartbeat, heartbeat_expired, err);

	if (rc < 0)
		return rc;
	loop_timer_set(&watch->heartbeat, WATCH_HEARTBEAT_US);
	watch->offset_us = clock_read_us(CLOCK_REALTIME) - clock_read_us(CLOCK_BOOTTIME);
	watch->steps = (struct loop_source){
		.fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK),
		.run = steps_run,
	};
	if (watch->steps.fd < 0 || arm(watch->steps.fd) < 0)
		return err_set(err, -errno, "timerfd: %m");
	return loop_add(&logd->loop, &watch->steps, EPOLLIN, err);
}

void watch_deinit(struct watch *watch, struct logd *logd)
{
	loop_timer_deinit(&logd->loop, &watch->heartbeat);
	loop_remove(&logd->loop, &watch->steps);
	if (watch->steps.fd >= 0)
		(void)close(watch->steps.fd);
}
