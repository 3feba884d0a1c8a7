#!/usr/bin/python3
"""Instructions that one message costs the daemon, and where, beside the floor.

    bench_message.py [--before DAEMON] [--only KIND]... [--more] [--functions N]
        builddir: where beschermd and tests/bench/do_nothing are (default .)

Runs under callgrind, so the figures hold on a busy machine too, and to a percent from run
to run.  What callgrind cannot see is the kernel's part.  The floor is do_nothing: libmilter
without replies, and where a message is signed one SHA-256 of the body and one RSA-2048
verification.  With --before the figures of another daemon, say of the last version, stand
beside those of this one; with --more what log, Metrics and History cost.
"""

import argparse
import os
import re
import subprocess
import sys
from collections import Counter

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
sys.dont_write_bytecode = True

from daemon import SETTINGS, built  # noqa: E402
from messages import CITY, SPF, Key, crlf, sign, text_record  # noqa: E402
from milterclient import send_message  # noqa: E402
import running  # noqa: E402
from running import BUILD, USER, Running  # noqa: E402

running.PATIENCE = 12  # callgrind takes its time

WARM = 5  # messages of each kind before those that count
COUNTED = {"1 MB signed": 10}  # messages; else 100
CONF = "AuthservID mx.school.example\nZoneFile {dir}/zone\n"
SENTENCE = "The board has met and wishes all of its members a quiet winter."
LIBRARIES = ("libmilter", "libc", "libcrypto", "libopendkim", "libspf2", "libopendmarc")


class Counted(Running):
    """A filter under callgrind, which tells at its end."""

    def __init__(self, binary, conf, key):
        super().__init__(os.path.abspath(binary), SETTINGS + conf)
        self.out = os.path.join(self.dir, "callgrind.out")
        os.mkdir(os.path.join(self.dir, "h"))
        os.chmod(os.path.join(self.dir, "h"), 0o777)
        for file, text in (("zone", zone(key)), ("key", key.private.decode())):
            with open(os.path.join(self.dir, file), "w", encoding="latin-1") as f:
                f.write(text)

    def program(self, *flags):
        return [self.binary, *flags, *self.args]

    def command(self, *flags):
        tool = ["valgrind", "-q", "--vgdb=no", "--tool=callgrind"]
        return [*tool, f"--callgrind-out-file={self.out}", *self.program(*flags)]


class DoNothing(Counted):
    def __init__(self, binary, conf, key, with_key=False):
        super().__init__(binary, conf, key)
        self.key = [os.path.join(self.dir, "key")] if with_key else []

    def program(self, *flags):
        return [self.binary, self.socket, *self.key]


