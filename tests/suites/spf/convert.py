#!/usr/bin/python3
"""Turn the SPF test suites (YAML) into lines for test_spf_suites.c.

F file                                   a file begins
S                                        a scenario: its zone and cases follow
Z line                                   one line of its zone text
T name client helo mail-from results explanation      tab-separated

Octets that are not printable ASCII, and the backslash, are \\DDD.  An explanation
of "-" means that the case has none; "=" stands before all others.
"""
import sys

import yaml

TYPES = ("A", "AAAA", "MX", "PTR", "TXT")


def octets(value):
    """The suites write some octets as Latin-1 characters."""
    text = str(value) if value is not None else ""
    try:
        return text.encode("latin-1") if any(ord(c) > 127 for c in text) else text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8")


def escape(value):
    return "".join(chr(b) if 32 <= b < 127 and b != 92 else "\\%03d" % b
                   for b in octets(value))


def name(value):
    """A domain name: what is no host name is \\DDD, dots stay."""
    return "".join(chr(b) if chr(b).isalnum() and b < 128 or b in b"-_." else "\\%03d" % b
                   for b in octets(value).rstrip(b".")) or "."


def quoted(strings):
    """TXT strings of at most 255 octets."""
    parts = []
    for string in strings if isinstance(strings, list) else [strings]:
        data = octets(string)
        parts += [data[i:i + 255] for i in range(0, len(data), 255)]
    return " ".join('"%s"' % "".join(
        chr(b) if 32 <= b < 127 and b not in b'"\\' else "\\%03d" % b
        for b in part) for part in parts or [b""])


def rdata(kind, value):
    if kind == "TXT":
        return quoted(value)
    if kind == "MX":
        return "%s %s" % (value[0], name(value[1]))
    return name(value) if kind in ("PTR", "CNAME") else str(value)


def records(entries):
    """(type, value) of one name; an SPF entry stands for TXT unless there is TXT."""
    listed, timeout = [], False
    for entry in entries:
        if entry == "TIMEOUT":
            timeout = True
        else:
            listed += list(entry.items())
    has_txt = any(kind == "TXT" for kind, _ in listed)
    found = [("TXT" if kind == "SPF" else kind, value) for kind, value in listed
             if value != "NONE" and not (kind == "SPF" and has_txt)]
    seen = {kind for kind, _ in found}
    # A time-out holds for each type that was not listed.
    found += [(kind, "TIMEOUT") for kind in TYPES if timeout and kind not in seen]
    return found


def zone(data):
    for owner, entries in data.items():
        lines = records(entries)
        if not lines:
            print("Z", name(owner), "NODATA")
        for kind, value in lines:
            if value == "TIMEOUT":
                print("Z", name(owner), "TIMEOUT", kind)
            else:
                print("Z", name(owner), kind, rdata(kind, value))


def case(label, test):
    results = test["result"] if isinstance(test["result"], list) else [test["result"]]
    explanation = test.get("explanation")
    print("T " + "\t".join([
        label, str(test["host"]), escape(test.get("helo")), escape(test.get("mailfrom")),
        ",".join(results), "-" if explanation is None else "=" + escape(explanation)]))


for path in sys.argv[1:]:
    print("F", path.rsplit("/", 1)[-1])
    with open(path, "rb") as stream:
        for document in yaml.safe_load_all(stream):
            if not document or "tests" not in document:
                continue
            print("S")
            zone(document["zonedata"])
            for label, test in document["tests"].items():
                case(label, test)
