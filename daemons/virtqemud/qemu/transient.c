/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/transient.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "model/domain/storage-tables.h"
#include "qemu/chain.h"
#include "util/error.h"
#include "util/log.h"
#include "util/process.h"
#include "util/worker.h"

#define LOG_CATEGORY "qemu.transient"
#define MAKE_TIMEOUT_MS 30000

static char *
suffix_of (const Domain *domain)
{
  return g_strconcat (".TRANSIENT-", domain->name, NULL);
}

/* Whether the disk has its overlay. */
static bool
has_overlay (const Domain *domain, const DomainDisk *disk)
{
  g_autofree char *suffix = suffix_of (domain);

  return disk->transient && disk->source.path != NULL && g_str_has_suffix (disk->source.path, suffix);
}

/* Puts a layer at @path on top of the chain. */
static void
push_overlay (DomainDisk *disk, const char *path)
{
  DomainStorageSource *source = &disk->source, *base = xml_new (&storage_backing_schema);

  base->type = source->type;
  base->format = source->format;
  base->path = source->path;
  base->metadata_cache = source->metadata_cache;
  base->slices = source->slices;
  base->encryption = source->encryption != NULL ? source->encryption : g_steal_pointer (&disk->encryption);
  base->backing = source->backing;
  memset (&source->slices, 0, sizeof source->slices);
  source->encryption = NULL;
  source->metadata_cache = 0;
  source->path = g_strdup (path);
  source->format = STORAGE_FORMAT_QCOW2;
  source->backing = base;
}

/* Names the overlay of @disk. */
static bool
add_overlay (const Domain *domain, DomainDisk *disk, GError **error)
{
  g_autofree char *suffix = suffix_of (domain);
  g_autofree char *path = g_strconcat (disk->source.path, suffix, NULL);

  if (disk->source.slices.n > 0 || domain_disk_encryption (disk) != NULL)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED,
                 "disk '%s': 'transient' is not supported for encrypted images and slices", disk->target.dev);
  if (access (path, F_OK) == 0)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED, "disk '%s': the overlay '%s' is there already",
                 disk->target.dev, path);
  push_overlay (disk, path);
  return true;
}

static bool
make_overlay (const DomainDisk *disk, GError **error)
{
  const DomainStorageSource *base = disk->source.backing;
  const char *format = xml_enum_name (&storage_format_names, base->format);
  const char *const argv[] = { "qemu-img", "create", "-q", "-f", "qcow2", "-F", format, "-b", base->path, disk->source.path, NULL };

  if (process_run_simple (argv, MAKE_TIMEOUT_MS, NULL, error))
    return true;
  g_prefix_error (error, "disk '%s': ", disk->target.dev);
  return false;
}

static bool
make_overlays (const Domain *domain, GError **error)
{
  for (unsigned int i = 0; i < domain->disks.n; i++)
    if (has_overlay (domain, domain->disks.items[i]) && !make_overlay (domain->disks.items[i], error))
      return false;
  return true;
}

bool
qemu_transient_make (Domain *domain, bool (*note) (void *user, GError **error), void *user, GError **error)
{
  bool any = false;

  for (unsigned int i = 0; i < domain->disks.n; i++)
    {
      DomainDisk *disk = domain->disks.items[i];

      if (!disk->transient || domain_storage_is_empty (&disk->source))
        continue;
      if (!add_overlay (domain, disk, error))
        return false;
      any = true;
    }
  if (!any)
    return true;
  qemu_chain_number (domain);
  if ((note == NULL || note (user, error)) && make_overlays (domain, error))
    return true;
  qemu_transient_remove (domain);
  return false;
}

static bool
remove_files (void *args, GError **error)
{
  const GPtrArray *paths = args;

  for (unsigned int i = 0; i < paths->len; i++)
    if (unlink (paths->pdata[i]) < 0 && errno != ENOENT)
      log_warning ("cannot remove the overlay '%s': %s", (const char *) paths->pdata[i], g_strerror (errno));
  return true;
}

void
qemu_transient_remove (const Domain *domain)
{
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);

  for (unsigned int i = 0; i < domain->disks.n; i++)
    if (has_overlay (domain, domain->disks.items[i]))
      g_ptr_array_add (paths, g_strdup (domain->disks.items[i]->source.path));
  if (paths->len > 0)
    worker_run ("remove overlays", remove_files, paths, NULL);
}
