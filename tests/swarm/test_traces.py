# SPDX-License-Identifier: LGPL-2.1-or-later
"""Scripts of actions give the same results, states and events as with stock: stock-traces.json holds stock's traces."""
import json

import cases
from cases import case, stored
from traces import SCRIPTS, trace
from world import Failure

TRACES = "stock-traces.json"


def as_stored(rows):
    return json.loads(json.dumps(rows))


def compare(name):
    def run(side):
        wanted = stored(TRACES)[name]
        got = as_stored(trace(side, SCRIPTS[name]))
        different = ["%s:\n    ours  %s\n    stock %s" % (w[0], json.dumps(g[1:]), json.dumps(w[1:])) for g, w in zip(got, wanted) if g != w]
        if different:
            raise Failure("%d of %d steps differ:\n  %s" % (len(different), len(wanted), "\n  ".join(different)))
    return run


for script in SCRIPTS:
    case("trace: " + script, once=True)(compare(script))


def record(side):
    cases.save(TRACES, {name: trace(side, steps) for name, steps in SCRIPTS.items()})
