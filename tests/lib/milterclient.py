"""A mail server's side of the milter protocol (version 6), for tests.

    from milterclient import Client, send_message

    result = send_message("unix:/run/x.sock", open("m.eml", "rb").read(),
                          client="192.0.2.1", helo="mail.example.org",
                          mail_from="<joe@example.org>", macros={"j": "mx.example"})
    result.action     "continue", "accept", "reject", "tempfail", "discard"
    result.reply      "550 5.7.26 ..." as SMTP would say it, or None
    result.stage      the event that decided: "connect", "helo", "mail", ..., "eom"
    result.edits      [("insert", 0, "Authentication-Results", " mx; ..."),
                       ("change", 1, "Authentication-Results", ""),
                       ("add", None, name, value), ("quarantine", None, None, reason)]
    edited(headers, result.edits)   the header after those edits, as Postfix does them

Step by step, for odd orders and dropped connections:

    c = Client("inet:8891@127.0.0.1")
    c.negotiate(); c.connect("192.0.2.1"); c.helo("a.example"); c.mail("<a@b.example>")
    c.rcpt("<x@y.example>"); c.data(); c.header("From", " a@b.example"); c.eoh()
    c.body(b"text\\r\\n"); result = c.eom(); c.quit(); c.close()

Events that the filter does not want are left out and no answer is awaited where it
said that it gives none, as Postfix does.  Python's standard library only.
"""

import ipaddress
import socket
import struct
from collections import namedtuple

Result = namedtuple("Result", "action reply stage edits")

ACTIONS_ALL = 0x1FF
PROTOCOL_ALL = 0x1FFFFF
HDR_LEADSPC = 0x100000

# event: command, "not wanted" bit, "no reply" bit
EVENTS = {
    "connect": (b"C", 0x1, 0x1000),
    "helo": (b"H", 0x2, 0x2000),
    "mail": (b"M", 0x4, 0x4000),
    "rcpt": (b"R", 0x8, 0x8000),
    "data": (b"T", 0x200, 0x10000),
    "unknown": (b"U", 0x100, 0x20000),
    "header": (b"L", 0x20, 0x80),
    "eoh": (b"N", 0x40, 0x40000),
    "body": (b"B", 0x10, 0x80000),
    "eom": (b"E", 0, 0),
}

VERDICTS = {
    b"c": "continue",
    b"a": "accept",
    b"r": "reject",
    b"t": "tempfail",
    b"d": "discard",
    b"s": "skip",
    b"4": "shutdown",
    b"f": "connfail",
}

BODY_CHUNK = 65535


class MilterError(Exception):
    """The filter broke the connection or the protocol."""


def connect_socket(spec, timeout=30):
    """A connected socket for unix:/path, local:/path, inet:port@host, inet6:port@host."""
    kind, _, rest = spec.partition(":")
    if kind in ("unix", "local"):
        s = socket.socket(socket.AF_UNIX)
        address = rest
    else:
        port, _, host = rest.partition("@")
        s = socket.socket(socket.AF_INET6 if kind == "inet6" else socket.AF_INET)
        address = (host.strip("[]"), int(port))
    s.settimeout(timeout)
    try:
        s.connect(address)
    except OSError:
        s.close()
        raise
    return s


def octets(text):
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")


def cstrings(*texts):
    return b"".join(octets(t) + b"\0" for t in texts)


def text(data):
    return data.decode("utf-8", "surrogateescape")


