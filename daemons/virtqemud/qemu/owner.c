/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/owner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "qemu/caps.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/log.h"

#define LOG_CATEGORY "qemu.owner"

#define ATTR_OWNER "trusted.libvirt.security.dac"
#define ATTR_COUNT "trusted.libvirt.security.ref_dac"
#define ATTR_BOOT "trusted.libvirt.security.timestamp_dac"

QemuOwner
qemu_owner_of (const QemuConfig *config)
{
  QemuOwner owner = {
    .user = config->uid != 0, .uid = config->uid, .gid = config->gid,
    .take = config->dynamic_ownership, .remember = config->remember_owner,
  };

  if (owner.user)
    owner.n_groups = qemu_user_groups (owner.uid, owner.gid, owner.groups, G_N_ELEMENTS (owner.groups));
  return owner;
}

/* --- what a guest needs --------------------------------------------------------------- */

static void
file_free (void *data)
{
  QemuFile *file = data;

  g_free (file->path);
  g_free (file);
}

static void
add_file (GPtrArray *files, QemuFileKind kind, const char *path, bool write)
{
  QemuFile *file;

  if (path == NULL)
    return;
  file = g_new0 (QemuFile, 1);
  file->kind = kind;
  file->path = g_strdup (path);
  file->write = write;
  g_ptr_array_add (files, file);
}

GPtrArray *
qemu_files_of (const Domain *domain)
{
  GPtrArray *files = g_ptr_array_new_with_free_func (file_free);

  for (unsigned int i = 0; i < domain->disks.n; i++)
    {
      const DomainDisk *disk = domain->disks.items[i];
      bool top = true;

      for (const DomainStorageSource *source = &disk->source; source != NULL; source = source->backing)
        {
          add_file (files, QEMU_FILE_IMAGE, source->path,
                    top && !disk->readonly && disk->device != DISK_DEVICE_CDROM);
          top = false;
        }
    }
  add_file (files, QEMU_FILE_BOOT, domain->os.kernel, false);
  add_file (files, QEMU_FILE_BOOT, domain->os.initrd, false);
  add_file (files, QEMU_FILE_BOOT, domain->os.dtb, false);
  add_file (files, QEMU_FILE_BOOT, domain->os.loader.path, domain->os.loader.readonly == TRI_NO);
  add_file (files, QEMU_FILE_IMAGE, domain->os.nvram, true);
  for (unsigned int i = 0; i < domain->serials.n; i++)
    if (domain->serials.items[i]->source.type == CHARDEV_TYPE_DEV)
      add_file (files, QEMU_FILE_DEVICE, domain->serials.items[i]->source.path, true);
  for (unsigned int i = 0; i < domain->rngs.n; i++)
    if (domain->rngs.items[i]->backend == RNG_BACKEND_RANDOM)
      add_file (files, QEMU_FILE_DEVICE, domain->rngs.items[i]->path, false);
  return files;
}

static virErrorDomain
file_subsystem (const QemuFile *file)
{
  static const virErrorDomain domains[] = {
    [QEMU_FILE_IMAGE] = VIR_FROM_STORAGE, [QEMU_FILE_BOOT] = VIR_FROM_SECURITY, [QEMU_FILE_DEVICE] = VIR_FROM_CGROUP,
  };

  return domains[file->kind];
}

/* --- who may do what --------------------------------------------------------------------- */

static bool
owner_in_group (const QemuOwner *owner, gid_t gid)
{
  if (owner->gid == gid)
    return true;
  for (unsigned int i = 0; i < owner->n_groups; i++)
    if (owner->groups[i] == gid)
      return true;
  return false;
}

/* Whether the mode bits give @owner all of @want (4 read, 2 write, 1 enter). */
static bool
mode_allows (const QemuOwner *owner, const struct stat *st, unsigned int want)
{
  unsigned int shift = st->st_uid == owner->uid ? 6 : owner_in_group (owner, st->st_gid) ? 3 : 0;

  return ((st->st_mode >> shift) & want) == want;
}

bool
qemu_owner_reach_now (const QemuOwner *owner, const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  struct stat st;

  if (!owner->user)
    return true;
  for (char *end = folder + strlen (folder); ; *end = '\0')
    {
      const char *here = end == folder ? "/" : folder;

      if (stat (here, &st) == 0 && !mode_allows (owner, &st, 1))
        return fail (error, VIR_FROM_SECURITY, VIR_ERR_OPERATION_FAILED,
                     "guests run as uid %u, gid %u, which may not enter '%s' (owner %u:%u, mode %04o) on the way to "
                     "'%s'; open the folder to them or set user in qemu.conf", (unsigned int) owner->uid,
                     (unsigned int) owner->gid, here, (unsigned int) st.st_uid, (unsigned int) st.st_gid,
                     st.st_mode & 07777, path);
      if (end == folder)
        return true;
      end = strrchr (folder, '/');
      if (end == NULL)
        return true;
    }
}

/* --- remembering --------------------------------------------------------------------------- */

/* When the host booted: what is remembered from before is void. */
static void
boot_time (char *ret_text, size_t size)
{
  g_autofree char *stat = NULL;
  const char *line;

  g_strlcpy (ret_text, "0", size);
  if (!g_file_get_contents ("/proc/stat", &stat, NULL, NULL))
    return;
  line = strstr (stat, "\nbtime ");
  if (line != NULL)
    {
      g_strlcpy (ret_text, line + strlen ("\nbtime "), size);
      ret_text[strspn (ret_text, "0123456789")] = '\0';
    }
}

