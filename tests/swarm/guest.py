# SPDX-License-Identifier: LGPL-2.1-or-later
"""The Linux guest: its kernel and initramfs are made once a run; a minute's worth of helpers around it."""
import contextlib
import os
import subprocess

from world import check, eventually, make

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
READY = "virtswarm guest ready"


def images(side, initrd="initrd.img"):
    folder = os.path.join(side.root, "guest")
    if not os.path.exists(os.path.join(folder, initrd)):
        os.makedirs(folder, exist_ok=True)
        agent = ["--agent"] if "agent" in initrd else []
        done = subprocess.run([os.path.join(SOURCE, "tools/make-test-guest"), *agent, folder], capture_output=True, text=True)
        check(done.returncode == 0, "make-test-guest: %s", done.stderr)
    return folder


def linux(side, name, devices="", cmdline="console=ttyS0 quiet", lifecycle="", initrd="initrd.img", memory=96, before=""):
    folder = images(side, initrd)
    return """<domain type='qemu'>
  <name>%s</name>
  <memory unit='MiB'>%d</memory>%s
  <os><type arch='x86_64' machine='q35'>hvm</type><kernel>%s/vmlinuz</kernel><initrd>%s/%s</initrd>
  <cmdline>%s</cmdline></os>
  <features><acpi/><apic/></features>%s
  <devices><serial type='pty'><log file='%s' append='off'/></serial>%s</devices>
</domain>
""" % (name, memory, before, folder, folder, initrd, cmdline, lifecycle, side.log_folder + "/" + name + ".serial", devices)


def log_path(side, name):
    return side.path("/var/log/libvirt/qemu/%s.serial" % name)


def log_text(side, name):
    with contextlib.suppress(OSError):
        with open(log_path(side, name), encoding="utf-8", errors="replace") as f:
            return f.read()
    return ""


def ready(side, name, times=1):
    """Waits until the guest has said so many times that it is ready."""
    eventually(lambda: log_text(side, name).count(READY) >= times, "%s is ready" % name, 60)


@contextlib.contextmanager
def running(side, name, **kw):
    """A booted Linux guest for a block."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(log_path(side, name))
    with side.connection() as conn:
        dom = make(conn, linux(side, name, **kw), "running")
        try:
            ready(side, name)
            yield dom
        finally:
            side.remove(name)
            with contextlib.suppress(FileNotFoundError):
                os.unlink(log_path(side, name))
