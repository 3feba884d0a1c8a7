"""A filter that runs in a folder of its own, started in any of the ways an admin may."""

import os
import pwd
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager

from milterclient import Client, MilterError

BUILD = os.environ.get("builddir", ".")
USER = "nobody"  # what a filter started as root becomes
SANITIZER_EXIT = 99
# What each filter is run under, such as valgrind with its options: all takes longer then.
WRAPPER = shlex.split(os.environ.get("WRAPPER", ""))
PATIENCE = 12 if WRAPPER else 1
SUPPRESSIONS = os.path.abspath(os.path.join(os.environ.get("srcdir", "."), "tests/tsan.supp"))


def recorder():
    """The edge with a session that only writes down what it is told."""
    return os.path.join(BUILD, "tests/edge/recorder")


def until(condition, seconds=10):
    """Wait until ${condition}() is true; returns its last value."""
    end = time.monotonic() + seconds * PATIENCE
    while not (value := condition()) and time.monotonic() < end:
        time.sleep(0.01)
    return value


def end(process):
    """TERM, and KILL where that does not help."""
    if process is None or process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def work_folder(name):
    """A folder that is gone afterwards, which the users of mail servers can reach."""
    where = tempfile.mkdtemp(prefix=f"beschermd-{name}.", dir="/tmp")
    os.chmod(where, 0o755)
    try:
        yield where
    finally:
        shutil.rmtree(where, ignore_errors=True)


class Running:
    """${conf}: lines of beschermd.conf; "{dir}" in it is the folder."""

    def __init__(self, binary=None, conf="Socket unix:{dir}/x.sock\n", args=(), user=USER):
        self.binary = binary or recorder()
        self.dir = tempfile.mkdtemp(prefix="beschermd-test-")
        os.chmod(self.dir, 0o755)
        if os.geteuid() == 0:
            os.chown(self.dir, pwd.getpwnam(user).pw_uid, -1)
        self.conf = os.path.join(self.dir, "beschermd.conf")
        self.socket = None
        self.write(conf)
        self.args = ["-c", self.conf, "-u", user, *args]
        self.process = None
        self.record_path = os.path.join(self.dir, "record")
        self.record_end = 0
        self.log_path = os.path.join(self.dir, "log")

    def write(self, conf):
        """New settings, for a reload."""
        with open(self.conf, "w", encoding="latin-1") as f:
            f.write(conf.replace("{dir}", self.dir))
        for line in conf.replace("{dir}", self.dir).splitlines():
            if line.startswith("Socket "):
                self.socket = line.split()[1]

    def environment(self):
        env = dict(os.environ, RECORD_FILE=self.record_path)
        # The unit that this host may have is not that of these settings.
        env["SYSTEMD_UNIT_PATH"] = os.path.join(self.dir, "units")
        env["ASAN_OPTIONS"] = f"exitcode={SANITIZER_EXIT}"
        env["TSAN_OPTIONS"] = f"exitcode={SANITIZER_EXIT}:suppressions={SUPPRESSIONS}"
        return env

    def command(self, *flags):
        return [*WRAPPER, self.binary, *flags, *self.args]

    def call(self, *flags, **popen):
        """Run to its end: (exit code, standard output, standard error)."""
        done = subprocess.run(
            self.command(*flags),
            capture_output=True,
            env=self.environment(),
            timeout=60 * PATIENCE,
            **popen,
        )
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def start(self, *flags, **popen):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                self.command("-f", *flags),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.environment(),
                **popen,
            )
        if not until(lambda: self.answers() or self.process.poll() is not None):
            raise RuntimeError(f"no answer: {self.log()}")
        if self.process.poll() is not None:
            raise RuntimeError(f"exit {self.process.returncode}: {self.log()}")
        return self

    def answers(self):
        """It serves: connections alone come in while it still looks at the socket it made."""
        try:
            with Client(self.socket, 5) as c:
                c.negotiate()
            return True
        except (OSError, MilterError):
            return False

    def log(self):
        with open(self.log_path, encoding="latin-1") as f:
            return f.read()

    def records(self):
        """What the session was told since the last call."""
        try:
            with open(self.record_path, encoding="latin-1") as f:
                f.seek(self.record_end)
                text = f.read()
        except FileNotFoundError:
            return []
        whole = text.rfind("\n") + 1
        self.record_end += whole
        return text[:whole].splitlines()

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, seconds=20):
        return self.process.wait(seconds * PATIENCE)

    def stop(self):
        """Its exit code."""
        if self.process is not None and self.process.poll() is None:
            self.signal(signal.SIGTERM)
        try:
            return self.wait() if self.process is not None else None
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *what):
        self.stop()
        shutil.rmtree(self.dir, ignore_errors=True)
