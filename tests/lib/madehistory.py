"""A history of messages that never were: the schema is the daemon's, the rows are ours.

    with MadeHistory(where, "Mode monitor\n") as h:
        h.add(header_from="city.example", dmarc="fail", would="reject", n=5)
"""

import contextlib
import json
import os
import sqlite3
import time

from daemon import Beschermd
from running import until

DAY = 86400
DEFAULTS = {
    "client": "192.0.2.1",
    "is_relay": 0,
    "helo": "mail.example",
    "mail_from": "mailer.example",
    "from_status": "ok",
    "header_from": "supplier.example",
    "policy_id": None,
    "action": "accept",
    "would": "accept",
    "rule": "dmarc_pass",
    "reason": None,
    "dmarc": "pass",
    "policy_known": 1,
    "policy": None,
    "published": None,
    "test_mode": 0,
    "sampled_out": 0,
    "pct_zero": 0,
    "disposition": None,
    "spf": "pass",
    "spf_domain": "mailer.example",
    "spf_scope": "mfrom",
    "spf_aligned": 1,
    "spf_reason": None,
    "dkim_aligned": 0,
    "signatures": "[]",
    "list_id": None,
    "list_post": None,
    "list_signed": None,
    "passive": 0,
    "override": None,
    "wait_ms": 20,
}


def signature(domain, bits=2048, selector="s1", result="pass", algorithm="rsa-sha256", reason=None):
    return [result, domain, selector, algorithm, bits, "s", "-", reason]


def number(file, sql):
    """What a question comes to that is only read; None: there is no history yet."""
    try:
        with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as db:
            return (db.execute(sql).fetchone() or [None])[0]
    except sqlite3.Error:
        return None


class MadeHistory:
    def __init__(self, where, settings="", file="history.db"):
        self.file, self.settings = os.path.join(where, file), settings
        self.conf = os.path.join(where, "conf")
        self.db, self.conf_id, self.count = None, 0, 0

    def __enter__(self):
        """By the daemon, which an old history of that name would not hurt."""
        settings = f"History {self.file}\nHistoryMinimumFreeMB 32\n{self.settings}"
        with open(self.conf, "w", encoding="utf-8") as f:
            f.write(settings)
        with Beschermd(settings):
            until(self.is_there)
        self.db = sqlite3.connect(self.file, isolation_level=None)
        self.db.execute("PRAGMA synchronous=OFF")
        self.judged_by("".join(f"{line}  # conf:1\n" for line in self.settings.splitlines()))
        return self

    def __exit__(self, *_):
        self.db.close()

    def is_there(self):
        return number(self.file, "SELECT 1 FROM meta") is not None

    def judged_by(self, text, at=None):
        """The settings of the messages that follow."""
        made = self.db.execute("INSERT INTO conf(at,version,text) VALUES(?,'0.1.0',?)", (at or int(time.time()), text))
        self.conf_id = made.lastrowid

    def policy_of(self, domain):
        self.db.execute("INSERT OR IGNORE INTO policy(domain,record,method,first_at) VALUES(?,'v=DMARC1','treewalk',0)", (domain,))
        return self.db.execute("SELECT id FROM policy WHERE domain=?", (domain,)).fetchone()[0]

    def row(self, at, **columns):
        self.count += 1
        row = dict(DEFAULTS, at=at, day=at // DAY, conf_id=self.conf_id, queue_id=f"4Q{self.count:07d}", **{})
        row.update(columns)
        if not isinstance(row["signatures"], str):
            row["signatures"] = json.dumps(row["signatures"], separators=(",", ":"))
        return row

    def add_rows(self, rows):
        names = list(rows[0])
        sql = f"INSERT INTO message({','.join(names)}) VALUES({','.join(':' + name for name in names)})"
        self.db.execute("BEGIN")
        self.db.executemany(sql, rows)
        self.db.execute("COMMIT")

    def add(self, days_ago=0, n=1, record_of=None, at=None, **columns):
        """${n} messages of that day; record_of: whose policy it was."""
        if at is None:
            at = int(time.time()) if days_ago == 0 else (int(time.time()) // DAY - days_ago) * DAY + DAY // 2
        if record_of is not None:
            columns["policy_id"] = self.policy_of(record_of)
        self.add_rows([self.row(at, **columns) for _ in range(n)])

    def fold(self):
        """Count by day what is there, as the daemon does when it is idle."""
        self.db.execute("BEGIN")
        self.db.execute(
            "INSERT INTO daily SELECT m.at/86400, m.header_from, coalesce(p.domain,''), m.dmarc, coalesce(m.policy,''),"
            " m.would, m.action, m.spf_aligned, m.dkim_aligned, count(*) FROM message m LEFT JOIN policy p ON p.id=m.policy_id"
            " WHERE m.id>(SELECT value FROM meta WHERE key='folded_id') GROUP BY 1,2,3,4,5,6,7,8,9"
            " ON CONFLICT DO UPDATE SET n=n+excluded.n"
        )
        self.db.execute("UPDATE meta SET value=(SELECT max(id) FROM message) WHERE key='folded_id'")
        self.db.execute("COMMIT")
