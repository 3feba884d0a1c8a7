#!/usr/bin/python3
"""LogLevel debug: why a message was refused or deferred, from the log alone.  TAP."""

import os
import sys

srcdir = os.environ.get("srcdir", ".")
sys.path.insert(0, os.path.join(srcdir, "tests/lib"))
sys.dont_write_bytecode = True

import tap  # noqa: E402
from daemon import Beschermd  # noqa: E402
from dnsfault import ZoneServer  # noqa: E402
from milterclient import send_message  # noqa: E402
from running import until  # noqa: E402

ZONE = """bank.example. 300 IN TXT "v=spf1 include:post.bank.example -all"
post.bank.example. 300 IN TXT "v=spf1 ip4:192.0.2.1 -all"
_dmarc.bank.example. 300 IN TXT "v=DMARC1; p=reject; action=accept"
"""
DATA = b"From: a@bank.example\n\nhello\n"
SIGNED = (
    b"DKIM-Signature: v=1; a=rsa-sha256; d=bank.example; s=one; h=from; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=QUJD\n" + DATA
)


def lines_of(daemon, queue_id):
    """What it says of one message, without the level that stands in front on standard error."""
    return [
        line.removeprefix("debug: ")
        for line in daemon.log().splitlines()
        if line.removeprefix("debug: ").startswith(queue_id + ": ")
    ]


def send(daemon, data, queue_id, **more):
    send_message(daemon.socket, data, "203.0.113.66", mail_from="<joe@bank.example>", queue_id=queue_id, **more)
    until(lambda: any(" action=" in line for line in lines_of(daemon, queue_id)))
    return lines_of(daemon, queue_id)


def has(lines, *words):
    return any(all(word in line for word in words) for line in lines)


def test_refused():
    with Beschermd("LogLevel debug\n", ZONE) as daemon:
        lines = send(daemon, SIGNED, "4REFUSED")
    for words in (
        ("asked TXT of _dmarc.bank.example: found", " ms"),
        ("asked TXT of post.bank.example: found", " ms"),
        ("asked TXT of one._domainkey.bank.example: nxdomain", " ms"),
        ('spf bank.example: "include:post.bank.example"', "no match"),
        ("spf of bank.example: fail", ", 1 lookup, 0 of them void"),
        ("dkim d=bank.example s=one a=rsa-sha256", "error"),
        ("dmarc policy", "bank.example"),
        ('dmarc record of bank.example: "v=DMARC1; p=reject; action\\x3daccept"',),
        ("dmarc of bank.example: fail", "p=reject"),
        ("rule policy_reject: reject",),
        ("action=reject",),
    ):
        tap.ok(has(lines, *words), f"refused: {' '.join(words)}", "\n".join(lines))
    tap.equal(sum(" action=" in line for line in lines), 1, "refused: one line of them is the verdict")


def test_unusable_record():
    with Beschermd("LogLevel debug\n", '_dmarc.bank.example. 300 IN TXT "v=DMARC1;p:reject"\n') as daemon:
        lines = send(daemon, DATA, "4DEFECT")
    tap.ok(
        has(lines, 'dmarc record of bank.example: "v=DMARC1;p:reject"'),
        "a record that does not count is told with its domain",
        "\n".join(lines),
    )


def test_temperror():
    server = ZoneServer(ZONE)
    server.dead = True
    for level, least in (("debug", 4), ("info", 1)):
        conf = f"LogLevel {level}\nDNSTimeout 1s\nNameservers 127.0.0.1@{server.port}\n"
        with Beschermd(conf) as daemon:
            lines = send(daemon, DATA, "4TEMP")
        verdict = [line for line in lines if " action=" in line]
        tap.ok(
            has(verdict, "action=tempfail", "no answer: ", "TXT of _dmarc.bank.example"),
            f"{level}: a temperror names its question",
            "\n".join(lines),
        )
        tap.ok(len(lines) >= least and (level == "debug" or len(lines) == 1), f"{level}: its lines", lines)
        if level == "debug":
            tap.ok(has(lines, "asked TXT of _dmarc.bank.example: tempfail (no answer in time)"), "what was asked", lines)
            tap.ok(not has(lines, "no answer in time), 0.0 ms"), "each question that had no answer was waited for", lines)


tap.run([test_refused, test_unusable_record, test_temperror])
