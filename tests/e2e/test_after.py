#!/usr/bin/python3
"""What is delivered of messages that the filter let in: the same author, and no results in our
name, whatever the mail server does to long lines, quotes and addresses.  TAP; needs root.

    MESSAGES (default 40): so many accepted messages each way
    SEED (default 1)
"""

import glob
import os
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import postfix
import sendmail
import smtp
import tap
from postfix import PrivatePostfix
from rewriting import Generator, deceives, differs, header, judged
from running import BUILD, work_folder
from sendmail import PrivateSendmail

CTL = os.path.join(BUILD, "beschermctl")
MESSAGES = int(os.environ.get("MESSAGES", "40"))
SEED = int(os.environ.get("SEED", "1"))
DATA = os.path.join(os.environ.get("CONFORMANCE_DIR", ""), "after-filter")
EVIL = "192.0.2.66"


def accepted(where, mta):
    """Messages that the filter would let in where the MTA is ${mta}."""
    generator, good = Generator(SEED), []
    for batch in range(50):
        made = [generator.message() for _ in range(2 * MESSAGES)]
        good += judged(CTL, os.path.join(where, f"{mta}-{batch}"), made, mta)
        if len(good) >= MESSAGES:
            return good[:MESSAGES]
    raise RuntimeError(f"only {len(good)} messages were let in")


def by_smtp(mta, message, xclient=True):
    reply = smtp.send(mta.port, message, EVIL, mail_from="<x@evil.example>", xclient=xclient)
    if not reply.startswith("250"):
        raise RuntimeError(f"{reply}: {message[:300]!r}")


def by_plain_smtp(mta, message):
    by_smtp(mta, message, xclient=False)


def by_sendmail(mta, message):
    """As programs of the host send: sendmail(1), which leaves it to Postfix's pickup(8)."""
    mta.submit(message.replace(b"\r\n", b"\n"), "x@evil.example", "anna@school.example")


def delivered(mta, messages, send):
    """(before, after, domain) of each that came out again."""
    before = len(mta.sink.wait(0))
    for message, _ in messages:
        send(mta, message)
    mail = mta.sink.wait(before + len(messages), 120)
    by_id = {header(one.content)["Message-ID"]: one.content for one in mail}
    return [(m, by_id.get(header(m)["Message-ID"]), domain) for m, domain in messages]


def check(mta, messages, name, send=by_smtp):
    results = delivered(mta, messages, send)
    lost = [before for before, after, _ in results if after is None]
    tap.ok(not lost, f"{name}: {len(messages)} messages are delivered", f"{len(lost)} are not")
    wrong = []
    for before, after, domain in results:
        why = after and differs(before, after, domain)
        if why:
            wrong.append(f"{why}\n  sent {before[:400]!r}\n  came {after[:400]!r}")
    tap.ok(not wrong, f"{name}: each has the author that was judged", "\n".join(wrong[:5]))


def check_attacks(mta, name, wanted, xclient=True):
    """The samples do get another author without the filter: else all this shows nothing."""
    for path in sorted(glob.glob(os.path.join(DATA, "*.eml"))):
        if os.path.basename(path) not in wanted:
            continue
        with open(path, "rb") as f:
            data = f.read().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        data = data.replace(b"Subject: x", b"Message-ID: <%s>" % os.path.basename(path).encode())
        count = len(mta.sink.wait(0)) + 1
        smtp.send(mta.port, data, EVIL, mail_from="<x@evil.example>", xclient=xclient)
        after = mta.sink.wait(count, 30)[-1].content
        why = deceives(after, "evil.example")
        tap.ok(why is not None, f"{name} rewrites {os.path.basename(path)}: {why}")


LONG = b" " * 300
WORDS = b"\r\n ".join([b"a " * 200] * 60)
SENDMAIL_FORGED = {
    "name of an empty group": b'"ceo@victim.example%s":;,x@evil.example' % LONG,
    "malformed name": b"x [%s] <ceo@victim.example.evil.example>" % LONG[:230],
}
POSTFIX_FORGED = {"too many words": b"x@evil.example.,\r\n %s\r\n <x@evil.example>" % WORDS}


