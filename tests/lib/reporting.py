"""A history that reports can be made of, and what `beschermctl report` makes of it.

Rows are put into a file that a daemon made, so that each test has the ones that it wants.
"""

import contextlib
import gzip
import os
import re
import sqlite3
import subprocess
import time
import xml.etree.ElementTree as ElementTree

import madehistory
from daemon import Beschermd
from running import BUILD, USER, until

CTL = os.path.join(BUILD, "beschermctl")
DAY = 86400
TODAY = int(time.time()) // DAY
YESTERDAY = TODAY - 1
NAMESPACE = "{urn:ietf:params:xml:ns:dmarc-2.0}"
SENDER_ZONE = """dmarc.school.example. 300 IN TXT "v=spf1 ip4:192.0.2.9 -all"
dmarc.school.example. 300 IN MX 10 mx.school.example.
_dmarc.dmarc.school.example. 300 IN TXT "v=DMARC1; p=reject"
_dmarc.school.example. 300 IN TXT "v=DMARC1; p=reject"
"""
CONF = """Reports listed
ReportDomains example.nl, example.org, bank.example
ReportFrom postmaster@dmarc.school.example
"""
# A sendmail that keeps what it gets: its arguments, and the mail.
SENDMAIL = """#!/bin/sh
n=$(ls {dir} | wc -l)
printf '%s\\n' "$@" > {dir}/$n.arguments.part
cat > {dir}/$n.mail.part
mv {dir}/$n.arguments.part {dir}/$n.arguments
mv {dir}/$n.mail.part {dir}/$n.mail
exit {code}
"""
ROW = {
    "at": YESTERDAY * DAY + 40000,
    "day": YESTERDAY,
    "queue_id": "4ROW",
    "client": "192.0.2.25",
    "relay": None,
    "is_relay": 0,
    "helo": "mx.example.nl",
    "mail_from": "example.nl",
    "from_status": "ok",
    "header_from": "example.nl",
    "action": "accept",
    "would": "accept",
    "rule": "dmarc_pass",
    "dmarc": "pass",
    "policy_known": 1,
    "policy": "reject",
    "published": "reject",
    "tag": "p",
    "test_mode": 0,
    "sampled_out": 0,
    "pct_zero": 0,
    "disposition": "pass",
    "departures": None,
    "spf": "pass",
    "spf_domain": "example.nl",
    "spf_scope": "mfrom",
    "spf_aligned": 1,
    "spf_reason": None,
    "dkim_aligned": 0,
    "signatures": "[]",
    "passive": 0,
    "wait_ms": 3,
}


