"""A name server on loopback that misbehaves: the first label of a name says how."""
import re
import socket
import struct
import threading
import time

A, CNAME, SOA, MX, TXT, AAAA = 1, 5, 6, 15, 16, 28


def wire(name):
    labels = [label.encode() for label in name.strip('.').split('.') if label]
    return b''.join(bytes([len(label)]) + label for label in labels) + b'\0'


def txt(text):
    data = text.encode()
    parts = [data[i:i + 255] for i in range(0, len(data), 255)] or [b'']
    return b''.join(bytes([len(part)]) + part for part in parts)


def question(packet):
    """Name, type, and where the question ends."""
    at, labels = 12, []
    while packet[at]:
        labels.append(packet[at + 1:at + 1 + packet[at]].decode('latin1').lower())
        at += packet[at] + 1
    return '.'.join(labels), struct.unpack('>H', packet[at + 1:at + 3])[0], at + 5


def record(name, rtype, ttl, data):
    return wire(name) + struct.pack('>HHIH', rtype, 1, ttl, len(data)) + data


def reply(packet, rcode=0, answers=(), authority=(), truncated=False):
    _, _, end = question(packet)
    flags = 0x8480 | rcode | (0x200 if truncated else 0)
    return (packet[:2] + struct.pack('>HHHHH', flags, 1, len(answers), len(authority), 0) +
            packet[12:end] + b''.join(answers) + b''.join(authority))


def negative(name):
    data = wire('ns.' + name) + wire('host.' + name) + struct.pack('>5I', 1, 1, 1, 1, 60)
    return [record('fault', SOA, 60, data)]


class FaultServer:
    """Answers on ${address}, UDP and TCP; silent while ${dead}.  Port 0: one that is free."""

    def __init__(self, dead=False, address='127.0.0.1', port=0):
        self.dead = dead
        self.address = address
        self.seen = {}
        self.lock = threading.Lock()
        while True:
            self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.udp.bind((address, port))
            self.port = self.udp.getsockname()[1]
            self.tcp = socket.socket()
            self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                self.tcp.bind((address, self.port))
                break
            except OSError:
                self.udp.close()
                self.tcp.close()
                if port:
                    raise
        self.tcp.listen(50)
        threading.Thread(target=self.serve_udp, daemon=True).start()
        threading.Thread(target=self.serve_tcp, daemon=True).start()

    def asked(self, name):
        with self.lock:
            return self.seen.get(name, 0)

    def serve_udp(self):
        while True:
            packet, client = self.udp.recvfrom(4096)
            if self.dead:
                continue
            answer, delay = self.answer(packet, False)
            if answer is None:
                continue
            if delay:
                threading.Timer(delay, self.udp.sendto, (answer, client)).start()
            else:
                self.udp.sendto(answer, client)

    def serve_tcp(self):
        while True:
            connection, _ = self.tcp.accept()
            threading.Thread(
                target=self.serve_connection, args=(connection,), daemon=True).start()

    def serve_connection(self, connection):
        with connection, connection.makefile('rb') as stream:
            while (head := stream.read(2)) and len(head) == 2:
                packet = stream.read(struct.unpack('>H', head)[0])
                answer, _ = self.answer(packet, True)
                if answer is None or self.dead:
                    return
                try:
                    connection.sendall(struct.pack('>H', len(answer)) + answer)
                except OSError:
                    return

    def answer(self, packet, tcp):
        name, rtype, _ = question(packet)
        with self.lock:
            self.seen[name] = nth = self.seen.get(name, 0) + 1
        word, _, number = name.split('.')[0].partition('-')
        behave = getattr(self, 'do_' + word, self.do_good)
        return behave(packet, name, rtype, number, nth, tcp)

    def found(self, packet, name, rtype, ttl=300, text='text'):
        if rtype == TXT:
            return reply(packet, 0, [record(name, TXT, ttl, txt(text))])
        return reply(packet, 0, (), negative(name))

    def do_good(self, packet, name, rtype, number, nth, tcp):
        return self.found(packet, name, rtype), 0

    def do_delay(self, packet, name, rtype, number, nth, tcp):
        return self.found(packet, name, rtype), int(number) / 1000

    def do_loss(self, packet, name, rtype, number, nth, tcp):
        return (self.found(packet, name, rtype) if nth > int(number) else None), 0

    def do_dead(self, packet, name, rtype, number, nth, tcp):
        return None, 0

    def do_servfail(self, packet, name, rtype, number, nth, tcp):
        return reply(packet, 2), 0

    def do_refused(self, packet, name, rtype, number, nth, tcp):
        return reply(packet, 5), 0

    def do_lame(self, packet, name, rtype, number, nth, tcp):
        return reply(packet, 0, (), [record('', 2, 300, wire('ns.elsewhere.fault'))]), 0

    def do_garbage(self, packet, name, rtype, number, nth, tcp):
        _, _, end = question(packet)
        return packet[:2] + b'\x84\x80\0\1\0\7\0\0\0\0' + packet[12:end] + b'\xc0\xff' * 9, 0

    def do_truncated(self, packet, name, rtype, number, nth, tcp):
        return (None if tcp else reply(packet, truncated=True)), 0

    def do_nxdata(self, packet, name, rtype, number, nth, tcp):
        return reply(packet, 3, [record(name, TXT, 300, txt('x'))], negative(name)), 0

    def do_nxdomain(self, packet, name, rtype, number, nth, tcp):
        return reply(packet, 3, (), negative(name)), 0

    def do_nodata(self, packet, name, rtype, number, nth, tcp):
        return reply(packet, 0, (), negative(name)), 0

    def do_bare(self, packet, name, rtype, number, nth, tcp):
        return reply(packet, 0), 0

    def do_loop(self, packet, name, rtype, number, nth, tcp):
        other = name.replace('loop-' + number, 'loop-' + str(3 - int(number)), 1)
        return reply(packet, 0, [record(name, CNAME, 300, wire(other))]), 0

    def do_chain(self, packet, name, rtype, number, nth, tcp):
        if number == '0':
            return self.found(packet, name, rtype), 0
        other = name.replace('chain-' + number, 'chain-' + str(int(number) - 1), 1)
        return reply(packet, 0, [record(name, CNAME, 300, wire(other))]), 0

    def do_large(self, packet, name, rtype, number, nth, tcp):
        if not tcp:
            return reply(packet, truncated=True), 0
        return self.found(packet, name, rtype, text='x' * int(number)), 0

    def do_ttl(self, packet, name, rtype, number, nth, tcp):
        return self.found(packet, name, rtype, ttl=int(number)), 0


