# SPDX-License-Identifier: LGPL-2.1-or-later
"""Disks of every kind with real QEMUs: chains, encryption, volumes, servers, drives, what may be missing."""
import base64
import contextlib
import glob
import json
import os
import subprocess

import libvirt
import libvirt_qemu

import stock
from cases import case
from world import Events, Failure, check, disk, equal, eventually, tiny

PAUSED = libvirt.VIR_DOMAIN_START_PAUSED
UUID = "0a81f5b2-8403-7b23-c8d6-21ccc2f80d6f"
PASSPHRASE = "correct horse battery staple"


def run(*argv):
    done = subprocess.run(argv, capture_output=True, text=True)
    check(done.returncode == 0, "%s: %s", " ".join(argv), done.stderr)
    return done.stdout


def image(side, name, *options, size="8M", fmt="qcow2", base=None):
    """A new image, made anew."""
    folder = os.path.join(side.root, "images")
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, name)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    run("qemu-img", "create", "-q", "-f", fmt, *options, path, *([] if base else [size]))
    return path


def overlay(side, name, base, fmt="raw"):
    return image(side, name, "-b", base, "-F", fmt, base=base)


def unsaid(path):
    """Takes the format of the backing file out of the header of a qcow2 image."""
    with open(path, "r+b") as f:
        data = f.read(4096)
        at = data.find(b"\xe2\x79\x2a\xca")
        f.seek(at)
        f.write(b"\x12\x34\x56\x78")


def nodes(dom):
    """name -> QEMU's word about each block node."""
    reply = json.loads(libvirt_qemu.qemuMonitorCommand(dom, '{"execute":"query-named-block-nodes","arguments":{"flat":true}}', 0))
    return {node["node-name"]: node for node in reply["return"]}


def objects(dom):
    """The names of the objects that nodes refer to."""
    reply = json.loads(libvirt_qemu.qemuMonitorCommand(dom, '{"execute":"qom-list","arguments":{"path":"/objects"}}', 0))
    return [item["name"] for item in reply["return"] if item["name"] != "type"]


def sources(dom):
    """What the live document says of images, from the top down."""
    import xml.etree.ElementTree as tree
    found = []
    for element in tree.fromstring(dom.XMLDesc()).findall("devices/disk"):
        while element is not None and element.find("source") is not None:
            source = element.find("source")
            name = source.get("file") or source.get("dev") or source.get("name") or source.get("volume")
            if name:
                found.append((name, element.get("index") or source.get("index")))
            element = element.find("backingStore")
    return found


def refused(action, code, words=(), origin=None):
    try:
        action()
    except libvirt.libvirtError as e:
        equal(e.get_error_code(), code, "the code of '%s'" % e)
        if origin is not None:
            equal(e.get_error_domain(), origin, "the domain of '%s'" % e)
        for word in words:
            check(word in str(e), "'%s' does not say '%s'", e, word)
        return str(e)
    check(False, "it should be refused")


def log_text(side, name):
    with open(side.path("/var/log/libvirt/qemu/%s.log" % name), encoding="utf-8", errors="replace") as f:
        return f.read()


# ---- other daemons ------------------------------------------------------------------------------------

@contextlib.contextmanager
def peers(side):
    """A connection to what keeps secrets and pools for the side: a stock daemon in place of ours that are not there."""
    if side.stock:
        with side.connection() as conn:
            yield conn
        return
    with stock.Stock(os.path.join(side.root, "peers")) as other:
        links = [side.path("/run/libvirt/%s-sock" % daemon) for daemon in ("virtsecretd", "virtstoraged")]
        for link in links:
            os.symlink(other.socket, link)
        conn = libvirt.open("qemu+unix:///system?socket=" + other.socket)
        try:
            yield conn
        finally:
            conn.close()
            for link in links:
                os.unlink(link)


@contextlib.contextmanager
def secret(conn, value, usage="<usage type='volume'><volume>/some/image</volume></usage>"):
    handle = conn.secretDefineXML("<secret ephemeral='no' private='no'><uuid>%s</uuid>%s</secret>" % (UUID, usage))
    handle.setValue(value.encode())
    try:
        yield handle
    finally:
        handle.undefine()


# ---- images --------------------------------------------------------------------------------------------

