# SPDX-License-Identifier: LGPL-2.1-or-later
"""What follows when a guest powers off, reboots, panics or lets its watchdog run out: events, states, dumps.

There is no system in these guests: what one would do is done from the monitor by writing to the chipset's ports."""
import os
import signal
import struct
import subprocess
import threading
import time

import libvirt
import libvirt_qemu

from cases import case
from test_events import LIFECYCLE
from wire import Wire, domain
from world import Events, check, configured, equal, eventually, tiny

PANIC = ("<panic model='isa'/>", "o /b 0x505 1")
POWER_OFF = ("", "o /w 0x604 0x2000")
REBOOT = ("", "o /b 0xcf9 6")
RUNNING, PAUSED, SHUTOFF, CRASHED = 1, 3, 5, 6


def watchdog(action):
    return "<watchdog model='ib700' action='%s'/>" % action, "o /b 0x443 0xf"


# What the guest has and does, and the events, state and reason that follow. Reboots come in any number.
ACTIONS = {
    "on_crash destroy": (PANIC, ["suspended paused", "crashed panicked", "stopped crashed"], [SHUTOFF, 3]),
    "on_crash coredump-destroy": (PANIC, ["suspended paused", "crashed panicked", "stopped crashed"], [SHUTOFF, 3]),
    "on_crash coredump-restart": (PANIC, ["suspended paused", "crashed panicked", "resumed unpaused"], [RUNNING, 9]),
    "on_poweroff destroy": (POWER_OFF, ["shutdown guest", "stopped shutdown"], [SHUTOFF, 1]),
    "on_poweroff restart": (POWER_OFF, [], [RUNNING, 1]),
    "on_reboot destroy": (REBOOT, ["shutdown guest", "stopped shutdown"], [SHUTOFF, 1]),
    "on_reboot restart": (REBOOT, [], [RUNNING, 1]),
    "watchdog reset": (watchdog("reset"), ["watchdog 2"], [RUNNING, 1]),
    "watchdog shutdown": (watchdog("shutdown"), ["watchdog 4"], [RUNNING, 1]),
    "watchdog poweroff": (watchdog("poweroff"), None, [SHUTOFF, None]),
    "watchdog pause": (watchdog("pause"), ["watchdog 1", "suspended watchdog"], [PAUSED, 6]),
    "watchdog none": (watchdog("none"), ["watchdog 0"], [RUNNING, 1]),
    "watchdog inject-nmi": (watchdog("inject-nmi"), ["watchdog 6"], [RUNNING, 1]),
    "watchdog dump": (watchdog("dump"), ["watchdog 1", "suspended watchdog", "resumed unpaused"], [RUNNING, 5]),
}


class Ears:
    """Lifecycle and watchdog events, and how often a guest was reset."""

    def __init__(self, conn):
        Events.start()
        self.seen, self.reboots, self.conn = [], 0, conn
        ids = libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, libvirt.VIR_DOMAIN_EVENT_ID_WATCHDOG, libvirt.VIR_DOMAIN_EVENT_ID_REBOOT
        self.numbers = [conn.domainEventRegisterAny(None, i, f, None) for i, f in zip(ids, (self.lifecycle, self.watchdog, self.reboot))]

    def lifecycle(self, _conn, dom, event, detail, _data):
        name, details = LIFECYCLE[event]
        self.seen.append("%s %s" % (name, details[detail]))

    def watchdog(self, _conn, dom, action, _data):
        self.seen.append("watchdog %d" % action)

    def reboot(self, _conn, dom, _data):
        self.reboots += 1

    def close(self):
        for number in self.numbers:
            self.conn.domainEventDeregisterAny(number)


def dumps(side):
    folder = side.path("/var/lib/libvirt/qemu/dump")
    return [os.path.join(folder, name) for name in sorted(os.listdir(folder))] if os.path.isdir(folder) else []


def act(side, what):
    (devices, command), events, state = ACTIONS[what]
    name, action = what.split()
    before = "" if name == "watchdog" else "<%s>%s</%s>" % (name, action, name)
    with side.connection() as conn, side.guest("sw-act", tiny("sw-act", devices, before=before), "running") as dom:
        ears = Ears(conn)
        # The firmware has to have told the chipset where its ports are.
        time.sleep(0.7)
        ears.seen.clear()
        try:
            libvirt_qemu.qemuMonitorCommand(dom, command, 1)
        except libvirt.libvirtError:
            check(what == "watchdog poweroff", "the command fails only if QEMU is gone")
        if events is not None:
            eventually(lambda: len(ears.seen) >= len(events), "the events %r, not only %r" % (events, ears.seen), 10)
        eventually(lambda: dom.state()[0] == state[0] and state[1] in (None, dom.state()[1]),
                   "the state %r, not %r" % (state, dom.state()), 10)
        time.sleep(0.1)
        if events is not None:
            equal(ears.seen, events, "the events")
        check(("dump" in action) == bool(dumps(side)), "the dumps: %r", dumps(side))
        for path in dumps(side):
            with open(path, "rb") as f:
                equal(f.read(4), b"\x7fELF", "the dump's first bytes")
            equal(os.stat(path).st_mode & 0o7777, 0o600, "its mode")
            check("sw-act-2" in path, "its name: %s", path)
            os.unlink(path)
        ears.close()


