/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "link/ovs.h"

#include <stdarg.h>

#include "util/error.h"
#include "util/log.h"
#include "util/process.h"
#include "util/uuid.h"

#define LOG_CATEGORY "link.ovs"
#define OVS_MS 10000

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
    add_format (argv, "external-ids:port-profile=\"%s\"", port->port->profile_id);
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

bool
ovs_remove (const char *name, NetworkVirtualPortType type, const uint8_t *interface_id)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) argv = NULL;

  if (type == NETWORK_VIRTUAL_PORT_MIDONET)
    argv = midonet_argv (interface_id, NULL);
  else
    {
      GPtrArray *words = begin ();

      add (words, "--");
      add (words, "--if-exists");
      add (words, "del-port");
      add (words, name);
      argv = finish (words);
    }
  if (run (argv, name, &error))
    return true;
  log_error ("%s", error->message);
  return false;
}
