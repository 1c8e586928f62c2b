/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The register of media with MEDIA entries: loading it, and one look at a device.
 *
 *   ledger_engine MEDIA LOOKS
 *
 * Prints "load_ms known_us unknown_us": processor time.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/err.h"
#include "ledger/ledger.h"

static double processor_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static char *text_of(unsigned long n, size_t *ret_len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, ret_len);

	if (!out)
		exit(1);
	(void)fputs("section tax {\n}\n", out);
	for (unsigned long i = 0; i < n; i++)
		(void)fprintf(out,
			      "medium T-%08lu {\n    usb 0951:1666\n    serial SN%08lu\n"
			      "    filesystem 6f1b2c3d-%08lu\n    section tax\n    zone lgwan\n}\n",
			      i, i, i);
	(void)fclose(out);
	return text;
}

/* Another device each time, so that no cache remembers the answer. */
static double look_us(const struct ledger *ledger, unsigned long first, unsigned long times,
		      enum ledger_match expected)
{
	struct policy_device device = {
		.bus = BUS_USB, .vid = 0x0951, .pid = 0x1666, .medium = MEDIUM_PLAIN
	};
	const struct ledger_medium *medium;
	double spent = 0;

	for (unsigned long i = 0; i < times; i++) {
		unsigned long number = first + i * 7919 % ledger->n_media;
		double begun;

		(void)snprintf(device.serial, sizeof(device.serial), "SN%08lu", number);
		(void)snprintf(device.filesystem, sizeof(device.filesystem), "6f1b2c3d-%08lu",
			       number);
		begun = processor_us();
		if (ledger_identify(ledger, &device, &medium) != expected)
			exit(1);
		spent += processor_us() - begun;
	}
	return spent / (double)times;
}

int main(int argc, char *argv[])
{
	cleanup_ledger struct ledger *ledger = NULL;
	cleanup_diags struct diags diags = { 0 };
	cleanup_free char *text = NULL;
	unsigned long n, looks;
	size_t len = 0;
	double begun;

	if (argc != 3)
		return 2;
	n = strtoul(argv[1], NULL, 10);
	looks = strtoul(argv[2], NULL, 10);
	text = text_of(n, &len);
	begun = processor_us();
	if (ledger_load("bench", text, len, NULL, &ledger, &diags) < 0)
		return 1;
	printf("%.1f", (processor_us() - begun) / 1e3);
	printf(" %.2f", look_us(ledger, 0, looks, LEDGER_IDENTIFIED));
	printf(" %.2f\n", look_us(ledger, n, looks, LEDGER_UNKNOWN));
	return 0;
}
