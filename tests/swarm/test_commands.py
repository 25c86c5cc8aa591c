# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every command that must work, with stock virsh: its output has stock's form.

A row is (name, guest's state, arguments, pattern); `G` stands for the guest in the arguments.  In patterns
N is a number, S anything but a blank, U a uuid.  A pattern must match the whole output."""
import os
import re
import tempfile

from cases import case
from world import AGENT, SERIAL, VIDEO, check, disk, equal, eventually, matches, tiny

UUID = "33333333-3333-4333-8333-000000000001"
NAME = "sw-cmd"
APP = "http://example.org/app/1"


def rich(side, name=NAME):
    return tiny(name, uuid=UUID, vcpu="2", before="<title>A title</title><description>Words</description>"
                "<metadata><app:info xmlns:app='%s'><app:a>b</app:a></app:info></metadata>" % APP,
                devices=disk(side.image("cmd.img")) + disk(side.image("cmd.qcow2", fmt="qcow2"), "vdb", fmt="qcow2")
                + "<disk type='file' device='cdrom'><target dev='hda' bus='ide'/></disk>"
                + "<interface type='user'><mac address='52:54:00:00:00:07'/><model type='virtio'/></interface>"
                + SERIAL + AGENT + VIDEO + "<graphics type='vnc' autoport='yes'/>")


def form(pattern):
    words = {"N": r"-?\d+", "S": r"\S+", "U": r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"}
    out = ""
    for piece in re.split(r"(<[NSU]>|<\.\*>)", pattern):
        if piece == "<.*>":
            out += ".*"
        elif re.fullmatch("<[NSU]>", piece):
            out += words[piece[1]]
        else:
            out += re.escape(piece)
    return out


ROWS = [
    # the host
    ("version", None, "version", "Compiled against library: libvirt <S>\nUsing library: libvirt <S>\n"
     "Using API: QEMU <S>\nRunning hypervisor: QEMU <S>\n\n"),
    ("version of the daemon", None, "version --daemon", "<.*>Running against daemon: <S>\n\n"),
    ("hostname", None, "hostname", os.uname().nodename + "\n\n"),
    ("nodeinfo", None, "nodeinfo", "CPU model:           %s\nCPU(s):              %d\nCPU frequency:       <N> MHz\n"
     "CPU socket(s):       <N>\nCore(s) per socket:  <N>\nThread(s) per core:  <N>\nNUMA cell(s):        <N>\n"
     "Memory size:         <N> KiB\n\n" % (os.uname().machine, os.cpu_count())),
    ("nodecpumap", None, "nodecpumap", "CPUs present:   <N>\nCPUs online:    <N>\nCPU map:        <S>\n\n"),
    ("nodememstats", None, "nodememstats", "total  : <.*><N> KiB\nfree   : <.*><N> KiB\nbuffers: <.*><N> KiB\ncached : <.*><N> KiB\n\n"),
    ("nodecpustats", None, "nodecpustats", "user: <.*><N>\nsystem: <.*><N>\nidle: <.*><N>\niowait: <.*><N>\n\n"),
    ("freecell", None, "freecell", "Total: <N> KiB\n\n"),
    ("freecell of all", None, "freecell --all", "<.*>0: <.*><N> KiB\n<.*>Total: <.*><N> KiB\n\n"),
    ("maxvcpus", None, "maxvcpus qemu", "<N>\n\n"),
    # lists
    ("list", "paused", "list", " Id   Name     State\n-----------------------\n <N><.*>sw-cmd   paused\n\n"),
    ("list of all", "off", "list --all", " Id   Name     State\n<.*> -<.*>sw-cmd   shut off\n\n"),
    ("list of inactive ones", "off", "list --inactive", " Id   Name     State\n<.*> -    sw-cmd   shut off\n\n"),
    ("list by name", "paused", "list --name", "sw-cmd\n\n"),
    ("list by uuid", "paused", "list --uuid", UUID + "\n\n"),
    ("list by name and uuid", "off", "list --all --name --uuid", UUID + " sw-cmd\n\n"),
    ("list with titles", "off", "list --all --title", " Id   Name     State      Title\n<.*> -    sw-cmd   shut off   A title\n\n"),
    ("list as a table", "paused", "list --table --all", " Id   Name     State\n<.*>sw-cmd   paused\n\n"),
    ("list by id", "paused", "list --id", "<N>\n\n"),
    ("list of paused ones", "paused", "list --state-paused --name", "sw-cmd\n\n"),
    ("list of running ones", "paused", "list --state-running --name", "\n"),
    ("list of shut off ones", "off", "list --all --state-shutoff --name", "sw-cmd\n\n"),
    ("list of others", "off", "list --all --state-other --name", "\n"),
    ("list of persistent ones", "off", "list --all --persistent --name", "sw-cmd\n\n"),
    ("list of transient ones", "off", "list --all --transient --name", "\n"),
    ("list of transient ones, with one", "transient", "list --transient --name", "sw-cmd\n\n"),
    ("list of autostarted ones", "off", "list --all --autostart --name", "\n"),
    ("list of others than autostarted", "off", "list --all --no-autostart --name", "sw-cmd\n\n"),
    ("list of those with snapshots", "off", "list --all --with-snapshot --name", "\n"),
    ("list of those without snapshots", "off", "list --all --without-snapshot --name", "sw-cmd\n\n"),
    ("list of those with checkpoints", "off", "list --all --with-checkpoint --name", "\n"),
    ("list of those without checkpoints", "off", "list --all --without-checkpoint --name", "sw-cmd\n\n"),
    ("list of those with a saved image", "off", "list --all --with-managed-save --name", "\n"),
    ("list of those without a saved image", "off", "list --all --without-managed-save --name", "sw-cmd\n\n"),
    ("list with saved images marked", "off", "list --all --managed-save", "<.*>sw-cmd   shut off\n\n"),
    # one guest
    ("dominfo of a paused guest", "paused", "dominfo G", "Id:             <N>\nName:           sw-cmd\nUUID:           " + UUID +
     "\nOS Type:        hvm\nState:          paused\nCPU(s):         2\nCPU time:       <S>s\nMax memory:     16384 KiB\n"
     "Used memory:    16384 KiB\nPersistent:     yes\nAutostart:      disable\nManaged save:   no\nSecurity model: <.*>Security DOI:   0\n<.*>\n"),
    ("dominfo of a stopped guest", "off", "dominfo G", "Id:             -\nName:           sw-cmd\nUUID:           " + UUID +
     "\nOS Type:        hvm\nState:          shut off\nCPU(s):         2\nMax memory:     16384 KiB\nUsed memory:    16384 KiB\n"
     "Persistent:     yes\nAutostart:      disable\nManaged save:   no\nSecurity model: <.*>\nSecurity DOI:   0\n\n"),
    ("dominfo of a transient guest", "transient", "dominfo G", "<.*>Persistent:     no\nAutostart:      disable\n<.*>"),
    ("domstate of a paused guest", "paused", "domstate G", "paused\n\n"),
    ("domstate of a paused guest with reason", "paused", "domstate --reason G", "paused (user)\n\n"),
    ("domstate of a running guest with reason", "running", "domstate --reason G", "running (booted)\n\n"),
    ("domstate of a new definition with reason", "off", "domstate --reason G", "shut off (unknown)\n\n"),
    ("domid of a paused guest", "paused", "domid G", "<N>\n\n"),
    ("domid of a stopped guest", "off", "domid G", "-\n\n"),
    ("domname", "off", "domname " + UUID, "sw-cmd\n\n"),
    ("domuuid", "off", "domuuid G", UUID + "\n\n"),
    ("domcontrol", "paused", "domcontrol G", "ok\n\n"),
    ("domjobinfo", "paused", "domjobinfo G", "Job type:         None        \n\n"),
    ("dumpxml of a stopped guest", "off", "dumpxml G", "<domain type='qemu'>\n  <name>sw-cmd</name>\n<.*></domain>\n\n"),
    ("dumpxml of a paused guest", "paused", "dumpxml G", "<domain type='qemu' id='<N>'>\n  <name>sw-cmd</name>\n<.*></domain>\n\n"),
    ("dumpxml of the definition", "paused", "dumpxml --inactive G", "<domain type='qemu'>\n  <name>sw-cmd</name>\n<.*></domain>\n\n"),
    ("dumpxml with secrets", "paused", "dumpxml --security-info G", "<domain type='qemu' id='<N>'>\n<.*></domain>\n\n"),
    ("vcpucount of a paused guest", "paused", "vcpucount G", "maximum      config         2\nmaximum      live           2\n"
     "current      config         2\ncurrent      live           2\n\n"),
    ("vcpucount of a stopped guest", "off", "vcpucount G", "maximum      config         2\ncurrent      config         2\n\n"),
    ("vcpucount, one number", "paused", "vcpucount G --live --maximum", "2\n\n"),
    ("vcpuinfo", "paused", "vcpuinfo G", "VCPU:           0\nCPU:            <N>\nState:          running\n<.*>CPU Affinity:   <S>\n\n"
     "VCPU:           1\n<.*>CPU Affinity:   <S>\n\n"),
    ("vcpuinfo of a stopped guest", "off", "vcpuinfo G", "VCPU:           0\nCPU:            N/A\nState:          N/A\nCPU time        N/A\n"
     "CPU Affinity:   <S>\n\n<.*>"),
    ("dommemstat", "paused", "dommemstat G", "actual 16384\n<.*>rss <N>\n\n"),
    ("cpu-stats in total", "paused", "cpu-stats --total G", "Total:\n\tcpu_time <.*><N>.<N> seconds\n\tuser_time <.*><N>.<N> seconds\n"
     "\tsystem_time <.*><N>.<N> seconds\n\n"),
    ("domblklist", "off", "domblklist G", " Target   Source\n<.*> vda      <S>/cmd.img\n vdb      <S>/cmd.qcow2\n hda      -\n\n"),
    ("domblklist of a paused guest", "paused", "domblklist G", " Target   Source\n<.*> vda      <S>/cmd.img\n vdb      <S>/cmd.qcow2\n hda      -\n\n"),
    ("domblklist with details", "off", "domblklist --details G", " Type   Device   Target   Source\n<.*> file   disk     vda      <S>\n"
     " file   disk     vdb      <S>\n file   cdrom    hda      -\n\n"),
    ("domblkinfo", "paused", "domblkinfo G vda", "Capacity:       8388608\nAllocation:     <N>\nPhysical:       8388608\n\n"),
    ("domblkinfo of a stopped guest", "off", "domblkinfo G vdb", "Capacity:       8388608\nAllocation:     <N>\nPhysical:       <N>\n\n"),
    ("domblkinfo of all", "paused", "domblkinfo G --all", " Target   Capacity   Allocation   Physical\n<.*> vda      8388608    <.*>\n vdb      8388608    <.*>"
     "\n hda      -          -            -\n\n"),
    ("domblkinfo for people", "off", "domblkinfo G vda --human", "Capacity:       8.000 MiB\n<.*>Physical:       8.000 MiB\n\n"),
    ("domblkstat", "paused", "domblkstat G vda", "vda rd_req <N>\nvda rd_bytes <N>\nvda wr_req <N>\nvda wr_bytes <N>\nvda flush_operations <N>\n"
     "vda rd_total_times <N>\nvda wr_total_times <N>\nvda flush_total_times <N>\n\n"),
    ("domblkstat of all", "paused", "domblkstat G", " rd_req <N>\n rd_bytes <N>\n wr_req <N>\n wr_bytes <N>\n flush_operations <N>\n<.*>"),
    ("domblkerror", "paused", "domblkerror G", "No errors found\n\n"),
    ("domiflist", "off", "domiflist G", " Interface   Type   Source   Model    MAC\n<.*> -           user   -        virtio   52:54:00:00:00:07\n\n"),
    ("domiflist of a paused guest", "paused", "domiflist G", " Interface   Type   Source   Model    MAC\n<.*> -           user   -        virtio   52:54:00:00:00:07\n\n"),
    ("domif-getlink", "paused", "domif-getlink G 52:54:00:00:00:07", "52:54:00:00:00:07 up\n"),
    ("ttyconsole", "paused", "ttyconsole G", "/dev/pts/<N>\n\n"),
    ("domdisplay", "paused", "domdisplay G", "vnc://127.0.0.1:<N>\n"),
    ("vncdisplay", "paused", "vncdisplay G", "127.0.0.1:<N>\n\n"),
    ("qemu-monitor-command", "paused", ["qemu-monitor-command", "G", '{"execute":"query-status"}'],
     '{"return":{"status":"<S>","singlestep":false,"running":false},"id":"libvirt-<N>"}\n\n'),
    ("qemu-monitor-command printed well", "paused", ["qemu-monitor-command", "G", "--pretty", '{"execute":"query-status"}'],
     '{\n  "return": {\n    "status": "<S>",\n    "singlestep": false,\n    "running": false\n  },\n  "id": "libvirt-<N>"\n}\n'),
    ("qemu-monitor-command, the value only", "paused", ["qemu-monitor-command", "G", "--return-value", '{"execute":"query-status"}'],
     '{"status":"<S>","singlestep":false,"running":false}\n'),
    ("qemu-monitor-command for people", "paused", "qemu-monitor-command G --hmp info status", "VM status: paused (prelaunch)\n\n\n"),
    ("qemu-monitor-command refused by QEMU", "paused", ["qemu-monitor-command", "G", '{"execute":"nonsense"}'],
     '{"id":"libvirt-<N>","error":{"class":"CommandNotFound","desc":"<.*>"}}\n\n'),
    ("domstats of a state", "paused", "domstats --state G", "Domain: 'sw-cmd'\n  state.state=3\n  state.reason=1\n\n"),
    ("domstats of a stopped guest's state", "off", "domstats --state G", "Domain: 'sw-cmd'\n  state.state=5\n  state.reason=<N>\n\n"),
    ("domstats of cpu", "paused", "domstats --cpu-total G", "Domain: 'sw-cmd'\n  cpu.time=<N>\n  cpu.user=<N>\n  cpu.system=<N>\n<.*>"),
    ("domstats of balloon", "paused", "domstats --balloon G", "Domain: 'sw-cmd'\n  balloon.current=16384\n  balloon.maximum=16384\n<.*>  balloon.rss=<N>\n\n"),
    ("domstats of vcpu", "paused", "domstats --vcpu G", "Domain: 'sw-cmd'\n  vcpu.current=2\n  vcpu.maximum=2\n  vcpu.0.state=1\n  vcpu.0.time=<N>\n<.*>"
     "  vcpu.1.state=1\n  vcpu.1.time=<N>\n<.*>"),
    ("domstats of interface", "paused", "domstats --interface G", "Domain: 'sw-cmd'\n  net.count=1\n\n"),
    ("domstats of block", "paused", "domstats --block G", "Domain: 'sw-cmd'\n  block.count=3\n  block.0.name=vda\n  block.0.path=<S>/cmd.img\n"
     "  block.0.backingIndex=<N>\n  block.0.rd.reqs=<N>\n  block.0.rd.bytes=<N>\n  block.0.rd.times=<N>\n  block.0.wr.reqs=<N>\n"
     "  block.0.wr.bytes=<N>\n  block.0.wr.times=<N>\n  block.0.fl.reqs=<N>\n  block.0.fl.times=<N>\n  block.0.allocation=<N>\n"
     "  block.0.capacity=8388608\n  block.0.physical=<N>\n  block.1.name=vdb\n<.*>  block.2.name=hda\n<.*>"),
    ("domstats of a stopped guest", "off", "domstats G", "Domain: 'sw-cmd'\n  state.state=5\n  state.reason=<N>\n<.*>  balloon.current=16384\n"
     "  balloon.maximum=16384\n  vcpu.current=2\n  vcpu.maximum=2\n<.*>  block.count=3\n<.*>"),
    ("domstats of all", "paused", "domstats --list-active --state", "<.*>Domain: 'sw-cmd'\n  state.state=3\n  state.reason=1\n\n<.*>"),
    ("domstats of paused ones", "paused", "domstats --list-paused --state", "<.*>Domain: 'sw-cmd'\n<.*>"),
    ("send-key", "running", "send-key G KEY_LEFTCTRL KEY_LEFTALT KEY_F1", "\n"),
    ("send-key of another codeset", "running", "send-key G --codeset win32 65 --holdtime 10", "\n"),
    ("desc", "off", "desc G", "Words\n"),
    ("title", "off", "desc --title G", "A title\n"),
    ("metadata", "off", ["metadata", "G", APP], "<info>\n  <a>b</a>\n</info>\n\n"),
    ("reset", "running", "reset G", "Domain 'sw-cmd' was reset\n\n"),
    ("reboot", "running", "reboot G", "Domain 'sw-cmd' is being rebooted\n\n"),
    ("shutdown", "running", "shutdown G", "Domain 'sw-cmd' is being shutdown\n\n"),
    ("suspend", "running", "suspend G", "Domain 'sw-cmd' suspended\n\n"),
    ("suspend of a paused guest", "paused", "suspend G", "Domain 'sw-cmd' suspended\n\n"),
    ("resume", "paused", "resume G", "Domain 'sw-cmd' resumed\n\n"),
]


class Guests:
    """One guest a state and system, kept between the rows and replaced when the state changes."""
    have = {}

    @classmethod
    def get(cls, side, state, changes):
        have = cls.have.get(side.system)
        if have != state:
            side.remove(NAME)
            if state:
                with side.connection() as conn:
                    from world import make
                    make(conn, rich(side), state)
        cls.have[side.system] = None if changes else state

    @classmethod
    def done(cls, side):
        side.remove(NAME)
        cls.have.pop(side.system, None)


CHANGING = {"reset", "reboot", "shutdown", "suspend", "resume"}


def row_case(name, state, argv, pattern):
    argv = argv.split() if isinstance(argv, str) else argv

    def run(side):
        Guests.get(side, state, argv[0] in CHANGING)
        matches(side.ok(*[NAME if a == "G" else a for a in argv]), form(pattern), "virsh %s" % " ".join(argv))
    case("command: " + name)(run)


for order in (None, "off", "paused", "running", "transient"):
    for row in ROWS:
        if row[1] == order:
            row_case(*row)


def definition(side, text):
    """A file with the text; removed by the system's temporary directory."""
    path = os.path.join(side.root, "images", "doc.xml")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as f:
        f.write(text)
    return path


@case("command: the life of a guest")
def life(side):
    Guests.done(side)
    path = definition(side, tiny(NAME, uuid=UUID))
    steps = [
        (("define", path), "Domain 'sw-cmd' defined from %s\n\n" % path),
        (("start", NAME), "Domain 'sw-cmd' started\n\n"),
        (("suspend", NAME), "Domain 'sw-cmd' suspended\n\n"),
        (("domstate", "--reason", NAME), "paused (user)\n\n"),
        (("resume", NAME), "Domain 'sw-cmd' resumed\n\n"),
        (("domstate", "--reason", NAME), "running (unpaused)\n\n"),
        (("autostart", NAME), "Domain 'sw-cmd' marked as autostarted\n\n"),
        (("autostart", NAME), "Domain 'sw-cmd' marked as autostarted\n\n"),
        (("list", "--autostart", "--name"), "sw-cmd\n\n"),
        (("autostart", "--disable", NAME), "Domain 'sw-cmd' unmarked as autostarted\n\n"),
        (("list", "--autostart", "--name"), "\n"),
        (("destroy", NAME), "Domain 'sw-cmd' destroyed\n\n"),
        (("domstate", "--reason", NAME), "shut off (destroyed)\n\n"),
        (("start", NAME, "--paused"), "Domain 'sw-cmd' started\n\n"),
        (("destroy", NAME, "--graceful"), "Domain 'sw-cmd' destroyed\n\n"),
        (("domrename", NAME, "sw-cmd2"), "Domain successfully renamed\n\n"),
        (("domuuid", "sw-cmd2"), UUID + "\n\n"),
        (("domrename", "sw-cmd2", NAME), "Domain successfully renamed\n\n"),
        (("undefine", NAME), "Domain 'sw-cmd' has been undefined\n\n"),
        (("create", path, "--paused"), "Domain 'sw-cmd' created from %s\n\n" % path),
        (("domstate", "--reason", NAME), "paused (user)\n\n"),
        (("define", path), "Domain 'sw-cmd' defined from %s\n\n" % path),
        (("undefine", NAME), "Domain 'sw-cmd' has been undefined\n\n"),
        (("destroy", NAME), "Domain 'sw-cmd' destroyed\n\n"),
        (("list", "--all", "--name"), "\n"),
    ]
    try:
        for argv, wanted in steps:
            equal(side.ok(*argv), wanted, "virsh " + " ".join(argv))
    finally:
        side.remove(NAME, "sw-cmd2")


@case("command: uri")
def uri(side):
    equal(side.ok("uri").strip(), side.uri(), "the URI")


@case("command: capabilities")
def capabilities(side):
    import xml.etree.ElementTree as tree
    caps = tree.fromstring(side.ok("capabilities"))
    equal(caps.tag, "capabilities", "the root element")
    equal(caps.findtext("host/cpu/arch"), os.uname().machine, "the host's architecture")
    equal(len(caps.findtext("host/uuid") or ""), 36, "the length of the host's uuid")
    check(len(caps.findall("host/topology/cells/cell/cpus/cpu")) == os.cpu_count(), "the host's cpus are listed")
    guest = [g for g in caps.findall("guest") if g.find("arch").get("name") == "x86_64"]
    equal(len(guest), 1, "guests of x86_64")
    equal(guest[0].findtext("arch/emulator"), "/usr/bin/qemu-system-x86_64", "the emulator")
    machines = {m.text: m.get("canonical") for m in guest[0].findall("arch/machine")}
    check(machines.get("pc", "").startswith("pc-i440fx-"), "pc is an alias: %r", machines.get("pc"))
    check(guest[0].find("arch/domain[@type='qemu']") is not None, "TCG guests are offered")


@case("command: domcapabilities")
def domcapabilities(side):
    import xml.etree.ElementTree as tree
    caps = tree.fromstring(side.ok("domcapabilities", "--virttype", "qemu", "--machine", "q35"))
    equal(caps.findtext("path"), "/usr/bin/qemu-system-x86_64", "the emulator")
    equal(caps.findtext("domain"), "qemu", "the kind")
    check(caps.findtext("machine").startswith("pc-q35-"), "the machine: %r", caps.findtext("machine"))
    check(int(caps.find("vcpu").get("max")) >= 255, "the most vcpus")
    buses = [v.text for v in caps.findall("devices/disk/enum[@name='bus']/value")]
    check({"virtio", "sata", "scsi", "usb"} <= set(buses) and "ide" not in buses, "the buses of q35: %r", buses)
    models = [m.text for m in caps.findall("cpu/mode[@name='custom']/model")]
    check("qemu64" in models, "cpu models")


@case("command: screenshot")
def screenshot(side):
    Guests.get(side, "paused", False)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "shot")
        equal(side.ok("screenshot", NAME, path), "Screenshot saved to %s, with type of image/png\n" % path, "confirmation")
        with open(path, "rb") as f:
            equal(f.read(8), b"\x89PNG\r\n\x1a\n", "the picture's first bytes")


