#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What becomes of packets under the rules of a network: ours beside stock's, between network namespaces.

    firewall.py --builddir DIR [--corpus DIR]    compare: the modes of firewall-stock.json, and the family network-firewall
    firewall.py --record                         write firewall-stock.json anew from a stock daemon

A guest, another guest, the machine, another network of it and two worlds (each behind a device of its own) send each
other packets; what is compared is whether they arrive, are rejected or vanish, and whose they seem to be."""
import argparse
import contextlib
import csv
import errno
import itertools
import json
import os
import re
import select
import shlex
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parents[1]
sys.path.insert(0, str(SOURCE / "tests" / "swarm"))

import hosts                                                    # noqa: E402
import stock                                                    # noqa: E402

STORED = HERE / "firewall-stock.json"
PATIENCE = 0.3
LOW = 300
UDP, TCP = socket.SOCK_DGRAM, socket.SOCK_STREAM

# Documents of networks on virbr0, besides those of the corpus; their addresses are those of the scene.
NET4 = "<ip address='192.168.122.1' netmask='255.255.255.0'/>"
NET6 = "<ip family='ipv6' address='2001:db8:ca2:2::1' prefix='64'/>"
MORE4 = "<ip address='10.20.0.1' prefix='16'/>"
CHOSEN, PORTS = ("203.0.113.5", "203.0.113.6"), (5000, 6000)
MODES = {
    "isolated": NET4, "isolated without addresses": "", "isolated with IPv6": NET4 + NET6, "isolated, guests have IPv6": "IPV6",
    "nat, two networks": "<forward mode='nat'/>" + NET4 + MORE4,
    "nat by ports": "<forward mode='nat'><nat><port start='5000' end='6000'/></nat></forward>" + NET4,
    "nat by addresses": "<forward mode='nat'><nat><address start='203.0.113.5' end='203.0.113.6'/></nat></forward>" + NET4,
    "nat by an address and ports": "<forward mode='nat'><nat><address start='203.0.113.5' end='203.0.113.5'/>"
                                   "<port start='5000' end='6000'/></nat></forward>" + NET4,
    "nat of all": "<forward mode='nat'><nat ipv6='yes'><port start='5000' end='6000'/></nat></forward>" + NET4 + NET6,
    "nat without NAT of IPv6": "<forward mode='nat'/>" + NET4 + NET6, "nat of IPv6 alone": "<forward mode='nat'/>" + NET6,
    "nat by a device": "<forward mode='nat' dev='up0'/>" + NET4 + NET6,
    "route": "<forward mode='route'/>" + NET4 + NET6, "route by a device": "<forward mode='route' dev='up0'/>" + NET4 + NET6,
    "route of IPv6 alone": "<forward mode='route'/>" + NET6, "open": "<forward mode='open'/>" + NET4 + NET6,
}

# ---- the scene ---------------------------------------------------------------------------------------

# Device of the machine, its addresses there, who is behind it with which.
LINES = {
    "virbr0": (("192.168.122.1/24", "10.20.0.1/16", "2001:db8:ca2:2::1/64"), (
        ("guest", ("192.168.122.10/24", "10.20.0.10/16", "172.31.0.10/24", "2001:db8:ca2:2::10/64", "2001:db8:31::10/64")),
        ("mate", ("192.168.122.11/24", "2001:db8:ca2:2::11/64")))),
    "virbr9": (("172.30.0.1/24", "2001:db8:30::1/64"), (("other", ("172.30.0.10/24", "2001:db8:30::10/64")),)),
    "up0": (("198.51.100.1/24", "2001:db8:ff::1/64"), (("world", ("198.51.100.2/24", "2001:db8:ff::2/64")),)),
    "up1": (("198.18.0.1/24", "2001:db8:fe::1/64"), (("abroad", ("198.18.0.2/24", "2001:db8:fe::2/64")),)),
}
GROUPS = ("224.0.0.99", "239.1.1.1")


def address_of(who, is_v6):
    for own, behind in LINES.values():
        for name, addresses in behind:
            if name == who:
                return next(a for a in addresses if (":" in a) == is_v6).split("/")[0]
    raise KeyError(who)


def named_addresses():
    """Whose an address is, in a word."""
    found = {}
    for device, (own, behind) in LINES.items():
        found.update({a.split("/")[0]: "machine on " + device for a in own})
        for name, addresses in behind:
            found.update({a.split("/")[0]: name for a in addresses})
    return found


OWNERS = named_addresses()


class Scene:
    """All of the namespaces."""

    def __init__(self):
        self.stack = contextlib.ExitStack()
        self.ports = {"low": itertools.count(LOW), "high": itertools.count(40000)}

    def __enter__(self):
        self.hosts = {"machine": self.stack.enter_context(hosts.Host("machine"))}
        machine = self.hosts["machine"]
        for device, (own, behind) in LINES.items():
            self.make_line(machine, device, own, behind)
        machine.run("sh", "-c", "cd /proc/sys/net; echo 1 > ipv4/ip_forward; echo 1 > ipv6/conf/all/forwarding; for f in ipv4/conf/*/rp_filter; do"
                    " echo 0 > $f; done; ip route add 172.31.0.0/24 dev virbr0; ip -6 route add 2001:db8:31::/64 dev virbr0;"
                    " echo 0 > ipv4/icmp_ratelimit; echo 0 > ipv6/icmp/ratelimit; for f in ipv4/conf/*/send_redirects; do echo 0 > $f; done")
        return self

    def __exit__(self, *exc):
        self.stack.close()

    def make_line(self, machine, device, own, behind):
        machine.run("ip", "link", "add", device, "type", "bridge")
        for name, addresses in behind:
            host = self.hosts[name] = self.stack.enter_context(hosts.Host(name))
            machine.run("ip", "link", "add", "to-" + name, "type", "veth", "peer", "name", "eth0", "netns", str(host.pid))
            machine.run("ip", "link", "set", "to-" + name, "master", device, "up")
            host.run("sh", "-c", "ip link set eth0 up; " + "; ".join(
                "ip address add %s dev eth0%s" % (a, " nodad" if ":" in a else "") for a in addresses))
        machine.run("sh", "-c", "ip link set %s up; " % device + "; ".join(
            "ip address add %s dev %s%s" % (a, device, " nodad" if ":" in a else "") for a in own))
        for name, _ in behind:
            for family in (4, 6):
                gate = next(a for a in own if (":" in a) == (family == 6)).split("/")[0]
                self.hosts[name].run("ip", "-%d" % family, "route", "add", "default", "via", gate)

    def source_port(self, wanted):
        """Each is used once in a scene: connections are remembered."""
        port = next(self.ports[wanted])
        hosts.check(wanted == "high" or port < 1024, "no low ports are left")
        return port

    @contextlib.contextmanager
    def sockets(self, probe, target, group):
        """Who listens, and who is about to talk."""
        family = socket.AF_INET6 if ":" in target else socket.AF_INET
        with self.hosts[probe["to"]].inside():
            server = socket.socket(family, probe["kind"])
        with self.hosts[probe["from"]].inside():
            client = socket.socket(family, probe["kind"])
        with server, client:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            # What answers has the address that was asked.
            server.bind(("" if group else target, probe["port"]))
            if probe["kind"] == TCP:
                server.listen()
            if group and probe["to"] != "machine":
                server.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                                  socket.inet_aton(target) + socket.inet_aton(address_of(probe["to"], False)))
            if group:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"up0")
            client.settimeout(PATIENCE)
            server.settimeout(PATIENCE)
            yield server, client

    def fate(self, probe, document):
        """What becomes of the probe's packets, in words."""
        target, source = probe["target"], probe["source"]
        port = self.source_port(probe["sport"])
        with self.sockets(probe, target, probe.get("group")) as (server, client):
            client.bind((source, port))
            try:
                if probe["kind"] == TCP:
                    client.connect((target, probe["port"]))
                    peer, seen = server.accept()
                    peer.close()
                else:
                    seen = talk(server, client, (target, probe["port"]), answered=not probe.get("group"))
            except ConnectionRefusedError:
                return "rejected"
            except (TimeoutError, socket.timeout):
                return "dropped"
            except OSError as e:
                return "rejected: " + errno.errorcode[e.errno]
        owner = "one of the addresses" if seen[0] in CHOSEN else OWNERS.get(seen[0], seen[0])
        return "arrives from %s" % owner + ("" if seen[1] == port else ", port %s" % port_range(seen[1], document))


