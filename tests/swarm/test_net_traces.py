# SPDX-License-Identifier: LGPL-2.1-or-later
"""Scripts of actions on networks give the same results, states and events as with stock, and virsh prints the same:
stock-net-traces.json holds stock's traces."""
import contextlib
import glob
import os
import re
import subprocess
import time

import libvirt

import hosts
from net_documents import BRIDGED, IPV6, NAME, NAT, OPEN, OWNER, UUID, host, ipv4, net, port
from traces import LIMIT, Stage, on, register
from world import eventually, tiny

LIVE, CONFIG, CURRENT = libvirt.VIR_NETWORK_UPDATE_AFFECT_LIVE, libvirt.VIR_NETWORK_UPDATE_AFFECT_CONFIG, 0
MARK = NAME + "-mark"           # defined after each step: when that is heard, all the step's events have been


class NetStage(Stage):
    """A network, one that comes after it, and a connection of its own that hears of all."""
    name = NAME

    @staticmethod
    def served(side):
        with side.connection() as conn:
            hosts.served(conn.listAllNetworks)

    def listen(self):
        self.marks, self.dnsmasq = 0, []
        self.id = self.ears.networkEventRegisterAny(None, libvirt.VIR_NETWORK_EVENT_ID_LIFECYCLE, self.hear_one, "lifecycle")

    def hear_one(self, conn, network, *details):
        if network.name() == MARK:
            self.marks += 1
        else:
            self.hear(conn, network, network.name(), *details)

    def settle(self):
        wanted = self.marks + 2
        with contextlib.suppress(libvirt.libvirtError):
            self.conn.networkDefineXML(net(name=MARK, uuid=UUID % 999, forward=BRIDGED, bridge="")).undefine()
        ended = time.monotonic()
        while self.marks < wanted and time.monotonic() < ended + LIMIT:
            time.sleep(0.002)
        seen, self.seen = self.seen, []
        return [event[1:] for event in seen]

    def object(self):
        return self.conn.networkLookupByName(NAME)

    def files(self):
        """Those of the definition and of what runs."""
        there = {"definition": "/etc/libvirt/qemu/networks/%s.xml", "link": "/etc/libvirt/qemu/networks/autostart/%s.xml",
                 "status": "/run/libvirt/network/%s.xml"}
        return [word for word, path in there.items() if os.path.lexists(self.side.path(path % NAME))]

    def server(self):
        """Whether its dnsmasq runs, and whether that has been started since the last step."""
        now = []
        with contextlib.suppress(OSError, ValueError), open(self.side.path("/run/libvirt/network/%s.pid" % NAME)) as f:
            pid = int(f.read())
            with open("/proc/%d/cmdline" % pid) as f:
                now = [pid] if "/%s.conf" % NAME in f.read() else []
        before, self.dnsmasq = self.dnsmasq, now
        return ["dnsmasq" if now == before else "new dnsmasq"] if now else []

    def state(self):
        """In words, so that the stored traces can be read."""
        words = []
        with contextlib.suppress(libvirt.libvirtError):
            network = self.object()
            words += ["active" if network.isActive() else "inactive", "persistent" if network.isPersistent() else "transient"]
            words += ["autostart"] if network.autostart() else []
            if network.isActive() and network.listAllPorts():
                words.append("%d ports" % len(network.listAllPorts()))
        ports = glob.glob(self.side.path("/run/libvirt/network/%s/ports/*.xml" % NAME))
        with open("/proc/%d/net/dev" % hosts.machine(self.side).pid) as f:
            words += ["bridge"] if "swnt0:" in f.read() else []
        words += self.server() + self.files() + (["%d port files" % len(ports)] if ports else [])
        return " ".join(words) or "nothing"

    def plain(self, value):
        """An element with nothing in it is written the short way."""
        value = super().plain(value)
        return re.sub(r"<([^<>/]+)>\s*</\w+>", r"<\1/>", value) if isinstance(value, str) else value

    def remove(self):
        self.side.remove_networks()

    def close(self):
        with contextlib.suppress(libvirt.libvirtError):
            self.ears.networkEventDeregisterAny(self.id)
        super().close()


# ---- steps -----------------------------------------------------------------------------------------

def shortly(text):
    return re.sub(r"\s+", " ", str(text))[:70]


def define(number=0, flags=0, what="", **kw):
    return "define %d %s" % (number, what), lambda s: s.conn.networkDefineXMLFlags(net(number, **kw), flags)


