/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "security/files.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "model/domain/device.h"
#include "net/net.h"
#include "net/vf.h"
#include "util/uuid.h"

/* What collects: labels are by the guest's own ones. */
typedef struct
{
  const Domain *domain;
  const QemuConfig *config;
  GPtrArray *files;
} Files;

static void
file_free (void *data)
{
  SecurityFile *file = data;

  for (unsigned int i = 0; i < SECURITY_N; i++)
    g_free (file->labels[i]);
  g_free (file->path);
  g_free (file);
}

void
security_files_add (GPtrArray *files, const SecurityFile *file)
{
  SecurityFile *copy = g_memdup2 (file, sizeof *file);

  copy->path = g_strdup (file->path);
  for (unsigned int i = 0; i < SECURITY_N; i++)
    copy->labels[i] = g_strdup (file->labels[i]);
  g_ptr_array_add (files, copy);
}

/* --- labels ----------------------------------------------------------------------------------- */

/* What the document says of this file for @model; the words for every model come last. */
static const DomainDeviceSeclabel *
own_label (const DomainDeviceSeclabel *const *labels, unsigned int n, const char *model)
{
  const DomainDeviceSeclabel *common = NULL;

  for (unsigned int i = 0; i < n; i++)
    if (labels[i]->model == NULL)
      common = labels[i];
    else if (strcmp (labels[i]->model, model) == 0)
      return labels[i];
  return common;
}

static char *
choose_label (const Files *f, const SecurityDriver *driver, const SecurityFile *file, const DomainDeviceSeclabel *own)
{
  const DomainSeclabel *label = security_label_of (f->domain, driver->model);
  bool left_alone = own != NULL && (own->relabel == TRI_NO || own->labelskip == TRI_YES);

  if (label == NULL || left_alone || (driver->model == SECURITY_DAC && !f->config->dynamic_ownership))
    return NULL;
  if (own != NULL && own->label != NULL)
    return g_strdup (own->label);
  if (label->relabel != TRI_YES)
    return NULL;
  return driver->file_label (label, file);
}

static SecurityFile *
add_labelled (Files *f, SecurityFile file, const DomainDeviceSeclabel *const *labels, unsigned int n_labels)
{
  const SecurityDriver *const *drivers = security_drivers (f->config);
  SecurityFile *copy;

  if (file.path == NULL)
    return NULL;
  copy = g_memdup2 (&file, sizeof file);
  copy->path = g_strdup (file.path);
  for (unsigned int i = 0; drivers[i] != NULL; i++)
    copy->labels[drivers[i]->model] = choose_label (f, drivers[i], copy, own_label (labels, n_labels, drivers[i]->name));
  g_ptr_array_add (f->files, copy);
  return copy;
}

static SecurityFile *
add (Files *f, SecurityFileKind kind, const char *path, bool write)
{
  return add_labelled (f, (SecurityFile) { .kind = kind, .path = (char *) path, .write = write }, NULL, 0);
}

/* A device that all guests use keeps the context that it has. */
static void
add_common (Files *f, const char *path, bool write)
{
  SecurityFile *file = add (f, SECURITY_FILE_DEVICE, path, write);

  if (file != NULL)
    g_clear_pointer (&file->labels[SECURITY_SELINUX], g_free);
}

static void
add_device (Files *f, const char *path)
{
  add (f, SECURITY_FILE_DEVICE, path, true);
}

/* --- disks ------------------------------------------------------------------------------------- */

/* The group of a device that VFIO hands out, and its door. @link: of the group. */
static void
add_vfio (Files *f, const char *link)
{
  char target[256];
  ssize_t n = readlink (link, target, sizeof target - 1);
  g_autofree char *path = NULL;
  const char *name;

  if (n <= 0)
    return;
  target[n] = '\0';
  name = strrchr (target, '/');
  path = g_strconcat ("/dev/vfio/", name != NULL ? name + 1 : target, NULL);
  add_device (f, path);
  add_common (f, "/dev/vfio/vfio", true);
}

static void
add_vfio_pci (Files *f, const PciAddress *address)
{
  g_autofree char *link = g_strdup_printf ("/sys/bus/pci/devices/%04x:%02x:%02x.%x/iommu_group", address->domain,
                                           address->bus, address->slot, address->function);

  add_vfio (f, link);
}

