/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The monitor against a QEMU that says what each test wants. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "qemu/qmp.h"
#include "util/error.h"
#include "util/loop.h"

typedef struct
{
  Qmp *qmp;
  int peer;                     /* QEMU's end */
  GString *trace;               /* what was reported, in order */
} Fixture;

static void
on_event (Qmp *qmp, const char *name, json_t *data, int64_t when_us, void *user)
{
  Fixture *f = user;

  g_assert_true (json_is_object (data));
  g_string_append_printf (f->trace, "event %s at %" G_GINT64_FORMAT ";", name, when_us);
}

static void
on_closed (Qmp *qmp, const GError *reason, void *user)
{
  Fixture *f = user;

  g_assert_nonnull (reason);
  g_string_append (f->trace, "closed;");
}

static const QmpHandler handler = { .event = on_event, .closed = on_closed };

static void
set_up (Fixture *f, const void *data)
{
  int pair[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
  f->peer = pair[1];
  f->trace = g_string_new (NULL);
  f->qmp = qmp_new (pair[0], "test", &handler, f);
}

static void
tear_down (Fixture *f, const void *data)
{
  qmp_unref (f->qmp);
  fd_clear (&f->peer);
  g_string_free (f->trace, TRUE);
}

static void
say (Fixture *f, const char *text)
{
  g_assert_cmpint (write (f->peer, text, strlen (text)), ==, (ssize_t) strlen (text));
}

/* What was sent to QEMU since the last call. */
static char *
heard (Fixture *f)
{
  char text[65536];
  ssize_t n = recv (f->peer, text, sizeof text - 1, MSG_DONTWAIT);

  text[MAX (n, 0)] = '\0';
  return g_strdup (text);
}

static void
turns (void)
{
  for (int i = 0; i < 5; i++)
    loop_turn (0);
}

static void
finish (void)
{
  while (fiber_count () > 0)
    loop_turn (1000);
}

/* --- commands ------------------------------------------------------------------------- */

static void
ask_status (void *data)
{
  Fixture *f = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) result = qmp_command (f->qmp, "query-status", NULL, FOREVER, &error);

  g_assert_no_error (error);
  g_string_append_printf (f->trace, "status %s;", json_string_value (json_object_get (result, "status")));
}

static void
ask_name (void *data)
{
  Fixture *f = data;
  g_autoptr (json_t) result = qmp_command (f->qmp, "query-name", json_pack ("{s:i}", "x", 1), FOREVER, NULL);

  g_string_append_printf (f->trace, "name %s;", json_string_value (json_object_get (result, "name")));
}

/* Replies come in another order than commands; an event before a reply is reported before it. */
static void
test_order (Fixture *f, const void *data)
{
  g_autofree char *sent = NULL;

  fiber_start ("status", NULL, ask_status, f);
  fiber_start ("name", NULL, ask_name, f);
  sent = heard (f);
  g_assert_cmpstr (sent, ==, "{\"execute\":\"query-status\",\"id\":\"libvirt-1\"}\r\n"
                             "{\"execute\":\"query-name\",\"arguments\":{\"x\":1},\"id\":\"libvirt-2\"}\r\n");
  say (f, "{\"QMP\": {\"version\": {}, \"capabilities\": []}}\r\n{\"return\": {\"name\": \"a\"}, \"id\": \"libvirt-2\"}\r\n"
          "{\"event\": \"STOP\", \"timestamp\": {\"seconds\": 3, \"microseconds\": 5}}\r\n{\"return\": {\"status\": ");
  turns ();
  g_assert_cmpstr (f->trace->str, ==, "event STOP at 3000005;name a;");
  say (f, "\"running\"}, \"id\": \"libvirt-1\"}\r\n");
  finish ();
  g_assert_cmpstr (f->trace->str, ==, "event STOP at 3000005;name a;status running;");
  g_assert_true (json_is_object (json_object_get (qmp_greeting (f->qmp), "version")));
}

static void
be_refused (void *data)
{
  Fixture *f = data;
  g_autoptr (GError) error = NULL;

  g_assert_false (qmp_do (f->qmp, "nonsense", NULL, FOREVER, &error));
  g_assert_error (error, VIRT_ERROR, VIR_ERR_INTERNAL_ERROR);
  g_assert_nonnull (strstr (error->message, "nonsense"));
  g_assert_nonnull (strstr (error->message, "no such thing"));
}

static void
test_refusal (Fixture *f, const void *data)
{
  fiber_start ("refused", NULL, be_refused, f);
  say (f, "{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"no such thing\"}, \"id\": \"libvirt-1\"}\r\n");
  finish ();
}

