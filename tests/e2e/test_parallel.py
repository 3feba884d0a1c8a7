#!/usr/bin/python3
"""Many connections at once, while the settings are reloaded under them: every message
gets its right answer, and the daemon ends cleanly.  TAP.

builddir: where beschermd is.  Made for a build with --with-sanitizers=thread too, where
a race ends the daemon with another exit code than 0.
"""

import os
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial, update_wrapper

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import messages
import tap
from daemon import Beschermd
from milterclient import Client, transmit

CONNECTIONS = 16
ROUNDS = 10  # each with all messages, on a connection of its own

ANSWERS = {"250": "continue", "550": "reject", "451": "tempfail"}


def right(m, result):
    if result.action != ANSWERS[m.reply[:3]]:
        return False
    inserted = " ".join(value for kind, _, _, value in result.edits if kind == "insert")
    return result.action != "continue" or m.dmarc == "-" or f"dmarc={m.dmarc}" in inserted


def play(daemon, post, number):
    """One client: what it got wrong answers for."""
    wrong = []
    for turn in range(ROUNDS):
        for start in range(0, len(post.messages), 5):
            with Client(daemon.socket) as c:
                c.negotiate()
                first = post.messages[start]
                c.connect(first.client, macros={"j": messages.HOST})
                for m in post.messages[start : start + 5]:
                    if m.client != first.client:
                        continue
                    c.helo(m.helo)
                    macros = {"{auth_authen}": m.login or ""}
                    id = f"4{number:02}X{turn}"
                    result = transmit(c, m.data, m.mail_from, ["<a@b.example>"], macros, id)
                    if not right(m, result):
                        wrong.append(f"{m.title}: {result}")
                c.quit()
    return wrong


def reload_until(done, daemon):
    while not done.wait(0.05):
        daemon.process.send_signal(signal.SIGUSR1)


def test_parallel(post):
    done = threading.Event()
    with Beschermd(zone=post.zone) as daemon:
        reloads = threading.Thread(target=reload_until, args=(done, daemon))
        reloads.start()
        try:
            with ThreadPoolExecutor(CONNECTIONS) as pool:
                wrong = sum(pool.map(partial(play, daemon, post), range(CONNECTIONS)), [])
        finally:
            done.set()
            reloads.join()
        time.sleep(0.5)  # the last reload is over
    tap.ok(not wrong, f"{CONNECTIONS} connections at a time: every answer is right", "\n".join(wrong[:5]))
    tap.ok("settings reloaded" in daemon.log(), "the settings were reloaded meanwhile")
    code = daemon.process.returncode
    tap.ok(code == 0, "it ends with 0", f"exit code {code}\n{daemon.log()[-4000:]}")


def test_stop_in_reload(post):
    codes = []
    for _ in range(10):
        daemon = Beschermd(zone=post.zone)
        with daemon:
            daemon.process.send_signal(signal.SIGUSR1)
            daemon.process.send_signal(signal.SIGTERM)
            daemon.process.wait(20)
        codes.append(daemon.process.returncode)
    tap.equal(codes, [0] * len(codes), "SIGTERM during a reload")


if __name__ == "__main__":
    letters = messages.Post()
    tests = (test_parallel, test_stop_in_reload)
    tap.run([update_wrapper(partial(test, letters), test) for test in tests])
