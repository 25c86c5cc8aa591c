# SPDX-License-Identifier: LGPL-2.1-or-later
"""Clients that ask for networks at the same time get one each."""
import concurrent.futures
import contextlib
import re

import libvirt

from cases import case
from world import check, equal

N = 24
BARE = "<network><name>sw-m%d</name></network>"


def bridges(side, made):
    with side.connection() as conn:
        return [conn.networkLookupByName(name).bridgeName() for name in made]


def at_once(side, make):
    def one(number):
        with side.connection() as conn:
            return make(conn, BARE % number).name()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        return list(pool.map(one, range(N)))


def remove(side):
    with side.connection() as conn:
        for net in conn.listAllNetworks():
            if re.fullmatch(r"sw-m\d+", net.name()):
                for step in (net.destroy, net.undefine):
                    with contextlib.suppress(libvirt.libvirtError):
                        step()


def case_of(name, call):
    @case("networks at once: " + name, once=True)
    def run(side):
        try:
            found = bridges(side, at_once(side, call))
            equal(len(set(found)), N, "bridges of their own")
            check(all(re.fullmatch(r"virbr\d+", name) for name in found), "the names are %s", found)
        finally:
            remove(side)


case_of("defined", lambda conn, xml: conn.networkDefineXML(xml))
case_of("created", lambda conn, xml: conn.networkCreateXML(xml))
