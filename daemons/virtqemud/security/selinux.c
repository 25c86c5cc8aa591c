/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "security/selinux.h"

#include <dlfcn.h>
#include <selinux/selinux.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "security/files.h"
#include "util/error.h"
#include "util/log.h"

#define LOG_CATEGORY "security.selinux"
#define SELINUX_MOUNT "/sys/fs/selinux/enforce"
#define ALL_CATEGORIES "s0-s0:c0.c1023"
#define TRIES 4096              /* before it is said that all pairs of categories are taken */

/* --- the library ----------------------------------------------------------------------------- */

/* Loaded only where the kernel has SELinux: elsewhere it would cost each start half a millisecond. */
typedef struct
{
  __typeof__ (selinux_virtual_domain_context_path) *virtual_domain_context_path;
  __typeof__ (selinux_virtual_image_context_path) *virtual_image_context_path;
  __typeof__ (security_check_context) *check_context;
} LibSelinux;

static const LibSelinux *
libselinux (void)
{
  static LibSelinux table;
  static bool tried;
  void *library;

  if (tried)
    return table.check_context != NULL ? &table : NULL;
  tried = true;
  if (access (SELINUX_MOUNT, F_OK) != 0)
    return NULL;
  library = dlopen ("libselinux.so.1", RTLD_NOW | RTLD_LOCAL);
  if (library == NULL)
    {
      log_warning ("this kernel has SELinux, but libselinux cannot be loaded: %s", dlerror ());
      return NULL;
    }
  table.virtual_domain_context_path = dlsym (library, "selinux_virtual_domain_context_path");
  table.virtual_image_context_path = dlsym (library, "selinux_virtual_image_context_path");
  table.check_context = dlsym (library, "security_check_context");
  return table.check_context != NULL ? &table : NULL;
}

static bool
selinux_is_enabled (const QemuConfig *config)
{
  return security_is_wanted (config, "selinux") && config->user != NULL && libselinux () != NULL;
}

/* --- contexts ---------------------------------------------------------------------------------- */

/* Up to two lines of a file of the policy. */
static void
read_contexts (const char *path, char **first, char **second)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (path == NULL || !g_file_get_contents (path, &text, NULL, NULL))
    return;
  lines = g_strsplit (text, "\n", 3);
  for (unsigned int i = 0; i < 2 && lines[i] != NULL; i++)
    if (*g_strstrip (lines[i]) != '\0')
      {
        char **at = i == 0 ? first : second;

        g_free (*at);
        *at = g_strdup (lines[i]);
      }
}

const SelinuxContexts *
security_selinux_contexts (void)
{
  static SelinuxContexts contexts;
  const LibSelinux *library = libselinux ();

  if (contexts.domain != NULL)
    return &contexts;
  contexts = (SelinuxContexts) {
    .domain = g_strdup ("system_u:system_r:svirt_t:s0"), .domain_tcg = g_strdup ("system_u:system_r:svirt_tcg_t:s0"),
    .image = g_strdup ("system_u:object_r:svirt_image_t:s0"), .content = g_strdup ("system_u:object_r:virt_content_t:s0"),
  };
  if (library != NULL)
    {
      read_contexts (library->virtual_domain_context_path (), &contexts.domain, &contexts.domain_tcg);
      read_contexts (library->virtual_image_context_path (), &contexts.image, &contexts.content);
    }
  return &contexts;
}

/* Behind the third colon: a range has colons of its own. */
static const char *
range_of (const char *context)
{
  const char *at = context;

  for (unsigned int i = 0; i < 3 && at != NULL; i++)
    at = strchr (at, ':') != NULL ? strchr (at, ':') + 1 : NULL;
  return at;
}

char *
security_selinux_with_range (const char *context, const char *range)
{
  const char *own = range_of (context);

  return own != NULL ? g_strdup_printf ("%.*s%s", (int) (own - context), context, range) : NULL;
}

char *
security_selinux_choose_range (const char *own, bool (*is_taken) (const char *range), GError **error)
{
  const char *high = strchr (own, '-') != NULL ? strchr (own, '-') + 1 : own;
  g_autofree char *level = g_strndup (own, strcspn (own, "-:"));
  const char *categories = strchr (high, ':');
  unsigned int first = 0, last = 1023;

  if (categories != NULL && sscanf (categories, ":c%u.c%u", &first, &last) != 2)
    last = first = 0;
  if (last < first + 1)
    return fail_null (error, VIR_FROM_SECURITY, VIR_ERR_INTERNAL_ERROR,
                      "the daemon's range '%s' has no two categories to give a guest", own);
  for (unsigned int i = 0; i < TRIES; i++)
    {
      unsigned int a = (unsigned int) g_random_int_range ((gint32) first, (gint32) last + 1);
      unsigned int b = (unsigned int) g_random_int_range ((gint32) first, (gint32) last + 1);
      g_autofree char *range = a == b ? NULL : g_strdup_printf ("%s:c%u,c%u", level, MIN (a, b), MAX (a, b));

      if (range != NULL && !is_taken (range))
        return g_steal_pointer (&range);
    }
  return fail_null (error, VIR_FROM_SECURITY, VIR_ERR_INTERNAL_ERROR, "no two categories of '%s' are free", own);
}

