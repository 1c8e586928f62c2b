/* SPDX-License-Identifier: Apache-2.0 */

#include "ipc/server.h"

#include "core/cleanup.h"
#include "core/err.h"
#include "ipc/connect.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#define GROUPS_MAX 256

/* An answer that waits for room in the socket. */
struct answer {
	struct answer *next; /* ipc_client.waiting */
	size_t size;
	char message[];
};

struct ipc_client {
	struct loop_source source; /* fd -1: free slot */
	struct ipc_server *server;
	struct ipc_peer peer;
	uint64_t id;
	struct answer *waiting; /* oldest first */
	size_t waiting_size;    /* bytes */
};

static void forget_answer(struct ipc_client *client)
{
	struct answer *answer = client->waiting;

	client->waiting = answer->next;
	client->waiting_size -= answer->size;
	explicit_bzero(answer->message, answer->size); /* may hold a secret */
	free(answer);
}

static void drop(struct ipc_client *client)
{
	int fd = client->source.fd;

	while (client->waiting)
		forget_answer(client);
	loop_remove(client->server->loop, &client->source);
	client->source.fd = -1;
	if (fd >= 0)
		(void)close(fd);
}

bool ipc_uid_in_group(uid_t uid, const char *group)
{
	const struct group *wanted = getgrnam(group);
	gid_t wanted_gid = wanted ? wanted->gr_gid : 0;
	const struct passwd *user = wanted ? getpwuid(uid) : NULL;
	gid_t groups[GROUPS_MAX];
	int n = GROUPS_MAX;

	if (!user || getgrouplist(user->pw_name, user->pw_gid, groups, &n) < 0)
		return false;
	for (int i = 0; i < n; i++) {
		if (groups[i] == wanted_gid)
			return true;
	}
	return false;
}

static bool has_right(const struct ipc_server *server, const struct ipc_peer *peer,
		      enum ipc_right right)
{
	switch (right) {
	case IPC_RIGHT_ROOT:
		return peer->uid == 0;
	case IPC_RIGHT_DAEMON:
		return peer->uid == 0 || peer->uid == server->daemon_uid;
	case IPC_RIGHT_ADMIN:
		return peer->uid == 0 || ipc_uid_in_group(peer->uid, "sekisho-admin");
	case IPC_RIGHT_ANYONE:
		return true;
	}
	return false;
}

static const struct ipc_service *find_service(const struct ipc_server *server, uint8_t kind)
{
	for (size_t i = 0; i < server->n_services; i++) {
		if (server->services[i].kind == kind)
			return &server->services[i];
	}
	return NULL;
}

static struct ipc_client *find_client(struct ipc_server *server, uint64_t id)
{
	for (size_t i = 0; i < IPC_CLIENTS_MAX; i++) {
		if (server->clients[i].source.fd >= 0 && server->clients[i].id == id)
			return &server->clients[i];
	}
	return NULL;
}

/* Return: false when the answer does not fit now. */
static bool send_now(struct ipc_client *client, const void *message, size_t size)
{
	return send(client->source.fd, message, size, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)size;
}

static int wait_in_queue(struct ipc_client *client, const void *message, size_t size)
{
	struct answer **last = &client->waiting;
	struct answer *answer = NULL;
	struct err err = { 0 };

	if (client->waiting_size + size <= IPC_QUEUE_MAX)
		answer = malloc(sizeof(*answer) + size);
	if (!answer)
		return -ENOBUFS;
	answer->next = NULL;
	answer->size = size;
	memcpy(answer->message, message, size);
	while (*last)
		last = &(*last)->next;
	*last = answer;
	client->waiting_size += size;
	return loop_change(client->server->loop, &client->source, EPOLLIN | EPOLLOUT, &err);
}

static void send_waiting(struct ipc_client *client)
{
	struct err err = { 0 };

	while (client->waiting && send_now(client, client->waiting->message, client->waiting->size))
		forget_answer(client);
	if (client->waiting && errno != EAGAIN)
		drop(client);
	else if (!client->waiting)
		(void)loop_change(client->server->loop, &client->source, EPOLLIN, &err);
}

/* NULL: whoever asked has gone. */
static struct ipc_client *address(struct ipc_server *server, uint64_t id, uint32_t tag,
				  struct ipc_header *header)
{
	header->version = IPC_VERSION;
	header->tag = tag;
	return find_client(server, id);
}

bool ipc_is_there(struct ipc_server *server, uint64_t client)
{
	return find_client(server, client);
}

bool ipc_has_room(struct ipc_server *server, uint64_t client)
{
	const struct ipc_client *found = find_client(server, client);

	return found && found->waiting_size < IPC_QUEUE_MAX / 2;
}

void ipc_reply(struct ipc_server *server, uint64_t id, uint32_t tag, void *message, size_t size)
{
	struct ipc_client *client = address(server, id, tag, message);

	if (!client)
		return;
	if (!client->waiting && send_now(client, message, size))
		return;
	if ((!client->waiting && errno != EAGAIN) || wait_in_queue(client, message, size) < 0)
		drop(client);
}

