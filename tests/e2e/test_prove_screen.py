#!/usr/bin/python3
"""beschermctl prove where postscreen stands in front, and the filter is named in master.cf alone; and
where Postfix has words of its own for a refusal.  TAP; needs root."""

import os
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import postfix
import smtp
import tap
from provemessages import CASES
from provetalk import text_of
from proving import CTL, Proving
from running import until, work_folder

ALL = " ".join(str(n) for n in range(1, 16))
SCREEN = postfix.SCREEN + "  -o smtpd_milters={milter}\n"
QUICK = [("postscreen_greet_wait", "1s")]


def test_setup(p):
    p.postconf("-e", "smtpd_milters=")
    code, out, err = p.setup()
    tap.ok(code == 0 and "beside smtpd/pass in master.cf" in out and f"/unix/smtpd_milters={p.mta.milter}" in out,
           "--setup takes the service that postscreen hands clients to, with its filter", out + err)
    done = subprocess.run([CTL, "postfix", "-c", p.daemon.conf, "--config-dir", p.mta.etc],
                          stdout=subprocess.PIPE, check=False)
    tap.ok(done.returncode == 0, "beschermctl postfix is content", done.stdout.decode())


def test_run(p):
    run = p.run()
    tap.ok((run.code, run.verdict, run.levels()) == (0, "met", {"ok": ALL}), "all goes its way", run)
    tap.equal((p.left(), p.sent()), ([], []), "nothing is left, delivered or relayed")


def test_stranger(p):
    """Through postscreen, with the address of a test by XCLIENT: mail like any other."""
    case = CASES[0]
    known = len(p.daemon.lines())
    smtp.send(p.mta.port, text_of(case).replace(b"\n", b"\r\n"), case.client, helo=case.helo,
              mail_from="<>", recipients=("<anna@school.example>",))
    line = until(lambda: p.daemon.lines()[known:])[-1]
    with open(p.mta.log, encoding="utf-8") as f:
        handed_on = "postscreen" in f.read()
    tap.ok(handed_on and "dmarc=none" in line and "client=192.0.2.99" in line and not line.endswith(" prove=yes"),
           "through postscreen it is no test", line)
    tap.ok(p.mta.sink.wait_for(b"Subject:") is not None, "and comes in")


def test_not_ours(p):
    """Without the filter in that service all mail goes past it, whatever main.cf says."""
    p.postconf("-e", f"smtpd_milters={p.mta.milter}")
    p.postconf("-P", "smtpd/pass/smtpd_milters=")
    p.setup()
    run = p.run()
    tap.ok((run.code, run.levels()) == (1, {"wrong": ALL}) and "past the filter" in run.case(1)["text"],
           "the service has no filter, and main.cf has: past the filter", run)
    p.postconf("-P", f"smtpd/pass/smtpd_milters={p.mta.milter}")
    p.setup()


def test_words(p):
    p.postconf("-e", "smtpd_reject_footer=Call the school")
    run = p.run()
    tap.ok((run.code, run.levels()) == (0, {"ok": ALL}) and "Call the school" in run.case(1)["text"],
           "smtpd_reject_footer: a refusal of two lines is still ours", run)
    p.postconf("-X", "smtpd_reject_footer")
    p.postconf("-e", "soft_bounce=yes")
    run = p.run()
    tap.ok(run.verdict == "not_met" and any("soft_bounce" in c["text"] for c in run.json["checks"]) and
           "deferred for now: 450 4.7.26" in run.case(1)["text"], "soft_bounce: forged mail is only put off", run)


def main():
    if why := postfix.missing():
        tap.skip_all(why)
        return
    with work_folder("prove") as where, Proving(where, front=SCREEN, settings=QUICK) as p:
        tap.run([lambda test=test: test(p) for test in (test_setup, test_run, test_stranger, test_not_ours, test_words)])


if __name__ == "__main__":
    main()
