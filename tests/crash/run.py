#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Kills a daemon at every step of what it does, starts it again and looks at what is left.

The daemon passes named points (src/util/crash-point.h); VIRTSWARM_CRASH_AT=N kills it at the Nth. For each
operation N grows until the operation comes through. After the restart all must be as before the operation or
as after it (as after it, if the client heard "done"), and nothing may be left over.

    ./run.py --builddir BUILD [OPERATION...]

guests.py and networks.py hold the operations of virtqemud and of virtnetworkd, and what is looked at.
"""
import argparse
import ctypes
import os
import shutil
import subprocess
import sys
import tempfile
import time

import libvirt

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import guests                                                   # noqa: E402
import networks                                                 # noqa: E402
from daemons import Daemons, Failure, crash_everywhere          # noqa: E402

CLONE_NEWNET = 0x40000000
OPERATIONS = {name: view for view in (guests, networks) for name in view.OPERATIONS}


def leave_network():
    """Devices are made in a network namespace of each operation alone; False if that is not to be had."""
    if os.geteuid() != 0 or ctypes.CDLL(None).unshare(CLONE_NEWNET) != 0:
        return False
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    return True


def chosen(names):
    for name, view in OPERATIONS.items():
        if (not names or name in names) and (leave_network() or not ("tap" in name or view is networks)):
            yield name, view


def run(bindir, name, view):
    """True if all is well wherever the daemon is killed."""
    root = tempfile.mkdtemp(prefix="swarm-crash-")
    os.chmod(root, 0o755)
    view.begin(name, root)
    daemons = Daemons(bindir, root, view.DAEMON, view.SCHEME)
    began = time.monotonic()
    try:
        view.surround(name, daemons)
        points = crash_everywhere(daemons, view, view.OPERATIONS[name])
        print("ok   %s: %d points (%.1f s)" % (name, points, time.monotonic() - began), flush=True)
        shutil.rmtree(root, ignore_errors=True)
        return True
    except (Failure, libvirt.libvirtError, subprocess.TimeoutExpired) as error:
        print("FAIL %s: %s (see %s)" % (name, error, root), flush=True)
        return False
    finally:
        daemons.kill_all()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--builddir", "--bindir", dest="bindir", required=True, help="where the daemons' programs are")
    parser.add_argument("--all", action="store_true", help="accepted: there are no slow cases")
    parser.add_argument("operations", nargs="*", metavar="OPERATION", help=", ".join(OPERATIONS))
    args = parser.parse_args()
    libvirt.registerErrorHandler(lambda context, error: None, None)
    results = [run(args.bindir, name, view) for name, view in chosen(args.operations)]
    print("%d passed, %d failed, 0 skipped" % (sum(results), len(results) - sum(results)))
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
