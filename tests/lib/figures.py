"""The text format of Prometheus (0.0.4), read strictly: what it does not allow raises."""

import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*"'
SAMPLE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? ([0-9]+(?:\.[0-9]+)?)")
HELP = re.compile(rf"# HELP ({NAME}) (.+)")
TYPE = re.compile(rf"# TYPE ({NAME}) (counter|gauge|histogram)")


def family_of(name, types):
    """A histogram's series have ends of their own."""
    for end in ("_bucket", "_sum", "_count"):
        if name.endswith(end) and types.get(name[: -len(end)]) == "histogram":
            return name[: -len(end)]
    return name


def parse(text):
    """{series: value} and {family: type}; each family once, with its help, in one piece."""
    if not text.endswith("\n"):
        raise ValueError("no end of line at the end")
    values, types, helped, current = {}, {}, set(), None
    for line in text[:-1].split("\n"):
        if match := HELP.fullmatch(line):
            current = match.group(1)
            if current in helped:
                raise ValueError(f"twice: {line}")
            helped.add(current)
        elif match := TYPE.fullmatch(line):
            if match.group(1) != current or current in types:
                raise ValueError(f"out of order: {line}")
            types[current] = match.group(2)
        elif match := SAMPLE.fullmatch(line):
            name, labels, value = match.groups()
            series = name + (f"{{{labels}}}" if labels else "")
            if family_of(name, types) != current or current not in types or series in values:
                raise ValueError(f"out of place: {line}")
            values[series] = float(value)
        else:
            raise ValueError(f"no such line: {line!r}")
    return values, types
