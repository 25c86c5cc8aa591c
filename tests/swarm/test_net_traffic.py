# SPDX-License-Identifier: LGPL-2.1-or-later
"""Virtual networks as those see them who are on them: namespaces with real clients of DHCP and DNS, and packets that
come through or do not.  What stock is known not to do is marked as ours."""
import contextlib
import os
import re
import signal
import socket
import subprocess
import threading
import time

import libvirt

import hosts
from cases import case
from hosts import GATE, GATE6, MAC, WEB, WORLD, WORLD6, document, guest, ipv4, machine, network, world
from world import Events, check, equal, eventually

LIVE = libvirt.VIR_NETWORK_UPDATE_AFFECT_LIVE
ADD, DELETE = libvirt.VIR_NETWORK_UPDATE_COMMAND_ADD_LAST, libvirt.VIR_NETWORK_UPDATE_COMMAND_DELETE
HOSTS, DNS_HOSTS = libvirt.VIR_NETWORK_SECTION_IP_DHCP_HOST, libvirt.VIR_NETWORK_SECTION_DNS_HOST
FORBIDDEN = "what should not come through did"


def at_once(*functions):
    """Calls them all at the same time; their results."""
    results = [None] * len(functions)

    def run(index):
        try:
            results[index] = functions[index]()
        except Exception as e:          # it is raised below, by the case's own thread
            results[index] = e
    threads = [threading.Thread(target=run, args=(i,)) for i in range(len(functions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in results:
        if isinstance(result, Exception):
            raise result
    return results


@contextlib.contextmanager
def placed(side, bridge, address, **kw):
    """A guest with an address by hand, and its network's first one as its gateway."""
    with guest(side, bridge, **kw) as host:
        yield host.address(address + ("/64" if ":" in address else "/24"), gateway=re.sub(r"(\.|::)[^.:]*$", r"\g<1>1", address))


def fails_to_start(side, xml, code, *words):
    """The network does not start for that reason, and nothing of it is left."""
    with side.connection() as conn:
        try:
            conn.networkCreateXML(xml).destroy()
        except libvirt.libvirtError as e:
            equal(e.get_error_code(), code, "the code of '%s'" % e)
            for word in words if not side.stock else ():
                check(word in str(e), "'%s' is not in '%s'", word, e)
        else:
            raise AssertionError("it started")
        check(nothing_left(side) == [], "a failed start left %s", nothing_left(side))


def daemon_log(side):
    with contextlib.suppress(FileNotFoundError), open(side.path("/var/log/libvirt/virtnetworkd.log")) as f:
        return f.read()
    return ""


@contextlib.contextmanager
def events_of(net):
    """A list that gets the network's events."""
    Events.start()
    found = []
    conn = net.connect()
    number = conn.networkEventRegisterAny(net, libvirt.VIR_NETWORK_EVENT_ID_LIFECYCLE, lambda c, n, event, detail, o: found.append((event, detail)),
                                          None)
    try:
        yield found
    finally:
        conn.networkEventDeregisterAny(number)


def nothing_left(side):
    return [t for t in hosts.traces(side) if not (side.stock and left_by_stock(t))]


def left_by_stock(trace):
    """Its dnsmasq has no right to remove its pid file; files are kept of what was started more than once."""
    return trace.endswith(".pid") or trace.startswith("/var/lib")


# ---- DHCP and DNS ----------------------------------------------------------------------------------

@case("traffic: leases of two clients, their names and their files", once=True)
def leases(side):
    xml = document(forward="nat", more="<domain name='swarm.test'/>", ip=ipv4(7))
    with network(side, xml) as net, guest(side, "swnet0") as first, guest(side, "swnet0") as second:
        told = at_once(lambda: first.dhclient(config='send host-name "alpha";\n'), lambda: second.udhcpc("-x", "hostname:beta", "-T", "3"))
        check(told[0] and told[1], "no lease: %s", (told, first.words("dhclient"), second.words("udhcpc")))
        found = eventually(lambda: len(net.DHCPLeases()) == 2 and net.DHCPLeases(), "both leases are known")
        by_mac = {lease["mac"]: lease for lease in found}
        for host, name, address in ((first, "alpha", told[0]["new_ip_address"]), (second, "beta", told[1]["ip"])):
            lease = by_mac[host.mac]
            equal((lease["iface"], lease["ipaddr"], lease["prefix"], lease["hostname"], lease["type"]),
                  ("swnet0", address, 24, name, libvirt.VIR_IP_ADDR_TYPE_IPV4), "the lease of " + name)
            check(abs(lease["expirytime"] - time.time() - 3600) < 60, "it ends at %s", lease["expirytime"])
            equal(host.dig("192.168.7.1", name + ".swarm.test"), [address], "the address of " + name)
            equal(host.dig("192.168.7.1", "-x", address), [name + ".swarm.test."], "the name of " + address)
            on_disk = next(lease for lease in hosts.lease_files(side, "swnet0") if lease["mac-address"] == host.mac)
            equal((on_disk["ip-address"], on_disk["hostname"]), (address, name), "the lease on disk")
            if side.system.name != "running":
                table = side.ok("net-dhcp-leases", "sw-net", "--mac", host.mac)
                check(address + "/24" in table and name in table, "net-dhcp-leases: %s", table)
        equal(len(net.DHCPLeases(first.mac)), 1, "leases of one address")
        equal(net.DHCPLeases(MAC % 255), [], "leases of an address that has none")
        check(first.ping(told[1]["ip"]), "one guest does not reach the other")
        equal(told[0]["new_routers"], "192.168.7.1", "the gateway")
        equal(told[1]["domain"], "swarm.test", "the domain")
        first.run("dhclient", "-4", "-r", "-cf", first.path("dhclient.conf"), "-sf", first.script(), "-lf", first.path("leases4"),
                  "-pf", first.path("dhclient4.pid"), "-e", "SW_OUT=" + first.path("out"), "eth0")
        eventually(lambda: len(net.DHCPLeases()) == 1, "the lease that was given back is gone")
    equal(hosts.lease_files(side, "swnet0"), [], "the leases on disk of a network that is no more")


@case("traffic: leases of a network that stops", once=True)
def leases_stay(side):
    with network(side, document(ip=ipv4(7, "<host mac='%s' ip='192.168.7.9'/>" % (MAC % 0xa5))), define=True) as net:
        with guest(side, "swnet0", mac=MAC % 0xa5) as host:
            check(host.udhcpc("-x", "hostname:stays"), "there is no lease")
        net.destroy()
        equal(len(hosts.lease_files(side, "swnet0")), 1, "the leases on disk of a network that stopped")
        net.create()
        equal([lease["hostname"] for lease in net.DHCPLeases()], ["stays"], "the leases")
        with guest(side, "swnet0") as host:
            equal(host.address("192.168.7.10/24").dig("192.168.7.1", "stays"), ["192.168.7.9"], "the name of the one that had the lease")
        net.destroy()
        net.undefine()
    check(not os.path.exists(side.path("/var/lib/libvirt/dnsmasq/swnet0.status")), "leases of a network that is no more are on disk")


@case("traffic: a host of DHCP and of DNS while the network runs", once=True)
def live_hosts(side):
    with network(side, document(ip=ipv4(7, first=100, last=110))) as net, guest(side, "swnet0", mac=MAC % 0xa1) as host:
        before = hosts.dnsmasqs(side, "sw-net")
        row = "<host mac='%s' name='fixed' ip='192.168.7.9'/>" % (MAC % 0xa1)
        net.update(ADD, HOSTS, -1, row, LIVE)
        told = host.udhcpc()
        equal(told and told["ip"], "192.168.7.9", "the address")
        equal(hosts.dnsmasqs(side, "sw-net"), before, "its process")
        eventually(lambda: host.dig("192.168.7.1", "fixed") == ["192.168.7.9"], "its name is known")
        net.update(ADD, DNS_HOSTS, -1, "<host ip='192.168.7.77'><hostname>seven</hostname><hostname>sept</hostname></host>", LIVE)
        for name in ("seven", "sept"):
            eventually(lambda: host.dig("192.168.7.1", name) == ["192.168.7.77"], "the new name is known")
        net.update(DELETE, DNS_HOSTS, -1, "<host ip='192.168.7.77'/>", LIVE)
        eventually(lambda: host.dig("192.168.7.1", "seven") == [], "the name is gone")
        net.update(DELETE, HOSTS, -1, row, LIVE)
        check("192.168.7.9" not in net.XMLDesc(), "it is still there: %s", net.XMLDesc())


DNS = """<domain name='swarm.test' localOnly='yes'/>
<dns><forwarder domain='example.org' addr='%s'/><txt name='note' value='left here'/>
<srv service='ldap' protocol='tcp' domain='swarm.test' target='dir.swarm.test' port='389' priority='1' weight='2'/>
<host ip='192.168.7.5'><hostname>dir</hostname></host></dns>""" % WORLD


@contextlib.contextmanager
def name_server(host):
    """A server of names in the world: everything is 203.0.113.5."""
    proc = subprocess.Popen([*host.enter(), "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--pid-file",
                             "--address=/#/203.0.113.5"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        eventually(lambda: host.dig(WORLD, "x.org") == ["203.0.113.5"], "the world's server answers")
        yield
    finally:
        proc.terminate()
        proc.wait()


@case("traffic: names", once=True)
def names(side):
    with world(side) as outside, name_server(outside), network(side, document(more=DNS, ip=ipv4(7))), placed(side, "swnet0", "192.168.7.9") as host:
        equal(host.dig("192.168.7.1", "dir"), ["192.168.7.5"], "a host")
        equal(host.dig("192.168.7.1", "-x", "192.168.7.5"), ["dir.swarm.test."], "its name")
        equal(host.dig("192.168.7.1", "note", "TXT"), ['"left here"'], "a text")
        equal(host.dig("192.168.7.1", "_ldap._tcp.swarm.test", "SRV"), ["1 2 389 dir.swarm.test."], "a service")
        equal(host.dig("192.168.7.1", "www.example.org"), ["203.0.113.5"], "a name of the world")
        equal(host.dig("192.168.7.1", "none.swarm.test"), [], "a name of the local domain")
        equal(host.dig("192.168.7.1", "+tcp", "www.example.org"), ["203.0.113.5"], "a name by TCP")


# ---- the options of DHCP -------------------------------------------------------------------------------

OPTIONS = """<network xmlns:dnsmasq='http://libvirt.org/schemas/network/dnsmasq/1.0'><name>sw-net</name>
<bridge name='swnet0' stp='off'/><mtu size='1400'/><domain name='swarm.test'/>
<ip address='192.168.7.1' netmask='255.255.255.0'><tftp root='%s'/>
<dhcp><range start='192.168.7.9' end='192.168.7.99'><lease expiry='10' unit='minutes'/></range><host mac='%s' ip='192.168.7.9'/><bootp file='first.0'/></dhcp></ip>
<dnsmasq:options><dnsmasq:option value='dhcp-option=option:domain-search,one.test,two.test'/></dnsmasq:options></network>"""


@case("traffic: a boot from the network", once=True)
def boot(side):
    folder = os.path.join(side.root, "tftp")
    os.makedirs(folder, exist_ok=True)
    os.chmod(folder, 0o755)
    with open(os.path.join(folder, "first.0"), "w") as f:
        f.write("first " * 2000)
    with network(side, OPTIONS % (folder, MAC % 0xa2)), guest(side, "swnet0", mac=MAC % 0xa2) as host:
        equal(machine(side).links()["swnet0"]["mtu"], 1400, "the bridge's MTU")
        told = host.udhcpc("-O", "mtu", "-O", "search")
        check(told, "there is no lease")
        equal((told["boot_file"], told["siaddr"]), ("first.0", "192.168.7.1"), "what to boot")
        equal((told["mtu"], told["search"], told["domain"]), ("1400", "one.test two.test", "swarm.test"), "the options")
        equal(told["lease"], "600", "the lease's seconds")
        host.run("tftp", "-m", "octet", told["siaddr"], "-c", "get", told["boot_file"], host.path("got"))
        with open(host.path("got")) as f:
            equal(f.read(), "first " * 2000, "the file")


# ---- what comes through --------------------------------------------------------------------------------

@case("traffic: a NAT network reaches the world, which cannot open connections", once=True)
def nat(side):
    forward = "<forward mode='nat'><nat><port start='20000' end='20099'/></nat></forward>"
    with world(side, ["192.168.7.0/24"]) as outside, network(side, document(forward=forward, ip=ipv4(7))), \
            placed(side, "swnet0", "192.168.7.9") as host, host.echo():
        for asked in (host.udp(WORLD), host.udp(WORLD, source_port=3333), host.tcp(WORLD), host.tcp(WORLD, WEB)):
            check(asked and asked[0] == GATE and 20000 <= asked[1] <= 20099, "the world saw %s", asked)
        equal(host.run("curl", "-s", "-m", "3", "http://%s:%d/" % (WORLD, WEB)).split()[0], GATE, "whom the web server saw")
        check(host.ping(WORLD), "no answer to a ping")
        equal((outside.udp("192.168.7.9", times=1), outside.tcp("192.168.7.9"), outside.ping("192.168.7.9", 1)), (None, None, False), FORBIDDEN)
        here = machine(side)
        check(here.udp("192.168.7.9") and here.tcp("192.168.7.9") and here.ping("192.168.7.9"), "the machine does not reach the guest")
        check(host.ping("192.168.7.1") and host.ping(GATE), "the guest does not reach the machine")


@case("traffic: addresses of NAT", once=True)
def nat_addresses(side):
    machine(side)
    forward = "<forward mode='nat'><nat><address start='198.51.100.20' end='198.51.100.20'/></nat></forward>"
    with world(side) as outside, network(side, document(forward=forward, ip=ipv4(7))), placed(side, "swnet0", "192.168.7.9") as host:
        # Nobody has the address but by this route.
        outside.run("ip", "route", "add", "198.51.100.20/32", "via", GATE)
        equal((host.udp(WORLD) or [None])[0], "198.51.100.20", "whom the world saw")
        equal((host.tcp(WORLD) or [None])[0], "198.51.100.20", "whom the world saw")


@case("traffic: an isolated network", once=True)
def isolated(side):
    with world(side, ["192.168.7.0/24"]) as outside, network(side, document(ip=ipv4(7))), \
            network(side, document("sw-net2", "swnet1", "nat", ipv4(8))), \
            placed(side, "swnet0", "192.168.7.9") as host, placed(side, "swnet0", "192.168.7.10") as neighbour, \
            placed(side, "swnet1", "192.168.8.9") as other, host.echo(), other.echo(), neighbour.echo(), machine(side).echo(7010):
        equal((host.udp(WORLD, times=1), host.tcp(WORLD), host.ping(WORLD, 1)), (None, None, False), FORBIDDEN)
        equal((host.udp("192.168.8.9", times=1), host.tcp("192.168.8.9"), host.ping("192.168.8.9", 1)), (None, None, False), FORBIDDEN)
        equal((other.udp("192.168.7.9", times=1), other.tcp("192.168.7.9"), other.ping("192.168.7.9", 1)), (None, None, False), FORBIDDEN)
        equal((outside.udp("192.168.7.9", times=1), outside.tcp("192.168.7.9")), (None, None), FORBIDDEN)
        equal((host.udp("192.168.7.1", 7010) or [None])[0], "192.168.7.9", "whom the machine saw")
        equal((host.tcp("192.168.7.10") or [None])[0], "192.168.7.9", "whom the neighbour saw")
        check(other.udp(WORLD), "the other network does not reach the world")


@case("traffic: two NAT networks do not reach each other", once=True)
def apart(side):
    with network(side, document(forward="nat", ip=ipv4(7))), network(side, document("sw-net2", "swnet1", "nat", ipv4(8))), \
            placed(side, "swnet0", "192.168.7.9") as one, placed(side, "swnet1", "192.168.8.9") as two, one.echo(), two.echo():
        equal((one.udp("192.168.8.9", times=1), one.tcp("192.168.8.9"), one.ping("192.168.8.9", 1)), (None, None, False), FORBIDDEN)
        equal((two.udp("192.168.7.9", times=1), two.tcp("192.168.7.9"), two.ping("192.168.7.9", 1)), (None, None, False), FORBIDDEN)


@case("traffic: a routed network", once=True)
def routed(side):
    with world(side, ["192.168.7.0/24"]) as outside, network(side, document(forward="route", ip=ipv4(7))), \
            placed(side, "swnet0", "192.168.7.9") as host, host.echo():
        equal((host.udp(WORLD) or [None])[0], "192.168.7.9", "whom the world saw")
        equal((host.tcp(WORLD) or [None])[0], "192.168.7.9", "whom the world saw")
        equal((outside.udp("192.168.7.9") or [None])[0], WORLD, "whom the guest saw")
        equal((outside.tcp("192.168.7.9") or [None])[0], WORLD, "whom the guest saw")
        check(host.ping(WORLD) and outside.ping("192.168.7.9"), "no answer to a ping")


@case("traffic: a network that only one device forwards", once=True)
def one_device(side):
    with world(side) as outside, network(side, document(forward="<forward mode='nat' dev='swworld'/>", ip=ipv4(7))), \
            network(side, document("sw-net2", "swnet1", "<forward mode='nat' dev='swnone'/>", ipv4(8))), \
            placed(side, "swnet0", "192.168.7.9") as host, placed(side, "swnet1", "192.168.8.9") as other:
        check(outside and host.udp(WORLD), "no answer by the device")
        equal((other.udp(WORLD, times=1), other.tcp(WORLD)), (None, None), FORBIDDEN)


@case("traffic: an open network has no rules", once=True)
def opened(side):
    with world(side, ["192.168.7.0/24"]) as outside, network(side, document(forward="open", ip=ipv4(7))), \
            placed(side, "swnet0", "192.168.7.9") as host, host.echo():
        check("swnet0" not in machine(side).run("nft", "list", "ruleset"), "there are rules for it")
        equal((host.udp(WORLD) or [None])[0], "192.168.7.9", "whom the world saw")
        equal((outside.tcp("192.168.7.9") or [None])[0], WORLD, "whom the guest saw")


# ---- IPv6 ----------------------------------------------------------------------------------------------

@case("traffic: an address by router advertisement, and NAT of IPv6", once=True)
def advertised(side):
    ip = "<ip family='ipv6' address='2001:db8:7::1' prefix='64'/>"
    with world(side) as outside, network(side, document(forward="<forward mode='nat'><nat ipv6='yes'/></forward>", ip=ip)), \
            guest(side, "swnet0") as host:
        check(outside, "")
        found = eventually(lambda: host.addresses("eth0", "inet6"), "the kernel has taken an address")
        check(found[0].startswith("2001:db8:7:") and found[0].endswith("/64"), "the addresses are %s", found)
        check(host.ip("-6", "route", "show", "default"), "there is no default route")
        asked = eventually(lambda: host.udp(WORLD6), "the world answers")
        equal(asked[0], GATE6, "whom the world saw")
        equal((host.tcp(WORLD6) or [None])[0], GATE6, "whom the world saw")
        check(host.ping(WORLD6), "no answer to a ping")


@case("traffic: an address by DHCPv6 on a routed network", once=True)
def stateful(side):
    ip = ("<ip family='ipv6' address='2001:db8:7::1' prefix='64'><dhcp><range start='2001:db8:7::100' end='2001:db8:7::1ff'/>"
          "<host name='fixed' ip='2001:db8:7::77'/></dhcp></ip>")
    with world(side, ["2001:db8:7::/64"]) as outside, network(side, document(forward="route", ip=ip)) as net, guest(side, "swnet0") as host, \
            host.echo():
        told = host.dhclient("-v", version=6, config='send host-name "fixed"; send fqdn.fqdn "fixed"; send fqdn.server-update on;\n')
        check(told, "there is no lease")
        equal(told["new_ip6_address"], "2001:db8:7::77", "the address")
        lease = eventually(net.DHCPLeases, "the lease is known")[0]
        equal((lease["ipaddr"], lease["prefix"], lease["type"]), ("2001:db8:7::77", 64, libvirt.VIR_IP_ADDR_TYPE_IPV6), "the lease")
        check(lease["clientid"] and lease["iaid"], "the lease has no ids: %s", lease)
        eventually(lambda: host.ip("-6", "route", "show", "default"), "there is a default route")
        equal((host.udp(WORLD6) or [None])[0], "2001:db8:7::77", "whom the world saw")
        equal((outside.tcp("2001:db8:7::77") or [None])[0], WORLD6, "whom the guest saw")


# ---- limits --------------------------------------------------------------------------------------------

def rate(host, seconds=1.0):
    """KiB a second that come from a server of the machine's, at a coarse glance."""
    got, begin = 0, time.monotonic()
    with host.socket(socket.SOCK_STREAM, "192.168.7.1") as s:
        s.connect(("192.168.7.1", 7020))
        while time.monotonic() < begin + seconds:
            got += len(s.recv(65536))
    return got / 1024 / (time.monotonic() - begin)


@contextlib.contextmanager
def flood(place):
    """A server that sends as fast as it can, to one at a time."""
    with place.inside():
        listener = socket.create_server(("0.0.0.0", 7020))

    def send():
        with contextlib.suppress(OSError):
            while True:
                with contextlib.suppress(ConnectionError):
                    peer = listener.accept()[0]
                    with peer:
                        while True:
                            peer.sendall(bytes(65536))
    thread = threading.Thread(target=send, daemon=True)
    thread.start()
    try:
        yield
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


@case("traffic: the bandwidth of a network", ours=True, once=True)
def bandwidth(side):
    # Stock needs a queue that not every kernel has.
    limited = "<bandwidth><inbound average='200' burst='20'/></bandwidth>"
    with network(side, document(more=limited, ip=ipv4(7))), placed(side, "swnet0", "192.168.7.9") as host, flood(machine(side)):
        slow = rate(host)
        check(slow < 1500, "%d KiB a second where 200 are allowed", slow)
    with network(side, document(ip=ipv4(7))), placed(side, "swnet0", "192.168.7.9") as host, flood(machine(side)):
        fast = rate(host, 0.3)
        check(fast > 10000, "%d KiB a second without a limit", fast)


# ---- ends and accidents ----------------------------------------------------------------------------------

@case("traffic: nothing is left of a network", once=True)
def ends(side):
    ip = ipv4(7) + "<ip family='ipv6' address='2001:db8:7::1' prefix='64'/>"
    with network(side, document(forward="<forward mode='nat'><nat ipv6='yes'/></forward>", ip=ip), define=True) as net:
        check({"bridge", "rules", "dnsmasq"} <= set(hosts.traces(side)), "there is only %s", hosts.traces(side))
        with guest(side, "swnet0") as host:
            net.destroy()
            equal(nothing_left(side), [], "what is left")
            net.create()
            machine(side).run("ip", "link", "set", host.port, "master", "swnet0")
            host.address("192.168.7.9/24")
            check(host.ping("192.168.7.1"), "the machine is not reached by the network that started again")
        net.destroy()
        equal(nothing_left(side), [], "what is left")


@case("traffic: somebody has the port of names", once=True)
def port_taken(side):
    place = machine(side)
    with place.inside():
        taken = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with taken:
        taken.bind(("0.0.0.0", 53))
        fails_to_start(side, document(forward="nat", ip=ipv4(7)), libvirt.VIR_ERR_INTERNAL_ERROR, "53", str(os.getpid()))


@case("traffic: somebody has the addresses", once=True)
def address_taken(side):
    machine(side)
    with world(side):
        xml = document(ip=ipv4(7).replace("192.168.7", "198.51.100"), forward="nat")
        fails_to_start(side, xml, libvirt.VIR_ERR_INTERNAL_ERROR, "198.51.100.0/24", "swworld")
    with network(side, document("sw-net2", "swnet1", ip=ipv4(7))):
        fails_to_start(side, document(ip=ipv4(7)), libvirt.VIR_ERR_INTERNAL_ERROR, "192.168.7.0/24", "swnet1")


@case("traffic: rules that somebody flushes are put back", ours=True, once=True)
def flushed(side):
    place = machine(side)
    with world(side), network(side, document(forward="nat", ip=ipv4(7))), network(side, document("sw-net2", "swnet1", ip=ipv4(8))), \
            placed(side, "swnet0", "192.168.7.9") as host, placed(side, "swnet1", "192.168.8.9") as other:
        before = place.run("nft", "list", "ruleset")
        for _ in range(3):
            place.run("nft", "flush", "ruleset")
            eventually(lambda: place.run("nft", "list", "ruleset") == before, "all rules are back")
            equal((host.udp(WORLD) or [None])[0], GATE, "whom the world saw")
            equal(other.udp(WORLD, times=1), None, FORBIDDEN)
        # Some are as much as all.
        table = re.search(r"table (\w+ \w+) \{", before).group(1).split()
        chain = re.search(r"chain (\w+) \{", before).group(1)
        place.run("nft", "flush", "chain", *table, chain)
        eventually(lambda: place.run("nft", "list", "ruleset") == before, "the chain is whole again")


FOREIGN = """table inet swforeign {
 counter seen { }
 chain way { type filter hook forward priority -200; policy accept; counter name seen; }
}
"""


@case("traffic: tables of others are left alone", ours=True, once=True)
def foreign(side):
    place = machine(side)
    done = subprocess.run([*place.enter(), "nft", "-f", "-"], input=FOREIGN, text=True, capture_output=True)
    check(done.returncode == 0, "nft: %s", done.stderr)
    log = os.path.join(side.root, "monitor")
    with world(side), network(side, document("sw-net2", "swnet1", "nat", ipv4(8))), placed(side, "swnet1", "192.168.8.9") as host:
        with open(log, "wb") as out:
            monitor = subprocess.Popen([*place.enter(), "stdbuf", "-oL", "nft", "monitor"], stdout=out)
        try:
            time.sleep(0.2)
            with host.socket(socket.SOCK_STREAM, WORLD) as s:
                s.settimeout(5)
                s.connect((WORLD, WEB))
                with network(side, document(forward="nat", ip=ipv4(7))):
                    pass
                s.sendall(b"GET / HTTP/1.0\r\n\r\n")
                check(b"200 OK" in s.recv(1000), "a connection that was open is broken")
            with open(log) as f:
                eventually(lambda: f.seek(0) == 0 and f.read().count("swnet0") > 1, "the monitor has seen the network")
        finally:
            monitor.terminate()
            monitor.wait()
            place.run("nft", "delete", "table", "inet", "swforeign")
    with open(log) as f:
        text = f.read()
    check("swforeign" not in text, "the table of others was touched: %s", text)
    check("swnet1" not in text, "the rules of another network were touched: %s", text)


BLOCKING = """nft -f - <<'END'
table inet swforeign {
 chain way { type filter hook forward priority 0; policy %s; }
}
END"""
UNBLOCK = "nft delete table inet swforeign"
# How it is put in the way, how it is taken away, what the log then says of the network.
OBSTACLES = (
    (BLOCKING % "accept", UNBLOCK, None),
    (BLOCKING % "drop", UNBLOCK, "policy of chain way in nftables' table inet swforeign"),
    (BLOCKING % 'accept; iifname "swnet0" drop', UNBLOCK, "chain way in nftables' table inet swforeign"),
    # Docker's way, and ufw's.
    ("iptables -N DOCKER-USER; iptables -A FORWARD -j DOCKER-USER; iptables -P FORWARD DROP", "iptables -P FORWARD ACCEPT",
     "policy of chain FORWARD in nftables' table ip filter.*world"),
    ("iptables -P INPUT DROP; iptables -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", "iptables -P INPUT ACCEPT",
     "policy of chain INPUT in nftables' table ip filter.*DHCP"),
    ("iptables -P INPUT DROP; for p in udp tcp; do for n in 53 67; do iptables -A INPUT -p $p --dport $n -j ACCEPT; done; done",
     "iptables -P INPUT ACCEPT", None),
)


@case("traffic: a table of others that is in the way is named", ours=True, once=True)
def obstacles(side):
    place = machine(side)
    for put, away_with, words in OBSTACLES:
        time.sleep(1.1)         # many starts share one look at the ruleset
        place.run("sh", "-ec", put)
        before = len(daemon_log(side))
        said = lambda: re.search("network 'sw-net': .*" + (words or ""), daemon_log(side)[before:])            # noqa: E731
        try:
            with network(side, document(forward="nat", ip=ipv4(7))):
                if words:
                    eventually(said, "the log names what '%s' does: %s" % (put, words))
                else:
                    time.sleep(0.3)
                    check(not said(), "after %s the log says %s", put, daemon_log(side)[before:])
        finally:
            place.run("sh", "-ec", away_with + "; iptables -F; iptables -X")


@case("traffic: a dnsmasq that died is started again", ours=True, once=True)
def mourned(side):
    with network(side, document(forward="nat", ip=ipv4(7, "<host mac='%s' ip='192.168.7.9'/>" % (MAC % 0xa3)))) as net, \
            guest(side, "swnet0", mac=MAC % 0xa3) as host:
        check(host.udhcpc("-x", "hostname:before"), "there is no lease")
        before = hosts.dnsmasqs(side, "sw-net")
        with events_of(net) as events:
            for pid in before:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, 9)
            eventually(lambda: hosts.dnsmasqs(side, "sw-net") and not set(before) & set(hosts.dnsmasqs(side, "sw-net")), "there is a new one")
            eventually(lambda: events == [(libvirt.VIR_NETWORK_EVENT_STARTED, 1)], "clients hear of it")
        eventually(lambda: host.dig("192.168.7.1", "before") == ["192.168.7.9"], "it knows the lease")
        check(net.isActive() and len(net.DHCPLeases()) == 1, "the leases are %s", net.DHCPLeases())
        check(host.udhcpc(), "there is no lease from the new one")


@case("traffic: a bridge that somebody deletes", ours=True, once=True)
def deleted(side):
    with network(side, document(forward="nat", ip=ipv4(7)), define=True) as net:
        with events_of(net) as events:
            machine(side).run("ip", "link", "delete", "swnet0")
            eventually(lambda: not net.isActive(), "the network is inactive")
            eventually(lambda: events == [(libvirt.VIR_NETWORK_EVENT_STOPPED, 0)], "clients hear of it")
        eventually(lambda: re.search("network 'sw-net' is not active.*swnet0", daemon_log(side)), "the log says why")
        check(re.search(r"Active: *no", side.ok("net-info", "sw-net")), "net-info: %s", side.ok("net-info", "sw-net"))
        eventually(lambda: nothing_left(side) == [], "nothing is left of it")
        net.create()
        with placed(side, "swnet0", "192.168.7.9") as host:
            check(host.ping("192.168.7.1"), "it does not work again")


@case("traffic: a daemon that is killed", ours=True, once=True)
def killed(side):
    with world(side), network(side, document(forward="nat", ip=ipv4(7, "<host mac='%s' ip='192.168.7.9'/>" % (MAC % 0xa4)))), \
            guest(side, "swnet0", mac=MAC % 0xa4) as host:
        check(host.udhcpc("-x", "hostname:stays"), "there is no lease")
        before = hosts.dnsmasqs(side, "sw-net"), machine(side).run("nft", "list", "ruleset")
        side.system.kill("virtnetworkd")
        equal((host.udp(WORLD) or [None])[0], GATE, "whom the world saw without the daemon")
        with side.connection() as conn:
            net = conn.networkLookupByName("sw-net")
            check(net.isActive(), "the network is not active")
            equal([lease["hostname"] for lease in net.DHCPLeases()], ["stays"], "the leases")
            equal((hosts.dnsmasqs(side, "sw-net"), machine(side).run("nft", "list", "ruleset")), before, "what there is of it")
            check(host.udhcpc(), "there is no lease")


@case("traffic: fifty networks by eight clients at once", once=True)
def many(side):
    machine(side)
    count = 10 if side.stock else 50
    with side.connection() as conn, contextlib.ExitStack() as stack:
        for i in range(count):
            conn.networkDefineXML(document("sw-many%d" % i, "swmany%d" % i, "nat", ipv4(100 + i)))
            stack.callback(hosts.remove_network, conn, "sw-many%d" % i)

        def share(step):
            def work(client):
                with side.connection() as own:
                    for i in range(client, count, 8):
                        getattr(own.networkLookupByName("sw-many%d" % i), step)()
            at_once(*[lambda client=client: work(client) for client in range(8)])
        share("create")
        equal(sum(n.isActive() for n in conn.listAllNetworks() if n.name().startswith("sw-many")), count, "those that run")
        for i in (0, count // 2, count - 1):
            with guest(side, "swmany%d" % i) as host:
                host.address("192.168.%d.9/24" % (100 + i))
                check(host.ping("192.168.%d.1" % (100 + i)), "number %d does not answer", i)
                check(hosts.dnsmasqs(side, "sw-many%d" % i), "number %d has no dnsmasq", i)
        share("destroy")
        left = [t for i in range(count) for t in hosts.traces(side, "sw-many%d" % i, "swmany%d" % i)
                if not side.stock or not left_by_stock(t)]
        equal(left, [], "what is left")


@case("traffic: what happened to networks while their daemon was away", ours=True, once=True)
def away(side):
    """Rules flushed, a dnsmasq dead, a bridge deleted: the next daemon finds each and says so."""
    place = machine(side)
    three = [("sw-net", "swnet0"), ("sw-net2", "swnet1"), ("sw-net3", "swnet2")]
    with world(side), contextlib.ExitStack() as stack:
        for i, (name, bridge) in enumerate(three):
            stack.enter_context(network(side, document(name, bridge, "nat", ipv4(7 + i)), define=True))
        host = stack.enter_context(placed(side, "swnet0", "192.168.7.9"))
        other = stack.enter_context(placed(side, "swnet1", "192.168.8.9"))
        before = len(daemon_log(side))
        side.system.kill("virtnetworkd")
        place.run("nft", "flush", "ruleset")
        place.run("ip", "link", "delete", "swnet2")
        for pid in hosts.dnsmasqs(side, "sw-net2"):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, 9)
        with side.connection() as conn:
            active = {n.name(): bool(n.isActive()) for n in conn.listAllNetworks() if n.name().startswith("sw-net")}
        equal(active, {"sw-net": True, "sw-net2": True, "sw-net3": False}, "what runs")
        for guest_host in (host, other):
            equal((eventually(lambda: guest_host.udp(WORLD), "the world answers") or [None])[0], GATE, "whom the world saw")
        equal((host.udp("192.168.8.9", times=1), host.tcp("192.168.8.9")), (None, None), FORBIDDEN)
        eventually(lambda: hosts.dnsmasqs(side, "sw-net2"), "the dnsmasq runs again")
        eventually(lambda: hosts.traces(side, "sw-net3", "swnet2") == [], "nothing is left of the third")
        check(re.search("sw-net3.*swnet2", daemon_log(side)[before:]), "the log does not say why: %s", daemon_log(side)[before:])


@case("traffic: a dnsmasq that hangs", ours=True, once=True)
def hanging(side):
    with network(side, document(forward="nat", ip=ipv4(7)), define=True) as net:
        with open(side.path("/run/libvirt/network/sw-net.pid")) as f:
            pid = int(f.read())
        os.kill(pid, signal.SIGSTOP)
        try:
            check(net.isActive() and net.DHCPLeases() == [] and net.XMLDesc(), "no answer")
            net.destroy()
            eventually(lambda: nothing_left(side) == [], "nothing is left")
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
