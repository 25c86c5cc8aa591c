# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is measured: one function a subject. Each leaves the swarm as it found it."""
import contextlib
import glob
import os
import re
import shutil
import signal
import subprocess
import time

from measures_network import network
from swarm import DAEMONS, Failure, server

MIB = 1024.0
SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def both(direct, proxy):
    """The two ways to virtqemud: label, daemon whose socket it is, goal."""
    return (("direct", "virtqemud", direct), ("proxy", "virtproxyd", proxy))


class Floor:
    """A bare server, by socket and by URI."""

    def __init__(self, bench, kind, *args):
        self.socket = os.path.join(bench.work, kind + "-sock")
        self.argv = [bench.programs.path("bench-floor"), kind, self.socket] + [str(a) for a in args]
        self.uri = "qemu+unix:///system?socket=" + self.socket

    def running(self):
        return server(self.argv, self.socket)


def calls(bench):
    """The cheapest call: through the client library, on a wire of its own, with many idle clients about."""
    n = bench.count(20000, 300)
    stub = Floor(bench, "stub")

    def ask(uri, cpu=None):
        return bench.client("call", uri, "version", n, cpu=cpu)["call_p50"]

    bench.swarm.start()
    with stub.running() as proc:
        for way, daemon, goal in both(1.4, 2.4):
            bench.compare("call-" + way, "cheapest call, " + way, "us", goal,
                          lambda: ask(stub.uri), lambda: ask(bench.swarm.uri(daemon)))
        everywhere = os.sched_getaffinity(0)
        bench.swarm.pin({0})
        os.sched_setaffinity(proc.pid, {0})
        for way, daemon, goal in both(1.4, 2.4):
            bench.compare("call-%s-1cpu" % way, "the same, all on one CPU", "us", goal,
                          lambda: ask(stub.uri, 0), lambda: ask(bench.swarm.uri(daemon), 0))
        bench.swarm.pin(everywhere)


def rate(bench):
    """Calls a second from 64 connections."""
    ms = bench.count(2000, 200)
    echo = Floor(bench, "echo")

    bench.swarm.start()
    with echo.running():
        for way, daemon, goal in both(0.35, None):
            bench.compare("rate-" + way, "calls a second, 64 connections, " + way, "/s", goal,
                          lambda: bench.floor("load", echo.socket, 64, ms)["calls_s"],
                          lambda: bench.floor("load", bench.swarm.socket(daemon), 64, ms, "qemu:///system")["calls_s"],
                          rate=True)


def opens(bench):
    """Opening and closing a connection."""
    n = bench.count(1000, 30)
    stub = Floor(bench, "stub")

    bench.swarm.start()
    with stub.running():
        for way, daemon, goal in both(1.5, 2.5):
            bench.compare("open-" + way, "open and close, " + way, "us", goal,
                          lambda: bench.client("open", stub.uri, n)["open_p50"],
                          lambda: bench.client("open", bench.swarm.uri(daemon), n)["open_p50"])


