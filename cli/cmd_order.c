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

static int sign(const struct sign_words *words, struct err *err)
{
	cleanup_order_text struct order_text text = { 0 };
	int rc = read_order(words->file, &text, err);

	return rc != 0 ? rc
		       : sign_file(text.bytes, text.len, text.is_signed ? &text.note : NULL, words,
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

static int run_sign(int argc, char *argv[], struct err *err)
{
	struct sign_words words;
	int rc = sign_words(argc, argv, &words);

	return rc != 0 ? options_usage(rc, print_usage) : sign(&words, err);
}

int cmd_order(int argc, char *argv[], struct err *err)
{
	const char *what = argc > 1 ? argv[1] : "";
	bool has_file = strcmp(what, "check") == 0 || strcmp(what, "install") == 0;
	int rc;

	if (strcmp(what, "sign") == 0)
		return run_sign(argc - 1, argv + 1, err);
	if (!has_file && strcmp(what, "show") != 0)
		return options_usage(strcmp(what, "--help") == 0, print_usage);
	rc = options_none(argc - 1, argv + 1, has_file);
	if (rc != 0)
		return options_usage(rc, print_usage);
	if (!has_file)
		return show(err);
	return *what == 'c' ? check(argv[optind + 1], err) : install(argv[optind + 1], err);
}
