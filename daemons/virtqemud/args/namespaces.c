/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a document says to QEMU past all models: arguments, changed properties, what is to become of deprecated things. */
#include "args/machine.h"

#include <string.h>

#include "util/error.h"

/* Since it, there is -compat. */
#define COMPAT_SINCE 6000000

static json_t *
property_value (const DomainQemuProperty *property)
{
  switch (property->type)
    {
    case QEMU_PROPERTY_UNSIGNED:
    case QEMU_PROPERTY_SIGNED:
      return json_integer ((json_int_t) (property->type == QEMU_PROPERTY_SIGNED ? (uint64_t) g_ascii_strtoll (property->value, NULL, 10)
                                                                                  : g_ascii_strtoull (property->value, NULL, 10)));
    case QEMU_PROPERTY_BOOL:
      return json_boolean (strcmp (property->value, "true") == 0);
    default:
      return json_string (property->value);
    }
}

void
override_device (const Builder *b, json_t *device)
{
  const DomainQemuOverride *override = b->domain->qemu_override;
  const char *id = json_string_value (json_object_get (device, "id"));

  for (unsigned int i = 0; override != NULL && id != NULL && i < override->devices.n; i++)
    for (unsigned int k = 0; k < override->devices.items[i]->properties.n; k++)
      {
        const DomainQemuProperty *property = override->devices.items[i]->properties.items[k];

        if (g_strcmp0 (override->devices.items[i]->alias, id) != 0)
          continue;
        if (property->type == QEMU_PROPERTY_REMOVE)
          json_object_del (device, property->name);
        else
          json_object_set_new (device, property->name, property_value (property));
      }
}

bool
build_deprecation (Builder *b, GError **error)
{
  static const struct { const char *behaviour, *input; } words[] = { { "omit", NULL }, { "reject", "reject" }, { "crash", "crash" } };
  const char *wanted = b->domain->qemu_deprecation ?: b->context->config->deprecation_behavior;

  if (wanted == NULL || strcmp (wanted, "none") == 0)
    return true;
  if (b->context->caps->version < COMPAT_SINCE)
    return b->domain->qemu_deprecation == NULL
           || unsupported (error, "<qemu:deprecation>: %s does not know what is deprecated", b->context->caps->binary);
  for (unsigned int i = 0; i < G_N_ELEMENTS (words); i++)
    if (strcmp (wanted, words[i].behaviour) == 0)
      {
        g_autoptr (json_t) compat = json_pack ("{s:s, s:s*}", "deprecated-output", "hide", "deprecated-input", words[i].input);
        g_autofree char *text = json_dumps (compat, JSON_COMPACT);

        add_option (b, "-compat", "%s", text);
        return true;
      }
  return fail (error, VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED, "<qemu:deprecation behavior='%s'>: not one of none, omit, reject, crash",
               wanted);
}
