#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The swarm under a real systemd.

    run.py --builddir BUILD            BUILD is a complete build
    run.py --builddir BUILD --report   writes docs/systemd-security.md as well

Installs the build into a container of its own and runs the cases in their order: each finds the host as the
one before left it. Ends with "N passed, N failed, N skipped"."""
import argparse
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from container import Container, why_not                      # noqa: E402

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DAEMONS = ['virtlogd', 'virtproxyd', 'virtqemud', 'virtnetworkd']
SOCKETS = {
    'virtproxyd.socket': ('libvirt-sock', '600'), 'virtproxyd-ro.socket': ('libvirt-sock-ro', '666'),
    'virtproxyd-admin.socket': ('libvirt-admin-sock', '600'),
    'virtqemud.socket': ('virtqemud-sock', '600'), 'virtqemud-ro.socket': ('virtqemud-sock-ro', '666'),
    'virtqemud-admin.socket': ('virtqemud-admin-sock', '600'),
    'virtnetworkd.socket': ('virtnetworkd-sock', '600'), 'virtnetworkd-ro.socket': ('virtnetworkd-sock-ro', '666'),
    'virtnetworkd-admin.socket': ('virtnetworkd-admin-sock', '600'),
    'virtlogd.socket': ('virtlogd-sock', '600'), 'virtlogd-admin.socket': ('virtlogd-admin-sock', '600'),
}
GUEST = '''
<domain type='qemu'>
  <name>{name}</name>
  <memory unit='MiB'>96</memory>
  <os>
    <type arch='x86_64' machine='pc'>hvm</type>
    <kernel>/var/lib/libvirt/images/vmlinuz</kernel>
    <initrd>/var/lib/libvirt/images/initrd.img</initrd>
    <cmdline>console=ttyS0 quiet</cmdline>
  </os>
  <features><acpi/></features>
  <devices>
    <serial type='file'><source path='/var/log/libvirt/qemu/{name}-serial.log'/></serial>
    <memballoon model='none'/>
  </devices>
</domain>
'''


# Stock clients go straight to the driver's daemon where its socket exists, unless they are told not to.
PROXY = 'qemu:///system?mode=legacy'
ADMIN = {'virtproxyd': 'libvirtd:///system', 'virtqemud': 'virtqemud:///system',
         'virtnetworkd': 'virtnetworkd:///system', 'virtlogd': 'virtlogd:///system'}


class Skip(Exception):
    pass


def check(condition, text, *args):
    if not condition:
        raise AssertionError(text % args if args else text)


def eventually(condition, text, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.1)
    raise AssertionError(f'did not come true in {seconds} s: {text}')


class Host:
    """The container as its administrator sees it."""

    def __init__(self, container):
        self.container = container
        self.run, self.show, self.write = container.run, container.show, container.write

    def virsh(self, *words, uri='qemu:///system', check=True):
        return self.run('virsh', '-q', '-c', uri, *words, check=check)

    def admin(self, daemon):
        check(daemon in self.run('virt-admin', '-c', ADMIN[daemon], 'srv-list'), '%s does not answer', daemon)

    def pid(self, daemon):
        return int(self.show(daemon + '.service', 'MainPID'))

    def state(self, unit):
        return self.show(unit, 'ActiveState')

    def qemu_pid(self, name):
        """The guest's process in the container, by its command line."""
        for line in self.run('ps', '-eo', 'pid,stat,args').splitlines():
            if f'guest={name}' in line and 'qemu' in line and line.split()[1][0] != 'Z':
                return int(line.split()[0])
        return 0

    def guest(self, name, uri='qemu:///system'):
        """The guest's state and id as clients see them."""
        return self.virsh('domstate', name, uri=uri).strip(), self.virsh('domid', name, uri=uri).strip()

    def options(self, daemon, text):
        self.write(f'/etc/default/{daemon}', f'{daemon.upper()}_ARGS="{text}"\n' if text is not None else '')


def case_units_are_sound(host):
    units = [f'/usr/lib/systemd/system/{unit}' for unit in [*SOCKETS, *(name + '.service' for name in DAEMONS)]]
    found = host.run('systemd-analyze', 'verify', '--man=no', *units)
    check(found.strip() == '', '%s', found)


