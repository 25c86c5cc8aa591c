# SPDX-License-Identifier: LGPL-2.1-or-later
"""Documents of networks and of their ports, for the suites about calls."""
NAME = "sw-nt"
UUID = "66666666-6666-4666-8666-%012d"
OWNER = UUID % 900
MAC = "52:54:00:6e:74:%02x"
NAT, OPEN, BRIDGED = "<forward mode='nat'/>", "<forward mode='open'/>", "<forward mode='bridge'/>"
OWN_BRIDGE = "<bridge name='swnt%d' stp='on' delay='0'/>"


def net(number=0, name=None, uuid=None, forward="", bridge=None, mac=True, ip="", more="", top="<network>"):
    """A network of which nothing is left to chance: NAME, or that with a number; uuid or bridge '' leave them out."""
    own = bridge is None
    return "%s<name>%s</name>%s%s%s%s%s%s</network>" % (
        top, name or NAME + ("-%d" % number if number else ""), "<uuid>%s</uuid>" % (uuid or UUID % number) if uuid != "" else "", forward,
        OWN_BRIDGE % number if own else bridge, "<mac address='%s'/>" % (MAC % number) if mac and own else "", more, ip)


def ipv4(third=77, dhcp="<range start='10.77.%d.2' end='10.77.%d.99'/>", inside=""):
    """10.77.THIRD.1/24; dhcp None leaves that out."""
    served = "" if dhcp is None else "<dhcp>%s%s</dhcp>" % (dhcp.replace("%d", str(third)), inside)
    return "<ip address='10.77.%d.1' netmask='255.255.255.0'>%s</ip>" % (third, served)


IPV6 = "<ip family='ipv6' address='fd00:6e:74::1' prefix='64'>%s</ip>"
SUBNET = "<ip address='10.77.1.1' netmask='255.255.255.0'>%s</ip>"
DHCP = SUBNET % "<dhcp>%s</dhcp>"


def port(number=1, mac="<mac address='52:54:00:6e:74:f1'/>", plug="", more="", uuid=None, owner=None):
    owner = "<owner><name>guest</name><uuid>%s</uuid></owner>" % OWNER if owner is None else owner
    uuid = "<uuid>%s</uuid>" % (UUID % (500 + number)) if uuid is None else uuid
    return "<networkport>%s%s%s%s%s</networkport>" % (uuid, owner, more, mac, plug)


def host(number, address=None, name=None):
    return "<host mac='%s'%s ip='%s'/>" % (MAC % (0x80 + number), " name='%s'" % name if name else "", address or "10.77.77.%d" % (100 + number))
