#!/usr/bin/python3
"""The messages of CONFORMANCE_DIR/attacks, each with its zone, as files in a directory.

Writes DIR/index: lines "message TAB zone".  Exit code 77: there is no such corpus.
"""
import base64
import glob
import json
import os
import sys

conformance, directory = sys.argv[1], sys.argv[2]
files = sorted(glob.glob(os.path.join(conformance, "attacks", "*.json")))
if not files:
    sys.exit(77)
with open(os.path.join(directory, "index"), "w") as index:
    for path in files:
        with open(path) as text:
            case = json.load(text)
        if "message_b64" not in case:
            continue
        name = os.path.basename(path)[: -len(".json")]
        with open(os.path.join(directory, name + ".eml"), "wb") as out:
            out.write(base64.b64decode(case["message_b64"]))
        with open(os.path.join(directory, name + ".zone"), "w") as zone:
            for owner, kind, data in case.get("dns", []):
                if kind != "TXT":
                    continue
                quoted = "".join("\\%03d" % octet for octet in data.encode("utf-8", "surrogateescape"))
                parts = [quoted[i : i + 800] for i in range(0, len(quoted), 800)]
                zone.write("%s TXT %s\n" % (owner, " ".join('"%s"' % part for part in parts)))
        index.write("%s.eml\t%s.zone\n" % (name, name))
