#!/usr/bin/python3
"""What the daemon tells its operator while it runs, once each.  TAP."""

import os
import signal
import subprocess
import sys
import time
from datetime import datetime

srcdir = os.environ.get("srcdir", ".")
sys.path.insert(0, os.path.join(srcdir, "tests/lib"))
sys.dont_write_bytecode = True

import tap  # noqa: E402
from daemon import SETTINGS, Beschermd, sanitized  # noqa: E402
from dnsfault import ZoneServer  # noqa: E402
from milterclient import send_message  # noqa: E402
from running import until  # noqa: E402

ZONE = '_dmarc.bank.example. 300 IN TXT "v=DMARC1; p=none"\n'
DATA = b"From: a@bank.example\n\nhello\n"


def send(daemon):
    """A message, and wait for its line."""
    known = len(daemon.lines())
    result = send_message(daemon.socket, DATA, "203.0.113.66", mail_from="<joe@bank.example>")
    until(lambda: len(daemon.lines()) > known)
    return result


def told(daemon, words):
    return [line for line in daemon.log().splitlines() if words in line]


class Calendar:
    """The clock of a daemon, that goes on from the noon of a day (UTC)."""

    def __init__(self, daemon):
        self.path = os.path.join(daemon.dir, "clock")
        library = os.path.join(daemon.dir, "clockshift.so")
        source = os.path.join(srcdir, "tests/lib/clockshift.c")
        cc = os.environ.get("CC", "cc").split()
        subprocess.run([*cc, "-D_GNU_SOURCE", "-shared", "-fPIC", "-O", "-o", library, source, "-ldl"], check=True)
        environment = dict(daemon.environment(), TZ="UTC0", LD_PRELOAD=library, CLOCKSHIFT=self.path)
        daemon.environment = lambda: environment

    def go_to(self, day):
        noon = datetime.fromisoformat(day + "T12:00:00+00:00").timestamp()
        with open(self.path + ".new", "w", encoding="ascii") as f:
            f.write(str(round(noon - time.time())))
        os.chmod(self.path + ".new", 0o644)
        os.rename(self.path + ".new", self.path)


def test_override_runs_out():
    if sanitized():
        tap.skip("an Override runs out", "LD_PRELOAD and sanitizers do not go together")
        return
    conf = "Override bank.example reject until=2028-03-01\nOverride city.example reject\n"
    daemon = Beschermd(conf, ZONE)
    calendar = Calendar(daemon)
    calendar.go_to("2028-02-20")
    with daemon:
        tap.equal(told(daemon, "Override"), [], "an Override: nothing is told long before")
        for day, action, near, over in (
            ("2028-02-22", "reject", 0, 0),
            ("2028-02-23", "reject", 1, 0),
            ("2028-02-24", "reject", 1, 0),
            ("2028-03-01", "reject", 2, 0),
            ("2028-03-02", "continue", 2, 1),
            ("2028-03-03", "continue", 2, 1),
        ):
            calendar.go_to(day)
            # Lookups that were under way are late, as they see it.
            until(lambda: send(daemon).action != "tempfail", 30)
            tap.equal(send(daemon).action, action, f"{day}: {action}")
            seen = (len(told(daemon, "ends ")), len(told(daemon, "ended on 2028-03-01")))
            tap.equal(seen, (near, over), f"{day}: what is told, with the first message")
        line = told(daemon, "ended on")[0]
        tap.ok("beschermd.conf:" in line and "Override bank.example" in line, "which one it is", line)


def conf_of(*servers):
    return f"Nameservers {', '.join(f'{s.address}@{s.port}' for s in servers)}\nDNSTimeout 1s\n"


def test_dnssec_not_in_force():
    servers = ZoneServer(ZONE), ZoneServer(ZONE, "127.0.0.2")
    words = "DNSSEC is not in force"
    auto = SETTINGS.replace("DNSSEC off\n", "")
    daemon = Beschermd()
    daemon.write(auto + conf_of(servers[0]))
    with daemon:
        tap.equal(len(told(daemon, words)), 1, "DNSSEC that cannot be had is told")
        line = told(daemon, words)[0]
        tap.ok("install unbound" in line or "apt install" in line, "with its cure", line)
        for server in (servers[1], servers[0]):
            known = len(told(daemon, "settings reloaded"))
            daemon.write(auto + conf_of(server))
            daemon.signal(signal.SIGUSR1)
            until(lambda n=known: len(told(daemon, "settings reloaded")) > n, 20)
        tap.equal(len(told(daemon, words)), 1, "and once, also with other name servers")
    servers[0].dead = True
    daemon = Beschermd()
    daemon.write(auto + conf_of(servers[0]))
    with daemon:
        until(lambda: told(daemon, words), 40)
        tap.equal(len(told(daemon, words)), 1, "so it is where there is no answer")


if __name__ == "__main__":
    tap.run([test_override_runs_out, test_dnssec_not_in_force])
