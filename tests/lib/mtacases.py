"""What a mail server with the daemon behind it must do, whichever it is: the demo's messages,
where fields stand, forged results in every spelling, holding, a filter that dies.

Every case takes what a test of one server hands in (Way, or a function that starts one):

    start(daemon.socket) -> the server, a context manager with port, sink, queue(), queued()
"""

import re
from dataclasses import replace
from functools import partial, update_wrapper

import messages
import smtp
import tap
from daemon import Beschermd
from outcome import Way, fields, faults, unfolded
from postfix import wait_for


def check(name, problems):
    """${problems}: what is wrong; none: it is well."""
    tap.ok(not problems, name, "\n".join(map(str, problems)))


def forgery(post):
    return next(m for m in post.messages if m.title == "forged, p=quarantine")


def test_messages(way, post):
    for m in post.messages:
        if m.login and not way.mta.xclient:
            tap.skip(m.title, "a login without XCLIENT needs SASL")
            continue
        check(m.title, faults(m, way.send(m)))


def test_order(way, post):
    """Our result stands above all, and what was removed is what was forged."""
    m = next(m for m in post.messages if m.title == "brings its own results")
    got = [unfolded(f) for f in way.send(m).fields()]
    wanted = [unfolded(f) for f in fields(m.data) if "other.example" in f or "Results" not in f]
    problems = []
    if not got[0].startswith(f"Authentication-Results: {messages.HOST}; dmarc=pass"):
        problems.append(f"on top: {got[0]}")
    if [f for f in got[1:] if not f.startswith("Received:")] != wanted:
        problems.append("\n".join(got))
    check("the other fields are untouched, in their order", problems)


# Our id as a reader may take it for ours, however it is written.
SPELLINGS = (
    f"Authentication-Results: {messages.HOST}; dmarc=pass",
    f"AUTHENTICATION-RESULTS: {messages.HOST.upper()}; dmarc=pass",
    f"Authentication-Results : {messages.HOST}; dmarc=pass",
    f"Authentication-Results: (a (nested\\) one)) {messages.HOST}; dmarc=pass",
    f"Authentication-Results:\n\t {messages.HOST}; dmarc=pass",
    f"Authentication-Results: {messages.HOST}.; dmarc=pass",
    f"Authentication-Results: {messages.HOST} 1; dmarc=pass",
    f"Authentication-Results: {messages.HOST}/job7; dmarc=pass",
    f'Authentication-Results: "{messages.HOST}"; dmarc=pass',
    f"Authentication-Results: {messages.HOST} dmarc=pass without a semicolon",
)
OTHERS = (
    "Authentication-Results: mx.other.example; dmarc=pass",
    f"Authentication-Results: {messages.HOST}.evil.example; dmarc=pass",
    f"ARC-Authentication-Results: i=1; {messages.HOST}; dmarc=pass",
)


def test_spellings(way, post):
    """Forged results go in every spelling; those of others stay; the signature is judged first."""
    m = post.messages[0]
    mixed = [line for pair in zip(SPELLINGS, OTHERS * 4) for line in pair]
    head = "".join(line + "\n" for line in mixed).replace("\n", "\r\n").encode()
    signed = next(f for f in fields(m.data) if f.startswith("DKIM-Signature"))
    outcome = way.send(replace(m, data=head + m.data))
    header = [unfolded(f) for f in outcome.fields()]
    ours = [f for f in header if "authentication-results" in f.lower().partition(":")[0]]
    kept = [f for f in mixed if f in OTHERS]
    check(
        "ten spellings of our id are gone, the others stay",
        [] if ours[0].startswith(f"Authentication-Results: {messages.HOST}; dmarc=pass ")
        and ours[1:] == kept else ours,
    )
    check("DKIM is as it was judged", [] if "dkim=pass" in ours[0] else ours)
    check("the signature is delivered", [] if unfolded(signed) in header else header)


def test_one_session(way, post):
    """Each message of a session by itself: a login and a client last one XCLIENT long."""
    m, user = forgery(post), post.messages[-1]
    if not way.mta.xclient:
        tap.skip("a login does not last beyond its session", "without XCLIENT it needs SASL")
        return
    first, second = way.send(user), way.send(m)
    check("a login does not last beyond its session", faults(user, first) + faults(m, second))


def test_ipv6(way, post):
    m = replace(forgery(post), client="2001:db8::66")
    outcome = way.send(m)
    check("an IPv6 client", faults(replace(m, log=["client=2001:db8::66"]), outcome))


def test_slow(way, post):
    """The client takes longer over DATA than DNSTimeout: the same answers."""
    m = post.messages[0]
    quick, slow = way.send(m), way.send(m, pause=3)
    check("a client that is slow with its data", faults(m, quick) + faults(m, slow))


# What stands in the place of From: lines with NUL, which most readers take for an end.
NULS = (
    b"From: <bob@friend.example>\0, <info@city.example>",
    b"From: <bob@friend.example>\0\r\n , <info@city.example>",
    b"From: <bob@friend.example>\0\r\nFrom: <info@city.example>",
    b"From: \0<bob@friend.example>",
    b"From: Bo\0b <bob@friend.example>",
    b"From: <bob@friend.\0example>",
    b"From: <bob@friend.example\0.evil.example>",
    b"Fr\0om: <info@city.example>\r\nFrom: <bob@friend.example>",
    b"Subject: one\0\r\nFrom: <bob@friend.example>",
)


