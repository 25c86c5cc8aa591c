# SPDX-License-Identifier: LGPL-2.1-or-later
"""What virtqemud does, step by step, and what must be there of guests afterwards: the guest is as before the operation
or as after it, no process is left without a guest and no file without a process."""
import contextlib
import glob
import json
import os
import re

import libvirt
import libvirt_qemu

from daemons import Failure, check, files

DAEMON, SCHEME = "virtqemud", "qemu"
NAME, OTHER = "crash-a", "crash-b"
UUID = "66666666-6666-4666-8666-000000000001"
CONF, RUN, LIB = "etc/libvirt/qemu", "run/libvirt/qemu", "var/lib/libvirt/qemu"
OFF, PAUSED, RUNNING = libvirt.VIR_DOMAIN_SHUTOFF, libvirt.VIR_DOMAIN_PAUSED, libvirt.VIR_DOMAIN_RUNNING


IMAGES = ""                     # a folder of images
ACTING = ""                     # the name of the operation


def begin(operation, root):
    global ACTING, IMAGES
    ACTING, IMAGES = operation, os.path.join(root, "images")
    os.makedirs(IMAGES)


# Bridges of earlier operations stay, as their daemon was killed.
NETWORK = "<network><name>crash-net</name><bridge name='crnet%d'/></network>"


def surround(operation, daemons):
    """What is there beside the daemon: a network, if the operation is on one."""
    if "network" in operation:
        daemons.spawn_beside("virtnetworkd")
        with contextlib.closing(network_daemon(daemons.root)) as conn:
            conn.networkCreateXML(NETWORK)


def network_daemon(root):
    return libvirt.open("network+unix:///system?socket=%s/run/libvirt/virtnetworkd-sock" % root)


TPM = "<tpm model='tpm-tis'><backend type='emulator' version='1.2' persistent_state='yes'/></tpm>"


def document(title="first", name=NAME, devices=""):
    return """<domain type='qemu'><name>%s</name><uuid>%s</uuid><title>%s</title><memory unit='MiB'>16</memory>
<os><type arch='x86_64' machine='pc'>hvm</type></os><features><acpi/></features><devices>%s</devices></domain>""" % (name, UUID, title, devices)


def image(name):
    path = os.path.join(IMAGES, name)
    if not os.path.exists(path):
        with open(path, "wb") as f:
            f.truncate(1 << 20)
    return path


def usb_disk(source="one.img"):
    return ("<disk type='file'><driver name='qemu' type='raw'/><source file='%s'/><target dev='sdq' bus='usb'/></disk>" % image(source))


def drive(source=None):
    return ("<disk type='file' device='cdrom'>%s<target dev='hdc' bus='ide'/></disk>" % ("<source file='%s'/>" % image(source) if source else ""))


USB_SERIAL = "<serial type='pty'><target type='usb-serial'/></serial>"

# A tap goes away by itself; what is to be run then is written down.
TAP = "<interface type='ethernet'><target dev='crtap%d'/><downscript path='/bin/true'/><model type='virtio'/></interface>"


# A port does not: its network has it until it is given back.
PORT = "<interface type='network'><source network='crash-net'/><target dev='crtap%d'/><model type='virtio'/></interface>"


LIMITS = "<cputune><period>50000</period><quota>40000</quota><vcpupin vcpu='0' cpuset='0'/></cputune><os>"


# --- what is looked at ------------------------------------------------------------------------------------------

def look(conn):
    """What a client sees of the guest: None, or (name, state, title of the definition or None, autostart)."""
    found = conn.listAllDomains()
    check(len(found) <= 1, "there are %d guests: %s", len(found), [d.name() for d in found])
    if not found:
        return None
    try:
        return describe(found[0])
    except libvirt.libvirtError as error:
        # A transient guest whose process is gone leaves when the daemon has noticed.
        if error.get_error_code() != libvirt.VIR_ERR_NO_DOMAIN:
            raise
        return look(conn)


def ask(dom, command, **arguments):
    try:
        return json.loads(libvirt_qemu.qemuMonitorCommand(dom, json.dumps({"execute": command, "arguments": arguments}), 0))["return"]
    except libvirt.libvirtError as error:       # not reached yet
        raise Failure(str(error)) from error