class Client:
    def __init__(self, spec, timeout=30):
        self.sock = connect_socket(spec, timeout)
        self.protocol = 0
        self.actions = 0
        self.version = 0

    # packets

    def send(self, command, data=b""):
        """One packet, whatever it says."""
        self.send_raw(struct.pack(">I", len(data) + 1) + command + data)

    def send_raw(self, data):
        try:
            self.sock.sendall(data)
        except OSError as e:
            raise MilterError(f"the filter is gone: {e}") from e

    def _read(self, count):
        data = b""
        while len(data) < count:
            try:
                piece = self.sock.recv(count - len(data))
            except OSError as e:
                raise MilterError(f"no answer: {e}") from e
            if not piece:
                raise MilterError("the filter closed the connection")
            data += piece
        return data

    def receive(self):
        (length,) = struct.unpack(">I", self._read(4))
        if not 1 <= length <= 1 << 24:
            raise MilterError(f"a packet of {length} octets")
        packet = self._read(length)
        return packet[:1], packet[1:]

    def await_verdict(self, stage):
        edits = []
        while True:
            command, data = self.receive()
            if command == b"p":
                continue
            if command == b"y":
                reply = text(data.rstrip(b"\0")).replace("%%", "%")
                action = "tempfail" if reply.startswith("4") else "reject"
                return Result(action, reply, stage, edits)
            if command in VERDICTS:
                return Result(VERDICTS[command], None, stage, edits)
            edits.append(self._edit(command, data))

    @staticmethod
    def _edit(command, data):
        if command == b"h":
            name, value = data.split(b"\0")[:2]
            return ("add", None, text(name), text(value))
        if command in (b"i", b"m"):
            (index,) = struct.unpack(">I", data[:4])
            name, value = data[4:].split(b"\0")[:2]
            kind = "insert" if command == b"i" else "change"
            return (kind, index, text(name), text(value))
        if command == b"q":
            return ("quarantine", None, None, text(data.rstrip(b"\0")))
        return ("other", None, text(command), data)

    # events

    def negotiate(self, actions=ACTIONS_ALL, protocol=PROTOCOL_ALL, version=6):
        self.send(b"O", struct.pack(">III", version, actions, protocol))
        command, data = self.receive()
        if command != b"O" or len(data) < 12:
            raise MilterError(f"no negotiation: {command!r}")
        self.version, self.actions, self.protocol = struct.unpack(">III", data[:12])
        return self

    def macros(self, event, values):
        """The macros that go with an event, ahead of it."""
        if values:
            flat = [item for pair in values.items() for item in pair]
            self.send(b"D", EVENTS[event][0] + cstrings(*flat))

    def event(self, name, data=b""):
        command, unwanted, silent = EVENTS[name]
        if self.protocol & unwanted and unwanted:
            return Result("continue", None, name, [])
        self.send(command, data)
        if self.protocol & silent:
            return Result("continue", None, name, [])
        return self.await_verdict(name)

    def connect(self, client="192.0.2.1", name=None, port=25, macros=None):
        """${client}: an address, "local" (a unix socket) or "unknown"."""
        self.macros("connect", macros)
        if client == "unknown":
            return self.event("connect", cstrings(name or "unknown") + b"U")
        if client == "local":
            data = cstrings(name or "localhost") + b"L" + struct.pack(">H", 0)
            return self.event("connect", data + cstrings("/run/x"))
        family = b"6" if ipaddress.ip_address(client).version == 6 else b"4"
        data = cstrings(name or f"[{client}]") + family + struct.pack(">H", port)
        return self.event("connect", data + cstrings(client))

    def helo(self, name="mail.example", macros=None):
        self.macros("helo", macros)
        return self.event("helo", cstrings(name))

    def mail(self, sender, *arguments, macros=None):
        self.macros("mail", macros)
        return self.event("mail", cstrings(sender, *arguments))

    def rcpt(self, recipient, *arguments, macros=None):
        self.macros("rcpt", macros)
        return self.event("rcpt", cstrings(recipient, *arguments))

    def data(self, macros=None):
        self.macros("data", macros)
        return self.event("data")

    def header(self, name, value):
        """${value} with its leading space, folds as LF; taken off if not negotiated."""
        value = octets(value)
        if not self.protocol & HDR_LEADSPC and value[:1] == b" ":
            value = value[1:]
        return self.event("header", cstrings(name, value))

    def eoh(self, macros=None):
        self.macros("eoh", macros)
        return self.event("eoh")

    def body(self, data):
        result = Result("continue", None, "body", [])
        for start in range(0, len(data), BODY_CHUNK):
            result = self.event("body", data[start : start + BODY_CHUNK])
            if result.action != "continue":
                break
        return result

    def eom(self, macros=None):
        self.macros("eom", macros)
        return self.event("eom")

    def abort(self):
        self.send(b"A")

    def quit(self):
        self.send(b"Q")

    def close(self):
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *what):
        self.close()


def split_message(raw):
    """(header fields as (name, value) octets with LF folds, body with CRLF)."""
    raw = raw.replace(b"\r\n", b"\n")
    head, blank, body = raw.partition(b"\n\n")
    if raw.startswith(b"\n"):
        head, body = b"", raw[1:]
    elif not blank:
        head = raw.rstrip(b"\n")
    fields = []
    for line in head.split(b"\n") if head else []:
        if line[:1] in (b" ", b"\t") and fields:
            fields[-1] = (fields[-1][0], fields[-1][1] + b"\n" + line)
        else:
            name, _, value = line.partition(b":")
            fields.append((name.rstrip(b" \t"), value))
    return fields, body.replace(b"\n", b"\r\n")


def begin_message(spec, client, helo, mail_from, macros=None):
    """A connection on which MAIL was just said."""
    c = Client(spec)
    c.negotiate()
    c.connect(client, macros=macros or {"j": "mx.school.example", "v": "Postfix"})
    c.helo(helo)
    c.mail(mail_from)
    return c


def transmit(c, raw, mail_from, recipients, mail_macros=None, queue_id="4TEST"):
    """One message on an open connection: from MAIL to the verdict."""
    fields, body = split_message(raw)
    late = {"i": queue_id} if queue_id else None
    steps = [lambda: c.mail(mail_from, macros=mail_macros)]
    steps += [lambda r=r: c.rcpt(r) for r in recipients]
    steps += [lambda: c.data(late)]
    steps += [lambda f=f: c.header(*f) for f in fields]
    steps += [lambda: c.eoh(late), lambda: c.body(body), lambda: c.eom(late)]
    for step in steps:
        result = step()
        if result.action not in ("continue", "skip"):
            break
    return result


def send_message(
    spec,
    raw,
    client="192.0.2.1",
    name=None,
    helo="mail.example",
    mail_from="<sender@example.org>",
    recipients=("<rcpt@school.example>",),
    macros=None,
    mail_macros=None,
    queue_id="4TEST",
    timeout=60,
):
    """One message on a connection of its own; ${macros} go with connect."""
    with Client(spec, timeout) as c:
        c.negotiate()
        result = c.connect(client, name, macros=macros or {"j": "mx.school.example", "v": "Postfix"})
        if result.action == "continue" and helo is not None:
            result = c.helo(helo)
        if result.action == "continue":
            result = transmit(c, raw, mail_from, recipients, mail_macros, queue_id)
        c.quit()
    return result


def edited(headers, edits):
    """The (name, value) list after ${edits}, counting as Postfix does: what is there now."""
    headers = list(headers)
    for kind, index, name, value in edits:
        if kind == "add":
            headers.append((name, value))
        elif kind == "insert":
            headers.insert(index, (name, value))
        elif kind == "change":
            same = [i for i, h in enumerate(headers) if h[0].lower() == name.lower()]
            if max(index, 1) > len(same):
                if value:
                    headers.append((name, value))
                continue
            at = same[max(index, 1) - 1]
            headers[at : at + 1] = [(name, value)] if value else []
    return headers
