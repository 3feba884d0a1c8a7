#!/usr/bin/python3
"""A mail server that has lost its mind: raw milter packets against a running beschermd.

    fuzz_protocol.py SECONDS [--seed N] [--first N] [--corpus DIR] [--findings DIR]

Each conversation is made of a good one by changes that its number and the seed decide,
so --seed S --first N has N as its first one again.  Several run at once.  Those in the
corpus (octets as they are sent) come before all.  What must hold: the daemon lives,
every packet of its own is well formed, a forged message never gets dmarc=pass, and
afterwards a good one is judged rightly, with the descriptors, threads and (without
sanitizers) memory of before, and the daemon ends with 0: a leak or race ends it with
another code where it was built to see them.

builddir: where beschermd is.
"""

import argparse
import os
import random
import socket
import struct
import sys
import threading
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

from daemon import Beschermd, sanitized
from milterclient import EVENTS, MilterError, connect_socket, cstrings, send_message
from running import until

AT_ONCE = 4
RECENT = 4 * AT_ONCE  # conversations that are kept for a finding
WARM_UP = 300  # conversations before what is in use is measured
MEMORY_KIB = 16 * 1024
GOOD, EVIL = "192.0.2.10", "203.0.113.66"
ZONE = f"""$ORIGIN .
$TTL 300
. IN SOA ns. hostmaster. 1 3600 600 86400 60
. IN NS ns.
city.example. IN TXT "v=spf1 ip4:{GOOD} -all"
_dmarc.city.example. IN TXT "v=DMARC1; p=reject"
"""
MESSAGE = b"From: City <info@city.example>\nSubject: hello\n\nHello\n"
ANSWERS = set(b"+-24abcdefhilmpqrstyO")  # mfdef.h: SMFIR_*, and the negotiation
ANSWER_MAX = 1 << 20
LENGTH_MAX = (1 << 20) + 1
LENGTHS = (0, 1, 2, 3, 65535, 65536, 65537, 1 << 20, (1 << 20) + 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
COMMANDS = b"ABCDEHKLMNOQRTU"
ODD = (
    b"", b"\0", b"\0\0", b"%", b"%%s%n", b"\xff" * 7, b"\r\n", b"\n\n", b"A" * 1000, b"<>", b"<", b"x@", b"\0x\0y\0z\0",
    b"j\0mx.school.example\0i\0", b"{auth_authen}\0ben\0", b"i\0" + b"Q" * 5000 + b"\0",
    b"4\0\x19192.0.2.10", b"U", b"6\0\x19::1\0", b"L\0\0/run/x\0",
)  # fmt: skip


class Finding(Exception):
    pass


def packet(command, data=b"", length=None):
    return struct.pack(">I", len(data) + 1 if length is None else length) + command + data


def negotiation(rng):
    """As Postfix does it, or not."""
    if rng.random() < 0.7:
        return packet(b"O", struct.pack(">III", 6, 0x1FF, 0x1FFFFF))
    version = rng.choice((0, 1, 2, 3, 4, 5, 6, 7, 0xFFFFFFFF))
    flags = rng.choice((0, 0x1FF, 0x3D, 0xFFFFFFFF, rng.getrandbits(32)))
    steps = rng.choice((0, 0x100000, 0x1FFFFF, 0xFFFFFFFF, 0x301FFFFF, rng.getrandbits(32)))
    data = struct.pack(">III", version, flags, steps) + rng.choice((b"", b"x", struct.pack(">I", 0) + b"j\0"))
    return packet(b"O", data[: rng.choice((len(data), len(data), rng.randrange(len(data) + 1)))])


def header(rng):
    fields = [
        (b"From", b" City <info@city.example>"),
        (b"Subject", b" hello"),
        (b"Authentication-Results", b" mx.school.example; dmarc=pass header.from=city.example"),
        (b"DKIM-Signature", b" v=1; a=rsa-sha256; d=city.example; s=s; h=from; bh=AA==; b=AA=="),
        (b"Received", b" from a (b [192.0.2.10])\n\tby mx.school.example; Mon, 1 Jan 2024 00:00:00 +0000"),
        (b"List-Id", b" <l.city.example>"),
        (b"X-" + b"x" * rng.randrange(70), b" " + b"y" * rng.randrange(3000)),
    ]
    return [packet(b"L", cstrings(*rng.choice(fields))) for _ in range(rng.randrange(8))]


def message(rng):
    late = packet(b"D", b"N" + cstrings("i", "4FUZZ"))
    body = [packet(b"B", b"x" * rng.choice((0, 1, 100, 65535))) for _ in range(rng.randrange(3))]
    return [
        packet(b"D", b"M" + cstrings("i", "4FUZZ", "{mail_addr}", "info@city.example")),
        packet(b"M", cstrings("<info@city.example>", *["SIZE=100"] * rng.randrange(3))),
        packet(b"R", cstrings("<anna@school.example>")),
        packet(b"T"),
        packet(b"L", cstrings("From", " City <info@city.example>")),
        *header(rng),
        late,
        packet(b"N"),
        *body,
        packet(b"E"),
        *rng.choice(([], [packet(b"A")], [packet(b"K")])),
    ]


def conversation(rng):
    """A good one from an evil client."""
    client = cstrings("mail.evil.example") + b"4" + struct.pack(">H", 25) + cstrings(EVIL)
    packets = [
        negotiation(rng),
        packet(b"D", b"C" + cstrings("j", "mx.school.example")),
        packet(b"C", client),
        *[packet(b"H", cstrings("mail.evil.example"))] * rng.randrange(3),
    ]
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        packets += message(rng)
    return packets + [packet(b"Q")]


def change(rng, packets):
    """One thing that no mail server does."""
    at = rng.randrange(len(packets))
    kind = rng.randrange(12)
    if kind == 0:
        del packets[at]
    elif kind == 1:
        packets.insert(rng.randrange(len(packets) + 1), packets[at])
    elif kind == 2:
        packets.insert(rng.randrange(len(packets)), packets.pop(at))
    elif kind == 3:
        packets[at] = packets[at][: rng.randrange(len(packets[at]) + 1)]
    elif kind == 4:
        packets[at] = struct.pack(">I", rng.choice(LENGTHS)) + packets[at][4:]
    elif kind == 5:
        packets.insert(at, packet(bytes([rng.choice(COMMANDS)]), rng.choice(ODD)))
    elif kind == 6:
        packets.insert(at, packet(bytes([rng.randrange(256)]), rng.randbytes(rng.randrange(40))))
    elif kind == 7:
        packets[at] = packets[at][:5] + rng.choice(ODD)
        packets[at] = packet(packets[at][4:5], packets[at][5:])
    elif kind == 8:
        data = bytearray(packets[at])
        for _ in range(rng.randrange(1, 5) if data else 0):
            data[rng.randrange(len(data))] = rng.randrange(256)
        packets[at] = bytes(data)
    elif kind == 9:
        del packets[at:]
    elif kind == 10:
        command = rng.choice([c for c, _, _ in EVENTS.values()])
        packets.insert(at, packet(b"D", rng.choice((b"", command, command + rng.choice(ODD)))))
    else:
        packets[at] = packet(packets[at][4:5], packets[at][5:].rstrip(b"\0"))
    return packets or [b""]


def spare_libmilter(data):
    """Packets of macros (D) whose strings are no pairs get one more, and so do those cut
    short.  libmilter reads past the end of its list of them: no guard of ours stands
    before that, so whoever may write to the socket is trusted in this (SECURITY.md).
    """
    out = b""
    while len(data) >= 5:
        (length,) = struct.unpack(">i", data[:4])
        end = 4 + max(length, 1)  # as libmilter takes it: signed, and none means one
        content, rest = data[5:end], data[end:]
        if length > LENGTH_MAX:
            break  # libmilter hangs up
        if length < 1:
            out += data[:5]
        elif data[4:5] == b"D":
            strings = content[1:].rstrip(b"\0") + b"\0"
            strings += b"\0" * (strings.count(b"\0") % 2)
            out += packet(b"D", content[:1] + strings)
        else:
            out += data[:end]
        data = rest
    return out + data


def made(seed, number):
    """The octets of one conversation, and how it is sent."""
    rng = random.Random(f"{seed}/{number}")
    packets = conversation(rng)
    for _ in range(rng.choice((0, 1, 1, 1, 2, 3, 5))):
        packets = change(rng, packets)
    return spare_libmilter(b"".join(packets)), rng


def read_answers(sock):
    data = b""
    try:
        while len(data) <= ANSWER_MAX and (piece := sock.recv(65536)):
            data += piece
    except ConnectionError:
        pass  # it may hang up on such a client
    return data


def check_answers(data):
    """Whole packets, but for the last, and no pass for what is forged."""
    if b"dmarc=pass" in data:
        raise Finding("a forged message got dmarc=pass")
    while len(data) >= 4:
        (length,) = struct.unpack(">I", data[:4])
        if not 1 <= length <= ANSWER_MAX:
            raise Finding(f"an answer of {length} octets")
        if len(data) > 4 and data[4] not in ANSWERS:
            raise Finding(f"an answer {data[4:5]!r} that there is not")
        data = data[4 + length :]


def converse(spec, data, rng):
    """Send, and leave in one of several ways: politely, at once, or with a reset."""
    with connect_socket(spec) as sock:
        leave = rng.randrange(8)
        try:
            while data:
                cut = len(data) if rng.random() < 0.7 else rng.randrange(1, 2000)
                sock.sendall(data[:cut])
                data = data[cut:]
            if leave == 0:
                return
            sock.shutdown(socket.SHUT_WR)
            if leave == 1:
                return
        except ConnectionError:
            pass
        check_answers(read_answers(sock))


class Fuzzing:
    def __init__(self, daemon, options):
        self.daemon, self.options = daemon, options
        self.lock = threading.Lock()
        self.end = time.monotonic() + options.seconds
        self.next = options.first
        self.count = 0
        self.recent = []
        self.fault = None

    def take(self, until_count):
        """The next number; None: it is over."""
        with self.lock:
            done = self.count >= until_count or time.monotonic() > self.end
            if self.fault or done or self.daemon.process.poll() is not None:
                return None
            self.next += 1
            self.count += 1
            return self.next - 1

    def one(self, name, data, rng):
        with self.lock:
            self.recent = self.recent[1 - RECENT :] + [(name, data)]
        try:
            converse(self.daemon.socket, data, rng)
        except (Finding, OSError) as e:
            with self.lock:
                self.fault = self.fault or f"conversation {name}: {e!r}"

    def work(self, until_count):
        while (number := self.take(until_count)) is not None:
            self.one(number, *made(self.options.seed, number))

    def run(self, until_count):
        threads = [threading.Thread(target=self.work, args=(until_count,)) for _ in range(AT_ONCE)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()

    def replay(self):
        for name in sorted(os.listdir(self.options.corpus)) if self.options.corpus else []:
            with open(os.path.join(self.options.corpus, name), "rb") as f:
                self.one(name, f.read(), random.Random(name))
                self.count += 1

    def keep(self):
        """The last conversations, for the corpus once one is known to be it."""
        os.makedirs(self.options.findings, exist_ok=True)
        for name, data in self.recent:
            path = os.path.join(self.options.findings, f"protocol-{self.options.seed}-{name}")
            with open(path, "wb") as f:
                f.write(data)
            print("kept:", path)


def in_use(daemon):
    """Descriptors, threads, KiB of memory; None: it is dead."""
    process = f"/proc/{daemon.process.pid}"
    try:
        return len(os.listdir(process + "/fd")), len(os.listdir(process + "/task")), daemon.memory()
    except (OSError, StopIteration):
        return None


def judge(daemon, client):
    return send_message(
        daemon.socket, MESSAGE, client=client, helo="mail.city.example", mail_from="<info@city.example>"
    )


def check_judgement(daemon):
    good, forged = judge(daemon, GOOD), judge(daemon, EVIL)
    if good.action != "continue" or "dmarc=pass" not in str(good.edits):
        return f"a good message gets {good}"
    if forged.action != "reject":
        return f"a forged message gets {forged}"
    return None


def check_leftovers(daemon, before):
    """Connections that are gone take their descriptor along, at the latest by now."""
    fds, threads, memory = before
    until(lambda: in_use(daemon)[0] <= fds, 20)
    now = in_use(daemon)
    if now[0] > fds:
        return f"{now[0]} descriptors are open, there were {fds}"
    # libmilter keeps what threads it once needed: as many as there were connections at once
    if now[1] > threads + AT_ONCE:
        return f"{now[1]} threads, there were {threads}"
    if now[2] > memory + MEMORY_KIB and not sanitized():
        return f"{now[2]} KiB of memory, there were {memory}"
    return None


def fuzz_daemon(f):
    """What is wrong while it runs, or None."""
    fault = check_judgement(f.daemon)
    if fault:
        return fault
    f.replay()
    f.run(WARM_UP)
    before = in_use(f.daemon)
    f.run(1 << 62)
    print(f"stat::number_of_executed_units: {f.count}")
    if f.fault or before is None:
        return f.fault or "it died"
    try:
        fault = check_judgement(f.daemon) or check_leftovers(f.daemon, before)
    except (MilterError, OSError, TypeError) as e:
        return f"it does not serve any more: {e!r}"
    print(f"descriptors, threads, KiB: {before} at first, {in_use(f.daemon)} at the end")
    return fault


def fuzz(options):
    """What is wrong, or None."""
    with Beschermd(zone=ZONE) as daemon:
        f = Fuzzing(daemon, options)
        fault = fuzz_daemon(f)
    code = daemon.process.returncode
    if code != 0:
        fault = f"{fault or 'at its end'}: exit code {code}\n{daemon.log()[-5000:]}"
    if fault:
        f.keep()
    return fault


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("seconds", type=float)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--corpus")
    parser.add_argument("--findings", default="findings")
    fault = fuzz(parser.parse_args())
    print(f"FINDING: {fault}" if fault else "no finding")
    sys.exit(1 if fault else 0)


if __name__ == "__main__":
    main()
