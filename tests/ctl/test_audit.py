#!/usr/bin/python3
"""beschermctl audit over a zone of its own: verdicts, formats, what changed, exit codes, bad input.  TAP."""

import csv
import html.parser
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import browser
import tap
from running import BUILD

CTL = os.path.join(BUILD, "beschermctl")
FOLDER = tempfile.TemporaryDirectory(prefix="beschermd-test-audit-")
ED = "v=DKIM1; k=ed25519; p=9CfwPiDV5FQh/iyQ5X71/iwIl8ltMSnSdolG3/56IHE="
ED2 = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
HEAD = "$ORIGIN .\n$TTL 300\n"
GOOD = f"""school.example. MX 10 mx1.school.example.
mx1.school.example. A 192.0.2.10
school.example. TXT "v=spf1 mx -all"
s1._domainkey.school.example. TXT "{ED}"
_dmarc.school.example. TXT "v=DMARC1; p=reject; rua=mailto:dmarc@school.example"
news.school.example. TXT "v=spf1 ip4:192.0.2.20 ~all"
k1._domainkey.news.school.example. TXT "{ED2}"
old.example. MX 0 .
old.example. TXT "v=spf1 -all"
_dmarc.old.example. TXT "v=DMARC1; p=reject; rua=mailto:dmarc@school.example"
old.example._report._dmarc.school.example. TXT "v=DMARC1"
"""
PLAN = """Organisation "Scholengroep Voorbeeld"
Domain school.example kind=mail selectors=s1 flow=staff
Domain news.school.example kind=send selectors=k1 flow=news
Domain old.example kind=none
"""
DNS_RULES = "001,002,003,004,005,007,008,009"
RULES = [f"MAIL-BESCHERM-{n:03}" for n in range(1, 11)] + [
    "MAIL-BEVEILIG-001",
    "MAIL-BEVEILIG-002",
    "UBV-DNSSEC",
    "MTA-STS",
    "TLS-RPT",
]


def write(name, text):
    path = os.path.join(FOLDER.name, name)
    with open(path, "wb") as f:
        f.write(text if isinstance(text, bytes) else text.encode())
    return path


def audit(*arguments, zone=None, plan=PLAN, stdin="", **environment):
    """Exit code, output and complaints."""
    env = {k: v for k, v in os.environ.items() if k != "LANG" and not k.startswith(("LC_", "LANGUAGE"))}
    env.update(LC_ALL="C.UTF-8", TZ="UTC", BESCHERMD_LOCALEDIR=os.path.join(os.path.abspath(BUILD), "po"))
    env.update(environment)
    command = [CTL, "audit", "-c", CONF]
    command += ["--zone", write("zone", HEAD + (GOOD if zone is None else zone))]
    if plan is not None:
        command += ["-f", write("plan", plan)]
    done = subprocess.run([*command, *arguments], input=stdin.encode(), capture_output=True, timeout=60, env=env)
    return done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")


CONF = write("conf", "AuthservID mx.school.example\n")


def judged(*arguments, **more):
    """The JSON, by domain and rule."""
    code, said, wrong = audit("--json", *arguments, **more)
    made = json.loads(said)
    return code, made, {d["domain"]: {r["rule"]: r for r in d["rules"]} for d in made["domains"]}, wrong


def test_verdicts():
    code, made, rules, wrong = judged()
    tap.equal(wrong, "", "nothing to complain of")
    tap.equal(code, 75, "what takes a connection is not tested: 75")
    tap.equal(list(made["summary"]), RULES, "the summary has each rule, in order")
    for rule, verdict in {
        "MAIL-BESCHERM-001": "met",
        "MAIL-BESCHERM-002": "followed",
        "MAIL-BESCHERM-003": "met",
        "MAIL-BESCHERM-004": "met",
        "MAIL-BESCHERM-005": "met",
        "MAIL-BESCHERM-006": "untested",
        "MAIL-BESCHERM-007": "met",
        "MAIL-BESCHERM-008": "met",
        "MAIL-BESCHERM-009": "followed",
        "MAIL-BESCHERM-010": "untested",
        "MAIL-BEVEILIG-001": "untested",
        "MAIL-BEVEILIG-002": "untested",
        "UBV-DNSSEC": "untested",
        "MTA-STS": "not_followed",
        "TLS-RPT": "not_followed",
    }.items():
        tap.equal(made["summary"][rule], verdict, f"{rule} is {verdict}")
    tap.equal(rules["old.example"]["MAIL-BESCHERM-004"]["verdict"], "not_applicable", "a parked domain has no SPF policy")


