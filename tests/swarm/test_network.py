# SPDX-License-Identifier: LGPL-2.1-or-later
"""Guests' network interfaces and their host's ends.  The whole suite runs in a network namespace of its own, so
that bridges and taps made here are nobody else's."""
import contextlib
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import threading

import libvirt

import guest as linux_guest
import stock
import test_session
from cases import Skip, case
from test_crash import back
from world import check, equal, eventually, matches, tiny

MAC = "52:54:00:6e:65:%02x"


def interface(kind, inner="", number=1, model="virtio", attributes=""):
    return ("<interface type='%s'%s><mac address='%s'/>%s<model type='%s'/></interface>"
            % (kind, attributes, MAC % number, inner, model))


def on_bridge(bridge="swbr0", inner="", **kw):
    return interface("bridge", "<source bridge='%s'/>%s" % (bridge, inner), **kw)


# ---- the host's devices ----------------------------------------------------------------------------

def run_there(side, *argv, check_it=True):
    """A program in the network namespace of the side's daemon."""
    enter = ["nsenter", "-t", str(side.system.stock.proc.pid), "-n"] if side.stock else []
    done = subprocess.run([*enter, *argv], capture_output=True, text=True)
    if check_it:
        check(done.returncode == 0, "%s: %s", " ".join(argv), done.stderr)
    return done.stdout


def links(side):
    return {link["ifname"]: link for link in json.loads(run_there(side, "ip", "-j", "-d", "link"))}


def link(side, name):
    found = links(side).get(name)
    check(found, "there is no device %s", name)
    return found


def require_own_network(side):
    if os.geteuid() != 0 or side.system.name == "running":
        raise Skip("needs a network of its own")


@contextlib.contextmanager
def bridge(side, name="swbr0", mtu=1500, address=None):
    require_own_network(side)
    run_there(side, "ip", "link", "add", name, "mtu", str(mtu), "type", "bridge")
    try:
        run_there(side, "ip", "link", "set", name, "up")
        if address:
            run_there(side, "ip", "address", "add", address, "dev", name)
        yield name
    finally:
        run_there(side, "ip", "link", "delete", name, check_it=False)


def target(dom, number=1):
    """The name of the host's end, None if there is none."""
    xml = dom.XMLDesc()
    part = next(p for p in xml.split("<interface ")[1:] if MAC % number in p).split("</interface>")[0]
    found = re.search(r"<target dev='([^']*)'", part)
    return found.group(1) if found else None


def target_of(dom, number):
    return target(dom, number) if MAC % number in dom.XMLDesc() else None


def arguments(side, name):
    """The options of the guest's QEMU, by their first word: parsed where they are JSON."""
    with open("/proc/%d/cmdline" % side.qemu_pid(name)) as f:
        words = f.read().split("\0")
    found = {}
    for option, value in zip(words, words[1:]):
        if option in ("-netdev", "-device"):
            found.setdefault(option, []).append(json.loads(value))
    return found


def card(side, name):
    return next(d for d in arguments(side, name)["-device"] if "mac" in d)


def netdev(side, name):
    return arguments(side, name)["-netdev"][0]


def refused(side, devices, code, *words):
    """The start of a guest with these devices fails like that and leaves no tap."""
    before = set(links(side))
    with side.guest("sw-net", devices=devices) as dom:
        try:
            dom.create()
        except libvirt.libvirtError as e:
            equal(e.get_error_code(), code, "the code of '%s'" % e)
            for word in words:
                check(word in str(e), "'%s' is not in '%s'", word, e)
        else:
            raise AssertionError("it started")
    equal(set(links(side)), before, "the host's devices after a failed start")


# ---- taps ------------------------------------------------------------------------------------------

@case("network: a tap on a bridge")
def tap_on_bridge(side):
    with bridge(side, mtu=1400), side.guest("sw-net", devices=on_bridge(), state="paused") as dom:
        name = target(dom)
        matches(name, r"vnet\d+", "the name")
        found = link(side, name)
        equal(found["master"], "swbr0", "its bridge")
        equal(found["address"], "fe:54:00:6e:65:01", "its address")
        equal(found["mtu"], 1400, "its MTU")
        check("UP" in found["flags"], "it is not up: %s", found["flags"])
        equal(netdev(side, "sw-net")["type"], "tap", "QEMU's netdev")
        equal(card(side, "sw-net")["mac"], MAC % 1, "the card's address")
        check(target(dom) not in dom.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE), "a name made up is in the definition")
        dom.destroy()
        eventually(lambda: name not in links(side), "the tap is gone")
        dom.create()
        check(target(dom) != name, "the name %s is used again", name)


