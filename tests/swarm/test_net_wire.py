# SPDX-License-Identifier: LGPL-2.1-or-later
"""Calls of networks as frames, and through every socket that serves them: what no client library asks for gets stock's
answer, byte by byte where that is possible (stock-net-wire.json)."""
import contextlib
import os
import socket
import struct
import time

import libvirt

import cases
import wire
from cases import Skip, case, stored
from net_documents import NAME, UUID, ipv4, net, port
from test_net_calls import fixtures as make_fixtures
from test_mistakes import named
from test_wire import words
from wire import Wire, string
from world import check, equal, eventually

ANSWERS = "stock-net-wire.json"
ON, OFF = ("sw-net-on", 20), ("sw-net-off", 21)
INT, UINT, ULLONG, STRING = 1, 2, 4, 7          # VIR_TYPED_PARAM_*
LIFECYCLE = 315


def sockets(side):
    """Where networks are served: name -> path.  A stock daemon has but one."""
    own = os.path.join(side.root, "run/libvirt/virtnetworkd-sock")
    if side.stock or not os.path.exists(own):
        return {s.name: s.rw for s in side.system.sides}
    return {**{s.name: s.rw for s in side.system.sides}, "network": own}


def handle(name, number):
    return string(name) + bytes.fromhex((UUID % number).replace("-", ""))


def of_port(number=520, network=ON):
    return handle(*network) + bytes.fromhex((UUID % number).replace("-", ""))


def number(value):
    return struct.pack(">i", value)


def given(**kw):
    return kw


def ask(_call, /, **fields):
    """A call with those fields: the answer's words, and its bytes."""
    def run(w):
        reply = w.named(_call, {"remote_nonnull_network": handle(*ON), "port": of_port(), **fields})
        return [words(reply)] + ([reply.payload.hex()] if reply and reply.error() is None else [])
    return run


def count(_call, /, **fields):
    """The same where only the length of the answer and its first number are the same everywhere."""
    def run(w):
        reply = w.named(_call, {"remote_nonnull_network": handle(*ON), "port": of_port(), **fields})
        return [words(reply)] + ([len(reply.payload), struct.unpack(">i", reply.payload[:4])[0]] if reply and reply.error() is None else [])
    return run


def parameters(*rows):
    values = {INT: lambda v: struct.pack(">i", v), UINT: lambda v: struct.pack(">I", v), ULLONG: lambda v: struct.pack(">Q", v), STRING: string}
    return struct.pack(">I", len(rows)) + b"".join(string(name) + struct.pack(">i", kind) + values[kind](value) for name, kind, value in rows)


def change(*rows, flags=0):
    return ask("NETWORK_PORT_SET_PARAMETERS", params=parameters(*rows), flags=number(flags))


def truncated(name):
    def run(w):
        proc = wire.procedures()[name]
        return [words(w.call(proc.number, wire.arguments(proc, {"net": handle(*ON)})[:-3]))]
    return run


def register(event, of=None):
    return given(eventID=number(event), net=struct.pack(">I", 1) + handle(*of) if of else number(0))


def heard(*registrations):
    """What a client gets that registers so: the answers, and the messages about a network that comes and goes."""
    def run(w):
        answers = [words(w.named("CONNECT_NETWORK_EVENT_REGISTER_ANY", one)) for one in registrations]
        messages = []
        for name, fields in (("NETWORK_CREATE_XML", given(xml=string(net(70, name="sw-net-heard")))), ("NETWORK_DESTROY", given(net=handle("sw-net-heard", 70)))):
            proc = wire.procedures()[name]
            serial = w.send(proc.number, wire.arguments(proc, fields))
            reply = w.receive()
            while reply.serial != serial:
                messages.append(reply)
                reply = w.receive()
            answers.append(words(reply))
        w.sock.settimeout(0.4)
        with contextlib.suppress(socket.timeout):
            while True:
                messages.append(w.receive())
        # the callback's number is the daemon's own affair
        return answers + ["%d %d %s" % (m.procedure, m.type, m.payload[4:].hex()) for m in messages]
    return run


