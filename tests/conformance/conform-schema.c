/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* conform-schema.c: whether a document is valid by the schema of its kind. */
#include "../../tools/virt-xml/schema.h"
#include "conform.h"

static char *kind;
static const GOptionEntry options[] = {
  { "kind", 0, 0, G_OPTION_ARG_STRING, &kind, "the schema's name", "NAME" },
  { 0 }
};

static char *
run (const char *path, GError **error)
{
  g_autofree char *text = conform_read (path, error);
  g_autofree char *schema = g_strdup_printf (SCHEMA_DIR "/%s.rng", kind);
  g_autofree char *message = NULL;

  if (text == NULL)
    return NULL;
  if (schema_check (schema, text, strlen (text), &message) != SCHEMA_VALID)
    return fail_null (error, VIR_FROM_XML, VIR_ERR_XML_INVALID_SCHEMA, "%s: %s", schema, message != NULL ? message : "not valid");
  return g_strdup ("");
}

const ConformKind conform_schema = { "schema", options, run };
