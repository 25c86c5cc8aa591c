# SPDX-License-Identifier: LGPL-2.1-or-later
"""The agent inside a guest: Debian's qemu-ga in the Linux guest, and one that misbehaves."""
import contextlib
import os
import re
import threading
import time

import libvirt
import libvirt_qemu

import guest
from cases import case
from test_console import Console
from world import AGENT, Events, Failure, check, disk, equal, eventually, tiny

MAC = "52:54:00:5a:11:01"
NIC = "<interface type='user'><mac address='%s'/><model type='virtio'/></interface>" % MAC
BLOCK, SHUT_AGENT, REBOOT_AGENT = -2, libvirt.VIR_DOMAIN_SHUTDOWN_GUEST_AGENT, libvirt.VIR_DOMAIN_REBOOT_GUEST_AGENT


def channel_state(dom):
    found = re.search(r"name='org.qemu.guest_agent.0' state='(\w+)'", dom.XMLDesc())
    return found.group(1) if found else None


def connected(dom, what="the agent is connected", wanted="connected"):
    eventually(lambda: channel_state(dom) == wanted, what, 30)


@contextlib.contextmanager
def with_agent(side, name, devices=""):
    """A booted guest with two of four processors, a disk and an agent."""
    image = side.image(name + ".img")
    with guest.running(side, name, initrd="initrd-agent.img", memory=128, before="<vcpu current='2'>4</vcpu>",
                       devices=disk(image, extra="<serial>SWARM1</serial>") + NIC + AGENT + devices) as dom:
        connected(dom)
        yield dom
    os.unlink(image)


def fails(call, code, words=None, domain=libvirt.VIR_FROM_QEMU):
    try:
        got = call()
    except libvirt.libvirtError as e:
        equal((e.get_error_code(), e.get_error_domain()), (code, domain), "the error of '%s'" % e.get_error_message())
        check(words is None or words in e.get_error_message(), "%r does not say %r", e.get_error_message(), words)
        return
    raise Failure("it should fail, not give %r" % (got,))


def shell(side, name, *commands):
    """Has the guest's shell run commands, one after the other."""
    with Console(side, name, libvirt.VIR_DOMAIN_CONSOLE_FORCE) as console:
        console.shell()
        for i, command in enumerate(commands):
            console.type("%s\necho done-$((%d+1))-\n" % (command, i))
            console.expect("done-%d-" % (i + 1))
        return console.text


def check_facts(dom):
    """What the guest tells of itself, under stock's names."""
    info = dom.guestInfo(0)
    wanted = {
        "user.count": 0, "os.id": "virtswarm", "os.name": "Virtswarm guest", "os.pretty-name": "Virtswarm guest 1",
        "os.version": "1 (test)", "os.version-id": "1", "os.machine": "x86_64", "timezone.name": "UTC", "timezone.offset": 0,
        "hostname": "virtswarm", "fs.count": 1, "fs.0.name": "vda", "fs.0.mountpoint": "/mnt", "fs.0.fstype": "ext4",
        "fs.0.disk.count": 1, "fs.0.disk.0.alias": "vda", "fs.0.disk.0.device": "/dev/vda", "disk.count": 1,
        "disk.0.name": "/dev/vda", "disk.0.partition": False, "disk.0.alias": "vda", "if.count": 2, "if.0.name": "lo",
        "if.0.hwaddr": "00:00:00:00:00:00", "if.0.addr.count": 2, "if.0.addr.0.type": "ipv4",
        "if.0.addr.0.addr": "127.0.0.1", "if.0.addr.0.prefix": 8, "if.0.addr.1.type": "ipv6", "if.0.addr.1.addr": "::1",
        "if.0.addr.1.prefix": 128, "if.1.name": "eth0", "if.1.hwaddr": MAC, "if.1.addr.count": 0,
    }
    equal({k: v for k, v in info.items() if k in wanted}, wanted, "the guest's information")
    extra = {k for k in info if k not in wanted}
    equal(extra, {"os.kernel-release", "os.kernel-version", "fs.0.total-bytes", "fs.0.used-bytes"}, "what else there is")
    check(info["fs.0.total-bytes"] > info["fs.0.used-bytes"] > 0, "the filesystem's sizes")
    equal(dom.guestInfo(libvirt.VIR_DOMAIN_GUEST_INFO_HOSTNAME), {"hostname": "virtswarm"}, "one kind alone")
    equal(dom.hostname(), "virtswarm", "the name")
    equal(dom.fsInfo(), [("/mnt", "vda", "ext4", ["vda"])], "the filesystems")
    interfaces = dom.interfaceAddresses(libvirt.VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT)
    equal(interfaces["eth0"], {"addrs": None, "hwaddr": MAC}, "an interface without addresses")
    equal([a["addr"] for a in interfaces["lo"]["addrs"]], ["127.0.0.1", "::1"], "the addresses")
    fails(lambda: dom.guestInfo(0x8000), libvirt.VIR_ERR_INVALID_ARG)


