/* SPDX-License-Identifier: Apache-2.0 */

/* Attributes as sysfs has them, from a directory that stands in for it. */

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/device.h"
#include "core/err.h"
#include "core/file.h"

static char root[64];

static void write_file(const char *name, const void *bytes, size_t len)
{
	char path[128];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", root, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	cr_assert_geq(fd, 0, "%s", path);
	cr_assert_eq(file_write_all(fd, bytes, len), 0);
	(void)close(fd);
}

static void write_text(const char *name, const char *text)
{
	write_file(name, text, strlen(text));
}

static void make_interface(const char *name)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", root, name);
	cr_assert_eq(mkdir(path, 0755), 0);
	(void)snprintf(path, sizeof(path), "%s/uevent", name);
	write_text(path, "");
	(void)snprintf(path, sizeof(path), "%s/authorized", name);
	write_text(path, "0\n");
	(void)snprintf(path, sizeof(path), "%s/bInterfaceClass", name);
	write_text(path, "08\n");
}

static void make_stick(void)
{
	static const uint8_t descriptors[] = { 18, 1,    0,  2, 0, 0, 0, 64, 0x51, 0x09, 0x66, 0x16,
					       0,  1,    1,  2, 3, 1, 9, 2,  18,   0,    1,    1,
					       0,  0x80, 50, 9, 4, 0, 0, 2,  8,    6,    0x50, 0 };

	(void)snprintf(root, sizeof(root), "/tmp/sekisho-facts-%d", getpid());
	cr_assert_eq(mkdir(root, 0755), 0);
	write_text("uevent", "");
	write_file("descriptors", descriptors, sizeof(descriptors));
	write_text("authorized", "1\n");
	write_text("bConfigurationValue", "1\n");
	write_text("bNumInterfaces", " 1\n");
	write_text("busnum", "1\n");
	write_text("devnum", "12\n");
	make_interface("1-1:1.0");
}

static void remove_stick(void)
{
	char command[128];

	(void)snprintf(command, sizeof(command), "rm -r %s", root);
	cr_assert_eq(system(command), 0);
}

TestSuite(facts, .init = make_stick, .fini = remove_stick);

static int read_stick(struct device_facts *facts)
{
	int fd = open(root, O_RDONLY | O_DIRECTORY);
	struct err err = { 0 };
	int rc = facts_read_usb(fd, "/sys/devices/usb1/1-1", facts, &err);

	(void)close(fd);
	return rc;
}

Test(facts, a_stick)
{
	struct device_facts facts;

	write_text("serial", "60A44C\n");
	cr_assert_eq(read_stick(&facts), 0);
	cr_expect_eq(facts.policy.vid, 0x0951);
	cr_expect_eq(facts.policy.pid, 0x1666);
	cr_expect_str_eq(facts.policy.serial, "60A44C");
	cr_expect_str_eq(facts.product, "");
	cr_expect_eq(facts.policy.classes, (uint32_t)CLASS_STORAGE);
	cr_expect_eq(facts.n_expected, 1);
	cr_expect_eq(facts.devnum, 12);
}

Test(facts, hostile_texts_are_neutralised_and_not_confused)
{
	static char longest[378 + 1]; /* 126 UTF-16 units in UTF-8 */
	struct device_facts facts;

	write_text("product", "\x1b[2J\xe2\x80\xae\xff\nrule\n");
	memset(longest, 1, sizeof(longest) - 1);
	write_text("serial", longest);
	cr_assert_eq(read_stick(&facts), 0);
	cr_expect_str_eq(facts.product, "\\x1b[2J\\u{202e}\\xff\\x0arule", "%s", facts.product);
	cr_expect_eq(strlen(facts.policy.serial), 378 * 4, "a serial number was cut");
}

/* As the kernel has it: the device's `port` leads to a directory of the hub's. */
Test(facts, how_the_port_is_connected)
{
	static const char *const cases[][2] = {
		{ "hotplug\n", "hotplug" },
		{ "hardwired\n", "hardwired" },
		{ "not used\n", "not-used" },
		{ "unknown\n", "unknown" },
		{ "hotplug", "hotplug" },
		{ "", "unknown" },
		{ "not-used\n", "unknown" },
		{ "hardwired \n", "unknown" },
		{ "hardwired\nx\n", "unknown" },
		{ "hotplug2\n", "unknown" },
		{ "an answer that is longer than any the kernel gives\n", "unknown" },
	};
	struct device_facts facts;
	char path[128];

	cr_assert_eq(read_stick(&facts), 0);
	cr_expect_str_eq(facts.connect, "unknown", "it has no port");

	(void)snprintf(path, sizeof(path), "%s/1-0:1.0-port1", root);
	cr_assert_eq(mkdir(path, 0755), 0);
	(void)snprintf(path, sizeof(path), "%s/port", root);
	cr_assert_eq(symlink("1-0:1.0-port1", path), 0);
	cr_assert_eq(read_stick(&facts), 0);
	cr_expect_str_eq(facts.connect, "unknown", "the port does not say");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		write_text("port/connect_type", cases[i][0]);
		cr_assert_eq(read_stick(&facts), 0);
		cr_expect_str_eq(facts.connect, cases[i][1], "case %zu: %s", i, facts.connect);
	}
}

