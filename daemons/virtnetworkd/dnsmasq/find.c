/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dnsmasq/find.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/common/values.h"
#include "util/cleanup.h"
#include "util/process.h"

#define CONF_OPTION "--conf-file="

/* --- dnsmasq ------------------------------------------------------------------------------------ */

/* A file of /proc, whose size is not known before. Caller frees. */
static char *
read_proc (pid_t pid, const char *name, size_t *ret_length)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/%s", (int) pid, name);
  char *text = NULL;

  return g_file_get_contents (path, &text, ret_length, NULL) ? text : NULL;
}

/* Whether @theirs, as the process sees it, is @conf: a container may have another file at that path, and a process with other
 * mounts the same one at another. If that cannot be known, @named says whether the name will do. */
static bool
is_same_file (pid_t pid, const char *theirs, const char *conf, bool named)
{
  g_autofree char *seen = g_strdup_printf ("/proc/%d/root/%s", (int) pid, theirs);
  struct stat a, b;

  if (stat (seen, &a) == 0 && stat (conf, &b) == 0)
    return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
  return named && strcmp (theirs, conf) == 0;
}

/* @named: our own pid file names @pid. */
static bool
serves (pid_t pid, const char *conf, bool named)
{
  size_t length = 0;
  g_autofree char *words = read_proc (pid, "cmdline", &length);
  g_autofree char *program = words != NULL ? g_path_get_basename (words) : NULL;

  if (program == NULL || strcmp (program, "dnsmasq") != 0)
    return false;
  for (const char *word = words; word < words + length; word += strlen (word) + 1)
    if (g_str_has_prefix (word, CONF_OPTION))
      return is_same_file (pid, word + strlen (CONF_OPTION), conf, named);
  return false;
}

/* Another process may get the number at any time: only what is still there after the look is the one that was looked at. */
static bool
open_if_serves (pid_t pid, const char *conf, bool named, int *ret_pidfd)
{
  fd_auto int pidfd = -1;

  if (pid <= 1 || !process_pidfd_open (pid, 0, &pidfd, NULL) || !serves (pid, conf, named) || process_ended (pidfd))
    return false;
  *ret_pidfd = fd_steal (&pidfd);
  return true;
}

static pid_t
parent_of (pid_t pid)
{
  g_autofree char *text = read_proc (pid, "stat", NULL);
  const char *end = text != NULL ? strrchr (text, ')') : NULL;
  int parent = 0;

  return end != NULL && sscanf (end, ") %*c %d", &parent) == 1 ? parent : 0;
}

/* Calls @found with each process until it says true. */
static bool
each_process (bool (*found) (pid_t pid, void *data), void *data)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc", 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_ascii_isdigit (*name) && found ((pid_t) atoi (name), data))
      return true;
  return false;
}

typedef struct
{
  const char *conf;
  pid_t pid;
  int pidfd;
} Search;

/* The one that serves has a child of the same words, which calls the lease helper. */
static bool
is_the_one (pid_t pid, void *data)
{
  Search *search = data;

  if (!serves (pid, search->conf, false) || serves (parent_of (pid), search->conf, false)
      || !open_if_serves (pid, search->conf, false, &search->pidfd))
    return false;
  search->pid = pid;
  return true;
}

/* The number in a pid file; 0: there is none. */
static pid_t
read_pid (const char *path)
{
  g_autofree char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? (pid_t) strtol (text, NULL, 10) : 0;
}

bool
dnsmasq_find_now (const char *conf, const char *pid_file, pid_t *ret_pid, int *ret_pidfd)
{
  Search search = { .conf = conf, .pid = read_pid (pid_file), .pidfd = -1 };
  bool found;

  /* A start removes the pid file of an earlier one first. */
  if (search.pid > 0)
    found = open_if_serves (search.pid, conf, true, &search.pidfd);
  else
    found = access (conf, F_OK) == 0 && each_process (is_the_one, &search);
  if (!found)
    return false;
  *ret_pid = search.pid;
  *ret_pidfd = search.pidfd;
  return true;
}

/* --- who has a port ------------------------------------------------------------------------------- */

/* What dnsmasq says when it cannot have a port, and the ports that it may mean. */
static const struct
{
  const char *words;
  bool has_address;
  unsigned int ports[3];
} complaints[] = {
  { "listening socket for ", true, { 53, 69 } },
  { "DHCP server socket", false, { 67 } },
  { "DHCPv6 server socket", false, { 547 } },
};

/* The tables of sockets; those of IPv4 write an address in one word of the host's order, those of IPv6 in four. */
static const struct
{
  const char *path, *protocol;
  int family;
  bool is_listening_only;
} tables[] = {
  { "/proc/self/net/udp", "UDP", AF_INET, false },
  { "/proc/self/net/udp6", "UDP", AF_INET6, false },
  { "/proc/self/net/tcp", "TCP", AF_INET, true },
  { "/proc/self/net/tcp6", "TCP", AF_INET6, true },
};
#define TCP_LISTENING 0x0a

