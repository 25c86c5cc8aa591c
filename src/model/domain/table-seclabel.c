/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table-seclabel.c: how security drivers label one resource of a device. */
#include "model/domain/tables.h"

static bool
seclabel_finish (XmlReader *reader, xmlNode *node, void *object, GError **error)
{
  DomainDeviceSeclabel *seclabel = object;

  if (seclabel->label != NULL && seclabel->relabel == TRI_NO)
    return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, error, "relabel='no' goes with no label");
  if (seclabel->relabel != TRI_NO)
    seclabel->relabel = seclabel->label != NULL ? TRI_YES : TRI_ABSENT;
  return true;
}

static const XmlField seclabel_rows[] = {
  XML_STRING (DomainDeviceSeclabel, model, "@model"),
  XML_YES_NO (DomainDeviceSeclabel, relabel, "@relabel"),
  XML_YES_NO (DomainDeviceSeclabel, labelskip, "@labelskip", .flags = XML_LIVE | XML_LENIENT),
  XML_STRING (DomainDeviceSeclabel, label, "label"),
  XML_END
};
const XmlSchema domain_device_seclabel_schema
  = XML_SCHEMA (DomainDeviceSeclabel, "seclabel", seclabel_rows, .finish = seclabel_finish);

static void
drop (DomainDeviceSeclabels *list, unsigned int at)
{
  xml_free (&domain_device_seclabel_schema, xml_list_steal (list, at));
}

void
domain_device_seclabels_drop (DomainDeviceSeclabels *list)
{
  while (list->n > 0)
    drop (list, list->n - 1);
  g_clear_pointer (&list->items, g_free);
}

bool
domain_device_seclabels_finish (DomainDeviceSeclabels *list, const xmlNode *node, GError **error)
{
  for (unsigned int i = 0; i < list->n; i++)
    for (unsigned int j = 0; j < i; j++)
      if (g_strcmp0 (list->items[j]->model, list->items[i]->model) == 0)
        return xml_fail (node, VIR_FROM_DOMAIN, VIR_ERR_XML_DETAIL, error, "there are two labels of the model '%s'",
                         list->items[i]->model ?: "");
  for (unsigned int i = list->n; i > 0; i--)
    if (list->items[i - 1]->relabel == TRI_ABSENT && list->items[i - 1]->labelskip != TRI_YES)
      drop (list, i - 1);
  if (list->n == 0)
    g_clear_pointer (&list->items, g_free);
  return true;
}
