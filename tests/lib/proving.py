"""`beschermctl prove` beside a private Postfix and the daemon that was built.

    with Proving(where, "Mode monitor\\n") as p:
        run = p.run("--domain", "school.example")     # code, json, levels, err
"""

import json
import os
import re
import socket
import struct
import subprocess
import tempfile
import threading

from daemon import Beschermd
from postfix import PrivatePostfix
from running import BUILD, USER, until

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
os.environ["BESCHERMD_PROVEDIR"] = os.path.join(ROOT, "conf", "prove")
os.environ["BESCHERMD_LOCALEDIR"] = os.path.abspath(os.path.join(BUILD, "po"))

OWN = "school.example"
ZONE = """$ORIGIN .
$TTL 300
. SOA ns. host. 1 3600 600 86400 300
school.example. TXT "v=spf1 -all"
_dmarc.school.example. TXT "v=DMARC1; p=reject"
mild.example. TXT "v=spf1 -all"
_dmarc.mild.example. TXT "v=DMARC1; p=none"
"""
CTL = os.path.join(BUILD, "beschermctl")
RECIPIENT = "prove@beschermd.test"


def ctl(*arguments, path=None, **environment):
    env = {**os.environ, "LC_ALL": "C", **environment}
    if path is not None:
        env["PATH"] = path + ":" + env["PATH"]
    done = subprocess.run([CTL, *arguments], capture_output=True, text=True, check=False, timeout=120, env=env)
    return done.returncode, done.stdout, done.stderr


class Run:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err
        self.json = json.loads(out) if out.startswith("{") else {"cases": []}
        self.verdict = self.json.get("verdict")

    def case(self, n):
        return next(c for c in self.json["cases"] if c["n"] == n)

    def levels(self):
        """{"ok": "1 2 3", "look": "13"}"""
        by = {}
        for c in self.json["cases"]:
            by.setdefault(c["level"], []).append(str(c["n"]))
        return {level: " ".join(numbers) for level, numbers in by.items()}

    def __str__(self):
        lines = [f"{c['n']} {c['level']}: {c['text']}" for c in self.json["cases"]]
        return "\n".join([f"exit {self.code}", *lines, str(self.json.get("checks")), self.err])


class Proving:
    def __init__(self, where, conf="", milters="{}", **postfix):
        """${milters}: of Postfix, {} being ours."""
        self.where = tempfile.mkdtemp(dir=where)
        os.chmod(self.where, 0o755)
        self.evidence = os.path.join(self.where, "evidence")
        place = os.path.join(self.where, "p")
        if postfix.get("chroot") == "y":
            # below the queue directory, as the README has it
            folder = os.path.join(place, "spool", "beschermd")
            conf += f"Socket unix:{folder}/beschermd.sock\nSocketGroup postfix\nSocketMode 0660\n"
            self.mta = PrivatePostfix(place, milters.format("unix:beschermd/beschermd.sock"), **postfix)
            self.mta.configure()
            subprocess.run(["install", "-d", "-o", USER, "-g", "postfix", "-m", "2750", folder], check=True)
            self.daemon = Beschermd(conf, ZONE)
        else:
            self.daemon = Beschermd(conf, ZONE)
            self.mta = PrivatePostfix(place, milters.format(self.daemon.socket), **postfix)

    def __enter__(self):
        self.daemon.start()
        self.mta.start()
        return self

    def __exit__(self, *what):
        self.mta.__exit__(*what)
        self.daemon.__exit__(*what)

    def setup(self, undo=False):
        """Run what it prints, as an admin would; the listener is there afterwards."""
        done = ctl("prove", "--undo" if undo else "--setup", "--config-dir", self.mta.etc)
        commands = subprocess.run(["sh", "-e"], input=done[1], capture_output=True, text=True, check=False)
        for name in ("main.cf", "master.cf"):  # each reader would wait for it to be a second old
            os.utime(os.path.join(self.mta.etc, name), (1, 1))
        until(lambda: os.path.exists(self.listener) != undo)
        return commands.returncode, done[1], done[2] + commands.stderr

    @property
    def listener(self):
        return os.path.join(self.mta.dir, "spool/private/beschermd-prove")

    def configure(self, conf):
        """New settings, which the running filter does not know yet."""
        with open(self.daemon.conf, encoding="latin-1") as f:
            kept = [line for line in f if re.match("Socket|Syslog|DNSSEC|ZoneFile", line)]
        with open(self.daemon.conf, "w", encoding="latin-1") as f:
            f.write("".join(kept) + conf)

    def reload(self, conf):
        self.configure(conf)
        before = self.daemon.log().count("settings reloaded")
        self.daemon.signal(1)
        until(lambda: self.daemon.log().count("settings reloaded") > before)

    def arguments(self, *more):
        return ("prove", "-c", self.daemon.conf, "--config-dir", self.mta.etc, "-d", self.evidence, *more)

    def run(self, *more, domains=(OWN,), **environment):
        own = [word for name in domains for word in ("--domain", name)]
        return Run(*ctl(*self.arguments("--json", *own, *more), **environment))

    def postconf(self, *arguments):
        subprocess.run(["postconf", "-c", self.mta.etc, *arguments], check=True)
        subprocess.run(["postfix", "-c", self.mta.etc, "reload"], check=True, capture_output=True)
        os.utime(os.path.join(self.mta.etc, "main.cf"), (1, 1))

    def left(self):
        """What is in any queue."""
        return [name for queue in ("incoming", "active", "deferred", "hold") for name in self.mta.queue(queue)]

    def sent(self):
        """Lines of the mail log that tell of a delivery, and mail that arrived."""
        with open(self.mta.log, encoding="utf-8") as f:
            return [line for line in f if "status=sent" in line] + self.mta.sink.mail


class OtherFilter:
    """Another milter beside ours, on a unix socket: lets all pass, refuses all, or holds all."""

    def __init__(self, path):
        self.milter, self.does = "unix:" + path, "pass"
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(path)
        os.chmod(path, 0o666)
        self.server.listen(8)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with client, client.makefile("rwb") as f:

            def answer(data):
                f.write(struct.pack(">I", len(data)) + data)
                f.flush()

            while len(head := f.read(5)) == 5:
                f.read(struct.unpack(">I", head[:4])[0] - 1)
                kind = head[4:]
                if kind == b"O":
                    answer(b"O" + struct.pack(">III", 6, 0x20, 0))
                elif kind == b"M" and self.does == "refuse":
                    answer(b"y554 5.7.1 no mail from you\0")
                elif kind == b"E" and self.does == "hold":
                    answer(b"qwait\0")
                    answer(b"c")
                elif kind not in b"DQKA":
                    answer(b"c")

    def close(self):
        self.server.close()
