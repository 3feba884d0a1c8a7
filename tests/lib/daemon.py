"""The beschermd that was built, on a socket of its own, with a zone in place of the DNS.

    with Beschermd("Mode monitor\\n", zone) as daemon:
        send_message(daemon.socket, ...)
    daemon.process.returncode, daemon.log()     # also afterwards
"""

import os

from running import BUILD, Running

SETTINGS = "Socket unix:{dir}/beschermd.sock\nSocketMode 0666\nSyslog no\nDNSSEC off\n"


def built():
    return os.path.join(BUILD, "beschermd")


def sanitized():
    """Was it built with sanitizers?  They slow it down and keep what was freed."""
    with open(built(), "rb") as f:
        content = f.read()
    return b"__asan_init" in content or b"__tsan_init" in content


def measured():
    """Was it built to write down at its end which lines ran?"""
    with open(built(), "rb") as f:
        return b"__gcov_init" in f.read()


class Beschermd(Running):
    def __init__(self, conf="", zone=None, binary=None):
        source = "ZoneFile {dir}/zone\n" if zone is not None else ""
        super().__init__(binary or built(), SETTINGS + source + conf)
        self.last_log = None
        with open(os.path.join(self.dir, "zone"), "w", encoding="latin-1") as f:
            f.write(zone or "")

    def start(self, *flags, **popen):
        # Ctrl-C is for whoever started us
        return super().start(*flags, start_new_session=True, **popen)

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *what):
        self.stop()
        self.last_log = self.log()
        super().__exit__(*what)

    def log(self):
        return self.last_log if self.last_log is not None else super().log()

    def lines(self):
        """The lines of messages so far."""
        return [line for line in self.log().splitlines() if " action=" in line]

    def memory(self):
        """Resident memory in KiB, now."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as f:
            return next(int(line.split()[1]) for line in f if line.startswith("VmRSS:"))
