# SPDX-License-Identifier: LGPL-2.1-or-later
"""What guests get of the host: limits and pinning as the kernel has them, figures of guests that run.

The kernel is asked, not the daemon: the groups of a process are where /proc says, in version 1 or 2. Where a host lacks a
controller, the call has to say so."""
import contextlib
import json
import os
import re
import time

import libvirt
import libvirt_qemu

from cases import case
from world import check, disk, equal, eventually, tiny

LIVE, CONFIG = libvirt.VIR_DOMAIN_AFFECT_LIVE, libvirt.VIR_DOMAIN_AFFECT_CONFIG
ROOT = "/sys/fs/cgroup"
UNLIMITED = 9007199254740991


# -- the kernel's side --------------------------------------------------------------------------------

def hierarchies():
    """controller -> (version, mount point)"""
    found = {}
    with open("/proc/self/mountinfo") as f:
        lines = [line.split() for line in f]
    for fields in lines:
        kind, options = fields[fields.index("-") + 1], fields[-1].split(",")
        if kind == "cgroup2":
            with open(fields[4] + "/cgroup.controllers") as f:
                found.update({name: (2, fields[4]) for name in f.read().split()})
    for fields in lines:
        if fields[fields.index("-") + 1] == "cgroup":
            found.update({name: (1, fields[4]) for name in fields[-1].split(",") if name not in found})
    return found


def group(pid, controller, tid=None):
    """The folder that a process or thread is in; None: the host has no such controller."""
    version, mount = hierarchies().get(controller, (0, None))
    with open("/proc/%d/task/%d/cgroup" % (pid, tid or pid)) as f:
        for line in f:
            _, names, path = line.rstrip("\n").split(":", 2)
            if (version == 2 and names == "") or (version == 1 and controller in names.split(",")):
                return mount + path
    return None


def value(folder, name):
    with open(os.path.join(folder, name)) as f:
        return f.read().strip()


def guest_group(pid, controller):
    """Of the whole guest: above those of its threads."""
    folder = group(pid, controller)
    return os.path.dirname(folder) if folder and os.path.basename(folder) == "emulator" else folder


def threads(pid):
    """name -> tid"""
    found = {}
    for tid in os.listdir("/proc/%d/task" % pid):
        with contextlib.suppress(OSError):
            with open("/proc/%d/task/%s/comm" % (pid, tid)) as f:
                found[f.read().strip()] = int(tid)
    return found


def thread(pid, prefix):
    return next(tid for name, tid in threads(pid).items() if name.startswith(prefix))


def folders(name):
    """All control groups of guests of that name, also of those that somebody killed long ago."""
    return {path for path, below, _ in os.walk(ROOT) if "-%s" % name in os.path.basename(path)}


@contextlib.contextmanager
def nothing_left(name):
    before = folders(name)
    yield
    equal(folders(name) - before, set(), "groups that are left")


def refused(call, code, what):
    try:
        call()
    except libvirt.libvirtError as e:
        equal(e.get_error_code(), code, "the error's code: %s" % what)
        return str(e)
    check(False, "%s should be refused", what)


def need(controller, call):
    """Whether the host has it; if it does not, the call has to name it."""
    if controller in hierarchies():
        return True
    check("controller" in refused(call, libvirt.VIR_ERR_OPERATION_INVALID, controller), "the controller is not named")
    return False


def two(name, before="", devices="", vcpu="2", more=""):
    return tiny(name, vcpu=vcpu, devices=devices, memory="32", before=before).replace("<os>", "<iothreads>2</iothreads>%s<os>" % more)


# -- CPU ------------------------------------------------------------------------------------------------

TUNE = """<cputune><shares>600</shares><period>50000</period><quota>25000</quota><emulator_quota>40000</emulator_quota>
<vcpupin vcpu='0' cpuset='0'/><vcpupin vcpu='1' cpuset='1'/><emulatorpin cpuset='1'/><iothreadpin iothread='2' cpuset='0'/>
<vcpusched vcpus='1' scheduler='batch'/></cputune>"""


