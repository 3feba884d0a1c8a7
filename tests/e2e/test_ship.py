#!/usr/bin/python3
"""Two mail servers under load with one history, their PostgreSQL stopped for a time, ship killed at
random; then every row is there once.  A full disk there, a server that hangs, TLS.  Two minutes.  TAP.
"""

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import postgres
import tap
from postgres import Postgres
from remembered import History
from running import until, work_folder
from shipping import Host, differences

DOMAINS = ("reject.example", "pass.example", "none.example", "silent.example", "quarantine.example")
DOWN_SECONDS = 60
RANDOM = random.Random(21)


def load(daemon, name, end, sent):
    """Messages until ${end} is set, one after another."""
    while not end.is_set():
        daemon.send(f"{name}{len(sent)}", RANDOM.choice(DOMAINS))
        sent.append(1)


def ship_often(host, end, kills, codes):
    """As the timer does, only more often; and each third one is killed."""
    while not end.is_set():
        process = host.popen("ship")
        if RANDOM.random() < 0.33:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(RANDOM.random() * 0.3)
            if process.poll() is None:
                process.kill()
                kills.append(1)
        codes.append(process.wait(120))
        time.sleep(0.3)


def check_load(server, where):
    end, rested, kills, codes = threading.Event(), threading.Event(), [], []
    with contextlib.ExitStack() as stack:
        hosts, daemons, threads, sent = [], [], [], []
        for name in ("mx1-", "mx2-"):
            host = Host(where, name, server.conninfo)
            daemon = stack.enter_context(History("HistoryTrace doubtful\n" + host.settings, zone=None, path=host.file))
            host.take_conf(daemon.conf)
            sent.append([])
            hosts.append(host)
            daemons.append(daemon)
            threads.append(threading.Thread(target=load, args=(daemon, name, end, sent[-1])))
            threads.append(threading.Thread(target=ship_often, args=(host, rested, kills, codes)))
        for thread in threads:
            thread.start()
        time.sleep(5)
        server.stop()
        began = [len(x) for x in sent]
        time.sleep(DOWN_SECONDS)
        meanwhile = [len(x) - n for x, n in zip(sent, began)]
        server.start()
        time.sleep(10)
        end.set()
        for daemon, count in zip(daemons, sent):
            until(lambda d=daemon, n=count: d.count() >= len(n), 60)
        rested.set()
        for thread in threads:
            thread.join(180)
    final = [host.run("ship") for host in hosts]
    tap.equal([x.returncode for x in final], [0, 0], "the last ship of both")
    here = [host.numbers("SELECT count(*) FROM message")[0] for host in hosts]
    tap.ok(here == [len(x) for x in sent] and min(here) > 100, "the files have all messages", (here, [len(x) for x in sent]))
    tap.ok(min(meanwhile) > 50 and codes.count(75) > 5, "mail went on while the server was away, and ship said so", (meanwhile, codes.count(75)))
    tap.ok(len(kills) > 5, "ship was killed", len(kills))
    tap.equal(differences(server, hosts), [], "every row of both hosts once")
    there = server.numbers("SELECT count(*), count(DISTINCT queue_id), count(DISTINCT file_id) FROM message")
    tap.equal(there, [sum(here), sum(here), 2], "counted")
    print(f"# messages {here}, of them {meanwhile} while the server was away; {len(codes)} runs of ship, {len(kills)} killed, {codes.count(75)} without the server; on the server {there}")
    return hosts[0]


def check_hanging(server, host):
    """A server that does not answer any more, nor ends the connection."""
    os.kill(server.process.pid, signal.SIGSTOP)
    begin = time.monotonic()
    done = host.run("ship")
    os.kill(server.process.pid, signal.SIGCONT)
    tap.ok(done.returncode == 75 and time.monotonic() - begin < 30, "a server that lets nobody in: 75, soon", done)
    host.add(200000)
    process = host.popen("ship")
    asked = "SELECT coalesce(max(pid),0) FROM pg_stat_activity WHERE application_name='beschermctl' AND pid<>pg_backend_pid()"
    until(lambda: server.numbers(asked) != [0])
    pid = server.numbers(asked)[0]
    os.kill(pid, signal.SIGSTOP)
    begin = time.monotonic()
    code = process.wait(90)
    os.kill(pid, signal.SIGCONT)
    tap.ok(code == 75, "one that stops in the midst: 75", (code, time.monotonic() - begin))
    tap.equal(host.run("ship").returncode, 0, "and goes on when it does")
    tap.equal(server.numbers("SELECT count(*), count(DISTINCT queue_id) FROM message WHERE queue_id LIKE 'add-%'"), [200000, 200000], "every row once")


