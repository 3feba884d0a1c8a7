#!/usr/bin/python3
"""Who can take the places for DNS lookups: clients that say MAIL and RSET, or whole messages,
whose SPF records lead to names that never answer, beside honest mail that only SPF proves.
None of that is deferred; and what is forged in the meantime does not come in, though
OnTempError is accept.  TAP.

Needs root, for a network of its own.  Arguments, or PLACES: words of the rows to run (see
ROWS); "long" for those that are not run else.  builddir: where beschermd is.
"""

import heapq
import multiprocessing
import os
import select
import socket
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import ownhost
import tap
from daemon import Beschermd
from dnsfault import TXT, negative, question, record, reply, txt
from milterclient import Client, MilterError

RTT = 0.02
WARM_UP = 4  # seconds of attack before the first honest message
GOOD_A_SECOND = 10
TERMS = [f"include:s{i}.%s" for i in range(10)] + [f"a:s{i}.%s" for i in range(10, 14)]


class Server:
    """A name server in a process of its own, or Python would do one thing at a time.

    xN.attackK.example has an SPF record that leads to s0.xN.attackK.example and on; ${silent}: those never
    answer, else they do not exist.  gN.example has SPF for 198.18.0.0/15 and p=reject."""

    def __init__(self, silent):
        self.silent = silent
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.asked = multiprocessing.Value("L", 0)  # packets for names of attackers
        self.process = multiprocessing.Process(target=self.serve, daemon=True)

    def __enter__(self):
        self.process.start()
        return self

    def __exit__(self, *what):
        self.process.terminate()
        self.process.join()
        self.socket.close()

    def answer(self, packet):
        name, rtype, _ = question(packet)
        labels = name.split(".") + [""]
        text = None
        if labels[-3:][0].startswith("attack"):
            self.asked.value += 1
            if labels[0][:1] == "s" and self.silent:
                return None
            if labels[0][:1] == "x":
                text = "v=spf1 " + " ".join(TERMS).replace("%s", name) + " -all"
        elif labels[0] == "_dmarc" and labels[1][:1] == "g":
            text = "v=DMARC1; p=reject"
        elif labels[0][:1] == "g" and len(labels) == 3:
            text = "v=spf1 ip4:198.18.0.0/15 ip4:203.0.113.0/24 -all"
        if text is None:
            return reply(packet, 3, (), negative(name))
        if rtype != TXT:
            return reply(packet, 0, (), negative(name))
        return reply(packet, 0, [record(name, TXT, 300, txt(text))])

    def serve(self):
        late = []
        while True:
            wait = max(late[0][0] - time.monotonic(), 0) if late else None
            if select.select([self.socket], [], [], wait)[0]:
                packet, client = self.socket.recvfrom(4096)
                answer = self.answer(packet)
                if answer is not None:
                    heapq.heappush(late, (time.monotonic() + RTT, answer, client))
            while late and late[0][0] <= time.monotonic():
                _, answer, client = heapq.heappop(late)
                self.socket.sendto(answer, client)


def connection(daemon, client):
    c = Client(daemon.socket, 60)
    c.negotiate()
    c.connect(client, macros={"j": "mx.school.example"})
    c.helo("mail.example")
    return c


def whole(c, sender, domain):
    c.mail(f"<{sender}>")
    begun = time.monotonic()
    c.header("From", f" joe@{domain}")
    c.header("Subject", " hello")
    c.eoh()
    c.body(b"Hello\r\n")
    return c.eom().action, time.monotonic() - begun


class Attack:
    """${rate} MAIL with RSET a second from ${networks} networks, to names of ${domains} domains;
    and from ${messages} connections one whole message after another."""

    def __init__(self, daemon, rate, networks, domains, messages=0, own=None):
        self.daemon, self.rate, self.domains, self.own = daemon, rate, domains, own
        self.networks, self.over, self.said = networks, threading.Event(), 0
        self.threads = [threading.Thread(target=self.reset, daemon=True)]
        self.threads += [
            threading.Thread(target=self.send, args=(i,), daemon=True) for i in range(messages)
        ]

    def client(self, i):
        return self.own or f"100.{64 + i // 200}.{i % 200}.7"

    def sender(self, kind, i):
        return f"u@x{kind}{i}.attack{i % self.domains}.example"

    def reset(self):
        # RSET comes late enough for the SPF record to lead on.
        count = max(self.networks, self.rate // 2)
        clients = [connection(self.daemon, self.client(i % self.networks)) for i in range(count)]
        begun = time.monotonic()
        while not self.over.is_set():
            c = clients[self.said % len(clients)]
            c.abort()
            c.mail(f"<{self.sender('r', self.said)}>")
            self.said += 1
            time.sleep(max(begun + self.said / self.rate - time.monotonic(), 0))
        for c in clients:
            c.close()

    def send(self, i):
        number = 0
        with connection(self.daemon, self.client(i % self.networks)) as c:
            while not self.over.is_set():
                try:
                    whole(c, self.sender(f"w{i}n", number), f"x{i}n{number}.attack0.example")
                except MilterError:
                    return
                number += 1

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *what):
        self.over.set()
        self.threads[0].join()


def good(daemon, number, own):
    client = own or f"198.18.{number % 250}.25"
    with connection(daemon, client) as c:
        return whole(c, f"joe@g{number}.example", f"g{number}.example")


def forged(daemon, number, own):
    """As an author who asks for p=reject, from the attackers' networks: every second one
    with his MAIL FROM too, the others with slow SPF of the attacker's."""
    client = own or f"100.{64 + number % 50 // 200}.{number % 50}.9"
    author = f"g{number}.example"
    sender = f"joe@{author}" if number % 2 == 0 else f"u@xf{number}.attack{number % 8}.example"
    with connection(daemon, client) as c:
        return whole(c, sender, author)


