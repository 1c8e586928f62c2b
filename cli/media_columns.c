/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/media_columns.h"

#include "core/text.h"

#include <string.h>
#include <strings.h>

#define N_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

/* Headings do not follow the language of the process: a file goes from one to another. */
static const struct {
	const char *name;
	const char *heading;
	bool is_text; /* as people write it; else words of the register */
} columns[] = {
	[MEDIA_NUMBER] = { "number", "管理番号", false },
	[MEDIA_KIND] = { "kind", "種別", false },
	[MEDIA_USB] = { "usb", "USB ID", false },
	[MEDIA_SERIAL] = { "serial", "シリアル番号", true },
	[MEDIA_SD_CID] = { "sd-cid", "SDカードCID", false },
	[MEDIA_FILESYSTEM] = { "filesystem", "ファイルシステムUUID", false },
	[MEDIA_UNLOCKED] = { "unlocked", "解錠後USB ID", false },
	[MEDIA_UNLOCKED_SERIAL] = { "unlocked-serial", "解錠後シリアル番号", true },
	[MEDIA_SECTION] = { "section", "所属", true },
	[MEDIA_ZONE] = { "zone", "ゾーン", false },
	[MEDIA_CONFIDENTIALITY] = { "confidentiality", "機密性", false },
	[MEDIA_INTEGRITY] = { "integrity", "完全性", false },
	[MEDIA_AVAILABILITY] = { "availability", "可用性", false },
	[MEDIA_ENCRYPTION] = { "encryption", "暗号化", false },
	[MEDIA_MODEL] = { "model", "型番", true },
	[MEDIA_NOTE] = { "note", "備考", true },
	[MEDIA_STATE] = { "state", "状態", false },
	[MEDIA_HOLDER] = { "holder", "借用者", false },
	[MEDIA_DUE] = { "due", "返却期限", false },
};
_Static_assert(N_ELEMENTS(columns) == MEDIA_COLUMNS, "one each");

/* Words of a city's rules for those of the register. */
static const struct {
	enum media_column column;
	const char *word;
	const char *japanese;
} words[] = {
	{ MEDIA_KIND, "usb-stick", "USBメモリ" },
	{ MEDIA_KIND, "usb-disk", "外付けディスク" },
	{ MEDIA_KIND, "sd-card", "メモリカード" },
	{ MEDIA_KIND, "optical", "光学媒体" },
	{ MEDIA_KIND, "floppy", "フロッピーディスク" },
	{ MEDIA_KIND, "other", "その他" },
	{ MEDIA_ZONE, "mynumber", "マイナンバー系" },
	{ MEDIA_ZONE, "lgwan", "LGWAN系" },
	{ MEDIA_ZONE, "internet", "インターネット系" },
	{ MEDIA_ENCRYPTION, "none", "なし" },
	{ MEDIA_ENCRYPTION, "hardware", "ハードウェア暗号化" },
	{ MEDIA_STATE, "registered", "登録" },
	{ MEDIA_STATE, "lent", "貸出中" },
	{ MEDIA_STATE, "missing", "所在未確認" },
	{ MEDIA_STATE, "lost", "紛失" },
	{ MEDIA_STATE, "dispose-pending", "廃棄未確認" },
	{ MEDIA_STATE, "disposed", "廃棄済" },
};

const char *media_column_heading(enum media_column column)
{
	return columns[column].heading;
}

const char *media_column_name(enum media_column column)
{
	return columns[column].name;
}

enum media_column media_column_find(const char *heading)
{
	enum media_column column = 0;

	while (column < MEDIA_COLUMNS && strcasecmp(columns[column].name, heading) != 0 &&
	       strcmp(columns[column].heading, heading) != 0)
		column++;
	return column;
}

static const char *japanese(enum media_column column, const char *word)
{
	for (size_t i = 0; i < N_ELEMENTS(words); i++) {
		if (words[i].column == column && strcmp(words[i].word, word) == 0)
			return words[i].japanese;
	}
	return word;
}

static const char *english(enum media_column column, const char *word)
{
	for (size_t i = 0; i < N_ELEMENTS(words); i++) {
		if (words[i].column == column && strcmp(words[i].japanese, word) == 0)
			return words[i].word;
	}
	return word;
}

static const char *copy(char *out, const char *text)
{
	(void)snprintf(out, MEDIA_CELL_MAX, "%s", text);
	return out;
}

static const char *usb(char *out, bool has, uint16_t vid, uint16_t pid)
{
	*out = '\0';
	if (has)
		(void)snprintf(out, MEDIA_CELL_MAX, "%04x:%04x", vid, pid);
	return out;
}

