/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which security drivers are in use, and the labels of guests. */
#include <string.h>

#include "model/domain/tables.h"
#include "security/files.h"
#include "security/security.h"
#include "util/error.h"

/* In the order of documents. */
static const SecurityDriver *const all_drivers[] = { &security_selinux, &security_apparmor, &security_dac };

static const SecurityDriver *const *used_drivers;

void
security_use_drivers (const SecurityDriver *const *drivers)
{
  used_drivers = drivers;
}

const SecurityDriver *const *
security_drivers (const QemuConfig *config)
{
  static const SecurityDriver *enabled[G_N_ELEMENTS (all_drivers) + 1];
  static const QemuConfig *enabled_for;
  unsigned int n = 0;

  /* Asked for every file of every guest. */
  if (used_drivers != NULL)
    return used_drivers;
  if (enabled_for == config)
    return enabled;
  for (unsigned int i = 0; i < G_N_ELEMENTS (all_drivers); i++)
    if (all_drivers[i]->is_enabled (config))
      enabled[n++] = all_drivers[i];
  enabled[n] = NULL;
  enabled_for = config;
  return enabled;
}

static const SecurityDriver *
find_driver (const QemuConfig *config, const char *name)
{
  const SecurityDriver *const *drivers = security_drivers (config);

  for (unsigned int i = 0; drivers[i] != NULL; i++)
    if (g_strcmp0 (drivers[i]->name, name) == 0)
      return drivers[i];
  return NULL;
}

bool
security_is_wanted (const QemuConfig *config, const char *name)
{
  return config->security_driver == NULL || g_strv_contains ((const char *const *) config->security_driver, name);
}

bool
security_check_config (const QemuConfig *config, GError **error)
{
  for (unsigned int i = 0; config->security_driver != NULL && config->security_driver[i] != NULL; i++)
    if (strcmp (config->security_driver[i], "none") != 0 && find_driver (config, config->security_driver[i]) == NULL)
      return fail (error, VIR_FROM_SECURITY, VIR_ERR_CONFIG_UNSUPPORTED,
                   "qemu.conf asks for the security driver '%s', which this kernel does not have or has turned off",
                   config->security_driver[i]);
  return true;
}

static DomainSeclabel *
find_label (const Domain *domain, const char *model)
{
  for (unsigned int i = 0; i < domain->seclabels.n; i++)
    if (g_strcmp0 (domain->seclabels.items[i]->model, model) == 0)
      return domain->seclabels.items[i];
  return NULL;
}

const DomainSeclabel *
security_label_of (const Domain *domain, SecurityModel model)
{
  for (unsigned int i = 0; i < G_N_ELEMENTS (all_drivers); i++)
    if (all_drivers[i]->model == model)
      return find_label (domain, all_drivers[i]->name);
  return NULL;
}

/* --- a start ------------------------------------------------------------------------------------ */

/* What confines guests, besides users. */
static bool
is_confining (const SecurityDriver *driver)
{
  return driver->model != SECURITY_DAC;
}

static DomainSeclabel *
add_label (Domain *domain, const SecurityDriver *driver, const QemuConfig *config)
{
  DomainSeclabel *label = xml_new (&domain_seclabel_schema);

  label->model = g_strdup (driver->name);
  label->type = !is_confining (driver) || config->security_default_confined ? SECLABEL_TYPE_DYNAMIC : SECLABEL_TYPE_NONE;
  if (label->type == SECLABEL_TYPE_DYNAMIC)
    label->relabel = TRI_YES;
  xml_list_append (&domain->seclabels, label);
  return label;
}

static bool
is_in_use (const char *model, const QemuConfig *config, GError **error)
{
  const SecurityDriver *const *drivers = security_drivers (config);

  if (model == NULL ? drivers[0] != NULL && is_confining (drivers[0]) : find_driver (config, model) != NULL)
    return true;
  return fail (error, VIR_FROM_SECURITY, VIR_ERR_CONFIG_UNSUPPORTED, "the security driver '%s' of a label is not in use here",
               model != NULL ? model : "none");
}

