#!/usr/bin/python3
"""What admins of the field have, in CONFORMANCE_DIR/field: files of OpenDMARC, and Postfix's settings by which
mail comes in unchecked.  Each is tried as its README says, and held against the right value that stands there.
TAP; what is about Postfix needs root and its programs.
"""

import ast
import glob
import os
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
sys.path.insert(0, os.path.join(HERE, "..", "e2e"))

import postfix
import tap
import test_ctl_postfix as ctl_postfix
from running import BUILD, work_folder

DATA = os.path.join(os.environ.get("CONFORMANCE_DIR", ""), "field")
CTL = os.path.join(BUILD, "beschermctl")


def conf(*arguments):
    return subprocess.run([CTL, "conf", *arguments], capture_output=True, text=True, timeout=60, check=False)


def readme(folder):
    """What the README says, as one line, and its right value."""
    with open(os.path.join(DATA, folder, "README"), encoding="utf-8") as f:
        text = " ".join(f.read().split())
    return text, text.partition("right: ")[2]


def settings_of(text):
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def test_opendmarc_timeout():
    """05: left out with the reason that stands there, and our default holds; loaded directly too."""
    folder = "05-opendmarc-DNSTimeout"
    reason = re.search('with the reason "(.*?)", default (\\S+) holds', readme(folder)[1])
    for path in sorted(glob.glob(os.path.join(DATA, folder, "*.conf"))):
        name = os.path.relpath(path, DATA)
        loaded, made = conf("-c", path), conf("--from-opendmarc", path)
        tap.equal((loaded.returncode, made.returncode), (0, 0), f"{name}: loads, and is converted")
        tap.ok(re.search(f"(?m)^DNSTimeout +{reason[2]} ", loaded.stdout), f"{name}: the default holds", loaded.stdout)
        tap.ok(reason[1] in loaded.stderr, f"{name}: and the reason is told", loaded.stderr)
        tap.ok(not any(s.startswith("DNSTimeout") for s in settings_of(made.stdout)) and reason[1] in made.stdout,
               f"{name}: left out with the reason", made.stdout)


def test_opendmarc_hosts():
    """06: names and exceptions are left out with a warning, an address in brackets is read."""
    folder = os.path.join(DATA, "06-opendmarc-IgnoreHosts-wildcard")
    with open(os.path.join(folder, "opendmarc.conf"), encoding="ascii") as f:
        text = f.read().replace("IgnoreHosts ", f"IgnoreHosts {folder}/")
    with open(os.path.join(folder, "TrustedHosts"), encoding="ascii") as f:
        hosts = f.read().split()
    odd = [word for word in hosts if word[0] in "*!"]
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as absolute:
        absolute.write(text)
        absolute.flush()
        for path in (absolute.name, os.path.join(folder, "opendmarc.conf")):
            loaded, made = conf("-c", path), conf("--from-opendmarc", path)
            tap.equal((loaded.returncode, made.returncode), (0, 0), "06: loads, and is converted")
            read = re.search("(?m)^IgnoreHosts +(.*?) +#", loaded.stdout)[1].split(", ")
            wanted = [word.strip("[]") for word in hosts if word not in odd and word != "localhost"]
            tap.ok(set(wanted) <= set(read), f"06: {wanted} count", read)
            tap.ok(not any(word.strip("!*.") in read for word in odd), f"06: {odd} do not", read)
            for word in odd:
                tap.ok(f"IgnoreHosts: {word} " in loaded.stderr, f"06: {word} is told", loaded.stderr)
            with tempfile.NamedTemporaryFile("w", suffix=".conf") as new:
                new.write(made.stdout)
                new.flush()
                again = conf("-c", new.name)
            tap.equal(re.search("(?m)^IgnoreHosts +(.*?) +#", again.stdout)[1].split(", "), read, "06: and so in what was made")


def test_opendmarc_new_keys():
    """14: known keys of OpenDMARC; what does their work is told, and none is a setting."""
    path = os.path.join(DATA, "14-opendmarc-new-keys", "opendmarc.conf")
    right = readme("14-opendmarc-new-keys")[1]
    with open(path, encoding="ascii") as f:
        lines = f.read().splitlines()
    loaded, made = conf("-c", path), conf("--from-opendmarc", path)
    tap.equal((loaded.returncode, made.returncode), (0, 0), "14: loads, and is converted")
    tap.equal(settings_of(made.stdout), ["Mode monitor"], "14: nothing but what RejectFailures says")
    for key in [line.split()[0] for line in lines if line.split()[0] in right]:
        comment = made.stdout.partition(f": {key} ")[2].splitlines()[1]
        tap.ok(comment.startswith("#   "), f"14: {key} has a note", comment)
        tap.equal("OnBadFrom" in comment, key == "RequiredFrom", f"14: {key}: {comment}")
        tap.ok(f"{key} of OpenDMARC has no use here" in loaded.stderr, f"14: {key} is told", loaded.stderr)


