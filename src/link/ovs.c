/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "link/ovs.h"

#include <stdarg.h>

#include "util/error.h"
#include "util/log.h"
#include "util/paths.h"
#include "util/process.h"
#include "util/uuid.h"

#define LOG_CATEGORY "link.ovs"
#define OVS_MS 10000
/* Where the switch's database listens, as the program knows itself when there is no root. */
#define DATABASE "/run/openvswitch/db.sock"

/* --- arguments ------------------------------------------------------------------------------ */

static void
add (GPtrArray *argv, const char *word)
{
  g_ptr_array_add (argv, g_strdup (word));
}

G_GNUC_PRINTF (2, 3) static void
add_format (GPtrArray *argv, const char *format, ...)
{
  va_list values;

  va_start (values, format);
  g_ptr_array_add (argv, g_strdup_vprintf (format, values));
  va_end (values);
}

static char **
finish (GPtrArray *argv)
{
  g_ptr_array_add (argv, NULL);
  return (char **) g_ptr_array_free (argv, FALSE);
}

static GPtrArray *
begin (void)
{
  GPtrArray *argv = g_ptr_array_new ();

  add (argv, "ovs-vsctl");
  add (argv, "--timeout=5");
  if (*path_root () != '\0')
    add_format (argv, "--db=unix:%s" DATABASE, path_root ());
  return argv;
}

/* One tag is what the guest's packets get; several are what it may use itself. */
static void
add_vlan (GPtrArray *argv, const NetworkVlan *vlan)
{
  g_autoptr (GString) trunks = g_string_new ("trunk=");
  bool is_trunk = vlan != NULL && (vlan->trunk == TRI_YES || vlan->tags.n > 1);

  for (unsigned int i = 0; vlan != NULL && i < vlan->tags.n; i++)
    {
      const NetworkVlanTag *tag = vlan->tags.items[i];

      if (tag->native_mode != NETWORK_NATIVE_VLAN_ABSENT)
        {
          add_format (argv, "vlan_mode=native-%s", xml_enum_name (&network_native_vlan_mode_names, tag->native_mode));
          add_format (argv, "tag=%u", tag->id);
        }
      g_string_append_printf (trunks, "%s%u", i > 0 ? "," : "", tag->id);
    }
  if (is_trunk)
    add (argv, trunks->str);
  else if (vlan != NULL && vlan->tags.n == 1)
    add_format (argv, "tag=%u", vlan->tags.items[0]->id);
}

char **
ovs_add_argv (const OvsPort *port)
{
  const uint8_t *m = port->mac;
  GPtrArray *argv = begin ();
  char text[UUID_TEXT_SIZE];

  add (argv, "--");
  add (argv, "--if-exists");
  add (argv, "del-port");
  add (argv, port->name);
  add (argv, "--");
  add (argv, "add-port");
  add (argv, port->bridge);
  add (argv, port->name);
  add_vlan (argv, port->vlan);
  add (argv, "--");
  add (argv, "set");
  add (argv, "Interface");
  add (argv, port->name);
  add_format (argv, "external-ids:attached-mac=\"%02x:%02x:%02x:%02x:%02x:%02x\"", m[0], m[1], m[2], m[3], m[4], m[5]);
  add_format (argv, "external-ids:iface-id=\"%s\"", uuid_format (port->port->interface_id, text));
  add_format (argv, "external-ids:vm-id=\"%s\"", uuid_format (port->vm_uuid, text));
  if (port->port->profile_id != NULL && *port->port->profile_id != '\0')
    {
      add_format (argv, "external-ids:port-profile=\"%s\"", port->port->profile_id);
      add_format (argv, "external-ids:ifname=\"%s\"", port->name);
    }
  add (argv, "external-ids:iface-status=active");
  return finish (argv);
}

/* --- running it ----------------------------------------------------------------------------- */

static bool
run (char *const *argv, const char *name, GError **error)
{
  ERROR_PREFIX (error, "the switch's port '%s'", name);

  return process_run_simple ((const char *const *) argv, OVS_MS, NULL, error);
}

static char **
midonet_argv (const uint8_t *interface_id, const char *name)
{
  GPtrArray *argv = g_ptr_array_new ();
  char text[UUID_TEXT_SIZE];

  add (argv, "mm-ctl");
  add (argv, name != NULL ? "--bind-port" : "--unbind-port");
  add (argv, uuid_format (interface_id, text));
  if (name != NULL)
    add (argv, name);
  return finish (argv);
}

bool
ovs_add (const OvsPort *port, GError **error)
{
  g_auto (GStrv) argv = port->port->type == NETWORK_VIRTUAL_PORT_MIDONET
                          ? midonet_argv (port->port->interface_id, port->name) : ovs_add_argv (port);

  return run (argv, port->name, error);
}

bool
ovs_set_vlan (const char *name, const NetworkVlan *vlan, GError **error)
{
  static const char *const columns[] = { "tag", "trunk", "vlan_mode" };
  g_auto (GStrv) argv = NULL;
  GPtrArray *words = begin ();

  for (unsigned int i = 0; i < G_N_ELEMENTS (columns); i++)
    {
      add (words, "--");
      add (words, "clear");
      add (words, "Port");
      add (words, name);
      add (words, columns[i]);
    }
  if (vlan != NULL)
    {
      add (words, "--");
      add (words, "set");
      add (words, "Port");
      add (words, name);
      add_vlan (words, vlan);
    }
  argv = finish (words);
  return run (argv, name, error);
}

/* --- limits ------------------------------------------------------------------------------------- */

