/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Documents with one mistake each: the code and subsystem that libvirt 9.0.0
 * gives, and what our words must say about the place. */
#include "model/domain/test-platform.h"
#include "util/error.h"

typedef struct
{
  const char *name;
  const char *general;          /* replaces what follows the memory */
  const char *devices;
  virErrorNumber code;
  virErrorDomain from;
  const char *text;             /* part of the message */
} Mistake;

#define OS "<os><type arch='x86_64' machine='pc'>hvm</type></os>"
#define DISK(body_) "<disk type='file' device='disk'><source file='/a'/>" body_ "</disk>"
#define VDA "<target dev='vda' bus='virtio'/>"
#define E(code_) VIR_ERR_##code_
#define F(from_) VIR_FROM_##from_

static const Mistake mistakes[] = {
  { "os-type", "<os><type>nonsense</type></os>", "", E (CONFIG_UNSUPPORTED), F (DOMAIN), "domain/os/type at line 5: " },
  { "no-os", "", "", E (XML_ERROR), F (DOMAIN), "os/type" },
  { "xen", "<os><type>xen</type></os>", "", E (CONFIG_UNSUPPORTED), F (QEMU), "'xen'" },
  { "arch", "<os><type arch='z80'>hvm</type></os>", "", E (CONFIG_UNSUPPORTED), F (DOMAIN), "'z80'" },
  { "no-emulator", "<os><type arch='alpha'>hvm</type></os>", "", E (CONFIG_UNSUPPORTED), F (QEMU), "'alpha'" },
  { "machine", "<os><type machine='abacus'>hvm</type></os>", "", E (XML_ERROR), F (DOMAIN), "'abacus'" },
  { "boot-dev", "<os><type>hvm</type><boot dev='tape'/></os>", "", E (XML_ERROR), F (XML),
    "domain/os/boot at line 5: attribute 'dev' is 'tape', not one of fd, cdrom, hd, network" },
  { "vcpus", OS "<vcpu>5000</vcpu>", "", E (CONFIG_UNSUPPORTED), F (QEMU), "255" },
  { "vcpu-current", OS "<vcpu current='3'>2</vcpu>", "", E (CONFIG_UNSUPPORTED), F (DOMAIN), "current='3'" },
  { "vcpu-cpuset", OS "<vcpu cpuset='x'>2</vcpu>", "", E (INVALID_ARG), F (NONE), "domain/vcpu at line 5" },
  { "cpu-mode", OS "<cpu mode='x'/>", "", E (CONFIG_UNSUPPORTED), F (CPU), "host-passthrough" },
  { "cpu-topology", OS "<cpu><topology sockets='3' cores='1' threads='1'/></cpu>", "", E (CONFIG_UNSUPPORTED), F (QEMU), "topology" },
  { "cpu-twice", OS "<cpu><model>qemu64</model><feature name='sse'/><feature name='sse'/></cpu>", "", E (XML_ERROR), F (CPU), "'sse'" },
  { "feature", OS "<features><nonsense/></features>", "", E (CONFIG_UNSUPPORTED), F (DOMAIN), "domain/features/nonsense at line 5" },
  { "timer", OS "<clock><timer name='x'/></clock>", "", E (XML_ERROR), F (XML), "domain/clock/timer" },
  { "timezone", OS "<clock offset='timezone'/>", "", E (INTERNAL_ERROR), F (DOMAIN), "@timezone" },
  { "on-crash", OS "<on_crash>x</on_crash>", "", E (CONFIG_UNSUPPORTED), F (DOMAIN), "domain/on_crash" },
  { "twice", OS "<title>a</title><title>b</title>", "", E (XML_ERROR), F (XML), "domain/title[2] at line 5: there may be only one" },
  { "unit", OS "<currentMemory unit='parsec'>1</currentMemory>", "", E (INVALID_ARG), F (NONE), "parsec" },
  { "overflow", OS "<currentMemory unit='EiB'>99999999</currentMemory>", "", E (OVERFLOW), F (NONE), "99999999 EiB" },
  { "disk-type", OS, "<disk type='x'/>", E (XML_ERROR), F (XML), "domain/devices/disk at line 5: attribute 'type' is 'x'" },
  { "disk-second", OS, DISK (VDA) DISK ("<target dev='vdb' bus='x'/>"), E (XML_ERROR), F (XML), "domain/devices/disk[2]/target" },
  { "disk-target", OS, DISK (""), E (NO_TARGET), F (DOMAIN), "target/@dev" },
  { "disk-twice", OS, DISK (VDA) DISK (VDA), E (XML_ERROR), F (DOMAIN), "'vda'" },
  { "disk-name", OS, DISK ("<target dev='x' bus='virtio'/>"), E (XML_ERROR), F (DOMAIN), "'x'" },
  { "disk-wwn", OS, DISK (VDA "<wwn>x</wwn>"), E (INTERNAL_ERROR), F (NONE), "16 hexadecimal digits" },
  { "disk-source", OS, "<disk type='file'>" VDA "</disk>", E (NO_SOURCE), F (DOMAIN), "domain/devices/disk at line 5: 'source'" },
  { "disk-removable", OS, DISK ("<target dev='sda' bus='scsi' removable='on'/>"), E (XML_ERROR), F (DOMAIN), "bus='usb'" },
  { "disk-tray", OS, DISK ("<target dev='sda' bus='scsi' tray='open'/>"), E (CONFIG_UNSUPPORTED), F (DOMAIN), "tray" },
  { "disk-rawio", OS, "<disk rawio='yes'><source file='/a'/>" VDA "</disk>", E (CONFIG_UNSUPPORTED), F (DOMAIN), "'rawio'" },
  { "disk-queues", OS, DISK ("<driver queues='4'/><target dev='sda' bus='scsi'/>"), E (CONFIG_UNSUPPORTED), F (DOMAIN), "'queues'" },
  { "disk-vendor", OS, DISK ("<target dev='sda' bus='scsi'/><vendor>123456789</vendor>"), E (CONFIG_UNSUPPORTED), F (DOMAIN), "vendor" },
  { "disk-wwn-virtio", OS, DISK (VDA "<wwn>5000c50015ea71ac</wwn>"), E (CONFIG_UNSUPPORTED), F (QEMU), "wwn" },
  { "disk-rotation", OS, DISK ("<target dev='vda' bus='virtio' rotation_rate='1'/>"), E (INTERNAL_ERROR), F (QEMU), "rotation" },
  { "disk-cdrom-virtio", OS, "<disk device='cdrom'><source file='/a'/>" VDA "</disk>", E (CONFIG_UNSUPPORTED), F (QEMU), "eject" },
  { "disk-lun-file", OS, "<disk device='lun'><source file='/a'/><target dev='sda'/></disk>", E (CONFIG_UNSUPPORTED), F (DOMAIN), "type='block'" },
  { "disk-lun-bus", OS, "<disk type='block' device='lun'><source dev='/a'/><target dev='sda' bus='sata'/></disk>", E (CONFIG_UNSUPPORTED), F (QEMU), "'sata'" },
  { "disk-requisite", OS, "<disk><source file='/a' startupPolicy='requisite'/>" VDA "</disk>", E (XML_ERROR), F (DOMAIN), "requisite" },
  { "disk-fat", OS, DISK ("<driver type='fat'/>" VDA), E (CONFIG_UNSUPPORTED), F (QEMU), "type='dir'" },
  { "disk-dir", OS, "<disk type='dir'><driver type='fat'/><source dir='/a'/>" VDA "</disk>", E (CONFIG_UNSUPPORTED), F (QEMU), "readonly" },
  { "disk-format", OS, DISK ("<driver type='x'/>" VDA), E (CONFIG_UNSUPPORTED), F (DOMAIN), "'type' is 'x'" },
  { "disk-iothread", OS, DISK ("<driver iothread='1'/>" VDA), E (CONFIG_UNSUPPORTED), F (QEMU), "iothread 1" },
  { "disk-transient", OS, DISK (VDA "<readonly/><transient/>"), E (CONFIG_UNSUPPORTED), F (QEMU), "transient" },
  { "iotune-both", OS, DISK (VDA "<iotune><total_bytes_sec>1</total_bytes_sec><read_bytes_sec>1</read_bytes_sec></iotune>"), E (XML_ERROR), F (DOMAIN), "domain/devices/disk/iotune at line 5" },
  { "iotune-number", OS, DISK (VDA "<iotune><total_iops_sec>x</total_iops_sec></iotune>"), E (XML_ERROR), F (DOMAIN), "total_iops_sec" },
  { "iotune-high", OS, DISK (VDA "<iotune><total_iops_sec>1000000000000001</total_iops_sec></iotune>"), E (ARGUMENT_UNSUPPORTED), F (QEMU), "1000000000000001" },
  { "iotune-groups", OS, DISK (VDA "<iotune><total_iops_sec>1</total_iops_sec><group_name>g</group_name></iotune>")
    DISK ("<target dev='vdb'/><iotune><total_iops_sec>2</total_iops_sec><group_name>g</group_name></iotune>"),
    E (CONFIG_UNSUPPORTED), F (QEMU), "'vda' and 'vdb'" },
  { "iotune-group", OS, DISK (VDA "<iotune><group_name>a</group_name></iotune>"), E (CONFIG_UNSUPPORTED), F (QEMU), "group_name" },
  { "source-protocol", OS, "<disk type='network'><source name='a'></source>" VDA "</disk>", E (XML_ERROR), F (XML), "'@protocol' is missing" },
  { "source-protocol-name", OS, "<disk type='network'><source protocol='x' name='a'></source>" VDA "</disk>", E (XML_ERROR), F (XML), "'protocol' is 'x'" },
  { "source-name", OS, "<disk type='network'><source protocol='rbd'></source>" VDA "</disk>", E (XML_ERROR), F (DOMAIN), "domain/devices/disk/source at line 5: 'name'" },
  { "source-pool-image", OS, "<disk type='network'><source protocol='rbd' name='a'></source>" VDA "</disk>", E (XML_ERROR), F (NONE), "POOL/IMAGE" },
  { "host-name", OS, "<disk type='network'><source protocol='nbd'><host port='1'/></source>" VDA "</disk>", E (XML_ERROR), F (DOMAIN), "disk/source/host at line 5" },
  { "host-socket", OS, "<disk type='network'><source protocol='nbd'><host transport='unix'/></source>" VDA "</disk>", E (XML_ERROR), F (DOMAIN), "socket" },
  { "host-transport", OS, "<disk type='network'><source protocol='nbd'><host name='a' transport='x'/></source>" VDA "</disk>", E (CONFIG_UNSUPPORTED), F (DOMAIN), "'transport' is 'x'" },
  { "host-port", OS, "<disk type='network'><source protocol='nbd'><host name='a' port='65536'/></source>" VDA "</disk>", E (INVALID_ARG), F (NONE), "65536" },
  { "auth-name", OS, "<disk type='network'><source protocol='rbd' name='a/b'><auth><secret type='ceph' usage='a'/></auth></source>" VDA "</disk>", E (XML_ERROR), F (NONE), "'@username'" },
  { "auth-secret-type", OS, "<disk type='network'><source protocol='rbd' name='a/b'><auth username='a'><secret type='iscsi' usage='a'/></auth></source>" VDA "</disk>", E (CONFIG_UNSUPPORTED), F (DOMAIN), "'iscsi'" },
  { "auth-twice", OS, "<disk type='network'><auth username='a'><secret type='ceph' usage='a'/></auth><source protocol='rbd' name='a/b'>"
    "<auth username='a'><secret type='ceph' usage='a'/></auth></source>" VDA "</disk>", E (CONFIG_UNSUPPORTED), F (DOMAIN), "'auth'" },
  { "tls-hostname", OS, "<disk type='network'><source protocol='https' name='a' tlsHostname='b'></source>" VDA "</disk>", E (CONFIG_UNSUPPORTED), F (QEMU), "tlsHostname" },
  { "cookie-twice", OS, "<disk type='network'><source protocol='http' name='a'><cookies><cookie name='a'>b</cookie><cookie name='a'>b</cookie></cookies></source>" VDA "</disk>", E (XML_ERROR), F (DOMAIN), "cookies 'a'" },
  { "cookie-value", OS, "<disk type='network'><source protocol='http' name='a'><cookies><cookie name='a'>b;</cookie></cookies></source>" VDA "</disk>", E (XML_ERROR), F (DOMAIN), "cookie 'a'" },
  { "nvme-address", OS, "<disk type='nvme'><source type='pci' namespace='1'/>" VDA "</disk>", E (XML_ERROR), F (DOMAIN), "'address'" },
  { "nvme-namespace", OS, "<disk type='nvme'><source type='pci' namespace='0'><address bus='1'/></source>" VDA "</disk>", E (CONFIG_UNSUPPORTED), F (DOMAIN), "'@namespace'" },
  { "vhost-user-cache", OS, "<disk type='vhostuser'><driver cache='none'/><source type='unix' path='/a'/>" VDA "</disk>", E (CONFIG_UNSUPPORTED), F (DOMAIN), "'cache'" },
  { "volume-pool", OS, "<disk type='volume'><source volume='a'/>" VDA "</disk>", E (XML_ERROR), F (DOMAIN), "'pool'" },
  { "reservations-path", OS, "<disk type='block' device='lun'><source dev='/a'><reservations managed='no'><source type='unix' mode='client'/>"
    "</reservations></source><target dev='sda'/></disk>", E (XML_ERROR), F (NONE), "'path'" },
  { "reservations-disk", OS, "<disk><source file='/a'><reservations managed='yes'/></source>" VDA "</disk>", E (CONFIG_UNSUPPORTED), F (DOMAIN), "'reservations'" },
  { "slice-size", OS, "<disk><source file='/a'><slices><slice type='storage' offset='1'/></slices></source>" VDA "</disk>", E (XML_ERROR), F (DOMAIN), "'@size'" },
  { "encryption-format", OS, "<disk><source file='/a'><encryption format='x'/></source>" VDA "</disk>", E (CONFIG_UNSUPPORTED), F (STORAGE), "'format' is 'x'" },
  { "encryption-old", OS, "<disk><source file='/a'><encryption format='qcow'/></source>" VDA "</disk>", E (CONFIG_UNSUPPORTED), F (QEMU), "'qcow'" },
  { "encryption-vmdk", OS, "<disk><driver type='vmdk'/><source file='/a'><encryption format='luks'/></source>" VDA "</disk>", E (CONFIG_UNSUPPORTED), F (QEMU), "'raw' and 'qcow2'" },
  { "encryption-librbd", OS, "<disk><source file='/a'><encryption format='luks' engine='librbd'/></source>" VDA "</disk>", E (CONFIG_UNSUPPORTED), F (QEMU), "'rbd'" },
  { "encryption-cipher", OS, DISK (VDA "<encryption format='luks'><cipher name='aes' size='256'/></encryption>"), E (CONFIG_UNSUPPORTED), F (DOMAIN), "cipher" },
  { "backing-format", OS, DISK (VDA "<backingStore type='file'><source file='/b'/></backingStore>"), E (XML_ERROR), F (DOMAIN), "disk/backingStore at line 5: 'format/@type'" },
  { "backing-source", OS, DISK (VDA "<backingStore type='file'><format type='raw'/></backingStore>"), E (XML_ERROR), F (DOMAIN), "disk/backingStore at line 5: 'source'" },
  { "backing-type", OS, DISK (VDA "<backingStore type='x'><format type='raw'/></backingStore>"), E (XML_ERROR), F (DOMAIN), "'type' is 'x'" },
  { "label-relabel", OS, "<disk><source file='/a'><seclabel model='dac' relabel='no'><label>a</label></seclabel></source>" VDA "</disk>", E (XML_ERROR), F (DOMAIN), "disk/source/seclabel at line 5" },
  { "label-twice", OS, "<disk><source file='/a'><seclabel model='dac' relabel='no'/><seclabel model='dac' relabel='no'/></source>" VDA "</disk>", E (XML_DETAIL), F (DOMAIN), "'dac'" },
  { "disk-order", OS, DISK (VDA "<boot order='0'/>"), E (XML_ERROR), F (XML), "domain/devices/disk/boot" },
  { "pci-twice", OS, DISK (VDA "<address type='pci' slot='5'/>") DISK ("<target dev='vdb'/><address type='pci' slot='5'/>"),
    E (XML_ERROR), F (DOMAIN), "0000:00:05.0" },
  { "pci-slot", OS, DISK (VDA "<address type='pci' slot='32'/>"), E (XML_ERROR), F (NONE), "'slot' is 32" },
  { "pci-domain", OS, DISK (VDA "<address type='pci' domain='1' slot='5'/>"), E (XML_ERROR), F (DOMAIN), "0001:" },
  { "pci-own", OS, DISK (VDA "<address type='pci' slot='1' function='4'/>"), E (XML_ERROR), F (DOMAIN), "0000:00:01.0" },
  { "controller-twice", OS, "<controller type='scsi' index='0'/><controller type='scsi' index='0'/>", E (XML_ERROR), F (DOMAIN), "'scsi'" },
  { "controller-model", OS, "<controller type='usb' model='pci-root'/>", E (CONFIG_UNSUPPORTED), F (DOMAIN), "'pci-root'" },
  { "root-port-on-pc", OS, "<controller type='pci' index='1' model='pcie-root-port'/>", E (INTERNAL_ERROR), F (DOMAIN), "PCI slot" },
  { "usb-none", OS, "<controller type='usb' model='none'/><input type='tablet' bus='usb'/>", E (CONFIG_UNSUPPORTED), F (DOMAIN), "USB" },
  { "mac", OS, "<interface type='user'><mac address='01:00:5e:00:00:01'/></interface>", E (XML_ERROR), F (DOMAIN), "multicast" },
  { "model", OS, "<interface type='user'><model type='a b'/></interface>", E (INVALID_ARG), F (DOMAIN), "'a b'" },
  { "serial-path", OS, "<serial type='file'/>", E (INTERNAL_ERROR), F (DOMAIN), "source/@path" },
  { "channel-target", OS, "<channel type='pty'/>", E (XML_ERROR), F (DOMAIN), "target/@type" },
  { "listen", OS, "<graphics type='vnc' listen='1.2.3.4'><listen type='address' address='1.2.3.5'/></graphics>",
    E (CONFIG_UNSUPPORTED), F (DOMAIN), "'1.2.3.4'" },
  { "video", OS, "<video><model type='vga' primary='yes'/></video><video><model type='qxl' primary='yes'/></video>",
    E (CONFIG_UNSUPPORTED), F (DOMAIN), "primary" },
  { "tablet", OS, "<input type='tablet' bus='ps2'/>", E (INTERNAL_ERROR), F (DOMAIN), "'tablet'" },
  { "balloon", OS, "<memballoon model='none'/><memballoon model='none'/>", E (INTERNAL_ERROR), F (DOMAIN), "memballoon[2]" },
  { "watchdog", OS, "<watchdog/>", E (INTERNAL_ERROR), F (DOMAIN), "@model" },
  { "panic", OS, "<panic model='isa'/><panic model='isa'/>", E (XML_ERROR), F (DOMAIN), "'isa'" },
  { "alias", OS, DISK (VDA "<alias name='ua-x'/>") DISK ("<target dev='vdb'/><alias name='ua-x'/>"), E (CONFIG_UNSUPPORTED),
    F (DOMAIN), "'ua-x'" },
  { "nvram", "<os><type>hvm</type><loader type='rom' stateless='no'>/a</loader></os>", "", E (XML_DETAIL), F (DOMAIN), "pflash" },
  { "firmware-loader", "<os firmware='efi'><type>hvm</type><loader>/a</loader></os>", "", E (XML_DETAIL), F (DOMAIN), "firmware='efi'" },
  { "firmware-keys", "<os firmware='efi'><type>hvm</type><firmware><feature enabled='yes' name='enrolled-keys'/>"
    "<feature enabled='no' name='secure-boot'/></firmware></os>", "", E (XML_DETAIL), F (DOMAIN), "secure-boot" },
  { "hotplug", "<maxMemory slots='2' unit='GiB'>1</maxMemory>" OS, "", E (CONFIG_UNSUPPORTED), F (QEMU), "NUMA" },
  { "tseg", OS "<features><smm><tseg unit='KiB'>5</tseg></smm></features>", "", E (CONFIG_UNSUPPORTED), F (QEMU), "tseg" },
  { "address-bits", OS "<cpu><maxphysaddr mode='emulate'/></cpu>", "", E (CONFIG_UNSUPPORTED), F (QEMU), "bits=" },
  { "shared", OS, "<disk type='file'><driver type='qcow2'/><source file='/a'/>" VDA "<shareable/></disk>", E (CONFIG_UNSUPPORTED),
    F (QEMU), "'vda'" },
  { "ide-on-pci", OS, DISK ("<target dev='hda'/><address type='pci' slot='5'/>"), E (CONFIG_UNSUPPORTED), F (DOMAIN), "'ide'" },
  { "usb-on-pci", OS, DISK ("<target dev='sda' bus='usb'/><address type='pci' slot='5'/>"), E (INTERNAL_ERROR), F (QEMU), "'usb'" },
  { "ide-place", OS, "<controller type='ide' index='0'/>" DISK (VDA "<address type='pci' slot='1' function='1'/>"),
    E (XML_ERROR), F (DOMAIN), "0000:00:01.1" },
  { "pci-root-address", OS, "<controller type='pci' index='0' model='pci-root'><address type='pci' slot='4'/></controller>",
    E (CONFIG_UNSUPPORTED), F (DOMAIN), "pci-root" },
  { "companion", OS, "<controller type='usb' index='0' model='ich9-uhci1'/>", E (XML_DETAIL), F (DOMAIN), "ich9-ehci1" },
  { "xhci-ports", OS, "<controller type='usb' model='nec-xhci' ports='16'/>", E (CONFIG_UNSUPPORTED), F (QEMU), "15 ports" },
  { "reconnect", OS, "<serial type='tcp'><source mode='bind' host='a' service='1'><reconnect enabled='yes' timeout='1'/></source></serial>",
    E (INTERNAL_ERROR), F (DOMAIN), "reconnect" },
  { "reconnect-timeout", OS, "<serial type='tcp'><source host='a' service='1'><reconnect enabled='yes' timeout='0'/></source></serial>",
    E (INVALID_ARG), F (QEMU), "timeout='0'" },
  { "egl", OS, "<graphics type='egl-headless'/><graphics type='sdl'/>", E (CONFIG_UNSUPPORTED), F (QEMU), "vnc" },
  { "loader-path", "<os><type>hvm</type><loader readonly='yes'/></os>", "", E (XML_DETAIL), F (DOMAIN), "domain/os/loader at line 5" },
  { "nvram-stateless", "<os><type>hvm</type><loader type='pflash' stateless='yes'>/a</loader><nvram>/b</nvram></os>", "",
    E (XML_DETAIL), F (DOMAIN), "domain/os/nvram at line 5" },
  { "nvram-type", "<os><type>hvm</type><nvram type='dir'><source dir='/a'/></nvram></os>", "", E (CONFIG_UNSUPPORTED), F (DOMAIN),
    "domain/os/nvram at line 5: type 'dir'" },
  { "acpi-table", "<os><type>hvm</type><acpi><table type='x'>/a</table></acpi></os>", "", E (XML_ERROR), F (DOMAIN), "'type' is 'x'" },
  { "acpi-tables", "<os><type>hvm</type><acpi><table type='slic'>/a</table><table type='slic'>/b</table></acpi></os>", "",
    E (XML_ERROR), F (DOMAIN), "domain/os/acpi/table[1] at line 5" },
  { "uefi-acpi", "<os><type>hvm</type><loader type='pflash'>/a</loader></os>", "", E (CONFIG_UNSUPPORTED), F (QEMU), "<acpi/>" },
  { "secure-pc", "<os><type>hvm</type><loader type='pflash' secure='yes'>/a</loader></os><features><acpi/></features>", "",
    E (CONFIG_UNSUPPORTED), F (QEMU), "q35" },
  { "idmap", OS "<idmap><uid start='1' target='1' count='1'/><gid start='0' target='1' count='1'/></idmap>", "", E (CONFIG_UNSUPPORTED),
    F (DOMAIN), "domain/idmap at line 5: no 'uid'" },
  { "cell-numbers", OS "<cpu><numa><cell id='0' memory='1'/><cell id='2' memory='1'/></numa></cpu>", "", E (XML_ERROR), F (DOMAIN),
    "domain/cpu/numa at line 5: cell 2" },
  { "cell-cpus", OS "<cpu><numa><cell cpus='0' memory='1'/><cell cpus='0' memory='1'/></numa></cpu>", "", E (CONFIG_UNSUPPORTED),
    F (DOMAIN), "cells 0 and 1" },
  { "cell-distance", OS "<cpu><numa><cell cpus='0' memory='1'><distances><sibling id='0' value='20'/></distances></cell></numa></cpu>",
    "", E (XML_ERROR), F (DOMAIN), "to itself" },
  { "cell-link", OS "<cpu><numa><cell cpus='0' memory='1'/><interconnects><latency initiator='0' target='3' type='read' value='1'/>"
    "</interconnects></numa></cpu>", "", E (XML_ERROR), F (DOMAIN), "cell 3" },
  { "cpu-cache-level", OS "<cpu><cache level='1' mode='emulate'/></cpu>", "", E (CONFIG_UNSUPPORTED), F (QEMU), "domain/cpu/cache" },
  { "cell-none", OS "<cpu><numa/></cpu>", "", E (XML_ERROR), F (DOMAIN), "domain/cpu/numa at line 5" },
  { "cell-siblings", OS "<cpu><numa><cell memory='1'><distances/></cell></numa></cpu>", "", E (XML_ERROR), F (DOMAIN), "cell/distances" },
  { "cell-vcpu", OS "<cpu><numa><cell cpus='0-7' memory='1'/></numa></cpu>", "", E (INTERNAL_ERROR), F (DOMAIN), "vCPU 1" },
  { "label-none", OS "<seclabel type='none' relabel='yes'/>", "", E (CONFIG_UNSUPPORTED), F (DOMAIN), "domain/seclabel at line 5" },
  { "label-dynamic", OS "<seclabel type='dynamic' model='dac' relabel='no'/>", "", E (CONFIG_UNSUPPORTED), F (DOMAIN), "dynamic" },
  { "label-model", OS "<seclabel type='none'/><seclabel type='none' model='dac'/>", "", E (XML_ERROR), F (DOMAIN), "no model" },
  { "sev", OS "<launchSecurity type='sev'><policy>1</policy></launchSecurity>", "", E (CONFIG_UNSUPPORTED), F (QEMU), "'sev'" },
  { "appid", "<resource><fibrechannel appid='a&#10;b'/></resource>" OS, "", E (XML_ERROR), F (DOMAIN), "resource/fibrechannel" },
  { "cpu-migratable", OS "<cpu mode='host-model' migratable='on'/>", "", E (CONFIG_UNSUPPORTED), F (CPU), "'migratable'" },
  { "cpu-vendor", OS "<cpu><vendor>Intel</vendor></cpu>", "", E (XML_ERROR), F (CPU), "'vendor'" },
  { "cpu-vendor-id", OS "<cpu><model vendor_id='a'>qemu64</model></cpu>", "", E (XML_ERROR), F (CPU), "12 characters" },
  { "cpu-threads", OS "<cpu><topology sockets='1' cores='1'/></cpu>", "", E (XML_ERROR), F (XML), "cpu/topology at line 5: '@threads'" },
  { "cpu-dies", OS "<cpu><topology sockets='1' cores='1' threads='1' dies='0'/></cpu>", "", E (XML_ERROR), F (XML), "'dies' is 0" },
  { "cpu-cache", OS "<cpu><cache level='9' mode='emulate'/></cpu>", "", E (XML_ERROR), F (CPU), "level" },
  { "pin-thread", "<iothreads>1</iothreads><cputune>\n<iothreadpin iothread='2' cpuset='0'/></cputune>" OS, "",
    E (CONFIG_UNSUPPORTED), F (DOMAIN), "domain/cputune/iothreadpin at line 6" },
  { "pin-twice", "<cputune><vcpupin vcpu='0' cpuset='0'/><vcpupin vcpu='0' cpuset='1'/></cputune>" OS, "", E (INTERNAL_ERROR),
    F (DOMAIN), "domain/cputune/vcpupin" },
  { "pin-nothing", "<cputune><vcpupin vcpu='0' cpuset='0,^0'/></cputune>" OS, "", E (CONFIG_UNSUPPORTED), F (DOMAIN), "'0,^0'" },
  { "sched-overlap", "<cputune><vcpusched vcpus='0' scheduler='idle'/><vcpusched vcpus='0' scheduler='idle'/></cputune>" OS, "",
    E (XML_DETAIL), F (DOMAIN), "domain/cputune/vcpusched" },
  { "sched-priority", "<cputune><vcpusched vcpus='0' scheduler='rr'/></cputune>" OS, "", E (XML_ERROR), F (DOMAIN), "'priority'" },
  { "period", "<cputune><period>1</period></cputune>" OS, "", E (CONFIG_UNSUPPORTED), F (DOMAIN), "'period'" },
  { "cachetune-overlap", "<vcpu>2</vcpu><cputune><cachetune vcpus='0-1'><cache id='0' level='3' type='both' size='1'/></cachetune>"
    "<memorytune vcpus='0'><node id='0' bandwidth='5'/></memorytune></cputune>" OS, "", E (XML_ERROR), F (DOMAIN), "cputune/memorytune" },
  { "monitor-level", "<cputune><cachetune vcpus='0'><monitor level='2' vcpus='0'/></cachetune></cputune>" OS, "", E (XML_ERROR),
    F (DOMAIN), "level 3" },
  { "bandwidth", "<cputune><memorytune vcpus='0'><node id='0' bandwidth='101'/></memorytune></cputune>" OS, "", E (XML_ERROR),
    F (DOMAIN), "100 percent" },
  { "memnode", "<numatune><memnode cellid='0' nodeset='0'/></numatune>" OS, "", E (XML_ERROR), F (DOMAIN), "domain/numatune/memnode" },
  { "numatune", "<numatune><memory mode='strict'/></numatune>" OS, "", E (CONFIG_UNSUPPORTED), F (DOMAIN), "nodeset=" },
  { "throttle-group", OS "<throttlegroups><throttlegroup><total_iops_sec>1</total_iops_sec></throttlegroup></throttlegroups>", "",
    E (XML_ERROR), F (DOMAIN), "throttlegroups/throttlegroup at line 5" },
  { "vcpu-empty", "<vcpu/>" OS, "", E (XML_ERROR), F (DOMAIN), "domain/vcpu at line 5" },
  { "vcpu-current-none", "<vcpu current='0'>2</vcpu>" OS, "", E (CONFIG_UNSUPPORTED), F (DOMAIN), "'current' is 0" },
  { "vcpu-first", "<vcpu>2</vcpu><vcpus><vcpu id='1' enabled='yes'/></vcpus>" OS, "", E (CONFIG_UNSUPPORTED), F (QEMU), "vCPU 0" },
  { "vcpu-order", "<vcpu>2</vcpu><vcpus><vcpu id='0' enabled='yes' order='2'/><vcpu id='1' enabled='yes' order='1'/></vcpus>" OS, "",
    E (CONFIG_UNSUPPORTED), F (QEMU), "first" },
  { "shares", "<cputune><shares>1</shares></cputune>" OS, "", E (CONFIG_UNSUPPORTED), F (QEMU), "cputune/shares" },
  { "emulator-pin", "<cputune><emulatorpin/></cputune>" OS, "", E (INTERNAL_ERROR), F (DOMAIN), "cputune/emulatorpin" },
  { "numatune-static", "<numatune><memory placement='static'/></numatune>" OS, "", E (CONFIG_UNSUPPORTED), F (DOMAIN), "nodeset=" },
  { "vcpu-id", "<vcpus><vcpu id='1' enabled='yes'/></vcpus>" OS, "", E (XML_ERROR), F (DOMAIN), "domain/vcpus/vcpu" },
  { "iothread-twice", "<iothreadids><iothread id='2'/><iothread id='2'/></iothreadids>" OS, "", E (XML_ERROR), F (DOMAIN), "thread 2" },
  { "iothread-pool", "<iothreadids><iothread id='2' thread_pool_min='3' thread_pool_max='2'/></iothreadids>" OS, "",
    E (CONFIG_UNSUPPORTED), F (DOMAIN), "'thread_pool_min'" },
  { "hugepage-cell", "<memoryBacking><hugepages><page size='2048' nodeset='1'/></hugepages></memoryBacking>" OS, "", E (XML_DETAIL),
    F (NONE), "domain/memoryBacking/hugepages/page at line 5" },
  { "hugepage-anonymous", "<memoryBacking><hugepages/><source type='anonymous'/></memoryBacking>" OS, "", E (CONFIG_UNSUPPORTED),
    F (DOMAIN), "anonymous" },
  { "blkio-twice", "<blkiotune><device><path>/a</path></device><device><path>/a</path></device></blkiotune>" OS, "",
    E (CONFIG_UNSUPPORTED), F (DOMAIN), "'/a'" },
  { "perf", "<perf><event name='cmt' enabled='yes'/><event name='cmt' enabled='no'/></perf>" OS, "", E (XML_ERROR), F (DOMAIN), "'cmt'" },
  { "sysinfo-date", "<sysinfo type='smbios'><bios><entry name='date'>99/99/99</entry></bios></sysinfo>" OS, "", E (XML_DETAIL),
    F (SYSINFO), "99/99/99" },
  { "sysinfo-uuid", "<sysinfo type='smbios'><system><entry name='uuid'>b0ddff00-0000-4000-8000-000000000001</entry></system></sysinfo>"
    OS, "", E (XML_DETAIL), F (SYSINFO), "domain/sysinfo/system" },
  { "fwcfg", "<sysinfo type='fwcfg'><entry name='a'>b</entry></sysinfo>" OS, "", E (CONFIG_UNSUPPORTED), F (DOMAIN), "'opt/'" },
  { "keywrap", OS "<keywrap><cipher name='aes' state='on'/><cipher name='aes' state='on'/></keywrap>", "", E (INTERNAL_ERROR),
    F (DOMAIN), "'aes'" },
  { "launch-policy", OS "<launchSecurity type='sev'/>", "", E (XML_ERROR), F (DOMAIN), "policy" },
  { "hyperv", OS "<features><hyperv><x state='on'/></hyperv></features>", "", E (CONFIG_UNSUPPORTED), F (DOMAIN), "features/hyperv/x" },
  { "hyperv-state", OS "<features><hyperv><relaxed/></hyperv></features>", "", E (XML_ERROR), F (XML), "'@state'" },
  { "spinlocks", OS "<features><hyperv><spinlocks state='on' retries='5'/></hyperv></features>", "", E (XML_ERROR), F (DOMAIN), "4095" },
  { "dirty-ring", OS "<features><kvm><dirty-ring state='on' size='1000'/></kvm></features>", "", E (XML_ERROR), F (DOMAIN), "1000" },
  { "capability", OS "<features><capabilities><x/></capabilities></features>", "", E (CONFIG_UNSUPPORTED), F (DOMAIN), "capability" },
  { "msrs", OS "<features><msrs/></features>", "", E (XML_ERROR), F (XML), "'@unknown'" },
  { "htm", OS "<features><htm state='on'/></features>", "", E (CONFIG_UNSUPPORTED), F (QEMU), "features/htm" },
  { "tb-cache", OS "<features><tcg><tb-cache>5</tb-cache></tcg></features>", "", E (CONFIG_UNSUPPORTED), F (QEMU), "tb-cache" },
  { "timer-track", OS "<clock><timer name='pit' track='wall'/></clock>", "", E (CONFIG_UNSUPPORTED), F (DOMAIN), "clock/timer at line 5" },
  { "timer-arm", OS "<clock><timer name='armvtimer'/></clock>", "", E (CONFIG_UNSUPPORTED), F (QEMU), "'armvtimer'" },
  { "adjustment", OS "<clock offset='utc' adjustment='x'/>", "", E (XML_ERROR), F (DOMAIN), "domain/clock at line 5" },
  { "start", OS "<clock offset='absolute'/>", "", E (INTERNAL_ERROR), F (DOMAIN), "start" },
  { "crash-only", OS "<on_reboot>coredump-destroy</on_reboot>", "", E (CONFIG_UNSUPPORTED), F (DOMAIN), "domain/on_reboot" },
  { "rename", OS "<on_crash>rename-restart</on_crash>", "", E (CONFIG_UNSUPPORTED), F (QEMU), "on_crash" },
  { "bootloader", "<bootloader>/a</bootloader>" OS, "", E (CONFIG_UNSUPPORTED), F (QEMU), "bootloader" },
  { "seclabel-twice", OS "<seclabel type='none' model='dac'/><seclabel type='none' model='dac'/>", "", E (XML_DETAIL), F (DOMAIN), "'dac'" },
  { "seclabel", OS "<seclabel type='static' model='dac'/>", "", E (XML_ERROR), F (DOMAIN), "label" },
#include "model/domain/test-mistakes-outside.h"
#include "model/domain/test-mistakes-devices.h"
};

