"""Postfix in a container beside beschermd's, as docs/examples/compose.yaml has them."""

import os
import subprocess
import sys

import containerfile
import tap
from container import Container
from running import until

TOP = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
# For the test: mail from anywhere to root, and nothing leaves.
SETTINGS = (
    "myhostname = mx.school.example",
    "mydestination = school.example",
    "local_recipient_maps =",
    "inet_protocols = ipv4",
    "inet_interfaces = loopback-only",
    "smtpd_authorized_xclient_hosts = 127.0.0.1",
    "smtpd_peername_lookup = no",
    "disable_dns_lookups = yes",
    "default_transport = error:nothing leaves",
)
SEND = """
import sys
sys.path.insert(0, sys.argv[1])
import smtp
print(smtp.send(25, sys.stdin.buffer.read(), "192.0.2.1", helo="mail.example", mail_from=sys.argv[2]))
"""


def build(builder):
    """The root folder of docs/examples/postfix.Containerfile, and its image."""
    images = containerfile.read(os.path.join(TOP, "docs/examples/postfix.Containerfile"))
    root = builder.build(images, "postfix")
    for line in SETTINGS:
        builder.call(builder.debroot, "run", root, "postconf", "-e", line)
    return root, images[-1]


def send(postfix, data, mail_from):
    """What its smtpd answers at the end."""
    into = ["nsenter", f"--target={postfix.pid}", "--net"]
    done = subprocess.run(
        [*into, sys.executable, "-c", SEND, os.path.join(TOP, "tests/lib"), mail_from],
        input=data, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=90, check=False,
    )  # fmt: skip
    return done.stdout.decode("utf-8", "replace").strip()


def run(root, image, filter_, forged):
    """${filter_}: a container of beschermd's, which runs in mode enforce; ${forged}: what it refuses."""
    socket = os.path.dirname(filter_.socket.partition(":")[2])
    with Container(root, image, "", [(socket, "/run/beschermd")], plain=True) as postfix:
        postfix.start()
        tap.ok(postfix.pid, "Postfix starts beside it", postfix.log())
        until(lambda: "daemon started" in postfix.log(), 30)
        answer = send(postfix, forged, "ann@forged.example")
        tap.ok(answer.startswith("550 5.7.26"), "a forged message is refused at its smtpd", f"{answer}\n{postfix.log()}")
        good = forged.replace(b"forged.example", b"other.example")
        answer = send(postfix, good, "ann@other.example")
        tap.ok(answer.startswith("250 "), "another is taken", f"{answer}\n{postfix.log()}")
        code, told = postfix.run("rm", "/run/beschermd/beschermd.sock")
        tap.ok(code != 0 and os.path.exists(filter_.socket.partition(":")[2]), "it cannot remove the socket", told)
        filter_.stop(20)
        answer = send(postfix, good, "ann@other.example")
        tap.ok(answer.startswith(("451 ", "4")), "without the filter mail waits", f"{answer}\n{postfix.log()}")
        postfix.signal(15)
