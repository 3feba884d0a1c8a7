"""A mail server of its own for commands that name /etc and /var: in namespaces, so that this
host sees nothing of it.

    readmehost.enter()                 # runs this program again, inside; or says why that cannot be
    with OwnHost() as host:
        done = host.run("beschermd -n")

Inside, /etc is a copy, /run, /var/lib, /var/mail and Postfix's queue are empty, the network is
loopback alone, and the programs that were built stand first in PATH.  Two stand in for what needs
systemd: systemctl starts what the unit says, as its user, and journalctl reads what that logged.
"""

import importlib.util
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile

from postfix import wait_for

HOST = "mx.school.example"
INSIDE = "BESCHERMD_README_HOST"
BUILD = os.path.abspath(os.environ.get("builddir", "."))
TOP = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
SPACES = ["unshare", "--mount", "--net", "--uts", "--ipc", "--pid", "--fork", "--kill-child", "--mount-proc"]
PROGRAMS = ("unshare", "postfix", "postconf", "ip", "setpriv", "systemd-sysusers", "systemd-tmpfiles")
MASTER = "/usr/share/postfix/master.cf.dist"  # its smtpd is chrooted
EMPTY = ("/run", "/var/lib", "/var/mail", "/var/spool/postfix")
POSTFIX = f"""\
compatibility_level = 3.6
myhostname = {HOST}
mydestination = school.example
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
mailbox_command =
smtpd_authorized_xclient_hosts = 127.0.0.1
smtpd_peername_lookup = no
smtp_dns_support_level = disabled
default_transport = error:nothing leaves this host
maillog_file = /var/log/postfix.log
"""
SYSTEMCTL = """\
#!/bin/sh
start() {{
	rm -f "$(beschermctl conf | sed -n 's/^Socket *unix://p')"
	setpriv --reuid={User} --regid={Group} --clear-groups sh -c 'umask {UMask}; exec {ExecStart}' 2>> {where}/log &
	echo $! > {where}/pid
}}
case "$*" in
"restart beschermd") "$0" stop beschermd; start ;;
"reload beschermd") beschermd -r "$(cat {where}/pid)" ;;
"stop beschermd")
	[ -e {where}/pid ] || exit 0
	kill "$(cat {where}/pid)"
	# What has ended has no program any more, also before somebody asks for its status.
	for _ in $(seq 200); do [ -e "/proc/$(cat {where}/pid)/exe" ] || break; sleep 0.1; done
	rm {where}/pid ;;
"reload postfix") postfix reload ;;
*) echo "systemctl: there is no stand-in for: $*" >&2; exit 1 ;;
esac
"""
JOURNALCTL = """\
#!/bin/sh
[ "$1 $2 $3" = "-u beschermd -g" ] || {{ echo "journalctl: there is no stand-in for: $*" >&2; exit 1; }}
grep -e "$4" {where}/log
"""


def why_not():
    """What this host lacks for it."""
    if os.geteuid() != 0:
        return "needs root"
    missing = [p for p in PROGRAMS if shutil.which(p) is None]
    missing += [f"module {m}" for m in ("dkim", "nacl") if importlib.util.find_spec(m) is None]
    if missing:
        return "no " + ", ".join(missing)
    if not os.path.exists(MASTER):
        return f"no {MASTER}"
    if subprocess.run([*SPACES, "mount", "-t", "tmpfs", "tmpfs", "/run"], capture_output=True, check=False).returncode != 0:
        return "no namespaces"
    return None


def enter():
    """Returns inside; outside only where that cannot be, with the reason."""
    if os.environ.get(INSIDE):
        return None
    reason = why_not()
    if reason is None:
        os.environ[INSIDE] = "1"
        sys.stdout.flush()
        os.execvp(SPACES[0], [*SPACES, sys.executable, *sys.argv])
    return reason


def call(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.returncode}\n{done.stdout}")


def made(name):
    """What make has written for a directory; ${prefix} and its like replaced."""
    with open(os.path.join(BUILD, "Makefile"), encoding="utf-8") as f:
        text = f.read()
    value = f"${{{name}}}"
    while (part := re.search(r"\$\{(\w+)\}", value)) is not None:
        value = value.replace(part[0], re.search(rf"(?m)^{part[1]} = (.*)$", text)[1])
    return value


