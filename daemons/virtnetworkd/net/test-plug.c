/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a port gets of its network; the results are a stock daemon's. */
#include <string.h>

#include "net/plug.h"
#include "util/error.h"
#include "util/uuid.h"

#define ID1 "09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f"
#define ID2 "19b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f"
#define OVS(rest_) "<virtualport type='openvswitch'>" rest_ "</virtualport>"
#define QBG(rest_) "<virtualport type='802.1Qbg'><parameters " rest_ "/></virtualport>"
#define QBH "<virtualport type='802.1Qbh'><parameters profileid='a'/></virtualport>"
#define HEAD "<networkport><uuid>" ID1 "</uuid><owner><name>g</name><uuid>" ID2 "</uuid></owner>"
#define MAC "<mac address='52:54:00:11:22:33'/>"

#define NAT "<forward mode='nat'/><bridge name='vb0'/><ip address='10.1.0.1' netmask='255.255.255.0'/>"
#define BRIDGE "<forward mode='bridge'/><bridge name='br9'/>"
#define DIRECT "<forward mode='private'><interface dev='d0'/></forward>"
#define ON_VB0 "<plug type='network' bridge='vb0'/>"
#define ON_BR9 "<plug type='bridge' bridge='br9'/>"
#define RATE(n_) "<bandwidth><inbound average='" n_ "'/></bandwidth>"
#define GROUPS                                                                                                     \
  "<portgroup name='g' default='yes' trustGuestRxFilters='yes'>" RATE ("77") "</portgroup><portgroup name='h'>" RATE ("88") "</portgroup>"
/* Only these are compared: the device of a direct plug is chosen later. */
#define DIRECT_PLUG "<plug type='direct' mode='vepa'/>"

typedef struct
{
  const char *network, *port;
  const char *expected;         /* what it says besides its head, in any order; NULL: it fails */
  int code, from;
} Case;

static const Case cases[] = {
  { NAT, "", ON_VB0, 0, 0 },
  { NAT, "<port isolated='no'/>", "<port isolated='no'/>" ON_VB0, 0, 0 },
  { NAT, "<rxfilters trustGuest='yes'/>", "<rxfilters trustGuest='yes'/>" ON_VB0, 0, 0 },
  { NAT, "<vlan><tag id='5'/></vlan>", "<vlan><tag id='5'/></vlan>" ON_VB0, 0, 0 },
  { NAT, "<group>nope</group>", "<group>nope</group>" ON_VB0, 0, 0 },
  { NAT, RATE ("100"), RATE ("100") ON_VB0, 0, 0 },
  { NAT, OVS (""), NULL, VIR_ERR_CONFIG_UNSUPPORTED, VIR_FROM_NETWORK },
  { NAT, QBH, NULL, VIR_ERR_CONFIG_UNSUPPORTED, VIR_FROM_NETWORK },
  { NAT, "<virtualport type='802.1Qbg'/>", NULL, VIR_ERR_CONFIG_UNSUPPORTED, VIR_FROM_NETWORK },
  { NAT, "<bandwidth><inbound average='100' floor='50'/></bandwidth>", NULL, VIR_ERR_OPERATION_UNSUPPORTED, VIR_FROM_NETWORK },
  { NAT "<bandwidth><inbound average='1000'/></bandwidth>", "<bandwidth><inbound average='100' floor='50'/></bandwidth>",
    "<bandwidth><inbound average='100' floor='50'/></bandwidth>" ON_VB0, 0, 0 },
  { BRIDGE, "<bandwidth><inbound average='100' floor='50'/></bandwidth>", NULL, VIR_ERR_OPERATION_UNSUPPORTED, VIR_FROM_NETWORK },
  /* Port groups. */
  { NAT GROUPS, "", RATE ("77") "<rxfilters trustGuest='yes'/>" ON_VB0, 0, 0 },
  { NAT GROUPS, "<rxfilters trustGuest='no'/>" RATE ("1"), RATE ("1") "<rxfilters trustGuest='no'/>" ON_VB0, 0, 0 },
  { NAT GROUPS, "<group>h</group>", "<group>h</group>" RATE ("88") ON_VB0, 0, 0 },
  { "<bridge name='vb0' macTableManager='libvirt'/><port isolated='yes'/>", "",
    "<port isolated='yes'/><plug type='network' bridge='vb0' macTableManager='libvirt'/>", 0, 0 },
  /* Open vSwitch. */
  { BRIDGE, OVS ("<parameters interfaceid='" ID1 "'/>"), OVS ("<parameters interfaceid='" ID1 "'/>") ON_BR9, 0, 0 },
  { BRIDGE "<virtualport type='openvswitch'/><vlan><tag id='9'/></vlan>",
    "<virtualport><parameters interfaceid='" ID1 "'/></virtualport>",
    OVS ("<parameters interfaceid='" ID1 "'/>") "<vlan><tag id='9'/></vlan>" ON_BR9, 0, 0 },
  { BRIDGE "<virtualport type='openvswitch'/><vlan><tag id='9'/></vlan>", OVS ("<parameters interfaceid='" ID1 "'/>") "<vlan><tag id='5'/></vlan>",
    OVS ("<parameters interfaceid='" ID1 "'/>") "<vlan><tag id='5'/></vlan>" ON_BR9, 0, 0 },
  { BRIDGE OVS ("<parameters profileid='n'/>") "<portgroup name='g' default='yes'>" OVS ("<parameters interfaceid='" ID2 "'/>") "</portgroup>", "",
    OVS ("<parameters interfaceid='" ID2 "' profileid='n'/>") ON_BR9, 0, 0 },
  { BRIDGE OVS ("<parameters profileid='n'/>"), OVS ("<parameters profileid='o'/>"), NULL, VIR_ERR_XML_ERROR, VIR_FROM_NET },
  { BRIDGE OVS ("<parameters interfaceid='" ID1 "'/>"), OVS ("<parameters interfaceid='" ID2 "'/>"), NULL, VIR_ERR_XML_ERROR, VIR_FROM_NET },
  { BRIDGE OVS (""), QBH, NULL, VIR_ERR_XML_ERROR, VIR_FROM_NET },
  { BRIDGE QBH, "", NULL, VIR_ERR_CONFIG_UNSUPPORTED, VIR_FROM_NETWORK },
  { BRIDGE, "<virtualport><parameters profileid='q'/></virtualport>", NULL, VIR_ERR_CONFIG_UNSUPPORTED, VIR_FROM_NETWORK },
  { BRIDGE, "<virtualport type='midonet'><parameters interfaceid='" ID1 "'/></virtualport>", NULL,
    VIR_ERR_CONFIG_UNSUPPORTED, VIR_FROM_NETWORK },
  /* Macvtaps. */
  { DIRECT QBH, "", QBH DIRECT_PLUG, 0, 0 },
  { DIRECT QBH, "<virtualport><parameters typeid='23'/></virtualport>", QBH DIRECT_PLUG, 0, 0 },
  { DIRECT QBG ("managerid='11' typeid='22'"), QBG ("typeidversion='3' instanceid='" ID1 "'"),
    QBG ("managerid='11' typeid='22' typeidversion='3' instanceid='" ID1 "'") DIRECT_PLUG, 0, 0 },
  { DIRECT QBG ("managerid='11' typeid='22'"), "", NULL, VIR_ERR_XML_ERROR, VIR_FROM_NET },
  { DIRECT QBG ("managerid='11' typeid='22'"), QBG ("managerid='12'"), NULL, VIR_ERR_XML_ERROR, VIR_FROM_NET },
  { DIRECT, OVS (""), NULL, VIR_ERR_CONFIG_UNSUPPORTED, VIR_FROM_NETWORK },
  { "<forward mode='hostdev'/>", QBG ("managerid='1'"), NULL, VIR_ERR_CONFIG_UNSUPPORTED, VIR_FROM_NETWORK },
};

