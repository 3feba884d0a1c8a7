#!/usr/bin/python3
"""The package in a fresh Debian: installed, at work behind Postfix, upgraded over edited
settings, removed, purged.  TAP; as root, with the network for packages.

PACKAGE_SUITE: the Debian, for instance trixie; else that of this host.  The package is
built by scripts/package if build-package/ does not hold it or holds an older one.
"""

import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.abspath(os.path.join(HERE, "../.."))
sys.path.insert(0, os.path.join(HERE, "../lib"))

import tap

SUITE = os.environ.get("PACKAGE_SUITE", "")
DEBROOT = os.path.join(TOP, "scripts/debroot")
CONF = "etc/beschermd.conf"
EDIT = "# edited by the admin\nLogLevel debug\n"
# Of what changes in a Debian that packages come and go in, what is not ours.
NOT_OURS = re.compile(
    r"^(proc|sys|dev|tmp|run/lock)/|^var/(lib/dpkg/(info/format|.*-old$|triggers/|lock|available)|cache/|lib/apt/|log/)"
    r"|^etc/(passwd|group|shadow|gshadow|subuid|subgid)-?$|\.pyc$|__pycache__"
)


def call(*command, **options):
    return subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **options
    )


def must(*command):
    done = call(*command)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: exit {done.returncode}\n{done.stdout[-3000:]}")
    return done.stdout


class Debian:
    """A fresh one, in a folder that goes when the test ends."""

    def __init__(self, suite):
        self.top = tempfile.mkdtemp(prefix="beschermd-debian.", dir="/var/tmp")
        self.root = os.path.join(self.top, "root")
        self.suite = suite

    def __enter__(self):
        try:
            must(DEBROOT, "make", self.suite, self.root)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *what):
        # All mounts were those of a namespace that has gone: nothing but files is here.
        shutil.rmtree(self.top, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.root, name.lstrip("/"))

    def run(self, *command):
        return call(DEBROOT, "run", self.root, *command)

    def must(self, *command):
        return must(DEBROOT, "run", self.root, *command)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as f:
            return f.read()

    def files(self):
        """Every file and folder, save what NOT_OURS says."""
        found = set()
        for folder, folders, names in os.walk(self.root):
            at = os.path.relpath(folder, self.root)
            for name in folders + names:
                path = os.path.normpath(os.path.join(at, name))
                if not NOT_OURS.search(path):
                    found.add(path)
        return found

    def user(self):
        return next((line for line in self.read("etc/passwd").splitlines() if line.startswith("beschermd:")), None)

    def owner(self, name):
        """Mode, user, group."""
        return self.must("stat", "-c", "%a %U %G", name).split()


def the_package():
    """The .deb, not older than the last commit."""
    pattern = os.path.join(TOP, "build-package", SUITE, "beschermd_*.deb")
    commit = call("git", "-C", TOP, "log", "-1", "--format=%ct")
    found = glob.glob(pattern)
    if not found or commit.returncode != 0 or os.path.getmtime(found[0]) < int(commit.stdout):
        must(os.path.join(TOP, "scripts/package"), *(["--suite", SUITE] if SUITE else []))
        found = glob.glob(pattern)
    return found[0]


def rebuilt(package, debian, version, change_conf=False):
    """A later version of the same package, put into ${debian}: its path there."""
    where = os.path.join(debian.top, version)
    must("dpkg-deb", "-R", package, where)
    control = os.path.join(where, "DEBIAN/control")
    with open(control, encoding="utf-8") as f:
        text = f.read()
    with open(control, "w", encoding="utf-8") as f:
        f.write(re.sub(r"(?m)^Version: .*$", f"Version: {version}", text))
    if change_conf:
        with open(os.path.join(where, CONF), "a", encoding="utf-8") as f:
            f.write(f"# news in {version}\n")
    must("dpkg-deb", "--root-owner-group", "-b", where, debian.path(f"tmp/{version}.deb"))
    return f"/tmp/{version}.deb"


