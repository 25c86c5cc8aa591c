#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A stock libvirtd in a mount and network namespace of its own.

    stock.py --root DIR          run it in the foreground, print its sockets, stop on SIGTERM or ^C

Everything the daemons read and write lies below DIR (run, etc, lib, cache, log), which is
bound over the machine's own directories inside the namespace only.  A daemon that dies is
started again, as a service manager would.  As a module: `with Stock (root) as s: s.socket`.
"""
import argparse
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time

CLONE_NEWNS = 0x00020000
CLONE_NEWNET = 0x40000000
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000

BINDS = {                               # below the root -> where the daemons look
    "run": "/run",
    "etc/libvirt": "/etc/libvirt",
    "var/lib/libvirt": "/var/lib/libvirt",
    "var/cache/libvirt": "/var/cache/libvirt",
    "var/log/libvirt": "/var/log/libvirt",
}
DAEMONS = {
    "virtlogd": ["/usr/sbin/virtlogd"],
    "libvirtd": ["/usr/sbin/libvirtd"],
}
SOCKETS = {
    "virtlogd": "run/libvirt/virtlogd-sock",
    "libvirtd": "run/libvirt/libvirt-sock",
}
CONFIG = {
    "libvirtd.conf": 'auth_unix_ro = "none"\nauth_unix_rw = "none"\nlog_outputs = "2:file:/var/log/libvirt/libvirtd.log"\n',
    "qemu.conf": 'security_driver = "none"\nstdio_handler = "logd"\n',
    "virtlogd.conf": 'log_outputs = "2:file:/var/log/libvirt/virtlogd.log"\n',
}

libc = ctypes.CDLL(None, use_errno=True)


def check(rc, what):
    if rc != 0:
        raise OSError(ctypes.get_errno(), "%s: %s" % (what, os.strerror(ctypes.get_errno())))


def mount(source, target, flags):
    check(libc.mount(source.encode(), target.encode(), None, flags, None), "mount %s" % target)


def prepare(root):
    """The directories and configuration files below root; those that exist are kept."""
    for path in BINDS:
        os.makedirs(os.path.join(root, path), exist_ok=True)
        os.makedirs(BINDS[path], exist_ok=True)
    for path in ("run/lock", "var/log/libvirt/qemu"):
        os.makedirs(os.path.join(root, path), exist_ok=True)
    for name, text in CONFIG.items():
        path = os.path.join(root, "etc/libvirt", name)
        if not os.path.exists(path):
            with open(path, "w") as f:
                f.write(text)
    path = os.path.join(root, "var/lib/libvirt")
    for p in (root, os.path.join(root, "var"), os.path.join(root, "var/lib"), path):
        os.chmod(p, 0o755)


def enter_namespace(root, share_network):
    check(libc.unshare(CLONE_NEWNS | (0 if share_network else CLONE_NEWNET)), "unshare")
    mount("none", "/", MS_REC | MS_PRIVATE)
    for path, target in BINDS.items():
        mount(os.path.join(root, path), target, MS_BIND)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=False)


def children_of(pid):
    """All descendants of pid, itself excluded."""
    parent = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open("/proc/%s/stat" % name) as f:
                    parent[int(name)] = int(f.read().rsplit(")", 1)[1].split()[1])
            except OSError:
                pass
    found, queue = [], [pid]
    while queue:
        above = queue.pop()
        below = [p for p, pp in parent.items() if pp == above]
        found += below
        queue += below
    return found


def stop_descendants():
    """Ends and reaps everything below this process; guests included."""
    for sig, patience in ((signal.SIGTERM, 3), (signal.SIGKILL, 5)):
        deadline = time.time() + patience
        for pid in children_of(os.getpid()):
            try:
                os.kill(pid, sig)
                os.kill(pid, signal.SIGCONT)
            except ProcessLookupError:
                pass
        while time.time() < deadline:
            try:
                if os.waitpid(-1, os.WNOHANG)[0] == 0:
                    time.sleep(0.02)
            except ChildProcessError:
                return


class Terminated(Exception):
    pass


def wait_for_socket(path, timeout=20):
    import socket
    deadline = time.time() + timeout
    while time.time() < deadline:
        with socket.socket(socket.AF_UNIX) as s:
            try:
                s.connect(path)
                return
            except OSError:
                time.sleep(0.05)
    raise TimeoutError("no daemon answers at %s" % path)


def spawn(name, root):
    log = open(os.path.join(root, name + ".out"), "ab")
    env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}
    return subprocess.Popen(DAEMONS[name], stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env, cwd="/").pid


def supervise(root, ready, share_network=False):
    """Runs until SIGTERM or SIGINT: starts the daemons, reaps everything, starts dead ones again."""
    def terminate(_sig, _frame):
        raise Terminated()

    pids = {}
    signal.signal(signal.SIGTERM, terminate)
    signal.signal(signal.SIGINT, terminate)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        enter_namespace(root, share_network)
        for name in DAEMONS:
            sock = os.path.join(root, SOCKETS[name])
            if os.path.exists(sock):
                os.unlink(sock)
            pids[spawn(name, root)] = name
            wait_for_socket(sock)
        ready()
        while True:
            pid = os.wait()[0]
            if pid in pids:
                name = pids.pop(pid)
                pids[spawn(name, root)] = name
    except Terminated:
        pass
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        stop_descendants()


class Stock:
    """A stock daemon for the time of a `with` block."""

    def __init__(self, root, share_network=False):
        self.root = os.path.abspath(root)
        self.options = ["--share-network"] if share_network else []
        self.socket = os.path.join(self.root, "run/libvirt/libvirt-sock")
        self.proc = None

    def __enter__(self):
        self.proc = subprocess.Popen([sys.executable, os.path.abspath(__file__), "--root", self.root, *self.options],
                                     stdout=subprocess.PIPE, text=True,
                                     preexec_fn=lambda: libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0))
        if not self.proc.stdout.readline().startswith("socket "):
            raise RuntimeError("the stock daemon did not start; see %s/*.out" % self.root)
        return self

    def __exit__(self, *exc):
        self.proc.terminate()
        self.proc.wait(30)


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    ap.add_argument("--root", required=True, help="directory for everything the daemons read and write")
    ap.add_argument("--wipe", action="store_true", help="remove the directory first")
    ap.add_argument("--share-network", action="store_true", help="stay in the network namespace of the caller")
    args = ap.parse_args()
    root = os.path.abspath(args.root)
    if args.wipe:
        shutil.rmtree(root, ignore_errors=True)
    prepare(root)

    def ready():
        print("socket %s/run/libvirt/libvirt-sock" % root, flush=True)

    supervise(root, ready, args.share_network)


if __name__ == "__main__":
    main()
