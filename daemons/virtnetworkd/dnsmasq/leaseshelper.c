/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* leaseshelper.c: the program that dnsmasq calls for each lease of a virtual network, and that remembers them for it.
 *
 *   libvirt_leaseshelper add|old|del MAC-OR-DUID IP [HOSTNAME]
 *   libvirt_leaseshelper init
 *
 * The rest comes in variables, as dnsmasq's manual says (DNSMASQ_...); VIR_BRIDGE_NAME is the bridge if dnsmasq does not say the
 * interface. Leases are kept in BRIDGE.status, a JSON array, which is replaced as a whole. It is called in dnsmasq's start and
 * for each lease, so it needs the C library and jansson only. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a security module's policy for dnsmasq lets its helper use: these, and nothing else of their folders. */
#define STATUS "%s/var/lib/libvirt/dnsmasq/%s%s.status%s"
#define LOCK "%s/run/leaseshelper.pid"
#define STATUS_MAX (32 * 1024 * 1024)   /* bytes; a lease takes 200 */
#define LOCK_SECONDS 20
#define BRIDGE_MAX 200                  /* bytes of a name; the kernel's have 15 */
#define ROOT_MAX (PATH_MAX - 512)

/* The bridge's file, under a lock. */
typedef struct
{
  char lock[PATH_MAX];
  char path[PATH_MAX], fresh[PATH_MAX], aside[PATH_MAX];
  json_t *leases;                       /* objects that have what a lease must have */
  bool is_changed;
} Store;

static int complain (const char *format, ...) __attribute__ ((format (printf, 1, 2)));

/* Says what is wrong, to dnsmasq's log. */
static int
complain (const char *format, ...)
{
  va_list args;

  va_start (args, format);
  vfprintf (stderr, format, args);
  va_end (args);
  fputc ('\n', stderr);
  return EXIT_FAILURE;
}

/* NULL if it is not there or empty. */
static const char *
variable (const char *name)
{
  const char *value = getenv (name);

  return value != NULL && *value != '\0' ? value : NULL;
}

static const char *
text_of (json_t *lease, const char *key)
{
  return json_string_value (json_object_get (lease, key));
}

/* --- the file ------------------------------------------------------------------------------- */

static bool
is_lease (json_t *lease)
{
  return text_of (lease, "ip-address") != NULL && (text_of (lease, "mac-address") != NULL || text_of (lease, "iaid") != NULL)
         && json_is_integer (json_object_get (lease, "expiry-time"));
}

/* Puts a file that says something else than leases beside, for somebody to look at. */
static void
put_aside (Store *store)
{
  complain ("%s is not a list of leases: moved to %s", store->path, store->aside);
  rename (store->path, store->aside);
  store->is_changed = true;
}

/* The leases in what the file says. */
static void
take_leases (Store *store, const char *text, size_t length)
{
  json_t *said = json_loadb (text, length, 0, NULL), *lease;
  size_t i;

  if (length > 0 && !json_is_array (said))
    put_aside (store);
  json_array_foreach (said, i, lease)
    if (is_lease (lease))
      json_array_append (store->leases, lease);
  if (json_array_size (said) > json_array_size (store->leases))
    put_aside (store);
  json_decref (said);
}

static bool
read_all (int fd, char *text, size_t length)
{
  for (size_t done = 0; done < length;)
    {
      ssize_t n = read (fd, text + done, length - done);

      if (n <= 0)
        return false;
      done += (size_t) n;
    }
  return true;
}

static bool
load (Store *store)
{
  int fd = open (store->path, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
  struct stat st;
  char *text = NULL;
  bool ok = fd >= 0 && fstat (fd, &st) == 0 && S_ISREG (st.st_mode) && st.st_size <= STATUS_MAX
            && (text = malloc ((size_t) st.st_size + 1)) != NULL && read_all (fd, text, (size_t) st.st_size);

  if (ok)
    take_leases (store, text, (size_t) st.st_size);
  else
    complain ("cannot read %s: %s", store->path, strerror (errno));
  free (text);
  if (fd >= 0)
    close (fd);
  return ok;
}

/* Takes the lock that a stock helper takes too, until the process ends. Whoever has it removes its file, so what is locked may be
 * another file by then than the one that is there. */
static bool
take_lock (const char *path)
{
  struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
  struct stat ours, there;
  bool is_locked;

  for (;;)
    {
      int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);

      if (fd < 0)
        return complain ("cannot open %s: %s", path, strerror (errno)) == EXIT_SUCCESS;
      /* A lock of others' for long is an accident; dnsmasq must not wait for ever. */
      alarm (LOCK_SECONDS);
      is_locked = fcntl (fd, F_SETLKW, &whole) == 0;
      alarm (0);
      if (!is_locked)
        return complain ("cannot lock %s: %s", path, strerror (errno)) == EXIT_SUCCESS;
      if (fstat (fd, &ours) == 0 && stat (path, &there) == 0 && ours.st_dev == there.st_dev && ours.st_ino == there.st_ino)
        return true;
      close (fd);
    }
}

