/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/act_hashes.h"

#include "core/cleanup.h"
#include "core/err.h"
#include "permit/permit.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define PIECE (256 * 1024)
#define HEX_SIZE (PERMIT_HASH_HEX + 1)

struct hashes {
	uint8_t list[PERMIT_EXPECTED_MAX][SUMS_HASH_SIZE];
	size_t n;
};

static int hash_file(FILE *file, uint8_t *ret)
{
	static uint8_t piece[PIECE];
	crypto_hash_sha256_state state;
	size_t n;

	(void)crypto_hash_sha256_init(&state);
	while ((n = fread(piece, 1, sizeof(piece), file)) > 0)
		(void)crypto_hash_sha256_update(&state, piece, n);
	(void)crypto_hash_sha256_final(&state, ret);
	return ferror(file) ? -EIO : 0;
}

/* Return: true when the file is a short list from its first line to its last. */
static bool read_short_list(FILE *file, struct hashes *ret)
{
	char line[4096 + HEX_SIZE];
	char *name;

	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (*line == '\0')
			continue;
		if (ret->n == PERMIT_EXPECTED_MAX || !sums_line(line, ret->list[ret->n], &name))
			return false;
		ret->n++;
	}
	return ret->n > 0;
}

static int read_file(const char *path, struct hashes *ret, struct err *err)
{
	cleanup_fclose FILE *file = fopen(path, "re");
	int rc = 0;

	if (!file)
		return err_set(err, -errno,
			       "'%s' is no SHA-256, and as a file: %m; remedy: 64 digits of 0-9 "
			       "and a-f, or a file to compute them of",
			       path);
	if (read_short_list(file, ret))
		return 0;
	rewind(file);
	ret->n = 1;
	rc = hash_file(file, ret->list[0]);
	return rc < 0 ? err_set(err, rc, "%s: %m", path) : 0;
}

int act_hashes_take(char *out, size_t size, const char *text, struct err *err)
{
	struct hashes hashes = { .n = 1 };
	int rc = 0;

	if (!sums_hash(text, hashes.list[0])) {
		hashes.n = 0;
		rc = read_file(text, &hashes, err);
	}
	for (size_t i = 0; rc == 0 && i < hashes.n; i++) {
		size_t len = strlen(out);
		char hex[HEX_SIZE];

		if (len + HEX_SIZE > PERMIT_EXPECTED_MAX * HEX_SIZE || len + HEX_SIZE + 1 > size)
			return err_set(err, -E2BIG,
				       "more than %d hashes; remedy: that of a list of all of "
				       "them, as sha256sum prints it",
				       PERMIT_EXPECTED_MAX);
		(void)sodium_bin2hex(hex, sizeof(hex), hashes.list[i], SUMS_HASH_SIZE);
		(void)snprintf(out + len, size - len, "%s%s", len > 0 ? " " : "", hex);
	}
	return rc;
}
