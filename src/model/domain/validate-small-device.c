/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* validate-small-device.c: rules of the devices that have little to say. They
 * change nothing. */
#include "model/domain/rules.h"

static bool
check_rngs (const Domain *domain, GError **error)
{
  for (unsigned int i = 0; i < domain->rngs.n; i++)
    {
      const DomainChardevSource *source = &domain->rngs.items[i]->source;

      if (domain->rngs.items[i]->backend == RNG_BACKEND_EGD && source->type == CHARDEV_TYPE_UNIX && source->path == NULL)
        REFUSE_AT ("rng", i, INTERNAL_ERROR, "'backend/source/@path' is missing");
    }
  return true;
}

static bool
check_panics (const Domain *domain, GError **error)
{
  for (unsigned int i = 0; i < domain->panics.n; i++)
    {
      DomainPanicModel model = domain->panics.items[i]->model;
      const char *name = xml_enum_name (&panic_model_names, model);

      if (domain_is_x86 (domain) && model != PANIC_MODEL_ISA && model != PANIC_MODEL_HYPERV)
        REFUSE_QEMU_AT ("panic", i, CONFIG_UNSUPPORTED, "machine type '%s' has no panic device '%s'", domain->os.machine, name);
      for (unsigned int j = 0; j < i; j++)
        if (domain->panics.items[j]->model == model)
          REFUSE_AT ("panic", i, XML_ERROR, "there are two panic devices '%s'", name);
    }
  return true;
}

bool
domain_validate_small_devices (const Domain *domain, GError **error)
{
  return check_rngs (domain, error) && check_panics (domain, error);
}
