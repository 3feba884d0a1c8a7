#!/usr/bin/python3
"""The filter under the very restrictions of its unit: mail, reload and stop are as ever.

systemd need not be init: tests/lib/unitbox.py does what the unit asks for.  That it
really does is shown by programs that try what is forbidden, inside and outside.
"""

import configparser
import http.client
import json
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading

srcdir = os.environ.get("srcdir", ".")
sys.path.insert(0, os.path.join(srcdir, "tests/lib"))
# As a probe it runs in the box, where the source may be out of sight.
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
sys.dont_write_bytecode = True

import dnsfault  # noqa: E402
import hostile  # noqa: E402
import provemessages  # noqa: E402
import provetalk  # noqa: E402
import tap  # noqa: E402
from daemon import built, measured, sanitized  # noqa: E402
from milterclient import send_message  # noqa: E402
from running import BUILD, USER, Running, until  # noqa: E402

UNIT = os.path.join(BUILD, "systemd/beschermd.service")
EXPORTER = os.path.join(BUILD, "systemd/beschermd-exporter.service")
BOX = os.path.abspath(os.path.join(srcdir, "tests/lib/unitbox.py"))
MESSAGE = (
    b"Authentication-Results: mx.school.example; dmarc=pass\r\n"
    b"From: Joe <joe@sender.example>\r\nSubject: hello\r\n\r\nhello\r\n"
)


class Zone(dnsfault.FaultServer):
    """sender.example sends from 192.0.2.1 and wants all else refused."""

    texts = {
        "sender.example": "v=spf1 ip4:192.0.2.1 -all",
        "_dmarc.sender.example": "v=DMARC1; p=reject",
    }

    def answer(self, packet, tcp):
        name, rtype, _ = dnsfault.question(packet)
        if name in self.texts:
            return self.found(packet, name, rtype, text=self.texts[name]), 0
        return dnsfault.reply(packet, 3, (), dnsfault.negative(name)), 0


class Syslog:
    """What would be /dev/log; each line as it came."""

    def __init__(self, path):
        self.lines = []
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.sock.bind(path)
        os.chmod(path, 0o666)
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        while True:
            self.lines.append(self.sock.recv(65536))

    def said(self, pattern):
        return until(lambda: any(re.search(pattern, line) for line in list(self.lines)))


class Boxed(Running):
    """As the unit starts it, with a program in place of /usr/sbin/beschermd."""

    def __init__(self, action, conf=""):
        super().__init__(built(), conf)
        self.action = action
        owner = pwd.getpwnam(self.user()).pw_uid
        for name in ("run", "state", "program", "settings", "journal"):
            os.mkdir(f"{self.dir}/{name}")
        for name in ("run", "state"):
            os.chown(f"{self.dir}/{name}", owner, -1)
        shutil.copy2(self.binary, f"{self.dir}/program/beschermd")
        shutil.copy2(__file__, f"{self.dir}/program/probe")
        shutil.copy2(os.path.join(provemessages.FOLDER, "zone"), f"{self.dir}/program/zone")
        shutil.copytree(os.path.dirname(BOX), f"{self.dir}/program/lib", ignore=shutil.ignore_patterns("__pycache__"))
        self.socket = f"unix:{self.dir}/run/beschermd.sock"
        self.syslog = Syslog(f"{self.dir}/journal/dev-log")

    @staticmethod
    def user():
        names = {entry.pw_name for entry in pwd.getpwall()}
        return "beschermd" if "beschermd" in names else USER

    def environment(self):
        return dict(super().environment(), BESCHERMD_PROVEDIR="/run/program")

    def settings(self, conf):
        with open(f"{self.dir}/settings/beschermd.conf", "w", encoding="ascii") as f:
            f.write(conf)

    def boxed(self, *command):
        return ["/usr/bin/python3", BOX, UNIT, self.dir, self.action, *command]

    def command(self, *_):
        with open(UNIT, encoding="ascii") as f:
            flags = re.search(r"^ExecStart=\S+ (.*)$", f.read(), re.M).group(1).split()
        return self.boxed("/run/program/beschermd", *flags, "-c", "/run/settings/beschermd.conf")


