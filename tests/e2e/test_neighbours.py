#!/usr/bin/python3
"""Side by side with other filters in a real Postfix, in the order of docs/other-filters.md: OpenDKIM that
signs our own mail, rspamd after us, SpamAssassin as content_filter.  TAP; needs root.

What matters: our results reach the reader, and our own code does not take them for forged when
a content filter hands the mail back.

builddir: where beschermd is.
"""

import os
import re
import sys
import tempfile
from dataclasses import replace
from functools import partial, update_wrapper

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import dkim
import messages
import mtacases
import postfix
import tap
from daemon import Beschermd
from neighbours import OpenDKIM, Rspamd, SpamAssassin, program
from outcome import Way, faults, unfolded
from postfix import PrivatePostfix, free_port
from running import work_folder

OWN_MARK = "QuarantineHeader X-DMARC-Quarantine: yes\n"


class Place:
    """Folders for what a test starts."""

    def __init__(self, where):
        self.where = where

    def folder(self):
        return tempfile.mkdtemp(dir=self.where)

    def postfix(self, *filters, **options):
        return PrivatePostfix(self.folder(), ", ".join(f for f in filters), **options)


def results(header):
    """The results in our name."""
    return [f for f in header if re.match(f"Authentication-Results: {messages.HOST};", f)]


def test_opendkim(place, post):
    """Our users' mail is signed, and what comes in is judged, whichever stands first."""
    if program("opendkim") is None:
        tap.skip("OpenDKIM", "there is no opendkim: scripts/install-deps test")
        return
    key = messages.Key("rsa")
    with Beschermd(zone=post.zone) as daemon, OpenDKIM(place.folder(), key.private) as signer:
        for order in ((signer.milter, daemon.socket), (daemon.socket, signer.milter)):
            who = "OpenDKIM " + ("before us" if order[0] == signer.milter else "after us")
            with place.postfix(*order) as mta:
                through_opendkim(Way(mta, daemon), post, key, who)


def through_opendkim(way, post, key, who):
    user = next(m for m in post.messages if m.login)
    forged = f"Authentication-Results: {messages.HOST}; dmarc=pass\r\n".encode()
    for name, m in (("", user), (" with forged results", replace(user, data=forged + user.data))):
        outcome = way.send(m)
        mtacases.check(f"{who}: our user's mail{name}", faults(user, outcome))
        good = dkim.verify(
            outcome.delivered or b"",
            dnsfunc=lambda name, **_: key.record.encode() if name.startswith(b"out.") else None,
        )
        tap.ok(good, f"{who}: it is signed, and the signature holds", outcome.delivered)
    for title in ("all is right", "forged, p=quarantine", "forged, p=reject", "two signatures"):
        m = next(m for m in post.messages if m.title == title)
        mtacases.check(f"{who}: {title}", faults(m, way.send(m)))


def take(name):
    return f'routines {{ remove-spam-flag {{ header = "{name}"; }} }}'


# milter_headers of rspamd; QuarantineHeader; is it there in the end; are our results?
RSPAMD = (
    ("as it comes", 'use = ["x-spam-status"];', "X-Spam-Flag: YES", True, True),
    ("as it comes", 'use = ["x-spam-status"];', "X-Spam: Yes", False, True),
    ("remove_upstream_spam_flag = false",
     'use = ["x-spam-status"]; remove_upstream_spam_flag = false;', "X-Spam: Yes", True, True),
    ("told to take it", 'use = ["x-spam-status"]; ' + take("X-Spam-Flag"), "X-Spam-Flag: YES",
     False, True),
    ("told to take it", 'use = ["x-spam-status"]; ' + take("X-Spam-Flag"),
     "X-DMARC-Quarantine: yes", True, True),
    ("that writes results itself", 'use = ["authentication-results"];', "X-Spam-Flag: YES",
     True, False),
    ("that writes results elsewhere",
     'use = ["authentication-results"]; '
     'routines { authentication-results { header = "X-Rspamd-Results"; } }',
     "X-Spam-Flag: YES", True, True),
)


