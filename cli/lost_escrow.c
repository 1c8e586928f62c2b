/* SPDX-License-Identifier: Apache-2.0 */

/* Giving the key of a terminal's temporary codes to a help desk: sealed, by the code service. */

#include "cli/lost.h"
#include "cli/options.h"
#include "core/cleanup.h"
#include "core/err.h"
#include "core/lang.h"
#include "ipc/client.h"
#include "ipc/lost.h"
#include "note/note.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX "sekisho-escrow"
#define BASE64_SIZE sodium_base64_ENCODED_LEN(IPC_ESCROW_LEN, sodium_base64_VARIANT_ORIGINAL)
#define LINE_SIZE 512

static void print_desk_usage(FILE *out)
{
	fputs(tr("Usage: sekisho token desk\n\n"
		 "Prints the key that terminals seal theirs to.  Compare what sekisho key show "
		 "says\n"
		 "of it on both machines.\n"),
	      out);
}

int lost_desk(int argc, char *argv[], struct err *err)
{
	struct ipc_header request = ipc_header(IPC_OTP_DESK);
	struct ipc_otp_desk_key reply = { 0 };
	char text[NOTE_VKEY_MAX];
	struct note_key key;
	int rc = options_none(argc, argv, 0);

	if (rc != 0)
		return options_usage(rc, print_desk_usage);
	rc = ipc_call(IPC_SOCKET_OTP, &request, sizeof(request), IPC_OTP_DESK_KEY, &reply,
		      sizeof(reply), err);
	if (rc == 0)
		rc = note_key_init(&key, reply.host, reply.key, err);
	if (rc < 0)
		return rc;
	note_key_format(&key, text);
	puts(text);
	return EXIT_SUCCESS;
}

static void print_escrow_usage(FILE *out)
{
	fputs(tr("Usage: sekisho token escrow --to KEY|FILE > TERMINAL.escrow\n\n"
		 "Seals the key of this terminal's temporary codes to the help desk whose key\n"
		 "sekisho token desk printed.  For root.\n"),
	      out);
}

int lost_print_escrow(const char *to, bool host_key, struct err *err)
{
	struct ipc_otp_escrow request = { .header = ipc_header(IPC_OTP_ESCROW),
					  .host_key = host_key };
	struct ipc_otp_escrowed reply = { 0 };
	char base64[BASE64_SIZE];
	struct note_key key;
	int rc = note_key_load(to, &key, err);

	if (rc < 0)
		return rc;
	memcpy(request.to, key.public, sizeof(request.to));
	(void)snprintf(request.name, sizeof(request.name), "%.63s", key.name);
	rc = ipc_call(IPC_SOCKET_OTP, &request, sizeof(request), IPC_OTP_ESCROWED, &reply,
		      sizeof(reply), err);
	if (rc == 0 && *reply.terminal == '\0')
		rc = err_set(err, -EIO, "the log could not take the entry; nothing was given away");
	if (rc < 0)
		return rc;
	(void)sodium_bin2base64(base64, sizeof(base64), reply.sealed, sizeof(reply.sealed),
				sodium_base64_VARIANT_ORIGINAL);
	printf(PREFIX " %s %s\n", reply.terminal, base64);
	return EXIT_SUCCESS;
}

int lost_escrow(int argc, char *argv[], struct err *err)
{
	static const struct option options[] = {
		{ "to", required_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	const char *desk = NULL;
	int option;

	while ((option = option_next(argc, argv, "", options)) >= 0) {
		if (option != 't')
			return options_usage(option == 'h', print_escrow_usage);
		desk = optarg;
	}
	if (!desk || optind != argc)
		return options_usage(-EINVAL, print_escrow_usage);
	return lost_print_escrow(desk, false, err);
}

int lost_read_escrow(const char *path, char *ret_terminal, unsigned char *ret_sealed,
		     struct err *err)
{
	cleanup_fclose FILE *file = fopen(path, "re");
	char line[LINE_SIZE], terminal[IPC_WORD_MAX], base64[LINE_SIZE], rest[2];

	if (!file)
		return err_set(err, -errno, "%s: %m", path);
	if (!fgets(line, sizeof(line), file) ||
	    sscanf(line, PREFIX " %63s %400s %1s", terminal, base64, rest) != 2 ||
	    !note_base64_decode(base64, strlen(base64), ret_sealed, IPC_ESCROW_LEN))
		return err_set(err, -EINVAL,
			       "%s is no file that sekisho token escrow printed; remedy: make it "
			       "anew at the terminal",
			       path);
	strcpy(ret_terminal, terminal);
	return 0;
}
