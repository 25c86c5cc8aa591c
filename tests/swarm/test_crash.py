# SPDX-License-Identifier: LGPL-2.1-or-later
"""Daemons that are killed, guests that die or hang, many clients at once."""
import concurrent.futures
import contextlib
import os
import signal
import threading
import time

import libvirt

import guest
from cases import case
from systems import alive
from test_console import Console
from test_events import Listener
from world import SERIAL, VIDEO, Failure, check, disk, equal, eventually, make, tiny

OFF, PAUSED, RUNNING = libvirt.VIR_DOMAIN_SHUTOFF, libvirt.VIR_DOMAIN_PAUSED, libvirt.VIR_DOMAIN_RUNNING


def snapshot(side):
    """Everything that must be the same after a daemon came back."""
    with side.connection() as conn:
        return {d.name(): (d.ID(), d.UUIDString(), d.state(), d.isPersistent(), d.autostart() if d.isPersistent() else 0,
                           d.XMLDesc(0), d.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE) if d.isPersistent() else "")
                for d in conn.listAllDomains() if d.name().startswith("sw-cr")}


FIELDS = ("id", "uuid", "state and reason", "persistence", "autostart", "live XML", "definition")


def same(before, after, what):
    equal(sorted(after), sorted(before), what + ": which guests there are")
    for name in before:
        for field, old, new in zip(FIELDS, before[name], after[name]):
            equal(new, old, "%s: %s of %s" % (what, field, name))


NAMES = ["sw-cr-off", "sw-cr-paused", "sw-cr-running", "sw-cr-transient", "sw-cr-auto", "sw-cr-undefined", "sw-cr-changed"]


@contextlib.contextmanager
def population(side):
    """Guests in every state that a daemon must find again."""
    side.remove(*NAMES)
    rich = SERIAL + VIDEO + "<graphics type='vnc' autoport='yes'/>"
    with side.connection() as conn:
        try:
            make(conn, tiny("sw-cr-off", before="<title>A title</title>"), "off")
            make(conn, tiny("sw-cr-paused", rich + disk(side.image("crash.img"))), "paused")
            make(conn, tiny("sw-cr-running", SERIAL), "running")
            make(conn, tiny("sw-cr-transient"), "transient")
            dom = make(conn, tiny("sw-cr-auto"), "running")
            dom.setAutostart(1)
            dom.suspend()
            make(conn, tiny("sw-cr-undefined"), "paused").undefine()
            dom = make(conn, tiny("sw-cr-changed"), "running")
            dom.setMetadata(libvirt.VIR_DOMAIN_METADATA_TITLE, "live", None, None, libvirt.VIR_DOMAIN_AFFECT_LIVE)
            dom.setMetadata(libvirt.VIR_DOMAIN_METADATA_TITLE, "defined", None, None, libvirt.VIR_DOMAIN_AFFECT_CONFIG)
            yield
        finally:
            side.remove(*NAMES)


def back(side):
    """Waits for the daemon: the next call brings it back, or a supervisor does."""
    def try_it():
        with contextlib.suppress(libvirt.libvirtError):
            with side.connection() as conn:
                return conn.getLibVersion()
    eventually(try_it, "the daemon answers again", 20)


def kill(daemon):
    def run(side):
        with population(side):
            before = snapshot(side)
            pids = {n: side.qemu_pid(n) for n in before if before[n][0] > 0}
            for round_ in (1, 2):
                side.system.kill(daemon)
                back(side)
                same(before, snapshot(side), "after kill %d of %s" % (round_, daemon))
            equal({n: side.qemu_pid(n) for n in pids}, pids, "the guests' processes")
            check(all(os.path.exists("/proc/%d" % p) for p in pids.values()), "the guests live")
            with side.connection() as conn:
                conn.lookupByName("sw-cr-paused").resume()
                conn.lookupByName("sw-cr-running").suspend()
                equal(conn.lookupByName("sw-cr-paused").state()[0], RUNNING, "a survivor resumes")
                equal(conn.lookupByName("sw-cr-running").state()[0], PAUSED, "a survivor is suspended")
                check(conn.lookupByName("sw-cr-paused").blockStats("vda") is not None, "a survivor's statistics")
                conn.lookupByName("sw-cr-off").create()
                ids = [d.ID() for d in conn.listAllDomains() if d.ID() > 0]
                equal(len(set(ids)), len(ids), "ids are given once")
    return run


