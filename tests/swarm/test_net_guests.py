# SPDX-License-Identifier: LGPL-2.1-or-later
"""Guests on virtual networks, as virtqemud sees it: networks that stop and start under them, network daemons that are
away, hang or come back.  With a stock daemon as the network daemon, and with our own."""
import concurrent.futures
import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import time

import libvirt

import guest as linux_guest
import stock
from cases import case
from systems import StockSystem
from test_crash import back
from test_network import (MAC, interface, limit, links, network_daemon, require_own_network, run_there, target,
                          without_network_daemon)
from world import check, equal, eventually, make, tiny

NET = "<network><name>swnet</name><bridge name='swnet0'%s/>%s<ip address='192.0.2.1' netmask='255.255.255.0'/></network>"


def on_network(name="swnet", number=1, inner="", **kw):
    return interface("network", "<source network='%s'%s/>%s" % (name, kw.pop("source", ""), inner), number=number, **kw)


@contextlib.contextmanager
def own_daemon(side):
    """Our virtnetworkd; gives a connection to it."""
    require_own_network(side)
    path = side.path("/run/libvirt/virtnetworkd-sock")
    if not side.stock:
        check(os.path.exists(path), "no virtnetworkd is there")
    uri = side.uri() if side.stock else "network+unix:///system?socket=" + path
    conn = libvirt.open(uri)
    try:
        yield conn
    finally:
        with contextlib.suppress(libvirt.libvirtError):
            conn.close()
        with contextlib.closing(libvirt.open(uri)) as conn:
            clear(conn)


def clear(conn):
    for net in conn.listAllNetworks():
        for step in ("destroy", "undefine") if net.name().startswith("swnet") else ():
            with contextlib.suppress(libvirt.libvirtError):
                getattr(net, step)()


DAEMONS = {"stock": network_daemon, "own": own_daemon}


def each_daemon(name, slow_with_stock=False, **kw):
    """A case with a stock daemon as the network daemon, and one with ours, which also runs against stock as a whole."""
    def register(function):
        case("net guests: %s, with a stock network daemon" % name, once=True, ours=True, slow=kw.get("slow", slow_with_stock))(
            lambda side: with_daemon(side, "stock", function))
        case("net guests: %s" % name, once=True, **kw)(lambda side: with_daemon(side, "own", function))
        return function
    return register


def own_case(name, **kw):
    return lambda function: case("net guests: " + name, once=True, **kw)(lambda side: with_daemon(side, "own", function))


def with_daemon(side, which, function):
    with DAEMONS[which](side) as netd:
        function(side, netd)


@contextlib.contextmanager
def network(netd, xml=NET % ("", "")):
    net = netd.networkDefineXML(xml)
    try:
        net.create()
        yield net
    finally:
        for step in (net.destroy, net.undefine):
            with contextlib.suppress(libvirt.libvirtError):
                step()


def ports(net):
    """By their ids; those that go meanwhile are left out."""
    found = {}
    for port in net.listAllPorts():
        with contextlib.suppress(libvirt.libvirtError):
            found[port.UUIDString()] = port.XMLDesc()
    return found


def live_port(dom, number=1):
    part = next(p for p in dom.XMLDesc().split("<interface ")[1:] if MAC % number in p).split("</interface>")[0]
    return re.search(r"portid='([^']*)'", part).group(1)


def master(side, name):
    return links(side).get(name, {}).get("master")


def fails(code, call, *words):
    try:
        call()
    except libvirt.libvirtError as e:
        equal(e.get_error_code(), code, "the code of '%s'" % e)
        for word in words:
            check(word in str(e), "'%s' is not in '%s'", word, e)
    else:
        raise AssertionError("it was done")


# ---- a network that stops and starts ------------------------------------------------------------------

def restart(net):
    net.destroy()
    net.create()


@each_daemon("a network stops and starts", ours=True)
def stops_and_starts(side, netd):
    with network(netd) as net:
        devices = on_network(inner="<port isolated='yes'/>") + on_network(number=2)
        with side.guest("sw-net", devices=devices, state="paused") as dom:
            taps, before = [target(dom, n) for n in (1, 2)], ports(net)
            document = dom.XMLDesc()
            net.destroy()
            equal([master(side, t) for t in taps], [None, None], "the taps' bridge without the network")
            equal(dom.XMLDesc(), document, "the document without the network")
            net.create()
            eventually(lambda: [master(side, t) for t in taps] == ["swnet0"] * 2, "the taps are back on the bridge")
            eventually(lambda: ports(net) == before, "the ports are back")
            check(" isolated on" in run_there(side, "bridge", "-d", "link", "show", "dev", taps[0]), "the first is not isolated")
            check(" isolated off" in run_there(side, "bridge", "-d", "link", "show", "dev", taps[1]), "the second is isolated")
            equal(dom.XMLDesc(), document, "the document after all")
            restart(net)
            eventually(lambda: ports(net) == before and master(side, taps[0]) == "swnet0", "all is back once more")
            dom.destroy()
            eventually(lambda: ports(net) == {}, "the ports are given back")


