/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/log-output.h"

#include <endian.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "util/error.h"

/* A datagram must fit in the socket's buffer; longer messages are cut. */
#define MAX_DATAGRAM_TEXT (64 * 1024)

typedef struct Destination Destination;

struct LogOutput
{
  int level;
  const Destination *destination;
  char *item;
  char *argument;       /* path or ident; NULL for the others */
  int fd;
  bool own_fd;
  bool is_socket;
  int torn;             /* the last line was written in part; atomic */
};

struct Destination
{
  const char *name;
  const char *argument;     /* what it is; NULL: there is none */
  bool (*open) (LogOutput *output, GError **error);
  void (*write) (LogOutput *output, const LogRecord *record);
};

const char *log_journal_socket = "/run/systemd/journal/socket";
const char *log_syslog_socket = "/dev/log";
static const char *log_name = "virtswarm";

/* -- Lines: standard error and files ------------------------------------------------ */

static const char *const level_names[] = { "", "debug", "info", "warning", "error" };

/* One line; the lines of a message that has several begin with a tab after the first, so that
 * no message can pass for another. */
static char *
format_line (const LogRecord *record, bool torn)
{
  GString *line = g_string_sized_new (256);
  struct tm tm;

  gmtime_r (&record->time.tv_sec, &tm);
  g_string_append_printf (line, "%s%04d-%02d-%02d %02d:%02d:%02d.%03d+0000: %d: %s : %s:%d : ",
                          torn ? "\n" : "", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
                          tm.tm_hour, tm.tm_min, tm.tm_sec, (int) (record->time.tv_nsec / 1000000),
                          record->thread, level_names[record->level],
                          record->site->function, record->site->line);
  for (const char *text = record->text; *text != '\0'; text++)
    {
      g_string_append_c (line, *text);
      if (*text == '\n')
        g_string_append_c (line, '\t');
    }
  g_string_append_c (line, '\n');
  return g_string_free (line, FALSE);
}

static void
write_line (LogOutput *output, const LogRecord *record)
{
  bool torn = __atomic_exchange_n (&output->torn, 0, __ATOMIC_RELAXED) != 0;
  g_autofree char *line = format_line (record, torn);
  size_t length = strlen (line);
  struct pollfd ready = { .fd = output->fd, .events = POLLOUT };
  ssize_t n;

  if (output->is_socket)
    n = send (output->fd, line, length, MSG_DONTWAIT | MSG_NOSIGNAL);
  else if (poll (&ready, 1, 0) == 1 && (ready.revents & POLLOUT) != 0)
    n = write (output->fd, line, length);
  else
    n = -1;
  if ((n >= 0 && (size_t) n < length) || (n < 0 && torn))
    __atomic_store_n (&output->torn, 1, __ATOMIC_RELAXED);
}

/* A pipe or terminal is opened again: our description of it may be made
 * non-blocking, that of the one who started us may not. */
static bool
open_stderr (LogOutput *output, GError **error)
{
  struct stat info;

  output->fd = STDERR_FILENO;
  if (fstat (STDERR_FILENO, &info) < 0)
    return true;      /* closed: messages are lost, which is what was asked for */
  output->is_socket = S_ISSOCK (info.st_mode);
  if (S_ISFIFO (info.st_mode) || S_ISCHR (info.st_mode))
    {
      int fd = open ("/proc/self/fd/2", O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

      output->own_fd = fd >= 0;
      output->fd = fd >= 0 ? fd : STDERR_FILENO;
    }
  return true;
}

static bool
open_file (LogOutput *output, GError **error)
{
  if (!g_path_is_absolute (output->argument))
    {
      g_autofree char *relative = g_steal_pointer (&output->argument);

      output->argument = g_canonicalize_filename (relative, NULL);
    }
  output->fd = open (output->argument, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
  if (output->fd < 0)
    return fail_errno (error, VIR_FROM_NONE, errno, "cannot open log file '%s'", output->argument);
  output->own_fd = true;
  return true;
}

/* -- Datagrams: the journal and syslog ------------------------------------------------- */

static bool
open_datagram (LogOutput *output, GError **error)
{
  output->fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (output->fd < 0)
    return fail_errno (error, VIR_FROM_NONE, errno, "cannot make a socket for log output '%s'", output->item);
  output->own_fd = true;
  output->is_socket = true;
  return true;
}

/* Not connected: the service may be started again at any time. */
static void
send_datagram (LogOutput *output, const char *path, const char *data, size_t length)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };

  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  if (sendto (output->fd, data, length, MSG_DONTWAIT | MSG_NOSIGNAL,
              (struct sockaddr *) &address, sizeof address) < 0)
    return;
}

static const int syslog_priorities[] = { 0, LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERR };

/* NAME=VALUE, or for a value of several lines NAME, its length in 8 bytes and the value. */
static void
add_field (GString *entry, const char *name, const char *value)
{
  size_t length = strnlen (value, MAX_DATAGRAM_TEXT);

  g_string_append (entry, name);
  if (memchr (value, '\n', length) == NULL)
    g_string_append_c (entry, '=');
  else
    {
      uint64_t size = htole64 (length);

      g_string_append_c (entry, '\n');
      g_string_append_len (entry, (const char *) &size, sizeof size);
    }
  g_string_append_len (entry, value, (gssize) length);
  g_string_append_c (entry, '\n');
}