def create_xml(number=0, flags=0, what="", **kw):
    return "createXML %d %s" % (number, what), lambda s: s.conn.networkCreateXMLFlags(net(number, **kw), flags)


def other(number, call, *args):
    """A step that calls a method of the network of that number."""
    return "%d: %s%s" % (number, call, args), lambda s: getattr(s.conn.networkLookupByUUIDString(UUID % number), call)(*args)


def plug(number=1, flags=0, **kw):
    def run(stage):
        return stage.object().portCreateXML(port(number, **kw), flags).XMLDesc()
    return "portCreateXML(%d, %d) %s" % (number, flags, shortly(kw)), run


def at(number, call, *args):
    """A step that calls a method of a port."""
    return "port %d: %s%s" % (number, call, shortly(args)), lambda s: getattr(s.object().portLookupByUUIDString(UUID % (500 + number)), call)(*args)


def ports():
    return "ports", lambda s: sorted(p.UUIDString() for p in s.object().listAllPorts())


COMMANDS = {"none": 0, "modify": 1, "delete": 2, "add": 3, "add-first": 4}
SECTIONS = {"bridge": 1, "domain": 2, "ip": 3, "ip-dhcp-host": 4, "ip-dhcp-range": 5, "forward": 6, "forward-interface": 7, "forward-pf": 8,
            "portgroup": 9, "dns-host": 10, "dns-txt": 11, "dns-srv": 12}


def update(command, section, xml, flags=LIVE, index=-1):
    return "%s %s %s %d" % (command, section, shortly(xml), flags), lambda s: s.object().update(COMMANDS[command], SECTIONS[section], index, xml, flags)


def names(what, call, *args):
    """A step that asks for a list of networks; only the script's own ones are of interest."""
    def run(stage):
        found = getattr(stage.conn, call)(*args)
        found = found if isinstance(found, list) else [found]
        return sorted(n if isinstance(n, (str, int)) else n.name() for n in found)
    return what, run


def virsh(*argv, document=None, environment=None):
    """A step that runs a command: its status, what it prints, and which error of its own.  FILE is a file with the document."""
    def run(stage):
        path = os.path.join(stage.side.root, "trace.xml")
        if document:
            with open(path, "w") as f:
                f.write(document)
        done = subprocess.run(["virsh", "-c", stage.side.uri(), *[path if a == "FILE" else a for a in argv]], capture_output=True, text=True,
                              timeout=30, stdin=subprocess.DEVNULL, env={**os.environ, "LC_ALL": "C", **(environment or {})})
        return [done.returncode, done.stdout, *re.findall("^error: (?:failed|Failed|un).*", done.stderr)]
    return "virsh " + " ".join(shortly(a) for a in argv), run


def listen():
    """What net-event prints of a start and an end."""
    def run(stage):
        with subprocess.Popen(["virsh", "-c", stage.side.uri(), "net-event", NAME, "--event", "lifecycle", "--loop"], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=1) as heard:
            eventually(lambda: b"net-event" in open("/proc/%d/cmdline" % heard.pid, "rb").read(), "virsh runs")
            time.sleep(0.4)
            stage.object().create()
            stage.object().destroy()
            lines = [heard.stdout.readline() for _ in range(2)]
            heard.kill()
        return lines
    return "virsh net-event", run


def look(name):
    """A step that shows a file of its dnsmasq, or of its state; its header's words are nobody's concern."""
    def run(stage):
        path = stage.side.path(name % NAME if "%" in name else name)
        if not os.path.exists(path):
            return "not there"
        with open(path) as f:
            text = re.sub(r"(?s)^<!--.*?-->\n\n", "", stage.plain(f.read()))
            return [line for line in text.splitlines() if not line.startswith("#")]
    return "look at " + name, run


def killed():
    """A step that kills the daemon of networks and waits for the next one; what listens, listens to that."""
    def run(stage):
        before = stage.dnsmasq
        stage.close()
        stage.side.system.kill("libvirtd" if stage.side.stock else "virtnetworkd")
        eventually(lambda: answers(stage.side), "networks are served again", 15)
        stage.conn, stage.ears = stage.side.open(), stage.side.open()
        stage.listen()
        stage.dnsmasq = before
    return "the daemon is killed", run


def answers(side):
    with contextlib.suppress(libvirt.libvirtError), side.connection() as conn:
        conn.listAllNetworks()
        return True
    return False


