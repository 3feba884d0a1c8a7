#!/usr/bin/python3
"""An exception by command, through a real Postfix: a message is refused, let in by
`beschermctl override`, and refused again when that has ended; and what an attacker would like
to see proposed is not.  TAP; needs root.
"""

import json
import os
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
from running import BUILD, WRAPPER, until, work_folder

CTL = os.path.join(BUILD, "beschermctl")
RELAY = "198.51.100.250"
OTHER = "203.0.113.99"
DATA = 65
SETTINGS = f"""\
SocketMode 0666
History {{dir}}/history.db
HistoryMinimumFreeMB 32
PidFile {{dir}}/pid
TrustedRelays {RELAY}
Include beschermd.d/*.conf
"""


class House:
    """The daemon, Postfix before it, and beschermctl with the settings of both."""

    def __init__(self, daemon, server):
        self.daemon, self.server = daemon, server
        self.file = os.path.join(daemon.dir, "beschermd.d", "overrides.conf")

    def ctl(self, verb, *arguments):
        command = [CTL, verb, *arguments, "-c", self.daemon.conf]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=dict(os.environ, LC_ALL="C"))

    def override(self, *arguments):
        return self.ctl("override", *arguments)

    def send(self, m, client):
        return smtp.send(self.server.port, m.data, client, helo=m.helo, mail_from=m.mail_from)

    def rows(self):
        done = self.ctl("history", "--json", "--action", "any")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def refused(self, m, client):
        """The queue id of a message that is sent now, as the history tells it."""
        before = {row["queue_id"] for row in self.rows()}
        self.send(m, client)

        def found():
            """Not that of an earlier message, which may be written down only now."""
            return [row["queue_id"] for row in self.rows() if row["queue_id"] not in before and row["client"] == client]

        until(found)
        return found()[0]

    def text(self):
        try:
            with open(self.file, encoding="ascii") as f:
                return f.read()
        except FileNotFoundError:
            return None

    def reload(self):
        """The file is another one: the daemon reads it, and how often it said so."""
        seen = self.daemon.log().count("settings reloaded")
        done = subprocess.run([os.path.join(BUILD, "beschermd"), "-r", str(self.daemon.process.pid)], check=False, timeout=60)
        return done.returncode == 0 and self.daemon.log().count("settings reloaded") > seen


def by_title(post, title):
    return next(m for m in post.messages if m.title == title)


def check_way(house, m):
    client = messages.FORWARDER
    tap.ok(house.send(m, client).startswith("550 5.7.26"), "a forwarded message whose body was changed is refused")
    until(lambda: house.rows())
    queue_id = house.rows()[0]["queue_id"]
    listed = house.ctl("history")
    tap.ok(queue_id in listed.stdout and "city.example" in listed.stdout, "history tells of it", listed.stdout)
    done = house.override("add", "--from-message", queue_id)
    tap.ok(done.returncode == 0 and done.stdout.startswith("Override city.example accept until="), "the line is proposed", done)
    tap.ok("only its body was changed" in " ".join(done.stderr.split()), "with what speaks for it", done.stderr)
    tap.equal(house.text(), None, "and not written")
    done = house.override("add", "--from-message", queue_id, "--yes", "--reload", "--reason", "forwards for alumni")
    tap.ok(done.returncode == 0 and "has reloaded" in done.stdout, "--yes --reload", done)
    tap.ok(f'client={client} reason="forwards for alumni"\n' in house.text(), "now it is", house.text())
    tap.ok(house.send(m, client).startswith("250"), "the same message is accepted")
    tap.ok(house.send(m, OTHER).startswith("550"), "from elsewhere it is refused")
    until(lambda: sum(row["override"] is not None for row in house.rows()) == 1)
    found = [json.loads(line) for line in house.override("list", "--json").stdout.splitlines()]
    tap.equal([(o["domain"], o["messages"], o["state"]) for o in found], [("city.example", 1, "in_force")], "list: how many it decided")
    done = house.override("list")
    tap.ok("\n       1  Override city.example accept until=" in done.stdout and f"{house.file}:2" in done.stdout, "list: where it stands", done)


def check_end(house, m):
    ended = house.text().replace("until=" + house.text().split("until=")[1][:10], "until=2026-01-31")
    with open(house.file, "w", encoding="ascii") as f:
        f.write(ended)
    tap.ok(house.reload() and "ended on 2026-01-31" in house.daemon.log(), "its end is told at a reload")
    tap.ok(house.send(m, messages.FORWARDER).startswith("550"), "after its end the message is refused")
    done = house.override("list")
    tap.ok("ended on 2026-01-31 and is not applied" in done.stdout and "\n       1  " in done.stdout, "list: it has ended, and what it did", done)
    done = house.override("prune", "--reload")
    tap.ok(done.returncode == 0 and "city.example" not in house.text(), "prune takes it out", done)
    tap.ok(house.override("list").stdout.startswith("There are no exceptions."), "there is none left")
    tap.equal(house.override("prune").returncode, 0, "nothing more to prune")


def check_attacker(house, post):
    before = house.text()
    forged = house.refused(by_title(post, "forged, p=reject"), messages.EVIL)
    done = house.override("add", "--from-message", forged, "--yes", "--reload")
    tap.ok(done.returncode == DATA and "nothing shows that this message was forwarded" in done.stderr, "forged mail: no line for it", done)
    done = house.override("add", "--from-message", forged, "--force")
    tap.ok(done.returncode == 0 and f"client={messages.EVIL}" in done.stdout, "--force: the admin's own word", done)
    done = house.ctl("explain", forged)
    tap.ok("Override city.example" not in done.stdout, "explain shows none either", done.stdout)
    relayed = house.refused(by_title(post, "changed on the way"), RELAY)
    for more in ((), ("--yes",), ("--force", "--yes")):
        done = house.override("add", "--from-message", relayed, *more)
        tap.ok(done.returncode == DATA and done.stdout == "" and "TrustedRelays" in done.stderr, f"through a relay, {more}: never", done)
    bad = house.refused(by_title(post, "two From lines"), messages.EVIL)
    tap.equal(house.override("add", "--from-message", bad, "--force", "--yes").returncode, DATA, "without an author: no Override gets at it")
    for arguments in (
        (),
        ("--client", RELAY),
        ("--client", "198.51.100.0/24"),
        ("--client", "0.0.0.0/0"),
        ("--client", "::/0"),
        ("--client", "203.0.0.0/12"),
    ):
        done = house.override("add", "city.example", "accept", *arguments, "--force", "--yes")
        tap.equal((done.returncode, done.stdout), (DATA, ""), f"by hand, accept {arguments}: never")
    tap.equal(house.text(), before, "nothing of it is written")


def test_all():
    post = messages.Post()
    with work_folder("override") as where:
        os.chmod(where, 0o777)
        with Beschermd(SETTINGS, post.zone) as daemon:
            mta = os.path.join(where, "postfix")
            os.mkdir(mta)
            with PrivatePostfix(mta, daemon.socket) as server:
                house = House(daemon, server)
                check_way(house, by_title(post, "changed on the way"))
                check_end(house, by_title(post, "changed on the way"))
                check_attacker(house, post)
        tap.equal(daemon.process.returncode, 0, "the daemon ends well")


if __name__ == "__main__":
    if postfix.missing():
        tap.skip_all(postfix.missing())
    elif WRAPPER:
        tap.skip_all("a reload finds the process by its name")
    else:
        tap.run([test_all])
