#!/usr/bin/python3
"""Runs a program under what a systemd unit asks for, where systemd is not init.

    unitbox.py UNIT FOLDER errno|kill PROGRAM ARGUMENT...

As root.  In it, /run, /var/lib and /dev are new and hold of FOLDER:
    run        as /run/beschermd         state  as /var/lib/beschermd
    program    as /run/program           settings  as /run/settings
    journal    as /run/systemd/journal, where /dev/log leads to
and /run/world, a folder in which only a read-only mount keeps anybody from writing.
With "kill" a system call outside SystemCallFilter ends the program (SIGSYS).

systemd-analyze says what its groups of system calls hold.  A setting that is unknown
here is an error, so that none is passed over in silence.
"""

import ctypes
import errno
import grp
import os
import pwd
import resource
import socket
import subprocess
import sys

import seccomp

MS_BIND, MS_PRIVATE, MS_REC = 0x1000, 1 << 18, 0x4000
CLONE_NEWNS, CLONE_NEWUTS = 0x20000, 0x4000000
MOUNT_SETATTR, AT_FDCWD, AT_RECURSIVE, MOUNT_ATTR_RDONLY = 442, -100, 0x8000, 1
PR_SET_NO_NEW_PRIVS, PR_CAPBSET_DROP = 38, 24
NAMESPACES = 0x7E020080  # all CLONE_NEW*
DEVICES = ("null", "zero", "full", "random", "urandom")
FAMILIES = 46  # AF_MAX
# For the service manager, or for nobody in a test.
NOT_HERE = {
    "Type", "ExecStart", "ExecReload", "Restart", "RestartSec", "RestartSteps", "RestartMaxDelaySec",
    "RestartPreventExitStatus", "TimeoutStopSec", "MemoryMax", "TasksMax",
    "RuntimeDirectory", "RuntimeDirectoryMode", "RuntimeDirectoryPreserve",
    "StateDirectory", "StateDirectoryMode", "RemoveIPC", "SuccessExitStatus", "TimeoutStartSec", "Nice",
    "AppArmorProfile",
}  # fmt: skip
# Follow from what is done for others: no capabilities, all read-only, @privileged.
IMPLIED = {
    "ProtectClock", "ProtectKernelLogs", "ProtectKernelModules", "ProtectKernelTunables",
    "ProtectControlGroups", "PrivateMounts", "SystemCallArchitectures",
}  # fmt: skip

libc = ctypes.CDLL(None, use_errno=True)


def check(result, what):
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def read_unit(path):
    """[Service] as a list of (key, value)."""
    section, settings = "", []
    with open(path, encoding="ascii") as f:
        for line in map(str.strip, f):
            if line.startswith("["):
                section = line
            elif section == "[Service]" and line and not line.startswith("#"):
                key, _, value = line.partition("=")
                settings.append((key, value))
    return settings


# Files


def mount(source, target, kind=None, flags=0, data=""):
    done = libc.mount(
        source.encode(), target.encode(), kind and kind.encode(), flags, data.encode() or None
    )
    check(done, f"mount {target}")


def set_readonly(path, yes, flags=0):
    attributes = (ctypes.c_uint64 * 4)(*((MOUNT_ATTR_RDONLY, 0) if yes else (0, MOUNT_ATTR_RDONLY)))
    done = libc.syscall(MOUNT_SETATTR, AT_FDCWD, path.encode(), flags, attributes, 32)
    check(done, f"mount_setattr {path}")


def bind_all(folders):
    """${folders}: descriptor by target, as the path may be covered by now."""
    for target, fd in folders.items():
        os.makedirs(target, exist_ok=True)
        mount(f"/proc/self/fd/{fd}", target, flags=MS_BIND)


def make_devices():
    kept = {name: os.open(f"/dev/{name}", os.O_PATH) for name in DEVICES}
    mount("tmpfs", "/dev", "tmpfs", 0, "mode=0755")
    for name, fd in kept.items():
        os.close(os.open(f"/dev/{name}", os.O_CREAT))
        mount(f"/proc/self/fd/{fd}", f"/dev/{name}", flags=MS_BIND)
    os.symlink("/run/systemd/journal/dev-log", "/dev/log")


