/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* xml.c: bench-xml FILE COUNT, what reading and writing a domain costs beside libxml2's
 * own parse and dump of the same text. */
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "model/domain/domain.h"
#include "support.h"

#define KEPT 2000

static char *text;
static gsize length;

static double
measure_floor (unsigned long count)
{
  double begin = now_us ();

  for (unsigned long i = 0; i < count; i++)
    {
      xmlDoc *document = xmlReadMemory (text, (int) length, NULL, NULL, XML_PARSE_NOBLANKS);
      xmlChar *out;
      int size;

      xmlDocDumpFormatMemory (document, &out, &size, 1);
      xmlFree (out);
      xmlFreeDoc (document);
    }
  return (now_us () - begin) / (double) count;
}

static Domain *
read_domain (void)
{
  g_autoptr (GError) error = NULL;
  Domain *domain = domain_parse (text, length, DOMAIN_PARSE_INACTIVE, &error);

  if (domain == NULL)
    g_error ("%s", error->message);
  return domain;
}

static double
measure_engine (unsigned long count)
{
  double begin = now_us ();

  for (unsigned long i = 0; i < count; i++)
    {
      g_autoptr (Domain) domain = read_domain ();
      G_GNUC_UNUSED g_autofree char *out = domain_format (domain, DOMAIN_FORMAT_SECURE);
    }
  return (now_us () - begin) / (double) count;
}

/* The heap that each of many loaded definitions takes. */
static double
measure_memory (void)
{
  Domain *kept[KEPT];
  size_t before = mallinfo2 ().uordblks;
  size_t after;

  for (unsigned int i = 0; i < KEPT; i++)
    kept[i] = read_domain ();
  after = mallinfo2 ().uordblks;
  for (unsigned int i = 0; i < KEPT; i++)
    domain_free (kept[i]);
  return (double) (after - before) / KEPT;
}

/* 10 MB of elements within elements; ms. */
static double
measure_nested (void)
{
  const size_t size = 10 * 1000 * 1000;
  g_autoptr (GString) nested = g_string_sized_new (size + 16);
  g_autoptr (GError) error = NULL;
  double begin;

  while (nested->len < size)
    g_string_append (nested, "<domain>");
  begin = now_us ();
  if (domain_parse (nested->str, nested->len, 0, &error) != NULL)
    g_error ("a nested document was accepted");
  return (now_us () - begin) / 1000;
}

int
main (int argc, char **argv)
{
  unsigned long count = argc > 2 ? strtoul (argv[2], NULL, 10) : 10000;
  g_autoptr (GError) error = NULL;

  if (argc < 2 || !g_file_get_contents (argv[1], &text, &length, &error))
    g_error ("%s", error != NULL ? error->message : "which file?");
  measure_engine (count / 10);
  measure_floor (count / 10);
  result_number ("floor_us", measure_floor (count));
  result_number ("engine_us", measure_engine (count));
  result_number ("memory_bytes", measure_memory ());
  result_number ("nested_ms", measure_nested ());
  result_end ();
  g_free (text);
  return 0;
}
