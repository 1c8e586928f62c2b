/* SPDX-License-Identifier: Apache-2.0 */

#include "pskc/apart.h"

#include "core/diag.h"
#include "core/text.h"
#include "pskc/apart_child.h"

#include <errno.h>
#include <libxml/parser.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define SILENCE_MAX_S 40 /* it computes for a quarter of that at the most */
#define ERRNO_MAX 4095

struct pskc_apart {
	const char *name;
	int fd;
	pid_t child;
};

static int fail(const char *name, struct diags *diags)
{
	return diag_error(diags, &(struct diag_place){ name, 1, 1 }, -EIO,
			  "it takes more memory or time than a file of tokens may, or is made to "
			  "do harm; remedy: have it split, or take it from the maker anew");
}

static int receive(int fd, struct apart_record *ret)
{
	ssize_t n;

	do
		n = recv(fd, ret, sizeof(*ret), 0);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(*ret) ? 0 : -EIO;
}

/* What the child says of the file is foreign text as well. */
static bool take_error(const char *name, const struct apart_record *record, struct diags *diags)
{
	const struct diag_place at = { name, record->line, 1 };

	if (!text_is_safe_field(record->text, sizeof(record->text)) || record->code >= 0 ||
	    record->code < -ERRNO_MAX)
		return false;
	(void)diag_error(diags, &at, record->code, "%s", record->text);
	return true;
}

static bool is_serial(const char serial[static PSKC_WORD_MAX])
{
	static const char letters[] =
		"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.";
	size_t len = strnlen(serial, PSKC_WORD_MAX);

	return len > 0 && len < PSKC_WORD_MAX && strspn(serial, letters) == len;
}

static bool is_token(const struct pskc_token *token)
{
	return is_serial(token->serial) && text_is_safe_field(token->maker, sizeof(token->maker)) &&
	       token->secret_len >= PSKC_SECRET_MIN && token->secret_len <= PSKC_SECRET_MAX &&
	       (int)token->hash >= PSKC_SHA1 && (int)token->hash <= PSKC_SHA512 &&
	       (token->digits == 6 || token->digits == 8) &&
	       (token->period == 30 || token->period == 60);
}

/* An end with errors that were not said, or with neither errors nor tokens, is no success. */
static int conclude(const char *name, const struct apart_record *end, size_t n_tokens,
		    struct diags *diags)
{
	if (end->n > diags->n_errors) {
		diags->n_dropped += end->n - diags->n_errors;
		diags->n_errors = end->n;
	}
	if (diags->n_errors == 0 && n_tokens == 0)
		return fail(name, diags);
	if (diags->n_errors > 0 && diags->code == 0)
		diags->code = -EINVAL;
	return diags->code;
}

int apart_collect(int fd, const char *name, const struct apart_record *first,
		  struct pskc_token *tokens, size_t *ret_n, struct diags *diags)
{
	struct apart_record record = *first;
	size_t n_tokens = 0, n_errors = 0;
	bool good = true;

	while (good && record.kind != APART_END) {
		if (record.kind == APART_TOKEN) {
			good = tokens && n_tokens < PSKC_TOKENS_MAX && is_token(&record.token);
			if (good)
				tokens[n_tokens++] = record.token;
		} else {
			good = record.kind == APART_ERROR && n_errors++ < DIAG_MAX &&
			       take_error(name, &record, diags);
		}
		if (good)
			good = receive(fd, &record) == 0;
	}
	*ret_n = n_tokens;
	sodium_memzero(&record.token, sizeof(record.token));
	return good ? conclude(name, &record, n_tokens, diags) : fail(name, diags);
}

