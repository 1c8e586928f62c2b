/* SPDX-License-Identifier: Apache-2.0 */

#include "doctor/ini.h"

#include <string.h>
#include <strings.h>

#define BLANKS " \t\r"

static char *trim(char *text)
{
	size_t len;

	text += strspn(text, BLANKS);
	len = strlen(text);
	while (len > 0 && strchr(BLANKS, text[len - 1]))
		len--;
	text[len] = '\0';
	return text;
}

/* Where the line ends, all that it goes on with joined by blanks. */
static char *end_of(char *line, bool joins, unsigned int *number)
{
	char *end = line + strcspn(line, "\n");

	while (joins && *end && end > line && end[-1] == '\\') {
		end[-1] = ' ';
		*end = ' ';
		(*number)++;
		end += strcspn(end, "\n");
	}
	return end;
}

void ini_each(char *text, bool joins, void (*line)(void *ctx, const struct ini_line *line),
	      void *ctx)
{
	struct ini_line found = { .section = "" };
	unsigned int number = 0;

	while (*text) {
		char *begin = text;
		char *end;
		char *equals;

		found.number = ++number;
		end = end_of(begin, joins, &number);
		text = *end ? end + 1 : end;
		*end = '\0';
		begin = trim(begin);
		equals = strchr(begin, '=');
		if (*begin == '[') {
			begin[strcspn(begin, "]")] = '\0';
			found.section = begin + 1;
		} else if (equals && *begin != '#' && *begin != ';') {
			*equals = '\0';
			found.key = trim(begin);
			found.value = trim(equals + 1);
			line(ctx, &found);
		}
	}
}

bool ini_is_true(const char *value)
{
	return strcasecmp(value, "1") == 0 || strcasecmp(value, "yes") == 0 ||
	       strcasecmp(value, "true") == 0 || strcasecmp(value, "on") == 0;
}
