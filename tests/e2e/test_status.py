#!/usr/bin/python3
"""`beschermctl status`: what it says of a filter that runs, hangs, or is something else.  TAP."""

import json
import os
import pwd
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

srcdir = os.environ.get("srcdir", ".")
sys.path.insert(0, os.path.join(srcdir, "tests/lib"))
sys.dont_write_bytecode = True

import tap  # noqa: E402
from daemon import SETTINGS, Beschermd  # noqa: E402
from dnsfault import ZoneServer  # noqa: E402
from milterclient import send_message  # noqa: E402
from running import BUILD, USER, until, work_folder  # noqa: E402

CTL = os.path.join(BUILD, "beschermctl")
ZONE = '_dmarc.good.example. 300 IN TXT "v=DMARC1; p=reject"\n'
OK, LOOK, DOWN = 0, 1, 2


def run(conf, *arguments, user=None):
    def become():
        os.setgroups([])
        os.setgid(pwd.getpwnam(user).pw_gid)
        os.setuid(pwd.getpwnam(user).pw_uid)

    command = [CTL, "status", "-c", conf, *arguments]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=dict(os.environ, LC_ALL="C"),
        preexec_fn=become if user else None,
    )


def status(conf, *arguments, user=None):
    """The exit code and the object of --json."""
    done = run(conf, "--json", *arguments, user=user)
    return done.returncode, json.loads(done.stdout)


def reload(daemon):
    before = daemon.log().count("settings reloaded")
    daemon.signal(signal.SIGHUP)
    until(lambda: daemon.log().count("settings reloaded") > before)


def fresh(daemon):
    """Its figures are of after the last message."""
    path = os.path.join(daemon.dir, "m.prom")
    until(lambda: os.path.exists(path))
    before = os.stat(path).st_ino, os.stat(path).st_mtime_ns
    reload(daemon)
    until(lambda: (os.stat(path).st_ino, os.stat(path).st_mtime_ns) != before)


def test_runs():
    names = ZoneServer(ZONE)
    where = f"Nameservers 127.0.0.1@{names.port}\n"
    with Beschermd(where + "Metrics {dir}/m.prom\nHistory {dir}/history.db\n") as d:
        until(lambda: os.path.exists(os.path.join(d.dir, "m.prom")))
        code, got = status(d.conf)
        tap.equal((code, got["status"]), (OK, "ok"), "all is well: 0")
        tap.equal((got["socket"], got["mode"], got["metrics"]), ("answers", "enforce", "fresh"), "it answers")
        tap.equal((got["last_message"], got["trouble"]), (None, []), "no message yet")
        send_message(d.socket, b"From: a@good.example\n\nx\n", "192.0.2.1", mail_from="<a@good.example>")
        fresh(d)
        _, got = status(d.conf)
        tap.ok(abs(got["last_message"] - time.time()) < 60, "when the last message came", got)
        tap.ok(isinstance(got["version"], str) and got["version"][0].isdigit(), "the version that runs", got)
        tap.equal((got["dns"], got["history"]), ("insecure", "ok"), "DNS and history")
        done = run(d.conf)
        tap.ok(done.stdout.startswith("OK: mode enforce, last message: 20"), "the first line says it all", done.stdout)
        tap.equal((len(done.stdout.splitlines()), done.stderr), (9, ""), "then a line each")
        # Not yet reloaded; exceptions that ran out.
        text = SETTINGS + where + "Metrics {dir}/m.prom\nHistory {dir}/history.db\n"
        d.write(text + "Mode monitor\nOverride a.example reject until=2020-01-01\nOverride b.example reject\n")
        code, got = status(d.conf)
        tap.equal(code, LOOK, "settings that were not read yet, and an exception that ran out: 1")
        tap.equal([t["what"] for t in got["trouble"]], ["mode", "overrides"], "it says which")
        tap.equal((got["mode"], got["overrides"], got["overrides_expired"]), ("enforce", 2, 1), "what is in force, and how many")
        done = run(d.conf)
        tap.ok(done.stdout.startswith("LOOK: mode: enforce"), "the first line says what", done.stdout)
        tap.ok("a.example" in done.stdout and "b.example" not in done.stdout, "and which exception")
        d.write(text + "Mode monitor\n")
        fresh(d)
        code, got = status(d.conf)
        tap.equal((code, got["mode"]), (OK, "monitor"), "Mode monitor is no trouble: 0")
        hang(d)
        os.utime(os.path.join(d.dir, "m.prom"), (1, 1))
        code, got = status(d.conf)
        tap.equal((code, got["metrics"], got["version"], got["history_lost"]), (LOOK, "stale", None, None), "figures that are old: 1")
        gone = os.path.join(d.dir, "gone.prom")
        done = run(d.conf, "-o", f"Metrics={gone}")
        said = [line for line in done.stdout.splitlines() if f"{gone}: the file is missing" in line]
        tap.ok(done.returncode == LOOK and len(said) >= 4 and "not set" not in done.stdout, "figures that are gone: each row says so", done.stdout)


