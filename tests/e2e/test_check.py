#!/usr/bin/python3
"""beschermd -n says no where a start fails: by file and line, also for what only the unit's
limits close, and whoever else listens at the Socket.  TAP.

The unit is the one that was built, in a folder that SYSTEMD_UNIT_PATH names.
"""

import os
import pwd
import re
import socket
import sqlite3
import sys

srcdir = os.environ.get("srcdir", ".")
sys.path.insert(0, os.path.join(srcdir, "tests/lib"))
sys.dont_write_bytecode = True

import tap  # noqa: E402
from daemon import built  # noqa: E402
from running import BUILD, USER, Running, until, work_folder  # noqa: E402

ROOT = os.geteuid() == 0
OPEN = f"/run/beschermd-test-{os.getpid()}"  # neither hidden by the unit nor, with ReadWritePaths, closed


class Settings(Running):
    """${unit}: more lines of its [Service]; it reads these settings."""

    def __init__(self, conf, unit=""):
        super().__init__(built(), conf)
        self.args = ["-c", self.conf]
        os.makedirs(f"{self.dir}/units/beschermd.service.d")
        with open(os.path.join(BUILD, "systemd/beschermd.service"), encoding="ascii") as f:
            text = f.read()
        self.write_unit("beschermd.service", re.sub(r"(?m)^User=.*$", f"User={USER}", text))
        self.write_unit(
            "beschermd.service.d/50-test.conf",
            f"[Service]\nExecStart=\nExecStart=/usr/sbin/beschermd -f -lc {self.conf}\n" + unit.replace("{dir}", self.dir),
        )

    def write_unit(self, name, text):
        with open(f"{self.dir}/units/{name}", "w", encoding="ascii") as f:
            f.write(text)


def refused(name, conf, line, said, unit="PrivateTmp=no\n"):
    """-n ends with 78, and its first line begins with file and line ${line}."""
    with Settings(conf, unit) as d:
        code, _, err = d.call("-n")
        tap.equal(code, 78, f"{name}: exit 78")
        tap.ok(err.startswith(f"{d.conf}:{line}: ") and said in err, "by file and line", err)


def test_told_once():
    """A start without a service manager: each mistake once, and nothing beside them."""
    conf = "Mode x\nSocket inet:99999@localhost\nSocketGroups y\n"
    with Settings(conf) as d:
        code, _, err = d.call()
        tap.equal(code, 78, "mistakes: exit 78")
        lines = [line.split(": ")[0] for line in err.splitlines()]
        tap.equal(lines, [f"{d.conf}:{n}" for n in (1, 2, 3)], "each is told once")


def test_places():
    """What no line of the settings is wrong about by itself names its line all the same."""
    user = f"UserID {USER}\n" if ROOT else "#\n"
    free = user + "Socket unix:{dir}/x.sock\nDNSSEC off\n"
    rows = [
        ("a socket without a folder", user + "Socket unix:{dir}/none/x.sock\n", 2, "install -d"),
        ("another host's address", user + "Socket inet:8891@192.0.2.1\n", 2, "inet:8891@192.0.2.1"),
        ("no such group", free + "SocketGroup no-such-group\n", 4, "SocketGroup no-such-group: "),
        ("a pid file without a folder", free + "PidFile {dir}/none/pid\n", 4, "PidFile "),
        ("no ZoneFile", free + "ZoneFile {dir}/none\n", 4, "ZoneFile: "),
        ("a bad ZoneFile", free + "ZoneFile {dir}/beschermd.conf\n", 4, "ZoneFile: "),
        ("no TrustAnchorFile", free + "#\nDNSSEC auto\nTrustAnchorFile {dir}/none\n", 6, "TrustAnchorFile: "),
        ("no PublicSuffixList", free + "PublicSuffixList {dir}/none\n", 4, "PublicSuffixList: "),
        ("DNSSEC require of a zone", free + "ZoneFile {dir}/zone\nDNSSEC require\n", 4, "DNSSEC is required"),
    ]
    if ROOT:
        rows.append(("no such user", free + "UserID no-such-user\n", 4, "adduser"))
    for name, conf, line, said in rows:
        with Settings(conf, "PrivateTmp=no\nProtectSystem=no\n") as d:
            with open(f"{d.dir}/zone", "w", encoding="ascii") as f:
                f.write("a.example. 60 IN A 192.0.2.1\n")
            for flag in ("-n", "-f"):
                code, _, err = d.call(flag)
                tap.ok(code in (69, 71, 77, 78) and (flag == "-f" or code == 78), f"{name}: refused with {flag}", code)
                tap.ok(f"{d.conf}:{line}: " in err and said in err, "by file and line", err)
                tap.ok(all(x.startswith(("/", "warning: ")) for x in err.splitlines()), "and nothing before it", err)