def test_contents(package):
    """What dpkg-deb lists; a unit that is not in it is missed by no program that asks systemd."""
    listed = must("dpkg-deb", "-c", package)
    scripts = must("dpkg-deb", "-I", package, "postinst")
    for unit in ("beschermd.service", "beschermd-history.timer", "beschermd-history.service", "beschermd-exporter.service"):
        pattern = rf"(?m) \./(usr/)?lib/systemd/system/{re.escape(unit)}$"
        tap.ok(re.search(pattern, listed), f"{unit} is in the package", listed)
        # The check is the timer's to start, the exporter the admin's.
        enabled = unit not in ("beschermd-history.service", "beschermd-exporter.service")
        # Both ask for it; that which does not enable asks first whether it is there already.
        enables = f"deb-systemd-helper enable '{unit}'" in scripts and f"debian-installed '{unit}'" not in scripts
        tap.equal(enables, enabled, f"{unit} is enabled by its installation: {enabled}")
        started = re.search(rf"deb-systemd-invoke \$_dh_action .*'{re.escape(unit)}'", scripts)
        tap.equal(started is not None, enabled, f"{unit} is started by its installation: {enabled}")
    for page in ("man5/beschermd.conf.5", "man5/beschermd-audit.conf.5", "man8/beschermd.8", "man8/beschermctl.8"):
        for folder in ("man", "man/nl"):
            path = f"./usr/share/{folder}/{page}.gz"
            tap.ok(f" {path}\n" in listed, f"{path} is in the package", listed)
    for unit in ("beschermd-ship.timer", "beschermd-ship.service", "beschermd-report.timer", "beschermd-report.service"):
        tap.ok(re.search(rf"(?m) \./(usr/)?lib/systemd/system/{re.escape(unit)}$", listed), f"{unit} is in the package", listed)
        begun = re.search(rf"deb-systemd-invoke (start|\$_dh_action) .*'{re.escape(unit)}'", scripts)
        tap.ok(begun is None, f"{unit} is not started by its installation", scripts)
        # An upgrade enables it only for who had enabled it.
        asked = f"debian-installed '{unit}'" in scripts or f"enable '{unit}'" not in scripts
        tap.ok(asked, f"{unit} is enabled by nobody but an admin", scripts)



INSTALL = ("apt-get", "-q", "install", "-y", "--allow-downgrades")


def test_install(debian, package):
    """Returns what was there before."""
    shutil.copy(package, debian.path("tmp/beschermd.deb"))
    # As it is called, for the command of README.md.
    shutil.copy(package, debian.path("tmp"))
    depends = must("dpkg-deb", "-f", package, "Depends").strip()
    debian.must("apt-get", "-q", "satisfy", "-y", depends)
    debian.must(*INSTALL, "openssl", "postfix", "procps", "python3", "python3-dkim", "python3-nacl")
    # In Debian 13 C.UTF-8 has no other languages.
    debian.must(*INSTALL, "locales")
    debian.must("localedef", "-i", "nl_NL", "-f", "UTF-8", "nl_NL.UTF-8")
    before = debian.files()
    with open(os.path.join(TOP, "README.md"), encoding="utf-8") as f:
        command = re.search(r"(?m)^(apt install .*)$", f.read())[1]
    done = debian.run("sh", "-c", f"cd /tmp && {command}")
    tap.ok(done.returncode == 0, f"{command}, as README.md has it", done.stdout)
    tap.ok("no mail passes through it yet" in done.stdout, "it says what comes next", done.stdout)
    tap.equal((debian.user() or "").rpartition(":")[2], "/usr/sbin/nologin", "its user has no shell")
    tap.equal(debian.owner("/run/beschermd"), ["755", "beschermd", "beschermd"], "/run/beschermd")
    spool = "/var/spool/postfix/beschermd"
    tap.equal(debian.owner(spool), ["2750", "beschermd", "postfix"], spool)
    tap.equal(debian.owner("/" + CONF), ["644", "root", "root"], "settings that its user may read")
    done = debian.run("beschermd", "-n")
    tap.ok(done.returncode == 0 and "enforcing: yes" in done.stdout, "beschermd -n with them as shipped", done.stdout)
    done = debian.run("beschermctl", "history", "--check")
    tap.ok(done.returncode == 69, "no history is kept, which the daily check takes for well", done.stdout)
    where = debian.path("usr/bin/beschermctl"), debian.path("usr/sbin/beschermctl")
    tap.ok(os.path.isfile(where[0]) and not os.path.islink(where[0]), "beschermctl is in /usr/bin")
    tap.equal(os.readlink(where[1]), "../bin/beschermctl", "and is found where it was")
    done = debian.run("env", "LC_ALL=nl_NL.UTF-8", "beschermctl", "help")
    tap.ok(done.returncode == 0 and "gebruik: beschermctl" in done.stdout, "beschermctl speaks Dutch", done.stdout)
    return before


