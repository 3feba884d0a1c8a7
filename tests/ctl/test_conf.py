#!/usr/bin/python3
"""Files of OpenDMARC and OpenDKIM as admins have them: loaded by the daemon, converted.

conf/NAME.opendmarc (and .opendkim) are the files, conf/NAME.expected what both programs
say; {dir} is a folder of the test's own, {host} the host.  --write makes the expected
files anew: read the difference.
"""

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

srcdir = os.environ.get("srcdir", ".")
sys.path.insert(0, os.path.join(srcdir, "tests/lib"))
sys.dont_write_bytecode = True

import tap  # noqa: E402
from daemon import Beschermd, built  # noqa: E402
from running import BUILD, SANITIZER_EXIT, USER, until  # noqa: E402

SHAPES = os.path.join(srcdir, "tests/ctl/conf")
CTL = os.path.join(BUILD, "beschermctl")
CHOICE = "RejectFailures no\nRejectFailures yes\n"
FILES = {
    "list.dat": "com\nnl\nco.uk\n",
    "ignore.hosts": "127.0.0.1\n::1\nlocalhost\n192.0.2.0/24 # school\nscan.school.example\n",
    "more.conf": "IgnoreAuthenticatedClients true\n",
    "root.key": ". IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\n",
    "nets": "10.0.0.0/8\n192.0.2.8\n",
}


def scratch():
    folder = tempfile.mkdtemp(prefix="beschermd-test-")
    os.chmod(folder, 0o755)
    os.mkdir(f"{folder}/lists")
    for name, text in FILES.items():
        with open(f"{folder}/{name}", "w", encoding="ascii") as f:
            f.write(text)
    return folder


def run(*command):
    env = dict(os.environ, LC_ALL="C", ASAN_OPTIONS=f"exitcode={SANITIZER_EXIT}")
    env.pop("LANGUAGE", None)
    done = subprocess.run(command, capture_output=True, env=env, timeout=60)
    return (
        done.returncode,
        done.stdout.decode("utf-8", "replace"),
        done.stderr.decode("utf-8", "replace"),
    )


def check(folder, path):
    """The daemon's -n, on a socket and as a user that are there, asking no DNS."""
    extra = f"{folder}/daemon.conf"
    with open(extra, "w", encoding="ascii") as f:
        f.write(f"DNSSEC off\nInclude {path}\n")
    if os.geteuid() == 0:
        os.chown(folder, pwd.getpwnam(USER).pw_uid, -1)  # or it warns that the unit would fail
    return run(built(), "-n", "-c", extra, "-p", f"unix:{folder}/x.sock", "-u", USER)


def shapes():
    return sorted(n[: -len(".opendmarc")] for n in os.listdir(SHAPES) if n.endswith(".opendmarc"))


def place(folder, name):
    """Copy a file of SHAPES into the folder; None: there is none."""
    source = os.path.join(SHAPES, name)
    if not os.path.exists(source):
        return None
    path = f"{folder}/{name}"
    with open(source, encoding="ascii") as f, open(path, "w", encoding="ascii") as out:
        out.write(f.read().replace("{dir}", folder))
    return path


def conversion(folder, name):
    opendmarc, opendkim = place(folder, f"{name}.opendmarc"), place(folder, f"{name}.opendkim")
    return run(
        CTL,
        "conf",
        "--from-opendmarc",
        opendmarc,
        *(["--from-opendkim", opendkim] if opendkim else []),
    )


def said(folder, name):
    """What both programs make of a shape, as the expected file holds it."""
    code, out, err = check(folder, place(folder, f"{name}.opendmarc"))
    settings = [
        re.sub(" +", " ", line)
        for line in out.splitlines()
        if f"{folder}/{name}" in line or line.startswith("enforcing")
    ]
    text = f"== beschermd -n: exit {code}\n{err}" + "".join(f"{s}\n" for s in settings)
    code, out, err = conversion(folder, name)
    text += f"== beschermctl conf --from-opendmarc: exit {code}\n{err}== conf\n{out}"
    text = text.replace(folder, "{dir}")
    return re.sub(rf"(AuthservID )\b{re.escape(socket.gethostname())}(?= )", r"\1{host}", text)


def test_shapes():
    folder = scratch()
    for name in shapes():
        with open(f"{SHAPES}/{name}.expected", encoding="ascii") as f:
            tap.equal(said(folder, name), f.read(), f"{name}: both say what is expected")
    shutil.rmtree(folder)


def test_conversions_load():
    folder = scratch()
    for name in shapes():
        code, out, err = conversion(folder, name)
        if code != 0:
            continue
        with open(f"{folder}/made.conf", "w", encoding="ascii") as f:
            f.write(out)
        code, _, err = run(CTL, "conf", "-c", f"{folder}/made.conf")
        tap.equal(code, 0, f"{name}: beschermctl loads what it made")
        with open(f"{folder}/made.conf", "w", encoding="ascii") as f:
            f.write(re.sub("(?m)^SocketGroup .*", "", out))
        code, out, err = check(folder, f"{folder}/made.conf")
        tap.ok(code == 0 and "\nenforcing: " in out, f"{name}: and so does the daemon", err)
    shutil.rmtree(folder)


