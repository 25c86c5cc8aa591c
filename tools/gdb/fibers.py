# SPDX-License-Identifier: LGPL-2.1-or-later
"""Shows the fibers of a daemon in gdb, live or from a core file (x86-64 with glibc):

    gdb -p $(pidof virtqemud) -x tools/gdb/fibers.py
    (gdb) info fibers           what each fiber does, for whom, what it waits for and since when
    (gdb) fiber-bt 17           where fiber 17 is
    (gdb) fiber-bt              where every fiber is

Needs the debugging symbols of libvirtswarm-base.so. Nothing in the process is changed: a parked fiber
is shown by an unwinder that pretends that the newest frame was called from where the fiber was left."""
import time

import gdb
import gdb.unwinder

# What sigsetjmp saves, in order; glibc hides the last two and rbp from attackers.
SAVED = ("rbx", "rbp", "r12", "r13", "r14", "r15", "rsp", "rip")
MANGLED = ("rbp", "rsp", "rip")
POINTER_GUARD = 0x30            # offset from the thread pointer
WORD = (1 << 64) - 1


def value(expression):
    return gdb.parse_and_eval(expression)


def text(pointer):
    return pointer.string("utf-8", "replace") if int(pointer) != 0 else None


def pointer_guard():
    address = int(value("$fs_base")) + POINTER_GUARD
    return int(gdb.Value(address).cast(gdb.lookup_type("unsigned long").pointer()).dereference())


def demangled(word, guard):
    """glibc's way back: rotate right by 17, then take away the guard."""
    return (word >> 17 | word << 47) & WORD ^ guard


class Fiber:
    """One entry of the registry."""

    def __init__(self, fiber):
        self.fiber = fiber
        self.id = int(fiber["id"])
        self.name, self.subject, self.why = text(fiber["name"]), text(fiber["subject"]), text(fiber["why"])
        self.since = int(fiber["since"])
        self.running = int(fiber.address) == int(value("virt_fibers.current"))

    def state(self):
        if self.running:
            return "runs"
        if self.why is None:
            return "is ready"
        # A core file does not say what time it was.
        return "waits for %s%s" % (self.why, " for %.3f s" % self.waited() if is_live() else "")

    def waited(self):
        return time.clock_gettime(time.CLOCK_MONOTONIC) - self.since / 1e6

    def __str__(self):
        return "%6d  %s%s: %s" % (self.id, self.name, " (%s)" % self.subject if self.subject else "", self.state())

    def registers(self):
        words, guard = self.fiber["context"][0]["__jmpbuf"], pointer_guard()
        saved = {name: int(words[i]) & WORD for i, name in enumerate(SAVED)}
        for name in MANGLED:
            saved[name] = demangled(saved[name], guard)
        return saved

    def backtrace(self):
        if self.running:
            return gdb.execute("bt", to_string=True)
        unwinder.aim(self.registers())
        try:
            # The newest frame is not the fiber's.
            return gdb.execute("bt", to_string=True).split("\n", 1)[1]
        finally:
            unwinder.aim(None)


def is_live():
    return gdb.selected_inferior().connection.type == "native"


def fibers():
    link = value("virt_fibers.live.head")
    kind = gdb.lookup_type("struct Fiber").pointer()
    while int(link) != 0:
        yield Fiber(link["data"].cast(kind).dereference())
        link = link["next"]


class FrameId:
    def __init__(self, sp, pc):
        self.sp, self.pc = sp, pc


class FiberUnwinder(gdb.unwinder.Unwinder):
    """Lets the newest frame return to where a fiber was left, while it is aimed at one."""

    def __init__(self):
        super().__init__("fibers")
        self.enabled = False
        self.saved, self.newest = None, None

    def aim(self, saved):
        self.enabled = False
        gdb.invalidate_cached_frames()
        self.newest = (int(value("$rsp")), int(value("$rip")))
        self.saved, self.enabled = saved, saved is not None
        gdb.invalidate_cached_frames()

    def __call__(self, pending):
        if self.saved is None or (int(pending.read_register("rsp")), int(pending.read_register("rip"))) != self.newest:
            return None
        # Frames must grow outwards, or gdb calls the stack corrupt.
        info = pending.create_unwind_info(FrameId(gdb.Value(self.saved["rsp"] - 64), gdb.Value(self.newest[1])))
        for name, word in self.saved.items():
            info.add_saved_register(name, gdb.Value(word))
        return info


class InfoFibers(gdb.Command):
    """The fibers of this process: number, what each does, for whom, and what it waits for."""

    def __init__(self):
        super().__init__("info fibers", gdb.COMMAND_STATUS)

    def invoke(self, argument, from_tty):
        lines = [str(fiber) for fiber in fibers()]
        print("\n".join(lines) if lines else "no fibers")


class FiberBacktrace(gdb.Command):
    """fiber-bt [NUMBER]: the stack of one fiber, or of all."""

    def __init__(self):
        super().__init__("fiber-bt", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        wanted = int(argument) if argument.strip() else None
        chosen = [fiber for fiber in fibers() if wanted in (None, fiber.id)]
        if not chosen:
            raise gdb.GdbError("there is no fiber %s" % argument if argument else "there are no fibers")
        for fiber in chosen:
            print("%s\n%s" % (fiber, fiber.backtrace()))


unwinder = FiberUnwinder()
gdb.unwinder.register_unwinder(None, unwinder, replace=True)
InfoFibers()
FiberBacktrace()
