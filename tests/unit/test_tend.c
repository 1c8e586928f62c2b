/* SPDX-License-Identifier: Apache-2.0 */

/* Closed segments are compressed, indexed and removed, and what stays is as provable as before. */

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "audit/seg_index.h"
#include "audit/verify.h"
#include "audit/writer.h"
#include "core/err.h"
#include "ipc/client.h"
#include "logd/settings.h"
#include "logd/tend.h"
#include "support/folder.h"

#define PLAIN 2 /* segments that are never packed: the newest */
#define DAY_US (86400 * CLOCK_US_PER_SEC)
#define SEGMENT_MAX 4000
#define N_ENTRIES 100

static char dir[64];
static char socket_path[128];
static char config[128];
static struct writer *writer;
static pthread_t server;
static char vkey[NOTE_VKEY_MAX]; /* as the auditor got it when the log was new */
static int listener = -1;
static int answer_code; /* what the log says to a pruning */
static size_t n_asked;
static int64_t wall_us;
static int64_t boot_us = 1;
static int64_t step_us;

static int64_t next_wall(void *ctx)
{
	(void)ctx;
	return wall_us;
}

static int64_t next_boot(void *ctx)
{
	(void)ctx;
	return boot_us;
}

static void add(const char *type, const struct audit_field *fields, size_t n)
{
	struct record event = { .type = type, .fields = fields, .n_fields = n };
	struct err err = { 0 };
	uint64_t seq;

	boot_us += step_us;
	wall_us += step_us;
	cr_assert_eq(writer_add(writer, &event, &seq, &err), 0, "%s", err.text);
	cr_assert_eq(writer_commit(writer, &err), 0, "%s", err.text);
	cr_assert_eq(writer_tend(writer, &err), 0, "%s", err.text);
}

/* Another identity signs from here on. */
static void rotate(void)
{
	const struct record by = { 0 };
	char next[NOTE_VKEY_MAX];
	struct err err = { 0 };
	uint64_t seq;

	cr_assert_eq(writer_add_identity(writer, &by, next, &seq, &err), 0, "%s", err.text);
	cr_assert_eq(writer_commit(writer, &err), 0, "%s", err.text);
	cr_assert_eq(writer_switch_identity(writer, next, &err), 0, "%s", err.text);
}

static const char *path_of(const char *name)
{
	static char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

/* What a pruning asks for once it is asked for, and its answer. */
static void answer(int fd, const struct ipc_log_prune *request)
{
	struct ipc_log_ack ack = { .header = ipc_header(IPC_LOG_ACK), .code = answer_code };
	char first[24];
	char count[24];
	char root[NOTE_HASH_TEXT];

	(void)snprintf(first, sizeof(first), "%" PRIu64, request->first);
	(void)snprintf(count, sizeof(count), "%" PRIu64, request->n_changes);
	(void)sodium_bin2base64(root, sizeof(root), request->root, sizeof(request->root),
				sodium_base64_VARIANT_ORIGINAL);
	n_asked++;
	if (answer_code == 0)
		add("log.prune",
		    (const struct audit_field[]){ { "first", first },
						  { "count", count },
						  { "root", root },
						  { "reason", request->reason } },
		    4);
	ack.header.tag = request->header.tag;
	(void)send(fd, &ack, sizeof(ack), 0);
}

/* The log, as far as a pruning knows it. */
static void *serve(void *ctx)
{
	struct ipc_log_prune request;
	int fd;

	(void)ctx;
	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		if (recv(fd, &request, sizeof(request), 0) == sizeof(request) &&
		    request.header.kind == IPC_LOG_PRUNE)
			answer(fd, &request);
		(void)close(fd);
	}
	return NULL;
}

