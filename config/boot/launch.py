"""Run as `python -I -S launch.py PARENT IDENTITY -- program …`: become that program, on a leash.

The program is killed by the kernel when the process PARENT dies, however that dies. IDENTITY is `same`, or for servers
that refuse to run as root: `mapped:UID:GID` (root outside, an ordinary user within a user namespace of its own, so
files keep their owner and nothing needs to be opened to others) or `dropped:UID:GID` (really that user).

A file of its own rather than a preexec_fn: unsharing clears the death signal, so the order matters, and a forked
interpreter is no place to load libraries.
"""

import ctypes
import os
import shutil
import signal
import sys

#: <linux/prctl.h>, <linux/sched.h>
PR_SET_PDEATHSIG = 1
CLONE_NEWUSER = 0x10000000


def _call(libc: ctypes.CDLL, name: str, *arguments: int) -> None:
    if getattr(libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def become(libc: ctypes.CDLL, identity: str) -> None:
    """Take on the identity the program is to run as."""
    kind, _, ids = identity.partition(":")
    if kind == "same":
        return
    uid, gid = (int(part) for part in ids.split(":"))
    if kind == "mapped":
        outer_uid, outer_gid = os.geteuid(), os.getegid()
        _call(libc, "unshare", CLONE_NEWUSER)
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"{uid} {outer_uid} 1")
        _write("/proc/self/gid_map", f"{gid} {outer_gid} 1")
    else:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)


def main(argv: list[str]) -> None:
    """Never returns on success."""
    parent, identity, program = int(argv[1]), argv[2], argv[4:]
    path = shutil.which(program[0]) or program[0]  # before: whom we become may be unable to read Python's own library
    libc = ctypes.CDLL(None, use_errno=True)
    become(libc, identity)
    if sys.platform == "linux":
        _call(libc, "prctl", PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before the leash was on
        sys.exit(1)
    try:
        os.execv(path, program)
    except OSError as error:
        sys.exit(f"cannot start {program[0]}: {error.strerror}")


if __name__ == "__main__":
    main(sys.argv)
