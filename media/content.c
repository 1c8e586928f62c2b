/* SPDX-License-Identifier: Apache-2.0 */

#include "media/content.h"

#include "core/err.h"
#include "core/parse.h"
#include "core/text.h"
#include "media/blkid_probe.h"

#include <ctype.h>
#include <string.h>

/* One superblock; texts point into the probe. */
struct superblock {
	const char *type;
	const char *version;
	uint64_t at; /* of its magic, bytes from the beginning of the part */
};

/* One part of a disk while it is looked at. */
struct place {
	const struct area *area;
	unsigned int n; /* different things found in it */
	bool has_new;   /* that were not found elsewhere before */
	struct ipc_volume volume;
};

static const char *value_of(blkid_probe probe, const char *name)
{
	const char *value = "";

	return blkid_probe_lookup_value(probe, name, &value, NULL) == 0 ? value : "";
}

static struct superblock superblock_of(blkid_probe probe)
{
	struct superblock found = {
		.type = value_of(probe, "TYPE"),
		.version = value_of(probe, "VERSION"),
	};
	struct err ignored = { 0 };

	(void)parse_u64(value_of(probe, "SBMAGIC_OFFSET"), UINT64_MAX, &found.at, &ignored);
	return found;
}

/* LUKS2 keeps a second header further in; alone it says nothing of what stands before it. */
static enum ipc_medium medium_of(const struct superblock *found)
{
	if (strcmp(found->type, "crypto_LUKS") == 0 && strcmp(found->version, "2") == 0 &&
	    found->at == 0)
		return IPC_MEDIUM_LUKS2;
	if (strcmp(found->type, "BitLocker") == 0)
		return IPC_MEDIUM_BITLOCKER;
	return IPC_MEDIUM_PLAIN;
}

/* ISO 9660 has its uuid from the medium as it is: what is no uuid is none. */
static void put_uuid(char *out, size_t size, const char *uuid)
{
	size_t len = strlen(uuid);

	if (len >= size || strspn(uuid, "0123456789abcdefABCDEF-") != len)
		return;
	for (size_t i = 0; i <= len; i++)
		out[i] = (char)tolower((unsigned char)uuid[i]);
}

static void describe(struct ipc_volume *out, blkid_probe probe, const struct area *area)
{
	const char *label = value_of(probe, "LABEL");
	const char *type = value_of(probe, "TYPE");

	put_uuid(out->filesystem, sizeof(out->filesystem), value_of(probe, "UUID"));
	(void)text_escape(out->type, sizeof(out->type), type, strlen(type));
	(void)text_escape(out->label, sizeof(out->label), label, strlen(label));
	out->start = area->start;
	out->length = area->length;
}

/* The same one is found twice where a partition begins with its disk, or ends with it. */
static bool is_new(struct content *content, const char *type, uint64_t at)
{
	struct content_seen *next = &content->seen[content->n_seen];

	for (size_t i = 0; i < content->n_seen; i++) {
		if (content->seen[i].at == at && strcmp(content->seen[i].type, type) == 0)
			return false;
	}
	content->found->n_found++;
	if (content->n_seen == CONTENT_SEEN_MAX)
		return true;
	next->at = at;
	(void)snprintf(next->type, sizeof(next->type), "%s", type);
	content->n_seen++;
	return true;
}

static void add_one(struct content *content, struct place *place, blkid_probe probe)
{
	const struct superblock found = superblock_of(probe);

	content->found->medium |= medium_of(&found);
	/* One disc with the names of both: read as UDF, which comes first. */
	if (place->n == 1 && strcmp(place->volume.type, "udf") == 0 &&
	    strcmp(found.type, "iso9660") == 0)
		return;
	if (place->n == 0)
		describe(&place->volume, probe, place->area);
	place->n++;
	if (is_new(content, found.type, place->area->start + found.at))
		place->has_new = true;
}

/* Two in one place are a matter of opinion, and none of them is offered to anybody. */
static void list(struct ipc_media_found *found, const struct place *place)
{
	if (place->n == 1 && place->has_new && found->n_volumes < IPC_VOLUMES_MAX)
		found->volumes[found->n_volumes++] = place->volume;
}

int content_add(struct content *content, int fd, const struct area *area, bool *ret_any)
{
	cleanup_probe blkid_probe probe = blkid_probe_open(fd, area);
	struct place place = { .area = area };
	int rc;

	if (!probe)
		return -ENOMEM;
	(void)blkid_probe_enable_superblocks(probe, 1);
	(void)blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_VERSION |
							       BLKID_SUBLKS_UUID |
							       BLKID_SUBLKS_LABEL |
							       BLKID_SUBLKS_MAGIC);
	do {
		errno = 0;
		rc = blkid_do_probe(probe);
		if (rc == 0)
			add_one(content, &place, probe);
	} while (rc == 0);
	if (rc < 0) {
		if (blkid_probe_failure() < 0)
			return blkid_probe_failure();
		content->found->medium |= IPC_MEDIUM_PLAIN; /* broken, and so not encrypted */
	}
	list(content->found, &place);
	*ret_any = place.n > 0;
	return 0;
}
