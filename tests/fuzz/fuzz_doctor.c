/* SPDX-License-Identifier: Apache-2.0 */

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "doctor/doctor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char root_name[] = "/tmp/sekisho-fuzz-XXXXXX";
static int root = -1;

/* What the last byte says the bytes are; all of them are read by the same program. */
static const char *const names[] = {
	"etc/ssh/sshd_config",          "etc/sudoers", "etc/lightdm/lightdm.conf",
	"etc/systemd/system/x.service", "etc/shadow",  "etc/group",
};
#define N_NAMES (sizeof(names) / sizeof(names[0]))

static struct doctor_asks required(void *ctx, const char *service)
{
	(void)ctx;
	(void)service;
	return (struct doctor_asks){ .need = DOCTOR_NEED_REQUIRED };
}

static void write_file(const char *name, const void *bytes, size_t size)
{
	int fd = openat(root, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
		abort();
	(void)close(fd);
}

static const char *const folders[] = {
	"etc", "etc/ssh", "etc/pam.d", "etc/lightdm", "etc/systemd", "etc/systemd/system",
};
#define N_FOLDERS (sizeof(folders) / sizeof(folders[0]))

static void remove_root(void)
{
	(void)unlinkat(root, "etc/pam.d/login", 0);
	for (size_t i = N_FOLDERS; i > 0; i--)
		(void)unlinkat(root, folders[i - 1], AT_REMOVEDIR);
	(void)rmdir(root_name);
}

static void make_root(void)
{
	static const char guarded[] = "auth required pam_sekisho.so verify\n";

	root = open(mkdtemp(root_name), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; i < N_FOLDERS; i++) {
		if (mkdirat(root, folders[i], 0755) < 0)
			abort();
	}
	write_file("etc/pam.d/login", guarded, sizeof(guarded) - 1);
	(void)atexit(remove_root);
}

/* Everything but PAM: each finding names a file and what to do, and nothing is read outside. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct doctor doctor = { .asks = required };
	struct err err = { 0 };
	const char *name;

	if (size == 0 || size > 4096)
		return 0;
	if (root < 0)
		make_root();
	name = names[data[size - 1] % N_NAMES];
	write_file(name, data, size - 1);
	doctor.root = root;
	if (doctor_examine(&doctor, &err) == 0) {
		for (size_t i = 0; i < doctor.n_findings; i++) {
			const struct doctor_finding *finding = &doctor.findings[i];

			if (finding->severity == DOCTOR_OPEN &&
			    (!*finding->file || !finding->remedy))
				abort();
		}
	}
	doctor_done(&doctor);
	(void)unlinkat(root, name, 0);
	return 0;
}
