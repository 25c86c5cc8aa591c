/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "firewall/obstacles.h"

#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#include "firewall/firewall.h"
#include "firewall/nft.h"
#include "firewall/rules.h"
#include "firewall/walk.h"
#include "link/rtnl.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/fiber.h"
#include "util/json.h"
#include "util/log.h"
#include "util/loop.h"
#include "util/worker.h"

#define LOG_CATEGORY "network.firewall"
/* Networks that start together share one look at the ruleset. */
#define LISTING_US G_USEC_PER_SEC

/* --- the packets ------------------------------------------------------------------------------------ */

static PacketPlace
whole (const IpAddress *address)
{
  return (PacketPlace) { *address, ip_address_bits (address) };
}

static Packet *
add_packet (GArray *packets, const Network *live, uint8_t family, const char *hook, const char *what)
{
  Packet packet = {
    .is_v6 = family == AF_INET6, .hook = hook, .source = { { .family = family } }, .destination = { { .family = family } },
    .source_port = -1, .destination_port = -1, .state = "new", .direction = "original", .cast = "host",
  };

  g_strlcpy (packet.what, what, sizeof packet.what);
  g_strlcpy (packet.in, live->bridge.name, sizeof packet.in);
  g_array_append_val (packets, packet);
  return &g_array_index (packets, Packet, packets->len - 1);
}

static void
add_forwarded (GArray *packets, const Network *live, const NetworkIp *ip, const char *world)
{
  const char *device = live->forward.interfaces.n > 0 ? live->forward.interfaces.items[0]->dev : world;
  PacketPlace guests = { ip->address, MAX (network_ip_prefix (ip), 0) };
  Packet *packet = add_packet (packets, live, ip->address.family, "forward", "what guests send to the world");

  g_strlcpy (packet->out, device != NULL ? device : "", sizeof packet->out);
  packet->source = guests;
  packet->protocol = "tcp";
  packet->route = "unicast";
  packet = add_packet (packets, live, ip->address.family, "forward", "the world's answers to guests");
  g_strlcpy (packet->in, device != NULL ? device : "", sizeof packet->in);
  g_strlcpy (packet->out, live->bridge.name, sizeof packet->out);
  packet->destination = guests;
  packet->protocol = "tcp";
  packet->route = "unicast";
  packet->state = "established";
  packet->direction = "reply";
}

/* What guests ask the host's dnsmasq. */
static void
add_services (GArray *packets, const Network *live, const NetworkIp *ip)
{
  static const char *const protocols[] = { "udp", "tcp" };
  bool is_v6 = ip->address.family == AF_INET6;
  Packet *packet;

  for (unsigned int i = 0; i < G_N_ELEMENTS (protocols) && live->dns.enable != TRI_NO; i++)
    {
      packet = add_packet (packets, live, ip->address.family, "input", "guests' DNS queries");
      packet->source = (PacketPlace) { ip->address, MAX (network_ip_prefix (ip), 0) };
      packet->destination = whole (&ip->address);
      packet->protocol = protocols[i];
      packet->destination_port = 53;
      packet->route = "local";
    }
  if (ip->ranges.n == 0 && ip->hosts.n == 0)
    return;
  packet = add_packet (packets, live, ip->address.family, "input", "guests' DHCP requests");
  ip_address_parse (is_v6 ? "fe80::" : "0.0.0.0", &packet->source.address);
  packet->source.prefix = is_v6 ? 10 : 32;
  ip_address_parse (is_v6 ? "ff02::1:2" : "255.255.255.255", &packet->destination.address);
  packet->destination.prefix = ip_address_bits (&packet->destination.address);
  packet->protocol = "udp";
  packet->source_port = is_v6 ? 546 : 68;
  packet->destination_port = is_v6 ? 547 : 67;
  packet->cast = is_v6 ? "multicast" : "broadcast";
  packet->route = is_v6 ? "multicast" : "broadcast";
}

GArray *
obstacles_packets (const Network *live, const char *world)
{
  GArray *packets = g_array_new (FALSE, TRUE, sizeof (Packet));
  bool forwards = live->forward.mode == NETWORK_FORWARD_NAT || live->forward.mode == NETWORK_FORWARD_ROUTE;

  for (unsigned int i = 0; i < live->ips.n; i++)
    {
      if (forwards)
        add_forwarded (packets, live, live->ips.items[i], world);
      add_services (packets, live, live->ips.items[i]);
    }
  return packets;
}

