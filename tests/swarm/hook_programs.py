# SPDX-License-Identifier: LGPL-2.1-or-later
"""Programs of the administrator that say what they were called for."""
import contextlib
import os
import shutil

# Each hook appends a line to the log that lies in the system's /run, and keeps what it got on its standard input.
BODY = """#!/bin/sh
cat > %(run)s/sw-hook.$2.xml
echo "$(basename $0) $*" >> %(run)s/sw-hooks.log
%(more)s
exit 0
"""


@contextlib.contextmanager
def hooks(side, **programs):
    """Installs hooks for a block: by name in hooks/ ("qemu", "network", "qemu_d_NAME"), each with more lines of shell."""
    folder = side.path("/etc/libvirt/hooks")
    # A stock daemon sees its own /run; ours has the root's.
    run = "/run" if side.stock else side.path("/run")
    shutil.rmtree(folder, ignore_errors=True)
    for name, more in programs.items():
        path = os.path.join(folder, name.replace("_d_", ".d/"))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as f:
            f.write(BODY % {"run": run, "more": more})
        os.chmod(path, 0o755)
    try:
        yield
    finally:
        shutil.rmtree(folder)
        lines(side)


def lines(side):
    """What the hooks have said since it was asked last."""
    path = side.path("/run/sw-hooks.log")
    try:
        with open(path) as f:
            text = f.read()
        os.unlink(path)
        return text.splitlines()
    except FileNotFoundError:
        return []


def document(side, operation):
    with open(side.path("/run/sw-hook.%s.xml" % operation)) as f:
        return f.read()
