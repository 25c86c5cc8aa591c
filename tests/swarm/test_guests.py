# SPDX-License-Identifier: LGPL-2.1-or-later
"""What surrounds a guest: its process, its files, descriptors passed to clients, raw monitor events, keepalive."""
import os
import pwd
import socket
import time

import libvirt
import libvirt_qemu

import guest
from cases import case
from world import SERIAL, check, disk, equal, eventually, tiny

PAUSED = libvirt.VIR_DOMAIN_START_PAUSED


def owner(path):
    s = os.stat(path)
    return s.st_uid, s.st_gid, s.st_mode & 0o7777


@case("guests: QEMU's user, and images that are given back")
def users(side):
    image = side.image("owner.img")
    before = owner(image)
    with side.guest("sw-user", devices=disk(image)) as dom:
        dom.createWithFlags(PAUSED)
        user = pwd.getpwnam("libvirt-qemu")
        equal(os.stat("/proc/%d" % side.qemu_pid("sw-user")).st_uid, user.pw_uid, "QEMU's user")
        equal(os.stat(image).st_uid, user.pw_uid, "the image's owner while it runs")
        dom.destroy()
        equal(owner(image), before, "the image's owner afterwards")
        os.chmod(image, 0o600)
        dom.createWithFlags(PAUSED)
        os.kill(side.qemu_pid("sw-user"), 9)
        eventually(lambda: dom.state()[0] == libvirt.VIR_DOMAIN_SHUTOFF, "the guest's end")
        eventually(lambda: owner(image) == (before[0], before[1], 0o600), "the image is given back after a crash")
    os.chmod(image, before[2])


@case("guests: a failed start gives everything back")
def failed(side):
    image = side.image("owner.img")
    before = owner(image)
    with side.guest("sw-failed", devices=disk(image) + disk("/nonexistent.img", "vdb")) as dom:
        for _ in range(2):
            try:
                dom.create()
                check(False, "it should not start")
            except libvirt.libvirtError:
                pass
        equal(owner(image), before, "the image's owner")
        equal(dom.state(), [libvirt.VIR_DOMAIN_SHUTOFF, libvirt.VIR_DOMAIN_SHUTOFF_FAILED], "the state")
        equal(os.path.exists(side.path("/run/libvirt/qemu/sw-failed.xml")), False, "a status file")


@case("guests: ids grow and are given once")
def ids(side):
    with side.guest("sw-id1") as one, side.guest("sw-id2") as two:
        got = []
        for dom in (one, two, one, two):
            dom.createWithFlags(PAUSED)
            got.append(dom.ID())
            dom.destroy()
        equal(got, sorted(set(got)), "the ids")


@case("guests: the graphics' descriptor")
def graphics(side):
    with side.guest("sw-gfx", devices="<graphics type='vnc'/>", state="paused") as dom:
        fd = dom.openGraphicsFD(0)
        with socket.socket(fileno=fd) as sock:
            sock.settimeout(5)
            equal(sock.recv(4), b"RFB ", "the VNC server's first bytes")
        mine, theirs = socket.socketpair()
        with mine, theirs:
            dom.openGraphics(0, theirs.fileno(), 0)
            mine.settimeout(5)
            equal(mine.recv(4), b"RFB ", "the VNC server's first bytes on a given socket")


@case("guests: raw monitor events")
def raw_events(side):
    seen = []
    with side.guest("sw-raw", state="running") as dom, side.connection() as conn:
        number = libvirt_qemu.qemuMonitorEventRegister(conn, conn.lookupByName("sw-raw"), None,
                                                       lambda c, d, event, secs, usecs, details, o: seen.append(event), None, 0)
        dom.suspend()
        dom.resume()
        eventually(lambda: {"STOP", "RESUME"} <= set(seen), "the monitor's events, not only %r" % seen)
        libvirt_qemu.qemuMonitorEventDeregister(conn, number)


@case("guests: keepalive from the client")
def keepalive(side):
    with side.connection() as conn:
        equal(conn.setKeepAlive(1, 2), 0, "the server speaks it")
        time.sleep(2.5)
        equal(conn.isAlive(), 1, "the connection lives")
        check(conn.getLibVersion(), "and answers")


@case("guests: a serial log that is continued or begun anew")
def append(side):
    path = side.path("/var/log/libvirt/qemu/append.log")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    for mode, wanted in (("on", "before\n"), ("off", "")):
        with open(path, "w") as f:
            f.write("before\n")
        os.chmod(path, 0o600)
        with side.guest("sw-app", devices="<serial type='pty'><log file='%s/append.log' append='%s'/></serial>" % (side.log_folder, mode), state="paused") as dom:
            with open(path) as f:
                equal(f.read(), wanted, "the log of append='%s'" % mode)
            dom.destroy()
    os.unlink(path)


@case("guests: serial output to a file")
def serial_file(side):
    path = side.path("/var/log/libvirt/qemu/plain.out")
    serial = "<serial type='file'><source path='%s/plain.out'/></serial>" % side.log_folder
    with side.guest("sw-file", devices=serial, state="paused") as dom:
        check(os.path.exists(path), "the file is there")
        dom.destroy()
    os.unlink(path)


@case("guests: a pty that a program can open")
def pty(side):
    with side.guest("sw-pty", devices=SERIAL, state="paused"):
        path = side.ok("ttyconsole", "sw-pty").strip()
        check(os.path.exists(path), "%s is there", path)


@case("guests: reset, reboot and power of a guest without an operating system")
def bare(side):
    with side.guest("sw-bare2", state="running") as dom:
        for call in (dom.reset, lambda: dom.reboot(0), dom.shutdown, dom.reset):
            call()
        equal(dom.state()[0], libvirt.VIR_DOMAIN_RUNNING, "it runs on")


@case("guests: autodestroy ends with its client")
def autodestroy(side):
    with side.connection() as watcher:
        conn = side.open()
        conn.createXML(tiny("sw-auto"), PAUSED | libvirt.VIR_DOMAIN_START_AUTODESTROY)
        check("sw-auto" in [d.name() for d in watcher.listAllDomains()], "it runs")
        conn.close()
        eventually(lambda: "sw-auto" not in [d.name() for d in watcher.listAllDomains()], "it ends with its client")


@case("guests: direct kernel boot with two disks", slow=True)
def disks(side):
    devices = disk(side.image("boot1.img")) + disk(side.image("boot2.qcow2", fmt="qcow2"), "vdb", fmt="qcow2")
    with guest.running(side, "sw-disks", devices=devices) as dom:
        line = [x for x in guest.log_text(side, "sw-disks").splitlines() if "disks:" in x][-1]
        equal(line.split("disks:")[1].split(), ["vda", "vdb"], "the disks that the guest sees")
        check(dom.blockStats("vda")[0] > 0, "it has read from the first")
        check(dom.info()[4] > 0, "it has used cpu time")
        check("unused" in dom.memoryStats(), "its balloon tells figures: %r", dom.memoryStats())
