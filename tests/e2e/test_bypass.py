#!/usr/bin/python3
"""How mail comes in unchecked through a real Postfix, or own users are kept out: each is shown with
the daemon behind it, then beschermctl postfix must name it, and what it says to do must mend it.
And what keeps forged mail out must stay: an Override without a DMARC record, the settings of a conf
file that is emptied or gone.  TAP; needs root.

builddir: where beschermd is.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import replace

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import messages
import postfix
import smtp
import tap
from daemon import Beschermd, built
from outcome import Way
from postfix import PrivatePostfix, free_port
from running import BUILD, USER, until, work_folder

MARK = "BESCHERMD_TEST_OWN_NETWORK_AND_MOUNTS"


class Bench:
    """The daemon, with a Postfix for each case."""

    def __init__(self, where, post):
        self.where, self.post = where, post
        self.forged = next(m for m in post.messages if m.title == "forged, p=reject")
        self.good = post.messages[0]

    def postfix(self, milter, **options):
        return PrivatePostfix(tempfile.mkdtemp(dir=self.where), milter, **options)

    def daemon(self, conf=""):
        return Beschermd(conf, self.post.zone)


def advice(daemon, mta):
    """What beschermctl postfix says: exit code, [(what is wrong, what mends it)], all of it."""
    done = subprocess.run(
        [os.path.join(BUILD, "beschermctl"), "postfix", "-c", daemon.conf, "--config-dir", mta.etc],
        capture_output=True, text=True, check=False, env=dict(os.environ, LC_ALL="C"))
    return done.returncode, re.findall(r"^MEND  (.*)\n      > (.*)$", done.stdout, re.M), done.stdout + done.stderr


def named(daemon, mta, what, name):
    """One thing is to be mended, ${what}.  How."""
    code, found, text = advice(daemon, mta)
    well = code == 1 and len(found) == 1 and what in found[0][0]
    tap.ok(well, f"{name}: beschermctl postfix names it", text)
    return found[0][1] if well else "false"


def obey(mta, *commands):
    """Do as it was printed, and have Postfix read it."""
    for command in commands:
        subprocess.run(["sh", "-ec", command], check=True, stdout=subprocess.DEVNULL)
    for name in ("main.cf", "master.cf"):
        os.utime(os.path.join(mta.etc, name), (1, 1))  # as in PrivatePostfix
    subprocess.run(["postfix", "-c", mta.etc, "reload"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def is_content(daemon, mta, name):
    code, _, text = advice(daemon, mta)
    tap.ok(code == 0 and "All is well." in text, f"{name}: beschermctl postfix is content", text)


def send(mta, m):
    return smtp.send(mta.port, m.data, m.client, helo=m.helo, mail_from=m.mail_from, login=m.login)


def comes_in(bench, daemon, mta, name, lines=0):
    """The forged message is taken, and the log has ${lines} lines of it, at most that of a client that is ignored."""
    before = len(daemon.lines())
    reply = send(mta, bench.forged)
    tap.ok(reply.startswith("250"), f"{name}: forged mail comes in", reply)
    new = daemon.lines()[before:]
    tap.ok(len(new) <= lines and all("rule=ignored_client" in line for line in new), f"{name}: without a word of ours", new)


def is_refused(bench, mta, name):
    """Postfix may need a moment until its new settings are those of every process."""
    until(lambda: not send(mta, bench.forged).startswith("250"))
    tap.ok(send(mta, bench.forged).startswith("550 5.7.26"), f"{name}: forged mail is refused")


def test_no_milters(bench):
    name = "no_milters in main.cf"
    settings = [("receive_override_options", "no_unknown_recipient_checks, no_milters")]
    with bench.daemon() as daemon, bench.postfix(daemon.socket, settings=settings) as mta:
        comes_in(bench, daemon, mta, name)
        obey(mta, named(daemon, mta, "receive_override_options has no_milters: mail comes in unchecked", name))
        is_refused(bench, mta, name)
        is_content(daemon, mta, name)


def test_no_milters_of_a_service(bench):
    name = "-o receive_override_options=no_milters on port 25"
    if MARK not in os.environ:
        tap.skip(name, "no network of its own, so port 25 may be another's")
        return
    services = "smtp inet n - n - - smtpd -o receive_override_options=no_milters\n"
    with bench.daemon() as daemon, bench.postfix(daemon.socket, services=services) as mta:
        is_refused(bench, mta, "the service without it")
        mta.port = 25
        comes_in(bench, daemon, mta, name)
        how = named(daemon, mta, "smtp/inet has receive_override_options=no_milters: mail comes in there unchecked", name)
        tap.ok("remove no_milters from that service in master.cf" in how, f"{name}: and what to do", how)
        obey(mta, f"postconf -c {mta.etc} -PX smtp/inet/receive_override_options")
        is_refused(bench, mta, name)
        is_content(daemon, mta, name)


def test_proxy_filter(bench):
    name = "smtpd_proxy_filter"
    outer, inner = free_port(), free_port()
    services = (f"127.0.0.1:{outer} inet n - n - - smtpd -o smtpd_proxy_filter=127.0.0.1:{inner}\n"
                f"127.0.0.1:{inner} inet n - n - - smtpd -o smtpd_authorized_xforward_hosts=127.0.0.0/8\n")
    with bench.daemon() as daemon, bench.postfix(daemon.socket, services=services) as mta:
        is_refused(bench, mta, "the service without it")
        mta.port = outer
        comes_in(bench, daemon, mta, name, lines=2)
        how = named(daemon, mta, f"smtpd_proxy_filter of 127.0.0.1:{outer}/inet is in use: milters see no message", name)
        tap.ok("use content_filter" in how and "in front" in how, f"{name}: and what to do", how)
        obey(mta, f"postconf -c {mta.etc} -PX 127.0.0.1:{outer}/inet/smtpd_proxy_filter")
        is_refused(bench, mta, name)
        is_content(daemon, mta, name)


def test_content_filter(bench):
    """What is recommended in its place: checked, taken by a filter, handed back to a port of this host."""
    name = "content_filter"
    back = free_port()
    services = f"127.0.0.1:{back} inet n - n - - smtpd -o content_filter= -o receive_override_options=no_milters\n"
    settings = [("content_filter", f"smtp:[127.0.0.1]:{back}")]
    with bench.daemon() as daemon, bench.postfix(daemon.socket, services=services, settings=settings) as mta:
        is_refused(bench, mta, name)
        reply = send(mta, bench.good)
        delivered = mta.sink.wait_for(b"Subject: Meeting")
        tap.ok(reply.startswith("250") and delivered is not None and b"dmarc=pass" in delivered, f"{name}: good mail comes in", reply)
        is_content(daemon, mta, name)


def login_of(bench):
    """An own user's message, whose From is of a domain with p=reject, from outside."""
    return replace(bench.forged, login="ben")