static void listen_for_prunings(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", socket_path);
	listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	cr_assert_eq(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	cr_assert_eq(listen(listener, 8), 0);
	cr_assert_eq(pthread_create(&server, NULL, serve, NULL), 0);
}

static int open_writer(struct writer **ret, struct err *err)
{
	return writer_open(
		&(struct writer_options){
			.dir = dir,
			.terminal_id = "test",
			.segment_max = SEGMENT_MAX,
			.clock = { .wall_us = next_wall, .boot_us = next_boot },
		},
		ret, err);
}

/* From @first to @last days ago; terminal.state is the entry of that number. */
static void write_log(int first, int last, int state)
{
	int64_t now_us = clock_read_us(CLOCK_REALTIME);
	struct note_key key;
	struct err err = { 0 };

	wall_us = now_us - first * DAY_US;
	step_us = (first - last) * DAY_US / N_ENTRIES;
	strcpy(dir, "/tmp/sekisho-tend-XXXXXX");
	cr_assert_not_null(mkdtemp(dir));
	(void)snprintf(socket_path, sizeof(socket_path), "%s/socket", dir);
	(void)snprintf(config, sizeof(config), "%s/log.conf", dir);
	cr_assert_eq(open_writer(&writer, &err), 0, "%s", err.text);
	cr_assert_eq(note_key_load(path_of("vkey"), &key, &err), 0, "%s", err.text);
	note_key_format(&key, vkey);
	for (int i = 0; i < N_ENTRIES; i++) {
		if (i == N_ENTRIES / 10)
			rotate();
		add(i == state ? "terminal.state" : "admin.action",
		    (const struct audit_field[]){ { "detail", "something happened" } }, 1);
	}
	listen_for_prunings();
}

static void done(void)
{
	(void)shutdown(listener, SHUT_RDWR);
	(void)pthread_join(server, NULL);
	(void)close(listener);
	writer_free(writer);
	folder_remove(dir);
}

TestSuite(tend, .fini = done);

static int tend(struct err *err)
{
	*err = (struct err){ 0 };
	return tend_run(&(struct tend_options){ dir, config, socket_path }, err);
}

static size_t count(const char *pattern)
{
	glob_t found;
	size_t n = glob(path_of(pattern), 0, NULL, &found) == 0 ? found.gl_pathc : 0;

	globfree(&found);
	return n;
}

static void expect_proven(uint64_t first)
{
	struct verify_result result;
	struct note_key key;
	struct err err = { 0 };

	cr_assert_eq(note_key_load(vkey, &key, &err), 0, "%s", err.text);
	cr_assert_eq(verify_log(dir, &key, &result, &err), 0, "%s", err.text);
	cr_expect_eq(result.outcome, VERIFY_PROVEN, "%s", result.reason);
	cr_expect_eq(result.first > 0, first > 0);
	cr_expect_eq(result.proven_end, writer_size(writer));
}

Test(tend, closed_segments_are_compressed_and_have_an_index)
{
	struct err err;
	size_t n;

	write_log(100, 0, 0);
	n = count("seg-*.jsonl");
	cr_assert_gt(n, 5);
	cr_expect_eq(tend(&err), 0, "%s", err.text);
	cr_expect_eq(count("seg-*.jsonl"), PLAIN);
	cr_expect_eq(count("seg-*.jsonl.zst"), n - PLAIN);
	cr_expect_eq(count("index/seg-*.idx"), n - 1);
	cr_expect_eq(n_asked, 0);
	expect_proven(0);
	cr_expect_eq(tend(&err), 0, "again: %s", err.text);
	cr_expect_eq(count("seg-*.jsonl.zst"), n - PLAIN);
}

/* What is older than 400 days, a quarter of it. */
Test(tend, what_is_past_its_time_goes)
{
	struct err err;
	size_t n;
	size_t left;

	write_log(540, 0, N_ENTRIES - 1);
	n = count("seg-*.jsonl");
	cr_expect_eq(tend(&err), 0, "%s", err.text);
	left = count("seg-*.jsonl.zst") + PLAIN;
	cr_expect_eq(n_asked, n - left);
	cr_expect(left < n - n / 8 && left > n / 2, "%zu of %zu", left, n);
	cr_expect_eq(count("index/seg-*.idx"), left - 1);
	cr_expect_eq(count("epochs"), 1);
	cr_expect_eq(count("seg-000000000000.*"), 0);
	expect_proven(1);
}

Test(tend, nothing_goes_when_the_log_does_not_take_it)
{
	struct err err;
	size_t n;

	answer_code = -ENOSPC;
	write_log(540, 0, N_ENTRIES - 1);
	n = count("seg-*.jsonl");
	cr_expect_eq(tend(&err), -ENOSPC);
	cr_expect_eq(n_asked, 1);
	cr_expect_eq(count("seg-*.jsonl.zst") + PLAIN, n);
	cr_expect_eq(count("epochs"), 0);
	expect_proven(0);
}

Test(tend, nothing_goes_when_nobody_answers)
{
	struct err err;
	size_t n;

	write_log(540, 0, N_ENTRIES - 1);
	n = count("seg-*.jsonl");
	cr_assert_eq(unlink(socket_path), 0);
	cr_expect_lt(tend(&err), 0);
	cr_expect_eq(count("seg-*.jsonl.zst") + PLAIN, n);
	expect_proven(0);
}

/* The terminal believes nothing else. */
Test(tend, the_newest_state_stays)
{
	struct err err;
	size_t n;

	write_log(540, 0, 3);
	n = count("seg-*.jsonl");
	cr_expect_eq(tend(&err), 0, "%s", err.text);
	cr_expect_eq(count("seg-*.jsonl.zst") + PLAIN, n);
	cr_expect_eq(n_asked, 0);
}

/* A terminal that was in a cupboard, or one whose clock runs ahead, keeps its log. */
Test(tend, age_is_seen_from_the_newest_closed_segment)
{
	struct err err;
	size_t n;

	write_log(900, 600, N_ENTRIES - 1);
	n = count("seg-*.jsonl");
	cr_expect_eq(tend(&err), 0, "%s", err.text);
	cr_expect_eq(count("seg-*.jsonl.zst") + PLAIN, n);
	cr_expect_eq(n_asked, 0);
}

Test(tend, nothing_goes_by_settings_that_nobody_understands)
{
	struct err err;
	size_t n;

	write_log(540, 0, N_ENTRIES - 1);
	n = count("seg-*.jsonl");
	cr_assert(folder_write(dir, "log.conf", "keep 40O\n", 9));
	cr_expect_eq(tend(&err), -EINVAL);
	cr_expect_not_null(strstr(err.text, "log.conf:1:6: "), "%s", err.text);
	cr_expect_eq(count("seg-*.jsonl.zst") + PLAIN, n, "and the rest is done");
	cr_assert(folder_write(dir, "log.conf", "keep forever\n", 13));
	cr_expect_eq(tend(&err), 0, "%s", err.text);
	cr_expect_eq(count("seg-*.jsonl.zst") + PLAIN, n);
	cr_expect_eq(n_asked, 0);
}

/* The next run finds the certificates in "epochs" and goes on. */
Test(tend, a_second_pruning_goes_on_from_the_first)
{
	struct err err;
	char epochs[65536] = "";
	size_t left;
	size_t asked;
	int fd;

	write_log(540, 0, N_ENTRIES - 1);
	cr_assert_eq(tend(&err), 0, "%s", err.text);
	left = count("seg-*.jsonl.zst");
	asked = n_asked;
	fd = open(path_of("epochs"), O_RDONLY | O_CLOEXEC);
	cr_assert_gt(read(fd, epochs, sizeof(epochs) - 1), 0);
	(void)close(fd);
	cr_expect_eq(strncmp(epochs, "#epoch 0 ", 9), 0);
	cr_assert(folder_write(dir, "log.conf", "keep 300\n", 9));
	cr_expect_eq(tend(&err), 0, "%s", err.text);
	cr_expect_gt(n_asked, asked);
	cr_expect_lt(count("seg-*.jsonl.zst"), left);
	expect_proven(1);
}

int __real_unlinkat(int dirfd, const char *name, int flags);
int __real_renameat(int old_dirfd, const char *old, int new_dirfd, const char *name);
int __wrap_unlinkat(int dirfd, const char *name, int flags);
int __wrap_renameat(int old_dirfd, const char *old, int new_dirfd, const char *name);

static int n_until_kill; /* calls that change a name; 0: all of them are made */

static void maybe_die(void)
{
	if (n_until_kill > 0 && --n_until_kill == 0)
		(void)raise(SIGKILL);
}

int __wrap_unlinkat(int dirfd, const char *name, int flags)
{
	maybe_die();
	return __real_unlinkat(dirfd, name, flags);
}

int __wrap_renameat(int old_dirfd, const char *old, int new_dirfd, const char *name)
{
	maybe_die();
	return __real_renameat(old_dirfd, old, new_dirfd, name);
}

/* Return: false when it came to its end before. */
static bool tend_until_killed(int calls)
{
	struct err err;
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		n_until_kill = calls;
		_exit(tend(&err) == 0 ? 0 : 1);
	}
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert(WIFSIGNALED(status) || WEXITSTATUS(status) == 0, "%d", status);
	return WIFSIGNALED(status);
}

