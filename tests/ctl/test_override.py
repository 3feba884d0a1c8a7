#!/usr/bin/python3
"""`beschermctl override` without a daemon: what it writes, what it refuses, and that the old file
stays whole whatever goes wrong.  TAP."""

import datetime
import fcntl
import json
import os
import re
import resource
import stat
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import tap
from running import BUILD
from scratch import path, write

CTL = os.path.join(BUILD, "beschermctl")
USAGE, DATA, UNAVAILABLE, CANTCREATE, IOERR, TEMPFAIL, NOPERM, CONFIG = 64, 65, 69, 73, 74, 75, 77, 78
REMARK = "# Exceptions, written by beschermctl override; see beschermctl(8).\n"
INCLUDE = "Include beschermd.d/*.conf\n"
TODAY = datetime.date.today()
ROOT = os.geteuid() == 0


class Place:
    """Settings in a folder of their own."""

    count = 0

    def __init__(self, conf=INCLUDE, overrides=None):
        Place.count += 1
        self.name = f"place{Place.count}"
        self.conf = write(f"{self.name}/beschermd.conf", conf.encode())
        self.folder = os.path.join(path(self.name), "beschermd.d")
        self.file = os.path.join(self.folder, "overrides.conf")
        if overrides is not None:
            write(f"{self.name}/beschermd.d/overrides.conf", overrides.encode())

    def run(self, *arguments, **more):
        command = [*more.pop("before", ()), CTL, "override", "-c", self.conf, *arguments]
        return subprocess.run(command, capture_output=True, timeout=60, check=False, env=dict(os.environ, LC_ALL="C"), **more)

    def code(self, *arguments, **more):
        return self.run(*arguments, **more).returncode

    def text(self):
        try:
            with open(self.file, encoding="latin-1", newline="") as f:
                return f.read()
        except FileNotFoundError:
            return None

    def left(self):
        """What is in the folder besides the file."""
        return sorted(set(os.listdir(self.folder)) - {"overrides.conf"}) if os.path.isdir(self.folder) else []


def test_add():
    place = Place()
    done = place.run("add", "Example.NL.", "ACCEPT", "--client", "192.0.2.1", "--until", "2999-12-31", "--reason", 'a "b\\ #c', preexec_fn=lambda: os.umask(0o077))
    line = 'Override example.nl accept until=2999-12-31 client=192.0.2.1 reason="a \\"b\\\\ #c"\n'
    tap.equal((done.returncode, place.text()), (0, REMARK + line), "add: the line, as a conf file says it")
    modes = [stat.S_IMODE(os.stat(p).st_mode) for p in (place.file, place.folder)]
    tap.equal(modes, [0o644, 0o755], "whatever the umask the daemon can read it")
    tap.equal((os.stat(place.file).st_uid, place.left()), (os.geteuid(), []), "it is ours, and nothing else is left")
    place.run("add", ".example.nl", "reject")
    place.run("add", "example.nl", "hold")
    before = place.text()
    tap.equal(before.count("\nOverride"), 3, "other names, other clients: other lines")
    place.run("add", "example.nl", "accept", "--client", "192.0.2.1")
    tap.equal(place.text(), before.replace(line, "Override example.nl accept client=192.0.2.1\n"), "the same: in its place")
    tap.equal(place.code("add", "münchen.example", "reject"), 0, "a name in other letters")
    tap.ok("Override xn--mnchen-3ya.example reject\n" in place.text(), "stands as its A-label", place.text())
    out = [json.loads(o) for o in place.run("list", "--json").stdout.splitlines()]
    tap.equal([o["domain"] for o in out], ["example.nl", ".example.nl", "example.nl", "xn--mnchen-3ya.example"], "list has them all")


