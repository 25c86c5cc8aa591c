/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/ports.h"

#include <string.h>

#include "bridge/shape.h"
#include "net/guests.h"
#include "net/hooks.h"
#include "net/plug.h"
#include "net/pool.h"
#include "net/status.h"
#include "util/crash-point.h"
#include "util/log.h"
#include "util/uuid.h"

#define LOG_CATEGORY "network.ports"
#define FIRST_CLASS 3
#define CLASS_LIMIT SHAPE_CLASS_MAX

NetworkPort *
net_port_find (const Net *net, const uint8_t uuid[16])
{
  return g_hash_table_lookup (net->ports_by_uuid, uuid);
}

/* --- the set ------------------------------------------------------------------------------------ */

static void
add (Net *net, NetworkPort *port)
{
  g_ptr_array_add (net->ports, port);
  g_hash_table_insert (net->ports_by_uuid, port->uuid, port);
}

/* Takes @port out of the set; it is the caller's. */
static void
take (Net *net, NetworkPort *port)
{
  unsigned int at;

  g_hash_table_remove (net->ports_by_uuid, port->uuid);
  if (g_ptr_array_find (net->ports, port, &at))
    g_ptr_array_steal_index (net->ports, at);
}

void
net_ports_clear (Net *net)
{
  g_hash_table_remove_all (net->ports_by_uuid);
  g_ptr_array_set_size (net->ports, 0);
}

/* --- bandwidth ------------------------------------------------------------------------------------ */

/* What a port wants to be sure of: KiB a second. */
static uint64_t
floor_of (const NetworkBandwidth *bandwidth)
{
  return bandwidth != NULL && bandwidth->inbound != NULL ? bandwidth->inbound->floor : 0;
}

static unsigned int
class_of (const NetworkBandwidth *bandwidth)
{
  return bandwidth != NULL ? bandwidth->class_id : 0;
}

/* What the network has to give; NULL: no limits. */
static const NetworkRate *
supply (const Network *live)
{
  return live->bandwidth != NULL ? live->bandwidth->inbound : NULL;
}

/* What is left for all that are sure of nothing. */
static uint64_t
rest_of (const Net *net, const Network *live)
{
  const NetworkRate *rate = supply (live);
  uint64_t all = rate == NULL ? 0 : rate->peak > 0 ? rate->peak : rate->average;

  return all - MIN (all, net_floor_sum (net));
}

/* Whether the network can promise @wanted to @port beside what it promised to the others. */
static bool
check_floor (const Net *net, const NetworkPort *port, const NetworkBandwidth *wanted, GError **error)
{
  const NetworkRate *rate = supply (net->live);
  uint64_t floor = floor_of (wanted), others = net_floor_sum (net);

  if (!plug_check_floor (net->live, port->mac, wanted, error))
    return false;
  if (floor == 0)
    return true;
  if (class_of (port->bandwidth) > 0 && net_port_find (net, port->uuid) == port)
    others -= floor_of (port->bandwidth);
  if (others + floor > (rate->peak > 0 ? rate->peak : rate->average))
    return fail (error, VIR_FROM_NETWORK, VIR_ERR_OPERATION_INVALID,
                 "the interface of '%s' asks for a floor of %" G_GUINT64_FORMAT " KiB/s, but %" G_GUINT64_FORMAT
                 " KiB/s of the inbound %s of network '%s' are promised already",
                 port->owner.name, floor, others, rate->peak > 0 ? "peak" : "average", net->name);
  return true;
}

static bool
class_is_taken (const Net *net, unsigned int class_id)
{
  for (unsigned int i = 0; i < net->ports->len; i++)
    {
      const NetworkPort *port = net->ports->pdata[i];

      if (class_of (port->bandwidth) == class_id)
        return true;
    }
  return false;
}

/* Numbers the class of @bandwidth, @wanted if that is free. */
static bool
choose_class (const Net *net, NetworkBandwidth *bandwidth, unsigned int wanted, GError **error)
{
  g_autofree XmlBitmap *taken = net_class_ids (net);
  unsigned int class_id = FIRST_CLASS;

  bandwidth->class_id = 0;
  if (floor_of (bandwidth) == 0)
    return true;
  while (xml_bitmap_has (taken, class_id))
    class_id++;
  if (wanted >= FIRST_CLASS && wanted < CLASS_LIMIT && !class_is_taken (net, wanted))
    class_id = wanted;
  bandwidth->class_id = class_id;
  return class_id < CLASS_LIMIT
         || fail (error, VIR_FROM_NETWORK, VIR_ERR_OPERATION_FAILED, "network '%s' has no class of bandwidth left", net->name);
}

/* The port's class in the kernel, if it has one. */
static bool
plug_class (const Net *net, const Network *live, const NetworkPort *port, GError **error)
{
  return class_of (port->bandwidth) == 0
         || shape_plug (live->bridge.name, live->bandwidth, port->mac, port->bandwidth, port->bandwidth->class_id,
                        rest_of (net, live), error);
}

static void
unplug_class (const Net *net, const NetworkBandwidth *bandwidth)
{
  g_autoptr (GError) error = NULL;

  if (class_of (bandwidth) > 0
      && !shape_unplug (net->live->bridge.name, net->live->bandwidth, bandwidth->class_id, rest_of (net, net->live), &error))
    log_warning ("network '%s': %s", net->name, error->message);
}

bool
net_ports_shape (Net *net, const Network *live, GError **error)
{
  for (unsigned int i = 0; i < net->ports->len; i++)
    if (!plug_class (net, live, net->ports->pdata[i], error))
      return false;
  return true;
}

