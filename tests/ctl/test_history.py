#!/usr/bin/python3
"""What beschermctl tells of a history that a daemon wrote: history, explain, summary, replay,
forget.  TAP."""

import contextlib
import csv
import io
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import zlib

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
ZONE = """bank.example. 300 IN TXT "v=spf1 include:post.bank.example exists:%{l}.x.bank.example exp=%{s}.e.bank.example -all"
post.bank.example. 300 IN TXT "v=spf1 ip4:192.0.2.1 -all"
_dmarc.bank.example. 300 IN TXT "v=DMARC1; p=reject"
shop.example. 300 IN TXT "v=spf1 ip4:192.0.2.1 -all"
_dmarc.shop.example. 300 IN TXT "v=DMARC1; p=quarantine"
"""
LOCAL_PART = "joe.secret"
MAIL_FROM = f"<{LOCAL_PART}@bank.example>"
FORGED = b"From: Joe <joe.secret@bank.example>\nSubject: secret subject\n\nsecret text\n"
MARKED = b"From: Shop <a@shop.example>\n\nhello\n"
BAD = b"From: a@x.example, b@y.example\n\nhello\n"


class History:
    """A daemon with a history in ${dir}, and what beschermctl says of it."""

    def __init__(self, where, more=""):
        self.dir = where
        self.file = os.path.join(where, "history.db")
        self.conf = None
        self.settings = f"History {self.file}\n{more}"

    def fill(self, messages):
        """[(content, client, queue id)]"""
        zone = os.path.join(self.dir, "zone")
        with open(zone, "w", encoding="ascii") as f:
            f.write(ZONE)
        self.conf = os.path.join(self.dir, "conf")
        with Beschermd(f"{self.settings}ZoneFile {zone}\n") as daemon:
            for content, client, queue_id in messages:
                send_message(daemon.socket, content, client, mail_from=MAIL_FROM, queue_id=queue_id)
            until(lambda: self.count() == len(messages))
            shutil.copy(daemon.conf, self.conf)

    def count(self):
        return madehistory.number(self.file, "SELECT count(*) FROM message")

    def sql(self, text, *values):
        with contextlib.closing(sqlite3.connect(self.file, isolation_level=None)) as db:
            return db.execute(text, values).fetchall()

    def run(self, verb, *arguments, **more):
        command = [CTL, verb, "-c", self.conf, *arguments]
        env = dict(os.environ, LC_ALL="C")
        env.update(more.pop("env", {}))
        return subprocess.run(command, capture_output=True, text=True, timeout=60, env=env, check=False, **more)


def by_settings(text):
    """Without what differs between a message under way and a remembered one."""
    text = re.sub(r"\(reported by the mail server\)|\(given by an option\)", "(...)", text)
    text = re.sub(r",\s+\d+\.\d\s+ms", ", ... ms", text)  # where the page breaks the line, too
    # A message under way can be judged again.
    ways = r"--force\s+shows\s+the\s+Override\s+that|beschermctl\s+override\s+add"
    text = re.sub(rf"\s(?:{ways})\s+lets\s+such\s+mail\s+in\s+while\s+they\s+fix\s+it", " ...", text)
    text = re.sub(r"^.*: (refused|accepted|marked)$", r"\1", text, count=1, flags=re.M)
    text = text.replace(f"{LOCAL_PART}@", "")
    text = re.sub(r"<bank\.example>", "bank.example", text)
    text = re.sub(r"\(/.*?:(\d+)\)", r"(FILE:\1)", text)
    return sorted(" ".join(line.split()) for line in text.splitlines())


def check_list(h):
    lines = h.run("history").stdout.splitlines()
    tap.equal([line.split()[2] for line in lines], ["4BAD", "4MARK", "4FORGED2", "4FORGED1"], "history: newest first")
    tap.ok("bank.example" in lines[2] and "203.0.113.66" in lines[2] and "SPF fail" in lines[2], "history: who, from where, why", lines)
    tap.equal(len(h.run("history", "--action", "any").stdout.splitlines()), 5, "history --action any: accepted ones too")
    for arguments, wanted in (
        (("--from", "BANK.example"), 2),
        (("--from", ".example"), 3),
        (("--client", "203.0.113.0/24"), 4),
        (("--client", "192.0.2.1"), None),
        (("--rule", "policy_quarantine"), 1),
        (("--action", "reject"), 3),
        (("--queue-id", "4GOOD"), 1),
        (("--limit", "2"), 2),
        (("--since", "1h"), 4),
        (("--until", "1h"), None),
        (("--queue-id", "4none"), None),
    ):
        done = h.run("history", *arguments)
        tap.equal(done.returncode, 65 if wanted is None else 0, f"history {arguments}: exit code")
        tap.equal(len(done.stdout.splitlines()), wanted or 0, f"history {arguments}: messages")
    for arguments in (("--since", "soon"), ("--since", "2026-02-30"), ("--client", "x"), ("--action", "no"), ("--rule", "no"), ("--limit", "0"), ("x",), ("--csv", "--json")):
        tap.equal(h.run("history", *arguments).returncode, 64, f"history {arguments}: a mistake")


