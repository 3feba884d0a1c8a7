#!/usr/bin/python3
"""How long `beschermctl held` takes where Postfix holds many messages.  Needs root.

    bench_held.py [MESSAGES]     builddir: where beschermd and beschermctl are (default .)

One message is held by a private Postfix; its queue file and its row of the history are copied
until there are MESSAGES (10,000) of both, half of them as mail that others hold.
"""

import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import smtp
from postfix import PrivatePostfix
from remembered import History
from running import BUILD, until, work_folder

FORGED = b"From: a@quarantine.example\r\nSubject: x\r\n\r\nhello\r\n"


def copy_files(spool, count):
    """The files of a queue are named by their ids."""
    folder = os.path.join(spool, "hold")
    original = next(os.path.join(at, name) for at, _, names in os.walk(folder) for name in names)
    st = os.stat(original)
    for n in range(count - 1):
        path = os.path.join(folder, f"{0xA0000000 + n:X}")
        shutil.copy2(original, path)
        os.chown(path, st.st_uid, st.st_gid)


def copy_rows(path, count):
    with sqlite3.connect(path, timeout=20) as db:
        names = [row[1] for row in db.execute("PRAGMA table_info(message)") if row[1] not in ("id", "queue_id")]
        columns = ",".join(names)
        db.executemany(
            f"INSERT INTO message(queue_id,{columns}) SELECT ?,{columns} FROM message WHERE id=1",
            [(f"{0xA0000000 + n:X}",) for n in range(count - 1)],
        )
        db.execute("UPDATE message SET action='accept' WHERE id%2=0")


def timed(command):
    """(lines, seconds, seconds of CPU: its own and of what it ran)"""
    begin, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, check=True)
    seconds, used = time.monotonic() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    return done.stdout.count(b"\n"), seconds, used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10000
    with work_folder("bench-held") as where, History("OnQuarantine hold\n") as daemon:
        os.chmod(where, 0o755)
        with PrivatePostfix(where, daemon.socket) as mta:
            print(smtp.send(mta.port, FORGED, "203.0.113.66", mail_from="<a@evil.example>"))
            until(lambda: daemon.count() == 1)
            copy_files(os.path.join(where, "spool"), count)
            copy_rows(daemon.path, count)
            queue = ["postqueue", "-c", mta.etc, "-j"]
            held = [os.path.join(BUILD, "beschermctl"), "held", "-c", daemon.conf, "-C", mta.etc]
            for command in (queue, held, [*held, "--any"], [*held, "--any", "--json"]):
                lines, seconds, cpu = timed(command)
                print(f"{seconds:.2f} s, {cpu:.2f} of CPU, {lines} lines: {os.path.basename(command[0])} {' '.join(command[6:])}")


if __name__ == "__main__":
    main()