ROWS = {
    "names, none wanted": count("CONNECT_LIST_NETWORKS", maxnames=number(0)),
    "names, one wanted": lambda w: count("CONNECT_LIST_NETWORKS", maxnames=number(1))(w)[:1],
    "names, a negative number": count("CONNECT_LIST_NETWORKS", maxnames=number(-1)),
    "names, too many": count("CONNECT_LIST_NETWORKS", maxnames=number(16385)),
    "names, as many as possible": lambda w: count("CONNECT_LIST_NETWORKS", maxnames=number(16384))(w)[::2],
    "inactive names, too many": count("CONNECT_LIST_DEFINED_NETWORKS", maxnames=number(1 << 30)),
    "inactive names": ask("CONNECT_LIST_DEFINED_NETWORKS", maxnames=number(9)),
    "number of networks": ask("CONNECT_NUM_OF_NETWORKS"),
    "number of inactive ones": ask("CONNECT_NUM_OF_DEFINED_NETWORKS"),
    "all, only their number": ask("CONNECT_LIST_ALL_NETWORKS", need_results=number(0)),
    "inactive ones": ask("CONNECT_LIST_ALL_NETWORKS", need_results=number(1), flags=number(1)),
    "all, with a strange number for yes": lambda w: count("CONNECT_LIST_ALL_NETWORKS", need_results=number(7), flags=number(1))(w),
    "ports, only their number": ask("NETWORK_LIST_ALL_PORTS", need_results=number(0)),
    "ports": ask("NETWORK_LIST_ALL_PORTS", need_results=number(1)),
    "leases, only their number": ask("NETWORK_GET_DHCP_LEASES", need_results=number(0)),
    "leases": ask("NETWORK_GET_DHCP_LEASES", need_results=number(1)),
    "leases of an empty mac": ask("NETWORK_GET_DHCP_LEASES", mac=struct.pack(">I", 1) + string(""), need_results=number(1)),
    "leases of a bad mac": ask("NETWORK_GET_DHCP_LEASES", mac=struct.pack(">I", 1) + string("x"), need_results=number(1)),
    "by name": ask("NETWORK_LOOKUP_BY_NAME", name=string(ON[0])),
    "by an empty name": ask("NETWORK_LOOKUP_BY_NAME"),
    "by a long name": ask("NETWORK_LOOKUP_BY_NAME", name=string("x" * 100000)),
    "by a name that is no UTF-8": ask("NETWORK_LOOKUP_BY_NAME", name=string(b"\xff\xfe")),
    "by uuid": ask("NETWORK_LOOKUP_BY_UUID", uuid=handle(*ON)[-16:]),
    "by uuid of zeros": ask("NETWORK_LOOKUP_BY_UUID", uuid=b"\0" * 16),
    "with another's name": ask("NETWORK_IS_ACTIVE", net=handle(OFF[0], ON[1])),
    "with no name": ask("NETWORK_IS_ACTIVE", net=handle("", ON[1])),
    "with another's uuid": ask("NETWORK_IS_ACTIVE", net=handle(ON[0], OFF[1])),
    "with nobody's uuid": ask("NETWORK_IS_ACTIVE", net=handle(ON[0], 997)),
    "start with another's name": ask("NETWORK_CREATE", net=handle(OFF[0], ON[1])),
    "bridge": ask("NETWORK_GET_BRIDGE_NAME"),
    "autostart": ask("NETWORK_GET_AUTOSTART"),
    "is it persistent": ask("NETWORK_IS_PERSISTENT"),
    "XML with flags": ask("NETWORK_GET_XML_DESC", flags=number(2)),
    "update in the right order": ask("NETWORK_UPDATE", command=number(3), section=number(4), parentIndex=number(-1), xml=string("<host/>"),
        flags=number(1)),
    "update in the wrong order": ask("NETWORK_UPDATE", command=number(4), section=number(3), parentIndex=number(-1), xml=string("<host/>"),
        flags=number(1)),
    "update with nothing": ask("NETWORK_UPDATE"),
    "update with a negative section": ask("NETWORK_UPDATE", command=number(3), section=number(-1), xml=string("<host/>")),
    "define nothing": ask("NETWORK_DEFINE_XML"),
    "create nothing": ask("NETWORK_CREATE_XML"),
    "define what is no UTF-8": ask("NETWORK_DEFINE_XML", xml=string(b"<network><name>\xff</name></network>")),
    "port": ask("NETWORK_PORT_LOOKUP_BY_UUID", uuid=of_port()[-16:]),
    "port with another network's name": ask("NETWORK_PORT_GET_XML_DESC", port=of_port(network=(OFF[0], ON[1]))),
    "port of another network": ask("NETWORK_PORT_GET_XML_DESC", port=of_port(network=OFF)),
    "XML of a port": ask("NETWORK_PORT_GET_XML_DESC"),
    "how many parameters has a port": ask("NETWORK_PORT_GET_PARAMETERS"),
    "parameters of a port": ask("NETWORK_PORT_GET_PARAMETERS", nparams=number(4)),
    "fewer parameters": ask("NETWORK_PORT_GET_PARAMETERS", nparams=number(2)),
    "more parameters": ask("NETWORK_PORT_GET_PARAMETERS", nparams=number(16)),
    "too many parameters": ask("NETWORK_PORT_GET_PARAMETERS", nparams=number(17)),
    "a negative number of parameters": ask("NETWORK_PORT_GET_PARAMETERS", nparams=number(-1)),
    "an unknown parameter": change(("nonsense", UINT, 1)),
    "a parameter of another type": change(("inbound.average", ULLONG, 10)),
    "a text as a parameter": change(("inbound.average", STRING, "10")),
    "a negative parameter": change(("inbound.average", INT, -10)),
    "a parameter twice": change(("inbound.average", UINT, 10), ("inbound.average", UINT, 11)),
    "parameters with flags": change(("inbound.average", UINT, 10), flags=8),
    "too many parameters to set": change(*[("inbound.average", UINT, 10)] * 17),
    "no parameters to set": change(),
    "a peak alone": change(("inbound.peak", UINT, 10)),
    "a parameter to set": change(("inbound.average", UINT, 10)),
    "the parameter that was set": ask("NETWORK_PORT_GET_PARAMETERS", nparams=number(4)),
    "delete a port of nobody": ask("NETWORK_PORT_DELETE", port=of_port(599)),
    "a cut look-up": truncated("NETWORK_LOOKUP_BY_UUID"),
    "a cut start": truncated("NETWORK_CREATE"),
    "a cut port": truncated("NETWORK_PORT_GET_XML_DESC"),
    "an event of a negative number": ask("CONNECT_NETWORK_EVENT_REGISTER_ANY", **register(-1)),
    "an event of a great number": ask("CONNECT_NETWORK_EVENT_REGISTER_ANY", **register(99)),
    "an event of a network that is not there": lambda w: ask( "CONNECT_NETWORK_EVENT_REGISTER_ANY", **register(0, ("sw-net-none", 996)))(w)[:1],
    "deregister nobody": ask("CONNECT_NETWORK_EVENT_DEREGISTER_ANY", callbackID=number(77)),
    "deregister a negative number": ask("CONNECT_NETWORK_EVENT_DEREGISTER_ANY", callbackID=number(-1)),
    "events of all networks": heard(register(0)),
    "events of that network": heard(register(0, ("sw-net-heard", 70))),
    "events of another network": heard(register(0, ON)),
    "events by two callbacks": heard(register(0), register(0, ("sw-net-heard", 70))),
}
# Stock takes what it does not know, and the last of two; ours says what is wrong.
STRICTER = {"an unknown parameter", "a parameter of another type", "a text as a parameter", "a negative parameter", "a parameter twice"}
MORE = {"version of the driver", "host name"}           # what ours answers besides
URIS = ("network:///system", "network:///", "network:///nonsense", "network:/system", "network:///system?x=1", "network:///embed")


