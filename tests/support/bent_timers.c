/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Preloaded into a daemon: what it waits seconds and minutes for comes at once,
 * what it waits less than a second for never, and what waits for the clock to be
 * set looks at it all the time (for which preloaded shifted_clock is the clock).
 * With BENT_SHORT_ONLY set, minutes last as long as ever.
 */

#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define AT_ONCE_NS 100000000
#define NEVER_SEC 86400

__attribute__((visibility("default"))) int
timerfd_settime(int fd, int flags, const struct itimerspec *new, struct itimerspec *old)
{
	struct itimerspec bent = *new;

	if (getenv("BENT_SHORT_ONLY") && new->it_value.tv_sec > 0)
		return (int)syscall(SYS_timerfd_settime, fd, flags, new, old);
	if (flags & TFD_TIMER_CANCEL_ON_SET || new->it_value.tv_sec > 0)
		bent.it_value = (struct timespec){ 0, AT_ONCE_NS };
	else if (new->it_value.tv_nsec > 0)
		bent.it_value = (struct timespec){ NEVER_SEC, 0 };
	return (int)syscall(SYS_timerfd_settime, fd, 0, &bent, old);
}
