# SPDX-License-Identifier: LGPL-2.1-or-later
"""Network namespaces as computers: guests on a network's bridge, and the world outside of the machine.

A namespace is that of a process that sleeps and dies with this one, so that nothing of it can stay: no name, no
device (the machine's end of a veth goes with the guest's)."""
import contextlib
import ctypes
import itertools
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import threading

import libvirt

from cases import Skip
from world import check

CLONE_NEWNET = 0x40000000
PR_SET_PDEATHSIG = 1
MAC = "52:54:00:6e:68:%02x"
# Where the world is: addresses for documentation, unlike those of the networks.
WORLD, WORLD6 = "198.51.100.2", "2001:db8:ff::2"
GATE, GATE6 = "198.51.100.1", "2001:db8:ff::1"          # the machine's, there
ECHO, WEB = 7007, 8080

libc = ctypes.CDLL(None, use_errno=True)
numbers = itertools.count(1)

# What a DHCP client tells its script ends up in a file; the address is put on the device, and nothing else is touched.
SCRIPT = """#!/bin/sh
env > "$SW_OUT.new"
mv "$SW_OUT.new" "$SW_OUT.${reason:-$1}"
[ -z "$new_ip_address" ] || ip address replace "$new_ip_address/$new_subnet_mask" dev "$interface"
[ -z "$new_ip6_address" ] || ip address replace "$new_ip6_address/$new_ip6_prefixlen" dev "$interface" nodad
case $1 in (bound|renew) ip address replace "$ip/$mask" dev "$interface" ;; esac
for router in $new_routers $router; do ip route replace default via "$router"; done
exit 0
"""


def call(argv, timeout=20, stdin=None):
    return subprocess.run(argv, capture_output=True, text=True, timeout=timeout, input=stdin,
                          stdin=subprocess.DEVNULL if stdin is None else None, env={**os.environ, "LC_ALL": "C"})


