#!/usr/bin/python3
"""beschermctl audit and the servers that it connects to, in a network of its own, as root: zones signed
now, one Postfix that is many mail hosts, and servers that do what none should.  TAP.

posttls-finger(1) has to come to the same in every case of DANE.  No packet leaves.
builddir: where beschermctl is.
"""

import csv
import hashlib
import io
import itertools
import json
import os
import socket
import struct
import subprocess
import sys
import threading
import unicodedata
import xml.etree.ElementTree
from functools import partial, update_wrapper

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import mailhosts
import ownhost
import postfix
import signedzones
import tap
from badtls import ODD, BadServers, context_of
from running import BUILD, work_folder

SO_TIMESTAMPNS = 35
CTL = os.path.join(BUILD, "beschermctl")
STARTTLS, DANE = "MAIL-BEVEILIG-001", "MAIL-BEVEILIG-002"
RULES = "BEVEILIG-001,BEVEILIG-002"
# Of the internet, as far as anybody can tell by the address; within, as nobody should knock at.
PUBLIC, PUBLIC6, WITHIN = "11.22.33.44", "2a00::25", ("10.0.0.5", "127.0.0.5", "169.254.169.254", "192.0.2.5")
MOST = 25  # connections to an address
LATE = 0.05  # seconds: what one processor sent after the other, seen by a busy kernel before it


def missing():
    return ownhost.missing("openssl", "posttls-finger") or signedzones.missing() or postfix.missing()


class Doors(threading.Thread):
    """All packets of TCP to port 25: who was knocked at, how often, how many at once."""

    def __init__(self):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
        self.socket.bind(("lo", 0))
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 24)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.count, self.open, self.spans = {}, {}, {}
        self.gaps, self.ended = {}, {}
        self.start()

    def run(self):
        while True:
            packet, ancillary, _, address = self.socket.recvmsg(128, 256)
            if address[2] == socket.PACKET_HOST and packet[9] == socket.IPPROTO_TCP:
                seconds, ns = struct.unpack("ll", ancillary[0][2][:16])
                self.see(packet, seconds + ns / 1e9)

    def see(self, packet, at_time):
        at = (packet[0] & 15) * 4
        sport, dport = struct.unpack(">HH", packet[at : at + 4])
        flags = packet[at + 13]
        source, to = socket.inet_ntoa(packet[12:16]), socket.inet_ntoa(packet[16:20])
        if dport == 25 and flags & 0x12 == 0x02:
            self.count[to] = self.count.get(to, 0) + 1
            if to in self.ended:
                self.gaps.setdefault(to, []).append(at_time - self.ended[to])
            self.open[to, sport] = at_time
        elif dport == 25 and flags & 0x05:
            self.end(to, sport, at_time)
            self.ended[to] = at_time
        elif sport == 25 and flags & 0x04:
            self.end(source, dport, at_time)

    def end(self, to, port, at_time):
        if (to, port) in self.open:
            self.spans.setdefault(to, []).append((self.open.pop((to, port)), at_time))

    def overlaps(self):
        """Addresses with two connections at a time."""
        return {to for to, spans in self.spans.items() for (_, end), (begin, _) in itertools.pairwise(sorted(spans)) if end > begin + LATE}


class Resolver(threading.Thread):
    """Passes questions on and says that what it answers was checked: all of it is signed here."""

    def __init__(self, to):
        super().__init__(daemon=True)
        self.to = to
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 53))
        self.start()

    def run(self):
        while True:
            query, asker = self.socket.recvfrom(4096)
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
                s.settimeout(5)
                s.connect(("127.0.0.1", self.to))
                s.send(query)
                try:
                    answer = bytearray(s.recv(65535))
                except OSError:
                    continue
            answer[3] |= 0xA0  # RA and AD
            self.socket.sendto(bytes(answer), asker)


# A host: what its Postfix has, and what of DANE it publishes.

