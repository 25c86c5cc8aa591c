# SPDX-License-Identifier: LGPL-2.1-or-later
"""Kinds of devices that need more than QEMU: programs beside it, the kernel's devices, the host's own; and that QEMU takes
the arguments of all the others."""
import json
import os
import pwd
import re
import signal
import struct
import subprocess

import libvirt
import libvirt_qemu

import guest
from cases import case
from systems import kill_and_wait
from test_console import PROMPT, Console
from test_disks import UUID as SECRET, peers, secret
from wire import Wire, string
from world import Events, check, equal, eventually, tiny

PAUSED = libvirt.VIR_DOMAIN_START_PAUSED
UUID = "22222222-2222-4222-8222-00000000d%03d"
TPM = "<tpm model='%s'><backend type='emulator' version='%s'%s</tpm>"


def qmp(dom, command, **arguments):
    text = json.dumps({"execute": command, "arguments": arguments})
    return json.loads(libvirt_qemu.qemuMonitorCommand(dom, text, 0))["return"]


def running(name):
    """The pids of programs with that name, without zombies."""
    pids = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/stat" % pid) as f:
                comm, state = f.read().split("(", 1)[1].rsplit(")", 1)
            if comm == name and state.split()[0] != "Z":
                pids.append(int(pid))
        except OSError:
            pass
    return pids


def swtpm_of(side, uuid):
    pids = []
    for pid in running("swtpm"):
        try:
            with open("/proc/%d/cmdline" % pid) as f:
                if uuid in f.read():
                    pids.append(pid)
        except OSError:
            pass
    return pids


def refused(dom, *codes):
    try:
        dom.createWithFlags(PAUSED)
    except libvirt.libvirtError as e:
        check(e.get_error_code() in codes, "error %d (%s), wanted one of %s", e.get_error_code(), e, codes)
        equal(dom.state()[0], libvirt.VIR_DOMAIN_SHUTOFF, "the state")
        return str(e)
    return check(False, "it should not start")


@case("devices: a TPM of software lives with its guest, its state with the definition")
def tpm(side):
    uuid = UUID % 1
    state = side.path("/var/lib/libvirt/swtpm/" + uuid)
    with side.guest("sw-tpm", tiny("sw-tpm", TPM % ("tpm-crb", "2.0", "/>"), uuid=uuid, machine="q35")) as dom:
        dom.createWithFlags(PAUSED)
        models = [t["model"] for t in qmp(dom, "query-tpm")]
        equal(models, ["tpm-crb"], "QEMU's TPMs")
        pids = swtpm_of(side, uuid)
        equal(len(pids), 1, "programs that serve it")
        equal(os.stat("/proc/%d" % pids[0]).st_uid, pwd.getpwnam("tss").pw_uid, "its user")
        check(os.path.exists(state + "/tpm2/tpm2-00.permall"), "its state is kept below %s", state)
        dom.destroy()
        eventually(lambda: not swtpm_of(side, uuid), "the program ends with its guest")
        check(os.path.exists(state), "the state is kept while the guest is off")
        dom.createWithFlags(PAUSED)
        equal(len(swtpm_of(side, uuid)), 1, "programs that serve it the second time")
        dom.destroy()
        dom.undefineFlags(libvirt.VIR_DOMAIN_UNDEFINE_TPM)
        check(not os.path.exists(state), "the state goes with the definition")


@case("devices: the state of a TPM is kept if that is wished")
def tpm_kept(side):
    uuid = UUID % 2
    state = side.path("/var/lib/libvirt/swtpm/" + uuid)
    persistent = TPM % ("tpm-tis", "1.2", " persistent_state='yes'/>")
    with side.guest("sw-tpm", tiny("sw-tpm", persistent, uuid=uuid)) as dom:
        dom.createWithFlags(PAUSED)
        equal([t["model"] for t in qmp(dom, "query-tpm")], ["tpm-tis"], "QEMU's TPMs")
        dom.destroy()
        dom.undefine()
        check(os.path.exists(state + "/tpm1.2"), "a persistent state survives the definition")
    with side.guest("sw-tpm", tiny("sw-tpm", persistent.replace(" persistent_state='yes'", ""), uuid=uuid)) as dom:
        dom.createWithFlags(PAUSED)
        dom.destroy()
        dom.undefineFlags(libvirt.VIR_DOMAIN_UNDEFINE_KEEP_TPM)
        check(os.path.exists(state + "/tpm1.2"), "it is kept by --keep-tpm")
    with side.guest("sw-tpm", tiny("sw-tpm", persistent.replace(" persistent_state='yes'", ""), uuid=uuid)) as dom:
        dom.undefine()
        check(not os.path.exists(state), "else it goes")


