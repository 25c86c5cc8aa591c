/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/log.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "qemu/process.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/fiber.h"
#include "util/log.h"
#include "util/paths.h"
#include "util/state-file.h"

#define LOG_CATEGORY "qemu.log"
#define WORDS_LIMIT (64u << 10)
#define WORDS_SHOWN 1024
#define HEADER_LIMIT (60u << 10)    /* fits into an empty pipe: never waits for virtlogd */

/* "2026-01-31 09:04:09.867+0000". Caller frees. */
static char *
timestamp (void)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *seconds = g_date_time_format (now, "%Y-%m-%d %H:%M:%S");

  return g_strdup_printf ("%s.%03d+0000", seconds, g_date_time_get_microsecond (now) / 1000);
}

/* Nobody starts virtlogd for a session, and a host need not have it: then guests write their logs
 * themselves. One that has it and cannot reach it is told so. */
static bool
logd_is_absent (void)
{
  g_autofree char *socket = path_make (PATH_RUN, "virtlogd-sock");

  return path_is_session () || access (socket, F_OK) < 0;
}

int
qemu_log_open (const Domain *domain, const QemuConfig *config, const char *path, bool truncate,
               LogPosition *ret_position, GError **error)
{
  g_autoptr (GError) local = NULL;
  struct stat st;
  int fd;

  if (config->stdio_logd)
    {
      fd = log_client_open ("qemu", domain->name, domain->uuid, path, truncate, ret_position, &local);
      if (fd >= 0)
        return fd;
      if (!logd_is_absent ())
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return -1;
        }
      log_warning ("log of domain '%s' without virtlogd, and without its limits: %s", domain->name, local->message);
    }
  fd = log_file_open (path, truncate, error);
  if (fd >= 0 && ret_position != NULL && fstat (fd, &st) == 0)
    *ret_position = (LogPosition) { .inode = st.st_ino, .offset = (uint64_t) st.st_size };
  return fd;
}

size_t
qemu_log_write_start (int fd, const QemuCaps *caps, const char *const *env, const QemuArgs *args)
{
  g_autoptr (GString) out = g_string_new (NULL);
  g_autofree char *now = timestamp ();
  g_autofree char *text = qemu_args_to_text (args);
  struct utsname name = { 0 };
  ssize_t n;

  uname (&name);
  g_string_append_printf (out, "%s: starting up libvirt version: 9.0.0, virtswarm, qemu version: %u.%u.%u%s, "
                          "kernel: %s, hostname: %s\n", now, caps->version / 1000000, caps->version / 1000 % 1000,
                          caps->version % 1000, caps->package, name.release, name.nodename);
  for (unsigned int i = 0; env[i] != NULL; i++)
    g_string_append_printf (out, "%s \\\n", env[i]);
  g_string_append (out, text);
  if (out->len > HEADER_LIMIT)
    {
      g_string_truncate (out, HEADER_LIMIT);
      g_string_append (out, "...\n");
    }
  n = write (fd, out->str, out->len);
  return n > 0 ? (size_t) n : 0;
}

/* The log as it is now from @from on. */
static char *
read_log (const QemuConfig *config, const char *path, const LogPosition *from)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  size_t length = 0;

  if (config->stdio_logd && log_client_read (path, from, WORDS_LIMIT + HEADER_LIMIT, &text, &error))
    return g_steal_pointer (&text);
  if (config->stdio_logd && !logd_is_absent ())
    log_warning ("reading back '%s': %s", path, error->message);
  else if (state_file_read (path, 64u << 20, &text, &length, NULL) && length > from->offset)
    return g_strdup (text + from->offset);
  return g_strdup ("");
}

char *
qemu_log_last_words (const QemuConfig *config, const char *path, const LogPosition *from, size_t skip)
{
  /* What QEMU wrote last may still be on its way through the pipe. */
  for (unsigned int tries = 0; tries < 5; tries++)
    {
      g_autofree char *text = read_log (config, path, from);
      size_t length = strlen (text);

      if (length > skip)
        {
          const char *words = text + skip;

          if (length - skip > WORDS_SHOWN)
            words = text + length - WORDS_SHOWN;
          return g_strchomp (g_utf8_make_valid (words, -1));
        }
      if (!fiber_sleep (20, NULL))
        break;
    }
  return g_strdup ("");
}

void
qemu_log_line (const QemuConfig *config, const char *name, const uint8_t *uuid, const char *text)
{
  g_autofree char *path = path_driver (PATH_LOG, "qemu", "%s.log", name);
  g_autofree char *now = timestamp ();
  g_autofree char *line = g_strdup_printf ("%s: %s\n", now, text);
  g_autoptr (GError) error = NULL;

  if (config->stdio_logd && log_client_append ("qemu", name, uuid, path, line, &error))
    return;
  if (config->stdio_logd && !path_is_session ())
    log_warning ("log of domain '%s': %s", name, error->message);
  else
    log_file_append (path, line, NULL);
}
