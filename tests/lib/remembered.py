"""What a history remembers, for tests.

    with History(conf, zone) as daemon:
        daemon.send("q1", from_domain="pass.example")
        daemon.rows(1)      # waits for that many: [{"queue_id": "q1", ...}]
"""

import json
import os
import re
import sqlite3
import subprocess
import sys
import zlib

from daemon import Beschermd
from milterclient import send_message
from running import until

ZONE = """\
pass.example. TXT "v=spf1 ip4:192.0.2.1 -all"
_dmarc.pass.example. TXT "v=DMARC1; p=reject; rua=mailto:reports@pass.example"
quarantine.example. TXT "v=spf1 ip4:192.0.2.99 -all"
_dmarc.quarantine.example. TXT "v=DMARC1; p=quarantine"
reject.example. TXT "v=spf1 ip4:192.0.2.99 -all"
_dmarc.reject.example. TXT "v=DMARC1; p=reject; sp=none; adkim=s"
none.example. TXT "v=spf1 ip4:192.0.2.99 ~all"
_dmarc.none.example. TXT "v=DMARC1; p=none"
silent.example. TXT "v=spf1 ?all"
; whose record puts the local part into names, in each way that there is
macro.example. TXT "v=spf1 exists:%{l}.a.example mx:%{l}.m.example include:%{s}.i.example redirect=%{l}.r.example"
secret.person.m.example. MX 10 mx.m.example.
secret.person@macro.example.i.example. TXT "v=spf1 a exists:%{d}.e.example -all"
secret.person.r.example. TXT "v=spf1 a -all exp=%{l1}.x.example"
person.x.example. TXT "%{l} may not send"
_dmarc.macro.example. TXT "v=DMARC1; p=reject"
"""


def ask(path, sql):
    db = sqlite3.connect(f"file:{path}?mode=rw", uri=True, timeout=10)
    try:
        db.row_factory = sqlite3.Row
        return [dict(row) for row in db.execute(sql)]
    except sqlite3.OperationalError:
        if "no such table" in str(sys.exc_info()[1]):
            return []
        raise
    finally:
        db.close()


class History(Beschermd):
    """${fault}: tests/lib/diskfault.c, compiled; set_fault() says what goes wrong."""

    def __init__(self, conf="", zone=ZONE, fault=None, path="{dir}/history.db"):
        super().__init__(f"History {path}\nHistoryMinimumFreeMB 32\n" + conf, zone)
        self.path = path.replace("{dir}", self.dir)
        self.fault = fault
        self.fault_path = os.path.join(self.dir, "fault")
        self.set_fault("")

    def set_fault(self, word):
        with open(self.fault_path + ".new", "w", encoding="ascii") as f:
            f.write(word)
        os.rename(self.fault_path + ".new", self.fault_path)

    def environment(self):
        env = super().environment()
        if self.fault is not None:
            env.update(LD_PRELOAD=self.fault, DISK_FAULT=self.fault_path)
        return env

    def start(self, *flags, **popen):
        """Once it has its file in hand, or says why not.

        Whoever reads the file while it is made or opened and is the last to close it takes
        SQLite's log of it away again, and it would begin with a warning, the one of that minute.
        """
        said = self.log().count("history: ") if os.path.exists(self.log_path) else 0
        super().start(*flags, **popen)
        if not until(lambda: self.holds_file() or self.log().count("history: ") > said):
            raise RuntimeError(f"it neither opens {self.path} nor says why: {self.log()}")
        return self

    def holds_file(self):
        """By SQLite's lock of the file beside it; /proc/PID of the daemon is root's to read."""
        try:
            inode = os.stat(self.inside(f"{self.path}-shm")).st_ino
        except FileNotFoundError:
            return False
        with open("/proc/locks", encoding="ascii") as f:
            return re.search(rf" {self.process.pid} [0-9a-f]+:[0-9a-f]+:{inode} ", f.read()) is not None

    def inside(self, path):
        """${path} as it is called from outside."""
        return path

    @staticmethod
    def message(from_domain, fields=b"Subject: secret\r\n"):
        return b"From: secret.person@" + from_domain.encode() + b"\r\n" + fields + b"\r\nx\r\n"

    def send(self, queue_id, from_domain="reject.example", client="192.0.2.1", **how):
        """Its result, as the MTA sees it."""
        fields = {"fields": how.pop("fields")} if "fields" in how else {}
        raw = self.message(from_domain, **fields)
        how.setdefault("mail_from", f"<secret.person@{from_domain}>")
        how.setdefault("recipients", ("<secret.pupil@school.example>",))
        return send_message(self.socket, raw, client=client, queue_id=queue_id, **how)

    def ask(self, sql):
        """All rows, as dicts."""
        return ask(self.path, sql)

    def count(self):
        """How many messages it has; 0: it is not made yet."""
        if not os.path.exists(self.path):
            return 0
        return sum(row["n"] for row in self.ask("SELECT count(*) AS n FROM message"))

    def rows(self, count, seconds=20):
        """All messages, once there are ${count}."""
        until(lambda: self.count() >= count, seconds)
        return self.ask("SELECT * FROM message ORDER BY id")

    def traces(self):
        """Queue id: the JSON of its trace."""
        rows = self.ask("SELECT queue_id, data FROM trace t JOIN message m ON m.id=t.message_id")
        return {row["queue_id"]: zlib.decompress(row["data"]).decode() for row in rows}

    def gaps(self):
        return self.ask("SELECT * FROM gap ORDER BY id")


class Mounted(History):
    """Its history is on a small file system of its own, at ${folder}."""

    def __init__(self, folder, megabytes):
        super().__init__(path=f"{folder}/history.db")
        self.folder, self.megabytes = folder, megabytes

    def command(self, *flags):
        options = f"size={self.megabytes}m,mode=1777"
        mount = f'mount -t tmpfs -o {options} tmpfs {self.folder} && exec "$@"'
        return ["unshare", "-m", "sh", "-c", mount, "sh", *super().command(*flags)]

    def inside(self, path):
        return f"/proc/{self.process.pid}/root{path}"

    def ask(self, sql):
        """As SQLite would follow the name to what is outside, a process of its own."""
        code = "import json, remembered, sys; print(json.dumps(remembered.ask(*sys.argv[1:])))"
        done = subprocess.run(
            ["nsenter", "-t", str(self.process.pid), "-m", "-r", sys.executable, "-c", code]
            + [self.path, sql],
            env=dict(os.environ, PYTHONPATH=os.path.dirname(os.path.abspath(__file__))),
            cwd="/",
            capture_output=True,
            check=True,
        )
        return json.loads(done.stdout)

    def count(self):
        return sum(row["n"] for row in self.ask("SELECT count(*) AS n FROM message"))
