#!/usr/bin/python3
"""`beschermctl metrics --listen`: what it serves, to whom it does not give way, and Prometheus on top.  TAP.

Prometheus, its rules and the queries of the dashboard are those of docs/examples.
"""

import http.client
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

srcdir = os.environ.get("srcdir", ".")
sys.path.insert(0, os.path.join(srcdir, "tests/lib"))
sys.dont_write_bytecode = True

import figures  # noqa: E402
import tap  # noqa: E402
from daemon import SETTINGS, Beschermd, sanitized  # noqa: E402
from milterclient import send_message  # noqa: E402
from running import BUILD, USER, end, until, work_folder  # noqa: E402

CTL = os.path.join(BUILD, "beschermctl")
EXAMPLES = os.path.join(srcdir, "docs/examples")
CONF = "Metrics {dir}/m.prom\nHistory {dir}/history.db\n"
ZONE = 'good.example TXT "v=spf1 ip4:192.0.2.1 -all"\n_dmarc.good.example TXT "v=DMARC1; p=reject"\n'
MESSAGES = 12
MEMORY_KB = 40960


class Exporter:
    def __init__(self, conf, *arguments, listen="127.0.0.1:0"):
        command = [CTL, "metrics", "-c", conf, "-o", f"UserID={USER}", "--listen", listen, *arguments]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ, LC_ALL="C")
        )
        line = self.process.stdout.readline()
        self.port = int(line.split()[-1]) if line else None

    def __enter__(self):
        return self

    def __exit__(self, *what):
        end(self.process)
        self.process.stdout.close()
        self.process.stderr.close()

    def get(self, path, method="GET", host="127.0.0.1", timeout=30, **more):
        connection = http.client.HTTPConnection(host, self.port, timeout=timeout)
        try:
            connection.request(method, path, **more)
            answer = connection.getresponse()
            return answer.status, answer.read().decode(), answer.headers
        finally:
            connection.close()

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def lives(self):
        return self.process.poll() is None and self.get("/health")[0] == 200

    def memory(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as f:
            return next(int(line.split()[1]) for line in f if line.startswith("VmRSS:"))

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))


def built():
    """Has this build an exporter?"""
    done = subprocess.run(
        [CTL, "metrics", "-o", "Metrics=/x.prom", "--listen", "nonsense"], capture_output=True, text=True, check=False, env=dict(os.environ, LC_ALL="C")
    )
    return "no exporter" not in done.stderr


def file_of(daemon):
    return os.path.join(daemon.dir, "m.prom")


def text_of(daemon):
    with open(file_of(daemon), encoding="ascii") as f:
        return f.read()


