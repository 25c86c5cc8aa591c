# SPDX-License-Identifier: LGPL-2.1-or-later
"""Users and labels: whom a guest runs as, whose its files are meanwhile, what the documents and calls say of it."""
import os
import stat
import subprocess

import libvirt

from cases import case
from world import check, configured, disk, equal, tiny

PAUSED = libvirt.VIR_DOMAIN_START_PAUSED
STATIC = "<seclabel type='static' model='dac' relabel='%s'><label>%s</label></seclabel>"


def label(xml, text):
    return xml.replace("</domain>", text + "</domain>")


def owner(path):
    s = os.stat(path)
    return s.st_uid, s.st_gid


def refused(conn, xml, code, domain):
    try:
        conn.createXML(xml, PAUSED).destroy()
    except libvirt.libvirtError as e:
        equal((e.get_error_code(), e.get_error_domain()), (code, domain), "the error (%s)" % e)
        return
    check(False, "it should be refused")


@case("security: a static label is whom the guest runs as, and gives its image away")
def static(side):
    image = side.image("label.img")
    os.chmod(image, 0o600)
    before = owner(image)
    xml = label(tiny("sw-static", disk(image)), STATIC % ("yes", "daemon:+12"))
    with side.guest("sw-static", xml, "paused") as dom:
        equal(owner(image), (1, 12), "the image's owner")
        equal(os.stat("/proc/%d" % side.qemu_pid("sw-static")).st_uid, 1, "QEMU's user")
        live = dom.XMLDesc()
        check("<label>daemon:+12</label>" in live and "<imagelabel>daemon:+12</imagelabel>" in live, "the live document: %s", live)
        equal(dom.securityLabelList(), [["", False], ["daemon:+12", False]], "the labels")
        dom.destroy()
        equal(owner(image), before, "the image's owner afterwards")


@case("security: a label without relabelling leaves the image alone")
def no_relabel(side):
    image = side.image("label.img")
    os.chmod(image, 0o666)
    before = owner(image)
    for text in (STATIC % ("no", "+1:+1"), "<seclabel type='none' model='dac'/>"):
        with side.guest("sw-norel", label(tiny("sw-norel", disk(image)), text), "paused"):
            equal(owner(image), before, "the image's owner with %s" % text)
    os.chmod(image, 0o600)


@case("security: labels of single images")
def single(side):
    one, two = side.image("label.img"), side.image("label2.img")
    for path in (one, two):
        os.chmod(path, 0o666)
    before = owner(one)

    def labelled(path, dev, text):
        return disk(path, dev).replace("<source file='%s'/>" % path, "<source file='%s'>%s</source>" % (path, text))
    devices = labelled(one, "vda", "<seclabel model='dac' relabel='no'/>") \
        + labelled(two, "vdb", "<seclabel model='dac' relabel='yes'><label>+3:+4</label></seclabel>")
    with side.guest("sw-single", tiny("sw-single", devices), "paused") as dom:
        equal(owner(one), before, "the owner of the image that is not to be labelled")
        equal(owner(two), (3, 4), "the owner of the image with a label of its own")
        dom.destroy()
        equal(owner(two), before, "its owner afterwards")
    with side.connection() as conn:
        refused(conn, tiny("sw-single", labelled(one, "vda", "<seclabel model='smack' relabel='no'/>")), 67, 24)
    for path in (one, two):
        os.chmod(path, 0o600)


@case("security: labels that cannot be")
def mistakes(side):
    with side.connection() as conn:
        xml = tiny("sw-badlabel")
        refused(conn, label(xml, "<seclabel type='dynamic' model='smack' relabel='yes'/>"), 67, 24)
        refused(conn, label(xml, "<seclabel type='dynamic' model='selinux' relabel='yes'/>"), 67, 24)
        refused(conn, label(xml, STATIC % ("yes", "nosuchuser:+1")), 8, 0)
        refused(conn, label(xml, STATIC % ("yes", "+1")), 8, 0)


