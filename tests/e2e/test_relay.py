#!/usr/bin/python3
"""RelayResults with a real relay in front of our Postfix: a Postfix and a Sendmail, whose filter
is a beschermd of their own that puts a banner into what it has checked.  Where does the relay's
field stand when we see it, and when does it count?  TAP; needs root and namespaces, and the
packages of Sendmail.

builddir: where beschermd is.
"""

import os
import re
import signal
import sys
import tempfile
from contextlib import ExitStack
from functools import partial, update_wrapper

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import messages
import postfix
import sendmail
import smtp
import tap
from daemon import SETTINGS, Beschermd
from gateway import BANNER, Gateway
from outcome import fields, unfolded
from postfix import HOST, PrivatePostfix
from running import until, work_folder
from sendmail import PrivateSendmail

OWN = "in.school.example"
GATEWAY = "gw.provider.example"
ADDRESS = "198.51.100.1"  # the relay's, by which we know it
UNCHECKED = "192.0.2.77"  # whom the relay's filter does not look at
CLIENTS = (messages.EVIL, ADDRESS, UNCHECKED)
THEIRS = f"AuthservID {GATEWAY}\nMode monitor\nIgnoreHosts {UNCHECKED}\n"
OURS = SETTINGS + f"ZoneFile {{dir}}/zone\nTrustedRelays {ADDRESS}\nLogLevel debug\n"
COUNTS, BELOW = "read", "held (it stands below the relay's Received field)"


class Chain:
    """The sender, the relay with its filter, we with ours, the reader."""

    def __init__(self, where, zone, make_relay):
        self.theirs = Beschermd(THEIRS, zone)
        self.ours = Beschermd("", zone)
        self.ours.write(OURS)
        self.gateway = Gateway(os.path.join(tempfile.mkdtemp(dir=where), "s"), self.theirs.socket)
        # Sendmail hands nothing to a server of its own name.
        named = [("myhostname", OWN)]
        self.mta = PrivatePostfix(tempfile.mkdtemp(dir=where), self.ours.socket, named)
        self.relay = make_relay(where, self.gateway.milter)
        self.relay.sink.port = self.mta.port
        self.running = None
        self.parts = [self.theirs, self.ours, self.gateway, self.mta, self.relay]

    def __enter__(self):
        os.chmod(os.path.dirname(self.gateway.path), 0o755)
        with ExitStack() as stack:
            for part in self.parts:
                stack.enter_context(part)
            self.running = stack.pop_all()
        return self

    def __exit__(self, *what):
        self.running.close()

    def set(self, index, setting):
        """The relay's filter puts its field there, and these are our settings."""
        self.gateway.index = index
        seen = self.ours.log().count("settings reloaded")
        self.ours.write(OURS + setting)
        self.ours.signal(signal.SIGHUP)
        if not until(lambda: self.ours.log().count("settings reloaded") > seen):
            raise RuntimeError(self.ours.log())

    def send(self, data, client):
        """What the reader gets, and what our log says of it."""
        start, lines = len(self.ours.log()), len(self.ours.lines())
        count = len(self.mta.sink.wait(0)) + 1
        reply = smtp.send(
            self.relay.port, data, client, mail_from="<bounce@evil.example>", xclient=False
        )
        mail = self.mta.sink.wait(count, 60)
        until(lambda: len(self.ours.lines()) > lines)
        if len(mail) != count:
            raise RuntimeError(f"{reply}: it did not come\n{self.ours.log()}")
        return mail[-1].content, self.ours.log()[start:]


def postfix_relay(where, milter):
    settings = [("myhostname", GATEWAY), ("smtp_bind_address", ADDRESS)]
    return PrivatePostfix(tempfile.mkdtemp(dir=where), milter, settings)


def sendmail_relay(where, milter):
    root = os.path.join(where, "root")
    sendmail.unpack(root)
    more = f"CLIENT_OPTIONS(`Family=inet, Addr={ADDRESS}')dnl\n"
    return PrivateSendmail(tempfile.mkdtemp(dir=where), milter, root, more)


def places(content):
    """What the relay wrote, from the top: "R" its Received field, "A" its results."""
    header = "\n".join(unfolded(f) for f in fields(content))
    relay = rf"Received: from \S+ .*by (?:{re.escape(GATEWAY)}|{re.escape(HOST)}) "
    found = re.findall(rf"(?m)^(?:(A)uthentication-Results: {re.escape(GATEWAY)};|({relay}))", header)
    return "".join("A" if results else "R" for results, _ in found)


def check(chain, name, data, client, wanted):
    """${wanted}: places, what the results came to, and what our log says besides."""
    content, log = chain.send(data, client)
    order, came_to, *facts = wanted
    facts.append(f"results of the relay: {came_to}")
    missing = [text for text in facts if text not in log]
    told = f"{places(content)}, {missing}\n{log}\n{content.decode()}"
    tap.ok(places(content) == order and not missing, name, told)
    if client != UNCHECKED:
        tap.ok(BANNER in content, name + ": with a banner", content)


def cases(chain, signed, forged, kind):
    passes, fails = ("dmarc=pass", "by_relay=dkim"), ("dmarc=fail", "rule=policy_reject")
    evil = messages.EVIL
    print("#", kind)
    chain.set(0, f"RelayResults {GATEWAY}\n")
    check(chain, f"{kind}, at 0: a pass counts", signed, evil, ("AR", COUNTS, *passes))
    check(chain, f"{kind}, at 0: forged results went", forged, evil, ("AR", COUNTS, *fails))
    check(chain, f"{kind}, unchecked: forged results stay below", forged, UNCHECKED,
          ("RA", BELOW, *fails))
    chain.set(1, f"RelayResults {GATEWAY}\n")
    check(chain, f"{kind}, at 1: nothing counts", signed, evil, ("RA", BELOW, *fails))
    chain.set(1, f"RelayResults {GATEWAY} strips\n")
    check(chain, f"{kind}, at 1, strips: a pass counts", signed, evil, ("RA", COUNTS, *passes))
    check(chain, f"{kind}, at 1, strips: forged results went", forged, evil, ("RA", COUNTS, *fails))


def test_postfix(where, signed, forged, zone):
    with Chain(where, zone, postfix_relay) as chain:
        cases(chain, signed, forged, "Postfix")


def test_sendmail(where, signed, forged, zone):
    if why := sendmail.missing():
        tap.skip("Sendmail", why)
        return
    with Chain(where, zone, sendmail_relay) as chain:
        cases(chain, signed, forged, "Sendmail")


def main():
    if why := postfix.missing() or sendmail.no_own_host():
        tap.skip_all(why)
        return 0
    with work_folder("relay") as where:
        code = sendmail.in_own_host(where, CLIENTS)
        if code is not None:
            return code
        post = messages.Post()
        letter = messages.letter("City <info@city.example>", "Invoice")
        claim = f"{GATEWAY}; dmarc=pass header.from=city.example; dkim=pass header.d=city.example"
        forged = f"Authentication-Results: {claim}\r\n".encode() + letter
        tests = (test_postfix, test_sendmail)
        mail = (where, post.messages[0].data, forged, post.zone)
        tap.run([update_wrapper(partial(test, *mail), test) for test in tests])
    return 0


if __name__ == "__main__":
    sys.exit(main())