# Postfix sets OpenSSL's level to 0: what is too weak is to be named.
SIGNATURES = """postfix = postfix_settings
[postfix_settings]
ssl_conf = postfix_ssl_settings
[postfix_ssl_settings]
system_default = baseline
[baseline]
SignatureAlgorithms = ECDSA+SHA256:ECDSA+SHA384:RSA-PSS+SHA256:RSA-PSS+SHA384:RSA+SHA256:RSA+SHA384
"""
STRICT = {
    "smtpd_tls_protocols": ">=TLSv1.2",
    "smtpd_tls_exclude_ciphers": "aNULL, kRSA, kDHE, SHA1, AESCCM8",
    "tls_preempt_cipherlist": "yes",
    "tls_config_name": "postfix",
}


class Hosts:
    """Domains NAME.secure, each with a host mx.NAME.secure and an address of its own."""

    def __init__(self, certificates):
        self.certificates = certificates
        self.zone, self.services = "", ""
        self.places, self.addresses = [], {}
        self.last = 9

    def add(self, name, settings=None, tlsa=(), address=None):
        """${settings} None: another server is there."""
        if address is None:
            self.last += 1
            address = f"192.0.2.{self.last}"
        self.addresses[name] = address
        self.zone += f"{name} MX 10 mx.{name}.secure.\nmx.{name} A {address}\n"
        self.zone += "".join(f"_25._tcp.mx.{name} TLSA {record}\n" for record in tlsa)
        if address.startswith("192.0.2.") and address not in WITHIN:
            self.places.append(f"mx.{name}.secure={address}")
        if settings is not None:
            self.services += mailhosts.service(address, f"mx.{name}.secure", settings)
        return address

    def postfix(self, name, *chains, tlsa=(), **settings):
        files = ", ".join(self.certificates.path(f"{chain}.pem") for chain in chains)
        own = {"smtpd_tls_security_level": "may", "smtpd_tls_chain_files": files, **STRICT}
        own["tls_config_file"] = self.certificates.path("tls.cnf")
        own.update(settings)
        return self.add(name, own, tlsa)


    def postscreen(self):
        """One that lets new clients wait, with a greeting in two parts."""
        address = self.add("screen", tlsa=[self.certificates.tlsa("ee", 3, 1)])
        self.services += (
            f"{address}:25 inet n - n - 1 postscreen\n  -o postscreen_greet_wait=1s\n"
            "  -o { postscreen_greet_banner = wait a moment }\n"
            "  -o { postscreen_cache_map = internal:screen }\n"
            "dnsblog unix - - n - 0 dnsblog\ntlsproxy unix - - n - 0 tlsproxy\nsmtpd pass - - n - - smtpd\n"
            f"  -o smtpd_tls_security_level=may\n  -o smtpd_tls_chain_files={self.certificates.path('ee.pem')}\n"
            f"  -o tls_config_file={self.certificates.path('tls.cnf')}\n"
        ) + "".join(f"  -o {{ {name} = {value} }}\n" for name, value in STRICT.items())


def make_dane(hosts, c):
    """Each with the verdict that it has to come to."""
    ee, rsa = c.tlsa("ee", 3, 1), c.tlsa("rsa", 3, 1)
    wrong = "3 1 1 " + "ab" * 32
    c.make("ta", "ec1", "mx.ta.secure")
    c.make("nexthop", "ec1", "nexthop.secure")
    c.make("other", "ec1", "mx.elsewhere.test")
    c.make("old", "ec1", "mx.old.secure", expired=True)
    anchor = c.tlsa("ca", 2, 0)
    wanted = {}
    for name, chains, tlsa, verdict in (
        ("ee", ["ee"], [ee], "met"),
        ("whole", ["ee"], [c.tlsa("ee", 3, 0)], "met"),
        ("wrong", ["ee"], [wrong], "not_met"),
        ("roll", ["ee"], [wrong, ee], "met"),
        ("expired", ["old"], [c.tlsa("old", 3, 1)], "met"),
        ("ta", ["ta"], [anchor], "met"),
        ("nexthop", ["nexthop"], [anchor], "met"),
        ("othername", ["other"], [anchor], "not_met"),
        ("old", ["old"], [anchor], "not_met"),
        ("both", ["ee", "rsa"], [ee, rsa], "met"),
        ("half", ["ee", "rsa"], [rsa], "not_met"),
        ("pkix", ["ee"], ["1 1 1 " + ee[6:]], "not_met"),
        ("none", ["ee"], [], "not_met"),
    ):
        hosts.postfix(name, *chains, tlsa=tlsa)
        wanted[name] = verdict
    return wanted


