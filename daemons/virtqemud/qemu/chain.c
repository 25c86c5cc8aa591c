/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/chain.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/domain/storage-tables.h"
#include "model/domain/tables.h"
#include "qemu/backing-name.h"
#include "qemu/image-header.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/log.h"
#include "util/worker.h"

#define LOG_CATEGORY "qemu.chain"
#define MAX_LAYERS 200

/* --- following headers (on a worker) ----------------------------------------------------- */

/* Whom to try to be where root may not read. */
typedef struct { uid_t uid; gid_t gid; } Reader;

static int
open_image (const char *path)
{
  return open (path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

/* The ids are this thread's alone. */
static int
open_as (const char *path, const Reader *reader)
{
  int fd = open_image (path), failure = errno;
  uid_t uid;
  gid_t gid;

  if (fd >= 0 || reader->uid == 0 || (failure != EACCES && failure != EPERM))
    return fd;
  gid = (gid_t) setfsgid (reader->gid);
  uid = (uid_t) setfsuid (reader->uid);
  fd = open_image (path);
  failure = errno;
  setfsuid (uid);
  setfsgid (gid);
  errno = failure;
  return fd;
}

static bool
is_local (const DomainStorageSource *source)
{
  return (source->type == STORAGE_TYPE_FILE || source->type == STORAGE_TYPE_BLOCK) && source->path != NULL
         && source->fd_group == NULL;
}

/* Opens the image of @source; @overlay (may be NULL) names it. Says what kind of file it is. */
static int
open_source (DomainStorageSource *source, const char *overlay, const Reader *reader, GError **error)
{
  fd_auto int fd = open_as (source->path, reader);
  struct stat st;

  if (fd >= 0 && fstat (fd, &st) == 0)
    {
      if (overlay != NULL)
        source->type = S_ISBLK (st.st_mode) ? STORAGE_TYPE_BLOCK : STORAGE_TYPE_FILE;
      return fd_steal (&fd);
    }
  if (overlay != NULL)
    fail_errno (error, VIR_FROM_STORAGE, errno, "cannot access backing file '%s' of image '%s'", source->path, overlay);
  else
    fail_errno (error, VIR_FROM_STORAGE, errno, "cannot access image '%s'", source->path);
  return -1;
}

/* A header that nobody vouches for may be what a guest wrote into a raw image, to reach other files of the host: it
 * must not lead anywhere. */
static bool
check_unsaid (const ImageHeader *header, const DomainStorageSource *source, const char *overlay, GError **error)
{
  if (header->backing == NULL && !header->has_data_file)
    return true;
  return fail (error, VIR_FROM_STORAGE, VIR_ERR_OPERATION_INVALID,
               "image '%s' does not say the format of its backing file '%s', which names a further file", overlay, source->path);
}

/* Reads what @source is based on into source->backing: NULL if it cannot be told, absent if nothing. */
static bool
probe_source (DomainStorageSource *source, const char *overlay, const Reader *reader, GError **error)
{
  g_auto (ImageHeader) header = { 0 };
  bool is_unsaid = source->format == STORAGE_FORMAT_ABSENT;
  fd_auto int fd = open_source (source, overlay, reader, error);

  if (fd < 0 || !image_header_read_now (fd, source->path, source->format, &header, error))
    return false;
  if (is_unsaid && !check_unsaid (&header, source, overlay, error))
    return false;
  source->format = header.format;
  if (header.backing == NULL)
    {
      source->backing = g_new0 (DomainStorageSource, 1);
      return true;
    }
  source->backing = backing_source_of (header.backing, source, error);
  if (source->backing == NULL)
    return false;
  if (source->backing->format == STORAGE_FORMAT_ABSENT)
    source->backing->format = header.backing_format;
  return true;
}

/* The format of what cannot be looked at is what its overlay says. */
static bool
check_remote (DomainStorageSource *source, const char *overlay, GError **error)
{
  if (source->format != STORAGE_FORMAT_ABSENT)
    return true;
  return fail (error, VIR_FROM_STORAGE, VIR_ERR_OPERATION_INVALID, "image '%s' does not say the format of its backing file",
               overlay);
}

bool
qemu_chain_probe_now (DomainStorageSource *top, uid_t uid, gid_t gid, GError **error)
{
  const Reader reader = { uid, gid };
  const char *overlay = NULL;
  unsigned int n = 1;

  for (DomainStorageSource *source = top; source != NULL && source->type != STORAGE_TYPE_ABSENT; source = source->backing)
    {
      if (n++ > MAX_LAYERS)
        return fail (error, VIR_FROM_STORAGE, VIR_ERR_INTERNAL_ERROR,
                     "image '%s' has more than %u layers: its chain may be a circle", top->path, MAX_LAYERS);
      if (!is_local (source))
        return overlay == NULL || check_remote (source, overlay, error);
      if (source->backing == NULL && !probe_source (source, overlay, &reader, error))
        return false;
      overlay = source->path;
    }
  return true;
}

/* --- chains of a guest ------------------------------------------------------------------------- */

/* A chain to follow: values of its own for the worker. */
typedef struct
{
  DomainDisk *disk;             /* not touched by the worker */
  DomainStorageSource *top;     /* a copy of what is known */
  Reader reader;
  GError *error;                /* what kept it from being followed */
} Chain;

static void
chain_clear (void *data)
{
  Chain *chain = data;

  backing_source_free (chain->top);
  g_clear_error (&chain->error);
}

static bool
probe_chains (void *args, GError **error)
{
  GArray *chains = args;

  for (unsigned int i = 0; i < chains->len; i++)
    {
      Chain *chain = &g_array_index (chains, Chain, i);

      if (chain->error == NULL)
        qemu_chain_probe_now (chain->top, chain->reader.uid, chain->reader.gid, &chain->error);
    }
  return true;
}

/* The layer by which the image of @disk is reached, with what is known of the chain. */
static DomainStorageSource *
copy_top (const DomainDisk *disk)
{
  const DomainStorageSource *source = &disk->source, *actual = domain_storage_actual (source);
  DomainStorageSource *top = xml_new (&storage_backing_schema);

  top->type = actual->type;
  top->format = actual->format;
  top->path = g_strdup (actual->path);
  top->fd_group = g_strdup (actual->fd_group);
  if (source->backing != NULL)
    top->backing = source->backing->type == STORAGE_TYPE_ABSENT ? g_new0 (DomainStorageSource, 1)
                                                                : xml_copy (&storage_backing_schema, source->backing);
  return top;
}

/* Volumes are looked up here, as that awaits; what goes wrong is kept with the chain. */
static GArray *
chains_of (Domain *domain, const QemuChainRules *rules)
{
  GArray *chains = g_array_new (FALSE, TRUE, sizeof (Chain));

  g_array_set_clear_func (chains, chain_clear);
  for (unsigned int i = 0; i < domain->disks.n; i++)
    {
      DomainDisk *disk = domain->disks.items[i];
      Chain chain = { .disk = disk, .reader = { rules->uid, rules->gid } };

      if (domain_storage_is_empty (&disk->source))
        continue;
      qemu_volume_resolve (disk, rules->look_up != NULL ? rules->look_up : qemu_volume_look_up, &chain.error);
      chain.top = copy_top (disk);
      g_array_append_val (chains, chain);
    }
  return chains;
}

/* --- what may be missing ------------------------------------------------------------------------- */

static bool
is_drive (const DomainDisk *disk)
{
  return disk->device == DISK_DEVICE_CDROM || disk->device == DISK_DEVICE_FLOPPY;
}

/* Takes the medium out of the drive. */
static void
eject (DomainDisk *disk)
{
  DomainStorageSource *source = &disk->source;

  backing_source_free (g_steal_pointer (&source->actual));
  backing_source_free (g_steal_pointer (&source->backing));
  g_clear_pointer (&source->path, g_free);
  g_clear_pointer (&source->pool, g_free);
  source->type = STORAGE_TYPE_FILE;
  source->format = STORAGE_FORMAT_ABSENT;
  source->mode = STORAGE_POOL_MODE_ABSENT;
}

static void
remove_disk (Domain *domain, const DomainDisk *disk)
{
  for (unsigned int i = 0; i < domain->disks.n; i++)
    if (domain->disks.items[i] == disk)
      {
        xml_free (&domain_disk_schema, xml_list_steal (&domain->disks, i));
        return;
      }
}

/* The guest starts without it, if its policy allows that. */
static bool
drop (Domain *domain, Chain *chain, const QemuChainRules *rules, GError **error)
{
  DomainDisk *disk = chain->disk;
  g_autofree char *alias = g_strdup (disk->info.alias), *path = g_strdup (domain_storage_actual (&disk->source)->path);
  bool is_disk = !is_drive (disk);

  if (disk->source.startup_policy != DISK_STARTUP_POLICY_OPTIONAL)
    {
      g_propagate_error (error, g_steal_pointer (&chain->error));
      return false;
    }
  log_info ("domain '%s' starts without %s '%s': %s", domain->name, is_disk ? "disk" : "the medium of drive", disk->target.dev,
            chain->error->message);
  if (is_disk)
    remove_disk (domain, disk);
  else
    eject (disk);
  if (rules->dropped != NULL)
    rules->dropped (alias, path, is_disk, rules->user);
  return true;
}

/* Gives the disk the layers that were found. */
static void
attach_layers (Chain *chain)
{
  DomainStorageSource *source = &chain->disk->source;

  backing_source_free (g_steal_pointer (&source->backing));
  source->backing = g_steal_pointer (&chain->top->backing);
}

/* --- numbers --------------------------------------------------------------------------------------- */

/* Whether QEMU has nodes for it: cards have a drive of old, and a process of its own serves a vhost-user disk. */
static bool
has_nodes (const DomainDisk *disk)
{
  return disk->target.bus != DISK_BUS_SD && disk->source.type != STORAGE_TYPE_VHOST_USER;
}

/* Numbers the layers of @disk, the topmost first; a drive without a medium keeps a number for one. */
static void
number_layers (DomainDisk *disk, unsigned int *next)
{
  if (has_nodes (disk) && domain_storage_is_empty (&disk->source))
    (*next)++;
  for (DomainStorageSource *source = has_nodes (disk) ? &disk->source : NULL;
       source != NULL && !domain_storage_is_empty (source); source = source->backing)
    source->index = (*next)++;
}

/* From the last disk to the first. */
void
qemu_chain_number (Domain *domain)
{
  unsigned int next = 1;

  for (unsigned int i = domain->disks.n; i-- > 0;)
    number_layers (domain->disks.items[i], &next);
}

bool
qemu_chain_complete (Domain *domain, const QemuChainRules *rules, GError **error)
{
  static const QemuChainRules no_rules;
  g_autoptr (GArray) chains = chains_of (domain, rules != NULL ? rules : &no_rules);

  if (chains->len > 0 && !worker_run ("image headers", probe_chains, chains, error))
    return false;
  for (unsigned int i = 0; i < chains->len; i++)
    {
      Chain *chain = &g_array_index (chains, Chain, i);

      if (chain->error == NULL)
        attach_layers (chain);
      else if (!drop (domain, chain, rules != NULL ? rules : &no_rules, error))
        return false;
    }
  qemu_chain_number (domain);
  return true;
}
