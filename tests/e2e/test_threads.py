#!/usr/bin/python3
"""Few threads: no client hangs, whoever finds none free is told at once to come again, and
the log says what is short.  TAP; as root, since the limit holds for a user without rights.

builddir: where beschermd is.
"""

import os
import re
import resource
import sys
from concurrent.futures import ThreadPoolExecutor

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import tap
from daemon import Beschermd, measured, sanitized
from dnsfault import FaultServer
from milterclient import Client, MilterError, send_message
from running import WRAPPER, until

NEEDED = 7  # WORKERS_NEEDED of edge/workers.h
CLIENTS = 40
MESSAGE = b"From: a@b.example\r\nSubject: hello\r\n\r\nhello\r\n"
# One that nobody else is: the limit counts all processes of a user.
USER = 1_000_000 + os.getpid()


def limited(threads):
    """For preexec_fn: the process itself and ${threads}."""

    def limit():
        os.setgroups([])
        os.setgid(USER)
        os.setuid(USER)
        resource.setrlimit(resource.RLIMIT_NPROC, (threads + 1, threads + 1))

    return limit


def daemon(conf):
    d = Beschermd(conf)
    os.chown(d.dir, USER, -1)
    d.args = ["-c", d.conf]
    return d


def send(d, number, **options):
    """What became of it, or why there was no answer."""
    try:
        return send_message(d.socket, MESSAGE, mail_from=f"<x@n{number}.example>", queue_id=f"Q{number}", **options).action
    except (OSError, MilterError) as e:
        return f"client {number}: {e}"


def test_too_few():
    """A start with fewer than it cannot do without ends, and says so."""
    for threads in (0, 1, 3, NEEDED - 1):
        d = daemon("")
        with open(d.log_path, "ab"):
            code, _, err = d.call("-f", preexec_fn=limited(threads))
        tap.equal(code, 71, f"{threads} threads: exit 71")
        tap.ok(f"only {threads} of {NEEDED} threads" in err and "LimitNPROC" in err, "and why", err)
        tap.ok(not os.path.exists(f"{d.dir}/beschermd.sock"), "and no socket is left")
        Beschermd.__exit__(d)


def test_busy():
    """All workers wait for DNS that does not answer, and more clients come."""
    server = FaultServer(dead=True)
    d = daemon(f"Nameservers 127.0.0.1@{server.port}\nDNSTimeout 10s\nPrefetch no\n")
    try:
        d.start(preexec_fn=limited(NEEDED + 2))
        with ThreadPoolExecutor(CLIENTS) as pool:
            results = list(pool.map(lambda n: send(d, n), range(CLIENTS)))
        tap.equal(sorted(set(results)), ["tempfail"], "every client has an answer, and none is let through")
        log = d.log()
        # On a slow machine it may be over, and come again.
        said = re.findall("no more threads can be started|threads can be started again", log)
        tap.ok(said and all(a != b for a, b in zip(said, said[1:])), "the log says once what is short", log)
        tap.ok(said[:1] == ["no more threads can be started"], "and first that they are")
        tap.ok(re.search(r"error: no more threads can be started.*LimitNPROC", log), "as an error, with what mends it")
        judged, put_off = log.find(" action="), log.find(": message deferred: ")
        tap.ok(-1 < put_off < judged, "some are deferred before any that waits is done", log)
        tap.ok(log.count(" action=") + log.count(": message deferred: ") == CLIENTS, "each message has its line", log)
        tap.ok(log.count(" action=") >= 3, "those that found a thread are judged", log)
        server.dead = False
        tap.ok(until(lambda: send(d, CLIENTS) == "continue", 30), "afterwards mail comes in again", d.log())
        tap.equal(d.stop(), 0, "and it stops in good order")
    finally:
        d.__exit__()


def start_in_little_memory(conf):
    """With the least of those sizes that lets it start."""
    for size in range(128 << 20, 1 << 30, 32 << 20):
        d = Beschermd(conf)
        try:
            return d.start(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (size, size)))
        except RuntimeError:
            d.__exit__()
    raise RuntimeError("does not start in 1 GB")


def test_memory():
    """No memory for the stacks of more threads."""
    server = FaultServer(dead=True)
    d = start_in_little_memory(f"Nameservers 127.0.0.1@{server.port}\nDNSTimeout 5s\nPrefetch no\n")
    try:
        with ThreadPoolExecutor(CLIENTS) as pool:
            results = list(pool.map(lambda n: send(d, n), range(CLIENTS)))
        tap.equal(sorted(set(results)), ["tempfail"], "little memory: every client has an answer")
        tap.ok("no more threads can be started" in d.log(), "and the log says what is short", d.log())
        tap.equal(d.stop(), 0, "and it stops in good order")
    finally:
        d.__exit__()


def test_idle():
    """Connections that do nothing hold no thread: many more than threads are served."""
    d = daemon("ZoneFile {dir}/zone\n")
    with open(f"{d.dir}/zone", "w", encoding="ascii") as f:
        f.write("a.example. 60 IN A 192.0.2.1\n")
    try:
        d.start(preexec_fn=limited(NEEDED + 2))
        idle = [Client(d.socket, 60) for _ in range(3 * CLIENTS)]
        for c in idle:
            c.negotiate()
        with ThreadPoolExecutor(CLIENTS) as pool:
            results = list(pool.map(lambda n: send(d, n), range(3 * CLIENTS)))
        tap.ok(set(results) <= {"continue", "tempfail"}, "every client has an answer", set(results))
        tap.equal(send(d, 0), "continue", "and mail comes in")
        for c in idle:
            c.close()
    finally:
        d.__exit__()


def missing():
    if os.geteuid() != 0:
        return "needs root, to be a user whose processes are counted"
    if sanitized() or measured() or WRAPPER:
        return "what watches the program starts threads of its own, or wants every thread for itself"
    return None


WHY = missing()
if WHY is not None:
    print(f"1..0 # SKIP {WHY}")
else:
    tap.run([test_too_few, test_busy, test_memory, test_idle])
