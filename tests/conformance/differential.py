#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Defines documents that nobody has written before in a stock libvirtd and in this build, and shows where they differ.

Documents are made of the corpus' x86 inputs: devices and other elements of one are put into another, some are left
out, attributes get values from elsewhere. What both refuse, or print alike, is fine. Needs root, stock's
libvirtd, QEMU and the corpus; it is a tool for those who change the tables, not a suite.

    differential.py --builddir build [--count N] [--seed N] [--families domain] [--keep DIR]
"""
import argparse
import collections
import copy
import os
import random
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

import libvirt

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "swarm"))
from stock import Stock                                         # noqa: E402

CORPUS = HERE.parents[1].parent / "shared" / "corpus"
SINGLE = {"emulator", "memballoon", "vsock", "iommu", "nvram", "redirfilter"}


def load(family, folder="in"):
    """Parsed documents of a family: [(name, root)]."""
    found = []
    for path in sorted((CORPUS / family / folder).glob("*.xml")):
        try:
            found.append((path.stem, ET.parse(path).getroot()))
        except ET.ParseError:
            pass
    return found


def domains():
    """Those for x86 that QEMU runs."""
    for name, root in load("domain-qemu"):
        kind = root.find("os/type")
        if root.tag == "domain" and root.get("type") in ("qemu", "kvm") and kind is not None and \
                kind.get("arch") in (None, "x86_64", "i686") and "pc-" not in (kind.get("machine") or ""):
            yield name, root


def settle(root):
    """A document of one guest that stock's QEMU driver can define here."""
    root.set("type", "qemu")
    kind = root.find("os/type")
    kind.set("arch", "x86_64")
    if kind.get("machine") not in ("pc", "q35"):
        kind.set("machine", random.choice(("pc", "q35")))
    for tag in ("name", "uuid"):
        element = root.find(tag)
        if element is None:
            element = ET.SubElement(root, tag)
        element.text = {"name": "guest", "uuid": "c7a5fdbd-edaf-9455-926a-d65c16db1809"}[tag]
    devices = root.find("devices")
    if devices is None:
        devices = ET.SubElement(root, "devices")
    for emulator in devices.findall("emulator"):
        emulator.text = "/usr/bin/qemu-system-x86_64"
    return devices


def values(roots):
    """Attribute values by element and attribute."""
    found = collections.defaultdict(set)
    for root in roots:
        for element in root.iter():
            for name, value in element.attrib.items():
                found[(element.tag, name)].add(value)
    return {key: sorted(texts) for key, texts in found.items()}


def mix_domain(all_roots, known):
    base = copy.deepcopy(random.choice(all_roots))
    devices = settle(base)
    for _ in range(random.randint(0, 4)):
        other = random.choice(all_roots).find("devices")
        if other is not None and len(other):
            element = copy.deepcopy(random.choice(other))
            if element.tag in SINGLE and devices.find(element.tag) is not None:
                continue
            if random.random() < 0.5:
                for address in element.findall("address"):
                    element.remove(address)
            devices.insert(random.randint(0, len(devices)), element)
    if random.random() < 0.3:
        other = copy.deepcopy(random.choice(list(random.choice(all_roots))))
        if other.tag not in ("name", "uuid", "os", "devices"):
            for old in base.findall(other.tag):
                base.remove(old)
            base.append(other)
    tweak(base, known)
    settle(base)
    return base


def mix_any(all_roots, known):
    base = copy.deepcopy(random.choice(all_roots))
    other = random.choice(all_roots)
    if len(other) and random.random() < 0.6:
        element = copy.deepcopy(random.choice(list(other)))
        if element.tag not in ("name", "uuid"):
            for old in base.findall(element.tag) if element.tag not in ("ip", "route", "portgroup", "rule", "filterref") else ():
                base.remove(old)
            base.append(element)
    tweak(base, known)
    for tag, text in (("name", "thing"), ("uuid", "c7a5fdbd-edaf-9455-926a-d65c16db1809")):
        for element in base.findall(tag):
            element.text = text
    return base


def tweak(root, known):
    """Another value here, a missing attribute or element there."""
    elements = [element for element in root.iter() if element is not root]
    for _ in range(random.choice((0, 0, 1, 1, 2))):
        element = random.choice(elements)
        if not element.attrib:
            continue
        name = random.choice(sorted(element.attrib))
        what = random.random()
        if what < 0.2:
            del element.attrib[name]
        else:
            element.set(name, random.choice(known[(element.tag, name)]))


class Domain:
    roots = staticmethod(lambda: [root for _, root in domains()])
    mix = staticmethod(mix_domain)
    command = ["domain", "--caps-set", "real:x86_64-7.2"]
    uri = "qemu:///system"

    @staticmethod
    def stock(connection, text):
        domain = connection.defineXML(text)
        try:
            return domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE | libvirt.VIR_DOMAIN_XML_SECURE)
        finally:
            domain.undefineFlags(libvirt.VIR_DOMAIN_UNDEFINE_KEEP_NVRAM)