@case("command: description, title and metadata change")
def descriptions(side):
    Guests.get(side, "paused", True)
    equal(side.ok("desc", NAME, "--title", "new", "title", "--live"), "Domain title updated successfully\n", "title")
    equal(side.ok("desc", NAME, "--title", "--config"), "A title\n", "the definition's title is as it was")
    equal(side.ok("desc", NAME, "--title", "--live"), "new title\n", "the live title")
    equal(side.ok("desc", NAME, "other", "words", "--live", "--config"), "Domain description updated successfully\n", "description")
    equal(side.ok("desc", NAME, "--config"), "other words\n", "the definition's description")
    uri2 = "http://example.org/app/2"
    equal(side.ok("metadata", NAME, uri2, "--key", "k", "--set", "<x a='1'><y/></x>", "--live", "--config"), "Metadata modified\n\n", "set")
    equal(side.ok("metadata", NAME, uri2), '<x a="1">\n  <y/>\n</x>\n\n', "metadata read back")
    check('<k:x xmlns:k="%s" a="1">' % uri2 in side.ok("dumpxml", NAME, "--inactive"), "the definition has it")
    equal(side.ok("metadata", NAME, uri2, "--remove", "--live", "--config"), "Metadata removed\n\n", "remove")
    check("metadata not found" in side.fails("metadata", NAME, uri2) or side.fails("metadata", NAME, uri2), "it is gone")