def hang(daemon):
    daemon.process.send_signal(signal.SIGSTOP)
    before = time.monotonic()
    code, got = status(daemon.conf)
    took = time.monotonic() - before
    daemon.process.send_signal(signal.SIGCONT)
    tap.equal((code, got["socket"]), (DOWN, "silent"), "a filter that hangs: 2")
    tap.ok(took < 30, "within a bound", took)


def test_nothing_switched_on():
    with Beschermd("", "good.example TXT x\n") as d:
        code, got = status(d.conf)
        tap.equal((code, got["status"]), (OK, "ok"), "without Metrics and History: 0")
        tap.equal((got["metrics"], got["history"], got["mode"], got["version"], got["history_lost"]), ("off", "off", "enforce", None, None), "and what is known then")
        done = run(d.conf)
        ended = run(d.conf, "-o", "Override=old.example accept until=2020-01-01")
        tap.ok(ended.returncode == LOOK and "1, of which 1 has ended: " in ended.stdout, "an exception that has ended: 1", ended)
        tap.ok("as the settings say" in done.stdout, "the mode is that of the settings", done.stdout)
        tap.ok("not known (Metrics is not set)" in done.stdout, "and why other things are not known", done.stdout)
        conf = d.conf
        d.stop()
        tap.equal(status(conf)[0], DOWN, "after a stop: 2")
        done = run(conf)
        tap.ok(done.stdout.startswith("DOWN: socket: unix:"), "the first line says what", done.stdout)
        tap.equal(run(conf, "-o", "Nonsense=1").returncode, 78, "a mistake in the settings: 78")
        tap.equal(run(conf, "--nonsense").returncode, 64, "a wrong option: 64")
        tap.equal(run(conf, "operand").returncode, 64, "an operand: 64")


def test_dns():
    """Without figures it asks itself."""
    names = ZoneServer(ZONE)
    with Beschermd(f"Nameservers 127.0.0.1@{names.port}\n") as d:
        code, got = status(d.conf)
        tap.equal((code, got["dns"]), (OK, "insecure"), "a name server that answers")
        tap.equal(run(d.conf).stderr, "", "nothing on standard error")
    code, got = SLOW["dns"].result()
    tap.equal((code, got["dns"]), (LOOK, "outage"), "one that does not: 1")


def test_user():
    """A monitoring user without rights to the socket."""
    if os.geteuid() != 0:
        tap.skip("a user without rights", "needs root")
        return
    with Beschermd("Metrics {dir}/m.prom\nSocketMode 0600\n", "x.example TXT x\n") as d:
        until(lambda: os.path.exists(os.path.join(d.dir, "m.prom")))
        other = next(n for n in ("daemon", "bin", "mail") if n != USER)
        code, got = status(d.conf, user=other)
        tap.equal((code, got["socket"], got["mode"]), (OK, "not_asked", "enforce"), "with Metrics he is told")
        code, got = status(d.conf, "-o", "Metrics=", user=other)
        tap.equal((code, got["socket"]), (LOOK, "not_asked"), "without, 1")
        tap.ok("this user may not ask" in run(d.conf, "-o", "Metrics=", user=other).stdout, "and how to")


def options(version=6, actions=0x31, protocol=0x1F, more=b""):
    data = b"O" + struct.pack("!III", version, actions, protocol) + more
    return struct.pack("!I", len(data)) + data


class Stranger:
    """Something else that listens: ${speak}(connection) says what it does."""

    def __init__(self, where, speak):
        self.path = os.path.join(where, "stranger.sock")
        if os.path.exists(self.path):
            os.unlink(self.path)
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.bind(self.path)
        self.sock.listen(5)
        self.speak = speak
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        try:
            connection, _ = self.sock.accept()
            with connection:
                self.speak(connection)
        except OSError:
            pass


def say(data):
    def speak(connection):
        connection.recv(100)
        connection.sendall(data)
        connection.recv(100)

    return speak


def drip(data, pause):
    def speak(connection):
        for n in range(len(data)):
            connection.sendall(data[n : n + 1])
            time.sleep(pause)
        connection.recv(100)

    return speak


def flood(connection):
    try:
        while True:
            connection.sendall(b"\0" * 65536)
    except OSError:
        pass


def ask_stranger(case):
    """What status says of one, and how long it took; several can wait at one time."""
    name, speak, wanted = case
    with work_folder("status") as where:
        stranger = Stranger(where, speak)
        conf = os.path.join(where, "conf")
        with open(conf, "w", encoding="ascii") as f:
            f.write(f"Socket unix:{stranger.path}\nZoneFile /dev/null\nDNSSEC off\n")
        before = time.monotonic()
        code, got = status(conf)
        took = time.monotonic() - before
        stranger.sock.close()
    return name, wanted, code, got["socket"], took


