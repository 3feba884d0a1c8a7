#!/usr/bin/python3
"""Faults under load: senders that try again, a real Postfix, the daemon, and what goes
wrong.  After each: no message is lost, none is delivered unchecked.  TAP, with a table of
what was seen at the end; needs root.

    test_faults.py [NAME...]      # those faults only

builddir: where beschermd is.
"""

import os
import re
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import messages
import tap
from daemon import Beschermd, sanitized
from dnsfault import ZoneServer
from milterclient import Client, MilterError
from postfix import PrivatePostfix
from retrying import Senders
from running import USER, until

FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"
EXAMPLES = 3  # of the replies that deferred


class Supervised(Beschermd):
    """Started again when it ends, as a service manager would: ${restarts} counts."""

    def __init__(self, link, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.link, self.restarts, self.codes = link, 0, []
        self.over = threading.Event()
        self.flags, self.popen = (), {}
        self.keeper = threading.Thread(target=self.keep, daemon=True)

    def keep(self):
        while not self.over.wait(0.1):
            if self.process.poll() is None:
                continue
            self.codes.append(self.process.returncode)
            if self.over.wait(0.4):
                return
            try:
                self.start(*self.flags, **self.popen)
                self.restarts += 1
            except RuntimeError as e:
                self.codes.append(str(e)[:200])

    def __enter__(self):
        if os.path.islink(self.link):
            os.unlink(self.link)
        os.symlink(self.socket.partition(":")[2], self.link)
        super().__enter__()
        self.keeper.start()
        return self

    def __exit__(self, *what):
        self.over.set()
        self.keeper.join()
        super().__exit__(*what)


class Bench:
    """What all faults share: one Postfix, whose filter is a link to the daemon of the day."""

    def __init__(self, where):
        self.post = messages.Post()
        self.good = self.post.messages[0]
        self.forged = next(m for m in self.post.messages if m.title == "forged, p=reject")
        self.where = where
        self.link = os.path.join(where, "filter")
        # it waits a minute to start a server again that was killed
        settings = [("service_throttle_time", "1s")]
        folder = os.path.join(where, "postfix")
        self.postfix = PrivatePostfix(folder, "unix:" + self.link, settings)
        self.table = []

    def daemon(self, conf="", zone=None, **kwargs):
        return Supervised(self.link, conf, zone or self.post.zone, **kwargs)

    def asking(self, server, conf=""):
        """A daemon that asks ${server}."""
        return Supervised(self.link, f"Nameservers 127.0.0.1@{server.port}\nDNSTimeout 1\n" + conf)

    @contextmanager
    def load(self, name, done, daemon, **kwargs):
        """Mail flows within; the sum goes to the table, with what the body says."""
        seen = []
        before = daemon.restarts
        with Senders(self.postfix.port, self.good, self.forged, **kwargs) as senders:
            until(lambda: senders.accepted() > 20, 60)
            senders.seen = seen
            yield senders
        total = senders.settle(self.postfix.sink)
        if daemon.restarts > before:
            seen.append(f"started again {daemon.restarts - before} times")
        often = sorted(senders.deferrals.items(), key=lambda pair: -pair[1])[:EXAMPLES]
        for text, count in often:
            print(f"# {name}: {count} x {text}", flush=True)
        seen += sorted({f"`{text[:9]}`" if text[0:2] == "45" else "connections lost" for text, _ in often})
        self.table.append((name, done, ", ".join(seen) or "nothing", total))
        tap.ok(
            total.lost == 0 and total.unchecked == 0 and total.delivered > 0,
            f"{name}: {done}: {total}",
            daemon.log()[-1500:],
        )


def ends_well(name, daemon):
    """No message hangs in it: TERM ends it, with 0 and none under way."""
    daemon.over.set()
    daemon.keeper.join()
    code = daemon.stop()
    tap.ok(code == 0 and "in progress" not in daemon.log(), f"{name}: it ends well", daemon.log()[-800:])


# DNS


def test_dns_dead(bench):
    server = ZoneServer(bench.post.zone)
    with bench.asking(server) as daemon:
        with bench.load("DNS dead", "no answer for 12 s", daemon) as senders:
            server.dead = True
            time.sleep(12)
            server.dead = False
        late = sum(n for reply, n in senders.deferrals.items() if reply.startswith("451 4.7.0"))
        tap.ok(late > 0, "DNS dead: the daemon deferred")
        ends_well("DNS dead", daemon)


def test_dns_slow(bench):
    server = ZoneServer(bench.post.zone)
    server.delay = 0.2
    with bench.asking(server) as daemon:
        with bench.load("DNS slow", "answers after 200 ms, TTL 5 s, for 5 s", daemon):
            time.sleep(5)
        ends_well("DNS slow", daemon)


def test_dns_flapping(bench):
    server = ZoneServer(bench.post.zone)
    with bench.asking(server) as daemon:
        with bench.load("DNS flapping", "dead and alive by turns, 8 x 1.5 s", daemon):
            for _ in range(8):
                server.dead = not server.dead
                time.sleep(1.5)
            server.dead = False
        ends_well("DNS flapping", daemon)


# the MTA, the daemon


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
        return [int(word) for word in f.read().split()]


def kill_servers(master):
    """Its smtpd processes, in whatever they are at."""
    count = 0
    for pid in children(master):
        try:
            with open(f"/proc/{pid}/comm", encoding="ascii") as f:
                if f.read().strip() == "smtpd":
                    os.kill(pid, signal.SIGKILL)
                    count += 1
        except (OSError, ProcessLookupError):
            continue
    return count


def test_mta_killed(bench):
    with bench.daemon() as daemon:
        with bench.load("MTA killed", "each smtpd by KILL, 8 times", daemon) as senders:
            killed = 0
            for _ in range(8):
                time.sleep(0.5)
                killed += kill_servers(bench.postfix.master_pid())
            senders.seen.append(f"{killed} killed in mid-message")
        tap.ok(daemon.restarts == 0, "MTA killed: the daemon lives on")
        ends_well("MTA killed", daemon)


def end(daemon, number):
    """By that signal, and wait until another is there in its place."""
    process = daemon.process
    process.send_signal(number)
    until(lambda: daemon.process is not process and daemon.answers(), 30)


def test_killed(bench):
    with bench.daemon() as daemon:
        with bench.load("daemon killed", "KILL, 6 times", daemon):
            for _ in range(6):
                time.sleep(0.8)
                end(daemon, signal.SIGKILL)
        tap.equal(daemon.codes, [-signal.SIGKILL] * 6, "daemon killed: six times")


def test_upgrade(bench):
    with bench.daemon() as daemon:
        with bench.load("upgrade", "TERM and a start, 6 times", daemon) as senders:
            for _ in range(6):
                time.sleep(0.8)
                end(daemon, signal.SIGTERM)
            senders.seen.append("each ended with 0")
        tap.equal(daemon.codes, [0] * 6, "upgrade: each stop ends with 0")
        tap.ok("in progress" not in daemon.log(), "upgrade: no message was cut off")


def test_reload(bench):
    with bench.daemon() as daemon:
        with bench.load("reload", "USR1, 100 times", daemon):
            for i in range(100):
                known = daemon.log().count("settings reloaded")
                daemon.signal(signal.SIGUSR1)
                until(lambda n=known: daemon.log().count("settings reloaded") > n)
        count = daemon.log().count("settings reloaded")
        tap.equal((count, daemon.restarts), (100, 0), "reload: 100 reloads, no restart")
        ends_well("reload", daemon)


# what the system gives


def test_disk_full(bench):
    """Its log goes to a file of a file system of 64 KB, which only it sees."""
    if shutil.which("unshare") is None:
        tap.skip("disk full", "no unshare")
        return
    with bench.daemon() as daemon:
        daemon.over.set()
        daemon.keeper.join()
        daemon.stop()
        small = os.path.join(daemon.dir, "small")
        os.mkdir(small)
        mount = f'mount -t tmpfs -o size=64k tmpfs "{small}" && exec "$@" 2> "{small}/log"'
        probe = subprocess.run(["unshare", "-m", "sh", "-c", mount, "sh", "true"], check=False)
        if probe.returncode != 0:
            tap.skip("disk full", "no mount here")
            return
        command = daemon.command
        daemon.command = lambda *flags: ["unshare", "-m", "sh", "-c", mount, "sh", *command(*flags)]
        daemon.start()
        log = f"/proc/{daemon.process.pid}/root{small}/log"
        with bench.load("disk full", "log on 64 KB, full; then emptied", daemon) as senders:
            until(lambda: os.stat(log).st_size >= 64 * 1024, 60)
            time.sleep(2)
            size = os.stat(log).st_size
            os.truncate(log, 0)
            tap.ok(until(lambda: os.stat(log).st_size > 0, 20), "disk full: it logs on with room")
            senders.seen.append(f"the log stopped at {size // 1024} KB, and went on once it was emptied")
        code = daemon.stop()
        tap.equal(code, 0, "disk full: it ends with 0")


def test_disk_full_at_start(bench):
    """The pid file has no room: it says so, and leaves nothing behind."""
    with Beschermd(zone=bench.post.zone) as daemon:
        daemon.stop()
        small = os.path.join(daemon.dir, "small")
        os.mkdir(small)
        conf = f"Socket unix:{daemon.dir}/other.sock\nSyslog no\nPidFile {small}/pid\n"
        daemon.write(conf)
        script = (
            f'mount -t tmpfs -o size=4k,mode=777 tmpfs "{small}" || exit 99; '
            f'head -c 8192 /dev/zero > "{small}/fill" 2> /dev/null; exec "$@"'
        )
        done = subprocess.run(
            ["unshare", "-m", "sh", "-c", script, "sh", *daemon.command("-f")],
            capture_output=True,
            timeout=60,
            check=False,
        )
        if done.returncode in (99, 1):
            tap.skip("disk full at the start", "no mount here")
            return
        said = done.stderr.decode()
        tap.ok(
            done.returncode == 71 and "PidFile" in said and "No space left" in said,
            "disk full at the start: exit 71, and says why",
            f"{done.returncode} {said}",
        )
        tap.ok(not os.path.exists(f"{daemon.dir}/other.sock"), "and no socket is left")


def test_files(bench):
    """More connections than files may be open."""

    def few():
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))

    with bench.daemon() as daemon:
        daemon.over.set()
        daemon.keeper.join()
        daemon.stop()
        daemon.over.clear()
        daemon.popen = {"preexec_fn": few}
        daemon.start(**daemon.popen)
        daemon.keeper = threading.Thread(target=daemon.keep, daemon=True)
        daemon.keeper.start()
        with bench.load("file limit", "64 files, 60 idle connections, 6 s", daemon) as senders:
            idle = []
            for _ in range(60):
                c = Client(daemon.socket, 5)
                idle.append(c)
                try:
                    c.negotiate()
                    c.connect()
                except MilterError:
                    c.close()
            time.sleep(6)
            for c in idle:
                c.close()
        tap.ok("no more are accepted" in daemon.log(), "file limit: the log says so", daemon.log()[-500:])
        tap.ok(senders.deferrals, "file limit: mail is deferred meanwhile")
        tap.equal(daemon.codes, [], "file limit: it lives on")