@each_daemon("fifty guests when their network starts again", slow_with_stock=True, ours=True)
def fifty(side, netd):
    with network(netd) as net, side.connection() as conn:
        names = ["sw-net%d" % i for i in range(50)]
        try:
            doms = [make(conn, tiny(n, devices=on_network(number=i)), "paused") for i, n in enumerate(names)]
            before = ports(net)
            equal(len(before), 50, "ports")
            net.destroy()
            net.create()
            eventually(lambda: sum(link.get("master") == "swnet0" for link in links(side).values()) == 50, "all taps are back", 2)
            eventually(lambda: ports(net) == before, "all ports are back", 5)
            equal({live_port(d, i) for i, d in enumerate(doms)}, set(before), "the ports in the documents")
        finally:
            side.remove(*names)
        eventually(lambda: ports(net) == {}, "the ports are given back")


@own_case("somebody removes the bridge of a network", ours=True)
def bridge_removed(side, netd):
    with network(netd) as net, side.guest("sw-net", devices=on_network(), state="paused") as dom:
        before, name, document = ports(net), target(dom), dom.XMLDesc()
        run_there(side, "ip", "link", "delete", "swnet0")
        eventually(lambda: not net.isActive(), "the network is inactive")
        equal((master(side, name), dom.XMLDesc()), (None, document), "the tap's bridge, and the document")
        fails(libvirt.VIR_ERR_OPERATION_INVALID, lambda: dom.attachDeviceFlags(on_network(number=2), 1), "swnet0")
        net.create()
        eventually(lambda: master(side, name) == "swnet0" and ports(net) == before, "the tap and the port are back", 3)
        equal(dom.XMLDesc(), document, "the document after all")
        # And when both have just come back.
        side.system.kill("virtqemud")
        side.system.kill("virtnetworkd")
        run_there(side, "ip", "link", "delete", "swnet0")
        back(side)
        path = side.path("/run/libvirt/virtnetworkd-sock")
        with contextlib.closing(libvirt.open("network+unix:///system?socket=" + path)) as again, side.connection() as conn:
            net, dom = again.networkLookupByName("swnet"), conn.lookupByName("sw-net")
            eventually(lambda: not net.isActive(), "the network is inactive without its bridge")
            net.create()
            eventually(lambda: master(side, name) == "swnet0" and ports(net) == before, "the tap and the port are back again", 3)
            dom.destroy()
            eventually(lambda: ports(net) == {}, "the port is given back")
            net.destroy()
            net.undefine()


@case("net guests: a bridge of the host goes and comes", ours=True, once=True)
def host_bridge(side):
    require_own_network(side)
    run_there(side, "ip", "link", "add", "swbr0", "type", "bridge")
    try:
        with side.guest("sw-net", devices=interface("bridge", "<source bridge='swbr0'/>"), state="paused") as dom:
            run_there(side, "ip", "link", "delete", "swbr0")
            equal(master(side, target(dom)), None, "the tap's bridge without it")
            run_there(side, "ip", "link", "add", "swbr0", "type", "bridge")
            eventually(lambda: master(side, target(dom)) == "swbr0", "the tap is back on the bridge", 1)
            # While nobody looks.
            run_there(side, "ip", "link", "delete", "swbr0")
            side.system.kill("virtqemud")
            run_there(side, "ip", "link", "add", "swbr0", "type", "bridge")
            back(side)
            with side.connection() as conn:
                name = target(conn.lookupByName("sw-net"))
            eventually(lambda: master(side, name) == "swbr0", "a later daemon puts it back")
    finally:
        run_there(side, "ip", "link", "delete", "swbr0", check_it=False)


@each_daemon("a network starts again while virtqemud is away", ours=True)
def away(side, netd):
    with network(netd) as net:
        with side.guest("sw-net", devices=on_network(), state="paused") as dom:
            before, name, document = ports(net), target(dom), dom.XMLDesc()
            side.system.kill("virtqemud")
            restart(net)
            back(side)
            eventually(lambda: ports(net) == before, "the port is back")
            equal(master(side, name), "swnet0", "the tap's bridge")
            with side.connection() as conn:
                dom = conn.lookupByName("sw-net")
                equal(dom.XMLDesc(), document, "the document")
                dom.destroy()
            equal(ports(net), {}, "the ports afterwards")


# ---- a network daemon that is away or hangs -------------------------------------------------------------

def daemon_pid(side):
    """The process of the network daemon, stock's or ours."""
    for pid in stock.children_of(os.getpid()):
        with contextlib.suppress(OSError):
            if os.readlink("/proc/%d/exe" % pid) == "/usr/sbin/libvirtd":
                return pid
    return side.system.pid("virtnetworkd")


@contextlib.contextmanager
def hanging(side):
    pid = daemon_pid(side)
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def took(call):
    began = time.monotonic()
    call()
    return time.monotonic() - began


