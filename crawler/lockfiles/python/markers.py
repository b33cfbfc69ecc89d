"""Environment markers that hold nowhere: `sys_platform == "never"`, `python_version < "3" and python_version > "3"`.

Source: PyPA, "Dependency specifiers" (environment markers). A marker is tried on Pythons around the versions that it
names and on every platform that CPython tells; what is left open (a machine, an extra) may be what it asks for.
"""

from __future__ import annotations

import re
from itertools import product

from packaging.markers import InvalidMarker, Marker, UndefinedComparison

__all__ = ["NEVER_INSTALLED", "holds_nowhere", "of_pythons"]

NEVER_INSTALLED = "never-installed"
"""The flag of a pin whose marker holds nowhere."""
_LONGEST = 1_000
_SPECIFIER = re.compile(r"(~=|===?|!=|<=|>=|<|>)[ \t]{0,8}([0-9][0-9A-Za-z.*+!-]{0,40})")
_MOST_TRIED = 400
_OF_PLATFORM = re.compile(r"os[._]name|sys[._]platform|platform_system")
_OF_PYTHON = re.compile(r"python(?:_full)?_version")
_LITERAL = re.compile(r"""["']([^"']{1,100})["']""")
_MINOR = re.compile(r"([0-9]{1,2})(?:\.([0-9]{1,3})(?:\.([0-9]{1,3}))?)?")
_USUAL = ((2, 7), (3, 6), (3, 12))
_NEWEST = (3, 30)
"""No Python is newer, nor will be for a long time."""
_USUAL_PLATFORMS = (
    ("posix", "linux", "Linux"),
    ("posix", "darwin", "Darwin"),
    ("nt", "win32", "Windows"),
    ("posix", "cygwin", "CYGWIN_NT-10.0"),
    ("posix", "emscripten", "Emscripten"),
)
_RARE_PLATFORMS = (
    ("posix", "linux2", "Linux"),
    ("posix", "msys", "MSYS_NT-10.0"),
    ("posix", "wasi", "WASI"),
    ("posix", "android", "Android"),
    ("posix", "ios", "iOS"),
    ("posix", "aix", "AIX"),
    ("posix", "sunos5", "SunOS"),
    ("posix", "freebsd14", "FreeBSD"),
    ("posix", "openbsd7", "OpenBSD"),
    ("posix", "netbsd10", "NetBSD"),
    ("posix", "haiku1", "Haiku"),
    ("java", "java11", "Java"),
)
"""Tried where the marker names a part of one."""
_NUMBERED = re.compile(r"(?:linux|aix|sunos|freebsd|openbsd|netbsd|dragonfly|java)[0-9]{1,3}")
_OPEN = (
    "platform_machine",
    "platform_release",
    "platform_version",
    "platform_python_implementation",
    "implementation_name",
    "implementation_version",
    "extra",
)
"""Variables whose values nobody can list; each may be what the marker compares it with."""


def of_pythons(stated: str) -> str:
    """Return the marker that `requires-python` amounts to, or an empty string where it is none."""
    parts = [_SPECIFIER.fullmatch(part.strip()) for part in stated.split(",") if part.strip()]
    known = [f"python_full_version {part[1]} '{part[2]}'" for part in parts if part is not None]
    return " and ".join(known) if len(known) == len(parts) else ""


def holds_nowhere(text: str) -> bool:
    """Say whether the marker `text` is false for every Python on every platform; one that cannot be told is not."""
    try:
        marker = Marker(text) if len(text) <= _LONGEST else None
    except InvalidMarker:
        return False
    if marker is None:
        return False
    literals = tuple(dict.fromkeys(_LITERAL.findall(text)))
    platforms = _platforms(literals) if _OF_PLATFORM.search(text) else _USUAL_PLATFORMS[:1]
    pythons = _pythons(literals) if _OF_PYTHON.search(text) else ["3.12.0"]
    asked = [name for name in _OPEN if name in text]
    values = product(pythons, platforms, *([*literals, "other"] for _ in asked))
    for tried, (python, (os_name, platform, system), *others) in enumerate(values):
        environment = {
            "python_version": python.rpartition(".")[0],
            "python_full_version": python,
            "os_name": os_name,
            "sys_platform": platform,
            "platform_system": system,
            **dict(zip(asked, others, strict=True)),
        }
        if tried >= _MOST_TRIED or _holds(marker, environment):
            return False
    return True


def _platforms(literals: tuple[str, ...]) -> tuple[tuple[str, str, str], ...]:
    """Return `os_name`, `sys_platform` and `platform_system` of platforms: usual ones, and those that `literals` name."""
    named = (
        one
        for one in _RARE_PLATFORMS
        if any(part in one[1:] or part in one[1] for part in literals)
    )
    numbered = (("posix", one, one) for one in literals if _NUMBERED.fullmatch(one))
    return (*_USUAL_PLATFORMS, *named, *numbered)


def _pythons(literals: tuple[str, ...]) -> list[str]:
    """Return full versions of Pythons: usual ones, and those around the versions among `literals`."""
    found = {(*minor, 0) for minor in _USUAL}
    for major, minor, patch in (one.groups() for one in map(_MINOR.match, literals) if one):
        near = range(max(int(minor or 0) - 1, 0), int(minor or 0) + 2)
        patches = {0, 99, *(range(max(int(patch or 1) - 1, 0), int(patch or 1) + 2))}
        found |= {(int(major), one, at) for one in near for at in patches}
    real = (one for one in found if (2, 6) <= one[:2] <= (2, 7) or (3, 0) <= one[:2] <= _NEWEST)
    return [".".join(map(str, one)) for one in sorted(real)]


def _holds(marker: Marker, environment: dict[str, str]) -> bool:
    try:
        return marker.evaluate(environment)
    except (UndefinedComparison, ValueError):
        return True
