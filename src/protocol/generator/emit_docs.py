# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes protocol.md, the reference of all procedures."""

INTRODUCTION = """# Procedures

Written from the description files in `src/protocol`. Read-only: whether a client of a
read-only socket may call it. Access: what the caller needs; a condition on the flags follows
in parentheses. Carries: streams (seen from the client) and file descriptors.
"""


def carries(options):
    words = []
    if "stream" in options:
        words.append("stream " + options["stream"].partition("@")[0]
                     + (" with holes" if "sparse" in options else ""))
    if "fds" in options:
        words.append("descriptors " + options["fds"].replace(":", " ").replace(",", " and "))
    return ", ".join(words)


def cell(text):
    return text.replace("|", "\\|")


def access(options):
    words = []
    for rule in filter(None, options.get("acl", "").split(",")):
        subject, permission, *condition = rule.split(":", 2)
        words.append(f"{subject}:{permission}")
        for text in condition:
            text = text.strip(":").replace(":", " = ").replace("!", "none of ")
            words[-1] += f" ({text})"
    return ", ".join(words)


def calls(program):
    heads = ("number", "name", "public function", "family", "served by", "route", "read-only",
             "access", "carries")
    yield "\n| " + " | ".join(heads) + " |"
    yield "|" + "---|" * len(heads)
    for proc in program.calls:
        o = proc.options
        yield "| " + " | ".join(cell(text) for text in (
            str(proc.number), f"`{proc.name.lower()}`", f"`{o['api']}`" if "api" in o else "",
            o["family"], o["daemon"], o["route"], o["ro"].replace(":", " "), access(o),
            carries(o))) + " |"


def events(program):
    rows = [proc for proc in program.procs if proc.kind != "call"]
    if not rows:
        return
    yield "\n| number | event or message | reports | callback number |"
    yield "|---|---|---|---|"
    for proc in rows:
        yield (f"| {proc.number} | `{proc.name.lower()}` | {proc.options.get('event', '')} "
               f"| {proc.options.get('callback', 'no')} |")


def page(programs):
    yield INTRODUCTION
    for program in programs:
        if not program.number:
            continue
        yield f"\n## {program.file}: {program.number:#010x} version {program.version}"
        if program.calls:
            yield from calls(program)
        yield from events(program)