@case("net guests: without a network daemon", ours=True, once=True)
def absent(side):
    require_own_network(side)
    with without_network_daemon(side) as path:
        with side.guest("sw-net", devices=interface("user"), state="paused") as dom:
            fails(libvirt.VIR_ERR_NO_SUPPORT, lambda: dom.attachDeviceFlags(on_network(number=2), 1), path, "virtnetworkd.socket")
            check(MAC % 2 not in dom.XMLDesc(), "it is attached")
        with side.guest("sw-net", devices=on_network()) as dom:
            fails(libvirt.VIR_ERR_NO_SUPPORT, dom.create, path, "virtnetworkd.socket")
        # A socket that nobody serves, as a masked unit's may be.
        with socket.socket(socket.AF_UNIX) as dead, side.guest("sw-net", devices=on_network()) as dom:
            dead.bind(path)
            fails(libvirt.VIR_ERR_SYSTEM_ERROR, dom.create, path, "virtnetworkd.socket")
            os.unlink(path)


@each_daemon("a network daemon that is away while guests end", slow_with_stock=True, ours=True)
def ends_without(side, netd):
    with network(netd) as net, side.guest("sw-net", devices=on_network() + on_network(number=2), state="paused") as dom:
        equal(len(ports(net)), 2, "ports")
        with without_network_daemon(side):
            dom.destroy()
        eventually(lambda: ports(net) == {}, "the ports are given back later")
        eventually(lambda: not os.listdir(side.path("/run/libvirt/qemu/net")), "nothing is written down")
        # And by a later daemon.
        dom.create()
        with without_network_daemon(side):
            dom.destroy()
            side.system.kill("virtqemud")
        equal(len(ports(net)), 2, "ports that nobody removed")
        back(side)
        eventually(lambda: ports(net) == {}, "the ports are given back by the next daemon")


@each_daemon("a network daemon that hangs", slow_with_stock=True, ours=True)
def hangs(side, netd):
    with network(netd) as net, side.connection() as conn, side.guest("sw-net2") as other:
        dom = make(conn, tiny("sw-net", devices=on_network() + on_network(number=2)), "paused")
        try:
            with hanging(side):
                check(took(dom.XMLDesc) < 1 and took(dom.info) < 1, "a query waits")
                check(took(lambda: conn.getAllDomainStats()) < 1, "statistics wait")
                check(took(other.create) < 8, "a guest without networks does not start")
                lease = libvirt.VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_LEASE
                asked = [took(lambda: fails(libvirt.VIR_ERR_OPERATION_TIMEOUT, lambda: dom.interfaceAddresses(lease), "virtnetworkd"))
                         for _ in range(2)]
                check(asked[0] < 6 and asked[1] < 2, "leases are waited for: %s", asked)
                check(took(dom.destroy) < 6, "a destruction waits")
                with concurrent.futures.ThreadPoolExecutor(1) as pool:
                    start = pool.submit(side.virsh, "start", "sw-net")
                    time.sleep(0.5)
                    check(took(lambda: side.virsh("destroy", "sw-net")) < 6, "the destruction of a guest that starts waits")
                    check("virtnetworkd" in start.result(20).err, "the start's error: %s", start.result())
                equal(dom.isActive(), 0, "the guest's activity")
            eventually(lambda: ports(net) == {}, "the ports are given back later", 15)
            dom.create()
            equal(len(ports(net)), 2, "ports of a start that works")
        finally:
            side.remove("sw-net")


@each_daemon("an interface is detached while the network daemon hangs", slow_with_stock=True, ours=True)
def detached(side, netd):
    with network(netd) as net, linux_guest.running(side, "sw-netlinux", devices=on_network()) as dom:
        with hanging(side):
            check(took(lambda: dom.detachDeviceFlags(on_network(), 1)) < 8, "a detachment waits")
            equal(eventually(lambda: MAC % 1 not in dom.XMLDesc(), "it is detached"), True, "it")
        dom.attachDeviceFlags(on_network(), 1)
        port = live_port(dom)
        eventually(lambda: list(ports(net)) == [port], "the first port is given back, the second is not", 15)
        check(port in recorded(side, "sw-netlinux"), "the second is not written down")
        dom.destroy()
        equal(ports(net), {}, "the ports afterwards")


def recorded(side, name):
    folder = side.path("/run/libvirt/qemu/net")
    texts = [open(os.path.join(folder, f), encoding="utf-8").read() for f in os.listdir(folder) if "-%s-" % name in f]
    return "\n".join(texts)


@each_daemon("a start that a hanging network daemon keeps waiting", ours=True, slow=True)
def start_hangs(side, netd):
    with network(netd), side.guest("sw-net", devices=on_network()) as dom:
        with hanging(side):
            seconds = took(lambda: fails(libvirt.VIR_ERR_OPERATION_TIMEOUT, dom.create, "virtnetworkd"))
            check(20 < seconds < 40, "it took %.0f s", seconds)
        # The service manager may have had enough of it.
        path = side.path("/run/libvirt/virtnetworkd-sock")
        with contextlib.closing(libvirt.open("network+unix:///system?socket=" + path)) as again:
            net = again.networkLookupByName("swnet")
            eventually(lambda: ports(net) == {}, "no port is left", 40)
            net.destroy()
            net.undefine()



# ---- networks of each kind -------------------------------------------------------------------------------