@case("disks: chains of images")
def chains(side):
    base = image(side, "base.raw", fmt="raw")
    middle = overlay(side, "middle.qcow2", "base.raw")
    top = overlay(side, "top.qcow2", middle, "qcow2")
    with side.guest("sw-chain", devices=disk(top, fmt="qcow2"), state="paused") as dom:
        equal(sources(dom), [(top, "1"), (middle, "2"), (base, "3")], "the layers")
        found = nodes(dom)
        equal([found["libvirt-%d-format" % i]["ro"] for i in (1, 2, 3)], [False, True, True], "which are read-only")
    unsaid(middle)
    with side.guest("sw-chain", devices=disk(top, fmt="qcow2"), state="paused") as dom:
        equal(len(sources(dom)), 3, "the layers, with a raw image whose format nobody says")


@case("disks: chains that lead nowhere")
def bad_chains(side):
    lost = overlay(side, "lost.qcow2", image(side, "gone.raw", fmt="raw"))
    os.unlink(os.path.join(side.root, "images", "gone.raw"))
    base = image(side, "deep.qcow2")
    risky = overlay(side, "risky.qcow2", overlay(side, "upper.qcow2", base, "qcow2"), "qcow2")
    unsaid(risky)
    circle = overlay(side, "circle.qcow2", base, "qcow2")
    run("qemu-img", "rebase", "-u", "-F", "qcow2", "-b", circle, circle)
    with side.guest("sw-chain", devices=disk(lost, fmt="qcow2")) as dom:
        refused(lambda: dom.createWithFlags(PAUSED), libvirt.VIR_ERR_SYSTEM_ERROR, ["gone.raw"])
    with side.guest("sw-chain", devices=disk(risky, fmt="qcow2")) as dom:
        refused(lambda: dom.createWithFlags(PAUSED), libvirt.VIR_ERR_OPERATION_INVALID, ["upper.qcow2"])
    with side.guest("sw-chain", devices=disk(circle, fmt="qcow2")) as dom:
        refused(lambda: dom.createWithFlags(PAUSED), libvirt.VIR_ERR_INTERNAL_ERROR, ["circle.qcow2"], libvirt.VIR_FROM_STORAGE)
        equal(dom.state()[0], libvirt.VIR_DOMAIN_SHUTOFF, "the state")


@case("disks: QEMU's refusals of images")
def refusals(side):
    raw, qcow2 = image(side, "refused.raw", fmt="raw"), image(side, "busy.qcow2")
    with side.guest("sw-wrong", devices=disk(raw, fmt="qcow2")) as dom:
        refused(lambda: dom.createWithFlags(PAUSED), libvirt.VIR_ERR_INTERNAL_ERROR, ["not in qcow2 format"])
    with side.guest("sw-busy1", devices=disk(qcow2, fmt="qcow2"), state="paused"):
        with side.guest("sw-busy2", devices=disk(qcow2, fmt="qcow2")) as dom:
            refused(lambda: dom.createWithFlags(PAUSED), libvirt.VIR_ERR_INTERNAL_ERROR, ["lock"])
            equal(glob.glob(side.path("/var/lib/libvirt/qemu/domain-*-sw-busy2")), [], "folders that are left")


@case("disks: buses, drives, options")
def buses(side):
    raw = [image(side, "bus%d.raw" % i, fmt="raw") for i in range(7)]
    devices = (disk(raw[0], "vda", extra="<serial>a b</serial>") + disk(raw[1], "sda", "sata") + disk(raw[2], "sdb", "scsi") +
               disk(raw[3], "sdc", "usb") +
               "<disk type='file' device='cdrom'><target dev='sdd' bus='sata'/></disk>"
               "<disk type='file' device='cdrom'><source file='%s'/><target dev='sde' bus='scsi'/></disk>"
               "<disk type='file' device='disk'><driver name='qemu' type='raw' cache='none' discard='unmap' "
               "detect_zeroes='unmap' iothread='1' copy_on_read='on' queues='2'/><source file='%s'>"
               "<slices><slice type='storage' offset='1048576' size='2097152'/></slices></source>"
               "<target dev='vdb' bus='virtio'/><blockio logical_block_size='4096' physical_block_size='4096'/></disk>"
               "<disk type='file' device='floppy'><source file='%s'/><target dev='fda'/></disk>"
               "<controller type='scsi' model='virtio-scsi'><driver iothread='1'/></controller>" % (raw[4], raw[5], raw[6]))
    with side.guest("sw-buses", devices=devices, machine="q35", before="<iothreads>1</iothreads>", state="paused") as dom:
        found = nodes(dom)
        check("libvirt-CoR-vdb" in found, "no node for copies on read in %s", sorted(found))
        equal(dom.blockInfo("vdb")[0], 2097152, "the size of the slice")
        equal(found["libvirt-CoR-vdb"]["image"]["virtual-size"], 2097152, "the size of the slice, as QEMU sees it")


