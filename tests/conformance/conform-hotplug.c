/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* conform-hotplug.c: a change of a running guest's devices or vCPUs against a monitor that follows a script.
 *
 * The monitor is the other end of a socket pair, so the real code path runs; it refuses what the script does not have. */
#include <stdio.h>
#include <glib-unix.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "caps-platform.h"
#include "conform.h"
#include "driver.h"
#include "hotplug/vcpu.h"
#include "util/json.h"
#include "util/loop.h"
#include "util/paths.h"
#include "vm/monitor.h"
#include "vm/store.h"

#define ID 7                    /* of the guest, in the corpus */
#define UNPLUG_MS 100
#define CHANNELS "/tmp/channel" /* where the corpus has the sockets of channels */

static char *action, *domain_path, *before_path, *commands, *events, *monitor_path, *vcpus, *enable;
static int count;
static const GOptionEntry options[] = {
  { "do", 0, 0, G_OPTION_ARG_STRING, &action, "attach, detach, update, setvcpus or setvcpu", "WHAT" },
  { "domain", 0, 0, G_OPTION_ARG_FILENAME, &domain_path, "the guest's live document", "FILE" },
  { "before", 0, 0, G_OPTION_ARG_FILENAME, &before_path, "the same after an earlier case", "FILE" },
  { "commands", 0, 0, G_OPTION_ARG_STRING, &commands, "what the monitor accepts, in order", "A,B" },
  { "events", 0, 0, G_OPTION_ARG_STRING, &events, "what it says after a device_del", "EVENT(DEVICE),..." },
  { "monitor", 0, 0, G_OPTION_ARG_FILENAME, &monitor_path, "commands and answers", "FILE" },
  { "count", 0, 0, G_OPTION_ARG_INT, &count, "of vCPUs", "N" },
  { "vcpus", 0, 0, G_OPTION_ARG_STRING, &vcpus, "a list", "A-B" },
  { "enable", 0, 0, G_OPTION_ARG_STRING, &enable, "true or false", "WHICH" },
  { 0 }
};

/* --- the monitor: a thread that shares nothing but the socket ----------------------------------------- */

typedef struct
{
  int fd;
  char **commands;              /* what is still to come */
  unsigned int next;
  json_t *dialogue;             /* instead: command, answer, command... */
  size_t at;
} Monitor;

static void
say (Monitor *monitor, json_t *message)
{
  g_autofree char *text = json_dumps (message, JSON_COMPACT);
  g_autofree char *line = g_strconcat (text, "\r\n", NULL);

  json_decref (message);
  if (write (monitor->fd, line, strlen (line)) < 0)
    g_printerr ("the monitor's socket is gone\n");
}

static void
say_events (Monitor *monitor)
{
  g_auto (GStrv) list = g_strsplit (events != NULL ? events : "", ",", -1);

  for (char **event = list; *event != NULL && **event != '\0'; event++)
    {
      g_auto (GStrv) words = g_strsplit_set (*event, "()", -1);
      json_t *data = json_pack ("{s:s, s:s}", "device", words[1] ?: "", "path", words[1] ?: "");

      say (monitor, json_pack ("{s:s, s:o, s:{s:i, s:i}}", "event", words[0], "data", data, "timestamp", "seconds", 1,
                               "microseconds", 0));
    }
}

static bool
is_expected (Monitor *monitor, const char *name)
{
  if (monitor->commands[monitor->next] == NULL || strcmp (monitor->commands[monitor->next], name) != 0)
    return false;
  monitor->next++;
  return true;
}

/* The recorded answer to @command; NULL: it is not the one that comes next. */
static json_t *
recorded (Monitor *monitor, const json_t *command)
{
  const json_t *wanted = json_array_get (monitor->dialogue, monitor->at);
  const json_t *answer = json_array_get (monitor->dialogue, monitor->at + 1);

  const json_t *arguments = json_object_get (wanted, "arguments"), *given = json_object_get (command, "arguments");

  if (wanted == NULL || !json_equal (json_object_get (wanted, "execute"), json_object_get (command, "execute"))
      || (arguments != given && !json_equal (arguments, given)))
    return NULL;
  monitor->at += 2;
  return json_incref (json_object_get (answer, "return"));
}

