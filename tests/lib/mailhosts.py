"""Certificates, and one private Postfix that is many mail hosts, each on an address of its own."""

import hashlib
import os
import ssl
import subprocess


def openssl(*arguments, ago=0, **options):
    """${ago}: as if it were so many days earlier."""
    past = ["faketime", "-f", f"-{ago}d"] if ago else []
    return subprocess.run([*past, "openssl", *arguments], check=True, capture_output=True, **options).stdout


class Certificates:
    """Made in ${folder}: a CA, and certificates that it signs."""

    def __init__(self, folder):
        self.folder = folder
        self.key("ca", "ec")
        openssl("req", "-x509", "-new", "-key", self.path("ca.key"), "-subj", "/CN=Test CA", "-days", "30",
                "-addext", "basicConstraints=critical,CA:TRUE", "-out", self.path("ca.crt"))  # fmt: skip

    def path(self, name):
        return os.path.join(self.folder, name)

    def key(self, name, kind):
        if kind == "ec":
            how = ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
        else:
            how = ("-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{kind}")
        openssl("genpkey", *how, "-out", self.path(name + ".key"))

    def make(self, name, key, host, expired=False, digest="sha256"):
        """${name}.pem: key ${key}, for ${host}, its chain behind it."""
        request = openssl("req", "-new", "-key", self.path(key + ".key"), "-subj", f"/CN={host}")
        extensions = self.path(name + ".ext")
        with open(extensions, "w", encoding="ascii") as f:
            f.write(f"subjectAltName=DNS:{host}\n")
        certificate = openssl(
            "x509", "-req", "-CA", self.path("ca.crt"), "-CAkey", self.path("ca.key"), "-days", "30",
            f"-{digest}", "-set_serial", str(int.from_bytes(os.urandom(8), "big")), "-extfile", extensions,
            input=request, ago=31 if expired else 0,
        )  # fmt: skip
        with open(self.path(name + ".crt"), "wb") as f:
            f.write(certificate)
        with open(self.path(name + ".pem"), "wb") as f:
            for part in (key + ".key", name + ".crt", "ca.crt"):
                with open(self.path(part), "rb") as piece:
                    f.write(piece.read())
        return self.path(name + ".pem")

    def rename(self, name, octets):
        """${name}.pem anew, ${octets} in place of as many X that are its name; nobody looks at the signature."""
        with open(self.path(name + ".pem"), "rb") as f:
            key = f.read().partition(b"-----BEGIN CERT")[0]
        der = openssl("x509", "-in", self.path(name + ".crt"), "-outform", "DER").replace(b"X" * len(octets), octets)
        with open(self.path(name + ".pem"), "wb") as f:
            f.write(key + ssl.DER_cert_to_PEM_cert(der).encode())
        return self.path(name + ".pem")

    def tlsa(self, name, usage, selector):
        """"3 1 1 HEX" of the certificate ${name}."""
        if selector == 0:
            octets = openssl("x509", "-in", self.path(name + ".crt"), "-outform", "DER")
        else:
            public = openssl("x509", "-in", self.path(name + ".crt"), "-noout", "-pubkey")
            octets = openssl("pkey", "-pubin", "-outform", "DER", input=public)
        return f"{usage} {selector} 1 {hashlib.sha256(octets).hexdigest()}"


def service(address, host, settings):
    """A line of master.cf: an smtpd at ${address} with settings of its own."""
    lines = f"{address}:25 inet n - n - - smtpd\n  -o myhostname={host}\n"
    return lines + "".join(f"  -o {{ {name} = {value} }}\n" for name, value in settings.items())
