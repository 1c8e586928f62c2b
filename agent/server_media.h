/* SPDX-License-Identifier: Apache-2.0 */

/* The part of the server that speaks with the person who works with a medium. */

#pragma once

#include "agent/server.h"

struct storage;
struct storage_disk;
struct use_news;
struct bar;

/* For the other part. */
struct agent *server_agent(const struct ipc_server *server);
struct waiting_request *server_begin_waiting(struct ipc_server *server,
					     const struct ipc_request *request);
void server_logged(void *ctx, int rc, uint64_t seq);

/* Cut at a whole character: what is sent stays UTF-8. */
void server_put(char *out, size_t size, const char *text);

/* What is open and in nobody's hands is the business of whoever sits there. */
bool server_concerns(const struct storage_disk *disk, uid_t uid);
bool server_is_open(const struct storage_disk *disk);

void server_answer_media(struct ipc_server *server, const struct ipc_request *request);
void server_answer_eject(struct ipc_server *server, const struct ipc_request *request);
void server_answer_watch(struct ipc_server *server, const struct ipc_request *request);
void server_answer_revoke(struct ipc_server *server, const struct ipc_request *request);
void server_answer_locked(struct ipc_server *server, const struct ipc_request *request);
void server_answer_unlock(struct ipc_server *server, const struct ipc_request *request);

/* For struct storage. */
void server_media_happened(struct storage *storage, const struct storage_disk *disk,
			   const struct use_news *news);
void server_media_given_back(struct storage *storage, const struct storage_disk *disk);
/* The permit under which it is open ends in so many seconds. */
void server_media_runs_out(struct agent *agent, const struct storage_disk *disk, uint32_t seconds);

/* Whoever sits there is told why a medium stays shut. */
void server_media_barred(struct agent_server *server, const struct bar *bar);

void server_media_forgotten(struct storage *storage, const struct storage_disk *disk);
