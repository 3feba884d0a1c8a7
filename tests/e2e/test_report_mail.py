#!/usr/bin/python3
"""Reports through real mail servers: from under the unit's restrictions into a private Postfix,
signed by OpenDKIM, to a second Postfix whose beschermd says dmarc=pass; what cannot be delivered
comes back and is understood.  As root, in a mount namespace and a network of its own.  TAP."""

import contextlib
import os
import pwd
import signal
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import ownhost
import postfix
import tap
from daemon import Beschermd, measured, sanitized
from messages import Key
from neighbours import OpenDKIM, program
from postfix import PrivatePostfix
from reportbox import ReportBox, check_arrival, signed_zone
from reporting import CONF, Reporting
from running import USER, until

PLACE = "/srv"  # not in /tmp, which the unit has of its own
RECORD = "v=DMARC1; p=reject; rua=mailto:dmarc@example.nl"
ZONE = f'_dmarc.example.nl. 300 IN TXT "{RECORD}"\n'
BOUNCE = "_dmarc.example.nl. 300 IN TXT \"v=DMARC1; p=reject; rua=mailto:nobody@gone.example.nl\"\n"


def missing():
    if postfix.missing():
        return postfix.missing()
    if program("opendkim") is None:
        return "there is no OpenDKIM: scripts/install-deps test"
    return ownhost.missing()


def in_own_host():
    """Start this program anew where nobody else sees what it mounts; there, go on."""
    if (code := ownhost.enter()) is not None:
        return code
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", PLACE], check=True)
    os.chmod(PLACE, 0o755)
    return None


def folder(name):
    path = os.path.join(PLACE, name)
    os.mkdir(path)
    os.chmod(path, 0o755)
    return path


def hidden(path):
    """The host's own settings of Postfix are those of ${path} from here on: postdrop, which is
    setgid, believes no other."""
    subprocess.run(["mount", "--bind", path, "/etc/postfix"], check=True)


def check_without_privileges(box):
    """The control: with NoNewPrivileges the mail does not get into the queue."""
    command = box.command("/usr/sbin/sendmail", "-i", "nobody@example.nl", unit=box.without_privileges())
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)
    try:
        process.wait(4)
    except subprocess.TimeoutExpired:
        pass  # postdrop tries again and again
    tap.ok(process.returncode != 0, "with NoNewPrivileges no mail gets into the queue")
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def virtual():
    """As docs/reports.md has it: what comes back goes to a Maildir, and to somebody who reads it."""
    owner = pwd.getpwnam(USER)
    return [
        ("virtual_mailbox_domains", "dmarc.school.example"),
        ("virtual_mailbox_base", os.path.join(PLACE, "history")),
        ("virtual_mailbox_maps", "inline:{ bounces@dmarc.school.example=bounces/ }"),
        ("virtual_alias_maps", "inline:{ { postmaster@dmarc.school.example = bounces@dmarc.school.example, postmaster@school.example } }"),
        ("virtual_mailbox_limit", "0"),  # the test's own message_size_limit is larger than the default
        ("virtual_uid_maps", f"static:{owner.pw_uid}"),
        ("virtual_gid_maps", f"static:{owner.pw_gid}"),
    ]


def check_bounce(r, sender):
    """To an address that the second server refuses: what comes back is read."""
    r.forget_all()
    r.zone(BOUNCE)
    r.add("example.nl", RECORD, 1)
    maildir = os.path.join(r.dir, "bounces")
    new = os.path.join(maildir, "new")
    r.write_conf(CONF + f"ReportBounces {maildir}\nReportSendmail /usr/sbin/sendmail\n")
    tap.equal(r.run().returncode, 0, "a report to an address that does not exist goes out")
    if not tap.ok(until(lambda: os.path.isdir(new) and os.listdir(new), 30), "it comes back", sender.log):
        return
    sender.submit(b"Subject: hello\n\nWhat is this report?\n", "joe@example.nl", "postmaster@dmarc.school.example")
    tap.ok(until(lambda: len(os.listdir(new)) == 2, 30), "... and so does an answer")
    tap.ok(sender.sink.wait_for(b"What is this report?", 30) is not None, "which somebody gets to read")
    done = r.run("--bounces")
    tap.equal(done.returncode, 0, "--bounces reads it")
    tap.equal(r.number("SELECT address FROM suppress"), "nobody@gone.example.nl", "the address is suppressed")
    tap.equal((len(os.listdir(new)), len(os.listdir(os.path.join(maildir, "cur")))), (1, 1), "other mail is left")
    r.forget_all_but_suppressed()
    r.add("example.nl", RECORD, 1)
    tap.ok("reason=no_destination\n  nobody@gone.example.nl suppressed" in r.plan(), "it gets no other", r.plan())


def test_postfix():
    key = Key("rsa")
    zone = signed_zone(key)
    folder("history")
    with Beschermd("IgnoreHosts 203.0.113.1\n", zone) as daemon, OpenDKIM(folder("signer"), key.private, "dmarc.school.example", "127.0.0.1") as signer:
        to_sink = [("mydestination", "example.nl")]
        with PrivatePostfix(folder("receiver"), daemon.socket, to_sink) as receiver:
            settings = [
                ("non_smtpd_milters", signer.milter),
                ("default_transport", f"smtp:[127.0.0.1]:{receiver.port}"),
                ("bounce_queue_lifetime", "0"),
                *virtual(),
            ]
            with PrivatePostfix(folder("sender"), "", settings, services="virtual unix - n n - - virtual\n") as sender:
                hidden(sender.etc)
                r = Reporting(os.path.join(PLACE, "history"))
                r.zone(ZONE)
                r.add("example.nl", RECORD, 3)
                # Where this Postfix has its queue, as an admin would add it.
                queue = f"ReadWritePaths={sender.dir}/spool/maildrop {sender.dir}/spool/public\n"
                box = ReportBox(folder("box"), r, CONF, queue)
                check_without_privileges(box)
                done = box.run()
                tap.ok(done.returncode == 0 and "state=sent" in done.stdout, "a run under the unit's restrictions", done.stdout + done.stderr)
                check_arrival(receiver, daemon)
                check_bounce(r, sender)


if __name__ == "__main__":
    if why := missing():
        tap.skip_all(why)
    elif sanitized() or measured():
        tap.skip_all("a build for other ends cannot run in the unit's box")
    elif (code := in_own_host()) is not None:
        sys.exit(code)
    else:
        tap.run([test_postfix])
