# SPDX-License-Identifier: LGPL-2.1-or-later
"""Scripts of actions, each a list of steps (a name and a function of a Stage), and the trace that a daemon gives of one:
for each step the error or what it returned, the object's state, and the events in their order."""
import contextlib
import json
import os
import re
import signal
import time

import libvirt

import cases
from cases import case, stored
from world import Failure, disk, tiny

NAME = "sw-trace"
UUID = "55555555-5555-4555-8555-000000000001"
QUIET = 0.12                    # seconds without an event, after which a step has no more of them
LIMIT = 6.0

AFFECT_LIVE, AFFECT_CONFIG = libvirt.VIR_DOMAIN_AFFECT_LIVE, libvirt.VIR_DOMAIN_AFFECT_CONFIG
PAUSED = libvirt.VIR_DOMAIN_START_PAUSED


def kinds():
    """Every event of guests that the binding knows, by its name."""
    skipped = {"VIR_DOMAIN_EVENT_ID_IO_ERROR", "VIR_DOMAIN_EVENT_ID_LAST"}     # the former comes twice, with a reason
    return {value: name[len("VIR_DOMAIN_EVENT_ID_"):].lower() for name, value in vars(libvirt).items()
            if name.startswith("VIR_DOMAIN_EVENT_ID_") and name not in skipped}


class Stage:
    """An object of a subject's kind, and a connection of its own that hears its events."""
    name = NAME                         # names that start so belong to the script

    def __init__(self, side):
        self.side, self.seen, self.last = side, [], 0.0
        self.conn, self.ears = side.open(), side.open()
        self.listen()

    # -- what a subject provides -------------------------------------------------------------------
    @staticmethod
    def served(side):
        """Raises Skip where the system has no objects of the kind."""

    def listen(self):
        """Has `hear` called for every event."""
        raise NotImplementedError

    def object(self):
        """What `on` calls a method of."""
        raise NotImplementedError

    def state(self):
        """The object's state, compared after each step."""
        raise NotImplementedError

    def remove(self):
        """Leaves nothing of the script behind."""
        raise NotImplementedError

    def tidy(self, name, events):
        """The events of a step without those that are nobody's doing."""
        return events

    # -- the same for all --------------------------------------------------------------------------
    def hear(self, conn, thing, *details):
        if thing.name().startswith(self.name):
            self.last = time.monotonic()
            self.seen.append([details[-1]] + [self.plain(d) for d in details[:-1]])

    def plain(self, value):
        """The same for every system and run."""
        if isinstance(value, dict):
            return {k: self.plain(v) for k, v in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.plain(v) for v in value]
        if isinstance(value, bytes):
            return value.hex()
        if isinstance(value, str):
            return value.replace(self.side.root, "@ROOT@")
        return OBJECTS.get(type(value), value)

    def settle(self):
        """The events of the step that has just been made."""
        ended = time.monotonic()
        while time.monotonic() < min(ended + LIMIT, max(self.last, ended) + QUIET):
            time.sleep(0.01)
        seen, self.seen = self.seen, []
        return seen

    def do(self, action):
        try:
            return self.plain(action(self))
        except libvirt.libvirtError as e:
            return ["error", e.get_error_code(), e.get_error_domain(), e.get_error_level()]

    def close(self):
        for conn in (self.ears, self.conn):
            with contextlib.suppress(libvirt.libvirtError):
                conn.close()


OBJECTS = {libvirt.virDomain: "guest", libvirt.virNetwork: "network", libvirt.virNetworkPort: "port"}


class GuestStage(Stage):
    def listen(self):
        self.ids = [self.ears.domainEventRegisterAny(None, kind, self.hear, name) for kind, name in kinds().items()]

    def object(self):
        return self.conn.lookupByName(NAME)

    def state(self):
        try:
            dom = self.object()
            return dom.state() + [dom.isPersistent(), dom.isActive()]
        except libvirt.libvirtError as e:
            return ["none", e.get_error_code()]

    def remove(self):
        self.side.remove(NAME)

    def tidy(self, name, events):
        """The firmware resets the machine once more by itself, sooner or later: that is nobody's doing."""
        resets = "reset" in name or "reboot" in name
        return [event for i, event in enumerate(events) if event != ["reboot"] or (resets and event not in events[:i])]

    def close(self):
        for i in self.ids:
            with contextlib.suppress(libvirt.libvirtError):
                self.ears.domainEventDeregisterAny(i)
        super().close()

    def document(self, devices="", **kw):
        return tiny(NAME, devices, uuid=UUID, **kw)

    def image(self, name, **kw):
        return self.side.image(name, **kw)