OPENDKIM = """\
Mode sv
AuthservID mx.school.example
InternalHosts {hosts}
StdoutLog no
AddCanonicalizedData no
MinimumKeyBits 2048
"""
TRUSTED = """\
# as every tutorial has it
127.0.0.1
localhost
10.1.2.3
192.168.1.0/24   school
192.168.2.0/255.255.255.0
*.example.org
host.example.org
[2001:db8::1]
[2001:db8:1::]/48
!192.168.1.7
0.0.0.0/0
::/0
8.0.0.0/8
11.0.0.0/16
"""
NETWORKS = "10.1.2.3, 192.168.1.0/24, 192.168.2.0/24, 2001:db8::1, 2001:db8:1::/48, 11.0.0.0/16"
POLICYD = """\
#  For a fully commented sample config file see policyd-spf.conf.commented
debugLevel = 1
TestOnly = 1
HELO_reject = Fail
Mail_From_reject=Softfail
PermError_reject = False
TempError_Defer = False
skip_addresses = 127.0.0.0/8,::ffff:127.0.0.0/104,::1, 192.0.2.0/28
Whitelist = 192.168.0.0/31,192.168.1.12, 0.0.0.0/0, relay.example.org
Domain_Whitelist = pobox.com,trustedforwarder.org
Void_Limit = 4
Lookup_Time = 30
Header_Type = AR
Authserv_Id = HOSTNAME
Reason_Message =
"""


def settings_of(text):
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def converted(folder, name, *options):
    """Its settings, once they load in both programs, and what was said."""
    code, out, err = run(CTL, "conf", *options)
    tap.equal(code, 0, f"{name}: converted")
    with open(f"{folder}/made.conf", "w", encoding="utf-8") as f:
        f.write(out)
    code, _, wrong = check(folder, f"{folder}/made.conf")
    tap.ok(code == 0, f"{name}: beschermd -n takes it", wrong)
    return settings_of(out), err


