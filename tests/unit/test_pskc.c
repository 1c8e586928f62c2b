/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The examples of RFC 6030, the same for tokens with a clock, and files that are
 * wrong in one thing each.
 */

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/diag.h"
#include "core/err.h"
#include "core/file.h"
#include "pskc/apart_child.h"
#include "pskc/pskc.h"

#include <fcntl.h>
#include <sys/socket.h>

#define NOW 1793500000 /* 2026-11-01 */

static const uint8_t key[16] = { 0x12, 0x34, 0x56, 0x78, 0x90, 0x12, 0x34, 0x56,
				 0x78, 0x90, 0x12, 0x34, 0x56, 0x78, 0x90, 0x12 };
static const struct pskc_opener by_key = { .key = key, .key_len = sizeof(key) };
static const struct pskc_opener by_password = { .password = "qwerty" };
static const struct pskc_opener by_nothing;

static char *sample(const char *name, size_t *ret_len)
{
	char path[512];
	struct err err = { 0 };
	char *text = NULL;

	(void)snprintf(path, sizeof(path), "%s/%s", PSKC_SAMPLES, name);
	cr_assert_eq(file_read_trusted(AT_FDCWD, path, geteuid(), 65536, &text, ret_len, &err), 0,
		     "%s", err.text);
	return text;
}

struct reading {
	struct diags diags;
	struct pskc_token *tokens;
	size_t n;
	enum pskc_protection protection;
	int rc;
};

static void reading_done(struct reading *reading)
{
	diags_done(&reading->diags);
	free(reading->tokens);
}
#define cleanup_reading cleanup_with(reading_done)

static void read_bytes(const char *bytes, size_t len, const struct pskc_opener *opener,
		       struct reading *ret)
{
	cleanup_pskc struct pskc *pskc = NULL;

	ret->rc = pskc_open("f", bytes, len, &pskc, &ret->diags);
	if (ret->rc < 0)
		return;
	ret->protection = pskc_protection(pskc);
	ret->rc = pskc_read(pskc, opener, NOW, &ret->tokens, &ret->n, &ret->diags);
}

static void read_sample(const char *name, const struct pskc_opener *opener, struct reading *ret)
{
	size_t len;
	cleanup_free char *text = sample(name, &len);

	read_bytes(text, len, opener, ret);
}

/* @text with @from made @to, once. */
static char *change(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);
	char *changed = NULL;

	cr_assert_not_null(at, "there is no %s", from);
	cr_assert_geq(asprintf(&changed, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from)),
		      0);
	return changed;
}

/* The sample with @from made @to, once. */
static void read_changed(const char *name, const char *from, const char *to,
			 const struct pskc_opener *opener, struct reading *ret)
{
	size_t len;
	cleanup_free char *text = sample(name, &len);
	cleanup_free char *changed = change(text, from, to);

	read_bytes(changed, strlen(changed), opener, ret);
}

static void expect_error(const struct reading *reading, unsigned int line, const char *part)
{
	cr_expect_lt(reading->rc, 0, "%s: accepted", part);
	cr_expect_null(reading->tokens, "%s: set although refused", part);
	cr_assert_gt(reading->diags.n, 0);
	cr_expect(strstr(reading->diags.list[0].text, part), "%s: %s", part,
		  reading->diags.list[0].text);
	if (line > 0)
		cr_expect_eq(reading->diags.list[0].line, line, "%s: line %u", part,
			     reading->diags.list[0].line);
}

Test(pskc, plain_tokens_of_every_hash)
{
	static const struct {
		const char *serial;
		size_t secret_len;
		enum pskc_hash hash;
		uint8_t digits, period;
	} expected[] = { { "1000133508255", 20, PSKC_SHA1, 6, 60 },
			 { "HW-256", 32, PSKC_SHA256, 8, 30 },
			 { "HW-512", 64, PSKC_SHA512, 6, 60 } };
	cleanup_reading struct reading reading = { 0 };

	read_sample("plain.xml", &by_nothing, &reading);
	cr_assert_eq(reading.rc, 0);
	cr_expect_eq(reading.protection, PSKC_BY_NOTHING);
	cr_assert_eq(reading.n, 3);
	for (size_t i = 0; i < 3; i++) {
		const struct pskc_token *token = &reading.tokens[i];

		cr_expect_str_eq(token->serial, expected[i].serial);
		cr_expect_str_eq(token->maker, "Maker & Sons");
		cr_expect_eq(token->secret_len, expected[i].secret_len);
		cr_expect_eq(memcmp(token->secret, "12345678901234567890", 20), 0);
		cr_expect_eq(token->hash, expected[i].hash);
		cr_expect_eq(token->digits, expected[i].digits);
		cr_expect_eq(token->period, expected[i].period);
	}
}

