/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/verify_witness.h"

#include "core/err.h"
#include "core/lang.h"

#include <errno.h>
#include <string.h>

static int take(const struct verify_options *options, struct kept_checkpoint *witness,
		struct err *err)
{
	int rc = note_parse(options->witness, options->witness_len, &witness->note, err);

	return rc < 0 ? rc
		      : checkpoint_parse(witness->note.text, witness->note.text_len,
					 &witness->checkpoint);
}

int verify_witness_read(const struct verify_options *options, struct kept_checkpoint *ret,
			struct verify_mark *ret_mark, struct err *err)
{
	if (!options->witness)
		return 0;
	if (!options->key)
		return err_set(err, -EINVAL,
			       "a kept checkpoint proves nothing without the key; "
			       "remedy: give --key as well");
	if (take(options, ret, err) < 0 || ret->checkpoint.size == 0 ||
	    strcmp(ret->checkpoint.origin, options->key->name) != 0)
		return err_set(err, -EINVAL,
			       "what was kept elsewhere is no checkpoint of this log; "
			       "remedy: give what sekisho log checkpoint printed");
	ret_mark->size = ret->checkpoint.size;
	memcpy(ret_mark->root, ret->checkpoint.root, TREE_HASH_SIZE);
	return 0;
}

int verify_witness_conclude(const struct kept_checkpoint *witness, enum verify_mark_state seen,
			    bool is_whole, struct verify_join *join, struct err *err)
{
	struct verify_result *result = &join->result;
	uint64_t size = witness->checkpoint.size;

	if (size == 0 || join->bad)
		return 0;
	if (!verify_join_is_signed(join, &witness->note))
		return err_set(err, -EINVAL,
			       "the kept checkpoint is not signed by the key of this log; "
			       "remedy: look where it comes from");
	result->witness_size = size;
	result->witness =
		seen == VERIFY_MARK_AGREES ? VERIFY_WITNESS_AGREES : VERIFY_WITNESS_BEFORE;
	if (seen == VERIFY_MARK_DIFFERS) {
		(void)verify_join_bad(join, result->first, size - 1, "", 0,
				      N_("the entries are not those of the checkpoint that was "
					 "kept elsewhere"));
		result->proven_end = result->first;
	} else if (is_whole && size > result->end) {
		(void)verify_join_bad(join, result->end, size - 1, "", 0,
				      N_("the log is shorter than the checkpoint that was kept "
					 "elsewhere"));
	}
	return 0;
}
