/* SPDX-License-Identifier: Apache-2.0 */

#include "core/parse.h"
#include "core/err.h"
#include "pskc/internal.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define NAMESPACE "urn:ietf:params:xml:ns:keyprov:pskc"
#define SALT_MAX 128
#define MAC_KEY_MIN 16 /* bytes, as long as the key that it stands under */

struct diag_place pskc_at(const struct pskc *pskc, const xmlNode *node)
{
	return (struct diag_place){ .file = pskc->name, .line = xml_line(node), .column = 1 };
}

bool pskc_base64(const char *text, uint8_t *out, size_t size, size_t *ret_len)
{
	const char *end = NULL;

	return sodium_base642bin(out, size, text, strlen(text), " \t\r\n", ret_len, &end,
				 sodium_base64_VARIANT_ORIGINAL) == 0 &&
	       *end == '\0';
}

void pskc_free(struct pskc *pskc)
{
	if (!pskc)
		return;
	xmlFreeDoc(pskc->doc);
	free(pskc);
}

enum pskc_protection pskc_protection(const struct pskc *pskc)
{
	return pskc->protection;
}

static const xmlNode *root_of(const struct pskc *pskc)
{
	return xmlDocGetRootElement(pskc->doc);
}

bool pskc_is_signed(const struct pskc *pskc)
{
	return xml_child(root_of(pskc), "Signature") != NULL;
}

static int read_protection(struct pskc *pskc, struct diags *diags)
{
	const xmlNode *key = xml_child(root_of(pskc), "EncryptionKey");
	const xmlNode *derived = xml_child(key, "DerivedKey");
	struct diag_place at;

	if (!key)
		return 0;
	at = pskc_at(pskc, key);
	if (xml_child(key, "X509Data"))
		return diag_error(diags, &at, -EOPNOTSUPP,
				  "encrypted to a certificate, which is not read here; remedy: ask "
				  "the maker for a pre-shared key or a password");
	if (derived)
		pskc->protection = PSKC_BY_PASSWORD;
	else if (xml_child(key, "KeyName"))
		pskc->protection = PSKC_BY_KEY;
	else
		return diag_error(diags, &at, -EOPNOTSUPP,
				  "encrypted in a way that is not read here; remedy: ask the maker "
				  "for a pre-shared key or a password");
	return 0;
}

static int read_mac(struct pskc *pskc, struct diags *diags)
{
	const xmlNode *method = xml_child(root_of(pskc), "MACMethod");
	cleanup_xml_text char *uri = xml_attribute(method, "Algorithm");
	struct diag_place at;

	if (!method || !uri)
		return 0;
	at = pskc_at(pskc, method);
	pskc->mac = cipher_hash_of(uri);
	if (pskc->mac == CIPHER_NONE)
		return diag_error(diags, &at, -EOPNOTSUPP,
				  "the MAC is not one that can be checked here; remedy: ask the "
				  "maker for HMAC-SHA1 or HMAC-SHA256");
	return 0;
}

int pskc_open(const char *name, const char *bytes, size_t len, struct pskc **ret,
	      struct diags *diags)
{
	cleanup_pskc struct pskc *pskc = calloc(1, sizeof(*pskc));
	const struct diag_place top = { .file = name, .line = 1, .column = 1 };
	cleanup_xml_text char *version = NULL;
	const xmlNode *root;
	int rc;

	if (!pskc || sodium_init() < 0)
		return diag_error(diags, &top, -ENOMEM, "out of memory");
	if (len > PSKC_FILE_MAX)
		return diag_error(diags, &top, -EFBIG,
				  "too large for a file of tokens; remedy: have it split");
	pskc->name = name;
	pskc->doc = xml_parse(name, bytes, len, diags);
	if (!pskc->doc)
		return -EINVAL;
	root = root_of(pskc);
	version = xml_attribute(root, "Version");
	if (!root || strcmp((const char *)root->name, "KeyContainer") != 0 || !root->ns ||
	    strcmp((const char *)root->ns->href, NAMESPACE) != 0 || !version ||
	    strcmp(version, "1.0") != 0)
		return diag_error(diags, &top, -EINVAL,
				  "no PSKC file (RFC 6030, version 1.0); remedy: ask the maker for "
				  "one");
	rc = read_protection(pskc, diags);
	if (rc == 0)
		rc = read_mac(pskc, diags);
	if (rc == 0)
		*ret = take_ptr(&pskc);
	return rc;
}