static bool
open_store (Store *store)
{
  const char *bridge = variable ("DNSMASQ_INTERFACE"), *root = variable ("VIRTSWARM_ROOT");

  if (root == NULL)
    root = "";
  if (bridge == NULL)
    bridge = variable ("VIR_BRIDGE_NAME");
  if (bridge == NULL)
    return complain ("DNSMASQ_INTERFACE or VIR_BRIDGE_NAME must say the bridge") == EXIT_SUCCESS;
  if (strchr (bridge, '/') != NULL || strlen (bridge) > BRIDGE_MAX || strlen (root) > ROOT_MAX)
    return complain ("'%s' is no bridge", bridge) == EXIT_SUCCESS;
  snprintf (store->path, sizeof store->path, STATUS, root, "", bridge, "");
  snprintf (store->fresh, sizeof store->fresh, STATUS, root, ".", bridge, ".new");
  snprintf (store->aside, sizeof store->aside, STATUS, root, "", bridge, ".corrupt");
  snprintf (store->lock, sizeof store->lock, LOCK, root);
  if (!take_lock (store->lock))
    {
      *store->lock = '\0';
      return false;
    }
  store->leases = json_array ();
  return load (store);
}

static void
close_store (Store *store)
{
  json_decref (store->leases);
  if (*store->lock != '\0')
    unlink (store->lock);
}

/* The array as a stock helper writes it. */
static bool
write_leases (const Store *store, int fd)
{
  if (json_array_size (store->leases) == 0)
    return write (fd, "[\n\n]\n", 5) == 5;
  return json_dumpfd (store->leases, fd, JSON_INDENT (2)) == 0 && write (fd, "\n", 1) == 1;
}

