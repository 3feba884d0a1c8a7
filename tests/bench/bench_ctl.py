#!/usr/bin/python3
"""How many messages `beschermctl test` judges in a second, and in how much memory.

    bench_ctl.py [MESSAGES]      builddir: where beschermctl and tests/scenario are (default .)

Makes a folder of MESSAGES (10,000), of which nine in ten are signed with RSA-2048 and one
is forged, by tests/scenario, which signs what a scenario file asks for.
"""

import json
import os
import subprocess
import sys
import tempfile
import time

BUILD = os.environ.get("builddir", ".")
CHUNK = 60  # messages of one domain, and of one scenario file
ZONE_HEAD = "$ORIGIN .\n$TTL 300\n. IN SOA ns. hostmaster. 1 3600 600 86400 60\n. IN NS ns.\n"


def scenario(domain, count):
    """A scenario file with ${count} messages of 2 KB."""
    lines = ["# Messages for a measurement.", f"key s1._domainkey.{domain} rsa2048", "zone"]
    lines.append(f'  _dmarc.{domain} TXT "v=DMARC1; p=reject"')
    lines.append(f'  {domain} TXT "v=spf1 ip4:192.0.2.0/24 -all"')
    lines += ["client 192.0.2.1", "helo mail.example"]
    for i in range(count):
        lines += [f"mail <info@{domain}>", "header"]
        if i % 10 != 9:
            lines.append(f"  @sign d={domain} s=s1")
        lines += [f"  From: Info <info@{domain}>", "  To: anna@school.example", f"  Subject: message {i}"]
        lines += [f"  Message-ID: <{i}@{domain}>", "  Date: Mon, 23 Nov 2026 10:00:00 +0100", "body"]
        lines += [f"  Line {n} of message {i}, which is as long as lines of letters are." for n in range(28)]
    return "\n".join(lines) + "\n"


def make_chunk(folder, number, count):
    path = os.path.join(folder, "bench.case")
    with open(path, "w") as f:
        f.write(scenario(f"school{number}.example", count))
    made = subprocess.run([os.path.join(BUILD, "tests/scenario"), "--json", path], stdout=subprocess.PIPE, check=True)
    case = json.loads(made.stdout)
    with open(os.path.join(folder, "zone"), "a") as f:
        f.write(case["zone"])
    for i, e in enumerate(e for e in case["events"] if e["kind"] == "message"):
        client = "192.0.2.1" if i % 10 != 9 else "203.0.113.9"
        top = f"Return-Path: {e['text']}\nReceived: from mail.example (mail [{client}])\n by mx; now\n"
        with open(os.path.join(folder, "mail", f"{number}-{i:06}.eml"), "w", encoding="latin-1") as f:
            f.write(top + e["header"] + "\n" + e["body"])


def make(folder, count):
    os.mkdir(os.path.join(folder, "mail"))
    with open(os.path.join(folder, "zone"), "w") as f:
        f.write(ZONE_HEAD)
    for number, begin in enumerate(range(0, count, CHUNK)):
        make_chunk(folder, number, min(CHUNK, count - begin))


def run(command):
    """(standard output, seconds, most memory in KB)"""
    begin = time.monotonic()
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(command, stdout=out)
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.monotonic() - begin
        out.seek(0)
        if status != 0:
            sys.exit(f"{' '.join(command)}: status {status}")
        return out.read(), seconds, used.ru_maxrss


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10000
    with tempfile.TemporaryDirectory(prefix="bench-ctl-") as folder:
        make(folder, count)
        conf = os.path.join(folder, "beschermd.conf")
        open(conf, "w").close()
        for options in (["-j", "1"], ["-j", "2"], ["-j", "2", "--json"]):
            command = [os.path.join(BUILD, "beschermctl"), "test", "-c", conf, "--zone", folder + "/zone"]
            out, seconds, memory = run([*command, *options, folder + "/mail"])
            refused = out.count(b'"action":"reject"') if "--json" in options else out.count(b"\nrefused")
            print(
                f"{' '.join(options):12} {count} messages, {refused} refused, {seconds:.2f} s,"
                f" {count / seconds:.0f}/s, {memory / 1024:.0f} MB"
            )


if __name__ == "__main__":
    main()
