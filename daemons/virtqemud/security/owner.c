/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "security/owner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "qemu/caps.h"
#include "security/dac.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/log.h"
#include "util/state-file.h"

#define LOG_CATEGORY "security.owner"

#define ATTR_PREFIX "trusted.libvirt.security."
#define ATTR_SELINUX "security.selinux"
#define LABEL_SIZE 1024

static void
fill_contexts (QemuOwner *owner, const QemuConfig *config, const Domain *domain)
{
  const DomainSeclabel *label = domain != NULL ? security_label_of (domain, SECURITY_SELINUX) : NULL;
  g_autofree char *socket = domain != NULL ? security_socket_context (domain, config) : NULL;

  if (label != NULL && label->imagelabel != NULL)
    g_strlcpy (owner->image_context, label->imagelabel, sizeof owner->image_context);
  if (socket != NULL)
    g_strlcpy (owner->socket_context, socket, sizeof owner->socket_context);
}

QemuOwner
qemu_owner_of (const QemuConfig *config, const Domain *domain)
{
  const DomainSeclabel *label = domain != NULL ? security_label_of (domain, SECURITY_DAC) : NULL;
  QemuOwner owner = { .uid = config->uid, .gid = config->gid, .remember = config->remember_owner };

  if (label != NULL && label->label != NULL)
    security_dac_parse (label->label, &owner.uid, &owner.gid, NULL);
  fill_contexts (&owner, config, domain);
  owner.user = owner.uid != 0;
  if (owner.user)
    owner.n_groups = qemu_user_groups (owner.uid, owner.gid, owner.groups, G_N_ELEMENTS (owner.groups));
  return owner;
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

  return !owner->user || ((st->st_mode >> shift) & want) == want;
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

/* --- a file's label by one model -------------------------------------------------------------- */

/* A file that is looked at: it is never opened, as opening does things to devices and blocks on pipes. */
typedef struct
{
  int fd;                       /* O_PATH */
  char link[40];                /* of the descriptor: for calls that want a path */
  struct stat st;
} Inode;

static void
inode_clear (Inode *inode)
{
  fd_clear (&inode->fd);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Inode, inode_clear)

static bool
inode_open (Inode *inode, const char *path)
{
  inode->fd = open (path, O_PATH | O_CLOEXEC);
  if (inode->fd < 0 || fstat (inode->fd, &inode->st) < 0)
    return false;
  g_snprintf (inode->link, sizeof inode->link, "/proc/self/fd/%d", inode->fd);
  return true;
}

static void
dac_get (const Inode *inode, char *ret_label, size_t size)
{
  g_snprintf (ret_label, size, "+%u:+%u", (unsigned int) inode->st.st_uid, (unsigned int) inode->st.st_gid);
}

static int
dac_set (const Inode *inode, const char *label)
{
  uid_t uid;
  gid_t gid;

  if (!security_dac_parse (label, &uid, &gid, NULL))
    {
      errno = EINVAL;
      return -1;
    }
  return fchownat (inode->fd, "", uid, gid, AT_EMPTY_PATH);
}

static void
selinux_get (const Inode *inode, char *ret_label, size_t size)
{
  ssize_t n = getxattr (inode->link, ATTR_SELINUX, ret_label, size - 1);

  ret_label[MAX (n, 0)] = '\0';
}

static int
selinux_set (const Inode *inode, const char *label)
{
  return *label != '\0' ? setxattr (inode->link, ATTR_SELINUX, label, strlen (label) + 1, 0)
                        : removexattr (inode->link, ATTR_SELINUX);
}

/* The models that put labels on files. */
static const struct
{
  SecurityModel model;
  const char *name;
  void (*get) (const Inode *inode, char *ret_label, size_t size);
  int (*set) (const Inode *inode, const char *label);
} kinds[] = {
  { SECURITY_SELINUX, "selinux", selinux_get, selinux_set },
  { SECURITY_DAC, "dac", dac_get, dac_set },
};

/* File systems that keep no owners, or no contexts, are what they are. */
static bool
is_tolerable (int errnum)
{
  return errnum == EROFS || errnum == EPERM || errnum == EOPNOTSUPP;
}

bool
security_label_own_now (const QemuOwner *owner, const char *path, GError **error)
{
  return *owner->image_context == '\0'
         || lsetxattr (path, ATTR_SELINUX, owner->image_context, strlen (owner->image_context) + 1, 0) == 0
         || is_tolerable (errno)
         || fail_errno (error, VIR_FROM_SECURITY, errno, "cannot give '%s' the context '%s'", path, owner->image_context);
}

static bool
set_socket_context (const char *context)
{
  fd_auto int fd = open ("/proc/thread-self/attr/sockcreate", O_WRONLY | O_CLOEXEC);

  return fd >= 0 && write (fd, context, strlen (context)) >= 0;
}

bool
security_sockets_begin_now (const QemuOwner *owner, GError **error)
{
  return *owner->socket_context == '\0' || set_socket_context (owner->socket_context)
         || fail_errno (error, VIR_FROM_SECURITY, errno, "cannot make sockets with the context '%s'", owner->socket_context);
}

void
security_sockets_end_now (const QemuOwner *owner)
{
  if (*owner->socket_context != '\0' && !set_socket_context (""))
    log_warning ("sockets go on having the context '%s': %s", owner->socket_context, g_strerror (errno));
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

/* Attributes of the one model: @what is "", "ref_" or "timestamp_". */
static const char *
attr_name (char *buffer, size_t size, const char *what, const char *model)
{
  g_snprintf (buffer, size, ATTR_PREFIX "%s%s", what, model);
  return buffer;
}

static bool
get_attr (const Inode *inode, const char *what, const char *model, char *ret_text, size_t size)
{
  char name[64];
  ssize_t n = getxattr (inode->link, attr_name (name, sizeof name, what, model), ret_text, size - 1);

  if (n < 0)
    return false;
  ret_text[n] = '\0';
  return true;
}

static bool
set_attr (const Inode *inode, const char *what, const char *model, const char *text)
{
  char name[64];

  return setxattr (inode->link, attr_name (name, sizeof name, what, model), text, strlen (text), 0) == 0;
}

/* How many guests use the file, as far as its attributes of this boot say. */
static unsigned int
get_count (const Inode *inode, const char *model)
{
  char boot[32], now[32], count[32];

  boot_time (now, sizeof now);
  if (!get_attr (inode, "timestamp_", model, boot, sizeof boot) || strcmp (boot, now) != 0
      || !get_attr (inode, "ref_", model, count, sizeof count))
    return 0;
  return (unsigned int) g_ascii_strtoull (count, NULL, 10);
}

static void
set_count (const Inode *inode, const char *model, unsigned int count)
{
  char text[32];

  snprintf (text, sizeof text, "%u", count);
  set_attr (inode, "ref_", model, text);
}

static void
remember (const Inode *inode, const char *model, const char *label)
{
  unsigned int count = get_count (inode, model);
  char text[32];

  if (count == 0)
    {
      /* Without extended attributes the record alone remembers. */
      if (!set_attr (inode, "", model, label))
        return;
      boot_time (text, sizeof text);
      set_attr (inode, "timestamp_", model, text);
    }
  set_count (inode, model, count + 1);
}

/* True if nobody else uses the file; then @label is what it had. */
static bool
forget (const Inode *inode, const char *model, char *label, size_t size)
{
  static const char *const attrs[] = { "", "ref_", "timestamp_" };
  unsigned int count = get_count (inode, model);
  char text[LABEL_SIZE], name[64];

  if (count > 1)
    {
      set_count (inode, model, count - 1);
      return false;
    }
  if (count == 1 && get_attr (inode, "", model, text, sizeof text))
    g_strlcpy (label, text, size);
  for (unsigned int i = 0; i < G_N_ELEMENTS (attrs); i++)
    removexattr (inode->link, attr_name (name, sizeof name, attrs[i], model));
  return true;
}

/* --- taking ------------------------------------------------------------------------------------ */

/* Owners change only where they must, for what is no image. */
static bool
must_take (const QemuOwner *owner, const SecurityFile *file, const Inode *inode, SecurityModel model)
{
  if (model != SECURITY_DAC)
    return true;
  if (S_ISDIR (inode->st.st_mode) || S_ISLNK (inode->st.st_mode))
    return false;
  return file->kind == SECURITY_FILE_IMAGE || !mode_allows (owner, &inode->st, file->write ? 6 : 4);
}

static bool
take_label (const QemuOwner *owner, const SecurityFile *file, const Inode *inode, unsigned int kind, FILE *record,
            GError **error)
{
  const char *label = file->labels[kinds[kind].model], *model = kinds[kind].name;
  char before[LABEL_SIZE], wanted[LABEL_SIZE];
  uid_t uid;
  gid_t gid;

  kinds[kind].get (inode, before, sizeof before);
  g_strlcpy (wanted, label, sizeof wanted);
  if (kinds[kind].model == SECURITY_DAC)
    {
      if (!security_dac_parse (label, &uid, &gid, error))
        return false;
      g_snprintf (wanted, sizeof wanted, "+%u:+%u", (unsigned int) uid, (unsigned int) gid);
    }
  /* Readers, and writers that know of each other, may differ: the last one's label counts. */
  if (owner->remember && file->write && !file->shared && get_count (inode, model) > 0 && strcmp (before, wanted) != 0)
    return fail (error, VIR_FROM_SECURITY, VIR_ERR_OPERATION_INVALID,
                 "'%s' is in use with the %s label '%s' and cannot have '%s' too", file->path, model, before, wanted);
  fprintf (record, "%s %s %s%c", model, before, file->path, '\0');
  if (fflush (record) != 0)
    return fail_errno (error, VIR_FROM_SECURITY, errno, "cannot note the label of '%s'", file->path);
  if (owner->remember)
    remember (inode, model, before);
  if (strcmp (before, wanted) != 0 && kinds[kind].set (inode, wanted) < 0 && !is_tolerable (errno))
    return fail_errno (error, VIR_FROM_SECURITY, errno, "cannot give '%s' the %s label '%s'", file->path, model, wanted);
  return true;
}

static virErrorDomain
file_subsystem (const SecurityFile *file)
{
  static const virErrorDomain domains[] = {
    [SECURITY_FILE_IMAGE] = VIR_FROM_STORAGE, [SECURITY_FILE_BOOT] = VIR_FROM_SECURITY,
    [SECURITY_FILE_DEVICE] = VIR_FROM_CGROUP, [SECURITY_FILE_FOLDER] = VIR_FROM_SECURITY,
  };

  return domains[file->kind];
}

static bool
take_file (const QemuOwner *owner, const SecurityFile *file, FILE *record, GError **error)
{
  g_auto (Inode) inode = { .fd = -1 };

  if (!inode_open (&inode, file->path))
    return (file->optional && errno == ENOENT)
           || fail_errno (error, file_subsystem (file), errno, "cannot access '%s'", file->path);
  if (!qemu_owner_reach_now (owner, file->path, error))
    return false;
  for (unsigned int i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (file->labels[kinds[i].model] != NULL && must_take (owner, file, &inode, kinds[i].model)
        && !take_label (owner, file, &inode, i, record, error))
      return false;
  return true;
}

/* --- the record ---------------------------------------------------------------------------------- */

static void
give_label (const char *model, const char *label, const char *path)
{
  g_auto (Inode) inode = { .fd = -1 };
  char was[LABEL_SIZE];

  if (!inode_open (&inode, path))
    {
      if (errno != ENOENT)
        log_warning ("cannot give back '%s': %s", path, g_strerror (errno));
      return;
    }
  g_strlcpy (was, label, sizeof was);
  for (unsigned int i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (strcmp (kinds[i].name, model) == 0 && forget (&inode, model, was, sizeof was)
        && kinds[i].set (&inode, was) < 0 && !is_tolerable (errno))
      log_warning ("cannot give back '%s' its %s label '%s': %s", path, model, was, g_strerror (errno));
}

/* An entry of a record is "MODEL LABEL PATH"; the path begins after the second blank. */
static bool
split_entry (const char *entry, char **ret_model, char **ret_label, const char **ret_path)
{
  const char *label = strchr (entry, ' ');
  const char *path = label != NULL ? strchr (label + 1, ' ') : NULL;

  if (path == NULL)
    return false;
  *ret_model = g_strndup (entry, (gsize) (label - entry));
  *ret_label = g_strndup (label + 1, (gsize) (path - label - 1));
  *ret_path = path + 1;
  return true;
}

static void
give_entry (const char *entry)
{
  g_autofree char *model = NULL, *label = NULL;
  const char *path;

  if (split_entry (entry, &model, &label, &path))
    give_label (model, label, path);
}

/* Entries from @offset on, the last first. What a crash cut short, without its NUL, was not taken yet. */
static GPtrArray *
read_entries (const char *record, size_t offset)
{
  GPtrArray *entries = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *text = NULL;
  size_t length;

  if (!g_file_get_contents (record, &text, &length, NULL) || length < offset)
    return entries;
  for (const char *entry = text + offset, *end; (end = memchr (entry, '\0', length - (size_t) (entry - text))) != NULL;
       entry = end + 1)
    g_ptr_array_insert (entries, 0, g_strdup (entry));
  return entries;
}

bool
security_take_now (const QemuOwner *owner, const GPtrArray *files, const char *record_path, bool more, GError **error)
{
  FILE *record = fopen (record_path, more ? "ae" : "we");
  bool ok = true;
  long before;

  if (record == NULL)
    return fail_errno (error, VIR_FROM_SECURITY, errno, "cannot write '%s'", record_path);
  fseek (record, 0, SEEK_END);
  before = MAX (ftell (record), 0);
  for (unsigned int i = 0; ok && i < files->len; i++)
    ok = take_file (owner, files->pdata[i], record, error);
  fclose (record);
  if (!ok)
    {
      g_autoptr (GPtrArray) entries = read_entries (record_path, (size_t) before);

      for (unsigned int i = 0; i < entries->len; i++)
        give_entry (entries->pdata[i]);
      if (before == 0 || truncate (record_path, before) < 0)
        unlink (record_path);
    }
  return ok;
}

void
security_give_all_now (const char *record)
{
  g_autoptr (GPtrArray) entries = read_entries (record, 0);

  for (unsigned int i = 0; i < entries->len; i++)
    give_entry (entries->pdata[i]);
  unlink (record);
}

/* Takes the entry of @path by @model out of @entries. */
static char *
strike (GPtrArray *entries, const char *model, const char *path)
{
  for (unsigned int i = 0; i < entries->len; i++)
    {
      g_autofree char *its_model = NULL, *label = NULL;
      const char *its_path;

      if (split_entry (entries->pdata[i], &its_model, &label, &its_path) && strcmp (its_model, model) == 0
          && strcmp (its_path, path) == 0)
        return g_ptr_array_steal_index (entries, i);
    }
  return NULL;
}

static void
write_entries (const char *record, const GPtrArray *entries)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  for (unsigned int i = entries->len; i-- > 0;)
    g_string_append_len (text, entries->pdata[i], (gssize) strlen (entries->pdata[i]) + 1);
  if (!state_file_write_now (record, text->str, text->len, 0600, &error))
    log_warning ("%s", error->message);
}

void
security_give_now (const GPtrArray *files, const char *record)
{
  g_autoptr (GPtrArray) entries = read_entries (record, 0);

  for (unsigned int i = 0; i < files->len; i++)
    for (unsigned int k = 0; k < G_N_ELEMENTS (kinds); k++)
      {
        const SecurityFile *file = files->pdata[i];
        g_autofree char *entry = strike (entries, kinds[k].name, file->path);

        if (entry != NULL)
          give_entry (entry);
      }
  write_entries (record, entries);
}
