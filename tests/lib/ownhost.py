"""A host of a test's own: a network with nobody else on it, and mounts that nobody else sees.

    if reason := ownhost.missing():
        tap.skip_all(reason)
    elif (code := ownhost.enter()) is not None:
        sys.exit(code)
"""

import os
import shutil
import subprocess
import sys

MARK = "BESCHERMD_TEST_OWN_HOST"
OWN = ("unshare", "--net", "--mount")


def missing(*programs, more=()):
    """Why there can be none, "" if there can; and are there these ${programs}?"""
    if os.geteuid() != 0:
        return "a host of its own needs root"
    for program in ("unshare", "ip", *programs):
        if shutil.which(program) is None:
            return f"there is no {program}: scripts/install-deps test"
    own = subprocess.run([*OWN, *more, "true"], stderr=subprocess.PIPE, check=False)
    return "" if own.returncode == 0 else f"no namespaces: {own.stderr.decode().strip()}"


def enter(*more):
    """Start this program anew on such a host, and return its exit code; there, None: go on."""
    if MARK not in os.environ:
        os.environ[MARK] = "1"
        own = [*OWN, *more, "--propagation", "private"]
        return subprocess.run([*own, sys.executable, *sys.argv], check=False).returncode
    run_ip("link", "set", "lo", "up")
    return None


def run_ip(*arguments):
    subprocess.run(["ip", *arguments], check=True)


def put_on(address):
    """One more address of the host."""
    v6 = ":" in address
    run_ip("addr", "replace", address + ("/128" if v6 else "/32"), "dev", "lo", *["nodad"][:v6])
