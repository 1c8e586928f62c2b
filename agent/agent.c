/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/agent.h"

#include "agent/arrival.h"
#include "agent/bars.h"
#include "agent/enforce.h"
#include "agent/register_acts.h"
#include "agent/report.h"
#include "agent/server_media.h"
#include "agent/server_permits.h"
#include "agent/vendor.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/log.h"
#include "core/notify.h"
#include "ipc/event.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define HEARTBEAT_US (600 * CLOCK_US_PER_SEC)
#define AGAIN_US (2 * CLOCK_US_PER_SEC)

static void submit(struct agent *agent, const char *type)
{
	struct ipc_log_append event;

	ipc_event_init(&event, type);
	ipc_submit(&agent->log, &event, NULL, NULL);
}

const struct ledger *agent_ledger(const struct agent *agent)
{
	const struct media_book *book = &agent->situation.book;

	if (media_book_is_broken(book) ||
	    media_book_is_expired(book, policy_latest(&agent->situation.at)))
		return NULL;
	return book->ledger;
}

static void try_again_later(struct agent *agent)
{
	if (!agent->again_is_set)
		loop_timer_set(&agent->again, AGAIN_US);
	agent->again_is_set = true;
}

static void judge_again(struct judge *judge)
{
	try_again_later(container_of(judge, struct agent, judge));
}

static void situation_again(struct situation *situation)
{
	try_again_later(container_of(situation, struct agent, situation));
}

static void situation_changed(struct situation *situation)
{
	struct agent *agent = container_of(situation, struct agent, situation);

	agent->judge.policy = situation->rulebook.in_force.policy;
	given_ask_input(&agent->given, &agent->judge);
	judge_reconsider(&agent->judge);
	storage_reconsider(&agent->storage);
}

static void situation_seated(struct situation *situation)
{
	struct agent *agent = container_of(situation, struct agent, situation);

	if (vendor_follow(&agent->permits, &situation->seat))
		situation_changed(situation);
	storage_follow(&agent->storage);
}

static bool end_use(struct judge *judge, struct attached_device *device,
		    const struct attached_interface *interface)
{
	return storage_end_use(&container_of(judge, struct agent, judge)->storage, device,
			       interface);
}

int agent_revoke(struct agent *agent, struct attached_device *device, pid_t by, ipc_submitted *done,
		 void *ctx, struct err *err)
{
	int rc = judge_mark_revoked(&agent->judge, device, err);
	struct ipc_log_append event;

	report_revoked(&event, device, by, &agent->situation.at);
	ipc_submit(&agent->log, &event, rc < 0 ? NULL : done, ctx);
	judge_revoke(&agent->judge, device);
	storage_revoke(&agent->storage, device);
	if (rc < 0)
		log_error("%s", err->text);
	return rc;
}

/* Media that are there already when an interface is opened: the agent was started again. */
static void interface_opened(struct judge *judge)
{
	monitor_enumerate(&container_of(judge, struct agent, judge)->monitor, "block");
}

static void drop_gone_devices(struct agent *agent)
{
	for (struct attached_device *d = agent->devices.first; d;) {
		struct attached_device *next = d->next;

		if (!facts_is_present(d->dirfd))
			arrival_gone(agent, d);
		d = next;
	}
}

static void look_at_set_up(struct agent *agent)
{
	bool enforcing = access(agent->paths.set_up_file, F_OK) == 0;

	if (enforcing == agent->judge.enforcing)
		return;
	agent->judge.enforcing = enforcing;
	log_info("%s", enforcing ? "the terminal is set up: guarding"
				 : "the terminal is not set up: watching only");
	given_ask_input(&agent->given, &agent->judge);
	judge_reconsider(&agent->judge);
	storage_reconsider(&agent->storage);
}

/* Everything, from sysfs: at start, after a loss, on SIGHUP, and now and then. */
static void reconcile(struct agent *agent)
{
	enum gates_look look;

	look_at_set_up(agent);
	look = !agent->judge.enforcing ? GATES_LOOK_ONLY
	       : agent->was_enforcing  ? GATES_GUARD
				       : GATES_BEGIN;
	findings_begin(&agent->given.findings);
	gates_check(&agent->gates, agent->monitor.udev, &agent->given.findings, look);
	agent->was_enforcing = agent->judge.enforcing;
	drop_gone_devices(agent);
	storage_drop_gone(&agent->storage);
	for (size_t i = 0; door_subsystems[i]; i++)
		monitor_enumerate(&agent->monitor, door_subsystems[i]);
	if (look == GATES_GUARD && given_look(&agent->given, &agent->judge, &agent->storage,
					      agent->monitor.udev, agent->paths.gate_dir))
		try_again_later(agent);
	for (struct attached_device *d = agent->devices.first; d; d = d->next)
		judge_reconcile(&agent->judge, d);
}