static void expect_the_rfcs_secret(const char *name, const struct pskc_opener *opener,
				   enum pskc_protection protection)
{
	cleanup_reading struct reading reading = { 0 };

	read_sample(name, opener, &reading);
	cr_assert_eq(reading.rc, 0, "%s: %s", name,
		     reading.diags.n > 0 ? reading.diags.list[0].text : "");
	cr_expect_eq(reading.protection, protection);
	cr_assert_eq(reading.n, 1);
	cr_expect_str_eq(reading.tokens[0].serial, "987654321");
	cr_expect_eq(reading.tokens[0].secret_len, 20);
	cr_expect_eq(memcmp(reading.tokens[0].secret, "12345678901234567890", 20), 0);
	cr_expect_eq(reading.tokens[0].digits, 8);
	cr_expect_eq(reading.tokens[0].period, 30, "unless said otherwise");
}

Test(pskc, figure_6_and_7_decrypt_and_their_macs_fit)
{
	expect_the_rfcs_secret("totp-6.xml", &by_key, PSKC_BY_KEY);
	expect_the_rfcs_secret("totp-7.xml", &by_password, PSKC_BY_PASSWORD);
}

Test(pskc, counting_tokens_are_named_and_refused)
{
	static const char *const names[] = { "figure-2.xml", "figure-3.xml", "figure-4.xml",
					     "figure-5.xml", "figure-6.xml", "figure-7.xml" };
	static const struct pskc_opener *const openers[] = {
		&by_nothing, &by_nothing, &by_nothing, &by_nothing, &by_key, &by_password
	};
	static const unsigned int lines[] = { 3, 3, 3, 3, 20, 38 };

	for (size_t i = 0; i < 6; i++) {
		cleanup_reading struct reading reading = { 0 };

		read_sample(names[i], openers[i], &reading);
		expect_error(&reading, lines[i], "(HOTP)");
		cr_expect(strstr(reading.diags.list[0].text, i == 0 ? "12345678" : "987654321"));
	}
}

