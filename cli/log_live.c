/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/log_live.h"

#include "audit/identity.h"
#include "cli/options.h"
#include "cli/qr.h"
#include "core/cleanup.h"
#include "core/err.h"
#include "core/lang.h"
#include "ipc/client.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define LOG_DIR "/var/lib/sekisho/audit"

struct request {
	const char *word; /* after the command */
	const char *dir;
	const char *nonce;
	bool qr;
	bool ascii;
};

static int wrong_usage(struct err *err)
{
	return err_set(err, -EINVAL, "wrong usage; remedy: sekisho log --help");
}

static int parse_arguments(int argc, char *argv[], struct request *ret, struct err *err)
{
	static const struct option options[] = {
		{ "dir", required_argument, NULL, 'd' },
		{ "nonce", required_argument, NULL, 'N' },
		{ "qr", no_argument, NULL, 'q' },
		{ "ascii", no_argument, NULL, 'a' },
		{ 0 },
	};
	int option;

	*ret = (struct request){ .dir = LOG_DIR };
	while ((option = option_next(argc, argv, "", options)) >= 0) {
		if (option == 'd')
			ret->dir = optarg;
		else if (option == 'N')
			ret->nonce = optarg;
		else if (option == 'q')
			ret->qr = true;
		else if (option == 'a')
			ret->ascii = true;
		else
			return wrong_usage(err);
	}
	if (optind < argc)
		ret->word = argv[optind++];
	return optind < argc ? wrong_usage(err) : 0;
}

static int load_key(const char *dir, struct note_key *ret, struct err *err)
{
	cleanup_free char *path = NULL;

	if (asprintf(&path, "%s/" IDENTITY_VKEY_FILE, dir) < 0)
		return err_set(err, -ENOMEM, "out of memory");
	return note_key_load(path, ret, err);
}

/* For the paper that goes to the auditor: as text, and as something a phone reads without errors.
 */
static int show_key(const struct request *request, struct err *err)
{
	struct note_key key;
	char text[NOTE_VKEY_MAX];
	int rc = request->word ? wrong_usage(err) : load_key(request->dir, &key, err);

	if (rc < 0)
		return rc;
	note_key_format(&key, text);
	if (request->qr)
		rc = qr_print(stdout, text, request->ascii || !qr_fits_terminal(), err);
	if (rc == 0)
		puts(text);
	return rc;
}

/* Return: 0, or an error when it was refused. */
static int ask(void *message, size_t size, struct err *err)
{
	struct ipc_log_ack ack;
	int rc = ipc_call(IPC_SOCKET_LOG, message, size, IPC_LOG_ACK, &ack, sizeof(ack), err);

	if (rc < 0)
		return rc;
	return ack.code == 0 ? 0
			     : err_set(err, ack.code, "the log refused: %s", strerror(-ack.code));
}

static int mark(const struct request *request, struct err *err)
{
	struct ipc_log_mark message = { .header = ipc_header(IPC_LOG_MARK) };

	if (request->word && strcmp(request->word, "suspend") == 0)
		message.mark = IPC_LOG_MARK_SUSPEND;
	else if (request->word && strcmp(request->word, "resume") == 0)
		message.mark = IPC_LOG_MARK_RESUME;
	else
		return wrong_usage(err);
	return ask(&message, sizeof(message), err);
}

/* The new key at once: the auditor's old one leads to it, and so does this paper. */
static int rotate(const struct request *request, struct err *err)
{
	struct ipc_header message = ipc_header(IPC_LOG_ROTATE);
	int rc = request->word ? wrong_usage(err) : ask(&message, sizeof(message), err);

	return rc < 0 ? rc : show_key(request, err);
}

int log_live_challenge(const struct note_key *key, const uint8_t *nonce, struct log_live *ret,
		       struct err *err)
{
	struct ipc_log_attest message = { .header = ipc_header(IPC_LOG_ATTEST) };
	struct ipc_log_attested reply;
	struct log_live live = { 0 };
	int rc;

	if (nonce)
		memcpy(message.nonce, nonce, sizeof(message.nonce));
	else
		randombytes_buf(message.nonce, sizeof(message.nonce));
	rc = ipc_call(IPC_SOCKET_LOG, &message, sizeof(message), IPC_LOG_ATTESTED, &reply,
		      sizeof(reply), err);
	if (rc < 0)
		return rc;
	memcpy(live.nonce, message.nonce, sizeof(live.nonce));
	strcpy(live.head.origin, key->name);
	live.head.size = reply.size;
	live.epoch = reply.epoch;
	memcpy(live.head.root, reply.root, sizeof(live.head.root));
	memcpy(live.signature, reply.signature, sizeof(live.signature));
	memcpy(live.identity, reply.identity, sizeof(live.identity));
	if (!checkpoint_verify(&live.head, key->public, live.identity))
		return err_set(err, -EBADMSG, "the daemon's answer is not signed by the log's key");
	*ret = live;
	return 0;
}

enum log_live_match log_live_match(const struct log_live *live, const struct verify_result *files)
{
	if (files->proven_end > live->head.size)
		return LOG_LIVE_MOVED;
	if (files->newest.size != live->head.size ||
	    memcmp(files->newest.root, live->head.root, TREE_HASH_SIZE) != 0 ||
	    files->next.number != live->epoch ||
	    !attest_verify(&live->head, &files->next, live->nonce, live->signature))
		return LOG_LIVE_DIFFERS;
	return LOG_LIVE_MATCHES;
}

/* The signed text itself, for whoever sent the nonce to look at elsewhere. */
static int attest(const struct request *request, struct err *err)
{
	uint8_t nonce[ATTEST_NONCE_SIZE];
	char text[ATTEST_TEXT_MAX];
	char signature[NOTE_SIG_TEXT];
	struct log_live live;
	struct note_key key;
	size_t len = 0;
	int rc;

	if (request->word || !request->nonce ||
	    sodium_hex2bin(nonce, sizeof(nonce), request->nonce, strlen(request->nonce), NULL, &len,
			   NULL) != 0 ||
	    len != sizeof(nonce))
		return err_set(err, -EINVAL,
			       "a nonce is 64 hexadecimal digits; remedy: "
			       "sekisho log attest --nonce HEX");
	rc = load_key(request->dir, &key, err);
	if (rc == 0)
		rc = log_live_challenge(&key, nonce, &live, err);
	if (rc < 0)
		return rc;
	(void)attest_format(&live.head, live.epoch, live.nonce, text);
	(void)sodium_bin2base64(signature, sizeof(signature), live.signature,
				sizeof(live.signature), sodium_base64_VARIANT_ORIGINAL);
	printf("%s\n%s\n", text, signature);
	return 0;
}

static const struct command {
	const char *name;
	int (*run)(const struct request *request, struct err *err);
} commands[] = {
	{ "attest", attest },
	{ "mark", mark },
	{ "rotate-key", rotate },
	{ "vkey", show_key },
};

bool log_live_run(int argc, char *argv[], int *ret, struct err *err)
{
	const struct command *command = NULL;
	struct request request;

	for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(commands[i].name, argv[1]) == 0)
			command = &commands[i];
	}
	if (!command)
		return false;
	*ret = parse_arguments(argc - 1, argv + 1, &request, err);
	if (*ret == 0 && sodium_init() < 0)
		*ret = err_set(err, -EIO, "libsodium does not start");
	if (*ret == 0)
		*ret = command->run(&request, err);
	return true;
}
