#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who includes whom: a floor uses the floors below it only, and daemons know nothing of each other."""
import glob
import os
import re
import sys

SOURCE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# Folder of src -> those that it may use.
FLOORS = {
    "util": set(), "xml": {"util"}, "model": {"util", "xml"}, "protocol": {"util"}, "rpc": {"util", "protocol"},
    "daemon": {"util", "protocol", "rpc"}, "link": {"util", "xml", "model"},
}
# Daemon -> its folders from the lowest layer up.
LAYERS = {
    # What knows no guests, guests, their devices in motion, calls.
    "virtqemud": [{"qemu", "args", "block", "cgroup", "security", "net", "hostdev", "helpers", "hooks", "host"},
                  {"vm", "agent"}, {"hotplug"}, {"handlers"}],
    # What knows documents only, networks, calls.
    "virtnetworkd": [{"bridge", "firewall", "dnsmasq"}, {"net"}, {"handlers"}],
}


def includes(path):
    with open(path, encoding="utf-8") as f:
        return re.findall(r'^#include "([^"]+)"', f.read(), re.M)


def sources(folder):
    return [path for end in "ch" for path in glob.glob(os.path.join(SOURCE, folder, "**", "*." + end), recursive=True)
            if not os.path.basename(path).startswith("test-")]


def of_src():
    for floor, below in FLOORS.items():
        for path in sources("src/" + floor):
            for name in includes(path):
                target = name.split("/")[0]
                if "/" in name and target in FLOORS and target != floor and target not in below:
                    yield path, name


def of_layers(daemon, layers):
    for number, layer in enumerate(layers):
        above = set().union(*layers[number + 1:]) | ({"driver.h"} if number == 0 else set())
        for folder in layer:
            for path in sources("daemons/%s/%s" % (daemon, folder)):
                for name in includes(path):
                    if name.split("/")[0] in above:
                        yield path, name


def of_daemons():
    daemons = sorted(os.listdir(os.path.join(SOURCE, "daemons")))
    for daemon in daemons:
        for path in sources("daemons/" + daemon):
            for name in includes(path):
                if any(other in name.split("/") for other in daemons if other != daemon and other.startswith("virt")):
                    yield path, name


def main():
    bad = [*of_src(), *of_daemons()]
    for daemon, layers in LAYERS.items():
        bad += of_layers(daemon, layers)
    for path, name in bad:
        print("%s includes %s, which is not below it" % (os.path.relpath(path, SOURCE), name))
    unknown = ["%s/%s" % (daemon, name) for daemon, layers in LAYERS.items()
               for name in os.listdir(os.path.join(SOURCE, "daemons", daemon))
               if os.path.isdir(os.path.join(SOURCE, "daemons", daemon, name))
               and name not in set().union(*layers, {"test-data", "__pycache__"})]
    if unknown:
        print("folders of no layer: %s" % ", ".join(sorted(unknown)))
    return 1 if bad or unknown else 0


sys.exit(main())
