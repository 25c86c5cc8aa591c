# SPDX-License-Identifier: LGPL-2.1-or-later
"""Mistakes that a client can make, as tables.  What a stock daemon answers to each is in
stock-errors.json (written by `run.py --record`); every other implementation must give the same
code, domain and level.

DOCUMENTS  name -> what is wrong with a definition: (fields of `document`), given to defineXML
CALLS      name -> (guest, call): the guest is one of FIXTURES or None, the call gets (conn, dom, side)
STARTS     name -> definition that is accepted but cannot start
"""
import libvirt
import libvirt_qemu

from world import AGENT, SERIAL, VIDEO, disk, make, tiny

NO_UUID = "99999999-9999-4999-8999-999999999999"
UUID = {"off": "22222222-2222-4222-8222-000000000001", "paused": "22222222-2222-4222-8222-000000000002",
        "running": "22222222-2222-4222-8222-000000000003", "bare": "22222222-2222-4222-8222-000000000004",
        "transient": "22222222-2222-4222-8222-000000000005"}


def fixtures(side):
    """The guests that CALLS work on: name -> (definition, state)."""
    rich = (disk(side.image("%s.img")) + AGENT + SERIAL + VIDEO +
            "<interface type='user'><mac address='52:54:00:00:00:01'/><model type='virtio'/></interface>")
    out = {}
    for kind, (devices, state) in {"off": (rich, "off"), "paused": (rich, "paused"), "running": (rich, "running"),
                                   "bare": ("", "running"), "transient": ("", "transient")}.items():
        devices = devices.replace("%s.img", kind + ".img")
        side.image(kind + ".img")
        out[kind] = (tiny("sw-" + kind, devices, uuid=UUID[kind]), state)
    return out


def make_fixtures(side):
    with side.connection() as conn:
        for xml, state in fixtures(side).values():
            make(conn, xml, state)


# ---- documents -------------------------------------------------------------------------------------

def document(name="sw-doc", top="<domain type='qemu'>", uuid="", memory="<memory unit='MiB'>16</memory>",
             vcpu="<vcpu>1</vcpu>", os="<os><type arch='x86_64' machine='pc'>hvm</type></os>", more="", dev="",
             named=None, end="</domain>", devices=None):
    named = "<name>%s</name>" % name if named is None else named
    devices = "<devices>%s</devices>" % dev if devices is None else devices
    return top + named + uuid + memory + vcpu + os + more + devices + end


def osx(text="hvm", attrs="arch='x86_64' machine='pc'", rest=""):
    return "<os><type %s>%s</type>%s</os>" % (attrs, text, rest)


D = "<disk type='file' device='disk'>%s<source file='/nonexistent.img'/>%s</disk>"
V = "<target dev='vda' bus='virtio'/>"
PCI = "<address type='pci' domain='0' bus='%s' slot='%s' function='%s'/>"
IF = "<interface type='user'>%s</interface>"