def test_mail_macros(bench):
    for macros in ("i {mail_addr} {client_addr} {client_name}", "i {auth_type} {auth_author}"):
        name = f"milter_mail_macros = {macros}"
        with bench.daemon() as daemon, bench.postfix(daemon.socket, settings=[("milter_mail_macros", macros)]) as mta:
            reply = send(mta, login_of(bench))
            tap.ok(reply.startswith("550 5.7.26"), f"{name}: an own user is refused", reply)
            obey(mta, named(daemon, mta, "milter_mail_macros lacks {auth_authen}: users who logged in", name))
            until(lambda mta=mta: send(mta, login_of(bench)).startswith("250"))
            reply = send(mta, login_of(bench))
            tap.ok(reply.startswith("250") and "rule=authenticated" in daemon.lines()[-1], f"{name}: mended, he is not", reply)
            is_refused(bench, mta, name)
            is_content(daemon, mta, name)


# Postfix leaves it as it is, Sendmail does not.
LONG_NAME = f'"Boss {"x" * 220}" <info@city.example.evil.example>'


def test_connect_macros(bench):
    name = "milter_connect_macros without v"
    long_name = replace(bench.forged, data=messages.letter(LONG_NAME, "Hello"))
    with bench.daemon() as daemon, bench.postfix(daemon.socket, settings=[("milter_connect_macros", "j {daemon_name}")]) as mta:
        reply = send(mta, long_name)
        tap.ok(reply.startswith("550") and "rule=bad_from" in daemon.lines()[-1], f"{name}: what Sendmail would cut is refused", reply)
        obey(mta, named(daemon, mta, "milter_connect_macros lacks v: Postfix is taken for Sendmail", name))
        until(lambda: send(mta, long_name).startswith("250"))
        reply = send(mta, long_name)
        tap.ok(reply.startswith("250"), f"{name}: mended, it is not", reply)
        is_content(daemon, mta, name)
    name = "milter_connect_macros without j"
    with bench.daemon() as daemon, bench.postfix(daemon.socket, settings=[("milter_connect_macros", "{daemon_name} v")]) as mta:
        way = Way(mta, daemon)
        first = way.send(bench.good).fields()[0]
        tap.ok(not first.startswith(f"Authentication-Results: {postfix.HOST};"), f"{name}: our results have another name", first)
        obey(mta, named(daemon, mta, "milter_connect_macros lacks j: our results are under the name of this host", name))
        until(lambda: way.send(bench.good).fields()[0].startswith(f"Authentication-Results: {postfix.HOST};"))
        first = way.send(bench.good).fields()[0]
        tap.ok(first.startswith(f"Authentication-Results: {postfix.HOST};"), f"{name}: mended, that of Postfix", first)
        is_content(daemon, mta, name)