@case("disks: block devices of the host", once=True)
def host_devices(side):
    if side.stock:
        return
    file = image(side, "loop.raw", fmt="raw")
    device = run("losetup", "--find", "--show", file).strip()
    try:
        xml = "<disk type='block' device='%s'><driver name='qemu' type='raw'/><source dev='%s'%s/><target dev='%s' bus='%s'/></disk>"
        with side.guest("sw-loop", devices=xml % ("disk", device, "", "vda", "virtio"), state="paused") as dom:
            equal(nodes(dom)["libvirt-1-storage"]["drv"], "host_device", "the driver")
        reserved = ("<disk type='block' device='lun'><driver name='qemu' type='raw'/><source dev='%s'><reservations managed='yes'/>"
                    "</source><target dev='vda' bus='virtio'/></disk>" % device)
        with side.guest("sw-loop", devices=reserved, state="paused") as dom:
            answer = json.loads(libvirt_qemu.qemuMonitorCommand(dom, '{"execute":"query-pr-managers"}', 0))
            equal(answer["return"], [{"id": "pr-helper0", "connected": True}], "the helper for reservations")
            equal(nodes(dom)["libvirt-1-storage"]["drv"], "host_device", "the driver")
        # A loop device passes no SCSI commands on.
        lun = xml % ("lun", device, "", "sda", "scsi") + "<controller type='scsi' model='virtio-scsi'/>"
        with side.guest("sw-loop", devices=lun) as dom:
            refused(lambda: dom.createWithFlags(PAUSED), libvirt.VIR_ERR_INTERNAL_ERROR, ["SCSI"])
    finally:
        run("losetup", "-d", device)


@case("disks: disks and media that may be missing")
def missing(side):
    Events.start()
    seen = []
    gone = "<disk type='file' device='%s'><source file='/nonexistent/%s' startupPolicy='%s'/><target dev='%s' bus='%s'/></disk>"
    with side.guest("sw-missing", devices=gone % ("cdrom", "iso", "optional", "sda", "sata") +
                    gone % ("disk", "disk", "optional", "vda", "virtio"), machine="q35") as dom:
        conn = dom.connect()
        number = conn.domainEventRegisterAny(dom, libvirt.VIR_DOMAIN_EVENT_ID_DISK_CHANGE,
                                             lambda c, d, old, new, alias, reason, opaque: seen.append((old, new, alias, reason)), None)
        dom.createWithFlags(PAUSED)
        eventually(lambda: len(seen) == 2, "two events")
        conn.domainEventDeregisterAny(number)
        equal(sorted(seen), [("/nonexistent/disk", None, "virtio-disk0", 1), ("/nonexistent/iso", None, "sata0-0-0", 0)], "the events")
        equal(sources(dom), [], "what the guest has")
        check("/nonexistent/disk" in dom.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE), "the definition lost a disk")
    for policy in ("mandatory", "requisite"):
        with side.guest("sw-missing", devices=gone % ("cdrom", "iso", policy, "sda", "sata"), machine="q35") as dom:
            refused(lambda: dom.createWithFlags(PAUSED), libvirt.VIR_ERR_SYSTEM_ERROR, ["/nonexistent/iso"])


@case("disks: transient disks")
def transient(side):
    base = image(side, "kept.qcow2")
    before = os.stat(base)
    with side.guest("sw-transient", devices=disk(base, fmt="qcow2", extra="<transient/>")) as dom:
        path = base + ".TRANSIENT-sw-transient"
        dom.createWithFlags(PAUSED)
        check(os.path.exists(path), "there is no overlay")
        equal([name for name, _ in sources(dom)], [path, base], "the layers")
        dom.destroy()
        eventually(lambda: not os.path.exists(path), "the overlay is removed")
        equal(os.stat(base).st_mtime_ns, before.st_mtime_ns, "when the image was changed")
        equal(side.stock or os.stat(base).st_uid == before.st_uid, True, "whether the image was given back")
        open(path, "w").close()
        refused(lambda: dom.createWithFlags(PAUSED), libvirt.VIR_ERR_OPERATION_UNSUPPORTED, [path])
        check(os.path.exists(path), "somebody's file was removed")
        os.unlink(path)