for daemon in ("virtqemud", "virtproxyd"):
    case("crash: kill -9 of %s" % daemon)(kill(daemon))
case("crash: kill -9 of virtlogd", ours=True)(kill("virtlogd"))


@case("crash: guests that end while virtqemud is dead are reported stopped", once=True, ours=True)
def ended_meanwhile(side):
    names = ["sw-cr-paused", "sw-cr-running", "sw-cr-transient"]
    with population(side):
        pids = {n: side.qemu_pid(n) for n in names}
        side.system.kill("virtqemud")
        for pid in pids.values():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        back(side)
        with side.connection() as conn:
            for name in names[:2]:
                eventually(lambda: conn.lookupByName(name).state()[0] == OFF, "%s is shut off" % name)
            eventually(lambda: "sw-cr-transient" not in [d.name() for d in conn.listAllDomains()], "the transient one is gone")
            conn.lookupByName("sw-cr-running").create()
            equal(conn.lookupByName("sw-cr-running").state()[0], RUNNING, "it can be started again")


@case("crash: a guest that ended while virtqemud was dead is shut off", once=True)
def ended_meanwhile_either(side):
    with side.guest("sw-cr-running", state="running"):
        pid = side.qemu_pid("sw-cr-running")
        side.system.kill("virtqemud")
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        back(side)
        eventually(lambda: side.ok("domstate", "sw-cr-running") == "shut off\n\n", "it is shut off")


@case("crash: the end of a guest while virtqemud was dead is told to the next listener", once=True, ours=True)
def event_after(side):
    """The listener's connection makes the daemon start; the guest's end is found after that."""
    with side.guest("sw-ev-cr", state="running"):
        pid = side.qemu_pid("sw-ev-cr")
        os.kill(pid, signal.SIGSTOP)
        side.system.kill("virtqemud")
        with Listener(side) as ears:
            os.kill(pid, signal.SIGKILL)
            eventually(lambda: any(e.startswith("stopped ") for e in ears.seen), "the event")
        equal(side.ok("domstate", "sw-ev-cr"), "shut off\n\n", "the state")


@case("crash: the end of a guest before virtqemud was back is told to the first listener", once=True, ours=True)
def event_before(side):
    with side.guest("sw-ev-gone", state="running"):
        pid = side.qemu_pid("sw-ev-gone")
        # The daemon is stopped meanwhile, or its successor might be there before the guest's end.
        os.kill(side.system.pid("virtqemud"), signal.SIGSTOP)
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: not alive(pid), "the guest's end")
        side.system.kill("virtqemud")
        eventually(lambda: side.ok("domstate", "sw-ev-gone") == "shut off\n\n", "it is found shut off")
        with Listener(side) as ears:
            eventually(lambda: any(e.startswith("stopped ") for e in ears.seen), "the event")
        with Listener(side) as ears:
            time.sleep(0.3)
            check(not any(e.startswith("stopped ") for e in ears.seen), "it is told once: %s", ears.seen)


@case("crash: autostart at the daemon's start", once=True, ours=True)
def no_second_autostart(side):
    """A daemon that is started again in the same boot does not start what was stopped since."""
    with side.guest("sw-cr-auto") as dom:
        dom.setAutostart(1)
        side.system.kill("virtqemud")
        back(side)
        time.sleep(0.5)
        with side.connection() as conn:
            equal(conn.lookupByName("sw-cr-auto").state()[0], OFF, "it stays off")
            conn.lookupByName("sw-cr-auto").setAutostart(0)


def console_over(daemon):
    def run(side):
        with guest.running(side, "sw-cr-con") as dom:
            with Console(side, "sw-cr-con") as console:
                console.shell()
                console.type("echo $((20 + 1))-before\n")
                console.expect("21-before")
            side.system.kill(daemon)
            back(side)
            with Console(side, "sw-cr-con") as console:
                console.shell()
                console.type("echo $((20 + 2))-after\n")
                console.expect("22-after")
            eventually(lambda: "22-after" in guest.log_text(side, "sw-cr-con"), "the log goes on")
            text = guest.log_text(side, "sw-cr-con")
            check("21-before" in text and text.index("21-before") < text.index("22-after"), "the log has both, in their order")
            with side.connection() as conn:
                conn.lookupByName("sw-cr-con").shutdown()
            eventually(lambda: side.ok("domstate", "sw-cr-con") == "shut off\n\n", "the power button works", 30)
    return run


