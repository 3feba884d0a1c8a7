"""Messages whose From and results an MTA may rewrite behind the filter, and how to see that.

    made = Generator(seed).message()        octets, CRLF lines
    accepted = judged(ctl, messages, mta)   those that the filter lets in: (octets, domain)
    differs(before, after, domain)          what another reader sees now; None: the same
    deceives(message, domain)               what a reader sees that is not ${domain}'s; or None
"""

import email.policy
import functools
import json
import os
import random
import re
import subprocess
from email.parser import BytesHeaderParser
from email.utils import getaddresses

OUR_ID = "mx.school.example"
ZONE = """$ORIGIN .
$TTL 300
. IN SOA ns. hostmaster. 1 3600 600 86400 60
. IN NS ns.
_dmarc.evil.example TXT "v=DMARC1; p=none"
evil.example TXT "v=spf1 +all"
_dmarc.victim.example TXT "v=DMARC1; p=reject"
victim.example TXT "v=spf1 -all"
_dmarc.school.example TXT "v=DMARC1; p=reject"
"""


class Generator:
    """Fields near the edge of what is accepted: long lines and names, quotes, dots, comments."""

    WORDS = ("Jan", "A.", "O'Neil", "de", "J.R.", "x", "ceo", "=?utf-8?q?J=C3=A9?=", "Jos\u00e9")
    INNER = ("Jan", "the boss", "a, b", "<ceo@victim.example>", "ceo@victim.example", "(x)", "a.b", "%")

    def __init__(self, seed):
        self.r = random.Random(seed)

    def pad(self):
        return self.r.choice(("", "", "", " ", "x")) * self.r.choice((1, 5, 100, 200, 240, 700, 880, 960))

    def quoted(self):
        text = "".join(self.r.choice(self.INNER + ('\\"', "\\\\", " ")) for _ in range(self.r.randint(1, 4)))
        return f'"{text}{self.pad()}"'

    def comment(self):
        text = "".join(self.r.choice(self.INNER[:2] + ("\\)", '"', "x@victim.example")) for _ in range(2))
        return f"({text}{self.pad()})"

    def phrase(self):
        pieces = [self.r.choice((self.word, self.quoted, self.comment))() for _ in range(self.r.randint(0, 3))]
        return self.blank().join(pieces)

    def word(self):
        return self.r.choice(self.WORDS)

    def blank(self):
        return self.r.choice((" ", " ", "\r\n ", "\r\n\t")) + self.r.choice(("", "", " " * 300))

    def address(self):
        local = self.r.choice(("x", "joe.smith", '"a b"', "u%victim.example", "victim.example!u", "a+b"))
        domain = self.r.choice(("evil.example",) * 8 + ("victim.example.evil.example", "localhost", "EVIL.example."))
        return f"{local}@{domain}"

    def mailbox(self):
        if self.r.random() < 0.2:
            return self.address() + self.r.choice(("", " " + self.comment()))
        route = "@victim.example:" if self.r.random() < 0.03 else ""
        return f"{self.phrase()} <{route}{self.address()}>"

    def malformed(self):
        """What the second reading of a malformed From may take."""
        name = self.r.choice(("J\u00e9", "x [IT]", "a\\\\b", f"x [{self.pad()}]", "u. O'Neil", "=?utf-8?q?J=C3=A9?=", "(c)", '"a, b"', "100 %"))
        address = self.address()
        name = self.r.choice((address, f'"{address}"', name, f"{name} {self.word()} \\x", f"{name}."))
        return f"{name}{self.blank()}<{address}>{self.r.choice(('', '', ' ', ';', ','))}"

    def value(self):
        if self.r.random() < 0.25:
            return self.malformed()
        boxes = [self.mailbox() for _ in range(self.r.choice((1, 1, 1, 1, 2, 3)))]
        if self.r.random() < 0.2:
            boxes.insert(self.r.randint(0, len(boxes)), self.r.choice((f"{self.quoted()}:;", self.comment())))
        text = self.r.choice((",", ", ", ",\r\n ")).join(boxes)
        return f"staff: {text};" if self.r.random() < 0.05 else text

    def results(self):
        forged = f"{OUR_ID}; dmarc=pass header.from=victim.example"
        length = self.r.choice((10, 800, 860, 890, 940, 960, 1000, 1900))
        return f"({'a' * length}) {forged}) other.example; none" if length > 10 else "other.example; none"

    def message(self):
        lines = [f"From: {self.value()}"]
        if self.r.random() < 0.5:
            lines.insert(0, f"Authentication-Results: {self.results()}")
        lines += ["To: anna@school.example", "Subject: x", "Date: Mon, 30 Nov 2026 10:00:00 +0000"]
        lines += [f"Message-ID: <{self.r.getrandbits(64):x}@evil.example>", "", "hi", ""]
        return "\r\n".join(lines).encode()