@case("security: what the host says of its models")
def models(side):
    with side.connection() as conn:
        equal(conn.getSecurityModel(), ["none", "0"], "the node's model")
        caps = conn.getCapabilities()
        check("<model>none</model>" in caps and "<model>dac</model>" in caps, "the capabilities: %s", caps[:2000])
        with side.guest("sw-models", label(tiny("sw-models"), "<seclabel type='none'/>"), "paused") as dom:
            equal(dom.securityLabel(), ["", False], "the label")
            live = dom.XMLDesc()
            check("<seclabel type='none' model='none'/>" in live and "<seclabel type='dynamic' model='dac' relabel='yes'>" in live,
                  "the live document: %s", live)


@case("security: two users of one image", ours=True)
def shared(side):
    """The last one gives back; stock forgets whose a read-only image was."""
    image = side.image("label.img")
    os.chmod(image, 0o600)
    before = owner(image)
    devices = disk(image, extra="<readonly/>")
    with side.guest("sw-one", tiny("sw-one", devices), "paused") as one, side.guest("sw-two", tiny("sw-two", devices), "paused") as two:
        running = owner(image)
        check(running != before, "the image has the guests' owner")
        one.destroy()
        equal(owner(image), running, "its owner while the second runs")
        two.destroy()
        equal(owner(image), before, "its owner afterwards")


@case("security: another user's image in use is not taken")
def conflict(side):
    image = side.image("label.img")
    os.chmod(image, 0o600)
    with side.guest("sw-one", tiny("sw-one", disk(image)), "paused"), side.connection() as conn:
        running = owner(image)
        refused(conn, label(tiny("sw-two", disk(image)), STATIC % ("yes", "+1:+1")), 55, 24)
        equal(owner(image), running, "its owner")


@case("security: a pipe and a device are given and given back", ours=True)
def chardevs(side):
    folder = os.path.join(side.root, "images")
    os.makedirs(folder, exist_ok=True)
    pipe, node = os.path.join(folder, "sw.fifo"), os.path.join(folder, "sw.null")
    for path in (pipe, node):
        if os.path.exists(path):
            os.unlink(path)
    os.mkfifo(pipe, 0o600)
    os.mknod(node, stat.S_IFCHR | 0o600, os.makedev(1, 3))
    reader = subprocess.Popen(["sleep", "30"], stdin=os.open(pipe, os.O_RDWR))
    try:
        devices = "<serial type='pipe'><source path='%s'/></serial><serial type='dev'><source path='%s'/></serial>" % (pipe, node)
        with side.guest("sw-pipe", tiny("sw-pipe", devices), "paused") as dom:
            user = os.stat("/proc/%d" % side.qemu_pid("sw-pipe")).st_uid
            equal((owner(pipe)[0], owner(node)[0]), (user, user), "the owners")
            dom.destroy()
            equal((owner(pipe), owner(node)), ((0, 0), (0, 0)), "the owners afterwards")
    finally:
        reader.kill()
        reader.wait()
        os.unlink(pipe)
        os.unlink(node)


# --- what a guest sees of the host's devices ---------------------------------------------------------------------

def inside(side, name, path):
    """A path as QEMU of that guest sees it."""
    return "/proc/%d/root%s" % (side.qemu_pid(name), path)


def node(path, major, minor, kind=stat.S_IFCHR):
    if os.path.lexists(path):
        os.unlink(path)
    os.mknod(path, kind | 0o600, os.makedev(major, minor))


@case("security: a /dev with nothing but what the guest needs", ours=True, once=True)
def private_dev(side):
    node("/dev/sw-mine", 1, 3)
    node("/dev/sw-other", 1, 3)
    os.symlink("sw-mine", "/dev/sw-link")
    try:
        devices = "<serial type='dev'><source path='/dev/sw-link'/></serial><serial type='pty'/>"
        with side.guest("sw-dev", tiny("sw-dev", devices), "paused") as dom:
            names = set(os.listdir(inside(side, "sw-dev", "/dev")))
            check({"null", "zero", "urandom", "ptmx", "pts", "shm", "sw-mine", "sw-link"} <= names, "what it sees: %r", names)
            check("sw-other" not in names and "mem" not in names and "kmsg" not in names, "what it does not see: %r", names)
            s = os.stat(inside(side, "sw-dev", "/dev/sw-link"))
            equal((s.st_rdev, s.st_uid), (os.makedev(1, 3), os.stat("/proc/%d" % side.qemu_pid("sw-dev")).st_uid), "its device")
            check(os.path.exists(inside(side, "sw-dev", dom.XMLDesc().split("<source path='/dev/pts/")[1].split("'")[0].join(("/dev/pts/", "")))),
                  "its terminal is the host's")
        check("sw-mine" not in " ".join(open("/proc/self/mountinfo").read().split()), "the host has no mount of it")
    finally:
        for name in ("sw-mine", "sw-other", "sw-link"):
            os.unlink("/dev/" + name)


