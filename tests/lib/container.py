"""A container without an engine: namespaces of its own, a root that is read only, no syslog,
no capabilities, a limit on processes.  As root.

    with Container(root, image, settings) as c:
        send_message(c.socket, ...)
"""

import json
import os
import shutil
import signal
import subprocess
import tempfile

from running import end, until

PIDS = 64
# What it is one after the other before it is that.
WRAPPERS = ("unshare", "sh", "chroot", "prlimit", "setpriv", "env")
PROGRAMS = ("unshare", "ip", "nsenter", "setpriv", "mount", "chroot")
# $1: the root folder, then pairs of what is mounted where, a line "--" and the command.
START = r"""
root=$1
shift
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for node in null zero full random urandom; do
	: > "$root/dev/$node"
	mount --bind "/dev/$node" "$root/dev/$node"
done
while [ "$1" != -- ]; do
	case $1 in
	rw:*) mount --bind "${1#rw:}" "$root$2" ;;
	ro:*)
		mount --bind "${1#ro:}" "$root$2"
		mount -o remount,bind,ro "$root$2"
		;;
	esac
	shift 2
done
shift
ip link set lo up
[ -n "$writable" ] || mount -o remount,bind,ro "$root"
cd "$root"
exec chroot "$root" "$@"
"""


class Limit:
    """On processes and threads: a cgroup's where one can be made, else one of the user."""

    def __init__(self):
        self.folder = None
        for top in ("/sys/fs/cgroup/pids", "/sys/fs/cgroup"):
            if self.make(os.path.join(top, f"beschermd-test-{os.getpid()}")):
                break

    def make(self, folder):
        try:
            os.mkdir(folder)
        except OSError:
            return False
        try:
            with open(os.path.join(folder, "pids.max"), "w", encoding="ascii") as f:
                f.write(str(PIDS))
        except OSError:
            os.rmdir(folder)
            return False
        self.folder = folder
        return True

    def name(self):
        return "pids of a cgroup" if self.folder else "RLIMIT_NPROC"

    def enter(self):
        """For preexec_fn."""
        if self.folder:
            with open(os.path.join(self.folder, "cgroup.procs"), "w", encoding="ascii") as f:
                f.write(str(os.getpid()))

    def words(self):
        return [] if self.folder else ["prlimit", f"--nproc={PIDS}:{PIDS}"]

    def close(self):
        if self.folder:
            until(self.gone)

    def gone(self):
        try:
            os.rmdir(self.folder)
        except OSError:
            return False
        return True


