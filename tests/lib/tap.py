"""Results in the Test Anything Protocol."""


class Tap:
    def __init__(self):
        self.count = self.failed = 0

    def result(self, name, problems):
        """${problems}: what is wrong, in words; none: it is well."""
        self.count += 1
        self.failed += bool(problems)
        for problem in problems:
            print("# " + str(problem).replace("\n", "\n# "))
        print(f"{'not ' if problems else ''}ok {self.count} - {name}", flush=True)

    def skip(self, name, reason):
        self.count += 1
        print(f"ok {self.count} - {name} # SKIP {reason}", flush=True)

    def end(self):
        """The exit code."""
        print(f"1..{self.count}")
        return 1 if self.failed else 0
