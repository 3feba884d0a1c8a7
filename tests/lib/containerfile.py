"""A Containerfile, read: what its lines say, and its steps done in a root folder.

It knows what ours uses and refuses the rest, so that no line of it is passed over.
"""

import glob
import json
import os
import re
import shlex
import shutil
import subprocess

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# What the slim images of Debian leave out of packages.
SLIM = """\
path-exclude /usr/share/doc/*
path-include /usr/share/doc/*/copyright
path-exclude /usr/share/info/*
path-exclude /usr/share/lintian/overrides/*
path-exclude /usr/share/locale/*
path-exclude /usr/share/man/*
"""


class Image:
    """What an image says of how it is run."""

    def __init__(self, base, name):
        self.base, self.name = base, name
        self.env, self.workdir = {"PATH": PATH}, "/"
        self.steps = []  # (instruction, what it says, environment, folder)
        self.user, self.entrypoint, self.volumes, self.stop_signal = "0:0", [], [], "SIGTERM"
        self.health, self.health_options = None, {}

    def take(self, word, text):
        done = getattr(self, "on_" + word.lower(), None)
        if done is None:
            raise ValueError(f"{word}: not known here")
        done(text)

    def on_env(self, text):
        for pair in shlex.split(text):
            name, equals, value = pair.partition("=")
            if not equals or "$" in value:
                raise ValueError(f"ENV {text}")
            self.env[name] = value

    def on_workdir(self, text):
        self.workdir = os.path.join(self.workdir, text)
        self.steps.append(("WORKDIR", text, dict(self.env), self.workdir))

    def on_copy(self, text):
        self.steps.append(("COPY", text, dict(self.env), self.workdir))

    def on_run(self, text):
        self.steps.append(("RUN", text, dict(self.env), self.workdir))

    def on_user(self, text):
        self.user = text

    def on_volume(self, text):
        self.volumes += json.loads(text)

    def on_stopsignal(self, text):
        self.stop_signal = text

    def on_entrypoint(self, text):
        self.entrypoint = json.loads(text)

    def on_healthcheck(self, text):
        options, cmd, self.health = text.partition("CMD ")
        if not cmd or self.health.startswith("["):
            raise ValueError(f"HEALTHCHECK {text}: its form is not known here")
        self.health_options = dict(re.findall(r"--([a-z-]+)=(\S+)", options))


def lines(text):
    """Instructions, each on one line: (word, the rest)."""
    text = re.sub(r"(?m)^[ \t]*#.*\n", "", text)
    for line in re.sub(r"\\\n\s*", "", text).splitlines():
        if line.strip():
            word, _, rest = line.strip().partition(" ")
            yield word, rest.strip()


def read(path):
    """Its images in their order; the last is the one that it makes."""
    images = []
    with open(path, encoding="utf-8") as f:
        for word, rest in lines(f.read()):
            if word == "FROM":
                base = re.fullmatch(r"(\S+)(?: AS (\S+))?", rest)
                images.append(Image(base[1], base[2]))
            else:
                images[-1].take(word, rest)
    return images


class Builder:
    """Does the steps with scripts/debroot in place of an engine, and a fresh Debian for slim."""

    def __init__(self, top, folder):
        self.top, self.folder = top, folder
        self.debroot = os.path.join(top, "scripts/debroot")
        self.roots = {}
        self.commands = 0

    def call(self, *command):
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{shlex.join(command)}: exit {done.returncode}\n{done.stdout[-3000:]}")
        return done.stdout

    def fresh(self, base):
        """The root folder of an image that nothing was done to."""
        suite = re.fullmatch(r"(?:docker\.io/library/)?debian:(\w+)-slim", base)[1]
        root = os.path.join(self.folder, suite)
        if not os.path.isdir(root):
            self.call(self.debroot, "make", suite, root)
            with open(os.path.join(root, "etc/dpkg/dpkg.cfg.d/slim"), "w", encoding="ascii") as f:
                f.write(SLIM)
        return root

    def build(self, images, name="stage"):
        """The root folder of the last."""
        for number, image in enumerate(images):
            root = os.path.join(self.folder, f"{name}-{number}")
            self.call("cp", "-a", self.fresh(image.base), root)
            self.roots[image.name] = root
            for word, text, env, workdir in image.steps:
                getattr(self, "do_" + word.lower())(root, text, env, workdir)
        return root

    def do_workdir(self, root, _text, _env, workdir):
        os.makedirs(root + workdir, exist_ok=True)

    def do_run(self, root, text, env, workdir):
        pairs = [f"{name}={value}" for name, value in env.items()]
        self.call(self.debroot, "run", root, "env", "-C", workdir, *pairs, "/bin/sh", "-c", text)
        self.commands += 1

    def context(self, source):
        """What a clean clone has there: pairs of (file, its name from there)."""
        clone = os.path.join(self.folder, "context")
        if not os.path.isdir(clone):
            self.call("git", "clone", "-q", self.top, clone)
            shutil.rmtree(os.path.join(clone, ".git"))
        path = os.path.join(clone, source)
        if os.path.isfile(path):
            yield path, os.path.basename(path)
        for folder, _, names in os.walk(path):
            for name in names:
                yield os.path.join(folder, name), os.path.relpath(os.path.join(folder, name), path)

    def do_copy(self, root, text, _env, workdir):
        words = text.split()
        stage = words.pop(0).partition("=")[2] if words[0].startswith("--from=") else None
        *sources, target = words
        into = root + os.path.join(workdir, "" if target == "." else target)
        for source in sources:
            if stage is None:
                found = list(self.context(source))
            else:
                found = [(path, os.path.basename(path)) for path in glob.glob(self.roots[stage] + source)]
            if not found:
                raise RuntimeError(f"COPY {text}: there is no {source}")
            for path, name in found:
                to = os.path.join(into, name) if into.endswith("/") else into
                os.makedirs(os.path.dirname(to), exist_ok=True)
                shutil.copy2(path, to, follow_symlinks=False)
