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


def judge(folder, message, *options, zone="zone"):
    command = [CTL, "test", "-c", "empty.conf", "--json", "--zone", zone, *options, message]
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
        tap.ok("put the name before the address in quotes" in (found.get("reply") or ""), f"{message}: says how", found)


def text_of(folder, message, *options):
    command = [CTL, "test", "-c", "empty.conf", "--zone", "zone", *options, message]
    done = subprocess.run(
        command, cwd=os.path.join(DATA, folder), capture_output=True, timeout=60, text=True, env=dict(os.environ, LC_ALL="C")
    )
    return " ".join(done.stdout.split())


def results_of(found):
    """Our field, unfolded; "" where the message is not changed."""
    added = [h["value"] for h in found["headers"]["insert"] if h["name"] == "Authentication-Results"]
    return " ".join(added[0].split()) if added else ""


FOLDER_09 = "09-dmarc-lookalike-not-told"
CLIENT_09 = ("--client", "198.51.100.7", "--helo", "x.example", "--mail-from", "joe@example.nl")
NO_DMARC = "a TXT record that is not a DMARC record: "
NO_SPF = "no SPF record, but a TXT record that is not one: "
# The shapes that its README lists: a TXT, and what has to be told of it.
DMARC_09 = (
    ('"v=DMARC1 p=reject"', NO_DMARC + "v=DMARC1 p=reject"),
    (r'"\"v=DMARC1; p=reject\""', NO_DMARC + '"v=DMARC1; p=reject"'),
    ('" v=DMARC1; p=reject"', NO_DMARC + r"\x20v=DMARC1; p=reject"),
    ('"v=dmarc1; p=reject"', NO_DMARC + "v=dmarc1; p=reject"),
    ('"_dmarc.example.nl. IN TXT v=DMARC1; p=reject"', NO_DMARC + "_dmarc.example.nl. IN TXT v=DMARC1; p=reject"),
    ('"v=DMARC1; p=reject"\n_dmarc.example.nl. 300 IN TXT "v=DMARC1; p=none"', "several DMARC records"),
)
SPF_09 = (
    ('" v=spf1 -all"', NO_SPF + r"\x20v=spf1 -all"),
    (r'"v=spf1\009-all"', NO_SPF + r"v=spf1\x09-all"),
    (r'"v=spf1\194\160-all"', NO_SPF + r"v=spf1\xc2\xa0-all"),
    (r'"\"v=spf1 -all\""', NO_SPF + '"v=spf1 -all"'),
)


def shown(reason):
    """As it stands in our field: within quotes."""
    return reason.replace("\\", "\\\\").replace('"', '\\"')


def check_near(found, method, reason, name):
    tap.equal((found[method]["result"], found[method]["reason"]), ("none", reason), f"{name}: JSON")
    tap.ok(f'{method}=none reason="{shown(reason)}"' in results_of(found), f"{name}: header", results_of(found))


def judge_zone(text, *arguments):
    with tempfile.NamedTemporaryFile("w", suffix=".zone") as zone:
        zone.write(text)
        zone.flush()
        return judge(*arguments, zone=zone.name)


def test_near_records():
    """09: the verdict stays, and the reason is told, in the header too."""
    for message in messages(FOLDER_09):
        found = judge(FOLDER_09, message, *CLIENT_09)
        equal(found, {"action": "accept", "rule": "dmarc_none"}, f"09/{message}")
        reason = NO_DMARC + r"v=DMARC1\; p=reject\; rua=mailto:a@example.nl"
        check_near(found, "dmarc", reason, f"09/{message}")
        text = text_of(FOLDER_09, message, *CLIENT_09)
        tap.ok(f"_dmarc.example.nl: {reason}" in text, f"09/{message}: explained", text)
        for texts, kind, name in ((DMARC_09, "dmarc", "_dmarc.example.nl"), (SPF_09, "spf", "example.nl")):
            for txt, wanted in texts:
                found = judge_zone(f"{name}. 300 IN TXT {txt}\n", FOLDER_09, message, *CLIENT_09)
                check_near(found, kind, wanted, f"09/{message} with {txt!r}")


FOLDER_10 = "10-spf-syntax-reply"
CLIENT_10 = ("--client", "192.0.2.1", "--helo", "mail.example.nl", "--mail-from", "joe@example.nl")
INCLUDES = """example.nl. 300 IN TXT "v=spf1 include:a.example -all"
_dmarc.example.nl. 300 IN TXT "v=DMARC1; p=reject"
"""


def test_spf_syntax():
    """10: whose record, and which term, for the sender's admin to mend."""
    for message in messages(FOLDER_10):
        found = judge(FOLDER_10, message, *CLIENT_10)
        wrong = "bad syntax in the record of a.example: ipv4:192.0.2.1"
        equal(found, {"action": "reject", "rule": "policy_reject"}, f"10/{message}")
        tap.equal(found["spf"]["reason"], wrong, f"10/{message}: JSON")
        tap.ok(f"SPF permerror for example.nl ({wrong})" in found["reply"], f"10/{message}: reply", found["reply"])
        marked = judge(FOLDER_10, message, *CLIENT_10, "-o", "OnReject=header")
        tap.ok(f'spf=permerror reason="{wrong}"' in results_of(marked), f"10/{message}: header", results_of(marked))
        text = text_of(FOLDER_10, message, *CLIENT_10)
        tap.ok(f"Tell the sender fix the SPF record of example.nl: {wrong}" in text, f"10/{message}: explained", text)
        found = judge_zone(INCLUDES, FOLDER_10, message, *CLIENT_10)
        wrong = "an included domain has no SPF record: a.example"
        tap.ok(f"({wrong})" in found["reply"], f"10/{message}: one that is not there is named", found["reply"])


FOLDER_11 = "11-pct-0"


def test_pct_zero():
    options = ("--client", "198.51.100.7", "--helo", "x.example", "--mail-from", "joe@example.nl")
    for message in messages(FOLDER_11):
        found = judge(FOLDER_11, message, *options)
        equal(found, {"action": "header", "rule": "policy_quarantine", "reason": "pct=0 read as t=y"}, message)
        got = {key: found["dmarc"].get(key) for key in ("result", "policy", "published", "test_mode", "pct_zero")}
        wanted = {"result": "fail", "policy": "reject", "published": "reject", "test_mode": False, "pct_zero": True}
        tap.equal(got, wanted, f"{message}: by the letter of the record, and in a field of its own")
        by_list = judge(FOLDER_11, message, *options, "-o", "Discovery=psl")
        equal(by_list, {"action": "header", "rule": "policy_quarantine"}, f"{message}: psl, drawn as ever")


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


FOLDER_15 = "15-two-key-records"


def test_two_key_records():
    for zone in ("zone", "zone-foreign-txt"):
        # The last --zone counts.
        options = ("--zone", zone, "--client", "198.51.100.7", "--helo", "x.example", "--mail-from", "joe@example.nl")
        found = judge(FOLDER_15, "message.eml", *options)
        equal(found, {"action": "accept", "rule": "dmarc_pass"}, f"{FOLDER_15}: {zone}")
        signature = (found.get("dkim") or [{}])[0]
        tap.equal((signature.get("result"), signature.get("key_bits")), ("pass", 2048), f"{FOLDER_15}: {zone}: signature")


if __name__ == "__main__":
    if os.path.isdir(DATA):
        tap.run([test for name, test in globals().items() if name.startswith("test_")])
    else:
        tap.skip_all("no field in CONFORMANCE_DIR")
