#!/usr/bin/python3
"""Aggregate reports (RFC 9990): what `beschermctl report` makes of a history, and to whom
it goes.  TAP."""

import email
import email.policy
import gzip
import os
import random
import re
import shutil
import subprocess
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import tap
from reporting import CONF, DAY, SENDER_ZONE, TODAY, YESTERDAY, Reporting, is_id, read
from running import BUILD, work_folder

SCHEMA = os.path.join(os.environ.get("CONFORMANCE_DIR", ""), "..", "prototypes", "reports", "dmarc-2.0-rfc9990.xsd")
RECORD = "v=DMARC1; p=reject; rua=mailto:dmarc@example.nl"
ZONE = f'_dmarc.example.nl. 300 IN TXT "{RECORD}"\n'
SIGNATURES = '[["pass","example.nl","s1","rsa-sha256",2048,"s","secure",null],["pass","esp.example","k1","rsa-sha256",1024,"n","-",""]]'


def validates(where, files, name):
    """Are all of them what the schema of RFC 9990 wants?"""
    if not os.path.exists(SCHEMA) or shutil.which("xmllint") is None:
        tap.skip(name, "no schema in CONFORMANCE_DIR/../prototypes/reports, or no xmllint")
        return
    paths = []
    for i, xml in enumerate(files):
        paths.append(os.path.join(where, f"valid{i}.xml"))
        with open(paths[-1], "wb") as f:
            f.write(xml)
    done = subprocess.run(["xmllint", "--noout", "--schema", SCHEMA, *paths], capture_output=True, text=True, timeout=60)
    tap.ok(done.returncode == 0 and paths, name, done.stderr[:2000])


def is_read_by_dmarc_cat(where, file, xml, name):
    if shutil.which("dmarc-cat") is None:
        tap.skip(name, "no dmarc-cat")
        return
    path = os.path.join(where, file)
    with gzip.open(path, "wb") as f:
        f.write(xml)
    done = subprocess.run(["dmarc-cat", path], capture_output=True, text=True, timeout=60)
    rows = read(xml)["rows"]
    tap.ok(done.returncode == 0 and all(row["from"] in done.stdout for row in rows), name, done.stdout + done.stderr)


def test_content():
    with work_folder("report") as where:
        r = Reporting(where, CONF + "ReportContact https://school.example/mail\n")
        r.zone(ZONE)
        r.add("example.nl", RECORD, 3, signatures=SIGNATURES, dkim_aligned=1)
        # What a report does not tell makes no row of its own.
        r.add("example.nl", RECORD, 2, signatures=SIGNATURES.replace("2048", "4096").replace('"secure"', '"-"'), dkim_aligned=1, queue_id="4B")
        r.add("example.nl", RECORD, 1, client="192.0.2.1", relay="2001:db8::7", mail_from="", spf_domain="mx.example.nl", spf_scope="helo")
        r.add("example.nl", RECORD, 1, disposition="quarantine", dmarc="fail", departures='[["mailing_list","signed by its mailing list"]]')
        r.add("example.nl", RECORD, 5, disposition=None, action="tempfail")
        r.add("example.nl", RECORD, 5, client="local")
        r.add("example.nl", RECORD, 5, day=TODAY, at=TODAY * DAY)
        r.add("example.nl", RECORD + "; np=none", 1, method="psl")
        done, files = r.out()
        tap.equal(done.stdout.splitlines(), ["example.nl rows=3 messages=7 to=dmarc@example.nl", "example.nl rows=1 messages=1 to=dmarc@example.nl"], "--out: the same lines as --dry-run, a report a record")
        reports = sorted((read(xml) for xml in files.values()), key=lambda report: -len(report["rows"]))
        sums = [sum(row["count"] for row in report["rows"]) for report in reports]
        tap.equal(sums, [7, 1], "sums are those of the history")
        first = reports[0]
        tap.equal([row["count"] for row in first["rows"]], [5, 1, 1], "largest counts first")
        tap.ok(is_id(first["id"]) and first["id"] != reports[1]["id"], "an id for each", reports)
        tap.equal((first["begin"], first["end"]), (YESTERDAY * DAY, TODAY * DAY - 1), "the period is the UTC day")
        row = next(row for row in first["rows"] if row["ip"] == "2001:db8:0:0:0:0:0:7")
        tap.equal(row["envelope"], "", "the host before our relay; a null reverse-path")
        tap.equal({row["reason"] for row in first["rows"]}, {None, "mailing_list"}, "why it departs")
        name = next(file for file in files if first["id"] in file)
        tap.equal(name, f"school.example!example.nl!{first['begin']}!{first['end']}!{first['id']}.xml.gz", "the name of the file")
        validates(where, files.values(), "reports validate")
        is_read_by_dmarc_cat(where, name, files[name], "dmarc-cat reads it")
        again = r.out("again")[1]
        tap.equal(again, files, "made again, it is the same")


