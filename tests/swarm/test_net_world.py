# SPDX-License-Identifier: LGPL-2.1-or-later
"""Guests on virtual networks, end to end: what they get, whom they reach, and what is told of them."""
import contextlib
import http.server
import itertools
import os
import re
import threading

import libvirt

import guest as linux_guest
from cases import case
from hosts import GATE, WORLD, document, ipv4, machine, network, world
from world import AGENT, check, equal, eventually, tiny

MAC = "52:54:00:6e:67:%02x"
LEASE, BY_AGENT, BY_ARP = (getattr(libvirt, "VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_" + name) for name in ("LEASE", "AGENT", "ARP"))


def interface(name="sw-net", number=1, inner=""):
    return ("<interface type='network'><mac address='%s'/><source network='%s'/><model type='virtio'/><rom enabled='no'/>%s</interface>"
            % (MAC % number, name, inner))


def target(dom, number=1):
    """The name of the host's end of an interface."""
    part = next(p for p in dom.XMLDesc().split("<interface ")[1:] if MAC % number in p)
    return re.search(r"<target dev='([^']*)'", part).group(1)


class Shell:
    """The shell on a Linux guest's serial port."""

    def __init__(self, side, dom):
        self.side, self.dom = side, dom
        self.marks = itertools.count(1)
        self.stream = dom.connect().newStream(0)
        dom.openConsole(None, self.stream, libvirt.VIR_DOMAIN_CONSOLE_FORCE)
        self.stream.send(b"\n")

    def run(self, command, timeout=30):
        """What a command prints; it has to succeed."""
        mark = "mark%d" % next(self.marks)
        # The line that is echoed has the mark in two pieces.
        self.stream.send(("echo '%s'begins; %s; echo '%s'ends-$?\n" % (mark, command, mark)).encode())
        text = lambda: linux_guest.log_text(self.side, self.dom.name()).replace("\r", "")          # noqa: E731
        found = eventually(lambda: re.search(mark + r"begins\n(.*)%sends-(\d+)" % mark, text(), re.S), command, timeout)
        check(found.group(2) == "0", "in the guest, %s: %s", command, found.group(1))
        return found.group(1)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.stream.abort()


def found_by(dom, source, device):
    """The IPv4 addresses of an interface as that source knows them."""
    with contextlib.suppress(libvirt.libvirtError):
        return [a["addr"] for a in (dom.interfaceAddresses(source).get(device) or {}).get("addrs") or () if a["type"] == 0]
    return []


@case("network guests: a guest gets a lease, reaches the world and is found", once=True)
def reaches_the_world(side):
    machine(side)
    linux_guest.images(side, "initrd-agent.img")
    row = "<host mac='%s' ip='192.168.7.9'/>" % (MAC % 1)
    with world(side) as outside, network(side, document(forward="nat", ip=ipv4(7, row), more="<domain name='swarm.test'/>")) as net, \
            linux_guest.running(side, "sw-netlinux", devices=interface() + AGENT, initrd="initrd-agent.img") as dom, Shell(side, dom) as shell:
        check(outside, "")
        shell.run("udhcpc -i eth0 -n -q -t 20 -T 1 -x hostname:tester 2>&1")
        shell.run("ping -c 3 -W 5 " + WORLD)
        equal(shell.run("wget -q -O - http://%s:8080/" % WORLD).split()[0], GATE, "whom the world saw")
        check("192.168.7.9" in shell.run("nslookup tester.swarm.test 192.168.7.1 || true"), "the guest does not find its own name")
        lease = eventually(net.DHCPLeases, "there is a lease")[0]
        equal((lease["ipaddr"], lease["mac"], lease["hostname"]), ("192.168.7.9", MAC % 1, "tester"), "the lease")
        for source, device in ((LEASE, target(dom)), (BY_ARP, target(dom)), (BY_AGENT, "eth0")):
            if source == BY_ARP and side.stock:         # it finds none here
                continue
            eventually(lambda: found_by(dom, source, device) == ["192.168.7.9"],
                       "the address by source %d, not %s" % (source, found_by(dom, source, device)))
        for source in ("lease", "agent") if side.stock else ("lease", "arp", "agent"):
            check("192.168.7.9/" in side.ok("domifaddr", "sw-netlinux", "--source", source), "domifaddr --source " + source)
        check("sw-netlinux" in open_text(side, "/var/lib/libvirt/dnsmasq/swnet0.macs"), "the guest is not noted by its address")


