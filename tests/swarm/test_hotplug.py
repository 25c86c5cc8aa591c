# SPDX-License-Identifier: LGPL-2.1-or-later
"""Devices that come to a guest that runs, change there and go again."""
import contextlib
import json
import os
import re
import signal
import time

import libvirt
import libvirt_qemu

import guest
from cases import case
from world import Events, check, disk, equal, eventually, tiny

LIVE, CONFIG, FORCE = libvirt.VIR_DOMAIN_AFFECT_LIVE, libvirt.VIR_DOMAIN_AFFECT_CONFIG, libvirt.VIR_DOMAIN_DEVICE_MODIFY_FORCE
PORTS = "<controller type='pci' index='0' model='pcie-root'/>" + "<controller type='pci' model='pcie-root-port'/>" * 10
BUSES = PORTS + ("<controller type='scsi' model='virtio-scsi'/><controller type='virtio-serial' index='0'/>"
                 "<controller type='usb' model='qemu-xhci'/><serial type='pty'/>")
RNG = "<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>"
USER = "<interface type='user'><mac address='52:54:00:11:22:33'/><model type='virtio'/>%s</interface>"
WATCHDOG = "<watchdog model='i6300esb' action='poweroff'/>"
TABLET = "<input type='tablet' bus='usb'/>"
USB_SERIAL = "<serial type='pty'><target type='usb-serial'/></serial>"
CHANNEL = "<channel type='unix'><target type='virtio' name='org.x.0'/></channel>"


@contextlib.contextmanager
def q35(side, name, devices="", state="running", **kw):
    with side.guest(name, tiny(name, machine="q35", devices=BUSES + devices, memory="64", **kw), state) as dom:
        yield dom


@contextlib.contextmanager
def watched(side, dom):
    """The events of devices of a guest: a list of (kind, alias)."""
    Events.start()
    kinds = {libvirt.VIR_DOMAIN_EVENT_ID_DEVICE_ADDED: "added", libvirt.VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED: "removed",
             libvirt.VIR_DOMAIN_EVENT_ID_DEVICE_REMOVAL_FAILED: "failed"}
    seen = []
    with side.connection() as conn:
        numbers = [conn.domainEventRegisterAny(conn.lookupByName(dom.name()), kind,
                                               lambda c, d, alias, what: seen.append((what, alias)), what)
                   for kind, what in kinds.items()]
        try:
            yield seen
        finally:
            for number in numbers:
                conn.domainEventDeregisterAny(number)


def refused(what, call, code=None, domain=None):
    try:
        call()
    except libvirt.libvirtError as error:
        if code is not None:
            equal((error.get_error_code(), error.get_error_domain()), (code, domain), what)
        return error
    check(False, "%s is accepted", what)


def qmp(dom, command, **args):
    text = json.dumps({"execute": command, "arguments": args} if args else {"execute": command})
    return json.loads(libvirt_qemu.qemuMonitorCommand(dom, text, 0))["return"]


def inside(dom):
    """What QEMU has: nodes, character devices, devices, objects, sets of descriptors."""
    return {"nodes": sorted(n["node-name"] for n in qmp(dom, "query-named-block-nodes")),
            "chardevs": sorted(c["label"] for c in qmp(dom, "query-chardev")),
            "devices": sorted(d["name"] for d in qmp(dom, "qom-list", path="/machine/peripheral")),
            "objects": sorted(d["name"] for d in qmp(dom, "qom-list", path="/objects")),
            "fdsets": len(qmp(dom, "query-fdsets"))}


def devices(dom, element, flags=0):
    return re.findall(r"<%s[ >].*?</%s>|<%s[^>]*/>" % (element, element, element), dom.XMLDesc(flags), re.S)


@case("hotplug: devices come, with an alias, a place and an event")
def come(side):
    image = side.image("hot.img")
    with q35(side, "sw-come") as dom, watched(side, dom) as events:
        wanted = [(disk(image), "virtio-disk0"), (disk(side.image("hot2.img"), "sdb", "scsi"), "scsi0-0-0-1"), (RNG, "rng0"),
                  (USER % "", "net0"), (TABLET, "input2"), (USB_SERIAL, "serial1"), (CHANNEL, "channel0")]
        for xml, alias in wanted:
            dom.attachDevice(xml)
            check("<alias name='%s'/>" % alias in dom.XMLDesc(), "%s is in the document", alias)
            check(alias in inside(dom)["devices"], "%s is in QEMU", alias)
        eventually(lambda: len(events) >= len(wanted), "the events")
        equal(events, [("added", alias) for _, alias in wanted], "the events")
        check("/dev/pts/" in devices(dom, "serial")[1], "the path of the new serial port: %s", devices(dom, "serial")[1])
        equal(dom.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE).count("<disk"), 0, "disks of the definition")
        dom.destroy()
        equal(os.stat(image).st_uid, 0, "the image's owner after the end")


@case("hotplug: devices that need no consent go at once")
def go(side):
    with q35(side, "sw-go") as dom, watched(side, dom) as events:
        before = inside(dom)
        for xml in (disk(side.image("hot.img"), "sdb", "scsi"), TABLET, USB_SERIAL, CHANNEL, disk(side.image("hot2.img"), "sdq", "usb")):
            dom.attachDevice(xml)
            alias = eventually(lambda: events and events.pop(0), "an event")
            check(xml, "attached")
            shown = re.search(r"<(\w+)", xml).group(1)
            dom.detachDevice([d for d in devices(dom, shown) if "'%s'" % alias[1] in d][0])
            equal(eventually(lambda: events and events.pop(0), "an event"), ("removed", alias[1]), "the event")
            equal(inside(dom), before, "QEMU after %s" % alias[1])
            check("'%s'" % alias[1] not in dom.XMLDesc(), "%s is gone from the document", alias[1])
        equal(os.stat(side.image("hot.img")).st_uid, 0, "the image's owner")
