# SPDX-License-Identifier: LGPL-2.1-or-later
"""The table of packet rules by itself, made by the program that has virtnetworkd's functions, in namespaces of its own:
what becomes of packets beside stock's rules, what others do to the table, and what it does to others."""
import contextlib
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time

import hosts
from cases import Skip, case
from hosts import Host
from world import check, equal, eventually

sys.path.insert(1, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "conformance"))
NAT = ("<network><name>%s</name><bridge name='%s'/><forward mode='nat'/><ip address='192.168.%d.1' prefix='24'>"
       "<dhcp><range start='192.168.%d.2' end='192.168.%d.9'/></dhcp></ip></network>")


def die_with_parent():
    hosts.libc.prctl(hosts.PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


class Table:
    """A machine, and the program on it."""

    def __init__(self, side, host):
        self.host, self.run = host, host.run
        self.tool = side.system.binary("firewall-tool")

    def document(self, number):
        path = self.host.path("n%d.xml" % number)
        with open(path, "w") as f:
            f.write(NAT % ("n%d" % number, "virbr%d" % number, number, number, number))
        return path

    def __call__(self, action, *args):
        return self.run(self.tool, action, *args)

    def listing(self, *what):
        return self.run("nft", "list", *(what or ("ruleset",)), check_it=False)

    def lines(self):
        """What there is, in whatever order, but for the comment, which the kernel keeps as it was."""
        return sorted(line for line in self.listing().splitlines() if "comment" not in line)


@contextlib.contextmanager
def table(side):
    if os.geteuid() != 0 or side.system.name == "running":
        raise Skip("needs a network of its own")
    with Host("machine") as host:
        yield Table(side, host)


def compare_modes(side, chosen):
    import firewall
    if os.geteuid() != 0 or side.system.name == "running":
        raise Skip("needs a network of its own")
    found = [c for c in firewall.cases_of_modes() if chosen(c[0])]
    for name, differences, _ in firewall.results(found, side.system.binary("firewall-tool")):
        equal(differences, [], "where packets fare differently in mode '%s'" % name)


@case("net firewall: packets fare as under stock's rules, NAT", ours=True, once=True)
def nat_modes(side):
    compare_modes(side, lambda name: name.startswith("nat"))


@case("net firewall: packets fare as under stock's rules, other modes", ours=True, once=True)
def other_modes(side):
    compare_modes(side, lambda name: not name.startswith("nat"))


@case("net firewall: networks come and go in the table", ours=True, once=True)
def networks(side):
    with table(side) as t:
        t("apply", t.document(1), t.document(2))
        equal(sorted(t("list").split()), ["virbr1", "virbr2"], "bridges with rules")
        one = t.listing()
        t("apply", t.document(1))
        equal(t.listing(), one, "the rules after the same once more")
        t("remove", "virbr2", "virbr2", "nobody")
        check("virbr2" not in t.listing() and "virbr1" in t.listing(), "after one went: %s", t.listing())
        t("remove", "virbr1")
        equal(t.listing(), "", "what is left when all are gone")


# What somebody has made of our table, or in its place.
DAMAGES = (
    "flush ruleset", "delete table inet virtswarm", "flush chain inet virtswarm forward", "flush table inet virtswarm",
    "delete element inet virtswarm leaving { virbr1 }", "flush map inet virtswarm translated", "flush chain inet virtswarm entering_virbr1",
    "flush chain inet virtswarm forward; flush chain inet virtswarm postrouting; delete map inet virtswarm own4",
    "delete table inet virtswarm; add table inet virtswarm; add chain inet virtswarm forward { type filter hook forward priority 7; policy drop; }",
)


@case("net firewall: a table that is damaged or of another shape", ours=True, once=True)
def damaged(side):
    with table(side) as t:
        t("apply", t.document(1))
        whole = t.lines()
        for damage in DAMAGES:
            t.run("nft", damage)
            t("apply", t.document(1))
            equal(t.lines(), whole, "the rules after '%s'" % damage)
            t.run("nft", damage)
            t("remove", "virbr1")
            equal(t.listing(), "", "what is left after '%s' and the removal" % damage)
            t("apply", t.document(1))


@case("net firewall: what a stock daemon has left for a network goes", ours=True, once=True)
def stock_rules(side):
    import firewall
    recorded = {name: rules for name, _, rules in firewall.cases_of_modes()}
    with table(side) as t:
        mine, other = recorded["nat of all"], [[word.replace("virbr0", "virbr9") for word in rule] for rule in recorded["isolated"]]
        for rule in mine + [rule for rule in other if rule not in mine]:
            t.run(*rule)
        path = t.host.path("nat.xml")
        with open(path, "w") as f:
            f.write(firewall.document_of(firewall.MODES["nat of all"]))
        t("apply", path)
        left = [line for tool in ("iptables-save", "ip6tables-save") for line in t.run(tool).splitlines() if line.startswith("-A LIBVIRT_")]
        equal(sorted(left), sorted(shlex.join(rule[3:]) for rule in other if rule[3] == "-A" and rule[4].startswith("LIBVIRT_")),
              "what is left of stock's rules")
        equal(t("list").split(), ["virbr0"], "bridges with rules of ours")


@contextlib.contextmanager
def watching(t, *numbers):
    """The program as a daemon: the lines that it has printed, growing."""
    lines = []
    proc = subprocess.Popen([*t.host.enter(), t.tool, "watch", *[t.document(n) for n in numbers]], stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, preexec_fn=die_with_parent)
    thread = threading.Thread(target=lambda: lines.extend(iter(proc.stdout.readline, "")), daemon=True)
    thread.start()
    try:
        eventually(lambda: "watching\n" in lines, "it watches")
        yield lines
    finally:
        proc.kill()
        proc.wait()
        thread.join()


@case("net firewall: what others remove is put back", ours=True, once=True)
def healed(side):
    with table(side) as t, watching(t, 1, 2) as lines:
        whole = t.listing()
        for damage in DAMAGES[:7]:
            t.run("nft", damage)
            eventually(lambda: t.listing() == whole, "the rules are back after '%s'" % damage)
        answers = lines.count("lost\n")
        # What others do to their own is nothing to it.
        t.run("nft", "add table ip x; add chain ip x c { type filter hook forward priority 0; }; add rule ip x c accept")
        t.run("nft", "delete table ip x")
        t.run("sleep", "0.3")
        equal(lines.count("lost\n"), answers, "answers after changes of other tables")


@case("net firewall: a flood of other tables' changes does not hold the loop", ours=True, once=True)
def flood(side):
    with table(side) as t, watching(t, 1) as lines:
        rules = "".join("add rule inet big c%d ip saddr 10.0.%d.%d accept\n" % (i % 50, i // 250, i % 250) for i in range(6000))
        big = "add table inet big\n" + "".join("add chain inet big c%d\n" % i for i in range(50)) + rules
        with open(t.host.path("big.nft"), "w") as f:
            f.write("add table inet big\ndelete table inet big\n" + big)
        before = len(lines)
        for _ in range(3):
            t.run("nft", "-f", t.host.path("big.nft"))
        t.run("nft", "delete table inet virtswarm")
        eventually(lambda: "virbr1" in t.listing("table", "inet", "virtswarm"), "the rules are back after the flood")
        eventually(lambda: "lost\n" in lines[before:], "it has said so")
        # On a busy machine a dispatch may be interrupted; one that read all of the flood would take far longer.
        held = [int(us) for us in re.findall(r"held for (\d+) us", "".join(lines[before:]))]
        check(not held or max(held) < 30000, "the loop was held: %s", held)


@case("net firewall: traffic of other tables goes on undisturbed", ours=True, once=True)
def undisturbed(side):
    with table(side) as t, Host("inner") as inner, Host("outer") as outer, contextlib.ExitStack() as stack:
        for host, net in ((inner, "10.1.0"), (outer, "10.2.0")):
            t.run("ip", "link", "add", "to-" + host.name, "type", "veth", "peer", "name", "eth0", "netns", str(host.pid))
            t.run("sh", "-c", "ip address add %s.1/24 dev to-%s; ip link set to-%s up" % (net, host.name, host.name))
            host.run("ip", "link", "set", "eth0", "up")
            host.address(net + ".2/24", gateway=net + ".1")
        t.run("sysctl", "-qw", "net.ipv4.ip_forward=1")
        t.run("nft", "add table ip theirs; add chain ip theirs pre { type nat hook prerouting priority dstnat; };"
              "add rule ip theirs pre tcp dport 8000 dnat to 10.1.0.2:7000; add chain ip theirs post { type nat hook postrouting priority srcnat; };"
              "add rule ip theirs post oifname \"to-inner\" masquerade")
        theirs = t.listing("table", "ip", "theirs")
        with inner.inside():
            server = stack.enter_context(socket.create_server(("10.1.0.2", 7000)))
        with outer.inside():
            client = stack.enter_context(socket.create_connection(("10.2.0.1", 8000), 3))
        peer = stack.enter_context(server.accept()[0])
        monitor = subprocess.Popen([*t.host.enter(), "nft", "monitor"], stdout=subprocess.PIPE, text=True, preexec_fn=die_with_parent)
        stack.callback(monitor.wait)
        stack.callback(monitor.kill)
        work = threading.Thread(target=t, args=("cycle", t.document(1), t.document(2)))
        work.start()
        longest, rounds = 0.0, 0
        client.settimeout(3)
        while work.is_alive() or rounds < 100:
            begin = time.monotonic()
            client.sendall(b"x" * 1000)
            check(peer.recv(1000), "the stream has ended")
            peer.sendall(b"y")
            check(client.recv(1), "the stream has ended")
            longest, rounds = max(longest, time.monotonic() - begin), rounds + 1
        work.join()
        # A packet that is lost comes again after 200 ms at the earliest.
        retransmitted = int(re.search(r"retrans:\d+/(\d+)", outer.run("ss", "-tin") + "retrans:0/0").group(1))
        equal(retransmitted, 0, "packets of the stream that were lost in %d rounds (the longest took %.3f s)" % (rounds, longest))
        equal(t.listing("table", "ip", "theirs"), theirs, "the other table")
        monitor.terminate()
        changes = [line for line in monitor.stdout.read().splitlines() if re.match(r"(add|delete|insert) ", line)]
        check(len(changes) > 500, "only %d changes are seen", len(changes))
        equal([line for line in changes if " inet virtswarm" not in line], [], "changes of other tables")


@case("net firewall: packets pass as many rules whatever the number of networks", ours=True, once=True)
def scale(side):
    with table(side) as t:
        hooked = []
        for n in (1, 50):
            t("apply", *(t.document(i) for i in range(1, n + 1)))
            hooked.append([t.listing("chain", "inet", "virtswarm", chain) for chain in ("forward", "postrouting")])
        equal(hooked[1], hooked[0], "the chains that every packet passes")


# ---- obstacles -----------------------------------------------------------------------------------------

OUT, BACK = "what guests send to the world", "the world's answers to guests"
DNS, DHCP = "guests' DNS queries", "guests' DHCP requests"
FIREWALLD = """
table inet firewalld {
 chain filter_INPUT {
  type filter hook input priority filter + 10; policy accept;
  ct state { established, related } accept
  ct status dnat accept
  iifname "lo" accept
  iifname "up0" goto filter_IN_public
  goto filter_IN_public
 }
 chain filter_FORWARD {
  type filter hook forward priority filter + 10; policy accept;
  ct state { established, related } accept
  ct status dnat accept
  iifname "lo" accept
  iifname "up0" goto filter_FWD_public
  goto filter_FWD_public
 }
 chain filter_IN_public {
  tcp dport 22 accept
  meta l4proto { icmp, ipv6-icmp } accept
  reject with icmpx type admin-prohibited
 }
 chain filter_FWD_public {
  reject with icmpx type admin-prohibited
 }
}
"""
DOCKER = ("iptables -P FORWARD DROP", "iptables -N DOCKER-USER", "iptables -A DOCKER-USER -j RETURN", "iptables -A FORWARD -j DOCKER-USER",
          "iptables -A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", "iptables -A FORWARD -i docker0 ! -o docker0 -j ACCEPT")
ALLOWED = ("iptables -I DOCKER-USER -i virbr1 -j ACCEPT", "iptables -I DOCKER-USER -o virbr1 -j ACCEPT")
UFW = ("iptables -P INPUT DROP", "iptables -P FORWARD DROP", "iptables -N ufw-before-forward", "iptables -A FORWARD -j ufw-before-forward",
       "iptables -A ufw-before-forward -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", "iptables -N ufw-before-input",
       "iptables -A INPUT -j ufw-before-input", "iptables -A ufw-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
       "iptables -A ufw-before-input -m conntrack --ctstate INVALID -j DROP", "iptables -A ufw-before-input -p udp --dport 5353 -j ACCEPT")
PERMISSIVE = """
table ip guard {
 set bad {
  type ipv4_addr
 }
 chain f {
  type filter hook forward priority filter; policy accept;
  ip saddr @bad drop
  ct state invalid drop
  meta mark & 0x4000 == 0x4000 drop
 }
 chain i {
  type filter hook input priority filter; policy accept;
  tcp dport 22 limit rate over 3/minute drop
 }
}
"""
# What is on the machine besides (a ruleset or commands); for each warning what it names and says.
OBSTACLES = (
    ("nothing", "", ()), ("a permissive firewall", PERMISSIVE, ()),
    ("firewalld", FIREWALLD, ((r"rule \d+ of chain filter_FWD_public \(reached from filter_FORWARD\) in nftables' table inet firewalld", "drops", OUT),
                              (r"rule \d+ of chain filter_IN_public \(reached from filter_INPUT\) in nftables' table inet firewalld", "drops", DNS, DHCP))),
    ("Docker", DOCKER, (("the policy of chain FORWARD in nftables' table ip filter", "drops", OUT, BACK),)),
    ("Docker, allowed", DOCKER + ALLOWED, ()),
    ("ufw", UFW, (("the policy of chain FORWARD in nftables' table ip filter", "may drop", OUT, BACK),
                  ("the policy of chain INPUT in nftables' table ip filter", "may drop", DNS, DHCP))),
)


@case("net firewall: chains of others that drop guests' packets are named", ours=True, once=True)
def obstacles(side):
    with table(side) as t:
        t.run("sh", "-c", "ip link add up0 type bridge; ip address add 198.51.100.1/24 dev up0; ip link set up0 up;"
              " ip route add default via 198.51.100.2")
        for name, rules, wanted in OBSTACLES:
            t.run("nft", "flush", "ruleset")
            t("apply", t.document(1))
            if isinstance(rules, str):
                with open(t.host.path("rules.nft"), "w") as f:
                    f.write(rules)
                t.run("nft", "-f", t.host.path("rules.nft"))
            else:
                for rule in rules:
                    t.run(*rule.split())
            warnings = t("obstacles", t.document(1)).splitlines()
            equal(len(warnings), len(wanted), "warnings with %s: %s" % (name, warnings))
            for warning, (place, verb, *whats) in zip(warnings, wanted):
                check(re.fullmatch("%s %s %s" % (place, verb, ", ".join(whats)), warning), "with %s: '%s'", name, warning)
