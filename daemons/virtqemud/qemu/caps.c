/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/caps.h"

#include <errno.h>
#include <grp.h>
#include <malloc.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "util/error.h"
#include "util/host.h"
#include "util/json.h"
#include "util/log.h"
#include "util/paths.h"
#include "util/state-file.h"
#include "util/worker.h"

#define LOG_CATEGORY "qemu.caps"

/* Raised when the document changes its form: older files are then asked anew. */
#define CACHE_FORMAT 4
#define CACHE_LIMIT (8u << 20)

/* What is kept in memory of a binary. */
typedef struct
{
  Job job;                      /* held while it is asked */
  struct stat stat;
  bool kvm;                     /* KVM was usable when it was asked */
  QemuCaps *caps;               /* NULL: not known (any more) */
} Entry;

static GHashTable *entries;     /* binary -> Entry */
static uid_t probe_uid;
static gid_t probe_gid;

void
qemu_caps_set_user (uid_t uid, gid_t gid)
{
  probe_uid = uid;
  probe_gid = gid;
}

/* --- identity ----------------------------------------------------------------- */

bool
qemu_kvm_usable (void)
{
  return access ("/dev/kvm", R_OK | W_OK) == 0;
}

/* What else decides the answers about KVM: who asks, the kernel and the processor. */
static char *
host_identity (void)
{
  const HostCpuModel *cpu = host_cpu_model ();
  struct utsname name;

  if (!qemu_kvm_usable () || uname (&name) < 0)
    return g_strdup ("no kvm");
  return g_strdup_printf ("kvm as %u:%u %s %s %s %s %u-%u-%u", (unsigned int) probe_uid, (unsigned int) probe_gid,
                          name.release, name.version, cpu->vendor ?: "", cpu->microcode ?: "", cpu->family,
                          cpu->model, cpu->stepping);
}

static bool
same_file (const struct stat *a, const struct stat *b)
{
  return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size
         && a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec
         && a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static json_t *
identity_document (const char *binary, const struct stat *st)
{
  g_autofree char *host = host_identity ();
  g_autofree char *file
    = g_strdup_printf ("%ju:%ju %jd %jd.%09ld %jd.%09ld", (uintmax_t) st->st_dev, (uintmax_t) st->st_ino,
                       (intmax_t) st->st_size, (intmax_t) st->st_mtim.tv_sec, st->st_mtim.tv_nsec,
                       (intmax_t) st->st_ctim.tv_sec, st->st_ctim.tv_nsec);

  return json_pack ("{s:i, s:s, s:s, s:s}", "format", CACHE_FORMAT, "path", binary, "file", file, "host", host);
}

static bool
check_binary (const char *binary, struct stat *ret_stat, GError **error)
{
  struct stat st;

  if (stat (binary, &st) < 0)
    return fail_errno (error, VIR_FROM_QEMU, errno, "cannot find QEMU binary '%s'", binary);
  if (!S_ISREG (st.st_mode) || access (binary, X_OK) < 0)
    return fail_errno (error, VIR_FROM_QEMU, EACCES, "QEMU binary '%s' cannot be executed", binary);
  *ret_stat = st;
  return true;
}

/* --- the cache file -------------------------------------------------------------- */

static char *
cache_path (const char *binary)
{
  g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, binary, -1);

  return path_driver (PATH_CACHE, "qemu", "capabilities/%s.json", digest);
}

/* Reading and writing some 100 kB of JSON takes milliseconds: on a worker, by values. */
typedef struct
{
  const char *path;
  json_t *identity;
  json_t *document;             /* storing: what was learnt */
  QemuCaps *caps;               /* what came of it */
} CacheWork;

