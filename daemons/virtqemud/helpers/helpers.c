/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "helpers/helpers.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "cgroup/cgroup.h"
#include "helpers/private.h"
#include "qemu/home.h"
#include "qemu/log.h"
#include "qemu/process.h"
#include "qemu/spawn.h"
#include "util/cleanup.h"
#include "util/crash-point.h"
#include "util/error.h"
#include "util/log.h"
#include "util/loop.h"
#include "util/state-file.h"
#include "util/worker.h"

#define LOG_CATEGORY "qemu.helpers"
#define READY_MS 30000
#define POLL_MS 3
#define EARLY_END_MS 20         /* a program that does not like its arguments has ended by then */
#define STOP_GRACE_MS 1000
#define STOP_MS 10000
#define WITH_GUEST_MS 2000      /* a helper that ends this long before its guest ended with it */
#define WORDS 2048

/* One that runs. */
typedef struct
{
  char *key;                    /* FOLDER/ALIAS */
  char *kind, *guest;
  uint8_t uuid[16];
  const QemuConfig *config;     /* lives as long as the daemon */
  pid_t pid;
  int pidfd;
  int client;                   /* QEMU's end of the socket, until it is taken; -1: it connects by itself */
  sd_event_source *watch;
} Helper;

static GHashTable *helpers;     /* key -> Helper */

static void
helper_free (void *data)
{
  Helper *helper = data;

  sd_event_source_disable_unref (helper->watch);
  fd_clear (&helper->pidfd);
  fd_clear (&helper->client);
  g_free (helper->key);
  g_free (helper->kind);
  g_free (helper->guest);
  g_free (helper);
}

/* --- watching --------------------------------------------------------------------------------- */

typedef struct
{
  char *key, *text, *guest;
  uint8_t uuid[16];
  const QemuConfig *config;
} Report;

/* A fiber. The guest's own end takes its helpers along: that is not worth a word. */
static void
report_end (void *data)
{
  Report *report = data;

  if (fiber_sleep (WITH_GUEST_MS, NULL) && g_hash_table_contains (helpers, report->key))
    {
      log_warning ("domain '%s': %s", report->guest, report->text);
      qemu_log_line (report->config, report->guest, report->uuid, report->text);
    }
  g_free (report->key);
  g_free (report->text);
  g_free (report->guest);
  g_free (report);
}

static char *
describe_end (const Helper *helper)
{
  siginfo_t info = { 0 };

  if (waitid (P_PIDFD, (id_t) helper->pidfd, &info, WEXITED | WNOHANG) == 0 && info.si_pid != 0)
    return g_strdup_printf ("helper %s of '%s' ended with %s %d", helper->kind, strrchr (helper->key, '/') + 1,
                            info.si_code == CLD_EXITED ? "status" : "signal", info.si_status);
  return g_strdup_printf ("helper %s of '%s' ended", helper->kind, strrchr (helper->key, '/') + 1);
}

static int
on_end (sd_event_source *source, int fd, uint32_t events, void *data)
{
  Helper *helper = data;
  Report *report = g_new0 (Report, 1);

  helper->watch = sd_event_source_disable_unref (helper->watch);
  *report = (Report) { .key = g_strdup (helper->key), .text = describe_end (helper), .guest = g_strdup (helper->guest),
                       .config = helper->config };
  memcpy (report->uuid, helper->uuid, sizeof report->uuid);
  fiber_start ("end of a helper", report->guest, report_end, report);
  return 0;
}

/* Takes @pidfd. */
static Helper *
watch (const char *key, const char *kind, pid_t pid, int pidfd, const Domain *domain, const QemuConfig *config)
{
  Helper *helper = g_new0 (Helper, 1);

  *helper = (Helper) { .key = g_strdup (key), .kind = g_strdup (kind), .guest = g_strdup (domain->name), .config = config,
                       .pid = pid, .pidfd = pidfd, .client = -1 };
  memcpy (helper->uuid, domain->uuid, sizeof helper->uuid);
  if (helpers == NULL)
    helpers = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, helper_free);
  if (sd_event_add_io (loop_event (), &helper->watch, pidfd, EPOLLIN, on_end, helper) >= 0)
    sd_event_source_set_description (helper->watch, "a helper's end");
  g_hash_table_replace (helpers, helper->key, helper);
  return helper;
}

/* --- starting ---------------------------------------------------------------------------------- */

typedef struct
{
  const HelperPlan *plan;
  QemuOwner owner;              /* of QEMU, which connects */
  const char *folder;
  HelperRecord record;          /* borrows */
  int listener, client, log, ready, secret;
  off_t log_from;
} Start;

