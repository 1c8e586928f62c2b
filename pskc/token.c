/* SPDX-License-Identifier: Apache-2.0 */

/* One KeyPackage: what kind of token it is, and its secret. */

#include "core/err.h"
#include "core/lang.h"
#include "core/parse.h"
#include "core/text.h"
#include "pskc/internal.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define ALGORITHM "urn:ietf:params:xml:ns:keyprov:pskc"

/* What is being read. */
struct reading {
	const struct pskc *pskc;
	const struct pskc_keys *keys;
	const xmlNode *package;
	const xmlNode *key;
	const xmlNode *data;
	int64_t now_s;
	struct pskc_token token;
	char what[PSKC_WORD_MAX + 16]; /* "token 123: " */
	struct diags *diags;
};

static struct diag_place place(const struct reading *reading)
{
	return (struct diag_place){ .file = reading->pskc->name,
				    .line = reading->token.line,
				    .column = 1 };
}

static int read_serial(struct reading *reading)
{
	const xmlNode *device = xml_child(reading->package, "DeviceInfo");
	cleanup_xml_text char *serial = xml_text(xml_child(device, "SerialNo"));
	cleanup_xml_text char *id = xml_attribute(reading->key, "Id");
	cleanup_xml_text char *maker = xml_text(xml_child(device, "Manufacturer"));
	const char *name = serial && *serial ? serial : id;
	struct diag_place at = place(reading);

	if (!name || !*name || strlen(name) >= PSKC_WORD_MAX ||
	    strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.") !=
		    strlen(name))
		return diag_error(reading->diags, &at, -EINVAL,
				  "a token without a serial number that can be used; remedy: ask "
				  "the maker for letters and digits, at most %d",
				  PSKC_WORD_MAX - 1);
	strcpy(reading->token.serial, name);
	(void)snprintf(reading->what, sizeof(reading->what), tr("token %s: "), name);
	if (maker)
		(void)text_escape(reading->token.maker, sizeof(reading->token.maker), maker,
				  strlen(maker));
	return 0;
}

static int read_algorithm(const struct reading *reading)
{
	cleanup_xml_text char *uri = xml_attribute(reading->key, "Algorithm");
	const char *name = uri && strncmp(uri, ALGORITHM, strlen(ALGORITHM)) == 0
				   ? uri + strlen(ALGORITHM)
				   : "";
	struct diag_place at = place(reading);

	if (strcasecmp(name, ":totp") == 0 || strcasecmp(name, "#totp") == 0)
		return 0;
	if (strcasecmp(name, ":hotp") == 0 || strcasecmp(name, "#hotp") == 0)
		return diag_error(reading->diags, &at, -EOPNOTSUPP,
				  "%sit counts and has no clock (HOTP), which is not supported; "
				  "remedy: order time-based tokens, or take it out of the file",
				  reading->what);
	return diag_error(reading->diags, &at, -EOPNOTSUPP,
			  "%sits algorithm is not known here; remedy: order time-based tokens "
			  "(TOTP), or take it out of the file",
			  reading->what);
}

static bool read_hash(struct reading *reading, const xmlNode *parameters)
{
	cleanup_xml_text char *suite = xml_text(xml_child(parameters, "Suite"));
	const char *name = suite ? suite : "";

	if (strncasecmp(name, "HMAC-", 5) == 0)
		name += 5;
	reading->token.hash = PSKC_SHA1;
	if (strcasecmp(name, "SHA256") == 0 || strcasecmp(name, "SHA-256") == 0)
		reading->token.hash = PSKC_SHA256;
	else if (strcasecmp(name, "SHA512") == 0 || strcasecmp(name, "SHA-512") == 0)
		reading->token.hash = PSKC_SHA512;
	else if (*name && strcasecmp(name, "SHA1") != 0 && strcasecmp(name, "SHA-1") != 0)
		return false;
	return true;
}