def prove(d):
    """The first test opens a resolver, in the midst of mail; another service's message knows nothing of it."""
    case = provemessages.CASES[0]
    macros = {"j": "mx.school.example", "v": "Postfix", "{daemon_name}": provetalk.SERVICE}
    message = {"client": case.client, "helo": case.helo, "mail_from": f"<{case.mail_from}>"}
    return [send_message(d.socket, provetalk.text_of(case), macros=macros, **message).action,
            send_message(d.socket, provetalk.text_of(case), **message).action]  # fmt: skip


def service(action):
    zone = Zone()
    settings = f"Nameservers 127.0.0.1@{zone.port}\nDNSSEC off\nLogLevel debug\nSocketMode 0666\n"
    with Boxed(action) as d:
        d.settings(settings)
        d.start()
        with open(f"/proc/{d.process.pid}/status", encoding="ascii") as f:
            status = dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)
        for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
            tap.equal(int(status[name], 16), 0, f"{action}: no capabilities ({name})")
        tap.equal((status["NoNewPrivs"], status["Seccomp"]), ("1", "2"), f"{action}: it is filtered")
        result = send_message(d.socket, MESSAGE, mail_from="<joe@sender.example>")
        field = next((e[3] for e in result.edits if e[0] == "insert"), "")
        tap.ok("dmarc=pass" in field and "spf=pass" in field, f"{action}: mail comes in", result)
        gone = [e for e in result.edits if e[0] == "change"]
        tap.equal(len(gone), 1, f"{action}: the forged results are removed")
        bad = {"client": "192.0.2.66", "mail_from": "<joe@sender.example>"}
        tap.equal(send_message(d.socket, MESSAGE, **bad).action, "reject", f"{action}: or is refused")
        tap.equal(prove(d), ["reject", "continue"], f"{action}: tests of prove have their zone")
        d.settings(settings + "Mode monitor\n")
        d.signal(signal.SIGUSR1)
        tap.ok(d.syslog.said(rb"settings reloaded"), f"{action}: it reloads")
        tap.equal(
            send_message(d.socket, MESSAGE, **bad).action, "continue", f"{action}: and goes by that"
        )
        tap.ok(d.syslog.said(rb"action=accept would=reject"), f"{action}: /dev/log has the lines")
        tap.equal(d.stop(), 0, f"{action}: it stops with 0")
        tap.ok(d.syslog.said(rb"stopped"), f"{action}: in good order", d.log())
        tap.equal(os.listdir(f"{d.dir}/run"), [], f"{action}: and takes its socket away")
        faults = [x for x in d.syslog.lines if re.search(rb"^<(16|17|18|19|20)>|not permitted", x)]
        tap.equal((faults, d.log()), ([], ""), f"{action}: nothing was missing to it")
    zone.udp.close()
    zone.tcp.close()


def test_errno():
    service("errno")


def test_kill():
    """It never so much as asks for what is forbidden."""
    service("kill")


def exporter(action):
    """The exporter under its own unit."""
    with Boxed(action) as d:
        shutil.copy2(os.path.join(BUILD, "beschermctl"), f"{d.dir}/program/beschermctl")
        d.settings("Metrics /run/beschermd/m.prom\n")
        with open(f"{d.dir}/run/m.prom", "w", encoding="ascii") as f:
            f.write("beschermd_mode_enforce 1\n")
        with open(EXPORTER, encoding="ascii") as f:
            arguments = re.search(r"^ExecStart=\S+ (.*)$", f.read(), re.M).group(1).split()
        tap.equal(arguments, ["metrics", "--listen", "127.0.0.1:9893"], f"{action}: how the exporter is started")
        command = ["/usr/bin/python3", BOX, EXPORTER, d.dir, action, "/run/program/beschermctl"]
        process = subprocess.Popen(
            [*command, "metrics", "--listen", "0", "-c", "/run/settings/beschermd.conf"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ, LC_ALL="C"),
        )  # fmt: skip
        port = process.stdout.readline().split()
        if not tap.ok(port, f"{action}: the exporter begins"):
            print("# " + process.stderr.read().replace("\n", "\n# "))
            return
        for path, code in (("/metrics", 200), ("/health", 200), ("/", 404)):
            connection = http.client.HTTPConnection("127.0.0.1", int(port[-1]), timeout=30)
            connection.request("GET", path)
            tap.equal(connection.getresponse().status, code, f"{action}: it answers to {path}")
            connection.close()
        process.terminate()
        tap.equal((process.wait(30), process.stderr.read()), (0, ""), f"{action}: nothing was missing to it")
        process.stdout.close()
        process.stderr.close()


