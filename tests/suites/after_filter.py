#!/usr/bin/python3
"""Messages that the MTA changes behind the filter, in CONFORMANCE_DIR/after-filter: what
README there calls the right value, through beschermctl test.  TAP.

sendmail-*.eml are sent to both MTAs: refused by what holds of any, or where the MTA is not
Postfix alone.
"""

import json
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import tap
from running import BUILD

DATA = os.path.join(os.environ.get("CONFORMANCE_DIR", ""), "after-filter")
CTL = os.path.join(BUILD, "beschermctl")

REFUSED, REMOVED = "refused", "removed"
# file, zone, right value, which MTA it holds of
RIGHT = (
    ("from.eml", "lab.zone", REFUSED, ("postfix", "sendmail")),
    ("results.eml", "lab.zone", REMOVED, ("postfix", "sendmail")),
    ("results-delivered.eml", "lab.zone", REMOVED, ("postfix", "sendmail")),
    ("sendmail-S1-quote.eml", "lab-sendmail.zone", REFUSED, ("postfix", "sendmail")),
    ("sendmail-S2-comma.eml", "lab-sendmail.zone", REFUSED, ("sendmail",)),
    ("sendmail-S3-cut.eml", "lab-sendmail.zone", REFUSED, ("sendmail",)),
    ("sendmail-S4-route.eml", "lab-sendmail.zone", REFUSED, ("postfix", "sendmail")),
    ("sendmail-S5-localhost.eml", "lab-sendmail.zone", REFUSED, ("postfix", "sendmail")),
    ("sendmail-S7-results.eml", "lab-sendmail.zone", REMOVED, ("postfix", "sendmail")),
)


def judge(name, zone, mta):
    command = [CTL, "test", "-c", "/dev/stdin", "--zone", zone, "--json", "--mta", mta]
    command += ["--client", "192.0.2.66", "--helo", "mx.evil.example", "--mail-from", "x@evil.example"]
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as conf:
        conf.write("AuthservID mx.school.example\n")
        conf.flush()
        command[3] = conf.name
        done = subprocess.run([*command, os.path.join(DATA, name)], capture_output=True, timeout=60)
    return json.loads(done.stdout) if done.returncode == 0 else {"error": done.stderr.decode()}


def check(name, zone, right, mta):
    found = judge(name, os.path.join(DATA, zone), mta)
    if right == REFUSED:
        got = (found.get("action"), found.get("rule"))
        tap.equal(got, ("reject", "bad_from"), f"{name}, {mta}: refused")
    else:
        removed = found.get("headers", {}).get("remove", [])
        tap.equal([h["name"] for h in removed], ["Authentication-Results"], f"{name}, {mta}: removed")


def test_all():
    for name, zone, right, mtas in RIGHT:
        for mta in mtas:
            check(name, zone, right, mta)


if __name__ == "__main__":
    if os.path.isdir(DATA):
        tap.run([test_all])
    else:
        tap.skip_all("no after-filter in CONFORMANCE_DIR")
