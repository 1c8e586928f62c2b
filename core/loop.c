/* SPDX-License-Identifier: Apache-2.0 */

#include "core/loop.h"

#include "core/clock.h"
#include "core/err.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

int loop_init(struct loop *loop, struct err *err)
{
	*loop = (struct loop){ .epoll_fd = epoll_create1(EPOLL_CLOEXEC) };
	if (loop->epoll_fd < 0)
		return err_set(err, -errno, "epoll_create1: %m");
	return 0;
}

void loop_deinit(struct loop *loop)
{
	if (loop->epoll_fd >= 0)
		(void)close(loop->epoll_fd);
	loop->epoll_fd = -1;
}

static int control(struct loop *loop, int op, struct loop_source *source, uint32_t events,
		   struct err *err)
{
	struct epoll_event event = { .events = events, .data.ptr = source };

	if (epoll_ctl(loop->epoll_fd, op, source->fd, &event) < 0)
		return err_set(err, -errno, "epoll_ctl: %m");
	return 0;
}

int loop_add(struct loop *loop, struct loop_source *source, uint32_t events, struct err *err)
{
	return control(loop, EPOLL_CTL_ADD, source, events, err);
}

int loop_change(struct loop *loop, struct loop_source *source, uint32_t events, struct err *err)
{
	return control(loop, EPOLL_CTL_MOD, source, events, err);
}

void loop_remove(struct loop *loop, struct loop_source *source)
{
	if (source->fd < 0)
		return;
	(void)epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, source->fd, NULL);
	for (size_t i = 0; i < loop->n_pending; i++) {
		if (loop->pending[i] == source)
			loop->pending[i] = NULL;
	}
}

static void dispatch(struct loop *loop, const struct epoll_event *events, size_t n)
{
	for (size_t i = 0; i < n; i++)
		loop->pending[i] = events[i].data.ptr;
	loop->n_pending = n;
	for (size_t i = 0; i < n && loop->running; i++) {
		struct loop_source *source = loop->pending[i];

		if (source)
			source->run(source, events[i].events);
	}
	loop->n_pending = 0;
}

int loop_run(struct loop *loop, struct err *err)
{
	struct epoll_event events[LOOP_EVENTS_MAX];

	loop->running = true;
	while (loop->running) {
		int n = epoll_wait(loop->epoll_fd, events, LOOP_EVENTS_MAX, -1);

		if (n < 0 && errno != EINTR)
			return err_set(err, -errno, "epoll_wait: %m");
		if (n > 0)
			dispatch(loop, events, (size_t)n);
	}
	return 0;
}

void loop_stop(struct loop *loop)
{
	loop->running = false;
}

static void timer_run(struct loop_source *source, uint32_t events)
{
	struct loop_timer *timer = container_of(source, struct loop_timer, source);
	uint64_t ticks;

	(void)events;
	if (read(source->fd, &ticks, sizeof(ticks)) == (ssize_t)sizeof(ticks))
		timer->expired(timer);
}

int loop_timer_init(struct loop *loop, struct loop_timer *timer,
		    void (*expired)(struct loop_timer *timer), struct err *err)
{
	*timer = (struct loop_timer){
		.source = { .fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK),
			    .run = timer_run },
		.expired = expired,
	};
	if (timer->source.fd < 0)
		return err_set(err, -errno, "timerfd_create: %m");
	return loop_add(loop, &timer->source, EPOLLIN, err);
}

static void source_close(struct loop *loop, struct loop_source *source)
{
	loop_remove(loop, source);
	if (source->fd >= 0)
		(void)close(source->fd);
	source->fd = -1;
}

void loop_timer_deinit(struct loop *loop, struct loop_timer *timer)
{
	source_close(loop, &timer->source);
}

void loop_timer_set(struct loop_timer *timer, int64_t delay_us)
{
	struct itimerspec spec = {
		.it_value = { .tv_sec = delay_us / CLOCK_US_PER_SEC,
			      .tv_nsec = delay_us % CLOCK_US_PER_SEC * 1000 },
	};

	(void)timerfd_settime(timer->source.fd, 0, &spec, NULL);
}

static void signals_run(struct loop_source *source, uint32_t events)
{
	struct loop_signals *signals = container_of(source, struct loop_signals, source);
	struct signalfd_siginfo caught;

	(void)events;
	if (read(source->fd, &caught, sizeof(caught)) == (ssize_t)sizeof(caught))
		signals->caught(signals, (int)caught.ssi_signo);
}

int loop_signals_init(struct loop *loop, struct loop_signals *signals, const int *numbers,
		      void (*caught)(struct loop_signals *signals, int number), struct err *err)
{
	sigset_t set;

	(void)sigemptyset(&set);
	for (; *numbers; numbers++)
		(void)sigaddset(&set, *numbers);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return err_set(err, -errno, "sigprocmask: %m");

	*signals = (struct loop_signals){
		.source = { .fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK),
			    .run = signals_run },
		.caught = caught,
	};
	if (signals->source.fd < 0)
		return err_set(err, -errno, "signalfd: %m");
	return loop_add(loop, &signals->source, EPOLLIN, err);
}

void loop_signals_deinit(struct loop *loop, struct loop_signals *signals)
{
	source_close(loop, &signals->source);
}
