/* SPDX-License-Identifier: Apache-2.0 */

/* The sealed list of what was written to a medium, opened by the auditor. */

#include "cli/log_words.h"
#include "cli/medium_commands.h"
#include "cli/options.h"
#include "core/cleanup.h"
#include "core/err.h"
#include "core/lang.h"
#include "note/signer.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SEALED_MAX (64 * 1024 * 1024) /* bytes; sekisho-media makes none of more than half */
#define HEAD "sekisho-files 1\n"

static void print_usage(FILE *out)
{
	fputs(tr("Usage: sekisho medium files FILE --key KEY-FILE\n\n"
		 "Opens a list of files that were written, with the key that record-files "
		 "names.\n"),
	      out);
}

static int read_sealed(const char *file, uint8_t **ret, size_t *ret_len, struct err *err)
{
	cleanup_fclose FILE *in = fopen(file, "rbe");
	cleanup_free uint8_t *sealed = NULL;
	struct stat st;

	if (!in || fstat(fileno(in), &st) < 0)
		return err_set(err, -errno, "open %s: %m", file);
	if (!S_ISREG(st.st_mode) || st.st_size <= 0 || st.st_size > SEALED_MAX)
		return err_set(err, -EINVAL, "%s is no list of files", file);
	sealed = malloc((size_t)st.st_size);
	if (!sealed)
		return err_set(err, -ENOMEM, "out of memory");
	*ret_len = fread(sealed, 1, (size_t)st.st_size, in);
	if (*ret_len != (size_t)st.st_size)
		return err_set(err, -EIO, "%s cannot be read", file);
	*ret = take_ptr(&sealed);
	return 0;
}

/* Anybody who has the public key can seal a text: no byte of it reaches a terminal unlooked at. */
static void print_lines(char *text)
{
	char *rest = NULL;

	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		log_words_safe(line, stdout);
		putchar('\n');
	}
}

static void print_hash(const char *file, const uint8_t *sealed, size_t len)
{
	uint8_t digest[crypto_hash_sha256_BYTES];
	char hex[2 * crypto_hash_sha256_BYTES + 1];

	(void)crypto_hash_sha256(digest, sealed, len);
	(void)sodium_bin2hex(hex, sizeof(hex), digest, sizeof(digest));
	fprintf(stderr,
		tr("%s is genuine when an entry medium.files of the log has the SHA-256\n%s\n"),
		file, hex);
}

static int show(const char *file, const char *key_file, struct err *err)
{
	cleanup_signer struct signer *signer = NULL;
	cleanup_free uint8_t *sealed = NULL;
	cleanup_free char *text = NULL;
	size_t head = strlen(HEAD);
	size_t len = 0;
	int rc = signer_load(AT_FDCWD, key_file, &signer, err);

	if (rc == 0)
		rc = read_sealed(file, &sealed, &len, err);
	if (rc < 0)
		return rc;
	text = calloc(1, len); /* what the seal adds leaves room for a NUL */
	if (!text)
		return err_set(err, -ENOMEM, "out of memory");
	if (!signer_unseal(signer, sealed, len, (uint8_t *)text) ||
	    len - crypto_box_SEALBYTES < head || memcmp(text, HEAD, head) != 0)
		return err_set(err, -EKEYREJECTED,
			       "%s is no list that %s opens; remedy: the key that record-files "
			       "named when it was made",
			       file, key_file);
	print_hash(file, sealed, len);
	print_lines(text + head);
	return EXIT_SUCCESS;
}

int medium_files(int argc, char *argv[], struct err *err)
{
	static const struct option options[] = {
		{ "key", required_argument, NULL, 'k' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	const char *key = NULL;
	int option;

	while ((option = option_next(argc, argv, "", options)) >= 0) {
		if (option != 'k')
			return options_usage(option == 'h', print_usage);
		key = optarg;
	}
	if (optind + 1 != argc || !key)
		return options_usage(-EINVAL, print_usage);
	return show(argv[optind], key, err);
}
