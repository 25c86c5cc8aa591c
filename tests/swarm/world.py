# SPDX-License-Identifier: LGPL-2.1-or-later
"""The thing under test: one socket of one running system, and what a test needs to use it.

A Side is an endpoint (a stock daemon, our proxy, or our virtqemud) with the root below which the
system keeps its files.  Guests that a test makes carry its prefix, so that nothing of it stays."""
import contextlib
import os
import pty
import re
import select
import subprocess
import threading
import time

import libvirt

PREFIX = "sw-"

libvirt.registerErrorHandler(lambda ctx, err: None, None)


class Result:
    def __init__(self, rc, out, err):
        self.rc, self.out, self.err = rc, out, err

    def __repr__(self):
        return "rc=%s\nstdout: %s\nstderr: %s" % (self.rc, self.out, self.err)


class Failure(AssertionError):
    pass


def check(condition, what, *args):
    if not condition:
        raise Failure(what % args if args else what)


def equal(got, wanted, what):
    if got != wanted:
        texts = isinstance(got, str) and isinstance(wanted, str) and "\n" in wanted
        raise Failure("%s: %s" % (what, first_difference(got, wanted) if texts else "got %s, wanted %s" % (shown(got), shown(wanted))))


def shown(value):
    return repr(value) if len(repr(value)) < 400 else repr(value)[:200] + "..."


def first_difference(got, wanted):
    """The lines where two long texts part."""
    for a, b in zip(got.splitlines() + ["(end)"], wanted.splitlines() + ["(end)"]):
        if a != b:
            return "got the line %r, wanted %r" % (a, b)
    return "got %s, wanted %s" % (shown(got), shown(wanted))


def matches(text, pattern, what):
    if not re.fullmatch(pattern, text, re.S):
        raise Failure("%s: %r does not have the form %r" % (what, text, pattern))


def eventually(predicate, what, timeout=10.0):
    """Waits until predicate gives something true and returns it."""
    deadline = time.monotonic() + timeout
    while True:
        value = predicate()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Failure("not within %g s: %s" % (timeout, what))
        time.sleep(0.03)


@contextlib.contextmanager
def configured(side, text):
    """More lines of qemu.conf for a block; virtqemud reads it anew."""
    path = side.path("/etc/libvirt/qemu.conf")
    before = ""
    with contextlib.suppress(FileNotFoundError), open(path) as f:
        before = f.read()
    os.makedirs(os.path.dirname(path), exist_ok=True)

    def write(content):
        with open(path, "w") as f:
            f.write(content)
        if side.system.pid("virtqemud"):
            side.system.kill("virtqemud")
    write(before + "\n" + text + "\n")
    try:
        yield
    finally:
        write(before)


