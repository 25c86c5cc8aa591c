/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* parse.c: a tree of nodes into structs, driven by the rows.
 *
 * Attributes are looked up row by row, so that the row that selects a case
 * comes before the case. Children are looked at in the document's order and
 * given to every row whose path begins with their name. */
#include "xml/private.h"

static bool parse_rows (XmlReader *reader, xmlNode *node, const XmlField *rows, void *object, GError **error);

unsigned int
xml_reader_flags (const XmlReader *reader)
{
  return reader->flags;
}

/* The node's text; *@hold keeps it alive if it had to be put together. */
static const char *
node_text (xmlNode *node, xmlChar **hold)
{
  if (node->children == NULL)
    return "";
  if (node->children->type == XML_TEXT_NODE && node->children->next == NULL)
    return (const char *) node->children->content;
  *hold = xmlNodeGetContent (node);
  return *hold != NULL ? (const char *) *hold : "";
}

static void
xml_char_free (xmlChar **text)
{
  if (*text != NULL)
    xmlFree (*text);
}
#define xml_char_auto __attribute__ ((cleanup (xml_char_free))) xmlChar

static xmlAttr *
find_attribute (xmlNode *node, const char *name)
{
  for (xmlAttr *attribute = node->properties; attribute != NULL; attribute = attribute->next)
    if (attribute->ns == NULL && strcmp ((const char *) attribute->name, name) == 0)
      return attribute;
  return NULL;
}

const char *
xml_attribute (xmlNode *node, const char *name)
{
  xmlAttr *attribute = find_attribute (node, name);

  if (attribute == NULL)
    return NULL;
  attribute->_private = XML_SEEN;
  if (attribute->children == NULL)
    return "";
  return attribute->children->next == NULL ? (const char *) attribute->children->content : NULL;
}

static const char *
namespace_prefix (const XmlReader *reader, const xmlNode *node)
{
  for (const char *const *pair = reader->namespaces; pair != NULL && *pair != NULL; pair += 2)
    if (strcmp (pair[1], (const char *) node->ns->href) == 0)
      return pair[0];
  return NULL;
}

/* Whether @node has the attribute of "[name=value]". Returns what follows it. */
static const char *
match_predicate (const char *path, xmlNode *node)
{
  const char *equals = strchr (path, '=');
  const char *end = strchr (path, ']');
  g_autofree char *name = g_strndup (path + 1, equals - path - 1);
  const char *value = xml_attribute (node, name);

  if (value == NULL || strlen (value) != (size_t) (end - equals - 1) || strncmp (value, equals + 1, end - equals - 1) != 0)
    return NULL;
  return end + 1;
}

/* The row of an XML_ANY's items that lists the names of elements. */
static const XmlField *
name_row (const XmlField *field)
{
  const XmlSchema *schema = field->aux;

  return field->kind == XML_KIND_LIST && schema->fields[0].path[0] == '%' ? schema->fields : NULL;
}

/* If the first component of @path, of @field, is @node: the rest of the path. */
static const char *
match (const XmlReader *reader, const XmlField *field, const char *path, xmlNode *node)
{
  const char *name = (const char *) node->name;

  if (path[0] == '*')
    return node->ns == NULL && xml_enum_value (name_row (field)->aux, name) != 0 ? path + 1 : NULL;
  if (node->ns != NULL)
    {
      const char *prefix = namespace_prefix (reader, node);
      size_t length = prefix != NULL ? strlen (prefix) : 0;

      if (prefix == NULL || strncmp (path, prefix, length) != 0 || path[length] != ':')
        return NULL;
      path += length + 1;
    }
  while (*name != '\0' && *name == *path)
    {
      name++;
      path++;
    }
  if (*name != '\0')
    return NULL;
  if (*path == '[')
    path = match_predicate (path, node);
  if (path == NULL || *path == '\0')
    return path;
  return *path == '/' ? path + 1 : NULL;
}

static bool
is_repeated (const XmlField *field, const xmlNode *node)
{
  for (const xmlNode *other = node->prev; other != NULL; other = other->prev)
    if (other->name == node->name && other->type == XML_ELEMENT_NODE && other->ns == node->ns)
      return strchr (field->path, '[') == NULL;
  return false;
}

static bool
fail_repeated (const XmlField *field, const xmlNode *node, GError **error)
{
  virErrorDomain from = field->missing != 0 ? field->missing_from : field->bad != 0 ? field->bad_from : VIR_FROM_XML;
  virErrorNumber code = field->missing != 0 ? field->missing : field->bad != 0 ? field->bad : VIR_ERR_XML_ERROR;

  return xml_fail (node, from, code, error, "there may be only one such element");
}