# ---- secrets and volumes -----------------------------------------------------------------------------

def encrypted(path, fmt="raw"):
    return ("<disk type='file' device='disk'><driver name='qemu' type='%s'/><source file='%s'><encryption format='luks'>"
            "<secret type='passphrase' uuid='%s'/></encryption></source><target dev='vda' bus='virtio'/></disk>" % (fmt, path, UUID))


def luks_image(side, name, options, fmt):
    """qemu-img measures the processor first, and gives up if that is too busy."""
    for _ in range(3):
        with contextlib.suppress(Failure):
            return image(side, name, *LUKS, options, fmt=fmt, size="2M")
    return image(side, name, *LUKS, options, fmt=fmt, size="2M")


LUKS = ["--object", "secret,id=s,data=" + PASSPHRASE, "-o"]


def check_encrypted(side, path, fmt, driver):
    with side.guest("sw-luks", devices=encrypted(path, fmt), state="paused") as dom:
        equal(nodes(dom)["libvirt-1-format"]["drv"], driver, "the driver")
        equal(nodes(dom)["libvirt-1-format"].get("encrypted"), True, "whether it is encrypted")
        for value in (PASSPHRASE, base64.b64encode(PASSPHRASE.encode()).decode()):
            check(value not in log_text(side, "sw-luks"), "the passphrase is in the log")
            with open("/proc/%d/cmdline" % side.qemu_pid("sw-luks")) as f:
                check(value not in f.read(), "the passphrase is on the command line")


@case("disks: encrypted images", once=True)
def luks(side):
    path = luks_image(side, "luks.raw", "key-secret=s,iter-time=10", "luks")
    with peers(side) as conn:
        with secret(conn, PASSPHRASE):
            check_encrypted(side, path, "raw", "luks")
            with side.guest("sw-luks", state="paused") as dom:
                dom.attachDevice(encrypted(path))
                equal(nodes(dom)["libvirt-1-format"]["drv"], "luks", "the driver of one that came later")
        with secret(conn, "wrong"), side.guest("sw-luks", state="paused") as dom:
            refused(lambda: dom.attachDevice(encrypted(path)), libvirt.VIR_ERR_INTERNAL_ERROR, ["password"])
            equal([name for name in objects(dom) if "secret" in name], [], "the secrets that QEMU has")
            equal([name for name in nodes(dom) if name.startswith("libvirt-")], [], "the nodes that QEMU has")
        with secret(conn, "wrong"), side.guest("sw-luks", devices=encrypted(path)) as dom:
            refused(lambda: dom.createWithFlags(PAUSED), libvirt.VIR_ERR_INTERNAL_ERROR, ["password"])
        with side.guest("sw-luks", devices=encrypted(path)) as dom:
            refused(lambda: dom.createWithFlags(PAUSED), libvirt.VIR_ERR_NO_SECRET, [UUID])


@case("disks: encrypted qcow2", once=True, slow=True)
def luks_in_qcow2(side):
    path = luks_image(side, "luks.qcow2", "encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=10", "qcow2")
    with peers(side) as conn, secret(conn, PASSPHRASE):
        check_encrypted(side, path, "qcow2", "qcow2")


@case("disks: secrets that are not what they should be", once=True)
def bad_secrets(side):
    path = image(side, "nosecret.raw", fmt="raw")
    with peers(side) as conn, side.guest("sw-luks", devices=encrypted(path)) as dom:
        with secret(conn, PASSPHRASE, "<usage type='ceph'><name>x</name></usage>"):
            refused(lambda: dom.createWithFlags(PAUSED), libvirt.VIR_ERR_INVALID_ARG, [UUID], libvirt.VIR_FROM_NONE)
        conn.secretDefineXML("<secret><uuid>%s</uuid><usage type='volume'><volume>/x</volume></usage></secret>" % UUID)
        try:
            refused(lambda: dom.createWithFlags(PAUSED), libvirt.VIR_ERR_NO_SECRET, [UUID], libvirt.VIR_FROM_SECRET)
        finally:
            conn.secretLookupByUUIDString(UUID).undefine()


