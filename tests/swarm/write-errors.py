#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes docs/errors.md from the recorded answers of a stock daemon.  `--check` only says whether it is up to date."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import mistakes                                                 # noqa: E402
import net_mistakes                                             # noqa: E402
from cases import load                                          # noqa: E402
from test_mistakes import DIED                                  # noqa: E402

PATH = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "docs/errors.md")
HEAD = """<!-- SPDX-License-Identifier: LGPL-2.1-or-later -->
<!-- Written by tests/swarm/write-errors.py from tests/swarm/stock-*.json; do not edit. -->
# Errors

An error has a code, a domain (who found it) and a level. For the same mistake they equal those of libvirt 9.0.0,
so that programs that look at them go on working; the texts are our own. The tables below are what the swarm suite
(`tests/swarm/run.py`) checks: `run.py --record` records them from a stock daemon, and the mistakes themselves are in
`tests/swarm/mistakes.py` and `net_mistakes.py`. The level is `VIR_ERR_ERROR` everywhere. *accepted* means: not a mistake, for us as for
libvirt. *an error* means: libvirt ends there, we say no.

Rules that the tables follow:

| mistake | code | domain |
|---|---|---|
| the guest is not running, but has to | `VIR_ERR_OPERATION_INVALID` | `VIR_FROM_DOMAIN` |
| the guest is in another state than it has to | `VIR_ERR_OPERATION_INVALID` | `VIR_FROM_QEMU` |
| no such guest | `VIR_ERR_NO_DOMAIN` | `VIR_FROM_QEMU` |
| unknown flags | `VIR_ERR_INVALID_ARG` | `VIR_FROM_QEMU` |
| an attribute's value is not one of those allowed | `VIR_ERR_XML_ERROR`, in older elements `VIR_ERR_CONFIG_UNSUPPORTED` | `VIR_FROM_XML`, `VIR_FROM_DOMAIN` |
| a document that is not well-formed | `VIR_ERR_XML_DETAIL` | `VIR_FROM_DOMAIN` |
| name or uuid taken | `VIR_ERR_OPERATION_FAILED` | `VIR_FROM_DOMAIN` |
| the guest has no agent; its agent does not answer | `VIR_ERR_ARGUMENT_UNSUPPORTED`; `VIR_ERR_AGENT_UNRESPONSIVE` | `VIR_FROM_QEMU` |
| the network is not active, but has to be; or it is, and must not | `VIR_ERR_OPERATION_INVALID` | `VIR_FROM_NETWORK` |
| no such network; no such port | `VIR_ERR_NO_NETWORK`; `VIR_ERR_NO_NETWORK_PORT` | `VIR_FROM_NETWORK` |
| an element that the network's kind cannot have | `VIR_ERR_CONFIG_UNSUPPORTED`, or `VIR_ERR_XML_ERROR` | `VIR_FROM_NETWORK` |
| not allowed on a read-only connection | `VIR_ERR_OPERATION_DENIED` | as in the table |
| a frame or its arguments cannot be understood | `VIR_ERR_RPC` | `VIR_FROM_RPC` |
"""


def shorten(name, prefix):
    return name[len(prefix):] if name.startswith(prefix) else name


def cells(result):
    if result is None:
        return "*accepted* | "
    if result == DIED:
        return "*an error* | "
    return "%s | %s" % (shorten(result["code"], "VIR_ERR_"), shorten(result["domain"], "VIR_FROM_"))


def table(title, note, rows):
    lines = ["", "## " + title, "", note + " `VIR_ERR_` and `VIR_FROM_` are left out.", "", "| mistake | code | domain |", "|---|---|---|"]
    return lines + ["| %s | %s |" % (name, text) for name, text in rows]


def split(answer):
    code, domain, _level = answer.split("/")
    return "%s | %s" % (shorten(code, "VIR_ERR_"), shorten(domain, "VIR_FROM_"))


NETWORKS = (("document", net_mistakes.DOCUMENTS, "What is wrong with a network's document given to define."),
            ("start", net_mistakes.STARTS, "Networks that cannot be created."),
            ("port", net_mistakes.PORTS, "Ports that cannot be made."),
            ("update", net_mistakes.UPDATES, "Updates of a network's sections."),
            ("call", net_mistakes.CALLS, "Life cycle and queries of networks and ports."))


def networks():
    errors, lines = load("stock-net-errors.json"), []
    for kind, rows, note in NETWORKS:
        found = errors["network " + kind]
        lines += table("Networks: %ss" % kind, note, [(n, cells(found[n]) if n not in net_mistakes.STRICTER else "*accepted by libvirt only* | ")
                                                      for n in rows if n in found])
    return lines


def text():
    errors, wire, readonly = load("stock-errors.json"), load("stock-wire.json"), load("stock-readonly.json")
    lines = []
    for title, key, names, note in (("Calls", "call", mistakes.CALLS, "Life cycle, queries and changes of guests; questions about the host."),
                                    ("Definitions", "document", mistakes.DOCUMENTS, "What is wrong with a document given to define or create."),
                                    ("Starts", "start", mistakes.STARTS, "Definitions that are accepted but cannot start.")):
        lines += table(title, note, [(n, cells(errors[key][n])) for n in names if n in errors[key]])
    lines += networks()
    shown = {"ok type=1": "*accepted* | ", "silence": "*ignored* | ", "closed": "*connection closed* | "}
    lines += table("Frames", "What a client sends that it should not; the connection goes on where it is not closed.",
                   [(n, shown.get(a[0]) or split(a[0])) for n, a in sorted(wire.items())
                    if a[-1] in shown and ("/" in a[0] or a[0] in ("silence", "closed"))] +
                   [(n, split(a[0])) for n, a in sorted(wire.items()) if len(a) == 1 and "/" in a[0]])
    refused = sorted(n for n in readonly if readonly[n] != "allowed")
    lines += ["", "## Read-only connections", "", "These procedures are refused with `VIR_ERR_OPERATION_DENIED`; some others only with certain flags.", ""]
    lines += ["- `%s` (%s)" % (n.split()[1] if n.startswith("remote ") else n, shorten(readonly[n].split("/")[1], "VIR_FROM_")) for n in refused]
    return HEAD + "\n".join(lines) + "\n"


def main():
    new = text()
    if "--check" in sys.argv:
        with open(PATH) as f:
            return 0 if f.read() == new else 1
    os.makedirs(os.path.dirname(PATH), exist_ok=True)
    with open(PATH, "w") as f:
        f.write(new)
    return 0


if __name__ == "__main__":
    sys.exit(main())
