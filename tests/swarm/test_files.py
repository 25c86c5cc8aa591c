# SPDX-License-Identifier: LGPL-2.1-or-later
"""Bad files below /etc and /run: the daemon starts, says which they are, and everything else works."""
import contextlib
import os
import shutil

import libvirt

from cases import case
from world import check, equal, eventually, tiny

ETC, RUN = "etc/libvirt/qemu", "run/libvirt/qemu"
GOOD = tiny("sw-good", uuid="55555555-5555-4555-8555-000000000001")


def status(name, pid, more=""):
    return ("<domstatus state='running' reason='booted' pid='%d'>\n  <monitor path='/nonexistent/monitor.sock' type='unix'/>\n%s"
            "  <domain type='qemu' id='7'>\n    <name>%s</name>\n    <uuid>55555555-5555-4555-8555-00000000000%d</uuid>\n"
            "    <memory unit='KiB'>16384</memory>\n    <vcpu>1</vcpu>\n    <os><type arch='x86_64' machine='pc-i440fx-7.2'>hvm</type></os>\n"
            "    <devices><emulator>/usr/bin/qemu-system-x86_64</emulator></devices>\n  </domain>\n</domstatus>\n"
            % (pid, more, name, len(name) % 10))


# what is there before the first start: path below the root -> text, or a function that makes it
BAD = {
    ETC + "/sw-empty.xml": "",
    ETC + "/sw-garbage.xml": "\x01\x02\x03 not XML at all",
    ETC + "/sw-truncated.xml": GOOD[:120],
    ETC + "/sw-network.xml": "<network><name>sw-network</name></network>",
    ETC + "/sw-wrongname.xml": tiny("sw-othername", uuid="55555555-5555-4555-8555-0000000000aa"),
    ETC + "/sw-nomachine.xml": tiny("sw-nomachine", machine="abacus-1"),
    ETC + "/sw-noemulator.xml": tiny("sw-noemulator", "<emulator>/nonexistent/qemu</emulator>"),
    ETC + "/sw-huge.xml": "<domain type='qemu'><name>sw-huge</name>" + "<!-- x -->" * 200000,
    ETC + "/sw-folder.xml": os.mkdir,
    ETC + "/sw-dangling.xml": lambda path: os.symlink("/nonexistent/file", path),
    ETC + "/sw-left.xml.new": GOOD,
    ETC + "/.sw-left.xml.Ab12Cd": "half a fi",
    ETC + "/README": "a file of somebody else's",
    ETC + "/autostart/sw-nobody.xml": lambda path: os.symlink("/etc/libvirt/qemu/sw-nobody.xml", path),
    ETC + "/autostart/sw-file.xml": "not a link",
    RUN + "/sw-empty.xml": "",
    RUN + "/sw-truncated.xml": status("sw-truncated", 1)[:150],
    RUN + "/sw-garbage.xml": "garbage",
    RUN + "/sw-deadpid.xml": status("sw-deadpid", 4194303),
    RUN + "/sw-notqemu.xml": status("sw-notqemu", 1),
    RUN + "/sw-folder.xml": os.mkdir,
    RUN + "/sw-nopid.pid": "nonsense",
}


def litter(root):
    for path, what in BAD.items():
        full = os.path.join(root, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        if callable(what):
            what(full)
        else:
            with open(full, "w") as f:
                f.write(what)
    with open(os.path.join(root, ETC, "sw-good.xml"), "w") as f:
        f.write("<!-- a comment -->\n" + GOOD)
    os.symlink("/etc/libvirt/qemu/sw-good.xml", os.path.join(root, ETC, "autostart/sw-good.xml"))


@contextlib.contextmanager
def littered(side, more=None):
    root = os.path.join(side.root, "littered")
    shutil.rmtree(root, ignore_errors=True)
    os.makedirs(root)
    os.chmod(root, 0o755)
    litter(root)
    if more:
        more(root)
    try:
        with side.system.fresh(root) as system:
            yield system.sides[0]
            system.sides[0].remove_all()
    finally:
        shutil.rmtree(root, ignore_errors=True)


def works(side):
    with side.connection() as conn:
        names = {d.name() for d in conn.listAllDomains()}
        check("sw-good" in names, "the good definition is there: %r", names)
        for bad in ("sw-empty", "sw-garbage", "sw-truncated", "sw-network", "sw-huge", "sw-folder", "sw-dangling", "sw-left", "sw-wrongname"):
            check(bad not in names, "%s is not a guest", bad)
        good = conn.lookupByName("sw-good")
        eventually(lambda: good.state()[0] == libvirt.VIR_DOMAIN_RUNNING, "the good one has been started by autostart", 15)
        good.destroy()
        for name in ("sw-good", "sw-truncated", "sw-empty"):
            dom = conn.defineXML(tiny(name) if name != "sw-good" else GOOD)
            dom.createWithFlags(libvirt.VIR_DOMAIN_START_PAUSED)
            equal(dom.state()[0], libvirt.VIR_DOMAIN_PAUSED, "%s runs" % name)
            dom.destroy()
            dom.undefine()
    check(os.path.exists(side.path("/" + ETC + "/README")), "what is not ours is left alone")
    check(os.path.exists(side.path("/" + ETC + "/sw-garbage.xml")), "a bad definition is left for its owner to mend")


@case("files: bad definitions and status files", once=True)
def bad_files(side):
    with littered(side) as there:
        works(there)


@case("files: a pipe among the definitions does not hang the daemon", once=True, ours=True)
def pipe(side):
    with littered(side, lambda root: os.mkfifo(os.path.join(root, ETC, "sw-pipe.xml"))) as there:
        works(there)


@case("files: leftovers of an interrupted write are removed", once=True, ours=True)
def leftovers(side):
    with littered(side) as there:
        works(there)
        left = [n for n in os.listdir(there.path("/" + RUN)) if n.startswith("sw-") and n.endswith(".xml")
                and n not in ("sw-folder.xml",)]
        equal(left, [], "status files of no guest")


@case("files: a stock daemon's tree is understood", once=True, ours=True)
def stock_tree(side):
    """Definitions, autostart and titles that a stock daemon wrote, opened by ours."""
    from systems import StockSystem
    stock_root, root = os.path.join(side.root, "tree-stock"), os.path.join(side.root, "tree-ours")
    names = {"sw-t%d" % i: row for i, row in enumerate((dict(), dict(machine="q35"), dict(before="<title>T</title>")))}
    for path in (stock_root, root):
        shutil.rmtree(path, ignore_errors=True)
        os.makedirs(path)
        os.chmod(path, 0o755)
    with StockSystem(stock_root) as theirs:
        with theirs.sides[0].connection() as conn:
            for name, row in names.items():
                dom = conn.defineXML(tiny(name, **row))
                if name == "sw-t1":
                    dom.setAutostart(1)
            before = {d.name(): (d.UUIDString(), d.autostart(), d.XMLDesc()) for d in conn.listAllDomains()}
    os.makedirs(os.path.join(root, "etc/libvirt"))
    shutil.copytree(os.path.join(stock_root, ETC), os.path.join(root, ETC), symlinks=True)
    with side.system.fresh(root) as ours:
        with ours.sides[0].connection() as conn:
            after = {d.name(): (d.UUIDString(), d.autostart(), d.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)) for d in conn.listAllDomains()}
        equal(sorted(after), sorted(before), "the guests")
        for name in before:
            for what, a, b in zip(("uuid", "autostart", "XML"), after[name], before[name]):
                equal(a, b, "%s of %s" % (what, name))
        ours.sides[0].remove_all()
    for path in (stock_root, root):
        shutil.rmtree(path, ignore_errors=True)