static void
run_batch (void *data)
{
  Fixture *f = data;
  g_autoptr (QmpBatch) batch = qmp_batch_new (f->qmp);
  g_autoptr (json_t) second = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (qmp_batch_add (batch, "a", NULL), ==, 0);
  g_assert_cmpuint (qmp_batch_add (batch, "b", NULL), ==, 1);
  g_assert_true (qmp_batch_run (batch, FOREVER, NULL));
  g_assert_null (qmp_batch_take (batch, 0, &error));
  g_assert_error (error, VIRT_ERROR, VIR_ERR_INTERNAL_ERROR);
  second = qmp_batch_take (batch, 1, NULL);
  g_assert_cmpint (json_integer_value (second), ==, 7);
}

static void
test_batch (Fixture *f, const void *data)
{
  fiber_start ("batch", NULL, run_batch, f);
  say (f, "{\"return\": 7, \"id\": \"libvirt-2\"}\n{\"error\": {\"desc\": \"no\"}, \"id\": \"libvirt-1\"}\n");
  finish ();
}

/* --- text of clients --------------------------------------------------------------------- */

static void
send_raw (void *data)
{
  Fixture *f = data;
  g_autofree char *own_id = qmp_raw (f->qmp, "{\"execute\": \"x\", \"id\": [1]}", -1, FOREVER, NULL);
  g_autofree char *bare = qmp_raw (f->qmp, "query-status", -1, FOREVER, NULL);

  /* Numbers that no C integer holds come through as they are. */
  g_assert_cmpstr (own_id, ==, "{\"return\":18446744073709551615,\"id\":[1]}");
  g_assert_cmpstr (bare, ==, "{\"id\":\"libvirt-2\",\"error\":{\"desc\":\"a \\\" b\"}}");
}

static void
test_raw (Fixture *f, const void *data)
{
  fiber_start ("raw", NULL, send_raw, f);
  say (f, "{\"return\": 18446744073709551615, \"id\": \"libvirt-1\"}\n");
  turns ();
  say (f, "{\"id\": \"libvirt-2\", \"error\": {\"desc\": \"a \\\" b\"}}\n");
  finish ();
}

static void
take_big (void *data)
{
  Fixture *f = data;
  g_autoptr (json_t) result = qmp_command (f->qmp, "x", NULL, FOREVER, NULL);

  g_assert_cmpint (json_integer_value (json_array_get (result, 0)), ==, -1);
  g_assert_cmpint (json_integer_value (json_array_get (result, 1)), ==, INT64_MAX);
  g_assert_cmpstr (json_string_value (json_array_get (result, 2)), ==, "18446744073709551615 \\");
}

static void
test_big_numbers (Fixture *f, const void *data)
{
  fiber_start ("big", NULL, take_big, f);
  say (f, "{\"return\": [18446744073709551615, 9223372036854775807, \"18446744073709551615 \\\\\"], \"id\": \"libvirt-1\"}\n");
  finish ();
}

static void
take_long (void *data)
{
  Fixture *f = data;
  g_autoptr (json_t) result = qmp_command (f->qmp, "x", NULL, FOREVER, NULL);

  g_string_append_printf (f->trace, "%zu;", json_string_length (result));
}

/* A line that a worker parses keeps its place among the others. */
static void
test_long_line (Fixture *f, const void *data)
{
  g_autofree char *much = g_strnfill (100000, 'x');
  g_autofree char *line = g_strdup_printf ("{\"event\": \"A\"}\n{\"return\": \"%s\", \"id\": \"libvirt-1\"}\n"
                                           "{\"event\": \"B\"}\n{\"return\": \"y\", \"id\": \"libvirt-2\"}\n", much);

  fiber_start ("long", NULL, take_long, f);
  fiber_start ("short", NULL, take_long, f);
  say (f, line);
  finish ();
  g_assert_cmpstr (f->trace->str, ==, "event A at 0;event B at 0;100000;1;");
}

/* --- descriptors ------------------------------------------------------------------------------ */

static void
send_fd (void *data)
{
  Fixture *f = data;
  g_autoptr (json_t) done = qmp_command_fd (f->qmp, "getfd", json_pack ("{s:s}", "fdname", "x"), STDIN_FILENO,
                                            FOREVER, NULL);

  g_assert_nonnull (done);
}

static void
test_fd (Fixture *f, const void *data)
{
  char text[256];
  union { struct cmsghdr header; char bytes[CMSG_SPACE (sizeof (int))]; } control;
  struct iovec iov = { text, sizeof text };
  struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes,
                            .msg_controllen = sizeof control.bytes };
  int fd;

  fiber_start ("fd", NULL, send_fd, f);
  g_assert_cmpint (recvmsg (f->peer, &message, 0), >, 0);
  g_assert_cmpint (message.msg_controllen, >, 0);
  memcpy (&fd, CMSG_DATA (&control.header), sizeof fd);
  close (fd);
  say (f, "{\"return\": {}, \"id\": \"libvirt-1\"}\n");
  finish ();
}

/* --- ends ------------------------------------------------------------------------------------------ */

static void
be_left (void *data)
{
  Fixture *f = data;
  g_autoptr (GError) error = NULL;

  g_assert_false (qmp_do (f->qmp, "x", NULL, FOREVER, &error));
  g_assert_error (error, VIRT_ERROR, VIR_ERR_INTERNAL_ERROR);
  g_string_append (f->trace, "failed;");
}

