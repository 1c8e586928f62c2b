/* SPDX-License-Identifier: Apache-2.0 */

/* Media by what they are known again: open addressing, one look each. */

#include "ledger/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY_MAX (POLICY_DEVICE_TEXT_MAX + 32)
#define KEYS_OF_ONE 4 /* as it calls itself before and after it is unlocked, card, file system */

struct ledger_index {
	size_t n;               /* power of two */
	size_t n_by_filesystem; /* media that nothing but what is on them tells apart */
	uint32_t places[];      /* 1 + index into media, 0: free */
};

/* FNV-1a: a table of one's own media is no place for an attack by collisions. */
static uint32_t hash(const char *key)
{
	uint32_t sum = 2166136261u;

	for (; *key; key++)
		sum = (sum ^ (unsigned char)*key) * 16777619u;
	return sum;
}

static const char *usb_key(char *out, uint16_t vid, uint16_t pid, const char *serial)
{
	(void)snprintf(out, KEY_MAX, "usb %04x:%04x %s", vid, pid, serial);
	return out;
}

static const char *word_key(char *out, const char *kind, const char *word)
{
	(void)snprintf(out, KEY_MAX, "%s %s", kind, word);
	return out;
}

static void put(struct ledger_index *index, const char *key, size_t medium)
{
	size_t at = hash(key) & (index->n - 1);

	while (index->places[at] != 0 && index->places[at] != medium + 1)
		at = (at + 1) & (index->n - 1);
	index->places[at] = (uint32_t)medium + 1;
}

static void put_medium(struct ledger_index *index, const struct ledger_medium *medium, size_t i)
{
	char key[KEY_MAX];

	if (*medium->serial != '\0')
		put(index, usb_key(key, medium->vid, medium->pid, medium->serial), i);
	if (medium->has_unlocked)
		put(index,
		    usb_key(key, medium->unlocked_vid, medium->unlocked_pid,
			    medium->unlocked_serial),
		    i);
	if (*medium->sd_cid != '\0')
		put(index, word_key(key, "cid", medium->sd_cid), i);
	if (*medium->filesystem != '\0')
		put(index, word_key(key, "uuid", medium->filesystem), i);
	index->n_by_filesystem += *medium->serial == '\0' && *medium->sd_cid == '\0';
}

bool ledger_index_build(struct ledger *ledger)
{
	size_t n = 16;

	while (n < 2 * KEYS_OF_ONE * ledger->n_media)
		n *= 2;
	ledger->index = calloc(1, sizeof(*ledger->index) + n * sizeof(uint32_t));
	if (!ledger->index)
		return false;
	ledger->index->n = n;
	for (size_t i = 0; i < ledger->n_media; i++)
		put_medium(ledger->index, &ledger->media[i], i);
	return true;
}

void ledger_index_free(struct ledger_index *index)
{
	free(index);
}

bool ledger_index_asks_filesystem(const struct ledger *ledger)
{
	return ledger->index->n_by_filesystem > 0;
}

void ledger_index_each(const struct ledger *ledger, const struct policy_device *device,
		       void (*found)(void *ctx, const struct ledger_medium *medium), void *ctx)
{
	const struct ledger_index *index = ledger->index;
	char keys[3][KEY_MAX];

	usb_key(keys[0], device->vid, device->pid, device->serial);
	word_key(keys[1], "cid", device->sd_cid);
	word_key(keys[2], "uuid", device->filesystem);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		size_t at = hash(keys[i]) & (index->n - 1);

		for (; index->places[at] != 0; at = (at + 1) & (index->n - 1))
			found(ctx, &ledger->media[index->places[at] - 1]);
	}
}
