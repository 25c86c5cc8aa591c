# SPDX-License-Identifier: LGPL-2.1-or-later
"""What networks have outside of the daemon for names and addresses: dnsmasq's files, its lease helper, the lists that
libnss-libvirt reads.  stock-dnsmasq.json holds what stock makes of the same."""
import concurrent.futures
import json
import os
import subprocess
import tempfile
from xml.sax.saxutils import escape

import libvirt

import hosts
from cases import case, save, stored
from hosts import guest, ipv4, network
from net_servers import CALLS, DOCUMENTS, LATE, MAC, dhcp, net, options, NAMESPACE
from world import check, equal, eventually

STORE = "stock-dnsmasq.json"
LIVE = libvirt.VIR_NETWORK_UPDATE_AFFECT_LIVE
LISTS = ("hostsfile", "addnhosts")
# Others have to wait until dnsmasq has seen that nobody answers at their address.
FIXED = "<host mac='%s' ip='192.168.7.9'/>"


# ---- files -----------------------------------------------------------------------------------------

def lines(side, suffix):
    """A file of the network, below no root and without comments; None if there is none."""
    path = side.path("/var/lib/libvirt/dnsmasq/sw-dm." + suffix)
    if not os.path.exists(path):
        return None
    with open(path) as f:
        text = f.read()
    return [line for line in text.replace(side.root + "/", "/").splitlines() if not line.startswith("##")]


def outcome(side, conn, xml):
    """What a start gives: the files, the code and domain of an error, or nothing."""
    network = hosts.served(conn.networkDefineXML, xml)
    try:
        network.create()
        conf = lines(side, "conf")
        return {"conf": conf, "lists": [lines(side, s) or [] for s in LISTS]} if conf is not None else {}
    except libvirt.libvirtError as e:
        return {"error": [e.get_error_code(), e.get_error_domain()]}
    finally:
        hosts.remove_network(conn, "sw-dm")


def outcomes(side, names):
    hosts.machine(side)
    with side.connection() as conn:
        return {name: outcome(side, conn, DOCUMENTS[name]) for name in names}


@case("dnsmasq: files of all kinds of networks", once=True)
def files(side):
    wanted = stored(STORE)["files"]
    # Stock takes half a second a network; some show whether what is stored is still true.
    for name, got in outcomes(side, list(DOCUMENTS)[::6 if side.stock else 1]).items():
        equal(got, wanted[name], "the network '%s'" % name)


REFUSED = {
    "<domain name='e&#10;log-queries'/>": "domain", "<dns><txt name='a' value='b&#10;log-queries'/></dns>": "txt",
    "<dns><srv service='s' protocol='tcp' domain='b&#10;log-queries' target='a'/></dns>": "srv",
    "<dns><forwarder domain='b&#10;log-queries'/></dns>": "forwarder",
    "<dns><host ip='192.0.2.3'><hostname>a&#10;192.0.2.4 b</hostname></host></dns>": "hostname",
    "<dns><txt name='a' value='%slog-queries'/></dns>" % ("x" * 1011): "1023",
}


@case("dnsmasq: values stay in their places", ours=True, once=True)
def values(side):
    # Stock writes them as they are.
    hosts.machine(side)
    documents = {net(body): word for body, word in REFUSED.items()}
    documents[net(ip=dhcp("<host mac='%s' name='a,ignore' ip='192.168.77.5'/>" % (MAC % 1)))] = "host name"
    documents[net("<domain name='ex.test' register='yes'/>")] = "systemd-resolved"        # which is not here
    documents[net(attributes=NAMESPACE, tail=options("log-queries&#10;dhcp-script=/bin/false"))] = "option"
    with side.connection() as conn:
        for xml, word in documents.items():
            try:
                hosts.served(conn.networkCreateXML, xml)
            except libvirt.libvirtError as e:
                equal(e.get_error_code(), libvirt.VIR_ERR_CONFIG_UNSUPPORTED, "the code of '%s'" % e)
                check(word in str(e), "'%s' is not in '%s'", word, e)
            else:
                hosts.remove_network(conn, "sw-dm")
                raise AssertionError("it started: %s" % xml)
    check(not os.path.exists(side.path("/var/lib/libvirt/dnsmasq/sw-dm.conf")), "a failed start left a file")
    texts = "<dns><txt name='t' value='  a \"b\" # c\\ '/></dns>"
    with network(side, hosts.document(more=texts, ip=ipv4(7))), guest(side, "swnet0") as host:
        host.address("192.168.7.9/24")
        equal(host.dig("192.168.7.1", "t", "TXT"), ['"  a \\"b\\" # c\\\\ "'], "an odd text")


