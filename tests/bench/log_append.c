/* SPDX-License-Identifier: Apache-2.0 */

/*
 * How many durable acknowledgements a second logd gives.
 *
 *   log_append SOCKET CLIENTS SECONDS
 *
 * Each client has one entry on its way at a time, as a daemon that waits has.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/clock.h"
#include "ipc/event.h"

#define CLIENTS_MAX 256

static int connect_to(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	(void)snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&to, sizeof(to)) < 0) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	return fd;
}

static void send_event(int fd)
{
	static struct ipc_log_append event;

	if (event.type[0] == '\0') {
		ipc_event_init(&event, "device.block");
		ipc_event_add(&event, "vid", "0781");
		ipc_event_add(&event, "pid", "5583");
		ipc_event_add(&event, "product", "Ultra Fit");
		ipc_event_add(&event, "serial", "4C530001230101117393");
		ipc_event_add(&event, "reason", "not_registered");
		event.header.tag = 1;
	}
	if (send(fd, &event, sizeof(event), MSG_NOSIGNAL) != (ssize_t)sizeof(event)) {
		perror("send");
		exit(EXIT_FAILURE);
	}
}

static void receive_ack(int fd)
{
	struct ipc_log_ack ack;

	if (recv(fd, &ack, sizeof(ack), 0) != (ssize_t)sizeof(ack) || ack.code != 0) {
		fputs("an entry was refused\n", stderr);
		exit(EXIT_FAILURE);
	}
}

int main(int argc, char *argv[])
{
	int n_clients = argc == 4 ? atoi(argv[2]) : 0;
	int64_t seconds = argc == 4 ? atoi(argv[3]) : 0;
	int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event events[CLIENTS_MAX];
	int64_t begin_us;
	int64_t n_acks = 0;

	if (n_clients < 1 || n_clients > CLIENTS_MAX || seconds < 1) {
		fputs("usage: log_append SOCKET CLIENTS SECONDS\n", stderr);
		return EXIT_FAILURE;
	}
	for (int i = 0; i < n_clients; i++) {
		struct epoll_event event = { .events = EPOLLIN, .data.fd = connect_to(argv[1]) };

		(void)epoll_ctl(epoll_fd, EPOLL_CTL_ADD, event.data.fd, &event);
		send_event(event.data.fd);
	}
	begin_us = clock_read_us(CLOCK_MONOTONIC);
	while (clock_read_us(CLOCK_MONOTONIC) < begin_us + seconds * CLOCK_US_PER_SEC) {
		int n = epoll_wait(epoll_fd, events, CLIENTS_MAX, 1000);

		for (int i = 0; i < n; i++) {
			receive_ack(events[i].data.fd);
			send_event(events[i].data.fd);
			n_acks++;
		}
	}
	printf("%d clients: %lld durable acknowledgements a second\n", n_clients,
	       (long long)(n_acks / seconds));
	return EXIT_SUCCESS;
}
