# SPDX-License-Identifier: LGPL-2.1-or-later
"""Daemons that are killed at named points, whatever they do."""
import contextlib
import glob
import os
import signal
import socket
import subprocess
import time

import libvirt


class Failure(Exception):
    pass


def check(condition, text, *args):
    if not condition:
        raise Failure(text % args)


def files(root, pattern):
    return sorted(os.path.relpath(p, root) for p in glob.glob(os.path.join(root, pattern)))


class Daemons:
    """A daemon that is killed, and virtlogd, below a root of their own, without an activator: a crash is not repaired by itself."""

    def __init__(self, bindir, root, name="virtqemud", scheme="qemu"):
        self.bindir, self.root, self.name, self.tested = bindir, root, name, None
        self.uri = "%s+unix:///system?socket=%s/run/libvirt/%s-sock" % (scheme, root, name)
        self.log = open(os.path.join(root, "daemons.log"), "ab")
        self.beside = []
        self.logd = self.spawn_beside("virtlogd")

    def spawn_beside(self, name):
        """A daemon that is not killed until the end."""
        self.beside.append(self.spawn(name))
        self.wait_socket(name, self.beside[-1])
        return self.beside[-1]

    def spawn(self, name, **env):
        for folder in ("", "daemons/" + name):
            program = os.path.join(self.bindir, folder, name)
            if os.path.isfile(program):
                return subprocess.Popen([program, "--root", self.root], env={**os.environ, **env}, stdin=subprocess.DEVNULL,
                                        stdout=self.log, stderr=self.log)
        raise Failure("there is no program %s in %s" % (name, self.bindir))

    def wait_socket(self, name, process):
        path = "%s/run/libvirt/%s-sock" % (self.root, name)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if process.poll() is not None:
                return False
            with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
                probe.connect(path)
                return True
            time.sleep(0.005)
        raise Failure("%s does not listen" % name)

    def start(self, point=None):
        """True once clients can connect; False if it died before."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.root + "/run/libvirt/%s-sock" % self.name)
        env = {} if point is None else {"VIRTSWARM_CRASH_AT": str(point)}
        self.tested = self.spawn(self.name, **env)
        return self.wait_socket(self.name, self.tested)

    def connect(self):
        return libvirt.open(self.uri)

    def stop(self):
        """Ends it as an administrator would; returns how it ended."""
        if self.tested.poll() is None:
            self.tested.terminate()
        return self.tested.wait(20)

    def kill_all(self):
        for pid in self.guests() + self.helpers() + self.programs("dnsmasq"):
            os.kill(pid, signal.SIGKILL)
        for process in (self.tested, *self.beside):
            if process is not None and process.poll() is None:
                process.kill()
                process.wait()
        self.log.close()

    def guests(self):
        """Processes of QEMU that belong to this root."""
        return self.programs("qemu-system")

    def helpers(self):
        """Those beside them."""
        return self.programs("swtpm")

    def programs(self, name):
        found = []
        for path in glob.glob("/proc/[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                with open(path, "rb") as f:
                    argv = f.read().decode("utf-8", "replace").split("\0")
                if name in argv[0] and any(self.root in a for a in argv):
                    found.append(int(path.split("/")[2]))
        return found


def act(daemons, operation):
    """Runs the operation; True if the client heard that it is done."""
    try:
        conn = daemons.connect()
    except libvirt.libvirtError:
        return False
    try:
        operation(conn)
        return True
    except libvirt.libvirtError as error:
        with contextlib.suppress(subprocess.TimeoutExpired):
            daemons.tested.wait(10)
        check(daemons.tested.poll() is not None, "the operation failed and the daemon lives: %s", error)
        check(daemons.tested.wait(10) == -signal.SIGKILL, "the operation failed and the daemon lives")
        return False
    finally:
        with contextlib.suppress(libvirt.libvirtError):
            conn.close()


def settled(daemons, view, allowed, said, seconds=10):
    """Looks until a client sees what is allowed and the files and processes agree with it: a QEMU that was told to end
    just before the crash ends soon after the restart, and what it leaves is removed while others already see that."""
    deadline = time.monotonic() + seconds
    with contextlib.closing(daemons.connect()) as conn:
        while True:
            try:
                seen = view.look(conn)
                check(seen in allowed, "the client heard %s, then sees %s", said, seen)
                return view.no_leftovers(daemons, seen)
            except Failure:
                if time.monotonic() > deadline:
                    raise
            time.sleep(0.05)


def one(daemons, view, prepare, operation, before, after, point):
    """One try with a crash at the point; True if the point was not reached.  view: a module that knows what to look at."""
    daemons.start()
    with contextlib.closing(daemons.connect()) as conn:
        prepare(conn)
    daemons.stop()
    came_up = daemons.start(point)
    done = came_up and act(daemons, operation)
    status = daemons.stop()
    daemons.start()
    settled(daemons, view, after if done else before + after, "'done'" if done else "nothing")
    view.clean(daemons)
    daemons.stop()
    return status != -signal.SIGKILL


def crash_everywhere(daemons, view, row):
    """Grows the point until the operation comes through; how many points were tried."""
    point = 1
    while not one(daemons, view, *row, point):
        point += 1
        check(point < 500, "the points do not end")
    check(point > 2, "the daemon never crashed: was it built with crash points?")
    return point - 1
