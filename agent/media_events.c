/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/media_events.h"

#include "core/err.h"
#include "core/file.h"
#include "core/lang.h"
#include "core/log.h"
#include "core/scfg.h"
#include "ipc/event.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define EVENTS MEDIA_FOLDER "/events"
#define INTENT MEDIA_FOLDER "/intent"
#define TYPE_PREFIX "media."
#define N_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

enum ledger_act media_events_act(const struct ipc_log_append *event)
{
	enum ledger_act act = LEDGER_ACT_NONE;

	if (strncmp(event->type, TYPE_PREFIX, strlen(TYPE_PREFIX)) != 0 ||
	    !ledger_act_from_name(event->type + strlen(TYPE_PREFIX), &act))
		return LEDGER_ACT_NONE;
	return act;
}

static void put_word(FILE *out, const char *name, const char *value)
{
	if (*value == '\0')
		return;
	(void)fprintf(out, "    %s ", name);
	scfg_print_word(out, value);
	(void)fputc('\n', out);
}

/* "lgwan internet" or "3A/2/2": several words of one line. */
static void put_words(FILE *out, const char *name, const char *value, const char *separator)
{
	(void)fprintf(out, "    %s", name);
	while (*value) {
		size_t len = strcspn(value, separator);
		cleanup_free char *word = strndup(value, len);

		if (word && len > 0) {
			(void)fputc(' ', out);
			scfg_print_word(out, word);
		}
		value += len + strspn(value + len, separator);
	}
	(void)fputc('\n', out);
}

/* What the entry says of a medium that is new. */
static void put_medium(FILE *out, const struct ipc_log_append *event)
{
	static const char *const words[][2] = {
		{ "kind", "kind" },       { "serial", "serial" },
		{ "sd_cid", "sd-cid" },   { "filesystem", "filesystem" },
		{ "section", "section" }, { "encryption", "encryption" },
		{ "model", "model" },     { "note", "note" },
	};
	const char *vid = ipc_event_get(event, "vid");

	(void)fputs("medium ", out);
	scfg_print_word(out, ipc_event_get(event, "medium_number"));
	(void)fputs(" {\n", out);
	if (*vid)
		(void)fprintf(out, "    usb %s:%s\n", vid, ipc_event_get(event, "pid"));
	for (size_t i = 0; i < N_ELEMENTS(words); i++)
		put_word(out, words[i][1], ipc_event_get(event, words[i][0]));
	put_words(out, "zone", ipc_event_get(event, "zone"), " ");
	put_words(out, "classification", ipc_event_get(event, "classification"), "/");
	(void)fputs("}\n", out);
}

/* The losses that are over now: all that are known here. */
static void put_answers(FILE *out, const struct ledger *known, const char *number)
{
	size_t n = 0;

	for (size_t i = 0; i < known->n_events; i++) {
		const struct ledger_event *event = &known->events[i];

		if (strcmp(event->number, number) != 0 ||
		    (event->act != LEDGER_ACT_LOST && event->act != LEDGER_ACT_MISSING))
			continue;
		(void)fputs(n++ == 0 ? "    answers " : " ", out);
		scfg_print_word(out, event->id);
	}
	if (n > 0)
		(void)fputc('\n', out);
}

static void put_event(FILE *out, const struct ipc_log_append *event, const struct ledger *known,
		      const char *id, policy_minute at)
{
	static const char *const words[][2] = {
		{ "user", "by" },       { "approver", "approver" },       { "holder", "to" },
		{ "due", "due" },       { "erased_by", "erased-by" },     { "noticed", "noticed" },
		{ "method", "method" }, { "certificate", "certificate" },
	};
	enum ledger_act act = media_events_act(event);
	const char *number = ipc_event_get(event, "medium_number");

	(void)fputs("event ", out);
	scfg_print_word(out, number);
	(void)fprintf(out, " %s {\n", ledger_act_name(act));
	put_word(out, "id", id);
	(void)fputs("    at ", out);
	policy_minute_write(at, out);
	(void)fputc('\n', out);
	for (size_t i = 0; i < N_ELEMENTS(words); i++)
		put_word(out, words[i][1], ipc_event_get(event, words[i][0]));
	if (act == LEDGER_ACT_FOUND)
		put_answers(out, known, number);
	if (act != LEDGER_ACT_REGISTER) /* there it is the medium's */
		put_word(out, "note", ipc_event_get(event, "note"));
	(void)fputs("}\n", out);
}

