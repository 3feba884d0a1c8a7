#!/usr/bin/python3
"""beschermctl audit fetches policies of MTA-STS from web servers of this test: good, wrong and hostile ones.  TAP.

builddir: where beschermctl is.  Loopback only, by --connect-to.
"""

import json
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import mailhosts
import tap
from running import BUILD

CTL = os.path.join(BUILD, "beschermctl")
FOLDER = tempfile.TemporaryDirectory(prefix="beschermd-test-sts-")
POLICY = "version: STSv1\r\nmode: {mode}\r\nmax_age: {age}\r\nmx: {mx}\r\n"
BUILT_WITHOUT = "built without libcurl"


def path(name):
    return os.path.join(FOLDER.name, name)


def write(name, text):
    with open(path(name), "w", encoding="utf-8") as f:
        f.write(text)
    return path(name)


def openssl(*arguments, **how):
    mailhosts.openssl(*arguments, cwd=FOLDER.name, **how)


def authority(name):
    openssl(
        *f"req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN={name}".split(),
        *f"-keyout {name}.key -out {name}.pem".split(),
    )


def certificate(name, hosts, ca="ca", expired=False):
    openssl(*f"req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=x -keyout {name}.key -out {name}.csr".split())
    write("names", "subjectAltName=" + ",".join(f"DNS:{host}" for host in hosts) + "\n")
    openssl(
        *f"x509 -req -in {name}.csr -CA {ca}.pem -CAkey {ca}.key -CAcreateserial".split(),
        *f"-days 1 -extfile names -out {name}.pem".split(),
        ago=2 if expired else 0,
    )


def page(policy, status="200 OK", kind="text/plain", more=""):
    body = policy.encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n{more}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def good(mode="enforce", age=604800, mx="mx.{domain}"):
    return lambda domain: page(POLICY.format(mode=mode, age=age, mx=mx.format(domain=domain)))


def always(octets):
    return lambda domain: octets


def padded(size):
    """A good policy of so many octets."""

    def make(domain):
        text = POLICY.format(mode="enforce", age=604800, mx=f"mx.{domain}")
        line = "x: " + "y" * 1000 + "\r\n"
        while len(text) + len(line) <= size:
            text += line
        return page(text + "x: " + "y" * (size - len(text) - 3))

    return make


ENDLESS_HEAD = b"HTTP/1.1 200 OK\r\n" + b"X-More: " + b"z" * 900 + b"\r\n"

