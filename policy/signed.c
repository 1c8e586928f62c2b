/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/signed.h"

#include "core/err.h"

#include <errno.h>
#include <stdio.h>

static int check_signature(const char *file, const struct note *note, bool is_note,
			   const struct order *trusted, char *ret_signer, struct err *err)
{
	const struct order_signer *signer = is_note ? order_policy_signer(note, trusted) : NULL;

	if (!is_note)
		return err_set(err, -EKEYREJECTED,
			       "%s: the policy is not signed; remedy: sekisho policy sign", file);
	if (!signer)
		return err_set(err, -EKEYREJECTED,
			       "%s: the policy is not signed by anybody who may here; remedy: "
			       "sign it with a key that the terminal's order names for policies",
			       file);
	(void)snprintf(ret_signer, POLICY_WORD_MAX, "%s", signer->person);
	return 0;
}

int policy_open(const char *file, const char *bytes, size_t len, const struct order *trusted,
		struct policy **ret, char *ret_signer, struct err *err)
{
	cleanup_policy struct policy *policy = NULL;
	cleanup_diags struct diags diags = { 0 };
	struct policy_source source = { .file = file, .text = bytes, .len = len };
	struct err not_a_note = { 0 };
	struct note note;
	bool is_note = note_parse(bytes, len, &note, &not_a_note) == 0;
	int rc = 0;

	ret_signer[0] = '\0';
	if (trusted)
		rc = check_signature(file, &note, is_note, trusted, ret_signer, err);
	if (rc < 0)
		return rc;
	if (is_note) {
		source.text = note.text;
		source.len = note.text_len;
	}
	if (policy_load(&source, &policy, &diags) < 0)
		return diags_to_err(&diags, err);
	if (trusted && policy->version == 0)
		return err_set(err, -EINVAL,
			       "%s: the policy has no version; remedy: add: policy NAME { "
			       "version N }",
			       file);
	*ret = take_ptr(&policy);
	return 0;
}
