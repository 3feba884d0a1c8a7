#!/usr/bin/python3
"""Mail that a real Postfix holds for the filter, and beschermctl held: listed, released and
delivered, deleted; mail that others hold is left alone.  TAP; needs root."""

import json
import os
import shutil
import smtplib
import sqlite3
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import postfix
import smtp
import tap
from daemon import Beschermd
from postfix import PrivatePostfix
from running import BUILD, until, work_folder

CTL = os.path.join(BUILD, "beschermctl")
ZONE = """shop.example. 300 IN TXT "v=spf1 ip4:192.0.2.1 -all"
_dmarc.shop.example. 300 IN TXT "v=DMARC1; p=quarantine"
city.example. 300 IN TXT "v=spf1 ip4:192.0.2.1 -all"
"""
EVIL, OTHER = "203.0.113.66", "192.0.2.1"
# What a stranger can put where postqueue tells it: no UTF-8, quotes, words of ours.
ODD_SENDER = '<"a\\", \\"queue_name\\": \\"hold\xe9\x01"@shop.example>'


def letter(author, subject):
    return f"From: {author}\r\nTo: anna@school.example\r\nSubject: {subject}\r\n\r\nHello\r\n".encode()


class Held:
    def __init__(self, conf, etc, history):
        self.conf, self.etc, self.history = conf, etc, history

    def run(self, *arguments, stdin=subprocess.DEVNULL):
        command = [CTL, "held", "-c", self.conf, "--config-dir", self.etc, *arguments]
        env = dict(os.environ, LC_ALL="C")
        return subprocess.run(command, stdin=stdin, capture_output=True, text=True, timeout=60, check=False, env=env)

    def list(self, *arguments):
        return [json.loads(line) for line in self.run("--json", *arguments).stdout.splitlines()]

    def sql(self, text, *values):
        db = sqlite3.connect(self.history, timeout=10, isolation_level=None)
        try:
            db.execute(text, values)
        finally:
            db.close()


def send(mta, subject, author="Shop <orders@shop.example>", client=EVIL, sender="<a@evil.example>", more=()):
    reply = smtp.send(mta.port, letter(author, subject), client, mail_from=sender, recipients=("<anna@school.example>", *more))
    return reply.split()[-1]


def send_octets(mta, sender):
    """The same with an envelope that is no ASCII."""
    with smtplib.SMTP("127.0.0.1", mta.port, timeout=60) as server:
        server.command_encoding = "latin-1"
        for command in ("EHLO x", f"XCLIENT ADDR={EVIL} NAME=[UNAVAILABLE]", "EHLO x", f"MAIL FROM:{sender}", "RCPT TO:<anna@school.example>"):
            smtp.say(server, *command.split(" ", 1))
        code, text = server.data(letter("Shop <orders@shop.example>", "odd"))
        return text.decode().split()[-1]


def check_list(held, mta):
    ids = [send(mta, "one", sender="<x@shop.example>"), send(mta, "two"), send(mta, "three")]
    other = send(mta, "other", "City <a@city.example>", client=OTHER, sender="<a@city.example>")
    until(lambda: len(held.list("--any")) == 4 and len(held.list()) == 3)
    seen = held.list()
    tap.equal({m["queue_id"] for m in seen}, set(ids), "held: what the filter held")
    tap.ok(all(m["ours"] and m["header_from"] == "shop.example" and m["client"] == EVIL for m in seen), "whose, and from where", seen)
    tap.ok(all(m["rule"] == "policy_quarantine" and m["reason"] and m["message_size"] > 50 for m in seen), "why, and how large", seen)
    done = held.run()
    lines = done.stdout.splitlines()
    tap.ok(done.returncode == 0 and len(lines) == 3 and all("shop.example" in line and EVIL in line for line in lines), "for people", lines)
    tap.ok("1 message is held for other reasons" in done.stderr, "others are counted", done.stderr)
    everything = held.list("--any")
    tap.equal([m["ours"] for m in everything if m["queue_id"] == other], [False], "--any: what others hold, too")
    return ids, other


def check_foreign(held, mta, other):
    for what in ("--release", "--delete"):
        done = held.run(what, other, "--yes")
        tap.ok(done.returncode == 65 and other in done.stderr and other in mta.queue("hold"), f"{what} of what others hold: left alone", done.stderr)
    tap.equal(held.run("--release", "ABCDEF123").returncode, 65, "an id that is not held")