/* The journal's library function waits for a journal that does not read; a
 * datagram of our own does not. */
static void
write_journal (LogOutput *output, const LogRecord *record)
{
  g_autoptr (GString) entry = g_string_sized_new (512);
  char line[16], priority[4], thread[16];

  g_snprintf (line, sizeof line, "%d", record->site->line);
  g_snprintf (priority, sizeof priority, "%d", syslog_priorities[record->level]);
  g_snprintf (thread, sizeof thread, "%d", record->thread);
  const struct { const char *name, *value; } fields[] = {
    { "MESSAGE", record->text },
    { "PRIORITY", priority },
    { "SYSLOG_IDENTIFIER", log_name },
    { "SYSLOG_FACILITY", "3" },
    { "LIBVIRT_SOURCE", record->site->category },
    { "VIRTSWARM_CATEGORY", record->site->category },
    { "CODE_FILE", record->site->file },
    { "CODE_LINE", line },
    { "CODE_FUNC", record->site->function },
    { "TID", thread },
  };
  for (unsigned int i = 0; i < G_N_ELEMENTS (fields); i++)
    add_field (entry, fields[i].name, fields[i].value);
  send_datagram (output, log_journal_socket, entry->str, entry->len);
}

static void
write_syslog (LogOutput *output, const LogRecord *record)
{
  g_autofree char *entry = g_strdup_printf ("<%d>%s[%d]: %.*s", LOG_DAEMON | syslog_priorities[record->level],
                                            output->argument, getpid (), MAX_DATAGRAM_TEXT, record->text);

  send_datagram (output, log_syslog_socket, entry, strlen (entry));
}

/* -- Outputs ----------------------------------------------------------------------------- */

static const Destination destinations[] = {
  { "stderr", NULL, open_stderr, write_line },
  { "file", "a path", open_file, write_line },
  { "syslog", "a name", open_datagram, write_syslog },
  { "journald", NULL, open_datagram, write_journal },
};

bool
log_parse_level (const char *item, int *ret_level, const char **ret_rest)
{
  char *end;
  uint64_t level = g_ascii_strtoull (item, &end, 10);

  if (!g_ascii_isdigit (*item) || *end != ':' || level < LOG_LEVEL_DEBUG || level > LOG_LEVEL_ERROR)
    return false;
  *ret_level = (int) level;
  *ret_rest = end + 1;
  return true;
}

static const Destination *
find_destination (const char *text, size_t length)
{
  for (unsigned int i = 0; i < G_N_ELEMENTS (destinations); i++)
    if (strlen (destinations[i].name) == length && memcmp (destinations[i].name, text, length) == 0)
      return &destinations[i];
  return NULL;
}

/* Reads the item into the output, which is not open yet. */
static bool
parse_item (LogOutput *output, const char *item, GError **error)
{
  const char *rest, *colon;

  if (!log_parse_level (item, &output->level, &rest))
    return fail (error, VIR_FROM_NONE, VIR_ERR_INVALID_ARG,
                 "log output '%s' does not begin with a level from 1 to 4 and a colon", item);
  colon = strchr (rest, ':');
  output->destination = find_destination (rest, colon != NULL ? (size_t) (colon - rest) : strlen (rest));
  if (output->destination == NULL)
    return fail (error, VIR_FROM_NONE, VIR_ERR_INVALID_ARG,
                 "log output '%s' goes to none of stderr, file, syslog and journald", item);
  if (output->destination->argument == NULL && colon != NULL)
    return fail (error, VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "log output '%s': %s takes no argument",
                 item, output->destination->name);
  if (output->destination->argument != NULL && (colon == NULL || colon[1] == '\0'))
    return fail (error, VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "log output '%s': %s needs %s after a colon",
                 item, output->destination->name, output->destination->argument);
  output->argument = colon != NULL ? g_strdup (colon + 1) : NULL;
  return true;
}

static void
output_clear (void *data)
{
  LogOutput *output = data;

  if (output->own_fd)
    fd_clear (&output->fd);
  g_free (output->argument);
  g_free (output->item);
}

LogOutput *
log_output_ref (LogOutput *output)
{
  return g_atomic_rc_box_acquire (output);
}

void
log_output_unref (LogOutput *output)
{
  g_atomic_rc_box_release_full (output, output_clear);
}

LogOutput *
log_output_open (const char *item, GError **error)
{
  g_autoptr (LogOutput) output = g_atomic_rc_box_new0 (LogOutput);

  output->fd = -1;
  if (!parse_item (output, item, error) || !output->destination->open (output, error))
    return NULL;
  output->item = g_strdup_printf ("%d:%s%s%s", output->level, output->destination->name,
                                  output->argument != NULL ? ":" : "",
                                  output->argument != NULL ? output->argument : "");
  return g_steal_pointer (&output);
}

const char *
log_output_item (const LogOutput *output)
{
  return output->item;
}

int
log_output_level (const LogOutput *output)
{
  return output->level;
}

bool
log_output_same (const LogOutput *a, const LogOutput *b)
{
  return a->destination == b->destination && g_strcmp0 (a->argument, b->argument) == 0;
}

void
log_output_write (LogOutput *output, const LogRecord *record)
{
  output->destination->write (output, record);
}

void
log_output_set_name (const char *name)
{
  log_name = name;
}
