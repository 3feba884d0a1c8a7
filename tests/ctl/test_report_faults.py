#!/usr/bin/python3
"""Aggregate reports when something goes wrong: nothing is lost, and nothing is sent twice but
what may have been sent.  TAP."""

import glob
import gzip
import json
import os
import random
import re
import shutil
import subprocess
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import tap
from reporting import CTL, DAY, ROW, SENDMAIL, TODAY, Reporting, read
from running import until, work_folder

RECORD = "v=DMARC1; p=reject; rua=mailto:dmarc@example.nl"
ZONE = f'_dmarc.example.nl. 300 IN TXT "{RECORD}"\n'


def test_sendmail_fails():
    with work_folder("report") as where:
        r = Reporting(where)
        r.zone(ZONE)
        r.add("example.nl", RECORD, 3)
        state = "SELECT state FROM report_to"
        r.sendmail(SENDMAIL.format(dir=r.mails, code=75))
        tap.equal(r.run().returncode, 75, "75: waits")
        tap.equal((r.number(state), r.number("SELECT state FROM report")), ("waiting", "waiting"), "75: noted")
        r.forget_all()
        r.zone(ZONE.replace("dmarc@example.nl", ",mailto:".join(f"{n}@example.nl" for n in range(5))))
        r.add("example.nl", RECORD, 3)
        r.clear_sent()
        tap.equal((r.run().returncode, len(r.sent())), (75, 3), "75 three times: no more are tried")
        r.forget_all()
        r.clear_sent()
        r.zone(ZONE)
        r.add("example.nl", RECORD, 3)
        r.run()
        r.sendmail("#!/bin/sh\nexec <&-\nexit 1\n")
        tap.equal(r.run().returncode, 75, "closes its input, exits with 1: waits")
        r.sendmail("#!/bin/sh\nkill -9 $$\n")
        tap.equal(r.run().returncode, 75, "killed: waits")
        r.sendmail("no program")
        tap.equal(r.run().returncode, 75, "not started: waits")
        os.unlink(r.program)
        tap.equal(r.run().returncode, 69, "missing: 69")
        r.sendmail(SENDMAIL.format(dir=r.mails, code=0))
        tap.equal(r.run().returncode, 0, "it works again: sent")
        sent = r.sent()
        tap.ok(len(sent) == 2 and sent[0] == sent[1], "the same mail as at the first try", sent)
        r.forget_all()
        r.add("example.nl", RECORD, 3)
        r.sendmail(SENDMAIL.format(dir=r.mails, code=67))
        tap.equal(r.run().returncode, 0, "67: no other try")
        tap.equal((r.number(state), r.number("SELECT state FROM report")), ("failed", "failed"), "67: noted")
        r.sendmail(SENDMAIL.format(dir=r.mails, code=0))
        tap.equal(r.run().returncode, 65, "67: and no mail later")


def test_sendmail_hangs():
    """It is ended, with all that it started; a minute passes in a few seconds."""
    if is_sanitized():
        tap.skip("a sendmail that hangs", "LD_PRELOAD and sanitizers do not go together")
        return
    with work_folder("report") as where:
        r = Reporting(where)
        r.zone(ZONE)
        r.add("example.nl", RECORD, 3)
        library = os.path.join(where, "clockshift.so")
        cc = os.environ.get("CC", "cc").split()
        source = os.path.join(os.environ.get("srcdir", "."), "tests/lib/clockshift.c")
        subprocess.run([*cc, "-D_GNU_SOURCE", "-shared", "-fPIC", "-O", "-o", library, source, "-ldl"], check=True)
        os.chmod(library, 0o755)
        r.sendmail(f"#!/bin/sh\nsleep 300 &\necho $$ $! > {r.mails}/0.arguments\nwait\n")
        done = r.run(env={"LD_PRELOAD": library, "CLOCKFAST": "20"})
        tap.ok(done.returncode == 75 and "did not end in time" in done.stderr, "hangs: waits", done)
        with open(os.path.join(r.mails, "0.arguments"), encoding="ascii") as f:
            pids = f.read().split()
        tap.ok(until(lambda: not any(is_alive(pid) for pid in pids)), "... and nothing of it is left", pids)
        r.sendmail(SENDMAIL.format(dir=r.mails, code=0))
        tap.equal(r.run().returncode, 0, "the next run sends")


