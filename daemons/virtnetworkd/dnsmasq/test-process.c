/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-process.c: a real dnsmasq on a bridge in a network of its own: its start, changes, end, what keeps it from starting. */
#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dnsmasq/private.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/fiber.h"
#include "util/loop.h"
#include "util/paths.h"
#include "util/process.h"

#define NETWORK "<network><name>net a</name><forward/><bridge name='brt0'/>%s<ip address='192.168.77.1' prefix='24'><dhcp>" \
  "<range start='192.168.77.10' end='192.168.77.20'/>%s</dhcp></ip></network>"
#define END_MS 5000

static unsigned int n_ended;
static Wait has_ended;

static void
on_ended (Dnsmasq *dnsmasq, const char *why, void *user)
{
  g_assert_nonnull (strstr (why, "gone"));
  g_assert_true (user == &n_ended);
  n_ended++;
  wait_done (&has_ended);
}

static Network *
read_network (const char *dns, const char *hosts)
{
  g_autofree char *xml = g_strdup_printf (NETWORK, dns, hosts);
  g_autoptr (GError) error = NULL;
  Network *network = xml_parse (&network_schema, xml, strlen (xml), XML_PARSE_INACTIVE, &error);

  g_assert_no_error (error);
  return network;
}

static void
network_clear (Network **network)
{
  xml_free (&network_schema, *network);
}
#define network_auto __attribute__ ((cleanup (network_clear)))

/* Whether it does more than wait for its parent to notice its end. */
static bool
runs (pid_t pid)
{
  fd_auto int pidfd = -1;

  return process_pidfd_open (pid, 0, &pidfd, NULL) && !process_ended (pidfd);
}

static void
kill_and_wait (pid_t pid)
{
  kill (pid, SIGKILL);
  while (runs (pid))
    fiber_sleep (1, NULL);
}

static Dnsmasq *
start (const Network *network)
{
  g_autoptr (GError) error = NULL;
  Dnsmasq *dnsmasq = dnsmasq_start (network, on_ended, &n_ended, &error);

  g_assert_no_error (error);
  g_assert_true (runs (dnsmasq_pid (dnsmasq)));
  return dnsmasq;
}

static bool
exists (const char *name)
{
  g_autofree char *folder = dnsmasq_folder (), *path = g_build_filename (folder, name, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static void
assert_gone (pid_t pid)
{
  g_assert_false (runs (pid));
  g_assert_false (exists ("net a.conf") || exists ("net a.hostsfile") || exists ("net a.addnhosts"));
}

static int
take_port (int type, const char *address, unsigned int port)
{
  struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons (port) };
  struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons (port) };
  bool is_v6 = strchr (address, ':') != NULL;
  int fd = socket (is_v6 ? AF_INET6 : AF_INET, type | SOCK_CLOEXEC, 0);

  g_assert_cmpint (is_v6 ? inet_pton (AF_INET6, address, &v6.sin6_addr) : inet_pton (AF_INET, address, &v4.sin_addr), ==, 1);
  g_assert_cmpint (is_v6 ? bind (fd, (struct sockaddr *) &v6, sizeof v6) : bind (fd, (struct sockaddr *) &v4, sizeof v4), ==, 0);
  if (type == SOCK_STREAM)
    g_assert_cmpint (listen (fd, 1), ==, 0);
  return fd;
}

/* As if a daemon without a root of its own had started it. */
static void
strip_root (void)
{
  g_autofree char *folder = dnsmasq_folder (), *path = g_build_filename (folder, "net a.conf", NULL);
  g_autofree char *text = NULL, *without = NULL;
  g_auto (GStrv) parts = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  parts = g_strsplit (text, path_root (), -1);
  g_assert_cmpuint (g_strv_length (parts), ==, 4);
  without = g_strjoinv ("", parts);
  g_assert_true (g_file_set_contents (path, without, -1, NULL));
}

