/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "settings.h"

#include <string.h>

#include "util/error.h"
#include "util/paths.h"

#define DEFAULT_MAX_SIZE (2 * 1024 * 1024)
#define DEFAULT_MAX_BACKUPS 3
/* More would make each rotation a long walk. */
#define MAX_BACKUPS_LIMIT 10000
#define MAX_AGE_LIMIT (365 * 1000)

const char *const settings_keys[] = { "max_size", "max_backups", "max_age_days", "log_root", NULL };

void
settings_clear (Settings *settings)
{
  g_clear_pointer (&settings->root, g_free);
}

/* The units of a size text. */
static const struct
{
  const char *name;
  uint64_t bytes;
} units[] = {
  { "", 1 }, { "B", 1 }, { "bytes", 1 },
  { "K", 1ull << 10 }, { "KiB", 1ull << 10 }, { "KB", 1000 },
  { "M", 1ull << 20 }, { "MiB", 1ull << 20 }, { "MB", 1000ull * 1000 },
  { "G", 1ull << 30 }, { "GiB", 1ull << 30 }, { "GB", 1000ull * 1000 * 1000 },
  { "T", 1ull << 40 }, { "TiB", 1ull << 40 }, { "TB", 1000ull * 1000 * 1000 * 1000 },
};

static bool
parse_size (const char *text, uint64_t *ret_bytes)
{
  char *rest;
  uint64_t number;

  if (!g_ascii_isdigit (text[0]))
    return false;
  errno = 0;
  number = g_ascii_strtoull (text, &rest, 10);
  rest += strspn (rest, " ");
  for (unsigned int i = 0; errno == 0 && i < G_N_ELEMENTS (units); i++)
    if (g_ascii_strcasecmp (rest, units[i].name) == 0)
      return g_uint64_checked_mul (ret_bytes, number, units[i].bytes);
  return false;
}

/* An integer (bytes) or a text like "2MiB". */
static bool
read_size (const Conf *conf, const char *key, uint64_t *value, GError **error)
{
  g_autofree char *text = NULL;
  int64_t number = (int64_t) *value;

  if (!conf_has (conf, key))
    return true;
  if (conf_get_string (conf, key, &text, NULL))
    return parse_size (text, value)
           || fail (error, VIR_FROM_CONF, VIR_ERR_CONF_SYNTAX, "%s: %s: '%s' is not a size like 2097152 or \"2MiB\"",
                    conf_name (conf), key, text);
  if (!conf_get_int (conf, key, 0, INT64_MAX, &number, error))
    return false;
  *value = (uint64_t) number;
  return true;
}

bool
settings_read (const Conf *conf, Settings *ret_settings, GError **error)
{
  g_auto (Settings) settings = { .limits = { DEFAULT_MAX_SIZE, DEFAULT_MAX_BACKUPS } };
  g_autofree char *root = NULL;

  if (!read_size (conf, "max_size", &settings.limits.max_size, error)
      || !conf_get_uint (conf, "max_backups", 0, MAX_BACKUPS_LIMIT, &settings.limits.max_backups, error)
      || !conf_get_uint (conf, "max_age_days", 0, MAX_AGE_LIMIT, &settings.max_age_days, error)
      || !conf_get_string (conf, "log_root", &root, error))
    return false;
  if (root != NULL && root[0] != '/')
    return fail (error, VIR_FROM_CONF, VIR_ERR_CONF_SYNTAX, "%s: log_root: '%s' is not an absolute path",
                 conf_name (conf), root);
  settings.root = root != NULL ? path_host (root) : path_make (PATH_LOG, "%s", "");
  *ret_settings = settings;
  settings.root = NULL;
  return true;
}