def test_by_hand():
    """Comments, other settings and odd lines of the file stay."""
    text = (
        "\ufeffoverride  example.nl  hold # mine\r\n\n  # a remark\nMode monitor\n"
        "Override example.nl reject client=192.0.2.9/24\nOverride example.nl accept client=192.0.2.0/24 reason=\"x # y\"\nOverride \"\"\n# end"
    )
    place = Place(overrides=text)
    done = place.run("add", "example.nl", "header", "--client", "192.0.2.77/24")
    lines = place.text().encode("latin-1").decode().split("\n")
    tap.equal((done.returncode, lines), (0, [*text.split("\n")[:4], "Override example.nl header client=192.0.2.77/24", 'Override ""', "# end", ""]), "only the lines for the same go")
    place.run("add", "example.nl", "accept", "--client", "198.51.100.1")
    place.run("remove", "example.nl")
    tap.ok("# mine" not in place.text() and "198.51.100.1" in place.text(), "remove without a client: that without one")
    before = place.text()
    tap.equal((place.code("remove", "example.nl"), place.text()), (DATA, before), "two with a client are left: which is not said")
    tap.equal((place.code("remove", "example.nl", "--client", "192.0.2.0/24"), place.code("remove", "example.nl")), (0, 0), "by its client, and the only one left")
    tap.ok("Override example" not in place.text() and "# end\n" in place.text() and "Mode monitor\n" in place.text(), "the rest stays", place.text())
    tap.equal(place.code("remove", "example.nl"), DATA, "nothing to remove")


def test_other_files():
    place = Place("Override other.example hold\nOverride ended.example hold until=2020-01-01\n" + INCLUDE + "Override last.example reject\n")
    done = place.run("remove", "other.example")
    tap.ok(done.returncode == DATA and b"beschermd.conf:1: Override other.example" in done.stderr, "in another file: where", done)
    done = place.run("prune")
    tap.ok(done.returncode == 0 and b"beschermd.conf:2" in done.stderr and place.text() is None, "prune tells of others", done)
    done = place.run("add", "last.example", "hold")
    tap.ok(done.returncode == 0 and b"beschermd.conf:4: Override last.example takes precedence over it" in done.stderr, "one that stands later counts", done)


def test_ends():
    days = [(TODAY + datetime.timedelta(days=n)).isoformat() for n in (-1, 0, 1, 7, 8)]
    place = Place(overrides="".join(f"Override d{n}.example hold until={day}\n" for n, day in enumerate(days)))
    out = place.run("list").stdout.decode().splitlines()[2::2]
    wanted = [f": ended on {days[0]} and is not applied", f": today, {days[1]}, is its last day", f": ends in 1 day, on {days[2]}", f": ends in 7 days, on {days[3]}", ""]
    tap.equal([line.partition("overrides.conf:")[2][1:] for line in out], wanted, "list: what is to be said of ends")
    states = [json.loads(o)["state"] for o in place.run("list", "--json").stdout.splitlines()]
    tap.equal(states, ["ended", "ending", "ending", "ending", "in_force"], "the same for programs")
    tap.equal(place.code("prune"), 0, "prune")
    tap.ok("d0" not in place.text() and place.text().count("Override") == 4, "takes out what has ended", place.text())
    tap.equal(place.code("add", "x.example", "hold", "--until", days[0]), DATA, "none that has ended already is added")
    tap.equal(place.code("add", "x.example", "hold", "--until", days[1]), 0, "one that ends today is")


def test_not_included():
    for name, conf in (
        ("no Include", "Mode monitor\n"),
        ("an Include of others", "Include beschermd.d/*.cfg\nInclude other.d/*.conf\n"),
        ("one that takes hidden files alone", "Include beschermd.d/.*\n"),
    ):
        place = Place(conf)
        for arguments in (("add", "a.example", "hold"), ("remove", "a.example"), ("prune",)):
            done = place.run(*arguments)
            tap.equal((done.returncode, done.stdout.decode()), (CONFIG, f"Include {place.folder}/*.conf\n"), f"{name}, {arguments[0]}: {CONFIG}, and the line")
        tap.ok(not os.path.exists(place.folder), f"{name}: nothing is written")
    place = Place()
    for name, conf in (
        ("the file itself", "Include beschermd.d/overrides.conf\n"),
        ("its full name", f"Include {place.folder}/*.conf\n"),
        ("another way to it", f"Include {place.folder}/../beschermd.d/o?errides.*\n"),
        ("a pattern of folders", f"Include {path('')}place{Place.count}/*.d/*.conf\n"),
        ("through a file", "Include more\n"),
    ):
        write(f"{place.name}/more", INCLUDE.encode())
        write(f"{place.name}/beschermd.conf", conf.encode())
        done = place.run("add", "a.example", "hold")
        tap.ok(done.returncode == 0 and "Override a.example hold\n" in place.text(), f"Include: {name}", done)
        os.remove(place.file)


