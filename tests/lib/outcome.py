"""What became of one message that went through a mail server and beschermd."""

import re
import time
from dataclasses import dataclass

import smtp


@dataclass
class Outcome:
    reply: str  # what the sender saw
    delivered: bytes  # what the reader gets; None
    log: str  # beschermd's line

    def fields(self):
        """The delivered header: fields as delivered, folds kept, LF."""
        return fields(self.delivered) if self.delivered is not None else []

    def facts(self):
        """The log line's KEY=VALUE parts, the first of each."""
        found = {}
        for key, value in re.findall(r'(\w+)=("[^"]*"|\S+)', self.log):
            found.setdefault(key, value)
        return found


def fields(message):
    head = message.replace(b"\r\n", b"\n").partition(b"\n\n")[0].decode("utf-8", "replace")
    return re.split(r"\n(?![ \t])", head)


def unfolded(field):
    return re.sub(r"\n[ \t]*", " ", field)


class Way:
    """From the sender through ${mta} and ${daemon} to the reader, one at a time."""

    def __init__(self, mta, daemon):
        self.mta, self.daemon = mta, daemon

    def new_line(self, known, seconds=10):
        end = time.monotonic() + seconds
        while len(lines := self.daemon.lines()) <= known and time.monotonic() < end:
            time.sleep(0.01)
        return lines[known] if len(lines) > known else ""

    def send(self, m, pause=0):
        known = len(self.daemon.lines())
        reply = smtp.send(
            self.mta.port,
            m.data,
            m.client,
            helo=m.helo,
            mail_from=m.mail_from,
            login=m.login,
            pause=pause,
            xclient=self.mta.xclient,
        )
        delivered = None
        if queued := re.search(self.mta.accepted, reply):
            delivered = self.mta.sink.wait_for(f" id {queued[1]}".encode())
        return Outcome(reply, delivered, self.new_line(known))


def faults(m, outcome):
    """Where the outcome is not what ${m} says; empty when all is well."""
    found = []
    if not outcome.reply.startswith(m.reply):
        found.append(f"the sender saw {outcome.reply!r}, not {m.reply!r}")
    refused = m.verdict in ("refused", "later")
    if refused != (outcome.delivered is None):
        found.append("delivered" if refused else "not delivered")
    header = "\n".join(unfolded(f) for f in outcome.fields())
    if not refused:
        found += [f"{text!r} is not in the header" for text in m.has if text not in header]
        found += [f"{text!r} is in the header" for text in m.lacks if text in header]
        if not outcome.delivered.endswith(m.data.partition(b"\r\n\r\n")[2]):
            found.append("the body was changed")
    found += [f"{text!r} is not in the log line" for text in m.log if text not in outcome.log]
    return found