BAD = {
    "ssl3": ("not_met", "tls.version"),
    "export": ("not_met", "tls.suite"),
    "unoffered": ("not_met", "tls.handshake"),
    "garbage": ("not_met", "tls.handshake"),
    "endless": ("not_met", "tls.handshake"),
    "short": ("not_met", "tls.handshake"),
    "inject": ("not_met", "tls.injection"),
    "plain": ("not_met", "tls.starttls"),
    "refuses": ("not_met", "tls.starttls"),
    "third": ("untested", "tls.stopped"),
    "mute": ("untested", "tls.handshake"),
    "away": ("untested", "tls.stopped"),
    "closes": ("untested", "tls.stopped"),
    "lines": ("untested", "tls.stopped"),
    "words": ("untested", "tls.stopped"),
    "silent": ("untested", "tls.stopped"),
    "drip": ("untested", "tls.stopped"),
    "nul": ("untested", "tls.stopped"),
    "certs": ("not_met", "tls.handshake"),
}


class World:
    def __init__(self, folder):
        self.folder = folder
        c = mailhosts.Certificates(folder)
        c.key("ec1", "ec")
        c.key("rsa1", "3072")
        c.make("ee", "ec1", "mx.test")
        c.make("rsa", "rsa1", "mx.test")
        self.write("tls.cnf", SIGNATURES)
        self.hosts = Hosts(c)
        self.dane = make_dane(self.hosts, c)
        self.hosts.postfix(
            "default",
            "rsa",
            smtpd_tls_protocols=">=TLSv1",
            smtpd_tls_exclude_ciphers="",
            tls_config_file="none",
            tls_preempt_cipherlist="no",
        )
        self.hosts.postfix("behind", "ee")
        self.hosts.postscreen()
        self.hosts.postfix("open", "ee", smtpd_tls_security_level="none")
        for name in (*BAD, "odd"):
            self.hosts.add(name)
        c.make("odd", "ec1", "X" * len(ODD))
        self.odd = context_of(c.rename("odd", ODD))
        self.hosts.add("public", address=PUBLIC)
        self.hosts.zone += f"public AAAA {PUBLIC6}\nmx.public AAAA {PUBLIC6}\nmx.public AAAA 2a00::99\n"
        for i, address in enumerate(WITHIN):
            self.hosts.add(f"within{i}", address=address)
        self.hosts.zone += "".join(f"d{i} MX 10 mx.{h}.secure.\n" for i in range(100) for h in ("ee", "ta", "both"))
        self.addresses = self.hosts.addresses
        zones = dict(signedzones.ZONES)
        zones["secure"] += self.hosts.zone
        self.zones = signedzones.Zones(folder, zones)
        os.chmod(self.zones.anchor, 0o644)
        self.nsd, self.port = signedzones.serve(self.zones)
        self.conf = self.write("conf", f"Nameservers 127.0.0.1@{self.port}\nDNSSEC auto\n"
                                       f"TrustAnchorFile {self.zones.anchor}\n")  # fmt: skip
        self.finger = os.path.join(folder, "finger")
        os.makedirs(self.finger)
        # Also the Postfix of this host, whose way of sending mail is judged.
        self.write("finger/main.cf", "compatibility_level = 3.6\nqueue_directory = /nonexistent\n"
                                     "smtp_tls_security_level = dane\nsmtp_dns_support_level = dnssec\n")  # fmt: skip
        self.write("finger/master.cf", "smtp unix - - n - - smtp\n")
        self.postfix = postfix.PrivatePostfix(os.path.join(folder, "postfix"), services=self.hosts.services)

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="ascii") as f:
            f.write(text)
        return path

    def told(self, names, *arguments):
        """As text."""
        return self.begin(names, "--pause", "0", *arguments, form=()).communicate(timeout=120)[0].decode("utf-8", "surrogateescape")

    def begin(self, names, *arguments, rules=RULES, form=("--json",)):
        plan = self.write(f"plan.{names[0]}", "".join(f"Domain {name}.secure kind=mail\n" for name in names))
        command = [CTL, "audit", "-c", self.conf, "-f", plan, "--rules", rules, *form, *arguments]
        for place in self.hosts.places:
            command += ["--connect-to", place]
        env = dict(os.environ, LC_ALL="C", MAIL_CONFIG=self.finger)
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env)

    def end(self, audit):
        out, err = audit.communicate(timeout=120)
        try:
            made = json.loads(out)
        except ValueError:
            raise RuntimeError(f"no audit: {out!r} {err!r}") from None
        return made, {d["domain"].split(".")[0]: {r["rule"]: r for r in d["rules"]} for d in made["domains"]}

    def audit(self, names, *arguments):
        return self.end(self.begin(names, "--pause", "0", *arguments))


