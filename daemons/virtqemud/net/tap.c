/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "link/rtnl.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/log.h"
#include "util/worker.h"

#define LOG_CATEGORY "qemu.net"
#define NAME_TRIES 1000

G_STATIC_ASSERT (TAP_NAME_SIZE == IFNAMSIZ);

/* --- names ---------------------------------------------------------------------------------- */

/* Kinds of names that are made up, and the next number of each. */
typedef enum { NAME_VNET, NAME_MACVTAP, NAME_N } NameKind;

static const char *const prefixes[NAME_N] = { [NAME_VNET] = "vnet", [NAME_MACVTAP] = "macvtap" };

/* One above the highest that the host has when the first one is needed: those of guests that were there before. */
static unsigned int
first_number (const char *prefix)
{
  struct if_nameindex *all = if_nameindex ();
  unsigned int next = 0;

  for (struct if_nameindex *one = all; one != NULL && one->if_index != 0; one++)
    {
      guint64 number;

      if (g_str_has_prefix (one->if_name, prefix)
          && g_ascii_string_to_unsigned (one->if_name + strlen (prefix), 10, 0, G_MAXINT32, &number, NULL)
          && number >= next)
        next = (unsigned int) number + 1;
    }
  if (all != NULL)
    if_freenameindex (all);
  return next;
}

/* Never the same one again while this daemon runs, so that nobody takes the next guest's tap for the last one's. */
static unsigned int
next_number (NameKind kind)
{
  static struct { bool known; unsigned int next; } counters[NAME_N];

  if (!counters[kind].known)
    {
      counters[kind].next = first_number (prefixes[kind]);
      counters[kind].known = true;
    }
  return counters[kind].next++;
}

/* "foo%d" by printf's rule, as the kernel knows it; a number is put in here. */
static bool
is_pattern (const char *name)
{
  const char *percent = strchr (name, '%');

  return percent != NULL && percent[1] == 'd' && strchr (percent + 1, '%') == NULL;
}

static bool
put_number (NameKind kind, const char *pattern, char ret[TAP_NAME_SIZE])
{
  unsigned int number = next_number (kind);
  const char *percent = pattern != NULL ? strchr (pattern, '%') : NULL;
  int n = percent != NULL ? snprintf (ret, TAP_NAME_SIZE, "%.*s%u%s", (int) (percent - pattern), pattern, number, percent + 2)
                          : snprintf (ret, TAP_NAME_SIZE, "%s%u", prefixes[kind], number);

  return n < TAP_NAME_SIZE;
}

/* The name that a device of @kind gets whose document says @wanted (may be NULL). */
static bool
choose_name (NameKind kind, const char *wanted, char ret[TAP_NAME_SIZE], GError **error)
{
  if (wanted != NULL && !is_pattern (wanted))
    {
      if (strlen (wanted) >= TAP_NAME_SIZE)
        return fail_errno (error, VIR_FROM_NONE, ERANGE, "the name '%s' of a network device is longer than %d", wanted,
                           TAP_NAME_SIZE - 1);
      g_strlcpy (ret, wanted, TAP_NAME_SIZE);
      return if_nametoindex (ret) == 0
             || fail (error, VIR_FROM_NONE, VIR_ERR_OPERATION_INVALID, "there is a network device '%s' already", ret);
    }
  for (unsigned int i = 0; i < NAME_TRIES; i++)
    if (put_number (kind, wanted, ret) && if_nametoindex (ret) == 0)
      return true;
  return fail (error, VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "no free name for a network device like '%s'",
               wanted != NULL ? wanted : prefixes[kind]);
}

void
tap_host_mac (const uint8_t mac[6], uint8_t ret_mac[6])
{
  memcpy (ret_mac, mac, 6);
  /* High, so that the bridge does not take it for its own. */
  ret_mac[0] = mac[0] == 0xfe ? 0xfa : 0xfe;
}

/* --- taps, in a worker ---------------------------------------------------------------------------- */