def trace(side, steps, kind):
    """What @side makes of a script on a stage of that kind: a row a step."""
    stage, rows = kind(side), []
    try:
        for name, action in steps:
            result = stage.do(action)
            events = stage.tidy(name, stage.settle())
            rows.append([name, result, stage.state(), events])
    finally:
        stage.remove()
        stage.close()
    return rows


def as_stored(rows):
    return json.loads(json.dumps(rows))


def judge(side, steps, kind, wanted):
    kind.served(side)
    got = as_stored(trace(side, steps, kind))
    different = ["%s:\n    ours  %s\n    stock %s" % (w[0], json.dumps(g[1:]), json.dumps(w[1:])) for g, w in zip(got, wanted) if g != w]
    if different:
        raise Failure("%d of %d steps differ:\n  %s" % (len(different), len(wanted), "\n  ".join(different)))


def register(subject, scripts, kind, answers):
    """A case a script, which compares with the traces stored in @answers; returns the function that records them."""
    for name, steps in scripts.items():
        case("%s: %s" % (subject, name), once=True)(
            lambda side, name=name, steps=steps: judge(side, steps, kind, stored(answers)[name]))

    def record(side):
        cases.save(answers, {name: trace(side, steps, kind) for name, steps in scripts.items()})
    return record


def on(call, *args, **kw):
    """A step that calls a method of the object."""
    text = "%s(%s)" % (call, ", ".join([re.sub(r"\s+", " ", str(a))[:60] for a in args] + ["%s=%s" % i for i in kw.items()]))
    return text, lambda stage: getattr(stage.object(), call)(*args, **kw)


def define(devices="", **kw):
    return "define", lambda stage: stage.conn.defineXML(stage.document(devices, **kw))


def create_xml(flags=PAUSED, devices="", **kw):
    return "createXML(%d)" % flags, lambda stage: stage.conn.createXML(stage.document(devices, **kw), flags)


def with_image(name, document):
    """A step with a device on an image: what() gets its path."""
    return lambda stage: document(stage.image(name))


def device(call, xml, flags=None):
    """A step with a device's document, in which @IMG@ stands for an image."""
    def run(stage):
        text = xml.replace("@IMG@", stage.image("trace-device.img"))
        dom = stage.object()
        return getattr(dom, call)(text) if flags is None else getattr(dom, call)(text, flags)
    return "%s(%s, %s)" % (call, re.sub(r"\s+", " ", xml)[:50], flags), run


def monitor(command):
    def run(stage):
        import libvirt_qemu
        libvirt_qemu.qemuMonitorCommand(stage.object(), command, libvirt_qemu.VIR_DOMAIN_QEMU_MONITOR_COMMAND_HMP)
    return "monitor: " + command, run


def kill_qemu():
    def run(stage):
        os.kill(stage.side.qemu_pid(NAME), signal.SIGKILL)
        time.sleep(1)                   # a stock daemon takes its time
    return "kill QEMU", run


def graphics(number):
    """The descriptor's number is nobody's concern."""
    def run(stage):
        os.close(stage.object().openGraphicsFD(number, 0))
    return "openGraphicsFD(%d)" % number, run


def remove_file(name):
    def run(stage):
        os.unlink(stage.image(name))
    return "remove " + name, run


CDROM = "<disk type='file' device='cdrom'>%s<target dev='sda' bus='sata'/><readonly/></disk>"
VDA = disk("@IMG@", "vdx")
RNG = "<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>"
NIC = "<interface type='user'><mac address='52:54:00:55:00:01'/><model type='virtio'/></interface>"


def disks(stage_document, **kw):
    """Defines a guest with a disk vda on an image of its own."""
    return "define with a disk", lambda stage: stage.conn.defineXML(
        stage.document(disk(stage.image("trace.img")) + stage_document, **kw))


