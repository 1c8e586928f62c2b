/* SPDX-License-Identifier: Apache-2.0 */

#include "doctor/services.h"

#include "doctor/tree.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

/*
 * INSIDE: started by root or for somebody who is in already (cron and atd run
 * account and session, never auth; runuser is for root), or a greeter's own
 * session, or changing one's own entry.  The display managers' autologin
 * services are used only where autologin is switched on, which is looked for
 * where that is done.
 */
static const struct {
	const char *pattern;
	enum service_kind kind;
} kinds[] = {
	{ "common-*", SERVICE_PART },
	{ "system-auth", SERVICE_PART },
	{ "system-login", SERVICE_PART },
	{ "system-local-login", SERVICE_PART },
	{ "system-remote-login", SERVICE_PART },
	{ "password-auth", SERVICE_PART },
	{ "postlogin", SERVICE_PART },
	{ "atd", SERVICE_INSIDE },
	{ "chage", SERVICE_INSIDE },
	{ "chfn", SERVICE_INSIDE },
	{ "chgpasswd", SERVICE_INSIDE },
	{ "chpasswd", SERVICE_INSIDE },
	{ "chsh", SERVICE_INSIDE },
	{ "cron", SERVICE_INSIDE },
	{ "crond", SERVICE_INSIDE },
	{ "gdm-autologin", SERVICE_INSIDE },
	{ "gdm-launch-environment", SERVICE_INSIDE },
	{ "group[adm]*", SERVICE_INSIDE }, /* groupadd, groupdel, groupmod */
	{ "lightdm-autologin", SERVICE_INSIDE },
	{ "lightdm-greeter", SERVICE_INSIDE },
	{ "newusers", SERVICE_INSIDE },
	{ "passwd", SERVICE_INSIDE },
	{ "runuser", SERVICE_INSIDE },
	{ "runuser-l", SERVICE_INSIDE },
	{ "sddm-autologin", SERVICE_INSIDE },
	{ "sddm-greeter", SERVICE_INSIDE },
	{ "systemd-user", SERVICE_INSIDE },
	{ "user[adm]??*", SERVICE_INSIDE },
};

/* Taken to skip account unless it is known that they heed it: the stricter view of a locker. */
const struct locker lockers[] = {
	{ "cinnamon-screensaver", "cinnamon-screensaver", true, false },
	{ "gnome-screensaver", "gnome-screensaver", true, false },
	{ "gtklock", "gtklock", true, true },
	{ "hyprlock", "hyprlock", true, false },
	{ "i3lock", "i3lock", true, true },
	{ "kscreenlocker_greet", "kde", true, false },
	{ "mate-screensaver", "mate-screensaver", true, false },
	{ "physlock", "physlock", true, false },
	{ "slock", NULL, true, false },
	{ "swaylock", "swaylock", true, true },
	{ "vlock", "vlock", false, false },
	{ "waylock", "waylock", true, false },
	{ "xfce4-screensaver", "xfce4-screensaver", true, false },
	{ "xlock", "xlock", true, false },
	{ "xscreensaver", "xscreensaver", true, false },
	{ "xtrlock", NULL, true, false },
};
const size_t n_lockers = sizeof(lockers) / sizeof(lockers[0]);

enum service_kind service_kind_of(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (fnmatch(kinds[i].pattern, name, 0) == 0)
			return kinds[i].kind;
	}
	return SERVICE_DOOR;
}

bool service_is_leftover(const char *name)
{
	size_t len = strlen(name);

	return *name == '.' || strstr(name, ".dpkg-") || strstr(name, ".ucf-") ||
	       (len > 0 && name[len - 1] == '~');
}

bool locker_is_installed(int root, const struct locker *locker)
{
	static const char *const dirs[] = {
		"/usr/bin",
		"/usr/local/bin",
		"/usr/libexec",
		"/usr/lib/x86_64-linux-gnu/libexec",
		"/usr/lib/aarch64-linux-gnu/libexec",
	};
	char path[128];

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dirs[i], locker->program);
		if (tree_has(root, path))
			return true;
	}
	return false;
}

bool service_skips_account(const char *name)
{
	for (size_t i = 0; i < n_lockers; i++) {
		if (lockers[i].service && strcmp(lockers[i].service, name) == 0)
			return lockers[i].skips_account;
	}
	return strncmp(name, "gdm-", 4) == 0;
}