@case("network: names of taps")
def tap_names(side):
    require_own_network(side)
    with side.guest("sw-net", devices=interface("ethernet", "<target dev='swtap%d'/>"), state="paused") as dom:
        matches(target(dom), r"swtap\d+", "a name with its number made up")
        check(target(dom) in links(side), "there is no %s", target(dom))
        taken = target(dom)
        with side.guest("sw-net2", devices=interface("ethernet", "<target dev='swtap'/>", number=2), state="paused") as other:
            equal(target(other, 2), "swtap", "a name of its own")
            check("<target dev='swtap'/>" in other.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE), "it is not in the definition")
        refused_here(side, "sw-net2", taken)


def refused_here(side, name, taken):
    with side.guest(name, devices=interface("ethernet", "<target dev='%s'/>" % taken, number=2)) as other:
        with contextlib.suppress(libvirt.libvirtError):
            other.create()
            raise AssertionError("a second %s was made" % taken)
    check(taken in links(side), "the first %s is gone", taken)


@case("network: an ethernet interface with addresses and scripts", ours=True)
def ethernet(side):
    # Stock gives such addresses to containers' interfaces only.
    require_own_network(side)
    folder = os.path.join(side.root, "scripts")
    os.makedirs(folder, exist_ok=True)
    script, out = os.path.join(folder, "s.sh"), os.path.join(folder, "s.out")
    with contextlib.suppress(FileNotFoundError):
        os.unlink(out)
    with open(script, "w") as f:
        f.write("#!/bin/sh\necho \"$0 $*\" >> %s\n" % out)
    os.chmod(script, 0o755)
    devices = interface("ethernet", "<source><ip address='192.0.2.9' prefix='28'/>"
                        "<route family='ipv4' address='198.51.100.0' prefix='24' gateway='192.0.2.10'/></source>"
                        "<script path='%s'/><downscript path='%s'/>" % (script, script), model="e1000")
    with side.guest("sw-net", devices=devices, state="paused") as dom:
        name = target(dom)
        check("192.0.2.9/28" in run_there(side, "ip", "-br", "address", "show", name), "it has no address")
        check("198.51.100.0/24 via 192.0.2.10" in run_there(side, "ip", "route"), "there is no route")
        dom.destroy()
        with open(out) as f:
            equal(f.read().split("\n")[:-1], ["%s %s" % (script, name)] * 2, "what the scripts were told")


@case("network: somebody else's tap")
def unmanaged(side):
    require_own_network(side)
    run_there(side, "ip", "tuntap", "add", "dev", "swown0", "mode", "tap", "vnet_hdr")
    try:
        mac = link(side, "swown0")["address"]
        with side.guest("sw-net", devices=interface("ethernet", "<target dev='swown0' managed='no'/>"), state="paused"):
            equal(link(side, "swown0")["address"], mac, "its address")
        check("swown0" in links(side), "it is gone")
        refused(side, interface("ethernet", "<target dev='swown1' managed='no'/>"), libvirt.VIR_ERR_INTERNAL_ERROR)
    finally:
        run_there(side, "ip", "link", "delete", "swown0", check_it=False)


@case("network: queues, sizes and offloads")
def queues(side):
    devices = ("<interface type='bridge'><mac address='%s'/><source bridge='swbr0'/><model type='virtio'/>"
               "<driver queues='3' rx_queue_size='512' txmode='timer' event_idx='off' rss='on'><host csum='off' mrg_rxbuf='on'/>"
               "<guest ufo='off'/></driver><tune><sndbuf>1600</sndbuf></tune><mtu size='1300'/></interface>" % (MAC % 1))
    with bridge(side), side.guest("sw-net", devices=devices, state="paused") as dom:
        found, seen, tap = card(side, "sw-net"), netdev(side, "sw-net"), link(side, target(dom))
        for key, value in {"mq": True, "vectors": 8, "rx_queue_size": 512, "tx": "timer", "event_idx": False, "rss": True,
                           "csum": False, "mrg_rxbuf": True, "guest_ufo": False, "host_mtu": 1300}.items():
            equal(found.get(key), value, "the card's " + key)
        equal(len(seen["fds"].split(":")), 3, "the tap's descriptors")
        equal(seen["sndbuf"], 1600, "the tap's buffer")
        equal(tap["mtu"], 1300, "the tap's MTU")
        check(tap["linkinfo"]["info_data"]["multi_queue"], "the tap has one queue")