def check_formats(h):
    rows = [json.loads(line) for line in h.run("history", "--json").stdout.splitlines()]
    tap.equal([row["queue_id"] for row in rows], ["4BAD", "4MARK", "4FORGED2", "4FORGED1"], "--json: one object per line")
    tap.ok(isinstance(rows[2]["signatures"], list), "--json: arrays are arrays", rows[2])
    table = list(csv.reader(io.StringIO(h.run("history", "--csv").stdout, newline="")))
    tap.equal({len(row) for row in table}, {len(rows[0])}, "--csv: as many cells as columns")
    tap.equal(table[0], list(rows[0]), "--csv: the same names")
    tap.equal([row[1] for row in table[1:]], [row["queue_id"] for row in rows], "--csv: the same messages")
    h.sql("INSERT INTO gap(begin_at,end_at,lost,cause) VALUES(?,?,7,'queue')", int(time.time()) + 5, int(time.time()) + 9)
    tap.ok("7 messages are not remembered (queue)" in h.run("history").stdout.splitlines()[0], "a gap stands at its place")
    gap = json.loads(h.run("history", "--json").stdout.splitlines()[0])["gap"]
    tap.equal((gap["lost"], gap["cause"]), (7, "queue"), "--json: a gap")
    table = list(csv.reader(io.StringIO(h.run("history", "--csv").stdout, newline="")))
    tap.equal((table[1][table[0].index("action")], len(table[1])), ("gap", len(table[0])), "--csv: a gap has as many cells")
    h.sql("UPDATE gap SET lost=NULL, cause='disk'")
    dutch = language.dutch(h.dir)
    for env, told in (({}, "messages may be missing (disk)"), (dutch, "mogelijk ontbreken er berichten (schijf)")):
        name = f"a gap of which nobody knows how many: {told}"
        if env is None:
            tap.skip(name, "no locale here has other languages: apt-get install locales")
            continue
        line = h.run("history", env=env).stdout.splitlines()[0]
        tap.ok(told in line, name, line)
    for form in ("--json", "--csv"):
        out = h.run("history", form, env=dutch or {}).stdout
        tap.ok('"disk"' in out or "disk, lost: unknown" in out, f"{form}: its cause is the same in all languages", out)
    h.sql("DELETE FROM gap")
    # The daemon writes printable ASCII; one that was taken over may write anything.
    for text in ("=HYPERLINK(1)", "\x1b[2J", "a\nb", '"', "\u202e", "@x", "-1", "+1"):
        h.sql("UPDATE message SET reason=?, header_from=? WHERE queue_id='4BAD'", text, text)
        for arguments in ((), ("--csv",), ("--json",)):
            out = h.run("history", "--limit", "1", *arguments).stdout
            tap.ok(all(" " <= c <= "~" or c in "\r\n" for c in out) and out.count("\n") <= 2, f"{text!r} {arguments}: nothing gets out", out)
        cell = list(csv.reader(io.StringIO(h.run("history", "--csv", "--limit", "1").stdout, newline="")))[1]
        tap.ok(not any(value.startswith(tuple("=+-@\t\r")) for value in cell), f"{text!r}: no formula", cell)