static bool
is_skipped (const XmlReader *reader, const XmlField *field)
{
  return (field->flags & XML_WRITE_ONLY) || ((field->flags & XML_LIVE) && (reader->flags & XML_PARSE_INACTIVE))
         || ((field->flags & XML_STATUS) && !(reader->flags & XML_PARSE_STATUS));
}

/* Notes that the document is not as the rows say, whatever the functions beside them would say. Returns false always. */
static bool
is_against_rows (XmlReader *reader)
{
  reader->is_against_rows = true;
  return false;
}

/* Gives the text to the row's type. */
static bool
parse_value (XmlReader *reader, const XmlField *field, xmlNode *node, const char *text, void *object, GError **error)
{
  bool is_lenient = (field->flags & XML_LENIENT) != 0 && !(reader->flags & XML_PARSE_STRICT);

  return field->type->parse (reader, field, node, text, field_at (object, field), is_lenient ? NULL : error) || is_lenient
         || is_against_rows (reader);
}

static bool
parse_attribute (XmlReader *reader, const XmlField *field, const char *name, xmlNode *node, void *object, GError **error)
{
  xmlAttr *attribute = find_attribute (node, name);
  xml_char_auto *hold = NULL;
  const char *text;

  if (attribute == NULL && (field->flags & XML_BARE))
    *(unsigned int *) field_at (object, field) = 1;
  if (attribute == NULL)
    return true;
  attribute->_private = XML_SEEN;
  if (field->kind == XML_KIND_UNSUPPORTED)
    return xml_fail (node, reader->root->from, VIR_ERR_CONFIG_UNSUPPORTED, error, "attribute '%s' is not supported", name);
  if (field->kind != XML_KIND_SCALAR || is_skipped (reader, field))
    return true;
  text = node_text ((xmlNode *) attribute, &hold);
  return parse_value (reader, field, node, text, object, error);
}

static bool
parse_text (XmlReader *reader, const XmlField *field, xmlNode *node, void *object, GError **error)
{
  xml_char_auto *hold = NULL;
  const char *text = node_text (node, &hold);

  if (*text == '\0' && !(field->flags & XML_ALLOW_EMPTY))
    return true;
  return parse_value (reader, field, node, text, object, error);
}

static bool
parse_object (XmlReader *reader, const XmlSchema *schema, xmlNode *node, void *object, GError **error)
{
  const char *const *above = reader->namespaces;
  bool ok;

  if (schema->namespaces != NULL)
    reader->namespaces = schema->namespaces;
  ok = parse_rows (reader, node, schema->fields, object, error)
       && (schema->finish == NULL || schema->finish (reader, node, object, error));
  reader->namespaces = above;
  return ok;
}

static bool
has_namespace (const XmlList *list, const xmlChar *uri)
{
  for (unsigned int i = 0; i < list->n; i++)
    if (strcmp (((const XmlForeign *) list->items[i])->uri, (const char *) uri) == 0)
      return true;
  return false;
}

/* Only the first element of each namespace is kept. */
static bool
parse_foreign (XmlReader *reader, xmlNode *node, XmlList *list, GError **error)
{
  for (xmlNode *child = node->children; child != NULL; child = child->next)
    {
      if (child->type != XML_ELEMENT_NODE)
        continue;
      child->_private = XML_SEEN_BELOW;
      if (child->ns == NULL || has_namespace (list, child->ns->href))
        continue;
      XmlForeign *foreign = foreign_from_node (child, error);
      if (foreign == NULL)
        return false;
      xml_list_append (list, foreign);
    }
  return true;
}

/* Whether each child of @node has been given to a row. */
static bool
check_closed (const XmlReader *reader, const xmlNode *node, GError **error)
{
  for (const xmlNode *child = node->children; child != NULL; child = child->next)
    if (child->type == XML_ELEMENT_NODE && child->_private == NULL)
      return xml_fail (child, reader->root->from, VIR_ERR_CONFIG_UNSUPPORTED, error, "there is no such element here");
  return true;
}