DOCUMENTS = {
    "empty text": "",
    "not XML": "this is not XML",
    "truncated": document(end="")[:-20],
    "mismatched tags": document(end="</domian>"),
    "wrong root element": "<network><name>sw-doc</name></network>",
    "no domain type": dict(top="<domain>"),
    "unknown domain type": dict(top="<domain type='nonsense'>"),
    "domain type of another hypervisor": dict(top="<domain type='xen'>"),
    "no name": dict(named=""),
    "empty name": dict(name=""),
    "name with a slash": dict(name="sw-a/b"),
    "name with a newline": dict(name="sw-a\nb"),
    "name of blanks": dict(name="   "),
    "name too long": dict(name="sw-" + "x" * 300),
    "bad uuid": dict(uuid="<uuid>nonsense</uuid>"),
    "short uuid": dict(uuid="<uuid>11111111-1111-4111-8111-1111</uuid>"),
    "no memory": dict(memory=""),
    "memory not a number": dict(memory="<memory>lots</memory>"),
    "memory negative": dict(memory="<memory>-5</memory>"),
    "memory unit": dict(memory="<memory unit='parsec'>5</memory>"),
    "memory zero": dict(memory="<memory>0</memory>"),
    "memory overflow": dict(memory="<memory unit='EiB'>99999999</memory>"),
    "current memory not a number": dict(more="<currentMemory>x</currentMemory>"),
    "no os": dict(os=""),
    "no os type": dict(os="<os/>"),
    "unknown os type": dict(os=osx("nonsense")),
    "os type of another hypervisor": dict(os=osx("xen", "")),
    "unknown arch": dict(os=osx(attrs="arch='z80'")),
    "arch without emulator": dict(os=osx(attrs="arch='ia64'")),
    "unknown machine": dict(os=osx(attrs="arch='x86_64' machine='abacus'")),
    "os boot dev": dict(os=osx(rest="<boot dev='tape'/>")),
    "os boot without dev": dict(os=osx(rest="<boot/>")),
    "bootmenu enable": dict(os=osx(rest="<bootmenu enable='maybe'/>")),
    "bootmenu timeout": dict(os=osx(rest="<bootmenu enable='yes' timeout='70000'/>")),
    "bios rebootTimeout": dict(os=osx(rest="<bios rebootTimeout='99999'/>")),
    "bios useserial": dict(os=osx(rest="<bios useserial='x'/>")),
    "smbios mode": dict(os=osx(rest="<smbios mode='x'/>")),
    "loader type": dict(os=osx(rest="<loader type='x'>/f</loader>")),
    "loader readonly": dict(os=osx(rest="<loader readonly='x'>/f</loader>")),
    "firmware": dict(os="<os firmware='x'><type>hvm</type></os>"),
    "initrd without kernel": dict(os=osx(rest="<initrd>/x</initrd>")),
    "cmdline without kernel": dict(os=osx(rest="<cmdline>x</cmdline>")),
    "vcpu zero": dict(vcpu="<vcpu>0</vcpu>"),
    "vcpu not a number": dict(vcpu="<vcpu>x</vcpu>"),
    "vcpu negative": dict(vcpu="<vcpu>-1</vcpu>"),
    "vcpu too many for the machine": dict(vcpu="<vcpu>5000</vcpu>"),
    "vcpu current above maximum": dict(vcpu="<vcpu current='3'>2</vcpu>"),
    "vcpu placement": dict(vcpu="<vcpu placement='x'>1</vcpu>"),
    "vcpu cpuset": dict(vcpu="<vcpu cpuset='x'>1</vcpu>"),
    "iothreads": dict(more="<iothreads>x</iothreads>"),
    "cpu mode": dict(more="<cpu mode='x'/>"),
    "cpu match": dict(more="<cpu match='x'><model>qemu64</model></cpu>"),
    "cpu check": dict(more="<cpu check='x'><model>qemu64</model></cpu>"),
    "cpu model unknown": dict(more="<cpu mode='custom'><model>i8080</model></cpu>"),
    "cpu model empty": dict(more="<cpu mode='custom' match='exact'><model></model></cpu>"),
    "cpu custom without model": dict(more="<cpu mode='custom' match='exact'><feature name='sse'/></cpu>"),
    "cpu fallback": dict(more="<cpu mode='custom'><model fallback='x'>qemu64</model></cpu>"),
    "cpu vendor": dict(more="<cpu mode='custom'><model>qemu64</model><vendor>x</vendor></cpu>"),
    "cpu feature policy": dict(more="<cpu mode='custom'><model>qemu64</model><feature policy='x' name='sse'/></cpu>"),
    "cpu feature twice": dict(more="<cpu mode='custom'><model>qemu64</model><feature policy='require' name='sse'/>"
                                   "<feature policy='disable' name='sse'/></cpu>"),
    "cpu feature without name": dict(more="<cpu mode='custom'><model>qemu64</model><feature policy='require'/></cpu>"),
    "cpu feature unknown": dict(more="<cpu mode='custom'><model>qemu64</model><feature policy='require' name='x'/></cpu>"),
    "cpu host-passthrough without KVM": dict(more="<cpu mode='host-passthrough'/>"),
    "cpu topology incomplete": dict(more="<cpu><topology sockets='1'/></cpu>"),
    "cpu topology zero": dict(more="<cpu><topology sockets='0' cores='1' threads='1'/></cpu>"),
    "cpu topology against vcpu": dict(more="<cpu><topology sockets='3' cores='1' threads='1'/></cpu>"),
    "cpu numa cell without memory": dict(more="<cpu><numa><cell id='0' cpus='0'/></numa></cpu>"),
    "feature pae": dict(more="<features><pae state='x'/></features>"),
    "feature apic eoi": dict(more="<features><apic eoi='x'/></features>"),
    "feature kvm hidden": dict(more="<features><kvm><hidden state='x'/></kvm></features>"),
    "feature hyperv": dict(more="<features><hyperv><relaxed state='x'/></hyperv></features>"),
    "feature ioapic": dict(more="<features><ioapic driver='x'/></features>"),
    "feature unknown": dict(more="<features><nonsense/></features>"),
    "feature smm": dict(more="<features><smm state='x'/></features>"),
    "feature gic on x86": dict(more="<features><gic version='3'/></features>"),
    "clock offset": dict(more="<clock offset='x'/>"),
    "clock adjustment": dict(more="<clock offset='variable' adjustment='x'/>"),
    "clock timezone missing": dict(more="<clock offset='timezone'/>"),
    "timer name": dict(more="<clock offset='utc'><timer name='x'/></clock>"),
    "timer without name": dict(more="<clock offset='utc'><timer/></clock>"),
    "timer present": dict(more="<clock offset='utc'><timer name='rtc' present='x'/></clock>"),
    "timer tickpolicy": dict(more="<clock offset='utc'><timer name='rtc' tickpolicy='x'/></clock>"),
    "timer track": dict(more="<clock offset='utc'><timer name='rtc' track='x'/></clock>"),
    "timer tsc frequency": dict(more="<clock offset='utc'><timer name='tsc' frequency='x'/></clock>"),
    "on_poweroff": dict(more="<on_poweroff>x</on_poweroff>"),
    "on_reboot": dict(more="<on_reboot>x</on_reboot>"),
    "on_crash": dict(more="<on_crash>x</on_crash>"),
    "on_lockfailure": dict(more="<on_lockfailure>x</on_lockfailure>"),
    "pm suspend": dict(more="<pm><suspend-to-mem enabled='x'/></pm>"),
    "title with a newline": dict(more="<title>a\nb</title>"),
    "metadata without namespace": dict(more="<metadata><x/></metadata>"),
    "metadata namespace twice": dict(more="<metadata><a:x xmlns:a='u:1'/><a:y xmlns:a='u:1'/></metadata>"),
    "resource partition": dict(more="<resource><partition>x</partition></resource>"),
    "seclabel type": dict(more="<seclabel type='x' model='dac'/>"),
    "seclabel static without label": dict(more="<seclabel type='static' model='dac'/>"),
    "seclabel model": dict(more="<seclabel type='dynamic' model='x' relabel='yes'/>"),
    "memory hotplug without slots": dict(more="<maxMemory unit='MiB'>64</maxMemory>"),
    "hugepage size": dict(more="<memoryBacking><hugepages><page size='x'/></hugepages></memoryBacking>"),
    "memory access mode": dict(more="<memoryBacking><access mode='x'/></memoryBacking>"),
    "memory source type": dict(more="<memoryBacking><source type='x'/></memoryBacking>"),
    "numatune mode": dict(more="<numatune><memory mode='x' nodeset='0'/></numatune>"),
    "cputune shares": dict(more="<cputune><shares>x</shares></cputune>"),
    "cputune period": dict(more="<cputune><period>5</period></cputune>"),
    "vcpupin vcpu": dict(more="<cputune><vcpupin cpuset='0'/></cputune>"),
    "vcpupin cpuset": dict(more="<cputune><vcpupin vcpu='0' cpuset='x'/></cputune>"),
    "memtune hard limit": dict(more="<memtune><hard_limit>x</hard_limit></memtune>"),
    "genid": dict(more="<genid>x</genid>"),
    "sysinfo type": dict(more="<sysinfo type='x'/>"),
    "emulator missing": dict(dev="<emulator>/nonexistent/qemu</emulator>"),
    "emulator relative": dict(dev="<emulator>qemu</emulator>"),
    "emulator not a program": dict(dev="<emulator>/etc/passwd</emulator>"),
    "emulator not QEMU": dict(dev="<emulator>/bin/true</emulator>"),
    "disk without target": dict(dev=D % ("", "")),
    "disk target without dev": dict(dev=D % ("", "<target bus='virtio'/>")),
    "disk bus": dict(dev=D % ("", "<target dev='vda' bus='x'/>")),
    "disk target name": dict(dev=D % ("", "<target dev='x' bus='virtio'/>")),
    "disk target twice": dict(dev=(D % ("", V)) * 2),
    "disk device": dict(dev="<disk type='file' device='x'><source file='/x'/>" + V + "</disk>"),
    "disk type": dict(dev="<disk type='x' device='disk'><source file='/x'/>" + V + "</disk>"),
    "disk snapshot": dict(dev="<disk type='file' snapshot='x'><source file='/x'/>" + V + "</disk>"),
    "disk driver name": dict(dev=D % ("<driver name='x' type='raw'/>", V)),
    "disk driver type": dict(dev=D % ("<driver name='qemu' type='x'/>", V)),
    "disk cache": dict(dev=D % ("<driver name='qemu' cache='x'/>", V)),
    "disk io": dict(dev=D % ("<driver name='qemu' io='x'/>", V)),
    "disk io native without direct cache": dict(dev=D % ("<driver name='qemu' io='native'/>", V)),
    "disk error policy": dict(dev=D % ("<driver name='qemu' error_policy='x'/>", V)),
    "disk discard": dict(dev=D % ("<driver name='qemu' discard='x'/>", V)),
    "disk detect_zeroes": dict(dev=D % ("<driver name='qemu' detect_zeroes='x'/>", V)),
    "disk queues": dict(dev=D % ("<driver name='qemu' queues='x'/>", V)),
    "disk iothread without iothreads": dict(dev=D % ("<driver name='qemu' iothread='3'/>", V)),
    "disk copy_on_read": dict(dev=D % ("<driver name='qemu' copy_on_read='x'/>", V)),
    "disk startupPolicy": dict(dev="<disk type='file' device='cdrom'><source file='/x' startupPolicy='x'/>"
                                   "<target dev='hda' bus='ide'/></disk>"),
    "disk boot order zero": dict(dev=D % ("", V + "<boot order='0'/>")),
    "disk boot order text": dict(dev=D % ("", V + "<boot order='x'/>")),
    "boot order twice": dict(dev=(D % ("", V + "<boot order='1'/>")) +
                             (D % ("", "<target dev='vdb' bus='virtio'/><boot order='1'/>"))),
    "boot order with os boot": dict(os=osx(rest="<boot dev='hd'/>"), dev=D % ("", V + "<boot order='1'/>")),
    "disk virtio cdrom": dict(dev="<disk type='file' device='cdrom'><target dev='vda' bus='virtio'/></disk>"),
    "disk floppy on virtio": dict(dev="<disk type='file' device='floppy'><target dev='vda' bus='virtio'/></disk>"),
    "disk ide beyond the controller": dict(dev=D % ("", "<target dev='hdz' bus='ide'/>")),
    "disk ide on q35": dict(os=osx(attrs="machine='q35'"), dev=D % ("", "<target dev='hda' bus='ide'/>")),
    "disk serial characters": dict(dev=D % ("", V + "<serial>a;b</serial>")),
    "disk wwn": dict(dev=D % ("", "<target dev='sda' bus='scsi'/><wwn>x</wwn>")),
    "disk vendor on virtio": dict(dev=D % ("", V + "<vendor>SEAGATE</vendor>")),
    "disk address type": dict(dev=D % ("", V + "<address type='x'/>")),
    "disk virtio on a drive address": dict(dev=D % ("", V + "<address type='drive' controller='0' bus='0' unit='0'/>")),
    "disk drive address twice": dict(dev=(D % ("", "<target dev='sda' bus='scsi'/><address type='drive' unit='0'/>")) +
                                     (D % ("", "<target dev='sdb' bus='scsi'/><address type='drive' unit='0'/>"))),
    "disk iotune": dict(dev=D % ("", V + "<iotune><total_bytes_sec>1</total_bytes_sec>"
                                 "<read_bytes_sec>1</read_bytes_sec></iotune>")),
    "disk iotune text": dict(dev=D % ("", V + "<iotune><total_bytes_sec>x</total_bytes_sec></iotune>")),
    "disk blockio": dict(dev=D % ("", V + "<blockio logical_block_size='x'/>")),
    "disk geometry": dict(dev=D % ("", V + "<geometry cyls='x' heads='1' secs='1'/>")),
    "disk transient shareBacking": dict(dev=D % ("", V + "<transient shareBacking='x'/>")),
    "pci slot out of range": dict(dev=D % ("", V + PCI % (0, "0x20", 0))),
    "pci slot text": dict(dev=D % ("", V + PCI % (0, "x", 0))),
    "pci function out of range": dict(dev=D % ("", V + PCI % (0, 5, 8))),
    "pci domain": dict(dev=D % ("", V + "<address type='pci' domain='1' bus='0' slot='5' function='0'/>")),
    "pci bus out of range": dict(dev=D % ("", V + PCI % (256, 5, 0))),
    "pci address twice": dict(dev=(D % ("", V + PCI % (0, 5, 0))) +
                              (D % ("", "<target dev='vdb' bus='virtio'/>" + PCI % (0, 5, 0)))),
    "pci slot zero": dict(dev=D % ("", V + PCI % (0, 0, 0))),
    "pci function without function zero": dict(dev=D % ("", V + PCI % (0, 1, 0))),
    "pci multifunction": dict(dev=D % ("", V + "<address type='pci' slot='5' multifunction='x'/>")),
    "pci gap in the buses": dict(dev="<controller type='pci' index='3' model='pci-bridge'/>" + D % ("", V + PCI % (2, 40, 0))),
    "controller type": dict(dev="<controller type='x' index='0'/>"),
    "controller without type": dict(dev="<controller index='0'/>"),
    "controller index": dict(dev="<controller type='scsi' index='x'/>"),
    "controller index twice": dict(dev="<controller type='scsi' index='0'/>" * 2),
    "controller scsi model": dict(dev="<controller type='scsi' index='0' model='x'/>"),
    "controller usb model": dict(dev="<controller type='usb' index='0' model='x'/>"),
    "controller usb none with another": dict(dev="<controller type='usb' index='0' model='none'/><controller type='usb' index='1'/>"),
    "usb device without controller": dict(dev="<controller type='usb' index='0' model='none'/><input type='tablet' bus='usb'/>"),
    "controller pci model": dict(dev="<controller type='pci' index='0' model='x'/>"),
    "controller pci root index": dict(dev="<controller type='pci' index='1' model='pci-root'/>"),
    "controller pcie root on pc": dict(dev="<controller type='pci' index='0' model='pcie-root'/>"),
    "controller root port on pc": dict(dev="<controller type='pci' index='1' model='pcie-root-port'/>"),
    "controller ide index on pc": dict(dev="<controller type='ide' index='1'/>"),
    "controller virtio-serial ports": dict(dev="<controller type='virtio-serial' index='0' ports='x'/>"),
    "interface type": dict(dev="<interface type='x'/>"),
    "interface mac": dict(dev=IF % "<mac address='x'/>"),
    "interface mac multicast": dict(dev=IF % "<mac address='01:00:5e:00:00:01'/>"),
    "interface mac short": dict(dev=IF % "<mac address='52:54:00:01'/>"),
    "interface model characters": dict(dev=IF % "<model type='a b;c'/>"),
    "interface network without source": dict(dev="<interface type='network'/>"),
    "interface bridge without source": dict(dev="<interface type='bridge'/>"),
    "interface link state": dict(dev=IF % "<link state='x'/>"),
    "interface mtu": dict(dev=IF % "<mtu size='x'/>"),
    "interface driver name": dict(dev=IF % "<model type='virtio'/><driver name='x'/>"),
    "interface driver queues": dict(dev=IF % "<model type='virtio'/><driver queues='x'/>"),
    "interface rom bar": dict(dev=IF % "<rom bar='x'/>"),
    "interface filterref": dict(dev=IF % "<filterref/>"),
    "interface ip": dict(dev=IF % "<ip family='ipv4' address='x'/>"),
    "interface backend": dict(dev=IF % "<backend type='x'/>"),
    "interface boot order twice": dict(dev=(IF % "<boot order='1'/>") * 2),
    "serial type": dict(dev="<serial type='x'/>"),
    "serial file without path": dict(dev="<serial type='file'/>"),
    "serial unix mode": dict(dev="<serial type='unix'><source mode='x' path='/x'/></serial>"),
    "serial tcp without service": dict(dev="<serial type='tcp'><source mode='bind' host='127.0.0.1'/></serial>"),
    "serial target type": dict(dev="<serial type='pty'><target type='x'/></serial>"),
    "serial target model": dict(dev="<serial type='pty'><target type='isa-serial'><model name='x'/></target></serial>"),
    "serial target port": dict(dev="<serial type='pty'><target port='x'/></serial>"),
    "serial log without file": dict(dev="<serial type='pty'><log append='on'/></serial>"),
    "serial log append": dict(dev="<serial type='pty'><log file='/x' append='x'/></serial>"),
    "serial protocol": dict(dev="<serial type='tcp'><source mode='bind' host='127.0.0.1' service='9'/><protocol type='x'/></serial>"),
    "console target type": dict(dev="<console type='pty'><target type='x'/></console>"),
    "console type": dict(dev="<console type='x'/>"),
    "channel without target": dict(dev="<channel type='unix'/>"),
    "channel target type": dict(dev="<channel type='unix'><target type='x'/></channel>"),
    "channel guestfwd without address": dict(dev="<channel type='unix'><source mode='bind' path='/x'/><target type='guestfwd'/></channel>"),
    "channel name twice": dict(dev=AGENT * 2),
    "parallel type": dict(dev="<parallel type='x'/>"),
    "graphics type": dict(dev="<graphics type='x'/>"),
    "graphics without type": dict(dev="<graphics/>"),
    "graphics vnc port": dict(dev="<graphics type='vnc' port='x'/>"),
    "graphics vnc port low": dict(dev="<graphics type='vnc' port='17'/>"),
    "graphics autoport": dict(dev="<graphics type='vnc' autoport='x'/>"),
    "graphics listen against element": dict(dev="<graphics type='vnc' listen='127.0.0.1'><listen type='address' address='127.0.0.2'/></graphics>"),
    "graphics listen type": dict(dev="<graphics type='vnc'><listen type='x'/></graphics>"),
    "graphics passwd validity": dict(dev="<graphics type='vnc' passwd='a' passwdValidTo='x'/>"),
    "graphics sharePolicy": dict(dev="<graphics type='vnc' sharePolicy='x'/>"),
    "graphics vnc twice": dict(dev="<graphics type='vnc'/>" * 2),
    "graphics connected": dict(dev="<graphics type='vnc' passwd='a' connected='x'/>"),
    "graphics spice channel": dict(dev="<graphics type='spice'><channel name='x' mode='secure'/></graphics>"),
    "video model": dict(dev="<video><model type='x'/></video>"),
    "video vram": dict(dev="<video><model type='vga' vram='x'/></video>"),
    "video heads": dict(dev="<video><model type='vga' heads='x'/></video>"),
    "video two primary": dict(dev="<video><model type='vga' primary='yes'/></video>" * 2),
    "video none with another": dict(dev="<video><model type='none'/></video><video><model type='vga'/></video>"),
    "video acceleration": dict(dev="<video><model type='virtio'><acceleration accel3d='x'/></model></video>"),
    "input type": dict(dev="<input type='x'/>"),
    "input without type": dict(dev="<input bus='usb'/>"),
    "input bus": dict(dev="<input type='mouse' bus='x'/>"),
    "input tablet on ps2": dict(dev="<input type='tablet' bus='ps2'/>"),
    "sound model": dict(dev="<sound model='x'/>"),
    "audio type": dict(dev="<audio id='1' type='x'/>"),
    "memballoon model": dict(dev="<memballoon model='x'/>"),
    "memballoon twice": dict(dev="<memballoon model='virtio'/>" * 2),
    "memballoon period": dict(dev="<memballoon model='virtio'><stats period='x'/></memballoon>"),
    "memballoon autodeflate": dict(dev="<memballoon model='virtio' autodeflate='x'/>"),
    "rng model": dict(dev="<rng model='x'><backend model='random'>/dev/urandom</backend></rng>"),
    "rng without model": dict(dev="<rng><backend model='random'>/dev/urandom</backend></rng>"),
    "rng without backend": dict(dev="<rng model='virtio'/>"),
    "rng backend model": dict(dev="<rng model='virtio'><backend model='x'/></rng>"),
    "rng rate": dict(dev="<rng model='virtio'><rate bytes='x'/><backend model='random'>/dev/urandom</backend></rng>"),
    "rng two backends": dict(dev="<rng model='virtio'><backend model='random'>/dev/random</backend>"
                                 "<backend model='random'>/dev/urandom</backend></rng>"),
    "watchdog model": dict(dev="<watchdog model='x'/>"),
    "watchdog without model": dict(dev="<watchdog action='reset'/>"),
    "watchdog action": dict(dev="<watchdog model='i6300esb' action='x'/>"),
    "panic model": dict(dev="<panic model='x'/>"),
    "panic twice": dict(dev="<panic model='isa'/>" * 2),
    "panic pseries on x86": dict(dev="<panic model='pseries'/>"),
    "hub type": dict(dev="<hub type='x'/>"),
    "tpm backend": dict(dev="<tpm model='tpm-tis'><backend type='x'/></tpm>"),
    "hostdev mode": dict(dev="<hostdev mode='x' type='pci'/>"),
    "hostdev without source": dict(dev="<hostdev mode='subsystem' type='pci'/>"),
    "filesystem without target": dict(dev="<filesystem type='mount'><source dir='/x'/></filesystem>"),
    "redirdev bus": dict(dev="<redirdev bus='x' type='tcp'/>"),
    "smartcard mode": dict(dev="<smartcard mode='x'/>"),
    "shmem without name": dict(dev="<shmem><size unit='M'>4</size></shmem>"),
    "memory device model": dict(dev="<memory model='x'/>"),
    "iommu model": dict(dev="<iommu model='x'/>"),
    "vsock cid": dict(dev="<vsock model='virtio'><cid auto='no' address='1'/></vsock>"),
    "alias characters": dict(dev=D % ("", V + "<alias name='ua-a b'/>")),
    "alias twice": dict(dev=(D % ("", V + "<alias name='ua-x'/>")) +
                        (D % ("", "<target dev='vdb' bus='virtio'/><alias name='ua-x'/>"))),
    "name of an existing guest": dict(name="sw-off"),
    "uuid of an existing guest": dict(uuid="<uuid>%s</uuid>" % UUID["off"]),
    "name of one and uuid of another": dict(name="sw-off", uuid="<uuid>%s</uuid>" % UUID["paused"]),
}


