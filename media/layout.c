/* SPDX-License-Identifier: Apache-2.0 */

#include "media/layout.h"

#include "core/cleanup.h"
#include "media/blkid_probe.h"

#include <errno.h>
#include <string.h>

#define SECTOR 512 /* bytes; libblkid's unit, whatever the disk's own is */
#define CHUNK (64 * 1024)

static bool is_listed(const struct layout *layout, const struct area *area)
{
	for (size_t i = 0; i < layout->n; i++) {
		if (layout->areas[i].start == area->start &&
		    layout->areas[i].length == area->length)
			return true;
	}
	return false;
}

static void add_area(struct layout *layout, blkid_partition partition, uint64_t size)
{
	uint64_t start = (uint64_t)blkid_partition_get_start(partition);
	uint64_t sectors = (uint64_t)blkid_partition_get_size(partition);
	struct area area;

	if (blkid_partition_is_extended(partition))
		return;
	if (start >= size / SECTOR || layout->n == LAYOUT_AREAS_MAX) {
		layout->is_odd = true;
		return;
	}
	area.start = start * SECTOR;
	if (sectors > (size - area.start) / SECTOR) {
		layout->is_odd = true;
		area.length = size - area.start;
	} else {
		area.length = sectors * SECTOR;
	}
	if (!is_listed(layout, &area))
		layout->areas[layout->n++] = area;
}

/* One kind of table only, so that libblkid does not stop at the first it likes. */
static int read_table(blkid_probe probe, const char *kind, uint64_t size, struct layout *layout)
{
	cleanup_free char *name = strdup(kind);
	char *names[] = { name, NULL };
	blkid_partlist list;

	if (!name || blkid_probe_filter_partitions_type(probe, BLKID_FLTR_ONLYIN, names) < 0)
		return -ENOMEM;
	errno = 0;
	list = blkid_probe_get_partitions(probe);
	if (!list)
		return blkid_probe_failure();
	layout->has_table = true;
	for (int i = 0; i < blkid_partlist_numof_partitions(list); i++)
		add_area(layout, blkid_partlist_get_partition(list, i), size);
	return 0;
}

static int by_start(const void *a, const void *b)
{
	const struct area *left = a;
	const struct area *right = b;

	return left->start < right->start ? -1 : left->start > right->start;
}

int layout_read(int fd, uint64_t size, struct layout *ret)
{
	const struct area whole = { .length = size };
	cleanup_probe blkid_probe probe = blkid_probe_open(fd, &whole);
	const char *kind;
	int rc = 0;

	if (!probe)
		return -ENOMEM;
	*ret = (struct layout){ 0 };
	(void)blkid_probe_enable_superblocks(probe, 0);
	(void)blkid_probe_enable_partitions(probe, 1);
	for (size_t i = 0; rc == 0 && blkid_partitions_get_name(i, &kind) == 0; i++)
		rc = read_table(probe, kind, size, ret);
	if (rc == 0)
		qsort(ret->areas, ret->n, sizeof(ret->areas[0]), by_start);
	return rc;
}

static int is_zero(int fd, uint64_t from, uint64_t to)
{
	cleanup_free char *chunk = malloc(CHUNK);

	if (!chunk)
		return -ENOMEM;
	while (from < to) {
		size_t want = to - from < CHUNK ? (size_t)(to - from) : CHUNK;
		ssize_t n = pread(fd, chunk, want, (off_t)from);

		if (n <= 0)
			return -EIO;
		if (chunk[0] != 0 || memcmp(chunk, chunk + 1, (size_t)n - 1) != 0)
			return 0;
		from += (uint64_t)n;
	}
	return 1;
}

/* What lies between two partitions, or before the first, or behind the last. */
static int room_is_used(int fd, uint64_t from, uint64_t to, uint64_t size, uint64_t *left)
{
	int zero;

	if (to <= from || to - from <= LAYOUT_SLACK)
		return 0;
	if (from == 0)
		from = LAYOUT_SLACK;
	if (to == size)
		to -= LAYOUT_SLACK;
	if (to <= from)
		return 0;
	if (to - from > *left)
		return 1;
	*left -= to - from;
	zero = is_zero(fd, from, to);
	return zero < 0 ? zero : !zero;
}

int layout_room_is_used(int fd, uint64_t size, const struct layout *layout)
{
	uint64_t left = LAYOUT_READ_MAX;
	uint64_t end = 0;
	int used = 0;

	for (size_t i = 0; used == 0 && i < layout->n; i++) {
		const struct area *area = &layout->areas[i];

		used = room_is_used(fd, end, area->start, size, &left);
		if (area->start + area->length > end)
			end = area->start + area->length;
	}
	return used ? used : room_is_used(fd, end, size, size, &left);
}
