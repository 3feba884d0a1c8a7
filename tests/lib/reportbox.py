"""`beschermctl report` run by its unit: under beschermd-report.service as far as unitbox.py goes.

    box = ReportBox(folder, reporting, CONF, "ReadWritePaths=...\\n")
    done = box.run()
"""

import email
import gzip
import os
import pwd
import re
import shutil
import subprocess
import sys

import tap
from reporting import CTL, read
from running import BUILD, USER

UNIT = os.path.join(BUILD, "systemd/beschermd-report.service")
BOX = os.path.join(os.path.dirname(os.path.abspath(__file__)), "unitbox.py")


def user():
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "beschermd" if "beschermd" in names else USER


class ReportBox:
    """Its program, settings and state are those of a Reporting; ${conf}: lines of the settings;
    ${more}: lines that an admin would add to the unit."""

    def __init__(self, folder, reporting, conf, more=""):
        self.dir = folder
        for name in ("run", "state", "program", "settings", "journal"):
            os.mkdir(os.path.join(self.dir, name))
        shutil.copy2(CTL, os.path.join(self.dir, "program/beschermctl"))
        owner = pwd.getpwnam(user())
        for name in os.listdir(reporting.dir):
            if name.startswith("history.db"):
                shutil.copy2(os.path.join(reporting.dir, name), os.path.join(self.dir, "state", name))
                os.chown(os.path.join(self.dir, "state", name), owner.pw_uid, owner.pw_gid)
        for name in ("run", "state"):
            os.chown(os.path.join(self.dir, name), owner.pw_uid, owner.pw_gid)
        shutil.copy2(os.path.join(reporting.dir, "zone"), os.path.join(self.dir, "settings/zone"))
        with open(os.path.join(self.dir, "settings/conf"), "w", encoding="ascii") as f:
            f.write(f"History /var/lib/beschermd/history.db\nZoneFile /run/settings/zone\nDNSSEC off\n{conf}")
        self.unit = os.path.join(self.dir, "unit")
        with open(UNIT, encoding="ascii") as f, open(self.unit, "w", encoding="ascii") as g:
            g.write(f.read() + more)

    def command(self, *command, unit=None):
        return [sys.executable, BOX, unit or self.unit, self.dir, "errno", *command]

    def run(self):
        command = self.command("/run/program/beschermctl", "report", "-c", "/run/settings/conf")
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

    def without_privileges(self):
        """Another unit, as the others are: where setgid programs have no group of theirs."""
        with open(self.unit, encoding="ascii") as f:
            text = f.read().replace("NoNewPrivileges=no", "NoNewPrivileges=yes")
        path = os.path.join(self.dir, "unit-nnp")
        with open(path, "w", encoding="ascii") as f:
            f.write(text)
        return path


def signed_zone(key):
    """What the receiver sees of the report domain: no address that the mail can come from, and a key."""
    strings = " ".join(f'"{key.record[i : i + 200]}"' for i in range(0, len(key.record), 200))
    # The domain's own record, and the key that OpenDKIM signs with.
    return "".join(
        f"{line}\n"
        for line in (
            'dmarc.school.example. 300 IN TXT "v=spf1 ip4:192.0.2.9 -all"',
            '_dmarc.dmarc.school.example. 300 IN TXT "v=DMARC1; p=reject"',
            f"out._domainkey.dmarc.school.example. 300 IN TXT {strings}",
        )
    )


def check_arrival(receiver, daemon):
    mail = receiver.sink.wait_for(b"Report-ID:", 30)
    if not tap.ok(mail is not None, "the report arrives", receiver.log):
        return
    text = mail.decode()
    results = re.search(r"Authentication-Results: (.*?)\r?\n\S", text, re.S)
    tap.ok(results is not None and "dmarc=pass" in results[1] and "dkim=pass" in results[1], "... with dmarc=pass", text[:2000])
    tap.ok("action=accept" in daemon.log(), "... and is accepted", daemon.log())
    attachment = [part for part in email.message_from_string(text).walk() if part.get_filename()][0]
    report = read(gzip.decompress(attachment.get_payload(decode=True)))
    tap.equal((report["domain"], [row["count"] for row in report["rows"]]), ("example.nl", [3]), "... whole")