def is_alive(pid):
    """Not a zombie that nobody waits for either."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as f:
            return f.read().split()[2] != "Z"
    except OSError:
        return False


def test_rows_forgotten():
    with work_folder("report") as where:
        r = Reporting(where)
        r.zone(ZONE)
        r.add("example.nl", RECORD, 3)
        r.sendmail(SENDMAIL.format(dir=r.mails, code=75))
        r.run()
        r.sql("DELETE FROM message WHERE id=(SELECT min(id) FROM message)")
        r.sendmail(SENDMAIL.format(dir=r.mails, code=0))
        done = r.run()
        tap.ok("changed since" in done.stderr and len(r.sent()) == 1, "another text under the same id is not sent", done.stderr)
        tap.equal(r.number("SELECT state FROM report"), "failed", "it has failed")


def test_days():
    with work_folder("report") as where:
        r = Reporting(where)
        r.zone(ZONE)
        for day in range(1, 5):
            r.add("example.nl", RECORD, day, day=TODAY - day, at=(TODAY - day) * DAY)
        tap.equal([line.split()[2] for line in r.plan().splitlines()], ["messages=3", "messages=2", "messages=1"], "three days, oldest first")
        date = time.strftime("%Y-%m-%d", time.gmtime((TODAY - 2) * DAY))
        tap.equal([line.split()[2] for line in r.plan("--day", date).splitlines()], ["messages=2"], "--day")
        for wrong in ("2026-02-30", "yesterday", "2026-11-29x", ""):
            tap.equal(r.run("--dry-run", "--day", wrong).returncode, 64, f"--day {wrong}: a mistake")
        # DNS that fails: waiting, and after the last try it has failed.
        r.zone(ZONE.replace("dmarc@example.nl", "a@rua.example"))
        r.sql("UPDATE message SET day=?", (TODAY - 3,))
        r.run()
        tap.equal(r.sql("SELECT state, reason FROM report"), [("skipped", "no_destination")], "no consent: skipped")
        r.sql("UPDATE report SET state='waiting', day=?", (TODAY - 4,))
        r.run()
        tap.equal(r.number("SELECT state FROM report"), "failed", "later than three days: failed")


def test_clock():
    with work_folder("report") as where:
        r = Reporting(where)
        r.zone(ZONE)
        r.add("example.nl", RECORD, 1)
        r.sql("UPDATE meta SET value=? WHERE key='reported_at'", (int(time.time()) + 1000,))
        tap.equal((r.run().returncode, len(r.sent())), (75, 0), "the clock went back: nothing is closed")
        r.sql("UPDATE meta SET value=0 WHERE key='reported_at'")
        r.add("example.nl", RECORD, 1, at=int(time.time()) + 7200, day=TODAY)
        tap.equal((r.run().returncode, len(r.sent())), (75, 0), "messages of the future: nothing is closed")
        tap.equal(r.number("SELECT value FROM meta WHERE key='closed_day'"), 0, "... really")
        tap.equal((r.run("--force").returncode, len(r.sent())), (0, 1), "--force: it runs")


def is_sanitized():
    with open(CTL, "rb") as f:
        content = f.read()
    return b"__asan_init" in content or b"__tsan_init" in content


def memory_of(command):
    """Exit code, and the largest resident memory in KiB."""
    script = "import resource,subprocess,sys;c=subprocess.run(sys.argv[1:]).returncode;print(c,resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    done = subprocess.run([sys.executable, "-c", script, *command], capture_output=True, text=True, timeout=120)
    return [int(word) for word in done.stdout.splitlines()[-1].split()]


def test_many_rows():
    with work_folder("report") as where:
        r = Reporting(where)
        r.zone(ZONE)
        r.add("example.nl", RECORD, 2, header_from="often.example.nl")
        r.add("example.nl", RECORD, 1)
        names = ",".join(name for name in ROW if name not in ("client", "header_from"))
        r.sql(
            f"INSERT INTO message({names},client,header_from,policy_id,conf_id) SELECT {names},"
            " printf('10.%d.%d.%d', n/65536, n/256%256, n%256), printf('n%d.example.nl', n), policy_id, conf_id"
            " FROM (WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM c WHERE n<100000) SELECT n FROM c),"
            " (SELECT * FROM message WHERE header_from='example.nl')"
        )
        out = os.path.join(where, "out")
        os.mkdir(out)
        os.chmod(out, 0o777)
        code, memory = memory_of([CTL, "report", "-c", os.path.join(where, "conf"), "--out", out])
        (file,) = glob.glob(os.path.join(out, "*.gz"))
        with gzip.open(file) as f:
            xml = f.read()
        report = read(xml)
        tap.equal((code, len(report["rows"]), report["rows"][0]["count"]), (0, 10000, 2), "100,002 rows: the 10,000 largest")
        tap.ok(report["error"].startswith("90002 rows with 90002 messages are left out"), "the cap is told", report["error"])
        if is_sanitized():
            tap.skip("100,000 rows: memory", "sanitizers take more")
        else:
            tap.ok(memory <= 64 * 1024, f"100,000 rows: memory ({memory // 1024} MB)", memory)


def test_long_rows():
    """Mail of a stranger, each with as many signatures as we read, and names as long as they can be."""
    with work_folder("report") as where:
        r = Reporting(where)
        r.zone(ZONE)
        r.add("example.nl", RECORD, 3)
        source = random.Random(22)
        names = ["".join(source.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=60)) for _ in range(1000)]
        for i in range(1500):
            signatures = [["pass", ".".join(source.choices(names, k=4)), ".".join(source.choices(names, k=4)), "rsa-sha256", 2048, "n", "-", None] for _ in range(50)]
            r.add("example.nl", RECORD, 1, signatures=json.dumps(signatures))
        out = os.path.join(where, "out")
        os.mkdir(out)
        os.chmod(out, 0o777)
        code, memory = memory_of([CTL, "report", "-c", os.path.join(where, "conf"), "-o", "ReportMaximumMB=100", "--out", out])
        (file,) = glob.glob(os.path.join(out, "*.gz"))
        with gzip.open(file) as f:
            report = read(f.read())
        told = re.match("([0-9]+) rows with ([0-9]+) messages are left out", report["error"] or "")
        rows = len(report["rows"])
        tap.ok(code == 0 and told and rows + int(told[1]) == 1501 and report["rows"][0]["count"] == 3, "long rows: the largest, and how many are left out", (code, rows, report["error"]))
        if is_sanitized():
            tap.skip("long rows: memory", "sanitizers take more")
        else:
            tap.ok(memory <= 64 * 1024, f"long rows: memory ({memory // 1024} MB)", memory)


def test_error():
    """What an owner is told of the record, and that rows are missing before that."""
    with work_folder("report") as where:
        r = Reporting(where)
        for record, wanted in (
            (RECORD, None),
            ("v=DMARC1; rua=mailto:dmarc@example.nl", "no p in the record: taken as p=none"),
            ("v=DMARC1; p=oops; rua=mailto:dmarc@example.nl,mailto:dmarc,https://example.nl/", "bad p, sp or np in the record: taken as p=none; 2 of the URIs of rua cannot be used"),
        ):
            r.forget_all()
            r.zone(f'_dmarc.example.nl. 300 IN TXT "{record}"\n')
            r.add("example.nl", record, 1)
            tap.equal([read(xml)["error"] for xml in r.out()[1].values()], [wanted], f"error of {record}")


def test_killed():
    """Killed at any system call around the handing over: each destination has the mail at least
    once, and always the same."""
    if shutil.which("strace") is None:
        tap.skip("killed at each step", "no strace")
        return
    with work_folder("report") as where:
        r = Reporting(where)
        r.zone(ZONE.replace("dmarc@example.nl", "one@example.nl"))
        r.add("example.nl", RECORD, 3)
        mails, tries = set(), 0
        conf = os.path.join(where, "conf")
        for call in ("pwrite64", "memfd_create", "write", "clone", "wait4"):
            for when in (1, 3, 8):
                for table in ("report_to", "report"):
                    r.sql(f"DELETE FROM {table}")
                r.sql("UPDATE meta SET value=0 WHERE key='reported_at'")
                r.clear_sent()
                inject = ["strace", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={when}"]
                subprocess.run([*inject, CTL, "report", "-c", conf], capture_output=True, timeout=60)
                made = r.sql("SELECT made_at FROM report")
                tries += 1
                r.run()
                sent = [mail for _, mail in r.sent()]
                if not sent or len(set(sent)) != 1:
                    tap.ok(False, f"killed at {call} {when}", (made, sent))
                mails.add((len(sent)))
        tap.ok(2 in mails, f"killed at {tries} places: once or twice, always equal", mails)


TESTS = [
    test_sendmail_fails,
    test_sendmail_hangs,
    test_rows_forgotten,
    test_days,
    test_clock,
    test_many_rows,
    test_long_rows,
    test_error,
    test_killed,
]

if __name__ == "__main__":
    tap.run([test for test in TESTS if len(sys.argv) < 2 or test.__name__ in sys.argv[1:]])
