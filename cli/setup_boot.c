/* SPDX-License-Identifier: Apache-2.0 */

/* The initramfs and the kernel parameter: what holds before any daemon. */

#include "cli/program.h"
#include "cli/setup.h"
#include "core/cleanup.h"
#include "core/err.h"
#include "core/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define GRUB_FRAGMENT "/etc/default/grub.d/sekisho.cfg"
#define GRUB_CONFIG "/boot/grub/grub.cfg"
#define PARAMETER "usbcore.authorized_default=0"
#define GRUB_CFG_MAX (4 * 1024 * 1024) /* bytes */
#define KERNEL_PREFIX "vmlinuz-"

static const char fragment[] =
	"# Written by `sekisho setup`; `sekisho setup --remove` takes it away.\n"
	"GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX " PARAMETER "\"\n";

/* Every rules file that must be in force before the root file system is. */
static const char *const early_rules[] = {
	"05-sekisho-enrolled.rules",
	"10-sekisho-usb.rules",
	"59-sekisho-block.rules",
	"72-sekisho-perm.rules",
};

#define N_EARLY_RULES (sizeof(early_rules) / sizeof(early_rules[0]))

struct contents {
	bool found[N_EARLY_RULES];
};

static void note_rules_file(const char *text, void *ctx)
{
	struct contents *contents = ctx;
	const char *slash = strrchr(text, '/');

	for (size_t i = 0; slash && i < N_EARLY_RULES; i++) {
		if (strcmp(slash + 1, early_rules[i]) == 0)
			contents->found[i] = true;
	}
}

static int check_initramfs(const char *version, struct err *err)
{
	cleanup_free char *image = NULL;
	struct contents contents = { 0 };
	int rc;

	if (asprintf(&image, "/boot/initrd.img-%s", version) < 0)
		return err_set(err, -ENOMEM, "out of memory");
	rc = program_run((const char *const[]){ "/usr/bin/lsinitramfs", image, NULL },
			 note_rules_file, &contents, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < N_EARLY_RULES; i++) {
		if (!contents.found[i])
			return err_set(err, -ENOENT,
				       "%s does not hold %s; remedy: run update-initramfs -u -k %s "
				       "and set up again",
				       image, early_rules[i], version);
	}
	return 0;
}

static int check_every_initramfs(struct err *err)
{
	cleanup_closedir DIR *boot = opendir("/boot");
	const struct dirent *entry;
	unsigned int n_kernels = 0;
	int rc = 0;

	if (!boot)
		return err_set(err, -errno, "/boot: %m");
	while (rc == 0 && (entry = readdir(boot))) {
		if (strncmp(entry->d_name, KERNEL_PREFIX, strlen(KERNEL_PREFIX)) != 0)
			continue;
		rc = check_initramfs(entry->d_name + strlen(KERNEL_PREFIX), err);
		n_kernels++;
	}
	if (rc == 0 && n_kernels == 0)
		rc = err_set(err, -ENOENT, "no kernel in /boot; remedy: install a Debian kernel");
	return rc;
}

int setup_initramfs(bool with_rules, struct err *err)
{
	int rc = program_run((const char *const[]){ "/usr/sbin/update-initramfs", "-u", "-k", "all",
						    NULL },
			     NULL, NULL, err);

	if (rc < 0 || !with_rules)
		return rc;
	return check_every_initramfs(err);
}

/* Every line that boots a kernel must, or must not, carry the parameter. */
static int check_grub_config(bool on, struct err *err)
{
	cleanup_free char *text = NULL;
	unsigned int n_lines = 0;
	char *rest = NULL;
	size_t len;
	int rc = file_read_trusted(AT_FDCWD, GRUB_CONFIG, 0, GRUB_CFG_MAX, &text, &len, err);

	if (rc < 0)
		return rc;
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		line += strspn(line, " \t");
		if (strncmp(line, "linux", 5) != 0 || !strstr(line, KERNEL_PREFIX))
			continue;
		n_lines++;
		if ((strstr(line, PARAMETER) != NULL) != on)
			return err_set(err, -EIO,
				       "%s was not rewritten as expected; remedy: run update-grub "
				       "and see what it says",
				       GRUB_CONFIG);
	}
	if (n_lines == 0)
		return err_set(err, -EIO, "%s boots no kernel; remedy: run update-grub",
			       GRUB_CONFIG);
	return 0;
}

int setup_kernel_parameter(bool on, struct err *err)
{
	int rc = 0;

	if (access("/usr/sbin/update-grub", X_OK) < 0)
		return err_set(err, -ENOENT,
			       "no boot loader known here (update-grub is missing); remedy: "
			       "change '%s' on the kernel command line by hand",
			       PARAMETER);
	if (on) {
		if (mkdir("/etc/default/grub.d", 0755) < 0 && errno != EEXIST)
			return err_set(err, -errno, "/etc/default/grub.d: %m");
		rc = file_replace(AT_FDCWD, GRUB_FRAGMENT, fragment, strlen(fragment), 0644, err);
	} else if (unlink(GRUB_FRAGMENT) < 0 && errno != ENOENT) {
		rc = err_set(err, -errno, "%s: %m", GRUB_FRAGMENT);
	}
	if (rc == 0)
		rc = program_run((const char *const[]){ "/usr/sbin/update-grub", NULL }, NULL, NULL,
				 err);
	return rc < 0 ? rc : check_grub_config(on, err);
}
