/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/qmp-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "util/error.h"
#include "util/loop.h"
#include "util/worker.h"

#define READ_CHUNK (64u << 10)
/* One dispatch handles about this much, so that a chattering QEMU cannot hold the loop. */
#define READ_BUDGET (512u << 10)
/* A longer line is parsed on a worker. */
#define LONG_LINE (64u << 10)

typedef struct
{
  char *data;
  size_t length, sent;
  int fd;                       /* -1: none; closed when sent */
} Outgoing;

struct Qmp
{
  unsigned int refs;
  int fd;
  char *subject;
  const QmpHandler *handler;
  void *user;
  sd_event_source *source;
  GByteArray *in;
  size_t scanned;               /* bytes of `in` known to hold no newline */
  GQueue out;                   /* Outgoing */
  GHashTable *pending;          /* id -> QmpPending */
  GHashTable *questions;
  unsigned int next_id;
  json_t *greeting;
  bool unresponsive;
  char *given_up;               /* the first command that was not answered in time; NULL: none, or QEMU answered since */
  uint64_t given_up_since;      /* when it was sent */
  GError *reason;               /* set once the monitor is lost */
  bool parsing;                 /* a long line is with a worker: what follows waits */
};

/* --- life ------------------------------------------------------------------ */

int
qmp_dial (const char *path, GError **error)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);
  fd_auto int dir = open (folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
  fd_auto int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

  if (dir < 0 || fd < 0)
    {
      fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED, "cannot reach the socket %s: %s",
            path, g_strerror (errno));
      return -1;
    }
  /* By way of the folder's descriptor: sun_path holds 107 bytes only. */
  if (snprintf (address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", dir, name)
        >= (int) sizeof address.sun_path
      || connect (fd, (struct sockaddr *) &address, sizeof address) < 0)
    {
      fail (error, VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED, "cannot connect to the socket %s: %s",
            path, g_strerror (errno));
      return -1;
    }
  return fd_steal (&fd);
}

static void
outgoing_free (void *data)
{
  Outgoing *outgoing = data;

  fd_clear (&outgoing->fd);
  g_free (outgoing->data);
  g_free (outgoing);
}

Qmp *
qmp_ref (Qmp *qmp)
{
  qmp->refs++;
  return qmp;
}

void
qmp_unref (Qmp *qmp)
{
  if (qmp == NULL || --qmp->refs > 0)
    return;
  qmp->refs = 1;                /* keeps those alive whom closing calls */
  qmp_close (qmp);
  g_hash_table_unref (qmp->pending);
  g_hash_table_unref (qmp->questions);
  g_byte_array_unref (qmp->in);
  json_decref (qmp->greeting);
  g_clear_error (&qmp->reason);
  g_free (qmp->given_up);
  g_free (qmp->subject);
  g_free (qmp);
}

/* Everything that waits for a reply hears that there will be none. */
static void
qmp_drop_pending (Qmp *qmp)
{
  GHashTableIter iter;
  QmpPending *pending;

  for (;;)
    {
      g_hash_table_iter_init (&iter, qmp->pending);
      if (!g_hash_table_iter_next (&iter, NULL, (void **) &pending))
        return;
      g_hash_table_iter_remove (&iter);
      pending->done (pending, NULL, NULL);
    }
}

/* Ends the connection because of @reason (taken over). */
static void
qmp_lose (Qmp *qmp, GError *reason)
{
  G_GNUC_UNUSED g_autoptr (Qmp) keep = qmp_ref (qmp);
  const QmpHandler *handler = qmp->handler;

  if (qmp->reason != NULL)
    {
      g_error_free (reason);
      return;
    }
  qmp->reason = reason;
  qmp->handler = NULL;
  qmp->source = sd_event_source_disable_unref (qmp->source);
  fd_clear (&qmp->fd);
  g_queue_clear_full (&qmp->out, outgoing_free);
  if (handler != NULL && handler->closed != NULL)
    handler->closed (qmp, reason, qmp->user);
  qmp_drop_pending (qmp);
}

