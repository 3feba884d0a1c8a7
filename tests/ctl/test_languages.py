#!/usr/bin/python3
"""The languages of beschermctl: catalogues complete and fresh, and shown to who asks for them.  TAP."""

import gettext
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import language
import tap
from running import BUILD

ROOT = os.path.abspath(os.path.join(HERE, "..", ".."))
CTL = os.path.join(BUILD, "beschermctl")
PO = sorted(glob.glob(os.path.join(ROOT, "po", "*.po")))
TOOLS = ("xgettext", "msgmerge", "msgattrib", "msgfmt")
LITERAL = r'"((?:[^"\\\n]|\\.)*)"'
# What no translation may change: options, tags of records, names of settings.
FIXED = re.compile(r"--[a-z][a-z-]*|\b[a-z]+=(?:reject|quarantine|none|[a-z]\b)?|\b[A-Z][a-z]+[A-Z]\w+|%[{}%\w]+")

CONF = "AuthservID mx.school.example\n"
ZONE = """$ORIGIN .
$TTL 300
. SOA ns. host. 1 3600 600 86400 300
city.example. TXT "v=spf1 ip4:192.0.2.10 -all"
shop.example. TXT "v=spf1 include:one.loop.example -all"
one.loop.example. CNAME two.loop.example.
two.loop.example. CNAME one.loop.example.
_dmarc.city.example. TXT "v=DMARC1; p=reject"
"""
FORGED = """From: Mayor <mayor@city.example>
To: teacher@school.example
Subject: invoice
Date: Tue, 24 Nov 2026 10:00:00 +0000
Message-ID: <1@city.example>

Pay today.
"""
ARGUMENTS = ("--client", "203.0.113.66", "--helo", "mail.evil.example", "--mail-from", "<mayor@city.example>")


def language_of(po):
    return os.path.basename(po)[: -len(".po")]


def catalogue_of(po):
    """msgid (and its plural's number) -> msgstr, as the program will read it."""
    path = os.path.join(BUILD, "po", language_of(po), "LC_MESSAGES", "beschermd.mo")
    with open(path, "rb") as f:
        read = gettext.GNUTranslations(f)._catalog
    return {key: text for key, text in read.items() if key != ""}


def lines_of(*command):
    done = subprocess.run(command, capture_output=True, timeout=60, text=True, env=dict(os.environ, LC_ALL="C"))
    return done.returncode, done.stdout + done.stderr


def chosen(kind, po):
    """The entries of this kind: nothing, if there are none."""
    return lines_of("msgattrib", kind, "--no-wrap", po)[1]


def check_tools(po):
    name = os.path.basename(po)
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        tap.skip(f"{name} is complete and fresh", f"no {missing[0]}: apt-get install gettext")
        return
    code, said = lines_of("msgfmt", "--check", "-o", "/dev/null", po)
    tap.ok(code == 0, f"{name} is well formed, and so are its formats", said)
    for kind in ("--untranslated", "--only-fuzzy", "--only-obsolete"):
        found = chosen(kind, po)
        tap.ok(found == "", f"{name}: nothing is {kind.rsplit('-', maxsplit=1)[-1]}", found)
    with tempfile.TemporaryDirectory(prefix="beschermctl-") as folder:
        code, said = lines_of(os.path.join(ROOT, "scripts", "update-po"), folder)
        # Where a text is broken into lines is the business of each version of gettext.
        made, kept = os.path.join(folder, name), os.path.join(folder, "kept.po")
        lines_of("msgcat", "--no-wrap", "-o", kept, po)
        lines_of("msgcat", "--no-wrap", "-o", made, made)
        same = code == 0 and lines_of("diff", "-u", kept, made)
    tap.ok(same and same[0] == 0, f"{name} holds the texts of today (else: make update-po)", same[1] if same else said)


def check_fixed_words(po):
    wrong = []
    for key, text in catalogue_of(po).items():
        # Of a plural, gettext tells the number only.
        msgid = key if isinstance(key, str) else key[0]
        if sorted(FIXED.findall(msgid)) != sorted(FIXED.findall(text)):
            wrong.append(f"{msgid!r}: {text!r}")
    tap.ok(not wrong, f"{os.path.basename(po)}: options, tags and settings keep their names", "\n".join(wrong))


