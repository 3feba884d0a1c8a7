#!/usr/bin/python3
"""What Postfix's cleanup(8) pays for each field that a milter takes away: it looks for each
one from the top of the header.

    bench_removals.py      as root, for a private Postfix

A milter in this file removes what it is told to, from the last one up as beschermd does,
so that more can be measured than beschermd removes.  Prints processor time of cleanup by
message: 1000 forged results, alone and below other fields, long ones and many.
"""

import os
import shutil
import socketserver
import struct
import sys
import tempfile
import threading

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import smtp
from postfix import PrivatePostfix, missing

REMOVALS = (0, 50, 1000)
RESULTS = 1000
FIELD = b"Authentication-Results: mx.school.example; dmarc=pass (p=reject) header.from=bank.example\r\n"
LONG, SHORT = b"X-Filler: " + b"x" * 62 + b"\r\n", b"X:\r\n"
ROWS = ((0, LONG), (2000, LONG), (8000, LONG), (400, SHORT), (2000, SHORT))  # in kB
SEARCHED_MAX = 100e6  # fields in all, for one message; more would take minutes
CHANGE_HEADERS = 0x10
NO_CONNECT_TO_BODY = 0x7F  # which events the milter does not want: all but the last
ROUNDS = 3


class Milter(socketserver.StreamRequestHandler):
    def say(self, command, data=b""):
        self.wfile.write(struct.pack("!I", len(data) + 1) + command + data)

    def handle(self):
        while head := self.rfile.read(5):
            length, command = struct.unpack("!Ic", head)
            self.rfile.read(length - 1)
            if command == b"O":
                self.say(b"O", struct.pack("!III", 6, CHANGE_HEADERS, NO_CONNECT_TO_BODY))
            elif command == b"E":
                for nth in range(self.server.removals, 0, -1):
                    self.say(b"m", struct.pack("!I", nth) + b"Authentication-Results\0\0")
                self.say(b"c")
            elif command == b"Q":
                return
            elif command not in b"DAK":
                self.say(b"c")


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    removals = 0


def cleanup_seconds(postfix):
    """Processor time of the cleanup processes of this Postfix."""
    ticks, master = 0, str(postfix.master_pid())
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii") as f:
                name, rest = f.read().rsplit(")", 1)
        except OSError:
            continue
        fields = rest.split()
        if name.endswith("(cleanup") and fields[1] == master:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def measure(postfix, server, other, removals):
    server.removals = removals
    data = other + FIELD * RESULTS
    data += b"From: joe@bank.example\r\nSubject: hello\r\n\r\nHello\r\n"
    begun = cleanup_seconds(postfix)
    for _ in range(ROUNDS):
        reply = smtp.send(postfix.port, data, "192.0.2.1")
        if not reply.startswith("250"):
            sys.exit(reply)
    seconds = (cleanup_seconds(postfix) - begun) / ROUNDS
    postfix.delivered += ROUNDS
    left = postfix.sink.wait(postfix.delivered, 60)[-1].content.count(FIELD[:22])
    if left != RESULTS - removals:
        sys.exit(f"{left} of {RESULTS} results are left, after {removals} removals")
    return seconds


def main():
    if reason := missing():
        sys.exit(reason)
    directory = tempfile.mkdtemp(prefix="beschermd-removals.", dir="/tmp")
    server = Server(("127.0.0.1", 0), Milter)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    milter = f"inet:127.0.0.1:{server.server_address[1]}"
    # One cleanup process, which stays.
    settings = [("max_use", "10000"), ("max_idle", "1000s"), ("milter_content_timeout", "600s")]
    try:
        with PrivatePostfix(directory, milter=milter, settings=settings) as postfix:
            smtp.send(postfix.port, b"Subject: first\r\n\r\nHello\r\n", "192.0.2.1")
            postfix.delivered = 1
            print("| other fields | " + " | ".join(f"{n} removed" for n in REMOVALS) + " |")
            for kilobytes, field in ROWS:
                count = kilobytes * 1000 // len(field)
                counts = [n for n in REMOVALS if n * count <= SEARCHED_MAX]
                row = [f"{measure(postfix, server, field * count, n):.2f} s" for n in counts]
                print(f"| {count} of {len(field)} octets | " + " | ".join(row) + " |", flush=True)
    finally:
        server.shutdown()
        shutil.rmtree(directory, ignore_errors=True)


main()
