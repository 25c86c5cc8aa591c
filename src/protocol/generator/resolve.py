# SPDX-License-Identifier: LGPL-2.1-or-later
"""Turns parsed descriptions into what the emitters need: every field with its
kind, C type and bounds, every procedure with its rules as numbers."""

import dataclasses
import re

from description import DescriptionError

KEYWORDS = set("""auto bool break case char const continue default do double else enum extern
float for goto if inline int long register restrict return short signed sizeof static struct
switch typedef union unsigned void volatile while asm typeof errno linux unix i386 stdin stdout
stderr true false NULL""".split())

# description type: (kind, C type, bytes on the wire)
SCALARS = {
    "int": ("I32", "int", 4), "unsigned int": ("U32", "unsigned int", 4),
    "hyper": ("I64", "int64_t", 8), "unsigned hyper": ("U64", "uint64_t", 8),
    "double": ("F64", "double", 8), "char": ("I8", "char", 4),
    "unsigned char": ("U8", "unsigned char", 4),
    "unsigned short": ("U16", "unsigned short", 4),
}


@dataclasses.dataclass
class Field:
    where: str
    wire_name: str
    name: str                   # in C
    kind: str                   # RPC_... without the prefix
    shape: str                  # one, optional, fixed, array
    c_type: str                 # of one item
    struct: object = None       # of kinds STRUCT and IMPORTED
    max: int = 0
    max_string: int = 0
    wire_min: int = 0
    case: int = 0


@dataclasses.dataclass
class Struct:
    wire_name: str
    name: str                   # CamelCase C name
    snake: str
    index: int
    fields: list
    discriminant: str = None
    program: object = None
    wire_min: int = 0


@dataclasses.dataclass
class When:
    kind: str                   # RPC_WHEN_... without the prefix
    field: Field = None
    value: int = 0


@dataclasses.dataclass
class Rule:
    object: str
    permission: str
    when: When


def snake_case(name):
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def camel_case(name):
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def c_identifier(name):
    return name + "_" if name in KEYWORDS else name


