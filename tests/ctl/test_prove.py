#!/usr/bin/python3
"""beschermctl prove without a Postfix that runs: the commands of --setup and --undo for all sorts
of main.cf and master.cf, and what it says where it cannot go on.  TAP; needs postconf."""

import os
import shlex
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import tap
from running import BUILD, work_folder

CTL = os.path.abspath(os.path.join(BUILD, "beschermctl"))
SERVICE = "beschermd-prove/unix"
MAIN = "compatibility_level = 3.6\nmyhostname = mx.school.example\nsmtpd_milters = unix:a/b.sock\n"
SMTP = "smtp inet n - y - - smtpd\n"
USERS = "submission inet n - n - - smtpd\n  -o smtpd_milters=inet:127.0.0.1:1\n"
SCREEN = """smtp inet n - n - 1 postscreen
smtpd pass - - y - - smtpd
  -o smtpd_milters=inet:127.0.0.1:11332,unix:a/b.sock
  -o smtpd_milter_maps=cidr:/etc/postfix/maps
  -o { milter_connect_macros = j {daemon_name} v }
  -o milter_macro_daemon_name=else
  -o smtpd_sasl_auth_enable=yes
"""
BRACES = """smtp inet n - - - - smtpd
  -o { smtpd_milters = { unix:a/b.sock, default_action = accept } inet:127.0.0.1:11332 }
"""
# name, master.cf, chroot, and what is copied
MASTERS = [
    ("smtp alone", SMTP, "y", {}),
    ("a submission before it", USERS + SMTP, "y", {}),
    ("postscreen in front", SCREEN + USERS, "y", {
        "smtpd_milters": "inet:127.0.0.1:11332,unix:a/b.sock",
        "smtpd_milter_maps": "cidr:/etc/postfix/maps",
        "milter_connect_macros": "j,{daemon_name},v",
    }),
    ("a pass service that postscreen does not feed", SCREEN.partition("\n")[2] + SMTP.replace(" y ", " n "), "n", {}),
    ("postscreen that hands on to another service", SCREEN.replace("1 postscreen", "1 postscreen -o smtpd_service_name=other") +
     "other pass - - n - - smtpd -o smtpd_milters=unix:a$$b\n", "n", {"smtpd_milters": "unix:a$$b"}),
    ("filters with braces", BRACES, "-", {
        "smtpd_milters": "{unix:a/b.sock,default_action=accept},inet:127.0.0.1:11332",
    }),
    ("another port on one address", "127.0.0.1:2525 inet n - n - - smtpd\n" + USERS, "n", {}),
]
OWN = {
    "syslog_name": "postfix/prove",
    "milter_macro_daemon_name": "beschermd-prove",
    "smtpd_authorized_xclient_hosts": "127.0.0.1",
    "mynetworks": "",
    "smtpd_client_restrictions": "",
    "smtpd_helo_restrictions": "",
    "smtpd_sender_restrictions": "",
    "smtpd_relay_restrictions": "",
    "smtpd_recipient_restrictions": "check_recipient_access,inline:{prove@beschermd.test=OK},reject",
    "smtpd_data_restrictions": "",
    "smtpd_end_of_data_restrictions": "",
    "smtpd_reject_unlisted_recipient": "no",
    "smtpd_reject_unlisted_sender": "no",
    "smtpd_client_event_limit_exceptions": "192.0.2.0/24",
    "smtpd_proxy_filter": "",
    "smtpd_sasl_auth_enable": "no",
    "smtpd_tls_security_level": "none",
    "smtpd_tls_wrappermode": "no",
    "smtpd_upstream_proxy_protocol": "",
    "smtpd_discard_ehlo_keywords": "",
    "smtpd_discard_ehlo_keyword_address_maps": "",
    "content_filter": "retry:beschermd-prove",
    "receive_override_options": "no_address_mappings,no_header_body_checks",
}


def configuration(where, name, master, main=MAIN):
    folder = os.path.join(where, name)
    os.makedirs(folder)
    for file, text in (("main.cf", main), ("master.cf", master)):
        with open(os.path.join(folder, file), "w", encoding="ascii") as f:
            f.write(text)
        os.utime(os.path.join(folder, file), (1, 1))  # each reader would wait for it to be a second old
    return folder


def ctl(*arguments, user=None, **environment):
    done = subprocess.run([CTL, *arguments], capture_output=True, text=True, check=False, timeout=60, user=user,
                          env={**os.environ, "LC_ALL": "C", **environment})
    return done.returncode, done.stdout, done.stderr


def postconf(folder, *arguments):
    return subprocess.run(["postconf", "-c", folder, *arguments], stdout=subprocess.PIPE, text=True, check=True).stdout


def commands(text):
    """Those that can be run without a Postfix that runs."""
    lines = [shlex.split(line) for line in text.splitlines() if not line.startswith("#")]
    return [line for line in lines if line[0] != "postfix"], lines[-1] if lines else None