def case_users_and_folders_exist(host):
    check('libvirt-qemu:x:64055:' in host.run('getent', 'passwd', 'libvirt-qemu'), 'no user libvirt-qemu')
    for path, wanted in (('/run/libvirt', 'root 755'), ('/var/lib/libvirt/images', 'root 711'),
                         ('/var/lib/libvirt/qemu', 'libvirt-qemu 751'), ('/etc/libvirt/qemu', 'root 700'),
                         ('/var/lib/libvirt/dnsmasq', 'root 755'), ('/etc/libvirt/qemu/networks', 'root 700')):
        found = host.run('stat', '-c', '%U %a', path).strip()
        check(found == wanted, '%s is %s', path, found)


def case_sockets_listen_and_nothing_runs(host):
    host.run('systemctl', 'enable', '--now', *SOCKETS)
    for unit, (name, mode) in SOCKETS.items():
        check(host.state(unit) == 'active', '%s is %s', unit, host.state(unit))
        found = host.run('stat', '-c', '%U:%G %a', f'/run/libvirt/{name}').strip()
        check(found == f'root:root {mode}', '%s is %s', name, found)
    for daemon in DAEMONS:
        check(host.pid(daemon) == 0, '%s runs', daemon)


def case_first_call_starts_daemons(host):
    host.virsh('list', '--all', uri=PROXY)
    check(host.pid('virtqemud') != 0 and host.pid('virtproxyd') != 0, 'the daemons do not run')
    for daemon in ('virtlogd', 'virtnetworkd'):
        check(host.pid(daemon) == 0, '%s runs though nothing needs it', daemon)
    check('QEMU' in host.virsh('version'), 'version')
    check(host.show('virtqemud.service', 'StatusText') is not None, 'no status')


def case_every_socket_answers(host):
    host.virsh('hostname', uri='qemu:///system?mode=direct')
    host.run('virsh', '-q', '-r', '-c', PROXY, 'list')
    host.run('virsh', '-q', '-r', '-c', 'qemu:///system?mode=direct', 'list')
    for daemon in DAEMONS:
        host.admin(daemon)


def case_idle_daemons_exit_and_return(host):
    for daemon in DAEMONS:
        host.options(daemon, '--timeout 2')
        host.run('systemctl', 'restart', daemon + '.service')
    first = {daemon: host.pid(daemon) for daemon in DAEMONS}
    check(all(first.values()), 'not all run: %s', first)
    for daemon in DAEMONS:
        eventually(lambda: host.state(daemon + '.service') == 'inactive', f'{daemon} ends', 15)
        check(host.show(daemon + '.service', 'Result') == 'success', '%s', host.show(daemon + '.service', 'Result'))
        check(host.state(daemon + '.socket') == 'active', 'the socket of %s went too', daemon)
    host.virsh('list', uri=PROXY)
    check(host.pid('virtqemud') not in (0, first['virtqemud']), 'virtqemud did not come back')
    for daemon in DAEMONS:
        host.options(daemon, None)
        host.run('systemctl', 'stop', daemon + '.service')


def case_guest_starts_outside_of_the_daemon(host):
    host.write('/root/one.xml', GUEST.format(name='one'))
    host.virsh('define', '/root/one.xml')
    host.virsh('start', 'one')
    check(host.guest('one')[0] == 'running', '%s', host.guest('one'))
    pid = host.qemu_pid('one')
    group = host.run('cat', f'/proc/{pid}/cgroup').strip()
    check('virtqemud.service' not in group, 'QEMU is in %s', group)
    check('machine' in group, 'QEMU is in %s, not below machine.slice', group)
    check(host.run('ps', '-o', 'user=', '-p', str(pid)).strip() == 'libvirt-qemu', 'the user of QEMU')
    eventually(lambda: 'guest ready' in host.run('cat', '/var/log/libvirt/qemu/one-serial.log', check=False),
               'the guest is up', 60)


def guest_survives(host, what, act, daemon='virtqemud'):
    before, qemu, pid = host.guest('one', PROXY), host.qemu_pid('one'), host.pid(daemon)
    act()
    check(host.qemu_pid('one') == qemu, '%s ended the guest', what)
    after = host.guest('one', PROXY)
    check(after == before == ('running', after[1]), '%s: %s became %s', what, before, after)
    eventually(lambda: host.pid(daemon) not in (0, pid), f'{daemon} came back after {what}')


def case_kill_leaves_guests(host):
    guest_survives(host, 'systemctl kill', lambda: host.run('systemctl', 'kill', '-s', 'KILL', 'virtqemud.service'))
    check(int(host.show('virtqemud.service', 'NRestarts')) >= 1, 'systemd did not restart it')


def case_stop_leaves_guests(host):
    guest_survives(host, 'systemctl stop', lambda: host.run('systemctl', 'stop', 'virtqemud.service'))


