# SPDX-License-Identifier: LGPL-2.1-or-later
"""Events: what is sent, in which order, to whom."""
import contextlib
import os
import re
import signal
import subprocess
import time

import libvirt

import guest
from cases import case
from test_commands import definition
from world import PREFIX, Failure, check, equal, eventually, tiny

LIFECYCLE = {
    libvirt.VIR_DOMAIN_EVENT_DEFINED: ("defined", ["added", "updated", "renamed", "from-snapshot"]),
    libvirt.VIR_DOMAIN_EVENT_UNDEFINED: ("undefined", ["removed", "renamed"]),
    libvirt.VIR_DOMAIN_EVENT_STARTED: ("started", ["booted", "migrated", "restored", "from-snapshot", "wakeup"]),
    libvirt.VIR_DOMAIN_EVENT_SUSPENDED: ("suspended", ["paused", "migrated", "ioerror", "watchdog", "restored", "from-snapshot", "api-error"]),
    libvirt.VIR_DOMAIN_EVENT_RESUMED: ("resumed", ["unpaused", "migrated", "from-snapshot"]),
    libvirt.VIR_DOMAIN_EVENT_STOPPED: ("stopped", ["shutdown", "destroyed", "crashed", "migrated", "saved", "failed", "from-snapshot"]),
    libvirt.VIR_DOMAIN_EVENT_SHUTDOWN: ("shutdown", ["finished", "guest", "host"]),
    libvirt.VIR_DOMAIN_EVENT_CRASHED: ("crashed", ["panicked", "crashloaded"]),
}


class Listener:
    """Collects what happens to guests of one name prefix on a connection of its own."""

    def __init__(self, side, prefix=PREFIX + "ev", readonly=False):
        self.seen, self.prefix = [], prefix
        self.conn = side.open(readonly_socket=readonly)
        self.ids = [self.conn.domainEventRegisterAny(None, kind, function, None) for kind, function in (
            (libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, self.lifecycle),
            (libvirt.VIR_DOMAIN_EVENT_ID_REBOOT, self.reboot),
            (libvirt.VIR_DOMAIN_EVENT_ID_METADATA_CHANGE, self.metadata),
            (libvirt.VIR_DOMAIN_EVENT_ID_AGENT_LIFECYCLE, self.agent),
            (libvirt.VIR_DOMAIN_EVENT_ID_WATCHDOG, self.watchdog),
        )]

    def add(self, dom, text):
        name = dom.name()
        if name.startswith(self.prefix):
            self.seen.append(text)

    def lifecycle(self, conn, dom, event, detail, opaque):
        name, details = LIFECYCLE[event]
        self.add(dom, "%s %s" % (name, details[detail]))

    def reboot(self, conn, dom, opaque):
        self.add(dom, "reboot")

    def metadata(self, conn, dom, kind, uri, opaque):
        self.add(dom, "metadata %d %s" % (kind, uri))

    def agent(self, conn, dom, state, reason, opaque):
        self.add(dom, "agent %d %d" % (state, reason))

    def watchdog(self, conn, dom, action, opaque):
        self.add(dom, "watchdog %d" % action)

    def expect(self, wanted, what, timeout=15):
        try:
            eventually(lambda: len(self.seen) >= len(wanted), what, timeout)
        except Failure:
            pass
        equal(self.seen, wanted, what)
        self.seen.clear()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        for i in self.ids:
            with contextlib.suppress(libvirt.libvirtError):
                self.conn.domainEventDeregisterAny(i)
        with contextlib.suppress(libvirt.libvirtError):
            self.conn.close()


