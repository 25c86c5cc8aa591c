# SPDX-License-Identifier: LGPL-2.1-or-later
"""Calls that reach into a guest: its memory, disks, screen and keys, its monitor, its displays and streams."""
import os
import socket
import struct
import subprocess
import time

import libvirt
import libvirt_qemu

import guest
from cases import case
from test_agent import fails, shell
from test_console import Console
from world import SERIAL, VIDEO, check, disk, equal, eventually, tiny

PHYSICAL, VIRTUAL = libvirt.VIR_MEMORY_PHYSICAL, libvirt.VIR_MEMORY_VIRTUAL
BYTES = libvirt.VIR_DOMAIN_BLOCK_RESIZE_BYTES
SKIPAUTH = libvirt.VIR_DOMAIN_OPEN_GRAPHICS_SKIPAUTH
E = libvirt


@case("io: memory peek")
def memory(side):
    with side.guest("sw-peek", state="paused") as dom:
        # The first lines of the firmware's last page: a jump, and the firmware's date.
        end = dom.memoryPeek(0xfffffff0, 16, PHYSICAL)
        equal((end[0], end[7:8], end[10:11]), (0xea, b"/", b"/"), "the firmware's entry")
        equal(len(dom.memoryPeek(0, 1 << 20, PHYSICAL)), 1 << 20, "a whole mebibyte")
        equal(dom.memoryPeek(0xf0000, 64, VIRTUAL), dom.memoryPeek(0xf0000, 64, PHYSICAL), "the same without paging")
        equal(dom.memoryPeek(0, 0, PHYSICAL), b"", "nothing")
        fails(lambda: dom.memoryPeek(0, 16, 0), E.VIR_ERR_INVALID_ARG)
        fails(lambda: dom.memoryPeek(0, 16, 3), E.VIR_ERR_INVALID_ARG, domain=E.VIR_FROM_DOMAIN)
        fails(lambda: dom.memoryPeek(0, 16, 4), E.VIR_ERR_INVALID_ARG)
        left = [n for n in os.listdir(side.path("/var/lib/libvirt/qemu/domain-%d-sw-peek" % dom.ID())) if n.startswith("file")]
        equal(left, [], "files left behind")
        dom.destroy()
        fails(lambda: dom.memoryPeek(0, 16, PHYSICAL), E.VIR_ERR_OPERATION_INVALID, domain=E.VIR_FROM_DOMAIN)


@case("io: block peek and resize")
def blocks(side):
    raw, qcow2, fixed = (side.image(n, "1M", f) for n, f in (("io.raw", "raw"), ("io.qcow2", "qcow2"), ("io-ro.raw", "raw")))
    with open(raw, "r+b") as f:
        f.write(b"hello raw world")
    devices = (disk(raw) + disk(qcow2, "vdb", fmt="qcow2") + disk(fixed, "vdc", extra="<readonly/>")
               + "<disk type='file' device='cdrom'><target dev='hdc' bus='ide'/></disk>")
    try:
        with side.guest("sw-blk", devices=devices) as dom:
            equal(dom.blockPeek("vda", 6, 3), b"raw", "a part of a disk that is not in use")
            dom.createWithFlags(libvirt.VIR_DOMAIN_START_PAUSED)
            equal(dom.blockPeek(raw, 0, 5), b"hello", "the beginning, by path")
            equal(len(dom.blockPeek("vda", 0, 1 << 20)), 1 << 20, "all of it")
            for where, offset, code in (("vdb", 0, E.VIR_ERR_OPERATION_UNSUPPORTED), ("hdc", 0, E.VIR_ERR_OPERATION_UNSUPPORTED),
                                        ("nope", 0, E.VIR_ERR_INVALID_ARG), ("vda", (1 << 20) - 2, E.VIR_ERR_INVALID_ARG),
                                        ("vda", 1 << 40, E.VIR_ERR_INVALID_ARG)):
                fails(lambda: dom.blockPeek(where, offset, 4), code)
            for name, size, flags, wanted in (("vda", 2048, 0, 2 << 20), ("vda", 3 << 20, BYTES, 3 << 20), ("vdb", (8 << 20) + 100, BYTES, (8 << 20) + 512),
                                              ("vdb", 2 << 20, BYTES, 2 << 20), ("vda", 512, 0, 512 << 10), (raw, 1024, 0, 1 << 20)):
                dom.blockResize(name, size, flags)
                equal(dom.blockInfo(name)[0], wanted, "the size of %s" % name)
            for name, size, code in (("vdc", 2048, E.VIR_ERR_OPERATION_UNSUPPORTED), ("hdc", 2048, E.VIR_ERR_OPERATION_UNSUPPORTED),
                                     ("nope", 2048, E.VIR_ERR_INVALID_ARG), ("vda", 1 << 60, E.VIR_ERR_OVERFLOW)):
                fails(lambda: dom.blockResize(name, size), code)
            fails(lambda: dom.blockResize("vda", 2048, 8), E.VIR_ERR_INVALID_ARG)
    finally:
        for path in (raw, qcow2, fixed):
            os.unlink(path)


