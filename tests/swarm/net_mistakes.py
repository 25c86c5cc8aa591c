# SPDX-License-Identifier: LGPL-2.1-or-later
"""Mistakes that a client can make with networks, as tables like those of mistakes.py; stock's answers are in
stock-net-errors.json.

DOCUMENTS  name -> document, given to networkDefineXML
STARTS     name -> document, given to networkCreateXML
PORTS      name -> (network, document[, flags]), given to portCreateXML
UPDATES    name -> (network, command, section, document[, flags[, index]])
CALLS      name -> (network, call): it gets (conn, network, side); the network is one of FIXTURES, "gone", or None
"""
from net_documents import BRIDGED, DHCP, IPV6, NAT, OPEN, SUBNET, UUID, host, ipv4, net, port

INDEX = {"on": 20, "off": 21, "tmp": 22, "br": 23, "pool": 24, "vepa": 25, "ip6": 26}
PORT = 20                       # the number of a port that is there


def name_of(kind):
    return "sw-net-" + kind


def given(kind, **kw):
    return net(INDEX[kind], name=name_of(kind), **kw)


GROUPS = ("<portgroup name='p' default='yes'><bandwidth><inbound average='100'/></bandwidth></portgroup>"
          "<portgroup name='q' trustGuestRxFilters='yes'/>")
RICH = dict(forward=NAT, ip=ipv4(90, inside=host(1, "10.77.90.7", "one")), more=GROUPS + "<domain name='swarm.test'/><dns>"
            "<txt name='t' value='v'/><srv service='s' protocol='tcp' domain='d.test' target='x' port='5'/>"
            "<host ip='10.77.90.50'><hostname>fifty</hostname></host></dns>")
# What the mistakes are made on: (document, is it defined, does it run)
FIXTURES = {
    "on": (given("on", **RICH), True, True),
    "off": (given("off", forward=NAT, ip=ipv4(91, inside=host(1, "10.77.91.7", "one"))), True, False),
    "tmp": (given("tmp", ip=ipv4(92)), False, True),
    "br": (given("br", forward=BRIDGED, bridge="<bridge name='swntx'/>"), True, True),
    "pool": (given("pool", bridge="", forward="<forward mode='passthrough'><interface dev='swnt-e0'/></forward>"), True, True),
    "vepa": (given("vepa", bridge="", forward="<forward mode='vepa' dev='swnt-e0'/>"), True, True),
    "ip6": (given("ip6", ip=IPV6 % "<dhcp><range start='fd00:6e:74::100' end='fd00:6e:74::1ff'/></dhcp>"), True, True),
}


def make(side):
    with side.connection() as conn:
        for document, defined, runs in FIXTURES.values():
            network = conn.networkDefineXML(document) if defined else conn.networkCreateXML(document)
            if defined and runs:
                network.create()
        conn.networkLookupByName(name_of("on")).portCreateXML(port(PORT, more="<bandwidth><inbound average='10'/></bandwidth>"))


def doc(**kw):
    kw.setdefault("name", "sw-net-doc")
    return net(60, **kw)


def forward(mode, inside="", bridge=None, **kw):
    return doc(forward="<forward mode='%s'>%s</forward>" % (mode, inside), bridge=bridge, **kw)


def pool(mode, inside, **kw):
    return forward(mode, inside, bridge="", **kw)


def dns(inside):
    return doc(more="<dns>%s</dns>" % inside, ip=SUBNET % "")


def nat(inside):
    return doc(forward="<forward mode='nat'><nat>%s</nat></forward>" % inside, ip=SUBNET % "")


def bridge(attributes, inside=""):
    return doc(bridge="<bridge %s/>" % attributes, more=inside)


def dhcp(inside):
    return doc(ip=DHCP % inside)


def dhcp6(inside):
    return doc(ip=IPV6 % ("<dhcp>%s</dhcp>" % inside))


def address(attributes, inside=""):
    return doc(ip="<ip %s>%s</ip>" % (attributes, inside))


def route(attributes):
    return doc(ip=SUBNET % "", more="<route %s/>" % attributes)


PCI = "<address type='pci' domain='0x0000' bus='0x04' slot='0x00' function='0x1'/>"
VLAN = "<vlan><tag id='42'/></vlan>"
OVS = "<virtualport type='openvswitch'/>"
LIMITED = "<bandwidth><inbound average='10'/></bandwidth>"

