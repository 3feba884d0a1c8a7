#!/usr/bin/python3
"""A forger whose own domain uses up the time for DNS: his SPF record leads to slow names,
of which as many are asked early as may be, and then to more, one after another.  What he
forges is refused all the same: the names that decide do not wait for his.  TAP.

builddir: where beschermd is.
"""

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import tap
from daemon import Beschermd
from dnsfault import TXT, FaultServer, negative, question, record, reply, txt
from milterclient import begin_message

TIMEOUT, DELAY = 3, 0.7  # seconds: ten slow names are more than the time
SLOW = ".slow.evil.example"
TERMS = [f"include:%{{l}}{i}{SLOW}" for i in range(10)] + [f"a:%s{i}{SLOW}" for i in range(20)]
POLICIES = {
    "_dmarc.bank.example": "v=DMARC1; p=reject",
    "_dmarc.city.example": "v=DMARC1; p=reject",
    "_dmarc.school.example": "v=DMARC1; p=none; np=reject",
}
KEYLESS = "v=1; a=rsa-sha256; d=city.example; s=none; h=from; bh=" + 43 * "A" + "=; b=AAAA"
FORGED = {
    "a forged author": [("From", " ceo@bank.example")],
    "with a signature that has no key": [("DKIM-Signature", " " + KEYLESS), ("From", " ceo@city.example")],
    "an author domain that does not exist": [("From", " ceo@none.school.example")],
}


class Server(FaultServer):
    """evil.example has a subdomain for each message, so that nothing is in a cache."""

    def answer(self, packet, tcp):
        name, rtype, _ = question(packet)
        with self.lock:
            self.seen[name] = self.seen.get(name, 0) + 1
        if name.endswith(SLOW):
            found = [record(name, TXT, 300, txt("v=spf1 ?all"))] if rtype == TXT else []
            return reply(packet, 0, found, () if found else negative(name)), DELAY
        text = POLICIES.get(name)
        if name.endswith(".evil.example") and name.count(".") == 2:
            text = "v=spf1 " + " ".join(TERMS).replace("%s", name.split(".")[0]) + " -all"
        if text is None:
            return reply(packet, 3, (), negative(name)), 0
        found = [record(name, TXT, 300, txt(text))] if rtype == TXT else []
        return reply(packet, 0, found, () if found else negative(name)), 0


def send(daemon, number, fields):
    sender = f"<u{number}@x{number}.evil.example>"
    with begin_message(daemon.socket, "203.0.113.66", "mail.evil.example", sender) as c:
        time.sleep(DELAY / 3)  # his slow names are under way
        for field in fields:
            c.header(*field)
        c.eoh()
        c.body(b"Hello\r\n")
        return c.eom()


def starve(conf):
    server = Server()
    conf = f"Nameservers 127.0.0.1@{server.port}\nDNSTimeout {TIMEOUT}\nOnTempError accept\n{conf}\n"
    with Beschermd(conf) as daemon, ThreadPoolExecutor(len(FORGED)) as pool:
        results = list(pool.map(lambda n: send(daemon, *n), enumerate(FORGED.values())))
    for title, result in zip(FORGED, results):
        tap.equal(result.action, "reject", f"{title}: refused")
    log = daemon.log()
    tap.equal(log.count("spf=temperror"), len(FORGED), "his own SPF had no time left")
    return server


def test_prefetch():
    server = starve("Prefetch yes")
    early = sum(name.startswith("x0") and name.endswith(SLOW) for name in server.seen)
    tap.ok(early >= 10, "and his names took all places", early)


def test_no_prefetch():
    starve("Prefetch no")


tap.run([test_prefetch, test_no_prefetch])
