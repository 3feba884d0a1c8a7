#!/usr/bin/python3
"""LogFormat json: whatever a message or the DNS holds, each line is one object, which says what
`beschermctl test --json` says; text stays as it is.  The examples in docs/ read both.  TAP."""

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys

srcdir = os.environ.get("srcdir", ".")
sys.path.insert(0, os.path.join(srcdir, "tests/lib"))
sys.dont_write_bytecode = True

import hostile  # noqa: E402
import tap  # noqa: E402
from daemon import Beschermd  # noqa: E402
from milterclient import send_message  # noqa: E402
from running import BUILD, until, work_folder  # noqa: E402

EXAMPLES = os.path.join(srcdir, "docs/examples")
MAXIMUM = 7800
ZONE = """bank.example. 300 IN TXT "v=spf1 exists:%{l}.x.bank.example ip4:192.0.2.1 exp=%{l}.e.bank.example -all"
secret.person.e.bank.example. 300 IN TXT "%{s} may not send"
_dmarc.bank.example. 300 IN TXT "v=DMARC1; p=reject"
shop.example. 300 IN TXT "v=spf1 ip4:192.0.2.1 -all"
_dmarc.shop.example. 300 IN TXT "v=DMARC1; p=quarantine"
"""
SENDER = "<secret.person@bank.example>"
SIGNATURE = b"DKIM-Signature: v=1; a=rsa-sha256; d=d%d.bank.example; s=one; h=from; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=QUJD\n"
FORGED = b"From: a@bank.example\nSubject: secret subject\n\nhello\n"
KEYS = ["level", "queue_id", "client", "action", "would", "rule", "reply", "reason", "sealed", "forwarded", "client_confirmed", "from", "dmarc", "spf", "dkim", "headers", "dns", "unanswered", "wait_ms", "left_out"]  # fmt: skip


def strict(pairs):
    """No key twice: readers differ in which one they take."""
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError(f"a key twice: {pairs}")
    return dict(pairs)


def objects(text):
    """Each line as an object; a line that is none stands as text."""
    found = []
    for line in text.splitlines():
        try:
            one = json.loads(line, object_pairs_hook=strict)
            sound = isinstance(one, dict) and line.startswith("{") and len(line) <= MAXIMUM and all(" " <= c <= "~" for c in line)
            found.append(one if sound else line)
        except ValueError:
            found.append(line)
    return found


def messages(daemon):
    return [one for one in objects(daemon.log()) if isinstance(one, dict) and "action" in one]


def send(daemon, data, queue_id, client="203.0.113.66", sender=SENDER, count=1):
    send_message(daemon.socket, data, client, mail_from=sender, queue_id=queue_id)
    until(lambda: len(messages(daemon)) >= count)
    return messages(daemon)[-1]


def test_hostile():
    zone = hostile.Zone()
    with Beschermd(f"Nameservers 127.0.0.1@{zone.port}\nLogFormat json\nLogLevel debug\n") as daemon:
        count = hostile.send_all(daemon.socket)
    lines = objects(daemon.log())
    tap.equal([str(one)[:200] for one in lines if not isinstance(one, dict)], [], "each line is one object")
    told = [one for one in lines if isinstance(one, dict) and "action" in one]
    tap.equal(len(told), count, "one a message")
    tap.equal({tuple(one) for one in told}, {tuple(KEYS)}, "the same keys in each")
    tap.equal({one["client"] for one in told}, {"192.0.2.66"}, "its client")
    rest = {tuple(one) for one in lines if isinstance(one, dict) and "action" not in one}
    tap.equal(rest, {("level", "message"), ("level", "queue_id", "message")}, "the others have a level and a message")


