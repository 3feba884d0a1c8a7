#!/usr/bin/python3
"""What `beschermctl test` does with input that is none: it tells, ends, and judges the rest.  TAP.

What a whole message of any content leads to is in test_test.py.
"""

import json
import os
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import tap
from daemon import sanitized
from running import BUILD
from scratch import FOLDER, path, write

CTL = os.path.join(BUILD, "beschermctl")
ZONE_HEAD = b"$ORIGIN .\n$TTL 300\n. IN SOA ns. hostmaster. 1 3600 600 86400 60\n. IN NS ns.\n"
HANG = 60  # seconds after which it is taken for one
USAGE, DATA, OUTPUT, CONFIG = 64, 65, 74, 78


def fifo(name):
    os.makedirs(os.path.dirname(path(name)), exist_ok=True)
    os.mkfifo(path(name))
    return path(name)


def link(name, to):
    os.symlink(to, path(name))
    return path(name)


GOOD = write("good.eml", b"From: a@city.example\nSubject: x\n\nbody\n")
CONF = write("beschermd.conf", b"AuthservID mx.school.example\n")
ZONE = write("zone", ZONE_HEAD)


def ctl(*arguments, conf=CONF, zone=ZONE, **more):
    """(exit code, JSON lines, standard error); the exit code of a hang is "hangs"."""
    command = [CTL, "test", "-c", conf, "--zone", zone, "--json", *arguments]
    more = {"stdout": subprocess.PIPE, "stdin": subprocess.DEVNULL, **more}
    if "input" in more:
        del more["stdin"]
    try:
        done = subprocess.run(
            command, stderr=subprocess.PIPE, timeout=HANG, env=dict(os.environ, LC_ALL="C"), **more
        )
    except subprocess.TimeoutExpired:
        return "hangs", [], ""
    found = [json.loads(line) for line in (done.stdout or b"").splitlines()]
    return done.returncode, found, done.stderr.decode(errors="replace")


def check_others_judged(name, *bad):
    """65 with one line about ${bad}, and the good message is judged."""
    code, found, err = ctl(*bad, GOOD)
    tap.equal((code, [f["file"] for f in found]), (DATA, [GOOD]), f"{name}: {DATA}, and the other is judged")
    lines = err.splitlines()
    tap.ok(len(lines) == 1 and bad[-1] in lines[0], f"{name}: one line that names it", err)


def test_no_regular_file():
    pipe = fifo("pipe")
    check_others_judged("a FIFO that nobody writes to", pipe)
    check_others_judged("a device without an end", "/dev/zero")
    check_others_judged("a link to nothing", link("dangling", "nowhere"))
    check_others_judged("a link to itself", link("loop", "loop"))
    check_others_judged("a name in what is no folder", GOOD + "/x")
    check_others_judged("mbox: a FIFO", "--mbox", pipe)
    check_others_judged("mbox: a device without an end", "--mbox", "/dev/zero")
    check_others_judged("mbox: a folder", "--mbox", FOLDER)
    check_others_judged("mbox: nothing there", "--mbox", path("nothing"))
    check_others_judged("mbox: an empty file", "--mbox", write("empty", b""))
    check_others_judged("mbox: one message", "--mbox", GOOD)


def test_folder():
    for name in ("folder", "maildir/cur"):
        shutil.copy(GOOD, os.path.dirname(write(f"{name}/b", b"")) + "/a")
        fifo(f"{name}/c")
        link(f"{name}/d", "nowhere")
        os.makedirs(path(f"{name}/e"))
        folder = path(name.removesuffix("/cur"))
        code, found, err = ctl(folder)
        tap.equal((code, [f["file"] for f in found]), (DATA, [path(f"{name}/a")]), f"{name}: the one message")
        told = [[path(f"{name}/{x}") in line for x in "bcd"] for line in err.splitlines()]
        tap.equal(told, [[i == j for j in range(3)] for i in range(3)], f"{name}: each of the others told, in order")


def test_input():
    code, found, err = ctl("-", GOOD, input=b"")
    tap.equal((code, [f["file"] for f in found]), (DATA, [GOOD]), "standard input: nothing")
    tap.ok("-: " in err, "standard input: nothing: is named", err)
    for data, name in ((b"\x00" * 4096, "zeros"), (b"\xff\xfe" * 999, "no text"), (b"no field\n", "a line")):
        code, found, err = ctl("-", input=data)
        got = [(f["rule"], f["from"]["status"]) for f in found]
        tap.equal((code, got, err), (0, [("bad_from", "missing")], ""), f"{name}: an empty header, as to an MTA")
    code, found, err = ctl("-", "-", input=b"From: a@city.example\n\nbody\n")
    tap.equal((code, found), (USAGE, []), "standard input twice")
    tap.ok("standard input" in err, "standard input twice: is told", err)


def check_option(code_wanted, *arguments, **more):
    code, found, err = ctl(*arguments, GOOD, **more)
    name = " ".join(arguments).encode("unicode_escape").decode()
    ok = code == code_wanted and (len(found) == 1 and err == "" if code_wanted == 0 else not found and err != "")
    tap.ok(ok, f"{name[:60]}: {code_wanted}", f"{code} {found} {err}")


