/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* conform.c: reads a domain, completes it for a known QEMU and prints it, as
 * the conformance corpus wants it.
 *
 *   conform [--live] [--strict] [--keep-machine] [--aliases] [--parse-only] [--repeat N] [--describe] [FILE]
 *
 * Exit status 0: printed; 1: refused, with the error on stderr; 77: refused
 * because something is not supported yet. */
#include "model/domain/test-platform.h"
#include "model/domain/tables.h"
#include "util/error.h"

#include <stdio.h>

static gboolean live, parse_only, describe, keep_machine, aliases, strict;
static int repeat = 1;
static const GOptionEntry options[] = {
  { "live", 0, 0, G_OPTION_ARG_NONE, &live, "print the form of a running guest", NULL },
  { "parse-only", 0, 0, G_OPTION_ARG_NONE, &parse_only, "leave out defaults and addresses", NULL },
  { "keep-machine", 0, 0, G_OPTION_ARG_NONE, &keep_machine, "take the names of machine types as they are", NULL },
  { "strict", 0, 0, G_OPTION_ARG_NONE, &strict, "refuse unknown elements and attributes", NULL },
  { "aliases", 0, 0, G_OPTION_ARG_NONE, &aliases, "give all aliases anew", NULL },
  { "describe", 0, 0, G_OPTION_ARG_NONE, &describe, "print the reference of elements", NULL },
  { "repeat", 0, 0, G_OPTION_ARG_INT, &repeat, "parse so many times and print the time", "N" },
  { 0 }
};

static void
renew_aliases (Domain *domain)
{
  g_autofree DomainDevice *devices = domain_devices (domain);

  for (DomainDevice *device = devices; device->element != NULL; device++)
    if (device->info->alias != NULL && !g_str_has_prefix (device->info->alias, "ua-"))
      g_clear_pointer (&device->info->alias, g_free);
  domain_assign_aliases (domain);
}

static char *
convert (const char *xml, size_t length, GError **error)
{
  g_autoptr (Domain) domain = domain_parse (xml, length, (live ? 0 : DOMAIN_PARSE_INACTIVE) | (strict ? DOMAIN_PARSE_VALIDATE : 0),
                                            error);

  if (domain != NULL && aliases)
    renew_aliases (domain);
  if (domain == NULL || (!parse_only && !domain_complete (domain, test_platform (keep_machine), error)))
    return NULL;
  return domain_format (domain, DOMAIN_FORMAT_SECURE | (live ? 0 : DOMAIN_FORMAT_INACTIVE));
}

static void
measure (const char *xml, size_t length)
{
  gint64 begin = g_get_monotonic_time ();

  for (int i = 0; i < repeat; i++)
    {
      G_GNUC_UNUSED g_autoptr (Domain) domain = domain_parse (xml, length, DOMAIN_PARSE_INACTIVE, NULL);
    }
  g_printerr ("parse: %.2f us\n", (double) (g_get_monotonic_time () - begin) / repeat);
  begin = g_get_monotonic_time ();
  for (int i = 0; i < repeat; i++)
    {
      G_GNUC_UNUSED g_autofree char *text = convert (xml, length, NULL);
    }
  g_printerr ("parse, complete, format: %.2f us\n", (double) (g_get_monotonic_time () - begin) / repeat);
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("FILE");
  g_autoptr (GError) error = NULL;
  g_autofree char *xml = NULL, *text = NULL;
  gsize length;

  g_option_context_add_main_entries (context, options, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    g_error ("%s", error->message);
  if (describe)
    {
      g_autoptr (GString) out = g_string_new (NULL);

      xml_describe (&domain_schema, out);
      fputs (out->str, stdout);
      return 0;
    }
  if (argc != 2 || !g_file_get_contents (argv[1], &xml, &length, &error))
    g_error ("%s", error != NULL ? error->message : "which file?");
  if (repeat > 1)
    measure (xml, length);
  text = convert (xml, length, &error);
  if (text == NULL)
    {
      g_printerr ("%s [code %d, domain %d]\n", error->message, error->code, virt_error_detail (error)->from);
      return strstr (error->message, "not supported") != NULL ? 77 : 1;
    }
  fputs (text, stdout);
  return 0;
}