@case("resources: a guest starts with its limits and pins", once=True)
def start_tuned(side):
    cpus = os.sched_getaffinity(0)
    if len(cpus) < 2 or "cpu" not in hierarchies():
        TUNED = re.sub(r"<(vcpupin|emulatorpin|iothreadpin).*?/>", "", TUNE)
    else:
        TUNED = TUNE
    with nothing_left("sw-tuned"), side.guest("sw-tuned", two("sw-tuned", more=TUNED), "paused"):
        pid = side.qemu_pid("sw-tuned")
        equal(os.sched_getscheduler(thread(pid, "CPU 1/")), os.SCHED_BATCH, "the scheduler of a vCPU")
        equal(os.sched_getscheduler(thread(pid, "CPU 0/")), os.SCHED_OTHER, "the scheduler of another")
        if TUNED is TUNE:
            equal([os.sched_getaffinity(thread(pid, n)) for n in ("CPU 0/", "CPU 1/", "IO iothread2", "qemu-system")],
                  [{0}, {1}, {0}, {1}], "affinities")
            equal(os.sched_getaffinity(thread(pid, "IO iothread1")), cpus, "the affinity of a thread without a pin")
        if hierarchies()["cpu"][0] == 1:
            equal(value(guest_group(pid, "cpu"), "cpu.shares"), "600", "shares")
            vcpu = group(pid, "cpu", thread(pid, "CPU 1/"))
            equal((value(vcpu, "cpu.cfs_period_us"), value(vcpu, "cpu.cfs_quota_us")), ("50000", "25000"), "a vCPU's quota")
            equal(value(group(pid, "cpu"), "cpu.cfs_quota_us"), "40000", "the emulator's quota")


@case("resources: the share of the CPU is changed, live and in the definition", once=True)
def scheduler(side):
    with side.guest("sw-sched", two("sw-sched"), "paused") as dom:
        if not need("cpu", dom.schedulerParameters):
            return
        equal(dom.schedulerType(), ("posix", 9), "the scheduler")
        dom.setSchedulerParametersFlags({"cpu_shares": 700, "vcpu_quota": 30000, "emulator_period": 20000}, LIVE)
        dom.setSchedulerParametersFlags({"cpu_shares": 900, "global_quota": 60000}, CONFIG)
        now = dom.schedulerParametersFlags(LIVE)
        equal((now["cpu_shares"], now["vcpu_quota"], now["vcpu_period"], now["emulator_period"]), (700, 30000, 100000, 20000), "live")
        then = dom.schedulerParametersFlags(CONFIG)
        equal((then["cpu_shares"], then["global_quota"], then["vcpu_quota"]), (900, 60000, 0), "the definition's")
        check("<quota>30000</quota>" in dom.XMLDesc(0), "the live document: %s", dom.XMLDesc(0))
        check("<shares>900</shares>" in dom.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE), "the definition")
        pid = side.qemu_pid("sw-sched")
        if hierarchies()["cpu"][0] == 1:
            equal([value(group(pid, "cpu", thread(pid, "CPU %d/" % n)), "cpu.cfs_quota_us") for n in (0, 1)], ["30000"] * 2, "vCPUs")
        refused(lambda: dom.setSchedulerParametersFlags({"vcpu_period": 10}, LIVE), libvirt.VIR_ERR_INVALID_ARG, "a period too short")
        refused(lambda: dom.setSchedulerParametersFlags({"cpu_shares": 1 << 30}, LIVE), libvirt.VIR_ERR_INVALID_ARG, "shares")


