# SPDX-License-Identifier: LGPL-2.1-or-later
"""Zones of firewalld: what it is asked, told by what answers for it on a D-Bus below the daemons' root.  The calls are
those that were seen of a stock daemon."""
import contextlib
import os
import signal
import subprocess
import sys

import libvirt

from cases import HERE, case
from hosts import document, ipv4, machine, network
from world import check, equal, eventually

CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path=%s</listen><auth>EXTERNAL</auth><policy context="default">
<allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy></busconfig>
"""
JOIN = "zone changeZoneOfInterface %s swnet0"
# Forward mode, the network's zone, what firewalld has: what it is asked.
ZONES = (
    ("nat", "", "public,libvirt", "", ["zone getZones", JOIN % "libvirt"]),
    ("nat", "trusted", "public,libvirt,trusted", "", [JOIN % "trusted"]),
    ("nat", "", "public", "", ["zone getZones"]),
    ("", "", "public,libvirt", "", ["zone getZones", JOIN % "libvirt"]),
    ("route", "", "public,libvirt,libvirt-routed", "libvirt-routed-out", ["policy getPolicies", "zone getZones", JOIN % "libvirt-routed"]),
    ("route", "", "public,libvirt,libvirt-routed", "other", ["policy getPolicies", "zone getZones", JOIN % "libvirt"]),
    ("route", "", "public,libvirt", "libvirt-routed-out", ["policy getPolicies", "zone getZones", JOIN % "libvirt"]),
    ("open", "trusted", "public,libvirt,trusted", "", []),
)


@contextlib.contextmanager
def running(argv):
    proc = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield proc
    finally:
        proc.kill()
        proc.wait()


@contextlib.contextmanager
def bus(side):
    """A system bus where the daemon looks for it; its address."""
    path = side.path("/run/dbus/system_bus_socket")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    config = os.path.join(side.root, "bus.conf")
    with open(config, "w") as f:
        f.write(CONFIG % path)
    with running(["dbus-daemon", "--nofork", "--config-file", config]):
        try:
            eventually(lambda: os.path.exists(path), "the bus is there")
            yield "unix:path=" + path
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)


class Firewalld:
    def __init__(self, proc, log):
        self.proc, self.log = proc, log

    def calls(self):
        """Those since the last time."""
        with open(self.log, "r+") as f:
            lines = f.read().splitlines()
            f.truncate(0)
        return [line for line in lines if not line.startswith("-- ")]

    def has(self, line):
        with open(self.log) as f:
            return line + "\n" in f.read()

    def reload(self):
        self.proc.send_signal(signal.SIGUSR1)


@contextlib.contextmanager
def firewalld(side, address, zones, policies=""):
    log = os.path.join(side.root, "firewalld.log")
    open(log, "w").close()
    with running([sys.executable, os.path.join(HERE, "firewalld.py"), address, log, zones, policies]) as proc:
        fake = Firewalld(proc, log)
        eventually(lambda: fake.has("-- ready"), "firewalld has started")
        yield fake


def net(mode="nat", zone=""):
    return document(forward=mode, ip=ipv4(7)).replace("<bridge ", "<bridge zone='%s' " % zone if zone else "<bridge ")


def refused(side, xml):
    try:
        with network(side, xml):
            raise AssertionError("it has started")
    except libvirt.libvirtError as e:
        place = machine(side)
        check("swnet0" not in place.run("nft", "list", "ruleset") and "swnet0" not in place.links(), "something is left")
        return e.get_error_code(), e.get_error_domain()


@case("firewalld: which zone a bridge is put into", ours=True, once=True)
def zones(side):
    with bus(side) as address:
        for mode, zone, has, policies, wanted in ZONES:
            with firewalld(side, address, has, policies) as fake, network(side, net(mode, zone)):
                got = fake.calls()
                equal(sorted(got), sorted(wanted), "what firewalld was asked with mode '%s', zone '%s' of %s" % (mode, zone, has))
                equal(got[-1:], wanted[-1:], "the last of it")


@case("firewalld: a zone that cannot be had", ours=True, once=True)
def errors(side):
    equal(refused(side, net(zone="trusted")), (libvirt.VIR_ERR_INTERNAL_ERROR, libvirt.VIR_FROM_NONE), "without a bus")
    with bus(side) as address:
        equal(refused(side, net(zone="trusted")), (libvirt.VIR_ERR_INTERNAL_ERROR, libvirt.VIR_FROM_NONE), "without firewalld")
        with firewalld(side, address, "public,libvirt"):
            equal(refused(side, net(zone="trusted")), (libvirt.VIR_ERR_DBUS_SERVICE, libvirt.VIR_FROM_DBUS), "a zone that is not there")


@case("firewalld: a bridge is in its zone again after it has started or reloaded", ours=True, once=True)
def again(side):
    with bus(side) as address, network(side, net()):
        with firewalld(side, address, "public,libvirt") as fake:
            eventually(lambda: fake.has(JOIN % "libvirt"), "the bridge is in its zone after firewalld has started", 3)
            fake.calls()
            fake.reload()
            eventually(lambda: fake.has(JOIN % "libvirt"), "the bridge is in its zone after firewalld has reloaded", 3)
        # It goes, and the network stays as it is.
        check("swnet0" in machine(side).links(), "the bridge has gone")