def picture(dom, screen=0):
    stream = dom.connect().newStream()
    mime, data = dom.screenshot(stream, screen, 0), b""
    while True:
        piece = stream.recv(65536)
        if not piece:
            break
        data += piece
    stream.finish()
    return mime, data


@case("io: screenshots, keys and interrupts")
def screen(side):
    with side.guest("sw-scr", devices=VIDEO, state="running") as dom:
        mime, data = picture(dom)
        equal((mime, data[:8], data[-8:-4]), ("image/png", b"\x89PNG\r\n\x1a\n", b"IEND"), "a whole picture")
        fails(lambda: picture(dom, 1), E.VIR_ERR_OPERATION_INVALID)
        # The letter A and, where there is one, a key that follows a prefix.
        for codeset, keys in ((E.VIR_KEYCODE_SET_LINUX, [30, 100]), (E.VIR_KEYCODE_SET_XT, [0x1e, 0xe038]), (E.VIR_KEYCODE_SET_ATSET1, [0x1e, 0xe038]),
                              (E.VIR_KEYCODE_SET_ATSET2, [0x1c, 0xe011]), (E.VIR_KEYCODE_SET_ATSET3, [0x1c, 0x39]),
                              (E.VIR_KEYCODE_SET_OSX, [0, 0x3d]), (E.VIR_KEYCODE_SET_XT_KBD, [0x1e, 0x138]), (E.VIR_KEYCODE_SET_USB, [4, 0xe6]),
                              (E.VIR_KEYCODE_SET_WIN32, [0x41, 0xa5]), (9, [0x1e, 0xb8])):
            dom.sendKey(codeset, 1, keys, len(keys), 0)
        fails(lambda: dom.sendKey(E.VIR_KEYCODE_SET_WIN32, 0, [30], 1, 0), E.VIR_ERR_INTERNAL_ERROR)
        fails(lambda: dom.sendKey(0, 0, [9999], 1, 0), E.VIR_ERR_INTERNAL_ERROR)
        fails(lambda: dom.sendKey(11, 0, [30], 1, 0), E.VIR_ERR_INVALID_ARG, domain=E.VIR_FROM_DOMAIN)
        dom.injectNMI()
        fails(lambda: dom.sendProcessSignal(1, 15), E.VIR_ERR_NO_SUPPORT, domain=E.VIR_FROM_DOMAIN)
    with side.guest("sw-scr", state="paused") as dom:
        fails(lambda: picture(dom), E.VIR_ERR_OPERATION_INVALID)


