"""Zones signed now, and nsd to serve them: secure, insecure, bogus, expired, by NSEC3."""

import os
import shutil
import socket
import subprocess
import time

# A test may put more behind them.
ZONES = {
    "secure": "good TXT \"yes\"\nto-insecure CNAME good.insecure.\n*.wild TXT \"all\"\n",
    "insecure": "good TXT \"yes\"\nto-secure CNAME good.secure.\n",
    "bogus": "good TXT \"forged\"\n",
    "expired": "good TXT \"old\"\n",
    "dense": "good TXT \"yes\"\n",
}


def missing():
    """Why there can be none, "" if there can."""
    for program in ("nsd", "ldns-signzone", "ldns-keygen", "ldns-key2ds"):
        if shutil.which(program) is None:
            return f"there is no {program}: scripts/install-deps test"
    return ""


def run(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout


class Zones:
    """Files in ${folder}.  The root is said to be served at ${root}, the rest at ${address}."""

    def __init__(self, folder, zones=None, root="127.0.0.1", address="127.0.0.1"):
        self.folder = folder
        self.zones = zones or ZONES
        self.address = address
        self.anchor = self.make(root)

    def write(self, zone, text):
        with open(os.path.join(self.folder, "zone." + zone), "w", encoding="ascii") as file:
            file.write(f"$ORIGIN {zone}.\n$TTL 300\n")
            if zone:
                file.write("@ SOA ns host 1 3600 600 86400 60\n@ NS ns.secure.\n")
            if zone == "secure":
                file.write(f"ns A {self.address}\n")
            file.write(text)

    def sign(self, zone, *options):
        """Returns the name of the key and the DS for the zone above."""
        key = run("ldns-keygen", "-a", "ECDSAP256SHA256", "-k", zone + ".", cwd=self.folder).strip()
        run("ldns-signzone", *options, "zone." + zone, key, cwd=self.folder)
        path = os.path.join(self.folder, "zone." + zone)
        os.rename(path + ".signed", path)
        return key, run("ldns-key2ds", "-n", "-2", key + ".key", cwd=self.folder)

    def make(self, root):
        """Returns the file of the trust anchor."""
        above = f". SOA . . 1 3600 600 86400 60\n. NS server.\nserver. A {root}\n"
        above += f"ns.secure. A {self.address}\n"
        for zone, text in self.zones.items():
            self.write(zone, text)
            above += f"{zone}. NS ns.secure.\n"
        for zone, *options in (
            ("secure",),
            ("dense", "-n"),
            ("expired", "-i", "20191201", "-e", "20200101"),
            ("bogus",),
        ):
            _, ds = self.sign(zone, *options)
            above += ds
        # what it serves is signed by another key than the one its parent names
        self.write("bogus", self.zones["bogus"])
        self.sign("bogus")
        self.write("", above)
        key, _ = self.sign("")
        return os.path.join(self.folder, key + ".key")


class Nsd:
    """Serves ${names} of ${zones} on ${addresses}, ADDRESS@PORT each."""

    def __init__(self, zones, names, addresses):
        base = os.path.join(zones.folder, "nsd-" + addresses[0])
        config = "server:\n" + "".join(f" ip-address: {address}\n" for address in addresses)
        config += (
            f' username: ""\n chroot: ""\n zonesdir: "{zones.folder}"\n database: ""\n'
            f' pidfile: "{base}.pid"\n logfile: "{base}.log"\n xfrdfile: "{base}.xfrd"\n'
            f' zonelistfile: "{base}.list"\n server-count: 1\n'
            "remote-control:\n control-enable: no\n"
        )
        for name in names:
            config += f'zone:\n name: "{name}."\n zonefile: "zone.{name}"\n'
        with open(base + ".conf", "w", encoding="ascii") as file:
            file.write(config)
        self.process = subprocess.Popen(
            ["nsd", "-d", "-c", base + ".conf"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        address, _, port = addresses[0].partition("@")
        if not answers(address, int(port)):
            self.stop()
            with open(base + ".log", encoding="ascii") as log:
                raise RuntimeError("nsd does not answer: " + log.read())

    def stop(self):
        self.process.terminate()
        self.process.wait()


def answers(address, port):
    query = b"\1\2\0\0\0\1\0\0\0\0\0\0\0\0\6\0\1"
    for _ in range(200):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.settimeout(0.1)
            try:
                probe.connect((address, port))
                probe.send(query)
                probe.recv(4096)
                return True
            except OSError:
                time.sleep(0.05)
    return False


def free_port():
    """One that neither UDP nor TCP has in use, for now."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
            udp.bind(("127.0.0.1", 0))
            port = udp.getsockname()[1]
            try:
                tcp.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def serve(zones):
    """All of ${zones} on one port of loopback: the server, and that port."""
    for last in (False, False, False, True):  # another may take the port meanwhile
        port = free_port()
        try:
            return Nsd(zones, ["", *zones.zones], [f"127.0.0.1@{port}"]), port
        except RuntimeError:
            if last:
                raise
    raise AssertionError("unreachable")