def open_text(side, path):
    with open(side.path(path)) as f:
        return f.read()


@case("network guests: portgroups, and limits that a guest's interface has", ours=True, once=True)
def portgroups(side):
    groups = ("<portgroup name='slow'><bandwidth><inbound average='100'/></bandwidth></portgroup>"
              "<portgroup name='fast' default='yes'/>")
    with network(side, document(ip=ipv4(7), more=groups)) as net:
        slow = interface().replace("network='sw-net'", "network='sw-net' portgroup='slow'")
        with side.guest("sw-net", devices=slow + interface(number=2), state="paused") as dom:
            shaped = [machine(side).run("tc", "class", "show", "dev", target(dom, n)) for n in (1, 2)]
            check("rate 800Kbit" in shaped[0] and shaped[1] == "", "the limits are %s", shaped)
            ports = {p.XMLDesc() for p in net.listAllPorts()}
            check(any("<inbound average='100'/>" in xml for xml in ports), "the ports are %s", ports)


@case("network guests: a network that is not there", once=True)
def absent(side):
    machine(side)
    with side.connection() as conn:
        net = conn.networkDefineXML(document(ip=ipv4(7)))
        try:
            for name, code in (("sw-none", libvirt.VIR_ERR_NO_NETWORK), ("sw-net", libvirt.VIR_ERR_OPERATION_INVALID)):
                with side.guest("sw-net", xml=tiny("sw-net", devices=interface(name))) as dom:
                    try:
                        dom.create()
                        raise AssertionError("it started")
                    except libvirt.libvirtError as e:
                        equal(e.get_error_code(), code, "the code of '%s'" % e)
                        check(name in str(e), "'%s' does not name the network", e)
            equal(nothing(side), [], "what is left")
        finally:
            net.undefine()


def nothing(side):
    return [name for name in machine(side).links() if name.startswith("vnet")]


# ---- a guest without a disk ----------------------------------------------------------------------------

class Asked(http.server.BaseHTTPRequestHandler):
    """A web server that notes what it is asked for, and by whom."""

    def do_GET(self):
        self.server.asked.append((self.path, self.client_address[0], self.headers.get("User-Agent", "")))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


@contextlib.contextmanager
def web(place, port):
    with place.inside():
        server = http.server.ThreadingHTTPServer(("0.0.0.0", port), Asked)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@case("network guests: firmware boots from the network and by the world", once=True)
def boots(side):
    machine(side)
    folder = os.path.join(side.root, "tftp")
    os.makedirs(folder, exist_ok=True)
    os.chmod(folder, 0o755)
    with open(os.path.join(folder, "boot.ipxe"), "w") as f:
        f.write("#!ipxe\nimgfetch http://%s:8081/booted/${net0/ip}/${hostname}\n" % WORLD)
    row = "<host mac='%s' name='diskless' ip='192.168.7.9'/><bootp file='boot.ipxe'/>" % (MAC % 1)
    ip = ipv4(7, row).replace("<dhcp>", "<tftp root='%s'/><dhcp>" % folder)
    devices = interface().replace("<rom enabled='no'/>", "<boot order='1'/>")
    with world(side) as outside, web(outside, 8081) as asked, network(side, document(forward="nat", ip=ip)) as net, \
            side.guest("sw-pxe", devices=devices, state="running"):
        eventually(lambda: asked, "the guest's firmware asks the world", 80)
        path, who, agent = asked[0]
        equal((path, who), ("/booted/192.168.7.9/diskless", GATE), "what the world was asked")
        check("iPXE" in agent, "who asked is %s", agent)
        equal([lease["ipaddr"] for lease in net.DHCPLeases()], ["192.168.7.9"], "the leases")
