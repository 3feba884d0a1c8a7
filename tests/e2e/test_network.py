#!/usr/bin/python3
"""In a network of its own, as root: `Nameservers recursive` from a root of ours down, and
name servers of resolv.conf that change.  TAP.

The addresses of the root's servers are those that libunbound knows; here they are ours, and
no packet leaves.  builddir: where beschermd and tests/e2e/resolve are.
"""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from functools import partial, update_wrapper

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import messages
import ownhost
import signedzones
import tap
from daemon import SETTINGS, Beschermd, built
from dnsfault import ZoneServer
from milterclient import send_message
from running import BUILD, Running, until, work_folder

# A to M; B moved in 2023, so both.  One of them being right would do.
ROOTS = (
    "198.41.0.4 170.247.170.2 199.9.14.201 192.33.4.12 199.7.91.13 192.203.230.10 192.5.5.241 "
    "192.112.36.4 198.97.190.53 192.36.148.17 192.58.128.30 193.0.14.129 199.7.83.42 202.12.27.33"
).split()
OTHERS = "192.0.2.53"


def resolve(mode, anchor, names):
    """What `resolve` says at first, and of each of ${names}."""
    commands = "".join(f"start {name} TXT\n" for name in names) + "wait 20000\n"
    done = subprocess.run(
        [os.path.join(BUILD, "tests/e2e/resolve"), "-n", "recursive", "-d", mode, "-a", anchor],
        input=commands,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    first, *answers = done.stdout.splitlines() or [""]
    return first, [answer.partition(" ")[2] for answer in answers]


RECURSIVE = (
    ("good.secure", "found secure=1 "),
    ("none.secure", "nxdomain secure=1 "),
    ("good.dense", "found secure=1 "),
    ("to-insecure.secure", "found secure=0 "),
    ("good.insecure", "found secure=0 "),
    ("good.bogus", "bogus secure=0 "),
    ("good.expired", "bogus secure=0 "),
    ("nothing.example", "nxdomain secure=1 "),
)


def test_recursive(folder):
    if reason := signedzones.missing():
        tap.skip("recursive", reason)
        return
    zones = signedzones.Zones(folder, root=ROOTS[0], address=OTHERS)
    os.chmod(zones.anchor, 0o644)
    root = signedzones.Nsd(zones, [""], [f"{address}@53" for address in ROOTS])
    others = signedzones.Nsd(zones, zones.zones, [f"{OTHERS}@53"])
    try:
        first, answers = resolve("require", zones.anchor, [name for name, _ in RECURSIVE])
        tap.equal(first, "ready", "recursive: the root's keys are had from the root")
        for (name, wanted), answer in zip(RECURSIVE, answers):
            tap.ok(answer.startswith(wanted), f"recursive: {name}", answer)
        conf = f"Nameservers Recursive\nDNSSEC require\nTrustAnchorFile {zones.anchor}\n"
        with Running(built(), SETTINGS.replace("DNSSEC off\n", "") + conf) as check:
            code, out, err = check.call("-n")
            tap.ok(code == 0 and "\ndnssec: validating " in out, "recursive: -n agrees", out + err)
        others.stop()
        _, answers = resolve("require", zones.anchor, ["good.insecure"])
        tap.ok(
            answers[:1] and answers[0].startswith("tempfail "),
            "recursive: what the root does not know comes from elsewhere",
            answers,
        )
    finally:
        root.stop()
        others.stop()
    first, _ = resolve("require", zones.anchor, [])
    tap.ok("no answer about the keys" in first, "recursive: it was the root's answer", first)


def reload(daemon):
    known = daemon.log().count("settings reloaded")
    daemon.signal(signal.SIGUSR1)
    return until(lambda: daemon.log().count("settings reloaded") > known, 30)


def own_resolv_conf(folder, text):
    """In the place of this host's; the path to change it by."""
    path = os.path.join(folder, "resolv.conf")
    write(path, text)
    subprocess.run(["mount", "--bind", path, "/etc/resolv.conf"], check=True)
    return path


def write(path, text):
    with open(path, "w", encoding="ascii") as f:
        f.write(text)


def is_pass(daemon, m):
    result = send_message(daemon.socket, m.data, m.client, helo=m.helo, mail_from=m.mail_from)
    return any("dmarc=pass" in (e[3] or "") for e in result.edits)


def test_resolv_conf_changes(folder):
    post = messages.Post()
    m = post.messages[0]
    old, new = (ZoneServer(post.zone, address, 53) for address in ("127.0.0.2", "127.0.0.3"))
    path = own_resolv_conf(folder, f"nameserver {old.address}\n")
    with Beschermd() as daemon:
        tap.ok(is_pass(daemon, m) and old.asked("city.example") == 1, "resolv.conf: its server is asked")
        tap.ok(reload(daemon), "resolv.conf: reloaded as it was")
        tap.ok(is_pass(daemon, m) and old.asked("city.example") == 1, "resolv.conf: the answers are kept")
        write(path, f"nameserver {new.address}\n")
        old.dead = True
        tap.ok(reload(daemon), "resolv.conf: changed and reloaded")
        tap.ok(is_pass(daemon, m) and new.asked("city.example") == 1, "resolv.conf: the new one is asked")
    tap.equal(daemon.process.returncode, 0, "resolv.conf: it ends with 0")
    subprocess.run(["umount", "/etc/resolv.conf"], check=False)


def test_resolv_conf_without_server(folder):
    """As a host has it whose name server runs there; and not the Internet's root."""
    post = messages.Post()
    here = ZoneServer(post.zone, "127.0.0.1", 53)
    own_resolv_conf(folder, "search school.example\n# nameserver 127.0.0.4\n")
    with Beschermd() as daemon:
        tap.ok(is_pass(daemon, post.messages[0]), "no nameserver line: mail is checked")
    tap.equal(here.asked("city.example"), 1, "no nameserver line: 127.0.0.1 is asked")
    subprocess.run(["umount", "/etc/resolv.conf"], check=False)


def test_resolv_conf_comes_late(folder):
    """As DHCP brings it after the start: no reload, and nobody has to look."""
    post = messages.Post()
    server = ZoneServer(post.zone, "127.0.0.5", 53)
    own = os.path.join(folder, "etc")
    subprocess.run(["cp", "-a", "/etc", own], check=True)
    subprocess.run(["mount", "--bind", own, "/etc"], check=True)
    try:
        for name, before in (("missing", None), ("empty", ""), ("a link to nowhere", os.path.join(folder, "later/conf"))):
            with suppress(FileNotFoundError):
                os.remove("/etc/resolv.conf")
            if before == "":
                write("/etc/resolv.conf", before)
            elif before:
                os.symlink(before, "/etc/resolv.conf")
                os.mkdir(os.path.dirname(before))
            with Beschermd() as daemon:
                tap.ok("127.0.0.1 is asked" in daemon.log(), f"resolv.conf {name}: it starts, and warns", daemon.log())
                write("/etc/resolv.conf", f"nameserver {server.address}\n")
                seen = until(lambda daemon=daemon: "resolv.conf has changed" in daemon.log(), 20)
                tap.ok(seen, f"resolv.conf {name}: what comes later is seen", daemon.log())
                tap.ok(is_pass(daemon, post.messages[0]), f"resolv.conf {name}: and gone by")
                # It may have been seen when it was still empty, too.
                before_it_went = len(daemon.log())
                os.remove("/etc/resolv.conf")
                tap.ok(
                    until(lambda daemon=daemon, at=before_it_went: "127.0.0.1 is asked" in daemon.log()[at:], 20),
                    f"resolv.conf {name}: that it went is told",
                    daemon.log(),
                )
            after = daemon.log()[before_it_went:]
            tap.ok("it is used from now on" not in after, f"resolv.conf {name}: and not that it is used", after)
            tap.equal(daemon.process.returncode, 0, f"resolv.conf {name}: it ends with 0")
    finally:
        subprocess.run(["umount", "/etc"], check=False)


def test_no_trust_anchor(folder):
    """DNSSEC auto makes do without dns-root-data, and says what to install; require does not."""
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/usr/share/dns"], check=True)
    try:
        for mode, wanted in (("auto", 0), ("require", 78)):
            conf = SETTINGS.replace("DNSSEC off", f"DNSSEC {mode}") + "Nameservers 127.0.0.9\n"
            with Running(built(), conf) as check:
                code, out, err = check.call("-n")
                tap.equal(code, wanted, f"no root.key, DNSSEC {mode}: exit {wanted}")
                if mode == "auto":
                    tap.ok("apt install dns-root-data" in err and "dnssec: off" in out, "and its cure", out + err)
    finally:
        subprocess.run(["umount", "/usr/share/dns"], check=False)


def main():
    if reason := ownhost.missing():
        tap.skip_all(reason)
        return
    if (code := ownhost.enter()) is not None:
        sys.exit(code)
    for address in (*ROOTS, OTHERS):
        ownhost.put_on(address)
    tests = (
        test_recursive,
        test_resolv_conf_changes,
        test_resolv_conf_without_server,
        test_resolv_conf_comes_late,
        test_no_trust_anchor,
    )
    with work_folder("network") as folder:
        tap.run([update_wrapper(partial(test, folder), test) for test in tests])


main()
