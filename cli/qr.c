/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/qr.h"

#include "core/cleanup.h"
#include "core/err.h"

#include <errno.h>
#include <langinfo.h>
#include <qrencode.h>
#include <string.h>

#define QUIET 4 /* modules around the code, ISO/IEC 18004 */

DEFINE_CLEANUP(QRcode *, QRcode_free)

static bool is_dark(const QRcode *code, int x, int y)
{
	if (x < 0 || y < 0 || x >= code->width || y >= code->width)
		return false;
	return code->data[y * code->width + x] & 1;
}

/* Two rows of modules in one row of characters; light is drawn, dark is the background. */
static void print_blocks(FILE *out, const QRcode *code)
{
	static const char *const blocks[2][2] = {
		{ "\xe2\x96\x88", "\xe2\x96\x80" }, /* both light, only the upper */
		{ "\xe2\x96\x84", " " },            /* only the lower, both dark */
	};

	for (int y = -QUIET; y < code->width + QUIET; y += 2) {
		for (int x = -QUIET; x < code->width + QUIET; x++)
			fputs(blocks[is_dark(code, x, y)][is_dark(code, x, y + 1)], out);
		fputc('\n', out);
	}
}

static void print_ascii(FILE *out, const QRcode *code)
{
	for (int y = -QUIET; y < code->width + QUIET; y++) {
		for (int x = -QUIET; x < code->width + QUIET; x++)
			fputs(is_dark(code, x, y) ? "  " : "##", out);
		fputc('\n', out);
	}
}

int qr_print(FILE *out, const char *text, bool ascii, struct err *err)
{
	cleanup_with(QRcode_freep) QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);

	if (!code)
		return err_set(err, -errno, "the QR code cannot be made: %m");
	if (ascii)
		print_ascii(out, code);
	else
		print_blocks(out, code);
	return 0;
}

bool qr_fits_terminal(void)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}