DOCUMENTS = {
    "empty text": "",
    "not XML": "this is not XML",
    "truncated": doc()[:-12],
    "mismatched tags": doc().replace("</network>", "</networks>"),
    "wrong root element": "<domain/>",
    "no name": "<network/>",
    "empty name": "<network><name></name></network>",
    "name with a slash": doc(name="sw-a/b"),
    "name with a newline": doc(name="sw-a\nb"),
    "bad uuid": doc(uuid="nonsense"),
    "short uuid": doc(uuid="1234"),
    "unknown element": doc(more="<nonsense/>"),
    "unknown attribute": doc(top="<network nonsense='x'>"),
    "ipv6": doc(top="<network ipv6='x'>"),
    "trustGuestRxFilters": doc(top="<network trustGuestRxFilters='x'>"),
    "connections": doc(top="<network connections='7'>"),
    "two names": doc(more="<name>sw-other</name>"),
    "title": doc(more="<title>a\nb</title>"),
    # the bridge
    "bridge name of a running network": bridge("name='swnt20'"),
    "bridge name of a defined network": bridge("name='swnt21'"),
    "bridge name of a bridge not its own": bridge("name='swntx'"),
    "bridge name too long": bridge("name='x234567890123456'"),
    "bridge name with a slash": bridge("name='a/b'"),
    "bridge name empty": bridge("name=''"),
    "bridge stp": bridge("stp='x'"),
    "bridge delay": bridge("delay='x'"),
    "bridge delay negative": bridge("delay='-1'"),
    "bridge zone": bridge("zone='x'"),
    "bridge macTableManager": bridge("macTableManager='x'"),
    "two bridges": bridge("name='swnta'", "<bridge name='swntb'/>"),
    "mtu": doc(more="<mtu size='x'/>"),
    "mtu empty": doc(more="<mtu/>"),
    "mtu negative": doc(more="<mtu size='-5'/>"),
    "mtu small": doc(more="<mtu size='10'/>"),
    "mac": doc(mac=False, more="<mac address='x'/>"),
    "mac multicast": doc(mac=False, more="<mac address='01:00:00:00:00:01'/>"),
    "mac without address": doc(mac=False, more="<mac/>"),
    # forwards
    "forward mode": forward("x"),
    "two forwards": doc(forward=NAT + NAT, ip=SUBNET % ""),
    "forward dev and another first interface": doc( forward="<forward mode='nat' dev='x'><interface dev='y'/></forward>", ip=SUBNET % ""),
    "forward interfaces of nat": doc( forward="<forward mode='nat'><interface dev='x'/><interface dev='y'/></forward>", ip=SUBNET % ""),
    "forward interface without dev": pool("passthrough", "<interface/>"),
    "forward interface twice": pool("passthrough", "<interface dev='x'/><interface dev='x'/>"),
    "forward managed": doc(forward="<forward mode='hostdev' managed='x'/>", bridge=""),
    "forward of open with a device": doc(forward="<forward mode='open' dev='x'/>", ip=SUBNET % ""),
    "nat without an address": doc(forward=NAT),
    "route without an address": forward("route"),
    "open without an address": doc(forward=OPEN),
    "bridge without a bridge": forward("bridge", bridge=""),
    "bridge and devices": forward("bridge", "<interface dev='x'/>", "<bridge name='swnty'/>"),
    "bridge with an address": forward("bridge", bridge="<bridge name='swnty'/>", ip=SUBNET % ""),
    "bridge with dns": forward("bridge", bridge="<bridge name='swnty'/>", more="<dns><txt name='a'/></dns>"),
    "bridge with a domain": forward("bridge", bridge="<bridge name='swnty'/>", more="<domain name='x'/>"),
    "bridge with mtu": forward("bridge", bridge="<bridge name='swnty'/>", more="<mtu size='1400'/>"),
    "bridge with stp": forward("bridge", bridge="<bridge name='swnty' stp='on'/>"),
    "bridge with delay": forward("bridge", bridge="<bridge name='swnty' delay='1'/>"),
    "bridge with a mac": forward("bridge", bridge="<bridge name='swnty'/>", more="<mac address='52:54:00:00:00:01'/>"),
    "bridge with bandwidth": forward("bridge", bridge="<bridge name='swnty'/>", more=LIMITED),
    "bridge of a device with bandwidth": pool("bridge", "<interface dev='x'/>", more=LIMITED),
    "bridge of a device with a group's bandwidth": pool("bridge", "<interface dev='x'/>", more="<portgroup name='p'>%s</portgroup>" % LIMITED),
    "bridge with a route": forward("bridge", bridge="<bridge name='swnty'/>", more="<route address='10.0.0.0' prefix='8' gateway='10.77.1.2'/>"),
    "bridge with tftp": forward("bridge", bridge="<bridge name='swnty'/>", more="<tftp/>"),
    "passthrough of nothing": pool("passthrough", ""),
    "passthrough with a bridge": forward("passthrough", bridge="<bridge name='swnty'/>"),
    "passthrough with an address": pool("passthrough", "", ip=SUBNET % ""),
    "private with a bridge": forward("private", bridge="<bridge name='swnty'/>"),
    "vepa with a bridge": forward("vepa", bridge="<bridge name='swnty'/>"),
    "vepa with bandwidth": pool("vepa", "<interface dev='x'/>", more=LIMITED),
    "vepa with a group's bandwidth": pool("vepa", "<interface dev='x'/>", more="<portgroup name='p'>%s</portgroup>" % LIMITED),
    "vepa with dns": pool("vepa", "<interface dev='x'/>", more="<dns/>"),
    "hostdev of nothing": pool("hostdev", ""),
    "hostdev of a device name": pool("hostdev", "<interface dev='x'/>"),
    "hostdev of a device and a name": pool("hostdev", PCI + "<interface dev='x'/>"),
    "hostdev of a device and its function": pool("hostdev", "<pf dev='x'/>" + PCI),
    "hostdev of two functions": pool("hostdev", "<pf dev='x'/><pf dev='y'/>"),
    "hostdev of a function without dev": pool("hostdev", "<pf/>"),
    "hostdev of a function": pool("hostdev", "<pf dev='x'/>"),
    "hostdev of a device that is not there": pool("hostdev", PCI),
    "hostdev of a bad address": pool("hostdev", PCI.replace("0x04", "x")),
    "hostdev of a usb address": pool("hostdev", "<address type='usb' bus='1' device='1'/>"),
    "hostdev of an unknown address": pool("hostdev", "<address type='x'/>"),
    "hostdev of a driver": pool("hostdev", "<driver name='x'/>"),
    "nat addresses": nat("<address start='x' end='y'/>"),
    "nat addresses reversed": nat("<address start='192.0.2.9' end='192.0.2.2'/>"),
    "nat addresses without end": nat("<address start='192.0.2.9'/>"),
    "nat addresses without start": nat("<address end='192.0.2.9'/>"),
    "nat addresses of IPv6": nat("<address start='fd00::1' end='fd00::2'/>"),
    "nat two addresses": nat("<address start='192.0.2.2' end='192.0.2.3'/>" * 2),
    "nat addresses of two families": nat("<address start='192.0.2.2' end='fd00::3'/>"),
    "nat ports": nat("<port start='x' end='y'/>"),
    "nat ports reversed": nat("<port start='90' end='2'/>"),
    "nat ports too high": nat("<port start='1' end='70000'/>"),
    "nat ports without end": nat("<port start='90'/>"),
    "nat ports without start": nat("<port end='90'/>"),
    "nat ports from zero": nat("<port start='0' end='9'/>"),
    "nat two ports": nat("<port start='1' end='2'/>" * 2),
    "nat ipv6": doc(forward="<forward mode='nat'><nat ipv6='x'/></forward>", ip=SUBNET % ""),
    "nat of a route": forward("route", "<nat><port start='1' end='2'/></nat>", ip=SUBNET % ""),
    "nat of an isolated one": forward("none", "<nat/>"),
    # addresses
    "address": address("address='x'"),
    "address none": address("netmask='255.255.255.0'"),
    "address empty": address("address=''"),
    "address with both masks": address("address='10.1.1.1' netmask='255.255.255.0' prefix='24'"),
    "netmask": address("address='10.1.1.1' netmask='x'"),
    "netmask with holes": address("address='10.1.1.1' netmask='255.0.255.0'"),
    "netmask of IPv6": address("family='ipv6' address='fd00::1' netmask='255.255.255.0'"),
    "prefix": address("address='10.1.1.1' prefix='x'"),
    "prefix too long": address("address='10.1.1.1' prefix='33'"),
    "prefix of IPv6 too long": address("family='ipv6' address='fd00::1' prefix='129'"),
    "prefix negative": address("address='10.1.1.1' prefix='-1'"),
    "address alone": address("address='10.1.1.1'"),
    "address of IPv6 alone": address("family='ipv6' address='fd00::1'"),
    "family": address("family='x' address='10.1.1.1' prefix='24'"),
    "family of the other": address("family='ipv6' address='10.1.1.1' prefix='24'"),
    "address of IPv6 without family": address("address='fd00::1' prefix='64'"),
    "family ipv4": address("family='ipv4' address='fd00::1' prefix='64'"),
    "localPtr": address("address='10.1.1.1' prefix='24' localPtr='x'"),
    "localPtr of an odd prefix": address("address='10.1.1.1' prefix='25' localPtr='yes'"),
    "two dhcp": doc(ip=ipv4(1) + ipv4(2)),
    "two addresses of one subnet": doc(ip=SUBNET % "" + "<ip address='10.77.1.2' netmask='255.255.255.0'/>"),
    "tftp without root": doc(ip=SUBNET % "<tftp/>"),
    "tftp of IPv6": doc(ip=IPV6 % "<tftp root='/x'/>"),
    # DHCP
    "range outside": dhcp("<range start='10.77.2.2' end='10.77.2.9'/>"),
    "range reversed": dhcp("<range start='10.77.1.9' end='10.77.1.2'/>"),
    "range without end": dhcp("<range start='10.77.1.9'/>"),
    "range without start": dhcp("<range end='10.77.1.9'/>"),
    "range of nonsense": dhcp("<range start='x' end='y'/>"),
    "range of the network address": dhcp("<range start='10.77.1.0' end='10.77.1.9'/>"),
    "range of the broadcast address": dhcp("<range start='10.77.1.9' end='10.77.1.255'/>"),
    "range with its own address": dhcp("<range start='10.77.1.1' end='10.77.1.9'/>"),
    "ranges that overlap": dhcp("<range start='10.77.1.2' end='10.77.1.9'/><range start='10.77.1.5' end='10.77.1.19'/>"),
    "range of the other family": dhcp("<range start='fd00::1' end='fd00::2'/>"),
    "range of a huge size": dhcp6("<range start='fd00:6e:74::1' end='fd00:6e:74::ffff:ffff'/>"),
    "range of IPv6 outside": dhcp6("<range start='fd00::1' end='fd00::2'/>"),
    "lease expiry": dhcp("<range start='10.77.1.2' end='10.77.1.9'><lease expiry='x'/></range>"),
    "lease unit": dhcp("<range start='10.77.1.2' end='10.77.1.9'><lease expiry='5' unit='x'/></range>"),
    "lease too short": dhcp("<range start='10.77.1.2' end='10.77.1.9'><lease expiry='5' unit='seconds'/></range>"),
    "lease too long": dhcp("<range start='10.77.1.2' end='10.77.1.9'><lease expiry='99999999' unit='hours'/></range>"),
    "lease for ever": dhcp("<range start='10.77.1.2' end='10.77.1.9'><lease expiry='0'/></range>"),
    "host with only an address": dhcp("<host ip='10.77.1.7'/>"),
    "host without an address": dhcp("<host mac='52:54:00:00:00:01'/>"),
    "host with only a name": dhcp("<host name='a'/>"),
    "host mac": dhcp("<host mac='x' ip='10.77.1.7'/>"),
    "host mac multicast": dhcp("<host mac='01:00:00:00:00:01' ip='10.77.1.7'/>"),
    "host address": dhcp("<host mac='52:54:00:00:00:01' ip='x'/>"),
    "host outside": dhcp("<host mac='52:54:00:00:00:01' ip='10.88.1.7'/>"),
    "host name": dhcp("<host mac='52:54:00:00:00:01' ip='10.77.1.7' name='1a'/>"),
    "host with an id in IPv4": dhcp("<host id='0:1' ip='10.77.1.7'/>"),
    "host twice": dhcp("<host mac='52:54:00:00:00:01' ip='10.77.1.7'/>" * 2),
    "host of the other family": dhcp("<host mac='52:54:00:00:00:01' ip='fd00::1'/>"),
    "host of IPv6 with a mac": dhcp6("<host mac='52:54:00:00:00:01' ip='fd00:6e:74::5'/>"),
    "host of IPv6 with an id": dhcp6("<host id='0:1' ip='fd00:6e:74::5'/>"),
    "host of IPv6 with only an address": dhcp6("<host ip='fd00:6e:74::5'/>"),
    "host of IPv6 with a bad id": dhcp6("<host id='zz' ip='fd00:6e:74::5'/>"),
    "host lease": dhcp("<host mac='52:54:00:00:00:01' ip='10.77.1.7'><lease expiry='x'/></host>"),
    "bootp without file": dhcp("<bootp/>"),
    # DNS
    "dns enable": doc(more="<dns enable='x'/>"),
    "dns disabled with a host": doc(more="<dns enable='no'><host ip='10.1.1.1'><hostname>a</hostname></host></dns>"),
    "dns forwardPlainNames": doc(more="<dns forwardPlainNames='x'/>"),
    "dns host without an address": dns("<host><hostname>a</hostname></host>"),
    "dns host without names": dns("<host ip='10.1.1.1'/>"),
    "dns host of nonsense": dns("<host ip='x'><hostname>a</hostname></host>"),
    "dns host with an empty name": dns("<host ip='10.1.1.1'><hostname></hostname></host>"),
    "dns host twice": dns("<host ip='10.1.1.1'><hostname>a</hostname></host>" * 2),
    "dns txt without a name": dns("<txt value='x'/>"),
    "dns txt with a space": dns("<txt name='a b' value='x'/>"),
    "dns txt without a value": dns("<txt name='a'/>"),
    "dns txt with a comma": dns("<txt name='a,b' value='x'/>"),
    "dns srv without a service": dns("<srv protocol='tcp'/>"),
    "dns srv without a protocol": dns("<srv service='s'/>"),
    "dns srv protocol": dns("<srv service='s' protocol='x'/>"),
    "dns srv port": dns("<srv service='s' protocol='tcp' target='t' port='x'/>"),
    "dns srv port too high": dns("<srv service='s' protocol='tcp' target='t' port='70000'/>"),
    "dns srv port without target": dns("<srv service='s' protocol='tcp' port='5'/>"),
    "dns srv priority": dns("<srv service='s' protocol='tcp' target='t' priority='x'/>"),
    "dns srv weight": dns("<srv service='s' protocol='tcp' target='t' weight='70000'/>"),
    "dns srv long service": dns("<srv service='%s' protocol='tcp'/>" % ("s" * 99)),
    "dns srv weight without target": dns("<srv service='s' protocol='tcp' weight='5'/>"),
    "dns forwarder of nothing": dns("<forwarder/>"),
    "dns forwarder address": dns("<forwarder addr='x'/>"),
    "dns forwarder of a domain": dns("<forwarder domain='x'/>"),
    "domain without a name": doc(more="<domain/>"),
    "domain localOnly": doc(more="<domain name='x' localOnly='x'/>"),
    "domain register": doc(more="<domain name='x' register='x'/>"),
    # routes
    "route without a gateway": route("address='10.9.0.0' prefix='16'"),
    "route without an address": route("prefix='16' gateway='10.77.1.2'"),
    "route through nowhere": route("address='10.9.0.0' prefix='16' gateway='10.8.0.1'"),
    "route address": route("address='x' prefix='16' gateway='10.77.1.2'"),
    "route gateway": route("address='10.9.0.0' prefix='16' gateway='x'"),
    "route prefix": route("address='10.9.0.0' prefix='x' gateway='10.77.1.2'"),
    "route prefix too long": route("address='10.9.0.0' prefix='33' gateway='10.77.1.2'"),
    "route netmask": route("address='10.9.0.0' netmask='x' gateway='10.77.1.2'"),
    "route with both masks": route("address='10.9.0.0' netmask='255.255.0.0' prefix='16' gateway='10.77.1.2'"),
    "route of a host's bits": route("address='10.9.0.7' prefix='16' gateway='10.77.1.2'"),
    "route of another family": route("family='ipv6' address='10.9.0.0' prefix='16' gateway='10.77.1.2'"),
    "route without a mask": route("address='10.9.0.0' gateway='10.77.1.2'"),
    "route metric": route("address='10.9.0.0' prefix='16' gateway='10.77.1.2' metric='x'"),
    "route metric zero": route("address='10.9.0.0' prefix='16' gateway='10.77.1.2' metric='0'"),
    "route through the other family": route("address='10.9.0.0' prefix='16' gateway='fd00::1'"),
    "route by default": route("address='0.0.0.0' prefix='0' gateway='10.77.1.2'"),
    "route of IPv6": route("family='ipv6' address='fd01::' prefix='64' gateway='fd00::1'"),
    # ports' properties
    "portgroup twice": doc(more="<portgroup name='p'/><portgroup name='p'/>"),
    "portgroup twice by default": doc(more="<portgroup name='p' default='yes'/><portgroup name='q' default='yes'/>"),
    "portgroup without a name": doc(more="<portgroup/>"),
    "portgroup default": doc(more="<portgroup name='p' default='x'/>"),
    "portgroup trustGuestRxFilters": doc(more="<portgroup name='p' trustGuestRxFilters='x'/>"),
    "portgroup bandwidth": doc(more="<portgroup name='p'><bandwidth><inbound average='x'/></bandwidth></portgroup>"),
    "portgroup floor": doc(more="<portgroup name='p'><bandwidth><inbound average='5' floor='5'/></bandwidth></portgroup>"),
    "portgroup vlan": doc(more="<portgroup name='p'>%s</portgroup>" % VLAN),
    "vlan of its own bridge": doc(more=VLAN),
    "vlan of nothing": doc(more="<vlan/>"),
    "vlan too high": pool("passthrough", "", more="<vlan><tag id='5000'/></vlan>"),
    "vlan without id": pool("passthrough", "", more="<vlan><tag/></vlan>"),
    "vlan trunk": pool("passthrough", "", more="<vlan trunk='x'><tag id='4'/></vlan>"),
    "vlan no trunk of two": pool("passthrough", "", more="<vlan trunk='no'><tag id='4'/><tag id='5'/></vlan>"),
    "vlan nativeMode": pool("passthrough", "", more="<vlan trunk='yes'><tag id='4' nativeMode='x'/></vlan>"),
    "vlan native twice": pool("passthrough", "", more="<vlan trunk='yes'><tag id='4' nativeMode='tagged'/><tag id='5' nativeMode='tagged'/></vlan>"),
    "vlan of a bridge": forward("bridge", bridge="<bridge name='swnty'/>", more=VLAN),
    "virtualport type": doc(more="<virtualport type='x'/>"),
    "virtualport parameters": doc(more="<virtualport type='802.1Qbg'><parameters managerid='x'/></virtualport>"),
    "virtualport of another's parameters": doc(more="<virtualport type='openvswitch'><parameters managerid='5'/></virtualport>"),
    "virtualport interfaceid": doc(more="<virtualport type='openvswitch'><parameters interfaceid='x'/></virtualport>"),
    "virtualport profileid too long": doc(more="<virtualport type='802.1Qbh'><parameters profileid='%s'/></virtualport>" % ("x" * 50)),
    "virtualport midonet": doc(more="<virtualport type='midonet'/>"),
    "port isolated": doc(more="<port isolated='x'/>"),
    "bandwidth average": doc(more="<bandwidth><inbound average='x'/></bandwidth>"),
    "bandwidth none": doc(more="<bandwidth><inbound peak='5'/></bandwidth>"),
    "bandwidth peak": doc(more="<bandwidth><outbound average='5' peak='x'/></bandwidth>"),
    "bandwidth burst": doc(more="<bandwidth><outbound average='5' burst='x'/></bandwidth>"),
    "bandwidth floor": doc(more="<bandwidth><inbound average='5' floor='5'/></bandwidth>"),
    "bandwidth inbound twice": doc(more="<bandwidth><inbound average='5'/><inbound average='6'/></bandwidth>"),
    "bandwidth negative": doc(more="<bandwidth><inbound average='-5'/></bandwidth>"),
    "metadata of one namespace twice": doc(more="<metadata><a xmlns='urn:a'/><b xmlns='urn:a'/></metadata>"),
    "metadata without a namespace": doc(more="<metadata><a/></metadata>"),
    "options of dnsmasq without a value": doc(top="<network xmlns:dnsmasq='http://libvirt.org/schemas/network/dnsmasq/1.0'>",
        more="<dnsmasq:options><dnsmasq:option/></dnsmasq:options>"),
}