IP = "<ip address='192.0.2.1' netmask='255.255.255.0'/>"
KINDS = {
    "isolated": ("<bridge name='swnet0'/>", "network"),
    "isolated with an address": ("<bridge name='swnet0'/>" + IP, "network"),
    "nat": ("<forward mode='nat'/><bridge name='swnet0'/>" + IP, "network"),
    "route": ("<forward mode='route'/><bridge name='swnet0'/>" + IP, "network"),
    "open": ("<forward mode='open'/><bridge name='swnet0'/>" + IP, "network"),
    "bridge": ("<forward mode='bridge'/><bridge name='swbr0'/>", "bridge"),
}


@contextlib.contextmanager
def host_bridge_there(side):
    run_there(side, "ip", "link", "add", "swbr0", "mtu", "1400", "type", "bridge")
    try:
        run_there(side, "ip", "link", "set", "swbr0", "up")
        yield
    finally:
        run_there(side, "ip", "link", "delete", "swbr0", check_it=False)


@own_case("networks of each kind")
def kinds(side, netd):
    with host_bridge_there(side):
        for kind, (inner, plug) in KINDS.items():
            bridge = re.search(r"bridge name='([^']*)'", inner).group(1)
            with network(netd, "<network><name>swnet</name>%s</network>" % inner) as net:
                with side.guest("sw-net", devices=on_network(), state="paused") as dom:
                    equal(master(side, target(dom)), bridge, "%s: the tap's bridge" % kind)
                    port = net.portLookupByUUIDString(live_port(dom))
                    xml = re.sub(r"\s*\n\s*", "", port.XMLDesc())
                    check("<owner><name>sw-net</name><uuid>%s</uuid></owner><mac address='%s'/><plug type='%s' bridge='%s'/>"
                          % (dom.UUIDString(), MAC % 1, plug, bridge) in xml, "%s: the port is %s", kind, xml)
                    check("bridge='%s'" % bridge in dom.XMLDesc(), "%s: the live document: %s", kind, dom.XMLDesc())
                    check("portid" not in dom.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE), "%s: a port in the definition", kind)
                    check("connections='1'" in net.XMLDesc(), "%s: the network has no connection: %s", kind, net.XMLDesc())
                    dom.attachDeviceFlags(on_network(number=2), 1)
                    equal(set(ports(net)), {live_port(dom), live_port(dom, 2)}, "%s: ports" % kind)
                    equal(master(side, target(dom, 2)), bridge, "%s: the second tap's bridge" % kind)
                    fails(libvirt.VIR_ERR_NO_NETWORK, lambda: dom.attachDeviceFlags(on_network("swnone", number=3), 1), "swnone")
                    dom.destroy()
                    eventually(lambda: ports(net) == {}, "%s: the ports are given back" % kind)
                check("connections" not in net.XMLDesc(), "%s: connections without guests: %s", kind, net.XMLDesc())
                net.destroy()
                with side.guest("sw-net", devices=on_network()) as dom:
                    fails(libvirt.VIR_ERR_OPERATION_INVALID, dom.create, "swnet")


VLAN, OVS = "<vlan><tag id='5'/></vlan>", "<virtualport type='openvswitch'/>"
QBH = "<virtualport type='802.1Qbh'><parameters profileid='a'/></virtualport>"
FLOOR, ISOLATED = "<bandwidth><inbound average='10' floor='5'/></bandwidth>", "<port isolated='yes'/>"
NAT, HOST = KINDS["nat"][0], KINDS["bridge"][0]
MACVTAP, POOL = "<forward mode='bridge' dev='swdev0'/>", "<forward mode='hostdev'/>"
IS_NETWORK, IS_DOMAIN, IS_NET = libvirt.VIR_FROM_NETWORK, libvirt.VIR_FROM_DOMAIN, libvirt.VIR_FROM_NET
UNSUPPORTED = libvirt.VIR_ERR_CONFIG_UNSUPPORTED
REFUSALS = [
    (NAT, VLAN, UNSUPPORTED, IS_DOMAIN), (NAT, OVS, UNSUPPORTED, IS_NETWORK), (NAT, QBH, UNSUPPORTED, IS_NETWORK),
    (NAT, FLOOR, libvirt.VIR_ERR_OPERATION_UNSUPPORTED, IS_NETWORK), (HOST, FLOOR, libvirt.VIR_ERR_OPERATION_UNSUPPORTED, IS_NETWORK),
    (HOST, VLAN, UNSUPPORTED, IS_DOMAIN), (HOST, QBH, UNSUPPORTED, IS_NETWORK),
    (HOST + OVS, QBH, libvirt.VIR_ERR_XML_ERROR, IS_NET), (HOST + OVS, ISOLATED, UNSUPPORTED, IS_DOMAIN),
    (MACVTAP, VLAN, UNSUPPORTED, IS_DOMAIN), (MACVTAP, OVS, UNSUPPORTED, IS_NETWORK), (MACVTAP, ISOLATED, UNSUPPORTED, IS_DOMAIN),
    (MACVTAP, FLOOR, libvirt.VIR_ERR_OPERATION_UNSUPPORTED, IS_NETWORK), (POOL, "", libvirt.VIR_ERR_INTERNAL_ERROR, IS_NETWORK),
]


