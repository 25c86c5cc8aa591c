/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/common/metadata.h"

#include <string.h>

#include "xml/xml.h"

bool
metadata_check (const MetadataKind *kind, const MetadataChange *change, GError **error)
{
  switch (change->type)
    {
    case VIR_DOMAIN_METADATA_TITLE:
      if (change->text != NULL && strchr (change->text, '\n') != NULL)
        return fail (error, kind->arguments, VIR_ERR_INVALID_ARG, "the title of a %s is one line", kind->noun);
      G_GNUC_FALLTHROUGH;
    case VIR_DOMAIN_METADATA_DESCRIPTION:
      if (change->uri != NULL || change->key != NULL)
        return fail (error, kind->arguments, VIR_ERR_INVALID_ARG, "a title or description has no key and no namespace");
      return true;
    case VIR_DOMAIN_METADATA_ELEMENT:
      if (change->uri == NULL)
        return fail (error, kind->arguments, VIR_ERR_INVALID_ARG, "metadata needs the URI of its namespace");
      if (change->text != NULL && change->key == NULL)
        return fail (error, kind->arguments, VIR_ERR_INVALID_ARG, "metadata needs a key, the prefix of its namespace");
      return true;
    default:
      return fail (error, kind->from, VIR_ERR_INVALID_ARG, "unknown metadata type %d", change->type);
    }
}

/* --- setting ---------------------------------------------------------------------------------- */

static void
set_text (char **text, const char *value)
{
  g_free (*text);
  *text = value != NULL && *value != '\0' ? g_strdup (value) : NULL;
}

/* Puts the element into the document in place of what is there of its namespace. */
static bool
set_element (XmlForeigns *elements, const MetadataChange *change, GError **error)
{
  XmlForeign *element = NULL;

  if (change->text != NULL && (element = xml_foreign_parse (change->text, change->uri, change->key, error)) == NULL)
    return false;
  for (unsigned int i = elements->n; i-- > 0;)
    if (g_strcmp0 (elements->items[i]->uri, change->uri) == 0)
      xml_foreign_free (xml_list_steal (elements, i));
  if (element != NULL)
    xml_list_append (elements, element);
  return true;
}

bool
metadata_set (const MetadataKind *kind, Metadata metadata, const MetadataChange *change, GError **error)
{
  g_autoptr (GError) mistake = NULL;

  if (change->type == VIR_DOMAIN_METADATA_DESCRIPTION)
    set_text (metadata.description, change->text);
  else if (change->type == VIR_DOMAIN_METADATA_TITLE)
    set_text (metadata.title, change->text);
  else if (!set_element (metadata.elements, change, &mistake))
    return fail (error, kind->from, virt_error_code (mistake), "%s", mistake->message);
  return true;
}

/* --- getting ---------------------------------------------------------------------------------- */

static bool
is_in (const xmlNs *ns, const char *uri)
{
  return ns != NULL && strcmp ((const char *) ns->href, uri) == 0;
}

/* Takes @node, those after it and all below them out of the namespace @uri. */
static void
leave_namespace (xmlNode *node, const char *uri)
{
  for (; node != NULL; node = node->next)
    {
      if (node->type != XML_ELEMENT_NODE)
        continue;
      if (is_in (node->ns, uri))
        node->ns = NULL;
      for (xmlAttr *attr = node->properties; attr != NULL; attr = attr->next)
        if (is_in (attr->ns, uri))
          attr->ns = NULL;
      leave_namespace (node->children, uri);
    }
}

static void
drop_declaration (xmlNode *node, const char *uri)
{
  for (xmlNs **at = &node->nsDef; *at != NULL;)
    {
      xmlNs *ns = *at;

      if (!is_in (ns, uri))
        {
          at = &ns->next;
          continue;
        }
      *at = ns->next;
      ns->next = NULL;
      xmlFreeNs (ns);
    }
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (xmlDoc, xmlFreeDoc)

/* The element as its owner wrote it: the namespace is only our way to keep it apart. */
static char *
without_namespace (const XmlForeign *metadata)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (xmlDoc) doc = NULL;
  xmlBuffer *buffer = xmlBufferCreate ();
  xmlNode *root;
  char *result;

  xml_foreign_append (metadata, 0, text);
  doc = xmlReadMemory (text->str, (int) text->len, "metadata", NULL, XML_PARSE_NONET | XML_PARSE_NOERROR);
  root = doc != NULL ? xmlDocGetRootElement (doc) : NULL;
  if (root != NULL)
    {
      leave_namespace (root, metadata->uri);
      drop_declaration (root, metadata->uri);
      xmlNodeDump (buffer, doc, root, 0, 0);
    }
  result = g_strdup ((const char *) xmlBufferContent (buffer));
  xmlBufferFree (buffer);
  return result;
}

static char *
get_element (const XmlForeigns *elements, const char *uri)
{
  for (unsigned int i = 0; i < elements->n; i++)
    if (g_strcmp0 (elements->items[i]->uri, uri) == 0)
      return without_namespace (elements->items[i]);
  return NULL;
}

char *
metadata_get (const MetadataKind *kind, Metadata metadata, const char *name, int type, const char *uri, GError **error)
{
  char *text;

  if (type == VIR_DOMAIN_METADATA_DESCRIPTION)
    text = g_strdup (*metadata.description);
  else if (type == VIR_DOMAIN_METADATA_TITLE)
    text = g_strdup (*metadata.title);
  else if (type != VIR_DOMAIN_METADATA_ELEMENT)
    return fail_null (error, kind->from, VIR_ERR_INVALID_ARG, "unknown metadata type %d", type);
  else if (uri == NULL)
    return fail_null (error, kind->arguments, VIR_ERR_INVALID_ARG, "metadata needs the URI of its namespace");
  else
    text = get_element (metadata.elements, uri);
  if (text == NULL)
    return fail_null (error, kind->from, kind->missing, "%s '%s' has no such metadata%s%s", kind->noun, name,
                      uri != NULL ? ": " : "", uri != NULL ? uri : "");
  return text;
}