class Reporting:
    """A folder with a history, a zone, settings, and a sendmail."""

    def __init__(self, where, conf=CONF):
        self.dir = where
        self.db = os.path.join(where, "history.db")
        self.mails = os.path.join(where, "mails")
        self.program = os.path.join(where, "sendmail")
        self.conf_text = conf
        os.mkdir(self.mails)
        for folder in (where, self.mails):
            os.chmod(folder, 0o777)  # root becomes the owner of the history
        with Beschermd(f"History {self.db}\n"):
            until(lambda: self.number("SELECT count(*) FROM conf") is not None)
        self.sql("INSERT INTO conf(at,version,text) VALUES(0,'t','t')")
        self.sendmail(SENDMAIL.format(dir=self.mails, code=0))
        self.zone("")

    def sendmail(self, script):
        with open(self.program, "w", encoding="utf-8") as f:
            f.write(script)
        os.chmod(self.program, 0o755)

    def zone(self, text, sender=SENDER_ZONE):
        with open(os.path.join(self.dir, "zone"), "w", encoding="latin-1") as f:
            f.write(sender + text)
        self.write_conf(self.conf_text)

    def write_conf(self, text):
        self.conf_text = text
        with open(os.path.join(self.dir, "conf"), "w", encoding="utf-8") as f:
            f.write(f"History {self.db}\nUserID {USER}\nZoneFile {self.dir}/zone\nDNSSEC off\nReportSendmail {self.program}\n{text}")

    def open(self):
        """Without waiting for the disk, which no test here is about."""
        db = sqlite3.connect(self.db, isolation_level=None)
        db.execute("PRAGMA synchronous=OFF")
        return contextlib.closing(db)

    def sql(self, text, values=()):
        with self.open() as db:
            return db.execute(text, values).fetchall()

    def number(self, text):
        return madehistory.number(self.db, text)

    def policy(self, domain, record, method="treewalk"):
        found = self.sql("SELECT id FROM policy WHERE domain=? AND record=? AND method=?", (domain, record, method))
        if not found:
            self.sql("INSERT INTO policy(domain,record,method,first_at) VALUES(?,?,?,0)", (domain, record, method))
            return self.policy(domain, record, method)
        return found[0][0]

    def add(self, domain, record, count=1, method="treewalk", **columns):
        """${count} equal messages that were judged by that record."""
        row = dict(ROW, header_from=domain, policy_id=self.policy(domain, record, method), conf_id=1)
        row.update(columns)
        names = ",".join(row)
        with self.open() as db:
            statement = f"INSERT INTO message({names}) VALUES({','.join('?' * len(row))})"
            db.execute("BEGIN")
            db.executemany(statement, [tuple(row.values())] * count)
            db.execute("COMMIT")

    def forget_all(self):
        for table in ("message", "policy", "report_to", "report", "suppress"):
            self.sql(f"DELETE FROM {table}")

    def forget_all_but_suppressed(self):
        for table in ("message", "policy", "report_to", "report"):
            self.sql(f"DELETE FROM {table}")

    def run(self, *arguments, **more):
        command = [CTL, "report", "-c", os.path.join(self.dir, "conf"), *arguments]
        env = dict(os.environ, LC_ALL="C")
        env.update(more.pop("env", {}))
        return subprocess.run(command, capture_output=True, text=True, timeout=120, env=env, check=False, **more)

    def ship(self):
        command = [CTL, "ship", "-c", os.path.join(self.dir, "conf")]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, env=dict(os.environ, LC_ALL="C"), check=False)

    def popen(self, *arguments):
        command = [CTL, "report", "-c", os.path.join(self.dir, "conf"), *arguments]
        env = dict(os.environ, LC_ALL="C")
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env)

    def plan(self, *arguments):
        return self.run("--dry-run", *arguments).stdout

    def sent(self):
        """[(arguments, mail)] in the order in which they were handed over."""
        found = []
        for name in sorted(os.listdir(self.mails), key=lambda n: int(n.split(".")[0])):
            if not name.endswith(".mail"):
                continue
            path = os.path.join(self.mails, name)
            with open(path, "rb") as f, open(path[:-4] + "arguments", encoding="utf-8") as g:
                found.append((g.read().splitlines(), f.read()))
        return found

    def clear_sent(self):
        for name in os.listdir(self.mails):
            os.unlink(os.path.join(self.mails, name))

    def out(self, name="out", *arguments):
        """The reports as --out writes them: {file name: XML}"""
        folder = os.path.join(self.dir, name)
        os.makedirs(folder, exist_ok=True)
        os.chmod(folder, 0o777)
        for old in os.listdir(folder):
            os.unlink(os.path.join(folder, old))
        done = self.run("--out", folder, *arguments)
        files = {}
        for file in os.listdir(folder):
            with gzip.open(os.path.join(folder, file)) as f:
                files[file] = f.read()
        return done, files


def read(xml):
    """What a reader takes from a report; what is not as RFC 9990 says raises."""
    root = ElementTree.fromstring(xml)
    assert root.tag == NAMESPACE + "feedback", root.tag
    assert [child.tag for child in root][:3] == [NAMESPACE + tag for tag in ("version", "report_metadata", "policy_published")]

    def text(node, path):
        found = node.find("/".join(NAMESPACE + part for part in path.split("/")))
        return None if found is None else found.text or ""

    report = {
        "id": text(root, "report_metadata/report_id"),
        "org": text(root, "report_metadata/org_name"),
        "error": text(root, "report_metadata/error"),
        "begin": int(text(root, "report_metadata/date_range/begin")),
        "end": int(text(root, "report_metadata/date_range/end")),
        "domain": text(root, "policy_published/domain"),
        "p": text(root, "policy_published/p"),
        "rows": [],
    }
    for record in root.findall(NAMESPACE + "record"):
        report["rows"].append(
            {
                "ip": text(record, "row/source_ip"),
                "count": int(text(record, "row/count")),
                "disposition": text(record, "row/policy_evaluated/disposition"),
                "dkim": text(record, "row/policy_evaluated/dkim"),
                "spf": text(record, "row/policy_evaluated/spf"),
                "reason": text(record, "row/policy_evaluated/reason/type"),
                "from": text(record, "identifiers/header_from"),
                "envelope": text(record, "identifiers/envelope_from"),
                "signatures": len(record.findall(f"{NAMESPACE}auth_results/{NAMESPACE}dkim")),
            }
        )
    return report


def is_id(text):
    return re.fullmatch("[0-9a-f]{32}", text) is not None