void
qmp_close (Qmp *qmp)
{
  GError *reason = NULL;

  qmp->handler = NULL;
  fail (&reason, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "monitor of %s was closed", qmp->subject);
  qmp_lose (qmp, reason);
}

bool
qmp_is_open (const Qmp *qmp)
{
  return qmp->reason == NULL;
}

bool
qmp_fail_lost (const Qmp *qmp, GError **error)
{
  if (error != NULL)
    *error = g_error_copy (qmp->reason);
  return false;
}

const char *
qmp_subject (const Qmp *qmp)
{
  return qmp->subject;
}

json_t *
qmp_greeting (const Qmp *qmp)
{
  return qmp->greeting;
}

bool
qmp_is_responsive (const Qmp *qmp)
{
  return !qmp->unresponsive && qmp->reason == NULL;
}

void
qmp_set_unresponsive (Qmp *qmp)
{
  qmp->unresponsive = true;
}

GHashTable *
qmp_questions (Qmp *qmp)
{
  return qmp->questions;
}

void
qmp_give_up (Qmp *qmp, const char *name, uint64_t since, GError **error)
{
  g_autofree char *client = fiber_subject (fiber_self ());

  if (error != NULL)
    virt_error_claim (*error, VIR_FROM_QEMU);
  g_prefix_error (error, "monitor of %s, command '%s': ", qmp_subject (qmp), name);
  if (qmp->given_up != NULL && error != NULL && *error != NULL)
    {
      g_autofree char *words = g_strdup_printf ("%s; it has not answered %s for %" G_GUINT64_FORMAT " s", (*error)->message,
                                                qmp->given_up, (loop_now () - qmp->given_up_since) / G_USEC_PER_SEC);

      g_free ((*error)->message);
      (*error)->message = g_steal_pointer (&words);
    }
  else if (qmp->given_up == NULL)
    {
      qmp->given_up = g_strdup_printf ("'%s'%s%s", name, client != NULL ? " of " : "", client != NULL ? client : "");
      qmp->given_up_since = since;
    }
}

/* --- lines in -------------------------------------------------------------- */

static void
qmp_handle_reply (Qmp *qmp, json_t *object, const char *line)
{
  const char *text = json_string_value (json_object_get (object, "id"));
  QmpPending *pending;
  unsigned int id;

  qmp->unresponsive = false;
  g_clear_pointer (&qmp->given_up, g_free);
  if (text == NULL || sscanf (text, "libvirt-%u", &id) != 1)
    return;
  pending = g_hash_table_lookup (qmp->pending, GUINT_TO_POINTER (id));
  if (pending == NULL)
    return;                     /* nobody waits for it any more */
  g_hash_table_remove (qmp->pending, GUINT_TO_POINTER (id));
  pending->done (pending, object, line);
}

static void
qmp_handle_event (Qmp *qmp, const char *name, json_t *object)
{
  json_t *data = json_object_get (object, "data");
  json_t *when = json_object_get (object, "timestamp");
  g_autoptr (json_t) empty = json_object ();
  json_int_t seconds = json_integer_value (json_object_get (when, "seconds"));
  json_int_t micros = json_integer_value (json_object_get (when, "microseconds"));

  if (qmp->handler == NULL || qmp->handler->event == NULL)
    return;
  /* QEMU says -1 if it has no clock; an absurd time must not overflow either. */
  if (seconds < 0 || seconds > INT32_MAX || micros < 0 || micros > G_USEC_PER_SEC)
    seconds = micros = 0;
  qmp->handler->event (qmp, name, json_is_object (data) ? data : empty,
                       (int64_t) seconds * G_USEC_PER_SEC + micros, qmp->user);
}

