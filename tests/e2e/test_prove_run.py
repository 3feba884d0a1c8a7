#!/usr/bin/python3
"""beschermctl prove through a private Postfix: what each setting of the filter comes to, what is
written down, and that nothing is ever delivered.  TAP; needs root."""

import fcntl
import glob
import hashlib
import json
import os
import re
import stat
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import postfix
import tap
from proving import CTL, OWN, Proving, ctl
from running import work_folder

ALL = " ".join(str(n) for n in range(1, 16))
CAUGHT = (1, 5, 6, 7, 9, 10, 12)
GENUINE = (2, 3, 4, 8, 11, 14)
SEAT = re.compile(r"^[0-9a-f]{64}$")


def check(p, name, run, code, verdict, levels):
    good = (run.code, run.verdict, run.levels()) == (code, verdict, levels)
    tap.ok(good, f"{name}: {verdict}, {levels}", run)
    tap.equal(p.left(), [], f"{name}: nothing is left in the queue")
    tap.equal(p.sent(), [], f"{name}: nothing is delivered or relayed")


def others(*numbers):
    return " ".join(str(n) for n in range(1, 16) if n not in numbers)


def test_setup(p):
    code, _, err = ctl(*p.arguments())
    tap.ok(code == 69 and "--setup" in err, "without a listener: 69, and how to make one", err)
    code, out, err = p.setup()
    tap.ok(code == 0 and os.path.exists(p.listener), "what --setup prints makes the listener", out + err)
    done = subprocess.run([CTL, "postfix", "-c", p.daemon.conf, "--config-dir", p.mta.etc],
                          stdout=subprocess.PIPE, check=False)
    tap.ok(done.returncode == 0, "beschermctl postfix is content with it", done.stdout.decode())


def test_enforce(p):
    run = p.run()
    check(p, "Mode enforce", run, 0, "met", {"ok": ALL})
    for n in CAUGHT:
        wanted = "deferred" if n == 10 else None
        tap.equal(run.case(n)["seen"]["queue"], wanted, f"case {n} is {'marked' if wanted else 'refused'}")
    for n in GENUINE:
        added = [f for f in run.case(n)["seen"]["added"] if f.startswith("Authentication-Results: mx.")]
        tap.ok(run.case(n)["seen"]["queue"] == "deferred" and len(added) == 1, f"case {n} has our results once",
               run.case(n))
    tap.equal(len(run.case(11)["seen"]["removed"]), 3, "case 11: the forged results are gone")
    tap.ok(run.case(13)["seen"]["reply"].startswith("451 4.7.0 "), "case 13 is put off", run.case(13))
    tap.ok(OWN in run.case(15)["from"] and run.case(15)["wanted"] == "caught",
           "case 15 is of the school itself, by its own policy", run.case(15))
    return run


