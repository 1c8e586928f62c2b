/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/media_text.h"

#include "core/err.h"
#include "core/file.h"
#include "ipc/event.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void media_text_shed(struct media_book_text *text)
{
	free(take_ptr(&text->bytes));
	text->len = 0;
	(void)malloc_trim(0);
}

void media_text_done(struct media_book_text *text)
{
	ledger_free(text->ledger);
	free(text->bytes);
	*text = (struct media_book_text){ 0 };
}

static int check_signature(const char *name, const struct note *note, bool is_note,
			   const struct order *trusted, char *ret_signer, struct err *err)
{
	const struct order_signer *signer = is_note ? order_register_signer(note, trusted) : NULL;

	if (!signer)
		return err_set(err, -EKEYREJECTED,
			       "%s: the register is not signed by anybody who may here; remedy: "
			       "sign it with a key that the terminal's order names for registers",
			       name);
	(void)snprintf(ret_signer, POLICY_WORD_MAX, "%s", signer->person);
	return 0;
}

static int open_text(const char *name, const struct order *trusted, struct media_book_text *text,
		     struct err *err)
{
	cleanup_diags struct diags diags = { 0 };
	struct err not_a_note = { 0 };
	struct note note;
	bool is_note = note_parse(text->bytes, text->len, &note, &not_a_note) == 0;
	int rc = trusted ? check_signature(name, &note, is_note, trusted, text->signer, err) : 0;

	if (rc < 0)
		return rc;
	if (ledger_load(name, is_note ? note.text : text->bytes,
			is_note ? note.text_len : text->len, NULL, &text->ledger, &diags) < 0)
		return diags_to_err(&diags, err);
	if (trusted && text->ledger->version == 0)
		return err_set(err, -EINVAL,
			       "%s: the register has no version; remedy: add: register NAME { "
			       "version N }",
			       name);
	return 0;
}

int media_text_read(int dirfd, const char *path, const char *name, const struct order *trusted,
		    struct media_book_text *ret, struct err *err)
{
	cleanup_media_text struct media_book_text text = { 0 };
	char hash[ORDER_HASH_MAX];
	int rc = file_read_trusted(dirfd, path, geteuid(), LEDGER_BYTES_MAX, &text.bytes, &text.len,
				   err);

	if (rc < 0)
		return rc;
	order_hash(text.bytes, text.len, hash);
	(void)snprintf(text.hash, sizeof(text.hash), "%.16s", hash);
	memcpy(ret->hash, text.hash, sizeof(text.hash));
	rc = open_text(name, trusted, &text, err);
	if (rc < 0)
		return rc;
	*ret = text;
	text = (struct media_book_text){ 0 };
	return 0;
}

static int open_state(const char *state_dir, struct err *err)
{
	int fd = open(state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? err_set(err, -errno, "%s: %m", state_dir) : fd;
}

int media_text_read_accepted(const char *state_dir, const struct order *trusted,
			     struct media_book_text *ret, struct err *err)
{
	cleanup_close int fd = open_state(state_dir, err);

	return fd < 0 ? fd : media_text_read(fd, MEDIA_ACCEPTED, MEDIA_ACCEPTED, trusted, ret, err);
}

int media_text_accept(const char *state_dir, const struct media_book_text *text, struct err *err)
{
	cleanup_close int fd = open_state(state_dir, err);

	if (fd < 0)
		return fd;
	if (mkdirat(fd, MEDIA_FOLDER, 0750) < 0 && errno != EEXIST)
		return err_set(err, -errno, "%s/" MEDIA_FOLDER ": %m", state_dir);
	return file_replace(fd, MEDIA_ACCEPTED, text->bytes, text->len, 0640, err);
}

void media_text_log_load(struct ipc_submitter *log, const char *file,
			 const struct media_book_text *text, ipc_submitted *done, void *ctx)
{
	struct ipc_log_append event;

	ipc_event_init(&event, "register.load");
	ipc_event_add(&event, "sha256", text->hash);
	ipc_event_add_number(&event, "version", (int64_t)text->ledger->version);
	ipc_event_add(&event, "signer", text->signer);
	ipc_event_add(&event, "path", file);
	ipc_event_add_number(&event, "count", (int64_t)text->ledger->n_media);
	ipc_submit(log, &event, done, ctx);
}

void media_text_log_refusal(struct ipc_submitter *log, const char *file, const char *hash,
			    const char *detail)
{
	struct ipc_log_append event;

	ipc_event_init(&event, "register.reject");
	ipc_event_add(&event, "sha256", hash);
	ipc_event_add(&event, "path", file);
	ipc_event_add(&event, "detail", detail);
	ipc_submit(log, &event, NULL, NULL);
}