@case("resources: threads are pinned", once=True)
def pinning(side):
    with side.guest("sw-pin", two("sw-pin"), "paused") as dom:
        cpus = dom.connect().getInfo()[2]
        if cpus < 2:
            return
        pid = side.qemu_pid("sw-pin")
        only = tuple(n == 1 for n in range(cpus))
        dom.pinVcpuFlags(0, only, LIVE | CONFIG)
        dom.pinEmulator(only, LIVE)
        dom.pinIOThread(2, only, LIVE)
        equal([os.sched_getaffinity(thread(pid, n)) for n in ("CPU 0/", "qemu-system", "IO iothread2")], [{1}] * 3, "affinities")
        check(0 in os.sched_getaffinity(thread(pid, "CPU 1/")), "another vCPU is pinned too")
        equal(dom.vcpuPinInfo(LIVE)[0][:2], (False, True), "the pin of a vCPU")
        equal(dom.vcpuPinInfo(CONFIG)[0][:2], (False, True), "the pin in the definition")
        equal(dom.emulatorPinInfo(CONFIG)[:2], (True, True), "the emulator's in the definition")
        equal({i: m[:2] for i, m in dom.ioThreadInfo(LIVE)}[2], [False, True], "the pin of an I/O thread")
        check("<vcpupin vcpu='0' cpuset='1'/>" in dom.XMLDesc(0), "the live document: %s", dom.XMLDesc(0))
        refused(lambda: dom.pinVcpu(9, only), libvirt.VIR_ERR_INVALID_ARG, "a vCPU that is not there")
        refused(lambda: dom.pinIOThread(9, only, LIVE), libvirt.VIR_ERR_INVALID_ARG, "an I/O thread that is not there")
        refused(lambda: dom.pinEmulator((False,) * cpus, LIVE), libvirt.VIR_ERR_INVALID_ARG, "no CPU at all")


# -- memory ---------------------------------------------------------------------------------------------

@case("resources: limits of memory", once=True)
def memory_limits(side):
    with side.guest("sw-memory", tiny("sw-memory"), "paused") as dom:
        if not need("memory", lambda: dom.memoryParameters(LIVE)):
            return
        equal(dom.memoryParameters(LIVE)["hard_limit"], UNLIMITED, "no limit")
        dom.setMemoryParameters({"hard_limit": 900000}, LIVE)
        dom.setMemoryParameters({"soft_limit": 800000}, CONFIG)
        equal(dom.memoryParameters(LIVE)["hard_limit"], 900000, "the limit")
        equal(dom.memoryParameters(CONFIG)["soft_limit"], 800000, "the definition's")
        check("<hard_limit unit='KiB'>900000</hard_limit>" in dom.XMLDesc(0), "the live document")
        folder = guest_group(side.qemu_pid("sw-memory"), "memory")
        name = "memory.max" if hierarchies()["memory"][0] == 2 else "memory.limit_in_bytes"
        equal(value(folder, name), str(900000 * 1024), "the kernel's limit")
        refused(lambda: dom.setMemoryParameters({"swap_hard_limit": 1000}, LIVE), libvirt.VIR_ERR_INVALID_ARG, "swap below memory")
        if hierarchies()["memory"][0] == 1:
            # What the guest uses already counts, so the kernel cannot take it away.
            refused(lambda: dom.setMemoryParameters({"hard_limit": 4}, LIVE), libvirt.VIR_ERR_SYSTEM_ERROR, "next to nothing")
        equal(dom.state()[0], libvirt.VIR_DOMAIN_PAUSED, "the guest lives")


