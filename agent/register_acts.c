/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/register_acts.h"

#include "agent/acts.h"
#include "agent/agent.h"
#include "core/err.h"
#include "core/log.h"
#include "ipc/event.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PROPOSED_ID "check/1" /* its entry has no number yet */

/* After which states an act may come here; what other terminals know is merged later. */
static bool may_follow(enum ledger_act act, const struct ledger_medium *medium,
		       const char *certificate)
{
	enum ledger_state state = medium->state;
	bool is_here = state == LEDGER_REGISTERED || state == LEDGER_LENT;

	switch (act) {
	case LEDGER_ACT_LEND:
		return state == LEDGER_REGISTERED;
	case LEDGER_ACT_RETURN:
		return state == LEDGER_LENT;
	case LEDGER_ACT_LOST:
		return is_here || state == LEDGER_MISSING || state == LEDGER_DISPOSE_PENDING;
	case LEDGER_ACT_MISSING:
		return is_here;
	case LEDGER_ACT_FOUND: /* one person's word alone takes nothing back */
		return state == LEDGER_LOST || state == LEDGER_MISSING;
	case LEDGER_ACT_DISPOSE:
		return state != LEDGER_DISPOSED &&
		       (state != LEDGER_DISPOSE_PENDING || *certificate);
	case LEDGER_ACT_REGISTER:
	case LEDGER_ACT_NONE:
		return false;
	}
	return false;
}

static int check_state(const struct media_book *book, const struct ipc_log_append *event,
		       struct err *err)
{
	enum ledger_act act = media_events_act(event);
	const char *number = ipc_event_get(event, "medium_number");
	const struct ledger_medium *medium = ledger_medium(book->ledger, number);

	if (!medium)
		return err_set(err, -ENOENT,
			       "there is no medium '%s' in the register; remedy: sekisho media "
			       "list",
			       number);
	if (!may_follow(act, medium, ipc_event_get(event, "certificate")))
		return err_set(err, -EINVAL,
			       "'%s' cannot be for medium %s, which is '%s'; remedy: sekisho media "
			       "show",
			       ledger_act_name(act), number, ledger_state_name(medium->state));
	return 0;
}

/* All that stands in a register is asked of it before anybody gives a code. */
static int check_and_intend(struct agent *agent, const struct ipc_log_append *event,
			    struct err *err)
{
	const struct media_book *book = &agent->situation.book;
	cleanup_free char *text = NULL;
	int rc = media_events_describe(event, book->ledger, PROPOSED_ID, agent->situation.at.now,
				       &text, err);

	return rc < 0 ? rc : media_events_intend(&book->events, event, err);
}

static int check_book(const struct media_book *book, struct err *err)
{
	if (media_book_is_broken(book) || !book->ledger)
		return err_set(err, -EIO,
			       "the register of this terminal cannot be read; remedy: sekisho "
			       "status");
	if (book->events.is_unsaved)
		return err_set(err, -EIO,
			       "what happened before is not on disk yet; remedy: make room, and "
			       "try again");
	if (*book->events.intent.type)
		return err_set(err, -EBUSY,
			       "a loss is being recorded anew; remedy: try again in a moment");
	return 0;
}

static void add_fields(const struct act *act, struct ipc_log_append *event, const char *const *keys)
{
	for (size_t i = 0; keys[i]; i++)
		ipc_event_add(event, keys[i], act_field(act, keys[i]));
}

static int check_event(struct agent *agent, const struct act *act, struct ipc_log_append *event,
		       const char *const *keys, struct err *err)
{
	const struct media_book *book = &agent->situation.book;
	int rc = check_book(book, err);

	ipc_event_add(event, "medium_number", act_field(act, "medium_number"));
	add_fields(act, event, keys);
	if (rc == 0)
		rc = check_state(book, event, err);
	return rc < 0 ? rc : check_and_intend(agent, event, err);
}

static int check_lend(struct agent *agent, const struct act *act, struct ipc_log_append *event,
		      struct err *err)
{
	static const char *const keys[] = { "holder", "due", "note", NULL };

	return check_event(agent, act, event, keys, err);
}

static int check_return(struct agent *agent, const struct act *act, struct ipc_log_append *event,
			struct err *err)
{
	static const char *const keys[] = { "erased_by", "note", NULL };

	if (!*act_field(act, "erased_by"))
		return err_set(err, -EINVAL,
			       "who saw that nothing is left on it? remedy: --erased-by USER");
	return check_event(agent, act, event, keys, err);
}

