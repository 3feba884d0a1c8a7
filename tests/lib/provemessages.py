#!/usr/bin/python3
"""The messages and the zone of `beschermctl prove`, in conf/prove: what they are, and how
they are made.

    tests/lib/provemessages.py           are they what this would make?  (exit 1: no)
    tests/lib/provemessages.py --write   make all of them anew, with a key of their own

The private key is in memory alone and gone with this process: nobody can sign another
message for beschermd.test, and no signature can be renewed without a new zone.  Nothing in
them runs out.
"""

import base64
import hashlib
import os
import re
import subprocess
import sys
from dataclasses import dataclass

ZONE = "beschermd.test"
FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "conf", "prove")
GOOD, STRANGER = "192.0.2.10", "192.0.2.99"  # who may send for spf.beschermd.test, and who may not
KEY_BITS = "4096"  # enough for any MinimumKeyBits
SELECTOR = "prove"
SIGNED = ("from", "to", "subject", "date", "message-id", "mime-version", "content-type")
# In the forged results of case 11 for the authserv-id of the server: as it is, and in capitals.
OUR_ID, OUR_ID_CAPITALS = "@id@", "@ID@"


@dataclass
class Case:
    number: int
    client: str
    author: str  # label of the domain in From
    wanted: str  # "caught"; "delivered"; "deferred": or caught
    dmarc: str  # the result that leads to it
    title: str
    nl: str
    by: str = None  # label of MAIL FROM and HELO, where it is not that of From
    path: bool = False  # the reverse-path is what is tested: elsewhere it is null, so that nothing comes back
    signer: str = None  # label of d=
    altered: bool = False  # in the body, once it was signed
    head: str = ""  # fields on top

    @property
    def helo(self):
        return f"{self.by or self.author}.{ZONE}"

    @property
    def mail_from(self):
        return f"test@{self.helo}" if self.path else ""

    @property
    def file(self):
        return f"{self.number:02}.eml"

    def row(self):
        return "|".join(
            [f"{self.number:02}", self.client, self.helo, self.mail_from, f"{self.author}.{ZONE}"]
            + [self.wanted, self.dmarc, self.title, self.nl]
        )


FORGED_RESULTS = (
    f"Authentication-Results: {OUR_ID}; dmarc=pass header.from=bank.example\n"
    f"authentication-results: {OUR_ID_CAPITALS} 1;\n\tdmarc=pass header.from=bank.example\n"
    f"Authentication-Results: (checked (twice))\n {OUR_ID} ; spf=pass smtp.mailfrom=bank.example\n"
)

CASES = [
    Case(1, STRANGER, "fail", "caught", "fail",
         "forged, the domain asks to refuse it", "vervalst, het domein vraagt om weigeren"),
    Case(2, GOOD, "spf", "delivered", "pass", "genuine by SPF", "echt volgens SPF",
         path=True),
    Case(3, GOOD, "spf", "delivered", "pass", "genuine bounce, by SPF of its HELO",
         "echte niet-bezorgdmelding, volgens SPF van de HELO"),
    Case(4, STRANGER, "dkim", "delivered", "pass", "genuine by DKIM", "echt volgens DKIM",
         signer="dkim"),
    Case(5, STRANGER, "dkim", "caught", "fail", "signed, and changed afterwards",
         "ondertekend, en daarna veranderd", signer="dkim", altered=True),
    Case(6, STRANGER, "strict", "caught", "fail", "signed by a subdomain that does not count (adkim=s)",
         "ondertekend door een subdomein dat niet telt (adkim=s)", signer="sub.strict"),
    Case(7, GOOD, "strict", "caught", "fail", "SPF of a subdomain that does not count (aspf=s)",
         "SPF van een subdomein dat niet telt (aspf=s)", by="sub.strict", path=True),
    Case(8, STRANGER, "news.org", "delivered", "pass", "signed by the domain above it",
         "ondertekend door het domein erboven", signer="org"),
    Case(9, STRANGER, "ghost.sp", "caught", "fail", "forged, of a subdomain that does not exist (sp=reject)",
         "vervalst, van een subdomein dat niet bestaat (sp=reject)"),
    Case(10, STRANGER, "quar", "caught", "fail", "forged, the domain asks for quarantine",
         "vervalst, het domein vraagt om quarantaine"),
    Case(11, GOOD, "spf", "delivered", "pass", "genuine, with forged results in our name",
         "echt, met vervalste uitslagen op onze naam", head=FORGED_RESULTS, path=True),
    Case(12, GOOD, "spf", "caught", "permerror", "two authors (From twice)",
         "twee afzenders (tweemaal From)", head=f"From: Somebody <test@fail.{ZONE}>\n"),
    Case(13, STRANGER, "temp", "deferred", "temperror", "SPF that cannot be looked up now",
         "SPF die nu niet op te zoeken is"),
    Case(14, STRANGER, "none", "delivered", "none", "a domain that asks for nothing",
         "een domein dat niets vraagt"),
]

RECORDS = [
    ("fail", "v=spf1 -all", "v=DMARC1; p=reject"),
    ("spf", f"v=spf1 ip4:{GOOD} -all", "v=DMARC1; p=reject; aspf=s"),
    ("dkim", "v=spf1 -all", "v=DMARC1; p=reject"),
    ("strict", "v=spf1 -all", "v=DMARC1; p=reject; adkim=s; aspf=s"),
    ("sub.strict", f"v=spf1 ip4:{GOOD} -all", None),
    ("org", "v=spf1 -all", "v=DMARC1; p=reject"),
    ("news.org", "v=spf1 -all", None),
    ("sp", "v=spf1 -all", "v=DMARC1; p=none; sp=reject"),
    ("quar", "v=spf1 -all", "v=DMARC1; p=quarantine"),
    ("temp", f"v=spf1 include:loop.{ZONE} -all", "v=DMARC1; p=reject"),
    ("none", "no policy", None),
]

