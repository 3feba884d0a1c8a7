#!/usr/bin/python3
"""Every command of README.md, read out of it and run in its order, on a mail server of its own
(readmehost.py): first Postfix and monitor mode, then enforce, and at the end it is removed.  What it
shows as output is held against what comes.  What is not run stands in NOT_RUN.  TAP."""

import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "../lib"), os.path.join(HERE, "../ctl")]

import readmehost
import tap
from daemon import sanitized
from running import until

TOP = os.path.abspath(os.path.join(HERE, "../.."))
PAPERS = ("README.md", "README.nl.md")
# The command, and why it is not run here.
NOT_RUN = {
    "scripts/demo": "builds, and sends for some minutes: scripts/test --long runs it",
    "scripts/test": "this test is part of it",
    "scripts/package --suite trixie": "makes a Debian: scripts/test --long does",
    "apt install ./beschermd_*.deb": "tests/package/test_install.py runs it, in a Debian of its own",
    "apt remove beschermd": "tests/package/test_install.py removes it, in a Debian of its own",
    "beschermctl history --shared --since 24h": "wants a PostgreSQL: tests/ctl/test_shared.py",
}
# Who removes it does so in the end.
LAST = "Remove it"
# The exit status, where it is another than 0.
STATUS = {
    "beschermctl status": (0, 1),  # there is no file of figures
    "beschermctl audit": (1, 75),  # the domain is made up
}
# What says nothing when all is well.
QUIET = ("systemctl", "postconf", "beschermctl overview")
SHOWN_ID = "4XyZ1a"


def blocks(paper):
    """(section, language, text) of each block of code."""
    with open(os.path.join(TOP, paper), encoding="utf-8") as f:
        text = f.read()
    found, section = [], ""
    for heading, language, block in re.findall(r"(?ms)^#+ ([^\n]+)$|^```(\w*)\n(.*?)^```$", text):
        if heading:
            section = heading
        else:
            found.append((section, language, block))
    return found


def commands(block):
    """Without what a # begins, lines that go on joined."""
    lines = block.replace("\\\n", " ").splitlines()
    return [line for line in (re.sub(r"(^|\s)#.*", "", one).strip() for one in lines) if line]


def all_commands():
    return [c for paper in PAPERS for _, language, block in blocks(paper) if language == "sh" for c in commands(block)]


def test_reading():
    tap.equal(commands("# a\nb  # c\nd 'x y' && e\nf \\\n  g\n"), ["b", "d 'x y' && e", "f    g"], "commands are read")
    for paper in PAPERS:
        with open(os.path.join(TOP, paper), encoding="utf-8") as f:
            text = f.read()
        marked = blocks(paper)
        bad = [b for _, language, b in marked if language not in ("sh", "conf", "text")]
        tap.ok(marked and not bad, f"{paper}: each block of code says what it is", "\n".join(bad))
        tap.equal(text.count("\n```"), 2 * len(marked), f"{paper}: each block has an end")
        indented = [line for line in re.sub(r"(?ms)^```.*?^```$", "", text).splitlines() if re.match(r"    +[^\s*|-]", line)]
        tap.ok(not indented, f"{paper}: no block of code is only indented", "\n".join(indented))
    named = all_commands()
    tap.ok(len(named) >= 30, f"{len(named)} commands are found", named)
    for command, reason in NOT_RUN.items():
        tap.ok(command in named, f"not run: {command} ({reason})", "no paper has it: take it out of the list")
        program = command.split()[0]
        if program.startswith("scripts/"):
            tap.ok(os.access(os.path.join(TOP, program), os.X_OK), f"{program} is a program")
    built = os.path.join(readmehost.BUILD, "beschermctl")
    for command in (c for c in NOT_RUN if c.startswith("beschermctl ")):
        words = command.split()
        told = subprocess.run([built, "help", words[1]], capture_output=True, text=True, check=False).stdout
        missing = [w for w in words if w.startswith("--") and w not in told]
        tap.ok(not missing, f"{command}: it has these options", missing)


