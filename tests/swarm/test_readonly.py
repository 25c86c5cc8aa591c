# SPDX-License-Identifier: LGPL-2.1-or-later
"""The read-only socket refuses what stock refuses there: every procedure of the main and the qemu program is tried
with empty arguments (the guest is a real one).  stock-readonly.json says which are refused, and how."""
import socket
import struct

import libvirt

import cases
import wire
from cases import case, stored
from test_mistakes import named, outcome
from test_wire import words
from wire import QEMU, Wire
from world import Failure, check, equal

ANSWERS = "stock-readonly.json"
DENIED = "VIR_ERR_OPERATION_DENIED"
LATEST_OF_STOCK = 443
LEAVE_OUT = {"CONNECT_CLOSE", "AUTH_SASL_INIT", "AUTH_SASL_START", "AUTH_SASL_STEP", "AUTH_POLKIT", "CONNECT_OPEN"}


def procedures(name):
    """The calls that a daemon of guests serves itself."""
    for proc in wire.program(name).procs:
        if proc.kind == "call" and proc.name not in LEAVE_OUT and proc.options.get("conn") in ("primary", "none"):
            if name != "remote" or proc.number <= LATEST_OF_STOCK:
                yield proc


def attempt(side, name, proc, handle):
    with Wire(side.ro) as w:
        w.open(flags=1)
        given = {"remote_nonnull_domain": handle, "dom": handle}
        prog = QEMU if name == "qemu" else wire.REMOTE
        try:
            return words(w.call(proc.number, wire.arguments(proc, given, name), prog=prog))
        except socket.timeout:
            return "silence"


def handle_of(side):
    with side.connection() as conn:
        return wire.domain(conn.lookupByName("sw-off"))


def survey(side):
    handle = handle_of(side)
    found = {}
    for name in ("remote", "qemu"):
        for proc in procedures(name):
            answer = attempt(side, name, proc, handle)
            found["%s %s" % (name, proc.name)] = answer if answer.startswith(DENIED) else "allowed"
    return found


def record(side):
    from mistakes import fixtures
    from world import make
    with side.connection() as conn:
        make(conn, *fixtures(side)["off"])
    found = survey(side)
    side.remove_all()
    cases.save(ANSWERS, found)


@case("readonly: every procedure of the qemu and main programs", fixtures=True)
def everything(side):
    expected, got = stored(ANSWERS), survey(side)
    # Stock looks at some arguments before it looks at the connection; refusing at once is as good.
    may_refuse = {"%s %s" % (n, p.name) for n in ("remote", "qemu") for p in procedures(n) if p.options.get("ro") == "no"}
    wrong = ["%s: stock %s, here %s" % (n, expected.get(n), got[n]) for n in got if got[n] != expected.get(n)
             and not (expected.get(n) == "allowed" and n in may_refuse)]
    check(len(got) > 250, "the procedures are all there")
    if wrong:
        raise Failure("%d differ: %s" % (len(wrong), "; ".join(wrong)))


def refused(function):
    def run(side):
        conn = side.open(readonly_socket=True)
        try:
            got, text = outcome(lambda: function(conn, conn.lookupByName("sw-off")))
        finally:
            conn.close()
        check(got is not None and got["code"] == DENIED, "it is refused: %s (%s)", got, text)
        equal(got["level"], "VIR_ERR_ERROR", "the level")
    return run


MUTATIONS = {
    "start": lambda c, d: d.create(),
    "destroy": lambda c, d: d.destroy(),
    "undefine": lambda c, d: d.undefine(),
    "define": lambda c, d: c.defineXML("<domain/>"),
    "create": lambda c, d: c.createXML("<domain/>", 0),
    "suspend": lambda c, d: d.suspend(),
    "resume": lambda c, d: d.resume(),
    "shutdown": lambda c, d: d.shutdown(),
    "reboot": lambda c, d: d.reboot(0),
    "reset": lambda c, d: d.reset(),
    "autostart": lambda c, d: d.setAutostart(1),
    "rename": lambda c, d: d.rename("sw-x"),
    "title": lambda c, d: d.setMetadata(libvirt.VIR_DOMAIN_METADATA_TITLE, "x", None, None),
    "screenshot": lambda c, d: d.screenshot(c.newStream(), 0),
    "send-key": lambda c, d: d.sendKey(0, 0, [30], 1),
    "console": lambda c, d: d.openConsole(None, c.newStream()),
    "XML with secrets": lambda c, d: d.XMLDesc(libvirt.VIR_DOMAIN_XML_SECURE),
    "monitor command": lambda c, d: __import__("libvirt_qemu").qemuMonitorCommand(d, '{"execute":"query-status"}', 0),
    "host suspend": lambda c, d: c.suspendForDuration(0, 60),
}
for name, function in MUTATIONS.items():
    case("readonly: %s by a client that says it may write" % name, fixtures=True)(refused(function))


@case("readonly: queries work", fixtures=True)
def queries(side):
    equal(side.ok("domstate", "sw-off", readonly=True), "shut off\n\n", "domstate")
    check("sw-paused" in side.ok("list", "--all", readonly=True), "list")
    check("<domain" in side.ok("dumpxml", "sw-off", readonly=True), "dumpxml")
    side.fails("start", "sw-off", readonly=True)
    side.fails("-r", "start", "sw-off")


@case("readonly: a client that opens the main socket read-only", fixtures=True)
def flag(side):
    with Wire(side.rw) as w:
        equal(words(w.open(flags=1)), "ok type=1", "open")
        got = words(w.call(9, handle_of(side)))
        check(got.startswith(DENIED), "starting a guest is refused: %s", got)


@case("readonly: a client that opens the read-only socket for writing", fixtures=True)
def no_flag(side):
    with Wire(side.ro) as w:
        equal(words(w.open(flags=0)), "ok type=1", "open")
        got = words(w.call(9, handle_of(side)))
        check(got.startswith(DENIED), "starting a guest is refused: %s", got)