typedef struct
{
  const TapSpec *spec;
  char *name;
  int *fds;
} TapWork;

static void
close_fds (int *fds, unsigned int n)
{
  for (unsigned int i = 0; i < n; i++)
    fd_clear (&fds[i]);
}

static bool
open_queue (TapWork *work, unsigned int index, GError **error)
{
  const TapSpec *spec = work->spec;
  struct ifreq request = { 0 };
  short flags = IFF_TAP | IFF_NO_PI;

  work->fds[index] = open (spec->device, O_RDWR | O_CLOEXEC);
  if (work->fds[index] < 0)
    return fail_errno (error, VIR_FROM_NONE, errno, "cannot open '%s'", spec->device);
  flags = (short) (flags | (spec->vnet_hdr ? IFF_VNET_HDR : 0) | (spec->queues > 1 ? IFF_MULTI_QUEUE : 0)
                   | (index == 0 && !spec->must_exist ? IFF_TUN_EXCL : 0));
  request.ifr_flags = flags;
  g_strlcpy (request.ifr_name, work->name, sizeof (request.ifr_name));
  if (ioctl (work->fds[index], TUNSETIFF, &request) == 0)
    return true;
  if (errno == EBUSY && !spec->must_exist)
    return fail (error, VIR_FROM_NONE, VIR_ERR_OPERATION_INVALID, "there is a network device '%s' already", work->name);
  return fail_errno (error, VIR_FROM_NONE, errno, "cannot make the tap '%s'", work->name);
}

static bool
add_addresses (Rtnl *rtnl, const char *name, const DomainInterface *interface, GError **error)
{
  for (unsigned int i = 0; i < interface->host_ips.n; i++)
    {
      const DomainIp *ip = interface->host_ips.items[i];
      unsigned int prefix = ip->prefix != 0 ? ip->prefix : ip_address_usual_prefix (&ip->address);

      if (!rtnl_add_address (rtnl, name, &ip->address, ip->peer.family != 0 ? &ip->peer : NULL, prefix, error))
        return false;
    }
  return true;
}

static bool
add_routes (Rtnl *rtnl, const char *name, const DomainInterface *interface, GError **error)
{
  for (unsigned int i = 0; i < interface->host_routes.n; i++)
    if (!rtnl_add_network_route (rtnl, name, interface->host_routes.items[i], error))
      return false;
  return true;
}

/* The whole structure is set at once: what is not changed is read before. */
static bool
set_coalesce (const char *name, unsigned int frames, GError **error)
{
  fd_auto int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  struct ethtool_coalesce settings = { .cmd = ETHTOOL_GCOALESCE };
  struct ifreq request = { 0 };

  g_strlcpy (request.ifr_name, name, sizeof (request.ifr_name));
  request.ifr_data = (void *) &settings;
  if (fd < 0 || ioctl (fd, SIOCETHTOOL, &request) < 0)
    return fail_errno (error, VIR_FROM_NONE, errno, "cannot read how network device '%s' coalesces", name);
  settings.cmd = ETHTOOL_SCOALESCE;
  settings.rx_max_coalesced_frames = frames;
  if (ioctl (fd, SIOCETHTOOL, &request) < 0)
    return fail_errno (error, VIR_FROM_NONE, errno, "cannot let network device '%s' coalesce %u frames", name, frames);
  return true;
}

static bool
join_bridge (Rtnl *rtnl, const TapPlace *place, const RtnlLink *bridge, GError **error)
{
  RtnlChange change = RTNL_NO_CHANGE;
  RtnlPort port = { .isolated = place->isolated ? 1 : -1, .learning = -1, .unicast_flood = -1 };

  ERROR_PREFIX (error, "adding '%s' to '%s'", place->name, place->bridge);
  change.master = bridge->index;
  if (!rtnl_change (rtnl, place->name, &change, error))
    return false;
  if (place->known_addresses)
    port.learning = port.unicast_flood = 0;
  if ((place->isolated || place->known_addresses) && !rtnl_set_port (rtnl, place->name, &port, error))
    return false;
  return !place->known_addresses || rtnl_set_fdb (rtnl, place->name, place->mac, true, error);
}