/* --- create ------------------------------------------------------------------------------------------ */

static bool
check_new (const Net *net, const NetworkPort *port, GError **error)
{
  char uuid[UUID_TEXT_SIZE];

  return net_port_find (net, port->uuid) == NULL
         || fail (error, VIR_FROM_NETWORK, VIR_ERR_NETWORK_PORT_EXIST, "network '%s' has a port '%s' already", net->name,
                  uuid_format (port->uuid, uuid));
}

/* The status file, if it has something to say of @port. */
static bool
save_classes (const Net *net, const NetworkPort *port, GError **error)
{
  return class_of (port->bandwidth) == 0 || net_status_save (net, net->live, error);
}

/* Makes the set's newest port real: on disk, then in the kernel. */
static bool
establish (Net *net, const NetworkPort *port, GError **error)
{
  crash_point ("net-port-create:begin");
  if (!net_port_save (net, port, error))
    return false;
  crash_point ("net-port-create:noted");
  if (!plug_class (net, net->live, port, error) || !save_classes (net, port, error))
    return false;
  net_tell_guests (net);
  return true;
}

/* Takes back all there is of @port but its file; it is taken out of the set. */
static void
dissolve (Net *net, NetworkPort *port)
{
  g_autoptr (GError) error = NULL;

  take (net, port);
  pool_release (net->live, port);
  net->live->connections -= net->live->connections > 0;
  unplug_class (net, port->bandwidth);
  crash_point ("net-port-delete:class");
  if (!save_classes (net, port, &error))
    log_warning ("%s", error->message);
  net_tell_guests (net);
}

bool
net_port_create (Net *net, NetworkPort *owned, bool reclaim, GError **error)
{
  g_autoptr (NetworkPort) port = owned;
  unsigned int wanted = reclaim ? class_of (port->bandwidth) : 0;
  g_autoptr (GError) left = NULL;

  if (!net_require_active (net, error) || (!reclaim && !plug_complete (net->live, port, error))
      || !check_new (net, port, error) || !check_floor (net, port, port->bandwidth, error)
      || (port->bandwidth != NULL && !choose_class (net, port->bandwidth, wanted, error))
      || !(reclaim ? pool_claim (net->live, port, error) : pool_choose (net->live, port, error)))
    return false;
  net->live->connections++;
  add (net, port);
  if (establish (net, port, error) && net_hook_run (NET_HOOK_PORT_CREATED, net->live, port, error))
    {
      g_steal_pointer (&port);
      return true;
    }
  if (!net_port_forget (net, port->uuid, &left))
    log_warning ("%s", left->message);
  dissolve (net, port);
  return false;
}

bool
net_port_delete (Net *net, const uint8_t uuid[16], GError **error)
{
  g_autoptr (NetworkPort) gone = NULL;
  NetworkPort *port = net_port_find (net, uuid);
  char text[UUID_TEXT_SIZE];

  if (port == NULL)
    return fail (error, VIR_FROM_NETWORK, VIR_ERR_NO_NETWORK_PORT, "network '%s' has no port '%s'", net->name,
                 uuid_format (uuid, text));
  crash_point ("net-port-delete:begin");
  /* From here on it is gone: what the kernel has of it goes now, or with the next recovery. */
  if (!net_port_forget (net, port->uuid, error))
    return false;
  crash_point ("net-port-delete:forgotten");
  gone = port;
  dissolve (net, port);
  net_hook_tell (NET_HOOK_PORT_DELETED, net->live, port);
  return true;
}

/* --- change -------------------------------------------------------------------------------------------- */

/* Exchanges the limits of @port and what the kernel knows of them; the former are the caller's. */
static bool
exchange (Net *net, NetworkPort *port, NetworkBandwidth **bandwidth, GError **error)
{
  NetworkBandwidth *before = port->bandwidth;

  port->bandwidth = *bandwidth;
  *bandwidth = before;
  if (class_of (before) > 0 && class_of (port->bandwidth) == 0)
    unplug_class (net, before);
  return plug_class (net, net->live, port, error) && net_port_save (net, port, error) && net_status_save (net, net->live, error);
}

bool
net_port_set_bandwidth (Net *net, const uint8_t uuid[16], NetworkBandwidth *bandwidth, GError **error)
{
  NetworkPort *port = net_port_find (net, uuid);
  bool changed = check_floor (net, port, bandwidth, error)
                 && (bandwidth == NULL
                     || choose_class (net, bandwidth, class_of (port->bandwidth), error));

  /* Its own class is its own to keep. */
  if (changed && class_of (bandwidth) > 0 && class_of (port->bandwidth) > 0)
    bandwidth->class_id = port->bandwidth->class_id;
  if (changed && !exchange (net, port, &bandwidth, error))
    {
      changed = false;
      exchange (net, port, &bandwidth, NULL);
    }
  xml_free (&network_class_bandwidth_schema, bandwidth);
  return changed;
}

/* --- recovery -------------------------------------------------------------------------------------------- */

void
net_port_adopt (Net *net, NetworkPort *port)
{
  g_autoptr (NetworkPort) owned = port;
  g_autoptr (GError) error = NULL;

  if (net_port_find (net, port->uuid) != NULL)
    return;
  if (!pool_claim (net->live, port, &error))
    log_warning ("network '%s': %s", net->name, error->message);
  net->live->connections++;
  add (net, g_steal_pointer (&owned));
}

bool
net_ports_find_devices (Network *live, GError **error)
{
  return pool_fill (live, error);
}