FEATURES = {"feature %d" % n: ask("CONNECT_SUPPORTS_FEATURE", feature=number(n)) for n in range(20)}


def look(path, uri, run):
    with Wire(path) as w:
        opened = words(w.open(uri))
        return run(w) if opened == "ok type=1" else ["the opening: " + opened]


def opening(path, uri):
    with Wire(path) as w:
        return words(w.open(uri))


def record(side):
    side.remove_all()
    make_fixtures(side)
    found = {name: look(side.rw, "network:///system", run) for name, run in {**ROWS, **FEATURES}.items()}
    found["uris"] = {uri: opening(side.rw, uri) for uri in URIS}
    found["a connection of networks"] = asked_of_networks(side, side.rw)
    side.remove_all()
    cases.save(ANSWERS, found)


def judge(side, name, run):
    expected = stored(ANSWERS)[name]
    for where, path in sockets(side).items():
        got = look(path, "network:///system" if where == "network" else "qemu:///system", run)
        if name in STRICTER and not side.stock:
            check(got[0].split("/")[0] in ("VIR_ERR_INVALID_ARG", "VIR_ERR_ARGUMENT_UNSUPPORTED"), "through %s: %s", where, got)
            continue
        equal(got, expected, "through " + where)


for name, run in ROWS.items():
    case("network wire: " + name, once=True, fixtures=make_fixtures)(lambda side, name=name, run=run: judge(side, name, run))


# ---- a connection of its own ----------------------------------------------------------------------------

