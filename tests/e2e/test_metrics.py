#!/usr/bin/python3
"""The setting Metrics: the file that the daemon writes, and `beschermctl metrics`.  TAP."""

import os
import re
import shutil
import signal
import subprocess
import sys

srcdir = os.environ.get("srcdir", ".")
sys.path.insert(0, os.path.join(srcdir, "tests/lib"))
sys.dont_write_bytecode = True

import figures  # noqa: E402
import tap  # noqa: E402
from daemon import SETTINGS, Beschermd  # noqa: E402
from dnsfault import ZoneServer  # noqa: E402
from milterclient import send_message  # noqa: E402
from running import BUILD, until  # noqa: E402

CTL = os.path.join(BUILD, "beschermctl")
CONF = "Metrics {dir}/m.prom\n"
ZONE = """\
good.example TXT "v=spf1 ip4:192.0.2.1 -all"
_dmarc.good.example TXT "v=DMARC1; p=reject"
_dmarc.mild.example TXT "v=DMARC1; p=none"
"""
SERVED = """\
good.example. 300 IN TXT "v=spf1 ip4:192.0.2.1 -all"
_dmarc.good.example. 300 IN TXT "v=DMARC1; p=reject"
"""
HOSTILE = b'From: "x\\"} 1\\n" <a@evil\xff\x1b]0;x.example>\nList-Id: <{a="b"}\n>\n\nhello\n'


def run(daemon, *arguments):
    command = [CTL, *arguments, "-c", daemon.conf]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=dict(os.environ, LC_ALL="C"))


def path(daemon, name="m.prom"):
    return os.path.join(daemon.dir, name)


def text_of(daemon, name="m.prom"):
    with open(path(daemon, name), encoding="ascii") as f:
        return f.read()


def values(daemon, name="m.prom"):
    return figures.parse(text_of(daemon, name))[0]


def reloads(daemon):
    try:
        return values(daemon)['beschermd_reloads_total{result="ok"}']
    except FileNotFoundError:
        return -1


def fresh(daemon):
    """The figures of now: a reload has them written at once."""
    before = reloads(daemon)
    daemon.signal(signal.SIGHUP)
    until(lambda: reloads(daemon) > before)
    return values(daemon)


def send(daemon, domain, client="192.0.2.1"):
    data = f"From: Joe <joe@{domain}>\nSubject: x\n\nhello\n".encode()
    return send_message(daemon.socket, data, client, mail_from=f"<joe@{domain}>")


def test_file():
    with Beschermd(CONF + "IgnoreHosts 127.0.0.0/8, ::1, local, 192.0.2.99\n", ZONE) as d:
        tap.ok(until(lambda: os.path.exists(path(d))), "the file is there at once")
        tap.equal(os.stat(path(d)).st_mode & 0o7777, 0o644, "and all may read it")
        tap.equal([n for n in os.listdir(d.dir) if n.endswith(".new")], [], "and nothing beside it")
        for domain, client, count in (
            ("good.example", "192.0.2.1", 3),
            ("good.example", "203.0.113.66", 2),
            ("mild.example", "203.0.113.66", 4),
            ("good.example", "192.0.2.99", 1),
        ):
            for _ in range(count):
                send(d, domain, client)
        got = fresh(d)
        wanted = {
            'messages_total{action="accept"}': 7,
            'messages_total{action="reject"}': 2,
            'messages_total{action="exempt"}': 1,
            'would_total{action="reject"}': 2,
            'rules_total{rule="policy_reject"}': 2,
            'rules_total{rule="ignored_client"}': 1,
            'dmarc_total{result="pass",policy="reject"}': 3,
            'dmarc_total{result="fail",policy="reject"}': 2,
            'dmarc_total{result="fail",policy="none"}': 4,
            'spf_total{result="pass"}': 3,
            'dkim_total{result="none"}': 9,
            'wait_seconds_bucket{le="+Inf"}': 9,
            "wait_seconds_count": 9,
            'history_state{state="ok"}': 0,
            "mode_enforce": 1,
        }
        tap.equal({k: got[f"beschermd_{k}"] for k in wanted}, wanted, "each message counts where it belongs")
        before = set(got)
        send_message(d.socket, HOSTILE, "192.0.2.5", helo='"} 1', mail_from='<"} 1\\n"@evil.example>')
        tap.equal(set(fresh(d)) ^ before, set(), "strangers add no series and no label")
        tap.ok(len(before) < 150, f"fewer than 150 series: {len(before)}")
        done = run(d, "metrics")
        tap.equal((done.returncode, done.stdout), (0, text_of(d)), "beschermctl metrics prints it")
        if shutil.which("promtool"):
            done = subprocess.run(["promtool", "check", "metrics"], input=text_of(d), capture_output=True, text=True, check=False)
            tap.equal((done.returncode, done.stdout + done.stderr), (0, ""), "promtool has nothing to say about it")
        else:
            tap.skip("promtool has nothing to say about it", "no promtool: scripts/install-deps test")
        tap.equal(d.stop(), 0, "it stops")
        tap.ok(not os.path.exists(path(d)), "and takes the file away")
        done = run(d, "metrics")
        tap.equal((done.returncode, done.stdout), (69, ""), "then beschermctl metrics exits with 69")