static void
answer (Monitor *monitor, const json_t *command)
{
  const char *name = json_get_string (command, "execute", "");
  json_t *id = json_incref (json_object_get (command, "id"));
  json_t *value = NULL;

  if (monitor->dialogue != NULL)
    value = recorded (monitor, command);
  if (value == NULL && strcmp (name, "qmp_capabilities") == 0)
    value = json_object ();
  else if (value == NULL && g_str_has_prefix (name, "query-"))
    value = (is_expected (monitor, name), json_array ());
  else if (value == NULL && is_expected (monitor, name))
    value = json_object ();
  if (value == NULL)
    {
      say (monitor, json_pack ("{s:{s:s, s:s}, s:o}", "error", "class", "GenericError", "desc",
                               "the script has something else here",
                               "id", id));
      return;
    }
  say (monitor, json_pack ("{s:o, s:o}", "return", value, "id", id));
  if (strcmp (name, "device_del") == 0)
    say_events (monitor);
}

static void *
run_monitor (void *data)
{
  Monitor *monitor = data;
  FILE *in = fdopen (dup (monitor->fd), "r");
  char *line = NULL;
  size_t size = 0;

  say (monitor, json_pack ("{s:{s:{s:{s:i, s:i, s:i}, s:s}, s:[]}}", "QMP", "version", "qemu", "major", 7, "minor", 2, "micro", 0,
                           "package", "", "capabilities"));
  while (getline (&line, &size, in) > 0)
    {
      g_autoptr (json_t) command = json_loads (line, 0, NULL);

      answer (monitor, command);
    }
  free (line);
  fclose (in);
  return NULL;
}

/* A file of several texts, one after the other. */
static json_t *
read_dialogue (const char *path, GError **error)
{
  g_autofree char *text = conform_read (path, error);
  g_autoptr (json_t) list = json_array ();
  json_error_t where;

  for (const char *at = text; at != NULL && at[strspn (at, " \r\n\t")] != '\0'; at += where.position)
    {
      json_t *value = json_loads (at, JSON_DISABLE_EOF_CHECK, &where);

      if (value == NULL)
        return fail_null (error, VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "'%s': %s", path, where.text);
      json_array_append_new (list, value);
    }
  return text != NULL ? g_steal_pointer (&list) : NULL;
}

/* --- the guest ------------------------------------------------------------------------------------------ */

/* What the guests of the corpus have. */
#define FLAGS "flags:DEVICE_QXL,DEVICE_VGA,DEVICE_CIRRUS_VGA,SPICE,VNC,DEVICE_USB_STORAGE,VIRTIO_SCSI,DEVICE_VFIO_PCI," \
              "DEVICE_SPAPR_PCI_HOST_BRIDGE,DEVICE_IVSHMEM_PLAIN,DEVICE_IVSHMEM_DOORBELL,CCW,DEVICE_ZPCI,DEVICE_VHOST_VSOCK," \
              "DEVICE_PCI_BRIDGE,DEVICE_PCIE_ROOT_PORT,DEVICE_PC_DIMM,OBJECT_RNG_RANDOM"
static CapsQuery query = { .set = FLAGS, .is_start = true };

/* A document of a guest that runs is one as it is; another is made one, as by a start. */
static Domain *
live_document (const char *path, GError **error)
{
  g_autofree char *xml = path != NULL ? conform_read (path, error) : NULL;
  g_autoptr (Domain) domain = xml != NULL ? domain_parse (xml, strlen (xml), 0, error) : NULL;
  const DomainPlatform *platform = domain != NULL ? caps_platform (&query, error) : NULL;

  if (platform == NULL)
    return path != NULL ? NULL : fail_null (error, VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "there is no document");
  if (domain->id < 0 ? !domain_complete (domain, platform, error) : !domain_apply_defaults (domain, platform, error))
    return NULL;
  if (domain->id < 0)
    domain_assign_aliases (domain);
  domain->id = ID;
  return g_steal_pointer (&domain);
}

/* An emulator that has everything. */
static QemuCaps *
all_caps (void)
{
  static QemuCaps caps = { .binary = (char *) "/usr/bin/qemu", .arch = (char *) "x86_64", .package = (char *) "", .refs = 1 };

  caps.lacks = g_hash_table_new (g_str_hash, g_str_equal);
  return &caps;
}

