#!/usr/bin/python3
"""No name server answers: told once, and once that it is over; in the status, too.  TAP."""

import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import suppress

srcdir = os.environ.get("srcdir", ".")
sys.path.insert(0, os.path.join(srcdir, "tests/lib"))
sys.dont_write_bytecode = True

import tap  # noqa: E402
from daemon import SETTINGS, Beschermd, built  # noqa: E402
from dnsfault import ZoneServer, question  # noqa: E402
from milterclient import send_message  # noqa: E402
from running import until  # noqa: E402

ZONE = '_dmarc.bank.example. 300 IN TXT "v=DMARC1; p=none"\n'
DOWN, UP = "no name server answers", "the name servers answer again"


def told(daemon, words):
    return [line for line in daemon.log().splitlines() if words in line]


def conf_of(*servers):
    return f"Nameservers {', '.join(f'{s.address}@{s.port}' for s in servers)}\nDNSTimeout 1s\n"


def send_from(daemon, domain):
    data = f"From: a@{domain}\n\nhello\n".encode()
    return send_message(daemon.socket, data, "203.0.113.66", mail_from=f"<joe@{domain}>")


def reload(daemon, conf):
    """New settings; until it says what became of them."""
    known = len(told(daemon, "reload"))
    daemon.write(SETTINGS + conf)
    daemon.signal(signal.SIGUSR1)
    until(lambda: len(told(daemon, "reload")) > known)


class Manager:
    """A service manager that keeps the last status."""

    def __init__(self, daemon):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        path = os.path.join(daemon.dir, "notify")
        self.socket.bind(path)
        os.chmod(path, 0o777)
        self.socket.settimeout(0.2)
        self.status = ""
        environment = dict(daemon.environment(), NOTIFY_SOCKET=path)
        daemon.environment = lambda: environment

    def says(self, *words):
        """Does the status come to hold these, and not those that begin with "!"?"""

        def look():
            with suppress(TimeoutError):
                while True:
                    found = re.search(r"(?m)^STATUS=(.*)$", self.socket.recv(1000).decode())
                    self.status = found[1] if found else self.status
            return all((w[1:] not in self.status) if w[0] == "!" else w in self.status for w in words)

        return until(look, 30)


def lines_about_dns(daemon):
    return len(told(daemon, DOWN)), len(told(daemon, UP))


def is_told_by_systemd():
    done = subprocess.run([built(), "-V"], capture_output=True, timeout=60, check=False)
    return b"service manager: none" not in done.stdout


def test_outage():
    servers = ZoneServer(ZONE), ZoneServer(ZONE, "127.0.0.2")
    daemon = Beschermd(conf_of(*servers))
    manager = Manager(daemon) if is_told_by_systemd() else None

    def check_status(name, *words):
        if manager is None:
            tap.skip(name, "built without a service manager")
        else:
            tap.ok(manager.says(*words), name, manager.status)

    with daemon:
        tap.equal(send_from(daemon, "bank.example").action, "continue", "an outage: before it a message comes in")
        check_status("the status tells mode and messages", "enforcing: 1 message", "!trouble")
        servers[0].dead = True
        send_from(daemon, "one.example")
        servers[0].dead, servers[1].dead = False, True
        send_from(daemon, "two.example")
        tap.equal(lines_about_dns(daemon), (0, 0), "one of two servers that is gone is no outage")
        servers[0].dead = True
        send_from(daemon, "three.example")
        tap.ok(until(lambda: told(daemon, DOWN), 40), "none that answers is one")
        line = told(daemon, DOWN)[0]
        tap.ok(line.startswith("error: ") and f"127.0.0.1@{servers[0].port}" in line, "at level error, and which they are", line)
        check_status("the status has it", "trouble: " + DOWN, "deferred")
        reload(daemon, conf_of(*servers) + "Mode monitor\n")
        for i in range(6):
            send_from(daemon, f"dead{i}.example")
        reload(daemon, conf_of(servers[0]))
        send_from(daemon, "later.example")
        tap.equal(lines_about_dns(daemon), (1, 0), "it is told once, whatever comes and whatever is reloaded")
        servers[0].dead = False
        tap.ok(until(lambda: told(daemon, UP), 40), "its end is told, without a message too")
        tap.ok(told(daemon, UP)[0].startswith("error: "), "as loud as it began", told(daemon, UP))
        check_status("the status has no trouble any more", "!trouble")
        until(lambda: send_from(daemon, "bank.example").action == "continue", 20)
        tap.equal(lines_about_dns(daemon), (1, 1), "once, too")
        servers[0].dead = True
        send_from(daemon, "again.example")
        tap.ok(until(lambda: lines_about_dns(daemon) == (2, 1), 60), "the next one is told again", lines_about_dns(daemon))
    tap.equal(daemon.process.returncode, 0, "a stop in the middle of it ends with 0")


class Unwilling(ZoneServer):
    """Answers nothing about names below dead.example, as their own servers are gone."""

    def answer(self, packet, tcp):
        reply, delay = super().answer(packet, tcp)
        return (None, 0) if question(packet)[0].endswith("dead.example") else (reply, delay)


def test_dead_domain():
    server = Unwilling(ZONE)
    with Beschermd(conf_of(server)) as daemon:
        for i in range(4):
            send_from(daemon, f"x{i}.dead.example")
        until(lambda: server.asked("") > 0, 30)  # it looked whether that is all that is gone
        tap.ok(server.asked("") > 0, "a dead domain: the root is asked")
        tap.equal(send_from(daemon, "bank.example").action, "continue", "a dead domain: others are judged")
    tap.equal(lines_about_dns(daemon), (0, 0), "a dead domain is no outage")
    tap.equal(len(daemon.log().splitlines()), 5 + 2, "one line a message, beside start and stop")


if __name__ == "__main__":
    tap.run([test_outage, test_dead_domain])
