#!/usr/bin/python3
"""What a hostile or unlucky client can do to the daemon: huge and slow messages, dropped
connections, garbage, floods, a DNS that is dead.  TAP.

builddir: where beschermd is.  Memory is read from /proc; a build with sanitizers, which
keeps what was freed, is not measured.
"""

import os
import socket
import sys
import time
from functools import partial, update_wrapper

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import messages
import tap
from daemon import Beschermd, sanitized
from milterclient import Client, MilterError, send_message, split_message, transmit



def check(name, problems):
    """${problems}: what is wrong; none: it is well."""
    tap.ok(not problems, name, "\n".join(map(str, problems)))

CHUNK = 65535
MIB = 1024  # in KiB
GOOD_CLIENT = messages.CITY


def judge(daemon, data, client=GOOD_CLIENT, mail_from="<info@city.example>"):
    return send_message(
        daemon.socket, data, client=client, helo="mail.city.example", mail_from=mail_from
    )


def result_field(result):
    """Our Authentication-Results among the edits, on one line."""
    for kind, _, name, value in result.edits:
        if kind == "insert" and name == "Authentication-Results":
            return value.replace("\n", "")
    return ""


def begin(daemon, client=GOOD_CLIENT):
    c = Client(daemon.socket)
    c.negotiate()
    c.connect(client, macros={"j": messages.HOST})
    c.helo("mail.city.example")
    return c


class Growth:
    """Does the daemon's memory grow by more than ${mib}?  Compared after warming up."""

    def __init__(self, daemon, mib):
        self.daemon, self.limit = daemon, mib * MIB
        self.before = daemon.memory()

    def problems(self):
        grown = self.daemon.memory() - self.before
        if grown <= self.limit or sanitized():
            return []
        return [f"memory grew by {grown} KiB, from {self.before}"]


def still_serves(daemon, post):
    result = judge(daemon, post.messages[0].data)
    if result.action == "continue" and "dmarc=pass" in result_field(result):
        return []
    return [f"afterwards a good message gets {result}"]