/* A helper in the guest's control group, or somebody's whose socket is named. */
static void
add_reservations (Files *f, const DomainStorageReservations *reservations)
{
  SecurityFile file = { .kind = SECURITY_FILE_DEVICE, .write = true, .optional = true };
  bool managed;

  if (reservations == NULL)
    return;
  managed = reservations->managed == TRI_YES;
  file.path = managed ? (char *) "/dev/mapper/control" : reservations->path;
  /* The helper is root's: what it opens stays so. */
  if (add_labelled (f, file, NULL, 0) != NULL && managed)
    for (unsigned int i = 0; i < SECURITY_N; i++)
      g_clear_pointer (&((SecurityFile *) f->files->pdata[f->files->len - 1])->labels[i], g_free);
}

static void
add_source (Files *f, const DomainStorageSource *top, bool write, bool shared)
{
  for (const DomainStorageSource *layer = top; layer != NULL; layer = layer->backing)
    {
      const DomainStorageSource *source = domain_storage_actual (layer);
      SecurityFile file = {
        .kind = SECURITY_FILE_IMAGE, .path = source->path, .write = write && layer == top, .shared = shared && layer == top,
      };

      /* What the client opened for the guest is the client's. */
      if (source->fd_group != NULL)
        continue;
      add_reservations (f, source->reservations);
      switch (source->type)
        {
        case STORAGE_TYPE_FILE:
        case STORAGE_TYPE_BLOCK:
          add_labelled (f, file, (const DomainDeviceSeclabel *const *) source->seclabels.items, source->seclabels.n);
          break;
        case STORAGE_TYPE_DIR:
          file.kind = SECURITY_FILE_FOLDER;
          add_labelled (f, file, (const DomainDeviceSeclabel *const *) source->seclabels.items, source->seclabels.n);
          break;
        case STORAGE_TYPE_NVME:
          if (source->pci != NULL)
            add_vfio_pci (f, source->pci);
          break;
        case STORAGE_TYPE_VHOST_USER:
        case STORAGE_TYPE_VHOST_VDPA:
          add_device (f, source->path);
          break;
        default:
          break;
        }
    }
}

static void
of_disk (Files *f, const void *device)
{
  const DomainDisk *disk = device;
  bool write = !disk->readonly && disk->device != DISK_DEVICE_CDROM;

  add_source (f, &disk->source, write, disk->shareable);
  if (disk->mirror != NULL)
    add_source (f, &disk->mirror->source, true, false);
}

static void
of_source (Files *f, const void *device)
{
  add_source (f, device, true, false);
}

static void
of_source_readonly (Files *f, const void *device)
{
  add_source (f, device, false, false);
}

/* --- character devices ---------------------------------------------------------------------------- */

static void
of_chardev (Files *f, const void *device)
{
  const DomainChardevSource *source = device;
  const DomainDeviceSeclabel *const *labels = (const DomainDeviceSeclabel *const *) source->seclabels.items;
  SecurityFile file = { .kind = SECURITY_FILE_DEVICE, .path = source->path, .write = true };
  g_autofree char *in = NULL, *out = NULL;

  switch (source->type)
    {
    case CHARDEV_TYPE_DEV:
      break;
    case CHARDEV_TYPE_PIPE:
      in = g_strdup_printf ("%s.in", source->path);
      out = g_strdup_printf ("%s.out", source->path);
      if (access (in, F_OK) == 0 && access (out, F_OK) == 0)
        {
          file.path = in;
          add_labelled (f, file, labels, source->seclabels.n);
          file.path = out;
        }
      break;
    /* A file is opened by the daemon or by virtlogd, or made by QEMU. */
    case CHARDEV_TYPE_FILE:
      file.optional = true;
      if (f->config->stdio_logd)
        return;
      break;
    case CHARDEV_TYPE_UNIX:
      file.optional = true;
      break;
    default:
      return;
    }
  add_labelled (f, file, labels, source->seclabels.n);
}

/* --- devices of the host ----------------------------------------------------------------------------- */

/* The generic node of a SCSI device. */
static void
add_scsi_generic (Files *f, const DomainHostdevScsiSource *scsi, bool write)
{
  unsigned int host;
  g_autofree char *folder = NULL, *path = NULL;
  g_autoptr (GDir) dir = NULL;
  const char *name;

  if (scsi == NULL || scsi->adapter == NULL || sscanf (scsi->adapter, "scsi_host%u", &host) != 1)
    return;
  folder = g_strdup_printf ("/sys/bus/scsi/devices/%u:%u:%u:%" G_GUINT64_FORMAT "/scsi_generic", host, scsi->bus,
                            scsi->target, scsi->unit);
  dir = g_dir_open (folder, 0, NULL);
  name = dir != NULL ? g_dir_read_name (dir) : NULL;
  if (name == NULL)
    return;
  path = g_strconcat ("/dev/", name, NULL);
  add (f, SECURITY_FILE_DEVICE, path, write);
}