def test_local(bench):
    for socket in ("local:{path}", "{{ local:{path}, default_action=tempfail }}"):
        with bench.daemon() as daemon:
            milter = socket.format(path=daemon.socket.partition(":")[2])
            with bench.postfix(milter) as mta:
                is_refused(bench, mta, milter)
                is_content(daemon, mta, milter)


def test_policy_service(bench):
    restrictions = "reject_unauth_destination, check_policy_service {service}"
    name = "smtpd_recipient_restrictions"
    for service in ("unix:private/policyd-spf", f"inet:127.0.0.1:{free_port()}"):
        settings = [(name, restrictions.format(service=service)), ("smtpd_policy_service_try_limit", "1")]
        with bench.daemon() as daemon, bench.postfix(daemon.socket, settings=settings) as mta:
            reply = send(mta, bench.good)
            tap.ok(reply.startswith("45"), f"{service} is gone: good mail is deferred", reply)
            how = named(daemon, mta, f"{name} asks {service}, which is gone: Postfix defers the mail", service)
            tap.equal(how, f"remove check_policy_service {service} from {name}", f"{service}: what to do")
            obey(mta, f"postconf -c {mta.etc} -e '{name} = reject_unauth_destination'")
            until(lambda mta=mta: send(mta, bench.good).startswith("250"))
            tap.ok(send(mta, bench.good).startswith("250"), f"{service}: taken out, it comes in")
            is_content(daemon, mta, service)


def test_default_action(bench):
    for settings, in_braces in (([("milter_default_action", "accept")], ""), ([], ", default_action=accept")):
        name = "default_action in braces" if in_braces else "milter_default_action = accept"
        with bench.daemon() as daemon:
            milter = f"{{ {daemon.socket}{in_braces} }}" if in_braces else daemon.socket
            with bench.postfix(milter, settings=settings) as mta:
                is_refused(bench, mta, name)
                how = named(daemon, mta, "accept", name)
                daemon.stop()
                tap.ok(send(mta, bench.forged).startswith("250"), f"{name}: forged mail comes in while the filter is away")
                obey(mta, f"postconf -c {mta.etc} -e 'smtpd_milters = {daemon.socket}'" if in_braces else how)
                until(lambda mta=mta: send(mta, bench.forged).startswith("451"))
                tap.ok(send(mta, bench.forged).startswith("451"), f"{name}: mended, it is deferred")
                daemon.start()
                is_content(daemon, mta, name)


def test_docker(bench):
    name = "mynetworks with Docker's networks"
    stranger = replace(bench.forged, client="172.18.0.1")
    settings = [("mynetworks", "127.0.0.0/8 172.16.0.0/12")]
    with bench.daemon() as daemon, bench.postfix(daemon.socket, settings=settings) as mta:
        reply = send(mta, stranger)
        tap.ok(reply.startswith("550 5.7.26"), f"{name}: forged mail from there is refused", reply)
        code, _, text = advice(daemon, mta)
        tap.ok(code == 0 and "could exempt the whole Internet" in text, f"{name}: no advice that would let it in", text)
        tap.ok("IgnoreHosts 127" not in text, f"{name}: no line for IgnoreHosts", text)


# An Override where there is no DMARC record.

ZONE = """\
$ORIGIN .
$TTL 300
. IN SOA ns.example. hostmaster.example. 1 3600 600 86400 60
. IN NS ns.example.
school.example. IN TXT "v=spf1 ip4:192.0.2.1 -all"
bounce.school.example. IN TXT "v=spf1 ip4:192.0.2.2 -all"
one.group.example. IN TXT "v=spf1 ip4:192.0.2.1 -all"
two.group.example. IN TXT "v=spf1 ip4:192.0.2.2 -all"
group.example. IN TXT "v=spf1 ip4:192.0.2.3 -all"
several.example. IN TXT "v=spf1 ip4:192.0.2.1 -all"
_dmarc.several.example. IN TXT "v=DMARC1; p=none"
_dmarc.several.example. IN TXT "v=DMARC1; p=reject"
unusable.example. IN TXT "v=spf1 ip4:192.0.2.1 -all"
_dmarc.unusable.example. IN TXT "v=DMARC1; p=nonsense"
nobody.example. IN TXT "v=spf1 ip4:192.0.2.1 -all"
evil.example. IN TXT "v=spf1 +all"
loop.school.example. IN CNAME end.school.example.
end.school.example. IN CNAME loop.school.example.
"""
OVERRIDES = """\
Override school.example reject
Override .group.example reject
Override several.example reject
Override unusable.example reject
"""

