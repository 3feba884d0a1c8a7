"""A host's history on its way to PostgreSQL, and whether all of it came there."""

import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
import time

from postgres import CTL
from remembered import ZONE
from running import PATIENCE

# Of both: columns as texts, so that they can be compared.
NUMBERS = {"is_relay", "policy_known", "test_mode", "sampled_out", "pct_zero", "spf_aligned", "dkim_aligned", "passive"}


class Host:
    def __init__(self, where, name, conninfo):
        self.name = name
        self.dir = where
        self.file = os.path.join(where, f"{name}.db")
        self.settings = f"HistoryShared {conninfo}\nZoneFile {where}/zone\n"
        with open(os.path.join(where, "zone"), "w", encoding="ascii") as f:
            f.write(ZONE)
        self.conf = os.path.join(where, f"{name}.conf")
        self.now = int(time.time())

    def take_conf(self, path):
        """The settings of its daemon, whose folder goes."""
        with open(path, encoding="latin-1") as f, open(self.conf, "w", encoding="latin-1") as copy:
            copy.write(f.read())

    def clone(self, name):
        """Another host with a copy of this one's file."""
        other = Host(self.dir, name, "")
        other.settings = self.settings
        self.sql("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copy(self.file, other.file)
        shutil.chown(other.file, os.stat(self.file).st_uid, os.stat(self.file).st_gid)
        with open(self.conf, encoding="latin-1") as f, open(other.conf, "w", encoding="latin-1") as copy:
            copy.write(f.read().replace(self.file, other.file))
        return other

    def connect(self):
        return contextlib.closing(sqlite3.connect(self.file, isolation_level=None, timeout=30))

    def sql(self, text, *values):
        with self.connect() as db:
            db.execute(text, values)

    def numbers(self, text):
        with self.connect() as db:
            return [int(cell) for cell in db.execute(text).fetchone()]

    def file_id(self):
        return self.numbers("SELECT value FROM meta WHERE key='file_id'")[0]

    def add(self, count, prefix=None):
        """More messages, as the last one was but for their queue ids."""
        prefix = prefix or f"add-{self.name}-"
        with self.connect() as db:
            names = [row[1] for row in db.execute("PRAGMA table_info(message)") if row[1] not in ("id", "queue_id")]
            columns = ",".join(names)
            db.execute("BEGIN")
            db.execute(
                f"INSERT INTO message(queue_id,{columns}) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<?)"
                f" SELECT ?||((SELECT max(id) FROM message)+i),{columns} FROM n, (SELECT * FROM message WHERE id="
                "(SELECT max(id) FROM message WHERE queue_id NOT LIKE 'odd%'))",
                (count, prefix),
            )
            db.execute("COMMIT")

    def command(self, verb, *arguments):
        return [CTL, verb, "-c", self.conf, *arguments]

    def run(self, verb, *arguments):
        return subprocess.run(
            self.command(verb, *arguments), capture_output=True, text=True, errors="replace", timeout=100 * PATIENCE, env=dict(os.environ, LC_ALL="C"), check=False
        )

    def popen(self, verb, *arguments):
        return subprocess.Popen(self.command(verb, *arguments), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ, LC_ALL="C"))

    def rows(self):
        """Every message with what it refers to: (file_id, id, cells...)."""
        with self.connect() as db:
            names = [row[1] for row in db.execute("PRAGMA table_info(message)") if row[1] not in ("id", "policy_id", "conf_id")]
            columns = ",".join(f"m.{name}" for name in names)
            sql = (
                f"SELECT m.id,{columns},p.domain,p.record,c.version,c.text,hex(t.data) FROM message m LEFT JOIN policy p ON p.id=m.policy_id"
                " LEFT JOIN conf c ON c.id=m.conf_id LEFT JOIN trace t ON t.message_id=m.id"
            )
            file_id = self.file_id()
            return names, {(file_id, *(None if cell is None else str(cell) for cell in row)) for row in db.execute(sql)}


def shipped_rows(server, names):
    """The same of the server."""
    cells = []
    for name in names:
        if name == "at":
            cells.append("extract(epoch FROM m.at)::bigint")
        else:
            cells.append(f"m.{name}::int" if name in NUMBERS else f"m.{name}")
    columns = ",".join(f"{cell}::text" for cell in cells)
    sql = (
        f"SELECT json_build_array(m.file_id,m.id::text,{columns},p.domain,p.record,c.version,c.text,upper(encode(t.data,'hex')))"
        " FROM message m LEFT JOIN policy p ON p.id=m.policy_id AND p.file_id=m.file_id"
        " LEFT JOIN conf c ON c.id=m.conf_id AND c.file_id=m.file_id"
        " LEFT JOIN trace t ON t.message_id=m.id AND t.file_id=m.file_id"
    )
    return [tuple(json.loads(line)) for line in server.psql(sql).split("\n") if line]


def differences(server, hosts):
    """What the server lacks, has besides, or has twice."""
    wanted, names = set(), []
    for host in hosts:
        names, rows = host.rows()
        # hex() of no trace is ''
        wanted |= {(*row[:-1], row[-1] or None) for row in rows}
    got = shipped_rows(server, names)
    found = [f"lacks {row[:4]}" for row in wanted - set(got)]
    found += [f"has besides {row[:4]}" for row in set(got) - wanted]
    if len(got) != len(set(got)):
        found.append("has rows twice")
    return found[:5]
