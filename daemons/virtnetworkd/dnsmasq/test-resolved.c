/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-resolved.c: what systemd-resolved is told of a network, by one that only listens, on a bus of its own. */
#include <arpa/inet.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include "dnsmasq/private.h"
#include "util/error.h"

#define XML "<network><name>n</name><forward/><bridge name='%s'/><domain name='guests.test'%s/>%s" \
  "<ip address='192.168.77.1' prefix='24'/><ip family='ipv6' address='fd00:77::1' prefix='64'/></network>"

/* --- the service, a process of its own that writes down what it is told ------------------------------------------------ */

static int
on_dns (sd_bus_message *message, void *data, sd_bus_error *error)
{
  int out = GPOINTER_TO_INT (data), link, family;
  const void *bytes;
  size_t length;

  sd_bus_message_read (message, "i", &link);
  dprintf (out, "dns %d", link);
  sd_bus_message_enter_container (message, 'a', "(iay)");
  while (sd_bus_message_enter_container (message, 'r', "iay") > 0)
    {
      char text[INET6_ADDRSTRLEN];

      sd_bus_message_read (message, "i", &family);
      sd_bus_message_read_array (message, 'y', &bytes, &length);
      dprintf (out, " %zu:%s", length, inet_ntop (family, bytes, text, sizeof text));
      sd_bus_message_exit_container (message);
    }
  dprintf (out, "\n");
  return sd_bus_reply_method_return (message, NULL);
}

static int
on_domains (sd_bus_message *message, void *data, sd_bus_error *error)
{
  const char *domain;
  int link, routing_only;

  sd_bus_message_read (message, "i", &link);
  sd_bus_message_enter_container (message, 'a', "(sb)");
  sd_bus_message_read (message, "(sb)", &domain, &routing_only);
  dprintf (GPOINTER_TO_INT (data), "domain %d %s %d\n", link, domain, routing_only);
  return sd_bus_reply_method_errorf (message, "test.Refused", "not on a %s", "Sunday");
}

static const sd_bus_vtable methods[] = {
  SD_BUS_VTABLE_START (0),
  SD_BUS_METHOD ("SetLinkDNS", "ia(iay)", NULL, on_dns, SD_BUS_VTABLE_UNPRIVILEGED),
  SD_BUS_METHOD ("SetLinkDomains", "ia(sb)", NULL, on_domains, SD_BUS_VTABLE_UNPRIVILEGED),
  SD_BUS_VTABLE_END,
};

static void
serve (int out)
{
  sd_bus *bus = NULL;

  if (sd_bus_open_system (&bus) < 0
      || sd_bus_add_object_vtable (bus, NULL, "/org/freedesktop/resolve1", "org.freedesktop.resolve1.Manager", methods,
                                   GINT_TO_POINTER (out)) < 0
      || sd_bus_request_name (bus, "org.freedesktop.resolve1", 0) < 0)
    _exit (1);
  dprintf (out, "ready\n");
  for (;;)
    if (sd_bus_process (bus, NULL) == 0)
      sd_bus_wait (bus, UINT64_MAX);
}

/* --- the test ---------------------------------------------------------------------------------------------------------- */

static Network *
read_network (const char *bridge, const char *attributes, const char *dns)
{
  g_autofree char *xml = g_strdup_printf (XML, bridge, attributes, dns);
  g_autoptr (GError) error = NULL;
  Network *network = xml_parse (&network_schema, xml, strlen (xml), XML_PARSE_INACTIVE, &error);

  g_assert_no_error (error);
  return network;
}

static bool
tell (const char *bridge, const char *attributes, const char *dns, GError **error)
{
  Network *network = read_network (bridge, attributes, dns);
  bool ok = dnsmasq_register (network, error);

  xml_free (&network_schema, network);
  return ok;
}

/* What the service wrote, up to a line that begins with @last. */
static char *
read_until (FILE *in, const char *last)
{
  GString *text = g_string_new (NULL);
  char line[256];

  while (fgets (line, sizeof line, in) != NULL)
    {
      g_string_append (text, line);
      if (g_str_has_prefix (line, last))
        break;
    }
  return g_string_free (text, FALSE);
}

static void
test_nothing_to_tell (void)
{
  g_autoptr (GError) error = NULL;

  g_setenv ("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus", TRUE);
  g_assert_true (tell ("lo", "", "", &error));
  g_assert_true (tell ("lo", " register='no'", "", &error));
  g_assert_true (tell ("lo", " register='yes'", "<dns enable='no'/>", &error));
  g_assert_false (tell ("lo", " register='yes'", "", &error));
  g_assert_true (virt_error_is (error, VIR_ERR_CONFIG_UNSUPPORTED));
  g_assert_nonnull (strstr (error->message, "bus cannot be reached"));
  g_clear_error (&error);
  g_assert_false (tell ("nosuchbridge0", " register='yes'", "", &error));
}

static pid_t
start_bus (const char *folder)
{
  g_autofree char *address = g_strdup_printf ("unix:path=%s/bus", folder), *option = g_strconcat ("--address=", address, NULL);
  int ends[2];
  pid_t pid;
  char line[256];
  FILE *in;

  g_assert_cmpint (pipe (ends), ==, 0);
  pid = fork ();
  if (pid == 0)
    {
      dup2 (ends[1], 3);
      execlp ("dbus-daemon", "dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address=3", option, NULL);
      _exit (127);
    }
  close (ends[1]);
  in = fdopen (ends[0], "r");
  g_assert_nonnull (fgets (line, sizeof line, in));
  fclose (in);
  g_setenv ("DBUS_SYSTEM_BUS_ADDRESS", address, TRUE);
  return pid;
}

static void
end (pid_t pid)
{
  kill (pid, SIGKILL);
  waitpid (pid, NULL, 0);
}

static void
test_told (void)
{
  g_autofree char *folder = g_dir_make_tmp ("test-resolved-XXXXXX", NULL), *socket = g_strdup_printf ("%s/bus", folder);
  g_autofree char *ready = NULL, *told = NULL;
  g_autoptr (GError) error = NULL;
  pid_t bus = start_bus (folder), service;
  int ends[2];
  FILE *in;

  g_assert_false (tell ("lo", " register='yes'", "", &error));
  g_assert_nonnull (strstr (error->message, "org.freedesktop.resolve1"));
  g_clear_error (&error);
  g_assert_cmpint (pipe (ends), ==, 0);
  service = fork ();
  if (service == 0)
    serve (ends[1]);
  close (ends[1]);
  in = fdopen (ends[0], "r");
  ready = read_until (in, "ready");
  g_assert_false (tell ("lo", " register='yes'", "", &error));
  g_assert_nonnull (strstr (error->message, "not on a Sunday"));
  told = read_until (in, "domain");
  g_assert_cmpstr (told, ==, "dns 1 4:192.168.77.1 16:fd00:77::1\ndomain 1 guests.test 1\n");
  fclose (in);
  end (service);
  end (bus);
  unlink (socket);
  rmdir (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dnsmasq/nothing-to-tell", test_nothing_to_tell);
  g_test_add_func ("/dnsmasq/told", test_told);
  return g_test_run ();
}
