/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/key_backup.h"

#include "cli/lost.h"
#include "cli/program.h"
#include "cli/record.h"
#include "core/err.h"
#include "core/file.h"
#include "core/lang.h"
#include "ipc/lost.h"
#include "mfa/escrow.h"
#include "note/signer.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define CREDENTIAL "/var/lib/sekisho/host-key.cred"
#define PLAIN "/run/sekisho/host-key.plain" /* memory only, root's, and gone when this returns */

int key_backup(const char *to, struct err *err)
{
	return lost_print_escrow(to, true, err);
}

static int open_backup(const char *file, const char *key_file, struct escrow *ret, struct err *err)
{
	cleanup_signer struct signer *signer = NULL;
	uint8_t sealed[IPC_ESCROW_LEN];
	char terminal[IPC_WORD_MAX];
	int rc = lost_read_escrow(file, terminal, sealed, err);

	if (rc == 0)
		rc = signer_load(AT_FDCWD, key_file, &signer, err);
	if (rc < 0)
		return rc;
	if (!signer_unseal(signer, sealed, sizeof(sealed), (uint8_t *)ret) ||
	    !escrow_is(ret, ESCROW_HOST))
		return err_set(err, -EKEYREJECTED,
			       "%s holds no host key that %s opens; remedy: the key it was sealed "
			       "to, or another backup",
			       file, key_file);
	return 0;
}

/* As sekisho-host-key.service makes it: beside, then renamed. */
static int install(const struct escrow *escrow, struct err *err)
{
	static const char *const seal[] = { "/usr/bin/systemd-creds", "encrypt",
					    "--name=host-key",        "--with-key=auto",
					    "--tpm2-pcrs=",           PLAIN,
					    CREDENTIAL ".new",        NULL };
	cleanup_close int fd = -1;
	int rc = file_replace(AT_FDCWD, PLAIN, escrow->key, sizeof(escrow->key), 0600, err);

	if (rc == 0)
		rc = program_run(seal, NULL, NULL, err);
	(void)unlink(PLAIN);
	if (rc < 0)
		return rc;
	fd = open(CREDENTIAL ".new", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fchmod(fd, 0600) < 0 || fsync(fd) < 0 ||
	    rename(CREDENTIAL ".new", CREDENTIAL) < 0)
		return err_set(err, -errno, "write %s: %m", CREDENTIAL);
	return 0;
}

int key_restore(const char *file, const char *key_file, struct err *err)
{
	struct escrow escrow = { 0 };
	int rc;

	if (geteuid() != 0)
		return err_set(err, -EPERM,
			       "only root may do this; remedy: sudo sekisho key restore");
	rc = open_backup(file, key_file, &escrow, err);
	if (rc == 0)
		rc = record_action("key.restore", escrow.terminal, err);
	if (rc == 0)
		rc = install(&escrow, err);
	if (rc == 0)
		printf(tr("The host key of %s is back; now: systemctl restart sekisho-otpd\n"),
		       escrow.terminal);
	sodium_memzero(&escrow, sizeof(escrow));
	return rc < 0 ? rc : EXIT_SUCCESS;
}