static const struct {
	const char *name, *from, *to;
	const struct pskc_opener *opener;
	unsigned int line;
	const char *part;
} bad[] = {
	{ "plain.xml", "<KeyContainer", "<!DOCTYPE x SYSTEM \"file:///etc/passwd\"><KeyContainer",
	  &by_nothing, 1, "DTD" },
	{ "plain.xml", "<KeyContainer", "<!DOCTYPE x [<!ENTITY a \"b\">]><KeyContainer",
	  &by_nothing, 1, "DTD" },
	{ "plain.xml", "1000133508255", "&a;", &by_nothing, 6, "well-formed" },
	{ "plain.xml", "</KeyContainer>", "", &by_nothing, 0, "well-formed" },
	{ "plain.xml", "Version=\"1.0\" xmlns", "Version=\"2.0\" xmlns", &by_nothing, 1,
	  "RFC 6030" },
	{ "plain.xml", "keyprov:pskc\">", "keyprov:other\">", &by_nothing, 1, "RFC 6030" },
	{ "plain.xml", "HW-256", "1000133508255", &by_nothing, 20, "1000133508255 is in line 3" },
	{ "plain.xml", "<SerialNo>HW-256", "<SerialNo>HW 256", &by_nothing, 20, "serial number" },
	{ "plain.xml", "<SerialNo>HW-256", "<SerialNo>0123456789012345678901234567890123456789",
	  &by_nothing, 20, "serial number" },
	{ "plain.xml", "Length=\"6\"", "Length=\"7\"", &by_nothing, 3, "6 or 8 decimal" },
	{ "plain.xml", "Length=\"6\"", "CheckDigits=\"true\" Length=\"6\"", &by_nothing, 3,
	  "6 or 8 decimal" },
	{ "plain.xml", "Encoding=\"DECIMAL\"", "Encoding=\"BASE64\"", &by_nothing, 3,
	  "6 or 8 decimal" },
	{ "plain.xml", ">60<", ">90<", &by_nothing, 3, "30 or 60" },
	{ "plain.xml", ">60<", "><", &by_nothing, 3, "30 or 60" },
	{ "plain.xml", "HMAC-SHA256", "HMAC-MD5", &by_nothing, 20, "HW-256: its hash" },
	{ "plain.xml", "MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=", "MTIzNA==", &by_nothing, 3, "4 bytes" },
	{ "plain.xml", "MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=", "MTIzNDU2Nzg5MDEyMzQ1Njc4OTA*", &by_nothing,
	  3, "no secret" },
	{ "plain.xml", "MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=", "", &by_nothing, 3, "no secret" },
	{ "plain.xml", "pskc:totp", "pskc:ocra", &by_nothing, 3, "algorithm" },
	{ "plain.xml", "2099-", "1999-", &by_nothing, 37, "time is over" },
	{ "plain.xml", "<KeyUsage>", "<StartDate>2099-01-01T00:00:00Z</StartDate><KeyUsage>",
	  &by_nothing, 37, "not begun" },
	{ "plain.xml", "<KeyUsage>", "<StartDate>soon</StartDate><KeyUsage>", &by_nothing, 37,
	  "not begun" },
	{ "plain.xml", ">OTP<", ">CR<", &by_nothing, 37, "make codes" },
	{ "plain.xml", "<KeyUsage>", "<NumberOfTransactions>5</NumberOfTransactions><KeyUsage>",
	  &by_nothing, 37, "NumberOfTransactions" },
	{ "totp-6.xml", "Su+NvtQf", "Su+NvtQg", &by_key, 20, "987654321: its MAC" },
	{ "totp-6.xml", "AAECAwQF", "AAECAwQG", &by_key, 20, "987654321: its MAC" },
	{ "totp-6.xml", "Su+NvtQfmvfJzF6bmQiJqoLRExc=", "", &by_key, 20, "without a MAC" },
	{ "totp-6.xml", "<Secret>",
	  "<Secret><PlainValue>MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=</PlainValue></Secret><Secret>", &by_key,
	  20, "stands there plain" },
	{ "totp-6.xml", "xmldsig#hmac-sha1", "xmldsig#hmac-md5", &by_key, 9, "MAC" },
	{ "totp-6.xml", "xmlenc#aes128-cbc", "xmlenc#kw-aes128", &by_key, 10, "AES in CBC" },
	{ "totp-6.xml", "xmlenc#aes128-cbc", "xmlenc#aes256-cbc", &by_key, 10, "32 bytes" },
	{ "totp-6.xml", "<ds:KeyName>Pre-shared-key</ds:KeyName>",
	  "<ds:X509Data><ds:X509Certificate/></ds:X509Data>", &by_key, 6, "certificate" },
	{ "totp-6.xml", "<ds:KeyName>Pre-shared-key</ds:KeyName>", "<ds:Else/>", &by_key, 6,
	  "in a way" },
	{ "totp-6.xml", "Pre-shared-key", "Pre-shared-key", &by_nothing, 5, "not given" },
	{ "totp-7.xml", ">1000<", ">1000001<", &by_password, 10, "made a key" },
	{ "totp-7.xml", ">1000<", ">0<", &by_password, 10, "made a key" },
	{ "totp-7.xml", "<PRF/>", "<PRF Algorithm=\"x\"/>", &by_password, 10, "made a key" },
	{ "totp-7.xml", ">16<", ">64<", &by_password, 10, "made a key" },
};

/* The plain figures, as if their token had a clock. */
Test(pskc, figures_3_to_5_with_a_clock)
{
	cleanup_reading struct reading three = { 0 };
	cleanup_reading struct reading four = { 0 };
	cleanup_reading struct reading five = { 0 };

	read_changed("figure-3.xml", "pskc:hotp", "pskc:totp", &by_nothing, &three);
	cr_assert_eq(three.rc, 0);
	cr_assert_eq(three.n, 1);
	cr_expect_str_eq(three.tokens[0].maker, "Manufacturer");
	cr_expect_eq(memcmp(three.tokens[0].secret, "12345678901234567890", 20), 0);
	read_changed("figure-4.xml", "pskc:hotp", "pskc:totp", &by_nothing, &four);
	expect_error(&four, 3, "987654321: it has no secret");
	read_changed("figure-5.xml", "pskc:hotp", "pskc:totp", &by_nothing, &five);
	expect_error(&five, 3, "PINPolicy");
	cr_expect_eq(five.diags.n_errors, 2, "a PIN is no token");
}

