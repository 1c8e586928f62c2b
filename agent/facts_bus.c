/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/facts.h"

#include "core/err.h"
#include "core/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define VPD_HEADER 4 /* bytes before the text (SPC-4, 7.8.15) */

bool facts_is_bound(int dirfd)
{
	return faccessat(dirfd, "driver", F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* One thing of one class, where a USB device has interfaces. */
static void begin(struct device_facts *ret, enum bus bus, enum device_class class,
		  const char *syspath)
{
	*ret = (struct device_facts){
		.policy = { .bus = bus,
			    .classes = (uint32_t) class,
			    .interfaces = { { .classes = (uint32_t) class } },
			    .n_interfaces = 1 },
		.connect = "unknown",
		.n_expected = 1,
	};
	facts_place(syspath, ret);
}

int facts_read_card(int dirfd, const char *syspath, struct device_facts *ret, struct err *err)
{
	char type[16] = "";
	int rc = facts_attribute(dirfd, "type", type, sizeof(type));

	if (rc < 0)
		return err_set(err, rc, "%s shows no type of card", syspath);
	/* Of an I/O card only its functions know what they are. */
	begin(ret, BUS_SD, strcmp(type, "SD") == 0 ? CLASS_STORAGE : CLASS_OTHER, syspath);
	facts_text(dirfd, "cid", ret->policy.sd_cid, sizeof(ret->policy.sd_cid));
	facts_text(dirfd, "serial", ret->policy.serial, sizeof(ret->policy.serial));
	facts_text(dirfd, "name", ret->product, sizeof(ret->product));
	return 0;
}

int facts_read_memstick(int dirfd, const char *syspath, struct device_facts *ret, struct err *err)
{
	(void)dirfd;
	(void)err;
	begin(ret, BUS_MEMSTICK, CLASS_STORAGE, syspath);
	return 0;
}

int facts_read_thunderbolt(int dirfd, const char *syspath, struct device_facts *ret,
			   struct err *err)
{
	(void)err;
	begin(ret, BUS_THUNDERBOLT, CLASS_OTHER, syspath);
	facts_text(dirfd, "unique_id", ret->policy.thunderbolt, sizeof(ret->policy.thunderbolt));
	facts_text(dirfd, "device_name", ret->product, sizeof(ret->product));
	return 0;
}

/* By the path, which the kernel makes; what is nearest to the disk counts. */
static enum bus bus_of_disk(const char *syspath)
{
	static const struct {
		const char *part;
		enum bus bus;
	} parts[] = {
		{ "/mmc_host/", BUS_SD },  { "/memstick_host/", BUS_MEMSTICK },
		{ "/fw", BUS_FIREWIRE },   { "/ata", BUS_ATA },
		{ "/virtio", BUS_VIRTIO }, { "/nvme", BUS_PCI },
		{ "/pci", BUS_PCI },
	};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (strstr(syspath, parts[i].part))
			return parts[i].bus;
	}
	return BUS_NONE;
}

/* Disks fill their texts up with blanks, which nobody sees who copies them into a rule. */
static void put_trimmed(char *out, size_t size, const char *text, size_t len)
{
	while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\0'))
		len--;
	while (len > 0 && *text == ' ') {
		text++;
		len--;
	}
	(void)text_escape(out, size, text, len);
}

static void read_trimmed(int dirfd, const char *name, char *out, size_t size)
{
	char raw[256];

	out[0] = '\0';
	if (facts_attribute(dirfd, name, raw, sizeof(raw)) == 0)
		put_trimmed(out, size, raw, strlen(raw));
}

/* The unit serial number page, as the kernel keeps it of SCSI and SATA disks. */
static void read_unit_serial(int dirfd, char *out, size_t size)
{
	char page[VPD_HEADER + 256];
	cleanup_close int fd = openat(dirfd, "device/vpd_pg80", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, page, sizeof(page));

	if (n > VPD_HEADER)
		put_trimmed(out, size, page + VPD_HEADER, (size_t)n - VPD_HEADER);
}

int facts_read_disk(int dirfd, const char *syspath, struct device_facts *ret, struct err *err)
{
	static const char *const serials[] = { "serial", "device/serial" }; /* virtio, NVMe */
	char *serial = ret->policy.serial;

	(void)err;
	begin(ret, bus_of_disk(syspath), CLASS_STORAGE, syspath);
	read_unit_serial(dirfd, serial, sizeof(ret->policy.serial));
	for (size_t i = 0; *serial == '\0' && i < sizeof(serials) / sizeof(serials[0]); i++)
		read_trimmed(dirfd, serials[i], serial, sizeof(ret->policy.serial));
	read_trimmed(dirfd, "device/model", ret->product, sizeof(ret->product));
	return 0;
}