def told(rule):
    return "\n".join(f"{c['level']} {c['id']}: {c['text']}" for c in rule["checks"])


def has(rule, check, level):
    return any(c["id"] == check and c["level"] == level for c in rule["checks"])


def finger(world, name):
    """What posttls-finger(1) says of the domain."""
    done = subprocess.run(
        ["posttls-finger", "-c", "-l", "dane", "-t", "10", f"{name}.secure"],
        capture_output=True,
        text=True,
        timeout=60,
        env=dict(os.environ, MAIL_CONFIG=world.finger),
        check=False,
    )
    return done.stdout + done.stderr


def test_dane(world):
    made, rules = world.audit(list(world.dane))
    for name, verdict in world.dane.items():
        dane, starttls = rules[name][DANE], rules[name][STARTTLS]
        tap.ok(dane["verdict"] == verdict, f"DANE: {name} is {verdict}", told(dane))
        tap.ok(starttls["verdict"] == "met", f"STARTTLS: {name} is met", told(starttls))
        other = finger(world, name)
        tap.ok(("Verified TLS" in other) == (verdict == "met"), f"DANE: posttls-finger agrees on {name}", other)
    hosts = {h["host"]: h for h in made["hosts"]}
    both = hosts["mx.both.secure"]["addresses"][0]
    tap.equal(sorted(c["key"] for c in both["certificates"] if "mx" in c["subject"]), ["EC P-256", "RSA"],
              "both certificates are in the JSON")  # fmt: skip
    tap.ok(all(d["matched"] for d in both["dane"]), "and which TLSA records matched", both["dane"])
    # OpenSSL itself is served both, by what it asks for.
    for schemes, kind in (("RSA+SHA256:RSA-PSS+SHA256", "RSA"), ("ECDSA+SHA256", "EC P-256")):
        sent = subprocess.run(
            ["openssl", "s_client", "-starttls", "smtp", "-connect", f"{world.addresses['both']}:25", "-sigalgs", schemes],
            input=b"QUIT\n", capture_output=True, timeout=60, check=False,
        ).stdout  # fmt: skip
        fingerprint = mailhosts.openssl("x509", "-outform", "DER", input=sent)
        mine = [c["sha256"] for c in both["certificates"] if c["key"] == kind]
        tap.ok(hashlib.sha256(fingerprint).hexdigest() in mine, f"openssl s_client gets the same one of {kind}", mine)
    tap.ok(both["dialogue"][:2] == ["< 220 mx.both.secure ESMTP Postfix", f"> EHLO {made['host']}"],
           "and the dialogue", both["dialogue"])  # fmt: skip