/* Writes integers that are too big for JSON's parser as the signed numbers of the same bits. Caller frees. */
static char *
wrap_big_numbers (const char *line)
{
  GString *out = g_string_sized_new (strlen (line));
  bool in_string = false;

  for (const char *c = line; *c != '\0';)
    {
      size_t digits = in_string ? 0 : strspn (c, "0123456789");
      uint64_t value;
      g_autofree char *number = g_strndup (c, digits);

      if (digits >= 19 && g_ascii_string_to_unsigned (number, 10, 0, UINT64_MAX, &value, NULL)
          && value > INT64_MAX)
        g_string_append_printf (out, "%" G_GINT64_FORMAT, (int64_t) value);
      else if (digits > 0)
        g_string_append (out, number);
      else if (in_string && *c == '\\' && c[1] != '\0')
        g_string_append_len (out, c, 2);
      else
        {
          in_string ^= *c == '"';
          g_string_append_c (out, *c);
        }
      c += digits > 0 ? digits : in_string && *c == '\\' && c[1] != '\0' ? 2 : 1;
    }
  return g_string_free (out, FALSE);
}

json_t *
qmp_parse (const char *line, json_error_t *where)
{
  json_t *object = json_loads (line, JSON_ALLOW_NUL, where);
  g_autofree char *wrapped = NULL;

  if (object != NULL || json_error_code (where) != json_error_numeric_overflow)
    return object;
  wrapped = wrap_big_numbers (line);
  return json_loads (wrapped, JSON_ALLOW_NUL, where);
}

/* False (with @error) if the line @text is not QMP; @object is what the parser made of it. */
static bool
qmp_handle_object (Qmp *qmp, const char *text, json_t *object, const char *parse_error, GError **error)
{
  const char *event;

  if (!json_is_object (object))
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR,
                 "monitor of %s sent something that is not QMP: %s", qmp->subject,
                 object == NULL ? parse_error : "not an object");

  event = json_string_value (json_object_get (object, "event"));
  if (event != NULL)
    qmp_handle_event (qmp, event, object);
  else if (json_object_get (object, "return") != NULL || json_object_get (object, "error") != NULL)
    qmp_handle_reply (qmp, object, text);
  else if (json_is_object (json_object_get (object, "QMP")))
    {
      json_decref (qmp->greeting);
      qmp->greeting = json_incref (json_object_get (object, "QMP"));
    }
  else
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR,
                 "monitor of %s sent an object that is neither reply nor event", qmp->subject);
  return true;
}

typedef struct
{
  Qmp *qmp;                     /* counted; not touched by the worker */
  char *text;
  json_t *object;
  json_error_t where;
} LongLine;

static bool
parse_work (void *args, GError **error)
{
  LongLine *line = args;

  line->object = qmp_parse (line->text, &line->where);
  return true;
}

static bool qmp_handle_lines (Qmp *qmp, GError **error);

/* A fiber: has a long line parsed, then goes on with what came after it. */
static void
handle_long_line (void *data)
{
  LongLine *line = data;
  Qmp *qmp = line->qmp;
  GError *error = NULL;

  worker_run ("parse a long reply", parse_work, line, NULL);
  qmp->parsing = false;
  if (qmp->reason == NULL)
    {
      sd_event_source_set_enabled (qmp->source, SD_EVENT_ON);
      if (!qmp_handle_object (qmp, line->text, line->object, line->where.text, &error)
          || (qmp->reason == NULL && !qmp_handle_lines (qmp, &error)))
        qmp_lose (qmp, error);
    }
  json_decref (line->object);
  g_free (line->text);
  g_free (line);
  qmp_unref (qmp);
}

static void
qmp_start_long_line (Qmp *qmp, char *text)
{
  LongLine *line = g_new0 (LongLine, 1);

  line->qmp = qmp_ref (qmp);
  line->text = text;
  qmp->parsing = true;
  sd_event_source_set_enabled (qmp->source, SD_EVENT_OFF);
  fiber_start ("parse a long reply", qmp->subject, handle_long_line, line);
}