def test_json():
    _, made, rules, _ = judged()
    tap.equal(
        list(made),
        "audit made by organisation host resolver guideline rules_version compared_with summary domains hosts server".split(),
        "all keys are there",
    )
    tap.equal((made["audit"], made["organisation"]), (1, "Scholengroep Voorbeeld"), "version and organisation")
    domain = made["domains"][0]
    tap.equal(list(domain), ["domain", "kind", "guessed", "rules", "facts", "answers"], "keys of a domain")
    tap.equal(domain["facts"]["mx"], ["10 mx1.school.example"], "the MX as a fact")
    tap.equal([k["selector"] for k in domain["facts"]["keys"]], ["s1"], "the keys as facts")
    answers = {a["n"]: a for a in domain["answers"]}
    for rule in rules["school.example"].values():
        for check in rule["checks"]:
            for n in check["evidence"]:
                if n not in answers:
                    tap.ok(False, f"evidence {n} of {check['id']} is among the answers")
                    return
    spf = [c for c in rules["school.example"]["MAIL-BESCHERM-004"]["checks"] if c["id"] == "spf.record"][0]
    tap.equal(answers[spf["evidence"][0]]["records"], ["v=spf1 mx -all"], "evidence leads to the record")


def test_mend():
    code, _, rules, _ = judged(zone="old.example. A 192.0.2.1\nold.example. MX 5 mx.old.example.\n", plan="Domain old.example kind=none\n")
    tap.equal(code, 1, "a rule that is not met: 1")
    mends = [c["mend"] for c in rules["old.example"]["MAIL-BESCHERM-001"]["checks"] if c["mend"]]
    for line in ("old.example. MX 0 .", 'old.example. TXT "v=spf1 -all"', '_dmarc.old.example. TXT "v=DMARC1; p=reject"'):
        tap.ok(line in mends, f"mend: {line}", mends)
    mended = HEAD + "\n".join(mends) + "\n"
    code, _, rules, _ = judged("--rules", "001", zone=mended[len(HEAD) :], plan="Domain old.example kind=none\n")
    tap.equal((code, rules["old.example"]["MAIL-BESCHERM-001"]["verdict"]), (0, "met"), "mended so, the rule is met")


def test_exit_codes():
    tap.equal(audit("--rules", DNS_RULES)[0], 0, "nothing to mend: 0")
    tap.equal(audit("--rules", "MTA-STS")[0], 0, "an addition that is not followed does not count")
    tap.equal(audit("--rules", "MTA-STS", "--strict")[0], 1, "with --strict it does")
    tap.equal(audit("--rules", "006")[0], 0, "an advice that could not be tested does not count")
    tap.equal(audit("--rules", "006", "--strict")[0], 75, "with --strict it does")
    for arguments, code, why in (
        (("--rules", "011"), 64, "--rules: 011 is not a rule such as"),
        (("--json", "--csv"), 64, "only one of"),
        (("--lang", "de"), 64, "--lang: de is not nl, en"),
        (("-j", "0"), 64, "-j: 0 is not a number"),
        (("--pause", "x"), 64, "--pause: x is not a time"),
        (("--separator", "ab"), 64, "--separator: ab is not one character"),
        (("-d", "/nowhere", "--json"), 64, "-d writes JSON"),
        (("192.0.2.1",), 64, "is a number or an address"),
        (("nl",), 64, "is a top-level domain"),
        ((".school.example",), 64, "begins with a dot"),
        (("x" * 64 + ".example",), 64, "is not a domain"),
        ((".".join(["a" * 62] * 4) + ".example",), 64, "is not a domain"),
        (("--compare", "/nowhere"), 66, "/nowhere"),
        (("--compare", CONF), 66, "is not the JSON of an audit"),
        (("-f", "/nowhere"), 66, "/nowhere: No such file"),
        (("-f", FOLDER.name), 66, f"{FOLDER.name}: Is a directory"),
        (("-f", "/dev/null"), 66, "/dev/null: not a regular file"),
        (("-c", "/nowhere"), 78, "/nowhere"),
        (("--zone", CONF), 78, ""),
        (("--rules", "001", "-d", "/nowhere"), 74, "/nowhere"),
    ):
        got, _, wrong = audit(*arguments)
        tap.ok(got == code and why in wrong, f"{' '.join(arguments)[:60]}: {code}", f"{got}: {wrong}")
    got, _, wrong = audit(plan="Domain a.example\nDomain 192.0.2.1\nFoo\n")
    tap.equal(got, 78, "mistakes in the plan: 78")
    tap.ok("plan:2: " in wrong and "plan:3: " in wrong, "each with its place", wrong)
    got, _, wrong = audit(plan="")
    tap.ok(got == 64 and "no domain is named" in wrong, "no domain: 64", wrong)


