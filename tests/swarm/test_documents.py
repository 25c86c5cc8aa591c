# SPDX-License-Identifier: LGPL-2.1-or-later
"""Definitions come back in stock's form: defaults, order, addresses.  stock-documents.json holds what stock makes of each
of DOCUMENTS: the definition (inactive), what runs (live), and the definition while it runs."""
import re

import libvirt

import cases
from cases import Skip, case, stored
from world import AGENT, SERIAL, VIDEO, disk, equal, tiny

ANSWERS = "stock-documents.json"
NAME = "sw-form"
UUID = "44444444-4444-4444-8444-000000000001"
MAC = "<mac address='52:54:00:00:00:%02x'/>"


def net(number, model="virtio", extra=""):
    return "<interface type='user'>%s<model type='%s'/>%s</interface>" % (MAC % number, model, extra)


IMG = "@IMAGES@/form%d.img"
CDROM = "<disk type='file' device='cdrom'><target dev='%s' bus='%s'/></disk>"

# name -> what `tiny` takes; `run` says whether it is started as well
DOCUMENTS = {
    "pc, nothing": dict(),
    "q35, nothing": dict(machine="q35"),
    "two disks on virtio": dict(devices=disk(IMG % 1) + disk(IMG % 2, "vdb")),
    "q35, two disks on virtio": dict(machine="q35", devices=disk(IMG % 1) + disk(IMG % 2, "vdb")),
    "ide disk and cdrom": dict(devices=disk(IMG % 1, "hda", "ide") + CDROM % ("hdc", "ide")),
    "sata disk and cdrom": dict(machine="q35", devices=disk(IMG % 1, "sda", "sata") + CDROM % ("sdb", "sata")),
    "sata on pc": dict(devices=disk(IMG % 1, "sda", "sata")),
    "scsi disks on virtio-scsi": dict(devices="<controller type='scsi' model='virtio-scsi'/>" + disk(IMG % 1, "sda", "scsi")
                                      + disk(IMG % 2, "sdb", "scsi")),
    "usb disk": dict(devices=disk(IMG % 1, "sda", "usb")),
    "disk driver options": dict(devices="<disk type='file' device='disk'><driver name='qemu' type='raw' cache='none' io='native' "
                                "discard='unmap' detect_zeroes='unmap' error_policy='stop'/><source file='%s'/><target dev='vda' bus='virtio'/>"
                                "<serial>abc123</serial><readonly/><shareable/></disk>" % (IMG % 1)),
    "boot order by device": dict(devices=disk(IMG % 1, extra="<boot order='2'/>") + net(1, extra="<boot order='1'/>")),
    "boot by os": dict(os_extra="<boot dev='network'/><boot dev='cdrom'/><boot dev='hd'/><bootmenu enable='yes' timeout='3000'/>"
                       "<bios rebootTimeout='100'/>"),
    "two interfaces": dict(devices=net(1) + net(2, "e1000")),
    "q35, two interfaces": dict(machine="q35", devices=net(1) + net(2, "e1000e")),
    "serial": dict(devices=SERIAL),
    "console": dict(devices="<console type='pty'/>"),
    "serial and two consoles": dict(devices=SERIAL + "<console type='pty'/><console type='pty'><target type='virtio'/></console>"),
    "serial to a file": dict(devices="<serial type='file'><source path='@LOGS@/serial.out'/></serial>"),
    "serial sockets": dict(devices="<serial type='unix'><source mode='bind' path='@IMAGES@/s.sock'/></serial>"
                           "<serial type='null'/>"),
    "agent": dict(devices=AGENT),
    "q35, agent and another channel": dict(machine="q35", devices=AGENT + "<channel type='unix'><target type='virtio' name='org.example.1'/></channel>"),
    "vnc": dict(devices="<graphics type='vnc'/>"),
    "vnc with video": dict(devices="<graphics type='vnc' autoport='yes' listen='127.0.0.1'/>" + VIDEO),
    "vnc of every option": dict(devices="<graphics type='vnc' port='5987' autoport='no' keymap='de' sharePolicy='force-shared'>"
                                "<listen type='address' address='127.0.0.1'/></graphics>"),
    "vnc socket": dict(devices="<graphics type='vnc'><listen type='socket'/></graphics>"),
    "video models": dict(devices="<video><model type='bochs'/></video><video><model type='virtio' heads='1'/></video>"),
    "video cirrus": dict(devices="<video><model type='cirrus'/></video>"),
    "no video": dict(devices="<video><model type='none'/></video><graphics type='vnc'/>"),
    "inputs": dict(devices="<input type='tablet' bus='usb'/><input type='keyboard' bus='usb'/><input type='mouse' bus='ps2'/>"
                   "<input type='keyboard' bus='virtio'/>"),
    "rng": dict(devices="<rng model='virtio'><rate bytes='1024' period='1000'/><backend model='random'>/dev/urandom</backend></rng>"),
    "rng built in": dict(devices="<rng model='virtio'><backend model='builtin'/></rng>"),
    "watchdog and panic": dict(devices="<watchdog model='i6300esb' action='poweroff'/><panic model='isa'/>"),
    "q35, watchdog": dict(machine="q35", devices="<watchdog model='i6300esb'/>"),
    "no balloon": dict(devices="<memballoon model='none'/>"),
    "balloon statistics": dict(devices="<memballoon model='virtio'><stats period='10'/></memballoon>"),
    "usb none": dict(devices="<controller type='usb' model='none'/>"),
    "usb controllers": dict(devices="<controller type='usb' index='0' model='ich9-ehci1'/><controller type='usb' index='0' model='ich9-uhci1'>"
                            "<master startport='0'/></controller>"),
    "usb xhci on pc": dict(devices="<controller type='usb' index='0' model='qemu-xhci' ports='15'/>"),
    "controllers without devices": dict(devices="<controller type='virtio-serial' index='0'/><controller type='scsi' index='0' model='virtio-scsi'/>"
                                        "<controller type='sata' index='0'/>"),
    "pci bridge": dict(devices="<controller type='pci' index='1' model='pci-bridge'/>" + disk(
        IMG % 1, extra="<address type='pci' domain='0' bus='1' slot='3' function='0'/>")),
    "addresses given": dict(devices=disk(IMG % 1, extra="<address type='pci' domain='0' bus='0' slot='9' function='0'/>") + net(1)),
    "vcpus": dict(vcpu="4"),
    "topology": dict(vcpu="4", before="<cpu><topology sockets='1' cores='2' threads='2'/></cpu>"),
    "cpu model": dict(before="<cpu mode='custom' match='exact'><model fallback='allow'>Nehalem</model>"
                      "<feature policy='disable' name='vme'/></cpu>"),
    "cpu maximum": dict(before="<cpu mode='maximum'/>"),
    "iothreads": dict(machine="q35", before="<iothreads>1</iothreads>"),
    "clock": dict(before="<clock offset='localtime'><timer name='rtc' tickpolicy='catchup'/><timer name='pit' tickpolicy='delay'/>"
                  "<timer name='hpet' present='no'/></clock>"),
    "actions": dict(before="<on_poweroff>destroy</on_poweroff><on_reboot>destroy</on_reboot><on_crash>preserve</on_crash>"
                    "<pm><suspend-to-mem enabled='no'/><suspend-to-disk enabled='no'/></pm>"),
    "words": dict(before="<title>T &amp; t</title><description>two\nlines &lt;x&gt;</description><metadata><a:b xmlns:a='urn:a' c='d'>"
                  "<a:e/></a:b></metadata>"),
    "memory": dict(memory="64", before="<currentMemory unit='MiB'>32</currentMemory>"),
    "sound": dict(devices="<sound model='ich6'/>"),
}


