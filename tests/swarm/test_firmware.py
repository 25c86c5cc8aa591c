# SPDX-License-Identifier: LGPL-2.1-or-later
"""Firmware by descriptors, and the variables that it keeps."""
import contextlib
import os
import xml.etree.ElementTree as tree

import libvirt

import guest
from cases import case
from world import check, equal, eventually

PAUSED = libvirt.VIR_DOMAIN_START_PAUSED
RESET = libvirt.VIR_DOMAIN_START_RESET_NVRAM
NVRAM = libvirt.VIR_DOMAIN_UNDEFINE_NVRAM
KEEP = libvirt.VIR_DOMAIN_UNDEFINE_KEEP_NVRAM
CODE = "/usr/share/OVMF/OVMF_CODE_4M"
VARS = "/usr/share/OVMF/OVMF_VARS_4M"
TEXT = """<domain type='qemu'><name>%s</name><memory unit='MiB'>128</memory>
  <os%s><type arch='x86_64' machine='%s'>hvm</type>%s</os><features><acpi/></features>
  <devices>%s</devices></domain>"""


@contextlib.contextmanager
def defined(side, name, kind=" firmware='efi'", more="", machine="q35", devices=""):
    """A guest that is defined for a block, and gone with all that belongs to it afterwards."""
    with side.connection() as conn:
        dom = conn.defineXML(TEXT % (name, kind, machine, more, devices))
        try:
            yield dom
        finally:
            with contextlib.suppress(libvirt.libvirtError):
                dom.destroy()
            with contextlib.suppress(libvirt.libvirtError):
                dom.undefineFlags(NVRAM)


def firmware_of(dom):
    """The loader, the template and the variables of a running guest."""
    node = tree.fromstring(dom.XMLDesc()).find("os")
    nvram = node.find("nvram")
    return (node.get("firmware"), node.findtext("loader"), nvram.get("template") if nvram is not None else None,
            nvram.text if nvram is not None else None)


def code_of(call):
    """The error code of a call that has to fail."""
    try:
        call()
    except libvirt.libvirtError as error:
        return error.get_error_code()
    return None


def variables(side, name):
    return side.path("/var/lib/libvirt/qemu/nvram/%s_VARS.fd" % name)


@case("firmware: chosen by descriptors")
def chosen(side):
    wanted = [
        ("q35", "", CODE + ".ms.fd", VARS + ".ms.fd"),
        ("pc", "", CODE + ".fd", VARS + ".fd"),
        ("q35", "<firmware><feature enabled='no' name='secure-boot'/></firmware>", CODE + ".fd", VARS + ".fd"),
        ("q35", "<firmware><feature enabled='no' name='enrolled-keys'/></firmware>", CODE + ".secboot.fd", VARS + ".fd"),
    ]
    for machine, more, code, template in wanted:
        with defined(side, "sw-efi", more=more, machine=machine) as dom:
            dom.createWithFlags(PAUSED)
            kind, loader, begin, _ = firmware_of(dom)
            equal((kind, loader, begin), (None, code, template), "firmware of %s %s" % (machine, more))
            check(("secure='yes'" in dom.XMLDesc()) == ("secboot" in code or ".ms." in code), "secure boot needs SMM")


@case("firmware: none that is asked for is there")
def missing(side):
    with defined(side, "sw-efi", more="<loader stateless='yes'/>") as dom:
        equal(code_of(dom.create), libvirt.VIR_ERR_OPERATION_FAILED, "a stateless UEFI")
    with defined(side, "sw-efi", kind="",
                 more="<loader readonly='yes' type='pflash'>%s.fd</loader><nvram template='/nowhere'>%s</nvram>"
                 % (CODE, variables(side, "sw-nowhere"))) as dom:
        equal(code_of(dom.create), libvirt.VIR_ERR_SYSTEM_ERROR, "a template that is not there")


@case("firmware: variables are made once, kept, begun anew, removed")
def kept(side):
    path = variables(side, "sw-efi")
    with defined(side, "sw-efi", machine="pc") as dom:
        check(not os.path.exists(path), "no variables before the first start")
        dom.createWithFlags(PAUSED)
        dom.destroy()
        with open(VARS + ".fd", "rb") as file:
            template = file.read()
        with open(path, "r+b") as file:
            equal(file.read(), template, "the first variables")
            file.seek(0)
            file.write(b"mine")
        dom.createWithFlags(PAUSED)
        dom.destroy()
        with open(path, "rb") as file:
            equal(file.read(4), b"mine", "variables after another start")
        dom.createWithFlags(PAUSED | RESET)
        dom.destroy()
        with open(path, "rb") as file:
            equal(file.read(), template, "variables after a reset")
        equal(code_of(dom.undefine), libvirt.VIR_ERR_OPERATION_INVALID, "undefine without a word about variables")
        dom.undefineFlags(KEEP)
        check(os.path.exists(path), "variables are kept")
    with defined(side, "sw-efi", machine="pc") as dom:
        dom.undefineFlags(NVRAM)
        check(not os.path.exists(path), "variables are removed")


@case("firmware: a UEFI guest boots to its shell", ours=True, once=True)
def boots(side):
    log = side.log_folder + "/sw-efi.serial"
    serial = "<serial type='pty'><log file='%s' append='off'/></serial>" % log
    with defined(side, "sw-efi", more="<firmware><feature enabled='no' name='secure-boot'/></firmware>", devices=serial) as dom:
        dom.create()
        eventually(lambda: "UEFI Interactive Shell" in guest.log_text(side, "sw-efi"), "the shell of UEFI", 60)
