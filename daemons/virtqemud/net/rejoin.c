/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/rejoin.h"

#include <string.h>

#include "net/check.h"
#include "net/tap.h"

struct NetTaps
{
  GPtrArray *taps;              /* TapPlace */
};

static void
free_place (void *data)
{
  TapPlace *place = data;

  g_free (place->name);
  g_free (place->bridge);
  g_free (place);
}

NetTaps *
net_taps_new (void)
{
  NetTaps *taps = g_new0 (NetTaps, 1);

  taps->taps = g_ptr_array_new_with_free_func (free_place);
  return taps;
}

void
net_taps_free (NetTaps *taps)
{
  if (taps == NULL)
    return;
  g_ptr_array_unref (taps->taps);
  g_free (taps);
}

unsigned int
net_taps_add (NetTaps *taps, const Domain *live, const char *name)
{
  unsigned int before = taps->taps->len;

  for (unsigned int i = 0; i < live->interfaces.n; i++)
    {
      const DomainInterface *interface = live->interfaces.items[i];
      const char *bridge = net_actual_bridge (interface);
      TapPlace *place;

      if (interface->target_dev == NULL || bridge == NULL || net_is_on_switch (interface)
          || (name != NULL && strcmp (name, bridge) != 0))
        continue;
      place = g_new0 (TapPlace, 1);
      place->name = g_strdup (interface->target_dev);
      place->bridge = g_strdup (bridge);
      place->isolated = net_actual_isolated (interface);
      place->known_addresses = net_actual_known_addresses (interface);
      memcpy (place->mac, interface->mac, sizeof (place->mac));
      g_ptr_array_add (taps->taps, place);
    }
  return taps->taps->len - before;
}

void
net_taps_rejoin (const NetTaps *taps)
{
  tap_rejoin_all (taps->taps);
}
