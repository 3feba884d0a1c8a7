#!/usr/bin/python3
"""The demo behind scripts/demo: real messages through a private Postfix and beschermd.

    demo.py BESCHERMD [--keep] [--insight FOLDER]
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import demo_audit
import messages
from daemon import Beschermd
from outcome import Way, faults, fields
from postfix import PrivatePostfix
from running import until

WIDTH = 96
CONF = "History {dir}/history.db\nHistoryMinimumFreeMB 32\n"
# For --insight: figures, and exceptions for the page to show.
INSIGHT = """Metrics {dir}/metrics.prom
Override printer.example accept until=2126-12-31 reason="Moves to another host in December"
TrustedForwarders 198.51.100.7
"""
EXPLAINED = 24  # lines, and so many are enough to see what it is

READER = {
    "inbox": "in the inbox",
    "junk": "in Junk",
    "refused": "nothing",
    "later": "nothing yet",
}
SENDER = {"2": "accepted", "4": "try again", "5": "refused"}
COLOURS = {"inbox": "32", "junk": "33", "refused": "31", "later": "35"}


def colour(text, which):
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return text
    return f"\033[{which}m{text}\033[0m"


def paragraph(label, text, raw=False):
    """A label, and beside it ${text}: wrapped, or line by line as it is."""
    lines = text.split("\n") if raw else textwrap.wrap(text, WIDTH - 12)
    for i, line in enumerate(lines):
        print(f"   {label if i == 0 else '':8} {line}".rstrip())


def added(before, after):
    """The fields of ${after} that ${before} does not have, but for Received."""
    known = fields(before)
    return [f for f in fields(after) if f not in known and not f.startswith("Received:")]


def fate(outcome):
    """Where the message ended, by what the reader's mail program would do with it."""
    if outcome.delivered is None:
        return "later" if outcome.reply.startswith("4") else "refused"
    return "junk" if "X-Spam-Flag: YES" in fields(outcome.delivered) else "inbox"


def show_reader(data, outcome):
    if outcome.delivered is None:
        what = "nothing yet: the sender keeps it and tries again" if outcome.reply.startswith(
            "4"
        ) else "nothing: it never came in"
        paragraph("reader", what)
        return
    place = "Junk" if fate(outcome) == "junk" else "the inbox"
    new = added(data, outcome.delivered)
    paragraph("reader", f"finds it in {place}" + (", with these lines on top:" if new else ""))
    for field in new:
        paragraph("", field, raw=True)
    gone = [f for f in fields(data) if f not in fields(outcome.delivered)]
    if gone:
        paragraph("", "these were removed:")
        for field in gone:
            paragraph("", field, raw=True)


def show(number, m, outcome):
    print()
    print(colour(f"{number:2} {m.title}", "1"))
    paragraph("", m.story)
    login = f", logged in as {m.login}" if m.login else ""
    authors = [field for field in fields(m.data) if field.startswith("From:")]
    paragraph("sent", "\n".join(authors), raw=True)
    paragraph("", f"by {m.client}{login}, MAIL FROM:{m.mail_from}")
    paragraph("sender", f"is told: {colour(outcome.reply, COLOURS[fate(outcome)])}")
    show_reader(m.data, outcome)
    paragraph("log", outcome.log)


ROW = "{:>2} {:23} {:9} {:9} {:10} {:11} {:14} {}"


def table(rows):
    print()
    head = ("#", "what was sent", "SPF", "DKIM", "DMARC", "policy", "sender is told", "reader gets")
    print(colour(ROW.format(*head), "1"))
    print(ROW.format("--", "-" * 22, "-" * 8, "-" * 8, "-" * 9, "-" * 10, "-" * 13, "-" * 12))
    for number, m, outcome in rows:
        facts = outcome.facts()
        words = [
            facts.get(key, "-").partition("(")[0] for key in ("spf", "dkim", "dmarc", "policy")
        ]
        told = f"{outcome.reply[:3]} {SENDER[outcome.reply[0]]}"
        end = fate(outcome)
        print(ROW.format(number, m.title, *words, told, colour(READER[end], COLOURS[end])))


