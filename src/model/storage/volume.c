/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/storage/volume.h"

#include "model/common/values.h"

XML_ENUM_DEFINE (volume_type, VOLUME_TYPE_LIST)
XML_ENUM_DEFINE (volume_format, VOLUME_FORMAT_LIST)

#define TIMESTAMP(m_, path_) XML_VALUE (VolumeTimestamps, m_, path_, xml_type_timestamp)
static const XmlField timestamp_rows[] = {
  TIMESTAMP (access, "atime"),
  TIMESTAMP (modification, "mtime"),
  TIMESTAMP (change, "ctime"),
  TIMESTAMP (birth, "btime"),
  XML_END
};

static const XmlField extent_rows[] = {
  XML_UINT64 (PoolExtent, start, "@start", .flags = XML_ALWAYS),
  XML_UINT64 (PoolExtent, end, "@end", .flags = XML_ALWAYS),
  XML_END
};
static const XmlSchema extent_schema = XML_SCHEMA (PoolExtent, "extent", extent_rows);

static const XmlField extents_rows[] = {
  XML_STRING (VolumeExtents, path, "@path"),
  XML_ITEMS (VolumeExtents, extents, "extent", extent_schema),
  XML_END
};
static const XmlSchema extents_schema = XML_SCHEMA (VolumeExtents, "device", extents_rows);

static const XmlField feature_rows[] = {
  XML_FLAG (VolumeFeatures, lazy_refcounts, "lazy_refcounts"),
  XML_FLAG (VolumeFeatures, extended_l2, "extended_l2"),
  XML_END
};

static bool
features_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  static const char *const known[] = { "lazy_refcounts", "extended_l2", NULL };

  for (xmlNode *child = node->children; child != NULL; child = child->next)
    if (child->type == XML_ELEMENT_NODE && !g_strv_contains (known, (const char *) child->name))
      return xml_fail (child, VIR_FROM_STORAGE, VIR_ERR_CONFIG_UNSUPPORTED, error,
                       "there is no such feature, only lazy_refcounts and extended_l2");
  return true;
}
static const XmlSchema features_schema = XML_SCHEMA (VolumeFeatures, "features", feature_rows, .finish = features_finish);

#define FORMAT XML_ENUM (VolumeTarget, format, "format/@type", volume_format, XML_BAD (STORAGE, CONFIG_UNSUPPORTED))
#define TIMESTAMPS XML_EMBED (VolumeTarget, timestamps, "timestamps", timestamp_rows, .flags = XML_WRITE_ONLY)

static const XmlField target_rows[] = {
  XML_STRING (VolumeTarget, path, "path"),
  FORMAT,
  XML_EMBED (VolumeTarget, permissions, "permissions", storage_permissions_rows),
  TIMESTAMPS,
  XML_CHILD (VolumeTarget, encryption, "encryption", encryption_schema),
  XML_STRING (VolumeTarget, compat, "compat"),
  XML_VALUE (VolumeTarget, cluster_size, "clusterSize", xml_type_bytes_b),
  XML_FLAG (VolumeTarget, nocow, "nocow", .flags = XML_READ_ONLY),
  XML_CHILD (VolumeTarget, features, "features", features_schema),
  XML_END
};

static const XmlField backing_rows[] = {
  XML_STRING (VolumeTarget, path, "path"),
  FORMAT,
  XML_EMBED (VolumeTarget, permissions, "permissions", storage_permissions_rows),
  TIMESTAMPS,
  XML_END
};
static const XmlSchema backing_schema = XML_SCHEMA (VolumeTarget, "backingStore", backing_rows);

static const XmlField volume_rows[] = {
  XML_ENUM (StorageVolume, type, "@type", volume_type, .absent = VOLUME_TYPE_FILE, .flags = XML_ALWAYS,
            XML_BAD (STORAGE, CONFIG_UNSUPPORTED)),
  XML_STRING (StorageVolume, name, "name", XML_MISSING (STORAGE, XML_ERROR)),
  XML_STRING (StorageVolume, key, "key"),
  XML_ITEMS (StorageVolume, sources, "source/device", extents_schema, .flags = XML_WRITE_ONLY),
  XML_BYTES (StorageVolume, capacity, "capacity", .absent = -1, XML_BAD (STORAGE, XML_ERROR)),
  XML_BYTES (StorageVolume, allocation, "allocation", .absent = -1, XML_BAD (STORAGE, XML_ERROR)),
  XML_BYTES (StorageVolume, physical, "physical", .flags = XML_WRITE_ONLY),
  XML_EMBED (StorageVolume, target, "target", target_rows, .flags = XML_KEEP_EMPTY),
  XML_CHILD (StorageVolume, backing, "backingStore", backing_schema),
  XML_END
};