@case("network: what is not there, and what cannot be")
def refusals(side):
    with bridge(side):
        refused(side, on_bridge("swnone"), libvirt.VIR_ERR_SYSTEM_ERROR, "swnone")
        # The second one fails: the first one's tap goes too.
        refused(side, on_bridge() + on_bridge("swnone", number=2), libvirt.VIR_ERR_SYSTEM_ERROR, "swnone")
        refused(side, on_bridge(inner="<target dev='swbr0'/>"), libvirt.VIR_ERR_OPERATION_INVALID, "swbr0")
        refused(side, on_bridge(inner="<script path='/bin/true'/>"), libvirt.VIR_ERR_CONFIG_UNSUPPORTED, "scripts")
        if not side.stock:
            refused(side, on_bridge().replace("</interface>", "<driver queues='300'/></interface>"), libvirt.VIR_ERR_CONFIG_UNSUPPORTED, "256")
        refused(side, on_bridge(inner="<backend tap='/dev/swnone'/>"), libvirt.VIR_ERR_SYSTEM_ERROR, "/dev/swnone")
        refused(side, interface("user").replace("</interface>", "<driver queues='2'/></interface>"),
                libvirt.VIR_ERR_CONFIG_UNSUPPORTED)
        refused(side, interface("vdpa", "<source dev='/dev/swnone'/>"), libvirt.VIR_ERR_SYSTEM_ERROR, "/dev/swnone")
        refused(side, interface("direct", "<source dev='swnone' mode='bridge'/>"), libvirt.VIR_ERR_SYSTEM_ERROR, "swnone")


@case("network: types that no QEMU has", ours=True)
def no_such_types(side):
    require_own_network(side)
    refused(side, interface("null"), libvirt.VIR_ERR_CONFIG_UNSUPPORTED, "null")
    refused(side, interface("user", "<portForward proto='tcp'><range start='2022' to='22'/></portForward>"),
            libvirt.VIR_ERR_CONFIG_UNSUPPORTED, "passt")
    with bridge(side):
        refused(side, on_bridge(inner="<filterref filter='clean-traffic'/>"), libvirt.VIR_ERR_NO_SUPPORT, "virtnwfilterd-sock")


@case("network: a device of the host that is no virtual function", ours=True)
def no_function(side):
    require_own_network(side)
    refused(side, interface("hostdev", "<source><address type='pci' domain='0' bus='0xff' slot='0' function='0'/></source>"),
            libvirt.VIR_ERR_CONFIG_UNSUPPORTED, "0000:ff:00.0")


@case("network: no network daemon", ours=True)
def no_network_daemon(side):
    require_own_network(side)
    with without_network_daemon(side):
        refused(side, interface("network", "<source network='default'/>"), libvirt.VIR_ERR_NO_SUPPORT, "virtnetworkd-sock",
                "virtnetworkd.socket")


@case("network: sockets between guests")
def sockets(side):
    require_own_network(side)
    inner = "<source address='127.0.0.1' port='15558'/>"
    with side.guest("sw-net", devices=interface("server", inner), state="paused"):
        equal(netdev(side, "sw-net")["listen"], "127.0.0.1:15558", "the server")
        with side.guest("sw-net2", devices=interface("client", inner, number=2), state="paused"):
            equal(netdev(side, "sw-net2")["connect"], "127.0.0.1:15558", "the client")
    inner = "<source address='127.0.0.1' port='11115'><local address='127.0.0.1' port='11116'/></source>"
    with side.guest("sw-net", devices=interface("udp", inner), state="paused"):
        equal(netdev(side, "sw-net")["localaddr"], "127.0.0.1:11116", "where UDP comes in")


@case("network: user networking with addresses of its own")
def user_addresses(side):
    inner = "<ip family='ipv4' address='172.17.2.0' prefix='24'/><ip family='ipv6' address='2001:db8:ac10:fd01::' prefix='64'/>"
    with side.guest("sw-net", devices=interface("user", inner), state="paused"):
        found = netdev(side, "sw-net")
        equal({k: found.get(k) for k in ("net", "ipv6-prefix", "ipv6-prefixlen")},
              {"net": "172.17.2.0/24", "ipv6-prefix": "2001:db8:ac10:fd01::", "ipv6-prefixlen": 64}, "its addresses")


def serve_vhostuser(listener):
    """The least of a switch: answers what a card asks before its guest runs."""
    peer, _ = listener.accept()
    with peer:
        while True:
            header = peer.recv(12, socket.MSG_WAITALL)
            if len(header) < 12:
                return
            request, _flags, size = struct.unpack("III", header)
            if size:
                peer.recv(size, socket.MSG_WAITALL)
            if request in (1, 11):               # GET_FEATURES, GET_VRING_BASE
                peer.sendall(struct.pack("=IIIQ", request, 5, 8, 1 << 32 if request == 1 else 0))


@case("network: vhost-user")
def vhost_user(side):
    require_own_network(side)
    path = os.path.join(side.root, "switch.sock")
    devices = interface("vhostuser", "<source type='unix' path='%s' mode='client'/>" % path)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    refused(side, devices, libvirt.VIR_ERR_INTERNAL_ERROR, path)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        os.chmod(path, 0o777)
        listener.listen()
        thread = threading.Thread(target=serve_vhostuser, args=(listener,), daemon=True)
        thread.start()
        with side.guest("sw-net", devices=devices, state="paused") as dom:
            equal(netdev(side, "sw-net")["type"], "vhost-user", "QEMU's netdev")
            dom.destroy()
            thread.join(10)
            check(not thread.is_alive(), "the connection to the switch stays open")
    os.unlink(path)


