#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""test-fibers.py PROGRAM: fibers.py shows the fibers of a live process and of its core file."""
import os
import shutil
import subprocess
import sys
import tempfile

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fibers.py")
SKIPPED = 77


def gdb(*argv):
    done = subprocess.run(["gdb", "-nx", "-batch", "-iex", "set debuginfod enabled off", *argv],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    return done.stdout + done.stderr


def commands(*lines):
    return [word for line in lines for word in ("-ex", line)]


def check(output, *wanted):
    at = 0
    for piece in wanted:
        at = output.find(piece, at)
        if at < 0:
            sys.exit("%r is missing, or not in its place, in:\n%s" % (piece, output))


def main():
    program = sys.argv[1]
    if not shutil.which("gdb"):
        print("gdb is not installed")
        return SKIPPED
    core = tempfile.mktemp(prefix="fibers-core-")
    with subprocess.Popen([program], stdout=subprocess.PIPE) as proc:
        try:
            proc.stdout.readline()
            live = gdb("-p", str(proc.pid), "-x", SCRIPT,
                       *commands("info fibers", "fiber-bt", "echo own stack\\n", "bt", "gcore %s" % core))
        finally:
            proc.kill()
    if "ptrace: Operation not permitted" in live:
        print("this process may not be debugged here")
        return SKIPPED
    registry = ("holder (guest 'a'): waits for a timer", "waiter (guest 'b'): waits for")
    stacks = ("fiber_sleep", "holder (", "fiber_park", "job_begin", "inner_frame (", "waiter (")
    check(live, *registry, *stacks, "own stack", "loop_run", "main (")
    dead = gdb(program, core, "-x", SCRIPT, *commands("info fibers", "fiber-bt 2", "fiber-bt 99"))
    os.unlink(core)
    check(dead, *registry, "inner_frame (", "waiter (", "there is no fiber 99")
    return 0


if __name__ == "__main__":
    sys.exit(main())