static const char *zones(char *out, uint8_t set)
{
	size_t used = 0;

	*out = '\0';
	for (unsigned int zone = 0; zone < ZONES; zone++) {
		if (set & 1u << zone)
			used += (size_t)snprintf(out + used, MEDIA_CELL_MAX - used, "%s%s",
						 used ? " " : "",
						 japanese(MEDIA_ZONE, zone_name((enum zone)zone)));
	}
	return out;
}

static const char *degree(char *out, uint8_t value)
{
	(void)snprintf(out, MEDIA_CELL_MAX, "%u", value);
	return out;
}

static const char *section(char *out, const struct ledger *ledger, const char *id)
{
	const struct ledger_section *found = ledger_section(ledger, id);

	return copy(out, found ? found->name : id);
}

static const char *due(char *out, policy_minute minute)
{
	*out = '\0';
	if (minute != 0)
		policy_minute_print(minute, out);
	return out;
}

const char *media_column_get(const struct ledger *ledger, const struct ledger_medium *m,
			     enum media_column column, char out[static MEDIA_CELL_MAX])
{
	switch (column) {
	case MEDIA_NUMBER:
		return copy(out, m->number);
	case MEDIA_KIND:
		return copy(out, japanese(column, ledger_kind_name(m->kind)));
	case MEDIA_USB:
		return usb(out, m->has_usb, m->vid, m->pid);
	case MEDIA_SERIAL:
		return copy(out, m->serial);
	case MEDIA_SD_CID:
		return copy(out, m->sd_cid);
	case MEDIA_FILESYSTEM:
		return copy(out, m->filesystem);
	case MEDIA_UNLOCKED:
		return usb(out, m->has_unlocked, m->unlocked_vid, m->unlocked_pid);
	case MEDIA_UNLOCKED_SERIAL:
		return copy(out, m->unlocked_serial);
	case MEDIA_SECTION:
		return section(out, ledger, m->section);
	case MEDIA_ZONE:
		return zones(out, m->zones);
	case MEDIA_CONFIDENTIALITY:
		return copy(out, ledger_confidentiality_name(m->confidentiality));
	case MEDIA_INTEGRITY:
		return degree(out, m->integrity);
	case MEDIA_AVAILABILITY:
		return degree(out, m->availability);
	case MEDIA_ENCRYPTION:
		return copy(out, japanese(column, ledger_encryption_name(m->encryption)));
	case MEDIA_MODEL:
		return copy(out, m->model);
	case MEDIA_NOTE:
		return copy(out, m->note);
	case MEDIA_STATE:
		return copy(out, japanese(column, ledger_state_name(m->state)));
	case MEDIA_HOLDER:
		return copy(out, m->holder);
	case MEDIA_DUE:
		return due(out, m->due);
	case MEDIA_COLUMNS:
		break;
	}
	return copy(out, "");
}

/* Ideographic commas and middle dots separate as blanks do. */
static bool is_separator(uint32_t c)
{
	return c == ' ' || c == 0x3000 || c == 0x3001 || c == 0x30fb || c == 0xff0c || c == ',';
}

static void put_word(enum media_column column, const char *word, char *out, size_t *used)
{
	if (*word == '\0')
		return;
	*used += (size_t)snprintf(out + *used, MEDIA_CELL_MAX - *used, "%s%s", *used ? " " : "",
				  english(column, word));
}

/* Words, with full-width letters as what was meant. */
static bool read_words(enum media_column column, const char *cell, char *out)
{
	char word[MEDIA_CELL_MAX] = "";
	size_t len = strlen(cell), word_len = 0, used = 0;

	*out = '\0';
	for (size_t i = 0; i < len && used < MEDIA_CELL_MAX;) {
		uint32_t c = 0;
		size_t n = text_next(cell + i, len - i, &c);
		char half = text_half_width(c);

		if (n == 0 || word_len + n >= sizeof(word))
			return false;
		if (is_separator(c)) {
			put_word(column, word, out, &used);
			word_len = 0;
		} else if (half) {
			word[word_len++] = half;
		} else {
			memcpy(word + word_len, cell + i, n);
			word_len += n;
		}
		word[word_len] = '\0';
		i += n;
	}
	put_word(column, word, out, &used);
	return used < MEDIA_CELL_MAX;
}

bool media_column_words(enum media_column column, const char *cell, char out[static MEDIA_CELL_MAX])
{
	if (!columns[column].is_text)
		return read_words(column, cell, out);
	return strlen(copy(out, cell)) == strlen(cell);
}
