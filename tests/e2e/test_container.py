#!/usr/bin/python3
"""As the Containerfile has it run, with what was just built: its user, its settings, its command
and its health check, with a root that is read only, no syslog, no capabilities and few
processes.  TAP; as root.

builddir: where beschermd is.  tests/package/test_image.py does so with the image itself.
"""

import os
import re
import shutil
import subprocess
import sys
from functools import partial, update_wrapper

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.abspath(os.path.join(HERE, "../.."))
sys.path.insert(0, os.path.join(HERE, "../lib"))

import containerchecks
import containerfile
import tap
from container import why_not
from running import BUILD, SANITIZER_EXIT, SUPPRESSIONS, work_folder

BIN = "/opt/beschermd"
# What programs of this host look for there.
ETC = ("group", "ld.so.cache", "nsswitch.conf", "passwd")
SANITIZERS = {
    # LeakSanitizer needs a ptrace that the container has not.
    "ASAN_OPTIONS": f"exitcode={SANITIZER_EXIT}:detect_leaks=0",
    "TSAN_OPTIONS": f"exitcode={SANITIZER_EXIT}:suppressions={BIN}/tsan.supp",
}
# Until an engine kills it: that of Docker and Podman where nothing else is said.
PATIENCE = 10


def settings_file():
    """Where the built one reads its settings."""
    done = subprocess.run([os.path.join(BUILD, "beschermd"), "-V"], capture_output=True, text=True, check=True)
    return re.search(r"(?m)^settings: (.*)$", done.stdout)[1]


def programs_of_host(root):
    """Folders and links as on this host; what is mounted into them."""
    mounts = []
    for name in ("bin", "lib", "lib32", "lib64", "sbin"):
        if os.path.islink("/" + name):
            os.symlink(os.readlink("/" + name), os.path.join(root, name))
        elif os.path.isdir("/" + name):
            mounts.append(("/" + name, "/" + name))
    # each by itself, as /usr/local is ours
    mounts += [(e.path, e.path) for e in os.scandir("/usr") if e.is_dir(follow_symlinks=False) and e.name != "local"]
    for _, target in mounts:
        os.makedirs(root + target)
    return mounts


def make_root(root, image, conf):
    """Such a container's root, of this host's programs and the built ones."""
    mounts = programs_of_host(root)
    for name in ("dev", "proc", "tmp", "etc", "var/lib", BIN[1:], os.path.dirname(conf)[1:] + "/beschermd.d"):
        os.makedirs(os.path.join(root, name), exist_ok=True)
    os.makedirs(os.path.join(root, "etc/beschermd.d"), exist_ok=True)
    for name in ETC:
        shutil.copy(f"/etc/{name}", os.path.join(root, "etc", name))
    for name in ("beschermd", "beschermctl"):
        shutil.copy(os.path.join(BUILD, name), root + BIN)
    shutil.copy(SUPPRESSIONS, os.path.join(root + BIN, "tsan.supp"))
    # COPY source target, the one that gives the settings
    source = next(text.split()[0] for word, text, *_ in image.steps if word == "COPY" and text.endswith(" /etc/beschermd.conf"))
    shutil.copy(os.path.join(TOP, source), root + conf)
    for volume in image.volumes:
        os.makedirs(root + volume)
        os.chown(root + volume, *map(int, image.user.split(":")))
    return mounts


def main():
    why = why_not()
    if why is not None:
        tap.skip_all(why)
        return
    image = containerfile.read(os.path.join(TOP, "Containerfile"))[-1]
    conf = settings_file()
    with work_folder("root") as root:
        mounts = make_root(root, image, conf)
        env = {"PATH": f"{BIN}:{image.env['PATH']}", **SANITIZERS}
        one = partial(containerchecks.opened, root, image, os.path.dirname(conf) + "/beschermd.d", mounts, env)
        test = partial(containerchecks.run, one, PATIENCE)
        tap.run([update_wrapper(test, containerchecks.run)])


if __name__ == "__main__":
    main()
