/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Streams to the character devices of guests. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <termios.h>

#include "handlers/handlers.h"
#include "handlers/relay.h"
#include "qemu/qmp.h"
#include "util/cleanup.h"
#include "util/loop.h"

#define DIAL_MS 5000
#define DIAL_AGAIN_MS 10

/* Who had a console has left it. */
typedef struct
{
  Vm *vm;
  char *path;
} Seat;

static void
leave_seat (Stream *stream, void *data)
{
  Seat *seat = data;

  if (g_hash_table_lookup (seat->vm->consoles, seat->path) == stream)
    g_hash_table_remove (seat->vm->consoles, seat->path);
  vm_unref (seat->vm);
  g_free (seat->path);
  g_free (seat);
}

/* One client at a time has a console: a second one is refused, or takes it. */
static bool
take_seat (Vm *vm, const char *path, bool force, GError **error)
{
  Stream *holder = g_hash_table_lookup (vm->consoles, path);
  g_autoptr (GError) reason = NULL;

  /* Who has left it may not have been noticed by its relay yet. */
  if (holder == NULL || stream_is_closed (holder))
    return true;
  if (!force)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED,
                 "domain '%s': '%s' is in use by another session", vm->name, path);
  fail (&reason, VIR_FROM_QEMU, VIR_ERR_OPERATION_ABORTED, "another session took '%s' over", path);
  stream_fail (holder, reason);
  g_hash_table_remove (vm->consoles, path);
  return true;
}

static int
open_terminal (const char *path, GError **error)
{
  int fd = open (path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  struct termios mode;

  if (fd < 0)
    {
      fail_errno (error, VIR_FROM_QEMU, errno, "opening the terminal '%s'", path);
      return -1;
    }
  if (tcgetattr (fd, &mode) == 0)
    {
      cfmakeraw (&mode);
      tcsetattr (fd, TCSANOW, &mode);
    }
  return fd;
}

/* QEMU listens for one client more than it serves: one that has just left may still be in its way. */
static int
dial (const char *path, GError **error)
{
  Deadline deadline = deadline_in_ms (DIAL_MS);

  for (;;)
    {
      g_autoptr (GError) local = NULL;
      int fd = qmp_dial (path, &local);

      if (fd >= 0 || loop_now () >= deadline || !fiber_sleep (DIAL_AGAIN_MS, NULL))
        {
          if (fd < 0)
            g_propagate_error (error, g_steal_pointer (&local));
          return fd;
        }
    }
}

static bool
is_terminal (const DomainChardevSource *source)
{
  return source->type == CHARDEV_TYPE_PTY || source->type == CHARDEV_TYPE_DEV;
}

/* Whether a client can be at the other end of @device. */
static bool
check_device (const Vm *vm, const DomainChardev *device, GError **error)
{
  const DomainChardevSource *source = &device->source;
  bool listens = source->type == CHARDEV_TYPE_UNIX && source->mode != CHARDEV_MODE_CONNECT;

  return (source->path != NULL && (is_terminal (source) || listens))
         || fail (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR,
                  "the character device '%s' of domain '%s' is neither a terminal nor a socket that QEMU listens on",
                  device->info.alias, vm->name);
}

static bool
open_stream (Call *call, Vm *vm, const DomainChardev *device, bool force, GError **error)
{
  g_autofree char *path = g_strdup (device->source.path);
  bool terminal = is_terminal (&device->source);
  g_autoptr (Stream) stream = NULL;
  fd_auto int fd = -1;
  Seat *seat;

  if (!check_device (vm, device, error) || !take_seat (vm, path, force, error))
    return false;
  fd = terminal ? open_terminal (path, error) : dial (path, error);
  /* Somebody else may have come first. */
  if (fd < 0 || !take_seat (vm, path, force, error))
    return false;
  stream = call_open_stream (call);
  g_hash_table_replace (vm->consoles, g_strdup (path), stream_ref (stream));
  seat = g_new (Seat, 1);
  *seat = (Seat) { vm_ref (vm), g_steal_pointer (&path) };
  relay_start (stream, fd_steal (&fd), vm->name, leave_seat, seat);
  return true;
}

/* By alias; "console0" is also another view of a serial port, which goes by that one's alias. */
static const DomainChardev *
find_console (const Domain *domain, const char *name)
{
  const DomainChardev *device = domain_find_console (domain, name);
  unsigned int index;
  char end;

  if (device != NULL || name == NULL || sscanf (name, "console%u%c", &index, &end) != 1 || index >= domain->consoles.n)
    return device;
  return domain->consoles.items[index];
}

bool
handle_domain_open_console (Call *call, const DomainOpenConsoleArgs *args, GError **error)
{
  g_autoptr (Vm) vm = NULL;
  const DomainChardev *device;

  if (!handler_check_flags (args->flags, VIR_DOMAIN_CONSOLE_FORCE | VIR_DOMAIN_CONSOLE_SAFE,
                            "virDomainOpenConsole", error))
    return false;
  vm = handler_active_vm (&args->dom, error);
  if (vm == NULL)
    return false;
  device = find_console (vm->live, args->dev_name);
  if (device == NULL)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "domain '%s' has no character device '%s'",
                 vm->name, args->dev_name != NULL ? args->dev_name : "(the first one)");
  return open_stream (call, vm, device, args->flags & VIR_DOMAIN_CONSOLE_FORCE, error);
}

static const DomainChardev *
find_channel (const Domain *domain, const char *name)
{
  for (unsigned int i = 0; i < domain->channels.n; i++)
    {
      const DomainChardev *channel = domain->channels.items[i];

      if (name == NULL || g_strcmp0 (channel->name, name) == 0 || g_strcmp0 (channel->info.alias, name) == 0)
        return channel;
    }
  return NULL;
}

bool
handle_domain_open_channel (Call *call, const DomainOpenChannelArgs *args, GError **error)
{
  g_autoptr (Vm) vm = NULL;
  const DomainChardev *channel;

  if (!handler_check_flags (args->flags, VIR_DOMAIN_CHANNEL_FORCE, "virDomainOpenChannel", error))
    return false;
  vm = handler_active_vm (&args->dom, error);
  if (vm == NULL)
    return false;
  channel = find_channel (vm->live, args->name);
  if (channel == NULL)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "domain '%s' has no channel '%s'",
                 vm->name, args->name != NULL ? args->name : "(the first one)");
  return open_stream (call, vm, channel, args->flags & VIR_DOMAIN_CHANNEL_FORCE, error);
}
