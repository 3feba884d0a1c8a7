#!/usr/bin/python3
"""beschermctl held with programs in Postfix's place, which write down that they were run: odd
ids, odd listings, failures.  TAP."""

import json
import os
import shutil
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import tap
from remembered import History
from running import BUILD, work_folder

CTL = os.path.join(BUILD, "beschermctl")
SHORT, LONG, ODD = "0A1B2C3D4E", "4jdLtt3t0Lz1brvg", "4jdLtz3t0Lz2"
NO_IDS = (
    "ALL", "all", "-", "--", "-H", "-dALL", "", " ", "ABCDE", "abcdef", "0a1b2c3d4e", "ABCDEFG", "A" * 22,
    "ABCDEF ALL", "ABCDEF\nALL", "ABCDEF,ALL", "ABCDEF*", "../ABCDEF", "/ABCDEF", "ABCDEF\x1b[2J", "\u202eABCDEF", "$(id)", "`id`",
    "ABCDEF;id", "4jdLtt3t0Lz", "4jdLtt3tz1brvg", "4jdLAtt3t0Lz1brvg", "4jdLtt3t0Lz1brag", "B" * 17 + "z1", "4jdLtt3t0Lz" + "1" * 13,
    "x" * 100000, "%s%n", "hold", "deferred",
)  # fmt: skip

FAKE = """#!/bin/sh
printf '%s' "${{0##*/}}" >> {dir}/ran
for word; do printf ' %s' "$word" >> {dir}/ran; done
echo >> {dir}/ran
read -r id name state parent group session rest < /proc/$$/stat
echo "$session" > {dir}/session.${{0##*/}}
case $0 in *postqueue) [ "$1" = -i ] || cat {dir}/queue; exit "$(cat {dir}/code)" ;; esac
cat {dir}/said >&2
"""


def line(queue_id, at, queue="hold", sender="a@b.example", **more):
    return json.dumps({"queue_name": queue, "queue_id": queue_id, "arrival_time": at, "message_size": 345, "forced_expire": False, "sender": sender, "recipients": [{"address": "x@school.example"}], **more}).encode() + b"\n"  # fmt: skip