def pattern(shown):
    """What output looks like that is shown: ids, numbers and times may be others, ... is any."""
    text = re.escape(shown.replace(SHOWN_ID, "\0"))
    text = re.sub(r"\\?\.\\?\.\\?\.", ".*", text)
    text = re.sub(r"\d{4}\\-\d\d\\-\d\d\\ \d\d:\d\d\\ UTC", r"\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d UTC", text)
    text = re.sub(r"time=\d+ms", r"time=\\d+ms", text)
    return re.sub("\0|\\\\\0", r"[0-9A-Za-z]+", text)


class Reader:
    """An admin who does what the paper says, one command after the other."""

    def __init__(self, host):
        import messages
        from test_test import SAMPLE, SAMPLE_ZONE

        self.host, self.post = host, messages.Post()
        self.sample, self.queue_id, self.out = SAMPLE, None, ""
        zone = os.path.join(host.where, "zone")
        with open(zone, "w", encoding="utf-8") as f:
            f.write(self.post.zone + SAMPLE_ZONE)
        # Beside what the paper says: a zone in place of the DNS, and what systemd would know.
        self.own = f"ZoneFile {zone}\nDNSSEC off\nHistoryMinimumFreeMB 32\nPidFile /run/beschermd/beschermd.pid\n"
        with open(os.path.join(host.cwd, "message.eml"), "wb") as f:
            f.write(self.message("forged, p=reject").data)
        self.before = {
            "journalctl -u beschermd -g would=": self.send_all,
            "beschermd -n && systemctl reload beschermd": self.remove_monitor,
            "beschermctl explain 4XyZ1a": self.look_refused,
            "beschermctl prove": self.set_up_listener,
        }
        self.after = {
            "systemctl restart beschermd": self.look_running,
            "beschermd -n && systemctl reload beschermd": self.look_enforced,
            "beschermctl override add --from-message 4XyZ1a --yes --reload": lambda: self.look_changed("250"),
            "beschermctl override remove city.example --reload": lambda: self.look_changed("550"),
            "apt remove beschermd": self.look_removed,
        }

    def message(self, title):
        return next(m for m in self.post.messages if m.title == title)

    def send(self, message):
        import smtp

        return smtp.send(25, message.data, message.client, helo=message.helo, mail_from=message.mail_from)

    def look_running(self):
        found = until(lambda: os.path.exists("/var/spool/postfix/beschermd/beschermd.sock"))
        tap.ok(found, "the filter's socket is there", found or self.host.log())

    def send_all(self):
        """In monitor mode all of it comes in, with our results and nothing else."""
        for message in self.post.messages:
            if message.login is None:
                reply = self.send(message)
                tap.ok(reply.startswith("250"), f"monitor lets it in: {message.title}", reply)
        queue_id = re.search(r"queued as (\S+)", reply)[1]
        mail = self.host.delivered(queue_id)
        tap.ok("\nAuthentication-Results: mx.school.example;" in mail, "the first judged mail has our results", mail)

    def remove_monitor(self):
        with open("/etc/beschermd.conf", encoding="utf-8") as f:
            text = f.read()
        with open("/etc/beschermd.conf", "w", encoding="utf-8") as f:
            f.write(re.sub(r"(?m)^Mode +monitor\n", "", text))

    def look_enforced(self):
        reply = self.send(self.message("forged, p=reject"))
        tap.ok(reply.startswith("550 5.7.26"), "after that forged mail is refused", reply)
        self.look_sample()

    def look_sample(self):
        """Field and log line of README.md are those of this message."""
        import smtp

        data = self.sample.replace(b"\n", b"\r\n")
        reply = smtp.send(25, data, "192.0.2.7", helo="mail.example.nl", mail_from="<joe@example.nl>")
        mail = self.host.delivered(re.search(r"queued as (\S+)", reply)[1])
        field, line = (b for section, lang, b in blocks("README.md") if lang == "text" and section == "What it writes")
        tap.ok(field in mail, "the Authentication-Results of README.md are delivered", mail)
        line = "(?m)^" + pattern(re.sub(r"\n +", " ", line.strip())) + "$"
        tap.ok(until(lambda: re.search(line, self.host.log())), "its log line is what is logged", self.host.log()[-600:])

    def look_refused(self):
        """The queue id to ask about: of a message that looks forwarded."""
        reply = self.send(self.message("changed on the way"))
        tap.ok(reply.startswith("550"), "a message that was changed on the way is refused", reply)
        line = r"(?m)(\w+): action=reject .*dkim=fail\(city\.example"
        self.queue_id = until(lambda: re.findall(line, self.host.log()))[-1]
        readmehost.wait_for("the history", lambda: self.host.run(f"beschermctl explain {self.queue_id}")[0] == 0)

    def look_changed(self, wanted):
        self.look_reply("changed on the way", wanted, f"then the sender is answered {wanted}")

    def look_reply(self, title, wanted, name):
        """A reload needs a moment."""
        replies = []
        until(lambda: replies.append(self.send(self.message(title))) or replies[-1].startswith(wanted))
        tap.ok(replies[-1].startswith(wanted), name, replies[-1])

    def set_up_listener(self):
        """It prints commands: read them, run them."""
        if os.path.exists("/var/spool/postfix/private/beschermd-prove"):
            return
        status, out, err = self.host.run("sh -e", stdin=self.out)
        tap.ok(status == 0, "what prove --setup prints can be run", f"{self.out}\n{out}\n{err}")
        readmehost.wait_for("the listener", lambda: os.path.exists("/var/spool/postfix/private/beschermd-prove"))

    def look_removed(self):
        self.host.run("systemctl stop beschermd")
        self.look_reply("forged, p=reject", "250", "without the filter mail still comes in")

    def do(self, command):
        self.before.get(command, lambda: None)()
        if command in NOT_RUN:
            tap.skip(command, NOT_RUN[command])
        else:
            status, self.out, err = self.host.run(command.replace(SHOWN_ID, self.queue_id or SHOWN_ID))
            wanted = next((s for start, s in STATUS.items() if command.startswith(start)), (0,))
            tap.ok(status in wanted, command, f"exit status {status}\n{self.out}\n{err}")
            if not command.startswith(QUIET) and ">" not in command:
                tap.ok((self.out + err).strip(), f"{command}: it says something")
        self.after.get(command, lambda: None)()

    def compare(self, shown):
        """An output that follows its command."""
        missing = [line for line in shown.splitlines() if not re.search(f"(?m)^{pattern(line)}$", self.out)]
        tap.ok(not missing, "it prints what is shown", "\n".join(missing) + "\n\n" + self.out)


def test_papers():
    with readmehost.OwnHost() as host:
        reader = Reader(host)
        host.settings(reader.own)
        all_blocks = [b for paper in PAPERS for b in blocks(paper)]
        for section, language, block in sorted(all_blocks, key=lambda b: b[0] == LAST):
            if language == "conf":
                host.settings(block)
            elif language == "text" and section != "What it writes":
                reader.compare(block)
            elif language == "sh":
                for command in commands(block):
                    reader.do(command)
        tap.ok(os.path.getsize(os.path.join(host.cwd, "page.html")) > 1000, "the page of the audit is written")
        tap.ok(os.path.getsize(os.path.join(host.cwd, "overview.html")) > 5000, "the overview is written")


def main():
    reason = "a build with sanitizers" if sanitized() else readmehost.enter()
    if reason is None:
        tap.run([test_reading, test_papers])
    else:
        tap.run([test_reading, lambda: tap.skip("the commands of README.md", reason)])


if __name__ == "__main__":
    main()