int media_events_describe(const struct ipc_log_append *event, const struct ledger *known,
			  const char *id, policy_minute at, char **ret, struct err *err)
{
	cleanup_ledger struct ledger *checked = NULL;
	cleanup_diags struct diags diags = { 0 };
	cleanup_free char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return err_set(err, -ENOMEM, "out of memory");
	if (media_events_act(event) == LEDGER_ACT_REGISTER)
		put_medium(out, event);
	put_event(out, event, known, id, at);
	if (fclose(out) != 0)
		return err_set(err, -ENOMEM, "out of memory");
	if (ledger_load(event->type, text, len, known, &checked, &diags) < 0)
		return diags_to_err(&diags, err);
	*ret = take_ptr(&text);
	return 0;
}

static bool have(const struct media_events *events, const char *id)
{
	for (size_t i = 0; events->ledger && i < events->ledger->n_events; i++) {
		if (strcmp(events->ledger->events[i].id, id) == 0)
			return true;
	}
	return false;
}

void media_events_name(const struct media_events *events, const char *terminal, uint64_t seq,
		       char *out, size_t size)
{
	const char *name = *terminal ? terminal : "unassigned";
	unsigned int again = 0;

	(void)snprintf(out, size, "%s/%llu", name, (unsigned long long)seq);
	while (have(events, out))
		(void)snprintf(out, size, "%s.%u/%llu", name, ++again, (unsigned long long)seq);
}