# Domain: what its server sends back, and what is to come of it.
CASES = {
    "good": (good(), "followed", "sts.mode", "ok"),
    "wildcard": (good(mx="*.{domain}"), "followed", "sts.mode", "ok"),
    "testing": (good(mode="testing"), "followed", "sts.mode", "look"),
    "off": (good(mode="none"), "not_followed", "sts.mode", "wrong"),
    "other": (good(mx="mx.elsewhere.example"), "not_followed", "sts.mx", "wrong"),
    "short": (good(age=3600), "followed", "sts.age", "look"),
    "html": (
        lambda domain: page(POLICY.format(mode="enforce", age=604800, mx=f"mx.{domain}"), kind="text/html"),
        "followed",
        "sts.type",
        "look",
    ),
    "absent": (always(page("", status="404 Not Found")), "not_followed", "sts.policy", "wrong"),
    "busy": (always(page("", status="503 Service Unavailable")), "untested", "sts.policy", "unknown"),
    "malformed": (always(page("<html>")), "not_followed", "sts.policy", "wrong"),
    "full": (padded(65536), "followed", "sts.mode", "ok"),
    "long": (padded(65537), "not_followed", "sts.policy", "wrong"),
    "endless": (None, "not_followed", "sts.policy", "wrong"),
    "nohttp": (always(b"220 mx.example ESMTP\r\n" * 100), "not_followed", "sts.policy", "wrong"),
    "closes": (always(b""), "untested", "sts.policy", "unknown"),
    "broken": (always(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nversion"), "untested", "sts.policy", "unknown"),
    "expired": (good(), "not_followed", "sts.certificate", "wrong"),
    "stranger": (good(), "not_followed", "sts.certificate", "wrong"),
    "misnamed": (good(), "not_followed", "sts.certificate", "wrong"),
    "plain": (good(), "untested", "sts.policy", "unknown"),
    "silent": (good(), "untested", "sts.policy", "unknown"),
    "drip": (good(), "untested", "sts.policy", "unknown"),
    "refused": (good(), "untested", "sts.policy", "unknown"),
    "nowhere": (good(), "untested", "sts.policy", "unknown"),
}
# Several domains on the server of one of these.
SHARED = {"good": [f"good{i}" for i in range(9)], "silent": ["silent1", "silent2"]}
CASES.update({name: CASES["good"] for name in SHARED["good"]})
CASES.update({name: CASES["nowhere"] for name in SHARED["silent"]})


class Web:
    """A server a domain, each of one connection after the other."""

    def __init__(self, name, certificate_name):
        self.name = name
        self.domain = f"{name}.example"
        self.answer = CASES[name][0]
        self.asked = []
        self.connections, self.open, self.most = 0, set(), 0
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen(8)
        self.port = self.socket.getsockname()[1]
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(path(f"{certificate_name}.pem"), path(f"{certificate_name}.key"))
        if name == "refused":
            self.socket.close()
        else:
            threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            connection, _ = self.socket.accept()
            self.connections += 1
            self.open.add(connection)
            self.most = max(self.most, len(self.open))
            threading.Thread(target=self.serve_one, args=(connection,), daemon=True).start()

    def serve_one(self, connection):
        try:
            self.one(connection)
        except OSError:
            pass
        finally:
            self.open.discard(connection)
            connection.close()

    def one(self, connection):
        connection.settimeout(20)
        if self.name == "silent":
            connection.recv(65536)
            connection.recv(1)  # until they give up
            return
        if self.name == "plain":
            connection.recv(65536)
            connection.sendall(self.answer(self.domain))
            return
        with self.context.wrap_socket(connection, server_side=True) as tls:
            head = b""
            while b"\r\n\r\n" not in head:
                got = tls.recv(4096)
                if not got:
                    return
                head += got
            self.asked.append(head.decode("latin-1"))
            if self.name == "drip":
                for octet in self.answer(self.domain):
                    tls.sendall(bytes([octet]))
                    time.sleep(0.5)
            elif self.answer is None:
                for _ in range(100000):
                    tls.sendall(ENDLESS_HEAD)
            else:
                # Who has the answer may come again, before this thread goes on.
                self.open.discard(connection)
                # Of the domain that is asked for.
                tls.sendall(self.answer(head.split(b"\r\nHost: mta-sts.")[1].split(b"\r\n")[0].decode()))


def make_servers():
    authority("ca")
    authority("stranger-ca")
    servers = {}
    shared = [name for names in SHARED.values() for name in names]
    bad = {"expired": {"expired": True}, "stranger": {"ca": "stranger-ca"}, "misnamed": {}}
    certificate("all", [f"mta-sts.{name}.example" for name in (*CASES, "moved") if name not in bad])
    for name, how in bad.items():
        certificate(name, ["www.misnamed.example" if name == "misnamed" else f"mta-sts.{name}.example"], **how)
    for name in CASES:
        if name != "nowhere" and name not in shared:
            servers[name] = Web(name, name if name in bad else "all")
    # A redirect to a server that would have it.
    there = f"https://mta-sts.good.example:{servers['good'].port}/.well-known/mta-sts.txt"
    CASES["moved"] = (
        always(page("", status="302 Found", more=f"Location: {there}\r\n")),
        "not_followed",
        "sts.policy",
        "wrong",
    )
    servers["moved"] = Web("moved", "all")
    for server, names in SHARED.items():
        servers.update({name: servers[server] for name in names})
    return servers


def zone():
    text = "$ORIGIN .\n$TTL 300\n"
    for name in CASES:
        text += f"{name}.example. MX 10 mx.{name}.example.\nmx.{name}.example. A 192.0.2.1\n"
        text += f'_mta-sts.{name}.example. TXT "v=STSv1; id=1;"\nmta-sts.{name}.example. A 192.0.2.2\n'
    return text


def audit(servers, *arguments, **environment):
    plan = write("plan", "".join(f"Domain {name}.example kind=mail\n" for name in CASES))
    command = [CTL, "audit", "-c", write("conf", "AuthservID mx.example\n"), "-f", plan, "--json", "--rules", "MTA-STS"]
    command += ["--zone", write("zone", zone()), "-j", "16", *arguments]
    for name, server in servers.items():
        command += ["--connect-to", f"mta-sts.{name}.example=127.0.0.1@{server.port}"]
    env = dict(os.environ, LC_ALL="C", SSL_CERT_FILE=path("ca.pem"), **environment)
    began = time.monotonic()
    done = subprocess.run(command, capture_output=True, timeout=120, env=env)
    took = time.monotonic() - began
    made = json.loads(done.stdout)
    return {d["domain"].split(".")[0]: d["rules"][0] for d in made["domains"]}, took


def test_policies():
    # Whatever proxy the environment names is not asked.
    judged, took = audit(SERVERS, https_proxy="http://127.0.0.1:1", ALL_PROXY="http://127.0.0.1:1")
    if any(BUILT_WITHOUT in c["text"] for rule in judged.values() for c in rule["checks"]):
        tap.skip("policies", "built without libcurl")
        return
    for name, (_, verdict, check, level) in CASES.items():
        rule = judged[name]
        found = [c for c in rule["checks"] if c["id"] == check and c["level"] == level]
        tap.ok(found and rule["verdict"] == verdict, f"{name}: {verdict}", json.dumps(rule, indent=1))
    good, silent = SERVERS["good"], SERVERS["silent"]
    tap.equal(good.connections, 10, "a redirect is not followed, and nobody is asked twice")
    tap.equal(good.most, 1, "a server of several domains has one connection at a time")
    tap.equal(silent.connections, 1, "one that is silent is not asked for each of its domains")
    asked = SERVERS["good"].asked[0]
    tap.equal(asked.split("\r\n")[0], "GET /.well-known/mta-sts.txt HTTP/1.1", "what is asked for")
    tap.ok("\r\nHost: mta-sts.good.example\r\n" in asked, "of which host", asked)
    tap.ok(took < 60, "a silent server does not hold it up for long", took)


def test_no_connect():
    before = sum(server.connections for server in SERVERS.values())
    judged, _ = audit(SERVERS, "--no-connect")
    tap.equal({rule["verdict"] for rule in judged.values()}, {"untested"}, "--no-connect: untested")
    tap.equal(sum(server.connections for server in SERVERS.values()), before, "nobody is connected to")


SERVERS = make_servers()
tap.run([test_policies, test_no_connect])
