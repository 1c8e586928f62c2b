/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/host_key.h"

#include "cli/program.h"
#include "core/cleanup.h"
#include "core/err.h"
#include "core/file.h"
#include "core/lang.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CREDENTIAL "/var/lib/sekisho/host-key.cred"
#define CREDENTIAL_NEW CREDENTIAL ".new"
#define CREDENTIAL_MAX 4096                 /* bytes */
#define PLAIN "/run/sekisho/host-key.plain" /* memory only, root's, and gone when this returns */

/* What sekisho-otpd.service is given: a link to the credential, while that can be opened. */
#define READY_DIR "/run/sekisho/host-key"
#define READY READY_DIR "/cred"
#define SEALED_BY READY_DIR "/sealed-by"

/* Errors alone: that no PCR it names was extended is what is wanted, not a warning. */
#define SYSTEMD_CREDS                                                                              \
	"/usr/bin/env", "SYSTEMD_LOG_LEVEL=err", "TSS2_LOG=all+none", "/usr/bin/systemd-creds"

/*
 * Bound to the one PCR that firmware, boot loader and kernel never extend (16, "debug"), which is
 * to none: what systemd 252 seals with an empty list, it does not open again.  Not "auto", which
 * prefers a signed PCR 11 where there is one, and says nothing of a TPM that failed.
 */
#define WITH_TPM "--with-key=host+tpm2"
#define WITH_FILE "--with-key=host"
#define NO_PCR "--tpm2-pcrs=16"

/* How a credential begins: systemd's ids of what sealed it.  No other one has the TPM in it. */
#define ID_LEN 16
static const uint8_t tpm_ids[][ID_LEN] = {
	{ 0x0c, 0x7c, 0xc0, 0x7b, 0x11, 0x76, 0x45, 0x91, 0x9c, 0x4b, 0x0b, 0xea, 0x08, 0xbc, 0x20,
	  0xfe }, /* tpm2 */
	{ 0x93, 0xa8, 0x94, 0x09, 0x48, 0x74, 0x44, 0x90, 0x90, 0xca, 0xf2, 0xfc, 0x93, 0xca, 0xb5,
	  0x53 }, /* host+tpm2 */
};

static const char *const words[] = {
	[HOST_KEY_UNKNOWN] = "unknown",
	[HOST_KEY_FILE] = "file",
	[HOST_KEY_TPM] = "tpm",
};

enum host_key_seal host_key_seal(void)
{
	char word[16] = "";

	(void)file_read_attribute(AT_FDCWD, SEALED_BY, word, sizeof(word));
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(word, words[i]) == 0)
			return (enum host_key_seal)i;
	}
	return HOST_KEY_UNKNOWN;
}

bool host_key_has_tpm(void)
{
	cleanup_closedir DIR *dir = opendir("/sys/class/tpmrm");
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] != '.')
			return true;
	}
	return false;
}

static int say_seal(enum host_key_seal seal, struct err *err)
{
	if ((mkdir(READY_DIR, 0755) < 0 && errno != EEXIST) || chmod(READY_DIR, 0755) < 0)
		return err_set(err, -errno, READY_DIR ": %m");
	return file_replace(AT_FDCWD, SEALED_BY, words[seal], strlen(words[seal]), 0644, err);
}

/* Nobody is to be given a key that does not open. */
static int withdraw(struct err *err)
{
	if (unlink(READY) < 0 && errno != ENOENT)
		return err_set(err, -errno, READY ": %m");
	return say_seal(HOST_KEY_UNKNOWN, err);
}

static enum host_key_seal seal_of(const char *credential)
{
	cleanup_free char *text = NULL;
	uint8_t start[ID_LEN + 2];
	size_t len = 0, n = 0;
	struct err err = { 0 };

	if (file_read_trusted(AT_FDCWD, credential, 0, CREDENTIAL_MAX, &text, &len, &err) < 0 ||
	    len < sizeof(start) / 3 * 4 ||
	    sodium_base642bin(start, sizeof(start), text, sizeof(start) / 3 * 4, NULL, &n, NULL,
			      sodium_base64_VARIANT_ORIGINAL) < 0)
		return HOST_KEY_FILE;
	for (size_t i = 0; i < sizeof(tpm_ids) / sizeof(tpm_ids[0]); i++) {
		if (memcmp(start, tpm_ids[i], ID_LEN) == 0)
			return HOST_KEY_TPM;
	}
	return HOST_KEY_FILE;
}

/* The credential in its place can be opened. */
static int publish(struct err *err)
{
	int rc = withdraw(err);

	if (rc == 0 && symlink(CREDENTIAL, READY) < 0)
		rc = err_set(err, -errno, READY ": %m");
	return rc < 0 ? rc : say_seal(seal_of(CREDENTIAL), err);
}

