/* SPDX-License-Identifier: Apache-2.0 */

#include "mfa/drift.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void drift_note(struct drift *drift, const char *user, int64_t at_s, int32_t offset_s)
{
	struct drift_sample *place = &drift->samples[0];

	for (size_t i = 0; i < DRIFT_SAMPLES_MAX; i++) {
		struct drift_sample *sample = &drift->samples[i];

		if (strcmp(sample->user, user) == 0) {
			place = sample;
			break;
		}
		if (*place->user && (!*sample->user || sample->at_s < place->at_s))
			place = sample;
	}
	(void)snprintf(place->user, sizeof(place->user), "%s", user);
	place->at_s = at_s;
	place->offset_s = offset_s;
}

void drift_forget(struct drift *drift, const char *user)
{
	for (size_t i = 0; i < DRIFT_SAMPLES_MAX; i++) {
		if (strcmp(drift->samples[i].user, user) == 0)
			drift->samples[i] = (struct drift_sample){ 0 };
	}
}

static int by_size(const void *a, const void *b)
{
	const int32_t *one = a, *two = b;

	return (*one > *two) - (*one < *two);
}

uint32_t drift_estimate(const struct drift *drift, int32_t *ret_s)
{
	int32_t offsets[DRIFT_SAMPLES_MAX];
	int64_t newest_s = INT64_MIN;
	uint32_t n = 0;

	for (size_t i = 0; i < DRIFT_SAMPLES_MAX; i++) {
		if (*drift->samples[i].user && drift->samples[i].at_s > newest_s)
			newest_s = drift->samples[i].at_s;
	}
	for (size_t i = 0; i < DRIFT_SAMPLES_MAX; i++) {
		const struct drift_sample *sample = &drift->samples[i];

		if (*sample->user && sample->at_s >= newest_s - DRIFT_RECENT_S)
			offsets[n++] = sample->offset_s;
	}
	if (n < DRIFT_USERS_MIN)
		return 0;
	qsort(offsets, n, sizeof(offsets[0]), by_size);
	/* Of two in the middle the one nearer to 0: half of the people is no majority. */
	*ret_s = n % 2 == 1 || abs(offsets[n / 2]) < abs(offsets[n / 2 - 1]) ? offsets[n / 2]
									     : offsets[n / 2 - 1];
	return n;
}