def test_misspelled():
    for language, words in (("en", "DNS knows no such name"), ("nl", "DNS kent deze naam niet")):
        for form in ((), ("--html",)):
            said = audit(*form, "--lang", language, "schol.example")[1]
            tap.ok(words in said, f"a name that is not there is told, {language} {form}", said[:300])
            tap.ok(words not in audit(*form, "--lang", language, "old.example")[1], "one that is there is not")


def test_domains():
    code, made, rules, _ = judged("old.example", "new.example")
    tap.equal([d["domain"] for d in made["domains"]], ["old.example", "new.example"], "names on the command line restrict, and add")
    tap.equal((made["domains"][1]["kind"], made["domains"][1]["guessed"]), ("send", True), "one that is added is guessed")
    _, made, _, _ = judged("-", stdin="School.Example.\n\n  old.example  \r\n")
    tap.equal([d["domain"] for d in made["domains"]], ["school.example", "old.example"], "names on standard input")
    _, made, _, _ = judged("bücher.example", plan=None, LC_ALL="C.UTF-8")
    tap.equal([d["domain"] for d in made["domains"]], ["xn--bcher-kva.example"], "a name in letters")


def test_explain():
    weak = GOOD.replace("p=reject; rua=mailto:dmarc@school.example", "p=none; rua=mailto:dmarc@school.example", 1)
    explained = PLAN + 'Explain *  MAIL-BESCHERM-007 until=2999-12-31 reason="plan: eerst p=none, José beslist"\n'
    code, _, rules, wrong = judged("--rules", "007", zone=weak, plan=explained)
    rule = rules["school.example"]["MAIL-BESCHERM-007"]
    tap.equal((code, rule["verdict"]), (0, "explained"), "an explanation counts")
    tap.equal(rule["explain"], {"reason": "plan: eerst p=none, José beslist", "until": "2999-12-31", "expired": False}, "and is told")
    tap.ok(any(c["level"] == "wrong" for c in rule["checks"]), "so is what was found")
    tap.ok("more than two years ahead" in wrong, "an end that is far off is warned about", wrong)
    code, _, rules, _ = judged("--rules", "007", zone=weak, plan=explained.replace("2999-12-31", "2020-01-01"))
    rule = rules["school.example"]["MAIL-BESCHERM-007"]
    tap.equal((code, rule["verdict"], rule["explain"]["expired"]), (1, "not_met", True), "one that ran out does not")
    said = audit("--rules", "007", zone=weak, plan=explained.replace("2999-12-31", "2020-01-01"))[1]
    tap.ok("the explanation expired on 1 January 2020" in said, "and it says so", said)
    said = audit("--rules", "007", plan=explained)[1]
    tap.ok("no longer needed" in said, "one that is not needed is told", said)


def test_csv():
    code, said, _ = audit("--csv", plan=PLAN + 'Explain old.example 009 until=2999-12-31 reason="=1+1, zegt José"\n')
    rows = list(csv.reader(io.StringIO(said)))
    tap.equal(rows[0], "made domain kind rule sort verdict phrase until reason changed hosts".split(), "the names of the columns")
    tap.equal(len(rows), 1 + 3 * len(RULES), "a line for each rule of each domain")
    tap.ok(all(len(r) == 11 for r in rows), "of as many cells")
    hosts = {(r[1], r[3]): r[10] for r in rows[1:] if r[10] != ""}
    about = ("MAIL-BESCHERM-010", "MAIL-BEVEILIG-001", "MAIL-BEVEILIG-002", "MTA-STS")
    tap.equal(hosts, {("school.example", rule): "mx1.school.example" for rule in about}, "of rules on mail servers, which")
    tap.ok("\r\n" in said, "lines end as in RFC 4180")
    reason = [r[8] for r in rows[1:] if r[8] != ""]
    tap.equal(reason, ["'=1+1, zegt José"], "no cell is a formula, and letters stay")
    tap.ok(audit("--csv", "--separator", ";")[1].startswith("made;domain;"), "--separator")


