#!/usr/bin/python3
"""The scenarios of tests/cases through `beschermctl test`: the same verdicts as the filter's.

What a message file cannot hold (a login, a client on a local socket) is left out; so are
zones in which servers fail, which are no data for a zone file.  TAP.
"""

import glob
import json
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
sys.path.insert(0, os.path.join(HERE, "..", "e2e"))

import tap
from running import BUILD
from test_cases import MASTER_HEAD, holds, octets, read_cases, why_not

CTL = os.path.join(BUILD, "beschermctl")


def result(words):
    return ",".join(words) or "none"


def inserted(found):
    return "\n".join(f"{h['name']}: {h['value']}".replace("\n", "") for h in found["headers"]["insert"])


def from_word(found):
    status = found["from"]["status"]
    return found["from"]["domain"] if status == "ok" else status


READ = {
    "action": lambda f: f["action"],
    "would": lambda f: f["would"],
    "rule": lambda f: f["rule"],
    "dmarc": lambda f: f["dmarc"]["result"],
    "policy": lambda f: f["dmarc"]["policy"] or "none",
    "record": lambda f: f["dmarc"]["record_domain"] or "none",
    "spf": lambda f: f["spf"]["result"],
    "spf-domain": lambda f: f["spf"]["domain"] or "none",
    "dkim": lambda f: result(d["result"] for d in f["dkim"]),
    "from": from_word,
    "removed": lambda f: " ".join(f"{h['name']}:{h['index']}" for h in f["headers"]["remove"]) or "none",
    "insert": inserted,
}


class Play:
    """One case: its messages, each as a file and the options that go with it."""

    def __init__(self, case, folder):
        self.case = case
        self.client, self.helo, self.login = None, "", ""
        self.conf = os.path.join(folder, "beschermd.conf")
        self.zone = os.path.join(folder, "zone")
        self.file = os.path.join(folder, "message.eml")
        self.faults = []
        with open(self.conf, "w", encoding="latin-1") as f:
            # The host's own name stands in for the MTA's.
            if "AuthservID" not in case["conf"].replace("TrustedAuthservIDs", ""):
                f.write(f"AuthservID {case['host']}\n")
            f.write(case["conf"])
        with open(self.zone, "w", encoding="latin-1") as f:
            f.write(MASTER_HEAD + case["zone"])

    def ask(self, event, *options):
        """What beschermctl prints about the message of ${event}."""
        with open(self.file, "wb") as f:
            f.write(octets(event["header"]) + b"\n" + octets(event["body"]))
        command = [CTL, "test", "-c", self.conf, "--zone", self.zone, "--queue-id", "4TEST", *options]
        command += ["--mta", self.case["mta"]]
        command += ["--client", self.client, "--helo", octets(self.helo), "--mail-from", octets(event["text"])]
        return subprocess.run([*command, self.file], capture_output=True, timeout=60)

    def judge(self, event):
        done = self.ask(event, "--json")
        if done.returncode != 0:
            return f"exit code {done.returncode}: {done.stderr.decode(errors='replace')}"
        return json.loads(done.stdout)

    def message(self, event):
        if self.login or self.client in ("local", "unknown") or event["kind"] == "abort":
            return
        found = self.judge(event)
        if isinstance(found, str):
            self.faults.append(found)
            return
        for x in event["expects"]:
            if x["key"] not in READ:
                continue
            is_ = READ[x["key"]](found)
            if holds(x["key"], is_, x["value"]) == x["negated"]:
                wanted = ("not " if x["negated"] else "") + f"{x['key']} {x['value']}"
                self.faults.append(f"line {x['line']}: expected {wanted}, is: {is_}")

    def play(self):
        for event in self.case["events"]:
            if event["kind"] == "client":
                self.client, self.helo, self.login = event["text"], "", ""
            elif event["kind"] == "helo":
                self.helo = event["text"]
            elif event["kind"] == "auth":
                self.login = event["text"]
            else:
                self.message(event)
        return self.faults


# A file of messages is read as Postfix would read it, which a milter client need not.
NOT_IN_A_FILE = {
    "header-not-from-an-mta.case": "its header is none that an MTA hands over",
    "header-odd-octets.case": "its header is none that an MTA hands over",
}


def main():
    srcdir = os.environ.get("srcdir", os.path.join(HERE, "../.."))
    paths = sys.argv[1:] or sorted(glob.glob(os.path.join(srcdir, "tests/cases/*.case")))
    for path, case in zip(paths, read_cases(paths)):
        name = os.path.basename(path)
        why = why_not(case) or NOT_IN_A_FILE.get(name)
        if why:
            tap.skip(name, why)
            continue
        with tempfile.TemporaryDirectory(prefix="beschermctl-") as folder:
            faults = Play(case, folder).play()
        tap.ok(not faults, name, "\n".join(faults))
    tap.run([])


if __name__ == "__main__":
    main()