struct opened {
	uint8_t key[MFA_KEY_LEN];
	size_t len;
};

static void take_hex(const char *text, void *ctx)
{
	struct opened *opened = ctx;

	if (sodium_hex2bin(opened->key, sizeof(opened->key), text, strlen(text), NULL, &opened->len,
			   NULL) < 0)
		opened->len = 0;
}

static int unseal(const char *credential, struct opened *ret, struct err *err)
{
	const char *const decrypt[] = { SYSTEMD_CREDS,     "decrypt",  "--name=host-key",
					"--transcode=hex", credential, NULL };
	struct err why = { 0 };

	ret->len = 0;
	if (program_run(decrypt, take_hex, ret, &why) == 0 && ret->len == MFA_KEY_LEN)
		return 0;
	return err_set(err, -EKEYREJECTED,
		       "the host key does not open: another TPM or another machine sealed it, or "
		       "the TPM does not answer; remedy: the TPM as it was, then systemctl restart "
		       "sekisho-host-key sekisho-otpd; or sekisho key restore with a backup");
}

/* Beside the one before, which stays until the new one is known to open. */
static int seal(const char *with, const uint8_t key[static MFA_KEY_LEN], struct err *err)
{
	const char *const encrypt[] = { SYSTEMD_CREDS, "encrypt", "--name=host-key", with,
					NO_PCR,        PLAIN,     CREDENTIAL_NEW,    NULL };
	struct opened opened;
	int rc;

	if (unlink(CREDENTIAL_NEW) < 0 && errno != ENOENT)
		return err_set(err, -errno, CREDENTIAL_NEW ": %m");
	rc = file_replace(AT_FDCWD, PLAIN, key, MFA_KEY_LEN, 0600, err);
	if (rc == 0)
		rc = program_run(encrypt, NULL, NULL, err);
	(void)unlink(PLAIN);
	if (rc == 0)
		rc = unseal(CREDENTIAL_NEW, &opened, err);
	if (rc == 0 && memcmp(opened.key, key, MFA_KEY_LEN) != 0)
		rc = err_set(err, -EIO, "systemd-creds does not give back what it was given");
	if (rc < 0)
		(void)unlink(CREDENTIAL_NEW);
	sodium_memzero(&opened, sizeof(opened));
	return rc;
}

static int put_in_place(struct err *err)
{
	cleanup_close int fd = open(CREDENTIAL_NEW, O_RDONLY | O_CLOEXEC);
	cleanup_close int dir_fd = open("/var/lib/sekisho", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || dir_fd < 0 || fchmod(fd, 0600) < 0 || fsync(fd) < 0 ||
	    rename(CREDENTIAL_NEW, CREDENTIAL) < 0 || fsync(dir_fd) < 0)
		return err_set(err, -errno, CREDENTIAL ": %m");
	return publish(err);
}

int host_key_install(const uint8_t key[static MFA_KEY_LEN], struct err *err)
{
	struct err why = { 0 };
	bool has_tpm = host_key_has_tpm();
	int rc = has_tpm ? seal(WITH_TPM, key, &why) : -ENODEV;

	if (has_tpm && rc < 0)
		fprintf(stderr, tr("warning: the TPM does not seal the host key: %s\n"), why.text);
	if (rc < 0)
		rc = seal(WITH_FILE, key, err);
	return rc < 0 ? rc : put_in_place(err);
}

int host_key_prepare(struct err *err)
{
	struct opened opened = { .len = 0 };
	int rc = withdraw(err);

	if (rc < 0)
		return rc;
	if (access(CREDENTIAL, F_OK) == 0) {
		rc = unseal(CREDENTIAL, &opened, err);
		if (rc == 0)
			rc = publish(err);
	} else if (errno == ENOENT) {
		randombytes_buf(opened.key, sizeof(opened.key));
		rc = host_key_install(opened.key, err);
	} else {
		rc = err_set(err, -errno, CREDENTIAL ": %m");
	}
	sodium_memzero(&opened, sizeof(opened));
	return rc;
}

int host_key_reseal(struct err *err)
{
	struct opened opened;
	int rc;

	if (!host_key_has_tpm())
		return err_set(err, -ENODEV,
			       "the kernel has no TPM 2; remedy: switch it on in the firmware's "
			       "settings");
	rc = unseal(CREDENTIAL, &opened, err);
	if (rc == 0)
		rc = seal(WITH_TPM, opened.key, err);
	sodium_memzero(&opened, sizeof(opened));
	if (rc < 0)
		return err_wrap(err, "the host key stays sealed as it was; what the TPM needs: apt "
				     "install libtss2-esys-3.0.2-0 libtss2-rc0 "
				     "libtss2-tcti-device0");
	return put_in_place(err);
}
