/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/volumes.h"

#include <string.h>

#include "daemon/peer.h"
#include "model/domain/storage-tables.h"
#include "model/domain/tables.h"
#include "model/storage/pool.h"
#include "protocol/remote.h"
#include "util/error.h"
#include "xml/xml.h"

#define ISCSI_PORT 3260

void
qemu_volume_clear (QemuVolume *volume)
{
  g_free (volume->path);
  g_free (volume->pool_xml);
}

/* --- virtstoraged ------------------------------------------------------------------------ */

static DaemonPeer virtstoraged = { "virtstoraged", "storage", "keeps storage pools" };

static bool
call (unsigned int proc, const void *args, void *ret, GError **error)
{
  return daemon_peer_call (&virtstoraged, &remote_program, proc, args, ret, NULL, error);
}

static bool
ask_volume (const RemoteNonnullStorageVol *volume, QemuVolume *ret_volume, GError **error)
{
  const StorageVolGetInfoArgs info_args = { *volume };
  const StorageVolGetPathArgs path_args = { *volume };
  StorageVolGetInfoRet info;
  StorageVolGetPathRet path = { 0 };

  if (!call (REMOTE_PROC_STORAGE_VOL_GET_INFO, &info_args, &info, error)
      || !call (REMOTE_PROC_STORAGE_VOL_GET_PATH, &path_args, &path, error))
    return false;
  ret_volume->type = info.type;
  ret_volume->path = path.name;
  return true;
}

static bool
ask_pool (const RemoteNonnullStoragePool *pool, const char *name, QemuVolume *ret_volume, GError **error)
{
  const StoragePoolIsActiveArgs active_args = { *pool };
  const StoragePoolGetXmlDescArgs xml_args = { *pool, 0 };
  const StorageVolLookupByNameArgs volume_args = { *pool, (char *) name };
  StoragePoolIsActiveRet active;
  StoragePoolGetXmlDescRet xml = { 0 };
  StorageVolLookupByNameRet volume = { 0 };
  bool done;

  if (!call (REMOTE_PROC_STORAGE_POOL_IS_ACTIVE, &active_args, &active, error))
    return false;
  ret_volume->is_active = active.active != 0;
  if (!ret_volume->is_active)
    return true;
  if (!call (REMOTE_PROC_STORAGE_POOL_GET_XML_DESC, &xml_args, &xml, error))
    return false;
  ret_volume->pool_xml = xml.xml;
  if (!call (REMOTE_PROC_STORAGE_VOL_LOOKUP_BY_NAME, &volume_args, &volume, error))
    return false;
  done = ask_volume (&volume.vol, ret_volume, error);
  g_free (volume.vol.pool);
  g_free (volume.vol.name);
  g_free (volume.vol.key);
  return done;
}

bool
qemu_volume_look_up (const char *pool, const char *name, QemuVolume *ret_volume, GError **error)
{
  const StoragePoolLookupByNameArgs args = { (char *) pool };
  StoragePoolLookupByNameRet ret = { 0 };
  bool done;

  if (!call (REMOTE_PROC_STORAGE_POOL_LOOKUP_BY_NAME, &args, &ret, error))
    return false;
  done = ask_pool (&ret.pool, name, ret_volume, error);
  g_free (ret.pool.name);
  return done;
}

/* --- what a volume is -------------------------------------------------------------------------- */

/* The login of a pool is that of all of its volumes. */
static bool
take_login (const PoolSource *pool, DomainStorageSource *actual, GError **error)
{
  if (pool->auth == NULL)
    return true;
  if (pool->auth->type != AUTH_TYPE_CHAP && pool->auth->type != AUTH_TYPE_CEPH)
    return fail (error, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, "the pool has a login of no known type");
  actual->auth = xml_copy (&auth_schema, pool->auth);
  return true;
}

/* "unit:0:0:3" of an iSCSI target is its unit 3. */
static bool
become_iscsi (const PoolSource *pool, const char *name, DomainStorageSource *actual, GError **error)
{
  const char *unit = strrchr (name, ':');
  DomainStorageHost *host;

  if (pool->hosts.n != 1 || pool->devices.n != 1 || unit == NULL)
    return fail (error, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, "volume '%s' is no unit of an iSCSI target", name);
  actual->type = STORAGE_TYPE_NETWORK;
  actual->protocol = STORAGE_PROTOCOL_ISCSI;
  actual->path = g_strconcat (pool->devices.items[0]->path, "/", unit + 1, NULL);
  actual->initiator = g_strdup (pool->initiator);
  host = g_new0 (DomainStorageHost, 1);
  host->name = g_strdup (pool->hosts.items[0]->name);
  host->port = pool->hosts.items[0]->port > 0 ? (unsigned int) pool->hosts.items[0]->port : ISCSI_PORT;
  host->transport = STORAGE_TRANSPORT_TCP;
  xml_list_append (&actual->hosts, host);
  return take_login (pool, actual, error);
}