STARTS = {
    "network of a running one": doc(ip=ipv4(90)),
    "bridge of a running one": bridge("name='swnt20'"),
    "bridge of a defined one": bridge("name='swnt21'"),
    "bridge that is a device": bridge("name='lo'"),
    "bridge with a name too long": bridge("name='x234567890123456'"),
    "name of a running one": net(60, name=name_of("on")),
    "uuid of a running one": net(20, name="sw-net-doc", bridge=""),
    "it runs": given("on", **RICH),
    "name of a defined one, another uuid": net(60, name=name_of("off")),
    "uuid of a defined one, another name": net(21, name="sw-net-doc", bridge=""),
    "a transient one runs": given("tmp", ip=ipv4(92)),
    "hostdev of a device that has no functions": pool("hostdev", "<pf dev='lo'/>"),
    "hostdev of a device that is not there": pool("hostdev", "<pf dev='swnt-none'/>"),
    "no name": "<network/>",
    "nat without an address": doc(forward=NAT),
    "an option that dnsmasq does not know": doc(top="<network xmlns:dnsmasq='http://libvirt.org/schemas/network/dnsmasq/1.0'>", ip=SUBNET % "",
        more="<dnsmasq:options><dnsmasq:option value='nonsense-option'/></dnsmasq:options>"),
    "vlan of its own bridge": doc(more=VLAN),
    "route to where it is itself": route("address='10.77.1.0' prefix='24' gateway='10.77.1.2'"),
    "mtu too small": doc(more="<mtu size='10'/>"),
    "a bridge that is not there": forward("bridge", bridge="<bridge name='swnty'/>"),
    "passthrough of nothing": pool("passthrough", ""),
}

