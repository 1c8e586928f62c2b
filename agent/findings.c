/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/findings.h"

#include "agent/report.h"
#include "core/cleanup.h"
#include "core/clock.h"
#include "core/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPECTED_MAX 64
#define UNDER_WAY_US CLOCK_US_PER_SEC /* udev has begun with what it was asked by then */

struct finding {
	struct finding *next;
	int64_t since_us; /* CLOCK_BOOTTIME */
	bool is_seen;     /* in this look */
	bool is_logged;   /* else it is a suspicion */
	char expected[EXPECTED_MAX];
	char path[];
};

static struct finding **find(struct findings *findings, const char *path)
{
	struct finding **link = &findings->first;

	while (*link && strcmp((*link)->path, path) != 0)
		link = &(*link)->next;
	return link;
}

static void drop(struct finding **link)
{
	struct finding *gone = *link;

	*link = gone->next;
	free(gone);
}

/* NULL: there is no memory, and it is logged once more. */
static struct finding *note(struct findings *findings, const char *path)
{
	struct finding *finding = *find(findings, path);

	if (!finding) {
		finding = calloc(1, sizeof(*finding) + strlen(path) + 1);
		if (!finding)
			return NULL;
		strcpy(finding->path, path);
		finding->since_us = clock_read_us(CLOCK_BOOTTIME);
		finding->next = findings->first;
		findings->first = finding;
	}
	finding->is_seen = true;
	return finding;
}

void findings_begin(struct findings *findings)
{
	findings->again = false;
	for (struct finding *finding = findings->first; finding; finding = finding->next)
		finding->is_seen = false;
}

static void report_mended(struct findings *findings, const char *path, const char *expected)
{
	struct ipc_log_append event;

	report_restored(&event, path, expected);
	ipc_submit(findings->log, &event, NULL, NULL);
}

void findings_end(struct findings *findings)
{
	for (struct finding **link = &findings->first; *link;) {
		if ((*link)->is_seen) {
			link = &(*link)->next;
			continue;
		}
		if ((*link)->is_logged)
			report_mended(findings, (*link)->path, (*link)->expected);
		drop(link);
	}
}

void findings_deinit(struct findings *findings)
{
	while (findings->first)
		drop(&findings->first);
}

bool findings_suspect(struct findings *findings, const char *path)
{
	const struct finding *finding = note(findings, path);
	bool is_old = finding && clock_read_us(CLOCK_BOOTTIME) - finding->since_us >= UNDER_WAY_US;

	findings->again = findings->again || !is_old;
	return is_old;
}

void findings_tamper(struct findings *findings, const char *path, const char *found,
		     const char *expected)
{
	struct finding *finding = note(findings, path);
	struct ipc_log_append event;

	if (finding && finding->is_logged)
		return;
	if (finding) {
		finding->is_logged = true;
		(void)snprintf(finding->expected, sizeof(finding->expected), "%s", expected);
	}
	report_tamper(&event, path, found, expected);
	ipc_submit(findings->log, &event, NULL, NULL);
}

void findings_mended(struct findings *findings, const char *path, const char *expected)
{
	struct finding **link = find(findings, path);

	if (*link)
		drop(link);
	report_mended(findings, path, expected);
}

void findings_open(struct findings *findings, const char *gate, const char *path, const char *why)
{
	log_error("%s is not as it must be: %s", path, why);
	gates_tell_open(findings->gates, gate, path, why);
}