def test_schema_refuses():
    """The schema is one that says no: what old reports have is refused."""
    if not os.path.exists(SCHEMA) or shutil.which("xmllint") is None:
        tap.skip("the schema refuses", "no schema, or no xmllint")
        return
    with work_folder("report") as where:
        r = Reporting(where)
        r.zone(ZONE)
        r.add("example.nl", RECORD, 1, signatures=SIGNATURES, departures='[["other","x"]]')
        xml = next(iter(r.out()[1].values()))
        for old, new in (
            (b"<selector>s1</selector>", b""),
            (b"<scope>mfrom</scope>", b"<scope>helo</scope>"),
            (b"<type>other</type>", b"<type>forwarded</type>"),
            (b"<p>reject</p>", b"<p>reject</p><pct>100</pct>"),
        ):
            path = os.path.join(where, "bad.xml")
            with open(path, "wb") as f:
                f.write(xml.replace(old, new, 1))
            done = subprocess.run(["xmllint", "--noout", "--schema", SCHEMA, path], capture_output=True, timeout=60)
            tap.ok(old in xml and done.returncode != 0, f"the schema refuses {new.decode() or 'no selector'}")


def test_octets():
    """Whatever stands in the file: a report that validates, or none."""
    columns = ("client", "relay", "mail_from", "header_from", "disposition", "departures", "spf", "spf_domain", "spf_reason", "signatures")
    chance = random.Random(9990)
    pieces = ["&", "<", ">", '"', "]]>", "\x01", "\x1e", "\x1f", "é", "\ud7ff", "[[", '["pass",', "]]", "pass", "example.nl", "\n", "\\", "{}", "1", "null"]
    with work_folder("report") as where:
        r = Reporting(where)
        r.zone(ZONE)
        r.add("example.nl", RECORD, 1)
        for _ in range(300):
            changed = chance.sample(columns, chance.randint(1, 4))
            values = {name: "".join(chance.choices(pieces, k=chance.randint(0, 6))) for name in changed}
            if chance.random() < 0.2:
                values[changed[0]] = chance.randbytes(8)
            r.add("example.nl", RECORD, 1, **{"client": f"192.0.2.{chance.randint(1, 9)}", **values})
        done, files = r.out()
        tap.equal((done.returncode, len(files)), (0, 1), "any octets in every column: one report")
        validates(where, files.values(), "any octets in every column: it validates")
        xml = next(iter(files.values()))
        tap.ok(all(c == 10 or 32 <= c < 127 for c in xml), "any octets in every column: printable ASCII")
        for domain in ("../../../tmp/x", "a b", "EXAMPLE.nl", "-", "x" * 300):
            r.add(domain, RECORD.replace("example.nl", "x.example"), 1)
        tap.equal(len(r.out()[1]), 1, "a policy domain that is none gets no file")


SELECTION = (
    # domain, record, columns, what the line ends in
    ("norua.nl", "v=DMARC1; p=none", {}, "reason=no_rua"),
    ("excluded.nl", "v=DMARC1; p=none; rua=mailto:a@excluded.nl", {}, "reason=excluded"),
    ("sub.below.top.nl", "v=DMARC1; p=none; rua=mailto:a@sub.below.top.nl", {}, "reason=excluded"),
    ("co.uk", "v=DMARC1; p=none; rua=mailto:a@co.uk", {}, "reason=public_suffix"),
    ("psd.top.nl", "v=DMARC1; p=none; psd=y; rua=mailto:a@psd.top.nl", {}, "reason=public_suffix"),
    ("nl", "v=DMARC1; p=none; rua=mailto:a@x.nl", {}, "reason=public_suffix"),
    ("passive.nl", "v=DMARC1; p=none; rua=mailto:a@passive.nl", {"passive": 1}, "reason=passive"),
    ("other.nl", "v=DMARC1; p=none; rua=mailto:a@other.nl", {}, "reason=not_listed"),
    ("gone.example.nl", "v=DMARC1; p=none; rua=mailto:a@example.nl", {}, "reason=withdrawn"),
    ("named.psd.nl", "v=DMARC1; p=none; psd=y; rua=mailto:a@named.psd.nl", {}, "to=a@named.psd.nl"),
    ("bad.example.nl", "v=DMARC1; p=none; rua=dmarc@example.nl", {}, "reason=no_destination"),
    ("good.example.nl", "v=DMARC1; p=none; rua=mailto:a@example.nl", {}, "to=a@example.nl"),
)


