# SPDX-License-Identifier: LGPL-2.1-or-later
"""The administration sockets, with stock virt-admin."""
import contextlib
import os
import re
import subprocess
import time

import libvirt

from cases import case
from test_commands import form
from world import Failure, Result, check, equal, eventually, matches


def admin(sock, *argv):
    done = subprocess.run(["virt-admin", "-c", "libvirtd:///system?socket=" + sock, *argv], text=True, capture_output=True,
                          timeout=20, stdin=subprocess.DEVNULL, env={**os.environ, "LC_ALL": "C"})
    return Result(done.returncode, done.stdout, done.stderr)


def ok(sock, *argv):
    r = admin(sock, *argv)
    check(r.rc == 0, "virt-admin %s: %s", " ".join(argv), r)
    return r.out


def server(sock):
    """The name of the server that clients use; the other is the administration's."""
    names = re.findall(r"(?m)^ \d+ +(\S+)$", ok(sock, "srv-list"))
    check("admin" in names and len(names) >= 2, "servers: %r", names)
    return next(n for n in names if n != "admin")


def sockets(side):
    return [side.admin, side.driver_admin] if side.admin != side.driver_admin else [side.admin]


ROWS = [
    ("version", "version", "Compiled against library: libvirt <S>\nUsing library: libvirt <S>\nRunning against daemon: <S>\n\n"),
    ("srv-list", "srv-list", " Id   Name\n<.*>\n <N>    <S>\n <N>    <S>\n\n"),
    ("srv-threadpool-info", "srv-threadpool-info SERVER", "minWorkers     : <N>\nmaxWorkers     : <N>\nnWorkers       : <N>\n"
     "freeWorkers    : <N>\nprioWorkers    : <N>\njobQueueDepth  : <N>\n\n"),
    ("srv-threadpool-info of the administration", "srv-threadpool-info admin", "minWorkers     : <N>\n<.*>"),
    ("srv-clients-info", "srv-clients-info SERVER", "nclients_max        : <N>\nnclients            : <N>\nnclients_unauth_max : <N>\n"
     "nclients_unauth     : <N>\n\n"),
    ("daemon-log-filters", "daemon-log-filters", " Logging filters: <.*>\n"),
    ("daemon-log-outputs", "daemon-log-outputs", " Logging outputs: <.*>\n"),
    ("daemon-timeout", "daemon-timeout --timeout 0", "\n"),
]
for name, argv, pattern in ROWS:
    def run(side, argv=argv, pattern=pattern):
        for sock in sockets(side):
            words = [server(sock) if w == "SERVER" else w for w in argv.split()]
            matches(ok(sock, *words), form(pattern), "virt-admin " + argv)
    case("admin: " + name)(run)

REFUSED = [
    ("an unknown server", "srv-clients-list nonesuch", "Server not found"),
    ("an unknown server's threads", "srv-threadpool-info nonesuch", "Server not found"),
    ("an unknown client", "client-info SERVER 99999", "Client not found"),
    ("an unknown client's end", "client-disconnect SERVER 99999", "Client not found"),
    ("more minimum than maximum workers", "srv-threadpool-set SERVER --min-workers 9999", "invalid argument"),
    ("more waiting than all clients", "srv-clients-set SERVER --max-unauth-clients 99999", "invalid argument"),
    ("a filter that is none", "daemon-log-filters --filters nonsense", ""),
    ("a filter of an unknown level", "daemon-log-filters --filters 9:qemu", ""),
    ("an output that is none", "daemon-log-outputs --outputs nonsense", ""),
    ("an output of an unknown kind", "daemon-log-outputs --outputs 2:nowhere", ""),
    ("an output that cannot be opened", "daemon-log-outputs --outputs 2:file:/nonexistent/x", ""),
]
for name, argv, text in REFUSED:
    def run(side, argv=argv, text=text):
        for sock in sockets(side):
            before = ok(sock, "daemon-log-filters") + ok(sock, "daemon-log-outputs")
            r = admin(sock, *[server(sock) if w == "SERVER" else w for w in argv.split()])
            check(r.rc != 0 and "error:" in r.err, "virt-admin %s should fail: %s", argv, r)
            equal(ok(sock, "daemon-log-filters") + ok(sock, "daemon-log-outputs"), before, "logging afterwards")
    case("admin: %s is refused" % name)(run)


def home(side):
    """The admin socket of the daemon that holds this side's clients: the proxy may hand them over at once."""
    before = {sock: clients(sock) for sock in sockets(side)}
    with side.connection() as conn:
        conn.listAllDomains()
        for sock in sockets(side):
            if any(pid_of(sock, number) == os.getpid() for number in set(clients(sock)) - set(before[sock])):
                return sock
    raise Failure("no daemon lists the client")


def pid_of(sock, number):
    text = admin(sock, "client-info", server(sock), number).out
    found = re.search(r"(?m)^unix_process_id *: (\d+)$", text)
    return int(found.group(1)) if found else 0


def clients(sock):
    """id -> the rest of the line."""
    return dict(re.findall(r"(?m)^ (\d+) +(unix .*)$", ok(sock, "srv-clients-list", server(sock))))


