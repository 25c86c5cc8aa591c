# SPDX-License-Identifier: LGPL-2.1-or-later
"""What networks cost: against the same bridge, rules and dnsmasq without a daemon, and with many against one."""
import contextlib
import os
import re
import shutil
import subprocess
import time

from swarm import Failure

NAME, BRIDGE, ADDRESS = "bench-00000", "bench0", "10.128.0.1"
OTHER, OTHER_BRIDGE = "bench-00001", "bench1"
GUEST = """<domain type='qemu'><name>bench-net</name><memory unit='MiB'>16</memory>
<os><type arch='x86_64' machine='pc'>hvm</type></os><features><acpi/></features></domain>
"""


def words_of(pid, name):
    with open("/proc/%d/%s" % (pid, name), "rb") as f:
        return f.read()


def description(bench):
    """What runs of a network, for bench-network: its folder, and the pid file."""
    uri = bench.swarm.uri("virtnetworkd")
    folder = bench.folder("network")
    bench.client("net-start", uri, "bench", 1)
    pid = next((p for p, argv in bench.swarm.programs_of(b"dnsmasq").items() if any(NAME.encode() in a for a in argv)), 0)
    if pid == 0:
        raise Failure("the network has no dnsmasq")
    argv = [a.decode() for a in words_of(pid, "cmdline").split(b"\0")[:-1]]
    conf = next(a for a in argv if a.startswith("--conf-file=")).split("=", 1)[1]
    with open(conf, encoding="utf-8") as f:
        settings = dict(line.strip().split("=", 1) for line in f if "=" in line)
    paths = [conf] + [settings[key] for key in ("dhcp-hostsfile", "addn-hosts") if key in settings]
    for number, path in enumerate(paths):
        shutil.copy(path, os.path.join(folder, "file%d" % number))
    rules = subprocess.run(["nft", "list", "ruleset"], check=True, capture_output=True, text=True).stdout
    removal = "".join("delete %s\n" % table for table in re.findall(r"^(table \w+ \w+) \{", rules, re.M))
    for name, data in (("argv", words_of(pid, "cmdline")), ("env", words_of(pid, "environ")), ("rules", rules.encode()),
                       ("removal", removal.encode()), ("paths", "".join(path + "\0" for path in paths).encode())):
        with open(os.path.join(folder, name), "wb") as f:
            f.write(data)
    bench.client("net-stop", uri, "bench", 1)
    return folder, settings["pid-file"]


def cycles(bench):
    """Starts and stops of one network."""
    uri = bench.swarm.uri("virtnetworkd")
    n = bench.count(30, 2)
    folder, pid_file = description(bench)
    series = {"start": ([], []), "stop": ([], [])}
    for turn in range(bench.rounds):
        sides = [lambda: bench.programs.run("bench-network", "cycle", folder, BRIDGE, ADDRESS, pid_file, n),
                 lambda: bench.client("net-cycle", uri, NAME, n)]
        for side in (0, 1) if turn % 2 == 0 else (1, 0):
            result = sides[side]()
            for what, figures in series.items():
                figures[side].append(result[what + "_p50"] / 1000)
    bench.compare_series("net-start", "start of a NAT network", "ms", 1.5, *series["start"])
    bench.compare_series("net-stop", "its destroy", "ms", 1.2, *series["stop"])


def many(bench):
    uri = bench.swarm.uri("virtnetworkd")
    n = bench.count(200, 5)
    bench.client("net-define", uri, "bench", n)
    walls = []
    for _ in range(1 if bench.quick else 2):
        walls.append(bench.client("net-start", uri, "bench", n, 8)["wall"] / 1000)
        bench.client("net-stop", uri, "bench", n, 8)
    bench.value("net-start-%d" % n, "%d starts of networks from 8 clients" % n, "ms", 10000, min(walls))
    bench.client("net-undefine", uri, "bench", n)


def ports(bench):
    """One network has many, the other none."""
    uri = bench.swarm.uri("virtnetworkd")
    n, filled = bench.count(100, 3), bench.count(1000, 20)
    bench.compare("net-port", "port number %d of a network, against the first" % (filled + 1), "us", 1.2,
                  lambda: bench.client("net-ports", uri, NAME, 0, n)["create_p50"],
                  lambda: bench.client("net-ports", uri, OTHER, filled, n)["create_p50"])


@contextlib.contextmanager
def taps(bench, count):
    argv = [bench.programs.path("bench-network"), "taps", OTHER_BRIDGE, str(count)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as proc:
        if not proc.stdout.readline():
            raise Failure("%d taps cannot be made" % count)
        yield


def attachments(bench):
    """An interface of a guest on a bridge that has many, and on one that has none."""
    uri = bench.swarm.uri()
    n, there = bench.count(30, 2), bench.count(1000, 20)
    path = os.path.join(bench.work, "net-guest.xml")
    with open(path, "w", encoding="utf-8") as f:
        f.write(GUEST)
    subprocess.run(["virsh", "-q", "-c", uri, "create", "--paused", path], check=True, stdout=subprocess.DEVNULL)
    bare = lambda bridge: bench.programs.run("bench-network", "taps", bridge, bench.count(20, 2))["tap_p50"]       # noqa: E731
    with taps(bench, there):
        bench.compare("bare-tap", "tap number %d of a bridge without a guest, by the kernel alone" % (there + 1), "us", None,
                      lambda: bare(BRIDGE), lambda: bare(OTHER_BRIDGE))
        bench.compare("net-tap", "tap number %d of a bridge for a guest, against the first" % (there + 1), "us", 1.2,
                      lambda: bench.client("attach", uri, "bench-net", BRIDGE, n)["attach_p50"],
                      lambda: bench.client("attach", uri, "bench-net", OTHER_BRIDGE, n)["attach_p50"])
    bench.client("destroy", uri, "bench-net")


@contextlib.contextmanager
def in_memory(path):
    """As /run is on a host: files that come and go cost less there than on a disk, the more of them the more."""
    os.makedirs(path, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "bench", path], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", path], check=True)


def rules(bench):
    """What somebody flushes is back: noticed, not looked for."""
    def back():
        ruleset = lambda: subprocess.run(["nft", "list", "ruleset"], check=True, capture_output=True).stdout     # noqa: E731
        before = ruleset()
        subprocess.run(["nft", "flush", "ruleset"], check=True)
        begun = time.monotonic()
        while ruleset() != before:
            if time.monotonic() - begun > 10:
                raise Failure("the rules do not come back")
        return (time.monotonic() - begun) * 1000
    # Not so often that it is taken for a quarrel.
    bench.value("net-heal", "packet rules back after a flush", "ms", 1000, max(back() for _ in range(3)))


def network(bench):
    """Start and destroy, 200 networks, the 1,001st port and tap, rules that somebody flushes."""
    with in_memory(bench.swarm.path("run/libvirt/network")):
        measure(bench)


def measure(bench):
    uri = bench.swarm.uri("virtnetworkd")
    bench.swarm.start()
    bench.swarm.start("virtnetworkd")
    bench.client("net-define", uri, "bench", 1)
    cycles(bench)
    bench.client("net-undefine", uri, "bench", 1)
    bench.client("net-define", uri, "bench", 2)
    bench.client("net-start", uri, "bench", 2)
    ports(bench)
    attachments(bench)
    rules(bench)
    bench.client("net-stop", uri, "bench", 2)
    bench.client("net-undefine", uri, "bench", 2)
    many(bench)
    bench.swarm.stop("virtnetworkd")
