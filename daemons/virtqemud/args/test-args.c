/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Documents and the command lines that they become: test-data/NAME.xml and NAME.args. The capabilities are made
 * up, so that the host's QEMU does not matter. */
#include <linux/capability.h>
#include <string.h>

#include "args/args.h"
#include "hostdev/hostdev.h"
#include "qemu/chain.h"
#include "qemu/start-host.h"
#include "util/error.h"

/* All types that a test has; a case may take one away. */
static const char *const types[] = {
  "piix3-usb-uhci", "qemu-xhci", "ich9-usb-ehci1", "ich9-usb-uhci1", "lsi53c895a", "virtio-scsi-pci",
  "virtio-serial-pci", "virtio-blk-pci", "virtio-net-pci", "virtio-balloon-pci", "virtio-rng-pci", "virtio-vga",
  "virtio-keyboard-pci", "pcie-root-port", "pcie-pci-bridge", "pci-bridge", "e1000", "isa-serial", "isa-parallel",
  "virtserialport", "virtconsole", "usb-tablet", "usb-mouse", "VGA", "qxl-vga", "i6300esb", "ib700", "rng-random",
  "rng-builtin", "pvpanic", "intel-hda", "hda-duplex", "memory-backend-ram", "iothread",
  "usb-hub", "usb-host", "usb-redir", "usb-ccid", "ccid-card-emulated", "vfio-pci", "vfio-pci-nohotplug", "scsi-generic",
  "vhost-scsi-pci-transitional", "virtio-9p-pci", "vhost-user-fs-pci", "tpm-tis", "rng-egd", "ivshmem-plain", "ivshmem-doorbell",
  "memory-backend-file", "pc-dimm", "nvdimm", "virtio-mem-pci", "virtio-pmem-pci", "intel-iommu", "virtio-crypto-pci",
  "vhost-vsock-pci-non-transitional", "cryptodev-backend-builtin", "qemu-xhci",
};

static QemuCaps *
make_caps (const char *without)
{
  json_t *list = json_array ();
  g_autoptr (json_t) document = NULL;
  g_autoptr (GError) error = NULL;
  QemuCaps *caps;

  for (unsigned int i = 0; i < G_N_ELEMENTS (types); i++)
    if (g_strcmp0 (types[i], without) != 0)
      json_array_append_new (list, json_string (types[i]));
  document = json_pack (
    "{s:s, s:s, s:i, s:[{s:s, s:s, s:i}, {s:s, s:s, s:i}], s:o, s:[s,s], s:[s,s,s], s:{s:[s], s:[s,s], s:[s,s], s:[s], s:[s,s]}, s:{s:{s:[]}}}",
    "binary", "/usr/bin/qemu-system-x86_64", "arch", "x86_64", "version", 7002000,
    "machines", "name", "pc-q35-7.2", "default-ram-id", "pc.ram", "cpu-max", 288,
    "name", "pc-i440fx-7.2", "default-ram-id", "pc.ram", "cpu-max", 255,
    "types", list, "commands", "query-vnc", "query-spice", "options", "sandbox.enable", "chardev:spicevmc",
    "smp-opts.dies", "props", "kvm-pit", "lost_tick_policy", "ICH9-LPC", "disable_s3", "disable_s4",
    "PIIX4_PM", "disable_s3", "disable_s4", "VGA", "vgamem_mb", "qxl-vga", "vgamem_mb", "vram64_size_mb", "accel", "tcg", "cpus");
  g_assert_nonnull (document);
  caps = qemu_caps_from_json (document, &error);
  g_assert_no_error (error);
  return caps;
}

static char *
count_fds (QemuFdKind kind, const char *path, const DomainDeviceInfo *device, unsigned int index, void *user, GError **error)
{
  if (kind == QEMU_FD_GROUP && index == 2)
    return NULL;
  return g_strdup_printf ("%d", (*(int *) user)++);
}

static char *
read_data (const char *name, const char *suffix)
{
  g_autofree char *file = g_strconcat (name, suffix, NULL);
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "test-data", file, NULL);
  g_autoptr (GError) error = NULL;
  char *text = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

static Domain *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  Domain *domain = domain_parse (text, strlen (text), DOMAIN_PARSE_INACTIVE, &error);

  g_assert_no_error (error);
  domain_assign_aliases (domain);
  qemu_chain_number (domain);
  hostdev_name_nodes (domain);
  return domain;
}