def test_exporter():
    if not os.path.exists(EXPORTER):
        tap.skip("the exporter's unit", "a build without libmicrohttpd")
        return
    for action in ("errno", "kill"):
        exporter(action)


def test_syslog_lines():
    """What test_log.py sees on standard error, as syslog gets it."""
    zone = hostile.Zone()
    with Boxed("errno") as d:
        d.settings(
            f"Nameservers 127.0.0.1@{zone.port}\nDNSSEC off\nLogLevel debug\nSocketMode 0666\n"
        )
        d.start()
        count = hostile.send_all(d.socket)
        tap.equal(d.stop(), 0, "syslog: it stops with 0")
        d.syslog.said(rb"stopped")
        heads = [re.match(rb"<\d+>\w{3} [ \d]\d [\d:]{8} beschermd\[\d+\]: ", x) for x in d.syslog.lines]
        tap.ok(all(heads), "syslog: each line has its head")
        lines = [line[head.end() :] for line, head in zip(d.syslog.lines, heads) if head]
        tap.equal(hostile.faults(lines, count), [], f"syslog: {count} messages, a sound line each")
    zone.udp.close()
    zone.tcp.close()


# The control: what the unit forbids is really forbidden here.

PROBES = {}


def probe(inside, outside="ok"):
    """What becomes of it in the box, and what of it outside; None: either way."""

    def add(function):
        PROBES[function.__name__] = (function, inside, outside)
        return function

    return add


def called(result):
    import ctypes

    if result == -1:
        raise OSError(ctypes.get_errno(), "")


def libc():
    import ctypes

    return ctypes.CDLL(None, use_errno=True)


@probe("ok", None)
def write_runtime_folder():
    open("/run/beschermd/probe", "w").close()
    os.unlink("/run/beschermd/probe")


@probe("ok", None)
def write_state_folder():
    open("/var/lib/beschermd/probe", "w").close()


@probe("EROFS", None)
def write_elsewhere():
    open("/run/world/probe", "w").close()


@probe("EROFS", None)
def write_program():
    os.chmod("/run/world", 0o700)


@probe("EACCES", None)
def list_home():
    os.listdir("/home")


@probe("ENOENT")
def see_other_processes():
    os.stat("/proc/1/status")


@probe("ENOENT")
def read_kernel_settings():
    os.stat("/proc/sys/kernel/hostname")


@probe("ENOENT")
def open_other_devices():
    os.stat("/dev/tty")


@probe("ok")
def open_internet_socket():
    socket.socket(socket.AF_INET6).close()


@probe("EAFNOSUPPORT")
def open_netlink_socket():
    socket.socket(socket.AF_NETLINK, socket.SOCK_RAW).close()


@probe("EPERM")
def map_write_and_execute():
    import mmap

    mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)


@probe("EPERM")
def make_data_executable():
    import ctypes
    import mmap

    area = mmap.mmap(-1, 4096)
    at = ctypes.addressof(ctypes.c_char.from_buffer(area))
    called(libc().mprotect(ctypes.c_void_p(at), 4096, 5))


@probe("EPERM")
def make_setuid_file():
    path = f"/tmp/beschermd-probe-{os.getpid()}"
    with open(path, "w"):
        pass
    try:
        os.chmod(path, 0o4755)
    finally:
        os.unlink(path)


@probe("EPERM")
def set_user():
    os.setuid(os.getuid())


@probe("EPERM")
def trace():
    called(libc().ptrace(0, 0, 0, 0))


@probe("EPERM")
def change_personality():
    called(libc().personality(0x0040000))


@probe("EPERM")
def change_priority():
    os.nice(1)


@probe("EPERM", None)
def make_namespace():
    called(libc().unshare(0x10000000))


@probe("ENOSYS", None)
def make_namespace_by_clone3():
    called(libc().syscall(435, None, 0))


@probe("EPERM", None)
def mount_something():
    called(libc().mount(b"none", b"/tmp", b"tmpfs", 0, None))


def outcome(function):
    import errno

    try:
        function()
    except OSError as e:
        return errno.errorcode.get(e.errno, str(e.errno))
    return "ok"