def passts():
    """pid -> argv of the passt programs of this namespace."""
    mine, found = os.readlink("/proc/self/ns/net"), {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError), open("/proc/%s/cmdline" % pid) as f:
            argv = f.read().split("\0")[:-1]
            if argv and os.path.basename(argv[0]).startswith("passt") and os.path.exists("/proc/%s/ns/net" % pid):
                found[int(pid)] = argv
    return found


@case("network: passt", ours=True, once=True)
def passt(side):
    require_own_network(side)
    check(shutil.which("passt"), "passt is not installed")
    run_there(side, "ip", "link", "add", "swup0", "type", "veth", "peer", "name", "swup1")
    inner = ("<source dev='swup0'/><ip family='ipv4' address='192.0.2.50' prefix='24'/>"
             "<portForward proto='tcp'><range start='20022' to='22'/><range start='20080' end='20082' to='80'/></portForward>")
    try:
        run_there(side, "ip", "address", "add", "192.0.2.2/24", "dev", "swup0")
        for name in ("swup0", "swup1"):
            run_there(side, "ip", "link", "set", name, "up")
        run_there(side, "ip", "route", "add", "default", "via", "192.0.2.1")
        devices = interface("user", inner).replace("</interface>", "<backend type='passt'/></interface>")
        with side.guest("sw-net", devices=devices, state="paused") as dom:
            equal(netdev(side, "sw-net")["type"], "stream", "QEMU's netdev")
            found = list(passts().values())
            equal(len(found), 1, "the number of passts")
            check("20022:22,20080-20082:80-82" in found[0], "its ports are not passed on: %s", found[0])
            listening = run_there(side, "ss", "-Hltn", "sport", "=", ":20022")
            check("20022" in listening, "nobody listens on the forwarded port: %r", listening)
            dom.destroy()
            eventually(lambda: not passts(), "passt has ended")
        bad = devices.replace("swup0", "swnone")
        refused(side, bad, libvirt.VIR_ERR_INTERNAL_ERROR, "passt")
    finally:
        run_there(side, "ip", "link", "delete", "swup0", check_it=False)


@case("network: isolated ports", ours=True)
def isolated(side):
    # Stock looks for them in /sys, which does not show this namespace.
    with bridge(side), side.guest("sw-net", devices=on_bridge(inner="<port isolated='yes'/>"), state="paused") as dom:
        check(link(side, target(dom))["linkinfo"]["info_slave_data"]["isolated"], "it is not isolated")


@case("network: coalescing")
def coalescing(side):
    check(shutil.which("ethtool"), "ethtool is not installed")
    inner = "<coalesce><rx><frames max='7'/></rx></coalesce>"
    with bridge(side), side.guest("sw-net", devices=on_bridge(inner=inner), state="paused") as dom:
        out = run_there(side, "ethtool", "-c", target(dom))
        check(re.search(r"rx-frames:\s*7\b", out), "rx-frames is not 7: %s", out)


# ---- life ------------------------------------------------------------------------------------------

@case("network: taps outlive the daemon, and not their guest", ours=True)
def daemon_killed(side):
    # Stock may end when it finds a guest with a tap again.
    with bridge(side), side.guest("sw-net", devices=on_bridge(), state="paused") as dom:
        name = target(dom)
        side.system.kill("virtqemud")
        back(side)
        with side.connection() as conn:
            dom = conn.lookupByName("sw-net")
            equal(target(dom), name, "the name after a restart of the daemon")
            check(name in links(side), "the tap is gone with the daemon")
            with side.guest("sw-net2", devices=on_bridge(number=2), state="paused") as other:
                check(target(other, 2) != name, "another guest has the same name")
            dom.destroy()
            eventually(lambda: name not in links(side), "the tap is gone")