def port_range(port, document):
    """Where in the range it lies is chance."""
    if str(PORTS[0]) in document and PORTS[0] <= port <= PORTS[1]:
        return "%d to %d" % PORTS
    return "above 1023" if port > 1023 else str(port)


def talk(server, client, target, answered):
    """One message by UDP, and its answer; who it seems to come from."""
    if answered:
        client.connect(target)
        client.send(b"?")
    else:
        client.sendto(b"?", target)
    ready = select.select([server, client] if answered else [server], [], [], PATIENCE)[0]
    if client in ready:
        client.recv(10)
    if server not in ready:
        raise TimeoutError
    _, seen = server.recvfrom(10)
    if answered:
        server.sendto(b"!", seen)
        client.recv(10)
    return seen


# ---- what is tried -----------------------------------------------------------------------------------

def probe(start, end, kind, port, sport="high", source=None, target=None, is_v6=False, **more):
    machine = {"virbr0": "192.168.122.1", "up0": "198.51.100.1"} if not is_v6 else {"virbr0": "2001:db8:ca2:2::1", "up0": "2001:db8:ff::1"}
    source = source or (machine["up0" if end == "world" else "virbr0"] if start == "machine" else address_of(start, is_v6))
    target = target or (machine["virbr0" if start in ("guest", "mate") else "up0"] if end == "machine" else address_of(end, is_v6))
    name = "%s of %s to %s (%s), %s %d%s" % (source, start, target, end, "tcp" if kind == TCP else "udp", port,
                                             " from a low port" if sport == "low" else "")
    return {"name": name, "from": start, "to": end, "kind": kind, "port": port, "sport": sport, "source": source, "target": target, **more}