def test_language():
    said = audit("--lang", "nl")[1]
    tap.ok("opgevolgd" in said and "niet te testen" in said and "voldaan" in said, "--lang nl is Dutch", said)
    tap.ok("could not" not in said and "not met" not in said, "all of it", said)
    code, made, rules, _ = judged("--lang", "nl")
    tap.equal(rules["school.example"]["MAIL-BESCHERM-003"]["verdict"], "met", "codes are English")
    tap.equal(rules["school.example"]["MAIL-BESCHERM-003"]["phrase"], "SPF, DKIM en DMARC zijn er alle drie", "phrases are not")
    tap.equal(audit("--lang", "en")[1], audit()[1], "--lang en is what the locale C says")


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.links, self.words = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [v for k, v in attrs if k in ("href", "src")]
        self.words += [k for k, _ in attrs if k.startswith("on")]

    def handle_data(self, data):
        self.words.append(data)


def read_page(text):
    page = Page()
    page.feed(text)
    return page, " ".join(" ".join(page.words).split())


def test_page():
    evil = GOOD + (
        'school.example. TXT "<script>alert(1)</script>"\n'
        '_dmarc.evil.example. TXT "v=DMARC1; p=<script>alert(2)</script>"\n'
        'evil.example. TXT "v=spf1 <img/src=x> \\"onload=\\" -all"\n'
    )
    plan = PLAN + 'Domain evil.example kind=send flow="<b>&x"\nExplain evil.example 004 until=2999-12-31 reason="<script>x</script>"\n'
    for language, words in (("nl", "Wat er moet gebeuren"), ("en", "What has to be done")):
        code, said, _ = audit("--html", "--lang", language, zone=evil, plan=plan)
        page, text = read_page(said)
        tap.ok(words in text, f"a page in {language}", text[:400])
        tap.ok("script" not in page.tags and "img" not in page.tags and "b" not in page.tags, "what stands in records is no tag")
        tap.ok("<script>alert(1)</script>" in text and "<script>x</script>" in text, "and is shown as it is")
        tap.ok("default-src 'none'" in said, "nothing may be fetched")
        tap.ok(all(link.startswith("#") for link in page.links), "and there is no link out", page.links)
        for rule in RULES:
            if rule not in text:
                tap.ok(False, f"{rule} is on the page")
    many = "".join(f"Domain d{n}.example kind=none\n" for n in range(12))
    text = read_page(audit("--html", plan=many, zone="")[1])[1]
    tap.ok("in how many domains" in text, "of many domains the table counts")


def test_browser():
    if browser.MISSING:
        tap.skip("nothing sticks out on screens and paper", browser.MISSING)
        return
    long = "ip4:" + "x" * 200
    said = audit("--html", "--lang", "nl", zone=GOOD.replace("mx -all", f"{long} -all"))[1]
    page = write("page.html", said)
    for width, seen in browser.measure(FOLDER.name, page, [1280, 390, 320]).items():
        tap.ok(seen["scroll"] <= width and not seen["wide"], f"{width} pixels wide: nothing sticks out", seen)
        tap.ok(seen["folded"] > 0, "and evidence is folded")
    seen = browser.on_paper(FOLDER.name, page)
    tap.ok(seen and seen["scroll"] <= browser.PAPER and not seen["wide"], "on paper: nothing sticks out", seen)
    tap.equal(seen["folded"], 0, "and all evidence is there")
    tap.equal(set(browser.paper_sizes(FOLDER.name, page)), {browser.A4}, "prints on A4")