@case("devices: the state of a TPM is encrypted with a secret")
def tpm_encrypted(side):
    uuid = UUID % 4
    state = side.path("/var/lib/libvirt/swtpm/" + uuid)
    dev = "<tpm model='tpm-crb'><backend type='emulator' version='2.0'><encryption secret='%s'/></backend></tpm>" % SECRET
    with peers(side) as conn, side.guest("sw-tpm", tiny("sw-tpm", dev, uuid=uuid, machine="q35")) as dom:
        with secret(conn, "a long passphrase", "<usage type='vtpm'><name>sw-tpm</name></usage>"):
            dom.createWithFlags(PAUSED)
            equal([t["model"] for t in qmp(dom, "query-tpm")], ["tpm-crb"], "QEMU's TPMs")
            check("a long passphrase" not in " ".join(open("/proc/%d/cmdline" % p).read() for p in swtpm_of(side, uuid)),
                  "the passphrase is on no command line")
            dom.destroy()
        with secret(conn, "another passphrase", "<usage type='vtpm'><name>sw-tpm</name></usage>"):
            refused(dom, 1, 38)
        with secret(conn, "a long passphrase", "<usage type='vtpm'><name>sw-tpm</name></usage>"):
            dom.createWithFlags(PAUSED)
            dom.destroy()
        refused(dom, 66)
        dom.undefine()
        check(not os.path.exists(state), "the state goes with the definition")


@case("devices: a killed TPM is reported; a killed guest takes it along", ours=True)
def tpm_killed(side):
    uuid = UUID % 3
    with side.guest("sw-tpm", tiny("sw-tpm", TPM % ("tpm-tis", "2.0", "/>"), uuid=uuid)) as dom:
        dom.createWithFlags(PAUSED)
        os.kill(swtpm_of(side, uuid)[0], signal.SIGKILL)

        def said():
            with open(side.path("/var/log/libvirt/qemu/sw-tpm.log")) as f:
                return "helper swtpm of 'tpm0' ended with signal 9" in f.read()
        eventually(said, "the guest's log has it")
        dom.destroy()
        dom.createWithFlags(PAUSED)
        os.kill(side.qemu_pid("sw-tpm"), signal.SIGKILL)
        eventually(lambda: dom.state()[0] == libvirt.VIR_DOMAIN_SHUTOFF, "the guest's end")
        eventually(lambda: not swtpm_of(side, uuid), "the TPM's end")
        equal(os.listdir(side.path("/run/libvirt/qemu/helpers")), [], "records of helpers")


EVERYTHING = """
<hub type='usb'/>
<smartcard mode='passthrough' type='tcp'><source mode='bind' host='127.0.0.1' service='0'/><protocol type='raw'/></smartcard>
<redirdev bus='usb' type='tcp'><source mode='bind' host='127.0.0.1' service='0'/></redirdev>
<redirfilter><usbdev class='0x08' vendor='0x1234' product='0xbeef' version='2.0' allow='yes'/><usbdev allow='no'/></redirfilter>
<filesystem type='mount' accessmode='mapped' fmode='0640' dmode='0750' multidevs='remap'>
  <driver type='path' wrpolicy='immediate'/><source dir='%(folder)s'/><target dir='tag1'/><readonly/></filesystem>
<filesystem type='mount' accessmode='squash'><source dir='%(folder)s'/><target dir='tag2'/></filesystem>
<shmem name='sw-shmem' role='master'><model type='ivshmem-plain'/><size unit='M'>1</size></shmem>
<rng model='virtio'><backend model='random'>/dev/urandom</backend><rate bytes='1234' period='2000'/></rng>
<rng model='virtio'><backend model='builtin'/></rng>
<rng model='virtio'><backend model='egd' type='tcp'><source mode='bind' host='127.0.0.1' service='0'/></backend></rng>
<watchdog model='i6300esb' action='poweroff'/>
<panic model='isa'><address type='isa' iobase='0x505'/></panic>
<memballoon model='virtio' autodeflate='on' freePageReporting='on'/>
<crypto model='virtio' type='qemu'><backend model='builtin' queues='1'/></crypto>
<iommu model='intel'><driver intremap='on' caching_mode='on' iotlb='on' aw_bits='48'/></iommu>
"""
KINDS = {"usb-hub", "ccid-card-passthru", "usb-ccid", "usb-redir", "virtio-9p-pci", "ivshmem-plain", "virtio-rng-pci", "i6300esb",
         "virtio-balloon-pci", "virtio-crypto-pci", "pvpanic", "intel-iommu"}