@case("resources: NUMA nodes", once=True)
def numa(side):
    with side.guest("sw-numa", tiny("sw-numa").replace("<os>", "<numatune><memory mode='restrictive' nodeset='0'/></numatune><os>"),
                    "paused") as dom:
        equal(dom.numaParameters(LIVE), {"numa_mode": libvirt.VIR_DOMAIN_NUMATUNE_MEM_RESTRICTIVE, "numa_nodeset": "0"}, "the start's")
        dom.setNumaParameters({"numa_nodeset": "0"}, LIVE)
        dom.setNumaParameters({"numa_mode": libvirt.VIR_DOMAIN_NUMATUNE_MEM_STRICT}, CONFIG)
        equal(dom.numaParameters(CONFIG)["numa_mode"], 0, "the definition's mode")
        if "cpuset" in hierarchies():
            equal(value(guest_group(side.qemu_pid("sw-numa"), "cpuset"), "cpuset.mems"), "0", "the kernel's nodes")
        refused(lambda: dom.setNumaParameters({"numa_mode": 1}, LIVE), libvirt.VIR_ERR_OPERATION_INVALID, "another mode while it runs")
        refused(lambda: dom.setNumaParameters({"numa_nodeset": "x"}, LIVE), libvirt.VIR_ERR_INVALID_ARG, "no set")


@case("resources: the balloon is inflated and the maximum changed", once=True)
def sizes(side):
    with side.guest("sw-size", tiny("sw-size", memory="32"), "paused") as dom:
        dom.setMemoryFlags(16384, LIVE | CONFIG)
        answer = json.loads(libvirt_qemu.qemuMonitorCommand(dom, '{"execute": "query-balloon"}', 0))
        check("return" in answer, "the balloon: %s", answer)
        check("<currentMemory unit='KiB'>16384" in dom.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE), "the definition")
        dom.setMemoryFlags(65536, CONFIG | libvirt.VIR_DOMAIN_MEM_MAXIMUM)
        check("<memory unit='KiB'>65536" in dom.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE), "the maximum")
        dom.setMemoryStatsPeriod(7, LIVE | CONFIG)
        check("<stats period='7'/>" in dom.XMLDesc(0), "the period")
        answer = json.loads(libvirt_qemu.qemuMonitorCommand(dom, json.dumps({"execute": "qom-get", "arguments": {
            "path": "/machine/peripheral/balloon0", "property": "guest-stats-polling-interval"}}), 0))
        equal(answer["return"], 7, "QEMU's period")
        refused(lambda: dom.setMemoryFlags(1 << 30, LIVE), libvirt.VIR_ERR_INVALID_ARG, "more than the maximum")
        refused(lambda: dom.setMaxMemory(1 << 20), libvirt.VIR_ERR_OPERATION_INVALID, "the maximum while it runs")


# -- disks ------------------------------------------------------------------------------------------------

def block_device():
    """A block device of the host, NULL if it has none."""
    for name in sorted(os.listdir("/sys/block")):
        if os.path.exists("/dev/" + name) and not name.startswith(("ram", "zram")):
            return "/dev/" + name
    return None


@case("resources: shares and limits of the host's disks", once=True)
def blkio(side):
    device = block_device()
    with side.guest("sw-blkio", tiny("sw-blkio"), "paused") as dom:
        if not need("io" if "io" in hierarchies() else "blkio", lambda: dom.blkioParameters(LIVE)):
            return
        dom.setBlkioParameters({"device_read_iops_sec": "/nonexistent,100,/other,5"}, CONFIG)
        equal(dom.blkioParameters(CONFIG)["device_read_iops_sec"], "/nonexistent,100,/other,5", "the definition's")
        refused(lambda: dom.setBlkioParameters({"device_read_iops_sec": "/nonexistent,100"}, LIVE), libvirt.VIR_ERR_SYSTEM_ERROR, "no device")
        refused(lambda: dom.setBlkioParameters({"device_read_iops_sec": "nonsense"}, CONFIG), libvirt.VIR_ERR_INVALID_ARG, "no list")
        if device:
            dom.setBlkioParameters({"device_write_bytes_sec": device + ",1000000"}, LIVE)
            equal(dom.blkioParameters(LIVE)["device_write_bytes_sec"], device + ",1000000", "live")
            if hierarchies().get("blkio", (0,))[0] == 1:
                text = value(guest_group(side.qemu_pid("sw-blkio"), "blkio"), "blkio.throttle.write_bps_device")
                check(text.endswith(" 1000000"), "the kernel's limit: %s", text)
            dom.setBlkioParameters({"device_write_bytes_sec": device + ",0"}, LIVE)
            equal(dom.blkioParameters(LIVE)["device_write_bytes_sec"], "", "the limit is gone")


