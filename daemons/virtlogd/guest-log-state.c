/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/daemon.h"
#include "guest-log-private.h"
#include "util/cleanup.h"
#include "util/json.h"
#include "util/log.h"
#include "util/state-file.h"
#include "util/uuid.h"
#include "util/worker.h"

#define LOG_CATEGORY "virtlogd.state"

/* A log is "log-N" in the descriptor store; log-N.json says whose, log-N.mark holds
 * its LogMark. */
#define NAME_PREFIX "log-"
#define STATE_SIZE_MAX (64 * 1024)

static uint64_t last_number;

/* Logs whose state is being removed. */
static unsigned int forgetting;

/* What the store gave back: name to descriptor. */
static GHashTable *restored;

static char *
state_path (const char *name, const char *suffix)
{
  return g_strdup_printf ("%s/%s%s", guest_log_state_dir, name, suffix);
}

/* ---- Remembering ---- */

static int
open_mark (const char *name)
{
  g_autofree char *path = state_path (name, ".mark");

  return open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
}

static char *
describe (const GuestLog *log, const LogOwner *owner)
{
  char uuid[UUID_TEXT_SIZE];
  g_autoptr (json_t) state = json_pack ("{s:s s:s s:s s:s}", "path", log->path, "driver", owner->driver,
                                        "guest", owner->guest, "uuid", uuid_format (owner->uuid, uuid));

  return state != NULL ? json_to_text (state) : NULL;
}

void
guest_log_remember (GuestLog *log, const LogOwner *owner, int pipe)
{
  g_autofree char *name = g_strdup_printf (NAME_PREFIX "%" G_GUINT64_FORMAT, ++last_number);
  g_autofree char *path = state_path (name, ".json");
  g_autofree char *text = describe (log, owner);
  g_autoptr (GError) error = NULL;

  if (text == NULL)
    {
      log_warning ("log '%s' has a name that is not UTF-8: it ends if this daemon is killed", log->path);
      return;
    }
  if (!state_dir_make (guest_log_state_dir, 0700, &error)
      || !state_file_write (path, text, strlen (text), 0600, &error))
    {
      log_warning ("log '%s' ends if this daemon is killed: %s", log->path, error->message);
      return;
    }
  log->store_name = g_steal_pointer (&name);
  log->mark_fd = open_mark (log->store_name);
  if (!daemon_store_fd (log->store_name, pipe))
    log_debug ("log '%s' ends if this daemon is killed: nobody keeps its pipe", log->path);
}

typedef struct
{
  char *json, *mark;
} RemoveArgs;

static void
remove_files (void *data)
{
  RemoveArgs *args = data;
  g_autoptr (GError) error = NULL;

  if (!state_file_remove (args->json, &error) || !state_file_remove (args->mark, &error))
    log_warning ("%s", error->message);
  g_free (args->json);
  g_free (args->mark);
  g_free (args);
  forgetting--;
}

static void
forget_name (const char *name)
{
  RemoveArgs *args = g_new (RemoveArgs, 1);

  daemon_forget_fd (name);
  args->json = state_path (name, ".json");
  args->mark = state_path (name, ".mark");
  forgetting++;
  fiber_start ("forget a log", name, remove_files, args);
}

bool
guest_logs_forgetting (void)
{
  return forgetting > 0;
}

void
guest_log_forget (GuestLog *log)
{
  fd_clear (&log->mark_fd);
  if (log->store_name == NULL)
    return;
  forget_name (log->store_name);
  g_clear_pointer (&log->store_name, g_free);
}

/* ---- Recovery ---- */

void
guest_logs_restore_fd (const char *name, int fd)
{
  if (restored == NULL)
    restored = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  if (g_hash_table_contains (restored, name))
    close (fd);
  else
    g_hash_table_insert (restored, g_strdup (name), GINT_TO_POINTER (fd));
}

static int
take_restored (const char *name)
{
  void *key, *value;

  if (restored == NULL || !g_hash_table_steal_extended (restored, name, &key, &value))
    return -1;
  g_free (key);
  return GPOINTER_TO_INT (value);
}

/* Takes out of @pipe what an interrupted write brought into the file. */
static void
finish_write (GuestLog *log, int pipe)
{
  g_autofree char *front = g_malloc (64 * 1024);
  LogMark mark = { 0 };
  ssize_t length = guest_log_peek (pipe, front, 64 * 1024);
  g_autoptr (GError) error = NULL;
  size_t written;

  if (length <= 0 || pread (log->mark_fd, &mark, sizeof mark, 0) != sizeof mark || mark.length == 0)
    return;
  if (!guest_log_need_file (log, &error))
    {
      log_warning ("%s", error->message);
      return;
    }
  written = log_file_recover (log->file, &mark, front, (size_t) length);
  guest_log_consume (pipe, front, written);
  log_mark_clear (log->mark_fd);
  if (written > 0)
    log_info ("log '%s': %zu bytes were written by the last instance", log->path, written);
}

/* Goes on with the log that @state_text describes. False: @name is of no use. */
static bool
recover_log (const char *name, const StateFile *state)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) description = NULL;
  g_autoptr (GuestLog) log = NULL;
  const char *path, *guest;
  fd_auto int pipe = take_restored (name);

  if (state->error != NULL)
    g_propagate_error (&error, g_error_copy (state->error));
  if (error != NULL || (description = json_from_text (state->data, state->length, state->name, &error)) == NULL
      || !json_want_string (description, "path", state->name, &path, &error)
      || !json_want_string (description, "guest", state->name, &guest, &error))
    {
      log_warning ("a log cannot go on: %s", error->message);
      return false;
    }
  if (pipe < 0)
    {
      log_warning ("log '%s' of guest '%s' has ended: its pipe was not kept", path, guest);
      return false;
    }
  log = guest_log_get (path);
  if (log->pipe >= 0)
    return false;
  log->store_name = g_strdup (name);
  log->mark_fd = open_mark (name);
  fcntl (pipe, F_SETFL, O_NONBLOCK);
  finish_write (log, pipe);
  guest_log_attach (log, fd_steal (&pipe));
  log_info ("log '%s' of guest '%s' goes on", path, guest);
  return true;
}

static void
drop_orphans (void)
{
  GHashTableIter iter;
  void *key, *value;

  if (restored == NULL)
    return;
  g_hash_table_iter_init (&iter, restored);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      log_warning ("descriptor '%s' belongs to no known log", (const char *) key);
      daemon_forget_fd (key);
      close (GPOINTER_TO_INT (value));
    }
  g_clear_pointer (&restored, g_hash_table_unref);
}

void
guest_logs_recover (void)
{
  g_autoptr (GPtrArray) states = NULL;
  g_autoptr (GError) error = NULL;

  if (!state_dir_load (guest_log_state_dir, ".json", STATE_SIZE_MAX, &states, &error))
    log_warning ("%s", error->message);
  for (unsigned int i = 0; states != NULL && i < states->len; i++)
    {
      const StateFile *state = states->pdata[i];
      g_autofree char *name = g_strndup (state->name, strlen (state->name) - strlen (".json"));

      if (g_str_has_prefix (name, NAME_PREFIX))
        last_number = MAX (last_number, g_ascii_strtoull (name + strlen (NAME_PREFIX), NULL, 10));
      if (!recover_log (name, state))
        forget_name (name);
    }
  drop_orphans ();
}