static bool
act_on_device (Vm *vm, const HotplugHost *host, const char *path, GError **error)
{
  g_autofree char *xml = conform_read (path, error);
  g_auto (DomainDevice) device = { 0 };
  DomainDevice there;
  bool gone;

  if (xml == NULL || !domain_device_parse (xml, strlen (xml), strcmp (action, "attach") == 0 ? DOMAIN_PARSE_INACTIVE : 0,
                                           &device, error))
    return false;
  if (strcmp (action, "attach") == 0)
    return hotplug_attach (vm, host, &device, error);
  if (strcmp (action, "update") == 0)
    return hotplug_update (vm, host, &device, false, error);
  return domain_device_find (vm->live, &device, &there, error) && hotplug_detach (vm, host, &there, true, &gone, error)
         && (gone || fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_TIMEOUT, "the device is still there"));
}

static bool
act (Vm *vm, const HotplugHost *host, const char *path, GError **error)
{
  g_autofree XmlBitmap *map = vcpus != NULL ? xml_bitmap_parse (vcpus, 1024) : NULL;

  if (strcmp (action, "setvcpus") == 0)
    return hotplug_set_vcpu_count (vm, host, (unsigned int) count, error);
  if (strcmp (action, "setvcpu") == 0)
    return hotplug_set_vcpus (vm, host, map, g_strcmp0 (enable, "true") == 0, error);
  return act_on_device (vm, host, path, error);
}

static char *
change_guest (const char *path, Monitor *monitor, int fd, GError **error)
{
  bool vcpu = g_str_has_prefix (action, "setvcpu");
  g_autoptr (Domain) domain = live_document (vcpu ? path : before_path != NULL ? before_path : domain_path, error);
  g_autoptr (QemuConfig) config = domain != NULL ? qemu_config_load (error) : NULL;
  HotplugHost host = { .platform = domain != NULL ? caps_platform (&query, error) : NULL, .caps = all_caps (), .config = config,
                       .unplug_ms = UNPLUG_MS, .only_qemu = true };
  Vm *vm;

  if (config == NULL || !vm_store_setup (error))
    return NULL;
  config->stdio_logd = false;
  driver.config = config;
  driver.events = event_hub_new ();
  driver.monitor_events = event_hub_new ();
  vm = vm_new (domain->uuid, domain->name);
  vm->id = ID;
  vm->live = g_steal_pointer (&domain);
  vm->monitor = qmp_new (fd, vm->name, &vm_monitor_handler, vm);
  return qmp_greet (vm->monitor, deadline_in_ms (5000), error) && act (vm, &host, path, error)
         ? domain_format (vm->live, DOMAIN_FORMAT_SECURE) : NULL;
}

/* --- running ------------------------------------------------------------------------------------------------- */

typedef struct
{
  const char *path;
  char *text;
  GError *error;
} Work;

static void
run_in_fiber (void *data)
{
  Work *work = data;
  g_auto (GStrv) script = g_strsplit (commands != NULL ? commands : "", ",", -1);
  Monitor monitor = { .commands = script };
  int ends[2];

  /* The loop has to run to be ended. */
  fiber_yield (NULL);
  if (script[0] != NULL && *script[0] == '\0')
    g_clear_pointer (&script[0], g_free);
  if (monitor_path == NULL || (monitor.dialogue = read_dialogue (monitor_path, &work->error)) != NULL)
    {
      g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
      g_unix_set_fd_nonblocking (ends[0], TRUE, NULL);
      monitor.fd = ends[1];
      g_thread_unref (g_thread_new ("monitor", run_monitor, &monitor));
      work->text = change_guest (work->path, &monitor, ends[0], &work->error);
    }
  loop_quit (0);
}

static char *
run (const char *path, GError **error)
{
  g_autofree char *root = g_dir_make_tmp ("conform-XXXXXX", error);
  g_autofree char *channels = root != NULL ? g_strconcat (root, "/var/lib/libvirt/qemu/channel/target", NULL) : NULL;
  g_auto (GStrv) pieces = NULL;
  const char *remove[] = { "rm", "-rf", root, NULL };
  Work work = { .path = path };

  if (root == NULL || action == NULL)
    return NULL;
  path_init (root, false);
  fiber_start ("conform", path, run_in_fiber, &work);
  loop_run ();
  g_spawn_sync (NULL, (char **) remove, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
  if (work.error != NULL)
    g_propagate_error (error, work.error);
  if (work.text == NULL)
    return NULL;
  pieces = g_strsplit (work.text, channels, -1);
  return g_strjoinv (CHANNELS, pieces);
}

const ConformKind conform_hotplug = { "hotplug", options, run };