def explain():
    print()
    print(
        textwrap.fill(
            "SPF: may this server send for the envelope's domain?  DKIM: who signed it, and is "
            "it unchanged?  DMARC: does one of the two belong to the domain that the reader sees "
            "in From?  policy: what that domain asks for when neither does.",
            WIDTH,
        )
    )


class Remembered:
    """What beschermctl, beside ${binary}, tells of the daemon's history."""

    def __init__(self, binary, daemon):
        self.ctl = os.path.join(os.path.dirname(os.path.abspath(binary)), "beschermctl")
        self.daemon = daemon

    def told(self, verb, *arguments):
        command = [self.ctl, verb, "-c", self.daemon.conf, *arguments]
        env = dict(os.environ, LC_ALL="C")
        return subprocess.run(command, capture_output=True, text=True, timeout=60, env=env, check=False)

    def touched(self):
        """Queue id -> action of what was not accepted."""
        rows = map(json.loads, self.told("history", "--json", "--limit", "1000").stdout.splitlines())
        return {row["queue_id"]: row["action"] for row in rows}

    def show(self, verb, *arguments, lines=1000):
        done = self.told(verb, *arguments)
        print()
        print(colour(f"   # beschermctl {' '.join((verb, *arguments))}", "1"))
        told = (done.stdout or done.stderr).splitlines()
        for line in told[:lines]:
            print(f"   {line}".rstrip())
        if len(told) > lines:
            print("   ...")
        return done.returncode == 0


def logged(daemon):
    """The same of the log, by which the history is held."""
    found = {}
    for line in daemon.lines():
        queue_id, _, facts = line.partition(": action=")
        if not facts.startswith("accept"):
            found[queue_id.split()[-1]] = facts.split()[0]
    return found


def show_history(remembered):
    """What is wrong with it."""
    wanted = logged(remembered.daemon)
    # It is written ten times a second.
    if not until(lambda: remembered.touched() == wanted):
        return [f"the history has {remembered.touched()}, the log {wanted}"]
    print()
    print(colour("What happened?  The history knows:", "1"))
    refused = next(queue_id for queue_id, action in wanted.items() if action == "reject")
    done = {
        "history": remembered.show("history", "--limit", "5"),
        "explain": remembered.show("explain", refused, lines=EXPLAINED),
        "summary": remembered.show("summary"),
    }
    return [f"beschermctl {verb} failed" for verb, well in done.items() if not well]


def show_figures(remembered, messages):
    """What is wrong with them.  They are written each 15 seconds."""
    path = os.path.join(remembered.daemon.dir, "metrics.prom")

    def figures():
        if not os.path.exists(path):
            return {}
        with open(path, encoding="ascii") as f:
            lines = [line.rsplit(None, 1) for line in f if not line.startswith("#")]
        return {name: value for name, value in lines if value != "0"}

    def judged():
        return sum(int(v) for name, v in figures().items() if name.startswith("beschermd_messages_total"))

    print()
    print(colour("Figures for Prometheus, as beschermctl metrics prints them (those that are not 0):", "1"))
    done = until(lambda: judged() == messages, 40)
    for name, value in figures().items():
        if name.startswith(("beschermd_messages_total", "beschermd_would_total", "beschermd_dmarc_total")):
            print(f"   {name} {value}")
    return [] if done else [f"the figures know of {judged()} messages, not {messages}"]


def show_insight(remembered, folder, messages):
    """The same messages as a page and as figures.  What is wrong with it."""
    pages = {language: os.path.join(os.path.abspath(folder), f"overview-{language}.html") for language in ("en", "nl")}
    wrong = []
    print()
    print(colour("The overview of it all, a page for people who would rather look:", "1"))
    for language, page in pages.items():
        done = remembered.told("overview", "-o", page, "--lang", language)
        if done.returncode != 0:
            wrong.append(f"beschermctl overview failed: {done.stderr}")
            continue
        os.chmod(page, 0o644)
        print(f"   {language}  {page}  ({os.path.getsize(page)} octets: open it in a browser)")
    return wrong + show_figures(remembered, messages)