def make_files(folder, settings):
    one = dict(settings)
    places = {
        "/run/beschermd": "run",
        "/var/lib/beschermd": "state",
        "/run/program": "program",
        "/run/settings": "settings",
        "/run/systemd/journal": "journal",
    }
    check(libc.unshare(CLONE_NEWNS | CLONE_NEWUTS), "unshare")
    mount("none", "/", flags=MS_REC | MS_PRIVATE)
    places = {k: os.open(os.path.join(folder, v), os.O_PATH) for k, v in places.items()}
    for covered in ("/run", "/var/lib"):
        mount("tmpfs", covered, "tmpfs", 0, "mode=0755")
    bind_all(places)
    os.mkdir("/run/world")
    os.chmod("/run/world", 0o777)
    writable = ["/run/beschermd", "/var/lib/beschermd"]
    if one.get("PrivateTmp") == "yes":
        for covered in ("/tmp", "/var/tmp"):
            mount("tmpfs", covered, "tmpfs", 0, "mode=1777")
            writable.append(covered)
    if one.get("ProtectHome") == "yes":
        for covered in ("/home", "/root"):
            mount("tmpfs", covered, "tmpfs", 0, "mode=0000")
    if one.get("PrivateDevices") == "yes":
        make_devices()
    paths = [p for key, value in settings if key == "ReadWritePaths" for p in value.split()]
    writable += [p.lstrip("-") for p in paths if os.path.exists(p.lstrip("-"))]
    if one.get("ProtectSystem") == "strict":
        for path in writable:  # a mount of its own each, so that it can stay writable
            mount(path, path, flags=MS_BIND)
        set_readonly("/", True, AT_RECURSIVE)
        for path in writable:
            set_readonly(path, False)
    hidden = ["hidepid=" + one["ProtectProc"]] if "ProtectProc" in one else []
    hidden += ["subset=" + one["ProcSubset"]] if "ProcSubset" in one else []
    if hidden:
        mount("proc", "/proc", "proc", 0, ",".join(hidden))


# System calls


def numbers(names):
    """Those that this processor has."""
    resolved = {name: seccomp.resolve_syscall(seccomp.Arch(), name) for name in names}
    return [name for name, number in resolved.items() if number >= 0]


def group(name, seen):
    """The system calls of a group of systemd, or the one that it is."""
    if not name.startswith("@"):
        return {name}
    if name in seen:
        return set()
    seen.add(name)
    text = subprocess.run(
        ["systemd-analyze", "syscall-filter", name], check=True, capture_output=True, text=True
    ).stdout
    words = [line.strip() for line in text.splitlines()[1:]]
    return set().union(*(group(w, seen) for w in words if w and not w.startswith("#")))


def allowed_calls(lines):
    """systemd.exec(5): the first line begins a list of what is allowed; "~" takes away."""
    allowed = set()
    for line in lines:
        for word in line.lstrip("~").split():
            if line.startswith("~"):
                allowed -= group(word, set())
            else:
                allowed |= group(word, set())
    return allowed | group("@default", set())


def refuse(number, *rules):
    """A filter of its own that answers ${number} to each (call, comparisons...)."""
    f = seccomp.SyscallFilter(seccomp.ALLOW)
    for call, *comparisons in rules:
        if numbers([call]):
            f.add_rule(seccomp.ERRNO(number), call, *comparisons)
    f.load()


def has_bits(argument, bits):
    return seccomp.Arg(argument, seccomp.MASKED_EQ, bits, bits)


def restrict_families(value):
    wanted = {int(getattr(socket, name)) for name in value.split()}
    rules = [
        ("socket", seccomp.Arg(0, seccomp.EQ, f)) for f in range(FAMILIES) if f not in wanted
    ]
    rules.append(("socket", seccomp.Arg(0, seccomp.GE, FAMILIES)))
    refuse(errno.EAFNOSUPPORT, *rules)