def test_nul(way, post):
    """What is delivered is what was judged, whatever a server makes of NUL."""
    m = next(m for m in post.messages if m.title == "no policy")
    for lines in NULS:
        data = m.data.replace(b"From: Bob <bob@friend.example>", lines)
        outcome = way.send(replace(m, data=data))
        name = f"NUL: {lines!r}"
        if outcome.delivered is None:
            tap.ok(outcome.reply.startswith("5"), name + " is refused", outcome)
            continue
        authors = [f for f in outcome.fields() if f.lower().startswith("from")]
        domains = re.findall(r"@([\w.-]+)", " ".join(authors))
        judged = outcome.facts().get("from")
        same = len(authors) == 1 and domains == [judged] and "\0" not in "".join(outcome.fields())
        tap.ok(same, name + " is delivered as it was judged", outcome)


def test_nul_results(way, post):
    """Results in our name do not stay by a NUL either."""
    m = next(m for m in post.messages if m.title == "no policy")
    for value in (f"\0{messages.HOST}", f"{messages.HOST}\0.other.example", f"a\0b {messages.HOST}"):
        data = f"Authentication-Results: {value}; dmarc=pass\r\n".encode() + m.data
        outcome = way.send(replace(m, data=data))
        claims = [unfolded(f) for f in outcome.fields() if f.startswith("Authentication-Results")]
        forged = [f for f in claims[1:] if "\0" in f or re.match(rf"\S+ {messages.HOST}\W+d", f)]
        tap.ok(claims and not forged, f"NUL in results: {value!r}", claims)


def test_hold(start, post):
    conf = "OnQuarantine hold\n"
    with Beschermd(conf, post.zone) as daemon, start(daemon.socket) as mta:
        m = forgery(post)
        reply = smtp.send(mta.port, m.data, m.client, mail_from=m.mail_from, xclient=mta.xclient)
        held = mta.queue("hold")
        problems = [] if reply.startswith("250") and len(held) == 1 else [reply, held]
        check("OnQuarantine hold: accepted, in the hold queue", problems)
        header = mta.queued(held[0]).decode() if held else ""
        check(
            "what is held has our result",
            [] if "dmarc=fail" in header and "dis=quarantine" in header else [header],
        )
        check("nothing was delivered", mta.sink.mail)


def test_reply(start, post):
    """A text of one's own, with percent signs, which each server reads in its way."""
    m = next(m for m in post.messages if m.title == "forged, p=reject")
    conf = 'RejectCode "554 5.7.1"\nRejectText "100%% false: %{from}, %%s %%%%d, policy=%{policy}"\n'
    with Beschermd(conf, post.zone) as daemon, start(daemon.socket) as mta:
        reply = Way(mta, daemon).send(m).reply
        wanted = "554 5.7.1 100% false: city.example, %s %%d, policy=reject"
        tap.equal(reply, wanted, "the text of a refusal, percent signs and all")


def test_quarantine_field(start, post):
    """The mark is a field of the site's own, right below our results."""
    m = forgery(post)
    conf = "QuarantineHeader X-DMARC-Quarantine: yes\nReceivedSPF yes\n"
    with Beschermd(conf, post.zone) as daemon, start(daemon.socket) as mta:
        got = [unfolded(f) for f in Way(mta, daemon).send(m).fields()]
        names = [f.partition(":")[0] for f in got]
        wanted = ["Authentication-Results", "X-DMARC-Quarantine", "Received-SPF", "Received"]
        tap.equal(names[:4], wanted, "results, mark and Received-SPF stand on top, in this order")
        tap.ok("X-DMARC-Quarantine: yes" in got, "the mark is as it was set", got)


def test_restart(start, post):
    """The filter dies: the sender is told to come back; it is there again: judged."""
    m = forgery(post)
    daemon = Beschermd(zone=post.zone)
    with daemon, start(daemon.socket) as mta:

        def reply():
            return smtp.send(
                mta.port, m.data, m.client, mail_from=m.mail_from, xclient=mta.xclient
            )

        before = reply()
        code = daemon.stop()
        gone = reply()
        daemon.start()
        wait_for("the filter", lambda: reply().startswith("250"))
        check("before: accepted", [] if before.startswith("250") else [before])
        check("SIGTERM ends it with 0", [] if code == 0 else [code, daemon.log()])
        check("without a filter: 451", [] if gone.startswith("451") else [gone])
        header = mta.sink.wait(2)[-1].content
        check(
            "afterwards: judged again",
            [] if b"X-Spam-Flag: YES" in header and len(mta.sink.mail) == 2 else [header],
        )


THROUGH_ONE = (
    test_messages,
    test_order,
    test_spellings,
    test_one_session,
    test_ipv6,
    test_slow,
    test_nul,
    test_nul_results,
)


def test_through_one(start, post):
    """The cases that can share a server."""
    with Beschermd("DNSTimeout 1\n", post.zone) as daemon, start(daemon.socket) as mta:
        way = Way(mta, daemon)
        for test in THROUGH_ONE:
            test(way, post)


TESTS = (test_through_one, test_hold, test_reply, test_quarantine_field, test_restart)


def run(start, post, more=()):
    """All of them, and ${more} of the kind, as TAP."""
    tap.run([update_wrapper(partial(test, start, post), test) for test in (*TESTS, *more)])