/* Takes @text, a line, over. */
static bool
qmp_handle_line (Qmp *qmp, char *text, GError **error)
{
  g_autofree char *line = g_strchomp (text);
  g_autoptr (json_t) object = NULL;
  json_error_t where;
  size_t length = strlen (line);

  if (length == 0)
    return true;
  if (length > LONG_LINE)
    {
      qmp_start_long_line (qmp, g_steal_pointer (&line));
      return true;
    }
  object = qmp_parse (line, &where);
  return qmp_handle_object (qmp, line, object, where.text, error);
}

/* The length of the whole line at @start in the buffer, -1 if it is not whole yet. */
static ssize_t
qmp_next_line (const Qmp *qmp, size_t start)
{
  size_t from = MAX (start, qmp->scanned);
  const guint8 *base = qmp->in->data;
  const guint8 *end = from < qmp->in->len ? memchr (base + from, '\n', qmp->in->len - from) : NULL;

  return end != NULL ? end - base - (ssize_t) start : -1;
}

/* Handles the whole lines in the buffer, up to one that a worker parses. */
static bool
qmp_handle_lines (Qmp *qmp, GError **error)
{
  size_t start = 0;
  ssize_t length;

  while (qmp->reason == NULL && !qmp->parsing && (length = qmp_next_line (qmp, start)) >= 0)
    {
      char *line = g_strndup ((const char *) qmp->in->data + start, (size_t) length);

      start += (size_t) length + 1;
      qmp->scanned = start;
      if (!qmp_handle_line (qmp, line, error))
        return false;
    }
  if (start > 0)
    g_byte_array_remove_range (qmp->in, 0, start);
  qmp->scanned = qmp->parsing ? 0 : qmp->in->len;
  if (qmp->in->len > QMP_MAX_LINE)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR,
                 "monitor of %s sent a line of more than %u bytes", qmp->subject, QMP_MAX_LINE);
  return true;
}

/* Reads what is there, up to the budget. */
static bool
qmp_read (Qmp *qmp, GError **error)
{
  for (size_t total = 0; total < READ_BUDGET && qmp->reason == NULL && !qmp->parsing;)
    {
      guint had = qmp->in->len;
      ssize_t n;

      g_byte_array_set_size (qmp->in, had + READ_CHUNK);
      n = recv (qmp->fd, qmp->in->data + had, READ_CHUNK, 0);
      g_byte_array_set_size (qmp->in, had + (n > 0 ? (guint) n : 0));
      if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return true;
      if (n == 0)
        return fail (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR,
                     "QEMU of %s closed its monitor", qmp->subject);
      if (n < 0)
        return fail (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR,
                     "reading the monitor of %s: %s", qmp->subject, g_strerror (errno));
      total += (size_t) n;
      if (!qmp_handle_lines (qmp, error))
        return false;
      if ((size_t) n < READ_CHUNK)
        return true;
    }
  return true;
}

/* --- lines out ------------------------------------------------------------- */

/* One sendmsg; the descriptor goes with the first byte of its line. */
static ssize_t
outgoing_send (int socket, Outgoing *outgoing)
{
  struct iovec iov = { outgoing->data + outgoing->sent, outgoing->length - outgoing->sent };
  union { struct cmsghdr header; char bytes[CMSG_SPACE (sizeof (int))]; } control = { 0 };
  struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };

  if (outgoing->fd >= 0)
    {
      message.msg_control = control.bytes;
      message.msg_controllen = sizeof control.bytes;
      control.header.cmsg_level = SOL_SOCKET;
      control.header.cmsg_type = SCM_RIGHTS;
      control.header.cmsg_len = CMSG_LEN (sizeof (int));
      memcpy (CMSG_DATA (&control.header), &outgoing->fd, sizeof (int));
    }
  return sendmsg (socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static bool
qmp_write (Qmp *qmp, GError **error)
{
  Outgoing *outgoing;

  while ((outgoing = g_queue_peek_head (&qmp->out)) != NULL)
    {
      ssize_t n = outgoing_send (qmp->fd, outgoing);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0 && errno == EAGAIN)
        break;
      if (n < 0)
        return fail (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR,
                     "writing to the monitor of %s: %s", qmp->subject, g_strerror (errno));
      fd_clear (&outgoing->fd);
      outgoing->sent += (size_t) n;
      if (outgoing->sent == outgoing->length)
        outgoing_free (g_queue_pop_head (&qmp->out));
    }
  sd_event_source_set_io_events (qmp->source, EPOLLIN | (g_queue_is_empty (&qmp->out) ? 0 : EPOLLOUT));
  return true;
}

