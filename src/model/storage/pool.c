/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pool.c: storage pools: what is around their sources, and what each type needs. */
#include "model/storage/pool.h"
#include "model/storage/pool-private.h"

XML_ENUM_DEFINE (pool_type, POOL_TYPE_LIST)
XML_ENUM_DEFINE (pool_refresh, POOL_REFRESH_LIST)

static const char *const namespaces[] = {
  "fs", "http://libvirt.org/schemas/storagepool/fs/1.0",
  "rbd", "http://libvirt.org/schemas/storagepool/rbd/1.0",
  NULL
};

static const XmlField mount_option_rows[] = {
  XML_STRING (PoolOption, name, "@name", XML_MISSING (STORAGE, XML_ERROR)),
  XML_END
};
static const XmlSchema mount_option_schema = XML_SCHEMA (PoolOption, "option", mount_option_rows);

static const XmlField config_option_rows[] = {
  XML_STRING (PoolOption, name, "@name", XML_MISSING (STORAGE, XML_ERROR)),
  XML_STRING (PoolOption, value, "@value", XML_MISSING (STORAGE, XML_ERROR)),
  XML_END
};
static const XmlSchema config_option_schema = XML_SCHEMA (PoolOption, "option", config_option_rows);

static bool
has_mount_options (const void *object, unsigned int format_flags)
{
  const StoragePool *pool = object;

  return pool->mount_options.n > 0;
}

static bool
has_config_options (const void *object, unsigned int format_flags)
{
  const StoragePool *pool = object;

  return pool->config_options.n > 0;
}

static const XmlField target_rows[] = {
  XML_STRING (StoragePool, path, "path"),
  XML_EMBED (StoragePool, permissions, "permissions", storage_permissions_rows),
  XML_END
};

/* Pools whose volumes are not in the host's file system have no target. */
static const XmlField path_rows[] = { XML_PART ("target", target_rows), XML_END };
static const XmlField no_rows[] = { XML_END };

static const XmlField *const target_rows_by_type[] = {
  [POOL_TYPE_DIR] = path_rows,
  [POOL_TYPE_FS] = path_rows,
  [POOL_TYPE_NETFS] = path_rows,
  [POOL_TYPE_LOGICAL] = path_rows,
  [POOL_TYPE_DISK] = path_rows,
  [POOL_TYPE_ISCSI] = path_rows,
  [POOL_TYPE_ISCSI_DIRECT] = no_rows,
  [POOL_TYPE_SCSI] = path_rows,
  [POOL_TYPE_MPATH] = path_rows,
  [POOL_TYPE_RBD] = no_rows,
  [POOL_TYPE_SHEEPDOG] = no_rows,
  [POOL_TYPE_GLUSTER] = no_rows,
  [POOL_TYPE_ZFS] = path_rows,
  [POOL_TYPE_VSTORAGE] = path_rows,
};
static const XmlCases target_cases = XML_CASES_OF (StoragePool, source.type, pool_type, target_rows_by_type);

static const XmlField fs_option_rows[] = {
  XML_ITEMS (StoragePool, mount_options, "fs:mount_opts/fs:option", mount_option_schema),
  XML_END
};
static const XmlField rbd_option_rows[] = {
  XML_ITEMS (StoragePool, config_options, "rbd:config_opts/rbd:option", config_option_schema),
  XML_END
};

static const XmlField *const option_rows_by_type[] = {
  [POOL_TYPE_DIR] = no_rows,
  [POOL_TYPE_FS] = fs_option_rows,
  [POOL_TYPE_NETFS] = fs_option_rows,
  [POOL_TYPE_LOGICAL] = no_rows,
  [POOL_TYPE_DISK] = no_rows,
  [POOL_TYPE_ISCSI] = no_rows,
  [POOL_TYPE_ISCSI_DIRECT] = no_rows,
  [POOL_TYPE_SCSI] = no_rows,
  [POOL_TYPE_MPATH] = no_rows,
  [POOL_TYPE_RBD] = rbd_option_rows,
  [POOL_TYPE_SHEEPDOG] = no_rows,
  [POOL_TYPE_GLUSTER] = no_rows,
  [POOL_TYPE_ZFS] = no_rows,
  [POOL_TYPE_VSTORAGE] = no_rows,
};
static const XmlCases option_cases = XML_CASES_OF (StoragePool, source.type, pool_type, option_rows_by_type);

static const XmlField pool_rows[] = {
  XML_ENUM (StoragePool, source.type, "@type", pool_type, XML_BAD (STORAGE, XML_ERROR), XML_MISSING (STORAGE, XML_ERROR)),
  XML_NAMESPACE ("fs", has_mount_options),
  XML_NAMESPACE ("rbd", has_config_options),
  XML_STRING (StoragePool, name, "name"),
  XML_UUID (StoragePool, uuid, "uuid", XML_BAD (STORAGE, XML_ERROR)),
  XML_BYTES (StoragePool, capacity, "capacity", .flags = XML_ALWAYS | XML_WRITE_ONLY),
  XML_BYTES (StoragePool, allocation, "allocation", .flags = XML_ALWAYS | XML_WRITE_ONLY),
  XML_BYTES (StoragePool, available, "available", .flags = XML_ALWAYS | XML_WRITE_ONLY),
  XML_YES_NO (StoragePool, cow, "features/cow/@state", XML_BAD (STORAGE, XML_ERROR)),
  XML_EMBED (StoragePool, source, "source", pool_source_rows, .flags = XML_KEEP_EMPTY),
  XML_CASES (target_cases),
  XML_ENUM (StoragePool, refresh, "refresh/volume/@allocation", pool_refresh, XML_BAD (STORAGE, CONFIG_UNSUPPORTED)),
  XML_CASES (option_cases),
  XML_END
};

