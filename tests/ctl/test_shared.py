#!/usr/bin/python3
"""A history that several hosts share: ship, --shared and forget against a real PostgreSQL on a
unix socket.  TAP."""

import contextlib
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import postgres
import tap
from postgres import CTL, Postgres
from remembered import History
from running import PATIENCE, until, work_folder
from shipping import Host, differences

DOMAINS = ("reject.example", "pass.example", "none.example", "silent.example", "quarantine.example")
SERVER = None


def fill(where, name, count, extra=()):
    """A history that a daemon wrote, of ${count} messages."""
    host = Host(where, name, SERVER.conninfo)
    with History("HistoryTrace all\n" + host.settings, zone=None, path=host.file) as daemon:
        for i in range(count):
            daemon.send(f"{name}{i}", DOMAINS[i % len(DOMAINS)], client=f"192.0.2.{i % 7 + 1}")
        for queue_id, how in extra:
            daemon.send(queue_id, **how)
        daemon.rows(count + len(extra))
        host.take_conf(daemon.conf)
    return host


def check_ship(a, b):
    for host, count in ((a, 24), (b, 15)):
        done = host.run("ship")
        tap.equal((done.returncode, done.stdout), (0, f"{count} messages are shipped.\n"), f"{host.name}: ship")
        tap.equal(host.run("ship").stdout, "0 messages are shipped.\n", f"{host.name}: nothing twice")
    tap.equal(differences(SERVER, [a, b]), [], "each row of both hosts once, and as it was")
    a.sql("DELETE FROM meta WHERE key='shipped_id'")
    tap.equal(a.run("ship").returncode, 0, "a ship that was killed before it wrote down what it shipped ships again")
    tap.equal(differences(SERVER, [a, b]), [], "and no row is there twice")
    tap.equal(SERVER.psql("SELECT count(*) FROM conf WHERE text ~ 'writer'"), "0", "HistoryShared itself is not in the settings that are remembered")


def check_verbs(a):
    """The same answers as of the file, on the same rows; history also says who saw them."""
    server = SERVER.psql(f"SELECT name FROM host WHERE file_id={a.file_id()}")
    a.sql("INSERT INTO gap(begin_at,end_at,lost,cause) VALUES(?,?,7,'queue'), (?,?,NULL,'crash')", a.now, a.now + 5, a.now - 60, a.now - 9)
    tap.equal(a.run("ship").returncode, 0, "gaps are shipped")
    for command in (
        ("history",),
        ("history", "--action", "any", "--limit", "100"),
        ("history", "--action", "any", "--json"),
        ("history", "--action", "any", "--csv", "--separator", ";"),
        ("history", "--from", "reject.example", "--action", "any"),
        ("history", "--from", ".example", "--limit", "3"),
        ("history", "--client", "192.0.2.3", "--action", "any"),
        ("history", "--action", "reject"),
        ("history", "--rule", "policy_quarantine"),
        ("history", "--queue-id", "a7"),
        ("history", "--queue-id", "none"),
        ("history", "--since", "1h", "--until", "2099-01-01"),
        ("history", "--until", "1h"),
        ("explain", "a0"),
        ("explain", "a1", "--json"),
        ("explain", "aodd"),
        ("explain", "none"),
        ("summary",),
        ("summary", "--json", "--all-senders"),
        ("summary", "--from", "reject.example"),
        ("summary", "--since", "2026-01-01", "--json"),
        ("summary", "--until", "1h"),
        ("replay",),
        ("replay", "-o", "Override=.example accept", "-o", "OnReject=header", "--json"),
        ("replay", "-o", "MinimumKeyBits=2048"),
        ("forget", "--from", "pass.example", "--dry-run"),
    ):
        now = str(int(time.time()) + 100)
        until_now = ("--until", time.strftime("%Y-%m-%dT%H:%M", time.localtime(int(now) + 60))) if command[0] == "summary" and "--until" not in command else ()
        arguments = (*command[1:], *until_now)
        there = a.run(command[0], "--shared", *arguments)
        if command[0] == "history":
            there.stdout = without_server(there.stdout, server, command)
        here = a.run(command[0], "-o", "HistoryShared=", *arguments)
        if command[0] == "forget":
            there.stdout = there.stdout.replace(" of the shared history", "")
        told = [(x.returncode, without_period(x.stdout), x.stderr) for x in (there, here)]
        tap.equal(told[0], told[1], f"{command}: of the server as of the file")
    pages = []
    for more in (("--shared",), ("-o", "HistoryShared=")):
        page = os.path.join(a.dir, "page.html")
        done = a.run("overview", "-o", page, "--days", "3", *more)
        tap.equal((done.returncode, done.stderr), (0, ""), f"overview {more[0]}")
        with open(page, encoding="utf-8") as f:
            pages.append(f.read())
        os.remove(page)
    tap.equal(["from its own history" in page for page in pages], [False, True], "overview: it says whose history")
    tap.ok(within(pages[0]) == within(pages[1]) and len(within(pages[0])) > 200, "overview: the same page", [x for x in zip(*(within(p) for p in pages)) if x[0] != x[1]])
    tap.ok(a.run("history", "--shared", "--size").stdout.startswith("messages      24\n"), "history --size --shared")
    tap.equal(a.run("history", "--shared", "--check").returncode, 64, "history --check is of the file alone")