int pskc_decrypt(const struct pskc *pskc, const xmlNode *node, const char *what,
		 const struct pskc_keys *keys, struct pskc_cipher_text *ret_text, uint8_t *out,
		 size_t *ret_len, struct diags *diags)
{
	cleanup_xml_text char *method =
		xml_attribute(xml_child(node, "EncryptionMethod"), "Algorithm");
	cleanup_xml_text char *value =
		xml_text(xml_child(xml_child(node, "CipherData"), "CipherValue"));
	struct diag_place at = pskc_at(pskc, node);
	size_t key_len = method ? cipher_key_len_of(method) : 0;

	if (pskc->protection == PSKC_BY_NOTHING)
		return diag_error(diags, &at, -EINVAL,
				  "%sencrypted, and the file does not say by which key", what);
	if (key_len == 0)
		return diag_error(
			diags, &at, -EOPNOTSUPP,
			"%sencrypted in a way that is not read here; remedy: ask the maker "
			"for AES in CBC mode",
			what);
	if (key_len != keys->secret_len)
		return diag_error(diags, &at, -EINVAL,
				  "%sa key of %zu bytes is needed, and this one has %zu", what,
				  key_len, keys->secret_len);
	if (!value ||
	    !pskc_base64(value, ret_text->bytes, sizeof(ret_text->bytes), &ret_text->len) ||
	    !cipher_decrypt(keys->secret, key_len, ret_text->bytes, ret_text->len, out, ret_len))
		return diag_error(diags, &at, -EBADMSG,
				  "%sdoes not decrypt; remedy: check key or password", what);
	return 0;
}

/* RFC 6030 section 6.2: PBKDF2 and nothing else. */
static int derive(const struct pskc *pskc, const char *password, struct pskc_keys *ret,
		  struct diags *diags)
{
	const xmlNode *method =
		xml_child(xml_child(xml_child(root_of(pskc), "EncryptionKey"), "DerivedKey"),
			  "KeyDerivationMethod");
	const xmlNode *params = xml_child(method, "PBKDF2-params");
	const xmlNode *prf = xml_child(params, "PRF");
	cleanup_xml_text char *salt_text =
		xml_text(xml_child(xml_child(params, "Salt"), "Specified"));
	cleanup_xml_text char *rounds_text = xml_text(xml_child(params, "IterationCount"));
	cleanup_xml_text char *len_text = xml_text(xml_child(params, "KeyLength"));
	cleanup_xml_text char *prf_uri = xml_attribute(prf, "Algorithm");
	struct cipher_rounds how = { .hash = CIPHER_SHA1 };
	uint8_t salt[SALT_MAX];
	uint64_t rounds = 0, key_len = 0;
	struct err ignored = { 0 };
	struct diag_place at = pskc_at(pskc, method ? method : root_of(pskc));

	if (prf_uri && *prf_uri)
		how.hash = cipher_hash_of(prf_uri);
	if (!params || !salt_text || !rounds_text || !len_text || how.hash == CIPHER_NONE ||
	    how.hash == CIPHER_SHA512 ||
	    !pskc_base64(salt_text, salt, sizeof(salt), &how.salt_len) ||
	    parse_u64(rounds_text, PSKC_ROUNDS_MAX, &rounds, &ignored) < 0 || rounds == 0 ||
	    parse_u64(len_text, CIPHER_KEY_MAX, &key_len, &ignored) < 0 || key_len < 16)
		return diag_error(diags, &at, -EOPNOTSUPP,
				  "the password is made a key in a way that is not done here; "
				  "remedy: ask the maker for PBKDF2 with HMAC-SHA1 or HMAC-SHA256, "
				  "at most %u rounds",
				  PSKC_ROUNDS_MAX);
	how.rounds = (uint32_t)rounds;
	how.salt = salt;
	ret->secret_len = key_len;
	cipher_derive(password, &how, ret->secret, key_len);
	return 0;
}

/*
 * Nothing proves the MAC key itself, and one changed block of it may decrypt to
 * no byte at all: a MAC by that key can be made by anybody.
 */
static int read_mac_key(const struct pskc *pskc, const xmlNode *node, struct pskc_keys *ret,
			struct diags *diags)
{
	struct diag_place at = pskc_at(pskc, node);
	struct pskc_cipher_text ignored;
	int rc = pskc_decrypt(pskc, node, "", ret, &ignored, ret->mac, &ret->mac_len, diags);

