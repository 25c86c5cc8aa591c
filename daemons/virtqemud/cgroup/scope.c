/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* systemd's scopes: a transient unit for each guest. */
#include "cgroup/private.h"

#include <errno.h>
#include <string.h>
#include <systemd/sd-bus.h>

#include "args/args.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/fiber.h"
#include "util/log.h"
#include "util/loop.h"

#define LOG_CATEGORY "qemu.cgroup"
#define DEFAULT_SLICE "machine.slice"
#define SCOPE_WAIT_MS 1000

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

/* "/machine/production" is "machine-production.slice". */
static char *
slice_name (const char *partition)
{
  g_auto (GStrv) parts = g_strsplit (partition != NULL ? partition : "", "/", -1);
  GString *out = g_string_new ("");

  for (unsigned int i = 0; parts[i] != NULL; i++)
    {
      if (*parts[i] == '\0')
        continue;
      if (out->len > 0)
        g_string_append_c (out, '-');
      for (const char *c = parts[i]; *c != '\0'; c++)
        if (g_ascii_isalnum (*c) || strchr ("_:.", *c) != NULL)
          g_string_append_c (out, *c);
        else
          g_string_append_printf (out, "\\x%02x", (unsigned char) *c);
    }
  g_string_append (out, out->len > 0 ? ".slice" : DEFAULT_SLICE);
  return g_string_free (out, FALSE);
}

static int
send_scope_call (sd_bus *bus, const char *scope, const char *slice, const char *name, pid_t pid, ScopeCall *call,
                 sd_bus_slot **ret_slot)
{
  sd_bus_message *message = NULL;
  g_autofree char *description = g_strdup_printf ("Virtual machine %s", name);
  int r = sd_bus_message_new_method_call (bus, &message, "org.freedesktop.systemd1", "/org/freedesktop/systemd1",
                                          "org.freedesktop.systemd1.Manager", "StartTransientUnit");

  if (r >= 0)
    r = sd_bus_message_append (message, "ssa(sv)a(sa(sv))", scope, "fail", 6,
                               "Description", "s", description, "Slice", "s", slice,
                               "PIDs", "au", 1, (uint32_t) pid, "Delegate", "b", 1,
                               "CollectMode", "s", "inactive-or-failed", "TasksMax", "t", (uint64_t) 16384, 0);
  if (r >= 0)
    r = sd_bus_call_async (bus, ret_slot, message, on_scope_reply, call, SCOPE_WAIT_MS * 1000);
  sd_bus_message_unref (message);
  return r;
}

/* The scope's path as the process itself sees it; it is moved shortly after the reply. Where there is no
 * version 2, systemd has a hierarchy of version 1 of its own. */
static char *
await_membership (pid_t pid, const char *scope)
{
  g_autofree char *file = g_strdup_printf ("/proc/%d/cgroup", (int) pid);
  const char *prefix = cgroup_unified () != NULL ? "0::" : "name=systemd:";

  for (unsigned int i = 0; i < SCOPE_WAIT_MS / 5; i++)
    {
      g_autofree char *text = cgroup_read (file);
      char *line = text != NULL ? strstr (text, prefix) : NULL;
      char *end = line != NULL ? strchr (line, '\n') : NULL;

      if (end != NULL)
        *end = '\0';
      if (line != NULL && strstr (line, scope) != NULL)
        return g_strconcat (line + strlen (prefix), "/libvirt", NULL);
      if (text == NULL || !fiber_sleep (5, NULL))
        return NULL;
    }
  return NULL;
}

char *
cgroup_scope (int id, const char *name, const char *partition, pid_t pid)
{
  g_autofree char *scope = scope_name (id, name), *slice = slice_name (partition);
  ScopeCall call = { 0 };
  sd_bus *bus = NULL;
  sd_bus_slot *slot = NULL;
  char *path = NULL;
  int r;

  if (!cgroup_under_systemd ())
    return NULL;
  r = sd_bus_open_system (&bus);
  if (r >= 0)
    r = sd_bus_attach_event (bus, loop_event (), 0);
  if (r >= 0)
    r = send_scope_call (bus, scope, slice, name, pid, &call, &slot);
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
