#!/usr/bin/python3
"""`beschermctl test` from outside: what it reads, what it prints, what it exits with.  TAP."""

import json
import os
import pty
import re
import socket
import subprocess
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import messages
import tap
from daemon import measured, sanitized
from running import BUILD
from scratch import path, write

CTL = os.path.join(BUILD, "beschermctl")
POST = messages.Post()
WORDS = {"inbox": "accept", "junk": "header", "refused": "reject", "later": "tempfail"}


def as_received(m):
    """What a mailbox holds: with the two fields that the receiving host puts on top."""
    top = f"Return-Path: {m.mail_from}\r\nReceived: from {m.helo} (mail [{m.client}])\r\n\tby {messages.HOST}; now\r\n"
    return top.encode() + m.data


ZONE = write("zone", POST.zone.encode())
CONF = write("beschermd.conf", b"AuthservID mx.school.example\n")
JUDGED = [m for m in POST.messages if m.login is None]
FILES = [write(f"mail/{i:02}.eml", as_received(m)) for i, m in enumerate(JUDGED)]


def ctl(*arguments, stdin=b"", conf=CONF, env=None):
    """(exit code, standard output, standard error)"""
    done = subprocess.run(
        [CTL, "test", "-c", conf, "--zone", ZONE, *arguments],
        input=stdin,
        capture_output=True,
        timeout=120,
        env=dict(os.environ, LC_ALL="C", **(env or {})),
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def judge(*arguments, **more):
    code, out, err = ctl("--json", *arguments, **more)
    assert code == 0, f"exit code {code}: {err}"
    return [json.loads(line) for line in out.splitlines()]


TEXT, NUMBER, FLAG = str, (int, float), bool
MAYBE = (str, type(None))
DNS_SEC = ("yes", "no", None)
SCHEMA = {
    "file": TEXT,
    "action": ("accept", "header", "hold", "reject", "tempfail"),
    "would": ("accept", "header", "hold", "reject", "tempfail"),
    "rule": TEXT,
    "reply": MAYBE,
    "reason": MAYBE,
    "sealed": MAYBE,
    "forwarded": ("no", "body", "srs", None),
    "client_confirmed": MAYBE,
    "from": {"status": ("ok", "missing", "multiple", "malformed"), "domain": MAYBE},
    "dmarc": {
        "result": ("none", "pass", "fail", "temperror", "permerror"),
        "policy": ("none", "quarantine", "reject", None),
        "published": ("none", "quarantine", "reject", None),
        "test_mode": FLAG,
        "pct_zero": FLAG,
        "record_domain": MAYBE,
        "org_domain": MAYBE,
        "spf_aligned": FLAG,
        "dkim_aligned": FLAG,
        "dns_sec": DNS_SEC,
        "reason": MAYBE,
    },
    "spf": {
        "result": ("none", "neutral", "pass", "fail", "softfail", "temperror", "permerror"),
        "domain": MAYBE,
        "identity": ("mailfrom", "helo"),
        "explanation": MAYBE,
        "lookups": int,
        "void_lookups": int,
        "void_lookups_max": int,
        "dns_sec": DNS_SEC,
        "reason": MAYBE,
    },
    "dkim": [
        {
            "result": ("none", "pass", "fail", "policy", "neutral", "temperror", "permerror"),
            "domain": MAYBE,
            "selector": MAYBE,
            "algorithm": MAYBE,
            "key_bits": int,
            "dns_sec": DNS_SEC,
            "reason": MAYBE,
        }
    ],
    "headers": {"remove": [{"name": TEXT, "index": int}], "insert": [{"name": TEXT, "value": TEXT}]},
    "dns": [
        {
            "name": TEXT,
            "type": ("A", "AAAA", "CNAME", "MX", "PTR", "TXT"),
            "status": ("found", "nodata", "nxdomain", "tempfail", "bogus", None),
            "dns_sec": DNS_SEC,
            "ms": NUMBER,
        }
    ],
}


def faults(value, schema, where="$"):
    """Where ${value} is not as ${schema} says: keys, their order, types, words."""
    if isinstance(schema, dict):
        if not isinstance(value, dict) or list(value) != list(schema):
            return [f"{where}: keys {list(value) if isinstance(value, dict) else value}"]
        return [f for key in schema for f in faults(value[key], schema[key], f"{where}.{key}")]
    if isinstance(schema, list):
        return [f for i, v in enumerate(value) for f in faults(v, schema[0], f"{where}[{i}]")]
    if isinstance(schema, tuple) and not isinstance(schema[0], type):
        return [] if value in schema else [f"{where}: {value!r}"]
    return [] if isinstance(value, schema) else [f"{where}: {value!r}"]


def test_schema():
    found = judge(*FILES)
    wrong = [f for one in found for f in faults(one, SCHEMA)]
    tap.ok(not wrong, "every key of the JSON is there, in order and of its type", "\n".join(wrong))
    tap.ok(any(one["dkim"] for one in found) and any(one["dns"] for one in found), "lists have been seen filled")
    junk = write("8bit.eml", b"From: \xff\xfe <a@b\xff.example>\nSubject: \xe9\n\nbody\n")
    tap.equal(faults(judge(junk)[0], SCHEMA), [], "octets that are no UTF-8 make good JSON")
    odd = write("odd\udcff.eml".encode("utf-8", "surrogateescape").decode("latin-1"), JUDGED[0].data)
    tap.equal(faults(judge(odd)[0], SCHEMA), [], "an odd file name makes good JSON")


def test_demo():
    for m, found in zip(JUDGED, judge(*FILES)):
        seen = (found["action"], found["dmarc"]["result"])
        wanted = (WORDS[m.verdict], m.dmarc if found["from"]["status"] == "ok" else "permerror")
        tap.equal(seen, wanted, f"demo: {m.title}")


def test_explanations():
    for m, file in zip(JUDGED, FILES):
        code, out, err = ctl(file)
        text = " ".join(out.split())
        lacks = [w for w in ("Who sent it", "SPF: may", "DKIM: which", "DMARC: does", "What was decided") if w not in text]
        tap.ok(code == 0 and not lacks, f"explained: {m.title}", f"{code} {lacks} {err}")
        tap.ok(all(len(line) <= 96 for line in out.splitlines()), f"fits a screen: {m.title}", out)
        for part in m.has:
            tap.ok(part in text, f"explained: {m.title}: the header has {part}", out)


def test_identities():
    city = JUDGED[0]
    bare = write("bare.eml", city.data)
    found = judge(bare)[0]
    tap.equal((found["spf"]["result"], found["dmarc"]["result"]), ("none", "pass"), "without a client SPF is none")
    found = judge("--client", city.client, "--mail-from", "info@city.example", bare)[0]
    tap.equal(found["spf"]["result"], "pass", "client and envelope sender by options")
    found = judge("--client", "203.0.113.9", FILES[0])[0]
    tap.equal(found["spf"]["result"], "fail", "an option goes before the Received field")
    ours = b"Received: from relay (relay [198.51.100.30])\n\tby mx; now\n"
    relayed = write("relayed.eml", ours + as_received(city))
    tap.equal(judge(relayed)[0]["spf"]["result"], "fail", "the topmost Received field names the client")
    for key in ("IgnoreHosts", "TrustedRelays"):
        found = judge("-o", f"{key}=198.51.100.30", relayed)[0]
        seen = (found["spf"]["result"], found["rule"])
        tap.equal(seen, ("pass", "dmarc_pass"), f"a hop of {key} is passed over, and exempts nothing")
    hop = b"Received: from unknown (HELO x) (127.0.0.1)\n\tby relay; now\n"
    queue = b"Received: (qmail 1 invoked from network); now\n"
    first = as_received(city).replace(b"(mail [", b"(HELO x) (").replace(b"])", b")")
    qmail = write("qmail.eml", ours + queue + hop + queue + first)
    for ignored in ("127.0.0.1", "192.0.2.99"):
        found = judge("-o", f"IgnoreHosts={ignored}", "-o", "TrustedRelays=198.51.100.30", qmail)[0]
        tap.equal(found["spf"]["result"], "pass", f"the fields of a relay are read, IgnoreHosts {ignored}")
    found = judge("-o", "IgnoreHosts=198.51.100.30", qmail)[0]
    tap.equal(found["spf"]["result"], "none", "those of another host of ours are not, in its forms")
    found = judge("--client", "127.0.0.1", FILES[0])[0]
    tap.equal(found["rule"], "ignored_client", "a client of IgnoreHosts by option is exempt")
    tap.equal(faults(found, SCHEMA), [], "JSON of an exempt message")
    found = judge("--mail-from", "<>", "--helo", "city.example", FILES[0])[0]
    tap.equal((found["spf"]["identity"], found["spf"]["domain"]), ("helo", "city.example"), "null sender: HELO")
    found = judge("--time", "4102444800", "-o", "Override=city.example reject until=2027-01-31", FILES[4])[0]
    tap.ok(found["rule"] != "override", "--time: an Override of the past is over", found["rule"])


def test_authserv_id():
    """No MTA tells its name here: the results are the host's."""
    [judged] = judge(FILES[0], conf=write("no-id.conf", b"Mode monitor\n"))
    value = judged["headers"]["insert"][-1]["value"]
    tap.ok(value.startswith(f"{socket.gethostname()};"), "AuthservID by default: the name of the host", value)


def test_sources():
    data = as_received(JUDGED[0])
    tap.equal(judge("-", stdin=data)[0]["dmarc"]["result"], "pass", "standard input")
    unix = write("unix.eml", data.replace(b"\r\n", b"\n"))
    tap.equal(judge(unix)[0]["dkim"][0]["result"], "pass", "LF ends lines as well as CRLF")
    for i, m in enumerate(JUDGED[:3]):
        write(f"maildir/{('cur', 'new')[i % 2]}/{i}", as_received(m))
    write("maildir/tmp/9", b"not yet")
    tap.equal(len(judge(path("maildir"))), 3, "Maildir: cur and new, not tmp")
    tap.equal(len(judge(path("mail"))), len(FILES), "a folder of files")
    box = b"".join(
        b"From someone Mon Nov 23 10:00:00 2026\n" + as_received(m).replace(b"\r\n", b"\n") + b"\n" for m in JUDGED[:3]
    )
    found = judge("--mbox", write("box", box))
    tap.equal([f["file"][-2:] for f in found], ["#1", "#2", "#3"], "mbox: three messages")
    tap.equal([f["dmarc"]["result"] for f in found], ["pass"] * 3, "mbox: signatures hold")
    tap.ok(ctl("--mbox", FILES[0])[0] == 65, "what is no mbox is told")
    both = judge(FILES[0], "-", stdin=data)
    tap.equal([f["file"] for f in both], [FILES[0], "-"], "several sources, in their order")


def test_order():
    many = [f for _ in range(40) for f in FILES]
    one, four = ctl("--json", "-j", "1", *many), ctl("--json", "-j", "4", *many)
    names = [json.loads(line)["file"] for line in four[1].splitlines()]
    tap.equal(names, many, "results come in the order of the messages, whatever -j")
    same = [[json.loads(x)["rule"] for x in r[1].splitlines()] for r in (one, four)]
    tap.ok(same[0] == same[1], "and are the same")


def test_summary():
    code, out, _ = ctl(*FILES)
    counts = {line.split()[1]: int(line.split()[0]) for line in out.splitlines() if line[:9].strip().isdigit()}
    wanted = [w for m in JUDGED for w in [WORDS[m.verdict]]]
    seen = [counts.get(w) for w in ("accepted", "marked", "held", "refused", "deferred:")]
    tap.equal(seen, [wanted.count(w) for w in ("accept", "header", "hold", "reject", "tempfail")], "summary counts")
    tap.ok("city.example" in out.partition("fail most")[2], "summary names domains that fail", out)
    tap.ok("messages judged" not in ctl("--json", *FILES)[1], "no summary in JSON")
    tap.ok("Mode monitor" in ctl("-o", "Mode=monitor", *FILES)[1], "monitor mode is told")
    found = judge("-o", "Mode=monitor", FILES[4])[0]
    tap.equal((found["action"], found["would"]), ("accept", "reject"), "monitor: action and would")


def test_reasons():
    """A line tells in the reader's language what JSON and the sender are told in English."""
    reasons = [f["reason"] for f in judge(*FILES) if f["rule"].startswith("policy_")]
    lines = ctl(*FILES)[1].splitlines()
    missing = [r for r in reasons if not any(line.endswith(f".example: {r}") for line in lines)]
    tap.ok(len(reasons) > 2 and not missing, "the reason in a line is that of the JSON", "\n".join(missing))
    tap.ok(all(len(line) <= 96 for line in lines[lines.index("") :]), "the summary fits a screen", "\n".join(lines))


def test_unknown_identities():
    text = " ".join(ctl(write("bare.eml", JUDGED[0].data))[1].split())
    bounce = "not known, so it is judged as a bounce"
    for what, option in (("Client not known", "--client"), ("HELO not known", "--helo"), (f"Envelope sender {bounce}", "--mail-from")):
        tap.ok(f"{what}; give it with {option}" in text, f"what no field tells: {option}", text)
    bare = write("bare.eml", b"From: MAILER-DAEMON\n\nhello\n")
    by = ("--client", "192.0.2.1", "--helo", "mail.example.nl")
    text = " ".join(ctl(*by, bare)[1].split())
    tap.ok("judged as a bounce, as its envelope sender is not known" in text and "It is a bounce" not in text, "nobody said bounce", text)
    text = " ".join(ctl(*by, "--mail-from", "<>", bare)[1].split())
    tap.ok("It is a bounce, and its From" in text, "somebody did", text)
    forged = next(m for m in JUDGED if m.verdict == "refused" and m.dmarc == "fail")
    reply = judge(write("bare.eml", forged.data))[0]["reply"]
    tap.ok("SPF none (no domain to be checked);" in reply, "a sender is told of no domain that there is none", reply)


def test_overrides():
    forged = FILES[4]
    elsewhere = "Override=city.example accept client=192.0.2.99"
    text = " ".join(ctl("-o", elsewhere, forged)[1].split())
    tap.ok("this Override is for other clients" in text, "an Override for other clients is told of", text)
    tap.ok("this Override" not in ctl("-o", elsewhere, FILES[0])[1], "but not where mail passes")
    text = " ".join(ctl("-o", elsewhere.replace("city", "shop"), forged)[1].split())
    tap.ok("this Override" not in text, "nor one of another domain", text)


def test_words():
    """What would be a raw code, or say too much."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        dead = ("-o", f"Nameservers=127.0.0.1@{silent.getsockname()[1]}", "-o", "DNSTimeout=500ms")
        command = [CTL, "test", "-c", CONF, *dead, FILES[4]]
        text = subprocess.check_output(command, timeout=60, text=True, env=dict(os.environ, LC_ALL="C"))
    asked = [line for line in text.partition("asked of DNS\n")[2].splitlines() if "not needed" not in line and line]
    tap.ok(asked and not any("secured" in line for line in asked), "what did not come is not called insecure", text)
    waits = [float(ms) for ms in re.findall(r": no answer in time, ([0-9.]+) ms", text)]
    tap.ok(waits and max(waits) > 0, "and how long it was waited for is told", text)
    idn = write("idn.eml", "From: info@b\u00fccher.example\n\nx\n".encode())
    tap.ok("xn-- begins a name that has letters" in ctl(idn)[1], "A-labels are explained")
    zone = write("half.zone", POST.zone.encode() + b'_dmarc.half.example. TXT "v=DMARC1; p=reject; t=y"\n')
    half = write("half.eml", b"From: a@half.example\n\nx\n")
    text = " ".join(ctl("--zone", zone, half)[1].split())
    tap.ok("one step less for now, because it is testing" in text and "pct=" not in text, "t=y is explained, and pct= not", text)
    for tags, flags, told in (("t=y", [True, False], False), ("pct=0", [False, True], True), ("pct=0; t=n", [False, False], False)):
        zone = write("zero.zone", POST.zone.encode() + f'_dmarc.half.example. TXT "v=DMARC1; p=reject; {tags}"\n'.encode())
        found = json.loads(ctl("--json", "--zone", zone, half)[1])["dmarc"]
        tap.equal([found["test_mode"], found["pct_zero"]], flags, f"{tags}: told in JSON")
        text = " ".join(ctl("--zone", zone, half)[1].split())
        for words in ("It says pct=0, as domains that were rolling out DMARC did", "the record says pct=0 and has no t=: counted as t=y"):
            tap.equal(words in text, told, f"{tags}: {words}?")


def test_help():
    for option in ("--help", "-h"):
        done = subprocess.run([CTL, "test", option], capture_output=True, timeout=60, env=dict(os.environ, LC_ALL="C"))
        tap.ok(done.returncode == 0 and b"--mail-from" in done.stdout, f"test {option}", repr(done))
    _, _, err = ctl("--nothing", FILES[0])
    tap.ok(err.startswith(f"{CTL}: "), "a wrong option is told under the program's name", err)
    _, _, err = ctl("-o", "TrustedAuthservIDs=mx.school.example", FILES[0])
    tap.ok(err.startswith("beschermctl: warning: TrustedAuthservIDs"), "warnings are called so", err)


def test_places():
    write("lists/hosts", b"# forwarders\n198.51.100.0/24\n203.0.113.66\n")
    write("lists/more.conf", b"TrustedForwarders 192.0.2.99, file:hosts\nOverride shop.example accept client=203.0.113.66\n")
    conf = write("lists/b.conf", b"AuthservID mx.school.example\nInclude more.conf\nTrustedAuthservIDs mx.other.example\n")
    _, out, _ = ctl("--trace", *FILES, conf=conf)
    tap.ok("lists/hosts:3)" in out, "the line of a file: list that contains the client is told", out)
    tap.ok("more.conf:2)" in out, "an Override tells file and line, also of an Include", out)
    tap.ok("mx.other.example; spf=pass" in " ".join(out.split()), "results of TrustedAuthservIDs are told of")


def test_bad_input():
    good = FILES[0]
    cases = {
        "a file that is not there": path("nothing"),
        "an empty file": write("empty", b""),
        "a device": "/dev/null",
        "an empty folder": os.path.dirname(write("void/.hidden", b"")),
    }
    for name, bad in cases.items():
        code, out, err = ctl("--json", bad, good)
        tap.equal((code, len(out.splitlines())), (65, 1), f"{name}: 65, and the other is judged")
        tap.ok(bad in err and len(err.splitlines()) == 1, f"{name}: one line that names it", err)
    found = judge(write("junk", bytes(range(256)) * 400))[0]
    tap.equal((found["action"], found["rule"]), ("reject", "bad_from"), "binary junk: a message without a header")
    if os.geteuid() != 0:
        os.chmod(write("secret", b"From: a@b\n\n"), 0)
        tap.equal(ctl(path("secret"))[0], 65, "a file without the right to read it")
    else:
        tap.skip("a file without the right to read it", "root may read everything")
    tap.equal(ctl(good, conf=write("bad.conf", b"OnReject maybe\n"))[0], 78, "bad settings: 78")
    code, _, err = ctl(good, "--zone", write("bad.zone", b"$ORIGIN .\ncity.example. 300 IN A 999.1\n"))
    tap.ok(code == 78 and "bad.zone:2" in err, "a zone with an error: 78, with file and line", f"{code} {err}")
    for wrong in (["--client", "1.2.3"], ["--zone", ""], ["--time", "soon"], ["-j", "0"], ["--nothing"], ["-o", "x"], []):
        code, out, err = ctl(*wrong, *([good] if wrong else []))
        wanted = 78 if wrong[:1] == ["-o"] else 64
        tap.ok(code == wanted and out == "" and err != "", f"{' '.join(wrong) or 'no message'}: {wanted}", f"{code} {err}")


def test_large():
    title = "a file of 1 GB in 400 MB of address space"
    if sanitized() or measured():
        tap.skip(title, "such a build needs more memory by itself, or minutes")
        return
    huge = path("huge.eml")
    with open(huge, "wb") as f:
        f.write(b"From: a@city.example\n\n")
        f.truncate(1 << 30)
    command = [CTL, "test", "-c", CONF, "--zone", ZONE, "--json", huge]
    done = subprocess.run(["/bin/sh", "-c", 'ulimit -v 400000; exec "$@"', "sh", *command], capture_output=True, timeout=300)
    tap.ok(done.returncode == 0 and json.loads(done.stdout)["rule"], title, done.stderr)
    os.unlink(huge)


def on_terminal(*arguments, stdout=None, **env):
    """What it prints to a terminal."""
    parent, child = pty.openpty()
    process = subprocess.Popen(
        [CTL, "test", "-c", CONF, "--zone", ZONE, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=stdout or child,
        stderr=child,
        env=dict({k: v for k, v in os.environ.items() if k != "NO_COLOR"}, LC_ALL="C", **env),
    )
    os.close(child)
    seen = b""
    while True:
        try:
            piece = os.read(parent, 65536)
        except OSError:
            break
        if not piece:
            break
        seen += piece
    process.wait()
    os.close(parent)
    return seen


def test_terminal():
    try:
        os.close(os.open("/dev/ptmx", os.O_RDWR))
    except OSError:
        tap.skip("what it prints to a terminal", "there are no terminals here")
        return
    tap.ok(b"\033[" in on_terminal(FILES[0]), "colour on a terminal")
    tap.ok(b"\033[" not in on_terminal(FILES[0], NO_COLOR="1"), "NO_COLOR is honoured")
    tap.ok("\033[" not in ctl(FILES[0])[1], "no colour into a pipe")
    with open(path("results"), "wb") as results:
        bar = on_terminal(*[f for _ in range(20) for f in FILES], stdout=results)
    tap.ok(b"] 0/" in bar and bar.endswith(b"\r\033[K"), "a bar for many, and it goes away", repr(bar))
    with open(path("results"), "rb") as results:
        told = results.read()
    tap.ok(b"messages judged" in told and b"\r" not in told and b"\033" not in told, "none of it among the results")
    with open(path("results"), "wb") as results:
        tap.equal(on_terminal(FILES[0], FILES[1], stdout=results), b"", "no bar for few")
    evil = write("evil.eml", b"From: \x1b[31m@\xe2\x80\xae.example\nSubject: x\n\n")
    out = on_terminal(evil, NO_COLOR="1")
    tap.ok(not any(c < 32 and c not in b"\r\n" for c in out), "no control character of a message reaches it", repr(out))


def test_advice():
    """An explanation ends with what can be done; the line that it shows does what it says."""
    zone = write(
        "advice.zone",
        b'_dmarc.example.nl. 300 IN TXT "v=DMARC1; p=reject"\nexample.nl. 300 IN TXT "v=spf1 ip4:192.0.2.1 -all"\n'
        b'_dmarc.co.uk. 300 IN TXT "v=DMARC1; p=reject"\n',
    )
    by = ("--zone", zone, "--client", "2001:db8::7", "--mail-from", "joe@example.nl")
    message = write("advice.eml", b"From: joe@Example.NL\n\nhello\n")
    _, out, _ = ctl(*by, message)
    last = out.rpartition("\n\n")[0].split("\n\n")[-1] if out.endswith("\n\n") else out.split("\n\n")[-1]
    tap.ok(last.startswith("What can be done\n"), "it ends with what can be done", out)
    tap.ok("add 2001:db8::7 to the SPF record of example.nl" in " ".join(last.split()), "what the sender is to be told", last)
    tap.ok("    Override" not in out and "Nothing shows that it was forwarded" in " ".join(last.split()), "no line that a forger waits for", last)
    tap.ok("If it is, --force shows the Override that lets such mail in while they fix it" in " ".join(last.split()), "how to see it", last)
    line = re.search(r"(?m)^    (Override .*)$", ctl(*by, "--force", message)[1])[1]
    until = time.strftime("%Y-%m-%d", time.localtime(time.time() + 30 * 86400))
    tap.equal(line, f"Override example.nl accept client=2001:db8::7 until={until}", "the line, with client and end")
    conf = write("advice.conf", b"AuthservID mx.school.example\nOverride example.nl reject\n" + line.encode() + b"\n")
    tap.equal(judge(*by, message, conf=conf)[0]["action"], "accept", "with it the message comes in")
    other = ("--zone", zone, "--client", "2001:db8::8", "--mail-from", "joe@example.nl")
    tap.equal(judge(*other, message, conf=conf)[0]["action"], "reject", "and from elsewhere it does not")
    _, out, _ = ctl("--zone", zone, "--mail-from", "joe@example.nl", "--force", message)
    tap.ok("    Override" not in out and "give --client to see the line" in " ".join(out.split()), "no line without a client", out)
    suffix = write("suffix.eml", b"From: joe@co.uk\n\nhello\n")
    _, out, _ = ctl(*by, "--force", suffix)
    tap.ok("refused" in out and "    Override" not in out, "none for a public suffix, which would be refused", out)
    bad = write("bad-from.eml", b"From: Foo, Inc. <joe@example.nl>\n\nhello\n")
    _, out, _ = ctl(*by, bad)
    last = " ".join(out.split("\n\n")[-2 if out.endswith("\n\n") else -1].split())
    tap.ok("\n  From              Foo, Inc. <joe@example.nl>\n" in out, "a bad From is shown", out)
    tap.ok("in the From field: put the name before the address in quotes" in last, "and what to do about it", last)
    line = re.search(r"(?m)^    (IgnoreHosts .*)$", out)[1]
    tap.equal(line, "IgnoreHosts 127.0.0.0/8, ::1, local, 2001:db8::7", "and the line for the client")
    conf = write("ignore.conf", b"IgnoreHosts 192.0.2.1\n")
    _, out, _ = ctl(*by, bad, conf=conf)
    tap.ok("\n    IgnoreHosts 2001:db8::7\n" in out, "one that adds to those of the file", out)
    several = write("several.eml", b"From: a@example.nl\nSubject: x\nFrom: b\n @example.nl\n\nhello\n")
    _, out, _ = ctl(*by, several)
    tap.ok("  From              a@example.nl\n  From              b @example.nl\n" in out, "each of several is shown", out)
    for passed in (("192.0.2.1", "joe@example.nl"), ("192.0.2.1", "joe@other.example")):
        _, out, _ = ctl("--zone", zone, "-o", "OnReject=accept", "--client", passed[0], "--mail-from", passed[1], message)
        tap.ok("What can be done" not in out, "nothing is to be done about what is accepted", out)


def test_advice_without_dns():
    command = [CTL, "test", "-c", CONF, "-o", "Nameservers=127.0.0.1@1", "-o", "DNSSEC=off", "-o", "DNSTimeout=500ms"]
    done = subprocess.run([*command, write("dead.eml", b"From: joe@example.nl\n\nx\n")], capture_output=True, timeout=60, text=True,
                          env=dict(os.environ, LC_ALL="C"))
    text = " ".join(done.stdout.split())
    tap.ok("What can be done No answer TXT of _dmarc.example.nl Wait: senders try again" in text, "no answer: whose, and wait", text)


KEY = (
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAp626+dgZyTvJr04g1Mn1XJ4wdpamga3ap9lU7TvXsojjkWSq7JW4WNsF+MHSaY9UaOq1TyLwEb3pIZvm/3wQsy00hu+vd6Vb1L+jDg6OOGOg8MamB0TgtyNS1uMaMQBh397uW/V/WrLjVR5m6ieRkdyIslz8+6//o/6N5UYPC1rqkWthFQkfL9o667tjWSJCe8Bs"
    "O+9D6Ok+qNVdyMycXN2X39XyJADUvrm0HrqW+xBNhEbQ1L4d8OtbFskKf/LtzJqYR2F2BLH0IArD/fY8XsAMISVwThwTcNx7gL5bf8XBLDPEr+HtBrIO+0kApBTMA+OQDd1gaUkASG6NhLwBcQIDAQAB"
)
SAMPLE_ZONE = f"""_dmarc.example.nl. 300 IN TXT "v=DMARC1; p=quarantine"
example.nl. 300 IN TXT "v=spf1 ip4:192.0.2.1 ~all"
s1._domainkey.example.nl. 300 IN TXT "v=DKIM1; p=" "{KEY[:200]}" "{KEY[200:]}"
"""
SAMPLE = b"""DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.nl; s=s1; h=from;
 bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AbCdEfGhAbCd
From: joe@example.nl

hello
"""


def test_sample():
    """The field that the papers show is one that is written so."""
    zone, message = write("sample.zone", SAMPLE_ZONE.encode()), write("sample.eml", SAMPLE)
    _, out, _ = ctl("--zone", zone, "--client", "192.0.2.7", "--mail-from", "joe@example.nl", message)
    field = re.search(r"(?m)^    Authentication-Results:.*\n(?:     .*\n)+", out)[0]
    for paper in ("README.md", "man/beschermd.8"):
        with open(os.path.join(HERE, "..", "..", paper), encoding="utf-8") as f:
            text = f.read()
        shown = "".join(line[4:] for line in field.splitlines(True))
        tap.ok("\n" + shown in text, f"{paper}: the field as it is written", field)


if __name__ == "__main__":
    tap.run(
        [
            test_schema,
            test_sample,
            test_advice,
            test_advice_without_dns,
            test_demo,
            test_explanations,
            test_identities,
            test_authserv_id,
            test_sources,
            test_order,
            test_summary,
            test_reasons,
            test_unknown_identities,
            test_overrides,
            test_words,
            test_help,
            test_places,
            test_bad_input,
            test_large,
            test_terminal,
        ]
    )