def watch(way):
    """Show what else comes in, until we are told to stop."""
    known, mail = len(way.daemon.lines()), len(way.mta.sink.mail)
    while True:
        time.sleep(0.1)
        lines, arrived = way.daemon.lines(), way.mta.sink.mail
        for line in lines[known:]:
            print()
            paragraph("log", line)
        for one in arrived[mail:]:
            paragraph("reader", f"gets, from {one.envelope[0]}:")
            paragraph("", one.content.replace(b"\r\n", b"\n").decode("utf-8", "replace"), raw=True)
        sys.stdout.flush()
        known, mail = len(lines), len(arrived)


def explain_keep(where, daemon, postfix):
    zone = os.path.join(daemon.dir, "zone")
    smtp = os.path.join(os.path.dirname(os.path.realpath(messages.__file__)), "smtp.py")
    with open(os.path.join(where, "own.eml"), "wb") as f:
        f.write(messages.letter("City <info@city.example>", "My own").replace(b"\r\n", b"\n"))
    print(
        f"""
It keeps running.  From another terminal, a message of your own:

   swaks --server 127.0.0.1 --port {postfix.port} --to anna@school.example \\
         --xclient 'ADDR=203.0.113.66 NAME=mail.evil.example' \\
         --from bounce@evil.example --header 'From: info@city.example'

or exact bytes from a file, by a client address of your choice:

   /usr/bin/python3 {smtp} {postfix.port} 203.0.113.66 '<bounce@evil.example>' \\
         {where}/own.eml

   the names it knows (its DNS)   {zone}
   settings                       {daemon.conf}
   logs                           {daemon.log_path}, {postfix.log}

What comes in is shown here.  To stop: Ctrl-C, or  kill {os.getpid()}""",
        flush=True,
    )


def run(binary, keep, insight, where):
    post = messages.Post()
    rows, wrong = [], []
    with Beschermd(CONF + (INSIGHT if insight else ""), zone=post.zone, binary=binary) as daemon:
        with PrivatePostfix(os.path.join(where, "postfix"), daemon.socket) as postfix:
            print(f"A private Postfix listens on 127.0.0.1:{postfix.port}, with beschermd behind it.")
            print(f"{len(post.messages)} messages go to anna@school.example.", flush=True)
            way = Way(postfix, daemon)
            for number, m in enumerate(post.messages, 1):
                outcome = way.send(m)
                rows.append((number, m, outcome))
                wrong += [f"{m.title}: {fault}" for fault in faults(m, outcome)]
                show(number, m, outcome)
            table(rows)
            explain()
            wrong += show_history(Remembered(binary, daemon))
            if insight:
                wrong += show_insight(Remembered(binary, daemon), insight, len(rows))
            beside = os.path.dirname(os.path.abspath(binary))
            wrong += demo_audit.show(
                os.path.join(beside, "beschermctl"), os.path.join(beside, "audit"), lambda text: colour(text, "1")
            )
            for line in wrong:
                print(colour(f"NOT AS IT SHOULD BE  {line}", "31"))
            if keep:
                explain_keep(where, daemon, postfix)
                watch(way)
    return 1 if wrong else 0


SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def stop(*_):
    """Once: what ends the demo must not end its cleaning up."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def main():
    arguments = [a for a in sys.argv[1:] if a != "--keep"]
    insight = None
    if len(arguments) == 3 and arguments[1] == "--insight":
        insight = arguments[2]
        del arguments[1:]
    if len(arguments) != 1:
        sys.exit(__doc__)
    for number in SIGNALS:
        signal.signal(number, stop)
    tempfile.tempdir = "/tmp"  # not $TMPDIR: the users postfix and nobody must get there
    where = tempfile.mkdtemp(prefix="beschermd-demo.")
    os.chmod(where, 0o755)
    try:
        return run(arguments[0], "--keep" in sys.argv, insight, where)
    except KeyboardInterrupt:
        print("\nstopped")
        return 0 if "--keep" in sys.argv else 130
    except (RuntimeError, TimeoutError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(where, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