def test_as_told_by_test():
    """The line, beside what beschermctl says of the same message."""
    with work_folder("logformat") as where, Beschermd("LogFormat json\nIgnoreHosts 127.0.0.1\n", ZONE) as daemon:
        said = send(daemon, FORGED, "4FORGED")
        letter, zone = os.path.join(where, "letter"), os.path.join(where, "zone")
        for path, content in ((letter, FORGED.decode()), (zone, ZONE)):
            with open(path, "w", encoding="ascii") as f:
                f.write(content)
        command = [os.path.join(BUILD, "beschermctl"), "test", "--json", "-c", daemon.conf, "--zone", zone, "--mail-from", SENDER.strip("<>"), "--client", "203.0.113.66", "--helo", "mail.example", letter]  # fmt: skip
        told = json.loads(subprocess.run(command, capture_output=True, check=True, timeout=60).stdout)
        for key in ("action", "would", "rule", "reason", "from", "dmarc", "dkim", "headers"):
            tap.equal(said[key], told[key], f"as test --json has it: {key}")
        told["spf"].pop("explanation")
        tap.equal(said["spf"], told["spf"], "as test --json has it: spf, less its explanation")
        tap.ok(said["reply"].startswith("550 5.7.26 ") and len(said["dns"]) == len(told["dns"]), "and so are reply and dns", said)
        tap.ok("secret" not in daemon.log(), "no local part, no subject", daemon.log())
        ignored = send(daemon, FORGED, "4OWN", client="127.0.0.1", count=2)
        nothing = [ignored[key] for key in ("from", "dmarc", "spf", "reply", "reason")]
        tap.ok(ignored["rule"] == "ignored_client" and nothing == [None] * 5, "mail that is not checked: nulls", ignored)


def test_long():
    """What has no room is named, and the line is an object all the same."""
    many = b"".join(SIGNATURE % n for n in range(100)) + FORGED
    with Beschermd("LogFormat json\nMaximumSignatures 50\n", ZONE) as daemon:
        one = send(daemon, many, "4MANY")
    tap.ok(one["dns"] is None and "dns" in one["left_out"] and "dkim" in one["left_out"], "100 signatures: what is left out is named", one)
    tap.ok(0 < len(one["dkim"]) < 100 and one["action"] == "reject", "and the verdict is there", one)


def test_reload():
    with Beschermd("Nameservers 127.0.0.1@9\n", ZONE) as daemon:
        send_message(daemon.socket, FORGED, "203.0.113.66", mail_from=SENDER, queue_id="4TEXT")
        until(lambda: " action=" in daemon.log())
        with open(daemon.conf, encoding="ascii") as f:
            settings = f.read()
        daemon.write(settings + "LogFormat json\n")
        daemon.process.send_signal(signal.SIGUSR1)
        until(lambda: '"settings reloaded' in daemon.log())
        send(daemon, FORGED, "4JSON")
        daemon.write(settings)
        daemon.process.send_signal(signal.SIGUSR1)
        until(lambda: "\nsettings reloaded" in daemon.log())
        send_message(daemon.socket, FORGED, "203.0.113.66", mail_from=SENDER, queue_id="4AGAIN")
        until(lambda: "4AGAIN: action" in daemon.log())
    lines = {re.search(r"4[A-Z]{4,5}", line)[0]: line for line in daemon.log().splitlines() if "action" in line}
    tap.ok(lines["4JSON"].startswith("{"), "a reload begins with objects", lines)
    shape = re.compile(r"4[A-Z]+: action=reject dmarc=fail policy=reject from=bank\.example spf=fail\(bank\.example\) dkim=none client=203\.0\.113\.66 dnssec=no reason=\"neither SPF nor DKIM passed; spf: [^\"]*\" time=\d+ms")
    tap.ok(shape.fullmatch(lines["4TEXT"]) and shape.fullmatch(lines["4AGAIN"]), "text is as it was, and comes back", lines)