Test(pskc, what_is_wrong_is_named_with_its_line)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		cleanup_reading struct reading reading = { 0 };

		read_changed(bad[i].name, bad[i].from, bad[i].to, bad[i].opener, &reading);
		expect_error(&reading, bad[i].line, bad[i].part);
	}
}

Test(pskc, a_wrong_key_or_password_opens_nothing)
{
	static const uint8_t other[16] = "another key here";
	static const struct pskc_opener wrong_key = { .key = other, .key_len = 16 };
	static const struct pskc_opener short_key = { .key = other, .key_len = 15 };
	static const struct pskc_opener wrong_password = { .password = "qwertz" };
	cleanup_reading struct reading one = { 0 };
	cleanup_reading struct reading two = { 0 };
	cleanup_reading struct reading three = { 0 };

	read_sample("totp-6.xml", &wrong_key, &one);
	expect_error(&one, 0, "remedy: check key or password");
	read_sample("totp-6.xml", &short_key, &two);
	expect_error(&two, 0, "16 bytes");
	read_sample("totp-7.xml", &wrong_password, &three);
	expect_error(&three, 0, "remedy: check key or password");
}

/* Whoever carries the file knows no key, but can make one decrypt to nothing. */
Test(pskc, a_mac_by_a_key_that_anybody_knows_proves_nothing)
{
	cleanup_reading struct reading reading = { 0 };
	size_t len;
	cleanup_free char *text = sample("totp-6.xml", &len);
	cleanup_free char *emptied =
		change(text, "ESIzRFVmd4iZABEiM0RVZgKn6WjLaTC1sbeBMSvIhRejN9vJa2BOlSaMrR7I5wSX",
		       "AAAAAAAAAAAAAAAAAAAAAEkjMxwBtv59IgNg32p/b7I=");
	cleanup_free char *forged =
		change(emptied, "Su+NvtQfmvfJzF6bmQiJqoLRExc=", "D4mq/i2ujoUMrTYEWqF/I/sLLGs=");

	read_bytes(forged, strlen(forged), &by_key, &reading);
	expect_error(&reading, 10, "MAC key");
}

Test(pskc, every_token_that_is_wrong_is_named)
{
	cleanup_reading struct reading reading = { 0 };
	size_t len;
	cleanup_free char *text = sample("plain.xml", &len);

	for (char *at = text; (at = strstr(at, "pskc:totp")); at++)
		memcpy(at, "pskc:hotp", 9);
	read_bytes(text, len, &by_nothing, &reading);
	cr_expect_eq(reading.diags.n_errors, 3);
	cr_expect_null(reading.tokens);
}

/* The same in a process apart. */
static void read_apart(const char *bytes, size_t len, const struct pskc_opener *opener,
		       struct reading *ret)
{
	cleanup_pskc_apart struct pskc_apart *apart = NULL;
	struct pskc_frame frame;

	ret->rc = pskc_apart_open("f", bytes, len, &apart, &frame, &ret->diags);
	if (ret->rc < 0)
		return;
	ret->protection = frame.protection;
	ret->rc = pskc_apart_read(apart, opener, NOW, &ret->tokens, &ret->n, &ret->diags);
}

Test(pskc, a_process_apart_says_the_same)
{
	static const struct {
		const char *name;
		const struct pskc_opener *opener;
	} files[] = { { "plain.xml", &by_nothing },
		      { "totp-6.xml", &by_key },
		      { "totp-7.xml", &by_password },
		      { "totp-6.xml", &by_nothing },
		      { "figure-2.xml", &by_nothing } };

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		cleanup_reading struct reading here = { 0 }, there = { 0 };
		size_t len = 0;
		cleanup_free char *bytes = sample(files[i].name, &len);

		read_bytes(bytes, len, files[i].opener, &here);
		read_apart(bytes, len, files[i].opener, &there);
		cr_expect_eq(here.rc, there.rc, "%s: %d", files[i].name, there.rc);
		cr_expect_eq(here.protection, there.protection);
		cr_assert_eq(here.n, there.n, "%s", files[i].name);
		cr_assert_eq(here.diags.n, there.diags.n, "%s", files[i].name);
		for (size_t n = 0; n < here.n; n++)
			cr_expect_eq(memcmp(&here.tokens[n], &there.tokens[n],
					    sizeof(here.tokens[n])),
				     0);
		for (size_t n = 0; n < here.diags.n; n++) {
			cr_expect_str_eq(here.diags.list[n].text, there.diags.list[n].text);
			cr_expect_eq(here.diags.list[n].line, there.diags.list[n].line);
		}
	}
}