static void
of_hostdev (Files *f, const void *device)
{
  const DomainHostdev *hostdev = device;
  char uuid[UUID_TEXT_SIZE];
  g_autofree char *path = NULL;

  if (hostdev->mode != HOSTDEV_MODE_SUBSYSTEM)
    return;
  switch (hostdev->type)
    {
    case HOSTDEV_TYPE_USB:
      if (hostdev->usb.bus == UINT_MAX || hostdev->usb.device == UINT_MAX || hostdev->usb.missing == TRI_YES)
        return;
      path = g_strdup_printf ("/dev/bus/usb/%03u/%03u", hostdev->usb.bus, hostdev->usb.device);
      add_device (f, path);
      return;
    case HOSTDEV_TYPE_PCI:
      add_vfio_pci (f, &hostdev->pci.address);
      return;
    case HOSTDEV_TYPE_MDEV:
      path = g_strdup_printf ("/sys/bus/mdev/devices/%s/iommu_group", uuid_format (hostdev->mdev, uuid));
      add_vfio (f, path);
      return;
    case HOSTDEV_TYPE_SCSI:
      if (hostdev->scsi != NULL && hostdev->scsi->protocol != HOSTDEV_SCSI_ISCSI)
        add_scsi_generic (f, hostdev->scsi, !hostdev->readonly);
      return;
    case HOSTDEV_TYPE_SCSI_HOST:
      add_common (f, "/dev/vhost-scsi", true);
      return;
    default:
      return;
    }
}

/* --- small devices --------------------------------------------------------------------------------------- */

static void
of_rng (Files *f, const void *device)
{
  const DomainRng *rng = device;

  if (rng->backend == RNG_BACKEND_RANDOM)
    add_common (f, rng->path, false);
  else if (rng->backend == RNG_BACKEND_EGD)
    of_chardev (f, &rng->source);
}

/* A TPM's commands are cancelled by another file, in the device's folder. */
static void
of_tpm (Files *f, const void *device)
{
  const DomainTpm *tpm = device;
  g_autofree char *name = NULL, *cancel = NULL;

  if (tpm->backend == TPM_BACKEND_EXTERNAL)
    of_chardev (f, &tpm->source);
  if (tpm->backend != TPM_BACKEND_PASSTHROUGH || tpm->device == NULL)
    return;
  add_device (f, tpm->device);
  name = g_path_get_basename (tpm->device);
  cancel = g_strdup_printf ("/sys/class/tpm/%s/device/cancel", name);
  add_labelled (f, (SecurityFile) { .kind = SECURITY_FILE_DEVICE, .path = cancel, .write = true, .optional = true }, NULL, 0);
}

static void
of_input (Files *f, const void *device)
{
  const DomainInput *input = device;

  if (input->type == INPUT_TYPE_PASSTHROUGH || input->type == INPUT_TYPE_EVDEV)
    add_device (f, input->source);
}

static void
of_memory (Files *f, const void *device)
{
  const DomainMemory *memory = device;

  if (memory->model == MEMORY_MODEL_SGX_EPC)
    {
      add_device (f, "/dev/sgx_vepc");
      add_device (f, "/dev/sgx_provision");
    }
  else
    add (f, SECURITY_FILE_IMAGE, memory->path, !memory->readonly);
}

static void
of_filesystem (Files *f, const void *device)
{
  const DomainFilesystem *fs = device;

  if (fs->driver.type == FS_DRIVER_VIRTIOFS)
    {
      if (fs->socket != NULL)
        add_device (f, fs->socket);
    }
  else
    add (f, SECURITY_FILE_FOLDER, fs->source, !fs->readonly);
}

static void
of_shmem (Files *f, const void *device)
{
  const DomainShmem *shmem = device;

  if (shmem->has_server)
    add_labelled (f, (SecurityFile) { .kind = SECURITY_FILE_DEVICE, .path = shmem->server, .write = true, .optional = true },
                  NULL, 0);
}

static void
of_graphics (Files *f, const void *device)
{
  const DomainGraphics *graphics = device;

  add_device (f, graphics->rendernode);
}

/* --- all of them -------------------------------------------------------------------------------------------- */

