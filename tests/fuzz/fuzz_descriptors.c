/* SPDX-License-Identifier: Apache-2.0 */

#include <stdint.h>
#include <stdlib.h>

#include "agent/descriptors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever an interface is, the device is too; an interface without a class is none. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct policy_device device = { 0 };

	descriptors_read(data, size, 1, &device);
	if (device.classes == 0 && size > 27)
		return 0; /* a configuration without interfaces */
	for (size_t i = 0; i < device.n_interfaces; i++) {
		if (device.interfaces[i].classes == 0 ||
		    (device.interfaces[i].classes & ~device.classes) != 0)
			abort();
	}
	return 0;
}
