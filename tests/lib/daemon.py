"""Runs the beschermd that was built, on a socket and with a zone of its own."""

import os
import signal
import socket
import subprocess
import time

# A beschermd that is started as root becomes this user.
USER = "nobody"


def sanitized(binary):
    """Was it built with sanitizers?  They slow it down and keep what was freed."""
    with open(binary, "rb") as f:
        content = f.read()
    return b"__asan_init" in content or b"__tsan_init" in content


class DaemonError(Exception):
    pass


class Beschermd:
    """In ${directory}: beschermd.conf, zone, beschermd.sock, log.

    with Beschermd(binary, directory, conf="Mode monitor\\n", zone="...") as daemon: ...
    """

    def __init__(self, binary, directory, conf="", zone=None, socket_spec=None):
        self.binary = binary
        self.dir = os.path.abspath(directory)
        self.conf = os.path.join(self.dir, "beschermd.conf")
        self.path = os.path.join(self.dir, "beschermd.sock")
        self.socket = socket_spec or "unix:" + self.path
        self.log_path = os.path.join(self.dir, "log")
        self.process = None
        os.makedirs(self.dir, mode=0o755, exist_ok=True)
        lines = [conf, f"Socket {self.socket}", f"UserID {USER}", "SocketMode 0666"]
        if zone is not None:
            with open(os.path.join(self.dir, "zone"), "w", encoding="latin-1") as f:
                f.write(zone)
            lines.append(f"ZoneFile {os.path.join(self.dir, 'zone')}")
        with open(self.conf, "w", encoding="latin-1") as f:
            f.write("\n".join(lines) + "\n")

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *what):
        self.stop()

    def start(self):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [self.binary, "-f", "-c", self.conf],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for whoever started us
            )
        end = time.monotonic() + 15
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > end:
                raise DaemonError(f"beschermd does not start:\n{self.log()}")
            time.sleep(0.02)

    def answers(self):
        kind, _, rest = self.socket.partition(":")
        if kind == "unix":
            s, address = socket.socket(socket.AF_UNIX), rest
        else:
            port, _, host = rest.partition("@")
            s, address = socket.socket(), (host, int(port))
        with s:
            try:
                s.connect(address)
                return True
            except OSError:
                return False

    def stop(self):
        """Its exit code."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
        return self.process.wait()

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as f:
            return f.read()

    def lines_of(self, queue_id, count=1, seconds=5):
        """The log lines of a message: the last act on it comes after our answer."""
        end = time.monotonic() + seconds
        while True:
            lines = [line for line in self.log().splitlines() if f"{queue_id}: " in line]
            if len(lines) >= count or time.monotonic() > end:
                return lines
            time.sleep(0.01)

    def memory(self):
        """Resident memory in KiB, now."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as f:
            return next(int(line.split()[1]) for line in f if line.startswith("VmRSS:"))
