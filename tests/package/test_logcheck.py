#!/usr/bin/python3
"""debian/beschermd.logcheck.ignore.server against what the daemon writes: the routine is
ignored, and whatever asks for attention is not.  TAP.  builddir: where beschermd is.
"""

import glob
import os
import re
import signal
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.join(HERE, "../..")
sys.path.insert(0, os.path.join(HERE, "../lib"))
sys.path.insert(0, os.path.join(HERE, "../e2e"))

import tap
import test_cases
from daemon import Beschermd
from running import until

RULES = os.path.join(TOP, "debian/beschermd.logcheck.ignore.server")
# How syslog begins a line: as always, and as rsyslog of Debian 12 does.
BEGINNINGS = ("Nov  5 09:00:00 mx beschermd[4711]: ", "2026-11-05T09:00:00.123456+01:00 mx-1.example beschermd[1]: ")
CASES = (
    "pass-*", "fail-*", "from-*", "exempt-*", "mailing-list*", "monitor*", "no-policy*", "null-sender*",
    "override-*", "signatures-*", "spf-*", "trusted-*", "header-odd-octets*", "forged-results.case",
    "session-unknown-client*",
)  # fmt: skip
LEVEL = re.compile(r"^(error|warning|debug): ")


def reported(lines):
    """Those that logcheck would send to the admin."""
    text = "".join(line + "\n" for line in lines)
    done = subprocess.run(
        ["grep", "-Evf", RULES], input=text, stdout=subprocess.PIPE, text=True, check=False
    )
    return done.stdout.splitlines()


class Log(Beschermd):
    """Keeps what every daemon of a test wrote."""

    kept = []

    def __exit__(self, *what):
        super().__exit__(*what)
        Log.kept += self.log().splitlines()


def test_messages():
    """Every kind of line about a message, as the scenarios make them."""
    paths = [p for pattern in CASES for p in sorted(glob.glob(os.path.join(TOP, "tests/cases", pattern + "*")))]
    test_cases.Beschermd = Log
    with test_cases.ThreadPoolExecutor(test_cases.AT_ONCE) as pool:
        list(pool.map(test_cases.run_case, test_cases.read_cases(sorted(set(paths)))))
    lines = [line for line in Log.kept if not LEVEL.match(line)]
    actions = {found[1] for line in lines if (found := re.search(r" action=(\w+)", line))}
    tap.equal(actions, {"accept", "header", "hold", "reject"}, "the scenarios make every kind of line")
    for beginning in BEGINNINGS:
        left = reported(beginning + line for line in lines)
        tests = [beginning + line + " prove=yes" for line in lines if line.endswith("ms")]
        tap.ok(tests and not reported(tests), f"{len(tests)} lines as beschermctl prove makes them too")
        tap.ok(not left, f"{len(lines)} routine lines after \"{beginning[:6]}\" are ignored", "\n".join(left))
    loud = [BEGINNINGS[0] + LEVEL.sub("", line) for line in Log.kept if line.startswith(("error", "warning"))]
    tap.equal(reported(loud), loud, f"{len(loud)} warnings are not")


def test_service():
    """Start, reload, stop; a reload that fails is told."""
    with Beschermd("Mode monitor\n", "") as daemon:
        for conf, end in (("Mode enforce\n", "settings reloaded"), ("Mode nonsense\n", "the old settings stay")):
            daemon.write(f"Socket {daemon.socket}\nDNSSEC off\nSyslog no\n{conf}")
            daemon.signal(signal.SIGUSR1)
            until(lambda: end in daemon.log())
    lines = daemon.log().splitlines()
    tap.ok(lines[-1] == "stopped", "it stopped", daemon.log())
    loud = [line for line in lines if LEVEL.match(line)]
    tap.ok(any("the old settings stay" in line for line in loud), "one reload failed", daemon.log())
    left = reported(BEGINNINGS[0] + LEVEL.sub("", line) for line in lines)
    tap.equal(left, [BEGINNINGS[0] + LEVEL.sub("", line) for line in loud], "only warnings and errors are told")


def test_loud():
    """What only looks like a line of ours is told."""
    rows = (
        "4XyZ: action=panic dmarc=pass client=192.0.2.1 time=1ms",
        "4XyZ: libopendmarc judges differently, the stricter result counts: please report this message",
        "4XyZ: action=accept dmarc=pass client=192.0.2.1",
        "stopped with 3 messages in progress: deferred",
    )
    for row in rows:
        tap.equal(reported([BEGINNINGS[0] + row]), [BEGINNINGS[0] + row], row)


if __name__ == "__main__":
    tap.run([test_messages, test_service, test_loud])
