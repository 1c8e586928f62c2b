/* SPDX-License-Identifier: Apache-2.0 */

/* What a device says it is, also when it lies about it. */

#include <criterion/criterion.h>
#include <string.h>

#include "agent/descriptors.h"

#define DEVICE 18, 1, 0, 2, 0, 0, 0, 64, 0x51, 0x09, 0x66, 0x16, 0, 1, 1, 2, 3, 1
#define CONFIG(total, value) 9, 2, total, 0, 1, value, 0, 0x80, 50
#define INTERFACE(number, alternate, class, subclass, protocol)                                    \
	9, 4, number, alternate, 0, class, subclass, protocol, 0
#define ENDPOINT 7, 5, 0x81, 2, 0, 2, 0

#define CASE(...)                                                                                  \
	.bytes = { DEVICE, __VA_ARGS__ }, .len = sizeof((uint8_t[]){ DEVICE, __VA_ARGS__ })

/* The classes of the device and of its interfaces 0 and 1 in configuration 1. */
static const struct {
	uint8_t bytes[128];
	size_t len;
	uint32_t device;
	uint32_t interface[2];
} cases[] = {
	{ CASE(CONFIG(25, 1), INTERFACE(0, 0, 8, 6, 0x50), ENDPOINT),
	  CLASS_STORAGE,
	  { CLASS_STORAGE } },
	/* alternate settings are one interface */
	{ CASE(CONFIG(27, 1), INTERFACE(0, 0, 8, 6, 0x50), INTERFACE(0, 1, 8, 6, 0x62)),
	  CLASS_STORAGE,
	  { CLASS_STORAGE } },
	{ CASE(CONFIG(27, 1), INTERFACE(0, 0, 3, 1, 1), INTERFACE(0, 1, 8, 6, 0x50)),
	  CLASS_KEYBOARD | CLASS_STORAGE,
	  { CLASS_KEYBOARD | CLASS_STORAGE } },
	{ CASE(CONFIG(27, 1), INTERFACE(0, 0, 3, 1, 1), INTERFACE(1, 0, 8, 6, 0x50)),
	  CLASS_KEYBOARD | CLASS_STORAGE,
	  { CLASS_KEYBOARD, CLASS_STORAGE } },
	/* what hides in another configuration counts for the device */
	{ CASE(CONFIG(18, 1), INTERFACE(0, 0, 8, 6, 0x50), CONFIG(18, 2), INTERFACE(0, 0, 2, 6, 0)),
	  CLASS_STORAGE | CLASS_NETWORK,
	  { CLASS_STORAGE } },
	/* data interfaces do the work of their control interface */
	{ CASE(CONFIG(27, 1), INTERFACE(0, 0, 2, 2, 1), INTERFACE(1, 0, 10, 0, 0)),
	  CLASS_SERIAL,
	  { CLASS_SERIAL, CLASS_SERIAL } },
	{ CASE(CONFIG(18, 1), INTERFACE(0, 0, 10, 0, 0)), CLASS_NETWORK, { CLASS_NETWORK } },
	/* a configuration within a configuration: the kernel goes on, so the rest is its too */
	{ CASE(CONFIG(36, 1), INTERFACE(0, 0, 3, 1, 1), CONFIG(18, 2), INTERFACE(0, 1, 8, 6, 0x50)),
	  CLASS_KEYBOARD | CLASS_STORAGE | CLASS_OTHER,
	  { CLASS_KEYBOARD | CLASS_STORAGE | CLASS_OTHER } },
	/* impossible lengths */
	{ CASE(CONFIG(20, 1), INTERFACE(0, 0, 8, 6, 0x50), 0, 4),
	  CLASS_STORAGE | CLASS_OTHER,
	  { CLASS_STORAGE | CLASS_OTHER } },
	{ CASE(CONFIG(22, 1), INTERFACE(0, 0, 8, 6, 0x50), 9, 4, 1, 0),
	  CLASS_STORAGE | CLASS_OTHER,
	  { CLASS_STORAGE | CLASS_OTHER } },
	{ CASE(CONFIG(22, 1), INTERFACE(0, 0, 8, 6, 0x50), 4, 4, 1, 0),
	  CLASS_STORAGE | CLASS_OTHER,
	  { CLASS_STORAGE | CLASS_OTHER } },
	{ CASE(CONFIG(200, 1), INTERFACE(0, 0, 8, 6, 0x50)), CLASS_OTHER, { 0 } },
	{ CASE(CONFIG(3, 1), INTERFACE(0, 0, 8, 6, 0x50)), CLASS_OTHER, { 0 } },
	{ CASE(0), CLASS_OTHER, { 0 } },
};

Test(descriptors, classes)
{
	for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
		struct policy_device device = { 0 };

		descriptors_read(cases[c].bytes, cases[c].len, 1, &device);
		cr_expect_eq(device.classes, cases[c].device, "case %zu: device %x", c,
			     device.classes);
		for (size_t i = 0; i < 2; i++) {
			uint32_t found = i < device.n_interfaces ? device.interfaces[i].classes : 0;

			cr_expect_eq(found, cases[c].interface[i], "case %zu: interface %zu: %x", c,
				     i, found);
		}
	}
}

Test(descriptors, cut_anywhere)
{
	for (size_t len = 0; len < cases[3].len; len++) {
		struct policy_device device = { 0 };

		descriptors_read(cases[3].bytes, len, 1, &device);
		cr_expect(device.classes & CLASS_OTHER, "%zu bytes count as whole", len);
	}
}

Test(descriptors, more_interfaces_than_the_kernel_takes)
{
	struct policy_device device = { 0 };

	for (unsigned int number = 0; number < POLICY_INTERFACES_MAX; number++)
		cr_expect_not_null(descriptors_interface(&device, (uint8_t)number));
	cr_expect_null(descriptors_interface(&device, 200));
	cr_expect_not_null(descriptors_interface(&device, 7));
}

Test(descriptors, the_only_configuration_is_the_coming_one)
{
	uint8_t one[] = { DEVICE, CONFIG(9, 7) };
	uint8_t two[] = { DEVICE, CONFIG(9, 7), CONFIG(9, 8) };

	two[17] = 2;
	cr_expect_eq(descriptors_only(one, sizeof(one)), 7);
	cr_expect_eq(descriptors_only(one, sizeof(one) - 1), 0, "it is not there");
	cr_expect_eq(descriptors_only(two, sizeof(two)), 0, "the kernel chooses");
}