# client, MAIL FROM, author, the reply, what the log says
OVERRIDE_ROWS = (
    ("192.0.2.1", "ben@school.example", "head@school.example", "250", "action=accept dmarc=none"),
    ("192.0.2.2", "x@bounce.school.example", "head@school.example", "250", "action=accept dmarc=none"),
    ("203.0.113.66", "joe@evil.example", "head@school.example", "550 5.7.26", "rule=override"),
    ("203.0.113.66", "joe@school.example", "head@school.example", "550 5.7.26", "rule=override"),
    ("203.0.113.66", "x@loop.school.example", "head@school.example", "451 4.7.0", "action=tempfail dmarc=none"),
    ("192.0.2.1", "x@one.group.example", "x@one.group.example", "250", "action=accept dmarc=none"),
    ("192.0.2.3", "x@group.example", "x@one.group.example", "250", "action=accept dmarc=none"),
    ("192.0.2.2", "x@two.group.example", "x@one.group.example", "550 5.7.26", "rule=override"),
    ("192.0.2.1", "x@several.example", "x@several.example", "250", "action=accept dmarc=none"),
    ("203.0.113.66", "joe@evil.example", "x@several.example", "550 5.7.26", "rule=override"),
    ("203.0.113.66", "joe@evil.example", "x@unusable.example", "550 5.7.26", "rule=override"),
    ("203.0.113.66", "joe@evil.example", "x@nobody.example", "250", "action=accept dmarc=none"),
)


def test_override(bench):
    with Beschermd(OVERRIDES, ZONE) as daemon, bench.postfix(daemon.socket) as mta:
        for client, mail_from, author, reply, said in OVERRIDE_ROWS:
            data = messages.letter(author, "Hello")
            got = smtp.send(mta.port, data, client, mail_from=f"<{mail_from}>")
            line = daemon.lines()[-1]
            tap.ok(got.startswith(reply) and said in line, f"{author} by {mail_from} from {client}: {reply}, {said}",
                   got + "\n" + line)


# A conf file that is emptied, or gone.

STRICT = "Override news.example reject\nMode monitor\n"


def reload(daemon):
    """What the log says of it."""
    before = len(daemon.log())
    daemon.signal(signal.SIGUSR1)
    until(lambda: re.search("settings reloaded|old settings stay", daemon.log()[before:]))
    return daemon.log()[before:]


def is_watching(bench, daemon, mta, name):
    reply = send(mta, bench.forged)
    tap.ok(reply.startswith("250") and "would=reject" in daemon.lines()[-1], f"{name}: it goes on watching", reply)


def test_emptied(bench):
    with Beschermd("Mode monitor\n", bench.post.zone) as daemon, bench.postfix(daemon.socket) as mta:
        is_watching(bench, daemon, mta, "a conf file")
        with open(daemon.conf, encoding="latin-1") as f:
            good = f.read()
        for name, text in (("emptied", ""), ("commented out", re.sub("(?m)^", "# ", good)), ("only a blank line", "\n\n"),
                           ("a pattern that fits no file", f"Include {daemon.dir}/none.d/*.conf\n")):
            daemon.write(text)
            said = reload(daemon)
            tap.ok("old settings stay" in said and "settings reloaded" not in said, f"{name}: the reload is refused", said)
            is_watching(bench, daemon, mta, name)
        os.unlink(daemon.conf)
        said = reload(daemon)
        tap.ok("old settings stay" in said, "gone: the reload is refused", said)
        is_watching(bench, daemon, mta, "gone")
        daemon.write(good.replace("Mode monitor\n", ""))
        said = reload(daemon)
        tap.ok("settings reloaded, enforcing: yes" in said, "a file that says less, but something, counts", said)
        is_refused(bench, mta, "that file")


class Installed(Beschermd):
    """With the settings file that was installed, not one that is named."""

    def __init__(self, path, conf, zone):
        super().__init__(conf, zone)
        with open(self.conf, encoding="latin-1") as f:
            self.text = f.read()
        os.unlink(self.conf)
        self.conf = path
        self.put(self.text)
        self.args = ["-u", USER]

    def put(self, text):
        with open(self.conf, "w", encoding="latin-1") as f:
            f.write(text)