HOSTS, NAMES = "/var/lib/libvirt/dnsmasq/%s.hostsfile", "/var/lib/libvirt/dnsmasq/%s.addnhosts"
MACS, STATUS = "/var/lib/libvirt/dnsmasq/swnt0.macs", "/run/libvirt/network/%s.xml"
DEFINITION, PORT = "/etc/libvirt/qemu/networks/%s.xml", "/run/libvirt/network/%%s/ports/%s.xml" % (UUID % 501)
INACTIVE = libvirt.VIR_NETWORK_XML_INACTIVE
SERVED = dict(forward=NAT, ip=ipv4(inside=host(1, name="one")),
              more="<domain name='swarm.test'/><dns><txt name='t' value='v'/><host ip='10.77.77.50'><hostname>fifty</hostname></host></dns>")
GROUPS = ("<portgroup name='p' default='yes'><bandwidth><inbound average='100'/></bandwidth></portgroup>"
          "<portgroup name='q' trustGuestRxFilters='yes'/>")


def section(name, xml, again, other_element, **kw):
    """Every command on a section, with what is there already and what is not."""
    return [define(what=name, **kw), on("create"),
            update("add", name, xml, LIVE | CONFIG), update("add", name, xml, LIVE), update("modify", name, again, LIVE),
            update("delete", name, xml, LIVE), update("delete", name, xml, LIVE), update("delete", name, xml, CONFIG),
            update("add-first", name, xml, CURRENT), on("XMLDesc"), on("XMLDesc", INACTIVE), update("none", name, xml), update("add", name, other_element),
            update("add", name, "nonsense"), look(STATUS), on("destroy"), update("add", name, xml, LIVE), update("add", name, xml, LIVE | CONFIG),
            update("add", name, xml, CURRENT), look(DEFINITION), on("undefine")]


