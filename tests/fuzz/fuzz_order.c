/* SPDX-License-Identifier: Apache-2.0 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/err.h"
#include "policy/order.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is accepted names a terminal and two people; nobody's signature is made up. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_diags struct diags diags = { 0 };
	const char *text = (const char *)data;
	char people[ERR_TEXT_MAX];
	struct err err = { 0 };
	struct order order;
	struct note note;
	bool is_note = note_parse(text, size, &note, &err) == 0;

	if (order_load("f", is_note ? note.text : text, is_note ? note.text_len : size, &order,
		       &diags) < 0)
		return 0;
	if (!*order.terminal || order.n_signers < 2 || order.zone == ZONE_UNASSIGNED)
		abort();
	if (is_note && order_check_signatures(&note, &order, people, &err) == 0 && !*people)
		abort();
	return 0;
}