# A line of the settings, and what -n says to it: each would only fail when systemd starts it.
CLOSED = [
    ("Socket unix:/home/mail/beschermd.sock", "ProtectHome"),
    ("Socket unix:/tmp/beschermd.sock", "PrivateTmp"),
    ("Socket unix:/srv/mail/beschermd.sock", "ReadWritePaths=/srv/mail"),
    ("PidFile /run/beschermd.pid", "ReadWritePaths=/run"),
    ("ZoneFile /tmp/zone", "PrivateTmp"),
    ("IgnoreHosts file:/home/mail/hosts", "ProtectHome"),
    ("Include /home/mail/*.conf", "ProtectHome"),
]


def test_limits(debian):
    """-n knows the limits of the unit as it was installed; whether systemd runs does not matter."""
    shipped = debian.read(CONF)
    debian.must("install", "-d", "-o", "beschermd", "/home/mail", "/srv/mail")
    debian.must("sh", "-c", "echo 192.0.2.1 > /home/mail/hosts; echo 'a.example. 60 IN A 192.0.2.1' > /tmp/zone; chmod 644 /tmp/zone")
    for line, said in CLOSED:
        with open(debian.path(CONF), "w", encoding="utf-8") as f:
            f.write(f"# trial\n{line}\n")
        done = debian.run("beschermd", "-n")
        place = f"/{CONF}:2: "
        told = [x for x in done.stdout.splitlines() if x.startswith(place) and said in x]
        tap.ok(done.returncode == 78 and told, f"-n: {line}: exit 78, by file, line and limit", done.stdout)
        shutil.copy(debian.path(CONF), debian.path("tmp/other.conf"))
        done = debian.run("beschermd", "-n", "-c", "/tmp/other.conf")
        tap.ok(done.returncode == 0 and re.search(f"warning: .*{said}", done.stdout), "other settings: a warning", done.stdout)
    debian.must("install", "-d", "/etc/systemd/system/beschermd.service.d")
    with open(debian.path("etc/systemd/system/beschermd.service.d/override.conf"), "w", encoding="utf-8") as f:
        f.write("[Service]\nReadWritePaths=/srv/mail\n")
    with open(debian.path(CONF), "w", encoding="utf-8") as f:
        f.write("Socket unix:/srv/mail/beschermd.sock\n")
    done = debian.run("beschermd", "-n")
    tap.ok(done.returncode == 0, "what `systemctl edit` opens is open", done.stdout)
    shutil.rmtree(debian.path("etc/systemd/system/beschermd.service.d"))
    for folder in ("home/mail", "srv/mail"):
        shutil.rmtree(debian.path(folder))
    os.remove(debian.path("tmp/zone"))
    os.remove(debian.path("tmp/other.conf"))
    with open(debian.path(CONF), "w", encoding="utf-8") as f:
        f.write(shipped)


def test_unit(debian):
    """What is generated for the systemd of this Debian."""
    unit = next(x for x in ("usr/lib/systemd/system", "lib/systemd/system") if os.path.exists(debian.path(f"{x}/beschermd.service")))
    text = debian.read(f"{unit}/beschermd.service")
    version = debian.must("dpkg-query", "-W", "-f=${Version}", "libsystemd0")
    steps = "\nRestartSteps=" in text and "\nRestartMaxDelaySec=" in text
    tap.equal(steps, int(re.match(r"\d+", version)[0]) >= 254, f"RestartSteps where systemd is 254 or newer ({version})")
    tap.ok("\nRestartSec=5s\n" in text and "@" not in text.replace("postfix@-", "").replace("@system-service", "")
           .replace("@privileged @resources", "").replace("@chown", ""), "and nothing is left to be filled in", text)


def test_judge(debian):
    """debian/tests/judge, with loopback as its only network."""
    there = debian.path("tmp/source")
    for folder in ("debian/tests", "tests/lib"):
        shutil.copytree(os.path.join(TOP, folder), os.path.join(there, folder))
    done = call(DEBROOT, "run", "--no-network", debian.root, "/tmp/source/debian/tests/judge")
    for status, name in re.findall(r"(?m)^((?:not )?ok) \d+ - (.*)$", done.stdout):
        tap.ok(status == "ok", f"judge: {name}", done.stdout)
    tap.ok(re.search(r"(?m)^1\.\.[1-9]\d*$", done.stdout), "judge came to its end", done.stdout)
    shutil.rmtree(there)
    # It edits what the installed package ships: as shipped again, for what follows.
    os.remove(debian.path("var/mail/anna"))
    os.remove(debian.path(CONF))
    debian.must(*INSTALL, "--reinstall", "-o", "Dpkg::Options::=--force-confmiss", "/tmp/beschermd.deb")


