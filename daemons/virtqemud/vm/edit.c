/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vm/edit.h"

#include <string.h>

#include "util/error.h"
#include "vm/status.h"
#include "vm/store.h"

/* A definition that the next start of the daemon would refuse must not be written. */
static bool
can_be_read (const Domain *domain, GError **error)
{
  bool live = domain->id > 0;
  g_autofree char *text = domain_format (domain, DOMAIN_FORMAT_SECURE | (live ? DOMAIN_FORMAT_STATUS : DOMAIN_FORMAT_INACTIVE));
  g_autoptr (Domain) again = domain_parse (text, strlen (text), live ? DOMAIN_PARSE_STATUS : DOMAIN_PARSE_INACTIVE, error);

  return again != NULL;
}

static Domain *
edited (const Domain *domain, VmEdit edit, void *user, GError **error)
{
  g_autoptr (Domain) copy = domain_copy (domain);

  return edit (copy, user, error) && can_be_read (copy, error) ? g_steal_pointer (&copy) : NULL;
}

/* Between the trial and the effect's end, events may have changed the live definition: the edit is made anew. */
static bool
edit_live (Vm *vm, const Domain *wanted, VmEdit edit, VmEffect effect, void *user, GError **error)
{
  Domain *live;

  if (effect != NULL && !effect (vm, wanted, user, error))
    return false;
  if (!vm_require_active (vm, error))
    return false;
  live = edited (vm->live, edit, user, error);
  if (live == NULL)
    return false;
  domain_free (vm->live);
  vm->live = live;
  return vm_status_save (vm, error);
}

bool
vm_edit (Vm *vm, unsigned int affect, VmEdit edit, VmEffect effect, void *user, GError **error)
{
  g_autoptr (Domain) live = NULL, config = NULL;

  if ((affect & VIR_DOMAIN_AFFECT_LIVE) && (live = edited (vm->live, edit, user, error)) == NULL)
    return false;
  if ((affect & VIR_DOMAIN_AFFECT_CONFIG) && (config = edited (vm->config, edit, user, error)) == NULL)
    return false;
  if (live != NULL && !edit_live (vm, live, edit, effect, user, error))
    return false;
  if (config == NULL)
    return true;
  if (!vm_store_save (config, error))
    return false;
  domain_free (vm->config);
  vm->config = g_steal_pointer (&config);
  return true;
}