/* --- the warnings ----------------------------------------------------------------------------------- */

/* One place where packets end. */
typedef struct
{
  char *place;
  bool is_sure;
  GPtrArray *whats;             /* of Packets; borrowed */
} Obstacle;

static void
obstacle_free (void *data)
{
  Obstacle *obstacle = data;

  g_free (obstacle->place);
  g_ptr_array_unref (obstacle->whats);
  g_free (obstacle);
}

static char *
place_text (const WalkEnd *end)
{
  g_autofree char *number = g_strdup_printf ("rule %" G_GINT64_FORMAT " of ", end->handle);
  g_autofree char *way = strcmp (end->chain, end->base) != 0 ? g_strdup_printf (" (reached from %s)", end->base) : g_strdup ("");

  return g_strdup_printf ("%schain %s%s in nftables' table %s %s", end->handle != 0 ? number : "the policy of ", end->chain, way,
                          end->family, end->table);
}

static void
add_obstacle (const Packet *packet, const WalkEnd *end, void *user)
{
  GPtrArray *obstacles = user;
  g_autofree char *place = place_text (end);
  Obstacle *obstacle = NULL;

  for (unsigned int i = 0; i < obstacles->len && obstacle == NULL; i++)
    {
      Obstacle *other = obstacles->pdata[i];

      if (other->is_sure == end->is_sure && strcmp (other->place, place) == 0)
        obstacle = other;
    }
  if (obstacle == NULL)
    {
      obstacle = g_new0 (Obstacle, 1);
      obstacle->place = g_steal_pointer (&place);
      obstacle->is_sure = end->is_sure;
      obstacle->whats = g_ptr_array_new ();
      g_ptr_array_add (obstacles, obstacle);
    }
  for (unsigned int i = 0; i < obstacle->whats->len; i++)
    if (strcmp (obstacle->whats->pdata[i], packet->what) == 0)
      return;
  g_ptr_array_add (obstacle->whats, (char *) packet->what);
}

char **
obstacles_find (json_t *objects, const GArray *packets)
{
  g_autoptr (Ruleset) ruleset = ruleset_new (objects);
  g_autoptr (GPtrArray) obstacles = g_ptr_array_new_with_free_func (obstacle_free);
  GPtrArray *warnings = g_ptr_array_new ();

  for (unsigned int i = 0; i < packets->len; i++)
    ruleset_walk (ruleset, &g_array_index (packets, Packet, i), add_obstacle, obstacles);
  for (unsigned int i = 0; i < obstacles->len; i++)
    {
      Obstacle *obstacle = obstacles->pdata[i];
      g_autofree char *whats = NULL;

      g_ptr_array_add (obstacle->whats, NULL);
      whats = g_strjoinv (", ", (char **) obstacle->whats->pdata);
      g_ptr_array_add (warnings, g_strdup_printf ("%s %s %s", obstacle->place, obstacle->is_sure ? "drops" : "may drop", whats));
    }
  g_ptr_array_add (warnings, NULL);
  return (char **) g_ptr_array_free (warnings, FALSE);
}

/* --- the host's ------------------------------------------------------------------------------------- */

/* The device that the host reaches the world by: that of its first default route. */
typedef struct
{
  int index;
  char name[IF_NAMESIZE];       /* "": there is none */
} World;

static bool
take_default (const RtnlRoute *route, int index, void *data)
{
  World *world = data;

  if (route->prefix == 0)
    world->index = index;
  return world->index == 0;
}

static bool
find_world (void *args, GError **error)
{
  World *world = args;
  g_autoptr (Rtnl) rtnl = rtnl_open (error);

  if (rtnl == NULL || !rtnl_each_route (rtnl, AF_INET, take_default, world, error))
    return false;
  if (world->index == 0 || if_indextoname ((unsigned int) world->index, world->name) == NULL)
    *world->name = '\0';
  return true;
}

/* The rules of all tables but ours, as the kernel had them a moment ago; kept as long as somebody uses them. */
static struct
{
  Job job;
  unsigned int users;
  GRefString *text;
  uint64_t until;
} listing;

