# SPDX-License-Identifier: LGPL-2.1-or-later
"""A raw client of the wire protocol, for what the client library would never send.

Arguments are packed after the project's own description of the protocol (src/protocol/*.rpc): what a
caller does not give is zero, empty or absent."""
import functools
import os
import socket
import struct
import sys

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(SOURCE, "src/protocol/generator"))
sys.dont_write_bytecode = True
import description                                              # noqa: E402

REMOTE, QEMU, LXC, ADMIN, KEEPALIVE = 0x20008086, 0x20008087, 0x20008088, 0x06900690, 0x6b656570
CALL, REPLY, MESSAGE, STREAM, CALL_WITH_FDS = 0, 1, 2, 3, 4
OK, ERROR, CONTINUE = 0, 1, 2
UUID_LENGTH = 16


@functools.lru_cache
def program(name):
    return description.parse(os.path.join(SOURCE, "src/protocol", name + ".rpc"))


def string(text):
    data = text if isinstance(text, bytes) else text.encode()
    return struct.pack(">I", len(data)) + data + b"\0" * (-len(data) % 4)


def domain(dom):
    """The wire form of a python-libvirt domain."""
    return string(dom.name()) + dom.UUID() + struct.pack(">i", dom.ID())


class Packer:
    """Packs argument structs; `given` maps a field's name, or a type's, to its bytes."""

    SIZES = {"int": 4, "unsigned int": 4, "char": 4, "unsigned char": 4, "unsigned short": 4,
             "hyper": 8, "unsigned hyper": 8, "double": 8}

    def __init__(self, names, given):
        self.programs = [program(n) for n in names]
        self.given = given

    def find(self, table, name):
        for p in self.programs:
            if name in getattr(p, table):
                return getattr(p, table)[name]
        return None

    def number(self, text):
        found = self.find("consts", text)
        return found if found is not None else UUID_LENGTH if text == "VIR_UUID_BUFLEN" else int(text)

    def one(self, kind):
        if kind in self.given:
            return self.given[kind]
        if kind in self.SIZES:
            return b"\0" * self.SIZES[kind]
        if kind in ("string", "opaque"):
            return b"\0" * 4
        if self.find("enums", kind):
            return b"\0" * 4
        alias = self.find("typedefs", kind)
        if alias:
            return self.item(alias)
        found = self.find("structs", kind)
        if found.discriminant:
            first = found.fields[0]
            return struct.pack(">i", self.case(first.case)) + self.item(first)
        return self.struct(found)

    @staticmethod
    def case(text):
        return int(text) if text.isdigit() else 1

    def item(self, item):
        if item.shape == "optional" or item.shape == "array" and item.type not in ("string",):
            return b"\0" * 4
        if item.shape == "fixed":
            length = self.number(item.bound)
            if item.type == "opaque":
                return b"\0" * (length + -length % 4)
            return self.one(item.type) * length
        return self.one(item.type)

    def struct(self, found):
        return b"".join(self.given[f.name] if f.name in self.given else self.item(f) for f in found.fields)


def procedures(name="remote"):
    return {p.name: p for p in program(name).procs}


def arguments(proc, given=None, name="remote"):
    """The packed arguments of a procedure, zero but for what is given."""
    if not proc.args:
        return b""
    names = [name] if name == "remote" else [name, "remote"]
    packer = Packer(names, given or {})
    return packer.struct(packer.find("structs", proc.args))


class Reply:
    def __init__(self, data):
        self.program, self.version, self.procedure, self.type, self.serial, self.status = struct.unpack(">IIiiIi", data[:24])
        self.payload = data[24:]

    def error(self):
        """(code, domain, level, text) of an error, or None."""
        if self.status != ERROR:
            return None
        code, dom, present = struct.unpack(">iii", self.payload[:12])
        at, text = 12, ""
        if present:
            length, = struct.unpack(">I", self.payload[12:16])
            text = self.payload[16:16 + length].decode("utf-8", "replace")
            at = 16 + length + -length % 4
        return code, dom, struct.unpack(">i", self.payload[at:at + 4])[0], text


class Wire:
    """One connection.  Replies are read with a limit in time; None stands for a closed connection."""

    def __init__(self, path, timeout=5.0):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(timeout)
        self.sock.connect(path)
        self.serial = 0

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.sock.close()

    @staticmethod
    def frame(proc, payload=b"", prog=REMOTE, version=1, kind=CALL, serial=0, status=OK):
        body = struct.pack(">IIiiIi", prog, version, proc, kind, serial, status) + payload
        return struct.pack(">I", len(body) + 4) + body

    def raw(self, data):
        self.sock.sendall(data)

    def send(self, proc, payload=b"", **kw):
        self.serial += 1
        self.raw(self.frame(proc, payload, serial=self.serial, **kw))
        return self.serial

    def exactly(self, count):
        data = b""
        while len(data) < count:
            try:
                piece = self.sock.recv(count - len(data))
            except ConnectionResetError:
                return None
            if not piece:
                return None
            data += piece
        return data

    def receive(self):
        head = self.exactly(4)
        if head is None:
            return None
        body = self.exactly(struct.unpack(">I", head)[0] - 4)
        return None if body is None else Reply(body)

    def call(self, proc, payload=b"", **kw):
        self.send(proc, payload, **kw)
        return self.receive()

    def named(self, name, given=None):
        proc = procedures()[name]
        return self.call(proc.number, arguments(proc, given))

    def open(self, uri="qemu:///system", flags=0):
        name = b"\0" * 4 if uri is None else struct.pack(">I", 1) + string(uri)
        return self.call(1, name + struct.pack(">I", flags))
