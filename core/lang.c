/* SPDX-License-Identifier: Apache-2.0 */

#include "core/lang.h"

#include <stdlib.h>
#include <string.h>

static enum lang process_lang = LANG_EN;

static int compare_entry(const void *key, const void *entry)
{
	return strcmp(key, ((const struct lang_entry *)entry)->english);
}

const char *lang_text(enum lang lang, const char *english)
{
	const struct lang_entry *found;

	if (lang == LANG_EN)
		return english;
	found = bsearch(english, lang_catalogue, lang_catalogue_len, sizeof(lang_catalogue[0]),
			compare_entry);
	return found ? found->japanese : english;
}

enum lang lang_from_locale(const char *locale)
{
	return locale && strncmp(locale, "ja", 2) == 0 ? LANG_JA : LANG_EN;
}

enum lang lang_from_environment(void)
{
	static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = secure_getenv(names[i]);

		if (value && *value)
			return lang_from_locale(value);
	}
	return LANG_EN;
}

void lang_set(enum lang lang)
{
	process_lang = lang;
}

const char *tr(const char *english)
{
	return lang_text(process_lang, english);
}
