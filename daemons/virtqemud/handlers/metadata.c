/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls about what users note on guests: title, description, elements of their own. */
#include "driver.h"
#include "handlers/handlers.h"
#include "model/common/metadata.h"
#include "vm/events.h"
#include "vm/status.h"
#include "vm/store.h"

static const MetadataKind kind = {
  .noun = "domain", .arguments = VIR_FROM_DOM, .from = VIR_FROM_DOMAIN, .missing = VIR_ERR_NO_DOMAIN_METADATA,
};

/* A copy of @domain with what the call sets. */
static Domain *
with_metadata (const Domain *domain, const MetadataChange *change, GError **error)
{
  g_autoptr (Domain) copy = domain_copy (domain);

  if (!metadata_set (&kind, (Metadata) METADATA_OF (copy), change, error))
    return NULL;
  return g_steal_pointer (&copy);
}

static bool
set_metadata (Vm *vm, const MetadataChange *change, unsigned int affect, GError **error)
{
  g_autoptr (Domain) live = NULL, config = NULL;

  if ((affect & VIR_DOMAIN_AFFECT_LIVE) && (live = with_metadata (vm->live, change, error)) == NULL)
    return false;
  if ((affect & VIR_DOMAIN_AFFECT_CONFIG)
      && ((config = with_metadata (vm->config, change, error)) == NULL || !vm_store_save (config, error)))
    return false;
  if (config != NULL)
    {
      domain_free (vm->config);
      vm->config = g_steal_pointer (&config);
    }
  /* It may have ended while the definition was written. */
  if (live != NULL && vm->live != NULL)
    {
      domain_free (vm->live);
      vm->live = g_steal_pointer (&live);
      return vm_status_save (vm, error);
    }
  return true;
}

bool
handle_domain_set_metadata (Call *call, const DomainSetMetadataArgs *args, GError **error)
{
  const MetadataChange change = { args->type, args->metadata, args->key, args->uri };
  g_autoptr (Vm) vm = NULL;
  g_auto (JobGuard) guard = { 0 };
  unsigned int affect;

  if (!handler_check_flags (args->flags, VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG,
                            "virDomainSetMetadata", error)
      || !metadata_check (&kind, &change, error))
    return false;
  vm = handler_vm_job (&args->dom, &guard, "metadata setting", error);
  if (vm == NULL || !vm_resolve_affect (vm, args->flags, &affect, error)
      || !set_metadata (vm, &change, affect, error))
    return false;
  vm_event_metadata_change (vm, args->type, args->type == VIR_DOMAIN_METADATA_ELEMENT ? args->uri : NULL);
  return true;
}

bool
handle_domain_get_metadata (Call *call, const DomainGetMetadataArgs *args, DomainGetMetadataRet *ret, GError **error)
{
  g_autoptr (Vm) vm = NULL;
  const Domain *domain;

  if (!handler_one_affect (args->flags, "virDomainGetMetadata", error))
    return false;
  if (args->flags & ~(unsigned int) (VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG))
    return fail (error, VIR_FROM_DOMAIN, VIR_ERR_INVALID_ARG,
                 "unsupported flags (0x%x) in virDomainGetMetadata", args->flags);
  vm = handler_vm (&args->dom, error);
  domain = vm != NULL ? vm_definition_for (vm, args->flags, error) : NULL;
  if (domain == NULL)
    return false;
  ret->metadata = metadata_get (&kind, (Metadata) METADATA_OF (domain), vm->name, args->type, args->uri, error);
  return ret->metadata != NULL;
}
