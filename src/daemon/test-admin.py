#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The admin program on a real daemon's admin socket.

usage: test-admin.py VIRTLOGD
"""

import os
import pathlib
import pwd
import shutil
import sys
import tempfile
import time
import unittest

from daemonkit import Client, Failure, Manager, hyper, string, uint

DAEMON = None
ADMIN, LOG = 0x06900690, 0x87539319
MAIN = "virtlogd"

(OPEN, CLOSE, LIB_VERSION, LIST_SERVERS, LOOKUP_SERVER, GET_POOL, SET_POOL, LIST_CLIENTS, LOOKUP_CLIENT,
 CLIENT_INFO, CLIENT_CLOSE, GET_LIMITS, SET_LIMITS, GET_OUTPUTS, GET_FILTERS, SET_OUTPUTS, SET_FILTERS,
 UPDATE_TLS, SET_TIMEOUT, SHUTDOWN) = range(1, 21)

INTERNAL, INVALID_ARG, SYSTEM, UNSUPPORTED, NO_SERVER, NO_CLIENT = 1, 8, 38, 74, 95, 96
NONE, RPC, FROM_ADMIN = 0, 7, 62

INT, UINT, LLONG, ULLONG, DOUBLE, BOOLEAN, STRING = range(1, 8)


def param(name, kind, value):
    data = {INT: uint, UINT: uint, ULLONG: hyper, STRING: string}[kind](value)
    return string(name) + uint(kind) + data


def params(*rows):
    return uint(len(rows)) + b"".join(param(*row) for row in rows)


def read_params(reader):
    """Name to (type, value)."""
    result = {}
    for _ in range(reader.take(">I")):
        name, kind = reader.string().decode(), reader.take(">i")
        value = reader.string().decode() if kind == STRING else reader.take(">i" if kind != UINT else ">I")
        result[name] = (kind, value)
    return result


def uints(**values):
    return {name: (UINT, value) for name, value in values.items()}


def read_client(reader):
    return reader.string().decode(), reader.take(">Q"), reader.take(">q"), reader.take(">I")


def client_args(ident, server="admin"):
    return string(server) + hyper(ident) + hyper(0) + uint(0)


class Admin(Client):
    def __init__(self, root):
        super().__init__(root / "run/libvirt/virtlogd-admin-sock", ADMIN)

    def get(self, procedure, *args):
        return self.call(procedure, b"".join(args))[0]

    def settings(self, procedure, server):
        return read_params(self.get(procedure, string(server), uint(0)))

    def set(self, procedure, server, *rows):
        self.get(procedure, string(server), params(*rows), uint(0))

    def clients(self, server):
        reader = self.get(LIST_CLIENTS, string(server), uint(1), uint(0))
        rows = [read_client(reader) for _ in range(reader.take(">I"))]
        assert reader.take(">I") == len(rows)
        return rows


class AdminTest(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="admin-"))
        self.addCleanup(shutil.rmtree, self.root)
        self.manager = Manager(DAEMON, self.root)
        self.addCleanup(self.manager.stop)
        self.manager.start()
        self.admin = self.connect()

    def connect(self):
        admin = Admin(self.root)
        self.addCleanup(admin.close)
        admin.get(OPEN, uint(0))
        return admin

    def connect_main(self):
        client = Client(self.root / "run/libvirt/virtlogd-sock", LOG)
        self.addCleanup(client.close)
        try:
            client.call(2, string("/a") + uint(0))      # the answer shows that the server knows it
        except Failure:
            pass
        return client

    def refused(self, code, domain, procedure, *args):
        with self.assertRaises(Failure) as caught:
            self.admin.get(procedure, *args)
        self.assertEqual(caught.exception.args[:3], (code, domain, 2), caught.exception)

    def test_servers(self):
        reader = self.admin.get(LIST_SERVERS, uint(1), uint(0))
        self.assertEqual([reader.string() for _ in range(reader.take(">I"))], [b"admin", MAIN.encode()])
        self.assertEqual(reader.take(">I"), 2)
        reader = self.admin.get(LIST_SERVERS, uint(0), uint(0))
        self.assertEqual((reader.take(">I"), reader.take(">I")), (0, 2))
        self.assertEqual(self.admin.get(LOOKUP_SERVER, string(MAIN), uint(0)).string(), MAIN.encode())
        self.assertGreaterEqual(self.admin.get(LIB_VERSION).take(">Q"), 9000000)

    def test_flags(self):
        server, client = string(MAIN), client_args(1)
        for procedure, args in [
                (OPEN, b""), (LIST_SERVERS, uint(1)), (LOOKUP_SERVER, server), (GET_POOL, server),
                (SET_POOL, server + params()), (LIST_CLIENTS, server + uint(1)), (LOOKUP_CLIENT, server + hyper(1)),
                (CLIENT_INFO, client), (CLIENT_CLOSE, client), (GET_LIMITS, server), (SET_LIMITS, server + params()),
                (GET_OUTPUTS, b""), (GET_FILTERS, b""), (SET_OUTPUTS, uint(0)), (SET_FILTERS, uint(0)),
                (UPDATE_TLS, server), (SET_TIMEOUT, uint(1)), (SHUTDOWN, b"")]:
            with self.subTest(procedure=procedure):
                self.refused(INVALID_ARG, FROM_ADMIN, procedure, args, uint(4))

    def test_unknown_names(self):
        nobody = string("nobody")
        for code, domain, procedure, args in [
                (NO_SERVER, RPC, LOOKUP_SERVER, nobody), (NO_SERVER, RPC, GET_POOL, nobody),
                (NO_SERVER, FROM_ADMIN, SET_POOL, nobody + params()), (NO_SERVER, RPC, LIST_CLIENTS, nobody + uint(1)),
                (NO_SERVER, RPC, LOOKUP_CLIENT, nobody + hyper(1)),
                (NO_CLIENT, RPC, LOOKUP_CLIENT, string(MAIN) + hyper(999)),
                (NO_SERVER, FROM_ADMIN, CLIENT_INFO, client_args(1, "nobody")),
                (NO_CLIENT, FROM_ADMIN, CLIENT_INFO, client_args(999)),
                (NO_SERVER, RPC, CLIENT_CLOSE, client_args(1, "nobody")),
                (NO_CLIENT, RPC, CLIENT_CLOSE, client_args(999)),
                (NO_SERVER, RPC, GET_LIMITS, nobody), (NO_SERVER, FROM_ADMIN, SET_LIMITS, nobody + params()),
                (NO_SERVER, RPC, UPDATE_TLS, nobody), (INTERNAL, RPC, UPDATE_TLS, string(MAIN))]:
            with self.subTest(procedure=procedure, code=code):
                self.refused(code, domain, procedure, args, uint(0))

    def test_pool(self):
        busy = self.admin.settings(GET_POOL, "admin")
        self.assertEqual(busy["maxWorkers"], (UINT, 20))
        self.assertEqual(busy["nWorkers"][1] - busy["freeWorkers"][1], 1)       # this very call
        self.assertEqual(self.admin.settings(GET_POOL, MAIN), uints(
            minWorkers=0, maxWorkers=0, nWorkers=0, freeWorkers=0, prioWorkers=0, jobQueueDepth=0))
        self.admin.set(SET_POOL, "admin", ("maxWorkers", UINT, 30), ("minWorkers", UINT, 25), ("prioWorkers", UINT, 3))
        now = self.admin.settings(GET_POOL, "admin")
        self.assertEqual(now, uints(minWorkers=25, maxWorkers=30, nWorkers=25, freeWorkers=24, prioWorkers=3,
                                    jobQueueDepth=0))
        for server, code, rows in [
                ("admin", INVALID_ARG, [("minWorkers", UINT, 31)]), ("admin", INVALID_ARG, [("maxWorkers", UINT, 24)]),
                ("admin", INVALID_ARG, [("maxWorkers", UINT, 0)]), (MAIN, INVALID_ARG, [("maxWorkers", UINT, 5)]),
                ("admin", INVALID_ARG, [("maxWorkers", INT, 40)]), ("admin", UNSUPPORTED, [("other", UINT, 1)]),
                ("admin", UNSUPPORTED, [("prioWorkers", UINT, 9), ("nWorkers", UINT, 1)]),
                ("admin", INVALID_ARG, [("prioWorkers", UINT, 9), ("prioWorkers", UINT, 9)])]:
            with self.subTest(rows=rows):
                self.refused(code, NONE, SET_POOL, string(server), params(*rows), uint(0))
        self.assertEqual(self.admin.settings(GET_POOL, "admin"), now)

    def test_limits(self):
        before = self.admin.settings(GET_LIMITS, MAIN)
        self.connect_main()
        after = self.admin.settings(GET_LIMITS, MAIN)
        self.assertEqual(after["nclients"][1], before["nclients"][1] + 1)
        self.assertEqual(after["nclients_max"], (UINT, 1024))
        self.admin.set(SET_LIMITS, MAIN, ("nclients_max", UINT, 40), ("nclients_unauth_max", UINT, 30))
        now = self.admin.settings(GET_LIMITS, MAIN)
        self.assertEqual((now["nclients_max"][1], now["nclients_unauth_max"][1]), (40, 30))
        for code, domain, rows in [
                (INVALID_ARG, RPC, [("nclients_max", UINT, 29)]),
                (INVALID_ARG, RPC, [("nclients_unauth_max", UINT, 41)]),
                (INVALID_ARG, NONE, [("nclients_max", ULLONG, 50)]), (UNSUPPORTED, NONE, [("nclients", UINT, 50)]),
                (INVALID_ARG, NONE, [("nclients_max", UINT, 50)] * 2)]:
            with self.subTest(rows=rows):
                self.refused(code, domain, SET_LIMITS, string(MAIN), params(*rows), uint(0))
        self.assertEqual(self.admin.settings(GET_LIMITS, MAIN), now)

    def test_clients(self):
        self.assertEqual(self.admin.clients(MAIN), [])
        self.connect_main()
        (server, ident, since, transport), = self.admin.clients(MAIN)
        self.assertEqual((server, transport), (MAIN, 0))
        self.assertLess(abs(since - time.time()), 10)
        found = read_client(self.admin.get(LOOKUP_CLIENT, string(MAIN), hyper(ident), uint(0)))
        self.assertEqual(found, (server, ident, since, transport))
        info = read_params(self.admin.get(CLIENT_INFO, client_args(ident, MAIN), uint(0)))
        self.assertEqual(info["readonly"], (BOOLEAN, 0))
        self.assertEqual(info["unix_process_id"], (INT, os.getpid()))
        self.assertEqual(info["unix_user_id"], (INT, os.getuid()))
        self.assertEqual(info["unix_user_name"], (STRING, pwd.getpwuid(os.getuid()).pw_name))
        self.assertNotIn("sock_addr", info)

    def test_disconnect(self):
        main = self.connect_main()
        (_, ident, _, _), = self.admin.clients(MAIN)
        self.admin.get(CLIENT_CLOSE, client_args(ident, MAIN), uint(0))
        self.assertEqual(main.socket.recv(1), b"")
        self.assertEqual(self.admin.clients(MAIN), [])

    def test_close(self):
        other = self.connect()
        other.get(CLOSE)
        self.assertEqual(other.socket.recv(1), b"")
        me = max(row[1] for row in self.admin.clients("admin"))
        with self.assertRaises((EOFError, ConnectionError)):
            self.admin.get(CLIENT_CLOSE, client_args(me), uint(0))

    def outputs(self):
        reader = self.admin.get(GET_OUTPUTS, uint(0))
        return reader.string().decode(), reader.take(">I")

    def filters(self):
        reader = self.admin.get(GET_FILTERS, uint(0))
        return reader.optional_string(), reader.take(">I")

    def test_logging(self):
        for text, expected in [("1:qemu 3:util", ("1:*qemu* 3:*util*", 2)), ("", (None, 0)), ("4:rpc", ("4:*rpc*", 1))]:
            self.admin.get(SET_FILTERS, uint(1), string(text), uint(0))
            self.assertEqual(self.filters(), expected)
        self.admin.get(SET_FILTERS, uint(0), uint(0))
        self.assertEqual(self.filters(), (None, 0))
        default = self.outputs()
        path = self.root / "daemon.log"
        self.admin.get(SET_OUTPUTS, uint(1), string(f"1:file:{path} 4:stderr"), uint(0))
        self.assertEqual(self.outputs(), (f"1:file:{path} 4:stderr", 2))
        for code, procedure, text in [
                (INVALID_ARG, SET_OUTPUTS, "bogus"), (INVALID_ARG, SET_OUTPUTS, "9:stderr"),
                (INVALID_ARG, SET_OUTPUTS, "3:file"), (INVALID_ARG, SET_OUTPUTS, "3:paper:x"),
                (SYSTEM, SET_OUTPUTS, "3:file:/nonexistent/x"), (INVALID_ARG, SET_FILTERS, "bogus"),
                (INVALID_ARG, SET_FILTERS, "9:x"), (INVALID_ARG, SET_FILTERS, "1:")]:
            with self.subTest(text=text):
                self.refused(code, NONE, procedure, uint(1), string(text), uint(0))
        self.assertEqual(self.outputs(), (f"1:file:{path} 4:stderr", 2))
        self.assertIn("daemon.log", os.listdir(self.root))
        self.admin.get(SET_OUTPUTS, uint(0), uint(0))
        self.assertEqual(self.outputs(), default)

    def test_timeout(self):
        self.admin.get(SET_TIMEOUT, uint(1), uint(0))
        self.admin.close()
        self.assertEqual(self.manager.process.wait(10), 0)

    def test_shutdown(self):
        self.admin.get(SHUTDOWN, uint(0))
        self.assertEqual(self.manager.process.wait(10), 0)


if __name__ == "__main__":
    DAEMON = sys.argv.pop(1)
    unittest.main(verbosity=2)