@case("dnsmasq: what a change of a network restarts", once=True)
def changes(side):
    with network(side, hosts.document(ip=ipv4(7, FIXED % (MAC % 1)))) as running, guest(side, "swnet0", mac=MAC % 1) as host:
        before = hosts.dnsmasqs(side, "sw-net")
        told = host.udhcpc()
        check(told, "there is no lease")
        running.update(libvirt.VIR_NETWORK_UPDATE_COMMAND_ADD_LAST, libvirt.VIR_NETWORK_SECTION_IP_DHCP_HOST, -1,
                       "<host mac='%s' ip='192.168.7.8'/>" % (MAC % 2), LIVE)
        equal(hosts.dnsmasqs(side, "sw-net"), before, "its process after a new host")
        running.update(libvirt.VIR_NETWORK_UPDATE_COMMAND_ADD_LAST, libvirt.VIR_NETWORK_SECTION_DNS_TXT, -1,
                       "<txt name='note' value='here'/>", LIVE)
        check(not set(before) & set(hosts.dnsmasqs(side, "sw-net")), "its process after a new record is the old one")
        equal(host.dig("192.168.7.1", "note", "TXT"), ['"here"'], "the record")
        equal([lease["ipaddr"] for lease in running.DHCPLeases()], [told["ip"]], "the leases")


NAMES = ["sw-dm a b", "sw-dm\"q'r", "sw-dm&b<c", "sw-dm #b", "sw-dm\u00e4", "sw-dm\\b", "sw-dm%s", "sw-dm,b"]


def servers_of_all(side):
    return {name: hosts.dnsmasqs(side, name) for name in NAMES}


@case("dnsmasq: networks with odd names", ours=True, once=True)
def odd_names(side):
    # Stock's pid files are not where it looks for them.
    hosts.machine(side)
    with side.connection() as conn:
        try:
            for i, name in enumerate(NAMES):
                hosts.served(conn.networkCreateXML, "<network><name>%s</name><bridge name='swdm%d'/>%s</network>"
                             % (escape(name), i + 1, ipv4(100 + i)))
            before = servers_of_all(side)
            check(all(before.values()), "without a server: %s", before)
            side.system.kill("virtnetworkd")
            eventually(lambda: conn_is_back(side), "the daemon is back")
            equal(servers_of_all(side), before, "the processes after a restart of the daemon")
        finally:
            with side.connection() as again:
                for name in NAMES:
                    hosts.remove_network(again, name)
    equal(servers_of_all(side), {name: [] for name in NAMES}, "the processes after the networks' ends")
    equal([f for f in os.listdir(side.path("/var/lib/libvirt/dnsmasq")) if f.startswith("sw")], [], "the files")


def conn_is_back(side):
    with side.connection() as conn:
        return len(conn.listAllNetworks(libvirt.VIR_CONNECT_LIST_NETWORKS_ACTIVE)) >= len(NAMES)


# ---- the helper ----------------------------------------------------------------------------------------

def helper(side):
    return "/usr/lib/libvirt/libvirt_leaseshelper" if side.stock else side.system.binary("libvirt_leaseshelper")


def call(program, folder, variables, *words):
    """Calls the helper with a folder of its own in the place that is built into it; status, output."""
    os.makedirs(os.path.join(folder, "dnsmasq"), exist_ok=True)
    done = subprocess.run(["unshare", "-m", "sh", "-c", 'mount --bind "$0" /var/lib/libvirt && exec "$@"', folder, program, *words],
                          env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **variables}, capture_output=True, text=True, timeout=20)
    return [done.returncode, done.stdout]


def contents(folder):
    found = {}
    for name in sorted(os.listdir(os.path.join(folder, "dnsmasq"))):
        with open(os.path.join(folder, "dnsmasq", name)) as f:
            found[name] = f.read()
    return found