PAUSED = libvirt.VIR_DOMAIN_START_PAUSED
STEPS = [
    ("define", lambda c: c.defineXML(tiny("sw-ev")), ["defined added"]),
    ("define again", lambda c: c.defineXML(tiny("sw-ev", uuid=c.lookupByName("sw-ev").UUIDString())), ["defined updated"]),
    ("start", lambda c: c.lookupByName("sw-ev").create(), ["resumed unpaused", "started booted"]),
    ("suspend", lambda c: c.lookupByName("sw-ev").suspend(), ["suspended paused"]),
    ("suspend again", lambda c: c.lookupByName("sw-ev").suspend(), []),
    ("resume", lambda c: c.lookupByName("sw-ev").resume(), ["resumed unpaused"]),
    ("reset", lambda c: c.lookupByName("sw-ev").reset(), ["reboot"]),
    ("destroy", lambda c: c.lookupByName("sw-ev").destroy(), ["shutdown host", "stopped destroyed"]),
    ("start paused", lambda c: c.lookupByName("sw-ev").createWithFlags(PAUSED), ["started booted", "suspended paused"]),
    ("undefine while it runs", lambda c: c.lookupByName("sw-ev").undefine(), ["undefined removed"]),
    ("destroy a paused one", lambda c: c.lookupByName("sw-ev").destroy(), ["shutdown host", "stopped destroyed"]),
    ("create a transient one", lambda c: c.createXML(tiny("sw-ev"), PAUSED), ["started booted", "suspended paused"]),
    ("define while it runs", lambda c: c.defineXML(tiny("sw-ev", uuid=c.lookupByName("sw-ev").UUIDString())), ["defined added"]),
    ("destroy the persistent one", lambda c: c.lookupByName("sw-ev").destroy(), ["shutdown host", "stopped destroyed"]),
    ("rename", lambda c: c.lookupByName("sw-ev").rename("sw-ev2"), ["undefined renamed", "defined renamed"]),
    ("title", lambda c: c.lookupByName("sw-ev2").setMetadata(libvirt.VIR_DOMAIN_METADATA_TITLE, "x", None, None), ["metadata 1 None"]),
    ("description", lambda c: c.lookupByName("sw-ev2").setMetadata(libvirt.VIR_DOMAIN_METADATA_DESCRIPTION, "x", None, None), ["metadata 0 None"]),
    ("metadata", lambda c: c.lookupByName("sw-ev2").setMetadata(libvirt.VIR_DOMAIN_METADATA_ELEMENT, "<x/>", "k", "urn:x"), ["metadata 2 urn:x"]),
    ("autostart", lambda c: c.lookupByName("sw-ev2").setAutostart(1), []),
    ("undefine", lambda c: c.lookupByName("sw-ev2").undefine(), ["undefined removed"]),
    ("create", lambda c: c.createXML(tiny("sw-ev"), 0), ["resumed unpaused", "started booted"]),
    ("destroy a transient one", lambda c: c.lookupByName("sw-ev").destroy(), ["shutdown host", "stopped destroyed"]),
    ("start with an agent's channel", lambda c: c.createXML(tiny("sw-ev", "<channel type='unix'><target type='virtio' "
     "name='org.qemu.guest_agent.0'/></channel>"), PAUSED), ["agent 2 1", "started booted", "suspended paused"]),
    ("destroy it", lambda c: c.lookupByName("sw-ev").destroy(), ["shutdown host", "stopped destroyed"]),
]


@case("events: of everything a client does to a guest")
def sequence(side):
    side.remove("sw-ev", "sw-ev2")
    with Listener(side) as ears, side.connection() as conn:
        try:
            for what, act, wanted in STEPS:
                act(conn)
                if not wanted:
                    time.sleep(0.2)
                ears.expect(wanted, what)
        finally:
            side.remove("sw-ev", "sw-ev2")


@case("events: QEMU is killed")
def killed(side):
    with Listener(side) as ears, side.guest("sw-ev", state="running") as dom:
        ears.expect(["defined added", "resumed unpaused", "started booted"], "start")
        os.kill(side.qemu_pid("sw-ev"), signal.SIGKILL)
        ears.expect(["stopped failed"], "the death of QEMU")
        equal(dom.state(), [libvirt.VIR_DOMAIN_SHUTOFF, libvirt.VIR_DOMAIN_SHUTOFF_CRASHED], "the state")
        dom.create()
        equal(dom.state()[0], libvirt.VIR_DOMAIN_RUNNING, "it can be started again")


@case("events: QEMU ends by itself")
def ended(side):
    with Listener(side) as ears, side.guest("sw-ev", state="running") as dom:
        ears.expect(["defined added", "resumed unpaused", "started booted"], "start")
        os.kill(side.qemu_pid("sw-ev"), signal.SIGTERM)
        ears.expect(["shutdown host", "stopped shutdown"], "the end of QEMU")
        equal(dom.state(), [libvirt.VIR_DOMAIN_SHUTOFF, libvirt.VIR_DOMAIN_SHUTOFF_SHUTDOWN], "the state")


@case("events: stop and cont through the monitor")
def behind(side):
    import libvirt_qemu
    with Listener(side) as ears, side.guest("sw-ev", state="running") as dom:
        ears.expect(["defined added", "resumed unpaused", "started booted"], "start")
        libvirt_qemu.qemuMonitorCommand(dom, "stop", 1)
        ears.expect(["suspended paused"], "stop behind our back")
        equal(dom.state()[0], libvirt.VIR_DOMAIN_PAUSED, "the state")
        libvirt_qemu.qemuMonitorCommand(dom, "cont", 1)
        ears.expect(["resumed unpaused"], "cont behind our back")
        equal(dom.state()[0], libvirt.VIR_DOMAIN_RUNNING, "the state")


@case("events: the power button and reboot of a Linux guest", once=True)
def power(side):
    with Listener(side) as ears, guest.running(side, "sw-ev") as dom:
        ears.expect(["defined added", "resumed unpaused", "started booted"], "start")
        dom.reboot(0)
        guest.ready(side, "sw-ev", 2)
        check(ears.seen and set(ears.seen) == {"reboot"}, "a reboot is told, and nothing else: %r", ears.seen)
        equal(dom.state()[0], libvirt.VIR_DOMAIN_RUNNING, "the state after the reboot")
        ears.seen.clear()
        dom.shutdown()
        ears.expect(["shutdown guest", "stopped shutdown"], "the power button", 30)
        equal(dom.state(), [libvirt.VIR_DOMAIN_SHUTOFF, libvirt.VIR_DOMAIN_SHUTOFF_SHUTDOWN], "the state")


