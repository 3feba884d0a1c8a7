"""`beschermctl report` killed after each step that others can see (killstep.c), and what went out.

    kill = Killing(folder)
    kill.begin()
    kill.run(reporting, 7)      # killed after the seventh step
    kill.sent()                 # {recipient: [mail]}
"""

import os
import subprocess

from reporting import CTL

# Names of its own for each mail: one that was started by a run that is gone may still be at work.
SENDMAIL = """#!/bin/sh
cat > {mails}/$$.part
printf '%s\\n' "$5" > {mails}/$$.to
mv {mails}/$$.part {mails}/$$.mail
"""


class Killing:
    def __init__(self, where):
        self.where = where
        self.library = os.path.join(where, "killstep.so")
        self.log = os.path.join(where, "steps")
        self.mails = self.program = None
        self.tries = 0
        cc = os.environ.get("CC", "cc").split()
        source = os.path.join(os.environ.get("srcdir", "."), "tests/lib/killstep.c")
        subprocess.run([*cc, "-D_GNU_SOURCE", "-shared", "-fPIC", "-O", "-o", self.library, source, "-ldl"], check=True)
        os.chmod(self.library, 0o755)

    def begin(self):
        """No mail is there, nor comes one that an earlier run handed over."""
        self.tries += 1
        self.mails = os.path.join(self.where, f"mails{self.tries}")
        self.program = os.path.join(self.where, f"sendmail{self.tries}")
        os.mkdir(self.mails)
        os.chmod(self.mails, 0o777)
        with open(self.program, "w", encoding="ascii") as f:
            f.write(SENDMAIL.format(mails=self.mails))
        os.chmod(self.program, 0o755)

    def run(self, reporting, number):
        """Exit code; it is killed after step ${number}, 0: after none."""
        with open(self.log, "w", encoding="ascii"):
            pass
        os.chmod(self.log, 0o666)
        env = dict(os.environ, LC_ALL="C", LD_PRELOAD=self.library, KILLSTEP=str(number), KILLSTEPS=self.log)
        command = [CTL, "report", "-c", os.path.join(reporting.dir, "conf"), "-o", f"ReportSendmail={self.program}"]
        return subprocess.run(command, capture_output=True, timeout=120, env=env, check=False).returncode

    def steps(self):
        """Those of the last run."""
        with open(self.log, encoding="ascii", errors="replace") as f:
            return [line.strip() for line in f]

    def sent(self):
        """{recipient: [mail]}"""
        found = {}
        for name in os.listdir(self.mails):
            if name.endswith(".mail"):
                path = os.path.join(self.mails, name)
                with open(path, "rb") as f, open(path[:-5] + ".to", encoding="ascii") as to:
                    found.setdefault(to.read().strip(), []).append(f.read())
        return found
