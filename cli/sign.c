/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/sign.h"

#include "cli/options.h"
#include "cli/policy_file.h"
#include "core/cleanup.h"
#include "core/err.h"
#include "core/file.h"
#include "core/lang.h"
#include "note/signer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static int check_unsigned(const char *bytes, size_t len, const struct signer *signer,
			  struct err *err)
{
	struct note note;
	int rc = bytes ? note_parse(bytes, len, &note, err) : 0;

	if (rc == 0 && bytes && note_is_signed_by(&note, signer_public(signer)))
		return err_set(err, -EALREADY, "%s has signed this already",
			       signer_public(signer)->name);
	return rc;
}

/*
 * What stands in the output's place may be replaced by a newer signed text and by
 * itself with one signature more, and by nothing else: not a draft, a key or a
 * device, and no signature of others under this very text.
 */
static int check_output(const char *output, const struct note *signed_note, const char *bytes,
			size_t len, const struct signer *signer, struct err *err)
{
	cleanup_free char *there = NULL;
	struct err ignored = { 0 };
	struct stat st;
	struct note note;
	size_t there_len = 0;

	if (lstat(output, &st) < 0)
		return 0;
	if (!S_ISREG(st.st_mode) ||
	    read_any_file(output, POLICY_BYTES_MAX, &there, &there_len, &ignored) < 0 ||
	    note_parse(there, there_len, &note, &ignored) < 0)
		return err_set(err, -EEXIST,
			       "%s exists and is nothing signed; remedy: move it aside, or name "
			       "another with --output",
			       output);
	if (bytes && there_len == len && memcmp(there, bytes, len) == 0)
		return 0;
	if (note.text_len == signed_note->text_len &&
	    memcmp(note.text, signed_note->text, note.text_len) == 0 &&
	    (note.n_signatures != 1 || !note_is_signed_by(&note, signer_public(signer))))
		return err_set(err, -EEXIST,
			       "%s holds the same text signed by others; remedy: sign that file, "
			       "which adds a signature",
			       output);
	return 0;
}

static int sign_text(const char *text, size_t text_len, const char *bytes, size_t len,
		     const char *key_file, const char *output, struct err *err)
{
	cleanup_signer struct signer *signer = NULL;
	cleanup_free char *signed_note = NULL;
	uint8_t signature[NOTE_SIGNATURE_SIZE];
	char line[NOTE_LINE_MAX];
	struct note note;
	size_t line_len;
	size_t at;
	int rc;

	rc = signer_load(AT_FDCWD, key_file, &signer, err);
	if (rc == 0)
		rc = check_unsigned(bytes, len, signer, err);
	if (rc < 0)
		return rc;
	signer_sign(signer, text, text_len, signature);
	line_len = note_signature_format(signer_public(signer), signature, line);
	at = bytes ? len : text_len + 1;
	signed_note = malloc(at + line_len);
	if (!signed_note)
		return err_set(err, -ENOMEM, "out of memory");
	if (bytes) {
		memcpy(signed_note, bytes, len);
	} else {
		memcpy(signed_note, text, text_len);
		signed_note[text_len] = '\n';
	}
	memcpy(signed_note + at, line, line_len);
	rc = note_parse(signed_note, at + line_len, &note, err);
	if (rc == 0 &&
	    (note.text_len != text_len || !note_is_signed_by(&note, signer_public(signer))))
		rc = err_set(err, -EINVAL,
			     "the text cannot be signed; remedy: take out control "
			     "characters, and tabs within quotes");
	if (rc == 0)
		rc = check_output(output, &note, bytes, len, signer, err);
	if (rc == 0)
		rc = file_replace(AT_FDCWD, output, signed_note, at + line_len, 0644, err);
	if (rc == 0)
		printf(tr("%s is signed by %s\n"), output, signer_public(signer)->name);
	return rc;
}

int sign_file(const char *bytes, size_t len, const struct note *note,
	      const struct sign_words *words, struct err *err)
{
	cleanup_free char *beside = NULL;

	if (!words->output && asprintf(&beside, "%s%s", words->file, note ? "" : ".signed") < 0)
		return err_set(err, -ENOMEM, "out of memory");
	return sign_text(note ? note->text : bytes, note ? note->text_len : len,
			 note ? bytes : NULL, note ? len : 0, words->key,
			 words->output ? words->output : beside, err);
}

int sign_words(int argc, char *argv[], struct sign_words *ret)
{
	static const struct option options[] = {
		{ "key", required_argument, NULL, 'k' },
		{ "output", required_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct sign_words words = { 0 };
	int option;

	optind = 1;
	while ((option = option_next(argc, argv, "", options)) >= 0) {
		if (option == 'k')
			words.key = optarg;
		else if (option == 'o')
			words.output = optarg;
		else
			return option == 'h' ? 1 : -EINVAL;
	}
	if (optind != argc - 1 || !words.key || (strcmp(argv[optind], "-") == 0 && !words.output))
		return -EINVAL;
	words.file = argv[optind];
	*ret = words;
	return 0;
}