@case("network: figures")
def figures(side):
    devices = on_bridge() + interface("user", number=2)
    with bridge(side, address="192.0.2.1/24"), side.guest("sw-net", devices=devices, state="running") as dom:
        name = target(dom)
        run_there(side, "busybox", "ping", "-c", "1", "-W", "1", "192.0.2.77", check_it=False)
        counted = eventually(lambda: dom.interfaceStats(name)[1], "packets are counted") and dom.interfaceStats(name)
        equal(dom.interfaceStats(MAC % 1)[1] >= counted[1], True, "the same by the card's address")
        with side.connection() as conn:
            stats = conn.domainListGetStats([conn.lookupByName("sw-net")], libvirt.VIR_DOMAIN_STATS_INTERFACE)[0][1]
        equal(stats["net.count"], 2, "the number of interfaces")
        equal(stats["net.0.name"], name, "the name")
        check(stats["net.0.rx.pkts"] >= counted[1] and stats["net.0.tx.errs"] == 0, "the figures are %s", stats)
        check("net.1.rx.pkts" not in stats, "a user's interface counts: %s", stats)
        for device, code in ((MAC % 2, libvirt.VIR_ERR_INTERNAL_ERROR), ("nodev", libvirt.VIR_ERR_INVALID_ARG)):
            try:
                dom.interfaceStats(device)
                raise AssertionError("%s has statistics" % device)
            except libvirt.libvirtError as e:
                equal(e.get_error_code(), code, "the code for %s" % device)


@case("network: addresses by neighbours", ours=True)
def neighbours(side):
    # Stock cannot read what this kernel says of neighbours.
    with bridge(side, address="192.0.2.1/24"), side.guest("sw-net", devices=on_bridge(), state="paused") as dom:
        equal(dom.interfaceAddresses(libvirt.VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_ARP), {}, "the addresses of a silent guest")
        run_there(side, "ip", "neigh", "add", "192.0.2.7", "lladdr", MAC % 1, "dev", "swbr0")
        equal(dom.interfaceAddresses(libvirt.VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_ARP),
              {target(dom): {"hwaddr": MAC % 1, "addrs": [{"type": 0, "addr": "192.0.2.7", "prefix": 0}]}}, "its addresses")
        equal(dom.interfaceAddresses(libvirt.VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_LEASE), {}, "leases of no network")


# ---- bandwidth -------------------------------------------------------------------------------------

def limit(side, name):
    """The rate of a tap's queue, as tc says it; None: no limit."""
    found = re.search(r"rate (\S+)", run_there(side, "tc", "class", "show", "dev", name))
    return found.group(1) if found else None


@case("network: bandwidth", ours=True)
def bandwidth(side):
    # Stock needs a scheduler that this kernel may lack (sfq).
    inner = "<bandwidth><inbound average='1000' peak='5000' burst='1024'/></bandwidth>"
    with bridge(side), side.guest("sw-net", devices=on_bridge(inner=inner), state="paused") as dom:
        name = target(dom)
        equal(limit(side, name), "8Mbit", "the rate at the start")
        equal(dom.interfaceParameters(name, 0)["inbound.peak"], 5000, "the peak")
        dom.setInterfaceParameters(name, {"inbound.average": 2000}, libvirt.VIR_DOMAIN_AFFECT_LIVE)
        equal(limit(side, name), "16Mbit", "the new rate")
        equal(dom.interfaceParameters(name, libvirt.VIR_DOMAIN_AFFECT_LIVE)["inbound.peak"], 0, "the peak that was not given")
        equal(dom.interfaceParameters(MAC % 1, libvirt.VIR_DOMAIN_AFFECT_CONFIG)["inbound.average"], 1000, "the definition")
        check("<inbound average='2000'/>" in dom.XMLDesc(), "the live document: %s", dom.XMLDesc())
        try:
            dom.setInterfaceParameters(name, {"outbound.average": 128}, libvirt.VIR_DOMAIN_AFFECT_LIVE)
            check("police" in run_there(side, "tc", "filter", "show", "dev", name, "parent", "ffff:"), "nothing is policed")
        except libvirt.libvirtError as e:
            # A kernel without policing says so, and what was before holds.
            check(name in str(e) and "receives" in str(e), "the error is '%s'", e)
            check("<outbound" not in dom.XMLDesc(), "a limit that failed is in the document")
        equal(limit(side, name), "16Mbit", "the rate afterwards")
        for affect in (libvirt.VIR_DOMAIN_AFFECT_LIVE, libvirt.VIR_DOMAIN_AFFECT_CONFIG):
            dom.setInterfaceParameters(MAC % 1, {"inbound.average": 0, "outbound.average": 0}, affect)
        equal(limit(side, name), None, "the rate after all")
        check("<bandwidth>" not in dom.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE), "the definition is still limited")