@case("disks: nobody who keeps secrets or pools", ours=True)
def no_peers(side):
    with side.guest("sw-luks", devices=encrypted(image(side, "nosecret.raw", fmt="raw"))) as dom:
        refused(lambda: dom.createWithFlags(PAUSED), libvirt.VIR_ERR_SYSTEM_ERROR,
                [UUID, "virtsecretd.socket", side.path("/run/libvirt/virtsecretd-sock"), "vda"])
    volume = "<disk type='volume' device='disk'><source pool='p' volume='v'/><target dev='vda' bus='virtio'/></disk>"
    with side.guest("sw-volume", devices=volume) as dom:
        refused(lambda: dom.createWithFlags(PAUSED), libvirt.VIR_ERR_SYSTEM_ERROR,
                ["virtstoraged.socket", side.path("/run/libvirt/virtstoraged-sock")])


@case("disks: volumes of pools", once=True)
def volumes(side):
    folder = os.path.join(side.root, "pool")
    os.makedirs(folder, exist_ok=True)
    xml = "<disk type='volume' device='%s'><driver name='qemu' type='%s'/><source pool='sw-pool' volume='%s'%s/><target dev='%s' bus='%s'/></disk>"
    with peers(side) as conn:
        pool = conn.storagePoolDefineXML("<pool type='dir'><name>sw-pool</name><target><path>%s</path></target></pool>" % folder)
        try:
            with side.guest("sw-volume", devices=xml % ("disk", "qcow2", "v.qcow2", "", "vda", "virtio")) as dom:
                refused(lambda: dom.createWithFlags(PAUSED), libvirt.VIR_ERR_CONFIG_UNSUPPORTED, ["sw-pool"], libvirt.VIR_FROM_DOMAIN)
                pool.create()
                refused(lambda: dom.createWithFlags(PAUSED), libvirt.VIR_ERR_NO_STORAGE_VOL, ["v.qcow2"])
                pool.createXML("<volume><name>v.qcow2</name><capacity unit='MiB'>3</capacity><target><format type='qcow2'/></target></volume>")
                path = os.path.join(folder, "v.qcow2")
                dom.createWithFlags(PAUSED)
                equal(nodes(dom)["libvirt-1-format"]["image"]["filename"], path, "the image")
                equal(sources(dom), [("v.qcow2", "1")], "the live document")
                check("type='volume'" in dom.XMLDesc(), "the live document says it is no volume")
                equal(dom.blockInfo("vda")[0], 3 << 20, "its size")
                figures = dom.connect().domainListGetStats([dom], libvirt.VIR_DOMAIN_STATS_BLOCK)[0][1]
                equal(figures["block.0.path"], path, "the path in its statistics")
            optional = xml % ("cdrom", "raw", "none.iso", " startupPolicy='optional'", "hda", "ide")
            with side.guest("sw-volume", devices=optional, state="paused") as dom:
                equal(sources(dom), [], "a medium that may be missing")
        finally:
            with contextlib.suppress(libvirt.libvirtError):
                pool.destroy()
            pool.undefine()


@case("disks: an NVMe controller that is not there")
def nvme(side):
    xml = ("<disk type='nvme' device='disk'><driver name='qemu' type='raw'/><source type='pci' managed='%s' namespace='1'>"
           "<address domain='0xffff' bus='0x1f' slot='0x1f' function='0x7'/></source><target dev='vda' bus='virtio'/></disk>")
    for managed in ("yes", "no"):
        with side.guest("sw-nvme", devices=xml % managed) as dom:
            refused(lambda: dom.createWithFlags(PAUSED), libvirt.VIR_ERR_SYSTEM_ERROR, ["ffff:1f:1f.7"], libvirt.VIR_FROM_NONE)


# ---- over the network ---------------------------------------------------------------------------------