def test_strangers():
    big = struct.pack("!I", 0xFFFFFFFF) + b"O" + b"x" * 100000
    cases = (
        ("an octet now and then", drip(options(more=b"x" * 500), 1), "silent"),
        ("one that stops within", say(options()[:9]), "silent"),
        ("a milter", say(options()), "answers"),
        ("one that names macros", say(options(more=b"\0\0\0\1j\0")), "answers"),
        ("one in pieces", drip(options(), 0.02), "answers"),
        ("an SMTP server", say(b"220 mx.example ESMTP\r\n"), "foreign"),
        ("a length beyond all", say(big), "foreign"),
        ("a version from the future", say(options(version=99)), "foreign"),
        ("actions that were not offered", say(options(actions=0xFFFFFFFF)), "foreign"),
        ("an answer too short", say(b"\0\0\0\2Ox"), "foreign"),
        ("another command", say(b"\0\0\0\1c"), "foreign"),
        ("more than an answer", say(options() + b"\0\0\0\1c"), "foreign"),
        ("octets without end", flood, "foreign"),
        ("one that hangs up", lambda connection: None, "closed"),
    )
    with ThreadPoolExecutor(4) as pool:
        for name, wanted, code, got, took in pool.map(ask_stranger, cases):
            tap.equal((got, code), (wanted, OK if wanted == "answers" else DOWN), name)
            tap.ok(took < 30, f"{name}: within a bound", took)


def ask_full_queue():
    """Nobody accepts, and there is no room for one more connection."""
    with work_folder("status") as where:
        path, conf = os.path.join(where, "full.sock"), os.path.join(where, "conf")
        with open(conf, "w", encoding="ascii") as f:
            f.write(f"Socket unix:{path}\nZoneFile /dev/null\nDNSSEC off\n")
        full = socket.socket(socket.AF_UNIX)
        full.bind(path)
        full.listen(0)
        waiting = []
        for _ in range(3):
            waiting.append(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK))
            waiting[-1].connect_ex(path)
        return status(conf)


def ask_silent_dns():
    """A filter that answers, and a name server that does not."""
    silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    silent.bind(("127.0.0.1", 0))
    with work_folder("status") as where:
        stranger, conf = Stranger(where, say(options())), os.path.join(where, "conf")
        with open(conf, "w", encoding="ascii") as f:
            f.write(f"Socket unix:{stranger.path}\nDNSSEC off\nNameservers 127.0.0.1@{silent.getsockname()[1]}\n")
        result = status(conf)
    silent.close()
    return result


def test_nobody():
    with work_folder("status") as where:
        conf = os.path.join(where, "conf")
        port = socket.socket()
        port.bind(("127.0.0.1", 0))
        number = port.getsockname()[1]
        for spec, name in (
            (f"inet:{number}@127.0.0.1", "a port where nobody listens"),
            ("inet:1@no.such.host.invalid", "a host that is not there"),
        ):
            with open(conf, "w", encoding="ascii") as f:
                f.write(f"Socket {spec}\nZoneFile /dev/null\nDNSSEC off\n")
            tap.equal(status(conf)[1]["socket"], "away", name)
    tap.equal(SLOW["queue"].result()[1]["socket"], "silent", "a full queue")


def test_service_manager():
    """The line that `systemctl status` shows."""
    done = subprocess.run([os.path.join(BUILD, "beschermd"), "-V"], capture_output=True, timeout=60, check=False)
    if b"service manager: none" in done.stdout:
        tap.skip("the status line", "built without a service manager")
        return
    with work_folder("notify") as where:
        manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        manager.bind(os.path.join(where, "notify"))
        os.chmod(os.path.join(where, "notify"), 0o777)
        manager.settimeout(0.2)
        d = Beschermd("History {dir}/none/history.db\nOverride a.example reject until=2020-01-01\n", "x.example TXT x\n")
        environment = dict(d.environment(), NOTIFY_SOCKET=os.path.join(where, "notify"))
        d.environment = lambda: environment
        said = []

        def says(words):
            try:
                said.append(manager.recv(2000).decode())
            except TimeoutError:
                d.signal(signal.SIGHUP)
            return any(words in text for text in said)

        with d:
            for words in ("trouble: 1 Override ended", "trouble: the history is waiting"):
                tap.ok(until(lambda words=words: says(words), 30), f"STATUS= says {words}", said)
        manager.close()


# What takes its time, while others are looked at.
POOL = ThreadPoolExecutor(2)
SLOW = {"dns": POOL.submit(ask_silent_dns), "queue": POOL.submit(ask_full_queue)}
tap.run([test_runs, test_nothing_switched_on, test_dns, test_user, test_strangers, test_nobody, test_service_manager])
