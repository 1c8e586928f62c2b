/* SPDX-License-Identifier: Apache-2.0 */

/* The register of media as a table: its columns, and the words of both languages in them. */

#pragma once

#include "ledger/ledger.h"

enum media_column {
	MEDIA_NUMBER,
	MEDIA_KIND,
	MEDIA_USB,
	MEDIA_SERIAL,
	MEDIA_SD_CID,
	MEDIA_FILESYSTEM,
	MEDIA_UNLOCKED,
	MEDIA_UNLOCKED_SERIAL,
	MEDIA_SECTION,
	MEDIA_ZONE,
	MEDIA_CONFIDENTIALITY,
	MEDIA_INTEGRITY,
	MEDIA_AVAILABILITY,
	MEDIA_ENCRYPTION,
	MEDIA_MODEL,
	MEDIA_NOTE,
	MEDIA_FIELDS,               /* up to here what a block of the register says */
	MEDIA_STATE = MEDIA_FIELDS, /* from its events; written and not read */
	MEDIA_HOLDER,
	MEDIA_DUE,
	MEDIA_COLUMNS
};

#define MEDIA_CELL_MAX POLICY_DEVICE_TEXT_MAX /* bytes with NUL */

/* The heading that is written, and that of the statement in sekisho-register(5). */
const char *media_column_heading(enum media_column column);
const char *media_column_name(enum media_column column);

/* By either; MEDIA_COLUMNS: none has it. */
enum media_column media_column_find(const char *heading);

/* A cell as offices read it, of a medium.  Return: @out. */
const char *media_column_get(const struct ledger *ledger, const struct ledger_medium *medium,
			     enum media_column column, char out[static MEDIA_CELL_MAX]);

/**
 * media_column_words() - a cell as the register has it
 * @cell:	in either language; full-width letters count as what they stand for
 *		where only others can be meant
 * @out:	words with a blank between, or one text
 *
 * Return: false when it is too long.
 */
bool media_column_words(enum media_column column, const char *cell,
			char out[static MEDIA_CELL_MAX]);