def case_restart_leaves_guests(host):
    guest_survives(host, 'systemctl restart', lambda: host.run('systemctl', 'restart', 'virtqemud.service'))


def case_killed_virtlogd_leaves_guests(host):
    host.run('systemctl', 'start', 'virtlogd.service')
    guest_survives(host, 'killing virtlogd', lambda: host.run('systemctl', 'kill', '-s', 'KILL', 'virtlogd.service'),
                   'virtlogd')


def case_killed_proxy_comes_back(host):
    guest_survives(host, 'killing virtproxyd', lambda: host.run('systemctl', 'kill', '-s', 'KILL', 'virtproxyd.service'),
                   'virtproxyd')


def case_out_of_memory_leaves_guests(host):
    """The kernel's own killer, by a limit that the daemon cannot keep."""
    pid = host.pid('virtqemud')
    if not pid:
        host.virsh('list')
        pid = host.pid('virtqemud')
    group = f'/sys/fs/cgroup/memory/{host.container.name}'
    if 'memory' in host.run('cat', '/sys/fs/cgroup/cgroup.controllers').split():
        limit = lambda: host.run('systemctl', 'set-property', '--runtime', 'virtqemud.service', 'MemoryMax=256K',  # noqa: E731
                                 'MemorySwapMax=0')
        lift = lambda: host.run('systemctl', 'set-property', '--runtime', 'virtqemud.service', 'MemoryMax=infinity')  # noqa: E731
    elif os.path.exists('/sys/fs/cgroup/memory/memory.limit_in_bytes'):
        def limit():
            os.mkdir(group)
            for name, value in (('memory.limit_in_bytes', '65536'),
                                ('cgroup.procs', str(host.container.host_pid(pid)))):
                with open(f'{group}/{name}', 'w', encoding='ascii') as file:
                    file.write(value)

        def lift():
            os.rmdir(group)
    else:
        raise Skip('no memory controller')
    qemu = host.qemu_pid('one')
    before = host.guest('one')
    limit()
    try:
        for _ in range(20):
            host.virsh('capabilities', check=False)
            if host.pid('virtqemud') != pid:
                break
    finally:
        eventually(lambda: host.pid('virtqemud') != pid, 'the kernel kills virtqemud', 20)
        lift()
    check(host.qemu_pid('one') == qemu, 'the guest ended')
    after = eventually(lambda: 'running' in host.virsh('domstate', 'one', check=False) and host.guest('one'),
                       'virtqemud is back')
    check(after == before, '%s became %s', before, after)


def case_hanging_daemon_is_replaced(host):
    host.write('/etc/systemd/system/virtqemud.service.d/watchdog.conf', '[Service]\nWatchdogSec=1s\n')
    host.run('systemctl', 'daemon-reload')
    host.run('systemctl', 'restart', 'virtqemud.service')
    guest_survives(host, 'a hang', lambda: (host.run('kill', '-STOP', str(host.pid('virtqemud'))), time.sleep(3)))
    host.run('rm', '/etc/systemd/system/virtqemud.service.d/watchdog.conf')
    host.run('systemctl', 'daemon-reload')
    host.run('systemctl', 'restart', 'virtqemud.service')


def network(host):
    """What must be the same whatever happens to the daemon: that it runs, its bridge, the process of its dnsmasq."""
    active = host.virsh('net-list', '--name', uri=PROXY).split()
    index = host.run('cat', '/sys/class/net/virbr0/ifindex', check=False).strip()
    pid = host.run('cat', '/run/libvirt/network/default.pid', check=False).strip()
    alive = pid.isdigit() and 'dnsmasq' in host.run('ps', '-o', 'comm=', '-p', pid, check=False)
    return 'default' in active, int(index) if index.isdigit() else 0, pid if alive else ''


