#!/usr/bin/python3
"""A history that is shared: rows a second that beschermctl ship copies to a PostgreSQL of this host,
and how long summary and others take there.

    bench_ship.py [ROWS [THERE]]    # ROWS (100000) are shipped, THERE (1000000) made on the server

THERE 10000000 takes some 6 GB below /tmp.
"""

import glob
import os
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

from postgres import Postgres
from remembered import History
from running import work_folder
from shipping import Host

DOMAINS = ("reject.example", "pass.example", "none.example", "silent.example")
SETTINGS = "fsync=on\nshared_buffers=256MB\nmax_wal_size=4GB\nmaintenance_work_mem=128MB\nautovacuum=off\n"
INDEXES = ("message_at", "message_queue", "message_from", "message_report")
SECONDS = 1800  # ten million rows and their indexes


def cpu_seconds(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as f:
            fields = f.read().rsplit(")", 1)[1].split()
    except OSError:
        return 0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def backend():
    """The server's process that serves ship."""
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(path, "rb") as f:
                if b" writer beschermd" in f.read():
                    return path.split("/")[2]
        except OSError:
            pass
    return None


def bench_ship(host, rows):
    host.add(rows)
    begin, theirs, mine, pid = time.monotonic(), 0, 0, None
    process = host.popen("ship")
    while process.poll() is None:
        pid = pid or backend()
        mine = max(mine, cpu_seconds(process.pid))
        theirs = max(theirs, cpu_seconds(pid))
        time.sleep(0.02)
    seconds = time.monotonic() - begin
    print(f"ship: {rows / seconds:.0f} rows/s; CPU a row: {mine / rows * 1e6:.0f} us, the server's {theirs / rows * 1e6:.0f} us")


def make_rows(server, rows):
    """On the server, of 20000 author domains in 13 days; one in ten fails."""
    definitions = [server.psql(f"SELECT indexdef FROM pg_indexes WHERE schemaname='beschermd' AND indexname='{name}'") for name in INDEXES]
    for name in INDEXES:
        server.psql(f"DROP INDEX {name}")
    server.psql(
        "INSERT INTO message(file_id,id,at,day,queue_id,client,is_relay,helo,mail_from,from_status,header_from,policy_id,conf_id,"
        "action,would,rule,dmarc,policy_known,policy,published,tag,test_mode,sampled_out,pct_zero,disposition,spf,spf_domain,"
        "spf_scope,spf_aligned,dkim_aligned,signatures,list_id,passive,wait_ms)"
        f" SELECT file_id, 10000000+i, now()-make_interval(secs=>i*13.0*86400/{rows}), 20000, '4XyZ'||i, '192.0.'||i%250||'.'||i%199,"
        " false, 'mail'||i%5000||'.example.net', 'd'||i%20000||'.example', 'ok', 'd'||i%20000||'.example', policy_id, conf_id,"
        " CASE WHEN i%10=0 THEN 'reject' ELSE 'accept' END, CASE WHEN i%10=0 THEN 'reject' ELSE 'accept' END, 'dmarc_pass',"
        " CASE WHEN i%10=0 THEN 'fail' WHEN i%3=0 THEN 'none' ELSE 'pass' END, true, 'reject', 'reject', 'p', false, false, false,"
        " 'pass', 'pass', 'd'||i%20000||'.example', 'mfrom', true, true,"
        " '[[\"pass\",\"d'||i%20000||'.example\",\"sel\",\"rsa-sha256\",2048,\"s\",\"no\",null]]',"
        " CASE WHEN i%50=0 THEN 'list.example' END, false, 12"
        f" FROM (SELECT * FROM message LIMIT 1) AS m, generate_series(1,{rows}) AS i",
        seconds=SECONDS,
    )
    for definition in definitions:
        server.psql(definition, seconds=SECONDS)
    server.psql("VACUUM ANALYZE message", seconds=SECONDS)


def main():
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100000
    there = int(sys.argv[2]) if len(sys.argv) > 2 else 1000000
    with Postgres(SETTINGS) as server, work_folder("bench") as where:
        os.chmod(where, 0o777)
        host = Host(where, "a", server.conninfo)
        with History(host.settings, zone=None, path=host.file) as daemon:
            for i in range(20):
                daemon.send(f"q{i}", DOMAINS[i % len(DOMAINS)])
            daemon.rows(20)
            host.take_conf(daemon.conf)
        bench_ship(host, rows)
        make_rows(server, there)
        for verb in (("summary",), ("history",), ("history", "--size"), ("overview", "-o", os.path.join(where, "page.html"))):
            begin = time.monotonic()
            done = host.run(verb[0], *verb[1:], "--shared")
            print(f"{' '.join(verb[:2])} --shared over {there + rows} rows: {time.monotonic() - begin:.1f} s{'' if done.returncode == 0 else ' ' + done.stderr}")


if __name__ == "__main__":
    main()
