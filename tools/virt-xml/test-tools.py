#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs both tools on documents that are valid, invalid and no documents at all.

Usage: test-tools.py VIRT-XML-VALIDATE VIRT-XML-FMT SCHEMAS
"""
import subprocess
import sys
import tempfile
from pathlib import Path

VALIDATE, FMT, SCHEMAS = sys.argv[1:4]
CASES = Path(__file__).resolve().parents[2] / "src" / "model"
GUEST = ("<domain type='qemu'>\n  <name>a</name>\n  <uuid>11111111-2222-3333-4444-555555555555</uuid>\n  <memory unit='KiB'>1024</memory>\n  <os>\n    <type>hvm</type>\n  </os>\n"
         "  <devices>\n%s  </devices>\n</domain>\n")

number = 0


def run(*command, text=None):
    return subprocess.run(command, input=text, capture_output=True, text=True, timeout=60)


def check(name, good, detail=""):
    global number
    number += 1
    print(f"{'ok' if good else 'not ok'} {number} {name}")
    if not good:
        print("\n".join("# " + line for line in str(detail).splitlines()))


def validate(text, *more):
    return run(VALIDATE, "--schemas", SCHEMAS, "-", *more, text=text)


def expect(name, result, status, message=""):
    check(name, result.returncode == status and message in result.stdout + result.stderr,
          f"exit status {result.returncode}\n{result.stdout}{result.stderr}")


def every_case():
    """What the tests of the model expect to be written is valid."""
    count = 0
    for path in sorted(CASES.glob("*/cases/*.xml")):
        if path.parent.parent.name == "status" or path.name.endswith(".in.xml") and Path(str(path).replace(".in.xml", ".out.xml")).exists():
            continue
        count += 1
        result = run(VALIDATE, "--schemas", SCHEMAS, str(path))
        if result.returncode != 0:
            check(f"valid: {path.relative_to(CASES)}", False, result.stderr)
    check("all documents of the tests", count > 50, f"only {count}")


def mistakes():
    wrong = {
        "element": (GUEST % "    <dsik/>\n", "'dsik' here, but 'disk'"),
        "attribute": (GUEST % "    <input tpye='mouse' type='tablet'/>\n", "'tpye' here, but 'type'"),
        "value": (GUEST % "    <input type='carpet'/>\n", "not one of"),
        "missing": ("<domain type='qemu'/>", "'name' is missing"),
        "malformed": ("<domain", "not well-formed"),
        "entities": ("<!DOCTYPE domain [<!ENTITY a 'b'>]><domain type='qemu'><name>&a;</name></domain>", "document type"),
        "root": ("<guest/>", "root element is guest"),
        "empty": ("", "root element is not there"),
    }
    for name, (text, message) in wrong.items():
        expect(f"invalid: {name}", validate(text), 3, message)
    expect("another schema", validate(GUEST % "", "nosuch"), 4, "there is no schema 'nosuch'")
    expect("no file", run(VALIDATE, "/nonexistent.xml"), 2, "does not exist")
    expect("a folder", run(VALIDATE, "/"), 2, "cannot be read")
    expect("no argument", run(VALIDATE), 1)
    expect("unknown option", run(VALIDATE, "--nosuch"), 1)
    expect("no schemas", run(VALIDATE, "--schemas", "/nonexistent", "-", text=GUEST % ""), 4)
    deep = "<domain type='qemu'>" * 500000
    expect("deep", validate(deep), 3, "not well-formed")


def schemas_alone():
    """The schema refuses what the engine refuses, if it says nothing of the engine."""
    for name, text in {"element": GUEST % "    <dsik/>\n", "value": GUEST % "    <input type='carpet'/>\n",
                       "attribute": GUEST % "    <input tpye='mouse' type='tablet'/>\n"}.items():
        result = run("xmllint", "--noout", "--relaxng", f"{SCHEMAS}/domain.rng", "-", text=text)
        check(f"schema refuses: {name}", result.returncode == 3, result.stderr)


def forms():
    ugly = "<domain type='qemu'><os><type>hvm</type></os><name>a</name><memory unit='MiB'>1</memory><devices/></domain>"
    canonical = (GUEST % "").replace("  <devices>\n  </devices>", "  <devices/>")
    result = run(FMT, text=ugly)
    expect("canonical form", result, 0, "<memory unit='KiB'>1024</memory>")
    expect("is not in its form", run(FMT, "--check", text=ugly), 3)
    expect("is in its form", run(FMT, "--check", text=result.stdout), 0)
    secret = GUEST % "    <graphics type='vnc' passwd='topsecret'/>\n"
    check("passwords stay out", "topsecret" not in run(FMT, text=secret).stdout)
    check("passwords on request", "topsecret" in run(FMT, "--security-info", text=secret).stdout)
    with tempfile.TemporaryDirectory() as folder:
        one, two = Path(folder, "one.xml"), Path(folder, "two.xml")
        one.write_text(canonical, encoding="utf-8")
        two.write_text(canonical.replace("1024", "2048"), encoding="utf-8")
        expect("differences", run(FMT, "--diff", str(two), str(one)), 3, "domain/memory: '1024', '2048'")
        expect("no differences", run(FMT, "--diff", str(one), str(one)), 0)
    expect("malformed", run(FMT, text="<domain"), 3)
    expect("unknown kind", run(FMT, "--kind", "nosuch", text=ugly), 4, "there is no schema 'nosuch'")
    expect("two documents", run(FMT, "a", "b"), 1)


every_case()
mistakes()
schemas_alone()
forms()
print(f"1..{number}")
