#!/usr/bin/python3
"""Write seeds for fuzz_spf, from the public SPF suites: seed_spf.py DIRECTORY FILE...

One seed a test, in fuzz_spf's own format: the records of the test's zone, those of
the MAIL FROM domain first.  The names are lost; a name takes any record of its type.
"""
import ipaddress
import os
import sys

import yaml

KINDS = {"TXT": "T", "SPF": "T", "MX": "M", "PTR": "P"}


def octets(value):
    return str(value).encode("utf-8", "replace").replace(b"\n", b" ").replace(b"\t", b" ")


def line(kind, value):
    if kind in KINDS:
        if kind == "MX":
            value = value[1]
        elif isinstance(value, list):
            value = "".join(map(str, value))
        return KINDS[kind].encode() + octets(value)
    if kind in ("A", "AAAA"):
        packed = ipaddress.ip_address(value).packed
        return None if b"\n" in packed or b"\t" in packed else b"A" + packed
    return None


def lines(entries):
    for entry in entries:
        if entry == "TIMEOUT":
            yield b"E"
        else:
            yield from filter(None, (line(k, v) for k, v in entry.items()))


def seed(zone, test):
    local, _, domain = str(test["mailfrom"]).rpartition("@")
    family = b"6" if ":" in str(test["host"]) else b"4"
    names = sorted(zone, key=lambda n: str(n).lower() != domain.lower())
    found = [family + octets(local) + b"\t" + octets(test["helo"])]
    for name in names:
        found += lines(zone[name])
    return b"\n".join(found + [b"X", b"N"])


def main(directory, paths):
    for path in paths:
        with open(path, "rb") as stream:
            documents = [d for d in yaml.safe_load_all(stream) if d and "tests" in d]
        for document in documents:
            for label, test in document["tests"].items():
                name = os.path.basename(path)[:7] + "-" + label
                with open(os.path.join(directory, name), "wb") as out:
                    out.write(seed(document["zonedata"], test))


main(sys.argv[1], sys.argv[2:])