static void
start_clear (Start *s)
{
  fd_clear (&s->listener);
  fd_clear (&s->client);
  fd_clear (&s->log);
  fd_clear (&s->ready);
  if (s->plan->ready != NULL)
    unlink (s->plan->ready);
  fd_clear (&s->secret);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Start, start_clear)

static bool
make_parent (const char *path, mode_t mode, GError **error)
{
  g_autofree char *parent = g_path_get_dirname (path);

  return state_dir_make_now (parent, mode, error);
}

/* Where a program makes its socket itself. */
static bool
make_bus_folder (const HelperPlan *plan, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (plan->socket);

  unlink (plan->socket);
  if (!state_dir_make_now (folder, 0770, error))
    return false;
  return !plan->set_user || chown (folder, plan->uid, plan->gid) == 0
         || fail_errno (error, VIR_FROM_QEMU, errno, "cannot give '%s' to %s", folder, plan->kind);
}

/* What it listens on, or both ends of a connection. */
static bool
make_socket (Start *s, GError **error)
{
  QemuListener listener = { .path = s->plan->socket, .fd = -1 };
  int ends[2];

  if (s->plan->binds)
    return make_bus_folder (s->plan, error);
  if (s->plan->socket != NULL)
    {
      if (!make_parent (s->plan->socket, 0751, error) || !qemu_listener_make_now (&s->owner, &listener, false, error))
        return false;
      s->listener = listener.fd;
      return true;
    }
  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
    return fail_errno (error, VIR_FROM_QEMU, errno, "cannot make a socket for %s", s->plan->kind);
  s->listener = ends[0];
  s->client = ends[1];
  return true;
}

