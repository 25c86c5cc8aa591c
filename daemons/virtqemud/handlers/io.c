/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls that reach into a guest: consoles, the screen, keys, the monitor. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>

#include "driver.h"
#include "handlers/handlers.h"
#include "handlers/keycodes.h"
#include "qemu/process.h"
#include "qemu/qmp.h"
#include "handlers/relay.h"
#include "util/cleanup.h"
#include "util/state-file.h"
#include "vm/events.h"
#include "vm/figures.h"
#include "vm/lifecycle.h"

/* --- consoles and channels ---------------------------------------------------------------------------- */

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

  if (holder == NULL)
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

/* The guest's end of @device, whatever kind it is of. */
static int
open_device (const Vm *vm, const DomainChardev *device, const char *alias, GError **error)
{
  switch (device->source.type)
    {
    case CHARDEV_TYPE_PTY:
    case CHARDEV_TYPE_DEV:
      if (device->source.path != NULL)
        return open_terminal (device->source.path, error);
      break;
    case CHARDEV_TYPE_UNIX:
      if (device->source.path != NULL)
        return qmp_dial (device->source.path, error);
      break;
    default:
      break;
    }
  fail (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR,
        "the character device '%s' of domain '%s' is of a type that streams cannot use", alias, vm->name);
  return -1;
}

static bool
open_stream (Call *call, Vm *vm, const DomainChardev *device, const char *alias, bool force, GError **error)
{
  g_autofree char *path = g_strdup (device->source.path);
  fd_auto int fd = open_device (vm, device, alias, error);
  g_autoptr (Stream) stream = NULL;
  Seat *seat;

  if (fd < 0 || !take_seat (vm, path, force, error))
    return false;
  stream = call_open_stream (call);
  g_hash_table_replace (vm->consoles, g_strdup (path), stream_ref (stream));
  seat = g_new (Seat, 1);
  *seat = (Seat) { vm_ref (vm), g_steal_pointer (&path) };
  relay_start (stream, fd_steal (&fd), vm->name, leave_seat, seat);
  return true;
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
  device = domain_find_console (vm->live, args->dev_name);
  if (device == NULL)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "domain '%s' has no character device '%s'",
                 vm->name, args->dev_name != NULL ? args->dev_name : "(the first one)");
  return open_stream (call, vm, device, device->info.alias, args->flags & VIR_DOMAIN_CONSOLE_FORCE, error);
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
  return open_stream (call, vm, channel, channel->info.alias, args->flags & VIR_DOMAIN_CHANNEL_FORCE, error);
}

/* --- the screen ------------------------------------------------------------------------------------------- */

#define SCREENSHOT_MAX (64u << 20)

/* A picture on its way to a client. */
typedef struct
{
  Stream *stream;
  char *data;
  size_t length;
} Picture;

static void
send_picture (void *data)
{
  Picture *picture = data;

  if (stream_send (picture->stream, picture->data, picture->length, NULL))
    {
      stream_send_eof (picture->stream);
      stream_finish (picture->stream);
    }
  stream_unref (picture->stream);
  g_free (picture->data);
  g_free (picture);
}

/* The video device and its head that make up screen @screen. */
static const DomainVideo *
find_screen (const Domain *domain, unsigned int screen, unsigned int *ret_head)
{
  for (unsigned int i = 0; i < domain->videos.n; i++)
    {
      const DomainVideo *video = domain->videos.items[i];
      unsigned int heads = MAX (video->heads, 1);

      if (video->type == VIDEO_TYPE_NONE)
        continue;
      if (screen < heads)
        {
          *ret_head = screen;
          return video;
        }
      screen -= heads;
    }
  return NULL;
}

static bool
has_screen (const Domain *domain)
{
  unsigned int head;

  return find_screen (domain, 0, &head) != NULL;
}

/* Lets QEMU write the picture into its own folder, and takes it from there. */
static bool
take_picture (Vm *vm, const char *device, unsigned int head, char **ret_data, size_t *ret_length, GError **error)
{
  static unsigned int serial;
  g_autofree char *path = g_strdup_printf ("%s/screen-%u.png", vm->process->lib_dir, ++serial);
  json_t *args = json_pack ("{s:s, s:s, s:s, s:i}", "filename", path, "format", "png",
                            "device", device, "head", (int) head);
  bool taken = vm_command (vm, "screendump", args, error)
               && state_file_read (path, SCREENSHOT_MAX, ret_data, ret_length, error);

  state_file_remove (path, NULL);
  return taken;
}

bool
handle_domain_screenshot (Call *call, const DomainScreenshotArgs *args, DomainScreenshotRet *ret, GError **error)
{
  g_autoptr (Vm) vm = NULL;
  g_autofree char *data = NULL, *device = NULL;
  const DomainVideo *video;
  unsigned int head;
  Picture *picture;
  size_t length;

  if (!handler_check_flags (args->flags, 0, "virDomainScreenshot", error))
    return false;
  vm = handler_active_vm (&args->dom, error);
  if (vm == NULL)
    return false;
  if (!has_screen (vm->live))
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "domain '%s' has no screen", vm->name);
  video = find_screen (vm->live, args->screen, &head);
  if (video == NULL)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID,
                 "domain '%s' has no screen %u", vm->name, args->screen);
  if (vm->process == NULL)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_INVALID, "domain '%s' is starting", vm->name);
  device = g_strdup (video->info.alias);
  if (!take_picture (vm, device, head, &data, &length, error))
    return false;
  picture = g_new (Picture, 1);
  *picture = (Picture) { call_open_stream (call), g_steal_pointer (&data), length };
  fiber_start ("screenshot to a client", vm->name, send_picture, picture);
  ret->mime = g_strdup ("image/png");
  return true;
}