def devices_agree(dom):
    """What the document has QEMU has, and nothing more; images belong to the guest as long as it has them."""
    document = dom.XMLDesc()
    documented = set(re.findall(r"<alias name='(usb-disk\d+|rng\d+|serial[1-9])'/>", document))
    there = {item["name"] for item in ask(dom, "qom-list", path="/machine/peripheral")}
    there = {name for name in there if re.fullmatch(r"usb-disk\d+|rng\d+|serial[1-9]", name)}
    check(documented == there, "the document has %s, QEMU %s", sorted(documented), sorted(there))
    images = re.findall(r"<source file='([^']*)'", document)
    nodes = [node["node-name"] for node in ask(dom, "query-named-block-nodes") if node["node-name"].startswith("libvirt-")]
    check(len(nodes) == 2 * len(images), "%d images, and the nodes %s", len(images), nodes)
    backends = {item["label"] for item in ask(dom, "query-chardev") if re.fullmatch(r"charserial[1-9]", item["label"])}
    check(backends == {"char" + name for name in documented if name.startswith("serial")}, "character devices: %s", backends)
    for path in glob.glob(os.path.join(IMAGES, "*")):
        check((os.stat(path).st_uid != 0) == (path in images) or os.geteuid() != 0, "the owner of %s is %d", path, os.stat(path).st_uid)


def describe(dom):
    check(dom.UUIDString() == UUID, "its uuid is %s", dom.UUIDString())
    if dom.isActive() and "usb-disk" in dom.XMLDesc() + ACTING:
        devices_agree(dom)
    title, autostart = None, 0
    if dom.isPersistent():
        autostart = dom.autostart()
        with contextlib.suppress(libvirt.libvirtError):
            title = dom.metadata(libvirt.VIR_DOMAIN_METADATA_TITLE, None, libvirt.VIR_DOMAIN_AFFECT_CONFIG)
    return dom.name(), dom.state()[0], title, autostart


def groups(root):
    """Control groups of this root's guests: their names end with its hash."""
    number = 5381
    for byte in root.encode():
        number = (number * 33 + (byte - 256 if byte > 127 else byte)) & 0xffffffff
    names = {os.path.basename(folder) for folder, _, _ in os.walk("/sys/fs/cgroup")}
    return {name for name in names if name.endswith("-%08x.libvirt-qemu" % number)}


def no_leftovers(daemons, seen):
    """Files and processes are those of the guests that a client sees, and no others."""
    root = daemons.root
    persistent = seen is not None and seen[2] is not None
    runs = seen is not None and seen[1] != OFF
    wanted = ["%s/%s.xml" % (CONF, seen[0])] if persistent else []
    check(files(root, CONF + "/*.xml") == wanted, "definitions: %s, not %s", files(root, CONF + "/*.xml"), wanted)
    wanted = ["%s/autostart/%s.xml" % (CONF, seen[0])] if persistent and seen[3] else []
    check(files(root, CONF + "/autostart/*") == wanted, "autostart links: %s", files(root, CONF + "/autostart/*"))
    for place in (CONF, CONF + "/autostart", RUN, LIB + "/rename"):
        check(not files(root, place + "/.*.new"), "unfinished files: %s", files(root, place + "/.*.new"))
    check(not files(root, LIB + "/rename/*"), "renames under way: %s", files(root, LIB + "/rename/*"))
    status, pids = files(root, RUN + "/*.xml"), files(root, RUN + "/crash*.pid")
    folders = files(root, LIB + "/domain-*")
    processes = daemons.guests()
    number = 1 if runs else 0
    check(len(processes) == number, "%d processes of QEMU where %d guests run", len(processes), number)
    check(len(daemons.helpers()) <= number, "%d helpers where %d guests run", len(daemons.helpers()), number)
    check(len(files(root, RUN + "/helpers/*/*")) == len(daemons.helpers()), "records of helpers: %s",
          files(root, RUN + "/helpers/*/*"))
    check(len(groups(root)) <= number, "control groups: %s", groups(root))
    check(len(status) == number, "status files: %s", status)
    check(len(pids) == number, "pid files: %s", pids)
    check(len(folders) == number, "folders of guests: %s", folders)
    with open("/proc/self/net/dev") as f:
        taps = [line.split(":")[0].strip() for line in f if "crtap" in line]
    records = files(root, RUN + "/net/*.json")
    check(len(taps) == len(records) <= number, "taps: %s, of which is written down: %s", taps, records)
    if "network" in ACTING:
        with contextlib.closing(network_daemon(root)) as conn:
            ports = conn.networkLookupByName("crash-net").listAllPorts()
        check(len(ports) == len(records), "ports: %d, of which is written down: %s", len(ports), records)


# --- operations -------------------------------------------------------------------------------------------------

def domain(conn, name=NAME):
    return conn.lookupByName(name)


def defined(conn):
    conn.defineXML(document())


def started(conn):
    defined(conn)
    domain(conn).create()


def started_auto(conn):
    started(conn)
    domain(conn).setAutostart(1)


def nothing(conn):
    pass


def defined_tpm(conn):
    conn.defineXML(document(devices=TPM))


