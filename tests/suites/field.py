#!/usr/bin/python3
"""Mail of the field, in CONFORMANCE_DIR/field: each message by the command of its README, and
the right value that stands there.  TAP.
"""

import glob
import json
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import tap
from running import BUILD

DATA = os.path.join(os.environ.get("CONFORMANCE_DIR", ""), "field")
CTL = os.path.join(BUILD, "beschermctl")


def judge(folder, message, *options):
    command = [CTL, "test", "-c", "empty.conf", "--json", "--zone", "zone", *options, message]
    done = subprocess.run(command, cwd=os.path.join(DATA, folder), capture_output=True, timeout=60)
    return json.loads(done.stdout) if done.returncode == 0 else {"error": done.stderr.decode()}


def messages(folder, pattern="*.eml"):
    found = sorted(glob.glob(os.path.join(DATA, folder, pattern)))
    return [os.path.relpath(path, os.path.join(DATA, folder)) for path in found]


def equal(found, wanted, name):
    got = {key: found.get("from", {}).get("status") if key == "from.status" else found.get(key) for key in wanted}
    tap.equal(got, wanted, name)


FOLDER_01 = "01-bad-from-one-domain"
CLIENT_01 = ("--client", "192.0.2.1", "--helo", "mail.example.nl", "--mail-from", "joe@example.nl")


def test_one_domain():
    for message in messages(FOLDER_01):
        found = judge(FOLDER_01, message, *CLIENT_01)
        equal(found, {"action": "accept", "rule": "dmarc_pass", "from.status": "malformed_one_domain"}, message)
        tap.equal(found["reason"], "From is malformed; its only domain passes", f"{message}: says so")
    for message in messages(FOLDER_01, "stay-refused/*.eml"):
        found = judge(FOLDER_01, message, *CLIENT_01)
        equal(found, {"action": "reject", "rule": "bad_from"}, message)
        # Of two pairs of angle brackets no name is the fault.
        if "double-angle" in message:
            continue
        tap.ok("put the name before < in double quotes" in (found.get("reply") or ""), f"{message}: says how", found)


FOLDER_12 = "12-bounce-without-domain"


def test_no_author():
    for message in messages(FOLDER_12):
        options = ("--client", "192.0.2.1", "--helo", "host.relay.example", "--mail-from", "<>")
        found = judge(FOLDER_12, message, *options)
        tap.ok(found.get("action") in ("accept", "header"), f"{message}: never more than a mark", found)
        equal(found, {"rule": "no_author", "from.status": "no_author"}, message)


FOLDER_07 = "07-trusted-relay-localhost-hop"


def test_relay():
    """The hop within the relay, and the other forms that the README names, of the first hop."""
    options = ("-c", "relay.conf", "--client", "108.168.255.216", "--helo", "gw3.mailguard.example")
    with open(os.path.join(DATA, FOLDER_07, "message.eml"), encoding="ascii") as f:
        text = f.read()
    seen = "from mail.example.nl (mail.example.nl [203.0.113.5])"
    tap.equal(text.count(seen), 1, "07: the first hop stands in the message")
    for form in (seen, "from unknown (HELO mail.example.nl) (203.0.113.5)",
                 "from [203.0.113.5] ([203.0.113.5:41234] helo=mail.example.nl)"):
        for sender, identity in (("joe@example.nl", "mailfrom"), ("<>", "helo")):
            with tempfile.NamedTemporaryFile("w", suffix=".eml") as message:
                message.write(text.replace(seen, form))
                message.flush()
                found = judge(FOLDER_07, message.name, *options, "--mail-from", sender)
            said = found.get("spf", {})
            name = f"07: {form}: of {identity}"
            if identity == "mailfrom":
                equal(found, {"action": "accept", "rule": "dmarc_pass"}, name)
                tap.equal((said.get("result"), said.get("domain")), ("pass", "example.nl"), name)
            else:
                tap.equal((said.get("identity"), said.get("domain")), ("helo", "mail.example.nl"), name)


