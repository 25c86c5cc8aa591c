# SPDX-License-Identifier: LGPL-2.1-or-later
"""Virtual CPUs that come and go."""
import re
import time

import libvirt

from cases import case
from test_hotplug import booted, qmp, refused
from world import check, equal, tiny

LIVE, CONFIG = libvirt.VIR_DOMAIN_AFFECT_LIVE, libvirt.VIR_DOMAIN_AFFECT_CONFIG
MAXIMUM, HOTPLUGGABLE = libvirt.VIR_DOMAIN_VCPU_MAXIMUM, libvirt.VIR_DOMAIN_VCPU_HOTPLUGGABLE
INVALID, QEMU = libvirt.VIR_ERR_INVALID_ARG, libvirt.VIR_FROM_QEMU


def small(name):
    return tiny(name, memory="64").replace("<vcpu>1", "<vcpu current='1'>4")


def listed(dom, flags=0):
    """(enabled, hotpluggable, order) of each vCPU that the document lists."""
    return re.findall(r"<vcpu id='\d+' enabled='(\w+)' hotpluggable='(\w+)'(?: order='(\d+)')?/>", dom.XMLDesc(flags))


@case("vcpus: by number and by map")
def numbers(side):
    with side.guest("sw-vcpus", small("sw-vcpus"), "running") as dom:
        equal(listed(dom), [], "vCPUs that are listed")
        dom.setVcpusFlags(3, LIVE)
        equal(listed(dom), [("yes", "no", "1"), ("yes", "yes", "2"), ("yes", "yes", "3"), ("no", "yes", "")], "the list")
        equal(len(qmp(dom, "query-cpus-fast")), 3, "QEMU's CPUs")
        equal((dom.vcpusFlags(LIVE), dom.vcpusFlags(CONFIG)), (3, 1), "numbers")
        equal(len(dom.vcpus()[0]), 3, "vCPUs with a state")
        dom.setVcpu("3", 1, LIVE)
        equal(dom.vcpusFlags(LIVE), 4, "numbers")
        for what, call, code in (("too many", lambda: dom.setVcpusFlags(5, LIVE), INVALID),
                                 ("too many for the definition", lambda: dom.setVcpusFlags(5, CONFIG), INVALID),
                                 ("one that is there", lambda: dom.setVcpu("1", 1, LIVE), INVALID),
                                 ("one that there is not", lambda: dom.setVcpu("9", 1, LIVE), INVALID),
                                 ("the first", lambda: dom.setVcpu("0", 0, LIVE), libvirt.VIR_ERR_OPERATION_UNSUPPORTED)):
            refused(what, call, code, QEMU)
        refused("nonsense", lambda: dom.setVcpu("x", 1, LIVE), INVALID, libvirt.VIR_FROM_NONE)


@case("vcpus: definitions")
def definitions(side):
    with side.guest("sw-vconf", small("sw-vconf")) as dom:
        dom.setVcpusFlags(3, CONFIG)
        equal((dom.vcpusFlags(CONFIG), listed(dom)), (3, []), "a number")
        dom.setVcpusFlags(6, CONFIG | MAXIMUM)
        equal(dom.vcpusFlags(CONFIG | MAXIMUM), 6, "the maximum")
        dom.setVcpusFlags(2, CONFIG | MAXIMUM)
        equal((dom.vcpusFlags(CONFIG | MAXIMUM), dom.vcpusFlags(CONFIG)), (2, 2), "a maximum below the number")
        dom.setVcpusFlags(4, CONFIG | MAXIMUM)
        dom.setVcpu("3", 1, CONFIG)
        equal(re.findall(r"<vcpu id='\d+' enabled='(\w+)'", dom.XMLDesc()), ["yes", "yes", "no", "yes"], "the list")
        refused("live while it does not run", lambda: dom.setVcpus(1), libvirt.VIR_ERR_OPERATION_INVALID, libvirt.VIR_FROM_DOMAIN)
        dom.create()
        equal(re.findall(r"<vcpu id='\d+' enabled='(\w+)'", dom.XMLDesc()), ["yes", "yes", "no", "yes"], "the list of the running guest")
        equal(sorted(c["cpu-index"] for c in qmp(dom, "query-cpus-fast")), [0, 1, 3], "QEMU's CPUs")


@case("vcpus: a Linux guest takes them and gives them up")
def linux(side):
    if side.stock:
        return                          # which waits in vain for QEMU to say that an emulated CPU is gone
    with booted(side, "sw-vlinux") as dom:
        dom.setVcpusFlags(3, LIVE | CONFIG)
        equal((dom.vcpusFlags(LIVE), dom.vcpusFlags(CONFIG)), (3, 3), "numbers")
        time.sleep(2)                   # the guest's kernel finds them
        dom.setVcpusFlags(2, LIVE)
        equal([v[0] for v in listed(dom)], ["yes", "yes", "no"], "the list")
        equal(len(qmp(dom, "query-cpus-fast")), 2, "QEMU's CPUs")
        check([v[1] for v in listed(dom, libvirt.VIR_DOMAIN_XML_INACTIVE)][1:] == ["yes", "yes"], "they are pluggable from now on")