static void monitor_lost(struct monitor *monitor)
{
	log_warning("announcements of devices were lost: looking at everything");
	reconcile(container_of(monitor, struct agent, monitor));
}

static void heartbeat_expired(struct loop_timer *timer)
{
	struct agent *agent = container_of(timer, struct agent, heartbeat);

	loop_timer_set(timer, HEARTBEAT_US);
	reconcile(agent);
	strays_look(&agent->strays);
}

static void again_expired(struct loop_timer *timer)
{
	struct agent *agent = container_of(timer, struct agent, again);
	struct err ignored = { 0 };

	agent->again_is_set = false;
	situation_retry(&agent->situation);
	register_acts_tidy(agent);
	for (struct attached_device *d = agent->devices.first; d; d = d->next) {
		/* It may be open without udevd having said so. */
		if (d->ahead && d->n_interfaces == 0 && device_refresh(d, &ignored) < 0)
			continue;
		d->overdue = true;
		for (size_t i = 0; i < d->n_interfaces; i++)
			d->interfaces[i].settled = true;
	}
	judge_all(&agent->judge);
	storage_retry(&agent->storage);
	strays_look(&agent->strays);
	if (agent->given.findings.again)
		reconcile(agent);
}

static void signal_caught(struct loop_signals *signals, int number)
{
	struct agent *agent = container_of(signals, struct agent, signals);

	if (number != SIGHUP) {
		submit(agent, "agent.stop");
		loop_stop(&agent->loop);
		return;
	}
	situation_look(&agent->situation);
	reconcile(agent);
}