def test_opendkim_alone():
    folder = scratch()
    path = f"{folder}/opendkim.conf"
    with open(f"{folder}/trusted", "w", encoding="ascii") as f:
        f.write(TRUSTED)
    for hosts, networks in (
        (f"{folder}/trusted", NETWORKS),
        (f"refile:{folder}/trusted", NETWORKS),
        ("file:trusted", NETWORKS),
        ("127.0.0.1, 10.0.0.0/8,2001:db8::1", "10.0.0.0/8, 2001:db8::1"),
        ("csl:192.0.2.1,localhost", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::1"),
        ("fd00::1,fe80::1", "fd00::1, fe80::1"),
        ("192.0.2.1/28, 10.0.0.0/255.0.0.0", "192.0.2.1/28, 10.0.0.0/8"),
        ("0/0,10/8,::ffff:0:0/96,100.0.0.0/7,192.168.0.0/15,2000::/3,1.2.3.4:25,192.0.2.9", "192.0.2.9"),
        ("fdab:cd::1,192.0.2.1", "fdab:cd::1, 192.0.2.1"),
        ("[fdab:368::]/40 [::1]", "fdab:368::/40"),
        ("172.16.0.0/12, 2001:db8::/29", "172.16.0.0/12, 2001:db8::/29"),
    ):
        with open(path, "w", encoding="ascii") as f:
            f.write(OPENDKIM.format(hosts=hosts))
        made, err = converted(folder, hosts.replace(folder, ""), "--from-opendkim", path)
        wanted = ["AuthservID mx.school.example", f"IgnoreHosts 127.0.0.0/8, ::1, local, {networks}",
                  "MinimumKeyBits 2048", "Mode monitor"]
        tap.equal(made, wanted, "the settings")
        tap.ok("nothing was refused by DMARC" in err, "watching first", err)
        if networks == NETWORKS:
            for word in ("*.example.org", "host.example.org", "!192.168.1.7", "0.0.0.0/0", "::/0", "8.0.0.0/8"):
                tap.ok(f"InternalHosts: {word} " in err, f"{word} is told", err)
    for hosts in ("/nonexistent/trusted", "ldap://x/", "db:/var/x", "dsn:mysql://a:b@c/d/table=x?keycol=y", "lua:return 1", "127.0.0.1", "0.0.0.0/0"):
        with open(path, "w", encoding="ascii") as f:
            f.write(OPENDKIM.format(hosts=hosts))
        made, err = converted(folder, hosts, "--from-opendkim", path)
        tap.ok(not any(line.startswith("IgnoreHosts") for line in made), "nothing is exempt", made)
        tap.equal("InternalHosts" in err, hosts != "127.0.0.1", "and it is told")
    with open(f"{folder}/opendmarc.conf", "w", encoding="ascii") as f:
        f.write("RejectFailures true\nIgnoreHosts 192.0.2.7\nAuthservID a.example\n")
    with open(path, "w", encoding="ascii") as f:
        f.write(OPENDKIM.format(hosts="10.0.0.0/8"))
    made, _ = converted(folder, "both", "--from-opendmarc", f"{folder}/opendmarc.conf", "--from-opendkim", path)
    tap.ok("IgnoreHosts 192.0.2.7" in made and "IgnoreHosts 10.0.0.0/8" in made, "it adds to OpenDMARC's IgnoreHosts", made)
    tap.ok("AuthservID a.example" in made and "Mode enforce" in made, "whose other lines count", made)
    shutil.rmtree(folder)


# Keys of one version or other, and values as they stand in public files.
OPENDKIM_LINES = (
    ('ReportAddress "Example.com Postmaster" <postmaster@example.com>', []),
    ("SignHeaders From,\"Subject", []),
    ("X-Header Yes", []),
    ("CheckSigningTable no", []),
    ("SingleAuthResult no", []),
    ("ADSPDiscard yes", []),
    ("DisableADSP yes", []),
    ("SendADSPReports yes", []),
    ("UnprotectedPolicy apply", []),
    ("BogusPolicy ignore", []),
    ("LDAPSoftStart yes", []),
    ("ConditionalSignatures refile:/x", []),
    ("NoDiscardableMailTo /x", []),
    ("ReputationTimeFactor 3600", []),
    ("RateLimits /x", []),
    ("MinimumKeyBits 0", ["MinimumKeyBits 1024"]),
    ("MinimumKeyBits 99999", ["MinimumKeyBits 4096"]),
    ("MaximumSignaturesToVerify 0", []),
    ("MaximumSignaturesToVerify 3", ["MaximumSignatures 3"]),
    ("MaximumSignaturesToVerify 1000", ["MaximumSignatures 50"]),
    ("MaximumHeaders 0", []),
    ("MaximumHeaders 999999999", ["MaximumHeaderBytes 16777216"]),
    ("Nameservers 192.0.2.53,192.0.2.54", ["Nameservers 192.0.2.53, 192.0.2.54"]),
    ("Nameservers 192.0.2.53:53, ns.example.org 192.0.2.54,", ["Nameservers 192.0.2.54"]),
    ("Nameservers ns.example.org", []),
    ("TrustAnchorFile /nonexistent/root.key", []),
    ("umask 002\r", []),
)


def test_opendkim_lines():
    folder = scratch()
    path = f"{folder}/opendkim.conf"
    for line, settings in OPENDKIM_LINES:
        with open(path, "w", encoding="ascii") as f:
            f.write(f"Mode sv\n{line}\n")
        made, err = converted(folder, line, "--from-opendkim", path)
        tap.equal(made, settings + ["Mode monitor"], "the settings")
        told = re.search("nonexistent/root|ns.example|KeyBits|9999|1000", line) is not None
        tap.equal(f"{path}:2: warning: {line.split()[0]}" in err, told, "what is left out or changed is told")
    for line, told in (("On-DNSError TempFail", False), ("On-DNSError accept", True), ("On-BadSignature Accept", False),
                       ("On-Default reject", True)):
        with open(path, "w", encoding="ascii") as f:
            f.write(f"{line}\n")
        tap.equal(f"{path}:1: warning" in converted(folder, line, "--from-opendkim", path)[1], told, f"{line}: told")
    for line in ("MinimumKeyBits many", 'Nameservers "192.0.2.53', "Colour red", "AuthservID"):
        with open(path, "w", encoding="ascii") as f:
            f.write(f"{line}\n")
        code, out, err = run(CTL, "conf", "--from-opendkim", path)
        tap.ok(code == 78 and out == "" and f"{path}:1: " in err, f"{line}: refused, with its line", err)
    shutil.rmtree(folder)


def test_policyd_spf():
    folder = scratch()
    path = f"{folder}/policyd-spf.conf"
    with open(path, "w", encoding="ascii") as f:
        f.write(POLICYD)
    made, err = converted(folder, "policyd-spf", "--from-policyd-spf", path)
    wanted = ["IgnoreHosts 127.0.0.0/8, ::1, local, 192.0.2.0/28", "TrustedForwarders 192.168.0.0/31, 192.168.1.12",
              "SPFVoidLookups 4", "DNSTimeout 30s", "ReceivedSPF no", "AuthservID HOSTNAME", "Mode monitor"]
    tap.equal(made, wanted, "the settings")
    for word in ("HELO_reject Fail", "Mail_From_reject Softfail", "0.0.0.0/0 holds a large part", "relay.example.org",
                 "Domain_Whitelist pobox.com", "with a dot before it"):
        tap.ok(word in err, f"{word} is told", err)
    for line, settings in (
        ("Header_Type = SPF", ["ReceivedSPF yes"]),
        ("header_type=none", ["ReceivedSPF no"]),
        ("Header_Type SPF", ["ReceivedSPF yes"]),
        ("Void_Limit = 0", ["SPFVoidLookups 0"]),
        ("Void_Limit = 100", ["SPFVoidLookups 10"]),
        ("Lookup_Time = 5", []),
        ("Lookup_Time = 20", ["DNSTimeout 20s"]),
        ("Lookup_Time = 600", ["DNSTimeout 60s"]),
        ("skip_addresses = 127.0.0.0/8,::1", []),
        ("skip_addresses = 127.0.0.0/8,::ffff:127.0.0.0//104,::1//128", []),
        ("Whitelist = 192.0.2.0//24,2001:db8::1//128", ["TrustedForwarders 192.0.2.0/24, 2001:db8::1"]),
        ("Void_Limit = 1\nVoid_Limit = 3", ["SPFVoidLookups 3"]),
        ("Colour = red", []),
        ("QueueID = True", []),
        ("Reason_URL = http://example.org/?a=\"b&c=d", []),
        ("HELO_reject = SPF_Not_Pass", []),
        ("Whitelist = \nDomain_Whitelist_PTR = example.org", ["TrustedForwarders .example.org"]),
        ("Domain_Whitelist_PTR = Pobox.com,.fwd.example.org, xn--bcher-kva.example.", ["TrustedForwarders .pobox.com, .fwd.example.org, .xn--bcher-kva.example"]),
        ("Whitelist = 192.0.2.1\nDomain_Whitelist_PTR = pobox.com", ["TrustedForwarders 192.0.2.1", "TrustedForwarders .pobox.com"]),
        ("Domain_Whitelist_PTR = com, ., .., 192.0.2.1, *.example.org, joe@example.org", []),
        ("HELO_Whitelist = example.org\nDomain_Whitelist = example.org\nWhitelist_Lookup_Time = 10", []),
        ("skip_addresses = 127.0.0.0/8,::ffff:127.0.0.0/104,::1,130.83.0.0/16,::/64", ["IgnoreHosts 127.0.0.0/8, ::1, local, 130.83.0.0/16, ::/64"]),
    ):
        with open(path, "w", encoding="ascii") as f:
            f.write(line + "\n")
        tap.equal(converted(folder, repr(line), "--from-policyd-spf", path)[0], settings + ["Mode monitor"], "the settings")
    for line in ("Void_Limit = many", "Lookup_Time = 20s", "Header_Type = X", "Colour red", "Authserv_Id = a b"):
        with open(path, "w", encoding="ascii") as f:
            f.write(line + "\n")
        code, out, err = run(CTL, "conf", "--from-policyd-spf", path)
        tap.ok(code == 78 and out == "" and f"{path}:1: " in err, f"{line}: refused, with its line", err)
    shutil.rmtree(folder)


def test_opendmarc_timeout():
    """OpenDMARC's DNSTimeout never did anything; ours does, in a file of ours."""
    folder = scratch()
    path = f"{folder}/x.conf"
    for text, timeout in (
        ("RejectFailures no\nDNSTimeout 5\n", "20s"),
        ("DNSTimeout 0\nRejectFailures no\n", "20s"),
        ("DNSTimeout 5\nMode monitor\n  HistoryFile /x\n", "20s"),
        ("DNSTimeout 5\nMode monitor\n#HistoryFile /x\n", "5s"),
        ("Mode monitor\nDNSTimeout 5s # HistoryFile\n", "5s"),
    ):
        with open(path, "w", encoding="ascii") as f:
            f.write(text)
        code, out, err = run(CTL, "conf", "-c", path)
        tap.ok(code == 0 and re.search(f"(?m)^DNSTimeout +{timeout} ", out), f"{text!r}: {timeout}", out + err)
        tap.equal("OpenDMARC never used it" in err, timeout == "20s", "and it is told")
        code, out, err = run(CTL, "conf", "--from-opendmarc", path)
        tap.ok(code == 0 and "\nDNSTimeout" not in out and "OpenDMARC never used it" in out, "converted: left out", out + err)
    shutil.rmtree(folder)


def test_opendmarc_new_keys():
    folder = scratch()
    path = f"{folder}/x.conf"
    for key in ("RequiredFrom true", "NoReportsList /x", "DMARCbisIgnorePct yes", "DMARCbisWalkMode yes",
                "DMARCbisWalkModeFallback no", "dmarcbiswalkmodelater 3", "LogSPFDNS yes", "ReadCanonicalizedData no",
                "ForensicReports yes", "TweakQuarantine x", "RejectRequiredHeadersFailures yes", "ForensicReportsSentBy x", "TemporaryDirectory /var/tmp",
                'FailureReportsSentBy "Example Postmaster" <postmaster@example.org>'):
        with open(path, "w", encoding="ascii") as f:
            f.write(f"RejectFailures no\n{key}\n")
        code, _, err = run(CTL, "conf", "-c", path)
        tap.ok(code == 0 and ":2: " in err and "of OpenDMARC has no use here" in err, f"{key}: known", err)
        tap.equal(converted(folder, key, "--from-opendmarc", path)[0], ["Mode monitor"], "nothing but the choice")
    shutil.rmtree(folder)


LIST = """\
127.0.0.1
localhost
::1
192.168.0.0/255.255.0.0
192.0.2.1/28    scanner
10.1.2.3# no blank
[2001:db8::1]
*.example.org
.example.net
!10.1.2.3
10.0.0.0/33
someone@example.org
"""
LIST_READ = "127.0.0.1, 127.0.0.0/8, ::1, ::1, 192.168.0.0/16, 192.0.2.1/28, 10.1.2.3, 2001:db8::1"


def test_opendmarc_hosts():
    """opendmarc.conf(5): IgnoreHosts is a path.  What is no address there does not count."""
    folder = scratch()
    path = f"{folder}/x.conf"
    with open(f"{folder}/hosts", "w", encoding="ascii") as f:
        f.write(LIST)
    for word in (f"{folder}/hosts", "hosts"):
        with open(path, "w", encoding="ascii") as f:
            f.write(f"RejectFailures no\nIgnoreHosts {word}\n")
        code, out, err = run(CTL, "conf", "-c", path)
        tap.ok(code == 0 and re.search(f"(?m)^IgnoreHosts +{re.escape(LIST_READ)} +#", out), f"{word}: read", out + err)
        for entry in ("*.example.org", ".example.net", "!10.1.2.3", "10.0.0.0/33", "someone@example.org"):
            tap.ok(f": IgnoreHosts: {entry} " in err, f"{entry} is told", err)
        made, err = converted(folder, word, "--from-opendmarc", path)
        tap.equal(made, ["Mode monitor", f"IgnoreHosts {folder}/hosts"], "and converted, wherever the new file will be")
        tap.ok("IgnoreHosts: *.example.org is a host name" in err, "what does not count in it is told", err)
    for word in ("/nonexistent/hosts", "nonexistent.hosts"):
        with open(path, "w", encoding="ascii") as f:
            f.write(f"RejectFailures no\nIgnoreHosts {word}\n")
        tap.equal(run(CTL, "conf", "-c", path)[0], 78, f"{word}: not there, so it does not load")
        made, err = converted(folder, word, "--from-opendmarc", path)
        tap.ok(made == ["Mode monitor"] and f"IgnoreHosts: {word} " in err, "but is converted without it, and told", err)
    for value, read in (("127.0.0.1, hosts", f"127.0.0.1, {folder}/hosts"), ("192.0.2.1", "192.0.2.1")):
        with open(path, "w", encoding="ascii") as f:
            f.write(f"RejectFailures no\nIgnoreHosts {value}\n")
        tap.equal(converted(folder, value, "--from-opendmarc", path)[0], ["Mode monitor", f"IgnoreHosts {read}"], "the settings")
    odd = f"{folder}/a #, b"
    os.mkdir(odd)
    shutil.copy(f"{folder}/hosts", f"{odd}/my hosts")
    for word in ("my hosts", '"my hosts"'):
        with open(f"{odd}/x.conf", "w", encoding="ascii") as f:
            f.write(f"RejectFailures no\nIgnoreHosts {word}\n")
        made, _ = converted(folder, word, "--from-opendmarc", f"{odd}/x.conf")
        tap.equal(made, ["Mode monitor", f'IgnoreHosts "{odd}/my hosts"'], "a path with blanks is one")
    with open(path, "w", encoding="ascii") as f:
        f.write("Mode monitor\nIgnoreHosts hosts\n")
    code, _, err = run(CTL, "conf", "-c", path)
    tap.ok(code == 78 and '"hosts" is not an address' in err, "in a file of ours a word is no path", err)
    shutil.rmtree(folder)


def test_opendmarc_socket():
    folder = scratch()
    path = f"{folder}/x.conf"
    for socket_spec, made_of_it in (
        ("inet:8893@localhost", ["Socket inet:8893@localhost"]),
        ("inet:8893@[127.0.0.1]", ["Socket inet:8893@[127.0.0.1]"]),
        ("inet6:8893@::1", ["Socket inet6:8893@::1"]),
        ("inet:8893", ["Socket inet:8893@localhost"]),
        ("inet:8893@", ["Socket inet:8893@localhost"]),
        ("inet:8893@[0.0.0.0]", ["Socket inet:8893@localhost"]),
        ("inet6:8893@[::]", ["Socket inet6:8893@localhost"]),
        ("/run/opendmarc.sock", ["Socket unix:/run/beschermd/beschermd.sock"]),
        ("local:/var/spool/postfix/opendmarc/opendmarc.sock",
         ["Socket unix:/var/spool/postfix/beschermd/beschermd.sock", "SocketGroup postfix"]),
    ):
        with open(path, "w", encoding="ascii") as f:
            f.write(f"RejectFailures no\nSocket {socket_spec}\n")
        code, out, err = run(CTL, "conf", "--from-opendmarc", path)
        tap.equal((code, settings_of(out)), (0, ["Mode monitor"] + made_of_it), f"Socket {socket_spec}")
    for socket_spec in ("8893", "opendmarc.sock", "tcp:8893"):
        with open(path, "w", encoding="ascii") as f:
            f.write(f"RejectFailures no\nSocket {socket_spec}\n")
        code, out, err = run(CTL, "conf", "--from-opendmarc", path)
        tap.ok(code == 78 and out == "" and f"{path}:2: Socket: " in err, f"Socket {socket_spec}: refused", err)
    shutil.rmtree(folder)


def test_mode_and_failures():
    """A file of OpenDMARC that was loaded as it is, with a Mode added, means the same when it is converted."""
    folder = scratch()
    path = f"{folder}/x.conf"
    for text in ("Mode monitor\nRejectFailures yes\n", "RejectFailures yes\nMode monitor\n", "Mode enforce\nRejectFailures no\n",
                 "RejectFailures no\n", "RejectFailures yes\n", "Mode enforce\nHistoryFile /x\n"):
        with open(path, "w", encoding="ascii") as f:
            f.write(text)
        modes = []
        made = run(CTL, "conf", "--from-opendmarc", path)[1]
        with open(f"{folder}/made.conf", "w", encoding="ascii") as f:
            f.write(made)
        for name in (path, f"{folder}/made.conf"):
            out = run(CTL, "conf", "-c", name)[1]
            modes.append(re.findall("(?m)^(Mode|OnReject) +(\\w+)", out))
        tap.equal(modes[1], modes[0], f"{text!r}: the same")
    shutil.rmtree(folder)


def test_choice():
    folder = scratch()
    path = place(folder, "debian.opendmarc")
    code, _, err = check(folder, path)
    tap.equal(code, 78, "neither RejectFailures nor Mode: exit 78")
    tap.equal(err.split("\n", 1)[1], CHOICE, "and exactly the two lines to choose from")
    with open(path, encoding="ascii") as f:
        text = f.read()
    for line, enforcing in (
        ("RejectFailures no", "no"),
        ("RejectFailures yes", "yes"),
        ("Mode monitor", "no"),
        ("Mode enforce", "yes"),
    ):
        with open(path, "w", encoding="ascii") as f:
            f.write(text + line + "\n")
        code, out, err = check(folder, path)
        tap.equal(code, 0, f"{line}: loads")
        tap.ok(f"\nenforcing: {enforcing}\n" in out, f"and enforcing: {enforcing}", out)
    shutil.rmtree(folder)


def test_reload():
    with Beschermd("Mode monitor\n", "") as d:
        with open(d.conf, encoding="ascii") as f:
            good = f.read()
        for line, says in (
            ("UMask 002\nRejectFailures yes\n", "settings reloaded"),
            ("HistoryFile /x\nMode monitor\n", "HistoryFile of OpenDMARC has no use here"),
            ("HistoryFile /x\n", "HistoryFile is a key of OpenDMARC"),
            ("RejectFailure yes\n", "did you mean RejectFailures?"),
            ("Mode enforce\n", "settings reloaded, enforcing: yes"),
            ("Mode monitor\n", "settings reloaded, enforcing: no"),
        ):
            before = len(d.log())
            d.write(good.replace("Mode monitor\n", "") + line)
            d.signal(signal.SIGUSR1)
            until(lambda: re.search("settings reloaded|old settings stay", d.log()[before:]))
            tap.ok(says in d.log()[before:], f"reload: {says}", d.log()[before:])


def reloaded(d):
    before = len(d.log())
    d.signal(signal.SIGUSR1)
    until(lambda: re.search("settings reloaded|old settings stay", d.log()[before:]))
    return d.log()[before:]


def test_file_gone():
    """What a file said stays in force where it says nothing any more, until a restart."""
    with Beschermd("Mode monitor\n", "") as d:
        with open(d.conf, encoding="ascii") as f:
            good = f.read()
        d.write("")
        said = reloaded(d)
        tap.ok("no file has a setting any more" in said and "old settings stay" in said, "emptied: refused", said)
        d.write("# " + good.replace("\n", "\n# "))
        said = reloaded(d)
        tap.ok("no file has a setting any more" in said, "all commented out: refused", said)
        os.unlink(d.conf)
        said = reloaded(d)
        tap.ok("No such file" in said and "old settings stay" in said, "gone, and named by -c: refused", said)
        d.write(good)
        said = reloaded(d)
        tap.ok("settings reloaded, enforcing: no" in said, "back: taken", said)


def test_missing():
    installed = re.search("(?m)^settings: (.*)", run(built(), "-V")[1])[1]
    code, _, err = run(CTL, "conf")
    if os.path.exists(installed):
        tap.ok("is missing" not in err, "an installed conf file is not missing", err)
    else:
        tap.ok(code == 0 and f"warning: {installed} is missing" in err, "no installed conf file: a warning", err)
    folder = scratch()
    with open(f"{folder}/b.conf", "w", encoding="ascii") as f:
        f.write("# all commented out\n")
    code, _, err = run(CTL, "conf", "-c", f"{folder}/b.conf")
    tap.ok(code == 0 and err == "", "an untouched file: nothing to warn of", err)
    code, _, err = run(CTL, "conf", "-c", f"{folder}/none.conf")
    tap.equal(code, 78, "one that is named must be there")
    shutil.rmtree(folder)


def test_include_pattern():
    folder = scratch()
    os.mkdir(f"{folder}/b.d")
    path = f"{folder}/b.conf"
    with open(path, "w", encoding="ascii") as f:
        f.write("DNSSEC off\nInclude b.d/*.conf\nInclude missing.d/*.conf\n")
    tap.equal(run(CTL, "conf", "-c", path)[0], 0, "a pattern that fits nothing, in a folder or none")
    for name, text in (("B.conf", "OnReject hold"), ("a.conf", "OnReject header"), ("_.conf", "OnReject accept"),
                       (".hidden.conf", "Nonsense x"), ("c.conf~", "Nonsense x")):
        with open(f"{folder}/b.d/{name}", "w", encoding="ascii") as f:
            f.write(text + "\n")
    for locale in ("C", "nl_NL.UTF-8"):
        done = subprocess.run([CTL, "conf", "-c", path], capture_output=True, text=True, check=False,
                              env=dict(os.environ, LC_ALL=locale))
        tap.ok(re.search("(?m)^OnReject +header +# .*/b.d/a.conf:1$", done.stdout), f"{locale}: in the order of octets",
               done.stdout + done.stderr)
    os.chmod(folder, 0o755)
    tap.equal(check(folder, path)[0], 0, "and the daemon")
    shutil.rmtree(folder)


def test_bad_octets():
    rows = [
        ("Latin-1 in a comment", b"RejectFailures no # caf\xe9\nSyslog yes\n", 0),
        ("Latin-1 in a key", b"Mode monitor\nCaf\xe9 yes\n", 78),
        ("Latin-1 in a value", b"Mode monitor\nRejectString nope \xe9 %s\n", 78),
        ("a NUL", b"Mode monitor\nSyslog yes\0\n", 78),
        ("a line of almost 1 MB", b"Mode monitor\nRejectString " + b"x" * 1000000 + b"\n", 78),
        ("no end of the last line", b"RejectFailures no\nUMask 007", 0),
        ("an octal mask that is none", b"RejectFailures no\nUMask 0o7\n", 78),
        ("a value that is missing", b"RejectFailures\n", 78),
        ("a quote that is not closed", b'RejectFailures no\nRejectString "x\n', 78),
        ("nothing at all", b"", 0),
    ]
    folder = scratch()
    path = f"{folder}/bad.conf"
    for name, content, expected in rows:
        with open(path, "wb") as f:
            f.write(content)
        for command in (("-c", path), ("--from-opendmarc", path)):
            code, out, err = run(CTL, "conf", *command)
            tap.equal(code, expected, f"{name}: {command[0]} exits {expected}")
            if expected != 0:
                tap.ok(
                    out == "" and path in err and len(err) < 2000,
                    "and says where, and writes no file",
                    err,
                )
        tap.equal(check(folder, path)[0], expected, f"{name}: and the daemon too")
    shutil.rmtree(folder)


def test_conf():
    folder = scratch()
    path = f"{folder}/b.conf"
    with open(f"{folder}/more.conf", "w", encoding="ascii") as f:
        f.write("TrustedForwarders 192.0.2.9\n")
    with open(path, "w", encoding="ascii") as f:
        f.write(
            "Mode monitor\nInclude more.conf\nTrustedForwarders file:nets\n"
            "Override a.example accept\n"
        )
    code, out, err = run(CTL, "conf", "-c", path, "-o", "MaximumSignatures=4")
    lines = {line.split()[0]: re.sub(" +", " ", line) for line in out.splitlines()}
    tap.equal(code, 0, "conf -c -o: exit 0")
    for key, line in (
        ("Mode", f"Mode monitor # {path}:1"),
        ("MaximumSignatures", "MaximumSignatures 4 # command line"),
        ("OnReject", "OnReject reject # default"),
        (
            "TrustedForwarders",
            f"TrustedForwarders 192.0.2.9, 10.0.0.0/8, 192.0.2.8 # {folder}/nets:2",
        ),
    ):
        tap.equal(lines[key], line, f"where {key} comes from")
    tap.ok(f"warning: {path}:4: Override a.example accept" in err, "warnings", err)
    shutil.rmtree(folder)


def test_exit_codes():
    folder = scratch()
    path = place(folder, "panel.opendmarc")
    for args, expected in (
        (["-x"], 64),
        (["word"], 64),
        (["--from-opendkim", path], 78),
        (["--from-policyd-spf", path], 78),
        (["--from-policyd-spf", path, "-c", path], 64),
        (["--from-policyd-spf", f"{folder}/missing"], 66),
        (["--from-opendmarc", path, "-c", path], 64),
        (["--from-opendmarc", path, "-o", "Mode=monitor"], 64),
        (["--from-opendmarc", f"{folder}/missing"], 66),
        (["--from-opendmarc", f"{folder}/lists"], 66),
        (["--from-opendmarc", path, "--from-opendkim", f"{folder}/missing"], 66),
        (["--from-opendmarc", path, "--from-opendkim", path], 78),
        (["-c", f"{folder}/missing"], 78),
        (["-o", "Mode=sometimes"], 78),
    ):
        code, out, err = run(CTL, "conf", *args)
        name = " ".join(args).replace(folder, "DIR")
        tap.equal(code, expected, f"conf {name}: exit {expected}")
        tap.ok(out == "" and err != "", "and only standard error is written to", out)
    for args in (["--from-opendmarc", path], ["-c", f"{folder}/more.conf"]):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([CTL, "conf", *args], stdout=full, stderr=subprocess.PIPE, timeout=60)
        tap.ok(done.returncode == 74 and done.stderr, f"conf {args[0]}: a full disk is told", repr(done))
    choice = f"{folder}/choice.conf"
    with open(choice, "w", encoding="ascii") as f:
        f.write("UMask 002\n")
    tap.ok(run(CTL, "conf", "-c", choice)[2].endswith(f":\n{CHOICE}"), "the lines to choose from stand by themselves")
    shutil.rmtree(folder)


def test_moving():
    """The commands of docs/moving.md that touch no running service, as written."""
    folder = scratch()
    os.mkdir(f"{folder}/etc")
    os.mkdir(f"{folder}/root")
    for kind in ("opendmarc", "opendkim"):
        path = place(folder, f"hardened.{kind}")
        shutil.copy(path, f"{folder}/etc/{kind}.conf")
    with open(os.path.join(srcdir, "docs/moving.md"), encoding="utf-8") as f:
        lines = [line.strip() for line in f if re.match(" {4,}", line)]
    enforcing = []
    for line in lines:
        # beschermctl postfix looks at this host's own mail server.
        if not re.match("(beschermctl (?!postfix)|(beschermd|sed|install) )", line):
            continue
        line = line.split(" && systemctl")[0].replace("/etc/", f"{folder}/etc/")
        line = line.replace("/root/", f"{folder}/root/")
        if line == "beschermd -n":
            with open(f"{folder}/etc/beschermd.conf", encoding="ascii") as f:
                text = re.sub("(?m)^SocketGroup .*", "", f.read())
            with open(f"{folder}/etc/checked.conf", "w", encoding="ascii") as f:
                f.write(text)
            code, out, err = check(folder, f"{folder}/etc/checked.conf")
            enforcing += re.findall("(?m)^enforcing: (.*)", out)
        else:
            tool = os.path.abspath(CTL)
            code, _, err = run("sh", "-c", re.sub("^beschermctl", tool, line))
        tap.equal(code, 0, line.replace(folder, ""))
    tap.equal(enforcing, ["no", "no", "yes"], "watching first, then enforcing")
    shutil.rmtree(folder)


def write():
    folder = scratch()
    for name in shapes():
        with open(f"{SHAPES}/{name}.expected", "w", encoding="ascii") as f:
            f.write(said(folder, name))
    shutil.rmtree(folder)


if sys.argv[1:] == ["--write"]:
    write()
else:
    tap.run(
        [
            test_shapes,
            test_conversions_load,
            test_opendkim_alone,
            test_opendkim_lines,
            test_policyd_spf,
            test_opendmarc_timeout,
            test_opendmarc_new_keys,
            test_opendmarc_hosts,
            test_opendmarc_socket,
            test_mode_and_failures,
            test_choice,
            test_reload,
            test_file_gone,
            test_missing,
            test_include_pattern,
            test_bad_octets,
            test_conf,
            test_exit_codes,
            test_moving,
        ]
    )
