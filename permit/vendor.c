/* SPDX-License-Identifier: Apache-2.0 */

/* What a company brings in for a day: told from others, and checked against what was to come. */

#include "core/err.h"
#include "core/sums.h"
#include "permit/internal.h"

#include <stdio.h>
#include <string.h>

#define DAY_MINUTES ((policy_minute)24 * 60)
#define LOWER_HEX "0123456789abcdef"

static int check_named(const struct permit *permit, struct err *err)
{
	if (*permit->company && *permit->contract && *permit->worker)
		return 0;
	return err_set(err, -EINVAL,
		       "what a company brings in has company, contract and worker; remedy: name "
		       "all three");
}

static bool is_usb_id(const char *text)
{
	return strspn(text, LOWER_HEX) == 4 && text[4] == ':' && strspn(text + 5, LOWER_HEX) == 4 &&
	       text[9] == '\0';
}

static int check_identity(const struct permit *permit, struct err *err)
{
	if (!is_usb_id(permit->usb))
		return err_set(err, -EINVAL,
			       "'%s' is no vendor and product id; remedy: usb 0951:1666",
			       permit->usb);
	if (*permit->serial == '\0' || policy_serial_is_weak(permit->serial))
		return err_set(err, -EINVAL,
			       "the medium's serial number '%s' does not tell it from others; "
			       "remedy: have it brought on another medium",
			       permit->serial);
	return 0;
}

static int check_expected(const struct permit *permit, struct err *err)
{
	const char *at = permit->expected;

	while (*at) {
		size_t n = strcspn(at, " ");

		if (n != PERMIT_HASH_HEX || strspn(at, LOWER_HEX) != n)
			return err_set(err, -EINVAL,
				       "'%.*s' is no SHA-256; remedy: %d digits of 0-9 and a-f, as "
				       "sha256sum prints them",
				       (int)n, at, PERMIT_HASH_HEX);
		at += n + (at[n] == ' ');
	}
	return 0;
}

static int check_day(const struct permit *permit, struct err *err)
{
	if (permit->until <= (permit->from / DAY_MINUTES + 1) * DAY_MINUTES)
		return 0;
	return err_set(err, -ERANGE,
		       "what a company brings in is permitted for one day; remedy: an until on the "
		       "day of from, and another permit for the next");
}

static int check_none(const struct permit *permit, struct err *err)
{
	if (*permit->usb == '\0' && *permit->serial == '\0' && *permit->scan == '\0' &&
	    *permit->expected == '\0')
		return 0;
	return err_set(err, -EINVAL,
		       "usb, serial, scan and expected are of what a company brings in; remedy: "
		       "access vendor, or delete them");
}

int permit_check_vendor(const struct permit *permit, struct err *err)
{
	int rc;

	if (!permit_is_vendor(permit))
		return check_none(permit, err);
	if (strcmp(permit->medium, permit->number) != 0)
		return err_set(err, -EINVAL,
			       "what a company brings in has the number of its permit; remedy: "
			       "medium %s",
			       permit->number);
	rc = check_named(permit, err);
	if (rc == 0)
		rc = check_identity(permit, err);
	if (rc == 0)
		rc = check_expected(permit, err);
	return rc == 0 ? check_day(permit, err) : rc;
}

uint32_t permit_expected(const struct permit *permit,
			 uint8_t ret[static PERMIT_EXPECTED_MAX][SUMS_HASH_SIZE])
{
	char copy[sizeof(permit->expected)];
	char *rest = copy;
	uint32_t n = 0;

	strcpy(copy, permit->expected);
	for (const char *word; n < PERMIT_EXPECTED_MAX && (word = strsep(&rest, " "));)
		n += sums_hash(word, ret[n]);
	return n;
}

bool permit_fits(const struct permit *permit, const struct policy_device *device)
{
	char usb[sizeof(permit->usb)];

	if (!permit_is_vendor(permit) || device->bus != BUS_USB ||
	    (device->classes & CLASS_STORAGE) == 0)
		return false;
	(void)snprintf(usb, sizeof(usb), "%04x:%04x", device->vid, device->pid);
	return strcmp(permit->usb, usb) == 0 && strcmp(permit->serial, device->serial) == 0;
}