def started_tpm(conn):
    defined_tpm(conn)
    domain(conn).create()


def with_disk(conn):
    started(conn)
    domain(conn).attachDevice(usb_disk())


def with_drive(conn):
    conn.defineXML(document(devices=drive("one.img")))
    domain(conn).create()


# name: what is there before, what the client does, what it sees before and after (None: no guest)
FIRST = (NAME, OFF, "first", 0)
UP = (NAME, RUNNING, "first", 0)
OPERATIONS = {
    "define": (nothing, defined, [None], [FIRST]),
    "define again": (defined, lambda c: c.defineXML(document("second")), [FIRST], [(NAME, OFF, "second", 0)]),
    "autostart": (defined, lambda c: domain(c).setAutostart(1), [FIRST], [(NAME, OFF, "first", 1)]),
    "rename": (defined, lambda c: domain(c).rename(OTHER), [FIRST], [(OTHER, OFF, "first", 0)]),
    "title": (defined, lambda c: domain(c).setMetadata(libvirt.VIR_DOMAIN_METADATA_TITLE, "second", None, None, 2),
              [FIRST], [(NAME, OFF, "second", 0)]),
    "undefine": (defined, lambda c: domain(c).undefine(), [FIRST], [None]),
    "start": (defined, lambda c: domain(c).create(), [FIRST], [UP]),
    "start with limits": (lambda c: c.defineXML(document().replace("<os>", LIMITS)), lambda c: domain(c).create(), [FIRST], [UP]),
    "limit": (started, lambda c: domain(c).setMemoryParameters({"hard_limit": 900000}, libvirt.VIR_DOMAIN_AFFECT_LIVE), [UP], [UP]),
    "start with a TPM": (defined_tpm, lambda c: domain(c).create(), [FIRST], [UP]),
    "destroy with a TPM": (started_tpm, lambda c: domain(c).destroy(), [UP], [FIRST]),
    "start paused": (defined, lambda c: domain(c).createWithFlags(libvirt.VIR_DOMAIN_START_PAUSED), [FIRST],
                     [(NAME, PAUSED, "first", 0)]),
    "create": (nothing, lambda c: c.createXML(document()), [None], [(NAME, RUNNING, None, 0)]),
    "start with a tap": (lambda c: c.defineXML(document(devices=TAP)), lambda c: domain(c).create(), [FIRST], [UP]),
    "destroy with a tap": (lambda c: c.createXML(document(devices=TAP)), lambda c: domain(c).destroy(),
                           [(NAME, RUNNING, None, 0)], [None]),
    "attach a tap": (started, lambda c: domain(c).attachDeviceFlags(TAP, libvirt.VIR_DOMAIN_AFFECT_LIVE), [UP], [UP]),
    "start with a tap on a network": (lambda c: c.defineXML(document(devices=PORT)), lambda c: domain(c).create(), [FIRST], [UP]),
    "destroy with a tap on a network": (lambda c: c.createXML(document(devices=PORT)), lambda c: domain(c).destroy(),
                                        [(NAME, RUNNING, None, 0)], [None]),
    "attach a tap on a network": (started, lambda c: domain(c).attachDeviceFlags(PORT, libvirt.VIR_DOMAIN_AFFECT_LIVE), [UP], [UP]),
    "attach usb-disk": (started, lambda c: domain(c).attachDevice(usb_disk()), [UP], [UP]),
    "detach usb-disk": (with_disk, lambda c: domain(c).detachDevice(usb_disk()), [UP], [UP]),
    "attach a serial port beside a usb-disk": (with_disk, lambda c: domain(c).attachDevice(USB_SERIAL), [UP], [UP]),
    "change a medium, not a usb-disk": (with_drive, lambda c: domain(c).updateDeviceFlags(drive("two.img"), 1), [UP], [UP]),
    "suspend": (started, lambda c: domain(c).suspend(), [UP], [(NAME, PAUSED, "first", 0)]),
    "destroy": (started, lambda c: domain(c).destroy(), [UP], [FIRST]),
    "destroy a transient one": (lambda c: c.createXML(document()), lambda c: domain(c).destroy(),
                                [(NAME, RUNNING, None, 0)], [None]),
    "undefine a running one": (started_auto, lambda c: domain(c).undefine(), [(NAME, RUNNING, "first", 1)],
                               [(NAME, RUNNING, None, 0)]),
}


def clean(daemons):
    with contextlib.closing(daemons.connect()) as conn:
        for dom in conn.listAllDomains():
            persistent = dom.isPersistent()
            if dom.isActive():
                dom.destroy()
            if persistent:
                dom.undefine()
        check(look(conn) is None, "a guest stays")
    no_leftovers(daemons, None)