class Side:
    def __init__(self, name, root, rw, ro, admin=None, driver_admin=None, stock=False, system=None):
        self.name, self.root, self.rw, self.ro = name, root, rw, ro
        self.admin, self.driver_admin, self.stock, self.system = admin, driver_admin, stock, system
        # Where a definition may put a console's log; a stock daemon lives in a namespace where this is no prefix.
        self.log_folder = "/var/log/libvirt/qemu" if stock else root + "/var/log/libvirt/qemu"

    # -- addresses ---------------------------------------------------------------------------------
    def uri(self, readonly=False, scheme="qemu", path="/system", extra=""):
        return "%s+unix://%s?socket=%s%s" % (scheme, path, self.ro if readonly else self.rw, extra)

    def path(self, absolute):
        """Where the system's own file of that (unprefixed) name lies."""
        return self.root + absolute

    def image(self, name, size="8M", fmt="raw"):
        path = os.path.join(self.root, "images", name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if not os.path.exists(path):
            subprocess.run(["qemu-img", "create", "-q", "-f", fmt, path, size], check=True)
        return path

    # -- clients -----------------------------------------------------------------------------------
    def open(self, readonly_socket=False):
        return libvirt.open(self.uri(readonly_socket))

    @contextlib.contextmanager
    def connection(self, readonly_socket=False):
        conn = self.open(readonly_socket)
        try:
            yield conn
        finally:
            with contextlib.suppress(libvirt.libvirtError):
                conn.close()

    def virsh(self, *argv, readonly=False, timeout=60, stdin=None):
        done = subprocess.run(["virsh", "-c", self.uri(readonly), *argv], text=True, timeout=timeout,
                              stdin=subprocess.DEVNULL if stdin is None else None, input=stdin,
                              capture_output=True, env={**os.environ, "LC_ALL": "C"})
        return Result(done.returncode, done.stdout, done.stderr)

    def ok(self, *argv, **kw):
        """virsh that must succeed; its standard output."""
        r = self.virsh(*argv, **kw)
        check(r.rc == 0, "virsh %s: %s", " ".join(argv), r)
        return r.out

    def fails(self, *argv, **kw):
        r = self.virsh(*argv, **kw)
        check(r.rc != 0 and "error:" in r.err, "virsh %s should fail: %s", " ".join(argv), r)
        return r.err

    # -- guests ------------------------------------------------------------------------------------
    def remove(self, *names):
        """Ends and undefines guests by name; those that do not exist are fine."""
        with self.connection() as conn:
            for name in names:
                for step in ("destroy", "undefine", "destroy"):
                    with contextlib.suppress(libvirt.libvirtError):
                        getattr(conn.lookupByName(name), step)()

    def remove_all(self):
        with self.connection() as conn:
            names = [d.name() for d in conn.listAllDomains() if d.name().startswith(PREFIX)]
        self.remove(*names)
        self.remove_networks()

    def remove_networks(self):
        """Ends and undefines the networks of this suite."""
        with self.connection() as conn, contextlib.suppress(libvirt.libvirtError):
            for net in conn.listAllNetworks():
                for step in ("destroy", "undefine") if net.name().startswith(PREFIX) else ():
                    with contextlib.suppress(libvirt.libvirtError):
                        getattr(net, step)()

    @contextlib.contextmanager
    def guest(self, name, xml=None, state="off", **kw):
        """A guest for a block: state is off, paused, running or transient (paused, no definition)."""
        with self.connection() as conn:
            try:
                yield make(conn, xml or tiny(name, **kw), state)
            finally:
                self.remove(name)

    def qemu_pid(self, name):
        with open(self.path("/run/libvirt/qemu/%s.xml" % name)) as f:
            return int(re.search(r"<domstatus [^>]*pid='(\d+)'", f.read()).group(1))


def make(conn, xml, state):
    if state == "transient":
        return conn.createXML(xml, libvirt.VIR_DOMAIN_START_PAUSED)
    dom = conn.defineXML(xml)
    if state == "paused":
        dom.createWithFlags(libvirt.VIR_DOMAIN_START_PAUSED)
    elif state == "running":
        dom.create()
    return dom


def tiny(name, devices="", uuid=None, memory="16", machine="pc", before="", os_extra="", vcpu="1"):
    """The smallest guest that QEMU runs: 16 MiB, nothing to boot from."""
    return """<domain type='qemu'>
  <name>%s</name>%s%s
  <memory unit='MiB'>%s</memory>
  <vcpu>%s</vcpu>
  <os><type arch='x86_64' machine='%s'>hvm</type>%s</os>
  <features><acpi/></features>
  <devices>%s</devices>
</domain>
""" % (name, "\n  <uuid>%s</uuid>" % uuid if uuid else "", before, memory, vcpu, machine, os_extra, devices)


def disk(path, dev="vda", bus="virtio", fmt="raw", extra=""):
    return ("<disk type='file' device='disk'><driver name='qemu' type='%s'/><source file='%s'/>"
            "<target dev='%s' bus='%s'/>%s</disk>" % (fmt, path, dev, bus, extra))


AGENT = "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>"
SERIAL = "<serial type='pty'/>"
VIDEO = "<video><model type='vga'/></video>"


class Events:
    """Runs libvirt's event loop in a thread and collects what callbacks deliver."""
    started = False

    @classmethod
    def start(cls):
        if cls.started:
            return
        cls.started = True
        libvirt.virEventRegisterDefaultImpl()
        cls.tick()
        threading.Thread(target=cls.run, daemon=True).start()

    @classmethod
    def tick(cls):
        """Keeps the loop turning, so that callbacks added from other threads are seen."""
        libvirt.virEventAddTimeout(50, lambda t, o: None, None)

    @classmethod
    def run(cls):
        while True:
            libvirt.virEventRunDefaultImpl()


class Terminal:
    """A program on a terminal of its own: what it prints is collected, keys can be sent."""

    def __init__(self, argv):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ["LC_ALL"] = "C"
            os.environ["TERM"] = "dumb"
            os.execvp(argv[0], argv)
        self.text = ""
        self.rc = None

    def read(self, timeout=0.1):
        if select.select([self.fd], [], [], timeout)[0]:
            try:
                data = os.read(self.fd, 65536)
            except OSError:
                return False
            self.text += data.decode("utf-8", "replace").replace("\r", "")
            return bool(data)
        return True

    def expect(self, pattern, timeout=30.0):
        deadline = time.monotonic() + timeout
        while not re.search(pattern, self.text, re.S):
            alive = self.read()
            if re.search(pattern, self.text, re.S):
                break
            if not alive or time.monotonic() > deadline:
                raise Failure("%r not seen on the terminal, only %r" % (pattern, self.text[-800:]))
        return re.search(pattern, self.text, re.S)

    def send(self, text):
        os.write(self.fd, text.encode())

    def wait(self, timeout=15.0):
        deadline = time.monotonic() + timeout
        while self.rc is None:
            self.read(0.02)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.rc = os.waitstatus_to_exitcode(status)
            elif time.monotonic() > deadline:
                self.kill()
                raise Failure("the program does not end; its output: %r" % self.text[-800:])
        while select.select([self.fd], [], [], 0.05)[0] and self.read():
            pass
        return self.rc

    def kill(self):
        import signal
        if self.rc is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            self.rc = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.kill()
        os.close(self.fd)
