#!/usr/bin/python3
"""Aggregate reports by a run that is killed (kill -9) after each of its steps, one after another: with
a history of its own the next run goes on, with a shared one another host.  Each destination has at
least one mail, all of a report have one id, those of a destination are equal octets; and once a run
has come to its end, nothing is sent again.  TAP."""

import os
import re
import shutil
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import postgres
import tap
from daemon import sanitized
from killing import Killing
from postgres import Postgres
from reporting import CONF, YESTERDAY, Reporting
from running import until, work_folder

ONE = "v=DMARC1; p=reject; rua=mailto:one@example.nl,mailto:two@example.nl"
OTHER = "v=DMARC1; p=none; rua=mailto:dmarc@example.org"
ZONE = f'_dmarc.example.nl. 300 IN TXT "{ONE}"\n_dmarc.example.org. 300 IN TXT "{OTHER}"\n'
WANTED = {"one@example.nl", "two@example.nl", "dmarc@example.org"}
RESET = (
    "DELETE FROM report; DELETE FROM suppress; UPDATE meta SET value=0 WHERE key IN ('closed_day','reported_at');"
    f" UPDATE meta SET value={YESTERDAY} WHERE key='reports_first_day'"
)


def ids(mails):
    return {re.search(rb"Report-ID: <([0-9a-f]{32})>", mail)[1] for mail in mails}


def faults(sent):
    """What is wrong with the mails that went out."""
    found = [f"no mail to {to}" for to in WANTED - sent.keys()]
    found += [f"different mails to {to}" for to, mails in sent.items() if len(set(mails)) > 1]
    if len(ids(sent.get("one@example.nl", []) + sent.get("two@example.nl", []))) > 1:
        found.append("a report of two ids")
    if sum(len(mails) for mails in sent.values()) > len(WANTED) + 1:
        found.append("more than one mail was sent twice")
    return found


def check(kill, first, second, reset, name):
    """Killed after each step of ${first}, ${second} goes on; ${reset} makes all as before."""
    reset()
    kill.begin()
    tap.equal(kill.run(first, 0), 0, f"{name}: a whole run")
    steps, twice = kill.steps(), set()
    tap.equal(faults(kill.sent()), [], f"{name}: sends all")
    for number in range(1, len(steps) + 1):
        reset()
        kill.begin()
        code = kill.run(first, number)
        killed_at = kill.steps()
        until(lambda: kill.run(second, 0) != 75, 20)
        before = kill.sent()
        again = kill.run(second, 0), kill.run(first, 0)
        sent = kill.sent()
        wrong = faults(sent)
        if code != -9 or killed_at != steps[:number] or wrong or again != (65, 65):
            tap.ok(False, f"{name}: killed after step {number} of {len(steps)}, {steps[number - 1]}", (code, killed_at[-3:], wrong, again))
        if len(set().union(*before.values())) != len(WANTED):
            tap.ok(False, f"{name}: step {number}: what was sent at the end", before.keys())
        if sum(map(len, sent.values())) > len(WANTED):
            twice.add(number)
    tap.ok(len(steps) > 20, f"{name}: killed at {len(steps)} places: each destination has its mail, always the same; then nothing", steps)
    tap.ok(0 < len(twice) < len(steps) / 2, f"{name}: twice only where nobody knows whether it went out", [steps[n - 1] for n in sorted(twice)])
    for what in ("INSERT INTO report(", "INSERT INTO report_to(", "UPDATE meta", "fork", "waitpid"):
        tap.ok(any(what in step for step in steps), f"{name}: among the steps: {what}", steps)


def fill(reporting):
    reporting.zone(ZONE)
    reporting.add("example.nl", ONE, 3)
    reporting.add("example.org", OTHER, 2)


def test_file():
    with work_folder("killed") as where:
        os.chmod(where, 0o777)
        folder = os.path.join(where, "mx")
        os.mkdir(folder)
        r = Reporting(folder, CONF + f"Metrics {folder}/metrics.prom\n")
        fill(r)
        r.sql("PRAGMA wal_checkpoint(TRUNCATE)")
        saved = os.path.join(where, "saved.db")
        shutil.copy2(r.db, saved)

        def reset():
            for end in ("-wal", "-shm"):
                if os.path.exists(r.db + end):
                    os.unlink(r.db + end)
            with open(saved, "rb") as f, open(r.db, "wb") as g:
                g.write(f.read())

        check(Killing(where), r, r, reset, "one host")


def test_shared():
    if why := postgres.reason():
        tap.skip("several hosts, killed at each step", why)
        return
    with work_folder("killed") as where, Postgres() as server:
        os.chmod(where, 0o777)
        hosts = []
        for name in ("mx1", "mx2"):
            folder = os.path.join(where, name)
            os.mkdir(folder)
            hosts.append(Reporting(folder, f"HistoryShared {server.conninfo}\n{CONF}"))
            hosts[-1].sql("UPDATE meta SET value=? WHERE key='host'", (name,))
            fill(hosts[-1])
            hosts[-1].ship()
        check(Killing(where), hosts[0], hosts[1], lambda: server.psql(RESET), "several hosts")


if __name__ == "__main__":
    if sanitized():
        tap.skip_all("LD_PRELOAD and sanitizers do not go together")
    else:
        tap.run([test for test in (test_file, test_shared) if len(sys.argv) < 2 or test.__name__ in sys.argv[1:]])
