/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* paths.h: where things lie, in system mode, session mode and below --root.
 *
 * System mode (effective uid 0) uses the stock directories, all prefixed by the
 * root given with --root ("" by default). Session mode uses the XDG directories,
 * which --root moves below itself too. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum
{
  PATH_CONF,    /* /etc/libvirt         or $XDG_CONFIG_HOME/libvirt */
  PATH_RUN,     /* /run/libvirt         or $XDG_RUNTIME_DIR/libvirt */
  PATH_LIB,     /* /var/lib/libvirt     or $XDG_CONFIG_HOME/libvirt */
  PATH_CACHE,   /* /var/cache/libvirt   or $XDG_CACHE_HOME/libvirt */
  PATH_LOG,     /* /var/log/libvirt     or $XDG_CACHE_HOME/libvirt */
} PathKind;

/* Called once, at start: @root is an absolute directory or NULL; @session
 * chooses session mode. */
void path_init (const char *root, bool session);
bool path_is_session (void);
const char *path_root (void);     /* "" if there is none; borrowed */

/* A path below the directory of @kind; @format may be "" for the directory
 * itself. Caller frees. */
char *path_make (PathKind kind, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* A path in the driver's part of @kind: /run/libvirt/qemu/..., and in session
 * mode $RT/qemu/run/..., $CF/qemu/lib/..., $CA/qemu/cache/..., $CA/qemu/log/...
 * Caller frees. */
char *path_driver (PathKind kind, const char *driver, const char *format, ...) G_GNUC_PRINTF (3, 4);

/* @absolute below the root: path_host ("/etc/machine-id"). Caller frees. */
char *path_host (const char *absolute);