/* Before every single step, each time a step later than before. */
Test(tend, a_pruning_that_is_killed_leaves_a_log_that_is_proven, .timeout = 120)
{
	uint64_t first = 0;
	struct err err;
	size_t n;
	int calls = 1;

	write_log(540, 0, N_ENTRIES - 1);
	cr_assert(folder_write(dir, "log.conf", "keep forever\n", 13));
	cr_assert_eq(tend(&err), 0, "%s", err.text);
	n = count("seg-*");
	cr_assert(folder_write(dir, "log.conf", "keep 400\n", 9));
	for (; tend_until_killed(calls); calls++) {
		first = count("seg-000000000000.*") == 0;
		expect_proven(first);
	}
	cr_expect_gt(calls, 4);
	cr_expect_eq(first, 1);
	cr_expect_lt(count("seg-*"), n);
	expect_proven(1);
}

Test(tend, a_damaged_epoch_list_keeps_everything)
{
	struct err err;
	size_t n;

	write_log(540, 0, N_ENTRIES - 1);
	n = count("seg-*.jsonl");
	cr_assert(folder_write(dir, "epochs", "#epoch 0 x -\n", 13));
	cr_expect_eq(tend(&err), -EBADMSG);
	cr_expect_eq(count("seg-*.jsonl.zst") + PLAIN, n);
}