SCRIPTS = {
    "life of a defined network": [
        define(), define(), on("create"), on("create"), on("setAutostart", 1), on("setAutostart", 1), on("autostart"), on("destroy"), on("destroy"),
        on("setAutostart", 0), on("setAutostart", 7), on("undefine"), on("undefine"), define(), on("create"), on("setAutostart", 1), on("undefine"),
        on("undefine"), on("setAutostart", 1), on("setAutostart", 0), on("destroy"), on("destroy"),
    ],
    "life of a transient network": [
        create_xml(**SERVED), create_xml(), on("create"), on("undefine"), on("setAutostart", 1), on("XMLDesc", INACTIVE), define(**SERVED),
        on("setAutostart", 1),
        on("undefine"), on("destroy"), create_xml(), define(), on("destroy"), create_xml(), on("undefine"), on("destroy"), on("create"),
    ],
    "names and identities": [
        define(), define(uuid=UUID % 7, what="another uuid"), define(uuid="", what="no uuid"), define(7, uuid=UUID % 0, what="another name"),
        create_xml(uuid=UUID % 7, what="another uuid"), create_xml(uuid="", what="no uuid"), create_xml(7, uuid=UUID % 0, what="another name"),
        on("create"),
        define(uuid=UUID % 7, what="another uuid"), create_xml(), create_xml(uuid=UUID % 7, what="another uuid"),
        create_xml(7, uuid=UUID % 0, what="another name"), on("destroy"), on("undefine"), create_xml(), define(uuid=UUID % 7, what="another uuid"),
        on("destroy"),
    ],
    "names of bridges": [
        define(bridge="<bridge name='swnt0'/>", mac=False), define(1, bridge="<bridge name='swnt0'/>", what="its bridge"),
        create_xml(1, bridge="<bridge name='swnt0'/>", what="its bridge"), on("create"),
        define(1, bridge="<bridge name='swnt0'/>", what="its bridge"),
        define(bridge="<bridge name='swnt9'/>", what="another bridge"), on("bridgeName"),
        define(1, bridge="<bridge name='swnt9'/>", what="its next bridge"),
        define(1, bridge="<bridge name='swnt0'/>", what="its live bridge"), on("destroy"), on("bridgeName"),
        define(1, bridge="<bridge name='swnt0'/>", what="its former bridge"), other(1, "bridgeName"), define(2, bridge="<bridge name='swnta%d'/>"),
        other(2, "bridgeName"),
        define(3, bridge="<bridge name='swntb%d'/>", mac=False), other(3, "create"), other(3, "bridgeName"),
        create_xml(4, bridge="<bridge name='swntb%d'/>"), other(4, "bridgeName"),
        define(5, bridge="", forward="<forward mode='passthrough'/>", mac=False), other(5, "bridgeName"),
        define(6, bridge="<bridge name='swnt0'/>", forward=BRIDGED), other(6, "bridgeName"),
    ],
    "a definition changes while it runs": [
        define(**SERVED), on("create"), define(forward=OPEN, ip=ipv4(78)), on("XMLDesc"), on("XMLDesc", INACTIVE), look(DEFINITION), on("destroy"),
        on("XMLDesc"),
        on("create"), on("XMLDesc"), on("destroy"),
    ],
    "one created over its definition": [
        define(**SERVED), create_xml(ip=ipv4(78)), on("XMLDesc"), on("XMLDesc", INACTIVE), look(DEFINITION), on("destroy"), on("XMLDesc"),
        on("undefine"),
    ],
    "forms of every kind": [
        step for what, kw in {
            "isolated": dict(), "isolated with dhcp": dict(ip=ipv4()), "nat": dict(forward=NAT,
                ip=ipv4()), "route": dict(forward="<forward mode='route'/>", ip=ipv4()),
            "open": dict(forward=OPEN,
                ip=ipv4()), "nat with ports": dict(forward="<forward mode='nat'><nat><port start='2000' end='3000'/></nat></forward>", ip=ipv4()),
            "nat with addresses": dict(forward="<forward mode='nat'><nat><address start='192.0.2.3' end='192.0.2.5'/></nat></forward>", ip=ipv4()),
            "two families": dict(ip=ipv4() + IPV6 % ""), "bridge": dict(forward=BRIDGED, bridge="<bridge name='swntx'/>"),
            "macvtap": dict(forward="<forward mode='bridge'><interface dev='swnt-e0'/></forward>", bridge=""),
            "passthrough": dict(forward="<forward mode='passthrough'><interface dev='swnt-e0'/><interface dev='swnt-e1'/></forward>", bridge=""),
            "private": dict(forward="<forward mode='private' dev='swnt-e0'/>",
                bridge=""), "vepa": dict(forward="<forward mode='vepa' dev='swnt-e0'/>", bridge=""),
        }.items() for step in (define(what=what, **kw), on("create"), on("XMLDesc"), on("XMLDesc", INACTIVE), look(STATUS), on("destroy"))
    ],
    "starts that fail": [
        define(**SERVED), on("create"), create_xml(1, ip=ipv4()), define(1, ip=ipv4()), other(1, "create"), other(1, "isActive"),
        define(1, bridge="<bridge name='lo'/>"),
        other(1, "create"), define(1, bridge="<bridge name='much-too-long-for-it'/>"), other(1, "create"),
        create_xml(2, bridge="<bridge name='lo'/>"),
        other(2, "isActive"), on("destroy"),
    ],
    "ports": [
        define(**SERVED), plug(1), on("listAllPorts"), on("create"), look(STATUS), plug(1), on("XMLDesc"), look(PORT), look(MACS), plug(1),
        plug(2, more="<group>p</group>", mac="<mac address='52:54:00:6e:74:f2'/>"),
        plug(3, more="<port isolated='yes'/><rxfilters trustGuest='yes'/>", mac="<mac address='52:54:00:6e:74:f3'/>"), ports(), on("XMLDesc"),
        at(1, "XMLDesc"), at(1, "parameters"),
        at(9, "XMLDesc"), at(1, "delete"), at(1, "delete"), look(MACS), at(2, "delete"), at(2, "XMLDesc", 1), on("XMLDesc"), look(MACS),
        define(ip=ipv4(78)), on("XMLDesc"), on("destroy"), ports(),
        at(3, "XMLDesc"), at(3, "delete"), on("create"), ports(), on("XMLDesc"), on("destroy"),
    ],
    "ports of groups": [
        define(more=GROUPS), on("create"), plug(1), plug(2, more="<group>q</group>"), plug(3, more="<group>none</group>"),
        plug(4, plug="", more="<bandwidth><outbound average='7'/></bandwidth>"), at(1, "parameters"), at(4, "parameters"),
        at(4, "setParameters", {"outbound.average": 70}, 0),
        at(4, "XMLDesc"), at(4, "setParameters", {"outbound.average": 0}, 0), at(4, "parameters"),
        at(1, "setParameters", {"inbound.average": 8, "inbound.peak": 9}, 0),
        at(1, "parameters"), look(PORT), on("destroy"),
    ],
    "ports of a bridge that is there": [
        define(bridge="<bridge name='swntx'/>", forward=BRIDGED, more=GROUPS), on("create"), plug(1), look(PORT),
        plug(2, more="<virtualport type='midonet'/>"), at(1, "delete"), on("XMLDesc"),
        plug(3, 1, plug="<plug type='bridge' bridge='swntx'/>"), plug(4, 1, plug="<plug type='network' bridge='swntx'/>"), plug(5, 1),
        plug(6, plug="<plug type='bridge' bridge='swntx'/>"), on("XMLDesc"), on("destroy"),
    ],
    "ports of a pool": [
        define(bridge="", forward="<forward mode='passthrough'><interface dev='swnt-e0'/><interface dev='swnt-e1'/></forward>"), on("create"),
        plug(1), on("XMLDesc"), plug(2), on("XMLDesc"), plug(3),
        at(1, "delete"), on("XMLDesc"), plug(3), look(STATUS), plug(4, 1, plug="<plug type='direct' dev='swnt-e1' mode='passthrough'/>"),
        at(2, "delete"),
        plug(4, 1, plug="<plug type='direct' dev='swnt-e1' mode='passthrough'/>"), on("XMLDesc"), on("destroy"),
    ],
    "ports of shared devices": [
        define(bridge="", forward="<forward mode='vepa'><interface dev='swnt-e0'/><interface dev='swnt-e1'/></forward>"), on("create"), plug(1),
        plug(2), plug(3), on("XMLDesc"), at(1, "delete"), plug(4),
        on("XMLDesc"), plug(5, more="<virtualport type='openvswitch'/>"), on("destroy"),
    ],
    "hosts of DHCP": section("ip-dhcp-host", host(5, name="five"), host(5, name="funf"), "<range start='10.77.77.3' end='10.77.77.4'/>",
        **SERVED) + [look(HOSTS)],
    "hosts of DHCP, on which fields they meet": [
        define(**SERVED), on("create"), update("add", "ip-dhcp-host", host(5)), look(HOSTS), update("add", "ip-dhcp-host", host(5, "10.77.77.200")),
        update("add", "ip-dhcp-host", host(6, "10.77.77.105")),
        update("add", "ip-dhcp-host", host(7, name="one")), update("add", "ip-dhcp-host", host(8, "10.99.0.1")),
        update("delete", "ip-dhcp-host", "<host name='one'/>"),
        update("delete", "ip-dhcp-host", "<host ip='10.77.77.105'/>"), update("modify", "ip-dhcp-host", host(1, "10.77.77.44", "eins")), look(HOSTS),
        update("delete", "ip-dhcp-host", "<host/>"),
        update("add", "ip-dhcp-host", host(9), index=0), update("add", "ip-dhcp-host", host(10), index=1), update("modify", "ip-dhcp-host", host(11)),
        on("XMLDesc"), look(HOSTS), on("destroy"),
    ],
    "ranges of DHCP": section("ip-dhcp-range", "<range start='10.77.77.120' end='10.77.77.130'/>",
        "<range start='10.77.77.120' end='10.77.77.131'/>", "<host/>", **SERVED),
    "hosts of DNS": section("dns-host", "<host ip='10.77.77.60'><hostname>sixty</hostname></host>",
        "<host ip='10.77.77.60'><hostname>s</hostname></host>", "<txt/>", **SERVED),
    "texts of DNS": section("dns-txt", "<txt name='x' value='y'/>", "<txt name='x' value='z'/>", "<srv/>", **SERVED),
    "services of DNS": section("dns-srv", "<srv service='s' protocol='tcp' domain='swarm.test' target='x' port='5'/>",
        "<srv service='s' protocol='tcp'/>", "<txt/>", **SERVED),
    "port groups": section("portgroup", "<portgroup name='x'/>", "<portgroup name='x' trustGuestRxFilters='yes'/>", "<txt/>", **SERVED),
    "devices to the world": section("forward-interface", "<interface dev='swnt-e0'/>", "<interface dev='swnt-e0'/>", "<txt/>", **SERVED),
    "devices of a pool": section("forward-interface", "<interface dev='swnt-e9'/>", "<interface dev='swnt-e9'/>", "<txt/>",
                                 bridge="", forward="<forward mode='passthrough'><interface dev='swnt-e0'/></forward>"),
    "sections that cannot change": [define(**SERVED), on("create")] + [
        update(command, name, "<%s/>" % name.split("-")[-1]) for name in ("bridge", "domain", "ip", "forward", "forward-pf")
        for command in ("add", "modify", "delete")] + [on("destroy")],
    "files after updates": [
        define(**SERVED), on("create"), look(HOSTS), look(NAMES),
        update("add", "dns-host", "<host ip='10.77.77.61'><hostname>a</hostname><hostname>b</hostname></host>"), look(NAMES),
        update("delete", "dns-host", "<host ip='10.77.77.50'/>"), look(NAMES), update("add", "ip-dhcp-host", host(3, name="three")), look(HOSTS),
        on("destroy"),
        on("create"), look(HOSTS), look(NAMES), on("destroy"),
    ],
    "updates of a transient one": [
        create_xml(**SERVED), update("add", "ip-dhcp-host", host(5), CURRENT), update("add", "ip-dhcp-host", host(6), CONFIG),
        update("add", "ip-dhcp-host", host(6), LIVE | CONFIG), on("destroy"),
    ],
    "updates without an address": [
        define(), on("create"), update("add", "ip-dhcp-host", host(5)),
        update("add", "ip-dhcp-range", "<range start='10.77.77.3' end='10.77.77.4'/>"),
        update("add", "dns-host", "<host ip='10.77.77.60'><hostname>sixty</hostname></host>"), on("destroy"),
    ],
    "killed between the steps of a network's life": [
        define(**SERVED), killed(), on("setAutostart", 1), killed(), on("create"), killed(), on("XMLDesc"), define(forward=OPEN, ip=ipv4(78)),
        killed(), on("XMLDesc"), on("XMLDesc", INACTIVE), on("undefine"), killed(),
        on("XMLDesc"), define(), killed(), on("destroy"), killed(), on("undefine"), killed(), on("XMLDesc"),
    ],
    "killed between a network's updates": [
        define(**SERVED), on("create"), update("add", "ip-dhcp-host", host(5), LIVE), killed(), on("XMLDesc"), on("XMLDesc", INACTIVE), look(HOSTS),
        update("add", "dns-txt", "<txt name='x' value='y'/>", CONFIG), killed(), on("XMLDesc"), on("XMLDesc", INACTIVE),
        update("add", "portgroup", "<portgroup name='x'/>", LIVE | CONFIG), killed(), on("XMLDesc"), on("XMLDesc", INACTIVE),
        update("delete", "ip-dhcp-host", host(5), LIVE), look(HOSTS), on("destroy"), on("XMLDesc"),
    ],
    "killed while there are ports": [
        create_xml(**SERVED), plug(1), plug(2, mac="<mac address='52:54:00:6e:74:f2'/>"), killed(), ports(), on("XMLDesc"), look(MACS),
        at(1, "XMLDesc"), plug(1), at(1, "delete"), look(MACS), killed(), ports(), plug(3, mac="<mac address='52:54:00:6e:74:f3'/>"), look(MACS),
        on("destroy"), killed(), ports(),
    ],
    "killed while a pool's devices are used": [
        define(bridge="", forward="<forward mode='passthrough'><interface dev='swnt-e0'/><interface dev='swnt-e1'/></forward>"), on("create"),
        plug(1), killed(), on("XMLDesc"), plug(2), plug(3), at(1, "delete"), killed(), plug(3), on("XMLDesc"), ports(), on("destroy"),
    ],
    "lists": [
        define(), define(1, forward=BRIDGED, bridge="<bridge name='swntx'/>"), create_xml(2), on("create"), other(1, "setAutostart", 1),
        names("active", "listNetworks"), names("inactive", "listDefinedNetworks"), names("count of active", "numOfNetworks"),
        names("count of inactive", "numOfDefinedNetworks"),
    ] + [names("all %d" % flags, "listAllNetworks", flags) for flags in (0, 1, 2, 3, 4, 8, 12, 16, 32, 48, 6, 9, 10, 20, 22, 37, 63)],
    "lookups": [define(), ("by name", lambda s: s.conn.networkLookupByName(NAME).UUIDString()),
        ("by uuid", lambda s: s.conn.networkLookupByUUIDString(UUID % 0).name())],
    "virsh: life": [
        virsh("net-define", "FILE", document=net(**SERVED)), virsh("net-define", "FILE", "--validate", document=net(more="<nonsense/>")),
        virsh("net-list"), virsh("net-list", "--all"),
        virsh("net-info", NAME), virsh("net-start", NAME), virsh("net-start", NAME), virsh("net-autostart", NAME), virsh("net-info", NAME),
        virsh("net-list", "--name"), virsh("net-list", "--uuid"),
        virsh("net-list", "--all", "--table", "--persistent", "--autostart"), virsh("net-list", "--inactive"), virsh("net-list", "--transient"),
        virsh("net-list", "--no-autostart", "--all"), virsh("net-uuid", NAME), virsh("net-name", UUID % 0), virsh("net-dumpxml", NAME),
        virsh("net-dumpxml", NAME, "--inactive"), virsh("net-dhcp-leases", NAME), virsh("net-dhcp-leases", NAME, "--mac", "52:54:00:00:00:99"),
        virsh("net-autostart", NAME, "--disable"), virsh("net-destroy", NAME), virsh("net-destroy", NAME), virsh("net-undefine", NAME),
        virsh("net-undefine", NAME), virsh("net-info", NAME), virsh("net-create", "FILE", document=net()), virsh("net-info", NAME),
        virsh("net-list", "--all"), virsh("net-destroy", NAME),
        virsh("net-create", "FILE", "--validate", document=net(more="<nonsense/>")),
    ],
    "virsh: changes": [
        virsh("net-define", "FILE", document=net(**SERVED)), virsh("net-start", NAME),
        virsh("net-update", NAME, "add", "ip-dhcp-host", host(5, name="five"), "--live", "--config"),
        virsh("net-update", NAME, "add-last", "dns-host", "FILE", "--live", document="<host ip='10.77.77.62'><hostname>a</hostname></host>"),
        virsh("net-update", NAME, "delete", "ip-dhcp-host", host(5)), virsh("net-update", NAME, "modify", "dns-txt", "<txt name='t' value='w'/>"),
        virsh("net-update", NAME, "add", "nonsense", "<x/>"),
        virsh("net-update", NAME, "add", "ip-dhcp-host", host(6), "--config", "--parent-index", "0"), virsh("net-dumpxml", NAME, "--inactive"),
        virsh("net-edit", NAME, environment={"EDITOR": "sed -i s/swarm.test/swarm.example/"}), virsh("net-dumpxml", NAME, "--inactive"),
        virsh("net-edit", NAME, environment={"EDITOR": "true"}),
        virsh("net-port-create", NAME, "FILE", document=port(1)), virsh("net-port-list", NAME), virsh("net-port-list", NAME, "--uuid"),
        virsh("net-port-dumpxml", NAME, UUID % 501), virsh("net-port-create", NAME, "FILE", document=port(1)),
        virsh("net-port-delete", NAME, UUID % 501), virsh("net-port-delete", NAME, UUID % 501), virsh("net-port-list", NAME),
        virsh("net-destroy", NAME), virsh("net-port-list", NAME), virsh("net-undefine", NAME),
    ],
    "virsh: events": [define(), virsh("net-event", "--list"), listen(), virsh("net-event", "--event", "nonsense"),
        virsh("net-event", "--event", "lifecycle", "--timeout", "1")],
}