static char *
build (const Domain *domain, const QemuCaps *caps, GError **error)
{
  QemuConfig config = {
    .vnc_listen = (char *) "127.0.0.1", .spice_listen = (char *) "127.0.0.1", .seccomp_sandbox = -1,
    .stdio_logd = true, .log_timestamp = true, .memory_backing_dir = (char *) "/ram",
    .tls[QEMU_TLS_NBD] = { .cert_dir = (char *) "/certs" }, .gluster_debug_level = 4,
  };
  int next_fd = 100;
  QemuArgsContext context = {
    .config = &config, .caps = caps, .id = 4, .lib_dir = "/lib/dir", .sandbox = true, .fd = count_fds,
    .user = &next_fd,
  };
  g_autoptr (QemuArgs) args = qemu_args_build (domain, &context, error);

  return args != NULL ? qemu_args_to_text (args) : NULL;
}

static void
test_document (const void *data)
{
  g_autofree char *text = read_data (data, ".xml");
  g_autofree char *expected = NULL;
  g_autoptr (Domain) domain = parse (text);
  g_autoptr (QemuCaps) caps = make_caps (NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *found = NULL;
  g_auto (GStrv) wanted_lines = NULL, found_lines = NULL;

  for (unsigned int i = 0; i < domain->channels.n; i++)
    if (domain->channels.items[i]->source.type == CHARDEV_TYPE_UNIX)
      domain->channels.items[i]->source.path = g_strdup ("/channel");
  for (unsigned int i = 0; i < domain->graphics.n; i++)
    if (domain->graphics.items[i]->port == -1)
      domain->graphics.items[i]->port = 5901;
  found = build (domain, caps, &error);
  g_assert_no_error (error);
  expected = read_data (data, ".args");
  found_lines = g_strsplit (found, "\n", -1);
  wanted_lines = g_strsplit (expected, "\n", -1);
  for (unsigned int i = 0; found_lines[i] != NULL || wanted_lines[i] != NULL; i++)
    g_assert_cmpstr (found_lines[i], ==, wanted_lines[i]);
}

/* What the binary lacks is refused by name, whatever it is. */
static void
test_missing_types (void)
{
  static const char *const documents[] = { "q35", "pc", "many", "devices" };
  unsigned int refused = 0;

  for (unsigned int d = 0; d < G_N_ELEMENTS (documents); d++)
    {
      g_autofree char *text = read_data (documents[d], ".xml");
      g_autoptr (Domain) domain = parse (text);

      for (unsigned int i = 0; i < domain->channels.n; i++)
        if (domain->channels.items[i]->source.type == CHARDEV_TYPE_UNIX)
          domain->channels.items[i]->source.path = g_strdup ("/channel");
      for (unsigned int i = 0; i < domain->graphics.n; i++)
        domain->graphics.items[i]->port = 5901;
      for (unsigned int i = 0; i < G_N_ELEMENTS (types); i++)
        {
          g_autoptr (QemuCaps) caps = make_caps (types[i]);
          g_autoptr (GError) error = NULL;
          g_autofree char *found = build (domain, caps, &error);

          if (found != NULL)
            continue;
          g_assert_error (error, VIRT_ERROR, VIR_ERR_CONFIG_UNSUPPORTED);
          refused++;
        }
    }
  g_assert_cmpuint (refused, >, 40);
}

/* A right that no other guest has. */
static void
test_raw_io (void)
{
  DomainHostdev hostdev = { .type = HOSTDEV_TYPE_SCSI };
  DomainHostdev *hostdevs[] = { &hostdev };
  Domain domain = { .hostdevs = { hostdevs, 1 } };

  g_assert_cmpuint (qemu_start_caps (&domain), ==, 0);
  hostdev.rawio = TRI_YES;
  g_assert_cmphex (qemu_start_caps (&domain), ==, UINT64_C (1) << CAP_SYS_RAWIO);
}

static void
test_short_names (void)
{
  static const struct { int id; const char *name, *expected; } cases[] = {
    { 3, "guest", "3-guest" }, { -1, "guest", "-1-guest" }, { 1, "..", "1-_" },
    { 1, "a/b", "1-a_b" }, { 12, "0123456789012345678901234", "12-01234567890123456789" },
    { 1, "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4",
      "1-\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4" },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *found = qemu_short_name (cases[i].id, cases[i].name);

      g_assert_cmpstr (found, ==, cases[i].expected);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/qemu-args/q35", "q35", test_document);
  g_test_add_data_func ("/qemu-args/pc", "pc", test_document);
  g_test_add_data_func ("/qemu-args/many", "many", test_document);
  g_test_add_data_func ("/qemu-args/devices", "devices", test_document);
  g_test_add_data_func ("/qemu-args/disks", "disks", test_document);
  g_test_add_func ("/qemu-args/raw-io", test_raw_io);
  g_test_add_func ("/qemu-args/missing-types", test_missing_types);
  g_test_add_func ("/qemu-args/short-names", test_short_names);
  return g_test_run ();
}