def test_words():
    """Words of any octets: 64 or 65 with a reason, and nothing is written."""
    good = {"domain": "a.example", "action": "accept", "client": "192.0.2.1", "until": "2999-01-01", "reason": "x"}
    bad = {
        "domain": ["", ".", "..", "a b.example", "a.example accept", "*.example", "joe@example.nl", "192.0.2.1", "192.0.2.1.", "0.", "a..b", "-", "a\nb.example", "a#b", '"a', "a\\", "\x1b[2J.example", b"\xff\xfe.example", "x" * 64 + ".example", "a." * 200 + "example", "co.uk", "com", "until=2999-01-01"],
        "action": ["", "acept", "accept client=192.0.2.1", "accept\n", "ACCEPT ", '"', b"\xff"],
        "client": ["", "x", "192.0.2.1/33", "192.0.2.1 reason=x", "192.0.2.1\n", "2001:db8::/129", "example.nl", "192.0.2.0-9", b"\xff", "1" * 500, "0.0.0.0/0", "::/0", "127.0.0.1", "127.0.0.0/8", "::1", "local", "64:ff9b::/96", "64:ff9b::/100", "2002::/29"],
        "until": ["", "soon", "2999-02-30", "2999-1-1", "2999-01-01 ", "2999-01-01\n", "99999-01-01", "-999-01-01", "2020-01-01", b"\xff"],
        "reason": ["a\nb", "a\rb", "a\tb", "a\x1b[2J", "é", b"\xff", "x" * 201],
    }
    place = Place(overrides=REMARK)
    for name, values in bad.items():
        for value in values:
            w = dict(good, **{name: value})
            done = place.run("add", "--client", w["client"], "--until", w["until"], "--reason", w["reason"], "--reload", "--", w["domain"], w["action"])
            said = done.stderr.decode("utf-8", "replace").splitlines()
            fine = done.returncode in (USAGE, DATA) and done.stdout == b"" and said and said[0].startswith("beschermctl: ")
            clean = all(c >= " " for line in said for c in line)
            tap.ok(fine and clean and place.text() == REMARK and place.left() == [], f"{name} {value!r:.60}", done)
    for value in ("x" * 200, '" client=0.0.0.0/0 "', "\\", "a # b", "until=2020-01-01", "Override b.example accept"):
        place.run("add", "a.example", "hold", "--reason", value)
        found = json.loads(place.run("list", "--json").stdout)
        tap.equal((found["reason"], found["client"], place.text().count("\n")), (value, None, 2), f"reason {value!r:.40} comes back")
    for value in ("", "ALL", "NOQUEUE", "-", "4X Y", "../x", "4X\n", "'; DROP TABLE message; --", b"\xff", "x" * 5000):
        done = place.run("add", "--yes", "--reload", "--from-message", value)
        wanted = (UNAVAILABLE,) if value == "ALL" else (USAGE,)
        tap.ok(done.returncode in wanted and done.stdout == b"" and place.text().count("\n") == 2, f"queue id {value!r:.40}", done)


def test_usage():
    place = Place(overrides=REMARK)
    for arguments in (
        (),
        ("x",),
        ("list", "x"),
        ("list", "--reload"),
        ("add",),
        ("add", "a.example"),
        ("add", "a.example", "hold", "x"),
        ("add", "a.example", "hold", "--json"),
        ("add", "a.example", "hold", "--from-message", "4X"),
        ("add", "a.example", "hold", "--client", "192.0.2.1", "--client", "192.0.2.2"),
        ("add", "a.example", "hold", "--no"),
        ("remove",),
        ("remove", "a.example", "hold"),
        ("remove", "a.example", "--until", "2999-01-01"),
        ("prune", "a.example"),
        ("prune", "--client", "192.0.2.1"),
    ):
        tap.equal((place.code(*arguments), place.text()), (USAGE, REMARK), f"usage: {arguments}")


def test_mistake_elsewhere():
    for name, conf, overrides in (
        ("in the settings", "Mode monitr\n" + INCLUDE, REMARK),
        ("in the file", INCLUDE, "Override a.example\n"),
        ("a public suffix", "Override nl hold\n" + INCLUDE, REMARK),
        ("a NUL in the file", INCLUDE, "# x\0\nMode monitor\n"),
        ("no settings", None, REMARK),
    ):
        place = Place(conf or "", overrides)
        if conf is None:
            os.remove(place.conf)
        for arguments in (("add", "b.example", "hold"), ("remove", "a.example"), ("prune",)):
            done = place.run(*arguments)
            tap.ok(done.returncode == CONFIG and done.stdout == b"" and len(done.stderr) > 20, f"a mistake {name}, {arguments[0]}: {CONFIG}", done)
        tap.equal((place.text(), place.left()), (overrides, []), f"a mistake {name}: the old file is whole")
    place = Place(overrides=REMARK)
    os.rename(place.file, place.file + ".real")
    os.symlink(place.file + ".real", place.file)
    tap.equal((place.code("add", "b.example", "hold"), os.path.islink(place.file)), (CONFIG, True), "a link is nobody's to replace")
    os.remove(place.file)
    os.rename(place.folder, place.folder + ".real")
    os.symlink(place.folder + ".real", place.folder)
    tap.equal((place.code("add", "b.example", "hold"), "b.example" in place.text()), (0, True), "a folder may be a link")


