/* SPDX-License-Identifier: Apache-2.0 */

/* sekisho log prove, consistency, check-proof: files that convince somebody who has no log. */

#include "audit/proof_file.h"
#include "audit/prove.h"
#include "cli/log_commands.h"
#include "core/cleanup.h"
#include "core/err.h"
#include "core/parse.h"

#include <errno.h>

/* What a proof is made in. */
struct work {
	struct prove_head head;
	struct proof_text text;
	char out[PROOF_TEXT_MAX];
};

static int work_new(const struct log_request *request, struct work **ret, int *ret_dirfd,
		    struct err *err)
{
	cleanup_close int dirfd = log_open(request, err);
	cleanup_free struct work *work = malloc(sizeof(*work));
	int rc;

	if (dirfd < 0)
		return dirfd;
	if (!work)
		return err_set(err, -ENOMEM, "out of memory");
	rc = prove_head_read(dirfd, &work->head, err);
	if (rc < 0)
		return rc;
	*ret = take_ptr(&work);
	*ret_dirfd = take_fd(&dirfd);
	return 0;
}

static int give(struct work *work, int rc)
{
	if (rc == 0)
		(void)fwrite(work->out, 1, proof_text_format(&work->text, work->out), stdout);
	return rc;
}

int log_prove(const struct log_request *request, struct err *err)
{
	cleanup_free struct work *work = NULL;
	cleanup_close int dirfd = -1;
	uint64_t seq = 0;
	int rc = parse_u64(request->words[0], SEGMENT_SEQ_MAX, &seq, err);

	if (rc == 0)
		rc = work_new(request, &work, &dirfd, err);
	return rc < 0 ? rc : give(work, prove_entry(dirfd, seq, &work->head, &work->text, err));
}

int log_consistency(const struct log_request *request, struct err *err)
{
	cleanup_free struct work *work = NULL;
	cleanup_close int dirfd = -1;
	struct checkpoint old;
	int rc = work_new(request, &work, &dirfd, err);

	if (rc == 0)
		rc = proof_file_checkpoint(request->words[0], &work->head.key, &old, err);
	return rc < 0 ? rc : give(work, prove_growth(dirfd, &old, &work->head, &work->text, err));
}

int log_check_proof(const struct log_request *request, struct err *err)
{
	struct note_key key;
	int rc;

	if (!request->key)
		return err_set(err, -EINVAL,
			       "without the key nothing is proven; remedy: --key with the line "
			       "that was registered at enrolment");
	rc = note_key_load(request->key, &key, err);
	return rc < 0 ? rc
		      : proof_file_check(request->words[0], request->words[1], &key, stdout, err);
}
