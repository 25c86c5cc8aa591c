/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hotplug/parts.h"

#include <string.h>

#include "util/error.h"
#include "util/json.h"
#include "util/log.h"
#include "util/loop.h"

#define LOG_CATEGORY "qemu.hotplug"
#define RELEASE_MS 1000
#define RELEASE_POLL_MS 20

/* How QEMU is told of a kind of part, and what names it. */
static const struct { const char *add, *remove, *key; } commands[] = {
  [QEMU_OBJECT] = { "object-add", "object-del", "id" },
  [QEMU_CHARDEV] = { "chardev-add", "chardev-remove", "id" },
  [QEMU_NETDEV] = { "netdev_add", "netdev_del", "id" },
  [QEMU_BLOCKDEV] = { "blockdev-add", "blockdev-del", "node-name" },
  [QEMU_DEVICE] = { "device_add", "device_del", "id" },
  [QEMU_FDSET] = { "add-fd", "remove-fd", "fdset-id" },
  [QEMU_PLAIN] = { NULL },
};

/* --- descriptors --------------------------------------------------------------------------- */

static void
part_fd_clear (void *data)
{
  PartFd *entry = data;

  g_free (entry->name);
  fd_clear (&entry->fd);
}

GArray *
part_fds_new (void)
{
  GArray *fds = g_array_new (FALSE, TRUE, sizeof (PartFd));

  g_array_set_clear_func (fds, part_fd_clear);
  return fds;
}

const char *
part_fds_add (GArray *fds, const char *prefix, int fd)
{
  PartFd entry = { .name = g_strdup_printf ("%s-%u", prefix, fds->len), .fd = fd };

  g_array_append_val (fds, entry);
  return entry.name;
}

/* The descriptor of a set's part; NULL if it is none of ours. */
static const PartFd *
fd_of_part (const GArray *fds, const QemuPart *part)
{
  for (unsigned int i = 0; part->kind == QEMU_FDSET && fds != NULL && i < fds->len; i++)
    if (strcmp (g_array_index (fds, PartFd, i).name, part->text) == 0)
      return &g_array_index (fds, PartFd, i);
  return NULL;
}

static bool
is_in_set (const QemuArgs *args, const char *name)
{
  unsigned int n;
  const QemuPart *parts = qemu_args_parts (args, &n);

  for (unsigned int i = 0; i < n; i++)
    if (parts[i].kind == QEMU_FDSET && strcmp (parts[i].text, name) == 0)
      return true;
  return false;
}

static bool
send_fd (Qmp *qmp, const PartFd *entry, Deadline deadline, GError **error)
{
  g_autoptr (json_t) done = qmp_command_fd (qmp, "getfd", json_pack ("{s:s}", "fdname", entry->name), entry->fd, deadline,
                                            error);

  return done != NULL;
}

/* Those that QEMU took have no name any more; it refuses them. */
static void
close_fds (Qmp *qmp, const QemuArgs *args, const GArray *fds, Deadline deadline)
{
  for (unsigned int i = 0; fds != NULL && i < fds->len; i++)
    if (!is_in_set (args, g_array_index (fds, PartFd, i).name))
      qmp_do (qmp, "closefd", json_pack ("{s:s}", "fdname", g_array_index (fds, PartFd, i).name), deadline, NULL);
}

static bool
send_fds (Qmp *qmp, const QemuArgs *args, const GArray *fds, Deadline deadline, GError **error)
{
  for (unsigned int i = 0; fds != NULL && i < fds->len; i++)
    if (!is_in_set (args, g_array_index (fds, PartFd, i).name)
        && !send_fd (qmp, &g_array_index (fds, PartFd, i), deadline, error))
      return false;
  return true;
}

/* --- parts ----------------------------------------------------------------------------------- */

