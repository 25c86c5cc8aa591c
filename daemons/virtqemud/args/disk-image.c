/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Images of disks and of the firmware's flash, with the objects that their nodes refer to. */
#include "args/private.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "args/block.h"
#include "helpers/paths.h"
#include "util/error.h"

#define MAX_LAYERS 200
#define SCSI_CDROM_MAJOR 11

/* --- objects of a layer ------------------------------------------------------------------ */

static bool
add_login (Builder *b, const BlockLayer *layer, const char *what, GError **error)
{
  QemuSecretUse use = { .what = what };

  if (layer->names.auth == NULL)
    return true;
  use.usage = layer->source->protocol == STORAGE_PROTOCOL_ISCSI ? SECRET_USAGE_ISCSI
              : layer->source->protocol == STORAGE_PROTOCOL_RBD ? SECRET_USAGE_CEPH
              : (SecretUsage) xml_enum_value (&secret_usage_names, layer->auth->secret->type);
  use.ref = &layer->auth->secret->ref;
  return add_secret (b, layer->names.auth, &use, error);
}

static bool
add_passphrase (Builder *b, const BlockLayer *layer, const char *what, GError **error)
{
  QemuSecretUse use = { .usage = SECRET_USAGE_VOLUME, .what = what };

  if (layer->names.encryption == NULL)
    return true;
  use.ref = &layer->encryption->secrets.items[0]->ref;
  return add_secret (b, layer->names.encryption, &use, error);
}

static bool
add_cookies (Builder *b, const BlockLayer *layer, const char *what, GError **error)
{
  g_autofree char *text = layer->names.cookie != NULL ? block_cookies_text (layer->source->cookies) : NULL;
  const QemuSecretUse use = { .text = text, .what = what };

  return text == NULL || add_secret (b, layer->names.cookie, &use, error);
}

static bool
add_tls (Builder *b, const BlockLayer *layer, GError **error)
{
  QemuTlsUse use = layer->source->protocol == STORAGE_PROTOCOL_NBD ? QEMU_TLS_NBD : QEMU_TLS_VXHS;

  return layer->names.tls == NULL || add_tls_credentials (b, layer->names.tls, layer->names.tls_key, use, false, error);
}

/* Whom QEMU asks for reservations: one helper of ours for all disks, or one that somebody else runs. */
static void
add_reservations (Builder *b, const BlockLayer *layer)
{
  const DomainStorageReservations *reservations = layer->source->reservations;
  bool is_ours = reservations != NULL && reservations->managed == TRI_YES;
  g_autofree char *socket = helper_reservations_socket (b->context->lib_dir);
  json_t *object;

  if (reservations == NULL || (is_ours && b->has_reservations))
    return;
  object = object_new ("pr-manager-helper", "", layer->names.reservations);
  if (is_ours)
    set_string (object, "path", socket);
  else
    set_string (object, "path", reservations->path);
  add_part (b, QEMU_OBJECT, object);
  b->has_reservations |= is_ours;
}

bool
disks_have_reservations (const Domain *domain, const void *other)
{
  for (unsigned int i = 0; i < domain->disks.n; i++)
    {
      const DomainStorageReservations *reservations = domain->disks.items[i]->source.reservations;

      if (&domain->disks.items[i]->info != other && reservations != NULL && reservations->managed == TRI_YES)
        return true;
    }
  return false;
}

/* Those of @disk before @source, or all; true if @source was found. */
static bool
count_fd_groups (const DomainDisk *disk, const DomainStorageSource *source, unsigned int *count)
{
  for (const DomainStorageSource *layer = &disk->source; layer != NULL; layer = layer->backing)
    {
      if (layer == source)
        return true;
      *count += layer->fd_group != NULL;
    }
  return false;
}

unsigned int
disks_count_fd_groups (const Domain *domain, const DomainDisk *only, const DomainStorageSource *source)
{
  unsigned int count = 0;

  if (only != NULL)
    {
      count_fd_groups (only, source, &count);
      return count;
    }
  for (unsigned int i = domain->disks.n; i-- > 0;)
    if (count_fd_groups (domain->disks.items[i], source, &count))
      break;
  return count;
}

/* The descriptors that the client opened for QEMU. One alone is as it is: QEMU cannot choose another by what it
 * wants to do. */
static bool
add_descriptors (Builder *b, BlockLayer *layer, char **ret_path, GError **error)
{
  unsigned int n, set = b->context->first_fdset + disks_count_fd_groups (b->domain, b->only_disk, layer->source);

  if (layer->source->fd_group == NULL || b->context->fd == NULL)
    return true;
  *ret_path = ask_fd_group (b, set, layer->source->fd_group, layer->names.storage, &n, error);
  layer->fdset = *ret_path;
  layer->is_fixed = n == 1;
  return *ret_path != NULL;
}

/* --- nodes ----------------------------------------------------------------------------------- */

static bool
is_host_cdrom (const Builder *b, const DomainStorageSource *source)
{
  struct stat st;

  if (source->type != STORAGE_TYPE_BLOCK || source->path == NULL)
    return false;
  if (b->context->is_host_cdrom != NULL)
    return b->context->is_host_cdrom (source->path, b->context->user);
  return stat (source->path, &st) == 0 && S_ISBLK (st.st_mode) && major (st.st_rdev) == SCSI_CDROM_MAJOR;
}

