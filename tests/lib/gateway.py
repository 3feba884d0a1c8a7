"""A filter of a gateway: beschermd, whose results go to `index`, and a banner in each body.

    with Gateway(path, "unix:/path/beschermd.sock") as gateway:
        PrivatePostfix(directory, gateway.milter)
        gateway.index = 1

It stands between the mail server and beschermd and hands on what both say; of what the
filter says "insert this field at 0" gets another place, and before it lets a message in,
the body gets a line more, as gateways do once they have checked it.
"""

import os
import socket
import struct
import threading

from milterclient import connect_socket

BANNER = b"[From outside the organisation]\r\n"
CHANGE_BODY = 0x2


def read_exactly(sock, count):
    data = b""
    while len(data) < count:
        piece = sock.recv(count - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


def read_packet(sock):
    (length,) = struct.unpack(">I", read_exactly(sock, 4))
    packet = read_exactly(sock, length)
    return packet[:1], packet[1:]


def write_packet(sock, command, data):
    sock.sendall(struct.pack(">I", len(data) + 1) + command + data)


class Conversation:
    """One connection of the mail server, and ours to the filter for it."""

    def __init__(self, gateway, mta):
        self.gateway, self.mta = gateway, mta
        self.filter = connect_socket(gateway.behind)
        self.body, self.at_end = b"", False

    def from_mta(self):
        command, data = read_packet(self.mta)
        if command == b"M":
            self.body, self.at_end = b"", False
        elif command in (b"B", b"E"):
            self.body += data
            self.at_end = command == b"E"
        write_packet(self.filter, command, data)

    def from_filter(self):
        command, data = read_packet(self.filter)
        if command == b"O":
            version, actions = struct.unpack(">II", data[:8])
            data = struct.pack(">II", version, actions | CHANGE_BODY) + data[8:]
        elif command == b"i" and data[:4] == b"\0\0\0\0":
            data = struct.pack(">I", self.gateway.index) + data[4:]
        elif command in (b"c", b"a") and self.at_end:
            write_packet(self.mta, b"b", BANNER + self.body)
            self.at_end = False
        write_packet(self.mta, command, data)

    def pump(self, step):
        try:
            while True:
                step()
        except (EOFError, OSError):
            for end in (self.mta, self.filter):
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass  # it was the first to go


class Gateway:
    """Listens at ${path} for a mail server; ${behind}: the socket of beschermd; index: where
    the next field goes."""

    def __init__(self, path, behind):
        self.path, self.milter = path, "unix:" + path
        self.behind, self.index = behind, 0
        self.listener = socket.socket(socket.AF_UNIX)

    def accept(self):
        while True:
            try:
                mta, _ = self.listener.accept()
            except OSError:
                return  # closed: this is the end
            conversation = Conversation(self, mta)
            for step in (conversation.from_mta, conversation.from_filter):
                threading.Thread(target=conversation.pump, args=(step,), daemon=True).start()

    def __enter__(self):
        self.listener.bind(self.path)
        os.chmod(self.path, 0o666)
        self.listener.listen(50)
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *what):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
