# SPDX-License-Identifier: LGPL-2.1-or-later
"""The guest's serial console, through a stream and with virsh on a terminal."""
import re
import threading
import time

import libvirt

import guest
from cases import case
from test_commands import definition
from world import SERIAL, Failure, Terminal, check, equal, eventually, tiny

FORCE, SAFE = libvirt.VIR_DOMAIN_CONSOLE_FORCE, libvirt.VIR_DOMAIN_CONSOLE_SAFE
PROMPT = r"virtswarm# "


class Console:
    """A console stream: a thread reads, what came is in `text`."""

    def __init__(self, side, name, flags=0):
        self.conn = side.open()
        self.stream = self.conn.newStream()
        self.text, self.ended = "", False
        self.conn.lookupByName(name).openConsole(None, self.stream, flags)
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        try:
            while True:
                data = self.stream.recv(4096)
                if not data:
                    break
                self.text += data.decode("utf-8", "replace")
        except libvirt.libvirtError:
            pass
        self.ended = True

    def type(self, text):
        self.stream.send(text.encode())

    def expect(self, pattern, timeout=20):
        eventually(lambda: re.search(pattern, self.text, re.S), "%r on the console, not only %r" % (pattern, self.text[-300:]), timeout)

    def shell(self):
        """Waits for the shell's prompt."""
        for _ in range(20):
            self.type("\n")
            try:
                self.expect(PROMPT, 1)
                return
            except Failure:
                pass
        raise Failure("no prompt on the console: %r" % self.text[-300:])

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        try:
            self.stream.abort()
        except libvirt.libvirtError:
            pass
        self.thread.join(5)
        try:
            self.conn.close()
        except libvirt.libvirtError:
            pass


@case("console: type and read")
def type_and_read(side):
    with guest.running(side, "sw-con"):
        with Console(side, "sw-con") as console:
            console.shell()
            console.type("echo $((6 * 7))-answer\n")
            console.expect(r"42-answer")
        eventually(lambda: "42-answer" in guest.log_text(side, "sw-con"), "the log has it too")
        with Console(side, "sw-con") as console:
            console.shell()
            console.type("seq 1 2000\n")
            console.expect(r"\b1999\r\n2000\r\n", 30)
            lines = re.findall(r"(?m)^(\d+)\r$", console.text)
            equal(lines[-2000:], [str(i) for i in range(1, 2001)], "nothing is lost on the way")


@case("console: a second client is refused unless it insists")
def second(side):
    with side.guest("sw-con", tiny("sw-con", SERIAL), "paused"):
        with Console(side, "sw-con") as first:
            try:
                Console(side, "sw-con", SAFE).__exit__()
            except libvirt.libvirtError as e:
                equal((e.get_error_code(), e.get_error_domain()), (libvirt.VIR_ERR_OPERATION_FAILED, libvirt.VIR_FROM_QEMU), "the error")
            else:
                raise Failure("a second console was given")
            check(not first.ended, "the first goes on")
            with Console(side, "sw-con", FORCE) as forced:
                eventually(lambda: first.ended, "the first is cut off")
                time.sleep(0.2)
                check(not forced.ended, "the second goes on")
        Console(side, "sw-con", SAFE).__exit__()


@case("console: ends with the guest")
def ends(side):
    with side.guest("sw-con", tiny("sw-con", SERIAL), "paused") as dom:
        with Console(side, "sw-con") as console:
            dom.destroy()
            eventually(lambda: console.ended, "the stream ends")


@case("console: virsh on a terminal")
def by_virsh(side):
    with guest.running(side, "sw-con"):
        with Terminal(["virsh", "-c", side.uri(), "console", "sw-con"]) as term:
            term.expect(r"Connected to domain 'sw-con'\nEscape character is \^\] \(Ctrl \+ \]\)")
            for _ in range(10):
                term.send("\n")
                try:
                    term.expect(PROMPT, 1)
                    break
                except Failure:
                    pass
            term.send("echo $((6 * 7))-answer\n")
            term.expect("42-answer")
            with Terminal(["virsh", "-c", side.uri(), "console", "--safe", "sw-con"]) as other:
                other.expect("error:")
                check(other.wait() != 0, "the second is refused")
            with Terminal(["virsh", "-c", side.uri(), "console", "--force", "sw-con"]) as other:
                other.expect("Connected to domain 'sw-con'")
                term.wait()
                other.send("\n")
                other.expect(PROMPT)
                other.send("\x1d")
                equal(other.wait(), 0, "the exit status after the escape character")


@case("console: create --console shows the boot messages")
def create(side):
    path = definition(side, guest.linux(side, "sw-con"))
    try:
        with Terminal(["virsh", "-c", side.uri(), "create", "--console", path]) as term:
            term.expect("Domain 'sw-con' created from ")
            term.expect(guest.READY, 60)
            side.ok("destroy", "sw-con")
            term.wait()
    finally:
        side.remove("sw-con")


@case("console: reset and a console log that goes on", once=True, slow=True)
def log_goes_on(side):
    with guest.running(side, "sw-con") as dom:
        dom.reset()
        guest.ready(side, "sw-con", 2)


@case("console: a reader that does not read stops nobody", once=True)
def lazy(side):
    with guest.running(side, "sw-con") as dom:
        conn = side.open()
        stream = conn.newStream()
        dom2 = conn.lookupByName("sw-con")
        dom2.openConsole(None, stream, 0)
        for i in range(30):
            stream.send(b"\n")
            time.sleep(0.02)
        stream.send(b"seq 1 20000\n")
        time.sleep(1)
        for _ in range(3):
            equal(dom.state()[0], libvirt.VIR_DOMAIN_RUNNING, "another client is answered")
        side.ok("dominfo", "sw-con", timeout=5)
        stream.abort()
        conn.close()
        with Console(side, "sw-con") as console:
            console.type("\n")
            console.expect(PROMPT, 30)
