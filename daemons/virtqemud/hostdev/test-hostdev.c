/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Devices of a host that is made of files. */
#include "hostdev/hostdev.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "hostdev/open.h"
#include "hostdev/private.h"
#include "hostdev/sysfs.h"
#include "util/error.h"
#include "util/paths.h"

#define NIC "0000:06:12.5"
#define NEIGHBOUR "0000:06:12.6"
#define FREE "0000:07:00.0"     /* without a driver */

static char *root;

static void
put (const char *text, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* Writes @text to a file below the fake /sys; NULL: makes a folder. */
static void
put (const char *text, const char *format, ...)
{
  g_autofree char *rest = NULL, *path = NULL, *folder = NULL;
  va_list values;

  va_start (values, format);
  rest = g_strdup_vprintf (format, values);
  va_end (values);
  path = g_build_filename (root, "sys", rest, NULL);
  folder = text != NULL ? g_path_get_dirname (path) : g_strdup (path);
  g_assert_cmpint (g_mkdir_with_parents (folder, 0755), ==, 0);
  if (text != NULL)
    g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
link_to (const char *target, const char *rest)
{
  g_autofree char *path = g_build_filename (root, "sys", rest, NULL);

  unlink (path);
  if (target != NULL)
    g_assert_cmpint (symlink (target, path), ==, 0);
}

static void
set_driver (const char *device, const char *driver)
{
  g_autofree char *path = g_strdup_printf ("bus/pci/devices/%s/driver", device);
  g_autofree char *target = driver != NULL ? g_strdup_printf ("../../drivers/%s", driver) : NULL;

  link_to (target, path);
}

static void
add_pci (const char *device, const char *driver, int group)
{
  put ("", "bus/pci/devices/%s/driver_override", device);
  put ("", "bus/pci/devices/%s/reset", device);
  if (driver != NULL)
    put ("", "bus/pci/drivers/%s/unbind", driver);
  set_driver (device, driver);
  if (group >= 0)
    {
      g_autofree char *path = g_strdup_printf ("bus/pci/devices/%s/iommu_group", device);
      g_autofree char *target = g_strdup_printf ("../../../../kernel/iommu_groups/%d", group);

      put ("", "kernel/iommu_groups/%d/devices/%s", group, device);
      link_to (target, path);
    }
}

static char *
content (const char *device, const char *name)
{
  g_autofree char *path = g_strdup_printf ("%s/sys/bus/pci/devices/%s/%s", root, device, name);
  char *text = NULL;

  g_file_get_contents (path, &text, NULL, NULL);
  return text;
}

/* What its first driver is when nobody says otherwise. */
static const char *natural_driver = "e1000";
static bool probe_works;

/* Unbinds and probes as drivers do. */
static void
kernel (const char *path, const char *text)
{
  if (g_str_has_suffix (path, "/driver_override"))
    g_assert_true (g_file_set_contents (path, text, -1, NULL));
  if (g_str_has_suffix (path, "/driver/unbind"))
    set_driver (text, NULL);
  if (g_str_has_suffix (path, "/drivers_probe") && probe_works)
    {
      g_autofree char *override = content (text, "driver_override");

      set_driver (text, *g_strstrip (override) != '\0' ? override : natural_driver);
    }
}

static DomainHostdev
pci (unsigned int bus, unsigned int slot, unsigned int function, Tristate managed)
{
  return (DomainHostdev) { .mode = HOSTDEV_MODE_SUBSYSTEM, .type = HOSTDEV_TYPE_PCI, .managed = managed,
                           .pci.address = { .bus = bus, .slot = slot, .function = function } };
}

static void
assert_driver (const char *device, const char *driver)
{
  g_autofree char *found = sysfs_pci_driver (device);

  g_assert_cmpstr (found, ==, driver);
}

static unsigned int
count_claims (const char *owner)
{
  g_autoptr (GArray) claims = hostdev_claims_now (owner);

  return claims->len;
}

static void
test_managed (void)
{
  DomainHostdev nic = pci (6, 0x12, 5, TRI_YES);
  g_autoptr (GError) error = NULL;
  g_autofree char *override = NULL;

  probe_works = true;
  g_assert_true (hostdev_prepare (3, "guest", &nic, &error));
  g_assert_no_error (error);
  assert_driver (NIC, "vfio-pci");
  g_assert_cmpuint (count_claims ("3-guest"), ==, 1);
  g_assert_false (hostdev_prepare (4, "other", &nic, &error));
  g_assert_error (error, VIRT_ERROR, VIR_ERR_OPERATION_INVALID);
  g_assert_nonnull (strstr (error->message, "guest"));
  g_clear_error (&error);
  g_assert_false (hostdev_pci_reattach (&nic.pci.address, &error));
  g_assert_error (error, VIRT_ERROR, VIR_ERR_OPERATION_INVALID);
  /* As another daemon would, after a crash. */
  hostdev_release_all (3, "guest");
  assert_driver (NIC, "e1000");
  override = content (NIC, "driver_override");
  g_assert_cmpstr (override, ==, "\n");
  g_assert_cmpuint (count_claims ("3-guest"), ==, 0);
}

static void
test_refused (void)
{
  DomainHostdev nic = pci (6, 0x12, 5, TRI_YES), unmanaged = pci (6, 0x12, 5, TRI_NO), gone = pci (1, 2, 3, TRI_YES);
  g_autoptr (GError) error = NULL;

  probe_works = false;
  g_assert_false (hostdev_prepare (3, "guest", &nic, &error));
  g_clear_error (&error);
  g_assert_cmpuint (count_claims ("3-guest"), ==, 0);
  probe_works = true;
  set_driver (NIC, "e1000");
  g_assert_false (hostdev_prepare (3, "guest", &unmanaged, &error));
  g_assert_error (error, VIRT_ERROR, VIR_ERR_OPERATION_INVALID);
  g_clear_error (&error);
  g_assert_cmpuint (count_claims ("3-guest"), ==, 0);
  g_assert_false (hostdev_prepare (3, "guest", &gone, &error));
  g_assert_error (error, VIRT_ERROR, VIR_ERR_SYSTEM_ERROR);
  g_clear_error (&error);
  /* One of its group is with a driver of the host. */
  set_driver (NEIGHBOUR, "e1000");
  g_assert_false (hostdev_prepare (3, "guest", &nic, &error));
  g_assert_nonnull (strstr (error->message, NEIGHBOUR));
  set_driver (NEIGHBOUR, NULL);
}

static void
test_unmanaged (void)
{
  DomainHostdev nic = pci (6, 0x12, 5, TRI_NO);
  g_autoptr (GError) error = NULL;

  probe_works = true;
  g_assert_true (hostdev_pci_detach (&nic.pci.address, "vfio", &error));
  assert_driver (NIC, "vfio-pci");
  g_assert_true (hostdev_prepare (3, "guest", &nic, &error));
  hostdev_release (3, "guest", &nic);
  assert_driver (NIC, "vfio-pci");
  g_assert_true (hostdev_pci_reset (&nic.pci.address, &error));
  g_assert_true (hostdev_pci_reattach (&nic.pci.address, &error));
  assert_driver (NIC, "e1000");
  g_assert_false (hostdev_pci_detach (&nic.pci.address, "kvm", &error));
  g_assert_error (error, VIRT_ERROR, VIR_ERR_INVALID_ARG);
}

static void
test_no_iommu (void)
{
  DomainHostdev device = pci (7, 0, 0, TRI_YES);
  g_autoptr (GError) error = NULL;

  g_assert_false (hostdev_prepare (3, "guest", &device, &error));
  g_assert_error (error, VIRT_ERROR, VIR_ERR_CONFIG_UNSUPPORTED);
  assert_driver (FREE, NULL);
}

static DomainHostdev
usb (unsigned int vendor, unsigned int product, DomainHostdevStartup policy)
{
  return (DomainHostdev) { .mode = HOSTDEV_MODE_SUBSYSTEM, .type = HOSTDEV_TYPE_USB,
                           .usb = { .vendor = vendor, .product = product, .bus = UINT_MAX, .device = UINT_MAX,
                                    .startup_policy = policy } };
}

static void
test_usb (void)
{
  DomainHostdev stick = usb (0x1234, 0xbeef, HOSTDEV_STARTUP_ABSENT), twins = usb (0x1111, 1, HOSTDEV_STARTUP_ABSENT);
  DomainHostdev again = stick, gone = usb (0x9999, 1, HOSTDEV_STARTUP_ABSENT);
  DomainHostdev optional = usb (0x9999, 1, HOSTDEV_STARTUP_OPTIONAL);
  g_autoptr (GError) error = NULL;

  g_assert_true (hostdev_prepare (3, "guest", &stick, &error));
  g_assert_cmpuint (stick.usb.bus, ==, 1);
  g_assert_cmpuint (stick.usb.device, ==, 4);
  g_assert_false (hostdev_prepare (4, "other", &again, &error));
  g_assert_error (error, VIRT_ERROR, VIR_ERR_OPERATION_INVALID);
  g_clear_error (&error);
  hostdev_release (3, "guest", &stick);
  g_assert_true (hostdev_prepare (4, "other", &again, &error));
  hostdev_release_all (4, "other");
  g_assert_false (hostdev_prepare (3, "guest", &twins, &error));
  g_assert_error (error, VIRT_ERROR, VIR_ERR_OPERATION_FAILED);
  g_clear_error (&error);
  g_assert_false (hostdev_prepare (3, "guest", &gone, &error));
  g_assert_error (error, VIRT_ERROR, VIR_ERR_INTERNAL_ERROR);
  g_clear_error (&error);
  g_assert_true (hostdev_prepare (3, "guest", &optional, &error));
  g_assert_cmpint (optional.usb.missing, ==, TRI_YES);
  g_assert_cmpuint (count_claims ("3-guest"), ==, 0);
}

static void
test_scsi (void)
{
  DomainHostdevScsiSource source = { .protocol = HOSTDEV_SCSI_ADAPTER, .adapter = (char *) "scsi_host2", .bus = 0,
                                     .target = 1, .unit = 5 };
  DomainHostdev unit = { .mode = HOSTDEV_MODE_SUBSYSTEM, .type = HOSTDEV_TYPE_SCSI, .scsi = &source, .shareable = true };
  g_autoptr (GError) error = NULL;
  g_autofree char *node = sysfs_scsi_node (&source, &error);

  g_assert_cmpstr (node, ==, "/dev/sg3");
  g_assert_true (hostdev_prepare (3, "guest", &unit, &error));
  g_assert_true (hostdev_prepare (4, "other", &unit, &error));
  unit.shareable = false;
  g_assert_false (hostdev_prepare (5, "third", &unit, &error));
  g_assert_error (error, VIRT_ERROR, VIR_ERR_OPERATION_INVALID);
  g_clear_error (&error);
  hostdev_release_all (3, "guest");
  hostdev_release_all (4, "other");
  source.unit = 6;
  g_assert_false (hostdev_prepare (3, "guest", &unit, &error));
  g_assert_error (error, VIRT_ERROR, VIR_ERR_SYSTEM_ERROR);
}

static void
test_mdev (void)
{
  DomainHostdev mdev = { .mode = HOSTDEV_MODE_SUBSYSTEM, .type = HOSTDEV_TYPE_MDEV };
  g_autoptr (GError) error = NULL;

  g_assert_false (hostdev_prepare (3, "guest", &mdev, &error));
  g_assert_error (error, VIRT_ERROR, VIR_ERR_DEVICE_MISSING);
}

static void
test_tpm (void)
{
  g_autofree char *cancel = hostdev_tpm_cancel_path ("/dev/tpm0");
  g_autofree char *none = hostdev_tpm_cancel_path ("/dev/tpm1");

  g_assert_true (g_str_has_suffix (cancel, "/class/tpm/tpm0/device/cancel"));
  g_assert_null (none);
}

static void
make_host (void)
{
  g_autofree char *sys = g_build_filename (root, "sys", NULL);

  sysfs_set_roots (sys, NULL);
  hostdev_kernel = kernel;
  put ("", "bus/pci/drivers_probe");
  put ("", "bus/pci/drivers/vfio-pci/unbind");
  add_pci (NIC, "e1000", 5);
  add_pci (NEIGHBOUR, NULL, 5);
  add_pci (FREE, NULL, -1);
  for (unsigned int i = 0; i < 3; i++)
    {
      put (i == 0 ? "1234\n" : "1111\n", "bus/usb/devices/1-%u/idVendor", i);
      put (i == 0 ? "beef\n" : "0001\n", "bus/usb/devices/1-%u/idProduct", i);
      put ("1\n", "bus/usb/devices/1-%u/busnum", i);
      put (i == 0 ? "4\n" : i == 1 ? "5\n" : "6\n", "bus/usb/devices/1-%u/devnum", i);
    }
  put (NULL, "bus/usb/devices/1-0:1.0");
  put (NULL, "bus/scsi/devices/2:0:1:5/scsi_generic/sg3");
  put ("", "class/tpm/tpm0/device/cancel");
}

int
main (int argc, char **argv)
{
  g_autofree char *remove = NULL;
  int result;

  g_test_init (&argc, &argv, NULL);
  root = g_dir_make_tmp ("hostdev-XXXXXX", NULL);
  path_init (root, false);
  make_host ();
  g_test_add_func ("/hostdev/managed", test_managed);
  g_test_add_func ("/hostdev/refused", test_refused);
  g_test_add_func ("/hostdev/unmanaged", test_unmanaged);
  g_test_add_func ("/hostdev/no-iommu", test_no_iommu);
  g_test_add_func ("/hostdev/usb", test_usb);
  g_test_add_func ("/hostdev/scsi", test_scsi);
  g_test_add_func ("/hostdev/mdev", test_mdev);
  g_test_add_func ("/hostdev/tpm", test_tpm);
  result = g_test_run ();
  remove = g_strdup_printf ("rm -rf '%s'", root);
  g_assert_true (g_spawn_command_line_sync (remove, NULL, NULL, NULL, NULL));
  sysfs_set_roots (NULL, NULL);
  g_free (root);
  return result;
}
