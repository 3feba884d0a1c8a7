#!/usr/bin/python3
"""What scripts/check-man-nl finds in a Dutch manual page that is not in step.  TAP."""

import contextlib
import importlib.machinery
import importlib.util
import io
import os
import re
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import tap

TOP = os.path.join(HERE, "../..")
CHECK = os.path.join(TOP, "scripts/check-man-nl")

ENGLISH = """\
.Dd November 30, 2026
.Dt THING 5
.Os
.Sh NAME
.Nm thing
.Nd a thing
.Sh DESCRIPTION
As METRICS has it, and RFC 9989 (section 5.4).
.Bl -tag -width Ds
.It Cm OnThing Ar action
.Cm accept
or
.Cm reject ,
10,000 times with
.Cm OnOther .
.Pp
Default:
.Ql reject .
.It Cm OnOther Ar path
See
.Sx METRICS .
.Pp
Default: none.
.It Fl -thing Ar file
In
.Pa /etc/thing .
.El
.Sh METRICS
.Bd -literal
# a comment
OnThing accept
.Ed
.Dl thing FILE
.Bl -tag -width Ds
.It Li WRONG
.It 64
a mistake
.El
"""

DUTCH = """\
.Dd November 30, 2026
.Dt THING 5
.Os
.hla nl
.Sh NAAM
.Nm thing
.Nd een ding
.Sh BESCHRIJVING
Zie RFC 9989 (paragraaf 5.4) en MEETWAARDEN.
.Bl -tag -width Ds
.It Cm OnThing Ar actie
Tot 10.000 keer, bij
.Cm OnOther :
.Cm accept
of
.Cm reject .
.Pp
Standaard:
.Ql reject .
.It Cm OnOther Ar pad
Zie
.Sx MEETWAARDEN .
.Pp
Standaard: geen.
.It Fl -thing Ar bestand
In
.Pa /etc/thing .
.El
.Sh MEETWAARDEN
.Bd -literal
# toelichting
OnThing accept
.Ed
.Dl thing BESTAND
.Bl -tag -width Ds
.It Li FOUT
.It 64
een fout
.El
"""

# What is changed in the Dutch page (or in the English one: True), and what is told, with
# the line in the page where it is to be looked for.
CHANGES = (
    (r"\.It Cm OnOther(.*\n)*?(?=\.It)", "", False, r"man/thing\.5:19: \.It Cm OnOther Ar: is missing in man/nl/thing\.5, near line \d+"),
    (r"\.It Fl -thing .*\n", "", False, r"man/thing\.5:24: \.It Fl -thing Ar: is missing"),
    (r"10,000 times with", "10,000 times.\nBut not with", True, r"man/nl/thing\.5:11: \.It Cm OnThing Ar: 1 sentences, and 2 in man/thing\.5:10"),
    (r"\.hla nl\n", "", False, r"man/nl/thing\.5: no \.hla nl"),
    (r"\.It 64", ".It 65", False, r"man/nl/thing\.5:37: \.It 65: is not in man/thing\.5"),
    (r"(?m)^\.Sh METRICS", ".Sh LOG\n.Sh METRICS", True, r"man/thing\.5:28: \.Sh LOG: is missing"),
    (r"\.Sh METRICS", ".Sh NEWS", True, r"man/thing\.5:28: \.Sh NEWS \(its Dutch name is not among SECTIONS\)"),
    (r"\.Sh MEETWAARDEN", ".Sh METINGEN", False, r"man/nl/thing\.5:29: \.Sh METINGEN \(not among SECTIONS\)"),
    (r"en MEETWAARDEN", "", False, r"man/nl/thing\.5:8: \.Sh DESCRIPTION: does not tell of the section METRICS"),
    (r"\.Sx MEETWAARDEN", ".Sx LOG", False, r"man/nl/thing\.5:20: .*tells more.*the section LOG"),
    (r"RFC 9989", "RFC 9990", False, r"man/nl/thing\.5:8: \.Sh DESCRIPTION: does not tell of 9989 \(man/thing\.5:7\)"),
    (r"\.Pp\nStandaard: geen", "Standaard: geen", False, r"man/thing\.5:22: \.Pp after \.It Cm OnOther Ar: is missing in"),
    (r"November 30", "November 29", False, r"man/thing\.5:1: \.Dd November 30, 2026 after the beginning: is missing"),
    (r"paragraaf 5.4", "paragraaf 5.5", False, r"tells more than the English page: 5\.5 "),
    (r"10\.000", "1.000", False, r"man/nl/thing\.5:11: \.It Cm OnThing Ar: does not tell of 10000 "),
    (r"\.Cm accept\n", "", False, r"man/nl/thing\.5:11: .* does not tell of accept "),
    (r"Standaard:\n\.Ql reject", "Standaard:\n.Ql accept", False, r"man/nl/thing\.5:17: \.Pp after \.It Cm OnThing Ar: default accept, and reject in man/thing\.5:16"),
    (r"Standaard: geen\.", "", False, r"man/nl/thing\.5:23: \.Pp after \.It Cm OnOther Ar: default None, and none in"),
    (r"/etc/thing", "/etc/ding", False, r"man/nl/thing\.5:25: .* does not tell of /etc/thing "),
    (r"OnThing accept", "OnThing reject", False, r"man/nl/thing\.5:32: is not as man/thing\.5:31 has it: OnThing accept"),
    (r"# toelichting\n", "", False, r"man/nl/thing\.5:30: \.Bd after \.Sh METRICS: 1 lines to copy, and 2 in"),
    (r"thing BESTAND", "ding BESTAND", False, r"\.Dl thing FILE after \.Sh METRICS: is missing"),
    (r"Li FOUT", "Li WRONG", False, r"\.It Li WRONG: is not in"),
    (r"een fout", "een " + "é" * 76, False, None),
    (r"een fout", "een " + "é" * 77, False, r"man/nl/thing\.5:38: longer than 80 characters"),
)

