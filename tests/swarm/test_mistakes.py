# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every mistake of the tables in mistakes.py has stock's error code, domain and level."""
import contextlib
import re

import libvirt

import mistakes
from cases import Skip, case, stored
from stock import wait_for_socket
from world import Failure, disk, equal, tiny

ERRORS = "stock-errors.json"
NAMES = {"code": {}, "domain": {}, "level": {}}
for name in dir(libvirt):
    for kind, prefix in (("code", "VIR_ERR_"), ("domain", "VIR_FROM_")):
        if name.startswith(prefix) and name not in ("VIR_ERR_NONE", "VIR_ERR_WARNING", "VIR_ERR_ERROR"):
            NAMES[kind][getattr(libvirt, name)] = name
NAMES["level"] = {0: "VIR_ERR_NONE", 1: "VIR_ERR_WARNING", 2: "VIR_ERR_ERROR"}


def named(error):
    return {kind: NAMES[kind].get(value, str(value))
            for kind, value in zip(("code", "domain", "level"),
                                   (error.get_error_code(), error.get_error_domain(), error.get_error_level()))}


DIED = {"code": "VIR_ERR_SYSTEM_ERROR", "domain": "VIR_FROM_RPC", "level": "VIR_ERR_ERROR"}


def outcome(function):
    """What a call gives: the error's names, or None for success; with the text, which is not compared."""
    try:
        function()
    except libvirt.libvirtError as e:
        return named(e), e.get_error_message()
    return None, None


def define(side, row):
    with side.connection() as conn:
        dom = None
        try:
            dom = conn.defineXML(mistakes.document_text(row))
        finally:
            if dom is not None:
                with contextlib.suppress(libvirt.libvirtError):
                    dom.undefine()


def call(side, row):
    guest, function = row
    with side.connection() as conn:
        function(conn, conn.lookupByName("sw-" + guest) if guest else None, side)


def overlay(side):
    """A qcow2 image whose backing file does not exist."""
    import os
    import subprocess
    path = side.image("overlay.qcow2", fmt="qcow2")
    base = side.image("base-gone.img")
    subprocess.run(["qemu-img", "rebase", "-u", "-b", base, "-F", "raw", path], check=True)
    os.unlink(base)
    return path


def start(side, row):
    row = dict(row)
    if "devices" in row:
        row["devices"] = row["devices"].replace("%(image)s", side.image("twice.img")).replace("%(logs)s", side.log_folder)
        if "%(overlay)s" in row["devices"]:
            row["devices"] = row["devices"].replace("%(overlay)s", overlay(side))
    with side.connection() as conn:
        dom = conn.defineXML(tiny("sw-start", **row))
        try:
            dom.createWithFlags(libvirt.VIR_DOMAIN_START_PAUSED)
        finally:
            side.remove("sw-start")


TABLES = (("document", mistakes.DOCUMENTS, define), ("call", mistakes.CALLS, call), ("start", mistakes.STARTS, start))


def observe(side, tables):
    """Every mistake's outcome on this side: {table: {name: outcome}}, with the texts apart."""
    found, texts = {}, {}
    for table, rows, run in tables:
        for name, row in rows.items():
            wait_for_socket(side.rw)
            result, text = outcome(lambda: run(side, row))
            found.setdefault(table, {})[name] = result
            texts.setdefault(table, {})[name] = text
    return found, texts


def judge(side, answers, stricter, table, name, row, run):
    expected = stored(answers).get(table, {}).get(name, "unknown")
    if expected == "unknown":
        raise Skip("stock's answer has not been recorded")
    if expected == DIED and side.stock:
        raise Skip("the stock daemon dies of it")
    got, text = outcome(lambda: run(side, row))
    if expected == DIED and got and got != DIED:
        return
    later = name in mistakes.LATER.get(table, ()) and not side.stock
    if expected is None and got and name in stricter and not side.stock:
        return
    if got != expected and later and got and got["code"] in mistakes.NOT_SERVED:
        raise Skip("not served yet: %s" % text)
    if got != expected:
        raise Failure("stock answers %s, this %s (%s)" % (describe(expected), describe(got), text))
    if got and not side.stock:
        equal(bool(re.search(r"\S{2,}.*\S", text or "")), True, "the error has a text")


def describe(result):
    return "success" if result is None else "%(code)s/%(domain)s/%(level)s" % result


def register(tables, answers, fixtures=True, stricter=(), **options):
    """A case for every row of tables of mistakes; stock's outcomes are in the file @answers.  stricter: what stock lets
    pass and this need not."""
    for table, rows, run in tables:
        for name, row in rows.items():
            case("%s: %s" % (table, name), fixtures=fixtures, **options)(
                lambda side, table=table, name=name, row=row, run=run: judge(side, answers, stricter, table, name, row, run))


register(TABLES, ERRORS)