def within(page):
    """Its lines, without the time it was made, how much room the rows take, where, and by whom."""
    return [line for line in page.replace(">", ">\n").splitlines() if not re.search(r"\b[kMG]?B\b|octets|:\d\d|HistoryShared|^Made by", line)]


def without_server(text, server, command):
    """The lines as this host would have written them: each of a message has the server's name."""
    kept, named = [], 0
    for line in text.split("\n"):
        gap = "gap" in line
        if "--json" in command:
            line, count = re.subn(f',"server":"{server}"}}$', "}", line)
        elif "--csv" in command:
            line, count = re.subn(f";({'' if gap else server + '|server'})$", "", line)
        else:
            line, count = re.subn(f"  {server:<20}  ", "  ", line, count=1)
        named += count
        if line and count != (0 if gap and "--csv" not in command else 1):
            tap.ok(False, f"{command}: who saw it", line)
        kept.append(line)
    tap.ok(named > 0 or all("gap" in line for line in text.splitlines()), f"{command}: {named} lines say who saw it", text)
    return "\n".join(kept)


def without_period(text):
    lines = [line for line in text.splitlines() if not line.startswith("  Period")]
    return re.sub(r'"since":\d+', "", "\n".join(lines))


def check_forget(a, b):
    of_a, of_b = SERVER.numbers(f"SELECT count(*) FILTER (WHERE file_id={a.file_id()}), count(*) FILTER (WHERE file_id={b.file_id()}) FROM message WHERE header_from='pass.example'")
    tap.ok(of_a > 1 and of_b > 1, "both have something to forget", (of_a, of_b))
    done = a.run("forget", "--from", "pass.example")
    tap.ok(f"{of_a} messages are forgotten.\n" in done.stdout and f"{of_a} messages of the shared history are forgotten" in done.stdout, "forget: here and there", done)
    tap.equal(SERVER.numbers("SELECT count(*) FROM message WHERE header_from='pass.example'"), [of_b], "of this host alone")
    tap.equal(differences(SERVER, [a, b]), [], "with the steps, and nothing else")
    done = a.run("forget", "--shared", "--from", "pass.example")
    tap.ok(done.returncode == 0 and "on each host" in done.stdout, "forget --shared: of all hosts", done)
    tap.equal(SERVER.numbers("SELECT count(*) FROM message WHERE header_from='pass.example'"), [0], "none is left")
    tap.equal(b.numbers("SELECT count(*) FROM message WHERE header_from='pass.example'"), [of_b], "the other host's own file is its own")
    tap.equal(a.run("forget", "--shared", "--from", "pass.example").returncode, 65, "nothing found")
    b.sql("DELETE FROM trace WHERE message_id IN (SELECT id FROM message WHERE header_from='pass.example')")
    b.sql("DELETE FROM message WHERE header_from='pass.example'")