PO = """\
msgid "WRONG "
msgstr "FOUT  "
"""


def load():
    loader = importlib.machinery.SourceFileLoader("check_man_nl", CHECK)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("check_man_nl", loader))
    loader.exec_module(module)
    # mandoc has its say in the check itself.
    module.lint = lambda _: []
    return module


checker = load()


def check(top):
    checker.top = top
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        checker.main()
    return told.getvalue()


def write(top, name, text):
    os.makedirs(os.path.dirname(os.path.join(top, name)), exist_ok=True)
    with open(os.path.join(top, name), "w", encoding="utf-8") as file:
        file.write(text)


def read(name):
    with open(os.path.join(TOP, name), encoding="utf-8") as file:
        return file.read()


def changed(text, pattern, by):
    found = re.sub(pattern, lambda _: by, text, count=1)
    assert found != text, pattern
    return found


def test_changes():
    with tempfile.TemporaryDirectory() as top:
        write(top, "po/nl.po", PO)
        write(top, "Makefile.am", "man/nl/thing.5")
        write(top, "man/beschermd.conf.5", ".It Cm OnThing Ar x\n")
        write(top, "man/thing.5", ENGLISH)
        write(top, "man/nl/thing.5", DUTCH)
        told = check(top)
        tap.ok(re.search(r"(?m)^ok .* man/nl/thing\.5 is in step", told), "pages in step", told)
        missing = r"# man/beschermd\.conf\.5: there is no man/nl/beschermd\.conf\.5\n# Makefile\.am: no man/nl"
        tap.ok(re.search(missing, told), "a page that is not there", told)
        for pattern, by, english, wanted in CHANGES:
            write(top, "man/thing.5", changed(ENGLISH, pattern, by) if english else ENGLISH)
            write(top, "man/nl/thing.5", DUTCH if english else changed(DUTCH, pattern, by))
            told = check(top)
            name = f"{'English' if english else 'Dutch'}: {pattern} becomes {by}".replace("\n", "\\n")
            if wanted is None:
                tap.ok("is in step" in told and not re.search(r"(?m)^not ok (?!1 )", told), name, told)
            else:
                tap.ok(re.search(f"(?m)^# .*{wanted}", told), name, told)
                tap.ok(re.search(r"(?m)^not ok (?!1 )", told), f"{name}: fails", told)


def test_real():
    """Of the real pages an item in ten, taken away, is missed."""
    with tempfile.TemporaryDirectory() as top:
        pages = sorted(os.listdir(os.path.join(TOP, "man/nl")))
        for name in ["po/nl.po", "Makefile.am"] + [f"man/{page}" for page in pages]:
            write(top, name, read(name))
        taken = {}
        for page in pages:
            text = read(f"man/nl/{page}")
            items = list(re.finditer(r"(?m)^\.It .+\n", text))[::10]
            for item in reversed(items):
                text = text[: item.start()] + text[item.end() :]
            write(top, f"man/nl/{page}", text)
            taken[page] = len(items)
        told = check(top)
        for page, count in taken.items():
            missed = len(re.findall(rf"(?m)^# man/{re.escape(page)}:\d+: \.It.*: is missing", told))
            tap.ok(missed >= count > 0, f"man/nl/{page}: {count} items taken away are missed", told)


tap.run([test_changes, test_real])
