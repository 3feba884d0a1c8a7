#!/usr/bin/python3
"""beschermctl prove where something is in its way: no filter, another filter, a listener that is
not as it should be, its own end in the midst of a message.  TAP; needs root."""

import os
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import postfix
import tap
from proving import OWN, OtherFilter, Proving, ctl
from running import until, work_folder

ALL = " ".join(str(n) for n in range(1, 16))


def clean(p, name):
    tap.equal((p.left(), p.sent()), ([], []), f"{name}: nothing is left, delivered or relayed")


def header_checks(p, line):
    checks = os.path.join(p.mta.etc, "checks")
    with open(checks, "w", encoding="ascii") as f:
        f.write(line + "\n")
    p.postconf("-e", f"milter_header_checks = regexp:{checks}")


def test_other_filter(p, other):
    """Behind ours: what it refuses shows nothing of ours."""
    other.does = "refuse"
    run = p.run()
    tap.ok((run.code, run.verdict, run.levels()) == (75, "untested", {"untested": ALL}) and
           "554 5.7.1 no mail from you" in run.case(1)["text"], "another filter refuses: not tested, with its words", run)
    other.does = "hold"
    run = p.run()
    tap.ok(run.levels() == {"untested": "2 3 4 8 11 14", "ok": "1 5 6 7 9 10 12 13 15"},
           "another filter holds: not tested where ours let it in", run)
    clean(p, "another filter")
    other.does = "pass"


def test_killed(p, where):
    """KILL between queue and delete; the next run deletes what was left."""
    tools = os.path.join(where, "tools")
    os.makedirs(tools)
    path = os.path.join(tools, "postcat")
    with open(path, "w", encoding="ascii") as f:
        f.write("#!/bin/sh\nkill -KILL $PPID\n")
    os.chmod(path, 0o755)
    code, _, err = ctl(*p.arguments("--json", "--domain", OWN), path=tools)
    tap.ok(code == -9 and len(p.left()) == 1, f"killed in the midst: one message is left ({code})", err)
    header_checks(p, "/^X-Spam-Flag: YES/ PREPEND X-Junk: yes")
    tap.equal(p.run().levels(), {"ok": ALL}, "the next run goes its way, past another filter that lets all pass")
    clean(p, "killed")


def test_strangers_mail(p):
    """Mail of others in the queue is not ours to touch."""
    p.postconf("-e", "default_transport = retry:later")
    p.mta.submit(b"Subject: x\n\nx\n", "a@school.example", "prove@beschermd.test.example", "b@beschermd.test")
    until(lambda: p.mta.queue("deferred"))
    before = p.left()
    run = p.run()
    tap.ok(run.code == 0 and before and p.left() == before, "mail for others stays in the queue", f"{before} {p.left()}")
    subprocess.run(["postsuper", "-c", p.mta.etc, "-d", *before], check=True, capture_output=True)


def test_listener(p):
    p.postconf("-P", "beschermd-prove/unix/content_filter=")
    run = p.run()
    tap.ok(run.code == 69 and "content_filter" in run.err and "--setup" in run.err,
           "a listener that would let mail go on is not used", run)
    p.setup()
    p.postconf("-P", "beschermd-prove/unix/smtpd_client_restrictions=permit")
    run = p.run()
    tap.ok(run.code == 69 and "smtpd_client_restrictions" in run.err, "nor one that differs otherwise", run)
    p.setup()
    p.postconf("-P", "beschermd-prove/unix/always_bcc=root")
    run = p.run()
    tap.ok(run.code == 69 and "always_bcc" in run.err, "nor one that has more", run)
    p.setup(undo=True)
    p.setup()


def test_redirected(p):
    """milter_header_checks go before the listener: what they might send on is not sent at all."""
    header_checks(p, "/^X-Spam-Flag: YES/ REDIRECT junk@school.example")
    run = p.run()
    tap.ok(run.code == 75 and "milter_header_checks" in run.json["stopped"] and run.json["cases"] == [],
           "milter_header_checks that redirect marked mail: not tested, and named", run)
    clean(p, "redirected")
    p.postconf("-X", "milter_header_checks")


def test_macros(p):
    p.postconf("-e", "milter_connect_macros = j v")
    run = p.run()
    tap.ok(run.code in (1, 75) and "daemon_name" in run.json["stopped"] and run.json["cases"] == [],
           "without the macro of the service nothing is sent", run)
    p.postconf("-X", "milter_connect_macros")


def test_away(p):
    p.daemon.stop()
    run = p.run()
    tap.ok((run.code, run.levels()) == (69, {"untested": ALL}), "no filter, tempfail: nothing is taken", run)
    p.postconf("-e", "milter_default_action = accept")
    run = p.run()
    tap.ok((run.code, run.verdict, run.levels()) == (1, "not_met", {"wrong": ALL}) and
           "past the filter" in run.case(2)["text"], "no filter, accept: all mail goes past it", run)
    clean(p, "no filter")
    p.mta.stop()
    run = p.run()
    tap.ok(run.code == 69, "no Postfix", run)


def test_chroot(where):
    with Proving(where, chroot="y") as p:
        code, out, err = p.setup()
        tap.ok(code == 0 and " unix y - y - 1 smtpd" in out, "in a chroot the listener is in it, too", out + err)
        run = p.run()
        tap.ok((run.code, run.levels()) == (0, {"ok": ALL}), "and all goes its way", run)
        p.daemon.stop()
        os.environ["BESCHERMD_PROVEDIR"], kept = "/nonexistent", os.environ["BESCHERMD_PROVEDIR"]
        p.daemon.start()
        os.environ["BESCHERMD_PROVEDIR"] = kept
        run = p.run()
        tap.ok(run.code == 75 and run.case(1)["level"] == "untested" and run.case(2)["level"] == "untested",
               "a filter without the domains of the test: not tested", run)
        clean(p, "a chroot")


def main():
    if why := postfix.missing():
        tap.skip_all(why)
        return
    with work_folder("prove") as where:
        other = OtherFilter(os.path.join(where, "other"))
        with Proving(where, milters="{}, " + other.milter) as p:
            p.setup()
            tests = [lambda: test_other_filter(p, other), lambda: test_killed(p, where),
                     lambda: test_strangers_mail(p), lambda: test_listener(p), lambda: test_redirected(p), lambda: test_macros(p),
                     lambda: test_away(p), lambda: test_chroot(where)]
            tap.run(tests)


if __name__ == "__main__":
    main()