def test_no_start():
    """What ends a start is an object too, once the settings are read."""
    with work_folder("nostart") as where:
        conf = os.path.join(where, "conf")
        with open(conf, "w", encoding="ascii") as f:
            f.write(f"LogFormat json\nSyslog no\nUserID nobody\nDNSSEC off\nNameservers 127.0.0.1@9\nSocket unix:{where}/none/socket\n")
        command = [os.path.join(BUILD, "beschermd"), "-f", "-c", conf]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        told = objects(done.stderr)
        fine = all(isinstance(one, dict) for one in told) and told and told[-1]["level"] == "error" and "none" in told[-1]["message"]
        tap.ok(done.returncode != 0 and fine and done.stderr.count(told[-1]["message"]) == 1, "a start that fails says why once, in objects", done.stderr)
        done = subprocess.run([*command, "-n"], capture_output=True, text=True, timeout=60, check=False)
        tap.ok(done.returncode != 0 and "{" not in done.stderr, "-n is for people", done.stderr)


class Syslogged(Beschermd):
    """Its /dev/log is ${dir}/log."""

    def command(self, *flags):
        make = "mkdir $0 && for d in null zero random urandom; do touch $0/$d && mount --bind /dev/$d $0/$d; done"
        here = f'{make} && ln -s {self.dir}/log.socket $0/log && mount --rbind $0 /dev && exec "$@"'
        return ["unshare", "-m", "sh", "-c", here, os.path.join(self.dir, "dev"), *super().command("-l", *flags)]


def syslog_lines():
    """(what stands in the log's file by rsyslog, each object)"""
    many = b"".join(SIGNATURE % n for n in range(30)) + FORGED
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
        daemon = Syslogged("LogFormat json\nSyslog yes\n", ZONE)
        log.bind(os.path.join(daemon.dir, "log.socket"))
        os.chmod(os.path.join(daemon.dir, "log.socket"), 0o666)
        log.settimeout(20)
        found = []
        with daemon:
            for queue_id, data in (("4SYSLOG", FORGED), ("4LONG", many)):
                send_message(daemon.socket, data, "203.0.113.66", mail_from=SENDER, queue_id=queue_id)
                while not found or f'"{queue_id}"' not in found[-1]:
                    found.append(log.recv(65536).decode("ascii"))
    return found


def test_syslog():
    if os.geteuid() != 0:
        tap.skip("syslog", "a /dev/log of its own needs root")
        return
    lines = syslog_lines()
    parts = [re.fullmatch(r"<(\d+)>(\w+ [ \d]\d [\d:]+ beschermd\[\d+\]: )(\{.*\})\n?", line) for line in lines]
    tap.ok(all(parts), "each line is syslog's prefix and an object", lines)
    told = objects("\n".join(part[3] for part in parts if part))
    tap.equal([one["queue_id"] for one in told if "action" in one], ["4SYSLOG", "4LONG"], "each message is whole")
    tap.ok(max(len(line) for line in lines) < 8096, "rsyslog takes the longest", max(lines, key=len))


