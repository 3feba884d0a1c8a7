#!/usr/bin/python3
"""Reports through a private Sendmail: from under the unit's restrictions by its setgid submission
program to its daemon, signed there by OpenDKIM, to a second Sendmail whose beschermd says
dmarc=pass.  While the daemon is away they wait in the queue of submission.  As root, in a mount
namespace and a network of its own; needs the packages of Sendmail, unpacked, not installed.  TAP."""

import os
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import sendmail
import tap
from daemon import Beschermd, measured, sanitized
from messages import Key
from neighbours import OpenDKIM, program
from reportbox import ReportBox, check_arrival, signed_zone
from reporting import CONF, Reporting
from running import until, work_folder
from sendmail import PrivateSendmail

PLACE = "/srv"  # not in /tmp, which the unit has of its own
QUEUE = "/var/spool/mqueue-client"  # where the unit lets it write
GROUP = 64999
RECORD = "v=DMARC1; p=reject; rua=mailto:dmarc@example.nl"
ZONE = f'_dmarc.example.nl. 300 IN TXT "{RECORD}"\n'
# As Debian's, but for the port and the DNS, which there is not one of.
SUBMIT_MC = """\
define(`confCF_VERSION', `Submit')dnl
define(`__OSTYPE__', `')dnl
define(`MSP_QUEUE_DIR', `{queue}')dnl
define(`confTIME_ZONE', `USE_TZ')dnl
define(`confDONT_INIT_GROUPS', `True')dnl
define(`RELAY_MAILER_ARGS', `TCP $h {port}')dnl
define(`confSERVICE_SWITCH_FILE', `{switch}')dnl
define(`confQUEUE_LA', `1000')dnl
FEATURE(`nocanonify')dnl
FEATURE(`msp', `[127.0.0.1]')dnl
"""
SIGNS = "INPUT_MAIL_FILTER(`opendkim', `S={milter}, F=T')dnl\n"
ONWARD = "define(`SMART_HOST', `relay:[127.0.0.1]')dnl\ndefine(`RELAY_MAILER_ARGS', `TCP $h {port}')dnl\n"


def missing():
    if sendmail.missing():
        return sendmail.missing()
    return "" if program("opendkim") else "there is no OpenDKIM: scripts/install-deps test"


def mount(*arguments):
    subprocess.run(["mount", *arguments], check=True)


def folder(name):
    path = os.path.join(PLACE, name)
    os.mkdir(path)
    os.chmod(path, 0o755)
    return path


def furnish():
    """What the package would bring, in mounts that nobody else sees: user and group smmsp, folders."""
    mount("-t", "tmpfs", "tmpfs", PLACE)
    os.chmod(PLACE, 0o755)
    subprocess.run(["cp", "-a", "/etc", PLACE], check=True)
    for name, line in (("passwd", f"smmsp:x:{GROUP}:{GROUP}::{QUEUE}:/bin/false"), ("group", f"smmsp:x:{GROUP}:")):
        with open(os.path.join(PLACE, "etc", name), "a", encoding="utf-8") as f:
            f.write(line + "\n")
    os.makedirs(os.path.join(PLACE, "etc/mail"), exist_ok=True)
    mount("--bind", os.path.join(PLACE, "etc"), "/etc")
    mount("-t", "tmpfs", "-o", "mode=0755", "tmpfs", "/var/spool")
    os.mkdir(QUEUE)
    os.chown(QUEUE, GROUP, GROUP)
    os.chmod(QUEUE, 0o2770)


class Submission:
    """sendmail(1), as setgid smmsp, that knows the daemon at ${port}."""

    def __init__(self, root, port):
        self.dir = folder("submission")
        self.program = os.path.join(self.dir, "sendmail")
        shutil.copy(os.path.join(root, "usr/libexec/sendmail/sendmail"), self.program)
        os.chown(self.program, 0, GROUP)
        os.chmod(self.program, 0o2755)
        mc, switch = (os.path.join(self.dir, name) for name in ("submit.mc", "service.switch"))
        with open(switch, "w", encoding="ascii") as f:
            f.write("hosts files\naliases files\npasswd files\n")
        with open(mc, "w", encoding="ascii") as f:
            f.write(SUBMIT_MC.format(queue=QUEUE, port=port, switch=switch))
        cf = os.path.join(root, "usr/share/sendmail/cf/")
        done = subprocess.run(["m4", f"-D_CF_DIR_={cf}", cf + "m4/cf.m4", mc], capture_output=True, text=True, check=True)
        with open("/etc/mail/submit.cf", "w", encoding="ascii") as f:
            f.write(done.stdout)

    def run_queue(self):
        subprocess.run([self.program, "-Ac", "-q"], check=True, capture_output=True, timeout=60)


def queued():
    return [name for name in os.listdir(QUEUE) if name.startswith("qf")]


def check_unit(box, submission):
    command = box.command(submission.program, "-i", "nobody@example.nl", unit=box.without_privileges())
    done = subprocess.run(command, input=b"\n", capture_output=True, timeout=60, check=False)
    tap.ok(done.returncode != 0 and not queued(), "with NoNewPrivileges no mail gets into the queue", done)
    done = box.run()
    tap.ok(done.returncode == 0 and "state=sent" in done.stdout, "a run under the unit's restrictions", done.stdout + done.stderr)


def test_sendmail():
    root = folder("root")
    sendmail.unpack(root)
    key = Key("rsa")
    # With one name for both the first would see a loop.
    domain = "define(`confDOMAIN_NAME', `mx.example.nl')dnl\nLOCAL_DOMAIN(`example.nl')dnl\n"
    with Beschermd("IgnoreHosts 203.0.113.1\n", signed_zone(key)) as daemon, OpenDKIM(folder("signer"), key.private, "dmarc.school.example", "127.0.0.1") as signer:
        with PrivateSendmail(folder("receiver"), daemon.socket, root, domain) as receiver:
            onward = SIGNS.format(milter=signer.milter) + ONWARD.format(port=receiver.port)
            sender = PrivateSendmail(folder("sender"), None, root, onward)
            submission = Submission(root, sender.port)
            r = Reporting(folder("history"))
            r.zone(ZONE)
            r.add("example.nl", RECORD, 3)
            box = ReportBox(folder("box"), r, f"{CONF}ReportSendmail {submission.program}\n")
            check_unit(box, submission)
            tap.equal(len(queued()), 1, "while the mail server is away it waits in the queue")
            with sender:
                submission.run_queue()
                check_arrival(receiver, daemon)
                tap.ok(until(lambda: not queued()), "and is gone from there", queued())


def main():
    if why := missing():
        tap.skip_all(why)
        return 0
    if sanitized() or measured():
        tap.skip_all("a build for other ends cannot run in the unit's box")
        return 0
    with work_folder("report-sendmail") as where:
        code = sendmail.in_own_host(where, ())
        if code is not None:
            return code
        furnish()
        tap.run([test_sendmail])
    return 0


if __name__ == "__main__":
    sys.exit(main())