@case("disks: NBD over a UNIX socket", once=True)
def nbd(side):
    path, sock = image(side, "nbd.raw", fmt="raw"), os.path.join(side.root, "nbd.sock")
    server = subprocess.Popen(["qemu-nbd", "-f", "raw", "-k", sock, "-x", "export", "--persistent", path])
    try:
        eventually(lambda: os.path.exists(sock), "the server's socket")
        os.chmod(sock, 0o777)
        xml = ("<disk type='network' device='disk'><driver name='qemu' type='raw'/><source protocol='nbd' name='%s'>"
               "<host transport='unix' socket='" + sock + "'/></source><target dev='vda' bus='virtio'/></disk>")
        with side.guest("sw-nbd", devices=xml % "export", state="paused") as dom:
            equal(nodes(dom)["libvirt-1-storage"]["drv"], "nbd", "the driver")
            equal(dom.blockInfo("vda")[0], 8 << 20, "its size")
            figures = dom.connect().domainListGetStats([dom], libvirt.VIR_DOMAIN_STATS_BLOCK)[0][1]
            equal((figures["block.0.capacity"], figures["block.0.backingIndex"], "block.0.path" in figures), (8 << 20, 1, False),
                  "its statistics")
        drive = "<disk type='%s' device='cdrom'>%s<target dev='sda' bus='sata'/></disk>"
        medium = "<source protocol='nbd' name='export'><host transport='unix' socket='" + sock + "'/></source>"
        with side.guest("sw-nbd", devices=drive % ("file", ""), machine="q35", state="paused") as dom:
            dom.updateDeviceFlags(drive % ("network", medium))
            equal([node["drv"] for name, node in nodes(dom).items() if name.endswith("-storage")], ["nbd"], "the medium")
            dom.updateDeviceFlags(drive % ("file", ""))
            equal([name for name in nodes(dom) if name.startswith("libvirt-")], [], "the nodes when it is out")
        with side.guest("sw-nbd", devices=xml % "other") as dom:
            refused(lambda: dom.createWithFlags(PAUSED), libvirt.VIR_ERR_INTERNAL_ERROR, ["other"])
    finally:
        server.terminate()
        server.wait()


@case("disks: descriptors of the client")
def descriptors(side):
    path = image(side, "given.qcow2")
    os.chmod(path, 0o600)
    xml = ("<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='%s' fdgroup='mine'/>"
           "<target dev='vda' bus='virtio'/></disk>" % path)
    with side.guest("sw-fd", devices=xml) as dom:
        refused(lambda: dom.createWithFlags(PAUSED), libvirt.VIR_ERR_INVALID_ARG, ["mine"])
        fds = [os.open(path, os.O_RDWR), os.open(path, os.O_RDONLY)]
        dom.FDAssociate("mine", fds)
        for fd in fds:
            os.close(fd)
        dom.createWithFlags(PAUSED)
        check(nodes(dom)["libvirt-1-storage"]["file"].startswith("/dev/fdset/"), "QEMU opened the file itself")
        equal(os.stat(path).st_uid, 0, "the owner of what the client opened")
    if side.stock:
        return                          # forgets to look for descriptors of what is attached
    with side.guest("sw-fd") as dom:
        fd = os.open(path, os.O_RDWR)
        dom.FDAssociate("mine", [fd])
        os.close(fd)
        dom.createWithFlags(PAUSED)
        dom.attachDevice(xml)
        check(nodes(dom)["libvirt-1-storage"]["file"].startswith("/dev/fdset/"), "QEMU opened the file itself")


@case("disks: after a restart of the daemon", ours=True, once=True)
def restarted(side):
    top = overlay(side, "again.qcow2", image(side, "again.raw", fmt="raw"))
    with side.guest("sw-again", devices=disk(top, fmt="qcow2"), state="paused") as dom:
        with open(side.path("/run/libvirt/qemu/sw-again.xml"), encoding="utf-8") as f:
            text = f.read()
        for name in ("libvirt-1-storage", "libvirt-1-format", "libvirt-2-format"):
            check("name='%s'" % name in text, "the record does not name node %s", name)
        dom.attachDevice(disk(image(side, "later.raw", fmt="raw"), "vdb"))
        with open(side.path("/run/libvirt/qemu/sw-again.xml"), encoding="utf-8") as f:
            check("name='libvirt-3-format'" in f.read(), "the record does not name the node of what came later")
        before = dom.XMLDesc()
        side.system.kill("virtqemud")
        with side.connection() as conn:
            again = conn.lookupByName("sw-again")
            equal(again.XMLDesc(), before, "the live document")
            eventually(lambda: again.blockInfo("vda")[0] == 8 << 20, "the monitor answers again")


@case("disks: transient disks after a restart of the daemon", ours=True, once=True)
def transient_restarted(side):
    base = image(side, "kept2.qcow2")
    with side.guest("sw-again", devices=disk(base, fmt="qcow2", extra="<transient/>"), state="paused"):
        check(os.path.exists(base + ".TRANSIENT-sw-again"), "there is no overlay")
        side.system.kill("virtqemud")
        with side.connection() as conn:
            conn.lookupByName("sw-again").destroy()
        eventually(lambda: not os.path.exists(base + ".TRANSIENT-sw-again"), "the overlay is removed")