def plain_user():
    """callgrind writes at the end, when the daemon would be root no more."""
    return {"user": USER, "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}


def prose(size, gap):
    words = gap.join([SENTENCE] * 2)
    line = words[:72].rstrip() + "\n"
    lines = [SENTENCE + gap + "Yes.\n", line]
    return "".join(lines[i % 2] for i in range(size // 68 + 1))[:size] + "\n"


def message(size, gap, key=None):
    head = (
        "Received: from mail.city.example (mail.city.example [192.0.2.10])\n"
        "\tby relay.city.example with ESMTPS id 4T1; Mon, 23 Nov 2026 10:00:00 +0100\n"
        "Date: Mon, 23 Nov 2026 10:00:00 +0100\nFrom: City <info@city.example>\n"
        "To: Anna <anna@school.example>\nSubject: A message as others are\n"
        "Message-ID: <1.2@city.example>\nMIME-Version: 1.0\n"
        "Content-Type: text/plain; charset=us-ascii\n"
    )
    data = crlf(head + "\n" + prose(size - len(head), gap))
    return sign(data, "city.example", "s1", key) if key is not None else data


def messages(key):
    return {
        "2 KB signed": message(2000, " ", key),
        "2 KB unsigned": message(2000, " "),
        "50 KB signed": message(50000, " ", key),
        "50 KB, two spaces": message(50000, "  ", key),
        "1 MB signed": message(1000000, " ", key),
    }


def zone(key):
    return (
        "$ORIGIN .\n$TTL 300\n. IN SOA ns. host. 1 3600 600 86400 60\n. IN NS ns.\n"
        + text_record("city.example", SPF["city.example"])
        + text_record("_dmarc.city.example", "v=DMARC1; p=reject")
        + text_record("s1._domainkey.city.example", key.record)
    )


def place(path):
    name = os.path.basename(path)
    found = next((lib for lib in LIBRARIES if name.startswith(lib + ".")), None)
    return found or ("ours" if name.startswith(("beschermd", "do_nothing", "d.")) else "others")


def read(path):
    """(instructions by place, by function), each with what it does itself."""
    names, places, functions = {}, Counter(), Counter()
    where, what, call = "?", "?", False
    with open(path, encoding="utf-8", errors="replace") as f:
        for line in f:
            spec = re.match(r"(c?)(ob|fn)=\((\d+)\)(?: (.*))?$", line)
            if spec:
                of_call, kind, number, name = spec.groups()
                if name is not None:
                    names[kind, number] = name
                if not of_call and kind == "ob":
                    where = place(names[kind, number])
                elif not of_call:
                    what = names[kind, number]
            elif line.startswith("calls="):
                call = True
            elif re.match(r"[+*\d-]", line):
                if not call:
                    cost = int(line.split()[1])
                    places[where] += cost
                    functions[what] += cost
                call = False
    return places, functions


def send(filter_, data, times):
    for i in range(times):
        result = send_message(
            filter_.socket,
            data,
            CITY,
            name="mail.city.example",
            helo="mail.city.example",
            mail_from="<info@city.example>",
            queue_id=f"4T{i:04}",
        )
        assert result.action == "continue" and result.edits, result


def run(filter_, kinds, more=None, times=0):
    """(by place, by function) of a whole life: each kind a few times, and one more often."""
    with filter_, filter_.start(**plain_user()):
        for data in kinds.values():
            send(filter_, data, WARM)
        if more is not None:
            send(filter_, more, times)
        filter_.stop()
        return read(filter_.out)


def count(make, kinds):
    """{kind: (by place, by function)} of one message each."""
    warm, results = run(make(), kinds), {}
    for kind, data in kinds.items():
        times = COUNTED.get(kind, 100)
        whole = run(make(), kinds, data, times)
        results[kind] = [Counter({k: (v - w[k]) / times for k, v in p.items()}) for p, w in zip(whole, warm)]
    return results


def row(name, parts, floor):
    total = sum(parts.values())
    line = f"{name:32}{total / 1000:9.1f}{(total - floor) / 1000:9.1f}"
    return line + "".join(f"{parts[p] / 1000:9.1f}" for p in ("ours", *LIBRARIES, "others"))


def tell(kinds, columns, functions):
    head = ("1000 instructions a message", "all", "- floor", "ours", *LIBRARIES, "others")
    print(f"{head[0]:32}" + "".join(f"{h[:8]:>9}" for h in head[1:]))
    for kind in kinds:
        floor = columns["floor" if "unsigned" not in kind else "libmilter"][kind][0]
        above = {}
        for name, result in columns.items():
            if name in ("floor", "libmilter"):
                continue
            print(row(f"{kind}: {name}", result[kind][0], sum(floor.values())))
            above[name] = sum(result[kind][0].values()) - sum(floor.values())
        print(row(f"{kind}: floor", floor, sum(floor.values())))
        if "before" in above:
            print(f"{'':32}{(1 - above['now'] / above['before']) * 100:17.0f} % less above the floor")
    for kind in kinds if functions else []:
        print(f"\n{kind}, now, by function")
        for name, cost in columns["now"][kind][1].most_common(functions):
            print(f"{cost:10.0f} {name}")


def filters(args, key):
    """{name: how to make it}"""
    nothing = os.path.join(BUILD, "tests/bench/do_nothing")
    quiet = CONF + "LogLevel error\n"
    made = {
        "libmilter": lambda: DoNothing(nothing, "", key),
        "floor": lambda: DoNothing(nothing, "", key, with_key=True),
    }
    if args.before:
        made["before"] = lambda: Counted(args.before, quiet, key)
    made["now"] = lambda: Counted(built(), quiet, key)
    if args.more:
        made["now, log line"] = lambda: Counted(built(), CONF, key)
        made["now, LogFormat json"] = lambda: Counted(built(), CONF + "LogFormat json\n", key)
        made["now, Metrics"] = lambda: Counted(built(), quiet + "Metrics {dir}/h/metrics.prom\n", key)
        made["now, History"] = lambda: Counted(built(), quiet + "History {dir}/h/history.db\n", key)
    return made


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--before", metavar="DAEMON")
    parser.add_argument("--only", action="append", metavar="KIND")
    parser.add_argument("--more", action="store_true", help="log, Metrics and History too")
    parser.add_argument("--functions", type=int, default=0, metavar="N", help="the N dearest too")
    args = parser.parse_args()
    key = Key("rsa")
    kinds = {k: m for k, m in messages(key).items() if not args.only or k in args.only}
    tell(kinds, {name: count(make, kinds) for name, make in filters(args, key).items()}, args.functions)


if __name__ == "__main__":
    main()
