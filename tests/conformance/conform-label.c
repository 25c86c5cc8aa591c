/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* conform-label.c: the SELinux labels that a guest's files get, for the files that a list asks about. */
#include "conform.h"
#include "security/files.h"
#include "security/selinux.h"

static char *list;
static const GOptionEntry options[] = {
  { "files", 0, 0, G_OPTION_ARG_FILENAME, &list, "lines that begin with the name of a file and ';'", "FILE" },
  { 0 }
};

static const char *
label_of (const GPtrArray *files, const char *path)
{
  for (unsigned int i = 0; i < files->len; i++)
    {
      const SecurityFile *file = files->pdata[i];

      if (strcmp (file->path, path) == 0 && file->labels[SECURITY_SELINUX] != NULL)
        return file->labels[SECURITY_SELINUX];
    }
  return "";
}

static char *
run (const char *path, GError **error)
{
  static const SecurityDriver *const drivers[] = { &security_selinux, NULL };
  g_autofree char *text = conform_read (path, error), *names = list != NULL ? conform_read (list, error) : NULL;
  g_autoptr (Domain) domain = text != NULL && names != NULL ? domain_parse (text, strlen (text), 0, error) : NULL;
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GPtrArray) files = NULL;
  g_auto (GStrv) lines = NULL;
  QemuConfig config = { .stdio_logd = false };

  if (domain == NULL)
    return NULL;
  security_use_drivers (drivers);
  files = security_files_of (domain, &config);
  lines = g_strsplit (names, "\n", -1);
  for (unsigned int i = 0; lines[i] != NULL && *lines[i] != '\0'; i++)
    {
      lines[i][strcspn (lines[i], ";")] = '\0';
      g_string_append_printf (out, "%s;%s\n", lines[i], label_of (files, lines[i]));
    }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

const ConformKind conform_label = { "label", options, run };
