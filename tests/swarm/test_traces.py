# SPDX-License-Identifier: LGPL-2.1-or-later
"""Scripts of actions give the same results, states and events as with stock: stock-traces.json holds stock's traces."""
from traces import SCRIPTS, GuestStage, register

record = register("trace", SCRIPTS, GuestStage, "stock-traces.json")
