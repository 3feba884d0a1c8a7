"""Filters that stand beside beschermd on a real server, each private: OpenDKIM that signs, rspamd,
and SpamAssassin as Postfix's content_filter.  Loopback and their own folders only.

    with OpenDKIM(directory, key_pem) as signer:    # signer.milter: for smtpd_milters
    with Rspamd(directory, "use = [...];") as rspamd:
    with SpamAssassin(directory, reinject_port) as spamassassin:    # .port: for content_filter
"""

import os
import pwd
import re
import shutil
import smtplib
import subprocess

from postfix import DOMAIN, Sink, free_port
from running import USER, end, until


def program(name):
    """Where ${name} is; None."""
    return shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")


class Neighbour:
    """A daemon in the foreground that listens on ${socket}, below ${directory}."""

    def __init__(self, directory):
        self.dir = os.path.abspath(directory)
        self.socket = os.path.join(self.dir, "socket")
        self.milter = "unix:" + self.socket
        self.process = None
        os.chmod(self.dir, 0o755)
        os.chown(self.dir, pwd.getpwnam(USER).pw_uid, -1)

    def write(self, name, text, mode=0o644):
        path = os.path.join(self.dir, name)
        with open(path, "w", encoding="ascii") as f:
            f.write(text)
        os.chmod(path, mode)
        os.chown(path, pwd.getpwnam(USER).pw_uid, -1)
        return path

    def command(self):
        raise NotImplementedError

    def __enter__(self):
        log_path = os.path.join(self.dir, "output")
        with open(log_path, "wb") as log:
            self.process = subprocess.Popen(
                self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        until(lambda: os.path.exists(self.socket) or self.process.poll() is not None, 30)
        if not os.path.exists(self.socket):
            with open(log_path, encoding="utf-8", errors="replace") as log:
                text = log.read()
            self.__exit__()
            raise RuntimeError(f"{self.command()[0]} does not start:\n{text}")
        return self

    def __exit__(self, *what):
        end(self.process)


OPENDKIM_CONF = """\
Mode s
Domain {domain}
Selector out
KeyFile {key}
Socket local:{socket}
UMask 000
UserID {user}
Canonicalization relaxed/relaxed
RequireSafeKeys no
Background no
AutoRestart no
Syslog no
InternalHosts {hosts}
"""


class OpenDKIM(Neighbour):
    """Signs for ${domain} with ${key} (PEM), selector "out", what our own ${hosts} send."""

    def __init__(self, directory, key, domain=DOMAIN, hosts="192.0.2.250"):
        super().__init__(directory)
        self.conf = self.write(
            "opendkim.conf",
            OPENDKIM_CONF.format(
                domain=domain,
                key=self.write("key.pem", key.decode(), 0o600),
                socket=self.socket,
                user=USER,
                hosts=self.write("hosts", hosts + "\n"),
            ),
        )

    def command(self):
        return [program("opendkim"), "-f", "-x", self.conf]


# No network, no redis, no rules: what it does with the header is what matters here.
RSPAMD_CONF = """\
options {{
    pidfile = "{dir}/pid";
    filters = "";
    url_tld = "{tld}";
    cache_file = "{dir}/symbols.cache";
    hs_cache_dir = "{dir}/";
    tempdir = "{dir}";
    control_socket = "{dir}/control mode=0600";
    dns {{ nameserver = ["127.0.0.1:{dead}"]; timeout = 0.1s; retransmits = 1; }}
    local_addrs = [];
}}
logging {{ type = "file"; filename = "{dir}/log"; level = "info"; }}
worker "rspamd_proxy" {{
    bind_socket = "{socket} mode=0666";
    milter = yes;
    timeout = 20s;
    count = 1;
    upstream "local" {{ default = yes; self_scan = yes; }}
}}
modules {{ path = "$PLUGINSDIR/milter_headers.lua"; }}
actions {{ reject = 100; add_header = 50; }}
milter_headers {{ {headers} }}
"""


class Rspamd(Neighbour):
    """${headers}: settings of its module milter_headers."""

    def __init__(self, directory, headers):
        super().__init__(directory)
        self.conf = self.write(
            "rspamd.conf",
            RSPAMD_CONF.format(
                dir=self.dir,
                tld=self.write("tld", "example\n"),
                dead=free_port(),
                socket=self.socket,
                headers=headers,
            ),
        )

    def command(self):
        return [program("rspamd"), "-f", "-c", self.conf, "-u", USER, "-g", "nogroup"]


SPAMASSASSIN_CF = """\
use_bayes 0
body GREETING /\\bDear\\b/
score GREETING 0.1
add_header all Status _YESNO_, score=_SCORE_ required=_REQD_
"""


class SpamAssassin(Sink):
    """What Postfix hands to content_filter goes through SpamAssassin and back to
    127.0.0.1:${reinject_port}, from 127.0.0.1."""

    def __init__(self, directory, reinject_port):
        self.dir = directory
        self.reinject_port = reinject_port
        for name, text in (
            ("rules/local.cf", SPAMASSASSIN_CF),
            ("site/init.pre", "loadplugin Mail::SpamAssassin::Plugin::Check\n"),
        ):
            path = os.path.join(directory, name)
            os.mkdir(os.path.dirname(path))
            with open(path, "w", encoding="ascii") as f:
                f.write(text)
        super().__init__()

    def scan(self, content):
        done = subprocess.run(
            [program("spamassassin"), "--local", "--nocreate-prefs",
             "--configpath", os.path.join(self.dir, "rules"),
             "--siteconfigpath", os.path.join(self.dir, "site")],
            input=content.replace(b"\r\n", b"\n"),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"HOME": self.dir, "PATH": "/usr/bin:/bin", "LC_ALL": "C"},
            check=True,
        )
        return done.stdout.replace(b"\n", b"\r\n")

    def store(self, delivered):
        sender, *recipients = (re.search("<(.*?)>", line)[1] for line in delivered.envelope)
        with smtplib.SMTP("127.0.0.1", self.reinject_port, "localhost", timeout=60) as server:
            server.sendmail(sender, recipients, self.scan(delivered.content))

    def __enter__(self):
        return self

    def __exit__(self, *what):
        self.shutdown()
        self.server_close()
