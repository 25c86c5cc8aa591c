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
from test_crash import back
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
            "descriptors": sum(len(s["fds"]) for s in qmp(dom, "query-fdsets"))}


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


def linux(side, name):
    """A Linux guest with room for everything."""
    xml = guest.linux(side, name, devices=PORTS + "<controller type='usb' model='qemu-xhci'/>"
                      "<disk type='file' device='cdrom'><target dev='sda' bus='sata'/></disk>", cmdline="console=ttyS0 quiet memhp_default_state=online")
    return xml.replace("<memory unit='MiB'>96</memory>",
                       "<maxMemory slots='4' unit='MiB'>1024</maxMemory><memory unit='MiB'>160</memory><vcpu current='1'>3</vcpu>").replace(
        "<devices>", "<cpu><numa><cell id='0' cpus='0-2' memory='160' unit='MiB'/></numa></cpu><devices>", 1)


@contextlib.contextmanager
def booted(side, name):
    with contextlib.suppress(FileNotFoundError):
        os.unlink(guest.log_path(side, name))
    with side.guest(name, linux(side, name), "running") as dom:
        guest.ready(side, name)
        yield dom


@case("hotplug: a Linux guest takes devices and gives them up")
def consent(side):
    image = side.image("hot.img")
    with booted(side, "sw-linux") as dom, watched(side, dom) as events:
        before = inside(dom)
        for xml, element in ((disk(image), "disk"), (USER % "", "interface"), (RNG, "rng")):
            dom.attachDevice(xml)
            alias = eventually(lambda: events and events.pop(0), "the event of %s" % element)[1]
            time.sleep(1)                       # the guest's driver finds it
            dom.detachDevice([d for d in devices(dom, element) if "'%s'" % alias in d][0])
            equal(eventually(lambda: events and events.pop(0), "%s is given up" % alias), ("removed", alias), "the event")
            check("'%s'" % alias not in dom.XMLDesc(), "%s is gone from the document", alias)
            equal(inside(dom), before, "QEMU after %s" % alias)
        equal(os.stat(image).st_uid, 0, "the image's owner")


@case("hotplug: a Linux guest's memory grows")
def memory(side):
    with booted(side, "sw-dimm") as dom, watched(side, dom) as events:
        was = dom.maxMemory()
        dom.attachDevice("<memory model='dimm'><target><size unit='MiB'>128</size><node>0</node></target></memory>")
        equal(eventually(lambda: events and events.pop(0), "the event"), ("added", "memdimm0"), "the event")
        equal(dom.maxMemory(), was + 128 * 1024, "the guest's memory")
        check("<address type='dimm' slot='0'" in devices(dom, "memory")[-1], "its place: %s", devices(dom, "memory")[-1])
        refused("more than fits", lambda: dom.attachDevice("<memory model='dimm'><target><size unit='MiB'>900</size><node>0</node></target></memory>"),
                libvirt.VIR_ERR_CONFIG_UNSUPPORTED, libvirt.VIR_FROM_DOMAIN)


@case("hotplug: media come and go")
def media(side):
    drive = "<disk type='file' device='cdrom'>%s<target dev='sda' bus='sata'/></disk>"
    first, second = side.image("cd1.img"), side.image("cd2.img")
    with q35(side, "sw-media", drive % "") as dom:
        empty = inside(dom)["nodes"]
        for path in (first, second):
            dom.updateDeviceFlags(drive % ("<source file='%s'/>" % path), LIVE)
            check(path in devices(dom, "disk")[0], "the medium: %s", devices(dom, "disk")[0])
            equal(len(inside(dom)["nodes"]), len(empty) + 2, "nodes")
            check(os.stat(path).st_uid != 0, "the guest has the medium")
        check(side.stock or os.stat(first).st_uid == 0, "the owner of a medium that left")
        refused("a medium that is not there", lambda: dom.updateDeviceFlags(drive % "<source file='/nonexistent/x'/>", LIVE),
                libvirt.VIR_ERR_SYSTEM_ERROR, libvirt.VIR_FROM_STORAGE)
        check(second in devices(dom, "disk")[0], "the medium stays")
        dom.updateDeviceFlags(drive % "", LIVE | FORCE)
        equal(inside(dom)["nodes"], empty, "nodes of an empty drive")
        check(side.stock or os.stat(second).st_uid == 0, "the owner of a medium that left")
        dom.attachDevice(drive % ("<source file='%s'/>" % first))
        check(first in devices(dom, "disk")[0], "a medium is attached")
        dom.attachDevice(disk(second, "sdf", "scsi"))
        before = inside(dom)
        refused("a medium that a disk has", lambda: dom.attachDevice(drive % ("<source file='%s'/>" % second)),
                libvirt.VIR_ERR_INTERNAL_ERROR, libvirt.VIR_FROM_QEMU)
        check(first in devices(dom, "disk")[0], "the medium goes back")
        equal(inside(dom), before, "QEMU")


