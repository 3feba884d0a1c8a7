#!/usr/bin/python3
"""DNSSEC as admins and readers see it, with zones signed now: what -n says, what the header,
the log and `beschermctl test` say, and that a forged answer never lets a message pass.  TAP.

builddir: where beschermd and beschermctl are.
"""

import json
import os
import signal
import subprocess
import sys
from functools import partial, update_wrapper

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import messages
import signedzones
import tap
from daemon import SETTINGS, built
from dnsfault import Relay
from milterclient import send_message
from running import BUILD, Running, until, work_folder

PLAIN = SETTINGS.replace("DNSSEC off\n", "")


def records(zone, key):
    """city in ${zone}: SPF, DMARC and a key, so that one message passes all three."""
    return "".join(
        messages.text_record(name, text)
        for name, text in (
            (f"city.{zone}", f"v=spf1 ip4:{messages.CITY} -all"),
            (f"_dmarc.city.{zone}", "v=DMARC1; p=reject"),
            (f"s1._domainkey.city.{zone}", key.record),
        )
    )


class World:
    def __init__(self, folder):
        self.key = messages.Key("ed25519")
        self.zones = signedzones.Zones(
            folder, {z: text + records(z, self.key) for z, text in signedzones.ZONES.items()}
        )
        os.chmod(self.zones.anchor, 0o644)
        self.server, self.port = signedzones.serve(self.zones)

    def conf(self, mode, port=None):
        return (
            f"Nameservers 127.0.0.1@{port or self.port}\nDNSSEC {mode}\n"
            f"TrustAnchorFile {self.zones.anchor}\n"
        )

    def letter(self, zone):
        data = messages.letter(f"City <info@city.{zone}>", "Meeting")
        return messages.sign(data, f"city.{zone}", "s1", self.key)


class Silent(Relay):
    def answer(self, packet, tcp):
        return None, 0


TRUSTED = "validating (the root is signed and its keys are trusted)"
STRIPPED = "the name servers do not pass on DNSSEC"
NO_ANSWER = "no answer about the keys of the root yet"


def test_what_n_says(world):
    stripping, silent = Relay(world.port, strip=True), Silent(world.port)
    for name, conf, said in (
        ("auto where it can be had", world.conf("auto"), TRUSTED),
        ("require", world.conf("require"), TRUSTED),
        ("off", world.conf("off"), "off (it is switched off)"),
        ("auto, and it is stripped", world.conf("auto", stripping.port), f"off ({STRIPPED})"),
        ("auto, and no answer", world.conf("auto", silent.port), f"off ({NO_ANSWER})"),
        ("require, and no answer", world.conf("require", silent.port), f"off ({NO_ANSWER})"),
        ("a zone of our own", "ZoneFile {dir}/x.zone\n", "off (the zone is a file of ours)"),
    ):
        with Running(built(), PLAIN + conf) as check:
            with open(os.path.join(check.dir, "x.zone"), "w", encoding="ascii") as f:
                f.write("a.example. TXT \"x\"\n")
            code, out, err = check.call("-n")
            tap.equal(code, 0, f"-n: {name}: exit 0")
            tap.ok(f"\ndnssec: {said}\n" in out, f"-n: {name}: says so", out[-200:] + err)
    for name, conf, said in (
        (
            "require, and it is stripped",
            world.conf("require", stripping.port),
            f"DNSSEC is required: {STRIPPED}",
        ),
        ("no such anchor", "TrustAnchorFile /nonexistent/key\n", "/nonexistent/key: No such file"),
    ):
        with Running(built(), PLAIN + conf) as check:
            code, _, err = check.call("-n")
            tap.equal(code, 78, f"-n: {name}: exit 78")
            tap.ok(said in err, f"-n: {name}: says why", err)


def methods(result):
    """Our field's results, by method."""
    value = next((e[3] for e in result.edits if e[2] == "Authentication-Results"), "")
    parts = [" ".join(part.split()) for part in value.split(";")]
    return {part.partition("=")[0]: part for part in parts if "=" in part}


def send(world, daemon, zone):
    return send_message(
        daemon.socket, world.letter(zone), messages.CITY, mail_from=f"<info@city.{zone}>"
    )


def line_of(daemon):
    """The line of the last message."""
    return [line for line in daemon.log().splitlines() if " action=" in line][-1]


def test_what_is_secure(world):
    with Running(built(), PLAIN + world.conf("require")) as daemon:
        daemon.start()
        for zone, sec in (("secure", "yes"), ("dense", "yes"), ("insecure", "no")):
            result = send(world, daemon, zone)
            found = methods(result)
            tap.equal(result.action, "continue", f"{zone}: accepted")
            for method in ("spf", "dkim", "dmarc"):
                line = found.get(method, "")
                good = line.startswith(f"{method}=pass") and f"dns.sec={sec}" in line.split()
                tap.ok(good, f"{zone}: {method}=pass with dns.sec={sec}", result)
            tap.ok(f" dnssec={sec} " in line_of(daemon), f"{zone}: the log says so", daemon.log())