def test_options():
    for bad in ("", "localhost", "192.0.2.256", "192.0.2.1/24", "[192.0.2.1]", " 192.0.2.1", "192.0.2.1\n", "fe80::1%lo"):
        check_option(USAGE, "--client", bad)
    for good in ("192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1"):
        check_option(0, "--client", good)
    for bad in ("a@b.example\nFrom: x", "a\x1b@b.example", "<a@b.example", "a@b.example>", "a@b .example", "a b"):
        check_option(USAGE, "--mail-from", bad)
    for good in ("", "<>", "a@b.example", "<a@b.example>", '"a b"@b.example', "a@" + "b" * 50000):
        check_option(0, "--mail-from", good)
    for option in ("--helo", "--queue-id"):
        check_option(USAGE, option, "a\nb")
        check_option(0, option, "")
    check_option(0, "--helo", "h" * 50000)
    for bad in ("", "0", "-1", "1e9", "1 ", "253402300800", "9223372036854775807", "99999999999999999999"):
        check_option(USAGE, "--time", bad)
    check_option(0, "--time", "253402300799")
    for bad in ("", "0", "-1", "257", "2x"):
        check_option(USAGE, "-j", bad)
    _, _, err = ctl("--mbox", path("nothing"), "--nonsense", GOOD)
    tap.equal(err.count("nothing: "), 1, "one mistake is told once, whatever follows")


def test_settings():
    code, found, err = ctl(GOOD, conf=write("bad.conf", b"AuthservID x\n\nOnReject maybe\n"))
    tap.ok((code, found) == (CONFIG, []) and "bad.conf:3:" in err, "settings: file and line", f"{code} {err}")
    for bad in ("OnReject=maybe", "OnReject", "=x", "Nothing=1", "OnReject=reject\nMode=monitor"):
        check_option(CONFIG, "-o", bad)
    zones = {
        "a record": (b"city.example. 300 IN A 999.1\n", "bad.zone:5"),
        "a type": (b"\n\ncity.example. 300 IN WHAT x\n", "bad.zone:7"),
        "junk": (bytes(range(128, 256)) * 40 + b"\n", "bad.zone:5"),
    }
    for name, (data, wanted) in zones.items():
        code, found, err = ctl(GOOD, zone=write("bad.zone", ZONE_HEAD + data))
        tap.ok((code, found) == (CONFIG, []) and wanted in err, f"zone: {name}: file and line", f"{code} {err}")
    for name, bad in (("nothing there", path("nothing")), ("a folder", FOLDER), ("a FIFO", fifo("fifo")), ("a device", "/dev/zero")):
        for what in ("conf", "zone"):
            code, found, err = ctl(GOOD, **{what: bad})
            tap.ok((code, found) == (CONFIG, []) and bad in err, f"{what}: {name}", f"{code} {err}")


def test_output():
    with open("/dev/full", "wb") as full:
        code, _, err = ctl(GOOD, stdout=full)
    tap.ok(code == OUTPUT and err != "", "results that cannot be written", f"{code} {err}")


def test_names():
    evil = write("ev\x1b[31mil", b"")
    _, _, err = ctl(evil, GOOD)
    tap.ok("\x1b" not in err and "il: " in err, "an escape in a file name does not reach the terminal", repr(err))
    os.makedirs(path("fo\x1b[31mlder"))
    for option in ([path("fo\x1b[31mlder")], ["--mbox", path("m\x1b[31m")], ["--client", "\x1b[31m"]):
        _, _, err = ctl(*option, GOOD)
        tap.ok("\x1b" not in err and "?[31m" in err, f"nor one in a complaint: {option[0][:8]!r}", repr(err))


def test_memory():
    """The header of a file may be as large as its body."""
    if sanitized():
        tap.skip("memory does not grow with the header", "a sanitizer takes memory of its own")
        return
    hop = b"Received: from relay.of.ours.example (relay [127.0.0.1])\n\tby mx; now\n"
    for name, piece in (("hops of ours", hop), ("fields", b"X-A: b\n"), ("folds", b" c\n")):
        file = write("large", b"X-A: b\n" + piece * ((48 << 20) // len(piece)) + b"From: a@city.example\n\nx\n")
        # Of a process between: the most of all children only ever grows.
        script = "import resource as r, subprocess as s, sys\n" \
            "code = s.run(sys.argv[1:], stdout=s.DEVNULL).returncode\n" \
            "print(code, r.getrusage(r.RUSAGE_CHILDREN).ru_maxrss >> 10)"
        done = subprocess.run(
            [sys.executable, "-c", script, CTL, "test", "-c", CONF, "--zone", ZONE, file], capture_output=True, timeout=300
        )
        code, megabytes = map(int, done.stdout.split())
        tap.ok(code == 0 and megabytes < 32, f"48 MB of {name} in less than 32 MB", f"{code}, {megabytes} MB")
        os.unlink(file)


if __name__ == "__main__":
    tap.run([test_no_regular_file, test_folder, test_input, test_options, test_settings, test_output, test_names, test_memory])
