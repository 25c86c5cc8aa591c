/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net/guests.h"

#include "util/log.h"

#define LOG_CATEGORY "network.guests"
/* A list with more is written after the answer, for all that change within the time. */
#define FEW 64
#define SOON_MS 20

/* Writes what nobody wrote meanwhile. */
static void
write_list (Net *net)
{
  g_autoptr (GPtrArray) guests = NULL;
  g_auto (JobGuard) guard = { 0 };
  g_autoptr (GError) error = NULL;

  if (!job_guard (&guard, &net->telling, "list of guests", net->name, FOREVER, NULL) || !net->untold || net->live == NULL)
    return;
  net->untold = false;
  guests = dnsmasq_guests_new ();
  for (unsigned int i = 0; i < net->ports->len; i++)
    {
      const NetworkPort *port = net->ports->pdata[i];

      dnsmasq_guests_add (guests, port->owner.name, port->mac);
    }
  if (!dnsmasq_put_guests (net->live->bridge.name, guests, &error))
    log_warning ("network '%s': %s", net->name, error->message);
}

static void
write_soon (void *data)
{
  g_autoptr (Net) net = data;

  if (fiber_sleep (SOON_MS, NULL))
    write_list (net);
}

void
net_tell_guests (Net *net)
{
  bool is_due = net->untold;

  /* Without an address nobody asks for names. */
  if (net->live == NULL || !network_has_own_bridge (net->live) || net->live->ips.n == 0)
    return;
  net->untold = true;
  if (net->ports->len <= FEW)
    write_list (net);
  else if (!is_due)
    fiber_start ("list guests", net->name, write_soon, object_ref (net));
}

void
net_forget_guests (Net *net, const Network *last)
{
  g_auto (JobGuard) guard = { 0 };

  net->untold = false;
  if (network_has_own_bridge (last) && last->bridge.name != NULL
      && job_guard (&guard, &net->telling, "forgetting guests", net->name, FOREVER, NULL))
    dnsmasq_forget (last->bridge.name);
}
