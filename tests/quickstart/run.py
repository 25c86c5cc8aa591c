#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The quick start: runs it, runs it again, and runs every command that it prints.

    run.py --builddir BUILD"""
import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LIMIT = 240


def check(condition, text):
    if not condition:
        raise AssertionError(text)


def shell(command, env=None):
    done = subprocess.run(['bash', '-c', command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors='replace', timeout=LIMIT, env=env, check=False)
    check(done.returncode == 0, f'{command}: status {done.returncode}\n{done.stdout[-3000:]}')
    return done.stdout


def eventually(condition, text, seconds=40):
    end = time.monotonic() + seconds
    while not condition():
        check(time.monotonic() < end, f'did not come true in {seconds} s: {text}')
        time.sleep(0.2)


class Tour:
    """What one reader of the quick start does, in order."""

    def __init__(self, builddir):
        self.root = tempfile.mkdtemp(prefix='quickstart.', dir='/var/tmp')
        self.command = f'{SOURCE}/tools/quickstart --no-install --root {self.root} --builddir {builddir}'
        self.swarm = f'{builddir}/tools/virt-swarm/virt-swarm'
        self.printed = []

    def quickstart(self):
        output = shell(self.command)
        check(re.search(r'^ *\d+ +quickstart +running', output, re.MULTILINE), f'no running guest:\n{output[-2000:]}')
        self.printed = [line.split('  #')[0].strip() for line in output.split('Try next')[1].splitlines()
                        if line.startswith('  ')]
        return output

    def printed_one(self, start):
        found = [line for line in self.printed if line.startswith(start)]
        check(len(found) == 1, f'the quick start prints {len(found)} commands "{start}"')
        return found[0]

    def run(self, start):
        return shell(f'{self.printed_one("eval")}; {self.printed_one(start)}')

    def status(self):
        return {daemon['name']: daemon for daemon in
                json.loads(shell(f'{self.swarm} status --json --root {self.root}'))['daemons']}

    def step_boots_a_guest(self):
        output = self.quickstart()
        check('Linux version' in output and 'virtswarm guest ready' in output, f'no boot messages:\n{output[-2000:]}')
        check('virtswarm guest: address 192.168.122.' in output, f'the guest has no address:\n{output[-2000:]}')

    def step_may_be_run_again(self):
        check('runs already' in self.quickstart(), 'the guest did not go on')

    def step_printed_queries_work(self):
        for start, expected in (('virsh list', 'running'), ('virsh dominfo', 'running'), ('virsh domstats', 'balloon.current'),
                                ('virsh dumpxml', '</domain>'), ('virsh net-list', 'default'),
                                ('virsh domifaddr', '192.168.122.'), (self.swarm + ' status', 'virtqemud')):
            check(expected in self.run(start), f'{start} does not say {expected}')

    def step_console_works(self):
        log = f'{self.root}/console.log'
        command = f'{self.printed_one("eval")}; {self.printed_one("virsh console")}'
        with open(log, 'wb') as file:
            console = subprocess.Popen(['script', '-qfec', f'bash -c {json.dumps(command.replace("$", chr(92) + "$"))}', '/dev/null'],
                                       stdin=subprocess.PIPE, stdout=file, stderr=file)
        try:
            eventually(lambda: b'Escape character' in open(log, 'rb').read(), 'the console opens')
            console.stdin.write(b'\recho sum $((6 * 7))\r')
            console.stdin.flush()
            eventually(lambda: b'sum 42' in open(log, 'rb').read(), f'an answer: {open(log, "rb").read()[-300:]}')
            console.stdin.write(b'\x1d')
            console.stdin.close()
            check(console.wait(20) == 0, 'Ctrl-] does not leave the console')
        finally:
            console.kill()

    def step_killed_daemons_come_back(self):
        for name, daemon in self.status().items():
            if daemon['pid'] != 0:
                os.kill(daemon['pid'], signal.SIGKILL)
            check('running' in self.run('virsh list'), f'killing {name} stopped the guest')
            check('active' in self.run('virsh net-list').split(), f'killing {name} stopped the network')

    def step_shutdown_and_start(self):
        self.run('virsh shutdown')
        eventually(lambda: 'shut off' in self.run('virsh list'), 'the guest obeys the power button')
        self.run('virsh start')
        check('running' in self.run('virsh list'), 'the guest does not start again')

    def step_everything_stops(self):
        self.run('virsh net-destroy')
        shell(self.printed_one(self.swarm + ' down'))
        left = [line for line in shell('ps -eo pid,stat,args').splitlines()
                if self.root in line and line.split()[1][0] != 'Z' and str(os.getpid()) != line.split()[0] and 'bash -c' not in line]
        check(not left, 'left over: ' + '\n'.join(left))
        shell(self.printed_one('rm -r'))
        check(not os.path.exists(self.root), 'the directory is still there')

    def clean_up(self):
        subprocess.run([self.swarm, 'down', '--guests', '--root', self.root], check=False)
        shutil.rmtree(self.root, ignore_errors=True)


def isolate():
    """Goes on in a network of its own: the default network is not to be made on the machine itself. What has to be fetched
    is fetched before."""
    if 'QUICKSTART_ISOLATED' not in os.environ:
        with tempfile.TemporaryDirectory() as folder:
            shell(f'{SOURCE}/tools/make-test-guest {folder}')
        os.environ['QUICKSTART_ISOLATED'] = '1'
        os.execvp('unshare', ['unshare', '-n', sys.executable, *sys.argv])
    shell('ip link set lo up')


def main():
    isolate()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--builddir', required=True)
    tour = Tour(os.path.abspath(parser.parse_args().builddir))
    passed = failed = 0
    try:
        for name in [name for name in vars(Tour) if name.startswith('step_')]:
            try:
                getattr(tour, name)()
                passed += 1
                print(f'ok   {name[5:]}', flush=True)
            except Exception as error:  # each step is judged alone
                failed += 1
                print(f'FAIL {name[5:]}: {type(error).__name__}: {error}', flush=True)
    finally:
        tour.clean_up()
    print(f'{passed} passed, {failed} failed, 0 skipped')
    return failed > 0


sys.exit(main())