def check_clock(dom):
    dom.setTime({"seconds": 1700000000, "nseconds": 5})
    check(0 <= dom.getTime()["seconds"] - 1700000000 < 20, "the time that was set")
    dom.setTime(flags=libvirt.VIR_DOMAIN_TIME_SYNC)
    fails(lambda: dom.setTime({"seconds": 2**62}), libvirt.VIR_ERR_INVALID_ARG)


def check_filesystems(dom):
    equal(dom.fsFreeze(), 1, "frozen filesystems")
    fails(dom.fsFreeze, libvirt.VIR_ERR_INTERNAL_ERROR, "frozen")
    fails(dom.getTime, libvirt.VIR_ERR_INTERNAL_ERROR, "frozen")
    equal(dom.guestInfo(0), {}, "a frozen guest tells nothing")
    equal((dom.fsThaw(), dom.fsThaw()), (1, 0), "thawed filesystems")
    equal(dom.fsFreeze(["/mnt"]), 1, "one mount point")
    fails(lambda: dom.fsThaw(["/mnt"]), libvirt.VIR_ERR_ARGUMENT_UNSUPPORTED)
    equal(dom.fsThaw(), 1, "thawed again")
    dom.fSTrim(None, 0)
    fails(lambda: dom.fSTrim("/mnt", 0), libvirt.VIR_ERR_ARGUMENT_UNSUPPORTED)


def check_vcpus(dom):
    equal(dom.guestVcpus(), {"vcpus": "0-1", "online": "0-1", "offlinable": "1"}, "the guest's vCPUs")
    dom.setGuestVcpus("1", 0)
    equal(dom.guestVcpus()["online"], "0", "without the second")
    equal(dom.vcpusFlags(libvirt.VIR_DOMAIN_VCPU_GUEST), 1, "their number")
    dom.setGuestVcpus("1", 1)
    equal(dom.vcpusFlags(libvirt.VIR_DOMAIN_VCPU_GUEST), 2, "their number")
    for count in (1, 2):
        dom.setVcpusFlags(count, libvirt.VIR_DOMAIN_VCPU_GUEST)
        equal(dom.vcpusFlags(libvirt.VIR_DOMAIN_VCPU_GUEST), count, "the number that was set")
    fails(lambda: dom.setVcpusFlags(3, libvirt.VIR_DOMAIN_VCPU_GUEST), libvirt.VIR_ERR_INVALID_ARG)
    fails(lambda: dom.setGuestVcpus("0", 0), libvirt.VIR_ERR_OPERATION_UNSUPPORTED)
    fails(lambda: dom.setGuestVcpus("0-1", 0), libvirt.VIR_ERR_OPERATION_UNSUPPORTED)
    fails(lambda: dom.setGuestVcpus("7", 1), libvirt.VIR_ERR_INVALID_ARG)
    fails(lambda: dom.setGuestVcpus("x", 1), libvirt.VIR_ERR_INVALID_ARG, domain=libvirt.VIR_FROM_NONE)
    fails(lambda: dom.setGuestVcpus("1", 2), libvirt.VIR_ERR_INVALID_ARG)


