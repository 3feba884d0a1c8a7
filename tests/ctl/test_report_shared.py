#!/usr/bin/python3
"""Aggregate reports of several hosts with one history, on a real PostgreSQL: one host sends, of the
rows of all; who takes over goes on where the first one stopped.  TAP."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import postgres
import tap
from daemon import sanitized
from postgres import Postgres
from reporting import CONF, DAY, TODAY, YESTERDAY, Reporting, read
from running import until, work_folder

RECORD = "v=DMARC1; p=reject; rua=mailto:dmarc@example.nl"
ZONE = f'_dmarc.example.nl. 300 IN TXT "{RECORD}"\n'
TWO = '_dmarc.example.nl. 300 IN TXT "v=DMARC1; p=reject; rua=mailto:one@example.nl,mailto:two@example.nl"\n'
SIGNATURES = '[["pass","example.nl","s1","rsa-sha256",2048,"s","secure",null],["fail","esp.example","k1","rsa-sha256",1024,"n","-","the body was changed"]]'
# Takes the mail, and does not come back.
STUCK = """#!/bin/sh
n=$(ls {dir} | wc -l)
printf '%s\\n' "$@" > {dir}/$n.arguments
cat > {dir}/$n.part
mv {dir}/$n.part {dir}/$n.mail
sleep 60
"""
SERVER = None


class Host(Reporting):
    """A mail server that shares its history."""

    def __init__(self, where, name, conf=CONF):
        self.name = name
        folder = os.path.join(where, name)
        os.mkdir(folder)
        super().__init__(folder, f"HistoryShared {SERVER.conninfo}\n{conf}")
        self.sql("UPDATE meta SET value=? WHERE key='host'", (name,))
        self.zone(ZONE)


@contextlib.contextmanager
def hosts(*names):
    """Some that share tables nobody has used yet."""
    SERVER.psql("DELETE FROM report; DELETE FROM suppress; DELETE FROM host; DELETE FROM message; DELETE FROM policy; DELETE FROM conf")
    SERVER.psql(f"UPDATE meta SET value=0 WHERE key IN ('closed_day','reported_at'); UPDATE meta SET value={YESTERDAY - 5} WHERE key='reports_first_day'")
    with work_folder("report") as where:
        yield [Host(where, name) for name in names]


def counts(mail_or_xml):
    return sorted(row["count"] for row in read(mail_or_xml)["rows"])


def test_one_sends():
    with hosts("mx1", "mx2") as (a, b):
        a.add("example.nl", RECORD, 3, signatures=SIGNATURES, dkim_aligned=1)
        b.add("example.nl", RECORD, 2, signatures=SIGNATURES.replace("2048", "1024"), dkim_aligned=1)
        b.add("example.nl", RECORD, 4, client="2001:db8::9", departures='[["mailing_list","signed by its mailing list"]]')
        b.add("example.nl", RECORD, 7, day=TODAY, at=TODAY * DAY)
        for host in (a, b):
            tap.equal(host.ship().returncode, 0, f"{host.name}: ship")
        tap.equal(a.plan(), "example.nl rows=2 messages=9 to=dmarc@example.nl\n", "rows of both hosts, equal ones are one")
        tap.equal(counts(next(iter(a.out()[1].values()))), [4, 5], "with the right sums")
        done = a.run()
        tap.ok(done.returncode == 0 and "rows=2 messages=9 to=1 state=sent" in done.stdout, "the one sends", done)
        done = b.run()
        tap.equal((done.returncode, len(b.sent())), (65, 0), "the other has nothing to send")
        tap.equal((a.run().returncode, len(a.sent())), (65, 1), "nor has the first one, again")
        tap.equal(SERVER.psql("SELECT state, host<>'' FROM report"), "sent|t", "what became of it stands on the server")
        tap.equal(a.number("SELECT count(*) FROM report"), 0, "and not in the file")
        tap.equal(a.number("SELECT value FROM meta WHERE key='reports_sent'"), 1, "the counts of a host are its own")
        tap.equal(SERVER.numbers("SELECT value FROM meta WHERE key='closed_day'"), [YESTERDAY], "the day is closed for all")
        b.add("example.nl", RECORD, 1, client="192.0.2.77")
        b.ship()
        tap.equal(SERVER.numbers("SELECT day FROM message WHERE client='192.0.2.77'"), [TODAY], "what is shipped later is of the next day")


def test_as_of_the_file():
    """What one host has shipped makes the same report as its file."""
    odd = (
        "[]",
        "no JSON",
        '{"a":1}',
        "[1,null]",
        '[["pass","a.example","s","x",1,"n","-",null],["pass","a.example","s","y",2,"n","-",null],["fail","b.example","s","x",1,"n","-","x"]]',
        '[["pass"],["fail","a.example","s"]]',
    )
    with hosts("mx1") as (a,):
        for i, signatures in enumerate(odd):
            a.add("example.nl", RECORD, i + 1, signatures=signatures, relay="192.0.2.250" if i % 2 else None, spf_reason="x" if i % 3 else None)
        for i, departures in enumerate((None, "no JSON", '[["other","x"],["other","x"]]', '[["mailing_list",null]]')):
            a.add("example.nl", RECORD, i + 1, departures=departures, disposition="none", mail_from="" if i else None)
        a.add("example.nl", RECORD, 2, client="local")
        a.add("example.nl", RECORD, 2, disposition=None)
        a.add("example.nl", RECORD + "; np=none", 2, method="psl")
        a.ship()
        here, there = a.out("here", "-o", "HistoryShared=")[1], a.out("there")[1]
        strange = [name for name in here if here[name] != there.get(name)]
        tap.ok(len(here) == 2 and here.keys() == there.keys(), "the same reports as of the file", (list(here), list(there)))
        tap.equal(strange, [], "octet for octet")
        known = ("-o", "Reports=known", "-o", "ReportDomains=", "-o", "ReportMinimumDays=2")
        for back in range(1, 16):
            a.add("example.nl", RECORD, 1, day=TODAY - back, at=(TODAY - back) * DAY + 5, queue_id="4K")
        a.ship()
        tap.equal(a.plan(*known), a.plan("-o", "HistoryShared=", *known), "Reports known: the same as of the file")
        tap.ok("to=dmarc@example.nl" in a.plan(*known), "Reports known: somebody is", a.plan(*known))
        # What PostgreSQL takes for no list is a row without one.
        before = [int(number) for number in re.findall("messages=([0-9]+)", a.plan())]
        a.add("example.nl", RECORD, 9, signatures='[["pass","a.example","s","x",1,"n","-","b\\u0000c"]]')
        SERVER.psql("UPDATE meta SET value=0 WHERE key='closed_day'")
        a.ship()
        tap.equal(sum(int(number) for number in re.findall("messages=([0-9]+)", a.plan())), sum(before) + 9, "each message is in a report")


def test_lock():
    with hosts("mx1", "mx2") as (a, b):
        for host in (a, b):
            host.add("example.nl", RECORD, 2)
            host.ship()
        a.sendmail(STUCK.format(dir=a.mails))
        first = a.popen()
        tap.ok(until(lambda: len(a.sent()) == 1, 20), "the first hands its mail over")
        done = b.run()
        tap.equal((done.returncode, len(b.sent())), (75, 0), "the other does not send meanwhile")
        tap.ok("another host sends the reports now: role writer" in done.stderr, "and says why", done.stderr)
        tap.equal(b.plan(), a.plan(), "who only looks may")
        first.send_signal(signal.SIGKILL)
        first.wait()
        first.stdout.close()
        tap.ok(until(lambda: SERVER.psql("SELECT count(*) FROM pg_locks WHERE locktype='advisory'") == "0"), "killed: the lock is gone with the session")
        done = b.run()
        tap.ok(done.returncode == 0 and len(b.sent()) == 1, "the other takes over", done)
        tap.equal(a.sent()[0][1], b.sent()[0][1], "with the same mail: nobody knows whether the first one arrived")
        tap.equal(SERVER.psql("SELECT state, tries FROM report"), "sent|2", "one report, sent")
        tap.equal(b.run().returncode, 65, "and no other")


def test_takes_over():
    """Between two destinations: each gets its mail, of one id."""
    with hosts("mx1", "mx2") as (a, b):
        for host in (a, b):
            host.zone(TWO)
            host.add("example.nl", RECORD, 2)
            host.ship()
        a.sendmail(STUCK.format(dir=a.mails).replace("sleep 60", 'case "$5$6" in *two@*) sleep 60; esac'))
        first = a.popen()
        tap.ok(until(lambda: len(a.sent()) == 2, 20), "the first has sent one mail, and hangs in the second")
        first.send_signal(signal.SIGKILL)
        first.wait()
        first.stdout.close()
        until(lambda: SERVER.psql("SELECT count(*) FROM pg_locks WHERE locktype='advisory'") == "0")
        tap.equal(SERVER.psql("SELECT address, state FROM report_to ORDER BY n"), "one@example.nl|sent\ntwo@example.nl|sending", "where it stopped")
        tap.equal(b.run().returncode, 0, "the other goes on")
        tap.equal([arguments[-1] for arguments, _ in b.sent()], ["two@example.nl"], "with the second alone")
        tap.equal(b.sent()[0][1], a.sent()[1][1], "and the same mail")
        tap.equal(b.run().returncode, 65, "then all have theirs")


def test_server_goes():
    """The lock is lost with the connection: then nothing more is handed over."""
    with hosts("mx1") as (a,):
        a.zone(TWO)
        a.add("example.nl", RECORD, 2)
        a.ship()
        drop = 'psql -h {dir} -U owner -d beschermd -Xqc "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype=\'advisory\'" >/dev/null'.format(dir=SERVER.dir)
        a.sendmail(STUCK.format(dir=a.mails).replace("sleep 60", drop))
        done = a.run()
        tap.ok(done.returncode == 75 and "HistoryShared: " in done.stderr, "the connection breaks: 75", done)
        tap.equal(len(a.sent()), 1, "no other mail is handed over")
        a.sendmail(STUCK.format(dir=a.mails).replace("sleep 60", ""))
        tap.equal(a.run().returncode, 0, "the next run sends")
        sent = a.sent()
        tap.ok(len(sent) == 3 and sent[0] == sent[1] and sent[2][0][-1] == "two@example.nl", "the same mail once more, and the other one", [arguments for arguments, _ in sent])


def test_other_settings():
    with hosts("mx1", "mx2") as (a, b):
        for host in (a, b):
            host.add("example.nl", RECORD, 2)
            host.ship()
        tap.equal(a.run().returncode, 0, "one sends")
        b.write_conf(b.conf_text + "ReportSubmitter mx2.school.example\n")
        done = b.run()
        tap.equal((done.returncode, len(b.sent())), (65, 0), "a host with another ReportSubmitter does not report the same day again")
        tap.ok("in the name of another sender" in done.stderr, "and says why", done.stderr)
        tap.equal(b.run("--dry-run").stdout, "", "nor would it")


def test_bounces():
    with hosts("mx1", "mx2") as (a, b):
        a.add("example.nl", RECORD, 2)
        a.ship()
        a.run()
        maildir = os.path.join(b.dir, "bounces")
        for name in ("new", "cur"):
            os.makedirs(os.path.join(maildir, name))
            os.chmod(os.path.join(maildir, name), 0o777)
        mail = a.sent()[0][1].decode()
        header = mail[: mail.index("\n\n")]
        with open(os.path.join(maildir, "new/1.x"), "w", encoding="ascii") as f:
            f.write(
                "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n"
                "Reporting-MTA: dns; mx.example.nl\n\nFinal-Recipient: rfc822; dmarc@example.nl\nAction: failed\nStatus: 5.1.1\n\n"
                f"--b\nContent-Type: text/rfc822-headers\n\n{header}\n\n--b--\n"
            )
        b.write_conf(b.conf_text + f"ReportBounces {maildir}\n")
        tap.equal(b.run("--bounces").returncode, 0, "what one host sent comes back to another, who reads it")
        a.add("example.nl", RECORD + "; t=n", 1)
        a.ship()
        SERVER.psql(f"UPDATE message SET day={YESTERDAY}")
        tap.ok("dmarc@example.nl suppressed" in a.plan(), "for all hosts", a.plan())


class Clock:
    """Of the server and of those who ask it: it stands at an hour of today (UTC)."""

    def __init__(self, where):
        self.path = os.path.join(where, "clock")
        library = os.path.join(where, "clockshift.so")
        source = os.path.join(os.environ.get("srcdir", "."), "tests/lib/clockshift.c")
        cc = os.environ.get("CC", "cc").split()
        subprocess.run([*cc, "-D_GNU_SOURCE", "-shared", "-fPIC", "-O", "-o", library, source, "-ldl"], check=True)
        os.chmod(library, 0o755)
        self.env = {"LD_PRELOAD": library, "CLOCKSHIFT": self.path}

    def go_to(self, hour):
        with open(self.path + ".new", "w", encoding="ascii") as f:
            f.write(str(round(TODAY * DAY + hour * 3600 - time.time())))
        os.chmod(self.path + ".new", 0o644)
        os.rename(self.path + ".new", self.path)


def test_waits():
    if sanitized():
        tap.skip("waiting for the others", "LD_PRELOAD and sanitizers do not go together")
        return
    global SERVER
    shared = SERVER
    with work_folder("clock") as where:
        clock = Clock(where)
        clock.go_to(-1)
        with Postgres(env=clock.env) as server:
            os.environ.update(clock.env)
            SERVER = server
            try:
                check_waits(clock)
            finally:
                SERVER = shared
                for name in clock.env:
                    os.environ.pop(name)


def check_waits(clock):
    with hosts("mx1", "mx2", "mx3") as (a, b, c):
        for host in (a, b):
            host.add("example.nl", RECORD, 2)
        for host in (a, b, c):
            host.ship()
        clock.go_to(2)
        b.add("example.nl", RECORD, 3, client="192.0.2.33")
        SERVER.psql("UPDATE host SET shipped_at=now()-interval '4 days', complete_at=NULL WHERE name='mx3'")
        a.ship()
        tap.ok("not all of yesterday is here yet, of: mx2\n" in a.run("--dry-run").stderr, "--dry-run says who has not shipped all of the day")
        process = a.popen()
        lines = iter(process.stdout.readline, "")
        tap.equal(next((line for line in lines if "warning" not in line), None), "beschermctl: waits for what other hosts have not shipped yet, until 12:00 UTC at most: mx2\n", "a run waits, and says for whom; not for one that is silent for three days")
        tap.ok("another host sends" in b.run().stderr, "meanwhile it is the one")
        b.ship()
        told = process.communicate(timeout=60)[0]
        tap.ok(process.returncode == 0 and "messages=7" in told, "when all is there it goes on", told)
        clock.go_to(24 + 2)
        for host in (a, b):
            host.add("example.nl", RECORD, 1, day=TODAY, at=TODAY * DAY + 7)
        a.ship()
        clock.go_to(24 + 12.1)
        a.ship()
        done = a.run()
        tap.ok(done.returncode == 0 and "no longer waiting for mx2" in done.stderr, "after noon it goes on without, and says without whom", done)
        b.ship()
        clock.go_to(48 + 2)
        b.ship()
        a.ship()
        done = a.run()
        tap.ok("rows=1 messages=1 to=1 state=sent" in done.stdout, "what came later is told the day after", done)
        tap.equal(SERVER.numbers("SELECT sum(messages) FROM report"), [9], "each message once")
        # A file that another took the place of will never ship again.
        clock.go_to(72 + 2)
        a.ship()
        SERVER.psql("UPDATE host SET name='mx1' WHERE name='mx2'; UPDATE host SET created=shipped_at-interval '1 hour' WHERE name='mx1' AND complete_at=(SELECT max(complete_at) FROM host)")
        tap.equal(a.run("--dry-run").stderr, "", "nobody waits for a file that another took the place of")


def test_refusals():
    with hosts("mx1") as (a,):
        a.add("example.nl", RECORD, 2)
        a.ship()
        SERVER.psql(f"UPDATE meta SET value={TODAY} WHERE key='reports_first_day'")
        done = a.run()
        tap.ok(done.returncode == 65 and "before the tables of HistoryShared were created" in done.stderr, "a day that each host reported itself is not reported by all", done)
        SERVER.psql(f"UPDATE meta SET value={YESTERDAY} WHERE key='reports_first_day'")
        SERVER.psql("UPDATE message SET at=now()+interval '2 hours'")
        done = a.run()
        tap.ok(done.returncode == 75 and "mx1: there are messages from the future" in done.stderr, "messages of the future, and whose", done)
        SERVER.psql("UPDATE message SET at=now()-interval '1 day'; UPDATE meta SET value=2000000000 WHERE key='reported_at'")
        tap.equal(a.run().returncode, 75, "the clock of the server went back")
        version = SERVER.numbers("SELECT value FROM meta WHERE key='version'")[0]
        SERVER.psql("UPDATE meta SET value=0 WHERE key='reported_at'; UPDATE meta SET value=1 WHERE key='version'")
        tap.equal(a.run().returncode, 78, "tables of another version")
        tap.ok("MEND" in a.run("--check").stdout, "--check tells of them, too")
        SERVER.psql(f"UPDATE meta SET value={version} WHERE key='version'")
        done = a.run("-o", f"HistoryShared={SERVER.conninfo.replace('user=writer', 'user=reader')}")
        tap.ok(done.returncode == 75 and "permission denied" in done.stderr, "who only reads sends nothing", done)
        done = a.run("--dry-run", "-o", f"HistoryShared={SERVER.conninfo.replace('user=writer', 'user=reader')}")
        tap.equal((done.returncode, done.stdout), (0, "example.nl rows=1 messages=2 to=dmarc@example.nl\n"), "but may look")
        tap.equal((a.run("--check").returncode, len(a.sent())), (0, 0), "--check: all is well, and nothing was sent so far")
        tap.equal((a.run("-o", "HistoryShared=host=/nowhere dbname=x").returncode, len(a.sent())), (75, 0), "no server: 75")
        tap.equal(a.run().returncode, 0, "at last")


TESTS = [
    test_one_sends,
    test_as_of_the_file,
    test_lock,
    test_takes_over,
    test_server_goes,
    test_other_settings,
    test_bounces,
    test_refusals,
    test_waits,
]


def main():
    global SERVER
    if why := postgres.reason():
        tap.skip_all(why)
        return
    with Postgres() as SERVER:
        tap.run([test for test in TESTS if len(sys.argv) < 2 or test.__name__ in sys.argv[1:]])


if __name__ == "__main__":
    main()