@own_case("what networks do not give to guests")
def refusals(side, netd):
    with host_bridge_there(side):
        for inner, wanted, code, origin in REFUSALS:
            what = "%s on %s" % (wanted, inner)
            with network(netd, "<network><name>swnet</name>%s</network>" % inner) as net, side.guest("sw-net", devices=on_network(inner=wanted)) as dom:
                try:
                    dom.create()
                    check(False, "%s starts", what)
                except libvirt.libvirtError as e:
                    equal((e.get_error_code(), e.get_error_domain()), (code, origin), "%s: %s" % (what, e))
                equal(ports(net), {}, what + ": the ports")


@own_case("networks of devices of the host")
def macvtap(side, netd):
    run_there(side, "ip", "link", "add", "swdev0", "type", "veth", "peer", "name", "swdev1")
    try:
        for mode in ("bridge", "private", "vepa", "passthrough"):
            with network(netd, "<network><name>swnet</name><forward mode='%s'><interface dev='swdev0'/></forward></network>" % mode) as net:
                with side.guest("sw-net", devices=on_network()) as dom:
                    try:
                        dom.create()
                        equal(re.search("<source [^>]*", dom.XMLDesc()).group(0).count("dev='swdev0' mode='%s'" % mode), 1, "the source")
                        equal(len(ports(net)), 1, "ports")
                        dom.destroy()
                    except libvirt.libvirtError as e:
                        equal(e.get_error_code(), libvirt.VIR_ERR_SYSTEM_ERROR, "the code of '%s'" % e)
                        check("macvtap" in str(e), "the error does not say what is missing: %s", e)
                    eventually(lambda: ports(net) == {}, "the port is given back")
                    check("connections" not in net.XMLDesc(), "connections without guests: %s", net.XMLDesc())
                if mode == "passthrough":
                    ask = ("<networkport><uuid>09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4%d</uuid><owner><name>g</name>"
                           "<uuid>19b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f</uuid></owner><mac address='52:54:00:00:00:01'/></networkport>")
                    port = net.portCreateXML(ask % 1)
                    if not side.stock:              # it forgets who has which
                        again = "<interface dev='swdev0' connections='7'/>"
                        for command in (libvirt.VIR_NETWORK_UPDATE_COMMAND_DELETE, libvirt.VIR_NETWORK_UPDATE_COMMAND_ADD_LAST):
                            net.update(command, libvirt.VIR_NETWORK_SECTION_FORWARD_INTERFACE, -1, again, 1)
                        check("<interface dev='swdev0' connections='1'/>" in net.XMLDesc(), "after an update: %s", net.XMLDesc())
                    fails(libvirt.VIR_ERR_INTERNAL_ERROR, lambda: net.portCreateXML(ask % 2))
                    port.delete()
                    net.portCreateXML(ask % 2).delete()
    finally:
        run_there(side, "ip", "link", "delete", "swdev0", check_it=False)


@contextlib.contextmanager
def card(side, n):
    """A network card swpf0 with @n virtual functions, as the kernel would show it, below the daemons' root."""
    sys = os.path.join(side.root, "sys")
    devices = os.path.join(sys, "bus/pci/devices")
    os.makedirs(os.path.join(devices, "0000:77:00.0"))
    os.makedirs(os.path.join(sys, "class/net/swpf0"))
    os.symlink("../../../bus/pci/devices/0000:77:00.0", os.path.join(sys, "class/net/swpf0/device"))
    for i in range(n):
        os.makedirs(os.path.join(devices, "0000:77:10.%d/net/swvf%d" % (i, i)))
        os.symlink("../0000:77:10.%d" % i, os.path.join(devices, "0000:77:00.0/virtfn%d" % i))
        os.symlink("../0000:77:00.0", os.path.join(devices, "0000:77:10.%d/physfn" % i))
    try:
        yield
    finally:
        shutil.rmtree(sys)


PORT = ("<networkport><uuid>09b11c53-8b5c-4eeb-8f00-d84eaa0aaa%02d</uuid><owner><name>g</name>"
        "<uuid>19b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f</uuid></owner><mac address='52:54:00:00:00:%02d'/></networkport>")


@own_case("virtual functions of a card", ours=True)
def functions(side, netd):
    with card(side, 3):
        for forward, plug in (("mode='hostdev' managed='yes'", r"<plug type='hostdev-pci' managed='yes'>\s*<address [^>]*bus='0x77' slot='0x10' function='0x%d'"),
                              ("mode='passthrough'", r"<plug type='direct' dev='swvf%d' mode='passthrough'/>")):
            with network(netd, "<network><name>swnet</name><forward %s><pf dev='swpf0'/></forward></network>" % forward) as net:
                made = [net.portCreateXML(PORT % (i, i)) for i in range(3)]
                for i, port in enumerate(made):
                    check(re.search(plug % i, port.XMLDesc()), "the port %d: %s", i, port.XMLDesc())
                equal(net.XMLDesc().count("connections='1'"), 3, "functions in use: " + net.XMLDesc())
                fails(libvirt.VIR_ERR_INTERNAL_ERROR, lambda: net.portCreateXML(PORT % (7, 7)), "swnet")
                made[1].delete()
                check(re.search(plug % 1, net.portCreateXML(PORT % (7, 7)).XMLDesc()), "the function that is free again is not given")
                equal(net.XMLDesc(libvirt.VIR_NETWORK_XML_INACTIVE).count("swvf") + net.XMLDesc(1).count("0x77"), 0, "functions in the definition")
                # Who has which is known to the next daemon.
                before = ports(net)
                side.system.kill("virtnetworkd")
                path = side.path("/run/libvirt/virtnetworkd-sock")
                with contextlib.closing(libvirt.open("network+unix:///system?socket=" + path)) as again:
                    net = again.networkLookupByName("swnet")
                    equal(ports(net), before, "the ports")
                    fails(libvirt.VIR_ERR_INTERNAL_ERROR, lambda: net.portCreateXML(PORT % (8, 8)), "swnet")
                    net.destroy()
                    net.undefine()
            netd = libvirt.open("network+unix:///system?socket=" + path)
        netd.close()


