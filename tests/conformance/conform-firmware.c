/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* conform-firmware.c: descriptors of firmware and of vhost-user programs, and the firmware that a machine can have. */
#include <string.h>

#include "conform.h"
#include "helpers/vhost-user.h"
#include "qemu/firmware.h"
#include "scene.h"
#include "util/json.h"
#include "util/loop.h"

static char *tree, *arch, *machine;
static const GOptionEntry list_options[] = {
  { "tree", 0, 0, G_OPTION_ARG_FILENAME, &tree, "the folder that has usr/share/qemu/firmware and etc/qemu/firmware", "DIR" },
  { "arch", 0, 0, G_OPTION_ARG_STRING, &arch, "architecture of the guest", "ARCH" },
  { "machine", 0, 0, G_OPTION_ARG_STRING, &machine, "type of its machine", "TYPE" },
  { 0 }
};
static const GOptionEntry no_options[] = { { 0 } };

static char *
run_descriptor (const char *path, GError **error)
{
  g_autofree char *text = conform_read (path, error);
  g_autoptr (json_t) json = text != NULL ? json_from_text (text, strlen (text), path, error) : NULL;
  g_autoptr (json_t) out = NULL;

  if (json == NULL)
    return NULL;
  if (json_object_get (json, "mapping") != NULL)
    {
      g_autoptr (QemuFirmware) firmware = qemu_firmware_from_json (json, error);

      out = firmware != NULL ? qemu_firmware_to_json (firmware) : NULL;
    }
  else
    out = vhost_user_normalize (json, error);
  return out != NULL ? json_dumps (out, JSON_INDENT (4)) : NULL;
}

/* Pairs of code and variables, in the order of preference, each once. */
static void
list (void *data)
{
  GString *out = data;
  g_autoptr (GPtrArray) all = NULL;
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  scene_firmware (tree);
  all = qemu_firmware_list ();
  for (unsigned int i = 0; i < all->len; i++)
    {
      const QemuFirmware *firmware = all->pdata[i];
      g_autofree char *pair = g_strdup_printf ("%s:%s", firmware->executable, firmware->nvram_template ?: "NULL");

      if (qemu_firmware_fits (firmware, arch, machine) && !g_hash_table_contains (seen, pair))
        {
          g_string_append_printf (out, "%s%s", out->len > 0 ? ":" : "", pair);
          g_hash_table_add (seen, g_steal_pointer (&pair));
        }
    }
  loop_quit (0);
}

static char *
run_list (const char *path, GError **error)
{
  GString *out = g_string_new (NULL);

  fiber_start ("conform", machine, list, out);
  loop_run ();
  return g_string_free (out, FALSE);
}

const ConformKind conform_firmware_descriptor = { "firmware-descriptor", no_options, run_descriptor };
const ConformKind conform_firmware_list = { "firmware-list", list_options, run_list };