class Container:
    """${root}: where it is run.  ${image}: of containerfile.  ${mounts}: more, as (source, target).
    ${plain}: as engines do it where nothing is said, with capabilities and a root to write to.
    """

    def __init__(self, root, image, settings, mounts=(), env=None, plain=False):
        self.plain = plain
        self.root, self.image = root, image
        self.env = dict(image.env, **(env or {}))
        self.limit = Limit()
        self.top = tempfile.mkdtemp(prefix="beschermd-container.", dir="/tmp")
        os.chmod(self.top, 0o755)
        self.mounts = [("ro:" + source, target) for source, target in mounts]
        self.settings = self.folder("settings")
        self.write(settings)
        self.volumes = {}
        for volume in image.volumes:
            self.volumes[volume] = self.folder("volume" + volume.replace("/", "-"))
            owner = os.stat(root + volume)
            os.chown(self.volumes[volume], owner.st_uid, owner.st_gid)
            self.mounts.append(("rw:" + self.volumes[volume], volume))
        self.log_path = os.path.join(self.top, "log")
        self.process = self.pid = None

    def folder(self, name):
        path = os.path.join(self.top, name)
        os.mkdir(path)
        return path

    def write(self, settings):
        with open(os.path.join(self.settings, "site.conf"), "w", encoding="ascii") as f:
            f.write(settings)

    def give(self, name, text):
        """A file beside the settings."""
        with open(os.path.join(self.settings, name), "w", encoding="latin-1") as f:
            f.write(text)

    def mount_settings(self, target):
        self.mounts.append(("ro:" + self.settings, target))

    def become(self):
        """Words that run a command as the image's user, without any capability."""
        if self.plain:
            return ["env", "-i", *(f"{name}={value}" for name, value in self.env.items())]
        user, group = self.image.user.split(":")
        return [
            *self.limit.words(),
            *("setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups", "--no-new-privs"),
            *("--inh-caps=-all", "--ambient-caps=-all", "--bounding-set=-all"),
            *("env", "-i", *(f"{name}={value}" for name, value in self.env.items())),
        ]

    def start(self):
        own = ("unshare", "--mount", "--pid", "--net", "--ipc", "--uts", "--fork", "--kill-child")
        for _, target in self.mounts:
            os.makedirs(self.root + target, exist_ok=True)
        mounts = [word for pair in self.mounts for word in pair]
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [*own, "sh", "-ec", START, "sh", self.root, *mounts, "--", *self.become(), *self.image.entrypoint],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=self.limit.enter,
                start_new_session=True,
                env=dict(os.environ, writable="yes" if self.plain else ""),
            )
        self.pid = until(self.first)
        return self

    def first(self):
        """Its process 1, once that is the command of the image."""
        try:
            with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children", encoding="ascii") as f:
                pid = int(f.read())
            with open(f"/proc/{pid}/cmdline", encoding="utf-8") as f:
                words = f.read().split("\0")
        except (OSError, ValueError):
            return None
        return None if words[0] in WRAPPERS else pid

    def run(self, *command):
        """As `podman exec` does: (exit code, what it wrote)."""
        into = ("nsenter", f"--target={self.pid}", "--mount", "--pid", "--net", "--ipc", "--uts", "--root", "--wd")
        done = subprocess.run(
            [*into, *self.become(), *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            preexec_fn=self.limit.enter,
            text=True,
            timeout=60,
            check=False,
        )
        return done.returncode, done.stdout

    def health(self):
        return self.run("/bin/sh", "-c", self.image.health)

    def status(self):
        """What the kernel says of process 1."""
        with open(f"/proc/{self.pid}/status", encoding="ascii") as f:
            return dict(line.rstrip("\n").split(":\t", 1) for line in f)

    def dead(self):
        """Processes that have ended and wait for process 1."""
        _, states = self.run("perl", "-e", "for (</proc/[0-9]*/stat>) { open my $f, '<', $_ or next; print <$f> } print \"all\"")
        *lines, last = states.splitlines()
        return [line for line in lines if ") Z " in line] if last == "all" else [states]

    def log(self):
        with open(self.log_path, encoding="utf-8") as f:
            return f.read()

    def said(self):
        """Its log: each line an object; one that is none raises."""
        return [json.loads(line) for line in self.log().splitlines()]

    def signal(self, number):
        os.kill(self.pid, number)

    def stop(self, seconds):
        """As `podman stop`: its exit code; None where it had to be killed."""
        self.signal(getattr(signal, self.image.stop_signal))
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def __enter__(self):
        return self

    def __exit__(self, *what):
        # --kill-child: what is in it goes with it
        end(self.process)
        self.limit.close()
        shutil.rmtree(self.top, ignore_errors=True)


def why_not():
    """Why there can be none here, or None."""
    if os.geteuid() != 0:
        return "needs root"
    for program in PROGRAMS:
        if shutil.which(program) is None:
            return f"no {program}"
    own = ["unshare", "--mount", "--pid", "--net", "--ipc", "--uts", "--fork", "sh", "-c", "mount -t tmpfs tmpfs /mnt"]
    done = subprocess.run(own, capture_output=True, text=True, check=False)
    return None if done.returncode == 0 else f"no namespaces of one's own here: {done.stderr.strip()}"
