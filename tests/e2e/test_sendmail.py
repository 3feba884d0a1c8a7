#!/usr/bin/python3
"""A real Sendmail with the daemon behind it: the cases of every mail server (mtacases.py), and
what is Sendmail's own.  TAP; needs root and the packages of Sendmail, unpacked, not installed.

builddir: where beschermd is.
"""

import os
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import messages
import mtacases
import sendmail
import smtp
import tap
from daemon import Beschermd
from running import work_folder
from sendmail import PrivateSendmail

CLIENTS = (messages.CITY, messages.LISTS, messages.FORWARDER, messages.EVIL, "2001:db8::66")


def test_quarantine(start, post):
    """smfi_quarantine: `mailq -qQ` shows it with our reason, and it can be let go."""
    m = mtacases.forgery(post)
    with Beschermd("OnQuarantine hold\n", post.zone) as daemon, start(daemon.socket) as mta:
        smtp.send(mta.port, m.data, m.client, mail_from=m.mail_from, xclient=False)
        held = mta.queue("hold")
        reason = mta.quarantine_reason(held[0]) if held else None
        wanted = "dmarc=fail from=shop.example rule=policy_quarantine"
        tap.equal(reason, wanted, "the reason stands in the queue")
        tap.equal(mta.queue("other"), [], "and the message in no other")
        shown = mta.call("-bp", "-qQ")
        tap.ok(held and held[0] in shown and wanted in shown, "mailq -qQ shows both", shown)
        mta.call("-qQ", f"-qI{held[0]}", "-Q")
        tap.equal((mta.queue("hold"), mta.queue("other")), ([], held), "-Q lets it go")
        mta.call("-q")
        mail = mta.sink.wait(1)
        tap.ok(len(mail) == 1 and b"dis=quarantine" in mail[0].content, "and -q delivers it", mail)


def main():
    why = sendmail.missing()
    if why:
        tap.skip_all(why)
        return 0
    with work_folder("sendmail") as where:
        code = sendmail.in_own_host(where, CLIENTS)
        if code is not None:
            return code
        root = os.path.join(where, "root")
        sendmail.unpack(root)

        def start(milter):
            return PrivateSendmail(tempfile.mkdtemp(dir=where), milter, root)

        mtacases.run(start, messages.Post(), [test_quarantine])
    return 0


if __name__ == "__main__":
    sys.exit(main())