def case_default_network_starts(host):
    host.virsh('net-define', '/usr/share/libvirt/networks/default.xml', uri=PROXY)
    check(network(host) == (False, 0, ''), 'it is not only defined: %s', network(host))
    # It may do in its confinement what it is there for: write down, arrange, ask.
    host.write('/etc/libvirt/hooks/network', '#!/bin/sh\nset -e\necho "$2" >> /run/network-hooks\ncat > /dev/null\n'
               'ip route add 192.0.2.0/24 dev virbr0 2> /dev/null || test "$2" != started\n'
               'nft list ruleset > /run/network-hooks-rules\n')
    host.run('chmod', '755', '/etc/libvirt/hooks/network')
    host.virsh('net-start', 'default', uri=PROXY)
    active, link, pid = network(host)
    check(active and link and pid, 'it runs: %s, bridge %s, dnsmasq %s', active, link, pid)
    check('inet 192.168.122.1/24' in host.run('ip', 'addr', 'show', 'virbr0'), 'the address')
    check('virbr0' in host.run('nft', 'list', 'ruleset'), 'there are no rules')
    check(host.run('cat', '/proc/sys/net/ipv4/ip_forward').strip() == '1', 'the host does not forward')
    check('virtnetworkd.service' in host.run('cat', f'/proc/{pid}/cgroup'), 'the control group of dnsmasq')
    check(host.run('ps', '-o', 'user=', '-p', pid).strip() != 'root', 'dnsmasq is root')
    check(host.run('cat', '/run/network-hooks').split() == ['start', 'started'], 'the hooks')
    check('192.0.2.0/24' in host.run('ip', 'route'), 'what the hook did')


def network_survives(host, what, act):
    before, pid = network(host), host.pid('virtnetworkd')
    act()
    after = network(host)
    check(after == before and all(after), '%s: %s became %s', what, before, after)
    eventually(lambda: host.pid('virtnetworkd') not in (0, pid), f'virtnetworkd came back after {what}')


def case_network_survives_its_daemon(host):
    unit = 'virtnetworkd.service'
    network_survives(host, 'systemctl kill', lambda: host.run('systemctl', 'kill', '-s', 'KILL', '--kill-whom=main', unit))
    network_survives(host, 'systemctl restart', lambda: host.run('systemctl', 'restart', unit))
    network_survives(host, 'systemctl stop', lambda: host.run('systemctl', 'stop', unit))


def case_disabled_driver_leaves_the_others(host):
    qemu = host.qemu_pid('one')
    units = [unit for unit in SOCKETS if unit.startswith('virtqemud')] + ['virtqemud.service']
    host.run('systemctl', 'disable', '--now', *units)
    check(host.qemu_pid('one') == qemu, 'the guest ended')
    text = host.virsh('list', check=False)
    check('error' in text, 'no error: %s', text)
    for daemon in ('virtproxyd', 'virtlogd'):
        host.admin(daemon)
    host.run('systemctl', 'enable', '--now', *(unit for unit in SOCKETS if unit.startswith('virtqemud')))
    check(host.guest('one')[0] == 'running', 'the guest is not found again')
    check(host.qemu_pid('one') == qemu, 'another process')


def case_autostart_after_a_boot(host):
    host.virsh('autostart', 'one')
    host.virsh('net-autostart', 'default')
    host.run('systemctl', 'enable', 'virtqemud.service', 'virtnetworkd.service')
    host.container.stop()
    host.container.start()
    eventually(lambda: host.qemu_pid('one'), 'the guest is started at boot')
    eventually(lambda: host.guest('one')[0] == 'running', 'the guest runs')
    eventually(lambda: all(network(host)), 'the network is started at boot')
    host.virsh('net-destroy', 'default')
    check(network(host) == (False, 0, ''), 'something is left: %s', network(host))
    host.virsh('net-undefine', 'default')
    host.virsh('destroy', 'one')
    host.virsh('autostart', '--disable', 'one')


def case_only_virtqemud(host):
    others = [unit for unit in [*SOCKETS, *(name + '.service' for name in DAEMONS)] if not unit.startswith('virtqemud')]
    host.run('systemctl', 'disable', '--now', *others)
    host.run('systemctl', 'mask', *others)
    for daemon in ('virtlogd', 'virtproxyd', 'virtnetworkd'):
        host.run('mount', '--bind', '/dev/null', f'/usr/sbin/{daemon}')
    host.run('systemctl', 'restart', 'virtqemud.service')
    uri = 'qemu:///system?mode=direct'
    host.write('/root/two.xml', GUEST.format(name='two'))
    host.virsh('define', '/root/two.xml', uri=uri)
    host.virsh('start', 'two', uri=uri)
    check(host.guest('two', uri)[0] == 'running', 'the guest')
    eventually(lambda: 'guest ready' in host.run('cat', '/var/log/libvirt/qemu/two-serial.log', check=False),
               'the guest is up', 60)
    host.virsh('shutdown', 'two', uri=uri)
    eventually(lambda: host.guest('two', uri)[0] == 'shut off', 'the guest obeys the power button', 30)
    host.virsh('undefine', 'two', uri=uri)