def deny_write_execute(_):
    refuse(
        errno.EPERM,
        ("mmap", has_bits(2, 2 | 4)),
        ("mprotect", has_bits(2, 4)),
        ("pkey_mprotect", has_bits(2, 4)),
        ("shmat", has_bits(2, 0o100000)),
    )


def restrict_namespaces(_):
    single = [1 << i for i in range(32) if NAMESPACES >> i & 1]
    refuse(errno.ENOSYS, ("clone3",))
    refuse(
        errno.EPERM,
        ("unshare",),
        ("setns",),
        *[("clone", has_bits(0, bit)) for bit in single],
    )


def restrict_setuid_files(_):
    refuse(
        errno.EPERM,
        *[
            (call, has_bits(argument, bit))
            for call, argument in (
                ("chmod", 1), ("fchmod", 1), ("fchmodat", 2), ("mkdir", 1), ("mkdirat", 2),
                ("creat", 1), ("mknod", 1), ("mknodat", 2),
            )
            for bit in (0o4000, 0o2000)
        ],
    )  # fmt: skip


def lock_personality(_):
    refuse(errno.EPERM, ("personality", seccomp.Arg(0, seccomp.NE, 0)))


def restrict_realtime(_):
    refuse(errno.EPERM, ("sched_setscheduler", seccomp.Arg(1, seccomp.GT, 0)))


def protect_hostname(_):
    refuse(errno.EPERM, ("sethostname",), ("setdomainname",))


CALLS = {
    "RestrictAddressFamilies": restrict_families,
    "MemoryDenyWriteExecute": deny_write_execute,
    "RestrictNamespaces": restrict_namespaces,
    "RestrictSUIDSGID": restrict_setuid_files,
    "LockPersonality": lock_personality,
    "RestrictRealtime": restrict_realtime,
    "ProtectHostname": protect_hostname,
}


def filter_calls(allowed, number, kill):
    f = seccomp.SyscallFilter(seccomp.KILL_PROCESS if kill else seccomp.ERRNO(number))
    for name in numbers(allowed):
        f.add_rule(seccomp.ALLOW, name)
    f.load()


# The process


def account(settings):
    """The unit's user, or where that one was not made, one without rights."""
    for name in (settings.get("User", "root"), "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise SystemExit("unitbox: no user")


def become(one):
    user = account(one)
    if "LimitNOFILE" in one:
        number = int(one["LimitNOFILE"])
        resource.setrlimit(resource.RLIMIT_NOFILE, (number, number))
    os.umask(int(one["UMask"], 8))
    if one.get("CapabilityBoundingSet") == "":
        for capability in range(64):
            libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    groups = [g.gr_gid for g in grp.getgrall() if user.pw_name in g.gr_mem]
    os.setgroups(groups)
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
    if one.get("NoNewPrivileges") == "yes":
        check(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")


HANDLED = (
    NOT_HERE
    | IMPLIED
    | CALLS.keys()
    | {
        "LimitNOFILE", "User", "Group", "UMask", "ReadWritePaths", "CapabilityBoundingSet",
        "AmbientCapabilities", "NoNewPrivileges", "ProtectSystem", "ProtectHome",
        "ProtectProc", "ProcSubset", "PrivateDevices", "PrivateTmp", "SystemCallFilter",
        "SystemCallErrorNumber",
    }
)  # fmt: skip


def main(unit, folder, action, *command):
    settings = read_unit(unit)
    unknown = sorted({key for key, _ in settings} - HANDLED)
    if unknown:
        raise SystemExit(f"unitbox: teach me {', '.join(unknown)}")
    one = dict(settings)
    allowed = allowed_calls([value for key, value in settings if key == "SystemCallFilter"])
    make_files(folder, settings)
    become(one)
    for key, value in settings:
        if key in CALLS:
            CALLS[key](value)
    # Of its own a filter sets no_new_privs, as systemd did for User= before 255.
    if "SystemCallFilter" in one:
        filter_calls(allowed, getattr(errno, one["SystemCallErrorNumber"]), action == "kill")
    os.execv(command[0], command)


if __name__ == "__main__":
    main(*sys.argv[1:])