def limited(d, *flags):
    """Exit code and what standard error has, with our settings as the unit's and as others'."""
    code, _, err = d.call("-n", *flags)
    other = f"{d.dir}/other.conf"
    with open(d.conf, encoding="ascii") as f, open(other, "w", encoding="ascii") as g:
        g.write(f.read())
    d.args = ["-c", other]
    warned = d.call("-n", *flags)
    return code, err, warned[0], warned[2].replace(other, d.conf)


def test_limits():
    """Each limit of the unit: a no for the settings that it reads, a warning for others."""
    if not ROOT:
        tap.skip("limits", "needs root, to be let through to where the unit is not")
        return
    head = f"DNSSEC off\nUserID {USER}\nSocket unix:{OPEN}/x.sock\n"
    os.makedirs(OPEN, exist_ok=True)
    os.chown(OPEN, pwd.getpwnam(USER).pw_uid, -1)
    unit = f"PrivateTmp=no\nReadWritePaths={OPEN}\n"
    with work_folder("hidden") as hidden:
        os.chown(hidden, pwd.getpwnam(USER).pw_uid, -1)
        with open(f"{hidden}/hosts", "w", encoding="ascii") as f:
            f.write("192.0.2.1\n")
        with open(f"{hidden}/more.conf", "w", encoding="ascii") as f:
            f.write("# nothing\n")
        closing = unit + f"InaccessiblePaths={hidden}\n"
        rows = [
            ("a socket where it may not write", f"Socket unix:{hidden}/x.sock\n", unit, 4, f"ReadWritePaths={hidden}"),
            ("a pid file there", f"PidFile {hidden}/pid\n", unit, 4, f"ReadWritePaths={hidden}"),
            ("a socket in a closed folder", f"Socket unix:{hidden}/x.sock\n", closing, 4, "InaccessiblePaths"),
            ("a list in a closed folder", f"IgnoreHosts file:{hidden}/hosts\n", closing, 4, "does not see"),
            ("domains in a closed folder", f"TrustedAuthservIDs file:{hidden}/hosts\n", closing, 4, "does not see"),
            ("a file that is included", f"Include {hidden}/more.conf\n", closing, 4, "does not see"),
            ("a pattern of such", f"Include {hidden}/*.none\n", closing, 4, "does not see"),
            ("a link to such", f"Include {OPEN}/link.conf\n", closing, 4, "does not see"),
            ("a zone", f"ZoneFile {hidden}/zone\n", closing, 4, "does not see"),
            ("a socket in a /tmp of its own", f"Socket unix:{hidden}/x.sock\n", f"ReadWritePaths={OPEN}\nExecStart=/x -c {{dir}}/beschermd.conf\n", None, "PrivateTmp"),
        ]
        os.symlink(f"{hidden}/more.conf", f"{OPEN}/link.conf")
        open(f"{hidden}/zone", "w").close()
        for name, line, limits, at, said in rows:
            with Settings(head + line, limits) as d:
                code, err, other, warned = limited(d)
                tap.equal(code, 78, f"{name}: exit 78")
                tap.ok(any((at is None or x.startswith(f"{d.conf}:{at}: ")) and said in x for x in err.splitlines()), "by file and line", err)
                tap.equal(other, 0, "other settings: exit 0")
                tap.ok(re.search(rf"(?m)^warning: .*{re.escape(said)}", warned), "and a warning", warned)
        with Settings(head, unit) as d:
            code, _, err = d.call("-n")
            tap.equal((code, err), (0, ""), "nothing that is closed: exit 0, and not a word")
            code, _, err = d.call("-n", "-p", f"unix:{hidden}/x.sock")
            tap.ok(code == 0 and "warning: " in err, "-p is not what the unit does: a warning", err)
        with Settings(head + f"PidFile {hidden}/pid\n", unit + f"ReadWritePaths=-{hidden}\n") as d:
            tap.equal(d.call("-n")[0], 0, "a drop-in opens it")
        os.unlink(f"{OPEN}/link.conf")
    os.rmdir(OPEN)


