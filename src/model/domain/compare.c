/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* compare.c: what differs between two forms of a domain, and whether a guest would notice. */
#include "model/domain/rules.h"
#include "model/domain/tables.h"

static bool
refuse_first (const char *path, const char *a, const char *b, void *data)
{
  fail (data, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, "the guest would see a change: %s is '%s', and would be '%s'", path, a, b);
  return false;
}

bool
domain_check_abi (const Domain *running, const Domain *other, GError **error)
{
  return xml_compare (&domain_schema, running, other, XML_ABI, refuse_first, error);
}

static bool
append_change (const char *path, const char *a, const char *b, void *data)
{
  g_ptr_array_add (data, g_strdup_printf ("%s: '%s', '%s'", path, a, b));
  return true;
}

char **
domain_changes (const Domain *a, const Domain *b)
{
  GPtrArray *changes = g_ptr_array_new ();

  xml_compare (&domain_schema, a, b, 0, append_change, changes);
  g_ptr_array_add (changes, NULL);
  return (char **) g_ptr_array_free (changes, FALSE);
}