def text_of(side, row):
    images = side.root + "/images"
    for number in (1, 2):
        side.image("form%d.img" % number)
    return tiny(NAME, uuid=UUID, **row).replace("@IMAGES@", images).replace("@LOGS@", side.log_folder)


def plain(side, text):
    """The document without what differs from run to run."""
    text = text.replace(side.root, "@ROOT@")
    text = re.sub(r"<domain type='qemu' id='\d+'", "<domain type='qemu' id='N'", text)
    text = re.sub(r"/dev/pts/\d+", "/dev/pts/N", text)
    text = re.sub(r"domain-\d+-", "domain-N-", text)
    text = re.sub(r"port='59\d\d'", "port='59NN'", text)
    text = re.sub(r"@ROOT@/(var|run)/", r"/\1/", text)
    return re.sub(r"(?s)  <seclabel type='dynamic'.*?(</seclabel>|/>)\n", "", text)


def observe(side, row):
    found = {}
    try:
        with side.connection() as conn:
            try:
                dom = conn.defineXML(text_of(side, row))
            except libvirt.libvirtError as e:
                return {"inactive": "refused: %s" % e}
            found["inactive"] = plain(side, dom.XMLDesc())
            try:
                dom.createWithFlags(libvirt.VIR_DOMAIN_START_PAUSED)
            except libvirt.libvirtError as e:
                found["live"] = "does not start: %d" % e.get_error_code()
                return found
            found["live"] = plain(side, dom.XMLDesc())
            found["while it runs"] = plain(side, dom.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE))
            dom.destroy()
            found["afterwards"] = plain(side, dom.XMLDesc())
            return found
    finally:
        side.remove(NAME)


SAME = "the same lines as inactive"


def sorted_lines(text):
    """Stock sorts controllers anew whenever it reads a document, so that their order may change."""
    return "\n".join(sorted(text.splitlines()))


def record(side):
    found = {}
    for name, row in DOCUMENTS.items():
        found[name] = observe(side, row)
        for later in ("while it runs", "afterwards"):
            if sorted_lines(found[name].get(later, "")) == sorted_lines(found[name]["inactive"]):
                found[name][later] = SAME
    cases.save(ANSWERS, found)


def judge(side, name, row):
    expected = stored(ANSWERS).get(name)
    if expected is None:
        raise Skip("stock's answer has not been recorded")
    got = observe(side, row)
    for kind, wanted in expected.items():
        if wanted == SAME:
            equal(sorted_lines(got.get(kind, "")), sorted_lines(expected["inactive"]), kind)
        else:
            equal(got.get(kind, ""), wanted, kind)


for name, row in DOCUMENTS.items():
    case("form: " + name)(lambda side, name=name, row=row: judge(side, name, row))


@case("form: a definition given back as it came is the same")
def fixpoint(side):
    try:
        with side.connection() as conn:
            for row in DOCUMENTS.values():
                dom = conn.defineXML(text_of(side, row))
                first = dom.XMLDesc()
                again = conn.defineXML(first)
                equal(sorted_lines(again.XMLDesc()), sorted_lines(first), "the second time")
                dom.undefine()
    finally:
        side.remove(NAME)


@case("form: migratable and secure forms")
def flags(side):
    xml = tiny(NAME, devices="<graphics type='vnc' passwd='secret'/>")
    with side.guest(NAME, xml) as dom:
        for flag, there in ((0, False), (libvirt.VIR_DOMAIN_XML_SECURE, True), (libvirt.VIR_DOMAIN_XML_MIGRATABLE, True),
                            (libvirt.VIR_DOMAIN_XML_UPDATE_CPU, False)):
            equal("passwd='secret'" in dom.XMLDesc(flag), there, "the password with flag %d" % flag)