case("crash: the console and its log over kill -9 of virtqemud", once=True)(console_over("virtqemud"))
case("crash: the console and its log over kill -9 of virtlogd", once=True, ours=True)(console_over("virtlogd"))


@case("crash: a start just before kill -9 is kept", once=True)
def right_after(side):
    """What the client heard is done stays done, whenever the daemon dies."""
    for i in range(5):
        name = "sw-cr-now%d" % i
        side.remove(name)
        try:
            with side.connection() as conn:
                dom = conn.defineXML(tiny(name))
                dom.setAutostart(1)
                dom.createWithFlags(libvirt.VIR_DOMAIN_START_PAUSED)
            side.system.kill("virtqemud")
            back(side)
            with side.connection() as conn:
                dom = conn.lookupByName(name)
                equal((dom.state()[0], dom.autostart()), (PAUSED, 1), "state and autostart")
                dom.setAutostart(0)
                dom.destroy()
                dom.undefine()
            side.system.kill("virtqemud")
            back(side)
            with side.connection() as conn:
                check(name not in [d.name() for d in conn.listAllDomains()], "the undefined one stays away")
        finally:
            side.remove(name)


@case("crash: kill -9 in the middle of starts leaves nothing half done", once=True, ours=True)
def in_the_middle(side):
    names = ["sw-cr-mid%d" % i for i in range(6)]
    side.remove(*names)
    try:
        for delay in (0.0, 0.02, 0.06, 0.12, 0.2, 0.3):
            with side.connection() as conn:
                for name in names:
                    with contextlib.suppress(libvirt.libvirtError):
                        conn.defineXML(tiny(name))

                def start(name):
                    with contextlib.suppress(libvirt.libvirtError):
                        conn.lookupByName(name).createWithFlags(libvirt.VIR_DOMAIN_START_PAUSED)
                threads = [threading.Thread(target=start, args=(n,)) for n in names]
                for t in threads:
                    t.start()
                time.sleep(delay)
                side.system.kill("virtqemud")
                for t in threads:
                    t.join()
            back(side)
            with side.connection() as conn:
                for name in names:
                    dom = conn.lookupByName(name)
                    state = dom.state()[0]
                    check(state in (OFF, PAUSED, RUNNING), "the state of %s: %d", name, state)
                    if state == OFF:
                        dom.createWithFlags(libvirt.VIR_DOMAIN_START_PAUSED)
                    dom.destroy()
                    equal(dom.state()[0], OFF, "%s after its end" % name)
    finally:
        side.remove(*names)


@case("crash: 20 starts from 8 clients")
def many_starts(side):
    names = ["sw-cr-many%d" % i for i in range(20)]
    side.remove(*names)

    def work(name):
        with side.connection() as conn:
            dom = conn.defineXML(tiny(name))
            dom.createWithFlags(libvirt.VIR_DOMAIN_START_PAUSED)
            return dom.ID()
    try:
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            ids = list(pool.map(work, names))
        equal(len(set(ids)), 20, "different ids")
        with side.connection() as conn:
            found = [d for d in conn.listAllDomains() if d.name() in names]
            equal([d.state()[0] for d in found], [PAUSED] * 20, "the states")
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(side.remove, names))
        with side.connection() as conn:
            equal([d.name() for d in conn.listAllDomains() if d.name() in names], [], "all are gone")
    finally:
        side.remove(*names)


@case("crash: clients that do the same to one guest")
def same_guest(side):
    """Twelve clients start, stop, suspend and query one guest; each gets an answer or a proper error."""
    codes = set()

    def work(index):
        with side.connection() as conn:
            dom = conn.lookupByName("sw-cr-one")
            for step in range(4):
                call = (dom.create, dom.suspend, dom.resume, dom.destroy, dom.info, dom.XMLDesc)[(index + step) % 6]
                try:
                    call()
                except libvirt.libvirtError as e:
                    codes.add(e.get_error_code())
    with side.guest("sw-cr-one") as dom:
        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            list(pool.map(work, range(12)))
        allowed = {libvirt.VIR_ERR_OPERATION_INVALID, libvirt.VIR_ERR_OPERATION_FAILED, libvirt.VIR_ERR_INTERNAL_ERROR}
        if side.stock:
            allowed.add(libvirt.VIR_ERR_SYSTEM_ERROR)
        check(codes <= allowed, "errors: %r", codes)
        with contextlib.suppress(libvirt.libvirtError):
            dom.destroy()
        dom.create()
        equal(dom.state()[0], RUNNING, "the guest can be started afterwards")