def traces(side):
    """After each call its status, what it printed, and the files."""
    hosts.machine(side)
    with tempfile.TemporaryDirectory() as folder:
        return [[*call(helper(side), folder, *arguments), contents(folder)] for arguments in CALLS]


@case("dnsmasq: the lease helper writes what stock's does", once=True)
def leases(side):
    for arguments, got, wanted in zip(CALLS, traces(side), stored(STORE)["leases"], strict=True):
        equal(got, wanted, "after %s" % (arguments[1:],))


@case("dnsmasq: the lease helper and what is no list of leases", ours=True, once=True)
def damaged(side):
    hosts.machine(side)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "dnsmasq", "swdm9.status")
        good = {"ip-address": "192.168.1.9", "mac-address": MAC % 9, "expiry-time": 4102444800, "more": [1]}
        for text in ("{{{", "{}", '["a", 1]', json.dumps([good, {"ip-address": "192.168.1.8"}])):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as f:
                f.write(text)
            status, out = call(helper(side), folder, LATE, "init")
            kept = "4102444800 %s 192.168.1.9 * *\n" % (MAC % 9) if "192.168.1.9" in text else ""
            equal([status, out], [0, kept], "the leases in %s" % text)
            found = contents(folder)
            equal(found.pop("swdm9.status.corrupt"), text, "what was put aside")
            equal(json.loads(found["swdm9.status"]), [good] if kept else [], "what is left")
            os.unlink(path + ".corrupt")
        equal(call(helper(side), folder, LATE, "add", MAC % 5, "192.168.1.5", b"a\xff"), [0, ""], "a name that is no text")
        equal(call(helper(side), folder, LATE, "add", MAC % 6, "192.168.1.6", "a\x1b[2Jb"), [0, ""], "a name for terminals")
        equal([lease.get("hostname") for lease in json.loads(contents(folder)["swdm9.status"])][-2:], [None, None], "their names")
        for action in (("tftp", "100", "192.168.1.9", "/srv/x"), ("arp-add", MAC % 9, "192.168.1.9")):
            equal(call(helper(side), folder, LATE, *action), [0, ""], "what is of no interest")


@case("dnsmasq: lease helpers at the same time", once=True)
def together(side):
    hosts.machine(side)
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(16) as pool:
        done = list(pool.map(lambda i: call(helper(side), folder, LATE, "add", MAC % i, "192.168.1.%d" % i), range(2, 42)))
        check(all(status == 0 for status, _ in done), "they said %s", done)
        equal(len(json.loads(contents(folder)["swdm9.status"])), 40, "the leases")


# ---- names on the machine -----------------------------------------------------------------------------

PORT = "<networkport><uuid>66666666-6666-4666-8666-000000000778</uuid>" \
       "<owner><name>%s</name><uuid>66666666-6666-4666-8666-000000000777</uuid></owner><mac address='%s'/></networkport>"


def resolve(side, service, name):
    """What a program on the machine finds, with the lists of the side's daemon."""
    out = hosts.machine(side).run("unshare", "-m", "sh", "-c", 'mount --bind "$0" /var/lib/libvirt && exec getent -s "hosts:$1" ahostsv4 "$2"',
                                  side.path("/var/lib/libvirt"), service, name, check_it=False)
    return sorted({line.split()[0] for line in out.splitlines()})


@case("dnsmasq: libnss-libvirt finds guests by their names", once=True)
def nss(side):
    with network(side, hosts.document(ip=ipv4(7, FIXED % (MAC % 0x71)))) as running, guest(side, "swnet0", mac=MAC % 0x71) as host:
        told = host.udhcpc("-x", "hostname:swdmguest")
        check(told, "there is no lease")
        eventually(lambda: resolve(side, "libvirt", "swdmguest") == [told["ip"]], "it is found by what it calls itself")
        port = running.portCreateXML(PORT % ("swdmdomain", MAC % 0x71))
        equal(resolve(side, "libvirt_guest", "swdmdomain"), [told["ip"]], "by what it is called here")
        port.delete()
        equal(resolve(side, "libvirt_guest", "swdmdomain"), [], "when it is gone")
        equal(resolve(side, "libvirt", "swdmnobody"), [], "a name that nobody has")


def record(side):
    save(STORE, {"files": outcomes(side, DOCUMENTS), "leases": traces(side)})
