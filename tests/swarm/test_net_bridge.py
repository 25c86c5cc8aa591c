# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the kernel has of a network: its bridge, addresses, routes, settings and limits of bandwidth."""
import contextlib
import re
import socket
import struct
import time

import libvirt

import hosts
from cases import case
from hosts import document, machine, remove_network
from test_network import MAC, interface, target
from world import check, equal, eventually

NET6 = "<ip family='ipv6' address='2001:db8:9::1' prefix='64'/>"
NET4 = "<ip address='192.168.9.1' netmask='255.255.255.0'/>"


def bare(bridge="name='swnet0'", inner="", forward=""):
    return "<network><name>sw-net</name>%s<bridge %s/>%s</network>" % (forward, bridge, inner)


@contextlib.contextmanager
def started(side, xml, name="sw-net"):
    with side.connection() as conn:
        net = hosts.served(conn.networkDefineXML, xml)
        try:
            net.create()
            yield net
        finally:
            remove_network(conn, name)


def fails_with(side, xml, code, *words):
    """The network does not start; ours says so with those words."""
    try:
        with started(side, xml):
            raise AssertionError("%s started" % xml)
    except libvirt.libvirtError as e:
        equal((e.get_error_code(), e.get_error_domain()), code, "code and domain of '%s'" % e)
        for word in words if not side.stock else ():
            check(word in str(e), "'%s' is not in '%s'", word, e)


def sysctl(there, *names):
    return [int(line) for line in there.run("sysctl", "-n", *names).split()]


# ---- the device ----------------------------------------------------------------------------------------

# Bridge, what is in the network: the kernel's hundredths of a second, its STP, its MTU.
DEVICES = (
    ("name='swnet0'", "", 200, 1, 1500), ("name='swnet0' stp='off'", "", 0, 0, 1500), ("name='swnet0' delay='4'", "", 400, 1, 1500),
    ("name='swnet0' delay='40'", "", 3000, 1, 1500), ("name='swnet0' stp='off' delay='40'", "", 4000, 0, 1500),
    ("name='swnet0' stp='off' delay='1'", "<mtu size='9000'/>", 100, 0, 9000),
)


@case("net bridge: the device", once=True)
def device(side):
    for bridge, inner, delay, stp, mtu in DEVICES:
        with started(side, bare(bridge, inner)) as net:
            link = machine(side).links()["swnet0"]
            data = link["linkinfo"]["info_data"]
            equal((data["forward_delay"], data["stp_state"], link["mtu"]), (delay, stp, mtu), "delay, STP, MTU of %s" % bridge)
            check("<mac address='%s'/>" % link["address"] in net.XMLDesc(), "the document has another MAC than %s", link["address"])
            check("UP" in link["flags"], "it is down")
        check("swnet0" not in machine(side).links(), "a bridge is left")


@case("net bridge: settings of IPv6 and forwarding", once=True)
def settings(side):
    there = machine(side)
    names = ("net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding")
    before = sysctl(there, *names)
    try:
        for mode, inner, v4, v6, disabled in (
                ("", NET4, 0, 0, 1), ("", NET6, 0, 0, 0), ("route", NET4, 1, 0, 1), ("route", NET6, 0, 1, 0), ("open", NET4, 1, 0, 1),
                ("nat", NET4 + NET6, 1, 1, 0)):
            there.run("sysctl", "-w", *("%s=0" % name for name in names))
            with started(side, document(forward=mode, ip=inner)):
                equal(sysctl(there, *names), [v4, v6], "forwarding of IPv4, IPv6 with mode '%s'" % mode)
                ipv6 = sysctl(there, *("net.ipv6.conf.swnet0." + n for n in ("disable_ipv6", "accept_ra", "autoconf")))
                equal(ipv6, [disabled, 0, 0], "disable_ipv6, accept_ra, autoconf with %s" % inner)
    finally:
        there.run("sysctl", "-w", *("%s=%d" % pair for pair in zip(names, before)))