def types_of(dom):
    """The types of all devices that QEMU has."""
    found = set()
    for place in ("/machine/peripheral", "/machine/peripheral-anon"):
        found |= {p["type"].removeprefix("child<").removesuffix(">") for p in qmp(dom, "qom-list", path=place)}
    return found


@case("devices: QEMU takes the arguments of all kinds")
def everything(side):
    folder = os.path.join(side.root, "shared")
    os.makedirs(folder, exist_ok=True)
    os.chmod(folder, 0o755)
    xml = tiny("sw-all", EVERYTHING % {"folder": folder}, machine="q35").replace("<acpi/>", "<acpi/><ioapic driver='qemu'/>")
    with side.guest("sw-all", xml) as dom:
        dom.createWithFlags(PAUSED)
        missing = KINDS - types_of(dom) - ({"virtio-crypto-pci"} if side.stock else set())
        check(not missing, "QEMU lacks %s", missing)


@case("devices: a TPM, socket or folder that is not there is an error that names it")
def missing(side):
    for name, dev in (
            ("tpm.sock", "<tpm model='tpm-tis'><backend type='external'>"
             "<source type='unix' mode='connect' path='/nonexistent/tpm.sock'/></backend></tpm>"),
            ("/dev/tpm9", "<tpm model='tpm-tis'><backend type='passthrough'><device path='/dev/tpm9'/></backend></tpm>"),
            ("vsock", "<vsock model='virtio'><cid auto='no' address='77'/></vsock>"),
            ("/nonexistent/folder", "<filesystem type='mount'><source dir='/nonexistent/folder'/><target dir='t'/></filesystem>"),
    ):
        with side.guest("sw-missing", tiny("sw-missing", dev, machine="q35")) as dom:
            text = refused(dom, 1, 9, 38, 67)
            check(name in text, "the error names %s: %s", name, text)


MODULES = """
<memory model='dimm' access='shared'><target><size unit='MiB'>64</size><node>0</node></target></memory>
<memory model='nvdimm' access='shared'><source><path>%(nvdimm)s</path></source>
  <target><size unit='MiB'>64</size><node>0</node><label><size unit='KiB'>128</size></label></target></memory>
<memory model='virtio-pmem'><source><path>%(pmem)s</path></source><target><size unit='MiB'>32</size></target></memory>
<memory model='virtio-mem'><target><size unit='MiB'>64</size><node>0</node><block unit='MiB'>2</block>
  <requested unit='MiB'>0</requested></target></memory>
"""


def modules(side, name):
    for kind, size in (("nvdimm", "64M"), ("pmem", "32M")):
        os.chmod(side.image("sw-%s.img" % kind, size), 0o666)
    xml = tiny(name, MODULES % {k: side.image("sw-%s.img" % k) for k in ("nvdimm", "pmem")}, machine="q35")
    return xml.replace("<vcpu>", "<maxMemory slots='8' unit='MiB'>2048</maxMemory><vcpu>").replace(
        "<devices>", "<cpu><numa><cell id='0' cpus='0' memory='16' unit='MiB'/></numa></cpu><devices>")


@case("devices: memory modules of all kinds, and where QEMU puts them")
def memory(side):
    xml = modules(side, "sw-memory")
    kinds = ["dimm", "nvdimm", "virtio-mem", "virtio-pmem"]
    if side.stock:              # which cannot start it with the last
        kinds.remove("virtio-pmem")
        xml = re.sub("<memory model='virtio-pmem'>.*?</memory>", "", xml, flags=re.S)
    with side.guest("sw-memory", xml) as dom:
        dom.createWithFlags(PAUSED)
        equal(sorted(m["type"] for m in qmp(dom, "query-memory-devices")), kinds, "QEMU's memory devices")
        live = dom.XMLDesc()
        check(live.count("<address type='dimm' slot='0' base='0x100000000'/>") == 1, "the first module's place: %s", live)
        check("<current unit='KiB'>0</current>" in live, "how much virtio memory is in use: %s", live)


