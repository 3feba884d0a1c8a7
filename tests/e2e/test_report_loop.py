#!/usr/bin/python3
"""Two mail servers that both ask for reports and send them, for 14 days: for each real message one
report, and then silence; also where what they send bounces, and where each sees records of the
other's report domain that ask for reports.  As root, with two private Postfix.  TAP."""

import os
import smtplib
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import postfix
import tap
from daemon import Beschermd
from postfix import PrivatePostfix
from reporting import DAY, TODAY, Reporting
from running import until, work_folder

DAYS = 14
# A sendmail that hands each mail to the other's server at once.
SENDMAIL = """#!/usr/bin/python3
import smtplib, sys
mail = sys.stdin.buffer.read()
with smtplib.SMTP("127.0.0.1", {port}, "mx.{own}.example") as server:
    server.sendmail(sys.argv[3], sys.argv[5:], mail)
open("{mails}/%d" % __import__("time").time_ns(), "wb").write(mail)
"""
HOST = """{one}.example. 300 IN TXT "v=spf1 ip4:127.0.0.1 -all"
_dmarc.{one}.example. 300 IN TXT "v=DMARC1; p=reject; rua=mailto:dmarc@{one}.example"
dmarc.{one}.example. 300 IN TXT "v=spf1 ip4:127.0.0.1 -all"
dmarc.{one}.example. 300 IN MX 10 mx.{one}.example.
_dmarc.dmarc.{one}.example. 300 IN TXT "v=DMARC1; p=reject{reports}"
"""
DSN = """From: MAILER-DAEMON@{own}.example
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied

no such user
"""


def zone(own, other, careless):
    """What ${own} sees: of itself that its report domain asks for none, or it would not send."""
    return HOST.format(one=own, reports="") + HOST.format(one=other, reports=f"; rua=mailto:dmarc@{other}.example" if careless else "")


class Host:
    """A mail server with its filter, its history and its reports."""

    def __init__(self, where, own, other, careless):
        self.own, self.other = own, other
        self.zone = zone(own, other, careless)
        self.where = os.path.join(where, own)
        os.mkdir(self.where)
        os.mkdir(os.path.join(self.where, "mta"))
        self.r = Reporting(
            self.where,
            f"Reports listed\nReportDomains {other}.example\nReportFrom postmaster@dmarc.{own}.example\n",
        )
        self.daemon = Beschermd(f"Mode monitor\nIgnoreHosts 203.0.113.1\nHistory {self.r.db}\n", self.zone)
        self.mta = None

    def __enter__(self):
        self.daemon.__enter__()
        own = f"{self.own}.example, dmarc.{self.own}.example"
        self.mta = PrivatePostfix(os.path.join(self.where, "mta"), self.daemon.socket, [("mydestination", own)])
        self.mta.__enter__()
        return self

    def __exit__(self, *what):
        if self.mta is not None:
            self.mta.__exit__(*what)
        self.daemon.__exit__(*what)

    def reports_to(self, other):
        self.r.zone("", self.zone)
        self.r.sendmail(SENDMAIL.format(port=other.mta.port, own=self.own, mails=self.r.mails))

    def deliver(self, sender, recipient, content):
        """Mail of the other's comes in, and its row is there."""
        before = self.rows()
        with smtplib.SMTP("127.0.0.1", self.mta.port, f"mx.{self.other}.example") as server:
            server.sendmail(sender, [recipient], content)
        until(lambda: self.rows() > before)

    def rows(self):
        return self.r.number("SELECT count(*) FROM message")

    def sent(self):
        return len(os.listdir(self.r.mails))

    def a_day_ends(self, day):
        """What came in since the last one was of that day, and is reported."""
        self.r.sql("UPDATE message SET day=?1, at=?1*86400+at%86400 WHERE day>=?2", (day, TODAY))
        self.r.run("--day", time.strftime("%Y-%m-%d", time.gmtime(day * DAY)))


def live(a, b, bounces):
    """One real message each way, and then days with nothing but reports."""
    for one, other in ((a, b), (b, a)):
        one.deliver(f"joe@{other.own}.example", f"anna@{one.own}.example", f"From: joe@{other.own}.example\nSubject: hello\n\nhello\n")
    history = []
    for day in range(TODAY - DAYS, TODAY):
        for one, other in ((a, b), (b, a)):
            before, rows = one.sent(), other.rows()
            one.a_day_ends(day)
            new = one.sent() - before
            until(lambda: other.rows() >= rows + new)
            if new and bounces:
                to = f"postmaster@dmarc.{one.own}.example"
                one.deliver("", to, DSN.format(own=other.own, to=to))
        history.append((a.sent(), b.sent()))
    return history


def check(name, careless, bounces):
    with work_folder("loop") as where:
        with Host(where, "aaa", "bbb", careless) as a, Host(where, "bbb", "aaa", careless) as b:
            a.reports_to(b)
            b.reports_to(a)
            history = live(a, b, bounces)
            tap.equal(history, [(1, 1)] * DAYS, f"{name}: one report each way, then silence")
            tap.equal(a.r.number("SELECT count(*) FROM message WHERE passive"), 2 if bounces else 1, f"{name}: what came of it was passive")


def test_loop():
    check("14 days", False, False)


def test_loop_with_bounces():
    check("bounces", False, True)


def test_loop_without_care():
    check("report domains that ask for reports", True, True)


if __name__ == "__main__":
    if why := postfix.missing():
        tap.skip_all(why)
    else:
        started = time.monotonic()
        tap.run([test_loop, test_loop_with_bounces, test_loop_without_care])
        print(f"# {time.monotonic() - started:.0f} s")