GROUPS = """<network><name>swnet</name><bridge name='swnet0'/><bandwidth><inbound average='10000'/></bandwidth>%s
<portgroup name='slow' default='yes'><bandwidth><inbound average='100'/></bandwidth></portgroup>
<portgroup name='fast'><bandwidth><inbound average='1000'/></bandwidth></portgroup></network>""" % IP


def classes(side):
    return set(re.findall(r"class htb 1:(\d+) ", run_there(side, "tc", "class", "show", "dev", "swnet0")))


# Stock needs a scheduler that this kernel may lack (sfq).
@own_case("bandwidth of port groups, floors, and changes", ours=True)
def bandwidth(side, netd):
    floor = "<bandwidth><inbound average='500' floor='%d'/></bandwidth>"
    devices = on_network() + on_network(number=2, source=" portgroup='fast'") + on_network(number=3, inner=floor % 200)
    with network(netd, GROUPS) as net:
        before = classes(side)
        with side.guest("sw-net", devices=devices, state="paused") as dom:
            equal([limit(side, target(dom, n)) for n in (1, 2, 3)], ["800Kbit", "8Mbit", "4Mbit"], "the rates of the taps")
            xml = net.portLookupByUUIDString(live_port(dom, 3)).XMLDesc()
            check("classID='3'" in xml and "floor='200'" in xml, "the third's port: %s", xml)
            check("<bandwidth classID='3'>" in dom.XMLDesc() or "classID" not in dom.XMLDesc(), "the live document: %s", dom.XMLDesc())
            equal(classes(side) - before, {"3"}, "new classes of the bridge")
            check("average='100'" in dom.XMLDesc() or "average='100'" in ports(net)[live_port(dom)], "the group's limit is nowhere")
            # More than there is.
            fails(libvirt.VIR_ERR_OPERATION_INVALID, lambda: dom.attachDeviceFlags(on_network(number=4, inner=floor % 9900), 1), "9900")
            check(MAC % 4 not in dom.XMLDesc(), "it is attached")
            equal(len(ports(net)), 3, "ports after a refusal")
            # Changes reach tap, document and port.
            dom.setInterfaceParameters(target(dom, 1), {"inbound.average": 300, "inbound.floor": 50}, libvirt.VIR_DOMAIN_AFFECT_LIVE)
            equal(limit(side, target(dom, 1)), "2400Kbit", "the new rate")
            xml = ports(net)[live_port(dom, 1)]
            check("average='300'" in xml and "floor='50'" in xml, "the port: %s", xml)
            equal(len(classes(side) - before), 2, "new classes of the bridge")
            dom.setInterfaceParameters(MAC % 1, {"inbound.average": 0, "inbound.floor": 0}, libvirt.VIR_DOMAIN_AFFECT_LIVE)
            check("<bandwidth" not in ports(net)[live_port(dom, 1)], "the port is limited: %s", ports(net)[live_port(dom, 1)])
            equal(classes(side) - before, {"3"}, "classes afterwards")
            # A network that starts again has the same promises.
            kept, document = ports(net), dom.XMLDesc()
            restart(net)
            eventually(lambda: ports(net) == kept, "the ports are back")
            equal(classes(side) - before, {"3"}, "classes after a restart")
            equal(dom.XMLDesc(), document, "the document after a restart")
            equal(limit(side, target(dom, 3)), "4Mbit", "the third's rate after a restart")
            dom.destroy()
            eventually(lambda: ports(net) == {}, "the ports are given back")
            equal(classes(side), before, "classes without guests")


