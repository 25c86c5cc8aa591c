# SPDX-License-Identifier: LGPL-2.1-or-later
"""What virtnetworkd does, step by step, and what must be there of networks afterwards: a network has all its parts
(bridge, addresses, rules, limits, dnsmasq, status) or none of them, and no part is without its network."""
import contextlib
import json
import os
import re
import subprocess
import time
from collections import namedtuple

import libvirt

from daemons import check, files

DAEMON, SCHEME = "virtnetworkd", "network"
NAME, BRIDGE = "crash-net", "crash0"
UUID = "66666666-6666-4666-8666-000000000002"
PORT = "66666666-6666-4666-8666-000000000003"
CONF, RUN, LIB = "etc/libvirt/qemu/networks", "run/libvirt/network", "var/lib/libvirt/dnsmasq"
LIVE, CONFIG = libvirt.VIR_NETWORK_UPDATE_AFFECT_LIVE, libvirt.VIR_NETWORK_UPDATE_AFFECT_CONFIG
ADD, DELETE = libvirt.VIR_NETWORK_UPDATE_COMMAND_ADD_LAST, libvirt.VIR_NETWORK_UPDATE_COMMAND_DELETE
HOSTS, NAMES = libvirt.VIR_NETWORK_SECTION_IP_DHCP_HOST, libvirt.VIR_NETWORK_SECTION_DNS_HOST

# mark: the domain of the definition, None if there is none; live, kept: the hosts in the live document and in the definition.
Network = namedtuple("Network", "active mark autostart live kept ports", defaults=(False, "first", 0, (), (), 0))

BANDWIDTH = "<bandwidth><inbound average='1000' peak='5000' burst='1024'/></bandwidth>"
ADDRESSES = ("192.0.2.1/24", "2001:db8::1/64")


ROOT = ""                       # of the operation


def begin(operation, root):
    global ROOT
    ROOT = root


def surround(operation, daemons):
    """What is there beside the daemon: nothing."""


def document(mark="first", forward="<forward mode='nat'/>", hosts=""):
    return """<network><name>%s</name><uuid>%s</uuid>%s<bridge name='%s' stp='off'/><domain name='%s'/>%s
<ip address='192.0.2.1' netmask='255.255.255.0'><dhcp><range start='192.0.2.10' end='192.0.2.20'/>%s</dhcp></ip>
<ip family='ipv6' address='2001:db8::1' prefix='64'/></network>""" % (NAME, UUID, forward, BRIDGE, mark, BANDWIDTH, hosts)


def host(number):
    return "<host mac='52:54:00:66:66:%02x' name='host%d' ip='192.0.2.%d'/>" % (number, number, 100 + number)


def name_host(number):
    return "<host ip='192.0.2.%d'><hostname>name%d</hostname></host>" % (100 + number, number)


# --- what is looked at ------------------------------------------------------------------------------------------

def hosts_of(xml):
    return tuple(re.findall(r"<host mac='[^']*' name='([^']*)'", xml) + re.findall(r"<hostname>([^<]*)<", xml))


def look(conn):
    """What a client sees of the network: None, or a Network."""
    found = conn.listAllNetworks()
    check(len(found) <= 1, "there are %d networks: %s", len(found), [n.name() for n in found])
    if not found:
        return None
    net = found[0]
    check((net.name(), net.UUIDString()) == (NAME, UUID), "it is %s, %s", net.name(), net.UUIDString())
    mark, autostart, live, kept, ports = None, 0, (), (), 0
    if net.isPersistent():
        autostart = net.autostart()
        kept = net.XMLDesc(libvirt.VIR_NETWORK_XML_INACTIVE)
        mark, kept = re.search(r"<domain name='(\w+)'", kept).group(1), hosts_of(kept)
    if net.isActive():
        live, ports = hosts_of(net.XMLDesc()), len(net.listAllPorts())
    return Network(bool(net.isActive()), mark, autostart, live, kept, ports)


def there(*argv):
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


def parts(daemons):
    """The names of what there is of the network on the machine."""
    found = set()
    links = [link for link in json.loads(there("ip", "-j", "address")) if link["ifname"] not in ("lo",)]
    check([link["ifname"] for link in links] in ([], [BRIDGE]), "devices: %s", [link["ifname"] for link in links])
    for link in links:
        addresses = {"%s/%d" % (a["local"], a["prefixlen"]) for a in link["addr_info"] if a["scope"] == "global"}
        found |= {"bridge"} if "UP" in link["flags"] else {"bridge that is down"}
        found |= {"address " + a for a in addresses}
        if "htb" in there("tc", "qdisc", "show", "dev", BRIDGE):
            found.add("limits")
    if BRIDGE in there("nft", "list", "ruleset"):
        found.add("rules")
    servers = daemons.programs("dnsmasq")
    # One of two may be the other's helper.
    check(len([pid for pid in servers if parent(pid) not in servers]) <= 1, "processes of dnsmasq: %s", servers)
    if servers:
        found.add("dnsmasq")
    return found


def parent(pid):
    with contextlib.suppress(OSError), open("/proc/%d/stat" % pid) as f:
        return int(f.read().rsplit(")", 1)[1].split()[1])
    return 0