class Postfix:
    def __init__(self, where, conf):
        self.dir, self.conf = where, conf
        self.path = os.path.join(where, "bin")
        os.mkdir(self.path)
        for name in ("postqueue", "postsuper"):
            with open(os.path.join(self.path, name), "w", encoding="ascii") as f:
                f.write(FAKE.format(dir=where))
            os.chmod(f.name, 0o755)
        self.set(queue=b"", code=b"0", said=b"")

    def set(self, **files):
        for name, content in files.items():
            with open(os.path.join(self.dir, name), "wb") as f:
                f.write(content)

    def run(self, *arguments, path=None):
        """(what came of it, what was run)"""
        ran = os.path.join(self.dir, "ran")
        if os.path.exists(ran):
            os.unlink(ran)
        env = dict(os.environ, LC_ALL="C", PATH=path or self.path + ":" + os.environ["PATH"])
        done = subprocess.run([CTL, "held", "-c", self.conf, *arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False, env=env)
        done.text = (done.stdout + done.stderr).decode("latin-1")
        if not os.path.exists(ran):
            return done, []
        with open(ran, encoding="latin-1") as f:
            return done, f.read().splitlines()

    def ids(self, *arguments):
        done, _ = self.run("--json", *arguments)
        return [json.loads(one)["queue_id"] for one in done.stdout.splitlines()]


def check_no_ids(p):
    for what in ("--release", "--delete"):
        for text in NO_IDS:
            for ids in ((text,), (SHORT, text)):
                done, ran = p.run(what, "--yes", "--any", "--", *ids)
                clean = all(c == "\n" or " " <= c <= "~" for c in done.text)
                tap.ok(done.returncode == 64 and not ran and clean, f"{what} {ids!r:.60}: 64, nothing run", (done.returncode, done.text[:300], ran))
    done, ran = p.run(b"--release", b"ABC\xff\x80DEF")
    tap.ok(done.returncode == 64 and not ran, "octets that are no UTF-8", done.text)
    for arguments in (("--release",), ("--delete", "--yes"), (SHORT,), ("--release", "--delete", SHORT), ("--no-such",), ("--delete", SHORT)):
        done, ran = p.run(*arguments)
        tap.ok(done.returncode in (64, 77) and not ran, f"{arguments}: a mistake, nothing run", (done.text, ran))


def check_listing(p, now):
    good = line(SHORT, now)
    tap.equal((p.set(queue=good), p.ids())[1], [SHORT], "a held message")
    for what, odd in (
        ("what is not UTF-8", line(ODD, now, sender="S").replace(b'"S"', b'"\xff\xfe\xc3"')),
        ("NUL in a text", line(ODD, now, sender="a\0b")),
        ("quotes", line(ODD, now, sender='", "queue_name": "active')),
        ("members that nobody knows", line(ODD, now, sender="x", new={"a": [1, {}]})),
        ("a megabyte of recipients", line(ODD, now, recipients=[{"address": "r" * 300 + str(n)} for n in range(5000)])),
        ("the name of the recipients as a sender", line(ODD, now, sender=', "recipients": [', recipients=[{"address": "r" * 300} for n in range(5000)])),
    ):
        p.set(queue=odd + good + odd)
        tap.equal(sorted(p.ids("--any")), sorted([SHORT, ODD]), f"{what}: read, once")
    for what, odd in (
        ("no JSON", b'{"queue_name": "hold", "queue_id\n'),
        ("a list", b'["hold"]\n'),
        ("another type", line(ODD, "x")),
        ("no id", line("ALL", now)),
        ("no id but for a NUL", line(ODD + "\0", now)),
        ("a number that is too large", line(ODD, 10**30)),
        ("a time before all", line(ODD, -5)),
        ("deep", b'{"x": "hold", "a":' + b"[" * 100000 + b"\n"),
        ("a megabyte of nothing", b'{"queue_name": "hold"' + b" " * 3000000 + b"}\n"),
        ("no end", line(ODD, now)[:-3]),
    ):
        p.set(queue=good + odd)
        done, _ = p.run("--any")
        tap.ok(done.returncode == 0 and ODD not in done.text and SHORT in done.text and "1 held message cannot be read" in done.text, f"{what}: told", done.text)
    for what, odd in (("another queue", line(ODD, now, "active", sender="hold")), ("an empty line", b"\n"), ("NULs", b"\0\0\n")):
        p.set(queue=good + odd)
        done, _ = p.run("--any")
        tap.ok(done.returncode == 0 and done.text.count("\n") == 1, f"{what}: left out", done.text)


def check_failures(p, now):
    p.set(queue=line(SHORT, now), code=b"69")
    done, _ = p.run()
    tap.ok(done.returncode == 69 and SHORT not in done.stdout.decode(), "postqueue fails: 69, half a list is none", done.text)
    p.set(code=b"0")
    done, _ = p.run(path="/nowhere")
    tap.ok(done.returncode == 69 and "Sendmail" in done.text, "no Postfix: 69, and what there is for Sendmail", done.text)
    done, ran = p.run("-C", "/etc/other")
    tap.equal(ran, ["postqueue -c /etc/other -j"], "another instance")


def check_change(p, now):
    if os.geteuid() != 0:
        done, ran = p.run("--release", SHORT)
        tap.ok(done.returncode == 77 and not ran, "not root: 77", done.text)
        return
    p.set(queue=line(SHORT, now) + line(LONG, now), said=b"postsuper: Released from hold: 1 message\n")
    done, ran = p.run("--release", "--config-dir", "/etc/other", SHORT)
    wanted = ["postqueue -c /etc/other -j", f"postsuper -c /etc/other -H {SHORT}", f"postqueue -c /etc/other -i {SHORT}"]
    tap.ok(done.returncode == 0 and ran == wanted, "--release: -H, never -r, then -i", (done.text, ran))
    p.run("--release", SHORT)
    with open(os.path.join(p.dir, "session.postsuper"), encoding="ascii") as f:
        own = int(f.read())
    p.set(code=b"1")
    p.run("--release", SHORT)
    with open(os.path.join(p.dir, "session.postqueue"), encoding="ascii") as f:
        tap.ok(int(f.read()) != own == os.getsid(0), "who reads the history has no terminal of root's")
    p.set(code=b"0")
    done, ran = p.run("--release", SHORT, LONG)
    tap.ok(done.returncode == 65 and len(ran) == 1, "one that is not ours: nothing is released", (done.text, ran))
    done, ran = p.run("--release", "--any", SHORT, LONG)
    tap.equal((done.returncode, len(ran)), (0, 5), "--any: both")
    done, ran = p.run("--release", SHORT, SHORT)
    tap.equal((done.returncode, len(ran)), (0, 3), "the same twice: once")
    p.set(said=b"")
    done, ran = p.run("--release", SHORT)
    tap.ok(done.returncode == 65 and len(ran) == 2, "gone in between: 65", (done.text, ran))
    p.set(said=b"postsuper: Deleted: 1 message\n")
    done, ran = p.run("--delete", "--yes", SHORT)
    tap.ok(done.returncode == 0 and ran[1:] == [f"postsuper -d {SHORT} hold"], "--delete: of that queue alone", (done.text, ran))


def test_all():
    with work_folder("held") as where, History("OnQuarantine hold\n") as daemon:
        os.chmod(where, 0o777)
        daemon.send(SHORT, from_domain="quarantine.example")
        now = int(daemon.rows(1)[0]["at"])
        conf = os.path.join(where, "conf")
        shutil.copy(daemon.conf, conf)
        p = Postfix(where, conf)
        check_no_ids(p)
        check_listing(p, now)
        check_failures(p, now)
        check_change(p, now)
        p.set(queue=line(SHORT, now + 5) + line(LONG, now))
        tap.equal(p.ids("--any"), [SHORT, LONG], "newest first")
        tap.equal(p.run("-o", "History=")[0].returncode, 69, "no history: 69")
        tap.ok(abs(time.time() - now) < 600, "its time is MAIL's")


if __name__ == "__main__":
    tap.run([test_all])