static int start(struct pskc_apart *apart, const char *bytes, size_t len, struct diags *diags)
{
	const struct diag_place top = { apart->name, 1, 1 };
	const struct timeval silence = { .tv_sec = SILENCE_MAX_S };
	int ends[2];

	/* Before there is anything foreign: neither opens a file later. */
	if (sodium_init() < 0)
		return diag_error(diags, &top, -ENOMEM, "out of memory");
	xmlInitParser();
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return diag_error(diags, &top, -errno, "socketpair: %m");
	apart->fd = ends[0];
	apart->child = fork();
	if (apart->child == 0)
		apart_child_run(ends[1], apart->name, bytes, len);
	(void)close(ends[1]);
	if (apart->child < 0 ||
	    setsockopt(apart->fd, SOL_SOCKET, SO_RCVTIMEO, &silence, sizeof(silence)) < 0)
		return diag_error(diags, &top, -errno, "fork: %m");
	return 0;
}

int pskc_apart_open(const char *name, const char *bytes, size_t len, struct pskc_apart **ret,
		    struct pskc_frame *ret_frame, struct diags *diags)
{
	cleanup_pskc_apart struct pskc_apart *apart = calloc(1, sizeof(*apart));
	struct apart_record record;
	size_t n = 0;
	int rc;

	if (!apart)
		return diag_error(diags, &(struct diag_place){ name, 1, 1 }, -ENOMEM,
				  "out of memory");
	apart->name = name;
	apart->fd = -1;
	apart->child = -1;
	rc = start(apart, bytes, len, diags);
	if (rc < 0)
		return rc;
	if (receive(apart->fd, &record) < 0)
		return fail(name, diags);
	if (record.kind != APART_FRAME)
		return apart_collect(apart->fd, name, &record, NULL, &n, diags);
	if ((int)record.frame.protection < PSKC_BY_NOTHING ||
	    (int)record.frame.protection > PSKC_BY_PASSWORD)
		return fail(name, diags);
	*ret_frame = record.frame;
	*ret = take_ptr(&apart);
	return 0;
}

void pskc_apart_free(struct pskc_apart *apart)
{
	if (!apart)
		return;
	if (apart->fd >= 0)
		(void)close(apart->fd);
	if (apart->child > 0) {
		(void)kill(apart->child, SIGKILL);
		(void)waitpid(apart->child, NULL, 0);
	}
	free(apart);
}

static int send_opener(const struct pskc_apart *apart, const struct pskc_opener *opener,
		       int64_t now_s)
{
	struct apart_opener how = { .now_s = now_s };
	ssize_t n = -1;

	if (opener->key_len <= sizeof(how.key) &&
	    (!opener->password || strlen(opener->password) < sizeof(how.password))) {
		if (opener->key)
			memcpy(how.key, opener->key, how.key_len = opener->key_len);
		how.has_password = opener->password != NULL;
		if (opener->password)
			strcpy(how.password, opener->password);
		n = send(apart->fd, &how, sizeof(how), MSG_NOSIGNAL);
	}
	sodium_memzero(&how, sizeof(how));
	return n == (ssize_t)sizeof(how) ? 0 : -EIO;
}

int pskc_apart_read(struct pskc_apart *apart, const struct pskc_opener *opener, int64_t now_s,
		    struct pskc_token **ret, size_t *ret_n, struct diags *diags)
{
	const size_t size = PSKC_TOKENS_MAX * sizeof(struct pskc_token);
	struct pskc_token *tokens = calloc(1, size);
	struct apart_record record;
	size_t n = 0;
	int rc;

	if (!tokens)
		return diag_error(diags, &(struct diag_place){ apart->name, 1, 1 }, -ENOMEM,
				  "out of memory");
	if (send_opener(apart, opener, now_s) < 0 || receive(apart->fd, &record) < 0)
		rc = fail(apart->name, diags);
	else
		rc = apart_collect(apart->fd, apart->name, &record, tokens, &n, diags);
	sodium_memzero(&record, sizeof(record));
	if (rc < 0) {
		sodium_memzero(tokens, size);
		free(tokens);
		return rc;
	}
	*ret = tokens;
	*ret_n = n;
	return 0;
}