def sha256(*commands):
    said = b"".join(subprocess.run(c, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout
                    for c in commands)
    return hashlib.sha256(said).hexdigest()


def test_evidence(p, run):
    files = sorted(glob.glob(p.evidence + "/*"))
    tap.equal([re.sub(r"\d", "0", os.path.basename(f)) for f in files],
              [f"prove-00000000T000000Z.{end}" for end in ("en.html", "json", "nl.html")], "JSON and two pages")
    modes = {stat.S_IMODE(os.stat(f).st_mode) for f in files}
    tap.equal(modes, {0o640}, "which not everybody may read")
    with open(files[1], encoding="utf-8") as f:
        kept = json.load(f)
    tap.equal(kept, run.json, "the JSON is what was printed")
    tap.equal(kept["settings_sha256"], sha256([CTL, "conf", "-c", p.daemon.conf]), "with the settings of the filter")
    with open(os.path.join(os.environ["BESCHERMD_PROVEDIR"], "zone"), "rb") as f:
        tap.equal(kept["zone_sha256"], hashlib.sha256(f.read()).hexdigest(), "and the domains of the test")
    tap.equal(kept["postconf_sha256"],
              sha256(*(["postconf", "-c", p.mta.etc, mode] for mode in ("-n", "-M"))), "and those of Postfix")
    tap.equal((kept["prove"], kept["host"]), (1, "mx.school.example"), "and whose they are")
    with open(files[2], encoding="utf-8") as f:
        page = f.read()
    with open(files[1], "rb") as f:
        digest = hashlib.sha256(f.read()).hexdigest()
    tap.ok("MAIL-BESCHERM-010: voldaan" in page and 'lang="nl"' in page and digest in page,
           "the Dutch page says it, and which JSON it is of", page[:2000])


def test_text(p):
    p.reload("")
    code, out, err = ctl(*p.arguments("--domain", "mild.example", "-v"))
    last = out.splitlines()[-1] if out else ""
    tap.ok(code == 0 and re.fullmatch(r"MAIL-BESCHERM-010: met  \d{4}-\d\d-\d\d \d\d:\d\d UTC  mx.school.example", last),
           "as text the verdict comes last", out + err)
    tap.ok(re.search(r"(?m)^look  15 .*mild.example.* does not ask", out), "of a domain with p=none it says so", out)
    tap.ok("> XCLIENT ADDR=192.0.2.99" in out and "          + Authentication-Results: " in out,
           "with -v all that was said and added is shown", out)


def test_settings(p):
    p.reload("Mode monitor\n")
    run = p.run()
    check(p, "Mode monitor", run, 1, "not_met",
          {"wrong": "1 5 6 7 9 10 12 15", "ok": "2 3 4 8 11 14", "look": "13"})
    tap.ok("Mode monitor" in run.case(1)["text"], "which it says", run.case(1))
    p.reload("OnReject header\n")
    run = p.run()
    check(p, "OnReject header", run, 0, "met", {"ok": ALL})
    tap.ok(any(f.startswith("X-Spam-Flag: ") for f in run.case(1)["seen"]["added"]), "the mark is shown", run.case(1))
    p.reload("OnQuarantine hold\nRejectText Geweigerd (%{from}). Kenmerk: %{queueid}.\nRejectCode 554 5.7.1\n")
    run = p.run()
    check(p, "OnQuarantine hold", run, 0, "met", {"ok": ALL})
    tap.equal(run.case(10)["seen"]["queue"], "hold", "it was held")
    tap.ok(re.search(r"^554 5.7.1 Geweigerd .* Kenmerk: \w+\.$", run.case(1)["seen"]["reply"]),
           "a RejectText of one's own, with the queue id, is known", run.case(1))
    p.reload("OnReject accept\nOnTempError accept\n")
    check(p, "OnReject accept, OnTempError accept", p.run(), 1, "not_met",
          {"wrong": "1 5 6 7 9 15", "ok": "2 3 4 8 10 11 12 14", "look": "13"})


def test_not_reloaded(p):
    p.configure("OnReject header\nAuthservID other.example\n")
    check(p, "other settings and another AuthservID than the file, and still as wanted", p.run(), 0, "met",
          {"look": others(12, 13), "ok": "12 13"})
    p.reload("Mode monitor\n")
    p.configure("")
    run = p.run()
    check(p, "Mode monitor runs, and the file says enforce", run, 1, "not_met",
          {"wrong": "1 5 6 7 9 10 12 15", "ok": "2 3 4 8 11 14", "look": "13"})
    tap.ok("reloaded" in run.case(1)["text"], "which it says", run.case(1))
    p.reload("")


def test_exempt(p):
    for setting in ("IgnoreHosts", "TrustedRelays"):
        p.reload(f"{setting} 192.0.0.0/16\n")
        run = p.run()
        tap.ok(run.code == 75 and run.verdict == "untested" and setting in run.json["stopped"],
               f"{setting} with the clients of the test: nothing is sent, and it is named", run)
    p.reload("")


def test_suffixes(p):
    p.reload("Discovery psl\n")
    run = p.run()
    check(p, "Discovery psl", run, 0, "met", {"ok": others(8, 9), "look": "8 9"})
    tap.ok("Discovery psl" in run.case(8)["text"], "why two say nothing is named", run.case(8))
    p.reload("")


def test_two_at_once(p):
    private = os.open(os.path.dirname(p.listener), os.O_RDONLY)
    fcntl.flock(private, fcntl.LOCK_EX)
    code, out, err = ctl(*p.arguments())
    os.close(private)
    tap.ok(code == 75 and "another run" in err, "while another runs, none begins", out + err)


def test_undo(p):
    code, _, err = p.setup(undo=True)
    gone = subprocess.run(["postconf", "-c", p.mta.etc, "-M"], stdout=subprocess.PIPE, check=True).stdout
    tap.ok(code == 0 and b"beschermd-prove" not in gone, "--undo takes it away", err)


def main():
    if why := postfix.missing():
        tap.skip_all(why)
        return
    with work_folder("prove") as where, Proving(where) as p:
        kept = {}
        tap.run([
            lambda: test_setup(p),
            lambda: kept.update(run=test_enforce(p)),
            lambda: test_evidence(p, kept["run"]),
            lambda: test_settings(p),
            lambda: test_text(p),
            lambda: test_not_reloaded(p),
            lambda: test_exempt(p),
            lambda: test_suffixes(p),
            lambda: test_two_at_once(p),
            lambda: test_undo(p),
        ])


if __name__ == "__main__":
    main()
