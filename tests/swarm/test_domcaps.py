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


def baseline(side, features, flags=0):
    """The model and the features of the baseline of a CPU with these features under TCG."""
    text = "<cpu match='exact'><model>pentium3</model>%s</cpu>" % features
    with side.connection() as conn:
        root = tree.fromstring(conn.baselineHypervisorCPU(None, "x86_64", "pc", "qemu", [text], flags))
    return root.findtext("model"), {node.get("name"): node.get("policy") for node in root.findall("feature")}


@case("cpu: what is optional does not count for a baseline")
def optional(side):
    equal(baseline(side, "<feature policy='optional' name='avx'/><feature policy='optional' name='nonsense'/>"),
          baseline(side, ""), "features that are optional")
    model, features = baseline(side, "<feature policy='require' name='aes'/>")
    check(model == "pentium3" and features.get("aes") == "require", "a feature that is there: %s %r", model, features)
    _, expanded = baseline(side, "", libvirt.VIR_CONNECT_BASELINE_CPU_EXPAND_FEATURES)
    check(expanded.get("sse") == "require" and expanded.get("cmov") == "require", "the features of the model: %r", expanded)


@case("cpu: a guest fits its emulator, which has the host's model")
def compared(side):
    with side.connection() as conn:
        caps = tree.fromstring(conn.getDomainCapabilities(None, "x86_64", "pc", "qemu", 0))
        names = conn.getCPUModelNames("x86_64")
        mode = caps.find("cpu/mode[@name='host-model']")
        mode.tag = "cpu"
        mode.attrib.clear()
        model = mode.findtext("model")
        own = tree.tostring(mode, encoding="unicode").replace("<cpu>", "<cpu match='exact'>")

        def compare(text):
            return conn.compareHypervisorCPU(None, "x86_64", "pc", "qemu", text, 0)
        equal(compare(own), libvirt.VIR_CPU_COMPARE_IDENTICAL, "the host's own model")
        equal(compare("<cpu match='minimum'><model>pentium</model><feature policy='disable' name='vme'/></cpu>"),
              libvirt.VIR_CPU_COMPARE_SUPERSET, "less")
        equal(compare("<cpu match='exact'><model>%s</model><feature policy='require' name='amx-tile'/></cpu>" % model),
              libvirt.VIR_CPU_COMPARE_INCOMPATIBLE, "more")
    offered = {item.text for item in caps.findall("cpu/mode[@name='custom']/model")}
    check(offered <= set(names), "models that nobody names: %r", offered - set(names))
