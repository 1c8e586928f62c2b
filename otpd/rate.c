/* SPDX-License-Identifier: Apache-2.0 */

#include "otpd/rate.h"

#include <stddef.h>

static struct rate *find(struct rates *rates, uid_t uid, int64_t now_us)
{
	struct rate *place = &rates->users[0];

	for (size_t i = 0; i < RATE_USERS_MAX; i++) {
		struct rate *rate = &rates->users[i];

		if (rate->uid == uid)
			return rate;
		if (place->uid != 0 && (rate->uid == 0 || rate->since_us < place->since_us))
			place = rate;
	}
	*place = (struct rate){ .uid = uid, .left = rates->limits.burst, .since_us = now_us };
	return place;
}

bool rate_admit(struct rates *rates, uid_t uid, int64_t now_us)
{
	const struct rate_limits *limits = &rates->limits;
	struct rate *rate;
	int64_t earned;

	if (uid == 0)
		return true;
	rate = find(rates, uid, now_us);
	earned = (now_us - rate->since_us) / limits->each_us;
	if (earned >= limits->burst - (int64_t)rate->left) {
		rate->left = limits->burst;
		rate->since_us = now_us;
	} else {
		rate->left += (uint32_t)earned;
		rate->since_us += earned * limits->each_us;
	}
	if (rate->left == 0)
		return false;
	rate->left--;
	return true;
}