ABOUT = """\
This is a test of beschermctl prove: it shows that this mail server
checks what comes in.  It is never delivered; where you find it in a
queue, it can be deleted.
"""

ZONE_HEAD = f"""\
; The domains of the test messages of beschermctl prove (NN.eml), which beschermd believes in
; its test sessions alone.  Not for a name server.  Made by tests/lib/provemessages.py.
$ORIGIN {ZONE}.
$TTL 300
"""

TABLE_HEAD = """\
# The messages of beschermctl prove, one a line; NN.eml is its text, zone has its domains.
# number|client|HELO|MAIL FROM, empty: null|domain of From|what the rule wants|DMARC result|title|in Dutch
# wants: caught (refused, held or marked), delivered, deferred (or caught).
# @id@ and @ID@ in 11.eml: the authserv-id of the server, as it is and in capitals.
"""


class Key:
    def __init__(self):
        self.pem = self.openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{KEY_BITS}")
        der = self.openssl("pkey", "-pubout", "-outform", "DER", stdin=self.pem)
        self.public = base64.b64encode(der).decode()

    @staticmethod
    def openssl(*arguments, stdin=b"", files=()):
        done = subprocess.run(["openssl", *arguments], input=stdin, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, pass_fds=files, check=True)
        return done.stdout

    def sign(self, data):
        fd = os.memfd_create("key")
        try:
            os.write(fd, self.pem)
            signature = self.openssl("dgst", "-sha256", "-sign", f"/dev/fd/{fd}", stdin=data, files=(fd,))
        finally:
            os.close(fd)
        return base64.b64encode(signature).decode()


class NoKey:
    """Everything but what the key makes."""

    public = "*"

    @staticmethod
    def sign(_):
        return "*"


def folded(text):
    return "".join("\n\t " + text[i : i + 64] for i in range(0, len(text), 64))


def relaxed(name, value):
    return f"{name.lower()}:{re.sub(chr(92) + 's+', ' ', value).strip()}"


def signature(head, body, signer, key):
    """RFC 6376, relaxed/relaxed, for a body without blanks at line ends or empty lines at its end."""
    fields = {name.lower(): value for name, value in
              (line.split(":", 1) for line in head.splitlines())}
    body = re.sub(" +", " ", body).replace("\n", "\r\n")
    digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
    value = (
        f" v=1; a=rsa-sha256; c=relaxed/relaxed; d={signer}.{ZONE};\n"
        f"\ts={SELECTOR}; h={':'.join(SIGNED)};\n"
        f"\tbh={digest};\n"
        "\tb="
    )
    text = "".join(relaxed(name, fields[name]) + "\r\n" for name in SIGNED)
    text += relaxed("dkim-signature", value)
    return f"DKIM-Signature:{value}{folded(key.sign(text.encode())).lstrip()}\n"


def message(case, key):
    head = (
        f"From: Test <test@{case.author}.{ZONE}>\n"
        f"To: prove@{ZONE}\n"
        f"Subject: beschermctl prove {case.number}: {case.title}\n"
        "Date: Mon, 30 Nov 2026 02:00:00 +0000\n"
        f"Message-ID: <{case.number}.prove@{ZONE}>\n"
        "MIME-Version: 1.0\n"
        "Content-Type: text/plain; charset=us-ascii\n"
    )
    signed = signature(head, ABOUT, case.signer, key) if case.signer else ""
    body = ABOUT.replace("never delivered", "never, ever delivered") if case.altered else ABOUT
    return case.head + signed + head + "\n" + body


def txt(name, text):
    return f"{name} TXT " + " ".join(f'"{piece}"' for piece in re.findall(".{1,200}", text)) + "\n"


def zone(key):
    text = ZONE_HEAD
    for label, spf, dmarc in RECORDS:
        text += txt(label, spf)
        if dmarc is not None:
            text += txt(f"_dmarc.{label}", dmarc)
    text += f"loop CNAME loop2.{ZONE}.\nloop2 CNAME loop.{ZONE}.\n"
    for label in sorted({case.signer for case in CASES if case.signer}):
        text += txt(f"{SELECTOR}._domainkey.{label}", f"v=DKIM1; k=rsa; p={key.public}")
    return text


def files(key):
    made = {"zone": zone(key), "cases": TABLE_HEAD + "".join(c.row() + "\n" for c in CASES)}
    made.update({case.file: message(case, key) for case in CASES})
    return made


def read(name):
    with open(os.path.join(FOLDER, name), encoding="ascii") as f:
        return f.read()


def without_key(text):
    """What files(NoKey()) would say in its place."""
    text = re.sub(r"(\tb=)[A-Za-z0-9+/=]+(\n\t [A-Za-z0-9+/=]+)*\n", r"\1*\n", text)
    return re.sub(r'k=rsa; p=[A-Za-z0-9+/=]+"( "[A-Za-z0-9+/=]+")*', 'k=rsa; p=*"', text)


def differences():
    """The files that are not what this makes, whatever the key."""
    made = files(NoKey())
    there = set(os.listdir(FOLDER))
    return sorted((there ^ set(made)) | {n for n in there & set(made) if without_key(read(n)) != made[n]})


def main():
    if sys.argv[1:] == ["--write"]:
        for name, text in files(Key()).items():
            with open(os.path.join(FOLDER, name), "w", encoding="ascii") as f:
                f.write(text)
        return 0
    if sys.argv[1:]:
        print(__doc__, file=sys.stderr)
        return 64
    for name in differences():
        print(f"conf/prove/{name} is not what tests/lib/provemessages.py makes")
    return 1 if differences() else 0


if __name__ == "__main__":
    sys.exit(main())