static void (*const of_device[SECURITY_DEVICE_N]) (Files *f, const void *device) = {
  [SECURITY_DISK] = of_disk,             [SECURITY_SOURCE] = of_source,
  [SECURITY_SOURCE_READONLY] = of_source_readonly,
  [SECURITY_CHARDEV] = of_chardev,       [SECURITY_HOSTDEV] = of_hostdev,
  [SECURITY_RNG] = of_rng,               [SECURITY_TPM] = of_tpm,
  [SECURITY_INPUT] = of_input,           [SECURITY_MEMORY] = of_memory,
  [SECURITY_FILESYSTEM] = of_filesystem, [SECURITY_SHMEM] = of_shmem,
  [SECURITY_GRAPHICS] = of_graphics,
};

GPtrArray *
security_files_of_device (const Domain *domain, const QemuConfig *config, SecurityDeviceKind kind, const void *device)
{
  Files f = { domain, config, g_ptr_array_new_with_free_func (file_free) };

  of_device[kind] (&f, device);
  return f.files;
}

static void
of_firmware (Files *f, const DomainOs *os)
{
  add (f, SECURITY_FILE_BOOT, os->kernel, false);
  add (f, SECURITY_FILE_BOOT, os->initrd, false);
  add (f, SECURITY_FILE_BOOT, os->dtb, false);
  add (f, SECURITY_FILE_BOOT, os->shim, false);
  add (f, SECURITY_FILE_BOOT, os->loader.path, os->loader.readonly == TRI_NO);
  if (os->nvram_source != NULL)
    of_source (f, &os->nvram_source->source);
  else
    add (f, SECURITY_FILE_IMAGE, os->nvram, true);
  if (os->varstore != NULL)
    add (f, SECURITY_FILE_IMAGE, os->varstore->path, true);
  for (unsigned int i = 0; i < os->acpi_tables.n; i++)
    add (f, SECURITY_FILE_BOOT, os->acpi_tables.items[i]->path, false);
}

static void
of_interface (Files *f, const void *device)
{
  const DomainInterface *interface = device;
  DomainHostdev view;

  if (net_actual_type (interface) != INTERFACE_TYPE_HOSTDEV)
    return;
  view = vf_hostdev (interface);
  of_hostdev (f, &view);
}

#define EACH(list_, of_) \
  for (unsigned int i = 0; i < domain->list_.n; i++) \
    if ((const void *) domain->list_.items[i] != device) \
      of_ (&f, domain->list_.items[i])
#define EACH_SOURCE(list_) \
  for (unsigned int i = 0; i < domain->list_.n; i++) \
    if ((const void *) &domain->list_.items[i]->source != device) \
      of_chardev (&f, &domain->list_.items[i]->source)

GPtrArray *
security_files_of (const Domain *domain, const QemuConfig *config)
{
  return security_files_without (domain, config, NULL);
}

GPtrArray *
security_files_without (const Domain *domain, const QemuConfig *config, const void *device)
{
  Files f = { domain, config, g_ptr_array_new_with_free_func (file_free) };

  EACH (disks, of_disk);
  of_firmware (&f, &domain->os);
  EACH_SOURCE (serials);
  EACH_SOURCE (parallels);
  EACH_SOURCE (channels);
  /* Other consoles are serial ports under another name. */
  for (unsigned int i = 0; i < domain->consoles.n; i++)
    if (domain->consoles.items[i]->target == CHARDEV_TARGET_VIRTIO)
      of_chardev (&f, &domain->consoles.items[i]->source);
  EACH_SOURCE (redirdevs);
  for (unsigned int i = 0; i < domain->smartcards.n; i++)
    if (domain->smartcards.items[i]->mode == SMARTCARD_MODE_PASSTHROUGH)
      of_chardev (&f, &domain->smartcards.items[i]->source);
  EACH (hostdevs, of_hostdev);
  EACH (interfaces, of_interface);
  EACH (rngs, of_rng);
  EACH (tpms, of_tpm);
  EACH (inputs, of_input);
  EACH (memories, of_memory);
  EACH (filesystems, of_filesystem);
  EACH (shmems, of_shmem);
  EACH (graphics, of_graphics);
  for (unsigned int i = 0; i < domain->videos.n; i++)
    add_device (&f, domain->videos.items[i]->rendernode);
  if (domain->launch_security != NULL && (domain->launch_security->type == LAUNCH_SECURITY_SEV
                                          || domain->launch_security->type == LAUNCH_SECURITY_SEV_SNP))
    add_common (&f, "/dev/sev", true);
  if (domain->pstore != NULL)
    add (&f, SECURITY_FILE_IMAGE, domain->pstore->path, true);
  return f.files;
}
