#!/usr/bin/python3
"""How long beschermctl overview takes, and how much memory: bench_overview.py [DAYS [A_DAY]].

A history of DAYS (30) days of A_DAY (100000) messages is made in a folder of its own (about
1.6 GB, some minutes), by the schema of the daemon: one message in twenty fails, 50000 author
domains, one of thirty signatures with a key of 1024 bits.  KEEP=FILE keeps it there, or takes
it from there.
"""

import bisect
import itertools
import json
import multiprocessing
import os
import random
import sqlite3
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

from daemon import Beschermd
from running import BUILD, until, work_folder

CTL = os.path.join(BUILD, "beschermctl")
DOMAINS = 50000
DAY = 86400


def begin_file(path):
    """As the daemon makes it, with one message's settings."""
    with Beschermd(f"History {path}\nHistoryMinimumFreeMB 32\n"):
        until(lambda: os.path.exists(path))
        time.sleep(0.5)
    return sqlite3.connect(path, isolation_level=None)


def signature(rng, domain, passes):
    bits = 1024 if rng.random() < 1 / 30 else 2048
    result, reason = ("pass", None) if passes else ("fail", "the body was changed")
    return [result, domain, "s2026", "rsa-sha256", bits, "s", "-", reason]


def message(rng, at, domain, number):
    kind = rng.random()
    passes, fails = kind < 0.8, kind >= 0.95
    policy = ("none", "quarantine", "reject")[number % 3] if passes or fails else None
    dmarc = "pass" if passes else "fail" if fails else "none"
    would = {"reject": "reject", "quarantine": "header"}.get(policy, "accept") if fails else "accept"
    signed = [signature(rng, domain, passes)] * rng.choice((1, 1, 2))
    spf = "permerror" if rng.random() < 0.01 else "pass" if passes else "softfail"
    return {
        "at": at,
        "day": at // DAY,
        "queue_id": f"4X{at:08X}{number:05d}",
        "client": f"192.0.{number % 250}.{rng.randrange(250)}",
        "is_relay": 0,
        "helo": f"out-{number % 20}.mailer.example",
        "mail_from": "mailer.example",
        "from_status": "ok",
        "header_from": domain,
        "conf_id": 1,
        "action": would,
        "would": would,
        "rule": "dmarc_pass" if passes else f"policy_{policy}" if fails else "dmarc_none",
        "reason": None if passes else "SPF softfail for mailer.example; DKIM fail",
        "dmarc": dmarc,
        "policy_known": int(policy is not None),
        "policy": policy,
        "published": policy,
        "test_mode": 0,
        "sampled_out": 0,
        "pct_zero": 0,
        "disposition": None,
        "spf": spf,
        "spf_domain": "mailer.example",
        "spf_scope": "mfrom",
        "spf_aligned": int(passes),
        "spf_reason": "more than ten terms ask the DNS" if spf == "permerror" else None,
        "dkim_aligned": int(passes),
        "signatures": json.dumps(signed, separators=(",", ":")),
        "list_id": "news.lists.example" if fails and number % 4 == 0 else None,
        "passive": 0,
        "wait_ms": 20,
    }


def fill(db, days, a_day):
    rng = random.Random(1)
    weights = list(itertools.accumulate(1 / (n + 5) for n in range(DOMAINS)))
    begin = (int(time.time()) // DAY - days + 1) * DAY
    names = list(message(rng, begin, "x", 0))
    insert = f"INSERT INTO message({','.join(names)}) VALUES({','.join(':' + n for n in names)})"
    db.execute("PRAGMA synchronous=OFF")
    db.execute("INSERT OR IGNORE INTO conf(id,at,version,text) VALUES(1,?,'bench','Mode enforce  # default\n')", (begin,))
    for day in range(days):
        rows = []
        for n in range(a_day):
            domain = bisect.bisect_left(weights, rng.random() * weights[-1])
            rows.append(message(rng, begin + day * DAY + n * DAY // a_day, f"d{domain}.supplier.example", domain))
        db.execute("BEGIN")
        db.executemany(insert, rows)
        db.execute(
            "INSERT INTO daily SELECT at/86400, header_from, CASE WHEN policy IS NULL THEN '' ELSE header_from END,"
            " dmarc, coalesce(policy,''), would, action, spf_aligned, dkim_aligned, count(*) FROM message"
            " WHERE id>(SELECT value FROM meta WHERE key='folded_id') GROUP BY 1,2,3,4,5,6,7,8,9"
        )
        db.execute("UPDATE meta SET value=(SELECT max(id) FROM message) WHERE key='folded_id'")
        db.execute("COMMIT")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def make(path, days, a_day):
    """In a process of its own: what it holds would count as beschermctl's, which is forked."""
    begin = time.monotonic()
    db = begin_file(path)
    fill(db, days, a_day)
    (counts,) = db.execute("SELECT count(*) FROM daily").fetchone()
    db.close()
    print(f"{days * a_day} messages, {counts} counts, {os.path.getsize(path) >> 20} MB, made in {time.monotonic() - begin:.0f} s")


def measure(path, where, days):
    conf, page = os.path.join(where, "conf"), os.path.join(where, "overview.html")
    with open(conf, "w", encoding="ascii") as f:
        f.write(f"History {path}\n")
    for run in ("first", "again"):
        begin = time.monotonic()
        process = subprocess.Popen([CTL, "overview", "-c", conf, "-o", page, "--days", str(days)])
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - begin
        if status != 0:
            raise RuntimeError(f"overview: {status}")
        print(
            f"{run}: {seconds:.1f} s, {usage.ru_utime + usage.ru_stime:.1f} s of CPU, "
            f"at most {usage.ru_maxrss / 1024:.0f} MB, page {os.path.getsize(page) / 1024:.0f} KB"
        )


def main(days=30, a_day=100000):
    with work_folder("bench-overview") as where:
        os.chmod(where, 0o777)
        kept = os.environ.get("KEEP", "")
        path = kept or os.path.join(where, "history.db")
        if not os.path.exists(path):
            maker = multiprocessing.Process(target=make, args=(path, days, a_day))
            maker.start()
            maker.join()
        measure(path, where, days)


if __name__ == "__main__":
    main(*(int(a) for a in sys.argv[1:3]))
