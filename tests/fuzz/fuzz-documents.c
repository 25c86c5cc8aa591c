/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Documents of every kind, told apart by their root elements: what can be read has a normal form, a copy is
 * equal, and the memory that it takes is bounded by its text. */
#include "fuzz.h"
#include "model/documents.h"

#include <malloc.h>

/* The bytes of heap that a document may take for each of its own, and besides. */
#define MEMORY_FACTOR 256
#define MEMORY_BASE 65536

/* @text read and written again. Caller frees. */
static char *
reread (const XmlSchema *schema, const char *text, unsigned int parse, unsigned int format)
{
  g_autoptr (GError) error = NULL;
  void *object = xml_parse (schema, text, strlen (text), parse, &error);
  char *again;

  g_assert_no_error (error);
  again = xml_format (schema, object, format);
  xml_free (schema, object);
  return again;
}

/* What is written means the same when it is read. Only a domain's disks may change places, once: in
 * stock, too, the order depends on whether the document says their bus. */
static void
check_normal_form (const XmlSchema *schema, const void *object, unsigned int parse, unsigned int format)
{
  g_autofree char *first = xml_format (schema, object, format);
  g_autofree char *second = reread (schema, first, parse, format);
  g_autofree char *third = reread (schema, second, parse, format);

  g_assert_cmpuint (strlen (first), ==, strlen (second));
  g_assert_cmpstr (second, ==, third);
}

static void
check_copy (const XmlSchema *schema, const void *object)
{
  void *copy = xml_copy (schema, object);

  g_assert_true (xml_equal (schema, object, copy, NULL));
  xml_free (schema, copy);
}

static void
try (const XmlSchema *schema, const char *text, size_t size, unsigned int parse, unsigned int format)
{
  const size_t before = mallinfo2 ().uordblks;
  g_autoptr (GError) error = NULL;
  void *object = xml_parse (schema, text, size, parse, &error);
  const size_t after = mallinfo2 ().uordblks;

  g_assert_true ((object == NULL) == (error != NULL));
  if (object == NULL)
    return;
  g_assert_true (after <= before || after - before <= MEMORY_FACTOR * size + MEMORY_BASE);
  check_normal_form (schema, object, parse & ~XML_PARSE_STRICT, format);
  check_copy (schema, object);
  xml_free (schema, object);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autofree char *root = document_root_name (text);
  const Document *document = root != NULL ? document_by_root (root) : NULL;

  if (document == NULL)
    return 0;
  try (document->schema, text, size, XML_PARSE_INACTIVE, XML_FORMAT_SECURE | XML_FORMAT_INACTIVE);
  try (document->schema, text, size, XML_PARSE_INACTIVE | XML_PARSE_STRICT, XML_FORMAT_SECURE | XML_FORMAT_INACTIVE);
  try (document->schema, text, size, XML_PARSE_STATUS, XML_FORMAT_SECURE | XML_FORMAT_STATUS);
  return 0;
}
