# SPDX-License-Identifier: LGPL-2.1-or-later
"""For tests of single daemons: their wire protocol, and a small service manager."""

import array
import os
import pathlib
import socket
import struct
import subprocess


class Failure(Exception):
    """An error reply: code, domain, level, message."""


def uint(value):
    return struct.pack(">I", value)


def hyper(value):
    return struct.pack(">Q", value)


def string(text):
    data = text.encode()
    return uint(len(data)) + data + bytes(-len(data) % 4)


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, form):
        value = struct.unpack_from(form, self.data, self.at)[0]
        self.at += struct.calcsize(form)
        return value

    def string(self):
        length = self.take(">I")
        value = self.data[self.at:self.at + length]
        self.at += length + -length % 4
        return value

    def optional_string(self):
        return self.string().decode() if self.take(">I") else None


class Client:
    """A connection to a daemon that speaks @program."""

    def __init__(self, path, program):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(20)
        self.socket.connect(str(path))
        self.program, self.serial = program, 0

    def close(self):
        self.socket.close()

    def receive(self, length):
        data = b""
        while len(data) < length:
            part = self.socket.recv(length - len(data))
            if not part:
                raise EOFError
            data += part
        return data

    def receive_fd(self):
        _, ancillary, _, _ = self.socket.recvmsg(1, socket.CMSG_SPACE(4))
        return array.array("i", ancillary[0][2])[0]

    def call(self, procedure, args, version=1):
        """The result as a Reader, and the descriptor that came with it or None."""
        self.serial += 1
        frame = struct.pack(">IIiIII", self.program, version, procedure, 0, self.serial, 0) + args
        self.socket.sendall(uint(len(frame) + 4) + frame)
        body = self.receive(Reader(self.receive(4)).take(">I") - 4)
        _, _, _, kind, serial, status = struct.unpack_from(">IIiIII", body)
        assert serial == self.serial
        reader = Reader(body[24:])
        if status == 1:
            code, domain = reader.take(">i"), reader.take(">i")
            message = reader.optional_string()
            raise Failure(code, domain, reader.take(">i"), message)
        n_fds = reader.take(">I") if kind == 5 else 0
        return reader, self.receive_fd() if n_fds else None


class Manager:
    """Listens for a daemon, starts it, and keeps the descriptors that it stores."""

    def __init__(self, daemon, root, wrapper=(), options=()):
        self.daemon, self.root, self.wrapper, self.options = daemon, root, list(wrapper), list(options)
        self.name = pathlib.Path(daemon).name
        self.listeners = {}
        for kind in "", "-admin":
            path = root / f"run/libvirt/{self.name}{kind}-sock"
            path.parent.mkdir(parents=True, exist_ok=True)
            self.listeners[f"{self.name}{kind}.socket"] = listener = socket.socket(socket.AF_UNIX)
            listener.bind(str(path))
            listener.listen()
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(str(root / "notify"))
        self.notify.settimeout(20)
        self.store = {}
        self.process = None

    def note(self):
        """Takes one notification; its lines as a dictionary."""
        data, fds, _, _ = socket.recv_fds(self.notify, 65536, 4)
        lines = dict(line.split("=", 1) for line in data.decode().splitlines())
        if lines.get("FDSTORE") == "1":
            self.store[lines["FDNAME"]] = fds[0]
        if lines.get("FDSTOREREMOVE") == "1":
            fd = self.store.pop(lines["FDNAME"], None)
            if fd is not None:
                os.close(fd)
        return lines

    def drain_notes(self):
        self.notify.settimeout(0.2)
        try:
            while True:
                self.note()
        except TimeoutError:
            self.notify.settimeout(20)

    def start(self):
        names = [*self.listeners, *self.store]
        fds = [*(listener.fileno() for listener in self.listeners.values()), *self.store.values()]
        high = [os.dup(fd) for fd in fds]
        moves = " ".join(f"{3 + i}<&{fd}" for i, fd in enumerate(high))
        closes = " ".join(f"{fd}<&-" for fd in high if fd >= 3 + len(high))
        script = f"exec {moves}; exec {closes}; export LISTEN_PID=$$; exec \"$@\""
        env = dict(os.environ, LISTEN_FDS=str(len(names)), LISTEN_FDNAMES=":".join(names),
                   NOTIFY_SOCKET=str(self.root / "notify"))
        self.process = subprocess.Popen(
            ["bash", "-c", script, "bash", *self.wrapper, self.daemon, "--root", str(self.root), *self.options],
            env=env, pass_fds=high)
        for fd in high:
            os.close(fd)
        while "READY" not in self.note():
            pass

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.drain_notes()

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)
        for fd in self.store.values():
            os.close(fd)
        for listener in self.listeners.values():
            listener.close()
        self.notify.close()
