#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The swarm suite: stock clients against running daemons with real guests.

    run.py [--bindir BUILD]            starts a swarm of its own and tests it, through its proxy and its virtqemud
    run.py --proxy-socket PATH --qemu-socket PATH --root DIR     tests daemons that already run
    run.py --stock                     tests the stock daemon: are the expectations right?
    run.py --oracle --bindir BUILD     both, one after the other, case by case
    run.py --record                    writes the expectations anew from the stock daemon
"""
import argparse
import contextlib
import ctypes
import fnmatch
import glob
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import cases                                  # noqa: E402
import mistakes                               # noqa: E402
import systems                                # noqa: E402
import test_mistakes                          # noqa: E402
from world import Events                      # noqa: E402

SUBJECTS = sorted(os.path.basename(path)[:-3] for path in glob.glob(os.path.join(os.path.dirname(os.path.abspath(__file__)), "test_*.py")))
CASE_LIMIT = 120
CLONE_NEWNET = 0x40000000


class TooLong(Exception):
    pass


def on_alarm(_sig, _frame):
    raise TooLong("the case took longer than %d s" % CASE_LIMIT)


class Runner:
    def __init__(self, args):
        self.args = args
        self.counts = {"ok": 0, "FAIL": 0, "skip": 0}
        self.fixed = {}                 # system -> what its fixtures were made by
        self.failed = []

    def say(self, verdict, label, detail=""):
        self.counts[verdict] += 1
        if verdict == "FAIL":
            self.failed.append(label)
        if verdict != "ok" or not self.args.quiet:
            print("%-4s %s%s" % (verdict, label, ": " + detail if detail else ""), flush=True)

    def wanted(self, case, side):
        if case.slow and not self.args.all:
            return False
        if case.ours and side.stock:
            return False
        return not self.args.match or any(fnmatch.fnmatch(case.name, p) for p in self.args.match)

    def fix(self, system, make):
        """What the mistakes are made on, once a system."""
        if self.fixed.get(system) == make:
            return
        side = system.sides[0]
        side.remove_all()
        make(side)
        self.fixed[system] = make

    def unfix(self, system):
        if system in self.fixed:
            system.sides[0].remove_all()
            del self.fixed[system]

    def run_case(self, case, side):
        label = "%s [%s]" % (case.name, side.name)
        signal.signal(signal.SIGALRM, on_alarm)
        signal.alarm(CASE_LIMIT)
        began = time.monotonic()
        try:
            if case.fixtures:
                self.fix(side.system, mistakes.make_fixtures if case.fixtures is True else case.fixtures)
            else:
                self.unfix(side.system)
            case.run(side)
            took = time.monotonic() - began
            self.say("ok", label, "%.1f s" % took if took > 1 else "")
        except cases.Skip as e:
            self.say("skip", label, str(e))
        except Exception as e:                 # a case may fail in any way: all are reported alike
            self.say("FAIL", label, "%s: %s" % (type(e).__name__, e))
            if self.args.verbose:
                traceback.print_exc()
        finally:
            signal.alarm(0)

    def run(self, all_systems):
        for case in cases.CASES:
            for system in all_systems:
                for side in system.sides[:1] if case.once else system.sides:
                    if self.wanted(case, side):
                        self.run_case(case, side)

    def finish(self, system):
        """Nothing may stay behind: no guest, no process, no file of a guest."""
        label = "nothing is left behind [%s]" % system.name
        try:
            self.unfix(system)
            system.sides[0].remove_all()
            left = systems.leftovers(system)
            self.say("FAIL" if left else "ok", label, "; ".join(left))
        except Exception as e:
            self.say("FAIL", label, "%s: %s" % (type(e).__name__, e))


def load_subjects():
    for name in SUBJECTS:
        if os.path.exists(os.path.join(cases.HERE, name + ".py")):
            __import__(name)


def record(args):
    with contextlib.ExitStack() as stack:
        system = stack.enter_context(systems.StockSystem(os.path.join(args.root, "stock")))
        runner = Runner(args)
        runner.fix(system, mistakes.make_fixtures)
        found, texts = test_mistakes.observe(system.sides[0], test_mistakes.TABLES)
        cases.save(test_mistakes.ERRORS, found)
        runner.unfix(system)
        with open(os.path.join(args.root, "texts.json"), "w") as f:
            import json
            json.dump(texts, f, indent=1)
        for name in SUBJECTS:
            module = sys.modules.get(name)
            if module is not None and hasattr(module, "record"):
                module.record(system.sides[0])
    errors = found["document"], found["call"], found["start"]
    print("%d mistakes recorded, %d of them accepted" % (sum(len(t) for t in errors),
                                                        sum(v is None for t in errors for v in t.values())))


def parse():
    ap = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    ap.add_argument("match", nargs="*", help="only cases whose name matches one of these globs")
    ap.add_argument("--bindir", help="where the daemons were built; a swarm of them is started")
    ap.add_argument("--tooldir", help="where virt-swarm is, if not in the source tree's tools/")
    ap.add_argument("--root", help="directory for all state, instead of a new one")
    ap.add_argument("--proxy-socket", help="a running virtproxyd's libvirt-sock")
    ap.add_argument("--qemu-socket", help="a running virtqemud's virtqemud-sock")
    ap.add_argument("--stock", action="store_true", help="test the stock daemon")
    ap.add_argument("--oracle", action="store_true", help="test the stock daemon as well")
    ap.add_argument("--record", action="store_true", help="write the expectations anew from the stock daemon")
    ap.add_argument("--all", action="store_true", help="slow cases too")
    ap.add_argument("--keep", action="store_true", help="do not remove the directory")
    ap.add_argument("-q", "--quiet", action="store_true", help="print only what is not ok")
    ap.add_argument("-v", "--verbose", action="store_true", help="print the stack of a failure")
    ap.add_argument("--list", action="store_true", help="print the names of the cases")
    return ap.parse_args()


def choose_systems(args):
    chosen = []
    if args.stock or args.oracle:
        chosen.append(systems.StockSystem(os.path.join(args.root, "stock")))
    if not (args.bindir or args.proxy_socket or args.qemu_socket or args.stock):
        args.bindir = os.environ.get("MESON_BUILD_ROOT") or next(iter(glob.glob(os.path.join(systems.SOURCE, "build"))), None)
    if args.proxy_socket or args.qemu_socket:
        chosen.append(systems.RunningSystem(args.root, args.proxy_socket, args.qemu_socket))
    elif args.bindir:
        chosen.append(systems.SwarmSystem(os.path.join(args.root, "swarm"), args.bindir, args.tooldir))
    if not chosen:
        sys.exit("run.py: nothing to test: no build below %s; give --bindir, --proxy-socket and --qemu-socket, or --stock"
                 % systems.SOURCE)
    return chosen


def leave_network():
    """Bridges and taps that cases make are nobody else's in a network namespace of this run alone."""
    libc = ctypes.CDLL(None, use_errno=True)
    if os.geteuid() == 0 and libc.unshare(CLONE_NEWNET) == 0:
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def main():
    args = parse()
    if not (args.proxy_socket or args.qemu_socket):
        leave_network()
    load_subjects()
    if args.list:
        print("\n".join(c.name for c in cases.CASES))
        return 0
    made = None
    if args.root is None:
        args.root = made = tempfile.mkdtemp(prefix="swarm-suite-")
        os.chmod(made, 0o755)
    os.makedirs(args.root, exist_ok=True)
    Events.start()
    try:
        if args.record:
            record(args)
            return 0
        runner = Runner(args)
        with contextlib.ExitStack() as stack:
            chosen = [stack.enter_context(s) for s in choose_systems(args)]
            runner.run(chosen)
            for system in chosen:
                runner.finish(system)
        print("%(ok)d passed, %(FAIL)d failed, %(skip)d skipped" % runner.counts)
        return 1 if runner.failed else 0
    finally:
        if made and not args.keep:
            shutil.rmtree(made, ignore_errors=True)


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)                # the thread of libvirt's events must not see the interpreter's end
