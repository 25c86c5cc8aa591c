/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asking a QEMU binary what it can do: one start for each accelerator, both at once,
 * each with all questions pipelined. */
#include "qemu/caps.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "qemu/spawn.h"
#include "qemu/qmp.h"
#include "util/error.h"
#include "util/host.h"
#include "util/json.h"
#include "util/process.h"

#define PROBE_TIMEOUT_MS 10000
#define MONITOR_FD 3

/* Device and object types whose properties decide what is put on a command line. */
static const char *const probed_types[] = {
  "virtio-blk-pci", "virtio-scsi-pci", "virtio-net-pci", "virtio-serial-pci", "virtio-balloon-pci",
  "virtio-rng-pci", "virtio-gpu-pci", "virtio-vga", "virtio-keyboard-pci", "virtio-mouse-pci", "virtio-tablet-pci",
  "virtio-input-host-pci", "vhost-vsock-pci", "virtio-9p-pci", "vhost-user-fs-pci", "virtio-iommu-pci",
  "virtio-blk-pci-transitional", "virtio-blk-pci-non-transitional",
  "scsi-hd", "scsi-cd", "scsi-block", "ide-hd", "ide-cd", "usb-storage", "floppy", "isa-fdc",
  "lsi", "megasas", "megasas-gen2", "mptsas1068", "pvscsi", "am53c974", "ahci", "ich9-ahci",
  "piix3-usb-uhci", "piix4-usb-uhci", "usb-ehci", "ich9-usb-ehci1", "ich9-usb-uhci1", "pci-ohci",
  "nec-usb-xhci", "qemu-xhci", "pcie-root-port", "ioh3420", "pci-bridge", "pcie-pci-bridge", "i82801b11-bridge",
  "x3130-upstream", "xio3130-downstream", "pxb", "pxb-pcie",
  "e1000", "e1000e", "rtl8139", "ne2k_pci", "pcnet", "vmxnet3", "usb-net", "igb",
  "isa-serial", "pci-serial", "usb-serial", "isa-parallel", "isa-debugcon", "virtserialport", "virtconsole",
  "VGA", "cirrus-vga", "vmware-svga", "qxl", "qxl-vga", "bochs-display", "ramfb", "secondary-vga",
  "usb-tablet", "usb-mouse", "usb-kbd", "usb-hub", "i6300esb", "ib700", "pvpanic", "pvpanic-pci",
  "intel-hda", "ich9-intel-hda", "AC97", "ES1370", "sb16", "usb-audio", "hda-duplex", "hda-micro", "hda-output",
  "tpm-tis", "tpm-crb", "vmcoreinfo", "vmgenid", "intel-iommu", "vfio-pci", "usb-host", "usb-redir",
  "ICH9-LPC", "PIIX4_PM", "mc146818rtc", "kvm-pit", "isa-pit", "ivshmem-plain", "nvdimm", "pc-dimm", "loader",
  "virtio-mem-pci", "virtio-pmem-pci", "virtio-crypto-pci", "vhost-scsi-pci", "scsi-generic",
  "memory-backend-ram", "memory-backend-file", "memory-backend-memfd",
};

/* The same of what is no device. */
static const char *const probed_objects[] = {
  "iothread", "main-loop", "sev-guest", "tls-creds-x509", "input-linux",
};

/* "i386" and the like under libvirt's names. */
static const char *const arch_names[][2] = {
  { "i386", "i686" }, { "arm", "armv7l" }, { "or32", "or32" }, { NULL, NULL },
};

/* --- one running QEMU ------------------------------------------------------- */

typedef struct
{
  const char *binary;
  const char *accel;            /* of -machine */
  uid_t uid;
  gid_t gid;
  int pidfd, errors;
  Qmp *qmp;
  QmpBatch *batch;
  unsigned int n;               /* questions asked before the properties */
} Probe;

static void
probe_clear (Probe *probe)
{
  g_clear_pointer (&probe->batch, qmp_batch_free);
  g_clear_pointer (&probe->qmp, qmp_unref);
  if (probe->pidfd >= 0)
    {
      process_kill (probe->pidfd, SIGKILL, NULL);
      if (fiber_self () != NULL)
        fiber_wait_pidfd (probe->pidfd, deadline_in_ms (2000), NULL, NULL);
    }
  fd_clear (&probe->pidfd);
  fd_clear (&probe->errors);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Probe, probe_clear)

