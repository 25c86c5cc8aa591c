# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every mistake with networks of the tables in net_mistakes.py has stock's error code, domain and level."""
import contextlib

import libvirt

import cases
import hosts
import net_mistakes as tables
from net_mistakes import name_of
from test_mistakes import observe, register

ANSWERS = "stock-net-errors.json"


def fixtures(side):
    with side.connection() as conn:
        hosts.served(conn.listAllNetworks)
    tables.make(side)


@contextlib.contextmanager
def network(side, kind, readonly=False):
    """The connection, and the network that the mistake is made on."""
    conn = side.open(readonly)
    try:
        if kind == "gone":
            with side.connection() as other:
                other.networkDefineXML(tables.doc(name="sw-net-gone"))
                found = conn.networkLookupByName("sw-net-gone")
                other.networkLookupByName("sw-net-gone").undefine()
        else:
            found = conn.networkLookupByName(name_of(kind)) if kind else None
        yield conn, found
    finally:
        conn.close()


def cleaned(function):
    """Calls it and removes what it has made against expectation."""
    made = function()
    for step in ("destroy", "undefine", "delete"):
        with contextlib.suppress(libvirt.libvirtError, AttributeError):
            getattr(made, step)()


def define(side, row):
    with side.connection() as conn:
        cleaned(lambda: conn.networkDefineXML(row))


def create(side, row):
    with side.connection() as conn:
        cleaned(lambda: conn.networkCreateXML(row))


def plug(side, row):
    with network(side, row[0]) as (_conn, found):
        cleaned(lambda: found.portCreateXML(row[1], *row[2:]))


def update(side, row):
    kind, command, section, document, flags, index = (*row, *(1, -1)[len(row) - 4:])
    with network(side, kind) as (_conn, found):
        before = [found.XMLDesc(f) for f in (0, 1)] if kind != "gone" else None
        try:
            found.update(command, section, index, document, flags)
        except libvirt.libvirtError:
            after = [found.XMLDesc(f) for f in (0, 1)] if before else None
            if before != after:
                raise AssertionError("an update that failed has changed the network") from None
            raise
        else:
            opposite = {3: 2, 4: 2, 2: 3}.get(command)
            with contextlib.suppress(libvirt.libvirtError):
                found.update(opposite, section, index, document, flags)


def call(side, row):
    kind, function = row
    with network(side, kind) as (conn, found):
        function(conn, found, side)


def read(side, function):
    with network(side, "on", readonly=True) as (conn, found):
        function(conn, found)


TABLES = (("network document", tables.DOCUMENTS, define), ("network start", tables.STARTS, create), ("network port", tables.PORTS, plug),
          ("network update", tables.UPDATES, update), ("network call", tables.CALLS, call), ("network read-only", tables.READ_ONLY, read))


def record(side):
    side.remove_all()
    fixtures(side)
    cases.save(ANSWERS, observe(side, TABLES)[0])
    side.remove_all()


register(TABLES, ANSWERS, fixtures=fixtures, stricter=tables.STRICTER, once=True)
