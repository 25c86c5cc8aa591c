# SPDX-License-Identifier: LGPL-2.1-or-later
"""The systems that can be tested: a stock daemon, a swarm of our own, daemons that already run."""
import contextlib
import glob
import json
import os
import signal
import subprocess

import stock
from cases import Skip
from world import PREFIX, Side, check, eventually

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def processes():
    """pid -> argv of everything that runs."""
    found = {}
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            with open(path, "rb") as f:
                argv = f.read().decode("utf-8", "replace").split("\0")[:-1]
            if argv:
                found[int(path.split("/")[2])] = argv
    return found


def leftovers(system):
    """Guests' processes and files that should be gone."""
    root = system.root
    left = ["process %d: %s" % (pid, " ".join(argv)[:120]) for pid, argv in processes().items()
            if argv[0].endswith(("qemu-system-x86_64",)) and any(root in a for a in argv)
            or any(a.startswith("guest=" + PREFIX) for a in argv) and system.owns(pid)]
    for pattern in ("etc/libvirt/qemu/%s*", "etc/libvirt/qemu/autostart/%s*", "run/libvirt/qemu/%s*",
                    "var/lib/libvirt/qemu/domain-*-%s*", "var/lib/libvirt/qemu/channel/target/domain-*-%s*",
                    "etc/libvirt/qemu/networks/%s*", "etc/libvirt/qemu/networks/autostart/%s*", "run/libvirt/network/%s*.xml"):
        left += glob.glob(os.path.join(root, pattern % PREFIX))
    left += ["process %d: %s" % (pid, " ".join(argv)[:120]) for pid, argv in processes().items()
             if os.path.basename(argv[0]) == "dnsmasq" and any(root in a for a in argv)]
    left += glob.glob(os.path.join(root, "etc/libvirt/qemu/.*")) + glob.glob(os.path.join(root, "etc/libvirt/qemu/*.new"))
    return left


class StockSystem:
    name = "stock"

    def __init__(self, root, share_network=False):
        self.root, self.share_network = os.path.abspath(root), share_network

    def __enter__(self):
        self.stock = stock.Stock(self.root, self.share_network)
        self.stock.__enter__()
        sock = self.stock.socket
        self.sides = [Side("stock", self.root, sock, sock + "-ro", admin=os.path.join(os.path.dirname(sock), "libvirt-admin-sock"),
                           driver_admin=os.path.join(os.path.dirname(sock), "libvirt-admin-sock"), stock=True, system=self)]
        return self

    def __exit__(self, *exc):
        self.stock.__exit__(*exc)

    def fresh(self, root, only=None, share_network=False):
        """Another system of this kind, with what lies below root."""
        return StockSystem(root, share_network)

    def leave(self):
        """Ends the daemons; what they have started goes on."""
        daemons = [self.pid(name) for name in stock.DAEMONS]
        for pid in (self.stock.proc.pid, *daemons):
            os.kill(pid, signal.SIGKILL)
        self.stock.proc.wait()
        eventually(lambda: not any(alive(pid) for pid in daemons), "the daemons are gone")

    def session_daemon(self):
        return "/usr/sbin/libvirtd"

    def owns(self, pid):
        return pid in stock.children_of(self.stock.proc.pid)

    def pid(self, daemon):
        """The pid of the process that does that daemon's work, 0 if none runs."""
        wanted = "/usr/sbin/virtlogd" if daemon == "virtlogd" else "/usr/sbin/libvirtd"
        for pid in stock.children_of(self.stock.proc.pid):
            with contextlib.suppress(OSError):
                if os.readlink("/proc/%d/exe" % pid) == wanted:
                    return pid
        return 0

    def kill(self, daemon):
        kill_and_wait(self, daemon)
        side = self.sides[0]
        stock.wait_for_socket(side.rw)


def kill_and_wait(system, daemon):
    pid = system.pid(daemon)
    check(pid, "no %s runs that could be killed", daemon)
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: not alive(pid), "%s is gone" % daemon)


def alive(pid):
    try:
        with open("/proc/%d/stat" % pid) as f:
            return f.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


class OurSystem:
    """Two sockets of one swarm: the proxy's and virtqemud's own."""

    def make_sides(self, proxy=None, qemu=None):
        run = os.path.join(self.root, "run/libvirt")
        proxy = proxy or os.path.join(run, "libvirt-sock")
        qemu = qemu or os.path.join(run, "virtqemud-sock")
        admin = {n: os.path.join(run, n + "-admin-sock") for n in ("libvirt", "virtqemud")}
        self.sides = [Side("qemu", self.root, qemu, qemu + "-ro", admin["virtqemud"], admin["virtqemud"], system=self),
                      Side("proxy", self.root, proxy, proxy + "-ro", admin["libvirt"], admin["virtqemud"], system=self)]

    def owns(self, pid):
        with contextlib.suppress(OSError):
            with open("/proc/%d/cmdline" % pid) as f:
                return self.root in f.read()
        return False

    def pid(self, daemon):
        for pid, argv in processes().items():
            if os.path.basename(argv[0]) == daemon and self.root in argv and alive(pid):
                return pid
        return 0

    def kill(self, daemon):
        kill_and_wait(self, daemon)


class SwarmSystem(OurSystem):
    name = "swarm"

    def __init__(self, root, bindir, tooldir=None, only=None):
        self.root, self.bindir, self.only = os.path.abspath(root), os.path.abspath(bindir), only
        self.tooldir = tooldir

    def swarm(self, *argv, **kw):
        return subprocess.run([self.binary("virt-swarm"), argv[0], "--root", self.root, *argv[1:]],
                              text=True, capture_output=True, timeout=60, **kw)

    def __enter__(self):
        os.makedirs(self.root, exist_ok=True)
        os.chmod(self.root, 0o755)
        self.up()
        self.make_sides()
        return self

    def up(self):
        more = ["--only", self.only] if self.only else []
        done = self.swarm("up", "--bindir", self.bindir, *more)
        check(done.returncode == 0, "virt-swarm up: %s", done.stderr)

    def down(self):
        done = self.swarm("down", "--guests")
        check(done.returncode == 0, "virt-swarm down: %s", done.stderr)

    def fresh(self, root, only="virtqemud,virtlogd", share_network=True):
        return SwarmSystem(root, self.bindir, self.tooldir, only)

    def leave(self):
        done = self.swarm("down")
        check(done.returncode == 0, "virt-swarm down: %s", done.stderr)

    def session_daemon(self):
        return self.binary("virtqemud")

    def binary(self, name):
        """Where the build has put a program."""
        found = [p for p in glob.glob(os.path.join(self.bindir, "**", name), recursive=True)
                 if os.path.isfile(p) and os.access(p, os.X_OK)]
        check(found, "no %s below %s", name, self.bindir)
        return found[0]

    def status(self):
        return json.loads(self.swarm("status", "--json").stdout)

    def pid(self, daemon):
        return next((d["pid"] for d in self.status()["daemons"] if d["name"] == daemon), 0)

    def __exit__(self, *exc):
        self.down()


class RunningSystem(OurSystem):
    name = "running"

    def __init__(self, root, proxy, qemu):
        self.root, self.sockets = os.path.abspath(root), (proxy, qemu)

    def fresh(self, root, only=None, share_network=True):
        raise Skip("only a swarm of our own can be started anew")

    def session_daemon(self):
        return None

    def __enter__(self):
        self.make_sides(*self.sockets)
        self.sides = [s for s in self.sides if s.rw in self.sockets]
        return self

    def __exit__(self, *exc):
        pass
