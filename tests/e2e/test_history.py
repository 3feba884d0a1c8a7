#!/usr/bin/python3
"""What the daemon remembers is what it did, whatever happens to it and to its disk; and no
mail ever waits for that."""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

srcdir = os.environ.get("srcdir", ".")
sys.path.insert(0, os.path.join(srcdir, "tests/lib"))
sys.dont_write_bytecode = True

import tap  # noqa: E402
from daemon import Beschermd, sanitized  # noqa: E402
from milterclient import MilterError  # noqa: E402
from remembered import ZONE, History, Mounted  # noqa: E402
from running import until  # noqa: E402

LINE = re.compile(
    r"^(?:\w+: )?(?P<queue_id>q\w+): action=(?P<action>\w+)(?: would=(?P<would>\w+))?"
    r"(?: rule=(?P<rule>\w+))? dmarc=(?P<dmarc>\w+)(?: policy=(?P<policy>\w+))?"
    r"(?: from=(?P<header_from>\S+))? spf=(?P<spf>\w+)(?:\((?P<spf_domain>[^)]*)\))?.* "
    r"client=(?P<client>\S+)"
)

# queue id, domain of From, client, what else
MESSAGES = (
    ("qpass", "pass.example", "192.0.2.1", {}),
    ("qreject", "reject.example", "192.0.2.1", {}),
    ("qbelow", "mail.reject.example", "192.0.2.1", {}),
    ("qquarantine", "quarantine.example", "2001:db8::7", {}),
    ("qnone", "none.example", "192.0.2.1", {}),
    ("qsilent", "silent.example", "192.0.2.1", {}),
    ("qbounce", "reject.example", "192.0.2.1", {"mail_from": "<>"}),
    ("qbadfrom", "reject.example>, <a@other.example", "192.0.2.1", {"mail_from": "<a@b.example>"}),
    (
        "qlist",
        "reject.example",
        "192.0.2.1",
        {"fields": b"List-Id: <parents.school.example>\r\nSubject: =?x\x1b[2J\r\n"},
    ),
    ("qhelo", "reject.example", "192.0.2.1", {"helo": '"<script>\x1b]0;x'}),
)


def check_rows(daemon, rows, mode):
    lines = {m["queue_id"]: m.groupdict() for m in map(LINE.match, daemon.lines()) if m}
    tap.equal(len(lines), len(MESSAGES), f"{mode}: a line of log each")
    for row in rows:
        line = lines.get(row["queue_id"], {})
        wrong = {
            key: (row[key], value)
            for key, value in line.items()
            if value is not None and row[key] != value
        }
        if line.get("would") is None:
            wrong.update({"would": row["would"]} if row["would"] != row["action"] else {})
        tap.equal(wrong, {}, f"{mode}: the row of {row['queue_id']} is what the log says")


def test_rows():
    for mode in ("enforce", "monitor"):
        with History(f"Mode {mode}\n") as daemon:
            results = {
                queue_id: daemon.send(queue_id, domain, client, **how)
                for queue_id, domain, client, how in MESSAGES
            }
            rows = daemon.rows(len(MESSAGES))
            with open(daemon.path, "rb") as f, open(daemon.path + "-wal", "rb") as wal:
                octets = f.read() + wal.read()
            mode_of_file = os.stat(daemon.path).st_mode & 0o777
            policies = daemon.ask("SELECT * FROM policy WHERE domain='pass.example'")
            settings = daemon.ask("SELECT text FROM conf")
        tap.equal([r["queue_id"] for r in rows], [m[0] for m in MESSAGES], f"{mode}: a row each")
        check_rows(daemon, rows, mode)
        refused = {r["queue_id"] for r in rows if r["action"] == "reject"}
        said = {q for q, result in results.items() if result.action == "reject"}
        tap.equal(refused, said, f"{mode}: what is remembered as refused was refused")
        tap.ok(b"secret" not in octets, f"{mode}: no local part, recipient or subject is kept")
        tap.ok(b"\x1b" not in b"".join(str(r).encode() for r in rows), f"{mode}: all printable")
        tap.equal(oct(mode_of_file), "0o600", f"{mode}: the file is its user's alone")
        tap.equal(
            [(p["record"], p["rua"], p["method"]) for p in policies],
            [
                (
                    "v=DMARC1; p=reject; rua=mailto:reports@pass.example",
                    "mailto:reports@pass.example",
                    "treewalk",
                )
            ],
            f"{mode}: the record that was in force",
        )
        tap.ok(re.search(rf"^Mode +{mode}\b", settings[0]["text"]), f"{mode}: the settings that were in force")