class OwnHost:
    def __init__(self):
        self.where = tempfile.mkdtemp(prefix="beschermd-host.", dir="/tmp")
        call("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", self.where)
        self.cwd = os.path.join(self.where, "root")
        os.mkdir(self.cwd)

    def __enter__(self):
        self.private_folders()
        socket.sethostname(HOST)
        call("ip", "link", "set", "lo", "up")
        call("systemd-sysusers", os.path.join(TOP, "systemd/sysusers.d/beschermd.conf"))
        call("useradd", "--no-create-home", "anna")
        os.chmod("/var/lib/postfix", 0o700)
        shutil.chown("/var/lib/postfix", "postfix")
        shutil.copy(os.path.join(TOP, "conf/beschermd.conf"), "/etc/beschermd.conf")
        self.programs()
        self.postfix()
        call("systemd-tmpfiles", "--create", os.path.join(TOP, "systemd/tmpfiles.d/beschermd.conf"))
        call("install", "-d", "-o", "beschermd", "-g", "beschermd", "-m", "750", "/var/lib/beschermd")
        return self

    def __exit__(self, *what):
        for command in ("systemctl stop beschermd", "postfix stop"):
            self.run(command)
        call("umount", "--lazy", self.where)
        os.rmdir(self.where)

    def private_folders(self):
        etc = os.path.join(self.where, "etc")
        call("cp", "-a", "/etc", etc)
        call("mount", "--bind", etc, "/etc")
        # Where the programs that were built look for it.
        own = made("sysconfdir")
        if own != "/etc":
            os.makedirs(own, exist_ok=True)
            call("mount", "--bind", "/etc", own)
        for folder in EMPTY:
            call("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", folder)
        os.chmod("/var/mail", 0o1777)
        for folder in ("/var/lib/postfix", "/etc/beschermd.d"):
            os.makedirs(folder, exist_ok=True)
        call("mount", "-t", "tmpfs", "tmpfs", "/var/log")

    def programs(self):
        folder = os.path.join(self.where, "bin")
        os.mkdir(folder)
        # Copies: the user beschermd need not get to where they were built.
        for name in ("beschermd", "beschermctl"):
            shutil.copy(os.path.join(BUILD, name), folder)
        prove = shutil.copytree(os.path.join(TOP, "conf/prove"), os.path.join(self.where, "prove"))
        with open(os.path.join(BUILD, "systemd/beschermd.service"), encoding="ascii") as f:
            unit = dict(re.findall(r"(?m)^(\w+)=(.*)$", f.read()))
        # There is no syslog here: what it logs goes to standard error.
        unit["ExecStart"] = "beschermd " + unit["ExecStart"].partition(" ")[2].replace(" -l", "")
        for name, text in (("systemctl", SYSTEMCTL), ("journalctl", JOURNALCTL)):
            path = os.path.join(folder, name)
            with open(path, "w", encoding="ascii") as f:
                f.write(text.format(where=self.where, **unit))
            os.chmod(path, 0o755)
        self.env = {
            "PATH": f"{folder}:/usr/sbin:/usr/bin:/sbin:/bin",
            "LC_ALL": "C",
            "HOME": self.cwd,
            "BESCHERMD_PROVEDIR": prove,
            "BESCHERMD_LOCALEDIR": os.path.join(BUILD, "po"),
        }

    def postfix(self):
        shutil.copy(MASTER, "/etc/postfix/master.cf")
        with open("/etc/postfix/main.cf", "w", encoding="ascii") as f:
            f.write(POSTFIX)
        call("postfix", "start")
        wait_for("Postfix", lambda: os.path.exists("/var/spool/postfix/public/cleanup"))

    def run(self, command, stdin=None):
        """As root types it: its exit status, what it wrote, and to standard error."""
        # Files: what is still running when it ends would keep a pipe open.
        with tempfile.TemporaryFile("w+", dir=self.where) as out, tempfile.TemporaryFile("w+", dir=self.where) as err:
            done = subprocess.run(
                ["sh", "-ec", command], cwd=self.cwd, env=self.env, input=stdin, stdout=out, stderr=err, text=True,
                timeout=120, check=False,
            )  # fmt: skip
            out.seek(0)
            err.seek(0)
            return done.returncode, out.read(), err.read()

    def settings(self, lines):
        with open("/etc/beschermd.conf", "a", encoding="utf-8") as f:
            f.write(lines)

    def log(self):
        with open(os.path.join(self.where, "log"), encoding="utf-8") as f:
            return f.read()

    def delivered(self, queue_id, seconds=15):
        """The message with that queue id in anna's mailbox."""
        found = []

        def arrived():
            try:
                with open("/var/mail/anna", encoding="utf-8") as f:
                    found[:] = [m for m in re.split(r"(?m)^From .*\n", f.read()) if f" id {queue_id}\n" in m]
            except FileNotFoundError:
                pass
            return found

        wait_for(f"{queue_id} in the mailbox", arrived, seconds)
        return found[0]
