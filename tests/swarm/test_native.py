# SPDX-License-Identifier: LGPL-2.1-or-later
"""Command lines as the emulator itself would read them: every property that is put on one is a property it has."""
import glob
import json
import os
import re
import shlex
import socket
import subprocess

import libvirt

from cases import case
from world import check

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
QEMU = "/usr/bin/qemu-system-x86_64"
# What -device and -object take besides an object's own properties.
COMMON = {"driver", "id", "qom-type", "bus"}
# What QEMU calls a device besides its type.
ALIASES = {"lsi": "lsi53c895a", "ahci": "ich9-ahci", "virtio-iommu": "virtio-iommu-pci"}


class Anything(frozenset):
    """The properties of a type that the emulator ends at when it is asked: its module is not installed."""

    def __contains__(self, name):
        return True

    def __or__(self, other):
        return self


class Emulator:
    """A QEMU that runs nothing and answers questions."""

    def __enter__(self):
        self.known = {}
        self.start()
        return self

    def start(self):
        ours, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [QEMU, "-S", "-no-user-config", "-nodefaults", "-display", "none", "-machine", "none",
                 "-chardev", "socket,id=m,fd=%d" % theirs.fileno(), "-mon", "chardev=m,mode=control"],
                pass_fds=[theirs.fileno()], stderr=subprocess.DEVNULL)
        self.socket, self.file = ours, ours.makefile("rw")
        self.file.readline()
        self.ask("qmp_capabilities")

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.file.close()
        self.socket.close()

    def ask(self, command, **arguments):
        self.file.write(json.dumps({"execute": command, "arguments": arguments}))
        self.file.flush()
        while True:
            answer = json.loads(self.file.readline())
            if "event" not in answer:
                return answer.get("return")

    def properties(self, command, name):
        """The names of a type's properties; None: there is no such type."""
        if name not in self.known:
            try:
                answer = self.ask(command, typename=name)
                self.known[name] = None if answer is None else {item["name"] for item in answer}
            except ValueError:
                self.__exit__()
                self.start()
                self.known[name] = Anything()
        return self.known[name]

    def schema(self, command):
        """Every member that the arguments of a command may have anywhere below it, by name."""
        if "schema" not in self.known:
            self.known["schema"] = {item["name"]: item for item in self.ask("query-qmp-schema")}
        table, names, seen = self.known["schema"], set(), set()
        todo = [table[command]["arg-type"]]
        while todo:
            name = todo.pop()
            if name in seen:
                continue
            seen.add(name)
            entry = table[name]
            for member in entry.get("members", []):
                if isinstance(member, dict) and "name" in member:
                    names.add(member["name"])
                if isinstance(member, dict) and "type" in member:
                    todo.append(member["type"])
            todo += [variant["type"] for variant in entry.get("variants", [])]
            if "element-type" in entry:
                todo.append(entry["element-type"])
        return names


def documents():
    """The documents of this tree's tests that are whole guests of x86_64."""
    for path in sorted(glob.glob(SOURCE + "/src/model/domain/cases/*.xml") + glob.glob(SOURCE + "/daemons/virtqemud/test-data/*.xml")):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        if re.match(r"\s*(<!--.*?-->\s*)*<domain\b", text, re.S):
            yield os.path.basename(path), text


def keys(value):
    """The names of all members below a JSON value."""
    if isinstance(value, dict):
        for name, below in value.items():
            yield name
            yield from keys(below)
    elif isinstance(value, list):
        for below in value:
            yield from keys(below)


def unknown(emulator, option, part):
    """The properties of a part of the command line that the emulator does not have."""
    if option == "-device":
        known = emulator.properties("device-list-properties", ALIASES.get(part["driver"], part["driver"]))
        return [part["driver"]] if known is None else [name for name in part if name not in known | COMMON]
    if option == "-object":
        known = emulator.properties("qom-list-properties", part["qom-type"])
        return [part["qom-type"]] if known is None else [name for name in part if name not in known | COMMON]
    command = {"-blockdev": "blockdev-add", "-netdev": "netdev_add"}[option]
    known = emulator.schema(command)
    return [name for name in keys(part) if name not in known]


@case("native: every property on a command line is one that QEMU has", ours=True, once=True)
def properties(side):
    lines, wrong = 0, []
    with side.connection() as conn, Emulator() as emulator:
        for name, text in documents():
            try:
                words = shlex.split(conn.domainXMLToNative("qemu-argv", text, 0).replace("\\\n", " "))
            except libvirt.libvirtError:
                continue        # a mistake, another architecture, or what this emulator cannot do
            lines += 1
            for option, value in zip(words, words[1:]):
                if option in ("-device", "-object", "-blockdev", "-netdev") and value.startswith("{"):
                    part = json.loads(value)
                    wrong += ["%s: %s %s: %s" % (name, option, part.get("driver", part.get("qom-type", part.get("type"))), bad)
                              for bad in unknown(emulator, option, part)]
    check(not wrong, "unknown to QEMU: %s", wrong)
    check(lines >= 10, "%d documents have command lines", lines)
