/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/bars.h"

#include "agent/agent.h"
#include "agent/report.h"
#include "agent/server_media.h"
#include "core/log.h"
#include "ipc/event.h"

#include <string.h>

#define SOON_US 1 /* what is being walked through now is left alone */

static const char *type_of(const struct bar *bar)
{
	if (strcmp(bar->reason, "lost_media") == 0 || strcmp(bar->reason, "missing") == 0 ||
	    strcmp(bar->reason, "disposed") == 0)
		return "media.seen";
	return strcmp(bar->reason, "mismatch") == 0 ? "media.mismatch" : NULL;
}

static void barred(struct judge *judge, const struct attached_device *device,
		   const struct policy_device *facts, const struct bar *bar)
{
	struct agent *agent = container_of(judge, struct agent, judge);
	const char *type = type_of(bar);
	struct ipc_log_append event;

	log_warning("guard: the device at port %s is barred as medium %s: %s", device->name,
		    *bar->number ? bar->number : "-", bar->reason);
	if (type) {
		report_barred(&event, type, device, facts, bar, judge->at);
		ipc_submit(judge->log, &event, NULL, NULL);
	}
	server_media_barred(&agent->server, bar);
}

static void bars_changed(struct judge *judge)
{
	loop_timer_set(&container_of(judge, struct agent, judge)->bars, SOON_US);
}

void judge_identify(struct judge *judge)
{
	if (media_seen_all(&judge->seen))
		judge->bars_changed(judge);
	for (struct attached_device *d = judge->devices->first; d; d = d->next) {
		const struct bar bar = { d->barred, d->claims, "" };

		if (d->barred && d->barred != d->bar_told)
			judge->barred(judge, d, &d->facts.policy, &bar);
		d->bar_told = d->barred;
	}
}

static void expired(struct loop_timer *timer)
{
	struct agent *agent = container_of(timer, struct agent, bars);

	situation_refresh(&agent->situation);
	judge_reconsider(&agent->judge);
	storage_reconsider(&agent->storage);
}

int bars_init(struct agent *agent, struct err *err)
{
	agent->judge.seen = (struct media_seen){ .book = &agent->situation.book,
						 .permits = &agent->permits,
						 .devices = &agent->devices,
						 .at = &agent->situation.at,
						 .disks = &agent->storage.first };
	agent->judge.barred = barred;
	agent->judge.bars_changed = bars_changed;
	return loop_timer_init(&agent->loop, &agent->bars, expired, err);
}

void bars_deinit(struct agent *agent)
{
	loop_timer_deinit(&agent->loop, &agent->bars);
}
