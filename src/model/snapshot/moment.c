/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/snapshot/moment.h"

/* What items begin with. */
typedef struct { char *name; } MomentDisk;
typedef XML_LIST (MomentDisk) MomentDisks;

const DomainDisk *
moment_find_disk (const Domain *domain, const char *name)
{
  for (unsigned int i = 0; i < domain->disks.n; i++)
    if (strcmp (domain->disks.items[i]->target.dev, name) == 0)
      return domain->disks.items[i];
  for (unsigned int i = 0; i < domain->disks.n; i++)
    if (g_strcmp0 (domain->disks.items[i]->source.path, name) == 0)
      return domain->disks.items[i];
  return NULL;
}

bool
moment_is_writable (const DomainDisk *disk)
{
  bool has_medium = disk->source.path != NULL || disk->source.protocol != STORAGE_PROTOCOL_ABSENT || disk->source.pci != NULL;

  return has_medium && !disk->readonly;
}

static int
find_item (const MomentDisks *list, const char *target)
{
  for (unsigned int i = 0; i < list->n; i++)
    if (strcmp (list->items[i]->name, target) == 0)
      return i;
  return -1;
}

void *
moment_find_item (const void *list, const char *target)
{
  const MomentDisks *disks = list;
  int at = find_item (disks, target);

  return at >= 0 ? disks->items[at] : NULL;
}

bool
moment_name_disks (void *disks, const Domain *domain, GError **error)
{
  MomentDisks *list = disks;

  for (unsigned int i = 0; i < list->n; i++)
    {
      MomentDisk *item = list->items[i];
      const DomainDisk *disk = moment_find_disk (domain, item->name);

      if (disk == NULL)
        return fail (error, VIR_FROM_NONE, VIR_ERR_CONFIG_UNSUPPORTED, "there is no disk '%s'", item->name);
      g_free (item->name);
      item->name = g_strdup (disk->target.dev);
      if (find_item (list, item->name) != (int) i)
        return fail (error, VIR_FROM_NONE, VIR_ERR_CONFIG_UNSUPPORTED, "disk '%s' is there twice", item->name);
    }
  return true;
}

bool
moment_align_disks (void *disks, const Domain *domain, const XmlSchema *schema, GError **error)
{
  MomentDisks *list = disks;
  MomentDisks sorted = { NULL, 0 };

  if (!moment_name_disks (list, domain, error))
    return false;
  for (unsigned int i = 0; i < domain->disks.n; i++)
    {
      int at = find_item (list, domain->disks.items[i]->target.dev);
      MomentDisk *item = at >= 0 ? xml_list_steal (list, at) : xml_new (schema);

      if (at < 0)
        item->name = g_strdup (domain->disks.items[i]->target.dev);
      xml_list_append (&sorted, item);
    }
  g_free (list->items);
  *list = sorted;
  return true;
}

bool
moment_check_name (const char *what, const char *name, const xmlNode *node, GError **error)
{
  if (name[0] == '.')
    return xml_fail (node, VIR_FROM_NONE, VIR_ERR_XML_DETAIL, error, "the %s's name '%s' begins with a dot", what, name);
  return strchr (name, '/') == NULL
         || xml_fail (node, VIR_FROM_NONE, VIR_ERR_XML_DETAIL, error, "the %s's name '%s' has a slash", what, name);
}
