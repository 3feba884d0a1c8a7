#!/usr/bin/python3
"""beschermctl postfix and the listener of `beschermctl prove`: it has nothing against it, and
finds what else goes by its name, and what keeps it from its work.  TAP; needs root and
Postfix's programs; no Postfix runs."""

import os
import sys
from functools import partial, update_wrapper

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import postfix
import tap
from provetalk import LISTENER, SERVICE
from running import work_folder
from test_ctl_postfix import RELATIVE, finds, is_well, obey, setup

NAME = "milter_macro_daemon_name"
MACROS = "milter_connect_macros"
IS_THERE = f"{SERVICE}/unix is there, for beschermctl prove"


def with_listener(change=lambda text: text, **options):
    return dict(options, milter=RELATIVE, services=change(LISTENER.format(chroot=options.get("chroot", "n"))))


def test_well(where):
    for chroot in ("n", "y"):
        with setup(where, **with_listener(chroot=chroot)) as s:
            answer = s.serve(s.inside).run()
            is_well(answer, f"the listener, chroot {chroot}")
            tap.ok(IS_THERE in answer.text, "it is told", answer)
            tap.ok(SERVICE not in "\n".join(answer.lines("look")), "and nothing is to be looked at", answer)
    with setup(where, milter=RELATIVE) as s:
        answer = s.serve(s.inside).run()
        is_well(answer, "without it")
        tap.ok(IS_THERE not in answer.text, "nothing is said of it", answer)


def test_name_elsewhere(where):
    with setup(where, settings=[(NAME, SERVICE)], **with_listener()) as s:
        what = f"{NAME} is {SERVICE}: all mail passes for the tests"
        obey(finds(s.serve(s.inside).run(), what, "the name in main.cf"))
        is_well(s.run(), "the command mends it")
    with setup(where, milter=RELATIVE, settings=[("x", SERVICE), (NAME, "$x")]) as s:
        finds(s.serve(s.inside).run(), f"{NAME} is {SERVICE}", "the name in main.cf by another, without the listener")
    rows = (
        ("smtp inet n - n - - smtpd", "smtp/inet"),
        ("smtpd pass - - n - - smtpd", "smtpd/pass"),
        (f"{SERVICE} inet n - n - - smtpd", f"{SERVICE}/inet"),
        (f"{SERVICE}2 unix n - n - - smtpd", f"{SERVICE}2/unix"),
        ("cleanup2 unix n - n - 0 cleanup", "cleanup2/unix"),
    )
    for line, service in rows:
        more = f"{line} -o {NAME}={SERVICE}\n"
        with setup(where, **with_listener(lambda text, more=more: text + more)) as s:
            how = finds(s.serve(s.inside).run(), f"{service} has {NAME}={SERVICE}: its mail passes for the tests", service)
            tap.equal(how, f"remove {NAME} from that service in master.cf", "what to do")
            obey(f"postconf -c {s.postfix.etc} -PX {service}/{NAME}")
            is_well(s.run(), "which mends it")
    for value in ("Beschermd-Prove", f"{SERVICE}-2"):
        with setup(where, settings=[(NAME, value)], **with_listener()) as s:
            is_well(s.serve(s.inside).run(), f"another name: {value}")


def test_macros(where):
    for value in ("j v", "j, {daemon_addr}, {daemon_name2} v"):
        with setup(where, settings=[(MACROS, value)], **with_listener()) as s:
            obey(finds(s.serve(s.inside).run(), f"{MACROS} lacks {{daemon_name}}", f"{MACROS} = {value}"))
            is_well(s.run(), "the command mends it")
    for value in ("j daemon_name v", "v,{j},{daemon_name}"):
        with setup(where, settings=[(MACROS, value)], **with_listener()) as s:
            is_well(s.serve(s.inside).run(), f"{MACROS} = {value}")
    with setup(where, **with_listener(lambda text: text + f"  -o {{ {MACROS} = j v }}\n")) as s:
        how = finds(s.serve(s.inside).run(), f"{MACROS} lacks {{daemon_name}}", "of the listener itself")
        tap.equal(how, f"remove {MACROS} from that service in master.cf", "what to do")
    own = f"submission inet n - n - - smtpd -o {{ {MACROS} = j v }}\n"
    with setup(where, **with_listener(lambda text: text + own)) as s:
        is_well(s.serve(s.inside).run(), "of another service it is no matter")
    with setup(where, milter=RELATIVE, settings=[(MACROS, "j v")]) as s:
        is_well(s.serve(s.inside).run(), "nor without the listener")


def test_listener(where):
    with setup(where, **with_listener(lambda text: text.replace(f"  -o {NAME}={SERVICE}\n", ""))) as s:
        how = finds(s.serve(s.inside).run(), f"{SERVICE}/unix lacks {NAME}={SERVICE}", "the listener without its name")
        tap.equal(how, "beschermctl prove --setup", "what tells how")
    with setup(where, **with_listener(lambda text: text.replace(f"{SERVICE} unix -", f"{SERVICE} unix n"))) as s:
        obey(finds(s.serve(s.inside).run(), f"{SERVICE}/unix is not private", "open to users of this host"))
        obey(f"postconf -c {s.postfix.etc} -F {SERVICE}/unix/private=y")
        is_well(s.run(), "closed")


def main():
    if why := postfix.missing():
        tap.skip_all(why)
        return
    with work_folder("prove-listener") as where:
        tests = (test_well, test_name_elsewhere, test_macros, test_listener)
        tap.run([update_wrapper(partial(test, where), test) for test in tests])


if __name__ == "__main__":
    main()