def check_full(where):
    """The disk of the server is full, as root alone can arrange."""
    mount = os.path.join(where, "small")
    os.mkdir(mount)
    with Postgres() as server:
        owner = os.stat(server.data).st_uid
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size=8m,mode=0700,uid={owner}", "tmpfs", mount], check=True)
        try:
            fill_disk(server, where, mount)
        finally:
            subprocess.run(["umount", "-l", mount], check=False)


def fill_disk(server, where, mount):
    host = Host(where, "full", server.conninfo)
    with History(host.settings, zone=None, path=host.file) as daemon:
        daemon.send("q1")
        daemon.rows(1)
        host.take_conf(daemon.conf)
    server.psql(f"CREATE TABLESPACE small LOCATION '{mount}'")
    server.psql("ALTER TABLE message SET TABLESPACE small")
    host.add(60000)
    done = host.run("ship")
    tap.ok(done.returncode == 75 and "No space left" in done.stderr, "the server's disk is full: said, 75", done)
    shipped = host.numbers("SELECT value FROM meta WHERE key='shipped_id'")[0]
    tap.ok(0 < shipped < 60001 and host.numbers("SELECT count(*) FROM message") == [60001], "nothing is lost", shipped)
    tap.equal(host.run("ship").returncode, 75, "and again")
    server.psql("ALTER TABLE message SET TABLESPACE pg_default")
    tap.equal(host.run("ship").returncode, 0, "with room again the rest is shipped")
    tap.equal(server.numbers("SELECT count(*), count(DISTINCT id) FROM message"), [60001, 60001], "every row once")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def make_certificates(folder):
    """A CA, one that is another's, and the server's certificate for localhost."""

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True, cwd=folder)

    for name in ("ca", "other"):
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.pem")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-keyout", "server.key", "-out", "server.csr")
    with open(os.path.join(folder, "names"), "w", encoding="ascii") as f:
        f.write("subjectAltName=DNS:localhost\n")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "names", "-out", "server.pem")


def check_tls(where):
    folder = os.path.join(where, "tls")
    os.mkdir(folder)
    make_certificates(folder)
    port = free_port()
    settings = f"listen_addresses='127.0.0.1'\nport={port}\nssl=on\nssl_cert_file='{folder}/server.pem'\nssl_key_file='{folder}/server.key'\n"
    server = Postgres(settings)
    for name in ("server.key", "server.pem"):
        shutil.chown(os.path.join(folder, name), server.user)
    os.chmod(os.path.join(folder, "server.key"), 0o600)
    os.environ["PGPORT"] = str(port)
    with server:
        server.psql("ALTER ROLE writer PASSWORD 'secret'")
        with open(os.path.join(server.data, "pg_hba.conf"), "w", encoding="ascii") as f:
            f.write("local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n")
        server.psql("SELECT pg_reload_conf()")
        passfile = os.path.join(where, "pass")
        with open(passfile, "w", encoding="ascii") as f:
            f.write(f"localhost:{port}:*:writer:secret\n*:*:*:*:secret\n")
        os.chmod(passfile, 0o600)
        shutil.chown(passfile, server.user)
        os.environ.pop("PGPORT")
        conninfo = f"host=localhost hostaddr=127.0.0.1 port={port} dbname=beschermd user=writer passfile={passfile} sslmode=verify-full sslrootcert={folder}/ca.pem"
        host = Host(where, "tls", conninfo)
        with History(host.settings, zone=None, path=host.file) as daemon:
            daemon.send("q1")
            daemon.rows(1)
            host.take_conf(daemon.conf)
        tap.ok(until(lambda: host.run("ship").returncode == 0, 20), "TLS, verify-full: shipped", host.run("ship"))
        tap.equal(host.run("history", "--shared").returncode, 0, "TLS, verify-full: read")
        for what, wrong in (("a CA that is another's", conninfo.replace("ca.pem", "other.pem")), ("a name that is another's", conninfo.replace("host=localhost", "host=db.example")), ("no TLS", conninfo.replace("verify-full", "disable"))):
            done = host.run("ship", "-o", f"HistoryShared={wrong}")
            tap.ok(done.returncode == 75 and done.stderr.startswith("beschermctl: HistoryShared: "), f"{what}: 75", done)


def test_load():
    with Postgres() as server, work_folder("ship") as where:
        os.chmod(where, 0o777)
        host = check_load(server, where)
        check_hanging(server, host)


def test_full():
    if os.geteuid() != 0:
        tap.skip("a full disk", "only root can mount")
        return
    with work_folder("ship") as where:
        os.chmod(where, 0o777)
        check_full(where)


def test_tls():
    with work_folder("ship") as where:
        os.chmod(where, 0o777)
        check_tls(where)


def main():
    why = postgres.reason()
    tests = [globals()[f"test_{name}"] for name in sys.argv[1:] or ("tls", "full", "load")]
    tap.run(tests if why is None else [lambda: tap.skip("several mail servers, one history", why)])


if __name__ == "__main__":
    main()
