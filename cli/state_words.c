/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/state_words.h"

#include "core/lang.h"

#include <string.h>

static const struct {
	const char *word;
	const char *text;
} words[] = {
	/* A medium. */
	{ "registered", N_("registered") },
	{ "lent", N_("lent") },
	{ "overdue", N_("NOT RETURNED") },
	{ "missing", N_("MISSING") },
	{ "lost", N_("LOST") },
	{ "disposed", N_("disposed of") },
	{ "dispose-pending", N_("disposal without certificate") },
	{ "usb-stick", N_("USB stick") },
	{ "usb-disk", N_("USB disk") },
	{ "sd-card", N_("memory card") },
	{ "optical", N_("CD or DVD") },
	{ "floppy", N_("floppy disk") },
	{ "none", N_("not encrypted") },
	{ "plain", N_("not encrypted") },
	{ "luks2", N_("LUKS2") },
	{ "hardware", N_("by its hardware") },
	/* Stock taking. */
	{ "present", N_("there") },
	{ "mismatch", N_("DOES NOT FIT") },
	{ "not-presented", N_("NOT SHOWN") },
	/* A permit. */
	{ "requested", N_("asked for") },
	{ "approved", N_("approved") },
	{ "denied", N_("denied") },
	{ "revoked", N_("taken back") },
	{ "expired", N_("over") },
	{ "closed", N_("closed, erased") },
	{ "read", N_("read") },
	{ "write", N_("read and write") },
	{ "vendor", N_("read, under a witness") },
	{ "data-exchange", N_("data exchange with an office") },
	{ "tax", N_("handing in tax data") },
	{ "bank", N_("transfer data for a bank") },
	{ "maintenance", N_("maintenance and updates") },
	{ "interzone", N_("between zones") },
	{ "disaster", N_("disaster response") },
	{ "other", N_("other") },
	/* Reconciling. */
	{ "matched", N_("fits") },
	{ "no-permit", N_("NO PERMIT") },
	{ "unknown-permit", N_("PERMIT NOT IN THIS LOG") },
	{ "other-medium", N_("ANOTHER MEDIUM") },
	{ "other-user", N_("ANOTHER PERSON") },
	{ "read-only-permit", N_("PERMITTED TO READ ONLY") },
	{ "not-then", N_("NOT IN ITS TIME") },
	{ "too-often", N_("TOO OFTEN") },
	{ "not-returned", N_("NOT RETURNED") },
	{ "open", N_("not over") },
	{ "unused", N_("unused") },
	{ "returned", N_("returned") },
};

const char *state_word(const char *word)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i].word, word) == 0)
			return tr(words[i].text);
	}
	return word;
}