/* @node is the last component of the row's path. */
static bool
parse_leaf (XmlReader *reader, const XmlField *field, xmlNode *node, void *object, GError **error)
{
  void *at = field_at (object, field);
  const XmlSchema *schema = field->aux;
  void *item;

  switch ((XmlKind) field->kind)
    {
    case XML_KIND_SCALAR:
      return parse_text (reader, field, node, object, error);
    case XML_KIND_FLAG:
      *(bool *) at = true;
      return true;
    case XML_KIND_PART:
      return parse_rows (reader, node, field->aux, at, error)
             && (!(field->flags & XML_CLOSED) || check_closed (reader, node, error));
    case XML_KIND_CHILD:
      if (*(void **) at != NULL)
        return fail_repeated (field, node, error) || is_against_rows (reader);
      *(void **) at = item = xml_new (schema);
      return parse_object (reader, schema, node, item, error);
    case XML_KIND_LIST:
      item = xml_new (schema);
      xml_list_append ((XmlList *) at, item);
      if (name_row (field) != NULL)
        *(unsigned int *) field_at (item, schema->fields) = xml_enum_value (schema->fields->aux, (const char *) node->name);
      return parse_object (reader, schema, node, item, error);
    case XML_KIND_FOREIGN:
      return parse_foreign (reader, node, at, error);
    case XML_KIND_UNSUPPORTED:
      return xml_fail (node, reader->root->from, VIR_ERR_CONFIG_UNSUPPORTED, error, "this element is not supported");
    case XML_KIND_IGNORED:
      node->_private = XML_SEEN_BELOW;
      return true;
    case XML_KIND_CASES: case XML_KIND_NAMESPACE: case XML_KIND_VIEW: case XML_KIND_LINE: case XML_KIND_END:
      break;
    }
  return true;
}

/* @node is a component of the row's path and @rest what follows it. */
static bool
parse_child (XmlReader *reader, const XmlField *field, const char *rest, xmlNode *node, void *object, GError **error)
{
  if (is_skipped (reader, field))
    {
      node->_private = XML_SEEN_BELOW;
      return true;
    }
  if (node->_private == NULL)
    node->_private = XML_SEEN;
  if (field->kind != XML_KIND_LIST && field->kind != XML_KIND_IGNORED && field->kind != XML_KIND_UNSUPPORTED
      && is_repeated (field, node))
    return fail_repeated (field, node, error) || is_against_rows (reader);
  if (*rest == '\0')
    return parse_leaf (reader, field, node, object, error);
  if (*rest == '@')
    return parse_attribute (reader, field, rest + 1, node, object, error);
  for (xmlNode *child = node->children; child != NULL; child = child->next)
    {
      const char *next = child->type == XML_ELEMENT_NODE ? match (reader, field, rest, child) : NULL;

      if (next != NULL && !parse_child (reader, field, next, child, object, error))
        return false;
    }
  return true;
}

static bool
give_child (XmlReader *reader, xmlNode *child, const XmlField *rows, void *object, GError **error)
{
  for (const XmlField *field = rows; field->kind != XML_KIND_END; field++)
    {
      const XmlField *inner = NULL;
      void *base = object;

      if (field->kind == XML_KIND_CASES)
        inner = active_rows (field, object, NULL);
      else if (is_inline (field))
        {
          inner = field->aux;
          base = field_at (object, field);
        }
      if (inner != NULL)
        {
          if (!give_child (reader, child, inner, base, error))
            return false;
          continue;
        }
      /* Most rows are told apart by their first letters. */
      if (child->ns == NULL && field->path[0] != (char) child->name[0] && field->path[0] != '*')
        continue;
      const char *rest = match (reader, field, field->path, child);
      if (rest != NULL && !parse_child (reader, field, rest, child, object, error))
        return false;
    }
  return true;
}

static bool
parse_own (XmlReader *reader, xmlNode *node, const XmlField *rows, void *object, GError **error)
{
  for (const XmlField *field = rows; field->kind != XML_KIND_END; field++)
    {
      bool unsupported = false;
      bool ok = true;

      if (field->kind == XML_KIND_CASES)
        {
          const XmlField *inner = active_rows (field, object, &unsupported);

          if (unsupported)
            {
              const XmlCases *cases = field->aux;
              unsigned int value = *(const unsigned int *) ((const char *) object + cases->selector);

              return xml_fail (node, reader->root->from, VIR_ERR_CONFIG_UNSUPPORTED, error, "kind '%s' is not supported",
                               xml_enum_name (cases->names, value));
            }
          ok = inner == NULL || parse_own (reader, node, inner, object, error);
        }
      else if (field->kind == XML_KIND_LINE)
        *(unsigned int *) field_at (object, field) = xmlGetLineNo (node);
      else if (is_inline (field))
        ok = parse_own (reader, node, field->aux, field_at (object, field), error);
      else if (field->path[0] == '@')
        ok = parse_attribute (reader, field, field->path + 1, node, object, error);
      else if (field->path[0] == '.')
        ok = is_skipped (reader, field) || parse_text (reader, field, node, object, error);
      if (!ok)
        return false;
    }
  return true;
}