@case("network: bandwidth of a definition")
def bandwidth_config(side):
    devices = on_bridge() + interface("user", number=2)
    with side.guest("sw-net", devices=devices) as dom:
        def fails(code, call):
            try:
                call()
                raise AssertionError("it was done")
            except libvirt.libvirtError as e:
                equal(e.get_error_code(), code, "the code of '%s'" % e)

        dom.setInterfaceParameters(MAC % 1, {"inbound.average": 10, "inbound.burst": 30, "outbound.average": 5}, 0)
        check("<inbound average='10' burst='30'/>" in dom.XMLDesc(), "the document: %s", dom.XMLDesc())
        dom.setInterfaceParameters(MAC % 1, {"inbound.average": 0}, 0)
        check("<inbound" not in dom.XMLDesc() and "<outbound average='5'/>" in dom.XMLDesc(), "the document: %s", dom.XMLDesc())
        fails(libvirt.VIR_ERR_CONFIG_UNSUPPORTED, lambda: dom.setInterfaceParameters(MAC % 2, {"inbound.average": 10}, 0))
        fails(libvirt.VIR_ERR_INVALID_ARG, lambda: dom.setInterfaceParameters("nodev", {"inbound.average": 10}, 0))
        fails(libvirt.VIR_ERR_OPERATION_INVALID, lambda: dom.interfaceParameters(MAC % 1, libvirt.VIR_DOMAIN_AFFECT_LIVE))
        fails(libvirt.VIR_ERR_INVALID_ARG, lambda: dom.interfaceParameters(MAC % 1, 3))


# ---- packets ---------------------------------------------------------------------------------------

@case("network: a guest is reached over its bridge", once=True)
def ping(side):
    devices = on_bridge().replace("</interface>", "<rom enabled='no'/></interface>")
    with bridge(side, address="192.0.2.1/24"), linux_guest.running(side, "sw-netlinux", devices=devices) as dom:
        stream = dom.connect().newStream(0)
        dom.openConsole(None, stream, libvirt.VIR_DOMAIN_CONSOLE_FORCE)
        stream.send(b"\nip link set eth0 up; ip address add 192.0.2.7/24 dev eth0; echo set-up-$?\n")
        eventually(lambda: "set-up-0" in linux_guest.log_text(side, "sw-netlinux"), "the guest has its address", 20)
        run_there(side, "busybox", "ping", "-c", "3", "-W", "5", "192.0.2.7")
        if not side.stock:
            found = dom.interfaceAddresses(libvirt.VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_ARP)
            equal(found[target(dom)]["addrs"][0]["addr"], "192.0.2.7", "the address by the host's neighbours")
        check(dom.interfaceStats(target(dom))[5] >= 3, "the guest's packets are not counted: %s", dom.interfaceStats(target(dom)))
        dom.attachDeviceFlags(on_bridge(number=2), 1)
        second = target(dom, 2)
        check(second in links(side), "the second interface has no tap")
        stream.send(b"until cat /sys/class/net/eth1/address 2>/dev/null; do sleep 1; done\n")
        eventually(lambda: "\n" + MAC % 2 in linux_guest.log_text(side, "sw-netlinux").replace("\r", ""), "the guest has it", 20)
        dom.detachDeviceFlags(on_bridge(number=2), 1)
        eventually(lambda: target_of(dom, 2) is None, "it is detached", 20)
        eventually(lambda: second not in links(side), "its tap is gone")
        stream.abort()


# ---- virtual networks ---------------------------------------------------------------------------------

VIRTUAL = """<network><name>swnet</name><bridge name='swnet0'/><ip address='192.0.2.1' netmask='255.255.255.0'>
<dhcp><range start='192.0.2.10' end='192.0.2.20'/></dhcp></ip></network>"""


@contextlib.contextmanager
def without_network_daemon(side):
    """None is reached for a block; gives the path of its socket."""
    path = side.path("/run/libvirt/virtnetworkd-sock")
    kept = path + ".kept"
    while os.path.exists(kept):
        kept += "+"
    there = os.path.exists(path)
    if there:
        os.rename(path, kept)
    try:
        yield path
    finally:
        if there:
            os.rename(kept, path)


def forget_stock_rules():
    """Its chains stay when it has gone, and would judge the packets of others."""
    for family in ("ip", "ip6"):
        for table in ("filter", "nat", "mangle"):
            subprocess.run(["nft", "delete", "table", family, table], capture_output=True, check=False)


@contextlib.contextmanager
def network_daemon(side):
    """A stock daemon in the place of virtnetworkd, on the same network; gives a connection to it."""
    require_own_network(side)
    with without_network_daemon(side) as path, stock.Stock(os.path.join(side.root, "netd"), share_network=True) as daemon:
        os.symlink(daemon.socket, path)
        try:
            conn = libvirt.open("network+unix:///system?socket=" + daemon.socket)
            yield conn
            conn.close()
        finally:
            os.unlink(path)
            forget_stock_rules()