@case("net bridge: addresses and routes", once=True)
def addresses(side):
    inner = ("<ip address='10.231.2.1' prefix='31'/><ip address='10.231.3.1' prefix='32'/><ip address='10.231.4.1' netmask='255.255.255.252'/>"
             + NET6 + "<route address='10.232.0.0' prefix='16' gateway='10.231.4.2'/>"
             "<route address='10.233.0.0' netmask='255.255.0.0' gateway='10.231.4.2' metric='7'/>"
             "<route family='ipv6' address='2001:db8:a::' prefix='64' gateway='2001:db8:9::9' metric='3'/>")
    with started(side, bare(inner=inner)):
        there = machine(side)
        found = [(a["local"], a["prefixlen"], a.get("broadcast")) for a in there.ip("address", "show", "dev", "swnet0")[0]["addr_info"]
                 if a["family"] == "inet" or a["scope"] == "global"]
        equal(sorted(a[:2] for a in found),
              [("10.231.2.1", 31), ("10.231.3.1", 32), ("10.231.4.1", 30), ("2001:db8:9::1", 64)], "the addresses")
        check(("10.231.4.1", 30, "10.231.4.3") in found, "the broadcast address is not right: %s", found)
        routes = {(r["dst"], r.get("gateway"), r.get("metric")) for family in ("-4", "-6") for r in there.ip(family, "route", "show", "dev", "swnet0")}
        for route in (("10.232.0.0/16", "10.231.4.2", 1), ("10.233.0.0/16", "10.231.4.2", 7), ("2001:db8:a::/64", "2001:db8:9::9", 3)):
            check(route in routes, "there is no route %s: %s", route, routes)


@case("net bridge: a table of addresses that nobody learns", once=True)
def table(side):
    there = machine(side)
    there.run("ip", "link", "add", "swprobe", "type", "bridge", "vlan_filtering", "1", check_it=False)
    filters = there.links().get("swprobe", {}).get("linkinfo", {}).get("info_data", {}).get("vlan_filtering")
    there.run("ip", "link", "delete", "swprobe", check_it=False)
    xml = bare("name='swnet0' macTableManager='libvirt'", NET4)
    if not filters:
        fails_with(side, xml, (libvirt.VIR_ERR_SYSTEM_ERROR, libvirt.VIR_FROM_NONE), "swnet0")
        check("swnet0" not in there.links(), "the bridge is left")
        return
    with started(side, xml):
        equal(there.links()["swnet0"]["linkinfo"]["info_data"]["vlan_filtering"], 1, "whether it filters")


# ---- what is there already --------------------------------------------------------------------------------

@case("net bridge: clashes with the host's routes", once=True)
def clashes(side):
    there, clash = machine(side), (libvirt.VIR_ERR_INTERNAL_ERROR, libvirt.VIR_FROM_NONE)
    there.run("ip", "link", "add", "swhost0", "type", "bridge")
    try:
        there.run("sh", "-c", "ip link set swhost0 up; ip address add 10.231.0.1/16 dev swhost0; ip route add 10.232.5.0/24 via 10.231.0.7;"
                  "ip -6 address add 2001:db8:9::7/64 dev swhost0 nodad")
        for address in ("10.231.0.1' prefix='16", "10.231.9.9' prefix='16", "10.232.5.1' prefix='24"):
            fails_with(side, bare(inner="<ip address='%s'/>" % address), clash, address.split("'")[0], "swhost0")
        fails_with(side, bare(inner=NET4 + "<route address='10.232.5.0' prefix='24' gateway='192.168.9.7'/>"), clash, "10.232.5.0/24", "swhost0")
        # A part of the host's network, and more than it, are others; IPv6 is not looked at.
        for inner in ("<ip address='10.231.9.1' prefix='24'/>", "<ip address='10.232.9.1' prefix='12'/>", NET6):
            with started(side, bare(inner=inner)):
                pass
    finally:
        there.run("ip", "link", "delete", "swhost0")


@case("net bridge: a bridge of somebody else", once=True)
def foreign(side):
    there = machine(side)
    there.run("ip", "link", "add", "swnet0", "type", "bridge")
    try:
        fails_with(side, bare(inner=NET4), (libvirt.VIR_ERR_SYSTEM_ERROR, libvirt.VIR_FROM_NONE), "swnet0", "File exists")
        check("swnet0" in there.links(), "it is gone")
        check(not there.addresses("swnet0"), "it has addresses")
    finally:
        there.run("ip", "link", "delete", "swnet0")


