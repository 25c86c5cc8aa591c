/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* TPMs made of software. The state of a guest's is kept in a folder named by its UUID for as long as the guest is
 * defined, made by swtpm_setup before the first start. */
#include "helpers/private.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helpers/paths.h"
#include "qemu/home.h"
#include "qemu/secrets.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/paths.h"
#include "util/state-file.h"
#include "util/uuid.h"
#include "util/worker.h"

#define SETUP_MS 60000

static char *
state_folder (const uint8_t *uuid)
{
  char text[UUID_TEXT_SIZE];

  uuid_format (uuid, text);
  return path_is_session () ? path_make (PATH_CONF, "qemu/swtpm/%s", text) : path_make (PATH_LIB, "swtpm/%s", text);
}

static char *
log_path (const char *name)
{
  g_autofree char *file = g_strdup_printf ("/var/log/swtpm/libvirt/qemu/%s-swtpm.log", name);

  return path_is_session () ? path_driver (PATH_LOG, "qemu", "%s-swtpm.log", name) : path_host (file);
}

/* --- the folder ------------------------------------------------------------------------------- */

typedef struct
{
  char *parent, *dir, *log;
  bool set_user;
  uid_t uid;
  gid_t gid;
  bool is_new;                  /* was made: has to be filled */
} Folder;

static void
folder_clear (Folder *folder)
{
  g_free (folder->parent);
  g_free (folder->dir);
  g_free (folder->log);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Folder, folder_clear)

/* On a worker. A folder without a state is one whose setup was cut short. */
static bool
make_folder (void *args, GError **error)
{
  Folder *folder = args;
  g_auto (GStrv) names = NULL;
  g_autofree char *log_dir = g_path_get_dirname (folder->log);

  if (!state_dir_make_now (folder->parent, 0711, error) || !state_dir_make_now (log_dir, 0711, error))
    return false;
  if (!state_dir_list_now (folder->dir, NULL, &names, error))
    return false;
  folder->is_new = g_strv_length (names) == 0;
  if (mkdir (folder->dir, 0700) < 0 && errno != EEXIST)
    return fail_errno (error, VIR_FROM_QEMU, errno, "cannot make folder '%s'", folder->dir);
  if (folder->set_user && chown (folder->dir, folder->uid, folder->gid) < 0)
    return fail_errno (error, VIR_FROM_QEMU, errno, "cannot give '%s' to swtpm's user", folder->dir);
  return true;
}

static bool
remove_folder (void *path, GError **error)
{
  qemu_remove_tree_now (path);
  return true;
}

/* --- setup -------------------------------------------------------------------------------------- */

/* "sha256,sha512"; caller frees. */
static char *
bank_names (const DomainTpmEmulator *emulator)
{
  const struct { bool on; const char *name; } banks[] = {
    { emulator->sha1, "sha1" }, { emulator->sha256, "sha256" }, { emulator->sha384, "sha384" }, { emulator->sha512, "sha512" },
  };
  GString *out = g_string_new (NULL);

  for (unsigned int i = 0; i < G_N_ELEMENTS (banks); i++)
    if (banks[i].on)
      g_string_append_printf (out, "%s%s", out->len > 0 ? "," : "", banks[i].name);
  return g_string_free (out, FALSE);
}

static void
add (GPtrArray *argv, const char *word)
{
  g_ptr_array_add (argv, g_strdup (word));
}

/* A user without a configuration of its own has no authority that would sign certificates. */
static bool
can_certify (void)
{
  g_autofree char *own = g_build_filename (g_get_user_config_dir (), "swtpm_setup.conf", NULL);

  return !path_is_session () || access (own, R_OK) == 0;
}

