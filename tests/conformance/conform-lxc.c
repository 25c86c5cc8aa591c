/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* conform-lxc.c: configurations of the LXC tools made into domains. */
#include "conform.h"
#include "model/domain/tables.h"
#include "model/lxc/conf.h"
#include "util/uuid.h"

static char *uuid;
static const GOptionEntry options[] = {
  { "uuid", 0, 0, G_OPTION_ARG_STRING, &uuid, "of the domain", "UUID" },
  { 0 }
};

static char *
run (const char *path, GError **error)
{
  g_autofree char *text = conform_read (path, error);
  g_autoptr (Domain) domain = text != NULL ? lxc_conf_to_domain (text, error) : NULL;

  if (domain == NULL || (uuid != NULL && !uuid_parse (uuid, domain->uuid)))
    return NULL;
  return domain_format (domain, DOMAIN_FORMAT_SECURE);
}

const ConformKind conform_lxc = { "lxc-conf", options, run };
