#!/usr/bin/python3
"""The test messages of `beschermctl prove` through a real Postfix: by their listener they are
tests, and nothing of them is ever delivered; by any other way they are mail like any other,
whatever address or name somebody takes.  TAP; needs root.

builddir: where beschermd is.
"""

import os
import re
import smtplib
import socket
import subprocess
import sys
import tempfile
from contextlib import contextmanager

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import postfix
import provetalk
import smtp
import tap
from daemon import Beschermd
from postfix import DOMAIN, PrivatePostfix, free_port
from provemessages import CASES, ZONE
from provetalk import LISTENER, OTHER, SERVICE, text_of
from running import until, work_folder

REPLIES = {"caught": ("550 5.7",), "delivered": ("250 ",), "deferred": ("451 4.7", "550 5.7")}
TESTER = f"prove@{ZONE}"
FORGED, REAL = CASES[0], CASES[1]


class Unix(smtplib.SMTP):
    """SMTP on a unix socket."""

    def __init__(self, path):
        self.path = path
        super().__init__("local", timeout=30)

    def _get_socket(self, host, port, timeout):
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(timeout)
        s.connect(self.path)
        return s


def say(server, command, arguments=""):
    code, text = server.docmd(command, arguments)
    return f"{code} " + text.decode("utf-8", "replace").replace("\n", " / ")


def xclient(server, client, more=""):
    """As another client; what was said to it."""
    say(server, "EHLO", "localhost")
    return say(server, "XCLIENT", f"ADDR={client} NAME=mail.example{more}")


def transact(server, case, recipient=TESTER):
    """One message: the last reply."""
    say(server, "EHLO", case.helo)
    reply = say(server, "MAIL", f"FROM:<{case.mail_from}>")
    if reply.startswith("2"):
        reply = say(server, "RCPT", f"TO:<{recipient}>")
    if not reply.startswith("2"):
        return reply
    say(server, "DATA")
    server.send(text_of(case).replace(b"\n", b"\r\n") + b".\r\n")
    code, text = server.getreply()
    return f"{code} {text.decode()}"


class Bench:
    def __init__(self, daemon, mta):
        self.daemon, self.mta = daemon, mta
        self.listener = os.path.join(mta.dir, "spool/private", SERVICE)

    def line(self, send):
        """(its reply, the line of log that it makes)"""
        known = len(self.daemon.lines())
        reply = send()
        lines = until(lambda: self.daemon.lines()[known:], 5) or [""]
        return reply, lines[-1]

    def prove(self, case, client=None):
        with Unix(self.listener) as server:
            xclient(server, client or case.client)
            return transact(server, case)

    def port25(self, case, client):
        data = text_of(case).replace(b"\n", b"\r\n")
        return smtp.send(self.mta.port, data, client, helo=case.helo, mail_from=f"<{case.mail_from}>",
                         recipients=(f"<anna@{DOMAIN}>",))

    def log(self):
        with open(self.mta.log, encoding="utf-8", errors="replace") as f:
            return f.read()


@contextmanager
def bench(where, chroot="n", services="", settings=()):
    with Beschermd("SocketMode 0666\n", "mail.example. A 192.0.2.200\n") as daemon:
        mta = PrivatePostfix(tempfile.mkdtemp(dir=where), daemon.socket, settings=settings,
                             services=LISTENER.format(chroot=chroot) + services)
        with mta:
            until(lambda: os.path.exists(os.path.join(mta.dir, "spool/private", SERVICE)))
            yield Bench(daemon, mta)


def is_test(line):
    return line.endswith(" prove=yes")


def test_listener(b):
    for case in CASES:
        reply, line = b.line(lambda c=case: b.prove(c))
        good = reply.startswith(REPLIES[case.wanted]) or (case.number == provetalk.MARKED and reply.startswith("250"))
        tap.ok(good and f" dmarc={case.dmarc} " in line and is_test(line), f"{case.number}, {case.title}: {case.wanted}",
               f"{reply}\n{line}")
    taken = sum(case.wanted == "delivered" or case.number == provetalk.MARKED for case in CASES)
    deferred = until(lambda: len(b.mta.queue("deferred")) == taken and not b.mta.queue("active"))
    tap.ok(deferred, "what is taken is deferred, and goes nowhere", b.mta.queue("deferred"))


def test_port_25(b):
    """XCLIENT from loopback gives the addresses, but not the name."""
    wrong = []
    for case in CASES:
        b.prove(case)  # so that all of it is known to somebody
        reply, line = b.line(lambda c=case: b.port25(c, c.client))
        good = "dmarc=none" in line and "spf=none" in line and reply.startswith("250")
        if is_test(line) or "=pass" in line or not (good or case.number == 12):
            wrong.append((reply, line))
    tap.equal(wrong, [], "port 25, with their addresses by XCLIENT: never a test")
    wrong = []
    for case in CASES:
        reply, line = b.line(lambda c=case: b.port25(c, OTHER))
        if is_test(line) or "=pass" in line:
            wrong.append((reply, line))
    tap.equal(wrong, [], "port 25, a client of the Internet: never a test")