static bool
is_missing (const XmlField *field, const void *object)
{
  const void *at = field_at (object, field);

  switch ((XmlKind) field->kind)
    {
    case XML_KIND_SCALAR: return scalar_is_absent (field, at);
    case XML_KIND_CHILD: return *(void *const *) at == NULL;
    case XML_KIND_LIST: return ((const XmlList *) at)->n == 0;
    default: return false;
    }
}

static bool
check_required (const XmlReader *reader, const xmlNode *node, const XmlField *rows, const void *object, GError **error)
{
  for (const XmlField *field = rows; field->kind != XML_KIND_END; field++)
    {
      const XmlField *inner = NULL;

      if (field->kind == XML_KIND_CASES && (inner = active_rows (field, object, NULL)) != NULL)
        {
          if (!check_required (reader, node, inner, object, error))
            return false;
        }
      else if (is_inline (field) && !check_required (reader, node, field->aux, field_at (object, field), error))
        return false;
      else if (((field->flags & XML_REQUIRED) || field->missing != 0) && is_missing (field, object))
        return xml_fail (node, field->missing != 0 ? field->missing_from : VIR_FROM_XML,
                         field->missing != 0 ? field->missing : VIR_ERR_XML_ERROR, error, "'%s' is missing", field->path);
    }
  return true;
}

static bool
parse_rows (XmlReader *reader, xmlNode *node, const XmlField *rows, void *object, GError **error)
{
  if (!parse_own (reader, node, rows, object, error))
    return false;
  for (xmlNode *child = node->children; child != NULL; child = child->next)
    if (child->type == XML_ELEMENT_NODE && !give_child (reader, child, rows, object, error))
      return false;
  return check_required (reader, node, rows, object, error) || is_against_rows (reader);
}

/* An unknown name, with the known one that may be meant. */
static bool
fail_unknown (const XmlReader *reader, const xmlNode *node, const xmlNode *parent, const char *name, GError **error)
{
  g_autofree char *known = suggest_name (reader->root, parent, name);
  const char *what = *name == '@' ? "attribute" : "element";

  return xml_fail (node, VIR_FROM_XML, VIR_ERR_XML_INVALID_SCHEMA, error, known != NULL ? "there is no %s '%s' here, but '%s'"
                                                                                       : "there is no %s '%s' here",
                   what, *name == '@' ? name + 1 : name, known != NULL && *known == '@' ? known + 1 : known);
}

/* Whether every element and attribute has been understood. */
static bool
check_understood (const XmlReader *reader, const xmlNode *node, GError **error)
{
  if (node->_private == XML_SEEN_BELOW)
    return true;
  if (node->_private == NULL)
    return fail_unknown (reader, node, node->parent, (const char *) node->name, error);
  for (const xmlAttr *attribute = node->properties; attribute != NULL; attribute = attribute->next)
    if (attribute->_private == NULL)
      {
        g_autofree char *name = g_strconcat ("@", attribute->name, NULL);

        return fail_unknown (reader, node, node, name, error);
      }
  for (const xmlNode *child = node->children; child != NULL; child = child->next)
    if (child->type == XML_ELEMENT_NODE && !check_understood (reader, child, error))
      return false;
  return true;
}

static void *
parse_root (XmlReader *reader, const XmlSchema *schema, xmlNode *root, GError **error)
{
  void *object;

  if (root->ns != NULL || strcmp ((const char *) root->name, schema->element) != 0)
    {
      xml_fail (root, VIR_FROM_XML, VIR_ERR_XML_ERROR, error, "the root element is not <%s>", schema->element);
      return NULL;
    }
  root->_private = XML_SEEN;
  object = xml_new (schema);
  if (parse_object (reader, schema, root, object, error)
      && (!(reader->flags & XML_PARSE_STRICT) || check_understood (reader, root, error)))
    return object;
  xml_free (schema, object);
  return NULL;
}

/* Whoever asks for a strict reading wants to hear that it is the form that is wrong. */
static void
blame_schema (GError **error)
{
  g_autofree char *message = error != NULL && *error != NULL ? g_strdup ((*error)->message) : NULL;

  if (message == NULL)
    return;
  g_clear_error (error);
  fail (error, VIR_FROM_XML, VIR_ERR_XML_INVALID_SCHEMA, "%s", message);
}

void *
xml_parse (const XmlSchema *schema, const char *text, size_t length, unsigned int parse_flags, GError **error)
{
  XmlReader reader = { .root = schema, .flags = parse_flags };
  xmlDoc *document = document_read (text, length, schema->from, error);
  void *object;

  if (document == NULL)
    return NULL;
  object = parse_root (&reader, schema, xmlDocGetRootElement (document), error);
  xmlFreeDoc (document);
  if (object == NULL && reader.is_against_rows && (parse_flags & XML_PARSE_STRICT))
    blame_schema (error);
  return object;
}