static int open_state(const struct media_events *events, struct err *err)
{
	int fd = open(events->state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return err_set(err, -errno, "%s: %m", events->state_dir);
	if (mkdirat(fd, MEDIA_FOLDER, 0750) < 0 && errno != EEXIST) {
		int rc = err_set(err, -errno, "%s/" MEDIA_FOLDER ": %m", events->state_dir);

		(void)close(fd);
		return rc;
	}
	return fd;
}

static int parse(struct media_events *events, struct err *err)
{
	cleanup_diags struct diags diags = { 0 };
	struct ledger *ledger = NULL;

	if (ledger_load_alone(EVENTS, events->text ? events->text : "", events->len, &ledger,
			      &diags) < 0)
		return diags_to_err(&diags, err);
	ledger_free(events->ledger);
	events->ledger = ledger;
	return 0;
}

int media_events_save(struct media_events *events, struct err *err)
{
	cleanup_close int fd = open_state(events, err);
	int rc = fd < 0 ? fd : file_replace(fd, EVENTS, events->text, events->len, 0640, err);

	events->is_unsaved = rc < 0;
	return rc;
}

int media_events_add(struct media_events *events, const struct ipc_log_append *event,
		     const struct ledger *known, const char *id, policy_minute at, struct err *err)
{
	const char *number = ipc_event_get(event, "medium_number");
	const struct ledger_medium *medium = ledger_medium(known, number);
	cleanup_free char *added = NULL;
	cleanup_free char *text = NULL;
	size_t len = 0;
	FILE *out;
	struct err why = { 0 };
	int rc = media_events_describe(event, known, id, at, &added, err);

	if (rc < 0)
		return rc;
	out = open_memstream(&text, &len);
	if (!out)
		return err_set(err, -ENOMEM, "out of memory");
	if (events->len > 0)
		(void)fwrite(events->text, 1, events->len, out);
	if (medium && !ledger_medium(events->ledger, number))
		ledger_print_medium(medium, out);
	(void)fputs(added, out);
	if (fclose(out) != 0)
		return err_set(err, -ENOMEM, "out of memory");
	free(events->text);
	events->text = take_ptr(&text);
	events->len = len;
	rc = parse(events, err);
	if (media_events_save(events, &why) < 0)
		log_error("what happened to a medium is in the log, and not on disk yet: %s",
			  why.text);
	return rc;
}

int media_events_intend(const struct media_events *events, const struct ipc_log_append *event,
			struct err *err)
{
	cleanup_close int fd = open_state(events, err);
	char bytes[sizeof(event->type) + sizeof(event->fields)] = "";

	if (fd < 0)
		return fd;
	if (!event)
		return unlinkat(fd, INTENT, 0) == 0 || errno == ENOENT
			       ? 0
			       : err_set(err, -errno, INTENT ": %m");
	memcpy(bytes, event->type, sizeof(event->type));
	memcpy(bytes + sizeof(event->type), event->fields, event->fields_len);
	return file_replace(fd, INTENT, bytes, sizeof(event->type) + event->fields_len, 0600, err);
}

/* What was written when power went is whole up to the last block that was closed. */
static size_t whole_len(const char *text, size_t len)
{
	for (size_t at = len; at >= 2; at--) {
		if (text[at - 1] == '\n' && text[at - 2] == '}' &&
		    (at == 2 || text[at - 3] == '\n'))
			return at;
	}
	return 0;
}

static void read_events(struct media_events *events, int fd)
{
	struct err err = { 0 };
	int rc = file_read_trusted(fd, EVENTS, geteuid(), LEDGER_BYTES_MAX, &events->text,
				   &events->len, &err);

	if (rc == 0) {
		size_t whole = whole_len(events->text, events->len);

		if (whole < events->len) {
			log_error("%s/register/events: its last lines were torn and are dropped; "
				  "what "
				  "they were is in the log",
				  events->state_dir);
			events->len = whole;
			(void)media_events_save(events, &err);
		}
	}
	if ((rc == 0 || rc == -ENOENT) && parse(events, &err) == 0)
		return;
	(void)snprintf(events->detail, sizeof(events->detail), "%s", err.text);
	log_error("what happened to media here cannot be read, so none of the register opens: %s",
		  err.text);
}

static void read_intent(struct media_events *events, int fd)
{
	struct ipc_log_append *intent = &events->intent;
	cleanup_free char *bytes = NULL;
	struct err err = { 0 };
	size_t len = 0;

	if (file_read_trusted(fd, INTENT, geteuid(), sizeof(intent->type) + sizeof(intent->fields),
			      &bytes, &len, &err) < 0 ||
	    len < sizeof(intent->type))
		return;
	memcpy(intent->type, bytes, sizeof(intent->type));
	intent->fields_len = (uint32_t)(len - sizeof(intent->type));
	memcpy(intent->fields, bytes + sizeof(intent->type), intent->fields_len);
	intent->header.kind = IPC_LOG_APPEND;
	if (!ipc_event_is_valid(intent) || media_events_act(intent) == LEDGER_ACT_NONE)
		*intent = (struct ipc_log_append){ 0 };
}

void media_events_start(struct media_events *events)
{
	struct err err = { 0 };
	cleanup_close int fd = open_state(events, &err);

	media_events_deinit(events);
	events->detail[0] = '\0';
	events->intent = (struct ipc_log_append){ 0 };
	if (fd < 0) {
		(void)snprintf(events->detail, sizeof(events->detail), "%s", err.text);
		log_error("what happened to media here cannot be read, so none of the register "
			  "opens: %s",
			  err.text);
		return;
	}
	read_events(events, fd);
	read_intent(events, fd);
}

void media_events_deinit(struct media_events *events)
{
	free(take_ptr(&events->text));
	events->len = 0;
	ledger_free(take_ptr(&events->ledger));
}