for what_ in ACTIONS:
    case("actions: " + what_, once=True)(lambda side, what=what_: act(side, what))


# --- dumps ------------------------------------------------------------------------------------------------

ONLY = libvirt.VIR_DUMP_MEMORY_ONLY
DUMPS = {                                  # flags, format -> first bytes, events
    "everything": (0, 0, b"QEVM"),
    "everything, live": (libvirt.VIR_DUMP_LIVE, 0, b"QEVM"),
    "memory": (ONLY, 0, b"\x7fELF"),
    "memory, live": (ONLY | libvirt.VIR_DUMP_LIVE, 0, b"\x7fELF"),
    "memory, past the cache": (ONLY | libvirt.VIR_DUMP_BYPASS_CACHE, 0, b"\x7fELF"),
    "memory, kdump": (ONLY, libvirt.VIR_DOMAIN_CORE_DUMP_FORMAT_KDUMP_ZLIB, b"makedumpfile"),
}


def target(side):
    return "/run/sw-dump", side.path("/run/sw-dump") if side.stock else "/run/sw-dump"


@case("dump: every kind, and the guest goes on")
def kinds(side):
    said, path = target(side)
    with side.connection() as conn, side.guest("sw-dump", state="running") as dom:
        ears = Ears(conn)
        for what, (flags, form, magic) in DUMPS.items():
            ears.seen.clear()
            dom.coreDumpWithFormat(said, form, flags)
            with open(path, "rb") as f:
                equal(f.read(len(magic)), magic, what)
            equal((os.stat(path).st_uid, os.stat(path).st_mode & 0o7777), (0, 0o600), "whose it is")
            os.unlink(path)
            equal(dom.state(), [RUNNING, libvirt.VIR_DOMAIN_RUNNING_UNPAUSED], "the state after " + what)
            eventually(lambda: len(ears.seen) >= 2, "the events of %s" % what)
            equal(ears.seen, ["suspended paused", "resumed unpaused"], "the events of " + what)
        ears.close()


@case("dump: of a paused guest, and one that ends with it")
def crash(side):
    said, path = target(side)
    with side.connection() as conn, side.guest("sw-dump", state="paused") as dom:
        ears = Ears(conn)
        dom.coreDump(said, ONLY | libvirt.VIR_DUMP_RESET)
        equal(dom.state(), [PAUSED, libvirt.VIR_DOMAIN_PAUSED_USER], "the state")
        dom.coreDump(said, ONLY | libvirt.VIR_DUMP_CRASH)
        equal(dom.state(), [SHUTOFF, libvirt.VIR_DOMAIN_SHUTOFF_CRASHED], "the state")
        eventually(lambda: ears.seen, "the event")
        equal(ears.seen, ["stopped crashed"], "the events")
        os.unlink(path)
        ears.close()


@case("dump: what cannot be")
def refused(side):
    said, path = target(side)
    with side.guest("sw-dump", state="running") as dom:
        for to, form, flags, wanted in (
                (said, 1, 0, (84, 10)), ("/nonexistent/x", 0, ONLY, (38, 10)), ("/run", 0, ONLY, (38, 10)), (said, 2, ONLY, (8, 10)),
                (said, 4, ONLY, (9, 10)), (said, 99, ONLY, (8, 20)), (said, 0, 1 << 20, (8, 10)),
                (said, 0, libvirt.VIR_DUMP_LIVE | libvirt.VIR_DUMP_CRASH, (8, 20))):
            try:
                dom.coreDumpWithFormat(to, form, flags)
                check(False, "it should fail: %r", (to, form, flags))
            except libvirt.libvirtError as e:
                equal((e.get_error_code(), e.get_error_domain()), wanted, "the error (%s)" % e)
            check(not os.path.exists(path), "no file is left")
            equal(dom.state()[0], RUNNING, "the guest goes on")