@case("hotplug: a guest that does not answer keeps its device")
def silent(side):
    with q35(side, "sw-silent") as dom, watched(side, dom) as events:
        dom.attachDevice(disk(side.image("hot.img")))
        before = inside(dom)
        begun = time.monotonic()
        dom.detachDevice(disk(side.image("hot.img")))
        check(4 < time.monotonic() - begun < 9, "it waits for the guest: %.1f s", time.monotonic() - begun)
        check("virtio-disk0" in dom.XMLDesc(), "the disk stays in the document")
        equal(inside(dom), before, "QEMU")
        begun = time.monotonic()
        dom.detachDeviceAlias("virtio-disk0", LIVE)
        check(time.monotonic() - begun < 2, "by alias nobody waits")
        equal([e for e in events if e[0] != "added"], [], "events")


@case("hotplug: an attachment that fails leaves nothing")
def failures(side):
    image, other = side.image("hot.img"), side.image("hot2.img")
    notq = side.image("notq.img", "64k")
    with open(notq, "w", encoding="ascii") as f:
        f.write("x" * 4096)
    with q35(side, "sw-failures") as dom, watched(side, dom) as events:
        dom.attachDevice(disk(image))
        eventually(lambda: len(events) == 1, "the first event")
        before, document = inside(dom), dom.XMLDesc()
        fail, qemu, domain = libvirt.VIR_ERR_INTERNAL_ERROR, libvirt.VIR_FROM_QEMU, libvirt.VIR_FROM_DOMAIN
        for what, xml, code, source in (
                ("a missing image", disk("/nonexistent.img", "vdb"), libvirt.VIR_ERR_SYSTEM_ERROR, libvirt.VIR_FROM_STORAGE),
                ("a locked image", disk(image, "vdb"), fail, qemu),
                ("a wrong format", disk(notq, "vdb", "virtio", "qcow2"), fail, qemu),
                ("a target that is taken", disk(other), libvirt.VIR_ERR_XML_ERROR, domain),
                ("a bus that keeps devices", disk(other, "sdc", "sata"), fail, qemu),
                ("a random device that is not there", RNG.replace("/dev/urandom", "/dev/nosuch"), libvirt.VIR_ERR_SYSTEM_ERROR, libvirt.VIR_FROM_CGROUP),
                ("a mouse on PS/2", "<input type='mouse' bus='ps2'/>", libvirt.VIR_ERR_OPERATION_UNSUPPORTED, qemu),
                ("a peer that is not there", "<serial type='tcp'><source mode='connect' host='127.0.0.1' service='1'/><target type='usb-serial'/></serial>", fail, qemu),
                ("an unknown kind", "<nonsense/>", libvirt.VIR_ERR_CONFIG_UNSUPPORTED, domain)):
            refused(what, lambda: dom.attachDevice(xml), code, source)
            equal(inside(dom), before, "QEMU after %s" % what)
            equal(dom.XMLDesc(), document, "the document after %s" % what)
        equal([os.stat(p).st_uid for p in (other, notq)], [0, 0], "the owners of images")
        equal(len(events), 1, "events")


@case("hotplug: no more slots than there are")
def slots(side):
    with side.guest("sw-slots", tiny("sw-slots", machine="q35", memory="64", devices="<controller type='pci' index='0' model='pcie-root'/>"),
                    "running") as dom:
        for i in range(16):
            try:
                dom.attachDevice(RNG)
            except libvirt.libvirtError as error:
                equal((error.get_error_code(), error.get_error_domain()), (libvirt.VIR_ERR_INTERNAL_ERROR, libvirt.VIR_FROM_DOMAIN), "the error")
                break
        else:
            check(False, "there is no end of slots")
        check(i < 8, "%d devices", i)


