/* SPDX-License-Identifier: Apache-2.0 */

#include "confine/capabilities.h"

#include "core/err.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Two words hold a set. */
int capabilities_keep(uint64_t set, struct err *err)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct words[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (syscall(SYS_capget, &header, words) < 0)
		return err_set(err, -errno, "capget: %m");
	for (unsigned int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		words[i].permitted &= (uint32_t)(set >> 32 * i);
		words[i].effective = words[i].permitted;
		words[i].inheritable = 0;
	}
	if (syscall(SYS_capset, &header, words) < 0)
		return err_set(err, -errno, "capset: %m");
	return 0;
}
