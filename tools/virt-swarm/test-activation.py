#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""virt-swarm and a small daemon: activation, restarts, the descriptor store, adoption.

Usage: test-activation.py VIRT-SWARM TEST-DAEMON. Prints TAP."""
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time

PROGRAM, DAEMON = sys.argv[1:3]

SERVICE = '''
[Unit]
Requires={name}.socket
Wants={name}-ro.socket
StartLimitIntervalSec={interval}
StartLimitBurst={burst}
[Service]
Type=notify
Environment="ARGS={args}"
EnvironmentFile=-/etc/default/{name}
ExecStart=/nowhere/{name} $ARGS
Restart=on-failure
{more}
'''
SOCKET = '''
[Socket]
ListenStream=/run/test/{name}-sock{suffix}
Service={name}.service
SocketMode={mode}
'''


class Nest:
    """A root with unit files and programs of its own."""

    def __init__(self):
        self.root = tempfile.mkdtemp(prefix='virt-swarm-test.')
        self.units = os.path.join(self.root, 'units')
        self.bin = os.path.join(self.root, 'bin')
        os.makedirs(self.units)
        os.makedirs(self.bin)

    def write(self, path, text):
        path = os.path.join(self.root, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)

    def add(self, name, args='', more='', interval='10s', burst=50):
        self.write(f'units/{name}.service',
                   SERVICE.format(name=name, args=args, more=more, interval=interval, burst=burst))
        self.write(f'units/{name}.socket', SOCKET.format(name=name, suffix='', mode='0600'))
        self.write(f'units/{name}-ro.socket', SOCKET.format(name=name, suffix='-ro', mode='0666'))
        os.symlink(DAEMON, os.path.join(self.bin, name))

    def run(self, *words, check=0):
        done = subprocess.run([PROGRAM, *words, '--root', self.root], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == check, f'{words}: {done.returncode}\n{done.stdout}{done.stderr}'
        return done.stdout + done.stderr

    def up(self, *words, check=0):
        return self.run('up', '--bindir', self.bin, '--unitdir', self.units, *words, check=check)

    def status(self, name=None):
        full = json.loads(self.run('status', '--json'))
        if name is None:
            return full
        return next(daemon for daemon in full['daemons'] if daemon['name'] == name)

    def ask(self, line, name='virttestd', suffix='', timeout=20):
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(timeout)
            sock.connect(f'{self.root}/run/test/{name}-sock{suffix}')
            sock.sendall(line.encode() + b'\n')
            answer = b''
            while part := sock.recv(1000):
                answer += part
            return answer.decode()

    def close(self):
        self.run('down')
        log = f'{self.root}/var/log/libvirt/virt-swarm.log'
        until('the end of virt-swarm', lambda: not self.runs_still())
        complaints = [line for line in open(log, errors='replace') if 'Sanitizer: ' in line] if os.path.exists(log) else []
        left = [pid for pid in os.listdir('/proc') if pid.isdigit() and self.owns(pid)]
        for pid in left:
            os.kill(int(pid), signal.SIGKILL)
        shutil.rmtree(self.root)
        assert not left, f'processes left: {left}'
        assert not complaints, f'{complaints}'

    def runs_still(self):
        """The process that looks after the daemons; it leaves after it answered."""
        for pid in os.listdir('/proc'):
            try:
                if pid.isdigit() and os.path.realpath(f'/proc/{pid}/exe') == os.path.realpath(PROGRAM) and runs(pid):
                    with open(f'/proc/{pid}/cmdline', 'rb') as file:
                        if self.root.encode() in file.read():
                            return True
            except OSError:
                pass
        return False

    def owns(self, pid):
        try:
            with open(f'/proc/{pid}/environ', 'rb') as file:
                return self.root.encode() in file.read()
        except OSError:
            return False


def until(what, condition, seconds=15):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f'did not happen: {what}')


def runs(pid):
    """Not a process that only waits to be reaped by whoever inherited it."""
    try:
        with open(f'/proc/{pid}/stat', encoding='ascii') as file:
            return file.read().rsplit(')', 1)[1].split()[0] != 'Z'
    except OSError:
        return False


def cpu_ticks(pid):
    with open(f'/proc/{pid}/stat', encoding='ascii') as file:
        fields = file.read().rsplit(')', 1)[1].split()
    return int(fields[11]) + int(fields[12])


def test_starts_on_demand(nest):
    nest.add('virttestd', args='--one two')
    nest.up()
    assert nest.status('virttestd')['state'] == 'listening'
    pid = int(nest.ask('pid'))
    daemon = nest.status('virttestd')
    assert (daemon['state'], daemon['pid'], daemon['status']) == ('running', pid, 'at your service'), daemon
    assert nest.ask('names') == 'virttestd.socket:virttestd-ro.socket'
    assert nest.ask('args') == f'--one two --root {nest.root}'
    assert int(nest.ask('pid', suffix='-ro')) == pid
    for suffix, mode in (('', 0o600), ('-ro', 0o666)):
        found = stat.S_IMODE(os.stat(f'{nest.root}/run/test/virttestd-sock{suffix}').st_mode)
        assert found == mode, oct(found)


def test_up_twice_and_status_when_down(nest):
    nest.add('virttestd')
    assert 'not up' in nest.run('status', check=3)
    nest.up()
    assert 'already' in nest.up()
    assert 'virttestd' in nest.run('status')
    nest.run('down')
    assert not os.path.exists(f'{nest.root}/run/test/virttestd-sock')
    nest.run('status', check=3)


def test_environment_file_and_drop_in_win(nest):
    nest.add('virttestd', args='--from unit')
    nest.write('etc/default/virttestd', '# a comment\nARGS="--from \'a file\'"\n')
    nest.write('etc/systemd/system/virttestd.service.d/more.conf', '[Service]\nEnvironment=COLOUR=blue\n')
    nest.up()
    assert nest.ask('args') == f'--from a file --root {nest.root}'
    assert nest.ask('env COLOUR') == 'blue'


def test_restarts_after_a_crash(nest):
    nest.add('virttestd')
    nest.up()
    pid = int(nest.ask('pid'))
    os.kill(pid, signal.SIGKILL)
    second = int(nest.ask('pid'))
    assert second != pid
    daemon = until('restart', lambda: nest.status('virttestd'))
    assert daemon['restarts'] == 1 and 'signal 9' in daemon['last_end'], daemon
    os.kill(second, signal.SIGKILL)
    until('restart without a client', lambda: nest.status('virttestd')['state'] == 'running'
          and nest.status('virttestd')['pid'] not in (0, second))


def test_no_connection_is_lost_to_kills(nest):
    nest.add('virttestd')
    nest.up()
    for _ in range(15):
        os.kill(int(nest.ask('pid')), signal.SIGKILL)
        assert nest.ask('pid').isdigit()


def test_idle_exit_and_return(nest):
    nest.add('virttestd', args='--timeout 0.3')
    nest.up()
    first = int(nest.ask('pid'))
    until('idle exit', lambda: nest.status('virttestd')['pid'] == 0)
    assert nest.status('virttestd')['last_end'] == 'exit status 0'
    before = cpu_ticks(nest.status()['pid'])
    time.sleep(1)
    assert nest.status('virttestd')['state'] == 'listening'
    assert cpu_ticks(nest.status()['pid']) - before <= 10, 'busy loop'
    assert int(nest.ask('pid')) != first


def test_idle_exits_lose_no_connection(nest):
    nest.add('virttestd', args='--timeout 0')
    nest.up()
    for _ in range(20):
        assert nest.ask('pid').isdigit()


def test_hopeless_daemon_is_given_up(nest):
    nest.add('virttestd', args='--fail', burst=3, interval='2s', more='RestartSec=20ms')
    nest.up()
    try:
        refused = nest.ask('pid') == ''
    except ConnectionError:
        refused = True
    assert refused
    daemon = nest.status('virttestd')
    assert daemon['state'] == 'failed' and daemon['last_end'] == 'exit status 3', daemon
    assert 'this daemon fails' in nest.run('logs', 'virttestd')
    assert 'failed' in nest.run('status')
    nest.write('etc/default/virttestd', 'ARGS=\n')
    until('second chance', lambda: nest.status('virttestd')['state'] == 'listening')
    assert nest.ask('pid').isdigit()


def test_hopeless_daemon_is_given_up_before_its_limit(nest):
    nest.add('virttestd', args='--fail', burst=1000, more='RestartSec=0')
    nest.up()
    try:
        assert nest.ask('pid') == ''
    except ConnectionError:
        pass
    assert nest.status('virttestd')['state'] == 'failed'


def test_missing_program_is_given_up(nest):
    nest.add('virttestd', burst=2, interval='2s', more='RestartSec=20ms')
    nest.up()
    os.unlink(f'{nest.bin}/virttestd')
    try:
        assert nest.ask('pid') == ''
    except ConnectionError:
        pass
    assert nest.status('virttestd')['state'] == 'failed'


def test_store_survives_the_daemon(nest):
    nest.add('virttestd', more='FileDescriptorStoreMax=2')
    nest.up()
    nest.ask('store alpha')
    nest.ask('store beta')
    nest.ask('store gamma')
    until('store', lambda: nest.status('virttestd')['stored_fds'] == 2)
    os.kill(int(nest.ask('pid')), signal.SIGKILL)
    assert nest.ask('names').split(':')[2:] == ['alpha', 'beta']
    assert nest.ask('read beta') == 'beta'
    nest.ask('forget alpha')
    until('removal', lambda: nest.status('virttestd')['stored_fds'] == 1)
    os.kill(int(nest.ask('pid')), signal.SIGKILL)
    assert nest.ask('names').split(':')[2:] == ['beta']


def test_restart_keeps_the_store(nest):
    nest.add('virttestd', more='FileDescriptorStoreMax=5')
    nest.run('restart', check=3)
    nest.up()
    nest.run('restart')
    assert nest.status('virttestd')['pid'] == 0
    pid = int(nest.ask('pid'))
    nest.ask('store alpha')
    until('store', lambda: nest.status('virttestd')['stored_fds'] == 1)
    nest.run('restart')
    until('successor', lambda: nest.status('virttestd')['pid'] not in (0, pid))
    assert nest.ask('read alpha') == 'alpha'


def test_watchdog_ends_a_hanging_daemon(nest):
    nest.add('virttestd', more='WatchdogSec=400ms')
    nest.up()
    pid = int(nest.ask('pid'))
    time.sleep(1)
    assert int(nest.ask('pid')) == pid, 'a living daemon was ended'
    nest.ask('hang')
    until('watchdog', lambda: nest.status('virttestd')['pid'] not in (0, pid))
    assert nest.status('virttestd')['last_end'] == 'gave no sign of life'


def test_late_daemon_is_ended(nest):
    nest.add('virttestd', burst=2, more='TimeoutStartSec=300ms\nTimeoutStopSec=200ms')
    os.unlink(f'{nest.bin}/virttestd')
    nest.write('bin/virttestd', '#!/bin/sh\ntrap "" TERM\nwhile :; do sleep 0.05; done\n')
    os.chmod(f'{nest.bin}/virttestd', 0o755)
    nest.up()
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(f'{nest.root}/run/test/virttestd-sock')
        until('giving up', lambda: nest.status('virttestd')['state'] == 'failed')
        assert nest.status('virttestd')['last_end'] == 'was not ready in time'


def test_killed_swarm_is_taken_over(nest):
    nest.add('virttestd', more='FileDescriptorStoreMax=5')
    nest.up()
    pid = int(nest.ask('pid'))
    nest.ask('store alpha')
    until('store file', lambda: 'alpha' in open(f'{nest.root}/run/virt-swarm/state.json').read()
          if os.path.exists(f'{nest.root}/run/virt-swarm/state.json') else False)
    os.kill(nest.status()['pid'], signal.SIGKILL)
    until('end', lambda: nest.run_ends())
    assert int(nest.ask('pid')) == pid, 'the daemon serves on'
    nest.up()
    daemon = nest.status('virttestd')
    assert (daemon['pid'], daemon['state'], daemon['stored_fds']) == (pid, 'running', 1), daemon
    assert int(nest.ask('pid')) == pid
    os.kill(pid, signal.SIGKILL)
    assert int(nest.ask('pid')) != pid
    assert nest.ask('read alpha') == 'alpha'


def test_killed_swarm_with_removed_socket_is_replaced(nest):
    nest.add('virttestd')
    nest.up()
    pid = int(nest.ask('pid'))
    os.kill(nest.status()['pid'], signal.SIGKILL)
    until('end', lambda: nest.run_ends())
    os.unlink(f'{nest.root}/run/test/virttestd-sock')
    nest.up()
    assert int(nest.ask('pid')) != pid


def test_down_after_a_killed_swarm(nest):
    nest.add('virttestd')
    nest.up()
    pid = int(nest.ask('pid'))
    os.kill(nest.status()['pid'], signal.SIGKILL)
    until('end', lambda: nest.run_ends())
    nest.run('down')
    until('its end', lambda: not runs(pid), 2)
    assert not os.path.exists(f'{nest.root}/run/test/virttestd-sock')


def test_only_brings_what_is_required(nest):
    for name in ('virtad', 'virtbd', 'virtcd'):
        nest.add(name)
    nest.write('units/virtad.service', SERVICE.format(name='virtad', args='', more='', interval='10s', burst=5)
               .replace('Requires=virtad.socket', 'Requires=virtad.socket virtbd.socket'))
    nest.up('--only', 'virtad')
    assert sorted(daemon['name'] for daemon in nest.status()['daemons']) == ['virtad', 'virtbd']


def test_bad_input_is_refused(nest):
    nest.add('virttestd')
    assert 'no unit virtnoned' in nest.up('--only', 'virtnoned', check=1)
    nest.write('units/virttestd.service.d/bad.conf', '[Service]\nRestart=perhaps\n')
    assert 'Restart=perhaps' in nest.up(check=1)
    nest.write('units/virttestd.service.d/bad.conf', '[Service]\nnonsense\n')
    assert 'bad.conf:2' in nest.up(check=1)
    os.unlink(f'{nest.units}/virttestd.service.d/bad.conf')
    os.makedirs(f'{nest.root}/run/test', exist_ok=True)
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(f'{nest.root}/run/test/virttestd-sock')
        other.listen()
        assert 'another program listens' in nest.up(check=1)
    nest.up()


def test_env_names_the_socket(nest):
    nest.add('virttestd')
    nest.up()
    assert nest.run('env') == ('export LIBVIRT_DEFAULT_URI=\'qemu+unix:///system?socket='
                               f'{nest.root}/run/libvirt/virtqemud-sock\'\n')


def run_ends(nest):
    done = subprocess.run([PROGRAM, 'status', '--root', nest.root], capture_output=True, check=False, timeout=20)
    return done.returncode == 3


Nest.run_ends = run_ends


def main():
    tests = [(name, test) for name, test in sorted(globals().items()) if name.startswith('test_')]
    chosen = sys.argv[3:]
    print(f'1..{len(tests)}')
    failed = 0
    for number, (name, test) in enumerate(tests, 1):
        if chosen and name not in chosen:
            print(f'ok {number} {name} # SKIP', flush=True)
            continue
        nest = Nest()
        result = 'ok'
        try:
            test(nest)
        except Exception as error:  # each test is judged alone
            result = 'not ok'
            print(f'# {type(error).__name__}: {error}'.replace('\n', '\n# '))
            print('# line', error.__traceback__.tb_next.tb_lineno)
            for log in ('virt-swarm', 'virttestd'):
                path = f'{nest.root}/var/log/libvirt/{log}.log'
                if os.path.exists(path):
                    print('# ' + open(path, errors='replace').read()[-2000:].replace('\n', '\n# '))
        try:
            nest.close()
        except Exception as error:
            result = 'not ok'
            print(f'# cleaning up: {error}'.replace('\n', '\n# '))
        failed += result != 'ok'
        print(result, number, name, flush=True)
    sys.exit(failed > 0)


main()
