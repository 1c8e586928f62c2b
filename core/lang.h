/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The one catalogue of texts.  The English text is the key; po/ja.po holds the
 * Japanese, and the build turns it into a table compiled into every program:
 * the static verifier has no files beside it, and a PAM module may not call
 * setlocale() in a host that has not (docs/decisions/0002).
 */

#pragma once

enum lang {
	LANG_EN = 0,
	LANG_JA = 1,
};

struct lang_entry {
	const char *english;
	const char *japanese;
};

/* Sorted by strcmp() of the English text; generated from po/ja.po. */
extern const struct lang_entry lang_catalogue[];
extern const unsigned int lang_catalogue_len;

/**
 * lang_text() - one text in the language asked for
 * @english:	the text as it stands in the source
 *
 * Return: the translation, or @english itself where there is none.
 */
const char *lang_text(enum lang lang, const char *english) __attribute__((format_arg(2)));

/* The language that a locale name such as "ja_JP.UTF-8" asks for; NULL is English. */
enum lang lang_from_locale(const char *locale);

/* What LC_ALL, LC_MESSAGES or LANG, the first that is set, ask for. */
enum lang lang_from_environment(void);

/* The language of this process, English until set.  Not for the PAM module. */
void lang_set(enum lang lang);

/* One text in the language of this process; also the mark for extraction. */
const char *tr(const char *english) __attribute__((format_arg(1)));

/* Marks a text in a table for extraction; tr() is called where it is shown. */
#define N_(english) english