SCRIPTS = {
    "life of a defined guest": [
        define(), define(), on("create"), on("create"), on("suspend"), on("suspend"), on("resume"), on("resume"), on("reset"),
        on("reboot"), on("shutdown"), on("undefine"), on("destroy"), on("destroy"), on("reset"), on("suspend"), on("shutdown"),
    ],
    "undefine": [define(), on("undefine"), on("undefine"), define(), on("create"), on("undefine"), on("destroy")],
    "life of a transient guest": [
        create_xml(), on("create"), on("setAutostart", 1), on("resume"), define(), on("destroy"), on("undefine"), create_xml(0),
        create_xml(0), on("undefine"), on("destroy"),
    ],
    "start paused, and destroy gracefully": [
        define(), on("createWithFlags", PAUSED), on("resume"), on("destroyFlags", libvirt.VIR_DOMAIN_DESTROY_GRACEFUL),
        on("createWithFlags", libvirt.VIR_DOMAIN_START_AUTODESTROY | PAUSED), on("destroyFlags", 64), on("destroy"),
    ],
    "autostart, title, metadata": [
        define(), on("setAutostart", 1), on("autostart"), on("setAutostart", 0), on("setMetadata", 0, "words", None, None, 0),
        on("metadata", 0, None, 0), on("metadata", 1, None, 0), on("setMetadata", 1, "a\nb", None, None, 0), on("setMetadata", 1, "title", None, None, 0),
        on("setMetadata", 2, "<a/>", "k", "urn:a", 0), on("metadata", 2, "urn:a", 0), on("metadata", 2, "urn:b", 0),
        on("setMetadata", 2, "<a/>", "k", "urn:a", AFFECT_LIVE), on("create"), on("setMetadata", 2, "<b/>", "k", "urn:a", AFFECT_LIVE),
        on("metadata", 2, "urn:a", AFFECT_CONFIG), on("metadata", 2, "urn:a", AFFECT_LIVE), on("setMetadata", 2, None, "k", "urn:a", 3), on("destroy"),
    ],
    "rename": [define(), on("rename", NAME + "-b"), ("rename back", lambda s: s.conn.lookupByName(NAME + "-b").rename(NAME)),
               on("create"), on("rename", NAME + "-c"), on("destroy")],
    "memory": [
        define(), on("setMemoryFlags", 8192, AFFECT_CONFIG), on("setMemoryFlags", 8192, AFFECT_LIVE), on("setMemoryFlags", 99999999, AFFECT_CONFIG),
        on("setMemoryFlags", 32768, AFFECT_CONFIG | libvirt.VIR_DOMAIN_MEM_MAXIMUM), on("create"), on("setMemory", 8192), on("setMemory", 99999999),
        on("setMaxMemory", 65536), on("setMemoryStatsPeriod", 2), on("setMemoryStatsPeriod", 2, AFFECT_CONFIG), on("destroy"), on("setMemory", 8192),
    ],
    "no balloon": [define("<memballoon model='none'/>"), on("create"), on("setMemory", 8192), on("setMemoryStatsPeriod", 2), on("destroy")],
    "vcpus": [
        define(vcpu="4"), on("setVcpusFlags", 2, AFFECT_CONFIG), on("setVcpusFlags", 9, AFFECT_CONFIG), on("setVcpusFlags", 0, AFFECT_CONFIG),
        on("create"), on("vcpusFlags", AFFECT_LIVE), on("vcpusFlags", AFFECT_LIVE | 4), on("setVcpusFlags", 3, AFFECT_LIVE),
        on("setVcpusFlags", 9, AFFECT_LIVE), on("vcpusFlags", AFFECT_LIVE), on("vcpusFlags", AFFECT_CONFIG),
        on("setVcpusFlags", 8, AFFECT_CONFIG | 4), on("setVcpusFlags", 8, AFFECT_LIVE | 4), on("setVcpus", 4), on("setVcpus", 0), on("destroy"),
        on("setVcpus", 2), on("vcpusFlags", AFFECT_CONFIG), on("vcpusFlags", AFFECT_CONFIG | 4), on("vcpusFlags", AFFECT_LIVE),
    ],
    "pinning": [
        define(vcpu="2"), on("pinVcpuFlags", 0, (True,), AFFECT_CONFIG), on("pinVcpuFlags", 9, (True,), AFFECT_CONFIG),
        on("pinVcpuFlags", 0, (False,), AFFECT_CONFIG), on("pinEmulator", (True,), AFFECT_CONFIG), on("create"),
        on("pinVcpu", 1, (True,)), on("pinVcpu", 5, (True,)), on("pinEmulator", (True, False), AFFECT_LIVE), on("destroy"), on("pinVcpu", 0, (True,)),
    ],
    "I/O threads": [
        define(), on("addIOThread", 1, AFFECT_CONFIG), on("addIOThread", 1, AFFECT_CONFIG), on("addIOThread", 0, AFFECT_CONFIG),
        on("delIOThread", 5, AFFECT_CONFIG), on("create"), on("addIOThread", 2, AFFECT_LIVE), on("addIOThread", 2, AFFECT_LIVE),
        on("delIOThread", 2, AFFECT_LIVE), on("delIOThread", 7, AFFECT_LIVE), on("pinIOThread", 1, (True,), AFFECT_LIVE),
        on("setIOThreadParams", 1, {"poll_max_ns": 1000}, AFFECT_LIVE), on("setIOThreadParams", 1, {"nonsense": 1}, AFFECT_LIVE),
        on("delIOThread", 1, AFFECT_CONFIG), on("destroy"), on("addIOThread", 3, AFFECT_LIVE),
    ],
    "disks come and go": [
        disks("", machine="q35"), on("create"), device("attachDevice", VDA), device("attachDevice", VDA), device("attachDeviceFlags", VDA, AFFECT_CONFIG),
        device("detachDeviceFlags", VDA, AFFECT_CONFIG), device("detachDeviceFlags", VDA, AFFECT_CONFIG), device("attachDeviceFlags", "<disk/>", AFFECT_LIVE),
        device("attachDeviceFlags", disk("/nonexistent/x.img", "vdy"), AFFECT_LIVE), device("detachDeviceFlags", disk("@IMG@", "vdz"), AFFECT_LIVE),
        on("detachDeviceAlias", "nonsense", AFFECT_LIVE), on("destroy"), device("attachDeviceFlags", VDA, AFFECT_LIVE), device("attachDevice", VDA),
    ],
    "a medium is changed": [
        define(CDROM % "", machine="q35"), on("create"), device("updateDeviceFlags", CDROM % "<source file='@IMG@'/>", AFFECT_LIVE),
        device("updateDeviceFlags", CDROM % "<source file='@IMG@'/>", AFFECT_CONFIG), device("updateDeviceFlags", CDROM % "", AFFECT_LIVE),
        device("updateDeviceFlags", CDROM % "<source file='/nonexistent/y.iso'/>", AFFECT_LIVE),
        device("updateDeviceFlags", (CDROM % "").replace("sda", "sdq"), AFFECT_LIVE), on("destroy"),
    ],
    "small devices come": [
        define(machine="q35"), on("create"), device("attachDeviceFlags", RNG, AFFECT_LIVE), device("attachDeviceFlags", NIC, AFFECT_LIVE),
        device("attachDeviceFlags", NIC, AFFECT_LIVE | AFFECT_CONFIG), device("detachDeviceFlags", NIC, AFFECT_CONFIG),
        device("attachDeviceFlags", "<memballoon model='virtio'/>", AFFECT_LIVE), device("attachDeviceFlags", "<sound model='ich6'/>", AFFECT_LIVE),
        device("attachDeviceFlags", "<graphics type='vnc'/>", AFFECT_LIVE), device("attachDeviceFlags", "<video><model type='vga'/></video>", AFFECT_LIVE),
        device("attachDeviceFlags", "<tpm><backend type='emulator'/></tpm>", AFFECT_LIVE), device("attachDeviceFlags", "<nonsense/>", AFFECT_LIVE),
        device("attachDeviceFlags", "<watchdog model='i6300esb' action='reset'/>", AFFECT_LIVE), device("attachDeviceFlags", "broken", AFFECT_LIVE), on("destroy"),
    ],
    "graphics are updated": [
        define("<graphics type='vnc' port='5999' autoport='no'/>"), on("create"),
        device("updateDeviceFlags", "<graphics type='vnc' port='5999' autoport='no' passwd='secret'/>", AFFECT_LIVE),
        device("updateDeviceFlags", "<graphics type='vnc' port='5998' autoport='no'/>", AFFECT_LIVE),
        device("updateDeviceFlags", "<graphics type='spice'/>", AFFECT_LIVE), graphics(0), graphics(4), on("destroy"), graphics(0),
    ],
    "a link goes down": [
        define(NIC), on("create"), device("updateDeviceFlags", NIC.replace("<model", "<link state='down'/><model"), AFFECT_LIVE),
        device("updateDeviceFlags", NIC.replace("virtio", "e1000"), AFFECT_LIVE), device("updateDeviceFlags", NIC.replace("00:01", "00:09"), AFFECT_LIVE),
        on("interfaceParameters", "52:54:00:55:00:01", AFFECT_CONFIG), on("interfaceParameters", "nonsense", AFFECT_CONFIG), on("destroy"),
    ],
    "disk calls": [
        disks(""), on("blockInfo", "vda"), on("blockInfo", "vdq"), on("create"), on("blockStats", "vdq"), on("blockResize", "vda", 16384),
        on("blockResize", "vdq", 16384), on("blockPeek", "vda", 0, 4), on("blockPeek", "vdq", 0, 4), on("memoryPeek", 0, 4, 1), on("memoryPeek", 0, 4, 2),
        on("blockIoTune", "vda", AFFECT_LIVE), on("setBlockIoTune", "vda", {"total_bytes_sec": 1000000}, AFFECT_LIVE),
        on("setBlockIoTune", "vda", {"total_bytes_sec": 1, "read_bytes_sec": 1}, AFFECT_LIVE), on("setBlockIoTune", "vdq", {"total_bytes_sec": 1000000}, AFFECT_LIVE),
        on("setBlockIoTune", "vda", {"total_iops_sec": 1000}, AFFECT_CONFIG), on("blockIoTune", "vda", AFFECT_CONFIG), on("setBlockThreshold", "vda", 4096), on("setBlockThreshold", "vdq", 4096),
        monitor('qemu-io -d /machine/peripheral/virtio-disk0/virtio-backend "write 64k 4k"'),
        on("diskErrors"), on("destroy"), on("blockIoTune", "vda", AFFECT_LIVE),
    ],
    "keys and signals": [
        define(), on("sendKey", 0, 0, [30], 1), on("create"), on("sendKey", 0, 0, [30], 1), on("sendKey", 0, 10, [30, 31], 2), on("sendKey", 0, 0, [9999], 1),
        on("sendKey", 99, 0, [30], 1), on("injectNMI"), on("sendProcessSignal", 1, 9), on("destroy"), on("injectNMI"),
    ],
    "jobs": [
        define(), on("jobInfo"), on("jobStats"), on("create"), on("jobInfo"), on("jobStats"), on("abortJob"), on("controlInfo"), on("hasManagedSaveImage"),
        on("destroy"), on("controlInfo"), on("abortJob"),
    ],
    "QEMU's monitor stops it, a signal ends it": [
        define(), on("create"), monitor("stop"), monitor("cont"), monitor("system_reset"), monitor("system_powerdown"), monitor("nonsense"), kill_qemu(),
        on("create"), on("destroy"), monitor("stop"),
    ],
    "starts that fail": [
        disks(""), remove_file("trace.img"), on("create"), define("<serial type='dev'><source path='/nonexistent/tty'/></serial>"), on("create"),
        define("<rng model='virtio'><backend model='random'>/nonexistent/random</backend></rng>"), on("create"), on("undefine"), create_xml(0, disk("/nonexistent/z.img")),
    ],
    "statistics of what is off": [
        define(), on("memoryStats"), on("getCPUStats", True), on("vcpus"), on("interfaceStats", "vnet0"), on("blockStats", "vda"), on("schedulerType"),
        on("schedulerParametersFlags", AFFECT_LIVE), on("numaParameters", AFFECT_LIVE), on("perfEvents", AFFECT_LIVE), on("memoryParameters", AFFECT_LIVE),
        on("blkioParameters", AFFECT_LIVE), on("numaParameters", AFFECT_CONFIG), on("perfEvents", AFFECT_CONFIG), on("memoryParameters", AFFECT_CONFIG),
        on("blkioParameters", AFFECT_CONFIG), on("setMemoryParameters", {"hard_limit": 1048576}, AFFECT_CONFIG), on("memoryParameters", AFFECT_CONFIG),
        on("setBlkioParameters", {"weight": 300}, AFFECT_CONFIG), on("blkioParameters", AFFECT_CONFIG), on("setBlkioParameters", {"weight": 5}, AFFECT_CONFIG),
        on("setSchedulerParametersFlags", {"cpu_shares": 512}, AFFECT_CONFIG), on("schedulerParametersFlags", AFFECT_CONFIG),
        on("setSchedulerParametersFlags", {"vcpu_quota": 1}, AFFECT_CONFIG), on("setNumaParameters", {"numa_nodeset": "0"}, AFFECT_CONFIG),
        on("numaParameters", AFFECT_CONFIG), on("setPerfEvents", {"cmt": True}, AFFECT_CONFIG), on("perfEvents", AFFECT_CONFIG),
    ],
    "the agent is not there": [
        define(), on("create"), on("fsFreeze"), on("fsInfo"), on("guestInfo", 0), on("setTime", {"seconds": 1}), on("guestVcpus"),
        on("shutdownFlags", libvirt.VIR_DOMAIN_SHUTDOWN_GUEST_AGENT), on("agentSetResponseTimeout", 5), on("agentSetResponseTimeout", -9),
        on("setUserPassword", "root", "x"), on("pMSuspendForDuration", 0, 0), on("interfaceAddresses", 1), on("destroy"), on("fsFreeze"),
    ],
}