def throttle(dom, number=0):
    answer = json.loads(libvirt_qemu.qemuMonitorCommand(dom, '{"execute": "query-block"}', 0))
    return next(b["inserted"] for b in answer["return"] if "virtio-disk%d" % number in b.get("qdev", ""))


@case("resources: limits of a guest's disk", once=True)
def iotune(side):
    tune = "<iotune><total_bytes_sec>5000000</total_bytes_sec><read_iops_sec>100</read_iops_sec></iotune>"
    with side.guest("sw-iotune", tiny("sw-iotune", devices=disk(side.image("iotune.img"), extra=tune)), "paused") as dom:
        equal((throttle(dom)["bps"], throttle(dom)["iops_rd"]), (5000000, 100), "QEMU's limits at the start")
        dom.setBlockIoTune("vda", {"write_bytes_sec": 70000, "read_iops_sec_max": 300}, LIVE)
        got = throttle(dom)
        equal((got["bps"], got["bps_wr"], got["iops_rd"], got.get("iops_rd_max")), (0, 70000, 100, 300), "QEMU's limits")
        equal(dom.blockIoTune("vda", LIVE)["write_bytes_sec"], 70000, "live")
        equal(dom.blockIoTune("vda", CONFIG)["total_bytes_sec"], 5000000, "the definition's")
        dom.setBlockIoTune("vda", {"total_iops_sec": 42}, CONFIG)
        equal(dom.blockIoTune("vda", CONFIG)["read_iops_sec"], 0, "one of a set resets the others")
        check("<write_bytes_sec>70000" in dom.XMLDesc(0), "the live document")
        refused(lambda: dom.setBlockIoTune("vda", {"total_iops_sec": 5, "read_iops_sec": 5}, LIVE), libvirt.VIR_ERR_INVALID_ARG, "both")
        refused(lambda: dom.setBlockIoTune("vdz", {"total_iops_sec": 5}, LIVE), libvirt.VIR_ERR_INVALID_ARG, "no disk")
        equal(throttle(dom)["iops_rd"], 100, "a mistake changed nothing")
        dom.attachDeviceFlags(disk(side.image("iotune2.img"), "vdb", extra=tune), LIVE)
        equal(throttle(dom, 1)["bps"], 5000000, "the limits of a disk that comes later")


# -- threads -----------------------------------------------------------------------------------------------

@case("resources: I/O threads come and go", once=True)
def iothreads(side):
    device = disk(side.image("iothread.img")).replace("type='raw'", "type='raw' iothread='1'")
    with side.guest("sw-io", two("sw-io", devices=device), "paused") as dom:
        pid = side.qemu_pid("sw-io")
        dom.addIOThread(4, LIVE | CONFIG)
        check("IO iothread4" in threads(pid), "the thread: %s", threads(pid))
        equal(sorted(i for i, _ in dom.ioThreadInfo(LIVE)), [1, 2, 4], "the threads")
        check("<iothread id='4'" in dom.XMLDesc(0), "the live document")
        dom.setIOThreadParams(4, {"poll_max_ns": 12345}, LIVE)
        answer = json.loads(libvirt_qemu.qemuMonitorCommand(dom, '{"execute": "query-iothreads"}', 0))
        equal(next(t["poll-max-ns"] for t in answer["return"] if t["id"] == "iothread4"), 12345, "QEMU's parameter")
        refused(lambda: dom.addIOThread(4, LIVE), libvirt.VIR_ERR_INVALID_ARG, "an id that is taken")
        refused(lambda: dom.delIOThread(1, LIVE), libvirt.VIR_ERR_INVALID_ARG, "a thread that a disk has")
        refused(lambda: dom.delIOThread(9, LIVE), libvirt.VIR_ERR_INVALID_ARG, "no thread")
        refused(lambda: dom.setIOThreadParams(4, {"thread_pool_min": 9, "thread_pool_max": 3}, LIVE), libvirt.VIR_ERR_OPERATION_INVALID, "a pool upside down")
        dom.pinIOThread(4, (True,), LIVE)
        dom.delIOThread(4, LIVE)
        equal(sorted(i for i, _ in dom.ioThreadInfo(LIVE)), [1, 2], "the threads afterwards")
        equal(sorted(i for i, _ in dom.ioThreadInfo(CONFIG)), [1, 2, 4], "the definition's")
        dom.addIOThread(4, LIVE)
        check("<iothreadpin" not in dom.XMLDesc(0), "a new thread of the number has the old one's pin")


