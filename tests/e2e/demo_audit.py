#!/usr/bin/python3
"""The part of the demo about the organisation's own domains: three made-up ones with a fault each,
before and after mending.

    demo_audit.py BESCHERMCTL FOLDER     pages go to FOLDER
"""

import json
import os
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import messages

PLAN = """Organisation "Scholengroep Voorbeeld"
Domain school.example kind=mail selectors=s2026a flow="medewerkers"
Domain nieuws.school.example kind=send selectors=k2 flow="nieuwsbrief"
Domain school-oud.example kind=none
"""
RULES = "001,002,003,004,005,007,008,009"
# What is wrong, where, and the line of the zone that it is: before, after.
FAULTS = (
    ("MAIL-BESCHERM-004", "school.example", "mail: SPF lets any server send"),
    ("MAIL-BESCHERM-005", "nieuws.school.example", "newsletter: its DKIM key was never published"),
    ("MAIL-BESCHERM-001", "school-oud.example", "parked: anybody can send in its name"),
)


def zone(key, newsletter, mended, lines=()):
    texts = [
        ("school.example", f"v=spf1 mx {'-all' if mended else '+all'}"),
        ("_dmarc.school.example", "v=DMARC1; p=reject; rua=mailto:dmarc@school.example"),
        ("s2026a._domainkey.school.example", key.record),
        ("nieuws.school.example", "v=spf1 ip4:192.0.2.20 ~all"),
    ]
    if mended:
        texts.append(("k2._domainkey.nieuws.school.example", newsletter.record))
    made = "$ORIGIN .\n$TTL 300\n. SOA ns. host. 1 3600 600 86400 300\n"
    made += "school.example. MX 10 mx.school.example.\nmx.school.example. A 192.0.2.10\n"
    made += "".join(messages.text_record(name, text) for name, text in texts)
    return made + "".join(line + "\n" for line in lines)


class Audit:
    def __init__(self, ctl, folder):
        self.ctl, self.folder = ctl, folder
        self.env = dict(os.environ, LC_ALL="C.UTF-8", BESCHERMD_LOCALEDIR=os.path.join(os.path.dirname(ctl), "po"))
        self.write("audit.conf", PLAN)
        self.write("beschermd.conf", "")

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)

    def told(self, zone_name, *arguments):
        command = [self.ctl, "audit", "-c", self.path("beschermd.conf"), "-f", self.path("audit.conf")]
        command += ["--zone", self.path(zone_name), *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, env=self.env, check=False)

    def run(self, name):
        """Pages and JSON of the zone called ${name}; returns the JSON."""
        for language in ("nl", "en"):
            self.write(f"{name}.{language}.html", self.told(name, "--html", "--lang", language).stdout)
        told = self.told(name, "--json")
        self.write(f"{name}.json", told.stdout)
        return json.loads(told.stdout)


def verdicts(made):
    return {(d["domain"], r["rule"]): r["verdict"] for d in made["domains"] for r in d["rules"]}


def mends(made, domain):
    """The lines that the audit itself says."""
    lines = []
    for d in made["domains"]:
        for rule in d["rules"]:
            if d["domain"] == domain and rule["verdict"] == "not_met":
                lines += [c["mend"] for c in rule["checks"] if c["mend"]]
    return lines


def show(ctl, folder, bold=lambda text: text):
    """What is not as it should be."""
    os.makedirs(folder, exist_ok=True)
    audit = Audit(os.path.abspath(ctl), folder)
    keys = messages.Key("ed25519"), messages.Key("ed25519")
    print()
    print(bold("The organisation's own domains: do they meet the rules?"))
    for rule, domain, what in FAULTS:
        print(f"   {domain:22} {what}")
    audit.write("before", zone(*keys, mended=False))
    before = audit.run("before")
    wrong = [f"{d}: {rule} is not found" for rule, d, _ in FAULTS if verdicts(before)[(d, rule)] != "not_met"]
    print()
    print(bold(f"   # beschermctl audit --rules {RULES}"))
    for line in audit.told("before", "--rules", RULES).stdout.splitlines()[:30]:
        print(f"   {line}".rstrip())
    print("   ...")
    audit.write("after", zone(*keys, mended=True, lines=mends(before, "school-oud.example")))
    after = audit.run("after")
    wrong += [f"{d}: {rule} is not mended" for rule, d, _ in FAULTS if verdicts(after)[(d, rule)] != "met"]
    print()
    print(bold("   Fixed with the lines that it shows: # beschermctl audit --compare before.json"))
    told = audit.told("after", "--rules", RULES, "--compare", audit.path("before.json")).stdout
    for line in told.split("\n\n")[0].splitlines() + told.strip().split("\n\n")[-1].splitlines():
        print(f"   {line}".rstrip())
    print(f"\n   Pages: {folder}/before.nl.html and after.nl.html (and .en.html)")
    return wrong


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    faults = show(sys.argv[1], sys.argv[2])
    print("\n".join(faults))
    sys.exit(1 if faults else 0)
