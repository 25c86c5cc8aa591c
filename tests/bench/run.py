#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Measures the daemons of a build against bare floors, in the same run, as ratios.

Floor and daemon take turns for some rounds; the best round of each counts, because other work on the machine
can only make it worse. --quick only shows that everything runs: its figures mean little. Needs root."""
import argparse
import ctypes
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import measures                                                 # noqa: E402
from swarm import Failure, Programs, Swarm                      # noqa: E402

CLONE_NEWNET = 0x40000000
SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Bench:
    """What a subject needs: the programs, the swarm, a folder to work in, and where figures go."""

    def __init__(self, programs, swarm, work, rounds, quick):
        self.programs, self.swarm, self.work = programs, swarm, work
        self.rounds, self.quick = rounds, quick
        self.rows = []
        self.client, self.floor = programs.client, programs.floor

    def count(self, full, quick):
        return quick if self.quick else full

    def folder(self, name):
        path = os.path.join(self.work, name)
        os.makedirs(path)
        return path

    def compare(self, name, what, unit, goal, floor, ours, rate=False):
        """floor and ours give one figure each time they are called."""
        bare, got = [], []
        for turn in range(self.rounds):
            for measure, figures in [(floor, bare), (ours, got)][::1 if turn % 2 == 0 else -1]:
                figures.append(measure())
        self.compare_series(name, what, unit, goal, bare, got, rate)

    def compare_series(self, name, what, unit, goal, bare, got, rate=False):
        best = max if rate else min
        bare, got = best(bare), best(got)
        self.add(name=name, what=what, unit=unit, floor=bare, ours=got, ratio=got / bare, goal=goal, rate=rate)

    def value(self, name, what, unit, goal, value):
        """A figure without a floor: its goal is one of its own unit."""
        self.add(name=name, what=what, unit=unit, floor=None, ours=value, ratio=None, goal=goal, rate=False)

    def add(self, **row):
        figure = row["ours"] if row["ratio"] is None else row["ratio"]
        row["good"] = row["goal"] is None or (figure >= row["goal"] if row["rate"] else figure <= row["goal"])
        self.rows.append(row)
        print(line(row), flush=True)


def number(value):
    if value is None:
        return ""
    return "%.0f" % value if abs(value) >= 100 or value == int(value) else "%.3g" % value


def line(row):
    ratio = "" if row["ratio"] is None else "%.2f" % row["ratio"]
    goal = "" if row["goal"] is None else number(row["goal"])
    return "%-52s %10s %10s %-3s %7s %6s%s" % (row["what"], number(row["floor"]), number(row["ours"]), row["unit"],
                                               ratio, goal, "" if row["good"] else "  missed")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=os.path.join(SOURCE, "build"), help="meson's build directory")
    parser.add_argument("--only", default=",".join(measures.SUBJECTS), help="subjects, default: %(default)s")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="one short round: does it run at all")
    parser.add_argument("--json", metavar="FILE", help="write the figures there")
    parser.add_argument("--dir", default="/var/tmp", help="where the daemons' root is made, default: %(default)s")
    args = parser.parse_args()
    unknown = [name for name in args.only.split(",") if name not in measures.SUBJECTS]
    if unknown:
        parser.error("there is no subject %s" % ", ".join(unknown))
    return args


def leave_network():
    """Bridges and rules that are made here are nobody else's in a network of this run alone."""
    if ctypes.CDLL(None).unshare(CLONE_NEWNET) == 0:
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def main():
    args = arguments()
    leave_network()
    work = tempfile.mkdtemp(prefix="bench-", dir=args.dir)
    os.chmod(work, 0o755)
    root = os.path.join(work, "root")
    os.mkdir(root)
    failed = 0
    print("%-52s %10s %10s %-3s %7s %6s" % ("what", "floor", "ours", "", "ratio", "goal"))
    try:
        programs = Programs(args.build)
        with Swarm(programs, root) as swarm:
            bench = Bench(programs, swarm, work, 1 if args.quick else args.rounds, args.quick)
            for name in args.only.split(","):
                try:
                    measures.SUBJECTS[name](bench)
                except (Failure, OSError, KeyError, ValueError) as e:
                    failed += 1
                    print("%s FAILED: %s" % (name, e), flush=True)
                    swarm.clear()
            if args.json:
                with open(args.json, "w") as f:
                    json.dump({"quick": args.quick, "rounds": bench.rounds, "rows": bench.rows}, f, indent=1)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    subjects = len(args.only.split(","))
    print("%d passed, %d failed, 0 skipped" % (subjects - failed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
