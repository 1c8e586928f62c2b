/* SPDX-License-Identifier: Apache-2.0 */

#include "pskc/xml.h"

#include "core/diag.h"

#include <errno.h>
#include <libxml/parser.h>
#include <string.h>

static char refused; /* its address marks a parser that met a DTD */

static void refuse_doctype(void *ctx, const xmlChar *name, const xmlChar *external,
			   const xmlChar *system)
{
	xmlParserCtxt *parser = ctx;

	(void)name;
	(void)external;
	(void)system;
	parser->_private = &refused;
	xmlStopParser(parser);
}

static void complain(const char *name, const xmlParserCtxt *parser, struct diags *diags)
{
	struct diag_place at = { .file = name, .line = 1, .column = 1 };
	const xmlError *error = &parser->lastError;

	if (parser->_private == &refused) {
		(void)diag_error(diags, &at, -EINVAL,
				 "a DTD is not read; remedy: ask the maker for a file without "
				 "DOCTYPE");
		return;
	}
	at.line = error->line > 0 ? (unsigned int)error->line : 1;
	at.column = error->int2 > 0 ? (unsigned int)error->int2 : 1;
	(void)diag_error(diags, &at, -EINVAL,
			 "no well-formed XML; remedy: take the file from the maker anew");
}

xmlDoc *xml_parse(const char *name, const char *bytes, size_t len, struct diags *diags)
{
	const int options = XML_PARSE_NONET | XML_PARSE_NOCDATA | XML_PARSE_NOERROR |
			    XML_PARSE_NOWARNING | XML_PARSE_BIG_LINES;
	xmlParserCtxt *parser = xmlNewParserCtxt();
	xmlDoc *doc = NULL;

	if (!parser || len > INT32_MAX) {
		(void)diag_error(diags, &(struct diag_place){ name, 1, 1 }, -ENOMEM,
				 "out of memory");
	} else {
		parser->sax->internalSubset = refuse_doctype;
		doc = xmlCtxtReadMemory(parser, bytes, (int)len, NULL, NULL, options);
		if (!doc || parser->_private == &refused || !parser->wellFormed) {
			complain(name, parser, diags);
			xmlFreeDoc(doc);
			doc = NULL;
		}
	}
	xmlFreeParserCtxt(parser);
	return doc;
}

static const xmlNode *first_named(const xmlNode *node, const char *name)
{
	for (; node; node = node->next) {
		if (node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0)
			return node;
	}
	return NULL;
}

const xmlNode *xml_child(const xmlNode *node, const char *name)
{
	return node ? first_named(node->children, name) : NULL;
}

const xmlNode *xml_next(const xmlNode *node, const char *name)
{
	return first_named(node->next, name);
}

static char *trimmed(xmlChar *content)
{
	static const char blanks[] = " \t\r\n";
	const char *text = (const char *)content;
	size_t len;
	char *ret;

	if (!content)
		return strdup("");
	text += strspn(text, blanks);
	len = strlen(text);
	while (len > 0 && strchr(blanks, text[len - 1]))
		len--;
	ret = strndup(text, len);
	explicit_bzero(content, strlen((const char *)content));
	xmlFree(content);
	return ret;
}

char *xml_text(const xmlNode *node)
{
	return trimmed(node ? xmlNodeGetContent(node) : NULL);
}

char *xml_attribute(const xmlNode *node, const char *name)
{
	return trimmed(node ? xmlGetNoNsProp(node, (const xmlChar *)name) : NULL);
}

void xml_text_done(char **text)
{
	if (*text)
		explicit_bzero(*text, strlen(*text));
	free(*text);
}

unsigned int xml_line(const xmlNode *node)
{
	long line = xmlGetLineNo(node);

	return line > 0 ? (unsigned int)line : 1;
}
