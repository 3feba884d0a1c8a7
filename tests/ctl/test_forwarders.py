#!/usr/bin/python3
"""Forwarded mail, through the daemon: what TrustedForwarders lets in by only=forwarded and by
name, who says that it sealed what is stopped, and what log, history, explain, summary, replay and
overview tell of it.  TAP."""

import csv
import io
import json
import os
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import language
import madehistory
import tap
from daemon import Beschermd
from milterclient import send_message
from running import BUILD, until, work_folder

CTL = os.path.join(BUILD, "beschermctl")
ZONE = """_dmarc.bank.example. 300 IN TXT "v=DMARC1; p=reject"
fwd.example. 300 IN TXT "v=spf1 ip4:198.51.100.7 -all"
9.100.51.198.in-addr.arpa. 300 IN PTR mx1.named.example.
mx1.named.example. 300 IN A 198.51.100.9
loop.plain.example. 300 IN CNAME pool.plain.example.
pool.plain.example. 300 IN CNAME loop.plain.example.
"""
FORWARDERS = """TrustedForwarders 198.51.100.7 only=forwarded
TrustedForwarders .named.example
"""
SEAL = b"ARC-Seal: i=2; a=rsa-sha256; cv=pass; d=fwd.example; s=s; b=AAAA\n"
FROM = b"From: Joe <joe.secret@bank.example>\n\nhello\n"
REWRITTEN = "<SRS0=HHHH=TT=bank.example=joe.secret@fwd.example>"
PLAIN = "<joe.secret@bank.example>"
# Queue id, client, HELO, envelope sender, message.
MESSAGES = (
    ("4SRS", "198.51.100.7", "mail.fwd.example", REWRITTEN, FROM),
    ("4NOT", "198.51.100.7", "mail.fwd.example", PLAIN, SEAL + FROM),
    ("4NAMED", "198.51.100.9", "somewhere.example", PLAIN, FROM),
    ("4NOBODY", "203.0.113.66", "mx1.named.example", PLAIN, FROM),
)


class Place:
    def __init__(self, where):
        self.dutch = language.dutch(where)
        self.file, self.conf, self.log = os.path.join(where, "history.db"), os.path.join(where, "conf"), ""
        zone = os.path.join(where, "zone")
        with open(zone, "w", encoding="ascii") as f:
            f.write(ZONE)
        with Beschermd(f"History {self.file}\nHistoryTrace all\nZoneFile {zone}\n{FORWARDERS}") as daemon:
            for queue_id, client, helo, mail_from, content in MESSAGES:
                send_message(daemon.socket, content, client, helo=helo, mail_from=mail_from, queue_id=queue_id)
            until(lambda: self.count() == len(MESSAGES))
            shutil.copy(daemon.conf, self.conf)
            self.log = daemon.log()

    def count(self):
        return madehistory.number(self.file, "SELECT count(*) FROM message")

    def run(self, verb, *arguments, env=None):
        env = {**os.environ, "LC_ALL": "C", **(env or {})}
        return subprocess.run([CTL, verb, "-c", self.conf, *arguments], capture_output=True, text=True, timeout=60, env=env, check=False)


def check_log(p):
    lines = {line.split(": action=")[0].split()[-1]: line for line in p.log.splitlines() if ": action=" in line}
    tap.ok("sealed=fwd.example/2" in lines.get("4NOT", ""), "log: who says that it sealed what is refused", p.log)
    tap.ok(p.log.count("sealed=") == 1, "log: and of nothing else")
    tap.ok("rewrote the envelope sender" in lines.get("4SRS", "") and "rule=trusted_forwarder" in lines.get("4SRS", ""), "log: why a forwarder's mail comes in")
    tap.ok("joe" not in p.log, "log: no local part, nor that within a rewritten one")


def check_history(p):
    rows = {row["queue_id"]: row for row in map(json.loads, p.run("history", "--action", "any", "--json").stdout.splitlines())}
    found = {i: (r["would"], r["sealed"], r["forwarded"], r["client_confirmed"]) for i, r in rows.items()}
    tap.equal(
        found,
        {
            "4SRS": ("accept", None, "srs", None),
            "4NOT": ("reject", "fwd.example/2", "no", ""),
            "4NAMED": ("accept", None, "no", "mx1.named.example"),
            "4NOBODY": ("reject", None, None, ""),
        },
        "history --json: what was found, and null where nothing was asked",
    )
    text = p.run("history", "--action", "any").stdout
    tap.ok(text.count("sealed=") == text.count("sealed=fwd.example/2") == 1, "history: who says that it sealed it", text)
    header = next(csv.reader(io.StringIO(p.run("history", "--csv").stdout)))
    tap.equal(header[-3:], ["sealed", "forwarded", "client_confirmed"], "history --csv: columns behind those that were there")
    with open(p.file, "rb") as f, open(p.file + "-wal", "rb") if os.path.exists(p.file + "-wal") else io.BytesIO() as wal:
        tap.ok(b"joe.secret" not in f.read() + wal.read(), "the file holds no local part")


