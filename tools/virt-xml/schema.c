/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "schema.h"

#include <glib.h>
#include <libxml/relaxng.h>

static void
discard (void *data, const char *format, ...)
{
}

static void
keep_first (void *data, xmlError *error)
{
  char **first = data;

  if (*first == NULL && error->message != NULL)
    *first = g_strdup_printf ("at line %d: %s", error->line, g_strchomp (error->message));
}

SchemaVerdict
schema_check (const char *path, const char *text, size_t length, char **ret_message)
{
  xmlRelaxNGParserCtxt *parser = xmlRelaxNGNewParserCtxt (path);
  xmlRelaxNGValidCtxt *validator = NULL;
  xmlRelaxNG *schema;
  xmlDoc *document;
  int result = -1;

  xmlRelaxNGSetParserErrors (parser, discard, discard, NULL);
  schema = xmlRelaxNGParse (parser);
  xmlRelaxNGFreeParserCtxt (parser);
  if (schema == NULL)
    return SCHEMA_MISSING;
  document = xmlReadMemory (text, (int) length, NULL, NULL, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
  if (document != NULL)
    {
      validator = xmlRelaxNGNewValidCtxt (schema);
      xmlRelaxNGSetValidStructuredErrors (validator, (xmlStructuredErrorFunc) keep_first, ret_message);
      result = xmlRelaxNGValidateDoc (validator, document);
      xmlRelaxNGFreeValidCtxt (validator);
      xmlFreeDoc (document);
    }
  xmlRelaxNGFree (schema);
  return result == 0 ? SCHEMA_VALID : SCHEMA_INVALID;
}
