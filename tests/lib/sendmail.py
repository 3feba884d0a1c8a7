"""A private Sendmail for tests, unpacked from Debian's packages, which are never installed: they
would take the place of Postfix.

    with PrivateSendmail(directory, milter="unix:/path/beschermd.sock") as sendmail:
        reply = smtp.send(sendmail.port, ..., xclient=False)
        mail = sendmail.sink.wait(1)[0]

As PrivatePostfix in all else.  It looks at files of the host (/etc/hosts) and knows no XCLIENT,
so a test runs within in_own_host(): a network, a host name and mounts that nobody else sees.
"""

import glob
import os
import re
import subprocess

import ownhost
from postfix import DOMAIN, HOST, PrivateServer, Sink, answers, free_port, wait_for
from running import end

PACKAGES = os.environ.get("SENDMAIL_PACKAGES", "/var/cache/beschermd-test/sendmail")

# The line is that of docs/sendmail.md and beschermd(8), with the socket of the test.
SENDMAIL_MC = """\
OSTYPE(`linux')dnl
define(`confDOMAIN_NAME', `{host}')dnl
LOCAL_DOMAIN(`{domain}')dnl
define(`confSERVICE_SWITCH_FILE', `{dir}/etc/service.switch')dnl
define(`QUEUE_DIR', `{dir}/queue')dnl
define(`confPID_FILE', `{dir}/sendmail.pid')dnl
define(`STATUS_FILE', `')dnl
define(`HELP_FILE', `')dnl
define(`ALIAS_FILE', `{dir}/etc/aliases')dnl
define(`confCONTROL_SOCKET_NAME', `')dnl
define(`confDEF_USER_ID', `nobody:nogroup')dnl
define(`confDONT_BLAME_SENDMAIL', `GroupWritableDirPathSafe,TrustStickyBit')dnl
define(`confDELIVERY_MODE', `interactive')dnl
define(`confDONT_PROBE_INTERFACES', `True')dnl
define(`confQUEUE_LA', `1000')dnl
define(`confREFUSE_LA', `1000')dnl
define(`confTO_IDENT', `0')dnl
define(`confLOG_LEVEL', `9')dnl
define(`MAIL_HUB', `{mailer}:[127.0.0.1]')dnl
define(`LOCAL_RELAY', `{mailer}:[127.0.0.1]')dnl
define(`RELAY_MAILER_ARGS', `TCP $h {sink}')dnl
define(`ESMTP_MAILER_ARGS', `TCP $h {sink}')dnl
define(`LOCAL_MAILER_PATH', `/bin/false')dnl
{canonify}FEATURE(`no_default_msa')dnl
FEATURE(`accept_unresolvable_domains')dnl
FEATURE(`accept_unqualified_senders')dnl
FEATURE(`delay_checks')dnl
DAEMON_OPTIONS(`Name=MTA, Family=inet, Addr=127.0.0.1, Port={port}')dnl
DAEMON_OPTIONS(`Name=MTA6, Family=inet6, Addr=::1, Port={port}')dnl
{filter}{more}MAILER(`smtp')dnl
MAILER(`local')dnl
"""

FILTER = """\
INPUT_MAIL_FILTER(`beschermd',
  `S={milter}, F=T, T=C:10s;S:30s;R:60s;E:5m')dnl
"""

HOST_FILES = {
    "hosts": f"127.0.0.1 {HOST} localhost\n::1 localhost\n",
    "resolv.conf": "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\nservices: files\n",
}


def no_own_host():
    """Why in_own_host() cannot be, "" if it can."""
    return ownhost.missing(more=["--uts"])


def missing():
    """Why there can be none, "" if there can."""
    if not glob.glob(os.path.join(PACKAGES, "sendmail-bin_*.deb")):
        return f"no packages of Sendmail in {PACKAGES}: scripts/install-deps test"
    return ownhost.missing("m4", "dpkg", more=["--uts"])


def in_own_host(where, clients):
    """Start this program anew, on a host of its own that has the addresses ${clients}; there,
    go on.  ${where}: a folder for its files in /etc."""
    if (code := ownhost.enter("--uts")) is not None:
        return code
    for client in clients:
        ownhost.put_on(client)
    for name, text in HOST_FILES.items():
        path = os.path.join(where, name)
        with open(path, "w", encoding="ascii") as f:
            f.write(text)
        subprocess.run(["mount", "--bind", path, os.path.join("/etc", name)], check=True)
    subprocess.run(["hostname", HOST], check=True)
    return None