def test_exempt_clients_are_not_kept():
    with History("IgnoreHosts 192.0.2.8\n") as daemon:
        daemon.send("q1", client="192.0.2.8")
        daemon.send("q2")
        rows = daemon.rows(1)
    tap.equal([r["queue_id"] for r in rows], ["q2"], "nothing is kept of exempt clients")


def test_off():
    with Beschermd("", ZONE) as daemon:
        names = os.listdir(daemon.dir)
        mapped = None
        if os.geteuid() == 0:
            with open(f"/proc/{daemon.process.pid}/maps", encoding="ascii") as f:
                mapped = "history" in f.read()
    tap.equal([n for n in names if "history" in n], [], "without History there is no file")
    if mapped is None:
        tap.skip("and nothing of one is open", "/proc of the daemon is root's to read")
    else:
        tap.ok(not mapped, "and nothing of one is open")


def checked(daemon):
    """What -n says: exit code, is there a file now, standard error."""
    try:
        code, _, why = daemon.call("-n")
        return code, os.path.exists(daemon.path), why
    finally:
        shutil.rmtree(daemon.dir)


def test_checks():
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        for path, told in (
            (f"{folder}/no/history.db", "No such file or directory"),
            ("history.db", "must begin with /"),
            ("/proc/history.db", "/proc"),
        ):
            code, _, why = checked(History(path=path))
            tap.equal((code, told in why), (78, True), f"-n says what is wrong with {path}")
        code, made, why = checked(History())
        tap.equal((code, made, why), (0, False, why), "-n takes a good one, and makes nothing")
    with History(path="/proc/history.db") as daemon:
        tap.equal(daemon.send("q1").action, "reject", "mail does not depend on its history")


def test_reload():
    with History("Mode monitor\n") as daemon:
        daemon.send("q1")
        daemon.rows(1)
        with open(daemon.conf, encoding="latin-1") as f:
            conf = f.read()
        daemon.write(conf.replace("monitor", "enforce") + "HistoryDays 3\n")
        daemon.signal(signal.SIGHUP)
        until(lambda: "settings reloaded" in daemon.log())
        daemon.send("q2")
        daemon.rows(2)
        daemon.write(conf + "History {dir}/other.db\n")
        daemon.signal(signal.SIGHUP)
        until(lambda: daemon.log().count("settings reloaded") == 2)
        daemon.send("q3")
        rows = daemon.rows(3)
        names = os.listdir(daemon.dir)
    tap.equal([r["conf_id"] for r in rows], [1, 2, 3], "each row has the settings of its time")
    tap.ok("History waits for a restart" in daemon.log(), "a new History waits for a restart")
    tap.ok("other.db" not in names, "and is not begun before")


def test_traces():
    """What is kept of every step is what `beschermctl test` tells, less what names a person."""
    conf = 'SPFVoidLookups 10\nReceivedSPF yes\nRejectText "refused: %{reason} %{spf_explanation}"\n'
    with History(conf) as daemon:
        for domain in ("pass", "reject", "none", "macro", "silent"):
            daemon.send(domain, f"{domain}.example")
        daemon.rows(5)
        traces = daemon.traces()
        tap.equal(sorted(traces), ["macro", "none", "reject"], "kept of what is doubtful alone")
        for queue_id, text in traces.items():
            compare_trace(daemon, queue_id, text)
        text = traces["macro"]
        tap.ok("secret" not in text and "person" not in text, "no local part in a trace", text)
        steps = [step[3] for step in json.loads(text)["spf"]["steps"]]
        tap.ok(steps.count(HIDDEN) >= 4, "names with a local part are told as such", steps)
        log = "".join(line for line in daemon.lines() if "macro" in line)
    tap.ok("secret" not in log, "nor in the log", log)
    for word, kept in (("all", ["pass", "reject"]), ("none", [])):
        with History(f"HistoryTrace {word}\n") as daemon:
            for domain in ("pass", "reject"):
                daemon.send(domain, f"{domain}.example")
            daemon.rows(2)
            tap.equal(sorted(daemon.traces()), kept, f"HistoryTrace {word}")


HIDDEN = "(holds the local part)"