void ipc_reply_fd(struct ipc_server *server, uint64_t id, uint32_t tag, void *message, size_t size,
		  int passed)
{
	struct ipc_client *client = address(server, id, tag, message);

	if (!client)
		return;
	if (client->waiting || ipc_send_fd(client->source.fd, message, size, passed) < 0)
		drop(client);
}

void ipc_reply_error(struct ipc_server *server, uint64_t client, uint32_t tag,
		     const struct err *err)
{
	struct ipc_error reply = { .header.kind = IPC_ERROR, .code = err->code };

	(void)snprintf(reply.text, sizeof(reply.text), "%s", err->text);
	ipc_reply(server, client, tag, &reply, sizeof(reply));
}

static void handle(struct ipc_client *client, const void *message, size_t size)
{
	struct ipc_server *server = client->server;
	const struct ipc_header *header = message;
	const struct ipc_service *service;
	struct err err = { 0 };

	if (size < sizeof(*header) || header->version != IPC_VERSION ||
	    (server->admit && !server->admit(server->ctx, &client->peer))) {
		drop(client);
		return;
	}
	service = find_service(server, header->kind);
	if (!service || service->size != size) {
		drop(client);
		return;
	}
	if (!has_right(server, &client->peer, service->right)) {
		(void)err_set(&err, -EPERM, "you may not do this; remedy: ask an administrator");
		ipc_reply_error(server, client->id, header->tag, &err);
		return;
	}
	service->handle(server, &(struct ipc_request){ .message = message,
						       .peer = client->peer,
						       .client = client->id,
						       .tag = header->tag });
}

/* One message a turn, so that a flood from one client does not starve others. */
static void client_run(struct loop_source *source, uint32_t events)
{
	struct ipc_client *client = container_of(source, struct ipc_client, source);
	union {
		struct ipc_header header;
		char bytes[IPC_MESSAGE_MAX];
	} message;
	ssize_t n;

	if (events & EPOLLOUT)
		send_waiting(client);
	if (source->fd < 0 || !(events & ~(uint32_t)EPOLLOUT))
		return;
	n = recv(source->fd, &message, sizeof(message), MSG_DONTWAIT | MSG_TRUNC);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0 || (size_t)n > sizeof(message))
		drop(client);
	else
		handle(client, &message, (size_t)n);
	explicit_bzero(&message, sizeof(message)); /* may have held a code */
}

/* A free slot, unless this user already has more than his share. */
static struct ipc_client *free_slot(struct ipc_server *server, uid_t uid)
{
	struct ipc_client *found = NULL;
	unsigned int of_uid = 0;
	unsigned int of_others = 0;

	for (size_t i = 0; i < IPC_CLIENTS_MAX; i++) {
		struct ipc_client *client = &server->clients[i];

		if (client->source.fd < 0) {
			found = client;
			continue;
		}
		of_uid += client->peer.uid == uid;
		of_others += client->peer.uid != 0;
	}
	if (uid != 0 && (of_uid >= IPC_CLIENTS_PER_UID_MAX || of_others >= IPC_CLIENTS_OTHERS_MAX))
		return NULL;
	return found;
}

static void listener_run(struct loop_source *source, uint32_t events)
{
	struct ipc_server *server = container_of(source, struct ipc_server, listener);
	cleanup_close int client_fd = accept4(source->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct ucred cred;
	socklen_t len = sizeof(cred);
	struct ipc_client *client;
	struct err err = { 0 };

	(void)events;
	if (client_fd < 0 || getsockopt(client_fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		return;
	client = free_slot(server, cred.uid);
	if (!client)
		return;
	*client = (struct ipc_client){
		.source = { .fd = client_fd, .run = client_run },
		.server = server,
		.peer = { .pid = cred.pid, .uid = cred.uid, .gid = cred.gid },
		.id = server->next_client++,
	};
	if (loop_add(server->loop, &client->source, EPOLLIN, &err) < 0) {
		client->source.fd = -1;
		return;
	}
	(void)take_fd(&client_fd);
}

int ipc_server_init(struct ipc_server *server, struct loop *loop, int listen_fd,
		    const struct ipc_service *services, size_t n_services, void *ctx,
		    struct err *err)
{
	*server = (struct ipc_server){
		.loop = loop,
		.listener = { .fd = listen_fd, .run = listener_run },
		.services = services,
		.n_services = n_services,
		.clients = calloc(IPC_CLIENTS_MAX, sizeof(struct ipc_client)),
		.next_client = 1,
		.ctx = ctx,
	};
	if (!server->clients)
		return err_set(err, -ENOMEM, "out of memory");
	for (size_t i = 0; i < IPC_CLIENTS_MAX; i++)
		server->clients[i].source.fd = -1;
	return loop_add(loop, &server->listener, EPOLLIN, err);
}

void ipc_server_deinit(struct ipc_server *server)
{
	for (size_t i = 0; server->clients && i < IPC_CLIENTS_MAX; i++) {
		if (server->clients[i].source.fd >= 0)
			drop(&server->clients[i]);
	}
	free(server->clients);
	server->clients = NULL;
	loop_remove(server->loop, &server->listener);
	if (server->listener.fd >= 0)
		(void)close(server->listener.fd);
	server->listener.fd = -1;
}