PANIC = "<panic model='isa'/>"
CRASHES = {                                 # on_crash -> events, state and reason
    "destroy": (["suspended paused", "crashed panicked", "stopped crashed"], [libvirt.VIR_DOMAIN_SHUTOFF, libvirt.VIR_DOMAIN_SHUTOFF_CRASHED]),
    "preserve": (["suspended paused", "crashed panicked"], [libvirt.VIR_DOMAIN_CRASHED, libvirt.VIR_DOMAIN_CRASHED_PANICKED]),
    "restart": (["suspended paused", "crashed panicked", "resumed unpaused"], [libvirt.VIR_DOMAIN_RUNNING, libvirt.VIR_DOMAIN_RUNNING_CRASHED]),
}


def panics(side, action):
    """The guest's panic is a byte written to the panic device's port."""
    import libvirt_qemu
    events, state = CRASHES[action]
    xml = tiny("sw-ev", PANIC, before="<on_crash>%s</on_crash>" % action)
    with Listener(side) as ears, side.guest("sw-ev", xml, "running") as dom:
        ears.expect(["defined added", "resumed unpaused", "started booted"], "start")
        libvirt_qemu.qemuMonitorCommand(dom, "o /b 0x505 1", 1)
        eventually(lambda: len([e for e in ears.seen if e != "reboot"]) >= len(events), "the panic's events", 10)
        equal([e for e in ears.seen if e != "reboot"], events, "the panic's events but for reboots")
        eventually(lambda: dom.state() == state, "the state is %r" % state, 5)


for action in CRASHES:
    case("events: a guest that panics, on_crash %s" % action)(lambda side, action=action: panics(side, action))


@case("events: every client that asked is told, one that asked no more is not")
def several(side):
    with contextlib.ExitStack() as stack:
        listeners = [stack.enter_context(Listener(side, readonly=i % 2 == 1)) for i in range(6)]
        gone = listeners.pop()
        gone.__exit__()
        with side.guest("sw-ev"):
            pass
        for ears in listeners:
            ears.expect(["defined added", "undefined removed"], "definition and its end")
        equal(gone.seen, [], "the one that left")


@case("events: of one guest only")
def one_guest(side):
    seen = []
    with side.guest("sw-ev") as dom, side.guest("sw-ev2") as other, side.connection() as conn:
        mine = conn.lookupByName("sw-ev")
        number = conn.domainEventRegisterAny(mine, libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE,
                                             lambda c, d, event, detail, o: seen.append((d.name(), event)), None)
        other.createWithFlags(PAUSED)
        dom.createWithFlags(PAUSED)
        eventually(lambda: len(seen) >= 2, "the guest's own events")
        equal({name for name, event in seen}, {"sw-ev"}, "whose events come")
        conn.domainEventDeregisterAny(number)


@case("events: virsh event")
def by_virsh(side):
    argv = ["virsh", "-c", side.uri(), "event", "--all", "--loop"]
    with subprocess.Popen(["stdbuf", "-oL", *argv], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True) as listener:
        try:
            time.sleep(0.5)
            side.remove("sw-ev")
            side.ok("create", "--paused", definition(side, tiny("sw-ev")))
            side.ok("resume", "sw-ev")
            side.ok("reset", "sw-ev")
            side.ok("destroy", "sw-ev")
            time.sleep(0.5)
        finally:
            listener.send_signal(signal.SIGINT)
        out = listener.communicate(timeout=10)[0]
    wanted = ["event 'lifecycle' for domain 'sw-ev': Started Booted", "event 'lifecycle' for domain 'sw-ev': Suspended Paused",
              "event 'lifecycle' for domain 'sw-ev': Resumed Unpaused", "event 'reboot' for domain 'sw-ev'",
              "event 'lifecycle' for domain 'sw-ev': Shutdown Finished after host request",
              "event 'lifecycle' for domain 'sw-ev': Stopped Destroyed"]
    lines = [line for line in out.splitlines() if "'sw-ev'" in line]
    lines = [a for a, b in zip(lines, lines[1:] + [""]) if a != b]
    equal(lines, wanted, "what virsh prints")
    check(re.search(r"events received: \d+", out), "the sum at the end: %r", out[-80:])


@case("events: a client that dies while it listens")
def dead_listener(side):
    argv = ["virsh", "-c", side.uri(), "event", "--all", "--loop"]
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL) as listener:
        time.sleep(0.3)
        listener.kill()
    with Listener(side) as ears, side.guest("sw-ev"):
        ears.expect(["defined added"], "definition")