@case("dump: queries are answered meanwhile", ours=True)
def queries(side):
    """The file is a pipe that nobody reads for a while."""
    path = side.path("/run/sw-dump.fifo")
    os.mkfifo(path)
    try:
        with side.guest("sw-dump", state="running") as dom:
            end = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
            worker = threading.Thread(target=lambda: dom.coreDump(path, ONLY))
            worker.start()
            eventually(lambda: dom.state()[0] == PAUSED, "it is dumped")
            equal(dom.state()[1], libvirt.VIR_DOMAIN_PAUSED_DUMP, "why it stands still")
            begun = time.monotonic()
            side.ok("domstats", "sw-dump")
            dom.info()
            check(time.monotonic() - begun < 0.7, "it took %g s", time.monotonic() - begun)
            os.set_blocking(end, True)
            while worker.is_alive():
                os.read(end, 1 << 20)
            os.close(end)
            equal(dom.state()[0], RUNNING, "it goes on")
    finally:
        os.unlink(path)


@case("dump: how far it is, and its end before the end", once=True)
def progress(side):
    for flags, aborts in ((ONLY, False), (0, True)):
        said = "/run/sw-dump.fifo"
        path = side.path(said)
        os.mkfifo(path)
        failures = []

        def dump(dom):
            try:
                dom.coreDump(said if side.stock else path, flags)
            except libvirt.libvirtError as e:
                failures.append(e.get_error_code())
        try:
            with side.guest("sw-dump", state="running") as dom:
                end = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
                worker = threading.Thread(target=dump, args=(dom,))
                worker.start()
                stats = eventually(lambda: (dom.jobStats() if "memory_total" in dom.jobStats() else None), "it is dumped")
                equal(stats["operation"], libvirt.VIR_DOMAIN_JOB_OPERATION_DUMP, "what is done")
                check("time_elapsed" in stats and "memory_remaining" in stats, "how far it is: %r", stats)
                check(dom.jobInfo()[0] in (libvirt.VIR_DOMAIN_JOB_UNBOUNDED, libvirt.VIR_DOMAIN_JOB_COMPLETED), "the same, shortly")
                try:
                    dom.abortJob()
                    check(aborts, "QEMU does not end this one")
                except libvirt.libvirtError as e:
                    equal((aborts, e.get_error_code()), (False, libvirt.VIR_ERR_OPERATION_INVALID), "the error (%s)" % e)
                os.set_blocking(end, True)
                while worker.is_alive() and not failures:
                    os.read(end, 1 << 20)
                worker.join()
                os.close(end)
                check(not failures or aborts, "the dump failed with %r", failures)
                equal(dom.state()[0], RUNNING, "it goes on")
                equal(dom.jobStats()["type"], libvirt.VIR_DOMAIN_JOB_NONE, "there is no job any more")
        finally:
            os.unlink(path)


@case("dump: the figures of one that is over", once=True)
def completed(side):
    said, path = target(side)
    with side.guest("sw-dump", state="running") as dom:
        dom.coreDump(said, 0)
        for flags, wanted in ((libvirt.VIR_DOMAIN_JOB_STATS_COMPLETED | libvirt.VIR_DOMAIN_JOB_STATS_KEEP_COMPLETED, 3),
                              (libvirt.VIR_DOMAIN_JOB_STATS_COMPLETED, 3), (libvirt.VIR_DOMAIN_JOB_STATS_COMPLETED, 0)):
            equal(dom.jobStats(flags)["type"], wanted, "what is known of it")
        os.unlink(path)