static void
test_mistake (gconstpointer data)
{
  const Mistake *mistake = data;
  g_autofree char *xml = g_strdup_printf ("<domain type='qemu'>\n<name>a</name>\n<memory unit='MiB'>16</memory>\n\n"
                                          "%s<devices>%s</devices></domain>", mistake->general, mistake->devices);
  g_autoptr (GError) error = NULL;
  g_autoptr (Domain) domain = domain_parse (xml, strlen (xml), DOMAIN_PARSE_INACTIVE, &error);

  if (domain != NULL)
    g_assert_false (domain_complete (domain, test_platform (), &error));
  g_assert_nonnull (error);
  g_test_message ("%s", error->message);
  g_assert_cmpint (virt_error_code (error), ==, mistake->code);
  g_assert_cmpint (virt_error_detail (error)->from, ==, mistake->from);
  g_assert_nonnull (strstr (error->message, mistake->text));
}

static void
test_strict (void)
{
  static const char xml[] = "<domain type='qemu'><name>a</name><memory>16384</memory>" OS "<devices>"
                            "<disk type='file'><source file='/a'/><target dev='vda' buss='virtio'/></disk></devices></domain>";
  g_autoptr (GError) error = NULL;
  g_autoptr (Domain) lenient = domain_parse (xml, strlen (xml), DOMAIN_PARSE_INACTIVE, &error);
  g_autoptr (Domain) strict = NULL;

  g_assert_no_error (error);
  g_assert_nonnull (lenient);
  strict = domain_parse (xml, strlen (xml), DOMAIN_PARSE_INACTIVE | DOMAIN_PARSE_VALIDATE, &error);
  g_assert_null (strict);
  g_assert_cmpint (virt_error_code (error), ==, VIR_ERR_XML_INVALID_SCHEMA);
  g_assert_nonnull (strstr (error->message, "domain/devices/disk/target at line 1: there is no attribute 'buss'"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (unsigned int i = 0; i < G_N_ELEMENTS (mistakes); i++)
    {
      g_autofree char *path = g_strconcat ("/mistake/", mistakes[i].name, NULL);

      g_test_add_data_func (path, &mistakes[i], test_mistake);
    }
  g_test_add_func ("/strict", test_strict);
  return g_test_run ();
}