@case("io: commands for the monitor, with a descriptor")
def monitor(side):
    with side.guest("sw-mon", state="paused") as dom:
        command = lambda text, flags=0: libvirt_qemu.qemuMonitorCommand(dom, text, flags)    # noqa: E731
        check('"status":"prelaunch"' in command('{"execute":"query-status"}'), "QMP")
        equal(command("info status", 1), "VM status: paused (prelaunch)\r\n", "HMP")
        check("CommandNotFound" in command('{"execute":"nope"}'), "QEMU's refusal is an answer")
        for text in ("{nope", "query-status"):
            fails(lambda: command(text), E.VIR_ERR_INTERNAL_ERROR, domain=E.VIR_FROM_NONE)
        fails(lambda: command("info status", 2), E.VIR_ERR_INVALID_ARG)
        if hasattr(libvirt_qemu, "qemuMonitorCommandWithFiles"):
            reader, writer = os.pipe()
            files = lambda text, fds, flags=0: libvirt_qemu.qemuMonitorCommandWithFiles(dom, text, fds, flags)[0]    # noqa: E731
            check('"return":{}' in files('{"execute":"getfd","arguments":{"fdname":"swarm"}}', [writer]), "a descriptor is taken")
            os.close(writer)
            check('"return":{}' in files('{"execute":"closefd","arguments":{"fdname":"swarm"}}', []), "and closed")
            equal(os.read(reader, 1), b"", "nobody else has it")
            fails(lambda: files('{"execute":"query-status"}', [reader, reader]), E.VIR_ERR_INVALID_ARG)
            os.close(reader)
    with side.connection() as conn:
        fails(lambda: libvirt_qemu.qemuAttach(conn, os.getpid(), 0), E.VIR_ERR_NO_SUPPORT, domain=E.VIR_FROM_NONE)


# What a SPICE client says first: it wants the main channel.
SPICE_LINK = b"REDQ" + struct.pack("<IIIIBBIII", 2, 2, 22, 0, 1, 0, 1, 1, 18) + struct.pack("<I", 1) + bytes(4)


def display(dom, index, flags):
    with socket.socket(fileno=dom.openGraphicsFD(index, flags)) as sock:
        sock.settimeout(5)
        if index == 1:
            sock.send(SPICE_LINK)
            return sock.recv(4)
        version = sock.recv(12)
        sock.send(version)
        return sock.recv(16)


@case("io: displays on sockets, with and without a password")
def displays(side):
    devices = "<graphics type='vnc' passwd='secret'/><graphics type='spice' passwd='secret'/>" + VIDEO
    with side.guest("sw-gfx2", devices=devices, state="paused") as dom:
        # The ways to log in that VNC offers: 2 is the password, 1 is none.
        equal(display(dom, 0, 0), b"\x01\x02", "VNC asks for a password")
        equal(display(dom, 0, SKIPAUTH), b"\x01\x01", "VNC does without")
        equal(display(dom, 1, 0), b"REDQ", "SPICE answers")
        equal(display(dom, 1, SKIPAUTH), b"REDQ", "SPICE answers without a password")
        fails(lambda: dom.openGraphicsFD(2, 0), E.VIR_ERR_INTERNAL_ERROR)
        fails(lambda: dom.openGraphicsFD(0, 2), E.VIR_ERR_INVALID_ARG)
        with open("/dev/null", "rb") as f:
            fails(lambda: dom.openGraphics(0, f.fileno(), 0), E.VIR_ERR_INVALID_ARG, domain=E.VIR_FROM_DOMAIN)


def console(dom, name, flags=0):
    stream = dom.connect().newStream()
    dom.openConsole(name, stream, flags)
    return stream


def channel(dom, name, flags=0):
    stream = dom.connect().newStream()
    dom.openChannel(name, stream, flags)
    return stream


@case("io: consoles and channels by name")
def names(side):
    devices = (SERIAL + "<serial type='null'/><parallel type='pty'/>"
               "<channel type='unix'><target type='virtio' name='org.test.0'/></channel>"
               "<console type='pty'><target type='virtio' port='1'/></console>")
    with side.guest("sw-names", devices=devices, state="paused") as dom:
        for name in (None, "serial0", "parallel0", "console0", "console1"):
            console(dom, name).abort()
        for name in ("serial1", "channel0", "nope"):
            fails(lambda: console(dom, name), E.VIR_ERR_INTERNAL_ERROR)
        fails(lambda: console(dom, None, 4), E.VIR_ERR_INVALID_ARG)
        for name in (None, "org.test.0", "channel0", None, "org.test.0", "channel0"):
            channel(dom, name).abort()
        fails(lambda: channel(dom, "nope"), E.VIR_ERR_INTERNAL_ERROR)
        first = channel(dom, None)
        fails(lambda: channel(dom, "org.test.0"), E.VIR_ERR_OPERATION_FAILED)
        second = channel(dom, "org.test.0", libvirt.VIR_DOMAIN_CHANNEL_FORCE)
        fails(lambda: (first.recv(1), first.finish()), E.VIR_ERR_OPERATION_ABORTED) if not side.stock else None
        second.abort()


