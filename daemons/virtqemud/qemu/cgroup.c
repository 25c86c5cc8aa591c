/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "args/args.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/fiber.h"
#include "util/log.h"
#include "util/loop.h"
#include "util/paths.h"

#define LOG_CATEGORY "qemu.cgroup"
#define PARENT "virtswarm"
#define SCOPE_WAIT_MS 1000

static bool
under_systemd (void)
{
  return sd_booted () > 0 && geteuid () == 0 && !path_is_session ();
}

/* --- without systemd -------------------------------------------------------------------- */

/* The cgroup v2 hierarchy, NULL if there is none. Static. */
static const char *
hierarchy (void)
{
  static const char *const places[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };
  struct statfs fs;

  for (unsigned int i = 0; i < G_N_ELEMENTS (places); i++)
    if (statfs (places[i], &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC)
      return places[i];
  return NULL;
}

/* Hands controllers down; those that cannot be are not worth a word. */
static void
enable_controllers (const char *folder)
{
  static const char *const controllers[] = { "+cpu", "+memory", "+io", "+pids" };
  g_autofree char *path = g_strconcat (folder, "/cgroup.subtree_control", NULL);

  for (unsigned int i = 0; i < G_N_ELEMENTS (controllers); i++)
    {
      fd_auto int fd = open (path, O_WRONLY | O_CLOEXEC);

      if (fd >= 0 && write (fd, controllers[i], strlen (controllers[i])) < 0)
        continue;
    }
}

char *
qemu_cgroup_make (int id, const char *name)
{
  const char *top = hierarchy ();
  g_autofree char *short_name = qemu_short_name (id, name);
  g_autofree char *parent = top != NULL ? g_strconcat (top, "/" PARENT, NULL) : NULL;
  /* Swarms with roots of their own share the host: their ids do not differ. */
  g_autofree char *path = g_strdup_printf ("%s/qemu-%s-%08x", parent != NULL ? parent : "", short_name,
                                           g_str_hash (path_root ()));

  if (under_systemd () || parent == NULL || path_is_session ())
    return NULL;
  if (mkdir (parent, 0755) == 0)
    {
      enable_controllers (top);
      enable_controllers (parent);
    }
  if (mkdir (path, 0755) < 0 && errno != EEXIST)
    {
      log_debug ("no control group for '%s': %s: %s", name, path, g_strerror (errno));
      return NULL;
    }
  return g_steal_pointer (&path);
}

void
qemu_cgroup_remove (const char *path)
{
  if (path != NULL && strstr (path, "/" PARENT "/qemu-") != NULL && rmdir (path) < 0 && errno != ENOENT)
    log_debug ("cannot remove control group %s: %s", path, g_strerror (errno));
}

/* --- with systemd --------------------------------------------------------------------------- */

typedef struct
{
  Wait wait;
  char *failure;
} ScopeCall;

static int
on_scope_reply (sd_bus_message *reply, void *data, sd_bus_error *ret_error)
{
  ScopeCall *call = data;
  const sd_bus_error *error = sd_bus_message_get_error (reply);

  if (error != NULL)
    call->failure = g_strdup (error->message);
  wait_done (&call->wait);
  return 0;
}

/* "machine-qemu\x2d5\x2dname.scope": what is not plain is escaped as systemd does. */
static char *
scope_name (int id, const char *name)
{
  g_autofree char *short_name = qemu_short_name (id, name);
  GString *out = g_string_new ("machine-qemu\\x2d");

  for (const char *c = short_name; *c != '\0'; c++)
    if (g_ascii_isalnum (*c) || *c == '_' || *c == ':' || *c == '.')
      g_string_append_c (out, *c);
    else
      g_string_append_printf (out, "\\x%02x", (unsigned char) *c);
  g_string_append (out, ".scope");
  return g_string_free (out, FALSE);
}

static int
send_scope_call (sd_bus *bus, const char *scope, const char *name, pid_t pid, ScopeCall *call,
                 sd_bus_slot **ret_slot)
{
  sd_bus_message *message = NULL;
  g_autofree char *description = g_strdup_printf ("Virtual machine %s", name);
  int r = sd_bus_message_new_method_call (bus, &message, "org.freedesktop.systemd1", "/org/freedesktop/systemd1",
                                          "org.freedesktop.systemd1.Manager", "StartTransientUnit");

  if (r >= 0)
    r = sd_bus_message_append (message, "ssa(sv)a(sa(sv))", scope, "fail", 6,
                               "Description", "s", description, "Slice", "s", "machine.slice",
                               "PIDs", "au", 1, (uint32_t) pid, "Delegate", "b", 1,
                               "CollectMode", "s", "inactive-or-failed", "TasksMax", "t", (uint64_t) 16384, 0);
  if (r >= 0)
    r = sd_bus_call_async (bus, ret_slot, message, on_scope_reply, call, SCOPE_WAIT_MS * 1000);
  sd_bus_message_unref (message);
  return r;
}

/* The scope's folder as the process itself sees it; it is moved shortly after the reply. */
static char *
await_membership (pid_t pid, const char *scope)
{
  const char *top = hierarchy ();
  g_autofree char *file = g_strdup_printf ("/proc/%d/cgroup", pid);

  for (unsigned int i = 0; top != NULL && i < SCOPE_WAIT_MS / 5; i++)
    {
      g_autofree char *text = NULL;
      char *line = g_file_get_contents (file, &text, NULL, NULL) ? strstr (text, "0::") : NULL;
      char *end = line != NULL ? strchr (line, '\n') : NULL;

      if (end != NULL)
        *end = '\0';
      if (line != NULL && strstr (line, scope) != NULL)
        return g_strconcat (top, line + strlen ("0::"), NULL);
      if (text == NULL || !fiber_sleep (5, NULL))
        return NULL;
    }
  return NULL;
}

char *
qemu_scope_make (int id, const char *name, pid_t pid)
{
  g_autofree char *scope = scope_name (id, name);
  ScopeCall call = { 0 };
  sd_bus *bus = NULL;
  sd_bus_slot *slot = NULL;
  char *path = NULL;
  int r;

  if (!under_systemd ())
    return NULL;
  r = sd_bus_open_system (&bus);
  if (r >= 0)
    r = sd_bus_attach_event (bus, loop_event (), 0);
  if (r >= 0)
    r = send_scope_call (bus, scope, name, pid, &call, &slot);
  if (r >= 0 && !wait_for (&call.wait, deadline_in_ms (SCOPE_WAIT_MS), "a scope from systemd", NULL))
    r = -ETIMEDOUT;
  sd_bus_slot_unref (slot);
  if (r < 0 || call.failure != NULL)
    log_warning ("no scope for guest '%s': %s", name, call.failure != NULL ? call.failure : g_strerror (-r));
  else
    path = await_membership (pid, scope);
  sd_bus_flush_close_unref (bus);
  g_free (call.failure);
  return path;
}

/* --- figures -------------------------------------------------------------------------------- */

bool
qemu_cgroup_cpu (const char *path, guint64 *ret_total, guint64 *ret_user, guint64 *ret_system)
{
  g_autofree char *file = path != NULL ? g_strconcat (path, "/cpu.stat", NULL) : NULL;
  g_autofree char *text = NULL;
  unsigned long long total, user, system;

  if (file == NULL || !g_file_get_contents (file, &text, NULL, NULL)
      || sscanf (text, "usage_usec %llu user_usec %llu system_usec %llu", &total, &user, &system) != 3)
    return false;
  *ret_total = total * 1000;
  *ret_user = user * 1000;
  *ret_system = system * 1000;
  return true;
}