static void
run_life (void)
{
  network_auto Network *network = read_network ("", "");
  network_auto Network *hosts = read_network ("", "<host mac='52:54:00:00:00:01' ip='192.168.77.5'/>");
  network_auto Network *domain = read_network ("<domain name='e.org'/>", "");
  g_autoptr (GError) error = NULL;
  Dnsmasq *dnsmasq = start (network), *same;
  pid_t pid = dnsmasq_pid (dnsmasq);

  g_assert_true (exists ("net a.conf") && exists ("brt0.status"));
  /* Its name, by what another daemon would find it. */
  dnsmasq_free (dnsmasq);
  same = dnsmasq_attach (network, on_ended, &n_ended);
  g_assert_nonnull (same);
  g_assert_cmpint (dnsmasq_pid (same), ==, pid);
  /* Nothing, a list, the configuration. */
  g_assert_true (dnsmasq_update (&same, network, on_ended, &n_ended, &error));
  strip_root ();
  g_assert_true (dnsmasq_update (&same, hosts, on_ended, &n_ended, &error));
  g_assert_cmpint (dnsmasq_pid (same), ==, pid);
  g_assert_true (dnsmasq_update (&same, domain, on_ended, &n_ended, &error));
  g_assert_cmpint (dnsmasq_pid (same), !=, pid);
  pid = dnsmasq_pid (same);
  g_assert_cmpuint (n_ended, ==, 0);
  dnsmasq_stop (same);
  assert_gone (pid);
  g_assert_true (exists ("brt0.status"));
  dnsmasq_forget ("brt0");
  g_assert_false (exists ("brt0.status"));
  g_assert_null (dnsmasq_attach (network, on_ended, &n_ended));
}

static void
run_killed (void)
{
  network_auto Network *network = read_network ("", "");
  g_autoptr (GError) error = NULL;
  Dnsmasq *dnsmasq = start (network);

  n_ended = 0;
  kill (dnsmasq_pid (dnsmasq), SIGKILL);
  g_assert_true (wait_for (&has_ended, deadline_in_ms (END_MS), "the end", &error));
  g_assert_cmpuint (n_ended, ==, 1);
  dnsmasq_free (dnsmasq);
  /* What is left does not keep the next one from starting. */
  dnsmasq = start (network);
  dnsmasq_stop (dnsmasq);
  g_assert_cmpuint (n_ended, ==, 1);
}

/* A daemon that died before its dnsmasq had written its number. */
static void
run_lost (void)
{
  network_auto Network *network = read_network ("", "");
  g_autofree char *pid_file = dnsmasq_pid_file ("net a");
  Dnsmasq *dnsmasq = start (network), *found;
  pid_t pid = dnsmasq_pid (dnsmasq);

  dnsmasq_free (dnsmasq);
  unlink (pid_file);
  found = dnsmasq_attach (network, on_ended, &n_ended);
  g_assert_nonnull (found);
  g_assert_cmpint (dnsmasq_pid (found), ==, pid);
  dnsmasq_free (found);
  dnsmasq_sweep ("net a");
  assert_gone (pid);
}

/* One in a container that has a network of the same name is somebody else's, whatever a pid file says. */
static void
run_container (void)
{
  network_auto Network *network = read_network ("", "");
  g_autofree char *pid_file = dnsmasq_pid_file ("net a"), *folder = dnsmasq_folder (), *text = NULL;
  g_autofree char *other = g_dir_make_tmp ("test-container-XXXXXX", NULL);
  g_autofree char *command = g_strdup_printf ("echo port=0 > '%s/net a.conf' && unshare -mn sh -c \"mount --bind '%s' '%s' && "
                                              "dnsmasq --conf-file='%s/net a.conf' --pid-file=%s/pid\"",
                                              other, other, folder, folder, other);
  g_autofree char *theirs = g_strdup_printf ("%s/pid", other), *clean = g_strdup_printf ("rm -r '%s'", other);
  Dnsmasq *dnsmasq = start (network);
  pid_t pid;

  kill_and_wait (dnsmasq_pid (dnsmasq));
  dnsmasq_free (dnsmasq);
  g_assert_cmpint (system (command), ==, 0);
  g_assert_true (g_file_get_contents (theirs, &text, NULL, NULL));
  pid = (pid_t) atoi (text);
  g_assert_null (dnsmasq_attach (network, on_ended, &n_ended));
  unlink (pid_file);
  g_assert_null (dnsmasq_attach (network, on_ended, &n_ended));
  g_assert_true (g_file_set_contents (pid_file, text, -1, NULL));
  g_assert_null (dnsmasq_attach (network, on_ended, &n_ended));
  dnsmasq_sweep ("net a");
  g_assert_true (runs (pid));
  kill (pid, SIGKILL);
  g_assert_cmpint (system (clean), ==, 0);
}