static bool
become_local (const DomainDisk *disk, QemuVolume *volume, DomainStorageSource *actual, GError **error)
{
  bool has_policy = disk->source.startup_policy != DISK_STARTUP_POLICY_ABSENT;

  switch (volume->type)
    {
    case VIR_STORAGE_VOL_FILE: case VIR_STORAGE_VOL_PLOOP: actual->type = STORAGE_TYPE_FILE; break;
    case VIR_STORAGE_VOL_DIR: actual->type = STORAGE_TYPE_DIR; break;
    case VIR_STORAGE_VOL_BLOCK: actual->type = STORAGE_TYPE_BLOCK; break;
    default:
      return fail (error, VIR_FROM_DOMAIN, VIR_ERR_INTERNAL_ERROR, "volume '%s' of pool '%s' is neither file, folder nor device",
                   disk->source.path, disk->source.pool);
    }
  if (has_policy && actual->type != STORAGE_TYPE_FILE)
    return fail (error, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, "disk '%s': 'startupPolicy' goes only with volumes that are files",
                 disk->target.dev);
  actual->path = g_steal_pointer (&volume->path);
  return true;
}

static bool
become (const DomainDisk *disk, const StoragePool *pool, QemuVolume *volume, DomainStorageSource *actual, GError **error)
{
  const DomainStorageSource *source = &disk->source;
  bool is_direct = source->mode == STORAGE_POOL_MODE_DIRECT;
  PoolType type = pool->source.type;

  switch (type)
    {
    case POOL_TYPE_ISCSI_DIRECT:
      return become_iscsi (&pool->source, source->path, actual, error);
    case POOL_TYPE_ISCSI:
      return is_direct ? become_iscsi (&pool->source, source->path, actual, error) : become_local (disk, volume, actual, error);
    case POOL_TYPE_MPATH: case POOL_TYPE_RBD: case POOL_TYPE_SHEEPDOG: case POOL_TYPE_GLUSTER:
      return fail (error, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, "disk '%s': volumes of pools of type '%s' are not supported",
                   disk->target.dev, xml_enum_name (&pool_type_names, (int) type));
    default:
      if (source->mode != STORAGE_POOL_MODE_ABSENT)
        return fail (error, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, "disk '%s': 'mode' goes only with pools of type 'iscsi'",
                     disk->target.dev);
      return become_local (disk, volume, actual, error);
    }
}

/* What the document says of the volume counts for what it is. */
static void
take_options (const DomainStorageSource *source, DomainStorageSource *actual)
{
  actual->format = source->format != STORAGE_FORMAT_ABSENT ? source->format : STORAGE_FORMAT_RAW;
  actual->metadata_cache = source->metadata_cache;
  for (unsigned int i = 0; i < source->slices.n; i++)
    xml_list_append (&actual->slices, g_memdup2 (source->slices.items[i], sizeof *source->slices.items[i]));
  for (unsigned int i = 0; i < source->seclabels.n; i++)
    xml_list_append (&actual->seclabels, xml_copy (&domain_device_seclabel_schema, source->seclabels.items[i]));
  if (source->encryption != NULL)
    actual->encryption = xml_copy (&encryption_schema, source->encryption);
}

static void
source_free (DomainStorageSource *source)
{
  xml_free (&storage_backing_schema, source);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DomainStorageSource, source_free)

bool
qemu_volume_resolve (DomainDisk *disk, QemuVolumeLookup look_up, GError **error)
{
  DomainStorageSource *source = &disk->source;
  g_autoptr (DomainStorageSource) actual = NULL;
  g_auto (QemuVolume) volume = { 0 };
  StoragePool *pool;
  bool done;

  if (source->type != STORAGE_TYPE_VOLUME || source->path == NULL || source->actual != NULL)
    return true;
  if (!look_up (source->pool, source->path, &volume, error))
    return false;
  if (!volume.is_active)
    return fail (error, VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, "disk '%s': storage pool '%s' of volume '%s' is not active",
                 disk->target.dev, source->pool, source->path);
  pool = xml_parse (&storage_pool_schema, volume.pool_xml, strlen (volume.pool_xml), 0, error);
  if (pool == NULL)
    return false;
  actual = xml_new (&storage_backing_schema);
  take_options (source, actual);
  done = become (disk, pool, &volume, actual, error);
  xml_free (&storage_pool_schema, pool);
  if (done)
    source->actual = g_steal_pointer (&actual);
  return done;
}