def test_folder():
    with tempfile.TemporaryDirectory(prefix="beschermd-test-audits-") as folder:
        code, said, _ = audit("-d", folder)
        tap.ok("What changed" not in said, "the first one has nothing to compare with")
        names = sorted(os.listdir(folder))
        base = names[0].split(".")[0]
        tap.ok(re.fullmatch(r"audit-\d{8}T\d{6}Z", base), "the name tells when", names)
        tap.equal(names, [f"{base}.en.html", f"{base}.json", f"{base}.nl.html"], "JSON and two pages")
        tap.equal({os.stat(os.path.join(folder, n)).st_mode & 0o777 for n in names}, {0o640}, "for the group to read")
        made = open(os.path.join(folder, f"{base}.json"), "rb").read()
        import hashlib

        page = open(os.path.join(folder, f"{base}.nl.html")).read()
        tap.ok(hashlib.sha256(made).hexdigest() in page, "the page names the SHA-256 of the JSON")
        # As if it were older: half a year and more.
        old = json.loads(made)
        text = made.decode().replace(old["made"], "2026-01-01T02:15:00Z")
        os.remove(os.path.join(folder, f"{base}.json"))
        with open(os.path.join(folder, "audit-20260101T021500Z.json"), "w") as f:
            f.write(text)
        write("notes", "")
        changed = (
            GOOD.replace("v=spf1 mx -all", "v=spf1 mx ?all")
            .replace("10 mx1.school.example", "20 mx1.school.example")
            .replace("k1._domainkey", "k9._domainkey")
        )
        code, said, _ = audit("-d", folder, zone=changed)
        for line in (
            'school.example: MAIL-BESCHERM-004 went from "met" to "not met"',
            "school.example: MX was 10 mx1.school.example and is now 20 mx1.school.example",
            "school.example: SPF was v=spf1 mx -all and is now v=spf1 mx ?all",
            "news.school.example: the DKIM key at selector k1 is gone",
        ):
            tap.ok(line in " ".join(said.split()), f"told: {line}", said[:2000])
        tap.ok("new DKIM key at selector s1" not in said, "a key that was there is not new", said[:2000])
        newest = sorted(n for n in os.listdir(folder) if n.endswith(".json"))[-1]
        made = json.load(open(os.path.join(folder, newest)))
        tap.ok(made["compared_with"].endswith("audit-20260101T021500Z.json"), "it says with what")
        rules = {r["rule"]: r for r in made["domains"][0]["rules"]}
        tap.equal(rules["MAIL-BESCHERM-004"]["changed"], {"from": "met"}, "and what a verdict was")
        tap.equal(rules["MAIL-BESCHERM-006"]["verdict"], "not_followed", "a key that old is too old")
        key = made["domains"][0]["facts"]["keys"][0]
        tap.equal(key["first_seen"], "2026-01-01T02:15:00Z", "as it was first seen then")
        gone = [k for k in made["domains"][1]["facts"]["keys"] if not k["present"]]
        tap.equal([k["selector"] for k in gone], ["k1"], "a key that is gone is kept in mind")
        code, said, _ = audit("--compare", os.path.join(folder, newest), "school.example", zone=changed)
        tap.ok("old.example is no longer in this audit" in said, "--compare", said[:500])