@case("devices: virtiofs is served while its guest runs")
def virtiofs(side):
    folder = os.path.join(side.root, "shared")
    os.makedirs(folder, exist_ok=True)
    dev = ("<filesystem type='mount'><driver type='virtiofs'/><binary><cache mode='none'/><sandbox mode='chroot'/></binary>"
           "<source dir='%s'/><target dir='tag'/></filesystem>" % folder)
    xml = tiny("sw-virtiofs", dev, machine="q35").replace(
        "<os>", "<memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking><os>")
    before = set(running("virtiofsd"))
    with side.guest("sw-virtiofs", xml) as dom:
        dom.createWithFlags(PAUSED)
        check("vhost-user-fs-pci" in types_of(dom), "QEMU's devices")
        check(set(running("virtiofsd")) - before, "a program serves it")
        dom.destroy()
        eventually(lambda: not set(running("virtiofsd")) - before, "the program ends with its guest")


def node_device(side, call, name, driver=None, flags=0):
    """(code, domain) of the answer to a call on a node device, None if it succeeds."""
    given = {"name": string(name), "flags": struct.pack(">I", flags)}
    if driver is not None:
        given["driverName"] = struct.pack(">I", 1) + string(driver)
    with Wire(side.rw) as w:
        w.open()
        error = w.named(("node_device_" + call).upper(), given).error()
    return error and error[:2]


@case("devices: what is said of node devices that cannot be detached")
def node_devices(side):
    first = "pci_" + sorted(os.listdir("/sys/bus/pci/devices"))[0].replace(":", "_").replace(".", "_")
    for call in ("re_attach", "reset"):
        equal(node_device(side, call, "computer"), (8, 20), call + " of what is no PCI device")
        equal(node_device(side, call, "pci_00ff_ff_1f_7"), (53, 22), call + " of a device that is not there")
    equal(node_device(side, "re_attach", first), None, "reattaching a device that was not detached")
    equal(node_device(side, "detach_flags", first, "nonsense"), (8, 10), "an unknown driver")
    equal(node_device(side, "detach_flags", first, "kvm"), (74, 10), "a driver of old")
    equal(node_device(side, "detach_flags", first, "vfio", 1), (8, 10), "an unknown flag")
    if not os.path.exists("/dev/vfio/vfio"):
        equal(node_device(side, "dettach", first), (74, 10), "a host without VFIO")
    if not os.path.exists("/sys/bus/pci/devices/%s/reset" % first[4:].replace("_", ":", 2).replace("_", ".")):
        equal(node_device(side, "reset", first), (1, 0), "a device that cannot be reset")


SEEN = """
<tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>
<filesystem type='mount'><driver type='virtiofs'/><binary><sandbox mode='chroot'/></binary>
  <source dir='%s'/><target dir='shared'/></filesystem>
<memory model='virtio-mem'><target><size unit='MiB'>256</size><node>0</node><block unit='MiB'>2</block>
  <requested unit='MiB'>128</requested></target></memory>
"""
ROOM = """<maxMemory slots='2' unit='MiB'>1024</maxMemory>
<memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>
<cpu><numa><cell id='0' cpus='0' memory='96' unit='MiB'/></numa></cpu>"""


@case("devices: a guest has its TPM, mounts its folder, takes its memory", once=True)
def seen(side):
    folder = os.path.join(side.root, "shared")
    os.makedirs(folder, exist_ok=True)
    with open(folder + "/word", "w") as f:
        f.write("a word from the host\n")
    sizes = []
    Events.start()
    with side.connection() as ears, guest.running(side, "sw-seen", devices=SEEN % folder, before=ROOM,
                                                  cmdline="console=ttyS0 quiet memhp_default_state=online") as dom:
        ears.domainEventRegisterAny(None, libvirt.VIR_DOMAIN_EVENT_ID_MEMORY_DEVICE_SIZE_CHANGE,
                                    lambda conn, dom, alias, size, opaque: sizes.append((alias, size)), None)
        with Console(side, "sw-seen") as console:
            console.shell()
            for line, answer in (("cat /sys/class/tpm/tpm0/tpm_version_major", "\n2\r"),
                                 ("mkdir -p /mnt; mount -t virtiofs shared /mnt", PROMPT),
                                 ("cat /mnt/word", "a word from the host"), ("echo back > /mnt/answer", PROMPT),
                                 ("echo $((40+2))", "42")):
                console.text = ""
                console.type(line + "\n")
                console.expect(answer)
        with open(folder + "/answer") as f:
            equal(f.read(), "back\n", "what the guest wrote")
        eventually(lambda: "<current unit='KiB'>131072</current>" in dom.XMLDesc(), "the guest has taken its memory")
        qmp(dom, "qom-set", path="/machine/peripheral/virtiomem0", property="requested-size", value=256 << 20)
        eventually(lambda: sizes[-1:] == [("virtiomem0", 256 << 10)], "the event that says that it has more")