def advertise(router, device):
    """A router tells of itself and of a prefix, once."""
    prefix = struct.pack("!BBBBIII", 3, 4, 64, 0xc0, 3600, 1800, 0) + socket.inet_pton(socket.AF_INET6, "2001:db8:b::")
    with router.inside():
        s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
        index = socket.if_nametoindex(device)
    with s:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
        s.sendto(struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0) + prefix, ("ff02::1", 0, 0, index))


@case("net bridge: routes learned from routers", once=True)
def routers(side):
    there = machine(side)
    forwarding = "net.ipv6.conf.all.forwarding"
    before = sysctl(there, forwarding)[0]
    with hosts.Host("router") as router:
        there.run("sysctl", "-w", forwarding + "=0")
        there.run("ip", "link", "add", "swuplink", "type", "veth", "peer", "name", "eth0", "netns", str(router.pid))
        try:
            there.run("sysctl", "-w", "net.ipv6.conf.swuplink.accept_dad=0", "net.ipv6.conf.swuplink.accept_ra=1")
            router.run("ip", "link", "set", "eth0", "up")
            there.run("ip", "link", "set", "swuplink", "up")

            def learned():
                advertise(router, "eth0")
                return "proto ra" in there.run("ip", "-6", "route")
            eventually(learned, "a route is learned")
            fails_with(side, document(forward="route", ip=NET6), (libvirt.VIR_ERR_INTERNAL_ERROR, libvirt.VIR_FROM_NONE),
                       "'swuplink'", "net.ipv6.conf.swuplink.accept_ra")
            equal(sysctl(there, forwarding), [0], "forwarding after the refusal")
            for mode, inner in (("", NET6), ("route", NET4)):
                with started(side, document(forward=mode, ip=inner)):
                    pass
            there.run("sysctl", "-w", "net.ipv6.conf.swuplink.accept_ra=2")
            with started(side, document(forward="route", ip=NET6)):
                check("proto ra" in there.run("ip", "-6", "route"), "the route is forgotten")
        finally:
            there.run("ip", "link", "delete", "swuplink")
            there.run("sysctl", "-w", "%s=%d" % (forwarding, before))


# ---- bandwidth ---------------------------------------------------------------------------------------------

def classes(side, name="swnet0"):
    """class -> what it is sure of and what it may have, in bits a second as tc says it."""
    text = machine(side).run("tc", "class", "show", "dev", name)
    return dict(re.findall(r"class htb (\S+) .*?(rate \S+ ceil \S+)", text))


BANDWIDTH = "<bandwidth><inbound average='1000' peak='5000' burst='1024'/></bandwidth>"


@case("net bridge: bandwidth", ours=True, once=True)
def bandwidth(side):
    # Stock needs a scheduler that this kernel may lack (sfq).
    with started(side, bare(inner=BANDWIDTH + NET4)):
        equal(classes(side), {"1:1": "rate 8Mbit ceil 40Mbit", "1:2": "rate 8Mbit ceil 40Mbit"}, "the classes")


def on_network(number, floor):
    inner = "<source network='sw-net'/><bandwidth><inbound average='300'%s/></bandwidth>" % (" floor='%d'" % floor if floor else "")
    return interface("network", inner, number=number)


@case("net bridge: floors of guests", ours=True, once=True)
def floors(side):
    with started(side, bare(inner=BANDWIDTH + NET4)):
        with side.guest("sw-one", devices=on_network(1, 200), state="paused") as one:
            equal(classes(side), {"1:1": "rate 8Mbit ceil 40Mbit", "1:2": "rate 38400Kbit ceil 40Mbit", "1:3": "rate 1600Kbit ceil 40Mbit"},
                  "the classes with one guest")
            with side.guest("sw-two", devices=on_network(2, 300), state="paused"):
                equal(classes(side)["1:2"], "rate 36Mbit ceil 40Mbit", "the rest with two guests")
                equal(classes(side)["1:4"], "rate 2400Kbit ceil 40Mbit", "the class of the second")
                mac = (MAC % 2).replace(":", "")
                check(mac[4:] in machine(side).run("tc", "filter", "show", "dev", "swnet0"), "no filter takes %s", mac)
            check("1:4" not in classes(side), "the second's class is left")
            equal(classes(side)["1:2"], "rate 38400Kbit ceil 40Mbit", "the rest after the second")
            one.setInterfaceParameters(target(one), {"inbound.average": 300, "inbound.floor": 250}, libvirt.VIR_DOMAIN_AFFECT_LIVE)
            equal(classes(side)["1:3"], "rate 2Mbit ceil 40Mbit", "the class after a change")
        check("1:3" not in classes(side), "the first's class is left")
        check("flowid" not in machine(side).run("tc", "filter", "show", "dev", "swnet0"), "a filter is left")