class Relay(FaultServer):
    """Hands queries on to a good server; may forget to ask for DNSSEC records."""

    def __init__(self, upstream, strip=False, dead=False):
        self.upstream = upstream
        self.strip = strip
        super().__init__(dead)

    def answer(self, packet, tcp):
        name, _, end = question(packet)
        with self.lock:
            self.seen[name] = self.seen.get(name, 0) + 1
        if self.strip and len(packet) >= end + 11 and packet[end:end + 3] == b'\0\0\x29':
            packet = packet[:end + 7] + bytes([packet[end + 7] & 0x7f]) + packet[end + 8:]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as up:
            up.settimeout(2)
            up.sendto(packet, ('127.0.0.1', self.upstream))
            try:
                return up.recv(65535), 0
            except OSError:
                return None, 0


class ZoneServer(FaultServer):
    """The TXT records of ${zone}, with a TTL of 5 s, after ${delay} seconds unless it is dead."""

    def __init__(self, zone, address='127.0.0.1', port=0):
        self.records, self.delay = {}, 0
        for name, strings in re.findall(r'(?m)^(\S+)\. 300 IN TXT (.*)$', zone):
            self.records[name] = ''.join(re.findall(r'"([^"]*)"', strings))
        super().__init__(address=address, port=port)

    def answer(self, packet, tcp):
        name, rtype, _ = question(packet)
        with self.lock:
            self.seen[name] = self.seen.get(name, 0) + 1
        text = self.records.get(name)
        if rtype == TXT and text is not None:
            return reply(packet, 0, [record(name, TXT, 5, txt(text))]), self.delay
        return reply(packet, 0 if text is not None else 3, (), negative(name)), self.delay
