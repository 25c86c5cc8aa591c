/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Users and groups: the label "+UID:+GID". */
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "security/dac.h"
#include "security/files.h"
#include "util/error.h"

static bool
dac_is_enabled (const QemuConfig *config)
{
  return config->user != NULL;
}

static char *
label_of_config (const QemuConfig *config)
{
  return g_strdup_printf ("+%u:+%u", (unsigned int) config->uid, (unsigned int) config->gid);
}

static char *
dac_base_label (const QemuConfig *config, bool kvm)
{
  return label_of_config (config);
}

static bool
parse_number (const char *text, unsigned int *ret_id)
{
  uint64_t id;

  if (!g_ascii_string_to_unsigned (*text == '+' ? text + 1 : text, 10, 0, UINT32_MAX - 1, &id, NULL))
    return false;
  *ret_id = (unsigned int) id;
  return true;
}

bool
security_dac_parse (const char *label, uid_t *ret_uid, gid_t *ret_gid, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (label, ":", 2);
  const struct passwd *user;
  const struct group *group;

  if (g_strv_length (parts) != 2)
    return fail (error, VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "'%s' is not of the form USER:GROUP", label);
  if (!parse_number (parts[0], ret_uid))
    {
      if ((user = getpwnam (parts[0])) == NULL)
        return fail (error, VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "there is no user '%s', of the label '%s'", parts[0], label);
      *ret_uid = user->pw_uid;
    }
  if (!parse_number (parts[1], ret_gid))
    {
      if ((group = getgrnam (parts[1])) == NULL)
        return fail (error, VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "there is no group '%s', of the label '%s'", parts[1], label);
      *ret_gid = group->gr_gid;
    }
  return true;
}

static bool
dac_choose (const QemuConfig *config, const Domain *domain, DomainSeclabel *label, GError **error)
{
  uid_t uid;
  gid_t gid;

  if (label->type == SECLABEL_TYPE_STATIC)
    {
      if (!security_dac_parse (label->label, &uid, &gid, error))
        return false;
      if (label->relabel == TRI_YES && label->imagelabel == NULL)
        label->imagelabel = g_strdup (label->label);
      return true;
    }
  if (label->type != SECLABEL_TYPE_DYNAMIC)
    return true;
  g_free (label->label);
  label->label = label_of_config (config);
  if (label->relabel == TRI_YES && label->imagelabel == NULL)
    label->imagelabel = g_strdup (label->label);
  return true;
}

static char *
dac_file_label (const DomainSeclabel *label, const SecurityFile *file)
{
  return file->kind == SECURITY_FILE_FOLDER ? NULL : g_strdup (label->imagelabel);
}

const SecurityDriver security_dac = {
  .model = SECURITY_DAC, .name = "dac", .doi = "0", .is_enabled = dac_is_enabled, .base_label = dac_base_label,
  .choose = dac_choose, .file_label = dac_file_label,
};
