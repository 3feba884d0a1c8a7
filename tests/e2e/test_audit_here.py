#!/usr/bin/python3
"""beschermctl audit on the mail server itself: a private Postfix with the filter behind it and a history, as
root.  Rule 010 from what was refused; MAIL-BEVEILIG-001 and 002 from how Postfix sends; and the lines that
it names for Postfix's TLS are run, and mend it.  TAP.

builddir: where the programs are.  Loopback only.
"""

import json
import os
import shutil
import subprocess
import sys
from functools import partial, update_wrapper

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import mailhosts
import postfix
import smtp
import tap
from remembered import History
from running import BUILD, until, work_folder

CTL = os.path.join(BUILD, "beschermctl")
INBOUND, STARTTLS, DANE = "MAIL-BESCHERM-010", "MAIL-BEVEILIG-001", "MAIL-BEVEILIG-002"
EXAMPLE = os.path.join(HERE, "..", "..", "docs", "examples", "postfix-tls.cnf")
DOMAIN, HOST = postfix.DOMAIN, postfix.HOST
ZONE = f"""\
{DOMAIN}. MX 10 {HOST}.
{HOST}. A 192.0.2.25
elsewhere.example. MX 10 mx.elsewhere.example.
mx.elsewhere.example. A 192.0.2.26
pass.example. TXT "v=spf1 ip4:192.0.2.1 -all"
_dmarc.pass.example. TXT "v=DMARC1; p=reject"
reject.example. TXT "v=spf1 -all"
_dmarc.reject.example. TXT "v=DMARC1; p=reject"
quarantine.example. TXT "v=spf1 -all"
_dmarc.quarantine.example. TXT "v=DMARC1; p=quarantine"
"""
# As Debian's Postfix comes, whatever this one's openssl.cnf says.
TLS = (
    ("smtpd_tls_security_level", "may"),
    ("smtpd_tls_protocols", ">=TLSv1"),
    ("smtpd_tls_exclude_ciphers", ""),
    ("tls_config_file", "none"),
    ("smtp_tls_security_level", ""),
    ("smtp_dns_support_level", "enabled"),
)


class World:
    def __init__(self, folder, daemon):
        self.folder, self.daemon = folder, daemon
        certificates = mailhosts.Certificates(folder)
        certificates.key("rsa", "3072")
        chain = certificates.make("rsa", "rsa", HOST)
        settings = [*TLS, ("smtpd_tls_chain_files", chain), ("disable_dns_lookups", "no")]
        self.postfix = postfix.PrivatePostfix(os.path.join(folder, "postfix"), milter=daemon.socket, settings=settings)

    def run(self, command):
        """As an admin would, of this Postfix."""
        env = dict(os.environ, MAIL_CONFIG=self.postfix.etc, LC_ALL="C")
        return subprocess.run(command, shell=True, env=env, capture_output=True, text=True, check=False)

    def reload(self):
        self.run("postfix reload")
        until(lambda: postfix.answers(self.postfix.port))

    def audit(self, options, name=DOMAIN):
        """Rules by domain, and all of the JSON."""
        places = f"--connect-to {HOST}=127.0.0.1@{self.postfix.port}"
        plan = os.path.join(self.folder, "plan")
        with open(plan, "w", encoding="ascii") as f:
            f.write(f"Domain {name} kind=mail\n")
        done = self.run(f"{CTL} audit -c {self.daemon.conf} -f {plan} --json --pause 0 {options} {places}")
        try:
            made = json.loads(done.stdout)
        except ValueError:
            raise RuntimeError(f"no audit: {done.stdout} {done.stderr}") from None
        return {d["domain"]: {r["rule"]: r for r in d["rules"]} for d in made["domains"]}, made


def told(rule):
    return "\n".join(f"{c['level']} {c['id']}: {c['text']} {c['mend'] or ''}" for c in rule["checks"])


def has(rule, check, level, text=""):
    return any(c["id"] == check and c["level"] == level and text in c["text"] for c in rule["checks"])


def send(world, domain):
    message = f"From: a@{domain}\r\nSubject: s\r\n\r\ntext\r\n".encode()
    return smtp.send(world.postfix.port, message, "192.0.2.1", mail_from=f"<a@{domain}>")


