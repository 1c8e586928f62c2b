/* SPDX-License-Identifier: Apache-2.0 */

/* Keys of the people who sign policies and orders; needs no daemon and no root. */

#include "cli/commands.h"
#include "cli/key_backup.h"
#include "cli/options.h"
#include "core/cleanup.h"
#include "core/err.h"
#include "core/lang.h"
#include "note/signer.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void print_usage(FILE *out)
{
	fputs(tr("Usage: sekisho key generate NAME [--output FILE]\n"
		 "       sekisho key show FILE|KEY\n"
		 "       sekisho key backup --to FILE|KEY\n"
		 "       sekisho key restore FILE --key KEY-FILE\n"
		 "       sekisho key reseal\n"
		 "       sekisho key prepare\n\n"
		 "generate makes a signing key for one person: the secret goes into FILE\n"
		 "(NAME.key), the public part is printed.  show prints the public part and a\n"
		 "fingerprint to compare over the telephone.  backup prints this terminal's host\n"
		 "key, sealed to a person's; restore puts it back with that person's secret.\n"
		 "reseal seals it with a TPM that has come since; prepare, which the system runs\n"
		 "at each start, makes it when there is none and sees that it opens.\n"),
	      out);
}

/* SHA-256 of the public part as text, its first half in groups of four. */
static void print_public(const struct note_key *key)
{
	char text[NOTE_VKEY_MAX];
	uint8_t digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx ctx;

	note_key_format(key, text);
	sha256_init(&ctx);
	sha256_update(&ctx, strlen(text), (const uint8_t *)text);
	sha256_digest(&ctx, sizeof(digest), digest);
	printf("%s\n%s", text, tr("fingerprint:"));
	for (size_t i = 0; i < sizeof(digest) / 2; i += 2)
		printf(" %02x%02x", digest[i], digest[i + 1]);
	putchar('\n');
}

static int generate(const char *name, const char *output, struct err *err)
{
	cleanup_signer struct signer *signer = NULL;
	cleanup_free char *file = NULL;
	int rc;

	if (!note_is_name(name, strlen(name)) || strchr(name, '/'))
		return err_set(err, -EINVAL,
			       "'%s' cannot name a key; remedy: a login name or mail address",
			       name);
	if (asprintf(&file, "%s%s", output ? output : name, output ? "" : ".key") < 0)
		return err_set(err, -ENOMEM, "out of memory");
	if (access(file, F_OK) == 0)
		return err_set(err, -EEXIST,
			       "%s exists; remedy: move it aside, or name another with --output",
			       file);
	rc = signer_create(AT_FDCWD, file, name, &signer, err);
	if (rc < 0)
		return rc;
	print_public(signer_public(signer));
	fprintf(stderr, tr("The secret is in %s: keep it where only you can read it.\n"), file);
	return EXIT_SUCCESS;
}

static int show(const char *what, struct err *err)
{
	cleanup_signer struct signer *signer = NULL;
	struct err not_secret = { 0 };
	struct note_key key;
	int rc;

	if (signer_load(AT_FDCWD, what, &signer, &not_secret) == 0) {
		print_public(signer_public(signer));
		return EXIT_SUCCESS;
	}
	rc = note_key_load(what, &key, err);
	if (rc < 0 && not_secret.code == -EPERM) {
		*err = not_secret; /* a secret key, in a state that must be told */
		return err->code;
	}
	if (rc == -EINVAL)
		return err_set(err, rc,
			       "%s is neither a secret key nor a public one; remedy: give the file "
			       "NAME.key, or the line NAME+ID+KEY that key generate printed",
			       what);
	if (rc < 0)
		return rc;
	print_public(&key);
	return EXIT_SUCCESS;
}

int cmd_key(int argc, char *argv[], struct err *err)
{
	static const struct option options[] = {
		{ "output", required_argument, NULL, 'o' },
		{ "to", required_argument, NULL, 't' },
		{ "key", required_argument, NULL, 'k' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	const char *output = NULL, *to = NULL, *key = NULL;
	int option;

	while ((option = option_next(argc, argv, "", options)) >= 0) {
		if (option == 'o')
			output = optarg;
		else if (option == 't')
			to = optarg;
		else if (option == 'k')
			key = optarg;
		else
			return options_usage(option == 'h', print_usage);
	}
	argv += optind;
	argc -= optind;
	if (argc == 2 && strcmp(argv[0], "generate") == 0 && !to && !key)
		return generate(argv[1], output, err);
	if (argc == 2 && strcmp(argv[0], "show") == 0 && !output && !to && !key)
		return show(argv[1], err);
	if (argc == 1 && strcmp(argv[0], "backup") == 0 && to && !output && !key)
		return key_backup(to, err);
	if (argc == 2 && strcmp(argv[0], "restore") == 0 && key && !output && !to)
		return key_restore(argv[1], key, err);
	if (argc == 1 && strcmp(argv[0], "reseal") == 0 && !to && !output && !key)
		return key_reseal(err);
	if (argc == 1 && strcmp(argv[0], "prepare") == 0 && !to && !output && !key)
		return key_prepare(err);
	return options_usage(-EINVAL, print_usage);
}
