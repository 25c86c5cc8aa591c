/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/paths.h"

#include <stdlib.h>
#include <string.h>

static struct
{
  char *root;
  bool session;
  char *base[PATH_LOG + 1];
} paths;

static const char *const system_base[] = {
  [PATH_CONF] = "/etc/libvirt",
  [PATH_RUN] = "/run/libvirt",
  [PATH_LIB] = "/var/lib/libvirt",
  [PATH_CACHE] = "/var/cache/libvirt",
  [PATH_LOG] = "/var/log/libvirt",
};

/* What session mode puts between a driver's directory and its file. */
static const char *const session_infix[] = {
  [PATH_CONF] = "", [PATH_RUN] = "run/", [PATH_LIB] = "lib/", [PATH_CACHE] = "cache/", [PATH_LOG] = "log/",
};

/* An XDG directory: its variable, else a place below the home directory. */
static char *
xdg_dir (const char *variable, const char *fallback)
{
  const char *value = getenv (variable);

  if (value != NULL && value[0] == '/')
    return g_strdup (value);
  return g_build_filename (g_get_home_dir (), fallback, NULL);
}

static char *
session_base (PathKind kind)
{
  g_autofree char *dir = NULL;
  const char *runtime = getenv ("XDG_RUNTIME_DIR");

  if (kind == PATH_CONF || kind == PATH_LIB)
    dir = xdg_dir ("XDG_CONFIG_HOME", ".config");
  else if (kind == PATH_RUN && runtime != NULL && runtime[0] == '/')
    dir = g_strdup (runtime);
  else
    dir = xdg_dir ("XDG_CACHE_HOME", ".cache");
  return g_strconcat (paths.root, dir, "/libvirt", NULL);
}

void
path_init (const char *root, bool session)
{
  size_t length = root != NULL ? strlen (root) : 0;

  while (length > 0 && root[length - 1] == '/')
    length--;
  g_free (paths.root);
  paths.root = g_strndup (root != NULL ? root : "", length);
  paths.session = session;
  for (PathKind kind = PATH_CONF; kind <= PATH_LOG; kind++)
    {
      g_free (paths.base[kind]);
      paths.base[kind] = session ? session_base (kind) : g_strconcat (paths.root, system_base[kind], NULL);
    }
}

bool
path_is_session (void)
{
  return paths.session;
}

const char *
path_root (void)
{
  return paths.root != NULL ? paths.root : "";
}

static char *below (const char *base, const char *middle, const char *format, va_list args) G_GNUC_PRINTF (3, 0);

static char *
below (const char *base, const char *middle, const char *format, va_list args)
{
  g_autofree char *name = g_strdup_vprintf (format, args);
  char *path = g_strconcat (base, "/", middle, name, NULL);
  size_t length = strlen (path);

  while (length > 1 && path[length - 1] == '/')
    path[--length] = '\0';
  return path;
}

char *
path_make (PathKind kind, const char *format, ...)
{
  va_list args;
  char *path;

  if (paths.base[kind] == NULL)
    path_init (NULL, false);
  va_start (args, format);
  path = below (paths.base[kind], "", format, args);
  va_end (args);
  return path;
}

char *
path_driver (PathKind kind, const char *driver, const char *format, ...)
{
  g_autofree char *middle = NULL;
  va_list args;
  char *path;

  if (paths.base[kind] == NULL)
    path_init (NULL, false);
  middle = g_strconcat (driver, "/", paths.session ? session_infix[kind] : "", NULL);
  va_start (args, format);
  path = below (paths.base[kind], middle, format, args);
  va_end (args);
  return path;
}

char *
path_host (const char *absolute)
{
  return g_strconcat (path_root (), absolute, NULL);
}