def check_retention(a, b):
    """What is too old goes from there, of this file and of those that are silent."""
    SERVER.psql("UPDATE message SET at=now()-interval '31 days' WHERE id<=5; UPDATE trace SET at=now()-interval '8 days' WHERE message_id=8")
    tap.equal(a.run("ship").returncode, 0, "ship: within the hour nothing is tidied")
    before = SERVER.numbers("SELECT count(*) FROM message WHERE id<=5")
    SERVER.psql("UPDATE host SET tidied_at=NULL")
    tap.equal(a.run("ship").returncode, 0, "ship: tidies")
    left = SERVER.numbers(f"SELECT count(*), count(*) FILTER (WHERE file_id={b.file_id()}) FROM message WHERE id<=5")
    tap.ok(before[0] > left[0] and left[0] == left[1] > 0, "what is older than HistoryDays goes, of this host", (before, left))
    tap.equal(SERVER.numbers(f"SELECT count(*) FROM trace WHERE message_id=8 AND file_id={a.file_id()}"), [0], "and the steps with HistoryTraceDays")
    SERVER.psql(f"UPDATE host SET tidied_at=NULL; UPDATE host SET shipped_at=now()-interval '31 days' WHERE file_id={b.file_id()}")
    tap.equal(a.run("ship").returncode, 0, "ship: tidies again")
    tap.equal(SERVER.numbers("SELECT count(*) FROM message WHERE id<=5"), [0], "what a silent host left behind goes too")


def check_copies(a):
    """A machine that was cloned: two files of one number, whose rows are not the same."""
    clone = a.clone("c")
    a.add(700)
    clone.add(900)
    first = a.run("ship")
    second = clone.run("ship")
    tap.equal((first.returncode, first.stderr), (0, ""), "a file that was copied: the first one ships")
    tap.ok(second.returncode == 0 and "is a copy of a file" in second.stderr, "the second one is told", second)
    tap.ok(clone.file_id() != a.file_id(), "and goes under a number of its own")
    tap.equal(clone.run("ship").stderr, "", "once")
    got = SERVER.numbers("SELECT count(*), count(DISTINCT queue_id) FROM message WHERE queue_id LIKE 'add-%'")
    tap.equal(got, [1600, 1600], "each row of both once")


def check_replaced(a):
    """A file that was damaged and replaced begins again with id 1."""
    before = SERVER.numbers("SELECT count(*) FROM message")[0]
    old = a.file_id()
    with open(a.file, "r+b") as f:
        f.write(b"\0" * 4096)
    for kind in ("-wal", "-shm"):
        if os.path.exists(a.file + kind):
            os.remove(a.file + kind)
    with History("HistoryTrace all\n" + a.settings, zone=None, path=a.file) as daemon:
        for i in range(10):
            daemon.send(f"new{i}", "reject.example")
        daemon.rows(10)
    tap.equal(a.numbers("SELECT min(id), count(*) FROM message"), [1, 10], "the new file counts from 1")
    tap.equal(a.run("ship").returncode, 0, "it is shipped")
    tap.ok(a.file_id() != old, "it has another number")
    tap.equal(SERVER.numbers("SELECT count(*) FROM message"), [before + 10], "and no id of the old one's is in its way")


STRANGE = (
    b"nul\0in it",
    b"\xff\xfe invalid \xc3",
    b"tab\tline\nreturn\rend",
    b"\\N",
    b"\\.",
    b"\\x41 \\\\ \\",
    "één € 😀".encode(),
    b"'; DROP TABLE message; --",
    b"\x1b[2J",
    b"[[\"fail\",\"\\u0000\"]]",
    b"x" * 5000,
    b"",
)


def check_strange(a):
    """Whatever a damaged file, or one that was taken over, holds."""
    base = a.numbers("SELECT max(id) FROM message")[0]
    for i, text in enumerate(STRANGE):
        a.add(1, f"odd-{i}-")
        for column in ("queue_id", "helo", "header_from", "reason", "spf_domain", "signatures", "client", "departures"):
            a.sql(f"UPDATE message SET {column}=CAST(? AS TEXT) WHERE id=(SELECT max(id) FROM message)", text)
    a.sql("UPDATE message SET at='soon', wait_ms='x', is_relay='y', day=1e30 WHERE id=(SELECT max(id) FROM message)")
    done = a.run("ship")
    tap.equal((done.returncode, done.stdout), (0, f"{len(STRANGE)} messages are shipped.\n"), "rows of strange octets are shipped")
    got = SERVER.psql(f"SELECT helo FROM message WHERE file_id={a.file_id()} AND id>{base} AND id NOT IN ({base + 3}, {base + 9}, {base + 12}) ORDER BY id").split("\n")
    wanted = []
    for i, text in enumerate(STRANGE):
        if i not in (2, 8, 11):
            wanted.append("".join(escaped(text)))
    tap.ok(got == wanted, "whole, or with escapes that can be seen", [pair for pair in zip(got, wanted) if pair[0] != pair[1]])
    tap.equal(SERVER.psql(f"SELECT helo=E'tab\\tline\\nreturn\\rend' FROM message WHERE file_id={a.file_id()} AND id={base + 3}"), "t", "line ends are what they were")
    for command in (("summary",), ("history", "--action", "any", "--limit", "1000"), ("replay",), ("history", "--json", "--action", "any")):
        done = a.run(command[0], "--shared", *command[1:])
        tap.ok(done.returncode == 0, f"{command}: reads them", done)
        tap.ok(all(" " <= c <= "~" or c == "\n" for c in done.stdout), f"{command}: nothing gets out")


