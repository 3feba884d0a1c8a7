#!/usr/bin/python3
"""beschermctl audit against zones signed now: what DNSSEC and DANE come to where answers are secure,
insecure, forged, expired, or denied by NSEC3.  TAP.

builddir: where beschermctl is.
"""

import json
import os
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import messages
import signedzones
import tap
from running import BUILD, work_folder

CTL = os.path.join(BUILD, "beschermctl")
TLSA = "3 1 1 " + "ab" * 32
DANE, DNSSEC = "MAIL-BEVEILIG-002", "UBV-DNSSEC"


def domain(name, zone, mx, key):
    """A domain below ${zone} that sends and takes mail by ${mx}."""
    text = f"{name} MX 10 {mx}.\n"
    for at, value in (
        (name, "v=spf1 mx -all"),
        (f"_dmarc.{name}", f"v=DMARC1; p=reject; rua=mailto:a@{name}.{zone}"),
        (f"s1._domainkey.{name}", key.record),
    ):
        text += messages.text_record(f"{at}.{zone}", value)
    return text


def zones(key):
    made = {}
    for zone, text in signedzones.ZONES.items():
        text += domain("city", zone, f"mx.city.{zone}", key) + "mx.city A 192.0.2.1\n"
        if zone != "dense":
            text += f"_25._tcp.mx.city TLSA {TLSA}\n"
        made[zone] = text
    # Signed, and its mail goes to a host that is not; or that has only what no sender can use.
    made["secure"] += domain("away", "secure", "mx.city.insecure", key)
    made["secure"] += domain("pkix", "secure", "mx.pkix.secure", key) + "mx.pkix A 192.0.2.2\n"
    made["secure"] += "_25._tcp.mx.pkix TLSA 1 1 1 " + "cd" * 32 + "\n"
    return made


class World:
    def __init__(self, folder):
        self.folder = folder
        self.zones = signedzones.Zones(folder, zones(messages.Key("ed25519")))
        os.chmod(self.zones.anchor, 0o644)
        self.server, port = signedzones.serve(self.zones)
        self.conf = os.path.join(folder, "conf")
        with open(self.conf, "w", encoding="ascii") as f:
            f.write(f"Nameservers 127.0.0.1@{port}\nDNSSEC auto\nTrustAnchorFile {self.zones.anchor}\n")

    def audit(self, *names, conf=""):
        path = os.path.join(self.folder, "audit.conf")
        with open(path, "w", encoding="ascii") as f:
            f.write("".join(f"Domain {name} kind=mail selectors=s1\n" for name in names))
        if conf:
            with open(self.conf, "a", encoding="ascii") as f:
                f.write(conf)
        done = subprocess.run(
            [CTL, "audit", "-c", self.conf, "-f", path, "--json"],
            capture_output=True,
            timeout=120,
            env=dict(os.environ, LC_ALL="C"),
        )
        made = json.loads(done.stdout)
        return made, {d["domain"]: {r["rule"]: r for r in d["rules"]} for d in made["domains"]}


def has(rule, check, level):
    return any(c["id"] == check and c["level"] == level for c in rule["checks"])


def test_all(world):
    names = [f"city.{zone}" for zone in signedzones.ZONES] + ["away.secure", "pkix.secure"]
    made, rules = world.audit(*names)
    tap.ok(made["resolver"]["validates"], "the resolver checks DNSSEC", made["resolver"])
    for name, dnssec, dane, check, level in (
        ("city.secure", "followed", "untested", "dane.tlsa", "ok"),
        ("city.secure", "followed", "untested", "dane.match", "unknown"),
        ("city.dense", "followed", "not_met", "dane.tlsa", "wrong"),
        ("city.insecure", "not_followed", "not_met", "dane.mx", "wrong"),
        ("city.bogus", "not_met", "untested", "tls.mx", "unknown"),
        ("city.expired", "not_met", "untested", "tls.mx", "unknown"),
        ("away.secure", "not_followed", "not_met", "dane.address", "wrong"),
        ("pkix.secure", "followed", "not_met", "dane.tlsa", "wrong"),
    ):
        tap.equal(rules[name][DNSSEC]["verdict"], dnssec, f"DNSSEC of {name} is {dnssec}")
        tap.equal(rules[name][DANE]["verdict"], dane, f"DANE of {name} is {dane}")
        tap.ok(has(rules[name][DANE], check, level), f"by {check}", rules[name][DANE]["checks"])
    for rule in ("MAIL-BESCHERM-004", "MAIL-BESCHERM-007"):
        tap.equal(rules["city.bogus"][rule]["verdict"], "untested", f"what is forged says nothing of {rule}")
        tap.equal(rules["city.secure"][rule]["verdict"], "met", f"{rule} where it is secure")
    answers = [a for d in made["domains"] if d["domain"] == "city.secure" for a in d["answers"] if a["type"] == "TLSA"]
    tap.equal([(a["secure"], a["records"]) for a in answers], [(True, [TLSA])], "the TLSA record is evidence")
    # Without DNSSEC nothing is said of either.
    made, rules = world.audit("city.secure", conf="DNSSEC off\n")
    tap.equal(rules["city.secure"][DNSSEC]["verdict"], "untested", "a resolver that does not check cannot tell")
    tap.equal(rules["city.secure"][DANE]["verdict"], "untested", "nor can it of DANE")


def main():
    reason = signedzones.missing()
    if reason:
        tap.skip_all(reason)
        return
    with work_folder("audit-dnssec") as folder:
        world = World(folder)
        try:
            tap.run([lambda: test_all(world)])
        finally:
            world.server.stop()


main()
