/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/verify_pool.h"

#include "core/err.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

/* jansson goes down one call for each bracket of a line. */
#define STACK_SIZE (1024 * 1024)
#define SLOTS_MAX (2 * VERIFY_THREADS_MAX) /* segments read and not yet taken */

struct slot {
	bool done;
	int rc;
	struct err err;
	struct verify_part part;
};

struct work {
	const struct verify_pool *pool;
	struct verify_scope scope;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t ready; /* a slot was done or taken, or bytes were read */
	size_t next;          /* to be read */
	size_t taken;         /* all before were taken */
	bool stop;
	uint64_t bytes; /* not told yet */
	struct slot slots[SLOTS_MAX];
};

static int read_part(const struct verify_pool *pool, const struct verify_scope *scope, size_t index,
		     struct verify_part *ret, struct err *err)
{
	cleanup_line_reader struct line_reader *reader = NULL;
	int rc = segment_open(pool->dirfd, pool->firsts[index], &reader, err);

	return rc < 0 ? rc : verify_part_read(scope, reader, ret, err);
}

static bool tick_alone(void *ctx, uint64_t bytes)
{
	const struct verify_pool *pool = ctx;

	if (pool->progress)
		pool->progress(pool->ctx, bytes);
	return true;
}

static int run_alone(const struct verify_pool *pool, struct err *err)
{
	struct verify_pool copy = *pool;
	cleanup_free struct verify_part *part = malloc(sizeof(*part));
	int rc = 1;

	if (!part)
		return err_set(err, -ENOMEM, "out of memory");
	copy.scope.tick = tick_alone;
	copy.scope.tick_ctx = &copy;
	for (size_t i = 0; rc == 1 && i < pool->n; i++) {
		rc = read_part(&copy, &copy.scope, i, part, err);
		if (rc < 0)
			return rc;
		rc = pool->take(pool->ctx, i, part, err);
		verify_part_clear(part);
	}
	return rc < 0 ? rc : 0;
}

static bool tick_together(void *ctx, uint64_t bytes)
{
	struct work *work = ctx;
	bool go_on;

	(void)pthread_mutex_lock(&work->lock);
	work->bytes += bytes;
	go_on = !work->stop;
	(void)pthread_cond_broadcast(&work->ready);
	(void)pthread_mutex_unlock(&work->lock);
	return go_on;
}

/* The next segment to read, once there is room for what is found.  Return: false at the end. */
static bool claim(struct work *work, size_t *ret)
{
	size_t n_slots = 2 * (size_t)work->pool->n_threads;
	bool claimed;

	(void)pthread_mutex_lock(&work->lock);
	while (!work->stop && work->next < work->pool->n && work->next >= work->taken + n_slots)
		(void)pthread_cond_wait(&work->ready, &work->lock);
	claimed = !work->stop && work->next < work->pool->n;
	if (claimed)
		*ret = work->next++;
	(void)pthread_mutex_unlock(&work->lock);
	return claimed;
}

static void *work_on(void *ctx)
{
	struct work *work = ctx;
	size_t index;

	while (claim(work, &index)) {
		struct slot *slot = &work->slots[index % (2 * work->pool->n_threads)];

		slot->rc = read_part(work->pool, &work->scope, index, &slot->part, &slot->err);
		(void)pthread_mutex_lock(&work->lock);
		slot->done = true;
		(void)pthread_cond_broadcast(&work->ready);
		(void)pthread_mutex_unlock(&work->lock);
	}
	return NULL;
}

/* Waits for a segment, telling meanwhile how far all of them are. */
static void await(struct work *work, const struct slot *slot)
{
	const struct verify_pool *pool = work->pool;

	(void)pthread_mutex_lock(&work->lock);
	while (!slot->done || work->bytes > 0) {
		uint64_t bytes = work->bytes;

		work->bytes = 0;
		if (bytes > 0 && pool->progress) {
			(void)pthread_mutex_unlock(&work->lock);
			pool->progress(pool->ctx, bytes);
			(void)pthread_mutex_lock(&work->lock);
		} else if (!slot->done) {
			(void)pthread_cond_wait(&work->ready, &work->lock);
		}
	}
	(void)pthread_mutex_unlock(&work->lock);
}

static int take_all(struct work *work, struct err *err)
{
	const struct verify_pool *pool = work->pool;
	int rc = 1;

	for (size_t i = 0; rc == 1 && i < pool->n; i++) {
		struct slot *slot = &work->slots[i % (2 * pool->n_threads)];

		await(work, slot);
		rc = slot->rc;
		if (rc < 0)
			*err = slot->err;
		else
			rc = pool->take(pool->ctx, i, &slot->part, err);
		verify_part_clear(&slot->part);
		(void)pthread_mutex_lock(&work->lock);
		slot->done = false;
		work->taken = i + 1;
		(void)pthread_cond_broadcast(&work->ready);
		(void)pthread_mutex_unlock(&work->lock);
	}
	return rc < 0 ? rc : 0;
}

static unsigned int start(struct work *work, pthread_t *threads)
{
	unsigned int n = 0;
	pthread_attr_t attributes;

	if (pthread_attr_init(&attributes) != 0)
		return 0;
	(void)pthread_attr_setstacksize(&attributes, STACK_SIZE);
	while (n < work->pool->n_threads &&
	       pthread_create(&threads[n], &attributes, work_on, work) == 0)
		n++;
	(void)pthread_attr_destroy(&attributes);
	return n;
}

int verify_pool_run(const struct verify_pool *pool, struct err *err)
{
	cleanup_free struct work *work = NULL;
	pthread_t threads[VERIFY_THREADS_MAX];
	unsigned int n;
	int rc;

	if (pool->n_threads <= 1 || pool->n <= 1)
		return run_alone(pool, err);
	work = calloc(1, sizeof(*work));
	if (!work)
		return err_set(err, -ENOMEM, "out of memory");
	work->pool = pool;
	work->scope = pool->scope;
	work->scope.tick = tick_together;
	work->scope.tick_ctx = work;
	(void)pthread_mutex_init(&work->lock, NULL);
	(void)pthread_cond_init(&work->ready, NULL);
	n = start(work, threads);
	if (n == 0)
		return run_alone(pool, err);
	rc = take_all(work, err);
	(void)pthread_mutex_lock(&work->lock);
	work->stop = true;
	(void)pthread_cond_broadcast(&work->ready);
	(void)pthread_mutex_unlock(&work->lock);
	for (unsigned int i = 0; i < n; i++)
		(void)pthread_join(threads[i], NULL);
	for (size_t i = 0; i < SLOTS_MAX; i++)
		verify_part_clear(&work->slots[i].part);
	return rc;
}