def test_rspamd(place, post):
    if program("rspamd") is None:
        tap.skip("rspamd", "there is no rspamd: scripts/install-deps test")
        return
    m = mtacases.forgery(post)
    for name, headers, mark, mark_stays, results_stay in RSPAMD:
        headers += " skip_local = false; skip_authenticated = false;"
        with Beschermd(f"QuarantineHeader {mark}\n", post.zone) as daemon:
            with Rspamd(place.folder(), headers) as rspamd:
                with place.postfix(daemon.socket, rspamd.milter) as mta:
                    header = [unfolded(f) for f in Way(mta, daemon).send(m).fields()]
        marked = [f for f in header if f == mark]
        title = f"rspamd {name}: {mark} {'stays' if mark_stays else 'is gone'}"
        tap.ok(len(marked) == mark_stays, title, header)
        ours = [f for f in results(header) if "dis=quarantine" in f]
        title = f"rspamd {name}: our results {'stay' if results_stay else 'are gone'}"
        tap.ok(len(ours) == results_stay, title, header)
        known = ("X-Spam-Status", "X-Rspamd-Results", "Authentication-Results")
        tap.ok(any(f.startswith(known) for f in header), f"rspamd {name}: it was there", header)


def test_spamassassin(place, post):
    """Judged at the door, scanned, handed back from 127.0.0.1 through all filters again."""
    if program("spamassassin") is None:
        tap.skip("SpamAssassin", "there is no spamassassin: scripts/install-deps test")
        return
    for mark, stays in (("X-Spam-Flag: YES", False), ("X-DMARC-Quarantine: yes", True)):
        back = free_port()
        again = f"127.0.0.1:{back} inet n - n - - smtpd -o content_filter=\n"
        with Beschermd(f"QuarantineHeader {mark}\n", post.zone) as daemon:
            with SpamAssassin(place.folder(), back) as scanner:
                settings = [("content_filter", f"smtp:[127.0.0.1]:{scanner.port}")]
                with place.postfix(daemon.socket, settings=settings, services=again) as mta:
                    through_spamassassin(Way(mta, daemon), post, mark, stays)


def through_spamassassin(way, post, mark, stays):
    m = mtacases.forgery(post)
    outcome = way.send(m)
    header = [unfolded(f) for f in outcome.fields()]
    ours = results(header)
    tap.ok(len(ours) == 1 and "dmarc=fail" in ours[0] and "dis=quarantine" in ours[0],
           f"SpamAssassin, {mark}: our results are there, once", header)
    tap.ok((mark in header) == stays, f"SpamAssassin: {mark} {'stays' if stays else 'is gone'}",
           header)
    tap.ok(any(f.startswith("X-Spam-Status: No") for f in header), "it was scanned", header)
    lines = way.daemon.lines()
    first = next((line for line in lines if "policy=quarantine" in line), "")
    second = next((line for line in lines if "client=127.0.0.1" in line), "")
    tap.ok("action=header" in first and "rule=ignored_client" in second,
           "handed back it is not judged again", "\n".join(lines))
    good = next(m for m in post.messages if m.title == "brings its own results")
    header = [unfolded(f) for f in way.send(good).fields()]
    tap.ok(len(results(header)) == 1 and "dmarc=pass" in results(header)[0]
           and not any("bank.example" in f for f in header),
           f"SpamAssassin, {mark}: forged results are gone, ours stay", header)


def main():
    if why := postfix.missing():
        tap.skip_all(why)
        return
    tests = (test_opendkim, test_rspamd, test_spamassassin)
    with work_folder("neighbours") as where:
        place, post = Place(where), messages.Post()
        tap.run([update_wrapper(partial(test, place, post), test) for test in tests])


if __name__ == "__main__":
    main()
