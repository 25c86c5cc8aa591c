/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* conform-nodedev.c: node devices; a disk gets the block sizes that the corpus' scene gives it. */
#include "conform.h"
#include "model/nodedev/nodedev.h"

#define DISK_BLOCK 512
#define DISC_BLOCK 2048

static const GOptionEntry options[] = { { 0 } };

static void
set_blocks (NodeStorage *storage)
{
  if (storage->removable == NULL)
    {
      storage->block_size = DISK_BLOCK;
      storage->blocks = storage->size / DISK_BLOCK;
    }
  else if (storage->removable->available)
    {
      storage->removable->block_size = DISC_BLOCK;
      storage->removable->blocks = storage->removable->size / DISC_BLOCK;
    }
}

static char *
run (const char *path, GError **error)
{
  g_autofree char *xml = conform_read (path, error);
  NodeDevice *device = xml != NULL ? xml_parse (&node_device_schema, xml, strlen (xml), XML_PARSE_INACTIVE, error) : NULL;
  char *text;

  if (device == NULL)
    return NULL;
  if (device->storage != NULL)
    set_blocks (device->storage);
  text = xml_format (&node_device_schema, device, XML_FORMAT_INACTIVE);
  xml_free (&node_device_schema, device);
  return text;
}

const ConformKind conform_node_device = { "node-device", options, run };
