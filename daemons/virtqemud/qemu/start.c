/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The start of a QEMU, step by step; each step undoes itself by leaving its scope, what is outside of
 * the process by undo(). */
#include "qemu/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "args/args.h"
#include "cgroup/resources.h"
#include "helpers/helpers.h"
#include "hostdev/hostdev.h"
#include "hostdev/open.h"
#include "net/net.h"
#include "qemu/home.h"
#include "qemu/log.h"
#include "qemu/memory-devices.h"
#include "qemu/ports.h"
#include "qemu/prepare.h"
#include "qemu/process-private.h"
#include "qemu/secrets.h"
#include "qemu/spawn.h"
#include "qemu/transient.h"
#include "qemu/start-host.h"
#include "security/apparmor.h"
#include "security/confine.h"
#include "security/files.h"
#include "security/owner.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/log.h"
#include "util/paths.h"
#include "util/process.h"

#define LOG_CATEGORY "qemu.start"
#define START_TIMEOUT_MS 60000
#define FIRST_CHILD_FD 20       /* above what a C library or QEMU opens first, for legibility only */
#define END_WAIT_MS 1000

/* A start under way. */
typedef struct
{
  const QemuStart *start;
  QemuProcess *process;
  QemuHome home;
  QemuOwner owner;
  GPtrArray *files;             /* SecurityFile */
  SecurityConfinement confinement;
  GArray *listeners;
  GArray *fds;                  /* ProcessFd; those in `owned` are ours to close */
  GArray *owned;                /* int */
  int log;                      /* QEMU's standard output and error */
  LogPosition log_from;
  size_t log_skip;
  QemuArgs *args;
  char **argv, **env;
} Start;