FLOOR = "<bandwidth><inbound average='5' floor='%d'/></bandwidth>"
PORTS = {
    "empty text": ("on", ""),
    "not XML": ("on", "nonsense"),
    "wrong root element": ("on", "<network/>"),
    "nothing in it": ("on", "<networkport/>"),
    "no uuid": ("on", port(uuid="")),
    "bad uuid": ("on", port(uuid="<uuid>x</uuid>")),
    "no owner": ("on", port(owner="")),
    "owner without a name": ("on", port(owner="<owner><uuid>%s</uuid></owner>" % (UUID % 1))),
    "owner without a uuid": ("on", port(owner="<owner><name>x</name></owner>")),
    "owner with a bad uuid": ("on", port(owner="<owner><name>x</name><uuid>x</uuid></owner>")),
    "no mac": ("on", port(mac="")),
    "bad mac": ("on", port(mac="<mac address='x'/>")),
    "mac multicast": ("on", port(mac="<mac address='01:00:00:00:00:01'/>")),
    "there already": ("on", port(PORT)),
    "there already, with what it cannot have": ("on", port(PORT, more=OVS)),
    "there already, another owner": ("on", port(PORT, owner="<owner><name>x</name><uuid>%s</uuid></owner>" % (UUID % 1))),
    "unknown plug": ("on", port(plug="<plug type='x'/>")),
    "plug without a type": ("on", port(plug="<plug/>")),
    "plug of a network without a bridge": ("on", port(plug="<plug type='network'/>")),
    "plug of a bridge without a bridge": ("on", port(plug="<plug type='bridge'/>")),
    "plug direct without dev": ("on", port(plug="<plug type='direct' mode='vepa'/>")),
    "plug direct without mode": ("on", port(plug="<plug type='direct' dev='x'/>")),
    "plug direct mode": ("on", port(plug="<plug type='direct' dev='x' mode='x'/>")),
    "plug hostdev without address": ("on", port(plug="<plug type='hostdev-pci'/>")),
    "plug hostdev managed": ("on", port(plug="<plug type='hostdev-pci' managed='x'>%s</plug>" % PCI)),
    "plug given": ("on", port(plug="<plug type='network' bridge='swnt20'/>")),
    "plug none reclaimed": ("on", port(), 1),
    "plug hostdev reclaimed from a bridge": ("on", port(plug="<plug type='hostdev-pci' managed='yes'>%s</plug>" % PCI), 1),
    "flags": ("on", port(), 4),
    "not valid by the schema": ("on", port(more="<nonsense/>"), 2),
    "an inactive network": ("off", port()),
    "an inactive network, not XML": ("off", "nonsense"),
    "bandwidth": ("on", port(more="<bandwidth><inbound average='x'/></bandwidth>")),
    "floor where the network has no limit": ("on", port(more=FLOOR % 5)),
    "floor on a bridge": ("br", port(more=FLOOR % 5)),
    "floor on a pool": ("pool", port(more=FLOOR % 5)),
    "vlan too high": ("on", port(more="<vlan><tag id='5000'/></vlan>")),
    "rxfilters": ("on", port(more="<rxfilters trustGuest='x'/>")),
    "isolated": ("on", port(more="<port isolated='x'/>")),
    "isolated on a pool": ("pool", port(more="<port isolated='yes'/>")),
    "virtualport of openvswitch": ("on", port(more=OVS)),
    "virtualport of openvswitch on a macvtap": ("vepa", port(more=OVS)),
    "virtualport of midonet on a bridge": ("br", port(more="<virtualport type='midonet'/>")),
    "virtualport 802.1Qbh on a bridge": ("br", port(more="<virtualport type='802.1Qbh'><parameters profileid='x'/></virtualport>")),
    "virtualport type": ("on", port(more="<virtualport type='x'/>")),
    "two macs": ("on", port(mac="<mac address='52:54:00:6e:74:f1'/>" * 2)),
    "virtualport 802.1Qbg without parameters": ("vepa", port(more="<virtualport type='802.1Qbg'/>")),
    "group of nothing": ("on", port(more="<group/>")),
    "group that is not there": ("on", port(more="<group>none</group>")),
    "mac of another port": ("on", port(2, mac="<mac address='52:54:00:6e:74:f1'/>")),
}