def test_homes():
    """ProtectHome needs no such folder: what it hides goes by the path alone."""
    if not ROOT:
        tap.skip("homes", "needs root")
        return
    for limit, said in (("yes", "ProtectHome"), ("tmpfs", "ProtectHome"), ("read-only", "ReadWritePaths=/root"), ("no", None)):
        with Settings(f"DNSSEC off\nUserID {USER}\nSocket unix:{{dir}}/x.sock\nPidFile /root/beschermd.pid\n",
                      f"PrivateTmp=no\nProtectSystem=no\nProtectHome={limit}\n") as d:
            code, _, err = d.call("-n")
            tap.equal(code, 78, f"PidFile in /root, ProtectHome={limit}: exit 78, as it is root's")
            if said is not None:
                tap.ok(any(x.startswith(f"{d.conf}:4: PidFile") and said in x for x in err.splitlines()), "and the limit", err)
            else:
                tap.ok("ProtectHome" not in err, "for no limit", err)


OPENSSL = """openssl_conf = init
[init]
providers = providers
[providers]
%s = active
[active]
activate = 1
"""


def test_openssl():
    """With a provider named in openssl.cnf OpenSSL's own is gone: told, before a message needs it."""
    conf = "DNSSEC off\nSocket unix:{dir}/x.sock\n" + (f"UserID {USER}\n" if ROOT else "")
    for provider, good in (("null", False), ("default", True)):
        with Settings(conf, "PrivateTmp=no\nProtectSystem=no\n") as d:
            with open(f"{d.dir}/openssl.cnf", "w", encoding="ascii") as f:
                f.write(OPENSSL % provider)
            os.environ["OPENSSL_CONF"] = f"{d.dir}/openssl.cnf"
            try:
                code, _, err = d.call("-n")
            finally:
                del os.environ["OPENSSL_CONF"]
            tap.equal(code, 0 if good else 78, f"provider {provider}: the exit code")
            tap.ok(("OpenSSL has no SHA-256" in err) != good, f"provider {provider}: what is said", err)


def test_occupied():
    """A filter of ours may run already; anybody else's program is in the way."""
    with work_folder("occupied") as where, socket.socket() as port, socket.socket(socket.AF_UNIX) as path:
        port.bind(("127.0.0.1", 0))
        path.bind(f"{where}/x.sock")
        port.listen()
        path.listen()
        os.chmod(f"{where}/x.sock", 0o666)
        user = f"UserID {USER}\n" if ROOT else ""
        os.chmod(where, 0o777)
        for spec in (f"inet:{port.getsockname()[1]}@127.0.0.1", f"inet:{port.getsockname()[1]}@localhost", f"unix:{where}/x.sock"):
            refused(spec.split(":")[0], f"Socket {spec}\nDNSSEC off\n{user}", 1, f"process {os.getpid()}", "PrivateTmp=no\nProtectSystem=no\n")
        number = port.getsockname()[1]
    for spec in (f"inet:{number}@127.0.0.1", "unix:{dir}/x.sock"):
        conf = f"Socket {spec}\nDNSSEC off\n" + (f"UserID {USER}\n" if ROOT else "")
        with Settings(conf, "PrivateTmp=no\nProtectSystem=no\n") as d:
            d.start()
            code, _, err = d.call("-n")
            # Whose a port is, is root's to see.
            doubted = "only root can see" in err and not ROOT and spec.startswith("inet:")
            tap.ok(code == 0 and (doubted or err == ""), f"{spec}: -n beside the filter that runs", f"{code}: {err}")


def test_history():
    """One that another daemon has, or that it could not write, is told; its own is none of them."""
    user = f"UserID {USER}\n" if ROOT else ""
    unit = "PrivateTmp=no\nProtectSystem=no\n"
    with Settings("Socket unix:{dir}/x.sock\nDNSSEC off\n" + user + "History {dir}/h.db\n", unit) as d:
        tap.equal(d.call("-n")[0], 0, "a history that is not there yet: nothing is wrong")
        d.start()
        until(lambda: os.path.exists(f"{d.dir}/h.db"))
        tap.equal(d.call("-n")[0], 0, "beside the filter that has it: nothing is wrong")
        refused("of another daemon", f"Socket unix:{{dir}}/y.sock\nDNSSEC off\n{user}History {d.dir}/h.db\n", 3 + ROOT, "in use by another daemon", unit)
        d.stop()
        tap.equal(d.call("-n")[0], 0, "and once it has ended")
        for sql, said in (("PRAGMA user_version=99", "newer version of beschermd"), ("PRAGMA application_id=1", "of something else")):
            with sqlite3.connect(f"{d.dir}/h.db") as db:
                db.execute(sql)
            code, _, err = d.call("-n")
            tap.ok(code == 78 and said in err and err.startswith(f"{d.conf}:{3 + ROOT}: "), f"{said}: told", f"{code}: {err}")
            with sqlite3.connect(f"{d.dir}/h.db") as db:
                db.execute("PRAGMA user_version=3")


tap.run([test_told_once, test_places, test_limits, test_homes, test_openssl, test_occupied, test_history])