PORT = """<networkport><uuid>0b6a7d1e-6f0f-4a3f-8d2e-3c8b7f0b9d11</uuid><owner><name>sw-owner</name><uuid>7f3b3d0c-55d5-4a5e-9d0c-0a9a52a2a6f5</uuid></owner><mac address='%s'/>
  <bandwidth><inbound average='400' floor='%d'/></bandwidth></networkport>"""


def flood(place, sinks, seconds):
    """Sends each of the sinks more than there is room for; the bytes that each got."""
    with place.inside():
        out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    got, end = [0] * len(sinks), time.monotonic() + seconds
    with out:
        out.setblocking(False)
        while time.monotonic() < end:
            for _, address in sinks:
                with contextlib.suppress(BlockingIOError):
                    out.sendto(bytes(1000), (address, 9))
            for i, (sink, _) in enumerate(sinks):
                with contextlib.suppress(BlockingIOError):
                    while True:
                        got[i] += len(sink.recv(2000))
            time.sleep(0.001)
    return got


@case("net bridge: a floor holds against a flood", ours=True, once=True)
def floor_holds(side):
    limits = "<bandwidth><inbound average='400' peak='400'/></bandwidth>"
    with started(side, bare("name='swnet0' stp='off'", limits + NET4)) as net, contextlib.ExitStack() as stack:
        sinks = []
        for number in (2, 3):
            guest = stack.enter_context(hosts.guest(side, "swnet0")).address("192.168.9.%d/24" % number)
            check(guest.ping("192.168.9.1"), "the guest does not reach the host")
            sink = stack.enter_context(guest.socket(socket.SOCK_DGRAM, ""))
            sink.bind(("", 9))
            sink.setblocking(False)
            sinks.append((sink, "192.168.9.%d" % number))
            if number == 2:
                net.portCreateXML(PORT % (guest.mac, 300))
        sure, other = flood(machine(side), sinks, 1.5)
        check(1.5 * 400e3 * 0.6 < sure + other < 1.5 * 400e3 * 1.4, "together they got %d", sure + other)
        check(sure > 2 * other, "the one with a floor got %d, the other %d", sure, other)


@case("net bridge: a document that shows a network's settings is taken back", ours=True, once=True)
def taken_back(side):
    # Stock needs a scheduler that this kernel may lack, and a /sys of its namespace.
    group = "<portgroup name='slow'><bandwidth><inbound average='100'/></bandwidth></portgroup>"
    with started(side, bare(inner="<port isolated='yes'/>" + NET4 + group)):
        devices = interface("network", "<source network='sw-net' portgroup='slow'/>")
        with side.guest("sw-one", devices=devices, state="paused") as dom:
            def shown():
                return "<interface " + dom.XMLDesc().split("<interface ")[1].split("</interface>")[0] + "</interface>"
            xml = shown()
            check("<inbound average='100'/>" in xml and "<port isolated='yes'/>" in xml, "the document is %s", xml)
            equal(classes(side, target(dom)), {"1:1": "rate 800Kbit ceil 800Kbit"}, "the tap's class")
            down = xml.replace("<target ", "<link state='down'/><target ")
            dom.updateDeviceFlags(down, libvirt.VIR_DOMAIN_AFFECT_LIVE)
            check("<link state='down'/>" in shown(), "the link is up: %s", shown())
            equal(classes(side, target(dom)), {"1:1": "rate 800Kbit ceil 800Kbit"}, "the tap's class afterwards")
            definition = dom.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)
            check("<bandwidth>" not in definition and "isolated" not in definition, "the definition has the network's settings")
            dom.detachDeviceFlags(shown(), libvirt.VIR_DOMAIN_AFFECT_LIVE)
