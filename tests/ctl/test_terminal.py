#!/usr/bin/python3
"""What root starts at a terminal and opens the history has none of it.  TAP; needs root."""

import fcntl
import os
import pty
import re
import signal
import subprocess
import sys
import termios

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import tap
from madehistory import MadeHistory
from running import BUILD, until, work_folder

CTL = os.path.join(BUILD, "beschermctl")
NOBODY = 65534
ROWS = 3000  # more text than a pipe holds


def stat_of(pid):
    """Parent, session, terminal."""
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
        fields = f.read().rpartition(")")[2].split()
    return int(fields[1]), int(fields[3]), int(fields[4])


def children_of(pid):
    found = []
    for name in os.listdir("/proc"):
        try:
            if name.isdigit() and stat_of(name)[0] == pid:
                found.append(int(name))
        except OSError:
            continue
    return found


def is_gone(pid):
    """Or a zombie, where nobody takes it away."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
            return f.read().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def user_of(pid):
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as f:
        return int(re.search(r"^Uid:\t\d+\t(\d+)", f.read(), re.M).group(1))


class AtTerminal:
    """beschermctl as a shell of root's starts it, its output to a pipe."""

    def __init__(self, *arguments):
        self.master, slave = pty.openpty()

        def take_terminal():
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # who runs this in the background has it ignored
            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(
            [CTL, *arguments], stdin=slave, stdout=subprocess.PIPE, stderr=slave, preexec_fn=take_terminal, env=dict(os.environ, LC_ALL="C")
        )
        os.close(slave)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        os.close(self.master)


def blocked(process):
    """The child that writes to a pipe which nobody reads; None."""
    return until(lambda: next(iter(children_of(process.pid)), None)) if process.poll() is None else None


def check_apart(h, *arguments):
    what = " ".join(arguments[:1])
    with AtTerminal(*arguments, "-c", h.conf) as a:
        child = blocked(a.process)
        if child is None:
            tap.ok(False, f"{what}: a child reads the history")
            return
        tap.ok(until(lambda: user_of(child) == NOBODY), f"{what}: a child reads the history, as its owner")
        tap.equal(stat_of(child)[1:], (child, 0), f"{what}: its session has no terminal")
        tap.equal((user_of(a.process.pid), stat_of(a.process.pid)[2] != 0), (0, True), f"{what}: root waits")
        if what != "history":
            return
        a.process.send_signal(signal.SIGINT)
        tap.equal(a.process.wait(30), -signal.SIGINT, "an interrupt ends what waits")
        tap.ok(until(lambda: is_gone(child)), "and the child")


def ends(*arguments, close=False):
    with AtTerminal(*arguments) as a:
        if close:
            a.process.stdout.close()
            text = b""
        else:
            text = a.process.stdout.read()
        return a.process.wait(60), text


def test_verbs():
    if os.geteuid() != 0:
        tap.skip("beschermctl at root's terminal", "not root")
        return
    with work_folder("terminal") as where:
        os.chown(where, NOBODY, NOBODY)
        with MadeHistory(where, "Mode monitor\n") as h:
            h.add(n=ROWS, dmarc="fail", rule="policy_reject", would="reject")
            check_apart(h, "history", "--limit", str(ROWS))
            check_apart(h, "history", "--json", "--limit", str(ROWS))
            code, text = ends("history", "-c", h.conf, "--limit", str(ROWS))
            tap.ok(code == 0 and text.count(b"\n") >= ROWS, "all of its output comes", (code, len(text)))
            tap.equal(ends("explain", "-c", h.conf, "none")[0], 65, "its exit code is the child's")
            tap.equal(ends("history", "-c", h.conf, "--limit", str(ROWS), close=True)[0], -signal.SIGPIPE, "and so is an end by SIGPIPE")
            code, text = ends("summary", "-c", h.conf)
            tap.ok(code == 0 and b"3000" in text.replace(b",", b""), "summary", text)
            tap.equal(ends("replay", "-c", h.conf, "-o", "OnReject=header")[0], 0, "replay")


tap.run([test_verbs])
