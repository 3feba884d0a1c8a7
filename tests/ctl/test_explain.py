#!/usr/bin/python3
"""The explanations of `beschermctl test`, beside those that were read and found clear.  TAP.

tests/ctl/explain/NAME.txt is what tests/cases/NAME.case says.  After a change of the words:
tests/ctl/test_explain.py --write, and read the difference.
"""

import difflib
import importlib.util
import os
import re
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

# The texts hold paths, and lines break at them: all are relative to a folder of the case's own.
os.environ["builddir"] = os.path.abspath(os.environ.get("builddir", "."))

import tap


def load(name, path):
    """A module under another name: tests/e2e has a test_cases, too."""
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


cases = load("ctl_cases", os.path.join(HERE, "test_cases.py"))

CASES = os.path.join(HERE, "..", "cases")
GOLDEN = os.path.join(HERE, "explain")
WRITE = "--write"
COLUMNS_MAX = 96


class Told(cases.Play):
    """A case as text: ${texts}, one a message."""

    def __init__(self, case):
        super().__init__(case, "")
        self.texts = []

    def judge(self, event):
        done = self.ask(event)
        if done.returncode != 0:
            return f"exit code {done.returncode}: {done.stderr.decode(errors='replace')}"
        # Questions go out together: their order and their times are those of the moment.
        text = done.stdout.decode("ascii")
        # Keys are made for each run.
        text = re.sub(r'header\.b=(?:"[^"]*"|[^\s;]+)', "header.b=...", text)
        head, heading, questions = text.partition("\nWhat was asked of DNS\n")
        questions, advice, what = questions.partition("\nWhat can be done\n")
        what = re.sub(r"until=\d{4}-\d\d-\d\d", "until=...", what)
        questions = re.sub(r"\d+\.\d ms", "... ms", questions)
        # A question takes one line, or is indented further than its first.
        lines = sorted(re.sub(r"\n {3,}", " ", questions).strip("\n").splitlines())
        self.texts.append(head + heading + "\n".join(lines) + "\n" + advice + what)
        return "told"


def told(case):
    with tempfile.TemporaryDirectory(prefix="beschermctl-") as folder:
        os.chdir(folder)
        play = Told(case)
        play.faults = [fault for fault in play.play() if fault != "told"]
        os.chdir("/")
        return "\n".join(play.texts), play.faults


def golden(name):
    try:
        with open(os.path.join(GOLDEN, name), encoding="ascii") as f:
            return f.read()
    except FileNotFoundError:
        return ""


def check(name, text, faults):
    difference = "\n".join(difflib.unified_diff(golden(name).splitlines(), text.splitlines(), lineterm=""))
    tap.ok(text and not difference and not faults, name, "\n".join([*faults, difference]))
    # Our own words are wrapped; the header is shown as it will be, and DNS as lines joined here.
    head = text.split("\nWhat happens to its header\n")[0]
    wide = [line for line in head.splitlines() if len(line) > COLUMNS_MAX]
    tap.ok(not wide, f"{name}: at most {COLUMNS_MAX} columns", "\n".join(wide))


def main():
    os.environ["LC_ALL"] = "C"
    names = sorted(name for name in os.listdir(GOLDEN) if name.endswith(".txt"))
    paths = [os.path.join(CASES, name[: -len(".txt")] + ".case") for name in names]
    for name, case in zip(names, cases.read_cases(paths)):
        text, faults = told(case)
        if WRITE in sys.argv[1:]:
            with open(os.path.join(GOLDEN, name), "w", encoding="ascii") as f:
                f.write(text)
        else:
            check(name, text, faults)
    tap.ok(names, "there are explanations to compare with")
    tap.run([])


if __name__ == "__main__":
    main()