def test_changed(world):
    """A certificate that is another than last time is told."""
    made, _ = world.audit(["ee"])
    kept = made["domains"][0]["facts"]["certificates"]
    tap.ok(len(kept) == 1 and kept[0].startswith("mx.ee.secure EC P-256 until 20"), "certificates are kept", kept)
    for what, before in (("the same", kept), ("another", [kept[0][:-4] + "0000"]), ("none", [])):
        made["domains"][0]["facts"]["certificates"] = before
        earlier = world.write("earlier.json", json.dumps(made))
        told = world.told(["ee"], "--compare", earlier)
        tap.ok(("its certificate was" in told) == (what == "another"), f"{what} is compared", told)


def test_levels(world):
    _, rules = world.audit(["default", "open", "screen"])
    tap.ok(rules["screen"][STARTTLS]["verdict"] == rules["screen"][DANE]["verdict"] == "met",
           "who lets us wait before it greets is waited for", told(rules["screen"][STARTTLS]))  # fmt: skip
    default, plain = rules["default"][STARTTLS], rules["open"][STARTTLS]
    tap.equal(default["verdict"], "not_met", "Postfix as Debian has it is not enough")
    for check, level in (("tls.version", "wrong"), ("tls.suite", "wrong"), ("tls.signature", "wrong")):
        tap.ok(has(default, check, level), f"by {check}", told(default))
    tap.equal(plain["verdict"], "not_met", "nor is one without STARTTLS")
    tap.ok(has(plain, "tls.starttls", "wrong"), "by tls.starttls", told(plain))


def test_bad(world):
    for name, rule in ((n, r[STARTTLS]) for n, r in world.end(world.bad_audit)[1].items()):
        verdict, check = BAD[name]
        tap.ok(rule["verdict"] == verdict, f"a server that is bad ({name}) is {verdict}", told(rule))
        level = "wrong" if verdict == "not_met" else "unknown"
        tap.ok(has(rule, check, level), f"by {check}", told(rule))
        if verdict == "untested":
            tap.ok(not has(rule, "tls.starttls", "wrong"), "which never means that it has no STARTTLS", told(rule))


