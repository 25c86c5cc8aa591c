# SPDX-License-Identifier: LGPL-2.1-or-later
"""Guests on a bridge of Open vSwitch, by their own definition and by a network's, with a real switch that needs no module
of the kernel."""
import contextlib
import json
import os
import re
import signal
import subprocess

import libvirt

import hosts
from cases import case
from hosts import machine, remove_network
from test_network import MAC, interface, target
from world import check, equal, eventually

SCHEMA = "/usr/share/openvswitch/vswitch.ovsschema"
PORT_ID = "09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f"
PORT = "<virtualport type='openvswitch'><parameters profileid='p' interfaceid='%s'/></virtualport>" % PORT_ID


class Switch:
    """The switch's database and daemon in the side's network, with a bridge."""

    def __init__(self, side):
        self.side, self.place = side, machine(side)
        self.folder = side.path("/run/openvswitch")
        self.procs = []

    def start(self, *argv):
        env = {**os.environ, "OVS_RUNDIR": self.folder, "OVS_LOGDIR": self.folder, "OVS_DBDIR": self.folder}
        with open(os.path.join(self.folder, "out"), "ab") as log:
            self.procs.append(subprocess.Popen([*self.place.enter(), *argv], env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                               preexec_fn=lambda: hosts.libc.prctl(hosts.PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)))

    def ctl(self, *argv, check_it=True):
        return self.place.run("ovs-vsctl", "--timeout=5", "--db=unix:%s/db.sock" % self.folder, *argv, check_it=check_it)

    def __enter__(self):
        os.makedirs(self.folder, exist_ok=True)
        database = os.path.join(self.folder, "conf.db")
        with contextlib.suppress(FileNotFoundError):
            os.remove(database)
        subprocess.run(["ovsdb-tool", "create", database, SCHEMA], check=True)
        self.start("ovsdb-server", database, "--remote=punix:%s/db.sock" % self.folder, "--pidfile")
        eventually(lambda: os.path.exists(os.path.join(self.folder, "db.sock")), "the switch's database listens")
        self.ctl("--no-wait", "init")
        self.start("ovs-vswitchd", "unix:%s/db.sock" % self.folder, "--pidfile")
        self.ctl("add-br", "swovs0", "--", "set", "bridge", "swovs0", "datapath_type=netdev")
        return self

    def __exit__(self, *exc):
        self.ctl("--if-exists", "del-br", "swovs0", check_it=False)
        for proc in reversed(self.procs):
            proc.terminate()
            proc.wait(10)
        for name in ("swovs0", "ovs-netdev"):
            self.place.run("ip", "link", "delete", name, check_it=False)

    def ports(self):
        return [p for p in self.ctl("list-ports", "swovs0").split() if p != "swovs0"]

    def get(self, table, name, *columns):
        """What the database has of it, as plain values."""
        found = json.loads(self.ctl("--format=json", "--columns=" + ",".join(columns), "list", table, name))
        return [plain(value) for value in found["data"][0]]


def plain(value):
    if isinstance(value, list) and value[:1] == ["map"]:
        return dict(value[1])
    return value[1] if isinstance(value, list) and value[:1] in (["set"], ["uuid"]) else value


@case("net switch: a guest's port", once=True)
def port(side):
    inner = "<source bridge='swovs0'/>%s<vlan trunk='yes'><tag id='5' nativeMode='untagged'/><tag id='6'/></vlan>" % PORT
    with Switch(side) as switch:
        with side.guest("sw-net", devices=interface("bridge", inner), state="paused") as dom:
            name = target(dom)
            equal(switch.ports(), [name], "the switch's ports")
            equal(switch.get("port", name, "tag", "trunks", "vlan_mode"), [5, [5, 6], "native-untagged"], "tag, trunks, mode")
            equal(switch.get("interface", name, "external_ids"),
                  [{"attached-mac": MAC % 1, "iface-id": PORT_ID, "iface-status": "active", "ifname": name, "port-profile": "p",
                    "vm-id": dom.UUIDString()}],
                  "what the switch knows of the guest")
        eventually(lambda: switch.ports() == [], "the port is removed")