GPU = """#!/bin/sh
echo "to draw by $*"
exec sleep 60
"""


@case("devices: a card that a program draws", ours=True)
def gpu(side):
    folder, program = side.path("/etc/qemu/vhost-user"), side.root + "/sw-gpu"
    devices = "<video><driver name='vhostuser'/><model type='virtio'/></video>"
    with side.guest("sw-gpu", tiny("sw-gpu", devices, machine="q35").replace(
            "<os>", "<memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking><os>")) as dom:
        refused(dom, 9)
        with open(program, "w") as f:
            f.write(GPU)
        os.chmod(program, 0o755)
        os.makedirs(folder, exist_ok=True)
        try:
            with open(folder + "/10-gpu.json", "w") as f:
                json.dump({"type": "gpu", "description": "a test", "binary": program}, f)
            # QEMU connects it to guests with KVM only.
            text = refused(dom, 1)
            check("requires kvm" in text, "QEMU's own words: %s", text)
            with open(side.path("/var/log/libvirt/qemu/sw-gpu-video0-vhost-user-gpu.log")) as f:
                check("to draw by --fd=3\n" in f.read(), "what the program was told")
            equal(os.listdir(side.path("/run/libvirt/qemu/helpers")), [], "records of helpers")
        finally:
            os.unlink(folder + "/10-gpu.json")


@case("devices: a daemon that comes back knows the helpers of its guests", once=True, ours=True)
def found_again(side):
    uuid = UUID % 5
    log = side.path("/var/log/libvirt/qemu/sw-tpm.log")

    def said():
        with open(log) as f:
            return f.read().count("helper swtpm of 'tpm0' ended")
    with side.guest("sw-tpm", tiny("sw-tpm", TPM % ("tpm-tis", "2.0", "/>"), uuid=uuid)) as dom:
        dom.createWithFlags(PAUSED)
        pid, = swtpm_of(side, uuid)
        kill_and_wait(side.system, "virtqemud")
        with side.connection() as conn:
            equal(conn.lookupByName("sw-tpm").state()[0], libvirt.VIR_DOMAIN_PAUSED, "the guest's state")
        equal(swtpm_of(side, uuid), [pid], "what serves it")
        count = said()
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: said() > count, "its end is said in the guest's log")


@case("devices: which TPMs a guest can have")
def tpm_capabilities(side):
    with side.connection() as conn:
        text = conn.getDomainCapabilities(None, "x86_64", "q35", "qemu")
    tpm = re.search("<tpm .*?</tpm>", text, re.S).group(0)
    equal(re.findall("<value>(.*?)</value>", tpm), ["tpm-tis", "tpm-crb", "passthrough", "emulator", "external", "1.2", "2.0"],
          "models, backends and versions")


@case("devices: a display on a bus of the guest's own")
def bus(side):
    with side.guest("sw-bus", tiny("sw-bus", "<graphics type='dbus'/>")) as dom:
        dom.createWithFlags(PAUSED)
        address = re.search("<graphics type='dbus' address='(unix:path=[^']*)'", dom.XMLDesc()).group(1)
        if not side.stock:      # whose path is one of its own namespace
            names = subprocess.run(["dbus-send", "--bus=" + address, "--print-reply", "--dest=org.freedesktop.DBus", "/",
                                    "org.freedesktop.DBus.ListNames"], capture_output=True, text=True, timeout=10)
            check("org.qemu" in names.stdout, "QEMU is on the bus: %s%s", names.stdout, names.stderr)
        before = len(running("dbus-daemon"))
        dom.destroy()
        eventually(lambda: len(running("dbus-daemon")) < before, "the bus ends with its guest")


@case("devices: leases without a lock manager, and a password that ends")
def nothing_to_keep(side):
    """Nobody is asked for a lease while qemu.conf names no lock manager."""
    lease = "<lease><lockspace>space</lockspace><key>key</key><target path='/nonexistent/lease'/></lease>"
    vnc = "<graphics type='vnc' passwd='secret' passwdValidTo='2030-01-01T00:00:00'/>"
    with side.guest("sw-dev-lease", devices=lease + vnc, state="running") as dom:
        check("<lockspace>space</lockspace>" in dom.XMLDesc(), "the running guest has its lease")
        check("passwdValidTo='2030-01-01T00:00:00'" in dom.XMLDesc(libvirt.VIR_DOMAIN_XML_SECURE), "and the end of its password")
