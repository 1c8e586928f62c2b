/* SPDX-License-Identifier: Apache-2.0 */

#include "logd/shortage.h"

#include "audit/record.h"
#include "core/log.h"
#include "logd/logd.h"
#include "logd/own.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PAGE_SIZE                                                                                  \
	4096 /* bytes of the file, whatever it says: nothing needs to be allocated later */

/* "TYPE N" and a newline for each, as far as they fit.  Return: their sum. */
static uint64_t format(const struct shortage *shortage, char separator, char *out, size_t size)
{
	uint64_t sum = 0;
	size_t used = 0;

	for (size_t i = 0; i < SHORTAGE_TYPES_MAX && *shortage->counts[i].type; i++) {
		const struct shortage_count *count = &shortage->counts[i];
		int len = snprintf(out + used, size - used, "%s %" PRIu64 "%c", count->type,
				   count->n, separator);

		sum += count->n;
		if (len > 0 && (size_t)len < size - used)
			used += (size_t)len;
	}
	memset(out + used, 0, size - used);
	return sum;
}

/* In place; what a power cut loses of it was refused and never acknowledged. */
static void keep(struct shortage *shortage)
{
	char page[PAGE_SIZE];

	(void)format(shortage, '\n', page, sizeof(page));
	if (shortage->fd >= 0 && pwrite(shortage->fd, page, sizeof(page), 0) < 0)
		log_error("%s: %s", SHORTAGE_FILE, strerror(errno));
}

static struct shortage_count *find(struct shortage *shortage, const char *type)
{
	for (size_t i = 0; i < SHORTAGE_TYPES_MAX; i++) {
		struct shortage_count *count = &shortage->counts[i];

		if (!*count->type)
			(void)snprintf(count->type, sizeof(count->type), "%s", type);
		if (strcmp(count->type, type) == 0)
			return count;
	}
	return &shortage->counts[SHORTAGE_TYPES_MAX - 1];
}

void shortage_add(struct shortage *shortage, const char *type)
{
	find(shortage, type)->n++;
	keep(shortage);
}

static void read_page(struct shortage *shortage)
{
	char page[PAGE_SIZE + 1] = "";
	char *rest = page;
	char *line;

	if (pread(shortage->fd, page, PAGE_SIZE, 0) < 0)
		return;
	while ((line = strsep(&rest, "\n"))) {
		char type[IPC_TYPE_MAX];
		uint64_t n;

		if (sscanf(line, "%31s %" SCNu64, type, &n) == 2 &&
		    record_type_find(type, strlen(type)))
			find(shortage, type)->n += n;
	}
}

void shortage_open(struct shortage *shortage)
{
	char path[512];

	if (shortage->fd >= 0)
		return;
	(void)snprintf(path, sizeof(path), "%s/%s", shortage->logd->options.state_dir,
		       SHORTAGE_FILE);
	shortage->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (shortage->fd >= 0)
		read_page(shortage);
	keep(shortage); /* which takes the place that it needs later */
}

int shortage_admit(struct shortage *shortage, const char *type)
{
	const struct record_type *known = record_type_find(type, strlen(type));

	if (!writer_is_short(shortage->logd->writer) || !known || known->critical)
		return 0;
	shortage_add(shortage, type);
	return -ENOSPC;
}

static void say_lost(struct shortage *shortage)
{
	char detail[PAGE_SIZE];
	char count[24];
	uint64_t sum = format(shortage, ' ', detail, sizeof(detail));

	if (sum == 0)
		return;
	(void)snprintf(count, sizeof(count), "%" PRIu64, sum);
	own_say(shortage->logd, "log.lost",
		(const struct audit_field[]){ { "count", count }, { "detail", detail } }, 2);
	shortage->is_told = true;
}

void shortage_look(struct shortage *shortage, int rc)
{
	bool is_short = writer_is_short(shortage->logd->writer);

	if (shortage->is_told && rc == 0) {
		memset(shortage->counts, 0, sizeof(shortage->counts));
		keep(shortage);
	}
	shortage->is_told = false;
	if (is_short && !shortage->is_announced) {
		log_error("the disk of the log is full; remedy: make room");
		loop_timer_set(&shortage->look, SHORTAGE_LOOK_US);
		own_say(shortage->logd, "log.full", NULL, 0);
		shortage->is_announced = true;
	} else if (!is_short && rc == 0) {
		say_lost(shortage);
	}
}

static void look_expired(struct loop_timer *timer)
{
	struct shortage *shortage = container_of(timer, struct shortage, look);

	if (shortage->fd >= 0)
		(void)!fdatasync(shortage->fd);
	if (!writer_refill(shortage->logd->writer)) {
		loop_timer_set(timer, SHORTAGE_LOOK_US);
		return;
	}
	log_info("the disk of the log has room again");
	shortage->is_announced = false;
	say_lost(shortage);
}

int shortage_init(struct shortage *shortage, struct logd *logd, struct err *err)
{
	shortage->logd = logd;
	return loop_timer_init(&logd->loop, &shortage->look, look_expired, err);
}

void shortage_deinit(struct shortage *shortage, struct logd *logd)
{
	loop_timer_deinit(&logd->loop, &shortage->look);
	if (shortage->fd >= 0)
		(void)close(shortage->fd);
}
