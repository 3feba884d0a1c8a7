#!/usr/bin/python3
"""Messages signed by dkimpy and by opendkim, with keys made here, into a directory.

Writes DIR/zone, DIR/index (one file name a line) and the messages.  Exit code 77: a
signer is not installed.
"""
import base64
import os
import re
import shutil
import subprocess
import sys

try:
    import dkim
    import nacl.signing
except ImportError:
    sys.exit(77)
opendkim = shutil.which("opendkim", path="/usr/sbin:/usr/bin:/sbin:/bin")
if opendkim is None or shutil.which("openssl") is None:
    sys.exit(77)

directory = sys.argv[1]
domain = "example.nl"
message = (
    "From: A Sender <a@example.nl>\r\n"
    "To: b@example.org,\r\n\tc@example.org\r\n"
    "Subject: A  subject with  \r\n  two folds\r\n and =?utf-8?q?=C3=A9?=\r\n"
    "Date: Tue, 24 Nov 2026 01:00:00 +0000\r\n"
    "Message-ID: <1@example.nl>\r\n"
    "\r\n"
    "Hello  there, \t \r\n\r\n\r\n  indented\ttab\r\n..dots\r\n"
    + "a line of prose that is not short at all, " * 30
    + "\r\n \r\n\t\r\n\r\n"
).encode()
# VT and FF, which libopendkim takes for white space: within the text, as dkimpy strips them
# at its ends.
white = message.replace(b"A  subject with", b"A \x0b subject\x0cwith").replace(b"\r\n  two", b"\r\n \x0c two")
zone = open(os.path.join(directory, "zone"), "w")
index = open(os.path.join(directory, "index"), "w")


def publish(selector, record):
    parts = [record[i : i + 200] for i in range(0, len(record), 200)]
    zone.write("%s._domainkey.%s TXT %s\n" % (selector, domain, " ".join('"%s"' % p for p in parts)))


def keep(name, text):
    with open(os.path.join(directory, name), "wb") as out:
        out.write(text)
    index.write(name + "\n")


def rsa_key(bits):
    path = os.path.join(directory, "rsa%d.pem" % bits)
    subprocess.run(["openssl", "genrsa", "-traditional", "-out", path, str(bits)],
                   check=True, stderr=subprocess.DEVNULL)
    der = subprocess.run(["openssl", "rsa", "-in", path, "-pubout", "-outform", "DER"],
                         check=True, capture_output=True).stdout
    publish("rsa%d" % bits, "v=DKIM1; k=rsa; p=" + base64.b64encode(der).decode())
    return path


def sign_dkimpy(selector, pem, algorithm, header, body):
    for name, text in (("dkimpy", message), ("white-dkimpy", white)):
        field = dkim.sign(text, selector.encode(), domain.encode(), pem,
                          canonicalize=(header.encode(), body.encode()),
                          signature_algorithm=algorithm)
        keep("%s-%s-%s-%s.eml" % (name, selector, header, body), field + text)


def sign_opendkim(selector, path, header, body):
    source = os.path.join(directory, "unsigned.eml")
    with open(source, "wb") as out:
        out.write(message.replace(b"\r\n", b"\n"))
    conf = os.path.join(directory, "opendkim.conf")
    with open(conf, "w") as out:
        out.write("Mode s\nDomain %s\nSelector %s\nKeyFile %s\nCanonicalization %s/%s\n"
                  "RequireSafeKeys no\nInternalHosts 0.0.0.0/0\nSyslog no\nMinimumKeyBits 1024\n"
                  % (domain, selector, path, header, body))
    run = subprocess.run([opendkim, "-x", conf, "-vv", "-t", source], capture_output=True)
    found = re.search(rb"### INSHEADER: idx=\d+ hname='DKIM-Signature' hvalue='([^']*)'",
                      run.stdout)
    if found is None:
        sys.stderr.write(run.stdout.decode() + run.stderr.decode())
        sys.exit("opendkim signed nothing")
    value = re.sub(rb"\r?\n", b"\r\n", found.group(1))
    space = b"" if value[:1] == b" " else b" "
    keep("opendkim-%s-%s-%s.eml" % (selector, header, body),
         b"DKIM-Signature:" + space + value + b"\r\n" + message)


def main():
    pairs = [(h, b) for h in ("simple", "relaxed") for b in ("simple", "relaxed")]
    for bits in (1024, 2048, 4096):
        path = rsa_key(bits)
        with open(path, "rb") as pem:
            key = pem.read()
        for header, body in pairs:
            sign_dkimpy("rsa%d" % bits, key, b"rsa-sha256", header, body)
            sign_opendkim("rsa%d" % bits, path, header, body)
    ed25519 = nacl.signing.SigningKey.generate()
    publish("ed", "v=DKIM1; k=ed25519; p="
            + base64.b64encode(bytes(ed25519.verify_key)).decode())
    for header, body in pairs:
        sign_dkimpy("ed", base64.b64encode(bytes(ed25519)), b"ed25519-sha256", header, body)


main()
