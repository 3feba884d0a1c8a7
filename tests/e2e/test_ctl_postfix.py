#!/usr/bin/python3
"""beschermctl postfix against configurations of Postfix made for it.  TAP; needs root and
Postfix's programs; no Postfix runs.

What it says is to be done is done, as it stands there, and must mend the matter.
"""

import os
import pwd
import re
import shlex
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager
from functools import partial, update_wrapper

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import postfix
import tap
from postfix import PrivatePostfix, free_port
from running import BUILD, USER, work_folder

RELATIVE = "unix:beschermd/beschermd.sock"
POSTFIX = "postfix"


class Setup:
    """A conf, a Postfix that is configured, and a socket with somebody behind it."""

    def __init__(self, where, conf="", **options):
        self.dir = tempfile.mkdtemp(dir=where)
        os.chmod(self.dir, 0o755)
        self.postfix = PrivatePostfix(os.path.join(self.dir, "p"), **options)
        self.postfix.configure()
        self.queue = os.path.join(self.postfix.dir, "spool")
        self.inside = os.path.join(self.queue, "beschermd", "beschermd.sock")
        self.outside = os.path.join(self.dir, "run", "beschermd.sock")
        self.conf = os.path.join(self.dir, "beschermd.conf")
        self.write(f"Socket unix:{self.inside}\n" + conf)
        self.servers = []

    def write(self, conf, mode="w"):
        with open(self.conf, mode, encoding="ascii") as f:
            f.write(f"UserID {USER}\n" + conf if mode == "w" else conf)

    def serve(self, path, folder_mode=0o2750, mode=0o660, group=POSTFIX):
        folder = os.path.dirname(path)
        os.makedirs(folder, exist_ok=True)
        gid = pwd.getpwnam(group).pw_gid
        os.chown(folder, pwd.getpwnam(USER).pw_uid, gid)
        os.chmod(folder, folder_mode)
        server = socket.socket(socket.AF_UNIX)
        server.bind(path)
        server.listen(16)
        os.chown(path, pwd.getpwnam(USER).pw_uid, gid)
        os.chmod(path, mode)
        self.servers.append(server)
        return self

    def run(self, *arguments, **environment):
        os.utime(os.path.join(self.postfix.etc, "main.cf"), (1, 1))  # as in PrivatePostfix
        done = subprocess.run(
            [os.path.join(BUILD, "beschermctl"), "postfix", "-c", self.conf,
             "--config-dir", self.postfix.etc, *arguments],
            capture_output=True,
            text=True,
            check=False,
            env=dict(os.environ, LC_ALL="C", **environment),
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    def close(self):
        for server in self.servers:
            server.close()
        threading.Thread(target=self.postfix.sink.shutdown, daemon=True).start()


class Answer:
    def __init__(self, code, text, error):
        self.code, self.text, self.error = code, text, error
        self.mend = re.findall(r"^MEND  (.*)\n      > (.*)$", text, re.M)

    def lines(self, kind):
        return [line[6:] for line in self.text.splitlines() if line.startswith(kind + " ")]

    def main_cf(self):
        """The lines for main.cf, as they are to be pasted."""
        return self.text.partition("In main.cf:\n\n")[2].partition("\n\n")[0]

    def conf(self):
        """The lines for beschermd.conf."""
        part = self.text.partition("In beschermd.conf")[2]
        return part.partition("\n\n")[2].partition("\n\n")[0]

    def __str__(self):
        return f"exit {self.code}\n{self.text}{self.error}"


@contextmanager
def setup(where, conf="", **options):
    made = Setup(where, conf, **options)
    try:
        yield made
    finally:
        made.close()


def is_well(answer, name):
    tap.ok(answer.code == 0 and not answer.mend and "All is well." in answer.text, name, answer)


def finds(answer, what, name):
    """One thing is to be mended, and it is that.  Its command."""
    found = answer.code == 1 and len(answer.mend) == 1 and what in answer.mend[0][0]
    tap.ok(found and "1 thing to fix.\nWhen that is done: systemctl restart beschermd && " in answer.text, name, answer)
    return answer.mend[0][1] if found else "false"


def obey(command):
    """Run a command as it was printed."""
    subprocess.run(["sh", "-ec", command], check=False, stdout=subprocess.DEVNULL)


def test_well(where):
    for chroot in ("y", "n", "-"):
        with setup(where, milter=RELATIVE, chroot=chroot) as s:
            answer = s.serve(s.inside).run()
            is_well(answer, f"below the queue directory, chroot {chroot}")
            tap.equal(
                answer.main_cf(),
                f"smtpd_milters = {RELATIVE}\nmilter_default_action = tempfail",
                "the lines for main.cf",
            )
            tap.ok(f"user postfix can reach {s.inside}" in answer.text, "it was tried", answer)


def test_outside(where):
    with setup(where) as s:
        s.write(f"Socket unix:{s.outside}\n")
        s.serve(s.outside, 0o755, 0o666)
        command = finds(s.run(), "smtpd_milters is empty", "not in smtpd_milters")
        obey(command)
        is_well(s.run(), "an absolute path where there is no chroot")


def test_chroot_cannot_see(where):
    """The classic: the default socket with Debian's chroot."""
    with setup(where, chroot="y", settings=[("smtpd_milters", "inet:127.0.0.1:1")]) as s:
        s.write(f"Socket unix:{s.outside}\n")
        s.serve(s.outside, 0o755, 0o666)
        obey(f"postconf -c {s.postfix.etc} -e "
             f"'smtpd_milters = inet:127.0.0.1:1, unix:{s.outside}'")
        answer = s.run()
        tap.ok("smtpd runs in a chroot below" in answer.text and answer.code == 1,
               "the socket is outside of the chroot", answer)
        s.serve(s.inside)
        with open(os.path.join(s.postfix.etc, "main.cf"), "a", encoding="ascii") as f:
            f.write(answer.main_cf() + "\n")
        s.write(answer.conf() + "\n")
        tap.ok("\nSocketGroup postfix" in answer.conf(), "SocketGroup is told", answer)
        answer = s.run()
        is_well(answer, "pasting the lines mends it")
        tap.ok(f"smtpd_milters = inet:127.0.0.1:1, {RELATIVE}\n" in answer.text,
               "the wrong path is gone, the other filter stays", answer)


def test_moved(where):
    """The socket was in the spool and is not any more."""
    for now in (RELATIVE, f"inet:127.0.0.1:1, {RELATIVE}"):
        with setup(where, settings=[("smtpd_milters", now)]) as s:
            s.write(f"Socket unix:{s.outside}\n")
            s.serve(s.outside, 0o755, 0o666)
            rest = now.replace(RELATIVE, "")
            command = finds(s.run(), f"does not have unix:{s.outside}", "the place of before")
            tap.ok(f"'smtpd_milters = {rest}unix:{s.outside}'" in command, "is left out", command)
            obey(f"postconf -c {s.postfix.etc} -e 'smtpd_milters = {now}, unix:{s.outside}'")
            obey(finds(s.run(), f"smtpd_milters has {RELATIVE} too", "beside the new one it is found"))
            is_well(s.run(), "and removed")


def test_compatibility(where):
    """master(5): "-" means a chroot below compatibility_level 1."""
    with setup(where, milter=RELATIVE, chroot="-", settings=[("compatibility_level", "0")]) as s:
        answer = s.serve(s.inside).run()
        tap.ok("smtpd runs in a chroot," in answer.text, "chroot by compatibility_level", answer)


def test_folders(where):
    with setup(where, milter=RELATIVE) as s:
        command = finds(s.run(), f"{os.path.dirname(s.inside)} is not there", "no folder")
        obey(command)
        folder = os.stat(os.path.dirname(s.inside))
        tap.equal(
            (folder.st_mode & 0o7777, folder.st_uid, folder.st_gid),
            (0o2750, pwd.getpwnam(USER).pw_uid, pwd.getpwnam(POSTFIX).pw_gid),
            "the command makes the folder",
        )
        tap.equal(finds(s.run(), f"{s.inside} is not there", "not a socket"),
                  "systemctl restart beschermd", "which says to start it")
        with open(s.inside, "w", encoding="ascii"):
            pass
        finds(s.run(), f"{s.inside} is not a socket", "a file is not a socket")
        os.unlink(s.inside)
        s.serve(s.inside)
        is_well(s.run(), "all there")
        s.servers.pop().close()
        finds(s.run(), "nothing listens at", "a socket that nothing listens at")


def test_modes(where):
    rows = (
        ("its folder is closed to the group", dict(folder_mode=0o2700)),
        ("its folder is of another group", dict(group="root")),
        ("its folder is closed to all", dict(folder_mode=0o000, group="root")),
    )
    for name, how in rows:
        with setup(where, milter=RELATIVE, chroot="y") as s:
            s.serve(s.inside, **{"mode": 0o666, **how})
            command = finds(s.run(), "may not enter the folder " + os.path.dirname(s.inside), name)
            obey(command)
            is_well(s.run(), f"mended by {shlex.split(command)[0]}")
    with setup(where, milter=RELATIVE) as s:
        s.serve(s.inside)
        os.chmod(s.dir, 0o700)
        obey(finds(s.run(), f"may not enter the folder {s.dir} (mode 0700", "a folder above"))
        is_well(s.run(), "mended")


def test_socket_mode(where):
    for how in (dict(mode=0o600), dict(mode=0o640), dict(mode=0o660, group="root", folder_mode=0o755)):
        with setup(where, milter=RELATIVE) as s:
            s.serve(s.inside, **how)
            command = finds(s.run(), f"may not write to the socket {s.inside} (mode", f"{how}")
            tap.ok("SocketGroup postfix, SocketMode 0660" in command, "the settings", command)
    with setup(where) as s:
        s.write(f"Socket unix:{s.outside}\n")
        obey(f"postconf -c {s.postfix.etc} -e 'smtpd_milters = unix:{s.outside}'")
        s.serve(s.outside, 0o755, 0o660, "nobody")
        tap.equal(finds(s.run(), "may not write to the socket", "outside: by its group"),
                  "adduser postfix nogroup && systemctl restart postfix", "the command")


def test_mynetworks(where):
    nets = "127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128"
    with setup(where, milter=RELATIVE, settings=[("mynetworks", nets)]) as s:
        s.serve(s.inside)
        is_well(s.run(), "mynetworks of this host alone")
    nets += " 10.1.0.0/16, [2001:db8::]/32 !10.1.2.3"
    with setup(where, milter=RELATIVE, settings=[("mynetworks", nets)]) as s:
        s.serve(s.inside)
        command = finds(s.run(), "lacks: 10.1.0.0/16, 2001:db8::/32;", "networks missing")
        line = command.partition("in beschermd.conf: ")[2]
        tap.equal(line, "IgnoreHosts 127.0.0.0/8, ::1, local, 10.1.0.0/16, 2001:db8::/32", "a line")
        s.write(line + "\n", "a")
        is_well(s.run(), "the line mends it")
    with setup(where, conf="IgnoreHosts 127.0.0.0/8, ::1, 10.1.0.0/17\n", milter=RELATIVE,
               settings=[("mynetworks", nets)]) as s:
        s.serve(s.inside)
        command = finds(s.run(), "lacks: 10.1.0.0/16, 2001:db8::/32;", "a half is not all")
        line = command.partition("in beschermd.conf: ")[2]
        tap.equal(line, "IgnoreHosts 10.1.0.0/16, 2001:db8::/32", "a line that adds")
        s.write(line + "\n", "a")
        is_well(s.run(), "added, it mends it")


def test_mynetworks_files(where):
    plain, table = os.path.join(where, "plain"), os.path.join(where, "table")
    with open(plain, "w", encoding="ascii") as f:
        f.write("# ours\n192.0.2.0/28 192.0.2.16\n")
    with open(table, "w", encoding="ascii") as f:
        f.write("# ours\n198.51.100.0/24 the school\n")
    nets = f"127.0.0.0/8 {plain} cidr:{table} hash:{where}/none {where}/absent"
    with setup(where, milter=RELATIVE, settings=[("mynetworks", nets)]) as s:
        answer = s.serve(s.inside).run()
        finds(answer, "lacks: 192.0.2.0/28, 192.0.2.16, 198.51.100.0/24;", "networks in files")
        looks = "\n".join(answer.lines("look"))
        tap.ok("hash:" in looks and "/absent" in looks, "what cannot be read is told", answer)


def test_settings(where):
    rows = (
        ("milter_default_action", "accept", "comes in unchecked"),
        ("milter_default_action", "reject", "not simply deferred"),
        ("milter_protocol", "2", "milter_protocol is 2"),
        ("non_smtpd_milters", RELATIVE, "non_smtpd_milters has us"),
    )
    for name, value, what in rows:
        with setup(where, milter=RELATIVE, settings=[(name, value)]) as s:
            s.serve(s.inside)
            obey(finds(s.run(), what, f"{name} = {value}"))
            is_well(s.run(), "the command mends it")
    braces = "{ %s, default_action = accept }, inet:127.0.0.1:1" % RELATIVE
    with setup(where, milter=braces) as s:
        answer = s.serve(s.inside).run()
        finds(answer, "default_action=accept", "default_action in braces")
        tap.ok("inet:127.0.0.1:1 comes after us" in answer.text, "the order is told", answer)
    for braces, what in (("{ %s, protocol = 2 }", "protocol=2"), ("{ %s, x_protocol=2, default_action=tempfail }", None)):
        with setup(where, milter=braces % RELATIVE) as s:
            answer = s.serve(s.inside).run()
            if what is not None:
                finds(answer, what, "protocol in braces")
            else:
                is_well(answer, "another word in braces")
    with setup(where, milter="inet:127.0.0.1:1 " + RELATIVE,
               settings=[("smtpd_milter_maps", "cidr:/dev/null")]) as s:
        answer = s.serve(s.inside).run()
        tap.equal(answer.code, 0, "another filter before us is fine")
        tap.ok("inet:127.0.0.1:1 comes before us" in answer.text, "but told", answer)
        tap.ok("smtpd_milter_maps is in use" in answer.text, "smtpd_milter_maps is told", answer)


def test_local(where):
    with setup(where, milter="local:beschermd/beschermd.sock") as s:
        is_well(s.serve(s.inside).run(), "local: is unix:")
    with setup(where) as s:
        s.write(f"Socket local:{s.outside}\n")
        s.serve(s.outside, 0o755, 0o666)
        obey(f"postconf -c {s.postfix.etc} -e 'smtpd_milters = local:{s.outside}'")
        is_well(s.run(), "also in our Socket")


def test_shutdown(where):
    for version, well in (("3.7.11", False), ("3.10.1", False), ("3.11.0", True), ("4.0", True)):
        settings = [("milter_default_action", "shutdown"), ("mail_version", version)]
        with setup(where, milter=RELATIVE, settings=settings) as s:
            answer = s.serve(s.inside).run()
            tap.equal(answer.code, 0 if well else 1, f"shutdown with Postfix {version}")
            braces = "{ %s, default_action=shutdown }" % RELATIVE
            obey(f"postconf -c {s.postfix.etc} -e 'smtpd_milters = {braces}' 'milter_default_action = tempfail'")
            tap.equal(s.run().code, 0 if well else 1, "and in braces")


def test_no_milters(where):
    name = "receive_override_options"
    with setup(where, milter=RELATIVE, settings=[(name, "no_address_mappings, no_milters")]) as s:
        obey(finds(s.serve(s.inside).run(), f"{name} has no_milters: mail comes in unchecked", "no_milters in main.cf"))
        is_well(s.run(), "taken out")
        with open(os.path.join(s.postfix.etc, "main.cf"), encoding="utf-8") as f:
            tap.ok(f"{name} = no_address_mappings\n" in f.read(), "and nothing else")
    for service, what in (("smtp inet n - n - - smtpd", "mail comes in there unchecked"),
                          ("smtpd pass - - n - - smtpd", "mail comes in there unchecked")):
        with setup(where, milter=RELATIVE, services=f"{service} -o {name}=no_milters\n") as s:
            finds(s.serve(s.inside).run(), what, f"-o no_milters of {service.split()[0]}")
    for service in ("127.0.0.1:10025", "localhost:10025", "[::1]:10025"):
        with setup(where, milter=RELATIVE, services=f"{service} inet n - n - - smtpd -o {name}=no_milters\n") as s:
            answer = s.serve(s.inside).run()
            is_well(answer, f"{service}: a content filter's way back")
            tap.ok("no_milters" not in answer.text, "is not worth a word", answer)
    outside = f"smtp inet n - n - - smtpd -o {name}=\n"
    with setup(where, milter=RELATIVE, settings=[(name, "no_milters")], services=outside) as s:
        is_well(s.serve(s.inside).run(), "main.cf means the services of this host alone")
    with setup(where, milter=RELATIVE, services=f"127.0.0.1:smtp inet n - n - - smtpd -o {name}=no_milters\n") as s:
        is_well(s.serve(s.inside).run(), "and port 25 on loopback is one of them")
    with setup(where, milter=RELATIVE, services=f"submission inet n - n - - smtpd -o {name}=no_milters\n") as s:
        answer = s.serve(s.inside).run()
        is_well(answer, "what own users send may go by")
        tap.ok("submission/inet has receive_override_options=no_milters: its mail does not come to us" in answer.text, "but is told", answer)


def test_proxy_filter(where):
    name = "smtpd_proxy_filter"
    with setup(where, milter=RELATIVE, settings=[(name, "127.0.0.1:1")]) as s:
        finds(s.serve(s.inside).run(), f"{name} is in use: milters see no message there", "in main.cf")
    for service in ("smtp", "127.0.0.1:2"):
        both = f"{service} inet n - n - - smtpd -o {name}=127.0.0.1:3\n127.0.0.1:3 inet n - n - - smtpd -o {name}= -o smtpd_milters=\n"
        with setup(where, milter=RELATIVE, services=both) as s:
            finds(s.serve(s.inside).run(), f"{name} of {service}/inet is in use: milters see no message there",
                  f"-o of {service}")
    without = f"127.0.0.1:2 inet n - n - - smtpd -o {name}=127.0.0.1:3 -o smtpd_milters=\n"
    with setup(where, milter=RELATIVE, services=without) as s:
        is_well(s.serve(s.inside).run(), "one that does without us anyhow")


def test_macros(where):
    mail, connect = "milter_mail_macros", "milter_connect_macros"
    rows = (
        (mail, "i {mail_addr} {client_addr} {client_name}", "lacks {auth_authen}"),
        (mail, "i {auth_type}", "lacks {auth_authen}"),
        (mail, "i {auth_authen_x} {x_auth_authen}", "lacks {auth_authen}"),
        (connect, "j {daemon_name}", "lacks v"),
        (connect, "{daemon_name} v", "lacks j"),
        ("milter_macro_v", "Some MTA", 'is "Some MTA"'),
        ("mail_name", "Sendmail", "is taken for Sendmail"),
        ("soft_bounce", "yes", "soft_bounce is yes: what we refuse is only deferred"),
    )
    for name, value, what in rows:
        with setup(where, milter=RELATIVE, settings=[(name, value)]) as s:
            obey(finds(s.serve(s.inside).run(), what, f"{name} = {value}"))
            is_well(s.run(), "the command mends it")
    defaults, taken = "milter_macro_defaults", "all mail is taken for mail from users who logged in"
    for value in ("auth_authen=x", "i=1, {auth_authen}=x", "{auth_type}=x {auth_authen} = x", "{ auth_authen = x }"):
        with setup(where, milter=RELATIVE, settings=[(defaults, value)]) as s:
            how = finds(s.serve(s.inside).run(), f"{defaults} has auth_authen: {taken}", f"{defaults} = {value}")
            tap.equal(how, f"remove auth_authen from {defaults}", "what to do")
            obey(f"postconf -c {s.postfix.etc} -X {defaults}")
            is_well(s.run(), "which mends it")
    own = f"submission inet n - n - - smtpd -o {{ {defaults} = {{auth_authen}}=x }}\n"
    with setup(where, milter=RELATIVE, services=own) as s:
        finds(s.serve(s.inside).run(), f"{defaults} of submission/inet has auth_authen", "a service that has it itself")
    for value in ("{auth_type}=auth_authen", "xauth_authen=x auth_authen2=x", "auth_authen", "{daemon_name}=beschermd-prove"):
        with setup(where, milter=RELATIVE, settings=[(defaults, value)]) as s:
            is_well(s.serve(s.inside).run(), f"{defaults} = {value}")
    for value in ("i {auth_authen}", "{auth_authen},i", "i auth_authen"):
        with setup(where, milter=RELATIVE, settings=[(mail, value), (connect, "{j}, v")]) as s:
            is_well(s.serve(s.inside).run(), f"{mail} = {value}")
    with setup(where, "IgnoreAuthenticatedClients no\nAuthservID x.example\n", milter=RELATIVE,
               settings=[(mail, "i"), (connect, "v")]) as s:
        is_well(s.serve(s.inside).run(), "what the settings make no use of may be missing")
    own = "submission inet n - n - - smtpd -o { milter_mail_macros=i {auth_type} }\n"
    with setup(where, milter=RELATIVE, services=own) as s:
        finds(s.serve(s.inside).run(), "milter_mail_macros of submission/inet lacks", "a service that has them itself")


def test_policy(where):
    name = "smtpd_recipient_restrictions"
    asks = "permit_mynetworks, check_policy_service %s, reject_unauth_destination"
    spf = "policyd-spf unix - n n - 0 spawn user=nobody argv=%s\n"
    for address in ("unix:private/policyd-spf", "local:private/policyd-spf", "unix:public/gone", "{ unix:private/policyd-spf, timeout=10s }", "unix:private/gone"):
        with setup(where, milter=RELATIVE, settings=[(name, asks % address)]) as s:
            finds(s.serve(s.inside).run(), "which is gone: Postfix defers the mail", f"{address}: not in master.cf")
    for program in ("/nonexistent/policyd-spf", "/usr/bin/python3 /nonexistent/policyd-spf",
                    "/usr/bin/env python3 -u /nonexistent/policyd-spf", "/bin/sh /nonexistent/policyd-spf"):
        with setup(where, milter=RELATIVE, settings=[(name, asks % "unix:private/policyd-spf")],
                   services=spf % program) as s:
            finds(s.serve(s.inside).run(), "its program /nonexistent/policyd-spf is gone", f"{program}: no such program")
    with setup(where, milter=RELATIVE, settings=[(name, asks % "unix:private/policyd-spf")],
               services=spf % "/usr/bin/python3 /usr/bin/id /nonexistent.conf") as s:
        answer = s.serve(s.inside).run()
        is_well(answer, "one that is there")
        tap.ok("refuses mail by SPF alone" in answer.text, "is told", answer)
    port = free_port()
    for address in (f"inet:127.0.0.1:{port}", f"inet:localhost:{port}", f"{{ inet:[::1]:{port}, timeout=5s }}"):
        with setup(where, milter=RELATIVE, settings=[(name, asks % address)]) as s:
            finds(s.serve(s.inside).run(), "which is gone: Postfix defers the mail", f"{address}: nobody answers")
        for service in (f"127.0.0.1:{port}", str(port), f"localhost:{port}", f"[::1]:{port}"):
            if service.count(":") and service.split(":")[0] not in address:
                continue
            with setup(where, milter=RELATIVE, settings=[(name, asks % address)],
                       services=f"{service} inet n n n - 0 spawn user=nobody argv=/usr/bin/env\n") as s:
                is_well(s.serve(s.inside).run(), f"{service} in master.cf")
    with setup(where, milter=RELATIVE, settings=[(name, asks % f"inet:127.0.0.1:{port}")]) as s:
        s.servers.append(socket.create_server(("127.0.0.1", port)))
        is_well(s.serve(s.inside).run(), "somebody answers")
    with setup(where, milter=RELATIVE, settings=[(name, asks % "inet:192.0.2.1:1")]) as s:
        is_well(s.serve(s.inside).run(), "one elsewhere is not ours to ask")
    classes = [("smtpd_restriction_classes", "greylist, spf"), ("greylist", "permit"),
               ("spf", "check_policy_service unix:private/gone, permit"), (name, "spf, reject_unauth_destination")]
    with setup(where, milter=RELATIVE, settings=classes) as s:
        finds(s.serve(s.inside).run(), "spf asks unix:private/gone, which is gone", "in a list of the admin's own")
    own = f"submission inet n - n - - smtpd -o {{ {name} = {asks % 'unix:private/gone'} }}\n"
    with setup(where, milter=RELATIVE, services=own) as s:
        finds(s.serve(s.inside).run(), f"submission/inet/{name} asks unix:private/gone", "in master.cf")


def test_docker(where):
    for nets in ("127.0.0.0/8 172.16.0.0/12", "127.0.0.0/8 172.18.0.0/16"):
        with setup(where, milter=RELATIVE, settings=[("mynetworks", nets)]) as s:
            answer = s.serve(s.inside).run()
            is_well(answer, f"mynetworks = {nets}: no advice")
            tap.ok("could exempt the whole Internet" in "".join(answer.lines("look")), "but a warning", answer)
    for net in ("0.0.0.0/0", "0.0.0.0/1", "172.0.0.0/8", "172.16.0.0/11", "20.0.0.0/8", "[::]/0", "[2000::]/3"):
        with setup(where, milter=RELATIVE, settings=[("mynetworks", "127.0.0.0/8 " + net)]) as s:
            answer = s.serve(s.inside).run()
            is_well(answer, f"mynetworks = {net}: no advice")
            tap.ok("a large part of the Internet" in "".join(answer.lines("look")), "but a warning", answer)
    with setup(where, milter=RELATIVE, settings=[("mynetworks", "127.0.0.0/8 172.16.5.0/24 172.16.0.0/12")]) as s:
        answer = s.serve(s.inside).run()
        tap.ok("lacks: 172.16.5.0/24;" in answer.text and "IgnoreHosts 127.0.0.0/8, ::1, local, 172.16.5.0/24\n" in answer.text,
               "a network of a school is advised", answer)


def test_services(where):
    other = "127.0.0.1:2 inet n - n - - smtpd -o smtpd_milters=\n"
    with setup(where, milter=RELATIVE, services=other) as s:
        answer = s.serve(s.inside).run()
        is_well(answer, "a service without us for a content filter")
        tap.ok("127.0.0.1:2/inet has smtpd_milters=: its mail does not come" in answer.text, "told", answer)
    with setup(where, milter=RELATIVE, services="smtpd pass - - n - - smtpd -o smtpd_milters=\n") as s:
        finds(s.serve(s.inside).run(), "mail comes in there unchecked", "postscreen's without us")
    own = "127.0.0.2:smtp inet n - n - - smtpd -o { smtpd_milters=%s }\n"
    with setup(where, services=own % RELATIVE) as s:
        is_well(s.serve(s.inside).run(), "named for port 25 in master.cf alone")
    braces = "{ %s, default_action=accept }" % RELATIVE
    with setup(where, services=own % braces) as s:
        finds(s.serve(s.inside).run(), "default_action=accept", "and with braces that accept")
    with setup(where, services=own % RELATIVE + "25 inet n - n - - smtpd\n") as s:
        finds(s.serve(s.inside).run(), "smtpd_milters is empty", "but not for all of port 25")
    services = "127.0.0.2:smtp inet n - n - - smtpd -o milter_default_action=accept\n"
    with setup(where, milter=RELATIVE, services=services) as s:
        finds(s.serve(s.inside).run(), "milter_default_action=accept", "a service that accepts")
    for service in ("smtp inet", "submission inet", "smtpd pass"):
        with setup(where, milter=RELATIVE, services=f"{service} n - n - - smtpd -o milter_protocol=2\n".replace("pass n", "pass -")) as s:
            finds(s.serve(s.inside).run(), "has milter_protocol=2, but we need 6", f"{service}: an old protocol")


def test_inet(where):
    port = free_port()
    with setup(where, milter=f"inet:127.0.0.1:{port}", chroot="y") as s:
        s.write(f"Socket inet:{port}@localhost\n")
        command = finds(s.run(), f"inet:localhost:{port} cannot be reached", "inet: nobody there")
        tap.equal(command, "systemctl restart beschermd", "start it")
        server = socket.create_server(("127.0.0.1", port))
        s.servers.append(server)
        is_well(s.run(), "inet: reached")
    with setup(where) as s:
        s.write("Socket inet6:8891@::1\n")
        tap.ok("smtpd_milters = inet:[::1]:8891\n" in s.run().text, "inet6 in Postfix's words")


def test_errors(where):
    with setup(where, milter=RELATIVE) as s:
        s.serve(s.inside)
        tap.equal(s.run(PATH="/nonexistent").code, 69, "no Postfix: 69")
        tap.equal(s.run("--config-dir", s.dir).code, 69, "no main.cf: 69")
        tap.equal(s.run("--wrong").code, 64, "a wrong option: 64")
        tap.equal(s.run("more").code, 64, "an argument: 64")
        s.write("Socket inet:8891\n")
        tap.equal(s.run().code, 78, "a Socket that cannot work: 78")
        s.write("Nonsense yes\n")
        tap.equal(s.run().code, 78, "a conf with a mistake: 78")


TESTS = (
    test_well, test_outside, test_chroot_cannot_see, test_moved, test_compatibility, test_folders, test_modes,
    test_socket_mode, test_mynetworks, test_mynetworks_files, test_settings, test_services,
    test_local, test_shutdown, test_no_milters, test_proxy_filter, test_macros, test_policy, test_docker,
    test_inet, test_errors,
)


def main():
    if why := postfix.missing():
        tap.skip_all(why)
        return
    with work_folder("ctl-postfix") as where:
        tap.run([update_wrapper(partial(test, where), test) for test in TESTS])


if __name__ == "__main__":
    main()
