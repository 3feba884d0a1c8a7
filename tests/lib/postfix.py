"""A private Postfix for tests and the demo, beside whatever the host runs.

    with PrivatePostfix(directory, milter="unix:/path/beschermd.sock") as postfix:
        reply = smtp.send(postfix.port, ...)
        mail = postfix.sink.wait(1)[0]      # Delivered(envelope, content), byte for byte

Own configuration, queue and log in ${directory}, which user postfix must be able to
reach; loopback and a free port only; XCLIENT allowed from loopback; mail for anything at
school.example goes to a sink in this process, and nothing else goes anywhere.  Needs
root, as Postfix does.  The host's own Postfix is neither read nor touched.
"""

import os
import pwd
import shutil
import socket
import socketserver
import subprocess
import threading
from collections import namedtuple

from running import until

DOMAIN = "school.example"
HOST = "mx.school.example"

Delivered = namedtuple("Delivered", "envelope content")

MAIN_CF = """\
compatibility_level = 3.6
queue_directory = {dir}/spool
data_directory = {dir}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {dir}/mail.log
maillog_file_prefixes = {dir}
inet_interfaces = 127.0.0.1
inet_protocols = all
myhostname = {host}
mydestination = {domain}
mynetworks =
alias_maps =
local_recipient_maps =
local_header_rewrite_clients =
smtpd_relay_restrictions = reject_unauth_destination
smtpd_authorized_xclient_hosts = 127.0.0.1
smtpd_peername_lookup = no
disable_dns_lookups = yes
smtp_dns_support_level = disabled
local_transport = smtp:[127.0.0.1]:{sink}
default_transport = error:nothing leaves this host
smtputf8_enable = yes
message_size_limit = 1073741824
mailbox_size_limit = 0
smtpd_milters = {milter}
milter_default_action = tempfail
"""

# service type private unprivileged chroot wakeup maxproc command
SMTPD = "127.0.0.1:{port} inet n - {chroot} - - smtpd\n"
SCREEN = """\
127.0.0.1:{port} inet n - n - 1 postscreen
dnsblog   unix - - n - 0 dnsblog
tlsproxy  unix - - n - 0 tlsproxy
smtpd     pass - - {chroot} - - smtpd
"""
MASTER_CF = """\
pickup    unix n - n 60 1 pickup
cleanup   unix n - n - 0 cleanup
qmgr      unix n - n 300 1 qmgr
tlsmgr    unix - - n 1000? 1 tlsmgr
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
trace     unix - - n - 0 bounce
verify    unix - - n - 1 verify
flush     unix n - n 1000? 0 flush
proxymap  unix - - n - - proxymap
smtp      unix - - n - - smtp
showq     unix n - n - - showq
error     unix - - n - - error
retry     unix - - n - - error
anvil     unix - - n - 1 anvil
scache    unix - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
"""


def wait_for(what, condition, seconds=15):
    if not until(condition, seconds):
        raise TimeoutError(f"gave up waiting for {what}")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


class SinkSession(socketserver.StreamRequestHandler):
    """Just enough SMTP to take every message."""

    def reply(self, text):
        self.wfile.write(text + b"\r\n")

    def content(self):
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b".") else line)
        return b"".join(lines)

    def handle(self):
        envelope = []
        self.reply(b"220 sink ESMTP")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb in (b"EHLO", b"LHLO"):
                self.reply(b"250-sink\r\n250-8BITMIME\r\n250 SMTPUTF8")
            elif verb == b"DATA":
                self.reply(b"354 go on")
                self.server.store(Delivered(envelope, self.content()))
                self.reply(b"250 2.0.0 stored")
                envelope = []
            else:
                if verb in (b"MAIL", b"RCPT"):
                    envelope.append(line.strip().decode("utf-8", "replace"))
                self.reply(b"221 bye" if verb == b"QUIT" else b"250 2.0.0 ok")
            if verb == b"QUIT":
                return


class Sink(socketserver.ThreadingTCPServer):
    """Takes the mail that Postfix delivers."""

    daemon_threads, allow_reuse_address, request_queue_size = True, True, 64

    def __init__(self):
        super().__init__(("127.0.0.1", 0), SinkSession)
        self.port = self.server_address[1]
        self.mail = []
        self.arrived = threading.Condition()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        pass  # a client that went away

    def store(self, delivered):
        with self.arrived:
            self.mail.append(delivered)
            self.arrived.notify_all()

    def wait_for(self, text, seconds=15):
        """The content of the mail with ${text} in it; None if none comes."""

        def found():
            return next((one.content for one in self.mail if text in one.content), None)

        with self.arrived:
            return self.arrived.wait_for(found, seconds)

    def wait(self, count, seconds=15):
        """All mail so far, once it is ${count} messages."""
        with self.arrived:
            self.arrived.wait_for(lambda: len(self.mail) >= count, seconds)
            return list(self.mail)