static bool
join_as_specified (Rtnl *rtnl, const TapSpec *spec, const char *name, const RtnlLink *bridge, GError **error)
{
  TapPlace place = {
    .name = (char *) name, .bridge = (char *) spec->bridge, .isolated = spec->isolated, .known_addresses = spec->known_addresses,
  };

  memcpy (place.mac, spec->mac, sizeof (place.mac));
  return join_bridge (rtnl, &place, bridge, error);
}

static bool
set_up_tap (const TapSpec *spec, const char *name, GError **error)
{
  g_autoptr (Rtnl) rtnl = rtnl_open (error);
  const char *above = spec->bridge != NULL ? spec->bridge : spec->mtu_of;
  RtnlLink bridge = { 0 };
  RtnlChange change = RTNL_NO_CHANGE;
  uint8_t mac[6];

  if (rtnl == NULL || (above != NULL && !rtnl_get (rtnl, above, &bridge, error)))
    return false;
  tap_host_mac (spec->mac, mac);
  change.mac = mac;
  change.mtu = spec->mtu != 0 ? spec->mtu : bridge.mtu;
  if (!rtnl_change (rtnl, name, &change, error)
      || (spec->bridge != NULL && !join_as_specified (rtnl, spec, name, &bridge, error)))
    return false;
  if (spec->coalesce_frames != 0 && !set_coalesce (name, spec->coalesce_frames, error))
    return false;
  if (spec->addresses != NULL && !add_addresses (rtnl, name, spec->addresses, error))
    return false;
  /* Faster, where the kernel can do it. */
  rtnl_set_noqueue (rtnl, name, NULL);
  change = (RtnlChange) RTNL_NO_CHANGE;
  change.up = spec->up;
  return rtnl_change (rtnl, name, &change, error)
         && (spec->addresses == NULL || add_routes (rtnl, name, spec->addresses, error));
}

static bool
make_tap (void *data, GError **error)
{
  TapWork *work = data;
  const TapSpec *spec = work->spec;

  for (unsigned int i = 0; i < spec->queues; i++)
    work->fds[i] = -1;
  for (unsigned int i = 0; i < spec->queues; i++)
    if (!open_queue (work, i, error))
      {
        close_fds (work->fds, spec->queues);
        return false;
      }
  if (spec->must_exist || set_up_tap (spec, work->name, error))
    return true;
  close_fds (work->fds, spec->queues);
  return false;
}

bool
tap_make (const TapSpec *spec, char ret_name[TAP_NAME_SIZE], int *ret_fds, GError **error)
{
  char name[TAP_NAME_SIZE] = "";
  TapWork work = { .spec = spec, .name = name, .fds = ret_fds };

  if (spec->must_exist)
    {
      if (spec->name == NULL || g_strlcpy (name, spec->name, sizeof (name)) >= sizeof (name) || if_nametoindex (name) == 0)
        return fail (error, VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "there is no network device '%s', and managed='no' makes none",
                     spec->name != NULL ? spec->name : "");
    }
  else if (!choose_name (NAME_VNET, spec->name, name, error))
    return false;
  if (!worker_run ("make a tap", make_tap, &work, error))
    return false;
  memcpy (ret_name, name, sizeof (name));
  return true;
}

/* --- macvtaps --------------------------------------------------------------------------------------- */

bool
macvtap_choose_name (const char *wanted, char ret_name[TAP_NAME_SIZE], GError **error)
{
  return choose_name (NAME_MACVTAP, wanted, ret_name, error);
}

typedef struct
{
  const MacvtapSpec *spec;
  int *fds;
} MacvtapWork;

