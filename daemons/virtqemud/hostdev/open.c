/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hostdev/open.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/vhost.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "hostdev/sysfs.h"
#include "util/cleanup.h"
#include "util/error.h"

#define FIRST_CID 3             /* below are the host and reserved addresses */

bool
hostdev_is_fd (QemuFdKind kind)
{
  return kind == QEMU_FD_VSOCK || kind == QEMU_FD_VHOST_SCSI || kind == QEMU_FD_TPM || kind == QEMU_FD_TPM_CANCEL;
}

static int
open_device (const char *path, int flags, const char *what, GError **error)
{
  int fd = open (path, flags | O_CLOEXEC | O_NOCTTY);

  if (fd < 0)
    fail_errno (error, VIR_FROM_QEMU, errno, "%s: cannot open '%s'", what, path);
  return fd;
}

static bool
set_cid (int fd, uint64_t cid)
{
  return ioctl (fd, VHOST_VSOCK_SET_GUEST_CID, &cid) == 0;
}

static int
open_vsock (DomainVsock *vsock, GError **error)
{
  fd_auto int fd = open_device ("/dev/vhost-vsock", O_RDWR, "this host's kernel has no virtual sockets", error);
  bool choose = vsock->auto_cid == TRI_YES;

  if (fd < 0)
    return -1;
  for (uint64_t cid = choose ? FIRST_CID : vsock->cid; cid < UINT32_MAX; cid++)
    {
      if (set_cid (fd, cid))
        {
          vsock->cid = (unsigned int) cid;
          return fd_steal (&fd);
        }
      if (!choose || errno != EADDRINUSE)
        {
          fail_errno (error, VIR_FROM_QEMU, errno, "cannot give the virtual socket the address %u", (unsigned int) cid);
          return -1;
        }
    }
  fail_errno (error, VIR_FROM_QEMU, EADDRINUSE, "no address for a virtual socket is left");
  return -1;
}

char *
hostdev_tpm_cancel_path (const char *device)
{
  static const char *const classes[] = { "tpm", "misc" };
  g_autofree char *name = g_path_get_basename (device);

  for (unsigned int i = 0; i < G_N_ELEMENTS (classes); i++)
    {
      g_autofree char *path = sysfs_path ("class/%s/%s/device/cancel", classes[i], name);

      if (access (path, W_OK) == 0)
        return g_steal_pointer (&path);
    }
  return NULL;
}

static int
open_tpm_cancel (const char *device, GError **error)
{
  g_autofree char *path = hostdev_tpm_cancel_path (device);

  if (path != NULL)
    return open_device (path, O_WRONLY, "the TPM's commands cannot be ended", error);
  fail (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "the kernel has no file that ends commands of the TPM '%s'", device);
  return -1;
}

int
hostdev_open_fd (QemuFdKind kind, const char *path, DomainDeviceInfo *device, GError **error)
{
  switch (kind)
    {
    case QEMU_FD_VSOCK:
      return open_vsock ((DomainVsock *) device, error);
    case QEMU_FD_VHOST_SCSI:
      if (access ("/dev/vhost-scsi", F_OK) < 0)
        {
          fail (error, VIR_FROM_NONE, VIR_ERR_CONFIG_UNSUPPORTED,
                "this host's kernel has no SCSI target for guests (/dev/vhost-scsi)");
          return -1;
        }
      return open_device ("/dev/vhost-scsi", O_RDWR, "this host's kernel has no SCSI target for guests", error);
    case QEMU_FD_TPM:
      return open_device (path, O_RDWR, "the host's TPM", error);
    default:
      return open_tpm_cancel (path, error);
    }
}
