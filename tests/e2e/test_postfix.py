#!/usr/bin/python3
"""A real Postfix with the daemon behind it: the cases of every mail server (mtacases.py), and
what is Postfix's own.  TAP; needs root.

builddir: where beschermd is.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import messages
import mtacases
import postfix
import tap
from daemon import Beschermd
from outcome import Way, faults
from postfix import PrivatePostfix
from running import BUILD, USER, work_folder

MARK = "BESCHERMD_TEST_OWN_MOUNTS"


RELATIVE = "unix:beschermd/beschermd.sock"


def judged(way, post, name):
    """A message goes through and is judged, and beschermctl finds nothing to mend."""
    m = mtacases.forgery(post)
    mtacases.check(name, faults(m, way.send(m)))
    done = subprocess.run(
        [os.path.join(BUILD, "beschermctl"), "postfix", "-c", way.daemon.conf,
         "--config-dir", way.mta.etc],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    tap.ok(done.returncode == 0, name + ": beschermctl postfix is content", done.stdout.decode())


def test_queue_directory(start, post):
    """The README's first way, below the queue directory: in Debian's chroot and outside."""
    for chroot in ("y", "n"):
        mta = start(RELATIVE, chroot=chroot)
        mta.configure()
        folder = os.path.join(mta.dir, "spool", "beschermd")
        # as tmpfiles.d/beschermd.conf makes it
        subprocess.run(["install", "-d", "-o", USER, "-g", "postfix", "-m", "2750", folder], check=True)
        conf = f"Socket unix:{folder}/beschermd.sock\nSocketGroup postfix\nSocketMode 0660\n"
        with Beschermd(conf, post.zone) as daemon, mta:
            judged(Way(mta, daemon), post, f"{RELATIVE}, smtpd with chroot {chroot}")


def test_group(start, post):
    """The README's second way: outside, where Postfix's user is in the socket's group."""
    name = "an absolute path, by the socket's group"
    with work_folder("group") as where:
        path = os.path.join(where, "group")
        with open("/etc/group", encoding="utf-8") as f:
            groups = re.sub(r"(?m)^(nogroup:.*:)(.*)$", r"\1postfix", f.read())
        with open(path, "w", encoding="utf-8") as f:
            f.write(groups)
        mount = ["mount", "--bind", path, "/etc/group"]
        if MARK not in os.environ or subprocess.run(mount, check=False).returncode != 0:
            tap.skip(name, "no mount namespace to put postfix into a group in")
            return
        try:
            with Beschermd("SocketMode 0660\nSocketGroup nogroup\n", post.zone) as daemon:
                with start(daemon.socket) as mta:
                    judged(Way(mta, daemon), post, name)
        finally:
            subprocess.run(["umount", "/etc/group"], check=True)


def own_mounts():
    """Start anew with mounts that nobody else sees, where that can be had."""
    own = ["unshare", "--mount", "--propagation", "private"]
    if MARK in os.environ or shutil.which("unshare") is None:
        return
    if subprocess.run([*own, "true"], stderr=subprocess.DEVNULL, check=False).returncode == 0:
        os.environ[MARK] = "1"
        os.execvp(own[0], [*own, sys.executable, *sys.argv])


def main():
    if why := postfix.missing():
        tap.skip_all(why)
        return
    own_mounts()
    with work_folder("postfix") as where:

        def start(milter, **options):
            return PrivatePostfix(tempfile.mkdtemp(dir=where), milter, **options)

        mtacases.run(start, messages.Post(), (test_queue_directory, test_group))


if __name__ == "__main__":
    main()
