/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/markers.h"

#include "agent/enforce.h"
#include "agent/marker_names.h"
#include "agent/storage.h"
#include "core/cleanup.h"
#include "core/err.h"
#include "core/file.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define PRESENT "present"
#define ABSENT "absent"

struct look {
	struct findings *findings;
	const struct judge *judge;
	const char *gate_dir;
	const char *found; /* a marker that is there; NULL: those that are not are made */
	bool is_ours;
};

static void report(struct look *look, const char *marker, bool there)
{
	struct err err = { 0 };
	cleanup_free char *path = NULL;
	const char *expected = there ? PRESENT : ABSENT;

	if (asprintf(&path, "%s/%s", look->gate_dir, marker) < 0)
		return;
	findings_tamper(look->findings, path, there ? ABSENT : PRESENT, expected);
	if (enforce_set_marker(look->judge->gate_fd, marker, there, &err) < 0)
		findings_open(look->findings, "marks", path, err.text);
	else
		findings_mended(look->findings, path, expected);
}

/**
 * wanted() - one marker that must be there
 * @syspath:	what it is about, so that udev acts on it again; or NULL
 */
__attribute__((format(printf, 3, 4))) static void wanted(struct look *look, const char *syspath,
							 const char *format, ...)
{
	char marker[MARKER_MAX];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(marker, sizeof(marker), format, ap);
	va_end(ap);
	if (look->found) {
		look->is_ours = look->is_ours || strcmp(look->found, marker) == 0;
		return;
	}
	if (faccessat(look->judge->gate_fd, marker, F_OK, 0) == 0)
		return;
	report(look, marker, true);
	if (syspath)
		enforce_announce(syspath);
}

static void each_wanted(struct look *look, const struct storage *storage, enum markers_input input)
{
	if (input == MARKERS_INPUT_PRESENT || (input == MARKERS_INPUT_UNKNOWN && look->found))
		wanted(look, NULL, MARKER_INPUT);
	for (const struct attached_device *d = look->judge->devices->first; d; d = d->next) {
		struct stat st;

		if (d->denied || (d->revoked && d->door == &door_usb))
			wanted(look, NULL, MARKER_DENY, d->facts.busnum, d->facts.devnum);
		if (d->revoked && fstat(d->dirfd, &st) == 0)
			wanted(look, NULL, MARKER_REVOKED, (uintmax_t)st.st_ino);
		if (d->nodes_open)
			wanted(look, d->syspath, MARKER_NODES, d->facts.busnum, d->facts.devnum);
	}
	for (const struct storage_disk *disk = storage->first; disk; disk = disk->next) {
		bool is_open = disk->state == MEDIUM_OPEN && !disk->is_gone;
		/* One that is being judged anew may have its marker still. */
		bool is_either = look->found && !is_open && disk->state != MEDIUM_SHUT;
		bool is_writable = disk->judged.verdict == VERDICT_ALLOW;

		if (is_either || (is_open && is_writable))
			wanted(look, disk->syspath, MARKER_WRITABLE, disk->diskseq);
		if (is_either || (is_open && !is_writable))
			wanted(look, disk->syspath, MARKER_READ_ONLY, disk->diskseq);
	}
}

/* One of a device that was revoked and went while no agent was there may be left. */
static bool is_marker(const char *name)
{
	static const char *const kinds[] = { "allow-", "write-", "deny-", "user-", MARKER_INPUT };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strncmp(name, kinds[i], strlen(kinds[i])) == 0)
			return true;
	}
	return false;
}

void markers_check(struct findings *findings, const struct judge *judge,
		   const struct storage *storage, const char *gate_dir, enum markers_input input)
{
	struct look look = { .findings = findings, .judge = judge, .gate_dir = gate_dir };
	cleanup_closedir DIR *dir = file_list(judge->gate_fd, ".");
	const struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		look.found = entry->d_name;
		look.is_ours = !is_marker(entry->d_name);
		each_wanted(&look, storage, input);
		if (!look.is_ours)
			report(&look, entry->d_name, false);
	}
	look.found = NULL;
	each_wanted(&look, storage, input);
}
