#!/usr/bin/python3
"""The scenarios of tests/cases over a real milter socket, against the daemon.  TAP.

    test_cases.py [CASE]...      builddir: where beschermd and tests/scenario are

tests/scenario reads the files and signs; what cannot be seen from outside (number of
questions, reasons) is left to it.  A zone in which servers fail is no data for ZoneFile:
those cases are skipped here.
"""

import glob
import json
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import tap
from daemon import Beschermd
from milterclient import Client, MilterError
from running import BUILD, PATIENCE, WRAPPER

QUEUE_ID = "4TEST"
# daemons: most of their time goes into starting and stopping
AT_ONCE = 2 if WRAPPER else 6
MASTER_HEAD = "$ORIGIN .\n$TTL 300\n. IN SOA ns. hostmaster. 1 3600 600 86400 60\n. IN NS ns.\n"
SERVER_FAULTS = {"NODATA", "NXDOMAIN", "SERVFAIL", "TIMEOUT", "TOOLARGE", "BOGUS", "SECURE"}


def read_cases(paths):
    command = [os.path.join(BUILD, "tests/scenario"), "--json", *paths]
    out = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    return [json.loads(line) for line in out.splitlines()]


def why_not(case):
    """Why this one cannot run here; None: it can."""
    lines = map(str.split, case["zone"].splitlines())
    if any(len(words) > 1 and words[1] in SERVER_FAULTS for words in lines):
        return "its DNS servers fail"
    return case["only"]


def octets(text):
    return text.encode("latin-1")


def fields(header):
    """(name, value) with LF folds; a field ends at an LF that no white space follows."""
    found = re.split(rb"\n(?![ \t])", octets(header))[:-1]
    return [(name, value) for name, _, value in (f.partition(b":") for f in found)]


class Verdict:
    """What could be seen of one message."""

    def __init__(self, result, line):
        self.result, self.line = result, line
        self.inserted = "\n".join(
            f"{name}:{value}".replace("\n", "") for kind, _, name, value in result.edits if kind == "insert"
        )
        removed = [f"{n}:{i}" for kind, i, n, value in result.edits if kind == "change" and not value]
        self.removed = " ".join(removed) or "none"
        self.held = any(kind == "quarantine" for kind, *_ in result.edits)

    def fact(self, key):
        """KEY=VALUE of the log line; None where it does not say."""
        found = re.search(rf" {key}=(\S+)", self.line)
        return found and found.group(1)

    def word(self, key):
        value = self.fact(key)
        return value and value.partition("(")[0]

    def action(self):
        """As the log says, if the answer on the socket agrees."""
        said = self.fact("action")
        seen = self.result.action
        if seen in ("reject", "tempfail"):
            return seen if said == seen else f"{seen}, but the log says {said}"
        if self.held != (said == "hold") or said in ("reject", "tempfail"):
            return f"{seen} (held: {self.held}), but the log says {said}"
        return said

    def signatures(self):
        value = self.fact("dkim")
        if value is None or "+" in value:
            return None
        return ",".join(re.findall(r"(\w+)\([^)]*\)", value)) or value

    def is_(self, key):
        """The value for an expectation; None: not to be seen here."""
        simple = {
            "action": self.action,
            "dkim": self.signatures,
            "removed": lambda: self.removed,
            "insert": lambda: self.inserted,
            "log": lambda: self.line,
            "reply": lambda: self.result.reply or "",
        }
        if key in simple:
            return simple[key]()
        if key in ("dmarc", "policy", "spf"):
            return self.word(key)
        if key in ("would", "rule"):
            return self.fact(key)
        return None


def holds(key, is_, wanted):
    if key in ("insert", "log", "reply"):
        return wanted in is_ if wanted else bool(is_)
    return is_.lower() in wanted.lower().split("|")


class Run:
    """One case on one daemon."""

    def __init__(self, case, daemon):
        self.case, self.daemon = case, daemon
        self.client = None
        self.login = ""
        self.lines = 0
        self.faults = []

    def new_line(self):
        self.lines += 1
        end = time.monotonic() + 5 * PATIENCE
        while time.monotonic() < end:
            lines = self.daemon.lines()
            if len(lines) >= self.lines:
                return lines[self.lines - 1]
            time.sleep(0.005)
        return "(no line in the log)"

    def connect(self, event):
        self.disconnect()
        self.client = Client(self.daemon.socket)
        self.client.negotiate()
        self.client.connect(event["text"], event["extra"] or None, macros={"j": self.case["host"], "v": self.case["mta"]})
        self.login = ""

    def disconnect(self):
        if self.client is not None:
            self.client.quit()
            self.client.close()
        self.client = None

    def transmit(self, event):
        """From MAIL to the verdict; None for a message that is dropped."""
        c, late = self.client, {"i": QUEUE_ID}
        macros = {"{auth_authen}": self.login} if self.login else None
        result = c.mail(octets(event["text"]), macros=macros)
        if result.action != "continue":
            return result
        c.rcpt("<anna@school.example>")
        c.data(late)
        for name, value in fields(event["header"]):
            c.header(name, value)
        if event["kind"] == "abort":
            c.abort()
            return None
        c.eoh(late)
        c.body(octets(event["body"]))
        return c.eom(late)

    def message(self, event):
        result = self.transmit(event)
        if result is None:
            return
        verdict = Verdict(result, self.new_line())
        for x in event["expects"]:
            is_ = verdict.is_(x["key"])
            if is_ is not None and holds(x["key"], is_, x["value"]) == x["negated"]:
                wanted = ("not " if x["negated"] else "") + f"{x['key']} {x['value']}"
                self.faults.append(f"line {x['line']}: expected {wanted}, is: {is_}")

    def play(self):
        for event in self.case["events"]:
            if event["kind"] == "client":
                self.connect(event)
            elif event["kind"] == "helo":
                for _ in range(event["count"]):
                    self.client.helo(octets(event["text"]))
            elif event["kind"] == "auth":
                self.login = event["text"]
            else:
                self.message(event)
        self.disconnect()


def run_case(case):
    if why_not(case):
        return []
    daemon = Beschermd(case["conf"], MASTER_HEAD + case["zone"])
    run = Run(case, daemon)
    try:
        with daemon:
            run.play()
        if daemon.process.returncode != 0:
            run.faults.append(f"exit code {daemon.process.returncode}\n{daemon.log()[-2000:]}")
    except (RuntimeError, MilterError, OSError) as error:
        run.faults.append(f"{error}\n{daemon.log()[-2000:]}")
    return run.faults


def main():
    srcdir = os.environ.get("srcdir", os.path.join(HERE, "../.."))
    paths = sys.argv[1:] or sorted(glob.glob(os.path.join(srcdir, "tests/cases/*.case")))
    cases = read_cases(paths)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for path, case, faults in zip(paths, cases, pool.map(run_case, cases)):
            name = os.path.basename(path)
            if why_not(case):
                tap.skip(name, why_not(case))
            else:
                tap.ok(not faults, name, "\n".join(faults))
    tap.run([])


if __name__ == "__main__":
    main()
