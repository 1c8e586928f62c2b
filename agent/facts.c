/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/facts.h"

#include "agent/descriptors.h"
#include "core/err.h"
#include "core/file.h"
#include "core/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

/* Where a class found belongs. */
struct place {
	int dirfd;
	struct policy_device *device;
};

#define ATTRIBUTE_MAX 512 /* bytes; a USB string has at most 126 UTF-16 units */

int facts_attribute(int dirfd, const char *name, char *out, size_t size)
{
	return file_read_attribute(dirfd, name, out, size);
}

bool facts_is_present(int dirfd)
{
	return faccessat(dirfd, "uevent", F_OK, 0) == 0; /* every device has one */
}

bool facts_is_authorized(int dirfd)
{
	char value[8];

	return facts_attribute(dirfd, "authorized", value, sizeof(value)) == 0 &&
	       strcmp(value, "0") != 0;
}

void facts_text(int dirfd, const char *name, char *out, size_t size)
{
	char raw[ATTRIBUTE_MAX];

	out[0] = '\0';
	if (facts_attribute(dirfd, name, raw, sizeof(raw)) == 0)
		(void)text_escape(out, size, raw, strlen(raw));
}

/* The kernel pads some numbers with blanks; what is no number is @absent. */
static unsigned int read_number(int dirfd, const char *name, int base, unsigned int absent)
{
	char text[32];
	char *end = NULL;
	unsigned long value;

	if (facts_attribute(dirfd, name, text, sizeof(text)) < 0)
		return absent;
	errno = 0;
	value = strtoul(text, &end, base);
	return errno != 0 || end == text || *end != '\0' || value > UINT16_MAX
		       ? absent
		       : (unsigned int)value;
}

/* The firmware's word on the port.  One that this version does not know says nothing. */
static const char *read_connect(int dirfd)
{
	static const char *const words[][2] = {
		{ "hotplug", "hotplug" },
		{ "hardwired", "hardwired" },
		{ "not used", "not-used" },
	};
	char value[32];

	if (facts_attribute(dirfd, "port/connect_type", value, sizeof(value)) < 0)
		return "unknown";
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(value, words[i][0]) == 0)
			return words[i][1];
	}
	return "unknown";
}

static int read_descriptors(int dirfd, unsigned int active, struct device_facts *ret,
			    struct err *err)
{
	cleanup_close int fd = -1;
	cleanup_free uint8_t *bytes = malloc(DESCRIPTORS_MAX);
	size_t len = 0;
	ssize_t n;

	if (!bytes)
		return err_set(err, -ENOMEM, "out of memory");
	fd = openat(dirfd, "descriptors", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set(err, -errno, "descriptors: %m");
	while (len < DESCRIPTORS_MAX && (n = read(fd, bytes + len, DESCRIPTORS_MAX - len)) != 0) {
		if (n < 0)
			return err_set(err, -errno, "descriptors: %m");
		len += (size_t)n;
	}
	ret->configuration = active != 0 ? (uint8_t)active : descriptors_only(bytes, len);
	descriptors_read(bytes, len, ret->configuration, &ret->policy);
	return descriptors_ids(bytes, len, &ret->policy.vid, &ret->policy.pid)
		       ? 0
		       : err_set(err, -ENODEV, "the device has no vendor and product id");
}

/* What the kernel made of the descriptors counts too, in case the two differ. */
static void add_class(void *ctx, const char *name, uint8_t number)
{
	const struct place *at = ctx;
	struct policy_interface *interface = descriptors_interface(at->device, number);
	cleanup_close int fd = openat(at->dirfd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	unsigned int usb_class =
		fd < 0 ? UINT16_MAX : read_number(fd, "bInterfaceClass", 16, UINT16_MAX);
	uint32_t class = CLASS_OTHER;

	if (usb_class == USB_CLASS_CDC_DATA)
		return;
	if (usb_class <= UINT8_MAX)
		class = (uint32_t)class_of_interface(
			(uint8_t)usb_class, (uint8_t)read_number(fd, "bInterfaceSubClass", 16, 0),
			(uint8_t)read_number(fd, "bInterfaceProtocol", 16, 0));
	at->device->classes |= class;
	if (interface)
		interface->classes |= class;
}

void facts_place(const char *syspath, struct device_facts *ret)
{
	const char *slash = strrchr(syspath, '/');

	(void)snprintf(ret->policy.port, sizeof(ret->policy.port), "%s",
		       slash ? slash + 1 : syspath);
}

int facts_read_usb(int dirfd, const char *syspath, struct device_facts *ret, struct err *err)
{
	struct place at = { dirfd, &ret->policy };
	unsigned int active = read_number(dirfd, "bConfigurationValue", 10, 0);
	int rc;

	*ret = (struct device_facts){ .policy.bus = BUS_USB };
	facts_place(syspath, ret);
	rc = read_descriptors(dirfd, active, ret, err);
	if (rc < 0)
		return rc;
	facts_text(dirfd, "serial", ret->policy.serial, sizeof(ret->policy.serial));
	facts_text(dirfd, "product", ret->product, sizeof(ret->product));
	strcpy(ret->connect, read_connect(dirfd));
	ret->busnum = read_number(dirfd, "busnum", 10, 0);
	ret->devnum = read_number(dirfd, "devnum", 10, 0);
	/* The kernel makes interfaces after it has set a configuration, and takes them away before.
	 */
	if (active == 0)
		return 0;
	ret->n_expected = read_number(dirfd, "bNumInterfaces", 10, 0);
	return facts_each_interface(dirfd, add_class, &at);
}

/* "1-4.2:1.0" below "1-4.2". */
static bool is_interface_name(const char *name, uint8_t *ret_number)
{
	const char *colon = strchr(name, ':');
	const char *dot = colon ? strchr(colon, '.') : NULL;
	char *end = NULL;
	unsigned long number;

	if (!dot || dot[1] < '0' || dot[1] > '9' || strlen(name) >= FACTS_NAME_MAX)
		return false;
	number = strtoul(dot + 1, &end, 10);
	if (*end != '\0' || number > UINT8_MAX)
		return false;
	*ret_number = (uint8_t)number;
	return true;
}

int facts_each_interface(int dirfd, void (*found)(void *ctx, const char *name, uint8_t number),
			 void *ctx)
{
	cleanup_closedir DIR *dir = file_list(dirfd, ".");
	const struct dirent *entry;
	uint8_t number;

	if (!dir)
		return -errno;
	while ((entry = readdir(dir))) {
		if (is_interface_name(entry->d_name, &number))
			found(ctx, entry->d_name, number);
	}
	return 0;
}