# What beschermctl postfix must find: a Postfix that is configured, and a socket that is served.


def postfix_of(folder, settings=(), milter=None, services=""):
    """What it says of a private Postfix: exit code, text without the option of that instance."""
    with work_folder("field") as where, ctl_postfix.setup(
        where, milter=milter or ctl_postfix.RELATIVE, settings=settings, services=services
    ) as s:
        answer = s.serve(s.inside).run()
        return answer.code, answer.text.replace(f"-c {s.postfix.etc} ", "")


def test_no_milters():
    folder = "02-no_milters"
    text, right = readme(folder)
    settings = ast.literal_eval(re.search(r"settings (\[\(.*?\)\])", text)[1])
    wanted = re.search(r"MEND +(.*?) +\(exit (\d)\)", right)
    code, said = postfix_of(folder, settings=settings)
    tap.ok(code == int(wanted[2]) and f"MEND  {wanted[1]}" in said, f"02: {wanted[1]}", said)
    way_back = f"127.0.0.1:10025 inet n - n - - smtpd -o {settings[0][0]}={settings[0][1]}\n"
    code, said = postfix_of(folder, services=way_back)
    tap.ok(code == 0 and settings[0][1] not in said, "02: nothing of a content filter's way back", said)
    code, said = postfix_of(folder, services=way_back.replace("127.0.0.1:10025", "smtp"))
    tap.ok(code == 1 and settings[0][1] in said, "02: but of port 25", said)


def test_proxy_filter():
    folder = "03-smtpd_proxy_filter"
    right = readme(folder)[1]
    advice = re.search(r"names it .*?: (smtpd_proxy_filter is in use: .*?\.) +And", right)[1]
    option = re.search(r"-o (smtpd_proxy_filter=127\.0\.0\.1:)PORT", readme(folder)[0])[1]
    services = f"smtp inet n - n - - smtpd -o {option}10026\n127.0.0.1:10026 inet n - n - - smtpd -o smtpd_milters=\n"
    for how in ({"services": services}, {"settings": [tuple((option + "10026").split("="))]}):
        code, said = postfix_of(folder, **how)
        tap.equal(code, 1, "03: something to fix")
        for clause in re.split("; |, | is in use: ", advice.rstrip(".")):
            tap.ok(clause in said, f"03: {clause}", said)


def test_login_macro():
    folder = "04-auth-macro-missing"
    text, right = readme(folder)
    line = re.search('such as "(.*?)"', text)[1]
    wanted = re.search(r"MEND +(.*?) +> (postconf -X \w+)", right)
    for macros in (line, "i {auth_type}"):
        code, said = postfix_of(folder, settings=[("milter_mail_macros", macros)])
        tap.ok(code == 1 and f"MEND  {wanted[1]}\n      > {wanted[2]}" in said, f"04: {macros}: {wanted[1]}", said)
    code, said = postfix_of(folder, settings=[("milter_connect_macros", "{daemon_name} v")])
    tap.ok(code == 1 and "milter_connect_macros lacks j" in said, "04: likewise j", said)


def test_local():
    folder = "08-postfix-local-socket"
    tap.ok(readme(folder)[1].startswith("ok (local: is a spelling of unix:"), "08: the right value")
    code, said = postfix_of(folder, milter=ctl_postfix.RELATIVE.replace("unix:", "local:"))
    tap.ok(code == 0 and "All is well." in said, "08: local: is a spelling of unix:", said)


POSTFIX_TESTS = [test_no_milters, test_proxy_filter, test_login_macro, test_local]


def postfix_tests():
    """Those that can be run here; of the others it is told."""
    why = postfix.missing()
    if why:
        for test in POSTFIX_TESTS:
            tap.skip(test.__name__, why)
    return [] if why else POSTFIX_TESTS


if __name__ == "__main__":
    if os.path.isdir(DATA):
        tap.run([test_opendmarc_timeout, test_opendmarc_hosts, test_opendmarc_new_keys, *postfix_tests()])
    else:
        tap.skip_all("no field in CONFORMANCE_DIR")
