/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* foreign.c: elements of other namespaces, kept as text.
 *
 * The text is what libxml2 writes for the element; where it breaks a line to
 * indent, vertical tabs (which no XML can hold) count the steps, so that the
 * text can be put at any depth while line breaks inside texts stay as they are. */
#include "xml/libxml.h"
#include "xml/private.h"

/* Whether the namespaces of @node and all in it can be written: libxml2 writes them as they are. */
static bool
check_namespaces (const xmlNode *node, GError **error)
{
  for (const xmlNs *ns = node->nsDef; ns != NULL; ns = ns->next)
    if (ns->href != NULL && strpbrk ((const char *) ns->href, "<&") != NULL)
      return xml_fail (NULL, VIR_FROM_XML, VIR_ERR_XML_ERROR, error, "the namespace '%.200s' of <%s> is no URI", ns->href, node->name);
  for (const xmlNode *child = node->children; child != NULL; child = child->next)
    if (child->type == XML_ELEMENT_NODE && !check_namespaces (child, error))
      return false;
  return true;
}

XmlForeign *
foreign_from_node (xmlNode *node, GError **error)
{
  /* The copy carries the namespaces that were declared further up. */
  xmlNode *copy = xmlDocCopyNode (node, node->doc, 1);
  xmlBuffer *buffer = xmlBufferCreate ();
  XmlForeign *foreign = g_new0 (XmlForeign, 1);
  const char *old_step = xmlTreeIndentString;
  int old_indent = xmlIndentTreeOutput;

  if (copy == NULL || buffer == NULL)
    g_error ("out of memory");
  if (!check_namespaces (copy, error))
    {
      g_free (foreign);
      xmlBufferFree (buffer);
      xmlFreeNode (copy);
      return NULL;
    }
  xmlTreeIndentString = "\v";
  xmlIndentTreeOutput = 1;
  xmlNodeDump (buffer, node->doc, copy, 1, 1);
  xmlTreeIndentString = old_step;
  xmlIndentTreeOutput = old_indent;

  foreign->xml = g_strdup ((const char *) xmlBufferContent (buffer));
  if (copy->ns != NULL)
    {
      foreign->uri = g_strdup ((const char *) copy->ns->href);
      foreign->prefix = g_strdup ((const char *) copy->ns->prefix);
    }
  xmlBufferFree (buffer);
  xmlFreeNode (copy);
  return foreign;
}

void
xml_foreign_free (XmlForeign *foreign)
{
  if (foreign == NULL)
    return;
  g_free (foreign->uri);
  g_free (foreign->prefix);
  g_free (foreign->xml);
  g_free (foreign);
}

void
xml_foreign_append (const XmlForeign *foreign, unsigned int indent, GString *out)
{
  for (const char *at = foreign->xml; *at != '\0';)
    {
      size_t plain = strcspn (at, "\v");
      size_t steps = strspn (at + plain, "\v");

      g_string_append_len (out, at, plain);
      if (steps > 0)
        g_string_append_printf (out, "%*s", (int) (indent + 2 * (steps - 1)), "");
      at += plain + steps;
    }
}

XmlForeign *
xml_foreign_parse (const char *text, const char *uri, const char *prefix, GError **error)
{
  xmlDoc *document = document_read (text, strlen (text), VIR_FROM_XML, error);
  XmlForeign *foreign;
  xmlNode *root;

  if (document == NULL)
    return NULL;
  root = xmlDocGetRootElement (document);
  if (uri != NULL)
    xmlSetNs (root, xmlNewNs (root, (const xmlChar *) uri, (const xmlChar *) prefix));
  foreign = foreign_from_node (root, error);
  xmlFreeDoc (document);
  return foreign;
}