@case("hotplug: definitions change beside the guest")
def definitions(side):
    image = side.image("hot.img")
    with q35(side, "sw-both") as dom:
        dom.attachDeviceFlags(disk(image, "sdf", "scsi"), LIVE | CONFIG)
        equal((len(devices(dom, "disk")), len(devices(dom, "disk", 2))), (1, 1), "disks of both")
        refused("twice", lambda: dom.attachDeviceFlags(disk(image, "sdf", "scsi"), CONFIG), libvirt.VIR_ERR_OPERATION_INVALID, libvirt.VIR_FROM_QEMU)
        dom.detachDeviceFlags(disk(image, "sdf", "scsi"), LIVE | CONFIG)
        equal((len(devices(dom, "disk")), len(devices(dom, "disk", 2))), (0, 0), "disks of both")
        refused("what is not there", lambda: dom.detachDeviceFlags(disk(image, "sdf", "scsi"), LIVE | CONFIG),
                libvirt.VIR_ERR_DEVICE_MISSING, libvirt.VIR_FROM_QEMU)


@case("hotplug: displays get another password")
def passwords(side):
    display = "<graphics type='vnc' port='5997' autoport='no' listen='127.0.0.1'%s/>"
    with side.guest("sw-vnc", tiny("sw-vnc", display % " passwd='first'"), "running") as dom:
        dom.updateDeviceFlags(display % " passwd='second' passwdValidTo='2040-01-01T00:00:00'", LIVE)
        check("passwd='second'" in dom.XMLDesc(libvirt.VIR_DOMAIN_XML_SECURE), "the new password")
        for what, change in (("a port", display.replace("5997", "5996") % ""), ("a keymap", display % " keymap='de'")):
            refused(what, lambda: dom.updateDeviceFlags(change, LIVE), libvirt.VIR_ERR_OPERATION_UNSUPPORTED, libvirt.VIR_FROM_QEMU)


@case("hotplug: a stopped guest is waited for, not for ever", slow=True, ours=True)
def stopped(side):
    image = side.image("hot.img")
    with q35(side, "sw-stopped") as dom:
        before = inside(dom)
        pid = side.qemu_pid("sw-stopped")
        os.kill(pid, signal.SIGSTOP)
        try:
            error = refused("a stopped guest", lambda: dom.attachDevice(disk(image)))
            equal(error.get_error_code(), libvirt.VIR_ERR_OPERATION_TIMEOUT, "the error")
        finally:
            os.kill(pid, signal.SIGCONT)
        eventually(lambda: inside(dom) == before, "QEMU is as before")
        check("hot.img" not in dom.XMLDesc(), "the document")
        equal(os.stat(image).st_uid, 0, "the image's owner")


@case("hotplug: leases are the document's")
def leases(side):
    lease = "<lease><lockspace>s</lockspace><key>k</key><target path='/tmp/l'/></lease>"
    with q35(side, "sw-lease") as dom:
        dom.attachDevice(lease)
        equal(len(devices(dom, "lease")), 1, "leases")
        dom.detachDevice(lease)
        equal(len(devices(dom, "lease")), 0, "leases")
        refused("one that is not there", lambda: dom.detachDevice(lease), libvirt.VIR_ERR_DEVICE_MISSING, libvirt.VIR_FROM_QEMU)


@case("hotplug: what comes outlives the daemon", ours=True)
def restart(side):
    image = side.image("hot.img")
    with q35(side, "sw-restart") as dom:
        before = inside(dom)
        dom.attachDevice(disk(image, "sdb", "scsi"))
        dom.attachDevice(TABLET)
        qmp(dom, "device_del", id="input2")
        eventually(lambda: "input2" not in dom.XMLDesc(), "what went unasked is gone")
        side.system.kill("virtqemud")
        back(side)
        with side.connection() as conn:
            dom = conn.lookupByName("sw-restart")
            check("scsi0-0-0-1" in dom.XMLDesc(), "the disk is in the document")
            dom.detachDevice(disk(image, "sdb", "scsi"))
            equal(inside(dom), before, "QEMU")
            equal(os.stat(image).st_uid, 0, "the image's owner")


@case("hotplug: controllers that a disk needs come before it")
def implied(side):
    with side.guest("sw-implied", tiny("sw-implied", memory="64"), "running") as dom, watched(side, dom) as events:
        dom.attachDevice(disk(side.image("hot.img"), "sda", "scsi"))
        check("scsi0" in inside(dom)["devices"], "the controller: %s", inside(dom)["devices"])
        eventually(lambda: [e for e in events if e[1].startswith("scsi0-0")], "the disk's event, not only %s" % events)
        equal(len([c for c in devices(dom, "controller") if "type='scsi'" in c]), 1, "controllers in the document")
        refused("a controller in use", lambda: dom.detachDevice([c for c in devices(dom, "controller") if "type='scsi'" in c][0]),
                libvirt.VIR_ERR_OPERATION_FAILED, libvirt.VIR_FROM_QEMU)
        dom.detachDevice(disk(side.image("hot.img"), "sda", "scsi"))


