/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/epoch_list.h"

#include "audit/line.h"
#include "core/err.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static bool same(const struct epoch *a, const struct epoch *b)
{
	return a->number == b->number && memcmp(a->public, b->public, NOTE_PUBLIC_SIZE) == 0;
}

/* The next line.  Return: 0, or -EBADMSG: it is not the certificate that follows @known. */
static int take(const struct line *line, const char *origin, struct epoch *known, bool first)
{
	struct epoch_step step;

	if (!line->whole || epoch_line_parse(line->text, line->len, &step) < 0 ||
	    !(first ? epoch_begins(&step.next, origin) : epoch_step_verify(&step, known, origin)))
		return -EBADMSG;
	*known = step.next;
	return 0;
}

int epoch_list_find(int dirfd, const char *origin, const struct epoch *signer,
		    const struct epoch *next, struct epoch_list *ret)
{
	cleanup_close int fd = openat(dirfd, EPOCH_LIST_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return errno == ENOENT ? -ENOENT : -errno;
	return epoch_list_read(fd, origin, signer, next, ret);
}

int epoch_list_read(int fd, const char *origin, const struct epoch *signer,
		    const struct epoch *next, struct epoch_list *ret)
{
	cleanup_free struct line_reader *reader = malloc(sizeof(*reader));
	struct epoch known = { 0 };
	struct line line;
	bool first = true;
	int rc;

	if (!reader)
		return -ENOMEM;
	line_reader_init(reader, fd, 0);
	while ((rc = line_next(reader, &line)) == 1) {
		ret->offset = line.offset;
		if (take(&line, origin, &known, first) < 0)
			return -EBADMSG;
		first = false;
		if ((known.number == signer->number && !same(&known, signer)) ||
		    (known.number == next->number && !same(&known, next)))
			return -EBADMSG;
		if (known.number == next->number)
			return 0;
	}
	return rc == 0 ? -ENOENT : -EBADMSG;
}