/* The switch counts in bits a second, or kilobits. */
#define BITS(kilobytes_) ((kilobytes_) * 8000)
#define KILOBITS(kilobytes_) ((kilobytes_) * 8)
#define BURST_BITS(kib_) ((kib_) * 1024 * 8)

static const char *const limit_tables[] = { "qos", "queue" };

/* The rows of the database that limit the port @name, by their uuids; NULL: it did not answer. Awaits. */
static char **
find_limits (const char *name, GError **error)
{
  g_auto (GStrv) argv = NULL;
  g_autofree char *output = NULL;
  GPtrArray *words = begin ();

  add (words, "--no-heading");
  for (unsigned int i = 0; i < G_N_ELEMENTS (limit_tables); i++)
    {
      add (words, "--");
      add (words, "--columns=_uuid");
      add (words, "find");
      add (words, limit_tables[i]);
      add_format (words, "external-ids:ifname=\"%s\"", name);
    }
  argv = finish (words);
  return process_run_simple ((const char *const *) argv, OVS_MS, &output, error) ? g_strsplit_set (g_strstrip (output), " \n", -1)
                                                                                  : NULL;
}

/* The switch keeps limits when their port goes, and does not let them go together with it. Awaits. */
static bool
unlimit (const char *name, GError **error)
{
  g_auto (GStrv) rows = find_limits (name, error), argv = NULL;
  GPtrArray *words;

  if (rows == NULL || *rows == NULL)
    return rows != NULL;
  words = begin ();
  add (words, "--");
  add (words, "--if-exists");
  add (words, "clear");
  add (words, "port");
  add (words, name);
  add (words, "qos");
  for (char **row = rows; *row != NULL; row++)
    for (unsigned int i = 0; i < G_N_ELEMENTS (limit_tables) && **row != '\0'; i++)
      {
        add (words, "--");
        add (words, "--if-exists");
        add (words, "destroy");
        add (words, limit_tables[i]);
        add (words, *row);
      }
  argv = finish (words);
  return run (argv, name, error);
}

static void
add_owner (GPtrArray *argv, const char *name, const uint8_t *vm_uuid)
{
  char text[UUID_TEXT_SIZE];

  add_format (argv, "external-ids:vm-id=\"%s\"", uuid_format (vm_uuid, text));
  add_format (argv, "external-ids:ifname=\"%s\"", name);
}

static void
add_rates (GPtrArray *argv, const NetworkRate *rate)
{
  add_format (argv, "other_config:min-rate=%" G_GUINT64_FORMAT, BITS (rate->average));
  if (rate->burst != 0)
    add_format (argv, "other_config:burst=%" G_GUINT64_FORMAT, BURST_BITS (rate->burst));
  if (rate->peak != 0)
    add_format (argv, "other_config:max-rate=%" G_GUINT64_FORMAT, BITS (rate->peak));
}

/* What the guest receives is shaped, by a queue. */
static void
add_queue (GPtrArray *argv, const char *name, const uint8_t *vm_uuid, const NetworkRate *rate)
{
  static const char *const port[] = { "--", "set", "port" },
                    *const qos[] = { "--", "--id=@qos1", "create", "qos", "type=linux-htb" },
                    *const queue[] = { "--", "--id=@queue0", "create", "queue" };

  for (unsigned int i = 0; i < G_N_ELEMENTS (port); i++)
    add (argv, port[i]);
  add (argv, name);
  add (argv, "qos=@qos1");
  add_owner (argv, name, vm_uuid);
  for (unsigned int i = 0; i < G_N_ELEMENTS (qos); i++)
    add (argv, qos[i]);
  add (argv, "queues:0=@queue0");
  add_rates (argv, rate);
  add_owner (argv, name, vm_uuid);
  for (unsigned int i = 0; i < G_N_ELEMENTS (queue); i++)
    add (argv, queue[i]);
  add_rates (argv, rate);
  add_owner (argv, name, vm_uuid);
}

bool
ovs_set_bandwidth (const char *name, const uint8_t *vm_uuid, const NetworkBandwidth *bandwidth, GError **error)
{
  static const NetworkRate none;
  const NetworkRate *in = bandwidth != NULL && bandwidth->inbound != NULL ? bandwidth->inbound : &none;
  const NetworkRate *out = bandwidth != NULL && bandwidth->outbound != NULL ? bandwidth->outbound : &none;
  g_auto (GStrv) argv = NULL;
  GPtrArray *words;

  if (!unlimit (name, error))
    return false;
  words = begin ();
  add (words, "--");
  add (words, "set");
  add (words, "interface");
  add (words, name);
  add_format (words, "ingress_policing_rate=%" G_GUINT64_FORMAT, KILOBITS (out->average));
  add_format (words, "ingress_policing_burst=%" G_GUINT64_FORMAT, KILOBITS (out->burst));
  if (in->average != 0)
    add_queue (words, name, vm_uuid, in);
  argv = finish (words);
  return run (argv, name, error);
}

/* --- removing -------------------------------------------------------------------------------------- */

bool
ovs_remove (const char *name, NetworkVirtualPortType type, const uint8_t *interface_id)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) argv = NULL;
  bool unlimited = true;

  if (type == NETWORK_VIRTUAL_PORT_MIDONET)
    argv = midonet_argv (interface_id, NULL);
  else
    {
      GPtrArray *words = begin ();

      unlimited = unlimit (name, &error);
      add (words, "--");
      add (words, "--if-exists");
      add (words, "del-port");
      add (words, name);
      argv = finish (words);
    }
  if (unlimited && run (argv, name, &error))
    return true;
  log_error ("%s", error->message);
  return false;
}