def no_leftovers(daemons, seen):
    root = daemons.root
    active = seen is not None and seen.active
    persistent = seen is not None and seen.mark is not None
    found = parts(daemons)
    wanted = {"bridge", "rules", "limits", "dnsmasq", *("address " + a for a in ADDRESSES)} if active else set()
    check(found == wanted, "there is %s of a network that is %sactive", sorted(found), "" if active else "in")
    wanted = ["%s/%s.xml" % (CONF, NAME)] if persistent else []
    check(files(root, CONF + "/*.xml") == wanted, "definitions: %s, not %s", files(root, CONF + "/*.xml"), wanted)
    wanted = ["%s/autostart/%s.xml" % (CONF, NAME)] if persistent and seen.autostart else []
    check(files(root, CONF + "/autostart/*") == wanted, "autostart links: %s", files(root, CONF + "/autostart/*"))
    for place in (CONF, CONF + "/autostart", RUN, LIB, RUN + "/" + NAME + "/ports"):
        check(not files(root, place + "/.*.new*") + files(root, place + "/.new*"), "unfinished files in %s", place)
    for pattern, number in (("/%s.xml", active), ("/%s.pid", active), ("/%s/ports/*.xml", seen.ports if seen else 0)):
        check(len(files(root, RUN + pattern % NAME)) == number, "files: %s", files(root, RUN + pattern % NAME))
    check(len(files(root, LIB + "/%s.conf" % NAME)) == active, "files: %s", files(root, LIB + "/*"))
    if active:
        check(served(root) == seen.live, "dnsmasq has %s, the document %s", served(root), seen.live)


def served(root):
    """The hosts that dnsmasq reads."""
    found = []
    for name, pattern in ((".hostsfile", r",(host\d+)"), (".addnhosts", r"(name\d+)")):
        with contextlib.suppress(FileNotFoundError), open("%s/%s/%s%s" % (root, LIB, NAME, name)) as f:
            found += re.findall(pattern, f.read())
    return tuple(found)


def clean(daemons):
    with contextlib.closing(daemons.connect()) as conn:
        for net in conn.listAllNetworks():
            persistent = net.isPersistent()
            if net.isActive():
                net.destroy()
            if persistent:
                net.undefine()
        check(look(conn) is None, "a network stays")
    no_leftovers(daemons, None)


# --- operations -------------------------------------------------------------------------------------------------

def network(conn):
    return conn.networkLookupByName(NAME)


def nothing(conn):
    pass


def defined(conn):
    conn.networkDefineXML(document())


def started(conn):
    defined(conn)
    network(conn).create()


def started_auto(conn):
    started(conn)
    network(conn).setAutostart(1)


def created(conn):
    conn.networkCreateXML(document())


def with_host(conn):
    conn.networkDefineXML(document(hosts=host(1)))
    network(conn).create()


def make_port(conn):
    network(conn).portCreateXML("<networkport><uuid>%s</uuid><owner><name>crash-a</name><uuid>%s</uuid></owner>"
                                "<mac address='52:54:00:66:66:99'/><bandwidth><inbound average='100' floor='50'/></bandwidth>"
                                "</networkport>" % (PORT, UUID))


def with_port(conn):
    started(conn)
    make_port(conn)


def booted(conn):
    """The next start is the first since the host came up."""
    defined(conn)
    network(conn).setAutostart(1)
    os.unlink(os.path.join(ROOT, RUN, "autostarted"))


def comes_up(conn):
    deadline = time.monotonic() + 5
    while not network(conn).isActive():
        check(time.monotonic() < deadline, "the network does not start with the host")
        time.sleep(0.01)


def update(command, section, xml, flags=LIVE | CONFIG):
    return lambda conn: network(conn).update(command, section, -1, xml, flags)


OFF = Network()
UP = Network(active=True)
ONE, TWO = ("host1",), ("host1", "host2")
OPERATIONS = {
    "network: define": (nothing, defined, [None], [OFF]),
    "network: define again": (defined, lambda c: c.networkDefineXML(document("second")), [OFF], [Network(mark="second")]),
    "network: define while it runs": (started, lambda c: c.networkDefineXML(document("second")), [UP], [UP._replace(mark="second")]),
    "network: autostart": (defined, lambda c: network(c).setAutostart(1), [OFF], [Network(autostart=1)]),
    "network: start with the host": (booted, comes_up, [], [UP._replace(autostart=1)]),
    "network: undefine": (defined, lambda c: network(c).undefine(), [OFF], [None]),
    "network: undefine while it runs": (started_auto, lambda c: network(c).undefine(), [UP._replace(autostart=1)],
                                        [Network(active=True, mark=None)]),
    "network: start": (defined, lambda c: network(c).create(), [OFF], [UP]),
    "network: create": (nothing, created, [None], [Network(active=True, mark=None)]),
    "network: destroy": (started, lambda c: network(c).destroy(), [UP], [OFF]),
    "network: destroy a transient one": (created, lambda c: network(c).destroy(), [Network(active=True, mark=None)], [None]),
    # A change of both documents is two changes: it may come half, never a part of one.
    "network: add a host of DHCP": (with_host, update(ADD, HOSTS, host(2)), [UP._replace(live=ONE, kept=ONE), UP._replace(live=ONE, kept=TWO),
                                                                             UP._replace(live=TWO, kept=ONE)], [UP._replace(live=TWO, kept=TWO)]),
    "network: remove a host of DHCP": (with_host, update(DELETE, HOSTS, host(1), LIVE), [UP._replace(live=ONE, kept=ONE)], [UP._replace(kept=ONE)]),
    "network: add a host of DNS": (started, update(ADD, NAMES, name_host(1), LIVE), [UP], [UP._replace(live=("name1",))]),
    "network: make a port": (started, make_port, [UP], [UP._replace(ports=1)]),
    "network: remove a port": (with_port, lambda c: network(c).portLookupByUUIDString(PORT).delete(), [UP._replace(ports=1)], [UP]),
    "network: destroy with a port": (with_port, lambda c: network(c).destroy(), [UP._replace(ports=1)], [OFF]),
}