def document_text(row):
    return row if isinstance(row, str) else document(**row)


# ---- calls -----------------------------------------------------------------------------------------

LIVE, CONFIG = libvirt.VIR_DOMAIN_AFFECT_LIVE, libvirt.VIR_DOMAIN_AFFECT_CONFIG
DESC, TITLE, ELEMENT = (libvirt.VIR_DOMAIN_METADATA_DESCRIPTION, libvirt.VIR_DOMAIN_METADATA_TITLE,
                        libvirt.VIR_DOMAIN_METADATA_ELEMENT)
CPU = "<cpu><arch>x86_64</arch><model>%s</model></cpu>"
VENDOR = "<cpu><arch>x86_64</arch><model>486</model><vendor>%s</vendor></cpu>"
BAD = 1 << 30
AGENT_MODE = libvirt.VIR_DOMAIN_SHUTDOWN_GUEST_AGENT


def monitor(conn, dom, command, flags=0):
    return libvirt_qemu.qemuMonitorCommand(dom, command, flags)


def agent(conn, dom, command, timeout=2, flags=0):
    return libvirt_qemu.qemuAgentCommand(dom, command, timeout, flags)


def open_console(conn, dom, alias, flags=0):
    stream = conn.newStream()
    dom.openConsole(alias, stream, flags)
    stream.abort()