def test_memory(bench):
    """Two megabytes more than it has: then malloc() fails, or no thread can be made."""
    with bench.daemon() as daemon:
        with bench.load("memory limit", "data as it is and 2 MB more (RLIMIT_DATA), 3 times", daemon) as senders:
            for _ in range(3):
                process = daemon.process
                # by its own user: for another one's process it takes a capability
                subprocess.run(
                    ["prlimit", f"--data={data_size(process.pid) + (2 << 20)}", "--pid", str(process.pid)],
                    user=USER, group="nogroup", extra_groups=[], check=True,
                )
                crowd(daemon, process)
                until(lambda: daemon.process.poll() is None and daemon.answers())
                time.sleep(1)
            codes = sorted(set(map(str, daemon.codes)))
            senders.seen.append(f"exit {', '.join(codes)}" if codes else "it lived on")
        tap.ok(-signal.SIGABRT in daemon.codes, "memory limit: it aborts", daemon.codes)


def data_size(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return 1024 * int(re.search(r"VmData:\s*(\d+)", f.read())[1])


def crowd(daemon, process):
    """Headers of 500 KB in 40 connections, until it is gone."""
    field = b"LX-Long\0 " + b"x" * 990 + b"\0"
    header = (struct.pack(">I", len(field)) + field) * 500
    clients = []
    try:
        for _ in range(40):
            c = Client(daemon.socket, 5)
            clients.append(c)
            c.negotiate()
            c.connect()
            c.helo()
            c.mail("<a@city.example>")
            c.send_raw(header)
    except (OSError, MilterError):
        pass
    until(lambda: process.poll() is not None, 5)
    for c in clients:
        c.close()


def test_clock(bench):
    if not os.path.exists(FAKETIME) or sanitized():
        tap.skip("clock jumps", "no libfaketime, or sanitizers that do not bear it")
        return
    stamp = os.path.join(bench.where, "clock")

    def jump(by):
        with open(stamp + ".new", "w", encoding="ascii") as f:
            f.write(by + "\n")
        os.chmod(stamp + ".new", 0o644)
        os.rename(stamp + ".new", stamp)

    jump("+0")
    with bench.daemon() as daemon:
        daemon.over.set()
        daemon.keeper.join()
        daemon.stop()
        environment = daemon.environment()
        environment.update(
            LD_PRELOAD=FAKETIME,
            FAKETIME_TIMESTAMP_FILE=stamp,
            FAKETIME_NO_CACHE="1",
            DONT_FAKE_MONOTONIC="1",
            FAKETIME_DONT_FAKE_MONOTONIC="1",
        )
        daemon.environment = lambda: environment
        daemon.start()
        with bench.load("clock jumps", "a day on, a day back, ten years on, 2001, and now", daemon):
            for by in ("+1d", "-1d", "+10y", "@2001-09-09 03:46:39", "+0"):
                jump(by)
                time.sleep(1.5)
        tap.equal(daemon.stop(), 0, "clock jumps: it ends with 0")


FAULTS = [
    test_dns_dead,
    test_dns_slow,
    test_dns_flapping,
    test_mta_killed,
    test_killed,
    test_upgrade,
    test_reload,
    test_disk_full,
    test_disk_full_at_start,
    test_files,
    test_memory,
    test_clock,
]


def with_bench(where, wanted):
    bench = Bench(where)

    def named(test):
        def run():
            begun = time.monotonic()
            test(bench)
            print(f"# {test.__name__}: {time.monotonic() - begun:.0f} s", flush=True)

        run.__name__ = test.__name__
        return run

    def show():
        print("#\n# | fault | what was done | seen | sent | delivered | refused | deferred | lost | unchecked |")
        print("# |---|---|---|---|---|---|---|---|---|")
        for name, done, seen, t in bench.table:
            print(
                f"# | {name} | {done} | {seen} | {t.sent} | {t.delivered} | {t.refused} | "
                f"{t.deferred} | {t.lost} | {t.unchecked} |"
            )

    with bench.postfix:
        tap.run([*(named(t) for t in FAULTS if not wanted or t.__name__[5:] in wanted), show])


def main():
    if os.geteuid() != 0:
        print("1..0 # SKIP Postfix needs root")
        return
    if shutil.which("postfix") is None:
        print("1..0 # SKIP there is no Postfix: scripts/install-deps test")
        return
    where = tempfile.mkdtemp(prefix="beschermd-faults.", dir="/tmp")
    os.chmod(where, 0o755)
    try:
        with_bench(where, sys.argv[1:])
    finally:
        shutil.rmtree(where, ignore_errors=True)


if __name__ == "__main__":
    main()
