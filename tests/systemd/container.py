# SPDX-License-Identifier: LGPL-2.1-or-later
"""A container with a real systemd as process 1, made of the host's /usr and an installation of ours.

The container has its own /etc, /var, /run and /tmp, its own network, and below the host's control groups
one of its own. Nothing is registered anywhere; everything is gone when it ends."""
import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
import uuid

MASKED = ['systemd-networkd.socket', 'systemd-network-generator.service', 'systemd-firstboot.service', 'ldconfig.service',
          'systemd-hwdb-update.service', 'systemd-journal-catalog-update.service', 'systemd-update-utmp.service',
          'systemd-udevd.service', 'libvirtd.service', 'libvirtd.socket', 'libvirtd-ro.socket', 'libvirtd-admin.socket',
          'virtlockd.socket', 'virtlockd-admin.socket']

FILES = {
    'etc/os-release': 'ID=debian\nVERSION_ID=12\nPRETTY_NAME="virtswarm test"\n',
    'etc/fstab': '',
    'etc/hostname': 'swarmtest\n',
    'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\n',
    'etc/group': 'root:x:0:\n',
    'etc/shadow': 'root::::::::\n',
    'etc/nsswitch.conf': 'passwd: files\ngroup: files\n',
    # What is wanted is enabled by the tests.
    'etc/systemd/system-preset/00-none.preset': 'disable *\n',
    'etc/systemd/journald.conf.d/volatile.conf': '[Journal]\nStorage=volatile\n',
    'etc/systemd/system/test.target': '[Unit]\nRequires=multi-user.target dbus.socket\n'
                                      'After=multi-user.target dbus.socket\nAllowIsolate=yes\n',
}

# The namespace of mounts keeps the overlay and nspawn's files in /run from the host.
LAUNCH = '''
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs /run
mount -t overlay overlay -o ro,lowerdir="$DEST/usr:/usr" "$ROOT/usr"
for hierarchy in $HIERARCHIES; do
  mkdir -p "$hierarchy/$NAME"
  echo $$ > "$hierarchy/$NAME/cgroup.procs"
done
exec systemd-nspawn --quiet -D "$ROOT" --private-network --register=no --keep-unit --machine="$NAME" \\
  --boot --console=pipe
'''


class Failed(Exception):
    """A command in the container failed."""


def hierarchies():
    """Where the host has cgroup v2, and systemd's own v1 hierarchy where that is in use."""
    places = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified', '/sys/fs/cgroup/systemd']
    return [place for place in places if os.path.exists(place + '/cgroup.procs')]


def why_not():
    """What the host lacks for a container, None if it has all."""
    if os.geteuid() != 0:
        return 'needs root'
    for program in ('systemd-nspawn', 'nsenter', 'unshare'):
        if shutil.which(program) is None:
            return f'needs {program}'
    if not any(os.access(place, os.W_OK) for place in hierarchies()):
        return 'needs a writable cgroup hierarchy'
    with tempfile.TemporaryDirectory() as probe:
        tried = subprocess.run(['unshare', '-m', 'mount', '-t', 'overlay', 'overlay', '-o', f'ro,lowerdir=/usr:{probe}', probe],
                               capture_output=True, text=True, check=False)
        if tried.returncode != 0:
            return f'needs overlayfs: {tried.stderr.strip()}'
    return None


class Container:
    def __init__(self, dest, log):
        self.name = f'swarmtest-{os.getpid()}'
        self.root = tempfile.mkdtemp(prefix='swarmtest-root.', dir='/var/tmp')
        self.dest, self.log = dest, log
        self.process = self.leader = None
        os.chmod(self.root, 0o755)
        for name in ('usr', 'etc', 'var', 'run', 'tmp', 'proc', 'sys', 'dev', 'root'):
            os.mkdir(os.path.join(self.root, name))
        for name in ('bin', 'sbin', 'lib', 'lib64'):
            os.symlink('usr/' + name, os.path.join(self.root, name))
        for path, text in FILES.items():
            self.write(path, text)
        self.write('etc/machine-id', uuid.uuid4().hex + '\n')
        for name in ('ld.so.cache', 'ld.so.conf', 'ld.so.conf.d', 'alternatives'):
            subprocess.run(['cp', '-a', '/etc/' + name, self.root + '/etc/'], check=False)
        for name in MASKED:
            os.symlink('/dev/null', f'{self.root}/etc/systemd/system/{name}')
        os.symlink('test.target', f'{self.root}/etc/systemd/system/default.target')

    def write(self, path, text):
        path = os.path.join(self.root, path.lstrip('/'))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)

    def start(self):
        env = dict(os.environ, DEST=self.dest, ROOT=self.root, NAME=self.name, HIERARCHIES=' '.join(hierarchies()),
                   SYSTEMD_NSPAWN_UNIFIED_HIERARCHY='1', SYSTEMD_LOG_LEVEL='warning')
        self.process = subprocess.Popen(['unshare', '-m', '/bin/bash', '-c', LAUNCH], env=env, stdin=subprocess.DEVNULL,
                                        stdout=self.log, stderr=subprocess.STDOUT)
        end = time.monotonic() + 60
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise Failed(f'systemd-nspawn ended with status {self.process.returncode}')
            self.leader = self.find_leader()
            if self.leader and self.run('systemctl', 'is-system-running', '--wait', check=False).strip() in ('running', 'degraded'):
                return
            time.sleep(0.1)
        raise Failed('systemd did not come up within 60 s')

    def find_leader(self):
        """Process 1 of the container, seen from the host: the child of nspawn in another namespace."""
        with contextlib.suppress(OSError):
            with open(f'/proc/{self.process.pid}/task/{self.process.pid}/children', encoding='ascii') as file:
                for pid in file.read().split():
                    with open(f'/proc/{pid}/comm', encoding='ascii') as comm:
                        if comm.read().strip() == 'systemd':
                            return int(pid)
        return None

    def run(self, *words, check=True, timeout=60):
        """Runs a command in the container; returns its output, errors included."""
        done = subprocess.run(['nsenter', '-a', '-t', str(self.leader), 'env', '-i', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin',
                               'HOME=/root', 'LC_ALL=C', *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=timeout, check=False)
        if check and done.returncode != 0:
            raise Failed(f'{" ".join(words)}: status {done.returncode}: {done.stdout.strip()}')
        return done.stdout

    def show(self, unit, what):
        return self.run('systemctl', 'show', '--value', '-p', what, unit).strip()

    def host_pid(self, pid):
        """The host's number of a process of the container."""
        for entry in os.listdir('/proc'):
            with contextlib.suppress(OSError):
                with open(f'/proc/{entry}/status', encoding='ascii', errors='replace') as file:
                    for line in file:
                        if line.startswith('NSpid:') and line.split()[2:] == [str(pid)] and self.holds(entry):
                            return int(entry)
        return None

    def holds(self, pid):
        with open(f'/proc/{pid}/cgroup', encoding='ascii') as file:
            return self.name in file.read()

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                if self.leader:
                    os.kill(self.leader, signal.SIGRTMIN + 14)   # exit at once
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = self.leader = None
        for place in hierarchies():
            for path, _, _ in os.walk(os.path.join(place, self.name), topdown=False):
                with contextlib.suppress(OSError):
                    os.rmdir(path)

    def remove(self):
        self.stop()
        shutil.rmtree(self.root)