static bool
probe_start (Probe *probe, GError **error)
{
  int pair[2];
  pid_t pid;
  gid_t groups[32];
  g_autofree char *machine = g_strdup_printf ("none,accel=%s", probe->accel);
  const char *argv[] = {
    probe->binary, "-S", "-no-user-config", "-nodefaults", "-nographic", "-machine", machine,
    "-chardev", "socket,id=monitor,fd=3", "-mon", "chardev=monitor,mode=control", NULL,
  };

  probe->errors = memfd_create ("qemu-probe", MFD_CLOEXEC);
  if (probe->errors < 0 || socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
    return fail_errno (error, VIR_FROM_QEMU, errno, "cannot prepare to ask %s", probe->binary);
  {
    fd_auto int theirs = pair[1];
    const ProcessFd fds[] = { { MONITOR_FD, theirs }, { 2, probe->errors } };
    ProcessSpec spec = {
      .argv = argv, .fds = fds, .n_fds = G_N_ELEMENTS (fds), .new_session = true,
      .set_user = probe->uid != 0, .uid = probe->uid, .gid = probe->gid, .groups = groups,
    };

    probe->qmp = qmp_new (pair[0], probe->binary, NULL, NULL);
    if (spec.set_user)
      spec.n_groups = qemu_user_groups (probe->uid, probe->gid, groups, G_N_ELEMENTS (groups));
    return qemu_spawn (&spec, &pid, &probe->pidfd, error);
  }
}

/* The end of what QEMU wrote to its standard error, as one line. */
static char *
probe_last_words (const Probe *probe)
{
  char text[1024];
  ssize_t n = pread (probe->errors, text, sizeof text - 1, 0);

  if (n <= 0)
    return g_strdup ("it said nothing");
  text[n] = '\0';
  return g_strdup (g_strchomp (g_strdelimit (text, "\n", ' ')));
}

/* @all: TCG, whose best model is "max"; KVM's is "host", with what keeps it from migrating and all that the kernel does for
 * guests that expect Hyper-V. */
static json_t *
expansion_args (bool all)
{
  return all ? json_pack ("{s:s, s:{s:s}}", "type", "full", "model", "name", "max")
             : json_pack ("{s:s, s:{s:s, s:{s:b, s:b}}}", "type", "full", "model", "name", "host", "props", "migratable", 0,
                         "hv-passthrough", 1);
}

enum { Q_NEGOTIATE, Q_VERSION, Q_TARGET, Q_KVM, Q_CPUS, Q_HOST, Q_COMMON,
       Q_MACHINES = Q_COMMON, Q_COMMANDS, Q_TYPES, Q_OPTIONS, Q_CHARDEVS, Q_TPM, Q_SCHEMA, Q_ALL };

static const char *const questions[Q_ALL] = {
  [Q_NEGOTIATE] = "qmp_capabilities", [Q_VERSION] = "query-version", [Q_TARGET] = "query-target",
  [Q_KVM] = "query-kvm", [Q_CPUS] = "query-cpu-definitions", [Q_HOST] = "query-cpu-model-expansion",
  [Q_MACHINES] = "query-machines", [Q_COMMANDS] = "query-commands", [Q_TYPES] = "qom-list-types",
  [Q_OPTIONS] = "query-command-line-options", [Q_CHARDEVS] = "query-chardev-backends",
  [Q_TPM] = "query-tpm-models", [Q_SCHEMA] = "query-qmp-schema",
};

/* Puts the questions; @all: also what does not depend on the accelerator. */
static void
probe_ask (Probe *probe, bool all)
{
  probe->batch = qmp_batch_new (probe->qmp);
  probe->n = all ? Q_ALL : Q_COMMON;
  for (unsigned int i = 0; i < probe->n; i++)
    qmp_batch_add (probe->batch, questions[i],
                   i == Q_HOST ? expansion_args (all)
                   : i == Q_TYPES ? json_pack ("{s:b}", "abstract", 0) : NULL);
  for (unsigned int i = 0; all && i < G_N_ELEMENTS (probed_types); i++)
    qmp_batch_add (probe->batch, g_str_has_prefix (probed_types[i], "memory-") ? "qom-list-properties" : "device-list-properties",
                   json_pack ("{s:s}", "typename", probed_types[i]));
  for (unsigned int i = 0; all && i < G_N_ELEMENTS (probed_objects); i++)
    qmp_batch_add (probe->batch, "qom-list-properties", json_pack ("{s:s}", "typename", probed_objects[i]));
}

static bool
probe_answers (Probe *probe, Deadline deadline, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autofree char *words = NULL;

  if (qmp_batch_run (probe->batch, deadline, &local))
    return true;
  words = probe_last_words (probe);
  /* What never greeted is no QEMU, or cannot run at all. */
  return fail (error, VIR_FROM_QEMU, qmp_greeting (probe->qmp) == NULL ? VIR_ERR_SYSTEM_ERROR : VIR_ERR_INTERNAL_ERROR,
               "cannot learn the capabilities of %s: %s (%s)", probe->binary, local->message, words);
}

/* --- the document ------------------------------------------------------------- */

/* The strings under @key of an array of objects. */
static json_t *
column (json_t *array, const char *key)
{
  json_t *out = json_array (), *item;
  size_t i;

  json_array_foreach (array, i, item)
    if (json_is_string (json_object_get (item, key)))
      json_array_append (out, json_object_get (item, key));
  return out;
}

static void
append_prefixed (json_t *out, const char *prefix, const char *name)
{
  g_autofree char *text = g_strconcat (prefix, name, NULL);

  json_array_append_new (out, json_string (text));
}

/* The object of @array called @name; NULL: there is none. */
static json_t *
find_named (json_t *array, const char *name)
{
  json_t *entry;
  size_t i;

  json_array_foreach (array, i, entry)
    if (strcmp (json_get_string (entry, "name", ""), name) == 0)
      return entry;
  return NULL;
}

/* The entry of the type that @entry's @key names. */
static json_t *
find_type (json_t *schema, const json_t *entry, const char *key)
{
  return find_named (schema, json_get_string (entry, key, ""));
}

static void
append_variants (json_t *out, const char *prefix, const json_t *type)
{
  json_t *variant;
  size_t i;

  json_array_foreach (json_object_get (type, "variants"), i, variant)
    append_prefixed (out, prefix, json_get_string (variant, "case", ""));
}

static json_t *
options_document (json_t *options, json_t *chardevs, json_t *tpm, json_t *schema)
{
  json_t *out = json_array (), *option, *parameter, *item;
  size_t i, k;

  json_array_foreach (options, i, option)
    {
      g_autofree char *prefix = g_strconcat (json_get_string (option, "option", ""), ".", NULL);

      append_prefixed (out, prefix, "");
      json_array_foreach (json_object_get (option, "parameters"), k, parameter)
        append_prefixed (out, prefix, json_get_string (parameter, "name", ""));
    }
  json_array_foreach (chardevs, i, item)
    append_prefixed (out, "chardev:", json_get_string (item, "name", ""));
  if (chardevs == NULL)
    {
      json_t *arguments = find_type (schema, find_named (schema, "chardev-add"), "arg-type");
      json_t *backend = find_named (json_object_get (arguments, "members"), "backend");

      append_variants (out, "chardev:", find_type (schema, backend, "type"));
    }
  json_array_foreach (tpm, i, item)
    append_prefixed (out, "tpm:", json_string_value (item) ?: "");
  append_variants (out, "display:", find_type (schema, find_named (schema, "query-display-options"), "ret-type"));
  return out;
}

static void
take_props (Probe *probe, unsigned int index, const char *type, json_t *out)
{
  g_autoptr (json_t) props = qmp_batch_take (probe->batch, index, NULL);

  if (props != NULL)            /* a type that this binary lacks is refused */
    json_object_set_new (out, type, column (props, "name"));
}

static json_t *
props_document (Probe *probe)
{
  json_t *out = json_object ();

  for (unsigned int i = 0; i < G_N_ELEMENTS (probed_types); i++)
    take_props (probe, Q_ALL + i, probed_types[i], out);
  for (unsigned int i = 0; i < G_N_ELEMENTS (probed_objects); i++)
    take_props (probe, Q_ALL + G_N_ELEMENTS (probed_types) + i, probed_objects[i], out);
  return out;
}

/* "cpus" and "host" of one accelerator. */
static json_t *
accel_document (Probe *probe)
{
  g_autoptr (json_t) cpus = qmp_batch_take (probe->batch, Q_CPUS, NULL);
  g_autoptr (json_t) expanded = qmp_batch_take (probe->batch, Q_HOST, NULL);
  json_t *out = json_object ();

  json_object_set_new (out, "cpus", cpus != NULL ? json_incref (cpus) : json_array ());
  if (expanded != NULL)
    json_object_set (out, "host", json_object_get (expanded, "model"));
  return out;
}

static bool
take (Probe *probe, unsigned int question, json_t **ret, GError **error)
{
  *ret = qmp_batch_take (probe->batch, question, error);
  return *ret != NULL;
}

static const char *
arch_name (const char *target)
{
  for (unsigned int i = 0; arch_names[i][0] != NULL; i++)
    if (g_str_equal (arch_names[i][0], target))
      return arch_names[i][1];
  return target;
}

json_t *
qemu_caps_document (const char *binary, const QemuAnswers *answers, json_t *props)
{
  const json_t *numbers = json_object_get (answers->version, "qemu");

  return json_pack ("{s:s, s:s, s:I, s:s, s:O, s:o, s:o, s:o, s:o}", "binary", binary,
                    "arch", arch_name (json_get_string (answers->target, "arch", "")),
                    "version", (json_int_t) (json_get_int (numbers, "major", 0) * 1000000
                                             + json_get_int (numbers, "minor", 0) * 1000
                                             + json_get_int (numbers, "micro", 0)),
                    "package", json_get_string (answers->version, "package", ""),
                    "machines", answers->machines, "types", column (answers->types, "name"),
                    "commands", column (answers->commands, "name"),
                    "options", options_document (answers->options, answers->chardevs, answers->tpm, answers->schema),
                    "props", props);
}

static json_t *
common_document (Probe *probe, GError **error)
{
  g_autoptr (json_t) version = NULL, target = NULL, machines = NULL, commands = NULL, types = NULL, options = NULL;
  g_autoptr (json_t) chardevs = NULL, tpm = NULL, schema = NULL;

  if (!take (probe, Q_VERSION, &version, error) || !take (probe, Q_TARGET, &target, error)
      || !take (probe, Q_MACHINES, &machines, error) || !take (probe, Q_COMMANDS, &commands, error)
      || !take (probe, Q_TYPES, &types, error) || !take (probe, Q_OPTIONS, &options, error)
      || !take (probe, Q_CHARDEVS, &chardevs, error) || !take (probe, Q_SCHEMA, &schema, error))
    return NULL;
  tpm = qmp_batch_take (probe->batch, Q_TPM, NULL);
  return qemu_caps_document (probe->binary,
                             &(QemuAnswers) { version, target, machines, commands, types, options, chardevs, tpm, schema },
                             props_document (probe));
}

json_t *
qemu_caps_probe (const char *binary, uid_t uid, gid_t gid, GError **error)
{
  g_auto (Probe) tcg = { .binary = binary, .accel = "tcg", .uid = uid, .gid = gid, .pidfd = -1, .errors = -1 };
  g_auto (Probe) kvm = { .binary = binary, .accel = "kvm", .uid = uid, .gid = gid, .pidfd = -1, .errors = -1 };
  g_autoptr (json_t) document = NULL;
  json_t *accels = json_object ();
  Deadline deadline = deadline_in_ms (PROBE_TIMEOUT_MS);
  bool with_kvm = qemu_kvm_usable () && probe_start (&kvm, NULL);
  bool ok = probe_start (&tcg, error);

  if (with_kvm)
    probe_ask (&kvm, false);
  if (ok)
    {
      probe_ask (&tcg, true);
      ok = probe_answers (&tcg, deadline, error);
    }
  document = ok ? common_document (&tcg, error) : NULL;
  if (document == NULL)
    {
      json_decref (accels);
      return NULL;
    }
  json_object_set_new (document, "accel", accels);
  json_object_set_new (accels, "tcg", accel_document (&tcg));
  /* A binary without KVM ends at once: that is an answer too. */
  if (with_kvm && probe_answers (&kvm, deadline, NULL))
    json_object_set_new (accels, "kvm", accel_document (&kvm));
  return g_steal_pointer (&document);
}