static int open_gate_dir(struct agent *agent, struct err *err)
{
	if (mkdir(agent->paths.gate_dir, 0700) < 0 && errno != EEXIST)
		return err_set(err, -errno, "%s: %m", agent->paths.gate_dir);
	agent->gate_fd = open(agent->paths.gate_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (agent->gate_fd < 0)
		return err_set(err, -errno, "%s: %m", agent->paths.gate_dir);
	return 0;
}

static int init_loop(struct agent *agent, struct err *err)
{
	static const int numbers[] = { SIGTERM, SIGINT, SIGHUP, 0 };
	int rc = loop_init(&agent->loop, err);

	if (rc == 0)
		rc = loop_signals_init(&agent->loop, &agent->signals, numbers, signal_caught, err);
	if (rc == 0)
		rc = loop_timer_init(&agent->loop, &agent->heartbeat, heartbeat_expired, err);
	if (rc == 0)
		rc = loop_timer_init(&agent->loop, &agent->again, again_expired, err);
	if (rc == 0)
		rc = loop_timer_init(&agent->loop, &agent->list_timer, register_list_expired, err);
	if (rc == 0)
		rc = bars_init(agent, err);
	return rc;
}

static void join_parts(struct agent *agent)
{
	agent->monitor.event = arrival_processed;
	agent->monitor.lost = monitor_lost;
	agent->given.findings.log = &agent->log;
	agent->given.findings.gates = &agent->gates;
	agent->announced.event = arrival_announced;
	agent->judge.log = &agent->log;
	agent->judge.at = &agent->situation.at;
	agent->judge.devices = &agent->devices;
	agent->judge.gate_fd = agent->gate_fd;
	agent->judge.end_use = end_use;
	agent->judge.opened = interface_opened;
	agent->judge.again = judge_again;
	agent->storage.judge = &agent->judge;
	agent->storage.loop = &agent->loop;
	agent->storage.media_socket = agent->paths.media_socket;
	agent->storage.seat = &agent->situation.seat;
	agent->storage.use_owner = (struct use_owner){
		.loop = &agent->loop,
		.media_socket = agent->paths.media_socket,
		.mount_socket = agent->paths.mount_socket,
		.happened = disk_use_happened,
		.over = disk_use_over,
	};
	agent->storage.happened = server_media_happened;
	agent->storage.given_back = server_media_given_back;
	agent->storage.forgotten = server_media_forgotten;
	agent->situation.changed = situation_changed;
	agent->situation.again = situation_again;
	agent->situation.seated = situation_seated;
	permits_join(agent);
	exceptions_join(agent);
}

static const char *const announced_subsystems[] = { "usb", NULL };

int agent_init(struct agent *agent, const struct agent_paths *paths, int listen_fd, struct err *err)
{
	cleanup_close int fd = listen_fd;
	int rc;

	*agent = (struct agent){
		.paths = *paths,
		.loop.epoll_fd = -1,
		.signals.source.fd = -1,
		.heartbeat.source.fd = -1,
		.again.source.fd = -1,
		.bars.source.fd = -1,
		.list_timer.source.fd = -1,
		.log = { .source.fd = -1, .timer.source.fd = -1 },
		.monitor.source.fd = -1,
		.announced.source.fd = -1,
		.ahead.give_fd = -1,
		.situation = { .seat = { .source.fd = -1, .again.source.fd = -1 },
			       .minute.source.fd = -1,
			       .policy_watch.fd = -1 },
		.exceptions = { .timer.source.fd = -1 },
		.permits = { .dirfd = -1, .timer.source.fd = -1 },
		.gate_fd = -1,
	};
	rc = init_loop(agent, err);
	if (rc == 0)
		rc = ipc_submitter_init(&agent->log, &agent->loop,
					agent->paths.situation.log_socket, err);
	if (rc == 0)
		rc = situation_init(&agent->situation, &agent->loop, &agent->paths.situation,
				    &agent->log, err);
	if (rc == 0)
		rc = open_gate_dir(agent, err);
	if (rc == 0)
		rc = ahead_init(&agent->ahead, agent->gate_fd, err);
	if (rc == 0)
		rc = monitor_init(&agent->monitor, &agent->loop, "udev", door_subsystems, err);
	if (rc == 0)
		rc = monitor_init(&agent->announced, &agent->loop, "kernel", announced_subsystems,
				  err);
	join_parts(agent);
	if (rc == 0)
		rc = permits_init(&agent->permits, &agent->loop, agent->paths.situation.state_dir,
				  err);
	if (rc == 0)
		rc = exceptions_init(&agent->exceptions, &agent->loop,
				     agent->paths.situation.state_dir, agent->permits.boot, err);
	if (rc == 0)
		rc = strays_init(&agent->strays, &agent->loop, &agent->storage,
				 agent->paths.mount_socket, err);
	if (rc == 0)
		rc = agent_server_init(&agent->server, agent, take_fd(&fd), err);
	return rc;
}

void agent_deinit(struct agent *agent)
{
	acts_deinit(&agent->acts);
	exceptions_deinit(&agent->exceptions);
	permits_deinit(&agent->permits);
	agent_server_deinit(&agent->server);
	ahead_deinit(&agent->ahead);
	monitor_deinit(&agent->announced);
	monitor_deinit(&agent->monitor);
	strays_deinit(&agent->strays);
	findings_deinit(&agent->given.findings);
	storage_deinit(&agent->storage);
	device_list_deinit(&agent->devices);
	situation_deinit(&agent->situation);
	ipc_submitter_deinit(&agent->log);
	bars_deinit(agent);
	loop_timer_deinit(&agent->loop, &agent->list_timer);
	loop_timer_deinit(&agent->loop, &agent->again);
	loop_timer_deinit(&agent->loop, &agent->heartbeat);
	loop_signals_deinit(&agent->loop, &agent->signals);
	loop_deinit(&agent->loop);
	closep(&agent->gate_fd);
}

int agent_run(struct agent *agent, struct err *err)
{
	enforce_clear_markers(agent->gate_fd);
	submit(agent, "agent.start");
	agent->judge.enforcing = access(agent->paths.set_up_file, F_OK) == 0;
	agent->was_enforcing = agent->judge.enforcing;
	situation_start(&agent->situation);
	permits_start(&agent->permits);
	exceptions_start(&agent->exceptions);
	reconcile(agent);
	try_again_later(agent); /* by then it is known what is in use */
	loop_timer_set(&agent->heartbeat, HEARTBEAT_US);
	notify_send("READY=1");
	return loop_run(&agent->loop, err);
}
