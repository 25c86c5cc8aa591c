# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes the C of one program: PROGRAM.h, PROGRAM.c, PROGRAM-calls.h and, for
tests, PROGRAM-names.c."""

import re

LICENCE = "/* SPDX-License-Identifier: LGPL-2.1-or-later */\n"

# The error domain in which stock refuses a call that is forbidden or not served.
API_DOMAINS = (
    ("Snapshot", "VIR_FROM_DOMAIN_SNAPSHOT"),
    ("Checkpoint", "VIR_FROM_DOMAIN_CHECKPOINT"),
)
FAMILY_DOMAINS = {
    "connect": "VIR_FROM_DOMAIN", "host": "VIR_FROM_DOMAIN", "domain": "VIR_FROM_DOMAIN",
    "interface": "VIR_FROM_INTERFACE",
    "network": "VIR_FROM_NETWORK", "nodedev": "VIR_FROM_NODEDEV",
    "nwfilter": "VIR_FROM_NWFILTER", "secret": "VIR_FROM_SECRET",
    "storage": "VIR_FROM_STORAGE",
}


def identifier(name):
    return re.sub(r"\W", "_", name)


def macro(name):
    return identifier(name).upper()


def c_number(value):
    if -2**31 < value < 2**31:
        return str(value)
    return f"{value}U" if 0 <= value < 2**32 else f"{value}LL"


def constant(prefix, name):
    return f"{prefix}_{macro(name)}"


# -- the header


def declare_enums(program):
    for enum_name, members in program.enums:
        yield "\ntypedef enum\n{"
        yield from (f"  {name} = {c_number(value)}," for name, value in members)
        yield f"}} {enum_name};"


def member(field):
    """C declarations of a struct's field."""
    space = "" if field.c_type.endswith("*") else " "
    one = f"{field.c_type}{space}"
    if field.shape == "fixed":
        return [f"  {one}{field.name}[{field.max}];"]
    if field.shape == "array":
        return [f"  {one}*{field.name};", f"  unsigned int n_{field.name.rstrip('_')};"]
    if field.shape == "optional" and field.kind != "STRING":
        return [f"  {one}*{field.name};"]
    if field.shape == "optional":
        return [f"  {one}{field.name};  /* may be NULL */"]
    return [f"  {one}{field.name};"]


def declare_struct(struct):
    yield f"\ntypedef struct {struct.name}\n{{"
    lines = [line for field in struct.fields for line in member(field)]
    if struct.discriminant:
        yield f"  int {struct.discriminant};"
        yield "  union\n  {"
        yield from ("  " + line for line in lines)
        yield "  };"
    else:
        yield from lines
    yield f"}} {struct.name};"


def parameters(proc, kind):
    """Parameter list of a handler or a client function after its first one."""
    result = ""
    if proc.args_struct:
        result += f", const {proc.args_struct.name} *args"
    if proc.ret_struct:
        result += f", {proc.ret_struct.name} *ret"
    return result + ", GError **error"


def declare_handlers(program):
    calls = program.calls
    if not calls:
        return
    yield f"\n/* What serves the calls of this program; NULL where it does not. */"
    yield f"typedef struct {program.camel}Handlers\n{{"
    for proc in calls:
        yield f"  bool (*{proc.c_name}) (Call *call{parameters(proc, 'handler')});"
    yield f"}} {program.camel}Handlers;"


def header(program):
    yield LICENCE + f"/* {program.file}.h: wire types" + (
        " and handlers" if program.procs else "") + f" of {program.file}.rpc. */\n#pragma once\n"
    yield f'#include "protocol/{"protocol" if program.number else "codec"}.h"'
    if program.imported:
        yield f'#include "protocol/{program.imported.file}.h"'
    yield ""
    yield from (f"#define {name} {c_number(value)}" for name, value in program.consts)
    yield from declare_enums(program)
    if program.procs:
        yield "\nenum\n{"
        yield from (f"  {constant(program.macro + '_PROC', proc.name)} = {proc.number},"
                    for proc in program.procs)
        yield "};"
    for struct in program.structs:
        yield from declare_struct(struct)
    if program.structs:
        yield f"\nextern const RpcTypes {program.id}_types;\n"
        yield from (f"RPC_CODEC ({struct.name}, {struct.snake}, {program.id}_types, {struct.index})"
                    for struct in program.structs)
    yield from declare_handlers(program)
    if program.number:
        yield f"\nextern const RpcProgram {program.id}_program;"


# -- the tables


def field_row(struct, field):
    type_ = field.struct.index if field.struct else 0
    if struct.discriminant:
        type_ = field.case
    return (f"  {{ RPC_{field.kind}, RPC_{field.shape.upper()}, "
            f"offsetof ({struct.name}, {field.name}), {type_}, {field.max}, "
            f"{field.max_string} }},")


