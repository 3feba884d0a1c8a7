#!/usr/bin/python3
"""Messages, reloads that change what is remembered and for how long, a file that another
process holds, and a stop, all at once: each answer is a row or is counted as lost.

What threads do to each other is seen by the build with ThreadSanitizer.
"""

import os
import signal
import sqlite3
import sys
import threading
import time

srcdir = os.environ.get("srcdir", ".")
sys.path.insert(0, os.path.join(srcdir, "tests/lib"))
sys.dont_write_bytecode = True

import tap  # noqa: E402
from milterclient import MilterError  # noqa: E402
from remembered import History  # noqa: E402
from running import until  # noqa: E402

SENDERS = 4
MORE_THAN_FIT = 300  # a fact without its steps has some 500 octets
RELOADS = 12
# The smallest list that may be: it is full while the file is held.
CONFS = (
    "HistoryQueueBytes 65536\nHistoryTrace all\nHistoryDays 3\n",
    "HistoryQueueBytes 65536\nHistoryTrace none\nHistoryTraceDays 0\nHistoryCountDays 1\n",
    "HistoryQueueBytes 70000\nHistoryMaximumMB 16\nMode monitor\n",
    "HistoryQueueBytes 65536\nHistoryTrace all\nHistory {dir}/other.db\n",
)


class Sender:
    """Messages one after the other, until told to end: their ids, and those answered."""

    def __init__(self, daemon, name, over):
        self.daemon, self.name, self.over = daemon, name, over
        self.sent, self.answered = [], set()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not self.over.is_set():
            queue_id = f"{self.name}{len(self.sent)}"
            self.sent.append(queue_id)
            try:
                # At the end it takes no more: what is deferred at MAIL has no verdict.
                if self.daemon.send(queue_id).action != "tempfail":
                    self.answered.add(queue_id)
            except (OSError, MilterError):
                self.over.wait(0.01)


def reload_all(daemon, settings):
    """By either signal, each with other settings, once it says that it has them."""
    for number in range(RELOADS):
        before = daemon.log().count("settings reloaded")
        daemon.write(settings + CONFS[number % len(CONFS)])
        daemon.signal((signal.SIGHUP, signal.SIGUSR1)[number % 2])
        if not until(lambda before=before: daemon.log().count("settings reloaded") > before):
            return number
    return RELOADS


def answers(senders):
    return sum(len(sender.answered) for sender in senders)


def hold(daemon, senders):
    """Keep the file from being written to until more came than may wait."""
    db = sqlite3.connect(daemon.path, timeout=10, isolation_level=None)
    db.execute("BEGIN IMMEDIATE")
    before = answers(senders)
    until(lambda: answers(senders) > before + MORE_THAN_FIT, 30)
    db.execute("ROLLBACK")
    db.close()


def test_all_at_once():
    over = threading.Event()
    with History(CONFS[0]) as daemon:
        with open(daemon.conf, encoding="latin-1") as f:
            settings = f.read().replace(CONFS[0], "")
        senders = [Sender(daemon, f"q{i}x", over) for i in range(SENDERS)]
        held = threading.Thread(target=hold, args=(daemon, senders))
        held.start()
        reloads = reload_all(daemon, settings)
        held.join()
        known = daemon.count()
        until(lambda: daemon.count() > known, 20)
        reloads += reload_all(daemon, settings)
        # While messages are under way.
        code = daemon.stop()
        over.set()
        for sender in senders:
            sender.thread.join()
        rows, gaps = daemon.rows(1), daemon.gaps()
        log = daemon.log()
    check(senders, [row["queue_id"] for row in rows], gaps)
    tap.equal(code, 0, "it ended as told, and the sanitizers have nothing to say")
    tap.equal(reloads, 2 * RELOADS, "all reloads were done")
    tap.ok("warning: history: " in log, "what goes wrong is told")


def check(senders, ids, gaps):
    sent = {queue_id for sender in senders for queue_id in sender.sent}
    answered = set().union(*(sender.answered for sender in senders))
    lost = sum(gap["lost"] for gap in gaps)
    missing = answered - set(ids)
    # Of a message whose answer did not come before the end nobody knows what became.
    unknown = sent - answered - set(ids)
    said = f"{len(ids)} rows, {lost} lost, {len(answered)} answers of {len(sent)}"
    tap.equal(len(ids), len(set(ids)), f"no message twice ({said})")
    tap.ok(set(ids) <= sent, "nor one that never was")
    tap.ok(lost > 0, "some were lost, as the list was full")
    tap.ok(
        len(missing) <= lost <= len(missing) + len(unknown),
        "each answer is a row or counted as lost",
        (len(missing), len(unknown), gaps),
    )


if __name__ == "__main__":
    tap.run([test_all_at_once])
