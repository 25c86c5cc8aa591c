/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/interface/interface.h"
#include "model/test-refusals.h"

static const Refusal interfaces[] = {
  { "<interface type='ethernet'/>", E (XML_ERROR), F (INTERFACE), "interface at line" },
  { "<interface name='e0'/>", E (XML_ERROR), F (XML), "interface at line" },
  { "<interface type='x' name='e0'/>", E (XML_ERROR), F (XML), "interface at line" },
  { "<interface type='ethernet' name='e0'><start mode='x'/></interface>",
    E (XML_ERROR), F (INTERFACE), "interface/start at line" },
  { "<interface type='ethernet' name='e0'><link state='x'/></interface>", E (XML_ERROR), F (XML), "interface/link at line" },
  { "<interface type='ethernet' name='e0'><link speed='x'/></interface>", E (XML_ERROR), F (XML), "interface/link at line" },
  { "<interface type='ethernet' name='e0'><protocol/></interface>",
    E (XML_ERROR), F (INTERFACE), "interface/protocol at line" },
  { "<interface type='ethernet' name='e0'><protocol family='x'/></interface>",
    E (XML_ERROR), F (INTERFACE), "interface/protocol at line" },
  { "<interface type='ethernet' name='e0'><protocol family='ipv4'><dhcp peerdns='x'/></protocol></interface>",
    E (XML_ERROR), F (XML), "interface/protocol/dhcp at line" },
  { "<interface type='ethernet' name='e0'><protocol family='ipv4'><ip address='1.2.3.4' prefix='x'/></protocol></interface>",
    E (XML_ERROR), F (XML), "interface/protocol/ip at line" },
  { "<interface type='bridge' name='b0'/>", E (XML_ERROR), F (INTERFACE), "interface at line" },
  { "<interface type='bridge' name='b0'><bridge><interface type='ethernet'/></bridge></interface>",
    E (XML_ERROR), F (INTERFACE), "interface/bridge/interface at line" },
  { "<interface type='bridge' name='b0'><bridge><interface name='e1'/></bridge></interface>",
    E (XML_ERROR), F (XML), "interface/bridge/interface at line" },
  { "<interface type='bridge' name='b0'><bridge><interface type='bridge' name='e1'><bridge/></interface></bridge>"
      "</interface>",
    E (XML_ERROR), F (INTERFACE), "interface/bridge/interface at line" },
  { "<interface type='bond' name='bo'/>", E (XML_ERROR), F (INTERFACE), "interface at line" },
  { "<interface type='bond' name='bo'><bond mode='x'/></interface>",
    E (XML_ERROR), F (INTERFACE), "interface/bond at line" },
  { "<interface type='bond' name='bo'><bond mode='active-backup'><miimon/><interface type='ethernet' name='e0'/>"
      "</bond></interface>",
    E (XML_ERROR), F (INTERFACE), "interface/bond/miimon at line" },
  { "<interface type='bond' name='bo'><bond mode='802.3ad'><miimon freq='x'/><interface type='ethernet' name='e0'/>"
      "</bond></interface>",
    E (XML_ERROR), F (INTERFACE), "interface/bond/miimon at line" },
  { "<interface type='bond' name='bo'><bond mode='802.3ad'><miimon freq='1' updelay='x'/><interface "
      "type='ethernet' name='e0'/></bond></interface>",
    E (XML_ERROR), F (INTERFACE), "interface/bond/miimon at line" },
  { "<interface type='bond' name='bo'><bond mode='802.3ad'><miimon freq='1' downdelay='x'/><interface "
      "type='ethernet' name='e0'/></bond></interface>",
    E (XML_ERROR), F (INTERFACE), "interface/bond/miimon at line" },
  { "<interface type='bond' name='bo'><bond mode='802.3ad'><miimon freq='1' carrier='x'/><interface "
      "type='ethernet' name='e0'/></bond></interface>",
    E (XML_ERROR), F (INTERFACE), "interface/bond/miimon at line" },
  { "<interface type='bond' name='bo'><bond><arpmon interval='10' target='1.2.3.4' validate='none'/><interface "
      "type='ethernet' name='e0'/></bond></interface>",
    E (XML_ERROR), F (INTERFACE), "interface/bond/arpmon at line" },
  { "<interface type='bond' name='bo'><bond><arpmon interval='10' target='1.2.3.4' validate='x'/><interface "
      "type='ethernet' name='e0'/></bond></interface>",
    E (XML_ERROR), F (INTERFACE), "interface/bond/arpmon at line" },
  { "<interface type='bond' name='bo'><bond><arpmon interval='x' target='1.2.3.4'/><interface type='ethernet' "
      "name='e0'/></bond></interface>",
    E (XML_ERROR), F (INTERFACE), "interface/bond/arpmon at line" },
  { "<interface type='bond' name='bo'><bond><arpmon interval='1'/><interface type='ethernet' name='e0'/></bond></interface>",
    E (XML_ERROR), F (INTERFACE), "interface/bond/arpmon at line" },
  { "<interface type='bond' name='bo'><bond><arpmon target='1.2.3.4'/><interface type='ethernet' name='e0'/></bond>"
      "</interface>",
    E (XML_ERROR), F (INTERFACE), "interface/bond/arpmon at line" },
  { "<interface type='bond' name='bo'><bond><interface type='bond' name='e0'><bond/></interface></bond></interface>",
    E (XML_ERROR), F (INTERFACE), "interface/bond/interface at line" },
  { "<interface type='bond' name='bo'><bond><interface type='vlan' name='e0'><vlan tag='1'><interface name='x'/>"
      "</vlan></interface></bond></interface>",
    E (XML_ERROR), F (INTERFACE), "interface/bond/interface at line" },
  { "<interface type='bond' name='bo'><bond><interface type='ethernet'/></bond></interface>",
    E (XML_ERROR), F (INTERFACE), "interface/bond/interface at line" },
  { "<interface type='vlan' name='v'/>", E (XML_ERROR), F (INTERFACE), "interface at line" },
  { "<interface type='vlan' name='v'><vlan tag='1'/></interface>", E (XML_ERROR), F (INTERFACE), "interface at line" },
};

static void
test_interface (const void *refusal)
{
  refusal_test (refusal, &host_interface_schema, NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  refusals_add ("interface", interfaces, G_N_ELEMENTS (interfaces), test_interface);
  return g_test_run ();
}
