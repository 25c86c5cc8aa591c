/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/things.h"

#include "net/check.h"
#include "net/record.h"
#include "util/cleanup.h"
#include "util/uuid.h"

json_t *
net_thing_port (const char *network, const uint8_t uuid[16])
{
  char text[UUID_TEXT_SIZE];

  return json_pack ("{s:s, s:s, s:s}", "kind", "port", "network", network, "uuid", uuid_format (uuid, text));
}

json_t *
net_thing_switch (const DomainInterface *interface)
{
  const NetworkVirtualPort *port = net_actual_virtual_port (interface);
  char uuid[UUID_TEXT_SIZE];

  return json_pack ("{s:s, s:s, s:i, s:s}", "kind", "switch", "device", interface->target_dev, "type", (int) port->type,
                    "interface", uuid_format (port->interface_id, uuid));
}

json_t *
net_thing_macvtap (const char *name, const uint8_t mac[6])
{
  g_autofree char *text = g_strdup_printf ("%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);

  return json_pack ("{s:s, s:s, s:s}", "kind", "macvtap", "device", name, "mac", text);
}

json_t *
net_thing_script (const DomainInterface *interface)
{
  return json_pack ("{s:s, s:s, s:s}", "kind", "script", "path", interface->downscript, "device", interface->target_dev);
}

/* --- what others made -------------------------------------------------------------------------------- */

/* All that @interface has; those of functions need what was there before, which nobody knows any more. */
static json_t *
things_of (const DomainInterface *interface)
{
  json_t *things = json_array ();

  if (interface->type == INTERFACE_TYPE_NETWORK && interface->actual != NULL && uuid_is_valid (interface->port_id))
    json_array_append_new (things, net_thing_port (interface->network, interface->port_id));
  if (interface->target_dev == NULL)
    return things;
  if (net_actual_type (interface) == INTERFACE_TYPE_DIRECT)
    json_array_append_new (things, net_thing_macvtap (interface->target_dev, interface->mac));
  if (net_actual_bridge (interface) != NULL && net_is_on_switch (interface))
    json_array_append_new (things, net_thing_switch (interface));
  if (interface->downscript != NULL)
    json_array_append_new (things, net_thing_script (interface));
  return things;
}

static bool
has (const json_t *things, const json_t *wanted)
{
  for (size_t i = 0; i < json_array_size (things); i++)
    if (json_equal (json_array_get (things, i), wanted))
      return true;
  return false;
}

bool
net_things_adopt (const NetGuest *guest, const DomainInterface *interface, GError **error)
{
  g_auto (GStrv) files = net_record_files (guest->id, guest->name, interface->info.alias);
  g_autoptr (json_t) wanted = things_of (interface), known = NULL;

  if (json_array_size (wanted) == 0)
    return true;
  known = net_record_read (files[0]);
  for (size_t i = 0; i < json_array_size (wanted); i++)
    if (!has (known, json_array_get (wanted, i))
        && !net_record_add (guest->id, guest->name, interface->info.alias, json_incref (json_array_get (wanted, i)), error))
      return false;
  return true;
}
