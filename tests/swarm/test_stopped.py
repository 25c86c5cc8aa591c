# SPDX-License-Identifier: LGPL-2.1-or-later
"""Guests whose QEMU answers nothing: reads never wait for them, changes say who is in the way."""
import concurrent.futures
import contextlib
import os
import signal
import threading
import time

import libvirt

from cases import case
from world import check, equal, eventually

GUESTS = 20
STOPPED = 4
DISK = "<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='%s'/><target dev='vda' bus='virtio'/>" \
       "<shareable/></disk>"


@contextlib.contextmanager
def guests(side, name, count, stopped):
    """Running guests, of which the first few are stopped by a signal once their figures are known."""
    image = side.image("stopped.img")
    names = ["%s-%02d" % (name, i) for i in range(count)]
    pids = []
    with contextlib.ExitStack() as stack:
        for each in names:
            stack.enter_context(side.guest(each, devices=DISK % image, state="running"))
        side.ok("domstats")
        try:
            for each in names[:stopped]:
                pids.append(side.qemu_pid(each))
                os.kill(pids[-1], signal.SIGSTOP)
            yield names
        finally:
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)


@case("stopped: queries tell what was known last, and how old it is", ours=True)
def last_known(side):
    with guests(side, "sw-stop", GUESTS, STOPPED) as names, side.connection() as conn:
        for argv in (("list", "--all"), ("domstats",), *(("%s" % call, names[i]) for i in (0, STOPPED) for call in
                                                         ("dominfo", "domstate", "dumpxml", "domstats"))):
            side.ok(*argv, timeout=5)
        stats = {dom.name(): values for dom, values in conn.getAllDomainStats()}
        for i, name in enumerate(names):
            values = stats[name]
            check("block.0.rd.bytes" in values and "balloon.current" in values, "%s has figures: %s", name, sorted(values))
            equal("block.age-ms" in values, i < STOPPED, "%s says how old they are" % name)
        flags = conn.lookupByName(names[0]).blockStatsFlags("vda")
        check("rd_bytes" in flags and flags.get("age-ms", 0) > 0, "statistics of a disk say it too: %s", flags)
        check("age-ms" not in conn.lookupByName(names[-1]).blockStatsFlags("vda"), "fresh ones do not")


@case("stopped: 200 hanging calls are in nobody's way, and destroy ends them", ours=True, once=True)
def pile(side):
    with guests(side, "sw-pile", STOPPED + 1, STOPPED) as names, concurrent.futures.ThreadPoolExecutor(200) as pool:
        begun = threading.Semaphore(0)

        def hang(i):
            with side.connection() as conn:
                dom = conn.lookupByName(names[i % STOPPED])
                begun.release()
                try:
                    dom.suspend()
                except libvirt.libvirtError as e:
                    return e.get_error_code()
                return None
        calls = [pool.submit(hang, i) for i in range(200)]
        for _ in calls:
            begun.acquire()                         # pylint: disable=consider-using-with
        for argv in (("list", "--all"), ("domstats",), ("dominfo", names[0]), ("domblkstat", names[0], "vda"), ("dumpxml", names[1]),
                     ("suspend", names[-1]), ("resume", names[-1])):
            side.ok(*argv, timeout=5)
        for name in names[:STOPPED]:
            side.ok("destroy", name, timeout=10)
        for call in calls:
            check(call.result(timeout=40) is not None, "a hanging call fails once its guest is gone")
        equal(side.ok("domstate", names[-1]), "running\n\n", "the other one runs")


@case("stopped: a guest is destroyed whose QEMU never greets", ours=True, once=True)
def never_greets(side):
    """An emulator that tells what it can do, and then does nothing."""
    path = os.path.join(side.root, "images", "silent-qemu")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write("#!/bin/sh\ncase \"$*\" in *guest=*) exec sleep 1234;; esac\nexec /usr/bin/qemu-system-x86_64 \"$@\"\n")
    os.chmod(path, 0o755)
    with side.guest("sw-silent", devices="<emulator>%s</emulator>" % path) as dom, concurrent.futures.ThreadPoolExecutor(1) as pool:
        start = pool.submit(side.virsh, "start", "sw-silent")
        eventually(lambda: dom.isActive() and os.path.exists(side.path("/run/libvirt/qemu/sw-silent.pid")), "it is being started")
        begun = time.monotonic()
        side.virsh("destroy", "sw-silent")
        equal(start.result(timeout=20).rc, 1, "the start's status")
        check(time.monotonic() - begun < 15, "nobody waits for a greeting")
        equal(dom.isActive(), 0, "whether it runs")
        with side.connection() as conn:
            check(conn.lookupByName("sw-silent").info(), "queries go on")


@case("stopped: a change says which client's call is in the way", ours=True, once=True, slow=True)
def in_the_way(side):
    with guests(side, "sw-way", 1, 1) as names, concurrent.futures.ThreadPoolExecutor(2) as pool:
        def fail():
            result = side.virsh("suspend", names[0], timeout=50)
            equal(result.rc, 1, "it fails")
            return result.err
        first = pool.submit(fail)
        time.sleep(0.5)
        second = pool.submit(fail)
        check("'stop'" in first.result(), "the first names its command: %s", first.result())
        check("client" in second.result() and "process" in second.result(), "the second names the first: %s", second.result())