static int
save (const Store *store)
{
  int fd;

  if (!store->is_changed)
    return EXIT_SUCCESS;
  fd = open (store->fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (fd < 0 || fchmod (fd, 0644) < 0 || !write_leases (store, fd) || fdatasync (fd) < 0 || close (fd) < 0
      || rename (store->fresh, store->path) < 0)
    {
      int code = complain ("cannot write %s: %s", store->path, strerror (errno));

      unlink (store->fresh);
      return code;
    }
  return EXIT_SUCCESS;
}

/* --- what dnsmasq asks ------------------------------------------------------------------------ */

static void
set_text (json_t *lease, const char *key, const char *value)
{
  /* A guest's words that are no text stay out. */
  if (value != NULL)
    json_object_set_new (lease, key, json_string (value));
}

/* Seconds since 1970; 0: never. */
static bool
read_expiry (json_int_t *ret_expiry)
{
  const char *text = variable ("DNSMASQ_LEASE_EXPIRES");
  char *end;

  *ret_expiry = 0;
  if (text == NULL)
    return true;
  errno = 0;
  *ret_expiry = strtoll (text, &end, 10);
  if (errno == 0 && end != text && end[strspn (end, " ")] == '\0')
    return true;
  complain ("DNSMASQ_LEASE_EXPIRES is '%s', which is no time", text);
  return false;
}

/* What a guest calls itself; NULL: nothing, or what could only harm a terminal that shows it. */
static const char *
host_name (const char *word)
{
  const char *name = word != NULL ? word : getenv ("DNSMASQ_SUPPLIED_HOSTNAME");

  for (const char *p = name; p != NULL && *p != '\0'; p++)
    if ((unsigned char) *p < ' ' || *p == 0x7f)
      return NULL;
  return name;
}

/* A lease in the order of a stock helper. NULL: nobody could use it (IPv6 with no known MAC address). */
static json_t *
make_lease (char **argv, json_int_t expiry)
{
  const char *iaid = variable ("DNSMASQ_IAID"), *mac = iaid != NULL ? variable ("DNSMASQ_MAC") : argv[2];
  json_t *lease = mac != NULL ? json_object () : NULL;

  if (lease == NULL)
    return NULL;
  set_text (lease, "iaid", iaid);
  set_text (lease, "ip-address", argv[3]);
  set_text (lease, "mac-address", mac);
  set_text (lease, "hostname", host_name (argv[4]));
  set_text (lease, "client-id", iaid != NULL ? argv[2] : variable ("DNSMASQ_CLIENT_ID"));
  set_text (lease, "server-duid", variable ("DNSMASQ_SERVER_DUID"));
  json_object_set_new (lease, "expiry-time", json_integer (expiry));
  return lease;
}

static void
drop_address (Store *store, const char *address)
{
  for (size_t i = json_array_size (store->leases); i-- > 0;)
    if (strcmp (text_of (json_array_get (store->leases, i), "ip-address"), address) == 0)
      json_array_remove (store->leases, i);
  store->is_changed = true;
}

/* The server's DUID, where a lease of IPv6 does not say it yet: dnsmasq does not know it in its first call. */
static void
complete (Store *store)
{
  const char *duid = variable ("DNSMASQ_SERVER_DUID");
  json_t *lease;
  size_t i;

  json_array_foreach (store->leases, i, lease)
    if (duid == NULL)
      duid = text_of (lease, "server-duid");
  json_array_foreach (store->leases, i, lease)
    if (text_of (lease, "iaid") != NULL && text_of (lease, "server-duid") == NULL)
      set_text (lease, "server-duid", duid);
}

static int
change (Store *store, char **argv)
{
  bool is_gone = strcmp (argv[1], "del") == 0;
  json_int_t expiry = 0;
  json_t *lease;

  if (!is_gone && !read_expiry (&expiry))
    return EXIT_FAILURE;
  lease = is_gone ? NULL : make_lease (argv, expiry);
  if (!is_gone && lease == NULL)
    return save (store);
  drop_address (store, argv[3]);
  complete (store);
  if (lease != NULL)
    json_array_append_new (store->leases, lease);
  return save (store);
}

/* A field of a line: a star for what is not there or would not be one field. */
static const char *
field (json_t *lease, const char *key)
{
  const char *text = text_of (lease, key);

  return text != NULL && *text != '\0' && strcspn (text, " \t\r\n\v\f") == strlen (text) ? text : "*";
}

/* Prints the leases as dnsmasq's own database: those of IPv4, the server's DUID, those of IPv6. */
static int
print (Store *store)
{
  const char *duid = NULL;
  json_t *lease;
  size_t i;

  json_array_foreach (store->leases, i, lease)
    if (text_of (lease, "iaid") == NULL)
      printf ("%" JSON_INTEGER_FORMAT " %s %s %s %s\n", json_integer_value (json_object_get (lease, "expiry-time")),
              field (lease, "mac-address"), field (lease, "ip-address"), field (lease, "hostname"), field (lease, "client-id"));
    else if (duid == NULL)
      duid = text_of (lease, "server-duid");
  if (duid != NULL)
    printf ("duid %s\n", duid);
  json_array_foreach (store->leases, i, lease)
    if (text_of (lease, "iaid") != NULL)
      printf ("%" JSON_INTEGER_FORMAT " %s %s %s %s\n", json_integer_value (json_object_get (lease, "expiry-time")),
              field (lease, "iaid"), field (lease, "ip-address"), field (lease, "hostname"), field (lease, "client-id"));
  if (fflush (stdout) != 0)
    return complain ("cannot print the leases: %s", strerror (errno));
  return save (store);
}

/* What dnsmasq tells a script besides. */
static bool
is_ignored (const char *action)
{
  static const char *const actions[] = { "tftp", "arp-add", "arp-del", "relay-snoop" };

  for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
    if (strcmp (action, actions[i]) == 0)
      return true;
  return false;
}

static int
usage (FILE *to, int code)
{
  fputs ("Usage: libvirt_leaseshelper add|old|del MAC-OR-DUID IP [HOSTNAME]\n"
         "       libvirt_leaseshelper init\n"
         "dnsmasq calls this program for the leases of a virtual network.\n", to);
  return code;
}

int
main (int argc, char **argv)
{
  const char *action = argc > 1 ? argv[1] : "";
  bool is_init = strcmp (action, "init") == 0;
  bool is_change = strcmp (action, "add") == 0 || strcmp (action, "old") == 0 || strcmp (action, "del") == 0;
  Store store = { .is_changed = false };
  int code = EXIT_FAILURE;

  if (strcmp (action, "--help") == 0 || strcmp (action, "-h") == 0)
    return usage (stdout, EXIT_SUCCESS);
  if (strcmp (action, "--version") == 0 || strcmp (action, "-V") == 0)
    return puts ("libvirt_leaseshelper (Virtswarm) " VIRTSWARM_VERSION) < 0;
  if (is_ignored (action))
    return EXIT_SUCCESS;
  if (argc > 1 && !is_init && !is_change)
    return complain ("'%s' is no action", action);
  if (!is_init && argc < 4)
    return usage (stderr, EXIT_FAILURE);
  if (open_store (&store))
    code = is_init ? print (&store) : change (&store, argv);
  close_store (&store);
  return code;
}