def check_explain(h):
    message = os.path.join(h.dir, "message")
    with open(message, "wb") as f:
        f.write(FORGED)
    told = h.run("test", "--client", "203.0.113.66", "--helo", "mail.example", "--mail-from", MAIL_FROM.strip("<>"), "--queue-id", "4FORGED1", message)
    stored = h.run("explain", "4FORGED1")
    wanted, seen = by_settings(told.stdout), by_settings(stored.stdout)
    differs = [line for line in wanted if line not in seen] + [line for line in seen if line not in wanted]
    # Names that hold the local part, the text of exp=, and the From line.
    differs = [line for line in differs if "holds the local part" not in line and ".bank.example" not in line]
    tap.ok(stored.returncode == 0 and not differs, "explain says what test says", "\n".join(differs) + stored.stderr)
    tap.ok(LOCAL_PART not in stored.stdout + h.run("explain", "4FORGED1", "--json").stdout, "without the local part")
    tap.equal(json.loads(h.run("explain", "4FORGED1", "--json").stdout)["rule"], "policy_reject", "explain --json")
    good = h.run("explain", "4GOOD")
    tap.ok(good.returncode == 0 and "nothing was wrong with it" in " ".join(good.stdout.split()), "explain of an accepted one says why there is no more", good.stdout)
    tap.ok("There is no signature." in good.stdout and "Reason" not in good.stdout and "policy: reject" in good.stdout, "explain of an accepted one: what there is, in words", good.stdout)
    kept = h.sql("SELECT signatures FROM message WHERE queue_id='4GOOD'")[0][0]
    h.sql("UPDATE message SET signatures=? WHERE queue_id='4GOOD'", '[["permerror","p.example","one","rsa-sha256",0,"s","no","there is no key"]]')
    good = h.run("explain", "4GOOD")
    tap.ok("permerror p.example (one): there is no key" in good.stdout, "explain of an accepted one: a signature", good.stdout)
    h.sql("UPDATE message SET signatures=? WHERE queue_id='4GOOD'", kept)
    tap.equal(h.run("explain", "4none").returncode, 65, "explain of another: nothing found")
    h.sql("UPDATE message SET queue_id='4FORGED2', at=at-100 WHERE queue_id='4MARK'")
    done = h.run("explain", "4FORGED2", "--json")
    at = re.search(r'--at "(.*?)" shows it', done.stderr)
    tap.ok(json.loads(done.stdout)["rule"] == "policy_reject" and at, "explain: the newest of a queue id, and a note of the other", done.stderr)
    other = h.run("explain", "4FORGED2", "--json", "--at", at[1])
    tap.ok(other.returncode == 0 and json.loads(other.stdout)["rule"] == "policy_quarantine", "--at, as the note has it, takes the other", other.stderr)
    h.sql("UPDATE message SET queue_id='4MARK', at=at+100 WHERE rule='policy_quarantine'")
    with open(h.file, "rb") as f:
        data = f.read()
    for secret in (LOCAL_PART.encode(), b"secret subject", b"secret text"):
        tap.ok(secret not in data, f"the file does not hold {secret}")


def check_replay(h):
    out = json.loads(h.run("replay", "-o", "OnReject=header", "--json").stdout)
    changes = {(c["was"], c["would"]): c for c in out["changes"]}
    tap.equal((out["messages"], out["unchanged"], changes[("reject", "header")]["messages"]), (5, 3, 2), "replay: what changes")
    tap.equal(changes[("reject", "header")]["senders"][0]["from"], "bank.example", "replay: of whom")
    out = h.run("replay", "-o", "OnReject=header").stdout
    tap.ok(".\n\nreject -> header: 2" in out and "\n\n\n" not in out, "replay: for people", out)
    tap.equal(json.loads(h.run("replay", "--json").stdout)["unchanged"], 5, "replay: the same settings change nothing")
    done = h.run("replay", "-o", "MinimumKeyBits=2048")
    tap.ok(done.returncode == 64 and "MinimumKeyBits" in done.stderr, "replay: what cannot be tried is named", done.stderr)


def check_summary(h):
    out = json.loads(h.run("summary", "--json").stdout)
    tap.equal((out["messages"], out["pass"], out["fail"], out["bad_from"]), (5, 1, 3, 1), "summary: counts")
    bank = next(s for s in out["senders"] if s["domain"] == "bank.example")
    tap.equal((bank["refused"], bank["pass"], bank["top_client"], bank["cause"]), (2, 1, "203.0.113.66", "unclear"), "summary: of a sender")
    tap.ok(not out["ready"]["two_weeks"] and out["ready"]["complete"], "summary: is it ready?", out["ready"])
    tap.equal(json.loads(h.run("summary", "--json", "--from", "BANK.example").stdout)["messages"], 3, "summary --from")
    tap.equal(h.run("summary", "--from", "").returncode, 64, "summary --from '': a mistake")
    text = h.run("summary").stdout
    tap.ok("33.3 %" in text and "25.0 %" in text and "Ready for Mode enforce?" in text, "summary for people", text)
    tap.ok("\n  not yet  14 days are remembered: " in text and "\n  done     no Override has expired" in text, "what is done", text)


