/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "firewall/firewalld.h"

#include <string.h>
#include <systemd/sd-bus.h>

#include "util/bus.h"
#include "util/error.h"
#include "util/fiber.h"
#include "util/log.h"
#include "util/loop.h"
#include "util/paths.h"

#define LOG_CATEGORY "network.firewall"
#define BUS_NAME "org.freedesktop.DBus"
#define NAME "org.fedoraproject.FirewallD1"
#define PATH "/org/fedoraproject/FirewallD1"
/* firewalld may be busy with a change of its own for long. */
#define PATIENCE_MS 30000

static struct
{
  sd_bus *bus;                  /* NULL: there is none */
  void (*changed) (void);
} firewalld;

FirewalldMember *
firewalld_member_new (const Network *live)
{
  FirewalldMember *member = g_new0 (FirewalldMember, 1);

  member->network = g_strdup (live->name);
  member->bridge = g_strdup (live->bridge.name);
  member->zone = g_strdup (live->bridge.zone);
  member->is_routed = live->forward.mode == NETWORK_FORWARD_ROUTE;
  return member;
}

void
firewalld_member_free (FirewalldMember *member)
{
  if (member == NULL)
    return;
  g_free (member->network);
  g_free (member->bridge);
  g_free (member->zone);
  g_free (member);
}

const char *
firewalld_zone (const FirewalldMember *member, const char *const *zones, const char *const *policies)
{
  if (member->zone != NULL)
    return member->zone;
  if (member->is_routed && g_strv_contains (policies, "libvirt-routed-out") && g_strv_contains (zones, "libvirt-routed"))
    return "libvirt-routed";
  return g_strv_contains (zones, "libvirt") ? "libvirt" : NULL;
}

/* --- the bus ---------------------------------------------------------------------------------------- */

static int
on_reload (sd_bus_message *message, void *data, sd_bus_error *ret_error)
{
  log_info ("firewalld has read its configuration again");
  firewalld.changed ();
  return 0;
}

static int
on_owner (sd_bus_message *message, void *data, sd_bus_error *ret_error)
{
  const char *name, *before, *now;

  if (sd_bus_message_read (message, "sss", &name, &before, &now) >= 0 && *now != '\0')
    {
      log_info ("firewalld has started");
      firewalld.changed ();
    }
  return 0;
}

static int
watch_bus (sd_bus *bus)
{
  int r = sd_bus_attach_event (bus, loop_event (), SD_EVENT_PRIORITY_NORMAL);

  if (r >= 0)
    r = sd_bus_match_signal_async (bus, NULL, NAME, PATH, NAME, "Reloaded", on_reload, NULL, NULL);
  if (r >= 0)
    r = sd_bus_add_match_async (bus, NULL, "type='signal',sender='" BUS_NAME "',path='/org/freedesktop/DBus',interface='" BUS_NAME
                                "',member='NameOwnerChanged',arg0='" NAME "'", on_owner, NULL, NULL);
  return r;
}

/* The connection to the bus, which may have come or gone; NULL: there is none. */
static sd_bus *
current_bus (void)
{
  int r;

  if (firewalld.bus != NULL && sd_bus_is_open (firewalld.bus) > 0)
    return firewalld.bus;
  g_clear_pointer (&firewalld.bus, sd_bus_close_unref);
  r = bus_open_system (&firewalld.bus);
  if (r >= 0)
    r = watch_bus (firewalld.bus);
  if (r < 0)
    {
      log_debug ("firewalld cannot be asked without D-Bus: %s", g_strerror (-r));
      g_clear_pointer (&firewalld.bus, sd_bus_close_unref);
    }
  return firewalld.bus;
}

/* --- calls ------------------------------------------------------------------------------------------ */

typedef sd_bus_message Message;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Message, sd_bus_message_unref)

/* One that waits for its answer. */
typedef struct
{
  Wait wait;
  sd_bus_message *reply;
} Call;

static int
on_reply (sd_bus_message *reply, void *data, sd_bus_error *ret_error)
{
  Call *call = data;

  call->reply = sd_bus_message_ref (reply);
  wait_done (&call->wait);
  return 0;
}