/* A label without a model is of the first driver, which may be none. */
static bool
name_models (Domain *domain, const QemuConfig *config, GError **error)
{
  const SecurityDriver *const *drivers = security_drivers (config);

  for (unsigned int i = domain->seclabels.n; i-- > 0;)
    {
      DomainSeclabel *label = domain->seclabels.items[i];

      if (label->model == NULL && drivers[0] != NULL && is_confining (drivers[0]))
        label->model = g_strdup (drivers[0]->name);
      if (label->model == NULL)
        label->model = g_strdup ("none");
      if (strcmp (label->model, "none") != 0 && !is_in_use (label->model, config, error))
        return false;
    }
  for (unsigned int i = 0; i < domain->disks.n; i++)
    for (const DomainStorageSource *source = &domain->disks.items[i]->source; source != NULL; source = source->backing)
      for (unsigned int k = 0; k < source->seclabels.n; k++)
        if (!is_in_use (source->seclabels.items[k]->model, config, error))
          return false;
  return true;
}

bool
security_choose_labels (Domain *domain, const QemuConfig *config, GError **error)
{
  const SecurityDriver *const *drivers = security_drivers (config);

  if (config->user_missing)
    return true;
  if (!name_models (domain, config, error))
    return false;
  for (unsigned int i = 0; drivers[i] != NULL; i++)
    {
      DomainSeclabel *label = find_label (domain, drivers[i]->name);

      if (label == NULL)
        label = add_label (domain, drivers[i], config);
      if (label->type == SECLABEL_TYPE_NONE && is_confining (drivers[i]) && config->security_require_confined)
        return fail (error, VIR_FROM_SECURITY, VIR_ERR_CONFIG_UNSUPPORTED,
                     "qemu.conf wants all guests confined, and this one is not, by '%s'", drivers[i]->name);
    }
  for (unsigned int i = 0; drivers[i] != NULL; i++)
    if (!drivers[i]->choose (config, domain, find_label (domain, drivers[i]->name), error))
      return false;
  security_reserve_labels (domain, config);
  return true;
}

void
security_reserve_labels (const Domain *domain, const QemuConfig *config)
{
  const SecurityDriver *const *drivers = security_drivers (config);

  for (unsigned int i = 0; drivers[i] != NULL; i++)
    if (drivers[i]->reserve != NULL && find_label (domain, drivers[i]->name) != NULL)
      drivers[i]->reserve (find_label (domain, drivers[i]->name));
}

void
security_release_labels (const Domain *domain, const QemuConfig *config)
{
  const SecurityDriver *const *drivers = security_drivers (config);

  for (unsigned int i = 0; drivers[i] != NULL; i++)
    if (drivers[i]->release != NULL && find_label (domain, drivers[i]->name) != NULL)
      drivers[i]->release (find_label (domain, drivers[i]->name));
}

char *
security_exec_label (const Domain *domain, const QemuConfig *config)
{
  const SecurityDriver *const *drivers = security_drivers (config);

  for (unsigned int i = 0; drivers[i] != NULL; i++)
    {
      const DomainSeclabel *label = find_label (domain, drivers[i]->name);

      if (is_confining (drivers[i]) && label != NULL && label->label != NULL)
        return g_strconcat (drivers[i]->model == SECURITY_APPARMOR ? "exec " : "", label->label, NULL);
    }
  return NULL;
}

bool
security_is_enforcing (const SecurityDriver *driver)
{
  g_autofree char *text = NULL;

  if (driver->model == SECURITY_APPARMOR)
    return true;
  return driver->model == SECURITY_SELINUX && g_file_get_contents ("/sys/fs/selinux/enforce", &text, NULL, NULL) && *text == '1';
}