static void
test_loss (Fixture *f, const void *data)
{
  fiber_start ("left", NULL, be_left, f);
  say (f, "{\"event\": \"SHUTDOWN\", \"timestamp\": {\"seconds\": -1, \"microseconds\": -1}}\n");
  fd_clear (&f->peer);
  finish ();
  g_assert_cmpstr (f->trace->str, ==, "event SHUTDOWN at 0;closed;failed;");
  g_assert_false (qmp_is_open (f->qmp));
  fiber_start ("late", NULL, be_left, f);
  finish ();
}

/* What is not QMP ends the conversation. */
static void
test_garbage (Fixture *f, const void *data)
{
  fiber_start ("left", NULL, be_left, f);
  say (f, data);
  finish ();
  g_assert_cmpstr (f->trace->str, ==, "closed;failed;");
}

static void
test_endless_line (Fixture *f, const void *data)
{
  g_autofree char *much = g_strnfill (65536, 'x');

  for (size_t sent = 0; sent <= QMP_MAX_LINE + 2 * 65536 && qmp_is_open (f->qmp);)
    {
      ssize_t n = send (f->peer, much, 65536, MSG_DONTWAIT | MSG_NOSIGNAL);

      sent += n > 0 ? (size_t) n : 0;
      loop_turn (0);
    }
  g_assert_cmpstr (f->trace->str, ==, "closed;");
}

static void
close_it (Qmp *qmp, const GError *reason, void *user)
{
  Fixture *f = user;

  g_clear_pointer (&f->qmp, qmp_unref);
}

/* The last reference may go in the callback. */
static void
test_unref_in_callback (Fixture *f, const void *data)
{
  static const QmpHandler closing = { .closed = close_it };
  int pair[2];

  qmp_unref (f->qmp);
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
  f->qmp = qmp_new (pair[0], "test", &closing, f);
  close (pair[1]);
  turns ();
  g_assert_null (f->qmp);
}

/* --- live figures ------------------------------------------------------------------------------------- */

static void
on_late (Qmp *qmp, json_t *result, void *user)
{
  Fixture *f = user;

  g_string_append_printf (f->trace, "late %d;", (int) json_integer_value (result));
}

static void
ask_live (void *data)
{
  Fixture *f = data;
  uint64_t before = loop_now ();
  g_autoptr (json_t) result = qmp_ask (f->qmp, "balloon", "query-balloon", NULL, on_late, f, NULL);
  uint64_t took_ms = (loop_now () - before) / 1000;

  g_string_append_printf (f->trace, "%s %s;", result != NULL ? "answer" : "none",
                          took_ms >= QMP_LIVE_MS ? "waited" : "at once");
}

/* A silent QEMU costs one wait; the next questions none, until it answers. */
static void
test_live (Fixture *f, const void *data)
{
  fiber_start ("first", NULL, ask_live, f);
  fiber_start ("second", NULL, ask_live, f);
  finish ();
  g_assert_cmpstr (f->trace->str, ==, "none waited;none waited;");
  g_assert_false (qmp_is_responsive (f->qmp));
  fiber_start ("third", NULL, ask_live, f);
  finish ();
  say (f, "{\"return\": 5, \"id\": \"libvirt-1\"}\n");
  turns ();
  g_assert_cmpstr (f->trace->str, ==, "none waited;none waited;none at once;late 5;");
  g_assert_true (qmp_is_responsive (f->qmp));
  fiber_start ("fourth", NULL, ask_live, f);
  say (f, "{\"return\": 6, \"id\": \"libvirt-2\"}\n");
  finish ();
  g_assert_true (g_str_has_suffix (f->trace->str, "late 5;answer at once;"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define CASE(name_, data_, func_) g_test_add ("/qmp/" name_, Fixture, data_, set_up, func_, tear_down)
  CASE ("order", NULL, test_order);
  CASE ("refusal", NULL, test_refusal);
  CASE ("batch", NULL, test_batch);
  CASE ("raw", NULL, test_raw);
  CASE ("big-numbers", NULL, test_big_numbers);
  CASE ("long-line", NULL, test_long_line);
  CASE ("fd", NULL, test_fd);
  CASE ("loss", NULL, test_loss);
  CASE ("garbage/text", "hello\n", test_garbage);
  CASE ("garbage/list", "[1]\n", test_garbage);
  CASE ("garbage/neither", "{\"x\": 1}\n", test_garbage);
  CASE ("garbage/utf8", "{\"event\": \"\xff\"}\n", test_garbage);
  CASE ("garbage/cut", "{\"return\": \n", test_garbage);
  CASE ("endless-line", NULL, test_endless_line);
  CASE ("unref-in-callback", NULL, test_unref_in_callback);
  CASE ("live", NULL, test_live);
  return g_test_run ();
}
