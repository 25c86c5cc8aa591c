# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reads description files (*.rpc) into plain objects.

Every mistake is a DescriptionError whose text starts with "FILE:LINE: ". What
only makes sense with other files at hand (imported types, public constants) is
checked in resolve.py.
"""

import dataclasses
import os
import re


class DescriptionError(Exception):
    """A mistake in a description file."""

    def __init__(self, where, what):
        super().__init__(f"{where}: {what}")


@dataclasses.dataclass
class Item:
    """A declared name: TYPE NAME, TYPE *NAME, TYPE NAME[LEN] or TYPE NAME<MAX>."""
    where: str
    type: str
    name: str
    shape: str = "one"          # one, optional, fixed, array
    bound: str = None           # of fixed and array, as written
    hint: str = None
    case: str = None            # of a union's arm, as written


@dataclasses.dataclass
class Enum:
    where: str
    name: str
    members: list = dataclasses.field(default_factory=list)     # (name, value)


@dataclasses.dataclass
class Struct:
    where: str
    name: str
    fields: list = dataclasses.field(default_factory=list)
    discriminant: str = None    # name of the int that chooses a union's arm


@dataclasses.dataclass
class Proc:
    where: str
    kind: str                   # call, event, message
    number: int
    name: str
    args: str                   # wire name of the struct, or None
    ret: str
    options: dict


@dataclasses.dataclass
class Program:
    path: str
    name: str = None
    number: int = None          # None: types only
    version: int = None
    imports: str = None
    imports_where: str = None
    names: list = dataclasses.field(default_factory=list)
    calls: tuple = None
    consts: dict = dataclasses.field(default_factory=dict)
    enums: dict = dataclasses.field(default_factory=dict)
    typedefs: dict = dataclasses.field(default_factory=dict)
    structs: dict = dataclasses.field(default_factory=dict)
    procs: list = dataclasses.field(default_factory=list)


WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
SCALARS = ("int", "unsigned int", "hyper", "unsigned hyper", "double", "char",
           "unsigned char", "unsigned short", "string", "opaque")
DECLARATION = re.compile(
    r"(?P<type>unsigned \w+|\w+) (?P<opt>\*)?(?P<name>\w+)"
    r"(?:<(?P<max>\w+)>|\[(?P<len>\w+)\])?(?: : (?P<hint>.+))?\Z")

ENUMS = {
    "family": ("none", "auth", "connect", "domain", "host", "interface", "network",
               "nodedev", "nwfilter", "secret", "storage"),
    "conn": ("none", "primary", "interface", "network", "nodedev", "nwfilter", "secret",
             "storage"),
    "daemon": ("any", "hypervisor", "virtinterfaced", "virtnetworkd", "virtnodedevd",
               "virtnwfilterd", "virtsecretd", "virtstoraged", "virtlockd", "virtlogd"),
    "route": ("local", "forward", "open", "split", "register", "event", "event-origin"),
    "auth": ("no",),
    "prio": ("high",),
    "callback": ("yes",),
}
REQUIRED = ("family", "conn", "daemon", "route", "ro")
PATTERNS = {
    "ro": r"yes|no|not-with:(\w+=)?\w+(\|\w+)*",
    "acl": r"\w+:\w+(:!?\w+(\|\w+)*|::\w+:\w+)?(,\w+:\w+(:!?\w+(\|\w+)*|::\w+:\w+)?)*",
    "filter": r"\w+:\w+(,\w+:\w+)*",
    "stream": r"(read|write)@\d+",
    "sparse": r"\w+",
    "fds": r"in(:\d+)?|out(:\d+)?|in(:\d+)?,out(:\d+)?",
    "event": r"\w+",
    "api": r"\w+",
    "since": r"(<=)?\d+\.\d+\.\d+",
}


class Parser:
    """Reads one file line by line; indented lines belong to the block above."""

    def __init__(self, path):
        self.program = Program(path)
        self.label = os.path.basename(path)
        self.where = f"{self.label}:1"
        self.block = None
        self.numbers = {}

    def fail(self, what):
        raise DescriptionError(self.where, what)

    def parse(self):
        with open(self.program.path, encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                self.where = f"{self.label}:{number}"
                self.line(line.rstrip("\n"))
        if self.program.name is None:
            self.fail("no 'program' line")
        if self.program.calls is None and self.program.names:
            self.program.calls = self.program.names[0]
        return self.program

    def line(self, line):
        if not line.strip() or line.startswith("#"):
            return
        if line.startswith("  "):
            if self.block is None:
                self.fail("an indented line outside of an enum, struct or union")
            self.block(line.strip())
            return
        self.block = None
        keyword, _, rest = line.partition(" ")
        reader = getattr(self, "read_" + keyword, None)
        if reader is None:
            self.fail(f"unknown keyword '{keyword}'")
        if self.program.name is None and keyword != "program":
            self.fail("the first line must be a 'program' line")
        reader(rest)

    def words(self, rest, *counts):
        words = rest.split()
        if len(words) not in counts:
            wanted = " or ".join(map(str, counts))
            self.fail(f"{len(words)} words after the keyword, expected {wanted}")
        return words

    def integer(self, text):
        try:
            return int(text, 0)
        except ValueError:
            self.fail(f"'{text}' is not a number")

    def new_name(self, name):
        if not WORD.match(name):
            self.fail(f"'{name}' is not a name")
        for table in (self.program.consts, self.program.enums, self.program.typedefs,
                      self.program.structs):
            if name in table:
                self.fail(f"'{name}' is declared twice")
        return name

    def read_program(self, rest):
        words = self.words(rest, 1, 3)
        if self.program.name is not None:
            self.fail("a second 'program' line")
        self.program.name = words[0]
        if len(words) == 3:
            self.program.number = self.integer(words[1])
            self.program.version = self.integer(words[2])

    def read_import(self, rest):
        self.program.imports, = self.words(rest, 1)
        self.program.imports_where = self.where

    def read_names(self, rest):
        self.program.names.append(tuple(self.words(rest, 2)))

    def read_calls(self, rest):
        old, new = self.words(rest, 2)
        self.program.calls = (old, "" if new == "-" else new)

    def read_const(self, rest):
        name, value = self.words(rest, 2)
        self.program.consts[self.new_name(name)] = self.integer(value)

    def read_enum(self, rest):
        name, = self.words(rest, 1)
        enum = self.program.enums[self.new_name(name)] = Enum(self.where, name)

        def member(line):
            key, value = self.words(line, 2)
            if key in dict(enum.members):
                self.fail(f"'{key}' is declared twice")
            enum.members.append((key, self.integer(value)))
        self.block = member

    def declaration(self, text):
        match = DECLARATION.match(text)
        if match is None:
            self.fail(f"cannot read the declaration '{text}'")
        type_ = match["type"]
        if type_.startswith("unsigned ") and type_ not in SCALARS:
            self.fail(f"unknown type '{type_}'")
        if sum(bool(match[key]) for key in ("opt", "max", "len")) > 1:
            self.fail("an optional item cannot be an array")
        shape = ("optional" if match["opt"] else "array" if match["max"]
                 else "fixed" if match["len"] else "one")
        return Item(self.where, type_, match["name"], shape, match["max"] or match["len"],
                    match["hint"])

    def read_typedef(self, rest):
        item = self.declaration(rest)
        self.program.typedefs[self.new_name(item.name)] = item

    def add_field(self, struct, item):
        if item.name in [field.name for field in struct.fields]:
            self.fail(f"field '{item.name}' is declared twice")
        struct.fields.append(item)

    def read_struct(self, rest):
        name, = self.words(rest.partition(" : ")[0], 1)
        struct = self.program.structs[self.new_name(name)] = Struct(self.where, name)
        self.block = lambda line: self.add_field(struct, self.declaration(line))

    def read_union(self, rest):
        name, type_, discriminant = self.words(rest, 3)
        if type_ != "int":
            self.fail(f"a union is chosen by an int, not by '{type_}'")
        union = Struct(self.where, name, discriminant=discriminant)
        self.program.structs[self.new_name(name)] = union

        def arm(line):
            keyword, _, tail = line.partition(" ")
            case, _, text = tail.partition(" ")
            if keyword != "case" or not text:
                self.fail("an arm of a union reads 'case VALUE TYPE NAME'")
            item = self.declaration(text)
            item.case = case
            self.add_field(union, item)
        self.block = arm

    def read_call(self, rest):
        self.procedure("call", rest.split(), ("args", "ret"))

    def read_event(self, rest):
        self.procedure("event", rest.split(), ("msg",))

    def read_message(self, rest):
        self.procedure("message", rest.split(), ("msg",))

    def procedure(self, kind, words, payloads):
        if len(words) < 2 + len(payloads):
            self.fail(f"a {kind} reads '{kind} NUMBER NAME {' '.join(payloads).upper()} ...'")
        number = self.integer(words[0])
        name = words[1]
        if not 0 < number < 65535:
            self.fail(f"procedure number {number} is out of range")
        if number in self.numbers:
            self.fail(f"number {number} is taken by {self.numbers[number]}")
        if name in self.numbers.values():
            self.fail(f"procedure {name} is declared twice")
        self.numbers[number] = name
        prefix = (self.program.calls or self.program.names[0])[0]
        types = [None if word == "-" else f"{prefix}{name.lower()}_{key}" if word == key else word
                 for key, word in zip(payloads, words[2:])]
        options = self.options(words[2 + len(payloads):])
        self.program.procs.append(Proc(self.where, kind, number, name, types[0],
                                       types[1] if kind == "call" else None, options))

    def options(self, words):
        result = {}
        for word in words:
            key, equals, value = word.partition("=")
            if not equals or key not in ENUMS and key not in PATTERNS:
                self.fail(f"unknown option '{word}'")
            if key in result:
                self.fail(f"option '{key}' is given twice")
            if key in ENUMS and value not in ENUMS[key]:
                self.fail(f"'{value}' is not a {key} (one of {', '.join(ENUMS[key])})")
            if key in PATTERNS and not re.fullmatch(PATTERNS[key], value):
                self.fail(f"cannot read '{word}'")
            result[key] = value
        for key in REQUIRED:
            if key not in result:
                self.fail(f"option '{key}' is missing")
        return result


def parse(path):
    return Parser(path).parse()
