/* SPDX-License-Identifier: Apache-2.0 */

/* What is found on images as Debian's own tools make them, and on hostile ones. */

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/err.h"
#include "media/filter.h"
#include "media/look.h"

#define MIB (1024 * 1024)
#define LUKS                                                                                       \
	"printf secret | cryptsetup luksFormat -q --pbkdf pbkdf2 --pbkdf-force-iterations 1000 "

static char image[64];

__attribute__((format(printf, 1, 2))) static void run(const char *fmt, ...)
{
	char command[1024];
	char line[1200];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	(void)snprintf(line, sizeof(line), "PATH=$PATH:/usr/sbin:/sbin; { %s; } >/dev/null 2>&1",
		       command);
	cr_assert_eq(system(line), 0, "%s", command);
}

/* Reads as zeros. */
static void make_image(off_t size)
{
	int fd;

	(void)snprintf(image, sizeof(image), "/tmp/sekisho-media-%d", getpid());
	fd = open(image, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	cr_assert_geq(fd, 0);
	cr_assert_eq(ftruncate(fd, size), 0);
	(void)close(fd);
}

static void write_at(off_t at, const void *bytes, size_t len)
{
	int fd = open(image, O_WRONLY | O_CLOEXEC);

	cr_assert_eq(pwrite(fd, bytes, len, at), (ssize_t)len);
	(void)close(fd);
}

/* A file system of its own, copied into the image at @at. */
static void put_at(unsigned int mib, const char *maker, off_t size)
{
	char part[80];

	(void)snprintf(part, sizeof(part), "%s.part", image);
	run("truncate -s %lld %s && %s %s", (long long)size, part, maker, part);
	run("dd if=%s of=%s bs=1M seek=%u conv=notrunc,sparse", part, image, mib);
	(void)unlink(part);
}

static int look(struct ipc_media_found *ret)
{
	int fd = open(image, O_RDONLY | O_CLOEXEC);
	struct err err = { 0 };
	int rc = media_look(fd, ret, &err);

	(void)close(fd);
	(void)unlink(image);
	return rc;
}

static struct ipc_media_found found_after(void)
{
	struct ipc_media_found found = { 0 };

	cr_assert_eq(look(&found), 0);
	return found;
}

Test(media, what_the_tools_of_debian_make)
{
	static const struct {
		const char *maker;
		const char *type;
		const char *uuid;
		const char *label;
		uint32_t medium;
	} cases[] = {
		{ "mkfs.vfat -n USB1 -i 1234ABCD", "vfat", "1234-abcd", "USB1", IPC_MEDIUM_PLAIN },
		{ "mkfs.ext4 -q -F -L data -U 5ec15400-0000-4000-8000-0000000000AB", "ext4",
		  "5ec15400-0000-4000-8000-0000000000ab", "data", IPC_MEDIUM_PLAIN },
		{ "mkfs.exfat -L 書類", "exfat", NULL, "書類", IPC_MEDIUM_PLAIN },
		{ "mkntfs -F -Q -q -L nt", "ntfs", NULL, "nt", IPC_MEDIUM_PLAIN },
		{ "mkudffs -b 512 -l disc", "udf", NULL, "disc", IPC_MEDIUM_PLAIN },
		{ LUKS "--type luks2 --uuid 5ec15400-0000-4000-8000-0000000000CD", "crypto_LUKS",
		  "5ec15400-0000-4000-8000-0000000000cd", "", IPC_MEDIUM_LUKS2 },
		{ LUKS "--type luks1", "crypto_LUKS", NULL, "", IPC_MEDIUM_PLAIN },
		{ "mkswap", "swap", NULL, "", IPC_MEDIUM_PLAIN },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ipc_media_found found;

		make_image(40 * MIB);
		run("%s %s", cases[i].maker, image);
		found = found_after();
		cr_expect_eq(found.medium, cases[i].medium, "%s: %u", cases[i].maker, found.medium);
		cr_expect_str_eq(found.volumes[0].type, cases[i].type);
		cr_expect_str_eq(found.volumes[0].label, cases[i].label);
		cr_expect_eq(strlen(found.volumes[0].filesystem) > 0, true, "%s", cases[i].maker);
		if (cases[i].uuid)
			cr_expect_str_eq(found.volumes[0].filesystem, cases[i].uuid);
		cr_expect_eq(found.volumes[0].length, 40 * MIB);
		cr_expect_eq(found.n_partitions, 0);
	}
}

Test(media, a_disc_is_udf_where_it_is_both)
{
	struct ipc_media_found found;

	make_image(0);
	run("genisoimage -quiet -J -R -V DISC -o %s /usr/share/common-licenses/BSD", image);
	found = found_after();
	cr_expect_str_eq(found.volumes[0].type, "iso9660");
	cr_expect_str_eq(found.volumes[0].label, "DISC");
	cr_expect_neq(found.volumes[0].filesystem[0], '\0');
	make_image(0);
	run("genisoimage -quiet -udf -V DISC -o %s /usr/share/common-licenses/BSD", image);
	found = found_after();
	cr_expect_str_eq(found.volumes[0].type, "udf");
	cr_expect_eq(found.medium, IPC_MEDIUM_PLAIN);
}

Test(media, bitlocker_by_its_header)
{
	static const unsigned char vista[] = { 0xeb, 0x52, 0x90, '-', 'F', 'V',
					       'E',  '-',  'F',  'S', '-' };
	static const unsigned char where[] = { 0, 0, 2 };
	struct ipc_media_found found;

	make_image(8 * MIB);
	write_at(0, vista, sizeof(vista));
	write_at(0xb0, where, sizeof(where)); /* of the metadata: 0x20000 */
	write_at(0x20000, "-FVE-FS-\0\0\2", 12);
	found = found_after();
	cr_expect_str_eq(found.volumes[0].type, "BitLocker");
	cr_expect_eq(found.medium, IPC_MEDIUM_BITLOCKER);
}

Test(media, nothing_is_plain_and_no_medium_is_unknown)
{
	struct ipc_media_found found = { .medium = 4711 };

	make_image(0);
	cr_expect_eq(look(&found), -ENOMEDIUM);
	cr_expect_eq(found.medium, 4711, "set though it failed");
	for (off_t size = 1; size <= 2048; size *= 2) {
		make_image(size);
		cr_expect_eq(found_after().medium, IPC_MEDIUM_PLAIN, "%lld bytes", (long long)size);
	}
	make_image(40 * MIB);
	found = found_after();
	cr_expect_eq(found.medium, IPC_MEDIUM_PLAIN);
	cr_expect_eq(found.size, 40 * MIB);
	cr_expect_str_eq(found.volumes[0].filesystem, "");
	make_image(8 * MIB);
	write_at(510, "\x55\xaa", 2); /* a table without entries */
	cr_expect_eq(found_after().medium, IPC_MEDIUM_PLAIN);
}

Test(media, the_one_partition_is_the_medium)
{
	struct ipc_media_found found;

	make_image(40 * MIB);
	run("printf 'label: gpt\\nstart=1MiB, size=38MiB\\n' | sfdisk -q %s", image);
	put_at(1, LUKS "--type luks2", 38 * MIB);
	found = found_after();
	cr_expect_eq(found.medium, IPC_MEDIUM_LUKS2);
	cr_expect_eq(found.n_partitions, 1);
	cr_expect_eq(found.volumes[0].start, MIB);
	cr_expect_eq(found.volumes[0].length, 38 * MIB);
	cr_expect_str_eq(found.volumes[0].type, "crypto_LUKS");
}

Test(media, an_encrypted_partition_beside_a_plain_one_is_both)
{
	struct ipc_media_found found;

	make_image(40 * MIB);
	run("printf 'label: dos\\nstart=1MiB, size=20MiB\\nstart=21MiB\\n' | sfdisk -q %s", image);
	put_at(1, LUKS "--type luks2", 20 * MIB);
	found = found_after();
	cr_expect_eq(found.medium, IPC_MEDIUM_LUKS2 | IPC_MEDIUM_PLAIN);
	cr_expect_eq(found.n_partitions, 2);

	make_image(40 * MIB);
	run("printf 'label: gpt\\nstart=1MiB, size=20MiB\\nstart=21MiB\\n' | sfdisk -q %s", image);
	put_at(1, LUKS "--type luks2", 20 * MIB);
	put_at(21, "mkfs.vfat", 17 * MIB);
	found = found_after();
	cr_expect_eq(found.medium, IPC_MEDIUM_LUKS2 | IPC_MEDIUM_PLAIN);
	cr_expect_eq(found.n_found, 2);
	cr_assert_eq(found.n_volumes, 2);
	cr_expect_str_eq(found.volumes[0].type, "crypto_LUKS");
	cr_expect_eq(found.volumes[0].length, 20 * MIB);
	cr_expect_str_eq(found.volumes[1].type, "vfat");
	cr_expect_eq(found.volumes[1].start, 21 * MIB);
}

Test(media, no_more_are_listed_than_fit)
{
	struct ipc_media_found found;

	make_image(21 * MIB);
	run("{ echo 'label: gpt'; for n in $(seq 10); do echo size=1MiB; done; } | sfdisk -q %s",
	    image);
	for (unsigned int i = 1; i <= 10; i++)
		put_at(i, "mkfs.vfat", MIB);
	found = found_after();
	cr_expect_eq(found.n_found, 10);
	cr_assert_eq(found.n_volumes, IPC_VOLUMES_MAX);
	for (unsigned int i = 0; i < IPC_VOLUMES_MAX; i++)
		cr_expect_eq(found.volumes[i].start, (i + 1) * MIB);
}

/* One entry of a DOS table: type, first sector, sectors. */
static void dos_entry(off_t table, int slot, unsigned int type, uint32_t start, uint32_t sectors)
{
	unsigned char entry[16] = { [4] = (unsigned char)type };

	memcpy(entry + 8, &start, 4);
	memcpy(entry + 12, &sectors, 4);
	write_at(table + 446 + slot * 16, entry, sizeof(entry));
	write_at(table + 510, "\x55\xaa", 2);
}

/* A disc image with a partition that begins with it, as on a stick to install from. */
Test(media, one_that_is_seen_twice_is_listed_once)
{
	struct ipc_media_found found;

	make_image(0);
	run("genisoimage -quiet -V DISC -o %s /usr/share/common-licenses/BSD && truncate -s 8M %s",
	    image, image);
	dos_entry(0, 0, 0x17, 0, 4 * MIB / 512);
	dos_entry(0, 1, 0xef, 5 * MIB / 512, 2 * MIB / 512);
	put_at(5, "mkfs.vfat", 2 * MIB);
	found = found_after();
	cr_expect_eq(found.n_partitions, 2);
	cr_expect_eq(found.n_found, 2);
	cr_assert_eq(found.n_volumes, 2);
	cr_expect_str_eq(found.volumes[0].type, "iso9660");
	cr_expect_eq(found.volumes[0].length, 8 * MIB, "the disk");
	cr_expect_str_eq(found.volumes[1].type, "vfat");
}

Test(media, two_things_in_one_place_are_told_as_both)
{
	struct ipc_media_found found;

	/* libblkid alone says LUKS2 of this, and mount(8) mounts the other. */
	make_image(40 * MIB);
	run(LUKS "--type luks2 %s", image);
	run("mkfs.ext4 -q -F %s.part 8M && dd if=%s.part of=%s bs=1024 skip=1 seek=1 count=1 "
	    "conv=notrunc; rm %s.part",
	    image, image, image, image);
	found = found_after();
	cr_expect_eq(found.medium, IPC_MEDIUM_LUKS2 | IPC_MEDIUM_PLAIN);
	cr_expect_eq(found.n_found, 2);
	cr_expect_eq(found.n_volumes, 0, "neither is offered");

	make_image(40 * MIB);
	run("mkfs.vfat %s", image);
	run("truncate -s 40M %s.part; mkswap %s.part; "
	    "dd if=%s.part of=%s bs=1 skip=1024 seek=1024 count=512 conv=notrunc; "
	    "dd if=%s.part of=%s bs=1 skip=4086 seek=4086 count=10 conv=notrunc; rm %s.part",
	    image, image, image, image, image, image, image);
	found = found_after();
	cr_expect_eq(found.medium, IPC_MEDIUM_PLAIN);
	cr_expect_eq(found.n_volumes, 0, "%s", found.volumes[0].type);
}

/* The second header of LUKS2 alone says nothing of what stands before it. */
Test(media, a_second_header_makes_no_encrypted_volume)
{
	struct ipc_media_found found;

	make_image(40 * MIB);
	run(LUKS "--type luks2 %s && dd if=/dev/zero of=%s bs=4096 count=1 conv=notrunc", image,
	    image);
	found = found_after();
	cr_expect_eq(found.medium, IPC_MEDIUM_PLAIN);
}

Test(media, room_between_partitions_is_looked_at)
{
	static const char *const layout =
		"printf 'label: dos\\nstart=1MiB, size=%uMiB\\n' | sfdisk -q %s";
	struct ipc_media_found found;

	make_image(48 * MIB); /* 7 MiB behind it, all zero */
	run(layout, 40, image);
	put_at(1, LUKS "--type luks2", 40 * MIB);
	found = found_after();
	cr_expect_eq(found.medium, IPC_MEDIUM_LUKS2);

	make_image(48 * MIB);
	run(layout, 40, image);
	put_at(1, LUKS "--type luks2", 40 * MIB);
	write_at(46 * MIB, "x", 1);
	found = found_after();
	cr_expect_eq(found.medium, IPC_MEDIUM_LUKS2 | IPC_MEDIUM_PLAIN, "a byte behind it");

	make_image(80 * MIB); /* more than is read */
	run(layout, 20, image);
	put_at(1, LUKS "--type luks2", 20 * MIB);
	found = found_after();
	cr_expect_eq(found.medium, IPC_MEDIUM_LUKS2 | IPC_MEDIUM_PLAIN);
}

Test(media, hostile_tables)
{
	struct ipc_media_found found;

	make_image(140 * MIB);
	run("{ echo 'label: gpt'; for n in $(seq 128); do echo size=1MiB; done; } | sfdisk -q %s",
	    image);
	found = found_after();
	cr_expect_eq(found.n_partitions, 128);
	cr_expect_eq(found.medium, IPC_MEDIUM_PLAIN);

	/* A table that nobody can read, with what looks like LUKS2 in its place. */
	make_image(40 * MIB);
	run("printf 'label: gpt\\nstart=1MiB\\n' | sfdisk -q %s", image);
	put_at(1, LUKS "--type luks2", 38 * MIB);
	write_at(512 + 16, "\xff\xff\xff\xff", 4);
	write_at(40 * MIB - 512 + 16, "\xff\xff\xff\xff", 4);
	found = found_after();
	cr_expect_eq(found.medium, IPC_MEDIUM_PLAIN);
}

Test(media, hostile_extended_partitions)
{
	struct ipc_media_found found;

	make_image(40 * MIB); /* beyond the end, over the end, overlapping */
	dos_entry(0, 0, 0x83, 2048, UINT32_MAX - 4096);
	dos_entry(0, 1, 0x83, UINT32_MAX - 10, 5);
	dos_entry(0, 2, 0x83, 1024, 8192);
	found = found_after();
	cr_expect_eq(found.n_partitions, 2);
	cr_expect_eq(found.medium, IPC_MEDIUM_PLAIN);

	make_image(40 * MIB); /* a chain that comes back to where it began */
	dos_entry(0, 0, 0x05, 2048, 40960);
	dos_entry(2048 * 512, 0, 0x83, 64, 128);
	dos_entry(2048 * 512, 1, 0x05, 4096, 4096);
	dos_entry(6144 * 512, 0, 0x83, 64, 128);
	dos_entry(6144 * 512, 1, 0x05, 0, 4096);
	found = found_after();
	cr_expect_leq(found.n_partitions, 256);
	cr_expect_eq(found.medium, IPC_MEDIUM_PLAIN);

	make_image(40 * MIB); /* extended in extended */
	dos_entry(0, 0, 0x05, 2048, 40960);
	dos_entry(2048 * 512, 0, 0x05, 0, 40960);
	dos_entry(2048 * 512, 1, 0x0f, 0, 40960);
	found = found_after();
	cr_expect_eq(found.medium, IPC_MEDIUM_PLAIN);
}

Test(media, a_label_is_made_harmless)
{
	static const char evil[16] = "\x1b[31m\xe2\x80\xae\\x";
	struct ipc_media_found found;

	make_image(40 * MIB);
	run("mkfs.ext4 -q -F %s", image);
	write_at(1024 + 0x78, evil, sizeof(evil));
	found = found_after();
	cr_expect_str_eq(found.volumes[0].label, "\\x1b[31m\\u{202e}\\\\x");
}

/* What a process tries that has the filter; 0: it lived, else the signal. */
static int ends_with(void (*attempt)(void))
{
	pid_t pid = fork();
	struct err err = { 0 };
	int status = 0;

	if (pid == 0) {
		if (filter_install(&err) < 0)
			_exit(99);
		attempt();
		(void)syscall(SYS_exit_group, 0); /* what a sanitizer does at _exit() is killed */
	}
	(void)waitpid(pid, &status, 0);
	cr_expect(!WIFEXITED(status) || WEXITSTATUS(status) == 0, "exit %d", WEXITSTATUS(status));
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void opens(void)
{
	if (open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0 || errno != EACCES)
		(void)syscall(SYS_exit_group, 1);
}

static void forks(void)
{
	(void)fork();
}

static void executes(void)
{
	(void)execl("/bin/true", "true", NULL);
}

static void connects(void)
{
	(void)socket(AF_UNIX, SOCK_STREAM, 0);
}

static void changes_the_disk(void)
{
	int on = 1;

	(void)ioctl(0, BLKROSET, &on);
}

static void maps_code(void)
{
	(void)mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

Test(media, the_filter_kills_whatever_is_not_reading)
{
	cr_expect_eq(ends_with(opens), 0, "refused, not killed: libblkid asks sysfs");
	cr_expect_eq(ends_with(forks), SIGSYS);
	cr_expect_eq(ends_with(executes), SIGSYS);
	cr_expect_eq(ends_with(connects), SIGSYS);
	cr_expect_eq(ends_with(changes_the_disk), SIGSYS);
	cr_expect_eq(ends_with(maps_code), SIGSYS);
}