def crowd(bench):
    """A call while 512 others are connected and silent."""
    n = bench.count(20000, 300)
    others = bench.count(512, 64)
    idle = [bench.programs.path("bench-floor"), "idle", bench.swarm.socket("virtqemud"), str(others), "qemu:///system"]

    def ask():
        return bench.client("call", bench.swarm.uri(), "version", n)["call_p50"]

    def ask_in_crowd():
        with subprocess.Popen(idle, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as proc:
            if not proc.stdout.readline():
                raise Failure("%d connections cannot be opened" % others)
            return ask()

    bench.swarm.start()
    bench.compare("crowd", "cheapest call, %d idle connections against none" % others, "us", 1.1, ask, ask_in_crowd)


def documents(bench):
    """Definitions: written, and listed."""
    n = bench.count(1000, 50)
    listed = bench.count(30, 5)
    swarm = bench.swarm

    def define():
        bench.client("undefine", swarm.uri(), "bench")
        return bench.client("define", swarm.uri(), "bench", n)["define_p50"]

    swarm.start()
    bench.client("define", swarm.uri(), "bench", 1)
    size = os.path.getsize(swarm.path("etc/libvirt/qemu/bench-00000.xml"))
    folder = bench.folder("write")
    bench.compare("define", "define (%d bytes)" % size, "us", 2,
                  lambda: bench.floor("write", folder, n, size)["write_p50"], define)
    stub = Floor(bench, "stub", n)
    with stub.running():
        bench.compare("list", "list of %d definitions" % n, "us", 1.3,
                      lambda: bench.client("call", stub.uri, "list", listed)["call_p50"],
                      lambda: bench.client("call", swarm.uri(), "list", listed)["call_p50"])
    bench.client("undefine", swarm.uri(), "bench")


def starts(bench):
    """Exec of virtqemud to its first reply."""
    swarm = bench.swarm
    many = bench.count(5000, 200)

    def time_exec(argv, socket, definitions, runs):
        return bench.floor("exec", socket, "qemu:///system", definitions, runs, *argv)["exec_p50"] / 1000

    def compare(name, what, goal, definitions, runs, *folder):
        stub = Floor(bench, "stub", definitions, *folder)
        bench.compare(name, what, "ms", goal,
                      lambda: time_exec(stub.argv, stub.socket, definitions, runs),
                      lambda: time_exec(swarm.argv("virtqemud"), swarm.socket("virtqemud"), definitions, runs))

    swarm.start()                       # fills the cache of capabilities
    bench.client("define", swarm.uri(), "bench", 1)
    bench.client("undefine", swarm.uri(), "bench")
    swarm.stop("virtqemud")
    compare("exec-0", "exec to first reply, no definitions", 5, 0, bench.count(10, 2))
    swarm.start()
    bench.client("define", swarm.uri(), "bench", many)
    swarm.stop("virtqemud")
    compare("exec-%d" % many, "exec to first reply, %d definitions" % many, 15, many, bench.count(3, 1),
            swarm.path("etc/libvirt/qemu"))
    for path in glob.glob(swarm.path("etc/libvirt/qemu/bench-*.xml")):
        os.unlink(path)


def command_line(bench, guest):
    """The guest's own command line for bench-floor, its monitor on a descriptor to be filled in."""
    pid = bench.swarm.guest_pid(guest)
    home = glob.glob(bench.swarm.path("var/lib/libvirt/qemu/domain-*-" + guest))[0]
    copy = bench.folder("home")         # the guest's own goes with it
    for path in glob.glob(os.path.join(home, "*")):
        if os.path.isfile(path):
            shutil.copy(path, copy)
    argv = [a.replace(home.encode(), copy.encode()) for a in bench.swarm.guests()[pid]]
    argv[0] = os.readlink("/proc/%d/exe" % pid).encode()
    monitor = argv.index(b"-mon") - 1
    line = re.sub(rb"fd=\d+", b"fd=@FD@", argv[monitor])
    if line.count(b"@FD@") != 1 or any(re.search(rb"\bfd=\d", a) for a in argv[:monitor] + argv[monitor + 1:]):
        raise Failure("the guest has other descriptors than its monitor's: %r" % argv)
    argv[monitor] = line
    path = os.path.join(bench.work, "guest.line")
    with open(path, "wb") as f:
        f.write(b"\0".join(argv) + b"\0")
    return path


def guests(bench):
    """Starts and ends of tiny paused guests, alone and many at once."""
    n = bench.count(20, 3)
    swarm = bench.swarm
    uri = swarm.uri()
    bare, ours = [], []

    def start(clients):
        result = bench.client("start", uri, "bench", n, clients)
        ours.append(bench.client("destroy", uri, "bench")["each_p50"] / 1000)
        return result

    def exec_bare(parallel):
        result = bench.floor("guests", line, bench.work, n, parallel)
        bare.append(result["end_p50"] / 1000)
        return result

    swarm.start()
    bench.client("define-tiny", uri, "bench", n)
    bench.client("start", uri, "bench", 1)
    line = command_line(bench, "bench-00000")
    bench.client("destroy", uri, "bench")
    bench.compare("start", "start of a tiny paused guest", "ms", 1.3,
                  lambda: exec_bare(1)["start_p50"] / 1000, lambda: start(1)["start_p50"] / 1000)
    bench.compare("start-%d" % n, "%d such starts from 8 clients" % n, "ms", 1.3,
                  lambda: exec_bare(8)["wall"] / 1000, lambda: start(8)["wall"] / 1000)
    bench.compare_series("destroy", "destroy", "ms", 3, bare, ours)
    bench.client("undefine", uri, "bench")


def idle(bench):
    """What daemons hold when nothing happens. Dirty pages of files that were just built are not theirs: only
    anonymous memory counts."""
    bench.swarm.stop()
    bench.swarm.start()
    for daemon in DAEMONS[1:]:
        bench.client("open", bench.swarm.uri(daemon), 1)
    time.sleep(bench.count(12, 1))      # workers that have nothing to do end
    memory = {daemon: bench.swarm.memory(daemon) for daemon in DAEMONS}
    bench.value("threads", "idle threads of a daemon", "", 1, max(bench.swarm.threads(d) for d in DAEMONS))
    bench.value("memory", "PSS of all idle daemons", "MiB", 10, sum(m["Pss"] for m in memory.values()) / MIB)
    for daemon in DAEMONS:
        bench.value("dirty-" + daemon, "private dirty memory of " + daemon, "MiB", 1.2,
                    memory[daemon]["Anonymous"] / MIB)


@contextlib.contextmanager
def stopped(pid):
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def hang(bench):
    """Queries, and an end, while one guest's QEMU is stopped and 25 clients have asked it for figures."""
    n = bench.count(3000, 100)
    uri = bench.swarm.uri()
    names = ("bench-00000", "bench-00001")

    def ask(call):
        return max(bench.client("call", uri, call, n, *name, timeout=30)["call_p50"]
                   for name in ([()] if call == "list" else [(n,) for n in names]))

    bench.swarm.start()
    bench.client("define-tiny", uri, "bench", 2)
    bench.client("start", uri, "bench", 2)
    kinds = ("list", "dominfo", "dumpxml", "domstate")
    for call in kinds:                  # the same order with and without: alternate stop and go
        def ask_stopped():
            with stopped(bench.swarm.guest_pid(names[0])):
                pile = [subprocess.Popen([bench.programs.path("bench-client"), "call", uri, "stats", "1", names[0]],
                                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(25)]
                try:
                    time.sleep(0.3)
                    return ask(call)
                finally:
                    for proc in pile:
                        proc.kill()
                        proc.wait()
        bench.compare("stopped-" + call, "%s with a stopped guest against none" % call, "us", 1.5,
                      lambda: ask(call), ask_stopped)
    with stopped(bench.swarm.guest_pid(names[0])):
        took = bench.client("destroy", uri, names[0], timeout=60)["each_p50"]
    bench.value("stopped-destroy", "destroy of the stopped guest", "ms", 500, took / 1000)
    bench.client("destroy", uri, "bench")
    bench.client("undefine", uri, "bench")


def fiber(bench):
    """What a switch costs; 50 ns is the design's figure."""
    result = [bench.programs.run("bench-fiber", "switch", bench.count(1000000, 10000)) for _ in range(bench.rounds)]
    bench.value("fiber", "leaving a fiber and entering it again", "ns", 50, min(r["round_trip_ns"] for r in result))
    bench.value("fiber-start", "a fiber that never awaits", "ns", None, min(r["start_ns"] for r in result))


def xml(bench):
    """A definition of some 60 lines, read and written by the tables and by libxml2 alone."""
    path = os.path.join(SOURCE, "src", "model", "domain", "cases", "q35-watchdog.out.xml")
    result = [bench.programs.run("bench-xml", path, bench.count(20000, 500)) for _ in range(bench.rounds)]
    bench.compare_series("xml", "reading and writing a definition", "us", 2.0, [r["floor_us"] for r in result],
                         [r["engine_us"] for r in result])
    bench.value("xml-memory", "heap of a loaded definition of 64 lines", "KiB", 12,
                min(r["memory_bytes"] for r in result) / 1024)
    bench.value("xml-nested", "refusing 10 MB of nested elements", "ms", 10, min(r["nested_ms"] for r in result))


LIVE = """<domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
  <name>%(name)s</name>
  <memory unit='MiB'>16</memory>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <devices>
    <disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='%(image)s'/><target dev='vda' bus='virtio'/><shareable/></disk>
  </devices>
  <qemu:commandline><qemu:arg value='-qmp'/><qemu:arg value='unix:%(monitor)s,server=on,wait=off'/></qemu:commandline>
</domain>
"""


def start_live(bench, prefix, count):
    """Guests with a disk, and a second monitor for the floor; the paths of those."""
    folder = bench.swarm.path("live")
    os.makedirs(folder, exist_ok=True)
    os.chmod(folder, 0o777)
    image = os.path.join(folder, "image.img")
    with open(image, "ab") as f:
        f.truncate(int(8 * MIB))
    os.chmod(image, 0o666)
    monitors = []
    for number in range(count):
        name = "%s-%05d" % (prefix, number)
        monitors.append(os.path.join(folder, name))
        path = os.path.join(folder, "guest.xml")
        with open(path, "w", encoding="utf-8") as f:
            f.write(LIVE % dict(name=name, image=image, monitor=monitors[-1]))
        subprocess.run(["virsh", "-q", "-c", bench.swarm.uri(), "define", path], check=True, stdout=subprocess.DEVNULL)
    bench.client("start", bench.swarm.uri(), prefix, count)
    return monitors


def restart(bench, count):
    """Milliseconds from the exec of virtqemud until all guests' monitors have answered it."""
    bench.swarm.stop("virtqemud")
    begin = time.monotonic()
    bench.swarm.start("virtqemud")
    reached = bench.client("reached", bench.swarm.uri(), count)["reached"]
    if reached != count:
        raise Failure("%d of %d guests were reached" % (reached, count))
    return (time.monotonic() - begin) * 1000


def live(bench):
    """Figures of running guests against their monitors' own answers; what each guest costs; a restart under them."""
    count = bench.count(20, 4)
    uri = bench.swarm.uri()
    bench.swarm.start()
    monitors = start_live(bench, "live", count)
    n = bench.count(300, 20)
    all_of_them = lambda: bench.floor("ask", n, *monitors)["ask_p50"]                                  # noqa: E731
    one = lambda: bench.floor("ask", n, monitors[0])["ask_p50"]                                        # noqa: E731
    bench.compare("live-domstats", "domstats of %d running guests" % count, "us", 3, all_of_them,
                  lambda: bench.client("call", uri, "domstats", n)["call_p50"])
    bench.compare("live-blockstats", "the same, disks only", "us", 3, all_of_them,
                  lambda: bench.client("call", uri, "blockstats", n)["call_p50"])
    bench.compare("live-domblkstat", "domblkstat", "us", 2, one,
                  lambda: bench.client("call", uri, "domblkstat", n, "live-00000")["call_p50"])
    bench.value("live-restart", "restart of virtqemud until %d guests answer" % count, "ms", 60,
                min(restart(bench, count) for _ in range(bench.rounds)))
    before, files = bench.swarm.memory("virtqemud"), bench.swarm.descriptors("virtqemud")
    start_live(bench, "more", count)
    after = bench.swarm.memory("virtqemud")
    bench.value("live-memory", "private memory for each running guest", "KiB", 128,
                (after["Private_Dirty"] - before["Private_Dirty"]) / count)
    bench.value("live-descriptors", "descriptors for each running guest", "", 2,
                (bench.swarm.descriptors("virtqemud") - files) / count)
    for prefix in ("live", "more"):
        bench.client("destroy", uri, prefix)
        bench.client("undefine", uri, prefix)


def inactive(bench):
    """Statistics of a thousand definitions that do not run."""
    count = bench.count(1000, 50)
    bench.swarm.start()
    bench.client("define", bench.swarm.uri(), "bench", count)
    bench.value("inactive-stats", "domstats of %d inactive definitions" % count, "ms", 3,
                bench.client("call", bench.swarm.uri(), "domstats", bench.count(50, 5))["call_p50"] / 1000)
    bench.client("undefine", bench.swarm.uri(), "bench")


def deaf(bench):
    """The slowest hundredth of all queries, on guests that answer and on those that do not, while 4 of 20 are stopped."""
    count, quiet = bench.count(20, 4), bench.count(4, 1)
    n = bench.count(2000, 100)
    uri = bench.swarm.uri()
    bench.swarm.start()
    start_live(bench, "live", count)

    def slowest(call):
        names = [()] if call in ("list", "domstats") else [("live-00000",), ("live-%05d" % (count - 1),)]
        return max(bench.client("call", uri, call, n, *name, timeout=120)["call_p99"] for name in names)

    for call in ("list", "dominfo", "domstate", "dumpxml", "domstats", "domblkstat"):
        def with_stopped():
            with contextlib.ExitStack() as stack:
                for number in range(quiet):
                    stack.enter_context(stopped(bench.swarm.guest_pid("live-%05d" % number)))
                return slowest(call)
        bench.compare("deaf-" + call, "p99 of %s with %d of %d guests stopped" % (call, quiet, count), "us", 1.5,
                      lambda: slowest(call), with_stopped)
    bench.client("destroy", uri, "live")
    bench.client("undefine", uri, "live")


SUBJECTS = {f.__name__: f for f in (fiber, xml, calls, rate, opens, crowd, documents, starts, guests, live, inactive, idle, hang, deaf, network)}
