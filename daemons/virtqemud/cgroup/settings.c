/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What can be set in a group, and how each version of the kernel's interface writes it. */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "cgroup/private.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/worker.h"
#include "xml/types.h"

/* How a file says a value. */
typedef enum
{
  FORM_NUMBER,
  FORM_QUOTA,           /* -1: none */
  FORM_LIMIT,           /* version 1: -1, what is near 2^63: none; version 2: "max" */
  FORM_MAX_QUOTA,       /* "QUOTA PERIOD", the first may be "max" */
  FORM_MAX_PERIOD,
  FORM_SWAP,            /* version 2 counts swap alone */
  FORM_WEIGHT,          /* "default N", with lines of devices after it */
  FORM_TEXT,
  FORM_DEVICE,          /* "MAJOR:MINOR N" */
  FORM_DEVICE_KEY,      /* "MAJOR:MINOR KEY=N" */
} Form;

/* A file; where the kernel's I/O schedulers differ, the first that is there. */
typedef struct
{
  const char *file, *other;
  Form form;
  const char *key;
  int64_t fallback;             /* what the kernel begins with */
} Said;

static const struct { CgroupController controller; Said by[2]; } settings[CGROUP_SETTING_N] = {
  [CGROUP_SHARES] = { CGROUP_CPU, { { "cpu.shares", NULL, FORM_NUMBER, NULL, 1024 },
                                    { "cpu.weight", NULL, FORM_NUMBER, NULL, 100 } } },
  [CGROUP_PERIOD] = { CGROUP_CPU, { { "cpu.cfs_period_us", NULL, FORM_NUMBER, NULL, 100000 },
                                    { "cpu.max", NULL, FORM_MAX_PERIOD, NULL, 100000 } } },
  [CGROUP_QUOTA] = { CGROUP_CPU, { { "cpu.cfs_quota_us", NULL, FORM_QUOTA, NULL, CGROUP_NONE },
                                   { "cpu.max", NULL, FORM_MAX_QUOTA, NULL, CGROUP_NONE } } },
  [CGROUP_CPUS] = { CGROUP_CPUSET, { { "cpuset.cpus", NULL, FORM_TEXT, NULL, 0 },
                                     { "cpuset.cpus", NULL, FORM_TEXT, NULL, 0 } } },
  [CGROUP_MEMS] = { CGROUP_CPUSET, { { "cpuset.mems", NULL, FORM_TEXT, NULL, 0 },
                                     { "cpuset.mems", NULL, FORM_TEXT, NULL, 0 } } },
  [CGROUP_MEMORY_HARD] = { CGROUP_MEMORY, { { "memory.limit_in_bytes", NULL, FORM_LIMIT, NULL, CGROUP_NONE },
                                            { "memory.max", NULL, FORM_LIMIT, NULL, CGROUP_NONE } } },
  [CGROUP_MEMORY_SOFT] = { CGROUP_MEMORY, { { "memory.soft_limit_in_bytes", NULL, FORM_LIMIT, NULL, CGROUP_NONE },
                                            { "memory.high", NULL, FORM_LIMIT, NULL, CGROUP_NONE } } },
  [CGROUP_MEMORY_SWAP] = { CGROUP_MEMORY, { { "memory.memsw.limit_in_bytes", NULL, FORM_LIMIT, NULL, CGROUP_NONE },
                                            { "memory.swap.max", NULL, FORM_SWAP, NULL, CGROUP_NONE } } },
  [CGROUP_IO_WEIGHT] = { CGROUP_BLKIO, { { "blkio.bfq.weight", "blkio.weight", FORM_NUMBER, NULL, 100 },
                                         { "io.bfq.weight", "io.weight", FORM_WEIGHT, NULL, 100 } } },
  [CGROUP_IO_DEVICE_WEIGHT] = { CGROUP_BLKIO, { { "blkio.bfq.weight_device", "blkio.weight_device", FORM_DEVICE, NULL, 0 },
                                                { "io.bfq.weight", "io.weight", FORM_DEVICE, NULL, 0 } } },
  [CGROUP_IO_READ_IOPS] = { CGROUP_BLKIO, { { "blkio.throttle.read_iops_device", NULL, FORM_DEVICE, NULL, 0 },
                                            { "io.max", NULL, FORM_DEVICE_KEY, "riops", 0 } } },
  [CGROUP_IO_WRITE_IOPS] = { CGROUP_BLKIO, { { "blkio.throttle.write_iops_device", NULL, FORM_DEVICE, NULL, 0 },
                                             { "io.max", NULL, FORM_DEVICE_KEY, "wiops", 0 } } },
  [CGROUP_IO_READ_BYTES] = { CGROUP_BLKIO, { { "blkio.throttle.read_bps_device", NULL, FORM_DEVICE, NULL, 0 },
                                             { "io.max", NULL, FORM_DEVICE_KEY, "rbps", 0 } } },
  [CGROUP_IO_WRITE_BYTES] = { CGROUP_BLKIO, { { "blkio.throttle.write_bps_device", NULL, FORM_DEVICE, NULL, 0 },
                                              { "io.max", NULL, FORM_DEVICE_KEY, "wbps", 0 } } },
};