def limited(octets):
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (octets, octets))


def test_disk():
    text = REMARK + "".join(f"Override d{n}.example hold\n" for n in range(1000))
    place = Place(overrides=text)
    done = place.run("add", "b.example", "hold", preexec_fn=limited(4096))
    tap.ok(done.returncode == IOERR and done.stdout == b"", "a limit of file sizes", done)
    tap.equal((place.text(), place.left()), (text, []), "the old file is whole, and no other is left")
    if not ROOT:
        os.chmod(place.folder, 0o555)
        tap.equal((place.code("add", "b.example", "hold"), place.text()), (NOPERM, text), "without rights")
        os.chmod(place.folder, 0o755)
        return
    script = 'mount -t tmpfs -o size=64k,mode=755 tmpfs "$0" && cp "$1" "$0"/overrides.conf && head -c 1m /dev/zero > "$0"/fill; "$2" override -c "$3" add b.example hold; c=$?; cmp "$1" "$0"/overrides.conf && ls -A "$0" >&2; exit $c'
    old = write("old.conf", text.encode())
    full = subprocess.run(["unshare", "-m", "sh", "-c", script, place.folder, old, CTL, place.conf], capture_output=True, text=True, timeout=60, check=False)
    if "tmpfs" in full.stderr and "mount" in full.stderr:
        tap.skip("a full disk", full.stderr.splitlines()[0])
    else:
        tap.ok(full.returncode == IOERR and full.stderr.endswith("\nfill\noverrides.conf\n"), "a full disk: the old file is whole", full)
    script = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && "$1" override -c "$2" add b.example hold'
    read_only = subprocess.run(["unshare", "-m", "sh", "-c", script, place.folder, CTL, place.conf], capture_output=True, text=True, timeout=60, check=False)
    if "mount:" in read_only.stderr:
        tap.skip("a read-only folder", read_only.stderr.splitlines()[0])
    else:
        tap.equal((read_only.returncode, place.text()), (CANTCREATE, text), "a read-only folder")


