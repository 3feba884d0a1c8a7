#!/usr/bin/python3
"""Whatever a message or the DNS holds: one line a message, printable, bounded."""

import os
import sys

srcdir = os.environ.get("srcdir", ".")
sys.path.insert(0, os.path.join(srcdir, "tests/lib"))
sys.dont_write_bytecode = True

import hostile  # noqa: E402
import tap  # noqa: E402
from daemon import Beschermd  # noqa: E402


def test_standard_error():
    zone = hostile.Zone()
    conf = f"Nameservers 127.0.0.1@{zone.port}\n"
    for level in ("info", "debug"):
        with Beschermd(conf + f"LogLevel {level}\n") as daemon:
            count = hostile.send_all(daemon.socket)
        with_faults = hostile.faults(daemon.log().encode("latin1").split(b"\n"), count)
        tap.equal(with_faults, [], f"{level}: {count} messages, a sound line each")
        tap.equal(daemon.process.returncode, 0, f"{level}: it ends with 0")


def test_that_it_can_fail():
    line = b"4TEST: action=accept"
    for lines, why in (
        ([line, line], "a line too many"),
        ([line + b"\x1b"], "a control character"),
        ([line + b"\xe9"], "8-bit"),
        ([line + b"x" * 900], "a long line"),
        ([line + b" action=reject"], "two verdicts in one"),
    ):
        tap.ok(hostile.faults(lines, 1), f"the check sees {why}")
    tap.equal(hostile.faults([line], 1), [], "and nothing in a sound line")


if __name__ == "__main__":
    tap.run([test_standard_error, test_that_it_can_fail])
