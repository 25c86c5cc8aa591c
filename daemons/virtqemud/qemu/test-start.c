/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Against the host's own QEMU: what it can do, and tiny paused guests under TCG. Skipped without one. */
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "args/args.h"
#include "qemu/platform.h"
#include "qemu/process.h"
#include "util/error.h"
#include "util/loop.h"
#include "util/paths.h"

#define DOCUMENT(devices_)                                                                                      \
  "<domain type='qemu'><name>t\xc3\xadny</name><memory unit='MiB'>16</memory>"                                  \
  "<os><type arch='x86_64' machine='q35'>hvm</type></os><devices>" devices_ "</devices></domain>"

static char *root, *binary;

/* Runs a test's body on a fiber, in a root of its own. */
typedef void (*Body) (const QemuConfig *config);

static void
run_body (void *data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (QemuConfig) config = qemu_config_load (&error);

  g_assert_no_error (error);
  (*(Body *) data) (config);
}

static void
on_fiber (const void *data)
{
  g_autofree char *conf = NULL, *folder = NULL;
  g_autofree char *command = NULL;
  Body body = (Body) data;

  if (binary == NULL)
    {
      g_test_skip ("there is no qemu-system-x86_64");
      return;
    }
  root = g_dir_make_tmp ("qemu-start-XXXXXX", NULL);
  command = g_strdup_printf ("rm -rf '%s'", root);
  g_assert_cmpint (chmod (root, 0755), ==, 0);
  path_init (root, geteuid () != 0);
  folder = path_make (PATH_CONF, "%s", "");
  g_assert_cmpint (g_mkdir_with_parents (folder, 0755), ==, 0);
  conf = path_make (PATH_CONF, "qemu.conf");
  g_assert_true (g_file_set_contents (conf, "stdio_handler = \"file\"\n", -1, NULL));
  fiber_start ("test", NULL, run_body, &body);
  while (fiber_count () > 0)
    loop_turn (1000);
  g_assert_cmpint (system (command), ==, 0);
  g_clear_pointer (&root, g_free);
}

/* --- capabilities ---------------------------------------------------------------------- */

static QemuCaps *
get_caps (const char *path)
{
  g_autoptr (GError) error = NULL;
  QemuCaps *caps = qemu_caps_get (path, &error);

  g_assert_no_error (error);
  return caps;
}

/* The one file of the cache. */
static char *
cache_file (void)
{
  g_autofree char *folder = path_driver (PATH_CACHE, "qemu", "capabilities");
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name = dir != NULL ? g_dir_read_name (dir) : NULL;

  return name != NULL ? g_build_filename (folder, name, NULL) : NULL;
}

/* The binary under another name: nothing in memory is of it. */
static char *
alias_of_binary (const char *name)
{
  char *path = g_build_filename (root, name, NULL);

  g_assert_cmpint (symlink (binary, path), ==, 0);
  return path;
}

static void
test_caps (const QemuConfig *config)
{
  g_autofree char *path = alias_of_binary ("first");
  g_autoptr (QemuCaps) caps = get_caps (path);
  g_autoptr (QemuCaps) again = get_caps (path);
  const QemuMachine *q35 = qemu_caps_machine (caps, "q35");

  g_assert_true (caps == again);
  g_assert_cmpstr (caps->arch, ==, "x86_64");
  g_assert_cmpuint (caps->version, >=, 7002000);
  g_assert_true (caps->accel[QEMU_ACCEL_TCG]);
  g_assert_nonnull (q35);
  g_assert_true (g_str_has_prefix (q35->name, "pc-q35-"));
  g_assert_true (qemu_caps_has_type (caps, "virtio-blk-pci"));
  g_assert_true (qemu_caps_has_prop (caps, "virtio-blk-pci", "bootindex"));
  g_assert_false (qemu_caps_has_prop (caps, "virtio-blk-pci", "nonsense"));
  g_assert_true (qemu_caps_has_command (caps, "query-status"));
  g_assert_true (qemu_caps_has_option (caps, "sandbox.spawn"));
  g_assert_true (qemu_caps_has_option (caps, "chardev:pty"));
  g_assert_cmpuint (caps->cpus[QEMU_ACCEL_TCG]->len, >, 10);
}

