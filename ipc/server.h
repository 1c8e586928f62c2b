/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The answering side, for daemons: one listening socket, many clients, no
 * blocking.  Knows who asks (SO_PEERCRED) and refuses before a handler runs:
 * wrong size, version or kind, or a peer without the right, or too many
 * connections from one user, or requests, where the daemon counts them.  A refused or flooding
 * client is dropped; the daemon lives.
 */

#pragma once

#include "core/loop.h"
#include "ipc/protocol.h"

#include <stdbool.h>
#include <sys/types.h>

#define IPC_CLIENTS_MAX 256
#define IPC_CLIENTS_PER_UID_MAX 64  /* root is limited by IPC_CLIENTS_MAX alone */
#define IPC_CLIENTS_OTHERS_MAX 192  /* all but root together: logins must get through */
#define IPC_QUEUE_MAX (1024 * 1024) /* bytes of answers that wait for one client */

struct err;
struct ipc_server;

struct ipc_peer {
	pid_t pid;
	uid_t uid;
	gid_t gid;
};

/* Who may ask; the first that fits lets in. */
enum ipc_right {
	IPC_RIGHT_ROOT = 0,   /* uid 0 */
	IPC_RIGHT_DAEMON = 1, /* uid 0 or the uid of struct ipc_server.daemon_uid */
	IPC_RIGHT_ADMIN = 2,  /* uid 0 or a member of sekisho-admin */
	IPC_RIGHT_ANYONE = 3, /* the handler looks at the peer itself */
};

/* One request on its way to a handler; @client names the asker for the reply. */
struct ipc_request {
	const void *message; /* exactly the size its kind has; texts NUL-terminated by the sender */
	struct ipc_peer peer;
	uint64_t client;
	uint32_t tag;
};

/* What a daemon answers; unknown kinds drop the client. */
struct ipc_service {
	enum ipc_kind kind;
	size_t size;
	enum ipc_right right;
	void (*handle)(struct ipc_server *server, const struct ipc_request *request);
};

struct ipc_client; /* server.c */

struct ipc_server {
	struct loop *loop;
	struct loop_source listener;
	const struct ipc_service *services;
	size_t n_services;
	struct ipc_client *clients; /* IPC_CLIENTS_MAX of them */
	uint64_t next_client;
	uid_t daemon_uid; /* see IPC_RIGHT_DAEMON; 0 when unused */
	/* Whether this peer may ask at all now; NULL: always. */
	bool (*admit)(void *ctx, const struct ipc_peer *peer);
	void *ctx; /* the daemon's own */
};

/**
 * ipc_server_init() - start answering on a listening socket
 * @listen_fd:	taken over, also on failure
 * @services:	outlives the server
 */
int ipc_server_init(struct ipc_server *server, struct loop *loop, int listen_fd,
		    const struct ipc_service *services, size_t n_services, void *ctx,
		    struct err *err);
void ipc_server_deinit(struct ipc_server *server);

/**
 * ipc_reply() - answer a request, now or later
 * @client:	of struct ipc_request; a client that has gone is silently ignored
 * @tag:	of struct ipc_request
 * @message:	begins with struct ipc_header, kind set by the caller
 *
 * What the socket does not take at once waits, up to IPC_QUEUE_MAX; a client
 * that lets more pile up is dropped.
 */
void ipc_reply(struct ipc_server *server, uint64_t client, uint32_t tag, void *message,
	       size_t size);

/*
 * The same with a descriptor, which stays the caller's.  It cannot wait in a
 * queue: a client whose socket is full is dropped.
 */
void ipc_reply_fd(struct ipc_server *server, uint64_t client, uint32_t tag, void *message,
		  size_t size, int passed);

/* False for a client that has gone, or has half a queue of answers to take yet: a long list waits.
 */
bool ipc_has_room(struct ipc_server *server, uint64_t client);
bool ipc_is_there(struct ipc_server *server, uint64_t client);

/* Answer with IPC_ERROR: a negative errno and one sentence. */
void ipc_reply_error(struct ipc_server *server, uint64_t client, uint32_t tag,
		     const struct err *err);

/* True when @uid is in @group by its primary or a supplementary group. */
bool ipc_uid_in_group(uid_t uid, const char *group);
