/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A server and its clients in one process, over a real socket. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "protocol/log-calls.h"
#include "protocol/qemu.h"
#include "protocol/remote-calls.h"
#include "rpc/client.h"
#include "rpc/server.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/fiber.h"
#include "util/loop.h"

static char *dir, *path;
static Server *server;
static Wait gate;
static unsigned int in_handler, most_in_handler;

static bool
get_hostname (Call *call, ConnectGetHostnameRet *ret, GError **error)
{
  ret->hostname = g_strdup ("here");
  return true;
}

static bool
get_lib_version (Call *call, ConnectGetLibVersionRet *ret, GError **error)
{
  virErrorDomain from = VIR_FROM_QEMU;

  return fail (error, from, VIR_ERR_NO_DOMAIN, "no guest called '%s'", "x");
}

/* Waits so long that others of the same peer overlap. */
static bool
get_version (Call *call, ConnectGetVersionRet *ret, GError **error)
{
  in_handler++;
  most_in_handler = MAX (most_in_handler, in_handler);
  g_assert_true (fiber_sleep (5, NULL));
  in_handler--;
  ret->hv_ver = 7;
  return true;
}

static bool
open_log (Call *call, const LogDomainOpenLogFileArgs *args, LogDomainOpenLogFileRet *ret, GError **error)
{
  int fd = open ("/dev/null", O_RDONLY | O_CLOEXEC);

  g_assert_cmpstr (args->path, ==, "/some/file");
  ret->pos.inode = 42;
  call_return_fd (call, fd);
  return true;
}

/* Sends back what comes, then says so. */
static void
echo_main (void *data)
{
  g_autoptr (Stream) stream = data;
  char buffer[1000];
  ssize_t n;

  while ((n = stream_recv (stream, buffer, sizeof buffer, NULL, NULL)) > 0)
    if (!stream_send (stream, buffer, (size_t) n, NULL))
      return;
  if (n == 0)
    stream_finish (stream);
  wait_done (&gate);
}

static bool
open_console (Call *call, const DomainOpenConsoleArgs *args, GError **error)
{
  fiber_start ("echo", NULL, echo_main, call_open_stream (call));
  return true;
}

static bool
get_xml (Call *call, const DomainGetXmlDescArgs *args, DomainGetXmlDescRet *ret, GError **error)
{
  ret->xml = g_strnfill (1024 * 1024, 'x');
  return true;
}

static const RemoteHandlers remote_handlers = {
  .connect_get_hostname = get_hostname,
  .connect_get_lib_version = get_lib_version,
  .connect_get_version = get_version,
  .domain_open_console = open_console,
  .domain_get_xml_desc = get_xml,
};
static const LogHandlers log_handlers = { .domain_open_log_file = open_log };

static const void *
find_handlers (Peer *peer, const RpcProgram *program, const RpcProc *proc)
{
  return program == &log_program ? (const void *) &log_handlers : &remote_handlers;
}