def test_what_is_forged(world):
    with Running(built(), PLAIN + world.conf("require")) as daemon:
        daemon.start()
        for zone in ("bogus", "expired"):
            result = send(world, daemon, zone)
            tap.equal(result.action, "tempfail", f"{zone}: the sender may try again")
            tap.ok(not result.edits, f"{zone}: nothing in the header says pass", result)
            tap.ok(" dnssec=no " in line_of(daemon), f"{zone}: not secure", daemon.log())
        log = daemon.log()
        tap.ok("dmarc=pass" not in log and "dmarc=temperror" in log, "forged: temperror", log)
        tap.ok("DNSSEC validation failed: " in log, "forged: a warning names it", log)
    with Running(built(), PLAIN + world.conf("require") + "Mode monitor\n") as daemon:
        daemon.start()
        found = methods(send(world, daemon, "bogus"))
        for method in ("spf", "dkim", "dmarc"):
            tap.ok(
                found.get(method, "").startswith(f"{method}=temperror"),
                f"forged, only watched: {method}=temperror",
                found,
            )
    with Running(built(), PLAIN + world.conf("off")) as daemon:
        daemon.start()
        tap.equal(send(world, daemon, "bogus").action, "continue", "DNSSEC off: nobody looks")


class Late(Relay):
    """Answers once it is told to."""

    there = False

    def answer(self, packet, tcp):
        return super().answer(packet, tcp) if self.there else (None, 0)


def test_late_server(world):
    """DNSSEC require, and no name server at the start: mail is deferred until there is one."""
    late = Late(world.port)
    with Running(built(), PLAIN + world.conf("require", late.port)) as daemon:
        daemon.start()
        tap.equal(send(world, daemon, "secure").action, "tempfail", "require, no name server: mail is deferred")
        log = daemon.log()
        tap.ok(f"error: DNSSEC is required: {NO_ANSWER}; mail is deferred" in log, "the log says why", log)
        tap.ok("dmarc=temperror" in line_of(daemon), "by a temperror", log)
        stripping = Relay(world.port, strip=True)
        daemon.write(PLAIN + world.conf("require", stripping.port))
        daemon.signal(signal.SIGUSR1)
        tap.ok(until(lambda: f"DNSSEC is required: {STRIPPED}" in daemon.log()), "a reload to one that strips is refused", daemon.log())
        tap.equal(send(world, daemon, "insecure").action, "tempfail", "and nothing unproven counts")
        late.there = True
        tap.ok(until(lambda: "DNSSEC is in force from now on" in daemon.log(), 30), "the server comes, and is seen", daemon.log())
        result = send(world, daemon, "secure")
        tap.ok(result.action == "continue" and "dns.sec=yes" in methods(result).get("dmarc", ""), "mail comes in again", result)
        tap.equal(daemon.stop(), 0, "it stops in good order")


def traced(world, daemon, zone):
    path = os.path.join(daemon.dir, zone + ".eml")
    with open(path, "wb") as f:
        f.write(world.letter(zone))
    done = subprocess.run(
        [os.path.join(BUILD, "beschermctl"), "test", "-c", daemon.conf, "--json"]
        + ["--client", messages.CITY, "--mail-from", f"info@city.{zone}", path],
        capture_output=True,
        check=False,
    )
    return json.loads(done.stdout)


def test_the_trace(world):
    with Running(built(), PLAIN + world.conf("require")) as daemon:
        for zone, status, sec in (
            ("secure", "found", "yes"),
            ("insecure", "found", "no"),
            ("bogus", "bogus", "no"),
        ):
            trace = traced(world, daemon, zone)
            asked = {q["name"]: (q["status"], q["dns_sec"]) for q in trace["dns"]}
            for name in (f"city.{zone}", f"_dmarc.city.{zone}", f"s1._domainkey.city.{zone}"):
                tap.equal(asked.get(name), (status, sec), f"trace: {name}")
            if status == "found":
                told = [trace["dmarc"]["dns_sec"], trace["spf"]["dns_sec"]]
                told += [d["dns_sec"] for d in trace["dkim"]]
                tap.equal(told, [sec] * 3, f"trace: {zone}: each method")


def main():
    reason = signedzones.missing()
    if reason:
        tap.skip_all(reason)
        return
    tests = (test_what_n_says, test_what_is_secure, test_what_is_forged, test_late_server, test_the_trace)
    with work_folder("dnssec") as folder:
        world = World(folder)
        try:
            tap.run([update_wrapper(partial(test, world), test) for test in tests])
        finally:
            world.server.stop()


main()
