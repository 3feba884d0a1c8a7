#!/usr/bin/python3
"""A real Postfix with the daemon behind it: the cases of every mail server (mtacases.py), and
what is Postfix's own.  TAP; needs root.

builddir: where beschermd is.
"""

import os
import shutil
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import messages
import mtacases
from postfix import PrivatePostfix


def main():
    if os.geteuid() != 0:
        print("1..0 # SKIP Postfix needs root")
        return
    if shutil.which("postfix") is None:
        print("1..0 # SKIP there is no Postfix: scripts/install-deps test")
        return
    where = tempfile.mkdtemp(prefix="beschermd-postfix.", dir="/tmp")
    os.chmod(where, 0o755)

    def start(milter, **options):
        return PrivatePostfix(tempfile.mkdtemp(dir=where), milter, **options)

    try:
        mtacases.run(start, messages.Post())
    finally:
        shutil.rmtree(where, ignore_errors=True)


if __name__ == "__main__":
    main()