def escaped(text):
    """As ship tells what the server cannot hold."""
    while text:
        if text[0] == 0:
            yield "\\x00"
            text = text[1:]
            continue
        for length in range(1, 5):
            try:
                character = text[:length].decode("utf-8")
            except UnicodeDecodeError:
                continue
            if character:
                yield character
                text = text[length:]
                break
        else:
            yield f"\\x{text[0]:02X}"
            text = text[1:]


def check_kill(a):
    a.add(6000)
    kills = 0
    for i in range(8):
        process = a.popen("ship")
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.02 + 0.03 * i)
        kills += process.poll() is None
        process.kill()
        process.wait()
    tap.ok(kills > 2, "ship was killed in its midst", kills)
    tap.equal(a.run("ship").returncode, 0, "and ends what is left")
    got = SERVER.numbers(f"SELECT count(*), count(DISTINCT queue_id) FROM message WHERE queue_id LIKE 'add-%' AND file_id={a.file_id()}")
    tap.equal(got, a.numbers("SELECT count(*), count(DISTINCT queue_id) FROM message WHERE queue_id LIKE 'add-%'"), "each row once")


def check_lock(a):
    a.add(3000)
    process = a.popen("ship")
    process.send_signal(signal.SIGSTOP)
    until(lambda: os.path.exists(a.file + ".ship"))
    process.send_signal(signal.SIGCONT)
    codes = {a.run("ship").returncode for _ in range(3)}
    process.wait(60 * PATIENCE)
    tap.ok(process.returncode in (0, 75) and codes <= {0, 75}, "two at a time: one waits for its next turn", (process.returncode, codes))


def check_roles(a):
    reader = SERVER.conninfo.replace("user=writer", "user=reader")
    tap.equal(a.run("history", "--shared", "-o", f"HistoryShared={reader}").returncode, 0, "a reader reads")
    for command in (("ship",), ("forget", "--shared", "--all", "--yes")):
        done = a.run(*command, "-o", f"HistoryShared={reader}")
        tap.ok(done.returncode == 75 and "permission denied" in done.stderr, f"{command}: a reader does no more", done)