def test_selection():
    listed = "example.nl, norua.nl, excluded.nl, top.nl, uk, passive.nl, named.psd.nl"
    with work_folder("report") as where:
        r = Reporting(where, CONF.replace("example.nl, example.org, bank.example", listed) + "ReportExclude excluded.nl, .below.top.nl\n")
        zone = ZONE
        for domain, record, columns, _ in SELECTION:
            r.add(domain, record, 2, **columns)
            if not domain.startswith("gone"):
                zone += f'_dmarc.{domain}. 300 IN TXT "{record}"\n'
        r.zone(zone)
        told = {line.split()[0]: line for line in r.plan().splitlines() if not line.startswith(" ")}
        for domain, _, _, wanted in SELECTION:
            tap.ok(told.get(domain, "").endswith(" rows=1 messages=2 " + wanted), f"{domain}: {wanted}", told)
        tap.ok("\n  dmarc@example.nl malformed\n" in r.plan(), "a destination that gets nothing is named", r.plan())
        # Passive rows are in a report that another row causes.
        r.add("passive.nl", SELECTION[6][1], 1)
        tap.ok("passive.nl rows=1 messages=3 to=a@passive.nl" in r.plan("--domain", "PASSIVE.nl"), "passive rows are counted with others", r.plan())
        tap.equal(len(r.plan("--domain", "passive.nl").splitlines()), 1, "--domain: that one alone")


def test_known():
    with work_folder("report") as where:
        r = Reporting(where, CONF.replace("Reports listed", "Reports known").replace("example.nl, ", ""))
        r.zone(ZONE)
        r.add("example.nl", RECORD, 1)

        def reason(name, wanted):
            tap.ok(f" {wanted}" in r.plan("--domain", "example.nl").splitlines()[0], f"known: {name}", r.plan())

        def on(days, **columns):
            r.sql("DELETE FROM message WHERE day<?", (YESTERDAY,))
            for day in days:
                r.add("example.nl", RECORD, 1, day=TODAY - day, at=(TODAY - day) * DAY + 60, **columns)

        reason("one day", "reason=unknown")
        on(range(2, 8))
        reason("seven days, the first a week ago", "reason=unknown")
        on((*range(2, 7), 15))
        reason("seven days, the first long ago", "to=dmarc@example.nl")
        on((*range(2, 6), 15))
        reason("six days", "reason=unknown")
        on((*range(2, 7), 15), action="header")
        reason("not accepted", "reason=unknown")
        on((*range(2, 7), 15), dmarc="fail")
        reason("not aligned", "reason=unknown")
        on((*range(2, 7), 31))
        reason("before HistoryDays", "reason=unknown")


def decoded(mail):
    """The message that Python reads, whatever is wrong with it raised; and the XML."""
    message = email.message_from_bytes(mail, policy=email.policy.default.clone(raise_on_defect=True))
    parts = list(message.iter_parts())
    return message, parts[0].get_content(), parts[1].get_filename(), gzip.decompress(parts[1].get_content())