# ---- guests on networks ----------------------------------------------------------------------------

NIC = ("<interface type='network'><mac address='52:54:00:6e:74:%02x'/><source network='%s'%s/><model type='virtio'/>%s</interface>")


def nic(number=0xa0, network=NAME, source="", inside=""):
    return NIC % (number, network, source, inside)


class GuestNetStage(NetStage):
    """A network, and a guest that is to be on it: `on` calls methods of the guest."""

    def network(self):
        return super().object()

    def object(self):
        return self.conn.lookupByName(NAME)

    def plain(self, value):
        value = super().plain(value)
        if isinstance(value, str):
            value = re.sub(r"portid='[-0-9a-f]{36}'", "portid='@PORT@'", re.sub(r"'vnet\d+'", "'@TAP@'", value))
            value = re.sub(r"(?s)(<networkport>\n  <uuid>)[-0-9a-f]{36}", r"\1@PORT@", value)
        return value

    def state(self):
        """What is plugged in, by the devices' masters, the network's ports and the guest's mac addresses that its servers know."""
        words = []
        with contextlib.suppress(libvirt.libvirtError):
            words.append("guest is " + ("active" if self.object().isActive() else "off"))
        with contextlib.suppress(libvirt.libvirtError):
            words.append("%d ports" % len(self.network().listAllPorts()))
        links = hosts.machine(self.side).links()
        taps = [link.get("master", "nothing") for name, link in links.items() if name.startswith("vnet")]
        with contextlib.suppress(OSError), open(self.side.path(MACS)) as f:
            words += sorted(re.findall(r"[0-9a-f:]{17}", f.read()))
        return " ".join(words + ["tap on " + t for t in sorted(taps)])

    def remove(self):
        self.side.remove(NAME)
        super().remove()


