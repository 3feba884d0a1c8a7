#!/usr/bin/python3
"""The messages of CONFORMANCE_DIR/attacks, whole: each becomes a scenario (tests/cases
says how those are written) that tests/scenario runs through all checks.  TAP.

SOURCE.txt there says what the fields of a case mean.  Octets go in as Postfix would hand
them over: a field ends at a NUL, a bare CR is a space.
"""

import base64
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

BUILD = os.environ.get("builddir", ".")
DATA = os.path.join(os.environ.get("CONFORMANCE_DIR", ""), "attacks")

# What becomes of a message, in our words.
ENDS = {"reject": "reject|header|hold", "accept": "accept", "tempfail": "tempfail"}


def escaped(data):
    return "".join(chr(c) if 32 <= c < 127 and c != 92 else f"\\x{c:02x}" for c in data)


def block(lines):
    return "".join(f"  {escaped(line)}\n" for line in lines)


def split(message):
    """Header and body lines, as Postfix finds them."""
    lines = re.split(rb"\r*\n", message)
    header = []
    while lines:
        line = lines[0].replace(b"\r", b" ")
        field = re.match(rb"([!-9;-~]+)[ \t]*:", line)
        if not field and not (header and line[:1] in (b" ", b"\t")):
            break
        if field:
            line = field[1] + line[field.end() - 1 :]
        header.append(line)
        lines.pop(0)
    if lines and lines[0] == b"":
        lines.pop(0)
    if lines and lines[-1] == b"":
        lines.pop()
    return cut_at_nul(header), lines


def cut_at_nul(header):
    kept, dropping = [], False
    for line in header:
        dropping = dropping and line[:1] in (b" ", b"\t")
        if not dropping:
            kept.append(line.partition(b"\0")[0])
        dropping = dropping or b"\0" in line
    return kept


def zone(records):
    lines = []
    for name, kind, text in records:
        if kind == "TXT":
            pieces = re.findall(r"(?s).{1,200}", text) or [""]
            quoted = (re.sub(r'(["\\])', r"\\\1", piece) for piece in pieces)
            text = " ".join(f'"{piece}"' for piece in quoted)
        lines.append(f"  {name} {kind} {text}\n")
    return "".join(lines)


# Of README.md, section "from": refused for the form of From, which is right too.
MALFORMED = ("from-long-pad",)


def expectations(case):
    expect = case["expect"]
    ends = "|".join(ENDS[end] for end in expect["disposition"])
    results = list(expect["dmarc"]["result"])
    if expect.get("author", {}).get("or_malformed") or case["id"] in MALFORMED:
        results.append("permerror")
    lines = [f"action {ends}", f"dmarc {'|'.join(results)}"]
    if expect.get("spf", {}).get("result"):
        lines.append(f"spf {'|'.join(expect['spf']['result'])}")
    if case["layer"] == "ar":
        mark = "Authentication-Results:1" if case["header_action"] == "remove" else "none"
        lines.append(f"removed {mark}")
    for never in expect["never"]:
        if "=pass" in never:
            lines.append(f"not insert {never}")
    return "".join(f"expect {line}\n" for line in lines)


def scenario(case):
    header, body = split(base64.b64decode(case["message_b64"]))
    smtp = case["smtp"]
    return (
        f"# {escaped(case['title'].encode())}\n"
        f"conf\n  AuthservID {case.get('authserv_id', 'mx.school.example')}\n"
        f"zone\n{zone(case['dns'])}"
        f"client {smtp['client_ip']}\n"
        f"helo {smtp['helo']}\n"
        f"mail {escaped(smtp['mail_from'].encode())}\n"
        f"header\n{block(header)}"
        f"body\n{block(body)}"
        f"{expectations(case)}"
    )


def main():
    paths = sorted(glob.glob(os.path.join(DATA, "*.json")))
    if not paths:
        print("1..0 # SKIP no attacks in CONFORMANCE_DIR")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        made = []
        for path in paths:
            with open(path, encoding="utf-8") as f:
                case = json.load(f)
            if case["layer"] == "mta":
                # Where a message ends in SMTP is the MTA's to say: we have no part in it.
                print(f"# {case['id']}: left to the MTA: {case['title']}", flush=True)
                continue
            made.append(os.path.join(folder, case["id"] + ".case"))
            with open(made[-1], "w", encoding="utf-8") as f:
                f.write(scenario(case))
        return subprocess.run([os.path.join(BUILD, "tests/scenario"), *made], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