def test_installed(bench):
    name = "the installed file"
    settings = subprocess.run([built(), "-V"], capture_output=True, text=True, check=True)
    path = re.search("(?m)^settings: (.*)", settings.stdout)[1]
    folder = os.path.dirname(path)
    mount = ["mount", "-t", "tmpfs", "tmpfs", folder]
    if MARK not in os.environ or not os.path.isdir(folder) or folder == "/etc" or subprocess.run(mount, check=False).returncode != 0:
        tap.skip(name, "no mount namespace for its folder")
        return
    try:
        with Installed(path, "Mode monitor\n", bench.post.zone) as daemon, bench.postfix(daemon.socket) as mta:
            is_watching(bench, daemon, mta, name)
            os.unlink(path)
            said = reload(daemon)
            tap.ok("old settings stay" in said and "settings reloaded" not in said, f"{name}, gone: the reload is refused", said)
            is_watching(bench, daemon, mta, f"{name}, gone")
            os.makedirs(os.path.join(folder, "b.d"))
            part = os.path.join(folder, "b.d", "a.conf")
            with open(part, "w", encoding="latin-1") as f:
                f.write(daemon.text)
            daemon.put("# nothing of its own\nInclude b.d/*.conf\n")
            said = reload(daemon)
            tap.ok("settings reloaded, enforcing: no" in said, "all in a folder that it includes: taken", said)
            os.unlink(part)
            said = reload(daemon)
            tap.ok("old settings stay" in said, "and that folder emptied: refused", said)
            is_watching(bench, daemon, mta, "the emptied folder")
            os.unlink(path)
            code, out, err = daemon.call("-n", "-p", daemon.socket)
            tap.ok(f"{path} is missing" in err and "enforcing: yes" in out, "a start without it warns", f"{code}\n{out}{err}")
    finally:
        subprocess.run(["umount", folder], check=True)


JUNK = {
    "HTML": "<!DOCTYPE html>\n<html><head><title>404 Not Found</title></head>\n<body>Not here: publicsuffix.org</body></html>\n",
    "a passwd": "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n",
    "nothing": "",
    "comments alone": "// this is a public suffix list\n",
    "one that stops early": "// ===BEGIN ICANN DOMAINS===\nac\ncom.ac\ncom\n",
    "names of hosts": "localhost\nexample.com\nexample.nl\n",
}


def test_suffix_list(bench):
    for name, text in JUNK.items():
        daemon = Beschermd("PublicSuffixList {dir}/list\n", bench.post.zone)
        with open(os.path.join(daemon.dir, "list"), "w", encoding="ascii") as f:
            f.write(text)
        code, out, err = daemon.call("-n")
        tap.ok(code != 0 and "/list: " in out + err, f"{name} is no suffix list: -n", out + err)
        try:
            with daemon:
                tap.ok(False, f"{name} is no suffix list: the daemon starts")
        except RuntimeError as e:
            tap.ok("/list: " in str(e), f"{name} is no suffix list: no start", e)
    with bench.daemon("Discovery psl\n") as daemon:
        junk = os.path.join(daemon.dir, "list")
        with open(junk, "w", encoding="ascii") as f:
            f.write(JUNK["HTML"])
        with open(daemon.conf, "a", encoding="ascii") as f:
            f.write(f"PublicSuffixList {junk}\n")
        said = reload(daemon)
        tap.ok("old settings stay" in said, "nor at a reload", said)


TESTS = (
    test_no_milters, test_no_milters_of_a_service, test_proxy_filter, test_content_filter, test_mail_macros,
    test_connect_macros, test_local, test_policy_service, test_default_action, test_docker, test_override,
    test_emptied, test_installed, test_suffix_list,
)


def own_network():
    """Start anew with a network and mounts that nobody else has, where that can be had."""
    own = ["unshare", "--net", "--mount", "--propagation", "private"]
    if MARK in os.environ or shutil.which("unshare") is None or shutil.which("ip") is None:
        return
    up = [*own, "ip", "link", "set", "lo", "up"]
    if subprocess.run(up, stderr=subprocess.DEVNULL, check=False).returncode == 0:
        os.environ[MARK] = "1"
        os.execvp(own[0], [*own, "sh", "-c", 'ip link set lo up && exec "$@"', "sh", sys.executable, *sys.argv])


def main():
    if why := postfix.missing():
        tap.skip_all(why)
        return
    own_network()
    with work_folder("bypass") as where:
        bench = Bench(where, messages.Post())

        def bound(test):
            def run():
                test(bench)

            run.__name__ = test.__name__
            return run

        tap.run([bound(test) for test in TESTS if not sys.argv[1:] or test.__name__ in sys.argv[1:]])


if __name__ == "__main__":
    main()