def test_mail():
    with work_folder("report") as where:
        r = Reporting(where, CONF + 'ReportName "A\\"school"\nReportContact mailto:x@school.example\n' + f"Metrics {where}/metrics.prom\n")
        r.zone(ZONE.replace("dmarc@example.nl", "one@example.nl,mailto:two@example.nl"))
        r.add("example.nl", RECORD, 3)
        files = r.out()[1]
        tap.equal(r.run("--dry-run").returncode, 0, "--dry-run: exit code")
        tap.equal(r.sent(), [], "--dry-run and --out send nothing")
        tap.equal(r.number("SELECT count(*) FROM report"), 0, "... and note nothing")
        started = time.monotonic()
        done = r.run()
        tap.equal(done.returncode, 0, "a run: exit code")
        tap.ok(re.search(r"^report=[0-9a-f]{32} domain=example.nl rows=1 messages=3 to=2 state=sent$", done.stdout, re.M), "a line for the report", done.stdout)
        tap.ok(time.monotonic() - started >= 1, "one mail a second")
        sent = r.sent()
        tap.equal([arguments for arguments, _ in sent], [["-i", "-f", "postmaster@dmarc.school.example", "--", f"{to}@example.nl"] for to in ("one", "two")], "arguments of sendmail")
        ids = set()
        for n, (_, mail) in enumerate(sent, 1):
            message, text, name, xml = decoded(mail)
            report = read(xml)
            ids.add(report["id"])
            tap.equal({name: xml}, files, f"mail {n}: the file of --out")
            tap.equal(message["Subject"], f"Report Domain: example.nl Submitter: school.example Report-ID: <{report['id']}>", f"mail {n}: subject")
            tap.equal(message["Message-ID"], f"<{report['id']}.{n}@dmarc.school.example>", f"mail {n}: id")
            tap.equal(message["From"].addresses[0].addr_spec, "postmaster@dmarc.school.example", f"mail {n}: from")
            tap.equal((message["Auto-Submitted"], message["X-Auto-Response-Suppress"]), ("auto-generated", "All"), f"mail {n}: no answer wanted")
            tap.ok("3 messages in 1 rows" in text and "mailto:x@school.example" in text, f"mail {n}: text", text)
            tap.ok(max(map(len, mail.split(b"\n"))) <= 998 and mail.isascii(), f"mail {n}: lines")
        tap.equal(len(ids), 1, "one id")
        tap.equal(r.run().returncode, 65, "again: nothing to do")
        with open(os.path.join(where, "report.prom"), encoding="ascii") as f:
            figures = dict(line.rsplit(" ", 1) for line in f.read().splitlines() if not line.startswith("#"))
        tap.equal((figures['beschermd_reports_total{state="sent"}'], figures['beschermd_report_mails_total{state="sent"}'], figures["beschermd_report_waiting"]), ("1", "2", "0"), "figures for Prometheus, of both runs")
        tap.equal(len(r.sent()), 2, "again: nothing sent")
        tap.equal(r.plan(), "", "... nor planned")
        tap.ok(r.number("SELECT value FROM meta WHERE key='closed_day'") == YESTERDAY, "the day is closed")


def test_refusals():
    with work_folder("report") as where:
        r = Reporting(where)
        r.add("example.nl", RECORD, 1)
        for name, zone, conf, code in (
            ("no policy", "dmarc.school.example. IN TXT \"v=spf1 -all\"\n", "", 78),
            ("no SPF", '_dmarc.dmarc.school.example. IN TXT "v=DMARC1; p=reject"\n', "", 78),
            ("the policy asks for reports", SENDER_ZONE.replace("p=reject", "p=reject; rua=mailto:x@school.example"), "", 78),
            ("the policy above asks for reports", SENDER_ZONE.replace("_dmarc.dmarc.", "_x.").replace("p=reject", "p=reject; rua=mailto:x@school.example"), "", 78),
            ("Reports no", SENDER_ZONE, "Reports no\n", 78),
            ("no ReportFrom", SENDER_ZONE, 'ReportFrom ""\n', 78),
            ("a list is missing", SENDER_ZONE, "ReportDomains file:/nowhere/domains\n", 78),
        ):
            r.conf_text = CONF + conf
            r.zone(ZONE, zone)
            done = r.run()
            tap.equal((done.returncode, len(r.sent())), (code, 0), f"{name}: refused")
        r.conf_text = CONF
        r.zone(ZONE, SENDER_ZONE.replace("_dmarc.dmarc.", "_x."))
        tap.equal(r.run().returncode, 0, "the policy above asks for none: fine")