static bool
add_node (Builder *b, json_t *node)
{
  if (node != NULL)
    add_part (b, QEMU_BLOCKDEV, node);
  return node != NULL;
}

/* The layer with all that it takes, which is for @what; @backing: the format node of the one below, or NULL. */
static bool
add_layer (Builder *b, BlockLayer *layer, const char *backing, const char *what, GError **error)
{
  g_autofree char *fdset = NULL;

  if (!add_login (b, layer, what, error) || !add_passphrase (b, layer, what, error) || !add_cookies (b, layer, what, error)
      || !add_tls (b, layer, error))
    return false;
  add_reservations (b, layer);
  ERROR_PREFIX (error, "%s", what);
  if (!add_descriptors (b, layer, &fdset, error) || !add_node (b, block_storage_node (layer, error)))
    return false;
  add_node (b, block_slice_node (layer));
  return add_node (b, block_format_node (layer, backing, error));
}

static bool
is_layer (const DomainStorageSource *source)
{
  return source != NULL && source->type != STORAGE_TYPE_ABSENT;
}

static bool
add_layers (Builder *b, const DomainDisk *disk, GError **error)
{
  const DomainStorageSource *layers[MAX_LAYERS];
  g_autofree char *backing = NULL;
  g_autofree char *what = g_strdup_printf ("disk '%s'", disk->target.dev);
  unsigned int n = 0;

  for (const DomainStorageSource *source = &disk->source; is_layer (source); source = source->backing)
    {
      if (n == MAX_LAYERS)
        return unsupported (error, "disk '%s' has more than %u layers", disk->target.dev, n);
      layers[n++] = source;
    }
  while (n-- > 0)
    {
      g_auto (BlockLayer) layer = block_layer_of_disk (disk, layers[n], b->context->config);

      layer.is_host_cdrom = disk->device == DISK_DEVICE_CDROM && is_host_cdrom (b, layers[n]);
      if (!add_layer (b, &layer, backing, what, error))
        return false;
      g_free (backing);
      backing = g_steal_pointer (&layer.names.format);
    }
  return true;
}

char *
disk_node_name (const DomainDisk *disk, const QemuConfig *config)
{
  g_auto (BlockLayer) layer = { 0 };

  if (domain_storage_is_empty (&disk->source) || disk->source.type == STORAGE_TYPE_VHOST_USER)
    return NULL;
  if (disk->driver.copy_on_read == TRI_YES)
    return g_strdup_printf ("libvirt-CoR-%s", disk->target.dev);
  layer = block_layer_of_disk (disk, &disk->source, config);
  return g_steal_pointer (&layer.names.format);
}

bool
build_disk_image (Builder *b, const DomainDisk *disk, GError **error)
{
  g_auto (BlockLayer) top = { 0 };
  g_autofree char *name = disk_node_name (disk, b->context->config);

  if (name == NULL)
    return true;
  if (!add_layers (b, disk, error))
    return false;
  if (disk->driver.copy_on_read != TRI_YES)
    return true;
  top = block_layer_of_disk (disk, &disk->source, b->context->config);
  return add_node (b, block_copy_on_read_node (name, &top));
}

void
qemu_args_record_nodes (Domain *domain, const QemuConfig *config)
{
  for (unsigned int i = 0; i < domain->disks.n; i++)
    for (DomainStorageSource *source = &domain->disks.items[i]->source; is_layer (source) && source->index != 0;
         source = source->backing)
      if (source->status == NULL || source->status->nodes.n == 0)
        {
          g_auto (BlockLayer) layer = block_layer_of_disk (domain->disks.items[i], source, config);

          block_layer_record (&layer, source);
        }
}

/* --- flash ------------------------------------------------------------------------------------- */

static bool
add_flash (Builder *b, const DomainStorageSource *source, unsigned int index, bool readonly, GError **error)
{
  g_autofree char *stem = g_strdup_printf ("libvirt-pflash%u", index);
  g_auto (BlockLayer) layer = block_layer_of (source, stem, b->context->config);

  layer.readonly = readonly;
  layer.gluster_debug = b->context->config->gluster_debug_level;
  return add_layer (b, &layer, NULL, "the firmware", error);
}

bool
build_pflash (Builder *b, GError **error)
{
  const DomainOs *os = &b->domain->os;
  DomainStorageSource code = { .type = STORAGE_TYPE_FILE, .format = os->loader.format, .path = os->loader.path };
  DomainStorageSource variables = { .type = STORAGE_TYPE_FILE, .format = os->nvram_format, .path = os->nvram };

  if (os->loader.path == NULL || os->loader.type != LOADER_TYPE_PFLASH)
    return true;
  if (!add_flash (b, &code, 0, os->loader.readonly == TRI_YES, error))
    return false;
  if (os->nvram_source != NULL)
    return add_flash (b, &os->nvram_source->source, 1, false, error);
  return os->nvram == NULL || add_flash (b, &variables, 1, false, error);
}
