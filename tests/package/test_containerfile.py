#!/usr/bin/python3
"""Containerfile, compose.yaml and docs/containers.md: in form, and of one mind.  TAP."""

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

import containerfile
import tap

EXAMPLES = os.path.join(TOP, "docs/examples")
# Of the Compose Specification, what ours may say.
SERVICE = {
    "image", "hostname", "read_only", "cap_drop", "security_opt", "pids_limit", "ulimits", "restart",
    "stop_grace_period", "healthcheck", "volumes", "depends_on", "ports",
}  # fmt: skip


def read(*names):
    with open(os.path.join(*names), encoding="utf-8") as f:
        return f.read()


def seconds(text):
    return int(re.fullmatch(r"(\d+)s", text)[1])


def test_form():
    """What is not known is an error, of an engine and of ours alike."""
    for name in ("Containerfile", "docs/examples/postfix.Containerfile"):
        try:
            images = containerfile.read(os.path.join(TOP, name))
        except (ValueError, TypeError, IndexError) as e:
            tap.ok(False, f"{name} is well formed", e)
            continue
        tap.ok(images, f"{name} is well formed")
        for image in images:
            tap.equal(image.base, "docker.io/library/debian:trixie-slim", f"{name}: what it begins with, with its registry")
        tap.ok(all(isinstance(word, str) for word in images[-1].entrypoint), f"{name}: it has a command without a shell")
        for word, text, *_ in (step for image in images for step in image.steps):
            if word == "RUN":
                done = subprocess.run(["sh", "-n", "-c", text], capture_output=True, text=True, check=False)
                tap.equal(done.returncode, 0, f"{name}: RUN {text[:40]}... is shell {done.stderr}".strip())
            elif word == "COPY" and not text.startswith("--from="):
                for source in text.split()[:-1]:
                    tap.ok(os.path.exists(os.path.join(TOP, source)), f"{name}: COPY {source} is there")


def test_image():
    image = containerfile.read(os.path.join(TOP, "Containerfile"))[-1]
    user, group = image.user.split(":")
    tap.ok(int(user) > 0 and int(group) > 0, "the user is a number, for who asks whether it is root")
    created = " ".join(text for word, text, *_ in image.steps if word == "RUN")
    tap.ok(f"--uid {user} " in created and f"groupadd --gid {group} " in created, "the one that was made")
    tap.equal((image.entrypoint, image.stop_signal), (["beschermd", "-f"], "SIGTERM"), "its command and the signal that ends it")
    for volume in image.volumes:
        tap.ok(f"{volume} " in created + " ", f"{volume} is made for that user")
    tap.ok("beschermctl status" in image.health, "its health check", image.health)
    conf = read(EXAMPLES, "container.conf")
    for path in re.findall(r"(?m)^(?:Socket unix:|Metrics )(\S+)$", conf):
        tap.ok(os.path.dirname(path) in image.volumes, f"container.conf: {path} is on a volume")
    tap.ok(conf.rstrip().endswith("Include beschermd.d/*.conf"), "container.conf: settings of one's own go before it")


def test_compose():
    try:
        import yaml
    except ImportError:
        tap.skip("compose.yaml", "no module yaml: scripts/install-deps test")
        return
    compose = yaml.safe_load(read(EXAMPLES, "compose.yaml"))
    tap.equal(set(compose), {"services", "volumes"}, "compose.yaml: services and volumes")
    for name, service in compose["services"].items():
        tap.ok(not set(service) - SERVICE, f"{name}: what the specification has", set(service) - SERVICE)
        for volume in service["volumes"]:
            source, target, *mode = volume.split(":")
            known = source in compose["volumes"] or source.startswith("./")
            tap.ok(known and target.startswith("/") and mode in ([], ["ro"]), f"{name}: volume {volume}")
    ours, theirs = compose["services"]["beschermd"], compose["services"]["postfix"]
    image = containerfile.read(os.path.join(TOP, "Containerfile"))[-1]
    tap.equal(
        (ours["read_only"], ours["cap_drop"], ours["security_opt"], ours["pids_limit"]),
        (True, ["ALL"], ["no-new-privileges:true"], 64),
        "beschermd runs as the tests run it",
    )
    health = ours["healthcheck"]
    # $ is Compose's own
    tap.equal(health["test"], ["CMD-SHELL", image.health.replace("$", "$$")], "its health check is the image's")
    told = {word.replace("_", "-"): str(health[word]) for word in health if word != "test"}
    tap.equal(told, image.health_options, "and so are its times")
    targets = {volume.split(":")[1]: volume for volume in ours["volumes"]}
    tap.ok(set(image.volumes) <= set(targets), "each volume of the image has a name", targets)
    tap.ok(seconds(ours["stop_grace_period"]) >= 15, "it may end in peace: 10 s for messages, 5 for the history")
    socket = targets["/run/beschermd"].split(":")[0]
    tap.ok(f"{socket}:/run/beschermd:ro" in theirs["volumes"], "Postfix has the socket's volume, read-only", theirs["volumes"])
    tap.equal(theirs["depends_on"], {"beschermd": {"condition": "service_healthy"}}, "and waits for the filter")


def test_postfix():
    """What Postfix is told stands in the page, too."""
    steps = containerfile.read(os.path.join(EXAMPLES, "postfix.Containerfile"))[-1].steps
    told = re.findall(r"postconf -e '((?:smtpd_milters|milter_default_action) = [^']*)'", steps[0][1])
    page = read(TOP, "docs/containers.md")
    tap.equal(len(told), 2, "the filter, and what holds without it")
    for line in told:
        tap.ok(f"\n    {line}\n" in page, f"docs/containers.md: {line}")
    socket = re.search(r"(?m)^Socket (unix:\S+)$", read(EXAMPLES, "container.conf"))[1]
    tap.ok(f"smtpd_milters = {socket}" in told, "the filter is the one of container.conf")


    steps = " ".join(text for _, text, *_ in steps)
    tap.ok(re.search(r"postconf -X (?:\w+ )*myhostname", steps), "its name is that of the container, not of what built the image")


def test_patches():
    """What docs/containers.md has docker-mailserver run: as often as it likes."""
    script = re.search(r"(?m)^    #!/bin/bash\n((?:    .*\n)+)", read(TOP, "docs/containers.md"))
    if shutil.which("postconf") is None:
        tap.skip("user-patches.sh", "no postconf: scripts/install-deps test")
        return
    for before in ("", "inet:localhost:11332"):
        with tempfile.TemporaryDirectory(prefix="beschermd-test-patches-") as folder:
            with open(os.path.join(folder, "main.cf"), "w", encoding="ascii") as f:
                f.write(f"smtpd_milters = {before}\n")
            open(os.path.join(folder, "master.cf"), "w", encoding="ascii").close()
            for _ in range(3):
                env = dict(os.environ, MAIL_CONFIG=folder)
                done = subprocess.run(["bash", "-e", "-c", script[1]], env=env, capture_output=True, text=True, check=False)
                tap.equal((done.returncode, done.stderr), (0, ""), "user-patches.sh is run")
                kept = read(folder, "main.cf")
                set_to = re.findall(r"(?m)^smtpd_milters = (.*)$", kept)
                wanted = f"unix:/run/beschermd/beschermd.sock {before}".split()
                tap.equal([one.split() for one in set_to], [wanted], "ours comes first, once, and the others stay")


if __name__ == "__main__":
    tap.run([test_form, test_image, test_compose, test_postfix, test_patches])
