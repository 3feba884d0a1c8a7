#!/usr/bin/python3
"""What is asked of the DNS when, while a message comes in: SPF at MAIL, the rest at its header
fields, nothing early with `Prefetch no`; and that DNSTimeout runs from the end of the header.
TAP.

builddir: where beschermd is.
"""

import os
import sys
import time
from functools import partial, update_wrapper

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import messages
import tap
from daemon import Beschermd
from dnsfault import ZoneServer
from milterclient import begin_message, split_message
from running import until

EARLY = "city.example", "_dmarc.city.example", "s1._domainkey.city.example"


def conf(server, more=""):
    return f"Nameservers {server.address}@{server.port}\n{more}"


def begin(daemon, m):
    return begin_message(daemon.socket, m.client, m.helo, m.mail_from)


def finish(m, c):
    """Whether it passed."""
    c.eoh()
    c.body(split_message(m.data)[1])
    result = c.eom()
    c.close()
    return any("dmarc=pass" in (e[3] or "") for e in result.edits)


def field(m, name):
    return next(f for f in split_message(m.data)[0] if f[0] == name.encode())


def test_as_it_comes_in(m, zone):
    server = ZoneServer(zone)
    with Beschermd(conf(server)) as daemon:
        c = begin(daemon, m)
        tap.ok(until(lambda: server.asked(EARLY[0])), "the SPF record at MAIL")
        tap.equal(server.asked(EARLY[1]), 0, "and no more than that")
        c.header(*field(m, "From"))
        tap.ok(until(lambda: server.asked(EARLY[1])), "the DMARC record at From")
        tap.ok(until(lambda: server.asked("_dmarc.example")), "and what the walk may want")
        c.header(*field(m, "DKIM-Signature"))
        tap.ok(until(lambda: server.asked(EARLY[2])), "the key at DKIM-Signature")
        c.close()
        c = begin(daemon, m)
        for f in split_message(m.data)[0]:
            c.header(*f)
        tap.ok(finish(m, c), "another message finds all that")
        tap.equal([server.asked(name) for name in EARLY], [1, 1, 1], "each was asked once")


def test_not_early(m, zone):
    server = ZoneServer(zone)
    with Beschermd(conf(server, "Prefetch no\n")) as daemon:
        c = begin(daemon, m)
        for f in split_message(m.data)[0]:
            c.header(*f)
        time.sleep(0.5)  # what was asked would be seen by then
        tap.equal([server.asked(name) for name in EARLY], [0, 0, 0], "Prefetch no: nothing early")
        tap.ok(finish(m, c), "Prefetch no: the message passes")
        tap.equal([server.asked(name) for name in EARLY], [1, 1, 1], "Prefetch no: asked then")


def test_a_slow_sender(m, zone):
    """His line is slow, not the DNS."""
    server = ZoneServer(zone)
    server.delay = 0.1
    with Beschermd(conf(server, "DNSTimeout 1500ms\nPrefetch no\n")) as daemon:
        c = begin(daemon, m)
        time.sleep(2)
        for f in split_message(m.data)[0]:
            c.header(*f)
        tap.ok(finish(m, c), "DNSTimeout does not run before the header ends")


if __name__ == "__main__":
    post = messages.Post()
    tests = (test_as_it_comes_in, test_not_early, test_a_slow_sender)
    tap.run([update_wrapper(partial(t, post.messages[0], post.zone), t) for t in tests])