	if (rc == 0 && ret->mac_len < MAC_KEY_MIN)
		rc = diag_error(diags, &at, -EBADMSG,
				"the MAC key has %zu bytes, and %d are secure; remedy: take the "
				"file from the maker anew",
				ret->mac_len, MAC_KEY_MIN);
	return rc;
}

static int find_keys(const struct pskc *pskc, const struct pskc_opener *opener,
		     struct pskc_keys *ret, struct diags *diags)
{
	const xmlNode *mac_key = xml_child(xml_child(root_of(pskc), "MACMethod"), "MACKey");
	int rc = 0;

	if (pskc->protection == PSKC_BY_NOTHING)
		return 0;
	if (pskc->protection == PSKC_BY_PASSWORD && opener->password) {
		rc = derive(pskc, opener->password, ret, diags);
	} else if (pskc->protection == PSKC_BY_KEY && opener->key &&
		   opener->key_len <= sizeof(ret->secret)) {
		memcpy(ret->secret, opener->key, opener->key_len);
		ret->secret_len = opener->key_len;
	} else {
		struct diag_place at = pskc_at(pskc, root_of(pskc));

		return diag_error(diags, &at, -ENOKEY,
				  "what opens this file was not given; remedy: see sekisho(1)");
	}
	if (rc == 0 && mac_key)
		return read_mac_key(pskc, mac_key, ret, diags);
	/* Section 6.1.1: without a key of its own the MAC is made with the encryption key. */
	memcpy(ret->mac, ret->secret, ret->secret_len);
	ret->mac_len = ret->secret_len;
	return rc;
}

static int by_serial(const void *a, const void *b)
{
	const struct pskc_token *const *one = a, *const *two = b;

	return strcmp((*one)->serial, (*two)->serial);
}

/* A list with the same serial number twice would leave half of it out. */
static void find_twins(const struct pskc *pskc, const struct pskc_token *tokens, size_t n,
		       struct diags *diags)
{
	cleanup_free const struct pskc_token **sorted = calloc(n + 1, sizeof(*sorted));
	struct diag_place at = { .file = pskc->name, .line = 1, .column = 1 };

	if (!sorted) {
		(void)diag_error(diags, &at, -ENOMEM, "out of memory");
		return;
	}
	for (size_t i = 0; i < n; i++)
		sorted[i] = &tokens[i];
	qsort(sorted, n, sizeof(*sorted), by_serial);
	for (size_t i = 1; i < n; i++) {
		if (strcmp(sorted[i]->serial, sorted[i - 1]->serial) != 0)
			continue;
		at.line = sorted[i]->line;
		(void)diag_error(diags, &at, -EEXIST, "token %s is in line %u as well",
				 sorted[i]->serial, sorted[i - 1]->line);
	}
}

static void read_all(const struct pskc *pskc, const struct pskc_keys *keys, int64_t now_s,
		     struct pskc_token *tokens, size_t *ret_n, struct diags *diags)
{
	const xmlNode *package = xml_child(root_of(pskc), "KeyPackage");
	struct diag_place at = pskc_at(pskc, root_of(pskc));

	*ret_n = 0;
	if (!package)
		(void)diag_error(diags, &at, -EINVAL, "there is no token in it");
	for (; package; package = xml_next(package, "KeyPackage")) {
		if (*ret_n == PSKC_TOKENS_MAX) {
			at = pskc_at(pskc, package);
			(void)diag_error(diags, &at, -E2BIG,
					 "%d tokens are the most at once; remedy: have the file "
					 "split",
					 PSKC_TOKENS_MAX);
			return;
		}
		if (pskc_read_token(pskc, package, keys, now_s, &tokens[*ret_n], diags) == 0)
			(*ret_n)++;
	}
	find_twins(pskc, tokens, *ret_n, diags);
}

int pskc_read(struct pskc *pskc, const struct pskc_opener *opener, int64_t now_s,
	      struct pskc_token **ret, size_t *ret_n, struct diags *diags)
{
	const size_t size = PSKC_TOKENS_MAX * sizeof(struct pskc_token);
	struct pskc_token *tokens = calloc(1, size);
	struct pskc_keys keys = { 0 };
	int rc = tokens ? find_keys(pskc, opener, &keys, diags) : -ENOMEM;

	if (rc == 0)
		read_all(pskc, &keys, now_s, tokens, ret_n, diags);
	sodium_memzero(&keys, sizeof(keys));
	if (rc == 0)
		rc = diags->code;
	if (rc < 0) {
		if (tokens)
			sodium_memzero(tokens, size);
		free(tokens);
		return rc;
	}
	*ret = tokens;
	return 0;
}
