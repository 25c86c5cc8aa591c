# SPDX-License-Identifier: LGPL-2.1-or-later
"""Frames that no client library sends: a daemon answers as stock does, or closes the connection as stock does.

A row is a function of a Wire that returns what it saw, as words; stock's are in stock-wire.json."""
import contextlib
import socket
import struct

import cases
import wire
from cases import Skip, case, stored
from test_mistakes import NAMES
from wire import ADMIN, CALL, CALL_WITH_FDS, KEEPALIVE, LXC, MESSAGE, QEMU, REPLY, STREAM, Wire, string
from world import check, equal

ANSWERS = "stock-wire.json"
SILENCE = 0.4                           # seconds without an answer
GET_LIB_VERSION, CLOSE, LOOKUP_BY_NAME, DEFINE, SUPPORTS_FEATURE, NUM_OF_DOMAINS, GET_URI = 157, 2, 23, 11, 60, 51, 110
AUTH_LIST, EVENT_REGISTER, CALLBACK_REGISTER = 66, 105, 316


def words(reply):
    if reply is None:
        return "closed"
    error = reply.error()
    if error is None:
        return "ok type=%d" % reply.type
    return "%s/%s/%s" % (NAMES["code"].get(error[0], error[0]), NAMES["domain"].get(error[1], error[1]),
                         NAMES["level"].get(error[2], error[2]))


def still(w):
    """What a good call gets after something strange."""
    try:
        return words(w.call(GET_LIB_VERSION))
    except (BrokenPipeError, ConnectionResetError):
        return "closed"


def after_open(w, *argv, **kw):
    w.open()
    first = words(w.call(*argv, **kw))
    return [first, still(w)]


def raw(data):
    def run(w):
        w.open()
        w.raw(data)
        w.sock.settimeout(SILENCE)
        try:
            return [words(w.receive())]
        except socket.timeout:
            return ["silence"]
    return run


def opening(uri, flags=0):
    return lambda w: [words(w.open(uri, flags))]


def before_open(number, payload=b""):
    return lambda w: [words(w.call(number, payload))]


def twice(w):
    return [words(w.open()), words(w.open())]


def after_close(w):
    w.open()
    return [words(w.call(CLOSE)), still(w)]


def reopened(w):
    w.open()
    w.call(CLOSE)
    return [words(w.open())]


def same_serial(w):
    w.open()
    for _ in range(2):
        w.raw(w.frame(GET_LIB_VERSION, serial=77))
    return [str([w.receive().serial for _ in range(2)])]


def in_pieces(w):
    w.open()
    for byte in w.frame(GET_LIB_VERSION, serial=5):
        w.raw(bytes([byte]))
    return [words(w.receive())]


def ping(w):
    w.open()
    reply = w.call(1, prog=KEEPALIVE, kind=MESSAGE)
    return ["%x %d %d" % (reply.program, reply.procedure, reply.type), still(w)]


def length(value):
    return raw(struct.pack(">I", value) + b"\0" * 60)


def args_of(number, payload):
    return lambda w: after_open(w, number, payload)


SCREEN = string("sw-off") + b"\x22" * 16 + struct.pack(">i", -1)

