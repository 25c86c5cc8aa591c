/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* conform-domain.c: reads a domain, completes it for a known QEMU and prints it. */
#include "caps-platform.h"
#include "conform.h"
#include "model/domain/tables.h"

static gboolean live, parse_only, common_only, aliases, strict;
static int repeat;
static CapsQuery query;
static char *parse_flags, *form;
static const GOptionEntry options[] = {
  { "live", 0, 0, G_OPTION_ARG_NONE, &live, "print the form of a running guest", NULL },
  { "form", 0, 0, G_OPTION_ARG_STRING, &form, "live or inactive", "FORM" },
  { "common-only", 0, 0, G_OPTION_ARG_NONE, &common_only, "no hypervisor: leave out what is QEMU's", NULL },
  { "parse-only", 0, 0, G_OPTION_ARG_NONE, &parse_only, "leave out defaults and addresses", NULL },
  { "caps-set", 0, 0, G_OPTION_ARG_STRING, &query.set, "complete for this set of capabilities", "SET" },
  { "caps", 0, 0, G_OPTION_ARG_FILENAME, &query.file, "the set's file", "FILE" },
  { "swtpm", 0, 0, G_OPTION_ARG_STRING, &query.swtpm, "the only version of an emulated TPM that can be made", "VERSION" },
  { "gic", 0, 0, G_OPTION_ARG_STRING, &query.gic, "GIC versions of the set: none, v2, v3 or both", "WHICH" },
  { "env", 0, 0, G_OPTION_ARG_STRING, &query.env, "variables of the daemon", "A=X,B=Y" },
  { "config", 0, 0, G_OPTION_ARG_STRING, &query.config, "settings of the daemon", "A=X,B=Y" },
  { "parse-flags", 0, 0, G_OPTION_ARG_STRING, &parse_flags, "abi-update: a new guest", "FLAGS" },
  { "strict", 0, 0, G_OPTION_ARG_NONE, &strict, "refuse unknown elements and attributes", NULL },
  { "aliases", 0, 0, G_OPTION_ARG_NONE, &aliases, "give all aliases anew", NULL },
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

static bool
complete (Domain *domain, GError **error)
{
  const DomainPlatform *platform;

  query.is_new = g_strcmp0 (parse_flags, "abi-update") == 0;
  platform = caps_platform (&query, error);
  return platform != NULL && domain_complete (domain, platform, error);
}

static char *
convert (const char *xml, size_t length, GError **error)
{
  g_autoptr (Domain) domain = domain_parse (xml, length, (live ? 0 : DOMAIN_PARSE_INACTIVE) | (strict ? DOMAIN_PARSE_VALIDATE : 0),
                                            error);

  if (domain != NULL && common_only)
    domain_apply_common_defaults (domain, "x86_64");
  if (domain != NULL && aliases)
    renew_aliases (domain);
  if (domain == NULL || (!parse_only && !common_only && !complete (domain, error)))
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

static char *
run (const char *path, GError **error)
{
  g_autofree char *xml = conform_read (path, error);

  live = live || g_strcmp0 (form, "live") == 0;
  if (xml == NULL)
    return NULL;
  if (repeat > 1)
    measure (xml, strlen (xml));
  return convert (xml, strlen (xml), error);
}

const ConformKind conform_domain = { "domain", options, run };