def check_columns(h):
    """Words of other languages fit into their columns."""
    for name, env in (("English", {}), ("Dutch", language.dutch(h.dir))):
        if env is None:
            tap.skip("Dutch: columns", "no locale here has other languages: apt-get install locales")
            continue
        lines = h.run("summary", env=env).stdout.splitlines()
        at = next(i for i, line in enumerate(lines) if line.startswith("  bank.example"))
        head = next(line for line in reversed(lines[:at]) if line.startswith("  dom"))
        tap.equal(len(head), len(lines[at]), f"{name}: the table of senders has straight columns")
        ends = [m.end() for m in re.finditer(r"\d %|\d+(?! %)(?![.\d])|- ", lines[at])]
        tap.ok(all(head[end - 1] != " " for end in ends if end <= len(head)), f"{name}: and each has its word above it", f"{head}\n{lines[at]}")
        sizes = h.run("history", "--size", env=env).stdout.splitlines()
        tap.ok(len(sizes) >= 8 and all(re.match(r".{13} \d", line) for line in sizes), f"{name}: and so has --size", "\n".join(sizes))


def check_forget(h):
    for arguments in ((), ("--all",), ("--before", "soon"), ("--client", "x"), ("--from", ".")):
        done = h.run("forget", *arguments, stdin=subprocess.DEVNULL)
        tap.equal((done.returncode, h.count()), (64, 5), f"forget {arguments}: refused, nothing is gone")
    done = h.run("forget", "--from", "bank.example", "--dry-run")
    tap.equal((done.returncode, h.count()), (0, 5), "forget --dry-run changes nothing")
    done = h.run("forget", "--queue-id", "4FORGED1")
    tap.equal((done.returncode, h.count()), (0, 4), "forget --queue-id")
    done = h.run("forget", "--client", "203.0.113.0/24", "--from", "bank.example")
    tap.equal((done.returncode, h.count()), (0, 3), "forget: what fits all")
    tap.equal(h.run("forget", "--from", "bank.example").returncode, 0, "forget --from: the rest of it")
    tap.equal(h.run("forget", "--from", "bank.example").returncode, 65, "forget once more: nothing found")
    tap.equal(h.run("forget", "--all", "--yes").returncode, 0, "forget --all --yes")
    tap.equal(h.count(), 0, "nothing is left")
    left = b""
    for name in (h.file, h.file + "-wal"):
        if os.path.exists(name):
            with open(name, "rb") as f:
                left += f.read()
    for word in (b"4FORGED1", b"203.0.113.66"):
        tap.ok(word not in left, f"{word} is not in the file any more")


def forwarded(h, count, client, signatures):
    """${count} more failures of bank.example, over some days, of one client."""
    fields = [row[1] for row in h.sql("PRAGMA table_info(message)") if row[1] not in ("id", "at", "client", "signatures", "queue_id")]
    for n in range(count):
        at = int(time.time()) - n * 86400 // 2 - 60
        h.sql(f"INSERT INTO message(at,client,signatures,queue_id,{','.join(fields)}) SELECT ?,?,?,?,{','.join(fields)} FROM message WHERE queue_id='4FORGED1'", at, client, json.dumps(signatures), f"4FWD{n}")