def check_errors(a):
    """Each is said, loses nothing, and ends with 75; the next run goes on."""
    a.add(5)
    SERVER.psql("CREATE ROLE guarded LOGIN PASSWORD 'right' IN ROLE beschermd_writer")
    SERVER.psql("CREATE DATABASE empty TEMPLATE template0")
    SERVER.psql("CREATE DATABASE latin ENCODING LATIN1 TEMPLATE template0")
    hba = os.path.join(SERVER.data, "pg_hba.conf")
    with open(hba, "r+", encoding="ascii") as f:
        rest = f.read()
        f.seek(0)
        f.write("local all guarded scram-sha-256\n" + rest)
    SERVER.psql("SELECT pg_reload_conf()")
    passfile = os.path.join(SERVER.dir, "pass")

    def told(what, word, conninfo=SERVER.conninfo, code=75, verb=("ship",)):
        done = a.run(*verb, "-o", f"HistoryShared={conninfo}")
        tap.ok(done.returncode == code and word in done.stderr and done.stderr.count("\n") <= 2, f"{what}: {verb[0]} says it, exit code {code}", done)

    guarded = f"host={SERVER.dir} dbname=beschermd user=guarded passfile={passfile}"
    for password, code in (("wrong", 75), ("right", 0)):
        with open(passfile, "w", encoding="ascii") as f:
            f.write(f"*:*:*:*:{password}\n")
        os.chmod(passfile, 0o600)
        shutil.chown(passfile, SERVER.user)
        if code:
            until(lambda: "password" in a.run("ship", "-o", f"HistoryShared={guarded}").stderr)
            told("wrong password", "password authentication failed", guarded)
            told("wrong password", "password authentication failed", guarded, verb=("summary", "--shared"))
    told("a file with the password", "", guarded, code=0)
    told("no file with the password", f"{passfile}.none cannot be read: No such file", f"{guarded}.none")
    told("no file is named", "the server asks for a password", guarded.partition(" passfile=")[0])
    os.chmod(passfile, 0o640)
    told("a file that others may read", f"{passfile} has no line for this host, port, database and user, or others", guarded)
    os.chmod(passfile, 0o600)
    if os.geteuid() == 0:
        shutil.chown(passfile, "root")
        told("a file of root's", f"{passfile} cannot be read: Permission denied", guarded)
        shutil.chown(passfile, SERVER.user)
    a.add(5)
    told("no tables", "ship --print-schema", SERVER.conninfo.replace("dbname=beschermd", "dbname=empty"))
    told("no tables", "ship --print-schema", SERVER.conninfo.replace("dbname=beschermd", "dbname=empty"), code=78, verb=("history", "--shared"))
    told("another encoding", "not in UTF-8", SERVER.conninfo.replace("dbname=beschermd", "dbname=latin"))
    told("no such database", "does not exist", SERVER.conninfo.replace("dbname=beschermd", "dbname=none"))
    told("a key that is none", "invalid connection option", SERVER.conninfo + " nothing=x")
    told("a host that is none", "", "host=/nonexistent dbname=beschermd")
    for version, word in ((2, "older version (2, not 3): beschermctl ship --print-schema"), (4, "newer version (4, not 3)")):
        SERVER.psql(f"UPDATE meta SET value={version} WHERE key='version'")
        told(f"schema {version}", word)
        told(f"schema {version}", word, code=78, verb=("summary", "--shared"))
    SERVER.psql("UPDATE meta SET value=3 WHERE key='version'")
    SERVER.psql("ALTER TABLE message RENAME TO gone")
    told("a table is missing", "does not exist")
    SERVER.psql("ALTER TABLE gone RENAME TO message; ALTER TABLE message RENAME COLUMN would TO woulds")
    told("a column is missing", "does not exist")
    SERVER.psql("ALTER TABLE message RENAME COLUMN woulds TO would")
    a.sql("UPDATE message SET at=? WHERE id=(SELECT CAST(value AS INTEGER)+1 FROM meta WHERE key='shipped_id')", a.now - 29 * 86400)
    SERVER.stop()
    told("the server is away", "the oldest message that is not yet shipped will be removed in")
    told("the server is away", "HistoryShared:", verb=("history", "--shared"))
    SERVER.start()
    told("it is back", "", code=0)
    got = SERVER.numbers(f"SELECT count(*), count(DISTINCT id) FROM message WHERE file_id={a.file_id()}")
    tap.equal(got[0], got[1], "nothing twice")
    tap.equal(a.numbers("SELECT count(*) FROM message WHERE id>(SELECT value FROM meta WHERE key='shipped_id')"), [0], "nothing is left behind")


def check_older(a):
    """Tables of version 2, and what --print-schema says that brings them up to date."""
    before = SERVER.numbers("SELECT count(*), count(sealed) FROM message")
    index = "CREATE INDEX message_at ON message(at, file_id, id) INCLUDE (header_from, client, dmarc, would, by_list, faulty)"
    SERVER.psql(
        "ALTER TABLE message DROP COLUMN is_sealed, DROP COLUMN sealed, DROP COLUMN forwarded, DROP COLUMN client_confirmed;"
        f" DROP INDEX IF EXISTS message_at; {index}; UPDATE meta SET value=2 WHERE key='version'"
    )
    lines = a.run("ship", "--print-schema").stdout.split("-- Tables of version 2")[1].split("\n\n")[0].split("\n")[1:]
    SERVER.psql("\n".join(line.removeprefix("--") for line in lines))
    tap.equal(SERVER.numbers("SELECT count(*), count(sealed) FROM message"), [before[0], 0], "the tables of version 2 are brought up to date")
    a.add(3)
    a.sql("UPDATE message SET sealed='fwd.example/2', forwarded='no', client_confirmed='mx.fwd.example' WHERE id=(SELECT max(id) FROM message)")
    done = a.run("ship")
    tap.ok(done.returncode == 0, "and take what is new", done)
    got = SERVER.numbers("SELECT count(*) FROM message WHERE is_sealed AND sealed='fwd.example/2' AND forwarded='no' AND client_confirmed='mx.fwd.example'")
    tap.equal(got, [1], "as the file has it")