def run_all(folder, text):
    for command in commands(text)[0]:
        subprocess.run(command, check=True)
        os.utime(os.path.join(folder, "master.cf"), (1, 1))


def test_setup(where):
    for n, (name, master, chroot, copied) in enumerate(MASTERS):
        folder = configuration(where, f"it's {n}", master)
        before = postconf(folder, "-M"), postconf(folder, "-P")
        code, out, err = ctl("prove", "--setup", "--config-dir", folder)
        if not tap.ok(code == 0 and err == "", f"{name}: --setup", out + err):
            continue
        tap.equal(commands(out)[1], ["postfix", "-c", folder, "reload"], f"{name}: a reload comes last")
        tap.equal(postconf(folder, "-M"), before[0], f"{name}: nothing is run")
        run_all(folder, out)
        got = {line.split("/", 2)[2].partition(" =")[0]: line.partition(" =")[2].strip()
               for line in postconf(folder, "-P").splitlines() if line.startswith(SERVICE)}
        tap.equal(got, {**OWN, **copied}, f"{name}: the options are as they should be")
        columns = postconf(folder, "-M", SERVICE).split()[:8]
        tap.equal(columns, ["beschermd-prove", "unix", "y", "-", chroot, "-", "1", "smtpd"], f"{name}: the columns")
        again = ctl("prove", "--setup", "--config-dir", folder)
        tap.equal(again, (code, out, err), f"{name}: once it is there, the same is printed")
        undo = ctl("prove", "--undo", "--config-dir", folder)
        tap.ok(undo[0] == 0 and all("#   " + line in out for line in undo[1].splitlines()),
               f"{name}: --setup names what undoes it", undo[1] + undo[2])
        run_all(folder, undo[1])
        tap.equal((postconf(folder, "-M"), postconf(folder, "-P")), before, f"{name}: --undo undoes it")


def test_no_stranger(where):
    for name, master in (("users", USERS), ("nothing", "pickup unix n - n 60 1 pickup\n")):
        code, out, err = ctl("prove", "--setup", "--config-dir", configuration(where, name, master))
        tap.ok(code == 69 and out == "" and "master.cf" in err, f"no smtpd for strangers ({name}): 69", out + err)
    code, out, err = ctl("prove", "--setup", "--config-dir", os.path.join(where, "none"))
    tap.ok(code == 69 and out == "", "no configuration: 69", out + err)


def test_not_root(where):
    folder = configuration(where, "any", SMTP)
    code, out, err = ctl("prove", "--setup", "--config-dir", folder, user=65534 if os.geteuid() == 0 else None)
    tap.ok(code == 0 and "postconf" in out, "--setup needs no root", out + err)
    conf = os.path.join(where, "beschermd.conf")
    with open(conf, "w", encoding="ascii") as f:
        f.write(f"Socket unix:{where}/none.sock\n")
    code, out, err = ctl("prove", "-c", conf, "--config-dir", folder, user=65534 if os.geteuid() == 0 else None)
    tap.ok(code == 77 and out == "", "but a run does: 77", out + err)
    if os.geteuid() != 0:
        return
    code, out, err = ctl("prove", "-c", conf, "--config-dir", folder)
    tap.ok(code == 69 and "--setup" in err, "no listener: 69, and what makes one", out + err)
    empty = os.path.join(where, "empty")
    os.makedirs(empty)
    code, out, err = ctl("prove", "-c", conf, PATH=empty)
    tap.ok(code == 69 and "Sendmail" in err and "MAIL-BESCHERM-010: could not be tested" in err,
           "no Postfix: 69, could not be tested", out + err)


def test_usage(where):
    for arguments in (["--setup", "--undo"], ["--json", "--html"], ["x"], ["--lang", "fr"], ["--domain", "nl"],
                      ["--domain", "a b.example"], ["-d", ""], ["--config-dir", ""], ["--unknown"]):
        code, out, _ = ctl("prove", *arguments)
        tap.ok(code == 64 and out == "", f"{' '.join(arguments)}: 64", f"{code} {out}")
    conf = os.path.join(where, "wrong.conf")
    for text in ("Mode perhaps\n", "Socket nowhere\n"):
        with open(conf, "w", encoding="ascii") as f:
            f.write(text)
        code, _, err = ctl("prove", "-c", conf)
        tap.equal(code, 78, f"{text.strip()}: 78 {err[:40].strip()}")


def main():
    if shutil.which("postconf") is None:
        tap.skip_all("there is no Postfix: scripts/install-deps test")
        return
    with work_folder("prove-ctl") as where:
        tap.run([lambda test=test: test(where) for test in (test_setup, test_no_stranger, test_not_root, test_usage)])


if __name__ == "__main__":
    main()