/* What a pool of a type must have. */
typedef enum
{
  NEEDS_HOST = 1 << 0,
  NEEDS_DEVICE = 1 << 1,
  NEEDS_DIR = 1 << 2,
  NEEDS_ADAPTER = 1 << 3,
  NEEDS_NAME = 1 << 4,        /* of the source; it may be the pool's */
  NEEDS_OWN_NAME = 1 << 5,    /* of the source, not the pool's */
  NEEDS_TARGET = 1 << 6,
} PoolNeeds;

static const struct { uint8_t needs; const char *path_prefix; } kinds[] = {
  [POOL_TYPE_DIR] = { NEEDS_TARGET, NULL },
  [POOL_TYPE_FS] = { NEEDS_DEVICE | NEEDS_TARGET, NULL },
  [POOL_TYPE_NETFS] = { NEEDS_HOST | NEEDS_DIR | NEEDS_TARGET, NULL },
  [POOL_TYPE_LOGICAL] = { NEEDS_NAME, "/dev" },
  [POOL_TYPE_DISK] = { NEEDS_DEVICE | NEEDS_TARGET, NULL },
  [POOL_TYPE_ISCSI] = { NEEDS_HOST | NEEDS_DEVICE | NEEDS_TARGET, NULL },
  [POOL_TYPE_ISCSI_DIRECT] = { NEEDS_HOST | NEEDS_DEVICE, NULL },
  [POOL_TYPE_SCSI] = { NEEDS_ADAPTER | NEEDS_TARGET, NULL },
  [POOL_TYPE_MPATH] = { NEEDS_TARGET, NULL },
  [POOL_TYPE_RBD] = { NEEDS_HOST | NEEDS_OWN_NAME, NULL },
  [POOL_TYPE_SHEEPDOG] = { NEEDS_HOST | NEEDS_NAME, NULL },
  [POOL_TYPE_GLUSTER] = { NEEDS_HOST | NEEDS_NAME, NULL },
  [POOL_TYPE_ZFS] = { NEEDS_NAME, "/dev/zvol" },
  [POOL_TYPE_VSTORAGE] = { NEEDS_NAME | NEEDS_TARGET, NULL },
};

/* The first thing that the pool lacks, NULL if it is complete. */
static const char *
find_missing (const StoragePool *pool, unsigned int needs)
{
  const PoolSource *source = &pool->source;

  if ((needs & NEEDS_OWN_NAME) && source->name == NULL)
    return "source/name";
  if (pool->name == NULL && source->name == NULL)
    return "name";
  if ((needs & NEEDS_HOST) && source->hosts.n == 0)
    return "source/host";
  if ((needs & NEEDS_DEVICE) && source->devices.n == 0)
    return "source/device";
  if ((needs & NEEDS_DIR) && source->dir == NULL)
    return "source/dir/@path";
  if ((needs & NEEDS_ADAPTER) && source->adapter == NULL)
    return "source/adapter";
  return (needs & NEEDS_TARGET) && pool->path == NULL ? "target/path" : NULL;
}

/* Names that follow from others, and paths in the form that the driver uses. */
static void
complete (StoragePool *pool)
{
  PoolSource *source = &pool->source;

  if (pool->name == NULL)
    pool->name = g_strdup (source->name);
  if (source->name == NULL && (kinds[source->type].needs & NEEDS_NAME))
    source->name = g_strdup (pool->name);
  if (kinds[source->type].path_prefix != NULL)
    {
      g_free (pool->path);
      pool->path = g_strdup_printf ("%s/%s", kinds[source->type].path_prefix, source->name);
    }
  if (source->dir == NULL && source->type == POOL_TYPE_GLUSTER)
    source->dir = g_strdup ("/");
  storage_clean_path (&pool->path);
  storage_clean_path (&source->dir);
}

static bool
pool_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  StoragePool *pool = object;
  PoolType type = pool->source.type;
  const char *missing = find_missing (pool, kinds[type].needs);

  if (missing != NULL)
    return xml_fail (node, VIR_FROM_STORAGE, VIR_ERR_XML_ERROR, error, "'%s' is missing in a pool of type '%s'", missing,
                     xml_enum_name (&pool_type_names, type));
  if (pool->name != NULL && strchr (pool->name, '/') != NULL)
    return xml_fail (node, VIR_FROM_STORAGE, VIR_ERR_XML_ERROR, error, "the name '%s' has a '/'", pool->name);
  if (pool->cow != TRI_ABSENT && type != POOL_TYPE_DIR && type != POOL_TYPE_FS)
    return xml_fail (node, VIR_FROM_STORAGE, VIR_ERR_NO_SUPPORT, error, "'features/cow' is for pools of type 'dir' and 'fs'");
  if (pool->source.auth != NULL && pool->source.auth->type == AUTH_TYPE_NONE)
    return xml_fail (node, VIR_FROM_STORAGE, VIR_ERR_CONFIG_UNSUPPORTED, error, "'source/auth' has no type");
  complete (pool);
  return true;
}

const XmlSchema storage_pool_schema = XML_SCHEMA (StoragePool, "pool", pool_rows, .finish = pool_finish,
                                                  .from = VIR_FROM_STORAGE, .namespaces = namespaces);
