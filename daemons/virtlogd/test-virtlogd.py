#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The real virtlogd, spoken to over its socket and kept by a small service manager.

usage: test-virtlogd.py VIRTLOGD
"""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from daemonkit import Client, Failure, Manager, hyper, string, uint

VIRTLOGD = None
PROGRAM = 0x87539319
OPEN, POSITION, READ, APPEND = 1, 2, 3, 4
TRUNCATE = 1
UUID = bytes(range(16))

INTERNAL, INVALID_ARG, DENIED, SYSTEM, RPC = 1, 8, 29, 38, 39
NONE, FROM_RPC, LOGGING = 0, 7, 63


class LogClient(Client):
    """A connection to virtlogd."""

    def __init__(self, root):
        super().__init__(root / "run/libvirt/virtlogd-sock", PROGRAM)

    def open(self, path, flags=0):
        args = string("qemu") + UUID + string("guest") + string(str(path)) + uint(flags)
        reader, fd = self.call(OPEN, args)
        return fd, (reader.take(">Q"), reader.take(">Q"))

    def position(self, path, flags=0):
        reader, _ = self.call(POSITION, string(str(path)) + uint(flags))
        return reader.take(">Q"), reader.take(">Q")

    def read(self, path, inode, offset, length, flags=0):
        args = string(str(path)) + hyper(inode) + hyper(offset) + hyper(length) + uint(flags)
        return self.call(READ, args)[0].string()

    def append(self, path, text, flags=0):
        args = string("qemu") + UUID + string("guest") + string(str(path)) + string(text) + uint(flags)
        return self.call(APPEND, args)[0].take(">i")


class LogTest(unittest.TestCase):
    options = ()
    wrapper = ()

    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="virtlogd-"))
        self.addCleanup(shutil.rmtree, self.root)
        self.logs = self.root / "var/log/libvirt/qemu"
        self.logs.mkdir(parents=True)
        self.manager = Manager(VIRTLOGD, self.root, self.wrapper, self.options)
        self.addCleanup(self.manager.stop)
        self.manager.start()
        self.log = self.logs / "guest.log"

    def client(self):
        client = LogClient(self.root)
        self.addCleanup(client.close)
        return client

    def open_log(self, flags=0):
        """The write end, and where the log stands."""
        client = LogClient(self.root)
        fd, position = client.open(self.log, flags)
        client.close()
        return fd, position

    def wait_for(self, condition):
        for _ in range(2000):
            if condition():
                return
            time.sleep(0.01)
        self.fail("nothing happened for 20 s")


class Calls(LogTest):
    def test_life(self):
        client = self.client()
        self.assertEqual(client.append(self.log, "before\n"), 0)
        fd, (inode, offset) = client.open(self.log)
        self.assertEqual((inode, offset), (self.log.stat().st_ino, 7))
        self.assertEqual(self.log.stat().st_mode & 0o7777, 0o600)
        os.write(fd, b"from the\0guest\n")
        self.assertEqual(client.position(self.log), (inode, 22))
        self.assertEqual(client.read(self.log, inode, 0, 100), b"before\nfrom the guest\n")
        self.assertEqual(client.read(self.log, inode, 7, 4), b"from")
        client.append(self.log, "after\n")
        self.assertEqual(self.log.read_bytes(), b"before\nfrom the\0guest\nafter\n")
        os.close(fd)
        fd, position = client.open(self.log, TRUNCATE)
        self.assertEqual(position, (inode, 0))
        os.close(fd)

    def test_mistakes(self):
        client = self.client()
        fd, (inode, _) = client.open(self.log)
        link = self.logs / "link.log"
        link.symlink_to("elsewhere")
        for label, expected, call in [
                ("no such log", (INTERNAL, LOGGING), lambda: client.position(self.logs / "b.log")),
                ("unknown flags", (INVALID_ARG, LOGGING), lambda: client.position(self.log, 1)),
                ("open: flags", (INVALID_ARG, LOGGING), lambda: client.open(self.log, 2)),
                ("append: flags", (INVALID_ARG, LOGGING), lambda: client.append(self.log, "x", 1)),
                ("read: flags", (INVALID_ARG, LOGGING), lambda: client.read(self.log, inode, 0, 1, 1)),
                ("second writer", (SYSTEM, LOGGING), lambda: client.open(self.log)),
                ("no folder", (SYSTEM, NONE), lambda: client.open(self.logs / "none/a.log")),
                ("relative", (SYSTEM, NONE), lambda: client.open("a.log")),
                ("empty", (SYSTEM, NONE), lambda: client.open("")),
                ("a folder", (SYSTEM, NONE), lambda: client.open(self.logs)),
                ("a link", (SYSTEM, NONE), lambda: client.open(link)),
                ("elsewhere", (DENIED, LOGGING), lambda: client.open(self.root / "a.log")),
                ("out again", (DENIED, LOGGING), lambda: client.append(self.logs / "../../../a.log", "x")),
                ("wrong inode", (SYSTEM, NONE), lambda: client.read(self.log, 1, 0, 10)),
                ("too much", (INTERNAL, FROM_RPC), lambda: client.read(self.log, inode, 0, 4194305)),
                ("unknown procedure", (RPC, FROM_RPC), lambda: client.call(99, b"")),
                ("unknown version", (RPC, FROM_RPC), lambda: client.call(POSITION, b"", 2)),
                ("short arguments", (RPC, FROM_RPC), lambda: client.call(POSITION, b"\0\0")),
        ]:
            with self.subTest(label):
                with self.assertRaises(Failure) as caught:
                    call()
                self.assertEqual(caught.exception.args[:3], (*expected, 2))
        self.assertEqual(sorted(p.name for p in self.logs.iterdir()), ["guest.log", "link.log"])
        self.assertEqual(list(self.root.glob("*.log")), [])
        os.close(fd)


class Kills(LogTest):
    LINES = 60000

    def write_lines(self, fd):
        for i in range(self.LINES):
            os.write(fd, b"line %06d\n" % i)
            if i % 200 == 0:
                time.sleep(0.002)
        os.close(fd)

    def test_nothing_lost(self):
        fd, _ = self.open_log()
        self.manager.drain_notes()
        self.assertEqual(len(self.manager.store), 1)
        writer = threading.Thread(target=self.write_lines, args=(fd,))
        writer.start()
        kills = 0
        while writer.is_alive():
            time.sleep(0.05)
            self.manager.kill()
            self.manager.start()
            kills += 1
        writer.join()
        self.assertGreater(kills, 1)
        self.wait_for(lambda: self.manager.drain_notes() or not self.manager.store)
        wanted = b"".join(b"line %06d\n" % i for i in range(self.LINES))
        self.assertEqual(self.log.read_bytes(), wanted)
        self.assertEqual(list((self.root / "run/libvirt/virtlogd").iterdir()), [])

    def test_last_words(self):
        """What a guest wrote while no virtlogd ran, and then ended."""
        fd, (inode, _) = self.open_log()
        self.manager.drain_notes()
        self.manager.process.send_signal(signal.SIGSTOP)
        os.write(fd, b"last words\n")
        self.manager.kill()
        os.close(fd)
        self.manager.start()
        self.wait_for(lambda: self.log.read_bytes() == b"last words\n")
        fd, position = self.open_log()
        self.assertEqual(position, (inode, 11))
        os.close(fd)


class Reload(LogTest):
    def test_limits(self):
        conf = self.root / "etc/libvirt/virtlogd.conf"
        conf.parent.mkdir(parents=True)
        for text, size in [("max_size = 10\nmax_backups = 1\n", 10), ("max_size = \"parsecs\"\n", 10),
                           ("max_size = 20\n", 20)]:
            conf.write_text(text)
            self.manager.process.send_signal(signal.SIGHUP)
            while "READY" not in self.manager.note():
                pass
            client = self.client()
            client.append(self.log, "x" * 50)
            self.assertEqual((self.logs / "guest.log.0").stat().st_size, size, text)


class Idle(LogTest):
    options = ("--timeout", "1")

    def test_exit(self):
        fd, _ = self.open_log()
        time.sleep(2.5)
        self.assertIsNone(self.manager.process.poll())
        os.close(fd)
        self.assertEqual(self.manager.process.wait(10), 0)


def may_mount():
    return subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"],
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0


@unittest.skipUnless(may_mount(), "needs a mount namespace")
class FullDisk(LogTest):
    wrapper = ("unshare", "-m", "bash", "-c",
               "mount -t tmpfs -o size=256k none \"$4/var/log/libvirt\" && mkdir \"$4/var/log/libvirt/qemu\" "
               "&& head -c 200000 /dev/zero >\"$4/var/log/libvirt/filler\"; shift; exec \"$@\"", "bash", "--")

    def test_full_and_back(self):
        inside = pathlib.Path(f"/proc/{self.manager.process.pid}/root{self.root}/var/log/libvirt")
        fd, _ = self.open_log()
        os.set_blocking(fd, False)
        for i in range(200000):                 # 3.2 MB; a guest that had to wait would fail here
            for _ in range(100):
                try:
                    os.write(fd, b"line %010d\n" % i)
                    break
                except BlockingIOError:
                    time.sleep(0.001)
            else:
                self.fail("the guest had to wait")
        self.assertIsNone(self.manager.process.poll())
        (inside / "filler").unlink()
        log = inside / "qemu/guest.log"
        self.wait_for(lambda: b"bytes of this log are lost" in log.read_bytes())
        text = log.read_bytes()
        loss = text[text.index(b"virtlogd: "):].split(b"\n")[0].decode()
        self.assertIn("No space left on device", loss)
        self.assertGreater(int(loss.split()[1]), 1000000)
        self.assertTrue(text.startswith(b"line 0000000000\n"))
        os.close(fd)


if __name__ == "__main__":
    VIRTLOGD = sys.argv.pop(1)
    unittest.main(verbosity=2)