class Resolver:
    """One program with the programs it imports and the public constants."""

    def __init__(self, program, imported, constants, access):
        self.program = program
        self.imported = imported        # a Resolver or None
        self.constants = constants
        self.access = access
        self.structs = {}
        if program.imports and imported is None:
            raise DescriptionError(program.imports_where,
                                   f"'{program.imports}' was not given")
        for struct in program.structs.values():
            self.structs[struct.name] = self.struct(struct)
        self.check_names()
        self.procs = [self.proc(proc) for proc in
                      sorted(program.procs, key=lambda proc: proc.number)]

    # -- names

    def c_name(self, wire_name):
        """CamelCase name of a struct or enum, and the same in lower case."""
        rules = self.program.names
        if self.program.calls and re.search(r"_(args|ret|msg)\Z", wire_name):
            rules = [self.program.calls]
        match = max((rule for rule in rules if wire_name.startswith(rule[0])),
                    key=lambda rule: len(rule[0]), default=None)
        if match is None:
            name = wire_name
        else:
            name = match[1] + camel_case(wire_name[len(match[0]):])
        if "_" in wire_name:
            lower = wire_name[len(match[0]):] if match and not match[1] else wire_name
            return name, lower
        return name, snake_case(name)

    def check_names(self):
        seen = {}
        for struct in self.structs.values():
            other = seen.setdefault(struct.name, struct)
            if other is not struct:
                where = self.program.structs[struct.wire_name].where
                raise DescriptionError(where, f"'{struct.wire_name}' and '{other.wire_name}' "
                                              f"are both {struct.name} in C")

    # -- values

    def number(self, where, text):
        """The value of a number or of a constant's name."""
        if text.lstrip("-").isdigit():
            return int(text)
        resolver = self
        while resolver is not None:
            if text in resolver.program.consts:
                return resolver.program.consts[text]
            for enum in resolver.program.enums.values():
                if text in dict(enum.members):
                    return dict(enum.members)[text]
            resolver = resolver.imported
        if text not in self.constants:
            raise DescriptionError(where, f"unknown constant '{text}'")
        return self.constants[text]

    # -- types

    def find(self, table, name):
        """(declaration, its resolver) in this program or an imported one."""
        resolver = self
        while resolver is not None:
            found = getattr(resolver.program, table).get(name)
            if found is not None:
                return found, resolver
            resolver = resolver.imported
        return None, None

    def field(self, item):
        result = self.resolve(item)
        result.where, result.wire_name = item.where, item.name
        result.name = c_identifier(item.name)
        if result.struct is not None:
            result.kind = "STRUCT" if result.struct.program is self else "IMPORTED"
            if result.struct.program not in (self, self.imported):
                raise DescriptionError(item.where, f"'{item.type}' is imported at second hand")
        if item.case is not None:
            result.case = self.number(item.where, item.case)
        result.wire_min = self.wire_min(result)
        return result

    def resolve(self, item):
        """The type of a declaration, with typedefs replaced."""
        typedef, home = self.find("typedefs", item.type)
        if item.type == "string":
            if item.shape != "array":
                raise DescriptionError(item.where, "string needs a bound: string NAME<MAX>")
            return Field(item.where, item.name, None, "STRING", "one", "char *",
                         max_string=self.number(item.where, item.bound))
        if item.type == "opaque":
            if item.shape not in ("fixed", "array"):
                raise DescriptionError(item.where, "opaque needs a length or a bound")
            return Field(item.where, item.name, None, "OPAQUE", item.shape, "uint8_t",
                         max=self.number(item.where, item.bound))
        result = home.resolve(typedef) if typedef else self.base(item)
        if item.shape == "one":
            return result
        if result.shape != "one":
            raise DescriptionError(item.where, f"'{item.type}' cannot be optional or an array")
        result.shape = item.shape
        if item.shape == "optional":
            if result.kind not in ("STRUCT", "STRING"):
                raise DescriptionError(item.where, f"'{item.type}' cannot be optional")
        else:
            result.max = self.number(item.where, item.bound)
        return result

    def base(self, item):
        """A scalar, enum, struct or union, with no shape applied yet."""
        def made(kind, c_type, struct=None):
            return Field(item.where, item.name, None, kind, "one", c_type, struct)
        if item.type in SCALARS:
            return made(*SCALARS[item.type][:2])
        enum, home = self.find("enums", item.type)
        if enum is not None:
            return made("I32", home.c_name(item.type)[0])
        struct, home = self.find("structs", item.type)
        if struct is None:
            raise DescriptionError(item.where, f"unknown type '{item.type}'")
        if item.type not in home.structs:
            raise DescriptionError(item.where, f"'{item.type}' must be declared before its use")
        resolved = home.structs[item.type]
        return made("STRUCT", resolved.name, resolved)

    @staticmethod
    def wire_min(field):
        if field.shape in ("optional", "array"):
            return 4
        if field.kind == "OPAQUE":
            return (field.max + 3) // 4 * 4
        one = (4 if field.kind == "STRING" else field.struct.wire_min if field.struct
               else 8 if field.kind in ("I64", "U64", "F64") else 4)
        return one * field.max if field.shape == "fixed" else one

    def struct(self, parsed):
        if not parsed.fields:
            raise DescriptionError(parsed.where, f"'{parsed.name}' has no fields")
        name, snake = self.c_name(parsed.name)
        fields = [self.field(item) for item in parsed.fields]
        for field in fields:
            if parsed.discriminant and (field.shape != "one" or field.struct):
                raise DescriptionError(field.where, "an arm of a union is one scalar or string")
        mins = [field.wire_min for field in fields]
        wire_min = 4 + min(mins) if parsed.discriminant else sum(mins)
        return Struct(parsed.name, name, snake, len(self.structs), fields,
                      parsed.discriminant, self, wire_min)

    # -- procedures

    def payload(self, proc, name):
        if name is None:
            return None
        if name not in self.structs:
            raise DescriptionError(proc.where, f"unknown struct '{name}'")
        return self.structs[name]

    def argument(self, where, args, name):
        for field in args.fields if args else []:
            if field.wire_name == name and field.shape == "one" and field.kind in (
                    "I32", "U32", "I64", "U64"):
                return field
        raise DescriptionError(where, f"the call has no integer argument '{name}'")

    def flags(self, where, args, expression):
        kind = "NONE_SET" if expression.startswith("!") else "ANY_SET"
        when = When(kind, self.argument(where, args, "flags"))
        for word in expression.lstrip("!").split("|"):
            when.value |= self.number(where, word)
        return when

    def readonly(self, proc, args):
        """When a read-only client is refused."""
        value = proc.options["ro"]
        if value == "yes":
            return When("NEVER")
        if value == "no":
            return When("ALWAYS")
        expression = value.partition(":")[2]
        if "=" in expression:
            name, _, text = expression.partition("=")
            return When("EQUALS", self.argument(proc.where, args, name),
                        self.number(proc.where, text))
        return self.flags(proc.where, args, expression)

    def rules(self, proc, args, key):
        result = []
        for text in filter(None, proc.options.get(key, "").split(",")):
            words = text.split(":")
            when = When("ALWAYS")
            if len(words) == 3:
                when = self.flags(proc.where, args, words[2])
            elif len(words) == 5:
                when = When("EQUALS", self.argument(proc.where, args, words[3]),
                            self.number(proc.where, words[4]))
            if words[1] not in self.access.get(words[0], ()):
                raise DescriptionError(proc.where, f"unknown permission '{words[0]}:{words[1]}'")
            result.append(Rule(words[0], words[1], when))
        return result

    def proc(self, proc):
        proc.args_struct = self.payload(proc, proc.args)
        proc.ret_struct = self.payload(proc, proc.ret)
        args = proc.args_struct
        proc.readonly = self.readonly(proc, args)
        proc.acl_rules = self.rules(proc, args, "acl")
        proc.filter_rules = self.rules(proc, args, "filter")
        proc.sparse = 0
        if "sparse" in proc.options:
            self.argument(proc.where, args, "flags")
            proc.sparse = self.number(proc.where, proc.options["sparse"])
        proc.event = -1
        if "event" in proc.options:
            proc.event = self.number(proc.where, proc.options["event"])
        if proc.options.get("callback") and (
                args is None or args.fields[0].kind != "I32"):
            raise DescriptionError(proc.where, "the payload does not start with a callback number")
        proc.c_name = proc.name.lower()
        if proc.c_name in KEYWORDS:
            proc.c_name += "_"
        return proc
