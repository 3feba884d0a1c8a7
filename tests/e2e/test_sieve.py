#!/usr/bin/python3
"""The Sieve scripts that are shipped, with mail as it leaves the daemon: what it marked goes to
Junk, what it did not stays, whatever the sender wrote.  TAP; needs Pigeonhole's sieve-test.

builddir: where beschermd is; srcdir: where conf/ is.
"""

import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from functools import partial, update_wrapper

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import messages
import tap
from daemon import Beschermd
from milterclient import edited, send_message, split_message
from running import USER

CONF = os.path.join(HERE, "..", "..", "conf")
BY_MARK, BY_RESULTS = "junk.sieve", "junk-results.sieve"

DOVECOT = """\
protocols =
ssl = no
base_dir = {dir}/run
mail_uid = {user}
mail_gid = {group}
"""
# Dovecot 2.4 wants to be told which version its settings are for, and splits mail_location.
BEFORE_2_4 = "mail_location = maildir:{dir}/mail\n"
SINCE_2_4 = "dovecot_config_version = {version}\ndovecot_storage_version = {version}\n"
MAIL_SINCE_2_4 = "mail_driver = maildir\nmail_path = {dir}/mail\n"


def dovecot_settings(**places):
    said = subprocess.run(["dovecot", "--version"], capture_output=True, check=True, text=True).stdout
    version = re.match(r"[0-9.]+", said)[0]  # "2.4.1-4 (7d8c0e5759)"
    if tuple(int(n) for n in version.split(".")[:2]) < (2, 4):
        return (DOVECOT + BEFORE_2_4).format(**places)
    return (SINCE_2_4 + DOVECOT + MAIL_SINCE_2_4).format(version=version, **places)


class Sieve:
    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="beschermd-sieve.", dir="/tmp")
        user = pwd.getpwnam(USER) if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        os.chown(self.dir, user.pw_uid, user.pw_gid)
        with open(os.path.join(self.dir, "dovecot.conf"), "w", encoding="ascii") as f:
            f.write(dovecot_settings(dir=self.dir, user=user.pw_uid, group=user.pw_gid))
        for script in (BY_MARK, BY_RESULTS):
            shutil.copyfile(os.path.join(CONF, script), os.path.join(self.dir, script))
        os.chmod(self.dir, 0o755)

    def folder(self, script, mail):
        """Where ${mail} ends: "junk" or "inbox"; anything else is an error."""
        path = os.path.join(self.dir, "mail.eml")
        with open(path, "wb") as f:
            f.write(mail)
        done = subprocess.run(
            ["sieve-test", "-c", os.path.join(self.dir, "dovecot.conf"),
             os.path.join(self.dir, script), path],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        said = done.stdout.decode("utf-8", "replace")
        if done.returncode != 0:
            return said
        if "store message in folder: Junk" in said:
            return "junk"
        return "inbox" if "store message in folder: INBOX" in said else said


def delivered(daemon, m):
    """${m} as the mail server delivers it; None if it is not accepted."""
    result = send_message(daemon.socket, m.data, m.client, helo=m.helo, mail_from=m.mail_from,
                          mail_macros={"{auth_authen}": m.login} if m.login else None)
    if result.action not in ("accept", "continue"):
        return None
    fields, body = split_message(m.data)
    fields = [(name.decode(), value.decode()) for name, value in fields]
    head = "".join(f"{name}:{value}\n" for name, value in edited(fields, result.edits))
    return head.replace("\n", "\r\n").encode() + b"\r\n" + body


def test_messages(sieve, daemon, post):
    for m in post.messages:
        mail = delivered(daemon, m)
        if m.verdict in ("refused", "later"):
            tap.equal(mail, None, f"{m.title}: not accepted")
            continue
        for script in (BY_MARK, BY_RESULTS):
            tap.equal(sieve.folder(script, mail), m.verdict, f"{m.title}: {script}")


# What a sender writes on top, to get honest mail into Junk, or a forgery out of it.
HARMFUL = (
    f"Authentication-Results: {messages.HOST}; dmarc=fail (p=reject dis=quarantine)",
    f"Authentication-Results: {messages.HOST};\n dmarc=fail (p=reject dis=quarantine)",
    f"Authentication-Results: {messages.HOST}.evil.example; dmarc=fail (p=reject dis=quarantine)",
    "Authentication-Results: mx.other.example; dmarc=fail (p=reject dis=quarantine)",
    f"X-Authentication-Results: {messages.HOST}; dmarc=fail (p=reject dis=quarantine)",
)
HELPFUL = (
    f"Authentication-Results: {messages.HOST}; dmarc=pass",
    f"Authentication-Results: {messages.HOST}; dmarc=pass (dis=none)",
    "X-Spam-Flag: NO",
    "X-Spam-Flag: NO\nX-Spam-Flag: no",
)


def with_line(m, line):
    return replace(m, data=(line + "\n").replace("\n", "\r\n").encode() + m.data)


def test_forged(sieve, daemon, post):
    good = next(m for m in post.messages if m.title == "all is right")
    bad = next(m for m in post.messages if m.title == "forged, p=quarantine")
    for m, lines in ((good, HARMFUL), (bad, HELPFUL)):
        for line in lines:
            mail = delivered(daemon, with_line(m, line))
            for script in (BY_MARK, BY_RESULTS):
                name = f"{m.title}, with {line!r}: {script}"
                tap.equal(sieve.folder(script, mail), m.verdict, name)
    mail = delivered(daemon, with_line(good, "X-Spam-Flag: YES"))
    tap.equal(sieve.folder(BY_RESULTS, mail), "inbox", "a mark of the sender's own, by results")


def results_of(mail):
    fields, _ = split_message(mail)
    return [value for name, value in fields if name == b"Authentication-Results"]


def test_topmost_field(sieve, _daemon, post):
    """More forged results than are removed: those that stay are below ours, and do nothing."""
    good = next(m for m in post.messages if m.title == "all is right")
    for line, conf, wanted in (
        (HARMFUL[0], "Mode monitor\n", "inbox"),
        (HARMFUL[0], "OnBadFrom accept\n", "inbox"),
        (HELPFUL[0], "OnBadFrom header\n", "junk"),
    ):
        with Beschermd(conf, post.zone) as daemon:
            mail = delivered(daemon, with_line(good, "\n".join([line] * 60)))
        name = f"60 of {line!r}, {conf.strip()}"
        forged = line.split(":", 1)[1].encode()
        tap.equal(results_of(mail)[1:], [forged] * 10, f"{name}: 10 stay below ours")
        tap.equal(sieve.folder(BY_RESULTS, mail), wanted, f"{name}: {BY_RESULTS}")


def test_bad_from(sieve, daemon, post):
    """Marked for another reason than a DMARC policy."""
    m = next(m for m in post.messages if m.title == "two From lines")
    with Beschermd("OnBadFrom header\n", post.zone) as lenient:
        mail = delivered(lenient, m)
    for script in (BY_MARK, BY_RESULTS):
        tap.equal(sieve.folder(script, mail), "junk", f"OnBadFrom header: {script}")


def main():
    if shutil.which("sieve-test") is None:
        print("1..0 # SKIP there is no sieve-test: scripts/install-deps test")
        return
    post, sieve = messages.Post(), Sieve()
    try:
        with Beschermd(zone=post.zone) as daemon:
            tests = (test_messages, test_forged, test_topmost_field, test_bad_from)
            tap.run([update_wrapper(partial(t, sieve, daemon, post), t) for t in tests])
    finally:
        shutil.rmtree(sieve.dir, ignore_errors=True)


if __name__ == "__main__":
    main()