def check_proposals(h):
    """A line that lets mail in: only by a sign of forwarding, never for a relay."""
    changed = [["fail", "bank.example", "s1", "rsa-sha256", 2048, "s", None, "the body was changed"]]
    for name, client, signatures, options, cause, wanted in (
        ("no sign", "198.51.100.7", [], (), "one_sender", None),
        ("somebody else's signature", "198.51.100.7", [[*changed[0][:1], "evil.example", *changed[0][2:]]], (), "one_sender", None),
        ("a sign", "198.51.100.7", changed, (), "forwarder", "override add bank.example accept --client 198.51.100.7"),
        ("a relay", "198.51.100.7", changed, ("-o", "TrustedRelays=198.51.100.0/28"), "forwarder", None),
        ("this host", "127.0.0.1", changed, ("-o", "IgnoreHosts="), "forwarder", None),
        ("this host, IPv6", "::1", changed, (), "forwarder", None),
        ("this host's socket", "local", changed, (), "forwarder", None),
        ("nobody knows who", "unknown", changed, (), "forwarder", None),
        ("a network with a relay", "198.51.100.7", changed, ("-o", "TrustedRelays=198.51.100.7"), "forwarder", None),
    ):
        h.sql("DELETE FROM message WHERE queue_id LIKE '4FWD%'")
        forwarded(h, 12, client, signatures)
        out = json.loads(h.run("summary", "--json", *options).stdout)
        tap.equal(next(s for s in out["senders"] if s["domain"] == "bank.example")["cause"], cause, f"summary, {name}: the cause")
        text = " ".join(h.run("summary", *options).stdout.split())
        shown = wanted in text if wanted else "override add" not in text and "TrustedForwarders" not in text
        tap.ok(shown, f"summary, {name}: {'a line' if wanted else 'no line'}", text)
    forwarded(h, 12, "198.51.100.7", changed)
    h.sql("UPDATE message SET is_relay=1 WHERE queue_id='4FWD3'")
    text = " ".join(h.run("summary").stdout.split())
    tap.ok("198.51.100.7, which is or contains one of TrustedRelays" in text and "override add" not in text, "summary: one that was a relay, by other settings: no line", text)
    h.sql("DELETE FROM message WHERE queue_id LIKE '4FWD%'")


def check_narrow(h):
    """The line has only=forwarded where that would have let in each of the failures."""
    def changed(domain):
        return [["fail", domain, "s1", "rsa-sha256", 2048, "s", None, "the body was changed"]]

    own, above = changed("bank.example"), changed("example")
    # (column forwarded, signatures) of one half and of the other; failures that the word lets in, and that are not known
    for name, half, other, known in (
        ("only the body was changed", (None, own), (None, own), (12, 0)),
        ("looked at: forwarded", ("body", own), ("srs", []), (12, 0)),
        ("some is not known", (None, own), (None, []), (6, 6)),
        ("some does not show it", (None, own), ("no", []), (6, 0)),
        ("looked at, and it does not align", ("no", own), ("no", own), (0, 0)),
        ("signed by a name above", (None, above), (None, own), (6, 6)),
    ):
        for column, signatures in (half, other):
            h.sql("DELETE FROM message WHERE queue_id LIKE '4FWD%'")
            h.sql("UPDATE message SET forwarded=? WHERE queue_id='4FORGED1'", column)
            forwarded(h, 6, "198.51.100.7", signatures)
            h.sql("UPDATE message SET queue_id='5'||queue_id WHERE queue_id LIKE '4FWD%'")
        out = json.loads(h.run("summary", "--json").stdout)
        sender = next(s for s in out["senders"] if s["domain"] == "bank.example")
        tap.equal((sender["cause"], sender["top_forwarded"], sender["top_unasked"]), ("forwarder", *known), f"summary, {name}: how many")
        text = " ".join(h.run("summary").stdout.split())
        line = "TrustedForwarders 198.51.100.7 only=forwarded, or" if known[0] == 12 else "TrustedForwarders 198.51.100.7, or"
        more = f"With only=forwarded after it {known[0]} of these 12 failures would come in; for {known[1]} more"
        tap.ok(line in text and (more in text) == (known[0] < 12), f"summary, {name}: the line", text)
        h.sql("DELETE FROM message WHERE queue_id LIKE '54FWD%'")
    h.sql("UPDATE message SET forwarded=NULL WHERE queue_id='4FORGED1'")


def check_endings(h):
    day = [time.strftime("%Y-%m-%d", time.localtime(time.time() + n * 86400)) for n in range(10)]
    for until, wanted in ((day[8], None), (day[7], f"ends on {day[7]}"), (day[0], f"ends today: {day[0]} is its last day"), ("2020-01-01", "ended on 2020-01-01 and is not applied")):
        option = ("-o", f"Override=x.example hold until={until}")
        found = json.loads(h.run("summary", "--json", *option).stdout)["override_warnings"]
        tap.equal(found, [f"command line: Override x.example {wanted}"] if wanted else [], f"summary: until {until}")
        tap.equal(wanted is not None and wanted in h.run("summary", *option).stdout, wanted is not None, f"summary for people: until {until}")


