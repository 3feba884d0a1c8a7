"""Messages for the demo and for the tests through Postfix, with the zone they need.

Keys are made when this runs and the signer is dkimpy, so what beschermd verifies here
comes from another implementation.  Each message says what should become of it.
"""

import base64
import re
import subprocess
import sys
from dataclasses import dataclass, field

import tap

try:
    import dkim
    import nacl.signing
except ImportError as missing:
    tap.skip_all(f"no module {missing.name}: scripts/install-deps test")
    sys.exit(0)

READER = "<anna@school.example>"
HOST = "mx.school.example"

CITY = "192.0.2.10"  # the mail server of city.example, and of the others here
LISTS = "192.0.2.20"  # of lists.club.example
FORWARDER = "198.51.100.7"  # some alumni forwarding service
EVIL = "203.0.113.66"  # somebody else's


@dataclass
class Message:
    title: str
    story: str  # one sentence for a newcomer
    data: bytes
    client: str
    mail_from: str
    reply: str  # what the sender sees begins so
    verdict: str  # the word for the table: "inbox", "junk", "refused"
    dmarc: str
    helo: str = "mail.sender.example"
    login: str = None
    has: list = field(default_factory=list)  # in the delivered header, folds undone
    lacks: list = field(default_factory=list)
    log: list = field(default_factory=list)


class Key:
    """A key pair; what dkimpy signs with, and the record for the DNS."""

    def __init__(self, kind):
        self.kind = kind
        if kind == "ed25519":
            seed = nacl.signing.SigningKey.generate()
            self.private = base64.b64encode(bytes(seed))
            public = base64.b64encode(bytes(seed.verify_key)).decode()
        else:
            self.private = self._openssl("genrsa", "2048")
            pem = self._openssl("rsa", "-pubout", stdin=self.private).decode()
            public = "".join(line for line in pem.splitlines() if "-" not in line)
        self.record = f"v=DKIM1; k={kind}; p={public}"

    @staticmethod
    def _openssl(*arguments, stdin=b""):
        result = subprocess.run(
            ["openssl", *arguments],
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=True,
        )
        return result.stdout


def crlf(text):
    return text.replace("\r\n", "\n").replace("\n", "\r\n").encode()


def sign(data, domain, selector, key, canon=(b"relaxed", b"relaxed")):
    """${data} with a signature of ${domain} on top."""
    return (
        dkim.sign(
            data,
            selector.encode(),
            domain.encode(),
            key.private,
            canonicalize=canon,
            signature_algorithm=f"{key.kind}-sha256".encode(),
        )
        + data
    )


def letter(author, subject, text="Dear Anna,\n\nthe meeting is on Friday.\n", extra=""):
    return crlf(
        f"{extra}From: {author}\nTo: Anna <anna@school.example>\nSubject: {subject}\n"
        f"Date: Mon, 23 Nov 2026 10:00:00 +0100\nMessage-ID: <{len(subject)}@sender.example>\n"
        f"MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n{text}"
    )


def text_record(name, text):
    """A TXT record in master format: strings of 255 octets at most, ; and quotes safe."""
    strings = " ".join(f'"{piece}"' for piece in re.findall(".{1,200}", text))
    return f"{name}. 300 IN TXT {strings}\n"


SPF = {
    "city.example": f"v=spf1 ip4:{CITY} -all",
    "shop.example": f"v=spf1 ip4:{CITY} ~all",
    "news.example": f"v=spf1 ip4:{CITY} -all",
    "friend.example": f"v=spf1 ip4:{CITY} -all",
    "lists.club.example": f"v=spf1 ip4:{LISTS} -all",
    "evil.example": f"v=spf1 ip4:{EVIL} -all",
}
DMARC = {
    "city.example": "v=DMARC1; p=reject; rua=mailto:dmarc@city.example",
    "shop.example": "v=DMARC1; p=quarantine",
    "news.example": "v=DMARC1; p=none",
}