def check_users(side, dom):
    dom.setUserPassword("root", "$1$abc$def", libvirt.VIR_DOMAIN_PASSWORD_ENCRYPTED)
    check("root:$1$abc$def:" in shell(side, dom.name(), "cat /etc/shadow"), "the password")
    fails(lambda: dom.setUserPassword("nobody9", "x"), libvirt.VIR_ERR_INTERNAL_ERROR)
    append, remove = libvirt.VIR_DOMAIN_AUTHORIZED_SSH_KEYS_SET_APPEND, libvirt.VIR_DOMAIN_AUTHORIZED_SSH_KEYS_SET_REMOVE
    fails(lambda: dom.authorizedSSHKeysGet("root"), libvirt.VIR_ERR_INTERNAL_ERROR)
    dom.authorizedSSHKeysSet("root", ["ssh-ed25519 AAAA a@b"])
    dom.authorizedSSHKeysSet("root", ["ssh-ed25519 BBBB a@b"], append)
    equal(sorted(dom.authorizedSSHKeysGet("root")), ["ssh-ed25519 AAAA a@b", "ssh-ed25519 BBBB a@b"], "the keys")
    dom.authorizedSSHKeysSet("root", ["ssh-ed25519 AAAA a@b"], remove)
    equal(dom.authorizedSSHKeysGet("root"), ["ssh-ed25519 BBBB a@b"], "the keys")
    dom.authorizedSSHKeysSet("root", [])
    equal(dom.authorizedSSHKeysGet("root"), [], "the keys")


def check_commands(dom):
    def command(text, timeout=10):
        return libvirt_qemu.qemuAgentCommand(dom, text, timeout, 0)

    equal(command('{"execute":"guest-ping"}', BLOCK), '{"return":{}}', "an answer")
    fails(lambda: command('{"execute":"guest-nope"}'), libvirt.VIR_ERR_INTERNAL_ERROR, "guest-nope")
    fails(lambda: command("guest-ping"), libvirt.VIR_ERR_INTERNAL_ERROR, domain=libvirt.VIR_FROM_NONE)
    fails(lambda: command("[1]"), libvirt.VIR_ERR_INTERNAL_ERROR)
    fails(lambda: command("{}"), libvirt.VIR_ERR_INTERNAL_ERROR)
    fails(lambda: command('{"execute":"guest-ping"}', -3), libvirt.VIR_ERR_INVALID_ARG)
    check("tainted: custom guest agent control commands issued" in dom.messages(), "the taint")


@case("agent: facts and changes of a guest", once=True)
def facts(side):
    with with_agent(side, "sw-ga") as dom:
        check_facts(dom)
        check_clock(dom)
        check_filesystems(dom)
        check_vcpus(dom)
        check_users(side, dom)
        check_commands(dom)
        for command in ("guestinfo --hostname", "domfsinfo", "domfsfreeze", "domfsthaw", "domfstrim", "domtime", "guestvcpus",
                        "guest-agent-timeout", "domhostname", "domifaddr --source agent", "get-user-sshkeys --user root"):
            first, *rest = command.split()
            side.ok(first, "sw-ga", *rest)
        check("guest-ping" in side.ok("qemu-agent-command", "sw-ga", '{"execute":"guest-info"}', "--pretty"), "its commands")


def seconds(call):
    began = time.monotonic()
    with contextlib.suppress(libvirt.libvirtError):
        call()
    return time.monotonic() - began