def guest(devices="", machine="pc"):
    return "define a guest %s" % shortly(devices), lambda s: s.conn.defineXML(tiny(NAME, devices, uuid=OWNER, machine=machine))


def of_net(call, *args):
    return "network: %s%s" % (call, shortly(args)), lambda s: getattr(s.network(), call)(*args)


def interfaces(flags=0):
    return "interfaces %d" % flags, lambda s: re.findall(r"(?s)<interface.*?</interface>", s.plain(s.object().XMLDesc(flags)))


def plugged():
    return "ports", lambda s: sorted(s.plain(p.XMLDesc()) for p in s.network().listAllPorts())


def link(*argv):
    return "ip link " + " ".join(argv), lambda s: hosts.machine(s.side).run("ip", "link", *argv)


PAUSED = libvirt.VIR_DOMAIN_START_PAUSED
START = on("createWithFlags", PAUSED)
GUESTS = {
    "a guest starts and ends": [
        guest(nic()), START, define(**SERVED), START, of_net("create"), START, interfaces(), interfaces(libvirt.VIR_DOMAIN_XML_INACTIVE), plugged(),
        of_net("XMLDesc"), on("destroy"), of_net("XMLDesc"),
        START, of_net("undefine"), on("destroy"), of_net("destroy"), START,
    ],
    "a guest with two devices, one network off": [
        define(**SERVED), define(1, ip=ipv4(78)), of_net("create"), guest(nic() + nic(0xa1, NAME + "-1")), START, other(1, "create"), START,
        interfaces(), plugged(), on("destroy"), other(1, "destroy"), of_net("destroy"),
    ],
    "port groups of a guest": [
        define(more="<portgroup name='q' trustGuestRxFilters='yes'/><portgroup name='r' default='yes'/>"), of_net("create"),
        guest(nic() + nic(0xa1, source=" portgroup='q'") + nic(0xa2, source=" portgroup='none'")),
        START, interfaces(), plugged(), of_net("XMLDesc"), on("destroy"), of_net("destroy"),
    ],
    "a guest on a bridge that is there": [
        link("add", "swntx", "type", "bridge"), link("set", "swntx", "up"), define(forward=BRIDGED, bridge="<bridge name='swntx'/>"),
        of_net("create"), guest(nic()), START, interfaces(), plugged(), on("destroy"),
        of_net("destroy"), link("del", "swntx"), of_net("create"), START, of_net("destroy"),
    ],
    "properties of a guest's port": [
        define(**SERVED), of_net("create"), guest(nic(inside="<mtu size='1400'/><link state='down'/>")), START, interfaces(), plugged(),
        on("interfaceParameters", "52:54:00:6e:74:a0", 0), on("destroy"), of_net("destroy"),
    ],
    "what a guest's interface cannot have": [
        define(**SERVED), of_net("create"), guest(nic(inside="<virtualport type='openvswitch'/>")), START,
        guest(nic(inside="<bandwidth><inbound average='5' floor='5'/></bandwidth>")), START, guest(nic(inside="<vlan><tag id='4'/></vlan>")), START,
        interfaces(), plugged(), on("destroy"), of_net("destroy"),
    ],
    "a device comes and goes": [
        define(**SERVED), define(1, ip=ipv4(78)), of_net("create"), other(1, "create"),
        guest("".join("<controller type='pci' index='%d' model='pcie-root-port'/>" % i for i in range(1, 6)), machine="q35"), START,
        on("attachDeviceFlags", nic(), 1), interfaces(), plugged(),
        on("attachDeviceFlags", nic(0xa1, "sw-none"), 1), on("attachDeviceFlags", nic(0xa0), 1),
        on("attachDeviceFlags", nic(0xa2, inside="<virtualport type='openvswitch'/>"), 1), plugged(),
        on("updateDeviceFlags", nic(inside="<link state='down'/>"), 1), on("updateDeviceFlags", nic(network=NAME + "-1"), 1), interfaces(), plugged(),
        on("attachDeviceFlags", nic(0xa3), 3), on("destroy"), interfaces(),
        of_net("XMLDesc"), other(1, "XMLDesc"), of_net("destroy"), other(1, "destroy"),
    ],
    "a port is deleted behind a guest": [define(**SERVED), of_net("create"), guest(nic()), START,
        ("delete", lambda s: s.network().listAllPorts()[0].delete()), of_net("XMLDesc"), on("destroy"), of_net("destroy")],
}

RECORDS = [register("network trace", SCRIPTS, NetStage, "stock-net-traces.json"),
           register("network and guest", GUESTS, GuestNetStage, "stock-net-guests.json")]


def record(side):
    for one in RECORDS:
        one(side)
