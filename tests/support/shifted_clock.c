/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Preloaded into a daemon: its clocks are off by so many seconds, as the file
 * that SHIFTED_CLOCK names says, "WALL BOOT"; read anew each time.
 */

#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

__attribute__((visibility("default"))) int clock_gettime(clockid_t id, struct timespec *now)
{
	const char *path = getenv("SHIFTED_CLOCK");
	FILE *file = path ? fopen(path, "re") : NULL;
	long wall = 0, boot = 0;

	if (file && fscanf(file, "%ld %ld", &wall, &boot) != 2)
		wall = boot = 0;
	if (file)
		(void)fclose(file);
	if (syscall(SYS_clock_gettime, id, now) < 0)
		return -1;
	if (id == CLOCK_REALTIME)
		now->tv_sec += wall;
	if (id == CLOCK_BOOTTIME)
		now->tv_sec += boot;
	return 0;
}
