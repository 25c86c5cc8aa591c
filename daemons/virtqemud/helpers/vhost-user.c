/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "helpers/vhost-user.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "util/error.h"
#include "util/json.h"
#include "util/log.h"
#include "util/paths.h"

#define LOG_CATEGORY "qemu.helpers"

static const char *host_folders[] = { NULL, "/usr/share/qemu/vhost-user", NULL };
static const char *const *folders;

void
vhost_user_set_folders (const char *const *wanted)
{
  folders = wanted;
}

/* What an administrator has is below the root. */
static void
init_folders (void)
{
  if (folders != NULL)
    return;
  host_folders[0] = path_host ("/etc/qemu/vhost-user");
  folders = host_folders;
}

static int
compare_names (const void *a, const void *b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* The names of all descriptors, sorted, each once. */
static GPtrArray *
list_names (void)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);

  for (unsigned int i = 0; folders[i] != NULL; i++)
    {
      g_autoptr (GDir) dir = g_dir_open (folders[i], 0, NULL);
      const char *name;

      while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
        if (g_str_has_suffix (name, ".json") && !g_ptr_array_find_with_equal_func (names, name, g_str_equal, NULL))
          g_ptr_array_add (names, g_strdup (name));
    }
  g_ptr_array_sort (names, compare_names);
  return names;
}

/* The descriptor @name, NULL if it is masked or is none. */
static json_t *
load (const char *name)
{
  for (unsigned int i = 0; folders[i] != NULL; i++)
    {
      g_autofree char *path = g_build_filename (folders[i], name, NULL);
      g_autofree char *text = NULL;
      json_error_t why;
      json_t *json;

      if (!g_file_get_contents (path, &text, NULL, NULL))
        continue;
      if (*text == '\0')
        return NULL;
      json = json_loads (text, 0, &why);
      if (json == NULL)
        log_warning ("'%s', line %d: %s", path, why.line, why.text);
      return json;
    }
  return NULL;
}

json_t *
vhost_user_normalize (const json_t *descriptor, GError **error)
{
  static const char *const types[] = { "9p", "balloon", "block", "caif", "console", "crypto", "fs", "gpu", "input", "net", "rng",
                                       "rpmsg", "rproc-serial", "scsi", "vsock", NULL };
  const char *type = json_get_string (descriptor, "type", ""), *binary = json_get_string (descriptor, "binary", NULL);
  json_t *out;

  if (binary == NULL || !g_strv_contains (types, type))
    {
      fail (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "a vhost-user descriptor has %s",
            binary == NULL ? "no program" : "no known type");
      return NULL;
    }
  out = json_pack ("{s:s, s:s}", "type", type, "binary", binary);
  if (json_object_get (descriptor, "features") != NULL)
    json_object_set (out, "features", json_object_get (descriptor, "features"));
  return out;
}

char *
vhost_user_find (const char *type, GError **error)
{
  g_autoptr (GPtrArray) names = NULL;

  init_folders ();
  names = list_names ();
  for (unsigned int i = 0; i < names->len; i++)
    {
      g_autoptr (json_t) json = load (names->pdata[i]);
      const char *binary = json_get_string (json, "binary", NULL);

      if (binary != NULL && strcmp (json_get_string (json, "type", ""), type) == 0)
        return g_strdup (binary);
    }
  fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED,
        "no program is installed that serves vhost-user devices of type '%s'", type);
  return NULL;
}