def ask_fail2ban(where, name, lines):
    """The addresses that the filter finds in these lines."""
    path = os.path.join(where, name)
    with open(path, "w", encoding="ascii") as f:
        f.write("".join(lines))
    command = ["fail2ban-regex", "-v", "-o", "ip", path, os.path.join(EXAMPLES, "fail2ban-filter.conf")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return sorted(done.stdout.split())


LIES = (
    b"From: a@bank.example, x client=192.0.2.9 \n\nhello\n",
    b'From: "client=192.0.2.9 " <a@bank.example>\n\nhello\n',
    b"DKIM-Signature: v=1; a=rsa-sha256; d=bank.example; s=x client=192.0.2.9 y; h=from; bh=; b=QUJD\n" + FORGED,
)


def test_fail2ban():
    if shutil.which("fail2ban-regex") is None:
        tap.skip("fail2ban", "there is none: scripts/install-deps test")
        return
    for name in ("text", "json"):
        with work_folder("fail2ban") as where, Beschermd(f"LogFormat {name}\n", ZONE) as daemon:
            for n, data in enumerate((FORGED, *LIES)):
                send_message(daemon.socket, data, "203.0.113.66", mail_from=SENDER, queue_id=f"4LIE{n}")
            for helo in ('x" client=192.0.2.9', '","client":"192.0.2.9","action":"reject",'):
                send_message(daemon.socket, FORGED, "2001:db8::66", helo=helo, mail_from=f"<{helo}@bank.example>", queue_id=helo)
            send_message(daemon.socket, b"From: a@shop.example\n\nx\n", "198.51.100.1", queue_id="4MARKED")
            tested = send_message(daemon.socket, FORGED, "192.0.2.99", mail_from=SENDER, queue_id="4TESTED",
                                  macros={"j": "mx.school.example", "v": "Postfix", "{daemon_name}": "beschermd-prove"})
            tap.equal(tested.action, "reject", f"{name}: a test message is refused, and nobody is to be banned for it")
            until(lambda: "4MARKED" in daemon.log() and "4TESTED" in daemon.log())
            lines = daemon.log().splitlines(keepends=True)
            reached = ["203.0.113.66"] * (1 + len(LIES)) + ["2001:db8::66"] * 2
            # rsyslog's two kinds of time; then what another program writes.
            times = ("Nov 30 11:04:31 mx", "2026-11-30T11:04:31.000123+01:00 mx")
            ours = [f"{at} beschermd[12]: {line}" for at in times for line in lines]
            others = [f"{times[0]} postfix/smtpd[12]: {line}" for line in lines]
            tap.equal(ask_fail2ban(where, "file", ours + others), sorted(reached * 2), f"{name}: refused clients, in files of rsyslog")


def test_jq():
    """As docs/monitoring.md says it, with lines of systemd in between, as journalctl -u shows them."""
    with open(os.path.join(srcdir, "docs/monitoring.md"), encoding="utf-8") as f:
        command = re.search(r"journalctl -u beschermd -o cat \| (jq .*)", f.read())[1]
    if shutil.which("jq") is None:
        tap.skip("jq", "there is none: scripts/install-deps test")
        return
    with Beschermd("LogFormat json\n", ZONE) as daemon:
        send(daemon, FORGED, "4JQ")
        send(daemon, b"From: a@shop.example\n\nx\n", "4MARKED", client="198.51.100.1")
        lines = f"Starting beschermd.service - mail filter...\n{daemon.log()}beschermd.service: Deactivated successfully.\n"
    done = subprocess.run(shlex.split(command), input=lines, capture_output=True, text=True, timeout=60, check=False)
    rows = [row.split("\t")[:3] for row in done.stdout.splitlines()]
    tap.equal((done.returncode, rows), (0, [["4JQ", "203.0.113.66", "bank.example"]]), "jq shows what was refused")


def test_promtail():
    try:
        import yaml
    except ImportError:
        tap.skip("promtail", "no module yaml: scripts/install-deps test")
        return
    with open(os.path.join(EXAMPLES, "promtail.yaml"), encoding="utf-8") as f:
        text = f.read()
    stages = yaml.safe_load(text)["scrape_configs"][0]["pipeline_stages"]
    expressions = stages[0]["json"]["expressions"]
    with Beschermd("LogFormat json\n", ZONE) as daemon:
        one = send(daemon, FORGED, "4LOKI")
    seen = {}
    for label, expression in expressions.items():
        value = one
        for step in expression.split("."):
            value = value[step]
        seen[label] = value
    tap.equal(seen, {"level": "info", "action": "reject", "rule": "policy_reject", "dmarc": "fail"}, "Promtail's expressions find what they name")
    tap.equal(set(stages[1]["labels"]), set(expressions), "and each is a label")
    words = re.findall(r"(from_\w+)", text)
    tap.ok(words and all(one[w.split("_", 1)[0]][w.split("_", 1)[1]] for w in words), "Loki's names of nested keys", words)


if __name__ == "__main__":
    tap.run([test_hostile, test_as_told_by_test, test_long, test_reload, test_no_start, test_syslog, test_fail2ban, test_jq, test_promtail])
