#!/usr/bin/python3
"""Messages a second through a real Postfix: without a filter, with one, with ours.

    bench_postfix.py [--before DAEMON] [--messages N] [--rounds N] [--with LINE]...

As root; builddir: where beschermd and tests/bench/do_nothing are (default .).  A private
Postfix takes messages of 2 KB, signed with RSA-2048, from 20 senders (smtp-source) and
delivers them to discard(8).  The filters take turns, round by round, so what else keeps the
machine busy meets all alike; figures are medians.  --with: a line of settings, such as
"Metrics {dir}/m.prom", for one more of ours; "{dir}" is a folder that it may write to.
"""

import argparse
import contextlib
import os
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
sys.dont_write_bytecode = True

from bench_message import message, zone  # noqa: E402
from daemon import Beschermd, built  # noqa: E402
from messages import SPF, Key  # noqa: E402
from postfix import PrivatePostfix, free_port, missing  # noqa: E402
from running import BUILD, end, until, work_folder  # noqa: E402

SENDERS = 20
FROM, TO = "info@city.example", "anna@school.example"
# The senders are on this host, which would be exempt.
CONF = "AuthservID mx.school.example\nLogLevel error\nIgnoreHosts 192.0.2.99\n"


def local_zone(key):
    return zone(key).replace(SPF["city.example"], "v=spf1 ip4:127.0.0.0/8 -all")


class Ours(Beschermd):
    def __init__(self, binary, key, more=""):
        super().__init__(CONF + more, local_zone(key), binary)


class DoNothing:
    def __init__(self, folder):
        self.socket = f"unix:{folder}/nothing.sock"
        self.process = None

    def __enter__(self):
        binary = os.path.join(BUILD, "tests/bench/do_nothing")
        self.process = subprocess.Popen([binary, self.socket])
        path = self.socket.partition(":")[2]
        if not until(lambda: os.path.exists(path)):
            raise RuntimeError("do_nothing does not start")
        os.chmod(path, 0o666)
        return self

    def __exit__(self, *what):
        end(self.process)


def listeners(filters):
    """A port for each, and its line in master.cf."""
    ports = {name: free_port() for name in filters}
    lines = "discard unix - - n - - discard\n"
    for name, port in ports.items():
        milters = filters[name].socket if filters[name] else ""
        lines += f"127.0.0.1:{port} inet n - n - - smtpd\n  -o smtpd_milters={milters}\n"
    return ports, lines


def drained(postfix):
    return not any(postfix.queue(q) for q in ("incoming", "active", "maildrop"))


def send(postfix, port, file, messages):
    """Messages a second, from the first connection until the last was taken."""
    command = ["smtp-source", "-s", str(SENDERS), "-m", str(messages)]
    command += ["-f", FROM, "-t", TO, "-F", file, f"inet:127.0.0.1:{port}"]
    begin = time.monotonic()
    subprocess.run(command, check=True)
    seconds = time.monotonic() - begin
    until(lambda: drained(postfix), 60)
    return messages / seconds


def processor_seconds(filter_):
    if filter_ is None:
        return 0
    with open(f"/proc/{filter_.process.pid}/stat", encoding="ascii") as f:
        fields = f.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(postfix, filters, ports, file, args):
    rates = {name: [] for name in filters}
    for name in filters:
        send(postfix, ports[name], file, 200)
    before = {name: processor_seconds(f) for name, f in filters.items()}
    for _ in range(args.rounds):
        for name in filters:
            rates[name].append(send(postfix, ports[name], file, args.messages))
    used = {n: processor_seconds(f) - before[n] for n, f in filters.items()}
    return rates, {n: s / (args.rounds * args.messages) * 1e6 for n, s in used.items()}


def tell(rates, used):
    nothing = statistics.median(rates["do-nothing"])
    print(f"{'filter':24}{'messages/s':>12}{'lowest':>8}{'highest':>9}{'x do-nothing':>14}{'CPU us/msg':>12}")
    for name, all_ in rates.items():
        # Each beside the do-nothing filter of its own round: the machine is not always the same.
        ratio = statistics.median(a / b for a, b in zip(all_, rates["do-nothing"]))
        print(f"{name:24}{statistics.median(all_):12.0f}{min(all_):8.0f}{max(all_):9.0f}{ratio:14.2f}{used[name]:12.0f}")
    return nothing


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--before", metavar="DAEMON")
    parser.add_argument("--messages", type=int, default=1500)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--with", dest="more", action="append", default=[], metavar="LINE")
    args = parser.parse_args()
    if missing():
        sys.exit(missing())
    key = Key("rsa")
    with work_folder("bench-postfix") as folder:
        os.mkdir(f"{folder}/h")
        os.chmod(f"{folder}/h", 0o777)
        file = os.path.join(folder, "message")
        with open(file, "wb") as f:
            f.write(message(2000, " ", key).replace(b"\r\n", b"\n"))
        filters = {"none": None, "do-nothing": DoNothing(folder), "ours": Ours(built(), key)}
        if args.before:
            filters["before"] = Ours(os.path.abspath(args.before), key)
        for line in args.more:
            filters[f"ours, {line.split()[0]}"] = Ours(built(), key, line.replace("{dir}", f"{folder}/h") + "\n")
        with contextlib.ExitStack() as running:
            for one in filters.values():
                if one is not None:
                    running.enter_context(one)
            ports, lines = listeners(filters)
            settings = [("local_transport", "discard:"), ("smtpd_client_connection_count_limit", "0")]
            with PrivatePostfix(os.path.join(folder, "postfix"), settings=settings, services=lines) as postfix:
                tell(*measure(postfix, filters, ports, file, args))


if __name__ == "__main__":
    main()
