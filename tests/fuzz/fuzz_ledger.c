/* SPDX-License-Identifier: Apache-2.0 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/err.h"
#include "ledger/ledger.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct ledger *load(const char *text, size_t len, const struct ledger *base)
{
	cleanup_diags struct diags diags = { 0 };
	struct ledger *ledger = NULL;

	if (ledger_load("f", text, len, base, &ledger, &diags) < 0 && diags.n_errors == 0)
		abort();
	return ledger;
}

static char *print(const struct ledger *ledger, size_t *ret_len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, ret_len);

	if (!out || ledger_print(ledger, out) < 0 || fclose(out) != 0)
		abort();
	return text;
}

/* Each medium is known by what its block says, or as two that cannot be told apart. */
static void check_identities(const struct ledger *ledger)
{
	for (size_t i = 0; i < ledger->n_media; i++) {
		const struct ledger_medium *medium = &ledger->media[i];
		struct policy_device device = { .bus = medium->has_usb ? BUS_USB : BUS_SD,
						.vid = medium->vid,
						.pid = medium->pid,
						.medium = MEDIUM_PLAIN };
		const struct ledger_medium *found = NULL;

		(void)snprintf(device.serial, sizeof(device.serial), "%s", medium->serial);
		(void)snprintf(device.sd_cid, sizeof(device.sd_cid), "%s", medium->sd_cid);
		(void)snprintf(device.filesystem, sizeof(device.filesystem), "%s",
			       medium->filesystem);
		switch (ledger_identify(ledger, &device, &found)) {
		case LEDGER_IDENTIFIED:
			if (found != medium)
				abort();
			break;
		case LEDGER_AMBIGUOUS:
			break;
		case LEDGER_UNKNOWN:
		case LEDGER_MISMATCH:
		case LEDGER_UNDECIDED:
			abort();
		}
		(void)ledger_refusal(medium, ZONE_LGWAN);
	}
}

/* With itself it is the same events once more: nothing comes back that is gone. */
static void check_merge(const struct ledger *ledger, const struct ledger *supplement)
{
	cleanup_ledger struct ledger *both = NULL;
	struct err err = { 0 };

	if (ledger_merge(ledger, supplement, &both, &err) < 0)
		abort();
	for (size_t i = 0; i < ledger->n_media; i++) {
		const struct ledger_medium *before = &ledger->media[i];
		const struct ledger_medium *after = ledger_medium(both, before->number);

		if (!after ||
		    (before->state <= LEDGER_DISPOSE_PENDING && after->state > before->state))
			abort();
		if (ledger == supplement && before->state == LEDGER_LOST &&
		    after->state > LEDGER_LOST)
			abort();
	}
}

/* Whatever is accepted can be written, read again, and is then the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_ledger struct ledger *ledger = load((const char *)data, size, NULL);
	cleanup_ledger struct ledger *again = NULL;
	cleanup_ledger struct ledger *supplement = NULL;
	cleanup_free char *text = NULL;
	cleanup_free char *text_again = NULL;
	size_t len = 0;
	size_t len_again = 0;

	if (!ledger)
		return 0;
	text = print(ledger, &len);
	again = load(text, len, NULL);
	if (!again)
		abort();
	text_again = print(again, &len_again);
	if (len != len_again || memcmp(text, text_again, len) != 0)
		abort();
	check_identities(ledger);
	check_merge(ledger, again);
	check_merge(ledger, ledger);
	supplement = load((const char *)data, size, ledger);
	if (supplement)
		check_merge(ledger, supplement);
	return 0;
}
