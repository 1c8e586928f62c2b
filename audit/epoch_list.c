/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/epoch_list.h"

#include "audit/line.h"
#include "core/err.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define KEY_LINE "#key "

struct walk {
	const struct epoch_place *place;
	struct epoch_list *list;
	bool begun;
	struct epoch known; /* of the last #epoch line */
	uint64_t seq;       /* of the last #key line */
};

static bool same(const struct epoch *a, const struct epoch *b)
{
	return a->number == b->number && memcmp(a->public, b->public, NOTE_PUBLIC_SIZE) == 0;
}

static bool is_key_line(const char *text, size_t len)
{
	return len >= strlen(KEY_LINE) && memcmp(text, KEY_LINE, strlen(KEY_LINE)) == 0;
}

static bool is_reached(const struct walk *walk)
{
	return walk->begun && walk->known.number == walk->place->next->number;
}

/* Return: 0, or -EBADMSG: it is not the certificate that follows what is known. */
static int take_epoch(struct walk *walk, const struct line *line)
{
	const struct epoch_place *place = walk->place;
	struct epoch_step step;

	if (!line->whole || epoch_line_parse(line->text, line->len, &step) < 0 ||
	    !(walk->begun ? epoch_step_verify(&step, &walk->known, place->origin)
			  : epoch_begins(&step.next, place->origin)))
		return -EBADMSG;
	walk->known = step.next;
	walk->begun = true;
	if ((walk->known.number == place->signer->number && !same(&walk->known, place->signer)) ||
	    (walk->known.number == place->next->number && !same(&walk->known, place->next)))
		return -EBADMSG;
	return 0;
}

/* Return: 1; 0 when it is of an entry that is still there; or -EBADMSG. */
static int take_key(struct walk *walk, const struct line *line)
{
	struct epoch_list *list = walk->list;
	struct key_step step;

	list->of_key = true;
	if (!line->whole || !walk->begun || key_line_parse(line->text, line->len, &step) < 0 ||
	    (list->n_changes > 0 && step.seq <= walk->seq) ||
	    (step.seq >= walk->place->first && !is_reached(walk)) ||
	    !key_step_verify(&step, &walk->known, walk->place->origin))
		return -EBADMSG;
	list->of_key = false;
	if (step.seq >= walk->place->first)
		return 0;
	walk->seq = step.seq;
	list->n_changes++;
	if (list->n_keys == NOTE_SIGNATURES_MAX)
		memmove(&list->keys[0], &list->keys[1], --list->n_keys * sizeof(list->keys[0]));
	list->keys[list->n_keys++] = step.key;
	return 1;
}

int epoch_list_find(int dirfd, const struct epoch_place *place, struct epoch_list *ret)
{
	cleanup_close int fd = openat(dirfd, EPOCH_LIST_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return errno == ENOENT ? -ENOENT : -errno;
	return epoch_list_read(fd, place, ret);
}

int epoch_list_read(int fd, const struct epoch_place *place, struct epoch_list *ret)
{
	cleanup_free struct line_reader *reader = malloc(sizeof(*reader));
	struct walk walk = { .place = place, .list = ret };
	struct line line;
	int rc;

	if (!reader)
		return -ENOMEM;
	*ret = (struct epoch_list){ 0 };
	line_reader_init(reader, fd, 0);
	while ((rc = line_next(reader, &line)) == 1) {
		bool of_key = is_key_line(line.text, line.len);

		ret->offset = line.offset;
		if (!of_key && is_reached(&walk))
			return 0;
		rc = of_key ? take_key(&walk, &line) : take_epoch(&walk, &line);
		if (rc < 0 || (of_key && rc == 0))
			return rc;
	}
	if (rc < 0)
		return -EBADMSG;
	return is_reached(&walk) ? 0 : -ENOENT;
}

size_t epoch_list_cut(const char *text, size_t len, uint64_t epoch, uint64_t first)
{
	size_t kept = 0;

	while (kept < len) {
		const char *line = text + kept;
		const char *newline = memchr(line, '\n', len - kept);
		size_t line_len = newline ? (size_t)(newline - line) : len - kept;
		struct epoch_step step;
		struct key_step key;

		if ((epoch_line_parse(line, line_len, &step) == 0 && step.next.number > epoch) ||
		    (key_line_parse(line, line_len, &key) == 0 && key.seq >= first))
			break;
		kept += line_len + (newline != NULL);
	}
	return kept;
}
