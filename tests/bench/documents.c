/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "documents.h"

#include <stdio.h>

#include "support.h"

#define ROOM 8192

static const char usual[] =
  "<domain type='qemu'>\n"
  "  <name>%1$s</name>\n"
  "  <title>Guest %1$s</title>\n"
  "  <description>One of many definitions of the benchmark</description>\n"
  "  <memory unit='MiB'>2048</memory>\n"
  "  <currentMemory unit='MiB'>2048</currentMemory>\n"
  "  <vcpu placement='static'>2</vcpu>\n"
  "  <os>\n"
  "    <type arch='x86_64' machine='pc-q35-7.2'>hvm</type>\n"
  "    <boot dev='hd'/>\n"
  "  </os>\n"
  "  <features><acpi/><apic/></features>\n"
  "  <cpu mode='custom' match='exact' check='none'><model fallback='forbid'>qemu64</model></cpu>\n"
  "  <clock offset='utc'>\n"
  "    <timer name='rtc' tickpolicy='catchup'/>\n"
  "    <timer name='pit' tickpolicy='delay'/>\n"
  "    <timer name='hpet' present='no'/>\n"
  "  </clock>\n"
  "  <on_poweroff>destroy</on_poweroff>\n"
  "  <on_reboot>restart</on_reboot>\n"
  "  <on_crash>destroy</on_crash>\n"
  "  <devices>\n"
  "    <emulator>/usr/bin/qemu-system-x86_64</emulator>\n"
  "    <disk type='file' device='disk'>\n"
  "      <driver name='qemu' type='qcow2' cache='none'/>\n"
  "      <source file='/var/lib/libvirt/images/%1$s.qcow2'/>\n"
  "      <target dev='vda' bus='virtio'/>\n"
  "    </disk>\n"
  "    <disk type='file' device='cdrom'>\n"
  "      <driver name='qemu' type='raw'/>\n"
  "      <target dev='sda' bus='sata'/>\n"
  "      <readonly/>\n"
  "    </disk>\n"
  "    <interface type='user'><model type='virtio'/></interface>\n"
  "    <serial type='pty'/>\n"
  "    <channel type='unix'>\n"
  "      <target type='virtio' name='org.qemu.guest_agent.0'/>\n"
  "    </channel>\n"
  "    <input type='tablet' bus='usb'/>\n"
  "    <graphics type='vnc' port='-1' autoport='yes' listen='127.0.0.1'/>\n"
  "    <video><model type='vga' vram='16384'/></video>\n"
  "    <memballoon model='virtio'/>\n"
  "    <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>\n"
  "  </devices>\n"
  "</domain>\n";

static const char tiny[] =
  "<domain type='qemu'>\n"
  "  <name>%1$s</name>\n"
  "  <memory unit='MiB'>16</memory>\n"
  "  <vcpu>1</vcpu>\n"
  "  <os><type arch='x86_64' machine='pc'>hvm</type></os>\n"
  "  <features><acpi/></features>\n"
  "  <devices>\n"
  "    <controller type='usb' model='none'/>\n"
  "    <memballoon model='none'/>\n"
  "  </devices>\n"
  "</domain>\n";

char *
document_usual (const char *name)
{
  char *text = make (1, ROOM);

  snprintf (text, ROOM, usual, name);
  return text;
}

char *
document_tiny (const char *name)
{
  char *text = make (1, ROOM);

  snprintf (text, ROOM, tiny, name);
  return text;
}

char *
document_network (const char *name, int number)
{
  char *text = make (1, ROOM);
  int second = 128 + number / 256 % 128, third = number % 256;

  snprintf (text, ROOM,
            "<network><name>%1$s</name><forward mode='nat'/><bridge name='bench%2$d' stp='off' delay='0'/>"
            "<ip address='10.%3$d.%4$d.1' netmask='255.255.255.0'>"
            "<dhcp><range start='10.%3$d.%4$d.2' end='10.%3$d.%4$d.254'/></dhcp></ip></network>",
            name, number, second, third);
  return text;
}