@case("net switch: bandwidth", once=True)
def bandwidth(side):
    limits = "<bandwidth><inbound average='1000' peak='5000' burst='1024'/><outbound average='128' burst='256'/></bandwidth>"
    inner = "<source bridge='swovs0'/>%s%s" % (PORT, limits)
    with Switch(side) as switch:
        with side.guest("sw-net", devices=interface("bridge", inner), state="paused") as dom:
            name = target(dom)

            def limited():
                qos = switch.get("port", name, "qos")[0]
                rate = switch.get("interface", name, "ingress_policing_rate", "ingress_policing_burst")
                return (switch.get("qos", qos, "other_config")[0] if qos else None), rate
            equal(limited(), ({"burst": "8388608", "max-rate": "40000000", "min-rate": "8000000"}, [1024, 2048]), "the limits")
            dom.setInterfaceParameters(name, {"inbound.average": 400, "outbound.average": 200}, libvirt.VIR_DOMAIN_AFFECT_LIVE)
            # Stock leaves what is not given any more.
            equal({k: v for k, v in limited()[0].items() if k == "min-rate" or not side.stock}, {"min-rate": "3200000"},
                  "what the guest receives after the change")
            equal(limited()[1][0], 1600, "what it sends after the change")
            dom.setInterfaceParameters(name, {"inbound.average": 0, "outbound.average": 0}, libvirt.VIR_DOMAIN_AFFECT_LIVE)
            equal(limited(), (None, [0, 0]), "the limits after all")
            dom.setInterfaceParameters(name, {"inbound.average": 400}, libvirt.VIR_DOMAIN_AFFECT_LIVE)
        eventually(lambda: switch.ports() == [], "the port is removed")
        for table in ("qos", "queue") if not side.stock else ():
            equal(switch.ctl("--columns=_uuid", "list", table), "", "what is left of limits in %s" % table)


NET = """<network><name>sw-net</name><forward mode='bridge'/><bridge name='swovs0'/><virtualport type='openvswitch'/>
  <portgroup name='plain' default='yes'/><portgroup name='red'><bandwidth><inbound average='100'/></bandwidth><vlan><tag id='7'/></vlan></portgroup></network>"""


@case("net switch: a network's ports", once=True)
def network(side):
    with Switch(side) as switch, side.connection() as conn:
        net = hosts.served(conn.networkDefineXML, NET)
        try:
            net.create()
            devices = interface("network", "<source network='sw-net'/>") + interface("network", "<source network='sw-net' portgroup='red'/>", number=2)
            with side.guest("sw-net", devices=devices, state="paused") as dom:
                first, second = target(dom, 1), target(dom, 2)
                equal(sorted(switch.ports()), sorted([first, second]), "the switch's ports")
                equal([switch.get("port", name, "tag")[0] for name in (first, second)], [[], 7], "the tags")
                shown = [re.sub(r"\s+", "", part.split("/>", 2)[2].split("<target")[0]) for part in dom.XMLDesc().split("<interface ")[1:]]
                ids = [switch.get("interface", name, "external_ids")[0]["iface-id"] for name in (first, second)]
                own = "<virtualporttype='openvswitch'><parametersinterfaceid='%s'/></virtualport>"
                equal(shown, [own % ids[0], "<vlan><tagid='7'/></vlan>%s<bandwidth><inboundaverage='100'/></bandwidth>" % (own % ids[1])],
                      "what the document shows of the network's settings")
                check("virtualport" not in dom.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE), "the definition has settings of the network")
            eventually(lambda: switch.ports() == [], "the ports are removed")
            equal(net.listAllPorts(), [], "the network's ports")
        finally:
            remove_network(conn, "sw-net")


@case("net switch: none is there", once=True)
def none(side):
    with side.connection() as conn:
        hosts.served(conn.listAllNetworks)
        try:
            with side.guest("sw-net", devices=interface("bridge", "<source bridge='swovs0'/>" + PORT), state="paused"):
                raise AssertionError("it started")
        except libvirt.libvirtError as e:
            equal(e.get_error_code(), libvirt.VIR_ERR_SYSTEM_ERROR, "the code of '%s'" % e)