def test_at_once():
    place = Place(overrides=REMARK)
    running = [subprocess.Popen([CTL, "override", "-c", place.conf, "add", f"d{n}.example", "hold"], stdout=subprocess.DEVNULL) for n in range(20)]
    codes = [p.wait(60) for p in running]
    tap.equal((codes, sorted(place.text().splitlines()[1:])), ([0] * 20, sorted(f"Override d{n}.example hold" for n in range(20))), "twenty at once: each is there")
    # One that was killed in the middle leaves what the next one takes away.
    write(f"{place.name}/beschermd.d/.overrides.conf.new", b"half a li")
    tap.equal((place.code("add", "e.example", "hold"), place.left()), (0, []), "what one left that was killed")
    held = os.open(place.folder, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    tap.equal(place.code("add", "f.example", "hold"), TEMPFAIL, "one that does not end: try again")
    os.close(held)


def test_reload():
    place = Place()
    done = place.run("add", "a.example", "hold", "--reload")
    tap.ok(done.returncode == UNAVAILABLE and b"no PidFile" in done.stderr and "a.example" in place.text(), "no way to reload: said", done)
    for name, text in (("gone", None), ("nonsense", "x\n"), ("init", "1\n"), ("another program", f"{os.getpid()}\n"), ("too large", "9" * 30 + "\n")):
        pid = path(f"{place.name}/pid")
        if text is not None:
            write(f"{place.name}/pid", text.encode())
        write(f"{place.name}/beschermd.conf", f"PidFile {pid}\n{INCLUDE}".encode())
        done = place.run("add", f"{name.replace(' ', '-')}.example", "hold", "--reload")
        tap.ok(done.returncode == UNAVAILABLE and pid.encode() in done.stderr, f"PidFile: {name}", done)


def installed():
    """The settings that are read without -c."""
    told = subprocess.run([os.path.join(BUILD, "beschermd"), "-h"], capture_output=True, text=True, timeout=60, check=False)
    return re.search(r"(/\S*/beschermd\.conf)", told.stdout + told.stderr)[1]


def test_systemd():
    """With the installed settings, where systemd runs: it is asked, and what it says counts."""
    if not ROOT:
        tap.skip("reload by systemd", "not root")
        return
    conf, stub, asked = installed(), path("bin/systemctl"), path("asked")
    write("bin/systemctl", f'#!/bin/sh\necho "$@" >> {asked}\nexit "$CODE"\n'.encode())
    os.chmod(stub, 0o755)
    script = (
        'mkdir -p "$0" && mount -t tmpfs tmpfs "$0" && mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/system && '
        'echo "Include beschermd.d/*.conf" > "$1" && "$2" override add a.example hold --reload; c=$?; grep -q a.example "$0"/beschermd.d/overrides.conf && exit $c'
    )
    for code, wanted in ((0, 0), (1, UNAVAILABLE)):
        env = dict(os.environ, LC_ALL="C", CODE=str(code), PATH=os.path.dirname(stub) + ":" + os.environ["PATH"])
        done = subprocess.run(["unshare", "-m", "sh", "-c", script, os.path.dirname(conf), conf, CTL], capture_output=True, text=True, timeout=60, env=env, check=False)
        if "mount" in done.stderr or "unshare" in done.stderr:
            tap.skip("reload by systemd", done.stderr.splitlines()[0])
            return
        tap.equal(done.returncode, wanted, f"systemctl exits {code}: written, and {wanted}")
    with open(asked, encoding="ascii") as f:
        tap.equal(f.read(), "reload beschermd\n" * 2, "what systemd is asked")


def test_lets_in():
    """What comes to accept is held as accept is."""
    place = Place("OnQuarantine accept\nTrustedRelays 192.0.2.7\n" + INCLUDE, REMARK)
    for arguments in ((), ("--client", "192.0.2.7"), ("--client", "::ffff:192.0.2.7"), ("--client", "::ffff:0.0.0.0/96")):
        tap.equal((place.code("add", "a.example", "quarantine", *arguments), place.text()), (DATA, REMARK), f"quarantine where OnQuarantine accepts, {arguments}")
    tap.equal((place.code("add", "a.example", "quarantine", "--client", "192.0.2.8"), place.code("add", "a.example", "hold")), (0, 0), "for one client it may be, and hold for all")


def test_warnings():
    """What an admin writes by hand is warned about."""
    conf = write("hand.conf", b"TrustedRelays 192.0.2.7\nOverride a.example accept client=192.0.2.0/24\nOverride b.example hold client=192.0.2.7\nOverride c.example quarantine client=192.0.2.7\n")
    for more, lines in (((), [2]), (("-o", "OnQuarantine=accept"), [2, 4])):
        done = subprocess.run([CTL, "conf", "-c", conf, *more], capture_output=True, text=True, timeout=60, check=False, env=dict(os.environ, LC_ALL="C"))
        found = [line for line in done.stderr.splitlines() if "one of TrustedRelays" in line]
        tap.equal([int(line.split("hand.conf:")[1].split(":")[0]) for line in found], lines, f"a relay as client, {more}: a warning")
    conf = write("anyone.conf", b"Override a.example accept\nOverride b.example accept client=0.0.0.0/0\nOverride c.example accept client=::/1\nOverride d.example quarantine\nOverride e.example accept client=10.0.0.0/8\nOverride f.example hold\nOverride g.example accept client=fc00::/7\nOverride h.example accept client=local\n")
    for more, lines in (((), [1, 2, 3]), (("-o", "OnQuarantine=accept"), [1, 2, 3, 4])):
        done = subprocess.run([CTL, "conf", "-c", conf, *more], capture_output=True, text=True, timeout=60, check=False, env=dict(os.environ, LC_ALL="C"))
        found = [line for line in done.stderr.splitlines() if "lets anyone use" in line]
        tap.equal([int(line.split("anyone.conf:")[1].split(":")[0]) for line in found], lines, f"what lets anyone in, {more}: a warning")


if __name__ == "__main__":
    tap.run(
        [
            test_add,
            test_by_hand,
            test_other_files,
            test_ends,
            test_not_included,
            test_words,
            test_usage,
            test_mistake_elsewhere,
            test_disk,
            test_at_once,
            test_reload,
            test_systemd,
            test_lets_in,
            test_warnings,
        ]
    )
