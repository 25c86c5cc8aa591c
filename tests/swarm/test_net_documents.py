# SPDX-License-Identifier: LGPL-2.1-or-later
"""Definitions of networks come back in stock's form.  stock-net-documents.json holds documents and what stock makes of
each: the definition, and where it starts, what runs and what dnsmasq reads.  Those of @corpus are the conformance corpus' (at recording)."""
import contextlib
import glob
import os
import re

import libvirt

import cases
import hosts
from cases import Skip, case, stored
from net_documents import BRIDGED, IPV6, NAT, OPEN, SUBNET, ipv4, net
from world import equal

ANSWERS = "stock-net-documents.json"
CORPUS = os.path.join(cases.HERE, "../../../shared/corpus/network/in/*.xml")
DNSMASQ = "<network xmlns:dnsmasq='http://libvirt.org/schemas/network/dnsmasq/1.0'>"


def pool(mode, inside, **kw):
    return net(forward="<forward mode='%s'>%s</forward>" % (mode, inside), bridge="", **kw)


def bare(inside):
    """One with nothing else given: names, uuid and mac are made up."""
    return "<network><name>sw-nt</name>%s</network>" % inside


OWN = {
    "nothing": bare(""),
    "nat": bare(NAT + ipv4()),
    "route": bare("<forward mode='route'/>" + ipv4()),
    "open": bare(OPEN + ipv4()),
    "forward without a mode": bare("<forward/>" + ipv4()),
    "bridge without more": bare(BRIDGED),
    "bridge": net(forward=BRIDGED, bridge="<bridge name='swntx'/>"),
    "bridge of devices": pool("bridge", "<interface dev='a'/><interface dev='b'/>"),
    "private": pool("private", "<interface dev='a'/>"),
    "vepa": pool("vepa", "<interface dev='a'/>"),
    "passthrough": pool("passthrough", "<interface dev='a'/>"),
    "hostdev": pool("hostdev", "<pf dev='a'/>"),
    "device to the world": net(forward="<forward mode='nat' dev='a'/>", ip=ipv4()),
    "nat with everything": net(forward="<forward mode='nat'><nat ipv6='yes'><address start='192.0.2.2' end='192.0.2.9'/><port start='500' end='1000'/></nat></forward>",
        ip=ipv4() + IPV6 % ""),
    "nat with one address": net(forward="<forward mode='nat'><nat><address start='192.0.2.2' end='192.0.2.2'/></nat></forward>", ip=ipv4()),
    "nat of ipv6": net(forward="<forward mode='nat'><nat ipv6='yes'/></forward>", ip=ipv4() + IPV6 % ""),
    "nat of no ipv6": net(forward="<forward mode='nat'><nat ipv6='no'/></forward>", ip=ipv4()),
    "bridge without a tree": net(bridge="<bridge name='swnt0' stp='off'/>"),
    "bridge with delay": net(bridge="<bridge name='swnt0' stp='on' delay='3'/>"),
    "bridge with a zone": net(bridge="<bridge name='swnt0' zone='trusted'/>"),
    "bridge without a name": net(bridge="<bridge stp='off' delay='5'/>"),
    "bridge with a pattern": net(bridge="<bridge name='swnt%d'/>"),
    "bridge by the kernel": net(bridge="<bridge name='swnt0' macTableManager='kernel'/>"),
    "bridge by libvirt": net(bridge="<bridge name='swnt0' macTableManager='libvirt'/>"),
    "virbr as a name": net(bridge="<bridge name='virbr7'/>"),
    "mtu": net(more="<mtu size='1400'/>"),
    "ipv6 between guests": net(top="<network ipv6='yes'>"),
    "no ipv6 between guests": net(top="<network ipv6='no'>"),
    "filters trusted": net(top="<network trustGuestRxFilters='yes'>"),
    "connections given": net(top="<network connections='3'>"),
    "address with a prefix": net(ip="<ip address='10.77.1.1' prefix='24'/>"),
    "address with both families said": net(ip="<ip family='ipv4' address='10.77.1.1' prefix='24'/>" + IPV6 % ""),
    "address alone": net(ip="<ip address='10.77.1.1'/>"),
    "several addresses": net(ip=ipv4() + ipv4(78, dhcp=None) + IPV6 % "" + "<ip family='ipv6' address='fd00:6e:75::1' prefix='64'/>"),
    "names of an address": net(ip="<ip address='10.77.1.1' prefix='24' localPtr='yes'/>"),
    "tftp": net(ip=SUBNET % "<tftp root='/srv/x'/><dhcp><range start='10.77.1.2' end='10.77.1.9'/><bootp file='pxe.0'/></dhcp>"),
    "bootp of another": net(ip=SUBNET % "<dhcp><bootp file='pxe.0' server='10.77.1.5'/></dhcp>"),
    "hosts": net(ip=SUBNET % "<dhcp><host mac='52:54:00:00:00:01' ip='10.77.1.5'/><host name='b' ip='10.77.1.6'/><host mac='52:54:00:00:00:03' name='c' ip='10.77.1.7'/></dhcp>"),
    "hosts of IPv6": net(ip=IPV6 % "<dhcp><range start='fd00:6e:74::100' end='fd00:6e:74::1ff'/><host id='0:1:2' name='a' ip='fd00:6e:74::5'/><host name='b' ip='fd00:6e:74::6'/></dhcp>"),
    "leases": net(ip=SUBNET % "<dhcp><range start='10.77.1.2' end='10.77.1.9'><lease expiry='1' unit='hours'/></range><range start='10.77.1.12' end='10.77.1.19'><lease expiry='5'/></range><host mac='52:54:00:00:00:01' ip='10.77.1.99'><lease expiry='0'/></host></dhcp>"),
    "dhcp of nothing": net(ip=SUBNET % "<dhcp/>"),
    "domain": net(more="<domain name='swarm.test'/>", ip=ipv4()),
    "domain of its own": net(more="<domain name='swarm.test' localOnly='yes'/>", ip=ipv4()),
    "domain of everybody": net(more="<domain name='swarm.test' localOnly='no'/>", ip=ipv4()),
    "dns": net(ip=ipv4(),
        more="<dns forwardPlainNames='no'><forwarder addr='192.0.2.53'/><forwarder domain='x.test'/><forwarder domain='y.test' addr='192.0.2.54'/><txt name='t' value='some words'/>" "<host ip='10.77.77.5'><hostname>a</hostname><hostname>b</hostname></host><srv service='s' protocol='tcp' domain='swarm.test' target='t' port='5' priority='6' weight='7'/><srv service='z' protocol='udp'/></dns>"),
    "no dns": net(ip=ipv4(), more="<dns enable='no'/>"),
    "dns of nothing": net(ip=ipv4(), more="<dns/>"),
    "dns enabled": net(ip=ipv4(), more="<dns enable='yes'/>"),
    "routes": net(ip=ipv4() + IPV6 % "",
        more="<route address='10.99.0.0' prefix='16' gateway='10.77.77.5'/><route family='ipv4' address='10.98.0.0' netmask='255.255.0.0' gateway='10.77.77.6' metric='3'/><route family='ipv6' address='fd01::' prefix='48' gateway='fd00:6e:74::9'/>"),
    "groups": net(more="<portgroup name='p' default='yes'><bandwidth><inbound average='5' peak='6' burst='7'/><outbound average='8'/></bandwidth></portgroup><portgroup name='q' trustGuestRxFilters='no'/><portgroup name='r' default='no'/>"),
    "ports apart": net(more="<port isolated='yes'/>"),
    "vlans": pool("passthrough", "<interface dev='a'/>", more="<vlan trunk='yes'><tag id='4' nativeMode='untagged'/><tag id='5'/></vlan>"),
    "trunk by number": pool("passthrough", "<interface dev='a'/>", more="<vlan><tag id='4'/><tag id='5'/></vlan>"),
    "open vswitch": net(forward=BRIDGED, bridge="<bridge name='swntx'/>",
        more="<virtualport type='openvswitch'><parameters profileid='x'/></virtualport><vlan><tag id='9'/></vlan><portgroup name='y'><vlan><tag id='7'/></vlan></portgroup>"),
    "802.1Qbg": pool("vepa", "<interface dev='a'/>",
        more="<virtualport type='802.1Qbg'><parameters managerid='11' typeid='0x12ab' typeidversion='2' instanceid='09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f'/></virtualport>"),
    "metadata": net(more="<metadata><a:b xmlns:a='urn:a' c='d'><a:e>text</a:e></a:b></metadata>"),
    "options of dnsmasq": net(top=DNSMASQ, ip=ipv4(),
        more="<dnsmasq:options><dnsmasq:option value='no-hosts'/><dnsmasq:option value='dhcp-option=3'/></dnsmasq:options>"),
    "names with marks": net(name="sw-nt &lt;&amp;&gt;&quot;'"),
    "what nobody knows": net(more="<nonsense a='b'/>"),
    "any order": "<network><ip address='10.77.1.1' prefix='24'/><bridge name='swnt0'/><name>sw-nt</name><forward mode='nat'/></network>",
}


