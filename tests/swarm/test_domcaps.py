# SPDX-License-Identifier: LGPL-2.1-or-later
"""What guests can have, as stock says it of the same QEMU on the same host."""
import difflib
import xml.etree.ElementTree as tree

import libvirt

from cases import case, load, save
from world import check, equal

RECORDED = "stock-domcaps.json"
MACHINES = ["pc", "q35", "microvm", "isapc", "pc-q35-6.0"]
# Emulator, architecture, machine, virtualization type: what nobody can have.
WRONG = {
    "machine none": (None, "x86_64", "none", "qemu"), "unknown machine": (None, "x86_64", "xx", "qemu"),
    "other driver": (None, "x86_64", "pc", "lxc"), "unknown type": (None, "x86_64", "pc", "foo"),
    "unknown architecture": (None, "foo", None, None), "no emulator": (None, "sparc", None, None),
    "missing emulator": ("/nonexistent/qemu", None, None, None),
    "wrong emulator": ("/usr/bin/qemu-system-x86_64", "aarch64", None, None),
}


def document(conn, arch, machine):
    """The document without what the host's processor and its IOMMU decide."""
    root = tree.fromstring(conn.getDomainCapabilities(None, arch, machine, "qemu", 0))
    for mode in root.findall("cpu/mode[@name='host-model']"):
        mode[:] = []
    for model in root.findall("cpu/mode[@name='custom']/model"):
        model.attrib.pop("usable")
    root.find("devices/hostdev/enum[@name='pciBackend']").clear()
    return tree.tostring(root, encoding="unicode").splitlines()


def code_of(conn, arguments):
    try:
        conn.getDomainCapabilities(*arguments, 0)
    except libvirt.libvirtError as error:
        return [error.get_error_code(), error.get_error_domain()]
    return None


def observe(side):
    with side.connection() as conn:
        return {"documents": {machine: document(conn, "x86_64", machine) for machine in MACHINES},
                "errors": {name: code_of(conn, arguments) for name, arguments in WRONG.items()}}


def record(side):
    save(RECORDED, observe(side))


@case("domain capabilities: as stock's, without KVM")
def documents(side):
    wanted = load(RECORDED)["documents"]
    with side.connection() as conn:
        for machine in MACHINES:
            got = document(conn, "x86_64", machine)
            changes = difflib.unified_diff(wanted[machine], got, "wanted", "got", n=1, lineterm="")
            check(got == wanted[machine], "%s: %s", machine, "\n".join(changes))


@case("domain capabilities: of what there is not")
def mistakes(side):
    with side.connection() as conn:
        for name, wanted in load(RECORDED)["errors"].items():
            equal(code_of(conn, WRONG[name]), wanted, name)