static GPtrArray *
setup_argv (const Domain *domain, const DomainTpm *tpm, const Folder *folder)
{
  GPtrArray *argv = g_ptr_array_new_with_free_func (g_free);
  char uuid[UUID_TEXT_SIZE];

  add (argv, "swtpm_setup");
  if (tpm->version != TPM_VERSION_1_2)
    add (argv, "--tpm2");
  add (argv, "--tpm-state");
  add (argv, folder->dir);
  if (folder->is_new)
    {
      add (argv, "--vmid");
      g_ptr_array_add (argv, g_strdup_printf ("%s:%s", domain->name, uuid_format (domain->uuid, uuid)));
      add (argv, "--createek");
      if (can_certify ())
        {
          add (argv, "--create-ek-cert");
          add (argv, "--create-platform-cert");
        }
      add (argv, "--lock-nvram");
      add (argv, "--not-overwrite");
    }
  else
    add (argv, "--reconfigure");
  return argv;
}

/* Makes the state, or changes the banks of one that is there. Awaits. */
static bool
set_up (const Domain *domain, const DomainTpm *tpm, const Folder *folder, const char *passphrase, GError **error)
{
  static const char *const env[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", NULL };
  g_autofree char *banks = bank_names (&tpm->emulator);
  g_autoptr (GPtrArray) argv = setup_argv (domain, tpm, folder);
  ProcessFd secret = { .child = HELPER_SECRET_FD, .fd = -1 };
  ProcessSpec spec = { .set_user = folder->set_user, .uid = folder->uid, .gid = folder->gid, .limit_caps = folder->set_user,
                       .env = path_is_session () ? NULL : env, .set_umask = true, .umask = 0077, .fds = &secret };
  ProcessLimits limits = { .deadline = deadline_in_ms (SETUP_MS) };
  g_auto (ProcessResult) result = { 0 };
  bool done;

  if (!folder->is_new && *banks == '\0')
    return true;
  if (*banks != '\0')
    {
      add (argv, "--pcr-banks");
      add (argv, banks);
    }
  if (passphrase != NULL)
    {
      secret.fd = helper_secret_pipe (passphrase, error);
      if (secret.fd < 0)
        return false;
      spec.n_fds = 1;
      add (argv, "--pwdfile-fd");
      g_ptr_array_add (argv, g_strdup_printf ("%d", HELPER_SECRET_FD));
      add (argv, "--cipher");
      add (argv, "aes-256-cbc");
    }
  g_ptr_array_add (argv, NULL);
  spec.argv = (const char *const *) argv->pdata;
  done = process_run (&spec, NULL, 0, &limits, &result, error) && process_check (&spec, &result, error);
  fd_clear (&secret.fd);
  if (done)
    return true;
  if (folder->is_new)
    worker_run ("remove a TPM's state", remove_folder, folder->dir, NULL);
  return false;
}

/* --- the plan ------------------------------------------------------------------------------------- */

/* What its state is encrypted with: NULL without @error: nothing. Awaits. */
static char *
read_passphrase (const DomainTpm *tpm, GError **error)
{
  static const uint8_t none[16];
  g_autofree char *what = g_strdup_printf ("TPM '%s'", tpm->info.alias);
  SecretRef ref = { 0 };
  QemuSecretUse use = { .usage = SECRET_USAGE_VTPM, .ref = &ref, .what = what };

  if (memcmp (tpm->emulator.secret, none, sizeof none) == 0)
    return NULL;
  memcpy (ref.uuid, tpm->emulator.secret, sizeof ref.uuid);
  return qemu_secret_read (&use, error);
}

static HelperPlan *
plan_of (const HelperGuest *guest, const DomainTpm *tpm, const Folder *folder, char *passphrase)
{
  HelperPlan *plan = helper_plan_new ("swtpm", "swtpm");

  plan->socket = helper_swtpm_socket (guest->id, guest->domain->name);
  plan->log = g_strdup (folder->log);
  plan->ready = g_build_filename (folder->parent, "swtpm.pid", NULL);
  plan->set_user = folder->set_user;
  plan->uid = folder->uid;
  plan->gid = folder->gid;
  plan->secret = passphrase;
  helper_plan_add (plan, "socket");
  helper_plan_add (plan, "--ctrl");
  helper_plan_add (plan, "type=unixio,fd=%d", HELPER_LISTEN_FD);
  helper_plan_add (plan, "--tpmstate");
  helper_plan_add (plan, "dir=%s,mode=0600", folder->dir);
  helper_plan_add (plan, "--pid");
  helper_plan_add (plan, "fd=%d", HELPER_READY_FD);
  helper_plan_add (plan, "--terminate");
  if (tpm->version != TPM_VERSION_1_2)
    helper_plan_add (plan, "--tpm2");
  if (tpm->emulator.debug != 0)
    {
      helper_plan_add (plan, "--log");
      helper_plan_add (plan, "fd=2,level=%u", tpm->emulator.debug);
    }
  if (passphrase != NULL)
    {
      helper_plan_add (plan, "--key");
      helper_plan_add (plan, "pwdfd=%d,mode=aes-256-cbc", HELPER_SECRET_FD);
    }
  return plan;
}

static bool
check (const DomainTpm *tpm, GError **error)
{
  DomainTpmVersion version = tpm->version == TPM_VERSION_1_2 ? TPM_VERSION_1_2 : TPM_VERSION_2_0;
  unsigned int versions = helpers_tpm_versions ();

  if (tpm->emulator.store_path != NULL || tpm->emulator.profile_name != NULL || tpm->emulator.profile_source != NULL)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED,
                 "TPM '%s': a place or profile of its own is not supported", tpm->info.alias);
  if (versions == 0)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_UNSUPPORTED, "TPM '%s' needs the programs swtpm and swtpm_setup",
                 tpm->info.alias);
  if (!(versions & 1u << version))
    return fail (error, VIR_FROM_QEMU, VIR_ERR_CONFIG_UNSUPPORTED, "TPM '%s': the host's swtpm_setup makes none of version %s",
                 tpm->info.alias, xml_enum_name (&tpm_version_names, version));
  return true;
}