def judged(ctl, folder, messages, mta):
    """Those that are let in, as the filter would leave them: (octets, author domain)."""
    os.makedirs(folder)
    with open(os.path.join(folder, "zone"), "w", encoding="ascii") as f:
        f.write(ZONE)
    with open(os.path.join(folder, "conf"), "w", encoding="ascii") as f:
        f.write(f"AuthservID {OUR_ID}\n")
    mail = os.path.join(folder, "mail")
    os.mkdir(mail)
    for number, message in enumerate(messages):
        with open(os.path.join(mail, f"{number:06}"), "wb") as f:
            f.write(message)
    command = [ctl, "test", "--json", "--mta", mta, "-c", os.path.join(folder, "conf")]
    command += ["--zone", os.path.join(folder, "zone"), "--client", "192.0.2.66", "--helo", "evil.example"]
    done = subprocess.run([*command, "--mail-from", "x@evil.example", mail], capture_output=True, check=True)
    found = (json.loads(line) for line in done.stdout.splitlines())
    good = {}
    for one in found:
        if one["action"] == "accept" and one["from"]["status"] in ("ok", "malformed_one_domain"):
            number = int(os.path.basename(one["file"]))
            removed = bool(one["headers"]["remove"])
            good[number] = (without_results(messages[number]) if removed else messages[number], one["from"]["domain"])
    return [good[number] for number in sorted(good)]


def without_results(message):
    return re.sub(rb"\AAuthentication-Results:.*\r\n(?:[ \t].*\r\n)*", b"", message)


def header(message):
    return BytesHeaderParser(policy=email.policy.compat32).parsebytes(message)


class PerlReaders:
    """Mail::Address and Email::Address::XS, asked by pipe."""

    SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "from_readers.pl")

    def __init__(self):
        self.process = subprocess.Popen(["perl", self.SCRIPT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def read(self, values):
        self.process.stdin.write(json.dumps(values) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


@functools.cache
def perl_readers():
    return PerlReaders()


def domains(addresses):
    return {a.rpartition("@")[2].rstrip(".").lower() for a in addresses if a}


def readings(message):
    """The author domains that each reader sees; Python's older one takes much for an address."""
    values = [str(v).replace("\r", "").replace("\n", "") for v in header(message).get_all("From", [])]
    seen = {"getaddresses": domains(a for _, a in getaddresses(values))}
    octets = [v.encode("utf-8", "surrogateescape").decode("latin-1") for v in values]
    return seen | {reader: domains(found) for reader, found in perl_readers().read(octets).items()}


def claims_us(message):
    for value in header(message).get_all("Authentication-Results", []):
        bare = re.sub(r"\((?:\\.|[^()\\])*\)", " ", str(value))
        if bare.strip().lower().startswith(OUR_ID):
            return True
    return False


def differs(before, after, domain):
    if claims_us(after):
        return "results in our name"
    was = readings(before)
    for reader, seen in readings(after).items():
        if seen not in (was[reader], {domain}):
            return f"{reader}: {sorted(was[reader])} became {sorted(seen)}"
    return None


def deceives(message, domain):
    if claims_us(message):
        return "results in our name"
    for reader, seen in readings(message).items():
        if others := sorted(d for d in seen - {domain} if "." in d):
            return f"{reader} shows {others}"
    return None