static const struct
{
  int type;
  const char *address;
  unsigned int port;
  const char *words;
} conflicts[] = {
  { SOCK_DGRAM, "0.0.0.0", 53, "UDP port 53 of 0.0.0.0" },
  { SOCK_DGRAM, "192.168.77.1", 53, "UDP port 53 of 192.168.77.1" },
  { SOCK_STREAM, "192.168.77.1", 53, "TCP port 53 of 192.168.77.1" },
  { SOCK_DGRAM, "::", 53, "UDP port 53 of ::" },
  { SOCK_DGRAM, "0.0.0.0", 67, "UDP port 67 of 0.0.0.0" },
};

static void
run_conflicts (void)
{
  network_auto Network *network = read_network ("", "");
  g_autofree char *self = g_strdup_printf ("process %d (", (int) getpid ());

  dnsmasq_forget ("brt0");
  for (unsigned int i = 0; i < G_N_ELEMENTS (conflicts); i++)
    {
      G_GNUC_UNUSED fd_auto int fd = take_port (conflicts[i].type, conflicts[i].address, conflicts[i].port);
      g_autoptr (GError) error = NULL;

      g_assert_null (dnsmasq_start (network, on_ended, &n_ended, &error));
      g_assert_true (virt_error_is (error, VIR_ERR_INTERNAL_ERROR));
      if (strstr (error->message, conflicts[i].words) == NULL || strstr (error->message, self) == NULL)
        g_error ("%s", error->message);
      g_assert_false (exists ("net a.conf") || exists ("brt0.status"));
    }
}

/* A change that dnsmasq does not take leaves what was there. */
static void
run_bad_change (void)
{
  network_auto Network *network = read_network ("", ""), *bad = read_network ("", "");
  NetworkDnsmasqOption option = { .value = (char *) "nosuchoption=1" }, *options[] = { &option };
  g_autoptr (GError) error = NULL;
  Dnsmasq *dnsmasq = start (network);

  bad->dnsmasq_options.items = options;
  bad->dnsmasq_options.n = 1;
  g_assert_false (dnsmasq_update (&dnsmasq, bad, on_ended, &n_ended, &error));
  g_assert_nonnull (strstr (error->message, "bad option at line"));
  g_assert_nonnull (dnsmasq);
  g_assert_true (runs (dnsmasq_pid (dnsmasq)));
  dnsmasq_stop (dnsmasq);
  g_clear_error (&error);
  g_assert_null (dnsmasq_start (bad, on_ended, &n_ended, &error));
  g_assert_nonnull (strstr (error->message, "bad option at line"));
  g_assert_false (exists ("net a.conf"));
  bad->dnsmasq_options.items = NULL;
  bad->dnsmasq_options.n = 0;
}

static void
on_fiber (void *data)
{
  void (*const *func) (void) = data;

  (*func) ();
  loop_quit (0);
}

static void
test_on_fiber (const void *data)
{
  fiber_start ("test", NULL, on_fiber, (void *) data);
  loop_run ();
}

static const struct { const char *name; void (*func) (void); } tests[] = {
  { "/dnsmasq/life", run_life },
  { "/dnsmasq/killed", run_killed },
  { "/dnsmasq/lost", run_lost },
  { "/dnsmasq/container", run_container },
  { "/dnsmasq/conflicts", run_conflicts },
  { "/dnsmasq/bad-change", run_bad_change },
};

int
main (int argc, char **argv)
{
  g_autofree char *root = g_dir_make_tmp ("test-dnsmasq-XXXXXX", NULL);
  g_autofree char *command = g_strdup_printf ("rm -rf '%s'", root);
  int status;

  g_test_init (&argc, &argv, NULL);
  if (unshare (CLONE_NEWNET) != 0)
    {
      g_print ("1..0 # SKIP a network of its own needs root: %s\n", g_strerror (errno));
      return 0;
    }
  path_init (root, false);
  g_assert_cmpint (system ("ip link set lo up && ip link add brt0 type bridge && ip address add 192.168.77.1/24 dev brt0"
                           " && ip link set brt0 up"), ==, 0);
  for (unsigned int i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add_data_func (tests[i].name, &tests[i].func, test_on_fiber);
  status = g_test_run ();
  if (system (command) != 0)
    g_warning ("'%s' is left", root);
  return status;
}