def probes(is_v6):
    def p(*args, **kw):
        return probe(*args, is_v6=is_v6, **kw)
    yield from (p("guest", "machine", kind, port) for kind, port in ((UDP, 53), (TCP, 53), (UDP, 67), (UDP, 69), (UDP, 547), (TCP, 7000), (UDP, 7000)))
    yield from (p("machine", "guest", UDP, 68), p("machine", "guest", TCP, 7000))
    yield from (p("guest", "mate", UDP, 7000), p("guest", "mate", TCP, 7000, sport="low"))
    for end in ("world", "abroad", "other"):
        # The kernel's TCP waits on where IPv6 is rejected: one look at it is enough.
        kinds = (UDP,) if is_v6 and end != "world" else (UDP, TCP)
        yield from (p("guest", end, kind, 7000, sport=sport) for kind in kinds for sport in ("high", "low") if kind == UDP or sport == "low")
        yield from (p(end, "guest", kind, 7000) for kind in kinds if kind == UDP or not is_v6)
    # An address that is not the network's.
    yield p("guest", "world", UDP, 7000, source="2001:db8:31::10" if is_v6 else "172.31.0.10")
    yield p("world", "guest", UDP, 7000, target="2001:db8:31::10" if is_v6 else "172.31.0.10")
    # The machine's own.
    own = "2001:db8:ca2:2::1" if is_v6 else "192.168.122.1"
    yield from (p("machine", "world", kind, 7000, source=own, sport=sport) for kind in (UDP, TCP) for sport in ("high", "low"))
    yield p("machine", "abroad", UDP, 7000, source=own)
    yield p("machine", "world", TCP, 7000)
    if not is_v6:
        # The second network, and what goes to many.
        yield from (p("guest", "world", kind, 7000, sport="low", source="10.20.0.10") for kind in (UDP, TCP))
        yield p("world", "guest", UDP, 7000, target="10.20.0.10")
        yield from (p("machine", "world", UDP, 7000, source=own, target=group, group=True) for group in GROUPS)


def is_about(document, is_v6):
    """Without an address of IPv6 stock turns it off on the bridge."""
    return not is_v6 or "family='ipv6'" in document.replace('"', "'") or "ipv6='yes'" in document


def fates(scene, document):
    return {p["name"]: scene.fate(p, document) for is_v6 in (False, True) if is_about(document, is_v6) for p in probes(is_v6)}


# ---- rules -------------------------------------------------------------------------------------------

def commands(path):
    """The commands of a file of the corpus."""
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    return [shlex.split(line) for line in text.splitlines() if line.strip() and "--list-rules" not in line]


def with_stock(scene, document, rules):
    """The fates under stock's rules, which are commands of iptables."""
    machine = scene.hosts["machine"]
    machine.run("nft", "flush", "ruleset")
    for argv in rules:
        machine.run(*argv)
    return fates(scene, document)