@case("resources: a thread that comes later is nobody's child", once=True)
def later_threads(side):
    with side.guest("sw-later", two("sw-later"), "paused") as dom:
        cpus = dom.connect().getInfo()[2]
        if cpus < 2 or "cpu" not in hierarchies():
            return
        dom.pinEmulator(tuple(n == 1 for n in range(cpus)), LIVE)
        dom.setSchedulerParametersFlags({"emulator_quota": 50000}, LIVE)
        dom.addIOThread(7, LIVE)
        pid = side.qemu_pid("sw-later")
        tid = thread(pid, "IO iothread7")
        equal(os.sched_getaffinity(tid), os.sched_getaffinity(thread(pid, "CPU 0/")), "its affinity")
        check(os.path.basename(group(pid, "cpu", tid)) == "iothread7", "its group: %s", group(pid, "cpu", tid))


@case("resources: counters of the kernel", once=True)
def perf(side):
    with side.guest("sw-perf", tiny("sw-perf"), "running") as dom:
        equal(dom.perfEvents(LIVE)["cpu_clock"], False, "before")
        dom.setPerfEvents({"cpu_clock": True, "page_faults": True}, LIVE)
        equal(dom.perfEvents(LIVE)["cpu_clock"], True, "after")
        equal(dom.perfEvents(CONFIG)["cpu_clock"], False, "the definition's")
        stats = lambda: dom.connect().domainListGetStats([dom], libvirt.VIR_DOMAIN_STATS_PERF)[0][1]
        eventually(lambda: stats()["perf.cpu_clock"] > 0, "the counter moves")
        check("perf.page_faults" in stats(), "the other counter")
        refused(lambda: dom.setPerfEvents({"cmt": True}, LIVE), libvirt.VIR_ERR_ARGUMENT_UNSUPPORTED, "cache monitoring")
        dom.setPerfEvents({"cpu_clock": False}, LIVE)
        check("perf.cpu_clock" not in stats(), "the counter is still there")


@case("resources: the rate at which memory is written", once=True)
def dirty_rate(side):
    with side.guest("sw-dirty", tiny("sw-dirty"), "running") as dom:
        refused(lambda: dom.startDirtyRateCalc(99), libvirt.VIR_ERR_CONFIG_UNSUPPORTED, "too long")
        refused(lambda: dom.startDirtyRateCalc(1, libvirt.VIR_DOMAIN_DIRTYRATE_MODE_DIRTY_RING), libvirt.VIR_ERR_OPERATION_UNSUPPORTED, "no ring")
        dom.startDirtyRateCalc(1)
        stats = lambda: dom.connect().domainListGetStats([dom], libvirt.VIR_DOMAIN_STATS_DIRTYRATE)[0][1]
        eventually(lambda: stats()["dirtyrate.calc_status"] == libvirt.VIR_DOMAIN_DIRTYRATE_MEASURED, "the measure's end")
        check("dirtyrate.megabytes_per_second" in stats(), "the rate: %s", stats())


# -- failures and restarts -----------------------------------------------------------------------------------

