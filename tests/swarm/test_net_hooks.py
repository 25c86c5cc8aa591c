# SPDX-License-Identifier: LGPL-2.1-or-later
"""Programs of the administrator that run when something happens to networks, and definitions that he put there by hand."""
import contextlib
import os
import re

import libvirt

import net_documents as docs
from cases import case
from hook_programs import document, hooks, lines
from world import check, equal

NAME = "sw-nt"
ROW = "<dns><host ip='10.9.9.%d'><hostname>h%d</hostname></host></dns>"
XML = docs.net(forward=docs.OPEN, ip=docs.ipv4(dhcp=None))


def called(*operations):
    return ["network %s %s" % (NAME, operation) for operation in operations]


@contextlib.contextmanager
def defined(side, xml=XML):
    with side.connection() as conn:
        net = conn.networkDefineXML(xml)
        try:
            yield net
        finally:
            with contextlib.suppress(libvirt.libvirtError):
                net.destroy()
            net.undefine()


def refused(function, *args):
    """The code and the words of the error."""
    try:
        function(*args)
    except libvirt.libvirtError as e:
        equal(e.get_error_domain(), libvirt.VIR_FROM_HOOK, "the domain of the error (%s)" % e)
        return e.get_error_code(), str(e)
    return None, ""


def update(net, number, flags=libvirt.VIR_NETWORK_UPDATE_AFFECT_LIVE):
    net.update(libvirt.VIR_NETWORK_UPDATE_COMMAND_ADD_LAST, libvirt.VIR_NETWORK_SECTION_DNS_HOST, -1,
               "<host ip='10.9.9.%d'><hostname>h%d</hostname></host>" % (number, number), flags)


@case("network hooks: their order, arguments and documents", ours=True)
def order(side):
    with hooks(side, network="", network_d_20="", network_d_10=""), defined(side) as net:
        net.create()
        equal(lines(side), ["%s %s %s" % (p, NAME, op) for op in ("start begin -", "started begin -") for p in ("network", "10", "20")],
              "the hooks of a start")
        text = document(side, "started")
        check(text.startswith("<hookData>\n  <network>\n    <name>%s</name>" % NAME), "the document: %s", text)
    with hooks(side, network=""), defined(side) as net:
        net.create()
        lines(side)
        update(net, 1)
        check("<hostname>h1</hostname>" in document(side, "updated"), "the network after the update")
        port = net.portCreateXML(docs.port(), 0)
        check("<network connections='1'>" in document(side, "port-created"), "the port counts")
        check("\n  <networkport>\n    <uuid>%s" % port.UUIDString() in document(side, "port-created"), "the port")
        port.delete()
        check("connections" not in document(side, "port-deleted"), "the port does not count")
        check("<networkport>" in document(side, "port-deleted"), "the port that was")
        net.destroy()
        equal(lines(side), called("updated begin -", "port-created begin -", "port-deleted begin -", "stopped end -"), "the hooks")


@case("network hooks: one that fails a start or a port", ours=True)
def failing(side):
    wanted = libvirt.VIR_ERR_HOOK_SCRIPT_FAILED
    for operation in ("start", "started"):
        with hooks(side, network="test $2 != %s || { echo no room >&2; exit 3; }" % operation), defined(side) as net:
            code, words = refused(net.create)
            equal(code, wanted, "the error of a failing '%s'" % operation)
            check("no room" in words and operation + " begin" in words, "the words: %s", words)
            check(not net.isActive(), "it runs")
            check(not os.path.exists("/sys/class/net/swnt0"), "the bridge is left")
            check(not os.path.exists(side.path("/run/libvirt/network/%s.xml" % NAME)), "the status is left")
    with hooks(side, network="test $2 != port-created || exit 3"), defined(side) as net:
        net.create()
        equal(refused(net.portCreateXML, docs.port(), 0)[0], wanted, "the error of a failing 'port-created'")
        equal(net.listAllPorts(), [], "the ports")


@case("network hooks: those that only hear of it may fail", ours=True)
def told(side):
    with hooks(side, network="case $2 in updated|port-deleted|stopped) exit 3; esac"), defined(side) as net:
        net.create()
        update(net, 2)
        net.portCreateXML(docs.port(), 0).delete()
        net.destroy()
        check(not net.isActive(), "it ended")


@case("network hooks: queries are answered while one runs", ours=True)
def busy(side):
    asking = "virsh -q -c '%s' net-info %s > %s/sw-hook.info 2>&1" % (side.uri(), NAME, side.path("/run"))
    with hooks(side, network="test $2 != started || " + asking), defined(side) as net:
        net.create()
        with open(side.path("/run/sw-hook.info")) as f:
            check("Bridge:" in f.read(), "an answer")


@case("networks: who wants one that is about to start with the host waits for it", ours=True, once=True)
def autostart(side):
    with hooks(side, network="test $2 != start || sleep 0.5"), defined(side) as net:
        net.setAutostart(1)
        os.unlink(side.path("/run/libvirt/network/autostarted"))
        side.system.kill("virtnetworkd")
        with side.connection() as conn:
            again = conn.networkLookupByName(NAME)
            equal(again.isActive(), 0, "whether it runs already")
            again.portCreateXML(docs.port(), 0)
            equal(again.isActive(), 1, "whether it runs")
        check(os.path.exists(side.path("/run/libvirt/network/autostarted")), "autostart is noted")


@case("networks: a file without uuid and address becomes whole", ours=True, once=True)
def by_hand(side):
    path = side.path("/etc/libvirt/qemu/networks/%s.xml" % NAME)
    with side.connection() as conn:
        conn.listAllNetworks()
    with open(path, "w") as f:
        f.write("<network><name>%s</name><bridge name='swnt0'/></network>" % NAME)
    try:
        seen = []
        for _ in range(2):
            side.system.kill("virtnetworkd")
            with side.connection() as conn:
                text = conn.networkLookupByName(NAME).XMLDesc()
                seen.append((re.search("<uuid>(.*)</uuid>", text)[1], re.search("<mac address='(.*)'/>", text)[1]))
        equal(seen[0], seen[1], "what it got")
        with open(path) as f:
            check(seen[0][0] in f.read(), "it is in the file")
    finally:
        with side.connection() as conn:
            conn.networkLookupByName(NAME).undefine()