def test_reload():
    with Beschermd("", ZONE) as d:
        base = SETTINGS + "ZoneFile {dir}/zone\n"
        tap.equal(run(d, "metrics").returncode, 69, "without Metrics: 69")
        send(d, "good.example")
        d.write(base + CONF)
        d.signal(signal.SIGHUP)
        tap.ok(until(lambda: os.path.exists(path(d))), "a reload switches it on")
        tap.equal(values(d)['beschermd_messages_total{action="accept"}'], 1, "what was before counts")
        d.write(base + CONF.replace("m.prom", "other.prom"))
        d.signal(signal.SIGHUP)
        tap.ok(until(lambda: os.path.exists(path(d, "other.prom"))), "another name")
        tap.ok(not os.path.exists(path(d)), "and the old file goes")
        d.write(base + CONF.replace(".prom", ".txt"))
        d.signal(signal.SIGHUP)
        tap.ok(until(lambda: "must end in .prom" in d.log()), "one that does not end in .prom is refused", d.log())
        series = 'beschermd_reloads_total{result="refused"}'
        tap.ok(until(lambda: values(d, "other.prom")[series] == 1), "which the file tells")
        d.write(base + CONF.replace("m.prom", "other.prom") + "Mode monitor\n")
        d.signal(signal.SIGHUP)
        tap.ok(until(lambda: values(d, "other.prom")["beschermd_mode_enforce"] == 0), "the mode after a reload")
        d.write(base)
        d.signal(signal.SIGHUP)
        tap.ok(until(lambda: not os.path.exists(path(d, "other.prom"))), "a reload switches it off")
        tap.equal(d.stop(), 0, "it stops")


def test_history():
    """What the figures say is what is in the file."""
    names = ZoneServer(SERVED)
    conf = CONF + f"History {{dir}}/history.db\nNameservers 127.0.0.1@{names.port}\n"
    with Beschermd(conf) as d:
        for n in range(20):
            send(d, "good.example" if n % 2 else "mild.example")
        got = {}

        def settled():
            got.update(fresh(d))
            return got["beschermd_history_rows_total"] == 20

        tap.ok(until(settled), "as many rows as messages", got.get("beschermd_history_rows_total"))
        done = run(d, "history", "--size")
        rows = re.search(r"messages +(\d+)", done.stdout)
        tap.equal(rows and rows.group(1), "20", "and as many in the file")
        tap.equal(got['beschermd_history_state{state="ok"}'], 1, "its state")
        tap.equal(sum(v for k, v in got.items() if k.startswith("beschermd_history_lost_total")), 0, "nothing lost")
        tap.equal((got["beschermd_history_queue_facts"], got["beschermd_history_queue_bytes"]), (0, 0), "nothing waits")
        tap.ok(got["beschermd_history_commits_total"] >= 1, "its commits")
        tap.ok(got["beschermd_history_size_bytes"] >= 4096, "its size")
        tap.ok(0 <= got["beschermd_history_oldest_seconds"] < 300, "the age of its oldest row")
        tap.ok(got["beschermd_dns_lookups_total"] > got["beschermd_dns_sent_total"] > 0, "lookups, and how many were asked")
        tap.ok(got["beschermd_dns_cache_entries"] > 0 < got["beschermd_dns_cache_bytes"], "the cache")
        tap.equal(got["beschermd_dns_outage"], 0, "the name server answers")


