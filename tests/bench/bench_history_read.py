#!/usr/bin/python3
"""How long `beschermctl history --from` and `summary` take in a large history.

    bench_history_read.py [ROWS [A_DAY]]      builddir: where beschermd is (default .)

A daemon makes the file; ROWS (5,000,000) messages, A_DAY (100,000) of them a day, are put
into it: of 20,000 domains, the first of which send most; one message in 25 fails, of those
most by a few clients.  KEEP=PATH leaves the file there, or takes what was left.
"""

import multiprocessing
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

from remembered import History
from running import BUILD

DOMAINS = 20000
ROUNDS = 3
SUMMARY_DAYS = 14
# A number of its own for each row, and in it the domain: squared, so that few send most.
NUMBERS = f"""WITH RECURSIVE n(i, r) AS (SELECT 0, 1 UNION ALL
 SELECT i+1, (r*1103515245+12345) % 2147483648 FROM n WHERE i<:rows-1),
 m AS (SELECT i, r, (r/65536)*(r/65536)/53687 % {DOMAINS} AS d, r/64 % 25 = 0 AS fails FROM n)
"""
COLUMNS = {
    "at": ":now - (:rows-i)*86400/:a_day",
    "day": "(:now - (:rows-i)*86400/:a_day)/86400",
    "queue_id": "printf('4b%08XzQ', i)",
    "client": "printf('192.0.%d.%d', iif(fails, d%4, r/7%200), iif(fails, 7, r/3%250))",
    "is_relay": "0",
    "helo": "printf('mail%d.example', d%700)",
    "mail_from": "printf('bounce.d%d.example', d)",
    "from_status": "'ok'",
    "header_from": "printf('d%d.example', d)",
    "policy_id": "d+1",
    "conf_id": "1",
    "action": "iif(fails AND d%3=0, 'reject', 'accept')",
    "would": "iif(fails AND d%3=0, 'reject', 'accept')",
    "rule": "iif(fails, iif(d%3=0, 'policy_reject', 'policy_none'), 'dmarc_pass')",
    "reason": "iif(fails, printf('SPF fail for d%d.example (the domain does not permit this client)', d), NULL)",
    "dmarc": "iif(fails, 'fail', 'pass')",
    "policy_known": "1",
    "policy": "iif(d%3=0, 'reject', 'none')",
    "published": "iif(d%3=0, 'reject', 'none')",
    "tag": "'p'",
    "test_mode": "0",
    "sampled_out": "0",
    "pct_zero": "0",
    "disposition": "iif(fails AND d%3=0, 'reject', 'none')",
    "spf": "iif(fails, 'fail', 'pass')",
    "spf_domain": "printf('bounce.d%d.example', d)",
    "spf_scope": "'mfrom'",
    "spf_aligned": "NOT fails",
    "dkim_aligned": "NOT fails",
    "signatures": """iif(fails, '[]', printf('[["pass","d%d.example","s2026","rsa-sha256",2048,"s","no",null]]', d))""",
    "passive": "0",
    "wait_ms": "r%300",
}


def fill(path, rows, a_day):
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode=OFF")
    db.execute("PRAGMA synchronous=OFF")
    db.execute("PRAGMA cache_size=-400000")
    db.execute("BEGIN")
    db.execute("INSERT INTO conf(id, at, version, text) VALUES(1, 1, 'bench', 'Mode enforce')")
    for i in range(DOMAINS):
        record = "v=DMARC1; p=" + ("reject" if i % 3 == 0 else "none")
        db.execute(
            "INSERT INTO policy(domain, record, method, first_at) VALUES(?, ?, 'treewalk', 1)",
            (f"d{i}.example", record),
        )
    db.execute(
        f"{NUMBERS} INSERT INTO message({','.join(COLUMNS)}) SELECT {','.join(COLUMNS.values())} FROM m",
        {"rows": rows, "a_day": a_day, "now": int(time.time())},
    )
    db.execute("COMMIT")
    db.execute("PRAGMA journal_mode=WAL")
    db.close()


def measure(daemon, *verb):
    """Seconds and those of CPU, the least of some rounds; MB of the largest; lines of output."""
    seconds, cpu, most, lines = [], [], 0, 0
    command = [os.path.join(BUILD, "beschermctl"), verb[0], "-c", daemon.conf, *verb[1:]]
    for _ in range(ROUNDS):
        begin = time.monotonic()
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        lines = process.stdout.read().count(b"\n")
        _, code, used = os.wait4(process.pid, 0)
        seconds.append(time.monotonic() - begin)
        cpu.append(used.ru_utime + used.ru_stime)
        most = max(most, used.ru_maxrss)
        if code != 0:
            sys.exit(f"{command}: {code}")
    print(
        f"{' '.join(verb):48} {min(seconds):8.3f} s, CPU {min(cpu):8.3f} s {most >> 10:5} MB {lines:8} lines",
        flush=True,
    )


def main():
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 5000000
    a_day = int(sys.argv[2]) if len(sys.argv) > 2 else 100000
    keep = os.environ.get("KEEP")
    daemon = History("Mode enforce\nHistoryDays 3650\n")
    try:
        daemon.start()
        daemon.stop()
        if keep and os.path.exists(keep):
            shutil.copy(keep, daemon.path)
        else:
            begin = time.monotonic()
            # By a process of its own: what is measured below begins as a copy of this one.
            filler = multiprocessing.Process(target=fill, args=(daemon.path, rows, a_day))
            filler.start()
            filler.join()
            print(f"{rows} rows in {time.monotonic() - begin:.0f} s, {os.path.getsize(daemon.path) >> 20} MB")
        for domain in ("d0.example", "d9.example", "d15000.example"):
            measure(daemon, "history", "--from", domain, "--action", "any")
        measure(daemon, "history", "--from", "d0.example")
        measure(daemon, "history", "--from", ".d9.example", "--action", "any")
        measure(daemon, "summary", "--since", f"{SUMMARY_DAYS}d")
        measure(daemon, "summary", "--since", f"{SUMMARY_DAYS}d", "--all-senders")
        if keep and not os.path.exists(keep):
            shutil.copy(daemon.path, keep)
    finally:
        daemon.__exit__()


if __name__ == "__main__":
    main()