def test_inbound(world):
    replies = [send(world, d) for d in ("pass.example", "reject.example", "reject.example", "quarantine.example")]
    tap.equal([r[0] for r in replies], list("2552"), "the filter refuses what it should")
    world.daemon.rows(4)
    rules, made = world.audit("--rules 010")
    rule = rules[DOMAIN][INBOUND]
    tap.equal(rule["verdict"], "met", "rule 010 is met") or print("# " + told(rule).replace("\n", "\n# "))
    tap.ok(has(rule, "inbound.host", "info", HOST), "this server is known by its name", told(rule))
    counts = "4 messages were checked, 2 refused and 1 marked"
    tap.ok(has(rule, "inbound.history", "info", counts), "the history is the evidence", told(rule))
    wanted = {"days": 30, "messages": 4, "refused": 2, "marked": 1}
    tap.equal(made["server"]["history"], wanted, "it is in the JSON")
    rules, _ = world.audit("--rules 010", "elsewhere.example")
    rule = rules["elsewhere.example"][INBOUND]
    tap.equal(rule["verdict"], "untested", "mail that others receive could not be tested")
    tap.ok(not has(rule, "inbound.history", "info"), "and our history is no evidence of it", told(rule))


def test_sending(world):
    rule = world.audit("--no-connect")[0][DOMAIN]
    tap.ok(has(rule[STARTTLS], "sending.tls", "wrong", "none"), "sends unencrypted", told(rule[STARTTLS]))
    tap.ok(has(rule[DANE], "sending.dane", "wrong"), "and without DANE", told(rule[DANE]))
    mend = next(c["mend"] for c in rule[STARTTLS]["checks"] if c["id"] == "sending.tls")
    tap.equal(world.run(mend).returncode, 0, mend)
    rule, made = world.audit("--no-connect")
    rule = rule[DOMAIN]
    tap.ok(has(rule[STARTTLS], "sending.tls", "ok", "dane"), "mended, it encrypts", told(rule[STARTTLS]))
    tap.ok(has(rule[DANE], "sending.dane", "ok"), "by DANE", told(rule[DANE]))
    wanted = {"tls": "dane", "dns": "dnssec", "relay": None}
    got = {key: made["server"]["outbound"][key] for key in wanted}
    tap.equal(got, wanted, "it is in the JSON")
    world.run("postconf -e 'relayhost = [relay.example]:587'")
    rule = world.audit("--no-connect")[0][DOMAIN]
    tap.ok(has(rule[STARTTLS], "sending.relay", "unknown", "relay.example"), "a relay is another's", told(rule[STARTTLS]))
    # What master.cf says of smtp goes before main.cf.
    world.run("postconf -X relayhost; postconf -P smtp/unix/smtp_tls_security_level=none")
    rule = world.audit("--no-connect")[0][DOMAIN]
    tap.ok(has(rule[STARTTLS], "sending.tls", "wrong", "none"), "-o of master.cf counts", told(rule[STARTTLS]))
    world.run("postconf -P smtp/unix/smtp_tls_security_level=dane")
    rule = world.audit("--no-connect", "elsewhere.example")[0]["elsewhere.example"]
    tap.ok(has(rule[STARTTLS], "sending.unseen", "unknown"), "how others send is not seen", told(rule[STARTTLS]))


def test_mend(world):
    rule = world.audit("--rules BEVEILIG-001")[0][DOMAIN][STARTTLS]
    for check in ("tls.version", "tls.suite", "tls.signature"):
        tap.ok(has(rule, check, "wrong"), f"Postfix as Debian has it: {check}", told(rule))
    mends = [c["mend"] for c in rule["checks"] if c["id"] == "tls.postfix"]
    tap.equal(len(mends), 3, "three lines mend it")
    for mend in mends:
        # The example is not installed, and /etc/postfix is another's.
        command = mend.replace("/etc/postfix/", world.postfix.etc + "/")
        words = command.split()
        if words[0] == "cp":
            shutil.copy(EXAMPLE, os.path.join(world.folder, "postfix-tls.cnf"))
            command = command.replace(words[1], os.path.join(world.folder, "postfix-tls.cnf"))
        done = world.run(command)
        tap.equal(done.returncode, 0, mend)
    world.reload()
    rule = world.audit("--rules BEVEILIG-001")[0][DOMAIN][STARTTLS]
    tap.equal(rule["verdict"], "met", "then MAIL-BEVEILIG-001 is met") or print("# " + told(rule).replace("\n", "\n# "))
    tap.ok(has(rule, "tls.level", "ok"), "nothing insufficient is left", told(rule))
    tap.ok(not has(rule, "tls.postfix", "info"), "and no line is named any more", told(rule))
    tap.equal(send(world, "pass.example")[0], "2", "mail comes in as before")


def main():
    why = postfix.missing()
    if why:
        tap.skip_all(why)
        return
    with work_folder("audit-here") as folder, History("AuthservID " + HOST + "\n", ZONE) as daemon:
        world = World(folder, daemon)
        with world.postfix:
            tap.run([update_wrapper(partial(t, world), t) for t in (test_inbound, test_sending, test_mend)])


main()