@case("security: device nodes that come and go", ours=True, once=True)
def hotplugged(side):
    node("/dev/sw-hot", 1, 3)
    try:
        with side.guest("sw-dev", state="paused") as dom:
            xml = "<rng model='virtio'><backend model='random'>/dev/sw-hot</backend><alias name='ua-hot'/></rng>"
            check(not os.path.exists(inside(side, "sw-dev", "/dev/sw-hot")), "it is not there before")
            dom.attachDevice(xml)
            check(os.path.exists(inside(side, "sw-dev", "/dev/sw-hot")), "the node is there")
            user = os.stat("/proc/%d" % side.qemu_pid("sw-dev")).st_uid
            equal(os.stat(inside(side, "sw-dev", "/dev/sw-hot")).st_uid, user, "its owner in the guest's /dev")
            rules = device_list(side, "sw-dev")
            check(rules is None or any(r.startswith("c 1:3 ") for r in rules), "the device list: %r", rules)
            dom.destroy()
            equal(os.stat("/dev/sw-hot").st_uid, 0, "the owner afterwards")
    finally:
        os.unlink("/dev/sw-hot")


def device_list(side, name):
    """The rules of version 1 of control groups; None if this host has it not."""
    with open("/proc/%d/cgroup" % side.qemu_pid(name)) as f:
        group = [line.split(":", 2)[2] for line in f.read().splitlines() if line.split(":")[1] == "devices"]
    if not group:
        return None
    with open("/sys/fs/cgroup/devices%s/devices.list" % group[0]) as f:
        return f.read().splitlines()


@case("security: the device list of a guest", ours=True, once=True)
def acl(side):
    with side.guest("sw-acl", state="paused"):
        rules = device_list(side, "sw-acl")
        if rules is None:
            return
        check("a *:* rwm" not in rules, "not everything is allowed: %r", rules)
        for wanted in ("c 1:3 ", "c 1:5 ", "c 1:8 ", "c 5:2 ", "c 136:* "):
            check(any(rule.startswith(wanted) for rule in rules), "%s is allowed: %r", wanted, rules)
        check(not any(rule.startswith("c 1:1 ") for rule in rules), "/dev/mem is not: %r", rules)


@case("security: both can be turned off", ours=True, once=True)
def turned_off(side):
    with configured(side, 'namespaces = [ ]\ncgroup_controllers = [ "cpu", "memory" ]'), side.guest("sw-off", state="paused"):
        equal(os.stat(inside(side, "sw-off", "/dev")).st_ino, os.stat("/dev").st_ino, "it sees the host's /dev")
        rules = device_list(side, "sw-off")
        check(rules is None or "a *:* rwm" in rules, "it may open what its user may: %r", rules)


@case("security: a daemon that dies gives back what it has taken", ours=True, once=True)
def recovered(side):
    image = side.image("label.img")
    os.chmod(image, 0o600)
    before = owner(image)
    node("/dev/sw-hot", 1, 3)
    try:
        with side.guest("sw-back", label(tiny("sw-back", disk(image)), STATIC % ("yes", "+1:+1")), "paused") as dom:
            dom.attachDevice("<rng model='virtio'><backend model='random'>/dev/sw-hot</backend></rng>")
            side.system.kill("virtqemud")
            with side.connection() as conn:
                again = conn.lookupByName("sw-back")
                equal((owner(image)[0], os.stat("/dev/sw-hot").st_uid), (1, 1), "the owners while it runs")
                equal(again.securityLabelList()[1][0], "+1:+1", "its label")
                again.destroy()
                equal((owner(image), os.stat("/dev/sw-hot").st_uid), (before, 0), "the owners afterwards")
    finally:
        os.unlink("/dev/sw-hot")
