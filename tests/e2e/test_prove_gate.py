#!/usr/bin/python3
"""The test messages of `beschermctl prove` at the daemon's socket: they are judged by their own
zone, and counted apart; and nothing that lacks the service's name or the network is one.  TAP."""

import json
import os
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import figures
import provetalk
import tap
from daemon import Beschermd
from dnsfault import FaultServer
from milterclient import Client, MilterError, send_message
from provemessages import CASES
from provetalk import OTHER, SERVICE, Talk, send, text_of, wants
from remembered import History
from running import until

# The DNS of everybody else: the names of the tests are not in it.
ZONE = "mail.example. A 192.0.2.200\n"
LOOK_ALIKE = "xbeschermd.test"
FORGED = CASES[0]  # asks to be refused
REAL = CASES[1]
WAITING = 12


def daemon(conf="", zone=ZONE):
    return Beschermd(conf, zone)


def is_test(line):
    return line.endswith(" prove=yes")


def test_cases():
    for form in ("text", "json"):
        with daemon(f"LogFormat {form}\n") as d:
            for case in CASES:
                if form == "text":
                    result, line = send(d, case)
                    marked = any(name == "X-Spam-Flag" for _, _, name, _ in result.edits)
                    tap.equal(marked, case.number == provetalk.MARKED, f"{case.number}: marked, or not")
                    tap.ok(result.action in wants(case) and f" dmarc={case.dmarc}" in line and is_test(line),
                           f"{case.number}, {case.title}: {case.wanted}", f"{result}\n{line}")
                    continue
                send(d, case)
            if form == "json":
                objects = [json.loads(line) for line in d.log().splitlines() if '"action"' in line]
                tap.equal([(o["dmarc"]["result"], o["prove"], list(o)[-1]) for o in objects],
                          [(case.dmarc, True, "prove") for case in CASES], "in JSON too")


def test_without_both():
    with daemon() as d:
        for name, client, service in (
            ("its client, another service", None, "smtpd"),
            ("its client, a service without a name", None, None),
            ("its service, another client", OTHER, SERVICE),
            ("its service, a client of this host", "127.0.0.9", SERVICE),
            ("its service, a client in IPv6", "2001:db8::c000:20a", SERVICE),
            ("neither", OTHER, "smtpd"),
        ):
            if client == "127.0.0.9":
                result, line = send(d, FORGED, client, service)
                tap.ok("rule=ignored_client" in line and not is_test(line), name, line)
                continue
            wrong = []
            for case in CASES:
                # One of ours just before, so that all of it is known to somebody.
                send(d, case)
                result, line = send(d, case, client, service)
                good = case.number == 12 or ("dmarc=none" in line and "spf=none" in line and result.action == "continue")
                if not good or is_test(line) or "=pass" in line:
                    wrong.append(line)
            tap.equal(wrong, [], f"{name}: none of {len(CASES)} messages")


def test_when_it_is_said():
    """Only what the mail server says at connect counts, and only for that connection."""
    with daemon() as d:
        for event in ("helo", "mail"):
            known = len(d.lines())
            with Talk(d, FORGED.client, FORGED.helo, service=None) as talk:
                talk.macros(event, {"{daemon_name}": SERVICE})
                if event == "helo":
                    talk.helo(FORGED.helo)
                talk.send_case(FORGED)
            line = until(lambda: d.lines()[known:])[0]
            tap.ok("dmarc=none" in line and not is_test(line), f"the name at {event}", line)
        # The first of each pair is let in: after a refusal libmilter takes no new connection on the old one.
        for name, first, second in (("of ours", SERVICE, "smtpd"), ("of others", "smtpd", SERVICE), ("of ours", SERVICE, None)):
            known = len(d.lines())
            with Talk(d, REAL.client, REAL.helo, first) as talk:
                talk.send_case(REAL)
                talk.send(b"K")  # SMFIC_QUIT_NC: another connection follows on this one
                talk.hello(FORGED.client, FORGED.helo, second)
                talk.send_case(FORGED)
            lines = until(lambda: d.lines()[known:] if len(d.lines()) == known + 2 else None)
            tap.equal([is_test(line) for line in lines], [first == SERVICE, second == SERVICE],
                      f"on the socket of one {name} a connection of {second or 'nobody'}")


def test_other_domains():
    """Its own names alone: the rest is asked as ever."""
    zone = (f'{LOOK_ALIKE}. TXT "v=spf1 -all"\n_dmarc.{LOOK_ALIKE}. TXT "v=DMARC1; p=quarantine"\n'
            '_dmarc.test. TXT "v=DMARC1; p=quarantine"\n')
    with daemon(zone=zone) as d:
        body = text_of(FORGED).replace(b"fail.beschermd.test", LOOK_ALIKE.encode())
        known = len(d.lines())
        with Talk(d, FORGED.client, "x.example") as talk:
            provetalk.transmit(talk, body, f"<a@{LOOK_ALIKE}>", ["<prove@beschermd.test>"])
        line = d.lines()[known]
        tap.ok("policy=quarantine" in line and "spf=fail" in line and is_test(line), LOOK_ALIKE, line)
        line = send(d, CASES[13])[1]
        tap.ok("policy=quarantine" in line, "the walk goes on above beschermd.test", line)