def test_verbs():
    with work_folder("history") as where:
        os.chmod(where, 0o777)
        h = History(where)
        h.fill(
            [
                (FORGED.replace(b"Joe", b"Jo"), "192.0.2.1", "4GOOD"),
                (FORGED, "203.0.113.66", "4FORGED1"),
                (FORGED, "203.0.113.66", "4FORGED2"),
                (MARKED, "203.0.113.66", "4MARK"),
                (BAD, "203.0.113.67", "4BAD"),
            ]
        )
        tap.equal(h.run("history", "--check").returncode, 0, "history --check: whole")
        tap.ok("messages      5\n" in h.run("history", "--size").stdout, "history --size")
        check_list(h)
        check_explain(h)
        check_replay(h)
        check_summary(h)
        check_proposals(h)
        check_narrow(h)
        check_endings(h)
        check_columns(h)
        check_proposed(h)
        check_formats(h)
        check_forget(h)


def check_proposed(h):
    """A sign of forwarding makes a line to copy, but no line that the filter would refuse."""
    where = "message_id=(SELECT id FROM message WHERE queue_id='4FORGED1')"
    kept = h.sql(f"SELECT data FROM trace WHERE {where}")[0][0]
    trace = json.loads(zlib.decompress(kept))
    for domain, proposed in (("bank.example", 1), ("co.uk", 0), ("joe.co.uk", 1), ("", 0)):
        signature = {"result": "fail", "domain": domain, "selector": "s1", "reason": "the body was changed"}
        forwarded = dict(trace, dkim=[signature])
        forwarded["dmarc"] = dict(trace["dmarc"], org_domain=domain or None)
        h.sql(f"UPDATE trace SET data=? WHERE {where}", zlib.compress(json.dumps(forwarded).encode()))
        h.sql("UPDATE message SET header_from=? WHERE queue_id='4FORGED1'", domain)
        done = h.run("explain", "4FORGED1")
        tap.ok(done.returncode == 0 and done.stdout.count(f"    Override {domain} accept client=") == proposed, f"explain: a line for {domain!r}: {proposed}", done.stdout)
    h.sql(f"UPDATE trace SET data=? WHERE {where}", kept)
    h.sql("UPDATE message SET header_from='bank.example' WHERE queue_id='4FORGED1'")


def test_no_history():
    with tempfile.TemporaryDirectory() as where:
        os.chmod(where, 0o755)
        h = History(where)
        h.conf = os.path.join(where, "conf")
        for settings, code in (("", 69), (f"History {where}/none.db\n", 69), ("History\n", 78), (f"History {where}\n", 69)):
            with open(h.conf, "w", encoding="ascii") as f:
                f.write(settings)
            for verb, *arguments in (("history",), ("explain", "4X"), ("summary",), ("replay",), ("forget", "--all", "--yes")):
                done = h.run(verb, *arguments)
                tap.ok(done.returncode == code and done.stderr, f"{settings!r}: {verb} exits {code}", f"{done.returncode} {done.stderr}")


def test_user():
    """UserID may name a group too, as the daemon takes it."""
    if os.geteuid() != 0:
        tap.skip("root becomes UserID", "not root")
        return
    with tempfile.TemporaryDirectory() as where:
        os.chmod(where, 0o755)
        h = History(where)
        h.conf = os.path.join(where, "conf")
        for user, code in (("nobody", 75), ("nobody:nogroup", 75), ("nobody:nosuchgroup", 77), ("root", 77), ("root:nogroup", 77), (":nogroup", 77)):
            with open(h.conf, "w", encoding="ascii") as f:
                f.write(f'UserID "{user}"\nHistoryShared "host={where} dbname=x"\n')
            done = h.run("summary", "--shared")
            tap.equal(done.returncode, code, f"UserID {user}: {done.stderr}")


def test_foreign_files():
    """Root never opens a file of root's, and nobody a database of something else."""
    with work_folder("foreign") as where:
        os.chmod(where, 0o777)
        h = History(where)
        h.conf = os.path.join(where, "conf")
        with open(h.conf, "w", encoding="ascii") as f:
            f.write(h.settings)
        h.sql("CREATE TABLE x(y)")
        if os.geteuid() == 0:
            done = h.run("history")
            tap.ok(done.returncode == 77 and "belongs to root" in done.stderr, "a file of root's is not opened", done.stderr)
            os.chown(h.file, 65534, 65534)
        done = h.run("history")
        tap.ok(done.returncode == 78 and "something else" in done.stderr, "a database of something else", done.stderr)
        with open(h.file, "wb") as f:
            f.write(b"no database at all\n" * 1000)
        done = h.run("history")
        tap.ok(done.returncode in (65, 78), "no database at all", f"{done.returncode} {done.stderr}")


if __name__ == "__main__":
    tap.run([test_verbs, test_no_history, test_user, test_foreign_files])