def check_explain(p):
    for queue_id, words, word in (
        ("4SRS", ("rewrote the author's envelope sender", "198.51.100.7 only=forwarded of TrustedForwarders", "The domain within the rewritten"), "herschreven"),
        ("4NOT", ("nothing shows it", "only what forwarding explains (only=forwarded)", "fwd.example/2, as an ARC-Seal says"), "niets wijst erop"),
        ("4NAMED", ("mx1.named.example (its address confirms it)", ".named.example of TrustedForwarders contains the client's name"), "haar adres bevestigt"),
        ("4NOBODY", ("none below a domain of TrustedForwarders",), "geen onder een domein van TrustedForwarders"),
    ):
        text = " ".join(p.run("explain", queue_id).stdout.split())
        tap.ok(all(word in text for word in words), f"explain {queue_id}", text)
        if p.dutch is None:
            tap.skip(f"explain {queue_id}, in Dutch", "no locale here has other languages: apt-get install locales")
        else:
            text = " ".join(p.run("explain", queue_id, env=p.dutch).stdout.split())
            tap.ok(word in text, f"explain {queue_id}, in Dutch", text)
        kept = json.loads(p.run("explain", "--json", queue_id).stdout)
        tap.ok({"sealed", "forwarded", "client_confirmed"} <= set(kept), f"explain --json {queue_id}", kept)


def check_summary(p):
    out = json.loads(p.run("summary", "--json").stdout)
    tap.equal((out["sealed"], out["senders"][0]["sealed"]), (1, 1), "summary --json counts what is sealed")
    text = p.run("summary").stdout
    tap.ok("1 of these carry the seal of a forwarder" in text, "summary says so", text)


def changed(p, *settings):
    options = [word for s in settings for word in ("-o", s)]
    done = p.run("replay", "--json", *options)
    out = json.loads(done.stdout)
    ids = sorted(i for c in out["changes"] for s in c["senders"] for i in s["queue_ids"])
    return ids, done.stderr


def check_replay(p):
    ids, told = changed(p)
    tap.equal((ids, told), ([], ""), "replay: by the same settings nothing changes, and all is known")
    ids, told = changed(p, "TrustedForwarders=198.51.100.7", "TrustedForwarders=.named.example")
    tap.equal((ids, told), (["4NOT"], ""), "replay: without the word more comes in")
    ids, told = changed(p, "TrustedForwarders=198.51.100.7 only=forwarded", "TrustedForwarders=.named.example only=forwarded")
    tap.equal((ids, told), (["4NAMED"], ""), "replay: the word can be tried on an entry by name")
    ids, told = changed(p, "TrustedForwarders=")
    tap.equal((ids, told), (["4NAMED", "4SRS"], ""), "replay: without forwarders")
    ids, told = changed(p, "TrustedForwarders=203.0.113.66 only=forwarded", "TrustedForwarders=.named.example")
    tap.equal(ids, ["4SRS"], "replay: an entry that is new")
    tap.ok("for 2 messages it is not known" in told, "replay: says of how many that is not known", told)


def check_overview(p, where):
    page = os.path.join(where, "overview.html")
    done = p.run("overview", "-o", page)
    with open(page, encoding="utf-8") as f:
        text = f.read()
    tap.ok(done.returncode == 0, "overview", done)
    rows = [row for row in text.split("<tr>") if "TrustedForwarders" in row]
    for entry in ("198.51.100.7 only=forwarded", ".named.example"):
        mine = [row for row in rows if entry in row]
        tap.ok(len(mine) == 1 and ">1<" in mine[0], f"overview: {entry} decided one message", rows)
    tap.ok("no longer set" not in text, "overview: and no entry that is gone did")


def check_test(p, where):
    path = os.path.join(where, "message.eml")
    with open(path, "wb") as f:
        f.write(SEAL + FROM)
    options = ("--client", "203.0.113.66", "--helo", "x.example", "--mail-from", "<>")
    out = json.loads(p.run("test", "--json", *options, path).stdout)
    tap.equal((out["sealed"], out["forwarded"], out["client_confirmed"]), ("fwd.example/2", None, None), "test --json: sealed")
    with open(path, "wb") as f:
        f.write(FROM)
    out = json.loads(p.run("test", "--json", *options, path).stdout)
    tap.ok("sealed" in out and out["sealed"] is None, "test --json: null where there is none", out)


def check_asked(p, where):
    """No policy and no answer of DNS: which setting asks for a pass."""
    path = os.path.join(where, "message.eml")
    with open(path, "wb") as f:
        f.write(b"From: joe@plain.example\n\nhello\n")
    options = ("--client", "203.0.113.66", "--helo", "x.example", "--mail-from", "<joe@loop.plain.example>")
    mine, override = "OnUnauthenticated asks for a pass of any domain, and DNS gave", "An Override asks for one, and DNS gave"
    for settings, wanted, unwanted in (
        (("OnUnauthenticated=reject",), mine, override),
        (("OnUnauthenticated=reject", "Override=other.example reject"), mine, override),
        (("OnUnauthenticated=reject", "Override=plain.example reject client=192.0.2.1"), mine, override),
        (("OnUnauthenticated=reject", "Override=plain.example hold"), override, mine),
        (("Override=plain.example reject",), override, mine),
    ):
        text = " ".join(p.run("test", *(word for s in settings for word in ("-o", s)), *options, path).stdout.split())
        tap.ok(wanted in text and unwanted not in text and "deferred" in text, f"test: {settings}: who asks", text)


def test_forwarders():
    with work_folder("forwarders") as where:
        os.chmod(where, 0o777)
        p = Place(where)
        check_log(p)
        check_history(p)
        check_explain(p)
        check_summary(p)
        check_replay(p)
        check_overview(p, where)
        check_test(p, where)
        check_asked(p, where)


def main():
    tap.run([test_forwarders])


if __name__ == "__main__":
    main()