static const struct apart_record honest_token = {
	.kind = APART_TOKEN,
	.token = { .serial = "HW1",
		   .maker = "maker",
		   .secret_len = 20,
		   .hash = PSKC_SHA1,
		   .digits = 6,
		   .period = 30 },
};
static const struct apart_record honest_error = {
	.kind = APART_ERROR, .code = -EINVAL, .line = 7, .text = "wrong"
};
static const struct apart_record honest_end = { .kind = APART_END };

/* What comes of two records of a child, and then of its end. */
static int collect(const struct apart_record *one, const struct apart_record *two,
		   struct reading *ret)
{
	int ends[2];
	int rc;

	cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
	ret->tokens = calloc(PSKC_TOKENS_MAX, sizeof(*ret->tokens));
	if (two)
		cr_assert_eq(send(ends[1], two, sizeof(*two), 0), (ssize_t)sizeof(*two));
	cr_assert_eq(close(ends[1]), 0);
	rc = apart_collect(ends[0], "f", one, ret->tokens, &ret->n, &ret->diags);
	cr_assert_eq(close(ends[0]), 0);
	return rc;
}

Test(pskc, an_honest_child_is_believed)
{
	cleanup_reading struct reading token = { 0 }, error = { 0 };

	cr_expect_eq(collect(&honest_token, &honest_end, &token), 0);
	cr_expect_eq(token.n, 1);
	cr_expect_eq(collect(&honest_error, &honest_end, &error), -EINVAL);
	cr_expect_eq(error.diags.list[0].line, 7);
}

/* What a child that was taken over might say: one thing wrong in each. */
static struct apart_record spoil(size_t n)
{
	struct apart_record record = n < 10 ? honest_token : honest_error;

	switch (n) {
	case 0:
		memset(record.token.serial, 'x', sizeof(record.token.serial));
		break;
	case 1:
		strcpy(record.token.serial, "a\033[2J");
		break;
	case 2:
		record.token.serial[0] = '\0';
		break;
	case 3:
		memset(record.token.maker, 'x', sizeof(record.token.maker));
		break;
	case 4:
		strcpy(record.token.maker, "\033[2J");
		break;
	case 5:
		record.token.secret_len = PSKC_SECRET_MAX + 1;
		break;
	case 6:
		record.token.secret_len = 1;
		break;
	case 7:
		record.token.digits = 9;
		break;
	case 8:
		record.token.period = 0;
		break;
	case 9:
		record.token.hash = 4;
		break;
	case 10:
		memset(record.text, 'x', sizeof(record.text));
		break;
	case 11:
		strcpy(record.text, "\033]0;title\a");
		break;
	case 12:
		record.code = 0;
		break;
	case 13:
		record.code = INT32_MIN;
		break;
	case 14:
		record.kind = APART_FRAME;
		break;
	default:
		record.kind = APART_NONE;
		break;
	}
	return record;
}

Test(pskc, a_child_that_was_taken_over_is_not)
{
	for (size_t n = 0; n < 16; n++) {
		cleanup_reading struct reading reading = { 0 };
		const struct apart_record record = spoil(n);

		cr_expect_eq(collect(&record, &honest_end, &reading), -EIO, "%zu", n);
	}
}

Test(pskc, a_child_that_ends_early_is_an_error)
{
	cleanup_reading struct reading half = { 0 }, nothing = { 0 }, silent = { 0 };
	const struct apart_record bad_end = { .kind = APART_END, .n = 1 };

	cr_expect_eq(collect(&honest_token, NULL, &half), -EIO);
	cr_expect_eq(collect(&honest_end, NULL, &nothing), -EIO, "nothing and no error");
	cr_expect_eq(collect(&bad_end, NULL, &silent), -EINVAL, "errors that it does not tell");
}
