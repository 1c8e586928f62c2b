/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The one event loop of the daemons: level-triggered epoll, no threads.
 *
 * A source is embedded in its owner, which is found again with container_of().
 * A callback returns nothing, never blocks, and may remove its own source or
 * any other while it runs: a removed source is not called again, not even for
 * an event that epoll has already delivered.
 */

#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define container_of(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

#define LOOP_EVENTS_MAX 32

struct err;

struct loop_source {
	int fd;
	void (*run)(struct loop_source *source, uint32_t events); /* EPOLLIN, ... */
};

struct loop {
	int epoll_fd; /* -1: not open */
	bool running;
	struct loop_source *pending[LOOP_EVENTS_MAX]; /* delivered, not yet run */
	size_t n_pending;
};

struct loop_timer {
	struct loop_source source;
	void (*expired)(struct loop_timer *timer);
};

struct loop_signals {
	struct loop_source source;
	void (*caught)(struct loop_signals *signals, int number);
};

int loop_init(struct loop *loop, struct err *err);
void loop_deinit(struct loop *loop);

/**
 * loop_add() - watch a descriptor
 * @source:	with fd and run set; stays the caller's, must outlive the watch
 * @events:	EPOLLIN, EPOLLOUT
 *
 * Return: 0 or the error of epoll_ctl(2).
 */
int loop_add(struct loop *loop, struct loop_source *source, uint32_t events, struct err *err);
int loop_change(struct loop *loop, struct loop_source *source, uint32_t events, struct err *err);

/* Does not close the descriptor; safe for a source that was never added (fd -1). */
void loop_remove(struct loop *loop, struct loop_source *source);

/* Runs callbacks until loop_stop(). */
int loop_run(struct loop *loop, struct err *err);
void loop_stop(struct loop *loop);

/**
 * loop_timer_init() - a timer on CLOCK_BOOTTIME, which counts suspended time
 *
 * Made disarmed; loop_timer_deinit() closes it.
 */
int loop_timer_init(struct loop *loop, struct loop_timer *timer,
		    void (*expired)(struct loop_timer *timer), struct err *err);
void loop_timer_deinit(struct loop *loop, struct loop_timer *timer);

/* Fire once after @delay_us; 0 disarms. */
void loop_timer_set(struct loop_timer *timer, int64_t delay_us);

/**
 * loop_signals_init() - turn signals into calls
 * @numbers:	ends with 0; blocked in this thread from now on
 */
int loop_signals_init(struct loop *loop, struct loop_signals *signals, const int *numbers,
		      void (*caught)(struct loop_signals *signals, int number), struct err *err);
void loop_signals_deinit(struct loop *loop, struct loop_signals *signals);