@case("crash: a stopped QEMU disturbs nobody", ours=True)
def stopped(side):
    side.remove("sw-cr-stop", "sw-cr-other")
    with side.guest("sw-cr-stop", devices=disk(side.image("crash.img")), state="running") as dom, \
            side.guest("sw-cr-other", state="running") as other:
        pid = side.qemu_pid("sw-cr-stop")
        for argv in (("domblkstat", "sw-cr-stop", "vda"), ("dommemstat", "sw-cr-stop"), ("domblkinfo", "sw-cr-stop", "vda")):
            side.ok(*argv)
        os.kill(pid, signal.SIGSTOP)
        try:
            for argv in (("list", "--all"), ("dominfo", "sw-cr-stop"), ("domstate", "sw-cr-stop"), ("dumpxml", "sw-cr-stop"),
                         ("domblkstat", "sw-cr-stop", "vda"), ("dommemstat", "sw-cr-stop"), ("domstats",), ("domblkinfo", "sw-cr-stop", "vda"),
                         ("dominfo", "sw-cr-other"), ("suspend", "sw-cr-other"), ("resume", "sw-cr-other"), ("domstats", "sw-cr-other")):
                side.ok(*argv, timeout=5)
            with concurrent.futures.ThreadPoolExecutor(25) as pool:
                hanging = [pool.submit(side.virsh, "qemu-monitor-command", "sw-cr-stop", "--hmp", "info status") for _ in range(25)]
                time.sleep(1)
                for argv in (("list", "--all"), ("dominfo", "sw-cr-other"), ("dominfo", "sw-cr-stop"), ("domstats",)):
                    side.ok(*argv, timeout=5)
                os.kill(pid, signal.SIGCONT)
                for call in hanging:
                    check(call.result(timeout=40).rc in (0, 1), "a hanging call ends")
            os.kill(pid, signal.SIGSTOP)
            began = time.monotonic()
            dom.destroy()
            check(time.monotonic() - began < 5, "a stopped guest is destroyed at once")
            equal(dom.state()[0], OFF, "its state")
            equal(other.state()[0], RUNNING, "the other goes on")
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


@case("crash: a daemon killed while a QEMU is stopped", once=True, ours=True)
def stopped_over_restart(side):
    with side.guest("sw-cr-stop", state="running"), side.guest("sw-cr-other", state="running"):
        pid = side.qemu_pid("sw-cr-stop")
        os.kill(pid, signal.SIGSTOP)
        try:
            side.system.kill("virtqemud")
            back(side)
            side.ok("dominfo", "sw-cr-other", timeout=5)
            side.ok("dominfo", "sw-cr-stop", timeout=5)
            side.ok("list", "--all", timeout=5)
        finally:
            os.kill(pid, signal.SIGCONT)
        eventually(lambda: side.ok("domstate", "sw-cr-stop") == "running\n\n", "the stopped one is found running", 15)


@case("crash: many connections at once")
def connections(side):
    conns = []
    try:
        for _ in range(60):
            conns.append(side.open())
        check(all(c.getLibVersion() for c in conns), "each is answered")
    finally:
        for c in conns:
            c.close()


@case("crash: clients that die in the middle of a call")
def dead_clients(side):
    import subprocess
    with side.guest("sw-cr-one"):
        for i in range(10):
            with subprocess.Popen(["virsh", "-c", side.uri(), "start", "sw-cr-one"], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL) as client:
                time.sleep(0.02 * i)
                client.kill()

            def settled():
                try:
                    with side.connection() as conn:
                        conn.lookupByName("sw-cr-one").destroy()
                except libvirt.libvirtError as e:
                    if e.get_error_code() != libvirt.VIR_ERR_OPERATION_INVALID:
                        raise Failure("destroy: %s" % e)
                return side.ok("domstate", "sw-cr-one") == "shut off\n\n"
            eventually(settled, "the guest is off")