def check_reuse(held, ids):
    """An id that is used again is another message: its time is not that of the row."""
    one = ids[0]
    for seconds, ours in ((60, True), (61, False), (-60, True), (-61, False)):
        held.sql("UPDATE message SET at=at+? WHERE queue_id=?", seconds, one)
        tap.equal(one in [m["queue_id"] for m in held.list()], ours, f"{seconds} s from the row: ours is {ours}")
        if not ours:
            done = held.run("--release", one)
            tap.ok(done.returncode == 65 and "--any" in done.stderr, f"{seconds} s: not released", done.stderr)
        held.sql("UPDATE message SET at=at-? WHERE queue_id=?", seconds, one)
    held.sql("UPDATE message SET action='accept' WHERE queue_id=?", one)
    tap.ok(one not in [m["queue_id"] for m in held.list()], "a row that held nothing is not it")
    held.sql("UPDATE message SET action='hold' WHERE queue_id=?", one)


def check_release(held, mta, ids):
    done = held.run("--release", ids[0], "ABCDEF123")
    tap.ok(done.returncode == 65 and ids[0] in mta.queue("hold"), "one wrong id: none is released", done.stderr)
    done = held.run("--release", ids[0])
    tap.ok(done.returncode == 0 and f"{ids[0]} is released." in done.stdout and "later" not in done.stderr, "--release", done.stdout + done.stderr)
    content = mta.sink.wait_for(b"Subject: one")
    tap.ok(content is not None and content.count(b"Authentication-Results: ") == 1, "it is delivered, judged once", content)
    tap.ok(ids[0] not in mta.queue("hold"), "and no longer held")
    tap.equal(held.run("--release", ids[0]).returncode, 65, "once more: it is not held")


def check_delete(held, mta, ids, other):
    done = held.run("--delete", ids[1])
    tap.ok(done.returncode == 64 and ids[1] in mta.queue("hold"), "--delete asks: 64 where nobody can be asked", done.stderr)
    done = held.run("--delete", ids[1], "--yes")
    tap.ok(done.returncode == 0 and ids[1] not in mta.queue("hold"), "--delete --yes", done.stdout + done.stderr)
    done = held.run("--any", "--release", other, ids[2])
    tap.ok(done.returncode == 0 and mta.sink.wait_for(b"Subject: other"), "--any --release takes what others hold", done.stderr)
    tap.ok(mta.sink.wait_for(b"Subject: three"), "several at once")
    done = held.run()
    tap.ok(done.returncode == 65 and "nothing found" in done.stderr, "nothing is held: 65", done.stderr)


def check_strangers(held, mta):
    """Octets of strangers in the queue's listing take nothing away and bring nothing in."""
    ids = [send_octets(mta, ODD_SENDER)]
    many = [f"<{'r' * 200}{n}@school.example>" for n in range(900)]
    ids.append(send(mta, "many", more=many))
    until(lambda: len(held.list()) == len(ids), 20)
    tap.equal({m["queue_id"] for m in held.list()}, set(ids), "odd senders, many recipients: all are seen")
    for queue_id in ids:
        tap.equal(held.run("--delete", "--yes", queue_id).returncode, 0, "and can be deleted")


def check_terminal(held, mta):
    """On a terminal it shows what goes, and asks."""
    one = send(mta, "asked")
    until(lambda: len(held.list()) == 1)
    for answer, gone in (("no", False), ("yes", True)):
        master, slave = os.openpty()
        os.write(master, answer.encode() + b"\n")
        done = held.run("--delete", one, stdin=slave)
        os.close(slave)
        os.close(master)
        shown = "shop.example" in done.stdout and "Type yes" in done.stderr
        tap.ok(shown and (one not in mta.queue("hold")) == gone, f"asked, {answer}: gone is {gone}", done.stdout + done.stderr)


def test_all():
    with work_folder("held") as where:
        os.chmod(where, 0o777)
        conf, history = os.path.join(where, "conf"), os.path.join(where, "history.db")
        with Beschermd(f"SocketMode 0666\nOnQuarantine hold\nHistory {history}\n", ZONE) as daemon:
            shutil.copy(daemon.conf, conf)
            mta = os.path.join(where, "postfix")
            os.mkdir(mta)
            settings = (
                ("smtpd_client_restrictions", f"check_client_access inline:{{{{{OTHER} = HOLD}}}}"),
                ("smtputf8_enable", "no"),
                ("enable_long_queue_ids", os.environ.get("LONG_IDS", "yes")),
            )
            with PrivatePostfix(mta, daemon.socket, settings) as server:
                held = Held(conf, server.etc, history)
                ids, other = check_list(held, server)
                check_foreign(held, server, other)
                check_reuse(held, ids)
                check_release(held, server, ids)
                check_delete(held, server, ids, other)
                check_strangers(held, server)
                check_terminal(held, server)


if __name__ == "__main__":
    if postfix.missing():
        tap.skip_all(postfix.missing())
    else:
        tap.run([test_all])
