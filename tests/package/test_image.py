#!/usr/bin/python3
"""The image that the Containerfile makes, without an engine and a registry: its steps are done
in a fresh Debian, and what it makes is run as it says; then with the Postfix of
docs/examples/postfix.Containerfile beside it.  TAP; as root, with the network for
packages.

It is made of the last commit.
"""

import os
import re
import shutil
import sys
import tempfile
from functools import partial

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.abspath(os.path.join(HERE, "../.."))
sys.path.insert(0, os.path.join(HERE, "../lib"))

import containerchecks
import containerfile
import containerpostfix
import tap
from container import Container, why_not

# Until an engine kills it: that of Docker and Podman where nothing else is said.
PATIENCE = 10
FILES = ("/usr/sbin/beschermd", "/usr/bin/beschermctl", "/etc/beschermd.conf", "/usr/share/dns/root.key",
         "/usr/share/publicsuffix/public_suffix_list.dafsa")


def why_not_here():
    for program in ("debootstrap", "ip"):
        if shutil.which(program) is None:
            return f"no {program}: scripts/install-deps package"
    if not os.path.exists(os.path.join(TOP, ".git")):
        return "the image is made of a clone, and this is none"
    return why_not()


def test_files(root, image):
    for path in FILES:
        tap.ok(os.path.isfile(root + path), f"{path} is in the image")
    for path in ("/opt", "/var/lib/apt/lists", "/build"):
        left = os.listdir(root + path) if os.path.isdir(root + path) else []
        tap.equal(left, [], f"nothing is left in {path}")
    for path in ("/usr/bin/gcc", "/usr/lib/systemd/systemd", "/usr/bin/python3"):
        tap.ok(not os.path.exists(root + path), f"{path} is not")
    user, group = map(int, image.user.split(":"))
    with open(root + "/etc/passwd", encoding="utf-8") as f:
        line = next((line for line in f if line.startswith("beschermd:")), "")
    tap.ok(line.startswith(f"beschermd:x:{user}:{group}:") and line.endswith("/usr/sbin/nologin\n"), "its user", line)
    for path in image.volumes:
        found = os.stat(root + path)
        tap.equal((found.st_uid, found.st_gid), (user, group), f"{path} is that user's")


def test_shipped(root, image):
    """Without settings of one's own."""
    with Container(root, image, "") as c:
        c.socket = "unix:" + os.path.join(c.volumes["/run/beschermd"], "beschermd.sock")
        containerchecks.begin(c)
        code, told = c.run("beschermd", "-n")
        tap.ok(code == 0 and "enforcing: yes" in told, "beschermd -n with the settings of the image", told)
        code, told = c.run("beschermd", "-V")
        tap.ok(code == 0 and re.search(r"(?m)^dnssec: possible", told), "DNSSEC is possible", told)
        warned = [line for line in c.said() if line.get("level") in ("warning", "error")]
        tap.ok(not [w for w in warned if "PublicSuffixList" in str(w)], "no warning about what should be in the image", warned)
        containerchecks.test_stop(c, PATIENCE)


def main():
    why = why_not_here()
    if why is not None:
        tap.skip_all(why)
        return
    top = tempfile.mkdtemp(prefix="beschermd-image.", dir="/var/tmp")
    try:
        os.chmod(top, 0o755)
        images = containerfile.read(os.path.join(TOP, "Containerfile"))

        def test_image():
            builder = containerfile.Builder(TOP, top)
            root = builder.build(images)
            tap.ok(builder.commands >= 2, "the steps of the Containerfile go well")
            test_files(root, images[-1])
            test_shipped(root, images[-1])
            one = partial(containerchecks.opened, root, images[-1], "/etc/beschermd.d")
            containerchecks.run(one, PATIENCE)
            postfix = containerpostfix.build(builder)
            with one() as c:
                containerchecks.begin(c)
                containerpostfix.run(*postfix, c, containerchecks.FORGED)

        tap.run([test_image])
    finally:
        # All mounts were those of a namespace that has gone: nothing but files is here.
        shutil.rmtree(top, ignore_errors=True)


if __name__ == "__main__":
    main()