def only(kept, told):
    """${kept} less the keys that ${told} does not have: the trace holds more."""
    if isinstance(kept, dict) and isinstance(told, dict):
        return {key: only(value, told[key]) for key, value in kept.items() if key in told}
    if isinstance(kept, list) and isinstance(told, list) and len(kept) == len(told):
        return [only(*pair) for pair in zip(kept, told)]
    return kept


def compare_trace(daemon, queue_id, text):
    path = os.path.join(daemon.dir, queue_id)
    with open(path, "wb") as f:
        f.write(daemon.message(f"{queue_id}.example").replace(b"\r\n", b"\n"))
    done = subprocess.run(
        [os.path.join(os.environ.get("builddir", "."), "beschermctl"), "test", "--json"]
        + ["-c", daemon.conf, "--client", "192.0.2.1", "--helo", "mail.example"]
        + ["-o", "AuthservID=mx.school.example"]
        + ["--mail-from", f"secret.person@{queue_id}.example", path],
        capture_output=True,
        check=False,
    )
    told, kept = json.loads(done.stdout), json.loads(text)
    tap.equal(kept.pop("v"), 1, f"{queue_id}: version 1")
    told.pop("file")
    told["spf"].pop("explanation")
    tap.ok(kept["spf"].pop("steps"), f"{queue_id}: steps of SPF")
    tap.ok(kept["dmarc"].pop("steps"), f"{queue_id}: steps of DMARC")
    tap.ok("reason" in kept["from"], f"{queue_id}: why the From is bad, if it is")
    kept["from"].pop("reason")
    for one, other in zip(kept["dns"], told["dns"]):
        one.pop("ms"), other.pop("ms")
        if one["name"] == HIDDEN:
            other["name"] = HIDDEN
    for one, other in zip(kept["headers"]["insert"], told["headers"]["insert"]):
        if one["name"] == "Received-SPF":
            other["value"] = HIDDEN
    if queue_id == "macro":  # its explanation names the sender
        kept.pop("reply"), told.pop("reply")
    tap.equal(only(kept, told), told, f"{queue_id}: the rest is as beschermctl tells it")


class Sender:
    """One message after the other, each with an id of its own, until told to end."""

    def __init__(self, daemon):
        self.daemon = daemon
        self.answered = {}
        self.sent = 0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self):
        while not self.over.is_set():
            self.sent += 1
            queue_id = f"q{self.sent}"
            try:
                self.daemon.send(queue_id)
                self.answered[queue_id] = time.time()
            except (OSError, MilterError):
                time.sleep(0.01)


def test_kill():
    rounds = 5
    daemon = History()
    sender = Sender(daemon)
    daemon.start()
    sender.thread.start()
    for _ in range(rounds):
        known = daemon.count()
        until(lambda known=known: daemon.count() > known)
        time.sleep(random.random() / 4)
        daemon.process.kill()
        daemon.process.wait()
        daemon.start()
    known = daemon.count()
    until(lambda: daemon.count() > known)
    sender.over.set()
    sender.thread.join()
    daemon.stop()
    rows, gaps = daemon.rows(1), daemon.gaps()
    check = daemon.ask("PRAGMA integrity_check")
    daemon.__exit__()
    ids = [r["queue_id"] for r in rows]
    missing = {q: at for q, at in sender.answered.items() if q not in set(ids)}
    untold = [
        q
        for q, at in missing.items()
        if not any(g["begin_at"] - 1 <= at <= g["end_at"] + 1 for g in gaps)
    ]
    tap.equal(len(ids), len(set(ids)), f"killed {rounds} times: no message twice")
    tap.ok(len(ids) <= sender.sent, "not more rows than messages", (len(ids), sender.sent))
    tap.equal(untold, [], f"all that is missing ({len(missing)} of {sender.sent}) is in a gap")
    tap.equal([g["cause"] for g in gaps], ["crash"] * rounds, "a gap for each time")
    tap.equal([list(c.values()) for c in check], [["ok"]], "the file is sound")


def compiled_fault(folder):
    """None where it cannot be used: the sanitizers want to come first."""
    if sanitized():
        return None
    library = os.path.join(folder, "diskfault.so")
    source = os.path.join(srcdir, "tests/lib/diskfault.c")
    cc = os.environ.get("CC", "cc").split()
    subprocess.run(
        [*cc, "-D_GNU_SOURCE", "-shared", "-fPIC", "-O", "-o", library, source, "-ldl"], check=True
    )
    os.chmod(folder, 0o755)
    return library


