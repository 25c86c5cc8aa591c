# SPDX-License-Identifier: LGPL-2.1-or-later
"""Programs of the administrator that run when guests start and end."""
import concurrent.futures
import contextlib
import os
import signal
import time

import libvirt

from cases import case
from hook_programs import document, hooks, lines
from world import check, configured, equal, eventually

PAUSED = libvirt.VIR_DOMAIN_START_PAUSED
START = ["prepare begin -", "start begin -", "started begin -"]
END = ["stopped end -", "release end -"]


@case("hooks: their order, arguments and documents", ours=True)
def order(side):
    with hooks(side, qemu="", qemu_d_20="", qemu_d_10=""), side.guest("sw-hook") as dom:
        with open(side.path("/etc/libvirt/hooks/qemu.d/not-executable"), "w") as f:
            f.write("x")
        dom.createWithFlags(PAUSED)
        equal(lines(side), ["%s sw-hook %s" % (p, op) for op in START for p in ("qemu", "10", "20")], "the hooks of a start")
        for op in ("prepare", "start", "started"):
            check("<domain type='qemu' id='%d'" % dom.ID() in document(side, op), "the document of %s: %s", op, document(side, op)[:200])
        check("<name>sw-hook</name>" in document(side, "start"), "the whole document")
        dom.destroy()
        equal(lines(side), ["%s sw-hook %s" % (p, op) for op in END for p in ("qemu", "10", "20")], "the hooks of an end")
        check(document(side, "release").startswith("<domain type='qemu'>"), "the last document has no id: %s", document(side, "release")[:100])


@case("hooks: a failing one fails the start", ours=True)
def failing(side):
    for operation, before in (("prepare", START[:1]), ("start", START[:2]), ("started", START)):
        with hooks(side, qemu="test $2 != %s || { echo it is full >&2; exit 3; }" % operation), side.guest("sw-hook") as dom:
            try:
                dom.create()
                check(False, "it should not start")
            except libvirt.libvirtError as e:
                equal((e.get_error_code(), e.get_error_domain()), (libvirt.VIR_ERR_HOOK_SCRIPT_FAILED, libvirt.VIR_FROM_HOOK), "the error")
                check("it is full" in str(e) and "hooks/qemu" in str(e), "it says what and which: %s", e)
            equal(dom.state(), [libvirt.VIR_DOMAIN_SHUTOFF, libvirt.VIR_DOMAIN_SHUTOFF_FAILED], "the state")
            equal(lines(side), ["qemu sw-hook " + op for op in before + END], "the hooks of a start that fails in " + operation)
            check(not os.path.exists(side.path("/run/libvirt/qemu/sw-hook.xml")), "no status is left")


@case("hooks: a failing one does not keep a guest from ending", ours=True)
def failing_end(side):
    with hooks(side, qemu="test $2 != stopped -a $2 != release"), side.guest("sw-hook", state="paused") as dom:
        dom.destroy()
        equal(dom.isActive(), 0, "it ended")
        equal(lines(side), ["qemu sw-hook " + op for op in START + END], "all of them ran")


@case("hooks: one that hangs is killed, with what it started", ours=True, once=True)
def hanging(side):
    with configured(side, "hook_timeout = 1"), hooks(side, qemu="test $2 != prepare || { sleep 1234 & sleep 1234; }"):
        with side.guest("sw-hook") as dom:
            begun = time.monotonic()
            try:
                dom.create()
                check(False, "it should not start")
            except libvirt.libvirtError as e:
                check("killed" in str(e) and "prepare" in str(e), "it says so: %s", e)
            check(time.monotonic() - begun < 5, "it took no longer than it may")
            check(not sleepers(), "what the hook started is gone: %r", sleepers())


@case("hooks: a guest is destroyed while a hook of its start hangs", ours=True, once=True)
def destroyed(side):
    """However long hooks may take: nothing of the guest, of its QEMU and of the hook is left."""
    for phase in ("prepare", "start", "started"):
        with hooks(side, qemu="test $2 != %s || { sleep 1234 & sleep 1234; }" % phase), side.guest("sw-hook") as dom, \
                concurrent.futures.ThreadPoolExecutor(1) as pool:
            start = pool.submit(side.virsh, "start", "sw-hook")
            eventually(lambda: len(sleepers()) == 2, "the hook hangs in " + phase)
            begun = time.monotonic()
            side.virsh("destroy", "sw-hook")
            check(start.result(timeout=20).rc == 1, "the start fails")
            check(time.monotonic() - begun < 15, "and waits for no hook")
            equal(dom.isActive(), 0, "it is off after " + phase)
            check(not sleepers(), "what the hook started is gone: %r", sleepers())


def sleepers():
    found = []
    for name in os.listdir("/proc"):
        with contextlib.suppress(OSError):
            with open("/proc/%s/cmdline" % name, "rb") as f:
                if f.read() == b"sleep\0001234\0":
                    found.append(name)
    return found


@case("hooks: queries are answered while one runs", ours=True)
def queries(side):
    with hooks(side, qemu="test $2 != stopped || sleep 1"), side.guest("sw-hook", state="paused") as dom:
        os.kill(side.qemu_pid("sw-hook"), signal.SIGKILL)
        eventually(lambda: any("stopped" in line for line in lines(side)), "the hook runs", 5)
        begun = time.monotonic()
        side.ok("list", "--all")
        dom.info()
        check(time.monotonic() - begun < 0.7, "they wait for no hook")
        eventually(lambda: not dom.isActive(), "the guest's end", 5)


@case("hooks: a guest that is found again", ours=True, once=True)
def reconnect(side):
    with hooks(side, qemu=""), side.guest("sw-hook", state="paused"):
        lines(side)
        side.system.kill("virtqemud")
        with side.connection() as conn:
            equal(conn.lookupByName("sw-hook").isActive(), 1, "it runs")
            eventually(lambda: "qemu sw-hook reconnect begin -" in lines(side), "the hook")
            conn.lookupByName("sw-hook").destroy()
