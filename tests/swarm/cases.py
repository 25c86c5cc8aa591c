# SPDX-License-Identifier: LGPL-2.1-or-later
"""The list of cases.  A case is a function of a Side; subjects register theirs on import."""
import json
import os

HERE = os.path.dirname(os.path.abspath(__file__))
CASES = []


class Skip(Exception):
    """Raised by a case that cannot run here; says why."""


class Case:
    def __init__(self, name, run, ours, slow, once, fixtures):
        self.name, self.run, self.ours, self.slow, self.once, self.fixtures = name, run, ours, slow, once, fixtures


def case(name, ours=False, slow=False, once=False, fixtures=False):
    """Registers a case.  ours: stock is known to do otherwise, so it is not run there.  once: it
    concerns the whole system, so one of its sockets is enough.  fixtures: needs mistakes.fixtures, or what a
    function of a Side makes."""
    def register(function):
        CASES.append(Case(name, function, ours, slow, once, fixtures))
        return function
    return register


def load(name):
    with open(os.path.join(HERE, name)) as f:
        return json.load(f)


def save(name, data):
    with open(os.path.join(HERE, name), "w") as f:
        json.dump(data, f, indent=1, sort_keys=True)
        f.write("\n")


def stored(name):
    """A recorded table, or an empty one while it is being recorded for the first time."""
    return load(name) if os.path.exists(os.path.join(HERE, name)) else {}
