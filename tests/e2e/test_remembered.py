#!/usr/bin/python3
"""Mail through a real Postfix with a history behind the filter, and all that beschermctl makes
of it: history, explain, summary, replay, forget.  TAP; needs root.

    MESSAGES (default 200): so many messages; 10000 take some minutes
"""

import collections
import json
import os
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import messages
import postfix
import smtp
import tap
from daemon import Beschermd
from postfix import PrivatePostfix
from running import BUILD, until, work_folder

CTL = os.path.join(BUILD, "beschermctl")
MESSAGES = int(os.environ.get("MESSAGES", "200"))
SETTINGS = "SocketMode 0666\nOnQuarantine hold\n"
# What Postfix answers, and what the history says of it.
ACTIONS = {"250": ("accept", "hold"), "550": ("reject",), "451": ("tempfail",)}


class Remembered:
    def __init__(self, where):
        self.conf = os.path.join(where, "conf")

    def run(self, verb, *arguments):
        command = [CTL, verb, "-c", self.conf, *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, env=dict(os.environ, LC_ALL="C"))

    def rows(self, *arguments):
        done = self.run("history", "--json", "--action", "any", "--limit", "1000000", *arguments)
        return [json.loads(line) for line in done.stdout.splitlines()]


def send_all(mta, post):
    """How often each reply came.  Mail of one's own users is not remembered: none is sent."""
    mail = [m for m in post.messages if m.login is None]
    replies = collections.Counter()
    for n in range(MESSAGES):
        m = mail[n % len(mail)]
        reply = smtp.send(mta.port, m.data, m.client, helo=m.helo, mail_from=m.mail_from)
        replies[reply[:3]] += 1
    return replies


def check_rows(h, replies):
    rows = h.rows()
    tap.equal(len(rows), MESSAGES, "each message is remembered, once")
    tap.equal(len({row["queue_id"] for row in rows}), MESSAGES, "each by its own queue id")
    done = collections.Counter(row["action"] for row in rows)
    for code, actions in ACTIONS.items():
        tap.equal(sum(done[a] for a in actions), replies[code], f"as many {', '.join(actions)} as Postfix answered {code}")
    return rows


def check_explain(h, rows):
    for action in ("accept", "reject", "hold"):
        row = next(r for r in rows if r["action"] == action)
        done = h.run("explain", row["queue_id"])
        text = " ".join(done.stdout.split())
        tap.ok(done.returncode == 0 and row["queue_id"] in text and row["header_from"] in text, f"explain of one: {action}", done.stdout + done.stderr)


def check_summary(h, rows):
    out = json.loads(h.run("summary", "--json", "--all-senders").stdout)
    would = collections.Counter(row["would"] for row in rows)
    tap.equal(out["messages"], MESSAGES, "summary: all messages")
    tap.equal({k: v for k, v in out["would"].items() if v}, dict(would), "summary: what enforce does")
    by_domain = collections.Counter(row["header_from"] for row in rows)
    tap.equal({s["domain"]: s["mail"] for s in out["senders"]}, dict(by_domain), "summary: by sender")


def check_replay(h, rows):
    out = json.loads(h.run("replay", "-o", "OnReject=header", "--json").stdout)
    marked = sum(row["rule"] == "policy_reject" for row in rows)
    changed = {(c["was"], c["would"]): c["messages"] for c in out["changes"]}
    tap.equal(changed, {("reject", "header"): marked}, "replay: what p=reject refused would be marked")
    tap.equal(json.loads(h.run("replay", "--json").stdout)["unchanged"], MESSAGES, "replay by the same settings: the same verdicts")


def check_forget(h, rows):
    client = next(r for r in rows if r["action"] == "reject")["client"]
    of_it = sum(row["client"] == client for row in rows)
    done = h.run("forget", "--client", client)
    tap.ok(done.returncode == 0 and done.stdout.startswith(f"{of_it} message"), "forget --client", done.stdout + done.stderr)
    left = h.rows()
    tap.ok(len(left) == MESSAGES - of_it and all(row["client"] != client for row in left), "nothing of that client is left")


def test_all():
    post = messages.Post()
    with work_folder("remembered") as where:
        os.chmod(where, 0o777)
        zone, h = os.path.join(where, "zone"), Remembered(where)
        with open(zone, "w", encoding="latin-1") as f:
            f.write(post.zone)
        settings = f"{SETTINGS}History {where}/history.db\nZoneFile {zone}\n"
        with Beschermd(settings) as daemon:
            shutil.copy(daemon.conf, h.conf)
            mta = os.path.join(where, "postfix")
            os.mkdir(mta)
            with PrivatePostfix(mta, daemon.socket) as server:
                replies = send_all(server, post)
                until(lambda: len(h.rows()) >= MESSAGES, 60)
            rows = check_rows(h, replies)
            check_explain(h, rows)
            check_summary(h, rows)
            check_replay(h, rows)
            check_forget(h, rows)


if __name__ == "__main__":
    if postfix.missing():
        tap.skip_all(postfix.missing())
    else:
        tap.run([test_all])