/* A method with up to two texts as arguments, of firewalld or of the bus. The caller frees the reply. Awaits. */
static sd_bus_message *
ask (const char *name, const char *path, const char *interface, const char *method, const char *first, const char *second,
     GError **error)
{
  sd_bus *bus = current_bus ();
  g_autoptr (Message) message = NULL;
  sd_bus_slot *slot = NULL;
  Call call = { 0 };
  int r = bus != NULL ? sd_bus_message_new_method_call (bus, &message, name, path, interface, method) : -ENOTCONN;
  bool ok;

  if (r >= 0 && first != NULL)
    r = sd_bus_message_append (message, "s", first);
  if (r >= 0 && second != NULL)
    r = sd_bus_message_append (message, "s", second);
  if (r >= 0)
    r = sd_bus_call_async (bus, &slot, message, on_reply, &call, PATIENCE_MS * (uint64_t) 1000);
  if (r < 0)
    return fail_null (error, VIR_FROM_DBUS, VIR_ERR_DBUS_SERVICE, "firewalld: %s: %s", method, g_strerror (-r));
  ok = wait_for (&call.wait, deadline_in_ms (PATIENCE_MS), "firewalld's answer", error);
  sd_bus_slot_unref (slot);
  if (ok && sd_bus_message_is_method_error (call.reply, NULL))
    {
      const sd_bus_error *problem = sd_bus_message_get_error (call.reply);

      ok = fail (error, VIR_FROM_DBUS, VIR_ERR_DBUS_SERVICE, "firewalld refused %s: %s", method,
                 problem->message != NULL ? problem->message : problem->name);
    }
  if (!ok)
    g_clear_pointer (&call.reply, sd_bus_message_unref);
  return call.reply;
}

static bool
is_running (void)
{
  g_autoptr (Message) reply = NULL;
  int owned = 0;

  if (current_bus () == NULL)
    return false;
  reply = ask (BUS_NAME, "/org/freedesktop/DBus", BUS_NAME, "NameHasOwner", NAME, NULL, NULL);
  return reply != NULL && sd_bus_message_read (reply, "b", &owned) >= 0 && owned;
}

/* An array of texts that a method without arguments returns; empty if there is no such method. Freed with g_strfreev. */
static char **
ask_for_list (const char *interface, const char *method)
{
  g_autoptr (Message) reply = ask (NAME, PATH, interface, method, NULL, NULL, NULL);
  GPtrArray *list = g_ptr_array_new ();
  const char *item;

  if (reply != NULL && sd_bus_message_enter_container (reply, 'a', "s") >= 0)
    while (sd_bus_message_read (reply, "s", &item) > 0)
      g_ptr_array_add (list, g_strdup (item));
  g_ptr_array_add (list, NULL);
  return (char **) g_ptr_array_free (list, FALSE);
}

static bool
is_started (void)
{
  return fiber_self () != NULL && !path_is_session () && is_running ();
}

bool
firewalld_join (const FirewalldMember *member, GError **error)
{
  static char *none[] = { NULL };
  g_auto (GStrv) zones = NULL, policies = NULL;
  g_autoptr (Message) reply = NULL;
  const char *zone;

  if (!is_started ())
    return member->zone == NULL
           || fail (error, VIR_FROM_NONE, VIR_ERR_INTERNAL_ERROR, "bridge '%s' is to be in zone '%s', but firewalld does not run",
                    member->bridge, member->zone);
  if (member->zone == NULL)
    zones = ask_for_list (NAME ".zone", "getZones");
  if (member->zone == NULL && member->is_routed)
    policies = ask_for_list (NAME ".policy", "getPolicies");
  zone = firewalld_zone (member, (const char *const *) (zones != NULL ? zones : none),
                         (const char *const *) (policies != NULL ? policies : none));
  if (zone == NULL)
    {
      log_warning ("network '%s': firewalld has no zone 'libvirt': bridge '%s' is in its default zone", member->network,
                   member->bridge);
      return true;
    }
  reply = ask (NAME, PATH, NAME ".zone", "changeZoneOfInterface", zone, member->bridge, error);
  return reply != NULL;
}

void
firewalld_watch (void (*changed) (void))
{
  firewalld.changed = changed;
  if (!path_is_session ())
    current_bus ();
}