UPDATES = {
    "host that is there": ("on", 3, 4, host(1, "10.77.90.7", "one")),
    "host with its mac": ("on", 3, 4, host(1, "10.77.90.8", "two")),
    "host with its address": ("on", 3, 4, host(2, "10.77.90.7", "two")),
    "host of nothing": ("on", 3, 4, "<host/>"),
    "host with a bad mac": ("on", 3, 4, "<host mac='x' ip='10.77.90.9'/>"),
    "host without an address": ("on", 3, 4, "<host mac='52:54:00:00:00:01'/>"),
    "host to delete that is not there": ("on", 2, 4, host(7, "10.77.90.70")),
    "host to change that is not there": ("on", 1, 4, host(7, "10.77.90.70")),
    "host to delete by nothing": ("on", 2, 4, "<host/>"),
    "host of a network without addresses": ("br", 3, 4, host(7, "10.77.90.70")),
    "host of an address that is not there": ("on", 3, 4, host(7, "10.77.90.70"), 1, 3),
    "host with a negative index": ("on", 3, 4, host(7, "10.77.90.70"), 1, -5),
    "host of IPv4 in IPv6": ("ip6", 3, 4, host(7, "10.77.90.70")),
    "host of IPv6 without an id": ("ip6", 3, 4, "<host ip='fd00:6e:74::7'/>"),
    "range that is there": ("on", 3, 5, "<range start='10.77.90.2' end='10.77.90.99'/>"),
    "range outside": ("on", 3, 5, "<range start='10.88.90.2' end='10.88.90.99'/>"),
    "range reversed": ("on", 3, 5, "<range start='10.77.90.150' end='10.77.90.120'/>"),
    "range of nothing": ("on", 3, 5, "<range/>"),
    "range to change": ("on", 1, 5, "<range start='10.77.90.2' end='10.77.90.99'/>"),
    "range to delete that is not there": ("on", 2, 5, "<range start='10.77.90.2' end='10.77.90.98'/>"),
    "range of a network without addresses": ("br", 3, 5, "<range start='10.77.90.2' end='10.77.90.99'/>"),
    "range in another network's dhcp": ("on", 3, 5, "<range start='10.77.90.200' end='10.77.90.210'/>", 1, 1),
    "device of nothing": ("on", 3, 7, "<interface/>"),
    "device twice": ("pool", 3, 7, "<interface dev='swnt-e0'/>"),
    "device that is not there": ("pool", 2, 7, "<interface dev='swnt-e7'/>"),
    "device of a bridge": ("br", 3, 7, "<interface dev='swnt-e7'/>"),
    "device to change": ("pool", 1, 7, "<interface dev='swnt-e0'/>"),
    "second device of nat": ("off", 3, 7, "<interface dev='swnt-e8'/>", 2),
    "portgroup of nothing": ("on", 3, 9, "<portgroup/>"),
    "portgroup that is there": ("on", 3, 9, "<portgroup name='p'/>"),
    "portgroup that is not there": ("on", 2, 9, "<portgroup name='x'/>"),
    "portgroup to change that is not there": ("on", 1, 9, "<portgroup name='x'/>"),
    "second portgroup by default": ("on", 3, 9, "<portgroup name='x' default='yes'/>"),
    "portgroup with a vlan": ("on", 3, 9, "<portgroup name='x'>%s</portgroup>" % VLAN),
    "portgroup with a bad bandwidth": ("on", 3, 9, "<portgroup name='x'><bandwidth><inbound average='x'/></bandwidth></portgroup>"),
    "dns host of nothing": ("on", 3, 10, "<host/>"),
    "dns host without names": ("on", 3, 10, "<host ip='10.77.90.60'/>"),
    "dns host that is there": ("on", 3, 10, "<host ip='10.77.90.50'><hostname>fifty</hostname></host>"),
    "dns host with a name that is there": ("on", 3, 10, "<host ip='10.77.90.51'><hostname>fifty</hostname></host>"),
    "dns host that is not there": ("on", 2, 10, "<host ip='10.77.90.60'/>"),
    "dns host to change": ("on", 1, 10, "<host ip='10.77.90.50'><hostname>fifty</hostname></host>"),
    "dns host to delete by nothing": ("on", 2, 10, "<host/>"),
    "dns text of nothing": ("on", 3, 11, "<txt/>"),
    "dns text that is there": ("on", 3, 11, "<txt name='t' value='w'/>"),
    "dns text that is not there": ("on", 2, 11, "<txt name='x'/>"),
    "dns text to change": ("on", 1, 11, "<txt name='t' value='w'/>"),
    "dns service of nothing": ("on", 3, 12, "<srv/>"),
    "dns service that is there": ("on", 3, 12, "<srv service='s' protocol='tcp' domain='d.test' target='x' port='5'/>"),
    "dns service that is not there": ("on", 2, 12, "<srv service='z' protocol='tcp'/>"),
    "dns service to change": ("on", 1, 12, "<srv service='s' protocol='tcp'/>"),
    "dns of a network without dns": ("br", 2, 11, "<txt name='x'/>"),
    "unknown section": ("on", 3, 99, "<x/>"),
    "no section": ("on", 3, 0, "<x/>"),
    "unknown command": ("on", 9, 4, host(7, "10.77.90.70")),
    "no command": ("on", 0, 4, host(7, "10.77.90.70")),
    "unknown command of a section that cannot change": ("on", 9, 1, "<bridge/>"),
    "flags": ("on", 3, 4, host(7, "10.77.90.70"), 4),
    "all flags": ("on", 3, 4, host(7, "10.77.90.70"), 7),
    "empty text": ("on", 3, 4, ""),
    "not XML": ("on", 3, 4, "nonsense"),
    "another element": ("on", 3, 4, "<range/>"),
    "live, inactive": ("off", 3, 4, host(7, "10.77.91.70"), 1),
    "live and config, inactive": ("off", 3, 4, host(7, "10.77.91.70"), 3),
    "config, transient": ("tmp", 3, 4, host(7, "10.77.92.70"), 2),
    "live and config, transient": ("tmp", 3, 4, host(7, "10.77.92.70"), 3),
    "not XML, inactive, live": ("off", 3, 4, "nonsense", 1),
    "a section that cannot change": ("on", 3, 1, "<bridge/>"),
    "a domain": ("on", 1, 2, "<domain name='x'/>"),
    "an address": ("on", 3, 3, "<ip address='10.1.1.1' prefix='24'/>"),
    "a forward": ("on", 1, 6, "<forward mode='route'/>"),
    "a function": ("on", 3, 8, "<pf dev='x'/>"),
    "a gone network": ("gone", 3, 4, host(7, "10.77.91.70")),
}