/* No file, or one of another binary, is not an error: caps stays NULL. */
static bool
load_work (void *args, GError **error)
{
  CacheWork *work = args;
  g_autofree char *text = NULL;
  g_autoptr (json_t) file = NULL;
  g_autoptr (GError) local = NULL;
  size_t length;

  if (!state_file_read_now (work->path, CACHE_LIMIT, &text, &length, &local))
    {
      if (state_error_is_missing (local))
        return true;
      g_propagate_error (error, g_steal_pointer (&local));
      return false;
    }
  file = json_from_text (text, length, work->path, error);
  if (file == NULL)
    return false;
  if (!json_equal (json_object_get (file, "identity"), work->identity))
    return true;
  work->caps = qemu_caps_from_json (json_object_get (file, "capabilities"), error);
  return work->caps != NULL;
}

/* A cache that cannot be written costs time, nothing else. */
static bool
store_work (void *args, GError **error)
{
  CacheWork *work = args;
  g_autofree char *folder = g_path_get_dirname (work->path);
  g_autoptr (json_t) file = json_pack ("{s:O, s:O}", "identity", work->identity, "capabilities", work->document);
  g_autofree char *text = json_to_text (file);
  g_autoptr (GError) local = NULL;

  work->caps = qemu_caps_from_json (work->document, error);
  if (work->caps == NULL)
    return false;
  if (!state_dir_make_now (folder, 0755, &local)
      || !state_file_write_now (work->path, text, strlen (text), 0600, &local))
    log_warning ("the capabilities are not kept: %s", local->message);
  return true;
}

/* --- in memory ------------------------------------------------------------------- */

static void
entry_free (void *data)
{
  Entry *entry = data;

  qemu_caps_unref (entry->caps);
  g_free (entry);
}

static Entry *
entry_for (const char *binary)
{
  Entry *entry;

  if (entries == NULL)
    entries = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, entry_free);
  entry = g_hash_table_lookup (entries, binary);
  if (entry == NULL)
    {
      entry = g_new0 (Entry, 1);
      g_hash_table_insert (entries, g_strdup (binary), entry);
    }
  return entry;
}

static bool
entry_is_fresh (const Entry *entry, const struct stat *st)
{
  return entry != NULL && entry->caps != NULL && same_file (&entry->stat, st)
         && entry->kvm == qemu_kvm_usable ();
}

QemuCaps *
qemu_caps_peek (const char *binary)
{
  Entry *entry = entries != NULL ? g_hash_table_lookup (entries, binary) : NULL;
  struct stat st;

  if (entry == NULL || stat (binary, &st) < 0 || !entry_is_fresh (entry, &st))
    return NULL;
  return qemu_caps_ref (entry->caps);
}

/* From disk or from the binary itself. */
static QemuCaps *
learn (const char *binary, const struct stat *st, GError **error)
{
  g_autofree char *path = cache_path (binary);
  g_autoptr (json_t) identity = identity_document (binary, st), document = NULL;
  g_autoptr (GError) local = NULL;
  CacheWork work = { .path = path, .identity = identity };

  if (!worker_run ("read cached capabilities", load_work, &work, &local))
    log_warning ("asking %s again: %s", binary, local->message);
  if (work.caps != NULL)
    return work.caps;
  work.document = document = qemu_caps_probe (binary, probe_uid, probe_gid, error);
  if (document != NULL)
    worker_run ("keep capabilities", store_work, &work, error);
  return work.caps;
}

/* Into the entry. */
static bool
entry_fill (Entry *entry, const char *binary, const struct stat *st, GError **error)
{
  bool kvm = qemu_kvm_usable ();
  QemuCaps *caps = learn (binary, st, error);

  /* The answers took megabytes that are not needed again. */
  malloc_trim (0);
  if (caps == NULL)
    return false;
  qemu_caps_unref (entry->caps);
  entry->caps = caps;
  entry->stat = *st;
  entry->kvm = kvm;
  return true;
}

QemuCaps *
qemu_caps_get (const char *binary, GError **error)
{
  g_auto (JobGuard) guard = { 0 };
  Entry *entry;
  struct stat st;

  if (!check_binary (binary, &st, error))
    return NULL;
  entry = entry_for (binary);
  if (entry_is_fresh (entry, &st))
    return qemu_caps_ref (entry->caps);
  if (!job_guard (&guard, &entry->job, "asking a QEMU binary", binary, FOREVER, error))
    return NULL;
  if (!entry_is_fresh (entry, &st) && !entry_fill (entry, binary, &st, error))
    return NULL;
  return qemu_caps_ref (entry->caps);
}

