/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Hardware tokens out of a maker's file.  A child without rights parses and
 * decrypts it; sekisho-otpd gets bare tokens, all of them or none.
 */

#include "cli/options.h"
#include "cli/policy_file.h"
#include "cli/prompt.h"
#include "cli/token_ask.h"
#include "cli/token_commands.h"
#include "core/clock.h"
#include "core/diag.h"
#include "core/err.h"
#include "core/lang.h"
#include "ipc/client.h"
#include "ipc/tokens.h"
#include "pskc/apart.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECRET_FILE_MAX 256 /* bytes */
#define KEY_MAX 32
#define SHOWN_MAX 20 /* tokens in the table, unless --dry-run asks for all */

struct options {
	const char *file;
	const char *key_file;
	const char *password_file;
	bool dry_run;
};

struct secret {
	char text[SECRET_FILE_MAX];
	uint8_t key[KEY_MAX];
	struct pskc_opener opener;
};

static void secret_wipe(struct secret *secret)
{
	sodium_memzero(secret, sizeof(*secret));
}
#define cleanup_secret cleanup_with(secret_wipe)

static void print_usage(FILE *out)
{
	fputs(tr("Usage: sekisho token import FILE [--key-file FILE | --password-file FILE]\n"
		 "                            [--dry-run]\n\n"
		 "Reads a PSKC file (RFC 6030) and adds its time-based tokens to the unassigned "
		 "ones,\n"
		 "all or none. Asks for the key or the password that it is encrypted by.\n"
		 "--dry-run: shows every token, imports none.\n"),
	      out);
}

static bool is_key_len(size_t len)
{
	return len == 16 || len == 24 || len == 32;
}

/* A key is bare bytes or hexadecimal. */
static int set_key(struct secret *secret, const char *bytes, size_t len, struct err *err)
{
	size_t n = 0;
	const char *end = NULL;

	if (sodium_hex2bin(secret->key, sizeof(secret->key), bytes, len, " :\r\n\t", &n, &end) !=
		    0 ||
	    end != bytes + len || !is_key_len(n)) {
		n = len;
		if (!is_key_len(len))
			return err_set(err, -EINVAL,
				       "that is no key; remedy: 16, 24 or 32 bytes, or as many in "
				       "hexadecimal");
		memcpy(secret->key, bytes, len);
	}
	secret->opener.key = secret->key;
	secret->opener.key_len = n;
	return 0;
}

/* From the file that was named, else from who sits there. */
static int read_secret(const char *path, const char *question, struct secret *ret, size_t *ret_len,
		       struct err *err)
{
	cleanup_free char *bytes = NULL;
	size_t len = 0;
	int rc;

	if (!path) {
		rc = prompt_secret(question, ret->text, sizeof(ret->text), err);
		*ret_len = strlen(ret->text);
		return rc;
	}
	rc = read_any_file(path, sizeof(ret->text) - 1, &bytes, &len, err);
	if (rc < 0)
		return rc;
	memcpy(ret->text, bytes, len);
	ret->text[len] = '\0';
	*ret_len = len;
	explicit_bzero(bytes, len);
	return 0;
}

static int find_opener(const struct options *options, enum pskc_protection protection,
		       struct secret *ret, struct err *err)
{
	size_t len = 0;
	int rc = 0;

	if ((options->key_file && protection != PSKC_BY_KEY) ||
	    (options->password_file && protection != PSKC_BY_PASSWORD))
		return err_set(err, -EINVAL,
			       "%s is not encrypted in that way; remedy: leave the option out, and "
			       "be asked for what it needs",
			       options->file);
	switch (protection) {
	case PSKC_BY_NOTHING:
		fputs(tr("warning: the secrets stand in the file unencrypted; destroy it after the "
			 "import\n"),
		      stderr);
		break;
	case PSKC_BY_KEY:
		rc = read_secret(options->key_file, tr("Key of the file, in hexadecimal: "), ret,
				 &len, err);
		if (rc == 0)
			rc = set_key(ret, ret->text, len, err);
		break;
	case PSKC_BY_PASSWORD:
		rc = read_secret(options->password_file, tr("Password of the file: "), ret, &len,
				 err);
		ret->text[strcspn(ret->text, "\r\n")] = '\0';
		ret->opener.password = ret->text;
		break;
	}
	return rc;
}

static void print_diags(struct diags *diags)
{
	diags_sort(diags);
	for (size_t i = 0; i < diags->n; i++)
		fprintf(stderr, "%s:%u: %s\n", diags->list[i].file, diags->list[i].line,
			diags->list[i].text);
}

