# SPDX-License-Identifier: LGPL-2.1-or-later
"""Networks that run when one daemon takes the place of another: a stock one's become ours, ours a stock one's, on the
same directories and in the same network, with guests that notice nothing."""
import contextlib
import os
import re
import shutil
import signal
import socket
from xml.etree import ElementTree

import libvirt

import hosts
from cases import case
from hosts import GATE, MAC, WEB, WORLD, document, guest, ipv4, world
from systems import StockSystem, alive
from world import check, equal, eventually

DAEMONS = "virtqemud,virtlogd,virtnetworkd"
HOST = "<host mac='%s' name='%s' ip='192.168.%d.9'/>"
LIVE = libvirt.VIR_NETWORK_UPDATE_AFFECT_LIVE
FORWARD = "<forward mode='nat'><nat><port start='30000' end='30999'/></nat></forward>"


@contextlib.contextmanager
def tree(side):
    """A root for two systems, one after the other; what they leave running is ended."""
    hosts.machine(side)
    root = os.path.join(side.root, "takeover")
    shutil.rmtree(root, ignore_errors=True)
    os.makedirs(root)
    os.chmod(root, 0o755)
    try:
        yield root
    finally:
        here = hosts.Namespace(os.getpid())
        for pid in hosts.processes_in(here, "dnsmasq"):
            os.kill(pid, signal.SIGKILL)
        for name in ("swnet0", "swnet1"):
            here.run("ip", "link", "delete", name, check_it=False)
        here.run("nft", "flush", "ruleset")
        shutil.rmtree(root, ignore_errors=True)


def make_networks(side):
    """One that is defined and runs, one that only runs, one that is only defined."""
    with side.connection() as conn:
        ip = ipv4(7, HOST % (MAC % 0xb1, "fixed", 7)) + "<ip family='ipv6' address='2001:db8:7::1' prefix='64'/>"
        more = "<dns><host ip='192.168.7.5'><hostname>five</hostname></host></dns>"
        net = conn.networkDefineXML(document(forward=FORWARD, ip=ip, more=more))
        net.create()
        net.setAutostart(1)
        conn.networkCreateXML(document("sw-net2", "swnet1", ip=ipv4(8, HOST % (MAC % 0xb2, "other", 8))))
        conn.networkDefineXML(document("sw-net3", "swnet2", ip=ipv4(9)))


def plain(xml):
    """A document without what daemons write in more than one way."""
    return ElementTree.canonicalize(xml, strip_text=True).replace("><", ">\n<")


def described(side):
    with side.connection() as conn:
        return {net.name(): (net.UUIDString(), net.isActive(), net.isPersistent(), net.autostart() if net.isPersistent() else 0,
                             net.bridgeName(), plain(net.XMLDesc()),
                             plain(net.XMLDesc(libvirt.VIR_NETWORK_XML_INACTIVE)) if net.isPersistent() else "",
                             [lease["ipaddr"] for lease in net.DHCPLeases()] if net.isActive() else [])
                for net in conn.listAllNetworks()}


def compare(got, wanted):
    equal(sorted(got), sorted(wanted), "the networks")
    for name, values in wanted.items():
        for what, a, b in zip(("uuid", "activity", "persistence", "autostart", "bridge", "document", "definition", "leases"), got[name], values):
            equal(a, b, "the %s of %s" % (what, name))