class Post:
    """The messages and their zone: `messages` in order, `zone` in master format."""

    def __init__(self):
        self.rsa, self.ed25519 = Key("rsa"), Key("ed25519")
        self.messages = [
            *self.good(),
            *self.forged(),
            *self.tricks(),
            *self.others(),
        ]

    @property
    def zone(self):
        lines = [
            "$ORIGIN .\n$TTL 300\n",
            ". IN SOA ns.example. hostmaster.example. 1 3600 600 86400 60\n",
            ". IN NS ns.example.\n",
        ]
        lines += [text_record(name, text) for name, text in SPF.items()]
        lines += [text_record("_dmarc." + name, text) for name, text in DMARC.items()]
        for name in ("city.example", "lists.club.example"):
            lines.append(text_record("s1._domainkey." + name, self.rsa.record))
        lines.append(text_record("e1._domainkey.city.example", self.ed25519.record))
        # A loop: there is an answer, but never an end.
        lines.append("_dmarc.broken.example. 300 IN CNAME _dmarc.loop.example.\n")
        lines.append("_dmarc.loop.example. 300 IN CNAME _dmarc.broken.example.\n")
        return "".join(lines)

    def good(self):
        signed = sign(letter("City <info@city.example>", "Meeting"), "city.example", "s1", self.rsa)
        both = sign(
            letter("City <info@city.example>", "Meeting, signed twice"),
            "city.example",
            "s1",
            self.rsa,
            (b"simple", b"simple"),
        )
        both = sign(both, "city.example", "e1", self.ed25519)
        return [
            Message(
                "all is right",
                "The city's own server sends it and the city signed it.",
                signed,
                CITY,
                "<info@city.example>",
                "250",
                "inbox",
                "pass",
                has=[
                    "dmarc=pass",
                    "spf=pass smtp.mailfrom=city.example",
                    "dkim=pass header.d=city.example",
                ],
                lacks=["X-Spam-Flag"],
                log=["action=accept", "dmarc=pass", "spf=pass(city.example)"],
            ),
            Message(
                "two signatures",
                "Signed with an RSA and with an Ed25519 key.",
                both,
                CITY,
                "<info@city.example>",
                "250",
                "inbox",
                "pass",
                has=["dmarc=pass", "header.s=s1 header.a=rsa-sha256", "header.a=ed25519-sha256"],
                log=["action=accept", "dkim=pass(city.example/e1)"],
            ),
            Message(
                "forwarded",
                "A forwarding service passes it on: SPF fails there, the signature still holds.",
                signed,
                FORWARDER,
                "<info@city.example>",
                "250",
                "inbox",
                "pass",
                has=["dmarc=pass", "spf=fail", "dkim=pass"],
                log=["action=accept", "spf=fail(city.example)"],
            ),
            Message(
                "not signed",
                "Not signed, but it comes from the city's own server.",
                letter("City <info@city.example>", "Not signed"),
                CITY,
                "<info@city.example>",
                "250",
                "inbox",
                "pass",
                has=["dmarc=pass", "spf=pass", "dkim=none"],
                log=["action=accept"],
            ),
        ]

    def forged(self):
        def lie(author, subject):
            return letter(f"Head Office <{author}>", subject, "Please pay at once.\n")

        return [
            Message(
                "forged, p=reject",
                "Somebody else writes in the city's name; the city asks to refuse that.",
                lie("info@city.example", "Invoice"),
                EVIL,
                "<bounce@evil.example>",
                "550 5.7.26",
                "refused",
                "fail",
                log=["action=reject", "dmarc=fail", "policy=reject", "from=city.example"],
            ),
            Message(
                "forged, p=quarantine",
                "The same with a shop's name; the shop asks to treat it with suspicion.",
                lie("orders@shop.example", "Your order"),
                EVIL,
                "<bounce@evil.example>",
                "250",
                "junk",
                "fail",
                has=["dmarc=fail", "dis=quarantine", "X-Spam-Flag: YES"],
                log=["action=header", "policy=quarantine"],
            ),
            Message(
                "forged, p=none",
                "The same with a paper's name; it publishes a policy that asks for nothing.",
                lie("desk@news.example", "News"),
                EVIL,
                "<bounce@evil.example>",
                "250",
                "inbox",
                "fail",
                has=["dmarc=fail", "dis=none"],
                lacks=["X-Spam-Flag"],
                log=["action=accept", "policy=none"],
            ),
        ]

    def tricks(self):
        signed = sign(
            letter("City <info@city.example>", "Account", "Pay to account 1.\n"),
            "city.example",
            "s1",
            self.rsa,
        )
        believed = sign(letter("City <info@city.example>", "Trust me"), "city.example", "s1", self.rsa)
        claims = (
            f"Authentication-Results: {HOST}; dmarc=pass header.from=bank.example\n"
            "Authentication-Results: (really) MX.School.Example. /1; dkim=pass\n"
            "Authentication-Results: mx.other.example; spf=pass\n"
        )
        return [
            Message(
                "changed on the way",
                "A signed message whose text was changed: the signature no longer holds.",
                signed.replace(b"account 1", b"account 2"),
                EVIL,
                "<bounce@evil.example>",
                "550 5.7.26",
                "refused",
                "fail",
                log=["action=reject", "dkim=fail(city.example/s1)"],
            ),
            Message(
                "brings its own results",
                "A good message that carries results in our name: they are removed.",
                crlf(claims) + believed,
                CITY,
                "<info@city.example>",
                "250",
                "inbox",
                "pass",
                has=["dmarc=pass", "Authentication-Results: mx.other.example; spf=pass"],
                lacks=["bank.example", "really"],
                log=["action=accept"],
            ),
            Message(
                "two From lines",
                "One line for the check, another for the reader: no honest program does that.",
                letter(
                    "City <info@city.example>", "Which one?", extra="From: <joe@evil.example>\n"
                ),
                EVIL,
                "<joe@evil.example>",
                "550 5.7",
                "refused",
                "permerror",
                log=["action=reject", "rule=bad_from"],
            ),
        ]

    def others(self):
        posted = letter(
            "City <info@city.example>",
            "[club] Meeting",
            extra="List-Id: Club <members.lists.club.example>\n",
        )
        return [
            Message(
                "through a mailing list",
                "A list changed it and signed it itself: marked where it would be refused.",
                sign(posted, "lists.club.example", "s1", self.rsa),
                LISTS,
                "<members-bounces@lists.club.example>",
                "250",
                "junk",
                "fail",
                has=["dmarc=fail", "X-Spam-Flag: YES", "dkim=pass header.d=lists.club.example"],
                log=["action=header", "rule=mailing_list"],
            ),
            Message(
                "no policy",
                "A domain that publishes no DMARC record: nothing to hold it to.",
                letter("Bob <bob@friend.example>", "Hello"),
                CITY,
                "<bob@friend.example>",
                "250",
                "inbox",
                "none",
                has=["dmarc=none", "spf=pass"],
                log=["action=accept", "dmarc=none"],
            ),
            Message(
                "DNS in trouble",
                "The policy cannot be read just now: the sender is asked to try again later.",
                letter("Eve <eve@broken.example>", "Later"),
                EVIL,
                "<eve@evil.example>",
                "451 4.7.0",
                "later",
                "temperror",
                log=["action=tempfail", "dmarc=temperror"],
            ),
            Message(
                "our own user",
                "A teacher who logged in sends from home: no checks for our own people.",
                letter("Ben <ben@school.example>", "From home"),
                FORWARDER,
                "<ben@school.example>",
                "250",
                "inbox",
                "-",
                login="ben",
                lacks=["Authentication-Results"],
                log=["action=accept", "rule=authenticated"],
            ),
        ]
