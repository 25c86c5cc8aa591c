/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "security/apparmor.h"

#include <string.h>
#include <unistd.h>

#include "security/files.h"
#include "util/error.h"
#include "util/log.h"
#include "util/paths.h"
#include "util/process.h"
#include "util/state-file.h"
#include "util/uuid.h"

#define LOG_CATEGORY "security.apparmor"
#define FOLDER "/etc/apparmor.d/libvirt"
#define PARSER_MS 20000

static bool
kernel_has_it (void)
{
  g_autofree char *text = NULL;

  return g_file_get_contents ("/sys/module/apparmor/parameters/enabled", &text, NULL, NULL) && *text == 'Y'
         && access ("/sys/kernel/security/apparmor/profiles", R_OK) == 0;
}

static bool
apparmor_is_enabled (const QemuConfig *config)
{
  g_autofree char *parser = NULL;

  if (config->user == NULL || !security_is_wanted (config, "apparmor") || !kernel_has_it ())
    return false;
  parser = g_find_program_in_path ("apparmor_parser");
  if (parser == NULL)
    log_warning ("this kernel has AppArmor, but there is no apparmor_parser: guests are not confined by it");
  return parser != NULL;
}

static char *
profile_name (const Domain *domain)
{
  char uuid[UUID_TEXT_SIZE];

  return g_strdup_printf ("libvirt-%s", uuid_format (domain->uuid, uuid));
}

static bool
apparmor_choose (const QemuConfig *config, const Domain *domain, DomainSeclabel *label, GError **error)
{
  if (label->baselabel != NULL)
    return fail (error, VIR_FROM_SECURITY, VIR_ERR_CONFIG_UNSUPPORTED, "AppArmor has no base labels");
  if (label->type != SECLABEL_TYPE_DYNAMIC)
    return true;
  g_free (label->label);
  g_free (label->imagelabel);
  label->label = profile_name (domain);
  label->imagelabel = profile_name (domain);
  return true;
}

/* A guest's profile lists its files: that a file has one means that it is in the list. */
static char *
apparmor_file_label (const DomainSeclabel *label, const SecurityFile *file)
{
  return g_strdup (label->imagelabel);
}

const SecurityDriver security_apparmor = {
  .model = SECURITY_APPARMOR, .name = "apparmor", .doi = "0", .is_enabled = apparmor_is_enabled,
  .choose = apparmor_choose, .file_label = apparmor_file_label,
};

/* --- the profile ------------------------------------------------------------------------------- */

char *
security_apparmor_profile (const Domain *domain)
{
  g_autofree char *name = profile_name (domain);

  return g_strdup_printf ("#include <tunables/global>\n\n"
                          "profile %s flags=(attach_disconnected) {\n"
                          "  #include <abstractions/base>\n"
                          "  #include if exists <abstractions/libvirt-qemu>\n\n"
                          "  capability setgid,\n  capability setuid,\n  capability setpcap,\n\n"
                          "  network inet stream,\n  network inet6 stream,\n  network inet dgram,\n  network inet6 dgram,\n\n"
                          "  signal (receive) peer=unconfined,\n"
                          "  ptrace (readby, tracedby) peer=unconfined,\n\n"
                          "  /dev/kvm rw,\n  /dev/net/tun rw,\n  /dev/ptmx rw,\n  /dev/pts/** rw,\n  /dev/vhost-net rw,\n"
                          "  /dev/shm/* rw,\n  owner @{PROC}/@{pid}/** r,\n  @{PROC}/sys/** r,\n  /sys/devices/** r,\n"
                          "  /usr/bin/qemu-system-* rmix,\n  /usr/share/** r,\n  /etc/pki/** r,\n  /etc/ssl/** r,\n"
                          "  /usr/lib/**.so* mr,\n\n"
                          "  #include <libvirt/%s.files>\n"
                          "}\n", name, name);
}

/* Characters that mean something in a rule are escaped; the rest is quoted. */
static void
append_path (GString *out, const char *path)
{
  g_string_append_c (out, '"');
  for (; *path != '\0'; path++)
    {
      if (strchr ("\\\"*?[]{}^", *path) != NULL)
        g_string_append_c (out, '\\');
      g_string_append_c (out, *path);
    }
  g_string_append_c (out, '"');
}

static void
append_rule (GString *out, const char *path, const char *below, const char *rights)
{
  g_string_append (out, "  ");
  append_path (out, path);
  if (*below != '\0')
    g_string_insert (out, (gssize) out->len - 1, below);
  g_string_append_printf (out, " %s,\n", rights);
}

char *
security_apparmor_rules (const GPtrArray *files, const char *const *own)
{
  GString *out = g_string_new ("# Written by virtqemud for each run of the guest.\n");

  for (unsigned int i = 0; own != NULL && own[i] != NULL; i++)
    {
      append_rule (out, own[i], "/", "r");
      append_rule (out, own[i], "/**", "rwk");
    }
  for (unsigned int i = 0; i < files->len; i++)
    {
      const SecurityFile *file = files->pdata[i];
      bool folder = file->kind == SECURITY_FILE_FOLDER;

      if (file->labels[SECURITY_APPARMOR] == NULL)
        continue;
      append_rule (out, file->path, folder ? "/" : "", folder ? "r" : file->write ? "rwk" : "rk");
      if (folder)
        append_rule (out, file->path, "/**", file->write ? "rwkl" : "r");
    }
  return g_string_free (out, FALSE);
}

/* --- loading it ------------------------------------------------------------------------------------ */

/* The label of a guest whose profile is ours to write; NULL: none. */
static const DomainSeclabel *
our_label (const Domain *domain, const QemuConfig *config)
{
  const DomainSeclabel *label = security_label_of (domain, SECURITY_APPARMOR);
  const SecurityDriver *const *drivers = security_drivers (config);

  for (unsigned int i = 0; drivers[i] != NULL; i++)
    if (drivers[i] == &security_apparmor)
      return label != NULL && label->type == SECLABEL_TYPE_DYNAMIC ? label : NULL;
  return NULL;
}

static bool
run_parser (const char *option, const char *profile, GError **error)
{
  const char *const argv[] = { "apparmor_parser", option, profile, NULL };

  return process_run_simple (argv, PARSER_MS, NULL, error);
}

bool
security_apparmor_load (const Domain *domain, const QemuConfig *config, const GPtrArray *files,
                        const char *const *own, GError **error)
{
  const DomainSeclabel *label = our_label (domain, config);
  g_autofree char *path = NULL, *list = NULL, *profile = NULL, *rules = NULL;

  if (label == NULL)
    return true;
  path = g_strdup_printf ("%s" FOLDER "/%s", path_root (), label->label);
  list = g_strconcat (path, ".files", NULL);
  profile = security_apparmor_profile (domain);
  rules = security_apparmor_rules (files, own);
  return state_file_write (list, rules, strlen (rules), 0644, error)
         && state_file_write (path, profile, strlen (profile), 0644, error)
         && run_parser ("--replace", path, error);
}

void
security_apparmor_unload (const Domain *domain, const QemuConfig *config)
{
  const DomainSeclabel *label = our_label (domain, config);
  g_autofree char *path = NULL, *list = NULL;
  g_autoptr (GError) error = NULL;

  if (label == NULL)
    return;
  path = g_strdup_printf ("%s" FOLDER "/%s", path_root (), label->label);
  list = g_strconcat (path, ".files", NULL);
  if (!run_parser ("--remove", path, &error))
    log_warning ("%s", error->message);
  if (!state_file_remove (path, NULL) || !state_file_remove (list, NULL))
    log_warning ("cannot remove '%s'", path);
}