/* The other tables as commands that list them. */
static char *
other_tables (const char *text, GError **error)
{
  g_autoptr (json_t) tables = json_from_text (text, strlen (text), "nftables' list of tables", error);
  GString *commands = g_string_new (NULL);
  json_t *item;
  size_t i;

  json_array_foreach (json_object_get (tables, "nftables"), i, item)
    {
      json_t *table = json_object_get (item, "table");
      const char *family = json_get_string (table, "family", ""), *name = json_get_string (table, "name", "");
      bool is_ip = strcmp (family, "inet") == 0 || strcmp (family, "ip") == 0 || strcmp (family, "ip6") == 0;

      if (is_ip && strcmp (name, FIREWALL_TABLE) != 0 && firewall_can_name (name))
        g_string_append_printf (commands, "%s %s\n", family, name);
    }
  return g_string_free (commands, FALSE);
}

/* One document after the other, in lines. */
static bool
list_tables (char **ret_text, GError **error)
{
  g_autofree char *tables = NULL, *names = NULL;
  g_auto (GStrv) each = NULL;
  g_autoptr (GString) text = g_string_new (NULL);

  if (!nft_run ("list tables\n", &tables, error) || (names = other_tables (tables, error)) == NULL)
    return false;
  each = g_strsplit (names, "\n", -1);
  /* nft answers one such command at a time. */
  for (char **name = each; *name != NULL; name++)
    {
      g_autofree char *command = g_strdup_printf ("list table %s\n", *name), *output = NULL;

      /* A table may have gone meanwhile. */
      if (**name != '\0' && nft_run (command, &output, NULL))
        g_string_append_printf (text, "%s\n", g_strstrip (output));
    }
  *ret_text = g_strdup (text->str);
  return true;
}

static void
release_listing (GRefString *text)
{
  g_clear_pointer (&text, g_ref_string_release);
  if (--listing.users == 0)
    g_clear_pointer (&listing.text, g_ref_string_release);
}

/* To be given back by release_listing(), NULL too. */
static GRefString *
current_listing (GError **error)
{
  g_autofree char *text = NULL;
  g_auto (JobGuard) guard = { 0 };

  listing.users++;
  if (!job_guard (&guard, &listing.job, "reading the ruleset", "the firewall", FOREVER, error))
    return NULL;
  if (listing.text == NULL || loop_now () > listing.until)
    {
      if (!list_tables (&text, error))
        return NULL;
      g_clear_pointer (&listing.text, g_ref_string_release);
      listing.text = g_ref_string_new (text);
      listing.until = loop_now () + LISTING_US;
    }
  return g_ref_string_acquire (listing.text);
}

typedef struct
{
  const char *text;
  const GArray *packets;
  char **warnings;
} Judging;

static bool
judge (void *args, GError **error)
{
  Judging *judging = args;
  g_autoptr (json_t) objects = json_array ();
  g_auto (GStrv) documents = g_strsplit (judging->text, "\n", -1);

  for (char **document = documents; *document != NULL; document++)
    {
      g_autoptr (json_t) one = NULL;

      if (**document == '\0')
        continue;
      one = json_from_text (*document, strlen (*document), "nftables' rules", error);
      if (one == NULL)
        return false;
      json_array_extend (objects, json_object_get (one, "nftables"));
    }
  judging->warnings = obstacles_find (objects, judging->packets);
  return true;
}

char **
firewall_obstacles (const Network *live)
{
  World world = { .index = 0 };
  g_autoptr (GArray) packets = NULL;
  g_autoptr (GError) error = NULL;
  GRefString *text;
  Judging judging = { 0 };

  if (!worker_run ("the way to the world", find_world, &world, &error))
    log_info ("the host's default route is not known: %s", error->message);
  g_clear_error (&error);
  packets = obstacles_packets (live, *world.name != '\0' ? world.name : NULL);
  text = current_listing (&error);
  judging = (Judging) { text, packets };
  if (text == NULL || !worker_run ("ways of packets", judge, &judging, &error))
    log_info ("the rules of others cannot be looked at: %s", error->message);
  release_listing (text);
  return judging.warnings != NULL ? judging.warnings : g_new0 (char *, 1);
}
