/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "agent/agent.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "util/error.h"
#include "util/json.h"
#include "util/loop.h"
#include "util/worker.h"

#define READ_CHUNK (64u << 10)
/* A longer answer is parsed on a worker. */
#define LONG_ANSWER (64u << 10)
/* Never part of UTF-8: the agent puts it in front of its answer to a sync, and forgets half a
 * command when it reads it. */
#define MARK 0xff

struct Agent
{
  unsigned int refs;
  int fd;                       /* -1: closed */
  char *subject;
  IoWatch *watch;
  Wait wait;                    /* of the one command */
  bool waiting;
  bool power;                   /* the guest ended or sleeps, since the command began */
  GByteArray *in;               /* read and not used yet */
  size_t discarded;             /* bytes thrown away by this sync */
  bool heard;                   /* something that was no answer to this sync */
  bool lacks;                   /* the last command, as it says */
};

/* --- life ------------------------------------------------------------------------------------ */

/* Wakes whoever waits. Nobody: the other end has gone, since nothing else was asked for. */
static void
on_io (uint32_t events, void *data)
{
  Agent *agent = data;

  if (!agent->waiting)
    {
      agent_close (agent);
      return;
    }
  io_watch_set_events (agent->watch, 0);
  wait_done (&agent->wait);
}

Agent *
agent_new (int fd, const char *subject)
{
  Agent *agent = g_new0 (Agent, 1);

  agent->refs = 1;
  agent->fd = fd;
  agent->subject = g_strdup (subject);
  agent->in = g_byte_array_new ();
  fcntl (fd, F_SETFL, fcntl (fd, F_GETFL) | O_NONBLOCK);
  agent->watch = io_watch_new (fd, 0, "guest agent", on_io, agent);
  if (agent->watch == NULL)
    agent_close (agent);
  return agent;
}

Agent *
agent_ref (Agent *agent)
{
  agent->refs++;
  return agent;
}

void
agent_unref (Agent *agent)
{
  if (agent == NULL || --agent->refs > 0)
    return;
  agent_close (agent);
  g_byte_array_unref (agent->in);
  g_free (agent->subject);
  g_free (agent);
}

void
agent_close (Agent *agent)
{
  g_clear_pointer (&agent->watch, io_watch_free);
  fd_clear (&agent->fd);
  wait_done (&agent->wait);
}

bool
agent_is_open (const Agent *agent)
{
  return agent->fd >= 0;
}

void
agent_note_power (Agent *agent)
{
  agent->power = true;
  wait_done (&agent->wait);
}

static bool
fail_gone (const Agent *agent, GError **error)
{
  return fail (error, VIR_FROM_QEMU, VIR_ERR_AGENT_UNRESPONSIVE,
               "the guest agent of domain '%s' went away before it answered", agent->subject);
}

/* --- bytes ------------------------------------------------------------------------------------- */

/* Awaits @events; what happened meanwhile is for the caller to see. */
static bool
await_io (Agent *agent, uint32_t events, Deadline deadline, const char *why, GError **error)
{
  bool done;

  if (agent->fd < 0)
    return fail_gone (agent, error);
  io_watch_set_events (agent->watch, events);
  agent->waiting = true;
  done = wait_for (&agent->wait, deadline, why, error);
  agent->waiting = false;
  if (agent->watch != NULL)
    io_watch_set_events (agent->watch, 0);
  return done;
}

static bool
again (void)
{
  return errno == EAGAIN || errno == EINTR;
}

static bool
agent_write (Agent *agent, const char *data, size_t length, Deadline deadline, GError **error)
{
  while (length > 0)
    {
      ssize_t n = agent->fd >= 0 ? send (agent->fd, data, length, MSG_NOSIGNAL) : -1;

      if (n > 0)
        {
          data += n;
          length -= (size_t) n;
        }
      else if (agent->fd < 0 || !again ())
        {
          agent_close (agent);
          return fail_gone (agent, error);
        }
      else if (!await_io (agent, EPOLLOUT, deadline, "a guest agent that reads", error))
        return false;
    }
  return true;
}

/* Reads once: what is there, at most a chunk. False at the channel's end. */
static bool
read_chunk (Agent *agent, GError **error)
{
  guint had = agent->in->len;
  ssize_t n;

  if (agent->fd < 0)
    return fail_gone (agent, error);
  g_byte_array_set_size (agent->in, had + READ_CHUNK);
  n = recv (agent->fd, agent->in->data + had, READ_CHUNK, 0);
  g_byte_array_set_size (agent->in, had + (n > 0 ? (guint) n : 0));
  if (n > 0 || (n < 0 && again ()))
    return true;
  agent_close (agent);
  return fail_gone (agent, error);
}

/* The next line without its end, of at most AGENT_MAX_ANSWER bytes; caller frees. Each chunk takes a turn
 * of the loop, so that a flood holds nobody up. */