/* What a kernel of version 1 shows for no limit: the largest number of pages. */
#define UNLIMITED_BYTES 0x7ffffffffff00000

static const Said *
said (CgroupSetting setting)
{
  int version = cgroup_version (settings[setting].controller);

  return &settings[setting].by[version == 2 ? 1 : 0];
}

static char *
file_in (const char *folder, const Said *how)
{
  g_autofree char *path = g_build_filename (folder, how->file, NULL);

  if (how->other != NULL && access (path, F_OK) != 0)
    {
      g_autofree char *other = g_build_filename (folder, how->other, NULL);

      if (access (other, F_OK) == 0)
        return g_steal_pointer (&other);
    }
  return g_steal_pointer (&path);
}

/* --- writing ------------------------------------------------------------------------------------ */

/* "254:0" of a block device. */
static char *
device_number (const char *path, GError **error)
{
  struct stat st;

  if (stat (path, &st) < 0)
    return fail_errno_null (error, VIR_FROM_CGROUP, errno, "the path '%s' is not accessible", path);
  if (!S_ISBLK (st.st_mode))
    return fail_errno_null (error, VIR_FROM_CGROUP, EINVAL, "the path '%s' is not a block device", path);
  return g_strdup_printf ("%u:%u", major (st.st_rdev), minor (st.st_rdev));
}

static int64_t
memory_max (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "memory.max", NULL);
  g_autofree char *text = cgroup_read (path);

  return text == NULL || strcmp (text, "max") == 0 ? CGROUP_NONE : g_ascii_strtoll (text, NULL, 10);
}

static char *
number_or (int64_t value, const char *none)
{
  return value < 0 ? g_strdup (none) : g_strdup_printf ("%" G_GINT64_FORMAT, value);
}

/* The other half of "QUOTA PERIOD" stays. */
static char *
max_text (const char *path, Form form, int64_t value)
{
  g_autofree char *text = cgroup_read (path);
  g_auto (GStrv) words = g_strsplit (text != NULL ? text : "", " ", 2);
  const char *quota = words[0] != NULL && *words[0] != '\0' ? words[0] : "max";
  g_autofree char *number = number_or (value, "max");

  return form == FORM_MAX_PERIOD ? g_strdup_printf ("%s %s", quota, number) : g_steal_pointer (&number);
}

static char *
swap_text (const char *folder, int64_t value)
{
  int64_t memory = memory_max (folder);

  return number_or (value < 0 || memory < 0 ? value : MAX (value - memory, 0), "max");
}