HelperPlan *
helper_plan_tpm (const HelperGuest *guest, const void *device, GError **error)
{
  const DomainTpm *tpm = device;
  g_auto (Folder) folder = { 0 };
  g_autoptr (GError) local = NULL;
  char *passphrase;
  HelperPlan *plan = NULL;

  if (tpm->backend != TPM_BACKEND_EMULATOR || !check (tpm, error))
    return NULL;
  folder = (Folder) {
    .parent = state_folder (guest->domain->uuid), .log = log_path (guest->domain->name),
    .set_user = !path_is_session () && guest->config->swtpm_uid != 0, .uid = guest->config->swtpm_uid,
    .gid = guest->config->swtpm_gid,
  };
  folder.dir = g_build_filename (folder.parent, tpm->version == TPM_VERSION_1_2 ? "tpm1.2" : "tpm2", NULL);
  passphrase = read_passphrase (tpm, &local);
  if (local == NULL && worker_run ("make a TPM's folder", make_folder, &folder, &local)
      && set_up (guest->domain, tpm, &folder, passphrase, &local))
    plan = plan_of (guest, tpm, &folder, g_steal_pointer (&passphrase));
  if (passphrase != NULL)
    explicit_bzero (passphrase, strlen (passphrase));
  g_free (passphrase);
  if (local != NULL)
    g_propagate_error (error, g_steal_pointer (&local));
  return plan;
}

/* --- afterwards ------------------------------------------------------------------------------------- */

bool
helpers_keeps_tpm (const Domain *domain)
{
  for (unsigned int i = 0; i < domain->tpms.n; i++)
    if (domain->tpms.items[i]->emulator.persistent_state == TRI_YES)
      return true;
  return false;
}

void
helpers_forget_guest (const uint8_t *uuid)
{
  g_autofree char *folder = state_folder (uuid);

  if (access (folder, F_OK) == 0)
    worker_run ("remove a TPM's state", remove_folder, folder, NULL);
}