# One word for one thing, and none that misleads: what is written instead.
WORDS = {
    "nl": {
        r"opzoeking": "opvraging",
        r"terwijl het filter": "zolang het filter",
        r"\bboven op\b": "bovenop",
        r"ontcijfer": "decoderen",
        r"\bresultaten\b|bevindingen": "uitslagen",
        r"waar niemand is|niemand bedient": "luistert niets",
        r"publieke? achtervoegsel": "openbaar achtervoegsel",
        r"verzend(?:ers?)?domein|domein van de (?:afzender|verzender)\b": "afzenderdomein",
    }
}
# Whose words are the same as those of the program.
PAPERS = {"nl": ("man/nl/*.[1-9]", "README.nl.md", "docs/*.nl.md", "docs/avg-register.md")}


def papers(code):
    """Path -> text on one line: a line may end within what is looked for."""
    found = {}
    for path in sorted(p for pattern in PAPERS.get(code, ()) for p in glob.glob(os.path.join(ROOT, pattern))):
        with open(path, encoding="utf-8") as f:
            found[os.path.relpath(path, ROOT)] = " ".join(f.read().split())
    return found


def check_words(po):
    code = language_of(po)
    read = papers(code)
    tap.ok(code not in PAPERS or len(read) >= 7, f"{code}: {len(read)} papers are read, too")
    for word, instead in WORDS.get(code, {}).items():
        word = re.compile(word, re.I)
        found = [text for text in catalogue_of(po).values() if word.search(" ".join(text.split()))]
        found += [f"{path}: {m[0]}" for path, text in read.items() for m in word.finditer(text)]
        tap.ok(not found, f"{code}: {instead}, and not {word.pattern}", "\n".join(found))


def literals(paths):
    found = set()
    for path in paths:
        with open(path, encoding="utf-8") as f:
            for match in re.finditer(rf"{LITERAL}(?:\s*{LITERAL})*", f.read()):
                found.add("".join(re.findall(LITERAL, match.group(0))))
    return found


def phrases():
    with open(os.path.join(ROOT, "po", "phrases.c"), encoding="utf-8") as f:
        return re.findall(rf"N_\({LITERAL}\)", f.read())


def patterns():
    """The phrases with a part that changes, %s for each."""
    with open(os.path.join(ROOT, "ctl", "judge", "reason.c"), encoding="utf-8") as f:
        return [p for p in re.findall(rf"\tN_\({LITERAL}\)", f.read()) if "%s" in p]


def reasons(paths):
    """What milter/ gives as a reason, as far as it stands there in one piece."""
    found = set()
    for path in paths:
        with open(path, encoding="utf-8") as f:
            found.update(re.findall(rf"(?:\breason = |\bfail\(r,\s+){LITERAL}", f.read()))
    return found


def test_phrases():
    paths = glob.glob(os.path.join(ROOT, "milter", "**", "*.c"), recursive=True)
    known = literals(paths)
    gone = [phrase for phrase in phrases() if phrase not in known]
    tap.ok(phrases() and not gone, "milter/ says each phrase of po/phrases.c", "\n".join(gone))
    said = {re.sub(r"%(?:zu|d)", "%s", text) for text in known}
    gone = [pattern for pattern in patterns() if pattern not in said]
    tap.ok(patterns() and not gone, "milter/ says each pattern of ctl/judge/reason.c", "\n".join(gone))
    judging = [p for p in paths if os.path.basename(os.path.dirname(p)) in ("check", "mail")]
    new = sorted(reasons(judging) - set(phrases()))
    tap.ok(reasons(judging) and not new, "po/phrases.c has each reason of milter/", "\n".join(new))
    for po in PO:
        catalogue = catalogue_of(po)
        wrong = [p for p in phrases() if not catalogue.get(p.replace('\\"', '"'), "\xff").isascii()]
        tap.ok(not wrong, f"{os.path.basename(po)}: phrases shown as foreign text are ASCII", "\n".join(wrong))


def test_rules():
    """Each rule is explained in each language: a text that is not marked N_() is in no catalogue."""
    program = os.path.join(BUILD, "tests", "unit", "test_explain_rule")
    texts = [line.split("\t", 1) for line in lines_of(program, "texts")[1].splitlines()]
    tap.ok(texts, "the rules have texts")
    for po in PO:
        catalogue = catalogue_of(po)
        gone = [f"rule {rule}: no translation of {text!r}" for rule, text in texts if not catalogue.get(text)]
        tap.ok(not gone, f"{os.path.basename(po)}: each rule is explained", "\n".join(gone))


def test_catalogues():
    tap.ok(PO, "there are catalogues")
    for po in PO:
        check_tools(po)
        check_fixed_words(po)
        check_words(po)


