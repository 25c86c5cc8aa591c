#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Scores this build on the conformance corpus, family by family, against the goals below.

The corpus lies beside the checkout (../shared/corpus), or where --corpus says. Besides the corpus' own
comparison: what stock prints validates against our schemas, and what must be refused is refused
with a message that names an element and its line. The last line is "N passed, N failed, N skipped", of goals.
"""
import argparse
import concurrent.futures
import csv
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parents[1]

# Family, tiers (None: all) and the share in percent of cases that have to come out as in stock.
GOALS = [
    ("domain-ref", None, 97), ("domain-qemu", (1,), 97), ("domain-qemu", (2, 3), 90), ("domain-generic", None, 97),
    ("snapshot", None, 97), ("checkpoint", None, 97), ("backup", None, 97), ("network", None, 97),
    ("network-port", None, 97), ("network-update", None, 97), ("network-conf", None, 100), ("interface", None, 97), ("nodedev", None, 97),
    ("nwfilter", None, 97), ("nwfilter-binding", None, 97), ("secret", None, 97), ("storage-pool", None, 97),
    ("storage-vol", None, 97), ("qemu-status", None, 97), ("qemu-memlock", None, 90), ("cpu", None, 97), ("sysinfo", None, 97),
    ("conf-file", None, 97), ("selinux-label", None, 97), ("schema-samples", None, 97), ("lxc", None, 97),
    ("qemu-hotplug", None, 90), ("qemu-block", None, 90), ("storage-probe", None, 97), ("qemu-firmware", None, 90),
    ("qemu-capabilities", None, 97),
]
# The same for command lines, and guests that cannot have one.
ARGV_GOALS = [("domain-ref", None, 95), ("domain-qemu", (1,), 97), ("domain-qemu", (2,), 85), ("domain-qemu", (3,), 75)]
ARGV_KINDS = {"argv", "start-failure"}
# Of the family network-firewall, by meaning: see firewall.py.
FIREWALL_GOAL = 97
# Files that stock keeps for itself in a form of its own.
PRIVATE_KINDS = {"caps-probe"}
# What the corpus recommends to leave out where capabilities are made up.
IGNORED = ["--ignore", "/domain/cpu", "--ignore", "**/controller/@model"]

# The schema of each family's documents, by the root element if there are several.
NOT_VALIDATED = {"qemu-status", "qemu-firmware", "qemu-hotplug", "selinux-label", "qemu-memlock", "qemu-block",
                 "storage-probe", "conf-file", "cpu", "network-update", "sysinfo", "qemu-capabilities"}


def score(options, corpus, more=()):
    """The cases of all families with what became of them."""
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        subprocess.run([corpus / "tools" / "score.py", "--config", HERE / "score.json", "--corpus", corpus,
                        "--tool", options.builddir / "tests/conformance/conform", "--jobs", "2", "--json", out.name, *more],
                       check=True, stdout=subprocess.DEVNULL)
        return json.load(open(out.name, encoding="utf-8"))["cases"]


def row(name, tiers, goal, cases, argv):
    """What became of the cases of these tiers, of command lines or of documents."""
    chosen = [case for case in cases if (case["kind"] in ARGV_KINDS) == argv and case["status"] != "unscored"
              and case["kind"] not in PRIVATE_KINDS
              and (tiers is None or case["tier"] in tiers)]
    failed = [case for case in chosen if case["status"] != "pass"]
    return (name, tiers, goal, len(chosen), len(chosen) - len(failed), failed)


def results(options, corpus):
    """A row for each goal: name, tiers, goal, cases, passed, failed cases."""
    cases = score(options, corpus, [arg for family in sorted({goal[0] for goal in GOALS}) for arg in ("--family", family)])
    lenient = score(options, corpus, ["--family", "domain-qemu", *IGNORED])
    of_family = {family: [case for case in cases if case["family"] == family] for family, *_ in GOALS}
    rows = [row(family, tiers, goal, lenient if tiers == (2, 3) else of_family[family], False) for family, tiers, goal in GOALS]
    rows += [row(family + " argv", tiers, goal, of_family[family], True) for family, tiers, goal in ARGV_GOALS]
    return rows


def firewall_row(options, corpus):
    """The family whose cases are compared by what becomes of packets, which needs namespaces: as root only."""
    import firewall
    cases = [{"id": name, "first": "; ".join("%s: stock: %s, ours: %s" % difference for difference in differences)}
             for name, differences, _ in firewall.results(firewall.cases_of_corpus(corpus), options.builddir / "tests/conformance/firewall-tool")]
    failed = [case for case in cases if case["first"]]
    return ("network-firewall", None, FIREWALL_GOAL, len(cases), len(cases) - len(failed), failed)


def tier_text(tiers):
    return "" if tiers is None else " tier " + ", ".join(map(str, tiers))


def percent(passed, count):
    return 100.0 * passed / count if count else 0.0


def manifest(corpus, family):
    with open(corpus / family / "MANIFEST.tsv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def documents(corpus):
    """The valid documents of the corpus: what stock printed, and samples."""
    for family in sorted({goal[0] for goal in GOALS} - NOT_VALIDATED):
        for case in manifest(corpus, family):
            name = case["input"] if case["kind"] == "schema-valid" else case["expected"].split(";")[0]
            if "internal=true" in case["params"]:
                continue
            if case["kind"] in ("round-trip", "round-trip-live", "schema-valid", "conf-to-xml", "pool-sources") and name != "-":
                yield (corpus / family / name).resolve()


def validate(options, corpus):
    """The documents that our schemas do not accept, with the messages, and how many there are."""
    tool = [options.builddir / "tools/virt-xml/virt-xml-validate", "--schemas", options.builddir / "src/schemas"]
    paths = sorted(set(documents(corpus)))

    def check(path):
        result = subprocess.run([*tool, path], capture_output=True, text=True, timeout=60)
        return None if result.returncode == 0 else result.stderr.splitlines()[0]

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        messages = [message for message in pool.map(check, paths) if message]
    return messages, len(paths)


def write_page(path, rows, valid, count):
    lines = ["# Conformance", "",
             "How documents fare that libvirt's users have: read, completed and written back as stock libvirt 9.0.0 does it.",
             "`tests/run conformance` measures it, on the corpus that lies beside the checkout; `tests/conformance/run.py --write`",
             "writes this table.", "", "| family | cases | as stock | share | goal |", "|---|---:|---:|---:|---:|"]
    lines += [f"| {family}{tier_text(tiers)} | {cases} | {passed} | {percent(passed, cases):.1f} % | {goal} % |"
              for family, tiers, goal, cases, passed, _ in rows]
    lines += ["", f"Of {count} documents that stock prints or calls valid, {count - len(valid)} validate against our schemas.", ""]
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    kept = text[text.index("## "):] if "## " in text else ""
    path.write_text("\n".join(lines) + ("\n" + kept if kept else ""), encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--builddir", type=Path, required=True)
    parser.add_argument("--corpus", type=Path, default=SOURCE.parent / "shared" / "corpus")
    parser.add_argument("--fails", action="store_true", help="list the cases that differ")
    parser.add_argument("--write", action="store_true", help="write the table of docs/conformance.md")
    options = parser.parse_args()
    corpus = options.corpus.resolve()
    options.builddir = options.builddir.resolve()
    if not (corpus / "tools" / "score.py").exists():
        print(f"skipped: there is no conformance corpus at {corpus}; it is not part of this repository")
        print(f"0 passed, 0 failed, {len(GOALS) + len(ARGV_GOALS) + 1} skipped")
        return 0
    rows = results(options, corpus)
    if os.geteuid() == 0:
        rows.append(firewall_row(options, corpus))
    invalid, count = validate(options, corpus)
    bad = 0
    for family, tiers, goal, cases, passed, failed in rows:
        reached = percent(passed, cases) >= goal
        bad += not reached
        print(f"{'ok' if reached else 'FAILED':6} {family + tier_text(tiers):24} {passed:4} of {cases:4}  "
              f"{percent(passed, cases):5.1f} %  (goal {goal} %)")
        for case in failed if options.fails or not reached else []:
            print(f"         {case['id']}: {case['first']}")
    bad += bool(invalid)
    print(f"{'FAILED' if invalid else 'ok':6} {count - len(invalid)} of {count} valid documents validate")
    print("".join(f"         {message}\n" for message in invalid), end="")
    if options.write:
        write_page(SOURCE / "docs" / "conformance.md", rows, invalid, count)
    print(f"{len(rows) + 1 - bad} passed, {bad} failed, {int(os.geteuid() != 0)} skipped")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
