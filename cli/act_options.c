/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/act_options.h"

#include "cli/act_hashes.h"
#include "cli/moment.h"
#include "cli/options.h"
#include "cli/people.h"
#include "core/err.h"
#include "core/parse.h"
#include "core/text.h"
#include "ipc/client.h"
#include "ipc/pairs.h"

#include <errno.h>
#include <string.h>

#define HELP ACT_OPTIONS_MAX

struct given {
	const struct act_option *options;
	char values[ACT_OPTIONS_MAX][IPC_TEXT_MAX]; /* "": not given */
};

static int take_moment(char out[IPC_TEXT_MAX], const char *text, enum act_value side,
		       struct err *err)
{
	policy_minute minute;
	int rc = moment_parse(text, side == ACT_FROM ? LOG_TIME_SINCE : LOG_TIME_UNTIL, &minute,
			      err);

	if (rc < 0)
		return -EDOM;
	if (side == ACT_FROM)
		policy_minute_stamp(minute, out);
	else
		moment_print(minute, out);
	return 0;
}

static int take_words(char out[IPC_TEXT_MAX], const char *typed)
{
	char text[LOG_TIME_TEXT_MAX];
	size_t len = strlen(out);
	int n = snprintf(out + len, IPC_TEXT_MAX - len, "%s%s", len > 0 ? " " : "",
			 log_time_half_width(typed, text));

	if (n < 0 || (size_t)n >= IPC_TEXT_MAX - len)
		return -E2BIG;
	for (char *at = out; *at; at++)
		*at = *at == ',' ? ' ' : *at;
	return 0;
}

static int take_text(char out[IPC_TEXT_MAX], const char *text)
{
	if (strlen(text) >= IPC_TEXT_MAX)
		return -E2BIG;
	strcpy(out, text);
	return 0;
}

/* What an input method left in full width is meant in half width. */
static int take_word(char out[IPC_TEXT_MAX], const char *text)
{
	char half[LOG_TIME_TEXT_MAX];

	if (strlen(text) >= sizeof(half))
		return -E2BIG;
	return take_text(out, log_time_half_width(text, half));
}

static int take_number(char out[IPC_TEXT_MAX], const char *text, struct err *err)
{
	uint64_t number;

	if (take_word(out, text) < 0 || parse_u64(out, UINT32_MAX, &number, err) < 0)
		return err_set(err, -EDOM, "'%s' is no number", text);
	return 0;
}

static int take_value(struct given *given, size_t i, const char *text, struct err *err)
{
	const struct act_option *option = &given->options[i];
	char *out = given->values[i];
	int rc = 0;

	if (option->value == ACT_FLAG)
		text = option->flag;
	if (!*text || !text_is_utf8(text, strlen(text)))
		return err_set(err, -EDOM, "--%s needs a text", option->name);
	switch (option->value) {
	case ACT_FROM:
	case ACT_UNTIL:
		return take_moment(out, text, option->value, err);
	case ACT_WORDS:
		rc = take_words(out, text);
		break;
	case ACT_WORD:
		rc = take_word(out, text);
		break;
	case ACT_NUMBER:
		return take_number(out, text, err);
	case ACT_HASHES:
		return act_hashes_take(out, IPC_TEXT_MAX, text, err) < 0 ? -EDOM : 0;
	case ACT_TEXT:
	case ACT_FLAG:
	case ACT_PERSON:
	case ACT_ISSUER:
		rc = take_text(out, text);
		break;
	}
	return rc < 0 ? err_set(err, -EDOM, "--%s is longer than %d bytes; remedy: say it shorter",
				option->name, IPC_TEXT_MAX - 1)
		      : 0;
}

static int read_given(int argc, char *argv[], struct given *given, struct err *err)
{
	struct option options[ACT_OPTIONS_MAX + 2] = { 0 };
	int option;
	int n = 0;

	for (; given->options[n].name; n++)
		options[n] = (struct option){ .name = given->options[n].name,
					      .has_arg = given->options[n].value == ACT_FLAG
								 ? no_argument
								 : required_argument,
					      .val = n + 1 };
	options[n] = (struct option){ .name = "help", .val = HELP + 1 };
	optind = 1;
	while ((option = option_next(argc, argv, "", options)) >= 0) {
		int rc;

		if (option == HELP + 1)
			return 1;
		if (option < 1 || option > n)
			return -EINVAL;
		rc = take_value(given, (size_t)option - 1, optarg, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* Nothing of it is left out or cut because there is too much. */
static int add_field(struct ipc_agent_act *act, const char *key, const char *value, struct err *err)
{
	pairs_add(act->fields, sizeof(act->fields), &act->fields_len, key, value);
	if (strcmp(act_options_get(act, key), value) != 0)
		return err_set(err, -EDOM, "that is too much text at once; remedy: say it shorter");
	return 0;
}

static int add_given(const struct given *given, struct ipc_agent_act *act, struct err *err)
{
	for (size_t i = 0; given->options[i].name; i++) {
		const struct act_option *option = &given->options[i];
		const char *value = given->values[i];
		int rc = 0;

		if (option->required && !*value)
			return err_set(err, -EDOM, "--%s is missing; remedy: see --help",
				       option->name);
		if (option->value == ACT_PERSON && *value)
			rc = people_take_name(act->approver.name, value, err);
		else if (option->value == ACT_ISSUER && *value)
			rc = people_take_name(act->issuer.name, value, err);
		else if (option->key)
			rc = add_field(act, option->key, value, err);
		if (rc < 0)
			return -EDOM;
	}
	return 0;
}

int act_options_read(int argc, char *argv[], const char *type, const struct act_option *options,
		     const char *word_key, struct ipc_agent_act *ret, struct err *err)
{
	struct given given = { .options = options };
	char word[IPC_TEXT_MAX];
	int rc = read_given(argc, argv, &given, err);

	if (rc != 0)
		return rc;
	if (argc - optind != (word_key ? 1 : 0))
		return -EINVAL;
	*ret = (struct ipc_agent_act){ .header = ipc_header(IPC_AGENT_ACT) };
	(void)snprintf(ret->act, sizeof(ret->act), "%s", type);
	if (word_key) {
		if (take_word(word, argv[optind]) < 0 || !*word)
			return err_set(err, -EDOM, "'%s' is no number of a medium or permit",
				       argv[optind]);
		pairs_add(ret->fields, sizeof(ret->fields), &ret->fields_len, word_key, word);
	}
	return add_given(&given, ret, err);
}

const char *act_options_get(const struct ipc_agent_act *act, const char *wanted)
{
	return pairs_get(act->fields, act->fields_len, wanted);
}