FOLDER_13 = "13-spf-void-ipv6"
CLIENT_13 = ("--helo", "mail.example.nl", "--mail-from", "joe@example.nl")


def void_lookups(client, *options):
    """The outcome, and how many lookups found nothing of how many that may."""
    found = judge(FOLDER_13, "message.eml", "--client", client, *CLIENT_13, *options)
    spf = found.get("spf", {})
    return found.get("action"), spf.get("result"), spf.get("void_lookups"), spf.get("void_lookups_max")


def test_void_lookups():
    """By the letter of RFC 7208 the sender fails over IPv6; a setting lets it pass."""
    ipv6 = "2001:db8:9::1"
    tap.equal(void_lookups("192.0.2.70"), ("accept", "pass", 0, 2), "13: IPv4 passes")
    tap.equal(void_lookups(ipv6), ("reject", "permerror", 3, 2), "13: IPv6 fails by default, and JSON tells the limit")
    for number, wanted in ((0, ("reject", "permerror", 1, 0)), (3, ("accept", "pass", 3, 3)), (10, ("accept", "pass", 3, 10))):
        tap.equal(void_lookups(ipv6, "-o", f"SPFVoidLookups={number}"), wanted, f"13: SPFVoidLookups {number}")
    command = [CTL, "test", "-c", "empty.conf", "--zone", "zone", "--client", ipv6, *CLIENT_13, "message.eml"]
    told = subprocess.run(command, cwd=os.path.join(DATA, FOLDER_13), capture_output=True, text=True, timeout=60,
                          env=dict(os.environ, LC_ALL="C"), check=False).stdout
    tap.ok("SPFVoidLookups 2 (default)" in told, "13: the explanation names the limit and its setting", told)


def conf(*arguments):
    return subprocess.run([CTL, "conf", *arguments], capture_output=True, text=True, timeout=60, check=False)


def test_conf_of_opendmarc():
    """05, 14: keys that OpenDMARC never used, or has since; 06: a list of OpenDKIM."""
    for name in ("05-opendmarc-DNSTimeout/opendmarc.conf", "05-opendmarc-DNSTimeout/opendmarc0.conf",
                 "14-opendmarc-new-keys/opendmarc.conf"):
        path = os.path.join(DATA, name)
        loaded, made = conf("-c", path), conf("--from-opendmarc", path)
        tap.equal((loaded.returncode, made.returncode), (0, 0), f"{name}: loads, and is converted")
        tap.ok("DNSTimeout                  20s" in loaded.stdout, f"{name}: the default holds", loaded.stdout)
        tap.ok("\nDNSTimeout" not in made.stdout, f"{name}: and stays", made.stdout)
    folder = os.path.join(DATA, "06-opendmarc-IgnoreHosts-wildcard")
    with open(os.path.join(folder, "opendmarc.conf"), encoding="ascii") as f:
        text = f.read().replace("IgnoreHosts ", f"IgnoreHosts {folder}/")
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as absolute:
        absolute.write(text)
        absolute.flush()
        loaded, made = conf("-c", absolute.name), conf("--from-opendmarc", absolute.name)
    tap.equal((loaded.returncode, made.returncode), (0, 0), "06: loads, and is converted")
    tap.ok("192.168.1.0/24, 2001:db8::1 " in loaded.stdout, "06: an address in brackets counts", loaded.stdout)
    for word in ("*.example.org is a host name", "!192.168.1.7 was not to be exempt"):
        tap.ok(word in loaded.stderr, f"06: {word}", loaded.stderr)


if __name__ == "__main__":
    if os.path.isdir(DATA):
        tap.run([test_one_domain, test_no_author, test_relay, test_void_lookups, test_conf_of_opendmarc])
    else:
        tap.skip_all("no field in CONFORMANCE_DIR")