/* Digits, a dot and digits. */
static bool
is_version (const char *text)
{
  static const char digits[] = "0123456789";
  size_t major = strspn (text, digits);
  size_t minor = text[major] == '.' ? strspn (text + major + 1, digits) : 0;

  return major > 0 && minor > 0 && text[major + 1 + minor] == '\0';
}

/* A backing image without a path is none; features begin with version 1.1 of the format. */
static bool
volume_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  StorageVolume *volume = object;
  VolumeTarget *target = &volume->target;

  if (volume->backing != NULL && volume->backing->path == NULL)
    {
      xml_free (&backing_schema, volume->backing);
      volume->backing = NULL;
    }
  if (target->features != NULL && target->compat == NULL)
    target->compat = g_strdup ("1.1");
  return target->compat == NULL || is_version (target->compat)
         || xml_fail (node, VIR_FROM_STORAGE, VIR_ERR_XML_ERROR, error, "'target/compat' is '%s', not a version like 1.1",
                      target->compat);
}

const XmlSchema storage_volume_schema = XML_SCHEMA (StorageVolume, "volume", volume_rows, .finish = volume_finish,
                                                    .from = VIR_FROM_STORAGE);

/* The formats that volumes of a pool have, from `first` to `last`; the first one
 * is the default. Others have none. */
static const struct { uint8_t first, last; } formats[] = {
  [POOL_TYPE_DIR] = { VOLUME_FORMAT_RAW, VOLUME_FORMAT_VMDK },
  [POOL_TYPE_FS] = { VOLUME_FORMAT_RAW, VOLUME_FORMAT_VMDK },
  [POOL_TYPE_NETFS] = { VOLUME_FORMAT_RAW, VOLUME_FORMAT_VMDK },
  [POOL_TYPE_DISK] = { VOLUME_FORMAT_NONE, VOLUME_FORMAT_EXTENDED },
  [POOL_TYPE_RBD] = { VOLUME_FORMAT_RAW, VOLUME_FORMAT_RAW },
  [POOL_TYPE_GLUSTER] = { VOLUME_FORMAT_RAW, VOLUME_FORMAT_VMDK },
  [POOL_TYPE_VSTORAGE] = { VOLUME_FORMAT_RAW, VOLUME_FORMAT_VMDK },
};

static bool
complete_format (VolumeTarget *target, PoolType type, GError **error)
{
  unsigned int first = type < G_N_ELEMENTS (formats) ? formats[type].first : 0;

  if (target->format == VOLUME_FORMAT_ABSENT || first == 0)
    {
      target->format = first;
      return true;
    }
  return (target->format >= first && target->format <= formats[type].last)
         || fail (error, VIR_FROM_STORAGE, VIR_ERR_CONFIG_UNSUPPORTED,
                            "format '%s' is none that volumes of a pool of type '%s' have",
                            xml_enum_name (&volume_format_names, target->format), xml_enum_name (&pool_type_names, type));
}

bool
storage_volume_complete (StorageVolume *volume, PoolType type, unsigned int flags, GError **error)
{
  bool may_lack = (flags & VOLUME_NO_CAPACITY) || ((flags & VOLUME_OPTIONAL_CAPACITY) && volume->backing != NULL);

  if (volume->capacity == UINT64_MAX && !may_lack)
    return fail (error, VIR_FROM_STORAGE, VIR_ERR_XML_ERROR, "'capacity' is missing in volume '%s'", volume->name);
  if (volume->capacity == UINT64_MAX)
    volume->capacity = 0;
  if (volume->allocation == UINT64_MAX)
    volume->allocation = volume->capacity;
  return complete_format (&volume->target, type, error)
         && (volume->backing == NULL || complete_format (volume->backing, type, error));
}