def acts(text):
    """The characters that a terminal or a reader obeys."""
    return {c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp")} - {"\n", "\r"}


def test_odd(world):
    """What a server and its certificate are called gets out of its place nowhere."""
    for form in ((), ("--json",), ("--csv",), ("--html",)):
        told = world.told(["odd", "words"], *form)
        tap.equal(acts(told), set(), f"odd names: nothing acts {form}")
        if form == ("--json",):
            address = json.loads(told)["hosts"][0]["addresses"][0]
            subject = address["certificates"][0]["subject"]
            tap.ok("=cmd|' /C calc'!A0" in subject and "\\1B[2J" in subject, "its name is in the JSON", subject)
            tap.ok(address["dialogue"][0].startswith("< 220 =cmd|"), "and so are its words", address["dialogue"])
        elif form == ("--csv",):
            rows = list(csv.reader(io.StringIO(told)))
            tap.equal({len(row) for row in rows}, {11}, "a row of the CSV has its cells")
            tap.equal([c for row in rows for c in row if c[:1] in tuple("=+-@\t\r")], [], "none of which is a formula")
        elif form == ("--html",):
            tree = xml.etree.ElementTree.fromstring(told.partition("\n")[2])
            tap.ok("=cmd|' /C calc'!A0" in "".join(tree.itertext()), "it is on the page")
            tap.ok(not any(e.tag.endswith("script") for e in tree.iter()), "where it is no element")


def test_words(world):
    """What a server says stays in its place on the page."""
    page = world.told(["words"], "--html")
    tree = xml.etree.ElementTree.fromstring(page.partition("\n")[2])
    names = {element.tag for element in tree.iter()}
    tap.ok(not any(name.endswith("script") for name in names), "no element of a server's is on the page", names)
    text = "".join(tree.itertext())
    tap.ok("554 <script>alert(1)</script>" in text, "its words are", text)
    tap.ok(not any(c in page for c in "\x1b\xff\u202e"), "and nothing that acts")


def test_within(world, doors):
    """What DNS names is not always to be connected to."""
    names = [f"within{i}" for i in range(len(WITHIN))]
    _, rules = world.audit(["public", *names])
    for name in names:
        tap.equal(rules[name][STARTTLS]["verdict"], "untested", f"{name} is not connected to")
        tap.ok(has(rules[name][STARTTLS], "tls.address", "unknown"), "which is said", told(rules[name][STARTTLS]))
    tap.equal([doors.count.get(a, 0) for a in WITHIN], [0] * len(WITHIN), "no packet went there")
    tap.ok(doors.count.get(PUBLIC) == 1, "but to an address of the internet", doors.count)
    public = rules["public"][STARTTLS]
    tap.equal(public["verdict"], "not_met", "which has no STARTTLS")
    tap.ok(any(PUBLIC6 in c["text"] and c["id"] == "tls.starttls" for c in public["checks"]), "nor by IPv6", told(public))
    tap.ok(has(public, "tls.address", "info"), "an IPv6 that this host has no way to says nothing", told(public))
    world.audit(["public", "ee"], "--no-connect")
    world.end(world.begin(["public", "ee"], rules="003,UBV-DNSSEC"))
    tap.ok(doors.count.get(PUBLIC) == 1, "--no-connect connects to nobody, nor do rules that need not", doors.count)


def test_hundred(world, doors):
    """Hosts are looked at, not domains."""
    addresses = [world.addresses[name] for name in ("ee", "ta", "both")]
    before = [doors.count.get(a, 0) for a in addresses]
    made, rules = world.audit([f"d{i}" for i in range(100)])
    after = [doors.count.get(a, 0) for a in addresses]
    tap.equal(len(rules), 100, "a hundred domains on three hosts")
    tap.equal(len(made["hosts"]), 3, "make three hosts")
    tap.ok(all(5 < b - a <= MOST for a, b in zip(before, after)), "each looked at once", (before, after))
    tap.equal({r[STARTTLS]["verdict"] for r in rules.values()}, {"met"}, "and all domains are met")


def test_pause(world, doors):
    doors.gaps.clear()
    doors.ended.clear()
    world.end(world.begin(["ssl3"], "--pause", "100ms"))
    gaps = doors.gaps.get(world.addresses["ssl3"], [])
    tap.ok(len(gaps) > 4 and min(gaps) >= 0.1, "--pause lies between the end of one connection and the next", gaps)


def test_manners(world, doors):
    # Who connects to what is behind a bad server is that server, which may take its time to leave.
    overlaps = doors.overlaps() - {world.addresses["behind"]}
    tap.equal(overlaps, set(), "never two connections at a time to an address")


def run(folder):
    world = World(folder)
    for address in (*world.addresses.values(), *WITHIN):
        ownhost.put_on(address)
    ownhost.put_on(PUBLIC6)
    resolv = world.write("resolv.conf", "nameserver 127.0.0.1\noptions trust-ad\n")
    subprocess.run(["mount", "--bind", resolv, os.path.realpath("/etc/resolv.conf")], check=True)
    doors, _ = Doors(), Resolver(world.port)
    kinds = {world.addresses[name]: name for name in (*BAD, "odd")} | {PUBLIC: "plain", PUBLIC6: "plain"}
    try:
        with world.postfix, BadServers(kinds, world.addresses["behind"], world.odd):
            # Some of them say nothing for as long as they may: the others go on meanwhile.
            world.bad_audit = world.begin(list(BAD), "--pause", "0")
            tests = (test_levels, test_within, test_hundred, test_dane, test_changed, test_odd, test_bad, test_words, test_pause, test_manners)
            given = {"world": world, "doors": doors}
            tap.run([partial_of(test, given) for test in tests])
    finally:
        world.nsd.stop()


def partial_of(test, given):
    wanted = {name: given[name] for name in test.__code__.co_varnames[: test.__code__.co_argcount]}
    return update_wrapper(partial(test, **wanted), test)


def main():
    if reason := missing():
        tap.skip_all(reason)
        return
    if (code := ownhost.enter()) is not None:
        sys.exit(code)
    with work_folder("audit-net") as folder:
        run(folder)


main()