static void *
parse (const XmlSchema *schema, const char *xml)
{
  g_autoptr (GError) error = NULL;
  void *object = xml_parse (schema, xml, strlen (xml), 0, &error);

  g_assert_no_error (error);
  return object;
}

/* Without line ends and indentation. */
static char *
flat (const XmlSchema *schema, const void *object)
{
  g_autofree char *text = xml_format (schema, object, 0);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (unsigned int i = 0; lines[i] != NULL; i++)
    g_strstrip (lines[i]);
  return g_strjoinv ("", lines);
}

static void
check_case (const Case *c, const Network *network, NetworkPort *port)
{
  g_autoptr (GError) error = NULL;
  bool done = plug_complete (network, port, &error);
  g_autofree char *text = NULL, *wanted_xml = NULL, *wanted_text = NULL;
  NetworkPort *wanted;

  if (c->code != 0)
    {
      g_assert_false (done);
      g_assert_cmpint (error->code, ==, c->code);
      g_assert_cmpint (virt_error_detail (error)->from, ==, c->from);
      return;
    }
  g_assert_no_error (error);
  if (c->expected == NULL)
    return;
  wanted_xml = g_strconcat (HEAD, MAC, strstr (c->expected, DIRECT_PLUG) != NULL ? "" : c->expected, "</networkport>", NULL);
  wanted = parse (&network_port_schema, wanted_xml);
  if (strstr (c->expected, DIRECT_PLUG) != NULL)
    {
      g_assert_cmpint (port->plug.type, ==, NETWORK_PLUG_DIRECT);
      g_assert_nonnull (port->virtual_port);
    }
  else
    {
      text = flat (&network_port_schema, port);
      wanted_text = flat (&network_port_schema, wanted);
      g_assert_cmpstr (text, ==, wanted_text);
    }
  xml_free (&network_port_schema, wanted);
}

static void
test_complete (void)
{
  for (unsigned int i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *network_xml = g_strdup_printf ("<network><name>n</name>%s</network>", cases[i].network);
      g_autofree char *port_xml = g_strdup_printf (HEAD MAC "%s</networkport>", cases[i].port);
      Network *network = parse (&network_schema, network_xml);
      NetworkPort *port = parse (&network_port_schema, port_xml);

      g_test_message ("%s: %s", cases[i].network, cases[i].port);
      check_case (&cases[i], network, port);
      xml_free (&network_port_schema, port);
      xml_free (&network_schema, network);
    }
}

/* The ids that a port is not given are made. */
static void
test_ids (void)
{
  Network *network = parse (&network_schema, "<network><name>n</name>" BRIDGE "</network>");
  NetworkPort *port = parse (&network_port_schema, HEAD MAC "<virtualport type='openvswitch'/></networkport>");

  g_assert_true (plug_complete (network, port, NULL));
  g_assert_true (uuid_is_valid (port->virtual_port->interface_id));
  g_assert_false (uuid_is_valid (port->virtual_port->instance_id));
  xml_free (&network_port_schema, port);
  xml_free (&network_schema, network);
}

static void
test_group (void)
{
  Network *network = parse (&network_schema, "<network><name>n</name>" NAT GROUPS "</network>");

  g_assert_cmpstr (plug_group (network, NULL)->name, ==, "g");
  g_assert_cmpstr (plug_group (network, "h")->name, ==, "h");
  g_assert_null (plug_group (network, "other"));
  xml_free (&network_schema, network);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/plug/complete", test_complete);
  g_test_add_func ("/plug/ids", test_ids);
  g_test_add_func ("/plug/group", test_group);
  return g_test_run ();
}