static char *
read_line (Agent *agent, Deadline deadline, GError **error)
{
  size_t scanned = 0;

  for (;;)
    {
      const guint8 *base = agent->in->data;
      const guint8 *end = agent->in->len > scanned ? memchr (base + scanned, '\n', agent->in->len - scanned) : NULL;

      if (end != NULL)
        {
          size_t length = (size_t) (end - base);
          char *line = g_malloc (length + 1);

          memcpy (line, base, length);
          line[length] = '\0';
          g_byte_array_remove_range (agent->in, 0, (guint) length + 1);
          return line;
        }
      scanned = agent->in->len;
      if (scanned > AGENT_MAX_ANSWER)
        return fail_null (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR,
                          "the guest agent of domain '%s' sent an answer of more than %u bytes",
                          agent->subject, AGENT_MAX_ANSWER);
      if (!await_io (agent, EPOLLIN, deadline, "the guest agent's answer", error))
        return NULL;
      if (agent->power)
        return fail_gone (agent, error), NULL;
      if (!read_chunk (agent, error))
        return NULL;
    }
}

/* --- synchronising ------------------------------------------------------------------------------- */

/* Throws @length bytes at the start away, within the limit of one sync. */
static bool
discard (Agent *agent, size_t length, GError **error)
{
  g_byte_array_remove_range (agent->in, 0, (guint) length);
  agent->discarded += length;
  agent->heard = agent->heard || length > 0;
  return agent->discarded <= AGENT_MAX_ANSWER
         || fail (error, VIR_FROM_QEMU, VIR_ERR_AGENT_UNSYNCED,
                  "the guest agent of domain '%s' talks without being asked", agent->subject);
}

/* Reads up to and with the next mark. */
static bool
skip_to_mark (Agent *agent, Deadline deadline, GError **error)
{
  for (;;)
    {
      const guint8 *mark = agent->in->len > 0 ? memchr (agent->in->data, MARK, agent->in->len) : NULL;

      if (!discard (agent, mark != NULL ? (size_t) (mark - agent->in->data) + 1 : agent->in->len, error))
        return false;
      if (mark != NULL)
        return true;
      if (!await_io (agent, EPOLLIN, deadline, "the guest agent", error) || !read_chunk (agent, error))
        return false;
    }
}

/* Reads answers until the one to sync @id. */
static bool
find_sync (Agent *agent, int64_t id, Deadline deadline, GError **error)
{
  for (;;)
    {
      g_autofree char *line = NULL;
      g_autoptr (json_t) answer = NULL;
      const json_t *value;

      if (!skip_to_mark (agent, deadline, error) || (line = read_line (agent, deadline, error)) == NULL)
        return false;
      /* An answer to a sync is short: what is long needs no parsing. */
      answer = strlen (line) < 256 ? json_loads (line, 0, NULL) : NULL;
      value = json_object_get (answer, "return");
      if (json_is_integer (value) && json_integer_value (value) == id)
        return true;
      agent->discarded += strlen (line);
      agent->heard = true;
    }
}

/* Forgets what was read and not asked for; between commands there is no buffer. */
static void
forget_input (Agent *agent)
{
  g_byte_array_unref (agent->in);
  agent->in = g_byte_array_new ();
}

bool
agent_sync (Agent *agent, Deadline deadline, GError **error)
{
  G_GNUC_UNUSED g_autoptr (Agent) keep = agent_ref (agent);
  g_autoptr (GError) local = NULL;
  int64_t id = ((int64_t) g_random_int () << 20 | g_random_int_range (0, 1 << 20)) + 1;
  g_autofree char *command = g_strdup_printf ("%c{\"execute\":\"guest-sync-delimited\",\"arguments\":{\"id\":%"
                                              G_GINT64_FORMAT "}}\n", MARK, id);

  forget_input (agent);
  agent->discarded = 0;
  agent->heard = agent->power = false;
  if (agent_write (agent, command, strlen (command), deadline, &local) && find_sync (agent, id, deadline, &local))
    return true;
  forget_input (agent);
  if (!virt_error_is (local, VIR_ERR_OPERATION_TIMEOUT))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return false;
    }
  return agent->heard
           ? fail (error, VIR_FROM_QEMU, VIR_ERR_AGENT_UNSYNCED,
                   "the guest agent of domain '%s' answers something else than what it is asked", agent->subject)
           : fail (error, VIR_FROM_QEMU, VIR_ERR_AGENT_UNRESPONSIVE,
                   "the guest agent of domain '%s' does not answer", agent->subject);
}

/* --- commands --------------------------------------------------------------------------------------- */

typedef struct
{
  char *line;
  json_t *value;
  json_error_t where;
} Parse;

