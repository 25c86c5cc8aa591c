# SPDX-License-Identifier: LGPL-2.1-or-later
"""What guests are made of, held against what QEMU says of itself: query-qmp-schema and device-list-properties."""
import glob
import json
import os
import re
import subprocess

from cases import case
from world import check

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
QEMU = "/usr/bin/qemu-system-x86_64"
# Options that have a QMP command of the same shape.
COMMANDS = {"blockdev": "blockdev-add", "object": "object-add", "netdev": "netdev_add"}
# Members of device_add itself.
QDEV = {"driver", "id", "bus"}
PYTHON = {"string": str, "int": int, "boolean": bool, "number": (int, float)}


def ask(commands):
    """The answers of a QEMU without a machine to each of commands."""
    lines = [json.dumps({"execute": "qmp_capabilities"})]
    lines += [json.dumps(dict(command, id=i)) for i, command in enumerate(commands)]
    lines += [json.dumps({"execute": "quit"})]
    done = subprocess.run([QEMU, "-M", "none", "-nodefaults", "-display", "none", "-qmp", "stdio"], input="\n".join(lines) + "\n",
                          capture_output=True, text=True, timeout=30, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    return {answer["id"]: answer for answer in answers if "id" in answer}


class Schema:
    """Collects what does not fit."""

    def __init__(self, types):
        self.types = {entry["name"]: entry for entry in types}
        self.wrong = []

    def check(self, type_name, value, path):
        entry = self.types[type_name]
        kind = entry["meta-type"]
        if kind == "object":
            self.check_object(entry, value, path)
        elif kind == "array":
            for i, item in enumerate(value):
                self.check(entry["element-type"], item, "%s[%d]" % (path, i))
        elif kind == "enum" and value not in entry["values"]:
            self.wrong.append("%s: '%s' is not one of %s" % (path, value, ", ".join(entry["values"])))
        elif kind == "builtin":
            wanted = PYTHON.get(entry["json-type"], object)
            if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is int):
                self.wrong.append("%s: %r is no %s" % (path, value, entry["json-type"]))

    def members(self, entry, value):
        """All members that this value may have, with those of the variant it chooses."""
        found = list(entry["members"])
        for variant in entry.get("variants", []):
            if variant["case"] == value.get(entry["tag"]):
                found += self.members(self.types[variant["type"]], value)
        return found

    def check_object(self, entry, value, path):
        if not isinstance(value, dict):
            self.wrong.append("%s: %r is no object" % (path, value))
            return
        members = {member["name"]: member for member in self.members(entry, value)}
        for key, item in value.items():
            if key in members:
                self.check(members[key]["type"], item, path + "." + key)
            else:
                self.wrong.append("%s: there is no '%s'" % (path, key))
        for name, member in members.items():
            if "default" not in member and name not in value:
                self.wrong.append("%s: '%s' is missing" % (path, name))


def parts():
    """(file, option, object) of all recorded command lines."""
    for path in sorted(glob.glob(os.path.join(SOURCE, "daemons/virtqemud/test-data/*.args"))):
        with open(path, encoding="utf-8") as f:
            for option, text in re.findall(r"^-(\w+) '(\{.*\})'(?: \\)?$", f.read(), re.M):
                yield os.path.basename(path), option, json.loads(text)


@case("schema: command lines, against QEMU's own schema", ours=True, once=True)
def schema(side):
    recorded = list(parts())
    check(len(recorded) > 100, "only %d objects are recorded", len(recorded))
    types = sorted({value["driver"] for _, option, value in recorded if option == "device"})
    commands = [{"execute": "query-qmp-schema"}]
    commands += [{"execute": "device-list-properties", "arguments": {"typename": name}} for name in types]
    answers = ask(commands)
    known = Schema(answers[0]["return"])
    properties = {name: answers[i + 1] for i, name in enumerate(types)}
    for file, option, value in recorded:
        if option in COMMANDS:
            known.check(known.types[COMMANDS[option]]["arg-type"], value, "%s: -%s %s" % (
                file, option, value.get("node-name") or value.get("id")))
        elif option == "device":
            answer = properties[value["driver"]]
            # A device that this build of QEMU leaves out, or knows by another name.
            for key in set(value) - QDEV - {entry["name"] for entry in answer.get("return", [])} if "return" in answer else ():
                known.wrong.append("%s: -device %s: there is no property '%s'" % (file, value["driver"], key))
    check(not known.wrong, "%s", "\n".join(known.wrong))
