/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gluster.c: reads what the gluster program says of its volumes. */
#include "model/storage/pool.h"

typedef struct { char *name; } GlusterVolume;
typedef struct { XML_LIST (GlusterVolume) volumes; } GlusterOutput;

static const XmlField volume_rows[] = { XML_STRING (GlusterVolume, name, "name", XML_MISSING (STORAGE, XML_ERROR)), XML_END };
static const XmlSchema volume_schema = XML_SCHEMA (GlusterVolume, "volume", volume_rows);

static const XmlField output_rows[] = { XML_ITEMS (GlusterOutput, volumes, "volInfo/volumes/volume", volume_schema), XML_END };
static const XmlSchema output_schema = XML_SCHEMA (GlusterOutput, "cliOutput", output_rows, .from = VIR_FROM_STORAGE);

/* Mounted as a file system a volume is a directory; natively it has a name, and its root. */
static PoolSource *
source_of_volume (const char *volume, const char *host, PoolType type)
{
  PoolSource *source = xml_new (&pool_source_schema);
  PoolHost *at = g_new0 (PoolHost, 1);

  at->name = g_strdup (host);
  xml_list_append (&source->hosts, at);
  source->type = type;
  source->format = type == POOL_TYPE_NETFS ? POOL_NETFS_GLUSTER : 0;
  source->dir = g_strdup (type == POOL_TYPE_NETFS ? volume : "/");
  source->name = type == POOL_TYPE_NETFS ? NULL : g_strdup (volume);
  return source;
}

PoolSources *
pool_sources_from_gluster (const char *text, const char *host, PoolType type, GError **error)
{
  GlusterOutput *output = xml_parse (&output_schema, text, strlen (text), 0, error);
  PoolSources *sources;

  if (output == NULL)
    return NULL;
  sources = xml_new (&pool_sources_schema);
  for (unsigned int i = 0; i < output->volumes.n; i++)
    xml_list_append (&sources->sources, source_of_volume (output->volumes.items[i]->name, host, type));
  xml_free (&output_schema, output);
  return sources;
}
