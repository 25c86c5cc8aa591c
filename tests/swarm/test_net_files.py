# SPDX-License-Identifier: LGPL-2.1-or-later
"""Bad files of networks below /etc and /run: the daemon starts, everything else works, and what is not ours stays."""
import contextlib
import os
import shutil

import libvirt

import hosts
from cases import case
from net_documents import BRIDGED, NAT, UUID, ipv4, net, port
from world import check, equal, eventually

ETC, RUN = "etc/libvirt/qemu/networks", "run/libvirt/network"
GOOD = net(1, name="sw-good", forward=NAT, ip=ipv4())
BRIDGE = "<bridge name='swntx'/>"
POOL = dict(bridge="", forward="<forward mode='vepa'><interface dev='swnt-e0'/></forward>")
PLUG = "<plug type='direct' dev='swnt-e0' mode='vepa'/>"


def status(name, number, inner="<class_id bitmap='0-2'/><floor sum='0'/>", **kw):
    return "<networkstatus>%s%s</networkstatus>\n" % (inner, net(number, name=name, **kw))


BAD = {
    ETC + "/sw-empty.xml": "",
    ETC + "/sw-garbage.xml": "\x01\x02\x03 not XML at all",
    ETC + "/sw-truncated.xml": GOOD[:100],
    ETC + "/sw-guest.xml": "<domain type='qemu'><name>sw-guest</name></domain>",
    ETC + "/sw-wrongname.xml": net(2, name="sw-othername"),
    ETC + "/sw-badmode.xml": net(3, name="sw-badmode", forward="<forward mode='carrier-pigeon'/>"),
    ETC + "/sw-huge.xml": "<network><name>sw-huge</name>" + "<!-- x -->" * 400000,
    ETC + "/sw-folder.xml": os.mkdir,
    ETC + "/sw-dangling.xml": lambda path: os.symlink("/nonexistent/file", path),
    ETC + "/sw-left.xml.new": GOOD,
    ETC + "/README": "a file of somebody else's",
    ETC + "/autostart/sw-nobody.xml": lambda path: os.symlink("/etc/libvirt/qemu/networks/sw-nobody.xml", path),
    ETC + "/autostart/sw-folder": os.mkdir,
    RUN + "/sw-empty.xml": "",
    RUN + "/sw-truncated.xml": status("sw-truncated", 4)[:150],
    RUN + "/sw-garbage.xml": "garbage",
    RUN + "/sw-nobridge.xml": status("sw-nobridge", 5),
    RUN + "/sw-noclass.xml": status("sw-noclass", 6, "", forward=BRIDGED, bridge=BRIDGE),
    RUN + "/sw-badclass.xml": status("sw-badclass", 7, "<class_id bitmap='x'/>", forward=BRIDGED, bridge=BRIDGE),
    RUN + "/sw-folder.xml": os.mkdir,
    RUN + "/sw-nopid.pid": "nonsense",
    # a network of devices runs while its status says so: this has ports of all kinds
    RUN + "/sw-alive.xml": status("sw-alive", 8, **POOL),
    RUN + "/sw-alive/ports/%s.xml" % (UUID % 501): port(1, plug=PLUG),
    RUN + "/sw-alive/ports/%s.xml" % (UUID % 502): "",
    RUN + "/sw-alive/ports/%s.xml" % (UUID % 503): "garbage",
    RUN + "/sw-alive/ports/%s.xml" % (UUID % 504): port(5, plug=PLUG),
    RUN + "/sw-alive/ports/nonsense.xml": port(6, plug=PLUG),
    RUN + "/sw-alive/ports/%s" % (UUID % 507): "no suffix",
    RUN + "/sw-nobody/ports/%s.xml" % (UUID % 508): port(8),
}


