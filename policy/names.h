/* SPDX-License-Identifier: Apache-2.0 */

/* The words of the language that stand for bits of a set. */

#pragma once

#include <stddef.h>
#include <stdint.h>

struct name {
	uint32_t bit;
	const char *name;
};

struct name_table {
	const struct name *names;
	size_t n;
};

extern const struct name_table names_class;
extern const struct name_table names_bus;
extern const struct name_table names_connect;
extern const struct name_table names_medium;
extern const struct name_table names_zone; /* 1 << enum zone */
extern const struct name_table names_weekday;
extern const struct name_table
	names_permit; /* sets of enum permitted: "read" is also of who may write */

/* 0 for a name that is none. */
uint32_t names_find(const struct name_table *table, const char *name);

/* Every name, as names_join() gives those of @bits. */
const char *names_list(const struct name_table *table, char *out, size_t size);

/* The names of @bits with @separator between, cut to @size.  Return: @out. */
const char *names_join(const struct name_table *table, uint32_t bits, const char *separator,
		       char *out, size_t size);