/* What is written for @change to @path. */
static char *
text_of (const CgroupChange *change, const Said *how, const char *folder, const char *path, GError **error)
{
  g_autofree char *device = NULL, *number = NULL;

  switch (how->form)
    {
    case FORM_TEXT:
      return g_strdup (change->text);
    case FORM_QUOTA:
      return number_or (change->value, "-1");
    case FORM_LIMIT:
      return number_or (change->value, cgroup_version (settings[change->setting].controller) == 2 ? "max" : "-1");
    case FORM_MAX_QUOTA:
    case FORM_MAX_PERIOD:
      return max_text (path, how->form, change->value);
    case FORM_SWAP:
      return swap_text (folder, change->value);
    case FORM_WEIGHT:
      return g_strdup_printf ("default %" G_GINT64_FORMAT, change->value);
    case FORM_DEVICE:
    case FORM_DEVICE_KEY:
      device = device_number (change->text, error);
      if (device == NULL)
        return NULL;
      number = number_or (change->value > 0 ? change->value : how->key != NULL ? CGROUP_NONE : 0, "max");
      return how->key != NULL ? g_strdup_printf ("%s %s=%s", device, how->key, number)
                              : g_strdup_printf ("%s %s", device, number);
    default:
      return number_or (change->value, "-1");
    }
}

/* --- a job of changes ------------------------------------------------------------------------------ */

/* A file as it was. */
typedef struct { char *path, *text; } Before;

typedef struct
{
  const char *group;
  pid_t pid;
  const CgroupChange *changes;
  unsigned int n;
  GArray *before;
} Apply;

static bool
set_affinity (pid_t tid, CgroupPlace place, void *user, GError **error)
{
  const XmlBitmap *cpus = user;
  cpu_set_t set;

  CPU_ZERO (&set);
  for (unsigned int cpu = 0; cpu < CPU_SETSIZE; cpu++)
    if (xml_bitmap_has (cpus, cpu))
      CPU_SET (cpu, &set);
  return sched_setaffinity (tid, sizeof set, &set) == 0 || errno == ESRCH
         || fail_errno (error, VIR_FROM_CGROUP, errno, "cannot set the CPU affinity of thread %d", (int) tid);
}

static bool
pin (const Apply *apply, const CgroupChange *change, GError **error)
{
  g_autofree XmlBitmap *cpus = xml_bitmap_parse (change->text, CPU_SETSIZE);

  if (cpus == NULL)
    return fail (error, VIR_FROM_CGROUP, VIR_ERR_INVALID_ARG, "'%s' is not a list of CPUs", change->text);
  return cgroup_threads (apply->pid, change->place, set_affinity, cpus, error);
}

/* A set of nodes above others has all of theirs; the kernel refuses what would break this, so those below are
 * tried before the second attempt. */
static bool
write_mems (const char *folder, const char *path, const char *text, GError **error)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  bool done = cgroup_write (path, text, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *below = g_build_filename (folder, name, "cpuset.mems", NULL);

      if (access (below, F_OK) == 0 && !cgroup_write (below, text, error))
        return false;
    }
  return done || cgroup_write (path, text, error);
}

/* Only some of the kernel's I/O schedulers know weights. */
static bool
write_device_weight (const char *path, const char *text, GError **error)
{
  g_autoptr (GError) local = NULL;
  int errnum;

  if (cgroup_write (path, text, &local))
    return true;
  errnum = virt_error_detail (local)->int1;
  if (errnum == EOPNOTSUPP || errnum == ENOENT || errnum == ENODEV)
    return fail (error, VIR_FROM_CGROUP, VIR_ERR_OPERATION_INVALID,
                 "the device's I/O scheduler on this host knows no weights: '%s' cannot be written to '%s'", text, path);
  g_propagate_error (error, g_steal_pointer (&local));
  return false;
}

/* The kernel does not let us, here in a container; affinity alone does the same then. */
static bool
is_denied (int errnum)
{
  return errnum == EROFS || errnum == EACCES || errnum == EPERM;
}