def memory_of(pid):
    with open("/proc/%d/smaps_rollup" % pid) as f:
        return sum(int(line.split()[1]) for line in f if line.startswith(("Private_Dirty:", "Private_Clean:")))


@case("io: a guest that floods a channel", once=True)
def flood(side):
    size = 100 << 20
    devices = "<channel type='unix'><target type='virtio' name='org.test.0'/></channel>"
    with guest.running(side, "sw-flood", devices=devices) as dom:
        pid = side.system.pid("virtqemud")
        stream = channel(dom, None)
        before = memory_of(pid)
        shell(side, "sw-flood", "head -c %d /dev/zero > /dev/vport0p1 &" % size)
        # Nobody reads: what does not fit into the buffers on the way stays in the guest.
        time.sleep(1)
        top = memory_of(pid)
        got = 0
        while got < size:
            piece = stream.recv(1 << 18)
            check(piece, "the stream ends after %d bytes", got)
            got += len(piece)
            if got % (16 << 20) < len(piece):
                top = max(top, memory_of(pid))
        equal(got, size, "bytes")
        check(top - before < 8192, "the daemon grew by %d KiB", top - before)
        stream.abort()
        with side.connection() as conn:
            echo = channel(conn.lookupByName("sw-flood"), None)
            shell(side, "sw-flood", "head -c 6 <> /dev/vport0p1 >&0 &")
            echo.send(b"hello\n")
            equal(echo.recv(6), b"hello\n", "the other way")
            echo.abort()


CLIENT = """
import libvirt, sys, time
conn = libvirt.open(sys.argv[1])
stream = conn.newStream()
conn.lookupByName(sys.argv[2]).openConsole(None, stream, 0)
print("open", flush=True)
time.sleep(60)
"""


@case("io: a console whose client vanishes leaves nothing", once=True, ours=True)
def vanishes(side):
    with side.guest("sw-van", tiny("sw-van", SERIAL), "paused") as dom:
        pid = side.system.pid("virtqemud")
        console(dom, None).abort()
        time.sleep(0.2)
        before = len(os.listdir("/proc/%d/fd" % pid))
        for _ in range(5):
            client = subprocess.Popen(["/usr/bin/python3", "-c", CLIENT, side.uri(), "sw-van"], stdout=subprocess.PIPE, text=True)
            with client.stdout:
                equal(client.stdout.readline(), "open\n", "the console")
                client.kill()
                client.wait()
        eventually(lambda: len(os.listdir("/proc/%d/fd" % pid)) <= before, "its descriptors are closed")
        with Console(side, "sw-van"):
            pass


DEAF_CLIENT = """
import libvirt, sys, threading, time
conn = libvirt.open(sys.argv[1])
stream = conn.newStream()
conn.lookupByName(sys.argv[2]).openChannel(None, stream, 0)
threading.Thread(target=lambda: [stream.send(bytes(65536)) for _ in range(500)], daemon=True).start()
time.sleep(1)
print("full", flush=True)
time.sleep(60)
"""


@case("io: a channel full of what the guest does not read is freed with its client", once=True, ours=True)
def deaf(side):
    channels = "<channel type='unix'><target type='virtio' name='org.test.0'/></channel>"
    with side.guest("sw-deaf", tiny("sw-deaf", channels), "paused") as dom:
        pid = side.system.pid("virtqemud")
        before = len(os.listdir("/proc/%d/fd" % pid))
        client = subprocess.Popen(["/usr/bin/python3", "-c", DEAF_CLIENT, side.uri(), "sw-deaf"], stdout=subprocess.PIPE, text=True)
        with client.stdout:
            equal(client.stdout.readline(), "full\n", "the channel")
            client.kill()
            client.wait()
        eventually(lambda: len(os.listdir("/proc/%d/fd" % pid)) <= before, "its descriptors are closed")
        channel(dom, None).abort()
