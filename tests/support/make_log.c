/* SPDX-License-Identifier: Apache-2.0 */

/* Writes a log of any size into a folder, for benches: make_log DIR ENTRIES PER-COMMIT PER-EPOCH.
 */

#include "support/log_maker.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define SEGMENT_MAX (16 * 1024 * 1024) /* as sekisho-logd has it */

int main(int argc, char *argv[])
{
	struct log_maker_options options = { .terminal = "bench",
					     .seed = 1,
					     .segment_max = SEGMENT_MAX };
	cleanup_log_maker struct log_maker *maker = NULL;
	uint64_t n_entries, per_commit, per_epoch;

	if (argc < 5 || argc > 6) {
		fputs("Usage: make_log DIR ENTRIES PER-COMMIT PER-EPOCH [SEGMENT-BYTES]\n", stderr);
		return 2;
	}
	options.dir = argv[1];
	n_entries = strtoull(argv[2], NULL, 10);
	per_commit = strtoull(argv[3], NULL, 10);
	per_epoch = strtoull(argv[4], NULL, 10);
	if (argc > 5)
		options.segment_max = strtoull(argv[5], NULL, 10);
	(void)mkdir(argv[1], 0755);
	maker = log_maker_new(&options);
	if (!maker || per_commit == 0 || per_epoch == 0)
		return 1;
	for (uint64_t i = 1; i <= n_entries; i++) {
		if (i % per_epoch == 0) {
			log_maker_epoch(maker, "time");
		} else {
			log_maker_add(maker, NULL, NULL, 0);
			if (i % per_commit == 0 || i == n_entries)
				log_maker_commit(maker);
		}
	}
	return log_maker_finish(maker) ? 0 : 1;
}