@case("command: the guest's log")
def domain_log(side):
    side.remove(NAME)
    with side.guest("sw-log") as dom:
        dom.createWithFlags(1)
        dom.destroy()
        with open(side.path("/var/log/libvirt/qemu/sw-log.log")) as f:
            text = f.read()
    matches(text, form("<.*>: starting up libvirt version: <.*>qemu version: <.*>LC_ALL=C \\\n<.*>/usr/bin/qemu-system-x86_64 \\\n<.*>"
                       ": shutting down, reason=destroyed\n"), "the guest's log")


@case("command: the schema check of a good definition")
def validate(side):
    path = definition(side, tiny("sw-valid"))
    side.ok("define", "--validate", path)
    side.remove("sw-valid")


@case("command: files on disk")
def files(side):
    with side.guest("sw-files") as dom:
        path = side.path("/etc/libvirt/qemu/sw-files.xml")
        with open(path) as f:
            text = f.read()
        check(text.startswith("<!--\n") and text.rstrip().endswith("</domain>"), "the definition's file: %r", text[:60])
        equal(os.stat(path).st_mode & 0o777, 0o600, "the definition's mode")
        dom.setAutostart(1)
        link = side.path("/etc/libvirt/qemu/autostart/sw-files.xml")
        check(os.path.islink(link), "the autostart link")
        target = os.readlink(link)
        check(target in ("/etc/libvirt/qemu/sw-files.xml", path), "the autostart link's target: %s", target)
        dom.setAutostart(0)
        check(not os.path.lexists(link), "the autostart link is gone")
        dom.createWithFlags(1)
        status = side.path("/run/libvirt/qemu/sw-files.xml")
        check(os.path.exists(status), "the status file")
        equal(os.stat(status).st_mode & 0o777, 0o600, "the status file's mode")
        with open(side.path("/run/libvirt/qemu/sw-files.pid")) as f:
            equal(int(f.read()), side.qemu_pid("sw-files"), "the pid file")
        check(os.path.exists("/proc/%d" % side.qemu_pid("sw-files")), "the process")
        dom.destroy()
        eventually(lambda: not os.path.exists(status), "the status file is gone")
    check(not os.path.exists(path), "the definition's file is gone")


@case("command: disk statistics are those of the guest", slow=True)
def statistics(side):
    with side.guest("sw-stat", devices=disk(side.image("stat.img"), "hda", "ide"), state="running") as dom:
        eventually(lambda: dom.blockStats("hda")[0] > 0, "the BIOS has read from the disk", 20)
