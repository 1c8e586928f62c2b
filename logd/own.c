/* SPDX-License-Identifier: Apache-2.0 */

#include "logd/own.h"

#include "core/err.h"
#include "core/file.h"
#include "core/log.h"
#include "core/parse.h"
#include "logd/logd.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

int own_add(struct logd *logd, const char *type, const struct audit_field *fields, size_t n,
	    struct err *err)
{
	struct record event = {
		.type = type, .uid = geteuid(), .pid = getpid(), .fields = fields, .n_fields = n
	};
	uint64_t seq;

	return writer_add(logd->writer, &event, &seq, err);
}

static int add_found(struct logd *logd, struct err *err)
{
	const struct writer_found *found = writer_found(logd->writer);
	char count[24];
	char bytes[24];
	char offset[24];
	int rc = 0;

	(void)snprintf(count, sizeof(count), "%" PRIu64, found->n_kept);
	(void)snprintf(bytes, sizeof(bytes), "%" PRIu64, found->torn_bytes);
	(void)snprintf(offset, sizeof(offset), "%" PRIu64, found->offset);
	if (found->recovered)
		rc = own_add(logd, "log.recovered",
			     (const struct audit_field[]){ { "count", count }, { "bytes", bytes } },
			     2, err);
	if (rc == 0 && found->damaged)
		rc = own_add(logd, "log.damaged",
			     (const struct audit_field[]){ { "offset", offset },
							   { "detail", found->detail } },
			     2, err);
	return rc;
}

/* As the TPM counts starts (packaging/libexec/count-start); "": it does not. */
static void read_counter(const char *file, char *out, size_t size)
{
	struct err err = { 0 };
	uint64_t number;

	if (file_read_attribute(AT_FDCWD, file, out, size) < 0 ||
	    parse_u64(out, RECORD_NUMBER_MAX, &number, &err) < 0)
		*out = '\0';
}

int own_announce(struct logd *logd, struct err *err)
{
	char counter[24];
	int rc;

	if (logd->announced)
		return 0;
	read_counter(logd->options.counter, counter, sizeof(counter));
	rc = add_found(logd, err);
	if (rc == 0)
		rc = own_add(logd, "log.start",
			     (const struct audit_field[]){
				     { "reason",
				       writer_is_first_of_boot(logd->writer) ? "boot" : "restart" },
				     { "detail", "sekisho " SEKISHO_VERSION },
				     { "tpm_counter", counter } },
			     *counter ? 3 : 2, err);
	if (rc == 0)
		rc = writer_commit(logd->writer, err);
	logd->announced = rc == 0;
	if (rc == 0)
		logd_tend(logd);
	return rc;
}

void own_warn(const struct writer *writer)
{
	const struct writer_found *found = writer_found(writer);

	if (found->recovered)
		log_warning("recovered from a crash: %llu entries kept, %llu bytes set aside",
			    (unsigned long long)found->n_kept,
			    (unsigned long long)found->torn_bytes);
	if (found->damaged)
		log_error("THE LOG IS DAMAGED, %s; remedy: keep a copy and run sekisho log verify",
			  found->detail);
}

void own_say(struct logd *logd, const char *type, const struct audit_field *fields, size_t n)
{
	struct err err = { 0 };

	if (!logd->announced)
		return;
	if (writer_is_full(logd->writer))
		logd_commit(logd);
	if (own_add(logd, type, fields, n, &err) < 0)
		log_error("%s: %s", type, err.text);
	else
		logd_commit_soon(logd);
}

/*
 * systemd-user-sessions.service, which our unit precedes, leaves this file when
 * the system goes down, before we are asked to stop.
 */
static bool is_shutdown(void)
{
	return access("/run/nologin", F_OK) == 0;
}

void own_stop(struct logd *logd)
{
	bool shutdown = is_shutdown();

	if (!logd->announced)
		return;
	logd_commit(logd);
	if (shutdown)
		logd_end_epoch(logd, WRITER_SHUTDOWN);
	own_say(logd, "log.stop",
		&(const struct audit_field){ "reason", shutdown ? "shutdown" : "restart" }, 1);
	logd_commit(logd);
}