/* A damaged file is asked anew, a whole one is believed. */
static void
test_cache (const QemuConfig *config)
{
  g_autofree char *path = alias_of_binary ("second");
  g_autoptr (QemuCaps) caps = get_caps (path);
  g_autofree char *file = cache_file (), *text = NULL, *after = NULL;
  size_t length;
  struct stat before, now;

  g_assert_nonnull (file);
  g_assert_true (g_file_get_contents (file, &text, &length, NULL));
  for (unsigned int cut = 1; cut <= 2; cut++)
    {
      g_autofree char *name = g_strdup_printf ("cut%u", cut);
      g_autofree char *other = alias_of_binary (name);
      g_autoptr (QemuCaps) caps_of_other = NULL;

      g_assert_true (g_file_set_contents (file, text, (gssize) (length / 3 * cut), NULL));
      caps_of_other = get_caps (other);
      g_assert_cmpuint (caps_of_other->machines->len, ==, caps->machines->len);
    }
  /* This process knows it by heart; the file's content decides for the next. */
  g_assert_true (g_file_set_contents (file, text, (gssize) length, NULL));
  g_assert_cmpint (stat (file, &before), ==, 0);
  g_assert_true (g_file_get_contents (file, &after, NULL, NULL));
  g_assert_cmpint (stat (file, &now), ==, 0);
  g_assert_cmpstr (text, ==, after);
  g_assert_cmpint (before.st_mtim.tv_nsec, ==, now.st_mtim.tv_nsec);
}

static void
expect_no_caps (const char *path, int code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (qemu_caps_get (path, &error));
  g_assert_error (error, VIRT_ERROR, code);
  g_assert_nonnull (strstr (error->message, path));
}

static void
test_bad_binaries (const QemuConfig *config)
{
  g_autofree char *script = g_build_filename (root, "not-qemu", NULL);
  g_autofree char *plain = g_build_filename (root, "plain", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (script, "#!/bin/sh\necho I am not QEMU >&2\nexit 3\n", -1, NULL));
  g_assert_cmpint (chmod (script, 0755), ==, 0);
  g_assert_true (g_file_set_contents (plain, "x", -1, NULL));
  g_assert_cmpint (chmod (plain, 0644), ==, 0);
  expect_no_caps (plain, VIR_ERR_SYSTEM_ERROR);
  expect_no_caps ("/nonexistent/qemu", VIR_ERR_SYSTEM_ERROR);
  expect_no_caps (script, VIR_ERR_SYSTEM_ERROR);
  g_assert_null (qemu_caps_get (script, &error));
  g_assert_nonnull (strstr (error->message, "I am not QEMU"));
}

/* --- arguments ------------------------------------------------------------------------------ */

static Domain *
make_domain (const char *text, QemuCaps **ret_caps)
{
  g_autoptr (GError) error = NULL;
  g_auto (QemuPlatform) platform = { 0 };
  g_autoptr (Domain) domain = domain_parse (text, strlen (text), DOMAIN_PARSE_INACTIVE, &error);

  g_assert_no_error (error);
  g_assert_true (qemu_platform_init (&platform, domain, &error));
  g_assert_true (domain_complete (domain, &platform.base, &error));
  g_assert_no_error (error);
  domain_assign_aliases (domain);
  *ret_caps = qemu_caps_ref (platform.caps);
  return g_steal_pointer (&domain);
}

static const char every_device[] = DOCUMENT (
  "<disk type='file' device='cdrom'><target dev='sda' bus='sata'/></disk>"
  "<disk type='file' device='cdrom'><target dev='sdb' bus='scsi'/></disk>"
  "<controller type='scsi' index='0' model='virtio-scsi'><driver queues='2'/></controller>"
  "<controller type='usb' model='qemu-xhci' ports='4'/>"
  "<interface type='user'><model type='virtio'/></interface><interface type='user'><model type='e1000e'/></interface>"
  "<serial type='null'/><parallel type='null'/><console type='null'><target type='virtio'/></console>"
  "<channel type='null'><target type='virtio' name='x'/></channel>"
  "<input type='tablet' bus='usb'/><input type='keyboard' bus='virtio'/>"
  "<video><model type='virtio' heads='1'/></video><video><model type='qxl'/></video>"
  "<sound model='ich9'/><watchdog model='i6300esb' action='pause'/>"
  "<rng model='virtio'><rate bytes='10' period='100'/><backend model='random'>/dev/urandom</backend></rng>"
  "<memballoon model='virtio' autodeflate='on'><stats period='1'/></memballoon><panic model='isa'/>");

