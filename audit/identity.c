/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/identity.h"

#include "audit/segment.h"
#include "core/err.h"
#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A log that has entries and no key has been robbed: it gets no new key by itself. */
static int lost(const char *file, struct err *err)
{
	return err_set(err, -ENOKEY,
		       "the log has lost %s; remedy: restore it, or move the whole log aside and "
		       "give the auditor the new vkey",
		       file);
}

static int is_new(int dirfd, bool *ret, struct err *err)
{
	cleanup_free uint64_t *firsts = NULL;
	size_t n = 0;
	int rc = segment_list(dirfd, &firsts, &n, err);

	if (rc == 0)
		*ret = n == 0 && faccessat(dirfd, IDENTITY_VKEY_FILE, F_OK, 0) < 0 &&
		       faccessat(dirfd, IDENTITY_FILE, F_OK, 0) < 0;
	return rc;
}

static int create(int dirfd, const char *terminal_id, const struct epoch_keys *keys,
		  struct signer **ret, struct err *err)
{
	char name[NOTE_NAME_MAX + 1];
	char enrolment[EPOCH_ENROLMENT_LEN + 1];

	epoch_enrolment(epoch_keys_current(keys)->public, enrolment);
	(void)snprintf(name, sizeof(name), "sekisho.local/t/%s/%s", terminal_id, enrolment);
	return signer_create(dirfd, IDENTITY_FILE, name, ret, err);
}

int identity_open(int dirfd, const char *terminal_id, struct signer **ret,
		  struct epoch_keys **ret_keys, struct err *err)
{
	cleanup_signer struct signer *identity = NULL;
	cleanup_epoch_keys struct epoch_keys *keys = NULL;
	bool fresh = false;
	int rc = is_new(dirfd, &fresh, err);

	if (rc < 0)
		return rc;
	rc = signer_load(dirfd, IDENTITY_FILE, &identity, err);
	if (rc == -ENOENT && !fresh)
		return lost(IDENTITY_FILE, err);
	if (rc < 0 && rc != -ENOENT)
		return rc;
	/* A first start that was cut short left nothing that anybody knows: it begins anew. */
	rc = fresh ? epoch_keys_create(dirfd, &keys, err) : epoch_keys_open(dirfd, &keys, err);
	if (rc == -ENOENT)
		return lost(EPOCH_KEYS_FILE, err);
	if (rc == 0 && fresh)
		rc = create(dirfd, terminal_id, keys, &identity, err);
	if (rc == 0)
		rc = signer_publish(identity, dirfd, IDENTITY_VKEY_FILE, err);
	if (rc < 0)
		return rc;
	*ret = take_ptr(&identity);
	*ret_keys = take_ptr(&keys);
	return 0;
}

int identity_stage(int dirfd, const struct signer *identity, struct signer **ret, struct err *err)
{
	return signer_create(dirfd, IDENTITY_NEXT_FILE, signer_public(identity)->name, ret, err);
}

/* Adds the key to those that were, unless an interrupted change did already. */
static int keep_old(int dirfd, const struct signer *identity, struct err *err)
{
	char line[NOTE_VKEY_MAX + 1];
	cleanup_free char *text = NULL;
	size_t len = 0;
	cleanup_free char *known = NULL;
	int rc = file_read_trusted(dirfd, IDENTITY_OLD_FILE, geteuid(), 65536, &known, &len, err);

	if (rc < 0 && rc != -ENOENT)
		return rc;
	note_key_format(signer_public(identity), line);
	strcat(line, "\n");
	if (known && strstr(known, line))
		return 0;
	if (asprintf(&text, "%s%s", known ? known : "", line) < 0)
		return err_set(err, -ENOMEM, "out of memory");
	return file_replace(dirfd, IDENTITY_OLD_FILE, text, strlen(text), 0644, err);
}

static int put_in_place(int dirfd, const struct signer *old, const char *named, struct err *err)
{
	char line[NOTE_VKEY_MAX + 1];
	int rc = keep_old(dirfd, old, err);

	(void)snprintf(line, sizeof(line), "%s\n", named);
	if (rc == 0)
		rc = file_replace(dirfd, IDENTITY_VKEY_FILE, line, strlen(line), 0644, err);
	if (rc < 0)
		return rc;
	if (renameat(dirfd, IDENTITY_NEXT_FILE, dirfd, IDENTITY_FILE) < 0 || fsync(dirfd) < 0)
		return err_set(err, -errno, "rename %s: %m", IDENTITY_NEXT_FILE);
	return 0;
}

int identity_settle(int dirfd, const char *named, struct signer **identity, struct err *err)
{
	cleanup_signer struct signer *staged = NULL;
	char text[NOTE_VKEY_MAX];
	int rc = signer_load(dirfd, IDENTITY_NEXT_FILE, &staged, err);

	if (rc == -ENOENT)
		return 0;
	if (rc == 0)
		note_key_format(signer_public(staged), text);
	if (rc < 0 || strcmp(text, named) != 0) {
		(void)unlinkat(dirfd, IDENTITY_NEXT_FILE, 0); /* nobody knows it */
		return 0;
	}
	rc = put_in_place(dirfd, *identity, named, err);
	if (rc < 0)
		return rc;
	signer_free(*identity);
	*identity = take_ptr(&staged);
	return 0;
}