def unpack(where):
    """The programs below ${where}."""
    for package in glob.glob(os.path.join(PACKAGES, "*.deb")):
        subprocess.run(["dpkg", "-x", package, where], check=True)
    program = os.path.join(where, "usr/libexec/sendmail/sendmail")
    os.chmod(program, 0o755)
    return program


class PrivateSendmail(PrivateServer):
    """${milter}: None for none; ${root}: where it is unpacked; ${more}: lines of sendmail.mc;
    ${canonify}: without FEATURE(`nocanonify'), as by default; ${mailer}: relay or esmtp."""

    accepted = r"^250 2\.0\.0 (\S+) Message accepted"  # the queue id in its reply
    xclient = False

    def __init__(self, directory, milter, root, more="", canonify=False, mailer="relay"):
        self.dir = os.path.abspath(directory)
        self.root = root
        self.program = os.path.join(root, "usr/libexec/sendmail/sendmail")
        self.log = os.path.join(self.dir, "log")
        self.port = free_port()
        self.sink = Sink()
        self.milter, self.more = milter, more
        self.canonify, self.mailer = canonify, mailer
        self.process = None

    def _write(self, name, text):
        path = os.path.join(self.dir, "etc", name)
        with open(path, "w", encoding="ascii") as f:
            f.write(text)
        return path

    def _command(self, *arguments):
        return [self.program, "-C", os.path.join(self.dir, "etc", "sendmail.cf"), *arguments]

    def call(self, *arguments):
        """What the program says when it is run so, as sendmail or mailq."""
        done = subprocess.run(
            self._command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )
        return done.stdout.decode("utf-8", "replace")

    def configure(self):
        os.chmod(self.dir, 0o755)
        os.mkdir(os.path.join(self.dir, "etc"))
        os.mkdir(os.path.join(self.dir, "queue"), 0o700)
        self._write("service.switch", "hosts files\naliases files\npasswd files\n")
        self._write("aliases", "")
        values = {"dir": self.dir, "host": HOST, "domain": DOMAIN, "port": self.port}
        mc = SENDMAIL_MC.format(
            sink=self.sink.port,
            filter=FILTER.format(milter=self.milter) if self.milter else "",
            more=self.more,
            canonify="" if self.canonify else "FEATURE(`nocanonify')dnl\n",
            mailer=self.mailer,
            **values,
        )
        cf = os.path.join(self.root, "usr/share/sendmail/cf/")
        result = subprocess.run(
            ["m4", f"-D_CF_DIR_={cf}", cf + "m4/cf.m4", self._write("sendmail.mc", mc)],
            capture_output=True,
            text=True,
            check=True,
        )
        self._write("sendmail.cf", result.stdout)
        subprocess.run(self._command("-bi"), stdout=subprocess.DEVNULL, check=True)

    def start(self):
        self.configure()
        with open(self.log, "wb") as log:
            # -bD: in the foreground, so that it is ours to end
            self.process = subprocess.Popen(
                self._command("-bD"), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        wait_for("Sendmail", lambda: answers(self.port) or self.process.poll() is not None)
        if self.process.poll() is not None:
            with open(self.log, encoding="utf-8", errors="replace") as log:
                raise RuntimeError(f"Sendmail does not start:\n{log.read()}")

    def stop(self):
        end(self.process)
        self.sink.shutdown()
        self.sink.server_close()

    def _files(self, kind):
        return glob.glob(os.path.join(self.dir, "queue", "**", kind + "*"), recursive=True)

    def queue(self, which):
        """The ids of what waits, or of what is quarantined ("hold")."""
        kind = "hf" if which == "hold" else "qf"
        return sorted(os.path.basename(path)[2:] for path in self._files(kind))

    def control(self, queue_id):
        """The control file of a queued message: one line a fact, by its first letter."""
        (path,) = (path for path in self._files("[hq]f") if path.endswith(queue_id))
        with open(path, encoding="utf-8", errors="replace") as f:
            return f.read()

    def quarantine_reason(self, queue_id):
        found = re.search(r"^q(.*)$", self.control(queue_id), re.M)
        return found[1] if found else None

    def queued(self, queue_id):
        """The header of a queued message: the H lines, ?flags? taken off."""
        lines = re.findall(r"^H(?:\?\S*\?)?(.*(?:\n[ \t].*)*)", self.control(queue_id), re.M)
        return "\n".join(lines).encode()
