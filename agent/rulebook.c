/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/rulebook.h"

#include "core/err.h"
#include "core/file.h"
#include "core/log.h"
#include "ipc/event.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static void hash_bytes(const char *bytes, size_t len, char hash[static RULEBOOK_HASH_MAX])
{
	struct sha256_ctx ctx;
	uint8_t digest[SHA256_DIGEST_SIZE];

	sha256_init(&ctx);
	sha256_update(&ctx, len, (const uint8_t *)bytes);
	sha256_digest(&ctx, sizeof(digest), digest);
	for (size_t i = 0; i < (RULEBOOK_HASH_MAX - 1) / 2; i++)
		(void)snprintf(hash + 2 * i, 3, "%02x", digest[i]);
}

static int install(const struct rulebook *rulebook, struct err *err)
{
	cleanup_close int state_fd = open(rulebook->state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (state_fd < 0)
		return err_set(err, -errno, "%s: %m", rulebook->state_dir);
	if (mkdirat(state_fd, "policy", 0755) < 0 && errno != EEXIST)
		return err_set(err, -errno, "%s/policy: %m", rulebook->state_dir);
	return file_replace(state_fd, "policy/current", rulebook->accepted, rulebook->accepted_len,
			    0644, err);
}

/* otpd may follow a policy only after the log knows of it. */
static void logged(void *ctx, int rc, uint64_t seq)
{
	struct rulebook *rulebook = ctx;
	struct err err = { 0 };

	(void)seq;
	if (!rulebook->accepted)
		return; /* rejected again meanwhile */
	rulebook->is_unlogged = rc < 0;
	if (rc == 0 && install(rulebook, &err) < 0) {
		log_error("the accepted policy cannot be put in place: %s", err.text);
		rulebook->is_unlogged = true;
	}
	if (rulebook->is_unlogged)
		rulebook->again(rulebook);
}

static void submit_load(struct rulebook *rulebook)
{
	struct ipc_log_append event;

	ipc_event_init(&event, "policy.load");
	ipc_event_add(&event, "policy", rulebook->hash);
	ipc_event_add(&event, "path", rulebook->file);
	ipc_event_add_number(&event, "count", (int64_t)rulebook->policy->n_rules);
	ipc_submit(rulebook->log, &event, logged, rulebook);
}

static void reject(struct rulebook *rulebook, const struct err *err)
{
	struct ipc_log_append event;

	(void)snprintf(rulebook->detail, sizeof(rulebook->detail), "%s", err->text);
	log_error("policy rejected, nothing opens: %s", err->text);
	ipc_event_init(&event, "policy.reject");
	ipc_event_add(&event, "path", rulebook->file);
	ipc_event_add(&event, "detail", err->text);
	ipc_submit(rulebook->log, &event, NULL, NULL);
}

static void forget(struct rulebook *rulebook)
{
	policy_free(rulebook->policy);
	rulebook->policy = NULL;
	free(rulebook->accepted);
	rulebook->accepted = NULL;
	rulebook->is_unlogged = false;
	rulebook->detail[0] = '\0';
	rulebook->hash[0] = '\0';
}

void rulebook_load(struct rulebook *rulebook)
{
	cleanup_free char *text = NULL;
	cleanup_policy struct policy *policy = NULL;
	cleanup_diags struct diags diags = { 0 };
	struct err err = { 0 };
	size_t len = 0;
	int rc;

	forget(rulebook);
	rc = file_read_trusted(AT_FDCWD, rulebook->file, geteuid(), POLICY_BYTES_MAX, &text, &len,
			       &err);
	if (rc == 0 && policy_load(&(struct policy_source){ .file = rulebook->file,
							    .text = text,
							    .len = len },
				   &policy, &diags) < 0)
		rc = diags_to_err(&diags, &err);
	if (rc < 0) {
		reject(rulebook, &err);
		return;
	}
	hash_bytes(text, len, rulebook->hash);
	rulebook->policy = take_ptr(&policy);
	rulebook->accepted = take_ptr(&text);
	rulebook->accepted_len = len;
	log_info("policy %s is in force, %zu rules", rulebook->hash, rulebook->policy->n_rules);
	submit_load(rulebook);
}

void rulebook_retry(struct rulebook *rulebook)
{
	if (rulebook->is_unlogged)
		submit_load(rulebook);
}

void rulebook_deinit(struct rulebook *rulebook)
{
	forget(rulebook);
}