static void
start_clear (Start *s)
{
  for (unsigned int i = 0; s->owned != NULL && i < s->owned->len; i++)
    fd_clear (&g_array_index (s->owned, int, i));
  g_clear_pointer (&s->owned, g_array_unref);
  g_clear_pointer (&s->fds, g_array_unref);
  g_clear_pointer (&s->listeners, g_array_unref);
  g_clear_pointer (&s->files, g_ptr_array_unref);
  security_confinement_clear (&s->confinement);
  fd_clear (&s->log);
  qemu_home_clear (&s->home);
  g_clear_pointer (&s->args, qemu_args_free);
  g_clear_pointer (&s->argv, g_strfreev);
  g_clear_pointer (&s->env, g_strfreev);
  g_clear_pointer (&s->process, qemu_process_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Start, start_clear)

/* --- descriptors ------------------------------------------------------------------------ */

/* The number that @fd has in the child, as text. */
static char *
give_fd (Start *s, int fd)
{
  ProcessFd entry = { .child = FIRST_CHILD_FD + (int) s->fds->len, .fd = fd };

  g_array_append_val (s->fds, entry);
  return g_strdup_printf ("%d", entry.child);
}

static char *
listener_fd (Start *s, const char *path, GError **error)
{
  for (unsigned int i = 0; i < s->listeners->len; i++)
    {
      const QemuListener *listener = &g_array_index (s->listeners, QemuListener, i);

      if (path == NULL || g_str_equal (listener->path, path))
        return give_fd (s, listener->fd);
    }
  fail (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "socket '%s' was not made", path);
  return NULL;
}

/* Awaits (virtlogd). */
static char *
answer_fd (QemuFdKind kind, const char *path, const DomainDeviceInfo *device, unsigned int index, void *user, GError **error)
{
  Start *s = user;
  int fd;

  if (kind == QEMU_FD_MONITOR || kind == QEMU_FD_LISTEN)
    return listener_fd (s, kind == QEMU_FD_MONITOR ? NULL : path, error);
  if (net_is_fd (kind))
    {
      fd = net_links_get (s->start->links, kind, device, index);
      return fd >= 0 ? give_fd (s, fd) : NULL;
    }
  if (kind == QEMU_FD_GROUP)
    {
      fd = s->start->client_fd != NULL ? s->start->client_fd (path, index, s->start->user) : -1;
      return fd >= 0 ? give_fd (s, fd) : NULL;
    }
  if (kind == QEMU_FD_VHOST_USER)
    {
      fd = helpers_take_fd (s->process->id, s->process->name, device->alias);
      if (fd < 0)
        fail (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "nothing serves device '%s'", device->alias);
    }
  else if (hostdev_is_fd (kind))
    fd = hostdev_open_fd (kind, path, (DomainDeviceInfo *) device, error);
  else
    fd = qemu_log_open (s->start->domain, s->start->config, path, kind == QEMU_FD_LOG_TRUNCATE, NULL, error);
  if (fd < 0)
    return NULL;
  g_array_append_val (s->owned, fd);
  return give_fd (s, fd);
}

static void
add_chardev_listener (GArray *listeners, const DomainChardevSource *source)
{
  if (source->type == CHARDEV_TYPE_UNIX && source->mode != CHARDEV_MODE_CONNECT && source->path != NULL)
    qemu_listeners_add (listeners, source->path);
}

/* The monitor first, then all UNIX sockets that the guest listens on. */
static GArray *
listeners_of (const QemuHome *home, const Domain *domain)
{
  GArray *listeners = qemu_listeners_new ();

  qemu_listeners_add (listeners, home->monitor);
  for (unsigned int i = 0; i < domain->serials.n; i++)
    add_chardev_listener (listeners, &domain->serials.items[i]->source);
  for (unsigned int i = 0; i < domain->parallels.n; i++)
    add_chardev_listener (listeners, &domain->parallels.items[i]->source);
  for (unsigned int i = 0; i < domain->channels.n; i++)
    add_chardev_listener (listeners, &domain->channels.items[i]->source);
  for (unsigned int i = 0; i < domain->consoles.n; i++)
    if (domain->consoles.items[i]->target == CHARDEV_TARGET_VIRTIO)
      add_chardev_listener (listeners, &domain->consoles.items[i]->source);
  for (unsigned int i = 0; i < domain->rngs.n; i++)
    add_chardev_listener (listeners, &domain->rngs.items[i]->source);
  return listeners;
}

/* --- arguments and environment ----------------------------------------------------------- */

/* Where the library finds its settings: of the first display that has logins. */
static void
add_sasl_folder (GPtrArray *env, const Domain *domain, const QemuConfig *config)
{
  for (unsigned int i = 0; i < domain->graphics.n; i++)
    {
      DomainGraphicsType type = domain->graphics.items[i]->type;
      const char *folder = type == GRAPHICS_TYPE_VNC && config->vnc_sasl     ? config->vnc_sasl_dir
                           : type == GRAPHICS_TYPE_SPICE && config->spice_sasl ? config->spice_sasl_dir : NULL;

      if (folder == NULL)
        continue;
      g_ptr_array_add (env, g_strdup_printf ("SASL_CONF_PATH=%s", folder));
      return;
    }
}

char **
qemu_environment_of (const Domain *domain, const QemuConfig *config, const char *lib_dir)
{
  GPtrArray *env = g_ptr_array_new ();

  g_ptr_array_add (env, g_strdup ("LC_ALL=C"));
  g_ptr_array_add (env, g_strdup ("PATH=/usr/sbin:/usr/bin:/sbin:/bin"));
  g_ptr_array_add (env, g_strdup_printf ("HOME=%s", lib_dir));
  g_ptr_array_add (env, g_strdup_printf ("XDG_DATA_HOME=%s/.local/share", lib_dir));
  g_ptr_array_add (env, g_strdup_printf ("XDG_CACHE_HOME=%s/.cache", lib_dir));
  g_ptr_array_add (env, g_strdup_printf ("XDG_CONFIG_HOME=%s/.config", lib_dir));
  if (domain->clock.offset == CLOCK_OFFSET_TIMEZONE && domain->clock.timezone != NULL)
    g_ptr_array_add (env, g_strdup_printf ("TZ=%s", domain->clock.timezone));
  for (unsigned int i = 0; i < domain->graphics.n; i++)
    if (domain->graphics.items[i]->type == GRAPHICS_TYPE_SDL)
      {
        const DomainGraphics *sdl = domain->graphics.items[i];

        if (sdl->display != NULL)
          g_ptr_array_add (env, g_strdup_printf ("DISPLAY=%s", sdl->display));
        if (sdl->xauth != NULL)
          g_ptr_array_add (env, g_strdup_printf ("XAUTHORITY=%s", sdl->xauth));
      }
  add_sasl_folder (env, domain, config);
  for (unsigned int i = 0; i < domain->audios.n; i++)
    if (domain->audios.items[i]->options.sdl_driver != AUDIO_SDL_DRIVER_ABSENT)
      g_ptr_array_add (env, g_strdup_printf ("SDL_AUDIODRIVER=%s", xml_enum_name (&audio_sdl_driver_names,
                                                                                   domain->audios.items[i]->options.sdl_driver)));
  for (unsigned int i = 0; domain->qemu != NULL && i < domain->qemu->env.n; i++)
    g_ptr_array_add (env, g_strdup_printf ("%s=%s", domain->qemu->env.items[i]->name,
                                           domain->qemu->env.items[i]->value ?: ""));
  g_ptr_array_add (env, NULL);
  return (char **) g_ptr_array_free (env, FALSE);
}

static bool
answer_secret (const QemuSecretUse *use, json_t *object, void *user, GError **error)
{
  const Start *s = user;

  return qemu_secret_seal (s->process->lib_dir, use, object, error);
}

static bool
build (Start *s, GError **error)
{
  QemuArgsContext context = {
    .config = s->start->config, .caps = s->start->caps, .id = s->start->id, .lib_dir = s->process->lib_dir,
    .channel_dir = s->process->channel_dir, .sandbox = s->start->config->seccomp_sandbox != 0,
    .fd = answer_fd, .secret = answer_secret, .user = s,
  };
  g_auto (QemuStartHost) host = { 0 };

  if (!qemu_start_host_read (&host, s->start->domain, s->start->config, error))
    return false;
  qemu_start_host_fill (&host, &context);
  s->args = qemu_args_build (s->start->domain, &context, error);
  if (s->args == NULL || !qemu_start_files_make (s->args, s->start->domain, &context, &s->owner, error))
    return false;
  qemu_args_record_nodes (s->start->domain, s->start->config);
  s->argv = qemu_args_to_argv (s->args);
  s->env = qemu_environment_of (s->start->domain, s->start->config, s->process->lib_dir);
  return true;
}

/* --- the process ---------------------------------------------------------------------------- */

static unsigned int
fill_limits (const QemuConfig *config, ProcessLimit *limits)
{
  unsigned int n = 0;

  if (config->max_processes != 0)
    limits[n++] = (ProcessLimit) { RLIMIT_NPROC, { config->max_processes, config->max_processes } };
  if (config->max_files != 0)
    limits[n++] = (ProcessLimit) { RLIMIT_NOFILE, { config->max_files, config->max_files } };
  if (config->max_core != UINT64_MAX)
    limits[n++] = (ProcessLimit) { RLIMIT_CORE, { config->max_core, config->max_core } };
  return n;
}

/* The guest's control group with what is set for all of it, before anything is in it. Awaits. */
static bool
make_group (Start *s, char **ret_birthplace, char ***ret_entrances, GError **error)
{
  const Domain *domain = s->start->domain;
  g_auto (Resources) resources = { 0 };

  if (!resources_check (domain, error))
    return false;
  s->process->cgroup = cgroup_path (s->process->id, s->process->name, domain->partition);
  if (s->process->cgroup == NULL)
    return true;
  resources_of_guest (domain, &resources);
  return security_confine_group (&s->confinement, s->start->config, s->process->cgroup, 0, false, error)
         && resources_begin (&resources, s->process->cgroup, ret_birthplace, ret_entrances, error)
         && security_confine_group (&s->confinement, s->start->config, s->process->cgroup, 0, true, error);
}

/* The same where systemd made the group, around a process that is there already. Awaits. */
static bool
enter_scope (Start *s, GError **error)
{
  QemuProcess *process = s->process;
  const Domain *domain = s->start->domain;
  g_auto (Resources) resources = { 0 };

  if (process->cgroup == NULL)
    process->cgroup = cgroup_scope (process->id, process->name, domain->partition, process->pid);
  else
    return true;
  resources_of_guest (domain, &resources);
  return resources_apply (&resources, process->cgroup, process->pid, error)
         && security_confine_group (&s->confinement, s->start->config, process->cgroup, process->pid, true, error);
}

static bool
spawn (Start *s, GError **error)
{
  QemuProcess *process = s->process;
  ProcessLimit limits[4];
  g_autofree uint8_t *affinity = NULL;
  g_autofree char *birthplace = NULL;
  g_auto (GStrv) entrances = NULL;
  g_autofree char *exec_label = security_exec_label (s->start->domain, s->start->config);
  ProcessFd output = { .child = 1, .fd = s->log }, errors = { .child = 2, .fd = s->log };
  ProcessSpec spec = {
    .argv = (const char *const *) s->argv, .env = (const char *const *) s->env, .new_session = true,
    .set_user = s->owner.user, .uid = s->owner.uid, .gid = s->owner.gid,
    .groups = s->owner.groups, .n_groups = s->owner.n_groups, .limit_caps = s->owner.user,
    .keep_caps = qemu_start_caps (s->start->domain),
    .exec_label = exec_label, .set_umask = true, .umask = 0027, .limits = limits,
  };

  g_array_append_val (s->fds, output);
  g_array_append_val (s->fds, errors);
  spec.fds = (const ProcessFd *) (const void *) s->fds->data;
  spec.n_fds = s->fds->len;
  spec.n_limits = fill_limits (s->start->config, limits);
  spec.n_limits += resources_limit (s->start->domain, limits + spec.n_limits);
  resources_affinity (s->start->domain, &spec, &affinity);
  if (!security_confine (s->start->domain, s->start->config, s->files, &s->confinement, error)
      || !make_group (s, &birthplace, &entrances, error))
    return false;
  if (s->confinement.space.mounts != NULL)
    {
      spec.mounts = (const ProcessMount *) (const void *) s->confinement.space.mounts->data;
      spec.n_mounts = s->confinement.space.mounts->len;
    }
  spec.cgroup_dir = birthplace;
  spec.cgroup_procs = (const char *const *) entrances;
  if (!qemu_spawn (&spec, &process->pid, &process->pidfd, error))
    return false;
  process->is_child = true;
  process_start_time (process->pid, &process->start_time);
  qemu_home_note_pid (&s->home, process->pid);
  return true;
}

/* QEMU has them now: its end is seen by theirs. */
static void
close_ours (Start *s)
{
  for (unsigned int i = 0; i < s->owned->len; i++)
    fd_clear (&g_array_index (s->owned, int, i));
  for (unsigned int i = 0; i < s->listeners->len; i++)
    fd_clear (&g_array_index (s->listeners, QemuListener, i).fd);
  fd_clear (&s->log);
}

static bool
open_log (Start *s, GError **error)
{
  s->log = qemu_log_open (s->start->domain, s->start->config, s->process->log_path, false, &s->log_from, error);
  return s->log >= 0;
}

/* The listening socket exists already: connecting does not wait for QEMU. */
static bool
connect_monitor (Start *s, GError **error)
{
  int fd = qmp_dial (s->process->monitor_path, error);

  if (fd < 0)
    return false;
  s->process->qmp = qmp_new (fd, s->process->name, s->start->handler, s->start->user);
  return true;
}

static bool
talk (Start *s, GError **error)
{
  const QemuStart *start = s->start;
  Deadline deadline = start->deadline != FOREVER ? start->deadline : deadline_in_ms (START_TIMEOUT_MS);

  if (start->spawned != NULL && !start->spawned (s->process, start->user, error))
    return false;
  if (!enter_scope (s, error))
    return false;
  if (s->process->cgroup != NULL && start->domain->partition == NULL)
    start->domain->partition = g_strdup ("/machine");
  helpers_enter (s->process->id, s->process->name, s->process->cgroup);
  return qemu_first_batch (s->process->qmp, start->domain, start->config, deadline, error)
         && qemu_memory_devices_refresh (s->process->qmp, start->domain, deadline, error)
         && resources_settle (start->domain, s->process->cgroup, s->process->pid, (CgroupPlace) { CGROUP_WHOLE, 0 }, error);
}

/* What went wrong in QEMU's own words, if it said any. */
static void
explain (Start *s, GError **error)
{
  g_autofree char *words = NULL;
  g_autofree char *reason = NULL;

  if (error == NULL || *error == NULL || s->process->pidfd < 0)
    return;
  if (!process_ended (s->process->pidfd))
    {
      fd_auto int pidfd = fcntl (s->process->pidfd, F_DUPFD_CLOEXEC, 3);

      /* The monitor closes a moment before the process is gone. */
      if (qmp_is_open (s->process->qmp)
          || !fiber_wait_pidfd (pidfd, deadline_in_ms (END_WAIT_MS), &s->process->status, NULL))
        return;
    }
  s->process->gone = true;
  words = qemu_log_last_words (s->start->config, s->process->log_path, &s->log_from, s->log_skip);
  reason = g_strdup ((*error)->message);
  g_clear_error (error);
  fail (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "the QEMU of domain '%s' ended while it started: %s",
        s->process->name, *words != '\0' ? words : reason);
}

/* Nothing stays of a failed start. */
static void
undo (Start *s)
{
  g_autoptr (GError) error = NULL;

  if (!qemu_process_stop (s->process, false, &error))
    log_error ("%s", error->message);
  qemu_process_cleanup (s->process, s->start->domain, s->start->config, NULL);
}

static bool
load_profile (Start *s, GError **error)
{
  const char *const own[] = { s->home.dir, s->home.channel_dir, NULL };

  return security_apparmor_load (s->start->domain, s->start->config, s->files, own, error);
}

/* What QEMU connects to listens before it starts. */
static bool
start_helpers (Start *s, GError **error)
{
  HelperGuest guest = {
    .id = s->process->id, .domain = s->start->domain, .config = s->start->config, .lib_dir = s->process->lib_dir,
  };

  return helpers_start (&guest, error);
}

static bool
run (Start *s, GError **error)
{
  if (!load_profile (s, error) || !open_log (s, error) || !start_helpers (s, error) || !build (s, error) || !connect_monitor (s, error))
    return false;
  if (s->start->ready != NULL && !s->start->ready (s->start->user, error))
    return false;
  s->log_skip = qemu_log_write_start (s->log, s->start->caps, (const char *const *) s->env, s->args);
  if (!spawn (s, error))
    return false;
  close_ours (s);
  if (talk (s, error))
    return true;
  explain (s, error);
  return false;
}

QemuProcess *
qemu_process_start (const QemuStart *start, GError **error)
{
  g_auto (Start) s = {
    .start = start, .log = -1, .process = qemu_process_new (start->id, start->domain->name),
    .home = qemu_home_of (start->id, start->domain->name),
    .fds = g_array_new (FALSE, TRUE, sizeof (ProcessFd)), .owned = g_array_new (FALSE, TRUE, sizeof (int)),
  };
  const QemuChainRules rules = {
    .uid = start->config->uid, .gid = start->config->gid, .dropped = start->dropped, .note = start->note,
    .user = start->user,
  };
  g_autoptr (GError) local = NULL;
  bool ok;

  s.home.reset_nvram = start->reset_nvram;
  if (!qemu_prepare_domain (start->domain, &s.home, start->config, start->caps, &rules, error)
      || !hostdev_prepare_all (start->id, start->domain, error))
    {
      qemu_ports_settle (start->domain);
      security_release_labels (start->domain, start->config);
      return NULL;
    }
  s.owner = qemu_owner_of (start->config, start->domain);
  s.files = security_files_of (start->domain, start->config);
  s.listeners = listeners_of (&s.home, start->domain);
  ok = qemu_home_make (&s.home, start->domain, &s.owner, s.files, s.listeners, &local);
  if (!ok)
    {
      security_release_labels (start->domain, start->config);
      hostdev_release_all (start->id, start->domain->name);
      qemu_transient_remove (start->domain);
    }
  else if (!run (&s, &local))
    {
      ok = false;
      undo (&s);
    }
  qemu_ports_settle (start->domain);
  if (ok)
    return g_steal_pointer (&s.process);
  g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}