def screenshot(conn, dom, screen, flags=0):
    stream = conn.newStream()
    dom.screenshot(stream, screen, flags)
    stream.abort()


CALLS = {
    # lookups
    "look up an unknown name": (None, lambda c, d, s: c.lookupByName("sw-nonesuch")),
    "look up an unknown uuid": (None, lambda c, d, s: c.lookupByUUIDString(NO_UUID)),
    "look up an unknown id": (None, lambda c, d, s: c.lookupByID(999999)),
    "list with unknown flags": (None, lambda c, d, s: c.listAllDomains(BAD)),
    "all stats with unknown flags": (None, lambda c, d, s: c.getAllDomainStats(0, 1 << 5)),
    "all stats of unknown groups enforced": (None, lambda c, d, s: c.getAllDomainStats(1 << 28, libvirt.VIR_CONNECT_GET_ALL_DOMAINS_STATS_ENFORCE_STATS)),
    # documents and flags
    "define with unknown flags": (None, lambda c, d, s: c.defineXMLFlags(document(), BAD)),
    "define against the schema": (None, lambda c, d, s: c.defineXMLFlags(document(more="<nonsense/>"), libvirt.VIR_DOMAIN_DEFINE_VALIDATE)),
    "create with unknown flags": (None, lambda c, d, s: c.createXML(document(), BAD)),
    "create from nonsense": (None, lambda c, d, s: c.createXML("nonsense", 0)),
    "create without a name": (None, lambda c, d, s: c.createXML(document(named=""), 0)),
    "create against the schema": (None, lambda c, d, s: c.createXML(document(more="<nonsense/>"), libvirt.VIR_DOMAIN_START_VALIDATE)),
    "create a running guest again": ("transient", lambda c, d, s: c.createXML(tiny("sw-transient", uuid=UUID["transient"]), 0)),
    "create with a name in use": ("transient", lambda c, d, s: c.createXML(tiny("sw-transient"), 0)),
    "create with a uuid in use": ("transient", lambda c, d, s: c.createXML(tiny("sw-another", uuid=UUID["transient"]), 0)),
    "create with a defined name": ("off", lambda c, d, s: c.createXML(tiny("sw-off"), 0)),
    "create with a defined uuid": ("off", lambda c, d, s: c.createXML(tiny("sw-another", uuid=UUID["off"]), 0)),
    "define with a running name": ("running", lambda c, d, s: c.defineXML(tiny("sw-running"))),
    "define with a running uuid": ("running", lambda c, d, s: c.defineXML(tiny("sw-another", uuid=UUID["running"]))),
    # life cycle
    "start a running guest": ("running", lambda c, d, s: d.create()),
    "start a paused guest": ("paused", lambda c, d, s: d.create()),
    "start a transient guest": ("transient", lambda c, d, s: d.create()),
    "start with unknown flags": ("off", lambda c, d, s: d.createWithFlags(BAD)),
    "suspend a stopped guest": ("off", lambda c, d, s: d.suspend()),
    "resume a stopped guest": ("off", lambda c, d, s: d.resume()),
    "resume a running guest": ("running", lambda c, d, s: d.resume()),
    "shut down a stopped guest": ("off", lambda c, d, s: d.shutdown()),
    "shut down with unknown flags": ("running", lambda c, d, s: d.shutdownFlags(BAD)),
    "shut down through initctl": ("running", lambda c, d, s: d.shutdownFlags(libvirt.VIR_DOMAIN_SHUTDOWN_INITCTL)),
    "shut down by signal": ("running", lambda c, d, s: d.shutdownFlags(libvirt.VIR_DOMAIN_SHUTDOWN_SIGNAL)),
    "shut down paravirt": ("running", lambda c, d, s: d.shutdownFlags(libvirt.VIR_DOMAIN_SHUTDOWN_PARAVIRT)),
    "shut down by an absent agent": ("running", lambda c, d, s: d.shutdownFlags(AGENT_MODE)),
    "shut down without an agent channel": ("bare", lambda c, d, s: d.shutdownFlags(AGENT_MODE)),
    "reboot a stopped guest": ("off", lambda c, d, s: d.reboot(0)),
    "reboot with unknown flags": ("running", lambda c, d, s: d.reboot(BAD)),
    "reboot by an absent agent": ("running", lambda c, d, s: d.reboot(libvirt.VIR_DOMAIN_REBOOT_GUEST_AGENT)),
    "reboot without an agent channel": ("bare", lambda c, d, s: d.reboot(libvirt.VIR_DOMAIN_REBOOT_GUEST_AGENT)),
    "reset a stopped guest": ("off", lambda c, d, s: d.reset()),
    "reset with flags": ("running", lambda c, d, s: d.reset(1)),
    "destroy a stopped guest": ("off", lambda c, d, s: d.destroy()),
    "destroy with unknown flags": ("running", lambda c, d, s: d.destroyFlags(BAD)),
    "destroy gracefully a stopped guest": ("off", lambda c, d, s: d.destroyFlags(libvirt.VIR_DOMAIN_DESTROY_GRACEFUL)),
    "undefine a transient guest": ("transient", lambda c, d, s: d.undefine()),
    "undefine with unknown flags": ("off", lambda c, d, s: d.undefineFlags(BAD)),
    "undefine NVRAM both ways": ("off", lambda c, d, s: d.undefineFlags(libvirt.VIR_DOMAIN_UNDEFINE_NVRAM | libvirt.VIR_DOMAIN_UNDEFINE_KEEP_NVRAM)),
    "autostart a transient guest": ("transient", lambda c, d, s: d.setAutostart(1)),
    "rename a running guest": ("running", lambda c, d, s: d.rename("sw-other")),
    "rename a transient guest": ("transient", lambda c, d, s: d.rename("sw-other")),
    "rename to itself": ("off", lambda c, d, s: d.rename("sw-off")),
    "rename to an existing name": ("off", lambda c, d, s: d.rename("sw-running")),
    "rename with a slash": ("off", lambda c, d, s: d.rename("sw/x")),
    "rename to nothing": ("off", lambda c, d, s: d.rename("")),
    "rename with flags": ("off", lambda c, d, s: d.rename("sw-other", 1)),
    "a guest that is gone": (None, lambda c, d, s: gone(c).info()),
    "XML of a guest that is gone": (None, lambda c, d, s: gone(c).XMLDesc()),
    "start a guest that is gone": (None, lambda c, d, s: gone(c).create()),
    "destroy a guest that is gone": (None, lambda c, d, s: gone(c).destroy()),
    "undefine a guest that is gone": (None, lambda c, d, s: gone(c).undefine()),
    # queries
    "XML with unknown flags": ("off", lambda c, d, s: d.XMLDesc(BAD)),
    "inactive XML with unknown flags": ("off", lambda c, d, s: d.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE | BAD)),
    "state with flags": ("off", lambda c, d, s: d.state(BAD)),
    "control info of a stopped guest": ("off", lambda c, d, s: d.controlInfo()),
    "max vcpus of a stopped guest": ("off", lambda c, d, s: d.vcpusFlags(LIVE)),
    "vcpu count live and config": ("running", lambda c, d, s: d.vcpusFlags(LIVE | CONFIG)),
    "vcpu count with unknown flags": ("running", lambda c, d, s: d.vcpusFlags(BAD)),
    "vcpu count by an absent agent": ("running", lambda c, d, s: d.vcpusFlags(libvirt.VIR_DOMAIN_VCPU_GUEST)),
    "vcpu info of a stopped guest": ("off", lambda c, d, s: d.vcpus()),
    "vcpu pin live of a stopped guest": ("off", lambda c, d, s: d.vcpuPinInfo(LIVE)),
    "emulator pin live of a stopped guest": ("off", lambda c, d, s: d.emulatorPinInfo(LIVE)),
    "iothread info live of a stopped guest": ("off", lambda c, d, s: d.ioThreadInfo(LIVE)),
    "memory stats of a stopped guest": ("off", lambda c, d, s: d.memoryStats()),
    "cpu stats of a stopped guest": ("off", lambda c, d, s: d.getCPUStats(True)),
    "cpu stats with flags": ("running", lambda c, d, s: d.getCPUStats(True, BAD)),
    "block info of an unknown disk": ("off", lambda c, d, s: d.blockInfo("vdq")),
    "block info of an unknown path": ("running", lambda c, d, s: d.blockInfo("/nonexistent")),
    "block info with flags": ("off", lambda c, d, s: d.blockInfo("vda", 1)),
    "block stats of a stopped guest": ("off", lambda c, d, s: d.blockStats("vda")),
    "block stats of an unknown disk": ("running", lambda c, d, s: d.blockStats("vdq")),
    "block stats without disks": ("bare", lambda c, d, s: d.blockStats("vda")),
    "block stats flags of an unknown disk": ("running", lambda c, d, s: d.blockStatsFlags("vdq")),
    "block stats flags of a stopped guest": ("off", lambda c, d, s: d.blockStatsFlags("vda")),
    "interface stats of a stopped guest": ("off", lambda c, d, s: d.interfaceStats("vnet0")),
    "interface stats of an unknown device": ("running", lambda c, d, s: d.interfaceStats("vnet999")),
    "interface stats of a user network": ("running", lambda c, d, s: d.interfaceStats("52:54:00:00:00:01")),
    "disk errors of a stopped guest": ("off", lambda c, d, s: d.diskErrors()),
    "job info of a guest that is gone": (None, lambda c, d, s: gone(c).jobInfo()),
    "job stats with unknown flags": ("running", lambda c, d, s: d.jobStats(BAD)),
    "abort no job": ("running", lambda c, d, s: d.abortJob()),
    "abort a job of a stopped guest": ("off", lambda c, d, s: d.abortJob()),
    "scheduler of a stopped guest live": ("off", lambda c, d, s: d.schedulerParametersFlags(LIVE)),
    "peek at a stopped guest's memory": ("off", lambda c, d, s: d.memoryPeek(0, 8, 1)),
    "peek at a bad block path": ("off", lambda c, d, s: d.blockPeek("/nonexistent", 0, 8)),
    "block io tune of an unknown disk": ("running", lambda c, d, s: d.blockIoTune("vdq")),
    "block job info of an unknown disk": ("running", lambda c, d, s: d.blockJobInfo("vdq")),
    "block resize of an unknown disk": ("running", lambda c, d, s: d.blockResize("vdq", 1024)),
    "block resize of a stopped guest": ("off", lambda c, d, s: d.blockResize("vda", 1024)),
    "NUMA parameters of a stopped guest live": ("off", lambda c, d, s: d.numaParameters(LIVE)),
    "interface addresses from an unknown source": ("running", lambda c, d, s: d.interfaceAddresses(99)),
    "interface addresses of a stopped guest": ("off", lambda c, d, s: d.interfaceAddresses(0)),
    "interface addresses by an absent agent": ("running", lambda c, d, s: d.interfaceAddresses(1)),
    "host name from DHCP of a user network": ("running", lambda c, d, s: d.hostname(libvirt.VIR_DOMAIN_GET_HOSTNAME_LEASE)),
    "snapshot that does not exist": ("off", lambda c, d, s: d.snapshotLookupByName("x")),
    "current snapshot without any": ("off", lambda c, d, s: d.snapshotCurrent()),
    "checkpoint that does not exist": ("off", lambda c, d, s: d.checkpointLookupByName("x")),
    "managed save XML without image": ("off", lambda c, d, s: d.managedSaveGetXMLDesc()),
    # console, keys, screen
    "console of a stopped guest": ("off", lambda c, d, s: open_console(c, d, None)),
    "console of an unknown device": ("running", lambda c, d, s: open_console(c, d, "serial9")),
    "console of a guest without one": ("bare", lambda c, d, s: open_console(c, d, None)),
    "console with unknown flags": ("running", lambda c, d, s: open_console(c, d, None, BAD)),
    "channel that does not exist": ("running", lambda c, d, s: d.openChannel("nonesuch", c.newStream())),
    "channel of a guest without one": ("bare", lambda c, d, s: d.openChannel(None, c.newStream())),
    "screenshot of a stopped guest": ("off", lambda c, d, s: screenshot(c, d, 0)),
    "screenshot of screen 9": ("running", lambda c, d, s: screenshot(c, d, 9)),
    "screenshot without video": ("bare", lambda c, d, s: screenshot(c, d, 0)),
    "screenshot with flags": ("running", lambda c, d, s: screenshot(c, d, 0, 1)),
    "send a key to a stopped guest": ("off", lambda c, d, s: d.sendKey(0, 0, [30], 1)),
    "send a key beyond the table": ("running", lambda c, d, s: d.sendKey(libvirt.VIR_KEYCODE_SET_WIN32, 0, [65535], 1)),
    "send an unknown XT key": ("running", lambda c, d, s: d.sendKey(libvirt.VIR_KEYCODE_SET_XT, 0, [70000], 1)),
    "send a key of an unknown codeset": ("running", lambda c, d, s: d.sendKey(77, 0, [30], 1)),
    "send a key with flags": ("running", lambda c, d, s: d.sendKey(0, 0, [30], 1, 1)),
    "NMI to a stopped guest": ("off", lambda c, d, s: d.injectNMI()),
    "NMI with flags": ("running", lambda c, d, s: d.injectNMI(1)),
    "process signal": ("running", lambda c, d, s: d.sendProcessSignal(1, 9)),
    "graphics of a stopped guest": ("off", lambda c, d, s: d.openGraphics(0, 1, 0)),
    "graphics of a guest without any": ("running", lambda c, d, s: d.openGraphicsFD(0, 0)),
    # metadata
    "metadata that is not there": ("off", lambda c, d, s: d.metadata(ELEMENT, "http://example.org/none")),
    "title that is not there": ("off", lambda c, d, s: d.metadata(TITLE, None)),
    "description that is not there": ("off", lambda c, d, s: d.metadata(DESC, None)),
    "metadata live of a stopped guest": ("off", lambda c, d, s: d.metadata(TITLE, None, LIVE)),
    "metadata config of a transient guest": ("transient", lambda c, d, s: d.metadata(TITLE, None, CONFIG)),
    "metadata live and config": ("running", lambda c, d, s: d.metadata(TITLE, None, LIVE | CONFIG)),
    "metadata of unknown type": ("off", lambda c, d, s: d.metadata(77, None)),
    "metadata with unknown flags": ("off", lambda c, d, s: d.metadata(TITLE, None, BAD)),
    "set metadata that is not XML": ("off", lambda c, d, s: d.setMetadata(ELEMENT, "nonsense<", "k", "http://example.org/1")),
    "set metadata live of a stopped guest": ("off", lambda c, d, s: d.setMetadata(DESC, "x", None, None, LIVE)),
    "set metadata config of a transient guest": ("transient", lambda c, d, s: d.setMetadata(DESC, "x", None, None, CONFIG)),
    "set a title with a newline": ("off", lambda c, d, s: d.setMetadata(TITLE, "a\nb", None, None)),
    "set metadata of unknown type": ("off", lambda c, d, s: d.setMetadata(77, "x", None, None)),
    "set metadata without a key": ("off", lambda c, d, s: d.setMetadata(ELEMENT, "<x/>", None, "http://example.org/1")),
    "set metadata without a URI": ("off", lambda c, d, s: d.setMetadata(ELEMENT, "<x/>", "k", None)),
    # monitor and agent
    "monitor command to a stopped guest": ("off", lambda c, d, s: monitor(c, d, '{"execute":"query-status"}')),
    "monitor command with unknown flags": ("running", lambda c, d, s: monitor(c, d, '{"execute":"query-status"}', BAD)),
    "monitor command that is broken JSON": ("running", lambda c, d, s: monitor(c, d, '{"execute":')),
    "agent command to a stopped guest": ("off", lambda c, d, s: agent(c, d, '{"execute":"guest-ping"}')),
    "agent command to a paused guest": ("paused", lambda c, d, s: agent(c, d, '{"execute":"guest-ping"}')),
    "agent command to an absent agent": ("running", lambda c, d, s: agent(c, d, '{"execute":"guest-ping"}')),
    "agent command without a channel": ("bare", lambda c, d, s: agent(c, d, '{"execute":"guest-ping"}')),
    "agent command with flags": ("running", lambda c, d, s: agent(c, d, '{"execute":"guest-ping"}', 2, 1)),
    "agent command with a bad timeout": ("running", lambda c, d, s: agent(c, d, '{"execute":"guest-ping"}', -7)),
    "agent time": ("running", lambda c, d, s: d.getTime()),
    "agent time without a channel": ("bare", lambda c, d, s: d.getTime()),
    "agent time of a stopped guest": ("off", lambda c, d, s: d.getTime()),
    "agent set time": ("running", lambda c, d, s: d.setTime({"seconds": 1, "nseconds": 0})),
    "agent set time without a channel": ("bare", lambda c, d, s: d.setTime({"seconds": 1, "nseconds": 0})),
    "agent file systems": ("running", lambda c, d, s: d.fsInfo()),
    "agent file systems without a channel": ("bare", lambda c, d, s: d.fsInfo()),
    "agent freeze": ("running", lambda c, d, s: d.fsFreeze()),
    "agent freeze without a channel": ("bare", lambda c, d, s: d.fsFreeze()),
    "agent thaw": ("running", lambda c, d, s: d.fsThaw()),
    "agent trim": ("running", lambda c, d, s: d.fSTrim(None, 0)),
    "agent host name": ("running", lambda c, d, s: d.hostname(libvirt.VIR_DOMAIN_GET_HOSTNAME_AGENT)),
    "agent host name without a channel": ("bare", lambda c, d, s: d.hostname(libvirt.VIR_DOMAIN_GET_HOSTNAME_AGENT)),
    "agent guest info": ("running", lambda c, d, s: d.guestInfo(0)),
    "agent guest info without a channel": ("bare", lambda c, d, s: d.guestInfo(0)),
    "agent set vcpus": ("running", lambda c, d, s: d.setVcpusFlags(1, libvirt.VIR_DOMAIN_VCPU_GUEST)),
    "agent password": ("running", lambda c, d, s: d.setUserPassword("a", "b")),
    "agent password without a channel": ("bare", lambda c, d, s: d.setUserPassword("a", "b")),
    "agent ssh keys": ("running", lambda c, d, s: d.authorizedSSHKeysGet("root")),
    "agent suspend": ("running", lambda c, d, s: d.pMSuspendForDuration(0, 0)),
    "agent suspend of a stopped guest": ("off", lambda c, d, s: d.pMSuspendForDuration(0, 0)),
    "agent timeout of a bad value": ("running", lambda c, d, s: d.agentSetResponseTimeout(-9)),
    "wake up a guest that does not sleep": ("running", lambda c, d, s: d.pMWakeup()),
    "wake up a stopped guest": ("off", lambda c, d, s: d.pMWakeup()),
    # changes
    "set memory of a stopped guest live": ("off", lambda c, d, s: d.setMemoryFlags(16384, LIVE)),
    "set memory above the maximum": ("running", lambda c, d, s: d.setMemory(1 << 20)),
    "set maximum memory live": ("running", lambda c, d, s: d.setMemoryFlags(1 << 20, libvirt.VIR_DOMAIN_MEM_MAXIMUM | LIVE)),
    "set vcpus to zero": ("off", lambda c, d, s: d.setVcpusFlags(0, CONFIG)),
    "set vcpus above the maximum": ("off", lambda c, d, s: d.setVcpusFlags(7, CONFIG)),
    "set vcpus of a stopped guest live": ("off", lambda c, d, s: d.setVcpus(1)),
    "memory stats period of a stopped guest live": ("off", lambda c, d, s: d.setMemoryStatsPeriod(5, LIVE)),
    "pin an unknown vcpu": ("running", lambda c, d, s: d.pinVcpu(7, (True, True))),
    "attach nonsense": ("running", lambda c, d, s: d.attachDevice("nonsense")),
    "attach a device to a stopped guest": ("off", lambda c, d, s: d.attachDevice("<disk/>")),
    "detach an unknown disk": ("running", lambda c, d, s: d.detachDevice(disk("/x", "vdq"))),
    "save a stopped guest": ("off", lambda c, d, s: d.save("/nonexistent/x")),
    "restore a file that is not there": (None, lambda c, d, s: c.restore("/nonexistent/x")),
    "core dump of a stopped guest": ("off", lambda c, d, s: d.coreDump("/nonexistent/x")),
    "managed save of a stopped guest": ("off", lambda c, d, s: d.managedSave()),
    "managed save of a transient guest": ("transient", lambda c, d, s: d.managedSave()),
    # host
    "capabilities of an unknown arch": (None, lambda c, d, s: c.getDomainCapabilities(None, "z80", None, None)),
    "capabilities of an unknown machine": (None, lambda c, d, s: c.getDomainCapabilities(None, "x86_64", "abacus", "qemu")),
    "capabilities of an unknown type": (None, lambda c, d, s: c.getDomainCapabilities(None, None, None, "nonsense")),
    "capabilities of another hypervisor": (None, lambda c, d, s: c.getDomainCapabilities(None, None, None, "xen")),
    "capabilities of a missing emulator": (None, lambda c, d, s: c.getDomainCapabilities("/nonexistent", None, None, None)),
    "capabilities of another arch's emulator": (None, lambda c, d, s: c.getDomainCapabilities("/usr/bin/qemu-system-x86_64", "aarch64", None, None)),
    "capabilities with flags": (None, lambda c, d, s: c.getDomainCapabilities(None, None, None, None, 1)),
    "free memory of unknown cells": (None, lambda c, d, s: c.getCellsFreeMemory(99, 1)),
    "cpu stats of an unknown cpu": (None, lambda c, d, s: c.getCPUStats(999)),
    "memory stats of an unknown cell": (None, lambda c, d, s: c.getMemoryStats(999)),
    "cpu map with flags": (None, lambda c, d, s: c.getCPUMap(1)),
    "max vcpus of an unknown type": (None, lambda c, d, s: c.getMaxVcpus("nonsense")),
    "sysinfo with flags": (None, lambda c, d, s: c.getSysinfo(1)),
    "compare a cpu that is nonsense": (None, lambda c, d, s: c.compareCPU("nonsense")),
    "compare a cpu of an unknown model": (None, lambda c, d, s: c.compareCPU("<cpu><arch>x86_64</arch><model>x</model></cpu>")),
    "baseline of no cpus": (None, lambda c, d, s: c.baselineCPU([])),
    "compare a cpu with unknown flags": (None, lambda c, d, s: c.compareCPU(CPU % "486", 64)),
    "compare a cpu without a model": (None, lambda c, d, s: c.compareCPU("<cpu><arch>x86_64</arch></cpu>")),
    "compare a cpu with an unknown feature": (None, lambda c, d, s: c.compareCPU(
        "<cpu><model>486</model><feature name='x'/></cpu>")),
    "compare a cpu of an unknown arch": (None, lambda c, d, s: c.compareCPU("<cpu><arch>x</arch><model>486</model></cpu>")),
    "compare a cpu of a host with a mode": (None, lambda c, d, s: c.compareCPU("<cpu mode='custom'><arch>x86_64</arch></cpu>")),
    "compare a cpu with a feature twice": (None, lambda c, d, s: c.compareCPU(
        "<cpu><model>486</model><feature name='vme'/><feature name='vme'/></cpu>")),
    "compare a cpu that must fit": (None, lambda c, d, s: c.compareCPU("<cpu><model>486</model><vendor>x</vendor></cpu>", 1)),
    "compare a cpu for an unknown type": (None, lambda c, d, s: c.compareHypervisorCPU(None, None, None, "x", CPU % "486")),
    "compare a cpu for an unknown machine": (None, lambda c, d, s: c.compareHypervisorCPU(None, None, "x", None, CPU % "486")),
    "compare a cpu for a missing emulator": (None, lambda c, d, s: c.compareHypervisorCPU("/x", None, None, None, CPU % "486")),
    "baseline of an unknown cpu model": (None, lambda c, d, s: c.baselineCPU([CPU % "x"])),
    "baseline of a guest's cpu": (None, lambda c, d, s: c.baselineCPU(["<cpu mode='host-model'/>"])),
    "baseline of a cpu without arch": (None, lambda c, d, s: c.baselineCPU(["<cpu><model>486</model></cpu>"])),
    "baseline of an unknown cpu vendor": (None, lambda c, d, s: c.baselineCPU([VENDOR % "x"])),
    "baseline of cpus of two vendors": (None, lambda c, d, s: c.baselineCPU([
        VENDOR % "Intel", VENDOR % "AMD"])),
    "baseline of two models of POWER": (None, lambda c, d, s: c.baselineCPU([
        "<cpu><arch>ppc64</arch><model>POWER7</model></cpu>", "<cpu><arch>ppc64</arch><model>POWER8</model></cpu>"])),
    "baseline of cpus of s390x": (None, lambda c, d, s: c.baselineCPU(["<cpu><arch>s390x</arch><model>z13</model></cpu>"])),
    "baseline of a cpu without a model": (None, lambda c, d, s: c.baselineHypervisorCPU(
        None, None, None, None, ["<cpu mode='host-model'/>"])),
    "baseline for an unknown type": (None, lambda c, d, s: c.baselineHypervisorCPU(None, None, None, "x", [CPU % "486"])),
    "cpu models of an arch without any": (None, lambda c, d, s: c.getCPUModelNames("mips")),
    "cpu models of an unknown arch": (None, lambda c, d, s: c.getCPUModelNames("z80")),
    "native configuration of an unknown format": (None, lambda c, d, s: c.domainXMLFromNative("nonsense", "")),
    "to native of an unknown format": (None, lambda c, d, s: c.domainXMLToNative("nonsense", document())),
    "suspend the host for too short": (None, lambda c, d, s: c.suspendForDuration(0, 5)),
    "suspend the host to nowhere": (None, lambda c, d, s: c.suspendForDuration(77, 100)),
    "node memory parameters with flags": (None, lambda c, d, s: c.getMemoryParameters(BAD)),
    "free pages of no page size": (None, lambda c, d, s: c.getFreePages([4096], 99, 1)),
}