class Plain:
    """A document that is defined, printed and undefined."""

    def __init__(self, family, tag, command, uri, define):
        self.family, self.tag, self.command, self.uri, self.define = family, tag, command, uri, define

    def roots(self):
        return [root for _, root in load(self.family) if root.tag == self.tag]

    mix = staticmethod(mix_any)

    def stock(self, connection, text):
        thing = getattr(connection, self.define)(text)
        try:
            return thing.XMLDesc(libvirt.VIR_NETWORK_XML_INACTIVE if self.tag == "network" else 0)
        finally:
            thing.undefine()


FAMILIES = {
    "domain": Domain,
    "network": Plain("network", "network", ["network-define"], "qemu:///system", "networkDefineXML"),
    "storage-pool": Plain("storage-pool", "pool", ["storagepool"], "qemu:///system", "storagePoolDefineXML"),
    "nwfilter": Plain("nwfilter", "filter", ["nwfilter"], "qemu:///system", "nwfilterDefineXML"),
    "secret": Plain("secret", "secret", ["secret"], "qemu:///system", "secretDefineXML"),
}


# What the driver adds to a network: its bridge's name and address.
ADDED = ("/network/mac ", "/network/bridge ")
# What is made up anew each time.
MADE_UP = {("uuid", None), ("genid", None), ("wwn", None), ("mac", "address"), ("parameters", "instanceid"), ("parameters", "interfaceid")}


def flat(element, path=""):
    """A line for each element with its attributes and text."""
    path = f"{path}/{element.tag}"
    attributes = "".join(f" {name}='{'...' if (element.tag, name) in MADE_UP else value}'"
                         for name, value in sorted(element.attrib.items()))
    text = "..." if (element.tag, None) in MADE_UP else (element.text or "").strip()
    yield f"{path}{attributes} {text}".rstrip()
    for child in element:
        yield from flat(child, path)


def canonical(text):
    return "\n".join(line for line in flat(ET.fromstring(text)) if not line.startswith(ADDED))


def ours(options, family, path):
    result = subprocess.run([options.builddir / "tests/conformance/conform", *family.command, path],
                            capture_output=True, text=True, timeout=60)
    return result.returncode, result.stdout, result.stderr.strip()


def first_difference(stock, mine):
    a, b = stock.splitlines(), mine.splitlines()
    for one, two in zip(a, b):
        if one != two:
            return f"stock {one}  ours {two}"
    return f"stock {a[len(b)] if len(a) > len(b) else '(end)'}  ours {b[len(a)] if len(b) > len(a) else '(end)'}"


def shape(text):
    """The kind of a difference, for counting."""
    return re.sub(r"'[^']*'", "'*'", re.sub(r"\d+", "N", text))[:150]


def judge(options, family, connection, text, path):
    """Whether both accept the document, and None if they agree, else what differs."""
    try:
        expected, refusal = canonical(family.stock(connection, text)), None
    except libvirt.libvirtError as error:
        expected, refusal = None, error
    status, out, message = ours(options, family, path)
    if expected is None:
        found = re.search(r"\[code (\d+), domain (\d+)\]", message)
        if status != 0 and found and (int(found.group(1)), int(found.group(2))) == (refusal.get_error_code(), refusal.get_error_domain()):
            return False, None
        if status != 0:
            return False, (f"reasons: stock [{refusal.get_error_code()}/{refusal.get_error_domain()}] {refusal.get_error_message()}; "
                           f"ours {message}")
        return False, f"stock refuses [{refusal.get_error_code()}/{refusal.get_error_domain()}]: {refusal.get_error_message()}"
    if status != 0:
        return False, f"ours refuses: {message}"
    return True, None if canonical(out) == expected else first_difference(expected, canonical(out))


def run(options, name):
    family = FAMILIES[name]
    roots = family.roots()
    known = values(roots)
    counts, examples, agreed, refused = collections.Counter(), {}, 0, 0
    with tempfile.TemporaryDirectory(prefix="diff") as folder, Stock(os.path.join(folder, "stock")) as stock:
        connection = libvirt.open(f"{family.uri}?socket={stock.socket}")
        for number in range(options.count):
            text = ET.tostring(family.mix(roots, known), encoding="unicode")
            path = os.path.join(options.keep or folder, f"{name}-{options.seed}-{number}.xml")
            Path(path).write_text(text, encoding="utf-8")
            try:
                accepted, difference = judge(options, family, connection, text, path)
            except libvirt.libvirtError as error:
                difference = f"stock: {error}"
                connection = libvirt.open(f"{family.uri}?socket={stock.socket}")
            if difference is None:
                agreed += accepted
                refused += not accepted
                os.unlink(path)
                continue
            counts[shape(difference)] += 1
            examples.setdefault(shape(difference), (os.path.basename(path), difference))
    print(f"{name}: of {options.count} documents, {agreed} come out alike, {refused} are refused by both")
    for kind, count in counts.most_common():
        print(f"{count:5} {examples[kind][0]}: {examples[kind][1][:300]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--builddir", type=Path, required=True)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--families", default="domain", help="comma-separated: " + ", ".join(FAMILIES))
    parser.add_argument("--keep", help="keep the documents that differ in this folder")
    options = parser.parse_args()
    if options.keep:
        os.makedirs(options.keep, exist_ok=True)
    libvirt.registerErrorHandler(lambda _context, _error: None, None)
    for name in options.families.split(","):
        random.seed(options.seed)
        run(options, name)


if __name__ == "__main__":
    main()