static bool
open_macvtap (const MacvtapSpec *spec, int index, int *fds, GError **error)
{
  g_autofree char *path = g_strdup_printf ("/dev/tap%d", index);
  struct ifreq request = { 0 };

  request.ifr_flags = (short) (IFF_TAP | IFF_NO_PI | (spec->vnet_hdr ? IFF_VNET_HDR : 0)
                               | (spec->queues > 1 ? IFF_MULTI_QUEUE : 0));
  for (unsigned int i = 0; i < spec->queues; i++)
    {
      /* udev makes the device a moment after the kernel did. */
      for (unsigned int tries = 0; tries < 200; tries++)
        {
          fds[i] = open (path, O_RDWR | O_CLOEXEC);
          if (fds[i] >= 0 || (errno != ENOENT && errno != EACCES))
            break;
          g_usleep (10000);
        }
      if (fds[i] < 0)
        return fail_errno (error, VIR_FROM_NONE, errno, "cannot open '%s' of the macvtap '%s'", path, spec->name);
      if (ioctl (fds[i], TUNSETIFF, &request) < 0)
        return fail_errno (error, VIR_FROM_NONE, errno, "cannot set up '%s' of the macvtap '%s'", path, spec->name);
    }
  return true;
}

static bool
make_macvtap (void *data, GError **error)
{
  static const unsigned int modes[INTERFACE_DIRECT_LAST] = {
    [INTERFACE_DIRECT_ABSENT] = MACVLAN_MODE_VEPA,     [INTERFACE_DIRECT_VEPA] = MACVLAN_MODE_VEPA,
    [INTERFACE_DIRECT_PRIVATE] = MACVLAN_MODE_PRIVATE, [INTERFACE_DIRECT_BRIDGE] = MACVLAN_MODE_BRIDGE,
    [INTERFACE_DIRECT_PASSTHROUGH] = MACVLAN_MODE_PASSTHRU,
  };
  MacvtapWork *work = data;
  const MacvtapSpec *spec = work->spec;
  g_autoptr (Rtnl) rtnl = rtnl_open (error);
  RtnlChange change = RTNL_NO_CHANGE;
  RtnlLink link;

  for (unsigned int i = 0; i < spec->queues; i++)
    work->fds[i] = -1;
  if (rtnl == NULL || !rtnl_add_macvtap (rtnl, spec->name, spec->lower, modes[spec->mode], spec->mac, error))
    return false;
  change.up = 1;
  if (rtnl_change (rtnl, spec->name, &change, error) && rtnl_get (rtnl, spec->name, &link, error)
      && open_macvtap (spec, link.index, work->fds, error))
    return true;
  close_fds (work->fds, spec->queues);
  rtnl_remove (rtnl, spec->name, NULL);
  return false;
}

bool
macvtap_make (const MacvtapSpec *spec, int *ret_fds, GError **error)
{
  MacvtapWork work = { .spec = spec, .fds = ret_fds };

  return worker_run ("make a macvtap", make_macvtap, &work, error);
}

typedef struct
{
  const char *name;
  const uint8_t *mac;
} Removal;

static bool
remove_macvtap (void *data, GError **error)
{
  const Removal *removal = data;
  g_autoptr (Rtnl) rtnl = NULL;
  RtnlLink link;

  if (if_nametoindex (removal->name) == 0)
    return true;
  rtnl = rtnl_open (error);
  if (rtnl == NULL || !rtnl_get (rtnl, removal->name, &link, error))
    return false;
  /* Somebody else's device may have got the name. */
  if (strcmp (link.kind, "macvtap") != 0 || memcmp (link.mac, removal->mac, sizeof (link.mac)) != 0)
    return true;
  return rtnl_remove (rtnl, removal->name, error);
}

void
macvtap_remove (const char *name, const uint8_t mac[6])
{
  Removal removal = { .name = name, .mac = mac };
  g_autoptr (GError) error = NULL;

  if (!worker_run ("remove a macvtap", remove_macvtap, &removal, &error))
    log_error ("%s", error->message);
}

/* --- changes ------------------------------------------------------------------------------------------- */

typedef struct
{
  const char *name, *bridge;
  unsigned int frames;
  bool value;
  bool (*change) (Rtnl *rtnl, const void *work, GError **error);
} ChangeWork;