def with_ours(scene, document, tool):
    machine = scene.hosts["machine"]
    machine.run("nft", "flush", "ruleset")
    with tempfile.NamedTemporaryFile("w", suffix=".xml") as file:
        file.write(document)
        file.flush()
        machine.run(tool, "apply", file.name)
        return fates(scene, document)


def compare(scene, document, rules, tool):
    """The probes whose fates differ: name, stock's, ours; and stock's of all."""
    wanted, got = with_stock(scene, document, rules), with_ours(scene, document, tool)
    # Else the scene would be broken, and all rules alike.
    for word in ("arrives",) if "'open'" in document else ("arrives", "rejected"):
        hosts.check(any(word in fate for fate in wanted.values()), "no packet %s under stock's rules", word)
    return [(name, fate, got[name]) for name, fate in wanted.items() if got[name] != fate], wanted


def document_of(body):
    attribute = " ipv6='yes'" if body == "IPV6" else ""
    return "<network%s><name>t</name><bridge name='virbr0' stp='off' delay='0'/>%s</network>" % (attribute, body.replace("IPV6", ""))


def record():
    """The rules of a stock daemon for each of MODES."""
    import libvirt

    def rules(pid):
        for tool in ("iptables", "ip6tables"):
            table = None
            for line in subprocess.run(["nsenter", "-t", str(pid), "-n", tool + "-save"], capture_output=True, text=True).stdout.splitlines():
                table = line[1:] if line.startswith("*") else table
                if line.startswith("-A"):
                    yield "%s -t %s %s" % (tool, table, line)
    found = {}
    with tempfile.TemporaryDirectory() as root, stock.Stock(root) as daemon:
        pid = daemon.proc.pid
        subprocess.run(["nsenter", "-t", str(pid), "-n", "ip", "link", "add", "up0", "type", "bridge"], check=True)
        conn = libvirt.open("qemu:///system?socket=" + daemon.socket)
        for name, body in MODES.items():
            network = conn.networkCreateXML(document_of(body))
            found[name] = list(rules(pid))
            network.destroy()
        conn.close()
    STORED.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def chains_of(rules):
    """Commands that make the chains which stock's recorded rules are in."""
    seen = {re.match(r"(\S+ -t \S+) -A (LIBVIRT_\S+)", rule).groups() for rule in rules if " -A LIBVIRT_" in rule}
    seen |= {(rule.split(" -A ")[0], rule.split(" -j ")[1].strip()) for rule in rules if re.search(r"-j LIBVIRT_\S+$", rule)}
    return ["%s -N %s" % pair for pair in sorted(seen)]


def cases_of_modes():
    """(name, document, commands) of the recorded modes."""
    for name, rules in json.loads(STORED.read_text(encoding="utf-8")).items():
        yield name, document_of(MODES[name]), [shlex.split(rule) for rule in chains_of(rules) + rules]


def cases_of_corpus(corpus):
    with open(corpus / "network-firewall" / "MANIFEST.tsv", encoding="utf-8", newline="") as file:
        for case in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            folder = corpus / "network-firewall"
            base = dict(part.split("=") for part in case["aux"].split(";"))["base"]
            yield case["id"], (folder / case["input"]).read_text(encoding="utf-8"), commands(folder / base) + commands(folder / case["expected"])


def results(cases, tool):
    """(name, differences, stock's fates) of each case."""
    with Scene() as scene:
        for name, document, rules in cases:
            yield (name, *compare(scene, document, rules, str(tool)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--builddir", type=Path)
    parser.add_argument("--corpus", type=Path, default=SOURCE.parent / "shared" / "corpus")
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--show", action="store_true", help="print stock's fates too")
    parser.add_argument("match", nargs="*", help="only cases that have this in their names")
    options = parser.parse_args()
    if options.record:
        return record()
    found = list(cases_of_modes()) + (list(cases_of_corpus(options.corpus)) if options.corpus.exists() else [])
    found = [case for case in found if not options.match or any(m in case[0] for m in options.match)]
    bad = 0
    for name, differences, wanted in results(found, options.builddir.resolve() / "tests/conformance/firewall-tool"):
        bad += bool(differences)
        print("%-8s %s: %d probes" % ("FAILED" if differences else "ok", name, len(wanted)))
        for row in differences:
            print("    %s: stock: %s, ours: %s" % row)
        for row in wanted.items() if options.show else ():
            print("    %s: %s" % row)
    print("%d passed, %d failed, 0 skipped" % (len(found) - bad, bad))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