@case("network: guests on a virtual network", ours=True, once=True)
def virtual_network(side):
    def on_network(name="swnet", number=1, inner=""):
        return interface("network", "<source network='%s'/>%s" % (name, inner), number=number)

    path = side.path("/run/libvirt/virtnetworkd-sock")
    with network_daemon(side) as netd:
        net = netd.networkCreateXML(VIRTUAL)
        refused(side, on_network("swnone"), libvirt.VIR_ERR_NO_NETWORK, "swnone")
        # A start that fails afterwards gives the port back.
        refused(side, on_network() + on_bridge("swnone", number=2), libvirt.VIR_ERR_SYSTEM_ERROR)
        equal(net.listAllPorts(), [], "ports after a start that failed")
        devices = on_network(inner="<bandwidth><inbound average='1000'/></bandwidth>").replace("</interface>", "<rom enabled='no'/></interface>")
        with linux_guest.running(side, "sw-netlinux", devices=devices) as dom:
            port = net.listAllPorts()[0]
            check("portid='%s'" % port.UUIDString() in dom.XMLDesc(), "the port is not in the document: %s", dom.XMLDesc())
            check("bridge='swnet0'" in dom.XMLDesc(), "the bridge is not in the document: %s", dom.XMLDesc())
            equal(link(side, target(dom))["master"], "swnet0", "the tap's bridge")
            dom.setInterfaceParameters(target(dom), {"inbound.average": 2000}, libvirt.VIR_DOMAIN_AFFECT_LIVE)
            check("average='2000'" in port.XMLDesc(), "the network does not know the new limit: %s", port.XMLDesc())
            equal(limit(side, target(dom)), "16Mbit", "the new rate")
            other = netd.networkCreateXML("<network><name>swnet2</name><bridge name='swnet1'/></network>")
            for name, device, left in (("swnet2", "swnet1", net), ("swnet", "swnet0", other)):
                dom.updateDeviceFlags(on_network(name).replace("</interface>", "<rom enabled='no'/></interface>"), 1)
                equal(link(side, target(dom))["master"], device, "the tap's bridge on " + name)
                check("network='%s'" % name in dom.XMLDesc(), "the document says another network than %s", name)
                equal(left.listAllPorts(), [], "ports of the network that was left")
            equal(len(net.listAllPorts()), 1, "ports of the network that it came back to")
            other.destroy()
            stream = dom.connect().newStream(0)
            dom.openConsole(None, stream, libvirt.VIR_DOMAIN_CONSOLE_FORCE)
            stream.send(b"\nip link set eth0 up; udhcpc -i eth0 -n -q -t 20 -T 2 -x hostname:leased -s /bin/true; echo asked-$?\n")
            eventually(lambda: "asked-0" in linux_guest.log_text(side, "sw-netlinux"), "the guest has an address", 60)
            # The network's daemon writes a lease down a moment after the guest has it.
            found = eventually(lambda: dom.interfaceAddresses(libvirt.VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_LEASE), "there is a lease")
            addresses = found[target(dom)]["addrs"]
            check(len(addresses) == 1 and addresses[0]["addr"].startswith("192.0.2.") and addresses[0]["prefix"] == 24,
                  "the leases are %s", found)
            equal(dom.hostname(libvirt.VIR_DOMAIN_GET_HOSTNAME_LEASE), "leased", "the name that the lease is for")
            stream.abort()
            # What the daemon would remove at the guest's end, a later one removes.
            pid = side.qemu_pid("sw-netlinux")
            side.system.kill("virtqemud")
            os.kill(pid, 9)
            back(side)
            with side.connection() as conn:
                eventually(lambda: not conn.lookupByName("sw-netlinux").isActive(), "the guest is off")
            eventually(lambda: not net.listAllPorts(), "the port is gone")
        with side.guest("sw-net", devices=on_network(), state="paused") as dom:
            equal(len(net.listAllPorts()), 1, "ports of a guest")
            dom.destroy()
            equal(net.listAllPorts(), [], "ports after its end")
            # A network daemon that is away does not keep a guest alive; its port is removed later.
            dom.create()
            os.rename(path, path + ".away")
            dom.destroy()
            os.rename(path + ".away", path)
            equal(len(net.listAllPorts()), 1, "ports that nobody removed")
            side.system.kill("virtqemud")
            back(side)
            eventually(lambda: not net.listAllPorts(), "the port is removed by the next daemon")
        net.destroy()


# ---- without privileges -------------------------------------------------------------------------------

# What QEMU's helper does, with a tap that the user may open.
HELPER = """#!/usr/bin/python3
import array, fcntl, os, socket, struct, sys
if sys.argv[1:] != ["--br=swbr0", "--fd=3", "--use-vnet"] and sys.argv[1:] != ["--use-vnet", "--br=swbr0", "--fd=%s" % sys.argv[-1][5:]]:
    sys.exit("wrong arguments: %s" % sys.argv)
number = int(next(a for a in sys.argv if a.startswith("--fd="))[5:])
tap = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(tap, 0x400454ca, struct.pack("16sH22x", b"swsess0", 0x0002 | 0x1000 | 0x4000))
with socket.socket(fileno=number) as peer:
    peer.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [tap]))])
"""