def missing():
    """Why there can be none, "" if there can."""
    if os.geteuid() != 0:
        return "Postfix needs root"
    if shutil.which("postfix") is None:
        return "there is no Postfix: scripts/install-deps test"
    return ""


class PrivateServer:
    """`with` starts it and stops it: start() and stop() are the kind's own."""

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *what):
        self.stop()


class PrivatePostfix(PrivateServer):
    """${settings}: (name, value) for main.cf; ${chroot}: of smtpd, as in master.cf;
    ${services}: more lines of master.cf; ${front}: those of its port, SMTPD or SCREEN."""

    accepted = r"queued as (\S+)"  # the queue id in its reply
    xclient = True

    def __init__(self, directory, milter="", settings=(), chroot="n", services="", front=SMTPD):
        self.dir = os.path.abspath(directory)
        self.etc = os.path.join(self.dir, "etc")
        self.log = os.path.join(self.dir, "mail.log")
        self.port = free_port()
        self.sink = Sink()
        self.settings = [f"{name} = {value}" for name, value in settings]
        self.milter = milter
        self.chroot = chroot
        self.services = services
        self.front = front

    def _write(self, name, text):
        path = os.path.join(self.etc, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        os.utime(path, (1, 1))  # each reader would wait for it to be a second old

    def _postfix(self, verb):
        return subprocess.run(
            ["postfix", "-c", self.etc, verb],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def configure(self):
        for name in ("etc", "etc/dynamicmaps.cf.d", "etc/postfix-files.d", "spool", "data"):
            os.makedirs(os.path.join(self.dir, name), mode=0o755, exist_ok=True)
        os.chmod(self.dir, 0o755)
        os.chown(os.path.join(self.dir, "data"), pwd.getpwnam("postfix").pw_uid, -1)
        for name in ("postfix-files", "post-install", "postfix-script"):
            path = os.path.join("/etc/postfix", name)
            # Debian 13 has the scripts in daemon_directory alone, where Postfix finds them.
            if name == "postfix-files" or os.path.exists(path):
                shutil.copy(path, self.etc)
        values = {
            "dir": self.dir,
            "host": HOST,
            "domain": DOMAIN,
            "port": self.port,
            "sink": self.sink.port,
            "milter": self.milter,
            "chroot": self.chroot,
        }
        self._write("dynamicmaps.cf", "")
        self._write("main.cf", MAIN_CF.format(**values) + "\n".join(self.settings) + "\n")
        self._write("master.cf", (self.front + MASTER_CF).format(**values) + self.services)

    def start(self):
        self.configure()
        result = self._postfix("start")
        if result.returncode != 0:
            raise RuntimeError(f"Postfix does not start:\n{result.stdout}")
        wait_for("Postfix", lambda: answers(self.port))

    def submit(self, message, mail_from, *recipients):
        """By sendmail(1): ${message} with LF lines."""
        command = ["/usr/sbin/sendmail", "-C", self.etc, "-i", "-f", mail_from, *recipients]
        subprocess.run(command, input=message, check=True)

    def master_pid(self):
        try:
            with open(os.path.join(self.dir, "spool/pid/master.pid"), encoding="ascii") as f:
                return int(f.read())
        except (OSError, ValueError):
            return None

    def stop(self):
        pid = self.master_pid()
        if pid is not None and os.path.exists(f"/proc/{pid}"):
            self._postfix("stop")
            try:
                wait_for("Postfix to stop", lambda: not os.path.exists(f"/proc/{pid}"))
            except TimeoutError:
                self._postfix("abort")
        self.sink.shutdown()
        self.sink.server_close()

    def queue(self, which):
        """The queue ids in one of its queues, such as "hold"."""
        folder = os.path.join(self.dir, "spool", which)
        return sorted(name for _, _, names in os.walk(folder) for name in names)

    def queued(self, queue_id):
        """A queued message as it would be delivered."""
        result = subprocess.run(
            ["postcat", "-c", self.etc, "-bhq", queue_id],
            stdout=subprocess.PIPE,
            check=True,
        )
        return result.stdout