@case("agent: one that hangs delays nobody else and is heard again", once=True)
def hangs(side):
    with with_agent(side, "sw-gahang") as dom, side.connection() as other:
        shell(side, "sw-gahang", "kill -STOP $(pidof qemu-ga)")
        dom.agentSetResponseTimeout(1)
        fails(dom.getTime, libvirt.VIR_ERR_AGENT_UNRESPONSIVE)
        waiter = threading.Thread(target=lambda: seconds(dom.fsInfo))
        waiter.start()
        time.sleep(0.2)
        same = other.lookupByName("sw-gahang")
        for what, call in (("info", same.info), ("XML", same.XMLDesc), ("suspend", same.suspend), ("resume", same.resume),
                           ("metadata", lambda: same.setMetadata(1, "title", None, None))):
            took = seconds(call)
            check(took < 0.5, "%s took %.1f s", what, took)
        waiter.join()
        check(seconds(dom.fsInfo) < 1.9, "the time limit")
        fails(lambda: dom.shutdownFlags(SHUT_AGENT), libvirt.VIR_ERR_AGENT_UNRESPONSIVE)
        fails(dom.hostname, libvirt.VIR_ERR_NO_HOSTNAME)
        shell(side, "sw-gahang", "kill -CONT $(pidof qemu-ga)")
        equal(dom.hostname(), "virtswarm", "the answer after the answers that came late")
        dom.suspend()
        fails(dom.getTime, libvirt.VIR_ERR_OPERATION_INVALID)
        dom.resume()
        # A call that waits for the agent ends with the guest.
        shell(side, "sw-gahang", "kill -STOP $(pidof qemu-ga)")
        dom.agentSetResponseTimeout(BLOCK)
        waiter = threading.Thread(target=lambda: seconds(dom.fsInfo))
        waiter.start()
        time.sleep(0.2)
        check(seconds(same.destroy) < 2, "destroy does not wait")
        waiter.join(2)
        check(not waiter.is_alive(), "the call ends with the guest")


@case("agent: comes and goes, with events", once=True)
def comes_and_goes(side):
    Events.start()
    seen = []
    with side.connection() as conn:
        number = conn.domainEventRegisterAny(None, libvirt.VIR_DOMAIN_EVENT_ID_AGENT_LIFECYCLE,
                                             lambda c, d, state, reason, o: seen.append((state, reason)), None)
        with with_agent(side, "sw-gago") as dom:
            shell(side, "sw-gago", "kill $(pidof qemu-ga)")
            connected(dom, "it is gone", "disconnected")
            fails(dom.getTime, libvirt.VIR_ERR_AGENT_UNRESPONSIVE, "not connected")
            shell(side, "sw-gago", "agent > /dev/null 2>&1 < /dev/null &")
            connected(dom)
            check(dom.getTime(), "it answers again")
            eventually(lambda: len(seen) >= 4, "the events, not only %r" % seen)
            equal(seen, [(2, 1), (1, 2), (2, 2), (1, 2)], "disconnected by the start; connected, disconnected, connected by the channel")
        conn.domainEventDeregisterAny(number)