def goes_wrong(library, word, said):
    """The disk goes wrong and gets well: what came in between is there."""
    with History(fault=library) as daemon:
        daemon.send("q0")
        daemon.rows(1)
        daemon.set_fault(word)
        answers = [daemon.send(f"q{i}").action for i in range(1, 41)]
        if said:
            until(lambda: said in daemon.log())
        # What a commit that failed left behind is nothing to who opens the file now.
        while_wrong = daemon.count() if word != "stuck" else 1
        daemon.set_fault("")
        if said:
            until(lambda: "is written again" in daemon.log())
        rows = daemon.rows(41, 30)
        gaps = daemon.gaps()
        check = daemon.ask("PRAGMA integrity_check")
    tap.equal(answers, ["reject"] * 40, f"{word}: each message has its answer meanwhile")
    tap.equal(while_wrong, 1, f"{word}: nothing can be written")
    tap.equal([r["queue_id"] for r in rows], [f"q{i}" for i in range(41)], f"{word}: all is there")
    tap.equal(gaps, [], f"{word}: nothing was lost")
    tap.equal([list(c.values()) for c in check], [["ok"]], f"{word}: the file is sound")
    if said:
        tap.equal(daemon.log().count(said), 1, f"{word}: one warning")
        tap.ok("is written again" in daemon.log(), f"{word}: and a line when it is well again")


def test_disk():
    with tempfile.TemporaryDirectory() as folder:
        library = compiled_fault(folder)
        if library is None:
            tap.skip("a disk that goes wrong", "LD_PRELOAD and sanitizers do not go together")
            return
        goes_wrong(library, "full", "disk is full")
        goes_wrong(library, "broken", "disk I/O error")
        goes_wrong(library, "stuck", None)
        stop_while_stuck(library)
        stop_while_broken(library)


def stop_while_stuck(library):
    daemon = History(fault=library)
    daemon.start()
    daemon.send("q0")
    daemon.rows(1)
    daemon.set_fault("stuck")
    daemon.send("q1")
    time.sleep(0.3)
    code = daemon.stop()
    log = daemon.log()
    daemon.set_fault("")
    daemon.start()
    daemon.stop()
    gaps = daemon.gaps()
    daemon.__exit__()
    tap.equal(code, 0, "a disk that does not answer holds up no stop for ever")
    tap.ok("does not answer" in log, "it is said")
    tap.equal([(g["cause"], g["lost"]) for g in gaps], [("crash", None)], "and told in a gap")


def stop_while_broken(library):
    """Each message is a row or told as lost, and none is both."""
    daemon = History(fault=library)
    daemon.start()
    daemon.send("q0")
    daemon.rows(1)
    daemon.set_fault("broken")
    for i in range(1, 11):
        daemon.send(f"q{i}")
    until(lambda: "disk I/O error" in daemon.log())
    daemon.stop()
    daemon.set_fault("")
    daemon.start()
    daemon.send("q11")
    daemon.stop()
    ids = [row["queue_id"] for row in daemon.rows(1)]
    gaps = daemon.gaps()
    daemon.__exit__()
    tap.equal(ids, ["q0", "q11"], "stopped while the disk is broken: the rest is not there")
    tap.equal([(g["cause"], g["lost"]) for g in gaps], [("stop", 10)], "and each told as lost")


def test_floor():
    if os.geteuid() != 0:
        tap.skip("a disk that is nearly full", "needs root")
        return
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        with Mounted(folder, 80) as daemon:
            daemon.send("q0")
            daemon.rows(1)
            filler = daemon.inside(f"{folder}/filler")
            with open(filler, "wb") as f:
                f.write(b"x" * (60 << 20))
            answers = [daemon.send(f"q{i}").action for i in range(1, 21)]
            until(lambda: "are free on its disk" in daemon.log())
            while_full = daemon.count()
            free = os.statvfs(daemon.inside(folder)).f_bavail
            os.unlink(filler)
            rows = daemon.rows(21)
        tap.equal(answers, ["reject"] * 20, "a disk that is nearly full: mail goes on")
        tap.equal(while_full, 1, "what others need is left to them")
        tap.ok(free > 0, "it is not filled")
        tap.equal(len(rows), 21, "with room again all is written")


if __name__ == "__main__":
    tap.run(
        [
            test_rows,
            test_exempt_clients_are_not_kept,
            test_off,
            test_checks,
            test_reload,
            test_traces,
            test_kill,
            test_disk,
            test_floor,
        ]
    )
