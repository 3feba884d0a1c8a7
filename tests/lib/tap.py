"""Test Anything Protocol on standard output."""

import sys
import traceback

_count = 0


def ok(condition, name, why=""):
    global _count
    _count += 1
    print(f"{'ok' if condition else 'not ok'} {_count} - {name}", flush=True)
    if not condition and why != "":
        for line in str(why).splitlines():
            print(f"# {line}", flush=True)
    return condition


def equal(got, expected, name):
    return ok(got == expected, name, f"got {got!r}, expected {expected!r}")


def skip(name, why):
    global _count
    _count += 1
    print(f"ok {_count} - {name} # SKIP {why}", flush=True)


def skip_all(why):
    print(f"1..0 # SKIP {why}", flush=True)


def run(tests):
    """Run functions; one that raises is a failed test.  Prints the plan and exits."""
    for test in tests:
        try:
            test()
        except Exception:  # noqa: what it raised is the finding
            ok(False, test.__name__, traceback.format_exc())
    print(f"1..{_count}", flush=True)
    sys.exit(0)
