/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* conform-memlock.c: how much memory a domain's process has to be allowed to lock. */
#include "conform.h"
#include "model/domain/memlock.h"

static const GOptionEntry options[] = { { 0 } };

static char *
run (const char *path, GError **error)
{
  g_autofree char *xml = conform_read (path, error);
  g_autoptr (Domain) domain = xml != NULL ? domain_parse (xml, strlen (xml), DOMAIN_PARSE_INACTIVE, error) : NULL;
  uint64_t bytes;

  if (domain == NULL)
    return NULL;
  bytes = domain_memlock_limit (domain);
  return bytes == DOMAIN_MEMLOCK_UNLIMITED ? g_strdup ("unlimited\n") : g_strdup_printf ("%" G_GUINT64_FORMAT "\n", bytes);
}

const ConformKind conform_memlock = { "memlock", options, run };