class Namespace:
    """The network that a process is in."""

    def __init__(self, pid):
        self.pid = pid

    def enter(self):
        return [] if self.pid == os.getpid() else ["nsenter", "-t", str(self.pid), "-n", "--"]

    def run(self, *argv, timeout=20, check_it=True):
        """A program in there; its standard output."""
        done = call([*self.enter(), *argv], timeout)
        if check_it:
            check(done.returncode == 0, "%s: %s", " ".join(argv), done.stderr or done.stdout)
        return done.stdout

    def ip(self, *argv):
        return json.loads(self.run("ip", "-j", "-d", *argv) or "[]")

    def links(self):
        return {link["ifname"]: link for link in self.ip("link")}

    def addresses(self, device, family=None):
        """The addresses of a device with their prefixes, those of its link only and tentative ones left out."""
        found = [a for link in self.ip("address", "show", "dev", device) for a in link.get("addr_info", ())]
        return ["%s/%d" % (a["local"], a["prefixlen"]) for a in found
                if a["scope"] == "global" and not a.get("tentative") and family in (None, a["family"])]

    @contextlib.contextmanager
    def inside(self):
        """This thread is in there for a block: sockets that it makes stay there."""
        own = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        other = os.open("/proc/%d/ns/net" % self.pid, os.O_RDONLY | os.O_CLOEXEC)
        try:
            check(libc.setns(other, CLONE_NEWNET) == 0, "setns: %s", os.strerror(ctypes.get_errno()))
            yield
        finally:
            libc.setns(own, CLONE_NEWNET)
            os.close(own)
            os.close(other)

    # -- talking ---------------------------------------------------------------------------------------
    def socket(self, kind, address):
        with self.inside():
            return socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, kind)

    def udp(self, address, port=ECHO, timeout=0.6, source_port=0, times=2):
        """What an echo server there says this one's address and port are; None if it does not answer."""
        with self.socket(socket.SOCK_DGRAM, address) as s:
            s.settimeout(timeout)
            s.bind(("", source_port))
            for _ in range(times):
                with contextlib.suppress(OSError):
                    s.connect((address, port))
                    s.send(b"who am I?")
                    return answer(s.recv(1000))
        return None

    def tcp(self, address, port=ECHO, timeout=1.0):
        with self.socket(socket.SOCK_STREAM, address) as s:
            s.settimeout(timeout)
            with contextlib.suppress(OSError):
                s.connect((address, port))
                s.sendall(b"GET / HTTP/1.0\r\n\r\n")
                return answer(b"".join(iter(lambda: s.recv(1000), b"")).split(b"\r\n\r\n")[-1])
        return None

    def ping(self, address, times=2):
        argv = [*self.enter(), "busybox", "ping", "-6" if ":" in address else "-4", "-q", "-A", "-c", str(times), "-W", "1", address]
        return call(argv).returncode == 0

    def dig(self, server, *question):
        """The lines of the answer."""
        out = self.run("dig", "+short", "+time=2", "+tries=2", "@" + server, *question, check_it=False)
        return [line for line in out.splitlines() if not line.startswith(";;")]

    @contextlib.contextmanager
    def echo(self, port=ECHO):
        """A server for a block that tells who asks, by UDP and by TCP (a bare one, which is also the web's)."""
        with self.inside():
            sockets = [socket.socket(socket.AF_INET6, kind) for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM)]
        ending = threading.Event()
        for s in sockets:
            s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.bind(("::", port))
        sockets[1].listen(50)
        thread = threading.Thread(target=serve, args=(*sockets, ending), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            ending.set()
            thread.join()
            for s in sockets:
                s.close()


def answer(data):
    address, port = data.decode().split()
    return address, int(port)


def serve(udp, tcp, ending):
    while not ending.is_set():
        for s in select.select([udp, tcp], [], [], 0.05)[0]:
            with contextlib.suppress(OSError):
                if s is udp:
                    _, peer = udp.recvfrom(1000)
                    udp.sendto(named(peer), peer)
                else:
                    # One that is silent keeps no other waiting.
                    threading.Thread(target=answer_web, args=tcp.accept(), daemon=True).start()


def answer_web(peer, address):
    with contextlib.suppress(OSError), peer:
        peer.settimeout(60)
        if peer.recv(1000):
            peer.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n" + named(address))


def named(peer):
    return b"%s %d\n" % (peer[0].removeprefix("::ffff:").encode(), peer[1])


class Host(Namespace):
    """A computer of its own for a block."""

    def __init__(self, name):
        self.name = name
        self.proc = subprocess.Popen(["sleep", "infinity"], preexec_fn=leave)
        super().__init__(self.proc.pid)
        self.folder = tempfile.mkdtemp(prefix="sw-host-")
        self.mac = self.port = None
        self.clients = []

    def __enter__(self):
        self.run("sh", "-c", "ip link set lo up; cd /proc/sys/net/ipv6/conf; echo 0 > all/accept_dad; echo 0 > default/accept_dad;"
                 " echo 0 > default/router_solicitation_delay")
        return self

    def __exit__(self, *exc):
        for pid in self.clients:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.proc.kill()
        self.proc.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def address(self, *addresses, gateway=None, device="eth0"):
        """Gives it addresses by hand, as "192.0.2.9/24"."""
        lines = ["address add %s dev %s%s" % (a, device, " nodad" if ":" in a else "") for a in addresses]
        if gateway:
            lines.append("-%d route add default via %s dev %s" % (6 if ":" in gateway else 4, gateway, device))
        for line in lines:
            self.run("ip", *line.split())
        return self

    # -- DHCP ------------------------------------------------------------------------------------------
    def script(self):
        path = self.path("script")
        if not os.path.exists(path):
            with open(path, "w") as f:
                f.write(SCRIPT)
            os.chmod(path, 0o755)
        return path

    def told(self, *reasons):
        """What the client told its script."""
        for reason in reasons:
            with contextlib.suppress(FileNotFoundError), open(self.path("out." + reason)) as f:
                return dict(line.rstrip("\n").split("=", 1) for line in f if "=" in line)
        return None

    def dhclient(self, *options, version=4, config="", timeout=30):
        """A lease by ISC's client, which stays; a dictionary of what it was told, None if it got nothing."""
        pidfile = self.path("dhclient%d.pid" % version)
        with open(self.path("dhclient.conf"), "w") as f:
            f.write("initial-interval 1;\nbackoff-cutoff 2;\n" + config)
        argv = ["dhclient", "-%d" % version, "-1", "-cf", self.path("dhclient.conf"), "-sf", self.script(), "-lf", self.path("leases%d" % version),
                "-pf", pidfile, "-e", "SW_OUT=" + self.path("out"), *options, "eth0"]
        with contextlib.suppress(subprocess.TimeoutExpired):
            # Its output is no pipe: the client that stays would keep it open.
            with open(self.path("dhclient.log"), "ab") as log:
                subprocess.run([*self.enter(), *argv], stdin=subprocess.DEVNULL, stdout=log, stderr=log, timeout=timeout)
        with contextlib.suppress(FileNotFoundError), open(pidfile) as f:
            self.clients.append(int(f.read()))
        return self.told("BOUND6", "RENEW6", "REBIND6") if version == 6 else self.told("BOUND", "RENEW", "REBOOT")

    def udhcpc(self, *options, timeout=30):
        """A lease by busybox' client, which goes at once."""
        argv = ["env", "SW_OUT=" + self.path("out"), "udhcpc", "-f", "-q", "-n", "-t", "20", "-T", "1", "-s", self.script(), "-i", "eth0", *options]
        with contextlib.suppress(subprocess.TimeoutExpired), open(self.path("udhcpc.log"), "ab") as log:
            subprocess.run([*self.enter(), *argv], stdin=subprocess.DEVNULL, stdout=log, stderr=log, timeout=timeout)
        return self.told("bound")

    def words(self, client):
        """What a client has said: "dhclient" or "udhcpc"."""
        with contextlib.suppress(FileNotFoundError), open(self.path(client + ".log")) as f:
            return f.read()
        return ""


def leave():
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    libc.unshare(CLONE_NEWNET)


# ---- where they are --------------------------------------------------------------------------------

def machine(side):
    """The network that the side's daemon is in."""
    if os.geteuid() != 0 or side.system.name == "running":
        raise Skip("needs a network of its own")
    if not side.stock and not os.path.exists(side.path("/run/libvirt/virtnetworkd-sock")):
        raise Skip("virtnetworkd was not built")
    return Namespace(side.system.stock.proc.pid if side.stock else os.getpid())


@contextlib.contextmanager
def guest(side, bridge, number=None, mac=None, isolated=False, name="guest"):
    """A computer whose eth0 is a port of the bridge, up and without an address."""
    number = number or next(numbers) % 250
    with Host(name) as host:
        host.mac, host.port = mac or MAC % number, "swp%d" % next(numbers)
        outside = machine(side)
        outside.run("ip", "link", "add", host.port, "type", "veth", "peer", "name", "eth0", "address", host.mac, "netns", str(host.pid))
        try:
            outside.run("ip", "link", "set", host.port, "master", bridge, "up")
            if isolated:
                outside.run("bridge", "link", "set", "dev", host.port, "isolated", "on")
            host.run("ip", "link", "set", "eth0", "up")
            yield host
        finally:
            outside.run("ip", "link", "delete", host.port, check_it=False)


@contextlib.contextmanager
def world(side, routes=()):
    """The world outside: it can talk to the machine, which forwards; @routes are those that it knows by way of it.
    It has a server at ECHO and WEB that tells who asks."""
    outside = machine(side)
    with Host("world") as host, contextlib.ExitStack() as stack:
        outside.run("ip", "link", "add", "swworld", "type", "veth", "peer", "name", "eth0", "netns", str(host.pid))
        stack.callback(outside.run, "ip", "link", "delete", "swworld", check_it=False)
        outside.run("sh", "-c", "ip address add %s/24 dev swworld; ip -6 address add %s/64 dev swworld nodad; ip link set swworld up" % (GATE, GATE6))
        host.run("ip", "link", "set", "eth0", "up")
        host.address(WORLD + "/24", WORLD6 + "/64")
        for route in routes:
            host.run("ip", "route", "add", route, "via", GATE6 if ":" in route else GATE)
        for port in (ECHO, WEB):
            stack.enter_context(host.echo(port))
        yield host


# ---- networks --------------------------------------------------------------------------------------

def document(name="sw-net", bridge="swnet0", forward="", ip="", more="", attributes=""):
    """forward: a mode or a whole element.  A spanning tree would make each new port wait for seconds."""
    if forward and not forward.startswith("<"):
        forward = "<forward mode='%s'/>" % forward
    return "<network%s><name>%s</name>%s<bridge name='%s' stp='off' delay='0'/>%s%s</network>" % (attributes, name, forward, bridge, more, ip)


def ipv4(third=0, dhcp="", first=10, last=60):
    """192.168.THIRD.1 with a range of leases, unless dhcp is None; a network that nobody routes."""
    inner = "" if dhcp is None else "<dhcp><range start='192.168.%d.%d' end='192.168.%d.%d'/>%s</dhcp>" % (third, first, third, last, dhcp)
    return "<ip address='192.168.%d.1' netmask='255.255.255.0'>%s</ip>" % (third, inner)


def remove_network(conn, name):
    for step in ("destroy", "undefine"):
        with contextlib.suppress(libvirt.libvirtError):
            getattr(conn.networkLookupByName(name), step)()


def served(function, *args):
    """A case cannot run on a system without networks."""
    try:
        return function(*args)
    except libvirt.libvirtError as e:
        if e.get_error_code() == libvirt.VIR_ERR_NO_SUPPORT and "virtnetworkd.socket" in str(e):
            raise Skip(str(e)) from e
        raise


@contextlib.contextmanager
def network(side, xml, define=False):
    """A network that runs for a block."""
    machine(side)
    with side.connection() as conn:
        name = xml.split("<name>")[1].split("</name>")[0]
        remove_network(conn, name)
        net = conn.networkDefineXML(xml) if define else conn.networkCreateXML(xml)
        try:
            if define:
                net.create()
            yield net
        finally:
            remove_network(conn, name)


def lease_files(side, bridge):
    """The leases as they are on disk."""
    with contextlib.suppress(FileNotFoundError), open(side.path("/var/lib/libvirt/dnsmasq/%s.status" % bridge)) as f:
        return json.loads(f.read() or "[]")
    return []


def processes_in(place, program, mark=""):
    """The processes of a program in a namespace that have an argument which ends so."""
    found = []
    for entry in os.listdir("/proc"):
        with contextlib.suppress(OSError):
            if entry.isdigit() and os.path.samefile("/proc/%s/ns/net" % entry, "/proc/%d/ns/net" % place.pid):
                with open("/proc/%s/cmdline" % entry) as f:
                    argv = f.read().split("\0")
                if os.path.basename(argv[0]) == program and any(a.endswith(mark) for a in argv):
                    found.append(int(entry))
    return sorted(found)


def dnsmasqs(side, name):
    """The processes of a network's dnsmasq."""
    return processes_in(machine(side), "dnsmasq", "/dnsmasq/%s.conf" % name)


def traces(side, name="sw-net", bridge="swnet0"):
    """What there is of a network on the machine: a word for each thing."""
    place = machine(side)
    found = []
    if bridge in place.links():
        found.append("bridge")
    if bridge in place.run("nft", "list", "ruleset"):
        found.append("rules")
    if dnsmasqs(side, name):
        found.append("dnsmasq")
    for path in ("/run/libvirt/network/%s.xml" % name, "/run/libvirt/network/%s.pid" % name, "/run/libvirt/network/%s" % name,
                 "/var/lib/libvirt/dnsmasq/%s.conf" % name, "/var/lib/libvirt/dnsmasq/%s.hostsfile" % name,
                 "/var/lib/libvirt/dnsmasq/%s.addnhosts" % name):
        if os.path.exists(side.path(path)):
            found.append(path)
    return found
