/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Folders of the host that virtiofsd serves. */
#include "helpers/private.h"

#include <string.h>

#include "helpers/paths.h"
#include "helpers/vhost-user.h"
#include "util/error.h"
#include "util/paths.h"

/* ",flock" or ",no_flock"; nothing if it is not said. */
static void
append_choice (GString *out, const char *name, Tristate value)
{
  if (value != TRI_ABSENT)
    g_string_append_printf (out, ",%s%s", value == TRI_YES ? "" : "no_", name);
}

static char *
options_of (const DomainFilesystem *fs)
{
  const DomainFsBinary *binary = fs->binary;
  g_auto (GStrv) pieces = g_strsplit (fs->source, ",", -1);
  g_autofree char *source = g_strjoinv ("\\,", pieces);
  GString *out = g_string_new (NULL);

  g_string_append_printf (out, "source=%s", source);
  if (binary == NULL)
    return g_string_free (out, FALSE);
  if (binary->cache != FS_CACHE_ABSENT)
    g_string_append_printf (out, ",cache=%s", xml_enum_name (&fs_cache_names, binary->cache));
  if (binary->sandbox != FS_SANDBOX_ABSENT)
    g_string_append_printf (out, ",sandbox=%s", xml_enum_name (&fs_sandbox_names, binary->sandbox));
  append_choice (out, "xattr", binary->xattr);
  append_choice (out, "flock", binary->lock_flock);
  append_choice (out, "posix_lock", binary->lock_posix);
  return g_string_free (out, FALSE);
}

static bool
check (const DomainFilesystem *fs, GError **error)
{
  if (path_is_session ())
    return fail (error, VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED,
                 "filesystem '%s': virtiofs is served by the system's daemon only", fs->info.alias);
  if (fs->uid_map.n > 0 || fs->gid_map.n > 0)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED, "filesystem '%s': an idmap is not supported", fs->info.alias);
  if (!g_file_test (fs->source, G_FILE_TEST_IS_DIR))
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED, "filesystem '%s': there is no folder '%s'", fs->info.alias,
                 fs->source);
  return true;
}

HelperPlan *
helper_plan_virtiofs (const HelperGuest *guest, const void *device, GError **error)
{
  const DomainFilesystem *fs = device;
  g_autofree char *program = NULL, *options = NULL;
  HelperPlan *plan;

  if (fs->driver.type != FS_DRIVER_VIRTIOFS || fs->socket != NULL || !check (fs, error))
    return NULL;
  program = fs->binary != NULL && fs->binary->path != NULL ? g_strdup (fs->binary->path) : vhost_user_find ("fs", error);
  if (program == NULL)
    return NULL;
  plan = helper_plan_new ("virtiofsd", program);
  options = options_of (fs);
  plan->socket = helper_virtiofs_socket (guest->lib_dir, fs->info.alias);
  plan->log = path_driver (PATH_LOG, "qemu", "%s-%s-virtiofsd.log", guest->domain->name, fs->info.alias);
  helper_plan_add (plan, "--fd=%d", HELPER_LISTEN_FD);
  helper_plan_add (plan, "-o");
  helper_plan_add (plan, "%s", options);
  if (fs->binary != NULL && fs->binary->thread_pool_size >= 0)
    helper_plan_add (plan, "--thread-pool-size=%d", fs->binary->thread_pool_size);
  if (fs->binary != NULL && fs->binary->openfiles_max != 0)
    helper_plan_add (plan, "--rlimit-nofile=%" G_GUINT64_FORMAT, fs->binary->openfiles_max);
  if (guest->config->virtiofsd_debug)
    helper_plan_add (plan, "-d");
  else
    helper_plan_add (plan, "-f");
  return plan;
}