# What stock lets pass, and ours may refuse: what a document says twice, a number that is none, a word that later versions
# know, and a change after which the network could not start.
STRICTER = {"two names", "two bridges", "two forwards", "two macs", "mtu negative", "domain register", "portgroup with a vlan"}
BAD = 1 << 20


def lookup_port(network, number=PORT):
    return network.portLookupByUUIDString(UUID % (500 + number))


def lost_port(network):
    found = network.portCreateXML(port(40), 0)
    found.delete()
    return found


CALLS = {
    "lookup by unknown name": (None, lambda c, n, s: c.networkLookupByName("sw-net-none")),
    "lookup by an empty name": (None, lambda c, n, s: c.networkLookupByName("")),
    "lookup by unknown uuid": (None, lambda c, n, s: c.networkLookupByUUIDString(UUID % 998)),
    "lookup by bad uuid": (None, lambda c, n, s: c.networkLookupByUUIDString("nonsense")),
    "list with flags": (None, lambda c, n, s: c.listAllNetworks(BAD)),
    "define with flags": (None, lambda c, n, s: c.networkDefineXMLFlags(doc(), BAD)),
    "create with flags": (None, lambda c, n, s: c.networkCreateXMLFlags(doc(), BAD)),
    "define what is not valid by the schema": (None, lambda c, n, s: c.networkDefineXMLFlags(doc(more="<nonsense/>"), 1)),
    "create what is not valid by the schema": (None, lambda c, n, s: c.networkCreateXMLFlags(doc(more="<nonsense/>"), 1)),
    "define the name of another": (None, lambda c, n, s: c.networkDefineXML(net(60, name=name_of("on")))),
    "define the uuid of another": (None, lambda c, n, s: c.networkDefineXML(net(20, name="sw-net-doc", bridge=""))),
    "define the uuid and the bridge of another": (None, lambda c, n, s: c.networkDefineXML(net(20, name="sw-net-doc"))),
    "define the name of another and a vlan": (None, lambda c, n, s: c.networkDefineXML(net(60, name=name_of("on"), more=VLAN))),
    "define the name of a transient one": (None, lambda c, n, s: c.networkDefineXML(net(60, name=name_of("tmp")))),
    "define the uuid of a transient one": (None, lambda c, n, s: c.networkDefineXML(net(22, name="sw-net-doc", bridge=""))),
    "start an active one": ("on", lambda c, n, s: n.create()),
    "start a transient one": ("tmp", lambda c, n, s: n.create()),
    "start one that is gone": ("gone", lambda c, n, s: n.create()),
    "destroy an inactive one": ("off", lambda c, n, s: n.destroy()),
    "destroy one that is gone": ("gone", lambda c, n, s: n.destroy()),
    "undefine a transient one": ("tmp", lambda c, n, s: n.undefine()),
    "undefine one that is gone": ("gone", lambda c, n, s: n.undefine()),
    "autostart of a transient one": ("tmp", lambda c, n, s: n.setAutostart(1)),
    "no autostart of a transient one": ("tmp", lambda c, n, s: n.setAutostart(0)),
    "autostart of one that is gone": ("gone", lambda c, n, s: n.setAutostart(1)),
    "is one that is gone autostarted": ("gone", lambda c, n, s: n.autostart()),
    "is a transient one autostarted": ("tmp", lambda c, n, s: n.autostart()),
    "XML with flags": ("on", lambda c, n, s: n.XMLDesc(2)),
    "XML of one that is gone": ("gone", lambda c, n, s: n.XMLDesc()),
    "definition of a transient one": ("tmp", lambda c, n, s: n.XMLDesc(1)),
    "is one that is gone active": ("gone", lambda c, n, s: n.isActive()),
    "is one that is gone persistent": ("gone", lambda c, n, s: n.isPersistent()),
    "bridge of one that is gone": ("gone", lambda c, n, s: n.bridgeName()),
    "bridge of a pool": ("pool", lambda c, n, s: n.bridgeName()),
    "bridge of an inactive one": ("off", lambda c, n, s: n.bridgeName()),
    "leases of an inactive one": ("off", lambda c, n, s: n.DHCPLeases()),
    "leases with flags": ("on", lambda c, n, s: n.DHCPLeases(None, 1)),
    "leases of a bad mac": ("on", lambda c, n, s: n.DHCPLeases("nonsense")),
    "leases of an unknown mac": ("on", lambda c, n, s: n.DHCPLeases("52:54:00:00:00:99")),
    "leases of one that is gone": ("gone", lambda c, n, s: n.DHCPLeases()),
    "leases of a bridge": ("br", lambda c, n, s: n.DHCPLeases()),
    "leases of a bad mac of one that is gone": ("gone", lambda c, n, s: n.DHCPLeases("nonsense")),
    "ports with flags": ("on", lambda c, n, s: n.listAllPorts(1)),
    "ports of an inactive one": ("off", lambda c, n, s: n.listAllPorts()),
    "ports of one that is gone": ("gone", lambda c, n, s: n.listAllPorts()),
    "unknown port": ("on", lambda c, n, s: lookup_port(n, 45)),
    "unknown port of an inactive one": ("off", lambda c, n, s: lookup_port(n, 45)),
    "another network's port": ("tmp", lambda c, n, s: lookup_port(n)),
    "port of one that is gone": ("gone", lambda c, n, s: lookup_port(n)),
    "bad uuid of a port": ("on", lambda c, n, s: n.portLookupByUUIDString("nonsense")),
    "create a port of one that is gone": ("gone", lambda c, n, s: n.portCreateXML(port(41))),
    "XML of a port with flags": ("on", lambda c, n, s: lookup_port(n).XMLDesc(1)),
    "parameters of a port with flags": ("on", lambda c, n, s: lookup_port(n).parameters(1)),
    "set parameters of a port with flags": ("on", lambda c, n, s: c_set(n, 4)),
    "delete a port with flags": ("on", lambda c, n, s: lookup_port(n).delete(1)),
    "delete a port that is gone": ("on", lambda c, n, s: lost_port(n).delete()),
    "XML of a port that is gone": ("on", lambda c, n, s: lost_port(n).XMLDesc()),
    "parameters of a port that is gone": ("on", lambda c, n, s: lost_port(n).parameters()),
    "a floor where there is no limit": ("on", lambda c, n, s: lookup_port(n).setParameters({"inbound.average": 5, "inbound.floor": 5}, 0)),
    "deregister an unknown event": (None, lambda c, n, s: c.networkEventDeregisterAny(77)),
    "name of one that is gone": ("gone", lambda c, n, s: n.name()),
}