def check_forged(mta, name, forged, xclient=True):
    """Each would get another author, and is no longer let in."""
    which = "postfix" if xclient else "sendmail"
    for what, value in forged.items():
        data = b"From: %s\r\nTo: anna@school.example\r\nMessage-ID: <a@b>\r\n\r\nhi\r\n" % value
        count = len(mta.sink.wait(0)) + 1
        smtp.send(mta.port, data, EVIL, mail_from="<x@evil.example>", xclient=xclient)
        why = deceives(mta.sink.wait(count, 30)[-1].content, "evil.example")
        tap.ok(why is not None, f"{name} rewrites {what}: {(why or '')[:60]}")
        good = judged(CTL, os.path.join(tempfile.mkdtemp(dir=mta.dir), "judged"), [data], which)
        tap.ok(not good, f"{name}: {what} is refused")


FILTERED = """\
127.0.0.1:{back} inet n - n - - smtpd -o content_filter= -o smtpd_milters=
"""


def test_postfix(where):
    good = accepted(where, "postfix")

    def start(settings=(), services=""):
        return PrivatePostfix(tempfile.mkdtemp(dir=where), settings=settings, services=services)

    with start() as mta:
        check_attacks(mta, "smtp(8)", ("from.eml", "results.eml"))
        check(mta, good, "Postfix, smtp(8)")
    with start() as mta:
        check(mta, good, "Postfix, sendmail(1)", by_sendmail)
    with start([("local_header_rewrite_clients", "static:all")]) as mta:
        check_forged(mta, "Postfix, rewriting", POSTFIX_FORGED)
        check(mta, good, "Postfix, rewriting")
    mta = start(services="lmtp unix - - n - - lmtp\n")
    mta.settings = [f"local_transport = lmtp:inet:127.0.0.1:{mta.sink.port}"]
    with mta:
        check(mta, good, "Postfix, lmtp(8)")
    back = postfix.free_port()
    mta = start(services=FILTERED.format(back=back))
    mta.settings = [f"content_filter = smtp:[127.0.0.1]:{back}"]
    with mta:
        check(mta, good, "Postfix, content_filter")


SENDMAIL_ATTACKS = {
    "relay": (
        "sendmail-S1-quote.eml",
        "sendmail-S2-comma.eml",
        "sendmail-S3-cut.eml",
        "sendmail-S4-route.eml",
        "sendmail-S5-localhost.eml",
    ),
    "esmtp": ("sendmail-S7-results.eml",),
}


def test_sendmail(where):
    root = os.path.join(where, "root")
    sendmail.unpack(root)
    good = accepted(where, "sendmail")
    for mailer in ("relay", "esmtp"):
        for canonify in (False, True):
            folder = tempfile.mkdtemp(dir=where)
            with PrivateSendmail(folder, None, root, canonify=canonify, mailer=mailer) as mta:
                name = f"Sendmail, {mailer}{', canonify' if canonify else ''}"
                if not canonify:
                    check_attacks(mta, name, SENDMAIL_ATTACKS[mailer], xclient=False)
                    check_forged(mta, name, SENDMAIL_FORGED, xclient=False)
                check(mta, good, name, by_plain_smtp)


def main():
    why = postfix.missing()
    if why:
        tap.skip_all(why)
        return 0
    why = sendmail.missing()
    with work_folder("after") as where:
        if not why:
            code = sendmail.in_own_host(where, [EVIL])
            if code is not None:
                return code
        tests = [lambda: test_postfix(where)]
        if why:
            tap.skip("Sendmail", why)
        else:
            tests.append(lambda: test_sendmail(where))
        tap.run(tests)
    return 0


if __name__ == "__main__":
    sys.exit(main())