# What this version does not serve yet: such rows may be answered with VIR_ERR_NO_SUPPORT (a call) or
# VIR_ERR_CONFIG_UNSUPPORTED (an element), and are reported as skipped then.
LATER = {
    "call": {
        "block job info of an unknown disk",
        "snapshot that does not exist", "current snapshot without any", "checkpoint that does not exist",
        "managed save XML without image", "graphics of a guest without any", 
        "save a stopped guest", "restore a file that is not there",
        "managed save of a stopped guest", "managed save of a transient guest", "suspend the host for too short",
        "suspend the host to nowhere", "node memory parameters with flags",
    },
    "document": set(),
    "start": {"start on an unknown network"},
}
NOT_SERVED = {"VIR_ERR_NO_SUPPORT", "VIR_ERR_CONFIG_UNSUPPORTED"}


def gone(conn):
    """A handle of a guest that has been undefined."""
    dom = conn.defineXML(tiny("sw-gone"))
    dom.undefine()
    return dom


# ---- starts ----------------------------------------------------------------------------------------

def direct_kernel(path):
    return dict(os_extra="<kernel>%s</kernel>" % path)


STARTS = {
    "start without its image": dict(devices=disk("/nonexistent/x.img")),
    "start with a folder as image": dict(devices=disk("/etc")),
    "start with an image of another format": dict(devices=disk("/etc/passwd", fmt="qcow2")),
    "start with a missing block device": dict(devices="<disk type='block'><source dev='/dev/nonexistent'/><target dev='vda' bus='virtio'/></disk>"),
    "start without its kernel": direct_kernel("/nonexistent/vmlinuz"),
    "start with a serial file in no folder": dict(devices="<serial type='file'><source path='%(logs)s/x/y'/></serial>"),
    "start with a serial device that is not there": dict(devices="<serial type='dev'><source path='/dev/nonexistent'/></serial>"),
    "start with a serial socket in no folder": dict(devices="<serial type='unix'><source mode='bind' path='/nonexistent/x/y'/></serial>"),
    "start with a serial log in no folder": dict(devices="<serial type='pty'><log file='%(logs)s/x/y'/></serial>"),
    "start with a missing entropy source": dict(devices="<rng model='virtio'><backend model='random'>/dev/nonexistent</backend></rng>"),
    "start with one disk twice": dict(devices=disk("%(image)s") + disk("%(image)s", "vdb")),
    "start with an address that cannot listen": dict(devices="<graphics type='vnc' port='5999' listen='192.0.2.7'/>"),
    "start on an unknown network": dict(devices="<interface type='network'><source network='nonesuch'/></interface>"),
    "start on an unknown bridge": dict(devices="<interface type='bridge'><source bridge='nonesuch0'/></interface>"),
    "start with a cdrom image missing": dict(devices="<disk type='file' device='cdrom'><source file='/nonexistent.iso'/><target dev='hda' bus='ide'/></disk>"),
    "start with a backing file missing": dict(devices=disk("%(overlay)s", fmt="qcow2")),
    "start with more memory than there is": dict(memory="999999999"),
    "start with cpus pinned nowhere": dict(before="<cputune><vcpupin vcpu='0' cpuset='63'/></cputune>"),
    "start with hugepages that are not there": dict(before="<memoryBacking><hugepages/></memoryBacking>"),
}