static int check_lost(struct agent *agent, const struct act *act, struct ipc_log_append *event,
		      struct err *err)
{
	static const char *const keys[] = { "noticed", "note", NULL };

	return check_event(agent, act, event, keys, err);
}

static int check_noted(struct agent *agent, const struct act *act, struct ipc_log_append *event,
		       struct err *err)
{
	static const char *const keys[] = { "note", NULL };

	return check_event(agent, act, event, keys, err);
}

static int check_dispose(struct agent *agent, const struct act *act, struct ipc_log_append *event,
			 struct err *err)
{
	static const char *const keys[] = { "method", "certificate", "note", NULL };

	return check_event(agent, act, event, keys, err);
}

/* What a medium is, its device says, and nobody who asks. */
static int add_identity(struct agent *agent, const char *port, struct ipc_log_append *event,
			struct err *err)
{
	const struct attached_device *device = agent->devices.first;
	const struct storage_disk *disk;
	const struct policy_device *facts;
	char id[8];

	while (device && strcmp(device->name, port) != 0)
		device = device->next;
	if (!device || !(device->facts.policy.classes & CLASS_STORAGE))
		return err_set(err, -ENOENT,
			       "there is no medium at port '%s'; remedy: sekisho devices shows "
			       "where it is",
			       port);
	disk = storage_disk_of(&agent->storage, device);
	if (device->barred || *device->claims || (disk && *disk->claims))
		return err_set(err, -EEXIST,
			       "the medium at port %s is in the register already, or looks like "
			       "one that is: %s",
			       port, disk && *disk->claims ? disk->claims : device->claims);
	facts = &device->facts.policy;
	if (facts->bus == BUS_USB && *facts->serial) {
		(void)snprintf(id, sizeof(id), "%04x", facts->vid);
		ipc_event_add(event, "vid", id);
		(void)snprintf(id, sizeof(id), "%04x", facts->pid);
		ipc_event_add(event, "pid", id);
		ipc_event_add(event, "serial", facts->serial);
	}
	ipc_event_add(event, "sd_cid", facts->sd_cid);
	ipc_event_add(event, "port", port);
	if (disk)
		ipc_event_add(event, "filesystem", disk->filesystem);
	return 0;
}

static int check_register(struct agent *agent, const struct act *act, struct ipc_log_append *event,
			  struct err *err)
{
	static const char *const keys[] = { "kind",       "section", "zone", "classification",
					    "encryption", "model",   "note", NULL };
	const struct media_book *book = &agent->situation.book;
	const char *number = act_field(act, "medium_number");
	int rc = check_book(book, err);

	ipc_event_add(event, "medium_number", number);
	if (rc == 0 && ledger_medium(book->ledger, number))
		rc = err_set(err, -EEXIST,
			     "medium %s is in the register already; remedy: another number",
			     number);
	if (rc == 0 && !ledger_section(book->ledger, act_field(act, "section")))
		rc = err_set(err, -ENOENT,
			     "the register has no section '%s'; remedy: one that it has",
			     act_field(act, "section"));
	if (rc == 0)
		rc = add_identity(agent, act_field(act, "port"), event, err);
	if (rc < 0)
		return rc;
	add_fields(act, event, keys);
	return check_and_intend(agent, event, err);
}

static int commit(struct agent *agent, const struct act *act, uint64_t seq, char *ret_number,
		  struct err *err)
{
	(void)snprintf(ret_number, IPC_WORD_MAX, "%s", act_field(act, "medium_number"));
	return media_book_record(&agent->situation.book, &agent->acts.event, seq,
				 agent->situation.at.now, err);
}

/* What only restricts takes nobody's code; what opens or ends takes two. */
const struct act_kind register_acts[] = {
	{ "media.register", ACT_TWO_ADMINS, true, check_register, commit },
	{ "media.lend", ACT_NOBODY, true, check_lend, commit },
	{ "media.return", ACT_NOBODY, true, check_return, commit },
	{ "media.lost", ACT_NOBODY, true, check_lost, commit },
	{ "media.found", ACT_TWO_ADMINS, true, check_noted, commit },
	{ "media.missing", ACT_NOBODY, true, check_noted, commit },
	{ "media.dispose", ACT_TWO_ADMINS, true, check_dispose, commit },
	{ 0 },
};

void register_acts_tidy(struct agent *agent)
{
	struct media_book *book = &agent->situation.book;
	struct err err = { 0 };

	if (agent->acts.is_busy || *book->events.intent.type || *book->events.detail ||
	    book->events.is_unsaved)
		return;
	if (media_events_intend(&book->events, NULL, &err) < 0)
		log_error("%s", err.text);
}
