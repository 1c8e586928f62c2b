/* SPDX-License-Identifier: Apache-2.0 */

/* Zone orders: two people's signatures say what a terminal is called and where it stands. */

#include "cli/commands.h"
#include "cli/options.h"
#include "cli/order_install.h"
#include "cli/policy_file.h"
#include "cli/sign.h"
#include "core/err.h"
#include "core/lang.h"
#include "policy/order.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ORDER_IN_FORCE "/var/lib/sekisho/order"

/* An order's file, read and checked. */
struct order_text {
	char *bytes;
	size_t len;
	struct note note;
	bool is_signed;
	struct order order;
};

static void order_text_done(struct order_text *text)
{
	free(text->bytes);
}
#define cleanup_order_text cleanup_with(order_text_done)

static int read_order(const char *path, struct order_text *ret, struct err *err)
{
	cleanup_diags struct diags diags = { 0 };
	struct policy_file place = { .path = path };
	struct err not_a_note = { 0 };
	const char *text;
	size_t len;
	int rc = read_any_file(path, ORDER_BYTES_MAX, &ret->bytes, &ret->len, err);

	if (rc < 0)
		return rc;
	ret->is_signed = note_parse(ret->bytes, ret->len, &ret->note, &not_a_note) == 0;
	text = ret->bytes;
	len = ret->is_signed ? ret->note.text_len : ret->len;
	if (order_load(path, text, len, &ret->order, &diags) == 0)
		return 0;
	place.bytes = ret->bytes;
	place.len = ret->len;
	policy_file_print(&place, &diags);
	return EXIT_FAILURE;
}

/* Who signed, as far as the order itself names them; the terminal asks its own list. */
static void print_order(const struct order_text *text)
{
	const struct order *order = &text->order;

	printf(tr("terminal %s, order %llu, zone %s\n"), order->terminal,
	       (unsigned long long)order->number, zone_name(order->zone));
	if (*order->reason)
		printf("%s\n", order->reason);
	for (size_t i = 0; i < order->n_users; i++)
		printf("  user %s\n", order->users[i]);
	for (size_t i = 0; i < order->n_signers; i++) {
		const struct order_signer *signer = &order->signers[i];
		bool signs = text->is_signed && note_is_signed_by(&text->note, &signer->key);

		printf("  %-16s %s%s%s%s%s\n", signer->person,
		       signer->may_sign_policies ? "policy " : "",
		       signer->may_sign_orders ? "order " : "",
		       signer->may_sign_registers ? "register " : "",
		       signer->may_sign_permits ? "permit " : "", signs ? tr("SIGNED") : "");
	}
}

static int check(const char *path, struct err *err)
{
	cleanup_order_text struct order_text text = { 0 };
	char people[ERR_TEXT_MAX];
	int rc = read_order(path, &text, err);

	if (rc != 0)
		return rc;
	print_order(&text);
	if (!text.is_signed)
		return err_set(err, -EKEYREJECTED,
			       "nobody has signed it; remedy: sekisho order sign");
	return order_check_signatures(&text.note, &text.order, people, err);
}

static int sign(const char *path, const char *key, const char *output, struct err *err)
{
	cleanup_order_text struct order_text text = { 0 };
	cleanup_free char *beside = NULL;
	int rc = read_order(path, &text, err);

	if (rc != 0)
		return rc;
	if (!output && asprintf(&beside, "%s%s", path, text.is_signed ? "" : ".signed") < 0)
		return err_set(err, -ENOMEM, "out of memory");
	if (!output)
		output = beside;
	if (!text.is_signed)
		return sign_text(text.bytes, text.len, NULL, 0, key, output, err);
	return sign_text(text.note.text, text.note.text_len, text.bytes, text.len, key, output,
			 err);
}

static int show(struct err *err)
{
	cleanup_order_text struct order_text text = { 0 };
	int rc = read_order(ORDER_IN_FORCE, &text, err);

	if (rc == -ENOENT)
		return err_set(err, rc, "this terminal has no order yet: it is not enrolled");
	if (rc == 0)
		print_order(&text);
	return rc;
}

static int install(const char *path, struct err *err)
{
	cleanup_order_text struct order_text text = { 0 };
	int rc;

	if (geteuid() != 0)
		return err_set(err, -EPERM,
			       "only root may do this; remedy: sudo sekisho order install FILE");
	rc = read_order(path, &text, err);
	if (rc == 0)
		rc = order_install(text.bytes, text.len, err);
	if (rc == 0)
		printf(tr("terminal %s stands in zone %s now\n"), text.order.terminal,
		       zone_name(text.order.zone));
	return rc;
}

static void print_usage(FILE *out)
{
	fputs(tr("Usage: sekisho order check FILE\n"
		 "       sekisho order sign FILE --key KEY-FILE [--output FILE]\n"
		 "       sekisho order install FILE\n"
		 "       sekisho order show\n\n"
		 "An order names a terminal, its zone, and whose signatures count there.  Two\n"
		 "people sign it, one after the other; sekisho(1) shows one.\n"),
	      out);
}

int cmd_order(int argc, char *argv[], struct err *err)
{
	static const struct option options[] = {
		{ "key", required_argument, NULL, 'k' },
		{ "output", required_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	const char *output = NULL;
	const char *key = NULL;
	int option;

	while ((option = option_next(argc, argv, "", options)) >= 0) {
		if (option != 'k' && option != 'o')
			return options_usage(option == 'h', print_usage);
		*(option == 'k' ? &key : &output) = optarg;
	}
	argv += optind;
	argc -= optind;
	if (argc == 2 && strcmp(argv[0], "sign") == 0 && key &&
	    (output || strcmp(argv[1], "-") != 0))
		return sign(argv[1], key, output, err);
	if (argc == 2 && strcmp(argv[0], "check") == 0 && !key && !output)
		return check(argv[1], err);
	if (argc == 2 && strcmp(argv[0], "install") == 0 && !key && !output)
		return install(argv[1], err);
	if (argc == 1 && strcmp(argv[0], "show") == 0 && !key && !output)
		return show(err);
	return options_usage(-EINVAL, print_usage);
}
