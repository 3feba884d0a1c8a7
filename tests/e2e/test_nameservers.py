#!/usr/bin/python3
"""Nameservers changed by a reload while lookups are in flight: what is under way ends with
the old servers' answers or at its deadline, what begins later has the new ones'.  TAP.

builddir: where beschermd is.  Made for a build with --with-sanitizers=thread too.
"""

import os
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial, update_wrapper

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import messages
import tap
from daemon import SETTINGS, Beschermd
from dnsfault import ZoneServer
from milterclient import begin_message, send_message, split_message
from running import until

WAITING = 12
TURNS = 30
TIMEOUT = 4  # seconds


def conf(server):
    return f"Nameservers {server.address}@{server.port}\nDNSTimeout {TIMEOUT}\n"


def change(daemon, server):
    """A reload that asks ${server} from now on."""
    known = daemon.log().count("settings reloaded")
    daemon.write(SETTINGS + conf(server))
    daemon.signal(signal.SIGUSR1)
    return until(lambda: daemon.log().count("settings reloaded") > known, 30)


def begin(daemon, m):
    """A message that belongs to the settings of now: at MAIL it takes them."""
    return begin_message(daemon.socket, m.client, m.helo, m.mail_from)


def finish(m, c):
    fields, body = split_message(m.data)
    for field in fields:
        c.header(*field)
    c.eoh()
    c.body(body)
    result = c.eom()
    c.close()
    return result


def is_pass(result):
    return result.action == "continue" and any("dmarc=pass" in (e[3] or "") for e in result.edits)


def under_way(title, m, old, new, wanted):
    """${wanted}: what becomes of those that wait for the ${old} server."""
    with Beschermd(conf(old)) as daemon, ThreadPoolExecutor(WAITING) as pool:
        waiting = [begin(daemon, m) for _ in range(WAITING)]
        tap.ok(until(lambda: old.asked("city.example") > 0), f"{title}: the old server was asked")
        tap.ok(change(daemon, new), f"{title}: reloaded")
        result = send_message(daemon.socket, m.data, m.client, helo=m.helo, mail_from=m.mail_from)
        tap.ok(is_pass(result), f"{title}: a new message is judged", result)
        tap.ok(new.asked("_dmarc.city.example") == 1, f"{title}: by the new server")
        wrong = [r for r in pool.map(partial(finish, m), waiting) if not wanted(r)]
        tap.ok(not wrong, f"{title}: those under way end as they should", wrong[:2])
        before = sum(old.seen.values())
        time.sleep(2)  # what libunbound would try again, it would within that
        after = sum(old.seen.values())
        tap.equal(after, before, f"{title}: then the old server is asked no more")
    tap.equal(daemon.process.returncode, 0, f"{title}: it ends with 0")


class Silent(ZoneServer):
    """It is asked, and that is all."""

    def answer(self, packet, tcp):
        super().answer(packet, tcp)
        return None, 0


def test_never_answers(post):
    old, new = Silent(post.zone), ZoneServer(post.zone, "127.0.0.2")
    under_way("never answers", post.messages[0], old, new, lambda r: r.action == "tempfail")


def test_answers_late(post):
    old, new = ZoneServer(post.zone), ZoneServer(post.zone, "127.0.0.2")
    old.delay = 1.5
    under_way("answers late", post.messages[0], old, new, is_pass)


def count(daemon, what):
    return len(os.listdir(f"/proc/{daemon.process.pid}/{what}"))


def test_to_and_fro(post):
    """Many changes under load; nothing is left of the resolvers that were replaced."""
    servers = [ZoneServer(post.zone), ZoneServer(post.zone, "127.0.0.2")]
    servers[0].delay, servers[1].delay = 0.05, 0.2
    m, done, wrong = post.messages[0], threading.Event(), []

    def play(daemon):
        while not done.is_set():
            result = send_message(daemon.socket, m.data, m.client, helo=m.helo, mail_from=m.mail_from)
            if not is_pass(result):
                wrong.append(result)

    with Beschermd(conf(servers[0])) as daemon:
        begin(daemon, m).close()
        time.sleep(0.5)  # the start is over
        files = count(daemon, "fd")
        players = [threading.Thread(target=play, args=(daemon,)) for _ in range(WAITING)]
        for player in players:
            player.start()
        changed = []
        for i in range(1, TURNS + 1):
            changed.append(change(daemon, servers[i % 2]))
            time.sleep(0.1)
        done.set()
        for player in players:
            player.join()
        tap.ok(all(changed), f"to and fro: {TURNS} reloads")
        tap.ok(not wrong, "to and fro: every answer is right", wrong[:2])
        # Sockets and threads of a resolver: those of one are there again.
        tap.ok(
            until(lambda: count(daemon, "fd") <= files + 2, 20),
            "to and fro: no file of an old resolver is left",
            (files, count(daemon, "fd")),
        )
        tap.ok(
            until(lambda: len(thread_names(daemon)) < 40, 20),
            "to and fro: no thread of an old resolver is left",
            thread_names(daemon),
        )
    tap.equal(daemon.process.returncode, 0, "to and fro: it ends with 0")
    tap.ok(all(s.asked("city.example") > 0 for s in servers), "to and fro: both were asked")


def thread_names(daemon):
    """Of its threads; one that ends while we look is none."""
    names, tasks = [], f"/proc/{daemon.process.pid}/task"
    for task in os.listdir(tasks):
        with suppress(FileNotFoundError, ProcessLookupError), open(f"{tasks}/{task}/comm", encoding="ascii") as f:
            names.append(f.read().strip())
    return names


if __name__ == "__main__":
    letters = messages.Post()
    tests = (test_never_answers, test_answers_late, test_to_and_fro)
    tap.run([update_wrapper(partial(test, letters), test) for test in tests])
