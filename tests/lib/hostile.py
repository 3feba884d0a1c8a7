"""Text that wants to write a log of its own: in the envelope, the header, the DNS."""

import struct

import dnsfault
from milterclient import Client

# No NUL: it ends a string of the milter protocol.
ODD = [
    b"x\n4FAKE: action=accept dmarc=pass from=bank.example client=192.0.2.1 time=1ms",
    b"x\r\n<2>Nov 25 00:00:00 kernel: panic",
    b"\x1b[2J\x1b[31mred\x07\x08\x7f",
    bytes(range(1, 256)),
    b"%s%n%99999d%*d",
    b"\xff\xfe\xc0\x80\xe2\x80\xae",
    b"\"\\\") reason=\"fine\" action=accept",
    b"y" * 2500,
    b"\x01" * 2500,
]  # fmt: skip
PLACES = ("client_name", "helo", "host", "queue_id", "sender", "author", "name", "value", "tag")


class Zone(dnsfault.FaultServer):
    """Records that are odd in every way; the number in a name says which."""

    def answer(self, packet, tcp):
        name, rtype, _ = dnsfault.question(packet)
        digits = "".join(c for c in name if c.isdigit())
        odd = ODD[int(digits or "0") % len(ODD)].decode("latin1")
        if rtype == dnsfault.MX:
            target = dnsfault.wire("m\n\x1b[31m" + odd[:20].replace(".", "") + ".example")
            return dnsfault.reply(
                packet, 0, [dnsfault.record(name, rtype, 60, struct.pack(">H", 1) + target)]
            ), 0
        if rtype != dnsfault.TXT:
            return dnsfault.reply(packet, 0, (), dnsfault.negative(name)), 0
        if name.startswith("_dmarc"):
            text = f"v=DMARC1; p=reject; {odd}={odd}; rua=mailto:{odd}"
        elif "_domainkey" in name:
            text = f"v=DKIM1; k={odd}; p={odd}"
        else:
            # Every other one is well-formed, so that it leads to the odd MX and macros.
            odd = "" if int(digits or "0") % 2 else odd
            text = f"v=spf1 mx exists:%{{l}}.x.example {odd} -all exp=%{{s}}.x.example"
        if len(text) > 1000 and not tcp:
            return dnsfault.reply(packet, truncated=True), 0
        data = text.encode("latin1")
        parts = [data[i : i + 255] for i in range(0, len(data), 255)]
        record = b"".join(bytes([len(part)]) + part for part in parts)
        return dnsfault.reply(packet, 0, [dnsfault.record(name, rtype, 60, record)]), 0


def send(spec, number, odd, place):
    """One message with ${odd} in one place."""
    put = {name: odd if name == place else None for name in PLACES}
    domain = b"d%d.example" % number
    signature = b" v=1; a=rsa-sha256; d=%s; s=%s; h=from; bh=%s; b=%s" % (
        domain,
        put["tag"] or b"s%d" % number,
        put["tag"] or b"A" * 43 + b"=",
        put["tag"] or b"A" * 342 + b"==",
    )
    late = {"i": put["queue_id"] or b"4TEST"}
    with Client(spec) as c:
        c.negotiate()
        c.connect("192.0.2.66", put["client_name"] or b"host", macros={"j": put["host"] or b"mx"})
        c.helo(put["helo"] or domain)
        result = c.mail(put["sender"] or b"<joe@%s>" % domain)
        if result.action == "continue":
            c.rcpt(put["sender"] or b"<anna@school.example>")
            c.data(late)
            c.header("DKIM-Signature", signature)
            c.header("From", put["author"] or b" joe@" + domain)
            c.header(put["name"] or b"X-Name", put["value"] or b" value")
            c.header("List-Id", b" <" + (put["value"] or b"list.example") + b">")
            c.eoh(late)
            c.body(b"hello\r\n")
            result = c.eom(late)
        c.quit()
    return result


def send_all(spec):
    """How many messages that were."""
    number = 0
    for odd in ODD:
        for place in PLACES:
            send(spec, number % len(ODD), odd, place)
            number += 1
    return number


def faults(lines, messages, octets=900):
    """What is wrong with these lines of a log, after so many messages."""
    found = [line[:200] for line in lines if not all(0x20 <= c <= 0x7E for c in line)]
    found += [b"%d octets: %s" % (len(line), line[:200]) for line in lines if len(line) > octets]
    told = [line for line in lines if b" action=" in line]
    if len(told) != messages:
        found.append(b"%d lines about %d messages" % (len(told), messages))
    found += [line for line in told if line.count(b" action=") != 1]
    return found