def run_probes(names):
    """What main() does in the box; as each may leave the process changed, in a child."""
    for name in names or PROBES:
        child = os.fork()
        if child == 0:
            print(json.dumps([name, outcome(PROBES[name][0])]), flush=True)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            print(json.dumps([name, signal.Signals(os.WTERMSIG(status)).name]), flush=True)


def as_user():
    os.setgroups([])
    os.setgid(pwd.getpwnam(USER).pw_gid)
    os.setuid(pwd.getpwnam(USER).pw_uid)


def results(command, **popen):
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, **popen)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    if not lines:
        raise RuntimeError(done.stderr)
    return dict(lines)


def test_controls():
    with Boxed("errno") as d:
        program = ("/usr/bin/python3", "-B", "/run/program/probe", "--probe")
        inside = results(d.boxed(*program))
        os.chmod(f"{d.dir}/program", 0o755)
        outside = results(
            ["/usr/bin/python3", "-B", f"{d.dir}/program/probe", "--probe"], preexec_fn=as_user
        )
        for name, (_, wanted, free) in PROBES.items():
            tap.equal(inside.get(name), wanted, f"inside: {name}")
            if free is not None:
                tap.equal(outside.get(name), free, f"outside: {name}")
        tap.equal(os.listdir(f"{d.dir}/state"), ["probe"], "the state folder is the test's")
        d.action = "kill"
        killed = results(d.boxed(*program, "set_user", "open_internet_socket"))
        tap.equal(
            killed,
            {"set_user": "SIGSYS", "open_internet_socket": "ok"},
            "kill: what is not in SystemCallFilter ends the program",
        )
    with Boxed("errno") as d:
        # A unit that says something new must not be taken for tested.
        with open(UNIT, encoding="ascii") as f:
            text = f.read().replace("[Service]", "[Service]\nProtectMoon=yes")
        with open(f"{d.dir}/unit", "w", encoding="ascii") as f:
            f.write(text)
        command = [w if w != UNIT else f"{d.dir}/unit" for w in d.boxed("/bin/true")]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        tap.ok("teach me ProtectMoon" in done.stderr, "a setting that is unknown here", done.stderr)


def test_restarts():
    """Crashes that somebody provokes must not use up what the service manager is ready to restart."""
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str
    unit.read(UNIT, encoding="ascii")
    service = dict(unit["Service"])
    tap.equal(service["Restart"], "on-failure", "a crash is followed by a restart")
    tap.equal(unit["Unit"].get("StartLimitIntervalSec"), "0", "however many there were")
    codes = set(service.get("RestartPreventExitStatus", "").split())
    done = subprocess.run([os.path.join(BUILD, "beschermd"), "-f", "-c", "/nonexistent"], stderr=subprocess.DEVNULL)
    tap.ok(str(done.returncode) in codes, "but not a mistake in the settings", f"{done.returncode}: {codes}")
    tap.ok("69" not in codes and "70" not in codes, "what may be gone soon is tried again", codes)


def missing():
    """Why it cannot be done here; or None."""
    if os.geteuid() != 0:
        return "needs root"
    if shutil.which("unshare") and subprocess.run(["unshare", "-m", "true"], stderr=subprocess.DEVNULL).returncode != 0:
        return "needs mounts of its own, which root in a plain chroot does not get"
    if shutil.which("systemd-analyze") is None:
        return "no systemd-analyze here"
    tried = "import sys; sys.path.insert(0, sys.argv[1]); import unitbox as u; u.check(u.libc.unshare(u.CLONE_NEWNS), '')"
    done = subprocess.run(
        ["/usr/bin/python3", "-B", "-c", tried, os.path.dirname(BOX)], capture_output=True, text=True
    )
    if done.returncode:
        return "python3-seccomp or a mount namespace: " + done.stderr.strip().splitlines()[-1]
    if sanitized() or measured():
        return "sanitizers and gcov need what the unit forbids"
    return None


if __name__ == "__main__":
    if sys.argv[1:2] == ["--probe"]:
        run_probes(sys.argv[2:])
        sys.exit(0)
    WHY = missing()
    if WHY is None:
        tap.run([test_restarts, test_errno, test_kill, test_exporter, test_syslog_lines, test_controls])
    for test in (test_errno, test_kill, test_exporter, test_syslog_lines, test_controls):
        tap.skip(test.__name__, WHY)
    tap.run([test_restarts])