def takes_over(side, first, second):
    """Networks made by @first are found by @second as they are."""
    with first, contextlib.ExitStack() as stack:
        one = first.sides[0]
        make_networks(one)
        outside = stack.enter_context(world(one, ["192.168.7.0/24"]))
        host = stack.enter_context(guest(one, "swnet0", mac=MAC % 0xb1))
        other = stack.enter_context(guest(one, "swnet1", mac=MAC % 0xb2))
        check(host.udhcpc("-x", "hostname:fixed") and other.udhcpc(), "there are no leases")
        stream = stack.enter_context(host.socket(socket.SOCK_STREAM, WORLD))
        stream.settimeout(5)
        stream.connect((WORLD, WEB))
        with one.connection() as conn:
            for name in ("sw-net", "sw-net2"):
                eventually(conn.networkLookupByName(name).DHCPLeases, "the lease is known")
        before = described(one)
        servers = hosts.dnsmasqs(one, "sw-net")
        first.leave()
        check(servers and all(alive(pid) for pid in servers), "dnsmasq ended with its daemon")
        equal((host.udp(WORLD) or [None])[0], GATE, "whom the world saw without a daemon")
        with second:
            two = second.sides[0]
            compare(described(two), before)
            still_works(two, host, other, outside, stream)
            ends(two)


def still_works(side, host, other, outside, stream):
    stream.sendall(b"GET / HTTP/1.0\r\n\r\n")
    check(b"200 OK" in stream.recv(1000), "a connection that was open is broken")
    asked = host.udp(WORLD)
    check(asked and asked[0] == GATE and 30000 <= asked[1] <= 30999, "the world saw %s", asked)
    equal((outside.udp("192.168.7.9", times=1), other.udp(WORLD, times=1)), (None, None), "what should not come through")
    check(host.udhcpc() and other.udhcpc(), "there are no leases")
    equal(host.dig("192.168.7.1", "five"), ["192.168.7.5"], "a name")
    with side.connection() as conn:
        net = conn.networkLookupByName("sw-net")
        row = "<host mac='%s' ip='192.168.7.8'/>" % (MAC % 0xb3)
        net.update(libvirt.VIR_NETWORK_UPDATE_COMMAND_ADD_LAST, libvirt.VIR_NETWORK_SECTION_IP_DHCP_HOST, -1, row, LIVE)
        with guest(side, "swnet0", mac=MAC % 0xb3) as late:
            told = late.udhcpc()
            equal(told and told["ip"], "192.168.7.8", "the address of a host that was added")


def ends(side):
    """They end as if they had always been this daemon's, and start again."""
    with side.connection() as conn:
        for net in conn.listAllNetworks(libvirt.VIR_CONNECT_LIST_NETWORKS_ACTIVE):
            net.destroy()
        for name, bridge in (("sw-net", "swnet0"), ("sw-net2", "swnet1")):
            # A stock daemon does not know our table; of its own rules we leave nothing.
            parts = ("bridge", "dnsmasq") if side.stock else ("bridge", "dnsmasq", "rules")
            left = [t for t in hosts.traces(side, name, bridge) if t in parts or t.endswith("%s.xml" % name)]
            equal(left, [], "what is left of " + name)
        equal([n.name() for n in conn.listAllNetworks() if n.isActive()], [], "those that run")
        equal(sorted(n.name() for n in conn.listAllNetworks()), ["sw-net", "sw-net3"], "those that are defined")
        net = conn.networkLookupByName("sw-net")
        net.create()
        with guest(side, "swnet0", mac=MAC % 0xb1) as host:
            check(host.udhcpc(), "there is no lease of the network that started again")
        net.destroy()
        for net in conn.listAllNetworks():
            net.undefine()


@case("takeover: a stock daemon's networks", once=True)
def from_stock(side):
    with tree(side) as root:
        takes_over(side, StockSystem(root, share_network=True), side.system.fresh(root, DAEMONS, share_network=True))
        if not side.stock:
            rules = "".join(hosts.Namespace(os.getpid()).run(program) for program in ("iptables-save", "ip6tables-save"))
            left = [line for line in rules.splitlines() if re.search(r"swnet|192\.168\.[78]\.|2001:db8:7", line)]
            equal(left, [], "the stock daemon's rules that are left")


@case("takeover: our networks by a stock daemon", ours=True, once=True)
def to_stock(side):
    with tree(side) as root:
        takes_over(side, side.system.fresh(root, DAEMONS), StockSystem(root, share_network=True))
