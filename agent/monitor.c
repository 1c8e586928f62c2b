/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/monitor.h"

#include "core/cleanup.h"
#include "core/err.h"

#include <errno.h>
#include <libudev.h>
#include <poll.h>
#include <sys/epoll.h>

#define RECEIVE_BUFFER_MAX (8 * 1024 * 1024) /* bytes: some thousand plug events at once */

static void device_unrefp(struct udev_device **device)
{
	(void)udev_device_unref(*device);
}

static void enumerate_unrefp(struct udev_enumerate **enumerate)
{
	(void)udev_enumerate_unref(*enumerate);
}

/*
 * What is queued was announced before the loss: a removal among it would be taken for that of
 * the device that stands there by now.  And until the queue is empty the kernel drops what is
 * new without another word (NETLINK_S_CONGESTED), so a look at everything comes after this.
 */
static void drop_announcements(const struct monitor *monitor)
{
	struct pollfd queue = { .fd = monitor->source.fd, .events = POLLIN };

	while (poll(&queue, 1, 0) > 0)
		(void)udev_device_unref(udev_monitor_receive_device(monitor->netlink));
}

static void monitor_run(struct loop_source *source, uint32_t events)
{
	struct monitor *monitor = container_of(source, struct monitor, source);
	cleanup_with(device_unrefp) struct udev_device *device = NULL;

	(void)events;
	errno = 0;
	device = udev_monitor_receive_device(monitor->netlink);
	if (device && udev_device_get_action(device)) {
		monitor->event(monitor, udev_device_get_action(device), device);
	} else if (errno == ENOBUFS) {
		drop_announcements(monitor);
		if (monitor->lost)
			monitor->lost(monitor);
	}
}

int monitor_init(struct monitor *monitor, struct loop *loop, const char *source,
		 const char *const *subsystems, struct err *err)
{
	monitor->loop = loop;
	monitor->source = (struct loop_source){ .fd = -1, .run = monitor_run };
	monitor->udev = udev_new();
	monitor->netlink =
		monitor->udev ? udev_monitor_new_from_netlink(monitor->udev, source) : NULL;
	if (!monitor->netlink)
		return err_set(err, -ENOTCONN, "udev cannot be listened to");
	/* Without the right to it the kernel's default has to do, and ENOBUFS is no loss. */
	(void)udev_monitor_set_receive_buffer_size(monitor->netlink, RECEIVE_BUFFER_MAX);
	for (size_t i = 0; subsystems[i]; i++) {
		if (udev_monitor_filter_add_match_subsystem_devtype(monitor->netlink, subsystems[i],
								    NULL) < 0)
			return err_set(err, -ENOTCONN, "udev cannot be listened to");
	}
	if (udev_monitor_enable_receiving(monitor->netlink) < 0)
		return err_set(err, -ENOTCONN, "udev cannot be listened to");
	monitor->source.fd = udev_monitor_get_fd(monitor->netlink);
	return loop_add(loop, &monitor->source, EPOLLIN, err);
}

void monitor_deinit(struct monitor *monitor)
{
	if (monitor->loop)
		loop_remove(monitor->loop, &monitor->source);
	(void)udev_monitor_unref(monitor->netlink);
	(void)udev_unref(monitor->udev);
	monitor->netlink = NULL;
	monitor->udev = NULL;
}

void monitor_enumerate(struct monitor *monitor, const char *subsystem)
{
	cleanup_with(enumerate_unrefp) struct udev_enumerate *enumerate =
		udev_enumerate_new(monitor->udev);
	struct udev_list_entry *entry;

	if (!enumerate || udev_enumerate_add_match_subsystem(enumerate, subsystem) < 0 ||
	    udev_enumerate_scan_devices(enumerate) < 0)
		return;
	udev_list_entry_foreach(entry, udev_enumerate_get_list_entry(enumerate))
	{
		cleanup_with(device_unrefp) struct udev_device *device =
			udev_device_new_from_syspath(monitor->udev,
						     udev_list_entry_get_name(entry));

		if (device)
			monitor->event(monitor, MONITOR_PRESENT, device);
	}
}
