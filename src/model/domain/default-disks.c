/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* default-disks.c: what a document leaves open of its disks. */
#include "model/domain/rules.h"

unsigned int
domain_storage_default_port (DomainStorageProtocol protocol)
{
  static const unsigned int ports[STORAGE_PROTOCOL_LAST] = {
    [STORAGE_PROTOCOL_NBD] = 10809, [STORAGE_PROTOCOL_SHEEPDOG] = 7000, [STORAGE_PROTOCOL_GLUSTER] = 24007,
    [STORAGE_PROTOCOL_ISCSI] = 3260, [STORAGE_PROTOCOL_HTTP] = 80, [STORAGE_PROTOCOL_HTTPS] = 443,
    [STORAGE_PROTOCOL_FTP] = 21, [STORAGE_PROTOCOL_FTPS] = 990, [STORAGE_PROTOCOL_TFTP] = 69,
    [STORAGE_PROTOCOL_SSH] = 22, [STORAGE_PROTOCOL_VXHS] = 9999,
  };

  return protocol < STORAGE_PROTOCOL_LAST ? ports[protocol] : 0;
}

void
domain_storage_apply_defaults (DomainStorageSource *source)
{
  for (DomainStorageSource *layer = source; layer != NULL; layer = layer->backing)
    {
      for (unsigned int i = 0; i < layer->hosts.n; i++)
        {
          DomainStorageHost *host = layer->hosts.items[i];

          if (host->transport != STORAGE_TRANSPORT_UNIX && host->transport != STORAGE_TRANSPORT_RDMA && host->port == 0)
            host->port = domain_storage_default_port (layer->protocol);
        }
      if (layer->encryption != NULL && layer->encryption->engine == ENCRYPTION_ENGINE_ABSENT)
        layer->encryption->engine = ENCRYPTION_ENGINE_QEMU;
    }
}

const DomainStorageSource *
domain_storage_actual (const DomainStorageSource *source)
{
  return source->actual != NULL ? source->actual : source;
}

bool
domain_storage_is_empty (const DomainStorageSource *source)
{
  return source->path == NULL && source->protocol == STORAGE_PROTOCOL_ABSENT && source->pci == NULL;
}

/* A drive without a medium may have any at its next start. */
static void
complete_empty_drive (DomainDisk *disk)
{
  if (domain_storage_is_empty (&disk->source) && (disk->device == DISK_DEVICE_CDROM || disk->device == DISK_DEVICE_FLOPPY))
    disk->source.type = STORAGE_TYPE_FILE;
}

static void
complete_disk (DomainDisk *disk)
{
  complete_empty_drive (disk);
  if (disk->driver.name == NULL)
    disk->driver.name = g_strdup ("qemu");
  if (disk->source.format == STORAGE_FORMAT_ABSENT && disk->source.type != STORAGE_TYPE_VOLUME)
    disk->source.format = STORAGE_FORMAT_RAW;
  if (disk->source.type == STORAGE_TYPE_VHOST_USER && disk->snapshot == DISK_SNAPSHOT_ABSENT)
    disk->snapshot = DISK_SNAPSHOT_NO;
  domain_storage_apply_defaults (&disk->source);
  if (disk->mirror != NULL && disk->mirror->source.format == STORAGE_FORMAT_ABSENT)
    disk->mirror->source.format = STORAGE_FORMAT_RAW;
  if (disk->encryption != NULL && disk->encryption->engine == ENCRYPTION_ENGINE_ABSENT)
    disk->encryption->engine = ENCRYPTION_ENGINE_QEMU;
}

void
domain_complete_disks (Domain *domain)
{
  for (unsigned int i = 0; i < domain->disks.n; i++)
    complete_disk (domain->disks.items[i]);
}