/* --- keys --------------------------------------------------------------------------------------------------- */

bool
handle_domain_send_key (Call *call, const DomainSendKeyArgs *args, GError **error)
{
  g_autoptr (Vm) vm = NULL;
  g_autoptr (json_t) keys = json_array ();
  json_t *command;

  if (!handler_check_flags (args->flags, 0, "virDomainSendKey", error))
    return false;
  if (args->codeset >= VIR_KEYCODE_SET_LAST)
    return fail (error, VIR_FROM_DOM, VIR_ERR_INVALID_ARG, "unknown set of keys %u", args->codeset);
  if (args->n_keycodes > VIR_DOMAIN_SEND_KEY_MAX_KEYS)
    return fail (error, VIR_FROM_DOM, VIR_ERR_INVALID_ARG, "%u keys at once are more than %d",
                 args->n_keycodes, VIR_DOMAIN_SEND_KEY_MAX_KEYS);
  vm = handler_active_vm (&args->dom, error);
  if (vm == NULL)
    return false;
  for (unsigned int i = 0; i < args->n_keycodes; i++)
    {
      unsigned int qnum;

      if (!keycode_to_qnum (args->codeset, args->keycodes[i], &qnum, error))
        return false;
      json_array_append_new (keys, json_pack ("{s:s, s:i}", "type", "number", "data", (int) qnum));
    }
  command = json_pack ("{s:O}", "keys", keys);
  if (args->holdtime > 0)
    json_object_set_new (command, "hold-time", json_integer (args->holdtime));
  return vm_command (vm, "send-key", command, error);
}

bool
handle_domain_inject_nmi (Call *call, const DomainInjectNmiArgs *args, GError **error)
{
  g_autoptr (Vm) vm = NULL;

  if (!handler_check_flags (args->flags, 0, "virDomainInjectNMI", error))
    return false;
  vm = handler_active_vm (&args->dom, error);
  return vm != NULL && vm_command (vm, "inject-nmi", NULL, error);
}

/* --- the monitor ---------------------------------------------------------------------------------------------- */

/* Text in braces is to be JSON; other text is taken for the name of a command. */
static bool
check_command (const char *text, GError **error)
{
  g_autoptr (json_t) parsed = NULL;
  json_error_t mistake;

  while (g_ascii_isspace (*text))
    text++;
  if (*text != '{')
    return true;
  parsed = json_loads (text, 0, &mistake);
  return parsed != NULL
         || fail (error, VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "the command is not JSON: %s at column %d",
                  mistake.text, mistake.column);
}

static bool
monitor_command (const RemoteNonnullDomain *dom, const char *text, unsigned int flags, char **ret_result,
                 GError **error)
{
  bool hmp = flags & VIR_DOMAIN_QEMU_MONITOR_COMMAND_HMP;
  g_autoptr (Vm) vm = NULL;
  g_autoptr (Qmp) qmp = NULL;
  g_autoptr (GError) broken = NULL;

  if (!handler_check_flags (flags, VIR_DOMAIN_QEMU_MONITOR_COMMAND_HMP, "virDomainQemuMonitorCommand", error))
    return false;
  vm = handler_active_vm (dom, error);
  if (vm == NULL || (!hmp && !check_command (text, error)))
    return false;
  if (vm->monitor == NULL)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED,
                 "the monitor of domain '%s' is not connected", vm->name);
  qmp = qmp_ref (vm->monitor);
  vm_taint (vm, VM_TAINT_CUSTOM_MONITOR, "custom-monitor");
  *ret_result = hmp ? qmp_hmp (qmp, text, deadline_in_ms (VM_COMMAND_MS), &broken)
                    : qmp_raw (qmp, text, deadline_in_ms (VM_COMMAND_MS), &broken);
  /* Whatever that was: what does not change by itself may have changed. */
  vm_figure_forget (vm, VM_FIGURE_IOTHREADS);
  vm_figure_forget (vm, VM_FIGURE_DIRTY_RATE);
  if (*ret_result != NULL)
    return true;
  if (!qmp_is_open (qmp))
    vm_event_control_error (vm);
  g_propagate_error (error, g_steal_pointer (&broken));
  return false;
}

bool
handle_domain_monitor_command (Call *call, const QemuDomainMonitorCommandArgs *args, QemuDomainMonitorCommandRet *ret,
                               GError **error)
{
  return monitor_command (&args->dom, args->cmd, args->flags, &ret->result, error);
}

bool
handle_domain_monitor_command_with_files (Call *call, const QemuDomainMonitorCommandWithFilesArgs *args,
                                          QemuDomainMonitorCommandWithFilesRet *ret, GError **error)
{
  if (call_n_fds (call) > 0)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_NO_SUPPORT, "descriptors cannot be sent with a monitor command yet");
  return monitor_command (&args->dom, args->cmd, args->flags, &ret->result, error);
}