def write_report(host):
    """docs/systemd-security.md"""
    lines = ['# How the units are confined', '',
             'What `systemd-analyze security` (systemd 252) says of each service: 0 is fully confined, 10 not at all.',
             'Written by `tests/systemd/run.py --report`.', '', '| service | exposure | rating |', '|---|---|---|']
    details = []
    for daemon in DAEMONS:
        overall = host.run('systemd-analyze', 'security', '--no-pager', daemon + '.service', check=False)
        points = json.loads(host.run('systemd-analyze', 'security', '--json=short', daemon + '.service'))
        found = re.search(r'Overall exposure level for (\S+): ([0-9.]+) (\w+)', overall)
        lines.append(f'| {found[1]} | {found[2]} | {found[3].lower()} |')
        left = sorted(((float(point['exposure']), point['json_field'], point['description']) for point in points
                       if point.get('exposure') not in (None, '', '0.0')), reverse=True)
        details += ['', f'## {daemon}', '', 'What is left open, by weight:', '']
        details += [f'- {weight} {field}: {text}' for weight, field, text in left]
    lines += ['', 'virtqemud\'s figure is high by nature: every restriction is inherited by QEMU and the helpers of guests, whose',
              'images, devices, schedulers and namespaces are the administrator\'s choice. Guests are confined one by one by',
              'virtqemud: a user of their own, their own scope, QEMU\'s seccomp sandbox.', '',
              'virtnetworkd\'s is that of its work (addresses, routes, sysctls of the network) and of what inherits its restrictions: dnsmasq,',
              'which becomes another user, and the administrator\'s hooks.']
    with open(os.path.join(SOURCE, 'docs/systemd-security.md'), 'w', encoding='utf-8') as file:
        file.write('\n'.join(lines + details) + '\n')


def install(builddir, dest):
    subprocess.run(['meson', 'install', '-C', builddir, '--no-rebuild', '--quiet', '--destdir', dest], check=True,
                   stdout=subprocess.DEVNULL)
    # On a merged /usr, /lib is /usr/lib.
    for name in ('lib', 'lib64', 'bin', 'sbin'):
        if os.path.isdir(f'{dest}/{name}'):
            subprocess.run(['cp', '-a', f'{dest}/{name}/.', f'{dest}/usr/{name}/'], check=True)
            shutil.rmtree(f'{dest}/{name}')


def prepare_guest(container):
    images = container.root + '/var/lib/libvirt/images'
    os.makedirs(images)
    subprocess.run([f'{SOURCE}/tools/make-test-guest', images], check=True)


def show_logs(host):
    with contextlib.suppress(Exception):
        print(host.run('journalctl', '--no-pager', '-n', '60', '-o', 'short-monotonic', check=False))


def run_cases(host, names):
    counts = {'ok': 0, 'FAIL': 0, 'skip': 0}
    for label, function in [(key[5:], value) for key, value in globals().items() if key.startswith('case_')]:
        if names and label not in names:
            continue
        began, verdict, text = time.monotonic(), 'ok', ''
        try:
            function(host)
        except Skip as reason:
            verdict, text = 'skip', str(reason)
        except Exception as error:  # each case is judged alone
            verdict, text = 'FAIL', f'{type(error).__name__}: {error} (line {traceback.extract_tb(error.__traceback__)[1].lineno})'
        counts[verdict] += 1
        print(f'{verdict:4} {label} ({time.monotonic() - began:.1f} s){": " if text else ""}{text}', flush=True)
        if verdict == 'FAIL':
            show_logs(host)
    return counts


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--builddir', required=True)
    parser.add_argument('--report', action='store_true')
    parser.add_argument('cases', nargs='*')
    options = parser.parse_args()
    reason = why_not()
    if reason is not None:
        print(f'skip: {reason}\n0 passed, 0 failed, 1 skipped')
        return 0
    counts = {'ok': 0, 'FAIL': 1, 'skip': 0}
    with tempfile.TemporaryDirectory(prefix='swarmtest-dest.', dir='/var/tmp') as dest, tempfile.TemporaryFile() as log:
        os.chmod(dest, 0o755)
        install(options.builddir, dest)
        container = Container(dest, log)
        try:
            prepare_guest(container)
            container.start()
            host = Host(container)
            if options.report:
                write_report(host)
            counts = run_cases(host, options.cases)
        finally:
            container.remove()
    print(f'{counts["ok"]} passed, {counts["FAIL"]} failed, {counts["skip"]} skipped')
    return counts['FAIL'] > 0


if __name__ == '__main__':
    sys.exit(main())
