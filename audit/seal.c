/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/seal.h"

#include "core/crockford.h"
#include "core/err.h"
#include "core/typed.h"

#include <errno.h>
#include <nettle/sha2.h>
#include <string.h>

#define CONTEXT "sekisho-seal/v1\n"
#define SIZE_VALUES 7
#define ORIGIN_VALUES 2

static void digest(const char *text, size_t len, uint8_t ret[SHA256_DIGEST_SIZE])
{
	struct sha256_ctx ctx;

	sha256_init(&ctx);
	sha256_update(&ctx, strlen(CONTEXT), (const uint8_t *)CONTEXT);
	sha256_update(&ctx, len, (const uint8_t *)text);
	sha256_digest(&ctx, SHA256_DIGEST_SIZE, ret);
}

/* The first 5 x @n bits of @bytes, one value each. */
static void take_bits(const uint8_t *bytes, size_t n, uint8_t *ret)
{
	for (size_t i = 0; i < n; i++) {
		unsigned int value = 0;

		for (size_t bit = i * CROCKFORD_BITS; bit < (i + 1) * CROCKFORD_BITS; bit++)
			value = value << 1 | (bytes[bit / 8] >> (7 - bit % 8) & 1);
		ret[i] = (uint8_t)value;
	}
}

int seal_make(const struct checkpoint *checkpoint, struct seal *ret, struct err *err)
{
	char text[CHECKPOINT_BODY_MAX];
	uint8_t hash[SHA256_DIGEST_SIZE];
	struct seal seal = { .size = checkpoint->size };
	size_t len = checkpoint_format(checkpoint, text);

	if (checkpoint->size > SEAL_ENTRIES_MAX)
		return err_set(err, -ERANGE, "the log has more entries than a seal can say");
	for (size_t i = 0; i < SIZE_VALUES; i++)
		seal.values[i] =
			seal.size >> (CROCKFORD_BITS * (SIZE_VALUES - 1 - i)) & CROCKFORD_MASK;
	digest(text, strlen(checkpoint->origin) + 1, hash);
	take_bits(hash, ORIGIN_VALUES, seal.values + SIZE_VALUES);
	digest(text, len, hash);
	take_bits(hash, SEAL_VALUES - SIZE_VALUES - ORIGIN_VALUES,
		  seal.values + SIZE_VALUES + ORIGIN_VALUES);
	*ret = seal;
	return 0;
}

/* Of a group, its place included: a group that was copied into another's place is found. */
static uint8_t group_check(const uint8_t *values, size_t group)
{
	uint8_t checked[SEAL_GROUP_LEN] = { (uint8_t)(group + 1) };

	memcpy(checked + 1, values, SEAL_GROUP_LEN - 1);
	return crockford_check(checked, SEAL_GROUP_LEN);
}

void seal_format(const struct seal *seal, char ret[static SEAL_TEXT_SIZE])
{
	char *at = ret;

	for (size_t group = 0; group < SEAL_GROUPS; group++) {
		const uint8_t *values = seal->values + group * (SEAL_GROUP_LEN - 1);

		for (size_t i = 0; i < SEAL_GROUP_LEN - 1; i++)
			*at++ = crockford_symbol(values[i]);
		*at++ = crockford_symbol(group_check(values, group));
		*at++ = group + 1 < SEAL_GROUPS ? '-' : '\0';
	}
}

int seal_parse(const char *typed, struct seal *ret, struct err *err)
{
	char plain[SEAL_GROUPS * SEAL_GROUP_LEN + 1];
	struct seal seal = { 0 };

	if (!typed_plain(typed, plain, sizeof(plain)) || strlen(plain) != sizeof(plain) - 1)
		return err_set(err, -EINVAL,
			       "that is no seal; remedy: copy all %d groups of %d letters and "
			       "digits",
			       SEAL_GROUPS, SEAL_GROUP_LEN);
	for (size_t group = 0; group < SEAL_GROUPS; group++) {
		const char *text = plain + group * SEAL_GROUP_LEN;
		uint8_t *values = seal.values + group * (SEAL_GROUP_LEN - 1);
		bool whole = true;

		for (size_t i = 0; i < SEAL_GROUP_LEN; i++)
			whole = whole && crockford_value(text[i]) >= 0;
		for (size_t i = 0; whole && i < SEAL_GROUP_LEN - 1; i++)
			values[i] = (uint8_t)crockford_value(text[i]);
		if (!whole ||
		    crockford_value(text[SEAL_GROUP_LEN - 1]) != group_check(values, group))
			return err_set(err, -EINVAL,
				       "group %zu of the seal, %.*s, is mistyped; remedy: compare "
				       "it with the paper",
				       group + 1, SEAL_GROUP_LEN, text);
	}
	for (size_t i = 0; i < SIZE_VALUES; i++)
		seal.size = seal.size << CROCKFORD_BITS | seal.values[i];
	*ret = seal;
	return 0;
}

enum seal_match seal_compare(const struct seal *seal, const struct checkpoint *checkpoint)
{
	struct err err = { 0 };
	struct seal found;

	if (seal_make(checkpoint, &found, &err) < 0)
		return SEAL_CHANGED;
	if (memcmp(found.values + SIZE_VALUES, seal->values + SIZE_VALUES, ORIGIN_VALUES) != 0)
		return SEAL_FOREIGN;
	return memcmp(found.values, seal->values, SEAL_VALUES) == 0 ? SEAL_HELD : SEAL_CHANGED;
}
