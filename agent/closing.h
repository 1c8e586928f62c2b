/* SPDX-License-Identifier: Apache-2.0 */

/* The closing half of the judge: it waits for no log. */

#pragma once

#include "agent/judge.h"

bool closing_is_open(const struct attached_device *device,
		     const struct attached_interface *interface);

/* Shut one interface, where the terminal is set up. */
void closing_shut(struct judge *judge, const struct attached_device *device,
		  const struct attached_interface *interface);

/* The entry that an interface was found open which should be shut, and not by an agent. */
void closing_report_open(struct judge *judge, const struct attached_device *device,
			 const struct attached_interface *interface);

/* Take the authorisation of a whole USB device away, for the static rules too. */
void closing_deny(struct judge *judge, struct attached_device *device);

/* What a rule blocks: shut where it is open, denied where the static rules would open it again. */
void closing_shut_blocked(struct judge *judge, struct attached_device *device,
			  struct attached_interface *interface);