/* Each property of each device is one that QEMU says the device has. */
static void
test_properties (const QemuConfig *config)
{
  g_autoptr (QemuCaps) caps = NULL;
  g_autoptr (Domain) domain = make_domain (every_device, &caps);
  g_autoptr (GError) error = NULL;
  QemuArgsContext context = { .config = config, .caps = caps, .id = 1, .lib_dir = "/x" };
  g_autoptr (QemuArgs) args = qemu_args_build (domain, &context, &error);
  unsigned int n, checked = 0;
  const QemuPart *parts;

  g_assert_no_error (error);
  parts = qemu_args_parts (args, &n);
  for (unsigned int i = 0; i < n; i++)
    {
      const char *driver = json_string_value (json_object_get (parts[i].json, "driver")), *key;
      json_t *value;

      if (parts[i].kind != QEMU_DEVICE || g_hash_table_lookup (caps->device_props, driver) == NULL)
        continue;
      checked++;
      json_object_foreach (parts[i].json, key, value)
        if (strcmp (key, "driver") != 0 && strcmp (key, "id") != 0 && strcmp (key, "bus") != 0
            && !qemu_caps_has_prop (caps, driver, key))
          g_error ("%s has no property '%s'", driver, key);
    }
  g_assert_cmpuint (checked, >, 15);
}

/* --- guests ------------------------------------------------------------------------------------ */

static bool
note_spawned (const QemuProcess *process, void *user, GError **error)
{
  QemuProcess *note = user;

  note->pid = process->pid;
  note->start_time = process->start_time;
  return true;
}

static QemuProcess *
start (const QemuConfig *config, const char *text, QemuProcess *note, Domain **ret_domain, GError **error)
{
  g_autoptr (QemuCaps) caps = NULL;
  g_autoptr (Domain) domain = make_domain (text, &caps);
  QemuStart args = {
    .domain = domain, .id = 7, .config = config, .caps = caps, .spawned = note_spawned, .user = note,
    .deadline = FOREVER,
  };
  QemuProcess *process = qemu_process_start (&args, error);

  *ret_domain = g_steal_pointer (&domain);
  return process;
}

static unsigned int
count_in (PathKind kind)
{
  g_autofree char *path = path_driver (kind, "qemu", "%s", "");
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  unsigned int n = 0;

  for (const char *name; dir != NULL && (name = g_dir_read_name (dir)) != NULL;)
    n += g_str_has_prefix (name, "domain-");
  return n;
}

static const char serial_guest[] = DOCUMENT ("<serial type='pty'/><graphics type='vnc' autoport='yes'/>"
                                             "<channel type='unix'><target type='virtio' name='org.x'/></channel>");

