# SPDX-License-Identifier: LGPL-2.1-or-later
"""qemu.conf: what ends the start, what is only said."""
import contextlib
import os
import shutil
import subprocess
import tempfile

from cases import case
from world import check, configured, equal


@contextlib.contextmanager
def root_with(text):
    root = tempfile.mkdtemp(prefix="sw-conf-", dir="/var/tmp")
    os.chmod(root, 0o755)
    os.makedirs(root + "/etc/libvirt")
    with open(root + "/etc/libvirt/qemu.conf", "w") as f:
        f.write(text)
    try:
        yield root
    finally:
        shutil.rmtree(root)


@case("config: a mistake ends the start, with file and line", ours=True, once=True)
def mistakes(side):
    for text, wanted in (("\nuser = 5\n", "qemu.conf:2: setting 'user' must be a string"),
                         ("vnc_tls = \"yes\"\n", "qemu.conf:1: setting 'vnc_tls' must be 0 or 1"),
                         ("# no\nnamespaces = [ \"net\" ]\n", "qemu.conf:2: setting 'namespaces' is 'net'"),
                         ("lock_manager = \"lockd\"\n", "qemu.conf:1: setting 'lock_manager'"),
                         ("security_driver = \"selinux\"\n", "security driver 'selinux'")):
        if wanted.endswith("'selinux'") and os.path.exists("/sys/fs/selinux/enforce"):
            continue
        with root_with(text) as root:
            done = subprocess.run([side.system.binary("virtqemud"), "--root", root], capture_output=True, text=True, timeout=20,
                                  stdin=subprocess.DEVNULL)
            check(done.returncode != 0, "it should not start with %r", text)
            check(wanted in done.stderr, "why not: %s", done.stderr)


@case("config: an unknown key is said and ignored", ours=True, once=True)
def unknown(side):
    with configured(side, "no_such_key = 1\nkeepalive_count = 3"), side.guest("sw-conf", state="paused") as dom:
        check(dom.isActive(), "guests start")


@case("config: guests that run as root", ours=True, once=True)
def as_root(side):
    with configured(side, 'user = "root"\ngroup = "root"'), side.guest("sw-root", state="paused") as dom:
        equal(os.stat("/proc/%d" % side.qemu_pid("sw-root")).st_uid, 0, "QEMU's user")
        equal(dom.messages(), ["tainted: running with undesirable elevated privileges"], "what is said of it")
        check("<label>+0:+0</label>" in dom.XMLDesc(), "its label")
        with open(side.path("/run/libvirt/qemu/sw-root.xml")) as f:
            check("<taint flag='high-privileges'/>" in f.read(), "its status")
