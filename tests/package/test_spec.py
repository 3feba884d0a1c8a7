#!/usr/bin/python3
"""packaging/beschermd.spec: well formed, of this version, and with every file that is installed.
TAP.

builddir: what is installed from it, into a folder that goes when the test ends.
"""

import fnmatch
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.abspath(os.path.join(HERE, "../.."))
BUILD = os.environ.get("builddir", ".")
sys.path.insert(0, os.path.join(HERE, "../lib"))

import tap

SPEC = os.path.join(TOP, "packaging/beschermd.spec")
# What Fedora's systemd-rpm-macros say; Debian has none of them.
MACROS = {
    "_unitdir": "/usr/lib/systemd/system",
    "_sysusersdir": "/usr/lib/sysusers.d",
    "_tmpfilesdir": "/usr/lib/tmpfiles.d",
    "sysusers_create_compat()": "true",
    "tmpfiles_create()": "true",
    "systemd_post()": "true",
    "systemd_preun()": "true",
    "systemd_postun_with_restart()": "true",
}
# Macros and what Automake calls the same.
FOLDERS = {
    "_bindir": "bindir",
    "_sbindir": "sbindir",
    "_sysconfdir": "sysconfdir",
    "_datadir": "datadir",
    "_mandir": "mandir",
    "_unitdir": "systemdsystemunitdir",
    "_sysusersdir": "sysusersdir",
    "_tmpfilesdir": "tmpfilesdir",
}
# rpmlint of Debian wants what no system asks for any more, and takes a file's name for an address.
KNOWN = re.compile(r"W: (no-buildroot-tag|invalid-url Source0)\b")


def call(*command, **options):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **options)


def folders():
    """Where this build installs: they are not overridden, as what it would build then is another."""
    with open(os.path.join(BUILD, "Makefile"), encoding="utf-8") as f:
        said = dict(re.findall(r"(?m)^(\w+) = (.*)$", f.read()))

    def whole(text):
        while (name := re.search(r"\$[{(](\w+)[})]", text)) is not None:
            text = text.replace(name[0], said[name[1]])
        return text

    places = {macro: whole(said[name]) for macro, name in FOLDERS.items()}
    return dict(places, _docdir=os.path.dirname(whole(said["docdir"])))


def defines(more=None):
    return [word for name, value in {**MACROS, **(more or {})}.items() for word in ("-D", f"{name} {value}")]


def test_form():
    done = call("rpmlint", SPEC)
    said = [line for line in done.stdout.splitlines() if re.search(r": [EW]: ", line) and not KNOWN.search(line)]
    tap.ok(done.returncode == 0 and "1 specfiles checked" in done.stdout and not said, "rpmlint has no word", done.stdout)
    done = call("rpmspec", *defines(), "-P", SPEC)
    tap.ok(done.returncode == 0 and "%{_" not in done.stdout, "rpmspec reads it, and knows each macro", done.stdout)
    with open(os.path.join(TOP, "configure.ac"), encoding="utf-8") as f:
        version = re.search(r"(?m)^AC_INIT\(\[beschermd\], \[(.*)\]\)$", f.read())[1]
    done = call("rpmspec", *defines(), "-q", "--srpm", "--qf", "%{VERSION}", SPEC)
    tap.equal(done.stdout, version, "its version is that of configure.ac")


def packed():
    """Patterns of %files."""
    spec = call("rpmspec", *defines(folders()), "-P", SPEC).stdout
    files = re.search(r"(?ms)^%files\n(.*?)^%changelog", spec)[1]
    for line in files.splitlines():
        words = line.split()
        if words and words[0] not in ("%license", "%doc"):
            yield words[-1]


def test_files():
    into = tempfile.mkdtemp(prefix="beschermd-spec.")
    # What it was told (TESTS=...) is not meant for this make.
    env = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    try:
        done = call("make", "-s", "-C", BUILD, "install", f"DESTDIR={into}", env=env)
        tap.ok(done.returncode == 0, "make install", done.stdout[-2000:])
        found = {"/" + os.path.relpath(os.path.join(folder, name), into) for folder, _, names in os.walk(into) for name in names}
    finally:
        shutil.rmtree(into)
    patterns = list(packed())
    tap.ok(len(patterns) > 10, "%files is read", patterns)

    def holds(pattern, path):
        return fnmatch.fnmatchcase(path, pattern) or path.startswith(pattern + "/")

    left = sorted(path for path in found if not any(holds(p, path) for p in patterns))
    tap.ok(len(found) > 30 and not left, "%files has each file that is installed", "\n".join(left))
    # An empty folder, of which make install makes one.
    nothing = [p for p in patterns if not p.endswith("/beschermd.d") and not any(holds(p, path) for path in found)]
    tap.ok(not nothing, "and nothing else", "\n".join(nothing))


def main():
    for program in ("rpmlint", "rpmspec"):
        if shutil.which(program) is None:
            tap.skip_all(f"no {program}: scripts/install-deps test")
            return
    tap.run([test_form, test_files])


if __name__ == "__main__":
    main()