class Forged:
    """One message that fails, as beschermctl tells it in some language."""

    def __init__(self, folder):
        self.locales = os.path.join(folder, "locales")
        self.real = language.make_locale(self.locales)
        self.utf8 = "C.UTF-8" if language.c_has_languages() else self.real
        self.paths = []
        for name, text in (("conf", CONF), ("zone", ZONE), ("message.eml", FORGED)):
            self.paths.append(os.path.join(folder, name))
            with open(self.paths[-1], "w", encoding="ascii") as f:
                f.write(text)

    def told(self, *options, **variables):
        """Of several messages, if an option names one more.  C.UTF-8 stands for a locale
        in which LANGUAGE counts."""
        conf, zone, message = self.paths
        variables = {key: self.utf8 if value == "C.UTF-8" else value for key, value in variables.items()}
        env = {key: value for key, value in os.environ.items() if key != "LANG" and not key.startswith(("LC_", "LANGUAGE"))}
        # setlocale() of glibc does not free what it made of LOCPATH.
        env["ASAN_OPTIONS"] = "detect_leaks=0"
        env.update(variables, BESCHERMD_LOCALEDIR=os.path.abspath(os.path.join(BUILD, "po")), LOCPATH=self.locales)
        done = subprocess.run(
            [CTL, "test", "-c", conf, "--zone", zone, *ARGUMENTS, *options, message],
            capture_output=True,
            timeout=60,
            env=env,
        )
        return done.stdout.decode("utf-8") + done.stderr.decode("utf-8")


DUTCH = (
    "message.eml: geweigerd",
    "Het bericht zegt van city.example te komen, en niets bewijst dat.",
    "Envelop-afzender",
    "Uitlijning        SPF soepel, DKIM soepel",
    "Beleid            reject: weiger e-mail die faalt",
    "-all: treffer",
    "noch SPF noch DKIM slaagde",
    "Instelling        OnReject reject (standaard)",
)


def without_times(line):
    found = json.loads(line)
    for question in found["dns"]:
        del question["ms"]
    return found


def check_languages(forged):
    english = forged.told(LC_ALL="C")
    tap.ok("message.eml: refused" in english, "C is English", english)
    tap.equal("refused" in forged.told(LC_ALL="C", LANGUAGE="nl"), True, "LANGUAGE counts for nothing in the locale C")
    if forged.utf8 is None:
        tap.skip("LANGUAGE=nl is Dutch", "no locale here has other languages: apt-get install locales")
        return
    for variables in ({"LC_ALL": "C.UTF-8"}, {"LANG": "C.UTF-8"}):
        dutch = forged.told(LANGUAGE="nl", **variables)
        missing = [text for text in DUTCH if text not in dutch]
        tap.ok(not missing, f"LANGUAGE=nl with {variables} is Dutch", f"without {missing}:\n{dutch}")
    both = forged.told(forged.paths[-1], LC_ALL="C.UTF-8", LANGUAGE="nl")
    reason = "SPF fail voor city.example (het domein staat deze client niet toe); geen DKIM-handtekening"
    tap.ok(f"city.example: {reason}\n" in both, "a line of several messages is Dutch, its reason too", both)
    tap.ok(reason in " ".join(both.partition("2 berichten beoordeeld")[2].split()), "and so is the summary", both)
    failed = forged.told("--mail-from", "a@shop.example", LC_ALL="C.UTF-8", LANGUAGE="nl")
    tap.ok("DNS faalde: de DNS-servers faalden" in failed, "a phrase with a phrase in it is Dutch", failed)
    other = forged.told(LC_ALL="C.UTF-8", LANGUAGE="xx")
    tap.ok("message.eml: refused" in other, "a language without a catalogue is English", other)
    tap.equal(
        without_times(forged.told("--json", LC_ALL="C.UTF-8", LANGUAGE="nl")),
        without_times(forged.told("--json", LC_ALL="C")),
        "JSON is the same in any language",
    )


def check_real_locale(forged):
    name = "LANG=nl_NL.UTF-8 alone is Dutch"
    if forged.real is None:
        tap.skip(name, "that locale cannot be made here: apt-get install locales")
        return
    dutch = forged.told(LANG=forged.real)
    tap.ok("message.eml: geweigerd" in dutch, name, dutch)


def test_what_is_told():
    with tempfile.TemporaryDirectory(prefix="beschermctl-") as folder:
        forged = Forged(folder)
        check_languages(forged)
        check_real_locale(forged)


if __name__ == "__main__":
    tap.run([test_catalogues, test_rules, test_phrases, test_what_is_told])