/* --- guests' ranges ------------------------------------------------------------------------------ */

/* A set. On the loop only. */
static GHashTable *
taken_ranges (void)
{
  static GHashTable *taken;

  if (taken == NULL)
    taken = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return taken;
}

static bool
is_taken (const char *range)
{
  return g_hash_table_contains (taken_ranges (), range);
}

static void
selinux_reserve (const DomainSeclabel *label)
{
  const char *range = label->label != NULL ? range_of (label->label) : NULL;

  if (range != NULL && label->type == SECLABEL_TYPE_DYNAMIC)
    g_hash_table_add (taken_ranges (), g_strdup (range));
}

static void
selinux_release (const DomainSeclabel *label)
{
  const char *range = label->label != NULL ? range_of (label->label) : NULL;

  if (range != NULL && label->type == SECLABEL_TYPE_DYNAMIC)
    g_hash_table_remove (taken_ranges (), range);
}

/* --- labels of guests -------------------------------------------------------------------------------- */

static char *
selinux_base_label (const QemuConfig *config, bool kvm)
{
  const SelinuxContexts *contexts = security_selinux_contexts ();

  return g_strdup (kvm ? contexts->domain : contexts->domain_tcg);
}

static bool
choose_dynamic (const Domain *domain, DomainSeclabel *label, GError **error)
{
  const SelinuxContexts *contexts = security_selinux_contexts ();
  const char *base = label->baselabel != NULL ? label->baselabel
                     : domain->type == VIRT_TYPE_KVM ? contexts->domain : contexts->domain_tcg;
  g_autofree char *self = NULL, *range = NULL;
  const char *own = NULL;

  if (g_file_get_contents ("/proc/self/attr/current", &self, NULL, NULL))
    own = range_of (g_strstrip (self));
  range = security_selinux_choose_range (own != NULL && strchr (own, '.') != NULL ? own : ALL_CATEGORIES, is_taken, error);
  if (range == NULL)
    return false;
  g_free (label->label);
  label->label = security_selinux_with_range (base, range);
  return label->label != NULL
         || fail (error, VIR_FROM_SECURITY, VIR_ERR_CONFIG_UNSUPPORTED, "the base label '%s' is no SELinux context", base);
}

static bool
selinux_choose (const QemuConfig *config, const Domain *domain, DomainSeclabel *label, GError **error)
{
  const LibSelinux *library = libselinux ();

  if (label->type == SECLABEL_TYPE_DYNAMIC && !choose_dynamic (domain, label, error))
    return false;
  if (label->type == SECLABEL_TYPE_STATIC
      && (range_of (label->label) == NULL || (library != NULL && library->check_context (label->label) < 0)))
    return fail (error, VIR_FROM_SECURITY, VIR_ERR_XML_ERROR, "the label '%s' is not one of the SELinux policy", label->label);
  if (label->relabel == TRI_YES && label->label != NULL)
    {
      g_free (label->imagelabel);
      label->imagelabel = security_selinux_with_range (security_selinux_contexts ()->image, range_of (label->label));
    }
  return true;
}

/* The daemon's own, with the guest's range: what the policy lets guests use. */
char *
security_socket_context (const Domain *domain, const QemuConfig *config)
{
  const DomainSeclabel *label = security_label_of (domain, SECURITY_SELINUX);
  g_autofree char *self = NULL;

  if (libselinux () == NULL || label == NULL || label->label == NULL || range_of (label->label) == NULL
      || !g_file_get_contents ("/proc/self/attr/current", &self, NULL, NULL))
    return NULL;
  return security_selinux_with_range (g_strstrip (self), range_of (label->label));
}

static char *
selinux_file_label (const DomainSeclabel *label, const SecurityFile *file)
{
  const SelinuxContexts *contexts = security_selinux_contexts ();

  if (file->kind == SECURITY_FILE_FOLDER)
    return NULL;
  return g_strdup (file->shared ? contexts->image : file->write ? label->imagelabel : contexts->content);
}

const SecurityDriver security_selinux = {
  .model = SECURITY_SELINUX, .name = "selinux", .doi = "0", .is_enabled = selinux_is_enabled,
  .base_label = selinux_base_label, .choose = selinux_choose, .reserve = selinux_reserve, .release = selinux_release,
  .file_label = selinux_file_label,
};
