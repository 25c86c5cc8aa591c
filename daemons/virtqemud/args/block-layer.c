/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The layers of an image: what they are called, and how a disk uses them. */
#include "args/block.h"

#include "model/domain/storage-tables.h"
#include "xml/xml.h"

static void
names_clear (BlockNames *names)
{
  char **all[] = { &names->storage, &names->slice, &names->format, &names->auth, &names->encryption, &names->cookie,
                   &names->tls_key, &names->tls, &names->reservations };

  for (unsigned int i = 0; i < G_N_ELEMENTS (all); i++)
    g_clear_pointer (all[i], g_free);
}

void
block_layer_clear (BlockLayer *layer)
{
  names_clear (&layer->names);
}

bool
block_has_tls (const DomainStorageSource *source, const QemuConfig *config)
{
  bool by_config = config != NULL && ((source->protocol == STORAGE_PROTOCOL_NBD && config->nbd_tls)
                                      || (source->protocol == STORAGE_PROTOCOL_VXHS && config->vxhs_tls));

  if (source->type != STORAGE_TYPE_NETWORK)
    return false;
  return source->tls == TRI_YES || (source->tls == TRI_ABSENT && by_config);
}

static const char *
recorded_node (const DomainStorageStatus *status, DomainStorageNodeType type)
{
  for (unsigned int i = 0; status != NULL && i < status->nodes.n; i++)
    if (status->nodes.items[i]->type == type)
      return status->nodes.items[i]->name;
  return NULL;
}

static const char *
recorded_object (const DomainStorageStatus *status, DomainStorageObjectType type)
{
  for (unsigned int i = 0; status != NULL && i < status->secrets.n; i++)
    if (status->secrets.items[i]->type == type)
      return status->secrets.items[i]->alias;
  return NULL;
}

/* @recorded if there is one, else the name made of the rest. */
static char *
name_of (const char *recorded, const char *prefix, const char *stem, const char *suffix)
{
  return recorded != NULL ? g_strdup (recorded) : g_strconcat (prefix, stem, suffix, NULL);
}

/* Raw images say themselves which part of the storage they are. */
static bool
needs_slice_node (const BlockLayer *layer)
{
  bool is_plain = layer->source->format == STORAGE_FORMAT_RAW || layer->source->format == STORAGE_FORMAT_ABSENT;

  return layer->source->slices.n > 0 && (!is_plain || layer->encryption != NULL);
}

static void
choose_secret_names (BlockLayer *layer, const DomainStorageStatus *status)
{
  BlockNames *names = &layer->names;

  if (layer->auth != NULL && layer->auth->secret != NULL)
    names->auth = name_of (recorded_object (status, STORAGE_OBJECT_AUTH), "", names->storage, "-auth-secret0");
  if (layer->encryption != NULL && layer->encryption->secrets.n > 0)
    names->encryption = name_of (recorded_object (status, STORAGE_OBJECT_ENCRYPTION), "", names->format,
                                 "-encryption-secret0");
  if (layer->source->cookies != NULL && layer->source->cookies->items.n > 0)
    names->cookie = name_of (recorded_object (status, STORAGE_OBJECT_HTTP_COOKIE), "", names->storage,
                             "-httpcookie-secret0");
}

static void
choose_names (BlockLayer *layer, const DomainStorageStatus *status, const char *stem, const QemuConfig *config)
{
  BlockNames *names = &layer->names;
  QemuTlsUse use = layer->source->protocol == STORAGE_PROTOCOL_NBD ? QEMU_TLS_NBD : QEMU_TLS_VXHS;

  names_clear (names);
  names->storage = name_of (recorded_node (status, STORAGE_NODE_STORAGE), "", stem, "-storage");
  names->format = name_of (recorded_node (status, STORAGE_NODE_FORMAT), "", stem, "-format");
  if (needs_slice_node (layer))
    names->slice = name_of (recorded_node (status, STORAGE_NODE_SLICE_STORAGE), "", stem, "-slice-sto");
  choose_secret_names (layer, status);
  if (block_has_tls (layer->source, config))
    {
      names->tls = name_of (status != NULL ? status->tls_alias : NULL, "obj", names->storage, "_tls0");
      if (config != NULL && config->tls[use].secret_uuid != NULL)
        names->tls_key = name_of (recorded_object (status, STORAGE_OBJECT_TLS_KEY), "", names->tls, "-secret0");
    }
  if (layer->source->reservations != NULL)
    names->reservations = layer->source->reservations->managed == TRI_YES
                            ? g_strdup ("pr-helper0") : g_strconcat ("pr-helper-", names->storage, NULL);
}

