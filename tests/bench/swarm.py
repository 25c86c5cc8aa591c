# SPDX-License-Identifier: LGPL-2.1-or-later
"""The daemons under test, started by exec below a root of their own, and the programs that measure them."""
import contextlib
import ctypes
import glob
import json
import os
import shutil
import signal
import subprocess
import time

PR_SET_CHILD_SUBREAPER = 36
DAEMONS = ("virtlogd", "virtqemud", "virtproxyd")


class Failure(Exception):
    pass


class Programs:
    """bench-floor, bench-client and bench-fiber of a build; each run gives a dictionary."""

    def __init__(self, build):
        self.build = os.path.abspath(build)

    def path(self, name):
        path = os.path.join(self.build, "tests/bench", name)
        if not os.access(path, os.X_OK):
            raise Failure("%s was not built (meson options bench, b_sanitize=none; package libvirt-dev)" % path)
        return path

    def run(self, name, *args, cpu=None, timeout=600):
        argv = ([] if cpu is None else ["taskset", "-c", str(cpu)]) + [self.path(name)] + [str(a) for a in args]
        try:
            done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout)
        except subprocess.TimeoutExpired:
            raise Failure("%s %s: nothing within %g s" % (name, args[0], timeout)) from None
        if done.returncode != 0:
            raise Failure("%s %s: %s" % (name, args[0], done.stderr.strip() or "status %d" % done.returncode))
        return json.loads(done.stdout)

    def client(self, *args, **kw):
        return self.run("bench-client", *args, **kw)

    def floor(self, *args, **kw):
        return self.run("bench-floor", *args, **kw)


@contextlib.contextmanager
def server(argv, socket):
    """A server that is ended with the block; entered when it listens."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(socket)
    proc = subprocess.Popen(argv, stdin=subprocess.DEVNULL)
    try:
        wait_for(lambda: os.path.exists(socket) or proc.poll() is not None, "%s listens" % argv[0])
        if proc.poll() is not None:
            raise Failure("%s ended at once" % " ".join(argv))
        yield proc
    finally:
        proc.terminate()
        proc.wait()


def wait_for(condition, what, limit=30.0):
    deadline = time.monotonic() + limit
    while not condition():
        if time.monotonic() > deadline:
            raise Failure("not within %g s: %s" % (limit, what))
        time.sleep(0.005)


class Swarm:
    def __init__(self, programs, root):
        self.programs, self.root = programs, root
        self.procs = {}
        # Guests outlive their daemon; without this they would become PID 1's, which may reap late.
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        os.chmod(root, 0o755)

    def argv(self, daemon):
        return [os.path.join(self.programs.build, "daemons", daemon, daemon), "--root", self.root]

    def socket(self, daemon):
        name = "libvirt" if daemon == "virtproxyd" else daemon
        return os.path.join(self.root, "run/libvirt", name + "-sock")

    def uri(self, daemon="virtqemud"):
        scheme = "network" if daemon == "virtnetworkd" else "qemu"
        return "%s+unix:///system?socket=%s" % (scheme, self.socket(daemon))

    def path(self, *parts):
        return os.path.join(self.root, *parts)

    def start(self, *daemons):
        for daemon in daemons or DAEMONS:
            if daemon in self.procs:
                continue
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.socket(daemon))
            with open(self.path(daemon + ".log"), "ab") as log:
                proc = subprocess.Popen(self.argv(daemon), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            self.procs[daemon] = proc
            wait_for(lambda: os.path.exists(self.socket(daemon)) or proc.poll() is not None, "%s listens" % daemon)
            if proc.poll() is not None:
                raise Failure("%s ended with status %d, see %s" % (daemon, proc.returncode, self.path(daemon + ".log")))

    def stop(self, *daemons):
        for daemon in reversed(daemons or list(self.procs)):
            proc = self.procs.pop(daemon, None)
            if proc is None:
                continue
            proc.terminate()
            try:
                proc.wait(20)
            except subprocess.TimeoutExpired:
                proc.kill()
                proc.wait()

    def pin(self, cpus):
        for proc in self.procs.values():
            for task in os.listdir("/proc/%d/task" % proc.pid):
                os.sched_setaffinity(int(task), cpus)

    def guests(self):
        """pid -> arguments of every guest of this root that runs."""
        return self.programs_of(b"qemu-system")

    def programs_of(self, name):
        found = {}
        for path in glob.glob("/proc/[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                with open(path, "rb") as f:
                    argv = f.read().split(b"\0")[:-1]
                if argv and name in argv[0] and any(self.root.encode() in a for a in argv):
                    found[int(path.split("/")[2])] = argv
        return found

    def guest_pid(self, name):
        mark = b"guest=%s," % name.encode()
        for pid, argv in self.guests().items():
            if any(a.startswith(mark) for a in argv):
                return pid
        raise Failure("no process has %s in its command line" % mark.decode())

    def memory(self, daemon):
        """kB of a daemon by smaps' names."""
        with open("/proc/%d/smaps_rollup" % self.procs[daemon].pid) as f:
            return {line.split(":")[0]: int(line.split()[1]) for line in f if line.endswith("kB\n")}

    def descriptors(self, daemon):
        return len(os.listdir("/proc/%d/fd" % self.procs[daemon].pid))

    def threads(self, daemon):
        return len(os.listdir("/proc/%d/task" % self.procs[daemon].pid))

    def clear(self):
        """Ends everything and takes away what was defined."""
        self.stop()
        for pid in [*self.guests(), *self.programs_of(b"dnsmasq")]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for folder in ("etc/libvirt/qemu", "run/libvirt"):
            shutil.rmtree(self.path(folder), ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.clear()
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, 0)[0]:
                pass
        shutil.rmtree(self.root, ignore_errors=True)
