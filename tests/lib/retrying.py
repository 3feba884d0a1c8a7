"""Senders that try again, as mail servers with a queue do; and the sum of what became of
their mail.

    with Senders(port, good, forged) as senders:
        ...                      # faults; mail is sent all the while
    sum = senders.settle(sink)   # each message was taken or refused for good; empties the sink
    sum.sent, sum.delivered, sum.refused, sum.deferred, sum.lost, sum.unchecked
"""

import itertools
import re
import smtplib
import threading
import time
from dataclasses import dataclass

import messages
import smtp

WORKERS = 16
FORGED_EACH = 5  # one in so many
PAUSE = 0.03  # of a worker, between two attempts
GIVE_UP = 120  # seconds after the fault: what is not taken by then is lost

OURS = re.compile(rb"Authentication-Results:\s+" + messages.HOST.encode() + rb";[^:]*dmarc=pass")
NUMBER = re.compile(rb"^X-Number: (\d+)", re.M)


@dataclass
class Sum:
    sent: int = 0
    delivered: int = 0
    refused: int = 0
    deferred: int = 0  # attempts that were answered 4xx, or not at all
    lost: int = 0  # not delivered, and not rightly refused either
    unchecked: int = 0  # delivered without our result, or although forged

    def __str__(self):
        return (
            f"sent {self.sent}, delivered {self.delivered}, refused {self.refused}, "
            f"deferred {self.deferred}, lost {self.lost}, unchecked {self.unchecked}"
        )


class Senders:
    """${good}, ${forged}: messages.Message to be delivered, and to be refused."""

    def __init__(self, port, good, forged, workers=WORKERS, pause=PAUSE):
        self.port, self.good, self.forged, self.pause = port, good, forged, pause
        self.numbers = itertools.count()
        self.lock = threading.Lock()
        self.fate = {}  # number: "250", "550", or None while it is tried
        self.deferrals = {}  # reply without its digits: how often
        self.ending = threading.Event()
        self.deadline = None
        self.threads = [threading.Thread(target=self.work, daemon=True) for _ in range(workers)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *what):
        self.deadline = time.monotonic() + GIVE_UP
        self.ending.set()
        for thread in self.threads:
            thread.join()

    def is_forged(self, number):
        return number % FORGED_EACH == 0

    def accepted(self):
        with self.lock:
            return sum(fate == "250" for fate in self.fate.values())

    def attempt(self, number):
        m = self.forged if self.is_forged(number) else self.good
        data = f"X-Number: {number}\r\n".encode() + m.data
        try:
            return smtp.send(self.port, data, m.client, helo=m.helo, mail_from=m.mail_from)
        except (OSError, smtplib.SMTPException) as e:
            return f"4-- {type(e).__name__}"

    def deliver(self, number):
        """As a queue does: until it is final, or given up."""
        while True:
            reply = self.attempt(number)
            with self.lock:
                if reply[0] != "4":
                    self.fate[number] = reply[:3]
                    return
                self.fate[number] = None
                reason = re.sub(r"\d{4,}", "", reply)[:80]
                self.deferrals[reason] = self.deferrals.get(reason, 0) + 1
            if self.deadline is not None and time.monotonic() > self.deadline:
                return
            time.sleep(0.2)

    def work(self):
        while not self.ending.is_set():
            self.deliver(next(self.numbers))
            time.sleep(self.pause)

    def settle(self, sink):
        """After the end: waits for the MTA to deliver what it took."""
        wanted = {n for n, fate in self.fate.items() if fate == "250"}
        found = {}

        def all_there():
            while sink.mail:
                content = sink.mail.pop().content
                number = NUMBER.search(content)
                if number is not None:
                    found.setdefault(int(number[1]), []).append(content)
            return wanted <= found.keys()

        with sink.arrived:
            sink.arrived.wait_for(all_there, GIVE_UP)
        total = Sum(sent=len(self.fate), deferred=sum(self.deferrals.values()))
        total.delivered = len(found.keys() & self.fate.keys())
        total.refused = sum(fate == "550" for fate in self.fate.values())
        for number, fate in self.fate.items():
            kept = fate == "250" and number in found
            total.lost += not kept and not (fate == "550" and self.is_forged(number))
        for number, contents in found.items():
            head = [content.partition(b"\r\n\r\n")[0] for content in contents]
            total.unchecked += self.is_forged(number) or not all(OURS.search(h) for h in head)
        return total