Test(tend, one_bad_segment_keeps_no_other_from_its_due)
{
	struct err err;
	char name[SEGMENT_NAME_LEN + 1];
	struct stat found;
	size_t n;

	write_log(100, 0, 0);
	n = count("seg-*.jsonl");
	segment_name_format(0, name);
	cr_assert_eq(stat(path_of(name), &found), 0);
	cr_assert_eq(truncate(path_of(name), found.st_size - 1), 0);
	cr_expect_eq(tend(&err), -EBADMSG);
	cr_expect_not_null(strstr(err.text, name), "%s", err.text);
	cr_expect_eq(count("seg-*.jsonl"), PLAIN + 1);
	cr_expect_eq(count("seg-*.jsonl.zst"), n - PLAIN - 1);
	cr_expect_eq(count("index/seg-*.idx"), n - 2);
}

/* The plain segments are gone, and what is left is never written to. */
Test(tend, the_log_goes_on_after_a_compressed_segment)
{
	struct err err;
	char aside[128];
	glob_t plain;
	uint64_t size;

	write_log(100, 0, 0);
	cr_assert_eq(tend(&err), 0, "%s", err.text);
	size = writer_size(writer);
	writer_free(writer);
	cr_assert_eq(glob(path_of("seg-*.jsonl"), 0, NULL, &plain), 0);
	for (size_t i = 0; i < plain.gl_pathc; i++)
		cr_assert_eq(unlink(plain.gl_pathv[i]), 0);
	globfree(&plain);
	cr_assert_eq(open_writer(&writer, &err), 0, "%s", err.text);
	cr_expect(writer_found(writer)->damaged);
	cr_expect_not_null(strstr(writer_found(writer)->detail, "is gone"));
	cr_expect_eq(writer_size(writer), size);
	add("admin.action", NULL, 0);
	writer_free(writer);

	/* Nothing says where it ended: it begins nowhere. */
	cr_assert_eq(glob(path_of("seg-*.jsonl"), 0, NULL, &plain), 0);
	cr_assert_eq(plain.gl_pathc, 1);
	cr_assert_eq(unlink(plain.gl_pathv[0]), 0);
	globfree(&plain);
	strcpy(aside, path_of("aside"));
	cr_assert_eq(rename(path_of("head"), aside), 0);
	cr_expect_eq(open_writer(&writer, &err), -EBADMSG);
	cr_assert_eq(rename(aside, path_of("head")), 0);
	cr_assert_eq(open_writer(&writer, &err), 0, "%s", err.text);
}

static const struct setting {
	const char *text;
	unsigned int keep_days;
	int rc;
} settings[] = {
	{ "", 400, 0 },
	{ "# nothing\n", 400, 0 },
	{ "keep 30\n", 30, 0 },
	{ "keep 2555\n", 2555, 0 },
	{ "keep forever\n", SETTINGS_KEEP_FOREVER, 0 },
	{ "keep 29\n", 0, -EINVAL },
	{ "keep 0\n", 0, -EINVAL },
	{ "keep -1\n", 0, -EINVAL },
	{ "keep 36501\n", 0, -EINVAL },
	{ "keep\n", 0, -EINVAL },
	{ "keep 1 2\n", 0, -EINVAL },
	{ "keep 400 {\n}\n", 0, -EINVAL },
	{ "keeps 400\n", 0, -EINVAL },
	{ "keep \"\n", 0, -EINVAL },
};

Test(settings, keep)
{
	char folder[] = "/tmp/sekisho-settings-XXXXXX";
	char path[64];

	cr_assert_not_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/log.conf", folder);
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		struct settings read = { 0 };
		struct err err = { 0 };

		cr_assert(folder_write(folder, "log.conf", settings[i].text,
				       strlen(settings[i].text)));
		cr_expect_eq(settings_load(path, &read, &err), settings[i].rc, "case %zu: %s", i,
			     err.text);
		cr_expect_eq(read.keep_days, settings[i].keep_days, "case %zu", i);
	}
	folder_remove(folder);
}
