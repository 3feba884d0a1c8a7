#!/usr/bin/python3
"""The AppArmor profile: its parser takes it, and what the daemon opens is in it.  TAP.

The kernel need not have AppArmor: the files come from strace, the rules from the parser,
which unfolds what the profile includes.  builddir: where beschermd is.
"""

import os
import re
import shutil
import signal
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../lib"))

import tap
from daemon import SETTINGS, built, measured, sanitized
from milterclient import Client
from running import Running, until

PROFILE = os.path.join(HERE, "../../debian/apparmor.profile")
REPORT = os.path.join(HERE, "../../debian/apparmor.report")
PARSER = shutil.which("apparmor_parser") or shutil.which("apparmor_parser", path="/usr/sbin:/sbin")
VARIABLES = {"@{PROC}": "/proc", "@{pid}": "*", "@{pids}": "*", "@{tid}": "*", "@{multiarch}": "*-linux-gnu*",
             "@{etc_ro}": "/{usr/,}etc", "@{etc_rw}": "/etc", "@{run}": "/{var/,}run", "@{HOME}": "/root",
             "@{sys}": "/sys", "@{lib}": "/{usr/,}lib"}  # fmt: skip


def pattern(glob):
    """AppArmor's glob as a regular expression."""
    for name, value in VARIABLES.items():
        glob = glob.replace(name, value)
    out, depth = "", 0
    for piece in re.findall(r"\*\*|\[[^]]*\]|.", glob):
        depth += (piece == "{") - (piece == "}")
        out += {"**": ".*", "*": "[^/]*", "?": "[^/]", "{": "(", "}": ")"}.get(
            piece, "|" if piece == "," and depth else piece if piece[0] == "[" else re.escape(piece)
        )
    return out


def rules():
    """(pattern, rights) of every file rule, includes unfolded."""
    text = subprocess.run(
        [PARSER, "-p", PROFILE], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True
    ).stdout
    found = re.findall(r'(?m)^\s*(?:owner\s+)?"?([/@][^\s"]*)"?\s+([a-zA-Z]+),', text)
    return [(re.compile(pattern(path)), rights) for path, rights in found]


def opened(trace):
    """{path: "r" or "w"} of what was there and was opened; a folder ends in /."""
    found = {}
    for folder, name, flags in re.findall(r'openat\(\w+<([^>]*)>, "([^"]*)", (\S+?)[,)].* = \d+', trace):
        path = os.path.join(folder, name)
        if path.startswith("/proc/self/fd/"):
            continue  # a memfd, which AppArmor does not mediate
        if "O_DIRECTORY" in flags:
            path = path.rstrip("/") + "/"
        writes = "O_WRONLY" in flags or "O_RDWR" in flags
        found[path] = "w" if writes else found.get(path, "r")
    return found


class Traced(Running):
    def command(self, *flags):
        return ["strace", "-f", "-qq", "-y", "-e", "trace=openat", "-o", self.dir + "/trace", *super().command(*flags)]


def trace():
    """Start, a message, a reload, a stop: what strace saw, and the folder that was its own."""
    with Traced(built(), SETTINGS.replace("DNSSEC off\n", "Discovery psl\nNameservers 127.0.0.1\n")) as d:
        d.start()
        with open(f"/proc/{d.process.pid}/task/{d.process.pid}/children", encoding="ascii") as f:
            daemon = int(f.read())
        client = Client(d.socket)
        client.negotiate()
        client.connect("192.0.2.1", None)
        client.helo(b"mail.example")
        client.close()
        os.kill(daemon, signal.SIGUSR1)
        until(lambda: "reloaded" in d.log())
        os.kill(daemon, signal.SIGTERM)
        d.wait()
        with open(d.dir + "/trace", encoding="latin-1") as f:
            return f.read(), d.dir


def test_parser():
    done = subprocess.run([PARSER, "-QTK", PROFILE], capture_output=True, text=True, check=False)
    tap.ok(done.returncode == 0, "apparmor_parser takes it", done.stderr)
    done = subprocess.run([PARSER, "-QTK", REPORT], capture_output=True, text=True, check=False)
    tap.ok(done.returncode == 0, "apparmor_parser takes that of the reports", done.stderr)


def test_pages():
    """Settings that a page tells to read with -c: some are not ours."""
    known, wanted = rules(), set()
    for page in ("README.md", "docs/moving.md"):
        with open(os.path.join(HERE, "../..", page), encoding="utf-8") as f:
            wanted |= set(re.findall(r"\bbeschermd [-a-z ]*-c (/[^ `]+)", f.read()))
    tap.ok(wanted, "pages name files to read with -c")
    for path in sorted(wanted):
        tap.ok(any("r" in how and one.fullmatch(path) for one, how in known), f"{path} may be read")


def test_files():
    if shutil.which("strace") is None or sanitized() or measured():
        tap.skip("what the daemon opens is in it", "no strace, or a build for other ends")
        return
    text, own = trace()
    files = {p: how for p, how in opened(text).items() if not p.startswith(own)}
    known = rules()
    denied = [
        f"{path} {how}" for path, how in files.items()
        if not any(how in rights and one.fullmatch(path) for one, rights in known)
    ]  # fmt: skip
    tap.ok("/etc/resolv.conf" in files or len(files) > 10, "it opens something", files)
    tap.ok(not denied, f"the {len(files)} files that the daemon opens are in it", "\n".join(denied))
    zone = "/usr/share/beschermd/prove/zone"
    tap.ok(any("r" in how and one.fullmatch(zone) for one, how in known), f"so is {zone}, which it opens where prove is used")
    strange = [p for p in ("/etc/shadow", "/root/.ssh/id_rsa", "/var/mail/anna") if any(o.fullmatch(p) for o, _ in known)]
    tap.ok(not strange, "and what it has no use for is not", "\n".join(strange))


if __name__ == "__main__":
    if PARSER is None:
        print("1..0 # SKIP no apparmor_parser: scripts/install-deps package")
    else:
        tap.run([test_parser, test_pages, test_files])