Test(facts, without_its_descriptor_it_is_no_device)
{
	static const uint8_t cut[17] = { 18, 1, 0, 2, 0, 0, 0, 64, 0x51, 0x09, 0x66, 0x16 };
	struct device_facts facts;

	for (size_t len = 0; len <= sizeof(cut); len++) {
		write_file("descriptors", cut, len);
		cr_expect_eq(read_stick(&facts), -ENODEV, "%zu bytes", len);
	}
}

/* The kernel announces a device before it has a configuration, and then says neither number. */
Test(facts, before_it_is_configured)
{
	struct device_facts facts;

	write_text("bConfigurationValue", "");
	write_text("bNumInterfaces", "");
	cr_assert_eq(read_stick(&facts), 0);
	cr_expect_eq(facts.policy.classes, (uint32_t)CLASS_STORAGE);
	cr_expect_eq(facts.policy.n_interfaces, 1);
	cr_expect_eq(facts.configuration, 1);
	cr_expect_eq(facts.n_expected, 0);
}

Test(facts, what_the_kernel_says_counts_too)
{
	struct device_facts facts;

	write_text("1-1:1.0/bInterfaceClass", "03\n");
	cr_assert_eq(read_stick(&facts), 0);
	cr_expect_eq(facts.policy.interfaces[0].classes, (uint32_t)(CLASS_STORAGE | CLASS_INPUT));
}

Test(facts, a_device_and_its_interfaces)
{
	struct device_list list = { 0 };
	struct attached_device *device = NULL;
	struct err err = { 0 };
	char path[128];

	cr_assert_eq(device_attach(&list, &door_usb, root, 0, &device, &err), 0, "%s", err.text);
	cr_assert_eq(device->n_interfaces, 1);
	cr_expect_str_eq(device->interfaces[0].name, "1-1:1.0");
	device->interfaces[0].settled = true;
	device->interfaces[0].state = INTERFACE_OPEN;
	cr_expect(device_is_settled(device));

	/* authorised again: other directories under the same names */
	(void)snprintf(path, sizeof(path), "rm -r %s/1-1:1.0", root);
	cr_assert_eq(system(path), 0);
	make_interface("1-1:1.0");
	cr_assert_eq(device_refresh(device, &err), 0, "%s", err.text);
	cr_expect_eq(device->n_interfaces, 1);
	cr_expect_eq(device->interfaces[0].state, INTERFACE_NEW, "it inherited a verdict");
	cr_expect(!device_is_settled(device));

	/* going: what is left can no longer be read, and what was known is kept */
	(void)snprintf(path, sizeof(path), "%s/descriptors", root);
	cr_assert_eq(unlink(path), 0);
	cr_assert_lt(device_refresh(device, &err), 0);
	cr_expect_eq(device->facts.devnum, 12);
	cr_expect_eq(device->facts.policy.vid, 0x0951);

	cr_expect_eq(device_by_path(&list, root), device);
	cr_expect_eq(device_by_id(&list, device->id), device);
	device_list_deinit(&list);
	cr_expect_eq(list.n_devices, 0);
}

typedef int reader(int dirfd, const char *syspath, struct device_facts *ret, struct err *err);

static int read_with(reader *read_facts, const char *syspath, struct device_facts *facts)
{
	int fd = open(root, O_RDONLY | O_DIRECTORY);
	struct err err = { 0 };
	int rc = read_facts(fd, syspath, facts, &err);

	(void)close(fd);
	return rc;
}

