/* SPDX-License-Identifier: Apache-2.0 */

/* The words of the language, as file, log and lists have them. */

#include "ledger/ledger.h"

#include <string.h>

#define N_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

static const char *const states[] = {
	[LEDGER_DISPOSED] = "disposed",
	[LEDGER_DISPOSE_PENDING] = "dispose-pending",
	[LEDGER_LOST] = "lost",
	[LEDGER_MISSING] = "missing",
	[LEDGER_REGISTERED] = "registered",
	[LEDGER_LENT] = "lent",
};

static const char *const kinds[] = {
	[LEDGER_OTHER] = "other",       [LEDGER_USB_STICK] = "usb-stick",
	[LEDGER_USB_DISK] = "usb-disk", [LEDGER_SD_CARD] = "sd-card",
	[LEDGER_OPTICAL] = "optical",   [LEDGER_FLOPPY] = "floppy",
};

static const char *const encryptions[] = {
	[LEDGER_PLAIN] = "none",
	[LEDGER_LUKS2] = "luks2",
	[LEDGER_HARDWARE] = "hardware",
};

static const char *const confidentialities[] = {
	[LEDGER_1] = "1",   [LEDGER_2] = "2",   [LEDGER_3C] = "3C",
	[LEDGER_3B] = "3B", [LEDGER_3A] = "3A",
};

static const char *const acts[] = {
	[LEDGER_ACT_NONE] = "",           [LEDGER_ACT_REGISTER] = "register",
	[LEDGER_ACT_LEND] = "lend",       [LEDGER_ACT_RETURN] = "return",
	[LEDGER_ACT_LOST] = "lost",       [LEDGER_ACT_FOUND] = "found",
	[LEDGER_ACT_MISSING] = "missing", [LEDGER_ACT_DISPOSE] = "dispose",
};

static bool find(const char *const *names, size_t n, const char *name, unsigned int *ret)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(names[i], name) != 0 || *name == '\0')
			continue;
		*ret = (unsigned int)i;
		return true;
	}
	return false;
}

const char *ledger_state_name(enum ledger_state state)
{
	return states[state];
}

const char *ledger_kind_name(enum ledger_kind kind)
{
	return kinds[kind];
}

const char *ledger_encryption_name(enum ledger_encryption encryption)
{
	return encryptions[encryption];
}

const char *ledger_confidentiality_name(enum ledger_confidentiality confidentiality)
{
	return confidentialities[confidentiality];
}

const char *ledger_act_name(enum ledger_act act)
{
	return acts[act];
}

bool ledger_kind_from_name(const char *name, enum ledger_kind *ret)
{
	unsigned int found;

	if (!find(kinds, N_ELEMENTS(kinds), name, &found))
		return false;
	*ret = (enum ledger_kind)found;
	return true;
}

bool ledger_encryption_from_name(const char *name, enum ledger_encryption *ret)
{
	unsigned int found;

	if (!find(encryptions, N_ELEMENTS(encryptions), name, &found))
		return false;
	*ret = (enum ledger_encryption)found;
	return true;
}

bool ledger_confidentiality_from_name(const char *name, enum ledger_confidentiality *ret)
{
	unsigned int found;

	if (!find(confidentialities, N_ELEMENTS(confidentialities), name, &found))
		return false;
	*ret = (enum ledger_confidentiality)found;
	return true;
}

bool ledger_act_from_name(const char *name, enum ledger_act *ret)
{
	unsigned int found;

	if (!find(acts, N_ELEMENTS(acts), name, &found))
		return false;
	*ret = (enum ledger_act)found;
	return true;
}