static bool
get_attr (int fd, const char *name, char *ret_text, size_t size)
{
  ssize_t n = fgetxattr (fd, name, ret_text, size - 1);

  if (n < 0)
    return false;
  ret_text[n] = '\0';
  return true;
}

/* How many guests use the file, as far as its attributes of this boot say. */
static unsigned int
get_count (int fd)
{
  char boot[32], now[32], count[32];

  boot_time (now, sizeof now);
  if (!get_attr (fd, ATTR_BOOT, boot, sizeof boot) || strcmp (boot, now) != 0
      || !get_attr (fd, ATTR_COUNT, count, sizeof count))
    return 0;
  return (unsigned int) g_ascii_strtoull (count, NULL, 10);
}

static void
set_count (int fd, unsigned int count)
{
  char text[32];

  snprintf (text, sizeof text, "%u", count);
  fsetxattr (fd, ATTR_COUNT, text, strlen (text), 0);
}

static void
remember (int fd, const struct stat *st)
{
  unsigned int count = get_count (fd);
  char text[64];

  if (count == 0)
    {
      snprintf (text, sizeof text, "+%u:+%u", (unsigned int) st->st_uid, (unsigned int) st->st_gid);
      /* Without extended attributes the record alone remembers. */
      if (fsetxattr (fd, ATTR_OWNER, text, strlen (text), 0) < 0)
        return;
      boot_time (text, sizeof text);
      fsetxattr (fd, ATTR_BOOT, text, strlen (text), 0);
    }
  set_count (fd, count + 1);
}

/* True if nobody else uses the file; then *@uid and *@gid are whose it was. */
static bool
forget (int fd, uid_t *uid, gid_t *gid)
{
  unsigned int count = get_count (fd), was_uid, was_gid;
  char text[64];

  if (count > 1)
    {
      set_count (fd, count - 1);
      return false;
    }
  if (count == 1 && get_attr (fd, ATTR_OWNER, text, sizeof text)
      && sscanf (text, "+%u:+%u", &was_uid, &was_gid) == 2)
    {
      *uid = was_uid;
      *gid = was_gid;
    }
  fremovexattr (fd, ATTR_OWNER);
  fremovexattr (fd, ATTR_COUNT);
  fremovexattr (fd, ATTR_BOOT);
  return true;
}

/* --- taking and giving back -------------------------------------------------------------------- */

static bool
must_take (const QemuOwner *owner, const QemuFile *file, const struct stat *st)
{
  if (!owner->user || !owner->take)
    return false;
  if (!S_ISREG (st->st_mode) && !S_ISBLK (st->st_mode) && !S_ISCHR (st->st_mode))
    return false;
  return file->kind == QEMU_FILE_IMAGE || !mode_allows (owner, st, file->write ? 6 : 4);
}

static bool
take_file (const QemuOwner *owner, const QemuFile *file, FILE *record, GError **error)
{
  virErrorDomain from = file_subsystem (file);
  fd_auto int fd = open (file->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  struct stat st;

  if (fd < 0 || fstat (fd, &st) < 0)
    return fail_errno (error, from, errno, "cannot access '%s'", file->path);
  if (!qemu_owner_reach_now (owner, file->path, error))
    return false;
  if (!must_take (owner, file, &st))
    return true;
  fprintf (record, "%u %u %s%c", (unsigned int) st.st_uid, (unsigned int) st.st_gid, file->path, '\0');
  if (fflush (record) != 0)
    return fail_errno (error, from, errno, "cannot note the owner of '%s'", file->path);
  if (owner->remember)
    remember (fd, &st);
  if (fchown (fd, owner->uid, owner->gid) < 0 && errno != EROFS && errno != EPERM && errno != EOPNOTSUPP)
    return fail_errno (error, VIR_FROM_SECURITY, errno, "cannot give '%s' to uid %u, gid %u", file->path,
                       (unsigned int) owner->uid, (unsigned int) owner->gid);
  return true;
}

bool
qemu_owner_take_now (const QemuOwner *owner, const GPtrArray *files, const char *record_path, GError **error)
{
  FILE *record = fopen (record_path, "we");
  bool ok = true;

  if (record == NULL)
    return fail_errno (error, VIR_FROM_QEMU, errno, "cannot create '%s'", record_path);
  for (unsigned int i = 0; ok && i < files->len; i++)
    ok = take_file (owner, files->pdata[i], record, error);
  fclose (record);
  if (!ok)
    qemu_owner_give_now (record_path);
  return ok;
}

static void
give_file (const char *path, uid_t uid, gid_t gid)
{
  fd_auto int fd = open (path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

  if (fd < 0)
    {
      if (errno != ENOENT)
        log_warning ("cannot give back '%s': %s", path, g_strerror (errno));
      return;
    }
  if (forget (fd, &uid, &gid) && fchown (fd, uid, gid) < 0 && errno != EROFS)
    log_warning ("cannot give back '%s' to uid %u: %s", path, (unsigned int) uid, g_strerror (errno));
}

void
qemu_owner_give_now (const char *record)
{
  g_autofree char *text = NULL;
  size_t length;

  if (!g_file_get_contents (record, &text, &length, NULL))
    return;
  /* An entry ends with NUL; what a crash cut short was not taken yet. */
  for (const char *entry = text, *end; (end = memchr (entry, '\0', length - (size_t) (entry - text))) != NULL;
       entry = end + 1)
    {
      unsigned int uid, gid;
      int path = 0;

      if (sscanf (entry, "%u %u %n", &uid, &gid, &path) == 2 && path > 0)
        give_file (entry + path, uid, gid);
    }
  unlink (record);
}
