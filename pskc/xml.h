/* SPDX-License-Identifier: Apache-2.0 */

/* A tree of elements out of foreign bytes: no DTD, no entity, no network. */

#pragma once

#include "core/cleanup.h"

#include <libxml/tree.h>
#include <stddef.h>

struct diags;

static inline void xml_doc_freep(xmlDoc **doc)
{
	xmlFreeDoc(*doc);
}
#define cleanup_doc cleanup_with(xml_doc_freep)

/* NULL with an error in @diags when it is no well-formed document without a DTD. */
xmlDoc *xml_parse(const char *name, const char *bytes, size_t len, struct diags *diags);

/* The first child element of this local name, whatever its namespace; NULL for none, or of NULL. */
const xmlNode *xml_child(const xmlNode *node, const char *name);

/* The next sibling element of this local name. */
const xmlNode *xml_next(const xmlNode *node, const char *name);

/* Content or attribute without blanks around it, "" when there is none or no memory;
 * xml_text_done() it. */
char *xml_text(const xmlNode *node);
char *xml_attribute(const xmlNode *node, const char *name);

/* Wipes and frees. */
void xml_text_done(char **text);
#define cleanup_xml_text cleanup_with(xml_text_done)

unsigned int xml_line(const xmlNode *node);