static void
test_start (const QemuConfig *config)
{
  QemuProcess note = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (Domain) domain = NULL;
  g_autoptr (QemuProcess) process = start (config, serial_guest, &note, &domain, &error);
  g_autoptr (json_t) status = NULL;
  QemuUsage usage;

  g_assert_no_error (error);
  g_assert_cmpint (note.pid, ==, process->pid);
  status = qmp_command (process->qmp, "query-status", NULL, FOREVER, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (json_string_value (json_object_get (status, "status")), ==, "prelaunch");
  g_assert_true (g_str_has_prefix (domain->serials.items[0]->source.path, "/dev/pts/"));
  g_assert_cmpint (domain->graphics.items[0]->port, >=, 5900);
  g_assert_cmpint (access (domain->channels.items[0]->source.path, F_OK), ==, 0);
  g_assert_true (qemu_process_usage (process, &usage, NULL));
  g_assert_cmpuint (usage.rss_kib, >, 1000);
  g_assert_true (qemu_process_stop (process, false, &error));
  g_assert_true (process->gone);
  qemu_process_cleanup (process, domain, config, "destroyed");
  g_assert_cmpuint (count_in (PATH_LIB) + count_in (PATH_RUN), ==, 0);
}

/* A QEMU that does not run any more must not hold up its destruction. */
static void
test_stop_stopped (const QemuConfig *config)
{
  QemuProcess note = { 0 };
  g_autoptr (Domain) domain = NULL;
  g_autoptr (QemuProcess) process = start (config, DOCUMENT (""), &note, &domain, NULL);
  uint64_t before;

  g_assert_nonnull (process);
  g_assert_cmpint (kill (process->pid, SIGSTOP), ==, 0);
  before = loop_now ();
  g_assert_true (qemu_process_stop (process, false, NULL));
  g_assert_cmpuint (loop_now () - before, <, 500000);
  qemu_process_cleanup (process, domain, config, NULL);
}

static void
test_find (const QemuConfig *config)
{
  QemuProcess note = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (Domain) domain = NULL;
  g_autoptr (QemuProcess) process = start (config, DOCUMENT (""), &note, &domain, &error);
  QemuRecord record = { .id = 7, .name = "t\xc3\xadny" };

  g_assert_no_error (error);
  qmp_close (process->qmp);
  for (unsigned int known = 0; known < 2; known++)
    {
      g_autoptr (QemuProcess) found = NULL;

      record.pid = known ? note.pid : 0;
      record.start_time = known ? note.start_time : 0;
      found = qemu_process_find (&record, &error);
      g_assert_no_error (error);
      g_assert_nonnull (found);
      g_assert_cmpint (found->pid, ==, note.pid);
      g_assert_true (qemu_process_connect (found, NULL, NULL, deadline_in_ms (5000), &error));
      g_assert_true (qemu_process_refresh (found, domain, deadline_in_ms (5000), &error));
      g_assert_no_error (error);
    }
  /* Another process under the same number is not taken for it. */
  record.start_time++;
  g_assert_null (qemu_process_find (&record, &error));
  g_assert_no_error (error);
  g_assert_true (qemu_process_stop (process, false, NULL));
  record.start_time--;
  g_assert_null (qemu_process_find (&record, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (count_in (PATH_LIB) + count_in (PATH_RUN), ==, 0);
}

static void
expect_failure (const QemuConfig *config, const char *text, int code, const char *words)
{
  QemuProcess note = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (Domain) domain = NULL;

  g_assert_null (start (config, text, &note, &domain, &error));
  g_assert_error (error, VIRT_ERROR, code);
  if (strstr (error->message, words) == NULL)
    g_error ("'%s' does not mention '%s'", error->message, words);
  g_assert_cmpuint (count_in (PATH_LIB) + count_in (PATH_RUN), ==, 0);
}

static void
test_failures (const QemuConfig *config)
{
  expect_failure (config, DOCUMENT ("<disk type='file'><driver name='qemu' type='qcow2'/><source file='/etc/passwd'/>"
                                    "<target dev='vda' bus='virtio'/></disk>"), VIR_ERR_INTERNAL_ERROR, "qcow2");
  expect_failure (config, DOCUMENT ("<disk type='file'><source file='/nonexistent/x'/>"
                                    "<target dev='vda' bus='virtio'/></disk>"), VIR_ERR_SYSTEM_ERROR, "/nonexistent/x");
  expect_failure (config, DOCUMENT ("<serial type='unix'><source mode='bind' path='/nonexistent/x/y'/></serial>"),
                  VIR_ERR_SYSTEM_ERROR, "/nonexistent/x/y");
}

int
main (int argc, char **argv)
{
  static const struct { const char *name; Body body; } cases[] = {
    { "/qemu/caps", test_caps }, { "/qemu/cache", test_cache }, { "/qemu/bad-binaries", test_bad_binaries },
    { "/qemu/properties", test_properties }, { "/qemu/start", test_start },
    { "/qemu/stop-stopped", test_stop_stopped }, { "/qemu/find", test_find }, { "/qemu/failures", test_failures },
  };

  g_test_init (&argc, &argv, NULL);
  binary = g_find_program_in_path ("qemu-system-x86_64");
  for (unsigned int i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add_data_func (cases[i].name, (const void *) cases[i].body, on_fiber);
  return g_test_run ();
}
