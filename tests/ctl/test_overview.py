#!/usr/bin/python3
"""The page that beschermctl overview writes: what it says, that nothing of strangers leaves its
place, and what a browser makes of it.  TAP."""

import html.parser
import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
import xml.etree.ElementTree as ET

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import browser
import tap
from daemon import Beschermd
from madehistory import DAY, MadeHistory, signature
from milterclient import send_message
from running import BUILD, until, work_folder

CTL = os.path.join(BUILD, "beschermctl")
PO = os.path.abspath(os.path.join(BUILD, "po"))
PAGE_MAX = 300 * 1024
XHTML = "{http://www.w3.org/1999/xhtml}"
VOID = {"meta", "wbr"}
SECTIONS = ["state", "days", "refused", "mixed", "suppliers", "faults", "exceptions", "kept"]
OVERRIDE = 'printer.example accept until=2126-12-31 reason="Moves in <December> & \\"soon\\""'
SETTINGS = f"""Override {OVERRIDE}
Override .old.example accept until=2020-01-31 reason="Waits"
Override alumni.example header client=203.0.113.0/24
TrustedForwarders 198.51.100.7, 2001:db8:25::/48
TrustedLists lists.uni.example
"""
# What strangers would like to put there.
HOSTILE = (
    '"><script>alert(1)</script>.example',
    "</td></table><h1>x</h1>",
    "&lt;b&gt;&amp;&#x41;",
    "'onmouseover='x",
    "\u202egro.elpmaxe",
    "\u2066\u200f\u200d\ufeff",
    "\x00\x01\x1b[2J\x7f\x85",
    "]]>--><!--",
    "x" * 5000,
    "a." * 120 + "example",
    "\u00e9\u0430\u4e2d",
    "%s%n",
)


class Overview:
    def __init__(self, h, where):
        self.h, self.file = h, os.path.join(where, "overview.html")

    def run(self, *arguments, conf=None, **env):
        command = [CTL, "overview", "-c", conf or self.h.conf, *arguments]
        variables = dict(os.environ, LC_ALL="C", BESCHERMD_LOCALEDIR=PO, TZ="UTC")
        variables.update(env)
        return subprocess.run(command, capture_output=True, text=True, timeout=120, env=variables, check=False)

    def write(self, *arguments, **env):
        """The text of the page; what is wrong with the run fails here."""
        done = self.run("-o", self.file, *arguments, **env)
        assert done.returncode == 0 and not done.stderr, (done.returncode, done.stderr)
        with open(self.file, encoding="utf-8") as f:
            return f.read()


