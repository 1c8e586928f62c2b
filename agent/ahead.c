/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/ahead.h"

#include "agent/enforce.h"
#include "agent/judgement.h"
#include "confine/daemon.h"
#include "core/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define USBHID "/sys/bus/usb/drivers/usbhid/bind"

/* One device; a write of one to a pipe is never divided. */
struct job {
	int dirfd; /* the thread's from then on */
	unsigned int busnum;
	unsigned int devnum;
	uint8_t configuration;
	uint8_t n_numbers;
	uint8_t numbers[POLICY_INTERFACES_MAX];
	char port[FACTS_NAME_MAX];
};
_Static_assert(sizeof(struct job) <= PIPE_BUF, "a job fits a pipe");

static bool reads(int dirfd, const char *attribute, const char *expected)
{
	char value[16];

	return facts_attribute(dirfd, attribute, value, sizeof(value)) == 0 &&
	       strcmp(value, expected) == 0;
}

/*
 * Asked again before each write: the device may have made the one before last.  Without the driver
 * the rules have to load it first, and an interface shut here would be shut under their hands.
 */
static bool may_open(const struct ahead *ahead, const struct job *job)
{
	char gate[96];

	(void)snprintf(gate, sizeof(gate),
		       "/sys/bus/usb/devices/usb%u/interface_authorized_default", job->busnum);
	return enforce_leaves_input(ahead->gate_fd, job->busnum, job->devnum) &&
	       reads(AT_FDCWD, gate, "0") && access(USBHID, F_OK) == 0;
}

static void open_interface(const struct job *job, uint8_t number)
{
	static const char *const driver[] = { "usbhid", NULL };
	char name[FACTS_NAME_MAX + 8];
	cleanup_close int fd = -1;
	struct err ignored = { 0 }; /* the rules try as well */

	(void)snprintf(name, sizeof(name), "%s:%u.%u", job->port, job->configuration, number);
	fd = openat(job->dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	/* What the kernel made of the descriptors counts. */
	if (fd >= 0 && reads(fd, "bInterfaceClass", "03"))
		(void)enforce_open_interface(fd, name, driver, &ignored);
}

static void work(const struct ahead *ahead, const struct job *job)
{
	struct err ignored = { 0 };
	char count[8];

	if (!may_open(ahead, job) || (!facts_is_authorized(job->dirfd) &&
				      enforce_authorise(job->dirfd, job->port, &ignored) < 0))
		return;
	(void)snprintf(count, sizeof(count), "%2u", job->n_numbers);
	if (!reads(job->dirfd, "bNumInterfaces", count))
		return;
	for (size_t i = 0; i < job->n_numbers && may_open(ahead, job); i++)
		open_interface(job, job->numbers[i]);
}

static void *run(void *arg)
{
	struct ahead *ahead = arg;
	int jobs_fd = ahead->jobs_fd;
	int rc = confine_daemon(NULL, 0, 0, &ahead->err);
	struct job job;

	(void)sem_post(&ahead->confined);
	while (rc == 0 && read(jobs_fd, &job, sizeof(job)) == (ssize_t)sizeof(job)) {
		work(ahead, &job);
		(void)close(job.dirfd);
	}
	(void)close(jobs_fd);
	return NULL;
}

static int start(struct ahead *ahead, struct err *err)
{
	pthread_t thread;
	int rc;

	(void)mallopt(M_ARENA_MAX, 1); /* the thread needs no memory of its own */
	rc = pthread_create(&thread, NULL, run, ahead);
	errno = rc;
	if (rc != 0)
		return err_set(err, -rc, "pthread_create: %m");
	(void)pthread_detach(thread);
	while (sem_wait(&ahead->confined) < 0)
		;
	if (ahead->err.code < 0)
		*err = ahead->err;
	return ahead->err.code;
}

int ahead_init(struct ahead *ahead, int gate_fd, struct err *err)
{
	int fds[2];

	*ahead = (struct ahead){ .gate_fd = gate_fd, .jobs_fd = -1, .give_fd = -1 };
	if (sem_init(&ahead->confined, 0, 0) < 0 || pipe2(fds, O_CLOEXEC) < 0)
		return err_set(err, -errno, "pipe2: %m");
	ahead->jobs_fd = fds[0];
	ahead->give_fd = fds[1];
	if (fcntl(ahead->give_fd, F_SETFL, O_NONBLOCK) < 0)
		return err_set(err, -errno, "pipe2: %m");
	return start(ahead, err);
}

void ahead_deinit(struct ahead *ahead)
{
	closep(&ahead->give_fd);
}

/* The test of the static rules, and no rule that takes it away. */
static bool is_all_static(const struct judge *judge, const struct attached_device *device)
{
	const struct policy_device *facts = &device->facts.policy;

	if (facts->n_interfaces == 0 || (facts->classes & ~CLASSES_HID) != 0)
		return false;
	for (size_t i = 0; i < facts->n_interfaces; i++) {
		struct attached_interface interface = { .number = facts->interfaces[i].number };
		uint32_t rule;

		if (!judgement_of_interface(judge->policy, judge->at, device, &interface, facts,
					    NULL, &rule)
			     .is_static)
			return false;
	}
	return true;
}

bool ahead_would_open(const struct judge *judge, const struct attached_device *device)
{
	return judge->enforcing && !judge->asks_input && !device->revoked && !device->denied &&
	       device->n_interfaces == 0 && device->facts.configuration != 0 &&
	       is_all_static(judge, device);
}

bool ahead_open(const struct ahead *ahead, const struct judge *judge,
		const struct attached_device *device)
{
	const struct device_facts *facts = &device->facts;
	struct job job = { .busnum = facts->busnum,
			   .devnum = facts->devnum,
			   .configuration = facts->configuration };
	cleanup_close int fd = -1;

	if (!ahead_would_open(judge, device))
		return false;
	strcpy(job.port, device->name);
	for (size_t i = 0; i < facts->policy.n_interfaces; i++)
		job.numbers[job.n_numbers++] = facts->policy.interfaces[i].number;
	fd = fcntl(device->dirfd, F_DUPFD_CLOEXEC, 0);
	job.dirfd = fd;
	if (fd < 0 || write(ahead->give_fd, &job, sizeof(job)) != (ssize_t)sizeof(job))
		return false; /* many wait already */
	(void)take_fd(&fd);
	return true;
}
