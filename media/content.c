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

static void put_first(struct ipc_media_found *out, blkid_probe probe, const struct area *area)
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
static void add_one(struct content *content, blkid_probe probe, const struct superblock *found,
		    const struct area *area)
{
	content->found->medium |= medium_of(found);
	if (content->n == 0) {
		content->n = 1;
		content->at = area->start + found->at;
		put_first(content->found, probe, area);
	} else if (content->at != area->start + found->at ||
		   (strcmp(content->found->type, found->type) != 0 &&
		    /* One disc with the names of both: read as UDF, which comes first. */
		    (strcmp(content->found->type, "udf") != 0 ||
		     strcmp(found->type, "iso9660") != 0))) {
		content->n++;
	}
}

int content_add(struct content *content, int fd, const struct area *area, bool *ret_any)
{
	cleanup_probe blkid_probe probe = blkid_probe_open(fd, area);
	bool any = false;
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
		if (rc == 0) {
			const struct superblock found = superblock_of(probe);

			add_one(content, probe, &found, area);
			any = true;
		}
	} while (rc == 0);
	if (rc < 0) {
		if (blkid_probe_failure() < 0)
			return blkid_probe_failure();
		content->found->medium |= IPC_MEDIUM_PLAIN; /* broken, and so not encrypted */
	}
	*ret_any = any;
	return 0;
}