static bool
read_address (const char *hex, int family, IpAddress *ret)
{
  unsigned int n_words = family == AF_INET ? 1 : 4;

  *ret = (IpAddress) { .family = family };
  for (unsigned int i = 0; i < n_words; i++)
    {
      g_autofree char *word = g_strndup (hex + 8 * i, 8);
      guint32 value = (guint32) strtoul (word, NULL, 16);

      memcpy (ret->bytes + 4 * i, &value, 4);
    }
  return strlen (hex) >= 8 * n_words && hex[8 * n_words] == ':';
}

/* Whether a socket at @held keeps others from @wanted (NULL: from any address). One of all addresses does, also of IPv6. */
static bool
is_in_the_way (const IpAddress *held, const IpAddress *wanted)
{
  static const IpAddress any;

  return wanted == NULL || ip_address_equal (held, wanted)
         || memcmp (held->bytes, any.bytes, ip_address_bits (held) / 8) == 0;
}

/* The socket of @line of table @table at @port; 0: it is another one. */
static uint64_t
socket_of (const char *line, unsigned int table, unsigned int port, const IpAddress *wanted, IpAddress *ret_held)
{
  char local[64];
  unsigned int state = 0;
  uint64_t inode = 0;
  const char *colon;

  if (sscanf (line, "%*s %63s %*s %x %*s %*s %*s %*s %*s %" G_GUINT64_FORMAT, local, &state, &inode) != 3)
    return 0;
  colon = strchr (local, ':');
  if (colon == NULL || strtoul (colon + 1, NULL, 16) != port || (tables[table].is_listening_only && state != TCP_LISTENING)
      || !read_address (local, tables[table].family, ret_held))
    return 0;
  return is_in_the_way (ret_held, wanted) ? inode : 0;
}

typedef struct
{
  char link[40];
  pid_t pid;
} Owner;

static bool
has_socket (pid_t pid, void *data)
{
  Owner *owner = data;
  g_autofree char *folder = g_strdup_printf ("/proc/%d/fd", (int) pid);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      char link[sizeof owner->link];
      ssize_t n = readlink (path, link, sizeof link);

      if (n > 0 && (size_t) n == strlen (owner->link) && memcmp (link, owner->link, (size_t) n) == 0)
        {
          owner->pid = pid;
          return true;
        }
    }
  return false;
}

/* Several dnsmasq share the ports of DHCP: they are in nobody's way there. */
static char *
describe_owner (uint64_t inode, bool is_dhcp)
{
  Owner owner = { .pid = 0 };
  g_autofree char *program = NULL;

  g_snprintf (owner.link, sizeof owner.link, "socket:[%" G_GUINT64_FORMAT "]", inode);
  if (!each_process (has_socket, &owner))
    return g_strdup ("a process that cannot be seen from here");
  program = read_proc (owner.pid, "comm", NULL);
  if (program != NULL)
    g_strchomp (program);
  if (is_dhcp && g_strcmp0 (program, "dnsmasq") == 0)
    return NULL;
  return g_strdup_printf ("process %d (%s)", (int) owner.pid, program != NULL ? program : "?");
}

static char *
owner_in (unsigned int table, unsigned int port, const IpAddress *wanted)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents (tables[table].path, &text, NULL, NULL))
    return NULL;
  lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    {
      IpAddress held;
      uint64_t inode = socket_of (*line, table, port, wanted, &held);
      g_autofree char *owner = inode != 0 ? describe_owner (inode, wanted == NULL) : NULL;
      g_autofree char *address = owner != NULL ? ip_address_text (&held) : NULL;

      if (owner != NULL)
        return g_strdup_printf ("%s port %u of %s is held by %s", tables[table].protocol, port, address, owner);
    }
  return NULL;
}

char *
dnsmasq_port_owner_now (const char *words)
{
  for (unsigned int i = 0; i < G_N_ELEMENTS (complaints); i++)
    {
      const char *at = strstr (words, complaints[i].words);
      g_autofree char *text = NULL;
      IpAddress wanted = { 0 };

      if (at == NULL)
        continue;
      at += strlen (complaints[i].words);
      text = g_strndup (at, strstr (at, ": ") != NULL ? (size_t) (strstr (at, ": ") - at) : strlen (at));
      if (complaints[i].has_address && !ip_address_parse (text, &wanted))
        return NULL;
      for (unsigned int j = 0; complaints[i].ports[j] != 0; j++)
        for (unsigned int table = 0; table < G_N_ELEMENTS (tables); table++)
          {
            char *owner = owner_in (table, complaints[i].ports[j], complaints[i].has_address ? &wanted : NULL);

            if (owner != NULL)
              return owner;
          }
    }
  return NULL;
}