def check_settings(a):
    for line in ("host=db password=geheim", "postgresql://u:geheim@db/x"):
        done = a.run("history", "--shared", "-o", f"HistoryShared={line}")
        tap.ok(done.returncode == 78 and "geheim" not in done.stderr + done.stdout, f"a password in the line is refused, and not told: {line[:8]}", done)
    tap.equal(a.run("ship", "-o", "HistoryShared=").returncode, 69, "nothing to share: 69")
    tap.equal(a.run("ship", "-o", "History=").returncode, 69, "no history: 69")
    tap.equal(a.run("history", "--shared", "-o", "HistoryShared=").returncode, 69, "nothing that is shared: 69")
    tap.equal(a.run("ship", "x").returncode, 64, "an argument too many: 64")


def test_shared():
    global SERVER
    with Postgres() as SERVER, work_folder("shared") as where:
        os.chmod(where, 0o777)
        odd = {"from_domain": "reject.example", "helo": "\x01\xff\\N\t", "mail_from": "<a\\.@\xff\x01.example>"}
        a = fill(where, "a", 23, [("aodd", odd)])
        check_verbs_alone(a)
        b = fill(where, "b", 15)
        SERVER.psql("TRUNCATE message, trace, policy, conf, gap, host")
        a.sql("DELETE FROM meta WHERE key LIKE 'shipped%'")
        a.sql("DELETE FROM gap")
        check_ship(a, b)
        check_settings(a)
        check_roles(a)
        check_forget(a, b)
        check_retention(a, b)
        check_copies(a)
        check_kill(a)
        check_lock(a)
        check_strange(a)
        check_errors(a)
        check_older(a)
        check_replaced(a)


SIGNED = (
    '[["pass","%s","sel","rsa-sha256",1024,"s","no",null],["pass","%s","sel","rsa-sha256",1024,"s","no",null]]',
    '[["fail","sub.%s","one","rsa-sha256",2048,"r","yes","the body was changed"],["pass","list.example","k","ed25519-sha256",256,"n","no",null]]',
    '[["fail","%s","one\\\\x01\\"","rsa-sha1",512,"s","no","the body was changed"],["permerror","%s","x","rsa-sha256",0,"-","no","no key"]]',
    '[["fail","example","top","rsa-sha256",2047,"n","no","the body was changed"]]',
    "[]",
)


def sign(a):
    """Signatures as the filter writes them, of which the checks of other tests see more."""
    for i, signatures in enumerate(SIGNED):
        a.sql("UPDATE message SET signatures=replace(?, '%s', header_from) WHERE id%5=? AND id>2", signatures, i)
    a.sql("UPDATE message SET dmarc='fail', would='reject', list_id='list.example', list_post='l.example', list_signed='both' WHERE id%4=0")
    a.sql("UPDATE message SET at=at-86400*(id%6), client='192.0.2.9' WHERE id%2=0")
    a.sql("UPDATE message SET spf='permerror', spf_reason='too many lookups' WHERE id%7=0")
    a.sql("UPDATE message SET sealed='fwd'||id%2||'.example/2', forwarded=CASE id%2 WHEN 0 THEN 'no' ELSE 'body' END, client_confirmed='mx.fwd.example' WHERE would='reject' AND id%3=0")
    a.sql("UPDATE message SET rule='override', override='.example accept' WHERE id%11=0")


def check_verbs_alone(a):
    sign(a)
    tap.equal(a.run("ship").returncode, 0, "ship: the first time")
    check_verbs(a)


def test_schema():
    """Every build prints it, and needs no settings for that."""
    done = subprocess.run([CTL, "ship", "--print-schema"], capture_output=True, text=True, check=False)
    tap.ok(done.returncode == 0 and "CREATE TABLE message" in done.stdout and "beschermd_reader" in done.stdout, "ship --print-schema", done)


def main():
    why = postgres.reason()
    tap.run([test_schema] + ([test_shared] if why is None else [lambda: tap.skip("a history that is shared", why)]))


if __name__ == "__main__":
    main()