BlockLayer
block_layer_of (const DomainStorageSource *source, const char *stem, const QemuConfig *config)
{
  BlockLayer layer = { .source = source, .auth = source->auth, .encryption = source->encryption };

  choose_names (&layer, source->status, stem, config);
  return layer;
}

DomainDiskCache
block_disk_cache (const DomainDisk *disk)
{
  DomainDiskCache cache = disk->driver.cache == DISK_CACHE_DEFAULT ? DISK_CACHE_ABSENT : disk->driver.cache;

  return cache == DISK_CACHE_ABSENT && disk->shareable && !disk->readonly ? DISK_CACHE_NONE : cache;
}

BlockLayer
block_layer_of_disk (const DomainDisk *disk, const DomainStorageSource *source, const QemuConfig *config)
{
  const DomainStorageSource *actual = domain_storage_actual (source);
  bool is_top = source == &disk->source, has_own_auth = is_top && actual == source;
  g_autofree char *stem = g_strdup_printf ("libvirt-%u", source->index);
  BlockLayer layer = {
    .source = actual, .cache = block_disk_cache (disk), .io = disk->driver.io, .discard = disk->driver.discard,
    .auth = has_own_auth ? domain_disk_auth (disk) : actual->auth,
    .encryption = is_top ? domain_disk_encryption (disk) : source->encryption,
    .detect_zeroes = is_top ? disk->driver.detect_zeroes : DISK_DETECT_ZEROES_ABSENT,
    .readonly = !is_top || disk->readonly || disk->device == DISK_DEVICE_CDROM,
    .ends_here = source->backing != NULL && source->backing->type == STORAGE_TYPE_ABSENT,
    .is_floppy = disk->device == DISK_DEVICE_FLOPPY,
    .gluster_debug = config != NULL ? config->gluster_debug_level : 0,
  };

  choose_names (&layer, source->status, stem, config);
  return layer;
}

/* --- the record -------------------------------------------------------------------------- */

static void
record_node (DomainStorageStatus *status, DomainStorageNodeType type, const char *name)
{
  DomainStorageNode *node;

  if (name == NULL)
    return;
  node = g_new0 (DomainStorageNode, 1);
  node->type = type;
  node->name = g_strdup (name);
  xml_list_append (&status->nodes, node);
}

static void
record_object (DomainStorageStatus *status, DomainStorageObjectType type, const char *alias)
{
  DomainStorageObject *object;

  if (alias == NULL)
    return;
  object = g_new0 (DomainStorageObject, 1);
  object->type = type;
  object->alias = g_strdup (alias);
  xml_list_append (&status->secrets, object);
}

void
block_layer_record (const BlockLayer *layer, DomainStorageSource *source)
{
  const BlockNames *names = &layer->names;
  DomainStorageStatus *status;

  if (source->status == NULL)
    source->status = xml_new (&storage_status_schema);
  status = source->status;
  record_node (status, STORAGE_NODE_STORAGE, names->storage);
  record_node (status, STORAGE_NODE_FORMAT, names->format);
  record_node (status, STORAGE_NODE_SLICE_STORAGE, names->slice);
  record_object (status, STORAGE_OBJECT_AUTH, names->auth);
  record_object (status, STORAGE_OBJECT_ENCRYPTION, names->encryption);
  record_object (status, STORAGE_OBJECT_HTTP_COOKIE, names->cookie);
  record_object (status, STORAGE_OBJECT_TLS_KEY, names->tls_key);
  g_free (status->tls_alias);
  status->tls_alias = g_strdup (names->tls);
  g_free (status->reservations_manager);
  status->reservations_manager = g_strdup (names->reservations);
}