@case("network: a bridge for a user without privileges", once=True)
def bridge_helper(side):
    require_own_network(side)
    folder = os.path.join(side.root, "helper")
    os.makedirs(folder, exist_ok=True)
    os.chmod(folder, 0o755)
    helper, broken = os.path.join(folder, "helper"), os.path.join(folder, "broken")
    for path, text in ((helper, HELPER), (broken, "#!/bin/sh\necho no way >&2\nexit 1\n")):
        with open(path, "w") as f:
            f.write(text)
        os.chmod(path, 0o755)
    subprocess.run(["ip", "tuntap", "add", "dev", "swsess0", "mode", "tap", "user", str(test_session.USER), "vnet_hdr"], check=True)
    try:
        with test_session.session(side, 'bridge_helper = "%s"\n' % helper) as (user, _folders):
            with user.guest("sw-session", devices=on_bridge()) as dom:
                dom.createWithFlags(libvirt.VIR_DOMAIN_START_PAUSED)
                equal(target(dom), "swsess0", "the name of the tap that the helper gave")
        with test_session.session(side, 'bridge_helper = "%s"\n' % broken) as (user, _folders):
            with user.guest("sw-session", devices=on_bridge()) as dom:
                try:
                    dom.create()
                    raise AssertionError("it started")
                except libvirt.libvirtError as e:
                    equal(e.get_error_code(), libvirt.VIR_ERR_SYSTEM_ERROR, "the code of '%s'" % e)
                    check("no way" in str(e), "the helper's words are not in '%s'", e)
    finally:
        subprocess.run(["ip", "link", "delete", "swsess0"], capture_output=True)


# ---- changes ----------------------------------------------------------------------------------------

@case("network: an interface is attached and changed")
def attached(side):
    with bridge(side), bridge(side, "swbr1"), side.guest("sw-net", devices=on_bridge(), state="paused") as dom:
        def fails(code, call):
            try:
                call()
                raise AssertionError("it was done")
            except libvirt.libvirtError as e:
                equal(e.get_error_code(), code, "the code of '%s'" % e)

        dom.attachDeviceFlags(on_bridge(number=2).replace("</interface>", "<driver queues='2'/></interface>"), 1)
        second = target(dom, 2)
        equal(link(side, second)["master"], "swbr0", "the bridge of the second")
        taps = set(links(side))
        fails(libvirt.VIR_ERR_SYSTEM_ERROR, lambda: dom.attachDeviceFlags(on_bridge("swnone", number=3), 1))
        equal(set(links(side)), taps, "the host's devices after an attachment that failed")
        first = target(dom)
        dom.updateDeviceFlags(on_bridge("swbr1", "<target dev='%s'/>" % first).replace("</interface>", "<link state='down'/></interface>"), 1)
        equal(link(side, first)["master"], "swbr1", "the bridge of the first")
        check("<link state='down'/>" in dom.XMLDesc(), "the link is not down in the document")
        dom.updateDeviceFlags(on_bridge("swbr1"), 1)
        check("<link state='down'/>" not in dom.XMLDesc(), "the link is still down in the document")
        fails(libvirt.VIR_ERR_OPERATION_FAILED, lambda: dom.updateDeviceFlags(on_bridge("swnone"), 1))
        equal(link(side, first)["master"], "swbr1", "the bridge after an update that failed")
        for wrong in (on_bridge("swbr1", model="e1000"), on_bridge("swbr1", "<target dev='swother'/>"), on_bridge("swbr1", "<mtu size='1400'/>"),
                      on_bridge("swbr1", "<script path='/bin/true'/>")):
            fails(libvirt.VIR_ERR_OPERATION_UNSUPPORTED, lambda: dom.updateDeviceFlags(wrong, 1))
        dom.destroy()
        eventually(lambda: first not in links(side) and second not in links(side), "the taps are gone")


# ---- to QEMU's words -------------------------------------------------------------------------------

@case("network: interfaces in QEMU's words")
def native(side):
    devices = "".join([on_bridge().replace("</interface>", "<driver queues='4'/><mtu size='1300'/></interface>"),
                       interface("user", number=2, model="e1000"),
                       interface("udp", "<source address='127.0.0.1' port='1'><local address='127.0.0.1' port='2'/></source>", number=3)])
    with side.connection() as conn:
        words = conn.domainXMLToNative("qemu-argv", tiny("sw-net", devices=devices))
    found = [json.loads(text) for text in re.findall(r"-(?:netdev|device) '(\{[^']*\})'", words)]
    equal([n["type"] for n in found if n.get("id", "").startswith("hostnet")], ["tap"] * 3, "the netdevs")
    cards = [d for d in found if "mac" in d]
    equal([d["driver"] for d in cards], ["virtio-net-pci", "e1000", cards[2]["driver"]], "the cards")
    check("mq" not in cards[0] and "host_mtu" not in cards[0], "the first card has options: %s", cards[0])
