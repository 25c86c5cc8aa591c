/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The nodes of a layer, as blockdev-add takes them. */
#include "args/block.h"

#include <string.h>

#include "args/private.h"
#include "util/error.h"

#define MAX_NODE_NAME 31        /* characters, by QEMU */

static bool
check_name (const char *name, GError **error)
{
  return strlen (name) <= MAX_NODE_NAME
         || fail (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "the node name '%s' has more than %d characters", name,
                  MAX_NODE_NAME);
}

static void
set_cache (json_t *node, DomainDiskCache cache)
{
  json_t *object;

  if (cache == DISK_CACHE_ABSENT || cache == DISK_CACHE_DEFAULT)
    return;
  object = json_object ();
  set_bool (object, "direct", cache == DISK_CACHE_NONE || cache == DISK_CACHE_DIRECTSYNC);
  set_bool (object, "no-flush", cache == DISK_CACHE_UNSAFE);
  json_object_set_new (node, "cache", object);
}

/* What nodes below the format have: they become writable when a writer comes, unless they were opened for good. */
static void
set_storage_use (json_t *node, const BlockLayer *layer)
{
  set_cache (node, layer->cache);
  if (layer->is_fixed)
    set_bool (node, "read-only", layer->readonly);
  else
    set_bool (node, "auto-read-only", true);
  set_string (node, "discard", "unmap");
}

json_t *
block_storage_node (const BlockLayer *layer, GError **error)
{
  json_t *node = check_name (layer->names.storage, error) ? block_backend (layer, true, error) : NULL;

  if (node == NULL)
    return NULL;
  set_string (node, "node-name", layer->names.storage);
  set_storage_use (node, layer);
  return node;
}

static void
set_slice (json_t *node, const DomainStorageSource *source)
{
  if (source->slices.n == 0)
    return;
  set_int (node, "offset", (int64_t) source->slices.items[0]->offset);
  set_int (node, "size", (int64_t) source->slices.items[0]->size);
}

json_t *
block_slice_node (const BlockLayer *layer)
{
  json_t *node;

  if (layer->names.slice == NULL)
    return NULL;
  node = device_new ("raw");
  set_string (node, "node-name", layer->names.slice);
  set_slice (node, layer->source);
  set_string (node, "file", layer->names.storage);
  set_storage_use (node, layer);
  return node;
}

static bool
has_backing (DomainStorageFormat format)
{
  return format == STORAGE_FORMAT_QCOW2 || format == STORAGE_FORMAT_QCOW || format == STORAGE_FORMAT_QED
         || format == STORAGE_FORMAT_VMDK;
}

/* Formats whose driver is called otherwise. */
static const char *
format_driver (DomainStorageFormat format)
{
  switch (format)
    {
    case STORAGE_FORMAT_ABSENT: case STORAGE_FORMAT_ISO: case STORAGE_FORMAT_FAT: case STORAGE_FORMAT_DIR:
      return "raw";
    case STORAGE_FORMAT_VHD:
      return "vhdx";
    case STORAGE_FORMAT_PLOOP:
      return "parallels";
    default:
      return xml_enum_name (&storage_format_names, format);
    }
}

static void
set_format_driver (json_t *node, const BlockLayer *layer)
{
  const char *driver = format_driver (layer->source->format);
  const Encryption *encryption = layer->encryption;
  json_t *encrypt;

  if (encryption != NULL && encryption->engine == ENCRYPTION_ENGINE_LIBRBD)
    encryption = NULL;
  if (encryption != NULL && g_str_equal (driver, "raw"))
    {
      set_string (node, "driver", "luks");
      set_string (node, "key-secret", layer->names.encryption);
      return;
    }
  set_string (node, "driver", driver);
  if (encryption != NULL)
    {
      encrypt = json_object ();
      set_string (encrypt, "format", "luks");
      set_string (encrypt, "key-secret", layer->names.encryption);
      json_object_set_new (node, "encrypt", encrypt);
    }
  if (g_str_equal (driver, "raw"))
    set_slice (node, layer->source);
  if (layer->source->format == STORAGE_FORMAT_QCOW2)
    set_uint (node, "cache-size", layer->source->metadata_cache);
}

/* Zeroes may become holes only where holes are wanted. */
static const char *
detect_zeroes (const BlockLayer *layer)
{
  if (layer->detect_zeroes == DISK_DETECT_ZEROES_UNMAP && layer->discard != DISK_DISCARD_UNMAP)
    return "on";
  return xml_enum_name (&disk_detect_zeroes_names, layer->detect_zeroes);
}

json_t *
block_format_node (const BlockLayer *layer, const char *backing, GError **error)
{
  json_t *node;

  if (!check_name (layer->names.format, error))
    return NULL;
  node = json_object ();
  set_string (node, "node-name", layer->names.format);
  set_bool (node, "read-only", layer->readonly);
  set_string (node, "discard", xml_enum_name (&disk_discard_names, layer->discard));
  if (layer->detect_zeroes != DISK_DETECT_ZEROES_ABSENT)
    set_string (node, "detect-zeroes", detect_zeroes (layer));
  set_cache (node, layer->cache);
  set_format_driver (node, layer);
  set_string (node, "file", layer->names.slice != NULL ? layer->names.slice : layer->names.storage);
  if (has_backing (layer->source->format) && backing != NULL)
    set_string (node, "backing", backing);
  else if (has_backing (layer->source->format) && layer->ends_here)
    json_object_set_new (node, "backing", json_null ());
  return node;
}

json_t *
block_copy_on_read_node (const char *name, const BlockLayer *layer)
{
  json_t *node = device_new ("copy-on-read");

  set_string (node, "node-name", name);
  set_string (node, "file", layer->names.format);
  set_string (node, "discard", "unmap");
  return node;
}