def type_tables(program):
    first = 0
    yield f"\nstatic const RpcField fields[] = {{"
    for struct in program.structs:
        yield f"  /* {struct.name} */"
        yield from (field_row(struct, field) for field in struct.fields)
    yield "};\n\nstatic const RpcStruct structs[] = {"
    for struct in program.structs:
        union = ", true" if struct.discriminant else ""
        yield (f"  {{ {first}, {len(struct.fields)}, sizeof ({struct.name}), "
               f"{struct.wire_min}{union} }},")
        first += len(struct.fields)
    yield "};\n"
    imported = f"&{program.imported.id}_types" if program.imported else "NULL"
    yield (f"const RpcTypes {program.id}_types = {{ structs, fields, {imported}, "
           f"G_N_ELEMENTS (structs) }};")


class Strings:
    """Names laid out one after the other, found by their offset."""

    def __init__(self):
        self.names = []
        self.offsets = {}
        self.size = 0

    def offset(self, name):
        if name not in self.offsets:
            self.offsets[name] = self.size
            self.names.append(name)
            self.size += len(name) + 1
        return self.offsets[name]


def when_value(when, struct):
    if when.kind in ("ALWAYS", "NEVER"):
        return f"{{ RPC_WHEN_{when.kind} }}"
    width = 8 if when.field.kind in ("I64", "U64") else 4
    return (f"{{ RPC_WHEN_{when.kind}, {width}, offsetof ({struct.name}, {when.field.name}), "
            f"{when.value}U }}")


def rule_row(rule, struct):
    return (f"  {{ {constant('RPC_OBJECT', rule.object)}, "
            f"{constant('RPC_PERMISSION', rule.permission)}, {when_value(rule.when, struct)} }},")


def fds(proc, way):
    for word in proc.options.get("fds", "").split(","):
        name, _, count = word.partition(":")
        if name == way:
            return count or "RPC_FDS_ANY"
    return None


def error_domain(program, proc):
    if program.file in ("qemu", "lxc"):
        return "VIR_FROM_NONE"
    api = proc.options.get("api", "")
    for word, domain in API_DOMAINS:
        if word in api:
            return domain
    return FAMILY_DOMAINS.get(proc.options["family"], "VIR_FROM_NONE")


def proc_row(program, proc, strings, first_rule):
    options = proc.options
    items = {
        "number": proc.number,
        "name": strings.offset(proc.name.lower()),
        "api": strings.offset(options.get("api", proc.name.lower())),
        "args": proc.args_struct.index if proc.args_struct else "RPC_VOID",
        "ret": proc.ret_struct.index if proc.ret_struct else "RPC_VOID",
        "args_size": f"sizeof ({proc.args_struct.name})" if proc.args_struct else None,
        "ret_size": f"sizeof ({proc.ret_struct.name})" if proc.ret_struct else None,
        "handler": f"offsetof ({program.camel}Handlers, {proc.c_name})"
                   if proc.kind == "call" else "RPC_NO_HANDLER",
        "rules": first_rule if proc.acl_rules or proc.filter_rules else None,
        "n_acl": len(proc.acl_rules) or None,
        "n_aclfilter": len(proc.filter_rules) or None,
        "kind": constant("RPC_PROC", proc.kind),
        "family": constant("RPC_FAMILY", options["family"]),
        "conn": constant("RPC_CONN", options["conn"]),
        "daemon": constant("RPC_DAEMON", options["daemon"]),
        "route": constant("RPC_ROUTE", options["route"]),
        "stream": constant("RPC_STREAM", options["stream"].partition("@")[0])
                  if "stream" in options else None,
        "error_domain": error_domain(program, proc),
        "needs_auth": "false" if options.get("auth") == "no" else "true",
        "priority": "true" if options.get("prio") == "high" else None,
        "has_callback_id": "true" if "callback" in options else None,
        "fds_in": fds(proc, "in"),
        "fds_out": fds(proc, "out"),
        "event_id": proc.event if proc.event >= 0 else "RPC_NO_EVENT",
        "sparse_flag": proc.sparse or None,
        "denied_readonly": when_value(proc.readonly, proc.args_struct),
    }
    words = [f".{key} = {value}" for key, value in items.items() if value is not None]
    return f"  [{proc.number}] = {{\n" + "".join(
        f"    {', '.join(words[i:i + 4])},\n" for i in range(0, len(words), 4)) + "  },"


