"""What holds of beschermd in a container, of an image and of what was just built alike."""

import os
import re
import signal
from concurrent.futures import ThreadPoolExecutor

import tap
from container import PIDS, Container
from milterclient import Client, MilterError, send_message
from running import until

ZONE = '_dmarc.forged.example. 300 IN TXT "v=DMARC1; p=reject"\n'
FORGED = b"From: Ann <ann@forged.example>\r\nSubject: hello\r\n\r\nhello\r\n"
CLIENTS = PIDS + 16
# As many as the limit, which others count for, too; ended, but not waited for.
FORKS = """
for (1 .. %d) {
	my $child = fork;
	if (!defined $child) { print "no more: $!"; last }
	if ($child == 0) { sleep 60; exit }
	push @children, $child;
}
kill 9, @children;
""" % PIDS
DOWN = 1  # what a health check says of a container that is not healthy


def opened(root, image, settings_folder, mounts=(), env=None):
    """A container with a zone for its DNS, and a history on its volume."""
    conf = f"ZoneFile {settings_folder}/zone\nDNSSEC off\nHistory /var/lib/beschermd/history.db\n"
    c = Container(root, image, conf, mounts, env)
    c.mount_settings(settings_folder)
    c.give("zone", ZONE)
    c.socket = "unix:" + os.path.join(c.volumes["/run/beschermd"], "beschermd.sock")
    return c


def answers(c):
    try:
        with Client(c.socket, 5) as client:
            client.negotiate()
        return True
    except (OSError, MilterError):
        return False


def send(c, number=0):
    try:
        return send_message(c.socket, FORGED, mail_from="<ann@forged.example>", queue_id=f"4Q{number}")
    except (OSError, MilterError) as e:
        return e


def healthy(c):
    """Its first figures are there after a moment; until then the state is looked for elsewhere."""
    return c.health()[0] == 0


def begin(c):
    c.start()
    started = until(lambda: answers(c) or c.process.poll() is not None)
    tap.ok(started and c.process.poll() is None, "it starts", c.log())


def test_conditions(c):
    """That it has what was promised, and no more."""
    user, group = c.image.user.split(":")
    status = c.status()
    tap.equal(status["Uid"].split(), [user] * 4, "its user is that of the image")
    tap.equal((status["Gid"].split(), status["Groups"].strip()), ([group] * 4, ""), "and so is its only group")
    tap.equal({int(status[f"Cap{x}"], 16) for x in ("Inh", "Prm", "Eff", "Bnd", "Amb")}, {0}, "no capabilities")
    tap.equal(status["NoNewPrivs"], "1", "and no way to some")
    tap.equal(status["NSpid"].split()[-1], "1", "it is process 1")
    for path in ("/", "/etc/beschermd.d", "/usr", "/var/lib"):
        code, _ = c.run("touch", os.path.join(path, "x"))
        told = c.run("sh", "-c", f"findmnt -no OPTIONS -T {path}")[1]
        tap.ok(code != 0 and re.match(r"ro\b", told), f"{path} is read only", told)
    tap.ok(c.run("test", "-e", "/dev/log")[0] != 0, "there is no syslog")
    # What this leaves behind is process 1's, and must not count for the limit any more.
    _, told = c.run("perl", "-e", FORKS)
    tap.ok(told.startswith("no more: "), f"{PIDS} processes and threads are the most: {c.limit.name()}", told)
    tap.ok(until(lambda: not c.dead()), "orphans are not kept", len(c.dead()))


def test_message(c):
    result = send(c)
    tap.equal(getattr(result, "action", result), "reject", "a forged message is refused")
    tap.ok(until(lambda: "action=reject" in c.log() or '"reject"' in c.log()), "its line is on standard error", c.log())
    try:
        said = c.said()
    except ValueError as e:
        tap.ok(False, "each line of the log is JSON", f"{e}\n{c.log()}")
        return
    tap.ok(len(said) > 1, "each line of the log is JSON")
    found = until(lambda: "forged.example" in c.run("beschermctl", "history")[1])
    tap.ok(found, "it stands in the history", c.run("beschermctl", "history")[1])
    tap.ok(os.path.exists(os.path.join(c.volumes["/var/lib/beschermd"], "history.db")), "which is on the volume")


def test_reload(c):
    before = c.log().count("settings reloaded")
    with open(os.path.join(c.settings, "site.conf"), "a", encoding="ascii") as f:
        f.write("Mode monitor\n")
    c.signal(signal.SIGUSR1)
    tap.ok(until(lambda: c.log().count("settings reloaded") > before), "SIGUSR1: new settings", c.log())
    tap.equal(getattr(send(c), "action", None), "continue", "which are in force")
    code, told = c.run("beschermd", "-r", "1")
    tap.equal(code, 0, f"beschermd -r 1 does so too {told}".strip())


def test_load(c):
    """More at once than there can be threads: each has an answer."""
    clients = [Client(c.socket, 60) for _ in range(CLIENTS)]
    for client in clients:
        client.negotiate()
    with ThreadPoolExecutor(CLIENTS) as pool:
        results = list(pool.map(lambda number: send(c, number), range(CLIENTS)))
    for client in clients:
        client.close()
    wrong = [r for r in results if getattr(r, "action", None) not in ("continue", "tempfail")]
    tap.ok(not wrong, f"{CLIENTS} messages, and as many idle connections: all have an answer", wrong)
    tap.ok(until(lambda: healthy(c)), "it is healthy after that", c.health()[1])


def test_health(c):
    tap.ok(until(lambda: healthy(c)), "it is healthy", c.health()[1])


def test_stop(c, seconds):
    tap.equal(c.stop(seconds), 0, f"{c.image.stop_signal}: it ends with 0 within the {seconds} s that an engine gives it")
    tap.ok("stopped" in c.log(), "and says so", c.log())
    tap.ok(not os.path.exists(c.socket.partition(":")[2]), "its socket is gone")


def test_socket_gone(c):
    """Nobody would come to it any more: unhealthy; and it ends, so that the engine starts it anew."""
    c.signal(signal.SIGSTOP)  # else it ends before anybody could ask
    os.unlink(c.socket.partition(":")[2])
    code, told = c.health()
    tap.ok(code == DOWN and told.startswith("DOWN"), "without its socket it is unhealthy", f"{code}: {told}")
    c.signal(signal.SIGCONT)
    code = c.process.wait(20)
    tap.ok(code > 0, "and ends with a failure, so that it is started anew", f"{code}\n{c.log()}")


def run(open_one, seconds):
    """All of them, on containers that ${open_one}() makes."""
    with open_one() as c:
        begin(c)
        for test in (test_conditions, test_health, test_message, test_reload, test_load):
            test(c)
        test_stop(c, seconds)
        begin(c)
        test_socket_gone(c)
        begin(c)
        test_stop(c, seconds)