static bool read_format(struct reading *reading, const xmlNode *parameters)
{
	const xmlNode *format = xml_child(parameters, "ResponseFormat");
	cleanup_xml_text char *encoding = xml_attribute(format, "Encoding");
	cleanup_xml_text char *length = xml_attribute(format, "Length");
	cleanup_xml_text char *check = xml_attribute(format, "CheckDigits");

	if (!encoding || !length || !check || strcmp(encoding, "DECIMAL") != 0 ||
	    strcmp(check, "true") == 0 || strcmp(check, "1") == 0 ||
	    (strcmp(length, "6") != 0 && strcmp(length, "8") != 0))
		return false;
	reading->token.digits = (uint8_t)(*length - '0');
	return true;
}

static bool read_period(struct reading *reading)
{
	const xmlNode *interval = xml_child(reading->data, "TimeInterval");
	cleanup_xml_text char *text = xml_text(xml_child(interval, "PlainValue"));
	struct err ignored = { 0 };
	uint64_t period = 30;

	if (!text || (interval && parse_u64(text, 60, &period, &ignored) < 0) ||
	    (period != 30 && period != 60))
		return false;
	reading->token.period = (uint8_t)period;
	return true;
}

static int read_kind(struct reading *reading)
{
	const xmlNode *parameters = xml_child(reading->key, "AlgorithmParameters");
	struct diag_place at = place(reading);

	if (!read_hash(reading, parameters))
		return diag_error(reading->diags, &at, -EOPNOTSUPP,
				  "%sits hash is none of SHA1, SHA256 and SHA512", reading->what);
	if (!read_format(reading, parameters))
		return diag_error(reading->diags, &at, -EOPNOTSUPP,
				  "%sits codes are not 6 or 8 decimal digits", reading->what);
	if (!read_period(reading))
		return diag_error(reading->diags, &at, -EOPNOTSUPP,
				  "%sits codes do not last 30 or 60 seconds", reading->what);
	return 0;
}

static bool read_date(const xmlNode *node, int64_t *ret_s)
{
	cleanup_xml_text char *text = xml_text(node);
	struct tm tm = { 0 };

	if (!text || !strptime(text, "%Y-%m-%dT%H:%M:%S", &tm))
		return false;
	*ret_s = timegm(&tm);
	return true;
}

/* False when the date is over, or none. */
static bool is_ahead(const xmlNode *node, int64_t now_s)
{
	int64_t date_s;

	return !node || (read_date(node, &date_s) && date_s > now_s);
}

static bool has_begun(const xmlNode *node, int64_t now_s)
{
	int64_t date_s;

	return !node || (read_date(node, &date_s) && date_s <= now_s);
}

/* Section 5: a policy that is not understood as a whole allows nothing. */
static int read_policy(const struct reading *reading)
{
	static const char *const known[] = { "StartDate", "ExpiryDate", "KeyUsage" };
	const xmlNode *policy = xml_child(reading->key, "Policy");
	const xmlNode *device = xml_child(reading->package, "DeviceInfo");
	struct diag_place at = place(reading);
	bool may_be_used = !xml_child(policy, "KeyUsage");

	for (const xmlNode *node = policy ? policy->children : NULL; node; node = node->next) {
		bool is_known = node->type != XML_ELEMENT_NODE;

		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			is_known |= strcmp((const char *)node->name, known[i]) == 0;
		if (!is_known)
			return diag_error(
				reading->diags, &at, -EOPNOTSUPP,
				"%sits policy asks for what is not done here (%s); remedy: "
				"ask the maker for one without",
				reading->what, (const char *)node->name);
	}
	for (const xmlNode *node = xml_child(policy, "KeyUsage"); node;
	     node = xml_next(node, "KeyUsage")) {
		cleanup_xml_text char *usage = xml_text(node);

		may_be_used |= usage && strcmp(usage, "OTP") == 0;
	}
	if (!may_be_used)
		return diag_error(reading->diags, &at, -EOPNOTSUPP,
				  "%sits policy does not let it make codes", reading->what);
	if (!has_begun(xml_child(policy, "StartDate"), reading->now_s) ||
	    !has_begun(xml_child(device, "StartDate"), reading->now_s))
		return diag_error(reading->diags, &at, -EINVAL,
				  "%sits time has not begun; remedy: import it then",
				  reading->what);
	if (!is_ahead(xml_child(policy, "ExpiryDate"), reading->now_s) ||
	    !is_ahead(xml_child(device, "ExpiryDate"), reading->now_s))
		return diag_error(reading->diags, &at, -EINVAL,
				  "%sits time is over; remedy: take it out of the file",
				  reading->what);
	return 0;
}