QUESTIONS = {
    "type": lambda c: c.getType(),
    "version of the driver": lambda c: c.getVersion(),
    "version of the library": lambda c: c.getLibVersion() >= 9000000,
    "uri": lambda c: c.getURI().split("://")[1].split("?")[0],
    "is it alive": lambda c: c.isAlive(),
    "is it secure": lambda c: c.isSecure(),
    "is it encrypted": lambda c: c.isEncrypted(),
    "host name": lambda c: c.getHostname() == os.uname().nodename,
    "capabilities": lambda c: c.getCapabilities(),
    "what the host has": lambda c: c.getInfo(),
    "guests": lambda c: c.listAllDomains(),
    "number of guests": lambda c: c.numOfDomains(),
    "a guest": lambda c: c.lookupByName("x"),
    "new guest": lambda c: c.defineXML("<domain/>"),
    "memory": lambda c: c.getFreeMemory(),
    "highest number of CPUs": lambda c: c.getMaxVcpus("qemu"),
    "sysinfo": lambda c: c.getSysinfo(),
    "networks": lambda c: len(c.listAllNetworks()) > 0,
    "a network": lambda c: c.networkLookupByName(ON[0]).name(),
    "CPU models": lambda c: c.getCPUModelNames("x86_64"),
    "all statistics": lambda c: c.getAllDomainStats(),
}


def asked_of_networks(side, path):
    conn = libvirt.open("network+unix:///system?socket=" + path)
    found = {}
    for name, question in QUESTIONS.items():
        try:
            found[name] = question(conn)
        except libvirt.libvirtError as e:
            found[name] = named(e)
    conn.close()
    return found


def own_socket(side):
    if side.stock:
        return side.rw
    path = sockets(side).get("network")
    if path is None:
        raise Skip("virtnetworkd has no socket here")
    return path


@case("network wire: a connection of networks", once=True, fixtures=make_fixtures)
def of_networks(side):
    expected = stored(ANSWERS)["a connection of networks"]
    got = asked_of_networks(side, own_socket(side))
    different = ["%s: stock %s, here %s" % (name, expected[name], got[name]) for name in QUESTIONS
                 if got[name] != expected[name] and (side.stock or name not in MORE)]
    check(not different, "%s", "; ".join(different))


@case("network wire: features", once=True)
def features(side):
    expected = stored(ANSWERS)
    for name, run in FEATURES.items():
        equal(look(own_socket(side), "network:///system", run), expected[name], name)


@case("network wire: uris", once=True)
def uris(side):
    expected = stored(ANSWERS)["uris"]
    got = {uri: opening(own_socket(side), uri) for uri in URIS}
    different = ["%s: stock %s, here %s" % (uri, expected[uri], got[uri]) for uri in URIS if got[uri] != expected[uri]]
    check(not different, "%s", "; ".join(different))


@case("network wire: virsh on a connection of networks", once=True, fixtures=make_fixtures)
def own_virsh(side):
    import subprocess
    def virsh(*argv):
        return subprocess.run(["virsh", "-c", "network+unix:///system?socket=" + own_socket(side), *argv], capture_output=True, text=True)
    check(ON[0] in virsh("net-list", "--all").stdout, "its networks are listed")
    equal(virsh("net-uuid", ON[0]).stdout.strip(), UUID % ON[1], "the uuid")
    equal(virsh("list").returncode, 1, "the status of what needs guests")


@case("network wire: what one socket changes is heard and seen through the others", once=True)
def across(side):
    ways = {where: libvirt.open("%s+unix:///system?socket=%s" % ("network" if where == "network" else "qemu", path)) for where, path in sockets(side).items()}
    seen = []
    ids = {where: conn.networkEventRegisterAny(None, 0, lambda c, n, event, detail, where: seen.append((where, n.name(), event)), where)
           for where, conn in ways.items()}
    try:
        for conn in ways.values():
            seen.clear()
            network = conn.networkDefineXML(net(ip=ipv4()))
            network.create()
            network.portCreateXML(port())
            for other in ways.values():
                equal(other.networkLookupByUUIDString(UUID % 0).isActive(), 1, "it is active")
                equal([p.UUIDString() for p in other.networkLookupByName(NAME).listAllPorts()], [UUID % 501], "its ports")
            network.destroy()
            network.undefine()
            wanted = sorted((where, NAME, event) for where in ways for event in (0, 1, 2, 3))
            eventually(lambda: sorted(seen) == wanted, "everybody has heard of all")
            for where in ways:
                equal([event for w, _n, event in seen if w == where], [0, 2, 3, 1], "the order through " + where)
    finally:
        for where, conn in ways.items():
            conn.networkEventDeregisterAny(ids[where])
            conn.close()


@case("network wire: five hundred clients that come, list and go", once=True, fixtures=make_fixtures)
def many(side):
    path = own_socket(side)
    began = time.monotonic()
    for _ in range(500):
        with Wire(path) as w:
            w.open("network:///system")
            equal(words(w.named("CONNECT_LIST_ALL_NETWORKS", given(need_results=number(1)))), "ok type=1", "the list")
    check(time.monotonic() - began < 10, "it took %.1f s", time.monotonic() - began)