def test_lists():
    """Mail does not depend on the lists of who gets reports: only reports do."""
    with work_folder("report") as where:
        r = Reporting(where, CONF.replace("example.nl, example.org, bank.example", "file:{dir}/domains").format(dir=where))
        r.zone(ZONE)
        r.add("example.nl", RECORD, 1)
        daemon = [os.path.join(BUILD, "beschermd"), "-n", "-c", os.path.join(where, "conf"), "-p", f"unix:{where}/socket"]
        for text, code, said in (
            (None, 78, "No such file"),
            ("example.org\nexa mple\nexample.nl\n", 78, 'domains:2: "exa mple" is not a domain'),
            ("# who gets one\nexample.nl\n", 0, ""),
        ):
            if text is not None:
                with open(os.path.join(where, "domains"), "w", encoding="ascii") as f:
                    f.write(text)
            done = subprocess.run(daemon, capture_output=True, text=True, check=False, timeout=60)
            tap.ok(done.returncode == 0 and said in done.stderr + done.stdout, f"the daemon starts, and -n says: {said or 'nothing'}", done.stderr)
            done = r.run("--dry-run")
            tap.ok(done.returncode == code and said in done.stderr, f"beschermctl report: {code}", done.stderr)


def test_check():
    with work_folder("report") as where:
        r = Reporting(where)
        r.zone(ZONE)
        done = r.run("--check")
        tap.equal((done.returncode, "MEND" in done.stdout), (0, False), "--check: all is well")
        done = r.run("--check", "-o", f"ReportBounces={where}/bounces")
        tap.ok(done.returncode == 1 and f"{where}/bounces/new: No such file" in done.stdout, "--check: a Maildir that is not there", done.stdout)
        for folder in ("bounces", "bounces/new"):
            os.mkdir(os.path.join(where, folder))
            os.chmod(os.path.join(where, folder), 0o777)
        tap.equal(r.run("--check", "-o", f"ReportBounces={where}/bounces").returncode, 0, "--check: one that is")
        r.zone(ZONE, "")
        done = r.run("--check")
        tap.equal((done.returncode, done.stdout.count("MEND")), (1, 3), "--check: what is to be published")
        tap.ok("_dmarc.dmarc.school.example. IN TXT" in done.stdout, "--check: the records", done.stdout)
        for arguments in (("x",), ("--no",), ("--sample", "x"), ("--domain", "a b")):
            tap.equal(r.run(*arguments).returncode, 64, f"{arguments}: a mistake")


def test_sample():
    with work_folder("report") as where:
        r = Reporting(where)
        r.zone(ZONE)
        tap.equal(r.run("--sample", "admin@school.example").returncode, 0, "--sample: exit code")
        ((arguments, mail),) = r.sent()
        xml = decoded(mail)[3]
        tap.equal((arguments[-1], len(read(xml)["rows"])), ("admin@school.example", 3), "--sample: a made-up report")
        validates(where, [xml], "--sample: it validates")


def test_caps():
    with work_folder("report") as where:
        r = Reporting(where, CONF + "ReportMaximum 1\n")
        zone = ZONE
        for n in range(2):
            record = RECORD.replace("example.nl", f"{n}.example.nl")
            r.add(f"{n}.example.nl", record, 2 - n)
            zone += f'_dmarc.{n}.example.nl. IN TXT "{record}"\n'
        r.zone(zone)
        tap.equal([line.split()[-1] for line in r.plan().splitlines()], ["to=dmarc@0.example.nl", "reason=cap"], "ReportMaximum: the rest another time")
        tap.equal((r.run().returncode, len(r.sent())), (75, 1), "... waits")
        tap.equal((r.run().returncode, len(r.sent())), (0, 2), "... and is sent by the next run")
        r.forget_all()
        for n in range(3):
            r.add("0.example.nl", RECORD + f"; x={n}", 5)
        r.add("1.example.nl", RECORD, 1)
        tap.equal([line.split()[0] for line in r.plan("-o", "ReportMaximum=2").splitlines() if "cap" not in line], ["0.example.nl", "1.example.nl"], "a domain with many records does not take the turn of another")


TESTS = [
    test_content,
    test_schema_refuses,
    test_octets,
    test_selection,
    test_known,
    test_mail,
    test_refusals,
    test_lists,
    test_check,
    test_sample,
    test_caps,
]

if __name__ == "__main__":
    tap.run([test for test in TESTS if len(sys.argv) < 2 or test.__name__ in sys.argv[1:]])