@own_case("an interface changes while its guest runs", ours=True)
def changes(side, netd):
    limits = "<bandwidth><inbound average='%d'/></bandwidth>"
    with network(netd, GROUPS) as net, side.guest("sw-net", devices=on_network(), state="paused") as dom:
        name, port = target(dom), live_port(dom)
        equal(limit(side, name), "800Kbit", "the rate by the default group")
        dom.updateDeviceFlags(on_network(inner=limits % 300), 1)
        equal((limit(side, name), live_port(dom)), ("2400Kbit", port), "the rate of its own, and its port")
        check("average='300'" in ports(net)[port], "the port: %s", ports(net)[port])
        dom.updateDeviceFlags(on_network(inner=limits % 300 + "<link state='down'/>"), 1)
        check("<link state='down'/>" in dom.XMLDesc(), "the link is not down: %s", dom.XMLDesc())
        # Another group is another port.
        dom.updateDeviceFlags(on_network(source=" portgroup='fast'"), 1)
        equal(list(ports(net)), [live_port(dom)], "ports in another group")
        check("<group>fast</group>" in ports(net)[live_port(dom)] and "portgroup='fast'" in dom.XMLDesc(), "it is not in the group")
        equal((limit(side, name), master(side, name)), ("8Mbit", "swnet0"), "the rate by the group, and the bridge")
        fails(libvirt.VIR_ERR_NO_NETWORK, lambda: dom.updateDeviceFlags(on_network("swnone"), 1), "swnone")
        equal((len(ports(net)), limit(side, name), master(side, name)), (1, "8Mbit", "swnet0"), "after a change that failed")
        dom.destroy()
        eventually(lambda: ports(net) == {}, "the ports are given back")


@own_case("a guest that virt-install makes")
def virt_install(side, netd):
    if side.stock:
        address = side.uri()
    else:
        address = next(s for s in side.system.sides if s.name == "proxy").uri()
    with network(netd) as net:
        try:
            subprocess.run(["virt-install", "--connect", address, "--name", "sw-net", "--memory", "16", "--import", "--disk", "none",
                            "--network", "network=swnet,model=virtio", "--graphics", "none", "--osinfo", "detect=off,require=off",
                            "--noautoconsole", "--virt-type", "qemu"], check=True, capture_output=True, text=True, timeout=60)
            listed = side.ok("domiflist", "sw-net")
            check(re.search(r"vnet\d+ +network +swnet +virtio", listed), "domiflist: %s", listed)
            equal(len(ports(net)), 1, "ports")
        except subprocess.CalledProcessError as e:
            raise AssertionError("virt-install: " + e.stderr) from e
        finally:
            side.remove("sw-net")
        eventually(lambda: ports(net) == {}, "the port is given back")


# ---- guests and daemons that die ----------------------------------------------------------------------------

@own_case("a guest that crashes gives its port back")
def crash(side, netd):
    with network(netd) as net, side.guest("sw-net", devices=on_network(), state="paused") as dom:
        equal(len(ports(net)), 1, "ports")
        os.kill(side.qemu_pid("sw-net"), signal.SIGKILL)
        eventually(lambda: not dom.isActive(), "the guest is off")
        eventually(lambda: ports(net) == {}, "the port is given back")


@own_case("a network daemon that is killed and comes back", ours=True)
def killed(side, netd):
    with side.guest("sw-net", devices=on_network()) as dom:
        net = netd.networkDefineXML(NET % ("", ""))
        net.create()
        dom.createWithFlags(libvirt.VIR_DOMAIN_START_PAUSED)
        before, name = ports(net), target(dom)
        side.system.kill("virtnetworkd")
        path = side.path("/run/libvirt/virtnetworkd-sock")
        with contextlib.closing(libvirt.open("network+unix:///system?socket=" + path)) as again:
            net = again.networkLookupByName("swnet")
            equal(ports(net), before, "ports after a kill")
            check("connections='1'" in net.XMLDesc(), "its connections: %s", net.XMLDesc())
            equal(master(side, name), "swnet0", "the tap's bridge")
            dom.attachDeviceFlags(on_network(number=2), 1)
            equal(len(ports(net)), 2, "ports with a second")
            dom.destroy()
            eventually(lambda: ports(net) == {}, "the ports are given back")
            net.destroy()
            net.undefine()


@own_case("a network daemon that dies while guests wait for it", ours=True)
def dies(side, netd):
    with network(netd) as net, side.guest("sw-net", devices=on_network()) as dom, concurrent.futures.ThreadPoolExecutor(2) as pool:
        def meanwhile(call):
            """The daemon gets the call and dies of it."""
            pid = side.system.pid("virtnetworkd")
            os.kill(pid, signal.SIGSTOP)
            done = pool.submit(call)
            time.sleep(0.3)
            os.kill(pid, signal.SIGKILL)
            return done.result(25)

        meanwhile(lambda: dom.createWithFlags(libvirt.VIR_DOMAIN_START_PAUSED))
        path = side.path("/run/libvirt/virtnetworkd-sock")
        with contextlib.closing(libvirt.open("network+unix:///system?socket=" + path)) as again:
            net = again.networkLookupByName("swnet")
            equal(list(ports(net)), [live_port(dom)], "ports after the start")
            meanwhile(lambda: dom.setInterfaceParameters(MAC % 1, {"inbound.average": 300}, libvirt.VIR_DOMAIN_AFFECT_LIVE))
            meanwhile(lambda: dom.attachDeviceFlags(on_network(number=2), 1))
        with contextlib.closing(libvirt.open("network+unix:///system?socket=" + path)) as again:
            net = again.networkLookupByName("swnet")
            equal(set(ports(net)), {live_port(dom), live_port(dom, 2)}, "ports after an attachment")
            check("average='300'" in ports(net)[live_port(dom)], "the limit: %s", ports(net)[live_port(dom)])
            dom.destroy()
            eventually(lambda: ports(net) == {}, "the ports are given back")
            net.destroy()
            net.undefine()