def corpus():
    """The documents of the corpus, under names of ours."""
    for path in sorted(glob.glob(CORPUS)):
        with open(path) as f:
            text = f.read()
        yield "corpus: " + os.path.basename(path)[:-4], re.sub(r"<name>([^<]*)</name>", r"<name>sw-nt-\1</name>", text, count=1)


def plain(text, given):
    """The same for every run: what was made up is named, not shown; an element with nothing in it is written the short way."""
    text = re.sub(r"<([^<>/]+)>\s*</\w+>", r"<\1/>", text)
    if "<uuid>" not in given:
        text = re.sub(r"<uuid>[-0-9a-f]{36}</uuid>", "<uuid>@MADE-UP@</uuid>", text)
    if "<mac address=" not in re.sub(r"(?s)<(portgroup|dhcp).*?</\1>", "", given):
        text = re.sub(r"<mac address='52:54:00:[0-9a-f:]{8}'/>", "<mac address='@MADE-UP@'/>", text)
    return text


def files(side, name):
    """What its dnsmasq reads, without the words at the head and the root."""
    found = {}
    for suffix in ("conf", "hostsfile", "addnhosts"):
        with contextlib.suppress(FileNotFoundError), open(side.path("/var/lib/libvirt/dnsmasq/%s.%s" % (name, suffix))) as f:
            lines = [line for line in f.read().replace(side.root, "").splitlines() if line and not line.startswith("#")]
            if lines:
                found[suffix] = lines
    return found