def test_upgrade(debian, package):
    shipped = debian.read(CONF)
    debian.must(*INSTALL, rebuilt(package, debian, "9.1", change_conf=True))
    tap.ok("# news in 9.1" in debian.read(CONF), "an upgrade brings new settings where nobody edited them")
    debian.must(*INSTALL, "/tmp/beschermd.deb")
    with open(debian.path(CONF), "w", encoding="utf-8") as f:
        f.write(shipped + EDIT)
    debian.must(*INSTALL, "--reinstall", "/tmp/beschermd.deb")
    tap.equal(debian.read(CONF), shipped + EDIT, "installed again: edited settings stay")
    debian.must(*INSTALL, rebuilt(package, debian, "9.2"))
    tap.equal(debian.read(CONF), shipped + EDIT, "upgraded: edited settings stay")
    keep = ("-o", "Dpkg::Options::=--force-confold")
    debian.must(*INSTALL, *keep, rebuilt(package, debian, "9.3", change_conf=True))
    tap.equal(debian.read(CONF), shipped + EDIT, "upgraded to one with other settings: edited ones stay")
    tap.ok("# news in 9.3" in debian.read(CONF + ".dpkg-dist"), "and the new ones lie beside them")


def test_late_postfix(debian):
    """Postfix that comes after us: the folder in its spool is made then."""
    spool = debian.path("var/spool/postfix/beschermd")
    debian.must("apt-get", "-q", "purge", "-y", "postfix")
    shutil.rmtree(debian.path("var/spool/postfix"), ignore_errors=True)
    debian.must(*INSTALL, "postfix")
    tap.ok(os.path.isdir(spool), "Postfix that is installed later gets its folder")


def test_postfix_at_once(debian):
    """`apt install postfix ./beschermd.deb`, ours set up first: there is no group postfix yet."""
    spool = "/var/spool/postfix/beschermd"
    debian.must("apt-get", "-q", "purge", "-y", "postfix")
    debian.must("dpkg", "--remove", "beschermd")
    # Debian 13 keeps the user.
    debian.must("sh", "-ec", "! getent passwd postfix || userdel postfix; ! getent group postfix || groupdel postfix")
    shutil.rmtree(debian.path("var/spool/postfix"), ignore_errors=True)
    debian.must("sh", "-ec", "cd /tmp && apt-get -q download postfix && dpkg --unpack postfix_*.deb beschermd.deb")
    debian.must("dpkg", "--force-confold", "--configure", "beschermd", "postfix")
    tap.equal(debian.owner(spool), ["2750", "beschermd", "postfix"], "Postfix that comes along gets its folder")


def postconf(debian, *lines):
    debian.must("postconf", "-e", *lines)


def removal(debian):
    """What `apt remove` says of a mail server that still asks the filter; it is installed again."""
    done = debian.run("apt-get", "-q", "remove", "-y", "beschermd")
    tap.equal(done.returncode, 0, "which it does whatever the mail server asks")
    gone = not os.path.exists(debian.path("usr/sbin/beschermd"))
    tap.ok(gone, "the program is gone")
    debian.must(*INSTALL, "/tmp/beschermd.deb")
    return "\n".join(line for line in done.stdout.splitlines() if line.startswith("beschermd: "))


# The Socket, what Postfix has for it, and what is left to be asked.
ASKED = [
    ("unix:/run/beschermd/beschermd.sock", "unix:/run/beschermd/beschermd.sock", ""),
    ("unix:/var/spool/postfix/beschermd/beschermd.sock",
     "inet:localhost:11332, unix:beschermd/beschermd.sock,unix:opendkim/opendkim.sock",
     "inet:localhost:11332 unix:opendkim/opendkim.sock"),
    ("unix:/var/spool/postfix/beschermd/beschermd.sock", "{ unix:/beschermd/beschermd.sock, default_action=accept }", "..."),
    ("inet:8899@localhost", "inet:127.0.0.1:8899", ""),
    ("unix:/run/beschermd/beschermd.sock", "$our_filters", "..."),
]  # fmt: skip


