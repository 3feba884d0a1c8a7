#!/usr/bin/python3
"""`beschermd -V` against what can be known from outside: the libraries that its process
has open, what readelf finds in it.  TAP.  builddir: where beschermd is.
"""

import os
import re
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../lib"))

import tap
from daemon import built, measured, sanitized

# The name shown, the name of its file, the package of its header, whether its
# version is the package's (libmilter and libopendmarc count by themselves).
LIBRARIES = (
    ("libmilter", "libmilter.so", None),
    ("libspf2", "libspf2.so", "libspf2-dev"),
    ("libopendkim", "libopendkim.so", "libopendkim-dev"),
    ("libopendmarc", "libopendmarc.so", None),
    ("libunbound", "libunbound.so", "libunbound-dev"),
    ("libidn2", "libidn2.so", "libidn2-dev"),
    ("libpsl", "libpsl.so", "libpsl-dev"),
    ("OpenSSL", "libcrypto.so", "libssl-dev"),
)


def output(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def said():
    """What -V shows: {first word or words: rest}."""
    return dict(re.match(r"([^:]*): (.*)", line).groups() for line in output(built(), "-V").splitlines()[1:])


def package_version(name):
    """The upstream version; None where dpkg knows no such package."""
    if name is None or shutil.which("dpkg-query") is None:
        return None
    done = subprocess.run(
        ["dpkg-query", "-W", "-f=${Version}", name], capture_output=True, text=True, check=False
    )
    return re.match(r"[\d.]+\d", done.stdout)[0] if done.returncode == 0 else None


def test_libraries():
    linked = output("ldd", built())
    lines = {key.split()[0]: key.split(maxsplit=1)[1] for key in said() if " " in key}
    for name, file, package in LIBRARIES:
        version = lines.get(name, "")
        tap.ok(re.search(r"\d+\.\d+", version) and file in linked, f"{name} has a version", version)
        known = package_version(package)
        if known is None:
            tap.skip(f"{name}: that of its package", "it counts otherwise, or dpkg does not know it")
        else:
            tap.ok(version.startswith(known), f"{name}: that of its package", f"{version!r}, {known!r}")
    found = re.search(r"libopendmarc\.so\S* => (\S+)", linked)[1]
    tap.equal(lines["libopendmarc"], os.path.basename(os.path.realpath(found)), "libopendmarc's file")


def test_guards():
    for name, rest in said().items():
        tap.ok(len(rest) > 3, f"{name}: says what guards it, or where it is", rest)


def test_hardening():
    words = said()["hardening"].split(", ")
    dynamic, symbols = output("readelf", "-dW", built()), output("readelf", "--dyn-syms", "-W", built())
    truth = {
        "stack protector": "__stack_chk_fail" in symbols,
        "fortified": "_chk@" in re.sub("__stack_chk_fail@", "", symbols),
        "position independent": bool(re.search(r"FLAGS_1\).*\bPIE\b", dynamic)),
        "bound at start": bool(re.search(r"\(FLAGS\).*\bBIND_NOW\b", dynamic)),
    }
    for name, there in truth.items():
        if name == "fortified" and (sanitized() or measured()):
            tap.skip(name, "sanitizers bring their own checks")
        else:
            tap.equal(name in words, there, f"hardening, {name}: as readelf finds it")


def test_dnssec():
    anchor = "/usr/share/dns/root.key"
    want = f"possible, trust anchor {anchor}" if os.path.exists(anchor) else "not possible, "
    tap.ok(said()["dnssec"].startswith(want), "dnssec: as the trust anchor is there", said()["dnssec"])


if __name__ == "__main__":
    tap.run([test_libraries, test_guards, test_hardening, test_dnssec])