def observe(side, given):
    hosts.machine(side)
    with side.connection() as conn:
        found = {}
        try:
            network = hosts.served(conn.networkDefineXML, given)
        except libvirt.libvirtError as e:
            return {"refused": e.get_error_code()}
        try:
            found["definition"] = plain(network.XMLDesc(), given)
            again = conn.networkDefineXML(network.XMLDesc())
            if plain(again.XMLDesc(), given) != found["definition"]:
                found["again"] = plain(again.XMLDesc(), given)
            try:
                network.create()
            except libvirt.libvirtError as e:
                found["live"] = "does not start: %d" % e.get_error_code()
            else:
                found["live"] = plain(network.XMLDesc(), given)
                found.update(files(side, network.name()))
                if plain(network.XMLDesc(libvirt.VIR_NETWORK_XML_INACTIVE), given) != found["definition"]:
                    found["definition while it runs"] = plain(network.XMLDesc(libvirt.VIR_NETWORK_XML_INACTIVE), given)
        finally:
            side.remove_networks()
        if found["live"] == found["definition"]:
            found["live"] = "as defined"
        return found


def record(side):
    cases.save(ANSWERS, {name: {"given": given, **observe(side, given)} for name, given in [*OWN.items(), *corpus()]})


def judge(side, name):
    expected = dict(stored(ANSWERS)[name])
    given = expected.pop("given")
    if name in OWN and given != OWN[name]:
        raise Skip("stock's answer has not been recorded")
    got = observe(side, given)
    if expected.get("live", "").startswith("does not start") and not got.get("live", "").startswith("does not start"):
        expected.update({kind: text for kind, text in got.items() if kind not in ("definition", "again")})  # stock cannot start it on this kernel
    for kind in {**expected, **got}:
        equal(got.get(kind, ""), expected.get(kind, ""), kind)


for name in sorted(stored(ANSWERS)):
    case("network form: " + name, once=True)(lambda side, name=name: judge(side, name))