@case("agent: power, sleep and the daemon's restart", once=True)
def power(side):
    with with_agent(side, "sw-gapow") as dom:
        dom.agentSetResponseTimeout(7)
        if not side.stock:
            side.system.kill("virtqemud")
        with side.connection() as conn:
            dom = conn.lookupByName("sw-gapow")
            connected(dom)
            check(dom.getTime(), "the next daemon talks to the agent")
            with open(side.path("/run/libvirt/qemu/sw-gapow.xml")) as f:
                check("<agentTimeout>7</agentTimeout>" in f.read(), "the time limit is kept")
            dom.agentSetResponseTimeout(BLOCK)
            fails(lambda: dom.pMSuspendForDuration(7, 0), libvirt.VIR_ERR_INVALID_ARG)
            fails(lambda: dom.pMSuspendForDuration(0, 5), libvirt.VIR_ERR_ARGUMENT_UNSUPPORTED)
            fails(lambda: dom.pMSuspendForDuration(libvirt.VIR_NODE_SUSPEND_TARGET_HYBRID, 0), libvirt.VIR_ERR_INTERNAL_ERROR)
            dom.pMSuspendForDuration(libvirt.VIR_NODE_SUSPEND_TARGET_MEM, 0)
            eventually(lambda: dom.state()[0] == libvirt.VIR_DOMAIN_PMSUSPENDED, "it sleeps")
            dom.pMWakeup()
            eventually(lambda: dom.state()[0] == libvirt.VIR_DOMAIN_RUNNING, "it wakes up")
            connected(dom)
            dom.reboot(REBOOT_AGENT)
            check("shutdown -h -r" in guest.log_text(side, "sw-gapow"), "the agent reboots it")
            guest.ready(side, "sw-gapow", 2)
            connected(dom)
            dom.shutdown()
            eventually(lambda: dom.state()[0] == libvirt.VIR_DOMAIN_SHUTOFF, "it powers off", 20)
            # Stock may have lost the agent with the reboot; then it presses the button.
            check(side.stock or "shutdown -h -P" in guest.log_text(side, "sw-gapow"), "by the agent, which comes before the power button")


@case("agent: a guest without one")
def without(side):
    with side.guest("sw-gano", state="paused") as dom:
        fails(dom.getTime, libvirt.VIR_ERR_OPERATION_INVALID)
        dom.resume()
        fails(dom.getTime, libvirt.VIR_ERR_ARGUMENT_UNSUPPORTED)
        fails(lambda: dom.shutdownFlags(SHUT_AGENT), libvirt.VIR_ERR_ARGUMENT_UNSUPPORTED)
        equal(dom.interfaceAddresses(libvirt.VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_LEASE), {}, "no leases")
    with side.guest("sw-gano", tiny("sw-gano", AGENT), "running") as dom:
        fails(dom.getTime, libvirt.VIR_ERR_AGENT_UNRESPONSIVE, "not connected")
        fails(lambda: dom.reboot(REBOOT_AGENT), libvirt.VIR_ERR_AGENT_UNRESPONSIVE)
        dom.shutdown()


# An agent made of the guest's shell: it answers the sync, and to the Nth other command what is in /answer.N, if that is there.
IMPOSTOR = ("kill $(pidof qemu-ga); sleep 0.3; port=$(ls /dev/vport*p1); exec 9<>$port; "
            "(n=0; while :; do while read -r line <&9; do case $line in *delimited*) id=${line##*:}; id=${id%%\\}*}; "
            "printf '\\377{\"return\": %s}\\n' $id >&9 ;; *) n=$((n+1)); cat /answer.$n >&9 ;; esac; done; "
            "sleep 0.1; done) > /dev/null 2>&1 &")


@case("agent: an impostor in the guest", once=True, ours=True)
def impostor(side):
    bad = (('{"return": "x"}', "getTime", "not an integer"), ('{"return": [{"name": 7}]}', "fsInfo", "not a text"),
           ('{"return": [{"name": "a"}]}', "fsInfo", "without"), ('{"nothing": 1}', "fsFreeze", "neither"),
           ('{"error": 5}', "fsThaw", "refused"), ("{{{", "fsFreeze", "not JSON"))
    with with_agent(side, "sw-gabad") as dom:
        answers = ['{"return": 1000000007}'] + [text for text, call, words in bad]
        shell(side, "sw-gabad", *("echo '%s' > /answer.%d" % (text, i + 1) for i, text in enumerate(answers)), IMPOSTOR)
        connected(dom)
        dom.agentSetResponseTimeout(5)
        equal(dom.getTime(), {"seconds": 1, "nseconds": 7}, "what it says")
        for _, call, words in bad:
            fails(getattr(dom, call), libvirt.VIR_ERR_INTERNAL_ERROR, words)
        dom.agentSetResponseTimeout(1)
        fails(dom.getTime, libvirt.VIR_ERR_AGENT_UNRESPONSIVE, "in time")