static bool
make_change (Apply *apply, const CgroupChange *change, GError **error)
{
  CgroupController controller = settings[change->setting].controller;
  const Said *how = said (change->setting);
  g_autofree char *folder = NULL, *path = NULL, *text = NULL;
  Before before;

  if (change->setting == CGROUP_CPUS && (cgroup_version (controller) == 0 || apply->group == NULL))
    return pin (apply, change, error);
  folder = change->place.part == CGROUP_WHOLE
           ? cgroup_folder (controller, apply->group, apply->pid, error)
           : cgroup_thread_folder (controller, apply->group, apply->pid, change->place, error);
  if (folder == NULL && change->setting == CGROUP_CPUS && virt_error_is (*error, VIR_ERR_SYSTEM_ERROR)
      && is_denied (virt_error_detail (*error)->int1))
    {
      g_clear_error (error);
      return pin (apply, change, error);
    }
  if (folder == NULL)
    return false;
  path = file_in (folder, how);
  text = text_of (change, how, folder, path, error);
  if (text == NULL)
    return false;
  before = (Before) { g_strdup (path), cgroup_read (path) };
  g_array_append_val (apply->before, before);
  if (change->setting == CGROUP_MEMS)
    return write_mems (folder, path, text, error);
  if (change->setting == CGROUP_IO_DEVICE_WEIGHT)
    return write_device_weight (path, text, error);
  return cgroup_write (path, text, error) && (change->setting != CGROUP_CPUS || pin (apply, change, error));
}

/* Backwards, as one may depend on another. Lines of devices are not one value: they stay. */
static void
take_back (const Apply *apply)
{
  for (unsigned int i = apply->before->len; i-- > 0;)
    {
      const Before *before = &g_array_index (apply->before, Before, i);

      if (before->text != NULL && *before->text != '\0' && strchr (before->text, ':') == NULL)
        cgroup_write (before->path, before->text, NULL);
    }
}

static void
before_clear (void *item)
{
  Before *before = item;

  g_free (before->path);
  g_free (before->text);
}

static bool
make_changes (void *args, GError **error)
{
  Apply *apply = args;

  for (unsigned int i = 0; i < apply->n; i++)
    if (!make_change (apply, &apply->changes[i], error))
      {
        take_back (apply);
        return false;
      }
  return true;
}

static bool
check_controllers (const CgroupChange *changes, unsigned int n, GError **error)
{
  for (unsigned int i = 0; i < n; i++)
    if (changes[i].setting != CGROUP_CPUS && !cgroup_require (settings[changes[i].setting].controller, error))
      return false;
  return true;
}

bool
cgroup_apply (const char *group, pid_t pid, const CgroupChange *changes, unsigned int n, GError **error)
{
  g_autofree char *own = g_strdup (group);
  Apply apply = { own, pid, changes, n, NULL };
  bool done;

  if (n == 0)
    return true;
  if (!check_controllers (changes, n, error))
    return false;
  apply.before = g_array_new (FALSE, FALSE, sizeof (Before));
  g_array_set_clear_func (apply.before, before_clear);
  done = worker_run ("control groups", make_changes, &apply, error);
  g_array_unref (apply.before);
  return done;
}

/* --- a beginning -------------------------------------------------------------------------------------- */

typedef struct
{
  Apply apply;
  char *birthplace, **entrances;
} Begin;

static bool
begin (void *args, GError **error)
{
  static const CgroupController counting[] = { CGROUP_MEMORY, CGROUP_CPUACCT };
  Begin *begin = args;
  g_autoptr (GError) local = NULL;

  begin->birthplace = cgroup_birthplace (begin->apply.group, &local);
  if (local != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return false;
    }
  for (unsigned int i = 0; i < G_N_ELEMENTS (counting); i++)
    if (cgroup_version (counting[i]) == 1)
      g_free (cgroup_folder (counting[i], begin->apply.group, 0, NULL));
  if (!make_changes (&begin->apply, error))
    return false;
  /* A process that is born has one thread. When that moves itself, the kernel does not stop all other forks of the host
   * first, which takes it some 15 ms. */
  begin->entrances = cgroup_entrances (begin->apply.group, "tasks");
  return true;
}