static void preview(const struct pskc_token *tokens, size_t n, bool all)
{
	size_t shown = all || n <= SHOWN_MAX ? n : SHOWN_MAX;

	for (size_t i = 0; i < shown; i++)
		printf("%-20s %s/%u/%us  %s\n", tokens[i].serial,
		       token_algorithm((uint8_t)tokens[i].hash), tokens[i].digits, tokens[i].period,
		       tokens[i].maker);
	if (shown < n)
		printf(tr("... and %zu more\n"), n - shown);
}

static void fill(struct ipc_otp_spare *spare, const struct pskc_token *token)
{
	*spare = (struct ipc_otp_spare){
		.secret_len = (uint8_t)token->secret_len,
		.shape = { .algorithm = (uint8_t)token->hash,
			   .digits = token->digits,
			   .period_sec = token->period },
	};
	memcpy(spare->serial, token->serial, sizeof(spare->serial));
	memcpy(spare->label, token->maker, sizeof(spare->label));
	memcpy(spare->secret, token->secret, sizeof(spare->secret));
}

static int send_part(uint64_t id, const struct pskc_token *tokens, size_t total, size_t first,
		     struct err *err)
{
	struct ipc_otp_import part = { .header = ipc_header(IPC_OTP_IMPORT),
				       .id = id,
				       .total = (uint32_t)total,
				       .first = (uint32_t)first };
	int rc;

	while (part.n < IPC_OTP_IMPORT_MAX && first + part.n < total) {
		fill(&part.tokens[part.n], &tokens[first + part.n]);
		part.n++;
	}
	rc = token_ask(&part, sizeof(part), tr("import"), err);
	sodium_memzero(&part, sizeof(part));
	return rc;
}

static int send_all(const struct pskc_token *tokens, size_t n, struct err *err)
{
	uint64_t id;
	int rc = 0;

	randombytes_buf(&id, sizeof(id));
	for (size_t first = 0; rc == 0 && first < n; first += IPC_OTP_IMPORT_MAX)
		rc = send_part(id, tokens, n, first, err);
	return rc;
}

static int use(const struct options *options, struct pskc_apart *pskc,
	       const struct pskc_frame *frame, struct diags *diags, struct err *err)
{
	cleanup_secret struct secret secret = { 0 };
	cleanup_free struct pskc_token *tokens = NULL;
	size_t n = 0;
	int rc = find_opener(options, frame->protection, &secret, err);

	if (rc < 0)
		return rc;
	if (frame->is_signed)
		fputs(tr("warning: the file is signed, and the signature is not checked here\n"),
		      stderr);
	if (pskc_apart_read(pskc, &secret.opener, clock_read_us(CLOCK_REALTIME) / CLOCK_US_PER_SEC,
			    &tokens, &n, diags) < 0) {
		print_diags(diags);
		return err_set(err, diags->code, "%s: %zu errors, so nothing is imported",
			       options->file, diags->n_errors);
	}
	preview(tokens, n, options->dry_run);
	if (!options->dry_run)
		rc = send_all(tokens, n, err);
	sodium_memzero(tokens, n * sizeof(*tokens));
	if (rc < 0)
		return rc;
	printf(options->dry_run ? tr("%zu tokens could be imported; nothing was changed\n")
				: tr("%zu tokens are imported; give them to people with sekisho "
				     "token assign\n"),
	       n);
	return EXIT_SUCCESS;
}

static int import(const struct options *options, struct err *err)
{
	cleanup_free char *bytes = NULL;
	cleanup_diags struct diags diags = { 0 };
	cleanup_pskc_apart struct pskc_apart *pskc = NULL;
	struct pskc_frame frame = { 0 };
	size_t len = 0;
	int rc = read_any_file(options->file, PSKC_FILE_MAX, &bytes, &len, err);

	if (rc < 0)
		return rc;
	rc = pskc_apart_open(options->file, bytes, len, &pskc, &frame, &diags);
	explicit_bzero(bytes, len);
	if (rc < 0) {
		print_diags(&diags);
		return err_set(err, rc, "%s: %zu errors, so nothing is imported", options->file,
			       diags.n_errors);
	}
	return use(options, pskc, &frame, &diags, err);
}

int token_import(int argc, char *argv[], struct err *err)
{
	static const struct option known[] = {
		{ "key-file", required_argument, NULL, 'k' },
		{ "password-file", required_argument, NULL, 'p' },
		{ "dry-run", no_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct options options = { 0 };
	int option;

	optind = 1;
	while ((option = option_next(argc, argv, "", known)) >= 0) {
		if (option == 'k')
			options.key_file = optarg;
		else if (option == 'p')
			options.password_file = optarg;
		else if (option == 'n')
			options.dry_run = true;
		else
			return options_usage(option == 'h' ? 1 : -EINVAL, print_usage);
	}
	if (argc - optind != 1 || (options.key_file && options.password_file))
		return options_usage(-EINVAL, print_usage);
	options.file = argv[optind];
	return import(&options, err);
}