class Strict(html.parser.HTMLParser):
    """As a browser reads it: each tag closed in its turn, ids once, links to what is there."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.faults, self.ids, self.links, self.tags = [], [], [], [], []
        self.feed(text)
        self.close()
        self.faults += [f"<{tag}> stays open" for tag in self.open]
        self.faults += [f"#{link} leads nowhere" for link in self.links if link not in self.ids]
        self.faults += [f"id {i} comes twice" for i in set(self.ids) if self.ids.count(i) > 1]

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.tags.append((tag, values))
        if len(values) != len(attrs):
            self.faults.append(f"<{tag}> has an attribute twice")
        if "id" in values:
            self.ids.append(values["id"])
        if values.get("href", "").startswith("#"):
            self.links.append(values["href"][1:])
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.faults.append(f"<{tag}/> closes itself")

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> out of its turn")

    def handle_comment(self, data):
        self.faults.append(f"a comment: {data!r}")


def texts(element):
    """Without what is only for the eye."""
    if element.get("aria-hidden") == "true":
        return ""
    return (element.text or "") + "".join(texts(e) + (e.tail or "") for e in element)


def sections(page):
    root = ET.fromstring(page)
    return {s.get("id"): s for s in root.iter(XHTML + "section")}


def table(section, number=0):
    """Its rows as lists of texts, without the head."""
    body = list(section.iter(XHTML + "tbody"))[number]
    return [[" ".join(texts(cell).split()) for cell in row] for row in body]


def check_form(page, name):
    strict = Strict(page)
    tap.ok(not strict.faults, f"{name}: each tag is closed in its turn", "\n".join(strict.faults[:10]))
    try:
        root = ET.fromstring(page)
    except ET.ParseError as e:
        tap.ok(False, f"{name}: well-formed XML", e)
        return
    tap.ok(True, f"{name}: well-formed XML")
    tap.equal([s.get("id") for s in root.iter(XHTML + "section")], SECTIONS, f"{name}: all sections")
    tags = [tag for tag, _ in strict.tags]
    tap.equal(tags.count("h1"), 1, f"{name}: one h1")
    tap.ok(not {"script", "img", "link", "iframe", "object", "form", "base", "svg"} & set(tags), f"{name}: nothing that runs or is fetched", set(tags))
    values = [(tag, key, value) for tag, attrs in strict.tags for key, value in attrs.items()]
    wrong = [v for v in values if v[1].startswith("on") or (v[1] in ("href", "src") and not v[2].startswith("#"))]
    tap.ok(not wrong, f"{name}: no attribute that runs or leads out", wrong)
    styles = {v[2] for v in values if v[1] == "style"}
    tap.ok(all(re.fullmatch(r"width:\d+\.\d%", s) for s in styles), f"{name}: styles are widths", styles)
    csp = [attrs["content"] for tag, attrs in strict.tags if attrs.get("http-equiv") == "Content-Security-Policy"]
    tap.equal(csp, ["default-src 'none'; style-src 'unsafe-inline'"], f"{name}: the policy of the page")
    style = "".join(root.find(XHTML + "head").find(XHTML + "style").itertext())
    tap.ok("url(" not in style and "@import" not in style, f"{name}: the style fetches nothing")
    for t in root.iter(XHTML + "table"):
        heads = [th.get("scope") for th in t.iter(XHTML + "th")]
        rows = [len(list(row)) for row in t.iter(XHTML + "tr")]
        if t.find(XHTML + "caption") is None or None in heads or len(set(rows)) > 1:
            tap.ok(False, f"{name}: a table with a caption, scopes and full rows", ET.tostring(t)[:300])
    tap.ok(len(page.encode()) <= PAGE_MAX, f"{name}: at most 300 KB", len(page.encode()))


def fill(h):
    """A month in small: 20 pass, 4 fail, 6 cannot be checked a day, and some exceptions."""
    for day in range(9, -1, -1):
        h.add(day, 20, record_of="bank.example", header_from="bank.example", policy="reject", signatures=[signature("bank.example", 1024, "old")])
        h.add(day, 3, record_of="bank.example", header_from="bank.example", policy="reject", dmarc="fail", would="reject", action="reject", rule="policy_reject", client="198.51.100.99")
        h.add(day, 1, record_of="shop.example", header_from="shop.example", policy="quarantine", dmarc="fail", would="header", action="header", rule="policy_quarantine")
        h.add(day, 5, record_of="big.example", header_from="big.example", policy="none")
        h.add(day, 4, header_from="club.example", dmarc="none", policy_known=0, rule="dmarc_none")
        h.add(day, 1, header_from="", from_status="malformed", dmarc="none", would="reject", action="reject", rule="bad_from")
        h.add(day, 1, header_from="slow.example", dmarc="temperror", would="tempfail", action="tempfail", rule="dmarc_temperror")
    fails = {"record_of": "printer.example", "header_from": "printer.example", "policy": "reject", "dmarc": "fail"}
    h.add(1, 6, override=OVERRIDE, rule="override", **fails)
    h.add(1, 2, override="gone.example accept", rule="override", **fails)
    h.add(1, 3, rule="trusted_forwarder", client="2001:db8:25::1", **fails)
    h.add(1, 1, rule="trusted_forwarder", client="198.51.100.200", **fails)
    h.add(1, 7, rule="mailing_list", list_id="news.lists.uni.example", list_signed="id", would="header", action="header", **fails)
    h.add(2, 2, spf="permerror", spf_domain="broken.example", spf_reason="several SPF records")
    # Not of the last ten days.
    h.add(15, 50, header_from="early.example")


def check_figures(page, name):
    s = sections(page)
    days = table(s["days"])
    tap.equal(len(days), 10, f"{name}: ten days")
    # Day, bar, checked, passes, refused, marked, held, deferred
    tap.equal(days[0][2:], ["35", "86.2 %", "4", "1", "0", "1"], f"{name}: an ordinary day")
    tap.equal(days[8][2], "54", f"{name}: a day with exceptions")
    refused = table(s["refused"])
    tap.equal(refused[0], ["bank.example", "230", "200", "30", "30", "0", "0"], f"{name}: who is stopped most")
    tap.ok(["(no usable sender)", "10", "0", "0", "10", "0", "0"] in refused, f"{name}: those without a sender", refused)
    mixed = table(s["mixed"])
    tap.equal([row[:5] for row in mixed], [["bank.example", "230", "200", "30", "30"]], f"{name}: who passes and fails")
    tap.equal(mixed[0][5], "one server, which is its own or forwards", f"{name}: and why")
    tap.ok(["club.example", "", "40", "10"] in table(s["suppliers"], 0), f"{name}: without a policy", table(s["suppliers"], 0))
    tap.equal(table(s["suppliers"], 1), [["big.example", "", "50", "10"]], f"{name}: p=none")
    tap.equal(table(s["faults"], 0), [["bank.example", "old", "1024", "200"]], f"{name}: weak keys")
    tap.equal(table(s["faults"], 1), [["broken.example", "several SPF records", "2"]], f"{name}: faults of SPF")
    exceptions = {row[0]: row[1:] for row in table(s["exceptions"])}
    tap.equal(
        exceptions["printer.example"],
        ["sender (Override)", "let in", 'Moves in <December> & "soon"', "31 December 2126", "6"],
        f"{name}: an Override",
    )
    tap.equal(exceptions[".old.example"][2:], ["Waits", "31 January 2020 ended", "0"], f"{name}: one that ended")
    tap.equal(exceptions["alumni.example, only from 203.0.113.0/24"][1:3], ["marked", "no reason given"], f"{name}: one without a reason")
    tap.equal(exceptions["2001:db8:25::/48"][-1], "3", f"{name}: a forwarder")
    tap.equal(exceptions["198.51.100.7"][-1], "0", f"{name}: a forwarder that is not used")
    tap.equal(exceptions["lists.uni.example"][-1], "7", f"{name}: a list")
    tap.equal(exceptions["gone.example accept no longer set"][-1], "2", f"{name}: an Override of earlier settings")
    tap.equal(exceptions["no longer set"][0::4], ["forwarder (TrustedForwarders)", "1"], f"{name}: a forwarder of earlier settings, without its address")
    state = " ".join(texts(s["state"]).split())
    for text in ("On: forged mail is stopped", "371 messages checked", "1 exception has ended", "MAIL-BESCHERM-010", "done here"):
        tap.ok(text in state, f"{name}: it says {text!r}", state)
    asked = re.search(r"asks to refuse such mail.*?: (\d+)\. Of these,? .*?: (\d+) \((.*?)\)", state)
    tap.equal(asked and asked.groups(), ("59", "47", "79.7 %"), f"{name}: figures of the rule")
    tap.ok("Let in by an exception: 12." in state, f"{name}: and of its exceptions", state)


def check_private(page):
    """Clients that sent, queue ids, local parts."""
    for text in ("192.0.2.1", "198.51.100.99", "198.51.100.200", "2001:db8:25::1<", "4Q00"):
        tap.ok(text not in page, f"no {text} on the page")


def check_periods(o):
    tap.equal(len(table(sections(o.write("--days", "3"))["days"])), 3, "--days 3")
    page = o.write()
    tap.equal(len(table(sections(page)["days"])), 16, "30 days, from the first with mail on")
    weeks = table(sections(o.write("--days", "70"))["days"])
    tap.equal([row[0].partition(" from ")[0] for row in weeks], ["7 days", "7 days", "2 days"], "of 70 days the weeks are told")
    tap.equal(sum(int(row[2]) for row in weeks), 421, "with all messages")
    tap.ok("The history begins on" in page and "The history begins on" not in o.write("--days", "5"), "a period that is shorter is told")


def check_languages(o):
    dutch = o.write("--lang", "nl", "--title", "Mail <van> ons & \u00e9\u202e")
    root = ET.fromstring(dutch)
    tap.equal(root.get("lang"), "nl", "--lang nl")
    h1 = "".join(root.find(f".//{XHTML}h1").itertext())
    tap.equal(h1, "Mail <van> ons & \u00e9\\xE2\\x80\\xAE", "--title is text")
    for text in ("In het kort", "Wie het vaakst", "86,2\u00a0%"):
        tap.ok(text in dutch, f"Dutch: {text}")
    text = " ".join(texts(root.find(XHTML + "body")).split())
    found = re.findall(r"\b(?:the|and|with|which|from|messages)\b", text)
    tap.ok(not found, "no English on the Dutch page", found)
    tap.equal(ET.fromstring(o.write()).get("lang"), "en", "the language of the program")
    tap.equal(ET.fromstring(o.write("--lang", "en", LANG="nl_NL.UTF-8", LANGUAGE="nl", LC_ALL="")).get("lang"), "en", "--lang en")
    done = o.run("-o", o.file, "--lang", "nl", BESCHERMD_LOCALEDIR="/nonexistent")
    tap.ok(done.returncode == 69 and "nl" in done.stderr, "a language that is not installed", done.stderr)


def check_options(o):
    for arguments in ((), ("-o", ""), ("-o", o.file, "--days", "0"), ("-o", o.file, "--days", "367"), ("-o", o.file, "--days", "x"), ("-o", o.file, "--lang", "de"), ("-o", o.file, "more")):
        done = o.run(*arguments)
        tap.ok(done.returncode == 64 and done.stderr, f"overview {arguments}: a mistake", done.stderr)
    done = o.run("-o", o.file, "-o", "History=")
    tap.equal(done.returncode, 69, "-o KEY=VALUE is a setting: no history")


def check_file(o, where):
    o.write()
    tap.equal(os.stat(o.file).st_mode & 0o777, 0o640, "mode 0640")
    tap.ok(not os.path.exists(o.file + ".new"), "nothing is left beside it")
    done = o.run("-o", os.path.join(where, "none", "x.html"))
    tap.ok(done.returncode == 73 and "x.html" in done.stderr, "a folder that is not there", f"{done.returncode} {done.stderr}")
    victim = os.path.join(where, "victim")
    with open(victim, "w", encoding="ascii") as f:
        f.write("keep")
    os.symlink(victim, o.file + ".new")
    o.write()
    with open(victim, encoding="ascii") as f:
        tap.equal(f.read(), "keep", "a link in the place of FILE.new is not followed")
    special = os.path.join(where, "special")
    os.mkfifo(special)
    done = o.run("-o", special)
    tap.ok(done.returncode == 73 and stat.S_ISFIFO(os.stat(special).st_mode), "nothing takes the place of what is no file, such as /dev/null", done)
    before = os.stat(o.file).st_ino
    done = o.run("-o", o.file, "-o", "History=/nonexistent")
    tap.ok(done.returncode != 0 and os.stat(o.file).st_ino == before, "the old page stays where there is no new one")


def check_root(o, where):
    if os.geteuid() != 0:
        tap.skip("root writes as the owner of the folder", "not root")
        return
    # ours/theirs belongs to another, who has made a link from there to what is root's.
    theirs, ours = os.path.join(where, "theirs"), os.path.join(where, "ours")
    os.mkdir(theirs)
    os.mkdir(ours, 0o755)
    os.symlink(ours, os.path.join(theirs, "link"))
    os.chown(theirs, 65534, 65534)
    os.chown(where, 0, 0)
    done = o.run("-o", os.path.join(theirs, "page.html"))
    page = os.path.join(theirs, "page.html")
    tap.ok(done.returncode == 0 and os.stat(page).st_uid == 65534, "root writes as the owner of the folder", done.stderr)
    done = o.run("-o", os.path.join(theirs, "link", "page.html"))
    tap.ok(done.returncode == 73 and not os.listdir(ours), "and is not led elsewhere", f"{done.returncode} {os.listdir(ours)}")
    done = o.run("-o", os.path.join(ours, "page.html"))
    tap.ok(done.returncode == 0 and os.stat(os.path.join(ours, "page.html")).st_uid == 0, "into a folder of root's too", done.stderr)


def test_page():
    with work_folder("overview") as where:
        os.chmod(where, 0o777)
        with MadeHistory(where, SETTINGS) as h:
            o = Overview(h, where)
            page = o.write()
            check_form(page, "no message yet")
            tap.ok("No mail was checked" in page, "no message yet: it says so")
            fill(h)
            loose = o.write("--days", "10")
            check_figures(loose, "not counted yet")
            h.fold()
            page = o.write("--days", "10")
            check_form(page, "a month")
            check_figures(page, "counted by day")
            check_private(page)
            check_periods(o)
            check_languages(o)
            check_options(o)
            check_file(o, where)
            check_browser(o, where)
            check_root(o, where)


def test_monitor():
    with work_folder("overview") as where:
        os.chmod(where, 0o777)
        with MadeHistory(where, "Mode monitor\n") as h:
            o = Overview(h, where)
            h.judged_by("Mode                        enforce  # conf:1\n", at=int(time.time()) - 5 * DAY)
            h.add(7, 3)
            h.judged_by("Mode                        monitor  # conf:1\nOnReject reject  # default\n")
            h.add(1, 3, dmarc="fail", policy="reject", would="reject", rule="policy_reject", record_of="a.example")
            h.db.execute("INSERT INTO gap(begin_at,end_at,lost,cause) VALUES(?,?,17,'queue')", (int(time.time()) - 99, int(time.time())))
            state = " ".join(texts(sections(o.write())["state"]).split())
            for text in ("Trial: forged mail is recognized, and still delivered", "not yet", "3 would be refused", "17 messages are missing", "Delivered all the same, because it was a trial: 3.", "In force since"):
                tap.ok(text in state, f"monitor: it says {text!r}", state)
            tap.ok("since" in state and "at least" not in state, "monitor: since when", state)
            done = o.run("-o", o.file, "-o", "Mode=enforce")
            with open(o.file, encoding="utf-8") as f:
                tap.ok(done.returncode == 0 and "The settings say Mode enforce" in f.read(), "another Mode than that of the last message is told")


FORGED = b"From: a@bank.example\n\nhello\n"
BANK = '''bank.example. 300 IN TXT "v=spf1 ip4:192.0.2.1 -all"
_dmarc.bank.example. 300 IN TXT "v=DMARC1; p=reject"
'''


def forge(daemon, count, name):
    for n in range(count):
        send_message(daemon.socket, FORGED, "203.0.113.6", mail_from="<joe@bank.example>", queue_id=f"4{name}{n}")


def state_of(daemon, *options):
    path = os.path.join(daemon.dir, "page.html")
    done = subprocess.run([CTL, "overview", "-c", daemon.conf, "-o", path, "--lang", "en", *options], capture_output=True, text=True)
    if done.returncode != 0:
        return done.stderr
    with open(path, encoding="utf-8") as f:
        return " ".join(texts(sections(f.read())["state"]).split())


def test_what_a_daemon_stored():
    """Settings as it writes them; and what was delivered in a trial was not stopped."""
    with Beschermd("Mode monitor\nHistory {dir}/h.db\n", BANK) as daemon:
        forge(daemon, 5, "A")
        until(lambda: "5 would be refused" in state_of(daemon))
        state = state_of(daemon)
        for text in ("Trial: forged mail is recognized", "5 would be refused, marked or held", "not yet", "Mode monitor"):
            tap.ok(text in state, f"a daemon's monitor: {text}", state)
        tap.ok("reload it" not in state, "a daemon's monitor: nothing about a reload", state)
        with open(daemon.conf, encoding="utf-8") as f:
            text = f.read()
        daemon.write(text.replace("Mode monitor", "Mode enforce"))
        tap.ok("The settings say Mode enforce" in state_of(daemon), "not reloaded yet: it says so", state_of(daemon))
        summary = subprocess.run([CTL, "summary", "-c", daemon.conf, "--json"], capture_output=True, text=True).stdout
        tap.equal(json.loads(summary)["mode"], "monitor", "summary: not reloaded yet")
        daemon.process.send_signal(signal.SIGHUP)
        until(lambda: "reloaded" in daemon.log())
        forge(daemon, 2, "B")
        until(lambda: "2 refused" in state_of(daemon))
        state = state_of(daemon)
        for text in ("On: forged mail is stopped", "2 refused, marked or held", "Delivered all the same, because it was a trial: 5.", "done here", "In force since"):
            tap.ok(text in state, f"a daemon's enforce: {text}", state)
        tap.ok("at least" not in state, "a daemon's enforce: since when", state)


def test_not_met():
    """Nothing was checked, or what was is let in: the page is not green."""
    for conf, wanted in (
        ("IgnoreHosts 0.0.0.0/0\n", ("No message was checked", "beschermctl postfix")),
        ("OnReject accept\n", ("settings let in", "OnReject accept lets in")),
        ("OnBadFrom accept\nOnTempError accept\n", ("settings let in", "OnBadFrom accept", "OnTempError accept")),
    ):
        with Beschermd(conf + "History {dir}/h.db\n", BANK) as daemon:
            forge(daemon, 3, "C")
            until(lambda: wanted[0] in state_of(daemon))
            state = state_of(daemon)
            for text in (*wanted, "not yet"):
                tap.ok(text in state, f"{conf.split()[0]}: {text}", state)
            tap.ok("is stopped" not in state and "Nothing." not in state, f"{conf.split()[0]}: and nothing else", state)


def test_strangers():
    """The daemon writes printable ASCII; one that was taken over may write anything."""
    with work_folder("overview") as where:
        os.chmod(where, 0o777)
        with MadeHistory(where) as h:
            o = Overview(h, where)
            for text in HOSTILE:
                stored = text.replace("\x00", "")
                for columns in (
                    {"dmarc": "none"},
                    {"dmarc": "fail", "would": "reject", "action": "reject", "policy": "reject"},
                    {"policy": "none", "record_of": stored},
                    {"signatures": [signature(stored, 512, stored)]},
                    {"signatures": json.dumps([stored, [stored]] + [[stored] * 9])},
                    {"signatures": f'[["pass","{stored}",1024,"s'},
                    {"spf": "permerror", "spf_domain": stored, "spf_reason": stored},
                    {"dmarc": "fail", "rule": "override", "override": stored},
                    {"dmarc": "fail", "rule": "mailing_list", "list_id": stored, "list_post": stored, "list_signed": "both"},
                    {"dmarc": "fail", "rule": "trusted_forwarder", "client": stored},
                    {"dmarc": stored, "would": stored, "action": stored, "rule": stored, "list_signed": stored},
                ):
                    h.add(**{"header_from": stored, **columns})
            h.db.execute("UPDATE meta SET value=? WHERE key='host'", (HOSTILE[0],))
            for name in ("not counted", "counted"):
                page = o.write()
                check_form(page, f"strangers, {name}")
                wrong = [c for c in page if c != "\n" and (ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or 0x200B <= ord(c) <= 0x200F or 0x202A <= ord(c) <= 0x202E or 0x2060 <= ord(c) <= 0x206F or ord(c) == 0xFEFF)]
                tap.ok(not wrong, f"strangers, {name}: nothing that is not seen and acts", wrong)
                longest = max(len(word) for word in re.findall(r">([^<]*)<", page))
                tap.ok("x" * 300 not in page, f"strangers, {name}: long names are cut", longest)
                h.fold()
            if browser.MISSING:
                tap.skip("strangers: nothing sticks out", browser.MISSING)
            else:
                found = browser.measure(where, o.file, [390, 1280])
                tap.ok(found and all(v["scroll"] <= width and not v["wide"] for width, v in found.items()), "strangers: nothing sticks out", found)


def test_largest():
    """As much as there can be: the page stays below 300 KB."""
    settings = "".join(f'Override {"x" * 60}.{"y" * 60}.d{n}.example accept reason="{"&" * 200}"\n' for n in range(300))
    with work_folder("overview") as where:
        os.chmod(where, 0o777)
        with MadeHistory(where, settings) as h:
            rows = []
            for n in range(3000):
                name = f"{'z' * 60}.{'w' * 60}.xn--mnchen-3ya.s{n}.example"
                at = int(time.time()) - n % 366 * DAY
                kind = {"dmarc": "none"} if n % 3 == 0 else {"dmarc": "fail", "would": "reject", "policy": "none" if n % 3 == 1 else "reject", "policy_id": h.policy_of(name)}
                rows.append(h.row(at, header_from=name, signatures=[signature(name, 1024, "s" * 200)], spf="permerror", spf_domain=name, spf_reason="&" * 300, **kind))
                rows.append(h.row(at, header_from=name))
                rows.append(h.row(at, rule="override", override=f"{'&' * 300}{n}", dmarc="fail"))
            h.add_rows(rows)
            page = Overview(h, where).write("--days", "366")
            check_form(page, "the largest")
            tap.ok("And " in page and "more, which decided fewer" in page, "the largest: what is left out is told")


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(a, b):
    x, y = sorted((luminance(a), luminance(b)))
    return (y + 0.05) / (x + 0.05)


def themes(style):
    """The variables of :root, light and dark."""
    roots = [dict(re.findall(r"--([a-z0-9-]+):(#[0-9a-f]{6})", root)) for root in re.findall(r":root\{(.*?)\}", style, re.S)]
    return {"light": roots[0], "dark": dict(roots[0], **roots[1])} if len(roots) == 2 else {}


def test_contrast():
    """WCAG 2.2: text 7:1 (1.4.6), what is drawn 3:1 (1.4.11); computed from the style."""
    with work_folder("overview") as where:
        os.chmod(where, 0o777)
        with MadeHistory(where) as h:
            style = re.search(r"<style>(.*?)</style>", Overview(h, where).write(), re.S)[1]
    rules = re.findall(r"([^{}]+)\{([^{}]*)\}", style)
    pairs, papers, inks = set(), set(), set()
    for _, rule in rules:
        ink = re.search(r"(?<![a-z-])color:var\(--([a-z-]+)\)", rule)
        paper = re.search(r"background:var\(--([a-z-]+)\)", rule)
        if ink and paper:
            pairs.add((ink[1], paper[1]))
        elif ink:
            inks.add(ink[1])
        if paper:
            papers.add(paper[1])
    tap.ok(len(pairs) >= 5 and inks and "#" not in re.sub(r":root\{.*?\}", "", style, flags=re.S), "colours are variables", (pairs, inks))
    # Text of a colour of its own stands on the page, or in a card.
    pairs |= {(ink, paper) for ink in inks for paper in ("paper", "card")}
    found = themes(style)
    tap.equal(sorted(found), ["dark", "light"], "a light and a dark theme")
    for name, colours in found.items():
        low = {pair: round(contrast(colours[pair[0]], colours[pair[1]]), 2) for pair in pairs}
        tap.ok(min(low.values()) >= 7, f"{name}: text has a contrast of 7:1", {p: c for p, c in low.items() if c < 7})
        drawn = {part: round(contrast(colours[part], colours["paper"]), 2) for part in ("part1", "part3")}
        tap.ok(min(drawn.values()) >= 3, f"{name}: bars have a contrast of 3:1", drawn)


def check_browser(o, where):
    if browser.MISSING:
        tap.skip("no page scrolls sideways in a browser, light and dark, and prints on A4", browser.MISSING)
        return
    o.write("--lang", "nl")
    widths = [1280, 390, 320]
    light, dark = browser.measure(where, o.file, widths), browser.measure(where, o.file, [390], dark=True)
    for width in widths:
        seen = light.get(width, {})
        tap.ok(seen and seen["scroll"] <= width and not seen["wide"], f"{width} pixels wide: nothing sticks out", seen)
    tap.equal(light[390]["paper"], "rgb(255, 255, 255)", "light where nothing else is asked for")
    tap.equal(dark[390]["paper"], "rgb(18, 23, 28)", "dark where that is asked for")
    seen = browser.on_paper(where, o.file)
    tap.ok(seen and seen["scroll"] <= browser.PAPER and not seen["wide"], "on paper: nothing sticks out", seen)
    sizes = browser.paper_sizes(where, o.file)
    tap.ok(sizes and set(sizes) == {browser.A4} and len(sizes) < 8, "prints on A4", sizes)


if __name__ == "__main__":
    tap.run([test_page, test_monitor, test_what_a_daemon_stored, test_not_met, test_strangers, test_largest, test_contrast])
