/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* conform-status.c: a running guest's record, read as after a restart and written back. */
#include "conform.h"
#include "model/status/domain-status.h"

static const GOptionEntry options[] = { { 0 } };

static char *
run (const char *path, GError **error)
{
  g_autofree char *text = conform_read (path, error);
  g_autoptr (DomainStatus) status = text != NULL ? domain_status_parse (text, strlen (text), error) : NULL;

  return status != NULL ? domain_status_format (status) : NULL;
}

const ConformKind conform_status = { "domstatus", options, run };