def test_other_address(b):
    """The name alone."""
    wrong = []
    for case in CASES:
        reply, line = b.line(lambda c=case: b.prove(c, OTHER))
        good = "dmarc=none" in line and "spf=none" in line
        if is_test(line) or "=pass" in line or not (good or case.number == 12):
            wrong.append((reply, line))
    tap.equal(wrong, [], "their listener, another address: never a test")

    def without_xclient():
        with Unix(b.listener) as server:
            return transact(server, FORGED)

    reply, line = b.line(without_xclient)
    tap.ok("client=unknown" in line and not is_test(line), "their listener without XCLIENT: no address, never a test", line)


def test_misuse(b):
    with Unix(b.listener) as server:
        xclient(server, REAL.client)
        replies = [transact(server, REAL, recipient) for recipient in
                   (f"anna@{DOMAIN}", "root", f"x@{ZONE}", "a@elsewhere.example", f"@elsewhere.example:anna@{DOMAIN}", f"{TESTER.replace('prove', 'prove+x')}")]
        again = xclient(server, OTHER)
        # RFC 5321 section 4.5.1: this one smtpd takes in any case, and it goes where all goes.
        tap.ok(transact(server, REAL, "postmaster").startswith("250"), "but postmaster, which is not delivered either")
    tap.ok(all(r.startswith(("5", "4")) for r in replies), "no other recipient", replies)
    tap.ok(again.startswith("5"), "no second XCLIENT", again)
    with Unix(b.listener) as server:
        xclient(server, REAL.client, " LOGIN=admin")
        reply = transact(server, REAL, "a@elsewhere.example")
    tap.ok(reply.startswith(("5", "4")), "nor with a login", reply)
    done = subprocess.run(["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", sys.executable, "-c",
                           "import socket, sys\ns = socket.socket(socket.AF_UNIX)\n"
                           "try: s.connect(sys.argv[1])\nexcept PermissionError: sys.exit(13)", b.listener],
                          capture_output=True, check=False)
    tap.equal(done.returncode, 13, "another user of this host does not get to it")


def test_nothing_delivered(b):
    subprocess.run(["postqueue", "-c", b.mta.etc, "-f"], check=True)
    until(lambda: not b.mta.queue("active") and not b.mta.queue("incoming"))
    ours = {m for m in re.findall(r"(\w+): to=<prove@beschermd\.test>", b.log())}
    lost = [line for line in b.log().splitlines()
            if re.search(r"to=<(prove@|postmaster).* status=(?!deferred)", line)]
    tap.ok(len(ours) > 0 and not lost, "after a flush too: none was sent, bounced or dropped", lost)
    mails = [mail for mail in b.mta.sink.mail if any("prove@" in line or "postmaster" in line for line in mail.envelope)]
    tap.equal(mails, [], "nor arrived anywhere")


def test_changing_address(where):
    """A service of that name where XCLIENT may come again and again."""
    port = free_port()
    trusts = "127.0.0.1,192.0.2.0/24,198.51.100.0/24"
    services = (f"127.0.0.1:{port} inet n - n - - smtpd -o milter_macro_daemon_name={SERVICE} "
                f"-o smtpd_authorized_xclient_hosts={trusts}\n")
    with bench(where, services=services) as b, smtplib.SMTP("127.0.0.1", port, timeout=30) as server:
        got = []
        for client in (REAL.client, OTHER, REAL.client, OTHER, FORGED.client):
            said = xclient(server, client)
            _, line = b.line(lambda: transact(server, FORGED, f"anna@{DOMAIN}"))
            got.append((said[:3], is_test(line), "dmarc=none" in line))
        test, none = ("220", True, False), ("220", False, True)
        tap.equal(got, [test, none, test, none, test], "each address counts for itself, in one connection")


def test_slip(where):
    """The name in main.cf: half of the gate stands open, and no mail becomes a test."""
    with bench(where, settings=[("milter_macro_daemon_name", SERVICE)]) as b:
        wrong = []
        for case in CASES:
            reply, line = b.line(lambda c=case: b.port25(c, OTHER))
            if is_test(line) or "=pass" in line:
                wrong.append((reply, line))
        tap.equal(wrong, [], "the name in main.cf: mail of the Internet is never a test")


def test_chroot(where):
    with bench(where, chroot="y") as b:
        # smtpd sees no socket outside; with tempfail nothing is taken, and nothing gets by.
        reply = b.prove(FORGED)
        tap.ok(reply.startswith("4"), "in a chroot that does not see the filter: nothing is taken", reply)


def main():
    if why := postfix.missing():
        tap.skip_all(why)
        return
    with provetalk.zone(), work_folder("prove") as where:
        with bench(where) as b:
            tests = [lambda test=test: test(b) for test in
                     (test_listener, test_port_25, test_other_address, test_misuse, test_nothing_delivered)]
            for test in tests:
                test()
        tap.run([lambda test=test: test(where) for test in (test_changing_address, test_slip, test_chroot)])


if __name__ == "__main__":
    main()