static int
qmp_on_io (sd_event_source *source, int fd, uint32_t events, void *data)
{
  g_autoptr (Qmp) qmp = qmp_ref (data);
  GError *error = NULL;
  bool ok = true;

  /* What QEMU wrote before it went is read before its going is noticed. */
  if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
    ok = qmp_read (qmp, &error);
  if (ok && qmp->reason == NULL && (events & EPOLLOUT))
    ok = qmp_write (qmp, &error);
  if (!ok)
    qmp_lose (qmp, error);
  return 0;
}

/* A failed write is noticed by the reader, after what QEMU still had to say. */
static void
qmp_flush (Qmp *qmp)
{
  g_autoptr (GError) error = NULL;

  if (!qmp_write (qmp, &error))
    g_queue_clear_full (&qmp->out, outgoing_free);
}

bool
qmp_send (Qmp *qmp, QmpPending *pending, json_t *command, int fd, GError **error)
{
  g_autoptr (json_t) owned = command;
  g_autofree char *text = NULL;
  char id[32];
  Outgoing *outgoing;

  if (qmp->reason != NULL)
    return qmp_fail_lost (qmp, error);
  pending->id = ++qmp->next_id;
  snprintf (id, sizeof id, "libvirt-%u", pending->id);
  json_object_set_new (owned, "id", json_string (id));
  text = json_dumps (owned, JSON_COMPACT);
  if (text == NULL)
    return fail (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR,
                 "command '%s' cannot be written as JSON (text that is not UTF-8)", pending->name);

  outgoing = g_new0 (Outgoing, 1);
  outgoing->data = g_strconcat (text, "\r\n", NULL);
  outgoing->length = strlen (outgoing->data);
  outgoing->fd = fd >= 0 ? fcntl (fd, F_DUPFD_CLOEXEC, 3) : -1;
  if (fd >= 0 && outgoing->fd < 0)
    {
      outgoing_free (outgoing);
      return fail_errno (error, VIR_FROM_QEMU, errno, "cannot duplicate a descriptor for '%s'", pending->name);
    }
  g_queue_push_tail (&qmp->out, outgoing);
  g_hash_table_insert (qmp->pending, GUINT_TO_POINTER (pending->id), pending);
  if (qmp->out.length == 1)
    qmp_flush (qmp);
  return true;
}

void
qmp_forget (Qmp *qmp, QmpPending *pending)
{
  if (g_hash_table_lookup (qmp->pending, GUINT_TO_POINTER (pending->id)) == pending)
    g_hash_table_remove (qmp->pending, GUINT_TO_POINTER (pending->id));
}

Qmp *
qmp_new (int fd, const char *subject, const QmpHandler *handler, void *user)
{
  Qmp *qmp = g_new0 (Qmp, 1);

  qmp->refs = 1;
  qmp->fd = fd;
  qmp->subject = g_strdup (subject);
  qmp->handler = handler;
  qmp->user = user;
  qmp->in = g_byte_array_new ();
  qmp->pending = g_hash_table_new (NULL, NULL);
  qmp->questions = g_hash_table_new (g_str_hash, g_str_equal);
  g_queue_init (&qmp->out);
  fcntl (fd, F_SETFL, fcntl (fd, F_GETFL) | O_NONBLOCK);
  g_assert (sd_event_add_io (loop_event (), &qmp->source, fd, EPOLLIN, qmp_on_io, qmp) >= 0);
  sd_event_source_set_description (qmp->source, "monitor");
  return qmp;
}