@case("dump: a daemon that dies meanwhile lets the guest go on when it is back", ours=True, once=True)
def recovery(side):
    path = side.path("/run/sw-dump.fifo")
    os.mkfifo(path)
    try:
        with side.guest("sw-dump", state="running") as dom:
            end = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
            client = subprocess.Popen(["virsh", "-c", side.uri(), "dump", "--memory-only", "sw-dump", path],
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            eventually(lambda: dom.state() == [PAUSED, libvirt.VIR_DOMAIN_PAUSED_DUMP], "it is dumped")
            side.system.kill("virtqemud")
            client.wait(10)
            with side.connection() as conn:
                again = conn.lookupByName("sw-dump")
                equal(again.state(), [PAUSED, libvirt.VIR_DOMAIN_PAUSED_DUMP], "it is still dumped")
                os.set_blocking(end, True)
                while os.read(end, 1 << 20):
                    pass
                os.close(end)
                eventually(lambda: again.state()[0] == RUNNING, "it goes on")
                again.destroy()
    finally:
        os.unlink(path)


@case("dump: compressed", ours=True, once=True)
def compressed(side):
    said, path = target(side)
    with configured(side, 'dump_image_format = "gzip"'), side.guest("sw-dump", state="running") as dom:
        dom.coreDump(said, 0)
        done = subprocess.run(["gzip", "-dc", path], capture_output=True)
        equal((done.returncode, done.stdout[:4]), (0, b"QEVM"), "what it holds")
        os.unlink(path)


# --- actions that are changed, starts that happen once ----------------------------------------------------

def answers(dom, kind, action, flags=0):
    try:
        return dom.setLifecycleAction(kind, action, flags)
    except libvirt.libvirtError as e:
        return e.get_error_code(), e.get_error_domain()


@case("actions: set, and what cannot be set")
def set_action(side):
    code, invalid = libvirt.VIR_ERR_CONFIG_UNSUPPORTED, libvirt.VIR_ERR_INVALID_ARG
    wanted = {
        0: [0, 0, (code, 10), (code, 10), (code, 20), (code, 20), (invalid, 20)],
        # A guest that restarts when it powers off cannot end when it reboots.
        1: [(code, 10), 0, (code, 10), (code, 10), (code, 20), (code, 20), (invalid, 20)],
        2: [0, 0, (code, 10), 0, 0, 0, (invalid, 20)],
        3: [(invalid, 20)] * 7,
    }
    with side.guest("sw-act") as dom:
        for kind, row in wanted.items():
            equal([answers(dom, kind, action) for action in range(7)], row, "kind %d" % kind)
        equal([answers(dom, 0, 1, flags) for flags in (1, 2, 3, 4)], [(55, 20), 0, (55, 20), (8, 10)], "the flags")
        xml = dom.XMLDesc()
        check("<on_poweroff>restart</on_poweroff>" in xml and "<on_crash>coredump-restart</on_crash>" in xml, "the document: %s", xml)


@case("actions: set while it runs", once=True)
def set_live(side):
    with side.guest("sw-act", state="running") as dom:
        time.sleep(0.7)
        dom.setLifecycleAction(libvirt.VIR_DOMAIN_LIFECYCLE_REBOOT, libvirt.VIR_DOMAIN_LIFECYCLE_ACTION_DESTROY, 1)
        check("<on_reboot>destroy</on_reboot>" in dom.XMLDesc(), "the live document")
        check("<on_reboot>restart</on_reboot>" in dom.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE), "the other document")
        libvirt_qemu.qemuMonitorCommand(dom, REBOOT[1], 1)
        eventually(lambda: dom.state() == [SHUTOFF, libvirt.VIR_DOMAIN_SHUTOFF_SHUTDOWN], "it ends")


@case("actions: autostart once", ours=True, once=True)
def autostart_once(side):
    link = side.path("/etc/libvirt/qemu/autostart/sw-once.xml.once")
    with side.guest("sw-once") as dom:
        with Wire(side.rw) as wire:
            wire.open()

            def is_set():
                return struct.unpack(">i", wire.named("DOMAIN_GET_AUTOSTART_ONCE", {"dom": domain(dom)}).payload)[0]
            equal(is_set(), 0, "at first")
            reply = wire.named("DOMAIN_SET_AUTOSTART_ONCE", {"dom": domain(dom), "autostart": struct.pack(">i", 1)})
            check(reply.error() is None, "set: %r", reply.error())
            equal((is_set(), os.path.islink(link), dom.autostart()), (1, True, 0), "it is set, and the other is not")
        # As after a boot: the mark of what was started is gone.
        os.unlink(side.path("/run/libvirt/qemu/autostarted"))
        side.system.kill("virtqemud")
        with side.connection() as conn:
            again = conn.lookupByName("sw-once")
            eventually(again.isActive, "it is started")
            eventually(lambda: not os.path.islink(link), "once is over")
            again.destroy()


@case("actions: no more calls wait for a guest than may", ours=True, once=True)
def queued(side):
    with configured(side, "max_queued = 2"), side.guest("sw-queue", state="running"):
        pid = side.qemu_pid("sw-queue")
        os.kill(pid, signal.SIGSTOP)
        clients = []
        try:
            clients = [subprocess.Popen(["virsh", "-c", side.uri(), "suspend", "sw-queue"], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, text=True) for _ in range(5)]
            eventually(lambda: sum(c.poll() is not None for c in clients) >= 2, "two of five are refused", 10)
            refused = [c.stderr.read() for c in clients if c.poll() is not None]
            check(all("max_queued" in text for text in refused), "why: %r", refused)
        finally:
            os.kill(pid, signal.SIGCONT)
            for c in clients:
                c.wait(20)
                c.stderr.close()
