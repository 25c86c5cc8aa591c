# SPDX-License-Identifier: LGPL-2.1-or-later
"""qemu:///session: a daemon of an unprivileged user, with its files in that user's folders."""
import contextlib
import os
import shutil
import signal
import subprocess
import tempfile

import libvirt

from cases import Skip, case
from test_wire import opening, words
from wire import Wire
from world import SERIAL, Side, check, disk, equal, eventually, tiny

USER = 65534


@contextlib.contextmanager
def session(side, conf=None):
    """The user's daemon in a home of its own, with that qemu.conf; gives a Side whose URIs say /session."""
    binary = side.system.session_daemon()
    if binary is None:
        raise Skip("there is no daemon to start here")
    home = tempfile.mkdtemp(prefix="sw-home-")
    folders = {k: os.path.join(home, v) for k, v in (("XDG_RUNTIME_DIR", "run"), ("XDG_CONFIG_HOME", "config"),
                                                    ("XDG_CACHE_HOME", "cache"), ("XDG_DATA_HOME", "data"))}
    for path in [home, *folders.values()]:
        os.makedirs(path, exist_ok=True)
        os.chown(path, USER, USER)
        os.chmod(path, 0o700)
    if conf:
        os.makedirs(os.path.join(folders["XDG_CONFIG_HOME"], "libvirt"))
        os.chown(os.path.join(folders["XDG_CONFIG_HOME"], "libvirt"), USER, USER)
        with open(os.path.join(folders["XDG_CONFIG_HOME"], "libvirt/qemu.conf"), "w") as f:
            f.write(conf)
    env = {"PATH": "/usr/bin:/bin", "HOME": home, "LC_ALL": "C", **folders}
    log = open(os.path.join(home, "log"), "wb")

    def become():
        os.setsid()
        os.setgroups([])
        os.setgid(USER)
        os.setuid(USER)
    path = os.path.join(folders["XDG_RUNTIME_DIR"], "libvirt", os.path.basename(binary).replace("libvirtd", "libvirt") + "-sock")
    with subprocess.Popen([binary], stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env, cwd=home, preexec_fn=become) as daemon:
        try:
            eventually(lambda: os.path.exists(path) or daemon.poll() is not None, "the user's socket", 20)
            with open(log.name) as f:
                check(daemon.poll() is None, "the daemon ended: %s", f.read()[-500:])
            user = Side("session", home, path, path + "-ro", stock=side.stock, system=side.system)
            user.uri = lambda readonly=False, scheme="qemu", path="/session", extra="": Side.uri(user, readonly, scheme, path, extra)
            yield user, folders
            with contextlib.suppress(libvirt.libvirtError):
                user.remove_all()
        finally:
            daemon.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                daemon.wait(10)
            end_all(home)
            shutil.rmtree(home, ignore_errors=True)


def end_all(home):
    """Processes that still have this home in their environment."""
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError):
                with open("/proc/%s/environ" % name, "rb") as f:
                    if ("HOME=" + home).encode() in f.read().split(b"\0"):
                        os.kill(int(name), signal.SIGKILL)


@case("session: a guest's life", once=True)
def life(side):
    with session(side) as (user, folders):
        equal(user.ok("uri").strip(), user.uri(), "the URI")
        with user.guest("sw-session", tiny("sw-session", SERIAL)) as dom:
            path = os.path.join(folders["XDG_CONFIG_HOME"], "libvirt/qemu/sw-session.xml")
            check(os.path.exists(path), "the definition is in the user's folder")
            equal(os.stat(path).st_uid, USER, "its owner")
            dom.createWithFlags(libvirt.VIR_DOMAIN_START_PAUSED)
            equal(user.ok("domstate", "--reason", "sw-session"), "paused (user)\n\n", "the state")
            run = os.path.join(folders["XDG_RUNTIME_DIR"], "libvirt/qemu/run")
            check(os.path.exists(os.path.join(run, "sw-session.xml")), "the status file: %r", os.listdir(os.path.dirname(run)))
            with open(os.path.join(run, "sw-session.pid")) as f:
                pid = int(f.read())
            equal(os.stat("/proc/%d" % pid).st_uid, USER, "QEMU's user")
            dom.resume()
            equal(dom.state()[0], libvirt.VIR_DOMAIN_RUNNING, "it resumes")
            log = os.path.join(folders["XDG_CACHE_HOME"], "libvirt/qemu/log/sw-session.log")
            check(os.path.exists(log), "its log is in the user's cache")
            dom.destroy()
        user.fails("start", "sw-nonesuch")


