/* SPDX-License-Identifier: Apache-2.0 */

/* A permit that was approved beforehand: what counts is who signed it. */

#include "agent/permit_import.h"

#include "agent/agent.h"
#include "agent/permit_checks.h"
#include "agent/permit_store.h"
#include "core/err.h"
#include "note/note.h"

#include <errno.h>
#include <string.h>

static int read_permit(const struct agent *agent, const char *bytes, struct permit *ret,
		       const char **ret_signer, struct err *err)
{
	cleanup_diags struct diags diags = { 0 };
	const struct order *order = site_trusted(&agent->situation.site);
	const struct order_signer *signer;
	struct note note;

	if (note_parse(bytes, strlen(bytes), &note, err) < 0)
		return err_wrap(err, "that is no signed permit");
	signer = order ? order_permit_signer(&note, order) : NULL;
	if (!signer)
		return err_set(
			err, -EKEYREJECTED,
			"nobody whom this terminal's zone order names for permits has signed "
			"it; remedy: sekisho permit sign, by one of them");
	if (permit_load("permit", note.text, note.text_len, ret, NULL, &diags) < 0)
		return diags_to_err(&diags, err);
	if (strcmp(ret->terminal, agent->situation.site.witness.terminal) != 0)
		return err_set(err, -EXDEV,
			       "the permit is for terminal %s, and this one is %s; remedy: take it "
			       "there",
			       ret->terminal, agent->situation.site.witness.terminal);
	if (!permit_store_is_free(agent->permits.dirfd, ret->number))
		return err_set(
			err, -EEXIST,
			"permit %s is here already, and counts once; remedy: have another one "
			"made",
			ret->number);
	if (strcmp(ret->user, signer->person) == 0 || strcmp(ret->requester, signer->person) == 0)
		return err_set(err, -EPERM,
			       "nobody signs a permit for himself; remedy: another signer");
	(void)snprintf(ret->approver, sizeof(ret->approver), "%s", signer->person);
	*ret_signer = signer->person;
	return 0;
}

int permit_import_check(struct agent *agent, const struct act *act, struct ipc_log_append *event,
			struct err *err)
{
	struct permit permit;
	const char *signer;
	int rc = read_permit(agent, act_field(act, "file"), &permit, &signer, err);

	if (rc == 0)
		rc = permit_check(&permit, policy_latest(&agent->situation.at), err);
	if (rc == 0)
		rc = permit_check_medium(agent, agent_ledger(agent), &permit, err);
	if (rc < 0)
		return rc;
	ipc_event_add(event, "signer", signer);
	permit_describe(&permit, event);
	return 0;
}

int permit_import_commit(struct agent *agent, const struct act *act, uint64_t seq, char *ret_number,
			 struct err *err)
{
	const struct elapsed_now now = permits_now(&agent->permits);
	struct permit_record record = { .stage = PERMIT_REQUESTED };
	struct permit permit;
	const char *signer;
	int rc = read_permit(agent, act_field(act, "file"), &permit, &signer, err);

	(void)seq;
	if (rc == 0)
		rc = permit_check_medium(agent, agent_ledger(agent), &permit, err);
	if (rc < 0)
		return rc;
	permit_approve(&permit, &record, policy_latest(&agent->situation.at), &now);
	rc = permits_add(&agent->permits, &permit, &record, err);
	if (rc == 0) {
		strcpy(ret_number, permit.number);
		permits_start(&agent->permits);
	}
	return rc;
}
