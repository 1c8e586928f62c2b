/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/prompt.h"

#include "core/err.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

int prompt_line(const char *question, char *out, size_t size, struct err *err)
{
	size_t len;

	fputs(question, stdout);
	(void)fflush(stdout);
	if (!fgets(out, (int)size, stdin))
		return err_set(err, -ENODATA, "no answer was given");
	len = strlen(out);
	if (len == 0 || out[len - 1] != '\n')
		return err_set(err, -E2BIG, "the answer is too long");
	out[len - 1] = '\0';
	return 0;
}

static struct termios shown; /* how the terminal was */

static void show_again(int number)
{
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
	(void)signal(number, SIG_DFL);
	(void)raise(number);
}

/* Byte by byte: no buffer of stdio keeps a copy. */
static int read_line(char *out, size_t size, struct err *err)
{
	size_t len = 0;
	char c;
	ssize_t n;

	while ((n = read(STDIN_FILENO, &c, 1)) == 1 && c != '\n') {
		if (len + 1 == size)
			return err_set(err, -E2BIG, "the answer is too long");
		out[len++] = c;
	}
	if (n != 1 && len == 0)
		return err_set(err, -ENODATA, "no answer was given");
	out[len] = '\0';
	return 0;
}

int prompt_secret(const char *question, char *out, size_t size, struct err *err)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct termios hidden;
	int rc;

	if (tcgetattr(STDIN_FILENO, &shown) < 0)
		return read_line(out, size, err);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		(void)signal(numbers[i], show_again);
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
	fputs(question, stderr);
	rc = read_line(out, size, err);
	fputc('\n', stderr);
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		(void)signal(numbers[i], SIG_DFL);
	return rc;
}
