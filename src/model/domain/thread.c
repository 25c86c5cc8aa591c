/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/domain/thread.h"

#include "model/domain/tables.h"

bool
domain_has_vcpu (const Domain *domain, unsigned int id)
{
  for (unsigned int i = 0; i < domain->vcpu_list.n; i++)
    if (domain->vcpu_list.items[i]->id == id)
      return domain->vcpu_list.items[i]->enabled == TRI_YES;
  return id < domain_vcpus_now (domain);
}

DomainIothread *
domain_iothread_find (const Domain *domain, unsigned int id)
{
  for (unsigned int i = 0; i < domain->iothread_ids.n; i++)
    if (domain->iothread_ids.items[i]->id == id)
      return domain->iothread_ids.items[i];
  return NULL;
}

GArray *
domain_iothreads (const Domain *domain)
{
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (unsigned int));

  for (unsigned int i = 0; i < domain->iothread_ids.n; i++)
    g_array_append_val (ids, domain->iothread_ids.items[i]->id);
  for (unsigned int id = 1; ids->len < domain->iothreads; id++)
    if (domain_iothread_find (domain, id) == NULL)
      g_array_append_val (ids, id);
  return ids;
}

DomainIothread *
domain_iothread_new (unsigned int id)
{
  DomainIothread *thread = xml_new (&domain_iothread_schema);

  thread->id = id;
  return thread;
}

void
domain_iothread_list (Domain *domain)
{
  g_autoptr (GArray) ids = domain_iothreads (domain);

  for (unsigned int i = domain->iothread_ids.n; i < ids->len; i++)
    xml_list_append (&domain->iothread_ids, domain_iothread_new (g_array_index (ids, unsigned int, i)));
}