@case("resources: what the host cannot do is refused, and leaves nothing", once=True)
def refusals(side):
    def attempt(more, code):
        with nothing_left("sw-refused"), side.guest("sw-refused", tiny("sw-refused").replace("<os>", more + "<os>")) as dom:
            refused(dom.create, code, more)

    attempt("<cputune><vcpupin vcpu='0' cpuset='900'/></cputune>", libvirt.VIR_ERR_SYSTEM_ERROR)
    attempt("<numatune><memory mode='strict' nodeset='77'/></numatune>", libvirt.VIR_ERR_CONFIG_UNSUPPORTED)
    attempt("<resource><partition>/machine/nowhere</partition></resource>", libvirt.VIR_ERR_SYSTEM_ERROR)


@case("resources: limits are found again, and removed with the guest", ours=True, once=True)
def restarted(side):
    with nothing_left("sw-again"), side.guest("sw-again", two("sw-again"), "paused") as dom:
        if "cpu" not in hierarchies():
            return
        dom.setSchedulerParametersFlags({"cpu_shares": 750, "vcpu_quota": 20000}, LIVE)
        side.system.kill("virtqemud")
        with side.connection() as conn:
            dom = conn.lookupByName("sw-again")
            equal(dom.schedulerParametersFlags(LIVE)["cpu_shares"], 750, "the shares")
            check("<quota>20000</quota>" in dom.XMLDesc(0), "the live document")
            eventually(lambda: dom.state()[0] == libvirt.VIR_DOMAIN_PAUSED, "the guest is there")
            dom.setSchedulerParametersFlags({"vcpu_quota": -1}, LIVE)
            pid = side.qemu_pid("sw-again")
            if hierarchies()["cpu"][0] == 1:
                equal(value(group(pid, "cpu", thread(pid, "CPU 0/")), "cpu.cfs_quota_us"), "-1", "the quota is lifted")
            dom.destroy()


@case("resources: an unmarked change is of what runs", once=True)
def current(side):
    with side.guest("sw-current", tiny("sw-current")) as dom:
        refused(lambda: dom.setSchedulerParametersFlags({"cpu_shares": 500}, LIVE), libvirt.VIR_ERR_OPERATION_INVALID, "live, shut off")
        dom.setSchedulerParametersFlags({"cpu_shares": 500}, 0)
        equal(dom.schedulerParametersFlags(0)["cpu_shares"], 500, "shut off: the definition")
        text = side.ok("schedinfo", "sw-current", "--config")
        check(re.search(r"cpu_shares *: 500", text), "virsh: %s", text)


# -- figures ---------------------------------------------------------------------------------------------------

@case("resources: statistics of all groups", once=True)
def all_groups(side):
    with side.guest("sw-figures", two("sw-figures", devices=disk(side.image("figures.img"))), "running") as dom:
        stats = eventually(lambda: (lambda s: s if s.get("cpu.time", 0) > 0 else None)(dom.connect().domainListGetStats([dom], 0)[0][1]), "CPU time")
        for name in ("state.state", "cpu.user", "balloon.current", "vcpu.current", "vcpu.1.time", "block.0.rd.reqs", "block.0.capacity",
                     "iothread.count", "iothread.1.poll-max-ns", "dirtyrate.calc_status"):
            check(name in stats, "no %s in %s", name, sorted(stats))
        total = dom.getCPUStats(True)[0]
        check(total["cpu_time"] > 0, "the CPU time: %s", total)
        if "cpuacct" in hierarchies() and not side.stock:
            each = dom.getCPUStats(False)
            equal(len(each), dom.connect().getInfo()[2], "CPUs")
            check(sum(c["cpu_time"] for c in each) > 0, "the time by CPU: %s", each)
        equal(dom.jobInfo()[0], libvirt.VIR_DOMAIN_JOB_NONE, "the job")
        text = side.ok("domblkstat", "sw-figures", "vda", "--human")
        check("number of read operations" in text, "domblkstat: %s", text)
