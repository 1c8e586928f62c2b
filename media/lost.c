/* SPDX-License-Identifier: Apache-2.0 */

#include "media/lost.h"

#include "core/err.h"
#include "core/log.h"
#include "ipc/client.h"
#include "ipc/event.h"
#include "media/listing.h"
#include "media/watch.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <unistd.h>

#define TRIES 60 /* a second between them */

static void add_list(struct ipc_log_append *event, struct watch *watch)
{
	uint8_t hash[IPC_HASH_SIZE];
	char hex[2 * IPC_HASH_SIZE + 1];
	char path[64];
	uint64_t number;
	struct err err = { 0 };
	int rc = watch->listing ? listing_close(watch->listing, &number, hash, &err) : -ENOENT;

	if (rc == 0) {
		ipc_event_add(event, "sha256",
			      sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash)));
		(void)snprintf(path, sizeof(path), LISTING_DIR "/%" PRIu64, number);
		ipc_event_add(event, "path", path);
	} else if (rc != -ENOENT) {
		log_error("%s", err.text);
		ipc_event_add(event, "detail", err.text);
	}
}

void lost_report(struct watch *watch)
{
	bool overflow = (watch->flags & IPC_WRITTEN_OVERFLOW) != 0;
	struct ipc_log_append event;
	struct ipc_log_ack ack;
	struct err err = { 0 };

	ipc_event_init(&event, "medium.files");
	ipc_event_add(&event, "node", watch->node);
	ipc_event_add(&event, "mount", watch->path);
	ipc_event_add(&event, "reason", "agent_lost");
	ipc_event_add(&event, "result", overflow ? "overflow" : "counted");
	ipc_event_add_number(&event, "files", (int64_t)watch->written.files);
	ipc_event_add_number(&event, "bytes", (int64_t)watch->bytes);
	add_list(&event, watch);
	log_warning("%s: %" PRIu64 " files, %" PRIu64 " bytes were written until sekishod ended",
		    watch->path, watch->written.files, watch->bytes);
	for (int i = 0; i < TRIES; i++) {
		err = (struct err){ 0 };
		if (ipc_call(IPC_SOCKET_LOG, &event, sizeof(event), IPC_LOG_ACK, &ack, sizeof(ack),
			     &err) == 0 &&
		    ack.code == 0)
			return;
		(void)sleep(1);
	}
	log_error("the log did not take what was written to %s: %s", watch->path, err.text);
}