def test_large_body(daemon, post):
    """500 MB of text under a signature: hashed as it comes, never kept."""
    judge(daemon, post.messages[0].data)
    growth = Growth(daemon, 8)
    fields, _ = split_message(post.messages[0].data)
    piece = (b"all work  and no play makes jack a dull boy\t \r\n" * 1400)[:CHUNK]
    late = {"i": "4LARGE"}
    peak = 0
    with begin(daemon) as c:
        c.mail("<info@city.example>")
        for field in fields:
            c.header(*field)
        c.eoh(late)
        for i in range(500 * 1024 * 1024 // len(piece) + 1):
            c.event("body", piece)
            if i % 500 == 0:
                peak = max(peak, daemon.memory() - growth.before)
        result = c.eom(late)
        c.quit()
    problems = growth.problems()
    if peak > 8 * MIB and not sanitized():
        problems.append(f"memory grew by {peak} KiB while it came in")
    field = result_field(result)
    if "dmarc=pass" not in field or "dkim=fail" not in field:
        problems.append(f"{result}")
    check("a body of 500 MB: judged, in bounded memory", problems)


def test_large_headers(daemon, post):
    """100,000 fields, and a megabyte: an empty message with them, again and again."""
    many = b"X-Junk: junk\r\n" * 100000 + post.messages[3].data
    large = b"".join(b"X-%d: %s\r\n" % (i, b"x" * 60000) for i in range(18)) + post.messages[3].data
    judge(daemon, many)
    judge(daemon, large)
    growth = Growth(daemon, 8)
    results = [judge(daemon, data) for data in (many, large) * 3]
    problems = growth.problems()
    problems += [str(r) for r in results if "dmarc=pass" not in result_field(r)]
    check("100,000 fields and 1 MB of header: judged, in bounded memory", problems)


def test_helo_flood(daemon, post):
    judge(daemon, post.messages[0].data)
    growth = Growth(daemon, 2)
    with begin(daemon) as c:
        for i in range(100000):
            c.helo(f"host{i}." + "x" * 200)
        flooded = growth.problems()
        c.helo("mail.city.example")
        result = transmit(c, post.messages[0].data, "<info@city.example>", ["<a@b.example>"])
        c.quit()
    if "dmarc=pass" not in result_field(result):
        flooded.append(str(result))
    check("HELO 100,000 times: costs nothing", flooded)


def test_many_messages(daemon, post):
    """No growth over thousands of messages and of connections."""

    def rounds(count):
        for _ in range(count):
            with begin(daemon) as c:
                for m in post.messages:
                    transmit(c, m.data, m.mail_from, ["<a@b.example>"])
                c.quit()

    rounds(20)
    growth = Growth(daemon, 2)
    rounds(200)
    check("2,800 messages on 200 connections: memory does not grow", growth.problems())


def test_drops(daemon, post):
    """A client that goes away at any point."""
    fields, body = split_message(post.messages[0].data)
    late = {"i": "4DROP"}
    steps = [
        lambda c: c.negotiate(),
        lambda c: c.connect(GOOD_CLIENT, macros={"j": messages.HOST}),
        lambda c: c.helo("mail.city.example"),
        lambda c: c.mail("<info@city.example>"),
        lambda c: c.rcpt("<anna@school.example>"),
        lambda c: c.data(late),
        *[lambda c, f=f: c.header(*f) for f in fields],
        lambda c: c.eoh(late),
        lambda c: c.body(body),
        lambda c: c.send(b"E"),
    ]
    judge(daemon, post.messages[0].data)
    growth = Growth(daemon, 4)
    for _ in range(20):
        for count in range(len(steps) + 1):
            with Client(daemon.socket) as c:
                for step in steps[:count]:
                    step(c)
    problems = growth.problems() + still_serves(daemon, post)
    check("a client that drops the connection at any stage", problems)


def test_garbage(daemon, post):
    """Packets that no MTA sends."""
    rubbish = [
        b"",
        b"GET / HTTP/1.0\r\n\r\n",
        b"\0\0\0\0",
        b"\0\0\0\1",
        b"\xff\xff\xff\xffO",
        b"\0\0\0\1E" * 50,
        b"\0\0\0\1B\0\0\0\1N\0\0\0\1T",
        b"\0\0\0\5L\0\0\0\0",
        b"\0\0\0\7Labcdef",
        b"\0\0\0\3DMx",
        bytes(range(256)) * 40,
    ]
    for negotiated in (False, True):
        for data in rubbish:
            with Client(daemon.socket, timeout=10) as c:
                if negotiated:
                    c.negotiate()
                    c.connect(GOOD_CLIENT)
                try:
                    c.send_raw(data)
                    c.sock.shutdown(socket.SHUT_WR)
                    while c.sock.recv(4096):
                        pass
                except (MilterError, OSError):
                    pass
    check("packets that no MTA sends", still_serves(daemon, post))


def test_odd_order(daemon, post):
    """A second MAIL, an abort without a message, an end without a header."""
    with begin(daemon) as c:
        c.abort()
        c.mail("<one@evil.example>")
        c.header("From", " ceo@bank.example")
        c.mail("<info@city.example>")
        result = transmit(c, post.messages[0].data, "<info@city.example>", ["<a@b.example>"])
        c.abort()
        c.mail("<info@city.example>")
        empty = c.eom({"i": "4EMPTY"})
        c.quit()
    problems = [] if "dmarc=pass" in result_field(result) else [str(result)]
    if empty.action != "reject":
        problems.append(f"a message without anything: {empty}")
    check("events in an odd order", problems + still_serves(daemon, post))


def test_slow(post):
    """DNSTimeout counts from the end of the header: a slow line changes no answer."""
    m = post.messages[0]
    fields, body = split_message(m.data)
    late = {"i": "4SLOW"}
    conf = "DNSTimeout 1\n"
    with Beschermd(conf, post.zone) as daemon:
        quick = judge(daemon, m.data)
        with begin(daemon) as c:
            c.mail(m.mail_from)
            time.sleep(3)
            for field in fields:
                c.header(*field)
            c.eoh(late)
            c.body(body)
            slow = c.eom(late)
            c.quit()
    same = result_field(slow) == result_field(quick) != ""
    check("a message that takes 3 s gets the answers of a quick one", [] if same else [quick, slow])


def test_dead_dns(post):
    """Name servers that never answer: deferred, in bounded time, and never let in."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        server = f"Nameservers 127.0.0.1@{silent.getsockname()[1]}\n"
        for name, setting, wanted in (
            ("deferred", "", "tempfail"),
            ("OnTempError accept: let in", "OnTempError accept\n", "continue"),
        ):
            conf = server + "DNSTimeout 1\n" + setting
            with Beschermd(conf) as daemon:
                result = send_message(
                    daemon.socket,
                    post.messages[0].data,
                    client=messages.EVIL,
                    mail_from="<info@city.example>",
                    timeout=20,  # as long as the client waits: a hang, not a measurement
                )
            problems = [] if result.action == wanted else [str(result)]
            if wanted == "tempfail" and not (result.reply or "").startswith("451 4.7.0"):
                problems.append(str(result))
            if wanted == "continue" and "dmarc=temperror" not in result_field(result):
                problems.append(str(result))
            check("no DNS: " + name, problems)


def with_one_daemon(post):
    with Beschermd(zone=post.zone) as daemon:
        for test in (
            test_many_messages,
            test_large_headers,
            test_helo_flood,
            test_drops,
            test_garbage,
            test_odd_order,
            test_large_body,
        ):
            test(daemon, post)
    code = daemon.process.returncode
    check("it ends with 0 after all that", [code, daemon.log()[-3000:]] if code else [])


if __name__ == "__main__":
    letters = messages.Post()
    tests = (with_one_daemon, test_slow, test_dead_dns)
    tap.run([update_wrapper(partial(test, letters), test) for test in tests])
