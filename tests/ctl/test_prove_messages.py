#!/usr/bin/python3
"""The messages of `beschermctl prove` and their zone: each comes to the verdict that the rule
wants, by the default settings; another implementation agrees about their signatures; and they
are what their script makes.  TAP."""

import json
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import provemessages
import tap
from provemessages import CASES, ZONE
from running import BUILD
from scratch import write

HOST = "mx.school.example"
FOLDER = os.path.abspath(provemessages.FOLDER)
CAUGHT = ("reject", "hold", "header")
ACTIONS = {"caught": CAUGHT, "delivered": ("accept",), "deferred": ("tempfail", *CAUGHT)}


def judge(case, *settings):
    """The message as it would be sent to HOST."""
    text = provemessages.read(case.file)
    text = text.replace(provemessages.OUR_ID, HOST).replace(provemessages.OUR_ID_CAPITALS, HOST.upper())
    command = [os.path.join(BUILD, "beschermctl"), "test", "-c", write("empty.conf", b""), "-o", f"AuthservID={HOST}"]
    for setting in settings:
        command += ["-o", setting]
    command += ["--json", "--zone", os.path.join(FOLDER, "zone"), "--client", case.client]
    command += ["--helo", case.helo, "--mail-from", case.mail_from, write(case.file, text.encode())]
    done = subprocess.run(command, capture_output=True, timeout=60, env=dict(os.environ, LC_ALL="C"), check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.decode())
    return json.loads(done.stdout)


def test_made_by_script():
    tap.equal(provemessages.differences(), [], "conf/prove is what its script makes, but for the key")
    everything = "".join(provemessages.read(name) for name in os.listdir(FOLDER))
    tap.ok("PRIVATE" not in everything, "no private key")
    tap.ok(re.search(r"[; \t]x=", everything) is None, "no signature runs out")
    lines = "".join(provemessages.read(case.file) for case in CASES).splitlines()
    tap.ok(max(map(len, lines)) < 100, "no line that a mail server would break")


def test_verdicts():
    for case in CASES:
        got = judge(case)
        tap.ok(got["action"] in ACTIONS[case.wanted] and got["dmarc"]["result"] == case.dmarc,
               f"{case.number}, {case.title}: {case.wanted}, dmarc={case.dmarc}",
               f"{got['action']} by {got['rule']}, {got['dmarc']}, {got['reason']}")


def test_what_they_show():
    """That each is caught or passes for its own reason."""
    got = {case.number: judge(case) for case in CASES}
    signatures = {n: [s["result"] for s in g["dkim"]] for n, g in got.items()}
    spf = {n: g["spf"]["result"] for n, g in got.items()}
    tap.equal({n for n, s in signatures.items() if s == ["pass"]}, {4, 6, 8}, "whose signature is good")
    tap.equal({n for n, s in signatures.items() if s == ["fail"]}, {5}, "whose signature is broken")
    tap.equal({n for n, s in spf.items() if s == "pass"}, {2, 3, 7, 11, 12}, "for whom SPF passes")
    tap.equal({n for n, s in spf.items() if s == "none"}, {9, 14}, "for whom there is no SPF")
    tap.equal({n for n, s in spf.items() if s == "temperror"}, {13}, "whose SPF cannot be looked up")
    tap.equal(got[10]["dmarc"]["policy"], "quarantine", "10 asks for quarantine")
    tap.equal(got[9]["dmarc"]["policy"], "reject", "9 asks for reject by sp=")
    removed = [r["name"].lower() for r in got[11]["headers"]["remove"]]
    tap.equal(removed, ["authentication-results"] * 3, "11: three forged fields go")


def test_public_suffix_list():
    """RFC 7489 has one organisation in beschermd.test, where nobody publishes anything."""
    got = {case.number: judge(case, "Discovery=psl")["dmarc"]["result"] for case in CASES}
    expected = {case.number: case.dmarc for case in CASES}
    expected.update({8: "none", 9: "none"})
    tap.equal(got, expected, "Discovery psl: 8 and 9 have no policy, all others the same")


def test_other_implementation():
    try:
        import dkim
    except ImportError:
        tap.skip("another implementation of DKIM", "no module dkim: scripts/install-deps test")
        return
    zone = provemessages.read("zone")

    def txt(name, timeout=5):
        label = re.escape(name.decode().rstrip(".").removesuffix("." + ZONE))
        record = re.search(rf"(?m)^{label} TXT (.*)$", zone)
        return "".join(re.findall('"([^"]*)"', record[1])).encode() if record else None

    for case in CASES:
        if case.signer is None:
            continue
        data = provemessages.read(case.file).replace("\n", "\r\n").encode()
        try:
            good = dkim.verify(data, dnsfunc=txt)
        except dkim.ValidationError:
            good = False
        tap.equal(good, not case.altered, f"{case.number}: dkimpy says the same of its signature")


tap.run([test_made_by_script, test_verdicts, test_what_they_show, test_public_suffix_list, test_other_implementation])
