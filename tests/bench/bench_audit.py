#!/usr/bin/python3
"""How long an audit of a hundred domains on three hosts takes, and its memory: DNS is a zone file, the hosts
are servers of this program's, each of which is to be looked at once.

builddir: where beschermctl is.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import mailhosts
from badtls import Server, context_of

BUILD = os.environ.get("builddir", ".")
DOMAINS = 100
SECONDS, MEGABYTES = 10, 64


def zone():
    text = "$ORIGIN .\n$TTL 300\n. SOA ns. host. 1 3600 600 86400 300\n"
    for n in range(3):
        text += f"mx{n}.example. A 192.0.2.{n + 1}\n_25._tcp.mx{n}.example. TLSA 3 1 1 {'ab' * 32}\n"
    for n in range(DOMAINS):
        text += f'd{n}.example. MX 10 mx{n % 3}.example.\nd{n}.example. TXT "v=spf1 mx include:spf.example -all"\n'
        text += f'_dmarc.d{n}.example. TXT "v=DMARC1; p=reject; rua=mailto:dmarc@d0.example"\n'
    return text + 'spf.example. TXT "v=spf1 ip4:192.0.2.0/24 -all"\n'


with tempfile.TemporaryDirectory(prefix="beschermd-bench-audit-") as folder:
    for name, content in (
        ("zone", zone()),
        ("plan", "".join(f"Domain d{n}.example kind=mail\n" for n in range(DOMAINS))),
        ("conf", ""),
    ):
        with open(os.path.join(folder, name), "w", encoding="ascii") as file:
            file.write(content)
    certificates = mailhosts.Certificates(folder)
    certificates.key("key", "ec")
    context = context_of(certificates.make("mx", "key", "mx.example"))
    servers = [Server(f"127.0.0.{n + 2}", "odd", port=0, context=context) for n in range(3)]
    command = [os.path.join(BUILD, "beschermctl"), "audit", "--pause", "0", "--json", "-c", f"{folder}/conf"]
    for n, server in enumerate(servers):
        address, port = server.socket.getsockname()
        command += ["--connect-to", f"mx{n}.example={address}@{port}"]
    begun = time.monotonic()
    done = subprocess.run([*command, "-f", f"{folder}/plan", "--zone", f"{folder}/zone"], stdout=subprocess.PIPE, check=False)
    took = time.monotonic() - begun
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
connections = [server.count for server in servers]
print(f"{DOMAINS} domains: {took:.1f} s ({SECONDS} s at most), {memory:.0f} MB ({MEGABYTES} MB at most), exit {done.returncode}, "
      f"connections {connections}")  # fmt: skip
raise SystemExit(0 if done.returncode in (0, 1, 75) and 0 < min(connections) <= max(connections) <= 25 and took < SECONDS and memory < MEGABYTES else 1)