/* On a worker. */
static bool
prepare (void *args, GError **error)
{
  Start *s = args;
  const HelperPlan *plan = s->plan;

  if (!helper_record_write_now (s->folder, &s->record, error) || !make_parent (plan->log, 0711, error)
      || !make_socket (s, error))
    return false;
  s->log = open (plan->log, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (s->log < 0)
    return fail_errno (error, VIR_FROM_QEMU, errno, "cannot open '%s'", plan->log);
  s->log_from = lseek (s->log, 0, SEEK_END);
  if (plan->ready != NULL)
    s->ready = open (plan->ready, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (plan->ready != NULL && s->ready < 0)
    return fail_errno (error, VIR_FROM_QEMU, errno, "cannot open '%s'", plan->ready);
  s->secret = plan->secret != NULL ? helper_secret_pipe (plan->secret, error) : -1;
  return plan->secret == NULL || s->secret >= 0;
}

static bool
note_pid (void *args, GError **error)
{
  const Start *s = args;

  return helper_record_write_now (s->folder, &s->record, error);
}

static bool
spawn (Start *s, const char *mark, int *ret_pidfd, GError **error)
{
  const HelperPlan *plan = s->plan;
  const char *env[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", mark, NULL };
  ProcessFd fds[5] = {
    { .child = 1, .fd = s->log }, { .child = 2, .fd = s->log },
  };
  ProcessSpec spec = {
    .argv = (const char *const *) plan->argv->pdata, .env = env, .fds = fds, .n_fds = 2, .new_session = true,
    .set_user = plan->set_user, .uid = plan->uid, .gid = plan->gid, .limit_caps = plan->set_user,
    .set_umask = true, .umask = 0077,
  };

  if (s->listener >= 0)
    fds[spec.n_fds++] = (ProcessFd) { .child = HELPER_LISTEN_FD, .fd = s->listener };
  if (s->ready >= 0)
    fds[spec.n_fds++] = (ProcessFd) { .child = HELPER_READY_FD, .fd = s->ready };
  if (s->secret >= 0)
    fds[spec.n_fds++] = (ProcessFd) { .child = HELPER_SECRET_FD, .fd = s->secret };
  if (!qemu_spawn (&spec, &s->record.pid, ret_pidfd, error))
    return false;
  process_start_time (s->record.pid, &s->record.start_time);
  return true;
}

/* The end of what it wrote, on one line. */
static char *
last_words (const Start *s)
{
  char words[WORDS + 1];
  off_t end = lseek (s->log, 0, SEEK_END);
  ssize_t n = pread (s->log, words, WORDS, MAX (s->log_from, end - WORDS));

  words[MAX (n, 0)] = '\0';
  return g_strdup (g_strstrip (g_strdelimit (words, "\n", ' ')));
}

/* Its first sign of life, its end, or that it has not ended for a while. */
static bool
await_ready (const Start *s, int pidfd, GError **error)
{
  /* A descriptor of its own: the loop has the other under watch. */
  fd_auto int own = fcntl (pidfd, F_DUPFD_CLOEXEC, 3);
  Deadline deadline = deadline_in_ms (s->ready >= 0 ? READY_MS : EARLY_END_MS);
  g_autofree char *words = NULL;
  struct stat st;

  while (!process_ended (own))
    {
      if (s->ready >= 0 && fstat (s->ready, &st) == 0 && st.st_size > 0)
        return true;
      if (loop_now () >= deadline)
        return s->ready < 0
               || fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_TIMEOUT, "%s for '%s' is not ready", s->plan->kind,
                        s->record.alias);
      if (!fiber_sleep (POLL_MS, error))
        return false;
    }
  words = last_words (s);
  return fail (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "%s for '%s' ended at its start: %s", s->plan->kind,
               s->record.alias, *words != '\0' ? words : "it said nothing");
}

/* What is left of it is removed by helpers_stop_device. */
static bool
run (const HelperGuest *guest, const char *alias, const HelperPlan *plan, GError **error)
{
  g_autofree char *folder = helper_folder (guest->id, guest->domain->name);
  g_autofree char *mark = helper_mark (folder, alias);
  g_auto (Start) s = {
    .plan = plan, .owner = qemu_owner_of (guest->config, guest->domain), .folder = folder, .listener = -1,
    .client = -1, .log = -1,
    .ready = -1, .secret = -1,
    .record = { .alias = (char *) alias, .kind = (char *) plan->kind, .socket = plan->socket },
  };
  Helper *helper;
  int pidfd = -1;

  if (!worker_run ("prepare a helper", prepare, &s, error))
    return false;
  crash_point ("helper:prepared");
  if (!spawn (&s, mark, &pidfd, error))
    return false;
  helper = watch (mark + strlen ("VIRTSWARM_HELPER="), plan->kind, s.record.pid, pidfd, guest->domain, guest->config);
  helper->client = fd_steal (&s.client);
  crash_point ("helper:spawned");
  return worker_run ("note a helper", note_pid, &s, error) && await_ready (&s, pidfd, error);
}

bool
helper_runs (const HelperGuest *guest, const char *alias)
{
  g_autofree char *folder = helper_folder (guest->id, guest->domain->name);
  g_autofree char *key = g_build_filename (folder, alias, NULL);

  return helpers != NULL && g_hash_table_contains (helpers, key);
}

static const struct
{
  const char *element;
  HelperPlan *(*plan) (const HelperGuest *guest, const void *device, GError **error);
} kinds[] = {
  { "tpm", helper_plan_tpm }, { "filesystem", helper_plan_virtiofs }, { "disk", helper_plan_reservations },
  { "video", helper_plan_gpu }, { "graphics", helper_plan_dbus },
};

bool
helpers_start_device (const HelperGuest *guest, const DomainDevice *device, GError **error)
{
  for (unsigned int i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autoptr (GError) local = NULL;
      g_autoptr (HelperPlan) plan = NULL;
      const char *alias;

      if (strcmp (kinds[i].element, device->element) != 0)
        continue;
      plan = kinds[i].plan (guest, device->info, &local);
      if (plan != NULL)
        g_ptr_array_add (plan->argv, NULL);
      alias = plan != NULL && plan->alias != NULL ? plan->alias : device->info->alias;
      if (plan != NULL && !run (guest, alias, plan, &local))
        helpers_stop_device (guest->id, guest->domain->name, alias);
      if (local == NULL)
        return true;
      g_propagate_error (error, g_steal_pointer (&local));
      return false;
    }
  return true;
}

bool
helpers_start (const HelperGuest *guest, GError **error)
{
  g_autofree DomainDevice *devices = domain_devices (guest->domain);

  for (const DomainDevice *device = devices; device->element != NULL; device++)
    if (!helpers_start_device (guest, device, error))
      return false;
  for (unsigned int i = 0; i < guest->domain->graphics.n; i++)
    {
      DomainDevice display = { "graphics", &guest->domain->graphics.items[i]->info };

      if (!helpers_start_device (guest, &display, error))
        return false;
    }
  return true;
}

int
helpers_take_fd (int id, const char *name, const char *alias)
{
  g_autofree char *folder = helper_folder (id, name);
  g_autofree char *key = g_build_filename (folder, alias, NULL);
  Helper *helper = helpers != NULL ? g_hash_table_lookup (helpers, key) : NULL;

  return helper != NULL ? fd_steal (&helper->client) : -1;
}

/* --- their group ---------------------------------------------------------------------------------- */

typedef struct
{
  const char *group;
  GArray *pids;                 /* pid_t */
} Moving;

static bool
move_now (void *args, GError **error)
{
  const Moving *moving = args;

  for (unsigned int i = 0; i < moving->pids->len; i++)
    if (!cgroup_join_now (moving->group, g_array_index (moving->pids, pid_t, i), error))
      return false;
  return true;
}

void
helpers_enter (int id, const char *name, const char *group)
{
  g_autofree char *folder = helper_folder (id, name);
  g_autofree char *prefix = g_strconcat (folder, "/", NULL);
  g_autoptr (GArray) pids = g_array_new (FALSE, FALSE, sizeof (pid_t));
  Moving moving = { .group = group, .pids = pids };
  g_autoptr (GError) error = NULL;
  GHashTableIter iter;
  void *key, *value;

  if (helpers == NULL || group == NULL)
    return;
  g_hash_table_iter_init (&iter, helpers);
  while (g_hash_table_iter_next (&iter, &key, &value))
    if (g_str_has_prefix (key, prefix))
      g_array_append_val (pids, ((Helper *) value)->pid);
  if (pids->len > 0 && !worker_run ("move helpers", move_now, &moving, &error))
    log_warning ("helpers of domain '%s' stay outside of its control group: %s", name, error->message);
}

/* --- stopping --------------------------------------------------------------------------------------- */

typedef struct
{
  const char *folder, *alias;   /* alias NULL: all */
  GArray *records;
} Listing;

/* On a worker: what is written down, with the pids that were not. */
static bool
list_now (void *args, GError **error)
{
  Listing *listing = args;

  listing->records = helper_records_load_now (listing->folder);
  for (unsigned int i = 0; i < listing->records->len; i++)
    {
      HelperRecord *record = &g_array_index (listing->records, HelperRecord, i);
      g_autofree char *mark = helper_mark (listing->folder, record->alias);

      if (record->pid == 0 && (listing->alias == NULL || strcmp (listing->alias, record->alias) == 0))
        record->pid = helper_find_marked_now (mark);
    }
  return true;
}

/* On a worker: sockets and records of what has ended. */
static bool
remove_now (void *args, GError **error)
{
  const Listing *listing = args;

  for (unsigned int i = 0; i < listing->records->len; i++)
    {
      const HelperRecord *record = &g_array_index (listing->records, HelperRecord, i);
      g_autofree char *path = g_build_filename (listing->folder, record->alias, NULL);

      if (listing->alias != NULL && strcmp (listing->alias, record->alias) != 0)
        continue;
      if (record->socket != NULL && *record->socket == '/')
        unlink (record->socket);
      unlink (path);
    }
  rmdir (listing->folder);
  return true;
}

static void
end_process (const HelperRecord *record)
{
  fd_auto int pidfd = -1;
  g_autoptr (GError) error = NULL;

  if (record->pid <= 1 || !process_pidfd_open (record->pid, record->start_time, &pidfd, NULL))
    return;
  if (!process_stop (pidfd, STOP_GRACE_MS, deadline_in_ms (STOP_MS), NULL, &error))
    log_error ("cannot end %s of '%s' (pid %d): %s", record->kind, record->alias, (int) record->pid, error->message);
}

static void
stop (int id, const char *name, const char *alias)
{
  g_autofree char *folder = helper_folder (id, name);
  Listing listing = { .folder = folder, .alias = alias };

  if (access (folder, F_OK) < 0)
    return;
  worker_run ("list helpers", list_now, &listing, NULL);
  for (unsigned int i = 0; i < listing.records->len; i++)
    {
      const HelperRecord *record = &g_array_index (listing.records, HelperRecord, i);
      g_autofree char *key = g_build_filename (folder, record->alias, NULL);

      if (alias != NULL && strcmp (alias, record->alias) != 0)
        continue;
      if (helpers != NULL)
        g_hash_table_remove (helpers, key);
      end_process (record);
    }
  if (listing.records->len > 0)
    worker_run ("remove helpers", remove_now, &listing, NULL);
  g_array_unref (listing.records);
}

void
helpers_stop_device (int id, const char *name, const char *alias)
{
  stop (id, name, alias);
}

void
helpers_stop (int id, const char *name)
{
  stop (id, name, NULL);
}

/* --- after a restart ---------------------------------------------------------------------------------- */

void
helpers_find (int id, const Domain *domain, const QemuConfig *config)
{
  g_autofree char *folder = helper_folder (id, domain->name);
  Listing listing = { .folder = folder };

  if (access (folder, F_OK) < 0)
    return;
  worker_run ("list helpers", list_now, &listing, NULL);
  for (unsigned int i = 0; i < listing.records->len; i++)
    {
      const HelperRecord *record = &g_array_index (listing.records, HelperRecord, i);
      g_autofree char *key = g_build_filename (folder, record->alias, NULL);
      int pidfd;

      if (record->pid > 1 && process_pidfd_open (record->pid, record->start_time, &pidfd, NULL))
        watch (key, record->kind, record->pid, pidfd, domain, config);
      else
        log_warning ("domain '%s': helper %s of '%s' ended while no daemon ran", domain->name, record->kind ?: "",
                     record->alias);
    }
  g_array_unref (listing.records);
}