def dispatch(program):
    yield (f"\nstatic bool\ndispatch (const void *handlers, unsigned int proc, Call *call,\n"
           f"          const void *args, void *ret, GError **error)\n{{\n"
           f"  const {program.camel}Handlers *h = handlers;\n\n  switch (proc)\n    {{")
    for proc in program.calls:
        words = ["call"] + ["args"] * bool(proc.args_struct) + ["ret"] * bool(proc.ret_struct)
        yield (f"    case {constant(program.macro + '_PROC', proc.name)}:\n"
               f"      return h->{proc.c_name} ({', '.join(words + ['error'])});")
    yield "    default:\n      g_return_val_if_reached (false);\n    }\n}"


def proc_tables(program):
    strings = Strings()
    rules, rows = [], []
    for proc in program.procs:
        rows.append(proc_row(program, proc, strings, len(rules)))
        rules += [rule_row(rule, proc.args_struct) for rule in proc.acl_rules + proc.filter_rules]
    yield "\nstatic const char strings[] ="
    yield "\n".join(f'  "{name}\\0"' for name in strings.names) + ";"
    if rules:
        yield "\nstatic const RpcRule rules[] = {"
        yield from rules
        yield "};"
    yield "\nstatic const RpcProc procs[] = {"
    yield from rows
    yield "};"
    if program.calls:
        yield from dispatch(program)
    yield f"\nconst RpcProgram {program.id}_program = {{"
    yield f"  .number = {c_number(program.number)},\n  .version = {program.version},"
    yield f'  .name = "{program.file}",\n  .strings = strings,\n  .procs = procs,'
    if rules:
        yield "  .rules = rules,"
    if program.structs:
        yield f"  .types = &{program.id}_types,"
    yield "  .n_procs = G_N_ELEMENTS (procs),"
    if program.calls:
        yield f"  .handlers_size = sizeof ({program.camel}Handlers),\n  .dispatch = dispatch,"
    yield "};"


def source(program):
    yield LICENCE + f"/* {program.file}.c: tables of {program.file}.rpc. */\n"
    yield f'#include "protocol/{program.file}.h"\n\n#include <stddef.h>'
    if program.structs:
        yield from type_tables(program)
    if program.number:
        yield from proc_tables(program)


# -- client calls and test names


def calls_header(program):
    yield LICENCE + f"/* {program.file}-calls.h: calling the procedures of {program.file}.rpc."
    yield (" *\n * Each function sends @args, waits for the answer and fills @ret, which the caller\n"
           " * clears. A failure of the far side arrives as its own error. Await. */\n#pragma once\n")
    yield f'#include "protocol/{program.file}.h"\n'
    yield ("bool rpc_client_call (RpcClient *client, const RpcProgram *program, unsigned int proc,\n"
           "                      const void *args, void *ret, GError **error);")
    for proc in program.calls:
        yield (f"\nstatic inline bool\n{program.id}_call_{proc.name.lower()} (RpcClient *client"
               f"{parameters(proc, 'client')})\n{{\n"
               f"  return rpc_client_call (client, &{program.id}_program, {proc.number}, "
               f"{'args' if proc.args_struct else 'NULL'}, "
               f"{'ret' if proc.ret_struct else 'NULL'}, error);\n}}")


def names_source(program):
    yield LICENCE + f"/* {program.file}-names.c: names that only tests need. */\n"
    yield f'#include "protocol/test-names.h"\n#include "protocol/{program.file}.h"\n'
    yield "static const char *const structs[] = {"
    yield from (f'  "{struct.wire_name}",' for struct in program.structs)
    yield "};\n\nstatic const char *const fields[] = {"
    for struct in program.structs:
        yield from (f'  "{field.wire_name}",' for field in struct.fields)
    yield "};\n"
    imported = f"&{program.imported.id}_names" if program.imported else "NULL"
    yield (f"const TestNames {program.id}_names = "
           f"{{ &{program.id}_types, structs, fields, {imported} }};")


# -- access vocabulary


def access_header(access):
    permissions = sorted({name for names in access.values() for name in names})
    yield LICENCE + "/* access.h: what access rules speak of; see access.list. */\n#pragma once\n"
    for kind, names in (("Object", list(access)), ("Permission", permissions)):
        yield "typedef enum\n{"
        yield from (f"  {constant('RPC_' + kind.upper(), name)}," for name in names)
        yield f"  RPC_{kind.upper()}_LAST\n}} Rpc{kind};\n"
    yield "/* In the order of the enumerators, as polkit actions spell them. */"
    yield "extern const char *const rpc_object_names[];"
    yield "extern const char *const rpc_permission_names[];"


def access_source(access):
    permissions = sorted({name for names in access.values() for name in names})
    yield LICENCE + '/* access.c: names of access.list. */\n\n#include "protocol/access.h"'
    for kind, names in (("object", list(access)), ("permission", permissions)):
        yield f"\nconst char *const rpc_{kind}_names[] = {{"
        yield from (f'  "{name.replace("_", "-")}",' for name in names)
        yield "};"