static bool
add_part (Qmp *qmp, const QemuPart *part, const GArray *fds, Deadline deadline, json_t **ret_answer, GError **error)
{
  const PartFd *entry = fd_of_part (fds, part);
  g_autoptr (json_t) answer = NULL;

  if (commands[part->kind].add == NULL || part->kind == QEMU_AUDIODEV)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED, "QEMU takes '%s' only when it starts",
                 part->option != NULL ? part->option : "-audiodev");
  if (part->kind == QEMU_FDSET && entry == NULL)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "there is no descriptor '%s'", part->text);
  answer = qmp_command_fd (qmp, commands[part->kind].add, json_incref (part->json), entry != NULL ? entry->fd : -1, deadline,
                           error);
  if (answer == NULL)
    return false;
  if (part->kind == QEMU_CHARDEV && ret_answer != NULL && *ret_answer == NULL)
    *ret_answer = json_incref (answer);
  return true;
}

/* Failures are expected: what is to be undone may not have been done, or go by itself. */
static bool
remove_part (Qmp *qmp, const QemuPart *part, Deadline deadline, GError **error)
{
  const char *key = commands[part->kind].key;
  json_t *args = json_object ();

  json_object_set (args, key, json_object_get (part->json, key));
  return qmp_do (qmp, commands[part->kind].remove, args, deadline, error);
}

/* A device that has left the guest may hold on to its parts for a moment. */
static void
remove_unused (Qmp *qmp, const QemuPart *part, Deadline deadline)
{
  Deadline patience = MIN (deadline, deadline_in_ms (RELEASE_MS));

  for (;;)
    {
      g_autoptr (GError) error = NULL;
      bool busy;

      if (remove_part (qmp, part, deadline, &error))
        return;
      busy = strstr (error->message, "in use") != NULL || strstr (error->message, "busy") != NULL;
      log_debug ("%s", error->message);
      if (!busy || loop_now () >= patience || !fiber_sleep (RELEASE_POLL_MS, NULL))
        return;
    }
}

static void
remove_first (Qmp *qmp, const QemuArgs *args, unsigned int n, Deadline deadline)
{
  unsigned int all;
  const QemuPart *parts = qemu_args_parts (args, &all);

  while (n-- > 0)
    if (parts[n].kind != QEMU_DEVICE && commands[parts[n].kind].remove != NULL)
      remove_unused (qmp, &parts[n], deadline);
}

bool
parts_add (Qmp *qmp, const QemuArgs *args, GArray *fds, bool with_device, Deadline deadline, json_t **ret_answer, bool *ret_maybe,
           GError **error)
{
  unsigned int n, done = 0;
  const QemuPart *parts = qemu_args_parts (args, &n);
  g_autoptr (GError) local = NULL;
  bool ok = send_fds (qmp, args, fds, deadline, &local);

  *ret_maybe = false;
  while (ok && done < n)
    {
      ok = (!with_device && parts[done].kind == QEMU_DEVICE)
           || add_part (qmp, &parts[done], fds, deadline, ret_answer, &local);
      done += ok;
    }
  if (ok)
    return true;
  /* What was sent without an answer is done later; so is what undoes it. */
  if (virt_error_code (local) == VIR_ERR_OPERATION_TIMEOUT && done < n)
    *ret_maybe = parts[done++].kind == QEMU_DEVICE;
  if (!*ret_maybe)
    {
      remove_first (qmp, args, done, deadline);
      close_fds (qmp, args, fds, deadline);
    }
  g_propagate_error (error, g_steal_pointer (&local));
  return false;
}

void
parts_remove (Qmp *qmp, const QemuArgs *args, Deadline deadline)
{
  unsigned int n;

  qemu_args_parts (args, &n);
  remove_first (qmp, args, n, deadline);
}

static const QemuPart *
device_part (const QemuArgs *args)
{
  unsigned int n;
  const QemuPart *parts = qemu_args_parts (args, &n);

  while (n-- > 0)
    if (parts[n].kind == QEMU_DEVICE && json_object_get (parts[n].json, "id") != NULL)
      return &parts[n];
  return NULL;
}

bool
parts_ask_removal (Qmp *qmp, const QemuArgs *args, Deadline deadline, bool *ret_asked, GError **error)
{
  const QemuPart *part = device_part (args);

  *ret_asked = part != NULL;
  return part == NULL || remove_part (qmp, part, deadline, error);
}

const char *
parts_device_id (const QemuArgs *args)
{
  const QemuPart *part = device_part (args);

  return part != NULL ? json_get_string (part->json, "id", NULL) : NULL;
}