def test_trouble():
    with Beschermd(CONF, ZONE) as d:
        until(lambda: os.path.exists(path(d)))
        # What cannot be replaced by a file: a folder in its place.
        os.unlink(path(d))
        os.mkdir(path(d))
        d.signal(signal.SIGHUP)
        tap.ok(until(lambda: "m.prom: cannot be written" in d.log()), "one line where it cannot be written", d.log())
        until(lambda: d.log().count("settings reloaded") == 1)
        d.signal(signal.SIGHUP)
        until(lambda: d.log().count("settings reloaded") == 2)
        os.rmdir(path(d))
        d.signal(signal.SIGHUP)
        tap.ok(until(lambda: "is written again" in d.log()), "and one when it can")
        tap.equal(d.log().count("cannot be written"), 1, "no more of them")
        until(lambda: reloads(d) == 3)
        # A file of somebody else's in its place stays.
        with open(path(d, "theirs"), "w", encoding="ascii") as f:
            f.write("theirs\n")
        os.rename(path(d, "theirs"), path(d))
        tap.equal(d.stop(), 0, "it stops")
        tap.equal(text_of(d), "theirs\n", "and leaves alone what it did not write")
    with Beschermd(CONF, ZONE) as d:
        until(lambda: os.path.exists(path(d)))
        d.process.kill()
        d.process.wait()
        os.utime(path(d), (1, 1))
        done = run(d, "metrics")
        tap.equal((done.returncode, done.stdout), (69, ""), "an old file: 69")
        tap.ok("was written" in done.stderr, "and why", done.stderr)
        d.process = None


def test_check():
    d = Beschermd("", ZONE)
    with open(os.path.join(d.dir, "plain"), "w", encoding="ascii"):
        pass
    base = SETTINGS + "ZoneFile {dir}/zone\n"
    for line, words in (
        ("Metrics /run/x.txt", "must end in .prom"),
        ("Metrics .prom", "must begin with /"),
        ("Metrics {dir}/none/m.prom", "No such file"),
        ("Metrics {dir}/plain/m.prom", "not a directory"),
        ("Metrics {dir}/folder.prom", "not a regular file"),
    ):
        if "folder" in line:
            os.mkdir(os.path.join(d.dir, "folder.prom"))
        d.write(base + line + "\n")
        code, _, err = d.call("-n")
        tap.ok(code == 78 and words in err and "beschermd.conf:6:" in err, f"-n: {line}", f"{code} {err}")
    if os.geteuid() == 0:
        os.mkdir(os.path.join(d.dir, "roots"), 0o755)
        d.write(base + "Metrics {dir}/roots/m.prom\n")
        code, _, err = d.call("-n")
        tap.ok(code == 78 and "may not write" in err, "-n: a folder that is not UserID's", err)
    else:
        tap.skip("-n: a folder that is not UserID's", "needs root")
    d.write(base + CONF)
    code, out, err = d.call("-n")
    tap.ok(code == 0 and "Metrics " in out, "-n: a good one", f"{code} {err}")
    tap.ok(not os.path.exists(path(d)), "-n writes none")
    shutil.rmtree(d.dir)


tap.run([test_file, test_reload, test_history, test_trouble, test_check])