def send(daemon, count, one=good, own=None):
    """What became of ${count} messages, and how long each waited, in order of length."""
    begun = time.monotonic()
    with ThreadPoolExecutor(60) as pool:
        sent = []
        for i in range(count):
            time.sleep(max(begun + i / GOOD_A_SECOND - time.monotonic(), 0))
            sent.append(pool.submit(one, daemon, i, own))
        results = [one.result() for one in sent]
    return [action for action, _ in results], sorted(wait for _, wait in results)


def ms(waits, part):
    return f"{1000 * waits[int(part * (len(waits) - 1))]:.0f}"


def measured(name, attack, server, seconds, memory, actions, waits):
    deferred = sum(action == "tempfail" for action in actions)
    print(
        f"# | {name} | {deferred} of {len(actions)} | {ms(waits, 0.5)} | {ms(waits, 0.99)} | "
        f"{(attack.said if attack else 0) / seconds:.0f} | {server.asked.value / seconds:.0f} | {memory // 1024} |",
        flush=True,
    )


def run(name, count, silent=True, own=None, **attack):
    """Honest mail beside an attack: none is deferred, none is refused."""
    conf = "Nameservers 127.0.0.1@%d\nLogLevel error\n"
    with Server(silent) as server, Beschermd(conf % server.port) as daemon:
        begun = time.monotonic()
        with Attack(daemon, own=own and "203.0.113.66", **attack) as attacking:
            time.sleep(WARM_UP)
            actions, waits = send(daemon, count, good, own)
            seconds, memory = time.monotonic() - begun, daemon.memory()
            asked = server.asked.value
        measured(name, attacking, server, seconds, memory, actions, waits)
    tap.equal(Counter(actions), {"continue": count}, f"{name}: no honest message is deferred")
    return attacking, asked, seconds


def quiet(name, count):
    with Server(True) as server, Beschermd(f"Nameservers 127.0.0.1@{server.port}\n") as daemon:
        actions, waits = send(daemon, count)
        measured(name, None, server, count / GOOD_A_SECOND, daemon.memory(), actions, waits)
    tap.equal(set(actions), {"continue"}, f"{name}: all come in")


def fast(name, count):
    """Names that a fast server denies at once: no place is short, and questions are counted.
    By rate a network asks 400 names, and 100 a second."""
    attack, asked, seconds = run(name, count, silent=False, rate=100, networks=1, domains=8)
    tap.ok(asked <= 400 + 110 * (seconds + 1), f"{name}: questions for one network are bounded",
           f"{asked} in {seconds:.0f} s for {attack.said} MAIL")


def forge(name, count, own=None, **attack):
    """What is forged during an attack is refused, one by one."""
    conf = "Nameservers 127.0.0.1@%d\nLogLevel error\nOnTempError accept\n"
    with Server(True) as server, Beschermd(conf % server.port) as daemon:
        begun = time.monotonic()
        with Attack(daemon, own=own, **attack) as attacking:
            time.sleep(WARM_UP)
            actions, waits = send(daemon, count, forged, own)
            seconds = time.monotonic() - begun
        measured(name, attacking, server, seconds, daemon.memory(), actions, waits)
    tap.equal(Counter(actions), {"reject": count}, f"{name}: nothing forged comes in")


def forging(count, **attack):
    return lambda name: forge(name, count, **attack)


def row(count, **attack):
    return lambda name: run(name, count, **attack)


OWN = "203.0.113.25"
ROWS = {
    "no attack": lambda name: quiet(name, 40),
    "8 domains, 100 MAIL/s, 50 networks": row(60, domains=8, rate=100, networks=50),
    "the attacker's own /24": row(60, domains=8, rate=100, networks=1, own=OWN),
    "forged mail, 50 networks": forging(60, domains=8, rate=100, networks=50),
    "fast server, 100 MAIL/s, 1 network": lambda name: fast(name, 40),
}
LONG = {
    f"long: {domains} domains, {rate} MAIL/s, {networks} network{'s' * (networks > 1)}": row(
        200, domains=domains, rate=rate, networks=networks
    )
    for domains in (8, 32, 500)
    for rate in (20, 100)
    for networks in (1, 50)
}
LONG["long: whole messages, 50 networks"] = row(200, domains=8, rate=100, networks=50, messages=100)
LONG["long: whole messages, 100 networks"] = row(200, domains=8, rate=100, networks=100, messages=100)
LONG["long: the attacker's own /24"] = row(150, domains=32, rate=100, networks=1, own=OWN)
LONG["long: forged mail, whole messages, 50 networks"] = forging(
    200, domains=8, rate=100, networks=50, messages=100
)
LONG["long: forged mail, the attacker's own /24"] = forging(
    200, domains=32, rate=100, networks=1, messages=100, own="192.0.2.66"
)


def wanted():
    rows = {**ROWS, **LONG}
    words = sys.argv[1:] or os.environ.get("PLACES", "").split()
    return {name: rows[name] for name in rows if all(word in name for word in words)} if words else ROWS


def test_of(name, function):
    def test():
        function(name)

    test.__name__ = name
    return test


def main():
    if reason := ownhost.missing():
        tap.skip_all(reason)
    elif (code := ownhost.enter()) is not None:
        sys.exit(code)
    else:
        print("# | row | deferred | p50 ms | p99 ms | MAIL/s | questions/s | RSS MB |", flush=True)
        tap.run([test_of(name, function) for name, function in wanted().items()])


main()