def test_answers():
    with Beschermd(CONF, ZONE) as d:
        until(lambda: os.path.exists(file_of(d)))
        with Exporter(d.conf) as e:
            code, body, header = e.get("/metrics")
            tap.equal((code, body), (200, text_of(d)), "/metrics is the file")
            tap.equal(header["Content-Type"], "text/plain; version=0.0.4; charset=utf-8", "its type")
            tap.equal(e.get("/health")[:2], (200, "ok\n"), "/health")
            code, body, header = e.get("/metrics", "HEAD")
            tap.equal((code, body, header["Content-Length"]), (200, "", str(len(text_of(d)))), "HEAD")
            for path in ("/", "/metrics/", "/metrics.prom", "//metrics", "/../etc/passwd", "/metrics/../health", "*"):
                tap.equal(e.get(path)[0], 404, f"404: {path}")
            for path in ("http://mx.school.example/metrics", "HTTP://127.0.0.1:9893/metrics"):
                tap.equal(e.get(path)[:2], (200, text_of(d)), f"absolute form: {path}")
            tap.equal(e.get("http://[::1]/health?x=http://a/b")[:2], (200, "ok\n"), "absolute form of /health")
            for path in ("http://host", "http://host/", "http:///metrics", "http://a/b/metrics", "http:/metrics", "ftp://host/metrics"):
                tap.equal(e.get(path)[0], 404, f"404: {path}")
            for method in ("POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "NONSENSE"):
                code, _, header = e.get("/metrics", method, body=b"x" * 100)
                tap.equal((code, header["Allow"]), (405, "GET, HEAD"), f"405: {method}")
            if os.geteuid() == 0:
                tap.ok(os.stat(f"/proc/{e.process.pid}").st_uid != 0, "it is not root")
            else:
                tap.skip("it is not root", "needs root")
            os.utime(file_of(d), (1, 1))
            code, body, _ = e.get("/metrics")
            tap.ok(code == 503 and "was written" in body, "an old file: 503, and why", body)
            tap.equal(e.get("/health")[0], 503, "and of /health")
            d.stop()
            code, body, _ = e.get("/metrics")
            tap.ok(code == 503 and body == f"{file_of(d)}: the file is missing\n", "no file: 503, and why", body)
        with Exporter(d.conf, listen="[::1]:0") as e:
            if e.port is None:
                tap.skip("IPv6", "none here")
            else:
                tap.equal(e.get("/nothing", host="::1")[0], 404, "IPv6")
        with Exporter(d.conf, listen="0") as e:
            with open("/proc/net/tcp", encoding="ascii") as f:
                places = [line.split()[1] for line in f]
            tap.ok(f"0100007F:{e.port:04X}" in places, "without an address it is loopback")
            with Exporter(d.conf, listen=str(e.port)) as second:
                tap.equal(second.process.wait(30), 69, "a port that is taken: 69")
        for listen in ("", "x", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "::1:9893", "example.nl:9893", "1.2.3:1", "-1"):
            with Exporter(d.conf, listen=listen) as e:
                tap.equal(e.process.wait(30), 64, f"64: --listen {listen}")
        with Exporter(d.conf, "-o", "Metrics=") as e:
            tap.equal(e.process.wait(30), 69, "without Metrics: 69")


REQUEST = b"GET /metrics HTTP/1.1\r\nHost: x\r\n"
GARBAGE = (
    b"\0" * 1000,
    bytes(range(256)) * 40,
    b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03" + b"x" * 508,
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET\r\n\r\n",
    b"GET /metrics\r\n",
    b"GET /metrics HTTP/9.9\r\nHost: x\r\n\r\n",
    b"GET " + b"/" * 100000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /%00%ff%zz%2e%2e HTTP/1.1\r\nHost: x\r\n\r\n",
    b"A" * 1000000,
    REQUEST + b"X: " + b"y" * 1000000 + b"\r\n\r\n",
    REQUEST + b"X: y\r\n" * 100000 + b"\r\n",
    REQUEST + b"X" * 5000 + b"\r\n\r\n",
    REQUEST + b" folded: without end\r\n" * 2000,
    REQUEST + b"Content-Length: -1\r\n\r\n",
    REQUEST + b"Content-Length: 99999999999999999999999\r\n\r\n",
    REQUEST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    REQUEST + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nx",
    REQUEST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    REQUEST + b"Connection: keep-alive, upgrade\r\nUpgrade: websocket\r\n\r\n",
    REQUEST + b"Expect: 100-continue\r\nContent-Length: 10\r\n\r\n",
    REQUEST + b"Cookie: " + b"a=b; " * 1000 + b"\r\n\r\n",
    REQUEST + b"Range: bytes=0-1,5-,-7\r\n\r\n",
    b"POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n" + b"x" * 200000,
    b"POST /metrics HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 100\r\n\r\n--x\r\n",
    b"GET http://other.example/metrics HTTP/1.1\r\nHost: x\r\n\r\n",
    b"CONNECT mx.example:25 HTTP/1.1\r\n\r\n",
    (REQUEST + b"\r\n") * 500,
    b"GET /?" + b"a=b&" * 20000 + b" HTTP/1.1\r\n\r\n",
    b"\r\n" * 100000,
)


def throw(exporter, data):
    """Send it as far as it is taken, read until the other side ends or says no more.  Does it live?"""
    with exporter.connect() as s:
        s.settimeout(0.3)
        try:
            s.sendall(data)
        except OSError:
            pass
        try:
            while s.recv(65536):
                pass
        except OSError:
            pass
    return exporter.process.poll() is None


def test_garbage():
    with Beschermd(CONF, ZONE) as d:
        until(lambda: os.path.exists(file_of(d)))
        with Exporter(d.conf) as e:
            with ThreadPoolExecutor(8) as pool:
                for data, taken in zip(GARBAGE, pool.map(lambda data: throw(e, data), GARBAGE)):
                    tap.ok(taken, f"garbage: {data[:40]!r}")
            tap.ok(e.lives(), "it serves after that")
            for n in range(300):
                throw_short(e, os.urandom(200) if n % 2 else REQUEST[: n % len(REQUEST)])
            tap.ok(e.lives(), "and after 300 pieces more")
            check_many(e)
            if sanitized():
                tap.skip("its memory is bounded", "sanitizers keep what was freed")
            else:
                tap.ok(e.memory() < MEMORY_KB, "its memory is bounded", f"{e.memory()} KB")
            e.process.terminate()
            tap.equal(e.process.wait(30), 0, "a TERM ends it")
            tap.equal(e.process.stderr.read(), "", "it has not said a word about all that")


def throw_short(exporter, data):
    with exporter.connect() as s:
        s.sendall(data)


@contextmanager
def exporter_of_a_file():
    with work_folder("exporter") as where:
        conf = os.path.join(where, "conf")
        with open(conf, "w", encoding="ascii") as f:
            f.write(f"Metrics {where}/m.prom\n")
        with open(os.path.join(where, "m.prom"), "w", encoding="ascii") as f:
            f.write("beschermd_mode_enforce 1\n")
        with Exporter(conf) as e:
            yield e


def serve_slow():
    """16 clients that say an octet now and then; what was taken, and what one more is answered."""
    with exporter_of_a_file() as e:
        slow = [e.connect() for _ in range(16)]
        stop = threading.Event()
        thread = threading.Thread(target=drip, args=(slow, stop), daemon=True)
        thread.start()
        descriptors = e.descriptors()
        code = e.get("/health")[0]
        stop.set()
        thread.join()
        for s in slow:
            s.close()
    return descriptors, code


def serve_idle():
    """60 clients that say nothing; what one more is answered before their 10 s are over four times."""
    with exporter_of_a_file() as e:
        idle = [e.connect() for _ in range(60)]
        try:
            code = e.get("/health", timeout=20)[0]
        except OSError as error:
            code = error
        for s in idle:
            s.close()
    return code


def drip(clients, stop):
    n = 0
    while not stop.wait(0.5):
        for s in clients:
            try:
                s.send((REQUEST + b"X: " + b"y" * 200)[n : n + 1])
            except OSError:
                pass
        n += 1


def test_slow():
    descriptors, code = SLOW.result()
    tap.ok(descriptors < 16 + 16, "16 slow clients are taken", descriptors)
    tap.equal(code, 200, "and not served for ever: who comes then has his turn")
    tap.equal(IDLE.result(), 200, "60 who say nothing do not keep out who asks")


def check_many(exporter):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 1000 + 100
    if hard != resource.RLIM_INFINITY and hard < wanted:
        tap.skip("1000 connections", f"{hard} files may be open here")
        return
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    many, most = [], 0
    for n in range(1000):
        s = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        s.connect_ex(("127.0.0.1", exporter.port))
        many.append(s)
        if n % 100 == 0:
            most = max(most, exporter.descriptors())
    tap.ok(max(most, exporter.descriptors()) < 16 + 16, "of 1000 connections 16 are taken", most)
    for s in many:
        s.close()
    tap.ok(until(exporter.lives, 30), "and when they are gone it serves again")


# Prometheus


class Prometheus:
    def __init__(self, where, target):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        with open(os.path.join(EXAMPLES, "prometheus.yml"), encoding="ascii") as f:
            text = f.read()
        # As the example has it, but for what is this test's.
        text = text.replace("127.0.0.1:9893", target).replace("15s", "1s")
        text = text.replace("/etc/prometheus/beschermd-alerts.yml", os.path.abspath(os.path.join(EXAMPLES, "beschermd-alerts.yml")))
        conf = os.path.join(where, "prometheus.yml")
        with open(conf, "w", encoding="ascii") as f:
            f.write(text)
        self.log = open(os.path.join(where, "prometheus.log"), "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            ["prometheus", f"--config.file={conf}", f"--storage.tsdb.path={where}/data", f"--web.listen-address=127.0.0.1:{self.port}"],
            stdout=self.log,
            stderr=self.log,
        )

    def __enter__(self):
        return self

    def __exit__(self, *what):
        end(self.process)
        self.log.close()

    def ask(self, path, **values):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", f"/api/v1/{path}?{urllib.parse.urlencode(values)}")
            return json.loads(connection.getresponse().read())
        except (OSError, http.client.HTTPException, ValueError):
            return {"status": "away"}
        finally:
            connection.close()

    def query(self, text):
        answer = self.ask("query", query=text)
        return answer["data"]["result"] if answer["status"] == "success" else None

    def value(self, text):
        result = self.query(text)
        return float(result[0]["value"][1]) if result else None


def rewrite(daemon):
    """Have the file written anew, now."""
    before = text_of(daemon)
    daemon.signal(signal.SIGHUP)
    until(lambda: text_of(daemon) != before)


def send(daemon, count):
    for n in range(count):
        send_message(daemon.socket, b"From: a@good.example\n\nx\n", "192.0.2.1" if n % 2 else "203.0.113.66", mail_from="<a@good.example>")


def queries():
    """(panel, query) of the dashboard, with what Grafana puts in."""
    with open(os.path.join(EXAMPLES, "beschermd-dashboard.json"), encoding="utf-8") as f:
        board = json.load(f)
    for panel in board["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"].replace("$__rate_interval", "1m").replace("$instance", ".*")


def test_prometheus():
    if shutil.which("prometheus") is None:
        tap.skip("Prometheus", "none here: scripts/install-deps test")
        return
    with Beschermd(CONF, ZONE) as d, work_folder("prometheus") as where:
        until(lambda: os.path.exists(file_of(d)))
        with Exporter(d.conf) as e, Prometheus(where, f"127.0.0.1:{e.port}") as p:
            tap.ok(until(lambda: p.value('up{job="beschermd"}') == 1, 60), "it is scraped")
            send(d, MESSAGES)
            until(lambda: "history_rows_total %d\n" % MESSAGES in (rewrite(d), text_of(d))[1])
            rows = "beschermd_history_rows_total"
            tap.ok(until(lambda: p.value(rows) == MESSAGES, 30), "Prometheus has the figures", p.value(rows))
            tap.equal(p.value('beschermd_messages_total{action="reject"}'), MESSAGES / 2, "as they are")
            wanted, types = figures.parse(text_of(d))
            known = {m["__name__"] for m in p.ask("series", **{"match[]": '{job="beschermd"}'})["data"]}
            tap.equal(sorted(n for n in wanted if n.split("{")[0] not in known), [], "all series are there")
            meta = p.ask("metadata")["data"]
            tap.equal({n: meta[n][0]["type"] for n in types if n in meta}, types, "with their types")
            time.sleep(1.5)
            for title, query in queries():
                answer = p.ask("query", query=query)
                tap.ok(answer["status"] == "success" and answer["data"]["result"], f"dashboard: {title}: {query[:60]}", answer)
            rules = [r for g in p.ask("rules")["data"]["groups"] for r in g["rules"]]
            tap.equal(sorted(r["name"] for r in rules if r["lastError" if "lastError" in r else "health"] in ("err",)), [], "no alert fails")
            tap.ok(len(rules) >= 10, "the alerts are read")
            d.write(SETTINGS + "ZoneFile {dir}/zone\n" + CONF + "Nonsense yes\n")
            d.signal(signal.SIGHUP)
            alert = 'ALERTS{alertname="BeschermdReloadRefused"}'
            p.query(alert)
            tap.ok(until(lambda: p.value('beschermd_reloads_total{result="refused"}') == 1, 30), "a reload that is refused")
            d.stop()
            tap.ok(until(lambda: p.value('up{job="beschermd"}') == 0, 30), "a filter that is gone is down")


def test_examples():
    if shutil.which("promtool") is None:
        tap.skip("the examples", "no promtool: scripts/install-deps test")
        return
    for command in (
        ["check", "rules", os.path.join(EXAMPLES, "beschermd-alerts.yml")],
        ["test", "rules", os.path.join(srcdir, "tests/e2e/alerts.yml")],
        ["check", "config", "--syntax-only", os.path.join(EXAMPLES, "prometheus.yml")],
    ):
        done = subprocess.run(["promtool", *command], capture_output=True, text=True, check=False)
        tap.equal(done.returncode, 0, f"promtool {' '.join(command[:2])}")
        if done.returncode:
            print("# " + (done.stdout + done.stderr).replace("\n", "\n# "))


if not built():
    tap.skip_all("a build without libmicrohttpd")
    sys.exit(0)
# It takes its time, while others are looked at.
ASIDE = ThreadPoolExecutor(2)
SLOW, IDLE = ASIDE.submit(serve_slow), ASIDE.submit(serve_idle)
tap.run([test_examples, test_answers, test_garbage, test_prometheus, test_slow])
