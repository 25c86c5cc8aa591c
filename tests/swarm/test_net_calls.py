# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every mistake with networks of the tables in net_mistakes.py has stock's error code, domain and level."""
import contextlib

import libvirt

import cases
import hosts
import net_mistakes as tables
from cases import case, stored
from net_mistakes import name_of
from test_mistakes import observe, outcome, register
from world import check

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


# What the form of documents in 9.0.0 does not allow, and what it says of the same by other means, is not wanted of others.
FORMS = {"title", "bridge name empty", "mtu empty", "mac without address", "nat ports from zero", "tftp without root", "host of IPv6 with an id",
         "bootp without file", "dns srv protocol", "domain without a name", "virtualport midonet"}


def validated(side):
    """What is said of the documents when they have to be valid: name -> outcome."""
    with side.connection() as conn:
        return {name: outcome(lambda: cleaned(lambda: conn.networkDefineXMLFlags(row, libvirt.VIR_NETWORK_DEFINE_VALIDATE)))[0]
                for name, row in tables.DOCUMENTS.items()}


@case("network document: with validation", once=True, fixtures=fixtures)
def validation(side):
    expected, got = stored(ANSWERS)["validated"], validated(side)
    wrong = [name for name in got if (got[name] is None) != (expected[name] is None) and (side.stock or name not in FORMS)]
    check(not wrong, "refused or not, unlike stock: %s", wrong)
    other = [name for name in got if got[name] and got[name] != expected[name] and name not in FORMS]
    check(len(other) <= (0 if side.stock else 40), "refused with another error, %d: %s", len(other), other)


def record(side):
    side.remove_all()
    fixtures(side)
    cases.save(ANSWERS, {**observe(side, TABLES)[0], "validated": validated(side)})
    side.remove_all()


register(TABLES, ANSWERS, fixtures=fixtures, stricter=tables.STRICTER, once=True)