def test_remove(debian):
    """smtpd_milters left in place."""
    edited = debian.read(CONF)
    with open(debian.path("etc/postfix/main.cf"), encoding="utf-8") as f:
        main_cf = f.read()
    for socket, asked, left in ASKED:
        with open(debian.path(CONF), "w", encoding="utf-8") as f:
            f.write(edited + f"Socket {socket}\n")
        postconf(debian, f"smtpd_milters = {asked}", "our_filters = unix:/run/beschermd/beschermd.sock", "milter_default_action = tempfail")
        told = removal(debian)
        lines = ("WARNING: Postfix still asks", '"milter_default_action = tempfail"', f"postconf -e 'smtpd_milters = {left}'\n", "systemctl reload postfix")
        tap.ok(all(line in told for line in lines), f"{asked}: a warning, and what to do", told)
    postconf(debian, "smtpd_milters = inet:localhost:8891, unix:/run/other/beschermd.sock")
    tap.equal(removal(debian), "", "other filters: no word")
    debian.must("postconf", "-P", "smtp/inet/smtpd_milters=unix:/run/beschermd/beschermd.sock")
    told = removal(debian)
    tap.ok("still asks" in told and "master.cf" in told, "one port of master.cf asks it", told)
    debian.must("postconf", "-PX", "smtp/inet/smtpd_milters")
    with open(debian.path("etc/postfix/main.cf"), "w", encoding="utf-8") as f:
        f.write("smtpd_milters = ${\n")
    tap.equal(removal(debian), "", "settings of Postfix that it does not read itself: no word")
    os.remove(debian.path("etc/postfix/main.cf"))
    tap.equal(removal(debian), "", "none at all: no word")
    for name, text in (("etc/postfix/main.cf", main_cf), (CONF, edited)):
        with open(debian.path(name), "w", encoding="utf-8") as f:
            f.write(text)
    debian.must("install", "-d", "/etc/mail")
    debian.must("sh", "-c", "echo 'Xbeschermd, S=unix:/run/beschermd/beschermd.sock, F=T' > /etc/mail/sendmail.cf")
    told = removal(debian)
    tap.ok("WARNING: Sendmail still asks" in told and "Postfix" not in told, "Sendmail asks it", told)
    shutil.rmtree(debian.path("etc/mail"))


def test_purge(debian, before):
    debian.must("apt-get", "-q", "remove", "-y", "beschermd")
    tap.ok(EDIT in debian.read(CONF), "removed: settings stay")
    tap.ok(not os.path.exists(debian.path("usr/sbin/beschermd")), "and the program is gone")
    done = debian.run("dpkg", "--purge", "beschermd")
    tap.ok(done.returncode == 0, "purge", done.stdout)
    left = sorted(debian.files() - before)
    tap.ok(not left, "purged: nothing is left but logs", "\n".join(left))
    lost = sorted(path for path in before - debian.files() if "beschermd" in path)
    tap.ok(not lost, "and nothing that was there before is missing", "\n".join(lost))
    tap.ok(debian.user() is not None, "its user stays, as README.Debian says")


def why_not():
    if os.geteuid() != 0:
        return "needs root"
    for program in ("debootstrap", "unshare", "ip", "dpkg-buildpackage", "lintian"):
        if shutil.which(program) is None:
            return f"no {program}: scripts/install-deps package"
    if not os.path.exists(os.path.join(TOP, ".git")):
        return "the package is built of a commit, and this is no clone"
    done = call("unshare", "--mount", "--pid", "--net", "--fork", "true")
    return None if done.returncode == 0 else f"no namespaces of one's own here: {done.stdout}"


def main():
    why = why_not()
    if why is not None:
        print(f"1..0 # SKIP {why}")
        return
    package = the_package()
    with open("/etc/os-release", encoding="utf-8") as f:
        host = re.search(r"(?m)^VERSION_CODENAME=(\w+)", f.read())[1]

    def test_package():
        with Debian(SUITE or host) as debian:
            before = test_install(debian, package)
            test_unit(debian)
            test_limits(debian)
            test_judge(debian)
            test_upgrade(debian, package)
            test_late_postfix(debian)
            test_postfix_at_once(debian)
            test_remove(debian)
            test_purge(debian, before)

    def test_archive():
        test_contents(package)

    tap.run([test_archive, test_package])


if __name__ == "__main__":
    main()