def test_apart():
    """History and counters know of one that is none, and of no other."""
    with History("Metrics {dir}/m.prom\n", ZONE) as d:
        for case in CASES:
            send(d, case)
        send(d, FORGED, OTHER, "smtpd")
        d.signal(signal.SIGHUP)
        until(lambda: "settings reloaded" in d.log())

        def read():
            with open(os.path.join(d.dir, "m.prom"), encoding="ascii") as f:
                values = figures.parse(f.read())[0]
            return values if values["beschermd_prove_messages_total"] == len(CASES) else None

        values = until(read)
        tap.equal(values["beschermd_prove_messages_total"], len(CASES), "they are counted")
        total = sum(v for k, v in values.items() if k.startswith("beschermd_messages_total"))
        waits = values["beschermd_wait_seconds_count"]
        rules = sum(v for k, v in values.items() if k.startswith("beschermd_rules_total"))
        tap.equal((total, waits, rules), (1, 1, 1), "and nowhere else")
        rows = [(row["header_from"], row["client"]) for row in d.rows(1)]
        tap.equal(rows, [(f"{FORGED.author}.beschermd.test", OTHER)], "the history has the other one alone")


def settles(d, wanted=None):
    """Its descriptors once no connection is left: a resolver has some of its own."""
    seen = []

    def same():
        seen.append(len(os.listdir(f"/proc/{d.process.pid}/fd")))
        return seen[-1] == wanted or (wanted is None and seen[-1:] * 50 == seen[-50:])

    until(same)
    return seen[-1]


def test_costs_nothing():
    """Who never sees one opens nothing for it."""
    if os.geteuid() != 0:
        tap.skip("nothing more is open", "/proc of the daemon is root's to read")
        return
    with daemon() as d:
        send(d, FORGED, OTHER, "smtpd")
        before = settles(d)
        for _ in range(3):
            send(d, REAL, OTHER, SERVICE)
            send(d, REAL, None, "smtpd")
        tap.equal(settles(d, before), before, "nothing more is open")
        send(d, FORGED)
        opened = settles(d)
        tap.ok(opened > before, "the first test opens its zone", f"{before}, {opened}")
        for case in CASES:
            send(d, case)
        tap.equal(settles(d, opened), opened, "the others use that one")


def test_reload(folder):
    place = os.path.join(folder, "zone")
    with daemon() as d, Talk(d, FORGED.client, FORGED.helo) as open_one:
        open_one.send_case(FORGED, "4ONE")
        open_one.mail(f"<{FORGED.mail_from}>")
        os.rename(place, place + ".away")
        d.signal(signal.SIGHUP)
        until(lambda: "settings reloaded" in d.log())
        open_one.header("From", f" <test@{FORGED.author}.beschermd.test>")
        open_one.eoh({"i": "4TWO"})
        result = open_one.eom({"i": "4TWO"})
        line = d.lines()[-1]
        tap.ok(result.action == "reject" and "4TWO" in line and is_test(line), "a reload in mid-message", line)
        wrong = []
        for case in CASES:
            result, line = send(d, case)
            if case.number != 12 and not (result.action == "tempfail" and "dmarc=temperror" in line and is_test(line)):
                wrong.append(line)
        tap.equal(wrong, [], "without the zone no test passes, and none is accepted")
        told = [line for line in d.log().splitlines() if "its test domains have no answers" in line]
        tap.ok(len(told) == 1 and place in told[0], "which is told once", told)
        result, line = send(d, FORGED, OTHER, "smtpd")
        tap.ok(result.action == "continue" and "dmarc=none" in line, "and nobody else's matter", line)
        os.rename(place + ".away", place)
        result, line = send(d, FORGED)
        tap.ok(result.action == "reject" and is_test(line), "it is there again", line)


def test_many_at_once():
    """Tests and other mail with the same messages, in turns, from the first one on."""
    with daemon() as d:
        wrong = []

        def run(client, service):
            for case in CASES[:10]:
                with Talk(d, client or case.client, case.helo, service) as talk:
                    action = talk.send_case(case).action
                expected = wants(case) if service == SERVICE and client is None else ("continue",)
                if action not in expected:
                    wrong.append((case.number, client, service, action))

        kinds = [(None, SERVICE), (None, "smtpd"), (OTHER, SERVICE)]
        workers = [threading.Thread(target=run, args=kind) for kind in kinds * 4]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        tap.equal(wrong, [], "each is what it is")
        until(lambda: len(d.lines()) == 120)
        tap.equal((len(d.lines()), sum(map(is_test, d.lines()))), (120, 40), "and said to be")
        d.stop()
        tap.equal(d.process.returncode, 0, "and it ends well")


def test_workers():
    """What the first test starts is no worker: afterwards, too, one is left when all others wait for the DNS."""
    name_servers = FaultServer(dead=True)
    conf = f"Nameservers 127.0.0.1@{name_servers.port}\nDNSTimeout 8s\nPrefetch no\n"
    with Beschermd(conf) as d, ThreadPoolExecutor(WAITING) as pool:
        result, line = send(d, FORGED)
        tap.ok(result.action == "reject" and is_test(line), "a test needs no name server", line)
        for i in range(WAITING):
            pool.submit(send_message, d.socket, text_of(FORGED), mail_from=f"<x@n{i}.example>", client=OTHER)
            try:
                with Client(d.socket, 5) as client:
                    client.negotiate()
                answered = True
            except (OSError, MilterError):
                answered = False
            if not answered:
                break
        tap.ok(answered, f"{WAITING} messages wait, and each new client is answered", f"not after {i + 1}")


with provetalk.zone() as where:
    tap.run([test_cases, test_without_both, test_when_it_is_said, test_other_domains, test_apart, test_costs_nothing,
             lambda: test_reload(where), test_many_at_once, test_workers])