static bool
run_change (void *data, GError **error)
{
  const ChangeWork *work = data;
  g_autoptr (Rtnl) rtnl = rtnl_open (error);

  return rtnl != NULL && work->change (rtnl, work, error);
}

static bool
change_bridge (Rtnl *rtnl, const void *data, GError **error)
{
  const ChangeWork *work = data;
  RtnlChange change = RTNL_NO_CHANGE;
  RtnlLink bridge = { 0 };

  if (work->bridge != NULL && !rtnl_get (rtnl, work->bridge, &bridge, error))
    return false;
  change.master = bridge.index;
  return rtnl_change (rtnl, work->name, &change, error);
}

bool
tap_set_bridge (const char *name, const char *bridge, GError **error)
{
  ChangeWork work = { .name = name, .bridge = bridge, .change = change_bridge };

  return worker_run ("move a tap to a bridge", run_change, &work, error);
}

static bool
rejoin_bridge (Rtnl *rtnl, const TapPlace *place, GError **error)
{
  RtnlLink tap = { 0 }, bridge = { 0 };

  if (if_nametoindex (place->name) == 0 || if_nametoindex (place->bridge) == 0)
    return true;
  if (!rtnl_get (rtnl, place->name, &tap, error))
    return false;
  return tap.master != 0 || (rtnl_get (rtnl, place->bridge, &bridge, error) && join_bridge (rtnl, place, &bridge, error));
}

/* One that fails does not keep the others from their bridges. */
static bool
rejoin_all (void *data, GError **error)
{
  const GPtrArray *places = data;
  g_autoptr (Rtnl) rtnl = rtnl_open (error);
  g_autoptr (GString) failures = g_string_new (NULL);

  for (unsigned int i = 0; rtnl != NULL && i < places->len; i++)
    {
      const TapPlace *place = places->pdata[i];
      g_autoptr (GError) local = NULL;

      if (!rejoin_bridge (rtnl, place, &local))
        g_string_append_printf (failures, "%s%s", failures->len > 0 ? "; " : "", local->message);
    }
  return rtnl != NULL && (failures->len == 0 || fail (error, VIR_FROM_QEMU, VIR_ERR_SYSTEM_ERROR, "%s", failures->str));
}

void
tap_rejoin_all (const GPtrArray *places)
{
  g_autoptr (GError) error = NULL;

  if (places->len > 0 && !worker_run ("put taps back on their bridges", rejoin_all, (void *) places, &error))
    log_warning ("not all taps are on their bridges: %s", error->message);
}

static bool
change_isolated (Rtnl *rtnl, const void *data, GError **error)
{
  const ChangeWork *work = data;
  RtnlPort port = { .isolated = work->value, .learning = -1, .unicast_flood = -1 };

  return rtnl_set_port (rtnl, work->name, &port, error);
}

bool
tap_set_isolated (const char *name, bool isolated, GError **error)
{
  ChangeWork work = { .name = name, .value = isolated, .change = change_isolated };

  return worker_run ("isolate a port", run_change, &work, error);
}

static bool
change_coalesce (Rtnl *rtnl, const void *data, GError **error)
{
  const ChangeWork *work = data;

  return set_coalesce (work->name, work->frames, error);
}

bool
tap_set_coalesce (const char *name, unsigned int frames, GError **error)
{
  ChangeWork work = { .name = name, .frames = frames, .change = change_coalesce };

  return worker_run ("set coalescing", run_change, &work, error);
}

static bool
change_up (Rtnl *rtnl, const void *data, GError **error)
{
  const ChangeWork *work = data;
  RtnlChange change = RTNL_NO_CHANGE;

  change.up = work->value;
  return rtnl_change (rtnl, work->name, &change, error);
}

bool
tap_set_up (const char *name, bool up, GError **error)
{
  ChangeWork work = { .name = name, .value = up, .change = change_up };

  return worker_run ("bring a tap up or down", run_change, &work, error);
}