@case("admin: clients come, are described and go")
def come_and_go(side):
    sock = home(side)
    before = clients(sock)
    with side.connection() as conn:
        new = set(clients(sock)) - set(before)
        equal(len(new), 1, "one more client")
        number = new.pop()
        matches(clients(sock)[number], r"unix +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d{4}", "its line")
        info = dict(re.findall(r"(?m)^(\S+?) *: (.*)$", ok(sock, "client-info", server(sock), number)))
        wanted = {"id": number, "transport": "unix", "readonly": "no", "unix_user_id": "0", "unix_user_name": "root",
                  "unix_group_id": "0", "unix_process_id": str(os.getpid())}
        equal({k: info.get(k) for k in wanted}, wanted, "what is known of the client")
        equal(ok(sock, "client-disconnect", server(sock), number), "Client '%s' disconnected\n" % number, "confirmation")
        eventually(lambda: number not in clients(sock), "it is off the list")
        try:
            conn.getLibVersion()
            conn.getHostname()
        except libvirt.libvirtError:
            pass
        else:
            raise Failure("its connection goes on")


@case("admin: a read-only client is described as such")
def readonly(side):
    sock = home(side)
    before = clients(sock)
    with side.connection(readonly_socket=True):
        new = set(clients(sock)) - set(before)
        equal(len(new), 1, "one more client")
        info = ok(sock, "client-info", server(sock), new.pop())
        check(re.search(r"(?m)^readonly *: yes$", info), "it is read-only: %s", info)


@case("admin: the driver's daemon sees the real client behind the proxy", ours=True)
def real_client(side):
    before = clients(side.driver_admin)
    with side.connection() as conn:
        conn.listAllDomains()
        new = set(clients(side.driver_admin)) - set(before)
        equal(len(new), 1, "one more client")
        info = ok(side.driver_admin, "client-info", server(side.driver_admin), new.pop())
        check(re.search(r"(?m)^unix_process_id *: %d$" % os.getpid(), info), "the client's own pid: %s", info)


@case("admin: filters and outputs change at run time", once=True)
def logging(side):
    sock = side.admin
    filters = ok(sock, "daemon-log-filters").split(":", 1)[1].strip()
    try:
        ok(sock, "daemon-log-filters", "--filters", "1:qemu 3:rpc")
        equal(ok(sock, "daemon-log-filters").split(), "Logging filters: 1:*qemu* 3:*rpc*".split(), "the filters")
        path = os.path.join(side.root, "images", "daemon.log")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        outputs = ok(sock, "daemon-log-outputs").split(":", 1)[1].strip()
        try:
            ok(sock, "daemon-log-outputs", "--outputs", "1:file:" + path)
            equal(ok(sock, "daemon-log-outputs").split(), ["Logging", "outputs:", "1:file:" + path], "the outputs")
            side.fails("domstate", "sw-nonesuch")
            eventually(lambda: os.path.exists(path), "the log file")
        finally:
            ok(sock, "daemon-log-outputs", "--outputs", outputs)
    finally:
        ok(sock, "daemon-log-filters", "--filters", filters)
    equal(ok(sock, "daemon-log-filters").split(":", 1)[1].strip(), filters, "the filters as they were")


@case("admin: limits change at run time", once=True)
def limits(side):
    sock = side.admin

    def value(key, text):
        return int(re.search(r"(?m)^%s *: (\d+)$" % key, text).group(1))
    old = value("nclients_max", ok(sock, "srv-clients-info", server(sock)))
    ok(sock, "srv-clients-set", server(sock), "--max-clients", str(old + 7))
    equal(value("nclients_max", ok(sock, "srv-clients-info", server(sock))), old + 7, "the new limit")
    ok(sock, "srv-clients-set", server(sock), "--max-clients", str(old))
    most = value("maxWorkers", ok(sock, "srv-threadpool-info", server(sock)))
    ok(sock, "srv-threadpool-set", server(sock), "--max-workers", str(most + 3))
    equal(value("maxWorkers", ok(sock, "srv-threadpool-info", server(sock))), most + 3, "the most workers")
    ok(sock, "srv-threadpool-set", server(sock), "--max-workers", str(most))


def settled(read):
    """A figure that has not changed for a while: clients of earlier cases may still be leaving."""
    last = read()
    for _ in range(50):
        time.sleep(0.2)
        now = read()
        if now == last:
            return now
        last = now
    raise Failure("the figure does not settle")


def serves(stack, path):
    """Whether one more client, which stays until the end of @stack, is answered."""
    from test_wire import GET_LIB_VERSION, words
    from wire import Wire
    try:
        return words(stack.enter_context(Wire(path, 1.0)).call(GET_LIB_VERSION)) not in ("silence", "closed")
    except OSError:
        return False


@case("admin: max-clients is obeyed", once=True)
def max_clients(side):
    sock = side.admin
    text = ok(sock, "srv-clients-info", server(sock))
    old = re.search(r"(?m)^nclients_max *: (\d+)$", text).group(1)
    unauth = re.search(r"(?m)^nclients_unauth_max *: (\d+)$", text).group(1)
    conns = []
    try:
        for _ in range(3):
            conns.append(side.open())
        have = settled(lambda: len(clients(sock)))
        ok(sock, "srv-clients-set", server(sock), "--max-clients", str(have), "--max-unauth-clients", "1")
        # A connection between daemons that was counted may end meanwhile and leave its place to one.
        with contextlib.ExitStack() as stack:
            served = 0
            while serves(stack, side.rw):
                served += 1
                check(served < 3, "one too many is not served")
        check(conns[0].getLibVersion(), "the others are")
    finally:
        for c in conns:
            c.close()
        ok(sock, "srv-clients-set", server(sock), "--max-clients", old, "--max-unauth-clients", unauth)
    with side.connection() as conn:
        check(conn.getLibVersion(), "and then it is served")


@case("admin: virtlogd", once=True, ours=True)
def virtlogd(side):
    sock = side.path("/run/libvirt/virtlogd-admin-sock")
    equal(server(sock), "virtlogd", "its server")
    matches(ok(sock, "srv-threadpool-info", "virtlogd"), form("minWorkers     : <N>\n<.*>"), "its threads")
