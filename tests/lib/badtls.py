"""SMTP servers that offer STARTTLS, or not, and do then what none should; each on an address
of its own, port 25, with what it saw of connections.

    with BadServers({"192.0.2.30": "garbage", ...}) as servers: servers["192.0.2.30"].count
"""

import socket
import ssl
import struct
import threading
import time

# Orders to a spreadsheet, a browser and a terminal; no octets that end a line.
ODD = b"=cmd|' /C calc'!A0<script>alert(1)</script>\"&\x1b[2J\xe2\x80\xae\xc2\x9b"
OFFER = b"250-bad.test\r\n250 STARTTLS\r\n"
ALERT = b"\x15\x03\x01\0\2\2\x28"  # handshake_failure
RC4, EXPORT = 0x0004, 0x0003


def record(body):
    return b"\x16\x03\x00" + struct.pack(">H", len(body)) + body


def server_hello(version, suite):
    body = struct.pack(">H", version) + b"R" * 32 + b"\0" + struct.pack(">H", suite) + b"\0"
    return b"\2" + struct.pack(">I", len(body))[1:] + body


class Hello:
    """What a ClientHello offers: the highest version of it, and suites."""

    def __init__(self, octets):
        self.version = struct.unpack(">H", octets[9:11])[0]
        at = 43 + 1 + octets[43]
        count = struct.unpack(">H", octets[at : at + 2])[0]
        self.suites = struct.unpack(f">{count // 2}H", octets[at + 2 : at + 2 + count])


def read_hello(connection):
    octets = b""
    while len(octets) < 5 or len(octets) < 5 + struct.unpack(">H", octets[3:5])[0]:
        more = connection.recv(16384)
        if not more:
            raise OSError("closed")
        octets += more
    return Hello(octets)


def ssl3(connection):
    hello = read_hello(connection)
    good = RC4 in hello.suites
    connection.sendall(record(server_hello(0x300, RC4)) if good and hello.version <= 0x302 else ALERT)


def export(connection):
    hello = read_hello(connection)
    good = EXPORT in hello.suites
    connection.sendall(record(server_hello(min(hello.version, 0x301), EXPORT)) if good else ALERT)


def unoffered(connection):
    read_hello(connection)
    connection.sendall(record(server_hello(0x303, 0x0005)))


def garbage(connection):
    read_hello(connection)
    connection.sendall(b"\x16\x03\x03\xff\xff" + b"A" * 70000)


def endless(connection):
    """Handshake messages without an end: 64 KiB of an empty kind, again and again."""
    read_hello(connection)
    while True:
        connection.sendall(record(b"\x04\0\x3f\xf0" + b"\0" * 16368))


def certs(connection):
    """A chain of certificates of 16 MiB, as its length says, that goes on."""
    read_hello(connection)
    connection.sendall(record(server_hello(0x303, 0xC02F)))
    connection.sendall(record(b"\x0b\xff\xff\xff" + b"\xff\xff\xfc"))
    while True:
        connection.sendall(record(b"\0\x10\0" + b"\x30" * 4096))


def short(connection):
    read_hello(connection)
    connection.sendall(b"\x16\x03\x03\0\6\2\0\0\2\3\3")


def mute(connection):
    read_hello(connection)
    connection.recv(1)


def relay(connection, to):
    """Everything to another server and back."""
    with socket.create_connection((to, 25), 10) as other:
        back = threading.Thread(target=pour, args=(other, connection), daemon=True)
        back.start()
        pour(connection, other)
        back.join(10)


def pour(source, to):
    try:
        while octets := source.recv(16384):
            to.sendall(octets)
        to.shutdown(socket.SHUT_WR)
    except OSError:
        pass


TLS = {f.__name__: f for f in (ssl3, export, unoffered, garbage, endless, certs, short, mute)}


class Server:
    """What a connection of ${kind} is, before any TLS."""

    def __init__(self, address, kind, behind=None, port=25, context=None):
        self.kind = kind
        self.context = context  # of "odd"
        self.behind = behind  # "third" is this one twice, and then 421
        self.count = 0
        self.heard = []
        self.lock = threading.Lock()
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.socket = socket.socket(family)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind((address, port))
        self.socket.listen(64)
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with self.lock:
                self.count += 1
                number = self.count
            threading.Thread(target=self.one, args=(connection, number), daemon=True).start()

    def one(self, connection, number):
        try:
            connection.settimeout(60)
            self.talk(connection, number)
        except (OSError, struct.error, IndexError):
            pass
        finally:
            connection.close()

    def hear(self, connection):
        line = b""
        while not line.endswith(b"\n"):
            octet = connection.recv(1)
            if not octet:
                raise OSError("closed")
            line += octet
        self.heard.append(line)

    def talk(self, connection, number):
        if self.kind == "silent":
            connection.recv(1)
            return
        if self.kind == "third":
            if number < 3:
                relay(connection, self.behind)
            else:
                connection.sendall(b"421 4.7.0 too many connections\r\n")
            return
        if self.kind == "away":
            connection.sendall(b"450 4.3.2 try again later\r\n")
            return
        if self.kind == "words":
            connection.sendall(b"554 <script>alert(1)</script>\"'=1+1 \x1b[2J\xff \xe2\x80\xae\r\n")
            return
        if self.kind == "closes":
            return
        if self.kind == "nul":
            connection.sendall(b"220 bad.test\0 ESMTP\r\n")
            connection.recv(1)
            return
        if self.kind == "drip":
            connection.sendall(b"220 ")
            while True:
                connection.sendall(b"x")
                time.sleep(1)
        if self.kind == "odd":
            self.odd(connection)
            return
        connection.sendall(b"220 bad.test ESMTP\r\n")
        self.hear(connection)
        if self.kind == "plain":
            connection.sendall(b"250-bad.test\r\n250 SIZE\r\n")
        elif self.kind == "lines":
            connection.sendall(b"250-x\r\n" * 10000)
        else:
            connection.sendall(OFFER)
        self.hear(connection)
        if self.kind in ("plain", "lines"):
            connection.sendall(b"221 bye\r\n")
        elif self.kind == "refuses":
            connection.sendall(b"502 5.5.1 no such command\r\n")
        elif self.kind == "inject":
            connection.sendall(b"220 go\r\n250 injected\r\n")
        else:
            connection.sendall(b"220 go\r\n")
            TLS[self.kind if self.kind in TLS else "short"](connection)


    def odd(self, connection):
        """TLS as it should be, amid odd words; and the certificate has an odd name."""
        connection.sendall(b"220 " + ODD + b"\xff\r\n")
        self.hear(connection)
        connection.sendall(b"250-" + ODD + b"\r\n250-@SUM(A1)\r\n250--1\r\n250 STARTTLS\r\n")
        self.hear(connection)
        connection.sendall(b"220 go\r\n")
        with self.context.wrap_socket(connection, server_side=True) as tls:
            tls.recv(100)


def context_of(certificate):
    """Of a file with key and certificate, for a server that is "odd"."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


class BadServers(dict):
    def __init__(self, kinds, behind=None, context=None):
        super().__init__((address, Server(address, kind, behind, context=context)) for address, kind in kinds.items())

    def __enter__(self):
        return self

    def __exit__(self, *what):
        for server in self.values():
            server.socket.close()