static int
listen_on (const char *name)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

  g_strlcpy (address.sun_path, name, sizeof address.sun_path);
  unlink (name);
  g_assert_cmpint (bind (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_assert_cmpint (listen (fd, 100), ==, 0);
  return fd;
}

static void
start_server (void)
{
  static const RpcProgram *const programs[] = { &remote_program, &log_program, &qemu_program, NULL };
  static ServerOps ops = { .programs = programs, .handlers = find_handlers };
  ServerLimits limits = { .max_clients = 3, .max_client_requests = 2, .keepalive_count = 5 };

  server = server_new ("test", &ops, &limits);
  server_listen (server, listen_on (path), (ListenRole) { 0 });
}

/* Runs @func on a fiber until it and all it started are through. */
static void
on_fiber (const void *func)
{
  fiber_start ("test", NULL, (FiberFunc) (void (*) (void)) func, NULL);
  while (fiber_count () > 0)
    loop_turn (2000);
  for (int i = 0; i < 5; i++)
    loop_turn (0);
  g_assert_cmpuint (server_use (server).running, ==, 0);
  g_assert_cmpuint (server_use (server).queued, ==, 0);
}

static void
test_call (void *unused)
{
  g_autoptr (RpcClient) client = rpc_client_connect (path, NULL);
  g_auto (ConnectGetHostnameRet) ret = { 0 };
  g_autoptr (GError) error = NULL, unserved = NULL;

  g_assert_true (remote_call_connect_get_hostname (client, &ret, NULL));
  g_assert_cmpstr (ret.hostname, ==, "here");
  g_assert_false (remote_call_connect_get_lib_version (client, &(ConnectGetLibVersionRet) { 0 }, &error));
  g_assert_error (error, VIRT_ERROR, VIR_ERR_NO_DOMAIN);
  g_assert_cmpstr (error->message, ==, "no guest called 'x'");
  g_assert_cmpint (virt_error_detail (error)->from, ==, VIR_FROM_QEMU);
  g_assert_false (remote_call_connect_get_type (client, &(ConnectGetTypeRet) { 0 }, &unserved));
  g_assert_error (unserved, VIRT_ERROR, VIR_ERR_NO_SUPPORT);
}

static void
overlapping (void *data)
{
  ConnectGetVersionRet ret = { 0 };

  g_assert_true (remote_call_connect_get_version (data, &ret, NULL));
  g_assert_cmpuint (ret.hv_ver, ==, 7);
}

static void
test_limit_of_calls (void *unused)
{
  g_autoptr (RpcClient) client = rpc_client_connect (path, NULL);
  FiberGroup group = { 0 };

  most_in_handler = 0;
  for (int i = 0; i < 20; i++)
    group_start (&group, "overlapping", NULL, overlapping, client);
  g_assert_true (group_wait (&group, FOREVER, NULL));
  g_assert_cmpuint (most_in_handler, ==, 2);
}

static void
client_main (void *unused)
{
  g_autoptr (RpcClient) client = rpc_client_connect (path, NULL);

  overlapping (client);
  g_assert_cmpuint (server_use (server).clients, <=, 3);
}

static void
test_limit_of_clients (void *unused)
{
  FiberGroup group = { 0 };

  for (int i = 0; i < 10; i++)
    group_start (&group, "client", NULL, client_main, NULL);
  g_assert_true (group_wait (&group, FOREVER, NULL));
}

static void
test_descriptors (void *unused)
{
  g_autoptr (RpcClient) client = rpc_client_connect (path, NULL);
  LogDomainOpenLogFileArgs args = { .driver = (char *) "qemu", .path = (char *) "/some/file", .dom = { .name = (char *) "n" } };
  g_auto (LogDomainOpenLogFileRet) ret = { 0 };
  fd_auto int fd = -1;
  unsigned int n = 0;

  g_assert_true (rpc_client_call_fds (client, &log_program, LOG_PROC_DOMAIN_OPEN_LOG_FILE, &args, NULL, 0,
                                      &ret, &fd, 1, &n, NULL));
  g_assert_cmpuint (n, ==, 1);
  g_assert_cmpuint (ret.pos.inode, ==, 42);
  g_assert_cmpint (fcntl (fd, F_GETFD), ==, FD_CLOEXEC);
}

/* ---- by the byte ---- */

static int
raw_connect (void)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  g_assert_cmpint (connect (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  return fd;
}

static void
raw_send (int fd, uint32_t proc, uint32_t type, uint32_t serial, uint32_t status, const void *body, size_t length)
{
  uint32_t words[] = { htonl ((uint32_t) (28 + length)), htonl (remote_program.number), htonl (1), htonl (proc),
                       htonl (type), htonl (serial), htonl (status) };
  g_autoptr (GByteArray) bytes = g_byte_array_new ();

  g_byte_array_append (bytes, (void *) words, sizeof words);
  g_byte_array_append (bytes, body, (unsigned int) length);
  for (size_t sent = 0; sent < bytes->len;)
    {
      ssize_t n = send (fd, bytes->data + sent, bytes->len - sent, MSG_NOSIGNAL);

      g_assert_true (n > 0 || errno == EAGAIN);
      sent += n > 0 ? (size_t) n : 0;
      if (n < 0)
        g_assert_true (fiber_wait_fd (fd, EPOLLOUT, FOREVER, "room", NULL));
    }
}

/* Reads exactly @length bytes; false at the end of the stream. */
static bool
raw_read (int fd, void *buffer, size_t length)
{
  for (size_t got = 0; got < length;)
    {
      ssize_t n = read (fd, (char *) buffer + got, length - got);

      if (n == 0 || (n < 0 && errno != EAGAIN))
        return false;
      got += n > 0 ? (size_t) n : 0;
      if (n < 0)
        g_assert_true (fiber_wait_fd (fd, EPOLLIN, deadline_in_ms (2000), "bytes", NULL));
    }
  return true;
}

/* Reads a frame; its type, status and payload. */
static GByteArray *
raw_receive (int fd, uint32_t *type, uint32_t *status)
{
  GByteArray *body = g_byte_array_new ();
  uint32_t words[7];

  g_assert_true (raw_read (fd, words, sizeof words));
  *type = ntohl (words[4]);
  *status = ntohl (words[6]);
  g_byte_array_set_size (body, ntohl (words[0]) - 28);
  g_assert_true (raw_read (fd, body->data, body->len));
  return body;
}

static void
append_domain (GByteArray *bytes)
{
  static const uint8_t domain[] = { 0, 0, 0, 1, 'g', 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
                                    0xff, 0xff, 0xff, 0xff };

  g_byte_array_append (bytes, domain, sizeof domain);
}

static void
open_raw_stream (int fd, uint32_t serial)
{
  g_autoptr (GByteArray) args = g_byte_array_new (), reply = NULL;
  uint32_t type, status;

  append_domain (args);
  g_byte_array_append (args, (const uint8_t[8]) { 0 }, 8);
  raw_send (fd, REMOTE_PROC_DOMAIN_OPEN_CONSOLE, VIR_NET_CALL, serial, VIR_NET_OK, args->data, args->len);
  reply = raw_receive (fd, &type, &status);
  g_assert_cmpuint (type, ==, VIR_NET_REPLY);
  g_assert_cmpuint (status, ==, VIR_NET_OK);
}

static void
test_stream (void *unused)
{
  fd_auto int fd = raw_connect ();
  g_autofree char *sent = g_strnfill (5000, 'a');
  size_t got = 0;
  uint32_t type, status;
  g_autoptr (GByteArray) last = NULL;

  gate = (Wait) { 0 };
  open_raw_stream (fd, 7);
  raw_send (fd, REMOTE_PROC_DOMAIN_OPEN_CONSOLE, VIR_NET_STREAM, 7, VIR_NET_CONTINUE, sent, 5000);
  while (got < 5000)
    {
      g_autoptr (GByteArray) data = raw_receive (fd, &type, &status);

      g_assert_cmpuint (type, ==, VIR_NET_STREAM);
      g_assert_cmpuint (status, ==, VIR_NET_CONTINUE);
      got += data->len;
    }
  raw_send (fd, REMOTE_PROC_DOMAIN_OPEN_CONSOLE, VIR_NET_STREAM, 7, VIR_NET_OK, "", 0);
  last = raw_receive (fd, &type, &status);
  g_assert_cmpuint (status, ==, VIR_NET_OK);
  g_assert_cmpuint (last->len, ==, 0);
  g_assert_true (wait_for (&gate, deadline_in_ms (2000), "the echo's end", NULL));
}

/* The fiber of a stream ends when its client does, whatever it was doing. */
static void
test_stream_of_a_client_that_leaves (void *unused)
{
  int fd = raw_connect ();
  g_autofree char *sent = g_strnfill (200000, 'a');

  gate = (Wait) { 0 };
  open_raw_stream (fd, 8);
  for (int i = 0; i < 30; i++)
    {
      uint32_t words[] = { htonl (28 + 200000), htonl (remote_program.number), htonl (1),
                           htonl (REMOTE_PROC_DOMAIN_OPEN_CONSOLE), htonl (VIR_NET_STREAM), htonl (8),
                           htonl (VIR_NET_CONTINUE) };

      /* Nothing is read back, so at some point the server stops taking more. */
      if (send (fd, words, sizeof words, MSG_NOSIGNAL) != sizeof words
          || send (fd, sent, 200000, MSG_NOSIGNAL) != 200000)
        break;
      g_assert_true (fiber_yield (NULL));
    }
  close (fd);
  g_assert_true (wait_for (&gate, deadline_in_ms (5000), "the echo's end", NULL));
}

/* Many large answers that nobody reads: the server stops reading calls, others go on. */
static void
test_client_that_does_not_read (void *unused)
{
  g_autoptr (RpcClient) other = rpc_client_connect (path, NULL);
  g_auto (ConnectGetHostnameRet) ret = { 0 };
  g_autoptr (GByteArray) args = g_byte_array_new ();
  fd_auto int fd = raw_connect ();
  uint32_t type, status;

  append_domain (args);
  g_byte_array_append (args, (const uint8_t[4]) { 0 }, 4);
  for (uint32_t i = 0; i < 40; i++)
    raw_send (fd, REMOTE_PROC_DOMAIN_GET_XML_DESC, VIR_NET_CALL, i, VIR_NET_OK, args->data, args->len);
  g_assert_true (remote_call_connect_get_hostname (other, &ret, NULL));
  for (uint32_t i = 0; i < 40; i++)
    {
      g_autoptr (GByteArray) reply = raw_receive (fd, &type, &status);

      g_assert_cmpuint (reply->len, >, 1024 * 1024);
    }
}

static void
test_bad_lengths (void *unused)
{
  static const uint32_t lengths[] = { 0, 1, 4, 27, 33554437, 0x7fffffff, 0xffffffff };

  for (unsigned int i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      fd_auto int fd = raw_connect ();
      uint32_t words[7] = { htonl (lengths[i]) };
      char byte;

      g_assert_cmpint (send (fd, words, sizeof words, MSG_NOSIGNAL), ==, sizeof words);
      g_assert_false (raw_read (fd, &byte, 1));
    }
}

static void
expect_error (int fd, uint32_t proc, const void *body, size_t length)
{
  g_autoptr (GByteArray) reply = NULL;
  uint32_t type, status;

  raw_send (fd, proc, VIR_NET_CALL, 1, VIR_NET_OK, body, length);
  reply = raw_receive (fd, &type, &status);
  g_assert_cmpuint (status, ==, VIR_NET_ERROR);
  g_assert_cmpuint (ntohl (*(uint32_t *) (void *) reply->data), ==, VIR_ERR_RPC);
}

static void
test_bad_calls (void *unused)
{
  fd_auto int fd = raw_connect ();
  RpcHeader odd = { 0x12345678, 1, 1, VIR_NET_CALL, 1, VIR_NET_OK };
  size_t length;
  const uint8_t *frame;
  uint32_t type, status;
  g_autoptr (GByteArray) reply = NULL;

  expect_error (fd, 9999, "", 0);
  expect_error (fd, 0, "", 0);
  expect_error (fd, REMOTE_PROC_DOMAIN_EVENT_LIFECYCLE, "", 0);
  expect_error (fd, REMOTE_PROC_DOMAIN_GET_XML_DESC, "\377\377\377\377", 4);
  frame = frame_encode (&odd, -1, NULL, 0, NULL, &length);
  g_assert_cmpint (send (fd, frame, length, MSG_NOSIGNAL), ==, (ssize_t) length);
  reply = raw_receive (fd, &type, &status);
  g_assert_cmpuint (status, ==, VIR_NET_ERROR);
}

int
main (int argc, char **argv)
{
  static const struct { const char *name; FiberFunc func; } rows[] = {
    { "/rpc/call", test_call },
    { "/rpc/limit-of-calls", test_limit_of_calls },
    { "/rpc/limit-of-clients", test_limit_of_clients },
    { "/rpc/descriptors", test_descriptors },
    { "/rpc/stream", test_stream },
    { "/rpc/stream-of-a-client-that-leaves", test_stream_of_a_client_that_leaves },
    { "/rpc/client-that-does-not-read", test_client_that_does_not_read },
    { "/rpc/bad-lengths", test_bad_lengths },
    { "/rpc/bad-calls", test_bad_calls },
  };
  int status;

  g_test_init (&argc, &argv, NULL);
  dir = g_dir_make_tmp ("rpc-XXXXXX", NULL);
  path = g_build_filename (dir, "sock", NULL);
  start_server ();
  for (unsigned int i = 0; i < G_N_ELEMENTS (rows); i++)
    g_test_add_data_func (rows[i].name, (const void *) rows[i].func, on_fiber);
  status = g_test_run ();
  g_remove (path);
  g_rmdir (dir);
  return status;
}