def litter(root):
    for path, what in {**BAD, ETC + "/sw-good.xml": "<!-- a comment -->\n" + GOOD, ETC + "/sw-plain.xml": net(9, name="sw-plain")}.items():
        full = os.path.join(root, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        if callable(what):
            what(full)
        else:
            with open(full, "w") as f:
                f.write(what)
    os.symlink("/etc/libvirt/qemu/networks/sw-good.xml", os.path.join(root, ETC, "autostart/sw-good.xml"))


@contextlib.contextmanager
def littered(side, more=None):
    hosts.machine(side)
    root = os.path.join(side.root, "littered")
    shutil.rmtree(root, ignore_errors=True)
    os.makedirs(root)
    os.chmod(root, 0o755)
    litter(root)
    if more:
        more(root)
    try:
        with side.system.fresh(root, "virtqemud,virtlogd,virtnetworkd") as system:
            there = system.sides[0]
            with there.connection() as conn:
                hosts.served(conn.listAllNetworks)
            yield there
            there.remove_networks()
    finally:
        shutil.rmtree(root, ignore_errors=True)


def names(conn, flags=0):
    return sorted(n.name() for n in conn.listAllNetworks(flags))


def works(side):
    with side.connection() as conn:
        for good in ("sw-good", "sw-plain", "sw-alive"):
            check(good in names(conn), "%s is there, of %s", good, names(conn))
        for bad in ("sw-empty", "sw-garbage", "sw-truncated", "sw-guest", "sw-huge", "sw-folder", "sw-dangling", "sw-left", "sw-wrongname", "sw-badmode", "sw-nobody"):
            check(bad not in names(conn), "%s is no network", bad)
        good = conn.networkLookupByName("sw-good")
        eventually(good.isActive, "the good one has been started with the host")
        equal(good.autostart(), 1, "its mark")
        equal(conn.networkLookupByName("sw-plain").isActive(), 0, "the one without a mark")
        alive = conn.networkLookupByName("sw-alive")
        equal((alive.isActive(), alive.isPersistent()), (1, 0), "the one that runs")
        ports = {p.UUIDString() for p in alive.listAllPorts()}
        check(UUID % 501 in ports and ports <= {UUID % 501, UUID % 505, UUID % 506}, "its ports: %s", ports)
        check("nobridge" not in str(names(conn, libvirt.VIR_CONNECT_LIST_NETWORKS_ACTIVE)), "the bridge of one is gone")
        alive.portCreateXML(port(10))
        alive.portLookupByUUIDString(UUID % 501).delete()
        for name in ("sw-truncated", "sw-empty", "sw-nobody", "sw-nobridge"):
            with contextlib.suppress(libvirt.libvirtError):
                conn.networkLookupByName(name).undefine()
            network = conn.networkDefineXML(net(12, name=name, uuid=UUID % 12))
            network.create()
            equal(network.isActive(), 1, name + " runs")
            equal([p.UUIDString() for p in network.listAllPorts()], [], "ports of " + name)
            network.destroy()
            network.undefine()
    check(os.path.exists(side.path("/" + ETC + "/README")), "what is not ours is left alone")
    check(os.path.exists(side.path("/" + ETC + "/sw-garbage.xml")), "a bad definition is left for its owner to mend")


@case("network files: bad definitions, status and ports", once=True)
def bad_files(side):
    with littered(side) as there:
        works(there)


@case("network files: a pipe among the definitions does not hang the daemon", once=True, ours=True)
def pipe(side):
    def more(root):
        for folder in (ETC, RUN, RUN + "/sw-alive/ports"):
            os.mkfifo(os.path.join(root, folder, "sw-pipe.xml"))
    with littered(side, more) as there:
        works(there)


@case("network files: two definitions with one uuid", once=True)
def same_uuid(side):
    def more(root):
        for name in ("sw-one", "sw-two"):
            with open(os.path.join(root, ETC, name + ".xml"), "w") as f:
                f.write(net(20, name=name))
    with littered(side, more) as there, there.connection() as conn:
        equal(len([n for n in names(conn) if n in ("sw-one", "sw-two")]), 1, "how many of them there are")
        check(conn.networkLookupByUUIDString(UUID % 20).name() in ("sw-one", "sw-two"), "who has it")


@case("network files: leftovers of an interrupted write are removed", once=True, ours=True)
def leftovers(side):
    with littered(side) as there:
        works(there)
        left = [n for n in os.listdir(there.path("/" + RUN)) if n.startswith("sw-") and n.endswith(".xml") and n not in ("sw-folder.xml",)]
        left = [n for n in left if n not in ("sw-good.xml", "sw-alive.xml", "sw-noclass.xml", "sw-badclass.xml")]
        equal(left, [], "status files of no network")