def sockets_of(pid):
    found = 0
    for fd in os.listdir("/proc/%d/fd" % pid):
        with contextlib.suppress(OSError):
            found += os.readlink("/proc/%d/fd/%s" % (pid, fd)).startswith("socket:")
    return found


@own_case("many guests start at once", ours=True)
def many(side, netd):
    names = ["sw-net%d" % i for i in range(12)]
    with network(netd) as net, side.connection() as conn:
        pid = side.system.pid("virtnetworkd")
        idle = sockets_of(pid)
        try:
            doms = [make(conn, tiny(n, devices=on_network(number=i)), "off") for i, n in enumerate(names)]
            with concurrent.futures.ThreadPoolExecutor(12) as pool:
                list(pool.map(lambda d: d.createWithFlags(libvirt.VIR_DOMAIN_START_PAUSED), doms))
            equal(set(ports(net)), {live_port(d, i) for i, d in enumerate(doms)}, "ports")
            equal(len({target(d, i) for i, d in enumerate(doms)}), 12, "taps")
            check("connections='12'" in net.XMLDesc(), "connections: %s", net.XMLDesc())
            listed = side.ok("net-port-list", "swnet")
            check(all(uuid in listed for uuid in ports(net)), "net-port-list: %s", listed)
            eventually(lambda: sockets_of(pid) <= idle, "no connection to the network daemon is kept")
            with concurrent.futures.ThreadPoolExecutor(12) as pool:
                list(pool.map(lambda d: d.destroy(), doms))
            eventually(lambda: ports(net) == {}, "the ports are given back")
        finally:
            side.remove(*names)


@own_case("an interface comes, moves to another network and goes")
def comes_and_goes(side, netd):
    other_xml = "<network><name>swnet2</name><bridge name='swnet1'/></network>"
    with network(netd) as net, network(netd, other_xml) as other, linux_guest.running(side, "sw-netlinux") as dom:
        dom.attachDeviceFlags(on_network(), 1)
        equal(list(ports(net)), [live_port(dom)], "the port")
        dom.updateDeviceFlags(on_network("swnet2"), 1)
        equal((master(side, target(dom)), ports(net), list(ports(other))), ("swnet1", {}, [live_port(dom)]), "after the move")
        other.destroy()
        other.create()
        if not side.stock:
            eventually(lambda: list(ports(other)) == [live_port(dom)], "the port is back after a restart")
        dom.detachDeviceFlags(on_network("swnet2"), 1)
        eventually(lambda: MAC % 1 not in dom.XMLDesc(), "it is detached")
        eventually(lambda: ports(other) == {}, "the port is given back")


@case("net guests: a guest and its network that a stock daemon started", ours=True, once=True)
def taken_over(side):
    require_own_network(side)
    root = os.path.join(side.root, "guests-takeover")
    shutil.rmtree(root, ignore_errors=True)
    os.makedirs(root)
    os.chmod(root, 0o755)
    run_there(side, "ip", "link", "add", "swdev0", "type", "veth", "peer", "name", "swdev1")
    direct = interface("direct", "<source dev='swdev0' mode='bridge'/><target dev='swmv0'/>", number=3) if has_macvtap(side, "swdev0") else ""
    theirs = StockSystem(root, share_network=True)
    with theirs:
        with theirs.sides[0].connection() as conn:
            net = conn.networkDefineXML(NET % ("", ""))
            net.create()
            dom = make(conn, tiny("sw-net", devices=on_network() + on_network(number=2) + direct), "paused")
            before, document = ports(net), dom.XMLDesc()
            equal("swmv0" in links(side), direct != "", "its macvtap is there")
        theirs.leave()
        # The stock daemon saw its files at other places.
        status = root + "/run/libvirt/qemu/sw-net.xml"
        with open(status) as f:
            text = f.read()
        with open(status, "w") as f:
            f.write(text.replace("'/var/lib/libvirt", "'%s/var/lib/libvirt" % root))
        with side.system.fresh(root, "virtqemud,virtlogd,virtnetworkd") as system:
            is_now_ours(system.sides[0], before, document)
    check("swmv0" not in links(side), "the macvtap stays")
    run_there(side, "ip", "link", "delete", "swdev0")
    shutil.rmtree(root, ignore_errors=True)


def has_macvtap(side, device):
    made = subprocess.run(["ip", "link", "add", "link", device, "name", "swmv1", "type", "macvtap"], capture_output=True)
    run_there(side, "ip", "link", "delete", "swmv1", check_it=False)
    return made.returncode == 0


def is_now_ours(side, before, document):
    with own_daemon(side) as netd, side.connection() as conn:
        net, dom = netd.networkLookupByName("swnet"), conn.lookupByName("sw-net")
        equal((ports(net), dom.XMLDesc()), (before, document), "the ports and the document")
        restart(net)
        eventually(lambda: ports(net) == before and master(side, target(dom)) == "swnet0", "all is back after a restart")
        dom.destroy()
        eventually(lambda: ports(net) == {}, "the ports are given back")
        side.remove("sw-net")