def test_folder_with_unread():
    """An audit that cannot be read is named and passed over, however many there are; the newest that can counts."""
    with tempfile.TemporaryDirectory(prefix="beschermd-test-audits-") as folder:
        made = audit("--json", "--rules", "004")[1]
        for name, text in (
            ("audit-20260101T021500Z.json", made),
            ("audit-20260201T021500Z.json", made[: len(made) // 2]),
            ("audit-20260301T021500Z.json", ""),
            ("audit-20260401T021500Z.json", "[1]"),
        ):
            with open(os.path.join(folder, name), "w") as f:
                f.write(text)
        os.mkdir(os.path.join(folder, "audit-20260501T021500Z.json"))
        code, said, wrong = audit("-d", folder, "--rules", "004", zone=GOOD.replace("v=spf1 mx -all", "v=spf1 mx ?all"))
        tap.ok(code == 1, "the audit goes on", f"{code}: {wrong}")
        tap.ok('MAIL-BESCHERM-004 went from "met" to "not met"' in " ".join(said.split()), "it is compared with the newest that can be read", said[:2000])
        warned = wrong.splitlines()
        tap.equal(["warning: " in line and "passed over" in line for line in warned], [True] * 4, "a warning for each that cannot")
        tap.ok(all(f"audit-2026{m:02}01T021500Z.json" in line for m, line in zip((5, 4, 3, 2), warned)), "with its name, the newest first", wrong)
        time.sleep(1.1)  # one a second has a name
        code, said, wrong = audit("-d", folder, "--rules", "004")
        tap.ok(wrong == "" and 'from "not met" to "met"' in " ".join(said.split()), "the next one has a good one again", wrong + said[:500])


def test_worse_and_untested():
    """What could not be tested today is no worse."""
    before = write("before.json", audit("--json", "--rules", "004,007")[1])
    gone = GOOD.replace('school.example. TXT "v=spf1 mx -all"', "school.example. CNAME a.loop.example.\na.loop.example. CNAME b.loop.example.\nb.loop.example. CNAME a.loop.example.", 1)
    said = audit("--compare", before, "--rules", "004,007", zone=gone)[1]
    tap.ok("MAIL-BESCHERM-004" in said, "a loop of aliases ends", said[:800])


def test_bad_answers():
    """Records that are large, broken, or lead in circles."""
    big = "a" * 250
    zone = GOOD + "".join(f'big.example. TXT "{big}{n}"\n' for n in range(200))
    zone += 'ring.example. TXT "v=spf1 include:ring2.example -all"\nring2.example. TXT "v=spf1 include:ring.example -all"\n'
    zone += "alias.example. CNAME alias2.example.\nalias2.example. CNAME alias.example.\n"
    zone += 'odd.example. TXT "v=spf1 \\000\\255 -all"\n_dmarc.odd.example. TXT "\\027[2J v=DMARC1"\n'
    zone += "".join(f'deep{n}.example. TXT "v=spf1 include:deep{n + 1}.example include:deep{n + 2}.example -all"\n' for n in range(60))
    zone += "".join(f"many.example. MX {n} m{n}.example.\n" for n in range(200))
    names = ["big.example", "ring.example", "alias.example", "odd.example", "deep0.example", "many.example"]
    plan = "".join(f"Domain {n} kind=mail\n" for n in names)
    code, made, rules, wrong = judged(zone=zone, plan=plan)
    tap.equal((code, wrong), (1, ""), "all of them come to a verdict")
    tap.equal(rules["big.example"]["MAIL-BESCHERM-004"]["verdict"], "untested", "too large an answer is none")
    ids = lambda name, rule: {c["id"] for c in rules[name][rule]["checks"] if c["level"] == "wrong"}
    tap.ok("spf.ring" in ids("ring.example", "MAIL-BESCHERM-004"), "a ring of includes")
    tap.equal(rules["alias.example"]["MAIL-BESCHERM-004"]["verdict"], "not_met", "a ring of aliases")
    tap.equal(rules["odd.example"]["MAIL-BESCHERM-004"]["verdict"], "not_met", "octets that are no text")
    size = [c["level"] for c in rules["deep0.example"]["MAIL-BESCHERM-004"]["checks"] if c["id"] == "spf.size"]
    tap.equal(size, ["wrong"], "more includes than are followed, told once")
    said = audit(zone=zone, plan=plan)[1]
    tap.ok(all(c == "\n" or c.isprintable() for c in said), "nothing gives orders to the terminal")
    asked = [len(d["answers"]) for d in made["domains"]]
    tap.ok(max(asked) <= 400, "no domain takes more than 400 questions", asked)


def test_threads():
    plan = "".join(f"Domain d{n}.example kind=none\n" for n in range(100))
    one = judged("-j", "1", plan=plan)[1]
    many = judged("-j", "8", plan=plan)[1]
    strip = lambda made: [(d["domain"], [r["verdict"] for r in d["rules"]]) for d in made["domains"]]
    tap.equal(strip(one), strip(many), "a hundred domains at a time come out as one by one")


tap.run(
    [
        test_verdicts,
        test_json,
        test_mend,
        test_exit_codes,
        test_domains,
        test_misspelled,
        test_explain,
        test_csv,
        test_language,
        test_page,
        test_browser,
        test_folder,
        test_folder_with_unread,
        test_worse_and_untested,
        test_bad_answers,
        test_threads,
    ]
)
