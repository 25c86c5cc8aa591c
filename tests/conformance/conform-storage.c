/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* conform-storage.c: volumes, which depend on their pool, and what gluster says of its volumes. */
#include "conform.h"
#include "model/storage/volume.h"

static char *pool_file, *flags, *host, *type;

static const GOptionEntry volume_options[] = {
  { "pool", 0, 0, G_OPTION_ARG_STRING, &pool_file, "the pool that the volume is in", "FILE" },
  { "flags", 0, 0, G_OPTION_ARG_STRING, &flags, "no-capacity, opt-capacity", "LIST" },
  { 0 }
};

static bool
read_pool_type (PoolType *ret_type, GError **error)
{
  g_autofree char *xml = conform_read (pool_file, error);
  StoragePool *pool = xml != NULL ? xml_parse (&storage_pool_schema, xml, strlen (xml), XML_PARSE_INACTIVE, error) : NULL;

  if (pool == NULL)
    return false;
  *ret_type = pool->source.type;
  xml_free (&storage_pool_schema, pool);
  return true;
}

static unsigned int
complete_flags (void)
{
  return (flags != NULL && strstr (flags, "no-capacity") != NULL ? VOLUME_NO_CAPACITY : 0)
         | (flags != NULL && strstr (flags, "opt-capacity") != NULL ? VOLUME_OPTIONAL_CAPACITY : 0);
}

static char *
run_volume (const char *path, GError **error)
{
  g_autofree char *xml = conform_read (path, error);
  StorageVolume *volume = xml != NULL ? xml_parse (&storage_volume_schema, xml, strlen (xml), XML_PARSE_INACTIVE, error) : NULL;
  PoolType pool_type = POOL_TYPE_DIR;
  char *text = NULL;

  if (volume == NULL)
    return NULL;
  if ((pool_file == NULL || read_pool_type (&pool_type, error))
      && storage_volume_complete (volume, pool_type, complete_flags (), error))
    text = xml_format (&storage_volume_schema, volume, XML_FORMAT_INACTIVE);
  xml_free (&storage_volume_schema, volume);
  return text;
}

const ConformKind conform_storage_volume = { "storage-volume", volume_options, run_volume };

static const GOptionEntry source_options[] = {
  { "host", 0, 0, G_OPTION_ARG_STRING, &host, "where gluster ran", "NAME" },
  { "type", 0, 0, G_OPTION_ARG_STRING, &type, "of the pools: netfs or gluster", "TYPE" },
  { 0 }
};

static char *
run_sources (const char *path, GError **error)
{
  g_autofree char *output = conform_read (path, error);
  PoolType pool_type = xml_enum_value (&pool_type_names, type);
  PoolSources *sources = output != NULL ? pool_sources_from_gluster (output, host, pool_type, error) : NULL;
  char *text = sources != NULL ? xml_format (&pool_sources_schema, sources, 0) : NULL;

  xml_free (&pool_sources_schema, sources);
  return text;
}

const ConformKind conform_pool_sources = { "pool-sources", source_options, run_sources };
