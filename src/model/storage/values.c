/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/storage/values.h"

void
storage_clean_path (char **path)
{
  char *to = *path;

  if (to == NULL)
    return;
  size_t slashes = strspn (*path, "/");
  if (slashes > 0)
    *to++ = '/';
  if (slashes == 2)
    *to++ = '/';
  for (const char *from = *path + slashes; *from != '\0'; from++)
    if (*from != '/' || (from[1] != '/' && from[1] != '\0'))
      *to++ = *from;
  *to = '\0';
}

#define NS_PER_S G_GINT64_CONSTANT (1000000000)

/* Only said by us: what a document has is not looked at. */
static bool
timestamp_parse (XmlReader *reader, const XmlField *field, xmlNode *node, const char *text, void *value, GError **error)
{
  return true;
}

static void
timestamp_format (const XmlField *field, const void *value, GString *out)
{
  int64_t time = *(const int64_t *) value;
  int64_t ns = time % NS_PER_S;

  g_string_append_printf (out, "%" G_GINT64_FORMAT, time / NS_PER_S);
  if (ns != 0)
    g_string_append_printf (out, ".%09" G_GINT64_FORMAT, ns);
}

const XmlType xml_type_timestamp = {
  .name = "seconds since 1970", .size = sizeof (int64_t), .is_integer = true, .parse = timestamp_parse, .format = timestamp_format,
};

static bool
mode_parse (XmlReader *reader, const XmlField *field, xmlNode *node, const char *text, void *value, GError **error)
{
  char *end;
  uint64_t mode = g_ascii_isdigit (*text) ? g_ascii_strtoull (text, &end, 8) : UINT64_MAX;

  if (mode > 0777 || *end != '\0')
    return xml_fail_value (field, node, text, error);
  *(unsigned int *) value = mode;
  return true;
}

static void
mode_format (const XmlField *field, const void *value, GString *out)
{
  g_string_append_printf (out, "0%o", *(const unsigned int *) value);
}

static const XmlType type_mode = {
  .name = "an octal number up to 0777", .size = sizeof (unsigned int), .is_integer = true, .parse = mode_parse,
  .format = mode_format,
};

/* A user's or group's number; -1 is none, as are all beyond it. */
static bool
id_parse (XmlReader *reader, const XmlField *field, xmlNode *node, const char *text, void *value, GError **error)
{
  char *end;
  uint64_t id = g_ascii_isdigit (*text) ? g_ascii_strtoull (text, &end, 10) : UINT64_MAX;

  if (strcmp (text, "-1") == 0)
    return true;
  if (id > UINT32_MAX || *end != '\0')
    return xml_fail_value (field, node, text, error);
  *(int *) value = (int) id;
  return true;
}

static void
id_format (const XmlField *field, const void *value, GString *out)
{
  g_string_append_printf (out, "%d", *(const int *) value);
}

static const XmlType type_id = {
  .name = "a number, or -1", .size = sizeof (int), .is_integer = true, .parse = id_parse, .format = id_format,
};

const XmlField storage_permissions_rows[] = {
  XML_VALUE (StoragePermissions, mode, "mode", type_mode, .absent = -1, XML_BAD (STORAGE, XML_ERROR)),
  XML_VALUE (StoragePermissions, owner, "owner", type_id, .absent = -1, XML_BAD (STORAGE, XML_ERROR), .flags = XML_ALLOW_EMPTY),
  XML_VALUE (StoragePermissions, group, "group", type_id, .absent = -1, XML_BAD (STORAGE, XML_ERROR), .flags = XML_ALLOW_EMPTY),
  XML_STRING (StoragePermissions, label, "label"),
  XML_END
};