static bool
parse_work (void *args, GError **error)
{
  Parse *parse = args;

  parse->value = json_loads (parse->line, JSON_ALLOW_NUL, &parse->where);
  return true;
}

/* How many values there are at most in a text, without parsing it: a value takes some fifty times the
 * memory of its shortest text. */
static bool
too_many_values (const char *line)
{
  unsigned int n = 0;

  for (const char *c = line; *c != '\0'; c++)
    n += *c == ',' || *c == '[' || *c == '{';
  return n > AGENT_MAX_VALUES;
}

static json_t *
parse_answer (const Agent *agent, char *line, GError **error)
{
  Parse parse = { .line = line };

  if (too_many_values (line))
    return fail_null (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR,
                      "the guest agent of domain '%s' sent an answer of more than %u values", agent->subject,
                      AGENT_MAX_VALUES);
  if (strlen (line) > LONG_ANSWER)
    worker_run ("parse an agent's answer", parse_work, &parse, NULL);
  else
    parse_work (&parse, NULL);
  if (parse.value == NULL)
    return fail_null (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR,
                      "the guest agent of domain '%s' sent an answer that is not JSON: %s", agent->subject,
                      parse.where.text);
  return parse.value;
}

bool
agent_lacks_command (const Agent *agent)
{
  return agent->lacks;
}

static json_t *
check_answer (Agent *agent, const char *name, json_t *answer, GError **error)
{
  g_autoptr (json_t) owned = answer;
  const json_t *refusal = json_object_get (owned, "error");

  agent->lacks = g_str_has_prefix (json_get_string (refusal, "class", ""), "Command");
  if (refusal != NULL)
    return fail_null (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR,
                      "the guest agent of domain '%s' refused the command '%s': %s", agent->subject, name,
                      json_get_string (refusal, "desc", "it gave no reason"));
  if (json_object_get (owned, "return") == NULL)
    return fail_null (error, VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR,
                      "the guest agent of domain '%s' answered the command '%s' with neither a result nor an error",
                      agent->subject, name);
  return g_steal_pointer (&owned);
}

static json_t *
exchange (Agent *agent, const char *name, const json_t *command, Deadline deadline, GError **error)
{
  g_autofree char *text = json_dumps (command, JSON_COMPACT);
  g_autofree char *out = text != NULL ? g_strconcat (text, "\n", NULL) : NULL;
  g_autofree char *line = NULL;
  g_autoptr (GError) local = NULL;
  json_t *answer;

  if (out == NULL || strlen (out) > AGENT_MAX_COMMAND)
    return fail_null (error, VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "the command '%s' for the guest agent of domain '%s' %s",
                      name, agent->subject, out == NULL ? "is not UTF-8" : "is too long");
  agent->power = false;
  if (agent_write (agent, out, strlen (out), deadline, &local))
    line = read_line (agent, deadline, &local);
  forget_input (agent);
  if (line == NULL)
    {
      if (virt_error_is (local, VIR_ERR_OPERATION_TIMEOUT))
        return fail_null (error, VIR_FROM_QEMU, VIR_ERR_AGENT_UNRESPONSIVE,
                          "the guest agent of domain '%s' did not answer the command '%s' in time",
                          agent->subject, name);
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
  answer = parse_answer (agent, line, error);
  return answer != NULL ? check_answer (agent, name, answer, error) : NULL;
}

static json_t *
command_object (const char *name, json_t *args)
{
  json_t *command = json_pack ("{s:s}", "execute", name);

  if (args != NULL)
    json_object_set_new (command, "arguments", args);
  return command;
}

json_t *
agent_command (Agent *agent, const char *name, json_t *args, Deadline deadline, GError **error)
{
  G_GNUC_UNUSED g_autoptr (Agent) keep = agent_ref (agent);
  g_autoptr (json_t) command = command_object (name, args);
  g_autoptr (json_t) answer = exchange (agent, name, command, deadline, error);

  return json_incref (json_object_get (answer, "return"));
}

bool
agent_command_power (Agent *agent, const char *name, json_t *args, Deadline deadline, GError **error)
{
  G_GNUC_UNUSED g_autoptr (Agent) keep = agent_ref (agent);
  g_autoptr (json_t) command = command_object (name, args);
  g_autoptr (GError) local = NULL;
  g_autoptr (json_t) answer = exchange (agent, name, command, deadline, &local);

  if (answer != NULL || agent->power || (agent->fd < 0 && virt_error_is (local, VIR_ERR_AGENT_UNRESPONSIVE)))
    return true;
  g_propagate_error (error, g_steal_pointer (&local));
  return false;
}

json_t *
agent_raw (Agent *agent, const json_t *command, Deadline deadline, GError **error)
{
  G_GNUC_UNUSED g_autoptr (Agent) keep = agent_ref (agent);
  const char *name = json_get_string (command, "execute", "(without a name)");

  return exchange (agent, name, command, deadline, error);
}