/* --- binaries --------------------------------------------------------------------- */

/* In the order in which stock lists them: all of its architectures that QEMU emulates. */
static const struct { const char *arch, *suffix; } arch_binaries[] = {
  { "alpha", "alpha" }, { "armv6l", "arm" }, { "armv7l", "arm" }, { "aarch64", "aarch64" }, { "cris", "cris" },
  { "i686", "i386" }, { "loongarch64", "loongarch64" }, { "m68k", "m68k" }, { "microblaze", "microblaze" },
  { "microblazeel", "microblazeel" }, { "mips", "mips" }, { "mipsel", "mipsel" }, { "mips64", "mips64" },
  { "mips64el", "mips64el" }, { "ppc", "ppc" }, { "ppc64", "ppc64" }, { "ppc64le", "ppc64" },
  { "riscv32", "riscv32" }, { "riscv64", "riscv64" }, { "s390x", "s390x" }, { "sh4", "sh4" }, { "sh4eb", "sh4eb" },
  { "sparc", "sparc" }, { "sparc64", "sparc64" }, { "x86_64", "x86_64" }, { "xtensa", "xtensa" },
  { "xtensaeb", "xtensaeb" },
};

/* The program for @suffix; never the file that a former call found and that is gone. */
static char *
find_system_binary (const char *suffix)
{
  g_autofree char *name = g_strconcat ("qemu-system-", suffix, NULL);

  return g_find_program_in_path (name);
}

char *
qemu_find_binary (const char *arch)
{
  static const char *const fallbacks[] = { "/usr/libexec/qemu-kvm", "/usr/bin/qemu-kvm" };

  for (unsigned int i = 0; i < G_N_ELEMENTS (arch_binaries); i++)
    if (g_str_equal (arch_binaries[i].arch, arch))
      {
        char *found = find_system_binary (arch_binaries[i].suffix);

        if (found != NULL)
          return found;
      }
  /* A processor of 64 bits runs guests of 32. */
  if (g_str_equal (arch, "i686"))
    return qemu_find_binary ("x86_64");
  if (g_str_equal (arch, host_arch ()))
    for (unsigned int i = 0; i < G_N_ELEMENTS (fallbacks); i++)
      if (access (fallbacks[i], X_OK) == 0)
        return g_strdup (fallbacks[i]);
  return NULL;
}

const char **
qemu_list_archs (void)
{
  GPtrArray *out = g_ptr_array_new ();

  for (unsigned int i = 0; i < G_N_ELEMENTS (arch_binaries); i++)
    {
      g_autofree char *found = qemu_find_binary (arch_binaries[i].arch);

      if (found != NULL)
        g_ptr_array_add (out, (void *) arch_binaries[i].arch);
    }
  g_ptr_array_add (out, NULL);
  return (const char **) g_ptr_array_free (out, FALSE);
}

unsigned int
qemu_user_groups (uid_t uid, gid_t gid, gid_t *groups, unsigned int limit)
{
  static GArray *known;
  static uid_t known_uid;

  if (known == NULL || known_uid != uid)
    {
      const struct passwd *entry = getpwuid (uid);
      gid_t list[64];
      int n = G_N_ELEMENTS (list);

      if (known == NULL)
        known = g_array_new (FALSE, FALSE, sizeof (gid_t));
      g_array_set_size (known, 0);
      /* The user's own group may be what opens /dev/kvm, even if guests get another as their first. */
      if (entry != NULL && getgrouplist (entry->pw_name, entry->pw_gid, list, &n) > 0)
        g_array_append_vals (known, list, (guint) n);
      g_array_append_val (known, gid);
      known_uid = uid;
    }
  limit = MIN (limit, known->len);
  memcpy (groups, known->data, limit * sizeof *groups);
  return limit;
}
