/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/key_backup.h"

#include "cli/host_key.h"
#include "cli/lost.h"
#include "core/err.h"
#include "core/lang.h"
#include "ipc/client.h"
#include "ipc/lost.h"
#include "mfa/escrow.h"
#include "note/signer.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

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

/* By sekisho-otpd, whose key it is: that runs without one, and where there is no guard, too. */
static int record(const char *action, const char *terminal, struct err *err)
{
	struct ipc_otp_key_change request = { .header = ipc_header(IPC_OTP_KEY_CHANGE) };
	struct ipc_otp_answer answer = { .result = IPC_OTP_UNAVAILABLE };
	int rc;

	(void)snprintf(request.action, sizeof(request.action), "%s", action);
	(void)snprintf(request.terminal, sizeof(request.terminal), "%s", terminal);
	rc = ipc_call(IPC_SOCKET_OTP, &request, sizeof(request), IPC_OTP_ANSWER, &answer,
		      sizeof(answer), err);
	if (rc == 0 && answer.result != IPC_OTP_ACCEPTED)
		rc = err_set(err, -EIO, "the log could not take the entry; nothing was changed");
	return rc;
}

int key_prepare(struct err *err)
{
	int rc = geteuid() == 0 ? host_key_prepare(err)
				: err_set(err, -EPERM,
					  "only root may do this; remedy: systemctl restart "
					  "sekisho-host-key");

	return rc < 0 ? rc : EXIT_SUCCESS;
}

int key_reseal(struct err *err)
{
	char host[IPC_WORD_MAX] = "";
	int rc;

	if (geteuid() != 0)
		return err_set(err, -EPERM,
			       "only root may do this; remedy: sudo sekisho key reseal");
	(void)gethostname(host, sizeof(host) - 1);
	rc = record("reseal", host, err);
	if (rc == 0)
		rc = host_key_reseal(err);
	if (rc < 0)
		return rc;
	puts(tr("The host key is now sealed by the TPM of this terminal."));
	return EXIT_SUCCESS;
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
		rc = record("restore", escrow.terminal, err);
	if (rc == 0)
		rc = host_key_install(escrow.key, err);
	if (rc == 0)
		printf(tr("The host key of %s is back; now: systemctl restart sekisho-otpd\n"),
		       escrow.terminal);
	sodium_memzero(&escrow, sizeof(escrow));
	return rc < 0 ? rc : EXIT_SUCCESS;
}
