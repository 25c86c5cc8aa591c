# SPDX-License-Identifier: LGPL-2.1-or-later
"""virtproxyd's TCP socket: what cannot be handed over is forwarded, frame by frame."""
import contextlib
import os
import signal
import socket
import subprocess
import tempfile
import time

import libvirt

from cases import Skip, case
from world import check, equal, eventually, tiny


def free_port():
    with contextlib.closing(socket.socket()) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@contextlib.contextmanager
def proxied(side, auth="none"):
    """virtqemud and a virtproxyd with TCP below a root of their own: (URI, both processes, the proxy's error output)."""
    if side.system.session_daemon() is None:
        raise Skip("there are no daemons to start here")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="sw-fwd-") as root:
        os.chmod(root, 0o755)
        os.makedirs(root + "/etc/libvirt")
        with open(root + "/etc/libvirt/virtproxyd.conf", "w") as f:
            f.write('listen_tcp = 1\nlisten_addr = "127.0.0.1"\ntcp_port = "%d"\n' % port)
            if auth:
                f.write('auth_tcp = "%s"\n' % auth)
        with open(root + "/log", "wb") as log:
            start = lambda name: subprocess.Popen([side.system.binary(name), "--root", root], stdin=subprocess.DEVNULL,  # noqa: E731
                                                  stdout=log, stderr=log)
            with start("virtqemud") as qemud, start("virtproxyd") as proxy:
                try:
                    eventually(lambda: os.path.exists(root + "/run/libvirt/virtqemud-sock") or qemud.poll() is not None, "virtqemud", 20)
                    if auth == "none":
                        eventually(lambda: os.path.exists(root + "/run/libvirt/libvirt-admin-sock"), "virtproxyd", 20)
                    yield "qemu+tcp://127.0.0.1:%d/system" % port, qemud, proxy, log.name
                finally:
                    for daemon in (qemud, proxy):
                        daemon.kill()


@contextlib.contextmanager
def connection(uri):
    conn = libvirt.open(uri)
    try:
        yield conn
    finally:
        with contextlib.suppress(libvirt.libvirtError):
            conn.close()


@case("forward: a guest's life over TCP", once=True, ours=True)
def life(side):
    with proxied(side) as (uri, _qemud, _proxy, _log), connection(uri) as conn, connection(uri) as other:
        equal(conn.getURI(), uri, "the client's own URI")
        check(conn.getCapabilities().startswith("<capabilities>"), "a long answer")
        dom = conn.defineXML(tiny("sw-fwd", "<video><model type='vga'/></video>"))
        try:
            dom.createWithFlags(libvirt.VIR_DOMAIN_START_PAUSED)
            equal(other.lookupByName("sw-fwd").state()[0], libvirt.VIR_DOMAIN_PAUSED, "another client's view")
            stream = conn.newStream()
            check(dom.screenshot(stream, 0).startswith("image/"), "what kind of picture")
            picture = b""
            while (data := stream.recv(65536)):
                picture += data
            stream.finish()
            check(len(picture) > 100, "a picture of %d bytes", len(picture))
        finally:
            with contextlib.suppress(libvirt.libvirtError):
                dom.destroy()
            dom.undefine()


@case("forward: an absent daemon is named", once=True, ours=True)
def absent(side):
    with proxied(side) as (uri, qemud, _proxy, _log):
        with connection(uri) as conn:
            try:
                conn.listAllNetworks()
                check(False, "networks without virtnetworkd")
            except libvirt.libvirtError as error:
                check("virtnetworkd.socket" in str(error), "the error names no unit: %s", error)
            check(conn.getHostname(), "and the connection goes on")
        qemud.kill()
        qemud.wait()
        try:
            libvirt.open(uri).close()
            check(False, "a connection without virtqemud")
        except libvirt.libvirtError as error:
            check("virtqemud.socket" in str(error), "the error names no unit: %s", error)


@case("forward: clients hear that the daemon behind the proxy died", once=True, ours=True)
def death(side):
    with proxied(side) as (uri, qemud, proxy, _log), connection(uri) as conn:
        check(conn.getHostname(), "it works")
        qemud.send_signal(signal.SIGKILL)
        qemud.wait()
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                conn.getLibVersion()
            except libvirt.libvirtError:
                break
            time.sleep(0.05)
        else:
            check(False, "calls are answered by nobody")
        equal(proxy.poll(), None, "the proxy")


@case("forward: TCP without a word about authentication is refused", once=True, ours=True)
def unauthenticated(side):
    with proxied(side, auth=None) as (_uri, _qemud, proxy, log):
        equal(proxy.wait(20), 6, "exit status")
        with open(log) as f:
            check("auth_tcp" in f.read(), "the error names no key")
