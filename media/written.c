/* SPDX-License-Identifier: Apache-2.0 */

#include "media/written.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>

#define SECTOR 512 /* in sysfs, whatever the disk has */
#define ROOM_FIRST 1024
#define SECTORS_WRITTEN 7 /* which number of the line, from 1: Documentation/block/stat.rst */

/* Never 0.  Two files that get one value are counted once; of a million two do once in years. */
static uint64_t short_form(const struct written *written, const void *id, size_t len)
{
	uint64_t value = 0;

	_Static_assert(sizeof(value) == crypto_shorthash_BYTES, "as it comes");
	_Static_assert(sizeof(written->key) == crypto_shorthash_KEYBYTES, "likewise");
	(void)crypto_shorthash((unsigned char *)&value, id, len, written->key);
	return value ? value : 1;
}

/* Where it stands, or the free place where it would. */
static uint64_t *place_of(uint64_t *seen, size_t room, uint64_t value)
{
	size_t at = (size_t)value & (room - 1);

	while (seen[at] != 0 && seen[at] != value)
		at = (at + 1) & (room - 1);
	return &seen[at];
}

/* Half of it stays free.  Return: whether there is room for one more. */
static bool make_room(struct written *written)
{
	size_t room = written->room ? 2 * written->room : ROOM_FIRST;
	uint64_t *more;

	if (2 * (written->n + 1) <= written->room)
		return true;
	more = written->n < WRITTEN_FILES_MAX ? calloc(room, sizeof(*more)) : NULL;
	if (!more)
		return false;
	for (size_t i = 0; i < written->room; i++) {
		if (written->seen[i] != 0)
			*place_of(more, room, written->seen[i]) = written->seen[i];
	}
	free(written->seen);
	written->seen = more;
	written->room = room;
	return true;
}

void written_add(struct written *written, const void *id, size_t len)
{
	uint64_t *place = NULL;
	uint64_t value;

	if (written->files == 0)
		crypto_shorthash_keygen(written->key);
	value = short_form(written, id, len);
	if (written->room != 0)
		place = place_of(written->seen, written->room, value);

	if (place && *place == value)
		return;
	written->files++;
	if (!make_room(written)) {
		written->at_least = true;
		return;
	}
	*place_of(written->seen, written->room, value) = value;
	written->n++;
}

int written_bytes(const char *stat, uint64_t *ret)
{
	uint64_t sectors = 0;
	const char *at = stat;

	for (int i = 0; i < SECTORS_WRITTEN; i++) {
		char *end;

		while (*at == ' ')
			at++;
		if (*at < '0' || *at > '9')
			return -EINVAL;
		errno = 0;
		sectors = strtoumax(at, &end, 10);
		if (errno != 0 || (*end != ' ' && *end != '\n' && *end != '\0'))
			return -EINVAL;
		at = end;
	}
	if (sectors > UINT64_MAX / SECTOR)
		return -EINVAL;
	*ret = sectors * SECTOR;
	return 0;
}

void written_deinit(struct written *written)
{
	free(written->seen);
	*written = (struct written){ 0 };
}