@case("hotplug: memory that is shared, and folders")
def shared(side):
    folder = os.path.join(side.root, "shared")
    os.makedirs(folder, exist_ok=True)
    xml = tiny("sw-shared", machine="q35", devices=BUSES, memory="64").replace(
        "<os>", "<memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking><os>")
    with side.guest("sw-shared", xml, "running") as dom:
        before = inside(dom)
        dom.attachDevice("<filesystem type='mount'><driver type='virtiofs'/><source dir='%s'/><target dir='tag'/></filesystem>" % folder)
        check("fs0" in inside(dom)["devices"], "the folder: %s", inside(dom)["devices"])
        refused("a folder that is not there", lambda: dom.attachDevice(
            "<filesystem type='mount'><driver type='virtiofs'/><source dir='/nonexistent'/><target dir='other'/></filesystem>"))
        refused("a folder of the old kind", lambda: dom.attachDevice("<filesystem type='mount'><source dir='%s'/><target dir='t'/></filesystem>" % folder),
                libvirt.VIR_ERR_OPERATION_UNSUPPORTED, libvirt.VIR_FROM_QEMU)
        equal(set(inside(dom)["devices"]) - set(before["devices"]), {"fs0"}, "devices")
    with side.guest("sw-shm", tiny("sw-shm", memory="64"), "running") as dom:
        dom.attachDevice("<shmem name='sw-shm'><model type='ivshmem-plain'/><size unit='M'>4</size></shmem>")
        check("shmem0" in inside(dom)["devices"], "shared memory: %s", inside(dom)["devices"])


@case("hotplug: a port with a log")
def logged(side):
    with q35(side, "sw-log") as dom:
        before = inside(dom)
        port = "<serial type='pty'><log file='%s/sw-hot.log'/><target type='usb-serial'/></serial>" % side.log_folder
        dom.attachDevice(port)
        equal(inside(dom)["descriptors"], before["descriptors"] + 1, "descriptors of logs")
        dom.detachDevice(devices(dom, "serial")[1])
        equal(inside(dom), before, "QEMU")


@case("hotplug: virtual memory grows on request")
def virtio_mem(side):
    xml = tiny("sw-vmem", machine="q35", devices=PORTS, memory="64").replace(
        "<vcpu>", "<maxMemory slots='4' unit='MiB'>1024</maxMemory><vcpu>").replace(
        "<devices>", "<cpu><numa><cell id='0' cpus='0' memory='64' unit='MiB'/></numa></cpu><devices>", 1)
    memory = ("<memory model='virtio-mem'><target><size unit='MiB'>128</size><node>0</node><block unit='MiB'>2</block>"
              "<requested unit='MiB'>%d</requested></target></memory>")
    with side.guest("sw-vmem", xml, "running") as dom:
        dom.attachDevice(memory % 0)
        wish = devices(dom, "memory")[-1].replace("<requested unit='KiB'>0<", "<requested unit='KiB'>65536<")
        dom.updateDeviceFlags(wish, LIVE)
        check("<requested unit='KiB'>65536<" in devices(dom, "memory")[-1], "what is requested: %s", devices(dom, "memory")[-1])
        equal([m["data"]["requested-size"] for m in qmp(dom, "query-memory-devices")], [64 << 20], "QEMU's request")


@case("hotplug: virsh's commands")
def commands(side):
    image, medium = side.image("hot.img"), side.image("cd1.img")
    with q35(side, "sw-virsh", "<disk type='file' device='cdrom'><target dev='sdc' bus='sata'/></disk>"):
        side.ok("attach-disk", "sw-virsh", image, "sdf", "--targetbus", "scsi", "--live")
        check("sdf" in side.ok("domblklist", "sw-virsh"), "the disk is listed")
        side.ok("detach-disk", "sw-virsh", "sdf", "--live")
        check("sdf" not in side.ok("domblklist", "sw-virsh"), "the disk is gone")
        side.ok("change-media", "sw-virsh", "sdc", medium, "--insert")
        check(medium in side.ok("domblklist", "sw-virsh"), "the medium is listed")
        side.ok("change-media", "sw-virsh", "sdc", "--eject")
        check(medium not in side.ok("domblklist", "sw-virsh"), "the medium is gone")
        side.fails("detach-disk", "sw-virsh", "sdx")
        side.fails("detach-device-alias", "sw-virsh", "nonsense")