def c_set(network, flags):
    lookup_port(network).setParameters({"inbound.average": 5}, flags)


READ_ONLY = {
    "define": lambda c,
    n: c.networkDefineXML(doc()),
    "define with flags": lambda c,
    n: c.networkDefineXMLFlags(doc(), 1),
    "create": lambda c,
    n: c.networkCreateXML(doc()),
    "create with flags": lambda c,
    n: c.networkCreateXMLFlags(doc(), 1),
    "start": lambda c,
    n: n.create(),
    "destroy": lambda c,
    n: n.destroy(),
    "undefine": lambda c,
    n: n.undefine(),
    "autostart": lambda c,
    n: n.setAutostart(1),
    "update": lambda c,
    n: n.update(3, 4, -1, host(7, "10.77.90.70"), 1),
    "create a port": lambda c,
    n: n.portCreateXML(port(42)),
    "delete a port": lambda c,
    n: lookup_port(n).delete(),
    "set a port's parameters": lambda c,
    n: c_set(n, 0),
    "XML": lambda c,
    n: n.XMLDesc(),
    "definition": lambda c,
    n: n.XMLDesc(1),
    "list": lambda c,
    n: c.listAllNetworks(),
    "leases": lambda c,
    n: n.DHCPLeases(),
    "ports": lambda c,
    n: n.listAllPorts(),
    "a port": lambda c,
    n: lookup_port(n).XMLDesc(),
    "a port's parameters": lambda c,
    n: lookup_port(n).parameters(),
    "bridge": lambda c,
    n: n.bridgeName(),
    "is it active": lambda c,
    n: n.isActive(),
    "is it autostarted": lambda c,
    n: n.autostart(),
    "names": lambda c,
    n: c.listDefinedNetworks(),
    "events": lambda c,
    n: c.networkEventDeregisterAny(c.networkEventRegisterAny(None, 0, lambda *a: None, None)),
}
