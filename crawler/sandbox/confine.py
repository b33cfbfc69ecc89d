"""The first thing a child does: limit itself, then become the program. Run by path, not imported.

Only the standard library, and no package of ours: it starts with `python -I -S`.
Sources: landlock(7), prctl(2), setrlimit(2); numbers from the kernel's uapi headers.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import struct
import sys

__all__ = ["landlock_abi", "main"]

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION = 1
_PATH_BENEATH, _NET_PORT = 1, 2
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_FILE_RIGHTS = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 14 | 1 << 15
_EXECUTE = 1 << 0
_READ_RIGHTS = 1 << 2 | 1 << 3
_NET_RIGHTS = 1 << 0 | 1 << 1
_CONNECT = 1 << 1
_RIGHTS_BY_ABI = ((5, (1 << 16) - 1), (3, (1 << 15) - 1), (2, (1 << 14) - 1), (1, (1 << 13) - 1))
_NET_ABI, _SCOPE_ABI = 4, 6
_SCOPES = 1 << 0 | 1 << 1

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


def landlock_abi() -> int:
    """Return the Landlock version of this kernel, 0 where there is none."""
    return max(0, int(_libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION)))


def main(arguments: list[str]) -> None:
    """Limit this process as told and become the program; tell the parent why that failed.

    Arguments: pipe to complain to, pid of the parent, limits (memory, CPU seconds, file size, open
    files), confinement, ports, the writable directory, how many paths of the system follow and how
    many others, these paths, then the program's own. Only the system's may be executed.
    """
    report, parent, limits, confinement, ports, cwd, programs, readable, *rest = arguments
    paths, argv = rest[: int(programs) + int(readable)], rest[int(programs) + int(readable) :]
    os.set_inheritable(int(report), False)  # noqa: FBT003 - its only way
    try:
        _die_with(int(parent))
        _limit(*map(int, limits.split(",")))
        if landlock_abi() or confinement == "required":
            reachable = dict.fromkeys(paths[int(programs) :], _READ_RIGHTS)
            reachable |= dict.fromkeys(paths[: int(programs)], _READ_RIGHTS | _EXECUTE)
            _landlock(cwd, reachable, [int(port) for port in ports.split(",") if port])
        os.execvp(argv[0], argv)  # noqa: S606 - a shell is what this is not
    except (OSError, ValueError) as error:
        os.write(int(report), f"{argv[0]}: {error}".encode())
        os._exit(125)


def _die_with(parent: int) -> None:
    _check(_libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0))
    if os.getppid() != parent:
        raise OSError(0, "the parent is gone")


def _limit(memory: int, cpu_seconds: int, file_bytes: int, open_files: int) -> None:
    for kind, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_FSIZE, file_bytes),
        (resource.RLIMIT_NOFILE, open_files),
        (resource.RLIMIT_AS, memory),
    ):
        hard = resource.getrlimit(kind)[1]
        allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (allowed, allowed))


def _landlock(writable: str, reachable: dict[str, int], ports: list[int]) -> None:
    """Allow these paths and these TCP ports, and nothing else of what this kernel can restrict."""
    abi = landlock_abi()
    rights = next((rights for known, rights in _RIGHTS_BY_ABI if abi >= known), 0)
    attributes = struct.pack("=Q", rights)
    if abi >= _NET_ABI:
        attributes += struct.pack("=Q", _NET_RIGHTS)
    if abi >= _SCOPE_ABI:
        attributes += struct.pack("=Q", _SCOPES)
    ruleset = _check(
        _libc.syscall(_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), 0)
    )
    _allow(ruleset, writable, rights)
    for path, allowed in reachable.items():
        _allow(ruleset, path, rights & allowed)
    _allow(ruleset, os.devnull, rights & _FILE_RIGHTS)
    for port in ports if abi >= _NET_ABI else ():
        rule = struct.pack("=QQ", _CONNECT, port)
        _check(_libc.syscall(_ADD_RULE, ruleset, _NET_PORT, rule, 0))
    _check(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    _check(_libc.syscall(_RESTRICT_SELF, ruleset, 0))
    os.close(ruleset)


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not os.path.isdir(path):  # noqa: PTH112 - pathlib is slow to import
            rights &= _FILE_RIGHTS
        rule = struct.pack("=Qi", rights, opened)
        _check(_libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0))
    finally:
        os.close(opened)


def _check(result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return int(result)


if __name__ == "__main__":
    main(sys.argv[1:])
