/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The conversation with an agent that says what each test wants. */
#include "agent/agent.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "util/error.h"
#include "util/json.h"
#include "util/loop.h"

#define SHORT_MS 30

typedef enum { DO_SYNC, DO_COMMAND, DO_POWER, DO_RAW } What;

/* One command on its fiber. */
typedef struct
{
  Agent *agent;
  What what;
  uint64_t ms;
  bool ended, ok;
  json_t *result;
  GError *error;
} Deed;

typedef struct
{
  Agent *agent;
  int peer;                     /* the guest's end */
  Deed deed;
} Fixture;

static void
set_up (Fixture *f, const void *data)
{
  int pair[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
  f->peer = pair[1];
  f->agent = agent_new (pair[0], "test");
}

static void
clear_deed (Deed *deed)
{
  json_decref (deed->result);
  g_clear_error (&deed->error);
  *deed = (Deed) { 0 };
}

static void
tear_down (Fixture *f, const void *data)
{
  clear_deed (&f->deed);
  agent_unref (f->agent);
  fd_clear (&f->peer);
  g_assert_cmpuint (fiber_count (), ==, 0);
}

static void
do_it (void *data)
{
  Deed *deed = data;
  Deadline deadline = deadline_in_ms (deed->ms);
  g_autoptr (json_t) raw = json_pack ("{s:s}", "execute", "guest-ping");

  switch (deed->what)
    {
    case DO_SYNC:
      deed->ok = agent_sync (deed->agent, deadline, &deed->error);
      break;
    case DO_COMMAND:
      deed->result = agent_command (deed->agent, "guest-test", json_pack ("{s:i}", "n", 1), deadline, &deed->error);
      deed->ok = deed->result != NULL;
      break;
    case DO_POWER:
      deed->ok = agent_command_power (deed->agent, "guest-shutdown", NULL, deadline, &deed->error);
      break;
    case DO_RAW:
      deed->result = agent_raw (deed->agent, raw, deadline, &deed->error);
      deed->ok = deed->result != NULL;
      break;
    }
  deed->ended = true;
}

static void
begin (Fixture *f, What what, uint64_t ms)
{
  clear_deed (&f->deed);
  f->deed = (Deed) { .agent = f->agent, .what = what, .ms = ms };
  fiber_start ("test", NULL, do_it, &f->deed);
}

static void
finish (Fixture *f)
{
  for (int i = 0; i < 2000 && !f->deed.ended; i++)
    loop_turn (5);
  g_assert_true (f->deed.ended);
}

static void
say_bytes (Fixture *f, const char *text, size_t length)
{
  g_assert_cmpint (write (f->peer, text, length), ==, (ssize_t) length);
}

static void
say (Fixture *f, const char *text)
{
  say_bytes (f, text, strlen (text));
}

/* What was sent to the agent since the last call. */
static char *
heard (Fixture *f)
{
  char text[4096];
  ssize_t n = recv (f->peer, text, sizeof text - 1, MSG_DONTWAIT);

  text[MAX (n, 0)] = '\0';
  return g_strdup (text);
}

/* The number that a sync asks to be repeated. */
static int64_t
sync_id (Fixture *f)
{
  g_autofree char *text = heard (f);
  g_autoptr (json_t) command = NULL;

  g_assert_cmpint ((guint8) text[0], ==, 0xff);
  command = json_loads (text + 1, 0, NULL);
  g_assert_cmpstr (json_get_string (command, "execute", ""), ==, "guest-sync-delimited");
  return json_get_int (json_object_get (command, "arguments"), "id", -1);
}

static void
answer_sync (Fixture *f, const char *before)
{
  g_autofree char *text = g_strdup_printf ("%s\xff{\"return\": %" G_GINT64_FORMAT "}\n", before, sync_id (f));

  say (f, text);
}

static void
assert_fails (Fixture *f, virErrorNumber code, const char *words)
{
  finish (f);
  g_assert_false (f->deed.ok);
  g_assert_cmpint (virt_error_code (f->deed.error), ==, code);
  g_assert_cmpint (virt_error_detail (f->deed.error)->from, ==, VIR_FROM_QEMU);
  if (strstr (f->deed.error->message, words) == NULL)
    g_error ("'%s' does not say '%s'", f->deed.error->message, words);
}

static void
assert_works (Fixture *f)
{
  finish (f);
  g_assert_no_error (f->deed.error);
  g_assert_true (f->deed.ok);
}

/* --- commands ------------------------------------------------------------------------------------ */

static void
test_command (Fixture *f, const void *data)
{
  g_autofree char *sent = NULL;

  begin (f, DO_COMMAND, 5000);
  sent = heard (f);
  g_assert_cmpstr (sent, ==, "{\"execute\":\"guest-test\",\"arguments\":{\"n\":1}}\n");
  say (f, "{\"return\": {\"a\": ");
  loop_turn (5);
  g_assert_false (f->deed.ended);
  say (f, "7}}\r\n");
  assert_works (f);
  g_assert_cmpint (json_get_int (f->deed.result, "a", 0), ==, 7);
}

static void
test_bad_answers (Fixture *f, const void *data)
{
  static const struct { const char *line, *words; } rows[] = {
    { "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no such thing\"}}\n", "no such thing" },
    { "{\"error\": 7}\n", "no reason" },
    { "{\"error\": {\"desc\": [1]}}\n", "no reason" },
    { "{\"result\": 7}\n", "neither" },
    { "[1, 2]\n", "neither" },
    { "7\n", "not JSON" },
    { "\n", "not JSON" },
    { "{\"return\": \"\xfe\"}\n", "not JSON" },
    { "{\"return\": }\n", "not JSON" },
  };

  for (unsigned int i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      begin (f, DO_COMMAND, 5000);
      say (f, rows[i].line);
      assert_fails (f, VIR_ERR_INTERNAL_ERROR, rows[i].words);
      g_assert_true (agent_is_open (f->agent));
    }
}

/* Writes @n times @text, as fast as it is read. */
static void
flood (Fixture *f, const char *text, unsigned int n)
{
  fcntl (f->peer, F_SETFL, O_NONBLOCK);
  for (unsigned int i = 0; i < n && !f->deed.ended;)
    if (write (f->peer, text, strlen (text)) > 0)
      i++;
    else
      loop_turn (5);
}

static void
test_endless (Fixture *f, const void *data)
{
  g_autofree char *chunk = g_strnfill (4096, 'x');

  begin (f, DO_COMMAND, 30000);
  say (f, "{\"return\": \"");
  flood (f, chunk, AGENT_MAX_ANSWER / 4096 * 2);
  assert_fails (f, VIR_ERR_INTERNAL_ERROR, "more than 10485760 bytes");
}

static void
test_too_many_values (Fixture *f, const void *data)
{
  begin (f, DO_COMMAND, 30000);
  say (f, "{\"return\": [[]");
  flood (f, ",[],[],[],[],[],[],[],[],[],[]", AGENT_MAX_VALUES / 10 + 1);
  fcntl (f->peer, F_SETFL, 0);
  say (f, "]}\n");
  assert_fails (f, VIR_ERR_INTERNAL_ERROR, "values");
}

static void
test_long_answer (Fixture *f, const void *data)
{
  g_autofree char *chunk = g_strnfill (4096, 'x');

  begin (f, DO_COMMAND, 30000);
  say (f, "{\"return\": \"");
  flood (f, chunk, 256);
  fcntl (f->peer, F_SETFL, 0);
  say (f, "\"}\n");
  assert_works (f);
  g_assert_cmpuint (strlen (json_string_value (f->deed.result)), ==, 256 * 4096);
}

static void
test_gone (Fixture *f, const void *data)
{
  begin (f, DO_COMMAND, 5000);
  fd_clear (&f->peer);
  assert_fails (f, VIR_ERR_AGENT_UNRESPONSIVE, "went away");
  g_assert_false (agent_is_open (f->agent));
  begin (f, DO_COMMAND, 5000);
  assert_fails (f, VIR_ERR_AGENT_UNRESPONSIVE, "went away");
}

static void
test_gone_while_idle (Fixture *f, const void *data)
{
  say (f, "nobody asked");
  loop_turn (5);
  g_assert_true (agent_is_open (f->agent));
  fd_clear (&f->peer);
  loop_turn (5);
  g_assert_false (agent_is_open (f->agent));
}

static void
test_closed_by_us (Fixture *f, const void *data)
{
  begin (f, DO_COMMAND, 5000);
  agent_close (f->agent);
  assert_fails (f, VIR_ERR_AGENT_UNRESPONSIVE, "went away");
}

static void
test_freed_by_us (Fixture *f, const void *data)
{
  begin (f, DO_COMMAND, 5000);
  agent_close (f->agent);
  g_clear_pointer (&f->agent, agent_unref);
  assert_fails (f, VIR_ERR_AGENT_UNRESPONSIVE, "went away");
}

static void
test_raw (Fixture *f, const void *data)
{
  begin (f, DO_RAW, 5000);
  say (f, "{\"return\": {}}\n");
  assert_works (f);
  g_assert_nonnull (json_object_get (f->deed.result, "return"));
}

/* --- sync ------------------------------------------------------------------------------------------ */

static void
test_sync (Fixture *f, const void *data)
{
  begin (f, DO_SYNC, 5000);
  answer_sync (f, "");
  assert_works (f);
}

/* A late answer, a mistake of the agent's parser, an answer to an older sync: all before ours. */
static void
test_sync_after_noise (Fixture *f, const void *data)
{
  begin (f, DO_COMMAND, SHORT_MS);
  assert_fails (f, VIR_ERR_AGENT_UNRESPONSIVE, "in time");
  g_free (heard (f));
  say (f, "{\"return\": \"late");
  begin (f, DO_SYNC, 5000);
  answer_sync (f, "r\"}\n{\"error\": {\"desc\": \"Invalid JSON syntax\"}}\n\xff{\"return\": 12}\n\xff{\"return\": \"x\"}\n");
  assert_works (f);
  begin (f, DO_COMMAND, 5000);
  say (f, "{\"return\": 7}\n");
  assert_works (f);
  g_assert_cmpint (json_integer_value (f->deed.result), ==, 7);
}

static void
test_sync_silent (Fixture *f, const void *data)
{
  begin (f, DO_SYNC, SHORT_MS);
  assert_fails (f, VIR_ERR_AGENT_UNRESPONSIVE, "does not answer");
}

static void
test_sync_wrong (Fixture *f, const void *data)
{
  begin (f, DO_SYNC, SHORT_MS);
  say (f, "\xff{\"return\": 1}\n");
  assert_fails (f, VIR_ERR_AGENT_UNSYNCED, "something else");
}

static void
test_sync_flood (Fixture *f, const void *data)
{
  g_autofree char *chunk = g_strnfill (4096, '\xff');

  begin (f, DO_SYNC, 30000);
  flood (f, chunk, AGENT_MAX_ANSWER / 4096 * 2);
  finish (f);
  g_assert_false (f->deed.ok);
}

/* Nothing is read while nobody asks. */
static void
test_idle_flood (Fixture *f, const void *data)
{
  g_autofree char *chunk = g_strnfill (4096, 'x');
  unsigned int n = 0;

  fcntl (f->peer, F_SETFL, O_NONBLOCK);
  while (write (f->peer, chunk, 4096) > 0)
    {
      n++;
      loop_turn (0);
    }
  g_assert_cmpuint (n, <, 1024);
  g_assert_true (agent_is_open (f->agent));
}

/* An agent that reads nothing. */
static void
test_deaf (Fixture *f, const void *data)
{
  int size = 4096;

  setsockopt (f->peer, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  for (unsigned int i = 0; i < 20; i++)
    {
      begin (f, DO_COMMAND, 1);
      finish (f);
      g_assert_false (f->deed.ok);
    }
  begin (f, DO_SYNC, SHORT_MS);
  assert_fails (f, VIR_ERR_AGENT_UNRESPONSIVE, "does not answer");
}

/* --- commands that end the guest -------------------------------------------------------------------------- */

static void
test_power (Fixture *f, const void *data)
{
  begin (f, DO_POWER, 5000);
  agent_note_power (f->agent);
  assert_works (f);
  begin (f, DO_POWER, 5000);
  say (f, "{\"return\": {}}\n");
  assert_works (f);
  begin (f, DO_POWER, 5000);
  say (f, "{\"error\": {\"desc\": \"disabled\"}}\n");
  assert_fails (f, VIR_ERR_INTERNAL_ERROR, "disabled");
  begin (f, DO_POWER, SHORT_MS);
  assert_fails (f, VIR_ERR_AGENT_UNRESPONSIVE, "in time");
  begin (f, DO_POWER, 5000);
  fd_clear (&f->peer);
  assert_works (f);
}

int
main (int argc, char **argv)
{
  static const struct { const char *name; void (*run) (Fixture *f, const void *data); } tests[] = {
    { "command", test_command },
    { "bad-answers", test_bad_answers },
    { "endless", test_endless },
    { "too-many-values", test_too_many_values },
    { "long-answer", test_long_answer },
    { "gone", test_gone },
    { "gone-while-idle", test_gone_while_idle },
    { "closed-by-us", test_closed_by_us },
    { "freed-by-us", test_freed_by_us },
    { "raw", test_raw },
    { "sync", test_sync },
    { "sync-after-noise", test_sync_after_noise },
    { "sync-silent", test_sync_silent },
    { "sync-wrong", test_sync_wrong },
    { "sync-flood", test_sync_flood },
    { "idle-flood", test_idle_flood },
    { "deaf", test_deaf },
    { "power", test_power },
  };

  g_test_init (&argc, &argv, NULL);
  for (unsigned int i = 0; i < G_N_ELEMENTS (tests); i++)
    {
      g_autofree char *path = g_strconcat ("/agent/", tests[i].name, NULL);

      g_test_add (path, Fixture, NULL, set_up, tests[i].run, tear_down);
    }
  return g_test_run ();
}