ROWS = {
    "open": opening("qemu:///system"),
    "open without a URI": opening(None),
    "open with an empty URI": opening(""),
    "open qemu:///nonsense": opening("qemu:///nonsense"),
    "open qemu:///": opening("qemu:///"),
    "open qemu:///session as root": opening("qemu:///session"),
    "open qemu:///system/more": opening("qemu:///system/more"),
    "open qemu:/system": opening("qemu:/system"),
    "open qemu with parameters": opening("qemu:///system?nonsense=1"),
    "open qemu:///embed": opening("qemu:///embed"),
    "open xen": opening("xen:///system"),
    "open lxc": opening("lxc:///system"),
    "open vbox": opening("vbox:///session"),
    "open bhyve": opening("bhyve:///system"),
    "open nonsense:///": opening("nonsense:///"),
    "open no URI at all": opening("no uri at all"),
    "open a URI that is broken": opening("qemu:///sys tem%zz"),
    "open read-only": opening("qemu:///system", 1),
    "open with unknown flags": opening("qemu:///system", 1 << 20),
    "second open": twice,
    "second open of nonsense": lambda w: [words(w.open()), words(w.open("nonsense:///"))],
    "open again after close": reopened,
    "call after close": after_close,
    "version before open": before_open(GET_LIB_VERSION),
    "URI before open": before_open(GET_URI),
    "list before open": before_open(NUM_OF_DOMAINS),
    "look-up before open": before_open(LOOKUP_BY_NAME, string("x")),
    "define before open": before_open(DEFINE, string("<domain/>")),
    "feature before open": before_open(SUPPORTS_FEATURE, struct.pack(">i", 14)),
    "close before open": before_open(CLOSE),
    "authentication list before open": before_open(AUTH_LIST),
    "event registration before open": before_open(CALLBACK_REGISTER, struct.pack(">iI", 0, 0)),
    "bad arguments before open": before_open(LOOKUP_BY_NAME),
    "unknown program": lambda w: after_open(w, 1, prog=0x12345678),
    "program zero": lambda w: after_open(w, 1, prog=0),
    "admin program on the main socket": lambda w: after_open(w, 1, prog=ADMIN),
    "lock program on the main socket": lambda w: after_open(w, 1, prog=0xEA7BEEF),
    "wrong version": lambda w: after_open(w, GET_LIB_VERSION, version=2),
    "version zero": lambda w: after_open(w, GET_LIB_VERSION, version=0),
    "wrong version of the qemu program": lambda w: after_open(w, 1, prog=QEMU, version=7),
    "procedure zero": lambda w: after_open(w, 0),
    "procedure 9999": lambda w: after_open(w, 9999),
    "procedure below zero": lambda w: after_open(w, -3),
    "unknown procedure of the qemu program": lambda w: after_open(w, 999, prog=QEMU),
    "qemu program before open": lambda w: [words(w.call(1, SCREEN + string("x") + struct.pack(">I", 0), prog=QEMU))],
    "lxc program": lambda w: after_open(w, 1, SCREEN + struct.pack(">I", 0), prog=LXC),
    "event number as a call": lambda w: after_open(w, 107),
    "a reply from the client": raw(Wire.frame(GET_LIB_VERSION, kind=REPLY, serial=9)),
    "a message from the client": raw(Wire.frame(GET_LIB_VERSION, kind=MESSAGE, serial=9)),
    "a frame of unknown type": raw(Wire.frame(GET_LIB_VERSION, kind=99, serial=9)),
    "a call with an error status": raw(Wire.frame(GET_LIB_VERSION, kind=CALL, serial=9, status=1)),
    "a call to continue": raw(Wire.frame(GET_LIB_VERSION, kind=CALL, serial=9, status=2)),
    "stream data without a stream": raw(Wire.frame(201, b"data", kind=STREAM, serial=9, status=2)),
    "end of no stream": raw(Wire.frame(201, kind=STREAM, serial=9, status=0)),
    "abort of no stream": raw(Wire.frame(201, kind=STREAM, serial=9, status=1)),
    "keepalive ping": ping,
    "keepalive pong": raw(Wire.frame(2, prog=KEEPALIVE, kind=MESSAGE)),
    "keepalive of unknown kind": raw(Wire.frame(9, prog=KEEPALIVE, kind=MESSAGE)),
    "keepalive as a call": raw(Wire.frame(1, prog=KEEPALIVE, kind=CALL)),
    "length zero": length(0),
    "length below the header's": length(20),
    "length of a bare header but one": length(27),
    "length of 2 GiB": length(0x7fffffff),
    "length of 4 GiB": length(0xffffffff),
    "length above the limit by one": length(33554432 + 5),
    "garbage": raw(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
    "zeros": raw(b"\0" * 200),
    "no arguments where some are needed": args_of(LOOKUP_BY_NAME, b""),
    "arguments too short": args_of(LOOKUP_BY_NAME, struct.pack(">I", 100) + b"abc\0"),
    "arguments too long": args_of(LOOKUP_BY_NAME, string("sw-nonesuch") + b"\0" * 8),
    "arguments where none are needed": args_of(GET_LIB_VERSION, b"\0" * 8),
    "a string above the limit": args_of(LOOKUP_BY_NAME, struct.pack(">I", 4194305) + b"\0" * 8),
    "a string of 4 GiB": args_of(LOOKUP_BY_NAME, struct.pack(">I", 0xffffffff) + b"\0" * 8),
    "an optional that is neither there nor not": lambda w: [words(w.call(1, struct.pack(">II", 7, 0)))],
    "an array above the limit": args_of(226, SCREEN + struct.pack(">III", 0, 0, 0x10000000) + b"\0" * 8),
    "descriptors announced but not sent": lambda w: after_open(w, GET_LIB_VERSION, struct.pack(">I", 0), kind=CALL_WITH_FDS),
    "more descriptors than allowed": raw(Wire.frame(GET_LIB_VERSION, struct.pack(">I", 33), kind=CALL_WITH_FDS, serial=9)),
    "one serial twice": same_serial,
    "a frame byte by byte": in_pieces,
    "feature of unknown number": args_of(SUPPORTS_FEATURE, struct.pack(">i", 4711)),
    "event of unknown kind": args_of(CALLBACK_REGISTER, struct.pack(">iI", 4711, 0)),
    "event deregistration of nothing": args_of(317, struct.pack(">i", 4711)),
    "old event deregistration of nothing": args_of(106, b""),
}


def observe(side, run):
    with Wire(side.rw) as w:
        try:
            return run(w)
        except socket.timeout:
            return ["silence"]
        except (BrokenPipeError, ConnectionResetError):
            return ["closed"]


def record(side):
    from stock import wait_for_socket
    found = {}
    for name, run in ROWS.items():
        wait_for_socket(side.rw)
        found[name] = observe(side, run)
    cases.save(ANSWERS, found)


def judge(side, name, run):
    expected = stored(ANSWERS).get(name)
    if expected is None:
        raise Skip("stock's answer has not been recorded")
    equal(observe(side, run), expected, "what is answered")


for name, run in ROWS.items():
    case("wire: " + name)(lambda side, name=name, run=run: judge(side, name, run))


@case("wire: main program on the admin socket", once=True)
def on_admin(side):
    with Wire(side.admin) as w:
        equal(words(w.call(GET_LIB_VERSION)), "VIR_ERR_RPC/VIR_FROM_RPC/VIR_ERR_ERROR", "the main program there")


@case("wire: two hundred calls at once", ours=True)
def pipelined(side):
    """Stock stops reading above its limit and does not always begin again."""
    with Wire(side.rw) as w:
        w.open()
        serials = [w.send(GET_LIB_VERSION) for _ in range(200)]
        replies = [w.receive() for _ in serials]
        equal(sorted(r.serial for r in replies), serials, "each call's serial comes back")
        check(all(r.error() is None for r in replies), "all succeed")


@case("wire: open qemu on another host", ours=True)
def another_host(side):
    """Stock goes and asks that host; a daemon that serves this one need not, but must not say yes."""
    with Wire(side.rw) as w:
        got = words(w.open("qemu://host.example/system"))
        check(got.startswith("VIR_ERR_"), "it is refused: %s", got)


@case("wire: strange clients disturb nobody")
def strange(side):
    with contextlib.ExitStack() as stack:
        for name, run in ROWS.items():
            w = stack.enter_context(Wire(side.rw, 2.0))
            with contextlib.suppress(OSError):
                run(w)
        good = stack.enter_context(Wire(side.rw))
        equal(words(good.open()), "ok type=1", "a good client's open")
        equal(still(good), "ok type=1", "a good client's call")


@case("wire: a client that does not read slows only itself")
def deaf(side):
    with Wire(side.rw) as deaf_one, side.connection() as conn:
        deaf_one.open()
        deaf_one.sock.settimeout(0.5)
        with contextlib.suppress(socket.timeout):
            for _ in range(3000):
                deaf_one.send(7)
        for _ in range(5):
            check(conn.getLibVersion() >= 9000000, "others are answered")


@case("wire: uris of another hypervisor through the client library")
def library_uris(side):
    import libvirt
    for scheme, path in (("qemu", "/nonsense"), ("lxc", "/system"), ("xen", "/system"), ("ch", "/system")):
        try:
            libvirt.open(side.uri(scheme=scheme, path=path)).close()
        except libvirt.libvirtError as e:
            check(e.get_error_level() == 2 and e.get_error_code() != 0, "an error that says so: %s", e)
        else:
            check(False, "%s://%s was opened", scheme, path)
