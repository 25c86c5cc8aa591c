/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* admin-params.h: typed parameters of the admin program, in and out. */
#pragma once

#include "protocol/admin.h"
#include "rpc/identity.h"

/* A list of parameters being filled, right in a result struct. */
typedef struct
{
  AdminTypedParam **params;
  unsigned int *n_params;
} AdminParams;
#define ADMIN_PARAMS_INIT(params_, n_params_) { (params_), (n_params_) }

/* Each appends one parameter; @name is copied. */
void admin_params_add_uint (AdminParams *params, const char *name, unsigned int value);
void admin_params_add_bool (AdminParams *params, const char *name, bool value);
/* NULL adds nothing; else a copy. */
void admin_params_add_string (AdminParams *params, const char *name, const char *value);
/* A uid, gid or pid; negative adds nothing. */
void admin_params_add_id (AdminParams *params, const char *name, int64_t value);

/* An unsigned int at @offset of a struct that clients may set by @name. */
typedef struct
{
  const char *name;
  size_t offset;
} AdminSetting;

/* Stores what @params say into @target. Fails with VIR_ERR_ARGUMENT_UNSUPPORTED for a
 * parameter that is not among @settings, VIR_ERR_INVALID_ARG for a wrong type or one given
 * twice; then @target may be changed in part: hand in a copy. */
bool admin_settings_apply (const AdminSetting *settings, unsigned int n_settings,
                           const AdminTypedParam *params, unsigned int n_params,
                           void *target, GError **error);

/* The names of a client's user and group. */
typedef struct
{
  char *user, *group;
} AdminNames;
void admin_names_clear (AdminNames *names);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AdminNames, admin_names_clear)

/* Copies the names from @identity or, where it has only numbers, asks the system; a
 * number without a name stays NULL. @identity may go away meanwhile. Awaits (worker). */
bool admin_names_find (const Identity *identity, AdminNames *ret_names, GError **error);
