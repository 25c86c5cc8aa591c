/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/admin-params.h"

#include <grp.h>
#include <pwd.h>
#include <string.h>

#include "util/error.h"
#include "util/worker.h"

/* ---- Out ---- */

static AdminTypedParamValue *
append (AdminParams *params, const char *name, int type)
{
  AdminTypedParam *param;

  *params->params = g_renew (AdminTypedParam, *params->params, *params->n_params + 1);
  param = &(*params->params)[(*params->n_params)++];
  *param = (AdminTypedParam) { .field = g_strdup (name), .value.type = type };
  return &param->value;
}

void
admin_params_add_uint (AdminParams *params, const char *name, unsigned int value)
{
  append (params, name, VIR_TYPED_PARAM_UINT)->ui = value;
}

void
admin_params_add_bool (AdminParams *params, const char *name, bool value)
{
  append (params, name, VIR_TYPED_PARAM_BOOLEAN)->b = value;
}

void
admin_params_add_string (AdminParams *params, const char *name, const char *value)
{
  if (value != NULL)
    append (params, name, VIR_TYPED_PARAM_STRING)->s = g_strdup (value);
}

void
admin_params_add_id (AdminParams *params, const char *name, int64_t value)
{
  if (value >= 0)
    append (params, name, VIR_TYPED_PARAM_INT)->i = (int) value;
}

/* ---- In ---- */

static const AdminSetting *
find_setting (const AdminSetting *settings, unsigned int n_settings, const char *name)
{
  for (unsigned int i = 0; i < n_settings; i++)
    if (strcmp (settings[i].name, name) == 0)
      return &settings[i];
  return NULL;
}

bool
admin_settings_apply (const AdminSetting *settings, unsigned int n_settings,
                      const AdminTypedParam *params, unsigned int n_params,
                      void *target, GError **error)
{
  for (unsigned int i = 0; i < n_params; i++)
    {
      const char *name = params[i].field;
      const AdminSetting *setting = find_setting (settings, n_settings, name);

      if (setting == NULL)
        return fail (error, VIR_FROM_NONE, VIR_ERR_ARGUMENT_UNSUPPORTED,
                     "parameter '%s' cannot be set by this call", name);
      if (params[i].value.type != VIR_TYPED_PARAM_UINT)
        return fail (error, VIR_FROM_NONE, VIR_ERR_INVALID_ARG,
                     "parameter '%s' has type %d instead of unsigned int", name, params[i].value.type);
      for (unsigned int j = 0; j < i; j++)
        if (strcmp (params[j].field, name) == 0)
          return fail (error, VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "parameter '%s' is given twice", name);
      G_STRUCT_MEMBER (unsigned int, target, setting->offset) = params[i].value.ui;
    }
  return true;
}

/* ---- Names ---- */

/* Beyond it a name service's answer is not believed. */
#define NAME_BUFFER_MAX (1024 * 1024)

typedef struct
{
  int64_t uid, gid;
  AdminNames names;
} NameLookup;

typedef int (*NameQuery) (int64_t id, char *buffer, size_t size, const char **ret_name);

static int
query_user (int64_t id, char *buffer, size_t size, const char **ret_name)
{
  struct passwd entry, *found = NULL;
  int errnum = getpwuid_r ((uid_t) id, &entry, buffer, size, &found);

  *ret_name = found != NULL ? found->pw_name : NULL;
  return errnum;
}

static int
query_group (int64_t id, char *buffer, size_t size, const char **ret_name)
{
  struct group entry, *found = NULL;
  int errnum = getgrgid_r ((gid_t) id, &entry, buffer, size, &found);

  *ret_name = found != NULL ? found->gr_name : NULL;
  return errnum;
}

static char *
ask_name (NameQuery query, int64_t id)
{
  for (size_t size = 4096; size <= NAME_BUFFER_MAX; size *= 4)
    {
      g_autofree char *buffer = g_malloc (size);
      const char *name = NULL;

      if (query (id, buffer, size, &name) != ERANGE)
        return g_strdup (name);
    }
  return NULL;
}

static bool
ask_names (void *args, GError **error)
{
  NameLookup *lookup = args;

  if (lookup->uid >= 0)
    lookup->names.user = ask_name (query_user, lookup->uid);
  if (lookup->gid >= 0)
    lookup->names.group = ask_name (query_group, lookup->gid);
  return true;
}

void
admin_names_clear (AdminNames *names)
{
  g_clear_pointer (&names->user, g_free);
  g_clear_pointer (&names->group, g_free);
}

bool
admin_names_find (const Identity *identity, AdminNames *ret_names, GError **error)
{
  g_auto (AdminNames) known = { g_strdup (identity->user), g_strdup (identity->group) };
  NameLookup lookup = {
    .uid = known.user == NULL ? identity->uid : -1,
    .gid = known.group == NULL ? identity->gid : -1,
  };

  if ((lookup.uid >= 0 || lookup.gid >= 0) && !worker_run ("names of a client", ask_names, &lookup, error))
    return false;
  ret_names->user = known.user != NULL ? g_steal_pointer (&known.user) : lookup.names.user;
  ret_names->group = known.group != NULL ? g_steal_pointer (&known.group) : lookup.names.group;
  return true;
}