bool
cgroup_begin (const char *group, const CgroupChange *changes, unsigned int n, char **ret_birthplace, char ***ret_entrances,
              GError **error)
{
  Begin args = { { group, 0, changes, n, g_array_new (FALSE, FALSE, sizeof (Before)) }, NULL, NULL };
  bool done;

  g_array_set_clear_func (args.apply.before, before_clear);
  done = check_controllers (changes, n, error) && worker_run ("control groups", begin, &args, error);
  g_array_unref (args.apply.before);
  *ret_birthplace = args.birthplace;
  *ret_entrances = args.entrances;
  return done;
}

/* --- reading -------------------------------------------------------------------------------------------- */

char *
cgroup_text (const char *group, CgroupPlace place, CgroupSetting setting)
{
  g_autofree char *folder = cgroup_folder_of (settings[setting].controller, group, place);
  g_autofree char *path = folder != NULL ? file_in (folder, said (setting)) : NULL;

  return path != NULL ? cgroup_read (path) : NULL;
}

static int64_t
number_from (const char *text, const Said *how, const char *folder)
{
  const char *second;
  int64_t number;

  switch (how->form)
    {
    case FORM_MAX_PERIOD:
      second = strchr (text, ' ');
      return second != NULL ? g_ascii_strtoll (second, NULL, 10) : how->fallback;
    case FORM_WEIGHT:
      if (g_str_has_prefix (text, "default "))
        text += strlen ("default ");
      break;
    default:
      break;
    }
  if (strncmp (text, "max", 3) == 0)
    return CGROUP_NONE;
  number = g_ascii_strtoll (text, NULL, 10);
  if (how->form == FORM_SWAP)
    return memory_max (folder) < 0 ? number : number + memory_max (folder);
  return how->form == FORM_LIMIT && number >= UNLIMITED_BYTES ? CGROUP_NONE : number;
}

int64_t
cgroup_value (const char *group, CgroupPlace place, CgroupSetting setting)
{
  g_autofree char *folder = cgroup_folder_of (settings[setting].controller, group, place);
  g_autofree char *text = cgroup_text (group, place, setting);

  return text != NULL && *text != '\0' ? number_from (text, said (setting), folder) : said (setting)->fallback;
}

bool
cgroup_cpu_time (const char *group, uint64_t *ret_total, uint64_t *ret_user, uint64_t *ret_system)
{
  const char *mount = cgroup_unified ();
  /* Where systemd makes scopes, the guest is in the scope itself until something is set. */
  g_autofree char *scope = group != NULL && g_str_has_suffix (group, ".scope/libvirt") ? g_path_get_dirname (group) : NULL;
  g_autofree char *path = group != NULL && mount != NULL
                          ? g_strconcat (mount, scope != NULL ? scope : group, "/cpu.stat", NULL) : NULL;
  g_autofree char *text = path != NULL ? cgroup_read (path) : NULL;
  unsigned long long total, user, system;

  if (text == NULL || sscanf (text, "usage_usec %llu user_usec %llu system_usec %llu", &total, &user, &system) != 3)
    return false;
  *ret_total = total * 1000;
  *ret_user = user * 1000;
  *ret_system = system * 1000;
  return true;
}

char **
cgroup_cpu_times (const char *group)
{
  g_autofree char *folder = cgroup_folder_of (CGROUP_CPUACCT, group, (CgroupPlace) { CGROUP_WHOLE, 0 });
  g_autofree char *path = folder != NULL ? g_strconcat (folder, "/cpuacct.usage_percpu", NULL) : NULL;
  g_autofree char *text = path != NULL ? cgroup_read (path) : NULL;

  return text != NULL ? g_strsplit (g_strstrip (text), " ", -1) : NULL;
}
