/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* document.c: text into libxml2's tree, within limits, and errors that say
 * where in it. */
#include "xml/libxml.h"
#include "xml/private.h"

/* A parser keeps its dictionary of names; it is renewed before hostile names
 * could fill it. */
#define PARSER_MAX_NAMES 4096
#define PARSER_OPTIONS (XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOBLANKS | XML_PARSE_COMPACT)

static void
parser_free (void *parser)
{
  xmlFreeParserCtxt (parser);
}

static GPrivate parser_key = G_PRIVATE_INIT (parser_free);

/* A document type could define entities, which no document of ours needs. */
static void
refuse_dtd (void *data, const xmlChar *name, const xmlChar *external_id, const xmlChar *system_id)
{
  xmlParserCtxt *parser = data;

  parser->_private = parser;
  xmlStopParser (parser);
}

static xmlParserCtxt *
parser_get (void)
{
  xmlParserCtxt *parser = g_private_get (&parser_key);

  if (parser != NULL && xmlDictSize (parser->dict) < PARSER_MAX_NAMES)
    return parser;
  parser = xmlNewParserCtxt ();
  if (parser == NULL)
    g_error ("out of memory");
  parser->sax->internalSubset = refuse_dtd;
  g_private_replace (&parser_key, parser);
  return parser;
}

/* The parser's complaint without its newline. */
static bool
fail_malformed (xmlParserCtxt *parser, virErrorDomain from, GError **error)
{
  const xmlError *last = xmlCtxtGetLastError (parser);
  g_autofree char *reason = g_strdup (last != NULL && last->message != NULL ? last->message : "it has no element");

  g_strchomp (reason);
  return fail (error, from, VIR_ERR_XML_DETAIL, "the document is not well-formed XML: at line %d: %s",
               last != NULL ? last->line : 1, reason);
}

xmlDoc *
document_read (const char *text, size_t length, virErrorDomain from, GError **error)
{
  xmlParserCtxt *parser = parser_get ();
  xmlDoc *document;

  if (length > XML_MAX_BYTES)
    return fail_null (error, from, VIR_ERR_XML_DETAIL, "the document has %zu bytes, more than %u", length,
                      XML_MAX_BYTES);
  parser->_private = NULL;
  document = xmlCtxtReadMemory (parser, text, (int) length, NULL, NULL, PARSER_OPTIONS);
  if (parser->_private != NULL)
    fail (error, from, VIR_ERR_XML_DETAIL, "the document has a document type declaration, which is not accepted");
  else if (document == NULL || xmlDocGetRootElement (document) == NULL)
    fail_malformed (parser, from, error);
  else
    return document;
  xmlFreeDoc (document);
  return NULL;
}

/* The position of @node among its siblings of the same name, 0 if it is alone. */
static unsigned int
node_position (const xmlNode *node)
{
  unsigned int position = 1;
  bool alone = true;

  for (const xmlNode *other = node->prev; other != NULL; other = other->prev)
    if (other->type == XML_ELEMENT_NODE && xmlStrEqual (other->name, node->name))
      position++;
  for (const xmlNode *other = node->next; alone && other != NULL; other = other->next)
    alone = other->type != XML_ELEMENT_NODE || !xmlStrEqual (other->name, node->name);
  return alone && position == 1 ? 0 : position;
}

void
node_path (const xmlNode *node, GString *out)
{
  unsigned int position;

  if (node->parent != NULL && node->parent->type == XML_ELEMENT_NODE)
    {
      node_path (node->parent, out);
      g_string_append_c (out, '/');
    }
  if (node->type == XML_ATTRIBUTE_NODE)
    g_string_append_c (out, '@');
  else if (node->ns != NULL && node->ns->prefix != NULL)
    g_string_append_printf (out, "%s:", node->ns->prefix);
  g_string_append (out, (const char *) node->name);
  position = node->type == XML_ELEMENT_NODE ? node_position (node) : 0;
  if (position > 0)
    g_string_append_printf (out, "[%u]", position);
}

bool
xml_fail (const xmlNode *node, virErrorDomain from, virErrorNumber code, GError **error, const char *format, ...)
{
  g_autoptr (GString) path = g_string_new (NULL);
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  if (node == NULL)
    return fail (error, from, code, "%s", message);
  node_path (node, path);
  return fail (error, from, code, "%s at line %ld: %s", path->str,
               xmlGetLineNo (node->type == XML_ATTRIBUTE_NODE ? node->parent : node), message);
}

char *
field_words (const XmlField *field)
{
  const char *at = strrchr (field->path, '@');

  return at != NULL ? g_strdup_printf ("attribute '%s'", at + 1) : g_strdup ("the text");
}

bool
xml_fail_value (const XmlField *field, const xmlNode *node, const char *text, GError **error)
{
  virErrorDomain from = field->bad != 0 ? field->bad_from : VIR_FROM_XML;
  virErrorNumber code = field->bad != 0 ? field->bad : VIR_ERR_XML_ERROR;
  g_autofree char *where = field_words (field);

  if (field->type == &xml_type_enum)
    {
      const XmlEnum *names = field->aux;
      g_autofree char *list = names->n > 1 ? g_strjoinv (", ", (char **) names->names + 1) : NULL;

      return xml_fail (node, from, code, error, "%s is '%.200s', not one of %s", where, text, list);
    }
  return xml_fail (node, from, code, error, "%s is '%.200s', not %s", where, text, field->type->name);
}