Test(facts, a_memory_card)
{
	struct device_facts facts;

	cr_expect_lt(read_with(facts_read_card, "/sys/devices/x/mmc_host/mmc0/mmc0:aaaa", &facts),
		     0, "a card of no type");
	write_text("type", "SD\n");
	write_text("cid", "035344534c3136478012345678012345\n");
	write_text("name", "SL\x1b\n");
	cr_assert_eq(read_with(facts_read_card, "/sys/devices/x/mmc_host/mmc0/mmc0:aaaa", &facts),
		     0);
	cr_expect_eq(facts.policy.bus, BUS_SD);
	cr_expect_str_eq(facts.policy.port, "mmc0:aaaa");
	cr_expect_str_eq(facts.policy.sd_cid, "035344534c3136478012345678012345");
	cr_expect_str_eq(facts.product, "SL\\x1b");
	cr_expect_eq(facts.policy.interfaces[0].classes, (uint32_t)CLASS_STORAGE);
	write_text("type", "SDIO\n");
	cr_assert_eq(read_with(facts_read_card, "/sys/devices/x/mmc_host/mmc0/mmc0:aaaa", &facts),
		     0);
	cr_expect_eq(facts.policy.classes, (uint32_t)CLASS_OTHER);
}

Test(facts, a_thunderbolt_device)
{
	struct device_facts facts;

	write_text("unique_id", "d0030000-0000-0000-0000-000000000001\n");
	cr_assert_eq(read_with(facts_read_thunderbolt, "/sys/devices/x/domain0/0-0/0-1", &facts),
		     0);
	cr_expect_eq(facts.policy.bus, BUS_THUNDERBOLT);
	cr_expect_str_eq(facts.policy.thunderbolt, "d0030000-0000-0000-0000-000000000001");
}

Test(facts, disks_of_every_bus)
{
	static const struct {
		const char *syspath;
		enum bus bus;
	} cases[] = {
		{ "/sys/devices/pci0000:00/0000:00:04.0/virtio1/block/vdb", BUS_VIRTIO },
		{ "/sys/devices/pci0000:00/0000:00:1f.2/ata3/host2/target2:0:0/2:0:0:0/block/sdb",
		  BUS_ATA },
		{ "/sys/devices/pci0000:00/0000:00:05.0/nvme/nvme1/nvme1n1", BUS_PCI },
		{ "/sys/devices/virtual/nvme-subsystem/nvme-subsys1/nvme1n1", BUS_PCI },
		{ "/sys/devices/pci0000:00/0000:00:06.0/fw1/fw1.0/host3/target3:0:0/3:0:0:0/block/"
		  "sdc",
		  BUS_FIREWIRE },
		{ "/sys/devices/pci0000:00/0000:00:07.0/mmc_host/mmc0/mmc0:0001/block/mmcblk0",
		  BUS_SD },
		{ "/sys/devices/pci0000:00/0000:00:08.0/host4/port-4:0/block/sdd", BUS_PCI },
		{ "/sys/devices/platform/host5/session1/target5:0:0/5:0:0:0/block/sde", BUS_NONE },
	};
	struct device_facts facts;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cr_assert_eq(read_with(facts_read_disk, cases[i].syspath, &facts), 0);
		cr_expect_eq(facts.policy.bus, cases[i].bus, "%s", cases[i].syspath);
		cr_expect_eq(facts.policy.classes, (uint32_t)CLASS_STORAGE);
	}
}

Test(facts, the_serial_number_of_a_disk)
{
	static const char page[] = "\0\x80\0\x0e  S1SMNSAF123  ";
	struct device_facts facts;
	char path[128];

	write_text("serial", "VIRTIO-7\n");
	cr_assert_eq(read_with(facts_read_disk, "/sys/devices/x/virtio1/block/vdb", &facts), 0);
	cr_expect_str_eq(facts.policy.serial, "VIRTIO-7");
	(void)snprintf(path, sizeof(path), "%s/device", root);
	cr_assert_eq(mkdir(path, 0755), 0);
	write_file("device/vpd_pg80", page, sizeof(page) - 1);
	cr_assert_eq(read_with(facts_read_disk, "/sys/devices/x/ata1/host0/block/sda", &facts), 0);
	cr_expect_str_eq(facts.policy.serial, "S1SMNSAF123");
	write_file("device/vpd_pg80", page, 3);
	cr_assert_eq(read_with(facts_read_disk, "/sys/devices/x/ata1/host0/block/sda", &facts), 0);
	cr_expect_str_eq(facts.policy.serial, "VIRTIO-7", "a page cut short");
	write_text("serial", "S4EWNX0N            \n");
	write_text("device/model", "Samsung SSD     \n");
	cr_assert_eq(read_with(facts_read_disk, "/sys/devices/x/nvme/nvme1/nvme1n1", &facts), 0);
	cr_expect_str_eq(facts.policy.serial, "S4EWNX0N", "NVMe fills up with blanks");
	cr_expect_str_eq(facts.product, "Samsung SSD");
}