@case("session: qemu:///system is refused", once=True)
def system(side):
    with session(side) as (user, folders):
        with Wire(user.rw) as w:
            got = opening("qemu:///system")(w)
            equal(got, ["VIR_ERR_INTERNAL_ERROR/VIR_FROM_NONE/VIR_ERR_ERROR"], "open")
        with Wire(user.rw) as w:
            equal(words(w.open("qemu:///session")), "ok type=1", "open of the session")


@case("session: sockets are the user's alone", once=True)
def modes(side):
    with session(side) as (user, folders):
        equal(os.stat(user.rw).st_uid, USER, "the socket's owner")
        check(os.stat(user.rw).st_mode & 0o077 == 0 or os.stat(os.path.dirname(user.rw)).st_mode & 0o077 == 0, "nobody else may use it")


@case("session: a guest with a network, a disk and a console", once=True)
def devices(side):
    with session(side) as (user, folders):
        image = os.path.join(folders["XDG_DATA_HOME"], "disk.img")
        subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", image, "8M"], check=True)
        os.chown(image, USER, USER)
        # The firmware says something on the first serial port if there is no display.
        more = SERIAL + disk(image, fmt="qcow2") + "<interface type='user'><model type='virtio'/></interface>"
        with user.guest("sw-session", tiny("sw-session", more), "running") as dom:
            stats = dom.connect().getAllDomainStats()[0][1]
            check(stats["balloon.maximum"] and stats["block.count"] == 1 and stats["net.count"] == 1, "its figures: %r", stats)
            equal(os.stat(image).st_uid, USER, "the image's owner")
            xml = dom.XMLDesc()
            check("<interface type='user'>" in xml, "its network")
            check("<seclabel" not in xml, "it has no label: %s", xml)
            stream = dom.connect().newStream(libvirt.VIR_STREAM_NONBLOCK)
            dom.openConsole(None, stream, 0)
            stream.abort()
            user.ok("domifaddr", "sw-session")
            user.ok("dominfo", "sw-session")
            pid = int(open(os.path.join(folders["XDG_RUNTIME_DIR"], "libvirt/qemu/run/sw-session.pid")).read())
            with open("/proc/%d/status" % pid) as f:
                status = dict(line.split(":", 1) for line in f.read().splitlines())
            equal((status["Uid"].split(), int(status["CapEff"], 16)), ([str(USER)] * 4, 0), "whom QEMU runs as, and what it may do")
            dom.destroy()
            equal(dom.state()[0], libvirt.VIR_DOMAIN_SHUTOFF, "the state")
            check(not os.path.exists("/proc/%d" % pid), "QEMU is gone")
        left = os.listdir(os.path.join(folders["XDG_RUNTIME_DIR"], "libvirt/qemu/run"))
        check(not any("sw-session" in name for name in left), "what is left of the run: %r", left)


@case("session: dumps, metadata, autostart and hotplug", ours=True, once=True)
def more(side):
    with session(side) as (user, folders), user.guest("sw-session", state="running") as dom:
        core = os.path.join(folders["XDG_DATA_HOME"], "core")
        dom.coreDump(core, libvirt.VIR_DUMP_MEMORY_ONLY)
        equal(os.stat(core).st_uid, USER, "the dump's owner")
        dom.setMetadata(libvirt.VIR_DOMAIN_METADATA_TITLE, "mine", None, None, 3)
        equal(dom.metadata(libvirt.VIR_DOMAIN_METADATA_TITLE, None), "mine", "the title")
        dom.setAutostart(1)
        check(os.path.islink(os.path.join(folders["XDG_CONFIG_HOME"], "libvirt/qemu/autostart/sw-session.xml")), "the link")
        dom.setAutostart(0)
        dom.attachDevice("<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>")
        check("<rng" in dom.XMLDesc(), "the new device")
