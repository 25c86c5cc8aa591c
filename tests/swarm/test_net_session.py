# SPDX-License-Identifier: LGPL-2.1-or-later
"""A network daemon of a user without privileges: definitions, networks on bridges that are there, and no more."""
import contextlib
import os
import subprocess
import tempfile

import libvirt

from cases import Skip, case
from world import check, equal, eventually

NOBODY = 65534
ON_BRIDGE = "<network><name>sw-b</name><forward mode='bridge'/><bridge name='swbr9'/></network>"
NAT = "<network><name>sw-n</name><forward mode='nat'/><ip address='10.201.9.1' prefix='24'/></network>"


@contextlib.contextmanager
def daemon(side):
    if os.geteuid() != 0 or side.system.name != "swarm":
        raise Skip("needs a build, and root to become another user")
    with tempfile.TemporaryDirectory(dir="/tmp") as home:
        os.chmod(home, 0o700)
        os.chown(home, NOBODY, NOBODY)
        env = {**os.environ, "HOME": home, "XDG_RUNTIME_DIR": home, "XDG_CONFIG_HOME": home + "/c", "XDG_CACHE_HOME": home + "/ca"}
        proc = subprocess.Popen([side.system.binary("virtnetworkd")], env=env, user=NOBODY, group=NOBODY, extra_groups=[])
        sock = home + "/libvirt/virtnetworkd-sock"
        try:
            eventually(lambda: os.path.exists(sock), "the daemon's socket")
            with contextlib.closing(libvirt.open("network:///session?socket=" + sock)) as conn:
                yield conn, home
        finally:
            proc.kill()
            proc.wait()


@case("network session: definitions and bridges that are there", ours=True, once=True)
def session(side):
    with daemon(side) as (conn, home):
        net = conn.networkDefineXML(ON_BRIDGE)
        check(os.path.exists(home + "/c/libvirt/qemu/networks/sw-b.xml"), "the definition")
        net.create()
        check(os.path.exists(home + "/libvirt/network/lib/sw-b.xml"), "the status")
        net.destroy()
        nat = conn.networkDefineXML(NAT)
        try:
            nat.create()
            check(False, "a network that needs a bridge of its own starts")
        except libvirt.libvirtError as e:
            equal((e.get_error_code(), e.get_error_domain()), (libvirt.VIR_ERR_SYSTEM_ERROR, libvirt.VIR_FROM_NONE), "the refusal")
        equal([n.isActive() for n in conn.listAllNetworks()], [0, 0], "what runs")
