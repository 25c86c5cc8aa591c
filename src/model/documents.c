/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/documents.h"

#include "model/capabilities/domain-capabilities.h"
#include "model/cpu/cpu.h"
#include "model/capabilities/host-capabilities.h"
#include "model/domain/tables.h"
#include "model/interface/interface.h"
#include "model/network/network.h"
#include "model/network/port.h"
#include "model/network/status.h"
#include "model/nodedev/nodedev.h"
#include "model/nwfilter/nwfilter.h"
#include "model/secret/secret.h"
#include "model/snapshot/backup.h"
#include "model/snapshot/checkpoint.h"
#include "model/snapshot/snapshot.h"
#include "model/status/domain-status.h"
#include "model/storage/volume.h"

const Document documents[] = {
  { "capability", "capabilities", &host_capabilities_schema },
  { "cpu", "cpu", &cpu_schema },
  { "domain", "domain", &domain_schema },
  { "domainbackup", "snapshot", &domain_backup_schema },
  { "domaincaps", "capabilities", &domain_capabilities_schema },
  { "domaincheckpoint", "snapshot", &domain_checkpoint_schema },
  { "domainsnapshot", "snapshot", &domain_snapshot_schema },
  { "interface", "interface", &host_interface_schema },
  { "domstatus", "status", &domain_status_schema, .is_private = true },
  { "network", "network", &network_schema },
  { "networkport", "network", &network_port_schema },
  { "networkstatus", "network", &network_status_schema, .is_private = true },
  { "nodedev", "nodedev", &node_device_schema },
  { "nwfilter", "nwfilter", &nwfilter_schema },
  { "nwfilterbinding", "nwfilter", &nwfilter_binding_schema },
  { "secret", "secret", &secret_schema },
  { "storagepool", "storage", &storage_pool_schema },
  { "storagepoolcaps", "storage", &pool_capabilities_schema },
  { "storagepoolsources", "storage", &pool_sources_schema },
  { "storagevol", "storage", &storage_volume_schema },
};
const unsigned int n_documents = G_N_ELEMENTS (documents);

const Document *
document_by_name (const char *name)
{
  for (unsigned int i = 0; i < n_documents; i++)
    if (strcmp (documents[i].name, name) == 0)
      return &documents[i];
  return NULL;
}

const Document *
document_by_root (const char *element)
{
  for (unsigned int i = 0; i < n_documents; i++)
    if (strcmp (documents[i].schema->element, element) == 0)
      return &documents[i];
  return NULL;
}

char *
document_root_name (const char *text)
{
  const char *at = text;

  while ((at = strchr (at, '<')) != NULL)
    {
      at++;
      if (strncmp (at, "!--", 3) == 0)
        at = strstr (at, "-->");
      else if (*at != '?' && *at != '!')
        return g_strndup (at, strcspn (at, " \t\r\n/>"));
      if (at == NULL)
        break;
    }
  return NULL;
}