static int check_mac(const struct reading *reading, const xmlNode *secret,
		     const struct pskc_cipher_text *text)
{
	cleanup_xml_text char *value = xml_text(xml_child(secret, "ValueMAC"));
	struct diag_place at = place(reading);
	uint8_t mac[CIPHER_BLOCK * 4];
	size_t len = 0;

	if (reading->pskc->mac == CIPHER_NONE || !value || !*value)
		return diag_error(
			reading->diags, &at, -EBADMSG,
			"%sencrypted without a MAC, so nobody could see a change; remedy: "
			"ask the maker for a file with MACs",
			reading->what);
	if (!pskc_base64(value, mac, sizeof(mac), &len) ||
	    !cipher_mac_is_right(reading->pskc->mac, reading->keys->mac, reading->keys->mac_len,
				 text->bytes, text->len, mac, len))
		return diag_error(reading->diags, &at, -EBADMSG,
				  "%sits MAC does not fit; remedy: check key or password, or take "
				  "the file from the maker anew",
				  reading->what);
	return 0;
}

static int read_secret(struct reading *reading)
{
	const xmlNode *secret = xml_child(reading->data, "Secret");
	const xmlNode *encrypted = xml_child(secret, "EncryptedValue");
	cleanup_xml_text char *plain = xml_text(xml_child(secret, "PlainValue"));
	struct diag_place at = place(reading);
	struct pskc_cipher_text text = { 0 };
	uint8_t value[PSKC_CIPHER_MAX] = { 0 };
	size_t len = 0;
	int rc = 0;

	if (encrypted) {
		rc = pskc_decrypt(reading->pskc, encrypted, reading->what, reading->keys, &text,
				  value, &len, reading->diags);
		if (rc == 0)
			rc = check_mac(reading, secret, &text);
	} else if (plain && *plain && reading->pskc->protection != PSKC_BY_NOTHING) {
		rc = diag_error(reading->diags, &at, -EBADMSG,
				"%sits secret stands there plain in an encrypted file, so anybody "
				"may have put it there; remedy: take the file from the maker anew",
				reading->what);
	} else if (!plain || !*plain || !pskc_base64(plain, value, sizeof(value), &len)) {
		rc = diag_error(reading->diags, &at, -EINVAL,
				"%sit has no secret; remedy: take the file from the maker anew",
				reading->what);
	}
	if (rc == 0 && (len < PSKC_SECRET_MIN || len > PSKC_SECRET_MAX))
		rc = diag_error(reading->diags, &at, -EINVAL,
				"%sits secret has %zu bytes; %d to %d are secure and supported",
				reading->what, len, PSKC_SECRET_MIN, PSKC_SECRET_MAX);
	if (rc == 0) {
		memcpy(reading->token.secret, value, len);
		reading->token.secret_len = len;
	}
	sodium_memzero(value, sizeof(value));
	return rc;
}

int pskc_read_token(const struct pskc *pskc, const xmlNode *package, const struct pskc_keys *keys,
		    int64_t now_s, struct pskc_token *ret, struct diags *diags)
{
	struct reading reading = { .pskc = pskc,
				   .keys = keys,
				   .package = package,
				   .key = xml_child(package, "Key"),
				   .data = xml_child(xml_child(package, "Key"), "Data"),
				   .now_s = now_s,
				   .token.line = xml_line(package),
				   .diags = diags };
	int rc = read_serial(&reading);

	if (rc == 0)
		rc = read_algorithm(&reading);
	if (rc == 0)
		rc = read_kind(&reading);
	if (rc == 0)
		rc = read_policy(&reading);
	if (rc == 0)
		rc = read_secret(&reading);
	if (rc == 0)
		*ret = reading.token;
	sodium_memzero(&reading.token, sizeof(reading.token));
	return rc;
}
